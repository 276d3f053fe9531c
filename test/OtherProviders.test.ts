/**
 * What another provider says, piece by piece, as the events of ours.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexAiError, CodexLanguageModel, ModelBackend } from "effect-codex/ai"
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import type * as Response from "effect/ai/Response"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as BackendError from "../src/backend/BackendError.ts"
import { CodexBackend, type Service } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import { Models } from "../src/backend/Models.ts"
import type { Completed, ResponseEvent } from "../src/backend/ResponseEvent.ts"
import * as CodexError from "../src/CodexError.ts"
import { tracing } from "./support/traces.ts"

type Part = Response.StreamPartEncoded

const used: Response.FinishPartEncoded["usage"] = { inputTokens: { total: 3 }, outputTokens: { total: 5 } }

const finish = (reason: Response.FinishReason = "stop", usage = used): Part => ({ type: "finish", reason, usage })

const block = (id: string, ...deltas: ReadonlyArray<string>): ReadonlyArray<Part> => [
  { type: "text-start", id },
  ...deltas.map((delta): Part => ({ type: "text-delta", id, delta })),
  { type: "text-end", id }
]

const says = (...parts: ReadonlyArray<Part>): ReadonlyArray<Part> => [...block("0", "Good", " day"), ...parts]

/** Another provider, which says one part after the other. */
const other = (said: ReadonlyArray<Part> | AiError.AiErrorReason, asked: Array<LanguageModel.ProviderOptions> = []) =>
  Model.make(
    "other",
    "other-1",
    Layer.effect(
      LanguageModel.LanguageModel,
      LanguageModel.make({
        generateText: () => Effect.succeed([]),
        streamText: (options) => {
          asked.push(options)
          return AiError.isAiErrorReason(said)
            ? Stream.fail(AiError.make({ module: "Other", method: "streamText", reason: said }))
            : Stream.rechunk(Stream.fromIterable(said), 1)
        }
      })
    )
  )

const request: CodexRequest = { instructions: "", sessionId: "s", input: [Item.fromText("user", "Hello")] }

const eventsOf = (
  said: ReadonlyArray<Part> | AiError.AiErrorReason,
  backend: Layer.Layer<CodexBackend | Models, never, LanguageModel.LanguageModel> = ModelBackend.layer()
) =>
  CodexBackend.use((backend) => Stream.runCollect(backend.responses(request))).pipe(
    Effect.provide(Layer.provide(backend, other(said)))
  )

const completedOf = (events: ReadonlyArray<ResponseEvent>): Completed | undefined =>
  events.find((event) => event._tag === "Completed")

const messagesOf = (events: ReadonlyArray<ResponseEvent>) =>
  events.flatMap((event) => event._tag === "MessageDone" ? [event.text] : [])

describe("ModelBackend: the end of an answer", () => {
  it.effect("has the reason that the provider gives, and is incomplete where it was cut or filtered", () =>
    Effect.gen(function*() {
      const table: ReadonlyArray<readonly [Response.FinishReason, string, incomplete: string | undefined]> = [
        ["stop", "stop", undefined],
        ["pause", "stop", undefined],
        ["tool-calls", "tool_calls", undefined],
        ["length", "length", "max_output_tokens"],
        ["content-filter", "content_filter", "content_filter"],
        ["error", "other", undefined],
        ["other", "other", undefined],
        ["unknown", "other", undefined]
      ]
      for (const [reason, ours, incomplete] of table) {
        const end = completedOf(yield* eventsOf(says(finish(reason))))
        assert.deepStrictEqual([end?.finishReason, end?.incomplete], [ours, incomplete], reason)
      }
    }))

  it.effect("counts the tokens that the provider tells, and none where it tells nothing", () =>
    Effect.gen(function*() {
      const usageOf = (usage: typeof used) =>
        Effect.map(eventsOf(says(finish("stop", usage))), (events) => completedOf(events)?.usage)
      const none = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0, totalTokens: 0 }
      assert.isUndefined(yield* usageOf({ inputTokens: {}, outputTokens: {} }))
      assert.deepStrictEqual(yield* usageOf({ inputTokens: { total: 3 }, outputTokens: {} }), {
        ...none,
        inputTokens: 3,
        totalTokens: 3
      })
      assert.deepStrictEqual(
        yield* usageOf({ inputTokens: {}, outputTokens: { total: 5, reasoning: 2 } }),
        { ...none, outputTokens: 5, reasoningTokens: 2, totalTokens: 5 }
      )
    }))

  it.effect("names id and model as the provider does, also when it goes on without saying them again", () =>
    Effect.gen(function*() {
      const named = yield* eventsOf([
        { type: "response-metadata", id: "r1", modelId: "other-1-2026" },
        { type: "response-metadata" },
        ...says(finish())
      ])
      assert.deepInclude(completedOf(named), { responseId: "r1", model: "other-1-2026" })
      assert.deepInclude(completedOf(yield* eventsOf(says(finish()))), { responseId: undefined, model: "other-1" })
    }))

  it.effect("is a failure that names the model where there was only white space or a file that nobody sees, and none after a single word or picture", () =>
    Effect.gen(function*() {
      const blank = yield* Effect.flip(eventsOf([...block("0", " ", "\n"), finish()]))
      assert.isTrue(blank._tag === "EmptyResponse" && blank.model === "other-1")
      assert.deepStrictEqual(messagesOf(yield* eventsOf([...block("0", "Yes", "\n"), finish()])), ["Yes\n"])
      const file = (mediaType: string): Part => ({ type: "file", mediaType, data: "AAAA" })
      assert.strictEqual((yield* Effect.flip(eventsOf([file("application/pdf"), finish()])))._tag, "EmptyResponse")
      assert.isDefined(completedOf(yield* eventsOf([file("image/png"), finish()])))
    }))
})

describe("ModelBackend: what is said", () => {
  it.effect("keeps blocks apart that are told at once, or have one id, and says nothing of empty ones", () =>
    Effect.gen(function*() {
      const told = yield* eventsOf([
        { type: "text-start", id: "0" },
        { type: "text-start", id: "1" },
        { type: "text-delta", id: "0", delta: "a" },
        { type: "text-delta", id: "1", delta: "b" },
        { type: "text-delta", id: "0", delta: "c" },
        { type: "text-end", id: "0" },
        { type: "text-end", id: "1" },
        ...block("0", "d"),
        ...block("2"),
        finish()
      ])
      assert.deepStrictEqual(messagesOf(told), ["ac", "b", "d"])
      assert.lengthOf(told.filter(({ _tag }) => _tag === "Opened"), 1)
    }))

  it.effect("cites a page in the message that it was told for, and in no later one", () =>
    Effect.gen(function*() {
      const told = yield* eventsOf([
        { type: "source", sourceType: "url", id: "s", url: "https://page.example/", title: "A page" },
        ...block("0", "One"),
        ...block("1", "Two"),
        finish()
      ])
      const cited = told.flatMap((event) =>
        event._tag === "ItemDone" && event.item.type === "message"
          ? [event.item.content.flatMap((part) => part.type === "output_text" ? part.annotations ?? [] : []).length]
          : []
      )
      assert.deepStrictEqual(cited, [1, 0])
    }))

  it.effect("tells the same through a plan, in the same order, however the provider cuts it", () =>
    Effect.gen(function*() {
      const said: ReadonlyArray<Part> = [{ type: "response-metadata", id: "r1" }, ...says(finish())]
      const plan = ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: other(said) }))
      assert.deepStrictEqual(yield* eventsOf(said, plan), yield* eventsOf(said))
    }))
})

describe("ModelBackend: failures", () => {
  const written = Schema.encodeSync(Schema.toCodecJson(CodexError.CodexError))

  it.effect("are those of ours that mean the same, with what they know", () =>
    Effect.gen(function*() {
      const resetAt = DateTime.makeUnsafe("2026-11-26T20:00:00Z")
      const network = (reason: AiError.NetworkError["reason"]) =>
        new AiError.NetworkError({ reason, method: "POST", url: "https://other.example/" })
      const { BackendUnavailable, RateLimited, RequestRejected } = BackendError
      const table: ReadonlyArray<readonly [AiError.AiErrorReason, BackendError.BackendError]> = [
        [
          new AiError.RateLimitError({ retryAfter: Duration.seconds(3) }),
          new RateLimited({ kind: "rate", retryAfter: Duration.seconds(3) })
        ],
        [new AiError.RateLimitError({}), new RateLimited({ kind: "rate" })],
        [new AiError.QuotaExhaustedError({ resetAt }), new RateLimited({ kind: "quota", resetsAt: resetAt })],
        [new AiError.QuotaExhaustedError({}), new RateLimited({ kind: "quota" })],
        [new AiError.InternalProviderError({ description: "x" }), new BackendUnavailable({})],
        [network("TransportError"), new BackendUnavailable({})],
        [new AiError.ContentPolicyError({ description: "x" }), new RequestRejected({ code: "content_policy" })],
        [new AiError.InvalidRequestError({ description: "x" }), new RequestRejected({ code: "invalid_request" })]
      ]
      for (const [reason, ours] of table) {
        const failure = yield* Effect.flip(eventsOf(reason))
        assert.strictEqual(failure.message, ours.message)
        assert.deepStrictEqual(written(failure), written(ours), reason._tag)
      }
    }))

  it.effect("are our own again, class by class, where the provider was ours after all", () =>
    Effect.gen(function*() {
      const path = "/run/auth.json"
      const ours: ReadonlyArray<CodexError.CodexError> = [
        new CodexError.AuthFileNotFound({ path }),
        new CodexError.AuthFileInvalid({ path, problem: "not JSON" }),
        new CodexError.AuthStoreFailed({ path, operation: "read", problem: "EACCES" }),
        new CodexError.AccessTokenMissing({ path, reason: "API key" }),
        new CodexError.AccessTokenExpired({ reason: "refresh is off" }),
        new CodexError.TokenRefreshFailed({ reason: "revoked" }),
        new CodexError.Unauthorized({ code: "token_revoked" }),
        new CodexError.BackendUnavailable({ status: 503 }),
        new CodexError.ContextWindowExceeded({ model: "m" })
      ]
      for (const failure of ours) {
        const again = yield* Effect.flip(eventsOf(CodexAiError.toReason(failure)))
        assert.strictEqual(again._tag, failure._tag)
        assert.strictEqual(again.message, failure.message)
      }
    }))
})

describe("ModelBackend: its name and its models", () => {
  const built = (layer: Layer.Layer<CodexBackend | Models, never, LanguageModel.LanguageModel>) =>
    Effect.all([CodexBackend, Models]).pipe(Effect.provide(Layer.provide(layer, other(says(finish())))))

  it.effect("are what the options say before what the provider says", () =>
    Effect.gen(function*() {
      const plan = ExecutionPlan.make({ provide: other(says(finish())) })
      assert.deepStrictEqual(
        [
          (yield* built(ModelBackend.layer()))[0].name,
          (yield* built(ModelBackend.layer({ name: "ours" })))[0].name,
          (yield* built(ModelBackend.layerExecutionPlan(plan)))[0].name,
          (yield* built(ModelBackend.layerExecutionPlan(plan, { name: "both" })))[0].name
        ],
        ["other", "ours", "plan", "both"]
      )
      const [, models] = yield* built(ModelBackend.layer())
      assert.deepStrictEqual(yield* models.choose(undefined), { model: "other-1", isExplicit: true })
      assert.deepStrictEqual(yield* models.choose("other-2"), { model: "other-2", isExplicit: true })
    }))

  it.effect("are, of a plan on a house of ours, told with the login and the quota of that house", () =>
    Effect.gen(function*() {
      const quota = { plan: "pro", limitReached: true, windows: [] }
      const ours: Service = {
        name: "codex",
        responses: () => Stream.fail(new BackendError.BackendUnavailable({})),
        usage: Effect.succeed(quota),
        status: Effect.succeed({
          connected: false,
          model: "m",
          modelNote: "note",
          reasoningEffort: "low",
          auth: Option.none(),
          quota: Option.some(quota)
        })
      }
      const plan = ModelBackend.layerExecutionPlan(
        ExecutionPlan.make({ provide: CodexLanguageModel.model("m") }, { provide: other(says(finish())) })
      )
      const backend = yield* Effect.provide(CodexBackend, Layer.provide(plan, Layer.succeed(CodexBackend, ours)))
      assert.deepStrictEqual(yield* backend.usage, quota)
      assert.deepStrictEqual(yield* backend.status, yield* ours.status)
      assert.strictEqual(backend.name, "plan")
    }))

  it.effect("stand over a span of its own, as those of our backend do", () =>
    Effect.gen(function*() {
      const { layer, spans } = tracing()
      yield* Effect.provide(eventsOf(says(finish())), layer)
      assert.include(spans.map(({ name }) => name), "CodexBackend.responses")
    }))
})
