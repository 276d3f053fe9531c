/**
 * The stores in SQL: one contract for all of them, on a real SQLite file and a real Postgres, and what happens when the
 * database is away, locked, full, read-only or damaged.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { DatabaseSync } from "node:sqlite"
import * as Item from "../src/backend/Item.ts"
import * as Audit from "../src/conversation/Audit.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Personality from "../src/conversation/Personality.ts"
import * as Remembered from "../src/conversation/Remembered.ts"
import * as UsageMeter from "../src/conversation/UsageMeter.ts"
import * as Sqlite from "../src/Sqlite.ts"
import * as StoreContract from "../src/testing/StoreContract.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Databases from "./support/databases.ts"
import * as Installed from "./support/installed.ts"
import * as Postgres from "./support/postgres.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeFileSystem.layer)
)

const sqlite = (path: string) => Sqlite.layer({ path }).pipe(Layer.provide(platform))

const inSql = Layer.mergeAll(Memory.layerSql(), Personality.layerSql, UsageMeter.layerSql, Audit.layerSql)
const inMemory = Layer.mergeAll(
  Layer.provideMerge(Personality.layer, Memory.layerMemory),
  UsageMeter.layerMemory,
  Audit.layerNone
)

const event: Audit.AuditEvent = {
  timestamp: DateTime.makeUnsafe("2026-11-26T10:00:00Z"),
  userId: 7,
  provider: "codex",
  outcome: "answered",
  durationMs: 12
}

type Stores = Memory.Memory | Personality.Personality | UsageMeter.UsageMeter | Audit.Audit

interface Store {
  readonly name: string
  readonly isThere: boolean
  readonly layer: Layer.Layer<Stores, SqlError>
}

const inFolder = Layer.unwrap(Effect.map(folder, (folder) => sqlite(`${folder}/new/bot.sqlite`)))
const inPostgres = Layer.unwrap(Effect.map(Effect.orDie(Databases.postgres), Postgres.client))

const stores: ReadonlyArray<Store> = [
  { name: "in memory", isThere: true, layer: inMemory },
  { name: "a SQLite file", isThere: true, layer: Layer.provide(inSql, Layer.orDie(inFolder)) },
  { name: "Postgres", isThere: Postgres.isInstalled, layer: Layer.provide(inSql, inPostgres) }
]

for (const { isThere, layer: store, name } of stores) {
  describe.skipIf(!isThere)(isThere ? name : Installed.named(Installed.postgres, name), () => {
    layer(store, { timeout: 60_000 })((it) => {
      for (
        const { check, name } of [
          ...StoreContract.memory,
          ...StoreContract.personality,
          ...StoreContract.usageMeter,
          ...StoreContract.audit
        ]
      ) {
        it.effect(name, () => check)
      }
      // `Personality.layer` has the keys of vibegram/codex, which know no difference.
      if (name !== "in memory") {
        it.effect("7 and \"7\" are two people, each with a personality", () =>
          Effect.gen(function*() {
            const { get, set } = yield* Personality.Personality
            yield* set(70, "Be brief.")
            yield* set("70", "Be loud.")
            assert.deepStrictEqual(yield* get(70), Option.some("Be brief."))
          }))
      }
      it.effect("what somebody asked before they were forgotten is not kept when it is answered later", () =>
        Effect.gen(function*() {
          const { append, forget, list } = yield* Memory.Memory
          const askedAt = (minute: number) => ({ ...user("hello"), user: 71, at: DateTime.makeUnsafe(minute * 60_000) })
          yield* TestClock.setTime(120_000)
          yield* forget(71)
          assert.strictEqual(yield* append("late", askedAt(1)), "forgotten")
          assert.isUndefined(yield* append("late", { ...askedAt(1), user: 72 }))
          assert.isUndefined(yield* append("late", askedAt(3)))
          assert.deepStrictEqual((yield* list("late")).map((turn) => turn.user), [72, 71])
        }))
      it.effect("a turn that is kept again is of whom it says by then", () =>
        Effect.gen(function*() {
          const { append, forget, list } = yield* Memory.Memory
          yield* append("again", { ...user("one"), id: "t", user: "first" })
          yield* append("again", { ...user("two"), id: "t", user: "second" })
          yield* forget("first")
          assert.lengthOf(yield* list("again"), 1)
          yield* forget("second")
          assert.deepStrictEqual(yield* list("again"), [])
        }))
    })
  })
}

const conversation = ConversationKey("c")
const user = (text: string): Memory.Turn => ({
  v: 1,
  at: DateTime.makeUnsafe(1_800_000_000_000),
  items: [Item.fromText("user", text)]
})

/** A Codex with scripted answers over the history of a database. */
const withMemory = (database: Layer.Layer<SqlClient.SqlClient, SqlError>) =>
  TestCodex.layer({ memory: Memory.layerSql(), audit: Audit.layerSql, usageMeter: UsageMeter.layerSql }).pipe(
    Layer.provideMerge(database)
  )

const ask = (text: string) => Codex.use((codex) => codex.ask({ text, conversation, userId: 7 }))

describe("a SQLite file", () => {
  it.effect("is its owner's alone, and so is a folder that had to be made", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/new/bot.sqlite`
      yield* Effect.scoped(Layer.build(sqlite(path)))
      const fs = yield* FileSystem.FileSystem
      assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o600)
      assert.strictEqual((yield* fs.stat(path.slice(0, path.lastIndexOf("/")))).mode & 0o777, 0o700)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("keeps what was said when the bot starts anew", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/bot.sqlite`
      yield* Effect.provide(ask("my name is Ada"), withMemory(sqlite(path)))
      const { requests } = yield* Effect.andThen(ask("who am I?"), TestCodex.TestCodex).pipe(
        Effect.flatMap((codex) => Effect.map(codex.requests, (requests) => ({ requests }))),
        Effect.provide(withMemory(sqlite(path)))
      )
      assert.deepStrictEqual(requests.at(-1)?.input.map(Item.words), [
        "my name is Ada",
        "Echo: my name is Ada",
        "who am I?"
      ])
    }))

  it.effect("of the first release is read as turns, keeps its personalities however old, and goes on", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/bot.sqlite`
      const before = new DatabaseSync(path)
      before.exec(`
        create table codex_memory_migrations (
          migration_id integer primary key not null,
          created_at datetime not null default current_timestamp,
          name varchar(255) not null
        );
        insert into codex_memory_migrations (migration_id, name) values (1, 'messages');
        create table codex_memory (
          id integer primary key autoincrement,
          conversation text not null,
          written_at bigint not null,
          message text not null
        );
        create index codex_memory_conversation on codex_memory (conversation, id);`)
      const insert = before.prepare("insert into codex_memory (conversation, written_at, message) values (?, ?, ?)")
      for (let n = 0; n < 12; n++) {
        insert.run("c", 1_800_000_000_000, JSON.stringify({ role: "user", content: `${n}` }))
        insert.run("c", 1_800_000_000_000, JSON.stringify({ role: "assistant", content: `answer ${n}` }))
      }
      insert.run("personality:7", 1, JSON.stringify({ role: "system", content: "Be brief." }))
      before.close()
      yield* TestClock.setTime(1_800_000_000_000)
      const codex = TestCodex.layer({ memory: Memory.layerSql({ retention: "1 day" }) }).pipe(
        Layer.provide(sqlite(path))
      )
      const requests = yield* Effect.andThen(ask("12"), ask("13")).pipe(
        Effect.andThen(TestCodex.TestCodex),
        Effect.flatMap(({ requests }) => requests),
        Effect.provide(codex)
      )
      assert.match(requests[0]?.instructions ?? "", /^Be brief\./)
      const texts = requests.map(({ input }) => input.map(Item.words))
      assert.strictEqual(texts[0]?.length, 21)
      assert.deepStrictEqual(texts[0]?.slice(-3), ["11", "answer 11", "12"])
      assert.strictEqual(texts[1]?.length, 21)
      assert.deepStrictEqual(texts[1]?.slice(-5), ["11", "answer 11", "12", "Echo: 12", "13"])
    }))

  it.live("is shared by two bots that start in the same moment", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/bot.sqlite`
      const write = (n: number) =>
        Effect.provide(
          Memory.Memory.use((memory) => memory.append("shared", user(`${n}`))),
          Layer.provide(Memory.layerSql(), sqlite(path))
        )
      yield* Effect.all([write(1), write(2), write(3)], { concurrency: "unbounded" })
      const kept = yield* Effect.provide(
        Memory.Memory.use((memory) => memory.list("shared")),
        Layer.provide(Memory.layerSql(), sqlite(path))
      )
      assert.sameMembers(Remembered.messages(kept).map(({ content }) => content), ["1", "2", "3"])
    }))

  it.live("that another program has locked costs the memory of a turn, not its answer, until it is free again", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/bot.sqlite`
      yield* Effect.gen(function*() {
        yield* ask("one")
        const other = new DatabaseSync(path)
        other.exec("BEGIN IMMEDIATE")
        const { remembered, text } = yield* ask("two")
        assert.deepStrictEqual({ remembered, text }, { remembered: false, text: "Echo: two" })
        other.exec("ROLLBACK")
        other.close()
        assert.isTrue((yield* ask("three")).remembered)
      }).pipe(Effect.provide(withMemory(sqlite(path))))
    }))

  it.effect("that is full costs the memory of a turn, not its answer, until there is room", () =>
    Effect.gen(function*() {
      yield* ask("one")
      const sql = yield* SqlClient.SqlClient
      yield* sql`pragma max_page_count = 1`
      const long = "x".repeat(3000)
      let remembered = true
      for (let n = 0; n < 10; n++) remembered = (yield* ask(`${n}${long}`)).remembered
      assert.isFalse(remembered)
      yield* sql`pragma max_page_count = 1000000`
      assert.isTrue((yield* ask("after")).remembered)
    }).pipe(Effect.provide(withMemory(sqlite(":memory:")))))

  it.effect("that may not be written costs the memory of a turn, not its answer", () =>
    Effect.gen(function*() {
      yield* ask("one")
      const sql = yield* SqlClient.SqlClient
      yield* sql`pragma query_only = 1`
      const { remembered, text } = yield* ask("two")
      assert.deepStrictEqual({ remembered, text }, { remembered: false, text: "Echo: two" })
      yield* sql`pragma query_only = 0`
      assert.isTrue((yield* ask("three")).remembered)
    }).pipe(Effect.provide(withMemory(sqlite(":memory:")))))

  it.effect("that may not be written when the bot starts is used as soon as it may", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`pragma query_only = 1`
      assert.strictEqual((yield* Effect.flip(ask("one")))._tag, "MemoryFailed")
      yield* sql`pragma query_only = 0`
      assert.isTrue((yield* ask("two")).remembered)
    }).pipe(Effect.provide(withMemory(sqlite(":memory:")))))

  it.effect("that breaks in the middle of a move has moved nothing", () =>
    Effect.gen(function*() {
      yield* ask("one")
      const sql = yield* SqlClient.SqlClient
      yield* sql`create trigger stays before delete on codex_memory begin select raise(abort, 'no'); end`
      const moved = Effect.provide(Memory.Memory.use((memory) => memory.move("c", "d")), Memory.layerSql())
      assert.strictEqual((yield* Effect.flip(moved)).operation, "move")
      const rows = yield* sql`select distinct conversation from codex_memory`
      assert.deepStrictEqual(rows.map(({ conversation }) => conversation), ["c"])
      yield* sql`drop trigger stays`
      yield* moved
      const after = yield* sql`select distinct conversation from codex_memory`
      assert.deepStrictEqual(after.map(({ conversation }) => conversation), ["d"])
    }).pipe(Effect.provide(withMemory(sqlite(":memory:")))))

  it.effect("with a row that cannot be read says that the memory failed, and keeps the row", () =>
    Effect.gen(function*() {
      yield* ask("one")
      const sql = yield* SqlClient.SqlClient
      const later = JSON.stringify({ v: 9, items: [] })
      yield* sql`update codex_memory set turn = ${later}`
      const failure = yield* Effect.flip(ask("two"))
      assert(failure._tag === "MemoryFailed")
      assert.strictEqual(
        failure.message,
        "The conversation was written by a later version of effect-codex, and cannot be read."
      )
      assert.strictEqual(
        failure.fix("chat"),
        "Update this program: it was older than the one that wrote the history. Nothing was deleted."
      )
      assert.strictEqual((yield* sql`select * from codex_memory where turn = ${later}`).length, 1)
      for (const damaged of ["{", "7", "{\"v\":1}", "{\"role\":\"user\"}", "{\"v\":\"1\"}"]) {
        yield* sql`update codex_memory set turn = ${damaged}`
        const failure = yield* Effect.flip(ask("two"))
        assert(failure._tag === "MemoryFailed")
        assert.strictEqual(failure.message, "The conversation cannot be read: what is stored of it is damaged.")
        assert.strictEqual((yield* sql`select * from codex_memory where turn = ${damaged}`).length, 1)
      }
    }).pipe(Effect.provide(withMemory(sqlite(":memory:")))))

  it.effect("that is no database says so when it is opened", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/bot.sqlite`
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(path, "this is a poem and no database at all".repeat(50))
      const failure = yield* Effect.flip(Effect.scoped(Layer.build(sqlite(path))))
      assert.strictEqual(failure._tag, "SqlError")
      const nowhere = yield* Effect.flip(Effect.scoped(Layer.build(sqlite("/dev/null/bot.sqlite"))))
      assert.strictEqual(nowhere._tag, "SqlError")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("forgets what is older than its retention, and deletes it within the hour", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const sql = yield* SqlClient.SqlClient
      const rows = Effect.map(sql`select * from codex_memory`, (rows) => rows.length)
      yield* memory.append("c", user("old"))
      yield* TestClock.adjust("20 hours")
      yield* memory.append("c", user("young"))
      yield* TestClock.adjust("5 hours")
      assert.deepStrictEqual(yield* memory.list("c"), [user("young")])
      assert.strictEqual(yield* rows, 1)
    }).pipe(Effect.provide(Layer.provideMerge(Memory.layerSql({ retention: "1 day" }), sqlite(":memory:")))))

  it.effect("tells nothing that is older than its retention, also before it is deleted", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const sql = yield* SqlClient.SqlClient
      const rows = Effect.map(sql`select * from codex_memory`, (rows) => rows.length)
      yield* memory.append("c", user("old"))
      yield* TestClock.adjust("24 hours")
      assert.deepStrictEqual(yield* memory.list("c"), [user("old")])
      yield* TestClock.adjust("30 minutes")
      assert.deepStrictEqual(yield* memory.list("c"), [])
      assert.strictEqual(yield* rows, 1, "the next sweep comes in half an hour")
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(yield* rows, 0)
    }).pipe(Effect.provide(Layer.provideMerge(Memory.layerSql({ retention: "1 day" }), sqlite(":memory:")))))

  it.effect("counts the age of a turn from its own time, and never deletes what it cannot read", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const sql = yield* SqlClient.SqlClient
      yield* TestClock.adjust("2 days")
      yield* memory.append("c", { ...user("old"), at: DateTime.makeUnsafe(1) })
      yield* memory.append("c", user("young"))
      assert.deepStrictEqual(yield* memory.list("c"), [user("young")])
      for (const turn of ["{\"v\":2,\"said\":[]}", "no JSON", "{\"v\":1,\"items\":[]}", "{\"role\":\"user\"}"]) {
        yield* sql`insert into codex_memory ${sql.insert({ conversation: "later", written_at: 1, turn })}`
      }
      yield* TestClock.adjust("1 hour")
      const left = yield* sql`select turn from codex_memory order by id`
      assert.deepStrictEqual(left.slice(1).map(({ turn }) => turn), ["{\"v\":2,\"said\":[]}", "no JSON"])
    }).pipe(Effect.provide(Layer.provideMerge(Memory.layerSql({ retention: "1 day" }), sqlite(":memory:")))))

  it.effect("tells all there is when asked for without end, and none for less than one", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      yield* memory.append("c", user("one"))
      yield* memory.append("c", user("two"))
      const counts = [Number.POSITIVE_INFINITY, 1.5, 0, -1].map((last) => memory.list("c", { last }))
      assert.deepStrictEqual((yield* Effect.all(counts)).map((turns) => turns.length), [2, 1, 0, 0])
    }).pipe(Effect.provide(Layer.provideMerge(Memory.layerSql(), sqlite(":memory:")))))

  it.effect("keeps a personality however old, and a turn that is kept again in the row of the first", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const personality = yield* Personality.Personality
      const sql = yield* SqlClient.SqlClient
      yield* personality.set(7, "Be brief.")
      yield* TestClock.adjust("3 days")
      assert.deepStrictEqual(yield* personality.get(7), Option.some("Be brief."))
      yield* memory.append("c", { ...user("half"), id: "a" })
      yield* memory.append("c", { ...user("whole"), id: "a" })
      assert.strictEqual((yield* sql`select * from codex_memory where conversation = 'c'`).length, 1)
    }).pipe(
      Effect.provide(Personality.layer.pipe(
        Layer.provideMerge(Memory.layerSql({ retention: "1 day" })),
        Layer.provideMerge(sqlite(":memory:"))
      ))
    ))

  it.effect("tells since which first turn it counts, and says what it cannot read", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_800_000_000_000)
      yield* ask("one")
      yield* TestClock.adjust("1 day")
      yield* ask("two")
      const codex = yield* Codex
      const { usage } = yield* codex.status
      assert.strictEqual(usage.since === undefined ? 0 : DateTime.toEpochMillis(usage.since), 1_800_000_000_000)
      assert.strictEqual(usage.total.requests, 2)
      const sql = yield* SqlClient.SqlClient
      yield* sql`drop table codex_usage`
      yield* ask("three")
      const status = yield* codex.status
      assert.strictEqual(status.usageProblem?._tag, "MemoryFailed")
      assert.strictEqual(status.usage.total.requests, 0)
    }).pipe(Effect.provide(withMemory(sqlite(":memory:")))))

  it.effect("counts and names what it cannot read of settings and sums, and loses neither the rest nor the row", () => {
    const told: Array<string> = []
    const log = Logger.layer([Logger.make(({ message }) => void told.push(String(message)))])
    return Effect.gen(function*() {
      const personality = yield* Personality.Personality
      const meter = yield* UsageMeter.UsageMeter
      const sql = yield* SqlClient.SqlClient
      for (const userId of [7, 8]) {
        yield* personality.set(userId, "Be brief.")
        yield* meter.record({ userId, tokens: undefined })
      }
      const later = JSON.stringify({ v: 2, secret: "SECRET" })
      yield* sql`update codex_settings set value = ${later} where owner = 'user:7'`
      yield* sql`update codex_usage set requests = 'SECRET' where user_id = '7'`
      yield* sql`update codex_usage set user_id = '{SECRET' where user_id = '8'`
      assert.isTrue(Option.isNone(yield* personality.get(7)))
      assert.deepStrictEqual(yield* personality.get(8), Option.some("Be brief."))
      const { perUser, total } = yield* meter.usage
      assert.deepStrictEqual([perUser.size, total.requests], [0, 2])
      assert.deepStrictEqual(told, [
        "1 setting (personality) cannot be read, and counts as none.",
        "2 sums of the usage cannot be read, and are left out."
      ])
      assert.strictEqual((yield* sql`select * from codex_settings where value = ${later}`).length, 1)
      yield* personality.set(7, "Be verbose.")
      assert.deepStrictEqual(yield* personality.get(7), Option.some("Be verbose."))
    }).pipe(
      Effect.provide(Layer.provideMerge(Layer.merge(Personality.layerSql, UsageMeter.layerSql), sqlite(":memory:"))),
      Effect.provide(log)
    )
  })

  it.effect("has the audit as JSON, found by time", () =>
    Effect.gen(function*() {
      yield* Audit.Audit.use(({ record }) => record(event))
      const sql = yield* SqlClient.SqlClient
      const [row] = yield* sql`select event from codex_audit where began_at >= ${Date.UTC(2026, 10, 26)}`
      assert.deepInclude(JSON.parse(String(row?.["event"])), { v: 1, userId: 7, outcome: "answered", durationMs: 12 })
    }).pipe(Effect.provide(Layer.provideMerge(Audit.layerSql, sqlite(":memory:")))))
})

describe.skipIf(!Postgres.isInstalled)(Installed.named(Installed.postgres, "Postgres"), () => {
  it.live(
    "that goes away fails a turn with one sentence, and is used again as soon as it is back",
    () =>
      Effect.gen(function*() {
        const server = yield* Postgres.server
        yield* Effect.gen(function*() {
          yield* ask("one")
          yield* server.stop
          const failure = yield* Effect.flip(ask("two"))
          assert.strictEqual(failure.message, "The conversation memory failed (list).")
          yield* server.start
          assert.isTrue((yield* ask("three")).remembered)
        }).pipe(Effect.provide(withMemory(Postgres.client(server.url))))
      })
  )

  it.live(
    "that is away when the bot starts fails turns with one sentence until it is there",
    () =>
      Effect.gen(function*() {
        const server = yield* Postgres.server
        yield* server.stop
        yield* Effect.gen(function*() {
          const failure = yield* Effect.flip(ask("one"))
          assert(failure._tag === "MemoryFailed")
          assert.strictEqual(failure.message, "The conversation memory failed (list).")
          yield* server.start
          assert.isTrue((yield* ask("two")).remembered)
        }).pipe(Effect.provide(withMemory(Postgres.client(server.url))))
      })
  )

  it.live(
    "that drops its connections in the middle of a turn costs the memory of that turn at the most, and none after it",
    () =>
      Effect.gen(function*() {
        const url = yield* Databases.postgres
        const drop = Effect.provide(
          SqlClient.SqlClient.use((sql) =>
            sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
          ),
          Postgres.client(url)
        )
        yield* Effect.gen(function*() {
          yield* ask("one")
          const { script } = yield* TestCodex.TestCodex
          yield* script((request) => Stream.unwrap(Effect.as(Effect.orDie(drop), TestCodex.echo(request))))
          assert.strictEqual((yield* ask("two")).text, "Echo: two")
          const { remembered, text } = yield* Effect.retry(ask("three"), { times: 2 })
          assert.deepStrictEqual({ remembered, text }, { remembered: true, text: "Echo: three" })
        }).pipe(Effect.provide(withMemory(Postgres.client(url))))
      })
  )

  it.live(
    "that may only be read costs the memory of a turn, not its answer, until it may be written",
    () =>
      Effect.gen(function*() {
        const url = yield* Databases.postgres
        const readOnly = (value: "on" | "off") =>
          Effect.provide(
            SqlClient.SqlClient.use((sql) =>
              Effect.andThen(
                sql`alter database ${sql(new URL(url).pathname.slice(1))} set default_transaction_read_only = ${
                  sql.literal(value)
                }`,
                sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
              )
            ),
            Postgres.client(url)
          )
        yield* Effect.gen(function*() {
          yield* ask("one")
          yield* readOnly("on")
          const { remembered, text } = yield* Effect.retry(ask("two"), { times: 2 })
          assert.deepStrictEqual({ remembered, text }, { remembered: false, text: "Echo: two" })
        }).pipe(Effect.provide(withMemory(Postgres.client(url))))
      })
  )

  it.live("is shared by bots that start in the same moment", () =>
    Effect.gen(function*() {
      const url = yield* Databases.postgres
      const write = (n: number) =>
        Effect.provide(
          Memory.Memory.use((memory) => memory.append("shared", user(`${n}`))),
          Layer.provide(Memory.layerSql(), Postgres.client(url))
        )
      yield* Effect.forEach([1, 2, 3, 4], write, { concurrency: "unbounded" })
      const kept = yield* Effect.provide(
        Memory.Memory.use((memory) => memory.list("shared")),
        Layer.provide(Memory.layerSql(), Postgres.client(url))
      )
      assert.sameMembers(Remembered.messages(kept).map(({ content }) => content), ["1", "2", "3", "4"])
    }))
})

describe("a user who is forgotten", () => {
  const process = (path: string) =>
    Layer.build(TestCodex.layer({
      memory: Memory.layerSql().pipe(Layer.provide(sqlite(path)), Layer.orDie),
      usageMeter: UsageMeter.layerSql.pipe(Layer.provide(sqlite(path)), Layer.orDie)
    })).pipe(Effect.map((services) => ({
      codex: Context.get(services, Codex),
      test: Context.get(services, TestCodex.TestCodex)
    })))

  it.live("is forgotten by a process that answers them at that moment, and by one that is about to", () =>
    Effect.gen(function*() {
      const path = `${yield* folder}/bot.sqlite`
      const [one, other] = [yield* process(path), yield* process(path)]
      const conversation = ConversationKey("group")
      yield* one.test.script(TestCodex.deltas(["Half ", "an ", "answer."], { every: "300 millis" }))
      const asked = yield* DateTime.now
      const running = yield* Effect.forkChild(one.codex.ask({ text: "one", conversation, userId: 7 }), {
        startImmediately: true
      })
      yield* Effect.repeat(one.test.requests, {
        until: (all) => all.length > 0,
        schedule: Schedule.spaced("10 millis")
      })
      yield* other.codex.forget(7)
      const late = yield* one.codex.ask({ text: "two", conversation, userId: 7, askedAt: asked })
      const theirs = yield* one.codex.ask({ text: "three", conversation, userId: 8, askedAt: asked })
      const answers = [yield* Fiber.join(running), late, theirs]
      assert.deepStrictEqual(answers.map(({ memoryProblem, remembered }) => ({ memoryProblem, remembered })), [
        { memoryProblem: undefined, remembered: false },
        { memoryProblem: undefined, remembered: false },
        { memoryProblem: undefined, remembered: true }
      ])
      const { usage } = yield* other.codex.status
      assert.deepStrictEqual([...usage.perUser.keys()], [8])
      assert.strictEqual(usage.total.requests, 3)
      yield* other.codex.ask({ text: "four", conversation, userId: 7 })
      assert.sameMembers([...(yield* other.codex.status).usage.perUser.keys()], [7, 8])
    }))
})
