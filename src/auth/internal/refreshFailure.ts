/**
 * What a refused refresh means: final for this refresh token, or passing.
 *
 * The rule errs towards passing. A login that is wrongly called dead sends a person to sign in again.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { TokenRefreshFailed } from "../../CodexError.ts"

type Reason = TokenRefreshFailed["reason"]

/** Codes that say it all, whatever the status they come with. */
const always: ReadonlyMap<string, Reason> = new Map([
  ["refresh_token_expired", "expired"],
  ["refresh_token_reused", "reused"],
  ["refresh_token_invalidated", "revoked"]
])

/** Codes that are final when the issuer blames the request, and noise beside a 429 or a 5xx. */
const refused: ReadonlyMap<string, Reason> = new Map([
  ["token_expired", "expired"],
  ["app_session_expired", "expired"],
  ["app_session_terminated", "revoked"],
  ["invalid_refresh_token", "rejected"],
  ["invalid_client", "rejected"],
  ["unauthorized_client", "rejected"],
  ["access_denied", "rejected"]
])

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const codeOf = (text: string): string | undefined => {
  const body = Option.getOrUndefined(decodeJson(text))
  if (!Predicate.isObject(body)) {
    return undefined
  }
  const error = body["error"]
  const code = Predicate.isObject(error) ? error["code"] : Predicate.isString(error) ? error : body["code"]
  return Predicate.isString(code) ? code.toLowerCase() : undefined
}

const reasonOf = (status: number, code: string | undefined): Reason => {
  const known = code === undefined ? undefined : always.get(code)
  if (known !== undefined) {
    return known
  }
  const blamesRequest = status === 400 || status === 401 || status === 403
  const reason = code === undefined || !blamesRequest ? undefined : refused.get(code)
  if (reason !== undefined) {
    return reason
  }
  return status === 401 || (status === 400 && code === "invalid_grant") ? "rejected" : "unreachable"
}

/** Reads an answer that brought no tokens. */
export const refreshFailure = (answer: {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}): TokenRefreshFailed =>
  new TokenRefreshFailed({
    // A challenge page is Cloudflare speaking, not the issuer.
    reason: answer.headers["cf-mitigated"] === undefined ? reasonOf(answer.status, codeOf(answer.text)) : "unreachable",
    status: answer.status
  })
