/**
 * What is remembered of a login from one call to the next: when to ask again, what was said already, what is not saved.
 */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as TestClock from "effect/testing/TestClock"
import { AuthStoreFailed, TokenRefreshFailed } from "../src/auth/AuthError.ts"
import * as AuthJson from "../src/auth/AuthJson.ts"
import type * as AuthStore from "../src/auth/AuthStore.ts"
import * as Login from "../src/auth/internal/login.ts"
import * as NewestLogin from "../src/auth/internal/newestLogin.ts"
import * as Renewal from "../src/auth/internal/renewal.ts"
import type * as TokenRefresh from "../src/auth/TokenRefresh.ts"

const start = DateTime.makeUnsafe("2026-02-03T04:05:06.000Z")
const begin = TestClock.setTime(DateTime.toEpochMillis(start))

/** A token that ends at `minutes` after the start of the test. */
const jwt = (minutes: number, name = ""): string =>
  `e30.${Base64Url.encode(JSON.stringify({ name, exp: DateTime.toEpochMillis(start) / 1000 + minutes * 60 }))}.s`

const json = (minutes: number, name = ""): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse({
    tokens: { access_token: jwt(minutes, name), refresh_token: `refresh-${name}`, account_id: "acc-1" }
  }))

const login = (minutes: number, name?: string): Login.Login =>
  Result.getOrThrow(Login.fromJson("here", json(minutes, name)))

const problem = (word: string) => new AuthStoreFailed({ path: "here", operation: "write", problem: word })

/** A login that lives here and can be made unwritable; what is done in it is written down. */
const memory = (initial: AuthJson.AuthJson) => {
  const state: {
    json: AuthJson.AuthJson
    problem: AuthStoreFailed | undefined
    writes: number
    inside: number
    alone: boolean
  } = { json: initial, problem: undefined, writes: 0, inside: 0, alone: true }
  const turns = Semaphore.makeUnsafe(1)
  const mayWrite = Effect.suspend(() => state.problem === undefined ? Effect.void : Effect.fail(state.problem))
  const store: AuthStore.Service = {
    location: "here",
    read: Effect.sync(() => state.json),
    writable: mayWrite,
    write: (next) =>
      Effect.suspend(() => {
        state.writes++
        state.alone &&= state.inside === 1
        return Effect.tap(mayWrite, () =>
          Effect.sync(() => {
            state.json = next
          }))
      }),
    remove: Effect.succeed(true),
    exclusive: (self) =>
      turns.withPermit(
        Effect.acquireUseRelease(
          Effect.sync(() => void state.inside++),
          () => self,
          () => Effect.sync(() => void state.inside--)
        )
      )
  }
  return { state, store }
}

/** Renewal by a function, which says how often it was asked. */
const renewing = Effect.fnUntraced(function*(
  store: AuthStore.Service,
  refresh: TokenRefresh.Service["refresh"]
) {
  const asked = { times: 0 }
  const renewal = yield* Renewal.make(store, {
    refresh: (held) => {
      asked.times++
      return refresh(held)
    },
    refusal: () => Effect.succeedNone,
    forget: Effect.void
  })
  return { asked, renewal }
})

const capture = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([Logger.make((entry) => {
    if (entry.logLevel === "Warn") lines.push([entry.message].flat().map(String).join(" "))
  })])
  return { layer, lines }
}

const accessOf = (of: AuthJson.AuthJson): string => of.tokens.accessToken ? Redacted.value(of.tokens.accessToken) : ""

describe("a token that still works", () => {
  it.effect.each(["unreachable", "place"] as const)(
    "is used on when the issuer is asked in vain (%s), which is asked again a minute later and not before",
    (reason) =>
      Effect.gen(function*() {
        yield* begin
        const { asked, renewal } = yield* renewing(
          memory(json(4)).store,
          () => Effect.fail(new TokenRefreshFailed({ reason }))
        )
        const held = login(4)
        assert.deepStrictEqual(yield* renewal.renewOrKeep(held), { login: held, origin: "store" })
        yield* TestClock.adjust("59999 millis")
        assert.deepStrictEqual(yield* renewal.renewOrKeep(held), { login: held, origin: "store" })
        assert.strictEqual(asked.times, 1)
        yield* TestClock.adjust("1 millis")
        yield* renewal.renewOrKeep(held)
        assert.strictEqual(asked.times, 2)
        // The second time it rests as long as the first time.
        yield* TestClock.adjust("59999 millis")
        yield* renewal.renewOrKeep(held)
        assert.strictEqual(asked.times, 2)
      })
  )

  it.effect("rests not on account of the login before it", () =>
    Effect.gen(function*() {
      yield* begin
      const { asked, renewal } = yield* renewing(
        memory(json(4)).store,
        () => Effect.fail(new TokenRefreshFailed({ reason: "unreachable" }))
      )
      yield* renewal.renewOrKeep(login(4))
      yield* renewal.forget
      yield* renewal.renewOrKeep(login(4, "next"))
      assert.strictEqual(asked.times, 2)
    }))

  it.effect("is used on while another process has the store to itself, and not where the store has failed", () =>
    Effect.gen(function*() {
      yield* begin
      const held = login(4)
      for (const operation of ["lock", "read", "write", "remove"] as const) {
        const failure = new AuthStoreFailed({ path: "here", operation, problem: "EIO" })
        const { renewal } = yield* renewing(memory(json(4)).store, () => Effect.fail(failure))
        const kept = yield* Effect.result(renewal.renewOrKeep(held))
        assert.deepStrictEqual(
          kept,
          operation === "lock" ? Result.succeed({ login: held, origin: "store" as const }) : Result.fail(failure)
        )
      }
    }))

  it.effect("is not used on when its login is refused", () =>
    Effect.gen(function*() {
      yield* begin
      const refusal = new TokenRefreshFailed({ reason: "revoked" })
      const { renewal } = yield* renewing(memory(json(4)).store, () => Effect.fail(refusal))
      assert.strictEqual(yield* Effect.flip(renewal.renewOrKeep(login(4))), refusal)
    }))
})

describe("a problem with saving", () => {
  it.effect("is told once, told anew when it is another one, and not told again for the next login", () => {
    const { layer, lines } = capture()
    const { state, store } = memory(json(4))
    return Effect.gen(function*() {
      yield* begin
      state.problem = problem("EROFS")
      const { renewal } = yield* renewing(store, () => Effect.die("not asked"))
      const held = login(4)
      const look = Effect.andThen(TestClock.adjust("1 minute"), renewal.renewOrKeep(held))
      yield* look
      assert.strictEqual(lines.length, 1)
      state.problem = problem("EACCES")
      yield* look
      yield* look
      assert.deepStrictEqual(lines.map((line) => /\((\w+)\)/.exec(line)?.[1]), ["EROFS", "EACCES"])
      yield* renewal.forget
      yield* look
      assert.strictEqual(lines.length, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is looked for once a minute, however many prompts there are", () =>
    Effect.gen(function*() {
      yield* begin
      const { state, store } = memory(json(4))
      let looks = 0
      const watched = {
        ...store,
        writable: Effect.suspend(() => {
          looks++
          return store.writable
        })
      }
      state.problem = problem("EROFS")
      const { renewal } = yield* renewing(watched, () => Effect.die("not asked"))
      const before = looks
      yield* renewal.renewOrKeep(login(4))
      yield* renewal.renewOrKeep(login(4))
      yield* TestClock.adjust("59 seconds")
      yield* renewal.renewOrKeep(login(4))
      assert.strictEqual(looks, before + 1)
      yield* TestClock.adjust("1 second")
      yield* renewal.renewOrKeep(login(4))
      assert.strictEqual(looks, before + 2)
    }))
})

describe("a token that the backend refused", () => {
  it.effect("is remembered with the issuer's last word on it, and no other token is", () =>
    Effect.gen(function*() {
      yield* begin
      const refusal = new TokenRefreshFailed({ reason: "revoked" })
      const { renewal } = yield* renewing(memory(json(60)).store, () => Effect.fail(refusal))
      const refused = login(60, "refused")
      assert.isUndefined(yield* renewal.refusedWith(refused))
      yield* Effect.flip(renewal.replace(refused))
      assert.strictEqual(yield* renewal.refusedWith(refused), refusal)
      assert.isUndefined(yield* renewal.refusedWith(login(60, "other")))
      yield* renewal.forget
      assert.isUndefined(yield* renewal.refusedWith(refused))
    }))

  it.effect("is not given up on a word that is not the last one", () =>
    Effect.gen(function*() {
      yield* begin
      const { renewal } = yield* renewing(
        memory(json(60)).store,
        () => Effect.fail(new TokenRefreshFailed({ reason: "unreachable" }))
      )
      yield* Effect.flip(renewal.replace(login(60)))
      assert.isUndefined(yield* renewal.refusedWith(login(60)))
    }))
})

describe("the end of a login", () => {
  it("comes with its token, or five minutes before where its refresh was refused", () => {
    const refused = new TokenRefreshFailed({ reason: "revoked" })
    const off = { _tag: "AccessTokenExpired" } as const
    for (const [minutes, whenRefused, whenOff] of [[6, false, false], [5, true, false], [0, true, true]] as const) {
      assert.strictEqual(Renewal.isOver(login(minutes), refused, start), whenRefused, `refused, ${minutes}`)
      assert.strictEqual(Renewal.isOver(login(minutes), off, start), whenOff, `off, ${minutes}`)
    }
  })
})

describe("tokens that could not be saved", () => {
  const unsaved = Effect.fnUntraced(function*() {
    const { state, store } = memory(json(-1, "old"))
    const newest = yield* NewestLogin.of(store)
    state.problem = problem("EROFS")
    yield* newest.save(state.json, json(60, "new"))
    return { newest, state, store }
  })

  it.effect("never replace a login that was made meanwhile, also when they are tried to be saved before anybody reads", () =>
    Effect.gen(function*() {
      yield* begin
      const { newest, state } = yield* unsaved()
      state.json = json(60, "elsewhere")
      state.problem = undefined
      yield* newest.saveAgain({ atOnce: true })
      assert.strictEqual(accessOf(state.json), jwt(60, "elsewhere"))
      assert.strictEqual(accessOf(yield* newest.read), jwt(60, "elsewhere"))
    }).pipe(Effect.provide(capture().layer)))

  it.effect("are forgotten with the next ones that are saved, and do not come back under the login before them", () =>
    Effect.gen(function*() {
      yield* begin
      const { newest, state } = yield* unsaved()
      const before = state.json
      state.problem = undefined
      yield* newest.save(before, json(60, "next"))
      // A backup of the file is put back.
      state.json = before
      assert.strictEqual(accessOf(yield* newest.read), jwt(-1, "old"))
    }).pipe(Effect.provide(capture().layer)))

  it.effect("are saved while nobody else is at the store", () =>
    Effect.gen(function*() {
      yield* begin
      const { newest, state, store } = yield* unsaved()
      state.problem = undefined
      state.alone = true
      const inside = yield* Deferred.make<void>()
      const leave = yield* Deferred.make<void>()
      const other = yield* Effect.forkChild(
        store.exclusive(Effect.andThen(Deferred.succeed(inside, undefined), Deferred.await(leave)))
      )
      yield* Deferred.await(inside)
      const saving = yield* Effect.forkChild(newest.saveAgain({ atOnce: true }), { startImmediately: true })
      assert.strictEqual(accessOf(state.json), jwt(-1, "old"))
      yield* Deferred.succeed(leave, undefined)
      yield* Fiber.join(saving)
      yield* Fiber.join(other)
      assert.strictEqual(accessOf(state.json), jwt(60, "new"))
      assert.isTrue(state.alone)
    }).pipe(Effect.provide(capture().layer)))

  it.effect("are tried once a minute, the third time as well as the second, and not once more when they are saved", () =>
    Effect.gen(function*() {
      yield* begin
      const { newest, state } = yield* unsaved()
      const triedIn = Effect.fnUntraced(function*(pause: number) {
        const before = state.writes
        yield* TestClock.adjust(pause)
        for (let call = 0; call < 3; call++) yield* newest.saveAgain()
        return state.writes - before
      })
      assert.strictEqual(yield* triedIn(59_999), 0)
      assert.strictEqual(yield* triedIn(1), 1)
      assert.strictEqual(yield* triedIn(59_999), 0)
      assert.strictEqual(yield* triedIn(1), 1)
      state.problem = undefined
      assert.strictEqual(yield* triedIn(60_000), 1)
      assert.strictEqual(yield* triedIn(60_000), 0)
    }).pipe(Effect.provide(capture().layer)))

  it.effect("give way to a login that was made meanwhile also where there was none before them", () =>
    Effect.gen(function*() {
      yield* begin
      const { state, store } = memory(json(60, "elsewhere"))
      const newest = yield* NewestLogin.of(store)
      state.problem = problem("EROFS")
      yield* newest.save(undefined, json(60, "new"))
      assert.strictEqual(accessOf(yield* newest.read), jwt(60, "elsewhere"))
      state.problem = undefined
      yield* newest.saveAgain({ atOnce: true })
      assert.strictEqual(accessOf(state.json), jwt(60, "elsewhere"))
    }).pipe(Effect.provide(capture().layer)))

  it.effect("are told of when they are saved after all, once", () => {
    const lines: Array<string> = []
    const told = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    return Effect.gen(function*() {
      yield* begin
      const { newest, state } = yield* unsaved()
      lines.length = 0
      yield* newest.saveAgain({ atOnce: true })
      state.problem = undefined
      for (let call = 0; call < 2; call++) yield* newest.saveAgain({ atOnce: true })
      assert.deepStrictEqual(lines.slice(-1), ["The refreshed tokens are saved at here now."])
      assert.lengthOf(lines.filter((line) => line.includes("are saved at")), 1)
    }).pipe(Effect.provide(told))
  })

  it.effect("are warned of once, whatever could not be saved after them", () => {
    const { layer, lines } = capture()
    return Effect.gen(function*() {
      yield* begin
      const { newest, state } = yield* unsaved()
      yield* newest.save(state.json, json(60, "newer"))
      assert.strictEqual(lines.length, 1)
      assert.strictEqual(accessOf(yield* newest.read), jwt(60, "newer"))
    }).pipe(Effect.provide(layer))
  })
})
