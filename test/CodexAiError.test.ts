/**
 * Each failure of ours as the one of effect/ai that means the same.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexAiError } from "effect-codex/ai"
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CodexError from "../src/CodexError.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { type Setup, type Stage, start } from "./support/effectAi.ts"

const { Reply } = CodexEmulator

const at = DateTime.makeUnsafe("2026-11-26T20:00:00Z")
const path = "/run/auth.json"

/** A failure, the reason it is to effect/ai, and whether asking again makes sense. */
const table: ReadonlyArray<readonly [CodexError.CodexError, AiError.AiErrorReason["_tag"], boolean]> = [
  [new CodexError.AuthFileNotFound({ path }), "AuthenticationError", false],
  [new CodexError.AuthFileInvalid({ path, problem: "not JSON" }), "AuthenticationError", false],
  [new CodexError.AuthStoreFailed({ path, operation: "read", problem: "EACCES" }), "AuthenticationError", false],
  [new CodexError.AccessTokenMissing({ path, reason: "API key" }), "AuthenticationError", false],
  [new CodexError.AccessTokenExpired({ expiredAt: at, reason: "refresh is off" }), "AuthenticationError", false],
  [new CodexError.TokenRefreshFailed({ reason: "revoked" }), "AuthenticationError", false],
  [new CodexError.TokenRefreshFailed({ reason: "unreachable" }), "InternalProviderError", true],
  [new CodexError.Unauthorized({ code: "token_revoked" }), "AuthenticationError", false],
  [new CodexError.DeviceLoginFailed({ reason: "denied" }), "AuthenticationError", false],
  [new CodexError.ModelForbidden({ model: "m", status: 404, available: ["a"] }), "InvalidRequestError", false],
  [new CodexError.RateLimited({ kind: "quota", resetsAt: at, window: "weekly" }), "QuotaExhaustedError", false],
  [new CodexError.RateLimited({ kind: "rate", retryAfter: Duration.seconds(2) }), "RateLimitError", true],
  [new CodexError.RateLimited({ kind: "rate" }), "RateLimitError", true],
  [new CodexError.UsageNotIncluded({ code: "usage_not_included" }), "QuotaExhaustedError", false],
  [new CodexError.BudgetExhausted({ code: "credit_balance_exhausted" }), "QuotaExhaustedError", false],
  [new CodexError.WorkspaceRefused({ reason: "access" }), "AuthenticationError", false],
  [new CodexError.WorkspaceRefused({ reason: "credits" }), "QuotaExhaustedError", false],
  [new CodexError.CloudflareBlocked({ status: 403, host: "chatgpt.com" }), "AuthenticationError", false],
  [new CodexError.EmptyResponse({ model: "m" }), "InvalidResponseError", false],
  [new CodexError.EmptyResponse({ model: "m", reason: "content_filter" }), "ContentPolicyError", false],
  [new CodexError.BackendUnavailable({ status: 503 }), "InternalProviderError", true],
  [new CodexError.RequestRejected({ status: 400, detail: "Unsupported parameter: x" }), "InvalidRequestError", false],
  [new CodexError.RequestRejected({ status: 403, code: "cyber_policy" }), "ContentPolicyError", false],
  [new CodexError.RequestRejected({ status: 400, code: "invalid_prompt" }), "ContentPolicyError", false],
  [new CodexError.RequestRejected({ status: 400, code: "image_policy_violation" }), "ContentPolicyError", false],
  [new CodexError.RequestRejected({ status: 401, code: "account_deactivated" }), "AuthenticationError", false],
  [new CodexError.RequestRejected({ status: 402, detail: "Pay first" }), "AuthenticationError", false],
  [new CodexError.RequestRejected({ status: 403, detail: "Not here" }), "AuthenticationError", false],
  [new CodexError.PicturesNotTaken({ model: "m", available: [] }), "InvalidRequestError", false],
  [new CodexError.ContextWindowExceeded({ model: "m" }), "InvalidRequestError", false],
  [new CodexError.NetworkFailed({ host: "chatgpt.com" }), "InternalProviderError", true],
  [new CodexError.NetworkFailed({ host: "x", setting: "baseUrl" }), "InvalidRequestError", false],
  [new CodexError.RequestTimedOut({ phase: "idle", after: Duration.seconds(1) }), "InternalProviderError", true],
  [new CodexError.StreamInterrupted({ problem: "closed early" }), "InternalProviderError", true],
  [new CodexError.ProviderFailed({ provider: "p", cause: new Error("do-not-tell") }), "UnknownError", false],
  [new CodexError.PromptEmpty({}), "InvalidRequestError", false],
  [new CodexError.PromptTooLong({ what: "message", length: 9, maximum: 8 }), "InvalidRequestError", false],
  [new CodexError.ConversationBusy({ waiting: 20 }), "InternalProviderError", true],
  [new CodexError.TurnTimedOut({ after: Duration.minutes(10) }), "InternalProviderError", true],
  [new CodexError.MemoryFailed({ operation: "list", cause: new Error("x") }), "UnknownError", false],
  [new CodexError.AuditFailed({ cause: new Error("x") }), "UnknownError", false]
]

describe("CodexAiError", () => {
  it.each(table.map(([error, tag, isRetryable]) => ({ name: error._tag, error, tag, isRetryable })))(
    "$name is $tag",
    ({ error, isRetryable, tag }) => {
      const ai = CodexAiError.fromCodexError("generateText")(error)
      assert.strictEqual(ai.reason._tag, tag)
      assert.strictEqual(ai.isRetryable, isRetryable)
      const metadata = "metadata" in ai.reason ? ai.reason.metadata["codex"] : undefined
      assert.isTrue(Schema.is(Schema.JsonObject)(metadata))
      assert.propertyVal(metadata, "_tag", error._tag)
      assert.propertyVal(metadata, "message", error.message)
      assert.notInclude(JSON.stringify(metadata), "do-not-tell")
    }
  )

  it("has every class of the core", () => {
    const classes = CodexError.CodexError.members.map((failure) => failure.fields._tag.schema.literal)
    assert.deepStrictEqual([...new Set(table.map(([error]) => error._tag))].sort(), [...classes].sort())
  })

  it("gives our failure back, whole, also after the error was sent as JSON", () => {
    const error = new CodexError.RateLimited({ kind: "quota", resetsAt: at, window: "weekly" })
    const Json = Schema.toCodecJson(AiError.AiError)
    const ai = Schema.decodeSync(Json)(Schema.encodeSync(Json)(CodexAiError.fromCodexError("m")(error)))
    const back = Option.getOrThrow(CodexAiError.toCodexError(ai))
    assert.isTrue(back instanceof CodexError.RateLimited)
    assert.strictEqual(back.message, error.message)
    const foreign = AiError.make({ module: "x", method: "y", reason: new AiError.UnknownError({}) })
    assert.isTrue(Option.isNone(CodexAiError.toCodexError(foreign)))
  })

  it("keeps the reset time, the pause and the field where effect/ai has a place for them", () => {
    const quota = CodexAiError.toReason(new CodexError.RateLimited({ kind: "quota", resetsAt: at }))
    assert.isTrue(quota._tag === "QuotaExhaustedError" && quota.resetAt !== undefined)
    const rate = CodexAiError.toReason(new CodexError.RateLimited({ kind: "rate", retryAfter: Duration.seconds(2) }))
    assert.isTrue(rate._tag === "RateLimitError" && rate.retryAfter !== undefined)
    const field = CodexAiError.toReason(
      new CodexError.RequestRejected({ status: 400, detail: "Unsupported parameter: temperature" })
    )
    assert.isTrue(field._tag === "InvalidRequestError" && field.parameter === "temperature")
  })
})

interface Case {
  readonly when: string
  readonly given: (stage: Stage) => Effect.Effect<unknown>
  readonly setup?: Setup
  readonly tag: AiError.AiErrorReason["_tag"]
  readonly ours: CodexError.CodexError["_tag"]
}

const scripted = (...replies: ReadonlyArray<CodexEmulator.Reply.Reply>) => ({ server }: Stage) =>
  server.script(...replies)

const cases: ReadonlyArray<Case> = [
  {
    when: "the quota is used up",
    given: scripted(Reply.usageLimit()),
    tag: "QuotaExhaustedError",
    ours: "RateLimited"
  },
  {
    when: "there are too many requests",
    given: scripted(Reply.rateLimited({ retryAfter: 3 })),
    tag: "RateLimitError",
    ours: "RateLimited"
  },
  {
    when: "the plan has no Codex",
    given: scripted(Reply.usageNotIncluded()),
    tag: "QuotaExhaustedError",
    ours: "UsageNotIncluded"
  },
  {
    when: "every login is refused",
    given: scripted(Reply.times(Reply.unauthorized("token_revoked"), 3)),
    tag: "AuthenticationError",
    ours: "Unauthorized"
  },
  {
    when: "there is no login",
    given: () => Effect.void,
    setup: { values: { authJson: Redacted.make("no JSON") } },
    tag: "AuthenticationError",
    ours: "AuthFileInvalid"
  },
  {
    when: "the model is gone",
    given: scripted(Reply.modelRefused("gpt-5.6-sol")),
    tag: "InvalidRequestError",
    ours: "ModelForbidden"
  },
  {
    when: "the conversation is too long",
    given: scripted(Reply.contextWindow()),
    tag: "InvalidRequestError",
    ours: "ContextWindowExceeded"
  },
  {
    when: "the backend is overloaded",
    given: scripted(Reply.unavailable()),
    tag: "InternalProviderError",
    ours: "BackendUnavailable"
  },
  {
    when: "Cloudflare is in the way",
    given: scripted(Reply.cloudflare()),
    tag: "AuthenticationError",
    ours: "CloudflareBlocked"
  },
  {
    when: "nothing is said",
    given: scripted(Reply.empty()),
    tag: "InvalidResponseError",
    ours: "EmptyResponse"
  },
  {
    when: "a subject is forbidden",
    given: scripted(Reply.failed("cyber_policy")),
    tag: "ContentPolicyError",
    ours: "RequestRejected"
  },
  {
    when: "nobody is there",
    given: () => Effect.void,
    setup: { values: { baseUrl: "http://127.0.0.1:1/backend-api/codex" } },
    tag: "InternalProviderError",
    ours: "NetworkFailed"
  }
]

describe("a call of effect/ai", () => {
  for (const { given, ours, setup, tag, when } of cases) {
    it.live(`fails with ${tag} when ${when}, generated and streamed`, () =>
      Effect.gen(function*() {
        for (
          const call of [
            Effect.asVoid(LanguageModel.generateText({ prompt: "Hello" })),
            Stream.runDrain(LanguageModel.streamText({ prompt: "Hello" }))
          ]
        ) {
          const stage = yield* start(setup)
          yield* given(stage)
          const error = yield* Effect.flip(Effect.provide(call, stage.ai))
          assert.strictEqual(error.reason._tag, tag)
          assert.strictEqual(Option.getOrUndefined(CodexAiError.toCodexError(error))?._tag, ours)
        }
      }))
  }
})
