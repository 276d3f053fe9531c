/**
 * Answers that wait for Telegram, in one process and in memory: when each is tried, in which order, and when it is given up.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Entity from "effect/cluster/Entity"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Late from "../src/telegram/internal/late.ts"
import * as Undelivered from "../src/telegram/reply/Undelivered.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import { Senders } from "../src/telegram/Turns.ts"
import { makeDoor } from "./support/door.ts"
import * as Hashes from "./support/hashes.ts"
import * as Restarts from "./support/restarts.ts"
import * as ScriptedApi from "./support/scriptedApi.ts"

Hashes.atOnce()

const lane = { bot: "1", conversation: "user:7" }
const key = "1/user:7"

const failed = (reason: TelegramFailed["reason"], retryAfter?: Duration.Duration) =>
  new TelegramFailed({ method: "sendMessage", reason, ...(retryAfter !== undefined && { retryAfter }) })

const shut = (code: number) => new TelegramFailed({ method: "sendMessage", reason: "blocked", code })

/** Nothing waits for anything but time. */
const settled = Effect.gen(function*() {
  for (let turn = 0; turn < 4; turn++) {
    yield* TestClock.adjust(0)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
})

/** Lets minutes pass, one after the other. */
const minutes = (count: number) =>
  Effect.gen(function*() {
    for (let n = 0; n < count; n++) {
      yield* TestClock.adjust("1 minute")
      yield* settled
    }
  })

const setUp = (refuses: ScriptedApi.Options["refuses"] = () => undefined) =>
  Effect.gen(function*() {
    const scripted = ScriptedApi.make({ refuses })
    const bells = new Map<string, Effect.Effect<void>>()
    const lines: Array<string> = []
    const undelivered = yield* Layer.build(Undelivered.layer)
    const services = Layer.mergeAll(
      Layer.succeed(Late.Late, {
        leave: () => Effect.succeed(true),
        hurryHere: () => Effect.void,
        hurry: () => Effect.succeed(0),
        forget: () => Effect.succeed(0),
        bells
      }),
      Layer.succeed(Senders, { of: () => Effect.succeed(scripted.api) }),
      Layer.succeed(TelegramDoor, makeDoor()),
      Layer.succeedContext(undelivered),
      // Nothing waits from before.
      MessageStorage.layerNoop,
      Restarts.sqlite(":memory:"),
      Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    )
    const clientOf = yield* Entity.makeTestClient(
      Late.Deliveries,
      Late.layerDeliveries.pipe(
        Layer.provideMerge(Late.layerAttempt),
        Layer.provide(WorkflowEngine.layerMemory),
        Layer.provideMerge(services)
      )
    ).pipe(Effect.provide(ShardingConfig.layer()))
    const client = yield* clientOf(key)
    let turns = 0
    const deliver = (texts: ReadonlyArray<string>, more: Partial<Late.Delivery> = {}) =>
      Effect.tap(
        Effect.forkChild(
          client.Deliver({
            turn: `${key}/${++turns}`,
            lane,
            chat: -100,
            thread: 4,
            message: 55,
            rest: { parts: texts.map((text) => ({ text })), files: [], begun: { messages: [], settled: 0, files: 0 } },
            at: 0,
            notBefore: 0,
            ...more
          }),
          { startImmediately: true }
        ),
        () => settled
      )
    return {
      ...scripted,
      bells,
      lines,
      deliver,
      hurry: Effect.tap(client.Hurry({ lane }), () => settled),
      forget: Effect.tap(client.Forget({ lane }), () => settled),
      kept: Context.get(undelivered, Undelivered.Undelivered).find(ConversationKey("user:7")),
      /** What was to be read; the place for it is kept free before. */
      words: () => scripted.calls.flatMap(({ text }) => text === "…" ? [] : [text.replace(/\n[^]*$/, "")]),
      /** In which minutes something was sent. */
      sentAt: () => scripted.calls.filter(({ method }) => method === "send").map(({ at }) => at / 60_000)
    }
  })

const always = () => failed("rateLimited")

describe("an answer that waits", () => {
  it.effect("is tried after a minute, then less and less, then hourly, and given up after a day", () =>
    Effect.gen(function*() {
      const { deliver, kept, lines, sentAt } = yield* setUp(always)
      const delivery = yield* deliver(["hello"])
      yield* minutes(70)
      assert.deepStrictEqual(sentAt(), [1, 3, 8, 18, 38, 68])
      for (let hour = 1; hour < 23; hour++) {
        yield* TestClock.adjust("58 minutes")
        yield* settled
        yield* minutes(2)
      }
      assert.deepStrictEqual(sentAt().slice(5), Array.from({ length: 23 }, (_, hour) => 68 + 60 * hour))
      assert.isUndefined(delivery.pollUnsafe())
      assert.deepStrictEqual(lines, [])
      yield* minutes(60)
      assert.strictEqual(sentAt().at(-1), 1_440)
      assert.isDefined(delivery.pollUnsafe())
      assert.lengthOf(lines, 1)
      // It can still be asked for.
      assert.isTrue(Option.isSome(yield* kept))
    }))

  it.effect("does not wait for longer where the clock was put back meanwhile", () =>
    Effect.gen(function*() {
      const { deliver, sentAt } = yield* setUp()
      yield* deliver(["hello"], { at: 3_600_000, notBefore: 3_600_000 })
      yield* minutes(2)
      assert.deepStrictEqual(sentAt(), [1])
    }))

  it.effect("goes where it was asked, as a reply to what asked for it", () =>
    Effect.gen(function*() {
      const { calls, deliver } = yield* setUp()
      yield* deliver(["hello"])
      yield* minutes(1)
      const [sent, edited] = calls
      assert.deepStrictEqual([sent?.chat, sent?.thread, sent?.replyTo], [-100, 4, 55])
      assert.match(edited?.text ?? "", /^hello\n\n⏳ This answer is late/)
    }))

  it.effect("is not tried before Telegram allows it, whoever hurries, and at once when they do afterwards", () =>
    Effect.gen(function*() {
      let isOpen = false
      const { deliver, hurry, sentAt } = yield* setUp(() =>
        isOpen ? undefined : failed("rateLimited", Duration.minutes(30))
      )
      const delivery = yield* deliver(["hello"], { notBefore: 10 * 60_000 })
      yield* minutes(5)
      assert.strictEqual(yield* hurry, 1)
      assert.deepStrictEqual(sentAt(), [])
      yield* minutes(5)
      assert.deepStrictEqual(sentAt(), [10])
      yield* minutes(25)
      yield* hurry
      assert.deepStrictEqual(sentAt(), [10])
      isOpen = true
      yield* minutes(5)
      assert.deepStrictEqual(sentAt(), [10, 40])
      assert.isDefined(delivery.pollUnsafe())
      assert.strictEqual(yield* hurry, 0)
    }))

  it.effect("is tried each time that somebody hurries", () =>
    Effect.gen(function*() {
      const { deliver, hurry, sentAt } = yield* setUp(always)
      yield* deliver(["hello"])
      yield* hurry
      yield* hurry
      yield* minutes(1)
      yield* hurry
      assert.deepStrictEqual(sentAt(), [0, 0, 1])
    }))

  it.effect("waits for the one before it", () =>
    Effect.gen(function*() {
      let isOpen = false
      const { deliver, words } = yield* setUp(({ text }) => isOpen || !text.startsWith("first") ? undefined : always())
      yield* deliver(["first"])
      yield* deliver(["second"])
      yield* minutes(2)
      assert.deepStrictEqual(words(), ["first"])
      isOpen = true
      yield* minutes(1)
      assert.deepStrictEqual(words(), ["first", "first", "second"])
    }))

  it.effect("goes on behind what of it has arrived", () =>
    Effect.gen(function*() {
      let refusals = 1
      const { deliver, words } = yield* setUp(({ text }) =>
        text.startsWith("two") && refusals-- > 0 ? always() : undefined
      )
      yield* deliver(["one", "two"])
      yield* minutes(3)
      assert.deepStrictEqual(words(), ["one", "two", "two"])
    }))

  it.effect("is given up at once where no call fares better, and can still be asked for", () =>
    Effect.gen(function*() {
      const { deliver, kept, sentAt } = yield* setUp(() => failed("blocked"))
      const delivery = yield* deliver(["hello"])
      yield* minutes(5)
      assert.deepStrictEqual(sentAt(), [1])
      assert.isDefined(delivery.pollUnsafe())
      assert.isTrue(Option.isSome(yield* kept))
    }))

  it.effect.each<readonly [TelegramFailed, number, RegExp | undefined]>([
    [failed("threadClosed"), 8, /is closed[^]*\/codex last/],
    [failed("threadNotFound"), 8, /is gone/],
    [shut(400), 8, /may not write/],
    [shut(403), 8, undefined],
    // A channel reads no messages.
    [failed("threadClosed"), -300, undefined]
  ])(
    "that finds no place any more (%o) is told to %i alone, once, and without a word of it",
    ([why, user, told]) =>
      Effect.gen(function*() {
        const { calls, deliver } = yield* setUp(({ chat }) => chat === -100 ? why : undefined)
        yield* deliver(["a secret"], { user })
        yield* minutes(5)
        const elsewhere = calls.filter(({ chat }) => chat !== -100)
        assert.deepStrictEqual(elsewhere.map(({ chat }) => chat), told === undefined ? [] : [user])
        for (const { text } of elsewhere) {
          assert.match(text, told ?? /^$/)
          assert.notInclude(text, "secret")
        }
      })
  )

  it.effect("that may not be written to a person is not told there either", () =>
    Effect.gen(function*() {
      const { calls, deliver } = yield* setUp(() => shut(400))
      yield* deliver(["hello"], { chat: 8, user: 8 })
      yield* minutes(5)
      assert.isFalse(calls.some(({ text }) => text.includes("may not write")))
    }))

  it.effect("is dropped when it is not wanted any more, and the next one is not", () =>
    Effect.gen(function*() {
      const { deliver, forget, words } = yield* setUp()
      const dropped = [yield* deliver(["one"]), yield* deliver(["two"])]
      assert.strictEqual(yield* forget, 2)
      assert.isTrue(dropped.every((fiber) => fiber.pollUnsafe() !== undefined))
      assert.strictEqual(yield* forget, 0)
      yield* deliver(["three"])
      yield* minutes(5)
      assert.deepStrictEqual(words(), ["three"])
    }))

  it.effect("can be rung for where it waits, as long as one does", () =>
    Effect.gen(function*() {
      let isOpen = false
      const { bells, deliver } = yield* setUp(({ text }) => isOpen || !text.startsWith("two") ? undefined : always())
      assert.deepStrictEqual([...bells.keys()], [])
      yield* deliver(["one"])
      yield* deliver(["two"])
      yield* minutes(2)
      assert.deepStrictEqual([...bells.keys()], [key])
      isOpen = true
      yield* bells.get(key) ?? Effect.die("no bell")
      yield* settled
      assert.deepStrictEqual([...bells.keys()], [])
    }))

  it.effect("hears of it again when somebody has hurried too early", () =>
    Effect.gen(function*() {
      const { deliver, hurry, sentAt } = yield* setUp(() => failed("rateLimited", Duration.minutes(2)))
      yield* deliver(["hello"])
      yield* minutes(4)
      assert.deepStrictEqual(sentAt(), [1, 3])
      yield* hurry
      yield* minutes(2)
      yield* hurry
      assert.deepStrictEqual(sentAt(), [1, 3, 6])
    }))

  it.effect("that breaks is told in the log and can still be asked for, and the next one comes", () =>
    Effect.gen(function*() {
      const { deliver, kept, lines, words } = yield* setUp(({ text }) => {
        if (text.startsWith("one")) throw new Error("a bug")
        return undefined
      })
      const broken = yield* deliver(["one"])
      yield* deliver(["two"])
      yield* minutes(3)
      assert.deepStrictEqual(words(), ["one", "two"])
      assert.isTrue(Exit.isSuccess(broken.pollUnsafe() ?? Exit.fail("it waits")))
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", /^An answer that waited could not be delivered\./)
      assert.isTrue(Option.isSome(yield* kept))
    }))
})
