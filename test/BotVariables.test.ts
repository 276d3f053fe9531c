/**
 * Every variable of a bot is read, and is the option that it says; what the core reads stands in Settings.test.ts.
 *
 * The table is complete by what the configuration asks for: a variable without a row fails.
 */
import { assert, describe, it } from "@effect/vitest"
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Sqlite from "../src/Sqlite.ts"
import * as BotClient from "../src/telegram/BotClient.ts"
import * as Transcriber from "../src/telegram/media/Transcriber.ts"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"
import * as Webhook from "../src/telegram/Webhook.ts"

interface Row {
  readonly option: string
  readonly text: string
  readonly value: unknown
  readonly malformed?: string
  /** What it means something beside. */
  readonly beside?: Record<string, string>
}

interface Group {
  readonly config: Config.Config<object | undefined>
  /** Without these nothing is read. */
  readonly needed?: Record<string, string>
  readonly variables: Record<string, Row>
}

const token = "1234567:abcdefghijklmnopqrstuvwxyz-_0123456"

const aServer = { CODEX_TRANSCRIBE_URL: "https://speech.test/v1" }

const groups: Record<string, Group> = {
  TelegramDoor: {
    config: TelegramDoor.config,
    needed: { CODEX_ALLOWED_USER_IDS: "1" },
    variables: {
      CODEX_ALLOWED_USER_IDS: { option: "allowedUserIds", text: "1, 2", value: [1, 2], malformed: "ann" },
      CODEX_ALLOWED_CHAT_IDS: { option: "allowedChatIds", text: "-100", value: [-100], malformed: "team" },
      CODEX_AUTH_ADMIN_USER_IDS: { option: "authAdminUserIds", text: "7", value: [7], malformed: "ann" },
      CODEX_AUTO_REPLY: { option: "autoReply", text: "false", value: false, malformed: "perhaps" },
      CODEX_COMMAND_PREFIX: { option: "commandPrefix", text: "ai", value: "ai", malformed: "ask me" },
      TELEGRAM_BOT_USERNAME: { option: "botUsername", text: "my_bot", value: "my_bot", malformed: "my bot" }
    }
  },
  BotClient: {
    config: BotClient.config,
    needed: { TELEGRAM_BOT_TOKEN: token },
    variables: {
      TELEGRAM_BOT_TOKEN: { option: "token", text: token, value: token, malformed: "a-token-without-an-id" },
      TELEGRAM_API_ROOT: {
        option: "apiRoot",
        text: "https://bots.test",
        value: "https://bots.test",
        malformed: "nowhere at all"
      }
    }
  },
  Webhook: {
    config: Webhook.config,
    needed: { TELEGRAM_WEBHOOK_URL: "https://bot.test/hook", TELEGRAM_WEBHOOK_SECRET: "s3cret" },
    variables: {
      TELEGRAM_WEBHOOK_URL: { option: "url", text: "https://other.test/hook", value: "https://other.test/hook" },
      TELEGRAM_WEBHOOK_SECRET: { option: "secret", text: "other", value: "other" },
      TELEGRAM_WEBHOOK_PATH: { option: "listenPath", text: "/inside", value: "/inside" }
    }
  },
  Transcriber: {
    config: Transcriber.config,
    variables: {
      CODEX_TRANSCRIBE_COMMAND: { option: "command", text: "whisper {file}", value: "whisper {file}" },
      CODEX_TRANSCRIBE_URL: {
        option: "url",
        text: "https://speech.test/v1",
        value: "https://speech.test/v1",
        malformed: "nowhere at all"
      },
      CODEX_TRANSCRIBE_KEY: { option: "key", text: "sk-test", value: "sk-test", beside: aServer },
      CODEX_TRANSCRIBE_MODEL: { option: "model", text: "whisper-2", value: "whisper-2", beside: aServer },
      CODEX_TRANSCRIBE_LANGUAGE: { option: "language", text: "de", value: "de", beside: aServer }
    }
  },
  Sqlite: {
    config: Sqlite.config,
    variables: { CODEX_STORE_PATH: { option: "path", text: "/nowhere/bot.sqlite", value: "/nowhere/bot.sqlite" } }
  }
}

const plain = (value: unknown): unknown => Redacted.isRedacted(value) ? Redacted.value(value) : value

for (const [name, { config, needed = {}, variables }] of Object.entries(groups)) {
  const read = (env: Record<string, string>) =>
    Effect.map(
      config.parse(ConfigProvider.fromEnv({ env: { ...needed, ...env } })),
      (options): Map<string, unknown> => new Map(Object.entries(options ?? {}))
    )

  describe(`a variable of ${name}`, () => {
    for (const [variable, { beside = {}, malformed, option, text, value }] of Object.entries(variables)) {
      it.effect(`${variable} is ${option}`, () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(plain((yield* read({ ...beside, [variable]: text })).get(option)), value)
          if (!(variable in needed)) assert.isUndefined((yield* read(beside)).get(option))
        }))

      if (malformed !== undefined) {
        it.effect(`${variable} that is malformed is named`, () =>
          Effect.gen(function*() {
            assert.include((yield* Effect.flip(read({ [variable]: malformed }))).message, variable)
          }))
      }
    }

    it.effect("is in the table above when it is read", () =>
      Effect.gen(function*() {
        const asked = new Set<string>()
        const known = new Map(Object.entries(needed))
        const provider = ConfigProvider.make((path) => {
          const variable = path.join("_")
          asked.add(variable)
          const value = known.get(variable)
          return Effect.succeed(value === undefined ? undefined : ConfigProvider.makeValue(value))
        })
        yield* config.parse(provider)
        assert.deepStrictEqual([...asked].sort(), Object.keys(variables).sort())
      }))
  })
}
