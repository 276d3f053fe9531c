import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as CodexError from "../src/CodexError.ts"
import type { TurnError, TurnEvent } from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import { MemoryFailed } from "../src/conversation/TurnError.ts"
import { failureOf } from "../src/telegram/internal/refusal.ts"
import * as AnswerText from "../src/telegram/reply/internal/answerText.ts"
import * as LiveReply from "../src/telegram/reply/LiveReply.ts"
import * as Undelivered from "../src/telegram/reply/Undelivered.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import * as TelegramError from "../src/telegram/TelegramError.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import * as VirtualTelegram from "./support/virtualTelegram.ts"

const chat: TelegramApi.Destination = { chatId: 7, threadId: undefined, replyTo: undefined }

const placeWith = (options: DoorOptions): LiveReply.Place => ({
  destination: chat,
  isPrivate: true,
  messageId: 1,
  door: makeDoor(options)
})

/** Calls with the second they came at; `failures` are what the first messages run into. */
const telegram = (failures: ReadonlyArray<TelegramError.TelegramFailed> = []) => {
  const calls: Array<string> = []
  let sent = 0
  const note = (what: string) =>
    Effect.clockWith((clock) => Effect.sync(() => calls.push(`${clock.currentTimeMillisUnsafe() / 1000} ${what}`)))
  return {
    calls,
    layer: TelegramApi.TelegramApi.of({
      canEdit: true,
      whereabouts: (to) => to,
      isNews: () => true,
      closed: () => Effect.succeedNone,
      sendMessage: (_, { text }, options) =>
        Effect.gen(function*() {
          yield* note(text)
          const failure = failures[sent++]
          if (failure !== undefined) return yield* failure
          options?.onSent?.(Option.some(sent))
          return Option.some(sent)
        }),
      editMessage: (_, id, { text }, options) =>
        Effect.map(note(`${id}: ${text}`), () => options?.onSent?.(Option.some(id))),
      deleteMessage: (_, id) => note(`${id}: deleted`),
      removeButtons: () => Effect.die("not here"),
      sendDraft: (_, __, { text }, options) =>
        Effect.map(note(`draft: ${text}`), () => options?.onSent?.(Option.none())),
      sendChatAction: (_, action) => note(action),
      sendDocument: (_, { name }) => Effect.as(note(name), Option.none()),
      download: () => Effect.die("not here"),
      isChatAdmin: () => Effect.succeed(false),
      answerGuest: () => Effect.die("not here"),
      editInline: () => Effect.die("not here"),
      answerCallback: (_, __, text) => note(text)
    })
  }
}

/** Lets so many seconds pass, one at a time. */
const pass = (seconds: number) => Effect.forEach(Array.from({ length: seconds }), () => TestClock.adjust("1 second"))

const limited = (seconds: number) =>
  new TelegramError.TelegramFailed({
    method: "sendMessage",
    reason: "rateLimited",
    code: 429,
    retryAfter: Duration.seconds(seconds)
  })

const logged = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => lines.push(String(message)))]) }
}

const completed = (text: string): TurnEvent => ({
  _tag: "Completed",
  answer: { text, model: "m", usage: undefined, incomplete: undefined, remembered: true }
})

describe("say", () => {
  it.effect("waits as long as Telegram asks, and not longer", () =>
    Effect.gen(function*() {
      const { calls, layer } = telegram([limited(7), limited(3)])
      const fiber = yield* Effect.forkChild(
        LiveReply.say(chat, "hi").pipe(Effect.provideService(TelegramApi.TelegramApi, layer))
      )
      yield* pass(6)
      assert.deepStrictEqual(calls, ["0 hi"])
      yield* pass(10)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(calls, ["0 hi", "7 hi", "10 hi"])
    }))

  it.effect("gives up at the fourth refusal", () =>
    Effect.gen(function*() {
      const { calls, layer } = telegram([limited(1), limited(1), limited(1), limited(1), limited(1)])
      const log = logged()
      const fiber = yield* Effect.forkChild(
        LiveReply.say(chat, "hi").pipe(
          Effect.provideService(TelegramApi.TelegramApi, layer),
          Effect.provide(log.layer)
        )
      )
      yield* pass(20)
      yield* Fiber.join(fiber)
      assert.strictEqual(calls.length, 4)
      assert.deepStrictEqual(log.lines, [
        "A message could not be delivered. Telegram refused sendMessage (rateLimited 429)."
      ])
    }))

  it.effect.each([
    { name: "a pause of more than a minute", failure: limited(61) },
    { name: "a send that may have arrived", failure: failureOf("sendMessage", new Error("ECONNRESET")) },
    { name: "a user who blocked the bot", failure: failureOf("sendMessage", { error_code: 403 }) }
  ])("$name is not tried again, and logged without the text", ({ failure }) =>
    Effect.gen(function*() {
      const { calls, layer } = telegram([failure])
      const log = logged()
      yield* LiveReply.say(chat, "my-secret-answer").pipe(
        Effect.provideService(TelegramApi.TelegramApi, layer),
        Effect.provide(log.layer)
      )
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(log.lines.length, 1)
      assert.notInclude(log.lines.join("\n"), "my-secret-answer")
    }))
})

describe("show", () => {
  const show = (turn: Stream.Stream<TurnEvent, TurnError>, options: DoorOptions = {}) =>
    Effect.gen(function*() {
      const { calls, layer } = telegram()
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith(options), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, layer))
      )
      yield* pass(30)
      yield* Fiber.join(fiber)
      return calls
    })

  it.effect("types every four seconds while the turn runs, and not after it", () =>
    Effect.gen(function*() {
      const turn = Stream.fromEffect(Effect.delay(Effect.succeed(completed("42")), "9500 millis"))
      assert.deepStrictEqual(yield* show(turn), ["0 typing", "4 typing", "8 typing", "9.5 42"])
    }))

  it.effect("keeps typing where Telegram refuses it, and still answers", () =>
    Effect.gen(function*() {
      const { calls, layer } = telegram()
      const deaf = TelegramApi.TelegramApi.of({
        ...layer,
        sendChatAction: (to, action) => Effect.andThen(layer.sendChatAction(to, action), Effect.fail(limited(9)))
      })
      const turn = Stream.fromEffect(Effect.delay(Effect.succeed(completed("42")), "5 seconds"))
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({}), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, deaf))
      )
      yield* pass(10)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(calls, ["0 typing", "4 typing", "5 42"])
    }))

  const blocked = new TelegramError.TelegramFailed({ method: "sendChatAction", reason: "blocked", code: 403 })
  const refused = new TelegramError.TelegramFailed({ method: "sendMessage", reason: "unauthorized", code: 401 })

  /** Shows a turn that writes down when it is asked, and what ends it; `changes` are laid over the calls. */
  const showOver = (changes: Partial<TelegramApi.Service>) =>
    Effect.gen(function*() {
      const { calls, layer } = telegram()
      const log = logged()
      const asked: Array<string> = []
      const turn = Stream.fromEffect(
        Effect.andThen(
          Effect.sync(() => asked.push("asked")),
          Effect.delay(Effect.succeed(completed("42")), "20 seconds")
        )
      ).pipe(Stream.ensuring(Effect.clockWith((clock) =>
        Effect.sync(() => asked.push(`ended ${clock.currentTimeMillisUnsafe() / 1000}`))
      )))
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({}), turn).pipe(
          Effect.provideService(TelegramApi.TelegramApi, { ...layer, ...changes }),
          Effect.provide(log.layer)
        )
      )
      yield* pass(25)
      yield* Fiber.join(fiber)
      return { calls, asked, log: log.lines }
    })

  it.effect.each([
    { name: "a chat that is banned for long", why: limited(3000) },
    { name: "a bot whose token is refused", why: refused }
  ])("$name is not asked for, and that is logged once", ({ why }) =>
    Effect.gen(function*() {
      const shown = yield* showOver({ closed: () => Effect.succeedSome(why), sendChatAction: () => Effect.fail(why) })
      assert.deepStrictEqual([shown.calls, shown.asked], [[], []])
      assert.strictEqual(shown.log.length, 1)
      assert.include(shown.log[0] ?? "", why.message)
    }))

  it.effect("who had blocked the bot is asked for when that is over, and only then", () =>
    Effect.gen(function*() {
      const closed = () => Effect.succeedSome(blocked)
      const still = yield* showOver({ closed, sendChatAction: () => Effect.fail(blocked) })
      assert.deepStrictEqual([still.calls, still.asked, still.log.length], [[], [], 1])
      const again = yield* showOver({ closed })
      assert.match(again.calls.at(-1) ?? "", /^\d+ 42$/)
      assert.strictEqual(again.asked[0], "asked")
    }))

  it.effect("a turn ends when the person blocks the bot in the middle of it", () =>
    Effect.gen(function*() {
      let typed = 0
      const shown = yield* showOver({ sendChatAction: () => ++typed > 1 ? Effect.fail(blocked) : Effect.void })
      assert.deepStrictEqual(shown.asked, ["asked", "ended 4"])
      assert.deepStrictEqual([shown.calls, shown.log.length], [[], 1])
    }))

  it.effect("cuts a long answer and says so", () =>
    Effect.gen(function*() {
      const calls = yield* show(Stream.succeed(completed("x".repeat(101))), {
        maxResponseLength: 100,
        longAnswers: "truncate"
      })
      assert.deepStrictEqual(calls.slice(-1), [`0 ${"x".repeat(78)}\n\n[Response truncated]`])
    }))

  it.effect("tells a failure and its fix, and keeps what was said before it", () =>
    Effect.gen(function*() {
      const failure = new CodexError.BackendUnavailable({ status: 503 })
      const turn = Stream.concat(
        Stream.succeed<TurnEvent>({ _tag: "TextDelta", text: "half an ans" }),
        Stream.fail(failure)
      )
      assert.deepStrictEqual((yield* show(turn)).slice(-1), [
        "0 half an ans\n\n⚠️ ChatGPT is not available right now (503).\nRetry in a minute."
      ])
    }))

  it.effect("a turn that ends without an answer is an empty response", () =>
    Effect.gen(function*() {
      assert.include((yield* show(Stream.empty)).at(-1) ?? "", "Empty response")
      const turn = Stream.succeed<TurnEvent>({ _tag: "TextDelta", text: "half" })
      assert.include((yield* show(turn)).at(-1) ?? "", "Empty response")
    }))
})

/** Shows a turn in a private chat of the Telegram double, and gives that. */
const shown = (
  turn: Stream.Stream<TurnEvent, TurnError>,
  options: DoorOptions = {},
  set: VirtualTelegram.Options = {}
) =>
  Effect.gen(function*() {
    const telegram = yield* VirtualTelegram.make(set)
    const fiber = yield* Effect.forkChild(
      LiveReply.show(placeWith(options), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, telegram.api))
    )
    yield* VirtualTelegram.pass(60_000, 100)
    yield* Fiber.join(fiber)
    return telegram
  })

const delta = (text: string): TurnEvent => ({ _tag: "TextDelta", text })

/** Events with half a second before each. */
const slowly = (...events: ReadonlyArray<TurnEvent>): Stream.Stream<TurnEvent> =>
  Stream.mapEffect(Stream.fromIterable(events), (event) => Effect.delay(Effect.succeed(event), "500 millis"))

const words = Array.from({ length: 60 }, (_, n) => `Word ${n} of this answer. `)
const spoken = words.join("")

describe("the settings of an answer", () => {
  /** The seconds between the edits of an answer that grows by a word every half second. */
  const pauses = Effect.fnUntraced(
    function*(isPrivate: boolean, options: DoorOptions, set: VirtualTelegram.Options = {}, length = 40) {
      const telegram = yield* VirtualTelegram.make({ paced: false, latency: 0, ...set })
      const place = { ...placeWith(options), isPrivate, destination: { ...chat, chatId: isPrivate ? 7 : -100 } }
      const fiber = yield* Effect.forkChild(
        LiveReply.show(place, slowly(...words.slice(0, length).map(delta), completed(spoken))).pipe(
          Effect.provideService(TelegramApi.TelegramApi, telegram.api)
        )
      )
      yield* VirtualTelegram.pass(30_000, 50)
      yield* Fiber.join(fiber)
      const shown = telegram.world.calls.filter(({ method }) =>
        method === "sendMessage" || method === "editMessageText"
      )
      return shown.slice(1, -1).map(({ at }, n) => Math.round((at - (shown[n]?.at ?? 0)) / 100) / 10)
    }
  )

  it.effect("an answer that grows is edited at editInterval in private, and at groupEditInterval in groups", () =>
    Effect.gen(function*() {
      const intervals = { editInterval: "2 seconds", groupEditInterval: "5 seconds" } as const
      assert.deepStrictEqual(new Set(yield* pauses(true, intervals)), new Set([2]))
      assert.deepStrictEqual(new Set(yield* pauses(false, intervals)), new Set([5]))
      assert.deepStrictEqual(new Set(yield* pauses(true, { groupEditInterval: "5 seconds" })), new Set([1.1]))
      assert.deepStrictEqual(new Set(yield* pauses(false, { editInterval: "5 seconds" })), new Set([3.1]))
    }))

  it.effect("an answer that grows is edited half as often after each refusal that passes", () =>
    Effect.gen(function*() {
      const faults = FaultScript.make({
        rules: [
          { on: "editMessageText", nth: 2, fault: FaultScript.answer({ status: 502 }) },
          { on: "editMessageText", nth: 4, fault: FaultScript.answer({ status: 429, retryAfter: 1 }) }
        ]
      })
      const intervals = yield* pauses(true, { editInterval: "1 second" }, { faults })
      assert.deepStrictEqual(intervals.slice(0, 7), [1, 1, 1, 2, 2, 4, 4])
    }))

  it.effect("an answer that grows is edited every ten seconds at least, however often that was refused", () =>
    Effect.gen(function*() {
      const faults = FaultScript.make({
        rules: [{ on: "editMessageText", between: [1, 2], fault: FaultScript.answer({ status: 502 }) }]
      })
      const intervals = yield* pauses(true, { editInterval: "3 seconds" }, { faults }, 50)
      assert.deepStrictEqual(intervals.slice(0, 4), [3, 3, 6, 10])
    }))

  it.effect("an answer that grows is a draft in a private chat, three times a second", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({ paced: false, latency: 0 })
      const drop = Effect.delay(Effect.succeed(delta("drop ")), "100 millis")
      const turn = Stream.concat(
        Stream.take(Stream.fromEffectRepeat(drop), 40),
        Stream.succeed(completed("drop ".repeat(40)))
      )
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({ streaming: "draft", editInterval: "2 seconds" }), turn).pipe(
          Effect.provideService(TelegramApi.TelegramApi, telegram.api)
        )
      )
      yield* VirtualTelegram.pass(6_000, 50)
      yield* Fiber.join(fiber)
      const at = telegram.world.calls.filter(({ method }) => method === "sendMessageDraft").map(({ at }) => at)
      assert.isAbove(at.length, 5)
      assert.deepStrictEqual(new Set(at.slice(1).map((time, n) => time - (at[n] ?? 0))), new Set([300]))
    }))

  it.effect.each([[60, 2], [61, 1]] as const)(
    "a refusal for %i seconds leaves room for %i edits of an answer that takes longer",
    ([seconds, edits]) =>
      Effect.gen(function*() {
        const faults = FaultScript.make({
          rules: [{ on: "editMessageText", nth: 1, fault: FaultScript.answer({ status: 429, retryAfter: seconds }) }]
        })
        const telegram = yield* VirtualTelegram.make({ paced: false, latency: 0, faults })
        const turn = Stream.concat(
          slowly(...words.slice(0, 20).map(delta)),
          Stream.never
        )
        const fiber = yield* Effect.forkChild(
          LiveReply.show(placeWith({}), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, telegram.api))
        )
        yield* VirtualTelegram.pass(80_000, 100)
        assert.strictEqual(
          telegram.world.calls.filter(({ method }) => method === "editMessageText").length,
          edits
        )
        yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* VirtualTelegram.pass(5_000, 100)
      })
  )

  it.effect("the first words wait for firstTextDelay, unless there are firstTextLength letters before", () =>
    Effect.gen(function*() {
      const firstAt = Effect.fnUntraced(function*(text: string, options: DoorOptions) {
        const telegram = yield* VirtualTelegram.make({ paced: false, latency: 0 })
        const turn = Stream.concat(
          slowly(delta(text)),
          Stream.fromEffect(Effect.delay(Effect.succeed(completed(text)), "20 seconds"))
        )
        const fiber = yield* Effect.forkChild(
          LiveReply.show(placeWith(options), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, telegram.api))
        )
        yield* VirtualTelegram.pass(25_000, 50)
        yield* Fiber.join(fiber)
        const first = telegram.world.calls.find(({ method }) => method === "sendMessage")
        const begun = telegram.world.calls[0]?.at ?? 0
        return Math.round(((first?.at ?? 0) - begun) / 100) / 10
      })
      assert.strictEqual(yield* firstAt("Hi", { firstTextDelay: "3 seconds" }), 3.6)
      assert.strictEqual(yield* firstAt("Hi", { firstTextDelay: "6 seconds" }), 6.6)
      assert.strictEqual(yield* firstAt("Hi, Ann", { firstTextDelay: "6 seconds", firstTextLength: 7 }), 0.6)
      assert.strictEqual(yield* firstAt("Hi, Ann", { firstTextDelay: "6 seconds", firstTextLength: 8 }), 6.6)
    }))

  it.effect("no message is longer than maxResponseLength, and nothing is left out", () =>
    Effect.gen(function*() {
      const telegram = yield* shown(slowly(...words.map(delta), completed(spoken)), { maxResponseLength: 500 })
      const texts = telegram.texts(7)
      assert.isAbove(texts.length, 2)
      for (const text of telegram.states(7).flat()) assert.isAtMost(text.length, 500)
      assert.strictEqual(texts.join(" "), spoken.trim())
    }))

  it.effect("an answer that is to be truncated is one message with a mark, also when only its table is too wide", () =>
    Effect.gen(function*() {
      const telegram = yield* shown(slowly(...words.map(delta), completed(spoken)), {
        maxResponseLength: 500,
        longAnswers: "truncate"
      })
      const [text = "", ...more] = telegram.texts(7)
      assert.deepStrictEqual(more, [])
      assert.isAtMost(text.length, 500)
      assert.isTrue(text.endsWith("\n\n[Response truncated]"))
      for (const state of telegram.states(7).flat()) assert.isAtMost(state.length, 500)

      const table = `| name | note |\n|---|---|\n| ${"long ".repeat(6)} | a |\n${"| b | c |\n".repeat(20)}`
      assert.isBelow(table.length, 300)
      const [wide = ""] = (yield* shown(Stream.succeed(completed(table)), {
        maxResponseLength: 300,
        longAnswers: "truncate"
      })).texts(7)
      assert.isAtMost(wide.length, 300)
      assert.isTrue(wide.endsWith("[Response truncated]"))
    }))

  it.effect("a truncated answer says below the mark why it was stopped, and which model it was", () =>
    Effect.gen(function*() {
      const event: TurnEvent = {
        _tag: "Completed",
        answer: { text: spoken, model: "m-1", usage: undefined, incomplete: "stopped", remembered: true }
      }
      const telegram = yield* shown(Stream.succeed(event), {
        maxResponseLength: 500,
        longAnswers: "truncate",
        footer: true
      })
      const [text = ""] = telegram.texts(7)
      assert.isAtMost(text.length, 500)
      assert.isTrue(text.endsWith("[Response truncated]\n\n⏹ Stopped.\n\nm-1"), text)
    }))

  it.effect("an answer that could not be kept is shown whole, and says that it will not be remembered", () =>
    Effect.gen(function*() {
      const answer = {
        text: "All of it.",
        model: "m-1",
        usage: undefined,
        incomplete: undefined,
        remembered: false
      }
      const memoryProblem = new MemoryFailed({ operation: "append" })
      const events: ReadonlyArray<TurnEvent> = [{ _tag: "Completed", answer: { ...answer, memoryProblem } }]
      assert.deepStrictEqual((yield* shown(Stream.fromIterable(events))).texts(7), [
        "All of it.\n\n⚠️ The conversation memory failed: I will not remember this question and its answer."
      ])
      // What was forgotten meanwhile was meant to be.
      assert.deepStrictEqual((yield* shown(Stream.succeed({ _tag: "Completed", answer }))).texts(7), ["All of it."])
    }))

  it.effect("a reason that nobody has words for adds none, whatever it is called", () =>
    Effect.gen(function*() {
      for (const incomplete of ["constructor", "toString", "__proto__", "new_reason", "unknown"]) {
        const event: TurnEvent = {
          _tag: "Completed",
          answer: { text: "All of it.", model: "m-1", usage: undefined, incomplete, remembered: true }
        }
        const telegram = yield* shown(Stream.succeed(event))
        assert.deepStrictEqual(telegram.texts(7), ["All of it."], incomplete)
      }
    }))

  it.effect("an answer of more messages than documentAfter is sent as a file as well, once", () =>
    Effect.gen(function*() {
      const long = `# Head\n\n${"Some words. ".repeat(1000)}`
      const telegram = yield* shown(
        Stream.succeed(completed(long)),
        { documentAfter: 2 },
        {
          faults: FaultScript.make({
            rules: [{ on: "sendDocument", nth: 1, fault: FaultScript.answer({ status: 429, retryAfter: 2 }) }]
          })
        }
      )
      const files = telegram.visible(7).filter((message) => message.document !== undefined)
      assert.strictEqual(files.length, 1)
      assert.strictEqual(files[0]?.document?.file_name, "answer.md")
      assert.strictEqual(files[0]?.document?.file_size, long.length)
      assert.strictEqual(telegram.visible(7).at(-1), files[0])
      const unsure = yield* shown(Stream.succeed(completed(long)), { documentAfter: 2 }, {
        faults: FaultScript.make({ rules: [{ on: "sendDocument", nth: 1, fault: FaultScript.cut("after") }] })
      }).pipe(Effect.provide(logged().layer))
      assert.strictEqual(unsure.visible(7).filter((message) => message.document !== undefined).length, 1)
      const few = yield* shown(Stream.succeed(completed(long)), { documentAfter: 3 })
      assert.deepStrictEqual(few.visible(7).filter((message) => message.document !== undefined), [])
    }))

  it.effect("the model's thinking is an expandable quote above the answer, or not there", () =>
    Effect.gen(function*() {
      const events: ReadonlyArray<TurnEvent> = [
        { _tag: "ReasoningDelta", text: "**Weighing** it" },
        delta("The answer."),
        completed("The answer.")
      ]
      const telegram = yield* shown(slowly(...events), { reasoning: "show" })
      assert.deepStrictEqual(telegram.texts(7), ["Weighing it\n\nThe answer."])
      assert.deepStrictEqual(telegram.visible(7)[0]?.entities, [
        { type: "expandable_blockquote", offset: 0, length: 11 },
        { type: "bold", offset: 0, length: 8 }
      ])
      assert.deepStrictEqual((yield* shown(slowly(...events))).texts(7), ["The answer."])
    }))

  it.effect("thinking that does not end is shown up to a bound, and the answer below it whole", () =>
    Effect.gen(function*() {
      const text = AnswerText.make(makeDoor({ reasoning: "show" }))
      for (let n = 0; n < 50; n++) text.read({ _tag: "ReasoningDelta", text: "One more thought. ".repeat(300) })
      text.read(delta("The answer."))
      text.read(completed("The answer."))
      const parts = yield* text.final
      const length = parts.reduce((sum, part) => sum + part.text.length, 0)
      assert.isAbove(length, 99_000)
      assert.isBelow(length, 110_000)
      assert.isTrue(parts.at(-1)?.text.endsWith("The answer."))
    }))

  it.effect("the footer names model and tokens, and a note tells what cut the answer short", () =>
    Effect.gen(function*() {
      const usage = { inputTokens: 1, cachedTokens: 0, outputTokens: 2, reasoningTokens: 0, totalTokens: 3 }
      const event: TurnEvent = {
        _tag: "Completed",
        answer: { text: "Half **an ans", model: "m-1", usage, incomplete: "max_output_tokens", remembered: true }
      }
      const telegram = yield* shown(Stream.succeed(event), { footer: true })
      assert.deepStrictEqual(telegram.texts(7), [
        "Half an ans\n\n⚠️ The answer ends here: it has reached the model's limit.\n\nm-1 · 3 tokens"
      ])
    }))

  it.effect("streaming that is off sends the answer when it is complete, and types until then", () =>
    Effect.gen(function*() {
      const telegram = yield* shown(slowly(...words.slice(0, 20).map(delta), completed(spoken)), { streaming: "off" })
      assert.deepStrictEqual(telegram.world.calls.map((call) => call.method), [
        "sendChatAction",
        "sendChatAction",
        "sendChatAction",
        "sendMessage"
      ])
    }))
})

describe("a turn that goes wrong", () => {
  it.effect("says that it starts over until there is as much as before, and leaves nothing of what is void", () =>
    Effect.gen(function*() {
      const restarted: TurnEvent = { _tag: "Restarted" }
      const long = "Void. ".repeat(200)
      const telegram = yield* shown(
        slowly(
          ...[long, long, long, long].map(delta),
          restarted,
          ...words.map(delta),
          completed(spoken)
        ),
        { maxResponseLength: 2000 }
      )
      assert.deepStrictEqual(telegram.texts(7), [spoken.trim()])
      const [states = []] = telegram.states(7)
      const shrunk = states.filter((state, n) => state.length < (states[n - 1]?.length ?? 0))
      assert.isAtLeast(shrunk.length, 1)
      assert.include(shrunk[0], "↻ The connection broke. Starting over.")
    }))

  it.effect("keeps all text before a failure, and says what happened and what to do", () =>
    Effect.gen(function*() {
      const failure = new CodexError.BackendUnavailable({ status: 503 })
      const turn = Stream.concat(slowly(...words.map(delta)), Stream.fail(failure))
      const telegram = yield* shown(turn)
      assert.deepStrictEqual(telegram.texts(7), [`${spoken.trim()}\n\n${LiveReply.failureText(failure, false)}`])
      assert.isUndefined(telegram.visible(7)[0]?.reply_markup)
    }))

  it.effect("that breaks inside of us is told as well, below what there was, and said in the log", () =>
    Effect.gen(function*() {
      const log = logged()
      const turn = Stream.concat(slowly(...words.slice(0, 8).map(delta)), Stream.die(new Error("a bug")))
      const telegram = yield* shown(turn).pipe(Effect.provide(log.layer))
      const [text = ""] = telegram.texts(7)
      assert.include(text, "Word 7")
      assert.include(text, "Something went wrong inside the bot.")
      assert.isUndefined(telegram.visible(7)[0]?.reply_markup)
      assert.include(log.lines.join("\n"), "An answer could not be shown.")
    }))

  it.effect("shows an answer that was complete when its bot was stopped", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make()
      const turn = Stream.concat(slowly(delta("The answer."), completed("The answer.")), Stream.never)
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({}), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, telegram.api))
      )
      yield* VirtualTelegram.pass(3000)
      const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* VirtualTelegram.pass(2000)
      yield* Fiber.join(interruption)
      assert.deepStrictEqual(telegram.texts(7), ["The answer."])
    }))

  it.effect("ends as interrupted when its bot is stopped, after three seconds also where a call hangs", () =>
    Effect.gen(function*() {
      const { calls, layer } = telegram()
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({}), Stream.concat(Stream.succeed(delta("Half")), Stream.never)).pipe(
          Effect.provideService(TelegramApi.TelegramApi, {
            ...layer,
            sendMessage: (to, content, options) =>
              content.text.includes("being stopped")
                ? Effect.uninterruptible(Effect.as(Effect.sleep("1 hour"), Option.none()))
                : layer.sendMessage(to, content, options),
            editMessage: () => Effect.uninterruptible(Effect.sleep("1 hour"))
          })
        )
      )
      yield* pass(3)
      assert.include(calls.at(-1) ?? "", "Half")
      const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* pass(2)
      assert.isUndefined(interruption.pollUnsafe())
      yield* pass(1)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    }))

  it.effect("ends as interrupted, too, when only its turn is: whoever answers is going away", () =>
    Effect.gen(function*() {
      const { calls, layer } = telegram()
      const turn = Stream.concat(Stream.succeed(delta("Half")), Stream.fromEffect(Effect.interrupt))
      const exit = yield* Effect.exit(
        LiveReply.show(placeWith({}), turn).pipe(Effect.provideService(TelegramApi.TelegramApi, layer))
      )
      assert.isTrue(Exit.hasInterrupts(exit))
      assert.include(calls.at(-1) ?? "", "The bot is being stopped")
    }))

  it.effect.each(["threadNotFound", "chatNotFound"] as const)(
    "previews stop at the first refusal that no other will be better than (%s)",
    (reason) =>
      Effect.gen(function*() {
        const { calls, layer } = telegram(
          Array.from(
            { length: 9 },
            () => new TelegramError.TelegramFailed({ method: "sendMessage", reason, code: 400 })
          )
        )
        const fiber = yield* Effect.forkChild(
          LiveReply.show(placeWith({}), Stream.concat(slowly(...words.slice(0, 20).map(delta)), Stream.never)).pipe(
            Effect.provideService(TelegramApi.TelegramApi, layer)
          )
        )
        yield* pass(25)
        assert.strictEqual(calls.filter((call) => !call.endsWith("typing")).length, 1)
        yield* Fiber.interrupt(fiber)
      })
  )

  it.effect("previews stop after three failures in a row, and the answer comes nevertheless", () =>
    Effect.gen(function*() {
      const telegram = yield* shown(
        slowly(...words.map(delta), completed(spoken)),
        {},
        {
          faults: FaultScript.make({
            rules: [{ on: "editMessageText", between: [1, 3], fault: FaultScript.answer({ status: 502 }) }]
          })
        }
      )
      assert.strictEqual(telegram.world.calls.filter((call) => call.method === "editMessageText").length, 4)
      assert.deepStrictEqual(telegram.texts(7), [spoken.trim()])
    }))

  it.effect("previews go on after three failures when one of them arrived in between", () =>
    Effect.gen(function*() {
      const telegram = yield* shown(
        slowly(...words.map(delta), completed(spoken)),
        { editInterval: "1 second" },
        {
          faults: FaultScript.make({
            rules: [
              { on: "editMessageText", between: [1, 2], fault: FaultScript.answer({ status: 502 }) },
              { on: "editMessageText", nth: 4, fault: FaultScript.answer({ status: 502 }) }
            ]
          })
        }
      )
      // Four until the third failure, and the answer: what is beyond that are previews behind it.
      assert.isAbove(telegram.world.calls.filter((call) => call.method === "editMessageText").length, 5)
    }))

  it.effect("a preview that somebody deleted is not shown again, and the answer comes as a new message", () =>
    Effect.gen(function*() {
      const gone = FaultScript.answer({ status: 400, message: "Bad Request: message to edit not found" })
      const telegram = yield* shown(
        slowly(...words.map(delta), completed(spoken)),
        {},
        { faults: FaultScript.make({ rules: [{ on: "editMessageText", between: [1, 100], fault: gone }] }) }
      )
      const methods = telegram.world.calls.map((call) => call.method).filter((method) => method !== "sendChatAction")
      // One edit of the preview, and one that would have made it the answer.
      assert.deepStrictEqual(methods.slice(0, 4), ["sendMessage", "editMessageText", "editMessageText", "sendMessage"])
      assert.strictEqual(telegram.texts(7).at(-1), spoken.trim())
    }))

  it.effect("an answer that Telegram did not confirm is not sent again, but is not passed over in silence", () =>
    Effect.gen(function*() {
      const telegram = yield* shown(
        Stream.succeed(completed("The answer.")),
        {},
        { faults: FaultScript.make({ rules: [{ on: "sendMessage", nth: 1, fault: FaultScript.cut("before") }] }) }
      ).pipe(Effect.provide(logged().layer))
      assert.deepStrictEqual(telegram.texts(7), [
        "⚠️ Telegram did not confirm the whole answer.\nIf a part of it is missing: /codex last shows it again."
      ])
    }))
})

describe("an answer that Telegram does not take", () => {
  const key = ConversationKey("user:7")

  /** Shows a turn while Telegram is away for so long from its last call on, and lets four minutes pass. */
  const away = (turn: Stream.Stream<TurnEvent, TurnError>, options: {
    readonly seconds: number
    /** What a call runs into. */
    readonly failure: TelegramError.TelegramFailed
    readonly from?: number
  }) =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({ paced: false })
      const until = (options.from ?? 0) * 1000 + options.seconds * 1000
      const guarded = <A>(call: Effect.Effect<A, TelegramError.TelegramFailed>) =>
        Effect.clockWith((clock) => {
          const now = clock.currentTimeMillisUnsafe()
          return now >= (options.from ?? 0) * 1000 && now < until ? Effect.fail(options.failure) : call
        })
      const { api } = telegram
      const fiber = yield* Effect.forkChild(
        LiveReply.show({ ...placeWith({}), conversation: key }, turn).pipe(
          Effect.provideService(TelegramApi.TelegramApi, {
            ...api,
            sendMessage: (...call) => guarded(api.sendMessage(...call)),
            editMessage: (...call) => guarded(api.editMessage(...call)),
            sendChatAction: (...call) => guarded(api.sendChatAction(...call)),
            sendDocument: (...call) => guarded(api.sendDocument(...call))
          })
        )
      )
      yield* VirtualTelegram.pass(240_000, 1000)
      yield* Fiber.join(fiber)
      const shown = telegram.texts(7)
      const wasKept = yield* LiveReply.again(chat, key).pipe(
        Effect.provideService(TelegramApi.TelegramApi, api),
        Effect.forkChild
      )
      yield* VirtualTelegram.pass(5000, 1000)
      return { shown, wasKept: yield* Fiber.join(wasKept), telegram }
    }).pipe(Effect.provide([logged().layer, Undelivered.layer]))

  const unsure = failureOf("sendMessage", { error_code: 502, description: "Bad Gateway" })
  const sure = failureOf("sendMessage", Object.assign(new Error("no"), { code: "ECONNREFUSED" }))
  const notice =
    "⚠️ Telegram did not confirm the whole answer.\nIf a part of it is missing: /codex last shows it again."

  it.effect("since nobody listens for 40 s arrives after that, once", () =>
    Effect.gen(function*() {
      const { shown, wasKept } = yield* away(Stream.succeed(completed("The answer.")), { seconds: 40, failure: sure })
      assert.deepStrictEqual(shown, ["The answer."])
      assert.isFalse(wasKept)
    }))

  it.effect("and that may have arrived is offered when Telegram is back after 40 s", () =>
    Effect.gen(function*() {
      const turn = Stream.succeed(completed("The answer."))
      const { shown, telegram, wasKept } = yield* away(turn, { seconds: 40, failure: unsure })
      assert.deepStrictEqual(shown, [notice])
      assert.isTrue(wasKept)
      assert.deepStrictEqual(telegram.texts(7), [notice, "The answer."])
    }))

  it.effect("though its beginning is there is edited into its final form after 40 s", () =>
    Effect.gen(function*() {
      const turn = slowly(...words.map(delta), completed(spoken))
      const { shown, wasKept } = yield* away(turn, { seconds: 40, failure: unsure, from: 5 })
      assert.deepStrictEqual(shown, [spoken.trim()])
      assert.isFalse(wasKept)
    }))

  it.effect.each([
    {
      name: "stopped",
      turn: Stream.succeed<TurnEvent>({
        _tag: "Completed",
        answer: { text: "Half", model: "m", usage: undefined, incomplete: "stopped", remembered: true }
      })
    },
    {
      name: "cut",
      turn: Stream.succeed<TurnEvent>({
        _tag: "Completed",
        answer: { text: "Half", model: "m", usage: undefined, incomplete: "cut", remembered: true }
      })
    },
    {
      name: "failed",
      turn: Stream.concat(Stream.make(delta("Half")), Stream.fail(new CodexError.BackendUnavailable({ status: 503 })))
    }
  ])("is kept when it was $name, too", ({ turn }) =>
    Effect.gen(function*() {
      const { telegram, wasKept } = yield* away(turn, { seconds: 2, failure: unsure })
      assert.isTrue(wasKept)
      assert.match(telegram.texts(7).at(-1) ?? "", /^Half\n\n(⏹|⚠️)/u)
    }))

  it.effect("of ten messages is not tried ten times over while nobody listens", () =>
    Effect.gen(function*() {
      const long = "and some words. ".repeat(2500)
      const { shown, telegram, wasKept } = yield* away(Stream.succeed(completed(long)), {
        seconds: 120,
        failure: sure
      })
      assert.deepStrictEqual(shown, [])
      assert.isTrue(wasKept)
      assert.isAtLeast(telegram.texts(7).length, 10)
    }))
})

describe("a context that can only reply", () => {
  it.effect("gets whole messages, split and formatted, and never an edit", () =>
    Effect.gen(function*() {
      const calls: Array<readonly [text: unknown, extra: unknown]> = []
      const api = TelegramApi.fromContext({
        reply: async (text: unknown, extra: unknown) => {
          calls.push([text, extra])
        }
      })
      const text = `**Bold** ${"and some words. ".repeat(400)}`
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({}), slowly(...words.map(delta), completed(text))).pipe(
          Effect.provideService(TelegramApi.TelegramApi, api)
        )
      )
      yield* pass(40)
      yield* Fiber.join(fiber)
      assert.strictEqual(calls.length, 2)
      assert.strictEqual(calls.map(([text]) => text).join(" "), text.replaceAll("**", "").trim())
      assert.deepInclude(calls[0]?.[1], { entities: [{ type: "bold", offset: 0, length: 4 }] })
    }))
})

describe("answers that did not arrive", () => {
  it.effect("are kept for a hundred conversations, the last of each; who had one longest loses it", () =>
    Effect.gen(function*() {
      const kept = yield* Undelivered.Undelivered
      const key = (n: number) => ConversationKey(`chat-${n}`)
      const has = (n: number) => Effect.map(kept.find(key(n)), Option.isSome)
      for (let n = 0; n < 100; n++) yield* kept.keep(key(n), [{ text: `${n}` }])
      yield* kept.keep(key(0), [{ text: "newer" }])
      yield* kept.keep(key(100), [{ text: "100" }])
      assert.deepStrictEqual(yield* Effect.forEach([0, 1, 2, 100], has), [true, false, true, true])
      assert.deepStrictEqual(yield* kept.find(key(0)), Option.some([{ text: "newer" }]))
    }).pipe(Effect.provide(Undelivered.layer)))
})

describe("sayStopped", () => {
  it.effect("does not wait for a call that is under way and cannot be interrupted", () =>
    Effect.gen(function*() {
      const { layer } = telegram()
      const told = yield* Effect.forkChild(
        LiveReply.sayStopped(chat).pipe(
          Effect.uninterruptible,
          Effect.provideService(TelegramApi.TelegramApi, {
            ...layer,
            sendMessage: () => Effect.uninterruptible(Effect.as(Effect.sleep("1 hour"), Option.none()))
          })
        )
      )
      yield* pass(4)
      assert.notStrictEqual(told.pollUnsafe(), undefined)
    }))

  it.effect("holds an interruption up for three seconds, and not longer", () =>
    Effect.gen(function*() {
      const { layer } = telegram()
      const turn = yield* Effect.forkChild(
        Effect.never.pipe(
          Effect.onInterrupt(() => LiveReply.sayStopped(chat)),
          Effect.provideService(TelegramApi.TelegramApi, { ...layer, sendMessage: () => Effect.never })
        )
      )
      yield* pass(1)
      const interruption = yield* Effect.forkChild(Fiber.interrupt(turn))
      yield* pass(2)
      assert.strictEqual(interruption.pollUnsafe(), undefined)
      yield* pass(1)
      yield* Fiber.join(interruption)
    }))
})

describe("an answer that meets a pause of five minutes while it grows", () => {
  const key = ConversationKey("user:7")

  const pause = FaultScript.answer({ status: 429, retryAfter: 300 })

  /** What is in the chat right behind the answer, and when the pause is over; meanwhile somebody may do something. */
  const paused = (
    { next, userId }: { readonly next?: FaultScript.Fault | undefined; readonly userId?: number } = {},
    meanwhile: (api: TelegramApi.Service) => Effect.Effect<unknown, never, Undelivered.Undelivered> = () => Effect.void
  ) =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({
        faults: FaultScript.make({
          rules: [
            { on: "editMessageText", nth: 3, fault: pause },
            ...next === undefined ? [] : [{ on: "sendMessage", nth: 2, fault: next }]
          ]
        })
      })
      const scope = yield* Effect.scope
      const fiber = yield* Effect.forkChild(
        LiveReply.show(
          {
            ...placeWith({}),
            ...userId !== undefined && { userId },
            conversation: key,
            afterwards: (work) => Effect.asVoid(Effect.forkIn(work, scope))
          },
          slowly(...words.map(delta), completed(spoken))
        ).pipe(Effect.provideService(TelegramApi.TelegramApi, telegram.api))
      )
      yield* VirtualTelegram.pass(60_000, 200)
      yield* Fiber.join(fiber)
      const before = telegram.texts(7)
      yield* meanwhile(telegram.api)
      yield* VirtualTelegram.pass(800_000, 2000)
      return { before, telegram, kept: yield* Undelivered.use(({ find }) => find(key)) }
    }).pipe(Effect.provide([logged().layer, Undelivered.layer]))

  it.effect.each([[false], [true]] as const)(
    "comes whole when it is over, once, with the word that it is late, in place of what grew (refused again: %s)",
    ([isRefusedAgain]) =>
      Effect.gen(function*() {
        const { before, kept, telegram } = yield* paused({ next: isRefusedAgain ? pause : undefined })
        assert.match(before.join(), /▍$/)
        const [text, ...more] = telegram.texts(7)
        assert.deepStrictEqual(more, [])
        assert.match(
          text ?? "",
          /^Word 0 of[^]*Word 59 of this answer\.\n\n⏳ This answer is late: it was ready (5|10) minutes/
        )
        assert.isUndefined(telegram.visible(7)[0]?.reply_markup)
        assert.deepStrictEqual(kept, Option.some(Option.none()))
      })
  )

  it.effect("is told to whoever asked when its topic is closed by then, and still there to be asked for", () =>
    Effect.gen(function*() {
      const closed = FaultScript.answer({ status: 400, message: "Bad Request: TOPIC_CLOSED" })
      const { kept, telegram } = yield* paused({ next: closed, userId: 7 })
      assert.match(telegram.texts(7).at(-1) ?? "", /^⚠️ The topic that you asked in is closed/)
      assert.isTrue(Option.isSome(Option.flatten(kept)))
    }))

  it.effect("comes at once where the pause is one of typing", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({
        faults: FaultScript.make({ rules: [{ on: "sendChatAction", nth: 1, fault: pause }] })
      })
      const fiber = yield* Effect.forkChild(
        LiveReply.show(placeWith({}), slowly(...words.map(delta), completed(spoken))).pipe(
          Effect.provideService(TelegramApi.TelegramApi, telegram.api)
        )
      )
      yield* VirtualTelegram.pass(60_000, 200)
      yield* Fiber.join(fiber)
      assert.match(telegram.texts(7).join(), /^Word 0 of[^]*Word 59 of this answer\.$/)
    }).pipe(Effect.provide([logged().layer, Undelivered.layer])))

  it.effect("does not come when it is forgotten by then, and nothing of it seems to grow", () =>
    Effect.gen(function*() {
      const { telegram } = yield* paused({}, () => Undelivered.use(({ forget }) => forget(key)))
      assert.deepStrictEqual(telegram.texts(7), [])
    }))
})
