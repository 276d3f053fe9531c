/**
 * One turn at a time in each conversation, first in, first out; a conversation that rests costs nothing.
 *
 * What is known of a conversation is plain and counted by hand: each turn comes through here, and an `RcMap` of `Ref`s took
 * a fiber and seventy steps of Effect of it, which is a twelfth of a small turn.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Metrics from "../../internal/metrics.ts"
import type { UserId } from "../Message.ts"
import type { Appended } from "../Remembered.ts"
import { ConversationBusy } from "../TurnError.ts"

/** How the reading of an answer ended; `rounds`: it still wanted tools when it had no more rounds;
 * `approval`: it waits for somebody. */
export type End = "answered" | "stopped" | "cut" | "rounds" | "approval"

/**
 * How a turn ends. Whoever decides first decides; it is told at once, where a `Deferred` would need a fiber of each turn
 * that waits for it.
 */
export interface Ending {
  /** True when this decides. */
  readonly decide: (end: End) => boolean
  readonly decided: () => End | undefined
  /** Tells who looks after the turn, at once if it is decided; in place of whoever did before. */
  readonly tell: (listener: (end: End) => void) => void
}

/** Nothing is decided yet. */
export const makeEnding = (): Ending => {
  let decided: End | undefined
  let told: ((end: End) => void) | undefined
  return {
    decide: (end) => {
      if (decided !== undefined) return false
      decided = end
      told?.(end)
      return true
    },
    decided: () => decided,
    tell: (listener) => {
      told = listener
      if (decided !== undefined) listener(decided)
    }
  }
}

/** Counts who waits until it begins, or goes. */
const waiting = <A, E, R>(use: (begins: Effect.Effect<void>) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let isWaiting = true
    const over = Effect.suspend(() => {
      if (!isWaiting) return Effect.void
      isWaiting = false
      return Metrics.queued("conversation", -1)
    })
    return Effect.andThen(Metrics.queued("conversation", 1), Effect.ensuring(use(over), over))
  })

/** A conversation, as long as anybody holds it. */
interface Room {
  readonly turn: Semaphore.Semaphore
  readonly words: Semaphore.Semaphore
  holders: number
  /** How many have a place: who runs, and who waits. */
  seated: number
  running: Ending | undefined
}

/** The order of all conversations; at most `waiting` turns of one wait for the one that runs. */
export const make = (options: { readonly waiting: number }) => {
  const rooms = new Map<string, Room>()

  const enter = (conversation: string): Room => {
    const room = rooms.get(conversation) ?? {
      turn: Semaphore.makeUnsafe(1),
      words: Semaphore.makeUnsafe(1),
      holders: 0,
      seated: 0,
      running: undefined
    }
    room.holders++
    rooms.set(conversation, room)
    return room
  }

  const leave = (conversation: string, room: Room): void => {
    room.holders--
    if (room.holders === 0) rooms.delete(conversation)
  }

  /** Holds a conversation while it is used. */
  const held = <A, E, R>(conversation: string, use: (room: Room) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => enter(conversation)),
      use,
      (room) => Effect.sync(() => leave(conversation, room))
    )

  // A turn holds its conversation, and need not look for it once more.
  const wordsOf = new WeakMap<Ending, Semaphore.Semaphore>()

  /** The turns that run or wait, and of which users what they say is not to be kept. */
  const places = new Map<Ending, Set<UserId>>()

  /** Waits for its turn, or fails when too many are waiting. Nothing is reserved before this runs. */
  const inOrder = <A, E, R>(
    conversation: string,
    use: (ending: Ending) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | ConversationBusy, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const room = enter(conversation)
        const ending = makeEnding()
        places.set(ending, new Set())
        wordsOf.set(ending, room.words)
        return { room, ending, before: room.seated++ }
      }),
      ({ before, ending, room }): Effect.Effect<A, E | ConversationBusy, R> => {
        if (before > options.waiting) return Effect.fail(new ConversationBusy({ waiting: options.waiting }))
        const run = Effect.suspend(() => {
          room.running = ending
          return use(ending)
        })
        // Whoever finds nobody here does not wait.
        return before === 0
          ? room.turn.withPermit(run)
          : waiting((begins) => room.turn.withPermit(Effect.andThen(begins, run)))
      },
      ({ ending, room }) =>
        Effect.sync(() => {
          if (room.running === ending) room.running = undefined
          room.seated--
          places.delete(ending)
          leave(conversation, room)
        })
    )

  /** True when a turn was running and ends because of this call. */
  const stop = (conversation: string): Effect.Effect<boolean> =>
    Effect.sync(() => rooms.get(conversation)?.running?.decide("stopped") === true)

  const forgotten = new WeakSet<Ending>()

  /** Reads the words of a turn's conversation, or writes them, one after the other: a slow store keeps no order of its own. */
  const alone = <A, E, R>(ending: Ending, use: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    wordsOf.get(ending)?.withPermit(use) ?? use

  const writers = new Map<Ending, UserId | undefined>()

  /** Whether a user was forgotten while a turn of theirs ran or waited. */
  const isUserForgotten = (ending: Ending, user: UserId | undefined): boolean =>
    user !== undefined && places.get(ending)?.has(user) === true

  /**
   * Writes what a turn of a user has said, unless its conversation or its user was forgotten meanwhile; says whether it is
   * kept, or who was forgotten.
   */
  const keep = <E, R>(
    ending: Ending,
    user: UserId | undefined,
    write: Effect.Effect<Appended, E, R>
  ): Effect.Effect<"kept" | "dropped" | "forgotten", E, R> =>
    alone(
      ending,
      Effect.suspend(() => {
        if (forgotten.has(ending) || isUserForgotten(ending, user)) return Effect.succeed("dropped" as const)
        writers.set(ending, user)
        return Effect.map(
          Effect.ensuring(write, Effect.sync(() => writers.delete(ending))),
          (appended) => appended === "forgotten" ? appended : "kept"
        )
      })
    )

  /** Forgets the words of a user, those included that turns of theirs are about to keep, in whatever conversation. */
  const forgetUser = <A, E, R>(user: UserId, clear: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      for (const users of places.values()) users.add(user)
      const writing = [...writers].flatMap(([ending, writer]) => writer === user ? [ending] : [])
      return Effect.andThen(Effect.forEach(writing, (ending) => alone(ending, Effect.void), { discard: true }), clear)
    })

  /** Reads or writes the words of any conversation, while no turn of it does. */
  const withWords = <A, E, R>(conversation: string, use: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    held(conversation, ({ words }) => words.withPermit(use))

  /** Forgets the words of a conversation, those of the turn that runs included. */
  const forget = <A, E, R>(conversation: string, clear: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    held(conversation, ({ running, words }) => {
      if (running !== undefined) forgotten.add(running)
      return words.withPermit(clear)
    })

  return {
    inOrder,
    stop,
    alone,
    keep,
    withWords,
    forget,
    forgetUser,
    isUserForgotten,
    busy: Effect.sync((): ReadonlyArray<string> => [...rooms.keys()])
  }
}

/** What `make` makes. */
export type Order = ReturnType<typeof make>
