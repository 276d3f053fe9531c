/**
 * What every home of the login must do. One suite, run against each layer of `AuthStore`.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import * as AuthJson from "../../src/auth/AuthJson.ts"
import type * as AuthStore from "../../src/auth/AuthStore.ts"
import * as LoginDocument from "../../src/auth/internal/loginDocument.ts"

const login = (name: string): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse({
    note: { kept: [1, name] },
    tokens: { access_token: `SECRET-${name}`, refresh_token: "SECRET-r", odd: 1 },
    last_refresh: "2026-02-03T04:05:06Z"
  }))

const textOf = (json: AuthJson.AuthJson): string => Redacted.value(AuthJson.stringify(json))

/** Waits for a fiber while virtual time passes. */
const settle = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.gen(function*() {
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
    return yield* Fiber.join(fiber)
  })

/**
 * Runs the suite over stores that `make` builds.
 *
 * `make` gives two views of one login, as two processes have them; they are the same where a login is not shared.
 */
export const authStoreContract = <E>(
  name: string,
  make: Effect.Effect<readonly [AuthStore.Service, AuthStore.Service], E, Scope.Scope>,
  options: { readonly live?: boolean } = {}
) => {
  // A database on a server has a time of its own.
  const test = options.live === true ? it.live : it.effect
  const settled = options.live === true ? Fiber.join : settle
  describe(`the contract of AuthStore, kept by ${name}`, () => {
    test("gives back what was written, with all that it does not know", () =>
      Effect.gen(function*() {
        const [one, other] = yield* make
        yield* one.write(login("a"))
        yield* one.write(login("b"))
        assert.strictEqual(textOf(yield* one.read), textOf(login("b")))
        assert.strictEqual(textOf(yield* other.read), textOf(login("b")))
        assert.isTrue(LoginDocument.sameTokens(yield* other.read, login("b")))
      }))

    test("removes the login, says whether there was one, and then says where there is none", () =>
      Effect.gen(function*() {
        const [one, other] = yield* make
        yield* one.write(login("a"))
        assert.isTrue(yield* other.remove)
        assert.isFalse(yield* one.remove)
        const failure = yield* Effect.flip(one.read)
        assert.strictEqual(failure.message, `auth JSON not found at ${one.location}.`)
        yield* one.write(login("b"))
        assert.strictEqual(textOf(yield* other.read), textOf(login("b")))
      }))

    test("can be written before and after it is", () =>
      Effect.gen(function*() {
        const [one, other] = yield* make
        yield* one.writable
        yield* one.write(login("a"))
        yield* other.writable
        assert.strictEqual(textOf(yield* other.read), textOf(login("a")))
      }))

    test("lets one section run at a time", () =>
      Effect.gen(function*() {
        const [one, other] = yield* make
        const inside = yield* Deferred.make<void>()
        const leave = yield* Deferred.make<void>()
        const order: Array<string> = []
        const first = yield* Effect.forkChild(one.exclusive(Effect.gen(function*() {
          yield* Deferred.succeed(inside, undefined)
          yield* Deferred.await(leave)
          order.push("first")
        })))
        yield* Deferred.await(inside)
        const second = yield* Effect.forkChild(other.exclusive(Effect.sync(() => order.push("second"))), {
          startImmediately: true
        })
        yield* Effect.yieldNow
        assert.deepStrictEqual(order, [])
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(first)
        yield* settled(second)
        assert.deepStrictEqual(order, ["first", "second"])
      }))

    test("ends a section with its effect: result, failure or interruption", () =>
      Effect.gen(function*() {
        const [one, other] = yield* make
        assert.strictEqual(yield* one.exclusive(Effect.succeed(7)), 7)
        assert.strictEqual(yield* Effect.flip(one.exclusive(Effect.fail("mine"))), "mine")
        const inside = yield* Deferred.make<void>()
        const hanging = yield* Effect.forkChild(
          one.exclusive(Effect.andThen(Deferred.succeed(inside, undefined), Effect.never))
        )
        yield* Deferred.await(inside)
        const waiting = yield* Effect.forkChild(other.exclusive(Effect.succeed("late")), { startImmediately: true })
        // Who waits may leave, and does not take the turn along.
        yield* Fiber.interrupt(waiting)
        yield* Fiber.interrupt(hanging)
        assert.strictEqual(yield* other.exclusive(Effect.succeed("free")), "free")
      }))

    test("shows no token in what it is, and none in where it is", () =>
      Effect.gen(function*() {
        const [one] = yield* make
        yield* one.write(login("a"))
        assert.notInclude(inspect([one, yield* one.read], { depth: 10, showHidden: true }), "SECRET")
        assert.notInclude(one.location, "SECRET")
      }))
  })
}
