/**
 * Structured output: whether a JSON schema is one that the backend takes, and a value that satisfies it.
 *
 * The rules of the strict mode are those of the public API. The value is the same for the same schema and text.
 */
import * as Predicate from "effect/Predicate"
import * as Reply from "./reply.ts"

type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }
type JsonSchema = Readonly<Record<string, unknown>>

const isSchema = (u: unknown): u is JsonSchema => Predicate.isObject(u)

const list = (u: unknown): ReadonlyArray<unknown> => Array.isArray(u) ? u : []

const number = (u: unknown): number | undefined => typeof u === "number" ? u : undefined

// ---------------------------------------------------------------------------------------------------------
// The gate
// ---------------------------------------------------------------------------------------------------------

const children = (
  schema: JsonSchema,
  at: ReadonlyArray<string>
): ReadonlyArray<readonly [JsonSchema, ReadonlyArray<string>]> => {
  const named = ["properties", "$defs", "definitions"].flatMap((key) => {
    const group = schema[key]
    return isSchema(group)
      ? Object.entries(group).map(([name, child]) => [child, [...at, key, name]] as const)
      : []
  })
  const listed = ["anyOf", "oneOf", "allOf"].flatMap((key) =>
    list(schema[key]).map((child, i) => [child, [...at, key, String(i)]] as const)
  )
  return [...named, ...listed, [schema["items"], [...at, "items"]] as const].flatMap(([child, where]) =>
    isSchema(child) ? [[child, where] as const] : []
  )
}

const typesOf = (schema: JsonSchema): ReadonlyArray<unknown> =>
  Array.isArray(schema["type"]) ? schema["type"] : schema["type"] === undefined ? [] : [schema["type"]]

const strictProblem = (schema: JsonSchema, at: ReadonlyArray<string>): string | undefined => {
  const context = `In context=(${at.map((step) => `'${step}'`).join(", ")}${at.length === 1 ? "," : ""})`
  if (typesOf(schema).includes("object") || isSchema(schema["properties"])) {
    if (schema["additionalProperties"] !== false) {
      return `${context}, 'additionalProperties' is required to be supplied and to be false.`
    }
    const properties = isSchema(schema["properties"]) ? Object.keys(schema["properties"]) : []
    const missing = properties.find((name) => !list(schema["required"]).includes(name))
    if (missing !== undefined) {
      return `${context}, 'required' is required to be supplied and to be an array including every key in properties. ` +
        `Missing '${missing}'.`
    }
  }
  for (const [child, where] of children(schema, at)) {
    const problem = strictProblem(child, where)
    if (problem !== undefined) return problem
  }
}

/** What is wrong with `text.format`, as a refusal. */
export const schemaProblem = (format: JsonSchema): Reply.Http | undefined => {
  if (format["type"] === "text" || format["type"] === "json_object") return undefined
  if (format["type"] !== "json_schema") {
    return Reply.invalid(
      "text.format.type",
      "invalid_value",
      `Invalid value: '${String(format["type"])}'. Supported values are: 'json_object', 'json_schema', and 'text'.`
    )
  }
  const { name, schema } = format
  if (typeof name !== "string" || name === "") {
    return Reply.invalid(
      "text.format.name",
      "missing_required_parameter",
      "Missing required parameter: 'text.format.name'."
    )
  }
  if (!isSchema(schema)) {
    return Reply.invalid(
      "text.format.schema",
      "missing_required_parameter",
      "Missing required parameter: 'text.format.schema'."
    )
  }
  const problem = !typesOf(schema).includes("object")
    ? `schema must be a JSON Schema of 'type: "object"', got 'type: "${typesOf(schema).join() || "None"}"'.`
    : format["strict"] === true
    ? strictProblem(schema, [])
    : undefined
  return problem === undefined ? undefined : Reply.invalid(
    "text.format.schema",
    "invalid_json_schema",
    `Invalid schema for response_format '${name}': ${problem}`
  )
}

// ---------------------------------------------------------------------------------------------------------
// The value
// ---------------------------------------------------------------------------------------------------------

const formatted: Readonly<Record<string, string>> = {
  "date-time": "2026-01-02T03:04:05Z",
  "date": "2026-01-02",
  "time": "03:04:05Z",
  "duration": "PT1H",
  "email": "ada@example.com",
  "hostname": "example.com",
  "uri": "https://example.com/",
  "ipv4": "192.0.2.1",
  "ipv6": "2001:db8::1",
  "uuid": "00000000-0000-4000-8000-000000000000"
}

const makeString = (schema: JsonSchema, text: string): string => {
  const format = schema["format"]
  const base = typeof format === "string" ? formatted[format] ?? text : text
  const long = base.padEnd(number(schema["minLength"]) ?? 0, base === "" ? "x" : base)
  return Array.from(long).slice(0, number(schema["maxLength"])).join("")
}

const makeNumber = (schema: JsonSchema, isWhole: boolean): number => {
  const unit = number(schema["multipleOf"]) ?? (isWhole ? 1 : undefined)
  const above = number(schema["exclusiveMinimum"])
  const below = number(schema["exclusiveMaximum"])
  const least = Math.max(number(schema["minimum"]) ?? -Infinity, above ?? -Infinity)
  const most = Math.min(number(schema["maximum"]) ?? Infinity, below ?? Infinity)
  if (unit !== undefined) {
    const first = Math.ceil(Math.max(least, Math.min(0, most)) / unit) * unit
    const start = first === above ? first + unit : first
    return start > most || start === below ? Math.floor(most / unit) * unit - (below === most ? unit : 0) : start
  }
  if (least <= 0 && most >= 0 && above !== 0 && below !== 0) return 0
  if (least !== -Infinity && most !== Infinity) return (least + most) / 2
  return least !== -Infinity ? least + 1 : most - 1
}

const resolve = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const ref = schema["$ref"]
  if (typeof ref !== "string" || !ref.startsWith("#")) return schema
  const steps = ref.slice(1).split("/").filter((step) => step !== "")
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"))
  const target = steps.reduce<unknown>((at, step) => isSchema(at) ? at[step] : undefined, root)
  const { $ref: _, ...rest } = schema
  return isSchema(target) ? { ...resolve(target, root), ...rest } : rest
}

const isJson = (u: unknown): u is Json =>
  u === null || typeof u === "string" || typeof u === "number" || typeof u === "boolean" ||
  (Array.isArray(u) ? u.every(isJson) : isSchema(u) && Object.values(u).every(isJson))

const merge = (a: JsonSchema, b: JsonSchema): JsonSchema => ({
  ...a,
  ...b,
  ...(isSchema(a["properties"]) && isSchema(b["properties"]) &&
    { properties: { ...a["properties"], ...b["properties"] } }),
  ...(Array.isArray(a["required"]) && Array.isArray(b["required"]) &&
    { required: [...list(a["required"]), ...list(b["required"])] })
})

/** A value that satisfies a schema; its texts are `text` where the schema lets them. */
export const valueOf = (schema: unknown, text: string): Json => {
  const root = isSchema(schema) ? schema : {}
  const make = (raw: JsonSchema, depth: number): Json => {
    const resolved = resolve(raw, root)
    if (isJson(resolved["const"])) return resolved["const"]
    const [first] = list(resolved["enum"])
    if (isJson(first)) return first
    const { allOf, anyOf, oneOf, ...own } = resolved
    const all = list(allOf).filter(isSchema)
    if (all.length > 0) return make(all.reduce((sum, part) => merge(sum, resolve(part, root)), own), depth + 1)
    const choices = [...list(anyOf), ...list(oneOf)].filter(isSchema)
    // Deep down the last choice is taken: a schema that contains itself ends there, usually with null.
    const choice = depth > 6 ? choices.at(-1) : choices[0]
    if (choice !== undefined) return make(merge(own, resolve(choice, root)), depth + 1)
    const types = typesOf(own)
    const type = depth > 6 && types.includes("null")
      ? "null"
      : types[0] ?? (isSchema(own["properties"]) ? "object" : isSchema(own["items"]) ? "array" : "string")
    switch (type) {
      case "null":
        return null
      case "boolean":
        return true
      case "integer":
      case "number":
        return makeNumber(own, type === "integer")
      case "array": {
        const prefix = list(own["prefixItems"]).filter(isSchema)
        const items = isSchema(own["items"]) ? own["items"] : {}
        const wished = depth > 6 ? 0 : 1
        const length = Math.max(
          number(own["minItems"]) ?? 0,
          Math.min(number(own["maxItems"]) ?? Infinity, Math.max(wished, prefix.length))
        )
        return Array.from({ length }, (_, i) => make(prefix[i] ?? items, depth + 1))
      }
      case "object": {
        const properties = isSchema(own["properties"]) ? own["properties"] : {}
        const required = list(own["required"])
        return Object.fromEntries(
          Object.entries(properties)
            .filter(([name]) => required.includes(name))
            .map(([name, child]) => [name, make(isSchema(child) ? child : {}, depth + 1)])
        )
      }
      default:
        return makeString(own, text)
    }
  }
  return make(root, 0)
}
