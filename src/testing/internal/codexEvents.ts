/**
 * An answer told as the events of the Responses API, numbered, with the items that belong to them.
 */
import * as Duration from "effect/Duration"
import type { Asked } from "./codexAsked.ts"
import * as Reply from "./codexReply.ts"

/** One thing to do with the connection: write after a silence, break it, or say nothing more. */
export type Step =
  | { readonly _tag: "Write"; readonly bytes: Uint8Array; readonly after: Duration.Duration }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Stall" }

/** What the events need to know besides the answer. */
export interface Frame {
  /** Random; the ids of response and items are made from it. */
  readonly id: string
  /** Unix seconds. */
  readonly createdAt: number
  /** How many input tokens the prompt cache knows. */
  readonly cachedTokens: number
  /** Silence before each delta. */
  readonly tokenDelay: Duration.Duration
}

const encoder = new TextEncoder()

const estimate = (text: string): number => Math.ceil(text.length / 4)

/** How many tokens a request counts: about one for four characters. */
export const inputTokens = (asked: Asked): number =>
  estimate(asked.instructions) + asked.messages.reduce((sum, message) => sum + 3 + estimate(message.text), 0)

/** Bytes as they are. */
export const write = (chunk: string | Uint8Array): Step => ({
  _tag: "Write",
  bytes: typeof chunk === "string" ? encoder.encode(chunk) : chunk,
  after: Duration.zero
})

/** Numbers events and frames them; an event that has a number keeps it. */
const makeWriter = () => {
  let next = 0
  return (event: object, after = Duration.zero): Step => {
    const number = next++
    const numbered = "sequence_number" in event ? event : { ...event, sequence_number: number }
    const type = "type" in event ? `event: ${String(event.type)}\n` : ""
    return { _tag: "Write", bytes: encoder.encode(`${type}data: ${JSON.stringify(numbered)}\n\n`), after }
  }
}

/** The steps for events that are given. */
export const ofEvents = (events: ReadonlyArray<object>): ReadonlyArray<Step> => {
  const writer = makeWriter()
  return events.map((event) => writer(event))
}

/** The steps for an answer. */
export const ofAnswer = (answer: Reply.Answer, asked: Asked, frame: Frame): ReadonlyArray<Step> => {
  const writer = makeWriter()
  const steps: Array<Step> = []
  const emit = (event: object, after?: Duration.Duration) => steps.push(writer(event, after))

  const text = answer.deltas.join("")
  const reasoning = asked.summary ? answer.reasoning : undefined
  const head = {
    id: `resp_${frame.id}`,
    object: "response",
    created_at: frame.createdAt,
    model: asked.model,
    instructions: asked.instructions,
    reasoning: { effort: asked.effort ?? "medium", summary: asked.summary ? "detailed" : null },
    parallel_tool_calls: true,
    service_tier: "auto",
    store: false,
    tools: []
  }
  const running = { ...head, status: "in_progress", error: null, incomplete_details: null, output: [], usage: null }
  emit({ type: "response.created", response: running })
  emit({ type: "response.in_progress", response: running })

  let output_index = 0
  if (reasoning !== undefined) {
    const at = { item_id: `rs_${frame.id}`, output_index, summary_index: 0 }
    const part = { type: "summary_text", text: reasoning }
    emit({
      type: "response.output_item.added",
      output_index,
      item: { id: at.item_id, type: "reasoning", summary: [], encrypted_content: null }
    })
    emit({ type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } })
    for (const delta of Reply.words(reasoning)) {
      emit({ type: "response.reasoning_summary_text.delta", ...at, delta }, frame.tokenDelay)
    }
    emit({ type: "response.reasoning_summary_text.done", ...at, text: reasoning })
    emit({ type: "response.reasoning_summary_part.done", ...at, part })
    emit({
      type: "response.output_item.done",
      output_index,
      item: { id: at.item_id, type: "reasoning", summary: [part], encrypted_content: `sealed-${frame.id}` }
    })
    output_index++
  }

  const isClosed = answer.ending._tag === "Completed" || answer.ending._tag === "Incomplete"
  if (answer.deltas.length > 0) {
    const at = { item_id: `msg_${frame.id}`, output_index, content_index: 0 }
    const message = { id: at.item_id, type: "message", role: "assistant", phase: "final_answer" }
    const part = { type: "output_text", annotations: [], logprobs: [], text }
    emit({
      type: "response.output_item.added",
      output_index,
      item: { ...message, status: "in_progress", content: [] }
    })
    emit({ type: "response.content_part.added", ...at, part: { ...part, text: "" } })
    for (const delta of answer.deltas) {
      emit({ type: "response.output_text.delta", ...at, delta, logprobs: [] }, frame.tokenDelay)
    }
    if (isClosed) {
      const status = answer.ending._tag === "Completed" ? "completed" : "incomplete"
      emit({ type: "response.output_text.done", ...at, text, logprobs: [] })
      emit({ type: "response.content_part.done", ...at, part })
      emit({ type: "response.output_item.done", output_index, item: { ...message, status, content: [part] } })
    }
  }

  const input_tokens = inputTokens(asked)
  const reasoning_tokens = estimate(reasoning ?? "")
  const output_tokens = answer.deltas.length + reasoning_tokens
  const usage = {
    input_tokens,
    input_tokens_details: { cached_tokens: Math.min(frame.cachedTokens, input_tokens) },
    output_tokens,
    output_tokens_details: { reasoning_tokens },
    total_tokens: input_tokens + output_tokens
  }
  const ending = answer.ending
  switch (ending._tag) {
    case "Completed":
      emit({ type: "response.completed", response: { ...running, status: "completed", usage } })
      break
    case "Incomplete":
      emit({
        type: "response.incomplete",
        response: { ...running, status: "incomplete", incomplete_details: { reason: ending.reason }, usage }
      })
      break
    case "Failed":
      emit({
        type: "response.failed",
        response: { ...running, status: "failed", error: { code: ending.code, message: ending.message } }
      })
      break
    case "ErrorEvent":
      emit(ending.event)
      break
    case "Cut":
      if (ending.how === "reset") steps.push({ _tag: "Reset" })
      break
    case "Stall":
      steps.push({ _tag: "Stall" })
  }
  return steps
}
