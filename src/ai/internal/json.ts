/**
 * JSON of which little is known, read leniently and written without what JSON cannot say.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** An object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

const nothing: Fields = {}

/** Whether this is an object with fields, and not a list. */
export const isFields = (u: unknown): u is Fields => Predicate.isObject(u) && !Array.isArray(u)

/** The fields of an object; anything else has none. */
export const fields = (u: unknown): Fields => isFields(u) ? u : nothing

/** The objects of a list; anything else has none. */
export const list = (u: unknown): ReadonlyArray<Fields> => Array.isArray(u) ? u.map(fields) : []

/** A text, or none. */
export const text = (u: unknown): string => typeof u === "string" ? u : ""

/** The fields that are left without some. */
export const without = (all: unknown, ...names: ReadonlyArray<string>): Fields =>
  Object.fromEntries(Object.entries(fields(all)).filter(([name]) => !names.includes(name)))

/** What JSON can say of a value; a field that is undefined is left out. */
export const json = (u: unknown): Schema.MutableJson => {
  if (typeof u === "string" || typeof u === "boolean" || u === null) return u
  if (typeof u === "number") return Number.isFinite(u) ? u : null
  if (Array.isArray(u)) return u.map(json)
  return isFields(u) ? object(u) : null
}

/** What JSON can say of an object. */
export const object = (all: Fields): Schema.MutableJsonObject =>
  Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) => [name, json(value)])
  )

/** The value that a text is in JSON, if it is any. */
export const parse = (document: string): Result.Result<unknown, unknown> =>
  Result.try((): unknown => JSON.parse(document))

const encode = Schema.encodeSync(Schema.fromJsonString(Schema.Unknown))

/** A value as JSON; nothing is `null`. */
export const stringify = (u: unknown): string => encode(u ?? null)
