/**
 * The wire as bytes: what a client sends over a socket and what comes back, without any client.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createConnection } from "node:net"
import { Bot } from "../examples/support/vibegram.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import type * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import { setUp, texts } from "./support/telegramWire.ts"

/** Writes bytes to the server and gives all that it wrote until the connection ended. */
const talk = (telegram: TelegramEmulator.Service, request: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    let answer = ""
    const socket = createConnection(Number(new URL(telegram.apiRoot).port), "127.0.0.1", () => socket.write(request))
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1")
    })
    socket.on("error", () => resume(Effect.succeed(answer)))
    socket.on("close", () => resume(Effect.succeed(answer)))
    return Effect.sync(() => socket.destroy())
  })

const post = (telegram: TelegramEmulator.Service, method: string, type: string, body: string): string =>
  [
    `POST /bot${telegram.token}/${method} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: close",
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body
  ].join("\r\n")

const partsOf = (answer: string) => {
  const [head = "", body = ""] = answer.split("\r\n\r\n")
  const [status = "", ...headers] = head.split("\r\n")
  return { status, headers: headers.map((line) => line.toLowerCase()), body }
}

describe("the bytes", () => {
  it.live("an answer is JSON in an envelope with its length", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      const { body, headers, status } = partsOf(
        yield* talk(telegram, post(telegram, "sendChatAction", "application/json", `{"chat_id":7,"action":"typing"}`))
      )
      assert.strictEqual(status, "HTTP/1.1 200 OK")
      assert.include(headers, "content-type: application/json")
      assert.include(headers, "content-length: 25")
      assert.strictEqual(body, `{"ok":true,"result":true}`)
    }))

  it.live("a refusal has its code as the status of HTTP too", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      const { body, status } = partsOf(
        yield* talk(telegram, post(telegram, "sendMessage", "application/json", `{"chat_id":7}`))
      )
      assert.strictEqual(status, "HTTP/1.1 400 Bad Request")
      assert.strictEqual(body, `{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}`)
    }))

  it.live("a refusal with a pause says so in its parameters", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp({
        faults: FaultScript.make({ rules: [{ on: "*", fault: FaultScript.answer({ status: 429, retryAfter: 7 }) }] })
      })
      const { body, status } = partsOf(yield* talk(telegram, post(telegram, "getMe", "application/json", "")))
      assert.strictEqual(status, "HTTP/1.1 429 Too Many Requests")
      assert.strictEqual(
        body,
        `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}`
      )
    }))

  it.live("a multipart body is read part by part, and a broken one is refused", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const body = [
        "--edge",
        "Content-Disposition: form-data; name=\"chat_id\"",
        "",
        "7",
        "--edge",
        "Content-Disposition: form-data; name=\"document\"; filename=\"ä.txt\"",
        "Content-Type: text/plain",
        "",
        "grüße",
        "--edge--",
        ""
      ].join("\r\n")
      yield* talk(telegram, post(telegram, "sendDocument", "multipart/form-data; boundary=edge", body))
      const [message] = yield* ann.chat.messages
      assert.deepInclude(message?.document, { file_size: 7, mime_type: "text/plain" })
      const broken = partsOf(
        yield* talk(telegram, post(telegram, "sendDocument", "multipart/form-data", body))
      )
      assert.include(broken.body, `"error_code":400`)
      assert.include(broken.body, "Bad Request: can't parse the multipart body")
    }))

  it.live("a file comes back as the bytes that went up, under its path and no other", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const { document } = yield* ann.chat.sendDocument({
        fileName: "a.bin",
        bytes: Uint8Array.of(0, 255, 13, 10, 0)
      })
      yield* call("getFile", { file_id: document?.file_id })
      const get = (path: string) =>
        talk(telegram, `GET /file/bot${telegram.token}/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      const file = yield* get("documents/file_1.bin")
      assert.isTrue(file.endsWith("\r\n\r\n\u0000\u00ff\r\n\u0000"))
      const { body, status } = partsOf(yield* get("documents/file_2.bin"))
      assert.strictEqual(status, "HTTP/1.1 404 Not Found")
      assert.strictEqual(body, `{"ok":false,"error_code":404,"description":"Not Found"}`)
    }))

  it.live("half an answer is cut in the middle of its JSON", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      yield* telegram.failNext("sendMessage", FaultScript.half())
      const answer = yield* talk(
        telegram,
        post(telegram, "sendMessage", "application/json", `{"chat_id":7,"text":"a"}`)
      )
      assert.include(answer, `{"ok":true`)
      assert.notInclude(answer, `"text":"a"`)
      assert.deepStrictEqual(texts(yield* ann.chat.messages), ["a"])
    }))

  it.live("a stalled call keeps the connection open and says nothing", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      yield* telegram.failNext("getMe", FaultScript.stall())
      const answer = yield* Effect.timeoutOption(
        talk(telegram, post(telegram, "getMe", "application/json", "")),
        "100 millis"
      )
      assert.strictEqual(answer._tag, "None")
      const { call, nth } = (yield* telegram.faultsHappened)[0] ?? { call: "", nth: 0 }
      assert.deepStrictEqual([call, nth], ["getMe", 1])
    }))
})

describe("a part with a file name", () => {
  it.live.each(["application/json", "text/plain", "application/x-www-form-urlencoded"])(
    "is a file, whatever its type: %s",
    (type) =>
      Effect.gen(function*() {
        const { ann, post } = yield* setUp()
        const file = new File(["{}"], "auth.json", { type })
        const { ok } = yield* post("sendDocument", { chat_id: "7", document: "attach://auth.json", "auth.json": file })
        assert.isTrue(ok)
        const [sent] = yield* ann.chat.messages
        assert.deepInclude(sent?.document, { file_name: "auth.json", file_size: 2 })
      })
  )
})

describe("VibeGram's calls", () => {
  it.live("JSON posts and multipart uploads, as its client sends them", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const { client } = new Bot(telegram.token, { apiRoot: telegram.apiRoot })
      yield* Effect.promise(() =>
        client.callApi("sendMessage", {
          chat_id: 7,
          text: "*bold*",
          parse_mode: "MarkdownV2",
          reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] }
        })
      )
      yield* Effect.promise(() =>
        client.callApi("sendDocument", {
          chat_id: 7,
          document: Buffer.from("body"),
          caption: "a file",
          reply_parameters: { message_id: 1, quote: "bo" }
        })
      )
      const [text, file] = yield* ann.chat.messages
      assert.deepInclude(text, { text: "bold", entities: [{ type: "bold", offset: 0, length: 4 }] })
      assert.deepInclude(file?.document, { file_name: "document", file_size: 4 })
      assert.deepInclude(file, { caption: "a file", quote: { text: "bo", position: 0, is_manual: true } })
      const error = yield* Effect.promise(() =>
        client.callApi("sendMessage", { chat_id: 1, text: "a" }).then(() => "none", String)
      )
      assert.include(error, "Bad Request: chat not found")
    }))
})
