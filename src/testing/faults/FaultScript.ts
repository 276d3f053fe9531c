/**
 * What goes wrong between a client and an emulator, told as rules.
 *
 * A rule names a call, says which of its calls it hits (the nth, some in a row, by chance), and what befalls them. Chance
 * comes from the seed, the rule and the number of the call, not from their order, so that the same script does the same to
 * the same calls. A script is a value: it prints as the code that makes it, has a JSON form, and can be generated and
 * shrunk as any other schema. `CodexEmulator` and `TelegramEmulator` both follow one.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"

// ---------------------------------------------------------------------------------------------------------
// Faults
// ---------------------------------------------------------------------------------------------------------

/**
 * A place in the body of a response, counted in pieces; an event of a stream is a piece, and so is any other body as a whole.
 */
export const Place = Schema.Struct({
  /** How many pieces are sent whole before it happens. */
  pieces: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
  /** Counts only the pieces that contain this text, e.g. `output_text.delta`. */
  of: Schema.optionalKey(Schema.NonEmptyString)
})
/** A place in the body of a response, counted in pieces. */
export type Place = typeof Place.Type

/** Before the call has an effect, or after it: then the work is done, and nobody hears of it. */
export const Moment = Schema.Literals(["before", "after"])
/** Before the call has an effect, or after it. */
export type Moment = typeof Moment.Type

/** What befalls a call. */
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

/** Answers with a status in place of the answer; a body, if given, is sent as it is. */
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
 */
export const redirect = (location: string, status: 301 | 302 | 303 | 307 | 308 = 307): Fault =>
  answer({ status, headers: { location }, body: "" })

/** Waits before the call is looked at. */
export const delay = (duration: Duration.Input): Fault => ({
  _tag: "Delay",
  millis: Duration.toMillis(Duration.fromInputUnsafe(duration))
})

/**
 * Falls silent: before the effect of the call (default), after it, or in the body. In the body the head of the answer has
 * been sent, also when no piece has.
 */
export const stall = (at: Moment | Place = "before"): Fault => ({ _tag: "Stall", at })

/** Cuts the connection: before the effect of the call (default), after it, or in the body. */
export const cut = (at: Moment | Place = "before"): Fault => ({ _tag: "Cut", at })

/** Sends half a piece and cuts the connection. Default: the first piece. */
export const half = (at: Place = { pieces: 0 }): Fault => ({ _tag: "Half", at })

/** Sends random bytes between the pieces. Default: 64 of them, before the first piece. */
export const garbage = (at: Place = { pieces: 0 }, bytes = 64): Fault => ({ _tag: "Garbage", at, bytes })

/** Leaves the last piece out: a stream without its terminal event. */
export const dropLast: Fault = { _tag: "DropLast" }

/** Writes 64 kB of white space over and over and never ends. Default place: before the first piece. */
export const endless = (at: Place = { pieces: 0 }, text: string = " ".repeat(65_536)): Fault => ({
  _tag: "Repeat",
  at,
  text,
  millis: 0
})

/** Sends comments of an event stream, with a pause before each, and then goes on. Default: for ever, before the first piece. */
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

/** Writes a byte at a time. Default: without a pause. */
export const trickle = (pause: Duration.Input = 0): Fault => ({
  _tag: "Trickle",
  millis: Duration.toMillis(Duration.fromInputUnsafe(pause))
})

// ---------------------------------------------------------------------------------------------------------
// Scripts
// ---------------------------------------------------------------------------------------------------------

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1e9 }))

/** Which calls are hit, and by what. Without `nth`, `between` and `chance` it is every call of that name. */
export const Rule = Schema.Struct({
  /** A method of the Bot API or an endpoint of Codex; `*` is every call, but not one that waits for news. */
  on: Schema.NonEmptyString,
  /** Only this call of that name, counted from 1. */
  nth: Schema.optionalKey(Count),
  /** Only these calls of that name, first and last included. */
  between: Schema.optionalKey(Schema.Tuple([Count, Count])),
  /** How likely each of them is hit, up to 1. */
  chance: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  fault: Fault
})
/** Which calls are hit, and by what. */
export type Rule = typeof Rule.Type

const fields = { seed: Schema.Int, rules: Schema.Array(Rule) }

// Brings the fields into their order, so that equal scripts print alike.
const encode = Schema.encodeSync(Schema.Struct(fields))

/** Rules and the seed of their chance; all rules that hit a call befall it, in their order. */
export class FaultScript extends Schema.Class<FaultScript>("effect-codex/FaultScript")(fields) {
  /** The code that makes this script. */
  override toString(): string {
    const json = JSON.stringify(encode(this), null, 2)
    // In code this key would set a prototype.
    return `FaultScript.make(${json.replaceAll("\"__proto__\":", "[\"__proto__\"]:")})`
  }
  /** Prints as the code too. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** Makes a script. Default seed: 0. */
export const make = (options: { readonly seed?: number; readonly rules: ReadonlyArray<Rule> }): FaultScript =>
  new FaultScript({ seed: options.seed ?? 0, rules: options.rules })

/** Nothing goes wrong. */
export const none: FaultScript = make({ rules: [] })

/** The same rules under another chance. */
export const withSeed: {
  (seed: number): (self: FaultScript) => FaultScript
  (self: FaultScript, seed: number): FaultScript
} = dual(2, (self: FaultScript, seed: number): FaultScript => make({ seed, rules: self.rules }))

const decodeFault = Schema.decodeUnknownSync(Fault)

/** A fault that befell a call. */
export interface Happened {
  readonly call: string
  /** The number of the call among those of its name. */
  readonly nth: number
  readonly fault: Fault
}

/** How a test reaches the script of an emulator. */
export interface Controls<Call extends string = string> {
  /** Follows this script from now on in place of the one before; calls are counted anew. */
  readonly setFaults: (script: FaultScript) => Effect.Effect<void>
  /**
   * Adds a rule for the next call of this name, or for so many (`Infinity` for all that follow). Rules that are added one
   * after the other for the same name hit calls one after the other.
   */
  readonly failNext: (call: Call, fault: Fault, times?: number) => Effect.Effect<void>
  /** The script as it is followed, with all that was added: from a fresh start it does the same again. */
  readonly faults: Effect.Effect<FaultScript>
  /** What has happened so far, oldest first. */
  readonly faultsHappened: Effect.Effect<ReadonlyArray<Happened>>
}

// ---------------------------------------------------------------------------------------------------------
// Runs
// ---------------------------------------------------------------------------------------------------------

/** A run failed under a script. The message holds the script, the cause what went wrong. */
export class FaultyRunFailed extends Schema.TaggedError<FaultyRunFailed>("effect-codex/FaultyRunFailed")(
  "FaultyRunFailed",
  { script: FaultScript, reason: Schema.String, cause: Schema.Defect() }
) {
  override get message(): string {
    return `${this.reason}\n\nThe run failed under this script, and does so again with it:\n\n${this.script.toString()}`
  }
}

/** Makes a failure of a run print the script, so that it can be replayed. */
export const explained: {
  (script: FaultScript): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, FaultyRunFailed, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, script: FaultScript): Effect.Effect<A, FaultyRunFailed, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, script: FaultScript): Effect.Effect<A, FaultyRunFailed, R> =>
    Effect.catchCause(self, (cause) => {
      const error = Cause.squash(cause)
      return Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.fail(
          new FaultyRunFailed({ script, reason: error instanceof Error ? error.message : String(error), cause: error })
        )
    })
)
