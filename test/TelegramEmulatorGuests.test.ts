/**
 * Guest mode of the Telegram double: as the public Bot API server has it (`Client.cpp` of tdlib/telegram-bot-api).
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { button, setUp } from "./support/telegramWire.ts"

const summons = "@codex_test_bot who was Ada?"
const article = (message_text: string, more: object = {}) => ({
  type: "article",
  id: "1",
  title: "answer",
  input_message_content: { message_text, ...more }
})

/** A group that the bot is not in. */
const elsewhere = (options: Parameters<typeof setUp>[0] = { guestMode: true }) =>
  Effect.gen(function*() {
    const found = yield* setUp(options)
    const group = yield* found.telegram.group({ title: "There", id: -600, bot: "absent" })
    return { ...found, group, there: found.ann.in(group) }
  })

describe("guest mode", () => {
  it.live("a bot is told of a message that names it where it is no member, and of nothing else that is said there", () =>
    Effect.gen(function*() {
      const { ann, call, telegram, there } = yield* elsewhere()
      assert.isTrue((yield* call("getMe")).result.supports_guest_queries)
      const [said] = yield* there.send("lunch?")
      yield* there.send("/codex@codex_test_bot hello")
      yield* there.send(summons, { replyTo: said?.message_id ?? 0 })
      yield* there.edit(said?.message_id ?? 0, "@codex_test_bot lunch?")
      yield* there.react(said?.message_id ?? 0, "👍")
      const updates = (yield* call("getUpdates")).result
      assert.lengthOf(updates, 1)
      const [{ guest_message: guest }] = updates
      assert.deepInclude(guest, {
        text: summons,
        from: ann.user,
        chat: { id: -600, type: "supergroup", title: "There" }
      })
      assert.strictEqual(guest.reply_to_message.text, "lunch?")
      assert.match(guest.guest_query_id, /^\d+$/)
      assert.strictEqual(yield* telegram.pendingUpdates, 1)
    }))

  it.live("a bot without the mode hears nothing there", () =>
    Effect.gen(function*() {
      const { call, there } = yield* elsewhere({})
      assert.isFalse((yield* call("getMe")).result.supports_guest_queries)
      yield* there.send(summons)
      assert.deepStrictEqual((yield* call("getUpdates")).result, [])
    }))

  it.live("a bot that comes in is told all that is said, and summoned no more", () =>
    Effect.gen(function*() {
      const { call, group, there } = yield* elsewhere()
      yield* group.setBot("member")
      yield* there.send(summons)
      const kinds = (yield* call("getUpdates")).result.map((update: object) => Object.keys(update)[1])
      assert.deepStrictEqual(kinds, ["my_chat_member", "message", "message"])
    }))

  it.live("an answer is a message that replies to its question, and is edited by its inline id", () =>
    Effect.gen(function*() {
      const { ann, call, there } = yield* elsewhere()
      const [question] = yield* there.send(summons)
      const answer = yield* call("answerGuestQuery", {
        guest_query_id: "6000000001",
        result: article("<b>…</b>", { parse_mode: "HTML" })
      })
      const id: string = answer.result.inline_message_id
      assert.deepStrictEqual(Object.keys(answer.result), ["inline_message_id"])
      const shown = yield* there.nextBotMessage
      assert.deepInclude(shown, {
        text: "…",
        entities: [{ type: "bold", offset: 0, length: 1 }],
        guest_bot_caller_user: ann.user
      })
      assert.strictEqual(shown.reply_to_message?.message_id, question?.message_id)
      const edited = yield* call("editMessageText", {
        inline_message_id: id,
        text: "Ada wrote programs.",
        reply_markup: button("more")
      })
      assert.strictEqual(edited.result, true)
      assert.strictEqual((yield* there.botText(/programs/)).message_id, shown.message_id)
      const { id: query } = yield* there.press(shown.message_id, "more")
      const [, { callback_query: pressed }] = (yield* call("getUpdates")).result
      assert.deepInclude(pressed, { id: query, data: "more", inline_message_id: id })
      assert.isFalse("message" in pressed)
      assert.isTrue((yield* call("editMessageReplyMarkup", { inline_message_id: id })).ok)
    }))

  it.live("two people by themselves are a chat with the number of the one who is written to", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp({ guestMode: true })
      const bob = yield* telegram.user({ id: 8, firstName: "Bob" })
      yield* ann.with(bob).send(summons)
      yield* bob.with(ann).send("@codex_test_bot and I?")
      const guests = (yield* call("getUpdates")).result.map(
        ({ guest_message: { chat, from } }: {
          readonly guest_message: { readonly chat: { readonly id: number }; readonly from: { readonly id: number } }
        }) => [from.id, chat.id]
      )
      assert.deepStrictEqual(guests, [[7, 8], [8, 7]])
      yield* call("answerGuestQuery", { guest_query_id: "6000000001", result: article("here") })
      assert.deepStrictEqual((yield* bob.with(ann).messages).map(({ text }) => text), [
        summons,
        "@codex_test_bot and I?",
        "here"
      ])
      assert.deepStrictEqual([yield* ann.chat.messages, yield* bob.chat.messages], [[], []])
      assert.strictEqual(
        (yield* call("sendMessage", { chat_id: ann.with(bob).chat.id, text: "a" })).description,
        "Bad Request: chat not found"
      )
    }))

  it.effect("a query is answered within 30 seconds or not at all, and edits are taken for longer", () =>
    Effect.gen(function*() {
      const { call, there } = yield* elsewhere()
      yield* there.send(summons)
      yield* there.send(summons)
      yield* TestClock.adjust("29999 millis")
      const { result } = yield* call("answerGuestQuery", { guest_query_id: "6000000001", result: article("…") })
      yield* TestClock.adjust("1 millis")
      const late = yield* call("answerGuestQuery", { guest_query_id: "6000000002", result: article("…") })
      assert.match(late.description ?? "", /query is too old/)
      yield* TestClock.adjust("1 hour")
      assert.isTrue((yield* call("editMessageText", { ...result, text: "at last" })).ok)
    }))

  it.effect("answers and edits count for the limits of the chat that they are in", () =>
    Effect.gen(function*() {
      const { call, there } = yield* elsewhere({ guestMode: true, rateLimits: { groupPerMinute: 4 } })
      yield* there.send(summons)
      yield* there.send(summons)
      const answer = (guest_query_id: string) => call("answerGuestQuery", { guest_query_id, result: article("…") })
      const { result } = yield* answer("6000000001")
      for (const text of ["one", "two", "three"]) {
        assert.isTrue((yield* call("editMessageText", { ...result, text })).ok)
      }
      assert.strictEqual((yield* call("editMessageText", { ...result, text: "four" })).error_code, 429)
      assert.strictEqual((yield* answer("6000000002")).error_code, 429)
      yield* TestClock.adjust("15 seconds")
      // What was held back has not spent its query.
      assert.isTrue((yield* answer("6000000002")).ok)
    }))
})
