/**
 * Groups that became supergroups, beside the turns that survive: what was asked under the first id is stopped and forgotten
 * under the other one also by the next process, and by the instances that Telegram did not tell.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Tables from "../../internal/tables.ts"
import { IsShared } from "./grace.ts"
import { MovedChats, remembered } from "./movedChats.ts"

const tables = Tables.make("moved_chats", {
  "1_moved_chats": (sql) =>
    sql`create table codex_moved_chats (
      first text primary key,
      later text not null,
      learned bigint not null
    )`
})

const decode = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ first: Schema.String, later: Schema.FiniteFromString }))
)

/** What is known there is known here, and the reverse, as long as the layer lives. */
export const layer = Layer.effectDiscard(Effect.gen(function*() {
  const moved = yield* MovedChats
  const { sql, use } = yield* tables
  const news = yield* Queue.unbounded<readonly [first: string, later: string]>()
  const hear = (from: number | string, to: number) => void Queue.offerUnsafe(news, [String(from), String(to)])
  yield* Effect.acquireRelease(Effect.sync(() => moved.watch(hear)), (leave) => Effect.sync(leave))
  moved.places.forEach((to, from) => hear(from, to))
  const read = use(sql`select first, later from codex_moved_chats order by learned desc limit ${remembered}`).pipe(
    Effect.flatMap((rows) => decode(rows)),
    Effect.tap((rows) =>
      Effect.sync(() => rows.toReversed().forEach(({ first, later }) => moved.recall(first, later)))
    ),
    // It is read again, and the turns say what is the matter with their store.
    Effect.ignore
  )
  const write = Effect.flatMap(Queue.take(news), ([first, later]) =>
    use(
      sql`insert into codex_moved_chats (first, later, learned) values (${first}, ${later}, ${Tables.now(sql)})
        on conflict (first) do nothing`
    ).pipe(Effect.retry(Schedule.spaced("1 second")), Effect.ignore))
  yield* Effect.forkScoped(Effect.forever(write))
  yield* read
  if (yield* IsShared) yield* Effect.forkScoped(Effect.repeat(Effect.delay(read, "1 minute"), Schedule.forever))
}))
