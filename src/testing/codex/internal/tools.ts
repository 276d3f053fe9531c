/**
 * The tools of a request, and which of them the model is told to use; or what is wrong with them.
 */
import { isRecord, list, nameProblem, shown } from "./input.ts"
import * as Reply from "./reply.ts"

type Body = Readonly<Record<string, unknown>>

// A lite body brings its tools as an item.
const all = (body: Body): ReadonlyArray<Body> =>
  [body, ...list(body["input"]).filter(isRecord).filter((item) => item["type"] === "additional_tools")]
    .flatMap((holder) => list(holder["tools"]))
    .filter(isRecord)

/** The types of the tools, and the names of functions. */
export const namesOf = (body: Body): ReadonlyArray<string> =>
  all(body).flatMap((tool) => {
    const name = tool["name"] ?? tool["type"]
    return typeof name === "string" ? [name] : []
  })

/** Where in a schema a list does not say what is in it. */
const listProblem = (schema: unknown, at: ReadonlyArray<string> = []): ReadonlyArray<string> | undefined => {
  if (!isRecord(schema)) return undefined
  if (schema["type"] === "array" && schema["items"] === undefined) return at
  const properties = isRecord(schema["properties"]) ? Object.entries(schema["properties"]) : []
  for (const [name, child] of [...properties, ["items", schema["items"]] as const]) {
    const problem = listProblem(child, [...at, name])
    if (problem !== undefined) return problem
  }
}

const functionProblem = (tool: Body, at: string): Reply.Http | undefined => {
  const name = tool["name"]
  const misnamed = nameProblem(`${at}.name`, name)
  if (misnamed !== undefined) return misnamed
  const top = isRecord(tool["parameters"]) ? tool["parameters"] : {}
  if (["oneOf", "anyOf", "allOf", "enum", "not"].some((word) => word in top)) {
    return Reply.invalid(
      `${at}.parameters`,
      "invalid_function_parameters",
      `Invalid schema for function '${shown(name)}': schema must have type 'object' and not have ` +
        "'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
    )
  }
  const problem = listProblem(tool["parameters"])
  return problem === undefined ? undefined : Reply.invalid(
    `${at}.parameters`,
    "invalid_function_parameters",
    `Invalid schema for function '${shown(name)}': In context=(${
      problem.map((step) => `'${step}'`).join(", ")
    }), array schema missing items.`
  )
}

/** What is wrong with the tools of a body. */
export const toolsProblem = (body: Body): Reply.Http | undefined => {
  for (const [i, tool] of list(body["tools"]).entries()) {
    const at = `tools[${i}]`
    if (!isRecord(tool) || typeof tool["type"] !== "string") {
      return Reply.invalid(`${at}.type`, "missing_required_parameter", `Missing required parameter: '${at}.type'.`)
    }
    const problem = tool["type"] === "function" ? functionProblem(tool, at) : undefined
    if (problem !== undefined) return problem
  }
}

/** What is wrong with the choice among tools: it is flat, and a picture cannot be forced. */
export const choiceProblem = (choice: unknown, tools: ReadonlyArray<string>): Reply.Http | undefined => {
  if (!isRecord(choice) || choice["type"] === "allowed_tools") return undefined
  if (choice["function"] !== undefined) {
    return Reply.invalid(
      "tool_choice.function",
      "unknown_parameter",
      "Unknown parameter: 'tool_choice.function'."
    )
  }
  const name = choice["name"] ?? choice["type"]
  return typeof name === "string" && tools.includes(name) && name !== "image_generation"
    ? undefined
    : Reply.invalid("tool_choice", "invalid_value", `Tool choice '${shown(name)}' not found in 'tools' parameter.`)
}
