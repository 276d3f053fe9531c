/**
 * A `CodexBackend` over any `LanguageModel`: conversations and bots that another provider answers.
 *
 * The same history, in words that any provider understands: thoughts and whatever else is sealed for ours are left out.
 * Nothing is tried again here; retries and fallbacks are an `ExecutionPlan` of effect/ai.
 */
import type * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AuthError from "../auth/AuthError.ts"
import * as BackendError from "../backend/BackendError.ts"
import { CodexBackend, type ResponsesError, type Service } from "../backend/CodexBackend.ts"
import type { CodexRequest } from "../backend/CodexRequest.ts"
import * as Models from "../backend/Models.ts"
import type { ResponseEvent } from "../backend/ResponseEvent.ts"
import { eachArray } from "../internal/eachArray.ts"
import * as CodexAiError from "./CodexAiError.ts"
import * as Hearing from "./internal/hearing.ts"
import * as Plain from "./internal/plain.ts"

/**
 * How the other provider is called.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Name of the provider for status and audit. Default: that of a `Model`, else `model`. */
  readonly name?: string | undefined
}

// The other provider may be ours after all: the first step of a plan.
const isOfBackend = Schema.is(Schema.Union([
  ...BackendError.BackendError.members,
  AuthError.AuthFileNotFound,
  AuthError.AuthFileInvalid,
  AuthError.AuthStoreFailed,
  AuthError.AccessTokenMissing,
  AuthError.AccessTokenExpired,
  AuthError.TokenRefreshFailed,
  AuthError.Unauthorized
]))

/** A failure of another provider as one of ours; its own words may say anything, and are carried as the cause only. */
const failureOf = (provider: string) => (error: AiError.AiError): ResponsesError => {
  const ours = Option.getOrUndefined(CodexAiError.toCodexError(error))
  if (isOfBackend(ours)) return ours
  const { reason } = error
  switch (reason._tag) {
    case "RateLimitError":
      return new BackendError.RateLimited({
        kind: "rate",
        ...(reason.retryAfter !== undefined && { retryAfter: reason.retryAfter })
      })
    case "QuotaExhaustedError":
      return new BackendError.RateLimited({
        kind: "quota",
        ...(reason.resetAt !== undefined && { resetsAt: reason.resetAt })
      })
    case "InternalProviderError":
    case "NetworkError":
      return new BackendError.BackendUnavailable({})
    case "ContentPolicyError":
      return new BackendError.RequestRejected({ code: "content_policy" })
    case "InvalidRequestError":
      return new BackendError.RequestRejected({ code: "invalid_request" })
    default:
      return new BackendError.ProviderFailed({ provider, cause: error })
  }
}

const partsOf = (request: CodexRequest) =>
  Stream.unwrap(Effect.gen(function*() {
    const model = yield* LanguageModel.LanguageModel
    const canInstruct = yield* model.supportsSystemMessagesInHistory ?? Effect.succeed(false)
    const prompt = Plain.prompt(request, canInstruct)
    const tools = Plain.tools(request)
    return tools.length === 0
      ? model.streamText({ prompt })
      : model.streamText({
        prompt,
        toolkit: Toolkit.make(...tools),
        toolChoice: Plain.toolChoice(request),
        // A call is an event here; whoever asked runs it, or tells the model that there is no such tool.
        disableToolCallResolution: true,
        toolCallValidation: "deferred"
      })
  }))

const eventsOf = (
  parts: Stream.Stream<Hearing.Part, AiError.AiError>,
  provider: string,
  model: string | undefined
): Stream.Stream<ResponseEvent, ResponsesError> =>
  Stream.suspend(() => {
    const hearing = Hearing.make(model)
    return eachArray(Stream.mapError(parts, failureOf(provider)), (some) => {
      const events = some.flatMap(hearing.add)
      const isEmpty = events.some(({ _tag }) => _tag === "Completed") && !hearing.hasAnswer()
      return isEmpty
        ? Effect.fail(new BackendError.EmptyResponse({ model: model ?? provider }))
        : Effect.succeed(events)
    })
  })

const serviceOf = (
  provider: string,
  model: string | undefined,
  parts: (request: CodexRequest) => Stream.Stream<Hearing.Part, AiError.AiError>
): Service => ({
  name: provider,
  responses: (request) =>
    Stream.withSpan(eventsOf(parts(request), provider, model), "CodexBackend.responses", { captureStackTrace: false }),
  usage: Effect.succeed({ plan: undefined, limitReached: false, windows: [] }),
  status: Effect.succeed({
    connected: true,
    model,
    modelNote: undefined,
    reasoningEffort: undefined,
    auth: Option.none(),
    quota: Option.none()
  })
})

// Another provider has the model that it has.
const modelsOf = (model: string | undefined): Models.Service => ({
  list: Effect.succeed({
    source: "live",
    models: model === undefined
      ? []
      : [{ id: model, displayName: undefined, description: undefined, reasoningEfforts: [] }]
  }),
  choose: (wanted = model ?? "") => Effect.succeed({ model: wanted, isExplicit: true }),
  after: () => Effect.undefined,
  found: () => Effect.void,
  chosen: Effect.succeed({ model, note: undefined })
})

const contextOf = (
  provider: string,
  model: string | undefined,
  parts: (request: CodexRequest) => Stream.Stream<Hearing.Part, AiError.AiError>
) =>
  Context.make(CodexBackend, serviceOf(provider, model, parts)).pipe(
    Context.add(Models.Models, modelsOf(model))
  )

/**
 * The backend over the `LanguageModel` of the context, whose provider and model it is named after.
 *
 * Under a conversation with all its other rooms: `Codex.layer().pipe(Layer.provideMerge(ModelBackend.layer()),
 * Layer.provideMerge(codexLive()))`. A failure is one of ours where it means the same (rate limit, quota, outage), else
 * `ProviderFailed`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<CodexBackend | Models.Models, never, LanguageModel.LanguageModel> =>
  Layer.effectContext(Effect.gen(function*() {
    const model = yield* LanguageModel.LanguageModel
    const provider = yield* Effect.serviceOption(Model.ProviderName)
    const name = yield* Effect.serviceOption(Model.ModelName)
    return contextOf(
      options.name ?? Option.getOrElse(provider, () => "model"),
      Option.getOrUndefined(name),
      (request) => Stream.provideService(partsOf(request), LanguageModel.LanguageModel, model)
    )
  }))

/**
 * The backend over an `ExecutionPlan` of models: one provider after the other, as the plan says, as long as nothing of an
 * answer was told.
 *
 * Use it for another provider when the quota is used up. The first step may be ours, over the `CodexBackend` of the
 * context; set its `RetryPolicy` to few attempts, as the plan tries again itself.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerExecutionPlan = <R>(
  plan: ExecutionPlan.ExecutionPlan<{
    provides: LanguageModel.LanguageModel | Model.ProviderName | Model.ModelName
    input: unknown
    error: never
    requirements: R
  }>,
  options: Options = {}
): Layer.Layer<CodexBackend | Models.Models, never, R> =>
  Layer.effectContext(Effect.map(plan.captureRequirements, (plan) =>
    contextOf(
      options.name ?? "plan",
      undefined,
      (request) => Stream.withExecutionPlan(partsOf(request), plan, { preventFallbackOnPartialStream: true })
    )))
