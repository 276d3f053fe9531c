/**
 * The tools of a toolkit as the wire has them, and their names both ways.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import * as Tool from "effect/ai/Tool"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as CodexRequest from "../../backend/CodexRequest.ts"
import { type Fields, fields } from "./json.ts"
import { isStrict, ofObject } from "./schemas.ts"
import { isWireName, wireName } from "./wireName.ts"

/** What the names of a toolkit are on the wire, and whether the backend may search. */
export interface Names {
  readonly toWire: (name: string) => string
  readonly fromWire: (name: string) => string
  /** The name of the search in the toolkit, if it is in there. */
  readonly webSearch: string | undefined
}

const nameOf = (tool: Tool.Any): string => String(tool.name)

/** Names for the wire; a tool whose name it takes as it is keeps it, whatever stands before it. */
const namesOf = (tools: ReadonlyArray<Tool.Any>): Names => {
  const names = tools.map(nameOf)
  const toWire = new Map<string, string>()
  const fromWire = new Map<string, string>()
  for (const name of [...names.filter(isWireName), ...names.filter((name) => !isWireName(name))]) {
    const base = wireName(name)
    let wire = base
    for (let n = 2; fromWire.has(wire); n++) wire = `${base.slice(0, 60)}_${n}`
    toWire.set(name, wire)
    fromWire.set(wire, name)
  }
  return {
    toWire: (name) => toWire.get(name) ?? wireName(name),
    fromWire: (name) => fromWire.get(name) ?? name,
    webSearch: tools.filter((tool) => Tool.isProviderDefined(tool) && tool.id === "codex.web_search").map(nameOf)[0]
  }
}

const unsupported = (description: string) => new AiError.UnsupportedSchemaError({ description })

const sentence = (thrown: unknown): string => thrown instanceof Error ? thrown.message : String(thrown)

/** The schema of a tool that takes nothing but what it names, or none where it takes more. */
const closedOf = (tool: Tool.Any): Fields | undefined => {
  if (Tool.isDynamic(tool)) return undefined
  const { definitions, schema } = Schema.toJsonSchemaDocument(tool.parametersSchema, { onExcessProperty: "error" })
  const closed = Object.keys(definitions).length === 0 ? schema : { ...schema, $defs: definitions }
  return closed["type"] === "object" && isStrict(closed) ? closed : undefined
}

const schemaOf = (tool: Tool.Any): Result.Result<Fields, AiError.AiErrorReason> =>
  Result.try({
    try: () => closedOf(tool) ?? ofObject(fields(Tool.getJsonSchema(tool))),
    catch: (thrown) => unsupported(`the parameters of the tool ${nameOf(tool)}: ${sentence(thrown)}`)
  })

const isEmpty = (tool: Tool.Any): boolean => tool.parametersSchema === Tool.EmptyParams

const noParameters: Fields = { type: "object", properties: {}, required: [], additionalProperties: false }

const functionOf = (tool: Tool.Any, wire: string): Result.Result<CodexRequest.FunctionTool, AiError.AiErrorReason> =>
  Result.flatMap(isEmpty(tool) ? Result.succeed(noParameters) : schemaOf(tool), (parameters) => {
    const wanted = Tool.getStrictMode(tool)
    const can = parameters["anyOf"] === undefined && isStrict(parameters)
    if (wanted === true && !can) {
      return Result.fail(unsupported(
        `the parameters of the tool ${
          nameOf(tool)
        } cannot be strict: they have a map, a value of any kind, or an optional key`
      ))
    }
    const description = Tool.getDescription(tool)
    return Result.succeed({
      type: "function",
      name: wire,
      ...(description !== undefined && { description }),
      parameters,
      strict: wanted ?? can
    })
  })

// The arguments of a provider-defined tool are in the words of the wire.
const providedOf = (tool: Tool.AnyProviderDefined): Result.Result<CodexRequest.Tool, AiError.AiErrorReason> => {
  const args = fields(tool.args)
  switch (tool.id) {
    case "codex.web_search":
      return Result.succeed({ ...args, type: "web_search" })
    case "codex.image_generation":
      return Result.succeed({ ...args, type: "image_generation" })
    default:
      return Result.fail(
        new AiError.ToolConfigurationError({
          toolName: nameOf(tool),
          description:
            `the tool ${tool.id} is another provider's; the backend has codex.web_search and codex.image_generation`
        })
      )
  }
}

const choiceOf = (
  choice: LanguageModel.ToolChoice<string>,
  tools: ReadonlyArray<Tool.Any>,
  names: Names
): CodexRequest.ToolChoice => {
  if (typeof choice === "string") return choice
  if ("oneOf" in choice) return choice.mode ?? "auto"
  const tool = tools.find((tool) => nameOf(tool) === choice.tool)
  if (tool === undefined || !Tool.isProviderDefined(tool)) {
    return { type: "function", name: names.toWire(choice.tool) }
  }
  // A picture cannot be forced.
  return tool.id === "codex.web_search" ? { type: "web_search" } : "auto"
}

/** What a request says of tools. */
export interface Asked {
  readonly names: Names
  readonly tools: ReadonlyArray<CodexRequest.Tool>
  readonly toolChoice: CodexRequest.ToolChoice
}

/** The tools of a call of effect/ai. */
export const of = (
  { toolChoice, tools }: Pick<LanguageModel.ProviderOptions, "tools" | "toolChoice">
): Result.Result<Asked, AiError.AiErrorReason> => {
  const names = namesOf(tools)
  return Result.map(
    Result.all(
      tools.map((tool) =>
        Tool.isProviderDefined(tool) ? providedOf(tool) : functionOf(tool, names.toWire(nameOf(tool)))
      )
    ),
    (wire) => ({ names, tools: wire, toolChoice: choiceOf(toolChoice, tools, names) })
  )
}

const wordOf = (name: string): string => name.replace(/[^\w-]/g, "_").slice(0, 64) || "answer"

/** What the answer must be. */
export const formatOf = (
  format: LanguageModel.ProviderOptions["responseFormat"]
): Result.Result<CodexRequest.Format | undefined, AiError.AiErrorReason> =>
  format.type === "text" ? Result.succeed(undefined) : Result.map(
    Result.try({
      try: () => Tool.getJsonSchemaFromSchema(format.schema, { transformer: OpenAiStructuredOutput.toCodecOpenAI }),
      catch: (thrown) => unsupported(sentence(thrown))
    }),
    (schema) => ({ type: "json_schema", name: wordOf(format.objectName), schema, strict: isStrict(schema) })
  )
