/**
 * Who may change a store that several machines share: a lease, which ends by itself when its holder is gone.
 *
 * A service has two small operations, so that any engine with an atomic "set if absent or mine" can give it.
 * Waiting, renewing and giving back are ours: whoever gives the two operations gives all of it.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AuthStoreFailed } from "./AuthError.ts"

/**
 * The owner that takes a lease, and for how long.
 *
 * @since 0.1.0
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
 * @since 0.1.0
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
 * @since 0.1.0
 * @category services
 */
export class StoreLock extends Context.Service<StoreLock, Service>()("effect-codex/StoreLock") {}

/**
 * Leases for one process: a double of what an engine gives to several.
 *
 * @since 0.1.0
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
