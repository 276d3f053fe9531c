/**
 * A better access token for one that is over: the one place that spends refresh tokens and writes what they brought.
 *
 * Several programs share a refresh token and it works once. So every exchange runs in the store's exclusive section,
 * looks first whether somebody else was quicker, and looks again before it writes and before it gives up. An exchange
 * that has begun runs to its end on a fiber of the layer: callers only wait for it, so that none of them can take the
 * new tokens along when it leaves, and what it was called with is nobody else's.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Metrics from "../internal/metrics.ts"
import { AccessTokenExpired, type AccessTokenMissing, TokenRefreshFailed } from "./AuthError.ts"
import type * as AuthJson from "./AuthJson.ts"
import * as AuthStore from "./AuthStore.ts"
import * as Login from "./internal/login.ts"
import * as LoginDocument from "./internal/loginDocument.ts"
import * as NewestLogin from "./internal/newestLogin.ts"
import * as OAuth from "./OAuth.ts"

/**
 * A login with a better access token, and whether it was found in the store or made by the issuer.
 *
 * @since 0.2.0
 * @category models
 */
export interface Refreshed {
  readonly json: AuthJson.AuthJson
  readonly origin: "reload" | "refresh"
}

/**
 * Why there is no better access token.
 *
 * @since 0.2.0
 * @category errors
 */
export type RefreshError = AuthStore.ReadError | AccessTokenMissing | AccessTokenExpired | TokenRefreshFailed

/**
 * How tokens are renewed.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** A login with a better access token than this one; callers with the same access token share one exchange. */
  readonly refresh: (held: AuthJson.AuthJson) => Effect.Effect<Refreshed, RefreshError>
  /** Why `refresh` would fail for this login, as far as that is known without asking the issuer. */
  readonly refusal: (
    held: AuthJson.AuthJson
  ) => Effect.Effect<Option.Option<AccessTokenExpired | TokenRefreshFailed>>
  /** Forgets what the issuer refused: a login that was taken over may be another one under the same refresh token. */
  readonly forget: Effect.Effect<void>
}

/**
 * The renewal of tokens as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class TokenRefresh extends Context.Service<TokenRefresh, Service>()("effect-codex/TokenRefresh") {}

interface Refused {
  readonly refreshToken: Redacted.Redacted
  readonly failure: TokenRefreshFailed
  readonly until: number
}

/** How long a refusal counts that is about the place and not about the token. */
const placeRest = Duration.toMillis(Duration.minutes(1))

/** Another program that used the token first may still be writing what it got for it: five seconds. */
const lookouts = { schedule: Schedule.spaced("250 millis"), times: 20 }

/** A store and an issuer that answer are done by then. */
const longestFlight = Duration.minutes(2)

const over = (json: AuthJson.AuthJson, reason: AccessTokenExpired["reason"]): AccessTokenExpired => {
  const expiredAt = Login.expiryOf(json)
  return new AccessTokenExpired({ reason, ...(expiredAt && { expiredAt }) })
}

const isOff = (json: AuthJson.AuthJson): AccessTokenExpired =>
  over(json, json.tokens.refreshToken === undefined ? "no refresh token" : "refresh is off")

const make: Effect.Effect<
  Service,
  never,
  AuthStore.AuthStore | OAuth.OAuth | Scope.Scope
> = Effect.gen(function*() {
  const store = yield* AuthStore.AuthStore
  const oauth = yield* OAuth.OAuth
  const newest = yield* NewestLogin.of(store)
  yield* Effect.addFinalizer(() => newest.saveAgain({ atOnce: true }))
  const flights = yield* FiberMap.make<string, Refreshed, RefreshError>()
  const run = yield* FiberMap.runtime(flights)()
  // Not `uninterruptible`: the issuer's time limit could then not let go of what it limits.
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.timeoutOption(Fiber.awaitAll(Array.from(flights, ([, flight]) => flight)), longestFlight))
  )
  const refused = yield* Ref.make<Refused | undefined>(undefined)

  const refusal: Service["refusal"] = Effect.fnUntraced(function*(held) {
    const { refreshToken } = held.tokens
    if (refreshToken === undefined) {
      return Option.some(over(held, "no refresh token"))
    }
    const known = yield* Ref.get(refused)
    return known !== undefined && Equal.equals(known.refreshToken, refreshToken) &&
        (yield* Clock.currentTimeMillis) < known.until
      ? Option.some(known.failure)
      : Option.none()
  })

  const remember = Effect.fnUntraced(function*(refreshToken: Redacted.Redacted, failure: TokenRefreshFailed) {
    if (!failure.isRetryable) {
      const until = failure.reason === "place"
        ? (yield* Clock.currentTimeMillis) + placeRest
        : Number.POSITIVE_INFINITY
      yield* Ref.set(refused, { refreshToken, failure, until })
    }
    return yield* failure
  })

  const loginOf = (json: AuthJson.AuthJson) => Effect.fromResult(Login.fromJson(store.location, json))

  const requireSameAccount = (self: Login.Login, that: Login.Login) =>
    Login.sameAccount(self.accountId, that.accountId)
      ? Effect.void
      : Effect.fail(new TokenRefreshFailed({ reason: "accountChanged" }))

  // The login that the store holds by now, when somebody put a better one there. A store that cannot be read
  // says nothing about that; one that was emptied says that the user signed out.
  const overtaken = Effect.fnUntraced(function*(current: Login.Login) {
    const json = yield* newest.readSoon.pipe(
      Effect.asSome,
      Effect.catchTags({
        AuthFileInvalid: () => Effect.succeedNone,
        AuthStoreFailed: () => Effect.succeedNone
      })
    )
    if (Option.isNone(json) || LoginDocument.sameTokens(json.value, current.json)) {
      return { latest: Option.getOrElse(json, () => current.json), better: Option.none<Refreshed>() }
    }
    const login = yield* loginOf(json.value)
    yield* requireSameAccount(login, current)
    const better = !Login.sameAccessToken(login, current) && !Login.isDue(login, yield* DateTime.now)
    return {
      latest: json.value,
      better: better ? Option.some<Refreshed>({ json: json.value, origin: "reload" }) : Option.none<Refreshed>()
    }
  })

  const keep = Effect.fnUntraced(
    function*(current: Login.Login, refreshToken: Redacted.Redacted, tokens: AuthJson.Tokens) {
      const { better, latest } = yield* overtaken(current)
      if (Option.isSome(better)) {
        return better.value
      }
      const now = yield* DateTime.now
      const json = LoginDocument.complete(LoginDocument.withTokens(latest, tokens, now), now)
      yield* newest.save(latest, json)
      // An issuer that keeps the access token to itself would be asked again by every caller.
      if (Login.isExpired(yield* loginOf(json), now)) {
        return yield* remember(json.tokens.refreshToken ?? refreshToken, new TokenRefreshFailed({ reason: "rejected" }))
      }
      return { json, origin: "refresh" } as const
    }
  )

  const exchange = Effect.fnUntraced(function*(held: Login.Login): Effect.fn.Return<Refreshed, RefreshError> {
    const current = yield* Effect.flatMap(newest.readSoon, loginOf)
    yield* requireSameAccount(current, held)
    if (!Login.sameAccessToken(current, held) && !Login.isDue(current, yield* DateTime.now)) {
      return { json: current.json, origin: "reload" }
    }
    const known = yield* refusal(current.json)
    if (Option.isSome(known)) {
      return yield* known.value
    }
    const { refreshToken } = current.json.tokens
    if (refreshToken === undefined) {
      return yield* over(current.json, "no refresh token")
    }
    const tokens = yield* Effect.result(oauth.refresh(refreshToken, current.json.provenance))
    yield* Metrics.count(Metrics.refreshes, {
      outcome: Result.isSuccess(tokens) ? "refreshed" : tokens.failure.reason
    })
    if (Result.isSuccess(tokens)) {
      return yield* keep(current, refreshToken, tokens.success)
    }
    const failure = tokens.failure
    if (failure.isRetryable || failure.reason === "place") {
      return yield* remember(refreshToken, failure)
    }
    const { better } = yield* Effect.repeat(overtaken(current), {
      ...lookouts,
      until: ({ better }) => Option.isSome(better)
    })
    return Option.isSome(better) ? better.value : yield* remember(refreshToken, failure)
  })

  const refresh: Service["refresh"] = Effect.fn("TokenRefresh.refresh")(function*(json) {
    const held = yield* loginOf(json)
    const key = Redacted.value(held.accessToken)
    // Others may wait for it too; in a trace it belongs to who was first.
    const span = yield* Effect.option(Effect.currentParentSpan)
    const traced = Option.isNone(span) ? exchange(held) : Effect.withParentSpan(exchange(held), span.value)
    const flight = Option.getOrElse(
      FiberMap.getUnsafe(flights, key),
      // It yields first, or whoever it wakes at its very beginning would not find it in the map yet.
      () => run(key, Effect.andThen(Effect.yieldNow, store.exclusive(traced)))
    )
    return yield* Fiber.join(flight)
  })

  return TokenRefresh.of({ refresh, refusal, forget: Ref.set(refused, undefined) })
})

/**
 * Provides the renewal of tokens at the issuer of the context: five minutes before they end, and after a 401.
 *
 * When its scope closes, an exchange that has begun is waited for, and tokens that could not be saved are offered to
 * the store once more.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<TokenRefresh, never, AuthStore.AuthStore | OAuth.OAuth> = Layer.effect(
  TokenRefresh,
  make
)

/**
 * Provides none: the issuer is never asked, and a token that is over is `AccessTokenExpired`. Use it where another
 * program renews the login and this one only reads it.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerNone: Layer.Layer<TokenRefresh> = Layer.succeed(TokenRefresh, {
  refresh: (held) => Effect.fail(isOff(held)),
  refusal: (held) => Effect.succeedSome(isOff(held)),
  forget: Effect.void
})
