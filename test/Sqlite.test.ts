import { NodePath, NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Sqlite from "effect-codex/sqlite"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

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
