/**
 * Who may change a store that several machines share: a lease, which ends by itself when its holder is gone.
 *
 * A service has two small operations, so that any engine with an atomic "set if absent or mine" can give it.
 * Waiting, renewing and giving back are done here, once.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { AuthStoreFailed } from "./AuthError.ts"

/**
 * The owner that takes a lease, and for how long.
 *
 * @since 0.2.0
 * @category models
 */
export interface Claim {
  readonly key: string
  /** Unique for each section that is entered. */
  readonly owner: string
  /** From now on, by the clock of the engine. */
  readonly lease: Duration.Duration
}

/**
 * What an engine must give: two small, atomic operations.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /**
   * Takes the lease, or renews it for its owner; false when somebody else has one that is not over.
   *
   * Must be atomic: of two owners at once one gets it.
   */
  readonly take: (claim: Claim) => Effect.Effect<boolean, AuthStoreFailed>
  /** Ends the lease if it is the owner's. */
  readonly release: (claim: Pick<Claim, "key" | "owner">) => Effect.Effect<void, AuthStoreFailed>
}

/**
 * The giver of leases as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class StoreLock extends Context.Service<StoreLock, Service>()("effect-codex/StoreLock") {}

/**
 * How long a lease lasts that is not renewed.
 *
 * @since 0.2.0
 * @category models
 */
export const lease: Duration.Duration = Duration.seconds(15)

/** How often a lease is renewed while its section runs. */
const renewal = Duration.seconds(5)

const pause = Duration.millis(250)

/** How long a lease is waited for. Longer than a refresh may take, so that only a holder that hangs is given up. */
const longestWait = Duration.minutes(1)

/**
 * Leases for one process: a double of what an engine gives to several.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerMemory: Layer.Layer<StoreLock> = Layer.sync(StoreLock, () => {
  const held = new Map<string, { readonly owner: string; readonly until: number }>()
  return StoreLock.of({
    take: ({ key, lease, owner }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const holder = held.get(key)
        const free = holder === undefined || holder.owner === owner || holder.until <= now
        if (free) {
          held.set(key, { owner, until: now + Duration.toMillis(lease) })
        }
        return free
      }),
    release: ({ key, owner }) =>
      Effect.sync(() => {
        if (held.get(key)?.owner === owner) {
          held.delete(key)
        }
      })
  })
})

const nameOfOwner = Effect.map(
  Random.nextIntBetween(0, 2 ** 48),
  (number) => number.toString(36).padStart(10, "0")
)

/**
 * Runs an effect while it has the lease of a key, which is renewed until the effect ends.
 *
 * A lease can be lost all the same, to a process that stood still for too long. The effect then goes on: what it
 * writes must be guarded by reading again first. Fails when the lease is not to be had within a minute.
 *
 * @since 0.2.0
 * @category combinators
 */
export const withLease = Effect.fnUntraced(function*<A, E, R>(
  self: Effect.Effect<A, E, R>,
  options: { readonly lock: Service; readonly key: string; readonly location: string }
): Effect.fn.Return<A, E | AuthStoreFailed, R> {
  const { key, location, lock } = options
  const claim: Claim = { key, owner: yield* nameOfOwner, lease }
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
