import { NodePath, NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Sqlite from "effect-codex/sqlite"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { DatabaseSync } from "node:sqlite"

const memory = Sqlite.layer({ path: ":memory:" }).pipe(Layer.provide(NodeServices.layer))

// What the cluster calls its messages: milliseconds, machine and number in one integer beyond 2^53.
const snowflake = 251807604651589639n

describe("Sqlite", () => {
  it.effect("writes a number beyond 2^53 and goes on, in a transaction too", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table numbers (id integer primary key)`
      yield* sql`insert into numbers (id) values (${snowflake})`
      yield* sql.withTransaction(sql`insert into numbers (id) values (${snowflake + 1n})`)
      yield* sql.withTransaction(sql`insert into numbers (id) values (${1})`)
      assert.deepStrictEqual(
        yield* sql`select cast(id as text) as id from numbers order by numbers.id`,
        [{ id: "1" }, { id: `${snowflake}` }, { id: `${snowflake + 1n}` }]
      )
    }).pipe(Effect.provide(memory)))

  it.effect("reads such a number whole for whoever asks for safe integers, and fails for whoever does not", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table numbers (id integer primary key)`
      yield* sql`insert into numbers (id) values (${snowflake})`
      const read = sql`select id from numbers`
      assert.strictEqual((yield* Effect.flip(read)).reason._tag, "UnknownError")
      const safely = Effect.provideService(SqlClient.SafeIntegers, true)
      assert.deepStrictEqual(yield* safely(read), [{ id: snowflake }])
      assert.deepStrictEqual(yield* safely(read.values), [[snowflake]])
      assert.strictEqual((yield* Effect.flip(read)).reason._tag, "UnknownError")
      assert.deepStrictEqual(yield* sql`select count(*) as n from numbers`, [{ n: 1 }])
    }).pipe(Effect.provide(memory)))

  it.effect("rolls back what failed, and what was interrupted, and takes the next transaction", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table numbers (id integer primary key)`
      const insert = sql`insert into numbers (id) values (${snowflake})`
      assert.strictEqual(yield* Effect.flip(sql.withTransaction(Effect.andThen(insert, Effect.fail("no")))), "no")
      yield* Effect.exit(sql.withTransaction(Effect.andThen(insert, Effect.interrupt)))
      assert.deepStrictEqual(yield* sql`select count(*) as n from numbers`, [{ n: 0 }])
      yield* sql.withTransaction(insert)
      assert.deepStrictEqual(yield* sql`select count(*) as n from numbers`, [{ n: 1 }])
    }).pipe(Effect.provide(memory)))

  it.effect("asks again what it could not ask before", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const read = sql`select name from later`
      yield* Effect.flip(read)
      yield* sql`create table later (name text)`
      assert.deepStrictEqual(yield* read, [])
    }).pipe(Effect.provide(memory)))

  it.effect("takes text, numbers, bytes, yes and no, and nothing, and gives them back", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table things (a)`
      const bytes = Uint8Array.of(1, 2, 3)
      const values = ["text", 1.5, 7n, bytes, true, false, null, undefined]
      for (const value of values) yield* sql.unsafe("insert into things values (?)", [value])
      assert.deepStrictEqual(
        (yield* sql`select a from things order by rowid`).map(({ a }) => a),
        ["text", 1.5, 7, bytes, 1, 0, null, null]
      )
    }).pipe(Effect.provide(memory)))

  it.effect("gives rows as objects, as lists, and one by one, whatever the same words gave before", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table things (a, b)`
      yield* sql`insert into things values (1, 2), (3, 4)`
      const rows = sql`select a, b from things order by a`
      const [objects, lists] = [[{ a: 1, b: 2 }, { a: 3, b: 4 }], [[1, 2], [3, 4]]]
      assert.deepStrictEqual(yield* sql`select a, b as a from things order by a`.values, lists)
      for (let time = 0; time < 2; time++) {
        assert.deepStrictEqual(yield* rows, objects)
        assert.deepStrictEqual(yield* rows.values, lists)
        assert.deepStrictEqual(yield* rows.unprepared, objects)
        assert.deepStrictEqual(yield* Stream.runCollect(rows.stream), objects)
      }
    }).pipe(Effect.provide(memory)))

  it.effect("lets one transaction in at a time, and undoes what failed inside of one alone", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table sums (n integer)`
      yield* sql`insert into sums values (0)`
      const more = sql.withTransaction(Effect.gen(function*() {
        const [row] = yield* sql<{ n: number }>`select n from sums`
        yield* Effect.yieldNow
        yield* sql`update sums set n = ${(row?.n ?? 0) + 1}`
      }))
      yield* Effect.all([more, more, more], { concurrency: "unbounded" })
      yield* sql.withTransaction(Effect.gen(function*() {
        yield* sql`update sums set n = n + 10`
        yield* Effect.exit(sql.withTransaction(Effect.andThen(sql`update sums set n = 0`, Effect.fail("no"))))
        yield* sql.withTransaction(sql`update sums set n = n + 100`)
      }))
      assert.deepStrictEqual(yield* sql`select n from sums`, [{ n: 113 }])
    }).pipe(Effect.provide(memory)))

  it.live("writes ahead, waits a moment for who has locked it, says so, and is closed in the end", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/store.sqlite`
      yield* Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        assert.deepStrictEqual(yield* sql`pragma journal_mode`, [{ journal_mode: "wal" }])
        assert.deepStrictEqual(yield* sql`pragma busy_timeout`, [{ timeout: 200 }])
        yield* sql`create table things (a)`
        const other = new DatabaseSync(path)
        other.exec("BEGIN IMMEDIATE")
        for (const write of [sql`insert into things values (1)`, sql.withTransaction(sql`select * from things`)]) {
          const failure = yield* Effect.flip(Effect.asVoid(write))
          assert.strictEqual(failure.reason._tag, "LockTimeoutError")
          assert.isTrue(failure.isRetryable)
        }
        other.exec("COMMIT")
        other.close()
        yield* sql`insert into things values (1)`
        assert.isTrue(yield* fs.exists(`${path}-wal`))
      }).pipe(Effect.provide(Sqlite.layer({ path })))
      assert.isFalse(yield* fs.exists(`${path}-wal`))
      assert.isTrue(yield* fs.exists(path))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("refuses what it has no word for, and writes nothing in its place", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`create table things (a, b, c)`
      for (const value of [DateTime.toDate(DateTime.makeUnsafe(0)), { a: 1 }]) {
        const failure = yield* Effect.flip(sql.unsafe("insert into things (a) values (?)", [value]))
        assert.strictEqual(failure._tag, "SqlError")
      }
      yield* sql.unsafe("insert into things values (?, ?, ?)", [undefined, true, new Uint8Array([1])])
      assert.deepStrictEqual(yield* sql`select * from things`.values, [[null, 1, new Uint8Array([1])]])
    }).pipe(Effect.provide(memory)))

  it.effect("is its owner's alone also where the file was there already", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/copied.sqlite`
      yield* fs.writeFileString(path, "", { mode: 0o644 })
      yield* Effect.scoped(Layer.build(Sqlite.layer({ path })))
      assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o600)
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("the place of the database", () => {
  const placeIn = (env: Record<string, string>) =>
    Effect.flatMap(Sqlite.config, Sqlite.pathOf).pipe(
      Effect.provide([NodePath.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))])
    )

  it.effect("is CODEX_STORE_PATH, else in XDG_STATE_HOME, else in .local/state of the home folder", () =>
    Effect.gen(function*() {
      const home = { HOME: "/home/ann" }
      const places: ReadonlyArray<readonly [Record<string, string>, string]> = [
        [{ ...home, CODEX_STORE_PATH: "/srv/bot.sqlite", XDG_STATE_HOME: "/state" }, "/srv/bot.sqlite"],
        [{ ...home, CODEX_STORE_PATH: "~/bot.sqlite" }, "/home/ann/bot.sqlite"],
        [{ ...home, CODEX_STORE_PATH: "", XDG_STATE_HOME: "/state" }, "/state/effect-codex/store.sqlite"],
        [home, "/home/ann/.local/state/effect-codex/store.sqlite"],
        [{ ...home, XDG_STATE_HOME: "" }, "/home/ann/.local/state/effect-codex/store.sqlite"],
        [{ ...home, XDG_STATE_HOME: "state" }, "/home/ann/.local/state/effect-codex/store.sqlite"]
      ]
      for (const [env, place] of places) assert.strictEqual(yield* placeIn(env), place, JSON.stringify(env))
    }))
})
