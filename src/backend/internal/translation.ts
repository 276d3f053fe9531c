/**
 * Wire events -> `ResponseEvent`s: what each type means, and what the state between them is.
 */
import type * as Clock from "effect/Clock"
import * as Option from "effect/Option"
import type { Completed, ExchangeEvent, MessageDone, TokenUsage } from "../ResponseEvent.ts"
import { type Fields, fields, isFields, list, number, text } from "./json.ts"
import * as Quota from "./quota.ts"

/** Whether the answer goes on after an event, and if not, how it ended. */
export type Turn = "open" | "completed" | "failed" | "cancelled"

/** The translation of one answer. */
export interface Translation {
  /** Appends what an event means to `out`. */
  readonly add: (event: Fields, out: Array<ExchangeEvent>, clock: Clock.Clock) => Turn
}

const count = (value: unknown): number => Math.max(0, Math.round(number(value) ?? 0))

const usageOf = (usage: unknown): TokenUsage | undefined => {
  if (!isFields(usage)) return undefined
  const inputTokens = count(usage["input_tokens"])
  const outputTokens = count(usage["output_tokens"])
  return {
    inputTokens,
    cachedTokens: count(fields(usage["input_tokens_details"])["cached_tokens"]),
    outputTokens,
    reasoningTokens: count(fields(usage["output_tokens_details"])["reasoning_tokens"]),
    totalTokens: number(usage["total_tokens"]) === undefined
      ? inputTokens + outputTokens
      : count(usage["total_tokens"])
  }
}

const partText = (part: unknown): string => {
  const { refusal, text: said, type } = fields(part)
  return (type === "output_text" ? text(said) : type === "refusal" ? text(refusal) : undefined) ?? ""
}

/** The message an item holds, when it is one of the assistant and says anything. */
const messageOf = (item: Fields): MessageDone | undefined => {
  if (item["type"] !== "message" || (item["role"] !== undefined && item["role"] !== "assistant")) return undefined
  const said = text(item["content"]) ?? list(item["content"]).map(partText).join("")
  if (said === "") return undefined
  return { _tag: "MessageDone", text: said, phase: item["phase"] === "commentary" ? "commentary" : "answer" }
}

/** The translation of one answer, from its first event. */
export const make = (): Translation => {
  // Interim remarks are shown as thinking: what is emitted as `TextDelta` belongs to the answer.
  const commentary = new Set<unknown>()
  let isStarted = false
  let hasMessage = false
  let responseId: string | undefined
  let model: string | undefined

  const remember = (response: Fields): void => {
    responseId = text(response["id"]) ?? responseId
    model = text(response["model"]) ?? model
  }

  const complete = (response: Fields, out: Array<ExchangeEvent>, incomplete: string | undefined): Turn => {
    remember(response)
    // The backend leaves `output` empty and sends items; other servers of the same protocol do not.
    if (!hasMessage) {
      for (const item of list(response["output"])) {
        const message = messageOf(fields(item))
        if (message !== undefined) out.push(message)
      }
    }
    const completed: Completed = {
      _tag: "Completed",
      responseId,
      model,
      usage: usageOf(response["usage"]),
      incomplete: incomplete ?? text(fields(response["incomplete_details"])["reason"])
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
        return complete(response, out, text(fields(response["incomplete_details"])["reason"]) ?? "unknown")
      default:
        return complete(response, out, undefined)
    }
  }

  const addText = (event: Fields, out: Array<ExchangeEvent>): void => {
    const delta = text(event["delta"])
    if (delta === undefined) return
    const isRemark = commentary.size > 0 && commentary.has(event["item_id"])
    out.push({ _tag: isRemark ? "ReasoningDelta" : "TextDelta", text: delta })
  }

  const add: Translation["add"] = (event, out, clock) => {
    switch (event["type"]) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        addText(event, out)
        return "open"
      case "response.reasoning_summary_text.delta": {
        const delta = text(event["delta"])
        if (delta !== undefined) out.push({ _tag: "ReasoningDelta", text: delta })
        return "open"
      }
      case "response.reasoning_summary_part.added":
        if (count(event["summary_index"]) > 0) out.push({ _tag: "ReasoningDelta", text: "\n\n" })
        return "open"
      case "response.created":
        remember(fields(event["response"]))
        if (!isStarted) out.push({ _tag: "Started", responseId, model })
        isStarted = true
        return "open"
      case "response.output_item.added": {
        const item = fields(event["item"])
        if (item["phase"] === "commentary" && text(item["id"]) !== undefined) commentary.add(item["id"])
        return "open"
      }
      case "response.output_item.done": {
        const message = messageOf(fields(event["item"]))
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
        return complete(response, out, text(fields(response["incomplete_details"])["reason"]) ?? "unknown")
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
