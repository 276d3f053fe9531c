/**
 * Wire events -> `ResponseEvent`s: what each type means, and what the state between them is.
 *
 * An event is read here and nowhere else, in one `switch` of plain code. What nobody knows is no failure: an event of a
 * later day says nothing, an item of a later day is kept whole.
 */
import type * as Clock from "effect/Clock"
import * as Option from "effect/Option"
import type { ExchangeEvent, FinishReason, Phase } from "../ResponseEvent.ts"
import * as Items from "./answerItems.ts"
import { anything, type Fields, list, number, record, text } from "./json.ts"
import * as Quota from "./quota.ts"
import { codeWord, identifier, nameOf } from "./scrub.ts"

/** Whether the answer goes on after an event, and if not, how it ended. */
export type Turn = "open" | "completed" | "failed" | "cancelled"

/** The translation of one answer. */
export interface Translation {
  /** Appends what an event means to `out`. */
  readonly add: (event: Fields, out: Array<ExchangeEvent>, clock: Clock.Clock) => Turn
}

/** What is told of an answer as a whole. */
const readResponse = record({
  id: text,
  model: text,
  status: text,
  usage: anything,
  output: list,
  incomplete_details: record({ reason: anything })
})

type Response = ReturnType<typeof readResponse>

/** Why an answer is not whole; a reason that is no code is not repeated. */
const reasonOf = ({ incomplete_details: { reason: said } }: Response): string | undefined =>
  said === undefined || said === null || said === "" ? undefined : codeWord(said) ?? "unknown"

const finishReasonOf = (incomplete: string | undefined, hasCalls: boolean): FinishReason => {
  switch (incomplete) {
    case undefined:
      return hasCalls ? "tool_calls" : "stop"
    case "max_output_tokens":
      return "length"
    case "content_filter":
      return "content_filter"
    default:
      return "other"
  }
}

const readText = record({ text, refusal: text })

const readBegun = record({ call_id: text, id: text, name: text, namespace: text, phase: text, type: text })

/** The translation of one answer, from its first event. */
export const make = (): Translation => {
  // Interim remarks are no part of the answer.
  const commentary = new Set<unknown>()
  // What has been told piece by piece is not told again by the event that closes it.
  const told = new Set<unknown>()
  const closed = new Set<string>()
  const calls = new Map<unknown, string>()
  let lastTold: unknown
  let isStarted = false
  let items = 0
  let hasCalls = false
  let responseId: string | undefined
  let model: string | undefined

  const remember = (response: Response): void => {
    responseId = identifier(response.id) ?? responseId
    model = nameOf(response.model) ?? model
  }

  const addItem = (item: unknown, out: Array<ExchangeEvent>): void => {
    items++
    for (const event of Items.eventsOf(item, told)) {
      hasCalls ||= event._tag === "ToolCallDone"
      out.push(event)
    }
  }

  const complete = (response: Response, out: Array<ExchangeEvent>, incomplete = reasonOf(response)): Turn => {
    remember(response)
    // The backend leaves `output` empty and sends items; other servers of the same protocol do not.
    if (items === 0) { for (const item of response.output) addItem(item, out) }
    out.push({
      _tag: "Completed",
      responseId,
      model,
      usage: Items.usageOf(response.usage),
      incomplete,
      finishReason: finishReasonOf(incomplete, hasCalls)
    })
    return "completed"
  }

  const finish = (response: Response, out: Array<ExchangeEvent>): Turn => {
    switch (response.status) {
      case "failed":
        return "failed"
      case "cancelled":
        return "cancelled"
      case "incomplete":
        return complete(response, out, reasonOf(response) ?? "unknown")
      default:
        return complete(response, out)
    }
  }

  const textEvent = (said: string, item: unknown, isRefusal: boolean): ExchangeEvent => {
    if (isRefusal) return { _tag: "RefusalDelta", text: said, ...typeof item === "string" && { itemId: item } }
    const phase: Phase = commentary.size > 0 && commentary.has(item) ? "commentary" : "answer"
    return typeof item === "string"
      ? { _tag: "TextDelta", text: said, itemId: item, phase }
      : { _tag: "TextDelta", text: said, phase }
  }

  const addText = (event: Fields, out: Array<ExchangeEvent>, isRefusal: boolean): void => {
    const delta = event["delta"]
    if (typeof delta !== "string" || delta === "") return
    const item = event["item_id"]
    if (told.size === 0 || item !== lastTold) told.add(item)
    lastTold = item
    out.push(textEvent(delta, item, isRefusal))
  }

  /** Text that comes in one piece, at its end: some servers send no other. */
  const closeText = (event: Fields, out: Array<ExchangeEvent>): void => {
    const item = event["item_id"]
    if (told.has(item)) return
    const part = `${text(item) ?? ""}/${number(event["content_index"]) ?? 0}`
    const { refusal, text: said = refusal } = readText(
      event["type"] === "response.content_part.done" ? event["part"] : event
    )
    if (said === undefined || closed.has(part)) return
    closed.add(part)
    out.push(textEvent(said, item, said === refusal))
  }

  /** The beginning of an item: which message is a remark, and whose arguments will come. */
  const begin = (item: unknown, out: Array<ExchangeEvent>): void => {
    const { call_id: callId, id, name, namespace, phase, type } = readBegun(item)
    switch (type) {
      case "function_call":
      case "custom_tool_call":
        if (callId === undefined || name === undefined) return
        calls.set(id, callId)
        out.push({ _tag: "ToolCallStarted", callId, name, ...namespace !== undefined && { namespace } })
        return
      case "web_search_call":
        out.push({ _tag: "SearchStarted", ...id !== undefined && { itemId: id } })
        return
      default:
        if (phase === "commentary" && id !== undefined) commentary.add(id)
    }
  }

  const add: Translation["add"] = (event, out, clock) => {
    switch (event["type"]) {
      case "response.output_text.delta":
        addText(event, out, false)
        return "open"
      case "response.refusal.delta":
        addText(event, out, true)
        return "open"
      case "response.output_text.done":
      case "response.refusal.done":
      case "response.content_part.done":
        closeText(event, out)
        return "open"
      case "response.reasoning_summary_text.delta":
        Items.addThought(event, event["delta"], out)
        return "open"
      case "response.reasoning_summary_part.added":
        if (event["summary_index"] !== 0 && event["summary_index"] !== undefined) Items.addThought(event, "\n\n", out)
        return "open"
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta": {
        const callId = calls.get(event["item_id"])
        const delta = event["delta"]
        if (callId !== undefined && typeof delta === "string" && delta !== "") {
          out.push({ _tag: "ToolCallDelta", callId, arguments: delta })
        }
        return "open"
      }
      case "response.output_text.annotation.added":
        Items.addAnnotation(event["annotation"], text(event["item_id"]), told, out)
        return "open"
      case "response.image_generation_call.partial_image":
        Items.addPartialImage(event, out)
        return "open"
      case "response.created":
        remember(readResponse(event["response"]))
        if (!isStarted) out.push({ _tag: "Started", responseId, model })
        isStarted = true
        return "open"
      case "response.output_item.added":
        begin(event["item"], out)
        return "open"
      case "response.output_item.done":
        addItem(event["item"], out)
        return "open"
      case "codex.rate_limits": {
        const quota = Option.getOrUndefined(Quota.fromEvent(event, clock.currentTimeMillisUnsafe()))
        if (quota !== undefined) out.push({ _tag: "QuotaSeen", quota })
        return "open"
      }
      case "response.completed":
      case "response.done":
        return finish(readResponse(event["response"]), out)
      case "response.incomplete": {
        const response = readResponse(event["response"])
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
