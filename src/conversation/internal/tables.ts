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
import * as Schedule from "effect/Schedule"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { MemoryFailed } from "../TurnError.ts"

/** What using a table can fail with. */
export type TableError = SqlError | Migrator.MigrationError

/** One step, which is never changed once it was released: what comes later is a step of its own. */
export type Migration = (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError>

/** A number that counts up by itself, as each database spells it. */
export const counter = (sql: SqlClient.SqlClient) =>
  sql.onDialectOrElse({
    pg: () => sql.literal("bigserial primary key"),
    orElse: () => sql.literal("integer primary key autoincrement")
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
    // Another process is at it, in the same moment.
    Effect.retry({
      times: 20,
      schedule: Schedule.jittered(Schedule.spaced("50 millis")),
      while: (error) => error._tag === "SqlError" && error.isRetryable && error.reason._tag !== "ConnectionError"
    })
  )
  const [migrated] = yield* Effect.cachedInvalidateWithTTL(
    looked,
    (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
  )
  const use = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E | TableError> => Effect.andThen(migrated, self)
  return {
    sql,
    use,
    /** `use` for a store whose failures are those of a memory. */
    guarded:
      (operation: MemoryFailed["operation"]) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, MemoryFailed> =>
        Effect.mapError(use(self), (cause) => new MemoryFailed({ operation, cause }))
  }
})
