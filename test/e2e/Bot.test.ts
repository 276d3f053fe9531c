/**
 * The bot program: what it says, how it starts without a network, how it ends.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as TestConsole from "effect/testing/TestConsole"
import { createServer } from "node:net"
import { AuthStoreFailed } from "../../src/auth/AuthError.ts"
import { bot, type Options } from "../../src/cli/bot.ts"
import * as Introduction from "../../src/cli/internal/introduction.ts"
import * as TelegramDoor from "../../src/telegram/TelegramDoor.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TcpLine from "../support/tcpLine.ts"
import * as VirtualBotApi from "../support/virtualBotApi.ts"

const lines = Effect.map(TestConsole.logLines, (all) => all.map(String))
const warnings = Effect.map(TestConsole.errorLines, (all) => all.map(String))
const spaced = Schedule.spaced("20 millis")

/** Waits until a line was written. */
const says = (pattern: RegExp, where: Effect.Effect<ReadonlyArray<string>> = lines) =>
  Effect.repeat(where, { until: (all) => all.some((line) => pattern.test(line)), schedule: spaced })

const freePort = Effect.callback<number>((resume) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const address = probe.address()
    probe.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const get = (url: string) => Effect.provide(HttpClient.get(url), FetchHttpClient.layer)

/** Both servers, a login, Ann who may and Eve who may not, and the program between them. */
const setUp = Effect.fnUntraced(function*() {
  const files = yield* FileSystem.FileSystem
  const codex = yield* CodexEmulator.make()
  const telegram = yield* TelegramEmulator.make({ username: "example_bot" })
  const home = yield* files.makeTempDirectoryScoped()
  yield* files.writeFileString(`${home}/auth.json`, yield* codex.signIn(), { mode: 0o600 })
  const ann = (yield* telegram.user({ id: 7, firstName: "Ann" })).chat
  const eve = (yield* telegram.user({ id: 8, firstName: "Eve" })).chat
  const env = {
    CODEX_AUTH_JSON_PATH: `${home}/auth.json`,
    CODEX_BASE_URL: codex.baseUrl,
    CODEX_ISSUER: codex.issuer,
    CODEX_ALLOWED_USER_IDS: "7",
    CODEX_STORE_PATH: `${home}/store.sqlite`,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_BOT_TOKEN: telegram.token
  }
  const stops = yield* Queue.unbounded<void>()
  const stop = Queue.offer(stops, undefined)
  const run = (changed: Readonly<Record<string, string>> = {}, options: Options = {}) =>
    bot({ stop: Queue.take(stops), ...options }).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...env, ...changed } })),
      Effect.provide(NodeServices.layer)
    )
  const start = (changed?: Readonly<Record<string, string>>, options?: Options) =>
    Effect.forkScoped(run(changed, options))
  return { codex, telegram, home, ann, eve, env, run, start, stop, files }
}, Effect.provide(NodeServices.layer))

describe("the bot program", () => {
  it.live("says who it is, who may use it, who manages the login, whether that lasts, and where the store is", () =>
    Effect.gen(function*() {
      const { home, start, stop, telegram } = yield* setUp()
      const running = yield* start({ CODEX_AUTH_ADMIN_USER_IDS: "9", CODEX_ALLOWED_CHAT_IDS: "7,-100" })
      yield* telegram.polled
      yield* stop
      yield* Fiber.join(running)
      assert.deepStrictEqual((yield* lines).map((line) => line.replace(/token until .*/, "token until …")), [
        "@example_bot is listening (model: the best of the account's list). Stop it with Ctrl-C.",
        "Who may use it: 7; only in the chats 7, -100.",
        "Who may manage the login from the chat: 9.",
        `Signed in with ${home}/auth.json, token until …`,
        "A refreshed login can be saved there.",
        `Conversations are kept in ${home}/store.sqlite.`,
        "Stopping: running answers are finished first.",
        "Stopped."
      ])
      assert.deepStrictEqual(yield* warnings, [])
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("answers, greets, tells strangers their id, and sets its command menu", () =>
    Effect.gen(function*() {
      const { ann, codex, eve, start, telegram } = yield* setUp()
      yield* start()
      yield* ann.send("/start")
      yield* ann.botText(/^Hello! I answer with ChatGPT\./)
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText("6 x 7 = 42.")
      yield* eve.send("/start")
      yield* eve.botText(/your user id, 8,/)
      yield* says(/^! The user 8 is not on the allow-list, and was not answered\./, warnings)
      assert.lengthOf((yield* codex.requests).filter(({ path }) => path.endsWith("/responses")), 1)
      const menu = yield* telegram.waitForCall(({ method }) => method === "setMyCommands")
      assert.deepNestedInclude(menu.payload, { "commands[0].command": "codex" })
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("waits for one that has its store still, and takes its place when that has ended", () =>
    Effect.gen(function*() {
      const { ann, start, stop, telegram } = yield* setUp()
      const before = yield* start()
      yield* telegram.polled
      yield* start()
      yield* says(/^! Another bot runs on .*store\.sqlite: it is waited for, 20 seconds at most\.$/, warnings)
      yield* stop
      yield* Fiber.join(before)
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText("6 x 7 = 42.")
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("tells people their id where nobody is named yet, and its log what to do with it", () =>
    Effect.gen(function*() {
      const { ann, codex, start } = yield* setUp()
      yield* start({ CODEX_ALLOWED_USER_IDS: "" })
      yield* says(
        /^! Nobody may use @example_bot yet\. Write to it: it tells you your user id\. Put that into CODEX_ALLOWED_USER_IDS/,
        warnings
      )
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText(/your user id, 7, to CODEX_ALLOWED_USER_IDS/)
      yield* says(/^! The user 7 is not on the allow-list/, warnings)
      yield* ann.send("/codex login")
      yield* ann.botText(/may not use this bot|auth admin/)
      assert.deepStrictEqual((yield* codex.requests).filter(({ path }) => path.endsWith("/responses")), [])
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("finishes a running answer when it is to stop, and then takes nothing more", () =>
    Effect.gen(function*() {
      const { ann, codex, start, stop, telegram } = yield* setUp()
      const running = yield* start()
      yield* telegram.polled
      yield* codex.failNext("responses", FaultScript.delay("500 millis"))
      yield* codex.script(CodexEmulator.Reply.text("A late answer."))
      yield* ann.send("Take your time.")
      yield* codex.awaitOpenStreams(1)
      yield* stop
      yield* says(/^Stopping/)
      yield* ann.send("One more?")
      yield* Fiber.join(running)
      assert.deepStrictEqual((yield* ann.messages).map(({ text }) => text), [
        "Take your time.",
        "One more?",
        "A late answer."
      ])
      // The one that was not taken is there for the next start, and the other one is not.
      assert.strictEqual(yield* telegram.pendingUpdates, 1)
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("leaves an answer to the next process, and says nothing of it, when it is asked to stop twice", () =>
    Effect.gen(function*() {
      const { ann, codex, start, stop } = yield* setUp()
      const running = yield* start()
      yield* codex.failNext("responses", FaultScript.stall())
      yield* ann.send("Take your time.")
      yield* codex.awaitOpenStreams(1)
      yield* stop
      yield* says(/^Stopping/)
      yield* stop
      yield* Effect.timeout(Fiber.join(running), "2 seconds")
      assert.deepStrictEqual((yield* ann.messages).map(({ text }) => text), ["Take your time."])
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("waits for Telegram when it starts without a network, and says so", () =>
    Effect.gen(function*() {
      const { ann, start, telegram } = yield* setUp()
      const line = yield* TcpLine.make(telegram.apiRoot)
      yield* line.refuse
      yield* start({ TELEGRAM_API_ROOT: line.address })
      yield* says(/^! Telegram cannot be reached at 127\.0\.0\.1:\d+: it is tried until it can\.$/, warnings)
      yield* line.heal
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText("6 x 7 = 42.")
      yield* says(/^Telegram is there now\.$/)
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("tells of its health before Telegram is there, and takes no port from another", () =>
    Effect.gen(function*() {
      const { run, start, telegram } = yield* setUp()
      const line = yield* TcpLine.make(telegram.apiRoot)
      const port = yield* freePort
      yield* line.refuse
      yield* start({ TELEGRAM_API_ROOT: line.address, CODEX_BOT_PORT: String(port) })
      yield* says(/^! Telegram cannot be reached at /, warnings)
      assert.strictEqual((yield* get(`http://127.0.0.1:${port}/health`)).status, 200)
      const ready = yield* get(`http://127.0.0.1:${port}/ready`)
      assert.deepStrictEqual([ready.status, yield* ready.json], [503, { ok: false, is: "starting" }])
      assert.strictEqual(
        (yield* Effect.flip(run({ CODEX_BOT_PORT: String(port), CODEX_STORE_PATH: "/dev/null/none" }))).message,
        `Nothing can listen on 127.0.0.1:${port}: set CODEX_BOT_PORT.`
      )
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("lives on when Telegram is lost, says so, and is not ready meanwhile", () =>
    Effect.gen(function*() {
      const { ann, start, telegram } = yield* setUp()
      const line = yield* TcpLine.make(telegram.apiRoot)
      const port = yield* freePort
      yield* start({ TELEGRAM_API_ROOT: line.address, CODEX_BOT_PORT: String(port) })
      yield* telegram.polled
      const statusOf = (path: string) => Effect.map(get(`http://127.0.0.1:${port}${path}`), ({ status }) => status)
      yield* line.refuse
      yield* says(/^! Telegram cannot be reached at /, warnings)
      assert.strictEqual(yield* statusOf("/health"), 200)
      const ready = yield* get(`http://127.0.0.1:${port}/ready`)
      assert.deepStrictEqual([ready.status, yield* ready.json], [503, { ok: false, is: "unreachable" }])
      yield* line.heal
      yield* says(/^Telegram is back after /)
      assert.strictEqual(yield* statusOf("/ready"), 200)
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText("6 x 7 = 42.")
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("gets its updates by webhook when it has an address, on the port of its health", () =>
    Effect.gen(function*() {
      const { ann, start, stop, telegram } = yield* setUp()
      const port = yield* freePort
      const running = yield* start({
        TELEGRAM_WEBHOOK_URL: `http://127.0.0.1:${port}/hook`,
        TELEGRAM_WEBHOOK_SECRET: "do-not-tell-this-secret",
        CODEX_BOT_PORT: String(port)
      })
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText("6 x 7 = 42.")
      assert.strictEqual((yield* get(`http://127.0.0.1:${port}/ready`)).status, 200)
      yield* stop
      yield* Fiber.join(running)
      // It stays set: Telegram keeps what comes meanwhile.
      assert.isFalse((yield* telegram.calls).some(({ method }) => method === "deleteWebhook"))
      assert.notInclude((yield* lines).join("\n"), "do-not-tell")
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("writes JSON on request, a line each, without the token", () =>
    Effect.gen(function*() {
      const { ann, start, stop, telegram } = yield* setUp()
      const running = yield* start({ CODEX_LOG_FORMAT: "json" })
      yield* ann.send("What is 6 x 7?")
      yield* ann.botText("6 x 7 = 42.")
      yield* stop
      yield* Fiber.join(running)
      const all = yield* lines
      for (const line of all) {
        assert.hasAllKeys(JSON.parse(line), ["message", "level", "timestamp", "annotations", "spans", "fiberId"])
      }
      assert.notInclude(all.join("\n"), telegram.token)
      assert.notInclude(all.join("\n"), "6 x 7")
      assert.deepStrictEqual(yield* warnings, [])
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("reads a file of settings behind the environment", () =>
    Effect.gen(function*() {
      const { env, files, home, run, start, telegram } = yield* setUp()
      const envFile = `${home}/bot.env`
      yield* files.writeFileString(
        envFile,
        `# my bot\nTELEGRAM_BOT_TOKEN="${telegram.token}"\nCODEX_ALLOWED_USER_IDS=9\nCODEX_AUTH_ADMIN_USER_IDS=11\n`
      )
      yield* start({ TELEGRAM_BOT_TOKEN: "", CODEX_ALLOWED_USER_IDS: env.CODEX_ALLOWED_USER_IDS }, { envFile })
      yield* says(/^Who may use it: 7\.$/)
      yield* says(/^Who may manage the login from the chat: 11\.$/)
      const missing = yield* Effect.flip(run({}, { envFile: `${home}/none.env` }))
      assert.strictEqual(
        missing.message,
        `There is no file of settings that can be read at ${home}/none.env (--env-file).`
      )
    }).pipe(Effect.provide(TestConsole.layer)))
})

describe("the bot program does not start", () => {
  const secret = "do-not-tell-this-secret"
  const refused: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, RegExp]> = [
    ["without a token", { TELEGRAM_BOT_TOKEN: "" }, /^TELEGRAM_BOT_TOKEN is not set: @BotFather gives you one\.$/],
    ["with half a token", { TELEGRAM_BOT_TOKEN: "do-not-tell" }, /^TELEGRAM_BOT_TOKEN is not usable: it is no token/],
    ["with another's token", { TELEGRAM_BOT_TOKEN: "1:do-not-tell" }, /^Telegram does not know this bot \(401\): copy/],
    ["with a bad list", { CODEX_ALLOWED_USER_IDS: "12,sesame" }, /^CODEX_ALLOWED_USER_IDS is not usable: "sesame" is/],
    ["with a bad format", { CODEX_LOG_FORMAT: "xml" }, /^CODEX_LOG_FORMAT is not usable: /],
    ["with a bad port", { CODEX_BOT_PORT: "http" }, /^CODEX_BOT_PORT is not usable: /],
    [
      "as a webhook without a secret",
      { TELEGRAM_WEBHOOK_URL: "https://bot.example.com/hook" },
      /^TELEGRAM_WEBHOOK_SECRET is not set: /
    ],
    [
      "as a webhook with a secret that is none",
      { TELEGRAM_WEBHOOK_URL: "https://bot.example.com/hook", TELEGRAM_WEBHOOK_SECRET: "do-not tell" },
      /^TELEGRAM_WEBHOOK_SECRET is not usable: the webhook's secret must have 16 to 256 letters, digits, _ or -\.$/
    ],
    [
      "as a webhook at an address that is none",
      { TELEGRAM_WEBHOOK_URL: "bot.example.com/do-not-tell", TELEGRAM_WEBHOOK_SECRET: secret },
      /^TELEGRAM_WEBHOOK_URL is not usable: the webhook's address is none: it begins with https:\/\/\.$/
    ],
    [
      "as a webhook without TLS, where Telegram is the real one",
      {
        TELEGRAM_API_ROOT: "",
        TELEGRAM_WEBHOOK_URL: "http://example.com/do-not-tell",
        TELEGRAM_WEBHOOK_SECRET: secret
      },
      /^TELEGRAM_WEBHOOK_URL is not usable: the webhook's address must begin with https:\/\/\.$/
    ],
    [
      "as a webhook at a port that Telegram does not post to",
      { TELEGRAM_API_ROOT: "", TELEGRAM_WEBHOOK_URL: "https://example.com:8080/", TELEGRAM_WEBHOOK_SECRET: secret },
      /^TELEGRAM_WEBHOOK_URL is not usable: Telegram posts to the ports 443, 80, 88 and 8443 only\.$/
    ]
  ]
  const late = "with another's token"
  for (const [how, env, said] of refused) {
    it.live(how, () =>
      Effect.gen(function*() {
        const { files, home, run, telegram } = yield* setUp()
        const { message } = yield* Effect.flip(run(env))
        assert.match(message, said)
        if (how !== late) {
          // Nothing was begun: nobody was asked, nothing was made, nothing was said.
          assert.deepStrictEqual(yield* telegram.calls, [])
          assert.isFalse(yield* Effect.provide(files.exists(`${home}/store.sqlite`), NodeServices.layer))
          assert.deepStrictEqual(yield* lines, [])
        }
        assert.notInclude(message, "do-not-tell")
        assert.notInclude(message, "\n")
      }).pipe(Effect.provide(TestConsole.layer)))
  }

  it.live("where its store cannot be, or its port is taken", () =>
    Effect.gen(function*() {
      const { home, run, telegram } = yield* setUp()
      assert.match((yield* Effect.flip(run({ CODEX_STORE_PATH: home }))).message, /^Conversations cannot be kept in /)
      const { port } = new URL(telegram.apiRoot)
      assert.strictEqual(
        (yield* Effect.flip(run({ CODEX_BOT_PORT: port }))).message,
        `Nothing can listen on 127.0.0.1:${port}: set CODEX_BOT_PORT.`
      )
    }).pipe(Effect.provide(TestConsole.layer)))

  it.live("when its token is taken away while it runs: it ends with what to do", () =>
    Effect.gen(function*() {
      const { run, telegram } = yield* setUp()
      yield* telegram.failNext("getUpdates", FaultScript.answer({ status: 401 }))
      const { message } = yield* Effect.flip(run())
      assert.match(
        message,
        /^Telegram does not know this bot \(401\): copy TELEGRAM_BOT_TOKEN again from @BotFather\.$/
      )
    }).pipe(Effect.provide(TestConsole.layer)))
})

describe("the introduction", () => {
  it.effect("warns of everybody, of a login that is not there, and of one that cannot be saved", () =>
    Effect.gen(function*() {
      const log = VirtualBotApi.log()
      yield* Introduction.say({
        me: { username: "b" },
        door: TelegramDoor.make({ allowedUserIds: "everybody" }),
        store: "s.sqlite",
        model: "m",
        login: {
          location: "/secrets/auth.json",
          signedIn: true,
          problem: undefined,
          expiresAt: undefined,
          accountId: undefined,
          plan: undefined,
          canRefresh: true,
          unwritable: new AuthStoreFailed({ operation: "write", path: "/secrets/auth.json", problem: "EROFS" })
        }
      }).pipe(Effect.provide(log.layer))
      assert.strictEqual(
        log.lines[1],
        "Warn: Everybody who finds @b can use up your quota: CODEX_ALLOWED_USER_IDS says so."
      )
      assert.include(log.lines[2], "Nobody may manage the login from the chat")
      assert.match(log.lines[4] ?? "", /^Warn: A refreshed login cannot be saved\. .*\/secrets\/auth\.json/)
    }))
})
