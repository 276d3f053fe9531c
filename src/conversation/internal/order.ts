/**
 * One turn at a time in each conversation, first in, first out; a conversation that rests costs nothing.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import * as Ref from "effect/Ref"
import * as Semaphore from "effect/Semaphore"
import * as Metrics from "../../internal/metrics.ts"
import type { UserId } from "../Message.ts"
import type { Appended } from "../Remembered.ts"
import { ConversationBusy } from "../TurnError.ts"

/** How the reading of an answer ended; `rounds`: it still wanted tools when it had no more rounds;
 * `approval`: it waits for somebody. */
export type End = "answered" | "stopped" | "cut" | "rounds" | "approval"

/** Whoever completes it first decides. */
export type Ending = Deferred.Deferred<End>

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

/** The order of all conversations; at most `waiting` turns of one wait for the one that runs. */
export const make = Effect.fnUntraced(function*(options: { readonly waiting: number }) {
  const conversations = yield* RcMap.make({
    lookup: (_: string) =>
      Effect.all({
        turn: Semaphore.make(1),
        // How many have a place: who runs, and who waits.
        seated: Ref.make(0),
        words: Semaphore.make(1),
        running: Ref.make(Option.none<Ending>())
      })
  })

  // A turn holds its conversation, and need not look for it once more.
  const wordsOf = new WeakMap<Ending, Semaphore.Semaphore>()

  /** The turns that run or wait, and of which users what they say is not to be kept. */
  const places = new Map<Ending, Set<UserId>>()

  /** Waits for its turn, or fails when too many are waiting. Nothing is reserved before this runs. */
  const inOrder = <A, E, R>(
    conversation: string,
    use: (ending: Ending) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | ConversationBusy, R> =>
    Effect.scoped(Effect.gen(function*() {
      const { running, seated, turn, words } = yield* RcMap.get(conversations, conversation)
      const before = yield* Effect.acquireRelease(
        Ref.getAndUpdate(seated, (all) => all + 1),
        () => Ref.update(seated, (all) => all - 1)
      )
      if (before > options.waiting) return yield* new ConversationBusy({ waiting: options.waiting })
      const ending = yield* Effect.acquireRelease(
        Effect.tap(Deferred.make<End>(), (ending) => Effect.sync(() => places.set(ending, new Set()))),
        (ending) => Effect.sync(() => places.delete(ending))
      )
      wordsOf.set(ending, words)
      const run = Effect.acquireUseRelease(
        Ref.set(running, Option.some(ending)),
        () => use(ending),
        () => Ref.set(running, Option.none())
      )
      // Whoever finds nobody here does not wait.
      return yield* before === 0
        ? turn.withPermit(run)
        : waiting((begins) => turn.withPermit(Effect.andThen(begins, run)))
    }))

  /** True when a turn was running and ends because of this call. */
  const stop = (conversation: string): Effect.Effect<boolean> =>
    Effect.scoped(Effect.gen(function*() {
      const held = yield* RcMap.getOption(conversations, conversation)
      if (Option.isNone(held)) return false
      const ending = yield* Ref.get(held.value.running)
      return Option.isSome(ending) && (yield* Deferred.succeed(ending.value, "stopped"))
    }))

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
    Effect.scoped(Effect.flatMap(RcMap.get(conversations, conversation), ({ words }) => words.withPermit(use)))

  /** Forgets the words of a conversation, those of the turn that runs included. */
  const forget = <A, E, R>(conversation: string, clear: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.scoped(Effect.gen(function*() {
      const { running, words } = yield* RcMap.get(conversations, conversation)
      const ending = yield* Ref.get(running)
      if (Option.isSome(ending)) forgotten.add(ending.value)
      return yield* words.withPermit(clear)
    }))

  return {
    inOrder,
    stop,
    alone,
    keep,
    withWords,
    forget,
    forgetUser,
    isUserForgotten,
    busy: Effect.map(RcMap.keys(conversations), (keys): ReadonlyArray<string> => [...keys])
  }
})

/** What `make` makes. */
export type Order = Effect.Success<ReturnType<typeof make>>
