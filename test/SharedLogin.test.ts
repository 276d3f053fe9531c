/**
 * A login that several machines share: `AuthStore.layerSql` on a real SQLite file and a real Postgres.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { TokenRefreshFailed } from "../src/auth/AuthError.ts"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as OAuth from "../src/auth/OAuth.ts"
import * as TokenRefresh from "../src/auth/TokenRefresh.ts"
import * as Sqlite from "../src/Sqlite.ts"
import { authStoreContract } from "./support/authStoreContract.ts"
import * as Databases from "./support/databases.ts"
import * as Installed from "./support/installed.ts"
import * as Postgres from "./support/postgres.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

type Database = Layer.Layer<SqlClient.SqlClient, SqlError>

/** A fresh database, and connections to it: each as another process has it. */
interface Engine {
  readonly name: string
  readonly isThere: boolean
  readonly live: boolean
  readonly connections: Effect.Effect<Database, never, Scope.Scope>
}

const sqlite = (path: string): Database => Sqlite.layer({ path }).pipe(Layer.provide(platform))

const engines: ReadonlyArray<Engine> = [
  {
    name: "a SQLite file",
    isThere: true,
    live: false,
    connections: Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
      Effect.map((folder) => sqlite(`${folder}/bot.sqlite`)),
      Effect.orDie,
      Effect.provide(platform)
    )
  },
  {
    name: "Postgres",
    isThere: Postgres.isInstalled,
    live: true,
    connections: Effect.map(Effect.orDie(Databases.postgres), Postgres.client)
  }
]

const storeOn = (database: Database, name?: string) =>
  Effect.map(
    Layer.build(Layer.provideMerge(Layer.fresh(AuthStore.layerSql({ name })), Layer.fresh(database))),
    (services) => ({
      store: AuthStore.AuthStore.pipe(Effect.provide(services)),
      sql: SqlClient.SqlClient.pipe(Effect.provide(services))
    })
  ).pipe(
    Effect.flatMap(({ sql, store }) => Effect.all({ sql, store })),
    Effect.orDie
  )

const jwt = (seconds: number): string => `e30.${Base64Url.encode(JSON.stringify({ exp: seconds }))}.s`

const login = (accessToken: string, refreshToken = "SECRET-r0"): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse({ tokens: { access_token: accessToken, refresh_token: refreshToken } }))

const refreshTokenOf = (json: AuthJson.AuthJson) => json.tokens.refreshToken && Redacted.value(json.tokens.refreshToken)

/** An issuer that takes its time, takes each refresh token once, and remembers which. */
const issuer = () => {
  const spent: Array<string> = []
  const layer = Layer.mock(OAuth.OAuth)({
    refresh: (token) =>
      Effect.suspend(() => {
        const value = Redacted.value(token)
        const again = spent.includes(value)
        spent.push(value)
        return again
          ? Effect.fail(new TokenRefreshFailed({ reason: "reused", status: 401 }))
          : Effect.as(Effect.sleep("400 millis"), {
            idToken: undefined,
            accessToken: Redacted.make(jwt(4_000_000_000 + spent.length)),
            refreshToken: Redacted.make(`SECRET-r${spent.length}`)
          })
      })
  })
  return { layer, spent }
}

for (const { connections, isThere, live, name } of engines) {
  if (!isThere) {
    it.skip(Installed.named(Installed.postgres, "a login in Postgres"), () => {})
    continue
  }
  authStoreContract(
    `layerSql on ${name}`,
    Effect.map(connections, (database) => Layer.provide(AuthStore.layerSql(), database)),
    { isShared: true }
  )

  describe(`a login in ${name}`, () => {
    it.live(
      "spends a refresh token once, although four processes find it over in the same moment",
      () =>
        Effect.gen(function*() {
          const database = yield* connections
          const { layer, spent } = issuer()
          const over = login(jwt(1))
          const { store } = yield* storeOn(database)
          yield* store.write(over)
          const refreshed = yield* Effect.forEach([1, 2, 3, 4], () =>
            Effect.flatMap(TokenRefresh.TokenRefresh, (tokens) =>
              tokens.refresh(over)).pipe(
                Effect.provide(
                  Layer.fresh(TokenRefresh.layer).pipe(
                    Layer.provide([Layer.fresh(AuthStore.layerSql()).pipe(Layer.provide(Layer.fresh(database))), layer])
                  )
                )
              ), { concurrency: "unbounded" })
          assert.deepStrictEqual(spent, ["SECRET-r0"])
          assert.deepStrictEqual(
            refreshed.map(({ json }) =>
              refreshTokenOf(json)
            ),
            Array(4).fill("SECRET-r1")
          )
          assert.deepStrictEqual(refreshed.map(({ origin }) => origin).toSorted(), [
            "refresh",
            "reload",
            "reload",
            "reload"
          ])
          assert.strictEqual(refreshTokenOf(yield* store.read), "SECRET-r1")
        })
    )

    it.live("is free again when the lease of a holder that died is over, and not before", () =>
      Effect.gen(function*() {
        const { sql, store } = yield* storeOn(yield* connections)
        yield* store.write(login("a"))
        const now = live
          ? sql.literal("cast(extract(epoch from clock_timestamp()) * 1000 as bigint)")
          : sql.literal("cast(unixepoch('subsec') * 1000 as integer)")
        yield* sql`update codex_auth set holder = 'dead', held_until = ${now} + ${1000}`
        const began = yield* Clock.currentTimeMillis
        yield* store.exclusive(Effect.void)
        assert.isAtLeast((yield* Clock.currentTimeMillis) - began, 900)
        const [row] = yield* sql`select holder from codex_auth`
        assert.isNull(row?.["holder"])
      }))

    it.live("does not take what a holder writes that was overtaken while it stood still", () =>
      Effect.gen(function*() {
        const database = yield* connections
        const [slow, quick] = [yield* storeOn(database), yield* storeOn(database)]
        yield* slow.store.write(login("a", "SECRET-old"))
        const stands = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(slow.store.exclusive(Effect.gen(function*() {
          yield* slow.store.read
          yield* Deferred.succeed(stands, undefined)
          yield* Deferred.await(goOn)
          return [
            yield* Effect.flip(slow.store.write(login("b", "SECRET-stale"))),
            yield* Effect.flip(slow.store.remove)
          ]
        })))
        yield* Deferred.await(stands)
        // As if its machine had slept.
        yield* quick.sql`update codex_auth set held_until = 0`
        yield* quick.store.exclusive(quick.store.write(login("c", "SECRET-new")))
        yield* Deferred.succeed(goOn, undefined)
        const [failure] = yield* Fiber.join(holder)
        assert.strictEqual(
          failure?.message,
          "Could not write the credentials at sql:codex (another process changed them meanwhile)."
        )
        assert.strictEqual(refreshTokenOf(yield* quick.store.read), "SECRET-new")
      }))

    it.live("takes what such a holder writes, when nobody has changed the login", () =>
      Effect.gen(function*() {
        const database = yield* connections
        const [slow, quick] = [yield* storeOn(database), yield* storeOn(database)]
        yield* slow.store.write(login("a", "SECRET-spent"))
        yield* slow.store.exclusive(Effect.gen(function*() {
          yield* slow.store.read
          yield* quick.sql`update codex_auth set held_until = 0`
          yield* quick.store.exclusive(quick.store.read)
          yield* slow.store.write(login("b", "SECRET-new"))
          yield* slow.store.write(login("b", "SECRET-newer"))
        }))
        assert.strictEqual(refreshTokenOf(yield* quick.store.read), "SECRET-newer")
      }))

    it.live("is one of several in a database", () =>
      Effect.gen(function*() {
        const database = yield* connections
        const [one, other] = [yield* storeOn(database, "one"), yield* storeOn(database, "other")]
        yield* one.store.write(login("a", "SECRET-1"))
        yield* one.store.exclusive(other.store.exclusive(other.store.write(login("a", "SECRET-2"))))
        assert.strictEqual(refreshTokenOf(yield* one.store.read), "SECRET-1")
        assert.strictEqual(refreshTokenOf(yield* other.store.read), "SECRET-2")
      }))
  })
}

describe("a login in a database", () => {
  const broken = Effect.gen(function*() {
    const { sql, store } = yield* storeOn(sqlite(":memory:"))
    yield* store.write(login("SECRET-a"))
    return { sql, store }
  })

  it.effect("that may only be read says so, before a token is spent and after, and shows none", () =>
    Effect.gen(function*() {
      const { sql, store } = yield* broken
      yield* sql`pragma query_only = 1`
      for (
        const [operation, effect] of [
          ["write", store.writable],
          ["write", store.write(login("SECRET-b"))],
          ["remove", store.remove],
          ["lock", store.exclusive(Effect.void)]
        ] as const
      ) {
        const failure = yield* Effect.flip(effect)
        assert.strictEqual(
          failure.message,
          `Could not ${operation} the credentials at sql:codex (the database is read-only).`
        )
        assert.notInclude(inspect(failure, { depth: 10 }), "SECRET")
      }
      yield* sql`pragma query_only = 0`
      yield* store.writable
      yield* store.exclusive(store.write(login("SECRET-b")))
    }))

  it.effect("says what is wrong with what is in it, without a word of it", () =>
    Effect.gen(function*() {
      const { sql, store } = yield* broken
      yield* sql`update codex_auth set document = 'SECRET'`
      const failure = yield* Effect.flip(store.read)
      assert.strictEqual(failure.message, "The login at sql:codex is not JSON.")
    }))

  it.effect("is not waited for longer than a minute, and says who stands in the way", () =>
    Effect.gen(function*() {
      const { sql, store } = yield* broken
      yield* sql`update codex_auth set holder = 'hangs', held_until = 9000000000000`
      const fiber = yield* Effect.forkChild(Effect.flip(store.exclusive(Effect.die("entered"))), {
        startImmediately: true
      })
      while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
      const failure = yield* Fiber.join(fiber)
      assert(failure._tag === "AuthStoreFailed")
      assert.strictEqual(
        failure.message,
        "Could not lock the credentials at sql:codex (another process holds the lock)."
      )
      assert.isAtLeast(yield* Clock.currentTimeMillis, 60_000)
    }))

  it.effect("stays its holder's for as long as the section runs", () =>
    Effect.gen(function*() {
      const { sql, store } = yield* broken
      yield* store.exclusive(Effect.gen(function*() {
        yield* sql`update codex_auth set held_until = 0`
        yield* TestClock.adjust("5 seconds")
        const [row] = yield* sql`select held_until from codex_auth`
        assert.isAbove(Number(row?.["held_until"]), 0)
        // Once it could not be renewed: that is no reason to give it up.
        yield* sql`update codex_auth set held_until = 0`
        yield* sql`pragma query_only = 1`
        yield* TestClock.adjust("5 seconds")
        yield* sql`pragma query_only = 0`
        yield* TestClock.adjust("5 seconds")
        const [later] = yield* sql`select held_until from codex_auth`
        assert.isAbove(Number(later?.["held_until"]), 0)
      }))
    }))

  it.effect("is not kept for somebody else by who lost the lease, nor by who gave it back", () =>
    Effect.gen(function*() {
      const { sql, store } = yield* broken
      const heldUntil = Effect.map(sql`select holder, held_until from codex_auth`, ([row]) => [
        row?.["holder"],
        row?.["held_until"]
      ])
      yield* store.exclusive(Effect.gen(function*() {
        yield* sql`update codex_auth set holder = 'other', held_until = 1`
        yield* TestClock.adjust("11 seconds")
        assert.deepStrictEqual(yield* heldUntil, ["other", 1])
      }))
      // Giving back is for one's own lease as well.
      assert.deepStrictEqual(yield* heldUntil, ["other", 1])
      yield* store.exclusive(Effect.void)
      assert.deepStrictEqual(yield* heldUntil, [null, null])
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(yield* heldUntil, [null, null])
    }))

  it.effect("of another store is not meant by the section of this one", () =>
    Effect.gen(function*() {
      const [one, other] = [(yield* broken).store, (yield* broken).store]
      yield* other.write(login("SECRET-b"))
      yield* other.write(login("SECRET-c"))
      yield* one.exclusive(Effect.gen(function*() {
        yield* other.read
        yield* other.write(login("SECRET-d", "SECRET-of other"))
        yield* one.write(login("SECRET-e", "SECRET-of one"))
      }))
      assert.strictEqual(refreshTokenOf(yield* one.read), "SECRET-of one")
      assert.strictEqual(refreshTokenOf(yield* other.read), "SECRET-of other")
    }))

  it.effect("may be written by who has read it again after somebody changed it", () =>
    Effect.gen(function*() {
      const { sql, store } = yield* broken
      yield* store.exclusive(Effect.gen(function*() {
        yield* sql`update codex_auth set revision = revision + 1`
        yield* Effect.flip(store.write(login("SECRET-b")))
        yield* store.read
        yield* store.write(login("SECRET-c", "SECRET-c"))
      }))
      assert.strictEqual(refreshTokenOf(yield* store.read), "SECRET-c")
    }))
})
