/**
 * The input of a request: messages, pictures, calls and their outputs, sealed items; or what is wrong with it.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { imageProblem } from "./image.ts"
import * as Reply from "./reply.ts"
import type { Unseal } from "./sealed.ts"

/**
 * One message of the conversation, in the order it was sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface Message {
  readonly role: "user" | "assistant"
  readonly text: string
  /** How many pictures came with it. */
  readonly images: number
}

/**
 * What a function of the client gave.
 *
 * @since 0.2.0
 * @category models
 */
export interface ToolOutput {
  readonly callId: string
  readonly output: string
}

const otherItems = new Set([
  "reasoning",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "local_shell_call",
  "local_shell_call_output",
  "web_search_call",
  "image_generation_call",
  "compaction",
  "compaction_trigger",
  "additional_tools",
  "configuration_update"
])

/** Values as the backend counts them up. */
export const quoted = (values: ReadonlyArray<string>): string => {
  const all = values.map((value) => `'${value}'`)
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`
}

/** A value as the backend quotes it. */
export const shown = (value: unknown): string => typeof value === "string" ? value : String(JSON.stringify(value))

/** A value that is none of those that are supported. */
export const invalidValue = (param: string, value: unknown, supported: ReadonlyArray<string>): Reply.Http =>
  Reply.invalid(
    param,
    "invalid_value",
    `Invalid value: '${shown(value)}'. Supported values are: ${quoted(supported)}.`
  )

/** Whether a value is an object with fields. */
export const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => Predicate.isObject(u)

/** A value as a list; what is none is empty. */
export const list = (u: unknown): ReadonlyArray<unknown> => Array.isArray(u) ? u : []

const partTypes = {
  user: ["input_text", "input_image", "input_file"],
  developer: ["input_text", "input_image", "input_file"],
  assistant: ["output_text", "refusal"]
}

type Role = keyof typeof partTypes

interface ReadMessage {
  readonly role: Role
  readonly text: string
  readonly images: number
}

const isRole = (role: unknown): role is Role => role === "user" || role === "assistant" || role === "developer"

const readContent = (role: Role, content: unknown, at: string): Result.Result<ReadMessage, Reply.Http> => {
  if (typeof content === "string") return Result.succeed({ role, text: content, images: 0 })
  if (!Array.isArray(content)) {
    return Result.fail(Reply.invalid(`${at}.content`, "invalid_type", `Invalid type for '${at}.content'.`))
  }
  const texts: Array<string> = []
  let images = 0
  for (const [i, part] of content.entries()) {
    const where = `${at}.content[${i}]`
    const type = isRecord(part) ? part["type"] : undefined
    if (!isRecord(part) || typeof type !== "string" || !partTypes[role].includes(type)) {
      return Result.fail(invalidValue(where, type, partTypes[role]))
    }
    if (type === "input_image") {
      const problem = imageProblem(part["image_url"], part["detail"])
      if (problem !== undefined) {
        return Result.fail(problem(`${where}.image_url`))
      }
      images++
    }
    const text = part["text"]
    if (typeof text === "string") texts.push(text)
    else if (type.endsWith("_text")) {
      return Result.fail(
        Reply.invalid(`${where}.text`, "missing_required_parameter", `Missing required parameter: '${where}.text'.`)
      )
    }
  }
  return Result.succeed({ role, text: texts.join("\n"), images })
}

/** The input, understood. */
export interface ReadInput {
  readonly messages: ReadonlyArray<ReadMessage>
  readonly toolOutputs: ReadonlyArray<ToolOutput>
  readonly afterTool: boolean
  /** Whether the conversation is to be sealed into one item. */
  readonly compaction: boolean
}

const callKinds = new Map([["function_call", "function"], ["custom_tool_call", "custom tool"]])
const outputKinds = new Map([["function_call_output", "function"], ["custom_tool_call_output", "custom tool"]])

const outputText = (output: unknown): string =>
  typeof output === "string"
    ? output
    : Array.isArray(output)
    ? output.flatMap((part) => isRecord(part) && typeof part["text"] === "string" ? [part["text"]] : []).join("\n")
    : ""

/** What is wrong with the name of a function, wherever it stands. */
export const nameProblem = (at: string, name: unknown): Reply.Http | undefined => {
  if (typeof name !== "string") {
    return Reply.invalid(at, "missing_required_parameter", `Missing required parameter: '${at}'.`)
  }
  return /^[A-Za-z0-9_-]+$/.test(name) ? undefined : Reply.invalid(
    at,
    "invalid_value",
    `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`
  )
}

// Calls and outputs belong together: neither may stand alone.
const toolProblem = (items: ReadonlyArray<unknown>): Reply.Http | undefined => {
  const calls = new Set<unknown>()
  const outputs = new Set<unknown>()
  for (const [at, item] of items.entries()) {
    if (!isRecord(item) || typeof item["type"] !== "string") continue
    const output = outputKinds.get(item["type"])
    if (callKinds.has(item["type"])) {
      const problem = nameProblem(`input[${at}].name`, item["name"])
      if (problem !== undefined) return problem
      calls.add(item["call_id"])
    }
    if (output === undefined) continue
    if (!calls.has(item["call_id"])) {
      return Reply.refused(
        400,
        null,
        `No tool call found for ${output} call output with call_id ${shown(item["call_id"])}.`,
        "input"
      )
    }
    outputs.add(item["call_id"])
  }
  for (const item of items) {
    const kind = isRecord(item) && typeof item["type"] === "string" ? callKinds.get(item["type"]) : undefined
    if (kind !== undefined && isRecord(item) && !outputs.has(item["call_id"])) {
      return Reply.refused(400, null, `No tool output found for ${kind} call ${shown(item["call_id"])}.`, "input")
    }
  }
}

// The output of a tool may be a list of texts and pictures, and of nothing else.
const outputProblem = (output: unknown, at: string): Reply.Http | undefined => {
  for (const [i, part] of list(output).entries()) {
    const where = `${at}.output[${i}]`
    const type = isRecord(part) ? part["type"] : undefined
    if (!isRecord(part) || (type !== "input_text" && type !== "input_image")) {
      return Reply.invalid(where, "missing_required_parameter", `Missing required parameter: '${where}'.`)
    }
    const problem = type === "input_image" ? imageProblem(part["image_url"], part["detail"]) : undefined
    if (problem !== undefined) return problem(`${where}.image_url`)
  }
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ["message", "msg"],
  ["reasoning", "rs"],
  ["function_call", "fc"],
  ["compaction", "cmp"],
  ["web_search_call", "ws"],
  ["image_generation_call", "ig"]
])

const idProblem = (type: string, id: unknown, at: string): Reply.Http | undefined => {
  const prefix = prefixes.get(type)
  return typeof id !== "string" || prefix === undefined || id.startsWith(prefix) ? undefined : Reply.invalid(
    `${at}.id`,
    "invalid_value",
    `Invalid '${at}.id': '${id}'. Expected an ID that begins with '${prefix}'.`
  )
}

// A thought is followed by what it led to.
const thoughtProblem = (items: ReadonlyArray<unknown>): Reply.Http | undefined => {
  for (const [i, item] of items.entries()) {
    if (!isRecord(item) || item["type"] !== "reasoning") continue
    const next = items.slice(i + 1).find((other) => !isRecord(other) || other["type"] !== "reasoning")
    const type = isRecord(next) ? next["type"] ?? "message" : undefined
    const isFollowed = isRecord(next) &&
      (type === "message" ? next["role"] === "assistant" : typeof type === "string" && !outputKinds.has(type))
    if (!isFollowed) {
      return Reply.invalid(
        `input[${i}]`,
        "invalid_value",
        `Item '${shown(item["id"] ?? i)}' of type 'reasoning' was provided without its required following item.`
      )
    }
  }
}

// The trigger comes once and last, and was never an item that was answered.
const triggerProblem = (items: ReadonlyArray<unknown>): Reply.Http | undefined => {
  const at = items.findIndex((item) => isRecord(item) && item["type"] === "compaction_trigger")
  const trigger = items[at]
  if (!isRecord(trigger)) return undefined
  return at < items.length - 1
    ? Reply.invalid(`input[${at}]`, "invalid_value", "A 'compaction_trigger' must be the last item of 'input'.")
    : trigger["id"] === undefined
    ? undefined
    : Reply.invalid(`input[${at}].id`, "invalid_value", "A 'compaction_trigger' has no id.")
}

/** Reads the items of an input; `unseal` says what a sealed item holds, or that it is not for this account and model. */
export const readInput = (input: unknown, unseal: Unseal): Result.Result<ReadInput, Reply.Http> => {
  if (!Array.isArray(input)) return Result.fail(Reply.rejected("Input must be a list"))
  if (input.length === 0) {
    return Result.fail(
      Reply.invalid("input", "empty_array", "Invalid 'input': empty array. Expected at least one item.")
    )
  }
  const messages: Array<ReadMessage> = []
  const toolOutputs: Array<ToolOutput> = []
  let afterTool = false
  for (const [i, item] of input.entries()) {
    const at = `input[${i}]`
    const type: unknown = isRecord(item) ? item["type"] ?? "message" : undefined
    if (!isRecord(item) || typeof type !== "string") {
      return Result.fail(Reply.invalid(at, "invalid_type", `Invalid type for '${at}': expected an object.`))
    }
    afterTool = outputKinds.has(type)
    if (afterTool) toolOutputs.push({ callId: String(item["call_id"]), output: outputText(item["output"]) })
    const odd = idProblem(type, item["id"], at) ?? (afterTool ? outputProblem(item["output"], at) : undefined)
    if (odd !== undefined) return Result.fail(odd)
    const sealed = item["encrypted_content"]
    if (typeof sealed === "string") {
      const unsealed = unseal(sealed)
      if (unsealed === undefined) return Result.fail(Reply.invalidEncryptedContent())
      if (type === "compaction") messages.push(...unsealed)
    }
    if (otherItems.has(type)) continue
    if (type === "item_reference") {
      return Result.fail(Reply.refused(
        404,
        null,
        `Item with id '${shown(item["id"])}' not found. Items are not persisted when \`store\` is set to false.`,
        "input"
      ))
    }
    if (type !== "message") return Result.fail(invalidValue(at, type, ["message", ...otherItems]))
    const role = item["role"]
    if (role === "system") return Result.fail(Reply.rejected("System messages are not allowed"))
    if (!isRole(role)) return Result.fail(invalidValue(`${at}.role`, role, ["assistant", "developer", "user"]))
    const message = readContent(role, item["content"], at)
    if (Result.isFailure(message)) return Result.fail(message.failure)
    messages.push(message.success)
  }
  const problem = toolProblem(input) ?? thoughtProblem(input) ?? triggerProblem(input)
  const last: unknown = input.at(-1)
  const compaction = isRecord(last) && last["type"] === "compaction_trigger"
  return problem === undefined
    ? Result.succeed({ messages, toolOutputs, afterTool, compaction })
    : Result.fail(problem)
}
