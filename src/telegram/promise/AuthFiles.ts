/**
 * The helpers of `vibegram/codex` for an auth.json: is it one, what does it say, put it in its place.
 *
 * Where VibeGram's return at once, those that touch the file return a promise here: it is locked, and replaced as a whole.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AccessToken from "../../auth/AccessToken.ts"
import { AccessTokenExpired, AccessTokenMissing, AuthFileInvalid } from "../../auth/AuthError.ts"
import * as AuthJson from "../../auth/AuthJson.ts"
import { lazily } from "../../internal/lazily.ts"
import type { CodexAuthJson } from "./Provider.ts"
import type { DeviceLoginTokens } from "./SignIn.ts"

/**
 * What can be told of an auth.json without telling its tokens.
 *
 * @since 0.2.0
 * @category models
 */
export interface CodexAuthSummary {
  /** Whether there is a file. */
  exists: boolean
  /** `chatgpt`, or what else the file says. */
  authMode?: string
  /** ISO 8601; of the access token. */
  expiresAt?: string
  expired?: boolean
  hasRefreshToken?: boolean
  planType?: string
  sizeBytes?: number
  /** ISO 8601. */
  updatedAt?: string
}

const encodeJson = Schema.encodeSync(Schema.fromJsonString(Schema.Unknown))

const behind = lazily(() => import("./internal/loginFile.ts"))

const given = "the given value"

const validated = Effect.fnUntraced(function*(value: unknown) {
  const json = yield* Effect.mapError(
    Effect.fromResult(Predicate.isObject(value) ? AuthJson.parse(value) : Result.fail("not an auth.json" as const)),
    (problem) => new AuthFileInvalid({ path: given, problem })
  )
  const { accessToken, idToken, refreshToken } = json.tokens
  if (accessToken === undefined) {
    return yield* new AccessTokenMissing({ path: given, reason: json.mode === "apikey" ? "API key" : "no tokens" })
  }
  const { expiresAt } = AccessToken.claims(accessToken)
  if (expiresAt !== undefined && DateTime.toEpochMillis(expiresAt) <= (yield* Clock.currentTimeMillis)) {
    return yield* new AccessTokenExpired({ reason: "refresh is off", expiredAt: expiresAt })
  }
  const valid: CodexAuthJson = {
    auth_mode: json.mode,
    tokens: {
      access_token: Redacted.value(accessToken),
      ...(refreshToken !== undefined && { refresh_token: Redacted.value(refreshToken) }),
      ...(idToken !== undefined && { id_token: Redacted.value(idToken) }),
      ...(json.accountId !== undefined && { account_id: json.accountId })
    },
    ...(json.lastRefresh !== undefined && { last_refresh: DateTime.formatIso(json.lastRefresh) })
  }
  return valid
})

/**
 * Gives the parts of an auth.json that count, as a secret manager or `JSON.parse` gave it.
 *
 * Throws `AuthFileInvalid`, `AccessTokenMissing` or `AccessTokenExpired`, none of which holds a token.
 *
 * @since 0.2.0
 * @category guards
 */
export const validateCodexAuthJson = (value: unknown): CodexAuthJson => Effect.runSync(validated(value))

/**
 * Saves a login where `codexProvider()` and the Codex CLI look for it, and gives the path.
 *
 * Without a path that is `~/.codex/auth.json`. Rejects with what is wrong with the login, or with `AuthStoreFailed`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const saveCodexAuthJson = (authJson: unknown, authJsonPath?: string): Promise<string> =>
  Effect.runPromise(
    validated(authJson).pipe(
      Effect.andThen(behind),
      Effect.flatMap(({ save }) => save(encodeJson(authJson), authJsonPath))
    )
  )

/**
 * Saves the tokens that `deviceLogin(…, { skipSave: true })` gave, and gives the path.
 *
 * @since 0.2.0
 * @category constructors
 */
export const saveDeviceTokens = (
  { access_token, id_token, refresh_token }: DeviceLoginTokens,
  authJsonPath?: string
): Promise<string> =>
  saveCodexAuthJson({ auth_mode: "chatgpt", tokens: { access_token, id_token, refresh_token } }, authJsonPath)

/**
 * Tells what an auth.json is good for, without its tokens; never rejects for what the file holds.
 *
 * @since 0.2.0
 * @category constructors
 */
export const readCodexAuthSummary = (authJsonPath?: string): Promise<CodexAuthSummary> =>
  Effect.runPromise(Effect.flatMap(behind, ({ summary }) => summary(authJsonPath)))
