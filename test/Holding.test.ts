/**
 * A store that another bot has: the next one waits for it, and says so.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import * as BotLog from "../src/cli/internal/botLog.ts"
import * as Holding from "../src/cli/internal/holding.ts"
import type * as Keeping from "../src/cli/internal/keeping.ts"
import * as Restarts from "./support/restarts.ts"

/** Lets time pass until a fiber has come to its end, or so many seconds are over. */
const pass = Effect.fnUntraced(function*<A, E>(fiber: Fiber.Fiber<A, E>, seconds = Infinity) {
  for (let step = 0; step < seconds * 10 && fiber.pollUnsafe() === undefined; step++) {
    yield* TestClock.adjust("100 millis")
    // Files are real ones, and take their time.
    yield* TestClock.withLive(Effect.sleep("3 millis"))
  }
})

let hosts = 0

/** A bot that has a store from now on, or waits for it; each is reached at a host of its own. */
const begin = Effect.fnUntraced(function*(store: Keeping.Store, bot: string, host = `host-${++hosts}`) {
  // Nothing that is held is collected.
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const waiting = yield* Effect.forkChild(
    Scope.provide(Holding.hold(store, bot), scope).pipe(
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromEnv({ env: { CODEX_CLUSTER_HOST: host } })
      )
    ),
    { startImmediately: true }
  )
  return { ends: Scope.close(scope, Exit.void), waiting }
})

const holds = Effect.fnUntraced(function*(store: Keeping.Store, bot: string, host?: string) {
  const { ends, waiting } = yield* begin(store, bot, host)
  yield* Fiber.join(waiting)
  return { ends }
})

const logged = Layer.provideMerge(BotLog.layer("plain"), TestConsole.layer)

const platform = Layer.mergeAll(NodeServices.layer, Restarts.sqlite(":memory:"), logged)

const warnings = Effect.map(TestConsole.errorLines, (lines) => lines.map(String))

describe("a file that another bot has", () => {
  it.effect("is waited for, by whatever name it is called, and had when that one ends", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      yield* files.writeFileString(`${folder}/store.sqlite`, "")
      yield* files.symlink(`${folder}/store.sqlite`, `${folder}/other.sqlite`)
      const first = yield* holds({ _tag: "File", path: `${folder}/store.sqlite` }, "1")
      const { waiting } = yield* begin({ _tag: "File", path: `${folder}/other.sqlite` }, "2")
      yield* pass(waiting, 15)
      assert.isUndefined(waiting.pollUnsafe())
      assert.deepStrictEqual(yield* warnings, [
        `! Another bot runs on ${folder}/other.sqlite: it is waited for, 20 seconds at most.`
      ])
      yield* first.ends
      yield* pass(waiting)
      yield* Fiber.join(waiting)
    }).pipe(Effect.scoped, Effect.provide(platform)))

  it.effect("is waited for twenty seconds, and then told in one line; each may have one of its own", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      const path = `${folder}/store.sqlite`
      yield* holds({ _tag: "File", path }, "1")
      yield* holds({ _tag: "File", path: `${folder}/second.sqlite` }, "2")
      yield* holds({ _tag: "File", path: ":memory:" }, "3")
      yield* holds({ _tag: "File", path: ":memory:" }, "4")
      const { waiting } = yield* begin({ _tag: "File", path }, "5")
      const began = yield* Clock.currentTimeMillis
      yield* pass(waiting)
      const waited = (yield* Clock.currentTimeMillis) - began
      assert.isTrue(waited >= 20_000 && waited < 60_000, String(waited))
      const { exitCode, message } = yield* Effect.flip(Fiber.join(waiting))
      assert.strictEqual(
        message,
        `Another bot runs on ${path}. Stop it, or give this one a file of its own: set CODEX_STORE_PATH.`
      )
      assert.strictEqual(exitCode, 1)
    }).pipe(Effect.scoped, Effect.provide(platform)))
})

describe("a database that another bot has", () => {
  // SQLite says the same, and takes no time that is not counted here.
  const store: Keeping.Store = { _tag: "Postgres", url: Redacted.make("postgres://bot:geheim@db.example/codex") }

  it.effect("is shared by the instances of one bot; another one has it when they have ended", () =>
    Effect.gen(function*() {
      const first = yield* holds(store, "1")
      const second = yield* holds(store, "1")
      const { waiting } = yield* begin(store, "2")
      yield* pass(waiting, 5)
      yield* first.ends
      yield* pass(waiting, 5)
      assert.isUndefined(waiting.pollUnsafe())
      yield* second.ends
      yield* pass(waiting, 1)
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(yield* warnings, [
        "! Another bot runs on the Postgres at db.example/codex: it is waited for, 20 seconds at most."
      ])
    }).pipe(Effect.scoped, Effect.provide(platform)))

  it.effect("is waited for twenty seconds, and then told in one line; meanwhile instances of that one may begin", () =>
    Effect.gen(function*() {
      yield* holds(store, "1")
      const { waiting } = yield* begin(store, "2")
      yield* pass(waiting, 19)
      assert.isUndefined(waiting.pollUnsafe())
      yield* holds(store, "1")
      yield* pass(waiting, 2)
      assert.strictEqual(
        (yield* Effect.flip(Fiber.join(waiting))).message,
        "Another bot (1) runs on the Postgres at db.example/codex. " +
          "Stop it, or give this one a database of its own: set CODEX_STORE_URL."
      )
    }).pipe(Effect.scoped, Effect.provide(platform)))

  it.effect("of two that begin at the same moment is had by the first", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* (yield* holds(store, "1")).ends
      const later = Number.MAX_SAFE_INTEGER
      yield* sql`insert into codex_instances (instance, bot, address, began, seen)
        values ('later', '2', 'elsewhere', ${later}, ${later})`
      yield* holds(store, "1")
    }).pipe(Effect.scoped, Effect.provide(platform)))

  it.effect("has instances that are told when two are reached at one address, and not of one that was killed there", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* (yield* holds(store, "1")).ends
      yield* sql`insert into codex_instances (instance, bot, address, began, seen)
        select 'killed', '1', 'here:34431', 0, cast(unixepoch('subsec') * 1000 as integer) - 1000`
      const { waiting } = yield* begin(store, "1", "here")
      yield* pass(waiting)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* warnings, [])
      yield* holds(store, "1", "here")
      yield* sql`update codex_instances set seen = seen + 1`
      yield* TestClock.adjust("10 seconds")
      const [one, other, ...more] = yield* warnings
      assert.strictEqual(one, other)
      assert.match(one ?? "", /^! Another instance says that it is reached at here:34431 as well, .* of its own\.$/)
      assert.deepStrictEqual(more, [])
    }).pipe(Effect.scoped, Effect.provide(platform)))

  it.effect("is had by who says so again and again, and free a moment after that one was killed", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* holds(store, "1")
      yield* sql`update codex_instances set seen = seen - 16000`
      yield* TestClock.adjust("5 seconds")
      const { waiting } = yield* begin(store, "2")
      yield* pass(waiting, 1)
      assert.isUndefined(waiting.pollUnsafe())
      yield* sql`update codex_instances set seen = seen - 16000`
      yield* pass(waiting, 1)
      yield* Fiber.join(waiting)
    }).pipe(Effect.scoped, Effect.provide(platform)))
})
