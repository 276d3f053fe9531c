/**
 * Failures of the backend: what a request for an answer can end in.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { minute, optional, type Reader, type Row, withRequestId } from "../Failure.ts"

/** What a server named, cut where it stops being a name. */
const bounded = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}…`

/** The account may not use this model, or not in this workspace. */
export class ModelForbidden extends Schema.TaggedError<ModelForbidden>("effect-codex/ModelForbidden")(
  "ModelForbidden",
  {
    model: Schema.String,
    status: Schema.Int,
    code: Schema.optionalKey(Schema.String),
    /** Whether the refusal speaks of the model; a bare 403 may have any reason. */
    isNamed: Schema.optionalKey(Schema.Boolean),
    /** Models of the account's list, best first. */
    available: Schema.optionalKey(Schema.Array(Schema.String)),
    requestId: optional.requestId
  }
) {
  static readonly row: Row = {
    error: "403",
    cause: "The model is not available to this plan, workspace or client version",
    fix: "Try another model from `/codex models`: the bot's owner sets `model` or CODEX_MODEL."
  }
  fix(reader: Reader): string {
    const { available = [] } = this
    if (available.length === 0) return ModelForbidden.row.fix
    const names = available.slice(0, 3).map((name) => bounded(name, 64)).join(", ")
    return reader === "chat"
      ? `Try another model from \`/codex models\`, such as ${names}: the bot's owner sets \`model\` or CODEX_MODEL.`
      : `Set \`model\` or CODEX_MODEL to a model of this account, such as ${names}.`
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId(
      `The model ${bounded(this.model, 64)} is not available to this account (${this.status}).`,
      this.requestId
    )
  }
}

/**
 * A limit is reached: the plan's quota (`kind: "quota"`, with its reset time) or a short-term rate limit
 * (`kind: "rate"`, with the pause the server asked for).
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-codex/RateLimited")("RateLimited", {
  kind: Schema.Literals(["quota", "rate"]),
  /** When the quota is whole again. */
  resetsAt: Schema.optionalKey(Schema.DateTimeUtc),
  /** Which window is used up, for example `5-hour` or `weekly`. */
  window: Schema.optionalKey(Schema.String),
  plan: Schema.optionalKey(Schema.String),
  ...optional
}) {
  static readonly row: Row = {
    error: "429",
    cause: "The Codex quota or rate limit of the account is used up",
    fix: "Wait and retry."
  }
  fix(_reader: Reader): string {
    return RateLimited.row.fix
  }
  get isRetryable(): boolean {
    return this.kind === "rate" && this.retryAfter !== undefined
  }
  override get message(): string {
    if (this.kind === "rate") {
      const wait = this.retryAfter === undefined ? "" : ` for ${Duration.format(this.retryAfter)}`
      return withRequestId(`ChatGPT asks us to slow down${wait} (429).`, this.requestId)
    }
    const window = this.window === undefined ? "" : ` ${this.window}`
    const until = this.resetsAt === undefined ? "" : `; it resets at ${minute(this.resetsAt)}`
    return `The${window} Codex quota of this account is used up (429)${until}.`
  }
}

/** The plan or its budget does not cover Codex at all. */
export class UsageNotIncluded extends Schema.TaggedError<UsageNotIncluded>("effect-codex/UsageNotIncluded")(
  "UsageNotIncluded",
  { code: Schema.String, plan: Schema.optionalKey(Schema.String), requestId: optional.requestId }
) {
  static readonly row: Row = {
    error: "Usage not included",
    cause: "The plan does not contain Codex, or a spending limit is reached",
    fix: "Check plan and billing of the ChatGPT account."
  }
  fix(_reader: Reader): string {
    return UsageNotIncluded.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId(`The plan of this ChatGPT account does not cover this use (${this.code}).`, this.requestId)
  }
}

/** Cloudflare answered in place of the backend. */
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

/** The answer ended well and held no text. */
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
    return EmptyResponse.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId(`Empty response: ${this.model} sent no text.`, this.requestId)
  }
}

/** The backend is there but cannot serve: overloaded or broken. */
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
 * The backend understood the request and says no.
 *
 * `detail` is the server's own sentence, cut to one line, with everything that we sent taken out of it.
 */
export class RequestRejected extends Schema.TaggedError<RequestRejected>("effect-codex/RequestRejected")(
  "RequestRejected",
  {
    status: Schema.optionalKey(Schema.Int),
    code: Schema.optionalKey(Schema.String),
    detail: Schema.optionalKey(Schema.String),
    requestId: optional.requestId
  }
) {
  static readonly row: Row = {
    error: "Request rejected",
    cause: "A setting the backend does not know, a forbidden subject, or a change of its interface",
    fix: "Rephrase the prompt or check model and reasoning effort; then look for a newer effect-codex."
  }
  fix(_reader: Reader): string {
    return RequestRejected.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const what = [this.status, this.code].filter((part) => part !== undefined).join(", ")
    const said = this.detail === undefined ? "" : `: ${this.detail}`
    return withRequestId(`ChatGPT rejected the request${what === "" ? "" : ` (${what})`}${said}.`, this.requestId)
  }
}

/** Prompt and history together are longer than the model can read. */
export class ContextWindowExceeded
  extends Schema.TaggedError<ContextWindowExceeded>("effect-codex/ContextWindowExceeded")("ContextWindowExceeded", {
    model: Schema.String,
    requestId: optional.requestId
  })
{
  static readonly row: Row = {
    error: "Context window exceeded",
    cause: "The conversation has become too long for the model",
    fix: "Start over with `/codex reset`, or lower maxHistory."
  }
  fix(_reader: Reader): string {
    return ContextWindowExceeded.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId(`The conversation is too long for ${this.model}.`, this.requestId)
  }
}

/** The other side could not be reached, or the connection broke before an answer began. */
export class NetworkFailed extends Schema.TaggedError<NetworkFailed>("effect-codex/NetworkFailed")("NetworkFailed", {
  host: Schema.String
}) {
  static readonly row: Row = {
    error: "Network failed",
    cause: "No connection: DNS, firewall, proxy or an outage",
    fix: "Check the network of the server and retry."
  }
  fix(_reader: Reader): string {
    return NetworkFailed.row.fix
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    return `Could not reach ${this.host}.`
  }
}

const timeoutProblems = {
  connect: "no answer began",
  idle: "the answer stood still",
  request: "no answer began, with all attempts,"
} as const

/** A time limit ran out; `phase` says which. */
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

/** The stream broke off before the backend said that the answer was complete. */
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
    return StreamInterrupted.row.fix
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    return withRequestId(`The answer broke off (${this.problem}).`, this.requestId)
  }
}

const workspaceFixes = {
  access: "Ask the admin of your ChatGPT workspace; another login or model does not help.",
  credits: "The workspace has no credits left: ask its owner to buy some. Waiting does not help.",
  limit: "The limit that the workspace set is reached: ask its admin to raise it. Waiting does not help."
} as const

/** The ChatGPT workspace refuses, whoever asks and whichever model. */
export class WorkspaceRefused extends Schema.TaggedError<WorkspaceRefused>("effect-codex/WorkspaceRefused")(
  "WorkspaceRefused",
  {
    /** `access`: it was left, switched off, or may not be used; `credits` are used up; a `limit` is reached. */
    reason: Schema.Literals(["access", "credits", "limit"]),
    code: Schema.optionalKey(Schema.String),
    /** The server's own sentence. */
    detail: Schema.optionalKey(Schema.String),
    requestId: optional.requestId
  }
) {
  static readonly row: Row = {
    error: "Workspace refused",
    cause: "The ChatGPT workspace is deactivated, not selected, or has used up its credits or limits",
    fix: workspaceFixes.access
  }
  fix(_reader: Reader): string {
    return workspaceFixes[this.reason]
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    const said = this.detail === undefined ? "" : `: ${this.detail}`
    return withRequestId(`The ChatGPT workspace refused${code}${said}.`, this.requestId)
  }
}

/** A budget for this account is spent: no pause and no repetition brings it back. */
export class BudgetExhausted extends Schema.TaggedError<BudgetExhausted>("effect-codex/BudgetExhausted")(
  "BudgetExhausted",
  { code: Schema.String, requestId: optional.requestId }
) {
  static readonly row: Row = {
    error: "Budget exhausted",
    cause: "The credits or the spending limit of the account, project or organization are used up",
    fix: "Check plan and billing of the account, and raise the budget."
  }
  fix(_reader: Reader): string {
    return BudgetExhausted.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId(`The budget of this account is used up (${this.code}).`, this.requestId)
  }
}

/** A provider of the bot's own rejected; what it said is for programs and logs, never for the chat. */
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
    return `The provider ${this.provider} failed.`
  }
}

/** Every failure of the backend, in the order in which they are met. */
export const BackendErrors = [
  ModelForbidden,
  RateLimited,
  UsageNotIncluded,
  BudgetExhausted,
  WorkspaceRefused,
  CloudflareBlocked,
  EmptyResponse,
  BackendUnavailable,
  RequestRejected,
  ContextWindowExceeded,
  NetworkFailed,
  RequestTimedOut,
  StreamInterrupted,
  ProviderFailed
] as const

/** One of them, as a schema: to log it, store it, or send it to another process. */
export const BackendError = Schema.Union(BackendErrors)

/** One of them. */
export type BackendError = typeof BackendError.Type
