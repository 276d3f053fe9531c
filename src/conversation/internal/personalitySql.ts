/**
 * `Personality.layerSql`: one row for each setting of a person or a place, of which the personality is the first.
 *
 * A value is JSON with its version. One that cannot be read counts as none, is logged, and stays until it is set anew.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { UserId } from "../Message.ts"
import * as MemoryTables from "./memoryTables.ts"

const tables = MemoryTables.make("settings", {
  "1_settings": (sql) =>
    sql`create table codex_settings (
      owner text not null,
      name text not null,
      value text not null,
      changed_at bigint not null,
      primary key (owner, name)
    )`,
  // The first values had no version; none of them holds a brace at its beginning.
  "2_versions": (sql) => sql`update codex_settings set value = '{"v":1,"value":' || value || '}'`
})

// 7 and "7" are two people.
const ownerOf = (userId: UserId): string => `user:${JSON.stringify(userId)}`

/** A value as it lies in a row. */
interface Stored<A> {
  readonly v: 1
  readonly value: A
}

/** A setting under a name: what each owner has set. Another setting, of a person or a place, is another call. */
const setting = <A>(name: string, schema: Schema.Codec<Stored<A>, string>) => {
  const decode = Schema.decodeUnknownEffect(Schema.Struct({ value: schema }))
  const encode = Schema.encodeEffect(schema)
  return Effect.map(tables, ({ guarded, sql }) => ({
    get: (owner: string) =>
      sql`select value from codex_settings where owner = ${owner} and name = ${name}`.pipe(
        guarded("list"),
        Effect.flatMap(([row]) =>
          row === undefined ? Effect.succeedNone : decode(row).pipe(
            Effect.map(({ value }) => Option.some(value.value)),
            Effect.catch(() =>
              Effect.as(Effect.logWarning(`1 setting (${name}) cannot be read, and counts as none.`), Option.none())
            )
          )
        )
      ),
    put: (owner: string, value: A) =>
      Effect.gen(function*() {
        const row = { owner, name, value: yield* encode({ v: 1, value }), changed_at: yield* Clock.currentTimeMillis }
        yield* sql`insert into codex_settings ${sql.insert(row)}
          on conflict (owner, name) do update set value = excluded.value, changed_at = excluded.changed_at`
      }).pipe(guarded("append")),
    clear: (owner: string) =>
      sql`delete from codex_settings where owner = ${owner} and name = ${name}`.pipe(Effect.asVoid, guarded("clear"))
  }))
}

const personality = setting(
  "personality",
  Schema.fromJsonString(Schema.Struct({ v: Schema.Literal(1), value: Schema.String }))
)

/** What keeps the text of a user, as it is given. */
export const make = Effect.map(personality, ({ clear, get, put }) => ({
  get: (userId: UserId) => get(ownerOf(userId)),
  put: (userId: UserId, text: string) => put(ownerOf(userId), text),
  clear: (userId: UserId) => clear(ownerOf(userId))
}))
