/**
 * Bytes -> events of an answer: the hot path.
 *
 * The work is done once for each chunk of bytes, in plain code: decode, split, parse, translate. The result
 * does not depend on how the bytes are cut. A stream ends with its terminal event, even when the connection
 * stays open, and it fails when the connection ends without one.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { StreamInterrupted } from "../BackendError.ts"
import * as HttpFailure from "../HttpFailure.ts"
import type { ExchangeEvent } from "../ResponseEvent.ts"
import * as EventBlocks from "./eventBlocks.ts"
import * as Json from "./json.ts"
import { requestIdOf } from "./said.ts"
import * as Translation from "./translation.ts"

/** What the body of an answer can end in. */
export type BodyError = HttpFailure.HttpFailure | StreamInterrupted

export interface Options {
  /** The exchange that the bytes belong to; failures are told in its terms. */
  readonly exchange: HttpFailure.Exchange
  /** Told before anything is read. */
  readonly opening?: ReadonlyArray<ExchangeEvent> | undefined
  /** Marked as complete when the terminal event has been read. */
  readonly answer?: { isComplete: boolean } | undefined
}

// A document in place of a stream is read no further than this.
const maxDocument = 64 * 1024

const signOfLife = Effect.succeed(Arr.of<ExchangeEvent>({ _tag: "Alive" }))

type Mode = "unknown" | "events" | "document"

/** Whether the answer is called something else than a stream: it may be one all the same. */
const isLabelled = (exchange: HttpFailure.Exchange): boolean =>
  /json|html/i.test(exchange.headers["content-type"] ?? "")

const fieldNames = ["data:", "event:", "id:", "retry:", ":"]

// No document begins with the name of a field; what has no label is a stream unless it begins as a document does.
const modeOfText = (text: string, isLabelled: boolean): Mode => {
  const start = text.trimStart()
  if (start === "") return "unknown"
  if (!isLabelled) return start.startsWith("{") || start.startsWith("<") ? "document" : "events"
  if (fieldNames.some((name) => start.startsWith(name))) return "events"
  return fieldNames.some((name) => name.startsWith(start)) ? "unknown" : "document"
}

interface Decoded {
  readonly events: ReadonlyArray<ExchangeEvent>
  /** How the stream ends after these events, when it ends here. */
  readonly end: "open" | "completed" | BodyError
}

/** The state of one stream, apart from Effect: bytes in, events out. */
const makeDecoder = (options: Options, clock: Clock.Clock) => {
  const { exchange } = options
  const utf8 = new TextDecoder()
  const blocks = EventBlocks.make()
  const translation = Translation.make()
  const labelled = isLabelled(exchange)
  let mode: Mode = "unknown"
  let pending = ""

  const interrupted = (problem: StreamInterrupted["problem"]): StreamInterrupted => {
    const requestId = requestIdOf(exchange.headers)
    return new StreamInterrupted({ problem, ...(requestId !== undefined && { requestId }) })
  }

  const translate = (found: ReadonlyArray<EventBlocks.Block>): Decoded => {
    const events: Array<ExchangeEvent> = []
    for (const json of Json.events(found)) {
      const end = translation.add(json, events, clock)
      if (end !== "open") {
        return {
          events,
          end: end === "completed"
            ? end
            : end === "cancelled"
            ? interrupted("failed by the server")
            : HttpFailure.fromEvent(exchange, json, clock.currentTimeMillisUnsafe())
        }
      }
    }
    return { events, end: "open" }
  }

  const document = (): Decoded => ({
    events: [],
    end: HttpFailure.fromDocument(exchange, pending, clock.currentTimeMillisUnsafe())
  })

  const addText = (text: string): Decoded => {
    if (mode === "unknown") {
      pending += text
      mode = modeOfText(pending, labelled)
      if (mode === "unknown") {
        return { events: [], end: pending.length > maxDocument ? interrupted("not an event stream") : "open" }
      }
      if (mode === "events") {
        const start = pending
        pending = ""
        return addText(start)
      }
    } else if (mode === "document") {
      pending += text
    }
    if (mode === "document") return pending.length > maxDocument ? document() : { events: [], end: "open" }
    const found = blocks.feed(text)
    return found === undefined ? { events: [], end: interrupted("unreadable") } : translate(found)
  }

  return {
    add: (chunks: ReadonlyArray<Uint8Array>): Decoded => {
      let text = ""
      for (const chunk of chunks) text += utf8.decode(chunk, { stream: true })
      return addText(text)
    },
    /** The connection is over; `problem` says how. */
    finish: (problem: StreamInterrupted["problem"]): Decoded => {
      const last = addText(utf8.decode())
      if (last.end !== "open") return last
      if (mode === "document" || (mode === "unknown" && labelled)) return document()
      const closing = translate(blocks.end())
      return {
        events: [...last.events, ...closing.events],
        end: closing.end === "open" ? interrupted(problem) : closing.end
      }
    }
  }
}

/**
 * Decodes the body of a successful answer.
 *
 * The stream emits `Completed` last and ends there, or it fails; a failure never takes events with it that
 * came before it. No content type is needed, because the backend often sends none.
 */
export const decode = (options: Options) =>
(
  bytes: Stream.Stream<Uint8Array, HttpClientError>
): Stream.Stream<ExchangeEvent, BodyError> =>
  Stream.transformPull(bytes, (pull) =>
    Clock.clockWith((clock) => {
      const decoder = makeDecoder(options, clock)
      let end: Decoded["end"] = "open"
      let opening = options.opening ?? []

      const emit = (
        decoded: Decoded
      ): Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent>, BodyError> => {
        end = decoded.end
        if (end === "completed" && options.answer !== undefined) options.answer.isComplete = true
        return Arr.isReadonlyArrayNonEmpty(decoded.events)
          ? Effect.succeed(decoded.events)
          : end === "open"
          ? signOfLife
          : next
      }
      // One handler for all that a pull can bring, because it runs for every chunk.
      const read = Pull.matchEffect(pull, {
        onSuccess: (chunks) => emit(decoder.add(chunks)),
        onDone: () => emit(decoder.finish("closed early")),
        onFailure: (cause) => {
          const failure = Cause.findFail(cause)
          return Result.isSuccess(failure) ? emit(decoder.finish("closed early")) : Effect.failCause(failure.failure)
        }
      })
      const next: Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent>, BodyError> = Effect.suspend(() => {
        if (Arr.isReadonlyArrayNonEmpty(opening)) {
          const events = opening
          opening = []
          return Effect.succeed(events)
        }
        if (end === "completed") return Cause.done()
        return end === "open" ? read : Effect.fail(end)
      })
      return Effect.succeed(next)
    }))
