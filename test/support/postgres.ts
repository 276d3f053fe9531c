/**
 * A Postgres of our own for the length of a test file: a cluster in a temporary folder, on a free port, or the one that
 * `CODEX_TEST_POSTGRES` names.
 *
 * Debian's package is enough (`apt-get install postgresql`); nothing of a server that already runs is touched. Postgres
 * refuses to run as root, so root starts it as the user `postgres`, which the package brings.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll } from "vitest"

const folders = "/usr/lib/postgresql"
const version = existsSync(folders) ? readdirSync(folders).toSorted((a, b) => Number(b) - Number(a))[0] : undefined
const bin = version === undefined ? undefined : join(folders, version, "bin")

/** Whether there is a Postgres to start. */
export const isInstalled = process.env["CODEX_TEST_POSTGRES"] !== undefined ||
  (bin !== undefined && existsSync(join(bin, "initdb")))

const run = (program: string, ...args: ReadonlyArray<string>) => {
  const asPostgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...args]
  const [file, all] = process.getuid?.() === 0 ? ["setpriv", asPostgres] : [program, args]
  return Effect.tryPromise(() =>
    new Promise<string>((resolve, reject) =>
      execFile(
        file,
        all,
        { cwd: "/" },
        (error, stdout, stderr) => error === null ? resolve(stdout) : reject(new Error(stderr))
      )
    )
  )
}

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A running server, and how to stop and start it in between. */
export const server = Effect.gen(function*() {
  const pg = (name: string) => join(bin ?? "", name)
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync("/tmp/codex-postgres-")
      chmodSync(folder, 0o777)
      return folder
    }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const data = join(folder, "data")
  const port = yield* freePort
  yield* run(pg("initdb"), "--pgdata", data, "--auth=trust", "--username=codex", "--no-sync", "--encoding=UTF8")
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`
  const start = run(pg("pg_ctl"), "--pgdata", data, "-w", "-l", join(folder, "log"), "-o", options, "start")
  const stop = run(pg("pg_ctl"), "--pgdata", data, "-m", "immediate", "stop")
  yield* Effect.acquireRelease(start, () => Effect.ignore(stop))
  return { url: `postgres://codex@127.0.0.1:${port}/postgres`, start, stop }
})

const given = process.env["CODEX_TEST_POSTGRES"]

class Shared extends Context.Service<Shared, { readonly url: string }>()("test/Postgres") {}

// Built at the first use, for all tests of the file.
const shared = ManagedRuntime.make(Layer.effect(Shared, given === undefined ? server : Effect.succeed({ url: given })))
afterAll(() => shared.dispose())

/** The URL of an empty database, on a server that the tests of a file share. */
export const database = Effect.gen(function*() {
  const { url } = yield* Effect.promise(() => shared.runPromise(Shared))
  const name = `codex_${randomUUID().replaceAll("-", "")}`
  yield* SqlClient.SqlClient.use((sql) => sql`create database ${sql(name)}`).pipe(Effect.provide(client(url)))
  const place = new URL(url)
  place.pathname = `/${name}`
  return place.href
})

/** A client of the server at `url`. */
export const client = (url: string) =>
  PgClient.layer({ url: Redacted.make(url), connectTimeout: Duration.seconds(2), maxConnections: 4 })
