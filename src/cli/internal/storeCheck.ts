/**
 * The check of the store: can conversations be kept where the bot keeps them.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as SqlClient from "effect/sql/SqlClient"
import * as Finding from "./finding.ts"
import * as Keeping from "./keeping.ts"
import { exitCodes, misconfiguration } from "./outcome.ts"

/** The nearest folder above a path that is there. */
const nearest = (path: string): Effect.Effect<string, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const folder = paths.dirname(path)
    return folder === path || (yield* Effect.orElseSucceed(fs.exists(folder), () => false))
      ? folder
      : yield* nearest(folder)
  })

const setPath = "Set CODEX_STORE_PATH to a file in a folder that the bot can write."

/** Asks the database that several instances share. */
const shared = (store: Keeping.Store) =>
  Effect.scoped(Layer.build(Layer.fresh(Keeping.database(store)))).pipe(
    Effect.as(Finding.ok("store", `conversations are kept in ${Keeping.placeOf(store)}`)),
    Effect.catch(({ exitCode, message }) =>
      Effect.succeed(Finding.broken(
        "store",
        message,
        exitCode === exitCodes.usage
          ? "Install it beside effect-codex."
          : "Set CODEX_STORE_URL to a Postgres that is there, and lets the bot make tables."
      ))
    )
  )

/** Opens the database, if there is one; makes none. */
export const store = Effect.gen(function*() {
  const where = yield* Effect.result(Keeping.url)
  if (where._tag === "Failure") {
    return Finding.broken("store", where.failure.message, "Set CODEX_STORE_URL to the address of a Postgres.")
  }
  if (Option.isSome(where.success)) {
    return yield* shared({ _tag: "Postgres", url: where.success.value })
  }
  const fs = yield* FileSystem.FileSystem
  // SQLite is loaded by nobody else here.
  const Sqlite = yield* Effect.promise(() => import("../../Sqlite.ts"))
  const options = yield* Effect.result(Sqlite.config)
  if (options._tag === "Failure") {
    return Finding.broken("store", misconfiguration(options.failure), setPath)
  }
  const path = yield* Sqlite.pathOf(options.success)
  if (path === ":memory:") {
    return Finding.warning("store", "conversations are forgotten when the bot stops", setPath)
  }
  if (!(yield* Effect.orElseSucceed(fs.exists(path), () => false))) {
    const folder = yield* nearest(path)
    const isFolder = yield* Effect.orElseSucceed(
      Effect.map(fs.stat(folder), ({ type }) => type === "Directory"),
      () => false
    )
    return isFolder && (yield* Effect.isSuccess(fs.access(folder, { writable: true })))
      ? Finding.ok("store", `${path} is made when the bot starts`)
      : Finding.broken("store", `${path} cannot be made: ${folder} cannot be written`, setPath)
  }
  if (!(yield* Effect.isSuccess(fs.access(path, { writable: true })))) {
    return Finding.broken("store", `${path} cannot be written`, setPath)
  }
  const opened = SqlClient.SqlClient.use((sql) => sql`PRAGMA quick_check(1)`).pipe(
    Effect.provide(Layer.fresh(Sqlite.layer({ path })))
  )
  return (yield* Effect.isSuccess(opened))
    ? Finding.ok("store", `conversations are kept in ${path}`)
    : Finding.broken("store", `${path} is no database, or another process holds it`, setPath)
})
