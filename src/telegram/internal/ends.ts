/**
 * The end of each thing that is here, for whoever waits for it: a row may be handed over when its thing has ended already.
 */
import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"

/** Ends, by what they are the end of. */
export interface Ends<K> {
  /** The end of something that is here, or was of late. */
  readonly of: (key: K) => Deferred.Deferred<void> | undefined
  /** Something is here from now on. */
  readonly begin: (key: K) => Deferred.Deferred<void>
  /** Something has ended. */
  readonly end: (key: K) => void
  readonly keys: () => ReadonlyArray<K>
}

/** Of what has ended, the last so many are known again. */
export const make = <K>(remembered: number): Ends<K> => {
  const ends = new Map<K, Deferred.Deferred<void>>()
  const over: Array<K> = []
  return {
    of: (key) => ends.get(key),
    begin: (key) => {
      const end = Deferred.makeUnsafe<void>()
      ends.set(key, end)
      return end
    },
    end: (key) => {
      const end = ends.get(key)
      if (end !== undefined) Deferred.doneUnsafe(end, Exit.void)
      over.push(key)
      for (const oldest of over.splice(0, Math.max(0, over.length - remembered))) ends.delete(oldest)
    },
    keys: () => [...ends.keys()]
  }
}
