/**
 * The events of an answer, as a client of the Responses API expects them: the last one holds the whole output.
 *
 * The backend ends with an empty output, and clients that read the last event only would see an empty answer.
 */
import * as Sse from "effect/encoding/Sse"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { isFields } from "./asked.ts"
import type { Items } from "./items.ts"

type Fields = Readonly<Record<string, unknown>>

/** One event as it goes on to the client. */
export interface Told {
  readonly text: string
  /** What it holds, when it is the last one. */
  readonly end: Fields | undefined
}

const Json = Schema.fromJsonString(Schema.Unknown)
const decodeJson = Schema.decodeUnknownOption(Json)
const encodeJson = Schema.encodeSync(Json)

/** An object in JSON; anything else is none. */
export const parse = (text: string): Fields | undefined =>
  Option.getOrUndefined(Option.filter(decodeJson(text), isFields))

/** JSON of a value that was JSON before. */
export const stringify = (value: unknown): string => encodeJson(value)

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
const complete = (response: unknown, items: ReadonlyArray<Fields>, texts: ReadonlyArray<string>): Fields => {
  const fields = isFields(response) ? response : {}
  const told = fields["output"]
  if (Array.isArray(told) && told.length > 0) return fields
  const content = texts.map((text) => ({ type: "output_text", text, annotations: [] }))
  const message = { id: "msg_text", type: "message", role: "assistant", status: "completed", content }
  return { object: "response", ...fields, output: items.length > 0 || texts.length === 0 ? items : [message] }
}

/** Reads the text of an answer event by event, and ends after the last one. */
export const read = (items: Items) => <E, R>(text: Stream.Stream<string, E, R>): Stream.Stream<Told, E, R> =>
  Stream.suspend(() => {
    const output: Array<Fields> = []
    const texts: Array<string> = []
    let parsed: Array<Told> = []
    const tell = (event: Sse.Event): Told => {
      const data = isNotable(event.data) ? parse(event.data) : undefined
      const asItCame: Told = { text: Sse.encoder.write(event), end: undefined }
      if (data === undefined) return asItCame
      const { item, text } = data
      if (data["type"] === "response.output_text.done" && typeof text === "string") texts.push(text)
      if (data["type"] === "response.output_item.done" && isFields(item)) {
        items.keep(item)
        output.push(item)
      }
      if (!ends.has(data["type"])) return asItCame
      if (data["response"] === undefined) return { ...asItCame, end: data }
      const end = { ...data, response: complete(data["response"], output, texts) }
      const { event: name, id } = event
      return { text: Sse.encoder.write({ _tag: "Event", event: name, id, data: stringify(end) }), end }
    }
    const parser = Sse.makeParser((event) => {
      if (event._tag === "Event") parsed.push(tell(event))
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
