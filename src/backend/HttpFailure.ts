/**
 * Status + headers + body -> one class of `CodexError`.
 *
 * The same table reads error events inside a stream, because the backend says the same things there. Nothing
 * that the server says is passed on as it is: sentences go through `scrub`, codes and ids must look like ones.
 * Source of the table: observations of the official CLI and of the public backend, 2026.
 */
import type * as DateTime from "effect/DateTime"
import * as Base64 from "effect/encoding/Base64"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Unauthorized } from "../auth/AuthError.ts"
import { isRedirect } from "../internal/client.ts"
import {
  BackendUnavailable,
  BudgetExhausted,
  CloudflareBlocked,
  ContextWindowExceeded,
  ModelForbidden,
  RateLimited,
  RequestRejected,
  StreamInterrupted,
  UsageNotIncluded,
  WorkspaceRefused
} from "./BackendError.ts"
import * as Cloudflare from "./internal/cloudflare.ts"
import { type Fields, fields, isFields, number, parse } from "./internal/json.ts"
import * as Quota from "./internal/quota.ts"
import {
  headersIn,
  type HeaderValues,
  pauseIn,
  readBody,
  readJson,
  requestIdOf,
  retryAfterOf,
  type Said
} from "./internal/said.ts"
import { codeWord, identifier, paramOf, scrub } from "./internal/scrub.ts"
import * as Subjects from "./internal/subjects.ts"
import type { QuotaWindow } from "./RateLimits.ts"

/** What an answer that is no success can mean. */
export type HttpFailure =
  | Unauthorized
  | ModelForbidden
  | RateLimited
  | UsageNotIncluded
  | BudgetExhausted
  | WorkspaceRefused
  | CloudflareBlocked
  | BackendUnavailable
  | RequestRejected
  | ContextWindowExceeded

/** What has to be known of an exchange to name its failure. */
export interface Exchange {
  /** The model that was asked; `undefined` where no model is involved. */
  readonly model: string | undefined
  readonly host: string
  readonly status: number
  /** Names in lower case. */
  readonly headers: HeaderValues
  /** Every text of ours in the request, token included: taken out of all that the server says. */
  readonly sent: Redacted.Redacted<ReadonlyArray<string>>
  /** What a code of this server is called here. Default: the same. */
  readonly meaningOf?: ((code: string) => string) | undefined
}

/** Leaves fields out that are not known, as exact optional properties demand. */
const known = <A extends { readonly [key: string]: unknown }>(
  fields: A
): { readonly [K in keyof A]?: Exclude<A[K], undefined> } => {
  const out: { [K in keyof A]?: Exclude<A[K], undefined> } = {}
  for (const key in fields) {
    const value = fields[key]
    if (isDefined(value)) out[key] = value
  }
  return out
}

const isDefined = <A>(value: A): value is Exclude<A, undefined> => value !== undefined

/** What was said, in the words of the table. */
const meant = ({ meaningOf }: Exchange, said: Said): Said =>
  meaningOf === undefined ? said : {
    ...said,
    code: said.code === undefined ? undefined : meaningOf(said.code),
    type: said.type === undefined ? undefined : meaningOf(said.type)
  }

interface Case {
  readonly exchange: Exchange
  readonly said: Said
  /** The HTTP status; `undefined` inside a stream that began well. */
  readonly status: number | undefined
  readonly now: number
}

const codeOf = (said: Said): string | undefined => said.code ?? said.type

const requestId = ({ exchange }: Case): string | undefined => requestIdOf(exchange.headers)

const sentenceOf = (on: Case): string | undefined =>
  on.said.message === undefined ? undefined : scrub(on.said.message, Redacted.value(on.exchange.sent))

// What no login cures is told in the server's words.
const isNoLogin = (on: Case): boolean =>
  Subjects.isNoLogin(on.said.message ?? "") || Subjects.isNoLogin(codeOf(on.said) ?? headerCode(on) ?? "")

const refusedLogin = (on: Case): HttpFailure => {
  const coded = byCode(on)
  if (coded?._tag === "WorkspaceRefused") return coded
  return isNoLogin(on) ? rejected(on) : unauthorized(on)
}

const workspaceRefused = (on: Case, reason: WorkspaceRefused["reason"], code: string | undefined): WorkspaceRefused =>
  new WorkspaceRefused({ reason, ...known({ code, detail: sentenceOf(on), requestId: requestId(on) }) })

const unauthorized = (on: Case): Unauthorized =>
  new Unauthorized(known({ requestId: requestId(on), code: codeOf(on.said) ?? headerCode(on) }))

/** The code of a 401 is sometimes told in headers only. */
const headerCode = ({ exchange: { headers }, status }: Case): string | undefined => {
  if (status !== 401) return undefined
  const encoded = headers["x-error-json"]
  const json = encoded === undefined ? undefined : parse(Result.getOrElse(Base64.decodeString(encoded), () => ""))
  return codeWord(fields(fields(json)["error"])["code"]) ?? codeWord(headers["x-openai-authorization-error"])
}

const rejected = (on: Case): RequestRejected =>
  new RequestRejected(known({
    status: on.status,
    code: codeOf(on.said) ?? headerCode(on),
    detail: sentenceOf(on),
    param: paramOf(on.said.error["param"]),
    requestId: requestId(on)
  }))

const forbidden = (on: Case, isNamed: boolean): ModelForbidden | RequestRejected =>
  on.exchange.model === undefined ? rejected(on) : new ModelForbidden({
    model: on.exchange.model,
    isNamed,
    // A stream that began well has no status for this; over HTTP the backend says 404.
    status: on.status ?? 404,
    ...known({ code: codeOf(on.said), requestId: requestId(on) })
  })

const tooLong = (on: Case): ContextWindowExceeded | RequestRejected =>
  on.exchange.model === undefined
    ? rejected(on)
    : new ContextWindowExceeded({ model: on.exchange.model, ...known({ requestId: requestId(on) }) })

const pauseOf = ({ exchange: { headers }, now, said }: Case) => retryAfterOf(headers, now) ?? pauseIn(said.message)

const unavailable = (on: Case): BackendUnavailable =>
  new BackendUnavailable(known({
    status: on.status,
    code: codeOf(on.said),
    retryAfter: pauseOf(on),
    requestId: requestId(on)
  }))

const planOf = (on: Case): string | undefined =>
  codeWord(on.said.error["plan_type"]) ?? codeWord(on.exchange.headers["x-codex-plan-type"])

const notIncluded = (on: Case, code: string): UsageNotIncluded =>
  new UsageNotIncluded({ code, ...known({ plan: planOf(on), requestId: requestId(on) }) })

const rateLimited = (on: Case): RateLimited =>
  new RateLimited({
    kind: "rate",
    ...known({
      retryAfter: pauseOf(on),
      plan: planOf(on),
      requestId: requestId(on)
    })
  })

const resetOf = (on: Case): DateTime.Utc | undefined => {
  const at = number(on.said.error["resets_at"])
  if (at !== undefined && at > 0) return Quota.timeFromSeconds(at)
  const after = number(on.said.error["resets_in_seconds"])
  return after === undefined || after <= 0 ? undefined : Quota.timeFromSeconds(on.now / 1000 + after)
}

/** The window that is used up; of several, the one that is whole again last, for that is the one to wait for. */
const usedUp = (windows: ReadonlyArray<QuotaWindow>): QuotaWindow | undefined =>
  windows.filter((window) => window.usedPercent >= 100).at(-1)

// A workspace's own limits: no window of the plan, nothing that comes back by waiting.
const workspaceLimit = (on: Case): WorkspaceRefused | undefined => {
  const kinds = [codeWord(on.exchange.headers["x-codex-rate-limit-reached-type"]), on.said.code, on.said.type]
  for (const kind of kinds) {
    const reason = kind === undefined ? undefined : Subjects.workspaceLimitOf(kind)
    if (reason !== undefined) return workspaceRefused(on, reason, kind)
  }
  return undefined
}

const quotaReached = (on: Case): RateLimited | WorkspaceRefused => {
  const limit = workspaceLimit(on)
  if (limit !== undefined) return limit
  const active = Quota.activeLimit(on.exchange.headers, on.now)
  const window = usedUp(active.windows)
  return new RateLimited({
    kind: "quota",
    ...known({
      resetsAt: resetOf(on) ?? window?.resetsAt,
      window: window?.name,
      limit: active.name,
      plan: planOf(on),
      requestId: requestId(on)
    })
  })
}

/** Codes that mean the same wherever they stand. */
const byCode = (on: Case): HttpFailure | undefined => {
  for (const code of [on.said.code, on.said.type]) {
    if (code === undefined) continue
    if (Subjects.workspaceLimitOf(code) !== undefined) return quotaReached(on)
    switch (code) {
      case "context_length_exceeded":
        return tooLong(on)
      case "usage_limit_reached":
        return quotaReached(on)
      case "usage_not_included":
      case "insufficient_quota":
        return notIncluded(on, code)
      case "rate_limit_exceeded":
        return rateLimited(on)
      case "model_not_found":
        return forbidden(on, true)
      case "server_is_overloaded":
      case "slow_down":
      case "policy_capacity_unavailable":
        return unavailable(on)
      default:
        if (Subjects.isWorkspace(code)) return workspaceRefused(on, "access", code)
        if (Subjects.isBudget(code)) return new BudgetExhausted({ code, ...known({ requestId: requestId(on) }) })
    }
  }
  return undefined
}

// Whose status blames the server may still have said something that no repetition changes.
const broken = (on: Case): HttpFailure => {
  const coded = byCode(on)
  const isFinal = coded !== undefined && !coded.isRetryable && !(coded._tag === "RateLimited" && coded.kind === "rate")
  return isFinal ? coded : unavailable(on)
}

// A policy, an account or a workspace is named, or says why; one that names nothing is mostly about the model.
const refused = (on: Case): HttpFailure => {
  const [code, message] = [codeOf(on.said) ?? "", on.said.message ?? ""]
  if (/\bworkspace\b/i.test(message)) return workspaceRefused(on, "access", codeOf(on.said))
  const isAboutModel = /\bmodels?\b/i.test(message.replaceAll("_", " ")) || /(?:^|_)model(?:_|$)/.test(code)
  const saysWhy = !Subjects.isBare(message) || (code !== "" && code !== "forbidden")
  return Subjects.isPolicy(code) || (saysWhy && !isAboutModel) ? rejected(on) : forbidden(on, false)
}

const byStatus = (on: Case, status: number): HttpFailure => {
  if (status === 401) return refusedLogin(on)
  if (status >= 500 || status === 408) return broken(on)
  const coded = byCode(on)
  if (coded !== undefined && coded._tag !== "RateLimited") return coded
  if (status === 429) return coded?.kind === "quota" ? coded : limited(on)
  if (coded !== undefined) return coded
  const message = on.said.message ?? ""
  if (Subjects.refusesModel(message) && !Subjects.isPolicy(codeOf(on.said) ?? "")) return forbidden(on, true)
  if (status === 402 || status === 403) return refused(on)
  return (status === 400 || status === 413) && Subjects.refusesLength(message) ? tooLong(on) : rejected(on)
}

/** A 429 whose body has no code that we know. */
const limited = (on: Case): RateLimited | WorkspaceRefused =>
  workspaceLimit(on) ?? (Subjects.tellsQuota(on.said.message ?? "") ? quotaReached(on) : rateLimited(on))

const redirected = (exchange: Exchange): RequestRejected =>
  new RequestRejected({
    ...(exchange.status > 0 && { status: exchange.status }),
    detail: "it was redirected to another address, and is not sent there",
    ...known({ requestId: requestIdOf(exchange.headers) })
  })

const blocked = (exchange: Exchange): CloudflareBlocked =>
  new CloudflareBlocked({
    status: exchange.status,
    host: exchange.host,
    ...known({ ray: identifier(exchange.headers["cf-ray"]) })
  })

/**
 * Names the failure of an answer whose status is no success.
 *
 * `now` is in milliseconds since the Unix epoch; times that the server gives as seconds from now need it.
 */
export const fromResponse = (exchange: Exchange, body: string, now: number): HttpFailure =>
  isRedirect(exchange.status)
    ? redirected(exchange)
    : Cloudflare.isBlock(exchange.headers, body)
    ? blocked(exchange)
    : byStatus({ exchange, said: meant(exchange, readBody(body)), status: exchange.status, now }, exchange.status)

/**
 * Names the failure that an event inside a stream tells: `response.failed`, and `error` in its three shapes.
 *
 * What nobody knows is `StreamInterrupted`: the backend broke off and may do better the next time.
 */
export const fromEvent = (exchange: Exchange, event: Fields, now: number): HttpFailure | StreamInterrupted => {
  const response = fields(event["response"])
  const said = meant(exchange, readJson(isFields(response["error"]) ? response : event))
  const status = number(event["status"]) ?? number(event["status_code"])
  // What would be headers of an answer may stand in the event, or in its error.
  const headers: HeaderValues = {
    ...exchange.headers,
    ...headersIn(event),
    ...headersIn(response),
    ...headersIn(said.error)
  }
  if (status !== undefined && Number.isInteger(status) && status >= 400) {
    return byStatus({ exchange: { ...exchange, headers, status }, said, status, now }, status)
  }
  const on: Case = { exchange: { ...exchange, headers }, said, status: undefined, now }
  const coded = byCode(on)
  if (coded !== undefined) return coded
  const codes = [said.code, said.type].filter(isDefined)
  const message = said.message ?? ""
  if (codes.some(Subjects.isLogin)) return refusedLogin(on)
  if (codes.some(Subjects.isNoLogin)) return rejected(on)
  if (codes.some(Subjects.isPolicy) || codes.includes("invalid_encrypted_content")) return rejected(on)
  if (Subjects.refusesModel(message)) return forbidden(on, true)
  if (codes.includes("invalid_request_error")) return Subjects.refusesLength(message) ? tooLong(on) : rejected(on)
  return new StreamInterrupted({ problem: "failed by the server", ...known({ requestId: requestId(on) }) })
}

/** Names the failure of an answer that succeeded by its status and yet is a document, not a stream of events. */
export const fromDocument = (exchange: Exchange, body: string, now: number): HttpFailure | StreamInterrupted => {
  if (Cloudflare.isBlock(exchange.headers, body)) return blocked(exchange)
  const json = fields(parse(body))
  const failure = isFields(json["error"]) ? fromEvent(exchange, json, now) : undefined
  return failure === undefined || failure._tag === "StreamInterrupted"
    ? new StreamInterrupted({ problem: "not an event stream", ...known({ requestId: requestIdOf(exchange.headers) }) })
    : failure
}
