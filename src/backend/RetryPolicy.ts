/**
 * Which failure is tried again, when, and every limit of time.
 *
 * A limit counts what somebody else takes, never what the reader of an answer takes. One fiber runs an exchange and one
 * watches it, since a race for each chunk costs more than the chunk: so an answer reaches its reader through a short
 * queue, and while that is full no time is spent.
 */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { backoff, type Retryable } from "../Failure.ts"
import { optional, present } from "../internal/settings.ts"
import { RequestTimedOut } from "./BackendError.ts"
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
   * Bounds and retries an answer: silently before its first text, announced by `Restarted` after it. A pause that does
   * not fit into the limit is not begun: the failure is told at once.
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

interface Bounds {
  readonly connect: Duration.Duration
  readonly idle: Duration.Duration
  readonly request: Duration.Duration
}

// How much of an answer waits for a slow reader before the connection is left to wait.
const ahead = 16

const isTimedOut = Schema.is(RequestTimedOut)

const timedOut = (phase: RequestTimedOut["phase"], after: Duration.Duration) => new RequestTimedOut({ phase, after })

/** The clock of one request: what it waits for, since when, and how much of the limit for a beginning is left. */
const makeWatch = (clock: Clock.Clock, bounds: Bounds) => {
  const connect = Duration.toMillis(bounds.connect)
  const idle = Duration.toMillis(bounds.idle)
  let left = Duration.toMillis(bounds.request)
  let waitsFor: "head" | "body" | "reader" = "head"
  let since = clock.currentTimeMillisUnsafe()

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

  return {
    change,
    over,
    /** A pause that does not fit any more is not begun; one that does is paid for. */
    fits: (pause: Duration.Duration): boolean => Duration.toMillis(pause) < left
  }
}

const make = (schedule: Schedule.Schedule<unknown, Retryable>, bounds: Bounds): Service => {
  // No schedule helps against a failure that will not pass.
  const within = (watch: ReturnType<typeof makeWatch>) =>
    Schedule.while(schedule, ({ duration, input }) => input.isRetryable && watch.fits(duration))

  const effect: Service["effect"] = (attempt) =>
    Clock.clockWith((clock) => {
      const watch = makeWatch(clock, bounds)
      return Effect.suspend(() => {
        watch.change("head")
        return Effect.raceFirst(attempt, watch.over)
      }).pipe(
        Effect.onError(() => Effect.sync(() => watch.change("head"))),
        Effect.retry(within(watch))
      )
    })

  const stream: Service["stream"] = <E extends Retryable, R>(attempt: Stream.Stream<ExchangeEvent, E, R>) => {
    const fill = (out: Queue.Queue<ExchangeEvent | Restarted, E | RequestTimedOut | Cause.Done>) =>
      Clock.clockWith((clock) => {
        const watch = makeWatch(clock, bounds)
        let hasText = false

        const deliver = Stream.runForEachArray(attempt, (events) => {
          for (const event of events) hasText ||= event._tag === "TextDelta" || event._tag === "MessageDone"
          watch.change("reader")
          return Effect.map(Queue.offerAll(out, events), () => watch.change("body"))
        })

        const once: Effect.Effect<void, E | RequestTimedOut, R> = Effect.suspend(() => {
          const again = hasText ? Queue.offer(out, { _tag: "Restarted" }) : Effect.void
          hasText = false
          watch.change("head")
          return Effect.andThen(again, Effect.raceFirst(deliver, watch.over))
        }).pipe(Effect.onError(() => Effect.sync(() => watch.change("head"))))
        // Silence is not an accident of the line: the same would be asked for, and waited for, once more.
        const policy = Schedule.while(
          within(watch),
          ({ input }) => !(isTimedOut(input) && input.phase === "idle")
        )
        return Effect.andThen(Effect.retry(once, policy), Queue.end(out))
      })
    return Stream.callback<ExchangeEvent | Restarted, E | RequestTimedOut, R>(fill, {
      bufferSize: ahead,
      strategy: "suspend"
    })
  }
  return { effect, stream }
}

const boundsOf = (limits: Limits): Bounds => ({
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
