/**
 * What a request ends in when no whole answer comes: nobody there, somebody else in the way, or a line that breaks.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { bounded, optional, type Reader, type Row, withRequestId } from "../../Failure.ts"
import { howToUse } from "../../internal/unusedProxy.ts"

/**
 * Cloudflare answered in place of the backend, as it does to addresses that it does not trust.
 *
 * @since 0.1.0
 * @category errors
 */
export class CloudflareBlocked extends Schema.TaggedError<CloudflareBlocked>("effect-codex/CloudflareBlocked")(
  "CloudflareBlocked",
  { status: Schema.Int, host: Schema.String, ray: Schema.optionalKey(Schema.String) }
) {
  static readonly row: Row = {
    error: "503 Cloudflare",
    cause: "Automated access was blocked at the edge; a 403 challenge page is the same thing",
    fix: "Try later or from another network: this library does not get around Cloudflare."
  }
  fix(_reader: Reader): string {
    return CloudflareBlocked.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const ray = this.ray === undefined ? "" : `, ray ${this.ray}`
    return `Cloudflare blocked the request to ${this.host} (${this.status}${ray}).`
  }
}

/** Why an answer has no text, and what helps. */
const reasons: ReadonlyMap<string, readonly [why: string, fix: string]> = new Map([
  ["max_output_tokens", [
    "it reached the model's limit before its first word",
    "Ask for less at once, or lower the reasoning effort."
  ]],
  ["content_filter", ["the content filter held it back", "Ask in other words."]],
  ["interrupted", ["it was interrupted", "Ask again."]]
])

/**
 * The answer ended well and held no text: ask again, or in other words.
 *
 * @since 0.1.0
 * @category errors
 */
export class EmptyResponse extends Schema.TaggedError<EmptyResponse>("effect-codex/EmptyResponse")("EmptyResponse", {
  model: Schema.String,
  /** Why there is nothing, where the backend says so: `max_output_tokens`, `content_filter`. */
  reason: Schema.optionalKey(Schema.String),
  requestId: optional.requestId
}) {
  static readonly row: Row = {
    error: "Empty response",
    cause: "The stream ended without any text",
    fix: "Check that the account may use the model and retry."
  }
  fix(_reader: Reader): string {
    return reasons.get(this.reason ?? "")?.[1] ?? EmptyResponse.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const { reason } = this
    const why = reason === undefined || reason === "unknown"
      ? ""
      : ` (${reasons.get(reason)?.[0] ?? `reason: ${bounded(reason)}`})`
    return withRequestId(`Empty response: ${bounded(this.model)} sent no text${why}.`, this.requestId)
  }
}

/**
 * The backend is there but cannot serve: overloaded or broken. It was tried again already (`RetryPolicy`).
 *
 * @since 0.1.0
 * @category errors
 */
export class BackendUnavailable extends Schema.TaggedError<BackendUnavailable>("effect-codex/BackendUnavailable")(
  "BackendUnavailable",
  {
    status: Schema.optionalKey(Schema.Int),
    code: Schema.optionalKey(Schema.String),
    ...optional
  }
) {
  static readonly row: Row = {
    error: "backend error",
    cause: "ChatGPT is overloaded or has an incident (5xx)",
    fix: "Retry in a minute."
  }
  fix(_reader: Reader): string {
    return BackendUnavailable.row.fix
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    const what = [this.status, this.code].filter((part) => part !== undefined).join(", ")
    return withRequestId(`ChatGPT is not available right now${what === "" ? "" : ` (${what})`}.`, this.requestId)
  }
}

/**
 * The other side could not be reached, or the connection broke before an answer began.
 *
 * @since 0.1.0
 * @category errors
 */
export class NetworkFailed extends Schema.TaggedError<NetworkFailed>("effect-codex/NetworkFailed")("NetworkFailed", {
  host: Schema.String,
  /** The setting that names no server, when that is the reason. */
  setting: Schema.optionalKey(Schema.String),
  /** The variable of a proxy that is set, and that Node was not told to use. */
  unusedProxy: Schema.optionalKey(Schema.String)
}) {
  static readonly row: Row = {
    error: "Network failed",
    cause: "No connection: DNS, firewall, proxy or an outage",
    fix: "Check the network of the server and retry."
  }
  fix(_reader: Reader): string {
    return this.setting === undefined
      ? this.unusedProxy === undefined ? NetworkFailed.row.fix : howToUse(this.unusedProxy)
      : `Set ${this.setting} to an address that begins with https://, or leave it out.`
  }
  get isRetryable(): boolean {
    return this.setting === undefined
  }
  override get message(): string {
    if (this.setting !== undefined) return `The setting ${this.setting} is no http or https address.`
    return `Could not reach ${this.host}.`
  }
}

const timeoutProblems = {
  connect: "no answer began",
  idle: "the answer stood still",
  request: "no answer began, with all attempts,"
} as const

/**
 * A limit of `RetryPolicy` or `turnTimeout` ran out; `phase` says which, `after` how long it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestTimedOut extends Schema.TaggedError<RequestTimedOut>("effect-codex/RequestTimedOut")(
  "RequestTimedOut",
  { phase: Schema.Literals(["connect", "idle", "request"]), after: Schema.Duration }
) {
  static readonly row: Row = {
    error: "Request timed out",
    cause: "The model thinks longer than timeoutMs allows, or the network stalls",
    fix: "Retry; for long answers raise timeoutMs or lower the reasoning effort."
  }
  fix(_reader: Reader): string {
    return RequestTimedOut.row.fix
  }
  get isRetryable(): boolean {
    return this.phase === "connect" || this.phase === "idle"
  }
  override get message(): string {
    return `Request timed out: ${timeoutProblems[this.phase]} within ${Duration.format(this.after)}.`
  }
}

/**
 * The stream broke off before the backend said that the answer was complete.
 *
 * @since 0.1.0
 * @category errors
 */
export class StreamInterrupted extends Schema.TaggedError<StreamInterrupted>("effect-codex/StreamInterrupted")(
  "StreamInterrupted",
  {
    problem: Schema.Literals(["closed early", "not an event stream", "unreadable", "failed by the server"]),
    ...optional
  }
) {
  static readonly row: Row = {
    error: "Stream interrupted",
    cause: "The connection was cut in the middle of an answer",
    fix: "Retry."
  }
  fix(_reader: Reader): string {
    return this.problem === "not an event stream"
      ? "Retry. If it stays so, look at `baseUrl` or CODEX_BASE_URL, and at what stands between here and there."
      : StreamInterrupted.row.fix
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    return withRequestId(`The answer broke off (${this.problem}).`, this.requestId)
  }
}

/**
 * A provider of the bot's own rejected; what it said is for programs and logs, never for the chat.
 *
 * @since 0.2.0
 * @category errors
 */
export class ProviderFailed extends Schema.TaggedError<ProviderFailed>("effect-codex/ProviderFailed")(
  "ProviderFailed",
  { provider: Schema.String, cause: Schema.Defect() }
) {
  static readonly row: Row = {
    error: "The provider failed",
    cause: "A provider of the bot's own could not answer",
    fix: "Try again; the bot's log says what the provider reported."
  }
  fix(_reader: Reader): string {
    return ProviderFailed.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `The provider ${bounded(this.provider)} failed.`
  }
}
