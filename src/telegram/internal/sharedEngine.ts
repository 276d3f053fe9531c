/**
 * Effect's cluster under the mailboxes, as one of several runners that share a database.
 *
 * Put together from the engine's parts, as `engine` is: settings come from its place alone.
 */
import { layerClientProtocol, layerSocketServer } from "@effect/platform-node/NodeClusterSocket"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as SocketRunner from "effect/cluster/SocketRunner"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import type * as SocketServer from "effect/socket/SocketServer"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Enduring from "./enduring.ts"
import * as Engine from "./engine.ts"
import * as Grace from "./grace.ts"

/** Where an instance is, and how long it may be silent. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly listenHost: string
  readonly takeOver: Duration.Duration
}

/** An answer whose conversation moves to another instance has so long to come to its end. */
const moving = Duration.seconds(15)

/** One of several instances over one database. */
export const shared = (
  { host, listenHost, port, takeOver }: Place
): Layer.Layer<Engine.Engine, SocketServer.SocketServerError, SqlClient> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Layer.provide(SocketRunner.layer, [layerSocketServer, layerClientProtocol])),
    Layer.provide(RunnerHealth.layerPing.pipe(Layer.provide(Runners.layerRpc), Layer.provide(layerClientProtocol))),
    // That the database is away says the engine, which looks after its claims in it.
    Layer.provideMerge(Engine.storageOf(Enduring.layerSilent)),
    Layer.provide(Layer.orDie(SqlRunnerStorage.layer)),
    Layer.provide(Grace.layerConfig({
      runnerAddress: Option.some(RunnerAddress.make(host, port)),
      runnerListenAddress: Option.some(RunnerAddress.make(listenHost, port)),
      shardLockExpiration: takeOver,
      // Also how long the database may take to confirm it: as much as the engine allows, for machines that are busy.
      shardLockRefreshInterval: Duration.divideUnsafe(takeOver, 3),
      // How soon an instance that came or went is noticed, and what it has left behind is read.
      refreshAssignmentsInterval: Duration.seconds(1),
      runnerHealthCheckInterval: Duration.divideUnsafe(takeOver, 2),
      entityMessagePollInterval: Duration.seconds(1)
    }, moving)),
    Layer.provideMerge(Layer.fresh(Grace.layerShared)),
    Layer.provide(RpcSerialization.layerSchemaBinary())
  )
