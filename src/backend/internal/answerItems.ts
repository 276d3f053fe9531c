/**
 * What the items of an answer say, once they are whole, and the rare events that tell of them before.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Item, type Said } from "../Item.ts"
import type { AnnotationAdded, ExchangeEvent, TokenUsage } from "../ResponseEvent.ts"
import { anything, type Fields, isFields, list, listOf, number, record, text } from "./json.ts"

const count = (said: number | undefined): number => Math.max(0, Math.round(said ?? 0))

const readUsage = record({
  input_tokens: number,
  input_tokens_details: record({ cached_tokens: number }),
  output_tokens: number,
  output_tokens_details: record({ reasoning_tokens: number }),
  total_tokens: number
})

/** The tokens of an answer. */
export const usageOf = (usage: unknown): TokenUsage | undefined => {
  if (!isFields(usage)) return undefined
  const said = readUsage(usage)
  const inputTokens = count(said.input_tokens)
  const outputTokens = count(said.output_tokens)
  return {
    inputTokens,
    cachedTokens: count(said.input_tokens_details.cached_tokens),
    outputTokens,
    reasoningTokens: count(said.output_tokens_details.reasoning_tokens),
    totalTokens: said.total_tokens === undefined ? inputTokens + outputTokens : count(said.total_tokens)
  }
}

/** More of a summary; one that says nothing is left out. */
export const addThought = (event: Fields, said: unknown, out: Array<ExchangeEvent>): void => {
  if (typeof said !== "string" || said === "") return
  const itemId = event["item_id"]
  const part = event["summary_index"]
  out.push({
    _tag: "ReasoningDelta",
    text: said,
    ...typeof itemId === "string" && { itemId },
    ...typeof part === "number" && { part }
  })
}

const readPartialImage = record({ item_id: text, partial_image_b64: text, partial_image_index: number })

/** A half-done picture. */
export const addPartialImage = (event: Fields, out: Array<ExchangeEvent>): void => {
  const { item_id: itemId, partial_image_b64: base64, partial_image_index: said } = readPartialImage(event)
  if (base64 === undefined) return
  const index = count(said)
  out.push({ _tag: "ImagePartial", ...itemId !== undefined && { itemId }, index, base64 })
}

const readAnnotation = record({ title: text, type: text, url: text, end_index: number, start_index: number })

/** An annotation that was not told yet. */
export const addAnnotation = (
  annotation: unknown,
  itemId: string | undefined,
  told: Set<unknown>,
  out: Array<ExchangeEvent>
): void => {
  const { end_index: end, start_index: start, title, type, url } = readAnnotation(annotation)
  if (type === undefined) return
  const known = `${itemId ?? ""} ${type} ${url ?? ""} ${start ?? ""}`
  if (told.has(known)) return
  told.add(known)
  const event: AnnotationAdded = {
    _tag: "AnnotationAdded",
    ...itemId !== undefined && { itemId },
    type,
    ...url !== undefined && { url },
    ...title !== undefined && { title },
    ...start !== undefined && { start },
    ...end !== undefined && { end }
  }
  out.push(event)
}

const readMessage = record({
  id: text,
  role: anything,
  phase: anything,
  content: anything
})

const readParts = listOf(record({ type: text, text, refusal: text, annotations: list }))

type Part = ReturnType<typeof readParts>[number]

const partText = ({ refusal, text: said, type }: Part): string =>
  (type === "output_text" ? said : type === "refusal" ? refusal : undefined) ?? ""

/** What a message of the assistant says, if anything, and what is noted on it. */
const addMessage = (item: Fields, told: Set<unknown>, out: Array<ExchangeEvent>): void => {
  const { content, id: itemId, phase, role } = readMessage(item)
  const parts = readParts(content)
  for (const { annotations } of parts) {
    for (const annotation of annotations) addAnnotation(annotation, itemId, told, out)
  }
  if (role !== undefined && role !== "assistant") return
  const said = typeof content === "string" ? content : parts.map(partText).join("")
  if (said === "") return
  out.push({
    _tag: "MessageDone",
    text: said,
    phase: phase === "commentary" ? "commentary" : "answer",
    ...itemId !== undefined && { itemId }
  })
}

const readCall = record({ arguments: text, call_id: text, input: text, name: text, namespace: text })

const addCall = (item: Fields, kind: "function" | "custom", out: Array<ExchangeEvent>): void => {
  const { arguments: json, call_id: callId, input, name, namespace } = readCall(item)
  if (callId === undefined || name === undefined) return
  out.push({
    _tag: "ToolCallDone",
    kind,
    callId,
    name,
    ...namespace !== undefined && { namespace },
    arguments: (kind === "function" ? json : input) ?? ""
  })
}

const readSearch = record({
  id: text,
  action: record({ query: text, queries: listOf(text), url: text, sources: listOf(record({ url: text })) })
})

const known = (said: ReadonlyArray<string | undefined>): ReadonlyArray<string> => [
  ...new Set(said.filter((each) => each !== undefined))
]

const addSearch = (item: Fields, out: Array<ExchangeEvent>): void => {
  const { action, id: itemId } = readSearch(item)
  out.push({
    _tag: "SearchDone",
    ...itemId !== undefined && { itemId },
    queries: known([action.query, ...action.queries]),
    urls: known([action.url, ...action.sources.map(({ url }) => url)])
  })
}

const readImage = record({ id: text, output_format: text, result: text, revised_prompt: text })

const addImage = (item: Fields, out: Array<ExchangeEvent>): void => {
  const { id: itemId, output_format: format, result: base64, revised_prompt: revisedPrompt } = readImage(item)
  if (base64 === undefined) return
  out.push({
    _tag: "ImageDone",
    ...itemId !== undefined && { itemId },
    base64,
    ...format !== undefined && { format },
    ...revisedPrompt !== undefined && { revisedPrompt }
  })
}

const decode = Schema.decodeUnknownOption(Item)

const isOutput = (part: unknown): boolean =>
  isFields(part) && part["type"] === "output_text" && typeof part["text"] === "string" &&
  (part["annotations"] === undefined || Array.isArray(part["annotations"]))

const isText = (said: unknown): boolean => said === undefined || typeof said === "string"

/** Whether it is what nearly every answer is, a message of texts: it needs no schema, which took 20 us. */
const isSaid = (item: Fields): item is Fields & Said =>
  item["type"] === "message" && item["role"] === "assistant" && isText(item["id"]) && isText(item["phase"]) &&
  Array.isArray(item["content"]) && item["content"].every(isOutput)

/** What a whole item says, and the item itself behind it. `told` knows which annotations were told before. */
export const eventsOf = (item: unknown, told: Set<unknown>): ReadonlyArray<ExchangeEvent> => {
  const out: Array<ExchangeEvent> = []
  if (!isFields(item)) return out
  switch (item["type"]) {
    case "message":
      addMessage(item, told, out)
      break
    case "function_call":
      addCall(item, "function", out)
      break
    case "custom_tool_call":
      addCall(item, "custom", out)
      break
    case "web_search_call":
      addSearch(item, out)
      break
    case "image_generation_call":
      addImage(item, out)
      break
  }
  // Only the model says anything here, whether the server repeats that or not.
  const isBare = item["type"] === "message" && item["role"] === undefined
  const mended = isBare ? { ...item, role: "assistant" } : item
  const whole = isSaid(mended) ? mended : Option.getOrUndefined(decode(mended))
  if (whole !== undefined) out.push({ _tag: "ItemDone", item: whole })
  return out
}
