/**
 * A store has one bot at a time: in its file one process, in its Postgres the instances of one bot.
 *
 * Two bots would take each other's prompts, which neither of them can answer, and people would go on with one bot where
 * they left off with the other.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import * as FileLock from "../../internal/fileLock.ts"
import * as Tables from "../../internal/tables.ts"
import * as Keeping from "./keeping.ts"
import * as Serving from "./serving.ts"

/** One that ends has its answers to finish first. */
const longest = Duration.seconds(20)

const waits = (place: string) =>
  Effect.logWarning(`Another bot runs on ${place}: it is waited for, ${Duration.toSeconds(longest)} seconds at most.`)

/** A file that another process has is waited for; it is ours as long as the scope. */
const file = Effect.fnUntraced(function*(path: string) {
  if (path === ":memory:") return
  const fs = yield* FileSystem.FileSystem
  // One file may be called by several names.
  const place = `${yield* Effect.orElseSucceed(fs.realPath(path), () => path)}.lock`
  yield* Effect.ignore(fs.writeFile(place, new Uint8Array(), { flag: "a", mode: 0o600 }))
  yield* FileLock.holdFileLock({
    places: [Effect.succeedSome(place)],
    longest,
    onWait: waits(path),
    onNone: Effect.void,
    onBusy: Serving.failed(
      `Another bot runs on ${path}. Stop it, or give this one a file of its own: set CODEX_STORE_PATH.`
    )
  })
})

/** How often an instance says that it is there, and how long it is believed. */
const beat = Duration.seconds(5)
const believed = Duration.toMillis("15 seconds")

const tables = Tables.make("instances", {
  "1_instances": (sql) =>
    sql`create table codex_instances (
      instance text primary key,
      bot text not null,
      address text not null,
      began bigint not null,
      seen bigint not null
    )`
})

const decodeOthers = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ bot: Schema.String })))

/** A Postgres that instances of another bot have is waited for; it is this bot's as long as the scope. */
const database = Effect.fnUntraced(function*(place: string, bot: string, address: string) {
  const { sql, use } = yield* tables
  const instance = (yield* Random.nextIntBetween(0, 2 ** 48)).toString(36)
  const now = Tables.now(sql)
  const present = use(
    sql`insert into codex_instances (instance, bot, address, began, seen)
      values (${instance}, ${bot}, ${address}, ${now}, ${now})
      on conflict (instance) do update set seen = excluded.seen`
  )
  const leave = sql`delete from codex_instances where instance = ${instance}`
  const forget = sql`delete from codex_instances where seen < ${now} - ${believed}`
  // Of two that begin at the same moment one was first.
  const before = sql`select other.bot from codex_instances other, codex_instances mine
    where mine.instance = ${instance} and other.bot <> mine.bot
      and (other.began, other.instance) < (mine.began, mine.instance)`
  // In a fiber of its own: what is interrupted already has no time-outs any more.
  yield* Effect.addFinalizer(() => Effect.flatMap(Effect.forkDetach(Effect.timeout(leave, "1 second")), Fiber.await))
  const others = present.pipe(
    Effect.andThen(forget),
    Effect.andThen(before),
    Effect.flatMap((rows) => decodeOthers(rows)),
    // Who waits is in nobody's way: the others go on with as many instances as they like.
    Effect.tap((others) => others.length > 0 ? Effect.asVoid(leave) : Effect.void)
  )
  let isSaid = false
  const [other] = yield* others.pipe(
    Effect.tap(([other]) => {
      if (other === undefined || isSaid) return Effect.void
      isSaid = true
      return waits(place)
    }),
    Effect.repeat({
      until: ([other]) => other === undefined,
      schedule: Schedule.upTo(Schedule.spaced("500 millis"), { duration: longest })
    }),
    // A store that does not answer is for those to tell who cannot do without it.
    Effect.orElseSucceed((): ReadonlyArray<{ readonly bot: string }> => [])
  )
  if (other !== undefined) {
    return yield* Serving.failed(
      `Another bot (${other.bot}) runs on ${place}. Stop it, or give this one a database of its own: set CODEX_STORE_URL.`
    )
  }
  // One that was killed there before is not seen any more.
  const namesake = sql`select 1 from codex_instances other, codex_instances mine
    where mine.instance = ${instance} and other.instance <> mine.instance and other.address = mine.address
      and other.seen > mine.began`
  let isTold = false
  const tell = Effect.flatMap(namesake, ({ length }) => {
    if (isTold || length === 0) return Effect.void
    isTold = true
    return Effect.logWarning(
      `Another instance says that it is reached at ${address} as well, so what is meant for one may not get there: give each a CODEX_CLUSTER_HOST of its own.`
    )
  })
  yield* Effect.forkScoped(Effect.repeat(Effect.ignore(Effect.andThen(present, tell)), Schedule.spaced(beat)))
})

/** Has a store for a bot as long as the scope. */
export const hold = (
  store: Keeping.Store,
  bot: string
): Effect.Effect<void, Serving.NotRunning, FileSystem.FileSystem | Scope.Scope | SqlClient.SqlClient> =>
  store._tag === "File"
    ? file(store.path)
    : Effect.flatMap(Keeping.address, (address) => database(Keeping.placeOf(store), bot, address))
