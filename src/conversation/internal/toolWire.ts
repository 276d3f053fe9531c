/**
 * The tools of a toolkit as the wire has them, and their names both ways.
 */
import * as Tool from "effect/ai/Tool"
import * as Schema from "effect/Schema"
import type * as CodexRequest from "../../backend/CodexRequest.ts"
import { objectSchema } from "../../internal/objectSchema.ts"

/** What the model is told of a toolkit. */
export interface Declared {
  readonly tools: ReadonlyArray<CodexRequest.Tool>
  /** The toolkit's name for a tool that the model names; `undefined` where it made it up. */
  readonly nameOf: (wire: string) => string | undefined
  /** The names that the model may use. */
  readonly names: ReadonlyArray<string>
  /** Tools of other providers, which the backend does not have. */
  readonly foreign: ReadonlyArray<string>
}

const isTaken = /^[\w-]{1,64}$/

/** A name that the wire takes and that no other tool has; those of MCP servers may have more than letters. */
const wireName = (name: string, known: ReadonlyMap<string, string>): string => {
  const base = isTaken.test(name) ? name : name.replace(/[^\w-]/g, "_").slice(0, 60)
  let wire = base
  for (let n = 2; known.has(wire); n++) wire = `${base.slice(0, 60)}_${n}`
  return wire
}

const noParameters = { type: "object", properties: {}, required: [], additionalProperties: false }

/** What a tool takes, and nothing besides where its schema says so: a tool of elsewhere brings its own. */
const parametersOf = (tool: Tool.Any): CodexRequest.JsonSchema => {
  if (tool.parametersSchema === Tool.EmptyParams) return noParameters
  if (Tool.isDynamic(tool)) return objectSchema({ ...Tool.getJsonSchema(tool) })
  const { definitions, schema } = Schema.toJsonSchemaDocument(tool.parametersSchema, { onExcessProperty: "error" })
  return objectSchema({ ...schema, ...Object.keys(definitions).length > 0 && { $defs: definitions } })
}

const functionOf = (tool: Tool.Any, name: string): CodexRequest.FunctionTool => ({
  type: "function",
  name,
  description: Tool.getDescription(tool),
  parameters: parametersOf(tool),
  strict: Tool.getStrictMode(tool) ?? false
})

/** What the backend does by itself; the arguments of such a tool are in the words of the wire. */
const providedOf = (tool: Tool.AnyProviderDefined): CodexRequest.Tool | undefined => {
  const args: object = typeof tool.args === "object" && tool.args !== null ? tool.args : {}
  switch (tool.id) {
    case "codex.web_search":
      return { ...args, type: "web_search" }
    case "codex.image_generation":
      return { ...args, type: "image_generation" }
    default:
      return undefined
  }
}

/** The tools of a toolkit, declared. A schema that has no JSON schema is a bug of the toolkit: this throws. */
export const declare = (toolkit: Readonly<Record<string, Tool.Any>>): Declared => {
  const known = new Map<string, string>()
  const tools: Array<CodexRequest.Tool> = []
  const foreign: Array<string> = []
  const all = Object.entries(toolkit)
  // A tool whose name the wire takes as it is keeps it, whatever stands before it.
  const plain = all.filter(([name]) => isTaken.test(name))
  for (const [name, tool] of [...plain, ...all.filter(([name]) => !isTaken.test(name))]) {
    if (Tool.isProviderDefined(tool)) {
      const provided = providedOf(tool)
      if (provided === undefined) foreign.push(name)
      else tools.push(provided)
      continue
    }
    const wire = wireName(name, known)
    known.set(wire, name)
    tools.push(functionOf(tool, wire))
  }
  return { tools, foreign, names: [...known.keys()], nameOf: (wire) => known.get(wire) }
}
