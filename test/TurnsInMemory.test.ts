/**
 * The mailboxes that outlive their process, on an engine that keeps everything in memory, and in virtual time.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as TestRunner from "effect/cluster/TestRunner"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import * as DurableMailbox from "../src/telegram/internal/durableMailbox.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TurnsDurable from "../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import * as Hashes from "./support/hashes.ts"
import * as Restarts from "./support/restarts.ts"
import * as ScriptedApi from "./support/scriptedApi.ts"
import * as Contract from "./support/turnsContract.ts"

Hashes.atOnce()

/** Lets time pass, a step after the other; promises have their turn in between. */
const pass = (steps: number, step: `${number} millis` = "100 millis") =>
  Effect.gen(function*() {
    for (let n = 0; n < steps; n++) {
      yield* TestClock.adjust(step)
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })

/** Lets time pass while something is done. */
const meanwhile = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(work, { startImmediately: true })
    for (let n = 0; n < 300 && fiber.pollUnsafe() === undefined; n++) yield* pass(1)
    return yield* Fiber.join(fiber)
  })

interface World {
  readonly door?: DoorOptions
  readonly refuses?: ScriptedApi.Options["refuses"]
  readonly memory?: Layer.Layer<Memory.Memory>
  /** Whether the bot runs here. Default: it does. */
  readonly isThere?: (bot: string) => boolean
  readonly rested?: (lane: Turns.Lane) => void
}

const setUp = ({ door, isThere = () => true, memory, refuses, rested }: World = {}) =>
  Effect.gen(function*() {
    const scripted = ScriptedApi.make({ refuses })
    const scope = yield* Scope.make()
    const close = meanwhile(Scope.close(scope, Exit.void))
    yield* Effect.addFinalizer(() => close)
    const services = yield* meanwhile(Layer.buildWithScope(
      TurnsDurable.layer().pipe(
        Layer.provide(ClusterWorkflowEngine.layer),
        Layer.provideMerge(TestRunner.layer),
        // For sweeping, of which nothing is seen here.
        Layer.provide(Restarts.sqlite(":memory:")),
        Layer.provide([
          Layer.succeed(TelegramDoor, makeDoor({ streaming: "off", ...door })),
          Layer.succeed(Turns.Senders, {
            of: (bot) => isThere(bot) ? Effect.succeed(scripted.api) : Effect.fail(new Turns.UnknownBot({ bot })),
            rested
          })
        ]),
        Layer.provideMerge(TestCodex.layer({ memory }))
      ),
      scope
    ))
    const test = Context.get(services, TestCodex.TestCodex)
    return {
      ...scripted,
      close,
      turns: Context.get(services, Turns.Turns),
      ...test,
      asked: Effect.map(test.requests, (all) => all.map(({ input }) => Item.words(input.at(-1) ?? input[0])))
    }
  })

/** What was to be read in a chat; the place for it is kept free before. */
const texts = (calls: ReadonlyArray<ScriptedApi.Call>) =>
  calls.flatMap(({ method, text }) => (method === "send" || method === "edit") && text !== "…" ? [text] : [])

const slowly = TestCodex.deltas(["slow"], { every: "2 seconds" })

describe("a mailbox that outlives its process", () => {
  it.effect("answers each update once, in their order, however often it comes and when", () =>
    Effect.gen(function*() {
      const rested: Array<string> = []
      const { asked, calls, turns } = yield* setUp({ rested: ({ conversation }) => rested.push(conversation) })
      const [one, two] = [Contract.entry("one"), Contract.entry("two")]
      assert.deepStrictEqual(
        yield* Effect.forEach([one, two, one, two], (entry) => meanwhile(turns.accept(entry))),
        ["accepted", "accepted", "seen", "seen"]
      )
      yield* pass(20)
      assert.strictEqual(yield* meanwhile(turns.accept(one)), "seen")
      yield* pass(20)
      assert.deepStrictEqual(yield* asked, ["one", "two"])
      assert.deepStrictEqual(texts(calls), ["Echo: one", "Echo: two"])
      assert.deepStrictEqual([...new Set(rested)], ["user:7"])
    }))

  it.effect("goes on behind an answer that breaks, which is not asked again", () =>
    Effect.gen(function*() {
      const { asked, calls, turns } = yield* setUp({
        refuses: ({ text }) => {
          if (text === "Echo: one") throw new Error("a bug")
          return undefined
        }
      })
      yield* Effect.forEach([Contract.entry("one"), Contract.entry("two")], (entry) => meanwhile(turns.accept(entry)))
      yield* pass(50)
      assert.deepStrictEqual(yield* asked, ["one", "two"])
      assert.strictEqual(texts(calls).at(-1), "Echo: two")
    }))

  it.effect("begins nothing while its conversation is being forgotten", () =>
    Effect.gen(function*() {
      const forgotten = yield* Deferred.make<void>()
      const { asked, turns } = yield* setUp({
        memory: Memory.layerStore({
          append: () => Effect.void,
          list: () => Effect.succeed([]),
          clear: () => Deferred.await(forgotten)
        })
      })
      const reset = yield* Effect.forkChild(turns.reset(Contract.laneOf(7)), { startImmediately: true })
      yield* pass(5)
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* pass(10)
      assert.deepStrictEqual(yield* asked, [])
      yield* Deferred.succeed(forgotten, undefined)
      yield* pass(10)
      yield* Fiber.join(reset)
      assert.deepStrictEqual(yield* asked, ["hello"])
    }))

  it.effect("waits for a bot that does not run here yet, five seconds at a time", () =>
    Effect.gen(function*() {
      let isThere = false
      const { asked, turns } = yield* setUp({ isThere: () => isThere })
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* pass(120)
      assert.deepStrictEqual(yield* asked, [])
      isThere = true
      yield* pass(60)
      assert.deepStrictEqual(yield* asked, ["hello"])
    }))

  it.effect("takes no place of other bots while its own does not run here", () =>
    Effect.gen(function*() {
      const { asked, turns } = yield* setUp({ isThere: (bot) => bot === "2", door: { maxTurns: 1 } })
      const ofBot = (bot: string) => {
        const entry = Contract.entry(`of ${bot}`)
        return meanwhile(turns.accept({ ...entry, lane: { ...entry.lane, bot } }))
      }
      yield* ofBot("1")
      yield* pass(5)
      yield* ofBot("2")
      yield* pass(20)
      assert.deepStrictEqual(yield* asked, ["of 2"])
    }))

  it.effect("takes an update once that is handed over twice at once", () =>
    Effect.gen(function*() {
      const { asked, turns } = yield* setUp()
      const one = Contract.entry("one")
      const taken = yield* meanwhile(
        Effect.all([turns.accept(one), turns.accept(one), turns.accept(one)], { concurrency: "unbounded" })
      )
      assert.sameMembers(taken.map(String), ["accepted", "seen", "seen"])
      yield* pass(20)
      assert.deepStrictEqual(yield* asked, ["one"])
    }))

  it.effect("answers no more at once than it may, over all conversations", () =>
    Effect.gen(function*() {
      const { asked, script, turns } = yield* setUp({ door: { maxTurns: 1 } })
      yield* script(slowly, slowly)
      yield* meanwhile(turns.accept(Contract.entry("one", 7)))
      yield* meanwhile(turns.accept(Contract.entry("two", 8)))
      yield* pass(10)
      assert.deepStrictEqual(yield* asked, ["one"])
      yield* pass(20)
      assert.deepStrictEqual(yield* asked, ["one", "two"])
    }))

  it.effect("tells who waits so, and counts what belongs together as one", () =>
    Effect.gen(function*() {
      const { calls, script, turns } = yield* setUp({
        door: { waitingNotice: "1 second", joinWindow: "500 millis", rateLimit: { prompts: 2, per: "1 minute" } }
      })
      yield* script(TestCodex.deltas(["slow"], { every: "20 seconds" }))
      const sent = { sent: 100 }
      const taken = yield* Effect.forEach(
        [
          Contract.entry("one", 7, { isCommand: true }),
          Contract.entry("two", 7, sent),
          Contract.entry("three", 7, sent),
          Contract.entry("four", 7, { isCommand: true })
        ],
        (entry) => meanwhile(turns.accept(entry))
      )
      assert.deepStrictEqual(taken.map((one) => typeof one === "string" ? one : one._tag), [
        "accepted",
        "accepted",
        "accepted",
        "Limited"
      ])
      yield* pass(30)
      assert.deepStrictEqual(texts(calls).map((text) => text.slice(0, 14)), ["⏳ This has to "])
    }))

  it.effect("takes what a running question has become also where nothing more may wait", () =>
    Effect.gen(function*() {
      const { asked, script, turns } = yield* setUp({ door: { whenBusy: "reject" } })
      yield* script(TestCodex.deltas(["Half ", "an ", "answer."], { every: "2 seconds" }))
      const one = Contract.entry("one")
      yield* meanwhile(turns.accept(one))
      yield* pass(5)
      assert.strictEqual(yield* meanwhile(turns.accept(Contract.entry("two"))), "full")
      const edited = Contract.entry("eins", 7, { origin: one.origin, isEdit: true })
      assert.strictEqual(yield* meanwhile(turns.accept(edited)), "accepted")
      yield* pass(20)
      assert.deepStrictEqual(yield* asked, ["one", "eins"])
    }))

  it.effect("knows what it has stopped, and that there is nothing more to stop", () =>
    Effect.gen(function*() {
      const { calls, script, turns } = yield* setUp()
      yield* script(TestCodex.deltas(["Half ", "an ", "answer."], { every: "1 second" }))
      yield* meanwhile(turns.accept(Contract.entry("one")))
      yield* meanwhile(turns.accept(Contract.entry("two")))
      yield* pass(15)
      const stop = meanwhile(turns.stop(Contract.laneOf(7)))
      assert.deepStrictEqual(yield* stop, { running: true, dropped: 1 })
      yield* pass(10)
      assert.deepStrictEqual(yield* stop, { running: false, dropped: 0 })
      assert.deepStrictEqual(yield* meanwhile(turns.stop(Contract.laneOf(8))), { running: false, dropped: 0 })
      assert.match(texts(calls).at(-1) ?? "", /Stopped\.$/)
    }))

  it.effect("brings what Telegram does not take now to where it was asked, later", () =>
    Effect.gen(function*() {
      let isOpen = false
      const { calls, turns } = yield* setUp({
        refuses: ({ method }) =>
          isOpen || method === "action"
            ? undefined
            : new TelegramFailed({ method: "x", reason: "rateLimited", retryAfter: Duration.minutes(2) })
      })
      const one = Contract.entry("one")
      yield* meanwhile(turns.accept({
        ...one,
        origin: { chat: -100, isPrivate: false, thread: 4, user: 7, message: 55 }
      }))
      yield* pass(20)
      isOpen = true
      const before = calls.length
      yield* pass(30, "10000 millis")
      const [sent] = calls.slice(before).filter(({ method }) => method === "send")
      assert.deepStrictEqual([sent?.chat, sent?.thread, sent?.replyTo], [-100, 4, 55])
      assert.match(texts(calls).at(-1) ?? "", /^Echo: one\n\n⏳/)
    }))

  it.effect("rests when all of it is answered, whoever else is not", () =>
    Effect.gen(function*() {
      const { script, turns } = yield* setUp()
      yield* script(slowly, TestCodex.never)
      yield* meanwhile(turns.accept(Contract.entry("one", 7)))
      yield* pass(2)
      yield* meanwhile(turns.accept(Contract.entry("two", 8)))
      const rests = yield* Effect.forkChild(turns.rests(Contract.laneOf(7)), { startImmediately: true })
      const drained = yield* Effect.forkChild(turns.drained, { startImmediately: true })
      yield* pass(10)
      assert.isUndefined(rests.pollUnsafe())
      yield* pass(20)
      assert.isDefined(rests.pollUnsafe())
      assert.isUndefined(drained.pollUnsafe())
      yield* meanwhile(turns.rests(Contract.laneOf(9)))
    }))

  it.effect("begins nothing more when it closes, and lets what runs come to its end", () =>
    Effect.gen(function*() {
      const { asked, calls, close, script, turns } = yield* setUp()
      yield* script(slowly, TestCodex.deltas(["slower"], { every: "8 seconds" }))
      yield* meanwhile(turns.accept(Contract.entry("one")))
      yield* pass(2)
      yield* meanwhile(turns.accept(Contract.entry("other", 8)))
      yield* meanwhile(turns.accept(Contract.entry("two")))
      yield* pass(5)
      const closing = yield* Effect.forkChild(close, { startImmediately: true })
      assert.strictEqual((yield* Effect.flip(turns.accept(Contract.entry("three")))).reason, "closing")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(texts(calls), ["slow", "slower"])
      assert.deepStrictEqual(yield* asked, ["one", "other"])
    }))
})

describe("why nothing was taken", () => {
  it.each<readonly [error: { readonly _tag: string }, reason: Turns.TurnsUnavailable["reason"]]>([
    [{ _tag: "PersistenceError" }, "store"],
    [{ _tag: "MailboxFull" }, "moving"],
    [{ _tag: "RunnerUnavailable" }, "moving"],
    [new Turns.TurnsUnavailable({ reason: "closing" }), "closing"]
  ])("%j is told as it is", (error, reason) => {
    assert.strictEqual(DurableMailbox.unavailable(error).reason, reason)
  })
})
