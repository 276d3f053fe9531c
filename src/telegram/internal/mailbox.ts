/**
 * A mailbox for each key: what comes first is answered first, one at a time, and no more of all of them at once than can
 * be borne. A mailbox that is empty does not exist.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Semaphore from "effect/Semaphore"

/** How entries are kept and answered. */
export interface Options<A> {
  /** How many of one key may wait for the one that runs. */
  readonly waiting: number
  /** How many turns run at once, over all keys. */
  readonly concurrency: number
  /** Answers an entry; it has no failure left to tell. */
  readonly turn: (entry: A) => Effect.Effect<void>
  /** Tells the chat of an entry that will not be answered any more; asked once for each key. */
  readonly forsaken: (entry: A) => Effect.Effect<void>
}

// Telegram sends an update again for a day; so many of the last ones are remembered.
const remembered = 10_000

interface Box<A> {
  readonly waiting: Array<A>
  readonly empty: Deferred.Deferred<void>
}

/** Mailboxes that end with the scope: what runs is interrupted, what waits is forsaken. */
export const make = Effect.fnUntraced(function*<A>(options: Options<A>) {
  // Plain variables: what changes them runs without a pause.
  const boxes = new Map<string, Box<A>>()
  const seen = new Set<string>()
  const permits = yield* Semaphore.make(options.concurrency)
  const workers = yield* FiberSet.make<void>()
  const run = yield* FiberSet.runtime(workers)()

  const remember = (id: string): void => {
    seen.add(id)
    if (seen.size <= remembered) return
    for (const oldest of seen) {
      seen.delete(oldest)
      return
    }
  }

  /** Answers what is in a mailbox, and does away with it in the same step that finds it empty. */
  const work = (key: string, box: Box<A>): Effect.Effect<void> => {
    let isAnswering = false
    const one = permits.withPermit(Effect.suspend(() => {
      const entry = box.waiting.shift()
      if (entry === undefined) return Effect.void
      isAnswering = true
      return Effect.catchDefect(
        options.turn(entry),
        (defect) => Effect.logError("A prompt could not be answered.", defect)
      )
    }))
    const hasMore = (): boolean => {
      isAnswering = false
      if (box.waiting.length > 0) return true
      boxes.delete(key)
      return false
    }
    return Effect.repeat(one, { while: hasMore }).pipe(
      // A turn that is interrupted tells its end itself.
      Effect.onInterrupt(() => {
        const [first] = box.waiting
        return isAnswering || first === undefined ? Effect.void : options.forsaken(first)
      }),
      Effect.ensuring(Deferred.succeed(box.empty, undefined))
    )
  }

  return {
    /** Takes an entry, in the order of the calls. */
    offer: (key: string, id: string, entry: A) =>
      Effect.sync((): "accepted" | "seen" | "full" => {
        if (seen.has(id)) return "seen"
        const box = boxes.get(key) ?? { waiting: [], empty: Deferred.makeUnsafe<void>() }
        if (box.waiting.length >= options.waiting + (boxes.has(key) ? 0 : 1)) return "full"
        remember(id)
        box.waiting.push(entry)
        if (!boxes.has(key)) {
          boxes.set(key, box)
          run(work(key, box))
        }
        return "accepted"
      }),
    /** Drops what waits, and says how much it was. */
    clear: (key: string) => Effect.sync(() => boxes.get(key)?.waiting.splice(0).length ?? 0),
    /** Waits until a mailbox is empty and its last turn is over. */
    rests: (key: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        const box = boxes.get(key)
        return box === undefined ? Effect.void : Deferred.await(box.empty)
      }),
    /** Waits until all of them are. */
    drained: FiberSet.awaitEmpty(workers)
  }
})
