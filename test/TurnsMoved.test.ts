/**
 * Conversations that are taken away from a process that lives: it cannot keep its claim on them, or is being stopped.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import type * as EntityAddress from "effect/cluster/EntityAddress"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import { DatabaseSync } from "node:sqlite"
import * as Engine from "../src/telegram/internal/engine.ts"
import * as TurnsDurable from "../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"

const { reads, setUp, sqlite } = Restarts

const slowly = TestCodex.deltas(["Half ", "an ", "answer."], { every: "500 millis" })

/** An engine whose claims are confirmed every 200 ms, unless `isAway`; and a store that answers nothing while `isSilent`, gives
 * nothing back of what somebody before had taken while `isBusy`, and has the engine take what is given back before anybody
 * else can, and hand it over half a second later, once `isQuick`. */
const unsure = () => {
  const state = { isAway: false, isSilent: false, isBusy: false, isQuick: false }
  const claims = Layer.effect(
    RunnerStorage.RunnerStorage,
    Effect.map(RunnerStorage.makeMemory, (storage) => ({
      ...storage,
      refresh: (...asked: Parameters<typeof storage.refresh>) =>
        Effect.suspend(() => state.isAway ? Effect.never : storage.refresh(...asked))
    }))
  )
  const rows = Layer.effect(
    MessageStorage.MessageStorage,
    Effect.gen(function*() {
      const storage = yield* MessageStorage.MessageStorage
      const wanted = yield* Queue.unbounded<EntityAddress.EntityAddress>()
      const taken = yield* Queue.unbounded<void>()
      const taking = Effect.gen(function*() {
        const address = yield* Queue.take(wanted)
        yield* storage.unprocessedMessages([address.shardId], { addresses: [address] })
        yield* Queue.offer(taken, undefined)
        yield* Effect.sleep("500 millis")
        yield* storage.resetAddress(address)
      })
      yield* Effect.forkScoped(Effect.forever(taking))
      return {
        ...storage,
        resetShards: (...asked: Parameters<typeof storage.resetShards>) =>
          state.isBusy ? Effect.void : storage.resetShards(...asked),
        resetAddress: (address: EntityAddress.EntityAddress) =>
          Effect.gen(function*() {
            yield* storage.resetAddress(address)
            if (!state.isQuick) return
            state.isQuick = false
            yield* Queue.offer(wanted, address)
            yield* Effect.timeoutOption(Queue.take(taken), "200 millis")
          }),
        requestIdForPrimaryKey: (...asked: Parameters<typeof storage.requestIdForPrimaryKey>) =>
          Effect.suspend(() => state.isSilent ? Effect.never : storage.requestIdForPrimaryKey(...asked))
      }
    })
  ).pipe(Layer.provide(Engine.storage))
  const engine: Layer.Layer<Engine.Engine, never, SqlClient.SqlClient> = ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provideMerge(rows),
    Layer.provide([claims, RunnerHealth.layerNoop]),
    Layer.provide(ShardingConfig.layer({
      shardLockExpiration: "600 millis",
      shardLockRefreshInterval: "200 millis",
      entityMessagePollInterval: "100 millis",
      refreshAssignmentsInterval: "100 millis",
      entityTerminationTimeout: "100 millis"
    }))
  )
  const subject = (path: string): Contract.Subject =>
    TurnsDurable.layer({ drain: 0 }).pipe(
      Layer.provide(engine),
      Layer.provide(sqlite(path)),
      Layer.provide(Logger.layer([]))
    )
  return { state, subject }
}

/** What somebody before had taken and not given back: the pieces with this in them, and nothing else. */
const keepPieces = (path: string, within = ""): void => {
  const database = new DatabaseSync(path)
  database.exec(`UPDATE cluster_messages SET last_read = NULL WHERE processed = 0`)
  database.prepare(
    `UPDATE cluster_messages SET last_read = CURRENT_TIMESTAMP WHERE tag = 'Piece' AND payload LIKE ?`
  ).run(`%${within}%`)
  database.close()
}

/** A process that was killed while it answered the first of these, and the others waited. */
const killedWith = Effect.fnUntraced(function*(first: string, ...waiting: ReadonlyArray<string>) {
  const { state, subject } = unsure()
  const world = yield* setUp(undefined, subject)
  const { test, turns } = yield* world.start()
  yield* test.script(slowly)
  yield* turns.accept(Contract.entry(first, 7, { isCommand: true }))
  yield* reads(world.chats, /^Half/)
  for (const text of waiting) yield* turns.accept(Contract.entry(text, 7, { isCommand: true }))
  yield* world.kill
  return { ...world, state }
})

describe("a conversation that is taken away from a process that lives", () => {
  it.live("is answered in the end, however often that happens", () =>
    Effect.gen(function*() {
      const { state, subject } = unsure()
      const { chats, start } = yield* setUp(undefined, subject)
      const { test, turns } = yield* start()
      yield* test.script(...Array.from({ length: 5 }, () => slowly))
      yield* turns.accept(Contract.entry("hello"))
      for (const times of [1, 2, 3, 4]) {
        yield* reads(chats, /^Half/)
        const { length } = yield* test.requests
        assert.strictEqual(length, times)
        state.isAway = true
        yield* Effect.sleep("500 millis")
        state.isAway = false
        yield* Effect.map(test.requests, ({ length }) => length > times).pipe(
          Effect.repeat({ until: (isAsked) => isAsked, schedule: Schedule.spaced("20 millis") })
        )
      }
      yield* reads(chats, /^Half an answer\.\n\n↻ The bot was restarted while it answered, and has asked again\.$/)
      yield* turns.drained
      assert.lengthOf(chats.posts(), 1)
    }))

  it.live("is not there for what comes meanwhile: that is neither taken nor lost", () =>
    Effect.gen(function*() {
      const { state, subject } = unsure()
      const { chats, start } = yield* setUp(undefined, subject)
      const { turns } = yield* start()
      const one = Contract.entry("hello")
      state.isSilent = true
      const handedOver = yield* Effect.forkChild(Effect.exit(turns.accept(one)), { startImmediately: true })
      yield* Effect.sleep("300 millis")
      state.isAway = true
      const exit = yield* Fiber.join(handedOver)
      assert.isTrue(Exit.isFailure(exit))
      const failure = Exit.isFailure(exit) ? Exit.findErrorOption(exit) : Option.none()
      assert.strictEqual(Option.getOrUndefined(failure)?.reason, "moving")
      state.isSilent = false
      state.isAway = false
      yield* Effect.retry(turns.accept(one), { times: 20 })
      yield* reads(chats, /^Echo: hello$/)
      yield* turns.drained
    }))
})

describe("what was accepted before a conversation was taken over", () => {
  it.live(
    "is answered in its order, also when whoever had taken it gave it back to nobody",
    () =>
      Effect.gen(function*() {
        const { chats, path, start, state } = yield* killedWith("one", "two", "three")
        keepPieces(path(), "two")
        state.isBusy = true
        const after = yield* start()
        yield* reads(chats, /^Echo: three$/)
        yield* after.turns.drained
        assert.deepStrictEqual(chats.finals().map((text) => /^Echo: (\w+)/.exec(text)?.[1]), ["one", "two", "three"])
        // Nor do they lie there as if they waited.
        const left = new DatabaseSync(path(), { readOnly: true })
        const waiting = left.prepare("SELECT 1 FROM cluster_messages WHERE processed = 0")
        yield* Contract.until(() => waiting.all().length === 0)
        left.close()
      })
  )

  it.live(
    "is answered before what comes behind it, also when the engine takes it in that moment",
    () =>
      Effect.gen(function*() {
        const { chats, path, start, state } = yield* killedWith("one", "two")
        keepPieces(path())
        state.isBusy = true
        state.isQuick = true
        const after = yield* start()
        yield* after.turns.accept(Contract.entry("three", 7, { isCommand: true }))
        yield* Effect.all([reads(chats, /^Echo: two$/), reads(chats, /^Echo: three$/)])
        yield* after.turns.drained
        assert.deepStrictEqual(chats.finals().map((text) => /^Echo: (\w+)/.exec(text)?.[1]), ["one", "two", "three"])
      })
  )

  it.live("is stopped where it had begun, also when nobody has handed it over yet", () =>
    Effect.gen(function*() {
      const { chats, path, start, state } = yield* killedWith("one", "two")
      keepPieces(path())
      state.isBusy = true
      const after = yield* start()
      yield* after.test.script(slowly)
      assert.deepStrictEqual(yield* after.turns.reset(Contract.laneOf(7)), { running: true, dropped: 1 })
      yield* reads(chats, /⏹ Stopped\.$/)
      yield* after.turns.drained
      assert.lengthOf(chats.posts(), 1)
    }))

  it.live(
    "has ended before its conversation is forgotten, also when nobody has handed it over yet",
    () =>
      Effect.gen(function*() {
        const { chats, path, start, state } = yield* killedWith("one")
        keepPieces(path())
        state.isBusy = true
        const after = yield* start()
        yield* after.test.script(slowly)
        yield* Contract.until(() =>
          after.line.outbox.calls.some(({ payload }) => String(payload["text"]).startsWith("Half"))
        )
        // Its end takes a while.
        after.line.refuses(({ payload }) =>
          String(payload["text"]).includes("Stopped")
            ? { response: { error_code: 429, parameters: { retry_after: 1 } } }
            : undefined
        )
        const isOpen = yield* Effect.forkChild(
          Effect.andThen(Effect.sleep("500 millis"), Effect.sync(() => after.line.refuses()))
        )
        yield* after.turns.reset(Contract.laneOf(7))
        yield* Fiber.interrupt(isOpen)
        assert.match(chats.finals().join(), /⏹ Stopped\.$/)
      })
  )
})

const limited = () => ({ response: { error_code: 429, parameters: { retry_after: 1800 } } })

describe("an answer that waits for Telegram, and that nobody has given back", () => {
  const leave = Effect.fnUntraced(function*() {
    const { state, subject } = unsure()
    const { kill, path, start } = yield* setUp(undefined, subject)
    const before = yield* start()
    before.line.refuses(limited)
    yield* before.turns.accept(Contract.entry("one"))
    yield* before.turns.drained
    yield* kill
    const database = yield* Effect.acquireRelease(
      Effect.sync(() => new DatabaseSync(path())),
      (database) => Effect.sync(() => database.close())
    )
    database.exec(`UPDATE cluster_messages SET last_read = CURRENT_TIMESTAMP WHERE tag = 'Deliver'`)
    state.isBusy = true
    const waits = database.prepare("SELECT 1 FROM cluster_messages WHERE tag = 'Deliver' AND processed = 0")
    assert.lengthOf(waits.all(), 1)
    return { ...yield* start(), waits }
  })

  it.live("is dropped when its conversation is forgotten, and does not come back", () =>
    Effect.gen(function*() {
      const { turns, waits } = yield* leave()
      yield* turns.reset(Contract.laneOf(7))
      assert.lengthOf(waits.all(), 0)
    }))

  it.live("is found by whoever asks for it", () =>
    Effect.gen(function*() {
      const { turns } = yield* leave()
      assert.strictEqual(yield* turns.hurry?.(Contract.laneOf(7)) ?? Effect.succeed(-1), 1)
    }))
})

describe("a bot that is stopped again and again", () => {
  it.live(
    "answers in the end: a prompt is given up when it kills a bot, and this one did not",
    () =>
      Effect.gen(function*() {
        const { chats, start } = yield* setUp(undefined, unsure().subject)
        const prompt = Contract.entry("hello")
        for (const _ of [1, 2, 3, 4]) {
          const scope = yield* Scope.make()
          const { line, test, turns } = yield* Scope.provide(start(), scope)
          yield* test.script(slowly)
          yield* turns.accept(prompt)
          yield* Contract.until(() =>
            line.outbox.calls.some(({ payload }) => String(payload["text"]).startsWith("Half"))
          )
          yield* Scope.close(scope, Exit.void)
        }
        const { turns } = yield* start()
        yield* reads(chats, /^Echo: hello\n\n↻/)
        yield* turns.drained
        assert.lengthOf(chats.posts(), 1)
      })
  )

  it.live(
    "has given back an answer soon after its time is over, before whoever stops it loses patience",
    () =>
      Effect.gen(function*() {
        const { chats, start } = yield* setUp()
        const scope = yield* Scope.make()
        const { test, turns } = yield* Scope.provide(start({ drain: 0 }), scope)
        yield* test.script(TestCodex.deltas(["Half ", "an ", "answer."], { every: "5 seconds" }))
        yield* turns.accept(Contract.entry("hello"))
        yield* reads(chats, /^Half/)
        const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
        assert.isBelow(Duration.toMillis(took), 4000)
        const after = yield* start()
        yield* reads(chats, /^Echo: hello\n\n↻/)
        yield* after.turns.drained
        assert.lengthOf(chats.posts(), 1)
      })
  )
})
