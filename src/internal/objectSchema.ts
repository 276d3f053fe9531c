/**
 * The parameters of a function as the backend takes them: one object, with no choice and no negation at its top.
 */
import * as Predicate from "effect/Predicate"

type Schema = Readonly<Record<string, unknown>>

const isSchema = (value: unknown): value is Schema => Predicate.isObject(value)

const schemasIn = (value: unknown): ReadonlyArray<Schema> => Array.isArray(value) ? value.filter(isSchema) : []

const namesIn = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const propertiesOf = (schema: Schema): ReadonlyArray<readonly [string, unknown]> =>
  isSchema(schema["properties"]) ? Object.entries(schema["properties"]) : []

/** A schema that is named, and what it is named for. */
const named = (schema: Schema, root: Schema): Schema => {
  const { $ref } = schema
  const name = typeof $ref === "string" ? /^#\/\$defs\/([^/]+)$/.exec($ref)?.[1] : undefined
  const found = name !== undefined && isSchema(root["$defs"]) ? root["$defs"][name] : undefined
  return isSchema(found) ? found : schema
}

/**
 * A schema as that of one object: of a choice all that any of its sides takes, whereof what all sides want is required.
 *
 * What was called is checked by the schema itself, so that nothing is lost but the hint.
 */
export const objectSchema = (schema: Schema): Schema => {
  const { allOf, anyOf, enum: _enum, not: _not, oneOf, ...rest } = schema
  const sides = [...schemasIn(anyOf), ...schemasIn(oneOf)].map((side) => objectSchema(named(side, schema)))
  const parts = schemasIn(allOf).map((part) => objectSchema(named(part, schema)))
  if (sides.length + parts.length === 0) return { properties: {}, ...rest, type: "object" }
  const found = new Map<string, Array<unknown>>()
  for (const [name, property] of [rest, ...parts, ...sides].flatMap(propertiesOf)) {
    const before = found.get(name) ?? []
    const isKnown = before.some((other) => JSON.stringify(other) === JSON.stringify(property))
    found.set(name, isKnown ? before : [...before, property])
  }
  const properties = Object.fromEntries(
    [...found].map(([name, all]) => [name, all.length === 1 ? all[0] : { anyOf: all }])
  )
  const shared = namesIn(sides[0]?.["required"]).filter((name) =>
    sides.every((side) => namesIn(side["required"]).includes(name))
  )
  const required = [...new Set([rest, ...parts].flatMap((part) => namesIn(part["required"])).concat(shared))]
  return { ...rest, type: "object", properties, ...required.length > 0 && { required } }
}
