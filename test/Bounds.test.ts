/**
 * Order and bounds: who waits is told, who asks too often is told once, and a Stop ends what it is meant for.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { TestClock } from "effect/testing"
import * as Limits from "../src/telegram/internal/limits.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { setUp } from "./support/intake.ts"
import { groupMessage, privateText, update } from "./support/updates.ts"

const inTopic = (text: string, userId: number) =>
  update({ message: groupMessage({ text, message_thread_id: 4, is_topic_message: true }, userId) })

const waits = /^⏳ This has to wait/

describe("a prompt that waits", () => {
  it.effect("is told so after two seconds and not before, once for each person until all is answered", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, script } = yield* setUp({ waitingNotice: "2 seconds", groupMentionOnly: false })
      yield* script(TestCodex.deltas(["slow"], { every: "10 seconds" }))
      yield* handle(inTopic("one", 7))
      yield* handle(inTopic("two", 8))
      yield* handle(inTopic("three", 8))
      yield* handle(inTopic("four", 9))
      yield* TestClock.adjust("1999 millis")
      assert.deepStrictEqual(outbox.texts(), [])
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(outbox.texts().filter((text) => waits.test(text)).length, 2)
      yield* TestClock.adjust("10 seconds")
      yield* idle
      assert.strictEqual(outbox.texts().length, 6)
    }))

  it.effect("is told nothing when its turn comes before that", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, script } = yield* setUp({ waitingNotice: "2 seconds" })
      yield* script(TestCodex.deltas(["quick"], { every: "1 second" }))
      yield* handle(privateText("one"))
      yield* handle(privateText("two"))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("5 seconds")
      yield* idle
      assert.deepStrictEqual(outbox.texts(), ["quick", "Echo: two"])
    }))

  it.effect("is told so also where all turns of the bot are taken", () =>
    Effect.gen(function*() {
      const { handle, outbox, script } = yield* setUp({ waitingNotice: "2 seconds", maxTurns: 1 })
      yield* script(TestCodex.never)
      yield* handle(privateText("one", 7))
      yield* handle(privateText("two", 8))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(
        outbox.calls.filter(({ method }) => method === "sendMessage").map(({ payload }) => payload["chat_id"]),
        [8]
      )
      // The answer that hangs has its time to end in, and so has who waits for it.
      yield* TestClock.adjust("10 minutes")
    }))
})

describe("whenBusy: reject", () => {
  it.effect("refuses what comes while an answer is given, with one sentence, and takes what comes afterwards", () =>
    Effect.gen(function*() {
      const { asked, handle, idle, outbox, script } = yield* setUp({ whenBusy: "reject" })
      yield* script(TestCodex.deltas(["slow"], { every: "10 seconds" }))
      for (const text of ["one", "two", "three"]) yield* handle(privateText(text))
      yield* handle(privateText("of another", 8))
      yield* TestClock.adjust("10 seconds")
      yield* idle
      yield* handle(privateText("four"))
      yield* idle
      assert.deepStrictEqual(yield* asked, ["one", "of another", "four"])
      assert.strictEqual(outbox.texts().filter((text) => text.startsWith("⚠️ I am still answering")).length, 1)
    }))
})

describe("a rate limit", () => {
  it.effect("is for each person over all chats, is told once, and ends with its time", () =>
    Effect.gen(function*() {
      const { asked, handle, idle, outbox } = yield* setUp({
        rateLimit: { prompts: 2, per: "1 minute" },
        groupMentionOnly: false
      })
      yield* handle(privateText("one"))
      yield* handle(inTopic("two", 7))
      for (const text of ["three", "four", "five"]) yield* handle(privateText(text))
      yield* handle(privateText("of another", 8))
      yield* handle(privateText("/codex help"))
      yield* idle
      assert.sameMembers([...yield* asked], ["one", "two", "of another"])
      assert.deepStrictEqual(outbox.texts().filter((text) => text.startsWith("⚠️")), [
        "⚠️ You have asked as often as you may for now. Ask again in 60 s."
      ])
      yield* TestClock.adjust("1 minute")
      yield* handle(privateText("later"))
      yield* idle
      assert.include(yield* asked, "later")
    }))

  it.effect.each([{ whenBusy: "reject" }, { maxWaiting: 0 }] as const)(
    "does not count what is refused because another one is answered: %o",
    (options) =>
      Effect.gen(function*() {
        const { asked, handle, idle, outbox, script } = yield* setUp({
          ...options,
          rateLimit: { prompts: 2, per: "1 minute" }
        })
        yield* script(TestCodex.deltas(["one"], { every: "10 seconds" }))
        for (const text of ["one", "too early", "still too early"]) yield* handle(privateText(text))
        yield* TestClock.adjust("10 seconds")
        yield* idle
        yield* handle(privateText("two"))
        yield* idle
        assert.deepStrictEqual(yield* asked, ["one", "two"])
        assert.lengthOf(outbox.texts().filter((text) => text.startsWith("⚠️")), 1)
      })
  )

  it.effect("is for each person with each bot", () =>
    Effect.gen(function*() {
      const limit = yield* Limits.make({ prompts: 1, per: "1 minute" })
      const from = (bot: string, chat: number, user?: number) =>
        Effect.map(
          limit({
            lane: { bot, conversation: `chat:${chat}` },
            origin: { chat, isPrivate: false, message: 1, ...user !== undefined && { user } }
          }),
          Option.isNone
        )
      assert.isTrue(yield* from("1", 7, 7))
      assert.isFalse(yield* from("1", -5, 7), "another chat")
      assert.isTrue(yield* from("2", 7, 7), "another bot")
      assert.isTrue(yield* from("1", 7, 8), "another person")
      assert.isTrue(yield* from("1", -5), "nobody, so the chat")
      assert.isFalse(yield* from("1", -5))
    }))

  it.effect("counts a paste and a burst as one prompt", () =>
    Effect.gen(function*() {
      const { asked, handle, idle } = yield* setUp({
        joinWindow: "300 millis",
        rateLimit: { prompts: 1, per: "1 minute" }
      })
      for (const text of ["a".repeat(4096), "b".repeat(4096), "c"]) yield* handle(privateText(text))
      yield* TestClock.adjust("2 seconds")
      yield* idle
      assert.strictEqual((yield* asked).length, 1)
    }))
})

describe("of fifty busy chats", () => {
  it.effect("one stops: its request is aborted at once, and the others are unaffected", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, running, script } = yield* setUp({ maxTurns: 50 })
      yield* script(...Array.from({ length: 50 }, () => TestCodex.deltas(["whole"], { every: "10 seconds" })))
      for (let user = 1; user <= 50; user++) yield* handle(privateText("hello", user))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* running, 50)
      yield* handle(privateText("more", 25))
      yield* handle(privateText("/codex stop", 25))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* running, 49)
      const told = () =>
        outbox.calls.filter(({ method, payload }) => method === "sendMessage" && payload["chat_id"] === 25)
          .map(({ payload }) => payload["text"])
      assert.sameMembers(told(), ["⏹ Stopped.", "One waiting prompt is dropped."])
      yield* TestClock.adjust("10 seconds")
      yield* idle
      assert.strictEqual(outbox.texts().filter((text) => text === "whole").length, 49)
      assert.strictEqual(told().length, 2)
    }))
})
