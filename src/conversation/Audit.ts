/**
 * One record for each turn: who, where, which model, how long, how it ended. Never what was said.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The record of a turn. */
export interface AuditEvent {
  /** When the turn began. */
  readonly timestamp: DateTime.Utc
  readonly userId: number | undefined
  readonly chatId: number | string | undefined
  readonly provider: string
  readonly model: string | undefined
  readonly outcome: "answered" | "stopped" | "failed" | "interrupted"
  readonly duration: Duration.Duration
  /** Tag and message of the failure; both are free of prompts, answers and tokens. */
  readonly error: { readonly tag: string; readonly message: string } | undefined
}

export interface Service {
  /** Writes a record; a sink that fails does not fail the turn. */
  readonly record: (event: AuditEvent) => Effect.Effect<void>
}

/** The audit as a service. */
export class Audit extends Context.Service<Audit, Service>()("effect-codex/Audit") {}

/** Writes nothing. */
export const layerNone: Layer.Layer<Audit> = Layer.succeed(Audit, { record: () => Effect.void })

/** How long a sink may take. */
const patience = Duration.seconds(10)

/** Hands each record to a function. A sink that fails or hangs is logged as a warning, without the record. */
export const layerCallback = <E>(sink: (event: AuditEvent) => Effect.Effect<unknown, E>): Layer.Layer<Audit> =>
  Layer.succeed(Audit, {
    record: (event) =>
      Effect.suspend(() => sink(event)).pipe(
        Effect.interruptible,
        Effect.timeout(patience),
        Effect.catchCause(() => Effect.logWarning("The audit sink failed; a record is lost.")),
        Effect.asVoid
      )
  })

/** Writes each record to the log, at level Info. */
export const layerLogger: Layer.Layer<Audit> = layerCallback((event) =>
  Effect.logInfo("codex turn").pipe(Effect.annotateLogs({
    userId: event.userId,
    chatId: event.chatId,
    provider: event.provider,
    model: event.model,
    outcome: event.outcome,
    durationMs: Duration.toMillis(event.duration),
    error: event.error?.tag
  }))
)
