/**
 * One pass over the events of a stream, array by array as they come.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"

/**
 * Emits what `use` makes of each array, and nothing for an empty one.
 *
 * `Stream.mapAccumArrayEffect` keeps a state and loops besides, for every array.
 */
export const eachArray = <A, E, R, B, E2, R2>(
  self: Stream.Stream<A, E, R>,
  use: (values: Arr.NonEmptyReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, E2, R2>
): Stream.Stream<B, E | E2, R | R2> =>
  Stream.transformPull(self, (pull) => {
    const next: Pull.Pull<Arr.NonEmptyReadonlyArray<B>, E | E2, void, R2> = Effect.filterOrElse(
      Effect.flatMap(pull, use),
      Arr.isReadonlyArrayNonEmpty,
      () => next
    )
    return Effect.succeed(next)
  })
