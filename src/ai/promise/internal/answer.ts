/**
 * The answer of the backend as the answer of `fetch`: events for who reads events, else one object.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { NetworkFailed, StreamInterrupted } from "../../../backend/BackendError.ts"
import * as HttpFailure from "../../../backend/HttpFailure.ts"
import * as Body from "../../../internal/body.ts"
import { textUpTo } from "../../../internal/client.ts"
import { stringify } from "../../internal/json.ts"
import { type Asked, textsOf } from "./asked.ts"
import { read, type Told } from "./events.ts"
import type { Items } from "./items.ts"
import * as Refusal from "./refusal.ts"

type Head = HttpClientResponse.HttpClientResponse

const exchangeOf = (asked: Asked, host: string, { headers, status }: Head): HttpFailure.Exchange => ({
  model: typeof asked.body["model"] === "string" ? asked.body["model"] : undefined,
  host,
  status,
  headers,
  sent: Redacted.make(textsOf(asked.body))
})

const wholeText = textUpTo(1024 * 1024)

const refused = (exchange: HttpFailure.Exchange, head: Head): Effect.Effect<Response> =>
  Effect.gen(function*() {
    const body = yield* Effect.orElseSucceed(wholeText(head), () => "")
    const failure = HttpFailure.fromResponse(exchange, body, yield* Clock.currentTimeMillis)
    return Refusal.ofFailure(failure, { status: head.status === 0 ? 502 : head.status, body })
  })

// Not an event stream, though the status is a success: a page of somebody in between.
const isDocument = (head: Head): boolean => /json|html/i.test(head.headers["content-type"] ?? "")

const document = (exchange: HttpFailure.Exchange, head: Head): Effect.Effect<Response> =>
  Effect.gen(function*() {
    const body = yield* Effect.orElseSucceed(wholeText(head), () => "")
    return Refusal.ofFailure(HttpFailure.fromDocument(exchange, body, yield* Clock.currentTimeMillis))
  })

/** What goes on to the client beside the body. */
const headersOf = (head: Head): Headers => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(head.headers)) {
    if (/^(?:x-|openai-|retry-after$)/.test(name) && value !== undefined) headers.set(name, value)
  }
  return headers
}

const brokenOff = new StreamInterrupted({ problem: "closed early" })

const eventsOf = (
  host: string,
  items: Items,
  head: Head,
  onHeld?: () => void
): Stream.Stream<Told, NetworkFailed | StreamInterrupted> => {
  const answer = { isComplete: false, onHeld }
  return Stream.concat(
    Body.bytes(head, answer).pipe(
      Stream.decodeText,
      read(items),
      Stream.mapError((_: HttpClientError.HttpClientError) => new NetworkFailed({ host })),
      Stream.tap(({ end }) =>
        Effect.sync(() => {
          answer.isComplete = end !== undefined
        })
      )
    ),
    Stream.suspend(() => answer.isComplete ? Stream.empty : Stream.fail(brokenOff))
  )
}

/** Why a caller broke off: what it has given as the reason, as `fetch` does. */
export const reasonOf = ({ reason }: AbortSignal): unknown => reason

const streamed = Effect.fnUntraced(function*(
  eventsOf: (onHeld: () => void) => Stream.Stream<Told, NetworkFailed | StreamInterrupted>,
  head: Head,
  signal: AbortSignal
) {
  const held = yield* Deferred.make<void>()
  const aborted = Effect.callback<never>((resume) => {
    const onAbort = () => resume(Effect.die(reasonOf(signal)))
    if (signal.aborted) return onAbort()
    signal.addEventListener("abort", onAbort, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", onAbort))
  })
  const bytes = eventsOf(() => Deferred.doneUnsafe(held, Exit.void)).pipe(
    Stream.map(({ text }) => text),
    Stream.encodeText,
    Stream.interruptWhen(aborted)
  )
  const headers = headersOf(head)
  // The backend says none, and clients look.
  headers.set("content-type", "text/event-stream; charset=utf-8")
  const response = new Response(Stream.toReadableStreamWith(bytes, Context.empty()), { status: 200, headers })
  // Whoever cancels at once, unread, cancels what has not begun: nobody would let go of the connection.
  yield* Deferred.await(held)
  return response
})

const collected = (
  events: Stream.Stream<Told, NetworkFailed | StreamInterrupted>,
  exchange: HttpFailure.Exchange,
  head: Head
): Effect.Effect<Response, NetworkFailed | StreamInterrupted> =>
  Effect.gen(function*() {
    const last = Option.getOrUndefined(yield* Stream.runLast(events))?.end
    if (last === undefined) return yield* brokenOff
    const { response, type } = last
    if (type === "response.failed" || type === "error" || response === undefined) {
      return Refusal.ofFailure(HttpFailure.fromEvent(exchange, last, yield* Clock.currentTimeMillis))
    }
    const headers = headersOf(head)
    headers.set("content-type", "application/json")
    return new Response(stringify(response), { status: 200, headers })
  })

/** The answer of `fetch` for this head. */
export const from = (
  asked: Asked,
  options: { readonly host: string; readonly items: Items; readonly signal: AbortSignal }
) =>
(head: Head): Effect.Effect<Response, NetworkFailed | StreamInterrupted> => {
  const exchange = exchangeOf(asked, options.host, head)
  if (head.status < 200 || head.status >= 300) return refused(exchange, head)
  if (isDocument(head)) return document(exchange, head)
  return asked.isStream
    ? streamed((onHeld) => eventsOf(options.host, options.items, head, onHeld), head, options.signal)
    : collected(eventsOf(options.host, options.items, head), exchange, head)
}
