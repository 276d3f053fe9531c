/**
 * `CODEX_STORE_URL` that cannot be used: what the bot and the doctor say of it.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { randomUUID } from "node:crypto"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as Command from "./support/command.ts"
import * as Databases from "./support/databases.ts"
import { freePort } from "./support/freePort.ts"
import * as Installed from "./support/installed.ts"
import * as Postgres from "./support/postgres.ts"

/** A machine with a login in a file, and what a command says there; the store's own login is kept and looked at. */
const machine = Effect.fnUntraced(function*(url: string, more: Readonly<Record<string, string>> = {}) {
  const codex = yield* CodexEmulator.make({ device: { interval: "1 second" } })
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped()
  const authJsonPath = `${folder}/auth.json`
  yield* files.writeFileString(authJsonPath, yield* codex.signIn(), { mode: 0o600 })
  const env = {
    HOME: folder,
    CODEX_AUTH_JSON_PATH: authJsonPath,
    CODEX_BASE_URL: codex.baseUrl,
    CODEX_ISSUER: codex.issuer,
    CODEX_STORE_URL: url,
    ...more
  }
  const database = Layer.provide(AuthStore.layerSql(), Postgres.client(url))
  const share = Effect.gen(function*() {
    const own = AuthStore.AuthStore.use(({ read }) => read)
    const login = yield* Effect.provide(own, AuthStore.layerJson(Redacted.make(yield* codex.signIn())))
    yield* Effect.provide(AuthStore.AuthStore.use(({ write }) => write(login)), database)
  })
  const run = (...args: ReadonlyArray<string>) => Command.inside(args, { env })
  const isShared = Effect.isSuccess(Effect.provide(AuthStore.AuthStore.use(({ read }) => read), database))
  return { authJsonPath, codex, files, folder, isShared, run, share }
})

/** The bot and the doctor, with a store at that address. */
const tried = Effect.fnUntraced(
  function*(url: string, how: { readonly bot?: boolean; readonly sharesLogin?: boolean } = {}) {
    const codex = yield* CodexEmulator.make()
    const telegram = yield* TelegramEmulator.make()
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped()
    const authJsonPath = `${folder}/auth.json`
    const text = yield* codex.signIn()
    if (how.sharesLogin === true) {
      const own = AuthStore.AuthStore.use(({ read }) => read)
      const login = yield* Effect.provide(own, AuthStore.layerJson(Redacted.make(text)))
      yield* AuthStore.AuthStore.use(({ write }) => write(login)).pipe(
        Effect.provide(Layer.provide(AuthStore.layerSql(), Postgres.client(url)))
      )
    } else {
      yield* files.writeFileString(authJsonPath, text, { mode: 0o600 })
    }
    const env = {
      HOME: folder,
      CODEX_AUTH_JSON_PATH: authJsonPath,
      CODEX_BASE_URL: codex.baseUrl,
      CODEX_ISSUER: codex.issuer,
      CODEX_ALLOWED_USER_IDS: "7",
      CODEX_STORE_URL: url,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      TELEGRAM_BOT_TOKEN: telegram.token
    }
    const bot = how.bot ?? true ? yield* Command.inside(["bot"], { env }) : { code: 0, stdout: "", stderr: "" }
    const doctor = yield* Command.inside(["doctor"], { env })
    return { bot, doctor }
  },
  Effect.scoped,
  Effect.provide(NodeFileSystem.layer)
)

/** One line for whoever runs the bot, and the same with a fix from the doctor; no password in either. */
const expectSaid = Effect.fnUntraced(function*(url: string, says: RegExp) {
  said(yield* tried(url), says)
})

const said = ({ bot, doctor }: Effect.Success<ReturnType<typeof tried>>, says: RegExp, before = 0): void => {
  assert.match(bot.stderr, says)
  assert.strictEqual(bot.stderr.trim().split("\n").length, 1 + before, bot.stderr)
  assert.strictEqual(bot.code, 1)
  assert.match(doctor.stdout, says)
  assert.match(doctor.stdout, /✘ store .*\n\s+→ Set CODEX_STORE_URL to a Postgres that is there/)
  assert.strictEqual(doctor.code, 1)
  assert.notInclude(bot.stdout + bot.stderr + doctor.stdout + doctor.stderr, "geheim")
}

describe("a shared store", () => {
  it.effect("that does not answer is waited for, for a minute; then it is told in one line", () =>
    Effect.gen(function*() {
      const url = `postgres://bot:geheim@127.0.0.1:${yield* freePort}/store`
      const began = yield* Clock.currentTimeMillis
      const waited = Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(tried(url), { startImmediately: true })
        while (fiber.pollUnsafe() === undefined) {
          yield* TestClock.adjust("100 millis")
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        return yield* Fiber.join(fiber)
      })
      const outcome = yield* waited
      said(outcome, /127\.0\.0\.1:\d+\/store: it does not answer/, 1)
      assert.match(
        outcome.bot.stderr,
        /^. The Postgres at \S+ does not answer yet: it is waited for, a minute at most\.\n/
      )
      assert.isAtLeast((yield* Clock.currentTimeMillis) - began, 60_000)
    }))

  it.live("that does not answer has the login of a command that was given none, and no file stands in for it", () =>
    Effect.gen(function*() {
      const { authJsonPath, files, run } = yield* machine(`postgres://bot:geheim@127.0.0.1:${yield* freePort}/store`)
      for (const args of [["status"], ["ask", "Hello"], ["login"], ["logout"]]) {
        const { code, stderr } = yield* run(...args)
        assert.match(
          stderr,
          /^A login cannot be kept in the Postgres at [^:]+:\d+\/store: it does not answer\. .* say --path\.$/m
        )
        assert.strictEqual(code, 1)
        assert.notInclude(stderr, "geheim")
      }
      assert.isTrue(yield* files.exists(authJsonPath))
      assert.strictEqual((yield* run("status", "--path", authJsonPath)).code, 0)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
})

describe.skipIf(!Postgres.isInstalled)(Installed.named(Installed.postgres, "a shared store"), () => {
  it.live("whose database is not there is told in one line", () =>
    Effect.gen(function*() {
      const place = new URL(yield* Databases.postgres)
      place.pathname = "/nowhere"
      place.password = "geheim"
      yield* expectSaid(place.href, /\/nowhere: there is no such database/)
    }))

  it.live("in which the bot may not make tables is told in one line", () =>
    Effect.gen(function*() {
      const place = new URL(yield* Databases.postgres)
      const name = `poor_${randomUUID().replaceAll("-", "")}`
      const admin = Postgres.client(place.href)
      yield* Effect.acquireRelease(
        SqlClient.SqlClient.use((sql) => sql`create role ${sql(name)} login`).pipe(Effect.provide(admin)),
        () => Effect.ignore(SqlClient.SqlClient.use((sql) => sql`drop role ${sql(name)}`).pipe(Effect.provide(admin)))
      )
      yield* SqlClient.SqlClient.use((sql) => sql`revoke create on schema public from public`).pipe(
        Effect.provide(Postgres.client(place.href))
      )
      place.username = name
      yield* expectSaid(place.href, /may not make tables there/)
    }))

  it.live(
    "that has no connection left is waited for, and told in one line where it has one too few",
    () =>
      Effect.gen(function*() {
        const place = new URL(yield* Databases.postgres)
        const admin = Postgres.client(place.href)
        const name = `many_${randomUUID().replaceAll("-", "")}`
        const telegram = yield* TelegramEmulator.make()
        yield* Effect.acquireRelease(
          SqlClient.SqlClient.use((sql) =>
            Effect.andThen(
              sql`create role ${sql(name)} login connection limit 0`,
              sql`grant create on schema public to ${sql(name)}`
            )
          ).pipe(Effect.provide(admin)),
          () =>
            SqlClient.SqlClient.use((sql) => sql`drop owned by ${sql(name)}`).pipe(Effect.provide(admin), Effect.ignore)
        )
        place.username = name
        const limit = (most: number) =>
          SqlClient.SqlClient.use((sql) => sql`alter role ${sql(name)} connection limit ${sql.literal(String(most))}`)
            .pipe(Effect.provide(admin))
        const { run } = yield* machine(place.href, {
          CODEX_ALLOWED_USER_IDS: "7",
          CODEX_CLUSTER_PORT: String(yield* freePort),
          TELEGRAM_API_ROOT: telegram.apiRoot,
          TELEGRAM_BOT_TOKEN: telegram.token
        })
        assert.include((yield* run("doctor")).stdout, "it has no connection left for this user.")
        const bot = yield* Effect.forkChild(run("bot"))
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(Fiber.await(bot), "2 seconds")))
        yield* limit(1)
        const { code, stderr } = yield* Fiber.join(bot)
        assert.match(stderr, /^! The Postgres at \S+ does not answer yet: it is waited for/)
        assert.match(stderr, /^Conversations cannot be kept in .*: it has no connection left .* has up to 10\.$/m)
        assert.strictEqual(code, 1)
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live(
    "has the login of every command: it is shown, asked with, ended and made there",
    () =>
      Effect.gen(function*() {
        const { authJsonPath, codex, files, isShared, run, share } = yield* machine(yield* Databases.postgres)
        // Until there is one, that of the settings is used, as the bot's first start would.
        assert.include((yield* run("status")).stdout, authJsonPath)
        yield* share
        assert.match((yield* run("status")).stdout, /Login +sql:codex in the Postgres at /)
        yield* files.writeFileString(authJsonPath, "{}")
        assert.strictEqual((yield* run("ask", "What is 6 x 7?")).stdout, "6 x 7 = 42.\n")
        assert.match(
          (yield* run("logout")).stdout,
          /^Signed out: sql:codex in the Postgres at \S+ holds no login any more\.$/m
        )
        assert.isFalse(yield* isShared)
        assert.strictEqual(yield* files.readFileString(authJsonPath), "{}")
        const login = yield* Effect.forkChild(run("login"), { startImmediately: true })
        yield* codex.approve((yield* codex.awaitLogin).userCode)
        assert.match((yield* Fiber.join(login)).stdout, /Signed in\. The login is in sql:codex in the Postgres at /)
        assert.isTrue(yield* isShared)
        assert.strictEqual(yield* files.readFileString(authJsonPath), "{}")
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live("has a login of its own, which is what the doctor looks at", () =>
    Effect.gen(function*() {
      const url = yield* Databases.postgres
      const before = yield* tried(url, { bot: false })
      assert.match(before.doctor.stdout, /✔ login .*auth\.json, plan plus/)
      const after = yield* tried(url, { bot: false, sharesLogin: true })
      assert.match(after.doctor.stdout, /✔ login +sql:codex, plan plus/)
      assert.notInclude(after.doctor.stdout, "auth.json")
      assert.strictEqual(after.doctor.code, 0)
    }))
})
