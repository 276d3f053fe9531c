/**
 * A request of ours in words that any provider understands: no thoughts, nothing sealed, no options of ours.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Result from "effect/Result"
import type { CodexRequest, FunctionTool } from "../../backend/CodexRequest.ts"
import * as Item from "../../backend/Item.ts"
import { parse, stringify } from "./json.ts"
import * as Parts from "./parts.ts"

/** A part of ours without what rides along with it. */
const bare = (part: Prompt.TextPart | Prompt.FilePart): Prompt.TextPart | Prompt.FilePart =>
  part.type === "text"
    ? Prompt.makePart("text", { text: part.text })
    : Prompt.makePart("file", { mediaType: part.mediaType, data: part.data })

const paramsOf = (args: string): unknown => Result.getOrElse(parse(args), () => ({}))

const isSaid = (item: Item.Item): boolean =>
  item.type === "message" || item.type === "function_call" || item.type === "function_call_output"

/** Calls that have their output, and outputs that have their call: half a pair is refused everywhere. */
const pairs = (items: ReadonlyArray<Item.Item>): ReadonlySet<string> => {
  const calls = new Set(items.flatMap((item) => item.type === "function_call" ? [item.call_id] : []))
  return new Set(
    items.flatMap((item) => item.type === "function_call_output" && calls.has(item.call_id) ? [item.call_id] : [])
  )
}

/** What is said in the conversation itself, by whoever. */
const conversation = (items: ReadonlyArray<Item.Item>, canInstruct: boolean): ReadonlyArray<Prompt.Message> => {
  const whole = pairs(items)
  const names = new Map<string, string>()
  const out: Array<Prompt.Message> = []
  let assistant: Array<Prompt.AssistantMessagePart> | undefined
  let tool: Array<Prompt.ToolMessagePart> | undefined
  const say = (part: Prompt.AssistantMessagePart): void => {
    tool = undefined
    if (assistant === undefined) out.push(Prompt.makeMessage("assistant", { content: assistant = [] }))
    assistant.push(part)
  }
  for (const item of items.filter(isSaid)) {
    if (item.type === "function_call" && whole.has(item.call_id)) {
      names.set(item.call_id, item.name)
      say(Prompt.makePart("tool-call", {
        id: item.call_id,
        name: item.name,
        params: paramsOf(item.arguments),
        providerExecuted: false
      }))
    }
    if (item.type === "function_call_output" && whole.has(item.call_id)) {
      assistant = undefined
      if (tool === undefined) out.push(Prompt.makeMessage("tool", { content: tool = [] }))
      tool.push(
        Prompt.makePart(
          "tool-result",
          Parts.output(item, names.get(item.call_id) ?? "unknown", (part) => bare(Parts.input(part)))
        )
      )
    }
    if (item.type !== "message") continue
    if (item.role === "assistant") {
      const text = Item.words(item)
      if (text !== "") say(Prompt.makePart("text", { text }))
      continue
    }
    assistant = tool = undefined
    if (item.role === "user") {
      out.push(Prompt.makeMessage("user", { content: item.content.map((part) => bare(Parts.input(part))) }))
    } else if (canInstruct) out.push(Prompt.makeMessage("system", { content: Item.words(item) }))
  }
  return out
}

const formatOf = ({ format }: CodexRequest): string =>
  format === undefined
    ? ""
    : format.type === "json_object"
    ? "Answer with one JSON object and nothing else."
    : `Answer with one JSON value that satisfies this schema, and nothing else: ${stringify(format.schema)}`

/** The request as a prompt; what only a first system message can say goes there where a provider takes no other. */
export const prompt = (request: CodexRequest, canInstruct: boolean): Prompt.Prompt => {
  const told = canInstruct ?
    [] :
    request.input.flatMap((item) => item.type === "message" && item.role === "developer" ? [Item.words(item)] : [])
  const system = [request.instructions, ...told, formatOf(request)].filter((text) => text !== "").join("\n\n")
  return Prompt.fromMessages([
    ...(system === "" ? [] : [Prompt.makeMessage("system", { content: system })]),
    ...conversation(request.input, canInstruct)
  ])
}

const functions = (request: CodexRequest): ReadonlyArray<FunctionTool> =>
  (request.tools ?? []).flatMap((tool) =>
    tool.type === "function" ? [tool] : tool.type === "namespace" ? [...tool.tools] : []
  )

/** The functions of a request; what the backend does by itself no other provider can. */
export const tools = (request: CodexRequest) =>
  functions(request).map((tool) =>
    Tool.dynamic(tool.name, {
      ...(tool.description !== undefined && { description: tool.description }),
      parameters: tool.parameters ?? { type: "object", properties: {} }
    })
  )

/** How tools are chosen. */
export const toolChoice = ({ toolChoice = "auto" }: CodexRequest): LanguageModel.ToolChoice<string> =>
  typeof toolChoice === "string" ? toolChoice : toolChoice.type === "function" ? { tool: toolChoice.name } : "auto"
