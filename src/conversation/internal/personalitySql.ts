/**
 * `Personality.layerSql`: one row for each setting of a person, of which the personality is the first.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { UserId } from "../Message.ts"
import * as MemoryTables from "./memoryTables.ts"

const decode = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ value: Schema.fromJsonString(Schema.String) })))

const tables = MemoryTables.make("settings", {
  "1_settings": (sql) =>
    sql`create table codex_settings (
      owner text not null,
      name text not null,
      value text not null,
      changed_at bigint not null,
      primary key (owner, name)
    )`
})

// 7 and "7" are two people.
const ownerOf = (userId: UserId): string => `user:${JSON.stringify(userId)}`
const name = "personality"

/** What keeps the text of a user, as it is given. */
export const make = Effect.fnUntraced(function*() {
  const { guarded, sql } = yield* tables
  return {
    get: (userId: UserId) =>
      sql`select value from codex_settings where owner = ${ownerOf(userId)} and name = ${name}`.pipe(
        Effect.flatMap((rows) => decode(rows)),
        Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), ({ value }) => value)),
        guarded("list")
      ),
    put: (userId: UserId, text: string) =>
      Effect.flatMap(
        Clock.currentTimeMillis,
        (changed_at) =>
          sql`insert into codex_settings ${
            sql.insert({ owner: ownerOf(userId), name, value: JSON.stringify(text), changed_at })
          } on conflict (owner, name) do update set value = excluded.value, changed_at = excluded.changed_at`
      ).pipe(
        Effect.asVoid,
        guarded("append")
      ),
    clear: (userId: UserId) =>
      sql`delete from codex_settings where owner = ${ownerOf(userId)} and name = ${name}`.pipe(
        Effect.asVoid,
        guarded("clear")
      )
  }
})
