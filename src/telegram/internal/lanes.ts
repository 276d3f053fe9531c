/**
 * One lane for each conversation: what enters first runs first, lanes run side by side.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

/** Takes a place in a lane now, and gives the effect that waits for its turn. */
export type Enter = (key: string) => <A, E, R>(turn: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Makes lanes. The place is taken when `enter` is called and not when a fiber gets to run, so the order is
 * that of the updates.
 */
export const make = (): Enter => {
  const last = new Map<string, Deferred.Deferred<void>>()
  return (key) => {
    const before = last.get(key)
    const done = Deferred.makeUnsafe<void>()
    last.set(key, done)
    const leave = Effect.suspend(() => {
      if (last.get(key) === done) last.delete(key)
      return Deferred.succeed(done, undefined)
    })
    return (turn) =>
      Effect.ensuring(
        before === undefined ? turn : Effect.andThen(Deferred.await(before), turn),
        leave
      )
  }
}
