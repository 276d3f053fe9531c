/**
 * Answers of the emulated backend that are streams, and how they end.
 */
import {
  type Answer,
  type AnswerOptions,
  type Bytes,
  type Ending,
  type Events,
  type GeneratedImage,
  once
} from "./replyTypes.ts"

const filler = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => `word${i + 1} `)

/**
 * Cuts a text where a model would: after each word. Joined, the pieces are the text again.
 *
 * @since 0.2.0
 * @category constructors
 */
export const words = (text: string): ReadonlyArray<string> => text.match(/\s*\S+\s*|\s+/g) ?? []

// ---------------------------------------------------------------------------------------------------------
// Answers
// ---------------------------------------------------------------------------------------------------------

/**
 * Answers with a text, word by word.
 *
 * @since 0.2.0
 * @category constructors
 */
export const text = (text: string, options?: AnswerOptions): Answer => deltas(words(text), options)

/**
 * Answers with a text in exactly these pieces.
 *
 * @since 0.2.0
 * @category constructors
 */
export const deltas = (deltas: ReadonlyArray<string>, options?: AnswerOptions): Answer => ({
  ...once,
  ...options,
  _tag: "Answer",
  deltas,
  calls: [],
  ending: { _tag: "Completed" }
})

/**
 * Calls a function of the client; arguments that are no text are sent as JSON.
 *
 * @since 0.2.0
 * @category constructors
 */
export const functionCall = (
  name: string,
  args: unknown = {},
  options?: AnswerOptions & { readonly callId?: string; readonly text?: string }
): Answer => ({
  ...text(options?.text ?? "", options),
  calls: [{ name, arguments: typeof args === "string" ? args : JSON.stringify(args), callId: options?.callId }]
})

/**
 * The calls of several answers in one, as a model makes them that may call in parallel.
 *
 * @since 0.2.0
 * @category constructors
 */
export const parallel = (first: Answer, ...others: ReadonlyArray<Answer>): Answer => ({
  ...first,
  calls: [first, ...others].flatMap((answer) => answer.calls)
})

// A red pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="

/**
 * Makes a picture before the text (default: none). Default picture: one red pixel as PNG.
 *
 * @since 0.2.0
 * @category constructors
 */
export const image = (
  options?: Partial<GeneratedImage> & AnswerOptions & { readonly text?: string }
): Answer => {
  const { result = pixel, revisedPrompt = "A red pixel.", text: words = "", ...rest } = options ?? {}
  return text(words, { ...rest, images: [{ result, revisedPrompt }] })
}

/**
 * Refuses in the model's own words, in a part of the message that is no text.
 *
 * @since 0.2.0
 * @category constructors
 */
export const refusal = (words = "I'm sorry, but I cannot help with that.", options?: AnswerOptions): Answer =>
  text("", { ...options, refusal: words })

/**
 * Gives the conversation so far as one sealed item, which stands for it in later requests of the same account. This is
 * also what is answered by itself to an input that ends with a `compaction_trigger`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const compaction = (): Answer => text("", { compaction: true })

/**
 * Completes without a word: no item, no text.
 *
 * @since 0.2.0
 * @category constructors
 */
export const empty = (): Answer => deltas([])

/**
 * Sends these events and nothing else, not even an end.
 *
 * @since 0.2.0
 * @category constructors
 */
export const events = (events: ReadonlyArray<object>): Events => ({ ...once, _tag: "Events", events })

/**
 * Sends these bytes as the body of a successful stream.
 *
 * @since 0.2.0
 * @category constructors
 */
export const bytes = (chunks: ReadonlyArray<string | Uint8Array>): Bytes => ({ ...once, _tag: "Bytes", chunks })

// ---------------------------------------------------------------------------------------------------------
// Answers that end badly; `after` counts deltas, whose text is `word1 word2 ...`
// ---------------------------------------------------------------------------------------------------------

const ending = (ending: Ending, after: number): Answer => ({ ...deltas(filler(after)), ending })

/**
 * Ends with `response.failed` and this code, e.g. `server_is_overloaded`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const failed = (code: string, options?: { readonly message?: string; readonly after?: number }): Answer =>
  ending(
    { _tag: "Failed", code, message: options?.message ?? "The request could not be processed." },
    options?.after ?? 0
  )

/**
 * Ends with `response.failed` because the input does not fit the model.
 *
 * @since 0.2.0
 * @category constructors
 */
export const contextWindow = (): Answer =>
  failed("context_length_exceeded", {
    message: "Your input exceeds the context window of this model. Please adjust your input and try again."
  })

/**
 * Ends with an `error` event of one of its shapes: `flat`, `nested`, or `status` (as a websocket sends it).
 *
 * @since 0.2.0
 * @category constructors
 */
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

/**
 * Ends early with what there is: `max_output_tokens` (default) or `content_filter`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const incomplete = (options?: { readonly reason?: string; readonly text?: string }): Answer => ({
  ...text(options?.text ?? "This is as far as"),
  ending: { _tag: "Incomplete", reason: options?.reason ?? "max_output_tokens" }
})
