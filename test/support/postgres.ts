/**
 * A Postgres of our own for the length of a test file: a cluster in a temporary folder, on a free port.
 *
 * Debian's package is enough (`apt-get install postgresql`); nothing of a server that already runs is touched. Postgres
 * refuses to run as root, so root starts it as the user `postgres`, which the package brings.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { freePort } from "./freePort.ts"
import * as Installed from "./installed.ts"

/** Whether there is a Postgres to start. */
export const isInstalled = Installed.isThere(Installed.postgres)

const bin = dirname(Installed.postgres.program ?? "")

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

/** A running server, and how to stop and start it in between. */
export const server = Effect.gen(function*() {
  const pg = (name: string) => join(bin, name)
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

/** A client of the server at `url`. */
export const client = (url: string) =>
  PgClient.layer({ url: Redacted.make(url), connectTimeout: Duration.seconds(2), maxConnections: 4 })
