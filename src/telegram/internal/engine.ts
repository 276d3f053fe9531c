/**
 * Effect's cluster under the mailboxes, in one process over one database.
 *
 * Put together from the engine's parts, since its ready-made layers read settings of their own from the environment: a
 * `PORT` that belongs to somebody else would end a bot.
 */
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Snowflake from "effect/cluster/Snowflake"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SqlClient } from "effect/sql/SqlClient"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Enduring from "./enduring.ts"

/** What mailboxes stand on. */
export type Engine = Sharding.Sharding | MessageStorage.MessageStorage | WorkflowEngine.WorkflowEngine

/** Where messages lie, and their replies. */
export const storageOf = (enduring: typeof Enduring.layer) =>
  enduring.pipe(
    Layer.provide(Layer.effect(
      MessageStorage.MessageStorage,
      Effect.flatMap(Effect.map(SqlMessageStorage.makeEncoded(), Enduring.rows), MessageStorage.makeEncoded)
    )),
    Layer.provide([Snowflake.layerGenerator, Digest.layerWebCrypto])
  )

/** The same for one process, which lets the log know when it is away. */
export const storage = storageOf(Enduring.layer)

/** One process over one database. */
export const single: Layer.Layer<Engine, never, SqlClient> = ClusterWorkflowEngine.layer.pipe(
  Layer.provideMerge(Sharding.layer),
  Layer.provide(Runners.layerNoop),
  Layer.provideMerge(storage),
  Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
  // Answers have had their time before: what is left then is for the next process.
  Layer.provide(ShardingConfig.layer({ entityTerminationTimeout: "1 second" }))
)
