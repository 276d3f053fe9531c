/**
 * Which updates have come before. By a set, and not by what is greater than the last: after a week without any, Telegram
 * goes on with a number by chance.
 */

/** The updates that have come. */
export interface Seen {
  readonly has: (id: string) => boolean
  readonly add: (id: string) => void
  readonly remove: (id: string) => void
}

// Telegram sends an update again for a day; so many of the last ones are remembered.
const remembered = 10_000

/** Remembers the last ten thousand. */
export const make = (): Seen => {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id)
      if (ids.size <= remembered) return
      for (const oldest of ids) {
        ids.delete(oldest)
        return
      }
    },
    remove: (id) => {
      ids.delete(id)
    }
  }
}
