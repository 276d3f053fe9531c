/**
 * `Audit.layerSql`: a row for each turn, with its time beside the event, so that a range of time can be asked for.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Tables from "../../internal/tables.ts"
import { AuditFailed } from "../TurnError.ts"

const tables = Tables.make("audit", {
  "1_events": (sql) =>
    Effect.andThen(
      sql`create table codex_audit (
        id ${Tables.counter(sql)},
        began_at bigint not null,
        event text not null
      )`,
      sql`create index codex_audit_began_at on codex_audit (began_at)`
    )
})

/** Writes each event as the text that `encode` makes of it. */
export const make = <Event extends { readonly timestamp: DateTime.Utc }>(encode: (event: Event) => string) =>
  Effect.map(tables, ({ sql, use }) => ({
    record: (event: Event) =>
      use(
        sql`insert into codex_audit ${
          sql.insert({ began_at: DateTime.toEpochMillis(event.timestamp), event: encode(event) })
        }`
      ).pipe(Effect.mapError((cause) => new AuditFailed({ cause })), Effect.asVoid)
  }))
