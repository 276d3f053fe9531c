/**
 * Floor 0: what a failure is, how it is put into words, and when a failed attempt is worth another.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { clipped } from "./internal/clipped.ts"

/**
 * A row of the troubleshooting table: what is seen, why it usually happens, what to do.
 *
 * `fix` is a full sentence; the Telegram door shows it behind the message of the failure.
 *
 * @since 0.1.0
 * @category errors
 */
export interface Row {
  readonly error: string
  readonly cause: string
  readonly fix: string
}

/** A time as people read it, to the minute. */
export const minute = (time: DateTime.Utc): string => `${DateTime.formatIso(time).replace(/T(..:..).*$/, " $1")} UTC`

/** What a server named, cut where it stops being a name. */
export const bounded = (text: string, longest = 64): string =>
  text.length <= longest ? text : `${clipped(text, longest - 1)}…`

/** Fields that many failures may have. */
export const optional = {
  requestId: Schema.optionalKey(Schema.String),
  retryAfter: Schema.optionalKey(Schema.Duration)
}

/** Adds the server's id of the request, which its owner can look up. */
export const withRequestId = (text: string, requestId: string | undefined): string =>
  requestId === undefined ? text : `${text} (request ${requestId})`

/**
 * Who reads a failure: a person in a chat, who has commands, or the author of a program, who has settings.
 *
 * @since 0.2.0
 * @category errors
 */
export type Reader = "chat" | "program"

/** What every failure can say of itself. */
export interface Explained {
  readonly message: string
  readonly fix: (reader: Reader) => string
}

/**
 * What a person reads: what happened, and what to do.
 *
 * Use it for the last line of a program or the word in a chat; the reader is `chat` unless you say `program`.
 *
 * @since 0.1.0
 * @category errors
 */
export const explain = (error: Explained, reader: Reader = "chat"): string => `${error.message}\n${error.fix(reader)}`

/** The same for whoever need not know where on the server the file is that a failure is about. */
export const explainWithoutPath = (error: Explained & { readonly path?: unknown }, reader: Reader = "chat"): string => {
  const { path } = error
  const text = explain(error, reader)
  return typeof path !== "string" || path === ""
    ? text
    : text.replaceAll(`What is at ${path}`, "What is there").replaceAll(` at ${path}`, "").replaceAll(` in ${path}`, "")
      .replaceAll(path, "its place")
}

/** A failure that knows whether it may pass, and maybe when. */
export interface Retryable {
  readonly isRetryable: boolean
  readonly retryAfter?: Duration.Duration | undefined
}

export interface Backoff {
  /** Pause before the first retry; it doubles. */
  readonly base: Duration.Input
  /** Retries after the first attempt. */
  readonly times: number
  /** A server that asks for more than this is not waited for. */
  readonly longest: Duration.Input
}

/**
 * The one vocabulary of every retry in the house: doubling, give or take a fifth, never shorter than the server asks.
 *
 * Jitter stands before `Retry-After`, or it would shorten what the server asked for.
 */
export const backoff = (options: Backoff): Schedule.Schedule<Duration.Duration, Retryable> => {
  const longest = Duration.fromInputUnsafe(options.longest)
  return Schedule.exponential(options.base).pipe(
    Schedule.jittered,
    Schedule.setInputType<Retryable>(),
    Schedule.while(({ input }) =>
      input.isRetryable && !Duration.isGreaterThan(input.retryAfter ?? Duration.zero, longest)
    ),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.succeed(Duration.max(duration, input.retryAfter ?? Duration.zero))
    ),
    Schedule.upTo({ times: options.times })
  )
}
