/**
 * What was accepted is answered: entries in, answers in their chats out.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"

type Of = Context.Service.Shape<typeof Turns.Senders>["of"]

interface Setup {
  readonly door?: DoorOptions
  readonly of?: (api: Context.Service.Shape<typeof Telegram.TelegramApi>) => Of
  readonly memory?: Layer.Layer<Memory.Memory>
  readonly loggers?: Layer.Layer<never>
}

/** Turns over a scripted Codex, whose answers end in an outbox. */
const setUp = ({ door, loggers = Layer.empty, memory, of = (api) => () => Effect.succeed(api) }: Setup = {}) =>
  Effect.gen(function*() {
    const outbox = Contexts.outbox()
    const services = yield* Layer.build(
      Turns.layerLocal.pipe(
        Layer.provide([
          Layer.succeed(TelegramDoor, makeDoor({ streaming: "off", ...door })),
          Layer.succeed(Turns.Senders, { of: of(Telegram.fromContext(Contexts.telegraf(outbox, {}))) })
        ]),
        Layer.provideMerge(TestCodex.layer({ memory })),
        Layer.provideMerge(loggers)
      )
    )
    return {
      outbox,
      turns: Context.get(services, Turns.Turns),
      test: Context.get(services, TestCodex.TestCodex)
    }
  })

let updates = 0

const laneOf = (user: number): Turns.Lane => ({ bot: "1", conversation: `user:${user}` })

const entry = (text: string, user = 7): Turns.Entry => ({
  lane: laneOf(user),
  update: ++updates,
  origin: { chat: user, isPrivate: true, user, message: 1 },
  content: [{ _tag: "Text", text }]
})

const advance = (seconds: number) =>
  Effect.forEach(Array.from({ length: seconds }), () => TestClock.adjust("1 second"), { discard: true })

const unknown = new Turns.UnknownBot({ bot: "1" })

describe("an entry", () => {
  it.effect("is accepted and answered in its chat; the same update again is seen, and answered once", () =>
    Effect.gen(function*() {
      const { outbox, test, turns } = yield* setUp()
      const one = entry("hello")
      assert.strictEqual(yield* turns.accept(one), "accepted")
      assert.strictEqual(yield* turns.accept(one), "seen")
      yield* turns.drained
      assert.strictEqual(yield* turns.accept(one), "seen")
      // Another bot counts its updates by itself.
      assert.strictEqual(yield* turns.accept({ ...one, lane: { ...one.lane, bot: "2" } }), "accepted")
      yield* turns.drained
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello", "Echo: hello"])
      assert.strictEqual((yield* test.requests).length, 2)
    }))

  it.effect("joins no other of another topic, also where both are one lane: each is answered in its own", () =>
    Effect.gen(function*() {
      const { outbox, test, turns } = yield* setUp({ door: { joinWindow: "300 millis" } })
      const inTopic = (thread: number, text: string): Turns.Entry => {
        const one = entry(text)
        return { ...one, sent: 1_700_000_000, origin: { ...one.origin, thread } }
      }
      yield* turns.accept(inTopic(1, "one"))
      yield* turns.accept(inTopic(2, "two"))
      yield* TestClock.adjust("300 millis")
      yield* turns.drained
      assert.deepStrictEqual((yield* test.requests).map(({ input }) => Item.words(input.at(-1))), ["one", "two"])
      assert.deepStrictEqual(
        outbox.calls.flatMap(({ method, payload }) =>
          method === "sendMessage" ? [[payload["message_thread_id"], payload["text"]]] : []
        ),
        [[1, "Echo: one"], [2, "Echo: two"]]
      )
    }))

  it.effect("whose answer Telegram does not take for five minutes has it after that, while the next go on", () =>
    Effect.gen(function*() {
      let isRefused = true
      const pause = new TelegramFailed({
        method: "sendMessage",
        reason: "rateLimited",
        retryAfter: Duration.minutes(5)
      })
      const { outbox, turns } = yield* setUp({
        of: (api) => () =>
          Effect.succeed({
            ...api,
            sendMessage: (...call) => Effect.suspend(() => isRefused ? Effect.fail(pause) : api.sendMessage(...call))
          })
      })
      yield* turns.accept(entry("hello"))
      yield* turns.drained
      isRefused = false
      yield* turns.accept(entry("and now?"))
      yield* turns.drained
      assert.deepStrictEqual(outbox.texts(), ["Echo: and now?"])
      yield* advance(301)
      assert.match(outbox.texts()[1] ?? "", /^Echo: hello\n\n⏳ This answer is late: it was ready 5 minutes ago/)
    }))

  it.effect("is one too many behind as many as may wait, and nothing of it is kept", () =>
    Effect.gen(function*() {
      const { outbox, test, turns } = yield* setUp({ door: { maxWaiting: 2 } })
      yield* test.script(TestCodex.deltas(["slow"], { every: "10 seconds" }))
      const taken = yield* Effect.forEach(["1", "2", "3", "4"], (text) => turns.accept(entry(text)))
      assert.deepStrictEqual(taken, ["accepted", "accepted", "accepted", "full"])
      assert.strictEqual(yield* turns.accept(entry("of another", 8)), "accepted")
      yield* advance(10)
      yield* turns.drained
      assert.deepStrictEqual([...outbox.texts()].sort(), ["Echo: 2", "Echo: 3", "Echo: of another", "slow"])
    }))

  it.effect("waits while as many are answered as may be, whoever they are", () =>
    Effect.gen(function*() {
      const { test, turns } = yield* setUp({ door: { maxTurns: 2 } })
      yield* test.script(...Array.from({ length: 3 }, () => TestCodex.deltas(["slow"], { every: "10 seconds" })))
      yield* Effect.forEach([1, 2, 3], (user) => turns.accept(entry("hello", user)))
      yield* advance(1)
      assert.strictEqual(yield* test.running, 2)
      yield* advance(10)
      assert.strictEqual(yield* test.running, 1)
      yield* advance(10)
      yield* turns.drained
    }))

  it.effect("is data: more than it should hold is left out, less is a bug", () =>
    Effect.gen(function*() {
      const { outbox, turns } = yield* setUp()
      const more = { ...entry("hello"), ctx: { reply: () => assert.fail("a context") } }
      assert.strictEqual(yield* turns.accept(more), "accepted")
      yield* turns.drained
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello"])
      const less = JSON.parse(JSON.stringify({ ...entry("hello"), origin: { chat: 7 } }))
      const exit = yield* Effect.exit(turns.accept(less))
      assert.isTrue(Exit.hasDies(exit))
      const odd = JSON.parse(JSON.stringify({ ...entry("hello"), content: [] }))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(turns.accept(odd))))
    }))

  it.effect("of a bot that does not run here is told in the log, and the next one goes on", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const loggers = Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])
      const { outbox, turns } = yield* setUp({
        loggers,
        of: (api) => (bot) => bot === "1" ? Effect.succeed(api) : Effect.fail(unknown)
      })
      yield* turns.accept({ ...entry("hello"), lane: { bot: "2", conversation: "user:7" } })
      yield* turns.accept(entry("hello"))
      yield* turns.drained
      assert.deepStrictEqual(lines, [unknown.message])
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello"])
    }))

  it.effect("whose turn dies lets the next one in, and the application's own logger hears of it", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const loggers = Logger.layer([
        Logger.make(({ cause, message }) => lines.push(`${String(message)} ${String(cause.reasons.length)}`))
      ])
      let isFirst = true
      const { outbox, turns } = yield* setUp({
        loggers,
        of: (api) => () =>
          Effect.suspend(() => {
            if (!isFirst) return Effect.succeed(api)
            isFirst = false
            return Effect.die(new Error("a bug"))
          })
      })
      yield* turns.accept(entry("one"))
      yield* turns.accept(entry("two"))
      yield* turns.drained
      assert.deepStrictEqual(lines, ["A prompt could not be answered. 1"])
      assert.deepStrictEqual(outbox.texts(), ["Echo: two"])
    }))

  it.effect("is refused while the turns are closing", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { turns } = yield* Effect.provideService(setUp(), Scope.Scope, scope)
      yield* Scope.close(scope, Exit.void)
      const refused = yield* Effect.flip(turns.accept(entry("late")))
      assert.strictEqual(refused.reason, "closing")
    }))
})

describe("stop and reset", () => {
  it.effect("overtake what waits, drop it and say how many, and leave other chats alone", () =>
    Effect.gen(function*() {
      const { outbox, test, turns } = yield* setUp()
      const slow = TestCodex.deltas(["half ", "whole"], { every: "2 seconds" })
      yield* test.script(slow, slow)
      yield* Effect.forEach(["1", "2", "3"], (text) => turns.accept(entry(text)))
      yield* turns.accept(entry("other", 8))
      yield* turns.accept(entry("other still", 8))
      yield* advance(3)
      assert.deepStrictEqual(yield* turns.stop(laneOf(7)), { running: true, dropped: 2 })
      yield* advance(3)
      yield* turns.drained
      assert.deepStrictEqual([...outbox.texts()].sort(), ["Echo: other still", "half\n\n⏹ Stopped.", "half whole"])
      assert.deepStrictEqual(yield* turns.stop(laneOf(7)), { running: false, dropped: 0 })
    }))

  it.effect("a turn that has its place and has not asked yet never asks", () =>
    Effect.gen(function*() {
      const open = yield* Deferred.make<void>()
      const { outbox, test, turns } = yield* setUp({ of: (api) => () => Effect.as(Deferred.await(open), api) })
      yield* turns.accept(entry("hello"))
      assert.deepStrictEqual(yield* turns.stop(laneOf(7)), { running: true, dropped: 0 })
      yield* Deferred.succeed(open, undefined)
      yield* turns.drained
      assert.deepStrictEqual(outbox.texts(), ["⏹ Stopped."])
      assert.deepStrictEqual(yield* test.requests, [])
    }))

  it.effect("after a reset nothing of the stopped turn comes back, and the next one knows nothing of it", () =>
    Effect.gen(function*() {
      const kept: Array<string> = []
      const slowly = (work: () => void) => Effect.andThen(Effect.sleep("1 second"), Effect.sync(work))
      const memory = Memory.layerMessages({
        list: () => Effect.sync(() => kept.map((content) => ({ role: "user" as const, content }))),
        append: (key, { content }) =>
          key === ConversationKey("user:7") ? slowly(() => kept.push(content)) : Effect.void,
        clear: () => slowly(() => kept.splice(0))
      })
      const { test, turns } = yield* setUp({ memory })
      yield* test.script(TestCodex.deltas(["half ", "whole"], { every: "2 seconds" }))
      yield* turns.accept(entry("one"))
      yield* turns.accept(entry("two"))
      yield* advance(3)
      const reset = yield* Effect.forkChild(turns.reset(laneOf(7)), { startImmediately: true })
      yield* turns.accept(entry("three"))
      yield* advance(10)
      assert.deepStrictEqual(yield* Fiber.join(reset), { running: true, dropped: 1 })
      yield* turns.drained
      assert.deepStrictEqual(kept, ["three", "Echo: three"])
      assert.deepStrictEqual((yield* test.requests).map(({ input }) => input.map(Item.words)), [
        ["one"],
        ["three"]
      ])
    }))

  it.effect("a reset that the store refuses fails with what the store did", () =>
    Effect.gen(function*() {
      const memory = Memory.layerMessages({
        list: () => Effect.succeed([]),
        append: () => Effect.void,
        clear: () => Effect.fail("broken")
      })
      const { turns } = yield* setUp({ memory })
      assert.strictEqual((yield* Effect.flip(turns.reset(laneOf(7))))._tag, "MemoryFailed")
    }))

  const ends = [
    {
      how: "their scope is closed",
      close: (fiber: Fiber.Fiber<unknown>, open: Deferred.Deferred<void>) =>
        Effect.andThen(Deferred.succeed(open, undefined), Fiber.await(fiber))
    },
    { how: "their program is interrupted", close: (fiber: Fiber.Fiber<unknown>) => Fiber.interrupt(fiber) }
  ]

  it.effect.each(ends)(
    "when $how, an answer that is under way comes to its end, and nothing more is taken",
    ({ close }) =>
      Effect.gen(function*() {
        const world = yield* Deferred.make<Effect.Success<ReturnType<typeof setUp>>>()
        const open = yield* Deferred.make<void>()
        const program = yield* Effect.forkChild(Effect.scoped(
          Effect.andThen(Effect.flatMap(setUp(), (found) => Deferred.succeed(world, found)), Deferred.await(open))
        ))
        const { outbox, test, turns } = yield* Deferred.await(world)
        yield* test.script(TestCodex.deltas(["The answer ", "is whole."], { every: "3 seconds" }))
        yield* turns.accept(entry("hello"))
        yield* advance(1)
        const closing = yield* Effect.forkChild(close(program, open), { startImmediately: true })
        yield* advance(1)
        assert.strictEqual((yield* Effect.flip(turns.accept(entry("late")))).reason, "closing")
        yield* advance(10)
        yield* Fiber.join(closing)
        assert.deepStrictEqual(outbox.texts(), ["The answer is whole."])
      })
  )

  it.effect("when the turns close, an answer that hangs says so, and nobody twice", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { outbox, test, turns } = yield* Effect.provideService(setUp({ door: { maxTurns: 1 } }), Scope.Scope, scope)
      const started = yield* Deferred.make<void>()
      yield* test.script(() => Stream.unwrap(Effect.as(Deferred.succeed(started, undefined), Stream.never)))
      for (const user of [7, 8]) for (const text of ["1", "2", "3"]) yield* turns.accept(entry(text, user))
      yield* Deferred.await(started)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* advance(14)
      assert.isUndefined(closing.pollUnsafe())
      yield* advance(2)
      yield* Fiber.join(closing)
      assert.sameDeepMembers(
        outbox.calls.filter(({ method }) => method === "sendMessage").map(({ payload }) => [
          payload["chat_id"],
          String(payload["text"]).slice(0, 27)
        ]),
        [[7, "⚠️ The bot is being stopped"], [8, "⚠️ The bot is being stopped"]]
      )
    }))
})
