/**
 * A lock between processes: whoever has a transaction open on a small SQLite file holds it.
 *
 * Node has no `flock`, but it brings SQLite along, and SQLite locks its file through the operating system
 * (`fcntl` or `LockFileEx`, which network file systems carry too). The system gives the lock back the moment its
 * holder dies, in whatever way, and not before. So there is no age to judge and no stale lock to break. The
 * file stays empty, holds nothing, and is never deleted: deleting one that is held would make a second lock.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** Somebody else holds the lock. */
class LockBusy extends Schema.TaggedError<LockBusy>()("LockBusy", {}) {}

/** There is no such lock here: the folder is read-only, or the file system knows no locks. */
class LockUnavailable extends Schema.TaggedError<LockUnavailable>()("LockUnavailable", { problem: Schema.String }) {}

/** How long a lock is waited for. Longer than a refresh may take, so that only a holder that hangs is given up. */
const longestWait = Duration.minutes(1)

const pause = Duration.millis(50)

// Loaded at the first need: Node 22 calls the module experimental as soon as it is loaded.
const sqlite = Effect.tryPromise({
  try: () => import("node:sqlite"),
  catch: () => new LockUnavailable({ problem: "this runtime has no node:sqlite" })
})

// Without a journal on disk nothing but the lock file itself ever appears.
const begin = "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE"

// SQLite's result codes carry a detail above their lowest byte.
const busy = 5

const refused = (cause: unknown): LockBusy | LockUnavailable => {
  const code = Predicate.hasProperty(cause, "errcode") && Predicate.isNumber(cause.errcode) ? cause.errcode & 0xff : 0
  return code === busy ? new LockBusy() : new LockUnavailable({ problem: `SQLite error ${code}` })
}

interface Lock {
  readonly release: Effect.Effect<void>
}

const unlocked: Lock = { release: Effect.void }

/** Takes the lock, or fails at once. */
const take = (path: string): Effect.Effect<Lock, LockBusy | LockUnavailable> =>
  Effect.gen(function*() {
    const { DatabaseSync } = yield* sqlite
    const database = yield* Effect.try({ try: () => new DatabaseSync(path), catch: refused })
    const release = Effect.sync(() => database.close())
    yield* Effect.try({ try: () => database.exec(begin), catch: refused }).pipe(
      Effect.onError(() => release)
    )
    return { release }
  })

/** Where a lock can lie, if it can. */
type Place = Effect.Effect<Option.Option<string>>

/** Takes the lock at the first of the places where there can be one. */
const takeAt = ([first, ...rest]: ReadonlyArray<Place>): Effect.Effect<Lock, LockBusy | LockUnavailable> =>
  first === undefined
    ? Effect.fail(new LockUnavailable({ problem: "no place is left" }))
    : Effect.flatMap(first, (path) =>
      Option.isNone(path)
        ? takeAt(rest)
        : Effect.catchTag(take(path.value), "LockUnavailable", ({ problem }) =>
          Effect.andThen(Effect.logDebug(`No lock at ${path.value}: ${problem}.`), takeAt(rest))))

/** How a lock is taken. */
interface Options<E> {
  readonly places: ReadonlyArray<Place>
  /** What it fails with when the lock is not to be had in time. */
  readonly onBusy: E
  /** Runs where there can be no lock at all, before it goes on without one. */
  readonly onNone: Effect.Effect<void>
  /** How long the lock is waited for. Default: a minute. */
  readonly longest?: Duration.Duration
  /** Runs once when somebody else has it. Default: nothing. */
  readonly onWait?: Effect.Effect<void>
}

/** Takes the lock as soon as it is free; who is interrupted while waiting has none. */
const taken = Effect.fnUntraced(function*<E>(
  { longest = longestWait, onBusy, onNone, onWait = Effect.void, places }: Options<E>,
  restore: <A, E2, R>(self: Effect.Effect<A, E2, R>) => Effect.Effect<A, E2, R>
): Effect.fn.Return<Lock, E> {
  const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(longest)
  const again = Effect.fnUntraced(function*(): Effect.fn.Return<Lock, E> {
    if ((yield* Clock.currentTimeMillis) >= deadline) return yield* Effect.fail(onBusy)
    yield* restore(Effect.sleep(pause))
    return yield* once(Effect.void)
  })
  const once = (first: Effect.Effect<void>): Effect.Effect<Lock, E> =>
    Effect.catchTags(takeAt(places), {
      LockBusy: () => Effect.andThen(first, again()),
      LockUnavailable: () => Effect.as(onNone, unlocked)
    })
  return yield* once(onWait)
})

/**
 * Runs an effect while nobody else runs one with the lock, in this process or in another.
 *
 * Fails with `onBusy` when the lock is not to be had in time. Where there can be none at all, `onNone` runs
 * first, and then the effect without a lock: what it writes is guarded by reading again before.
 */
export const withFileLock = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  options: Options<E2>
): Effect.Effect<A, E | E2, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(taken(options, restore), (lock) => restore(self).pipe(Effect.ensuring(lock.release)))
  )

/** Has the lock as long as the scope. */
export const holdFileLock = <E>(options: Options<E>): Effect.Effect<void, E, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(taken(options, restore), (lock) => Effect.addFinalizer(() => lock.release))
  )
