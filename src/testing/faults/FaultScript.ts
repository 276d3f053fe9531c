/**
 * What goes wrong between a client and an emulator, told as rules.
 *
 * A rule names a call, says which of its calls it hits (the nth, some in a row, by chance), and what befalls them. Chance
 * comes from the seed, the rule and the number of the call, not from their order, so that the same script does the same to
 * the same calls. A script is a value: it prints as the code that makes it, has a JSON form, and can be generated and
 * shrunk as any other schema. `CodexEmulator` and `TelegramEmulator` both follow one.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { Fault } from "./internal/fault.ts"

export * from "./internal/fault.ts"

// ---------------------------------------------------------------------------------------------------------
// Scripts
// ---------------------------------------------------------------------------------------------------------

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1e9 }))

/**
 * Which calls are hit, and by what. Without `nth`, `between` and `chance` it is every call of that name.
 *
 * @since 0.2.0
 * @category models
 */
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

/**
 * Rules and the seed of their chance; all rules that hit a call befall it, in their order.
 *
 * @since 0.2.0
 * @category models
 */
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

/**
 * Makes a script. Default seed: 0.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (options: { readonly seed?: number; readonly rules: ReadonlyArray<Rule> }): FaultScript =>
  new FaultScript({ seed: options.seed ?? 0, rules: options.rules })

/**
 * Nothing goes wrong.
 *
 * @since 0.2.0
 * @category constructors
 */
export const none: FaultScript = make({ rules: [] })

/**
 * The same rules under another chance.
 *
 * @since 0.2.0
 * @category combinators
 */
export const withSeed: {
  (seed: number): (self: FaultScript) => FaultScript
  (self: FaultScript, seed: number): FaultScript
} = dual(2, (self: FaultScript, seed: number): FaultScript => make({ seed, rules: self.rules }))

/**
 * A fault that befell a call.
 *
 * @since 0.2.0
 * @category models
 */
export interface Happened {
  readonly call: string
  /** The number of the call among those of its name. */
  readonly nth: number
  readonly fault: Fault
}

/**
 * How a test reaches the script of an emulator.
 *
 * @since 0.2.0
 * @category models
 */
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

/**
 * A run failed under a script. The message holds the script, the cause what went wrong.
 *
 * @since 0.2.0
 * @category errors
 */
export class FaultyRunFailed extends Schema.TaggedError<FaultyRunFailed>("effect-codex/FaultyRunFailed")(
  "FaultyRunFailed",
  { script: FaultScript, reason: Schema.String, cause: Schema.Defect() }
) {
  override get message(): string {
    return `${this.reason}\n\nThe run failed under this script, and does so again with it:\n\n${this.script.toString()}`
  }
}

/**
 * Makes a failure of a run print the script, so that it can be replayed.
 *
 * @since 0.2.0
 * @category combinators
 */
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
