/**
 * JSON schemas, and which of them the strict mode of the backend takes.
 */
import { objectSchema } from "../../internal/objectSchema.ts"
import { type Fields, fields, isFields, list } from "./json.ts"

const scalars = new Set<unknown>(["string", "number", "integer", "boolean", "null"])

// A value of any kind, a map, an optional key, a tuple: none of them can be said strictly.
const unsaid = ["oneOf", "allOf", "not", "patternProperties", "prefixItems", "if", "dependentSchemas", "propertyNames"]

const isAll = (schemas: ReadonlyArray<unknown>): boolean => schemas.every(isStrict)

const isStrictType = (schema: Fields, type: unknown): boolean => {
  if (scalars.has(type)) return true
  if (type === "array") return isStrict(schema["items"])
  if (type !== "object") return false
  const properties = fields(schema["properties"])
  const required: ReadonlyArray<unknown> = Array.isArray(schema["required"]) ? schema["required"] : []
  return schema["additionalProperties"] === false &&
    Object.keys(properties).every((name) => required.includes(name)) &&
    isAll(Object.values(properties))
}

/** Whether the backend holds a model to this schema to the letter, or refuses the schema. */
export const isStrict = (schema: unknown): boolean => {
  if (!isFields(schema) || unsaid.some((word) => word in schema)) return false
  if (!isAll(Object.values(fields(schema["$defs"])))) return false
  if (typeof schema["$ref"] === "string") return true
  if (Array.isArray(schema["anyOf"])) return isAll(list(schema["anyOf"]))
  const { type } = schema
  if (Array.isArray(type)) return type.every((type) => isStrictType(schema, type))
  return type === undefined ? "enum" in schema || "const" in schema : isStrictType(schema, type)
}

const mapped = (schemas: unknown): unknown =>
  isFields(schemas)
    ? Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withItems(schema)]))
    : schemas

/** Every list says what is in it, as is wanted in any mode: a tuple, whatever is at any of its places. */
const withItems = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withItems)
  if (!isFields(schema)) return schema
  const { prefixItems, ...rest } = schema
  const out: Fields = Object.fromEntries(
    Object.entries(rest).map(([word, value]) => [
      word,
      word === "properties" || word === "$defs" ? mapped(value) : nested.has(word) ? withItems(value) : value
    ])
  )
  if (out["type"] !== "array" || isFields(out["items"])) return out
  const places = list(prefixItems).map(withItems)
  return { ...out, items: places.length === 0 ? {} : { anyOf: places } }
}

const nested = new Set(["items", "anyOf", "oneOf", "allOf", "additionalProperties"])

/** An object schema, as parameters must have: a schema of no type in particular becomes one, and so does a choice. */
export const ofObject = (schema: Fields): Fields => fields(objectSchema(fields(withItems(schema))))
