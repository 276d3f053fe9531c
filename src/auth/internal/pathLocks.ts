/**
 * One semaphore for each real path in this process, so that two stores on one file still take turns.
 *
 * An entry lives as long as a scope that asked for it.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

interface Entry {
  readonly semaphore: Semaphore.Semaphore
  holders: number
}

const entries = new Map<string, Entry>()

/** The semaphore of a path, shared with everybody who asks for the same one. */
export const semaphoreFor = (realPath: string): Effect.Effect<Semaphore.Semaphore, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const entry = entries.get(realPath) ?? { semaphore: Semaphore.makeUnsafe(1), holders: 0 }
      entry.holders++
      entries.set(realPath, entry)
      return entry
    }),
    (entry) =>
      Effect.sync(() => {
        entry.holders--
        if (entry.holders === 0) {
          entries.delete(realPath)
        }
      })
  ).pipe(Effect.map((entry) => entry.semaphore))

/** How many paths somebody holds on to. */
export const count: Effect.Effect<number> = Effect.sync(() => entries.size)
