import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as CodexConfig from "../src/CodexConfig.ts"

const read = (env: Record<string, string>) => CodexConfig.config.parse(ConfigProvider.fromEnv({ env }))

describe("settings from the environment", () => {
  it.effect("are the seed's defaults when nothing is set", () =>
    Effect.gen(function*() {
      const settings = yield* read({})
      assert.deepStrictEqual(settings, CodexConfig.defaults)
      assert.strictEqual(settings.model, "gpt-5.3-codex")
      assert.strictEqual(Duration.toMillis(settings.turnTimeout), 30_000)
      assert.strictEqual(Duration.toMillis(settings.requestTimeout), 60_000)
      assert.strictEqual(settings.maxRetries, 2)
      assert.strictEqual(settings.maxHistory, 20)
      assert.strictEqual(settings.maxPromptLength, 4000)
      assert.strictEqual(settings.maxResponseLength, 4096)
      assert.strictEqual(settings.baseUrl, "https://chatgpt.com/backend-api/codex")
    }))

  it.effect("are read under the seed's names", () =>
    Effect.gen(function*() {
      const settings = yield* read({
        CODEX_AUTH_JSON_PATH: "/run/secrets/auth.json",
        CODEX_AUTH_JSON_JSON: "{\"tokens\":{}}",
        CODEX_MODEL: "gpt-5.5",
        CODEX_REASONING_EFFORT: "xhigh",
        CODEX_ACCOUNT_ID: "account",
        CODEX_DEVICE_ID: "device",
        CODEX_ALLOWED_USER_IDS: "123456, 789012,",
        CODEX_ALLOWED_CHAT_IDS: "123456,-1001234567890",
        CODEX_AUTH_ADMIN_USER_IDS: "123456",
        CODEX_SYSTEM_PROMPT: "Be brief.",
        CODEX_AUTO_REPLY: "false",
        TELEGRAM_BOT_USERNAME: "my_bot",
        CODEX_BASE_URL: "http://localhost:1/backend-api/codex/",
        CODEX_ISSUER: "http://localhost:1/"
      })
      assert.strictEqual(settings.authJsonPath, "/run/secrets/auth.json")
      assert.strictEqual(settings.authJson && Redacted.value(settings.authJson), "{\"tokens\":{}}")
      assert.strictEqual(settings.model, "gpt-5.5")
      assert.strictEqual(settings.reasoningEffort, "xhigh")
      assert.strictEqual(settings.accountId, "account")
      assert.strictEqual(settings.deviceId, "device")
      assert.deepStrictEqual(settings.allowedUserIds, [123456, 789012])
      assert.deepStrictEqual(settings.allowedChatIds, [123456, -1001234567890])
      assert.deepStrictEqual(settings.authAdminUserIds, [123456])
      assert.strictEqual(settings.systemPrompt, "Be brief.")
      assert.isFalse(settings.autoReply)
      assert.strictEqual(settings.botUsername, "my_bot")
      assert.strictEqual(settings.baseUrl, "http://localhost:1/backend-api/codex")
      assert.strictEqual(settings.issuer, "http://localhost:1")
    }))

  it.effect("take any effort that is one word, since the list of models may name new ones", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* read({ CODEX_REASONING_EFFORT: "max" })).reasoningEffort, "max")
    }))

  for (
    const [variable, value] of [
      ["CODEX_ALLOWED_USER_IDS", "123456,secret-name"],
      ["CODEX_ALLOWED_CHAT_IDS", "12.5"],
      ["CODEX_AUTH_ADMIN_USER_IDS", "me"],
      ["CODEX_REASONING_EFFORT", "very high"],
      ["CODEX_AUTO_REPLY", "perhaps"],
      ["CODEX_BASE_URL", "chatgpt"],
      ["CODEX_ISSUER", "not a url"]
    ] as const
  ) {
    it.effect(`name ${variable} when it is malformed, and do not repeat its value`, () =>
      Effect.gen(function*() {
        const { message } = yield* Effect.flip(read({ [variable]: value }))
        assert.include(message, variable)
        assert.notInclude(message, value)
      }))
  }
})

describe("settings from code", () => {
  it.effect("take undefined for not given", () =>
    Effect.gen(function*() {
      const settings = yield* CodexConfig.CodexConfig.pipe(
        Effect.provide(CodexConfig.layer({ model: undefined, maxRetries: 0, turnTimeout: "5 seconds" }))
      )
      assert.strictEqual(settings.model, "gpt-5.3-codex")
      assert.strictEqual(settings.maxRetries, 0)
      assert.strictEqual(Duration.toMillis(settings.turnTimeout), 5000)
    }))
})
