/**
 * The one place that spends refresh tokens, tested alone.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { AuthFileInvalid, AuthStoreFailed, TokenRefreshFailed } from "../src/auth/AuthError.ts"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as CodexAuth from "../src/auth/CodexAuth.ts"
import * as OAuth from "../src/auth/OAuth.ts"
import * as TokenRefresh from "../src/auth/TokenRefresh.ts"

const start = DateTime.makeUnsafe("2026-02-03T04:05:06.000Z")

const jwt = (minutes: number, name = ""): string =>
  `e30.${Base64Url.encode(JSON.stringify({ name, exp: DateTime.toEpochMillis(start) / 1000 + minutes * 60 }))}.s`

const document = (accessToken: string, refreshToken = "r0") => ({
  tokens: { access_token: accessToken, refresh_token: refreshToken, account_id: "acc-1" }
})

const login = (accessToken: string, refreshToken?: string): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse(document(accessToken, refreshToken)))

type Refresh = OAuth.Service["refresh"]

const granted = (name: string): AuthJson.Tokens => ({
  idToken: undefined,
  accessToken: Redacted.make(jwt(60, name)),
  refreshToken: Redacted.make(`refresh-${name}`)
})

/** Renewal over a login in memory and an issuer that is one function. */
const over = (given: object, refresh: Refresh) =>
  Layer.fresh(TokenRefresh.layer).pipe(
    Layer.provideMerge(Layer.merge(
      AuthStore.layerJson({ ...given }),
      Layer.mock(OAuth.OAuth)({ refresh, revoke: () => Effect.succeed(true) })
    ))
  )

const begin = TestClock.setTime(DateTime.toEpochMillis(start))

const tokenOf = ({ json }: TokenRefresh.Refreshed) => json.tokens.accessToken && Redacted.value(json.tokens.accessToken)

describe("TokenRefresh", () => {
  it.effect("runs in the context of its layer, whoever asks first", () => {
    const Who = Context.Reference<string>("test/Who", { defaultValue: () => "nobody" })
    const seen: Array<string> = []
    const refresh: Refresh = () =>
      Effect.flatMap(Who, (who) => Effect.as(Effect.sync(() => seen.push(who)), granted("a1")))
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      yield* tokens.refresh(login(jwt(-1))).pipe(Effect.provideService(Who, "the caller"))
      assert.deepStrictEqual(seen, ["the layer"])
    }).pipe(
      Effect.provide(over(document(jwt(-1)), refresh).pipe(Layer.provide(Layer.succeed(Who, "the layer"))))
    )
  })

  it.effect("shares one exchange among all who hold the same token, and writes what it brought", () => {
    let calls = 0
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      const all = yield* Effect.all(Array.from({ length: 50 }, () => tokens.refresh(login(jwt(-1)))), {
        concurrency: "unbounded"
      })
      assert.strictEqual(calls, 1)
      assert.isTrue(all.every((one) => tokenOf(one) === jwt(60, "a1") && one.origin === "refresh"))
      const store = yield* AuthStore.AuthStore
      assert.deepStrictEqual((yield* store.read).tokens.refreshToken, Redacted.make("refresh-a1"))
    }).pipe(
      Effect.provide(over(document(jwt(-1)), () => Effect.sync(() => (calls++, granted("a1")))))
    )
  })

  it.effect("takes nobody along who holds another token: they find in the store what the one before them brought", () => {
    const go = Deferred.makeUnsafe<void>()
    let calls = 0
    const refresh: Refresh = () =>
      Effect.as(Effect.andThen(Effect.sync(() => calls++), Deferred.await(go)), granted("a1"))
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      const both = yield* Effect.forkChild(
        Effect.all([tokens.refresh(login(jwt(-1))), tokens.refresh(login(jwt(-2, "older")))], { concurrency: 2 })
      )
      yield* TestClock.adjust("1 second")
      yield* Deferred.succeed(go, undefined)
      const [first, second] = yield* Fiber.join(both)
      assert.deepStrictEqual([first.origin, second.origin, calls], ["refresh", "reload", 1])
      assert.deepStrictEqual([first, second].map(tokenOf), [jwt(60, "a1"), jwt(60, "a1")])
    }).pipe(Effect.provide(over(document(jwt(-1)), refresh)))
  })

  it.effect("looks five seconds for the tokens of whoever was quicker, and then says to try again", () => {
    const reused = new TokenRefreshFailed({ reason: "reused", status: 401 })
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      const store = yield* AuthStore.AuthStore
      const fiber = yield* Effect.forkChild(Effect.flip(tokens.refresh(login(jwt(-1)))), { startImmediately: true })
      yield* TestClock.adjust("4900 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      const failure = yield* Fiber.join(fiber)
      assert.strictEqual(failure, reused)
      assert.match(failure.fix("chat"), /^Try again in a moment/)
      // The winner was slower than that: its tokens count all the same.
      yield* store.write(login(jwt(60, "winner"), "refresh-winner"))
      assert.strictEqual(tokenOf(yield* tokens.refresh(login(jwt(-1)))), jwt(60, "winner"))
    }).pipe(Effect.provide(over(document(jwt(-1)), () => Effect.fail(reused))))
  })

  it.effect("finds the tokens of a winner that took almost five seconds to write them", () =>
    Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      const store = yield* AuthStore.AuthStore
      const fiber = yield* Effect.forkChild(tokens.refresh(login(jwt(-1))), { startImmediately: true })
      yield* TestClock.adjust("4600 millis")
      yield* store.write(login(jwt(60, "winner"), "refresh-winner"))
      yield* TestClock.adjust("400 millis")
      assert.strictEqual(tokenOf(yield* Fiber.join(fiber)), jwt(60, "winner"))
    }).pipe(
      Effect.provide(over(document(jwt(-1)), () => Effect.fail(new TokenRefreshFailed({ reason: "rejected" }))))
    ))

  it.effect.each([
    { found: "a login that is about to end", read: Effect.succeed(login(jwt(4, "theirs"), "refresh-theirs")) },
    { found: "half a file", read: Effect.fail(new AuthFileInvalid({ path: "here", problem: "not JSON" })) },
    {
      found: "no way to it",
      read: Effect.fail(new AuthStoreFailed({ path: "here", operation: "read", problem: "EIO" }))
    }
  ])("keeps what it was given where it finds $found in the store by then", ({ read }) => {
    let reads = 0
    const written: Array<AuthJson.AuthJson> = []
    const store = AuthStore.AuthStore.of({
      location: "here",
      read: Effect.suspend((): AuthStore.Service["read"] => reads++ === 0 ? Effect.succeed(login(jwt(-1))) : read),
      writable: Effect.void,
      write: (json) => Effect.sync(() => void written.push(json)),
      remove: Effect.succeed(true),
      exclusive: (self) => self
    })
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      const refreshed = yield* tokens.refresh(login(jwt(-1)))
      assert.deepStrictEqual([tokenOf(refreshed), refreshed.origin], [jwt(60, "a1"), "refresh"])
      assert.deepStrictEqual(written.map(({ tokens }) => tokens.refreshToken), [Redacted.make("refresh-a1")])
    }).pipe(Effect.provide(
      Layer.fresh(TokenRefresh.layer).pipe(
        Layer.provide(Layer.succeed(AuthStore.AuthStore, store)),
        Layer.provide(
          Layer.mock(OAuth.OAuth)({ refresh: () => Effect.succeed(granted("a1")), revoke: () => Effect.succeed(true) })
        )
      )
    ))
  })

  it.effect("asks again a minute after the place was refused, as the login itself is good", () => {
    let calls = 0
    const refresh: Refresh = () =>
      Effect.suspend(() =>
        ++calls === 1
          ? Effect.fail(new TokenRefreshFailed({ reason: "place", status: 403 }))
          : Effect.succeed(granted("a1"))
      )
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      for (let call = 0; call < 3; call++) {
        const failure = yield* Effect.flip(tokens.refresh(login(jwt(-1))))
        assert(failure._tag === "TokenRefreshFailed")
        assert.strictEqual(failure.reason, "place")
      }
      assert.strictEqual(calls, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(tokenOf(yield* tokens.refresh(login(jwt(-1)))), jwt(60, "a1"))
    }).pipe(Effect.provide(over(document(jwt(-1)), refresh)))
  })

  it.effect("knows what it would refuse, and forgets it when it is told to", () => {
    let alive = false
    const revoked = new TokenRefreshFailed({ reason: "revoked" })
    return Effect.gen(function*() {
      yield* begin
      const tokens = yield* TokenRefresh.TokenRefresh
      const held = login(jwt(-1))
      assert.deepStrictEqual(yield* tokens.refusal(held), Option.none())
      const fiber = yield* Effect.forkChild(Effect.flip(tokens.refresh(held)), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* tokens.refusal(held), Option.some(revoked))
      assert.deepStrictEqual(yield* tokens.refusal(login(jwt(-1), "another")), Option.none())
      alive = true
      yield* tokens.forget
      assert.strictEqual(tokenOf(yield* tokens.refresh(held)), jwt(60, "a1"))
      const without = yield* tokens.refusal({ ...held, tokens: { ...held.tokens, refreshToken: undefined } })
      assert.strictEqual(Option.getOrThrow(without).message.includes("(no refresh token)"), true)
    }).pipe(
      Effect.provide(over(document(jwt(-1)), () => alive ? Effect.succeed(granted("a1")) : Effect.fail(revoked)))
    )
  })

  it.effect("leaves nobody behind who asks while the one before is just beginning", () =>
    Effect.gen(function*() {
      yield* begin
      const started = yield* Deferred.make<void>()
      let calls = 0
      const refresh: Refresh = () =>
        Effect.andThen(Deferred.succeed(started, undefined), Effect.sync(() => (calls++, granted("a1"))))
      yield* Effect.gen(function*() {
        const tokens = yield* TokenRefresh.TokenRefresh
        const first = yield* Effect.forkChild(tokens.refresh(login(jwt(-1))))
        yield* Deferred.await(started)
        const second = yield* Effect.forkChild(tokens.refresh(login(jwt(-1))), { startImmediately: true })
        yield* Fiber.interrupt(first)
        assert.strictEqual(tokenOf(yield* Fiber.join(second)), jwt(60, "a1"))
        assert.strictEqual(calls, 1)
      }).pipe(Effect.provide(over(document(jwt(-1)), refresh)))
    }))
})

describe("TokenRefresh.layerNone", () => {
  it.effect("calls an expired token expired, hands out one that is not, and never asks the issuer", () => {
    let calls = 0
    const asked = Layer.mock(OAuth.OAuth)({ refresh: () => Effect.sync(() => (calls++, granted("a1"))) })
    const credentials = (minutes: number) =>
      CodexAuth.CodexAuth.use((auth) => Effect.all([Effect.result(auth.credentials), auth.status])).pipe(
        Effect.provide(
          CodexAuth.layer().pipe(
            Layer.provide(TokenRefresh.layerNone),
            Layer.provide([asked, AuthStore.layerJson(document(jwt(minutes)))])
          )
        )
      )
    return Effect.gen(function*() {
      yield* begin
      const [expired, status] = yield* credentials(-1)
      assert(Result.isFailure(expired))
      assert.strictEqual(expired.failure._tag, "AccessTokenExpired")
      assert.include(expired.failure.message, "(refresh is off)")
      assert.deepStrictEqual([status.signedIn, status.canRefresh], [false, false])
      const [good] = yield* credentials(1)
      assert.isTrue(Result.isSuccess(good))
      assert.strictEqual(calls, 0)
    })
  })
})
