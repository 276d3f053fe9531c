/**
 * What comes back: the events of an answer that matter, whatever the wire calls them.
 */
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
 * More text of the answer, to be put behind what was there.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextDelta {
  readonly _tag: "TextDelta"
  readonly text: string
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
}

/**
 * A whole message, as it counts: the backend repeats in it what the deltas said.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageDone {
  readonly _tag: "MessageDone"
  readonly text: string
  /** Interim remarks (`commentary`) and the answer proper (`answer`). */
  readonly phase: "commentary" | "answer"
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
  | ReasoningDelta
  | MessageDone
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
