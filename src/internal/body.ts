/**
 * The bytes of an answer, whose connection is used again.
 *
 * A body that was read to the end of the *answer* is read on for a moment in the background: aborting it, as the stream
 * of Effect's client does, throws the connection away (two new ones for each turn, 63 us for the exception alone).
 *
 * Large chunks seldom come alone, so what is there already is taken at once, up to 16 KiB: a step of the whole way up for
 * each packet was a third of the time of a long answer. That, and the end of a body that has come with its last event, is
 * why a web body is read by callbacks, and not by an effect for each chunk.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

type Bytes = Uint8Array<ArrayBufferLike>

/** How far whoever reads the bytes has come. */
export interface Answer {
  /** Set once the answer that they hold has ended. */
  readonly isComplete: boolean
  /** Told once the body is held: from then on, whoever leaves lets go of it. */
  readonly onHeld?: (() => void) | undefined
}

// How long the rest of a body is waited for, once its answer is complete.
const rest = "1 second"

/** Reads on to the end, or for as long as the rest is waited for; then `close`. */
const drained = <E>(next: Effect.Effect<boolean, E>, close: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.orElseSucceed(next, () => true).pipe(
    Effect.repeat({ until: (isOver) => isOver }),
    Effect.timeoutOption(rest),
    Effect.andThen(close),
    Effect.forkDetach({ startImmediately: true }),
    Effect.asVoid
  )

const failureOf = (response: HttpClientResponse.HttpClientResponse) => (cause: unknown) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.DecodeError({ request: response.request, response, cause })
  })

/** Who sends so many bytes at once has more to say, most of the time. */
const packet = 1024

/** How much is taken at once. */
const most = 16 * 1024

/** Reads a web body: a chunk when somebody waits for it, and what else is there by then. */
const pumpOf = (reader: ReadableStreamDefaultReader<Bytes>) => {
  let chunks: Array<Bytes> = []
  let held = 0
  let isReading = false
  let goesOn = false
  let state: "open" | "over" | "broken" = "open"
  let cause: unknown
  let wake: (() => void) | undefined
  let closing: Fiber.Fiber<void> | undefined

  const read = (): void => {
    if (isReading || state !== "open") return
    isReading = true
    reader.read().then(({ done, value }) => {
      isReading = false
      if (done) state = "over"
      else if (closing !== undefined || value.length === 0) read()
      else {
        chunks.push(value)
        held += value.length
        goesOn = value.length >= packet
        if (goesOn && held < most) read()
      }
      tell()
    }, (reason) => {
      state = "broken"
      cause = reason
      tell()
    })
  }
  const tell = (): void => {
    if (state !== "open") closing?.interruptUnsafe()
    const waiting = wake
    wake = undefined
    waiting?.()
  }

  return {
    state: () => state,
    cause: () => cause,
    /** How many bytes are here. */
    held: () => held,
    /** Whether more of them may come at once. */
    goesOn: () => goesOn && held < most,
    take: (): ReadonlyArray<Bytes> => {
      const taken = chunks
      chunks = []
      held = 0
      return taken
    },
    /** Waits for the next chunk. */
    wait: Effect.callback<void>((resume) => {
      wake = () => resume(Effect.void)
      read()
      return Effect.sync(() => {
        wake = undefined
      })
    }),
    /** Reads on to the end, or for as long as the rest is waited for; then `close`. */
    drain: (close: Effect.Effect<void>): Effect.Effect<void> =>
      Effect.map(Effect.forkDetach(Effect.andThen(Effect.sleep(rest), close), { startImmediately: true }), (fiber) => {
        closing = fiber
        read()
      })
  }
}

/** The bytes of a web body, read without an abort at their end. */
const ofWeb = (
  response: HttpClientResponse.HttpClientResponse,
  body: ReadableStream<Bytes>,
  answer: Answer
): Stream.Stream<Bytes, HttpClientError.HttpClientError> =>
  Stream.transformPull(Stream.empty, (_, scope) =>
    Effect.suspend(() => {
      const reader = body.getReader()
      const pump = pumpOf(reader)
      const isOpen = () => pump.state() === "open"
      const cancel = Effect.suspend(() =>
        isOpen() ? Effect.ignore(Effect.tryPromise(() => reader.cancel())) : Effect.void
      )
      const take: Pull.Pull<Arr.NonEmptyReadonlyArray<Bytes>, HttpClientError.HttpClientError> = Effect.suspend(() => {
        const chunks = pump.take()
        return Arr.isReadonlyArrayNonEmpty(chunks) ? Effect.succeed(chunks) : pull
      })
      const pull: typeof take = Effect.suspend(() => {
        if (pump.held() === 0 && isOpen()) return Effect.andThen(pump.wait, pull)
        if (pump.held() > 0) return isOpen() && pump.goesOn() ? Effect.andThen(Effect.yieldNow, take) : take
        return pump.state() === "over" ? Cause.done() : Effect.fail(failureOf(response)(pump.cause()))
      })
      answer.onHeld?.()
      const release = Effect.suspend(() => answer.isComplete && isOpen() ? pump.drain(cancel) : cancel)
      return Effect.as(Scope.addFinalizer(scope, release), pull)
    }))

/** The bytes of any other client, which lets go of the connection when the scope of its stream closes. */
const ofClient = (
  response: HttpClientResponse.HttpClientResponse,
  answer: Answer
): Stream.Stream<Bytes, HttpClientError.HttpClientError> =>
  Stream.unwrap(Effect.map(
    Effect.acquireRelease(
      Effect.flatMap(Scope.make(), (scope) =>
        Effect.map(Scope.provide(Stream.toPull(response.stream), scope), (pull) => ({ pull, scope }))),
      ({ pull, scope }) => {
        const close = Scope.close(scope, Exit.void)
        return answer.isComplete ? drained(Effect.as(pull, false), close) : close
      }
    ),
    ({ pull }) => {
      answer.onHeld?.()
      return Stream.fromPull(Effect.succeed(pull))
    }
  ))

/** The bytes, which are read on when they are left behind the end of their answer. */
export const bytes = (
  response: HttpClientResponse.HttpClientResponse,
  answer: Answer = { isComplete: false }
): Stream.Stream<Bytes, HttpClientError.HttpClientError> => {
  const web = Option.getOrUndefined(HttpClientResponse.toWeb(response))
  if (web === undefined) return ofClient(response, answer)
  if (web.body !== null) return ofWeb(response, web.body, answer)
  return Stream.suspend(() => {
    answer.onHeld?.()
    return Stream.empty
  })
}
