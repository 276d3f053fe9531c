/**
 * Between our items and `Prompt`, the conversation of `effect/ai`: without loss, both ways.
 *
 * What a part cannot say rides in its `options.codex`. So a conversation may go through `Chat`, be kept as JSON, be carried
 * on by another provider, and come back: what is sealed for us is at home again, and was seen by nobody else.
 */
import * as Prompt from "effect/ai/Prompt"
import * as Item from "../backend/Item.ts"
import { without } from "./internal/json.ts"
import * as Options from "./internal/options.ts"
import * as Parts from "./internal/parts.ts"
import { read } from "./internal/reading.ts"

// ---------------------------------------------------------------------------------------------------------
// Items -> Prompt
// ---------------------------------------------------------------------------------------------------------

const toldOf = (item: Item.Told): Prompt.Message => {
  if (item.role === "user") {
    return Prompt.makeMessage("user", {
      content: item.content.map(Parts.input),
      options: Options.write({ item: without(item, "type", "role", "content") })
    })
  }
  const [first, ...others] = item.content
  const isPlain = first?.type === "input_text" && others.length === 0 && Object.keys(first).length === 2
  return Prompt.makeMessage("system", {
    content: Item.words(item),
    options: Options.write(isPlain ? { item: without(item, "type", "role", "content") } : { raw: { ...item } })
  })
}

const outputOf = (item: Item.FunctionCallOutput, name: string): Prompt.ToolResultPart =>
  Prompt.makePart("tool-result", {
    ...Parts.output(item, name),
    options: Options.write({ item: without(item, "type", "call_id", "output") })
  })

/**
 * A conversation in the words of `effect/ai`: each item as the parts that say it, what they cannot say in `options.codex`.
 *
 * Use it to go on with a conversation of ours through `Chat`, or with another provider.
 *
 * @since 0.2.0
 * @category combinators
 */
export const fromItems = (items: Iterable<Item.Item>): Prompt.Prompt => {
  const names = new Map<string, string>()
  const out: Array<Prompt.Message> = []
  let assistant: Array<Prompt.AssistantMessagePart> | undefined
  let tool: Array<Prompt.ToolMessagePart> | undefined
  for (const item of items) {
    if (item.type === "function_call_output") {
      assistant = undefined
      if (tool === undefined) out.push(Prompt.makeMessage("tool", { content: tool = [] }))
      tool.push(outputOf(item, names.get(item.call_id) ?? "unknown"))
      continue
    }
    tool = undefined
    if (item.type === "message" && item.role !== "assistant") {
      assistant = undefined
      out.push(toldOf(item))
      continue
    }
    if (item.type === "function_call") names.set(item.call_id, item.name)
    if (assistant === undefined) out.push(Prompt.makeMessage("assistant", { content: assistant = [] }))
    assistant.push(...Parts.made(item))
  }
  return Prompt.fromMessages(out)
}

// ---------------------------------------------------------------------------------------------------------
// Prompt -> items
// ---------------------------------------------------------------------------------------------------------

/**
 * A conversation of `effect/ai` as items: what came from us is what it was, to the letter; what another provider said
 * becomes plain items.
 *
 * System messages become those of the developer. Thoughts and searches of another provider are left out, and a file that
 * is no picture is only named, as the backend takes none.
 *
 * @since 0.2.0
 * @category combinators
 */
export const toItems = (prompt: Prompt.RawInput): ReadonlyArray<Item.Item> => read(Prompt.make(prompt).content).items
