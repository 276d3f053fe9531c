/**
 * When a failed request is sent again: how often, after which pause, and when it is not worth waiting.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** A failure that knows whether it may pass, and maybe when. */
export interface Failure {
  readonly isRetryable: boolean
  readonly retryAfter?: Duration.Duration
}

export interface Policy {
  /** Retries after the first attempt. */
  readonly times: number
  /** When all must be over, in milliseconds since the Unix epoch. */
  readonly deadline: number
}

const base = 500
const longestRetryAfter = Duration.seconds(60)

/** `500 ms * 2^n`, give or take a fifth, so that clients that failed together do not come back together. */
const backoff = (retry: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => base * 2 ** retry * (0.8 + 0.4 * random))

/**
 * Runs an effect until it succeeds, fails for good, or has failed too often.
 *
 * A pause that the server asks for is kept, as a minimum. One that is longer than 60 seconds or does not fit
 * before the deadline is not begun: the failure is told at once.
 */
export const retry = <A, E extends Failure, R>(
  attempt: Effect.Effect<A, E, R>,
  policy: Policy
): Effect.Effect<A, E, R> => {
  const run = (retries: number): Effect.Effect<A, E, R> =>
    Effect.catchIf(
      attempt,
      (failure) => failure.isRetryable && retries < policy.times,
      (failure) => pauseAfter(failure, retries)
    )

  const pauseAfter = Effect.fnUntraced(function*(failure: E, retries: number): Effect.fn.Return<A, E, R> {
    const asked = failure.retryAfter ?? Duration.zero
    const pause = Math.max(yield* backoff(retries), Duration.toMillis(asked))
    const isTooLong = Duration.isGreaterThan(asked, longestRetryAfter) ||
      (yield* Clock.currentTimeMillis) + pause >= policy.deadline
    if (isTooLong) return yield* Effect.fail(failure)
    yield* Effect.sleep(pause)
    return yield* run(retries + 1)
  })

  return run(0)
}
