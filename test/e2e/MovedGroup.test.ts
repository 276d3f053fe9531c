/**
 * A group that becomes a supergroup: Telegram goes on with it under another id and refuses the one before.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { afterEach, vi } from "vitest"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import type * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as PolledBot from "../support/polledBot.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

/** Ada and Bob in a small group with the bot. */
const start = Effect.fnUntraced(function*(options: PolledBot.Options = {}) {
  const bot = yield* PolledBot.start(options)
  const group = yield* bot.telegram.group({ title: "G", kind: "group", id: -55 })
  for (const person of [bot.ada, bot.bob]) yield* group.join(person)
  return { ...bot, group }
})

const { begun, gate, textsOf } = PolledBot

const ended = ({ text = "" }: TelegramEmulator.Message) => text.endsWith("The end.")
describe("a group that becomes a supergroup", () => {
  for (const framework of ["Telegraf", "grammY", "VibeGram"] as const) {
    it.live(`${framework}: has its running answer to the end there, and the next prompt knows what was said before`, () =>
      Effect.gen(function*() {
        const { ada, asked, group, script } = yield* start({ framework })
        const { open, reply } = yield* gate
        yield* script(TestCodex.text("Hello, Ada."), reply)
        yield* ada.in(group).send("/codex I am Ada")
        yield* ada.in(group).waitFor(({ text }) => text === "Hello, Ada.")
        yield* ada.in(group).send("/codex go on")
        yield* ada.in(group).waitFor(begun)
        const next = ada.in(yield* group.upgrade)
        yield* open
        yield* next.waitFor(ended)
        yield* next.send("/codex what was said?")
        yield* next.waitFor(({ text }) => text === "Echo: what was said?")
        const whole = "The answer begins, and its beginning is long enough to be shown. The end."
        assert.deepStrictEqual((yield* asked)[2], ["I am Ada", "Hello, Ada.", "go on", whole, "what was said?"])
        assert.deepStrictEqual(yield* textsOf(next), [whole, "Echo: what was said?"])
      }))
  }

  it.live("sees the running answer grow there, and stops it by the command", () =>
    Effect.gen(function*() {
      const { ada, group, running, script } = yield* start()
      const { reply } = yield* gate
      const grows: TestCodex.Reply = TestCodex.deltas(Array.from({ length: 500 }, (_, n) => `word ${n} `), {
        every: "10 millis"
      })
      yield* script(grows, reply)
      yield* ada.in(group).send("/codex write")
      yield* ada.in(group).waitFor(({ text = "" }) => text.startsWith("word 0"))
      const next = ada.in(yield* group.upgrade)
      yield* next.waitFor(({ text = "" }) => text.endsWith("▍"))
      yield* next.send("/codex stop")
      yield* next.waitFor(({ text = "" }) => text.endsWith("⏹ Stopped."))
      assert.strictEqual(yield* running, 0)
      assert.strictEqual((yield* textsOf(next)).length, 1)
    }))

  it.live("has what waited answered there, in order and with the same history, each person's own", () =>
    Effect.gen(function*() {
      const { ada, asked, bob, group, script } = yield* start({ streaming: "off", maxTurns: 1 })
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* ada.in(group).send("/codex one")
      yield* ada.in(group).send("/codex two")
      yield* bob.in(group).send("/codex I am Bob")
      while ((yield* asked).length === 0) yield* Effect.sleep("5 millis")
      const supergroup = yield* group.upgrade
      yield* ada.in(supergroup).send("/codex three")
      yield* open
      yield* ada.in(supergroup).waitFor(({ text }) => text === "Echo: three")
      yield* bob.in(supergroup).send("/codex who am I?")
      yield* bob.in(supergroup).waitFor(({ text }) => text === "Echo: who am I?")
      const all = yield* asked
      const whole = "The answer begins, and its beginning is long enough to be shown. The end."
      assert.deepStrictEqual(
        all.find((input) => input.at(-1) === "three"),
        ["one", whole, "two", "Echo: two", "three"]
      )
      assert.deepStrictEqual(all.at(-1), ["I am Bob", "Echo: I am Bob", "who am I?"])
    }))

  it.live("drops there by stop and reset what waits from before, and forgets what was said before", () =>
    Effect.gen(function*() {
      const { ada, asked, group, script } = yield* start({ streaming: "off" })
      const { reply } = yield* gate
      yield* script(TestCodex.text("Hello, Ada."), reply)
      yield* ada.in(group).send("/codex I am Ada")
      yield* ada.in(group).waitFor(({ text }) => text === "Hello, Ada.")
      for (const text of ["one", "two", "three"]) yield* ada.in(group).send(`/codex ${text}`)
      while ((yield* asked).length < 2) yield* Effect.sleep("5 millis")
      const next = ada.in(yield* group.upgrade)
      yield* next.send("/codex reset")
      yield* next.waitFor(({ text = "" }) => text.startsWith("The conversation is forgotten. 2 waiting"))
      yield* next.send("/codex who am I?")
      yield* next.waitFor(({ text }) => text === "Echo: who am I?")
      assert.deepStrictEqual((yield* asked).at(-1), ["who am I?"])
    }))

  it.live("has an answer that did not arrive before shown there by last", () =>
    Effect.gen(function*() {
      const { ada, group, telegram } = yield* start({ streaming: "off" })
      yield* telegram.failNext("sendMessage", FaultScript.cut())
      yield* ada.in(group).send("/codex hello")
      yield* ada.in(group).waitFor(({ text = "" }) => text.includes("/codex last"))
      const next = ada.in(yield* group.upgrade)
      yield* next.send("/codex last")
      yield* next.waitFor(({ text }) => text === "Echo: hello")
    }))

  it.live("that was let in by its id is let in under the new one, and the log tells both", () =>
    Effect.gen(function*() {
      const { ada, group, logged } = yield* start({ streaming: "off", allowedChatIds: [-55] })
      yield* ada.in(group).send("/codex before")
      yield* ada.in(group).waitFor(({ text }) => text === "Echo: before")
      const supergroup = yield* group.upgrade
      yield* ada.in(supergroup).send("/codex after")
      yield* ada.in(supergroup).waitFor(({ text }) => text === "Echo: after")
      const told = logged.filter((line) => line.includes(`The group -55 is the supergroup ${supergroup.chat.id} now`))
      assert.strictEqual(told.length, 1)
    }))
})
