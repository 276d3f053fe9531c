/**
 * One pass over the events of a stream, array by array as they come.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"

/**
 * Emits what `use` makes of each array, and nothing for an empty one. What is made without an effect takes no step.
 *
 * `Stream.mapAccumArrayEffect` keeps a state and loops besides, for every array.
 */
export const eachArray = <A, E, R, B, E2 = never, R2 = never>(
  self: Stream.Stream<A, E, R>,
  use: (values: Arr.NonEmptyReadonlyArray<A>) => ReadonlyArray<B> | Effect.Effect<ReadonlyArray<B>, E2, R2>
): Stream.Stream<B, E | E2, R | R2> =>
  Stream.transformPull(self, (pull) => {
    const next: Pull.Pull<Arr.NonEmptyReadonlyArray<B>, E | E2, void, R2> = Effect.flatMap(pull, (values) => {
      const made = use(values)
      if (Effect.isEffect(made)) return Effect.filterOrElse(made, Arr.isReadonlyArrayNonEmpty, () => next)
      return Arr.isReadonlyArrayNonEmpty(made) ? Effect.succeed(made) : next
    })
    return Effect.succeed(next)
  })
