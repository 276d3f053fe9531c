/**
 * Guest mode: a question from a chat where the bot is no member.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { AuthFileNotFound } from "../src/auth/AuthError.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Guests from "../src/telegram/internal/guests.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import { Turns } from "../src/telegram/Turns.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { setUp } from "./support/intake.ts"
import { type Fields, groupMessage, mentionsIn, privateMessage, update } from "./support/updates.ts"

const text = "@my_bot who was Ada?"

const guest = (content: Fields = {}, userId = 7) =>
  update({
    guest_message: groupMessage({ text, entities: mentionsIn(text), guest_query_id: "q1", ...content }, userId)
  })

const refusal = { response: { error_code: 400, description: "Bad Request: no" } }

const answered = () => ({ inline_message_id: "i1" })

describe("a guest's question", () => {
  it.effect("is left alone by default", () =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp()
      assert.strictEqual(yield* handle(guest()), "passed")
      assert.deepStrictEqual(outbox.calls, [])
    }))

  it.effect("with guests is answered at once with a sign of life, and then by its inline id; once", () =>
    Effect.gen(function*() {
      const { asked, handle, idle, outbox, requests } = yield* setUp({ guests: true }, {}, answered)
      const question = guest()
      assert.strictEqual(yield* handle(question), "taken")
      yield* handle(question)
      yield* idle
      assert.deepStrictEqual(yield* asked, ["who was Ada?"])
      assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["answerGuestQuery", "editMessageText"])
      const [first, last] = outbox.calls.map(({ payload }) => payload)
      assert.deepInclude(first, { guest_query_id: "q1" })
      assert.deepNestedInclude(first, { "result.input_message_content.message_text": "…" })
      assert.deepInclude(last, { inline_message_id: "i1", text: "Echo: who was Ada?" })
      assert.isFalse("chat_id" in (last ?? {}))
      // The chat may have the number of another one: what was said there is nobody's history.
      yield* handle(guest({ guest_query_id: "q2" }))
      yield* idle
      assert.isTrue((yield* requests).every(({ input }) => input.length === 1))
    }))

  it.effect.each([
    {
      what: "a picture",
      content: { text: undefined, photo: [{ file_id: "p" }], caption: text },
      says: /cannot read photos/
    },
    {
      what: "a mention and no more",
      content: { text: "@my_bot", entities: mentionsIn("@my_bot") },
      says: /nothing to answer/
    }
  ])(
    "that is $what is answered with one sentence, and nothing is asked",
    ({ content, says }) =>
      Effect.gen(function*() {
        const { handle, idle, outbox, requests } = yield* setUp({ guests: true }, {}, answered)
        assert.strictEqual(yield* handle(guest(content)), "taken")
        yield* idle
        assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["answerGuestQuery"])
        assert.match(JSON.stringify(outbox.calls[0]?.payload), says)
        assert.deepStrictEqual(yield* requests, [])
      })
  )

  it.effect("of somebody who may not is passed, and costs nothing", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp({ guests: true, allowedUserIds: [8] }, {}, answered)
      assert.strictEqual(yield* handle(guest()), "passed")
      yield* idle
      assert.deepStrictEqual(outbox.calls, [])
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.effect("counts for how often somebody may ask, and says so in place of an answer", () =>
    Effect.gen(function*() {
      const limit = { guests: true, rateLimit: { prompts: 1, per: "1 minute" } } as const
      const { handle, idle, outbox, requests } = yield* setUp(limit, {}, answered)
      for (const guest_query_id of ["q1", "q2"]) yield* handle(guest({ guest_query_id }))
      yield* idle
      assert.lengthOf(yield* requests, 1)
      const refused = outbox.calls.find(({ payload }) => payload["guest_query_id"] === "q2")
      assert.match(JSON.stringify(refused?.payload), /asked as often as you may/)
      yield* handle(update({ message: privateMessage({ text: "and here?" }) }))
      yield* idle
      assert.lengthOf(yield* requests, 1)
    }))

  it.effect("that fails ends in what happened, and a long answer in one message", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, script } = yield* setUp({ guests: true }, { maxPromptLength: 20 }, answered)
      yield* script(TestCodex.text("word ".repeat(2000)))
      yield* handle(guest())
      yield* idle
      const shown = String(outbox.calls.at(-1)?.payload["text"])
      assert.isAtMost(shown.length, 4096)
      assert.isTrue(shown.endsWith("\n…"))
      yield* handle(guest({ text: `@my_bot ${"x".repeat(30)}`, guest_query_id: "q2" }))
      yield* idle
      assert.match(String(outbox.calls.at(-1)?.payload["text"]), /^⚠️ The message is too long/)
    }))

  it.effect("is asked for who asks, by their name and where they are, and for no conversation", () =>
    Effect.gen(function*() {
      const { handle, idle, requests } = yield* setUp({ guests: true }, {}, answered)
      yield* handle(guest())
      yield* idle
      const [request] = yield* requests
      assert.deepInclude(request?.origin, { userId: 7, chatId: -100, conversation: undefined })
      assert.match(request?.instructions ?? "", /You speak with "User 7"/)
    }))

  it.effect.each<readonly [what: string, answer: (call: Contexts.Call) => unknown]>([
    ["refused", ({ method }) => method === "answerGuestQuery" ? Promise.reject(refusal) : answered()],
    ["taken without a word on where it is", () => ({})]
  ])("whose sign of life is %s is not asked: nobody would see the answer", ([, answer]) =>
    Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp({ guests: true }, {}, answer)
      yield* handle(guest())
      yield* idle
      assert.deepStrictEqual(yield* requests, [])
      assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["answerGuestQuery"])
    }))

  it.effect("is told when the bot is stopped before it has answered", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { handle, outbox, script } = yield* Scope.provide(setUp({ guests: true }, {}, answered), scope)
      yield* script(TestCodex.never)
      yield* handle(guest())
      yield* Effect.yieldNow
      yield* Fiber.await(yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true }))
      assert.deepInclude(outbox.calls.at(-1)?.payload, { inline_message_id: "i1" })
      assert.match(String(outbox.calls.at(-1)?.payload["text"]), /The bot is being stopped/)
    }))
})

describe("what a guest is told of a failure", () => {
  it.effect("names no place on the server; and a message that does not arrive is told in the log", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const outbox = Contexts.outbox(({ method }) =>
        method === "editMessageText" ? Promise.reject(refusal) : answered()
      )
      const { messageId, ...origin } = {
        messageId: 5,
        userId: 7,
        chatId: -100,
        isPrivate: false,
        conversation: ConversationKey("chat:-100:user:7"),
        destination: { chatId: -100, threadId: undefined, replyTo: 5 }
      }
      const services = yield* Layer.build(TestCodex.layer())
      const codex = Context.get(services, Codex)
      yield* Guests.answer({ ...origin, messageId }, { bot: "1", conversation: origin.conversation }, "q1", {
        content: [{ _tag: "Text", text: "who was Ada?" }]
      }).pipe(
        Effect.provideService(Codex, {
          ...codex,
          ask: () => Effect.fail(new AuthFileNotFound({ path: "/srv/place/auth.json" }))
        }),
        Effect.provideService(Turns, {
          accept: () => Effect.succeed("accepted"),
          stop: () => Effect.succeed({ running: false, dropped: 0 }),
          reset: () => Effect.succeed({ running: false, dropped: 0 }),
          leave: () => Effect.void,
          limited: () => Effect.succeedNone,
          rests: () => Effect.void,
          drained: Effect.void
        }),
        Effect.provideService(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {}))),
        Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(message))]))
      )
      const told = String(outbox.calls.at(-1)?.payload["text"])
      assert.match(told, /^⚠️ auth JSON not found\./)
      assert.notInclude(told, "/srv/place")
      assert.match(String(lines), /A message could not be delivered/)
    }))
})
