/**
 * The language model of effect/ai over `CodexBackend`: text, objects, tools, pictures and thoughts of a ChatGPT login.
 *
 * What effect/ai says is a request of ours, what comes back are its parts; retries, refreshes and limits are those of the
 * backend below. `streamText` cannot take back what it has told: an answer that starts over after that is a failure, while
 * `generateText` and `generateObject` wait for the one that ends.
 */
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import type * as Response from "effect/ai/Response"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { StreamInterrupted } from "../backend/BackendError.ts"
import { CodexBackend } from "../backend/CodexBackend.ts"
import type { CodexRequest } from "../backend/CodexRequest.ts"
import * as CodexTelemetry from "../backend/CodexTelemetry.ts"
import type { Completed, ResponseEvent } from "../backend/ResponseEvent.ts"
import { eachArray } from "../internal/eachArray.ts"
import * as CodexAiError from "./CodexAiError.ts"
import * as Asking from "./internal/asking.ts"
import * as Straight from "./internal/straight.ts"
import * as Telling from "./internal/telling.ts"

/**
 * What may be set of a call: only what the backend takes.
 *
 * There is no temperature, no limit of tokens, no `previous_response_id`: the backend refuses them.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Default: what `CodexBackend` is set to, else the model's own. */
  readonly reasoningEffort?: string | undefined
  /** Whether a summary of the model's thinking comes as `reasoning` parts. Default: false. */
  readonly reasoningSummary?: boolean | undefined
  /** How many words the model makes. Default: the model's own. */
  readonly verbosity?: "low" | "medium" | "high" | undefined
  /** `priority` is faster and costs more of the quota. Default: the account's own. */
  readonly serviceTier?: "default" | "priority" | "ultrafast" | undefined
  /** Whether the model may call several tools at once. Default: the backend's, which is yes. */
  readonly parallelToolCalls?: boolean | undefined
  /**
   * Stable for a conversation and shared with no other, as the backend's prompt cache hangs on it. A UUID. Default: made of
   * how the conversation began.
   */
  readonly sessionId?: string | undefined
}

/**
 * What is set for the running effect over the options of the layer, the model included.
 *
 * @since 0.2.0
 * @category services
 */
export const Overrides: Context.Reference<Options & { readonly model?: string | undefined }> = Context.Reference(
  "effect-codex/CodexLanguageModel/Overrides",
  { defaultValue: () => ({}) }
)

type Overriding = Options & { readonly model?: string | undefined }

/**
 * Sets options, or the model, for one effect; what an inner one says holds.
 *
 * @since 0.2.0
 * @category combinators
 */
export const withConfigOverride: {
  (overrides: Overriding): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, overrides: Overriding): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, overrides: Overriding): Effect.Effect<A, E, R> =>
    Effect.updateService(self, Overrides, (outer) => ({ ...outer, ...overrides }))
)

/**
 * `withConfigOverride` for a stream.
 *
 * @since 0.2.0
 * @category combinators
 */
export const streamWithConfigOverride: {
  (overrides: Overriding): <A, E, R>(self: Stream.Stream<A, E, R>) => Stream.Stream<A, E, R>
  <A, E, R>(self: Stream.Stream<A, E, R>, overrides: Overriding): Stream.Stream<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Stream.Stream<A, E, R>, overrides: Overriding): Stream.Stream<A, E, R> =>
    Stream.updateService(self, Overrides, (outer) => ({ ...outer, ...overrides }))
)

const moduleName = "CodexLanguageModel"

const failed = CodexAiError.fromCodexError

const brokenOff = new StreamInterrupted({ problem: "closed early" })

const isSaid = (parts: ReadonlyArray<Response.StreamPartEncoded>): boolean =>
  parts.some(({ type }) => type !== "response-metadata")

/** A request with what is set here in place of what it asks for. */
const withSettings = (request: CodexRequest, settings: Asking.Settings): CodexRequest => ({
  ...request,
  ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
})

/** Makes the model of these options. */
const make = Effect.fnUntraced(function*(
  settings: Asking.Settings
): Effect.fn.Return<Context.Context<LanguageModel.LanguageModel>, never, CodexBackend | Digest.Digest> {
  const backend = yield* CodexBackend
  const digest = yield* Digest.Digest

  const ask = Effect.fnUntraced(function*(method: string, options: LanguageModel.ProviderOptions) {
    const overrides = yield* Overrides
    const { names, request } = yield* Asking.of({ ...settings, ...overrides }, options).pipe(
      Effect.provideService(Digest.Digest, digest),
      Effect.mapError((reason) => AiError.make({ module: moduleName, method, reason }))
    )
    CodexTelemetry.annotateRequest(options.span, { ...request, tools: options.tools.length })
    const onEnd = (completed: Completed, parts: ReadonlyArray<Response.StreamPartEncoded>) =>
      CodexTelemetry.annotateResponse(options.span, {
        id: completed.responseId,
        model: completed.model,
        usage: completed.usage,
        finishReason: parts.find((part) => part.type === "finish")?.reason ?? "unknown"
      })
    return { events: backend.responses(request), names, onEnd }
  })

  const generateText = Effect.fnUntraced(function*(options: LanguageModel.ProviderOptions) {
    const { events, names, onEnd } = yield* ask("generateText", options)
    let telling = Telling.make(names)
    let parts: Array<Response.StreamPartEncoded> = []
    const add = (event: ResponseEvent): void => {
      if (event._tag === "Restarted") {
        telling = Telling.make(names)
        parts = []
      }
      telling.add(event, parts)
      if (event._tag === "Completed") onEnd(event, parts)
    }
    yield* Stream.runForEachArray(events, (some) => Effect.sync(() => some.forEach(add))).pipe(
      Effect.mapError(failed("generateText"))
    )
    return Telling.whole(parts)
  })

  const streamText = (options: LanguageModel.ProviderOptions) =>
    Stream.unwrap(Effect.map(ask("streamText", options), ({ events, names, onEnd }) => {
      let telling = Telling.make(names)
      let isTold = false
      // What tells nothing waits for what does: a plan turns to another model as long as nothing has come.
      let held: Array<Response.StreamPartEncoded> = []
      const tell = (some: ReadonlyArray<ResponseEvent>) => {
        const parts = held
        held = []
        for (const event of some) {
          if (event._tag === "Restarted") {
            if (isTold || isSaid(parts)) return Effect.fail(failed("streamText")(brokenOff))
            telling = Telling.make(names)
            parts.length = 0
          }
          telling.add(event, parts)
          if (event._tag === "Completed") onEnd(event, parts)
        }
        telling.flush(parts)
        isTold ||= isSaid(parts)
        if (isTold) return parts
        held = parts
        return []
      }
      // effect/ai has a span for a stream, and does not make it the parent of what its provider does.
      return eachArray(Stream.mapError(events, failed("streamText")), tell).pipe(
        Stream.provideService(Tracer.ParentSpan, options.span)
      )
    }))

  const model = yield* LanguageModel.make({
    codecTransformer: OpenAiStructuredOutput.toCodecOpenAI,
    supportsSystemMessagesInHistory: Effect.succeed(true),
    generateText,
    streamText
  })
  const responses: Straight.Responses = (request) =>
    Stream.unwrap(Effect.gen(function*() {
      const overrides = yield* Overrides
      const { stepIndex } = yield* ExecutionPlan.CurrentMetadata
      // What whoever asks has chosen goes before the first model of a plan; those behind it are there for when it cannot.
      const model = stepIndex === 0 ? request.model ?? settings.model : settings.model
      return backend.responses(withSettings(request, { ...settings, model, ...overrides }))
    }))
  return Context.make(LanguageModel.LanguageModel, model).pipe(Straight.add(model, responses))
})

/**
 * The model as the `LanguageModel` of effect/ai, over any `CodexBackend`.
 *
 * `model` is its slug; without one, `Models` chooses. Fails with `AiError` alone, in which `reason.metadata.codex` is our
 * failure.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: { readonly model?: string | undefined; readonly config?: Options | undefined } = {}
): Layer.Layer<LanguageModel.LanguageModel, never, CodexBackend> =>
  Layer.effectContext(make({ ...options.config, model: options.model })).pipe(
    Layer.provide(Digest.layerWebCrypto)
  )

/**
 * The model with its name, for `Effect.provide` and the steps of an `ExecutionPlan`: `CodexLanguageModel.model("gpt-5.6-sol")`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const model = (
  slug: string,
  config?: Options
): Model.Model<"codex", LanguageModel.LanguageModel, CodexBackend> =>
  Model.make("codex", slug, layer({ model: slug, config }))
