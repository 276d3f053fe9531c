/**
 * What the backend says no with: it has understood the request, and asking once more changes nothing, or not yet.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { bounded, minute, optional, type Reader, type Row, withRequestId } from "../../Failure.ts"
import { isNoLogin, isPolicy } from "./subjects.ts"

/**
 * The account may not use this model, or not in this workspace: choose one of `available`.
 *
 * @since 0.1.0
 * @category errors
 */
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
    const names = available.slice(0, 3).map((name) => bounded(name)).join(", ")
    return reader === "chat"
      ? `Try another model from \`/codex models\`, such as ${names}: the bot's owner sets \`model\` or CODEX_MODEL.`
      : `Set \`model\` or CODEX_MODEL to a model of this account, such as ${names}.`
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId(
      `The model ${bounded(this.model)} is not available to this account (${this.status}).`,
      this.requestId
    )
  }
}

/**
 * The model takes no pictures, and one was sent: nothing was asked. Choose one of `available`, or ask in words.
 *
 * @since 0.2.0
 * @category errors
 */
export class PicturesNotTaken extends Schema.TaggedError<PicturesNotTaken>("effect-codex/PicturesNotTaken")(
  "PicturesNotTaken",
  {
    model: Schema.String,
    /** Models of the account's list that take them, best first. */
    available: Schema.Array(Schema.String)
  }
) {
  static readonly row: Row = {
    error: "Pictures not taken",
    cause: "The model reads text only, and a picture was sent",
    fix: "Ask in words, or choose another model: the bot's owner sets `model` or CODEX_MODEL."
  }
  fix(_reader: Reader): string {
    const names = this.available.slice(0, 3).map((name) => bounded(name)).join(", ")
    return names === ""
      ? PicturesNotTaken.row.fix
      : `Ask in words, or choose a model that takes them, such as ${names}: the bot's owner sets \`model\` or CODEX_MODEL.`
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `The model ${bounded(this.model)} does not look at pictures.`
  }
}

/**
 * A limit is reached: the plan's quota (`kind: "quota"`, with its reset time) or a short-term rate limit
 * (`kind: "rate"`, with the pause the server asked for).
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-codex/RateLimited")("RateLimited", {
  kind: Schema.Literals(["quota", "rate"]),
  /** When the quota is whole again. */
  resetsAt: Schema.optionalKey(Schema.DateTimeUtc),
  /** Which window is used up, for example `5-hour` or `weekly`. */
  window: Schema.optionalKey(Schema.String),
  /** Whose limit it is, when it is not the plan's: a model's, or a family's. */
  limit: Schema.optionalKey(Schema.String),
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
      const isTold = this.retryAfter !== undefined && Duration.toSeconds(this.retryAfter) >= 1
      const wait = isTold ? ` for ${Duration.format(this.retryAfter)}` : ""
      return withRequestId(`ChatGPT asks us to slow down${wait} (429).`, this.requestId)
    }
    const window = this.window === undefined ? "" : ` ${this.window}`
    const until = this.resetsAt === undefined ? "" : `; it resets at ${minute(this.resetsAt)}`
    const whose = this.limit === undefined ? "" : ` for ${bounded(this.limit)}`
    return `The${window} Codex quota${whose} of this account is used up (429)${until}.`
  }
}

/**
 * The plan or its budget does not cover Codex at all: another plan, or another account.
 *
 * @since 0.1.0
 * @category errors
 */
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

/**
 * A budget for this account is spent: no pause and no repetition brings it back.
 *
 * @since 0.2.0
 * @category errors
 */
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

const workspaceFixes = {
  access: "Ask the admin of your ChatGPT workspace; another login or model does not help.",
  credits: "The workspace has no credits left: ask its owner to buy some. Waiting does not help.",
  limit: "The limit that the workspace set is reached: ask its admin to raise it. Waiting does not help.",
  ownCredits: "The workspace has no credits left: buy some, as its owner. Waiting does not help.",
  ownLimit: "The limit of your workspace is reached: raise it, as its owner. Waiting does not help."
} as const

/**
 * The ChatGPT workspace refuses, whoever asks and whichever model.
 *
 * @since 0.2.0
 * @category errors
 */
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
    const isOwner = /_owner_/.test(this.code ?? "")
    if (this.reason === "credits") return isOwner ? workspaceFixes.ownCredits : workspaceFixes.credits
    return this.reason === "limit" && isOwner ? workspaceFixes.ownLimit : workspaceFixes[this.reason]
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

const accessFix =
  "ChatGPT's own words say why: look at the account, its plan and its workspace. Another model does not help."

const sizeFix = "Send fewer or smaller pictures, or less text; else start over with `/codex reset`."

const addressFix =
  "Look at `baseUrl` or CODEX_BASE_URL, and at what stands between here and there; then look for a newer effect-codex."

/** Whether nobody at this address knows the request; a model that nobody knows is another failure. */
const isAboutAddress = ({ detail = "", status = 0 }: { readonly detail?: string; readonly status?: number }): boolean =>
  /^it was redirected\b/.test(detail) || status === 405 ||
  (status === 404 && /^(?:$|not found\b|invalid url\b)/i.test(detail))

/** Whether it is the account that is refused, and not what it asked. */
const isAboutAccess = ({ code = "", status }: { readonly code?: string; readonly status?: number }): boolean =>
  (status === 401 || status === 402 || status === 403 || isNoLogin(code)) && !isPolicy(code)

/**
 * The backend understood the request and says no.
 *
 * `detail` is the server's own sentence, cut to one line, with everything that we sent taken out of it.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestRejected extends Schema.TaggedError<RequestRejected>("effect-codex/RequestRejected")(
  "RequestRejected",
  {
    status: Schema.optionalKey(Schema.Int),
    code: Schema.optionalKey(Schema.String),
    detail: Schema.optionalKey(Schema.String),
    /** Which field of the request the server means, e.g. `input[3].id`. */
    param: Schema.optionalKey(Schema.String),
    requestId: optional.requestId
  }
) {
  static readonly row: Row = {
    error: "Request rejected",
    cause: "A setting the backend does not know, a forbidden subject, or a change of its interface",
    fix: "Rephrase the prompt or check model and reasoning effort; then look for a newer effect-codex."
  }
  fix(_reader: Reader): string {
    if (this.status === 413) return sizeFix
    return isAboutAccess(this) ? accessFix : isAboutAddress(this) ? addressFix : RequestRejected.row.fix
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

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)

/**
 * Prompt and history together are longer than the model can read, or larger than what is sent at once (`bytes`): reset the
 * conversation, or send less of it.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContextWindowExceeded
  extends Schema.TaggedError<ContextWindowExceeded>("effect-codex/ContextWindowExceeded")("ContextWindowExceeded", {
    model: Schema.String,
    /** How large the request would have been; it was not sent. */
    bytes: Schema.optionalKey(Schema.Int),
    maximum: Schema.optionalKey(Schema.Int),
    requestId: optional.requestId
  })
{
  static readonly row: Row = {
    error: "Context window exceeded",
    cause: "The conversation has become too long for the model, or its pictures too large to be sent",
    fix: "Start over with `/codex reset`, or lower maxHistory or maxHistoryTokens."
  }
  fix(_reader: Reader): string {
    return this.bytes === undefined
      ? ContextWindowExceeded.row.fix
      : sizeFix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const size = this.bytes === undefined || this.maximum === undefined
      ? ""
      : `: ${megabytes(this.bytes)} MB, and ${megabytes(this.maximum)} MB can be sent at once`
    return withRequestId(`The conversation is too long for ${bounded(this.model)}${size}.`, this.requestId)
  }
}
