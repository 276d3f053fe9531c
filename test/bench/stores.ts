/**
 * What a store adds to a turn, what ten thousand stored conversations add to the next turn, and how much room ten thousand
 * take that rest.
 *
 * Run with `npm run bench -- stores`; on Postgres where it is installed. CPU where the store is in this process, and time
 * for Postgres, which works elsewhere; a turn over a memory that keeps nothing is the baseline.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { mkdtempSync, rmSync } from "node:fs"
import process from "node:process"
import * as Item from "../../src/backend/Item.ts"
import { codexLive } from "../../src/CodexLive.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import * as Memory from "../../src/conversation/Memory.ts"
import { ConversationKey } from "../../src/conversation/Message.ts"
import * as Sqlite from "../../src/Sqlite.ts"
import * as Installed from "../support/installed.ts"
import * as Postgres from "../support/postgres.ts"
import { whole } from "./answers.ts"
import { compared, cpuOf, login, tell } from "./measure.ts"

const authJsonPath = login()
const http = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.Fetch, () => Promise.resolve(new Response(whole("Forty-two.")))))
)
const folder = mkdtempSync("/tmp/codex-bench-stores-")
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

const said = (n: number): Memory.Turn => ({
  v: 1,
  at: DateTime.makeUnsafe(1_800_000_000_000 + n),
  items: [Item.fromText("user", `Question ${n} ${"x".repeat(200)}`), Item.fromText("assistant", "y".repeat(600))]
})

type Store<E> = Layer.Layer<Memory.Memory, E>

/** Turns in one conversation that has a history, over a store with so many others. */
const opened = async <E>(memory: Store<E>, others: number, clock: typeof cpuOf) => {
  const shared = ManagedRuntime.make(memory)
  const store = await shared.runPromise(Memory.Memory.use(Effect.succeed))
  const keys = Array.from({ length: others }, (_, n) => `other/${n}`)
  await shared.runPromise(Effect.forEach(keys, (key) => store.append(key, said(0)), { concurrency: 20, discard: true }))
  const runtime = ManagedRuntime.make(
    codexLive({ authJsonPath, model: "m", httpClient: http, memory: Layer.succeed(Memory.Memory, store) })
  )
  const codex = await runtime.runPromise(Codex.use(Effect.succeed))
  let round = 0
  return {
    /** Milliseconds of a batch of turns, each the sixth of its conversation. */
    batch: async (size: number) => {
      round++
      const batch = Array.from({ length: size }, (_, n) => ConversationKey(`mine/${round}/${n}`))
      await shared.runPromise(
        Effect.forEach(
          batch,
          (key) => Effect.forEach([1, 2, 3, 4, 5], (n) => store.append(key, said(n)), { discard: true }),
          { discard: true }
        )
      )
      const took = await clock(async () => {
        for (const conversation of batch) await Effect.runPromise(codex.ask({ text: "Hello", conversation }))
      })
      await shared.runPromise(Effect.forEach(batch, (key) => store.clear(key), { discard: true }))
      return took
    },
    close: () => runtime.dispose().then(() => shared.dispose())
  }
}

const size = 50
const nothing = Memory.layerStore({
  append: () => Effect.void,
  list: () => Effect.succeed([]),
  clear: () => Effect.void
})
const sqlite = (name: string) =>
  Memory.layerSql().pipe(
    Layer.provide(Sqlite.layer({ path: `${folder}/${name}.sqlite` })),
    Layer.provide([NodeFileSystem.layer, NodePath.layer])
  )

const time = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const measure = async <E>(
  name: string,
  few: () => Store<E>,
  many: () => Store<E>,
  limit: number,
  clock: typeof cpuOf = cpuOf
) => {
  const [bare, one] = [await opened(nothing, 0, clock), await opened(few(), 10, clock)]
  let added = 0
  let rounds = 0
  const ratio = await compared({ rounds: 15, warmUp: 3 }, async () => {
    const took = await one.batch(size)
    added += took
    rounds += size
    return took
  }, async () => {
    const took = await bare.batch(size)
    added -= took
    return took
  })
  tell(`a turn over ${name}, against one that keeps nothing`, ratio, limit)
  console.log(`  milliseconds that ${name} adds: ${(added / rounds).toFixed(2)}`)
  const ten = await opened(many(), 10_000, clock)
  tell(
    `a turn over ${name} among 10,000 conversations, against 10`,
    await compared({ rounds: 21, warmUp: 3 }, () => ten.batch(size), () => one.batch(size)),
    1.1
  )
  await Promise.all([bare.close(), one.close(), ten.close()])
}

{
  const rss = () => {
    for (let n = 0; n < 3; n++) globalThis.gc?.()
    return process.memoryUsage().rss / 1e6
  }
  const runtime = ManagedRuntime.make(Layer.fresh(Memory.layerMemory))
  const store = await runtime.runPromise(Memory.Memory.use(Effect.succeed))
  const before = rss()
  for (let n = 0; n < 10_000; n++) {
    await runtime.runPromise(Effect.forEach([1, 2], (turn) => store.append(`idle/${n}`, said(turn)), { discard: true }))
  }
  tell("RSS of 10,000 conversations that rest, against their bound of 64 MB", (rss() - before) / 64, 1.5)
  await runtime.dispose()
}

await measure("memory", () => Layer.fresh(Memory.layerMemory), () => Layer.fresh(Memory.layerMemory), 1.3)
await measure("SQLite", () => sqlite("few"), () => sqlite("many"), 2.5)

if (Installed.isThere(Installed.postgres)) {
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const few = yield* Postgres.server
    const many = yield* Postgres.server
    const over = (url: string) => Memory.layerSql().pipe(Layer.provide(Postgres.client(url)))
    yield* Effect.promise(() => measure("Postgres", () => over(few.url), () => over(many.url), 4, time))
  })))
} else console.log(`SKIPPED: Postgres (${Installed.postgres.install})`)

process.exit()
