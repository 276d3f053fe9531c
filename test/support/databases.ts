/**
 * Empty databases for tests, on one Postgres for all tests of a file: the one that `CODEX_TEST_POSTGRES` names, or one of
 * our own.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as SqlClient from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"
import { afterAll } from "vitest"
import * as Installed from "./installed.ts"
import { client, server } from "./postgres.ts"

const given = Installed.postgres.url

class Shared extends Context.Service<Shared, { readonly url: string }>()("test/Postgres") {}

// Built at the first use, for all tests of the file.
const shared = ManagedRuntime.make(Layer.effect(Shared, given === undefined ? server : Effect.succeed({ url: given })))
afterAll(() => shared.dispose())

/** The URL of an empty database, on a server that the tests of a file share. */
export const postgres = Effect.gen(function*() {
  const { url } = yield* Effect.promise(() => shared.runPromise(Shared))
  const name = `codex_${randomUUID().replaceAll("-", "")}`
  yield* SqlClient.SqlClient.use((sql) => sql`create database ${sql(name)}`).pipe(Effect.provide(client(url)))
  const place = new URL(url)
  place.pathname = `/${name}`
  return place.href
})
