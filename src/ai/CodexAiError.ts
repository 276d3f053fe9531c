/**
 * Each failure of ours as the `AiError` that means the same to a program that knows effect/ai only.
 *
 * The reason decides what happens next: `isRetryable` of effect/ai is its own, and stands for whether asking again, or
 * somebody else, makes sense. What we know more of it (a reset time, a request id, a path) is in `reason.metadata.codex`.
 */
import * as AiError from "effect/ai/AiError"
import * as Schema from "effect/Schema"
import { CodexError } from "../CodexError.ts"
import { fields, json } from "./internal/json.ts"

const encode = Schema.encodeSync(Schema.toCodecJson(CodexError))

/** The failure as JSON, with its message; what a stranger's provider said is not ours to pass on. */
const metadataOf = (error: CodexError): AiError.ProviderMetadata => ({
  codex: json(
    error._tag === "ProviderFailed"
      ? { _tag: error._tag, provider: error.provider, message: error.message }
      : { ...fields(encode(error)), message: error.message }
  )
})

type Common = { readonly description: string; readonly metadata: AiError.ProviderMetadata }

type Kind = AiError.AuthenticationError["kind"]

const login = (kind: Kind) => (common: Common) => new AiError.AuthenticationError({ kind, ...common })
const quota = ({ metadata }: Common) => new AiError.QuotaExhaustedError({ metadata })
const passing = (common: Common) => new AiError.InternalProviderError(common)
const invalid = (parameter: string | undefined) => (common: Common) =>
  new AiError.InvalidRequestError({ ...(parameter !== undefined && { parameter }), ...common })

// How the backend speaks of a field that it does not know.
const parameterIn = (detail: string | undefined): string | undefined =>
  /^Unsupported parameter: ([\w.[\]]+)/.exec(detail ?? "")?.[1]

const isPolicy = (code: string | undefined): boolean =>
  /(?:^invalid_prompt|_policy|_policy_violation)$/.test(code ?? "")

const reasonOf = (error: CodexError, common: Common): AiError.AiErrorReason => {
  switch (error._tag) {
    case "AuthFileNotFound":
    case "AccessTokenMissing":
      return login("MissingKey")(common)
    case "AuthFileInvalid":
    case "Unauthorized":
      return login("InvalidKey")(common)
    case "AccessTokenExpired":
      return login("ExpiredKey")(common)
    case "TokenRefreshFailed":
      return error.isRetryable ? passing(common) : login("ExpiredKey")(common)
    case "AuthStoreFailed":
    case "DeviceLoginFailed":
      return login("Unknown")(common)
    case "WorkspaceRefused":
      return error.reason === "access" ? login("InsufficientPermissions")(common) : quota(common)
    case "ModelForbidden":
      return invalid("model")(common)
    case "RateLimited":
      return error.kind === "quota"
        ? new AiError.QuotaExhaustedError({
          metadata: common.metadata,
          ...(error.resetsAt !== undefined && { resetAt: error.resetsAt })
        })
        : new AiError.RateLimitError({
          metadata: common.metadata,
          ...(error.retryAfter !== undefined && { retryAfter: error.retryAfter })
        })
    case "UsageNotIncluded":
    case "BudgetExhausted":
      return quota(common)
    case "CloudflareBlocked":
      return login("InsufficientPermissions")(common)
    case "EmptyResponse":
      return error.reason === "content_filter"
        ? new AiError.ContentPolicyError(common)
        : new AiError.InvalidResponseError(common)
    case "RequestRejected":
      if (isPolicy(error.code)) return new AiError.ContentPolicyError(common)
      return error.status === 401 || error.status === 402 || error.status === 403
        ? login("InsufficientPermissions")(common)
        : invalid(parameterIn(error.detail))(common)
    case "PicturesNotTaken":
    case "ContextWindowExceeded":
      return invalid("input")(common)
    case "NetworkFailed":
      return error.setting === undefined ? passing(common) : invalid(error.setting)(common)
    case "BackendUnavailable":
    case "RequestTimedOut":
    case "StreamInterrupted":
    case "TurnTimedOut":
    case "ConversationBusy":
      return passing(common)
    case "PromptEmpty":
    case "PromptTooLong":
      return invalid("prompt")(common)
    case "ProviderFailed":
    case "MemoryFailed":
    case "AuditFailed":
      return new AiError.UnknownError(common)
  }
}

/**
 * What a failure is to effect/ai.
 *
 * A quota or a budget that is used up is `QuotaExhaustedError`, which nobody should repeat; a rate limit that passes is
 * `RateLimitError` with the pause the server asked for. What is wrong with the login is `AuthenticationError`, with the
 * model, the settings or the length `InvalidRequestError`; what may pass (network, outage, time) is
 * `InternalProviderError`.
 *
 * @since 0.2.0
 * @category combinators
 */
export const toReason = (error: CodexError): AiError.AiErrorReason =>
  reasonOf(error, { description: error.message, metadata: metadataOf(error) })

/**
 * A failure as `AiError`, of the method that was called.
 *
 * @since 0.2.0
 * @category combinators
 */
export const fromCodexError = (method: string) => (error: CodexError): AiError.AiError =>
  AiError.make({ module: "CodexLanguageModel", method, reason: toReason(error) })

const decode = Schema.decodeUnknownOption(Schema.toCodecJson(CodexError))

/**
 * Our failure inside an `AiError`; none when the error is not from us.
 *
 * Use it to react to what effect/ai has no word for: `fix`, the window that is used up, the models to choose from.
 *
 * @since 0.2.0
 * @category combinators
 */
export const toCodexError = (error: AiError.AiError) =>
  decode("metadata" in error.reason ? error.reason.metadata["codex"] : undefined)
