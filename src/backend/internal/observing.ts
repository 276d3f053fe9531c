/**
 * What traces and metrics learn of requests: what was asked of whom, what it cost, and what was tried again.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Schedule from "effect/Schedule"
import type { Span } from "effect/Tracer"
import type { Retryable } from "../../Failure.ts"
import * as Metrics from "../../internal/metrics.ts"
import type { CodexRequest } from "../CodexRequest.ts"
import * as CodexTelemetry from "../CodexTelemetry.ts"
import type { Completed } from "../ResponseEvent.ts"

const onSpan = (use: (span: Span) => void): Effect.Effect<void> =>
  Effect.map(Effect.option(Effect.currentSpan), (span) => {
    if (Option.isSome(span)) use(span.value)
  })

/** Says on the current span what is asked. */
export const asked = (request: CodexRequest, model: string): Effect.Effect<void> =>
  onSpan((span) => CodexTelemetry.annotateRequest(span, { ...request, model, tools: request.tools?.length ?? 0 }))

/** Says on the current span what came back. */
export const answered = (completed: Completed): Effect.Effect<void> =>
  onSpan((span) =>
    CodexTelemetry.annotateResponse(span, {
      id: Metrics.plainName(completed.responseId),
      model: Metrics.plainName(completed.model),
      usage: completed.usage,
      finishReason: completed.finishReason ?? completed.incomplete ?? "stop"
    })
  )

/** The class of a failure, as far as it has a name. */
const classOf = (failure: Retryable): string =>
  Predicate.hasProperty(failure, "_tag") && typeof failure._tag === "string" ? failure._tag : "Unknown"

/** Puts an event on the current span: what failed, and how long the pause is. Told before the pause. */
export const retried = ({ attempt, duration, input }: Schedule.Metadata<unknown, Retryable>): Effect.Effect<void> => {
  const type = classOf(input)
  return Clock.currentTimeNanos.pipe(
    Effect.flatMap((now) =>
      onSpan((span) =>
        span.event("codex.retry", now, {
          "error.type": type,
          "codex.retry.attempt": attempt,
          "codex.retry.pause_ms": Math.round(Duration.toMillis(duration))
        })
      )
    ),
    Effect.andThen(Metrics.count(Metrics.retries, { class: type }))
  )
}
