import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"

const read = (env: Record<string, string>) => TelegramDoor.config.parse(ConfigProvider.fromEnv({ env }))

const refusal = (env: Record<string, string>) => Effect.map(Effect.flip(read(env)), ({ message }) => message)

describe("the door from the environment", () => {
  it.effect("says who may use the bot, and how it behaves", () =>
    Effect.gen(function*() {
      const options = yield* read({
        CODEX_ALLOWED_USER_IDS: " 123456, 789012, ",
        CODEX_ALLOWED_CHAT_IDS: "123456,-1001234567890,@my_channel",
        CODEX_AUTH_ADMIN_USER_IDS: "123456",
        CODEX_AUTO_REPLY: "false",
        CODEX_COMMAND_PREFIX: "/ai",
        TELEGRAM_BOT_USERNAME: "@my_bot"
      })
      const door = TelegramDoor.make(options)
      assert.deepStrictEqual(door.allowedUserIds, [123456, 789012])
      assert.deepStrictEqual(door.allowedChatIds, [123456, -1001234567890, "@my_channel"])
      assert.deepStrictEqual(door.authAdminUserIds, [123456])
      assert.isFalse(door.autoReply)
      assert.strictEqual(door.commandPrefix, "ai")
      assert.strictEqual(door.botUsername, "my_bot")
    }))

  it.effect("takes everybody as a word that has to be said", () =>
    Effect.gen(function*() {
      const door = TelegramDoor.make(yield* read({ CODEX_ALLOWED_USER_IDS: "Everybody" }))
      assert.strictEqual(door.allowedUserIds, "everybody")
      assert.deepStrictEqual(door.authAdminUserIds, [])
    }))

  it.effect("lets whoever is in a listed chat use the bot there", () =>
    Effect.gen(function*() {
      const door = TelegramDoor.make(yield* read({ CODEX_ALLOWED_CHAT_IDS: "-5" }))
      assert.strictEqual(door.allowedUserIds, "everybody")
      assert.deepStrictEqual(door.allowedChatIds, [-5])
    }))

  it.effect.each([{}, { CODEX_ALLOWED_USER_IDS: "" }, { CODEX_ALLOWED_USER_IDS: "  " }])(
    "says what to set when nobody may use the bot: %o",
    (env) =>
      Effect.gen(function*() {
        assert.match(yield* refusal(env), /nobody may use the bot: set CODEX_ALLOWED_USER_IDS/)
      })
  )

  it.effect("lets nobody in where nobody is named, for a bot that tells people their ids", () =>
    Effect.gen(function*() {
      const options = yield* TelegramDoor.configOrNobody.parse(ConfigProvider.fromEnv({ env: {} }))
      const door = TelegramDoor.make(options)
      assert.deepStrictEqual([door.allowedUserIds, door.allowedChatIds, door.authAdminUserIds], [[], "everywhere", []])
      const chat = yield* TelegramDoor.configOrNobody.parse(
        ConfigProvider.fromEnv({ env: { CODEX_ALLOWED_CHAT_IDS: "-5" } })
      )
      assert.strictEqual(TelegramDoor.make(chat).allowedUserIds, "everybody")
    }))

  const malformed: ReadonlyArray<readonly [variable: string, value: string, says: string]> = [
    ["CODEX_ALLOWED_USER_IDS", ",", "nothing between two commas"],
    ["CODEX_ALLOWED_USER_IDS", "1,,2", "nothing between two commas"],
    ["CODEX_ALLOWED_USER_IDS", "123456,my-name", "\"my-name\" is no user id"],
    ["CODEX_ALLOWED_USER_IDS", "0x7", "\"0x7\" is no user id"],
    ["CODEX_ALLOWED_USER_IDS", "1e3", "\"1e3\" is no user id"],
    ["CODEX_ALLOWED_USER_IDS", "-5", "\"-5\" is no user id"],
    ["CODEX_ALLOWED_USER_IDS", "7.0", "\"7.0\" is no user id"],
    ["CODEX_ALLOWED_USER_IDS", "@ann", "\"@ann\" is no user id"],
    ["CODEX_ALLOWED_USER_IDS", "99999999999999999999", "is no user id"],
    ["CODEX_ALLOWED_CHAT_IDS", "12.5", "\"12.5\" is no chat id"],
    ["CODEX_ALLOWED_CHAT_IDS", "0", "\"0\" is no chat id"],
    ["CODEX_ALLOWED_CHAT_IDS", "@a b", "\"@a b\" is no chat id"],
    ["CODEX_AUTH_ADMIN_USER_IDS", "me", "\"me\" is no user id"]
  ]
  it.effect.each(malformed)("names %s and the bad part of %s", ([variable, value, says]) =>
    Effect.gen(function*() {
      const message = yield* refusal({ CODEX_ALLOWED_USER_IDS: "1", [variable]: value })
      assert.include(message, variable)
      assert.include(message, says)
    }))

  it.effect("names CODEX_AUTO_REPLY when it is malformed, and does not repeat its value", () =>
    Effect.gen(function*() {
      const message = yield* refusal({ CODEX_ALLOWED_USER_IDS: "1", CODEX_AUTO_REPLY: "perhaps" })
      assert.include(message, "CODEX_AUTO_REPLY")
      assert.notInclude(message, "perhaps")
    }))
})

describe("the door from code", () => {
  it("has the defaults of vibegram/codex where it has them, and undefined counts as not given", () => {
    const door = TelegramDoor.make({ allowedUserIds: [1], commandPrefix: undefined, editInterval: "2 seconds" })
    assert.strictEqual(door.commandPrefix, "codex")
    assert.strictEqual(door.maxResponseLength, 4096)
    assert.isTrue(door.groupMentionOnly)
    assert.strictEqual(Duration.toMillis(door.editInterval), 2000)
    assert.strictEqual(Duration.toMillis(door.groupEditInterval), 3100)
    assert.deepStrictEqual(door.authAdminUserIds, [1])
    assert.strictEqual(door.allowedChatIds, "everywhere")
  })

  it.each([0, -1, Number.NaN])("gives an answer at a time at least, whatever %d of maxTurns means", (maxTurns) => {
    assert.isAtLeast(TelegramDoor.make({ allowedUserIds: [1], maxTurns }).maxTurns, 1)
  })
})
