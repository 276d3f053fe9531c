/**
 * The servers that tests of stores need, and how to get them. What is not there is skipped, and said so at the end; in
 * `.ci/run`, which installs and starts them, a test that was skipped fails the run.
 */
import { accessSync, constants, existsSync, readdirSync } from "node:fs"
import { delimiter, join } from "node:path"

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const inPath = (name: string): string | undefined =>
  (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)).find(isProgram)

const versions = "/usr/lib/postgresql"
const debian = existsSync(versions)
  ? readdirSync(versions).toSorted((a, b) => Number(b) - Number(a)).map((version) =>
    join(versions, version, "bin", "initdb")
  )
  : []

interface Server {
  readonly name: string
  /** One that runs already, for these tests alone. */
  readonly url: string | undefined
  /** The program that starts one. */
  readonly program: string | undefined
  readonly install: string
}

/** Postgres: `initdb` and its neighbours. */
export const postgres: Server = {
  name: "Postgres",
  url: process.env["CODEX_TEST_POSTGRES"],
  program: [...debian, inPath("initdb")].find((path) => path !== undefined && isProgram(path)),
  install: "apt-get install postgresql"
}

/** Redis. */
export const redis: Server = {
  name: "Redis",
  url: process.env["CODEX_TEST_REDIS"],
  program: inPath("redis-server"),
  install: "apt-get install redis-server"
}

/** Whether tests can have a server. */
export const isThere = ({ program, url }: Server): boolean => url !== undefined || program !== undefined

/** The name of a test that needs a server: it tells when it is skipped, and what would help. */
export const named = (server: Server, name: string): string =>
  isThere(server) ? name : `${name}: SKIPPED, there is no ${server.name} here (${server.install})`

/** For vitest: what the end of a run says. */
export const teardown = (): void => {
  for (const server of [postgres, redis].filter((server) => !isThere(server))) {
    process.stderr.write(`\n  SKIPPED: the tests on ${server.name}. To run them: ${server.install}\n`)
  }
}
