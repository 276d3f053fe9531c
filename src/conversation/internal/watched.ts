/**
 * A reading that is looked after: until it is over, until its turn is decided, or until its time is up.
 *
 * It waits by callbacks for what would be a race of three fibers, a tenth of the steps of a small turn.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { StreamInterrupted } from "../../backend/BackendError.ts"
import type { Ending } from "./order.ts"

/** How a reading ended: one that nobody interrupted, and that is interrupted all the same, has broken off. */
const endOf = <E>(exit: Exit.Exit<void, E>): Exit.Exit<void, E | StreamInterrupted> =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    ? Exit.fail(new StreamInterrupted({ problem: "closed early" }))
    : exit

/**
 * Reads while `watch` looks on. It fails as the reading or the watch does, and is broken off when something else than an
 * answer is decided: what is whole comes to its end by itself, and is no interruption in a trace.
 */
export const read = <E, E2, R, R2>(
  reading: Effect.Effect<void, E, R>,
  watch: Effect.Effect<void, E2, R2>,
  ending: Ending
): Effect.Effect<void, E | E2 | StreamInterrupted, R | R2> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkChild(reading, { startImmediately: true }), (reader) => {
      const already = reader.pollUnsafe()
      return already !== undefined
        ? endOf(already)
        : Effect.flatMap(
          Effect.forkChild(watch, { startImmediately: true }),
          (watcher) =>
            restore(Effect.callback<void, E | E2 | StreamInterrupted>((resume) => {
              ending.tell((end) => {
                if (end !== "answered") {
                  resume(Effect.void)
                }
              })
              reader.addObserver((exit) => resume(endOf(exit)))
              watcher.addObserver((exit) => {
                if (Exit.isFailure(exit)) {
                  resume(exit)
                }
              })
            })).pipe(
              Effect.ensuring(Effect.suspend(() =>
                reader.pollUnsafe() === undefined
                  ? Fiber.interruptAll([reader, watcher])
                  : Fiber.interrupt(watcher)
              ))
            )
        )
    })
  )
