/**
 * Renews a login: at most one exchange at a time, and never one that is not needed.
 *
 * Several programs share the refresh token and it works once. So every exchange runs in the store's exclusive
 * section, looks first whether somebody else was quicker, and looks again before it writes and before it
 * gives up. An exchange that has begun runs to its end on a fiber of its own: callers only wait for it, so
 * that none of them can take the new tokens along when it leaves.
 */
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { AccessTokenExpired, type AccessTokenMissing, TokenRefreshFailed } from "../AuthError.ts"
import * as AuthJson from "../AuthJson.ts"
import type * as AuthStore from "../AuthStore.ts"
import type * as OAuth from "../OAuth.ts"
import * as Login from "./login.ts"
import type { NewestLogin } from "./newestLogin.ts"

/** A login that is not the one we began with, and whether it was found in the store or made by the issuer. */
export interface Renewed {
  readonly login: Login.Login
  readonly origin: "reload" | "refresh"
}

type RenewError = AuthStore.ReadError | AccessTokenMissing | AccessTokenExpired | TokenRefreshFailed

export interface Refresher {
  /** A login with a better access token than this one; callers with the same access token share one exchange. */
  readonly renew: (login: Login.Login) => Effect.Effect<Renewed, RenewError>
  /** The final failure that the refresh token of this login met, if it did. */
  readonly finalFailure: (json: AuthJson.AuthJson) => TokenRefreshFailed | undefined
  /** Forgets the final failure: the login may be another one under the same refresh token. */
  readonly forget: Effect.Effect<void>
}

interface Services {
  readonly store: AuthStore.Service
  readonly oauth: OAuth.Service
  readonly newest: NewestLogin
}

// Another program that used the token first may still be writing what it got for it.
const lookouts = 5
const lookoutPause = Duration.millis(200)

export const make = Effect.fnUntraced(function*(
  { newest, oauth, store }: Services
): Effect.fn.Return<Refresher, never, Scope.Scope> {
  const flights = new Map<string, Deferred.Deferred<Renewed, RenewError>>()
  let dead: { readonly refreshToken: Redacted.Redacted; readonly failure: TokenRefreshFailed } | undefined = undefined

  const finalFailure: Refresher["finalFailure"] = (json) =>
    dead !== undefined && Equal.equals(dead.refreshToken, json.tokens.refreshToken) ? dead.failure : undefined

  const remember = (refreshToken: Redacted.Redacted | undefined, failure: TokenRefreshFailed): TokenRefreshFailed => {
    if (refreshToken !== undefined && !failure.isRetryable) {
      dead = { refreshToken, failure }
    }
    return failure
  }

  const requireSameAccount = (self: Login.Login, that: Login.Login) =>
    Login.sameAccount(self.accountId, that.accountId)
      ? Effect.void
      : Effect.fail(new TokenRefreshFailed({ reason: "accountChanged" }))

  // The login that the store holds by now, when somebody put a better one there. A store that cannot be read
  // says nothing about that; one that was emptied says that the user signed out.
  const overtaken = Effect.fnUntraced(function*(current: Login.Login) {
    const json = yield* newest.read.pipe(
      Effect.asSome,
      Effect.catchTags({
        AuthFileInvalid: () => Effect.succeedNone,
        AuthStoreFailed: () => Effect.succeedNone
      })
    )
    if (Option.isNone(json) || AuthJson.sameTokens(json.value, current.json)) {
      return { latest: Option.getOrElse(json, () => current.json), better: Option.none<Renewed>() }
    }
    const login = yield* Effect.fromResult(Login.fromJson(store.location, json.value))
    yield* requireSameAccount(login, current)
    const now = yield* DateTime.now
    const better = !Login.sameAccessToken(login, current) && !Login.isDue(login, now)
      ? Option.some<Renewed>({ login, origin: "reload" })
      : Option.none<Renewed>()
    return { latest: json.value, better }
  })

  const lookOut = (
    current: Login.Login,
    failure: TokenRefreshFailed,
    left: number
  ): Effect.Effect<Renewed, RenewError> =>
    Effect.flatMap(overtaken(current), ({ better }) =>
      Option.isSome(better)
        ? Effect.succeed(better.value)
        : left === 0
        ? Effect.suspend(() => Effect.fail(remember(current.json.tokens.refreshToken, failure)))
        : Effect.delay(Effect.suspend(() => lookOut(current, failure, left - 1)), lookoutPause))

  const keep = Effect.fnUntraced(function*(current: Login.Login, tokens: AuthJson.Tokens) {
    const { better, latest } = yield* overtaken(current)
    if (Option.isSome(better)) {
      return better.value
    }
    const now = yield* DateTime.now
    const json = AuthJson.complete(AuthJson.withTokens(latest, tokens, now), now)
    yield* newest.save(latest, json)
    const login = yield* Effect.fromResult(Login.fromJson(store.location, json))
    // An issuer that keeps the access token to itself would be asked again by every caller.
    if (Login.isExpired(login, now)) {
      return yield* remember(json.tokens.refreshToken, new TokenRefreshFailed({ reason: "rejected" }))
    }
    return { login, origin: "refresh" } as const
  })

  const exchange = Effect.fnUntraced(function*(held: Login.Login): Effect.fn.Return<Renewed, RenewError> {
    const current = yield* Effect.flatMap(
      newest.read,
      (json) => Effect.fromResult(Login.fromJson(store.location, json))
    )
    yield* requireSameAccount(current, held)
    const now = yield* DateTime.now
    if (!Login.sameAccessToken(current, held) && !Login.isDue(current, now)) {
      return { login: current, origin: "reload" }
    }
    const refreshToken = current.json.tokens.refreshToken
    if (refreshToken === undefined) {
      return yield* new AccessTokenExpired({
        reason: "no refresh token",
        ...(current.expiresAt && { expiredAt: current.expiresAt })
      })
    }
    const known = finalFailure(current.json)
    if (known !== undefined) {
      return yield* known
    }
    const tokens = yield* Effect.result(oauth.refresh(refreshToken, current.json.provenance))
    if (Result.isSuccess(tokens)) {
      return yield* keep(current, tokens.success)
    }
    return tokens.failure.isRetryable
      ? yield* tokens.failure
      : yield* lookOut(current, tokens.failure, lookouts)
  })

  const renew: Refresher["renew"] = (login) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const key = Redacted.value(login.accessToken)
        const running = flights.get(key)
        if (running !== undefined) {
          return restore(Deferred.await(running))
        }
        const flight = Deferred.makeUnsafe<Renewed, RenewError>()
        flights.set(key, flight)
        return store.exclusive(exchange(login)).pipe(
          Effect.exit,
          Effect.flatMap((exit) => {
            flights.delete(key)
            return Deferred.done(flight, exit)
          }),
          Effect.forkDetach,
          Effect.andThen(restore(Deferred.await(flight)))
        )
      })
    )

  yield* Effect.addFinalizer(() =>
    Effect.forEach([...flights.values()], (flight) => Effect.exit(Deferred.await(flight)), { discard: true })
  )

  const forget = Effect.sync(() => {
    dead = undefined
  })

  return { renew, finalFailure, forget }
})
