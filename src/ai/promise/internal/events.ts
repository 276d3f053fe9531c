/**
 * The events of an answer, as a client of the Responses API expects them: the last one holds the whole output.
 *
 * The backend ends with an empty output, and clients that read the last event only would see an empty answer.
 */
import * as Sse from "effect/encoding/Sse"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Json from "../../internal/json.ts"
import type { Items } from "./items.ts"

/** One event as it goes on to the client. */
export interface Told {
  readonly text: string
  /** What it holds, when it is the last one. */
  readonly end: Json.Fields | undefined
}

/** An object in JSON; anything else is none. */
export const parse = (text: string): Json.Fields | undefined =>
  Option.getOrUndefined(Option.filter(Result.getSuccess(Json.parse(text)), Json.isFields))

// A generated picture is an event of many megabytes.
const longest = { maxEventSize: 64 * 1024 * 1024 }

const ends = new Set<unknown>([
  "response.completed",
  "response.done",
  "response.incomplete",
  "response.failed",
  "response.cancelled",
  "error"
])

// Most events are deltas, and are not looked into.
const isNotable = (data: string): boolean =>
  /"type"\s*:\s*"(?:response\.(?:output_(?:item|text)\.done|completed|done|incomplete|failed|cancelled)|error)"/.test(
    data
  )

/** The object of the answer with all its output; without items, the texts are the output. */
const complete = (response: unknown, items: ReadonlyArray<Json.Fields>, texts: ReadonlyArray<string>): Json.Fields => {
  const fields = Json.isFields(response) ? response : {}
  const told = fields["output"]
  if (Array.isArray(told) && told.length > 0) return fields
  const content = texts.map((text) => ({ type: "output_text", text, annotations: [] }))
  const message = { id: "msg_text", type: "message", role: "assistant", status: "completed", content }
  return { object: "response", ...fields, output: items.length > 0 || texts.length === 0 ? items : [message] }
}

/** Reads the text of an answer event by event, and ends after the last one. */
export const read = (items: Items) => <E, R>(text: Stream.Stream<string, E, R>): Stream.Stream<Told, E, R> =>
  Stream.suspend(() => {
    const output: Array<Json.Fields> = []
    const texts: Array<string> = []
    let parsed: Array<Told> = []
    let isOver = false
    const tell = (event: Sse.Event): Told => {
      const data = isNotable(event.data) ? parse(event.data) : undefined
      const asItCame: Told = { text: Sse.encoder.write(event), end: undefined }
      if (data === undefined) return asItCame
      const { item, text } = data
      if (data["type"] === "response.output_text.done" && typeof text === "string") texts.push(text)
      if (data["type"] === "response.output_item.done" && Json.isFields(item)) {
        items.keep(item)
        output.push(item)
      }
      if (!ends.has(data["type"])) return asItCame
      if (data["response"] === undefined) return { ...asItCame, end: data }
      const end = { ...data, response: complete(data["response"], output, texts) }
      const { event: name, id } = event
      return { text: Sse.encoder.write({ _tag: "Event", event: name, id, data: Json.stringify(end) }), end }
    }
    const parser = Sse.makeParser((event) => {
      // Nothing is behind the last one, also where both come at once.
      if (event._tag !== "Event" || isOver) return
      const told = tell(event)
      isOver = told.end !== undefined
      parsed.push(told)
    }, longest)
    return text.pipe(
      Stream.map((text) => {
        parsed = []
        parser.feed(text)
        return parsed
      }),
      Stream.flattenIterable,
      Stream.takeUntil((told) => told.end !== undefined)
    )
  })
