/**
 * The items of the last answers, for clients that name an item by its id in place of sending it.
 *
 * The backend stores nothing, and some clients (the AI SDK) rely on it that it does, unless they are told.
 */

/** The items of the last answers, by id. */
export interface Items {
  readonly get: (id: unknown) => unknown
  readonly keep: (item: Readonly<Record<string, unknown>>) => void
}

// A tool loop of hundreds of steps; a picture in each would be some hundred megabytes.
const most = 1000

export const make = (): Items => {
  const kept = new Map<unknown, unknown>()
  return {
    get: (id) => kept.get(id),
    keep: (item) => {
      const id = item["id"]
      if (typeof id !== "string") return
      kept.delete(id)
      kept.set(id, item)
      const oldest = kept.keys().next()
      if (kept.size > most && oldest.done !== true) kept.delete(oldest.value)
    }
  }
}
