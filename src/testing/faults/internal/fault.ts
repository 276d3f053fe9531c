/**
 * What can befall one call, as values and their constructors.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * A place in the body of a response, counted in pieces; an event of a stream is a piece, and so is any other body as a whole.
 *
 * @since 0.2.0
 * @category models
 */
export const Place = Schema.Struct({
  /** How many pieces are sent whole before it happens. */
  pieces: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
  /** Counts only the pieces that contain this text, e.g. `output_text.delta`. */
  of: Schema.optionalKey(Schema.NonEmptyString)
})
/** A place in the body of a response, counted in pieces. */
export type Place = typeof Place.Type

/**
 * Before the call has an effect, or after it: then the work is done, and nobody hears of it.
 *
 * @since 0.2.0
 * @category models
 */
export const Moment = Schema.Literals(["before", "after"])
/** Before the call has an effect, or after it. */
export type Moment = typeof Moment.Type

/**
 * What befalls a call.
 *
 * @since 0.2.0
 * @category models
 */
export const Fault = Schema.TaggedUnion({
  /** A refusal in place of the answer. Without a body it is the server's own for that status. */
  Answer: {
    status: Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
    /** Text of the server's own body. */
    message: Schema.optionalKey(Schema.String),
    /** Seconds, for a 429 or a 503, in the place where the server tells them. */
    retryAfter: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))),
    headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    /** Text as it is; anything else is sent as JSON. */
    body: Schema.optionalKey(Schema.Json),
    /** Default: before. */
    at: Schema.optionalKey(Moment)
  },
  /** Silence before the call is looked at; then all goes on as usual. */
  Delay: { millis: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })) },
  /** The connection stays open and nothing more is said. */
  Stall: { at: Schema.Union([Moment, Place]) },
  /** The connection is cut. */
  Cut: { at: Schema.Union([Moment, Place]) },
  /** Half of a piece is sent, then the connection is cut. */
  Half: { at: Place },
  /** Random bytes come between two pieces, or before a body. */
  Garbage: { at: Place, bytes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_536 })) },
  /** The last piece is left out, and the body ends as if all had been said. */
  DropLast: {},
  /** The same text is written again and again: without `times` there is no end to it, and nothing else comes. */
  Repeat: {
    at: Place,
    text: Schema.NonEmptyString,
    /** Before each of them. */
    millis: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })),
    times: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1e9 })))
  },
  /** Every byte is written on its own, after a pause. */
  Trickle: { millis: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 })) }
})
/** What befalls a call. */
export type Fault = typeof Fault.Type

const decodeFault = Schema.decodeUnknownSync(Fault)

/**
 * Answers with a status in place of the answer; a body, if given, is sent as it is.
 *
 * @since 0.2.0
 * @category constructors
 */
export const answer = (options: {
  readonly status: number
  readonly message?: string
  readonly retryAfter?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly at?: Moment
}): Fault => decodeFault({ ...options, _tag: "Answer" })

/**
 * Sends the client to another address. Default status: 307, which asks it to repeat the call there with its body; 301 to
 * 303 let it come with a GET.
 *
 * @since 0.2.0
 * @category constructors
 */
export const redirect = (location: string, status: 301 | 302 | 303 | 307 | 308 = 307): Fault =>
  answer({ status, headers: { location }, body: "" })

/**
 * Waits before the call is looked at.
 *
 * @since 0.2.0
 * @category constructors
 */
export const delay = (duration: Duration.Input): Fault => ({
  _tag: "Delay",
  millis: Duration.toMillis(Duration.fromInputUnsafe(duration))
})

/**
 * Falls silent: before the effect of the call (default), after it, or in the body. In the body the head of the answer has
 * been sent, also when no piece has.
 *
 * @since 0.2.0
 * @category constructors
 */
export const stall = (at: Moment | Place = "before"): Fault => ({ _tag: "Stall", at })

/**
 * Cuts the connection: before the effect of the call (default), after it, or in the body.
 *
 * @since 0.2.0
 * @category constructors
 */
export const cut = (at: Moment | Place = "before"): Fault => ({ _tag: "Cut", at })

/**
 * Sends half a piece and cuts the connection. Default: the first piece.
 *
 * @since 0.2.0
 * @category constructors
 */
export const half = (at: Place = { pieces: 0 }): Fault => ({ _tag: "Half", at })

/**
 * Sends random bytes between the pieces. Default: 64 of them, before the first piece.
 *
 * @since 0.2.0
 * @category constructors
 */
export const garbage = (at: Place = { pieces: 0 }, bytes = 64): Fault => ({ _tag: "Garbage", at, bytes })

/**
 * Leaves the last piece out: a stream without its terminal event.
 *
 * @since 0.2.0
 * @category constructors
 */
export const dropLast: Fault = { _tag: "DropLast" }

/**
 * Writes 64 kB of white space over and over and never ends. Default place: before the first piece.
 *
 * @since 0.2.0
 * @category constructors
 */
export const endless = (at: Place = { pieces: 0 }, text: string = " ".repeat(65_536)): Fault => ({
  _tag: "Repeat",
  at,
  text,
  millis: 0
})

/**
 * Sends comments of an event stream, with a pause before each, and then goes on. Default: for ever, before the first piece.
 *
 * @since 0.2.0
 * @category constructors
 */
export const keepAlive = (
  every: Duration.Input,
  options: { readonly times?: number; readonly at?: Place } = {}
): Fault =>
  decodeFault({
    _tag: "Repeat",
    at: options.at ?? { pieces: 0 },
    text: ": keep-alive\n\n",
    millis: Duration.toMillis(Duration.fromInputUnsafe(every)),
    ...options.times !== undefined && { times: options.times }
  })

/**
 * Writes a byte at a time. Default: without a pause.
 *
 * @since 0.2.0
 * @category constructors
 */
export const trickle = (pause: Duration.Input = 0): Fault => ({
  _tag: "Trickle",
  millis: Duration.toMillis(Duration.fromInputUnsafe(pause))
})
