/**
 * The parts of any provider's answer as events of ours.
 */
import type * as Response from "effect/ai/Response"
import * as Base64 from "effect/encoding/Base64"
import type * as Item from "../../backend/Item.ts"
import type { Completed, FinishReason, ResponseEvent, TokenUsage } from "../../backend/ResponseEvent.ts"
import { stringify } from "./json.ts"

/** A part as a stream of effect/ai has it, whatever the toolkit. */
export type Part = Exclude<Response.AnyPart, { readonly type: "tool-call" | "tool-result" }> | {
  readonly type: "tool-call"
  readonly id: string
  readonly name: string
  readonly params: unknown
  readonly providerExecuted: boolean
} | { readonly type: "tool-result" }

/** The hearing of one answer. */
export interface Hearing {
  readonly add: (part: Part) => ReadonlyArray<ResponseEvent>
  /** Whether anything was said, or called, that counts as an answer. */
  readonly hasAnswer: () => boolean
}

const reasons: Readonly<Record<Response.FinishReason, FinishReason>> = {
  "stop": "stop",
  "pause": "stop",
  "tool-calls": "tool_calls",
  "length": "length",
  "content-filter": "content_filter",
  "error": "other",
  "other": "other",
  "unknown": "other"
}

const incompletes: Readonly<Record<string, string>> = { length: "max_output_tokens", content_filter: "content_filter" }

const usageOf = ({ inputTokens, outputTokens }: Response.Usage): TokenUsage | undefined =>
  inputTokens.total === undefined && outputTokens.total === undefined ? undefined : {
    inputTokens: inputTokens.total ?? 0,
    cachedTokens: inputTokens.cacheRead ?? 0,
    outputTokens: outputTokens.total ?? 0,
    reasoningTokens: outputTokens.reasoning ?? 0,
    totalTokens: (inputTokens.total ?? 0) + (outputTokens.total ?? 0)
  }

/** The hearing of one answer, from its first part. */
export const make = (model: string | undefined): Hearing => {
  const texts = new Map<string, string>()
  /** Pages that the text refers to, until it is whole. */
  let cited: Array<{ readonly url: string; readonly title: string }> = []
  let isOpen = false
  let hasAnswer = false
  let responseId: string | undefined
  let answering = model

  const completed = (part: Response.FinishPart): Completed => {
    const finishReason = reasons[part.reason]
    return {
      _tag: "Completed",
      responseId,
      model: answering,
      usage: usageOf(part.usage),
      incomplete: incompletes[finishReason],
      finishReason
    }
  }

  const saidOf = (text: string): Item.Said => {
    const annotations = cited.map((page) => ({ type: "url_citation", start_index: 0, end_index: 0, ...page }))
    cited = []
    return {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text, ...annotations.length > 0 && { annotations } }]
    }
  }

  const drawn = ({ data, mediaType }: Response.FilePart): ReadonlyArray<ResponseEvent> => {
    const base64 = Base64.encode(data)
    const format = mediaType.slice("image/".length)
    return [
      { _tag: "ImageDone", base64, format },
      {
        _tag: "ItemDone",
        item: { type: "image_generation_call", status: "completed", result: base64, output_format: format }
      }
    ]
  }

  const heard = (part: Part): ReadonlyArray<ResponseEvent> => {
    switch (part.type) {
      case "response-metadata":
        responseId = part.id ?? responseId
        answering = part.modelId ?? answering
        return [{ _tag: "Started", responseId, model: answering }]
      case "text-start":
        texts.set(part.id, "")
        return []
      case "text-delta":
        texts.set(part.id, (texts.get(part.id) ?? "") + part.delta)
        hasAnswer ||= part.delta.trim() !== ""
        return [{ _tag: "TextDelta", text: part.delta, itemId: part.id }]
      case "text-end": {
        const text = texts.get(part.id) ?? ""
        return text === "" ? [] : [
          { _tag: "MessageDone", text, phase: "answer", itemId: part.id },
          { _tag: "ItemDone", item: saidOf(text) }
        ]
      }
      case "reasoning-delta":
        return [{ _tag: "ReasoningDelta", text: part.delta, itemId: part.id }]
      case "tool-params-start":
        return part.providerExecuted ? [] : [{ _tag: "ToolCallStarted", callId: part.id, name: part.name }]
      case "tool-params-delta":
        return [{ _tag: "ToolCallDelta", callId: part.id, arguments: part.delta }]
      case "tool-call": {
        if (part.providerExecuted) return []
        hasAnswer = true
        const call = { name: part.name, arguments: stringify(part.params) }
        return [
          { _tag: "ToolCallDone", kind: "function", callId: part.id, ...call },
          { _tag: "ItemDone", item: { type: "function_call", call_id: part.id, ...call } }
        ]
      }
      case "source":
        if (part.sourceType !== "url") return []
        cited.push({ url: part.url.href, title: part.title })
        return [{ _tag: "AnnotationAdded", type: "url_citation", url: part.url.href, title: part.title }]
      case "file":
        // A file of another kind has no place in an answer of ours: nobody would see it.
        if (!part.mediaType.startsWith("image/")) return []
        hasAnswer = true
        return drawn(part)
      case "finish":
        return [completed(part)]
      default:
        return []
    }
  }

  return {
    hasAnswer: () => hasAnswer,
    add: (part) => {
      const events = heard(part)
      if (isOpen) return events
      isOpen = true
      return [{ _tag: "Opened" }, ...events]
    }
  }
}
