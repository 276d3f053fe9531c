/**
 * A Redis of our own for the tests of a file, on a free port with nothing on disk, or the one that `CODEX_TEST_REDIS` names.
 */
import * as NodeRedis from "@effect/platform-node/NodeRedis"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schedule from "effect/Schedule"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { afterAll } from "vitest"
import { freePort } from "./freePort.ts"
import * as Installed from "./installed.ts"

const answers = (port: number) =>
  Effect.callback<void, Error>((resume) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => (socket.destroy(), resume(Effect.void)))
    socket.once("error", (error) => resume(Effect.fail(error)))
  })

/** A running server, and how to stop and start it in between: it has forgotten everything then. */
export const server = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join("/tmp", "codex-redis-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const port = yield* freePort
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]
  let running: ReturnType<typeof spawn> | undefined
  const start = Effect.sync(() => {
    running = spawn(Installed.redis.program ?? "", args, { stdio: "ignore" })
  }).pipe(Effect.andThen(Effect.retry(answers(port), { schedule: Schedule.spaced("50 millis"), times: 100 })))
  const stop = Effect.callback<void>((resume) => {
    const stopping = running
    running = undefined
    if (stopping === undefined || stopping.exitCode !== null) return resume(Effect.void)
    stopping.once("exit", () => resume(Effect.void))
    stopping.kill("SIGKILL")
  })
  yield* Effect.acquireRelease(start, () => stop)
  return { url: `redis://127.0.0.1:${port}`, start, stop }
})

class Shared extends Context.Service<Shared, { readonly url: string }>()("test/Redis") {}

// Built at the first use, for all tests of the file. Tests have a time of their own; a server has none.
const shared = ManagedRuntime.make(
  Layer.effect(Shared, Installed.redis.url === undefined ? server : Effect.succeed({ url: Installed.redis.url }))
)
afterAll(() => shared.dispose())

/** The URL of a server that the tests of a file share. */
export const url = Effect.map(Effect.promise(() => shared.runPromise(Shared)), ({ url }) => url)

/** A client of the server at a URL. */
export const client = (url: string) => NodeRedis.layer({ url, disableOfflineQueue: true })
