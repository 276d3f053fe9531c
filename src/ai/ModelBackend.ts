/**
 * A `CodexBackend` over any `LanguageModel`: conversations and bots that another provider answers.
 *
 * The same history, in words that any provider understands: thoughts and whatever else is sealed for ours are left out.
 * A model of ours is asked in our own words. Nothing is tried again here; retries and fallbacks are an `ExecutionPlan` of
 * effect/ai.
 */
import * as AiError from "effect/ai/AiError"
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
import * as Straight from "./internal/straight.ts"

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
const failureOf = (provider: string) => (error: unknown): ResponsesError => {
  // The layer of a step of a plan fails with what it likes.
  if (!AiError.isAiError(error)) return new BackendError.ProviderFailed({ provider, cause: error })
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

const partsOf = (model: LanguageModel.LanguageModel, request: CodexRequest) =>
  Stream.unwrap(Effect.gen(function*() {
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

const ofOurs = CodexAiError.fromCodexError("streamText")

const heardFrom = (
  parts: Stream.Stream<Hearing.Part, AiError.AiError>,
  name: string
): Stream.Stream<ResponseEvent, AiError.AiError> =>
  Stream.suspend(() => {
    const hearing = Hearing.make(name)
    return eachArray(parts, (some) => {
      const events = some.flatMap(hearing.add)
      const isEmpty = events.some(({ _tag }) => _tag === "Completed") && !hearing.hasAnswer()
      return isEmpty
        ? Effect.fail(ofOurs(new BackendError.EmptyResponse({ model: name })))
        : events
    })
  })

/** The answer of the model of the context. One of ours is asked in our own words, and nothing is lost on the way. */
const eventsOf = (
  request: CodexRequest,
  provider: string
): Stream.Stream<ResponseEvent, AiError.AiError, LanguageModel.LanguageModel> =>
  Stream.unwrap(Effect.gen(function*() {
    const model = yield* LanguageModel.LanguageModel
    const straight = yield* Straight.to(model)
    if (straight !== undefined) return Stream.mapError(straight(request), ofOurs)
    const name = yield* Effect.serviceOption(Model.ModelName)
    return heardFrom(partsOf(model, request), Option.getOrElse(name, () => provider))
  }))

const tellsNothing = ({ _tag }: ResponseEvent): boolean =>
  _tag === "Opened" || _tag === "Started" || _tag === "QuotaSeen"

/** Holds back what tells nothing until something does: a plan turns to the next provider as long as nothing has come. */
const heldBack = <E, R>(events: Stream.Stream<ResponseEvent, E, R>): Stream.Stream<ResponseEvent, E, R> =>
  Stream.suspend(() => {
    let held: ReadonlyArray<ResponseEvent> | undefined = []
    return eachArray(events, (some) => {
      if (held === undefined) return some
      const all: ReadonlyArray<ResponseEvent> = [...held, ...some]
      held = some.every(tellsNothing) ? all : undefined
      return held === undefined ? all : []
    })
  })

type Events = (request: CodexRequest) => Stream.Stream<ResponseEvent, unknown>

const serviceOf = (provider: string, model: string | undefined, events: Events): Service => ({
  name: provider,
  responses: (request) =>
    Stream.mapError(events(request), failureOf(provider)).pipe(
      Stream.withSpan("CodexBackend.responses", { captureStackTrace: false })
    ),
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

const contextOf = (provider: string, model: string | undefined, events: Events) =>
  Context.make(CodexBackend, serviceOf(provider, model, events)).pipe(
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
    const services = yield* Effect.context<LanguageModel.LanguageModel>()
    const named = Option.getOrUndefined(Context.getOption(services, Model.ProviderName))
    const model = Option.getOrUndefined(Context.getOption(services, Model.ModelName))
    const provider = options.name ?? named ?? "model"
    return contextOf(
      provider,
      model,
      (request) =>
        Stream.updateContext(
          eventsOf(request, provider),
          (input: Context.Context<never>) => Context.merge(input, services)
        )
    )
  }))

/**
 * The backend over an `ExecutionPlan` of models: one provider after the other, as the plan says, as long as nothing of an
 * answer was told.
 *
 * Use it for another provider when the quota is used up. A step may be any layer of a `LanguageModel`. One that is ours,
 * over the `CodexBackend` of the context, is asked in our own words: nothing is lost of searches, pictures and thoughts.
 * A prompt that names a model gets it from the first step, where that is ours. Set the `RetryPolicy` below it to few attempts, as the plan tries again itself. A step whose layer cannot be built fails
 * with `ProviderFailed`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerExecutionPlan = <Provides, Input, E, R>(
  plan: ExecutionPlan.ExecutionPlan<{
    provides: Provides
    input: Input | AiError.AiError | E
    error: E
    requirements: R
  }>,
  options: Options = {}
): Layer.Layer<CodexBackend | Models.Models, never, R | Exclude<LanguageModel.LanguageModel, Provides>> =>
  Layer.effectContext(Effect.gen(function*() {
    const provider = options.name ?? "plan"
    const services = yield* Effect.context<R | Exclude<LanguageModel.LanguageModel, Provides>>()
    const backend = serviceOf(provider, undefined, (request) =>
      heldBack(eventsOf(request, provider)).pipe(
        Stream.withExecutionPlan(plan, { preventFallbackOnPartialStream: true }),
        Stream.updateContext((input: Context.Context<never>) => Context.merge(input, services))
      ))
    // Where one of ours is a step, its quota is what somebody wants to know.
    const ours = Option.getOrUndefined(Context.getOption(services, CodexBackend))
    return Context.make(CodexBackend, {
      ...backend,
      usage: ours?.usage ?? backend.usage,
      status: ours?.status ?? backend.status
    })
      .pipe(Context.add(Models.Models, modelsOf(undefined)))
  }))
