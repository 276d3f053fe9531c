/**
 * The tables of one service in a SQL database, made and changed by themselves.
 *
 * Each service has a table of migrations of its own, so that services share a database or have one each. The tables are
 * looked after at the first use, and again as long as that failed: a database that is away when the bot starts is not
 * missed before it is needed, and is used as soon as it is there.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"

/** What using a table can fail with. */
export type TableError = SqlError.SqlError | Migrator.MigrationError

/** One step, which is never changed once it was released: what comes later is a step of its own. */
export type Migration = (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError>

/** A number that counts up by itself, as each database spells it. */
export const counter = (sql: SqlClient.SqlClient) =>
  sql.onDialectOrElse({
    pg: () => sql.literal("bigserial primary key"),
    orElse: () => sql.literal("integer primary key autoincrement")
  })

/** Milliseconds since 1970 by the clock of the database, which is one for all who share it. */
export const now = (sql: SqlClient.SqlClient) =>
  sql.onDialectOrElse({
    pg: () => sql.literal("cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"),
    orElse: () => sql.literal("cast(unixepoch('subsec') * 1000 as integer)")
  })

/** A number of a row: SQLite gives numbers, Postgres' driver a bigint. */
export const Count = Schema.Union([
  Schema.Finite,
  Schema.BigInt.pipe(Schema.decodeTo(
    Schema.Finite,
    SchemaTransformation.transform({ decode: Number, encode: BigInt })
  ))
])

// SQLite's own codes, and SQLSTATE of Postgres.
const problems: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [8, "the database is read-only"],
  [13, "the database is full"],
  [11, "the database is damaged"],
  [26, "the file is no database"],
  ["25006", "the database is read-only"],
  ["53100", "the database is full"],
  ["53300", "the database has no connection left"]
])

/** The code of a failure, by whatever it is wrapped in. */
export const codeOf = (cause: unknown): unknown =>
  !Predicate.isObject(cause)
    ? undefined
    : Predicate.hasProperty(cause, "errcode") && Predicate.isNumber(cause.errcode)
    ? cause.errcode & 0xff
    : Predicate.hasProperty(cause, "code")
    ? cause.code
    : Predicate.hasProperty(cause, "cause")
    ? codeOf(cause.cause)
    : undefined

/** What is the matter with a database, in a few words that say nothing of what is in it. */
export const problemOf = (error: unknown): string => {
  if (!SqlError.isSqlError(error)) {
    return Schema.isSchemaError(error) ? "a row cannot be read" : "the tables cannot be made"
  }
  const known = problems.get(codeOf(error.reason.cause))
  if (known !== undefined) return known
  switch (error.reason._tag) {
    case "ConnectionError":
      return "no connection to the database"
    case "AuthenticationError":
    case "AuthorizationError":
      return "the database refuses this user"
    case "DeadlockError":
    case "LockTimeoutError":
    case "SerializationError":
    case "StatementTimeoutError":
      return "the database is busy"
    default:
      return error.reason._tag
  }
}

const isBusy = (error: TableError): boolean =>
  error._tag === "SqlError" && error.isRetryable && error.reason._tag !== "ConnectionError"

/** Tries again, for about a second, what only fails since another process is at it in the same moment. */
export const patiently = <A, E extends { readonly _tag: string }>(self: Effect.Effect<A, E | TableError>) =>
  Effect.retry(self, {
    times: 20,
    schedule: Schedule.jittered(Schedule.spaced("50 millis")),
    while: (error) => SqlError.isSqlError(error) && isBusy(error)
  })

const migrate = Migrator.make({})

/** The tables of a service; `use` runs something once they are there. */
export const make = Effect.fnUntraced(function*(
  service: string,
  migrations: Readonly<Record<string, Migration>>
) {
  const sql = yield* SqlClient.SqlClient
  const steps = Migrator.fromRecord(
    Object.fromEntries(Object.entries(migrations).map(([name, step]) => [name, step(sql)]))
  )
  const looked = migrate({ loader: steps, table: `codex_${service}_migrations` }).pipe(
    Effect.provideService(SqlClient.SqlClient, sql),
    patiently
  )
  const [migrated] = yield* Effect.cachedInvalidateWithTTL(
    looked,
    (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
  )
  const use = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E | TableError> => Effect.andThen(migrated, self)
  return { sql, use }
})
