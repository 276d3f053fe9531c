/**
 * Bodies as odd clients send them, and parse modes as the real server reads them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import type * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import { send, setUp } from "./support/telegramWire.ts"

const post = (telegram: TelegramEmulator.Service, method: string, bytes: Uint8Array, type: string, encoding: string) =>
  send(
    HttpClientRequest.post(`${telegram.apiRoot}/bot${telegram.token}/${method}`).pipe(
      HttpClientRequest.setHeader("content-encoding", encoding),
      HttpClientRequest.bodyUint8Array(bytes, type)
    )
  )

const hello = new TextEncoder().encode(JSON.stringify({ chat_id: 7, text: "Hello" }))

/** One part of a file as VibeGram 2.2.1 writes it, with the type of its name. */
const parts = (type: string): string =>
  [
    "--b",
    "content-disposition: form-data; name=\"chat_id\"",
    "",
    "7",
    "--b",
    "content-disposition: form-data; name=\"document\"; filename=\"auth.json\"",
    `content-type: ${type}`,
    "",
    "{\"tokens\":{}}",
    "--b--",
    ""
  ].join("\r\n")

describe("bodies", () => {
  it.live.each(
    [
      ["gzip", gzipSync],
      ["deflate", deflateSync],
      ["deflate", deflateRawSync],
      ["x-gzip", gzipSync],
      ["GZIP", gzipSync]
    ] as const
  )("%s is inflated", ([encoding, compress]) =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      const answer = yield* post(telegram, "sendMessage", compress(hello), "application/json", encoding)
      assert.strictEqual(answer.result?.text, "Hello")
      const [call] = yield* telegram.calls
      assert.deepInclude(call?.payload, { text: "Hello" })
    }))

  it.live("so is a form with a file in it", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      const body = gzipSync(parts("text/plain"))
      const answer = yield* post(telegram, "sendDocument", body, "multipart/form-data; boundary=b", "gzip")
      assert.strictEqual(answer.result?.document?.file_name, "auth.json")
    }))

  it.live("a body that only says that it is compressed is refused", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      const answer = yield* post(telegram, "sendMessage", hello, "application/json", "gzip")
      assert.deepInclude(answer, { status: 400, description: "Bad Request: can't parse JSON object" })
    }))

  it.live.each(["application/json", "text/plain", "application/octet-stream", "text/html; charset=utf-8"])(
    "a part with a file name is a file, also when its type is %s",
    (type) =>
      Effect.gen(function*() {
        const { telegram } = yield* setUp()
        const body = new TextEncoder().encode(parts(type))
        const answer = yield* post(telegram, "sendDocument", body, "multipart/form-data; boundary=b", "identity")
        assert.deepInclude(answer.result?.document, { file_name: "auth.json", file_size: 13 })
      })
  )
})

describe("parse modes", () => {
  const entities = [{ type: "bold", offset: 0, length: 1 }]

  it.live.each(["", "none", "None"])("%j is none, and the entities stay", (parse_mode) =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const answer = yield* call("sendMessage", { chat_id: 7, text: "a < b.", parse_mode, entities })
      assert.deepStrictEqual([answer.result?.text, answer.result?.entities], ["a < b.", entities])
    }))

  it.live.each([null, "null", "None?", 0])("%j is refused", (parse_mode) =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const answer = yield* call("sendMessage", { chat_id: 7, text: "a < b.", parse_mode, entities })
      assert.deepInclude(answer, { status: 400, description: "Bad Request: unsupported parse_mode" })
    }))

  it.live("one of the two makes the entities of a call go unread", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const answer = yield* call("sendMessage", { chat_id: 7, text: "<i>a</i>", parse_mode: "HTML", entities })
      assert.deepStrictEqual(answer.result?.entities, [{ type: "italic", offset: 0, length: 1 }])
    }))
})
