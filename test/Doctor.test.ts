/**
 * `effect-codex doctor`, with each thing that it looks at broken.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { AuthStoreFailed } from "../src/auth/AuthError.ts"
import { bot } from "../src/cli/bot.ts"
import * as Finding from "../src/cli/internal/finding.ts"
import * as LoginChecks from "../src/cli/internal/loginChecks.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as Command from "./support/command.ts"
import { freePort } from "./support/freePort.ts"

type Environment = Readonly<Record<string, string>>

const Report = Schema.fromJsonString(Schema.Struct({
  verdict: Schema.Literals(["ok", "warning", "broken"]),
  findings: Schema.Array(Schema.Struct({
    check: Schema.String,
    verdict: Schema.Literals(["skipped", "ok", "warning", "broken"]),
    says: Schema.String,
    fix: Schema.optionalKey(Schema.String)
  }))
}))

/** Both servers, and a login and a store in a folder of their own. */
const opened = Effect.fnUntraced(function*(
  options: { readonly signIn?: CodexEmulator.SignInOptions; readonly telegram?: TelegramEmulator.Options }
) {
  const files = yield* FileSystem.FileSystem
  const codex = yield* CodexEmulator.make()
  const telegram = yield* TelegramEmulator.make(options.telegram)
  const folder = yield* files.makeTempDirectoryScoped()
  const authJsonPath = `${folder}/auth.json`
  yield* files.writeFileString(authJsonPath, yield* codex.signIn(options.signIn), { mode: 0o600 })
  const env: Environment = {
    HOME: folder,
    CODEX_AUTH_JSON_PATH: authJsonPath,
    CODEX_BASE_URL: codex.baseUrl,
    CODEX_ISSUER: codex.issuer,
    CODEX_ALLOWED_USER_IDS: "7",
    CODEX_STORE_PATH: `${folder}/store.sqlite`,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_BOT_TOKEN: telegram.token
  }
  return { files, codex, telegram, folder, authJsonPath, env }
})

const setUp = (options: Parameters<typeof opened>[0] = {}) => Effect.provide(opened(options), NodeFileSystem.layer)

/** Calls the Bot API as another process would. */
const post = async (env: Environment, method: string, payload: object): Promise<string> => {
  const response = await fetch(`${env["TELEGRAM_API_ROOT"]}/bot${env["TELEGRAM_BOT_TOKEN"]}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(payload)
  })
  return response.text()
}

const call = (env: Environment, method: string, payload: object) => Effect.promise(() => post(env, method, payload))

const without = (env: Environment, ...names: ReadonlyArray<string>): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))

const examine = Effect.fnUntraced(function*(
  env: Environment,
  options: { readonly args?: ReadonlyArray<string>; readonly files?: Layer.Layer<FileSystem.FileSystem> } = {}
) {
  const { args = [], files } = options
  const { code, stderr, stdout } = yield* Command.inside(["doctor", "--json", ...args], {
    env,
    ...(files !== undefined && { files })
  })
  const report = yield* Schema.decodeEffect(Report)(stdout)
  for (const { CODEX_AUTH_JSON_JSON = "", TELEGRAM_BOT_TOKEN = "" } of [env]) {
    if (TELEGRAM_BOT_TOKEN.length > 20) assert.notInclude(stdout + stderr, TELEGRAM_BOT_TOKEN)
    if (CODEX_AUTH_JSON_JSON !== "") assert.notInclude(stdout + stderr, CODEX_AUTH_JSON_JSON)
  }
  return { code, report }
})

/** What is said of one thing, when everything else is well unless it is named too. */
const expectFinding = Effect.fnUntraced(function*(
  examined: Effect.Effect<Effect.Success<ReturnType<typeof examine>>, Schema.SchemaError>,
  check: string,
  verdict: "warning" | "broken",
  says: RegExp,
  fix: RegExp,
  others: ReadonlyArray<string> = []
) {
  const { code, report } = yield* examined
  const found = report.findings.find((finding) => finding.check === check)
  assert.strictEqual(found?.verdict, verdict, JSON.stringify(report.findings))
  assert.match(found?.says ?? "", says)
  assert.match(found?.fix ?? "", fix)
  const bad = report.findings.filter(({ verdict }) => verdict === "broken" || verdict === "warning")
    .map(({ check }) => check)
  assert.sameMembers(bad, [check, ...others])
  assert.strictEqual(report.verdict, Finding.worst(report.findings))
  assert.strictEqual(code, report.verdict === "broken" ? 1 : 3)
})

describe("effect-codex doctor", () => {
  it.live("finds nothing wrong where nothing is, and exits with 0", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const { code, report } = yield* examine(env)
      assert.strictEqual(report.verdict, "ok")
      assert.deepStrictEqual(report.findings.filter(({ verdict }) => verdict !== "ok").map(({ check }) => check), [
        "poller"
      ])
      assert.strictEqual(code, 0)
    }))

  it.live("says it in words, a line for each thing, with the fix below", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const { stdout } = yield* Command.inside(["doctor"], { env: { ...env, CODEX_MODEL: "gpt-0" } })
      assert.match(stdout, /^✔ backend +answers, at least \d+ % of the plan is left$/m)
      assert.match(stdout, /^✘ model +CODEX_MODEL is gpt-0, .*\n +→ Set it to one of: gpt-6\.1-sol, /m)
      assert.match(stdout, /\n\nSomething is broken\.\n$/)
      assert.notInclude(stdout, "\u001b")
    }))

  it.live("tells a variable that cannot be read", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      yield* expectFinding(
        examine({ ...env, CODEX_AUTO_REFRESH: "maybe" }),
        "settings",
        "broken",
        /^CODEX_AUTO_REFRESH is not usable/,
        /Correct the variable/
      )
    }))

  describe("login", () => {
    it.live("that is not there", () =>
      Effect.gen(function*() {
        const { env, folder } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_AUTH_JSON_PATH: `${folder}/none.json` }),
          "login",
          "broken",
          /none\.json/,
          /effect-codex login/
        )
      }))

    it.live("that --path names instead of the environment", () =>
      Effect.gen(function*() {
        const { authJsonPath, env, folder } = yield* setUp()
        const elsewhere = { ...env, CODEX_AUTH_JSON_PATH: `${folder}/none.json`, CODEX_AUTH_JSON_JSON: "{}" }
        const { code } = yield* examine(elsewhere, { args: ["--path", authJsonPath] })
        assert.strictEqual(code, 0)
      }))

    it.live("whose token has ended and cannot be renewed", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp({ signIn: { expiresIn: "-1 hour" } })
        yield* expectFinding(
          examine({ ...env, CODEX_AUTO_REFRESH: "false" }),
          "token",
          "broken",
          /\(1 hour ago\), and cannot be renewed/,
          /effect-codex login/,
          ["login"]
        )
      }))

    it.live("whose token will end and cannot be renewed", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_AUTO_REFRESH: "false" }),
          "token",
          "warning",
          /\(in 9 days\), and cannot be renewed/,
          /CODEX_AUTO_REFRESH/
        )
      }))

    it.live("that the issuer has ended", () =>
      Effect.gen(function*() {
        const { codex, env } = yield* setUp()
        yield* codex.revoke
        yield* expectFinding(examine(env), "backend", "broken", /refresh|session|token/i, /./, ["login", "token"])
      }))

    it.live.each(["644", "640", "604"])("that others can read: mode %s", (mode) =>
      Effect.gen(function*() {
        const { authJsonPath, env, files } = yield* setUp()
        yield* files.chmod(authJsonPath, Number.parseInt(mode, 8))
        yield* expectFinding(examine(env), "files", "warning", new RegExp(`mode ${mode}`), /^chmod 600 \S+auth\.json$/)
      }))

    it.live("in a folder where others can put another one in its place", () =>
      Effect.gen(function*() {
        const { env, files, folder } = yield* setUp()
        yield* files.chmod(folder, 0o777)
        yield* expectFinding(examine(env), "files", "warning", /mode 777/, /^chmod 700 /)
      }))

    it.live("that lives in a variable, where a renewed one is lost", () =>
      Effect.gen(function*() {
        const { authJsonPath, env, files } = yield* setUp()
        const text = yield* files.readFileString(authJsonPath)
        yield* expectFinding(
          examine({ ...without(env, "CODEX_AUTH_JSON_PATH"), CODEX_AUTH_JSON_JSON: text }),
          "saving",
          "warning",
          /in memory only/,
          /CODEX_AUTH_JSON_PATH/
        )
      }))

    it.live("that is a folder is not to be closed to its owner", () =>
      Effect.gen(function*() {
        const { authJsonPath, env } = yield* setUp()
        const { report } = yield* examine({ ...env, CODEX_AUTH_JSON_PATH: `${authJsonPath}/..` })
        assert.strictEqual(report.findings.find(({ check }) => check === "files")?.verdict, "skipped")
      }))

    it.live("that is a mount of its own", () =>
      Effect.gen(function*() {
        const { authJsonPath, env, files } = yield* setUp()
        const mounted: FileSystem.FileSystem = {
          ...files,
          readFileString: (path, encoding) =>
            path === "/proc/self/mountinfo"
              ? Effect.succeed(`36 35 98:0 /x ${authJsonPath} rw - ext4 /dev/root rw\n`)
              : files.readFileString(path, encoding)
        }
        yield* expectFinding(
          examine(env, { files: Layer.succeed(FileSystem.FileSystem, mounted) }),
          "saving",
          "warning",
          /a mount of its own/,
          /Mount its folder/
        )
      }))

    it.effect("that cannot be saved when it is renewed", () =>
      Effect.gen(function*() {
        const unwritable = new AuthStoreFailed({ path: "/ro/auth.json", operation: "write", problem: "EROFS" })
        const finding = yield* LoginChecks.saving({
          location: "/ro/auth.json",
          signedIn: true,
          problem: undefined,
          expiresAt: DateTime.makeUnsafe(0),
          accountId: undefined,
          plan: undefined,
          canRefresh: true,
          unwritable
        })
        assert.strictEqual(finding.verdict, "broken")
        assert.include(finding.says, "/ro/auth.json")
      }).pipe(Effect.provide([NodeFileSystem.layer, Path.layer])))
  })

  it.live("a clock that is ten minutes ahead, and one that is two", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const ahead = (by: Duration.Input) =>
        Effect.updateService(Clock.Clock, (clock) => {
          const millis = Duration.toMillis(Duration.fromInputUnsafe(by))
          const currentTimeMillisUnsafe = () => clock.currentTimeMillisUnsafe() + millis
          return Object.assign(Object.create(clock), {
            currentTimeMillisUnsafe,
            currentTimeMillis: Effect.sync(currentTimeMillisUnsafe)
          })
        })
      yield* expectFinding(
        ahead("10 minutes")(examine(env)),
        "clock",
        "broken",
        /^(599|600|601) s ahead of 127/,
        /timedatectl/
      )
      yield* expectFinding(ahead("2 minutes")(examine(env)), "clock", "warning", /s ahead of 127/, /timedatectl/)
    }))

  describe("proxy", () => {
    it.live("that is set and not used", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        const set = { ...env, https_proxy: "http://user:do-not-tell@127.0.0.1:3128" }
        yield* expectFinding(
          examine(set),
          "proxy",
          "warning",
          /https_proxy is used by the commands .* not by a program of your own/,
          /NODE_USE_ENV_PROXY=1/
        )
        const { code } = yield* examine({ ...set, NODE_USE_ENV_PROXY: "1" })
        assert.strictEqual(code, 0)
      }))

    it.live("that is no address", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, HTTPS_PROXY: "?" }),
          "proxy",
          "broken",
          /is no address/,
          /http:\/\/proxy/
        )
      }))

    it.live("that Node does not know", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, ALL_PROXY: "socks5://127.0.0.1:1080", NODE_USE_ENV_PROXY: "1" }),
          "proxy",
          "warning",
          /ALL_PROXY is set/,
          /HTTPS_PROXY/
        )
      }))
  })

  describe("servers", () => {
    const nowhere = "http://127.0.0.1:9"

    it.live("an issuer that cannot be reached", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_ISSUER: nowhere }),
          "issuer",
          "broken",
          /127\.0\.0\.1:9 could not be reached/,
          /firewall/
        )
      }))

    it.live("a backend that cannot be reached", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        const broken = { ...env, CODEX_BASE_URL: `${nowhere}/codex` }
        yield* expectFinding(examine(broken), "backend", "broken", /Could not reach 127\.0\.0\.1:9/, /network/)
        yield* expectFinding(
          examine({ ...broken, CODEX_AUTH_JSON_PATH: "/nowhere/auth.json" }),
          "backend",
          "broken",
          /could not be reached/,
          /firewall/,
          ["login"]
        )
      }))

    it.live("a plan that is used up", () =>
      Effect.gen(function*() {
        const { codex, env } = yield* setUp()
        yield* codex.setQuota({ primary: 100 })
        yield* expectFinding(examine(env), "backend", "warning", /used up/, /effect-codex status/)
      }))

    it.live("a model that the account does not have", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_MODEL: "gpt-0" }),
          "model",
          "broken",
          /gpt-0, which the account does not have/,
          /gpt-6\.1-sol/
        )
      }))

    it.live("a model that was retired, and is replaced", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_MODEL: "gpt-5.3-codex" }),
          "model",
          "warning",
          /gpt-5\.3-codex/,
          /gpt-6\.1-sol/
        )
      }))
  })

  describe("Telegram", () => {
    it.live("is left out where there is no token", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        const { code, report } = yield* examine(without(env, "TELEGRAM_BOT_TOKEN", "CODEX_ALLOWED_USER_IDS"))
        assert.strictEqual(code, 0)
        assert.strictEqual(report.findings.find(({ check }) => check === "telegram")?.verdict, "skipped")
      }))

    it.live("a token of a form that no token has", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, TELEGRAM_BOT_TOKEN: "<token>" }),
          "telegram",
          "broken",
          /TELEGRAM_BOT_TOKEN is not usable: it is no token of a bot .*@BotFather/,
          /Correct/
        )
      }))

    it.live("a token that Telegram does not know", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, TELEGRAM_BOT_TOKEN: "123:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
          "telegram",
          "broken",
          /does not know this bot/,
          /@BotFather/
        )
      }))

    it.live("a Bot API that cannot be reached", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, TELEGRAM_API_ROOT: "http://127.0.0.1:9" }),
          "telegram",
          "broken",
          /127\.0\.0\.1:9/,
          /TELEGRAM_API_ROOT/
        )
      }))

    it.live("a webhook that takes the updates of whoever polls, without its path", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* call(env, "setWebhook", { url: "https://bot.example/do-not-tell" })
        yield* expectFinding(examine(env), "updates", "warning", /a webhook at bot\.example: /, /--delete-webhook/)
      }))

    it.live("a webhook is well where the settings name it, set or not yet; another one is not", () =>
      Effect.gen(function*() {
        const { env: polling } = yield* setUp()
        const env = {
          ...polling,
          TELEGRAM_WEBHOOK_URL: "https://bot.example/do-not-tell",
          TELEGRAM_WEBHOOK_SECRET: "a-secret-of-24-characters"
        }
        const says = Effect.map(examine(env), ({ code, report }) => [
          code,
          report.findings.find(({ check }) => check === "updates")?.says
        ])
        assert.deepStrictEqual(yield* says, [0, "no webhook yet, 0 waiting: the bot sets it when it starts"])
        yield* call(env, "setWebhook", { url: env.TELEGRAM_WEBHOOK_URL })
        assert.deepStrictEqual(yield* says, [0, "they go to the webhook at bot.example, 0 waiting"])
        yield* call(env, "setWebhook", { url: "https://other.example/hook" })
        yield* expectFinding(
          examine(env),
          "updates",
          "warning",
          /at other\.example, which is not that/,
          /Start the bot/
        )
      }))

    it.live("settings that the bot program alone reads, and does not start with", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        const hook = { TELEGRAM_WEBHOOK_URL: "https://bot.example/hook" }
        for (
          const [wrong, says] of [
            [{ CODEX_BOT_PORT: "none" }, /^CODEX_BOT_PORT is not usable/],
            [{ CODEX_LOG_FORMAT: "xml" }, /^CODEX_LOG_FORMAT is not usable/],
            [{ CODEX_TRANSCRIBE_URL: "nowhere" }, /^CODEX_TRANSCRIBE_URL is not usable/],
            [hook, /^TELEGRAM_WEBHOOK_SECRET is not set/],
            [
              { ...hook, TELEGRAM_WEBHOOK_SECRET: "short" },
              /^TELEGRAM_WEBHOOK_SECRET is not usable: the webhook's secret must have 16 to 256/
            ]
          ] as const
        ) {
          yield* expectFinding(examine({ ...env, ...wrong }), "program", "broken", says, /does not start without it/)
        }
      }))

    it.live("a webhook that fails", () =>
      Effect.gen(function*() {
        const { env, telegram } = yield* setUp()
        yield* call(env, "setWebhook", { url: "https://127.0.0.1:9/hook" })
        const { chat } = yield* telegram.user({ id: 7, firstName: "Ann" })
        yield* chat.send("Hello")
        yield* call(env, "getWebhookInfo", {}).pipe(
          Effect.repeat({
            until: (told) => told.includes("last_error_message"),
            schedule: Schedule.spaced("20 millis")
          })
        )
        yield* expectFinding(examine(env), "updates", "warning", /the webhook fails, 1 updates wait/, /https/)
      }))

    it.live("another process that polls, when it is asked to look", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* Effect.forkScoped(Effect.forever(call(env, "getUpdates", { timeout: 10 })))
        yield* expectFinding(
          examine(env, { args: ["--poller"] }),
          "poller",
          "warning",
          /another process polls/,
          /Stop it/
        )
      }))

    it.live("does not interrupt a bot that polls, unless it is asked to look", () =>
      Effect.gen(function*() {
        const { env, telegram } = yield* setUp()
        yield* examine(env)
        assert.notInclude((yield* telegram.calls).map(({ method }) => method), "getUpdates")
      }))

    it.live(
      "asks a bot that runs here and tells of its health, and polls nothing itself",
      () =>
        Effect.gen(function*() {
          const { env, telegram } = yield* setUp()
          const around = { ...env, CODEX_BOT_PORT: String(yield* freePort) }
          yield* bot({ stop: Effect.never, log: "none", drain: 0 }).pipe(
            Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: around })),
            Effect.provide(NodeServices.layer),
            Effect.forkScoped
          )
          yield* telegram.polled
          const said = (says: RegExp) =>
            examine(around, { args: ["--poller"] }).pipe(
              Effect.map(({ report }) => report.findings.find(({ check }) => check === "poller")),
              Effect.repeat({ until: (found) => says.test(found?.says ?? ""), schedule: Schedule.spaced("20 millis") })
            )
          assert.strictEqual((yield* said(/polls, and nobody else does/))?.verdict, "ok")
          yield* telegram.failNext("getUpdates", FaultScript.answer({ status: 409 }))
          yield* telegram.user({ id: 9, firstName: "Bob" }).pipe(Effect.flatMap(({ chat }) => chat.send("Hello")))
          const found = yield* said(/another process polls/)
          assert.strictEqual(found?.verdict, "warning")
          assert.match(found?.fix ?? "", /Stop it/)
          // Of the bot itself, and of nobody else.
          const polls = (yield* telegram.calls).filter(({ method }) => method === "getUpdates")
          assert.isTrue(polls.every(({ payload }) => payload["limit"] === 100))
        })
    )

    it.live("privacy mode, where a group is allowed", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp({ telegram: { readsAllGroupMessages: false } })
        yield* expectFinding(
          examine({ ...env, CODEX_ALLOWED_CHAT_IDS: "-100123" }),
          "groups",
          "warning",
          /privacy mode is on/,
          /setprivacy/
        )
      }))

    it.live("a username that is not the bot's", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, TELEGRAM_BOT_USERNAME: "@other_bot" }),
          "groups",
          "warning",
          /other_bot.*codex_test_bot/,
          /Unset/
        )
      }))

    it.live("an allow-list that says nothing, is malformed, or lets in everybody", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        const broken = (env: Environment, says: RegExp, fix: RegExp) =>
          expectFinding(examine(env), "access", "broken", says, fix)
        yield* broken(without(env, "CODEX_ALLOWED_USER_IDS"), /nobody is let in/, /it tells you your user id/)
        yield* broken({ ...env, CODEX_ALLOWED_USER_IDS: "ann" }, /"ann" is no user id/, /does not start/)
        yield* expectFinding(
          examine({ ...env, CODEX_ALLOWED_USER_IDS: "everybody" }),
          "access",
          "warning",
          /everybody who finds the bot/,
          /CODEX_ALLOWED_USER_IDS/
        )
      }))

    it.live("who is let in, and who manages the login", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        const { report } = yield* examine({ ...env, CODEX_ALLOWED_USER_IDS: "7,8", CODEX_AUTH_ADMIN_USER_IDS: "8" })
        assert.strictEqual(
          report.findings.find(({ check }) => check === "access")?.says,
          "the users 7, 8, in every chat; the login is managed by 8"
        )
      }))
  })

  describe("store", () => {
    it.live("that is no database", () =>
      Effect.gen(function*() {
        const { env, files, folder } = yield* setUp()
        yield* files.writeFileString(`${folder}/store.sqlite`, "Not a database, whatever its name says.".repeat(50))
        yield* expectFinding(examine(env), "store", "broken", /is no database/, /CODEX_STORE_PATH/)
      }))

    it.live("that cannot be made", () =>
      Effect.gen(function*() {
        const { authJsonPath, env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_STORE_PATH: `${authJsonPath}/store.sqlite` }),
          "store",
          "broken",
          /cannot be made/,
          /CODEX_STORE_PATH/
        )
      }))

    it.live("that keeps nothing", () =>
      Effect.gen(function*() {
        const { env } = yield* setUp()
        yield* expectFinding(
          examine({ ...env, CODEX_STORE_PATH: ":memory:" }),
          "store",
          "warning",
          /forgotten when the bot stops/,
          /CODEX_STORE_PATH/
        )
      }))

    it.live("is not made by looking", () =>
      Effect.gen(function*() {
        const { env, files, folder } = yield* setUp()
        yield* examine(env)
        assert.isFalse(yield* files.exists(`${folder}/store.sqlite`))
      }))
  })
})
