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
import { objects } from "./json.ts"
import { requestIdOf } from "./said.ts"
import * as Translation from "./translation.ts"

/** What the body of an answer can end in. */
export type BodyError = HttpFailure.HttpFailure | StreamInterrupted

export interface Options {
  /** The exchange that the bytes belong to; failures are told in its terms. */
  readonly exchange: HttpFailure.Exchange
  /** Called once, when the terminal event has been read. */
  readonly onEnd?: (() => void) | undefined
}

// A document in place of a stream is read no further than this.
const maxDocument = 64 * 1024

const signOfLife = Effect.succeed(Arr.of<ExchangeEvent>({ _tag: "Alive" }))

type Mode = "unknown" | "events" | "document"

const modeOfHeaders = (exchange: HttpFailure.Exchange): Mode =>
  /json|html/i.test(exchange.headers["content-type"] ?? "") ? "document" : "unknown"

const modeOfText = (start: string): Mode => {
  const first = start.trimStart().charAt(0)
  return first === "" ? "unknown" : first === "{" || first === "<" ? "document" : "events"
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
  let mode = modeOfHeaders(exchange)
  let pending = ""

  const interrupted = (problem: StreamInterrupted["problem"]): StreamInterrupted => {
    const requestId = requestIdOf(exchange.headers)
    return new StreamInterrupted({ problem, ...(requestId !== undefined && { requestId }) })
  }

  const translate = (payloads: ReadonlyArray<string>): Decoded => {
    const events: Array<ExchangeEvent> = []
    for (const json of objects(payloads)) {
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
      mode = modeOfText(pending)
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
    const payloads = blocks.feed(text)
    return payloads === undefined ? { events: [], end: interrupted("unreadable") } : translate(payloads)
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
      if (mode === "document") return document()
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

      const emit = (
        decoded: Decoded
      ): Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent>, BodyError> => {
        end = decoded.end
        if (end === "completed") options.onEnd?.()
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
        if (end === "completed") return Cause.done()
        return end === "open" ? read : Effect.fail(end)
      })
      return Effect.succeed(next)
    }))
