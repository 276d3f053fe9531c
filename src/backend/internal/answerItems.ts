/**
 * What the items of an answer say, once they are whole, and the rare events that tell of them before.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Item } from "../Item.ts"
import type { AnnotationAdded, ExchangeEvent, MessageDone, TokenUsage } from "../ResponseEvent.ts"
import { type Fields, fields, isFields, list, number, numbers, text, texts } from "./json.ts"

const count = (said: number | undefined): number => Math.max(0, Math.round(said ?? 0))

/** The tokens of an answer. */
export const usageOf = (usage: unknown): TokenUsage | undefined => {
  if (!isFields(usage)) return undefined
  const { input_tokens, output_tokens, total_tokens } = numbers(usage, "input_tokens", "output_tokens", "total_tokens")
  const inputTokens = count(input_tokens)
  const outputTokens = count(output_tokens)
  return {
    inputTokens,
    cachedTokens: count(numbers(usage["input_tokens_details"], "cached_tokens")["cached_tokens"]),
    outputTokens,
    reasoningTokens: count(numbers(usage["output_tokens_details"], "reasoning_tokens")["reasoning_tokens"]),
    totalTokens: total_tokens === undefined ? inputTokens + outputTokens : count(total_tokens)
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

/** A half-done picture. */
export const addPartialImage = (event: Fields, out: Array<ExchangeEvent>): void => {
  const { item_id: itemId, partial_image_b64: base64 } = texts(event, "item_id", "partial_image_b64")
  if (base64 === undefined) return
  const index = count(number(event["partial_image_index"]))
  out.push({ _tag: "ImagePartial", ...itemId !== undefined && { itemId }, index, base64 })
}

/** An annotation that was not told yet. */
export const addAnnotation = (
  annotation: unknown,
  itemId: string | undefined,
  told: Set<unknown>,
  out: Array<ExchangeEvent>
): void => {
  const { title, type, url } = texts(annotation, "title", "type", "url")
  if (type === undefined) return
  const { end_index: end, start_index: start } = numbers(annotation, "end_index", "start_index")
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

const partText = (part: unknown): string => {
  const { refusal, text: said, type } = texts(part, "refusal", "text", "type")
  return (type === "output_text" ? said : type === "refusal" ? refusal : undefined) ?? ""
}

/** The message an item holds, when it is one of the assistant and says anything. */
const messageOf = (item: Fields): MessageDone | undefined => {
  if (item["role"] !== undefined && item["role"] !== "assistant") return undefined
  const content = item["content"]
  const said = typeof content === "string" ? content : list(content).map(partText).join("")
  if (said === "") return undefined
  const itemId = text(item["id"])
  return {
    _tag: "MessageDone",
    text: said,
    phase: item["phase"] === "commentary" ? "commentary" : "answer",
    ...itemId !== undefined && { itemId }
  }
}

const addMessage = (item: Fields, told: Set<unknown>, out: Array<ExchangeEvent>): void => {
  for (const part of list(item["content"])) {
    for (const annotation of list(fields(part)["annotations"])) addAnnotation(annotation, text(item["id"]), told, out)
  }
  const message = messageOf(item)
  if (message !== undefined) out.push(message)
}

const addCall = (item: Fields, kind: "function" | "custom", out: Array<ExchangeEvent>): void => {
  const { arguments: json, call_id: callId, input, name, namespace } = texts(
    item,
    "arguments",
    "call_id",
    "input",
    "name",
    "namespace"
  )
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

const addSearch = (item: Fields, out: Array<ExchangeEvent>): void => {
  const itemId = text(item["id"])
  const action = fields(item["action"])
  const queries = [action["query"], ...list(action["queries"])].flatMap((query) => text(query) ?? [])
  const urls = [action["url"], ...list(action["sources"]).map((source) => fields(source)["url"])]
    .flatMap((url) => text(url) ?? [])
  out.push({
    _tag: "SearchDone",
    ...itemId !== undefined && { itemId },
    queries: [...new Set(queries)],
    urls: [...new Set(urls)]
  })
}

const addImage = (item: Fields, out: Array<ExchangeEvent>): void => {
  const { id: itemId, output_format: format, result: base64, revised_prompt: revisedPrompt } = texts(
    item,
    "id",
    "output_format",
    "result",
    "revised_prompt"
  )
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

/** What a whole item says, and the item itself behind it. `told` knows which annotations were told before. */
export const eventsOf = (item: Fields, told: Set<unknown>): ReadonlyArray<ExchangeEvent> => {
  const out: Array<ExchangeEvent> = []
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
  const whole = Option.getOrUndefined(decode(isBare ? { ...item, role: "assistant" } : item))
  if (whole !== undefined) out.push({ _tag: "ItemDone", item: whole })
  return out
}
