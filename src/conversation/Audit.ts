/**
 * One record for each turn: who, where, which model, how long, how it ended. Never what was said.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import { AuditFailed } from "./TurnError.ts"

const Id = Schema.Union([Schema.String, Schema.Finite])

/**
 * The record of a turn, as a schema: what it encodes to is plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export const AuditEvent = Schema.Struct({
  /** When the turn began; ISO 8601 in JSON. */
  timestamp: Schema.DateTimeUtcFromString,
  userId: Schema.optional(Id),
  chatId: Schema.optional(Id),
  provider: Schema.String,
  model: Schema.optional(Schema.String),
  /** `cut` by a limit or a broken line, with a part of its answer shown. */
  outcome: Schema.Literals(["answered", "stopped", "cut", "failed"]),
  /** From its place in the order to its end, in milliseconds. */
  durationMs: Schema.Finite,
  /** Tag and message of the failure; both are free of prompts, answers and tokens. */
  error: Schema.optional(Schema.Struct({ tag: Schema.String, message: Schema.String }))
})

/**
 * The record of a turn.
 *
 * @since 0.1.0
 * @category models
 */
export type AuditEvent = typeof AuditEvent.Type

/**
 * Where records go.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Writes a record. The turn waits ten seconds for it at most, logs a failure, and goes on. */
  readonly record: (event: AuditEvent) => Effect.Effect<void, AuditFailed>
}

/**
 * The audit as a service. Swap it to keep records in a database or to send them elsewhere.
 *
 * @since 0.1.0
 * @category services
 */
export class Audit extends Context.Service<Audit, Service>()("effect-codex/Audit") {}

/**
 * Writes nothing. The default.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNone: Layer.Layer<Audit> = Layer.succeed(Audit, { record: () => Effect.void })

/**
 * Hands each record to a function of yours, with whatever it needs; what it fails with becomes `AuditFailed`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCallback = <E, R = never>(
  sink: (event: AuditEvent) => Effect.Effect<unknown, E, R>
): Layer.Layer<Audit, never, R> =>
  Layer.effect(
    Audit,
    Effect.map(Effect.context<R>(), (context) => ({
      record: (event: AuditEvent) =>
        Effect.suspend(() => sink(event)).pipe(
          Effect.provideContext(context),
          Effect.mapError((cause) => new AuditFailed({ cause })),
          Effect.asVoid
        )
    }))
  )

/**
 * Writes each record to the log, at level Info. Use it where the log is what is kept.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerLogger: Layer.Layer<Audit> = layerCallback((event) =>
  Effect.logInfo("codex turn").pipe(Effect.annotateLogs({
    userId: event.userId,
    chatId: event.chatId,
    provider: event.provider,
    model: event.model,
    outcome: event.outcome,
    durationMs: event.durationMs,
    error: event.error?.tag
  }))
)

const Stored = Schema.fromJsonString(Schema.Struct({ v: Schema.Literal(1), ...AuditEvent.fields }))
const encodeStored = Schema.encodeSync(Stored)
const encodeText = (event: AuditEvent): string => encodeStored({ v: 1, ...event })

/**
 * Keeps the records in a SQL database: the table `codex_audit`, which is made at the first use.
 *
 * Provide a `SqlClient`: `effect-codex/sqlite` for a file on this machine, `@effect/sql-pg` for Postgres. `event` is the
 * JSON of `AuditEvent` with its version (`v`: 1), `began_at` its time in milliseconds since the Unix epoch.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSql: Layer.Layer<Audit, never, SqlClient> = Layer.effect(
  Audit,
  // Loaded by those who use it: it brings Effect's SQL along.
  Effect.flatMap(Effect.promise(() => import("./internal/auditSql.ts")), ({ make }) => make(encodeText))
)
