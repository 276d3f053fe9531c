/**
 * The clock of one request: what it waits for, since when, and how much of the limit for a beginning is left.
 *
 * One fiber watches an exchange from its beginning to its end, and ends the wait of the moment. A race for each chunk
 * would need two fibers and a timer; a queue between an exchange and its reader needs three fibers and a turn of the
 * event loop for each chunk.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { RequestTimedOut } from "../BackendError.ts"

export interface Bounds {
  readonly connect: Duration.Duration
  readonly idle: Duration.Duration
  readonly request: Duration.Duration
}

const timedOut = (phase: RequestTimedOut["phase"], after: Duration.Duration) => new RequestTimedOut({ phase, after })

/** The watch of one request. */
export const make = (clock: Clock.Clock, bounds: Bounds) => {
  const connect = Duration.toMillis(bounds.connect)
  const idle = Duration.toMillis(bounds.idle)
  let left = Duration.toMillis(bounds.request)
  let waitsFor: "head" | "body" | "reader" = "head"
  let since = clock.currentTimeMillisUnsafe()
  let giveUp: (failure: RequestTimedOut) => void = () => {}

  const change = (to: typeof waitsFor): void => {
    const now = clock.currentTimeMillisUnsafe()
    if (waitsFor === "head") left -= now - since
    waitsFor = to
    since = now
  }

  /** Never succeeds; fails once somebody took longer than allowed. */
  const over: Effect.Effect<never, RequestTimedOut> = Effect.suspend(() => {
    const spent = clock.currentTimeMillisUnsafe() - since
    const rest = waitsFor === "head" ? Math.min(connect, left) - spent : waitsFor === "body" ? idle - spent : idle
    if (rest > 0) {
      // What is waited for changes meanwhile, so nobody sleeps longer than any silence may last.
      const pause = Math.min(rest, idle)
      return Number.isFinite(pause) ? Effect.andThen(Effect.sleep(pause), over) : Effect.never
    }
    if (waitsFor === "body") return Effect.fail(timedOut("idle", bounds.idle))
    return Effect.fail(left < connect ? timedOut("request", bounds.request) : timedOut("connect", bounds.connect))
  })

  /** Ends the wait of the moment once somebody took longer than allowed. */
  const run: Effect.Effect<void> = Effect.catch(over, (failure) => Effect.sync(() => giveUp(failure)))

  /** Waits for an effect, which is interrupted when the watch gives up. */
  const guarded = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | RequestTimedOut, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkChild(self, { startImmediately: true }), (fiber) =>
        fiber.pollUnsafe() ??
          restore(Effect.callback<A, E | RequestTimedOut>((resume) => {
            fiber.addObserver(resume)
            giveUp = (failure) => resume(Effect.andThen(Fiber.interrupt(fiber), Effect.fail(failure)))
            return Fiber.interrupt(fiber)
          })))
    )

  return {
    change,
    over,
    run,
    guarded,
    /** A pause that does not fit any more is not begun; one that does is paid for. */
    fits: (pause: Duration.Duration): boolean => Duration.toMillis(pause) < left
  }
}

/** What `make` makes. */
export type Watch = ReturnType<typeof make>
