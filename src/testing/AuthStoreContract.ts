/**
 * What a home of the login does, seen by one process or by two.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthJson from "../auth/AuthJson.ts"
import { AuthStore, type Service } from "../auth/AuthStore.ts"
import { type Check, ContractBroken, equal } from "./ContractCheck.ts"

const secret = "contract-secret"

/** A login of the test, with fields that nobody here knows. */
const login = (name: string): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse({
    note: { kept: [1, name, null] },
    tokens: { access_token: `${secret}-${name}`, refresh_token: `${secret}-refresh`, odd: 1 },
    last_refresh: "2026-02-03T04:05:06Z"
  }))

const textOf = (json: AuthJson.AuthJson): string => Redacted.value(AuthJson.stringify(json))

/** Compares logins, and tells of a difference without a token. */
const same = (found: AuthJson.AuthJson, expected: AuthJson.AuthJson): Effect.Effect<void, ContractBroken> =>
  textOf(found) === textOf(expected)
    ? Effect.void
    : Effect.fail(new ContractBroken({ expected: "the login that was written, whole", found: "another" }))

const holds = (is: boolean, expected: string, found: string): Effect.Effect<void, ContractBroken> =>
  is ? Effect.void : Effect.fail(new ContractBroken({ expected, found }))

type Checked = Check<never>["check"]

/** The checks over two views of one login, which are the same where only one process has it. */
const checks: ReadonlyArray<{ readonly name: string; readonly of: (one: Service, other: Service) => Checked }> = [
  {
    name: "a login comes back whole, with all that nobody here knows, and the last one counts",
    of: Effect.fnUntraced(function*(one, other) {
      yield* one.write(login("a"))
      yield* one.write(login("b"))
      yield* same(yield* one.read, login("b"))
      yield* same(yield* other.read, login("b"))
    })
  },
  {
    name: "a login that is removed is gone, which is told once, and another one may come",
    of: Effect.fnUntraced(function*(one, other) {
      yield* one.write(login("a"))
      yield* equal(yield* other.remove, true)
      yield* equal(yield* one.remove, false)
      const failure = yield* Effect.flip(one.read).pipe(
        Effect.mapError(() => new ContractBroken({ expected: "AuthFileNotFound", found: "a login" }))
      )
      yield* equal(failure._tag, "AuthFileNotFound")
      yield* one.write(login("b"))
      yield* same(yield* other.read, login("b"))
    })
  },
  {
    name: "that it can be written is said before and after it is, and changes nothing",
    of: Effect.fnUntraced(function*(one, other) {
      yield* one.writable
      yield* one.write(login("a"))
      yield* other.writable
      yield* same(yield* other.read, login("a"))
    })
  },
  {
    name: "one section runs at a time",
    of: Effect.fnUntraced(function*(one, other) {
      const inside = yield* Deferred.make<void>()
      const leave = yield* Deferred.make<void>()
      const order: Array<string> = []
      const first = yield* Effect.forkChild(one.exclusive(Effect.gen(function*() {
        yield* Deferred.succeed(inside, undefined)
        yield* Deferred.await(leave)
        order.push("first")
      })))
      yield* Effect.raceFirst(Deferred.await(inside), Effect.andThen(Fiber.join(first), Effect.never))
      const second = yield* Effect.forkChild(other.exclusive(Effect.sync(() => order.push("second"))), {
        startImmediately: true
      })
      yield* Effect.sleep("100 millis")
      yield* equal([...order], [])
      yield* Deferred.succeed(leave, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      yield* equal([...order], ["first", "second"])
    })
  },
  {
    name: "what is read and written within a section is not lost to another one",
    of: Effect.fnUntraced(function*(one, other) {
      yield* one.write(login(""))
      const letters = ["a", "b", "c", "d"]
      const tokenOf = ({ tokens }: AuthJson.AuthJson) =>
        tokens.accessToken === undefined ? "" : Redacted.value(tokens.accessToken).slice(secret.length + 1)
      yield* Effect.forEach(letters, (letter, n) => {
        const store = n % 2 === 0 ? one : other
        return store.exclusive(Effect.flatMap(store.read, (known) => store.write(login(tokenOf(known) + letter))))
      }, { concurrency: "unbounded", discard: true })
      const kept = tokenOf(yield* one.read)
      yield* equal(kept.split("").toSorted(), letters)
    })
  },
  {
    name: "a section ends with its effect: with its result, its failure, its defect, or its interruption",
    of: Effect.fnUntraced(function*(one, other) {
      yield* equal(yield* one.exclusive(Effect.succeed(7)), 7)
      const failure = yield* Effect.flip(one.exclusive(Effect.fail("mine"))).pipe(
        Effect.mapError(() => new ContractBroken({ expected: "the failure of the section", found: "none" }))
      )
      yield* equal(failure, "mine")
      yield* Effect.exit(one.exclusive(Effect.die("broken")))
      const inside = yield* Deferred.make<void>()
      const hanging = yield* Effect.forkChild(
        one.exclusive(Effect.andThen(Deferred.succeed(inside, undefined), Effect.never))
      )
      yield* Effect.raceFirst(Deferred.await(inside), Effect.andThen(Fiber.join(hanging), Effect.never))
      const waiting = yield* Effect.forkChild(other.exclusive(Effect.succeed("late")), { startImmediately: true })
      // Who waits may leave, and does not take the turn along.
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(hanging)
      yield* equal(yield* other.exclusive(Effect.succeed("free")), "free")
    })
  },
  {
    name: "where it lies is said without a token",
    of: Effect.fnUntraced(function*(one) {
      yield* one.write(login("a"))
      const read = yield* one.read
      yield* holds(!one.location.includes(secret), "a location that may be shown", "a token in it")
      yield* holds(!JSON.stringify(read).includes(secret), "tokens that are redacted", "one in the clear")
    })
  }
]

// A section may wait for the clock of a database: the time of these checks is real, also where a test's stands still.
const inRealTime = Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())

/**
 * What an `AuthStore` does, in about a second of real time. They write and remove the login: run them on one that is not
 * in use.
 *
 * @since 0.2.0
 * @category guards
 */
export const authStore: ReadonlyArray<Check<AuthStore>> = checks.map(({ name, of }) => ({
  name,
  check: AuthStore.use((store) => of(store, store)).pipe(inRealTime)
}))

/**
 * What an `AuthStore` does that several processes share: the checks of `authStore`, where the layer is built twice, as two
 * processes build it. A layer that keeps the login in its own memory does not pass.
 *
 * @since 0.2.0
 * @category guards
 */
export const sharedAuthStore = <E, R>(login: Layer.Layer<AuthStore, E, R>): ReadonlyArray<Check<R, E>> =>
  checks.map(({ name, of }) => ({
    name,
    check: Effect.scoped(Effect.gen(function*() {
      const [one, other] = yield* Effect.all([Layer.build(Layer.fresh(login)), Layer.build(Layer.fresh(login))])
      yield* of(
        yield* Effect.provide(AuthStore, one),
        yield* Effect.provide(AuthStore, other)
      )
    })).pipe(inRealTime)
  }))
