/**
 * How a request is tried: under every limit of time, and again where its failure may pass.
 *
 * One fiber watches an exchange from its beginning to its end, and ends the wait of the moment. A race for each chunk
 * would need two fibers and a timer; a queue between an exchange and its reader needs three fibers and a turn of the
 * event loop for each chunk.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Retryable } from "../../Failure.ts"
import { pullIn } from "../../internal/pullIn.ts"
import { RequestTimedOut } from "../BackendError.ts"
import type { ExchangeEvent, Restarted } from "../ResponseEvent.ts"
import * as Observing from "./observing.ts"

/** How long somebody may take. */
export interface Bounds {
  readonly connect: Duration.Duration
  readonly idle: Duration.Duration
  readonly request: Duration.Duration
}

const timedOut = (phase: RequestTimedOut["phase"], after: Duration.Duration) => new RequestTimedOut({ phase, after })

/** The clock of one request: what it waits for, since when, and how much of the limit for a beginning is left. */
const watchOf = (clock: Clock.Clock, bounds: Bounds) => {
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

type Watch = ReturnType<typeof watchOf>

const isTimedOut = Schema.is(RequestTimedOut)

/** Whether somebody may keep what an event gives, so that it has to be taken back when the answer starts over. */
const isGiven = (event: ExchangeEvent): boolean => {
  switch (event._tag) {
    case "Opened":
    case "Alive":
    case "Started":
    case "QuotaSeen":
    case "ReasoningDelta":
      return false
    case "TextDelta":
      return event.phase !== "commentary"
    default:
      return true
  }
}

/** Tries as a schedule says, within bounds. */
export const make = (schedule: Schedule.Schedule<unknown, Retryable>, bounds: Bounds) => {
  // No schedule helps against a failure that will not pass.
  const within = (watch: Watch) =>
    Schedule.while(schedule, ({ duration, input }) => input.isRetryable && watch.fits(duration))

  const effect = <A, E extends Retryable, R>(
    attempt: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | RequestTimedOut, R> =>
    Clock.clockWith((clock) => {
      const watch = watchOf(clock, bounds)
      return Effect.suspend(() => {
        watch.change("head")
        return Effect.raceFirst(attempt, watch.over)
      }).pipe(
        Effect.onError(() => Effect.sync(() => watch.change("head"))),
        Effect.retry(Schedule.tap(within(watch), Observing.retried))
      )
    })

  const pullOf = <E extends Retryable, R>(
    attempt: Stream.Stream<ExchangeEvent, E, R>,
    scope: Scope.Scope,
    watch: Watch,
    policy: (failure: Retryable) => Pull.Pull<unknown, never, unknown>
  ): Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent | Restarted>, E | RequestTimedOut, void, R> => {
    type Events = Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent>, E, void, R>
    let exchange: Scope.Closeable | undefined
    let pull: Events | undefined
    let hasGiven = false
    let hasCall = false

    const open = Effect.suspend(() => {
      const opened = Scope.forkUnsafe(scope)
      const begin: Events = Effect.flatMap(pullIn(attempt, opened), (found) => pull = found)
      exchange = opened
      watch.change("head")
      return Effect.andThen(
        Effect.forkIn(watch.run, opened, { startImmediately: true }),
        watch.guarded(begin)
      )
    })
    const close = <A, E2>(exit: Exit.Exit<A, E2>): Effect.Effect<void> => {
      const open = exchange
      exchange = undefined
      pull = undefined
      return open === undefined ? Effect.void : Scope.close(open, exit)
    }
    const again = (failure: E | RequestTimedOut) =>
      Effect.flatMap(
        hasCall ? Effect.fail(failure) : Pull.catchDone(policy(failure), () => Effect.fail(failure)),
        () => {
          if (!hasGiven) return next
          hasGiven = false
          watch.change("reader")
          return Effect.succeed(Arr.of<ExchangeEvent | Restarted>({ _tag: "Restarted" }))
        }
      )

    const next: Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent | Restarted>, E | RequestTimedOut, void, R> = Pull
      .matchEffect(
        Effect.suspend(() => {
          if (pull === undefined) return open
          watch.change("body")
          return watch.guarded(pull)
        }),
        {
          onSuccess: (events) => {
            for (const event of events) {
              hasGiven ||= isGiven(event)
              hasCall ||= event._tag === "ToolCallDone"
            }
            watch.change("reader")
            return Effect.succeed(events)
          },
          // Its scope ends with the stream, which is now.
          onDone: () => Cause.done(),
          onFailure: (cause) => {
            watch.change("head")
            const failure = Cause.findFail(cause)
            return Effect.andThen(
              close(Exit.failCause(cause)),
              Result.isSuccess(failure) ? again(failure.success.error) : Effect.failCause(failure.failure)
            )
          }
        }
      )
    return next
  }

  const stream = <E extends Retryable, R>(
    attempt: Stream.Stream<ExchangeEvent, E, R>
  ): Stream.Stream<ExchangeEvent | Restarted, E | RequestTimedOut, R> =>
    Stream.transformPull(Stream.empty, (_, scope) =>
      Clock.clockWith((clock) => {
        const watch = watchOf(clock, bounds)
        // Silence is not an accident of the line: the same would be asked for, and waited for, once more.
        const policy = Schedule.while(
          within(watch),
          ({ input }) => !(isTimedOut(input) && input.phase === "idle")
        ).pipe(Schedule.tap(Observing.retried))
        // Made when something has failed: it is fifty steps of Effect, and hardly any turn needs them.
        let made: ((failure: Retryable) => Pull.Pull<unknown, never, unknown>) | undefined
        const again = (failure: Retryable) =>
          made?.(failure) ??
            Effect.flatMap(Schedule.toStepWithSleep(policy), (step) => (made = step)(failure))
        return Effect.succeed(pullOf(attempt, scope, watch, again))
      }))
  return { effect, stream }
}
