/**
 * `AuthStore.layerSql`: one row for a login, with who is in its exclusive section.
 *
 * The section is a lease by the clock of the database: it is renewed while the section runs, and over by itself when its
 * holder is gone. A holder that stood still for too long may lose it and come back; so each change counts the row's
 * `revision` up, and what a section writes is taken only while the row is as the section has read it.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Tables from "../../internal/tables.ts"
import { AuthFileInvalid, AuthFileNotFound, AuthStoreFailed } from "../AuthError.ts"
import * as AuthJson from "../AuthJson.ts"

/** Which login: several bots may keep theirs in one table. */
export interface Options {
  readonly name?: string | undefined
}

/** How long a lease lasts that is not renewed, in milliseconds. */
const lease = Duration.toMillis("15 seconds")

const renewal = Duration.seconds(5)

const pause = Duration.millis(250)

/** How long a section is waited for. Longer than a refresh may take, so that only a holder that hangs is given up. */
const longestWait = Duration.toMillis("1 minute")

/** How long the database may take for one statement. */
const patience = Duration.seconds(10)

/** The section that runs, and the revision of the row that it knows. */
interface Section {
  readonly store: object
  readonly revision: Ref.Ref<number>
}

const Section = Context.Reference<Section | undefined>("effect-codex/AuthStore/Section", {
  defaultValue: () => undefined
})

const Document = Schema.Struct({ document: Schema.NullOr(Schema.String), revision: Tables.Count })
const decode = Schema.decodeUnknownEffect(Schema.Array(Document))
const decodeRevisions = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ revision: Tables.Count })))

const tables = Tables.make("auth", {
  "1_logins": (sql) =>
    sql`create table codex_auth (
      name text primary key,
      document text,
      revision bigint not null,
      holder text,
      held_until bigint
    )`
})

const nameOfHolder = Effect.map(Random.nextIntBetween(0, 2 ** 48), (number) => number.toString(36).padStart(10, "0"))

/** The login over the database of the context. */
export const make = Effect.fnUntraced(function*({ name = "codex" }: Options) {
  const { sql, use } = yield* tables
  const now = Tables.now(sql)
  const location = `sql:${name}`
  const turn = yield* Semaphore.make(1)
  const store = {}

  const failed = (operation: AuthStoreFailed["operation"], problem: string) =>
    new AuthStoreFailed({ path: location, operation, problem })

  // The error of a database may quote what it could not take. A statement has a fiber of its own: one that hangs is let
  // go of after a while also by who may not be interrupted.
  const guarded =
    (operation: AuthStoreFailed["operation"]) =>
    <A, E extends { readonly _tag: string }>(self: Effect.Effect<A, E>): Effect.Effect<A, AuthStoreFailed> =>
      use(self).pipe(
        Tables.patiently,
        Effect.mapError((error) => failed(operation, Tables.problemOf(error))),
        Effect.timeoutOrElse({
          duration: patience,
          orElse: () => Effect.fail(failed(operation, "the database does not answer"))
        }),
        Effect.forkDetach({ startImmediately: true }),
        Effect.flatMap(Fiber.join)
      )

  const section = Effect.map(Section, (section) => section?.store === store ? section : undefined)

  const overtaken = (operation: AuthStoreFailed["operation"]) =>
    Effect.fail(failed(operation, "another process changed them meanwhile"))

  /** Changes the row as a whole; within a section, only the one that the section knows. */
  const replace = Effect.fnUntraced(function*(operation: "write" | "remove", document: string | null) {
    const current = yield* section
    if (current === undefined) {
      return yield* guarded(operation)(
        sql`insert into codex_auth ${sql.insert({ name, document, revision: 1 })}
          on conflict (name) do update set document = excluded.document, revision = codex_auth.revision + 1`
      )
    }
    const [row] = yield* Effect.flatMap(
      Ref.get(current.revision),
      (revision) =>
        sql`update codex_auth set document = ${document}, revision = revision + 1
        where name = ${name} and revision = ${revision} returning revision`
    ).pipe(
      Effect.flatMap((rows) => decodeRevisions(rows)),
      guarded(operation)
    )
    return yield* row === undefined ? overtaken(operation) : Ref.set(current.revision, row.revision)
  })

  const row = sql`select document, revision from codex_auth where name = ${name}`.pipe(
    Effect.flatMap((rows) => decode(rows)),
    Effect.map(([row]) => row ?? { document: null, revision: 0 })
  )

  const read = Effect.gen(function*() {
    const { document, revision } = yield* guarded("read")(row)
    const current = yield* section
    if (current !== undefined) yield* Ref.set(current.revision, revision)
    if (document === null) return yield* new AuthFileNotFound({ path: location })
    return yield* Effect.fromResult(Result.mapError(
      AuthJson.parse(Redacted.make(document)),
      (problem) => new AuthFileInvalid({ path: location, problem })
    ))
  })

  /** Takes the lease when nobody has it, or has it no longer. */
  const take = (holder: string) =>
    sql`insert into codex_auth (name, document, revision, holder, held_until)
      values (${name}, null, 0, ${holder}, ${now} + ${lease})
      on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
      where codex_auth.holder is null or codex_auth.held_until <= ${now}
      returning revision`.pipe(
      Effect.flatMap((rows) => decodeRevisions(rows)),
      guarded("lock")
    )

  const renew = (holder: string) =>
    guarded("lock")(
      sql`update codex_auth set held_until = ${now} + ${lease} where name = ${name} and holder = ${holder}`
    )

  const release = (holder: string) =>
    guarded("lock")(
      sql`update codex_auth set holder = null, held_until = null where name = ${name} and holder = ${holder}`
    )

  const exclusive = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | AuthStoreFailed, R> =>
    turn.withPermit(Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
      const holder = yield* nameOfHolder
      const deadline = (yield* Clock.currentTimeMillis) + longestWait
      let [entered] = yield* take(holder)
      while (entered === undefined) {
        if ((yield* Clock.currentTimeMillis) >= deadline) {
          return yield* failed("lock", "another process holds the lock")
        }
        yield* restore(Effect.sleep(pause))
        ;[entered] = yield* take(holder)
      }
      const renewing = yield* renew(holder).pipe(
        Effect.catch((error) => Effect.logDebug("A lease could not be renewed.", error.problem)),
        Effect.delay(renewal),
        Effect.forever,
        Effect.interruptible,
        Effect.forkChild
      )
      // A lease that cannot be given back ends by itself.
      const giveBack = Effect.andThen(Fiber.interrupt(renewing), Effect.ignore(release(holder)))
      const revision = yield* Ref.make(entered.revision)
      return yield* restore(Effect.provideService(self, Section, { store, revision })).pipe(Effect.ensuring(giveBack))
    })))

  return {
    location,
    read,
    // It changes nothing, and is refused by whatever may only be read.
    writable: Effect.asVoid(guarded("write")(sql`update codex_auth set revision = revision where name = ''`)),
    write: (json: AuthJson.AuthJson) => Effect.asVoid(replace("write", Redacted.value(AuthJson.stringify(json)))),
    remove: Effect.flatMap(
      guarded("remove")(row),
      ({ document }) => document === null ? Effect.succeed(false) : Effect.as(replace("remove", null), true)
    ),
    exclusive
  }
})
