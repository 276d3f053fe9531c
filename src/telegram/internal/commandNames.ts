/**
 * The words behind the prefix: which of them are a command, and which are a question that begins like one.
 */
import * as Option from "effect/Option"

/** Every command, with the placeholder of what it takes; other names of `vibegram/codex` for it come after its own. */
const commands = [
  { name: "status", parameters: "", others: [] },
  { name: "models", parameters: "", others: [] },
  { name: "stop", parameters: "", others: [] },
  { name: "last", parameters: "", others: [] },
  { name: "reset", parameters: "", others: [] },
  { name: "forget", parameters: "", others: [] },
  { name: "ask", parameters: "<text>", others: [] },
  { name: "personality", parameters: "[<text> | reset]", others: [] },
  { name: "login cancel", parameters: "", others: ["cancel"] },
  { name: "login", parameters: "", others: [] },
  { name: "auth export", parameters: "", others: [] },
  { name: "auth import", parameters: "", others: ["importjson"] },
  { name: "logout", parameters: "", others: [] },
  // What is there of `auth export` alone is no question.
  { name: "help", parameters: "", others: ["auth", ""] }
] as const

/** The name of a command: its words behind the prefix. */
export type CommandName = typeof commands[number]["name"]

/** A command and what it is called with. */
export interface Named {
  readonly name: CommandName
  /** Keeps its line breaks. */
  readonly arguments: string
}

/** All names. */
export const all: ReadonlyArray<CommandName> = commands.map(({ name }) => name)

/** What a command takes, for help. */
export const parametersOf = (name: CommandName): string =>
  commands.find((command) => command.name === name)?.parameters ?? ""

/** What is left behind the words of a name; nothing when the text does not begin with them. */
const behind = (text: string, name: string): string | undefined => {
  const match = new RegExp(`^${name.replace(" ", "\\s+")}(?:\\s+([^]*))?$`, "i").exec(text)
  return match === null ? undefined : match[1] ?? ""
}

/**
 * The command that a text behind the prefix names.
 *
 * A command that takes nothing is one only when nothing follows: "reset my router password, how?" is a question.
 */
export const find = (text: string): Option.Option<Named> => {
  const said = text.trim()
  for (const { name, others, parameters } of commands) {
    for (const known of [name, ...others]) {
      const rest = behind(said, known)?.trim()
      if (rest !== undefined && (rest === "" || parameters !== "")) return Option.some({ name, arguments: rest })
    }
  }
  return Option.none()
}

/** How many letters have to be changed, put in or taken out to make one word of another. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let letter = 0; letter < one.length; letter++) {
    const next = [letter + 1]
    for (let place = 0; place < other.length; place++) {
      const change = (row[place] ?? 0) + (one[letter] === other[place] ? 0 : 1)
      next.push(Math.min(change, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

const farthest = 2

// Near to a command, and what people begin with all the same.
const greetings: ReadonlySet<string> = new Set(["hello", "hallo", "hey", "test"])

/** The command that a lone word is nearly: what is longer is a question. */
export const near = (text: string): Option.Option<CommandName> => {
  // What stands around it makes no question of it: "stop!" is in a hurry.
  const word = text.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "")
  if (!/^[a-z]{2,14}$/.test(word) || greetings.has(word)) return Option.none()
  const [nearest] = commands
    .flatMap(({ name, others }) => [name, ...others].map((known) => ({ name, far: distance(word, known) })))
    // A word of which nothing is left is another word.
    .filter(({ far }) => far < word.length)
    .toSorted((one, other) => one.far - other.far)
  return nearest !== undefined && nearest.far <= farthest ? Option.some(nearest.name) : Option.none()
}
