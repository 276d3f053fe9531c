/**
 * `Memory.layerSql`.
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Tables from "../../internal/tables.ts"
import type { Service } from "../Memory.ts"
import * as MemoryTables from "./memoryTables.ts"

export interface Options {
  readonly retention?: Duration.Input | undefined
}

const Row = Schema.Struct({
  message: Schema.fromJsonString(Schema.Struct({
    role: Schema.Literals(["system", "user", "assistant"]),
    content: Schema.String
  }))
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))
const encode = Schema.encodeSync(Row)

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
    )
})

/** The history over the database of the context. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const { guarded, sql, use } = yield* tables
  const retention = Option.map(Option.fromUndefinedOr(options.retention), Duration.fromInputUnsafe)

  const oldest = Effect.map(
    Clock.currentTimeMillis,
    (now) => Option.match(retention, { onNone: () => 0, onSome: (kept) => now - Duration.toMillis(kept) })
  )

  const service: Service = {
    append: (key, messages) =>
      Arr.isReadonlyArrayNonEmpty(messages)
        ? Effect.flatMap(Clock.currentTimeMillis, (written_at) =>
          sql`insert into codex_memory ${
            sql.insert(Arr.map(messages, (message) => ({ conversation: key, written_at, ...encode({ message }) })))
          }`).pipe(Effect.asVoid, guarded("append"))
        : Effect.void,
    list: (key, { last } = {}) =>
      Effect.flatMap(
        oldest,
        (oldest) =>
          sql`select message from codex_memory where conversation = ${key} and written_at >= ${oldest}
          order by id desc ${last === undefined ? sql.literal("") : sql`limit ${Math.max(0, last)}`}`
      ).pipe(
        Effect.flatMap((rows) => decode(rows)),
        Effect.map((rows) => rows.map(({ message }) => message).reverse()),
        guarded("list")
      ),
    clear: (key) => sql`delete from codex_memory where conversation = ${key}`.pipe(Effect.asVoid, guarded("clear")),
    move: (from, to) =>
      from === to ? Effect.void : sql.withTransaction(Effect.andThen(
        sql`insert into codex_memory (conversation, written_at, message)
          select ${to}, written_at, message from codex_memory where conversation = ${from} order by id`,
        sql`delete from codex_memory where conversation = ${from}`
      )).pipe(Effect.asVoid, guarded("move"))
  }

  if (Option.isSome(retention)) {
    yield* oldest.pipe(
      Effect.flatMap((oldest) => use(sql`delete from codex_memory where written_at < ${oldest}`)),
      Effect.catch(() => Effect.logWarning("History that is older than its time could not be deleted.")),
      Effect.repeat(Schedule.spaced("1 hour")),
      Effect.forkScoped
    )
  }
  return service
})
