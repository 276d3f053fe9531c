/**
 * A conversation of `effect/ai` read as items of ours.
 */
import * as Prompt from "effect/ai/Prompt"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Item from "../../backend/Item.ts"
import { type Fields, stringify, text } from "./json.ts"
import * as Options from "./options.ts"
import { wireName } from "./wireName.ts"

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

type ToWire = (name: string) => string

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

const madeOf = (
  part: Prompt.AssistantMessagePart,
  out: Array<Open>,
  seals: Map<Open, string>,
  toWire: ToWire
): void => {
  const own = Options.read(part.options)
  const before = out.length
  pushMade(part, own, out, toWire)
  const item = out[before]
  if (own.seal !== undefined && item !== undefined) seals.set(item, own.seal)
}

const pushMade = (
  part: Prompt.AssistantMessagePart,
  own: Options.Beside,
  out: Array<Open>,
  toWire: ToWire
): void => {
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
        name: toWire(part.name),
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

const messageOf = (message: Prompt.Message, out: Array<Open>, seals: Map<Open, string>, toWire: ToWire): void => {
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
      return message.content.forEach((part) => madeOf(part, out, seals, toWire))
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
 * The items of a conversation, and for whom some of them are sealed. A call bears the name that its tool has on the wire.
 */
export const read = (messages: ReadonlyArray<Prompt.Message>, toWire: ToWire = wireName) => {
  const out: Array<Open> = []
  const sealed = new Map<Open, string>()
  for (const message of messages) messageOf(message, out, sealed, toWire)
  const seals = new Map<Item.Item, string>()
  const items = out.map((open) => {
    const item = itemOf(open)
    const seal = sealed.get(open)
    if (seal !== undefined) seals.set(item, seal)
    return item
  })
  return { items, seals }
}
