/**
 * A bot of VibeGram ends: its own signal handlers wait for its `onStop` hook, and for nothing else.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { afterEach, vi } from "vitest"
import { Bot } from "../../examples/support/vibegram.ts"
import * as Telegram from "../../src/telegram/index.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

/** Ada asks a bot whose `onStop` is the hook of docs/bots.md; her answer has begun. */
const asked = Effect.fnUntraced(function*(drainMs: number) {
  vi.spyOn(console, "log").mockImplementation(() => undefined)
  const services = yield* Layer.build(TestCodex.layer())
  const telegram = yield* TelegramEmulator.make()
  const chatgpt = Telegram.codex({
    drainMs,
    paced: false,
    firstTextDelayMs: 20,
    allowedUserIds: [7, 8, 9],
    layer: Layer.succeedContext(services)
  })
  const bot = new Bot(telegram.token, {
    apiRoot: telegram.apiRoot,
    polling: { interval: 0, timeout: 1 },
    observability: { hooks: { onStop: () => chatgpt.dispose() } }
  })
  bot.use(chatgpt)
  const open = yield* Deferred.make<void>()
  const whole = TestCodex.deltas(["The answer begins, and that is long enough to be shown. ", "The end."])
  yield* Context.get(services, TestCodex.TestCodex).script((request) =>
    Stream.mapEffect(
      whole(request),
      (event) =>
        event._tag === "TextDelta" && event.text === "The end."
          ? Effect.as(Deferred.await(open), event)
          : Effect.succeed(event)
    )
  )
  yield* Effect.promise(() => bot.launch())
  yield* telegram.polled
  const ada = yield* telegram.user({ id: 7, firstName: "Ada" })
  yield* ada.chat.send("Go on")
  yield* ada.chat.waitFor(({ text = "" }) => text.startsWith("The answer begins"))
  const stop = yield* Effect.forkChild(Effect.promise(() => bot.stop("SIGTERM")))
  return { ada, open: Deferred.succeed(open, undefined), stop }
})

const texts = (ada: TelegramEmulator.Person) =>
  Effect.map(ada.chat.messages, (all) =>
    all.filter(({ from }) => from.is_bot).map(({ reply_markup, text }) => [
      text,
      reply_markup
    ]))

describe("VibeGram's onStop hook", () => {
  it.live("lets a running answer come to its end", () =>
    Effect.gen(function*() {
      const { ada, open, stop } = yield* asked(5000)
      yield* Effect.sleep("100 millis")
      yield* open
      yield* Fiber.join(stop)
      assert.deepStrictEqual(yield* texts(ada), [[
        "The answer begins, and that is long enough to be shown. The end.",
        undefined
      ]])
    }))

  it.live("has one that does not end say so, and takes its button away", () =>
    Effect.gen(function*() {
      const { ada, stop } = yield* asked(50)
      yield* Fiber.join(stop)
      assert.deepStrictEqual(yield* texts(ada), [[
        "The answer begins, and that is long enough to be shown.\n\n" +
        "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again.",
        undefined
      ]])
    }))
})
