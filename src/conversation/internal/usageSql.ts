/**
 * `UsageMeter.layerSql`: one row of sums for each user, and one for all.
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Count } from "../../internal/tables.ts"
import type { UserId } from "../Message.ts"
import * as MemoryTables from "./memoryTables.ts"

const Row = Schema.Struct({
  user_id: Schema.String,
  requests: Count,
  input_tokens: Count,
  output_tokens: Count,
  total_tokens: Count,
  since: Count
})
const decode = Schema.decodeUnknownOption(Row)
const decodeUserId = Schema.decodeOption(Schema.fromJsonString(Schema.Union([Schema.Finite, Schema.String])))

const all = ""

interface Tokens {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
}

interface Totals extends Tokens {
  readonly requests: number
}

const tables = MemoryTables.make("usage", {
  "1_sums": (sql) =>
    sql`create table codex_usage (
      user_id text primary key,
      requests bigint not null,
      input_tokens bigint not null,
      output_tokens bigint not null,
      total_tokens bigint not null,
      since bigint not null
    )`
})

/** The sums over the database of the context. */
export const make = Effect.map(tables, ({ guarded, sql, use }) => {
  const add = (users: Arr.NonEmptyReadonlyArray<string>, tokens: Tokens | undefined) =>
    Effect.flatMap(Clock.currentTimeMillis, (since) =>
      use(
        sql`insert into codex_usage ${
          sql.insert(Arr.map(users, (user_id) => ({
            user_id,
            requests: 1,
            input_tokens: tokens?.inputTokens ?? 0,
            output_tokens: tokens?.outputTokens ?? 0,
            total_tokens: tokens?.totalTokens ?? 0,
            since
          })))
        } on conflict (user_id) do update set
          requests = codex_usage.requests + excluded.requests,
          input_tokens = codex_usage.input_tokens + excluded.input_tokens,
          output_tokens = codex_usage.output_tokens + excluded.output_tokens,
          total_tokens = codex_usage.total_tokens + excluded.total_tokens`
      ))
  return {
    record: ({ tokens, userId }: { readonly userId: UserId | undefined; readonly tokens: Tokens | undefined }) =>
      add(userId === undefined ? [all] : [all, JSON.stringify(userId)], tokens).pipe(
        Effect.catch(() => Effect.logWarning("The usage of a turn could not be counted.")),
        Effect.asVoid
      ),
    forget: (userId: UserId) =>
      Effect.asVoid(guarded("clear")(sql`delete from codex_usage where user_id = ${JSON.stringify(userId)}`)),
    usage: sql`select * from codex_usage`.pipe(
      guarded("list"),
      Effect.flatMap((rows) => {
        let total: Totals = { requests: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 }
        let since: DateTime.Utc | undefined
        let unreadable = 0
        const perUser = new Map<UserId, Totals>()
        for (const row of rows.map((row) => decode(row))) {
          const userId = Option.flatMap(
            row,
            ({ user_id }) => user_id === all ? Option.some(undefined) : decodeUserId(user_id)
          )
          if (Option.isNone(row) || Option.isNone(userId)) {
            unreadable++
            continue
          }
          const totals: Totals = {
            requests: row.value.requests,
            inputTokens: row.value.input_tokens,
            outputTokens: row.value.output_tokens,
            totalTokens: row.value.total_tokens
          }
          if (userId.value === undefined) {
            total = totals
            since = DateTime.makeUnsafe(row.value.since)
          } else perUser.set(userId.value, totals)
        }
        const told = unreadable === 0
          ? Effect.void
          : Effect.logWarning(`${unreadable} sums of the usage cannot be read, and are left out.`)
        return Effect.as(told, { total, perUser, since })
      })
    )
  }
})
