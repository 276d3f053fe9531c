/**
 * The time by which pieces are ordered and waited for: that of the wall, but it never goes back while anything waits.
 *
 * A machine's clock is put back, and machines differ: what came later would be answered first, and what waits for more
 * would wait for as long as the clock was put back.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A time of its own. */
export interface Steady {
  readonly now: Effect.Effect<number>
  /** What is older was found again. */
  readonly since: () => number
  /** Goes on behind a time that was found again: whoever wrote it down may have had another clock. */
  readonly goBehind: (at: number) => void
}

/** Begins now. It is the wall's again when nothing waits. */
export const make = (isResting: () => boolean): Effect.Effect<Steady> =>
  Clock.clockWith((clock) =>
    Effect.sync(() => {
      const elapsed = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
      let last = clock.currentTimeMillisUnsafe()
      let lastElapsed = elapsed()
      let since = last
      let ahead = 0
      return {
        now: Effect.sync(() => {
          const wall = clock.currentTimeMillisUnsafe()
          const before = lastElapsed
          lastElapsed = elapsed()
          if (isResting()) {
            ahead = 0
            since = Math.min(since, wall)
          } else if (wall + ahead < last) ahead = last + lastElapsed - before - wall
          last = wall + ahead
          return last
        }),
        since: () => since,
        goBehind: (at) => {
          if (at <= last) return
          last = at + 1
          since = last
        }
      }
    })
  )
