/**
 * The list of models: read from the backend, and the one we know by heart.
 */
import { fields, list, number, parse, text } from "./json.ts"
import { codeWord, nameOf } from "./scrub.ts"

/** A model that the account may use. */
export interface Model {
  readonly id: string
  readonly displayName: string | undefined
  readonly description: string | undefined
  /** The reasoning efforts the model knows, weakest first; empty when unknown. */
  readonly reasoningEfforts: ReadonlyArray<string>
  /** What the model takes in: `text`, mostly `image` too; left out when unknown. */
  readonly inputModalities?: ReadonlyArray<string>
}

/** The models, and whether the backend named them (`live`) or we did (`built-in`) because it could not be asked. */
export interface List {
  readonly source: "live" | "built-in"
  readonly models: ReadonlyArray<Model>
}

// The catalogue of the official client 0.169 (November 2026). It ages: what the account's list says is true.
const slugs = [
  "gpt-6.1-sol",
  "gpt-6-astra",
  "gpt-6-sol",
  "gpt-6-luna",
  "gpt-5.6-sol",
  "gpt-6.1-terra",
  "gpt-5.6-terra",
  "gpt-5.6-luna",
  "gpt-5.5"
]

/** A model of which nothing but the name is known. */
export const named = (id: string): Model => ({
  id,
  displayName: undefined,
  description: undefined,
  reasoningEfforts: []
})

/** What is offered when the backend cannot be asked. */
export const builtIn: List = { source: "built-in", models: slugs.map(named) }

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]

// What nobody has heard of yet goes last: new efforts have been stronger ones so far.
const strength = (effort: string): number => {
  const place = efforts.indexOf(effort)
  return place === -1 ? efforts.length : place
}

// Longer than that, it is no name and no description that anybody reads.
const longestText = 500

/** A text that people read, when it is one: short, and on one line. */
const shownOf = (value: unknown): string | undefined => {
  const line = text(value)?.replace(/[\p{C}\s]+/gu, " ").trim()
  return line === undefined || line === "" || line.length > longestText ? undefined : line
}

const effortsOf = (levels: unknown): ReadonlyArray<string> => {
  const names = list(levels).map((level) => codeWord(fields(level)["effort"])).filter((effort) => effort !== undefined)
  return [...new Set(names)].sort((a, b) => strength(a) - strength(b))
}

/** What a model takes in, where the list says so at all. */
const modalitiesOf = (modalities: unknown): Pick<Model, "inputModalities"> => {
  const names = list(modalities).map(codeWord).filter((name) => name !== undefined)
  return names.length === 0 ? {} : { inputModalities: [...new Set(names)] }
}

/** The models of a list that are meant to be shown, best first; empty when there are none. */
export const read = (body: string): ReadonlyArray<Model> =>
  list(fields(parse(body))["models"])
    .map(fields)
    .filter((model) => model["visibility"] === undefined || model["visibility"] === "list")
    .sort((a, b) => (number(a["priority"]) ?? Infinity) - (number(b["priority"]) ?? Infinity) || 0)
    .flatMap((model): ReadonlyArray<Model> => {
      const id = nameOf(model["slug"])
      return id === undefined ? [] : [{
        id,
        displayName: shownOf(model["display_name"]),
        description: shownOf(model["description"]),
        reasoningEfforts: effortsOf(model["supported_reasoning_levels"]),
        ...modalitiesOf(model["input_modalities"])
      }]
    })
