/**
 * The pull of a stream that has one reader.
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Channel from "effect/Channel"
import type * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * Opens a stream within a scope.
 *
 * `Stream.toPull` puts a lock and the context around each pull: a sixth of the steps of a streamed answer.
 */
export const pullIn = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  scope: Scope.Scope
): Effect.Effect<Pull.Pull<NonEmptyReadonlyArray<A>, E, void, R>, never, R> =>
  Channel.toPullScoped(Stream.toChannel(self), scope)
