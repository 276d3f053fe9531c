/**
 * The gate of `/responses`: a request body is either understood, or refused in the words of the real backend.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { imageProblem } from "./image.ts"
import { isOlder, type Model } from "./models.ts"
import * as Reply from "./reply.ts"
import { schemaProblem } from "./schema.ts"

/** One message of the conversation, in the order it was sent. */
export interface Message {
  readonly role: "user" | "assistant"
  readonly text: string
  /** How many pictures came with it. */
  readonly images: number
}

/** What a function of the client gave. */
export interface ToolOutput {
  readonly callId: string
  readonly output: string
}

/** A request for an answer, as the emulated model reads it. */
export interface Asked {
  readonly model: string
  /** The instructions, followed by the messages of the developer. */
  readonly instructions: string
  /** History and prompt. */
  readonly messages: ReadonlyArray<Message>
  /** Text of the last message of the user. */
  readonly prompt: string
  readonly effort: string | undefined
  /** What the functions of the client gave, oldest first. */
  readonly toolOutputs: ReadonlyArray<ToolOutput>
  /** Whether the last item is the output of a function: the model has to go on from there. */
  readonly afterTool: boolean
  /** The types of the tools, and the names of functions. */
  readonly tools: ReadonlyArray<string>
  /** The JSON schema that the answer must satisfy. */
  readonly schema: unknown
  /** Whether a summary of the reasoning is wanted. */
  readonly summary: boolean
  /** The session header, on which prompt caching depends. */
  readonly sessionId: string | undefined
  /** The body as it came. */
  readonly body: Readonly<Record<string, unknown>>
}

/** What the gate needs to know besides the body. */
export interface GateOptions {
  readonly models: ReadonlyArray<Model>
  readonly requireInstructions: boolean
  readonly headers: Readonly<Record<string, string>>
}

const allowed = new Set([
  "model",
  "instructions",
  "input",
  "store",
  "stream",
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

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]

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
  "additional_tools"
])

const quoted = (values: ReadonlyArray<string>): string => {
  const all = values.map((value) => `'${value}'`)
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`
}

const shown = (value: unknown): string => typeof value === "string" ? value : String(JSON.stringify(value))

const invalidValue = (param: string, value: unknown, supported: ReadonlyArray<string>): Reply.Http =>
  Reply.invalid(
    param,
    "invalid_value",
    `Invalid value: '${shown(value)}'. Supported values are: ${quoted(supported)}.`
  )

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => Predicate.isObject(u)

const list = (u: unknown): ReadonlyArray<unknown> => Array.isArray(u) ? u : []

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
      const problem = imageProblem(part["image_url"])
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

interface ReadInput {
  readonly messages: ReadonlyArray<ReadMessage>
  readonly toolOutputs: ReadonlyArray<ToolOutput>
  readonly afterTool: boolean
}

const callKinds = new Map([["function_call", "function"], ["custom_tool_call", "custom tool"]])
const outputKinds = new Map([["function_call_output", "function"], ["custom_tool_call_output", "custom tool"]])

const outputText = (output: unknown): string =>
  typeof output === "string"
    ? output
    : Array.isArray(output)
    ? output.flatMap((part) => isRecord(part) && typeof part["text"] === "string" ? [part["text"]] : []).join("\n")
    : ""

// Calls and outputs belong together: neither may stand alone.
const toolProblem = (items: ReadonlyArray<unknown>): Reply.Http | undefined => {
  const calls = new Set<unknown>()
  const outputs = new Set<unknown>()
  for (const item of items) {
    if (!isRecord(item) || typeof item["type"] !== "string") continue
    const output = outputKinds.get(item["type"])
    if (callKinds.has(item["type"])) calls.add(item["call_id"])
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

const readInput = (input: unknown): Result.Result<ReadInput, Reply.Http> => {
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
  const problem = toolProblem(input)
  return problem === undefined ? Result.succeed({ messages, toolOutputs, afterTool }) : Result.fail(problem)
}

const readTools = (body: Readonly<Record<string, unknown>>): ReadonlyArray<string> => {
  // A lite body brings its tools as an item.
  const brought = list(body["input"]).filter(isRecord).filter((item) => item["type"] === "additional_tools")
  return [body, ...brought]
    .flatMap((holder) => list(holder["tools"]))
    .flatMap((tool) => {
      const name = isRecord(tool) ? tool["name"] ?? tool["type"] : undefined
      return typeof name === "string" ? [name] : []
    })
}

const choiceProblem = (choice: unknown, tools: ReadonlyArray<string>): Reply.Http | undefined => {
  if (!isRecord(choice) || choice["type"] === "allowed_tools") return undefined
  const name = choice["name"] ?? choice["type"]
  return typeof name === "string" && tools.includes(name)
    ? undefined
    : Reply.invalid("tool_choice", "invalid_value", `Tool choice '${shown(name)}' not found in 'tools' parameter.`)
}

const modelProblem = (slug: string, options: GateOptions): Reply.Http | undefined => {
  const model = options.models.find((model) => model.slug === slug)
  if (model === undefined) {
    return Reply.rejected(`The '${slug}' model is not supported when using Codex with a ChatGPT account.`)
  }
  const version = options.headers["version"]
  return version !== undefined && isOlder(version, model.minimalClientVersion ?? "0.0.0")
    ? Reply.rejected(
      `The '${slug}' model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again.`
    )
    : undefined
}

const effortProblem = (slug: string, effort: unknown, options: GateOptions): Reply.Http | undefined => {
  if (effort === undefined || effort === null) return undefined
  if (typeof effort !== "string" || !efforts.includes(effort)) return invalidValue("reasoning.effort", effort, efforts)
  const supported = options.models.find((model) => model.slug === slug)?.efforts ?? []
  return supported.includes(effort) ? undefined : Reply.invalid(
    "reasoning.effort",
    "unsupported_value",
    `Unsupported value: '${effort}' is not supported with the '${slug}' model. Supported values are: ${
      quoted(supported)
    }.`
  )
}

const optionProblem = (body: Readonly<Record<string, unknown>>): Reply.Http | undefined => {
  const tier = body["service_tier"]
  if (tier !== undefined && tier !== null && tier !== "priority" && tier !== "default") {
    return Reply.rejected(`Unsupported service_tier: ${shown(tier)}`)
  }
  const text = body["text"]
  const verbosity = isRecord(text) ? text["verbosity"] : undefined
  if (verbosity !== undefined && verbosity !== "low" && verbosity !== "medium" && verbosity !== "high") {
    return invalidValue("text.verbosity", verbosity, ["low", "medium", "high"])
  }
  const reasoning = body["reasoning"]
  const summary = isRecord(reasoning) ? reasoning["summary"] ?? undefined : undefined
  return summary === undefined || summary === "auto" || summary === "concise" || summary === "detailed"
    ? undefined
    : invalidValue("reasoning.summary", summary, ["auto", "concise", "detailed"])
}

/** Reads a body, or says what is wrong with it; only the first offence is named. */
export const read = (body: unknown, options: GateOptions): Result.Result<Asked, Reply.Http> => {
  if (!isRecord(body)) return Result.fail(Reply.rejected("Request body must be a JSON object"))
  const offender = Object.keys(body).find((name) => !allowed.has(name))
  if (offender !== undefined) return Result.fail(Reply.rejected(`Unsupported parameter: ${offender}`))
  if (body["store"] !== false) return Result.fail(Reply.rejected("Store must be set to false"))
  if (body["stream"] !== true) return Result.fail(Reply.rejected("Stream must be set to true"))
  const instructions = body["instructions"] ?? undefined
  if (typeof instructions !== "string" && (options.requireInstructions || instructions !== undefined)) {
    return Result.fail(Reply.rejected("Instructions are required"))
  }
  const input = readInput(body["input"])
  if (Result.isFailure(input)) return Result.fail(input.failure)
  const { afterTool, messages, toolOutputs } = input.success
  const model = body["model"]
  if (typeof model !== "string" || model === "") {
    return Result.fail(Reply.invalid("model", "missing_required_parameter", "Missing required parameter: 'model'."))
  }
  const reasoning = isRecord(body["reasoning"]) ? body["reasoning"] : {}
  const effort = reasoning["effort"]
  const tools = readTools(body)
  const format = isRecord(body["text"]) && isRecord(body["text"]["format"]) ? body["text"]["format"] : undefined
  const problem = modelProblem(model, options) ?? effortProblem(model, effort, options) ?? optionProblem(body) ??
    choiceProblem(body["tool_choice"], tools) ?? (format === undefined ? undefined : schemaProblem(format))
  if (problem !== undefined) return Result.fail(problem)

  const talk = messages.flatMap((message): ReadonlyArray<Message> =>
    message.role === "developer" ? [] : [{ role: message.role, text: message.text, images: message.images }]
  )
  const developer = messages.filter((message) => message.role === "developer").map((message) => message.text)
  const prompt = talk.filter((message) => message.role === "user").at(-1)
  return Result.succeed({
    model,
    instructions: [instructions, ...developer].filter((text) => text !== undefined && text !== "").join("\n"),
    messages: talk,
    prompt: prompt?.text ?? "",
    toolOutputs,
    afterTool,
    tools,
    schema: format?.["type"] === "json_schema" ? format["schema"] : undefined,
    effort: typeof effort === "string" ? effort : undefined,
    summary: typeof reasoning["summary"] === "string",
    sessionId: options.headers["session-id"] ?? options.headers["session_id"],
    body
  })
}
