import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Access from "../src/telegram/Access.ts"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"

const nobody = {
  allowedUserIds: "everybody",
  allowedChatIds: "everywhere",
  allowedSenderChatIds: [-9],
  allowedBotIds: [9]
} as const

const subject = (result: ReturnType<typeof Access.check>): string =>
  Result.match(result, { onFailure: (error) => error.subject, onSuccess: () => "allowed" })

describe("what speaks and is no person", () => {
  it.effect("has a list of its own, whoever else may", () =>
    Effect.sync(() => {
      const may = (speaker: "chat" | "bot", userId: number) =>
        subject(Access.check({ userId, chatId: -5, speaker }, nobody))
      assert.deepStrictEqual([may("chat", -9), may("chat", -8)], ["allowed", "user"])
      assert.deepStrictEqual([may("bot", 9), may("bot", 8)], ["allowed", "user"])
    }))
})

describe("check", () => {
  it.effect.each([
    { name: "everybody without lists", asker: { userId: 1, chatId: 1 }, lists: nobody, says: "allowed" },
    {
      name: "nobody known without lists",
      asker: { userId: undefined, chatId: undefined },
      lists: nobody,
      says: "allowed"
    },
    {
      name: "a listed user",
      asker: { userId: 1, chatId: 9 },
      lists: { ...nobody, allowedUserIds: [1, 2] },
      says: "allowed"
    },
    {
      name: "another user",
      asker: { userId: 3, chatId: 9 },
      lists: { ...nobody, allowedUserIds: [1, 2] },
      says: "user"
    },
    {
      name: "an unknown user, with a list of users",
      asker: { userId: undefined, chatId: 9 },
      lists: { ...nobody, allowedUserIds: [1] },
      says: "user"
    },
    {
      name: "a listed chat",
      asker: { userId: 3, chatId: -5 },
      lists: { ...nobody, allowedChatIds: [-5] },
      says: "allowed"
    },
    {
      name: "a chat listed as text",
      asker: { userId: 3, chatId: -5 },
      lists: { ...nobody, allowedChatIds: ["-5"] },
      says: "allowed"
    },
    {
      name: "another chat",
      asker: { userId: 3, chatId: -6 },
      lists: { ...nobody, allowedChatIds: [-5] },
      says: "chat"
    },
    {
      name: "an unknown chat, with a list of chats",
      asker: { userId: 3, chatId: undefined },
      lists: { ...nobody, allowedChatIds: [-5] },
      says: "chat"
    },
    {
      name: "a listed user in another chat",
      asker: { userId: 1, chatId: -6 },
      lists: { ...nobody, allowedUserIds: [1], allowedChatIds: [-5] },
      says: "chat"
    },
    {
      name: "another user in a listed chat",
      asker: { userId: 2, chatId: -5 },
      lists: { ...nobody, allowedUserIds: [1], allowedChatIds: [-5] },
      says: "user"
    },
    {
      name: "anybody, with an empty list of users",
      asker: { userId: 1, chatId: 1 },
      lists: { ...nobody, allowedUserIds: [] },
      says: "user"
    },
    {
      name: "anybody, with an empty list of chats",
      asker: { userId: 1, chatId: 1 },
      lists: { ...nobody, allowedChatIds: [] },
      says: "chat"
    },
    {
      name: "somebody, when the list holds no number at all",
      asker: { userId: 2, chatId: 2 },
      lists: { ...nobody, allowedUserIds: [Number.NaN] },
      says: "user"
    }
  ])("$name: $says", ({ asker, lists, says }) =>
    Effect.sync(() => {
      assert.strictEqual(subject(Access.check(asker, lists)), says)
    }))
})

describe("checkAdmin", () => {
  it.effect.each([
    { name: "a listed admin", userId: 1, admins: [1], users: [2], says: "allowed" },
    { name: "an allowed user who is no admin", userId: 2, admins: [1], users: [2], says: "auth admin" },
    { name: "an allowed user, without a list of admins", userId: 2, admins: undefined, users: [2], says: "allowed" },
    { name: "anybody, without any list", userId: 2, admins: undefined, users: [], says: "auth admin" },
    { name: "an allowed user, with an empty list of admins", userId: 2, admins: [], users: [2], says: "auth admin" },
    { name: "an unknown user", userId: undefined, admins: [1], users: [], says: "auth admin" }
  ])("$name: $says", ({ admins, says, userId, users }) =>
    Effect.sync(() => {
      assert.strictEqual(
        subject(Access.checkAdmin({ userId }, TelegramDoor.make({ authAdminUserIds: admins, allowedUserIds: users }))),
        says
      )
    }))
})
