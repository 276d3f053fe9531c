/**
 * What `effect-codex/ai` provides, requires and fails with, and what must not compile. The compiler is the test.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { expectTypeOf } from "@effect/vitest"
import {
  type Config,
  type Context,
  type Effect,
  ExecutionPlan,
  Layer,
  type Option,
  Schema,
  type Stream,
  type Tracer
} from "effect"
import {
  Codex,
  type CodexAuth,
  type CodexBackend,
  type CodexError,
  codexLive,
  type Item,
  type Models,
  RetryPolicy
} from "effect-codex"
import {
  CodexAiError,
  CodexClient,
  type CodexFetch,
  codexFetch,
  CodexLanguageModel,
  CodexPrompt,
  CodexTelemetry,
  CodexTool,
  ModelBackend
} from "effect-codex/ai"
import { codex, type CodexMiddleware } from "effect-codex/telegram"
import { type AiError, LanguageModel, type Model, type Prompt, Tool, Toolkit } from "effect/ai"
import type { HttpClient } from "effect/http"
import OpenAI from "openai"

type Http = HttpClient.HttpClient
type Named = Model.ProviderName | Model.ModelName

// the model

expectTypeOf(CodexLanguageModel.layer()).toEqualTypeOf<
  Layer.Layer<LanguageModel.LanguageModel, never, CodexBackend.CodexBackend>
>()
expectTypeOf(CodexLanguageModel.model("gpt-5.6-sol", { verbosity: "low" })).toExtend<
  Layer.Layer<LanguageModel.LanguageModel | Named, never, CodexBackend.CodexBackend>
>()
expectTypeOf(CodexLanguageModel.model("gpt-5.6-sol").provider).toEqualTypeOf<"codex">()
// @ts-expect-error the backend refuses it
CodexLanguageModel.model("gpt-5.6-sol", { temperature: 0.2 })
// @ts-expect-error the backend refuses it
CodexLanguageModel.layer({ config: { maxOutputTokens: 100 } })

const asked = LanguageModel.generateText({ prompt: "Hi" })
expectTypeOf(CodexLanguageModel.withConfigOverride(asked, { reasoningEffort: "high", model: "m" })).toEqualTypeOf<
  typeof asked
>()
// @ts-expect-error the backend refuses it
export const refused = CodexLanguageModel.withConfigOverride(asked, { topP: 1 })
const streamed = LanguageModel.streamText({ prompt: "Hi" })
expectTypeOf(CodexLanguageModel.streamWithConfigOverride(streamed, { verbosity: "low" })).toEqualTypeOf<
  typeof streamed
>()
expectTypeOf<Stream.Error<typeof streamed>>().toEqualTypeOf<AiError.AiError>()

const object = LanguageModel.generateObject({ prompt: "Who?", schema: Schema.Struct({ name: Schema.String }) })
expectTypeOf<Effect.Success<typeof object>["value"]>().toEqualTypeOf<{ readonly name: string }>()
expectTypeOf<Effect.Services<typeof object>>().toEqualTypeOf<LanguageModel.LanguageModel>()

// tools of the backend need no handler

const kit = Toolkit.make(
  CodexTool.WebSearch({ search_context_size: "low" }),
  CodexTool.ImageGeneration({ output_format: "png" }),
  Tool.make("Time", { success: Schema.String })
)
expectTypeOf<Layer.Success<ReturnType<typeof kit.toLayer>>>().toEqualTypeOf<Tool.Handler<"Time">>()
// @ts-expect-error no such size
CodexTool.WebSearch({ search_context_size: "huge" })

// failures and conversations

declare const failure: AiError.AiError
expectTypeOf(CodexAiError.toCodexError(failure)).toEqualTypeOf<Option.Option<CodexError.CodexError>>()
expectTypeOf(CodexAiError.toReason).returns.toEqualTypeOf<AiError.AiErrorReason>()
expectTypeOf(CodexPrompt.fromItems).parameter(0).toEqualTypeOf<Iterable<Item.Item>>()
expectTypeOf(CodexPrompt.fromItems).returns.toEqualTypeOf<Prompt.Prompt>()
expectTypeOf(CodexPrompt.toItems("Hi")).toEqualTypeOf<ReadonlyArray<Item.Item>>()

expectTypeOf(CodexAiError.fromCodexError("generateText")).toEqualTypeOf<
  (error: CodexError.CodexError) => AiError.AiError
>()
// @ts-expect-error no failure of ours
CodexAiError.toReason(new Error("x"))
// @ts-expect-error no item has this role
CodexPrompt.fromItems([{ type: "message", role: "captain", content: [] }])

// what a span says

declare const span: Tracer.Span
expectTypeOf(CodexTelemetry.annotateRequest).parameters.toEqualTypeOf<[Tracer.Span, CodexTelemetry.Request]>()
CodexTelemetry.annotateResponse(span, { finishReason: "stop" })
// @ts-expect-error what was asked is in no span
CodexTelemetry.annotateRequest(span, { tools: 0, prompt: "What is 2 + 2?" })

// what is set for an effect

expectTypeOf(CodexLanguageModel.Overrides).toExtend<
  Context.Reference<CodexLanguageModel.Options & { readonly model?: string | undefined }>
>()
// @ts-expect-error no such place for a login
codexFetch({ authJsonFile: "/run/secrets/auth.json" })
// @ts-expect-error the endpoint has no address of its own
CodexClient.layerHttpClient({ url: "https://example.com" })

// another provider below a conversation

type Answering = CodexBackend.CodexBackend | Models.Models
expectTypeOf(ModelBackend.layer()).toEqualTypeOf<Layer.Layer<Answering, never, LanguageModel.LanguageModel>>()
const plan = ExecutionPlan.make({ provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 })
expectTypeOf(ModelBackend.layerExecutionPlan(plan)).toEqualTypeOf<
  Layer.Layer<Answering, never, CodexBackend.CodexBackend>
>()
// Any layer of a model is a step, with what it needs and whatever it fails with; who looks at a failure knows what it can be.
declare const plainModel: Layer.Layer<LanguageModel.LanguageModel>
declare const needyModel: Layer.Layer<LanguageModel.LanguageModel, Config.ConfigError, Http>
expectTypeOf(ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: plainModel }))).toEqualTypeOf<
  Layer.Layer<Answering>
>()
const ours = { provide: CodexLanguageModel.model("gpt-5.6-sol"), while: (error: AiError.AiError) => error.isRetryable }
expectTypeOf(ModelBackend.layerExecutionPlan(ExecutionPlan.make(ours, { provide: plainModel }))).toEqualTypeOf<
  Layer.Layer<Answering, never, CodexBackend.CodexBackend>
>()
expectTypeOf(
  ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: plainModel }, { provide: needyModel }))
).toEqualTypeOf<Layer.Layer<Answering, never, Http>>()
// @ts-expect-error the layer before it fails with something else
ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: needyModel }, ours))
// A plan of no models needs one.
expectTypeOf(ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: Layer.empty }))).toEqualTypeOf<
  Layer.Layer<Answering, never, LanguageModel.LanguageModel>
>()

// the login under other clients

expectTypeOf(CodexClient.layerHttpClient()).toEqualTypeOf<Layer.Layer<Http, never, CodexAuth.CodexAuth | Http>>()
expectTypeOf(codexFetch()).toEqualTypeOf<CodexFetch>()
expectTypeOf<CodexFetch>().toExtend<typeof globalThis.fetch>()

export const clients = () => {
  // #region fetch
  const fetch = codexFetch({ authJsonPath: "/run/secrets/auth.json" })
  const openai = new OpenAI({ apiKey: "unused", fetch })
  const aiSdk = createOpenAI({ apiKey: "unused", fetch })
  // #endregion
  return { openai, aiSdk }
}

declare const OtherModel: Layer.Layer<LanguageModel.LanguageModel>

// #region otherModel
/** Conversations of ours, answered by another provider; memory, limits and audit are those of `codexLive`. */
export const OnAnotherProvider = Codex.layer().pipe(
  Layer.provideMerge(ModelBackend.layer()),
  Layer.provideMerge(codexLive()),
  Layer.provide(OtherModel)
)
// #endregion

// #region fallback
/** Ours as long as there is quota, then the other one: `codex({ layer: WithFallback, allowedUserIds })`. */
export const WithFallback = Codex.layer().pipe(
  Layer.provideMerge(ModelBackend.layerExecutionPlan(ExecutionPlan.make(
    { provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 },
    { provide: OtherModel, attempts: 2 }
  ))),
  // The plan tries again, so that nothing below it does.
  Layer.provideMerge(codexLive({ retryPolicy: RetryPolicy.layerNone }))
)
// #endregion
expectTypeOf(codex({ layer: WithFallback, allowedUserIds: [7] })).toEqualTypeOf<CodexMiddleware>()
expectTypeOf<Layer.Services<typeof OnAnotherProvider>>().toEqualTypeOf<never>()
