/**
 * Wire events -> `ResponseEvent`s: what each type means, and what the state between them is.
 */
import type * as Clock from "effect/Clock"
import * as Option from "effect/Option"
import type { Completed, ExchangeEvent, MessageDone, TokenUsage } from "../ResponseEvent.ts"
import { type Fields, fields, isFields, list, numbers, text, texts } from "./json.ts"
import * as Quota from "./quota.ts"
import { codeWord, identifier, nameOf } from "./said.ts"

/** Whether the answer goes on after an event, and if not, how it ended. */
export type Turn = "open" | "completed" | "failed" | "cancelled"

/** The translation of one answer. */
export interface Translation {
  /** Appends what an event means to `out`. */
  readonly add: (event: Fields, out: Array<ExchangeEvent>, clock: Clock.Clock) => Turn
}

const count = (said: number | undefined): number => Math.max(0, Math.round(said ?? 0))

const usageOf = (usage: unknown): TokenUsage | undefined => {
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

const partText = (part: unknown): string => {
  const { refusal, text: said, type } = texts(part, "refusal", "text", "type")
  return (type === "output_text" ? said : type === "refusal" ? refusal : undefined) ?? ""
}

const contentText = (content: unknown): string => {
  if (typeof content === "string") return content
  return Array.isArray(content) ? content.map(partText).join("") : ""
}

/** Why an answer is not whole; a reason that is no code is not repeated. */
const reasonOf = (response: Fields): string | undefined => {
  const said = fields(response["incomplete_details"])["reason"]
  return said === undefined || said === null || said === "" ? undefined : codeWord(said) ?? "unknown"
}

/** The text that an event repeats which closes a part of an answer. */
const closedText = (event: Fields): string => {
  const { refusal, text: said } = texts(event, "refusal", "text")
  return event["type"] === "response.content_part.done" ? partText(event["part"]) : said ?? refusal ?? ""
}

/** The message an item holds, when it is one of the assistant and says anything. */
const messageOf = (item: unknown): MessageDone | undefined => {
  if (!isFields(item) || item["type"] !== "message") return undefined
  if (item["role"] !== undefined && item["role"] !== "assistant") return undefined
  const said = contentText(item["content"])
  if (said === "") return undefined
  return { _tag: "MessageDone", text: said, phase: item["phase"] === "commentary" ? "commentary" : "answer" }
}

/** The translation of one answer, from its first event. */
export const make = (): Translation => {
  // Interim remarks are shown as thinking: what is emitted as `TextDelta` belongs to the answer.
  const commentary = new Set<unknown>()
  // What has been told piece by piece is not told again by the event that closes it.
  const told = new Set<unknown>()
  const closed = new Set<string>()
  let lastTold: unknown
  let isStarted = false
  let hasMessage = false
  let responseId: string | undefined
  let model: string | undefined

  const remember = (response: unknown): void => {
    const said = texts(response, "id", "model")
    responseId = identifier(said["id"]) ?? responseId
    model = nameOf(said["model"]) ?? model
  }

  const complete = (response: Fields, out: Array<ExchangeEvent>, incomplete: string | undefined): Turn => {
    remember(response)
    // The backend leaves `output` empty and sends items; other servers of the same protocol do not.
    if (!hasMessage) {
      for (const item of list(response["output"])) {
        const message = messageOf(item)
        if (message !== undefined) out.push(message)
      }
    }
    const completed: Completed = {
      _tag: "Completed",
      responseId,
      model,
      usage: usageOf(response["usage"]),
      incomplete: incomplete ?? reasonOf(response)
    }
    out.push(completed)
    return "completed"
  }

  const finish = (response: Fields, out: Array<ExchangeEvent>): Turn => {
    switch (response["status"]) {
      case "failed":
        return "failed"
      case "cancelled":
        return "cancelled"
      case "incomplete":
        return complete(response, out, reasonOf(response) ?? "unknown")
      default:
        return complete(response, out, undefined)
    }
  }

  const addText = (event: Fields, out: Array<ExchangeEvent>): void => {
    const delta = event["delta"]
    if (typeof delta !== "string" || delta === "") return
    const item = event["item_id"]
    if (told.size === 0 || item !== lastTold) told.add(item)
    lastTold = item
    const isRemark = commentary.size > 0 && commentary.has(item)
    out.push({ _tag: isRemark ? "ReasoningDelta" : "TextDelta", text: delta })
  }

  /** Text that comes in one piece, at its end: some servers send no other. */
  const closeText = (event: Fields, out: Array<ExchangeEvent>): void => {
    const item = event["item_id"]
    if (told.has(item)) return
    const part = `${text(item) ?? ""}/${numbers(event, "content_index")["content_index"] ?? 0}`
    const said = closedText(event)
    if (said === "" || closed.has(part)) return
    closed.add(part)
    out.push({ _tag: commentary.has(item) ? "ReasoningDelta" : "TextDelta", text: said })
  }

  const add: Translation["add"] = (event, out, clock) => {
    switch (event["type"]) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        addText(event, out)
        return "open"
      case "response.output_text.done":
      case "response.refusal.done":
      case "response.content_part.done":
        closeText(event, out)
        return "open"
      case "response.reasoning_summary_text.delta": {
        const delta = event["delta"]
        if (typeof delta === "string" && delta !== "") out.push({ _tag: "ReasoningDelta", text: delta })
        return "open"
      }
      case "response.reasoning_summary_part.added":
        if (count(numbers(event, "summary_index")["summary_index"]) > 0) {
          out.push({ _tag: "ReasoningDelta", text: "\n\n" })
        }
        return "open"
      case "response.created":
        remember(event["response"])
        if (!isStarted) out.push({ _tag: "Started", responseId, model })
        isStarted = true
        return "open"
      case "response.output_item.added": {
        const { id, phase } = texts(event["item"], "id", "phase")
        if (phase === "commentary" && id !== undefined) commentary.add(id)
        return "open"
      }
      case "response.output_item.done": {
        const message = messageOf(event["item"])
        if (message !== undefined) {
          hasMessage = true
          out.push(message)
        }
        return "open"
      }
      case "codex.rate_limits": {
        const quota = Option.getOrUndefined(Quota.fromEvent(event, clock.currentTimeMillisUnsafe()))
        if (quota !== undefined) out.push({ _tag: "QuotaSeen", quota })
        return "open"
      }
      case "response.completed":
      case "response.done":
        return finish(fields(event["response"]), out)
      case "response.incomplete": {
        const response = fields(event["response"])
        return complete(response, out, reasonOf(response) ?? "unknown")
      }
      case "response.failed":
      case "error":
        return "failed"
      case "response.cancelled":
        return "cancelled"
      default:
        return "open"
    }
  }
  return { add }
}
