/**
 * What may stand in an option, for callers whose compiler does not say it, and for numbers, of which none does.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { isHttp } from "./address.ts"

/** An option is not what it has to be: what it belongs to is not made. */
export class OptionInvalid extends Schema.TaggedError<OptionInvalid>("effect-codex/OptionInvalid")("OptionInvalid", {
  of: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.of}(...) cannot begin: ${this.problem}`
  }
}

/** What comes of it at the door for authors without Effect. */
export const unanswered = "Until then nobody is answered."

/** What may stand in an option. */
export interface Kindly {
  /** What belongs there, as the end of a sentence. */
  readonly what: string
  readonly is: (value: unknown) => boolean
}

export const numberFrom = (least: number, what: string): Kindly => ({
  what: `${what}, ${least} or more`,
  is: (value) => Predicate.isNumber(value) && value >= least
})
export const count = numberFrom(0, "a number")
export const atLeastOne = numberFrom(1, "a number")
export const millis = numberFrom(0, "a number of milliseconds")

export const finiteMillis: Kindly = {
  what: `${millis.what}, and no infinity`,
  is: (value) => millis.is(value) && value !== Infinity
}

const units = ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]

const isTold = (number: unknown): boolean => Predicate.isNumber(number) && !Number.isNaN(number)

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

/** The numbers that a duration is told in. */
const numbersIn = (value: unknown): ReadonlyArray<unknown> | undefined => {
  if (Predicate.isNumber(value)) return [value]
  if (isList(value)) return value
  return Predicate.isObject(value) && !Duration.isDuration(value)
    ? units.map((unit): unknown => Reflect.get(value, unit)).filter(Predicate.isNotUndefined)
    : undefined
}

// Effect takes what is no number for nothing at all, as it does an object without a unit.
const isInput = (value: unknown): value is Duration.Input => {
  const numbers = numbersIn(value)
  return numbers === undefined
    ? Predicate.isString(value) || Predicate.isBigInt(value) || Duration.isDuration(value)
    : numbers.length > 0 && numbers.every(isTold)
}

const spanUntil = (what: string, isShort: (span: Duration.Duration) => boolean): Kindly => ({
  what: `a duration, such as "30 seconds" or a number of milliseconds${what}`,
  is: (value) =>
    isInput(value) && Option.exists(
      Duration.fromInput(value),
      (span) => Duration.isGreaterThanOrEqualTo(span, Duration.zero) && isShort(span)
    )
})
/** How long, or without an end. */
export const span = spanUntil(", 0 or more", () => true)
/** How long: it comes to an end. */
export const finiteSpan = spanUntil(", 0 or more, and no infinity", Duration.isFinite)
export const flag: Kindly = { what: "true or false", is: Predicate.isBoolean }
export const text: Kindly = { what: "a text", is: Predicate.isString }
export const address: Kindly = {
  what: "an http or https address",
  is: (value) => Predicate.isString(value) && isHttp(value)
}
export const anything: Kindly = { what: "anything", is: () => true }
export const callable: Kindly = { what: "a function", is: Predicate.isFunction }
export const oneOf = (...words: ReadonlyArray<string>): Kindly => ({
  what: words.map((word) => `"${word}"`).join(" or "),
  is: (value) => Predicate.isString(value) && words.includes(value)
})
export const either = (one: Kindly, other: Kindly): Kindly => ({
  what: `${one.what}, or ${other.what}`,
  is: (value) => one.is(value) || other.is(value)
})
export const object = (what: string, ...functions: ReadonlyArray<string>): Kindly => ({
  what,
  is: (value) => Predicate.isObject(value) && functions.every((name) => Predicate.isFunction(Reflect.get(value, name)))
})
/** Leaves out what is not there: callers without types write null for what they do not have. */
export function given<O>(options: O, isThere?: (value: unknown) => boolean): O
export function given(options: unknown, isThere: (value: unknown) => boolean = Predicate.isNotNullish): unknown {
  return Predicate.isObject(options) ? Record.filter(options, isThere) : options
}

/** What is empty is not set either: variables of an environment are handed over as they are. */
export const isSet = (value: unknown): boolean => Predicate.isNotNullish(value) && value !== ""

/** The kinds of all options of something. */
export type Kinds = Readonly<Record<string, Kindly>>

/** Stops what is being made of options, of which these have to be kinds, by the first that is wrong. */
export const ensure = (of: string, kinds: Kinds, options: object): Effect.Effect<void> => {
  const problem = firstProblem(
    given(options),
    (name, value) => Object.hasOwn(kinds, name) ? problemOf(kinds, name, value) : undefined
  )
  return problem === undefined ? Effect.void : Effect.die(new OptionInvalid({ of, problem }))
}

/** What is wrong with an option among these, as a sentence that says what to do. */
export const problemOf = (kinds: Kinds, name: string, value: unknown): string | undefined => {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) return `it has no option ${name}. Correct its name, or leave it out.`
  return kind.is(value) ? undefined : `${name} has to be ${kind.what}.`
}

/** What is wrong with the first option that is wrong. */
export const firstProblem = (
  options: object,
  problemOf: (name: string, value: unknown) => string | undefined
): string | undefined => {
  for (const [name, value] of Object.entries(options)) {
    const problem = problemOf(name, value)
    if (problem !== undefined) return problem
  }
  return undefined
}
