/**
 * Failures as clients of the Responses API know them: an answer with a status, and an error that names the field.
 *
 * A rejection would tell such a client that the network broke, and it would try again.
 */
import * as Duration from "effect/Duration"
import type { HttpFailure } from "../../../backend/HttpFailure.ts"
import type { CodexError } from "../../../CodexError.ts"
import { isFields, stringify } from "../../internal/json.ts"
import type { Refused } from "./asked.ts"
import { parse } from "./events.ts"

interface Shown {
  readonly status: number
  readonly message: string
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly headers?: Readonly<Record<string, string>>
}

const response = ({ code, headers, message, param, status, type }: Shown): Response =>
  new Response(stringify({ error: { message, type, param, code } }), {
    status,
    headers: { "content-type": "application/json", ...headers }
  })

/** A field that the backend does not take: 400. */
export const ofField = ({ field, message }: Refused): Response =>
  response({ status: 400, message, type: "invalid_request_error", code: "unsupported_parameter", param: field })

/** A request that is none: 400. */
export const ofBody = (message: string): Response =>
  response({ status: 400, message, type: "invalid_request_error", code: null, param: null })

/** A path that the backend does not have: 404. */
export const ofPath = (path: string): Response =>
  response({
    status: 404,
    message: `A ChatGPT login serves the Responses API only (POST /responses), not ${path}.`,
    type: "invalid_request_error",
    code: "unknown_url",
    param: null
  })

/** What stands for a failure that came without a status of its own. */
const statuses: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  AuthFileNotFound: 401,
  AuthFileInvalid: 401,
  AccessTokenMissing: 401,
  AccessTokenExpired: 401,
  RateLimited: 429,
  UsageNotIncluded: 429,
  BudgetExhausted: 429,
  WorkspaceRefused: 403,
  ModelForbidden: 404,
  RequestRejected: 400,
  ContextWindowExceeded: 400
}

type Failure = HttpFailure | CodexError

const statusOf = (failure: Failure): number =>
  statuses[failure._tag] ?? (failure._tag === "TokenRefreshFailed" && !failure.isRetryable ? 401 : 503)

const codes: Readonly<Record<string, string>> = {
  ContextWindowExceeded: "context_length_exceeded",
  UsageNotIncluded: "usage_not_included",
  ModelForbidden: "model_not_found"
}

const codeOf = (failure: Failure): string => {
  if (failure._tag === "RateLimited") return failure.kind === "quota" ? "usage_limit_reached" : "rate_limit_exceeded"
  return ("code" in failure ? failure.code : undefined) ?? codes[failure._tag] ?? failure._tag
}

/** The parameter that a refusal speaks of, when it looks like one. */
const paramIn = (body: string): string | null => {
  const json = parse(body) ?? {}
  const { detail, error } = json
  const param = isFields(error) ? error["param"] : /^Unsupported parameter: (\S+)$/.exec(String(detail))?.[1]
  return typeof param === "string" && /^[\w.[\]]{1,64}$/.test(param) ? param : null
}

const pauseOf = (failure: Failure): Readonly<Record<string, string>> =>
  "retryAfter" in failure && failure.retryAfter !== undefined
    ? { "retry-after": String(Math.ceil(Duration.toSeconds(failure.retryAfter))) }
    : {}

/** A failure of ours, with the status that the backend gave, else one that means the same. */
export const ofFailure = (
  failure: Failure,
  told?: { readonly status: number | undefined; readonly body: string }
): Response =>
  response({
    status: told?.status ?? statusOf(failure),
    message: failure.message,
    type: failure._tag,
    code: codeOf(failure),
    param: paramIn(told?.body ?? ""),
    // Clients repeat by the status alone; a quota that is used up is no reason to.
    headers: { ...pauseOf(failure), "x-should-retry": String(failure.isRetryable) }
  })
