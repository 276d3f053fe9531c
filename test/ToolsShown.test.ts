/**
 * What a person sees while tools work, on the timeline of the Telegram double.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Item from "../src/backend/Item.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as LiveReply from "../src/telegram/reply/LiveReply.ts"
import { TelegramApi } from "../src/telegram/TelegramApi.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import * as VirtualTelegram from "./support/virtualTelegram.ts"

const { pass } = VirtualTelegram

const tools = Toolkit.make(
  Tool.make("weather", { parameters: Schema.Struct({ seconds: Schema.Finite }), success: Schema.String }),
  Tool.make("stocks", {
    parameters: Schema.Struct({ seconds: Schema.Finite }),
    success: Schema.String,
    failure: Schema.String
  })
)

const handlers = tools.toLayer({
  weather: ({ seconds }) => Effect.as(Effect.sleep(Duration.seconds(seconds)), "clear"),
  stocks: ({ seconds }) => Effect.andThen(Effect.sleep(Duration.seconds(seconds)), Effect.fail("closed"))
})

const call = (name: string, seconds: number): Item.FunctionCall => ({
  type: "function_call",
  call_id: `${name}-${seconds}`,
  name,
  arguments: JSON.stringify({ seconds })
})

const said = (text: string): Item.Said => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }]
})

/** What Ann's chat has shown, message by message. */
const shown = (replies: ReadonlyArray<TestCodex.Reply>, options: DoorOptions = {}) =>
  Effect.gen(function*() {
    const telegram = yield* VirtualTelegram.make()
    const { script } = yield* TestCodex.TestCodex
    const codex = yield* Codex
    yield* script(...replies)
    const door = makeDoor(options)
    const fiber = yield* Effect.forkChild(
      LiveReply.show(
        {
          destination: { chatId: 7, threadId: undefined, replyTo: undefined },
          isPrivate: true,
          messageId: 5,
          door
        },
        codex.stream({ text: "question", conversation: ConversationKey("private") })
      ).pipe(Effect.provideService(TelegramApi, telegram.api)),
      { startImmediately: true }
    )
    yield* pass(30_000)
    yield* Fiber.join(fiber)
    return { telegram, states: telegram.states(7), texts: telegram.texts(7) }
  }).pipe(Effect.provide(Layer.provide(TestCodex.layer({ toolkit: tools }), handlers)))

describe("a tool that works", () => {
  it.effect("is one quiet line, with a Stop, and the answer takes its place", () =>
    Effect.gen(function*() {
      const { states, telegram, texts } = yield* shown([
        TestCodex.items([call("weather", 3)]),
        TestCodex.text("It is clear.")
      ])
      assert.deepStrictEqual(states, [["🔧 weather…", "It is clear."]])
      assert.deepStrictEqual(texts, ["It is clear."])
      const [first] = telegram.world.calls.filter(({ method }) => method === "sendMessage")
      assert.include(JSON.stringify(first), "codex:stop")
    }))

  it.effect("that is done at once is not shown", () =>
    Effect.gen(function*() {
      const { states } = yield* shown([TestCodex.items([call("weather", 0.2)]), TestCodex.text("It is clear.")])
      assert.deepStrictEqual(states, [["It is clear."]])
    }))

  it.effect("has a line beside others, and says when it is done while they work, and that it failed", () =>
    Effect.gen(function*() {
      const { states, texts } = yield* shown([
        TestCodex.items([call("weather", 9), call("stocks", 4)]),
        TestCodex.text("It is clear.")
      ])
      assert.deepStrictEqual(states, [["🔧 weather…\n🔧 stocks…", "🔧 weather…\n🔧 stocks ✗", "It is clear."]])
      assert.deepStrictEqual(texts, ["It is clear."])
    }))

  it.effect("stands below what was said before it, which stays", () =>
    Effect.gen(function*() {
      const { states } = yield* shown([
        TestCodex.items([said("Let me see."), call("weather", 3)]),
        TestCodex.text("It is clear.")
      ])
      assert.deepStrictEqual(states, [["Let me see.\n\n🔧 weather…", "Let me see.\n\nIt is clear."]])
    }))

  it.effect("is not named by more than a line, and not more than five of them are", () =>
    Effect.gen(function*() {
      const many = Array.from({ length: 7 }, (_, n) => call("weather", 3 + n))
      const { states } = yield* shown([TestCodex.items(many), TestCodex.text("It is clear.")])
      assert.strictEqual(states[0]?.[0], [...Array(5).fill("🔧 weather…"), "🔧 2 more…"].join("\n"))
    }))

  it.effect("is all that is shown with progress; the answer is a fresh message", () =>
    Effect.gen(function*() {
      const { states, telegram, texts } = yield* shown([
        TestCodex.items([said("Let me see."), call("weather", 3)]),
        TestCodex.deltas(["It ", "is ", "clear."], { every: "3 seconds" })
      ], { streaming: "progress" })
      assert.deepStrictEqual(texts, ["Let me see.\n\nIt is clear."])
      assert.deepStrictEqual(states, [["🔧 weather…", "🔧 weather ✓"], ["Let me see.\n\nIt is clear."]])
      const kinds = telegram.world.timeline.map(({ kind }) => kind)
      assert.deepStrictEqual(kinds.filter((kind) => kind === "sent" || kind === "deleted"), ["sent", "sent", "deleted"])
    }))

  it.effect("with progress and no tool there is nothing before the answer", () =>
    Effect.gen(function*() {
      const { states } = yield* shown([TestCodex.deltas(["It ", "is ", "clear."], { every: "3 seconds" })], {
        streaming: "progress"
      })
      assert.deepStrictEqual(states, [["It is clear."]])
    }))
})
