/**
 * Between our items and `Prompt`, the conversation of `effect/ai`: without loss, both ways.
 *
 * What a part cannot say rides in its `options.codex`. So a conversation may go through `Chat`, be kept as JSON, be carried
 * on by another provider, and come back: what is sealed for us is at home again, and was seen by nobody else.
 */
import * as Prompt from "effect/ai/Prompt"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Item from "../backend/Item.ts"
import { type Fields, stringify, text, without } from "./internal/json.ts"
import * as Options from "./internal/options.ts"
import * as Parts from "./internal/parts.ts"

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

const outputOf = (item: Item.FunctionCallOutput, name: string): Prompt.ToolResultPart => {
  const parts = typeof item.output === "string" ? undefined : item.output.map(Parts.input)
  return Prompt.makePart("tool-result", {
    id: item.call_id,
    name,
    isFailure: false,
    result: parts === undefined ? item.output : Prompt.toolModelOutputToText(parts),
    ...(parts !== undefined && { modelOutput: parts }),
    providerExecuted: false,
    options: Options.write({ item: without(item, "type", "call_id", "output") })
  })
}

/**
 * A conversation in the words of `effect/ai`: each item as the parts that say it, what they cannot say in `options.codex`.
 *
 * Use it to go on with a conversation of ours through `Chat`, or with another provider.
 *
 * @since 0.2.0
 * @category conversions
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

// What base64 of a picture begins with.
const heads: ReadonlyArray<readonly [head: string, type: string]> = [
  ["iVBOR", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lG", "image/gif"],
  ["UklGR", "image/webp"]
]

const imageType = (mediaType: string, base64: string): string =>
  mediaType === "image/*" ? heads.find(([head]) => base64.startsWith(head))?.[1] ?? "image/jpeg" : mediaType

/** `data` may be base64, a data URL, bytes, or an address. */
const imageUrl = ({ data, mediaType }: Prompt.FilePart): string => {
  if (data instanceof URL) return data.href
  const base64 = typeof data === "string" ? data : Base64.encode(data)
  return /^(?:data:|https?:)/.test(base64) ? base64 : `data:${imageType(mediaType, base64)};base64,${base64}`
}

const isPicture = (part: Prompt.FilePart): boolean => part.mediaType.startsWith("image/")

const inputOf = (part: Prompt.TextPart | Prompt.FilePart): Fields => {
  const { part: rest } = Options.read(part.options)
  if (part.type === "text") return { type: "input_text", text: part.text, ...rest }
  return isPicture(part)
    ? { type: "input_image", image_url: imageUrl(part), ...rest }
    : { type: "input_text", text: Prompt.toolModelOutputToText([part]), ...rest }
}

interface Open {
  type: string
  [field: string]: unknown
}

const behind = (before: unknown, part: Fields): ReadonlyArray<unknown> => {
  const all: ReadonlyArray<unknown> = Array.isArray(before) ? before : []
  return [...all, part]
}

const textOf = (part: Prompt.TextPart, own: Options.Beside, out: Array<Open>): void => {
  const last = out.at(-1)
  const said = own.refusal === true
    ? { type: "refusal", refusal: part.text, ...own.part }
    : { type: "output_text", text: part.text, ...own.part }
  if (own.more === true && last?.type === "message") last["content"] = behind(last["content"], said)
  else out.push({ type: "message", role: "assistant", ...own.item, content: [said] })
}

const reasoningOf = (part: Prompt.ReasoningPart, own: Options.Beside, out: Array<Open>): void => {
  const last = out.at(-1)
  const summary = { type: "summary_text", text: part.text, ...own.part }
  if (own.more === true && last?.type === "reasoning") last["summary"] = behind(last["summary"], summary)
  // Thoughts of another provider mean nothing here.
  else if (own.item !== undefined) out.push({ type: "reasoning", summary: [summary], ...own.item })
}

const madeOf = (part: Prompt.AssistantMessagePart, out: Array<Open>): void => {
  const own = Options.read(part.options)
  if (own.skip === true) return
  if (own.raw !== undefined) return void out.push({ type: "other", ...own.raw })
  switch (part.type) {
    case "text":
      return textOf(part, own, out)
    case "reasoning":
      return reasoningOf(part, own, out)
    case "tool-call":
      // What another provider did by itself, it has said in its answer.
      if (part.providerExecuted) return
      return void out.push({
        type: "function_call",
        call_id: part.id,
        name: part.name,
        arguments: own.arguments ?? stringify(part.params),
        ...own.item
      })
    case "file":
      return own.item !== undefined
        ? void out.push({ type: "image_generation_call", result: text(part.data), ...own.item })
        // A picture of another provider: something to look at.
        : void out.push({ type: "message", role: "user", content: [inputOf(part)] })
    case "tool-result":
    case "tool-approval-request":
      return
  }
}

const resultOf = (part: Prompt.ToolResultPart): Open => ({
  type: "function_call_output",
  call_id: part.id,
  output: part.modelOutput !== undefined
    ? part.modelOutput.map(inputOf)
    : typeof part.result === "string"
    ? part.result
    : stringify(part.result),
  ...Options.read(part.options).item
})

const messageOf = (message: Prompt.Message, out: Array<Open>): void => {
  const own = Options.read(message.options)
  switch (message.role) {
    case "system":
      return void out.push(
        own.raw !== undefined
          ? { type: "message", ...own.raw }
          : {
            type: "message",
            role: "developer",
            ...own.item,
            content: [{ type: "input_text", text: message.content }]
          }
      )
    case "user":
      return void out.push({ type: "message", role: "user", ...own.item, content: message.content.map(inputOf) })
    case "assistant":
      return message.content.forEach((part) => madeOf(part, out))
    case "tool":
      return message.content.forEach((part) => {
        if (part.type === "tool-result") out.push(resultOf(part))
      })
  }
}

const decode = Schema.decodeUnknownResult(Item.Item)

// Options that somebody else wrote may say anything, and are sent as they are.
const itemOf = (open: Open): Item.Item =>
  Result.getOrElse(decode(open), (): Item.Other => ({ type: "other", raw: open }))

/**
 * A conversation of `effect/ai` as items: what came from us is what it was, to the letter; what another provider said
 * becomes plain items.
 *
 * System messages become those of the developer. Thoughts and searches of another provider are left out, and a file that
 * is no picture is only named, as the backend takes none.
 *
 * @since 0.2.0
 * @category conversions
 */
export const toItems = (prompt: Prompt.RawInput): ReadonlyArray<Item.Item> => {
  const out: Array<Open> = []
  for (const message of Prompt.make(prompt).content) messageOf(message, out)
  return out.map(itemOf)
}
