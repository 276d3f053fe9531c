/**
 * Faults on a connection: answers in place of answers, silence, cuts, and bodies that are not what they should be.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import type * as FaultScript from "../faults/FaultScript.ts"
import type { Befallen, Faults } from "./faults.ts"

type Answer = Extract<FaultScript.Fault, { readonly _tag: "Answer" }>

/** One thing to do with the connection. */
type Step =
  | { readonly _tag: "Write"; readonly bytes: Uint8Array; readonly after?: number }
  | { readonly _tag: "Cut" }
  | { readonly _tag: "Stall" }

const cutStep: Step = { _tag: "Cut" }
const stallStep: Step = { _tag: "Stall" }

/** Waits, unless there is nothing to wait for: a test clock stands still. */
const pause = (millis: number): Effect.Effect<void> => millis > 0 ? Effect.sleep(millis) : Effect.void

/** Cuts the connection; the fiber of the request is interrupted by that. */
const hangUp = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<never> =>
  Effect.suspend(() => {
    NodeHttpServerRequest.toIncomingMessage(request).socket.destroy()
    return Effect.never
  })

// The head waits for the first byte of the body. The callback of an empty write comes after all that was written before it
// has left.
const flush = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const response = NodeHttpServerRequest.toServerResponse(request)
    if ("flushHeaders" in response) response.flushHeaders()
    NodeHttpServerRequest.toIncomingMessage(request).socket.write("", () => resume(Effect.void))
  })

const decoder = new TextDecoder()
const encoder = new TextEncoder()

const counts = (place: FaultScript.Place, step: Step): boolean =>
  step._tag === "Write" && (place.of === undefined || decoder.decode(step.bytes).includes(place.of))

type Steps = Stream.Stream<Step, unknown>

/** Puts steps behind so many pieces. */
const insert = (self: Steps, place: FaultScript.Place, steps: Stream.Stream<Step>): Steps =>
  place.pieces === 0
    ? Stream.concat(steps, self)
    : Stream.mapAccum(self, () => 0, (seen, piece) => {
      const now = counts(place, piece) ? seen + 1 : seen
      const only: Steps = Stream.succeed(piece)
      return [now, [now === place.pieces && seen < now ? Stream.concat(only, steps) : only]]
    }).pipe(Stream.flatten())

const repeat = (fault: Extract<FaultScript.Fault, { readonly _tag: "Repeat" }>): Stream.Stream<Step> => {
  const step: Step = { _tag: "Write", bytes: encoder.encode(fault.text), after: fault.millis }
  const steps = Stream.forever(Stream.succeed(step))
  return fault.times === undefined ? steps : Stream.take(steps, fault.times)
}

/** Breaks the piece behind so many pieces. */
const halve = (self: Steps, place: FaultScript.Place): Steps =>
  Stream.mapAccum(self, () => 0, (seen, piece) => {
    if (piece._tag !== "Write" || !counts(place, piece)) return [seen, [piece]]
    return [
      seen + 1,
      seen === place.pieces
        ? [{ _tag: "Write", bytes: piece.bytes.subarray(0, Math.ceil(piece.bytes.length / 2)) }, cutStep]
        : [piece]
    ]
  })

const befall = (self: Steps, fault: FaultScript.Fault, chance: () => number): Steps => {
  switch (fault._tag) {
    case "Cut":
    case "Stall":
      return typeof fault.at === "string"
        ? self
        : insert(self, fault.at, Stream.succeed(fault._tag === "Cut" ? cutStep : stallStep))
    case "Half":
      return halve(self, fault.at)
    case "Garbage":
      return insert(
        self,
        fault.at,
        Stream.sync(() => write(Uint8Array.from({ length: fault.bytes }, () => Math.floor(chance() * 256))))
      )
    case "Repeat":
      return insert(self, fault.at, repeat(fault))
    case "DropLast":
      return Stream.dropRight(self, 1)
    case "Trickle":
      return Stream.flatMap(self, (step) =>
        step._tag === "Write"
          ? Stream.fromIterable(step.bytes).pipe(
            Stream.rechunk(1),
            Stream.mapEffect((byte) => Effect.as(pause(fault.millis), write(Uint8Array.of(byte))))
          )
          : Stream.succeed(step))
    case "Answer":
    case "Delay":
      return self
  }
}

const write = (bytes: Uint8Array): Step => ({ _tag: "Write", bytes })

const piecesOf = (body: HttpBody.HttpBody): Stream.Stream<Uint8Array, unknown> | undefined => {
  switch (body._tag) {
    case "Uint8Array":
      return Stream.succeed(body.body)
    case "Stream":
      return body.stream
    default:
      return undefined
  }
}

/** The same response, whose body meets these faults; one without a body has nothing to lose. */
const spoil = (
  request: HttpServerRequest.HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse,
  befallen: Befallen
): HttpServerResponse.HttpServerResponse => {
  const pieces = piecesOf(response.body)
  if (pieces === undefined || befallen.body.length === 0) return response
  const steps = befallen.body.reduce(
    (steps, fault) => befall(steps, fault, befallen.chance),
    Stream.map(pieces, write)
  )
  const bytes = Stream.mapEffect(steps, (step): Effect.Effect<Uint8Array> => {
    switch (step._tag) {
      case "Write":
        return Effect.as(step.after === undefined ? Effect.void : pause(step.after), step.bytes)
      case "Cut":
        return Effect.andThen(flush(request), hangUp(request))
      case "Stall":
        return Effect.andThen(flush(request), Effect.never)
    }
  })
  const type = response.headers["content-type"]
  const spoilt = HttpServerResponse.setBody(response, HttpBody.stream(bytes, type ?? "")).pipe(
    HttpServerResponse.removeHeader("content-length")
  )
  // A body of a stream has a type unless the type is empty; the empty header that is left of it is removed.
  return type === undefined ? HttpServerResponse.removeHeader(spoilt, "content-type") : spoilt
}

/**
 * Answers a call under a script: `work` is the call as usual, and `words` is the server's own refusal for a status.
 *
 * A fault that comes after the effect of the call does the work first and drops its answer.
 */
export const around = <E, R>(options: {
  readonly faults: Faults
  readonly call: string
  readonly request: HttpServerRequest.HttpServerRequest
  readonly work: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  readonly words: (answer: Answer) => HttpServerResponse.HttpServerResponse
}): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> =>
  Effect.suspend(() => {
    const { call, faults, request, words, work } = options
    const befallen = faults.next(call)
    if (befallen === undefined) return work
    const { head } = befallen
    if (head === undefined) {
      return Effect.andThen(pause(befallen.millis), Effect.map(work, (response) => spoil(request, response, befallen)))
    }
    const instead = head._tag === "Stall"
      ? Effect.never
      : head._tag === "Cut"
      ? hangUp(request)
      : Effect.sync(() => spoil(request, answerOf(head, words), befallen))
    return pause(befallen.millis).pipe(
      Effect.andThen(head.at === "after" ? work : Effect.void),
      Effect.andThen(instead)
    )
  })

const answerOf = (
  answer: Answer,
  words: (answer: Answer) => HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  const { body, headers = {}, status } = answer
  return body === undefined
    ? HttpServerResponse.setHeaders(words(answer), headers)
    : typeof body === "string"
    ? HttpServerResponse.text(body, { status, headers })
    : HttpServerResponse.jsonUnsafe(body, { status, headers })
}
