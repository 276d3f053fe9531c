/**
 * What a refused refresh means: final for this refresh token, about the place that it is asked from, or passing.
 *
 * The rule errs towards passing. A login that is wrongly called dead sends a person to sign in again.
 */
import { TokenRefreshFailed } from "../AuthError.ts"
import { type Answer, isPage, type Refusal, refusalOf } from "./issuerAnswer.ts"

type Reason = TokenRefreshFailed["reason"]

/** Codes that say it all, whatever the status they come with. */
const always: ReadonlyMap<string, Reason> = new Map([
  ["refresh_token_expired", "expired"],
  ["refresh_token_reused", "reused"],
  ["refresh_token_invalidated", "revoked"]
])

/** A refusal of the place, by code or by sentence: a new login would be refused as well. */
const isPlace = (said: string | undefined): boolean =>
  /(?:\b|_)(?:regions?|country|countries|territory|territories)(?:\b|_)/i.test(said ?? "")

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

const reasonOf = (status: number, { code, message }: Refusal): Reason => {
  const known = code === undefined ? undefined : always.get(code)
  if (known !== undefined) {
    return known
  }
  const blamesRequest = status === 400 || status === 401 || status === 403 || status === 451
  if (blamesRequest && (status === 451 || isPlace(code) || isPlace(message))) {
    return "place"
  }
  const reason = code === undefined || !blamesRequest ? undefined : refused.get(code)
  if (reason !== undefined) {
    return reason
  }
  return status === 401 || (status === 400 && code === "invalid_grant") ? "rejected" : "unreachable"
}

/** Reads an answer that brought no tokens. */
export const refreshFailure = (answer: Answer): TokenRefreshFailed =>
  new TokenRefreshFailed({
    reason: isPage(answer) ? "unreachable" : reasonOf(answer.status, refusalOf(answer)),
    status: answer.status
  })
