/**
 * What is done for single updates beside the answers: how much of it at once, how often, and what is said when it breaks.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import * as Errands from "../src/telegram/internal/errands.ts"
import * as LiveReply from "../src/telegram/reply/LiveReply.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as Contexts from "./support/contexts.ts"

const lane: Turns.Lane = { bot: "1", conversation: "user:7" }
const to: Telegram.Destination = { chatId: 7, threadId: undefined, replyTo: undefined }

/** Errands beside mailboxes that rest when they are told to. */
const setUp = Effect.gen(function*() {
  const outbox = Contexts.outbox()
  const api = Telegram.fromContext(Contexts.telegraf(outbox, {}))
  const rest = yield* Deferred.make<void>()
  const lines: Array<unknown> = []
  const turns = Turns.Turns.of({
    accept: () => Effect.succeed("accepted"),
    stop: () => Effect.succeed({ running: false, dropped: 0 }),
    reset: () => Effect.succeed({ running: false, dropped: 0 }),
    leave: () => Effect.void,
    once: (_, work) => Effect.asSome(work),
    rests: ({ conversation }) => conversation === lane.conversation ? Deferred.await(rest) : Effect.never,
    drained: Effect.void
  })
  const services = yield* Layer.build(
    Layer.provide(Errands.layer, Layer.succeed(Turns.Turns, turns)).pipe(
      Layer.provideMerge(Logger.layer([Logger.make(({ message }) => void lines.push(message))]))
    )
  )
  const errands = Context.get(services, Errands.Errands)
  let done = 0
  const count = Effect.sync(() => {
    done++
  })
  const begin = (kind: string, work: Effect.Effect<void>) =>
    Effect.map(Effect.provideContext(errands.begin(api, to, kind, work), services), (fiber) => fiber !== undefined)
  return { errands, outbox, lines, rest: Deferred.succeed(rest, undefined), begin, count, done: () => done }
})

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

describe("errands", () => {
  it.effect("are under way twenty of a kind at once, and as many of another", () =>
    Effect.gen(function*() {
      const { begin } = yield* setUp
      const begun = yield* Effect.forEach(times(22), () => begin("a", Effect.never))
      assert.deepStrictEqual(begun, times(22).map((nth) => nth < 20))
      assert.isTrue(yield* begin("b", Effect.never))
    }))

  it.effect("that break are said in the chat and in the log, and make room for others", () =>
    Effect.gen(function*() {
      const { begin, errands, lines, outbox } = yield* setUp
      for (const _ of times(20)) yield* begin("a", Effect.die(new Error("a bug")))
      yield* errands.idle
      assert.deepStrictEqual(outbox.texts(), times(20).map(() => LiveReply.broken))
      assert.lengthOf(lines, 20)
      assert.isTrue(yield* begin("a", Effect.void))
    }))

  it("are counted for each chat of each bot, but for what is said aloud, which is listened to for all", () => {
    const kinds = (tag: string) =>
      new Set([
        Errands.kindOf(tag, lane),
        Errands.kindOf(tag, { ...lane, bot: "2" }),
        Errands.kindOf(tag, { ...lane, conversation: "user:8" })
      ])
    assert.strictEqual(kinds("Command").size, 3)
    assert.strictEqual(kinds("Spoken").size, 1)
    assert.notStrictEqual(Errands.kindOf("Command", lane), Errands.kindOf("Stop", lane))
  })
})

describe("that a chat is full", () => {
  it.effect("is news once until it has rested, in each chat of each bot", () =>
    Effect.gen(function*() {
      const { errands, rest } = yield* setUp
      const isNews = (bot: string, conversation: string) => errands.isNews({ bot, conversation })
      assert.deepStrictEqual(
        yield* Effect.all([isNews("1", "user:7"), isNews("1", "user:7"), isNews("2", "user:7"), isNews("1", "user:8")]),
        [true, false, true, true]
      )
      yield* rest
      yield* Effect.yieldNow
      assert.isTrue(yield* isNews("1", "user:7"))
      assert.isFalse(yield* isNews("1", "user:8"))
    }))
})

describe("what somebody is told", () => {
  it.effect("is told once within its time, to each", () =>
    Effect.gen(function*() {
      const { errands } = yield* setUp
      const isFirst = (person: string) => errands.isFirst(person, Duration.seconds(10))
      assert.deepStrictEqual(yield* Effect.all([isFirst("7"), isFirst("7"), isFirst("8")]), [true, false, true])
      yield* TestClock.adjust("9999 millis")
      assert.isFalse(yield* isFirst("7"))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Effect.all([isFirst("7"), isFirst("7")]), [true, false])
    }))
})
