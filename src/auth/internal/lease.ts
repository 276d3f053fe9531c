/**
 * A section under a lease: waited for, renewed while it runs, and given back.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { AuthStoreFailed } from "../AuthError.ts"
import type * as StoreLock from "../StoreLock.ts"

/**
 * How long a lease lasts that is not renewed.
 */
const lease: Duration.Duration = Duration.seconds(15)

/** How often a lease is renewed while its section runs. */
const renewal = Duration.seconds(5)

const pause = Duration.millis(250)

/** How long a lease is waited for. Longer than a refresh may take, so that only a holder that hangs is given up. */
const longestWait = Duration.minutes(1)

const nameOfOwner = Effect.map(
  Random.nextIntBetween(0, 2 ** 48),
  (number) => number.toString(36).padStart(10, "0")
)

/**
 * Runs an effect while it has the lease of a key, which is renewed until the effect ends.
 *
 * A lease can be lost all the same, to a process that stood still for too long. The effect then goes on: what it
 * writes must be guarded by reading again first. Fails when the lease is not to be had within a minute.
 */
export const withLease = Effect.fnUntraced(function*<A, E, R>(
  self: Effect.Effect<A, E, R>,
  options: { readonly lock: StoreLock.Service; readonly key: string; readonly location: string }
): Effect.fn.Return<A, E | AuthStoreFailed, R> {
  const { key, location, lock } = options
  const claim: StoreLock.Claim = { key, owner: yield* nameOfOwner, lease }
  const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(longestWait)

  return yield* Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    while (!(yield* lock.take(claim))) {
      if ((yield* Clock.currentTimeMillis) >= deadline) {
        const problem = "another process holds the lock"
        return yield* new AuthStoreFailed({ path: location, operation: "lock", problem })
      }
      yield* restore(Effect.sleep(pause))
    }
    const renewing = yield* lock.take(claim).pipe(
      Effect.catch((error) => Effect.logDebug("A lease could not be renewed.", error.problem)),
      Effect.delay(renewal),
      Effect.forever,
      Effect.interruptible,
      Effect.forkChild
    )
    // A lease that cannot be given back ends by itself.
    const giveBack = Effect.andThen(Fiber.interrupt(renewing), Effect.ignore(lock.release(claim)))
    return yield* restore(self).pipe(Effect.ensuring(giveBack))
  }))
})
