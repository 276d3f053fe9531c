/**
 * One update is handed over: it is taken, it cannot be taken now, or it breaks and is left.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { TurnsUnavailable } from "../Turns.ts"

/** Takes an update over, and returns as soon as it is sure to be answered. */
export type Handle<R> = (update: unknown) => Effect.Effect<unknown, TurnsUnavailable, R>

/** Handing over is a matter of a moment. */
const longest = Duration.seconds(20)

/**
 * Hands an update over; gives why it cannot be taken now.
 *
 * It runs of its own: who is interrupted meanwhile lets it come to its end, and one that hangs is given up. What breaks is
 * logged, and counts as taken: it would break again.
 */
export const offer = <R>(
  handle: Handle<R>,
  update: unknown
): Effect.Effect<Option.Option<TurnsUnavailable>, never, R> =>
  Effect.forkDetach(Effect.timeout(Effect.suspend(() => handle(update)), longest), { startImmediately: true }).pipe(
    Effect.flatMap(Fiber.await),
    Effect.uninterruptible,
    Effect.flatMap((exit) => {
      if (Exit.isSuccess(exit)) return Effect.succeedNone
      const failure = Cause.findErrorOption(exit.cause)
      if (Option.isSome(failure) && failure.value._tag === "TurnsUnavailable") return Effect.succeedSome(failure.value)
      return Cause.hasInterruptsOnly(exit.cause)
        ? Effect.succeedSome(new TurnsUnavailable({ reason: "closing" }))
        : Effect.as(Effect.logError("An update could not be handled.", exit.cause), Option.none())
    })
  )

/** The same, of which nobody waits for the end when it is given up: a dead connection may not let itself be closed. */
export const abandonable = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      Effect.forkDetach(self, { startImmediately: true }),
      (fiber) => Effect.onInterrupt(restore(Fiber.join(fiber)), () => Effect.forkDetach(Fiber.interrupt(fiber)))
    )
  )
