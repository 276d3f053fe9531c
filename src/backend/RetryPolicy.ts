/**
 * Which failure is tried again, when, and every limit of time.
 *
 * A limit counts what somebody else takes, never what the reader of an answer takes: nothing is read before the reader
 * asks for it, and until then no time is spent.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { backoff, type Retryable } from "../Failure.ts"
import * as Kinds from "../internal/kinds.ts"
import { optional, present } from "../internal/settings.ts"
import type { RequestTimedOut } from "./BackendError.ts"
import * as Trying from "./internal/trying.ts"
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

const kinds = { connectTimeout: Kinds.span, idleTimeout: Kinds.span, requestTimeout: Kinds.span }

const boundsOf = (limits: Limits): Trying.Bounds => ({
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
): Layer.Layer<RetryPolicy> =>
  Layer.effect(
    RetryPolicy,
    Effect.map(Kinds.ensure("RetryPolicy.layer", kinds, limits), () => Trying.make(schedule, boundsOf(limits)))
  )

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

const Retries = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * `CODEX_MAX_RETRIES`; limits are set in code.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  maxRetries: optional(Config.schema(Retries, "CODEX_MAX_RETRIES"))
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
