/**
 * Tokens under load: many prompts, one refresh, one file that the next process starts with.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { codexLive } from "../../src/CodexLive.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import { ConversationKey } from "../../src/conversation/Message.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"

const Login = Schema.fromJsonString(Schema.StructWithRest(
  Schema.Struct({
    tokens: Schema.StructWithRest(
      Schema.Struct({ access_token: Schema.String, refresh_token: Schema.String, account_id: Schema.String }),
      [Schema.Record(Schema.String, Schema.Unknown)]
    )
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
))
const decodeLogin = Schema.decodeEffect(Login)

describe("an expired token", () => {
  it.live("is refreshed exactly once for 100 prompts at once, and the new file serves the next process", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const server = yield* CodexEmulator.make()
      const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      const text = yield* server.signIn({ expiresIn: "-1 minute", extra: { note: { kept: [1, 2, 3] } } })
      yield* fs.writeFileString(authJsonPath, text)
      const before = yield* decodeLogin(text)

      const ask = (count: number) =>
        Effect.forEach(
          Array.from({ length: count }, (_, index) => index),
          (index) =>
            Codex.use((codex) =>
              codex.ask({ text: `What is ${index} + 1?`, conversation: ConversationKey(`${index}`) })
            ),
          { concurrency: "unbounded" }
        ).pipe(
          Effect.provide(codexLive({ authJsonPath, baseUrl: server.baseUrl, issuer: server.issuer }), { local: true })
        )

      const answers = yield* ask(100)
      assert.strictEqual(answers.length, 100)
      assert.strictEqual(yield* server.refreshes, 1)

      const after = yield* decodeLogin(yield* fs.readFileString(authJsonPath))
      assert.notStrictEqual(after.tokens.access_token, before.tokens.access_token)
      assert.notStrictEqual(after.tokens.refresh_token, before.tokens.refresh_token)
      assert.strictEqual(after.tokens.account_id, before.tokens.account_id)
      assert.deepStrictEqual(after["note"], { kept: [1, 2, 3] })
      assert.strictEqual((yield* fs.stat(authJsonPath)).mode & 0o777, 0o600)

      yield* ask(1)
      assert.strictEqual(yield* server.refreshes, 1)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("that only the backend knows to be dead costs one refusal and one refresh", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const server = yield* CodexEmulator.make()
      const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(authJsonPath, yield* server.signIn())
      yield* server.expireAccessTokens
      const answer = yield* Codex.use((codex) => codex.ask({ text: "What is 2 + 2?" })).pipe(
        Effect.provide(codexLive({ authJsonPath, baseUrl: server.baseUrl, issuer: server.issuer }))
      )
      assert.include(answer.text, "4")
      assert.strictEqual(yield* server.refreshes, 1)
      // The list of models is asked first: it meets the refusal, and the answer needs none of its own.
      const asked = (yield* server.requests).filter(({ path }) => /\/(?:models|responses)$/.test(path))
      assert.strictEqual(asked.length, 3)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
