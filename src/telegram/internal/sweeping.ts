/**
 * What a mailbox that survives its process leaves behind is done away with; what cannot be read is told.
 */
import * as Clock from "effect/Clock"
import * as EntityAddress from "effect/cluster/EntityAddress"
import * as EntityId from "effect/cluster/EntityId"
import * as EntityType from "effect/cluster/EntityType"
import * as MachineId from "effect/cluster/MachineId"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as Snowflake from "effect/cluster/Snowflake"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Metrics from "../../internal/metrics.ts"
import { Conversation, Piece, Turn } from "./durable.ts"
import { Attempt, Deliveries, Delivery } from "./late.ts"

/** How long what is done is kept: steps, and pieces, by which an update that comes again is known. */
export interface Keep {
  readonly steps: Duration.Input
  readonly pieces: Duration.Input
}

/** The id of a row that was written so long ago. */
const before = (now: number, age: Duration.Input): string =>
  String(Snowflake.make({
    machineId: MachineId.make(0),
    sequence: 0,
    timestamp: now - Duration.toMillis(Duration.fromInputUnsafe(age))
  }))

/** Forgets what is done and older than that. Gives how many turns. */
export const sweep = Effect.fn("TurnsDurable.sweep")(function*(keep: Keep) {
  const sql = yield* SqlClient.SqlClient
  const storage = yield* MessageStorage.MessageStorage
  const sharding = yield* Sharding.Sharding
  const now = yield* Clock.currentTimeMillis
  const sweepRuns = Effect.fnUntraced(function*(
    workflow: {
      readonly _tag: string
      readonly poll: (
        id: string
      ) => Effect.Effect<Option.Option<{ readonly _tag: string }>, never, WorkflowEngine.WorkflowEngine>
    },
    age: Duration.Input
  ) {
    const entityType = EntityType.make(`Workflow/${workflow._tag}`)
    const executions = yield* sql<{ readonly id: string }>`
      SELECT entity_id AS id FROM cluster_messages WHERE entity_type = ${entityType}
      GROUP BY entity_id
      HAVING MAX(id) < ${sql.literal(before(now, age))} AND COUNT(*) FILTER (WHERE NOT processed) = 0`
    return yield* Effect.forEach(executions, ({ id }) =>
      Effect.gen(function*() {
        // Suspended turns have nothing that is not processed, either.
        const result = yield* workflow.poll(id)
        if (Option.isNone(result) || result.value._tag !== "Complete") return 0
        const entityId = EntityId.make(id)
        yield* storage.clearAddress(EntityAddress.make({
          entityType,
          entityId,
          shardId: sharding.getShardId(entityId, "default")
        }))
        return 1
      }))
  })
  const sweepRows = Effect.fnUntraced(function*(type: string, age: Duration.Input) {
    const old = sql`entity_type = ${type} AND processed AND id < ${sql.literal(before(now, age))}`
    yield* sql`DELETE FROM cluster_replies WHERE request_id IN (SELECT request_id FROM cluster_messages WHERE ${old})`
    yield* sql`DELETE FROM cluster_messages WHERE ${old}`
  })
  const swept = yield* sweepRuns(Turn, keep.steps)
  // What was tried is asked for again as long as its answer may wait.
  yield* sweepRuns(Attempt, keep.pieces)
  yield* sweepRows(Conversation.type, keep.pieces)
  yield* sweepRows(Deliveries.type, keep.pieces)
  return swept.reduce<number>((sum, one) => sum + one, 0)
})

const decodePiece = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.toCodecJson(Piece)))
const decodeDelivery = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.toCodecJson(Delivery)))

/** Tells of what waits in the store and cannot be read: the engine would drop it without a word. */
export const tellUnreadable = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const lostOf = (type: string, tag: string, decode: (payload: unknown) => Option.Option<unknown>) =>
    Effect.map(
      sql<{ readonly payload: unknown }>`
        SELECT payload FROM cluster_messages WHERE entity_type = ${type} AND tag = ${tag} AND NOT processed`,
      (rows) => rows.filter(({ payload }) => Option.isNone(decode(payload))).length
    )
  const tell = (lost: number, what: string, fate: string) =>
    lost === 0 ? Effect.void : Effect.andThen(
      Metric.update(Metrics.unreadable, lost),
      Effect.logError(`${lost} ${what} that wait in the store cannot be read by this release, and are not ${fate}.`)
    )
  yield* tell(yield* lostOf(Conversation.type, "Piece", decodePiece), "prompts", "answered")
  yield* tell(yield* lostOf(Deliveries.type, "Deliver", decodeDelivery), "answers", "delivered")
})

/** Steps for an hour; pieces for the day in which Telegram may send an update again. */
export const kept: Keep = { steps: "1 hour", pieces: "25 hours" }

/** Tells what cannot be read before it is handed over, and sweeps now and then, as long as the layer lives. */
export const layer = Layer.effectDiscard(Effect.andThen(
  Effect.catch(
    tellUnreadable,
    (error) => Effect.logWarning("What waits in the store could not be looked through.", error)
  ),
  sweep(kept).pipe(
    Effect.catchCause((cause) => Effect.logWarning("What is done could not be swept; it is tried again.", cause)),
    Effect.delay("1 minute"),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )
))
