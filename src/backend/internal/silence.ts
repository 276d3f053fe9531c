/**
 * A watchdog over silence: it fails when the other side has said nothing for too long.
 *
 * One fiber watches a whole stream, which is far cheaper than a race for every chunk. Time in which we make
 * the other side wait does not count.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { RequestTimedOut } from "../BackendError.ts"

export interface Silence {
  /** A sign of life. */
  readonly heard: () => void
  /** Runs an effect during which nobody is expected to speak. */
  readonly during: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Never succeeds; fails once the silence has lasted for the limit. */
  readonly watch: Effect.Effect<never, RequestTimedOut>
}

/** A watchdog whose clock starts now. */
export const make = (limit: Duration.Duration): Effect.Effect<Silence> =>
  Clock.clockWith((clock) => {
    const millis = Duration.toMillis(limit)
    let since: number | undefined = clock.currentTimeMillisUnsafe()
    const heard = () => {
      since = clock.currentTimeMillisUnsafe()
    }
    const watch: Effect.Effect<never, RequestTimedOut> = Effect.suspend(() => {
      const left = since === undefined ? millis : millis - (clock.currentTimeMillisUnsafe() - since)
      return left <= 0
        ? Effect.fail(new RequestTimedOut({ phase: "idle", after: limit }))
        : Effect.andThen(Effect.sleep(left), watch)
    })
    return Effect.succeed({
      heard,
      during: (effect) =>
        Effect.suspend(() => {
          since = undefined
          return Effect.tap(effect, () => Effect.sync(heard))
        }),
      watch
    })
  })
