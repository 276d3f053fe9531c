/**
 * The emulated issuer: sessions, the tokens they gave out, and what has become of them.
 *
 * Access tokens have the form and the claims of real JWTs; the signature is noise. A refresh token works once.
 * The tokens open nothing outside of this process, so they are plain strings.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Random from "effect/Random"
import * as Reply from "./reply.ts"

/** The public client id of Codex. */
export const clientId = "app_EMoamEEZ73f0CkXaXp7hrann"

/**
 * Who signs in, and how long the first access token lives.
 *
 * @since 0.2.0
 * @category models
 */
export interface SignInOptions {
  /** Default: a new UUID. */
  readonly accountId?: string
  /** Default: `plus`. */
  readonly plan?: string
  /** Life of the access token from now on; negative for one that has expired. Default: ten days. */
  readonly expiresIn?: Duration.Input
  /** More fields at the top of auth.json, as another program may have put there. */
  readonly extra?: Readonly<Record<string, unknown>>
  /** More claims about the account in both JWTs, e.g. `chatgpt_account_is_fedramp`. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** What a presented token is worth. */
export type Standing = "valid" | "expired" | "revoked" | "used" | "unknown"

interface Session {
  readonly accountId: string
  readonly userId: string
  readonly plan: string
  readonly claims: Readonly<Record<string, unknown>>
  revoked: boolean
}

/** What a valid access token says about its bearer. */
export interface Bearer {
  readonly accountId: string
  readonly userId: string
  readonly plan: string
}

interface Tokens {
  readonly id_token: string
  readonly access_token: string
  readonly refresh_token: string
}

/** The issuer of one emulator. */
export interface Issuer {
  /** Signs in a fresh account; the text of its auth.json. */
  readonly signIn: (options?: SignInOptions) => Effect.Effect<string>
  /** Signs in a fresh account: the answer of the token endpoint. */
  readonly grant: (options?: SignInOptions) => Effect.Effect<object>
  /** Answers a refresh at the token endpoint. */
  readonly refresh: (fields: Readonly<Record<string, unknown>>) => Effect.Effect<Reply.Http>
  /** Answers a request to the revoke endpoint: the session of the token ends. */
  readonly revoke: (fields: Readonly<Record<string, unknown>>) => Effect.Effect<Reply.Http>
  /** What an access token is worth, and whose it is. */
  readonly access: (
    token: string
  ) => Effect.Effect<{ readonly standing: Standing; readonly bearer: Bearer | undefined }>
  /** What a refresh token is worth. */
  readonly refreshStanding: (token: string) => Standing
  /** How many times tokens were renewed. */
  readonly refreshes: Effect.Effect<number>
  /** The access tokens given out so far count as expired, whatever they say themselves. */
  readonly expireAccessTokens: Effect.Effect<void>
  /** Ends every session. */
  readonly revokeAll: Effect.Effect<void>
}

const lifetime = Duration.toSeconds(Duration.days(10))

/** So many random bytes; they come from `Random`, so that a seed repeats them. */
export const randomBytes = (length: number): Effect.Effect<Uint8Array> =>
  Effect.map(Random.Random, (random) => Uint8Array.from({ length }, () => Math.floor(random.nextDoubleUnsafe() * 256)))

/** Random text, as long as so many bytes in base64url. */
export const noise = (length: number): Effect.Effect<string> => Effect.map(randomBytes(length), Base64Url.encode)

/** A random UUID of version 4. */
export const uuid: Effect.Effect<string> = Effect.map(randomBytes(16), (bytes) => {
  const hex = Array.from(bytes, (byte, i) => {
    const value = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte
    return value.toString(16).padStart(2, "0")
  }).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
})

const header = Base64Url.encode(JSON.stringify({ alg: "RS256", typ: "JWT", kid: "emulator" }))

const jwt = (claims: object): Effect.Effect<string> =>
  Effect.map(noise(256), (signature) => `${header}.${Base64Url.encode(JSON.stringify(claims))}.${signature}`)

/** An issuer whose tokens name `issuer` as their origin. */
export const make = (issuer: string): Issuer => {
  const accessTokens = new Map<string, { readonly session: Session; expiresAt: number }>()
  const refreshTokens = new Map<string, { readonly session: Session; used: boolean }>()
  const sessions: Array<Session> = []
  let refreshes = 0

  const issue = Effect.fnUntraced(function*(session: Session, issuedAt: number, expiresAt: number) {
    const auth = {
      chatgpt_account_id: session.accountId,
      chatgpt_plan_type: session.plan,
      chatgpt_user_id: session.userId,
      chatgpt_account_user_id: `${session.userId}__${session.accountId}`,
      user_id: session.userId,
      ...session.claims
    }
    const times = { iat: issuedAt, nbf: issuedAt, exp: expiresAt }
    const email = `${session.userId}@example.com`
    const access_token = yield* jwt({
      ...times,
      iss: issuer,
      aud: ["https://api.openai.com/v1"],
      client_id: clientId,
      jti: yield* uuid,
      sub: `auth0|${session.userId}`,
      scp: ["openid", "profile", "email", "offline_access"],
      "https://api.openai.com/auth": auth,
      "https://api.openai.com/profile": { email, email_verified: true }
    })
    const id_token = yield* jwt({
      ...times,
      exp: issuedAt + 3600,
      iss: issuer,
      aud: [clientId],
      jti: yield* uuid,
      sub: `auth0|${session.userId}`,
      email,
      email_verified: true,
      "https://api.openai.com/auth": {
        ...auth,
        organizations: [{ id: `org-${session.userId}`, is_default: true, role: "owner", title: "Personal" }]
      }
    })
    const refresh_token = `rt_${yield* noise(48)}`
    accessTokens.set(access_token, { session, expiresAt })
    refreshTokens.set(refresh_token, { session, used: false })
    return { id_token, access_token, refresh_token } satisfies Tokens
  })

  const open = Effect.fnUntraced(function*(options?: SignInOptions) {
    const session: Session = {
      accountId: options?.accountId ?? (yield* uuid),
      userId: `user-${(yield* uuid).slice(0, 8)}`,
      plan: options?.plan ?? "plus",
      claims: options?.claims ?? {},
      revoked: false
    }
    sessions.push(session)
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const expiresAt = now + Math.floor(Duration.toSeconds(options?.expiresIn ?? Duration.seconds(lifetime)))
    const issuedAt = Math.min(now, expiresAt - lifetime)
    return { session, issuedAt, tokens: yield* issue(session, issuedAt, expiresAt) }
  })

  const answerOf = (tokens: Tokens, expires_in: number) => ({
    ...tokens,
    expires_in,
    token_type: "Bearer",
    scope: "openid profile email offline_access"
  })

  const signIn = Effect.fnUntraced(function*(options?: SignInOptions) {
    const { issuedAt, session, tokens } = yield* open(options)
    const file = {
      ...options?.extra,
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens: {
        ...tokens,
        account_id: session.accountId,
        oauth_provenance: { issuer, client_id: clientId },
        login_owner_id: yield* noise(24)
      },
      last_refresh: DateTime.formatIso(DateTime.makeUnsafe(issuedAt * 1000))
    }
    return `${JSON.stringify(file, null, 2)}\n`
  })

  const refresh = Effect.fnUntraced(function*(presented: string) {
    const known = refreshTokens.get(presented)
    if (known === undefined) return Reply.refreshFailed("token_expired")
    if (known.session.revoked) return Reply.refreshFailed("refresh_token_invalidated")
    if (known.used) return Reply.refreshFailed("refresh_token_reused")
    known.used = true
    refreshes++
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const tokens = yield* issue(known.session, now, now + lifetime)
    return Reply.json(answerOf(tokens, lifetime))
  })

  return {
    signIn,
    grant: (options) =>
      Effect.map(
        open(options),
        ({ tokens }) =>
          answerOf(tokens, Math.floor(Duration.toSeconds(options?.expiresIn ?? Duration.seconds(lifetime))))
      ),
    refresh: (fields) => {
      const presented = fields["refresh_token"]
      return typeof presented === "string" && presented !== ""
        ? refresh(presented)
        : Effect.succeed(Reply.invalid(
          "refresh_token",
          "empty_string",
          "Invalid 'refresh_token': empty string. Expected a string with minimum length 1, but got an empty string instead."
        ))
    },
    revoke: (fields) =>
      Effect.sync(() => {
        const presented = fields["token"]
        if (typeof presented !== "string" || presented === "") {
          return Reply.invalid("token", "missing_required_parameter", "Missing required parameter: 'token'.")
        }
        const known = refreshTokens.get(presented) ?? accessTokens.get(presented)
        if (known !== undefined) known.session.revoked = true
        return Reply.json({})
      }),
    access: (token) =>
      Effect.map(Clock.currentTimeMillis, (millis) => {
        const known = accessTokens.get(token)
        if (known === undefined) return { standing: "unknown", bearer: undefined }
        const standing = known.session.revoked ? "revoked" : known.expiresAt * 1000 <= millis ? "expired" : "valid"
        return { standing, bearer: known.session }
      }),
    refreshStanding: (token) => {
      const known = refreshTokens.get(token)
      return known === undefined ? "unknown" : known.session.revoked ? "revoked" : known.used ? "used" : "valid"
    },
    refreshes: Effect.sync(() => refreshes),
    expireAccessTokens: Effect.sync(() => {
      for (const token of accessTokens.values()) token.expiresAt = Number.NEGATIVE_INFINITY
    }),
    revokeAll: Effect.sync(() => {
      for (const session of sessions) session.revoked = true
    })
  }
}
