/**
 * The reading of an answer, and what is done beside it: typing, previews, and a look at whether anybody is left to read.
 *
 * Whoever leaves is heard of by a call, and what is done beside begins when there is something to do: a race of all of
 * them took eight fibers for an answer that is there at once, and a quarter of its time.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Departures from "../../internal/departures.ts"
import type { TelegramFailed } from "../../TelegramError.ts"

/** One reading that is looked after. */
export interface Watching {
  /** Ends the reading: nobody will read the rest, and it costs. */
  readonly leave: (why: TelegramFailed) => void
  /** Does something for as long as the reading lasts, as a part of it; when it breaks, so does the reading. */
  readonly beside: (work: Effect.Effect<unknown>) => Effect.Effect<void>
  /** Reads to the end, or until nobody is left; then it gives why. */
  readonly read: <E>(reading: Effect.Effect<void, E>) => Effect.Effect<TelegramFailed | undefined, E>
}

/** Looks after a reading. */
export const make = (readers: Departures.Watch): Watching => {
  let end: (how: Exit.Exit<TelegramFailed>) => void = (how) => {
    ended = how
  }
  let ended: Exit.Exit<TelegramFailed> | undefined
  const leave = (why: TelegramFailed): void => end(Exit.succeed(why))

  return {
    leave,
    beside: (work) =>
      Effect.map(Effect.forkChild(work), (fiber) => {
        fiber.addObserver((exit) => {
          if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) end(Exit.failCause(exit.cause))
        })
      }),
    read: <E>(reading: Effect.Effect<void, E>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Effect.forkChild(reading, { startImmediately: true }), (reader) => {
          let unwatch = (): void => {}
          return restore(Effect.callback<TelegramFailed | undefined, E>((resume) => {
            if (ended !== undefined) return resume(ended)
            end = resume
            unwatch = readers.watch(() => leave(Departures.left))
            reader.addObserver((exit) => resume(Exit.map(exit, () => undefined)))
          })).pipe(
            Effect.ensuring(Effect.suspend(() => {
              unwatch()
              return reader.pollUnsafe() === undefined ? Fiber.interrupt(reader) : Effect.void
            }))
          )
        })
      )
  }
}
