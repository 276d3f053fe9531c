/**
 * The scripted Codex itself: what its replies say, and when.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Unauthorized } from "../src/auth/AuthError.ts"
import * as CodexBackend from "../src/backend/CodexBackend.ts"
import type { Addressed } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import type { ResponseEvent } from "../src/backend/ResponseEvent.ts"
import * as RetryPolicy from "../src/backend/RetryPolicy.ts"
import * as Audit from "../src/conversation/Audit.ts"
import { Codex } from "../src/conversation/Codex.ts"
import type * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const request: Addressed = {
  model: "test-model",
  instructions: "Be kind.",
  input: [Item.fromText("user", "My secret plan")],
  sessionId: "00000000-0000-3000-8000-000000000000"
}

const message = {
  type: "message",
  role: "assistant",
  phase: "final_answer",
  content: [{ type: "output_text", text: "Hello Ann" }]
} as const

const events: CodexEmulator.RecordedTurn["events"] = [
  { type: "response.created", response: { id: "resp_1", model: "gpt-5.5" } },
  { type: "response.reasoning_summary_text.delta", delta: "Greeting" },
  { type: "response.output_text.delta", item_id: "msg_1", delta: "Hello" },
  { type: "response.something.nobody.knows" },
  { type: "response.output_text.delta", item_id: "msg_1", delta: " Ann" },
  { type: "response.output_item.done", item: message },
  {
    type: "response.completed",
    response: {
      id: "resp_1",
      model: "gpt-5.5",
      usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 }
    }
  }
]

const turnOf = (events: CodexEmulator.RecordedTurn["events"]): CodexEmulator.RecordedTurn => ({
  model: "gpt-5.5",
  events
})

/** What the backend says with a reply, and at what time. */
const heard = Effect.fnUntraced(function*(reply: TestCodex.Reply) {
  const { responses } = yield* CodexBackend.CodexBackend
  const { script } = yield* TestCodex.TestCodex
  const start = yield* Clock.currentTimeMillis
  const events: Array<readonly [at: number, event: ResponseEvent]> = []
  yield* script(reply)
  const reading = yield* responses(request).pipe(
    Stream.runForEach((event) => Effect.map(Clock.currentTimeMillis, (now) => events.push([now - start, event]))),
    Effect.exit,
    Effect.forkChild
  )
  for (let i = 0; i < 10; i++) yield* TestClock.adjust("100 millis")
  return { exit: yield* Fiber.join(reading), events }
}, Effect.provide(TestCodex.layer({ retryPolicy: RetryPolicy.layerNone })))

/** What a reply fails with. */
const failureOf = (reply: TestCodex.Reply) => Effect.flip(Stream.runDrain(reply(request)))

describe("TestCodex", () => {
  it.effect("plays its replies one after the other, then repeats what is asked, and says how many are being given", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.text("one"), TestCodex.text("two"))
      yield* test.script(TestCodex.deltas(["three"], { every: "1 second" }))
      const ask = Effect.map(codex.ask({ text: "hello" }), ({ text }) => text)
      assert.deepStrictEqual([yield* ask, yield* ask], ["one", "two"])
      const slow = yield* Effect.forkChild(ask)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* test.running, 1)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(slow), "three")
      assert.strictEqual(yield* test.running, 0)
      assert.strictEqual(yield* ask, "Echo: hello")
      assert.lengthOf(yield* test.requests, 4)
      assert.deepStrictEqual((yield* test.audit).map(({ outcome }) => outcome), Array(4).fill("answered"))
      const { usage: { total } } = yield* codex.status
      assert.strictEqual(total.requests, 4)
      assert.isAbove(total.outputTokens, 0)
      assert.strictEqual(total.totalTokens, total.inputTokens + total.outputTokens)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("names the token of each exchange, and gives another one when it is refused", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      const refused = TestCodex.fails(new Unauthorized({}))
      yield* test.script(
        TestCodex.text("one"),
        refused,
        TestCodex.text("two"),
        refused,
        refused,
        TestCodex.text("three")
      )
      for (const answer of ["one", "two"]) assert.strictEqual((yield* codex.ask({ text: "hello" })).text, answer)
      const tokens = (yield* test.exchanges).map(({ accessToken }) => accessToken)
      assert.deepStrictEqual(tokens.slice(0, 3), ["token-1", "token-1", "token-2"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("leaves the audit to a room of your own", () => {
    const records: Array<string> = []
    const audit = Audit.layerCallback(({ outcome }) => Effect.sync(() => records.push(outcome)))
    return Effect.gen(function*() {
      yield* Codex.use((codex) => codex.ask({ text: "hello" }))
      assert.deepStrictEqual([records, yield* TestCodex.TestCodex.use(({ audit }) => audit)], [["answered"], []])
    }).pipe(Effect.provide(TestCodex.layer({ audit })))
  })
})

describe("TestCodex.items", () => {
  it.effect("tells items as the backend tells them: a call, a source, a refusal, a picture, a thought", () =>
    Effect.gen(function*() {
      const call: Item.Item = { type: "function_call", call_id: "c", name: "f", arguments: "{ }" }
      const annotation = { type: "url_citation", url: "https://example.com/", title: "E", start_index: 0, end_index: 3 }
      const list: ReadonlyArray<Item.Item> = [
        { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
        { type: "web_search_call", action: { type: "search", query: "news" } },
        { type: "image_generation_call", result: "AAAA" },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "See it.", annotations: [annotation] }, {
            type: "refusal",
            refusal: "No more."
          }]
        },
        call,
        { type: "other", raw: { type: "hologram" } }
      ]
      const { events: told } = yield* heard(TestCodex.items(list, { every: "100 millis" }))
      assert.deepStrictEqual(told.flatMap(([, event]) => event._tag === "ItemDone" ? [event.item] : []), list)
      assert.deepStrictEqual(told.map(([, { _tag }]) => _tag).filter((tag) => tag !== "ItemDone"), [
        "Opened",
        "Started",
        "ReasoningDelta",
        "SearchStarted",
        "SearchDone",
        "ImageDone",
        "TextDelta",
        "TextDelta",
        "RefusalDelta",
        "RefusalDelta",
        "AnnotationAdded",
        "MessageDone",
        "ToolCallStarted",
        "ToolCallDelta",
        "ToolCallDelta",
        "ToolCallDone",
        "Completed"
      ])
      assert.deepInclude(told.at(-1)?.[1], { finishReason: "tool_calls" })
    }))
})

describe("TestCodex.recorded", () => {
  it.effect("tells a turn as the backend's own reader hears it, and leaves out what it does not know", () =>
    Effect.gen(function*() {
      const { events: told } = yield* heard(TestCodex.recorded(turnOf(events)))
      assert.deepStrictEqual(told.map(([, event]) => event), [
        { _tag: "Opened" },
        { _tag: "Started", responseId: "resp_1", model: "gpt-5.5" },
        { _tag: "ReasoningDelta", text: "Greeting" },
        { _tag: "TextDelta", text: "Hello", itemId: "msg_1", phase: "answer" },
        { _tag: "TextDelta", text: " Ann", itemId: "msg_1", phase: "answer" },
        { _tag: "MessageDone", text: "Hello Ann", phase: "answer" },
        { _tag: "ItemDone", item: message, seal: "8c6755733c12e382" },
        {
          _tag: "Completed",
          responseId: "resp_1",
          model: "gpt-5.5",
          usage: { inputTokens: 9, cachedTokens: 0, outputTokens: 2, reasoningTokens: 0, totalTokens: 11 },
          incomplete: undefined,
          finishReason: "stop"
        }
      ])
      assert.isTrue(told.every(([at]) => at === 0))
    }))

  it.effect("takes its time before each piece of text, and before nothing else", () =>
    Effect.gen(function*() {
      const { events: told } = yield* heard(TestCodex.recorded(turnOf(events), { every: "200 millis" }))
      assert.deepStrictEqual(told.map(([at, event]) => [at, event._tag]), [
        [0, "Opened"],
        [0, "Started"],
        [0, "ReasoningDelta"],
        [200, "TextDelta"],
        [400, "TextDelta"],
        [400, "MessageDone"],
        [400, "ItemDone"],
        [400, "Completed"]
      ])
    }))

  it.effect("can be told more than once", () =>
    Effect.gen(function*() {
      const reply = TestCodex.recorded(turnOf(events))
      const first = yield* heard(reply)
      assert.deepStrictEqual(yield* heard(reply), first)
    }))

  it.effect("fails where the recording stops without its end", () =>
    Effect.gen(function*() {
      const { events: told, exit } = yield* heard(TestCodex.recorded(turnOf(events.slice(0, 3))))
      assert.strictEqual(told.length, 4)
      assert.strictEqual(exit._tag, "Failure")
      const error = yield* failureOf(TestCodex.recorded(turnOf(events.slice(0, 3))))
      assert.strictEqual(error._tag, "StreamInterrupted")
      assert.strictEqual((yield* failureOf(TestCodex.recorded(turnOf([]))))._tag, "StreamInterrupted")
    }))

  it.effect("fails as the backend failed, without the words of the prompt", () =>
    Effect.gen(function*() {
      const failed = (code: string, message: string) =>
        failureOf(TestCodex.recorded(turnOf([
          { type: "response.failed", response: { error: { code, message } } }
        ])))
      assert.strictEqual((yield* failed("context_length_exceeded", "Too long"))._tag, "ContextWindowExceeded")
      const rejected = yield* failed("invalid_prompt", "Not allowed: My secret plan")
      assert.strictEqual(rejected._tag, "RequestRejected")
      assert.notInclude(rejected.message, "My secret plan")
    }))
})
