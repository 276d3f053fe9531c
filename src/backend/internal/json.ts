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

/** Fields of one kind, by name. */
export type Named<A> = { readonly [name: string]: A | undefined }

const named = <A>(value: unknown, names: ReadonlyArray<string>, read: (value: unknown) => A | undefined): Named<A> => {
  const from = fields(value)
  const found: { [name: string]: A | undefined } = {}
  for (const name of names) found[name] = read(from[name])
  return found
}

/** The strings of an object that are asked for. */
export const texts = (value: unknown, ...names: ReadonlyArray<string>): Named<string> => named(value, names, text)

/** The numbers of an object that are asked for. */
export const numbers = (value: unknown, ...names: ReadonlyArray<string>): Named<number> => named(value, names, number)

const written = (value: unknown): number | undefined =>
  typeof value === "string" && value.trim() !== "" ? number(Number(value)) : undefined

/** The numbers that are asked for of an object that has them as text, as headers are. */
export const writtenNumbers = (value: unknown, ...names: ReadonlyArray<string>): Named<number> =>
  named(value, names, written)

/** Parses a document; `undefined` when it is not JSON. */
export const parse = (document: string): unknown =>
  Result.getOrUndefined(Result.try((): unknown => JSON.parse(document)))

/** The JSON objects of events, whose type may stand in a line before the data only; whatever else there is is left out. */
export const events = (
  blocks: ReadonlyArray<{ readonly data: string; readonly name: string | undefined }>
): ReadonlyArray<Fields> => {
  const found: Array<Fields> = []
  for (const { data, name } of blocks) {
    const value = parse(data)
    if (!isFields(value)) continue
    found.push(name !== undefined && value["type"] === undefined ? { ...value, type: name.trim() } : value)
  }
  return found
}
