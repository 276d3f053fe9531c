/**
 * A login that can be used: an auth.json with an access token, and what the tokens say about themselves.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Equal from "effect/Equal"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AccessToken from "../AccessToken.ts"
import { AccessTokenMissing } from "../AuthError.ts"
import * as AuthJson from "../AuthJson.ts"

export interface Login extends AccessToken.Claims {
  readonly json: AuthJson.AuthJson
  readonly accessToken: Redacted.Redacted
}

/** How long before its end an access token is renewed. */
const margin = Duration.minutes(5)

/** How long tokens that do not tell their end are trusted. */
const trusted = Duration.days(8)

/** The login in an auth.json. The file's own account id counts before the claims, the id token before the access token. */
export const fromJson = (
  location: string,
  json: AuthJson.AuthJson
): Result.Result<Login, AccessTokenMissing> => {
  if (AuthJson.isApiKey(json)) {
    return Result.fail(new AccessTokenMissing({ path: location, reason: "API key" }))
  }
  const { accessToken, idToken } = json.tokens
  if (accessToken === undefined) {
    return Result.fail(new AccessTokenMissing({ path: location, reason: "no tokens" }))
  }
  const access = AccessToken.claims(accessToken)
  const id = idToken === undefined ? AccessToken.empty : AccessToken.claims(idToken)
  return Result.succeed({
    json,
    accessToken,
    expiresAt: access.expiresAt,
    accountId: json.accountId ?? id.accountId ?? access.accountId,
    plan: access.plan ?? id.plan,
    isFedramp: id.isFedramp || access.isFedramp,
    residency: access.residency
  })
}

/** Whether the access token is past its time; one that does not tell its end never is. */
export const isExpired = (login: Login, now: DateTime.Utc): boolean =>
  login.expiresAt !== undefined && DateTime.isLessThanOrEqualTo(login.expiresAt, now)

/** Whether it is time to renew the access token. */
export const isDue = (login: Login, now: DateTime.Utc): boolean =>
  login.expiresAt !== undefined
    ? DateTime.isLessThanOrEqualTo(login.expiresAt, DateTime.addDuration(now, margin))
    : login.json.lastRefresh !== undefined &&
      DateTime.isLessThan(login.json.lastRefresh, DateTime.subtractDuration(now, trusted))

/** Whether both would send the same access token. */
export const sameAccessToken = (
  self: { readonly accessToken: Redacted.Redacted },
  that: { readonly accessToken: Redacted.Redacted }
): boolean => Equal.equals(self.accessToken, that.accessToken)

/** Whether two account ids may be one account: not when both are known and differ. */
export const sameAccount = (self: string | undefined, that: string | undefined): boolean =>
  self === undefined || that === undefined || self === that
