/**
 * `Effect.retry` for what nearly always succeeds at once: the steps of its schedule are made when something has failed.
 *
 * They are twenty steps of Effect for each, of the nine hundred that a small turn took, and nothing came of them.
 */
import * as Effect from "effect/Effect"

/** Tries `self`; what `again` makes of it counts from the first failure on, which it is told once more. */
export const retried = <A, E, R, B, E2, R2>(
  self: Effect.Effect<A, E, R>,
  again: (attempt: Effect.Effect<A, E, R>) => Effect.Effect<B, E2, R2>
): Effect.Effect<A | B, E2, R | R2> =>
  Effect.catch(self, (first) => {
    let isTold = false
    return again(Effect.suspend(() => {
      if (isTold) return self
      isTold = true
      return Effect.fail(first)
    }))
  })
