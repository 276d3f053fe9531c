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
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as SqlClient from "effect/sql/SqlClient"
import { DatabaseSync } from "node:sqlite"
import * as Enduring from "../src/telegram/internal/enduring.ts"
import type * as Engine from "../src/telegram/internal/engine.ts"
import * as TurnsDurable from "../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"

const { reads, setUp, sqlite } = Restarts

const slowly = TestCodex.deltas(["Half ", "an ", "answer."], { every: "200 millis" })

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
  const engine: Layer.Layer<Engine.Engine, never, SqlClient.SqlClient> = ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provideMerge(Layer.provide(Enduring.layer, rows)),
    Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(ShardingConfig.layer({ entityMessagePollInterval: "1 second" }))
  )
  return {
    hasBeenAway: () => since !== undefined,
    subject: (path: string): Contract.Subject =>
      TurnsDurable.layer().pipe(Layer.provide(engine), Layer.provide(sqlite(path)))
  }
}

describe("a turn whose store goes away for a moment", () => {
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
    }), 30_000)

  it.live("goes on when it is there again, however long that was", () =>
    Effect.gen(function*() {
      const { chats, path, start } = yield* setUp()
      const { test, turns } = yield* start()
      yield* test.script(slowly)
      yield* turns.accept(Contract.entry("one"))
      yield* reads(chats, /^Half/)
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(path())),
        (database) => Effect.sync(() => database.close())
      )
      other.exec("BEGIN EXCLUSIVE")
      yield* Effect.sleep("3 seconds")
      other.exec("ROLLBACK")
      yield* reads(chats, /^Half an answer\.$/)
      yield* turns.drained
      assert.lengthOf(yield* test.requests, 1)
    }), 60_000)
})

describe("a stop while the store is away", () => {
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
    }), 60_000)
})
