/**
 * What may stand in an option, for callers whose compiler does not say it.
 */
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"

/** An option is not what it has to be: nobody is answered. */
export class OptionInvalid extends Schema.TaggedError<OptionInvalid>("effect-codex/OptionInvalid")("OptionInvalid", {
  of: Schema.Literals(["codex", "codexProvider"]),
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.of}(...) cannot begin: ${this.problem} Until then nobody is answered.`
  }
}

/** What was closed answers no more. */
export class Closed extends Schema.TaggedError<Closed>("effect-codex/Closed")("Closed", {
  of: Schema.Literals(["codex", "codexProvider"])
}) {
  override get message(): string {
    return `This ${this.of}(...) was ${
      this.of === "codex" ? "disposed of" : "closed"
    } and answers no more. Make a new one.`
  }
}

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
export const flag: Kindly = { what: "true or false", is: Predicate.isBoolean }
export const text: Kindly = { what: "a text", is: Predicate.isString }
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

/** The kinds of all options of something. */
export type Kinds = Readonly<Record<string, Kindly>>

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
