/**
 * Answers as people see them grow, on the timeline of the Telegram double: in virtual time, and once over real sockets.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { BackendUnavailable } from "../../src/backend/BackendError.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import { ConversationKey } from "../../src/conversation/Message.ts"
import * as LiveReply from "../../src/telegram/reply/LiveReply.ts"
import * as RichText from "../../src/telegram/richtext/RichText.ts"
import { TelegramApi } from "../../src/telegram/TelegramApi.ts"
import { Reply } from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import { peakOf } from "../../src/testing/telegram/internal/timeline.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import { longAnswer, pieces } from "../fixtures/longAnswer.ts"
import { type DoorOptions, makeDoor } from "../support/door.ts"
import * as VirtualTelegram from "../support/virtualTelegram.ts"
import { type Setup, start } from "./stack.ts"

const { pass } = VirtualTelegram

type Telegram = Effect.Success<ReturnType<typeof VirtualTelegram.make>>

const places = {
  private: { chatId: 7, isPrivate: true },
  group: { chatId: -100, isPrivate: false }
}

/** Asks the scripted Codex and shows its answer; gives the fiber that does. */
const answering = Effect.fnUntraced(function*(
  telegram: Telegram,
  reply: TestCodex.Reply,
  options: DoorOptions = {},
  where: keyof typeof places = "private"
) {
  const { script } = yield* TestCodex.TestCodex
  const codex = yield* Codex
  yield* script(reply)
  const door = makeDoor(options)
  const { chatId, isPrivate } = places[where]
  const conversation = ConversationKey(where)
  return yield* Effect.forkChild(
    LiveReply.show(
      { destination: { chatId, threadId: undefined, replyTo: undefined }, isPrivate, messageId: 5, door },
      codex.stream({ text: "question", conversation, reasoningSummary: door.reasoning === "show" })
    ).pipe(Effect.provideService(TelegramApi, telegram.api)),
    { startImmediately: true }
  )
})

const withCodex = Effect.provide(TestCodex.layer({ turnTimeout: "10 minutes", maxRetries: 0 }))

const withoutCursor = (text: string): string => text.replace(/ ▍$/, "")
const bare = (text: string): string => withoutCursor(text).replace(/\s/g, "")

/** Marks that would show if Markdown were sent as it is. */
const outsideOfCode = (text: string): string => text.split("\n").filter((line) => !line.includes("value_")).join("\n")
const rawMarks = /\*\*|~~|`|\]\(|^#{1,3} |\|[-:]/m

describe("an answer of 12,000 characters", () => {
  const chats = [
    { where: "private" as const, chatId: 7, interval: 1100, messages: [3, 4] },
    { where: "group" as const, chatId: -100, interval: 3100, messages: [3, 4] }
  ]

  it.effect.each(chats)("grows in a $where chat within its limits and ends whole, in order, formatted, once", (
    { chatId, interval, messages, where }
  ) =>
    Effect.gen(function*() {
      assert.isAtLeast(longAnswer.length, 12_000)
      const telegram = yield* VirtualTelegram.make({ rateLimits: { privatePerSecond: 100 } })
      const fiber = yield* answering(
        telegram,
        TestCodex.deltas(pieces(longAnswer, 23), { every: "80 millis" }),
        {},
        where
      )
      yield* pass(50_000)
      yield* pass(20_000, 100)
      yield* Fiber.join(fiber)
      const { calls, timeline } = telegram.world

      const first = timeline.find((entry) => entry.kind === "sent")
      assert.isAtMost((first?.at ?? Infinity) - 80, interval)

      const timed = calls.filter((call) => call.method !== "sendChatAction")
      for (const seconds of [1, 10, 30]) {
        const most = where === "private" ? 3 + seconds : Math.min(20, 2 + seconds)
        assert.isAtMost(peakOf(timed, chatId, seconds * 1000), most, `in ${seconds} s`)
      }
      if (where === "group") assert.isAtMost(peakOf(calls, chatId, 60_000), 20)
      assert.deepStrictEqual(calls.filter((call) => call.answer?.ok !== true), [])
      assert.isAbove(calls.filter((call) => call.method === "editMessageText").length, 8)

      const shown = telegram.visible(chatId)
      assert.include(messages, shown.length)
      const rendered = RichText.render(longAnswer)
      assert.strictEqual(bare(shown.map((message) => message.text).join("\n")), bare(rendered.text))
      const formats = new Set(shown.flatMap((message) => message.entities ?? []).map(({ type }) => type))
      for (const type of ["bold", "italic", "code", "pre", "text_link", "strikethrough", "blockquote"]) {
        assert.isTrue(formats.has(type), type)
      }
      const languages = shown.flatMap((message) => message.entities ?? []).map((entity) => entity.language)
      assert.includeMembers(languages, ["ts", "python", "sql"])
      assert.deepStrictEqual(shown.filter((message) => message.reply_markup !== undefined), [])
      assert.notInclude(shown.map((message) => message.text).join(""), "▍")
      assert.deepStrictEqual(timeline.filter((entry) => entry.kind === "deleted"), [])

      for (const states of telegram.states(chatId)) {
        for (const [index, state] of states.entries()) {
          assert.notMatch(outsideOfCode(state), rawMarks)
          const before = withoutCursor(states[index - 1] ?? "")
          assert.isAtLeast(withoutCursor(state).length, before.length, `${before}\n--- became ---\n${state}`)
        }
      }
    }).pipe(withCodex))
})

const stopped = "⏹ Stopped."
const shutDown = "The bot is being stopped"

describe("an answer that ends before its time", () => {
  const half = "This much of the answer was written before it ended. "
  const slowly = TestCodex.deltas(Array.from({ length: 100 }, () => half), { every: "300 millis" })

  const moments = [0, 20, 100, 320, 700, 1400, 1440, 3000, 9000].map((at) => ({ at }))

  it.effect.each(moments)(
    "is aborted within 100 ms when its fiber is interrupted after $at ms, and says so",
    ({ at }) =>
      Effect.gen(function*() {
        const telegram = yield* VirtualTelegram.make()
        const codex = yield* TestCodex.TestCodex
        const fiber = yield* answering(telegram, slowly)
        yield* pass(at, 20)
        const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* pass(100, 10)
        assert.strictEqual(yield* codex.running, 0)
        yield* pass(5000)
        yield* Fiber.join(interruption)
        const texts = telegram.texts(7)
        assert.strictEqual(texts.length, 1)
        assert.include(texts[0], shutDown)
        assert.notInclude(texts[0], "▍")
        assert.isUndefined(telegram.visible(7)[0]?.reply_markup)
        if (at >= 1400) assert.include(texts[0], half.trim())
        assert.strictEqual((yield* codex.audit).at(-1)?.outcome, "stopped")
      }).pipe(withCodex)
  )

  it.effect.each(moments)(
    "is aborted within 100 ms when it is stopped after $at ms, keeps its text and says so",
    ({ at }) =>
      Effect.gen(function*() {
        const telegram = yield* VirtualTelegram.make()
        const test = yield* TestCodex.TestCodex
        const codex = yield* Codex
        const fiber = yield* answering(telegram, slowly)
        yield* pass(at, 20)
        assert.isTrue(yield* codex.stop(ConversationKey("private")))
        yield* pass(100, 10)
        assert.strictEqual(yield* test.running, 0)
        yield* pass(5000)
        yield* Fiber.join(fiber)
        const texts = telegram.texts(7)
        assert.strictEqual(texts.length, 1)
        assert.isTrue(texts[0]?.endsWith(stopped), texts[0])
        assert.notInclude(texts[0], "▍")
        assert.isUndefined(telegram.visible(7)[0]?.reply_markup)
        const said = texts[0]?.slice(0, -stopped.length) ?? ""
        if (at > 0) assert.strictEqual(bare(said), bare(half.repeat(Math.floor(at / 300))))
        assert.strictEqual((yield* test.audit).at(-1)?.outcome, "stopped")
        yield* pass(10_000, 500)
        assert.deepStrictEqual(telegram.texts(7), texts)
      }).pipe(withCodex)
  )
})

describe("a final that meets trouble", () => {
  const Call = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 }))
  const Trouble = Schema.Union([
    Schema.Struct({ kind: Schema.Literals(["before", "after", "lost", "badGateway"]), nth: Call }),
    Schema.Struct({ kind: Schema.Literal("flood"), nth: Call, seconds: Call }),
    Schema.Struct({ kind: Schema.Literals(["noEdit", "gone"]), nth: Call })
  ])
  const ruleOf = (trouble: typeof Trouble.Type): FaultScript.Rule => {
    const { kind, nth } = trouble
    switch (kind) {
      case "before":
        return { on: "*", nth, fault: FaultScript.cut("before") }
      case "after":
        return { on: "*", nth, fault: FaultScript.cut("after") }
      case "lost":
        return { on: "*", nth, fault: FaultScript.answer({ status: 502, at: "after" }) }
      case "badGateway":
        return { on: "*", nth, fault: FaultScript.answer({ status: 500 }) }
      case "flood":
        return { on: "*", nth, fault: FaultScript.answer({ status: 429, retryAfter: trouble.seconds }) }
      case "noEdit":
        return {
          on: "editMessageText",
          nth,
          fault: FaultScript.answer({ status: 400, message: "Bad Request: message can't be edited" })
        }
      case "gone":
        return {
          on: "editMessageText",
          nth,
          fault: FaultScript.answer({ status: 400, message: "Bad Request: message to edit not found" })
        }
    }
  }
  const Run = Schema.Struct({
    troubles: Schema.Array(Trouble).check(Schema.isMaxLength(3)),
    isLong: Schema.Boolean,
    fails: Schema.Boolean,
    streaming: Schema.Literals(["edit", "draft", "off"]),
    deleteAt: Schema.UndefinedOr(Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 3500 })))
  })

  const unconfirmed = "Telegram did not confirm"
  const failed = new BackendUnavailable({ status: 503 })
  const cut =
    "⚠️ The answer breaks off here: its time was up, it grew too long, or the connection was lost. Ask again for the rest."

  it.effect.prop(
    "is shown once and whole, with nothing stale beside it, whatever befalls the calls",
    [Run],
    ([{ deleteAt, fails, isLong, streaming, troubles }]) =>
      Effect.gen(function*() {
        const telegram = yield* VirtualTelegram.make({
          faults: FaultScript.make({ rules: troubles.map(ruleOf) })
        })
        const source = isLong ? longAnswer.slice(0, longAnswer.indexOf("## Part 5")) : "A **short** answer. ".repeat(20)
        const parts = pieces(source, Math.ceil(source.length / 40))
        const deltas = TestCodex.deltas(parts, { every: "100 millis" })
        const fiber = yield* answering(
          telegram,
          fails ? (request) => Stream.concat(Stream.dropRight(deltas(request), 2), Stream.fail(failed)) : deltas,
          { streaming }
        )
        if (deleteAt !== undefined) {
          yield* pass(deleteAt)
          const [message] = telegram.visible(7)
          if (message !== undefined) telegram.world.remove(deleteAt, message)
        }
        yield* pass(60_000)
        yield* pass(100_000, 1000)
        yield* Fiber.join(fiber)

        const texts = telegram.texts(7)
        const expected = bare(RichText.render(source).text) + (fails ? bare(cut) : "")
        const { calls } = telegram.world
        // A send that nobody answered: it may be there or not, and there is no id to clean it up by.
        const unanswered = calls.filter((call) =>
          call.method === "sendMessage" &&
          (call.answer === undefined || (!call.answer.ok && call.answer.error_code >= 500))
        ).length
        const answers = texts.filter((text) => !text.includes(unconfirmed))
        if (unanswered === 0) {
          assert.strictEqual(bare(texts.join("")), expected)
        } else {
          const ends = texts.filter((text) => expected.endsWith(bare(text).slice(-20)))
          assert.isAtMost(ends.length, 1, "two copies")
          // A preview that nobody knows of may stand between two parts.
          const isWhole = [answers, answers.filter((text) => !text.includes("▍"))]
            .some((texts) => bare(texts.join("")).includes(expected))
          assert.isTrue(isWhole || texts.length > answers.length || unanswered > 1, "silence")
          assert.isAtMost(answers.filter((text) => text.includes("▍")).length, unanswered)
        }
        if (unanswered === 0) {
          assert.deepStrictEqual(telegram.visible(7).filter((message) => message.reply_markup !== undefined), [])
        }
      }).pipe(withCodex),
    { arbitrary: { runs: 60 }, timeout: 60_000 }
  )
})

describe("where random pieces come from the model", () => {
  const Sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 400 }))).check(
    Schema.isMinLength(1)
  )
  const source = longAnswer.slice(0, longAnswer.indexOf("## Part 5"))

  it.effect.prop("the messages at the end are the same", [Sizes], ([sizes]) =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make()
      const cut: Array<string> = []
      for (let at = 0, n = 0; at < source.length; n++) {
        const size = Math.max(10, sizes[n % sizes.length] ?? 1)
        cut.push(source.slice(at, at + size))
        at += size
      }
      const fiber = yield* answering(telegram, TestCodex.deltas(cut, { every: "50 millis" }))
      yield* pass(Math.max(12_000, cut.length * 55 + 6000), 100)
      yield* Fiber.join(fiber)
      const once = yield* VirtualTelegram.make()
      const other = yield* answering(once, TestCodex.text(source), { streaming: "off" })
      yield* pass(6000)
      yield* Fiber.join(other)
      const shown = (from: Telegram) => from.visible(7).map(({ entities, text }) => ({ entities, text }))
      assert.isAbove(shown(once).length, 1)
      assert.deepStrictEqual(shown(telegram), shown(once))
    }).pipe(withCodex), { arbitrary: { runs: 8 }, timeout: 60_000 })
})

describe("what a person sees while nothing is visible", () => {
  it.effect("is that the bot types, every four seconds, and no more once there is a text", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make()
      const reply: TestCodex.Reply = (request) =>
        Stream.concat(
          Stream.drain(Stream.fromEffect(Effect.sleep("9 seconds"))),
          TestCodex.deltas(Array.from({ length: 40 }, (_, n) => `Sentence ${n} of it. `), { every: "500 millis" })(
            request
          )
        )
      const fiber = yield* answering(telegram, reply)
      yield* pass(40_000)
      yield* Fiber.join(fiber)
      const acted = telegram.world.timeline.filter((entry) => entry.kind === "action").map((entry) => entry.at)
      assert.deepStrictEqual(acted, [40, 4080, 8080])
    }).pipe(withCodex))

  it.effect("a token that was revoked is not tried again and again", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({
        faults: FaultScript.make({ rules: [{ on: "*", fault: FaultScript.answer({ status: 401 }) }] })
      })
      const fiber = yield* answering(
        telegram,
        TestCodex.deltas(Array.from({ length: 60 }, () => "Some words more. "), { every: "500 millis" })
      )
      yield* pass(40_000)
      yield* Fiber.join(fiber)
      assert.isAtMost(telegram.world.calls.length, 10)
    }).pipe(withCodex))

  it.effect("a flood refusal in one chat does not hold up another", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({
        faults: FaultScript.make({
          rules: [{ on: "sendMessage", nth: 1, fault: FaultScript.answer({ status: 429, retryAfter: 30 }) }]
        })
      })
      const words = TestCodex.deltas(Array.from({ length: 20 }, () => "Some words more. "), { every: "300 millis" })
      const refused = yield* answering(telegram, words, {}, "group")
      yield* pass(2000)
      assert.deepStrictEqual(telegram.texts(-100), [])
      const other = yield* answering(telegram, words)
      yield* pass(9000)
      yield* Fiber.join(other)
      assert.strictEqual(telegram.texts(7).length, 1)
      assert.deepStrictEqual(telegram.texts(-100), [])
      yield* pass(60_000, 200)
      yield* Fiber.join(refused)
      assert.deepStrictEqual(telegram.texts(-100), telegram.texts(7))
    }).pipe(withCodex))
})

describe("a native draft", () => {
  const words = Array.from({ length: 100 }, (_, n) => `Word ${n} of the answer. `)
  const drafts = (telegram: Telegram) => telegram.world.calls.filter((call) => call.method === "sendMessageDraft")

  it.effect("shows the answer while it grows under one id, is kept alive, and ends as one message", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make()
      const reply: TestCodex.Reply = (request) =>
        Stream.concat(
          Stream.flatMap(
            Stream.dropRight(TestCodex.deltas(words.slice(0, 10), { every: "200 millis" })(request), 2),
            (event) => Stream.succeed(event)
          ),
          Stream.concat(
            Stream.drain(Stream.fromEffect(Effect.sleep("50 seconds"))),
            TestCodex.deltas(words.slice(10), { every: "50 millis" })(request)
          )
        )
      const fiber = yield* answering(telegram, reply, { streaming: "draft" })
      yield* pass(70_000, 100)
      yield* Fiber.join(fiber)
      assert.isAtLeast(drafts(telegram).length, 6)
      for (const { payload } of drafts(telegram)) {
        assert.strictEqual(payload["draft_id"], 5)
        assert.strictEqual(payload["can_stop"], true)
      }
      const { timeline } = telegram.world
      const sent = timeline.findIndex((entry) => entry.kind === "sent")
      const vanished = timeline.flatMap((entry, index) => entry.kind === "vanished" ? [index] : [])
      assert.deepStrictEqual(vanished, [sent - 1], "the draft was never gone before its message came")
      assert.strictEqual(timeline.filter((entry) => entry.kind === "drafted").at(-1)?.text.endsWith("▍"), true)
      assert.deepStrictEqual(timeline.slice(sent).filter((entry) => entry.kind === "drafted"), [])
      assert.strictEqual(telegram.texts(7).length, 1)
      assert.deepStrictEqual(timeline.filter((entry) => entry.kind === "edited"), [])
    }).pipe(withCodex))

  it.effect.each([
    { name: "does not know the method", fault: FaultScript.answer({ status: 404 }) },
    { name: "refuses it", fault: FaultScript.answer({ status: 400 }) },
    { name: "limits it", fault: FaultScript.answer({ status: 429, retryAfter: 2 }) },
    { name: "cuts the line", fault: FaultScript.cut() }
  ])("gives way to edits for the rest of the turn where Telegram $name", ({ fault }) =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({
        faults: FaultScript.make({ rules: [{ on: "sendMessageDraft", nth: 2, fault }] })
      })
      const fiber = yield* answering(telegram, TestCodex.deltas(words, { every: "100 millis" }), { streaming: "draft" })
      yield* pass(20_000)
      yield* Fiber.join(fiber)
      assert.strictEqual(drafts(telegram).length, 2)
      const edits = telegram.world.calls.filter((call) => call.method === "editMessageText")
      assert.isAtLeast(edits.length, 4)
      for (const [n, edit] of edits.slice(0, -1).entries()) {
        assert.isAtLeast(edit.at - (edits[n - 1]?.at ?? 0), n === 0 ? 0 : 1000)
      }
      assert.deepStrictEqual(telegram.texts(7), [words.join("").trim()])
    }).pipe(withCodex))

  it.effect("is not for groups", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make()
      const fiber = yield* answering(
        telegram,
        TestCodex.deltas(words, { every: "100 millis" }),
        { streaming: "draft" },
        "group"
      )
      yield* pass(20_000)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(drafts(telegram), [])
      assert.deepStrictEqual(telegram.texts(-100), [words.join("").trim()])
    }).pipe(withCodex))
})

describe("over real sockets, with Telegraf", () => {
  const quick = { paced: false, editIntervalMs: 40, firstTextDelayMs: 20 }
  const half = Array.from({ length: 40 }, (_, n) => `Sentence ${n} of this. `)
  const started = Effect.fnUntraced(function*(plugin: Setup["plugin"] = {}) {
    const stack = yield* start({ plugin: { ...quick, ...plugin } })
    yield* stack.server.script(Reply.deltas(half))
    yield* stack.server.failNext("responses", FaultScript.stall({ pieces: 20, of: "output_text.delta" }))
    yield* stack.ada.chat.send("Tell me.")
    return stack
  })
  const part = half.slice(0, 20).join("").trim()

  it.live("a long answer grows and ends as it does in virtual time", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin: quick })
      const source = longAnswer.slice(0, longAnswer.indexOf("## Part 5"))
      yield* server.script(Reply.deltas(pieces(source, 60)))
      yield* server.failNext("responses", FaultScript.trickle())
      yield* ada.chat.send("Tell me all.")
      const rendered = RichText.render(source)
      yield* ada.chat.waitFor((message) =>
        message.reply_markup === undefined && message.text !== undefined &&
        bare(rendered.text).endsWith(bare(message.text).slice(-100))
      )
      const shown = (yield* ada.chat.messages).filter((message) => message.from.id === telegram.bot.id)
      assert.strictEqual(bare(shown.map((message) => message.text).join("")), bare(rendered.text))
      const calls = yield* telegram.calls
      assert.isAtLeast(calls.filter((call) => call.method === "editMessageText").length, 3)
      assert.deepStrictEqual(
        calls.filter((call) => call.answer?.ok !== true && call.method !== "getUpdates").map((call) => call.method),
        []
      )
      for (const { message_id } of shown) {
        const states = yield* ada.chat.statesOf(message_id)
        for (const [n, { text }] of states.entries()) {
          assert.isAtLeast(withoutCursor(text).length, withoutCursor(states[n - 1]?.text ?? "").length)
        }
      }
    }))

  it.live(
    "an answer beyond a million characters ends as cut, with a note below, and so does its request",
    () =>
      Effect.gen(function*() {
        const { ada, server, telegram } = yield* start({ plugin: { ...quick, paced: false, streaming: "off" } })
        const sentence = "One more sentence of an answer that does not end. "
        yield* server.script(Reply.deltas(Array.from({ length: 1500 }, () => sentence.repeat(20))))
        yield* ada.chat.send("Tell me all.")
        const last = yield* ada.chat.waitFor((message) => message.text?.includes("it grew too long") === true)
        yield* server.awaitOpenStreams(0)
        assert.match(last.text ?? "", /not end\.\n\n⚠️ The answer breaks off here: .* Ask again for the rest\.$/)
        const shown = (yield* ada.chat.messages).filter((message) => message.from.id === telegram.bot.id)
        const length = shown.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
        assert.isAbove(length, 990_000)
        assert.isBelow(length, 1_200_000)
      })
  )

  it.live("the button under a running answer stops it, and the request", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* started()
      const running = yield* ada.chat.waitFor((message) => message.text === `${part} ▍`)
      const press = yield* ada.chat.press(running.message_id, "codex:stop")
      assert.deepStrictEqual(yield* press.answer, { text: "Stopped." })
      yield* server.awaitOpenStreams(0)
      const ended = yield* ada.chat.botText(`${part}\n\n⏹ Stopped.`)
      assert.strictEqual(ended.message_id, running.message_id)
      assert.isUndefined(ended.reply_markup)
    }))

  it.live("so does the command, and says nothing of its own", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* started()
      yield* ada.chat.waitFor((message) => message.text === `${part} ▍`)
      yield* ada.chat.send("/codex stop")
      yield* ada.chat.botText(`${part}\n\n⏹ Stopped.`)
      yield* server.awaitOpenStreams(0)
      yield* ada.chat.send("/codex stop")
      yield* ada.chat.botText("Nothing is being answered here.")
      const shown = (yield* ada.chat.messages).filter((message) => message.from.id === telegram.bot.id)
      assert.strictEqual(shown.length, 2)
    }))

  it.live("so does the Stop button of a native draft, and the text becomes a message", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* started({ streaming: "draft" })
      yield* ada.chat.waitForDraft((draft) => draft.text === `${part} ▍`)
      yield* ada.chat.stop
      yield* ada.chat.botText(`${part}\n\n⏹ Stopped.`)
      yield* server.awaitOpenStreams(0)
      assert.isUndefined(yield* ada.chat.draft)
      const calls = yield* telegram.calls
      assert.deepStrictEqual(calls.filter((call) => call.method === "editMessageText"), [])
    }))

  it.live(
    "that flows longer than timeoutMs arrives whole: the limit is for its beginning",
    () =>
      Effect.gen(function*() {
        const { ada, server } = yield* start({ plugin: { ...quick, timeoutMs: 400 }, provider: { timeoutMs: 400 } })
        const words = Array.from({ length: 4 }, (_, n) => `word${n} `)
        yield* server.script(Reply.deltas(words))
        yield* server.failNext("responses", FaultScript.trickle("1 millis"))
        yield* ada.chat.send("Take your time.")
        yield* ada.chat.botText(words.join("").trim())
      })
  )

  it.live(
    "that does not end by maxTurnMs is cut, and says so below; its request is gone",
    () =>
      Effect.gen(function*() {
        const { ada, server } = yield* started({ maxTurnMs: 1500 })
        const ended = yield* ada.chat.botText(/The answer breaks off here/)
        assert.isTrue(ended.text?.startsWith(`${part}\n\n⚠️ The answer breaks off here`))
        assert.isUndefined(ended.reply_markup)
        yield* server.awaitOpenStreams(0)
      })
  )

  it.live("a bot that goes away says so below the text, and ends the request", () =>
    Effect.gen(function*() {
      const { ada, middleware, server } = yield* started({ drainMs: 0 })
      yield* ada.chat.waitFor((message) => message.text === `${part} ▍`)
      yield* Effect.promise(() => middleware.dispose())
      yield* server.awaitOpenStreams(0)
      const ended = yield* ada.chat.botText(new RegExp(`${shutDown}.*\\n.*ask again`))
      assert.isTrue(ended.text?.startsWith(part))
      assert.isUndefined(ended.reply_markup)
    }))
})
