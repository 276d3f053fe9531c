/**
 * The body of a request, which cannot say what the backend refuses.
 *
 * The backend has an allow-list of body fields and answers any other with a 400. `Body` is that list as far
 * as we use it, and `encode` is the only way to make one: of whatever it is given it takes what it knows, by name.
 */
import type { Addressed, Tool, ToolChoice } from "../CodexRequest.ts"
import type { Item } from "../Item.ts"
import { mended, wireOf } from "./input.ts"
import { type Fields, isFields } from "./json.ts"

/** The body of `POST /responses`, in the classic shape, which every model takes. */
export interface Body {
  readonly model: string
  readonly instructions: string
  readonly input: ReadonlyArray<Fields>
  readonly store: false
  readonly stream: true
  readonly include?: ReadonlyArray<string>
  readonly tools?: ReadonlyArray<Fields>
  readonly tool_choice?: Fields | string
  readonly parallel_tool_calls?: boolean
  readonly reasoning?: { readonly effort?: string; readonly summary?: "auto" }
  readonly text?: { readonly format?: Fields; readonly verbosity?: string }
  readonly service_tier?: string
  readonly prompt_cache_key: string
}

/** Efforts that the list of models may name and the wire refuses. */
const wireEfforts: ReadonlyMap<string, string> = new Map([["ultra", "max"], ["minimal", "low"]])

/** What a kind of tool can say; types beside these are not offered. */
const toolFields: { readonly [Type in Tool["type"]]: ReadonlyArray<string> } = {
  function: ["type", "name", "description", "parameters", "strict"],
  custom: ["type", "name", "description", "format"],
  namespace: ["type", "name", "description", "tools"],
  web_search: [
    "type",
    "external_web_access",
    "search_context_size",
    "search_content_types",
    "filters",
    "user_location"
  ],
  image_generation: ["type", "output_format", "quality", "background", "size", "partial_images"]
}

const formatFields = ["type", "name", "schema", "description", "strict"]

const tiers = new Set(["default", "priority", "ultrafast"])
const verbosities = new Set(["low", "medium", "high"])

/** Those fields that say something. */
const taken = (from: Fields, names: ReadonlyArray<string>): Fields => {
  const found: { [name: string]: unknown } = {}
  for (const name of names) if (from[name] !== undefined) found[name] = from[name]
  return found
}

const noParameters = { type: "object", properties: {}, additionalProperties: false }

const encodeTool = (tool: Tool): Fields => {
  const fields = taken({ ...tool }, toolFields[tool.type])
  switch (tool.type) {
    case "function":
      return { parameters: noParameters, strict: false, ...fields }
    case "namespace":
      return { ...fields, tools: tool.tools.map(encodeTool) }
    default:
      return fields
  }
}

const forcible = new Set<unknown>(["function", "custom", "web_search"])

const isOffered = (refused: ReadonlySet<string>) => (tool: Tool): boolean =>
  tool.type in toolFields && !refused.has(tool.type)

/** A choice names its tool flatly; a picture cannot be forced, and a word that is none of the three says nothing. */
const encodeChoice = (choice: ToolChoice): Fields | string | undefined => {
  if (!isFields(choice)) return choice === "auto" || choice === "none" || choice === "required" ? choice : undefined
  return forcible.has(choice["type"]) ? taken(choice, ["type", "name"]) : undefined
}

const toolsOf = (
  { parallelToolCalls, toolChoice, tools = [] }: Addressed,
  refused: ReadonlySet<string>
): Partial<Body> => {
  const offered = tools.filter(isOffered(refused)).map(encodeTool)
  if (offered.length === 0) return {}
  const choice = toolChoice === undefined ? undefined : encodeChoice(toolChoice)
  return {
    tools: offered,
    ...(choice !== undefined && { tool_choice: choice }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls })
  }
}

const reasoningOf = ({ reasoningEffort: effort = "", reasoningSummary }: Addressed): Partial<Body> =>
  effort === "" && reasoningSummary !== true ? {} : {
    reasoning: {
      ...(effort !== "" && { effort: wireEfforts.get(effort) ?? effort }),
      ...(reasoningSummary === true && { summary: "auto" })
    }
  }

const textOf = ({ format, verbosity }: Addressed): Partial<Body> => {
  const hasVerbosity = verbosity !== undefined && verbosities.has(verbosity)
  return format === undefined && !hasVerbosity ? {} : {
    text: {
      ...(format !== undefined && {
        format: { ...(format.type === "json_schema" && { strict: true }), ...taken({ ...format }, formatFields) }
      }),
      ...(hasVerbosity && { verbosity })
    }
  }
}

const sent = ["reasoning.encrypted_content"]

const nothing: ReadonlySet<string> = new Set()

/**
 * The body of a request; `ultra` becomes `max` and `minimal` becomes `low`, as the backend wants it. What is `refused`
 * where we ask is left out; `input` stands in for that of the request.
 */
export const encode = (
  request: Addressed,
  refused: ReadonlySet<string> = nothing,
  input: ReadonlyArray<Item> = request.input
): Body => {
  const { include = sent, serviceTier } = request
  return {
    model: request.model,
    instructions: request.instructions,
    input: mended(input).map(wireOf),
    store: false,
    stream: true,
    ...(include.length > 0 && !refused.has("include") && { include }),
    ...toolsOf(request, refused),
    ...(!refused.has("reasoning") && reasoningOf(request)),
    ...(!refused.has("text") && textOf(request)),
    ...(serviceTier !== undefined && tiers.has(serviceTier) && !refused.has("service_tier") &&
      { service_tier: serviceTier }),
    prompt_cache_key: request.sessionId
  }
}

// An escaped backslash, so that what follows it is text; or half a character, which `JSON.stringify` writes as an escape.
const halves = /\\(?:\\|u(d[89a-f][0-9a-f]{2}))/g

/** A body as JSON. Half a character is JSON to us, and a strict reader refuses all of the body for it: it becomes a question mark. */
export const json = (body: Body): string => {
  const text = JSON.stringify(body)
  return text.includes("\\ud")
    ? text.replace(halves, (found: string, half: string | undefined) => half === undefined ? found : "\ufffd")
    : text
}
