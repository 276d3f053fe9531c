/**
 * Guest mode, as a real Telegraf bot has it from the Telegram double: summoned where it is no member.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { afterEach, vi } from "vitest"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import type * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as Files from "../support/files.ts"
import * as PolledBot from "../support/polledBot.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const { begun, gate } = PolledBot

const summons = "@codex_test_bot who was Ada?"

/** Ada and Bob in a group that the bot is not in. */
const start = (options: PolledBot.Options = {}) =>
  Effect.gen(function*() {
    const { emulator, ...manners } = options
    const found = yield* PolledBot.start({
      guests: true,
      botUsername: undefined,
      ...manners,
      emulator: { guestMode: true, ...emulator }
    })
    const group = yield* found.telegram.group({ title: "There", id: -600, bot: "absent" })
    const { ada, bob } = found
    return { ...found, group, there: ada.in(group), bobThere: bob.in(group) }
  })

const seen = (text: RegExp) => (message: TelegramEmulator.Message) => text.test(message.text ?? "")

/** What the bot has said in a place by now. */
const said = PolledBot.textsOf

const answeredAt = (there: TelegramEmulator.Conversation, question: number) =>
  Effect.map(
    there.messages,
    (messages) =>
      messages.flatMap(({ from, reply_to_message, text }) =>
        from.is_bot && reply_to_message?.message_id === question ? [text] : []
      )
  )

const callsOf = (telegram: TelegramEmulator.Service, method: string) =>
  Effect.map(telegram.calls, (calls) => calls.filter((call) => call.method === method))

describe("a guest's question", () => {
  it.live("without the option gets no answer, and costs nothing", () =>
    Effect.gen(function*() {
      const { ada, bob, requests, telegram, there } = yield* start({ guests: false })
      yield* there.send(summons)
      yield* ada.chat.send("hello")
      yield* ada.chat.botText("Echo: hello")
      assert.deepStrictEqual(yield* said(there), [])
      assert.deepStrictEqual(yield* callsOf(telegram, "answerGuestQuery"), [])
      assert.lengthOf(yield* requests, 1)
      assert.deepStrictEqual(yield* bob.chat.messages, [])
    }))

  it.live("is answered at once, in one message that then becomes the answer", () =>
    Effect.gen(function*() {
      const { ada, asked, questions, telegram, there } = yield* start()
      const [lunch] = yield* there.send("lunch at one?")
      yield* there.send("@codex_test_bot what did she write?", { replyTo: lunch?.message_id ?? 0 })
      const answer = yield* there.waitFor(seen(/^Echo: /))
      assert.match((yield* questions)[0] ?? "", /In reply to "Ada"[^]*> lunch at one\?\n\nwhat did she write\?$/)
      assert.deepStrictEqual((yield* there.statesOf(answer.message_id)).map(({ text }) => text), [
        "…",
        answer.text
      ])
      assert.deepStrictEqual(yield* said(there), [answer.text])
      // There is no history: the chat may have the number of another one.
      yield* there.send("@codex_test_bot and then?")
      yield* there.botText("Echo: and then?")
      assert.deepStrictEqual((yield* asked).map((items) => items.length), [1, 1])
      const [first] = (yield* telegram.calls).filter(({ method }) =>
        method !== "getUpdates" && method !== "getMe" &&
        method !== "deleteWebhook"
      )
      assert.strictEqual(first?.method, "answerGuestQuery")
      assert.deepStrictEqual(yield* ada.chat.messages, [])
    }))

  it.live.each(["grammY", "VibeGram"] as const)(
    "is answered and stopped by a bot of %s, too",
    (framework) =>
      Effect.gen(function*() {
        // VibeGram does not know the name of its bot.
        const { script, there } = yield* start({ framework, botUsername: "codex_test_bot" })
        yield* there.send(summons)
        yield* there.botText("Echo: who was Ada?")
        const { reply } = yield* gate
        yield* script(reply)
        yield* there.send(summons)
        const growing = yield* there.waitFor(begun)
        const data = growing.reply_markup?.inline_keyboard?.[0]?.[0]?.callback_data ?? ""
        yield* there.press(growing.message_id, data)
        yield* there.waitFor(seen(/⏹ Stopped\.$/))
      })
  )

  it.live("about a picture comes with the picture that it replies to", () =>
    Effect.gen(function*() {
      const { bobThere, requests, there } = yield* start()
      const photo = yield* bobThere.sendPhoto({ bytes: Files.png(4, 4), caption: "our cat" })
      yield* there.send("@codex_test_bot what is it?", { replyTo: photo.message_id })
      yield* there.waitFor(seen(/what is it\?/))
      assert.include(JSON.stringify((yield* requests)[0]?.input.at(-1)), "data:image/")
    }))

  it.live("about a file that cannot be read is told so, above the answer", () =>
    Effect.gen(function*() {
      const { bobThere, there } = yield* start()
      const film = yield* bobThere.sendFile("video", { caption: "our cat" })
      yield* there.send("@codex_test_bot what is it?", { replyTo: film.message_id })
      const answer = yield* there.waitFor(seen(/what is it\?/))
      assert.match(answer.text ?? "", /^⚠️ [^\n]*video[^]*\n\nEcho: /)
      assert.lengthOf(yield* said(there), 1)
    }))

  it.live("grows while it is written, with a Stop that keeps what there is", () =>
    Effect.gen(function*() {
      const { ada, bobThere, script, running, there } = yield* start()
      const { reply } = yield* gate
      yield* script(reply)
      yield* there.send(summons)
      const growing = yield* there.waitFor(begun)
      const data = growing.reply_markup?.inline_keyboard?.[0]?.[0]?.callback_data ?? ""
      const other = yield* bobThere.press(growing.message_id, data)
      assert.strictEqual((yield* other.answer).text, "Nothing of yours is being answered here.")
      const press = yield* there.press(growing.message_id, data)
      assert.strictEqual((yield* press.answer).text, "Stopped.")
      const stopped = yield* there.waitFor(seen(/⏹ Stopped\.$/))
      assert.match(
        stopped.text ?? "",
        /^The answer begins, and its beginning is long enough to be shown\.\s+⏹ Stopped\.$/
      )
      assert.isUndefined(stopped.reply_markup)
      assert.strictEqual(stopped.message_id, growing.message_id)
      assert.strictEqual(yield* running, 0)
      assert.deepStrictEqual(yield* ada.chat.messages, [])
    }))

  it.live("that fails ends in what happened", () =>
    Effect.gen(function*() {
      const { there } = yield* start({ codex: { maxPromptLength: 10 } })
      yield* there.send(`@codex_test_bot ${"long ".repeat(10)}`)
      const failed = yield* there.waitFor(seen(/^⚠️/))
      assert.match(failed.text ?? "", /too long/)
      assert.lengthOf(yield* said(there), 1)
    }))

  it.live("with an answer that is too long for a message gets its beginning, and is told so", () =>
    Effect.gen(function*() {
      const { script, there } = yield* start()
      yield* script(TestCodex.deltas(["**word** ".repeat(400), "more ".repeat(1500)]))
      yield* there.send(summons)
      const answer = yield* there.waitFor(seen(/\[Response truncated\]$/))
      assert.isAtMost(answer.text?.length ?? 0, 4096)
      assert.lengthOf(yield* said(there), 1)
    }))

  it.live.each([
    {
      what: "has as many marks as two messages",
      text: "**word** _word_ ".repeat(80),
      begins: /^word word/,
      marks: 100
    },
    { what: "just fits", text: `${"x".repeat(4000)} ${"y".repeat(80)}`, begins: /^x+ y{80}$/, marks: 0 }
  ])(
    "with an answer that $what gets all of its words in one message",
    ({ begins, marks, text }) =>
      Effect.gen(function*() {
        const { script, there } = yield* start()
        yield* script(TestCodex.deltas([text]))
        yield* there.send(summons)
        const length = text.replace(/[*_]/g, "").trim().length
        const answer = yield* there.waitFor((message) => message.text?.length === length)
        assert.match(answer.text ?? "", begins)
        assert.lengthOf(answer.entities ?? [], marks)
      })
  )

  it.live("of a stranger is met with silence, also in the chat of two people, and costs nothing", () =>
    Effect.gen(function*() {
      const { ada, bob, requests, telegram, there } = yield* start({ allowedUserIds: [8] })
      yield* there.send(summons)
      yield* ada.with(bob).send(summons)
      // Bob may.
      yield* bob.with(ada).send(summons)
      yield* bob.with(ada).botText("Echo: who was Ada?")
      assert.lengthOf(yield* requests, 1)
      assert.lengthOf(yield* callsOf(telegram, "answerGuestQuery"), 1)
      assert.deepStrictEqual(yield* callsOf(telegram, "sendMessage"), [])
      assert.deepStrictEqual([yield* said(there), yield* said(ada.chat), yield* said(bob.chat)], [[], [], []])
    }))

  it.live("in the chat of two people has nothing to do with the chats that the bot has with them", () =>
    Effect.gen(function*() {
      const { ada, bob, script, there: _ } = yield* start()
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* ada.with(bob).send(summons)
      yield* ada.with(bob).waitFor(begun)
      // What the bot is told of that chat is Bob's number.
      yield* bob.block
      yield* bob.unblock
      yield* bob.chat.send("/codex stop")
      yield* bob.chat.botText("Nothing is being answered here.")
      yield* open
      yield* ada.with(bob).botText(/The end\.$/)
      assert.deepStrictEqual(yield* said(ada.chat), [])
    }))

  it.live("whose answer is refused is not asked", () =>
    Effect.gen(function*() {
      const { logged, requests, telegram, there } = yield* start()
      yield* telegram.failNext(
        "answerGuestQuery",
        {
          _tag: "Answer",
          status: 400,
          message: "Bad Request: query is too old and response timeout expired or query ID is invalid"
        }
      )
      yield* there.send(summons)
      yield* telegram.waitForCall(({ method }) => method === "answerGuestQuery")
      yield* there.send("@codex_test_bot again?")
      yield* there.botText("Echo: again?")
      assert.lengthOf(yield* requests, 1)
      assert.lengthOf(logged.filter((line) => line.includes("could not be delivered")), 1)
    }))

  it.live.each([
    { what: "the answer", method: "answerGuestQuery", fault: FaultScript.answer({ status: 502 }) },
    { what: "an edit", method: "editMessageText", fault: FaultScript.answer({ status: 502 }) },
    { what: "an edit of which nobody hears", method: "editMessageText", fault: FaultScript.cut("after") },
    { what: "an edit", method: "editMessageText", fault: FaultScript.answer({ status: 429, retryAfter: 1 }) }
  ])("is answered all the same when $what fails for a moment", ({ fault, method }) =>
    Effect.gen(function*() {
      const { requests, telegram, there } = yield* start()
      yield* telegram.failNext(method, fault)
      yield* there.send(summons)
      yield* there.botText("Echo: who was Ada?")
      assert.lengthOf(yield* said(there), 1)
      assert.lengthOf(yield* requests, 1)
    }))

  it.live("whose message is deleted meanwhile ends there", () =>
    Effect.gen(function*() {
      const { ada, script, telegram, there } = yield* start()
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* there.send(summons)
      yield* there.remove((yield* there.waitFor(begun)).message_id)
      yield* open
      yield* ada.chat.send("hello")
      yield* ada.chat.botText("Echo: hello")
      assert.deepStrictEqual([yield* said(there), yield* said(ada.chat)], [[], ["Echo: hello"]])
      const gone = (yield* callsOf(telegram, "editMessageText")).filter(({ answer }) => answer?.ok === false)
      assert.isAtMost(gone.length, 3)
    }))

  it.live("that comes twice gets one answer", () =>
    Effect.gen(function*() {
      const { bot, requests, telegram, there } = yield* start()
      yield* there.send(summons)
      yield* there.botText("Echo: who was Ada?")
      yield* Effect.promise(async () => bot.again?.())
      yield* there.send("@codex_test_bot again?")
      yield* there.botText("Echo: again?")
      assert.lengthOf(yield* requests, 2)
      assert.lengthOf(yield* callsOf(telegram, "answerGuestQuery"), 2)
    }))

  it.live("of two people at once is answered side by side", () =>
    Effect.gen(function*() {
      const { bobThere, script, there } = yield* start()
      const { open, reply } = yield* gate
      yield* script(reply)
      const [question] = yield* there.send(summons)
      yield* there.waitFor(begun)
      const [other] = yield* bobThere.send("@codex_test_bot who was Bob?")
      yield* there.botText("Echo: who was Bob?")
      yield* open
      yield* there.botText(/The end\.$/)
      assert.match(String(yield* answeredAt(there, question?.message_id ?? 0)), /The end\.$/)
      assert.deepStrictEqual(yield* answeredAt(there, other?.message_id ?? 0), ["Echo: who was Bob?"])
    }))

  it.live("waits for others by the same person; a Stop drops it, and says so in its place", () =>
    Effect.gen(function*() {
      const { requests, script, there } = yield* start({ waitingNoticeMs: 20 })
      const { reply } = yield* gate
      yield* script(reply)
      yield* there.send(summons)
      const growing = yield* there.waitFor(begun)
      const [next] = yield* there.send("@codex_test_bot and Bob?")
      yield* there.botText("⏳ This has to wait for other answers.")
      const press = yield* there.press(
        growing.message_id,
        growing.reply_markup?.inline_keyboard?.[0]?.[0]?.callback_data ?? ""
      )
      assert.strictEqual((yield* press.answer).text, "Stopped. One waiting prompt is dropped.")
      yield* there.waitFor(({ message_id, text = "" }) => message_id !== growing.message_id && text === "⏹ Stopped.")
      assert.deepStrictEqual(yield* answeredAt(there, next?.message_id ?? 0), ["⏹ Stopped."])
      assert.lengthOf(yield* requests, 1)
    }))

  it.live("is within the bounds of all answers: it waits for a place, and one too many is told so", () =>
    Effect.gen(function*() {
      const { ada, requests, script, there } = yield* start({ maxTurns: 1, maxWaiting: 1, waitingNoticeMs: "off" })
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* ada.chat.send("slowly, please")
      yield* ada.chat.waitFor(begun)
      const [first] = yield* there.send("@codex_test_bot one?")
      yield* there.botText("…")
      const [second] = yield* there.send("@codex_test_bot two?")
      yield* there.botText(/Too many messages are waiting here/)
      assert.lengthOf(yield* requests, 1)
      yield* open
      yield* there.botText("Echo: one?")
      assert.deepStrictEqual(yield* answeredAt(there, first?.message_id ?? 0), ["Echo: one?"])
      assert.match(String(yield* answeredAt(there, second?.message_id ?? 0)), /^⚠️ Too many/)
    }))

  it.live("ends with a word where the bot is being stopped, answered or waiting", () =>
    Effect.gen(function*() {
      const there = yield* Effect.scoped(Effect.gen(function*() {
        const { script, there } = yield* start({ waitingNoticeMs: "off" })
        const { reply } = yield* gate
        yield* script(reply)
        yield* there.send(summons)
        yield* there.waitFor(begun)
        for (const who of ["Bob", "Cyd"]) yield* there.send(`@codex_test_bot and ${who}?`)
        yield* there.waitFor(({ text }) => text === "…")
        yield* Effect.repeat(said(there), { until: (texts) => texts.length === 3 })
        return there
      }))
      const texts = yield* said(there)
      assert.lengthOf(texts, 3)
      assert.isTrue(texts.every((text) => /The bot is being stopped/.test(text)), texts.join("\n"))
    }))
})
