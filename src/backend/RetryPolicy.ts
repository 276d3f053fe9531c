/**
 * Which failure is tried again, when, and every limit of time.
 *
 * A limit counts what somebody else takes, never what the reader of an answer takes: nothing is read before the reader
 * asks for it, and until then no time is spent. One fiber watches each exchange.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { backoff, type Retryable } from "../Failure.ts"
import { optional, present } from "../internal/settings.ts"
import { RequestTimedOut } from "./BackendError.ts"
import * as Observing from "./internal/observing.ts"
import * as Watch from "./internal/watch.ts"
import type { ExchangeEvent, Restarted } from "./ResponseEvent.ts"

/**
 * The limits of a request. None of them counts against an answer that flows.
 *
 * @since 0.2.0
 * @category models
 */
export interface Limits {
  /** Until an attempt is answered at all. Default: 20 s. */
  readonly connectTimeout?: Duration.Input | undefined
  /** Silence within an answer; any sign of life ends it. Default: 300 s, as in the official client. */
  readonly idleTimeout?: Duration.Input | undefined
  /** Until the answer begins, all attempts and pauses included. Default: 60 s. */
  readonly requestTimeout?: Duration.Input | undefined
}

/**
 * The limits, and how often a passing failure is tried again.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options extends Limits {
  /** Retries after the first attempt. Default: 2. */
  readonly maxRetries?: number | undefined
}

/**
 * How requests are bounded and tried again.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** Bounds and retries an effect whose answer is small: a list of models, the usage. */
  readonly effect: <A, E extends Retryable, R>(
    attempt: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | RequestTimedOut, R>
  /**
   * Bounds and retries an answer: silently before anything of it was given, announced by `Restarted` after that. After a
   * call of a tool was given whole it is not asked for again: somebody may be at work on it. A pause that does not fit
   * into the limit is not begun: the failure is told at once.
   */
  readonly stream: <E extends Retryable, R>(
    attempt: Stream.Stream<ExchangeEvent, E, R>
  ) => Stream.Stream<ExchangeEvent | Restarted, E | RequestTimedOut, R>
}

/**
 * Retries and limits as a service. Swap it for a schedule of yours, or for none in a test.
 *
 * @since 0.2.0
 * @category services
 */
export class RetryPolicy extends Context.Service<RetryPolicy, Service>()("effect-codex/RetryPolicy") {}

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

const make = (schedule: Schedule.Schedule<unknown, Retryable>, bounds: Watch.Bounds): Service => {
  // No schedule helps against a failure that will not pass.
  const within = (watch: Watch.Watch) =>
    Schedule.while(schedule, ({ duration, input }) => input.isRetryable && watch.fits(duration))

  const effect: Service["effect"] = (attempt) =>
    Clock.clockWith((clock) => {
      const watch = Watch.make(clock, bounds)
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
    watch: Watch.Watch,
    policy: (failure: Retryable) => Pull.Pull<unknown, never, unknown>
  ): Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent | Restarted>, E | RequestTimedOut, void, R> => {
    type Events = Pull.Pull<Arr.NonEmptyReadonlyArray<ExchangeEvent>, E, void, R>
    let exchange: Scope.Closeable | undefined
    let pull: Events | undefined
    let hasGiven = false
    let hasCall = false

    const open = Effect.suspend(() => {
      const opened = Scope.forkUnsafe(scope)
      const begin: Events = Effect.flatMap(Scope.provide(Stream.toPull(attempt), opened), (found) => pull = found)
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
          onDone: () => Effect.andThen(close(Exit.void), Cause.done()),
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

  const stream: Service["stream"] = (attempt) =>
    Stream.transformPull(Stream.empty, (_, scope) =>
      Clock.clockWith((clock) => {
        const watch = Watch.make(clock, bounds)
        // Silence is not an accident of the line: the same would be asked for, and waited for, once more.
        const policy = Schedule.while(
          within(watch),
          ({ input }) => !(isTimedOut(input) && input.phase === "idle")
        ).pipe(Schedule.tap(Observing.retried))
        return Effect.map(Schedule.toStepWithSleep(policy), (step) => pullOf(attempt, scope, watch, step))
      }))
  return { effect, stream }
}

const boundsOf = (limits: Limits): Watch.Bounds => ({
  connect: Duration.fromInputUnsafe(limits.connectTimeout ?? "20 seconds"),
  idle: Duration.fromInputUnsafe(limits.idleTimeout ?? "300 seconds"),
  request: Duration.fromInputUnsafe(limits.requestTimeout ?? "60 seconds")
})

/**
 * The house's backoff: 500 ms, doubling, give or take a fifth, and never shorter than the server asks.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<RetryPolicy> =>
  layerSchedule(backoff({ base: "500 millis", times: options.maxRetries ?? 2, longest: "60 seconds" }), options)

/**
 * Any schedule of Effect, under the limits of the house.
 *
 * It sees the failures that may pass; one that will not is never tried again.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSchedule = (
  schedule: Schedule.Schedule<unknown, Retryable>,
  limits: Limits = {}
): Layer.Layer<RetryPolicy> => Layer.succeed(RetryPolicy, make(schedule, boundsOf(limits)))

/**
 * Nothing is tried again and nothing is cut off.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerNone: Layer.Layer<RetryPolicy> = layerSchedule(Schedule.recurs(0), {
  connectTimeout: Duration.infinity,
  idleTimeout: Duration.infinity,
  requestTimeout: Duration.infinity
})

/**
 * `CODEX_MAX_RETRIES`; limits are set in code.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  maxRetries: optional(Config.Int("CODEX_MAX_RETRIES"))
})

/**
 * `layer` with each option from the environment, or from a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<RetryPolicy, Config.ConfigError> => Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
