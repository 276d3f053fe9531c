/**
 * The gate of `/responses`: a request body is either understood, or refused in the words of the real backend.
 */
import * as Result from "effect/Result"
import { invalidValue, isRecord, type Message, quoted, readInput, shown, type ToolOutput } from "./input.ts"
import { effortsOf, isOlder, type Model } from "./models.ts"
import * as Reply from "./reply.ts"
import { schemaProblem } from "./schema.ts"
import type { Unseal } from "./sealed.ts"
import { choiceProblem, namesOf, toolsProblem } from "./tools.ts"

export type { Message, ToolOutput } from "./input.ts"

/**
 * A request for an answer, as the emulated model reads it.
 *
 * @since 0.2.0
 * @category models
 */
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
  /** Whether the input ends with a `compaction_trigger`: the answer is the conversation so far as one sealed item. */
  readonly compaction: boolean
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

/** What is said about a model that is not served: one of the four ways that were seen. */
export type ModelRefusal = "notSupported" | "notFound" | "noAccess" | "noAccessDetail"

/** What the gate needs to know besides the body. */
export interface GateOptions {
  readonly models: ReadonlyArray<Model>
  /** Listed, and refused all the same. */
  readonly retired: ReadonlyArray<string>
  readonly modelRefusal: ModelRefusal
  /** Opens what was sealed for the account that asks and the family of the model. */
  readonly unseal: (model: string) => Unseal
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

const modelProblem = (slug: string, options: GateOptions): Reply.Http | undefined => {
  const model = options.models.find((model) => model.slug === slug)
  if (model === undefined || options.retired.includes(slug)) return Reply.modelRefused(slug, options.modelRefusal)
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
  const model = options.models.find((model) => model.slug === slug)
  // A list may name an effort that the wire does not know.
  const supported = model === undefined ? [] : effortsOf(model).filter((effort) => efforts.includes(effort))
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
  const model = body["model"]
  const input = readInput(body["input"], options.unseal(typeof model === "string" ? model : ""))
  if (Result.isFailure(input)) return Result.fail(input.failure)
  const { afterTool, compaction, messages, toolOutputs } = input.success
  if (typeof model !== "string" || model === "") {
    return Result.fail(Reply.invalid("model", "missing_required_parameter", "Missing required parameter: 'model'."))
  }
  const reasoning = isRecord(body["reasoning"]) ? body["reasoning"] : {}
  const effort = reasoning["effort"]
  const tools = namesOf(body)
  const format = isRecord(body["text"]) && isRecord(body["text"]["format"]) ? body["text"]["format"] : undefined
  const problem = modelProblem(model, options) ?? effortProblem(model, effort, options) ?? optionProblem(body) ??
    toolsProblem(body) ?? choiceProblem(body["tool_choice"], tools) ??
    (format === undefined ? undefined : schemaProblem(format))
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
    compaction,
    tools,
    schema: format?.["type"] === "json_schema" ? format["schema"] : undefined,
    effort: typeof effort === "string" ? effort : undefined,
    summary: typeof reasoning["summary"] === "string",
    sessionId: options.headers["session-id"] ?? options.headers["session_id"],
    body
  })
}
