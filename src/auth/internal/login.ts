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
import type * as AuthJson from "../AuthJson.ts"

export interface Login extends AccessToken.Claims {
  readonly json: AuthJson.AuthJson
  readonly accessToken: Redacted.Redacted
}

/** How long before its end an access token is renewed. */
const margin = Duration.minutes(5)

/** How long tokens that do not tell their end are trusted. */
const trusted = Duration.days(8)

const kinds: ReadonlyMap<string, AccessTokenMissing["reason"]> = new Map([
  ["chatgpt", "no tokens"],
  ["chatgptauthtokens", "no tokens"],
  ["apikey", "API key"],
  ["personalaccesstoken", "personal access token"]
])

// Claims are decoded once for each text that was read: every turn asks for them.
const read = new WeakMap<AuthJson.AuthJson, Login>()

/**
 * The login in an auth.json, whatever kind of login it says it is, as long as there is an access token.
 *
 * The file's own account id counts before the claims, the id token before the access token.
 */
export const fromJson = (
  location: string,
  json: AuthJson.AuthJson
): Result.Result<Login, AccessTokenMissing> => {
  const { accessToken, idToken } = json.tokens
  if (accessToken === undefined) {
    const kind = json.mode.toLowerCase().replaceAll(/[^a-z]/g, "")
    return Result.fail(new AccessTokenMissing({ path: location, reason: kinds.get(kind) ?? "another login" }))
  }
  const known = read.get(json)
  if (known !== undefined) {
    return Result.succeed(known)
  }
  const access = AccessToken.claims(accessToken)
  const id = idToken === undefined ? AccessToken.empty : AccessToken.claims(idToken)
  const login: Login = {
    json,
    accessToken,
    expiresAt: access.expiresAt,
    accountId: json.accountId ?? id.accountId ?? access.accountId,
    plan: access.plan ?? id.plan,
    isFedramp: id.isFedramp || access.isFedramp,
    residency: access.residency
  }
  read.set(json, login)
  return Result.succeed(login)
}

/** When the access token of an auth.json ends, if there is one and it says so. */
export const expiryOf = ({ tokens: { accessToken } }: AuthJson.AuthJson): DateTime.Utc | undefined =>
  accessToken === undefined ? undefined : AccessToken.claims(accessToken).expiresAt

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
