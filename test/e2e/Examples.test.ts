/**
 * Every example as the process it is, with this Node, against doubles on loopback.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Built from "../support/built.ts"
import { collector } from "../support/collector.ts"
import { freePort } from "../support/freePort.ts"

const { Reply } = CodexEmulator
const root = new URL("../..", import.meta.url)
const { PATH = "" } = process.env

interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts an example; it is killed when the scope closes. Its standard input is empty and no terminal. */
const start = Effect.fnUntraced(function*(
  example: string,
  env: Readonly<Record<string, string>>,
  parameters: ReadonlyArray<string> = [],
  ending = "ts"
) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [...Built.flags, `examples/${example}.${ending}`, ...parameters], {
        cwd: root,
        env: { PATH, ...Built.env, ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text)
  const ended = yield* Deferred.make<Outcome>()
  child.once("close", (code, signal) => {
    Deferred.doneUnsafe(ended, Effect.succeed({ code, signal, stdout, stderr }))
  })
  return {
    child,
    ended: Deferred.await(ended),
    /** Fails when the example ends before the effect does: a bot that died will not answer. */
    during: <A, E>(self: Effect.Effect<A, E>) =>
      Effect.raceFirst(
        self,
        Effect.flatMap(Deferred.await(ended), (outcome) => Effect.die(`${example} ended: ${JSON.stringify(outcome)}`))
      )
  }
})

const run = (example: string, env: Readonly<Record<string, string>>, parameters?: ReadonlyArray<string>) =>
  Effect.flatMap(start(example, env, parameters), (started) => started.ended)

/** Both servers, a login in the home folder of a machine of its own, and Ann. */
const setUp = Effect.fnUntraced(function*() {
  const files = yield* FileSystem.FileSystem
  const codex = yield* CodexEmulator.make()
  const telegram = yield* TelegramEmulator.make({ username: "example_bot" })
  const home = yield* files.makeTempDirectoryScoped()
  const authJsonPath = `${home}/.codex/auth.json`
  yield* files.makeDirectory(`${home}/.codex`)
  yield* files.writeFileString(authJsonPath, yield* codex.signIn())
  const { chat } = yield* telegram.user({ id: 789012, firstName: "Ann" })
  const env = {
    HOME: home,
    CODEX_AUTH_JSON_PATH: authJsonPath,
    CODEX_BASE_URL: codex.baseUrl,
    CODEX_ISSUER: codex.issuer,
    CODEX_ALLOWED_USER_IDS: "everybody",
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_BOT_TOKEN: telegram.token
  }
  const said = Effect.fnUntraced(function*(text: string, answer: RegExp) {
    yield* chat.send(text)
    return (yield* chat.botText(answer)).text ?? ""
  })
  return { codex, telegram, home, chat, env, said }
}, Effect.provide(NodeFileSystem.layer))

const without = (env: Readonly<Record<string, string>>, ...names: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))

describe("ten-line-bot", () => {
  it.live("reads its environment, answers /start, sets its menu, and ends on SIGTERM", () =>
    Effect.gen(function*() {
      const { env, said, telegram } = yield* setUp()
      const bot = yield* start("ten-line-bot", {
        ...without(env, "CODEX_AUTH_JSON_PATH"),
        CODEX_ALLOWED_USER_IDS: "1,789012"
      })
      yield* bot.during(said("/start", /^Hello! I answer with ChatGPT\./))
      yield* bot.during(said("What is 6 x 7?", /^6 x 7 = 42\.$/))
      assert.include((yield* telegram.calls).map(({ method }) => method), "setMyCommands")
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGTERM")
      assert.deepInclude(yield* bot.ended, { code: 0, stderr: "" })
    }))

  it.live("leaves strangers out, and everybody where nobody is named; each learns the id to add", () =>
    Effect.gen(function*() {
      const { chat, codex, env, telegram } = yield* setUp()
      const stranger = yield* telegram.user({ id: 5, firstName: "Eve" })
      const bot = yield* start("ten-line-bot", { ...env, CODEX_ALLOWED_USER_IDS: "" })
      yield* stranger.chat.send("What is 6 x 7?")
      yield* bot.during(stranger.chat.botText(/may not use this bot[^]*your user id, 5,/))
      yield* chat.send("/start")
      yield* bot.during(chat.botText(/may not use this bot[^]*your user id, 789012, to CODEX_ALLOWED_USER_IDS/))
      assert.deepStrictEqual(yield* codex.requests, [])
    }))
})

describe("a bot without a network", () => {
  const bots = [
    ["ten-line-bot", "ts"],
    ["commonjs-bot", "cjs"],
    ["otlp-bot", "ts"],
    ["prometheus-bot", "ts"],
    ["voice-bot", "ts"],
    ["own-login-command", "ts"]
  ] as const
  it.live.each(bots)("ends with a sentence and no stack: %s", ([example, ending]) =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const nowhere = { ...env, TELEGRAM_API_ROOT: "http://127.0.0.1:9", METRICS_PORT: String(yield* freePort) }
      const bot = yield* start(example, nowhere, [], ending)
      const { code, stderr } = yield* bot.ended
      assert.strictEqual(code, 1)
      assert.match(stderr, /^The bot ended: .*ECONNREFUSED.*\n$/m)
      assert.notMatch(stderr, /^ +at /m)
      assert.notInclude(stderr, env.TELEGRAM_BOT_TOKEN)
    }))

  it.live("ends by Ctrl-C as long as it waits for Telegram, and without a stack", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const called = yield* Deferred.make<void>()
      const silent = yield* Effect.acquireRelease(
        Effect.sync(() => createServer(() => Deferred.doneUnsafe(called, Effect.void)).listen(0, "127.0.0.1")),
        (server) =>
          Effect.sync(() => {
            server.closeAllConnections()
            server.close()
          })
      )
      yield* Effect.promise(() => once(silent, "listening"))
      const address = silent.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const bot = yield* start("ten-line-bot", { ...env, TELEGRAM_API_ROOT: `http://127.0.0.1:${port}` })
      yield* bot.during(Deferred.await(called))
      bot.child.kill("SIGINT")
      assert.deepInclude(yield* bot.ended, { signal: "SIGINT", stderr: "" })
    }))
})

describe("commonjs-bot", () => {
  it.live("answers, loaded with require", () =>
    Effect.gen(function*() {
      const { env, said } = yield* setUp()
      const bot = yield* start("commonjs-bot", { ...env, CODEX_ALLOWED_USER_IDS: "789012" }, [], "cjs")
      yield* bot.during(said("What is 6 x 7?", /^6 x 7 = 42\.$/))
    }))
})

describe("otlp-bot", () => {
  it.live("sends one trace of a turn and the metrics to a collector, and no word of what was said", () =>
    Effect.gen(function*() {
      const { env, said } = yield* setUp()
      const { at, url } = yield* collector
      const bot = yield* start("otlp-bot", {
        ...env,
        CODEX_ALLOWED_USER_IDS: "789012",
        OTEL_EXPORTER_OTLP_ENDPOINT: url
      })
      yield* bot.during(said("What is 6 x 7?", /^6 x 7 = 42\.$/))
      bot.child.kill("SIGTERM")
      assert.deepInclude(yield* bot.ended, { code: 0 })
      const traces = at("/v1/traces")
      const names = [...traces.matchAll(/"name":"([A-Z]\w+\.\w+)"/g)].map(([, name]) => name)
      assert.includeMembers(names, ["Telegram.update", "Turns.turn", "Codex.stream", "CodexBackend.responses"])
      assert.include(traces, "gen_ai.usage.input_tokens")
      const turn = [...traces.matchAll(/"traceId":"(\w+)"[^}]*?"name":"(Telegram.update|Turns.turn|Codex.stream)"/g)]
      assert.strictEqual(new Set(turn.map(([, trace]) => trace)).size, 1)
      for (const name of ["codex_turns_total", "codex_tokens_total", "codex_first_text_seconds"]) {
        assert.include(at("/v1/metrics"), name)
      }
      for (const path of ["/v1/traces", "/v1/metrics"]) assert.include(at(path), "my-bot")
      for (const path of ["/v1/traces", "/v1/metrics", "/v1/logs"]) {
        for (const secret of ["6 x 7", "789012", env.TELEGRAM_BOT_TOKEN]) assert.notInclude(at(path), secret)
      }
    }))
})

describe("prometheus-bot", () => {
  it.live("serves what Prometheus reads", () =>
    Effect.gen(function*() {
      const { env, said } = yield* setUp()
      const port = yield* freePort
      const bot = yield* start("prometheus-bot", {
        ...env,
        CODEX_ALLOWED_USER_IDS: "789012",
        METRICS_PORT: String(port)
      })
      yield* bot.during(said("What is 6 x 7?", /^6 x 7 = 42\.$/))
      const page = yield* HttpClient.get(`http://127.0.0.1:${port}/metrics`).pipe(
        Effect.flatMap(({ text }) => text),
        Effect.provide(FetchHttpClient.layer)
      )
      assert.include(page, "codex_turns_total{outcome=\"answered\"} 1")
      assert.include(page, "# TYPE codex_first_text_seconds histogram")
      assert.notInclude(page, "789012")
      bot.child.kill("SIGTERM")
      assert.deepInclude(yield* bot.ended, { code: 0 })
    }))
})

describe("ten-line-program", () => {
  it.live("prints the answer to its arguments", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const outcome = yield* run("ten-line-program", env, ["What", "is", "6", "x", "7?"])
      assert.deepInclude(outcome, { code: 0, stdout: "6 x 7 = 42.\n" })
    }))

  it.live("fails with the path of the login that is not there", () =>
    Effect.gen(function*() {
      const { env, home } = yield* setUp()
      const outcome = yield* run("ten-line-program", { ...env, CODEX_AUTH_JSON_PATH: `${home}/none.json` }, ["Hello"])
      assert.strictEqual(outcome.code, 1)
      assert.include(outcome.stdout + outcome.stderr, `${home}/none.json`)
    }))
})

describe("minimal-server-bot", () => {
  it.live("answers prompts and /codex status, and audits without what was said", () =>
    Effect.gen(function*() {
      const { chat, env, said, telegram } = yield* setUp()
      const bot = yield* start("minimal-server-bot", env)
      yield* bot.during(said("/start", /^Send a message or use \/codex ask <text>\.$/))
      yield* bot.during(said("My name is Ann.", /^Nice to meet you, Ann\./))
      yield* bot.during(said("What is my name?", /^Your name is Ann\.$/))
      const status = yield* bot.during(said("/codex status", /connected/))
      assert.match(status, /^✅ codex: connected\nModel: gpt-6\.1-sol\n/)
      assert.match(status, /2 requests/)
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGTERM")
      // VibeGram lets the poll that is under way come to its end.
      yield* chat.send("Bye.")
      const { code, stderr, stdout } = yield* bot.ended
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /^\[codex\] \{\n {2}userId: 789012,/m)
      assert.notInclude(stdout, "Ann")
    }))

  it.live("sends auth.json to an admin as a file, through the client of the framework", () =>
    Effect.gen(function*() {
      const { chat, env, telegram } = yield* setUp()
      const bot = yield* start("minimal-server-bot", { ...env, CODEX_AUTH_ADMIN_USER_IDS: "789012" })
      const call = yield* bot.during(Effect.andThen(
        chat.send("/codex auth export"),
        telegram.waitForCall(({ method }) => method.toLowerCase() === "senddocument")
      ))
      assert.deepNestedInclude(call.payload, { "auth\\.json.fileName": "auth.json", "protect_content": "true" })
    }))

  it.live("says which variable is missing", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const outcome = yield* run("minimal-server-bot", without(env, "CODEX_AUTH_JSON_PATH"))
      assert.strictEqual(outcome.code, 1)
      assert.include(outcome.stderr, "CODEX_AUTH_JSON_PATH is required")
    }))
})

describe("grammy-bot", () => {
  it.live("answers prompts, has ctx.codex in its own handlers, and ends on SIGTERM", () =>
    Effect.gen(function*() {
      const { env, said, telegram } = yield* setUp()
      const bot = yield* start("grammy-bot", env)
      yield* bot.during(said("My name is Ann.", /^Nice to meet you, Ann\./))
      yield* bot.during(said("What is my name?", /^Your name is Ann\.$/))
      yield* bot.during(said("/joke", /^You asked: "Tell me a joke in one sentence\."$/))
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGTERM")
      assert.deepInclude(yield* bot.ended, { code: 0, stderr: "" })
    }))
})

describe("tools-bot", () => {
  it.live(
    "keeps a list, asks before it empties it, names its sources and sends what it has drawn",
    () =>
      Effect.gen(function*() {
        const { chat, codex, env, said, telegram } = yield* setUp()
        const bot = yield* start("tools-bot", { ...env, CODEX_ALLOWED_USER_IDS: "789012" })
        yield* codex.script(
          Reply.parallel(
            Reply.functionCall("add_to_list", { item: "milk" }),
            Reply.functionCall("add_to_list", { item: "bread" })
          ),
          Reply.text("Milk and bread are on the list."),
          Reply.functionCall("add_to_list", { item: "milk" }),
          Reply.text("It has milk already."),
          Reply.functionCall("empty_list", {}),
          Reply.text("The list is empty."),
          Reply.text("It is clear.", {
            searches: ["weather"],
            citations: [{ url: "https://weather.example/", title: "Weather" }]
          }),
          Reply.image({ text: "Here it is." })
        )
        yield* bot.during(said("Milk and bread, please", /^Milk and bread are on the list\.$/))
        yield* bot.during(said("And milk", /^It has milk already\.$/))
        yield* chat.send("Empty it")
        const question = yield* bot.during(chat.botText(/🔐 May I\? empty_list/))
        const [, yes = ""] = /"callback_data":"([^"]*:yes:[^"]*)"/.exec(JSON.stringify(question.reply_markup)) ?? []
        yield* chat.press(question.message_id, yes)
        yield* bot.during(chat.botText("The list is empty."))
        yield* bot.during(said("How is the weather?", /^It is clear\.\n\n🔗 Sources\n1\. Weather$/))
        yield* bot.during(said("Draw it", /^Here it is\.$/))
        yield* bot.during(chat.waitFor(({ photo }) => photo !== undefined))
        const told = (yield* codex.requests).map(({ body }) => JSON.stringify(body ?? "")).join("\n")
        assert.include(told, String.raw`[\"milk\",\"bread\"]`)
        assert.include(told, "milk is on the list already.")
        assert.include(told, "2 things were taken off.")
        assert.include(told, "web_search")
        assert.include(told, "image_generation")
        yield* bot.during(telegram.polled)
        bot.child.kill("SIGTERM")
        assert.deepInclude(yield* bot.ended, { code: 0, stderr: "" })
      })
  )
})

describe("frameworkless-bot", () => {
  it.live("answers, and ends on SIGTERM", () =>
    Effect.gen(function*() {
      const { env, said, telegram } = yield* setUp()
      const bot = yield* start("frameworkless-bot", env)
      yield* bot.during(said("My name is Ann.", /^Nice to meet you, Ann\./))
      yield* bot.during(said("What is my name?", /^Your name is Ann\.$/))
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGTERM")
      const { stdout } = yield* bot.ended
      assert.include(stdout, "@example_bot is listening.")
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
    }))
})

describe("telegraf-bot", () => {
  it.live("introduces itself, answers, finishes what is running on SIGTERM and ends with 0", () =>
    Effect.gen(function*() {
      const { chat, codex, env, said, telegram } = yield* setUp()
      const bot = yield* start("telegraf-bot", { ...env, CODEX_ALLOWED_USER_IDS: "789012" })
      yield* bot.during(said("What is 6 x 7?", /^6 x 7 = 42\.$/))
      yield* codex.failNext("responses", FaultScript.delay("600 millis"))
      yield* codex.script(CodexEmulator.Reply.text("A late answer."))
      yield* chat.send("Take your time.")
      yield* bot.during(codex.awaitOpenStreams(1))
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGTERM")
      const outcome = yield* bot.ended
      assert.deepInclude(outcome, { code: 0, stderr: "" })
      assert.match(outcome.stdout, /^@example_bot is listening \(model: the best of the account's list\)/)
      assert.include(outcome.stdout, `Signed in with ${env.CODEX_AUTH_JSON_PATH}`)
      assert.deepStrictEqual((yield* chat.messages).at(-1)?.text, "A late answer.")
      // Both turns are in the log before the bot says that it is done.
      assert.match(outcome.stdout, /codex turn[^]*codex turn[^]*\nStopped\.\n$/)
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
      const menu = yield* telegram.waitForCall(({ method }) => method.toLowerCase() === "setmycommands")
      assert.deepNestedInclude(menu.payload, { "commands[0].command": "codex" })
    }))

  it.live("remembers in a file what was said before it was started anew", () =>
    Effect.gen(function*() {
      const { codex, env, home, said, telegram } = yield* setUp()
      const store = `${home}/.local/state/effect-codex/store.sqlite`
      for (const text of ["My name is Ann.", "Who am I?"]) {
        const bot = yield* start("telegraf-bot", env)
        yield* codex.script(CodexEmulator.Reply.text(`You said: ${text}`))
        yield* bot.during(said(text, /^You said/))
        yield* bot.during(telegram.polled)
        bot.child.kill("SIGTERM")
        assert.include((yield* bot.ended).stdout, `Conversations are kept in ${store}.`)
      }
      const body = JSON.stringify((yield* codex.requests).at(-1)?.body)
      for (const text of ["My name is Ann.", "You said: My name is Ann.", "Who am I?"]) assert.include(body, text)
    }))

  it.live("says where conversations cannot be kept", () =>
    Effect.gen(function*() {
      const { env, home } = yield* setUp()
      const outcome = yield* run("telegraf-bot", { ...env, CODEX_STORE_PATH: home })
      assert.deepInclude(outcome, {
        code: 1,
        stderr:
          `Conversations cannot be kept in ${home}: it cannot be written, or is no database. Set CODEX_STORE_PATH.\n`
      })
    }))

  it.live("says at the start that nobody is signed in, and that everybody may use it", () =>
    Effect.gen(function*() {
      const { env, home, said, telegram } = yield* setUp()
      const bot = yield* start("telegraf-bot", { ...env, CODEX_AUTH_JSON_PATH: `${home}/none.json` })
      yield* bot.during(said("Hello", /auth JSON not found\./))
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGINT")
      const { code, stderr } = yield* bot.ended
      assert.strictEqual(code, 0)
      assert.match(stderr, /^! .*none\.json.*CODEX_AUTH_JSON_PATH/m)
      assert.match(stderr, /^! Everybody .* CODEX_ALLOWED_USER_IDS/m)
    }))

  it.live("names a malformed variable and its bad part in one line", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const outcome = yield* run("telegraf-bot", { ...env, CODEX_ALLOWED_USER_IDS: "12,sesame" })
      assert.strictEqual(outcome.code, 1)
      assert.strictEqual(outcome.stdout, "")
      assert.match(outcome.stderr, /^CODEX_ALLOWED_USER_IDS is not usable: "sesame" is no user id .*\n$/)
    }))

  it.live("says that it has no token", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const outcome = yield* run("telegraf-bot", without(env, "TELEGRAM_BOT_TOKEN"))
      assert.deepInclude(outcome, { code: 1, stderr: "TELEGRAM_BOT_TOKEN is not set: @BotFather gives you one.\n" })
    }))

  const refusals = [
    [401, "copy TELEGRAM_BOT_TOKEN again"],
    [409, "Another process polls"]
  ] as const
  for (const [code, advice] of refusals) {
    it.live(`says what to do when Telegram refuses to poll with a ${code}`, () =>
      Effect.gen(function*() {
        const { env, telegram } = yield* setUp()
        yield* telegram.failNext("getUpdates", FaultScript.answer({ status: code }))
        const outcome = yield* run("telegraf-bot", env)
        assert.strictEqual(outcome.code, 1)
        assert.include(outcome.stderr.trimEnd().split("\n").at(-1), advice)
        assert.notInclude(outcome.stderr, telegram.token)
      }))
  }

  it.live("says that Telegram cannot be reached", () =>
    Effect.gen(function*() {
      const { env } = yield* setUp()
      const outcome = yield* run("telegraf-bot", { ...env, TELEGRAM_API_ROOT: "http://127.0.0.1:1/" })
      assert.deepInclude(outcome, {
        code: 1,
        stderr: "Telegram could not be reached at 127.0.0.1:1: check the network and TELEGRAM_API_ROOT.\n"
      })
    }))
})

describe("codex-live-telegram-bot", () => {
  it.live("asks the backend once, then listens, and logs nothing that was said", () =>
    Effect.gen(function*() {
      const { codex, env, said, telegram } = yield* setUp()
      const bot = yield* start("codex-live-telegram-bot", { ...env, CODEX_ALLOWED_USER_IDS: "789012" })
      yield* bot.during(said("My name is Ann.", /^Nice to meet you, Ann\./))
      yield* bot.during(telegram.polled)
      bot.child.kill("SIGTERM")
      const { code, stderr, stdout } = yield* bot.ended
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /^The backend answers \(\d+ characters\)\.\nWrite to @example_bot\./)
      assert.match(stdout, /\[codex\] \{.*success: true/s)
      assert.notInclude(stdout, "Ann")
      assert.isNotEmpty(yield* codex.requests)
    }))

  const missing = [
    ["TELEGRAM_BOT_TOKEN", /^Set TELEGRAM_BOT_TOKEN to .*\n$/],
    ["CODEX_ALLOWED_USER_IDS", /^Set CODEX_ALLOWED_USER_IDS to .*\n$/]
  ] as const
  for (const [variable, sentence] of missing) {
    it.live(`says in one sentence that ${variable} is to be set, and asks nobody`, () =>
      Effect.gen(function*() {
        const { codex, env } = yield* setUp()
        const given = without({ ...env, CODEX_ALLOWED_USER_IDS: "789012" }, variable)
        const { code, stderr, stdout } = yield* run("codex-live-telegram-bot", given)
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.match(stderr, sentence)
        assert.deepStrictEqual(yield* codex.requests, [])
      }))
  }

  it.live("tells why the backend did not answer, without a stack", () =>
    Effect.gen(function*() {
      const { env, home } = yield* setUp()
      const { code, stderr } = yield* run("codex-live-telegram-bot", {
        ...env,
        CODEX_ALLOWED_USER_IDS: "789012",
        CODEX_AUTH_JSON_PATH: `${home}/none.json`
      })
      assert.strictEqual(code, 1)
      assert.match(stderr, /^The backend did not answer: .*none\.json/)
      assert.notInclude(stderr, "    at ")
    }))
})

describe("own-login-command", () => {
  const setUpLogin = Effect.fnUntraced(function*() {
    const { env, home, said, telegram } = yield* setUp()
    const codex = yield* CodexEmulator.make({ device: { interval: "1 second" } })
    const authJsonPath = `${home}/new/auth.json`
    const bot = yield* start("own-login-command", {
      ...env,
      CODEX_ISSUER: codex.issuer,
      CODEX_AUTH_JSON_PATH: authJsonPath,
      CODEX_AUTH_ADMIN_USER_IDS: "789012"
    })
    return { authJsonPath, bot, codex, said, telegram }
  })

  it.live("signs an admin in and saves the login", () =>
    Effect.gen(function*() {
      const { authJsonPath, bot, codex, said } = yield* setUpLogin()
      const [, code = ""] = /enter (\S+) within/.exec(yield* bot.during(said("/signin", /within \d+ minutes/))) ?? []
      yield* codex.approve(code)
      yield* bot.during(said("Well?", /^Signed in\.$/))
      const files = yield* FileSystem.FileSystem
      assert.include(yield* files.readFileString(authJsonPath), "refresh_token")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("says nothing to others", () =>
    Effect.gen(function*() {
      const { bot, said, telegram } = yield* setUpLogin()
      const stranger = yield* telegram.user({ id: 5, firstName: "Eve" })
      yield* stranger.chat.send("/signin")
      yield* bot.during(said("/signin", /within \d+ minutes/))
      assert.deepStrictEqual((yield* stranger.chat.messages).filter(({ from }) => from?.is_bot === true), [])
    }))
})

describe("swapped-layer", () => {
  it.live("is the same at each run", () =>
    Effect.gen(function*() {
      const first = yield* run("swapped-layer", {})
      const second = yield* run("swapped-layer", {})
      assert.deepInclude(first, { code: 0, stderr: "" })
      assert.strictEqual(first.stdout, second.stdout)
      const [withMemory = "", forgetful = "", usedUp = ""] = first.stdout.trim().split("\n\n")
      assert.include(withMemory, "  400 ms \" Ann.\"\n")
      assert.include(forgetful, "  400 ms \" not know.\"\n")
      assert.include(usedUp, "resets at 1970-01-01 05:00 UTC.")
    }))
})
