/**
 * What a backend says, event by event, as the parts of effect/ai: also where it starts over, or is cut in odd places.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexLanguageModel } from "effect-codex/ai"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as BackendError from "../src/backend/BackendError.ts"
import { CodexBackend, type ResponsesError } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import type { Completed, ResponseEvent } from "../src/backend/ResponseEvent.ts"
import { tracing } from "./support/traces.ts"

type Chunks = ReadonlyArray<ReadonlyArray<ResponseEvent>>

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

const completed = (more: Partial<Completed> = {}): ResponseEvent => ({
  _tag: "Completed",
  responseId: "r1",
  model: "m",
  usage: undefined,
  incomplete: undefined,
  ...more
})

/** The model over a backend that says this, array by array, and remembers what it was asked. */
const over = (
  chunks: Chunks | ResponsesError,
  asked: Array<CodexRequest> = [],
  config: CodexLanguageModel.Options = {}
) =>
  CodexLanguageModel.layer({ model: "m", config }).pipe(
    Layer.provide(Layer.succeed(CodexBackend, {
      name: "codex",
      responses: (request) => {
        asked.push(request)
        return "_tag" in chunks
          ? Stream.fail(chunks)
          : Stream.flatMap(Stream.rechunk(Stream.fromIterable(chunks), 1), (some) => Stream.fromIterable(some))
      },
      usage: Effect.succeed({ plan: undefined, limitReached: false, windows: [] }),
      status: Effect.succeed({
        connected: true,
        model: "m",
        modelNote: undefined,
        reasoningEffort: undefined,
        auth: Option.none(),
        quota: Option.none()
      })
    }))
  )

const streamed = (...chunks: Chunks) =>
  Effect.provide(Stream.runCollect(LanguageModel.streamText({ prompt: "Hi" })), over(chunks))

const generated = (...chunks: Chunks) =>
  Effect.map(Effect.provide(LanguageModel.generateText({ prompt: "Hi" }), over(chunks)), ({ content }) => content)

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
