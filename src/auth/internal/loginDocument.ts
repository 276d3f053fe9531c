/**
 * The document of a login as we make it, complete it, and put it in the place of another.
 *
 * What is read from the outside, and what an issuer changes, is `AuthJson`'s.
 */
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as AccessToken from "../AccessToken.ts"
import type * as AuthJson from "../AuthJson.ts"

// The id token counts before the access token, as for the CLI.
const claimedAccount = (tokens: AuthJson.Tokens): string | undefined =>
  [tokens.idToken, tokens.accessToken]
    .map((token) => token && AccessToken.claims(token).accountId)
    .find(Predicate.isNotUndefined)

/**
 * A login that is nothing but an access token.
 */
export const fromAccessToken = (accessToken: Redacted.Redacted): AuthJson.AuthJson => ({
  mode: "chatgpt",
  tokens: { idToken: undefined, accessToken, refreshToken: undefined },
  accountId: undefined,
  lastRefresh: undefined,
  provenance: { issuer: undefined, clientId: undefined },
  document: Redacted.make({ tokens: { access_token: Redacted.value(accessToken) } }, { label: "auth.json" })
})

/**
 * Fills in what the official CLI wants to find in the file, where it is not there: the mode, the API key that is
 * none, the account id of the claims, the time of the last refresh. What is there stays.
 */
export const complete = (json: AuthJson.AuthJson, now: DateTime.Utc): AuthJson.AuthJson => {
  const { OPENAI_API_KEY = null, auth_mode, last_refresh, tokens, ...rest } = Redacted.value(json.document)
  const accountId = json.accountId ?? claimedAccount(json.tokens)
  return {
    ...json,
    accountId,
    lastRefresh: json.lastRefresh ?? now,
    document: Redacted.make({
      auth_mode: auth_mode ?? json.mode,
      OPENAI_API_KEY,
      tokens: {
        ...Predicate.isObject(tokens) && tokens,
        ...json.accountId === undefined && { account_id: accountId ?? null }
      },
      last_refresh: json.lastRefresh === undefined ? DateTime.formatIso(now) : last_refresh,
      ...rest
    }, { label: "auth.json" })
  }
}

const clear = (tokens: AuthJson.Tokens) => ({
  ...(tokens.idToken && { id_token: Redacted.value(tokens.idToken) }),
  ...(tokens.accessToken && { access_token: Redacted.value(tokens.accessToken) }),
  ...(tokens.refreshToken && { refresh_token: Redacted.value(tokens.refreshToken) })
})

/** Puts in the tokens that an issuer returned at `now`; a token it did not return stays, and so does all else. */
export const withTokens = (json: AuthJson.AuthJson, tokens: AuthJson.Tokens, now: DateTime.Utc): AuthJson.AuthJson => {
  const document = Redacted.value(json.document)
  const before = Predicate.isObject(document["tokens"]) ? document["tokens"] : {}
  return {
    ...json,
    tokens: {
      idToken: tokens.idToken ?? json.tokens.idToken,
      accessToken: tokens.accessToken ?? json.tokens.accessToken,
      refreshToken: tokens.refreshToken ?? json.tokens.refreshToken
    },
    lastRefresh: now,
    document: Redacted.make({
      ...document,
      tokens: {
        ...before,
        ...clear(tokens)
      },
      last_refresh: DateTime.formatIso(now)
    }, { label: "auth.json" })
  }
}

/**
 * A login that begins at `now` with these tokens, as the CLI would write it.
 */
export const fromTokens = (
  tokens: AuthJson.Tokens,
  made: AuthJson.Provenance,
  now: DateTime.Utc
): AuthJson.AuthJson => {
  const nothing: AuthJson.AuthJson = {
    mode: "chatgpt",
    tokens: { idToken: undefined, accessToken: undefined, refreshToken: undefined },
    accountId: undefined,
    lastRefresh: undefined,
    provenance: made,
    document: Redacted.make({ tokens: { oauth_provenance: { issuer: made.issuer, client_id: made.clientId } } })
  }
  return complete(withTokens(nothing, tokens, now), now)
}

/**
 * Takes over, from the file that a login replaces, what the login does not speak of: all but the tokens.
 *
 * Only for a login of the same account: what is in the file may be about the account.
 */
export const inPlaceOf = (json: AuthJson.AuthJson, before: AuthJson.AuthJson): AuthJson.AuthJson => {
  const [old, next] = [Redacted.value(before.document), Redacted.value(json.document)]
  return {
    ...json,
    document: Redacted.make({
      ...old,
      ...next,
      OPENAI_API_KEY: next["OPENAI_API_KEY"] ?? old["OPENAI_API_KEY"] ?? null
    }, { label: "auth.json" })
  }
}

/**
 * Whether both hold the same access token and the same refresh token.
 */
export const sameTokens = (self: AuthJson.AuthJson, that: AuthJson.AuthJson): boolean =>
  Equal.equals(self.tokens.accessToken, that.tokens.accessToken) &&
  Equal.equals(self.tokens.refreshToken, that.tokens.refreshToken)
