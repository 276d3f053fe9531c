/**
 * Processes with durable turns, one after the other in the same chats, each with what a kill left of the one before.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as SingleRunner from "effect/cluster/SingleRunner"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { DatabaseSync } from "node:sqlite"
import type { Codex } from "../../src/conversation/Codex.ts"
import * as Sqlite from "../../src/Sqlite.ts"
import * as TurnsDurable from "../../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as ChatLog from "./chatLog.ts"
import type { DoorOptions } from "./door.ts"
import * as Contract from "./turnsContract.ts"

export const file = Effect.provide(
  FileSystem.FileSystem.use((files) =>
    Effect.map(files.makeTempDirectoryScoped({ prefix: "codex-turns-" }), (folder) => `${folder}/bot.sqlite`)
  ),
  NodeServices.layer
).pipe(Effect.orDie)

export const sqlite = (path: string) => Sqlite.layer({ path }).pipe(Layer.provide(NodeServices.layer), Layer.orDie)

export const engine = (
  path: string,
  shardingConfig?: NonNullable<Parameters<typeof SingleRunner.layer>[0]>["shardingConfig"]
) =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(SingleRunner.layer({ runnerStorage: "memory", shardingConfig })),
    Layer.provideMerge(sqlite(path)),
    Layer.provide(Digest.layerWebCrypto)
  )

/** An engine that looks seldom, for tests in which days pass. */
export const onSlow = (path: string, options?: TurnsDurable.Options): Contract.Subject =>
  TurnsDurable.layer(options).pipe(
    Layer.provide(Layer.orDie(engine(path, {
      entityMessagePollInterval: "20 minutes",
      refreshAssignmentsInterval: "20 minutes",
      shardLockRefreshInterval: "20 minutes",
      shardLockExpiration: "2 hours",
      runnerHealthCheckInterval: "20 minutes"
    })))
  )

export const on = (path: string, options?: TurnsDurable.Options): Contract.Subject =>
  TurnsDurable.layerSingle(options).pipe(Layer.provide(sqlite(path)))

/** What a kill leaves of a file. */
const remains = (path: string, next: string) =>
  Effect.sync(() => {
    const database = new DatabaseSync(path)
    database.exec(`VACUUM INTO '${next}'`)
    database.close()
    return next
  })

/** One process after the other in the same chats, each with what a kill left of the store of the one before. */
export const setUp = Effect.fnUntraced(function*(door?: DoorOptions, subject = on) {
  const folder = yield* file
  const chats = ChatLog.make()
  let killed = 0
  let path = `${folder}-0`
  let line: { readonly cut: () => void; readonly bury: () => void } | undefined
  const kill = Effect.suspend(() => {
    line?.cut()
    return Effect.map(remains(path, `${folder}-${++killed}`), (next) => {
      path = next
      line?.bury()
    })
  })
  const start = (
    options: TurnsDurable.Options = {},
    codexOf: (path: string) => Layer.Layer<Codex | TestCodex.TestCodex> = () => TestCodex.layer()
  ) =>
    Effect.map(Contract.setUp(subject(path, options), door, chats, codexOf(path)), (world) => {
      line = world.line
      return world
    })
  return { path: () => path, chats, kill, start }
})

export const reads = (chats: ReturnType<typeof ChatLog.make>, pattern: RegExp) =>
  Contract.until(() => chats.posts().some(({ text }) => pattern.test(text)))
