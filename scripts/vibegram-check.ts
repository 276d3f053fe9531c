/**
 * Runs the bot of the page of `vibegram/codex` on VibeGram between both emulators, and says what a person there sees.
 *
 *     node --conditions=effect-codex-source scripts/vibegram-check.ts <folder of a built VibeGram | --stand-in[=2.2.1]>
 *
 * The bot is `examples/minimal-server-bot.ts` as it is; only where its `Bot` comes from differs. The same observations
 * are made whatever it runs on, so that the outputs can be compared: the stand-in is honest when they are equal.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { codex, codexProvider } from "effect-codex/telegram"
import { CodexEmulator, FaultScript, TelegramEmulator } from "effect-codex/testing"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { spawn } from "node:child_process"
import { registerHooks } from "node:module"
import { resolve } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"

const [target = "", which] = process.argv.slice(2)
const { TELEGRAM_API_ROOT = "" } = process.env

// ---------------------------------------------------------------------------------------------------------
// The bot: a process of its own
// ---------------------------------------------------------------------------------------------------------

/** VibeGram's bot, with its one server moved to loopback. */
const loadBot = async () => {
  if (target.startsWith("--stand-in")) {
    const version = target.split("=")[1] ?? "2.4.0"
    const { Bot } = await import("../examples/support/vibegram.ts")
    return class extends Bot {
      constructor(token, options = {}) {
        super(token, { version, ...options })
      }
    }
  }
  const fetch = globalThis.fetch
  globalThis.fetch = (url, init) => fetch(String(url).replace("https://api.telegram.org", TELEGRAM_API_ROOT), init)
  const { Bot } = await import(pathToFileURL(resolve(target, "dist/esm/index.js")).href)
  return class extends Bot {
    constructor(token, options) {
      super(token, options)
      const http = this.client.http?.defaults
      if (http !== undefined) http.baseURL = `${TELEGRAM_API_ROOT}/bot${token}/`
    }
  }
}

/** The bot of the page, to the letter. */
const runMinimal = async () => {
  globalThis.vibegramBot = await loadBot()
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.endsWith("support/vibegram.ts")
        ? { url: "data:text/javascript,export const Bot = globalThis.vibegramBot", shortCircuit: true }
        : next(specifier, context)
  })
  await import("../examples/minimal-server-bot.ts")
}

/** A bot with handlers, hooks and transformers of its own. */
const runOwn = async () => {
  const Bot = await loadBot()
  const { CODEX_AUTH_JSON_PATH, CODEX_BASE_URL, CODEX_ISSUER, TELEGRAM_BOT_TOKEN } = process.env
  const chatgpt = codex({
    provider: codexProvider({ authJsonPath: CODEX_AUTH_JSON_PATH, baseUrl: CODEX_BASE_URL, issuer: CODEX_ISSUER }),
    streaming: "draft",
    firstTextDelayMs: 100,
    drainMs: 100,
    allowedUserIds: [789012]
  })
  const bot = new Bot(TELEGRAM_BOT_TOKEN, {
    polling: {
      interval: 0,
      timeout: 1,
      allowed_updates: ["message", "edited_message", "callback_query", "stopped_message_generation"]
    },
    observability: { hooks: { onStop: () => chatgpt.dispose() } }
  })
  bot.client.use((next) => (request) =>
    next({ ...request, data: request.data === undefined ? undefined : { parse_mode: "HTML", ...request.data } })
  )
  bot.use(chatgpt)
  bot.command("joke", async (ctx) => {
    const { text } = await ctx.codex.ask("Tell me a joke in one sentence.")
    await ctx.reply(text, { parse_mode: "" })
  })
  bot.command("key", (ctx) => ctx.reply(ctx.codex.conversationKey))
  bot.command("same", (ctx) => ctx.reply(String(ctx.client === ctx.telegram)))
  bot.command("retries", (ctx) =>
    ctx.client.callApi("getMe", {}, { signal: new AbortController().signal })
      .then(() => ctx.reply("taken"), (error) => ctx.reply(`${error.name}`)))
  await bot.launch()
}

// ---------------------------------------------------------------------------------------------------------
// The observer
// ---------------------------------------------------------------------------------------------------------

const lines = []

/** Looks at one thing for at most ten seconds. */
const observe = (what, look) =>
  Effect.suspend(look).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.succeed("nothing within 10 s") }),
    Effect.catchCause((cause) => Effect.succeed(String(cause).slice(0, 200))),
    Effect.map((seen) => {
      const isSo = seen === true || (typeof seen === "object" && seen !== null)
      lines.push({ what, isSo })
      console.log(`${isSo ? "ok  " : "FAIL"} ${what}${isSo ? "" : `: ${JSON.stringify(seen)}`}`)
    })
  )

const startBot = Effect.fnUntraced(function*(kind, env) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=effect-codex-source", fileURLToPath(import.meta.url), target, kind], {
        env: { PATH: process.env.PATH, ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const said = { stdout: "", stderr: "", code: undefined }
  child.stdout.setEncoding("utf8").on("data", (text) => said.stdout += text)
  child.stderr.setEncoding("utf8").on("data", (text) => said.stderr += text)
  child.once("close", (code) => said.code = code)
  const until = (isSo) =>
    Effect.gen(function*() {
      while (!isSo(said)) yield* Effect.sleep(20)
      return true
    })
  return { child, said, until }
})

const setUp = Effect.fnUntraced(function*() {
  const fs = yield* FileSystem.FileSystem
  const server = yield* CodexEmulator.make({ device: { interval: "1 second" }, tokenDelay: "50 millis" })
  const telegram = yield* TelegramEmulator.make({ username: "example_bot" })
  const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
  yield* fs.writeFileString(authJsonPath, yield* server.signIn())
  const { chat } = yield* telegram.user({ id: 789012, firstName: "Ann" })
  const env = {
    CODEX_AUTH_JSON_PATH: authJsonPath,
    CODEX_BASE_URL: server.baseUrl,
    CODEX_ISSUER: server.issuer,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_BOT_USERNAME: "example_bot"
  }
  const asks = Effect.fnUntraced(function*(text, answer, where = chat) {
    yield* where.send(text)
    return yield* where.botText(answer)
  })
  const asked = Effect.map(server.requests, (all) => all.filter(({ path }) => path.endsWith("/responses")).length)
  return { fs, server, telegram, authJsonPath, chat, env, asks, asked }
})

const { deltas, text } = CodexEmulator.Reply
const slow = (count) => deltas(Array.from({ length: count }, (_, n) => `word${n} `))

const minimal = Effect.gen(function*() {
  const { asked, asks, authJsonPath, chat, env, fs, server, telegram } = yield* setUp()
  const bob = yield* telegram.user({ id: 8, firstName: "Bob" })
  const eve = yield* telegram.user({ id: 5, firstName: "Eve" })
  const bot = yield* startBot("minimal", {
    ...env,
    CODEX_AUTH_ADMIN_USER_IDS: "789012",
    CODEX_ALLOWED_USER_IDS: "789012,8"
  })
  const gone = (id) =>
    Effect.gen(function*() {
      while ((yield* chat.messages).some((message) => message.message_id === id)) yield* Effect.sleep(20)
      return true
    })
  const quiet = Effect.fnUntraced(function*(act) {
    const before = yield* asked
    yield* act
    yield* telegram.polled
    yield* Effect.sleep(300)
    return (yield* asked) === before
  })

  yield* observe("launch says who it is", () => bot.until(({ stdout }) => stdout.includes("@example_bot")))
  yield* observe("the bot's own /start answers", () => asks("/start", /^Send a message or use/))
  yield* observe("a prompt is answered", () => asks("My name is Ann.", /^Nice to meet you, Ann/))
  yield* observe(
    "it is shown as typing before",
    () => telegram.waitForCall(({ method }) => method === "sendChatAction")
  )
  yield* observe("the answer knows what was said", () => asks("What is my name?", /^Your name is Ann\.$/))
  yield* server.script(text("**bold** and `1 < 2`"))
  yield* observe(
    "formats are entities",
    () =>
      Effect.map(
        asks("Format.", /^bold and 1 < 2$/),
        ({ entities = [] }) => entities.map(({ type }) => type).join() === "bold,code"
      )
  )
  yield* observe("/codex help", () => asks("/codex help", /\/codex status: /))
  yield* observe("/codex status is connected", () => asks("/codex status", /^✅ codex: connected/))
  yield* observe("/codex status counts", () => asks("/codex status", /3 requests/))
  yield* observe("/codex models", () => asks("/codex models", /^Models of this account:\n• /))
  yield* observe("/codex ask", () => asks("/codex ask What is\n6 x 7?", /42/))
  yield* observe("/codex <question>", () => asks("/codex What is 6 x 8?", /48/))
  yield* observe(
    "a question that begins like a command",
    () => asks("/codex reset my router password, how?", /reset my router password/)
  )
  yield* observe("/codex reset", () => asks("/codex reset", /^The conversation is forgotten\.$/))
  yield* observe("after it the name is forgotten", () => asks("What is my name?", /do(n't| not) know/))
  yield* observe("/codex personality sets", () => asks("/codex personality Answer in verse", /./))
  yield* observe("/codex personality shows", () => asks("/codex personality", /^Your personality:\nAnswer in verse/))
  yield* observe("/codex personality reset", () => asks("/codex personality reset", /./))

  yield* server.script(
    deltas([...Array.from({ length: 30 }, () => "A sentence of a long answer. ".repeat(10)), "The end."])
  )
  yield* observe("a long answer arrives whole", () => asks("Long.", /The end\.$/))
  yield* observe(
    "in several messages",
    () =>
      Effect.map(chat.messages, (all) => all.filter(({ text = "" }) => text.includes("of a long answer")).length >= 3)
  )

  yield* server.script(slow(90))
  yield* observe("an answer is edited while it grows", () =>
    Effect.gen(function*() {
      const { message_id } = yield* asks("Grow.", /word89$/)
      return (yield* chat.statesOf(message_id)).length > 2
    }))
  yield* observe(
    "no cursor is left",
    () => Effect.map(chat.messages, (all) => all.every(({ text = "" }) => !text.includes("▍")))
  )
  yield* server.script(slow(400))
  yield* observe("the stop button answers its press", () =>
    Effect.gen(function*() {
      yield* chat.send("Stop me.")
      const { message_id, reply_markup } = yield* chat.waitFor(({ reply_markup }) => reply_markup !== undefined)
      const press = yield* chat.press(message_id, reply_markup.inline_keyboard[0][0].callback_data)
      return (yield* press.answer).text === "Stopped."
    }))
  yield* observe("and the answer says that it was stopped", () => chat.botText(/⏹ Stopped\.$/))
  yield* observe(
    "what is left of it has no button",
    () => Effect.map(chat.messages, (all) => all.every(({ reply_markup }) => reply_markup === undefined))
  )
  yield* observe("an edit is no prompt", () =>
    Effect.gen(function*() {
      const [sent] = yield* chat.send("/start")
      return yield* quiet(chat.edit(sent.message_id, "Edited."))
    }))

  yield* telegram.failNext("sendMessage", FaultScript.answer({ status: 429, retryAfter: 1 }))
  yield* observe("a 429 is waited out", () => asks("What is 6 x 9?", /^6 x 9 = 54\.$/))
  yield* observe("by us, not by VibeGram", () => Effect.succeed(!bot.said.stderr.includes("[Rate Limit]")))
  yield* server.script(slow(40))
  yield* observe("a preview that met a 429 never overwrites the end", () =>
    Effect.gen(function*() {
      yield* telegram.failNext("editMessageText", FaultScript.answer({ status: 429, retryAfter: 3 }))
      const { message_id } = yield* asks("Limit.", /word39$/)
      yield* Effect.sleep("3500 millis")
      return (yield* chat.statesOf(message_id)).at(-1).text.endsWith("word39")
    }))
  yield* telegram.failNext("sendMessage", FaultScript.answer({ status: 400, message: "Bad Request: no" }))
  yield* server.script(text("7 x 7 = 49."))
  yield* observe("a final that is refused is seen all the same", () => asks("What is 7 x 7?", /^7 x 7 = 49\.$/))

  const group = yield* telegram.group({ title: "Club" })
  const forum = yield* telegram.group({ title: "Forum", kind: "forum" })
  const bobInGroup = bob.in(group)
  yield* observe("a group is not answered unasked", () => quiet(bobInGroup.send("What is 2 x 2?")))
  yield* observe("a mention is answered, as a reply", () =>
    Effect.gen(function*() {
      const [{ message_id }] = yield* bobInGroup.send("@example_bot What is 2 x 3?")
      return (yield* bobInGroup.botText(/6/)).reply_to_message?.message_id === message_id
    }))
  yield* observe("/codex ask in a group", () => asks("/codex ask What is 2 x 4?", /8/, bobInGroup))
  yield* observe("a topic is answered in its topic", () =>
    Effect.gen(function*() {
      const topic = bob.in(yield* forum.topic("Talk"))
      return (yield* asks("@example_bot What is 2 x 5?", /10/, topic)).message_thread_id === topic.threadId
    }))
  yield* observe("no login in a group", () => {
    const ann = { send: undefined }
    return Effect.flatMap(
      telegram.user({ id: 789012, firstName: "Ann" }),
      (person) => asks("/codex login", /private chat/, Object.assign(ann, person.in(group)))
    )
  })
  yield* observe("strangers are told that they may not", () => asks("Hello", /may not use this bot/, eve.chat))
  yield* observe("and nothing is asked for them", () => quiet(eve.chat.send("Hello?")))
  yield* observe("who is no auth admin may not export", () => asks("/codex auth export", /auth admins/, bob.chat))

  yield* observe("/codex auth export sends auth.json", () =>
    Effect.gen(function*() {
      yield* chat.send("/codex auth export")
      const { document } = yield* chat.waitFor(({ document }) => document !== undefined)
      return document.file_name === "auth.json" && document.file_size > 100
    }))
  yield* observe(
    "protected",
    () =>
      Effect.map(
        chat.messages,
        (all) =>
          all.filter(({ document }) => document !== undefined).every((message) =>
            message.has_protected_content === true
          )
      )
  )
  const exported = yield* fs.readFileString(authJsonPath)
  yield* observe(
    "/codex logout removes it",
    () => Effect.andThen(asks("/codex logout", /^Logged out/), Effect.map(fs.exists(authJsonPath), (there) => !there))
  )
  yield* observe("after it a prompt says what to do", () => asks("Hello", /auth JSON not found/))
  yield* observe("importjson asks for the file", () => asks("/codex importjson", /^Send me the auth\.json now/))
  const imported = (what, send) =>
    Effect.gen(function*() {
      const login = yield* server.signIn({ accountId: what })
      const [{ message_id }] = [yield* send(login)].flat()
      yield* observe(`an auth.json is taken as ${what}`, () => chat.botText(new RegExp(`Account: ${what}\n`)))
      yield* observe(`and its message deleted (${what})`, () => gone(message_id))
    })
  yield* imported("a-file", (text) => chat.sendDocument({ fileName: "auth.json", text }))
  yield* imported(
    "an-export-of-2.4.0",
    (text) => chat.sendDocument({ fileName: "document", mimeType: "application/octet-stream", text })
  )
  yield* imported("a-text", (text) => chat.send(text))
  yield* observe("another file of an admin is no login: it is asked about, and stays", () =>
    Effect.gen(function*() {
      const { message_id } = yield* chat.sendDocument({
        fileName: "data.json",
        text: exported.replaceAll("token", "x")
      })
      const { text } = yield* chat.waitFor(({ from, message_id: id }) => id > message_id && from?.is_bot === true)
      const isThere = (yield* chat.messages).some((message) => message.message_id === message_id)
      return isThere && !/Signed in|auth\.json/.test(text)
    }))
  yield* observe("/codex login signs in", () =>
    Effect.gen(function*() {
      yield* chat.send("/codex login")
      yield* chat.botText(/^Sign in to ChatGPT:/)
      yield* server.approve((yield* server.awaitLogin).userCode, { accountId: "by-code" })
      return yield* chat.botText(/Account: by-code\n/)
    }))
  yield* observe("/codex cancel ends a login", () =>
    Effect.gen(function*() {
      // The login before it ends a moment after its message says so.
      yield* Effect.sleep(500)
      yield* chat.send("/codex login")
      yield* chat.botText(/I am waiting/)
      yield* chat.send("/codex cancel")
      return yield* chat.botText(/^The login was cancelled/)
    }))
  yield* observe("the audit tells each turn", () => Effect.succeed(bot.said.stdout.includes("[codex] {")))
  yield* observe(
    "and nothing that was said",
    () => Effect.succeed(!bot.said.stdout.includes("router") && !bot.said.stdout.includes("Ann."))
  )
  yield* observe(
    "no token is in what the process says",
    () => Effect.succeed(!`${bot.said.stdout}${bot.said.stderr}`.includes(telegram.token))
  )
  yield* observe(
    "no error of a program is in it",
    () => Effect.succeed(!/TypeError|framework broke|Unhandled/.test(`${bot.said.stdout}${bot.said.stderr}`))
  )
  bot.child.kill("SIGTERM")
  yield* chat.send("/start")
  yield* observe("SIGTERM ends the process with 0", () => bot.until(({ code }) => code === 0))
})

const own = Effect.gen(function*() {
  const { asks, chat, env, server } = yield* setUp()
  const bot = yield* startBot("own", env)
  yield* observe("client and telegram are one object", () => asks("/same", /^true$/))
  yield* observe("the third argument is a number of retries", () => asks("/retries", /^TypeError$/))
  yield* observe("ctx.codex asks in a handler", () => asks("/joke", /joke in one sentence/))
  yield* observe("ctx.codex knows its conversation", () => asks("/key", /^user:789012$/))
  yield* server.script(text("**a** < b & c"))
  yield* observe(
    "a default parse mode hides nothing",
    () => Effect.map(asks("Parse.", /^a < b & c$/), ({ entities = [] }) => entities[0]?.type === "bold")
  )
  yield* server.script(slow(300))
  yield* observe(
    "a draft is shown",
    () => Effect.andThen(chat.send("Draft."), chat.waitForDraft(({ text }) => text.includes("word3")))
  )
  yield* observe("Telegram's own Stop stops it", () => Effect.andThen(chat.stop, chat.botText(/⏹ Stopped\.$/)))
  yield* server.script(slow(300))
  yield* chat.send("Until the end.")
  yield* chat.waitForDraft(({ text }) => text.includes("word3"))
  bot.child.kill("SIGTERM")
  yield* observe("with the hook onStop a running answer says that the bot stops", () => chat.botText(/being stopped/))
  yield* observe("and the process ends with 0", () => bot.until(({ code }) => code === 0))
})

if (which === "minimal") {
  await runMinimal()
} else if (which === "own") {
  await runOwn()
} else {
  for (const part of [minimal, own]) {
    await Effect.runPromise(Effect.provide(Effect.scoped(part), NodeFileSystem.layer))
  }
  const failed = lines.filter(({ isSo }) => !isSo)
  console.log(`${lines.length - failed.length} of ${lines.length}`)
  process.exit(failed.length === 0 ? 0 : 1)
}
