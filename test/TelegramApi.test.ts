import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import { Api, GrammyError, HttpError } from "grammy"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { Telegram, TelegramError } from "telegraf"
import { Bot } from "../examples/support/vibegram.ts"
import * as Pacer from "../src/telegram/internal/pacer.ts"
import { failureOf } from "../src/telegram/internal/refusal.ts"
import * as ShownMessages from "../src/telegram/reply/ShownMessages.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import type * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as Contexts from "./support/contexts.ts"
import { recorder } from "./support/recorder.ts"
import { setUp } from "./support/telegramWire.ts"
import { privateText } from "./support/updates.ts"

const topic: TelegramApi.Destination = { chatId: -100, threadId: 9, replyTo: 55 }
const chat: TelegramApi.Destination = { chatId: 7, threadId: undefined, replyTo: undefined }

const document: TelegramApi.Document = {
  name: "auth.json",
  content: new TextEncoder().encode("{\"tokens\":{}}"),
  caption: "Live tokens.",
  protect: true
}

const frameworks = [
  { name: "Telegraf", make: Contexts.telegraf },
  { name: "VibeGram", make: Contexts.vibegram },
  { name: "grammY", make: Contexts.grammy }
]

describe("sendMessage", () => {
  it.effect.each(frameworks)(
    "$name: sends to the chat, the topic and the message that asked",
    ({ make }) =>
      Effect.gen(function*() {
        const outbox = Contexts.outbox(() => ({ message_id: 42 }))
        const api = TelegramApi.fromContext(make(outbox, privateText("hi")))
        assert.deepStrictEqual(yield* api.sendMessage(topic, { text: "one" }), Option.some(42))
        yield* api.sendMessage(chat, { text: "two" })
        assert.deepStrictEqual(outbox.calls.map(({ method, payload }) => [method, payload]), [
          ["sendMessage", {
            chat_id: -100,
            message_thread_id: 9,
            text: "one",
            parse_mode: "",
            link_preview_options: { is_disabled: true },
            reply_parameters: { message_id: 55, allow_sending_without_reply: true }
          }],
          ["sendMessage", { chat_id: 7, text: "two", parse_mode: "", link_preview_options: { is_disabled: true } }]
        ])
      })
  )

  it.effect("a bare context replies by itself, since it knows the chat", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const api = TelegramApi.fromContext(Contexts.bare(outbox, {}))
      yield* api.sendMessage(topic, { text: "one" })
      yield* api.sendChatAction(topic, "typing")
      assert.deepStrictEqual(outbox.calls.map(({ method, payload }) => [method, payload]), [
        ["sendMessage", {
          message_thread_id: 9,
          text: "one",
          parse_mode: "",
          link_preview_options: { is_disabled: true },
          reply_parameters: { message_id: 55, allow_sending_without_reply: true }
        }],
        ["sendChatAction", { message_thread_id: 9, action: "typing" }]
      ])
    }))

  it.effect("VibeGram is told to try no call twice: the pace is kept here", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const api = TelegramApi.fromContext(Contexts.vibegram(outbox, privateText("hi")))
      yield* api.sendMessage(chat, { text: "one" })
      yield* api.editMessage(chat, 1, { text: "two" })
      yield* api.sendDocument(chat, document)
      assert.deepStrictEqual(outbox.calls.map(({ method, retries }) => [method, retries]), [
        ["sendMessage", 0],
        ["editMessageText", 0],
        ["sendDocument", 0]
      ])
    }))

  it.effect("an edit shows no preview of a link either", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const api = TelegramApi.fromContext(Contexts.telegraf(outbox, privateText("hi")))
      yield* api.editMessage(topic, 42, { text: "https://example.org" })
      assert.deepStrictEqual(outbox.calls.map(({ method, payload }) => [method, payload]), [["editMessageText", {
        chat_id: -100,
        message_id: 42,
        text: "https://example.org",
        parse_mode: "",
        link_preview_options: { is_disabled: true }
      }]])
    }))

  it.effect("no id is known where the framework answers the webhook instead", () =>
    Effect.gen(function*() {
      const api = TelegramApi.fromContext(Contexts.telegraf(Contexts.outbox(() => true), privateText("hi")))
      assert.deepStrictEqual(yield* api.sendMessage(chat, { text: "hi" }), Option.none())
    }))

  it.effect("a context with nothing but reply shows no typing and minds it not", () =>
    Effect.gen(function*() {
      const { reply } = Contexts.bare(Contexts.outbox(), {})
      yield* TelegramApi.fromContext({ reply }).sendChatAction(chat, "typing")
      const failure = yield* Effect.flip(TelegramApi.fromContext({ reply }).sendDocument(chat, document))
      assert.strictEqual(failure.method, "sendDocument")
    }))

  it.effect("a context without a way out is unsupported", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(TelegramApi.fromContext({}).sendMessage(chat, { text: "hi" }))
      assert.strictEqual(failure.reason, "unsupported")
    }))

  it.effect("a call that Telegram never answers ends after two minutes", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox(() => new Promise(() => undefined))
      const api = TelegramApi.fromContext(Contexts.vibegram(outbox, privateText("hi")))
      const fiber = yield* Effect.forkChild(Effect.flip(api.sendMessage(chat, { text: "hi" })))
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual(fiber.pollUnsafe(), undefined)
      yield* TestClock.adjust("1 second")
      const failure = yield* Fiber.join(fiber)
      assert.deepStrictEqual([failure.reason, failure.neverArrived], ["unreachable", undefined])
    }))

  it.effect("asks for the ten files of an album without a pause, and the answer need not wait for them", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const api = TelegramApi.fromContext(Contexts.telegraf(outbox, privateText("hi")), yield* Pacer.make)
      const bounds = { most: 10 }
      yield* Effect.forEach(
        Array.from({ length: 10 }, (_, n) => `${n}`),
        (id) => Effect.ignore(api.download(chat, id, bounds))
      )
      yield* api.sendMessage(chat, { text: "hi" })
      assert.strictEqual(outbox.calls.filter(({ method }) => method === "getFile").length, 10)
    }))

  it.effect.each(["first", "edit", "typing", "unseen"] as const)(
    "a call that may be lost (%s) is given up after twenty seconds",
    (priority) =>
      Effect.gen(function*() {
        const outbox = Contexts.outbox(() => new Promise(() => undefined))
        const api = TelegramApi.fromContext(Contexts.vibegram(outbox, privateText("hi")))
        const fiber = yield* Effect.forkChild(Effect.flip(api.sendMessage(chat, { text: "hi" }, { priority })))
        yield* TestClock.adjust("19 seconds")
        assert.strictEqual(fiber.pollUnsafe(), undefined)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(fiber)).reason, "unreachable")
      })
  )

  it.effect("a message on its way is written down although whoever sent it leaves", () =>
    Effect.gen(function*() {
      let arrive = (_: unknown): void => undefined
      const outbox = Contexts.outbox(() => new Promise((resolve) => (arrive = resolve)))
      const api = TelegramApi.fromContext(Contexts.telegraf(outbox, privateText("hi")))
      const written: Array<unknown> = []
      const sending = yield* Effect.forkChild(
        api.sendMessage(chat, { text: "hi" }, { onSent: (id) => written.push(Option.getOrUndefined(id)) }),
        { startImmediately: true }
      )
      yield* outbox.messages(1)
      const leaving = yield* Effect.forkChild(Fiber.interrupt(sending), { startImmediately: true })
      arrive({ message_id: 42 })
      yield* Fiber.join(leaving)
      assert.deepStrictEqual(written, [42])
    }))

  it.effect("an edit that changes nothing is as good as made", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox(() =>
        Promise.reject({ response: { error_code: 400, description: "Bad Request: message is not modified" } })
      )
      const api = TelegramApi.fromContext(Contexts.telegraf(outbox, privateText("hi")))
      const written: Array<unknown> = []
      yield* api.editMessage(chat, 42, { text: "hi" }, { onSent: (id) => written.push(Option.getOrUndefined(id)) })
      assert.deepStrictEqual(written, [42])
    }))

  it.effect("a context with nothing but shortcuts is asked once where its group has moved: it knows no other chat", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox(() =>
        Promise.reject({
          response: { error_code: 400, description: "upgraded", parameters: { migrate_to_chat_id: -1001 } }
        })
      )
      const failure = yield* Effect.flip(
        TelegramApi.fromContext(Contexts.bare(outbox, {})).sendMessage(topic, { text: "hi" })
      )
      assert.strictEqual(failure.reason, "chatMoved")
      assert.strictEqual(outbox.calls.length, 1)
    }))

  it.effect.each(frameworks.filter(({ name }) => name !== "VibeGram"))(
    "$name: an interrupted call is aborted",
    ({ make }) =>
      Effect.gen(function*() {
        const outbox = Contexts.outbox(() => new Promise(() => undefined))
        const api = TelegramApi.fromContext(make(outbox, privateText("hi")))
        yield* Effect.raceFirst(api.sendMessage(chat, { text: "hi" }), outbox.messages(1))
        const signal = outbox.calls[0]?.signal
        assert.instanceOf(signal, AbortSignal)
        assert.isTrue(signal instanceof AbortSignal && signal.aborted)
      })
  )
})

describe("a message whose question is gone", () => {
  const context = (answered: Array<unknown>, description: string) => ({
    telegram: {
      callApi: async (_: string, payload: object) => {
        answered.push("reply_parameters" in payload ? "a reply" : "no reply")
        if ("reply_parameters" in payload) {
          throw Object.assign(new Error("no"), { response: { error_code: 400, description } })
        }
        return { message_id: 9 }
      }
    }
  })

  it.effect.each(["Bad Request: message to be replied not found", "Bad Request: replied message not found"])(
    "is sent all the same where Telegram says: %s",
    (description) =>
      Effect.gen(function*() {
        const calls: Array<unknown> = []
        const api = TelegramApi.fromContext(context(calls, description))
        const id = yield* api.sendMessage({ ...chat, replyTo: 5 }, { text: "Here." })
        assert.deepStrictEqual(calls, ["a reply", "no reply"])
        assert.deepStrictEqual(id, Option.some(9))
      })
  )
})

describe("a default parse mode of the bot", () => {
  const bold = { text: "a < b. c_d", entities: [{ type: "bold", offset: 0, length: 1 }] } as const

  const ways = (["HTML", "MarkdownV2", "Markdown"] as const).flatMap((mode) => [
    {
      name: `grammY's transformer of three lines, ${mode}`,
      contextOf: ({ apiRoot, token }: TelegramEmulator.Service): object => {
        const api = new Api(token, { apiRoot })
        api.config.use((previous, method, payload, signal) =>
          previous(method, { parse_mode: mode, ...payload }, signal)
        )
        return { api }
      }
    },
    {
      name: `a wrapped callApi of Telegraf, ${mode}`,
      contextOf: ({ apiRoot, token }: TelegramEmulator.Service): object => {
        const telegram = new Telegram(token, { apiRoot })
        const callApi = telegram.callApi.bind(telegram)
        return {
          telegram: Object.assign(telegram, {
            callApi: (method: "sendMessage", payload: object, options: object) =>
              callApi(method, Object.assign({ chat_id: 0, text: "", parse_mode: mode }, payload), options)
          })
        }
      }
    }
  ])

  it.live.each(ways)(
    "$name: texts and their formats are shown, edited and under a file",
    ({ contextOf }) =>
      Effect.gen(function*() {
        const { ann, telegram } = yield* setUp()
        const api = TelegramApi.fromContext(contextOf(telegram))
        const id = Option.getOrThrow(yield* api.sendMessage(chat, bold))
        const shown = () => Effect.map(ann.chat.messages, ([first]) => [first?.text, first?.entities])
        assert.deepStrictEqual(yield* shown(), [bold.text, [...bold.entities]])
        yield* api.editMessage(chat, id, { ...bold, text: "b < a. c_d" })
        assert.deepStrictEqual(yield* shown(), ["b < a. c_d", [...bold.entities]])
        yield* api.sendDraft(chat, 5, bold)
        assert.deepInclude(yield* ann.chat.draft, { text: bold.text })
        yield* api.sendDocument(chat, { ...document, caption: "a < b. c_d" })
        assert.strictEqual((yield* ann.chat.messages).at(-1)?.caption, "a < b. c_d")
      })
  )

  it.live.each(["HTML", "MarkdownV2"] as const)(
    "%s, forced on every call: answers and files can be seen nevertheless",
    (mode) =>
      Effect.gen(function*() {
        const { ann, telegram } = yield* setUp()
        const client = new Telegram(telegram.token, { apiRoot: telegram.apiRoot })
        const callApi = client.callApi.bind(client)
        const forced = {
          telegram: Object.assign(client, {
            callApi: (method: "sendMessage", payload: object, options: object) =>
              callApi(method, Object.assign({ chat_id: 0, text: "" }, payload, { parse_mode: mode }), options)
          })
        }
        const api = TelegramApi.fromContext(forced)
        yield* ShownMessages.make(api, chat).finish([bold])
        yield* api.sendDocument(chat, { ...document, caption: "a < b. c_d" })
        const files = (yield* ann.chat.messages).map(({ caption, document }) => [document?.file_name, caption])
        assert.deepStrictEqual(files, [["answer.txt", undefined], ["auth.json", undefined]])
      })
  )
})

describe("sendDocument", () => {
  it.effect("a file that Telegram did not refuse for its caption is sent once: it may be there", () =>
    Effect.gen(function*() {
      for (const error_code of [429, 403, 502]) {
        const outbox = Contexts.outbox(() => Promise.reject({ response: { error_code, description: "no" } }))
        yield* Effect.flip(TelegramApi.fromContext(Contexts.telegraf(outbox, {})).sendDocument(topic, document))
        assert.strictEqual(outbox.calls.length, 1, String(error_code))
      }
    }))

  it.effect("Telegraf gets a buffer with a name", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      yield* TelegramApi.fromContext(Contexts.telegraf(outbox, {})).sendDocument(topic, document)
      assert.deepStrictEqual(outbox.calls[0]?.payload, {
        chat_id: -100,
        message_thread_id: 9,
        caption: "Live tokens.",
        parse_mode: "",
        protect_content: true,
        document: { source: Buffer.from(document.content), filename: "auth.json" }
      })
    }))

  it.effect("VibeGram gets a stream that both of its ways to name a file call auth.json, and no boolean", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      yield* TelegramApi.fromContext(Contexts.vibegram(outbox, {})).sendDocument(topic, document)
      const { "auth.json": stream, ...fields } = outbox.calls[0]?.payload ?? {}
      assert.deepStrictEqual(fields, {
        chat_id: -100,
        message_thread_id: 9,
        caption: "Live tokens.",
        parse_mode: "",
        protect_content: "true",
        document: "attach://auth.json"
      })
      assert.instanceOf(stream, Readable)
      assert.propertyVal(stream, "path", "auth.json")
      const bytes = yield* Effect.promise(() => buffer(stream))
      assert.strictEqual(bytes.toString(), "{\"tokens\":{}}")
    }))

  it.live.each(["2.2.1", "2.4.0"] as const)(
    "VibeGram %s: a file arrives under its name",
    (version) =>
      Effect.gen(function*() {
        const { ann, telegram } = yield* setUp()
        const { client } = new Bot(telegram.token, { apiRoot: telegram.apiRoot, version })
        const api = TelegramApi.fromContext({ client, telegram: client })
        yield* api.sendDocument({ chatId: 7, threadId: undefined, replyTo: undefined }, document)
        const [sent] = yield* ann.chat.messages
        assert.deepInclude(sent?.document, { file_name: "auth.json", file_size: document.content.length })
        assert.deepInclude(sent, { caption: "Live tokens.", has_protected_content: true })
      })
  )

  it.effect("a bare context gets a buffer with a name", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      yield* TelegramApi.fromContext(Contexts.bare(outbox, {})).sendDocument(chat, document)
      assert.deepStrictEqual(outbox.calls[0]?.payload, {
        caption: "Live tokens.",
        parse_mode: "",
        protect_content: true,
        document: { source: Buffer.from(document.content), filename: "auth.json" }
      })
    }))

  const posted = (
    options: Parameters<typeof Contexts.grammyApi>[1],
    answer: () => Response = () => Response.json({ ok: true, result: { message_id: 1 } })
  ) => {
    const requests: Array<{ readonly url: string; readonly form: unknown }> = []
    const api = TelegramApi.fromContext({ api: Contexts.grammyApi(Contexts.outbox(), options) })
    const fetch: typeof globalThis.fetch = async (url, init) => {
      requests.push({ url: String(url), form: init?.body })
      return answer()
    }
    return Effect.as(
      api.sendDocument(topic, document).pipe(Effect.provideService(FetchHttpClient.Fetch, fetch)),
      requests
    )
  }

  it.effect("grammY's server gets a form with the file in it", () =>
    Effect.gen(function*() {
      const [request] = yield* posted({})
      assert.strictEqual(request?.url, "https://api.telegram.org/bot123:token/sendDocument")
      const form = request?.form
      assert.isTrue(form instanceof FormData)
      if (!(form instanceof FormData)) return
      assert.strictEqual(form.get("chat_id"), "-100")
      assert.strictEqual(form.get("message_thread_id"), "9")
      assert.strictEqual(form.get("protect_content"), "true")
      assert.strictEqual(form.get("caption"), "Live tokens.")
      const file = form.get("document")
      assert.isTrue(file instanceof File)
      if (!(file instanceof File)) return
      assert.strictEqual(file.name, "auth.json")
      assert.strictEqual(yield* Effect.promise(() => file.text()), "{\"tokens\":{}}")
    }))

  it.effect("grammY's settings say which server that is", () =>
    Effect.gen(function*() {
      const url = (options: Parameters<typeof posted>[0]) => Effect.map(posted(options), ([request]) => request?.url)
      assert.strictEqual(
        yield* url({ apiRoot: "http://localhost:8081" }),
        "http://localhost:8081/bot123:token/sendDocument"
      )
      assert.strictEqual(
        yield* url({ environment: "test" }),
        "https://api.telegram.org/bot123:token/test/sendDocument"
      )
      assert.strictEqual(
        yield* url({ apiRoot: "http://proxy", buildUrl: (root, token, method) => `${root}/x/${token}?m=${method}` }),
        "http://proxy/x/123:token?m=sendDocument"
      )
    }))

  it.effect("what grammY's server refuses is a failure with its reason", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(
        posted({}, () =>
          Response.json({ ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" }))
      )
      assert.strictEqual(refused.reason, "blocked")
      const page = yield* Effect.flip(posted({}, () =>
        new Response("<html>502</html>", { status: 502 })))
      assert.strictEqual(page.reason, "unreachable")
    }))
})

describe("download", () => {
  /** Reads a file through a Telegraf context; `answer` is what Telegram's file server says. */
  const downloaded = (file: object, answer: () => Response) => {
    const urls: Array<string> = []
    const outbox = Contexts.outbox(() => ({ file_id: "f", file_path: "documents/file_1.json", ...file }))
    const { telegram } = Contexts.telegraf(outbox, privateText("hi"))
    const api = TelegramApi.fromContext({ telegram: { ...telegram, token: "123:token" } })
    const fetch: typeof globalThis.fetch = async (url) => {
      urls.push(String(url))
      return answer()
    }
    return api.download(chat, "f", { most: 65_536 }).pipe(
      Effect.provideService(FetchHttpClient.Fetch, fetch),
      Effect.result,
      Effect.map((result) => ({
        urls,
        text: Result.isSuccess(result) ? new TextDecoder().decode(result.success.bytes) : undefined,
        reason: Result.isFailure(result) ? result.failure.reason : undefined
      }))
    )
  }

  it.effect("reads a file from the server of the bot", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* downloaded({ file_size: 4 }, () => new Response("\ufeff{\"a\":1}")), {
        urls: ["https://api.telegram.org/file/bot123:token/documents/file_1.json"],
        text: "{\"a\":1}",
        reason: undefined
      })
    }))

  it.effect.each(["/var/lib/telegram-bot-api/123:token/documents/file_1.json", "C:\\bots\\123:token\\file_1.json"])(
    "asks for no file that its server keeps on its own disk, and tells the owner what to do: %s",
    (file_path) =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        const log = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
        const { reason, urls } = yield* Effect.provide(downloaded({ file_path }, () => new Response("404")), log)
        assert.deepStrictEqual([reason, urls], ["unsupported", []])
        assert.lengthOf(lines, 1)
        assert.match(lines[0] ?? "", /without --local/)
        assert.notInclude(lines[0] ?? "", "token")
      })
  )

  it.effect("asks for no file that is longer than 64 KiB", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* downloaded({ file_size: 65_536 }, () => new Response("ok"))).text, "ok")
      const { reason, urls } = yield* downloaded({ file_size: 65_537 }, () => new Response("ok"))
      assert.deepStrictEqual([reason, urls], ["tooLong", []])
    }))

  it.effect("reads no more than 64 KiB of a file whose length nobody told, and gives no part of it", () =>
    Effect.gen(function*() {
      const most = "x".repeat(65_536)
      assert.strictEqual((yield* downloaded({}, () => new Response(most))).text, most)
      let pulled = 0
      const endless = () =>
        new ReadableStream<Uint8Array>({
          pull: (controller) => {
            pulled++
            if (pulled > 1000) return controller.close()
            controller.enqueue(new Uint8Array(1024).fill(120))
          }
        })
      const { reason, text } = yield* downloaded({}, () => new Response(endless()))
      assert.deepStrictEqual([reason, text], ["tooLong", undefined])
      assert.isBelow(pulled, 100)
    }))

  it.effect("says whether the file was refused or could not be reached, and follows no redirect", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* downloaded({}, () => new Response("no", { status: 404 }))).reason, "rejected")
      const moved = () => new Response("", { status: 302, headers: { location: "https://evil.test" } })
      const { reason, urls } = yield* downloaded({}, moved)
      assert.deepStrictEqual([reason, urls.length], ["unreachable", 1])
      const broken = () => {
        throw new TypeError("fetch failed")
      }
      assert.strictEqual((yield* downloaded({}, broken)).reason, "unreachable")
    }))
})

describe("failureOf", () => {
  // The errors of VibeGram, which is no dependency of ours, with the fields it gives them.
  const vibegramApiError = (errorCode: number, description: string) =>
    Object.assign(new Error(`Telegram request failed: [${errorCode}] ${description}`), {
      code: `TELEGRAM_${errorCode}`,
      errorCode,
      description
    })
  const telegraf = (error_code: number, description: string, parameters?: { retry_after: number }) =>
    new TelegramError({ error_code, description, ...(parameters && { parameters }) }, { method: "sendMessage" })
  const grammy = (error_code: number, description: string, parameters?: { retry_after: number }) =>
    new GrammyError(
      "Call to 'sendMessage' failed!",
      { ok: false, error_code, description, ...(parameters && { parameters }) },
      "sendMessage",
      {}
    )

  const refusals = [
    { code: 400, description: "Bad Request: message is not modified", reason: "notModified" },
    { code: 400, description: "Bad Request: message is too long", reason: "tooLong" },
    { code: 400, description: "Bad Request: message thread not found", reason: "threadNotFound" },
    { code: 400, description: "Bad Request: TOPIC_DELETED", reason: "threadNotFound" },
    { code: 400, description: "Bad Request: TOPIC_CLOSED", reason: "threadClosed" },
    { code: 400, description: "Bad Request: message to be replied not found", reason: "messageNotFound" },
    { code: 400, description: "Bad Request: replied message not found", reason: "messageNotFound" },
    { code: 400, description: "Bad Request: not enough rights to send text messages to the chat", reason: "blocked" },
    { code: 400, description: "Bad Request: not enough rights to send photos to the chat", reason: "rejected" },
    { code: 400, description: "Bad Request: not enough rights to send documents to the chat", reason: "rejected" },
    { code: 400, description: "Bad Request: chat not found", reason: "chatNotFound" },
    { code: 400, description: "Bad Request: can't parse entities", reason: "rejected" },
    { code: 401, description: "Unauthorized", reason: "unauthorized" },
    { code: 403, description: "Forbidden: bot was blocked by the user", reason: "blocked" },
    { code: 403, description: "Forbidden: bot was kicked from the supergroup chat", reason: "blocked" },
    { code: 403, description: "Forbidden: user is deactivated", reason: "blocked" },
    { code: 502, description: "Bad Gateway: chat not found", reason: "unreachable" }
  ]

  it.effect.each(refusals)(
    "$description ($code): $reason, in every framework's words",
    ({ code, description, reason }) =>
      Effect.sync(() => {
        for (const make of [telegraf, grammy, vibegramApiError]) {
          const failure = failureOf("sendMessage", make(code, description))
          assert.strictEqual(failure.reason, reason)
          assert.strictEqual(failure.code, code)
          assert.strictEqual(failure.method, "sendMessage")
        }
      })
  )

  it.effect("a rate limit says how long to wait", () =>
    Effect.sync(() => {
      const seven = { retry_after: 7 }
      const errors = [
        telegraf(429, "Too Many Requests: retry after 7", seven),
        grammy(429, "Too Many Requests: retry after 7", seven),
        Object.assign(new Error("Rate limit exceeded. Retry after 7s."), { code: "RATE_LIMIT", retryAfter: 7 }),
        { ok: false, error_code: 429, description: "Too Many Requests: retry after 7", parameters: seven }
      ]
      for (const error of errors) {
        const failure = failureOf("sendMessage", error)
        assert.strictEqual(failure.reason, "rateLimited")
        assert.strictEqual(failure.code, 429)
        assert.deepStrictEqual(failure.retryAfter, Duration.seconds(7))
      }
    }))

  it.effect("what is no answer of Telegram's is unreachable", () =>
    Effect.sync(() => {
      const causes = [
        new HttpError("Network request for 'sendMessage' failed!", new Error("ECONNREFUSED")),
        Object.assign(new Error("request failed"), { name: "FetchError", code: "ECONNRESET" }),
        Object.assign(new Error("Network Error"), { code: "NETWORK_ERROR", originalError: new Error("timeout") }),
        undefined,
        "no"
      ]
      for (const cause of causes) {
        assert.strictEqual(failureOf("sendMessage", cause).reason, "unreachable")
      }
    }))

  const programErrors = [
    { what: "VibeGram's check of its third argument", cause: new TypeError("retries must be a non-negative integer.") },
    { what: "VibeGram's check of the size", cause: new RangeError("JSON payload exceeds maximum size") },
    {
      what: "a transformer that grammY wraps",
      cause: new HttpError("Network request for 'sendMessage' failed!", new ReferenceError("sesame is not defined"))
    },
    {
      what: "a field that breaks VibeGram's form while it is sent",
      cause: Object.assign(new Error("Network Error"), {
        code: "NETWORK_ERROR",
        originalError: new TypeError("source.on is not a function")
      })
    }
  ]
  for (const { cause, what } of programErrors) {
    it.effect(`a programming error is told as one, with its cause: ${what}`, () =>
      Effect.sync(() => {
        const failure = failureOf("sendMessage", cause)
        assert.strictEqual(failure.reason, "misused")
        assert.instanceOf(failure.cause, Error)
        assert.strictEqual(failure.message, "The bot's framework broke at sendMessage.")
      }))
  }

  it.effect("a connection that fails is none, although platforms throw a TypeError then", () =>
    Effect.sync(() => {
      const causes = [
        new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNRESET" }) }),
        new TypeError("terminated"),
        new TypeError("Failed to fetch"),
        Object.assign(new Error("Network Error"), {
          originalError: new TypeError("fetch failed", { cause: new Error("other side closed") })
        }),
        new SyntaxError("Unexpected token '<'")
      ]
      for (const cause of causes) {
        assert.strictEqual(failureOf("sendMessage", cause).reason, "unreachable")
      }
    }))

  it.effect("what VibeGram wraps never left when nobody listens", () =>
    Effect.sync(() => {
      const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
      const old = Object.assign(new Error("Network Error"), { code: "NETWORK_ERROR", originalError: refused })
      const now = Object.assign(new Error("Network Error"), {
        code: "NETWORK_ERROR",
        originalError: new Error("Network Error", { cause: new TypeError("fetch failed", { cause: refused }) })
      })
      for (const cause of [old, now]) {
        assert.isTrue(failureOf("sendMessage", cause).neverArrived)
      }
    }))

  it.effect("a programming error is in the log once, with its cause and without the token", () =>
    Effect.gen(function*() {
      const token = "123456:AAH-secret_token_of_the_bot"
      const { all, layer } = recorder()
      const broken = () => Promise.reject(new TypeError(`Invalid URL: http//x/bot${token}/sendMessage`))
      const api = TelegramApi.fromContext({ client: { callApi: broken } })
      yield* Effect.provide(
        Effect.exit(
          Effect.all([api.sendMessage(chat, { text: "a" }), api.sendMessage(chat, { text: "b" })], { mode: "result" })
        ),
        layer
      )
      const lines = yield* all
      const logged = lines.filter((line) => line.startsWith("TypeError: Invalid URL: http//x/bot[token]/sendMessage"))
      assert.strictEqual(logged.length, 1)
      assert.notInclude(lines.join("\n"), token)
    }))

  it.effect("says either that Telegram refused or that it was not reached, and what to do about it", () =>
    Effect.sync(() => {
      const told = (fields: Pick<TelegramFailed, "reason"> & { readonly code?: number }) => {
        const failure = new TelegramFailed({ method: "sendMessage", ...fields })
        return [failure.message, failure.fix("chat")]
      }
      assert.deepStrictEqual(told({ reason: "unreachable" }), [
        "Telegram could not be reached for sendMessage.",
        "Retry; if it goes on, check the bot's network."
      ])
      assert.deepStrictEqual(told({ reason: "rateLimited", code: 429 }), [
        "Telegram refused sendMessage (rateLimited 429).",
        "Wait and retry."
      ])
      assert.deepStrictEqual(told({ reason: "rejected", code: 400 })[1], "Check that the bot may write in this chat.")
    }))

  it.effect("keeps nothing of what Telegram quotes", () =>
    Effect.sync(() => {
      const failure = failureOf("sendMessage", telegraf(400, "Bad Request: can't parse: my-secret-prompt"))
      assert.notInclude(JSON.stringify(failure) + failure.message + String(failure.stack), "my-secret-prompt")
    }))
})
