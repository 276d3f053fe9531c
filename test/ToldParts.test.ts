/**
 * What a backend says, event by event, as the parts of effect/ai: also where it starts over, or is cut in odd places.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexLanguageModel, CodexPrompt, CodexTool } from "effect-codex/ai"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as BackendError from "../src/backend/BackendError.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import type { Completed, ResponseEvent } from "../src/backend/ResponseEvent.ts"
import { kinds, png } from "./fixtures/items.ts"
import { type Chunks, completed, over } from "./support/saidModel.ts"
import { tracing } from "./support/traces.ts"

const started: ResponseEvent = { _tag: "Started", responseId: "r1", model: "m" }

const text = (said: string, itemId?: string): ResponseEvent => ({
  _tag: "TextDelta",
  text: said,
  ...itemId !== undefined && { itemId }
})

const message = (said: string, id?: string): ResponseEvent => ({
  _tag: "ItemDone",
  item: {
    type: "message",
    role: "assistant",
    ...id !== undefined && { id },
    content: [{ type: "output_text", text: said }]
  }
})

const Any = { parameters: { type: "object" as const, properties: {} } }
const kit = Toolkit.make(
  Tool.dynamic("weather", Any),
  Tool.dynamic("shot", Any),
  Tool.dynamic("order", Any),
  CodexTool.WebSearch({})
)
const options = {
  prompt: "Hi",
  toolkit: kit,
  disableToolCallResolution: true,
  toolCallValidation: "deferred"
} as const

const streamed = (...chunks: Chunks) =>
  Effect.provide(Stream.runCollect(LanguageModel.streamText(options)), over(chunks))

const generated = (...chunks: Chunks) =>
  Effect.map(Effect.provide(LanguageModel.generateText(options), over(chunks)), ({ content }) => content)

const typesOf = (parts: ReadonlyArray<{ readonly type: string }>) => parts.map(({ type }) => type)

const textsOf = (parts: ReadonlyArray<Response.AnyPart>) =>
  parts.flatMap((part) => part.type === "text" ? [part.text] : part.type === "text-delta" ? [part.delta] : [])

describe("CodexLanguageModel: an answer that starts over", () => {
  const again: Chunks = [[started, text("Hel", "msg_1")], [{ _tag: "Restarted" }], [started, text("Hello", "msg_1")], [
    completed()
  ]]

  it.effect("has, as a whole, what was said the second time, also of the same message", () =>
    Effect.gen(function*() {
      const content = yield* generated(...again)
      assert.deepStrictEqual(textsOf(content), ["Hello"])
      assert.deepStrictEqual(typesOf(content), ["response-metadata", "text", "finish"])
    }))

  it.effect("fails a stream that has told something, also where it has told nothing since", () =>
    Effect.gen(function*() {
      for (const between of [[], [{ _tag: "SearchStarted" }], [{ _tag: "Opened" }]] satisfies Chunks) {
        const [first, ...rest] = again
        const error = yield* Effect.flip(streamed(first ?? [], between, ...rest))
        assert.deepStrictEqual([error.method, error.reason._tag], ["streamText", "InternalProviderError"])
      }
    }))

  it.effect("is told once by a stream that has told nothing yet", () =>
    Effect.gen(function*() {
      const parts = yield* streamed(
        [started, { _tag: "SearchStarted" }],
        [{ _tag: "Restarted" }, started],
        [text("Hello", "msg_1")],
        [completed()]
      )
      assert.deepStrictEqual(typesOf(parts), ["response-metadata", "text-start", "text-delta", "text-end", "finish"])
    }))
})

describe("CodexLanguageModel: what is asked", () => {
  it.effect("is what the innermost override says, over those around it, over the settings", () =>
    Effect.gen(function*() {
      const asked: Array<CodexRequest> = []
      yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(
        CodexLanguageModel.streamWithConfigOverride({ reasoningEffort: "high" }),
        CodexLanguageModel.streamWithConfigOverride({ reasoningEffort: "low", verbosity: "high" }),
        Stream.runDrain,
        Effect.provide(over([[text("Hi")], [completed()]], asked, { verbosity: "low", serviceTier: "priority" }))
      )
      assert.deepInclude(asked[0], { reasoningEffort: "high", verbosity: "high", serviceTier: "priority" })
    }))

  it.effect("fails by the name of the method that asked", () =>
    Effect.gen(function*() {
      const failing = over(new BackendError.BackendUnavailable({}))
      const errors = [
        yield* Effect.flip(Effect.provide(LanguageModel.generateText({ prompt: "Hi" }), failing)),
        yield* Effect.flip(Effect.provide(LanguageModel.generateText({ prompt: [] }), failing)),
        yield* Effect.flip(Effect.provide(Stream.runDrain(LanguageModel.streamText({ prompt: "Hi" })), failing)),
        yield* Effect.flip(Effect.provide(Stream.runDrain(LanguageModel.streamText({ prompt: [] })), failing))
      ]
      assert.deepStrictEqual(errors.map(({ method }) => method), [
        "generateText",
        "generateText",
        "streamText",
        "streamText"
      ])
    }))

  it.effect("is told on the span of a stream as on that of a whole answer", () =>
    Effect.gen(function*() {
      const { layer, spans } = tracing()
      const usage = { inputTokens: 3, cachedTokens: 1, outputTokens: 5, reasoningTokens: 2, totalTokens: 8 }
      const model = over([[started, text("Hi")], [completed({ usage })]])
      yield* Effect.andThen(
        LanguageModel.generateText({ prompt: "Hi" }),
        Stream.runDrain(LanguageModel.streamText({ prompt: "Hi" }))
      ).pipe(Effect.provide(model), Effect.provide(layer))
      const told = spans.filter(({ name }) => name.startsWith("LanguageModel.")).map(({ attributes }) =>
        Object.fromEntries(attributes)
      )
      assert.lengthOf(told, 2)
      for (const attributes of told) {
        assert.deepInclude(attributes, {
          "gen_ai.request.model": "m",
          "gen_ai.response.id": "r1",
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": 3,
          "gen_ai.usage.output_tokens": 5,
          "codex.cached_tokens": 1,
          "codex.reasoning_tokens": 2
        })
      }
    }))
})

describe("CodexLanguageModel: the end of an answer", () => {
  const call: ResponseEvent = {
    _tag: "ItemDone",
    item: { type: "function_call", call_id: "c1", name: "weather", arguments: "{}" }
  }

  it.effect("has the reason that the backend gives, else the one that its kind of end has", () =>
    Effect.gen(function*() {
      const table: ReadonlyArray<readonly [Partial<Completed>, Response.FinishReason, calls?: boolean]> = [
        [{}, "stop"],
        [{}, "tool-calls", true],
        [{ finishReason: "stop" }, "stop"],
        [{ finishReason: "tool_calls" }, "tool-calls"],
        [{ finishReason: "length", incomplete: "max_output_tokens" }, "length"],
        [{ finishReason: "content_filter", incomplete: "content_filter" }, "content-filter"],
        [{ finishReason: "other", incomplete: "unknown" }, "other"],
        [{ incomplete: "max_output_tokens" }, "length"],
        [{ incomplete: "content_filter" }, "content-filter"],
        [{ incomplete: "interrupted" }, "other"],
        [{ incomplete: "interrupted" }, "other", true]
      ]
      for (const [more, reason, hasCalls = false] of table) {
        const parts = yield* streamed([text("Hi"), ...hasCalls ? [call] : []], [completed(more)])
        const end = parts.at(-1)
        assert.isTrue(end?.type === "finish")
        if (end?.type !== "finish") continue
        assert.strictEqual(end.reason, reason, JSON.stringify(more))
        assert.deepStrictEqual(
          end.metadata,
          more.incomplete === undefined ? {} : { codex: { incomplete: more.incomplete } }
        )
      }
    }))

  it.effect("tells what of the tokens was cached and thought, and never less than none of the rest", () =>
    Effect.gen(function*() {
      const usage = { inputTokens: 9, cachedTokens: 4, outputTokens: 8, reasoningTokens: 5, totalTokens: 17 }
      const endOf = (usage: Completed["usage"]) =>
        Effect.map(generated([text("Hi"), completed({ usage })]), (parts) => {
          const end = parts.at(-1)
          return end?.type === "finish" ? JSON.parse(JSON.stringify(end.usage)) : undefined
        })
      assert.deepStrictEqual(yield* endOf(usage), {
        inputTokens: { total: 9, cacheRead: 4, uncached: 5 },
        outputTokens: { total: 8, reasoning: 5, text: 3 }
      })
      assert.deepStrictEqual(yield* endOf({ ...usage, cachedTokens: 20, reasoningTokens: 20 }), {
        inputTokens: { total: 9, cacheRead: 20, uncached: 0 },
        outputTokens: { total: 8, reasoning: 20, text: 0 }
      })
      assert.deepStrictEqual(yield* endOf(undefined), { inputTokens: {}, outputTokens: {} })
    }))
})

describe("CodexLanguageModel: what is told once", () => {
  const done = (said: string, itemId?: string): ResponseEvent => ({
    _tag: "MessageDone",
    text: said,
    phase: "answer",
    ...itemId !== undefined && { itemId }
  })
  const call: ResponseEvent = { _tag: "ToolCallDone", kind: "function", callId: "c1", name: "weather", arguments: "{}" }

  it.effect("is each message, however many events say it, in whatever order", () =>
    Effect.gen(function*() {
      const ways: ReadonlyArray<readonly [Chunks, ReadonlyArray<string>]> = [
        [[[text("a", "m1")], [text("b", "m1")], [done("ab", "m1"), message("ab", "m1")]], ["ab"]],
        [[[done("ab", "m1"), message("ab", "m1")]], ["ab"]],
        [[[message("ab", "m1")]], ["ab"]],
        [[[message("ab")]], ["ab"]],
        [[[text("ab")], [done("ab")], [message("ab")]], ["ab"]],
        [[[text("ab", "m1"), call], [done("ab", "m1")], [message("ab", "m1")]], ["ab"]],
        [[[text("a", "m1"), text("b", "m2")], [message("a", "m1"), message("b", "m2")]], ["a", "b"]],
        [[[done("a", "m1"), message("a", "m1"), done("b", "m2"), message("b", "m2")]], ["a", "b"]],
        [[[{ _tag: "ReasoningDelta", text: "Hm.", itemId: "r1" }], [text("a", "m1")], [message("a", "m1")]], ["a"]]
      ]
      for (const [chunks, said] of ways) {
        const way = JSON.stringify(chunks)
        assert.deepStrictEqual(textsOf(yield* generated(...chunks, [completed()])), said, way)
        const parts = yield* streamed(...chunks, [completed()])
        const blocks = new Map<string, string>()
        for (const part of parts) {
          if (part.type === "text-delta") blocks.set(part.id, (blocks.get(part.id) ?? "") + part.delta)
        }
        assert.deepStrictEqual([...blocks.values()], said, way)
        const ends = parts.filter(({ type }) => type === "text-end" || type === "reasoning-end").length
        assert.strictEqual(parts.filter(({ type }) => /^(?:text|reasoning)-start$/.test(type)).length, ends, way)
      }
    }))

  it.effect("is each page, by its first title, and nothing that is no address", () =>
    Effect.gen(function*() {
      const cited = (url: string, title?: string): ResponseEvent => ({
        _tag: "AnnotationAdded",
        type: "url_citation",
        url,
        ...title !== undefined && { title }
      })
      const parts = yield* generated([
        text("See", "m1"),
        cited("https://a.example/", "A"),
        cited("https://a.example/", "B"),
        cited("https://b.example/"),
        cited("nowhere"),
        {
          _tag: "ItemDone",
          item: {
            type: "message",
            role: "assistant",
            id: "m1",
            content: [{
              type: "output_text",
              text: "See",
              annotations: [
                { type: "url_citation", url: "https://b.example/", title: "B" },
                { type: "url_citation", url: "https://c.example/", title: "C" },
                { type: "url_citation", url: "https://d.example/" },
                { type: "file_citation", url: "https://e.example/", title: "E" }
              ]
            }]
          }
        },
        completed()
      ])
      const sources = parts.flatMap((part) => part.type === "source" && part.sourceType === "url" ? [part] : [])
      assert.deepStrictEqual(sources.map(({ title, url }) => [url.href, title]), [
        ["https://a.example/", "A"],
        ["https://b.example/", "https://b.example/"],
        ["https://c.example/", "C"],
        ["https://d.example/", "https://d.example/"]
      ])
      assert.strictEqual(new Set(sources.map(({ id }) => id)).size, 4)
    }))

  it.effect("is each picture, by its item or, where a backend tells none, at the end", () =>
    Effect.gen(function*() {
      const drawn: ResponseEvent = { _tag: "ImageDone", itemId: "i1", base64: png, format: "webp" }
      const item: ResponseEvent = {
        _tag: "ItemDone",
        item: { type: "image_generation_call", id: "i1", status: "completed", result: png, output_format: "webp" }
      }
      const filesOf = (...events: ReadonlyArray<ResponseEvent>) =>
        Effect.map(generated([...events, text("Here"), completed()]), (parts) =>
          parts.flatMap((part) => part.type === "file" ? [part.mediaType] : []))
      assert.deepStrictEqual(yield* filesOf(drawn, item), ["image/webp"])
      assert.deepStrictEqual(yield* filesOf(drawn), ["image/webp"])
      assert.deepStrictEqual(yield* filesOf(item), ["image/webp"])
      assert.deepStrictEqual(yield* filesOf({ _tag: "ImageDone", base64: png }), ["image/png"])
    }))
})

describe("CodexLanguageModel: what the model made", () => {
  const read = Schema.decodeUnknownSync(Schema.Array(Item.Item))
  const write = Schema.encodeSync(Schema.Array(Item.Item))
  /** What a backend tells of an item before it is done, piece by piece. */
  const pieces = (item: Item.Item): ReadonlyArray<ResponseEvent> => {
    switch (item.type) {
      case "message": {
        if (item.role !== "assistant") return []
        const itemId = item.id ?? "m"
        const phase = item.phase === "commentary" ? "commentary" : "answer"
        return item.content.map((part): ResponseEvent =>
          part.type === "refusal"
            ? { _tag: "RefusalDelta", text: part.refusal, itemId }
            : { _tag: "TextDelta", text: part.text, itemId, phase }
        )
      }
      case "reasoning":
        return item.summary.map(({ text }, n): ResponseEvent => ({
          _tag: "ReasoningDelta",
          text: n === 0 ? text : `\n\n${text}`,
          ...item.id !== undefined && { itemId: item.id }
        }))
      case "function_call":
        return [
          { _tag: "ToolCallStarted", callId: item.call_id, name: item.name },
          { _tag: "ToolCallDelta", callId: item.call_id, arguments: item.arguments },
          { _tag: "ToolCallDone", kind: "function", callId: item.call_id, name: item.name, arguments: item.arguments }
        ]
      case "image_generation_call":
        return typeof item.result === "string"
          ? [{ _tag: "ImageDone", base64: item.result, itemId: item.id ?? "i" }]
          : []
      default:
        return []
    }
  }

  const isMade = (item: Item.Item): boolean =>
    item.type !== "function_call_output" && !(item.type === "message" && item.role !== "assistant")

  for (const way of ["whole", "piece by piece"] as const) {
    it.effect.each(kinds.map(([kind, items]) => ({ kind, items: read(items).filter(isMade) })))(
      `$kind, told ${way}, is sent back to the letter`,
      ({ items }) =>
        Effect.gen(function*() {
          const chunks = items.map((item): ReadonlyArray<ResponseEvent> => [
            ...way === "whole" ? [] : pieces(item),
            { _tag: "ItemDone", item }
          ])
          for (const told of [generated, streamed]) {
            const made = yield* told(...chunks, [completed()])
            const back = CodexPrompt.toItems(Prompt.fromResponseParts(made)).filter(isMade)
            assert.deepStrictEqual(write(back), write(items))
          }
        })
    )
  }
})
