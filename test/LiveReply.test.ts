import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as CodexConfig from "../src/CodexConfig.ts"
import * as CodexError from "../src/CodexError.ts"
import type { TurnError, TurnEvent } from "../src/conversation/Codex.ts"
import * as LiveReply from "../src/telegram/LiveReply.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"

const chat: TelegramApi.Destination = { chatId: 7, threadId: undefined, replyTo: undefined }

const placeWith = (options: CodexConfig.Options): LiveReply.Place => ({
  destination: chat,
  isPrivate: true,
  messageId: 1,
  settings: CodexConfig.make(options)
})

/** Calls with the second they came at; `failures` are what the first messages run into. */
const telegram = (failures: ReadonlyArray<CodexError.TelegramFailed> = []) => {
  const calls: Array<string> = []
  let sent = 0
  const note = (what: string) =>
    Effect.clockWith((clock) => Effect.sync(() => calls.push(`${clock.currentTimeMillisUnsafe() / 1000} ${what}`)))
  return {
    calls,
    layer: TelegramApi.TelegramApi.of({
      canEdit: true,
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
      sendDraft: (_, __, { text }, options) =>
        Effect.map(note(`draft: ${text}`), () => options?.onSent?.(Option.none())),
      sendChatAction: (_, action) => note(action),
      sendDocument: (_, { name }) => Effect.as(note(name), Option.none()),
      download: () => Effect.die("not here"),
      answerCallback: (_, __, text) => note(text)
    })
  }
}

/** Lets so many seconds pass, one at a time. */
const pass = (seconds: number) => Effect.forEach(Array.from({ length: seconds }), () => TestClock.adjust("1 second"))

const limited = (seconds: number) =>
  new CodexError.TelegramFailed({
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
    { name: "a send that may have arrived", failure: TelegramApi.failureOf("sendMessage", new Error("ECONNRESET")) },
    { name: "a user who blocked the bot", failure: TelegramApi.failureOf("sendMessage", { error_code: 403 }) }
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
  const show = (turn: Stream.Stream<TurnEvent, TurnError>, options: CodexConfig.Options = {}) =>
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

describe("sayStopped", () => {
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
