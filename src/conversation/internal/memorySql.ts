/**
 * `Memory.layerSql`: a row for each turn.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tables from "../../internal/tables.ts"
import type { UserId } from "../Message.ts"
import {
  type Appended,
  fromRows,
  isMessage,
  isOfMessages,
  isSetting,
  longestAnswer,
  oldest,
  sweeping,
  toRow,
  type Turn
} from "../Remembered.ts"
import { MemoryFailed } from "../TurnError.ts"
import * as MemoryTables from "./memoryTables.ts"

export interface Options {
  readonly retention?: Duration.Input | undefined
}

const decode = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ turn: Schema.fromJsonString(Schema.Unknown) }))
)

/** When a setting was written: it does not grow old. */
const never = Number.MAX_SAFE_INTEGER

// 7 and "7" are two people.
const userIdOf = (userId: UserId | undefined): string | null => userId === undefined ? null : JSON.stringify(userId)

const tables = MemoryTables.make("memory", {
  "1_messages": (sql) =>
    Effect.andThen(
      sql`create table codex_memory (
        id ${Tables.counter(sql)},
        conversation text not null,
        written_at bigint not null,
        message text not null
      )`,
      sql`create index codex_memory_conversation on codex_memory (conversation, id)`
    ),
  // Messages stay where they are, and are read as turns of version 0.
  "2_turns": (sql) =>
    Effect.all([
      sql`alter table codex_memory rename column message to turn`,
      sql`alter table codex_memory add column turn_id text`,
      sql`create unique index codex_memory_turn on codex_memory (conversation, turn_id)`,
      sql`update codex_memory set written_at = ${never} where conversation like 'personality:%'`
    ]),
  "3_users": (sql) =>
    Effect.andThen(
      sql`alter table codex_memory add column user_id text`,
      sql`create index codex_memory_user on codex_memory (user_id)`
    ),
  // Whoever is answered by another process at that moment is forgotten there, too.
  "4_forgotten": (sql) =>
    sql`create table codex_memory_forgotten (user_id text primary key, forgotten_at bigint not null)`
})

/** The history over the database of the context. */
export const make = Effect.fnUntraced(function*({ retention }: Options) {
  const { guarded, sql, use } = yield* tables

  // SQLite takes no infinity.
  const since = Effect.map(oldest(retention), (oldest) => Math.max(0, oldest))

  // A number that is no count is none that a database takes: as many as there are.
  const limitOf = (last: number | undefined) =>
    last === undefined || !Number.isFinite(last) ? sql.literal("") : sql`limit ${Math.max(0, Math.trunc(last))}`

  const rowsOf = (key: string, last: number | undefined) =>
    Effect.flatMap(
      since,
      (since) =>
        sql`select turn from codex_memory where conversation = ${key} and written_at >= ${since}
        order by id desc ${limitOf(last)}`
    ).pipe(
      Effect.flatMap((rows) =>
        Effect.mapError(decode(rows), () => new MemoryFailed({ operation: "list", reason: "unreadable" }))
      ),
      Effect.map((rows) => rows.map(({ turn }) => turn).reverse())
    )

  // What a later version wrote, or nobody can read, is not ours to delete. This is how ours begins.
  yield* sweeping(
    retention,
    (oldest) =>
      use(sql`delete from codex_memory where written_at < ${oldest} and (
        turn like '{"v":1,%' or turn like '{"role":%' or turn like '{"content":%'
      )`)
  )

  // By its own time a turn grows old in every store; by a time to come none is kept the longer.
  const timeOf = (turn: Turn) =>
    isSetting(turn) ? Effect.succeed(never) : Effect.map(
      Clock.currentTimeMillis,
      (now) => isOfMessages(turn) ? now : Math.min(now, DateTime.toEpochMillis(turn.at))
    )

  return {
    append: (key: string, turn: Turn) =>
      Effect.flatMap(
        timeOf(turn),
        (written_at) =>
          sql`insert into codex_memory (conversation, written_at, turn, turn_id, user_id)
          select ${key}, cast(${written_at} as bigint), ${JSON.stringify(toRow(turn))}, ${turn.id ?? null},
            ${userIdOf(turn.user)}
          where not exists (select 1 from codex_memory_forgotten
            where user_id = ${userIdOf(turn.user)} and forgotten_at > ${DateTime.toEpochMillis(turn.at)})
          on conflict (conversation, turn_id) do update set turn = excluded.turn, user_id = excluded.user_id
          returning 1 as kept`
      ).pipe(
        Effect.map((rows): Appended => rows.length === 0 ? "forgotten" : undefined),
        guarded("append")
      ),
    list: (key: string, { last }: { readonly last?: number | undefined } = {}) =>
      Effect.gen(function*() {
        const rows = yield* rowsOf(key, last)
        // A message of version 0 is half a turn, so there are as many again to be read.
        const turns = yield* fromRows(
          last !== undefined && rows.some(isMessage) ? yield* rowsOf(key, 2 * last) : rows
        )
        return last === undefined ? turns : last <= 0 ? [] : turns.slice(-last)
      }).pipe(guarded("list")),
    clear: (key: string) =>
      sql`delete from codex_memory where conversation = ${key}`.pipe(Effect.asVoid, guarded("clear")),
    move: (from: string, to: string) =>
      from === to ? Effect.void : sql.withTransaction(Effect.andThen(
        sql`insert into codex_memory (conversation, written_at, turn, turn_id, user_id)
          select ${to}, written_at, turn, turn_id, user_id from codex_memory where conversation = ${from} order by id
          on conflict (conversation, turn_id) do nothing`,
        sql`delete from codex_memory where conversation = ${from}`
      )).pipe(Effect.asVoid, guarded("move")),
    forget: (userId: UserId) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        yield* sql`delete from codex_memory_forgotten where forgotten_at < ${now - longestAnswer}`
        // First, and by itself: what is written behind it is not kept, and what was written before it is deleted.
        yield* sql`insert into codex_memory_forgotten (user_id, forgotten_at) values (${userIdOf(userId)}, ${now})
          on conflict (user_id) do update set forgotten_at = excluded.forgotten_at`
        yield* sql`delete from codex_memory where user_id = ${userIdOf(userId)}`
        return true
      }).pipe(guarded("clear"))
  }
})
