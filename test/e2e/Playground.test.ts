/**
 * The playground: the conversation that plays alone, and a person at a terminal.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { PassThrough } from "node:stream"
import { fileURLToPath } from "node:url"
import { Telegram } from "telegraf"
import { converse } from "../../src/cli/playground/converse.ts"
import { playScript } from "../../src/cli/playground/script.ts"
import { rowsOf } from "../../src/cli/playground/styled.ts"
import * as World from "../../src/cli/playground/world.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"

import * as Command from "../support/command.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { PATH = "" } = process.env

/** `npm start` as a process, which has no terminal. */
const npmStart = Effect.fnUntraced(function*(env: Readonly<Record<string, string>> = {}) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=effect-codex-source", "src/cli/start.ts"], {
        cwd: root,
        env: { PATH, ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text)
  const ended = yield* Deferred.make<
    { readonly code: number | null; readonly stdout: string; readonly stderr: string }
  >()
  child.once("close", (code) => Deferred.doneUnsafe(ended, Effect.succeed({ code, stdout, stderr })))
  return { child, ended: Deferred.await(ended) }
})

describe("npm start", () => {
  it.live("plays a checked conversation when there is neither a token nor a terminal", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* Effect.flatMap(npmStart(), ({ ended }) => ended)
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.include(stdout, "user> What is my name?\nbot> Your name is Ann.\n")
      assert.include(stdout, "user> What is my name?\nbot> Arr! Your name is Ann. Yo ho ho!\n")
      assert.include(
        stdout,
        "user> (in reply to \"My name is Ann.\")\nuser> What is my name?\nbot> Your name is Ann.\n"
      )
      assert.include(stdout, "user> (a picture)\nuser> What do you see here?\nbot> I can see 1 picture.\n")
      assert.match(
        stdout,
        /user> \(and so on, 100 lines in 2 messages\)\nuser> How many .*\nbot> You sent 101 lines of 7\d{3} characters together\.\n/
      )
      assert.match(stdout, /^bot> .*\(429\); it resets at .*\nbot> Wait and retry\.$/m)
      assert.match(stdout, /user> What is 1 \+ 1\?\nbot> 1 \+ 1 = 2\.\n/)
    }))

  it.effect("stops the play at a wrong answer and says what was expected", () =>
    Effect.gen(function*() {
      const world = yield* World.make({ tokenDelay: 0 })
      yield* world.chatgpt.respondWith(() => CodexEmulator.Reply.text("No idea."))
      const { message } = yield* Effect.flip(playScript(world, Duration.seconds(2)))
      assert.strictEqual(
        message,
        `"What is 6 x 7?" should be answered with /^6 x 7 = 42\\.$/ within 2s; there was "No idea.".`
      )
    }).pipe(Effect.provide(NodeServices.layer), TestClock.withLive))

  it.live("is the bot when there is a token", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* Effect.flatMap(npmStart({ TELEGRAM_BOT_TOKEN: "a" }), ({ ended }) => ended)
      assert.strictEqual(code, 2)
      assert.match(stderr, /^TELEGRAM_BOT_TOKEN is not usable: it is no token .*\n$/)
    }))

  it.live("ends without a fuss when nobody reads its output", () =>
    Effect.gen(function*() {
      const { child, ended } = yield* npmStart()
      yield* Effect.promise(() => once(child.stdout, "data"))
      child.stdout.destroy()
      assert.deepInclude(yield* ended, { code: 0, stderr: "" })
    }))
})

interface Size {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

const atTerminal = Effect.fnUntraced(function*(size: Size, options: Partial<World.Options> & { styled?: boolean }) {
  const world = yield* World.make({ tokenDelay: 0, ...options })
  const keyboard = new PassThrough()
  const screen = Object.assign(new PassThrough().setEncoding("utf8"), size)
  const written = yield* Queue.unbounded<string>()
  const shown = yield* SubscriptionRef.make("")
  screen.on("data", (text: string) => Queue.offerUnsafe(written, text))
  yield* Stream.fromQueue(written).pipe(
    Stream.runForEach((text) => SubscriptionRef.update(shown, (before) => before + text)),
    Effect.forkScoped
  )
  return {
    world,
    keyboard,
    conversation: converse(world, keyboard, screen, options.styled === true),
    shown: SubscriptionRef.get(shown),
    /** Waits until the screen has shown it. */
    sees: (text: string) =>
      SubscriptionRef.changes(shown).pipe(
        Stream.filter((all) => all.includes(text)),
        Stream.take(1),
        Stream.runDrain
      )
  }
}, Effect.provide(NodeServices.layer))

/** A conversation with somebody who does this and then leaves. */
const play = Effect.fnUntraced(function*<E>(
  size: Size,
  person: (terminal: Effect.Success<ReturnType<typeof atTerminal>>) => Effect.Effect<void, E>,
  options: Partial<World.Options> & { styled?: boolean } = {}
) {
  const terminal = yield* atTerminal(size, options)
  const acting = Effect.andThen(person(terminal), Effect.sync(() => terminal.keyboard.write("/quit\r")))
  yield* Effect.all([terminal.conversation, acting], { concurrency: "unbounded" })
  return yield* terminal.shown
})

describe("the playground at a terminal", () => {
  it.live("shows answers to typed lines and ends with /quit", () =>
    play({}, ({ keyboard, sees }) =>
      Effect.gen(function*() {
        keyboard.write("My name is Ann.\n")
        yield* sees("bot> Nice to meet you, Ann.")
        keyboard.write("\nWhat is my name?\n")
        yield* sees("bot> Your name is Ann.\n")
      })))

  it.live("shows whole answers on a terminal that does not know its size", () =>
    play({ isTTY: true, columns: 0, rows: 0 }, ({ keyboard, sees }) =>
      Effect.gen(function*() {
        keyboard.write("My name is Ann.\r")
        yield* sees("bot> Nice to meet you, Ann. I will remember your name.\n")
      })))

  it.live("changes a message where it stands when the bot edits it, words whole", () =>
    play({ isTTY: true, columns: 20 }, ({ sees, world }) =>
      Effect.gen(function*() {
        const api = new Telegram(world.telegram.token, { apiRoot: world.telegram.apiRoot })
        const { id } = world.chat.chat
        yield* Effect.promise(() => api.sendChatAction(id, "typing"))
        yield* sees("bot> (typing)\n")
        const { message_id } = yield* Effect.promise(() => api.sendMessage(id, "A text that needs two rows."))
        yield* sees("bot> A text that\n     needs two\n     rows.\n")
        yield* Effect.promise(() => api.editMessageText(id, message_id, undefined, "Short."))
        yield* sees("\u001b[3A\u001b[0Jbot> Short.\n")
      })))

  it.live("prints an answer once when Enter is pressed, or something is typed, while it grows", () =>
    Effect.gen(function*() {
      const all = yield* play(
        { isTTY: true, columns: 60, rows: 30 },
        ({ keyboard, sees, world }) =>
          Effect.gen(function*() {
            const api = new Telegram(world.telegram.token, { apiRoot: world.telegram.apiRoot })
            const { id } = world.chat.chat
            const { message_id } = yield* Effect.promise(() => api.sendMessage(id, "It begins"))
            yield* sees("bot> It begins\n")
            keyboard.write("\r")
            // Back over the line that was left blank.
            yield* sees("\u001b[1A\u001b[1G\u001b[0J")
            keyboard.write("\r/help\r")
            yield* sees("you are an auth admin")
            yield* Effect.promise(() => api.editMessageText(id, message_id, undefined, "It begins and ends."))
            // The message changes above what was typed meanwhile, which stands below it as before.
            yield* sees("bot> It begins and ends.\nuser> /help\nHere in the playground:\n")
          })
      )
      assert.notInclude(all, "(edited)")
      assert.strictEqual(all.split("It begins and ends.").length, 2)
    }))

  it.live("stops an answer with Esc", () =>
    play({ isTTY: true, columns: 60, rows: 30 }, ({ keyboard, sees, world }) =>
      Effect.gen(function*() {
        yield* world.chatgpt.script(CodexEmulator.Reply.text("A long story, ".repeat(40)))
        yield* world.chatgpt.failNext("responses", FaultScript.stall({ pieces: 30 }))
        keyboard.write("Tell me a story.\r")
        yield* sees("[Esc: Stop]")
        keyboard.write("\u001b")
        yield* sees("⏹ Stopped.")
      })))

  it.live("says its own commands with /help, and whose the bot's are", () =>
    play({ isTTY: true, columns: 80 }, ({ keyboard, sees }) =>
      Effect.gen(function*() {
        keyboard.write("/help\r")
        yield* sees("/quit         ends, as do Ctrl-C and Ctrl-D")
        keyboard.write("/codex auth export\r")
        // An auth admin may.
        yield* sees("These are live tokens")
        keyboard.write("/start\r")
        yield* sees("bot> Hello! I answer with ChatGPT.")
      })))

  it.live("ends with Ctrl-D", () =>
    Effect.gen(function*() {
      const { conversation, keyboard } = yield* atTerminal({}, {})
      keyboard.end()
      yield* conversation
    }))
})

describe("a bot of one's own", () => {
  const written = Effect.fnUntraced(function*(program: string) {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped({ directory: `${root}/test` })
    const path = `${folder}/my-bot.ts`
    yield* files.writeFileString(path, program)
    return path
  }, Effect.provide(NodeServices.layer))

  it.live("finds a Telegram and a login in its environment, and what it logs is shown", () =>
    Effect.gen(function*() {
      const bot = yield* written(`
        import { codex, codexProvider } from "effect-codex/telegram"
        import { Telegraf } from "telegraf"
        const { CODEX_BASE_URL: baseUrl, CODEX_ALLOWED_USER_IDS, TELEGRAM_API_ROOT: apiRoot, TELEGRAM_BOT_TOKEN } = process.env
        const bot = new Telegraf(TELEGRAM_BOT_TOKEN, { telegram: { apiRoot } })
        bot.hears("ping", (ctx) => ctx.reply("pong"))
        bot.use(codex({ provider: codexProvider({ baseUrl }), allowedUserIds: [Number(CODEX_ALLOWED_USER_IDS)] }))
        console.log("I am up.")
        process.once("SIGTERM", () => bot.stop())
        await bot.launch()
      `)
      yield* play({ isTTY: true, columns: 60 }, ({ keyboard, sees }) =>
        Effect.gen(function*() {
          yield* sees("log> I am up.")
          keyboard.write("ping\r")
          yield* sees("bot> pong")
          keyboard.write("What is 6 x 7?\r")
          yield* sees("bot> 6 x 7 = 42.")
        }), { bot })
    }))

  it.live("that ends at once is said", () =>
    Effect.gen(function*() {
      const bot = yield* written("process.exit(3)")
      const make = (bot: string) =>
        World.make({ tokenDelay: 0, bot }).pipe(
          Effect.as("up"),
          Effect.catch((error) => Effect.succeed(error.message)),
          Effect.provide(NodeServices.layer)
        )
      assert.strictEqual(yield* make(bot), "The bot ended with code 3.")
    }))
})

describe("the rows of a message", () => {
  const rows = (
    text: string,
    entities: Parameters<typeof rowsOf>[0]["entities"] = [],
    isStyled = false,
    columns = 17
  ) => rowsOf({ who: "bot", text, entities, columns, isStyled })

  it("break at blanks, and within a word that is longer than a row", () => {
    assert.deepStrictEqual(rows("one two three four\nfive"), ["bot> one two", "     three four", "bot> five"])
    assert.deepStrictEqual(rows("abcdefghijklmnop q"), ["bot> abcdefghijkl", "     mnop q"])
    assert.deepStrictEqual(rows(""), ["bot>"])
    assert.deepStrictEqual(rows("日本語の文字です"), ["bot> 日本語の文字", "     です"])
  })

  it("show formats, begun and ended in each row, and none where colours are not wanted", () => {
    const entities = [{ type: "bold", offset: 4, length: 9 }, { type: "code", offset: 8, length: 5 }]
    assert.deepStrictEqual(rows("one two three four", entities, true), [
      "bot> one \u001b[1mtwo\u001b[0m",
      "     \u001b[1;36mthree\u001b[0m four"
    ])
    assert.deepStrictEqual(rows("one two three four", entities), ["bot> one two", "     three four"])
  })

  it("hold no order to the terminal that the bot has written", () => {
    assert.deepStrictEqual(rows("a\u001b[2Jb\u0007"), ["bot> a[2Jb"])
  })
})

// Slow, as an answer has to be that is killed in its middle: `npm run test:slow`.
describe.skipIf(process.env["CODEX_TEST_KILLS"] === undefined)("the bot of the playground", () => {
  it.live("is killed in the middle of an answer, started again, and finishes it", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped({ prefix: "codex-playground-" })
      const program = [yield* Command.bundle(folder), "bot"] as const
      const { chat, kill } = yield* World.make({ tokenDelay: 600, program })
      const { message_id } = yield* chat.send("My name is Ann.").pipe(
        Effect.map(([message]) => message ?? assert.fail())
      )
      // It has been changed once, so its number is written down.
      const begun = yield* chat.waitFor(({ edit_date, message_id: id, text = "" }) =>
        id > message_id && edit_date !== undefined && text.endsWith("▍")
      )
      assert.isTrue(yield* kill)
      const answer = yield* chat.waitFor(({ text = "" }) =>
        /^Nice to meet you, Ann\.[^]*\n\n↻ The bot was restarted/.test(text)
      )
      assert.strictEqual(answer.message_id, begun.message_id)
    }).pipe(Effect.provide(NodeServices.layer)), 90_000)
})
