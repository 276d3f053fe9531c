/**
 * Prompts of a bot that does not run here, in a store that another one uses.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { clientOf } from "../src/telegram/internal/lasting.ts"
import { type Senders, UnknownBot } from "../src/telegram/Turns.ts"
import * as ScriptedApi from "./support/scriptedApi.ts"

describe("the prompts of a bot that does not run here", () => {
  it.effect("wait until it does; the log says so once, however many there are", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const { api } = ScriptedApi.make()
      let isHere = false
      const senders: Senders["Service"] = {
        of: (bot) => isHere ? Effect.succeed(api) : Effect.fail(new UnknownBot({ bot }))
      }
      const prompts = yield* Effect.forkChild(
        Effect.all([clientOf(senders, "2"), clientOf(senders, "2"), clientOf(senders, "3")], { concurrency: 3 })
          .pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])))
      )
      yield* TestClock.adjust("1 minute")
      isHere = true
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* Fiber.join(prompts), [api, api, api])
      assert.deepStrictEqual(
        lines,
        ["2", "3"].map((bot) =>
          `The store has prompts of a bot that does not run here (${bot}). They wait until it does.`
        )
      )
    }))
})
