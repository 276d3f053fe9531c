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

/** Rows that wait in the store and cannot be read: the engine drops them without a word. */
interface Unreadable {
  readonly ids: ReadonlyArray<string>
  readonly what: string
  readonly fate: string
}

/** Looks for what waits in the store and cannot be read. */
export const unreadable = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const lostOf = (type: string, tag: string, decode: (payload: unknown) => Option.Option<unknown>) =>
    Effect.map(
      sql<{ readonly id: unknown; readonly payload: unknown }>`
        SELECT CAST(id AS TEXT) AS id, payload FROM cluster_messages
        WHERE entity_type = ${type} AND tag = ${tag} AND NOT processed`,
      (rows) => rows.filter(({ payload }) => Option.isNone(decode(payload))).map(({ id }) => String(id))
    )
  return [
    { ids: yield* lostOf(Conversation.type, "Piece", decodePiece), what: "prompts", fate: "answered" },
    { ids: yield* lostOf(Deliveries.type, "Deliver", decodeDelivery), what: "answers", fate: "delivered" }
  ] satisfies ReadonlyArray<Unreadable>
})

/** Tells of what cannot be read; where several instances have found it, one of them. */
export const tell = Effect.fnUntraced(function*(found: ReadonlyArray<Unreadable>) {
  const sharding = yield* Sharding.Sharding
  const store = (yield* Conversation.client)("effect-codex/unreadable")
  const isOurs = Effect.fnUntraced(function*(id: string) {
    const by = String(yield* sharding.getSnowflake)
    return (yield* Effect.timeout(store.Once({ id, by }), "10 seconds")) === by
  })
  for (const { fate, ids, what } of found) {
    const { length } = yield* Effect.filter(ids, (id) => Effect.orElseSucceed(isOurs(id), () => true), {
      concurrency: 10
    })
    if (length === 0) continue
    yield* Metric.update(Metrics.unreadable, length)
    yield* Effect.logError(
      `${length} ${what} that wait in the store cannot be read by this release, and are not ${fate}.`
    )
  }
})

/** Steps for an hour; pieces for the day in which Telegram may send an update again. */
export const kept: Keep = { steps: "1 hour", pieces: "25 hours" }

/** Looks for what cannot be read before it is handed over, and sweeps now and then, as long as the layer lives. */
export const layer = Layer.effectDiscard(Effect.andThen(
  unreadable.pipe(
    // What is written down of it goes the way of all else, which is not there yet.
    Effect.flatMap((found) => Effect.forkScoped(tell(found))),
    Effect.catch((error) => Effect.logWarning("What waits in the store could not be looked through.", error))
  ),
  sweep(kept).pipe(
    Effect.catchCause((cause) => Effect.logWarning("What is done could not be swept; it is tried again.", cause)),
    Effect.delay("1 minute"),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )
))
