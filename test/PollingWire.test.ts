/**
 * Polling over real sockets, where a connection dies in ways that no double has.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as BotClient from "../src/telegram/BotClient.ts"
import * as Polling from "../src/telegram/Polling.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as TcpLine from "./support/tcpLine.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

const setUp = Effect.fnUntraced(function*() {
  const telegram = yield* TelegramEmulator.make()
  const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
  const line = yield* TcpLine.make(telegram.apiRoot)
  const log = VirtualBotApi.log()
  const taken = yield* Queue.unbounded<unknown>()
  const start = Effect.fnUntraced(function*() {
    const client = yield* BotClient.make({ token: Redacted.make(telegram.token), apiRoot: line.address })
    const polling = yield* Polling.make({ pollTimeout: "1 second", silence: "400 millis" }).pipe(
      Effect.provideService(BotClient.BotClient, client)
    )
    yield* Effect.forkScoped(Effect.provide(polling.run((update) => Queue.offer(taken, update)), log.layer))
    yield* telegram.polled
    return polling
  }, Effect.provide(FetchHttpClient.layer))
  return { telegram, ann, line, log, taken, start }
})

const lost = /^Warn: Telegram cannot be reached at 127\.0\.0\.1:\d+/
const back = /^Info: Telegram is back after \d+s: updates are read again\.$/

describe("a line to Telegram", () => {
  it.live("that goes silent while a poll is held is replaced, and both are in the log", () =>
    Effect.gen(function*() {
      const { ann, line, log, start, taken } = yield* setUp()
      yield* start()
      yield* line.silence
      yield* ann.chat.send("Are you there?")
      yield* Effect.sleep("1600 millis")
      assert.match(log.lines[0] ?? "", /: it was silent for 1s 400ms\./)
      const before = line.made()
      yield* line.heal
      yield* Queue.take(taken)
      assert.isAbove(line.made(), before)
      assert.match(log.lines[1] ?? "", back)
      assert.lengthOf(log.lines, 2)
    }))

  it.live("that is half open is replaced: the other end has forgotten it, and never says so", () =>
    Effect.gen(function*() {
      const { ann, line, log, start, taken } = yield* setUp()
      yield* start()
      yield* line.silence
      yield* line.heal
      yield* ann.chat.send("Are you there?")
      yield* Queue.take(taken)
      assert.match(log.lines[0] ?? "", lost)
      assert.match(log.lines[1] ?? "", back)
    }))

  it.live("that is reset is made anew", () =>
    Effect.gen(function*() {
      const { ann, line, log, start, taken } = yield* setUp()
      yield* start()
      yield* line.reset
      yield* ann.chat.send("Are you there?")
      yield* Queue.take(taken)
      assert.match(log.lines[0] ?? "", lost)
      assert.match(log.lines[1] ?? "", back)
    }))

  it.live("that is refused for a while is made when there is somebody again", () =>
    Effect.gen(function*() {
      const { ann, line, log, start, taken } = yield* setUp()
      const polling = yield* start()
      yield* line.refuse
      yield* Effect.sleep("500 millis")
      assert.strictEqual((yield* polling.state).is, "unreachable")
      yield* line.heal
      yield* ann.chat.send("Are you there?")
      yield* Queue.take(taken)
      assert.match(log.lines[0] ?? "", lost)
      assert.match(log.lines[1] ?? "", back)
      assert.lengthOf(log.lines, 2)
    }))
})

describe("two processes with one token", () => {
  it.live("poll on, and one of them has every update", () =>
    Effect.gen(function*() {
      const { ann, log, start, taken } = yield* setUp()
      const one = yield* start()
      yield* start()
      yield* Effect.repeat(one.state, {
        until: ({ is }) => is === "otherPoller",
        schedule: Schedule.spaced("20 millis")
      })
      for (const text of ["one", "two"]) yield* ann.chat.send(text)
      yield* Queue.takeN(taken, 2)
      assert.match(log.lines[0] ?? "", /^Warn: Another process reads this bot's updates with the same token \(409\)/)
      assert.strictEqual(yield* Queue.size(taken), 0)
    }))
})
