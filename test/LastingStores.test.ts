/**
 * Where what lasts is kept: docs/stores.md prints these programs.
 */
import { NodeRedis, NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, DateTime, Effect, FileSystem, Layer, Random, RcRef, Redacted, Schedule, Stream } from "effect"
import { Audit, Codex, Item, Memory, Message, Personality, UsageMeter } from "effect-codex"
import * as Sqlite from "effect-codex/sqlite"
import { StoreContract, TestCodex } from "effect-codex/testing"
import { KeyValueStore, Redis } from "effect/persistence"
import * as Databases from "./support/databases.ts"
import * as Installed from "./support/installed.ts"
import * as Postgres from "./support/postgres.ts"
import * as TestRedis from "./support/redis.ts"

// #region rooms
/** What lasts, in whatever database is provided. `codexLive` and `codexLiveConfig` take the same rooms. */
const lasting = {
  memory: Memory.layerSql({ retention: "90 days" }),
  personality: Personality.layerSql,
  usageMeter: UsageMeter.layerSql,
  audit: Audit.layerSql
}
// #endregion

const conversation = Message.ConversationKey("ann")
const ask = (text: string) => Codex.Codex.use((codex) => codex.ask({ text, conversation, userId: 7 }))

describe("a store", () => {
  it.effect("in a SQLite file is there when the bot starts anew", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/bot.sqlite`
      // #region sqlite
      // It takes the files of the platform: those of Node.
      const database = Layer.provide(Sqlite.layer({ path }), NodeServices.layer)
      const bot = TestCodex.layer(lasting).pipe(Layer.provide(database))
      // #endregion
      yield* Effect.provide(ask("I am Ann."), bot)
      const again = TestCodex.layer(lasting).pipe(Layer.provide(Sqlite.layer({ path })))
      const requests = yield* Effect.andThen(ask("Who am I?"), TestCodex.TestCodex.use(({ requests }) => requests))
        .pipe(
          Effect.provide(again)
        )
      assert.deepStrictEqual(requests[0]?.input.map(Item.words), ["I am Ann.", "Echo: I am Ann.", "Who am I?"])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live.skipIf(!Postgres.isInstalled)(
    Installed.named(Installed.postgres, "in Postgres is shared by bots on several machines"),
    () =>
      Effect.gen(function*() {
        const url = yield* Databases.postgres
        // #region postgres
        const database = PgClient.layer({ url: Redacted.make(url) })
        const bot = TestCodex.layer(lasting).pipe(Layer.provide(database))
        // #endregion
        yield* Effect.provide(ask("I am Ann."), bot)
        const kept = yield* Memory.Memory.use((memory) => memory.list(conversation)).pipe(
          Effect.provide(Layer.provide(Memory.layerSql(), PgClient.layer({ url: Redacted.make(url) })))
        )
        assert.deepStrictEqual(kept.flatMap(({ items }) => items.map(Item.words)), [
          "I am Ann.",
          "Echo: I am Ann."
        ])
      })
  )
})

// #region redis
/** Puts a value in the place of another, if that is still there: an empty text stands for none. */
const replaced = `
  if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
  if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
  return 1
`

/** A Redis as a `KeyValueStore`; what is in its database is this store's alone. */
const valuesIn = Effect.fnUntraced(function*(redis: Layer.Layer<Redis.Redis, Redis.RedisError>) {
  // Connected by the first command, so that a bot starts while Redis is away; what failed is tried again by the next.
  const connection = yield* RcRef.make({ acquire: Layer.build(redis), idleTimeToLive: "1 hour" })
  const send = <A>(method: string, command: string, ...args: ReadonlyArray<string>) =>
    RcRef.get(connection).pipe(
      Effect.flatMap((context) => Context.get(context, Redis.Redis).send<A>(command, ...args)),
      Effect.scoped,
      Effect.mapError((cause) =>
        new KeyValueStore.KeyValueStoreError({ method, message: "Redis did not do it", cause })
      )
    )
  const store = KeyValueStore.makeStringOnly({
    get: (key) => Effect.map(send<string | null>("get", "GET", key), (value) => value ?? undefined),
    set: (key, value) => Effect.asVoid(send("set", "SET", key, value)),
    remove: (key) => Effect.asVoid(send("remove", "DEL", key)),
    clear: Effect.asVoid(send("clear", "FLUSHDB")),
    keys: send<Array<string>>("keys", "KEYS", "*"),
    size: send<number>("size", "DBSIZE")
  })
  const replace = (key: string, before = "", after = "") =>
    Effect.map(send<number>("replace", "EVAL", replaced, "1", key, before, after), (changed) => changed === 1)
  return { replace, store }
})

const memoryInRedis = (url: string) =>
  // Without a queue for the time in which Redis is away, a turn that needs it fails at once and says so.
  Layer.unwrap(Effect.map(valuesIn(NodeRedis.layer({ url, disableOfflineQueue: true })), ({ replace, store }) =>
    Memory.layerKeyValueStore({ retention: "90 days", replace }).pipe(
      Layer.provide(Layer.succeed(KeyValueStore.KeyValueStore, store))
    )))
// #endregion

describe.skipIf(!Installed.isThere(Installed.redis))(Installed.named(Installed.redis, "a Redis"), () => {
  const inRedis = Layer.unwrap(Effect.map(TestRedis.url, memoryInRedis))

  layer(inRedis, { timeout: 30_000 })((it) => {
    for (const { check, name } of StoreContract.memory) it.effect(name, () => check)
  })

  it.live(
    "that goes away fails a turn with one sentence, and is used again as soon as it is back",
    () =>
      Effect.gen(function*() {
        const server = yield* TestRedis.server
        const bot = TestCodex.layer({ memory: memoryInRedis(server.url) })
        yield* Effect.gen(function*() {
          assert.isTrue((yield* ask("one")).remembered)
          yield* server.stop
          assert.strictEqual((yield* Effect.flip(ask("two"))).message, "The conversation memory failed (list).")
          yield* server.start
          const { remembered } = yield* Effect.retry(ask("three"), {
            times: 100,
            schedule: Schedule.spaced("50 millis")
          })
          assert.isTrue(remembered)
        }).pipe(Effect.provide(bot))
      })
  )

  it.live(
    "that is away when the bot starts fails turns with one sentence until it is there",
    () =>
      Effect.gen(function*() {
        const server = yield* TestRedis.server
        yield* server.stop
        yield* Effect.gen(function*() {
          assert.strictEqual((yield* Effect.flip(ask("one"))).message, "The conversation memory failed (list).")
          yield* server.start
          assert.isTrue((yield* ask("two")).remembered)
        }).pipe(Effect.provide(TestCodex.layer({ memory: memoryInRedis(server.url) })))
      })
  )

  it.live("that goes away in the middle of a turn takes no answer along", () =>
    Effect.gen(function*() {
      const server = yield* TestRedis.server
      const bot = TestCodex.layer({ memory: memoryInRedis(server.url) })
      yield* Effect.gen(function*() {
        const { script } = yield* TestCodex.TestCodex
        yield* script((request) => Stream.unwrap(Effect.as(server.stop, TestCodex.echo(request))))
        const { remembered, text } = yield* ask("one")
        assert.deepStrictEqual({ remembered, text }, { remembered: false, text: "Echo: one" })
      }).pipe(Effect.provide(bot))
    }))

  it.live(
    "loses no turn of two processes that write to one conversation in the same moment, nor of one that moves it",
    () =>
      Effect.gen(function*() {
        const url = yield* TestRedis.url
        const process = Effect.map(
          Layer.build(Layer.fresh(memoryInRedis(url))),
          (services) => Context.get(services, Memory.Memory)
        )
        const now = yield* DateTime.now
        // A store of one's own keeps what the run before has left.
        const [shared, moved] = [`shared/${yield* Random.next}`, `moved/${yield* Random.next}`]
        const [one, other, third] = yield* Effect.all([process, process, process])
        const said = (text: string) => ({
          v: 1 as const,
          at: now,
          items: [Item.fromText("user", text)]
        })
        const asked = Array.from({ length: 30 }, (_, n) => `${n}`)
        yield* Effect.all([
          Effect.forEach(asked, (text) => one.append(shared, said(`one ${text}`))),
          Effect.forEach(asked, (text) => other.append(shared, said(`other ${text}`)), { concurrency: "unbounded" }),
          Effect.delay(third.move(shared, moved), "5 millis")
        ], { concurrency: "unbounded" })
        const kept = [...yield* third.list(moved), ...yield* third.list(shared)]
        assert.sameMembers(
          kept.flatMap(({ items }) => items.map(Item.words)),
          asked.flatMap((text) => [`one ${text}`, `other ${text}`])
        )
      })
  )

  it.live(
    "keeps what is written at once in many conversations, by one bot and by the next",
    () =>
      Effect.gen(function*() {
        const url = yield* TestRedis.url
        const run = yield* Random.next
        const keys = Array.from({ length: 20 }, (_, n) => Message.ConversationKey(`at once/${run}/${n}`))
        const bot = Effect.forEach(
          keys,
          (conversation) => Codex.Codex.use(({ ask }) => ask({ text: "hi", conversation })),
          {
            concurrency: "unbounded"
          }
        ).pipe(Effect.provide(TestCodex.layer({ memory: memoryInRedis(url) })))
        // One after the other in a conversation, at once in all of them.
        yield* bot
        yield* bot
        const kept = yield* Effect.forEach(keys, (key) => Memory.Memory.use(({ list }) => list(key))).pipe(
          Effect.provide(memoryInRedis(url))
        )
        assert.deepStrictEqual(kept.map(({ length }) => length), Array(20).fill(2))
      })
  )
})
