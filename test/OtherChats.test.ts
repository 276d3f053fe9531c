/**
 * Chats that look like others: the direct messages of a channel are a supergroup, and those of a business account, or of
 * where the bot is a guest, may have the number of a chat with the bot.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Incoming from "../src/telegram/Incoming.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { makeDoor } from "./support/door.ts"
import { setUp } from "./support/intake.ts"
import { type Fields, groupMessage, mentionsIn, privateMessage, update } from "./support/updates.ts"

const letters = { id: -200, type: "supergroup", is_direct_messages: true, title: "Letters to a channel" }

/** What somebody writes to a channel, where each person has a topic. */
const letter = (topic_id: number, text: string, content: Fields = {}, userId = 7) =>
  update({
    message: groupMessage(
      { text, entities: mentionsIn(text), direct_messages_topic: { topic_id, user: { id: topic_id } }, ...content },
      userId,
      letters
    )
  })

const channel = { sender_chat: { id: -300, type: "channel", title: "Channel" } }

describe("the direct messages of a channel", () => {
  it.effect("are answered in the topic that was asked in, by its number: without it Telegram takes nothing", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp({ streaming: "edit" })
      yield* handle(letter(7, "@my_bot hello"))
      yield* handle(letter(7, "/codex@my_bot help"))
      yield* idle
      const sent = outbox.calls.filter(({ method }) => method === "sendMessage")
      assert.isAtLeast(sent.length, 2)
      for (const { payload } of sent) {
        assert.strictEqual(payload["direct_messages_topic_id"], 7)
        assert.notProperty(payload, "message_thread_id")
      }
      // Nobody can be shown there that the bot types.
      assert.isFalse(outbox.calls.some(({ method }) => method === "sendChatAction"))
    }))

  it.effect("are a conversation for each topic, also for the channel, which speaks in all of them", () =>
    Effect.gen(function*() {
      const { handle, idle, requests } = yield* setUp()
      yield* handle(letter(7, "@my_bot a secret", channel, 1))
      yield* idle
      yield* handle(letter(8, "@my_bot what was said?", channel, 1))
      yield* idle
      assert.notInclude(JSON.stringify((yield* requests)[1]?.input), "a secret")
    }))

  it.effect("tell nobody what was said in the topic of somebody else", () =>
    Effect.gen(function*() {
      const { handle, idle, requests } = yield* setUp({ groupContext: 5 })
      yield* handle(letter(8, "a secret", {}, 8))
      yield* handle(letter(7, "something else"))
      yield* handle(letter(7, "@my_bot what was said?"))
      yield* idle
      const asked = JSON.stringify(yield* requests)
      assert.include(asked, "something else")
      assert.notInclude(asked, "a secret")
    }))
})

/** What a customer, or the owner, writes in a chat of a business account, which has the number of whoever the customer is. */
const inBusiness = (connection: string, userId = 7, content: Fields = { text: "hello" }) => ({
  ...privateMessage(content, userId),
  chat: { id: 7, type: "private", first_name: "Ann" },
  business_connection_id: connection
})

describe("the chats of a business account", () => {
  it.effect("are for other handlers, whatever is said, edited, deleted or pressed there, also where no update is told", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp({ greet: true })
      const contents = [{ text: "hello" }, { text: "/start" }, { text: "/codex status" }, { text: "/codex stop" }]
      for (const content of contents) {
        for (const field of ["business_message", "edited_business_message", "message"]) {
          assert.strictEqual(yield* handle(update({ [field]: inBusiness("b", 7, content) })), "passed")
        }
      }
      const deleted = { business_connection_id: "b", chat: { id: 7, type: "private" }, message_ids: [1] }
      assert.strictEqual(yield* handle(update({ deleted_business_messages: deleted })), "passed")
      yield* idle
      assert.deepStrictEqual(outbox.calls, [])
      assert.deepStrictEqual(yield* requests, [])
    }))

  it("are conversations of their own: neither the owner's nor the customer's with the bot", () => {
    const of = (content: Fields) =>
      Option.getOrThrow(Incoming.origin({ update: update(content) }, makeDoor({}))).conversation
    const first = of({ business_message: inBusiness("b", 1) })
    assert.strictEqual(first, "business:b:chat:7")
    for (const field of ["business_message", "edited_business_message"]) {
      for (const userId of [1, 7]) assert.strictEqual(of({ [field]: inBusiness("b", userId) }), first)
    }
    const press = { id: "1", data: "x", from: { id: 7, is_bot: false }, message: inBusiness("b", 1) }
    assert.strictEqual(of({ callback_query: press }), first)
    assert.notStrictEqual(of({ business_message: inBusiness("c") }), first)
  })

  it.effect("are told in the log when the bot is given them, and not when they are taken away", () => {
    const logged: Array<unknown> = []
    return Effect.gen(function*() {
      const { handle } = yield* setUp()
      const connection = { id: "b", user: { id: 1, is_bot: false }, user_chat_id: 1, date: 1, rights: {} }
      assert.strictEqual(yield* handle(update({ business_connection: { ...connection, is_enabled: true } })), "passed")
      assert.strictEqual(yield* handle(update({ business_connection: { ...connection, is_enabled: false } })), "passed")
      assert.deepStrictEqual(logged, [
        "The bot was connected to a business account: what is said in its chats is left to other handlers."
      ])
    }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => {
      logged.push(...Array.isArray(message) ? message : [message])
    })])))
  })
})

describe("a chat where the bot is a guest", () => {
  it("is for a handler of the bot's own the conversation that it is for the bot", () => {
    const message = { ...groupMessage({ text: "@my_bot hello" }), guest_query_id: "q" }
    const found = Option.getOrThrow(Incoming.origin({ update: update({ guest_message: message }) }, makeDoor({})))
    assert.strictEqual(found.conversation, "guest:-100:user:7")
  })
})

describe("what only its sender and the bot can see in a group", () => {
  const secretly = (text: string) =>
    update({
      message: {
        ...groupMessage({ text, ephemeral_message_id: 31, receiver_user: { id: 1, is_bot: true, first_name: "Bot" } }),
        message_id: 0
      }
    })

  it.effect("is answered with one sentence that nobody else sees, and none of it is asked or done", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp({ greet: true })
      const all = ["/codex@my_bot a secret", "/codex@my_bot status", "/codex@my_bot reset", "/help@my_bot"]
      for (const text of all) assert.strictEqual(yield* handle(secretly(text)), "taken")
      yield* idle
      assert.lengthOf(outbox.calls, all.length)
      for (const { method, payload } of outbox.calls) {
        assert.strictEqual(method, "sendMessage")
        assert.match(String(payload["text"]), /^⚠️ .*only you can see/)
        assert.deepStrictEqual(payload["ephemeral_message_parameters"], { receiver_user_id: 7 })
        assert.deepStrictEqual(payload["reply_parameters"], { ephemeral_message_id: 31 })
      }
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.effect("is left to other handlers where it is not for us", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp()
      for (const text of ["/shop@my_bot", "/codex@other_bot hello", "hello"]) {
        assert.strictEqual(yield* handle(secretly(text)), "passed")
      }
      yield* idle
      assert.deepStrictEqual(outbox.calls, [])
    }))
})

describe("a place where the bot may not write any more", () => {
  const refusals = [
    ["Bad Request: TOPIC_CLOSED", /^⚠️ The topic that you wrote in is closed/],
    ["Bad Request: message thread not found", /^⚠️ The topic that you wrote in is gone/],
    ["Bad Request: not enough rights to send text messages to the chat", /^⚠️ I may not write in the group/]
  ] as const

  it.effect.each(refusals)(
    "(%s) is told to whoever gives a command there, or what cannot be read",
    ([description, told]) =>
      Effect.gen(function*() {
        const sticker = { sticker: { file_id: "s", file_unique_id: "s", width: 1, height: 1 } }
        const toBot = {
          reply_to_message: { message_id: 1, date: 1, chat: { id: -100 }, from: { id: 1, is_bot: true } }
        }
        const poll = { poll: { id: "1", question: "?", options: [] } }
        const contents = [
          { text: "/codex@my_bot help" },
          { text: "/codex@my_bot status" },
          { text: "/codex@my_bot stop" },
          { text: "/codex@my_bot statsu" },
          { text: "/start@my_bot" },
          { ...sticker, ...toBot },
          { ...poll, ...toBot }
        ]
        for (const content of contents) {
          const { handle, idle, outbox } = yield* setUp({ greet: true }, {}, ({ payload }) => {
            if (payload["chat_id"] !== -100) return { message_id: 1 }
            throw Object.assign(new Error("refused"), { response: { error_code: 400, description } })
          })
          yield* handle(update({ message: groupMessage({ ...content, message_thread_id: 4, is_topic_message: true }) }))
          yield* idle
          const alone = outbox.calls.filter(({ payload }) => payload["chat_id"] === 7)
          assert.lengthOf(alone, 1, JSON.stringify(content))
          assert.match(String(alone[0]?.payload["text"]), "sticker" in content ? /^⚠️/ : told)
        }
      })
  )

  it.effect("is told to nobody where somebody speaks for a chat, nor to who has blocked the bot", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp({}, {}, () => {
        throw Object.assign(new Error("refused"), { response: { error_code: 403, description: "Forbidden" } })
      })
      yield* handle(update({ message: { ...groupMessage({ text: "/codex@my_bot help" }), ...channel } }))
      yield* handle(update({ message: privateMessage({ text: "/codex help" }) }))
      yield* idle
      assert.lengthOf(outbox.calls, 2)
    }))
})

describe("comments under a post of a channel, and other threads that only a reply stays in", () => {
  const long = Array.from({ length: 900 }, (_, n) => `word ${n}`).join(" ")

  /** What each message and file of a long answer replies to. */
  const repliesOf = (content: Fields) =>
    Effect.gen(function*() {
      const { handle, idle, outbox, script } = yield* setUp({ documentAfter: 1 })
      yield* script(TestCodex.deltas([long]))
      yield* handle(update({
        message: {
          ...groupMessage({ text: "@my_bot go on", entities: mentionsIn("@my_bot"), ...content }),
          message_id: 55
        }
      }))
      yield* idle
      const sent = outbox.calls.filter(({ method }) => method === "sendMessage" || method === "sendDocument")
      assert.deepStrictEqual(sent.map(({ method }) => method), ["sendMessage", "sendMessage", "sendDocument"])
      return sent.map(({ payload }) => payload["reply_parameters"])
    })

  const reply = { message_id: 55, allow_sending_without_reply: true }

  it.effect("are where all of an answer is, with its file", () =>
    Effect.gen(function*() {
      // Not every framework puts an object into a form.
      assert.deepStrictEqual(yield* repliesOf({ message_thread_id: 4 }), [reply, reply, JSON.stringify(reply)])
    }))

  it.effect("are not what topics are, nor a group: there the first message of an answer is a reply", () =>
    Effect.gen(function*() {
      const topic = { message_thread_id: 4, is_topic_message: true }
      for (const content of [{}, topic]) {
        assert.deepStrictEqual(yield* repliesOf(content), [reply, undefined, undefined])
      }
    }))
})
