/**
 * The queue of updates and the long poll: offsets confirm, what is not confirmed comes again, one poller at a time.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { conflict, type Refused, type Update, type UpdateKind } from "./telegramTypes.ts"

/** What `getUpdates` was asked. */
export interface Poll {
  readonly offset: number
  readonly limit: number
  /** Seconds. */
  readonly timeout: number
  /** `undefined` keeps the last setting, an empty list means the default. */
  readonly allowed: ReadonlyArray<string> | undefined
}

/** The queue. */
export interface Updates {
  readonly push: (at: number, kind: UpdateKind, body: unknown) => void
  readonly poll: (poll: Poll) => Effect.Effect<ReadonlyArray<Update>, Refused>
  readonly allow: (kinds: ReadonlyArray<string>) => void
  readonly size: () => number
  readonly clear: () => void
  /** Whether a poll is waiting now. */
  readonly isPolled: () => boolean
  /** Ends the poll that waits, with a 409. */
  readonly terminate: (by: string) => void
}

const retention = 24 * 60 * 60 * 1000
const longestPoll = 50
const firstId = 700_000_001
const otherPoll = "terminated by other getUpdates request; make sure that only one bot instance is running"

/** An empty queue; `onPoll` is told when a poll begins to wait. */
export const makeUpdates = (onPoll: () => void): Updates => {
  let pending: Array<{ readonly at: number; readonly update: Update }> = []
  let nextId = firstId
  let allowed = new Set<string>()
  let held: Deferred.Deferred<void, Refused> | undefined

  const release = (outcome: Effect.Effect<void, Refused>): void => {
    if (held === undefined) return
    const waiting = held
    held = undefined
    Deferred.doneUnsafe(waiting, outcome)
  }
  const confirm = (offset: number): void => {
    if (offset > 0) pending = pending.filter(({ update }) => update.update_id >= offset)
    if (offset < 0) pending = pending.slice(offset)
  }
  const ready = (at: number, limit: number): ReadonlyArray<Update> => {
    pending = pending.filter((entry) => at - entry.at < retention)
    return pending.slice(0, limit).map(({ update }) => update)
  }

  const poll: Updates["poll"] = Effect.fnUntraced(function*({ allowed: kinds, limit, offset, timeout }) {
    release(Effect.fail(conflict(otherPoll)))
    if (kinds !== undefined) allowed = new Set(kinds)
    confirm(offset)
    const now = ready(yield* Clock.currentTimeMillis, limit)
    if (now.length > 0 || timeout <= 0) return now
    const waiting = Deferred.makeUnsafe<void, Refused>()
    held = waiting
    onPoll()
    yield* Deferred.await(waiting).pipe(
      Effect.timeoutOrElse({ duration: Math.min(timeout, longestPoll) * 1000, orElse: () => Effect.void }),
      // The client may hang up: then nobody polls any more.
      Effect.ensuring(Effect.sync(() => {
        if (held === waiting) held = undefined
      }))
    )
    return ready(yield* Clock.currentTimeMillis, limit)
  })

  return {
    poll,
    push: (at, kind, body) => {
      if (allowed.size > 0 && !allowed.has(kind)) return
      pending.push({ at, update: { update_id: nextId++, [kind]: body } })
      release(Effect.void)
    },
    allow: (kinds) => {
      allowed = new Set(kinds)
    },
    size: () => pending.length,
    clear: () => {
      pending = []
    },
    isPolled: () => held !== undefined,
    terminate: (by) => release(Effect.fail(conflict(`terminated by ${by}`)))
  }
}
