/**
 * Turns whose store is away for a moment, at any of the moments when they need it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ClusterError from "effect/cluster/ClusterError"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Snowflake from "effect/cluster/Snowflake"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import type * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { DatabaseSync } from "node:sqlite"
import * as Enduring from "../src/telegram/internal/enduring.ts"
import type * as Engine from "../src/telegram/internal/engine.ts"
import * as TurnsDurable from "../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"

const { reads, setUp, sqlite } = Restarts

const slowly = TestCodex.deltas(["Half ", "an ", "answer."], { every: "200 millis" })

/** Turns over the messages of a store. */
const subjectOver = (
  rows: Layer.Layer<MessageStorage.MessageStorage, never, SqlClient.SqlClient | ShardingConfig.ShardingConfig>
) => {
  const engine: Layer.Layer<Engine.Engine, never, SqlClient.SqlClient> = ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provideMerge(Layer.provide(Enduring.layer, rows)),
    Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(ShardingConfig.layer({ entityMessagePollInterval: "1 second" }))
  )
  return (path: string): Contract.Subject =>
    TurnsDurable.layer().pipe(Layer.provide(engine), Layer.provide(sqlite(path)))
}

/** A store that goes away when it is asked for this, and is there again 1.5 seconds later. */
const goesAwayAt = (moment: string) => {
  let since: number | undefined
  const there = <A, E>(asked: string, work: Effect.Effect<A, E>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now): Effect.Effect<A, E | ClusterError.PersistenceError> => {
      if (since === undefined && asked.includes(moment)) since = now
      return since !== undefined && now - since < 1500
        ? Effect.fail(new ClusterError.PersistenceError({ cause: "it is away" }))
        : work
    })
  const rows = Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(MessageStorage.MessageStorage, (storage): MessageStorage.MessageStorage["Service"] => ({
      ...storage,
      saveRequest: (message) =>
        there(
          `ask ${message.envelope.tag} ${JSON.stringify(message.envelope.payload)}`,
          storage.saveRequest(message)
        ),
      saveReply: (reply) => there(`tell ${reply.rpc._tag}`, storage.saveReply(reply)),
      repliesForUnfiltered: (ids) => there("look", storage.repliesForUnfiltered(ids)),
      requestIdForPrimaryKey: (key) => there(`find ${key.tag} ${key.id}`, storage.requestIdForPrimaryKey(key))
    }))
  ).pipe(Layer.provide(SqlMessageStorage.layer), Layer.provide(Digest.layerWebCrypto))
  return {
    hasBeenAway: () => since !== undefined,
    subject: subjectOver(rows)
  }
}

// They wait, each for a store of its own.
describe.concurrent("a turn whose store goes away for a moment", () => {
  it.live.each([
    { when: "when it begins", moment: "ask run" },
    { when: "when it looks whether it was stopped", moment: "find deferred Stop" },
    { when: "when it writes down that it asks", moment: "Ask/0" },
    { when: "when it asks", moment: "ask activity" },
    { when: "when its message is written down", moment: "Message/0/0" },
    { when: "when its answer is there", moment: "tell activity" },
    { when: "when it sends", moment: "Send/0" },
    { when: "when it ends", moment: "tell run" },
    { when: "when its prompt is done with", moment: "tell Piece" }
  ])("$when asks once, and says all of it once", ({ moment }) =>
    Effect.gen(function*() {
      const { hasBeenAway, subject } = goesAwayAt(moment)
      const { chats, start } = yield* setUp(undefined, subject)
      const { test, turns } = yield* start()
      yield* test.script(slowly)
      yield* turns.accept(Contract.entry("one"))
      yield* reads(chats, /^Half an answer\.$/)
      yield* turns.drained
      yield* turns.accept(Contract.entry("two")).pipe(
        Effect.retry({ times: 20, schedule: Schedule.spaced("200 millis") })
      )
      yield* turns.drained
      assert.isTrue(hasBeenAway())
      assert.deepStrictEqual(chats.posts().map(({ finals, text }) => [text, finals]), [
        ["Half an answer.", 1],
        ["Echo: two", 1]
      ])
      assert.lengthOf(yield* test.requests, 2)
    }))

  it.live(
    "goes on when it is there again, however long that was; the log says both once",
    () =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        const log = Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))])
        const { chats, path, start } = yield* setUp(
          undefined,
          (path: string): Contract.Subject => Layer.provide(Restarts.on(path), log)
        )
        const { test, turns } = yield* start()
        yield* test.script(slowly)
        yield* turns.accept(Contract.entry("one"))
        yield* reads(chats, /^Half/)
        const other = yield* Effect.acquireRelease(
          Effect.sync(() => new DatabaseSync(path())),
          (database) => Effect.sync(() => database.close())
        )
        other.exec("BEGIN EXCLUSIVE")
        yield* Contract.until(() => lines.some((line) => line.startsWith("Answers wait")))
        other.exec("ROLLBACK")
        yield* reads(chats, /^Half an answer\.$/)
        yield* turns.drained
        assert.lengthOf(yield* test.requests, 1)
        assert.deepStrictEqual(lines.filter((line) => line.includes("store")), [
          "Answers wait for their store, and go on when it takes them again: the database is busy.",
          "The store of the answers takes them again."
        ])
      })
  )
})

/** A store that does not say, once at each moment, that it has kept what it has kept. */
const forgetsToSay = (moment: string) => {
  const said = new Set<string>()
  const lost = <A, E>(asked: string, work: Effect.Effect<A, E>) =>
    Effect.flatMap(work, (kept): Effect.Effect<A, ClusterError.PersistenceError> => {
      if (!asked.includes(moment) || said.has(asked)) return Effect.succeed(kept)
      said.add(asked)
      return Effect.fail(new ClusterError.PersistenceError({ cause: "the connection was cut" }))
    })
  const rows = Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(SqlMessageStorage.makeEncoded(), (encoded) =>
      Enduring.rows({
        ...encoded,
        saveEnvelope: (given) => lost(`ask ${JSON.stringify(given.envelope)}`, encoded.saveEnvelope(given)),
        saveReply: (reply) => lost(`tell ${reply.requestId}`, encoded.saveReply(reply))
      })).pipe(Effect.flatMap(MessageStorage.makeEncoded))
  ).pipe(Layer.provide([Snowflake.layerGenerator, Digest.layerWebCrypto]))
  return {
    hasBeenCut: () => said.size > 0,
    subject: subjectOver(rows)
  }
}

describe.concurrent("a turn whose store keeps a thing and cannot say so", () => {
  it.live.each([
    { what: "a prompt", moment: "\"tag\":\"Piece\"" },
    { what: "a turn", moment: "\"tag\":\"run\"" },
    { what: "a step", moment: "\"tag\":\"activity\"" },
    { what: "what became of anything", moment: "tell " }
  ])("goes on, where it is $what", ({ moment }) =>
    Effect.gen(function*() {
      const { hasBeenCut, subject } = forgetsToSay(moment)
      const { chats, start } = yield* setUp(undefined, subject)
      const { test, turns } = yield* start()
      for (const text of ["one", "two"]) {
        yield* turns.accept(Contract.entry(text)).pipe(
          Effect.retry({ times: 20, schedule: Schedule.spaced("200 millis") })
        )
        yield* Effect.timeout(reads(chats, new RegExp(`^Echo: ${text}$`)), "8 seconds")
        yield* turns.drained
      }
      assert.isTrue(hasBeenCut())
      assert.lengthOf(chats.posts(), 2)
      assert.lengthOf(yield* test.requests, 2)
    }))
})

describe.concurrent("a stop while the store is away", () => {
  it.live("is not taken, and can be said again", () =>
    Effect.gen(function*() {
      const { chats, path, start } = yield* setUp()
      const { test, turns } = yield* start()
      yield* test.script(
        TestCodex.deltas(["Half ", ...Array.from({ length: 60 }, () => "and ")], { every: "200 millis" })
      )
      yield* turns.accept(Contract.entry("one"))
      yield* reads(chats, /^Half/)
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(path())),
        (database) => Effect.sync(() => database.close())
      )
      other.exec("BEGIN EXCLUSIVE")
      const refused = yield* Effect.flip(turns.stop(Contract.laneOf(7)))
      assert.include(["store", "moving"], refused.reason)
      other.exec("ROLLBACK")
      assert.isTrue((yield* turns.stop(Contract.laneOf(7))).running)
      yield* reads(chats, /⏹ Stopped\.$/)
      yield* turns.drained
    }))
})

describe("a store that is away", () => {
  it.effect("is told of once after two seconds, however often somebody asks, and once when it is back", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      let isBack = false
      const away = Layer.effect(
        MessageStorage.MessageStorage,
        Effect.map(MessageStorage.MessageStorage, (storage): MessageStorage.MessageStorage["Service"] => ({
          ...storage,
          clearReplies: () =>
            Effect.suspend(() => isBack ? Effect.void : Effect.fail(new ClusterError.PersistenceError({ cause: "no" })))
        }))
      ).pipe(Layer.provide(MessageStorage.layerNoop))
      const log = Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))])
      yield* Effect.gen(function*() {
        const storage = yield* MessageStorage.MessageStorage
        const asked = yield* Effect.forkChild(storage.clearReplies(Snowflake.Snowflake("1")))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(lines, [])
        yield* TestClock.adjust("20 seconds")
        assert.lengthOf(lines, 1)
        isBack = true
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(asked)
        yield* storage.clearReplies(Snowflake.Snowflake("1"))
        assert.deepStrictEqual(lines.map((line) => line.split(" ").slice(0, 5).join(" ")), [
          "Answers wait for their store,",
          "The store of the answers"
        ])
      }).pipe(Effect.provide(Layer.provide(Enduring.layer, away)), Effect.provide(log))
    }))
})
