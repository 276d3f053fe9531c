/**
 * Lenient reading of the JSON a server sends: a field that is missing or of another kind is `undefined`.
 *
 * Each field stands for itself, so that one odd value never costs the rest of an answer. That is why these
 * are guards and not one schema for each event; they also cost next to nothing on the hot path.
 */
import * as Result from "effect/Result"

/** A JSON object of which nothing is known yet. */
export interface Fields {
  readonly [name: string]: unknown
}

const nothing: Fields = {}

/** Whether this is a JSON object, and not a list. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The fields of an object; anything else has none. */
export const fields = (value: unknown): Fields => isFields(value) ? value : nothing

/** The elements of a list; anything else has none. */
export const list = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

/** A string that says something. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

/** A finite number. */
export const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined

/** Reads a value as what it should be; of what it is not, nothing is left. */
export type Reader<A> = (value: unknown) => A

interface Readers {
  readonly [name: string]: Reader<unknown>
}

/** What may be anything. */
export const anything: Reader<unknown> = (value) => value

/** The fields of an object that are named, each read for itself; anything else has none of them. */
export function record<const R extends Readers>(
  readers: R
): Reader<{ readonly [Name in keyof R]: ReturnType<R[Name]> }>
export function record(readers: Readers): Reader<Fields> {
  const named = Object.entries(readers)
  return (value) => {
    const from = fields(value)
    const found: { [name: string]: unknown } = {}
    for (const [name, read] of named) found[name] = read(from[name])
    return found
  }
}

/** The elements of a list, each read for itself; anything else has none. */
export const listOf = <A>(read: Reader<A>): Reader<ReadonlyArray<A>> => (value) => list(value).map((each) => read(each))

/** Parses a document; `undefined` when it is not JSON. */
export const parse = (document: string): unknown =>
  Result.getOrUndefined(Result.try((): unknown => JSON.parse(document)))

/** The JSON objects of events, whose type may stand in a line before the data only; whatever else there is is left out. */
export const events = (
  blocks: ReadonlyArray<{ readonly data: string; readonly name: string | undefined }>
): ReadonlyArray<Fields> => {
  const found: Array<Fields> = []
  let at = 0
  const readOn = (): boolean => {
    for (; at < blocks.length; at++) {
      const block = blocks[at]
      const value: unknown = block === undefined ? undefined : JSON.parse(block.data)
      if (!isFields(value)) continue
      const name = block?.name
      found.push(name !== undefined && value["type"] === undefined ? { ...value, type: name.trim() } : value)
    }
    return true
  }
  // One guard for all of them, and another one behind what is not JSON.
  while (Result.isFailure(Result.try(readOn))) at++
  return found
}
