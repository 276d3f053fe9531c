/**
 * What a client of the Responses API asks, made fit for the backend; or the field that the backend would refuse.
 */
import * as Result from "effect/Result"
import { type Fields, isFields } from "../../internal/json.ts"
import type { Items } from "./items.ts"

/** The field that cannot be sent, and what its author can do. */
export interface Refused {
  readonly field: string
  readonly message: string
}

/** A body that the backend takes. */
export interface Asked {
  readonly body: Readonly<Record<string, unknown>>
  /** Whether the caller reads events, or one object. */
  readonly isStream: boolean
  /** Stable for a conversation, when the caller says so: the backend's prompt cache hangs on it. */
  readonly session: string | undefined
}

// The backend has an allow-list and refuses all else.
const taken = new Set([
  "model",
  "instructions",
  "input",
  "stream_options",
  "include",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "prompt_cache_key",
  "service_tier",
  "client_metadata"
])

const nothingIsKept = "nothing is stored there, so send the whole conversation as `input`."

const advice: Readonly<Record<string, string>> = {
  previous_response_id: nothingIsKept,
  conversation: nothingIsKept,
  prompt: "say in `instructions` and `input` what the stored prompt says.",
  background: "an answer is read while it is written.",
  max_output_tokens: "leave it out, and ask for a short answer in `instructions`.",
  max_tokens: "leave it out, and ask for a short answer in `instructions`.",
  messages: "this is the Responses API: the conversation is `input`."
}

const refuse = (field: string, why = advice[field] ?? "leave it out."): Refused => ({
  field,
  message: `The Codex backend does not take ${field}: ${why}`
})

const encrypted = "reasoning.encrypted_content"

const includeOf = (include: unknown): ReadonlyArray<unknown> => {
  const all: ReadonlyArray<unknown> = Array.isArray(include) ? include : []
  // Nothing is stored, so that thinking goes on only if the client brings it along.
  return all.includes(encrypted) ? all : [...all, encrypted]
}

const itemOf = (item: unknown, at: number, items: Items): Result.Result<unknown, Refused> => {
  if (!isFields(item)) return Result.succeed(item)
  // The backend knows no system messages in a conversation; those of the developer mean the same.
  if (item["role"] === "system") return Result.succeed({ ...item, role: "developer" })
  if (item["type"] !== "item_reference") return Result.succeed(item)
  const known = items.get(item["id"])
  return known === undefined
    ? Result.fail(
      refuse(`input[${at}]`, "an item_reference finds nothing, as nothing is stored; send the item itself.")
    )
    : Result.succeed(known)
}

const inputOf = (input: unknown, items: Items): Result.Result<unknown, Refused> => {
  if (typeof input === "string") {
    return Result.succeed([{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }])
  }
  return Array.isArray(input) ? Result.all(input.map((item, at) => itemOf(item, at, items))) : Result.succeed(input)
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null

/** Reads a body; `items` are those of earlier answers, for clients that name them by id. */
export const read = (body: Fields, items: Items): Result.Result<Asked, Refused> => {
  const { service_tier: tier, store: _, stream, ...rest } = body
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => isSaid(value)))
  const offender = Object.keys(said).find((field) => !taken.has(field))
  if (offender !== undefined) return Result.fail(refuse(offender))
  if (isSaid(tier) && tier !== "auto" && tier !== "default" && tier !== "priority") {
    return Result.fail(refuse("service_tier", "only `default` and `priority` are tiers of a ChatGPT login."))
  }
  const session = said["prompt_cache_key"]
  return Result.map(inputOf(said["input"], items), (input): Asked => ({
    body: {
      ...said,
      instructions: said["instructions"] ?? "",
      input,
      ...(isSaid(tier) && tier !== "auto" && { service_tier: tier }),
      include: includeOf(said["include"]),
      store: false,
      stream: true
    },
    isStream: stream === true,
    session: typeof session === "string" ? session : undefined
  }))
}

/** Every text of a body: what the server says is freed of them. */
export const textsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return value.startsWith("data:") ? [] : [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isFields(value) ? Object.values(value).flatMap(textsOf) : []
}
