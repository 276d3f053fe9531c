/**
 * What the emulated backend can answer, as plain objects.
 */
import type * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** What every reply has. */
export interface Common {
  /** For how many requests the reply stands in the queue; `Infinity` is for all that follow. */
  readonly times: number
}

/**
 * How an answer ends after its last item.
 *
 * @since 0.2.0
 * @category models
 */
export type Ending =
  | { readonly _tag: "Completed" }
  | { readonly _tag: "Failed"; readonly code: string; readonly message: string }
  | { readonly _tag: "Incomplete"; readonly reason: string }
  | { readonly _tag: "ErrorEvent"; readonly event: object }

/**
 * A source that the text names; without `of` it stands for the whole text.
 *
 * @since 0.2.0
 * @category models
 */
export interface Citation {
  readonly url: string
  readonly title: string
  /** The words of the text that the source belongs to. */
  readonly of?: string
}

/**
 * A function of the client that the model calls.
 *
 * @since 0.2.0
 * @category models
 */
export interface FunctionCall {
  readonly name: string
  /** JSON text, whole or not: a model may be wrong. */
  readonly arguments: string
  /** Default: made from the id of the response. */
  readonly callId?: string | undefined
}

/**
 * A picture that the model makes.
 *
 * @since 0.2.0
 * @category models
 */
export interface GeneratedImage {
  /** Base64 of the picture. */
  readonly result: string
  /** What the model made of the wish. */
  readonly revisedPrompt?: string
}

/**
 * What comes before the text of an answer, and what belongs to it.
 *
 * @since 0.2.0
 * @category models
 */
export interface AnswerOptions {
  /** Summary of what the model thinks; sent when the request asks for summaries. */
  readonly reasoning?: string | undefined
  /** What is looked up on the web before the text. */
  readonly searches?: ReadonlyArray<string> | undefined
  /** The sources of the text. */
  readonly citations?: ReadonlyArray<Citation> | undefined
  /** Text of a message on the way, before the searches; its phase is `commentary`. */
  readonly commentary?: string | undefined
  /** Pictures that are made before the text. */
  readonly images?: ReadonlyArray<GeneratedImage> | undefined
  /** What the model says instead of an answer, as a part of its own kind; it comes after the text. */
  readonly refusal?: string | undefined
  /** Whether the conversation so far comes as one sealed item. */
  readonly compaction?: boolean | undefined
}

/**
 * An answer told as the backend tells one: all events around the deltas are supplied.
 *
 * @since 0.2.0
 * @category models
 */
export interface Answer extends Common, AnswerOptions {
  readonly _tag: "Answer"
  readonly deltas: ReadonlyArray<string>
  /** The functions that are called after the text. */
  readonly calls: ReadonlyArray<FunctionCall>
  readonly ending: Ending
}

/**
 * Events exactly as given, each numbered where it has no number.
 *
 * @since 0.2.0
 * @category models
 */
export interface Events extends Common {
  readonly _tag: "Events"
  readonly events: ReadonlyArray<object>
}

/**
 * Pieces of a body exactly as given, each written on its own.
 *
 * @since 0.2.0
 * @category models
 */
export interface Bytes extends Common {
  readonly _tag: "Bytes"
  readonly chunks: ReadonlyArray<string | Uint8Array>
}

/**
 * A whole HTTP response; an object as body is sent as JSON.
 *
 * @since 0.2.0
 * @category models
 */
export interface Http extends Common {
  readonly _tag: "Http"
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | object
}

/**
 * The limit of the plan is reached; times are filled in when it is sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface UsageLimit extends Common {
  readonly _tag: "UsageLimit"
  readonly resetsAt: DateTime.Utc | undefined
}

/**
 * What can be answered at `/responses`.
 *
 * @since 0.2.0
 * @category models
 */
export type Reply = Answer | Events | Bytes | Http | UsageLimit

/** What every reply begins with: it is given once. */
export const once: Common = { times: 1 }

/**
 * The test asked for something that the emulator cannot answer with.
 *
 * @since 0.2.0
 * @category errors
 */
export class ImpossibleReply extends Schema.TaggedError<ImpossibleReply>("effect-codex/ImpossibleReply")(
  "ImpossibleReply",
  { reason: Schema.String }
) {
  override get message(): string {
    return `This is no reply: ${this.reason}`
  }
}

const tags = new Set<unknown>(["Answer", "Events", "Bytes", "Http", "UsageLimit"])

const shown = (u: unknown): string =>
  Predicate.isPromise(u) || Predicate.isPromiseLike(u)
    ? "a promise; a responder answers at once"
    : Predicate.isFunction(u)
    ? "a function; call the constructor"
    : typeof u === "object" && u !== null
    ? `an object with the keys ${Object.keys(u).join(", ") || "(none)"}`
    : String(u)

/** A reply, or what is wrong with it: callers without types are told, too. */
export const check = (u: unknown): Result.Result<Reply, ImpossibleReply> =>
  isReply(u) ? Result.succeed(u) : Result.fail(new ImpossibleReply({ reason: shown(u) }))

const isReply = (u: unknown): u is Reply => Predicate.isObject(u) && tags.has(u["_tag"]) && isTimes(u["times"])

const isTimes = (u: unknown): u is number =>
  typeof u === "number" && u >= 0 && (Number.isInteger(u) || u === Number.POSITIVE_INFINITY)

/** The same reply for several requests; throws where the arguments are none. */
export const repeated = <R extends Reply>(self: R, times: number): R =>
  isReply(self) && isTimes(times)
    ? { ...self, times }
    : Result.getOrThrow(Result.fail(
      new ImpossibleReply({
        reason: isReply(times)
          ? "times takes the reply first and then how many times"
          : isReply(self)
          ? `it cannot be given ${String(times)} times`
          : shown(self)
      })
    ))
