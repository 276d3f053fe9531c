/**
 * The bytes of an answer, whose connection is used again.
 *
 * A body that was read to the end of the *answer* is read on for a moment in the background: aborting it, as the stream
 * of Effect's client does, throws the connection away (two new ones for each turn, 63 us for the exception alone).
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
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

/** The bytes of a web body, read without an abort at their end. */
const ofWeb = (
  response: HttpClientResponse.HttpClientResponse,
  body: ReadableStream<Bytes>,
  answer: Answer
): Stream.Stream<Bytes, HttpClientError.HttpClientError> => {
  let isDone = false
  const release = (reader: ReadableStreamDefaultReader<Bytes>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const cancel = Effect.suspend(() =>
        isDone ? Effect.void : Effect.ignore(Effect.tryPromise(() => reader.cancel()))
      )
      const next = Effect.map(Effect.tryPromise(() => reader.read()), ({ done }) => (isDone = done))
      return answer.isComplete && !isDone ? drained(next, cancel) : cancel
    })
  const pullFrom = (reader: ReadableStreamDefaultReader<Bytes>) => {
    const next = Effect.tryPromise({ try: () => reader.read(), catch: failureOf(response) })
    const pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Bytes>, HttpClientError.HttpClientError> = Effect.flatMap(
      next,
      ({ done, value }) => {
        if (!done) return value.length === 0 ? pull : Effect.succeed(Arr.of(value))
        isDone = true
        return Cause.done()
      }
    )
    return pull
  }
  return Stream.unwrap(Effect.map(
    Effect.acquireRelease(Effect.sync(() => body.getReader()), release),
    (reader) => {
      answer.onHeld?.()
      return Stream.fromPull(Effect.succeed(pullFrom(reader)))
    }
  ))
}

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
