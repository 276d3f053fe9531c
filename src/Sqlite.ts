/**
 * A SQLite file as Effect's `SqlClient`, over the `node:sqlite` that Node brings along.
 *
 * For a bot on one machine that has to remember: every layer of this library that ends in `Sql` runs on it, and on any
 * other `SqlClient` just as well. It is a door of its own (`effect-codex/sqlite`), since nobody else should load SQLite.
 */
import * as Cache from "effect/Cache"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlConnection from "effect/sql/SqlConnection"
import * as SqlError from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { home, inHome } from "./internal/machine.ts"
import { present, words } from "./internal/settings.ts"

/**
 * Where the database lies.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /**
   * The path of the file; it and its folder are made when they are missing. A leading `~/` is the home folder, and
   * `:memory:` keeps nothing.
   *
   * Default: `effect-codex/store.sqlite` in `XDG_STATE_HOME`, else in `.local/state` of the home folder.
   */
  readonly path?: string | undefined
  /** Milliseconds that a lock of another process is waited for; the event loop stands still meanwhile. Default: 200. */
  readonly busyTimeout?: number | undefined
}

/** SQLite's own code is `errcode` here and `errno` for whoever sorts failures. */
const failed = (operation: string) => (cause: unknown): SqlError.SqlError =>
  new SqlError.SqlError({
    reason: SqlError.classifySqliteError(
      Predicate.hasProperty(cause, "errcode") ? { errno: cause.errcode, cause } : cause,
      { message: `sqlite: ${operation} failed`, operation }
    )
  })

const attempt = <A>(operation: string, run: () => A): Effect.Effect<A, SqlError.SqlError> =>
  Effect.try({ try: run, catch: failed(operation) })

const isInput = (value: unknown): value is SQLInputValue =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint" ||
  value instanceof Uint8Array

/** What SQLite takes for a value of ours; `undefined` says nothing. */
const bound = (value: unknown): SQLInputValue =>
  typeof value === "boolean" ? Number(value) : isInput(value) ? value : null

const isBound = (value: unknown): boolean => value === undefined || typeof value === "boolean" || isInput(value)

// As nothing, a date would be lost in silence.
const unbound = Effect.suspend(() =>
  Effect.fail(failed("execute")("SQLite takes text, numbers, bigints, booleans, bytes and null: make it one of them."))
)

type Rows = ReadonlyArray<Record<string, unknown>>

const run = (statement: StatementSync, params: ReadonlyArray<unknown>, safeIntegers: boolean): Rows => {
  const values = params.map(bound)
  if (statement.columns().length > 0) {
    statement.setReadBigInts(safeIntegers)
    return statement.all(...values)
  }
  // Node 26 tells the last row's id even of a `BEGIN`, and throws after the fact when it is beyond 2^53.
  statement.setReadBigInts(true)
  statement.run(...values)
  return []
}

const defaultPath = Effect.gen(function*() {
  const paths = yield* Path.Path
  const state = yield* Config.String("XDG_STATE_HOME").pipe(
    // One that is relative is to be ignored, says the specification: it would be another in each folder.
    Effect.filterOrFail(paths.isAbsolute),
    Effect.catch(() => Effect.map(home, (folder) => paths.join(folder, ".local", "state")))
  )
  return paths.join(state, "effect-codex", "store.sqlite")
})

/**
 * Where a database lies with these options, for whoever has to tell.
 *
 * @since 0.2.0
 * @category constructors
 */
export const pathOf = ({ path }: Options): Effect.Effect<string, never, Path.Path> =>
  path === undefined ? defaultPath : Effect.map(inHome(path), Option.getOrElse(() => path))

const make = Effect.fnUntraced(function*(options: Options) {
  const { busyTimeout = 200 } = options
  const path = yield* pathOf(options)
  if (path !== ":memory:") {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    yield* fs.makeDirectory(paths.dirname(path), { recursive: true, mode: 0o700 }).pipe(
      Effect.mapError(failed("make the folder"))
    )
    // The file is there before SQLite opens it, so that at no moment others may read it.
    yield* Effect.scoped(fs.open(path, { flag: "a", mode: 0o600 })).pipe(Effect.mapError(failed("open")))
    // One that was copied here has the mode of its copy; what belongs to somebody else stays as it is.
    yield* Effect.ignore(fs.chmod(path, 0o600))
  }
  const database = yield* Effect.acquireRelease(
    attempt("open", () => new DatabaseSync(path, { timeout: busyTimeout })),
    (database) => Effect.sync(() => database.close())
  )
  yield* attempt("open", () => database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"))

  // A database that could not be read for a moment is read the next time.
  const prepared = yield* Cache.makeWith((sql: string) => attempt("prepare", () => database.prepare(sql)), {
    capacity: 200,
    timeToLive: (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
  })
  const kept = (sql: string) => Cache.get(prepared, sql)
  const once = (sql: string) => attempt("prepare", () => database.prepare(sql))
  const found = (
    statement: Effect.Effect<StatementSync, SqlError.SqlError>,
    params: ReadonlyArray<unknown>,
    arrays: boolean
  ) =>
    params.every(isBound)
      ? Effect.flatMap(statement, (statement) =>
        Effect.withFiber((fiber) =>
          attempt("execute", () => {
            statement.setReturnArrays(arrays)
            return run(statement, params, fiber.getRef(SqlClient.SafeIntegers))
          })
        ))
      : unbound
  const rows = (statement: Effect.Effect<StatementSync, SqlError.SqlError>, params: ReadonlyArray<unknown>) =>
    found(statement, params, false)
  const values = (statement: Effect.Effect<StatementSync, SqlError.SqlError>, params: ReadonlyArray<unknown>) =>
    Effect.map(found(statement, params, true), (rows) => rows.map((row) => Object.values(row)))
  const shaped = (found: Effect.Effect<Rows, SqlError.SqlError>, transform: ((rows: Rows) => Rows) | undefined) =>
    transform === undefined ? found : Effect.map(found, transform)

  const connection: SqlConnection.Connection = {
    execute: (sql, params, transform) => shaped(rows(kept(sql), params), transform),
    executeRaw: (sql, params) => rows(kept(sql), params),
    executeValues: (sql, params) => values(kept(sql), params),
    executeValuesUnprepared: (sql, params) => values(once(sql), params),
    executeUnprepared: (sql, params, transform) => shaped(rows(once(sql), params), transform),
    executeStream: (sql, params, transform) =>
      Stream.unwrap(Effect.map(shaped(rows(kept(sql), params), transform), Stream.fromIterable))
  }
  return yield* SqlClient.make({
    ...SqlClient.makeSqliteAcquirers({
      connection: Effect.succeed(connection),
      semaphore: yield* Semaphore.make(1),
      isTransaction: () => database.isTransaction
    }),
    // Two that read first and then both want to write would fail each other.
    beginTransaction: "BEGIN IMMEDIATE",
    compiler: Statement.makeCompilerSqlite(),
    driver: "node:sqlite",
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/**
 * A SQLite file in WAL mode, readable by its owner only, open as long as the layer lives.
 *
 * Provide it to the `layerSql` of `Memory`, `Personality`, `UsageMeter` and `Audit`, which may share one file. The
 * layer fails with `SqlError` when the file cannot be opened or is no database.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

/**
 * `CODEX_STORE_PATH`.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({ path: words("CODEX_STORE_PATH") })

/**
 * `layer` with each option from the environment, or from a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<
  SqlClient.SqlClient,
  SqlError.SqlError | Config.ConfigError,
  FileSystem.FileSystem | Path.Path
> => Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
