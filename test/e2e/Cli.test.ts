/**
 * Every command of `effect-codex` as the process it is, at a terminal and without one, against the emulators.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { afterAll, beforeAll } from "vitest"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Command from "../support/command.ts"

const { Reply } = CodexEmulator

const folder = mkdtempSync(join(tmpdir(), "effect-codex-command-"))
let file = ""

beforeAll(async () => {
  file = await Effect.runPromise(Command.bundle(folder))
})

afterAll(() => rmSync(folder, { recursive: true }))

/** The emulated account of a machine of its own. */
const opened = Effect.fnUntraced(function*(options: CodexEmulator.Options) {
  const files = yield* FileSystem.FileSystem
  const codex = yield* CodexEmulator.make(options)
  const home = yield* files.makeTempDirectoryScoped()
  const authJsonPath = `${home}/.codex/auth.json`
  yield* files.makeDirectory(`${home}/.codex`, { mode: 0o700 })
  const text = yield* codex.signIn()
  yield* files.writeFileString(authJsonPath, text, { mode: 0o600 })
  const env = { HOME: home, CODEX_BASE_URL: codex.baseUrl, CODEX_ISSUER: codex.issuer }
  const secrets = text.match(/eyJ[\w.-]+|rt_[\w-]+/g) ?? []
  const start = (
    args: ReadonlyArray<string>,
    options: Partial<Parameters<typeof Command.start>[2]> = {}
  ) => Command.start(file, args, { ...options, env: { ...env, ...options.env } })
  const run = Effect.fnUntraced(function*(...args: Parameters<typeof start>) {
    const outcome = yield* (yield* start(...args)).ended
    for (const secret of secrets) assert.notInclude(outcome.stdout + outcome.stderr, secret)
    return outcome
  })
  return { authJsonPath, codex, files, home, run, start }
})

const setUp = (options: CodexEmulator.Options = {}) => Effect.provide(opened(options), NodeFileSystem.layer)

const atTerminal = it.live.skipIf(!Command.hasTerminals)

describe("effect-codex", () => {
  it.live("shows its help, and that of each command with examples", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const whole = yield* run(["--help"])
      assert.strictEqual(whole.code, 0)
      for (const name of ["playground", "login", "status", "models", "ask", "bot", "doctor", "logout"]) {
        assert.match(whole.stdout, new RegExp(`^  ${name} +\\S`, "m"))
      }
      const one = yield* run(["ask", "--help"])
      assert.match(one.stdout, /EXAMPLES[^]*effect-codex ask What is 6 x 7\?/)
      assert.deepInclude(yield* run(["--version"]), { code: 0, stdout: "effect-codex v0.1.0\n" })
    }))

  it.live("says on an older Node which it needs, and links nothing before", () =>
    Effect.gen(function*() {
      const { home, run } = yield* setUp()
      const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.4" } })`
      yield* Effect.promise(() => writeFile(`${home}/older.mjs`, older))
      const { code, stderr } = yield* run(["--version"], { env: { NODE_OPTIONS: `--import=${home}/older.mjs` } })
      assert.deepStrictEqual(
        [code, stderr],
        [1, "effect-codex needs Node 22.19 or newer, and this is 20.19.4: https://nodejs.org\n"]
      )
      const entry = yield* Effect.promise(() => readFile(new URL("../../src/cli/main.ts", import.meta.url), "utf8"))
      assert.deepStrictEqual(entry.match(/^import .*$/gm), [`import process from "node:process"`])
    }))

  it.live("tells a word that is none of its own what was perhaps meant, on stderr, and exits with 2", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stderr, stdout } = yield* run(["stats"])
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.match(stderr, /Unknown subcommand "stats"[^]*Did you mean this\?\s+status/)
      const flag = yield* run(["ask", "--modle", "x", "Hello"])
      assert.strictEqual(flag.code, 2)
      assert.match(flag.stderr, /--modle[^]*--model/)
    }))

  it.live.skipIf(!existsSync("/dev/full"))(
    "says that it could not be written, and exits with 1: on a disk that is full",
    () =>
      Effect.gen(function*() {
        const { run } = yield* setUp()
        for (const args of [["--version"], ["models"]]) {
          const { code, stderr } = yield* run(args, { stdout: "/dev/full" })
          assert.deepStrictEqual(
            [code, stderr],
            [1, "Not everything was written (ENOSPC: no space left on device, write).\n"]
          )
        }
      })
  )

  it.live("exits with 2 when a variable cannot be used, and says which", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      for (const command of [["status"], ["models"], ["ask", "Hello"], ["login"], ["logout"]]) {
        const { code, stderr } = yield* run(command, { env: { CODEX_BASE_URL: "nowhere" } })
        assert.deepStrictEqual([code, stderr], [
          2,
          "CODEX_BASE_URL is not usable: must be an http or https address.\n"
        ])
      }
    }))
})

describe("effect-codex login", () => {
  it.live("without a terminal says address and code in lines, waits, and saves the login", () =>
    Effect.gen(function*() {
      const { codex, files, home, start } = yield* setUp({ device: { interval: "1 second" } })
      const path = `${home}/new/auth.json`
      const running = yield* start(["login", "--path", path])
      const { userCode } = yield* codex.awaitLogin
      yield* running.sees(userCode)
      yield* codex.approve(userCode)
      const { code, stderr, stdout } = yield* running.ended
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /^Open +http:\S+\/codex\/device\nEnter +\S+\nWithin 15 minutes\.\n/)
      assert.match(
        stdout,
        /Signed in\. The login is in \S+new\/auth\.json, plan plus, token until .* \(in 9 days\)\.\n$/
      )
      assert.notInclude(stdout, "\u001b")
      const text = yield* files.readFileString(path)
      assert.strictEqual((yield* files.stat(path)).mode & 0o777, 0o600)
      for (const secret of text.match(/eyJ[\w.-]+|rt_[\w-]+/g) ?? []) assert.notInclude(stdout, secret)
    }))

  atTerminal("at a terminal shows the address for a camera, and counts while it waits", () =>
    Effect.gen(function*() {
      const { codex, home, start } = yield* setUp({ device: { interval: "1 second" } })
      const running = yield* start(["login", "--path", `${home}/new/auth.json`], { terminal: true })
      const { userCode } = yield* codex.awaitLogin
      yield* running.sees("Waiting for the code to be entered: 0:01")
      yield* codex.approve(userCode)
      const { code, stdout } = yield* running.ended
      assert.strictEqual(code, 0)
      assert.match(stdout, /\u001b\[97;40m█{20,}/)
      assert.match(stdout, /Signed in\./)
    }))

  it.live("at a terminal of 28 columns has no picture that would be torn, and counts in one line", () =>
    Effect.gen(function*() {
      const { codex, home } = yield* setUp({ device: { interval: "1 second" } })
      const running = yield* Effect.forkChild(Command.inside(["login", "--path", `${home}/new/auth.json`], {
        env: { HOME: home, CODEX_BASE_URL: codex.baseUrl, CODEX_ISSUER: codex.issuer },
        terminal: { columns: 28, rows: 24 }
      }))
      const { userCode } = yield* codex.awaitLogin
      yield* codex.approve(userCode)
      const { code, stdout } = yield* Fiber.join(running)
      assert.strictEqual(code, 0, stdout)
      assert.notInclude(stdout, "█")
      assert.match(stdout, /\u001b\[KWaiting: 0:00/)
      assert.notInclude(stdout, "\u001b[KWaiting for the code")
    }))

  atTerminal("has no color with NO_COLOR", () =>
    Effect.gen(function*() {
      const { codex, home, start } = yield* setUp({ device: { interval: "1 second" } })
      const options = { terminal: true, env: { NO_COLOR: "1" } }
      const running = yield* start(["login", "--path", `${home}/new/auth.json`], options)
      const { userCode } = yield* codex.awaitLogin
      yield* running.sees(userCode)
      yield* codex.approve(userCode)
      const { stdout } = yield* running.ended
      assert.match(stdout, /^█{20,}$/m)
      assert.notMatch(stdout, /\u001b\[[\d;]*m/)
    }))

  it.live("says why when the person refuses, and keeps the login that was there", () =>
    Effect.gen(function*() {
      const { authJsonPath, codex, files, start } = yield* setUp({ device: { interval: "1 second" } })
      const before = yield* files.readFileString(authJsonPath)
      const running = yield* start(["login"])
      const { userCode } = yield* codex.awaitLogin
      yield* codex.deny(userCode)
      const { code, stderr, stdout } = yield* running.ended
      assert.strictEqual(code, 1)
      assert.match(stdout, /^The login in \S+auth\.json is replaced when you have signed in\./)
      assert.match(stderr, /^The login did not succeed/)
      assert.strictEqual(yield* files.readFileString(authJsonPath), before)
    }))

  it.live("refuses before it asks anybody when a new login would be lost", () =>
    Effect.gen(function*() {
      const { codex, home, run } = yield* setUp()
      const lost = yield* run(["login"], { env: { CODEX_AUTH_JSON_JSON: "{}" } })
      assert.strictEqual(lost.code, 2)
      assert.match(lost.stderr, /CODEX_AUTH_JSON_JSON is set/)
      const unwritable = yield* run(["login", "--path", home])
      assert.strictEqual(unwritable.code, 1)
      assert.deepStrictEqual(yield* codex.requests, [])
    }))

  atTerminal("is left with Ctrl-C, and nobody is signed in", () =>
    Effect.gen(function*() {
      const { codex, files, home, start } = yield* setUp()
      const running = yield* start(["login", "--path", `${home}/new/auth.json`], { terminal: true })
      yield* codex.awaitLogin
      yield* running.sees("Waiting")
      yield* running.type("\u0003")
      assert.strictEqual((yield* running.ended).code, 130)
      assert.isFalse(yield* files.exists(`${home}/new/auth.json`))
    }))
})

describe("effect-codex status", () => {
  const expected = (stdout: string) => {
    assert.match(
      stdout,
      /^Signed in\nLogin +\S+auth\.json\nPlan +plus\nToken +until .* \(in 9 days\), renewed by itself\n/
    )
    assert.match(stdout, /^5-hour +█{18}░{2} 88 % left, whole again at \d{4}-.* UTC$/m)
    assert.match(stdout, /^weekly +█{14}░{6} 70 % left/m)
    assert.match(stdout, /^Models +gpt-6\.1-sol, /m)
  }

  it.live("without a terminal is plain", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stderr, stdout } = yield* run(["status"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      expected(stdout)
    }))

  atTerminal("at a terminal has colors", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stdout } = yield* run(["status"], { terminal: true })
      assert.strictEqual(code, 0)
      assert.include(stdout, "\u001b[32mSigned in\u001b[39m")
      expected(stripVTControlCharacters(stdout))
    }))

  it.live("gives programs one JSON document, also when nobody is signed in", () =>
    Effect.gen(function*() {
      const { home, run } = yield* setUp()
      const good = yield* run(["status", "--json"])
      assert.strictEqual(good.code, 0)
      const document = JSON.parse(good.stdout)
      assert.deepInclude(document, { signedIn: true, plan: "plus", canRefresh: true, canSave: true, problem: null })
      assert.deepInclude(document.quota.windows[0], { name: "5-hour", usedPercent: 12 })
      const none = yield* run(["status", "--json", "--path", `${home}/none.json`])
      assert.deepStrictEqual([none.code, none.stderr], [1, ""])
      assert.deepInclude(JSON.parse(none.stdout), { signedIn: false, quota: null, models: [] })
      assert.strictEqual(JSON.parse(none.stdout).problem.error, "AuthFileNotFound")
    }))

  it.live("says what is wrong, and exits with 1", () =>
    Effect.gen(function*() {
      const { home, run } = yield* setUp()
      const { code, stderr, stdout } = yield* run(["status", "--path", `${home}/none.json`])
      assert.deepStrictEqual([code, stdout], [1, `Not signed in\nLogin  ${home}/none.json\n`])
      assert.match(stderr, /none\.json[^]*`effect-codex login` signs in as well\./)
      const unreachable = yield* run(["status"], { env: { CODEX_BASE_URL: "http://127.0.0.1:9" } })
      assert.strictEqual(unreachable.code, 1)
      assert.match(unreachable.stderr, /Could not reach 127\.0\.0\.1:9/)
    }))
})

describe("effect-codex models", () => {
  it.live("lists the models of the account, in lines or as JSON", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp({ models: [{ slug: "gpt-7" }] })
      const lines = yield* run(["models"])
      assert.strictEqual(lines.code, 0)
      assert.match(lines.stdout, /^gpt-7\b[^\n]*\n$/)
      const json = yield* run(["models", "--json"])
      assert.deepInclude(JSON.parse(json.stdout).models[0], { id: "gpt-7" })
    }))

  atTerminal("at a terminal, too", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stdout } = yield* run(["models"], { terminal: true })
      assert.strictEqual(code, 0)
      assert.match(stdout, /^gpt-6\.1-sol +GPT-6\.1 Sol; .*effort: low, medium/)
    }))

  it.live("says when the list is not the account's", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stderr } = yield* run(["models"], { env: { CODEX_BASE_URL: "http://127.0.0.1:9" } })
      assert.strictEqual(code, 1)
      assert.match(stderr, /did not tell the models/)
    }))
})

describe("effect-codex ask", () => {
  it.live("without a terminal writes the Markdown as it comes", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      yield* codex.script(Reply.text("**Bold** and `code`."))
      const { code, stderr, stdout } = yield* run(["ask", "Format", "it"])
      assert.deepStrictEqual([code, stderr, stdout], [0, "", "**Bold** and `code`.\n"])
    }))

  it.live("of whose answer nothing is text writes nothing, not even the end of a line", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      yield* codex.script(Reply.image())
      const { code, stderr, stdout } = yield* run(["ask", "Draw", "it"])
      assert.deepStrictEqual([code, stderr, stdout], [0, "", ""])
    }))

  it.live("reads the question from stdin, all of it or in the place of -", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      assert.include(yield* run(["ask"], { stdin: "What is 6 x 7?\n" }), { code: 0, stdout: "6 x 7 = 42.\n" })
      yield* codex.script(Reply.text("Fine."))
      yield* run(["ask", "Is", "this", "right:", "-"], { stdin: "6 x 7 = 42" })
      const { body } = (yield* codex.requests).filter(({ path }) => path.endsWith("/responses")).at(-1) ?? {}
      assert.include(JSON.stringify(body), "Is this right: \\n6 x 7 = 42")
    }))

  it.live("refuses a question that is empty, before it asks anybody", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      for (const [words, stdin] of [[[], ""], [[""], ""], [["-"], " \n"], [["  ", ""], "not read"]] as const) {
        const { code, stderr, stdout } = yield* run(["ask", ...words], { stdin })
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.strictEqual(stderr, "The question is empty: say it behind `ask`, or pipe it in.\n")
      }
      assert.deepStrictEqual(yield* codex.requests, [])
    }))

  it.live("asks a file that is longer than a message of a chat", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stderr } = yield* run(["ask"], { stdin: `What is 6 x 7?\n${"x".repeat(20_000)}` })
      assert.deepStrictEqual([code, stderr], [0, ""])
    }))

  it.live("streams: what is there is written before the answer is whole", () =>
    Effect.gen(function*() {
      const { codex, start } = yield* setUp({ tokenDelay: "400 millis" })
      yield* codex.script(Reply.text("One two three."))
      const running = yield* start(["ask", "Count"])
      yield* running.sees("One")
      assert.strictEqual(yield* codex.openStreams, 1)
      assert.strictEqual((yield* running.ended).stdout, "One two three.\n")
    }))

  atTerminal("at a terminal shows formats, and no marks", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      yield* codex.script(Reply.text("**Bold**, `code` and [a link](https://example.org/)."))
      const { code, stdout } = yield* run(["ask", "Format it"], { terminal: true })
      assert.strictEqual(code, 0)
      assert.include(stdout, "\u001b[1mBold\u001b[0m")
      assert.include(stdout, "\u001b[36mcode\u001b[0m")
      assert.include(stdout, "\u001b]8;;https://example.org/\u001b\\")
      assert.notInclude(stdout, "**")
    }))

  atTerminal("at a terminal has no formats with NO_COLOR, and tells where a link leads", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      yield* codex.script(Reply.text("**Bold** and [a link](https://example.org/)."))
      const { stdout } = yield* run(["ask", "Format it"], { terminal: true, env: { NO_COLOR: "1" } })
      assert.match(stdout, /Bold and a link \(https:\/\/example\.org\/\)\.\n$/)
      assert.notMatch(stdout, /\u001b\[[\d;]*m/)
    }))

  it.live("asks another model, with other instructions", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      const { code } = yield* run(["ask", "--model", "gpt-6-luna", "--effort", "low", "--system", "Be brief.", "Hello"])
      assert.strictEqual(code, 0)
      const asked = (yield* codex.requests).find(({ path }) => path.endsWith("/responses"))
      assert.deepInclude(asked?.body, { model: "gpt-6-luna", instructions: "Be brief." })
    }))

  it.live("says why there is no answer", () =>
    Effect.gen(function*() {
      const { codex, home, run } = yield* setUp()
      yield* codex.setQuota({ primary: 100 })
      const used = yield* run(["ask", "Hello"])
      assert.deepStrictEqual([used.code, used.stdout], [1, ""])
      assert.match(used.stderr, /quota[^]*429/)
      const nobody = yield* run(["ask", "Hello", "--path", `${home}/none.json`])
      assert.match(nobody.stderr, /effect-codex login/)
    }))

  atTerminal("asks for a question where nobody pipes one in", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stdout } = yield* run(["ask"], { terminal: true })
      assert.strictEqual(code, 2)
      assert.match(stdout, /There is no question/)
    }))

  atTerminal("stops at Ctrl-C, and hangs up", () =>
    Effect.gen(function*() {
      const { codex, start } = yield* setUp({ tokenDelay: "1 second" })
      yield* codex.script(Reply.text("One two three four five six."))
      const running = yield* start(["ask", "Count"], { terminal: true })
      yield* running.sees("One")
      yield* running.type("\u0003")
      assert.strictEqual((yield* running.ended).code, 130)
      yield* codex.awaitOpenStreams(0)
    }))

  it.live("writes an answer that starts over once", () =>
    Effect.gen(function*() {
      const { codex, run } = yield* setUp()
      yield* codex.failNext("responses", FaultScript.cut({ pieces: 8 }))
      const { code, stdout } = yield* run(["ask", "What is 6 x 7?"])
      assert.deepStrictEqual([code, stdout], [0, "6 x 7 = 42.\n"])
    }))
})

describe("effect-codex logout", () => {
  it.live("ends the session at the issuer, and removes the login", () =>
    Effect.gen(function*() {
      const { authJsonPath, codex, files, run } = yield* setUp()
      const { code, stdout } = yield* run(["logout"])
      assert.deepStrictEqual([code, stdout], [0, `Signed out: ${authJsonPath} holds no login any more.\n`])
      assert.isFalse(yield* files.exists(authJsonPath))
      assert.include((yield* codex.requests).map(({ path }) => path), "/oauth/revoke")
      const again = yield* run(["logout"])
      assert.deepStrictEqual([again.code, again.stdout], [0, `Nobody was signed in with ${authJsonPath}.\n`])
    }))

  it.live("leaves a file alone that holds no login", () =>
    Effect.gen(function*() {
      const { files, home, run } = yield* setUp()
      for (const text of ["my notes", "{\"name\":\"a package\"}"]) {
        yield* files.writeFileString(`${home}/other`, text)
        const { code, stderr } = yield* run(["logout", "--path", `${home}/other`])
        assert.deepStrictEqual([code, stderr], [2, `${home}/other holds no login, and is left as it is.\n`])
        assert.strictEqual(yield* files.readFileString(`${home}/other`), text)
      }
    }))

  atTerminal("at a terminal, too", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stdout } = yield* run(["logout"], { terminal: true })
      assert.strictEqual(code, 0)
      assert.match(stdout, /^Signed out/)
    }))
})

describe("effect-codex bot", () => {
  const withTelegram = Effect.gen(function*() {
    const telegram = yield* TelegramEmulator.make({ username: "command_bot" })
    const { chat } = yield* telegram.user({ id: 7, firstName: "Ann" })
    const account = yield* setUp()
    const env = {
      TELEGRAM_API_ROOT: telegram.apiRoot,
      TELEGRAM_BOT_TOKEN: telegram.token,
      CODEX_ALLOWED_USER_IDS: "7",
      CODEX_STORE_PATH: `${account.home}/store.sqlite`
    }
    return { ...account, chat, env, telegram }
  })

  const answers = Effect.fnUntraced(function*(terminal: boolean) {
    const { chat, env, start, telegram } = yield* withTelegram
    const running = yield* start(["bot"], { env, terminal })
    yield* running.sees("@command_bot")
    yield* chat.send("What is 6 x 7?")
    yield* chat.botText(/^6 x 7 = 42\.$/)
    yield* terminal ? running.type("\u0003") : running.signal("SIGTERM")
    const outcome = yield* running.ended
    assert.notInclude(outcome.stdout + outcome.stderr, telegram.token)
    return outcome
  })

  it.live("without a terminal answers in Telegram, and ends when it is asked to", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* answers(false)
      assert.strictEqual(code, 0)
      assert.match(stdout, /Stopped\.\n$/)
    }))

  atTerminal("at a terminal ends with Ctrl-C", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* answers(true)
      assert.strictEqual(code, 0)
      assert.match(stdout, /Stopped\.\n$/)
    }))

  it.live("takes its settings from a file, and says in a line what is missing", () =>
    Effect.gen(function*() {
      const { env, files, home, run } = yield* withTelegram
      const none = yield* run(["bot"])
      assert.deepStrictEqual([none.code, none.stderr], [
        2,
        "TELEGRAM_BOT_TOKEN is not set: @BotFather gives you one.\n"
      ])
      const settings = `TELEGRAM_BOT_TOKEN=${env.TELEGRAM_BOT_TOKEN}\nTELEGRAM_API_ROOT=${env.TELEGRAM_API_ROOT}\n`
      yield* files.writeFileString(`${home}/.env`, `${settings}CODEX_ALLOWED_USER_IDS=ann\n`)
      const nobody = yield* run(["bot", "--env-file", `${home}/.env`])
      assert.strictEqual(nobody.code, 2)
      assert.match(nobody.stderr, /^CODEX_ALLOWED_USER_IDS is not usable: "ann" is no user id/)
      const port = yield* run(["bot"], { env: { ...env, CODEX_BOT_PORT: "none" } })
      assert.deepStrictEqual([port.code, port.stdout], [2, ""])
      assert.match(port.stderr, /^CODEX_BOT_PORT is not usable/)
      // What was tried and failed is no wrong setting.
      const unknown = yield* run(["bot"], { env: { ...env, TELEGRAM_BOT_TOKEN: `1${env.TELEGRAM_BOT_TOKEN}` } })
      assert.strictEqual(unknown.code, 1)
    }))
})

describe("effect-codex playground", () => {
  it.live("without a terminal plays a conversation whose answers are checked", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      const { code, stderr, stdout } = yield* run(["playground"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /All \d+ answers are as they should be\.\n$/)
    }))

  atTerminal("at a terminal chats until /quit", () =>
    Effect.gen(function*() {
      const { start } = yield* setUp()
      const running = yield* start(["playground"], { terminal: true })
      yield* running.sees("user> ")
      yield* running.type("What is 6 x 7?\r")
      yield* running.sees("6 x 7 = 42.")
      yield* running.type("/quit\r")
      assert.strictEqual((yield* running.ended).code, 0)
    }))

  it.live("says that there is no such bot", () =>
    Effect.gen(function*() {
      const { run } = yield* setUp()
      for (const bot of ["./none.ts", "/tmp"]) {
        const { code, stderr, stdout } = yield* run(["playground", "--bot", bot])
        assert.deepStrictEqual([code, stdout, stderr], [2, "", `There is no file ${bot}.\n`])
      }
    }))
})

describe("effect-codex doctor", () => {
  it.live("without a terminal is plain, and exits with the worst", () =>
    Effect.gen(function*() {
      const { home, run } = yield* setUp()
      const env = { CODEX_STORE_PATH: `${home}/store.sqlite` }
      const { code, stderr, stdout } = yield* run(["doctor"], { env })
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /^✔ settings [^]*\n\nAll is well\.\n$/)
      assert.notInclude(stdout, "\u001b")
      assert.strictEqual((yield* run(["doctor"], { env: { ...env, CODEX_MODEL: "gpt-0" } })).code, 1)
      assert.strictEqual((yield* run(["doctor"], { env: { ...env, HTTPS_PROXY: "http://127.0.0.1:9" } })).code, 3)
    }))

  atTerminal("at a terminal has colors", () =>
    Effect.gen(function*() {
      const { home, run } = yield* setUp()
      const { stdout } = yield* run(["doctor"], { terminal: true, env: { CODEX_STORE_PATH: `${home}/store.sqlite` } })
      assert.include(stdout, "\u001b[32m✔\u001b[39m login")
    }))
})
