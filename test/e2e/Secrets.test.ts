/**
 * Nothing that was said and nothing that opens a door gets into a log, a span, an audit record or an error.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as CodexAuth from "../../src/auth/CodexAuth.ts"
import { codexLive } from "../../src/CodexLive.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import { ConversationKey } from "../../src/conversation/Message.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import { check, recorder, secretsOf, Tokens } from "../support/recorder.ts"
import { start } from "./stack.ts"

const prompt = "PROMPT-do-not-tell"
const answer = "ANSWER-do-not-tell"
const personality = "PERSONALITY-do-not-tell"

const conversation = ConversationKey("user:7")

const { Reply } = CodexEmulator

describe("secrets", () => {
  it.live("stay out of logs, spans, audit and errors, whatever the server throws back", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const server = yield* CodexEmulator.make()
      const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      const authJson = yield* server.signIn()
      yield* fs.writeFileString(authJsonPath, authJson)
      const before = yield* secretsOf(authJson)
      const record = recorder()
      const { access_token } = (yield* Schema.decodeEffect(Tokens)(authJson)).tokens

      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const auth = yield* CodexAuth.CodexAuth
        yield* codex.setPersonality(7, personality)
        yield* server.failNext("responses", FaultScript.cut({ pieces: 1, of: "broken" }), Infinity)
        yield* server.script(
          Reply.text(answer),
          Reply.rejected(`You said: ${prompt} with Bearer ${String(access_token)}`),
          Reply.http({ status: 403, body: { detail: { code: prompt, message: `${personality} ${answer}` } } }),
          Reply.failed("invalid_prompt", { message: `This prompt is not allowed: ${prompt}` }),
          Reply.errorEvent({ code: "server_error", message: `${prompt} ${String(access_token)}` }),
          Reply.html(),
          Reply.text("broken off"),
          Reply.empty()
        )
        for (let turn = 0; turn < 8; turn++) {
          // What a server may throw back of an answer is what it was sent as history.
          const exit = yield* Effect.exit(codex.ask({ text: prompt, userId: 7, conversation }))
          if (Exit.isFailure(exit)) {
            record.note(exit)
            record.note(Cause.pretty(exit.cause))
            record.note(JSON.stringify(exit))
          }
        }
        yield* server.expireAccessTokens
        yield* Effect.exit(codex.ask({ text: prompt, userId: 7 }))
        record.note(yield* auth.credentials)
        record.note(yield* auth.status)
        record.note(yield* auth.exported)
        yield* server.expireAccessTokens
        yield* server.revoke
        record.note(yield* Effect.exit(codex.ask({ text: prompt, userId: 7 })))
      }).pipe(Effect.provide(
        codexLive({
          authJsonPath,
          baseUrl: server.baseUrl,
          issuer: server.issuer,
          maxRetries: 0,
          audit: record.audit
        }).pipe(Layer.provideMerge(record.layer))
      ))

      const after = yield* secretsOf(yield* fs.readFileString(authJsonPath))
      assert.isTrue(record.spans.some((span) => span.name === "Codex.ask"))
      check(yield* record.all, [prompt, answer, personality, ...before, ...after])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("stay out of everything the Telegram door writes", () =>
    Effect.gen(function*() {
      const record = recorder()
      const { ada, authJsonPath, fs, server, telegram } = yield* start({
        plugin: { authAdminUserIds: [7] },
        layers: record.layer,
        audit: record.audit
      })
      yield* ada.chat.send(`/codex personality ${personality}`)
      yield* ada.chat.nextBotMessage
      yield* server.script(Reply.text(answer), Reply.rejected(`Not this: ${prompt}`))
      yield* ada.chat.send(prompt)
      yield* ada.chat.botText(answer)
      yield* ada.chat.nextBotMessage
      yield* ada.chat.send(prompt)
      yield* ada.chat.nextBotMessage
      yield* telegram.failNext(
        "sendMessage",
        FaultScript.answer({ status: 400, message: `Bad Request: can't parse ${answer}` })
      )
      yield* ada.chat.send(prompt)
      yield* telegram.waitForCall((call) => call.method === "sendMessage" && call.answer?.ok === false)
      yield* ada.chat.send("/codex auth export")
      yield* telegram.waitForCall((call) => call.method === "sendDocument")
      const tokens = yield* secretsOf(yield* fs.readFileString(authJsonPath))
      assert.isTrue(record.spans.some((span) => span.name === "TelegramApi.sendMessage"))
      check(yield* record.all, [prompt, answer, personality, telegram.token, ...tokens])
    }))
})
