/**
 * What comes back: the events of an answer that matter, whatever the wire calls them.
 */
import type { Item } from "./Item.ts"
import type { Quota } from "./RateLimits.ts"

/**
 * Tokens of one answer; `inputTokens` contains what was cached, `outputTokens` what was thought.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenUsage {
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly totalTokens: number
}

/**
 * The head of an answer is there: from now on it is being written. The first event of every answer.
 *
 * A backend of your own emits it as soon as it knows that there will be one: until then `turnTimeout` runs.
 *
 * @since 0.2.0
 * @category models
 */
export interface Opened {
  readonly _tag: "Opened"
}

/**
 * A sign of life that says nothing: a keep-alive comment, part of a long event, an event of no interest.
 *
 * Only in an exchange: it ends the silence that `idleTimeout` measures, and goes no further.
 *
 * @since 0.2.0
 * @category models
 */
export interface Alive {
  readonly _tag: "Alive"
}

/**
 * The server tells which answer this is, and which model gives it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Started {
  readonly _tag: "Started"
  readonly responseId: string | undefined
  readonly model: string | undefined
}

/**
 * Narration between tool calls (`commentary`), or the answer proper (`answer`).
 *
 * @since 0.2.0
 * @category models
 */
export type Phase = "commentary" | "answer"

/**
 * More text, to be put behind what was there: of the answer, or of a remark on the way to it (`phase`).
 *
 * @since 0.1.0
 * @category models
 */
export interface TextDelta {
  readonly _tag: "TextDelta"
  readonly text: string
  /** The message it belongs to, where the backend says so. */
  readonly itemId?: string
  /** Default: `answer`. */
  readonly phase?: Phase
}

/**
 * More of the words in which the model refuses; shown in place of an answer, or behind what there is of one.
 *
 * @since 0.2.0
 * @category models
 */
export interface RefusalDelta {
  readonly _tag: "RefusalDelta"
  readonly text: string
  readonly itemId?: string
}

/**
 * More of the summary of what the model thinks; only for a request with `reasoningSummary`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReasoningDelta {
  readonly _tag: "ReasoningDelta"
  readonly text: string
  readonly itemId?: string
  /** Which paragraph of the summary, from 0. A blank line stands between them in the text. */
  readonly part?: number
}

/**
 * A whole message, as it counts: the backend repeats in it what the deltas said.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageDone {
  readonly _tag: "MessageDone"
  /** Refusals are part of it. */
  readonly text: string
  readonly phase: Phase
  readonly itemId?: string
}

/**
 * The text refers to something: a page of the web mostly.
 *
 * @since 0.2.0
 * @category models
 */
export interface AnnotationAdded {
  readonly _tag: "AnnotationAdded"
  readonly itemId?: string
  /** `url_citation`, or what the backend says else; `ItemDone` has it whole. */
  readonly type: string
  readonly url?: string
  readonly title?: string
  /** Where in the text of the message it belongs, in characters. */
  readonly start?: number
  readonly end?: number
}

/**
 * The model begins to write a call of a tool of yours.
 *
 * @since 0.2.0
 * @category models
 */
export interface ToolCallStarted {
  readonly _tag: "ToolCallStarted"
  readonly callId: string
  readonly name: string
  readonly namespace?: string
}

/**
 * More of the arguments of a call.
 *
 * @since 0.2.0
 * @category models
 */
export interface ToolCallDelta {
  readonly _tag: "ToolCallDelta"
  readonly callId: string
  /** A piece of JSON; of text for a custom tool. */
  readonly arguments: string
}

/**
 * A call, whole. From here on the answer is not started over: if it breaks, it fails.
 *
 * @since 0.2.0
 * @category models
 */
export interface ToolCallDone {
  readonly _tag: "ToolCallDone"
  readonly kind: "function" | "custom"
  readonly callId: string
  readonly name: string
  readonly namespace?: string
  /** JSON as the model wrote it, which may be none; text for a custom tool. */
  readonly arguments: string
}

/**
 * The backend begins to look something up on the web.
 *
 * @since 0.2.0
 * @category models
 */
export interface SearchStarted {
  readonly _tag: "SearchStarted"
  readonly itemId?: string
}

/**
 * What was looked up, and the pages that the search says it saw.
 *
 * @since 0.2.0
 * @category models
 */
export interface SearchDone {
  readonly _tag: "SearchDone"
  readonly itemId?: string
  readonly queries: ReadonlyArray<string>
  readonly urls: ReadonlyArray<string>
}

/**
 * A picture that is half done; the next one takes its place.
 *
 * @since 0.2.0
 * @category models
 */
export interface ImagePartial {
  readonly _tag: "ImagePartial"
  readonly itemId?: string
  /** Which one, from 0. */
  readonly index: number
  readonly base64: string
}

/**
 * A picture.
 *
 * @since 0.2.0
 * @category models
 */
export interface ImageDone {
  readonly _tag: "ImageDone"
  readonly itemId?: string
  readonly base64: string
  /** `png`, `jpeg` or `webp`, where the backend says so. */
  readonly format?: string
  /** What was really asked of the painter. */
  readonly revisedPrompt?: string
}

/**
 * An item of the answer, whole, as it is to be sent back: messages, thoughts, calls, searches, pictures, compactions, and
 * what nobody here knows. It comes behind the events that tell the same piece by piece.
 *
 * @since 0.2.0
 * @category models
 */
export interface ItemDone {
  readonly _tag: "ItemDone"
  readonly item: Item
  /** For whom the item is sealed: what belongs into `seals` of a request that sends it back. Set by `CodexBackend`. */
  readonly seal?: string
}

/**
 * News about the quota; information, never an error.
 *
 * @since 0.1.0
 * @category models
 */
export interface QuotaSeen {
  readonly _tag: "QuotaSeen"
  readonly quota: Quota
}

/**
 * The connection broke after text was sent; all text so far is void and the answer starts over.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restarted {
  readonly _tag: "Restarted"
}

/**
 * Why an answer ended: it was said; it waits for the output of tools; a limit or a filter cut it; or for another reason.
 *
 * @since 0.2.0
 * @category models
 */
export type FinishReason = "stop" | "tool_calls" | "length" | "content_filter" | "other"

/**
 * The end, exactly once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Completed {
  readonly _tag: "Completed"
  readonly responseId: string | undefined
  readonly model: string | undefined
  readonly usage: TokenUsage | undefined
  /** Why the answer is cut short, when it is: `max_output_tokens`, `content_filter`. */
  readonly incomplete: string | undefined
  /** Ours always says it. A backend of your own that says nothing means `stop`, or `tool_calls` after a call. */
  readonly finishReason?: FinishReason
}

/**
 * An event of an answer, as `CodexBackend.responses` gives them.
 *
 * @since 0.1.0
 * @category models
 */
export type ResponseEvent =
  | Opened
  | Started
  | TextDelta
  | RefusalDelta
  | ReasoningDelta
  | MessageDone
  | AnnotationAdded
  | ToolCallStarted
  | ToolCallDelta
  | ToolCallDone
  | SearchStarted
  | SearchDone
  | ImagePartial
  | ImageDone
  | ItemDone
  | QuotaSeen
  | Restarted
  | Completed

/**
 * An event of one exchange (`ResponseStream`), which starts nothing over and shows every sign of life.
 *
 * @since 0.2.0
 * @category models
 */
export type ExchangeEvent = Exclude<ResponseEvent, Restarted> | Alive
