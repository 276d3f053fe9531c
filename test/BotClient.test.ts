import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import * as BotClient from "../src/telegram/BotClient.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import { recorder } from "./support/recorder.ts"
import * as TcpLine from "./support/tcpLine.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

const setUp = Effect.fnUntraced(function*() {
  const telegram = yield* TelegramEmulator.make()
  const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
  const bot = yield* BotClient.make({ token: Redacted.make(telegram.token), apiRoot: `${telegram.apiRoot}/` })
  return { telegram, ann, bot, api: TelegramApi.fromClient(bot) }
}, Effect.provide(FetchHttpClient.layer))

const to = { chatId: 7, threadId: undefined, replyTo: undefined }

describe("a Telegram that is away", () => {
  it.effect("is told once, and once that it is there again", () => {
    const log = VirtualBotApi.log()
    return Effect.gen(function*() {
      const telegram = yield* VirtualBotApi.make()
      yield* telegram.meets("refused")
      const bot = yield* telegram.client
      const asking = yield* Effect.forkChild(Effect.provideService(BotClient.me, BotClient.BotClient, bot))
      yield* Effect.repeat(TestClock.adjust("1 second"), { times: 59 })
      assert.lengthOf(log.lines, 1)
      assert.match(
        log.lines[0] ?? "",
        /^Warn: Telegram cannot be reached at api\.telegram\.org: it is tried until it can\./
      )
      assert.isAbove(telegram.calls.length, 3)
      yield* telegram.meets("up")
      yield* Effect.repeat(TestClock.adjust("1 second"), { times: 20 })
      assert.strictEqual((yield* Fiber.join(asking)).username, "codex_test_bot")
      assert.deepStrictEqual(log.lines.slice(1), ["Info: Telegram is there now."])
    }).pipe(Effect.provide(log.layer))
  })
})

describe("a client without a framework", () => {
  it.live("calls methods, and knows its bot and the place of its Telegram", () =>
    Effect.gen(function*() {
      const { bot, telegram } = yield* setUp()
      assert.deepInclude(yield* bot.call("getMe"), { id: 123456, username: "codex_test_bot" })
      assert.strictEqual(bot.id, "123456")
      assert.strictEqual(bot.host, new URL(telegram.apiRoot).host)
    }))

  it.live("is all that the door needs to send, edit, delete, upload and read", () =>
    Effect.gen(function*() {
      const { ann, api } = yield* setUp()
      const id = Option.getOrThrow(yield* api.sendMessage(to, { text: "one" }))
      yield* api.editMessage(to, id, { text: "two" })
      yield* api.sendChatAction(to, "typing")
      const content = new TextEncoder().encode("{}")
      yield* api.sendDocument(to, { name: "auth.json", content, caption: "Here.", protect: true })
      const messages = yield* ann.chat.messages
      assert.deepStrictEqual(messages.map(({ caption, text }) => text ?? caption), ["two", "Here."])
      const fileId = messages.at(-1)?.document?.file_id ?? ""
      const file = yield* api.download(to, fileId, { most: 1_000 })
      assert.strictEqual(new TextDecoder().decode(file.bytes), "{}")
      yield* api.deleteMessage(to, id)
      assert.lengthOf(yield* ann.chat.messages, 1)
    }))

  it.live("tells a refusal by its reason, with what Telegram asks for", () =>
    Effect.gen(function*() {
      const { bot, telegram } = yield* setUp()
      yield* telegram.failNext("getMe", FaultScript.answer({ status: 429, retryAfter: 7 }))
      const failure = yield* Effect.flip(Effect.asVoid(bot.call("getMe")))
      assert.deepInclude(failure, { reason: "rateLimited", code: 429 })
      assert.deepStrictEqual(failure.retryAfter, Duration.seconds(7))
    }))

  it.live("tells a line that broke and a page that is not Telegram's", () =>
    Effect.gen(function*() {
      const { bot, telegram } = yield* setUp()
      const reasonOf = Effect.fnUntraced(function*(fault: FaultScript.Fault) {
        yield* telegram.failNext("getMe", fault)
        const { code, reason } = yield* Effect.flip(Effect.asVoid(bot.call("getMe")))
        return [reason, code]
      })
      assert.deepStrictEqual(yield* reasonOf(FaultScript.cut()), ["unreachable", undefined])
      assert.deepStrictEqual(yield* reasonOf(FaultScript.answer({ status: 502, body: "<html>" })), ["unreachable", 502])
      assert.deepStrictEqual(yield* reasonOf(FaultScript.answer({ status: 401, body: "Log in" })), ["unreachable", 401])
      assert.deepStrictEqual(yield* reasonOf(FaultScript.answer({ status: 413, body: "<html>" })), ["rejected", 413])
      assert.deepStrictEqual(yield* reasonOf(FaultScript.answer({ status: 200, body: "Hello" })), [
        "unreachable",
        undefined
      ])
    }))

  it.live("says of a refused connection that the call never arrived", () =>
    Effect.gen(function*() {
      const line = yield* TcpLine.make("http://127.0.0.1:9")
      yield* line.refuse
      const bot = yield* BotClient.make({ token: Redacted.make("1:a"), apiRoot: line.address })
      assert.deepInclude(yield* Effect.flip(Effect.asVoid(bot.call("getMe"))), {
        reason: "unreachable",
        neverArrived: true
      })
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.live("follows no redirect: the address holds the token", () =>
    Effect.gen(function*() {
      const { bot, telegram } = yield* setUp()
      const elsewhere = yield* TelegramEmulator.make()
      yield* telegram.failNext("getMe", FaultScript.redirect(`${elsewhere.apiRoot}/bot${elsewhere.token}/getMe`))
      assert.deepInclude(yield* Effect.flip(Effect.asVoid(bot.call("getMe"))), { reason: "unreachable", code: 307 })
      assert.deepStrictEqual(yield* elsewhere.calls, [])
    }))

  it.live("lets go of a call that is given up", () =>
    Effect.gen(function*() {
      const { bot, telegram } = yield* setUp()
      yield* Effect.timeoutOption(bot.call("getUpdates", { timeout: 50 }), "100 millis")
      yield* telegram.waitForCall(({ answer }) => answer === undefined)
      // Telegram has one poll less, so another one is no conflict.
      assert.deepStrictEqual(yield* bot.call("getUpdates", {}), [])
      assert.strictEqual((yield* telegram.calls).filter(({ answer }) => answer?.ok === false).length, 0)
    }))

  it.live("shows its token in no span, log, trace header or failure, whatever goes wrong", () =>
    Effect.gen(function*() {
      const trace = recorder()
      const secret = "123456:do-not-tell-this-token"
      const headers: Array<string> = []
      const answers: ReadonlyArray<() => Promise<Response>> = [
        () => Promise.resolve(Response.json({ ok: true, result: true })),
        () => Promise.resolve(Response.json({ ok: false, error_code: 400, description: secret }, { status: 400 })),
        () => Promise.resolve(new Response("x", { status: 302, headers: { location: `https://x/${secret}` } })),
        () => Promise.reject(new TypeError(`fetch failed: ${secret}`)),
        () => Promise.reject(new RangeError(`a bug: ${secret}`))
      ]
      for (const answer of answers) {
        const exit = yield* BotClient.make({ token: Redacted.make(secret) }).pipe(
          Effect.flatMap((bot) => Effect.tapError(bot.call("getMe"), (error) => Effect.logError("failed", error))),
          Effect.exit,
          Effect.withSpan("outer"),
          Effect.provide(FetchHttpClient.layer),
          Effect.provideService(FetchHttpClient.Fetch, (_, init) => {
            headers.push(...new Headers(init?.headers).keys())
            return answer()
          }),
          Effect.provide(trace.layer)
        )
        if (Exit.isFailure(exit)) trace.note(exit)
        trace.note(inspect(exit, { depth: 12 }))
      }
      for (const line of yield* trace.all) assert.notInclude(line, "do-not-tell")
      assert.notInclude(headers, "traceparent")
    }))
})

describe("the environment", () => {
  const read = (env: Record<string, string>) =>
    Effect.result(BotClient.config).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )

  it.effect("gives a token, whose ends may be blank, and a server", () =>
    Effect.gen(function*() {
      const { apiRoot, token } = yield* BotClient.config.pipe(
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromEnv({
            env: { TELEGRAM_BOT_TOKEN: " 123:abc-DEF_9\n", TELEGRAM_API_ROOT: "http://127.0.0.1:8081" }
          })
        )
      )
      assert.strictEqual(Redacted.value(token), "123:abc-DEF_9")
      assert.strictEqual(apiRoot, "http://127.0.0.1:8081")
      assert.notInclude(inspect(token), "abc")
    }))

  it.effect("is told what is wrong with it, and never shows the token", () =>
    Effect.gen(function*() {
      const malformed = yield* read({ TELEGRAM_BOT_TOKEN: "do-not-tell" })
      assert.include(inspect(malformed), "it is no token of a bot")
      assert.notInclude(inspect(malformed, { depth: 12 }), "do-not-tell")
      const rootless = yield* read({ TELEGRAM_BOT_TOKEN: "1:a", TELEGRAM_API_ROOT: "telegram" })
      assert.include(inspect(rootless), "it is no address that begins with http:// or https://")
      assert.include(inspect(yield* read({})), "TELEGRAM_BOT_TOKEN")
    }))

  it.effect("makes a layer", () =>
    Effect.gen(function*() {
      const bot = yield* BotClient.BotClient
      assert.strictEqual(bot.host, "api.telegram.org")
      assert.strictEqual(
        Redacted.value(bot.fileUrl("documents/1")),
        "https://api.telegram.org/file/bot1:a/documents/1"
      )
    }).pipe(
      Effect.provide(
        BotClient.layerConfig(Config.succeed({ token: Redacted.make("1:a") })).pipe(
          Layer.provide(FetchHttpClient.layer)
        )
      )
    ))
})
