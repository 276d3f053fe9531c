/**
 * A person who blocks the bot, and a group that throws it out, while it answers there.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { afterEach, vi } from "vitest"
import * as PolledBot from "../support/polledBot.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const eventually = (holds: Effect.Effect<boolean>) =>
  Effect.repeat(holds, { until: (is) => is, schedule: Schedule.spaced("10 millis") })

/** Nothing is written any more while an answer is shown. */
const quiet = { editIntervalMs: 60_000, groupEditIntervalMs: 60_000, waitingNoticeMs: "off" as const, joinWindowMs: 0 }

describe.each(["Telegraf", "grammY"] as const)("%s: whoever closes their chat to the bot", (framework) => {
  it.live("ends the answer and what waits, and is sent nothing; once back, they are answered", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, running, script, telegram } = yield* PolledBot.start({ framework, ...quiet })
      const { open, reply } = yield* PolledBot.gate
      yield* script(reply)
      yield* ada.chat.send("go on")
      yield* ada.chat.waitFor(PolledBot.begun)
      yield* ada.chat.send("and this")
      yield* ada.chat.send("and that")
      yield* eventually(Effect.map(telegram.pendingUpdates, (left) => left === 0))
      const calls = (yield* telegram.calls).length
      yield* ada.block
      yield* eventually(Effect.map(running, (all) => all === 0))
      yield* bob.chat.send("hello")
      yield* bob.chat.nextBotMessage
      const since = (yield* telegram.calls).slice(calls).filter(({ method }) => method !== "getUpdates")
      assert.deepStrictEqual(
        since.filter(({ payload }) => String(Object(payload)["chat_id"]) === "7").map(({ method }) => method),
        []
      )
      assert.deepStrictEqual(yield* questions, ["go on", "hello"])
      yield* open
      yield* ada.unblock
      yield* ada.chat.send("I am back")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: I am back")
      assert.deepStrictEqual(yield* questions, ["go on", "hello", "I am back"])
    }))

  it.live("as a group ends those of all who asked there, and of nobody elsewhere", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, running, script, telegram } = yield* PolledBot.start({ framework, ...quiet })
      const gates = yield* Effect.all([PolledBot.gate, PolledBot.gate, PolledBot.gate])
      const group = yield* telegram.group({ title: "G" })
      yield* script(...gates.map(({ reply }) => reply))
      yield* ada.in(group).send("/codex one")
      yield* bob.in(group).send("/codex two")
      yield* bob.chat.send("three")
      yield* bob.in(group).send("/codex four")
      yield* eventually(Effect.map(running, (all) => all === 3))
      yield* eventually(Effect.map(telegram.pendingUpdates, (left) => left === 0))
      yield* group.setBot("kicked")
      yield* eventually(Effect.map(running, (all) => all === 1))
      for (const { open } of gates) yield* open
      yield* bob.chat.waitFor(({ text = "" }) => text.endsWith("The end."))
      assert.deepStrictEqual([...yield* questions].sort(), ["one", "three", "two"])
    }))
})
