/**
 * The queue of updates: what is not confirmed comes again, one poller at a time, nothing older than a day.
 *
 * Polls and the webhook both take from here; which of them may is decided in the module of the webhook.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { limits } from "./limits.ts"
import { refuse, type Refused } from "./refusals.ts"
import type { Update, UpdateKind } from "./types.ts"

/** What `getUpdates` was asked. */
export interface Poll {
  readonly offset: number
  readonly limit: number
  /** Seconds. */
  readonly timeout: number
  /** `undefined` keeps the last setting, an empty list means the default. */
  readonly allowed: ReadonlyArray<string> | undefined
}

/** An update that waits for the bot. */
export interface Pending {
  readonly at: number
  /** The chat that it came from; updates of one chat are delivered in order. */
  readonly chatId: number
  readonly update: Update
}

/** The queue. */
export interface Updates {
  readonly push: (at: number, chatId: number, kind: UpdateKind, body: unknown) => void
  readonly poll: (poll: Poll) => Effect.Effect<ReadonlyArray<Update>, Refused>
  /** Sets the kinds; an empty list means the default. */
  readonly allow: (kinds: ReadonlyArray<string>) => void
  /** The kinds that were set; empty for the default. */
  readonly allowed: () => ReadonlyArray<string>
  /** What waits at this time, oldest first. */
  readonly pending: (at: number) => ReadonlyArray<Pending>
  readonly confirm: (updateId: number) => void
  readonly size: () => number
  readonly clear: () => void
  /** Whether a poll is waiting now. */
  readonly isPolled: () => boolean
  /** Ends the poll that waits, because there is a webhook now. */
  readonly terminate: () => void
  /** Is told of each new update. */
  onPush: () => void
}

const retention = limits.retentionHours.most * 60 * 60 * 1000
const firstId = 700_000_001
/** Kinds that come only when they are asked for. */
const unusual = new Set(["chat_member", "message_reaction", "message_reaction_count"])

/** An empty queue; `onPoll` is told when a poll begins to wait. */
export const makeUpdates = (onPoll: () => void): Updates => {
  let pending: Array<Pending> = []
  let nextId = firstId
  let allowed = new Set<string>()
  let held: Deferred.Deferred<void, Refused> | undefined

  const release = (outcome: Effect.Effect<void, Refused>): void => {
    if (held === undefined) return
    const waiting = held
    held = undefined
    Deferred.doneUnsafe(waiting, outcome)
  }
  const confirmBefore = (offset: number): void => {
    if (offset > 0) pending = pending.filter(({ update }) => update.update_id >= offset)
    if (offset < 0) pending = pending.slice(offset)
  }
  const fresh = (at: number): ReadonlyArray<Pending> => {
    if (pending[0] !== undefined && at - pending[0].at >= retention) {
      pending = pending.filter((entry) => at - entry.at < retention)
    }
    return pending
  }
  const ready = (at: number, limit: number): ReadonlyArray<Update> =>
    fresh(at).slice(0, limit).map(({ update }) => update)

  const poll: Updates["poll"] = Effect.fnUntraced(function*({ allowed: kinds, limit, offset, timeout }) {
    release(Effect.fail(refuse("otherPoll")))
    if (kinds !== undefined) allowed = new Set(kinds)
    confirmBefore(offset)
    const now = ready(yield* Clock.currentTimeMillis, limit)
    if (now.length > 0 || timeout <= 0) return now
    const waiting = Deferred.makeUnsafe<void, Refused>()
    held = waiting
    onPoll()
    yield* Deferred.await(waiting).pipe(
      Effect.timeoutOrElse({
        duration: Math.min(timeout, limits.pollSeconds.most) * 1000,
        orElse: () => Effect.void
      }),
      // The client may hang up: then nobody polls any more.
      Effect.ensuring(Effect.sync(() => {
        if (held === waiting) held = undefined
      }))
    )
    return ready(yield* Clock.currentTimeMillis, limit)
  })

  const updates: Updates = {
    poll,
    push: (at, chatId, kind, body) => {
      if (allowed.size > 0 ? !allowed.has(kind) : unusual.has(kind)) return
      pending.push({ at, chatId, update: { update_id: nextId++, [kind]: body } })
      release(Effect.void)
      updates.onPush()
    },
    allow: (kinds) => {
      allowed = new Set(kinds)
    },
    allowed: () => [...allowed],
    pending: fresh,
    confirm: (updateId) => {
      pending = pending.filter(({ update }) => update.update_id !== updateId)
    },
    size: () => pending.length,
    clear: () => {
      pending = []
    },
    isPolled: () => held !== undefined,
    terminate: () => release(Effect.fail(refuse("pollEndedByWebhook"))),
    onPush: () => {}
  }
  return updates
}
