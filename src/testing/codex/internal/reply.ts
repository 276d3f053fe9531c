/**
 * What the emulated backend can answer: a small vocabulary of plain objects and their constructors.
 *
 * `Answer`, `Events` and `Bytes` are streams and make sense at `/responses` only; an `Http` can be given at every
 * endpoint. The bodies are those that the real servers send. What goes wrong on the way is told by a `FaultScript`.
 */
import type * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"

interface Common {
  /** For how many requests the reply stands in the queue; `Infinity` is for all that follow. */
  readonly times: number
}

/** How an answer ends after its last item. */
export type Ending =
  | { readonly _tag: "Completed" }
  | { readonly _tag: "Failed"; readonly code: string; readonly message: string }
  | { readonly _tag: "Incomplete"; readonly reason: string }
  | { readonly _tag: "ErrorEvent"; readonly event: object }

/** A source that the text names; without `of` it stands for the whole text. */
export interface Citation {
  readonly url: string
  readonly title: string
  /** The words of the text that the source belongs to. */
  readonly of?: string
}

/** A function of the client that the model calls. */
export interface FunctionCall {
  readonly name: string
  /** JSON text, whole or not: a model may be wrong. */
  readonly arguments: string
  /** Default: made from the id of the response. */
  readonly callId?: string | undefined
}

/** What comes before the text of an answer, and what belongs to it. */
export interface AnswerOptions {
  /** Summary of what the model thinks; sent when the request asks for summaries. */
  readonly reasoning?: string | undefined
  /** What is looked up on the web before the text. */
  readonly searches?: ReadonlyArray<string> | undefined
  /** The sources of the text. */
  readonly citations?: ReadonlyArray<Citation> | undefined
  /** Text of a message on the way, before the searches; its phase is `commentary`. */
  readonly commentary?: string | undefined
}

/** An answer told as the backend tells one: all events around the deltas are supplied. */
export interface Answer extends Common, AnswerOptions {
  readonly _tag: "Answer"
  readonly deltas: ReadonlyArray<string>
  /** The functions that are called after the text. */
  readonly calls: ReadonlyArray<FunctionCall>
  readonly ending: Ending
}

/** Events exactly as given, each numbered where it has no number. */
export interface Events extends Common {
  readonly _tag: "Events"
  readonly events: ReadonlyArray<object>
}

/** Pieces of a body exactly as given, each written on its own. */
export interface Bytes extends Common {
  readonly _tag: "Bytes"
  readonly chunks: ReadonlyArray<string | Uint8Array>
}

/** A whole HTTP response; an object as body is sent as JSON. */
export interface Http extends Common {
  readonly _tag: "Http"
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | object
}

/** The limit of the plan is reached; times are filled in when it is sent. */
export interface UsageLimit extends Common {
  readonly _tag: "UsageLimit"
  readonly resetsAt: DateTime.Utc | undefined
}

/** What can be answered at `/responses`. */
export type Reply = Answer | Events | Bytes | Http | UsageLimit

const once: Common = { times: 1 }

const filler = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => `word${i + 1} `)

/** Cuts a text where a model would: after each word. Joined, the pieces are the text again. */
export const words = (text: string): ReadonlyArray<string> => text.match(/\s*\S+\s*|\s+/g) ?? []

// ---------------------------------------------------------------------------------------------------------
// Answers
// ---------------------------------------------------------------------------------------------------------

/** Answers with a text, word by word. */
export const text = (text: string, options?: AnswerOptions): Answer => deltas(words(text), options)

/** Answers with a text in exactly these pieces. */
export const deltas = (deltas: ReadonlyArray<string>, options?: AnswerOptions): Answer => ({
  ...once,
  ...options,
  _tag: "Answer",
  deltas,
  calls: [],
  ending: { _tag: "Completed" }
})

/** Calls a function of the client; arguments that are no text are sent as JSON. */
export const functionCall = (
  name: string,
  args: unknown = {},
  options?: AnswerOptions & { readonly callId?: string; readonly text?: string }
): Answer => ({
  ...text(options?.text ?? "", options),
  calls: [{ name, arguments: typeof args === "string" ? args : JSON.stringify(args), callId: options?.callId }]
})

/** The calls of several answers in one, as a model makes them that may call in parallel. */
export const parallel = (first: Answer, ...others: ReadonlyArray<Answer>): Answer => ({
  ...first,
  calls: [first, ...others].flatMap((answer) => answer.calls)
})

/** Completes without a word: no item, no text. */
export const empty = (): Answer => deltas([])

/** Sends these events and nothing else, not even an end. */
export const events = (events: ReadonlyArray<object>): Events => ({ ...once, _tag: "Events", events })

/** Sends these bytes as the body of a successful stream. */
export const bytes = (chunks: ReadonlyArray<string | Uint8Array>): Bytes => ({ ...once, _tag: "Bytes", chunks })

// ---------------------------------------------------------------------------------------------------------
// Answers that end badly; `after` counts deltas, whose text is `word1 word2 ...`
// ---------------------------------------------------------------------------------------------------------

const ending = (ending: Ending, after: number): Answer => ({ ...deltas(filler(after)), ending })

/** Ends with `response.failed` and this code, e.g. `server_is_overloaded`. */
export const failed = (code: string, options?: { readonly message?: string; readonly after?: number }): Answer =>
  ending(
    { _tag: "Failed", code, message: options?.message ?? "The request could not be processed." },
    options?.after ?? 0
  )

/** Ends with `response.failed` because the input does not fit the model. */
export const contextWindow = (): Answer =>
  failed("context_length_exceeded", {
    message: "Your input exceeds the context window of this model. Please adjust your input and try again."
  })

/** Ends with an `error` event of one of its shapes: `flat`, `nested`, or `status` (as a websocket sends it). */
export const errorEvent = (options: {
  readonly code: string
  readonly message?: string
  readonly shape?: "flat" | "nested" | "status"
  readonly status?: number
  readonly after?: number
}): Answer => {
  const { code, message = "Something went wrong.", shape = "flat", status = 500 } = options
  const event = shape === "flat"
    ? { type: "error", code, message, param: null }
    : shape === "nested"
    ? { type: "error", error: { type: "server_error", code, message, param: null } }
    : { type: "error", status, error: { type: code, message } }
  return ending({ _tag: "ErrorEvent", event }, options.after ?? 0)
}

/** Ends early with what there is: `max_output_tokens` (default) or `content_filter`. */
export const incomplete = (options?: { readonly reason?: string; readonly text?: string }): Answer => ({
  ...text(options?.text ?? "This is as far as"),
  ending: { _tag: "Incomplete", reason: options?.reason ?? "max_output_tokens" }
})

// ---------------------------------------------------------------------------------------------------------
// Refusals
// ---------------------------------------------------------------------------------------------------------

/** Any HTTP response. */
export const http = (options: {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | object
}): Http => ({
  ...once,
  _tag: "Http",
  status: options.status,
  headers: options.headers ?? {},
  body: options.body ?? ""
})

/** Any refusal in the shape of the public API. */
export const refused = (status: number, code: string | null, message: string, param: string | null = null): Http =>
  http({ status, body: { error: { message, type: "invalid_request_error", param, code } } })

const unauthorizedMessages = {
  token_expired: "Provided authentication token is expired. Please try signing in again.",
  token_invalidated: "Your authentication token has been invalidated. Please try signing in again.",
  token_revoked: "Your authentication token has been revoked. Please try signing in again.",
  account_deactivated: "Your account has been deactivated."
}

/** 401, though the token may be fine. */
export const unauthorized = (code: keyof typeof unauthorizedMessages = "token_expired"): Http =>
  http({
    status: 401,
    headers: { "x-openai-authorization-error": code },
    body: {
      error: { message: unauthorizedMessages[code], type: "invalid_request_error", code, param: null },
      status: 401
    }
  })

/** 403 in JSON: the account may not do this. */
export const modelForbidden = (code = "workspace_access_denied"): Http =>
  http({ status: 403, body: { detail: { code } } })

/** 429: the limit of the plan is reached. Default reset: that of the five-hour window. */
export const usageLimit = (options?: { readonly resetsAt?: DateTime.Utc }): UsageLimit => ({
  ...once,
  _tag: "UsageLimit",
  resetsAt: options?.resetsAt
})

/** 429: too many requests for a moment; `retryAfter` in seconds, without it there is no such header. */
export const rateLimited = (options?: { readonly retryAfter?: number }): Http => ({
  ...refused(429, "rate_limit_exceeded", "Rate limit reached. Please try again later."),
  headers: options?.retryAfter === undefined ? {} : { "retry-after": String(options.retryAfter) }
})

/** 429: the plan has no Codex. */
export const usageNotIncluded = (): Http =>
  http({
    status: 429,
    body: { error: { type: "usage_not_included", message: "To use Codex with your ChatGPT plan, upgrade to Plus." } }
  })

/** A page of the network in front of the backend: 403 is a challenge (default), 503 and others an outage. */
export const cloudflare = (options?: { readonly status?: number }): Http => {
  const status = options?.status ?? 403
  return status === 403
    ? page(403, "Just a moment...", "Enable JavaScript and cookies to continue", { "cf-mitigated": "challenge" })
    : page(status, `chatgpt.com | ${status}: Service unavailable`, "Unable to load site")
}

const page = (status: number, title: string, line: string, headers?: Readonly<Record<string, string>>): Http =>
  http({
    status,
    headers: {
      server: "cloudflare",
      "cf-ray": "8f0000000000cafe-CGK",
      "content-type": "text/html; charset=UTF-8",
      ...headers
    },
    body:
      `<!DOCTYPE html>\n<html lang="en-US"><head><title>${title}</title></head>\n<body><h1>${line}</h1></body></html>\n`
  })

/** 500, 502, 503 (default, with the code of an overloaded model) or 504. */
export const unavailable = (options?: { readonly status?: number; readonly code?: string }): Http => {
  const status = options?.status ?? 503
  const code = options?.code ?? (status === 503 ? "server_is_overloaded" : "server_error")
  const message = code === "server_is_overloaded"
    ? "Our servers are currently overloaded. Please try again later."
    : "The server had an error processing your request."
  return http({ status, body: { error: { message, type: "server_error", param: null, code } } })
}

/** 400 with a `detail`: the request is wrong. */
export const rejected = (detail: string): Http => http({ status: 400, body: { detail } })

/** 200 with a page where a stream was expected. */
export const html = (): Http => ({ ...page(200, "ChatGPT", "Welcome"), status: 200 })

/** 200 with JSON where a stream was expected. */
export const json = (body: object): Http => http({ status: 200, body })

/** 404 of the issuer: there is nothing at this path. */
export const invalidUrl = (method: string, path: string): Http => refused(404, null, `Invalid URL (${method} ${path})`)

const refreshMessages: Readonly<Record<string, string>> = {
  refresh_token_expired: "Your refresh token has expired. Please try signing in again.",
  refresh_token_reused:
    "Your refresh token has already been used to generate a new access token. Please try signing in again.",
  refresh_token_invalidated: "Your session has ended. Please log in again.",
  token_expired: "Could not validate your token. Please try signing in again."
}

/** The issuer refuses a refresh with this code, e.g. `refresh_token_reused` or `invalid_grant`. Default status: 401. */
export const refreshFailed = (code: string, options?: { readonly status?: number }): Http =>
  refused(options?.status ?? 401, code, refreshMessages[code] ?? "The refresh token was refused.")

/** The device polls too often, in the words of the `deviceauth` flow. */
export const deviceSlowDown = (): Http =>
  http({
    status: 403,
    body: {
      error: {
        message: "Polling too often. Please slow down.",
        type: "invalid_request_error",
        code: "deviceauth_slow_down"
      }
    }
  })

/** The device polls too often, in the words of RFC 8628. */
export const slowDown = (): Http =>
  http({ status: 400, body: { error: "slow_down", error_description: "Poll less often." } })

/** A refusal that names the offending field, as the API behind the backend sends it. */
export const invalid = (param: string, code: string, message: string): Http => refused(400, code, message, param)

// ---------------------------------------------------------------------------------------------------------
// Combinators
// ---------------------------------------------------------------------------------------------------------

/** The same reply for several requests in a row; `Infinity` for all that follow. */
export const times: {
  (times: number): <R extends Reply>(self: R) => R
  <R extends Reply>(self: R, times: number): R
} = dual(2, <R extends Reply>(self: R, times: number): R => ({ ...self, times }))
