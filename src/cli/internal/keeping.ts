/**
 * Where a bot keeps what it knows, and under what its turns stand: a file of its own, or a Postgres that several instances
 * share.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"
import * as AuthStore from "../../auth/AuthStore.ts"
import { codexLiveConfig } from "../../CodexLive.ts"
import * as Audit from "../../conversation/Audit.ts"
import * as Memory from "../../conversation/Memory.ts"
import * as UsageMeter from "../../conversation/UsageMeter.ts"
import * as Tables from "../../internal/tables.ts"
import * as Sqlite from "../../Sqlite.ts"
import * as Serving from "./serving.ts"

/** Where it is. */
export type Store =
  | { readonly _tag: "File"; readonly path: string }
  | { readonly _tag: "Postgres"; readonly url: Redacted.Redacted }

/** `CODEX_STORE_URL`: the Postgres, if there shall be one. */
export const url = Effect.gen(function*() {
  const url = yield* Effect.mapError(Config.option(Config.Redacted("CODEX_STORE_URL")), Serving.misconfigured)
  if (Option.isSome(url) && !/^postgres(ql)?:\/\/./.test(Redacted.value(url.value))) {
    return yield* Serving.misused(
      "CODEX_STORE_URL is no address of a Postgres: postgres://user:password@host/database."
    )
  }
  return url
})

/** `CODEX_STORE_URL`, else the file of `CODEX_STORE_PATH`. */
export const config = Effect.gen(function*() {
  const shared = yield* url
  if (Option.isSome(shared)) return { _tag: "Postgres", url: shared.value } as const
  return { _tag: "File", path: yield* Effect.flatMap(Sqlite.config, Sqlite.pathOf) } as const
})

/** How it is told: without a password. */
export const placeOf = (store: Store): string => {
  if (store._tag === "File") return store.path
  const url = URL.parse(Redacted.value(store.url))
  return url === null ? "a Postgres" : `the Postgres at ${url.host}${url.pathname}`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const checkUrl = "Check CODEX_STORE_URL."

const hasNoConnection = "it has no connection left for this user"

const unkept = (store: Store, why: string, what = "Conversations") => {
  const advice = store._tag === "File"
    ? "Set CODEX_STORE_PATH."
    : why === hasNoConnection
    ? "Raise its limit: an instance has up to 10."
    : checkUrl
  return Serving.failed(`${what} cannot be kept in ${placeOf(store)}: ${why}. ${advice}`)
}

/** A client of a Postgres connects when it is first used: whether it is there, and lets the bot in, is asked before that. */
const probe = Effect.fnUntraced(function*(sql: SqlClient.SqlClient, store: Store) {
  const [row] = yield* sql<{ readonly may: boolean | null }>`
    SELECT has_schema_privilege(current_schema(), 'CREATE') AS may`
  if (row?.may !== true) {
    return yield* unkept(store, "its user may not make tables there (GRANT CREATE ON SCHEMA public TO that user)")
  }
})

/** What a Postgres did not like. */
const refusals: Partial<Record<SqlError.SqlError["reason"]["_tag"], string>> = {
  ConnectionError: "it does not answer",
  AuthenticationError: "it does not let this user in",
  AuthorizationError: "it does not let this user in"
}

/** The database; the client of a Postgres is loaded by those who have one. */
const connected = (
  store: Store
): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError | Serving.NotRunning, FileSystem.FileSystem | Path.Path> =>
  store._tag === "File" ? Sqlite.layer({ path: store.path }) : Layer.unwrap(
    Effect.map(
      Effect.tryPromise({
        try: () => import("@effect/sql-pg/PgClient"),
        catch: () => Serving.misused("CODEX_STORE_URL needs a client of Postgres: npm install @effect/sql-pg.")
      }),
      ({ layer }) =>
        Layer.tap(
          layer({ url: store.url, applicationName: "effect-codex", connectTimeout: Duration.seconds(10) }),
          (context) => probe(Context.get(context, SqlClient.SqlClient), store)
        )
    )
  )

const isFull = ({ reason }: SqlError.SqlError): boolean => Tables.codeOf(reason.cause) === "53300"

const whyNot = (store: Store, error: SqlError.SqlError): string =>
  store._tag === "File"
    ? "it cannot be written, or is no database"
    : isFull(error)
    ? hasNoConnection
    : refusals[error.reason._tag] ?? "there is no such database, or it does not let the bot in"

/** The same, with what is wrong in one line, and for what it is too bad. */
export const database = (
  store: Store,
  what?: string
): Layer.Layer<SqlClient.SqlClient, Serving.NotRunning, FileSystem.FileSystem | Path.Path> =>
  Layer.catchTag(
    connected(store),
    "SqlError",
    (error) => Layer.effect(SqlClient.SqlClient, unkept(store, whyNot(store, error), what))
  )

/** A Postgres that starts, or stops, says so by these; one that has no connection left may have one in a moment. */
const isOnItsWay = (error: SqlError.SqlError): boolean =>
  error.reason._tag === "ConnectionError" || isFull(error) ||
  /^57P0[123]$/.test(String(Tables.codeOf(error.reason.cause)))

/** An engine dies of a store that goes away, or has no connection left, while it begins. */
export const begun = (store: Store) => <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.catchDefect(
    self,
    (defect) => SqlError.isSqlError(defect) ? unkept(store, whyNot(store, defect)) : Effect.die(defect)
  )

/** A Postgres that starts beside the bot has so long; a service manager would not give a bot more. */
const arrival = Duration.minutes(1)

/** Waits for a Postgres that is not there yet, and says so once. What is wrong with it else is for `database` to say. */
const arrived = Effect.fnUntraced(function*(store: Store) {
  if (store._tag === "File") return
  let isSaid = false
  yield* Effect.scoped(Layer.build(Layer.fresh(connected(store)))).pipe(
    Effect.tapError((error) => {
      if (isSaid || error._tag !== "SqlError" || !isOnItsWay(error)) return Effect.void
      isSaid = true
      return Effect.logWarning(
        `${capital(placeOf(store))} does not answer yet: it is waited for, a minute at most.`
      )
    }),
    Effect.retry({
      schedule: Schedule.spaced("1 second"),
      while: (error) => error._tag === "SqlError" && isOnItsWay(error)
    }),
    Effect.timeoutOption(arrival),
    Effect.ignore
  )
})

/** Whether a store has no login yet; where that cannot be told, it may have one. */
export const isWithoutLogin = ({ read }: AuthStore.Service): Effect.Effect<boolean> =>
  Effect.match(read, { onFailure: ({ _tag }) => _tag === "AuthFileNotFound", onSuccess: () => false })

/** The login that all instances share: the first one brings its own along. */
const sharedLogin = Layer.effect(
  AuthStore.AuthStore,
  Effect.gen(function*() {
    const shared = Context.get(yield* Layer.build(AuthStore.layerSql()), AuthStore.AuthStore)
    const own = Context.get(yield* Layer.build(AuthStore.layerConfig()), AuthStore.AuthStore)
    const bring = Effect.gen(function*() {
      if (!(yield* isWithoutLogin(shared))) return
      yield* shared.write(yield* own.read)
      yield* Effect.logInfo(`The login of ${own.location} is now in the database, for all instances.`)
    })
    if (yield* isWithoutLogin(shared)) yield* Effect.ignore(shared.exclusive(bring))
    return shared
  })
)

const rooms = { audit: Audit.layerLogger, memory: Memory.layerSql(), usageMeter: UsageMeter.layerSql }

/** The core, which keeps what is said there. */
export const house = (store: Store) =>
  Effect.andThen(
    arrived(store),
    codexLiveConfig(store._tag === "File" ? rooms : { ...rooms, authStore: sharedLogin }).pipe(
      Layer.provideMerge(database(store)),
      Layer.build,
      Effect.mapError((error) => error._tag === "ConfigError" ? Serving.misconfigured(error) : error)
    )
  )

const cluster = Effect.promise(() => import("../../telegram/TurnsCluster.ts"))

/** Where the other instances reach this one. */
export const address = Effect.gen(function*() {
  const { config, defaults } = yield* cluster
  const { host = defaults.host, port = defaults.port } = yield* Effect.mapError(config, Serving.misconfigured)
  return `${host}:${port}`
})

/** Runs something in one instance at a time. */
export type Alone = <E, R>(name: string, run: Effect.Effect<never, E, R>) => Effect.Effect<never, E, R>

/** Mailboxes in the same place, and who is alone there; their engine is loaded when a bot starts, and not before. */
export const turns = Effect.fnUntraced(function*(store: Store, drain: Duration.Duration, scope: Scope) {
  const Durable = yield* Effect.promise(() => import("../../telegram/TurnsDurable.ts"))
  if (store._tag === "File") {
    const alone: Alone = (_, run) => run
    return { layer: Durable.layerSingle({ drain }), alone }
  }
  const Cluster = yield* cluster
  const place = yield* Effect.mapError(Cluster.config, Serving.misconfigured)
  const engine = yield* Layer.buildWithScope(Cluster.layerEngine(place), scope).pipe(
    Effect.mapError(() =>
      Serving.failed(
        `Nothing can listen on ${place.listenHost ?? place.host ?? Cluster.defaults.host}:${
          place.port ?? Cluster.defaults.port
        }: set CODEX_CLUSTER_PORT.`
      )
    ),
    begun(store)
  )
  const alone: Alone = (name, run) => Effect.provideContext(Cluster.alone(name, run), engine)
  return {
    layer: Layer.provide(Durable.layer({ drain }), Layer.succeedContext(engine)),
    alone
  }
})
