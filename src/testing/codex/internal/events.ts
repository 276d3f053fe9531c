/**
 * An answer told as the events of the Responses API, numbered, with the items that belong to them.
 */
import * as Duration from "effect/Duration"
import type { Asked } from "./asked.ts"
import * as Reply from "./reply.ts"
import type { Sealed } from "./sealed.ts"

/** One write, after a silence. */
export interface Step {
  readonly bytes: Uint8Array
  readonly after: Duration.Duration
}

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
  /** Seals messages for the account that asked. */
  readonly seal: (messages: Sealed["messages"]) => string
}

const encoder = new TextEncoder()

const estimate = (text: string): number => Math.ceil(text.length / 4)

/** How many tokens a request counts: about one for four characters. */
export const inputTokens = (asked: Asked): number =>
  estimate(asked.instructions) + asked.messages.reduce((sum, message) => sum + 3 + estimate(message.text), 0) +
  asked.toolOutputs.reduce((sum, { output }) => sum + 3 + estimate(output), 0)

/** Bytes as they are. */
export const write = (chunk: string | Uint8Array): Step => ({
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
    return { bytes: encoder.encode(`${type}data: ${JSON.stringify(numbered)}\n\n`), after }
  }
}

/** The steps for events that are given. */
export const ofEvents = (events: ReadonlyArray<object>): ReadonlyArray<Step> => {
  const writer = makeWriter()
  return events.map((event) => writer(event))
}

interface Emit {
  (event: object, after?: Duration.Duration): void
}

const emitReasoning = (emit: Emit, text: string, output_index: number, frame: Frame) => {
  const at = { item_id: `rs_${frame.id}`, output_index, summary_index: 0 }
  const part = { type: "summary_text", text }
  emit({
    type: "response.output_item.added",
    output_index,
    item: { id: at.item_id, type: "reasoning", summary: [], encrypted_content: null }
  })
  emit({ type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } })
  for (const delta of Reply.words(text)) {
    emit({ type: "response.reasoning_summary_text.delta", ...at, delta }, frame.tokenDelay)
  }
  emit({ type: "response.reasoning_summary_text.done", ...at, text })
  emit({ type: "response.reasoning_summary_part.done", ...at, part })
  emit({
    type: "response.output_item.done",
    output_index,
    item: { id: at.item_id, type: "reasoning", summary: [part], encrypted_content: frame.seal([]) }
  })
}

const emitSearch = (emit: Emit, query: string, output_index: number, frame: Frame) => {
  const item_id = `ws_${frame.id}_${output_index}`
  const item = { id: item_id, type: "web_search_call" }
  emit({ type: "response.output_item.added", output_index, item: { ...item, status: "in_progress" } })
  emit({ type: "response.web_search_call.in_progress", item_id, output_index })
  emit({ type: "response.web_search_call.searching", item_id, output_index }, frame.tokenDelay)
  emit({ type: "response.web_search_call.completed", item_id, output_index })
  emit({
    type: "response.output_item.done",
    output_index,
    item: { ...item, status: "completed", action: { type: "search", query } }
  })
}

const annotationsOf = (text: string, citations: ReadonlyArray<Reply.Citation>): ReadonlyArray<object> =>
  citations.map(({ of, title, url }) => {
    const found = of === undefined ? 0 : Math.max(0, text.indexOf(of))
    // The API counts characters, not UTF-16 units.
    const start_index = Array.from(text.slice(0, found)).length
    const end_index = start_index + Array.from(of ?? text).length
    return { type: "url_citation", url, title, start_index, end_index }
  })

const emitRefusal = (
  emit: Emit,
  refusal: string,
  item: object,
  at: { readonly item_id: string; readonly output_index: number; readonly content_index: number },
  frame: Frame
) => {
  const part = { type: "refusal", refusal }
  emit({ type: "response.content_part.added", ...at, part: { ...part, refusal: "" } })
  for (const delta of Reply.words(refusal)) emit({ type: "response.refusal.delta", ...at, delta }, frame.tokenDelay)
  emit({ type: "response.refusal.done", ...at, refusal })
  emit({ type: "response.content_part.done", ...at, part })
  emit({ type: "response.output_item.done", output_index: at.output_index, item: { ...item, content: [part] } })
}

const emitImage = (emit: Emit, image: Reply.GeneratedImage, output_index: number, frame: Frame) => {
  const item_id = `ig_${frame.id}_${output_index}`
  const item = { id: item_id, type: "image_generation_call" }
  const at = { item_id, output_index }
  emit({ type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", result: null } })
  emit({ type: "response.image_generation_call.in_progress", ...at })
  emit({ type: "response.image_generation_call.generating", ...at }, frame.tokenDelay)
  emit({
    type: "response.image_generation_call.partial_image",
    ...at,
    partial_image_index: 0,
    partial_image_b64: image.result
  })
  emit({ type: "response.image_generation_call.completed", ...at })
  emit({
    type: "response.output_item.done",
    output_index,
    item: { ...item, status: "completed", result: image.result, revised_prompt: image.revisedPrompt ?? null }
  })
}

const emitCompaction = (emit: Emit, asked: Asked, output_index: number, frame: Frame) => {
  const item = { id: `cmp_${frame.id}`, type: "compaction", encrypted_content: frame.seal(asked.messages) }
  emit({ type: "response.output_item.added", output_index, item })
  emit({ type: "response.output_item.done", output_index, item })
}

const emitMessage = (
  emit: Emit,
  message: {
    readonly id: string
    readonly phase: "commentary" | "final_answer"
    readonly deltas: ReadonlyArray<string>
    readonly citations: ReadonlyArray<Reply.Citation>
    readonly refusal?: string | undefined
    /** An answer that fails leaves its message open. */
    readonly status: "completed" | "incomplete" | undefined
  },
  output_index: number,
  frame: Frame
) => {
  const at = { item_id: message.id, output_index, content_index: 0 }
  const item = { id: message.id, type: "message", role: "assistant", phase: message.phase }
  const text = message.deltas.join("")
  const annotations = annotationsOf(text, message.citations)
  const part = { type: "output_text", annotations, logprobs: [], text }
  emit({
    type: "response.output_item.added",
    output_index,
    item: { ...item, status: "in_progress", content: [] }
  })
  if (message.refusal !== undefined) {
    return emitRefusal(emit, message.refusal, { ...item, status: message.status }, at, frame)
  }
  emit({ type: "response.content_part.added", ...at, part: { ...part, annotations: [], text: "" } })
  for (const delta of message.deltas) {
    emit({ type: "response.output_text.delta", ...at, delta, logprobs: [] }, frame.tokenDelay)
  }
  if (message.status === undefined) return
  for (const [annotation_index, annotation] of annotations.entries()) {
    emit({ type: "response.output_text.annotation.added", ...at, annotation_index, annotation })
  }
  emit({ type: "response.output_text.done", ...at, text, logprobs: [] })
  emit({ type: "response.content_part.done", ...at, part })
  emit({
    type: "response.output_item.done",
    output_index,
    item: { ...item, status: message.status, content: [part] }
  })
}

const emitCall = (emit: Emit, call: Reply.FunctionCall, output_index: number, frame: Frame) => {
  const item_id = `fc_${frame.id}_${output_index}`
  const item = {
    id: item_id,
    type: "function_call",
    call_id: call.callId ?? `call_${frame.id}_${output_index}`,
    name: call.name
  }
  const at = { item_id, output_index }
  emit({ type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", arguments: "" } })
  for (const delta of call.arguments.match(/[^]{1,12}/gu) ?? []) {
    emit({ type: "response.function_call_arguments.delta", ...at, delta }, frame.tokenDelay)
  }
  emit({ type: "response.function_call_arguments.done", ...at, arguments: call.arguments })
  emit({
    type: "response.output_item.done",
    output_index,
    item: { ...item, status: "completed", arguments: call.arguments }
  })
}

/** The steps for an answer. */
export const ofAnswer = (answer: Reply.Answer, asked: Asked, frame: Frame): ReadonlyArray<Step> => {
  const writer = makeWriter()
  const steps: Array<Step> = []
  const emit: Emit = (event, after) => steps.push(writer(event, after))

  const { ending } = answer
  const reasoning = asked.summary ? answer.reasoning : undefined
  const running = {
    id: `resp_${frame.id}`,
    object: "response",
    created_at: frame.createdAt,
    model: asked.model,
    instructions: asked.instructions,
    reasoning: { effort: asked.effort ?? "medium", summary: asked.summary ? "detailed" : null },
    parallel_tool_calls: asked.body["parallel_tool_calls"] ?? true,
    service_tier: "auto",
    store: false,
    text: asked.body["text"] ?? { format: { type: "text" } },
    tools: asked.body["tools"] ?? [],
    status: "in_progress",
    error: null,
    incomplete_details: null,
    output: [],
    usage: null
  }
  emit({ type: "response.created", response: running })
  emit({ type: "response.in_progress", response: running })

  let index = 0
  if (reasoning !== undefined) emitReasoning(emit, reasoning, index++, frame)
  if (answer.commentary !== undefined) {
    const deltas = Reply.words(answer.commentary)
    emitMessage(
      emit,
      { id: `msg_${frame.id}_0`, phase: "commentary", deltas, citations: [], status: "completed" },
      index++,
      frame
    )
  }
  for (const query of answer.searches ?? []) emitSearch(emit, query, index++, frame)
  for (const image of answer.images ?? []) emitImage(emit, image, index++, frame)
  if (answer.compaction === true) emitCompaction(emit, asked, index++, frame)
  if (answer.deltas.length > 0) {
    emitMessage(
      emit,
      {
        id: `msg_${frame.id}`,
        phase: "final_answer",
        deltas: answer.deltas,
        citations: answer.citations ?? [],
        status: ending._tag === "Completed" ? "completed" : ending._tag === "Incomplete" ? "incomplete" : undefined
      },
      index++,
      frame
    )
  }
  if (answer.refusal !== undefined) {
    const id = `msg_${frame.id}_r`
    const { refusal } = answer
    emitMessage(
      emit,
      { id, phase: "final_answer", deltas: [], citations: [], refusal, status: "completed" },
      index++,
      frame
    )
  }
  for (const call of answer.calls) emitCall(emit, call, index++, frame)

  const input_tokens = inputTokens(asked)
  const reasoning_tokens = estimate(reasoning ?? "")
  const output_tokens = answer.deltas.length + reasoning_tokens + estimate(answer.commentary ?? "") +
    answer.calls.reduce((sum, call) => sum + estimate(call.arguments), 0)
  const usage = {
    input_tokens,
    input_tokens_details: { cached_tokens: Math.min(frame.cachedTokens, input_tokens) },
    output_tokens,
    output_tokens_details: { reasoning_tokens },
    total_tokens: input_tokens + output_tokens
  }
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
  }
  return steps
}
