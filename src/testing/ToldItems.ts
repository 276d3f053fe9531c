/**
 * Answers as the backend tells them, event by event, and read as those of the backend are.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Addressed } from "../backend/CodexRequest.ts"
import * as Item from "../backend/Item.ts"
import type { ExchangeEvent } from "../backend/ResponseEvent.ts"
import * as ResponseStream from "../backend/ResponseStream.ts"

type Event = { readonly type: string; readonly [name: string]: unknown }

const pieces = (text: string): ReadonlyArray<string> => text.match(/\s*\S+\s*|\s+/g) ?? []

const deltas = (type: string, item_id: string, text: string): ReadonlyArray<Event> =>
  pieces(text).map((delta) => ({ type, item_id, delta }))

const inside = (item: Item.Item, item_id: string): ReadonlyArray<Event> => {
  switch (item.type) {
    case "message":
      return item.role !== "assistant" ? [] : item.content.flatMap((part) =>
        part.type === "refusal"
          ? deltas("response.refusal.delta", item_id, part.refusal)
          : deltas("response.output_text.delta", item_id, part.text)
      )
    case "reasoning":
      return item.summary.flatMap(({ text }, summary_index) => [
        { type: "response.reasoning_summary_part.added", item_id, summary_index },
        ...deltas("response.reasoning_summary_text.delta", item_id, text).map((event) => ({ ...event, summary_index }))
      ])
    case "function_call":
      return deltas("response.function_call_arguments.delta", item_id, item.arguments)
    default:
      return []
  }
}

/** The events of an answer that is made of these items; `usage` as the wire has it. */
export const toldItems = (items: ReadonlyArray<Item.Item>, model: string, usage: object): ReadonlyArray<Event> => [
  { type: "response.created", response: { id: "resp_test", model } },
  ...items.flatMap((item, n): ReadonlyArray<Event> => {
    const wire: { readonly [name: string]: unknown } = item.type === "other" ? item.raw : { ...item }
    const id = typeof wire["id"] === "string" ? wire["id"] : `item_test_${n}`
    return [
      { type: "response.output_item.added", output_index: n, item: { ...wire, id } },
      ...inside(item, id),
      { type: "response.output_item.done", output_index: n, item: wire }
    ]
  }),
  { type: "response.completed", response: { id: "resp_test", model, output: [], usage } }
]

const encoder = new TextEncoder()

/** Events of the wire, read as those of the real backend are, with a pause before each piece of text. */
export const played = (
  eventsOf: (request: Addressed) => ReadonlyArray<object>,
  { every = Duration.zero }: { readonly every?: Duration.Input | undefined }
): (request: Addressed) => Stream.Stream<ExchangeEvent, ResponseStream.ResponseStreamError> =>
(request) =>
  Stream.fromIterable(eventsOf(request)).pipe(
    Stream.map((event) => encoder.encode(`data: ${JSON.stringify(event)}\n\n`)),
    ResponseStream.decode({
      exchange: {
        model: request.model,
        host: "recorded",
        status: 200,
        headers: {},
        sent: Redacted.make([request.instructions, ...request.input.map(Item.words)])
      }
    }),
    Stream.tap((event) => event._tag === "TextDelta" ? Effect.sleep(every) : Effect.void),
    (events) => Stream.concat(Stream.make<[ExchangeEvent]>({ _tag: "Opened" }), events)
  )
