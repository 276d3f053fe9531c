import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { AuthStoreFailed } from "../src/auth/AuthError.ts"
import { withLease } from "../src/auth/internal/lease.ts"
import * as StoreLock from "../src/auth/StoreLock.ts"

const claim = (owner: string, lease: Duration.Input = "15 seconds"): StoreLock.Claim => ({
  key: "k",
  owner,
  lease: Duration.fromInputUnsafe(lease)
})

const within = (lock: StoreLock.Service) => <A, E>(self: Effect.Effect<A, E>) =>
  withLease(self, { lock, key: "k", location: "here" })

const passing = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

describe("StoreLock.layerMemory", () => {
  it.effect("gives a lease to one owner, and to another when it is given back or over", () =>
    Effect.gen(function*() {
      const lock = yield* StoreLock.StoreLock
      assert.isTrue(yield* lock.take(claim("a")))
      assert.isFalse(yield* lock.take(claim("b")))
      assert.isTrue(yield* lock.take({ ...claim("b"), key: "other" }))
      yield* lock.release(claim("b"))
      assert.isFalse(yield* lock.take(claim("b")))
      yield* lock.release(claim("a"))
      assert.isTrue(yield* lock.take(claim("b")))
      yield* TestClock.adjust("15 seconds")
      assert.isTrue(yield* lock.take(claim("a")))
    }).pipe(Effect.provide(StoreLock.layerMemory)))

  it.effect("renews a lease for its owner", () =>
    Effect.gen(function*() {
      const lock = yield* StoreLock.StoreLock
      yield* lock.take(claim("a"))
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(yield* lock.take(claim("a")))
      yield* TestClock.adjust("14 seconds")
      assert.isFalse(yield* lock.take(claim("b")))
    }).pipe(Effect.provide(StoreLock.layerMemory)))
})

describe("withLease", () => {
  it.effect("keeps the lease for as long as its effect runs, and gives it back at once", () =>
    Effect.gen(function*() {
      const lock = yield* StoreLock.StoreLock
      const leave = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(within(lock)(Deferred.await(leave)), { startImmediately: true })
      for (let second = 0; second < 50; second++) yield* TestClock.adjust("1 second")
      assert.isFalse(yield* lock.take(claim("b")))
      yield* Deferred.succeed(leave, undefined)
      yield* Fiber.join(holder)
      assert.isTrue(yield* lock.take(claim("b")))
    }).pipe(Effect.provide(StoreLock.layerMemory)))

  it.effect("enters after a holder that died, once its lease is over", () =>
    Effect.gen(function*() {
      const lock = yield* StoreLock.StoreLock
      yield* lock.take(claim("dead"))
      let entered = false
      const fiber = yield* Effect.forkChild(within(lock)(Effect.sync(() => void (entered = true))), {
        startImmediately: true
      })
      yield* TestClock.adjust("14 seconds")
      assert.isFalse(entered)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.isTrue(entered)
    }).pipe(Effect.provide(StoreLock.layerMemory)))

  it.effect("gives up on a holder that does not leave for a minute", () =>
    Effect.gen(function*() {
      const lock = yield* StoreLock.StoreLock
      yield* lock.take(claim("b", "1 hour"))
      const failure = yield* passing(Effect.flip(within(lock)(Effect.die("entered"))))
      assert.deepStrictEqual(
        failure,
        new AuthStoreFailed({ path: "here", operation: "lock", problem: "another process holds the lock" })
      )
    }).pipe(Effect.provide(StoreLock.layerMemory)))

  it.effect("fails when the engine does, but not over a renewal that fails", () =>
    Effect.gen(function*() {
      const down = new AuthStoreFailed({ path: "engine", operation: "lock", problem: "down" })
      let takes = 0
      const engine = (works: number): StoreLock.Service => ({
        take: () => Effect.suspend(() => ++takes > works ? Effect.fail(down) : Effect.succeed(true)),
        release: () => Effect.fail(down)
      })
      assert.strictEqual(yield* Effect.flip(within(engine(0))(Effect.void)), down)
      takes = 0
      assert.strictEqual(yield* passing(within(engine(1))(Effect.delay(Effect.succeed(7), "20 seconds"))), 7)
      assert.isAbove(takes, 3)
    }))
})
