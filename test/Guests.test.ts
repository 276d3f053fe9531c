/**
 * Guest mode: a question from a chat where the bot is no member.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Intake from "../src/telegram/Intake.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import type * as Contexts from "./support/contexts.ts"
import { makeDoor } from "./support/door.ts"
import { setUp } from "./support/intake.ts"
import { type Fields, groupMessage, mentionsIn, privateMessage, update } from "./support/updates.ts"
import * as VirtualTelegram from "./support/virtualTelegram.ts"

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
      what: "a place",
      content: { text: undefined, location: { latitude: 1, longitude: 2 } },
      says: /cannot read places/
    },
    ...["/codex stop", "/codex models", "/start", "/codex"].map((words) => ({
      what: words,
      content: { text: `@my_bot ${words}`, entities: mentionsIn("@my_bot") },
      says: /My commands work in a private chat with me/
    })),
    {
      what: "a login",
      content: { text: `@my_bot {"tokens":{"access_token":"${"x".repeat(30)}"}}`, entities: mentionsIn("@my_bot") },
      says: /looks like a login/
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

  it.effect.each(["/codex was it Ada?", "/codex ask was it Ada?", "was it Ada?"])(
    "as %s is asked as words",
    (words) =>
      Effect.gen(function*() {
        const { asked, handle, idle } = yield* setUp({ guests: true }, {}, answered)
        yield* handle(guest({ text: `@my_bot ${words}`, entities: mentionsIn("@my_bot") }))
        yield* idle
        assert.deepStrictEqual(yield* asked, ["was it Ada?"])
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
      assert.lengthOf(
        outbox.calls.filter(({ payload }) => /asked as often as you may/.test(String(payload["text"]))),
        1
      )
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
      assert.isTrue(shown.endsWith("\n\n[Response truncated]"))
      yield* handle(guest({ text: `@my_bot ${"x".repeat(30)}`, guest_query_id: "q2" }))
      yield* idle
      assert.match(String(outbox.calls.at(-1)?.payload["text"]), /^⚠️ The message is too long/)
    }))

  it.effect("grows at the pace that Telegram takes where others read along, and nothing of it is refused", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({ rateLimits: {} })
      const there = telegram.ann.in(yield* telegram.group({ title: "There", id: -600, bot: "absent" }))
      const services = yield* Layer.build(
        Intake.layerLocal({ id: 1, username: "codex_test_bot" }).pipe(
          Layer.provide([
            Layer.succeed(TelegramDoor, makeDoor({ guests: true, groupEditInterval: "500 millis" })),
            Layer.succeed(Telegram.TelegramApi, telegram.api)
          ]),
          Layer.provideMerge(TestCodex.layer())
        )
      )
      const { handle, idle } = Context.get(services, Intake.Intake)
      const slow = TestCodex.deltas(Array.from({ length: 200 }, (_, index) => `This is word ${index}. `))
      yield* Context.get(services, TestCodex.TestCodex).script((request) =>
        Stream.tap(slow(request), ({ _tag }) => _tag === "TextDelta" ? Effect.sleep(500) : Effect.void)
      )
      yield* there.send("@codex_test_bot who was Ada?")
      const [pending] = telegram.world.updates.pending(0)
      assert.strictEqual(yield* handle(pending?.update), "taken")
      yield* VirtualTelegram.pass(150_000, 100)
      yield* idle
      const calls = telegram.world.calls
      assert.isTrue(calls.every(({ answer }) => answer?.ok === true))
      assert.deepStrictEqual([...new Set(calls.map(({ method }) => method))], ["answerGuestQuery", "editMessageText"])
      const times = calls.map(({ at }) => at)
      assert.isAtLeast(times.length, 15)
      assert.isAtMost(
        Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + 60_000).length)),
        20
      )
      assert.match((yield* there.botText(/word 199/)).text ?? "", /^This is word 0\./)
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
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* VirtualTelegram.pass(20_000, 1_000)
      yield* Fiber.await(closing)
      assert.deepInclude(outbox.calls.at(-1)?.payload, { inline_message_id: "i1" })
      assert.match(String(outbox.calls.at(-1)?.payload["text"]), /The bot is being stopped/)
    }))
})
