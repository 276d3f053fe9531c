/**
 * The bytes of an answer, whose connection is used again.
 *
 * A body that was read to the end of the *answer* is read on for a moment in the background: aborting it, as the stream
 * of Effect's client does, throws the connection away (two new ones for each turn, 63 us for the exception alone).
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"

type Bytes = Uint8Array<ArrayBufferLike>

// How long the rest of a body is waited for, once its answer is complete.
const rest = "1 second"

const cancelled = (reader: ReadableStreamDefaultReader<Bytes>): Effect.Effect<void> =>
  Effect.ignore(Effect.tryPromise(() => reader.cancel()))

const drained = (reader: ReadableStreamDefaultReader<Bytes>): Effect.Effect<void> => {
  const read = Effect.option(Effect.tryPromise(() => reader.read()))
  return read.pipe(
    Effect.repeat({ until: (part) => Option.isNone(part) || part.value.done }),
    Effect.timeoutOption(rest),
    Effect.flatMap((end) => Option.isNone(end) ? cancelled(reader) : Effect.void)
  )
}

const failureOf = (response: HttpClientResponse.HttpClientResponse) => (cause: unknown) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.DecodeError({ request: response.request, response, cause })
  })

const read = (
  response: HttpClientResponse.HttpClientResponse,
  body: ReadableStream<Bytes>,
  isComplete: () => boolean
): Stream.Stream<Bytes, HttpClientError.HttpClientError> => {
  let isDone = false
  const release = (reader: ReadableStreamDefaultReader<Bytes>): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (isDone) return Effect.void
      return isComplete() ? Effect.asVoid(Effect.forkDetach(drained(reader))) : cancelled(reader)
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
    (reader) => Stream.fromPull(Effect.succeed(pullFrom(reader)))
  ))
}

/** The bytes; `isComplete` says, when they are left, whether the answer they hold has ended. */
export const bytes = (
  response: HttpClientResponse.HttpClientResponse,
  isComplete: () => boolean
): Stream.Stream<Bytes, HttpClientError.HttpClientError> => {
  const web = Option.getOrUndefined(HttpClientResponse.toWeb(response))
  if (web === undefined) return response.stream
  return web.body === null ? Stream.empty : read(response, web.body, isComplete)
}
