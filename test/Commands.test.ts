import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { TestClock } from "effect/testing"
import { CodexAuth } from "../src/auth/CodexAuth.ts"
import * as Item from "../src/backend/Item.ts"
import type * as CodexLive from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey, type Message } from "../src/conversation/Message.ts"
import * as Remembered from "../src/conversation/Remembered.ts"
import * as AuthCommands from "../src/telegram/AuthCommands.ts"
import * as Commands from "../src/telegram/Commands.ts"
import * as CommandNames from "../src/telegram/internal/commandNames.ts"
import * as Undelivered from "../src/telegram/reply/Undelivered.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"

/** A scripted Codex, and mailboxes before it. */
const codexWith = (options: CodexLive.Values & { readonly memory?: Layer.Layer<Memory.Memory> } = {}) =>
  Layer.provideMerge(
    Turns.layerLocal.pipe(Layer.provide([
      Layer.succeed(TelegramDoor.TelegramDoor, makeDoor()),
      Layer.succeed(Turns.Senders, { of: (bot) => Effect.fail(new Turns.UnknownBot({ bot })) })
    ])),
    TestCodex.layer(options)
  )

const origin = {
  messageId: 1,
  userId: 7,
  chatId: 7,
  isPrivate: true,
  conversation: ConversationKey("user:7"),
  destination: { chatId: 7, threadId: undefined, replyTo: undefined }
}
const group = { ...origin, chatId: -100, isPrivate: false }

/** The command that a line names, and what it is called with. */
const find = (line: string) =>
  Option.flatMap(CommandNames.find(line), (named) => Commands.find(named.name, named.arguments))

const named = (line: string): string =>
  Option.match(CommandNames.find(line), {
    onNone: () => "a question",
    onSome: (named) => `${named.name}(${named.arguments})`
  })

/** Runs a command as it is typed behind the prefix. */
const run = (
  line: string,
  options: DoorOptions = { authAdminUserIds: [7] },
  call: Partial<Commands.Call> = {},
  outbox = Contexts.outbox()
) =>
  Option.match(find(line), {
    onNone: () => Effect.die(`no command ${line}`),
    onSome: ([command, words]) =>
      Commands.run(command, {
        origin,
        lane: { bot: "1", conversation: (call.origin ?? origin).conversation },
        update: 1_000_000,
        arguments: words,
        door: makeDoor(options),
        ...call
      }).pipe(
        Effect.provideService(TelegramApi.TelegramApi, TelegramApi.fromContext(Contexts.telegraf(outbox, {}))),
        Effect.map((text) => text ?? "nothing")
      )
  })

describe("stop", () => {
  it.effect("stops the answer of its conversation and leaves the word to it", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.never)
      const turn = yield* Effect.forkChild(codex.ask({ text: "hello", conversation: origin.conversation }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* run("stop"), "nothing")
      assert.strictEqual((yield* Fiber.join(turn)).incomplete, "stopped")
      assert.strictEqual(yield* run("stop"), "Nothing is being answered here.")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("find", () => {
  it.effect.each([
    { line: "status", found: "status()" },
    { line: "STATUS", found: "status()" },
    { line: "auth export", found: "auth export()" },
    { line: " auth  Export ", found: "auth export()" },
    { line: "auth", found: "help()" },
    { line: "auth import", found: "auth import()" },
    { line: "login", found: "login()" },
    { line: "login cancel", found: "login cancel()" },
    { line: "logout", found: "logout()" },
    { line: "personality Answer in verse", found: "personality(Answer in verse)" },
    { line: "ask a\n b", found: "ask(a\n b)" },
    { line: "", found: "help()" },
    { line: "help", found: "help()" }
  ])("$line: $found", ({ found, line }) =>
    Effect.sync(() => {
      assert.strictEqual(named(line), found)
    }))
})

describe("a question under the prefix", () => {
  it.effect.each([
    "reset my router password, how?",
    "logout of my Google account",
    "status of the peace talks",
    "models of the atom",
    "stop words in English",
    "help me with my homework",
    "login cancel or not?",
    "auth export of trade data",
    "authenticate me",
    "cancel my subscription",
    "importjson what is it",
    "RESET\nmy router",
    "constructor",
    "resetting"
  ])("%s", (line) =>
    Effect.sync(() => {
      assert.strictEqual(named(line), "a question")
    }))

  it.effect.each([
    { line: "importjson", found: "auth import()" },
    { line: "cancel", found: "login cancel()" }
  ])("vibegram/codex's $line is $found", ({ found, line }) =>
    Effect.sync(() => {
      assert.strictEqual(named(line), found)
    }))
})

describe("last", () => {
  it.effect("shows the last answer that did not arrive, once", () =>
    Effect.gen(function*() {
      const { keep } = yield* Undelivered.Undelivered
      assert.match(yield* run("last"), /^No answer is waiting/)
      yield* keep(origin.conversation, [{ text: "old" }])
      yield* keep(origin.conversation, [{ text: "one" }, { text: "two" }])
      const outbox = Contexts.outbox()
      assert.strictEqual(yield* run("last", {}, {}, outbox), "nothing")
      assert.deepStrictEqual(outbox.texts(), ["one", "two"])
      assert.match(yield* run("last"), /^No answer is waiting/)
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer, Undelivered.layer])))

  it.effect("keeps it when it does not arrive again, and forgets it with the conversation", () =>
    Effect.gen(function*() {
      const { find, keep } = yield* Undelivered.Undelivered
      yield* keep(origin.conversation, [{ text: "one" }])
      const away = Contexts.outbox(() => Promise.reject({ response: { error_code: 403, description: "Forbidden" } }))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(run("last", {}, {}, away))))
      assert.isTrue(Option.isSome(yield* find(origin.conversation)))
      yield* run("reset")
      assert.isTrue(Option.isNone(yield* find(origin.conversation)))
    }).pipe(Effect.provide([Layer.provideMerge(codexWith(), Undelivered.layer), AuthCommands.layer])))

  it.effect("is bounded: the newest of a hundred conversations", () =>
    Effect.gen(function*() {
      const { find, keep } = yield* Undelivered.Undelivered
      for (let n = 0; n < 101; n++) yield* keep(ConversationKey(`user:${n}`), [{ text: `${n}` }])
      assert.isTrue(Option.isNone(yield* find(ConversationKey("user:0"))))
      assert.isTrue(Option.isSome(yield* find(ConversationKey("user:1"))))
      // And 16 MB of them.
      const long = [{ text: "x".repeat(3_000_000) }]
      for (const name of ["a", "b", "c"]) yield* keep(ConversationKey(name), long)
      assert.isTrue(Option.isNone(yield* find(ConversationKey("a"))))
      assert.isTrue(Option.isNone(yield* find(ConversationKey("user:100"))))
      assert.isTrue(Option.isSome(yield* find(ConversationKey("c"))))
    }).pipe(Effect.provide(Undelivered.layer)))
})

describe("a command of another hand", () => {
  const forwarded = { origin: { ...origin, isSecondHand: true } } as const

  it.effect.each(["logout", "auth export", "login", "login cancel", "auth import", "importjson"])(
    "of an auth admin is not obeyed: %s",
    (line) =>
      Effect.gen(function*() {
        const outbox = Contexts.outbox()
        assert.match(yield* run(line, { authAdminUserIds: [7] }, forwarded, outbox), /^⚠️ Type this command yourself/)
        assert.deepStrictEqual(outbox.calls, [])
      }).pipe(Effect.provide([codexWith(), AuthCommands.layer]))
  )

  it.effect("of everybody's is", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* run("reset", {}, forwarded), "The conversation is forgotten.")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("help", () => {
  it.effect("names every command once, under the prefix in use", () =>
    Effect.sync(() => {
      const help = Commands.help(makeDoor({ commandPrefix: "ai" }))
      for (const name of ["help", "status", "models", "reset", "ask <text>", "personality", "auth export", "logout"]) {
        assert.strictEqual(help.split(`/ai ${name}`).length, 2, name)
      }
      assert.notInclude(help, "/codex")
      assert.isAtMost(help.length, 4096)
    }))

  it.effect("says how to ask, with and without autoReply", () =>
    Effect.sync(() => {
      assert.include(Commands.help(makeDoor()), "Or just write")
      assert.notInclude(Commands.help(makeDoor({ autoReply: false })), "Or just write")
    }))

  it.effect("the menu has what setMyCommands takes", () =>
    Effect.sync(() => {
      const [entry, ...others] = Commands.menu(makeDoor())
      assert.strictEqual(entry?.command, "codex")
      assert.isAtMost(entry?.description.length ?? 257, 256)
      assert.deepStrictEqual(others, [])
    }))
})

describe("status", () => {
  it.effect("tells connection, model, usage in total and of the user, and the personality", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      yield* codex.ask({ text: "hello", userId: 7 })
      yield* codex.ask({ text: "hello", userId: 8 })
      yield* run("personality Answer in verse")
      const text = yield* run("status")
      assert.include(text, "codex: connected")
      assert.include(text, "Model: test-model")
      assert.match(text, /Since the start: 2 requests, \d+ tokens/)
      assert.match(text, /You: 1 requests, \d+ tokens/)
      assert.include(text, "Personality: Answer in verse")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("shortens a personality without splitting a character", () =>
    Effect.gen(function*() {
      yield* run(`personality x${"🙂".repeat(60)}`)
      const text = yield* run("status")
      assert.include(text, `Personality: x${"🙂".repeat(29)}…`)
      assert.strictEqual(new TextDecoder().decode(new TextEncoder().encode(text)), text)
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("models", () => {
  it.effect("lists them and says where the list is from", () =>
    Effect.gen(function*() {
      const text = yield* run("models")
      assert.strictEqual(text, "Models of this account:\n• test-model (Test model)")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("forget", () => {
  it.effect("forgets the conversation, the personality and the usage of whoever asks, and says what stays", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const { requests } = yield* TestCodex.TestCodex
      for (const userId of [7, 8]) {
        yield* codex.setPersonality(userId, `Be the one of ${userId}.`)
        yield* codex.ask({ text: `I am ${userId}`, conversation: ConversationKey(`user:${userId}`), userId })
        yield* codex.ask({ text: `Here is ${userId}`, conversation: ConversationKey("chat:-1:thread:2"), userId })
      }
      const told = yield* run("forget")
      assert.match(
        told,
        /^Forgotten: what you said here and in all other chats, your personality, and the count of what you used\.\nWhat stays .* of it\.$/
      )
      const { usage } = yield* codex.status
      assert.deepStrictEqual([...usage.perUser.keys()], [8])
      assert.strictEqual(usage.total.requests, 4)
      const shared = yield* Memory.Memory.use(({ list }) => list("chat:-1:thread:2"))
      assert.deepStrictEqual(Remembered.messages(shared).map(({ content }) => content), [
        "Here is 8",
        "Echo: Here is 8"
      ])
      for (const userId of [7, 8]) {
        yield* codex.ask({ text: "Who am I?", conversation: ConversationKey(`user:${userId}`), userId })
      }
      const [mine, others] = (yield* requests).slice(-2)
      assert.deepStrictEqual(mine?.input.map(Item.words), ["Who am I?"])
      assert.notInclude(mine?.instructions ?? "", "Be the one")
      assert.include((others?.input ?? []).map(Item.words), "I am 8")
      assert.include(others?.instructions ?? "", "Be the one of 8.")
    }).pipe(Effect.provide(Layer.provideMerge(AuthCommands.layer, codexWith()))))
})

describe("forget, where prompts are kept in a store until they are answered,", () => {
  it.effect("says that they lie there for a while, and how long", () =>
    Effect.gen(function*() {
      const turns = yield* Turns.Turns
      const told = yield* run("forget").pipe(
        Effect.provideService(Turns.Turns, { ...turns, keeps: Duration.hours(25) })
      )
      assert.match(
        told,
        /\nWhat stays .*\.\nWhat was asked of late also lies where the bot takes it in, and is deleted there within 25 hours\.$/
      )
    }).pipe(Effect.provide(Layer.provideMerge(AuthCommands.layer, codexWith()))))
})

describe("forget, over a store that cannot look through all conversations,", () => {
  const lists = new Map<string, ReadonlyArray<Message>>()
  const memory = Memory.layerMessages({
    append: (key, message) => Effect.sync(() => lists.set(key, [...lists.get(key) ?? [], message])),
    list: (key) => Effect.sync(() => lists.get(key) ?? []),
    clear: (key) => Effect.sync(() => lists.delete(key))
  })
  it.effect("forgets this conversation, and says where the others are forgotten", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      for (const key of ["user:7", "chat:-1:user:7"]) {
        yield* codex.ask({ text: "hi", conversation: ConversationKey(key), userId: 7 })
      }
      assert.match(
        yield* run("forget"),
        /^Forgotten: this conversation, your personality, .*\nWhat stays .*; what you said in other chats, forget there\.$/
      )
      assert.deepStrictEqual([...lists.keys()], ["chat:-1:user:7"])
    }).pipe(Effect.provide(Layer.provideMerge(AuthCommands.layer, codexWith({ memory })))))
})

describe("reset", () => {
  it.effect("forgets this conversation and no other", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      const other = ConversationKey("user:8")
      yield* codex.ask({ text: "one", conversation: origin.conversation })
      yield* codex.ask({ text: "two", conversation: other })
      yield* run("reset")
      yield* codex.ask({ text: "three", conversation: origin.conversation })
      yield* codex.ask({ text: "four", conversation: other })
      assert.deepStrictEqual((yield* test.requests).map((request) => request.input.length), [1, 1, 1, 3])
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("personality", () => {
  it.effect("is set, shown, sent along, and reset", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      assert.include(yield* run("personality"), "You have set no personality.")
      yield* run("personality Answer in verse.\nAlways.")
      assert.include(yield* run("personality"), "Your personality:\nAnswer in verse.\nAlways.")
      yield* codex.ask({ text: "hi", userId: 7 })
      yield* codex.ask({ text: "hi", userId: 8 })
      yield* run("personality RESET")
      yield* codex.ask({ text: "hi", userId: 7 })
      assert.deepStrictEqual((yield* test.requests).map((request) => request.instructions), [
        "Answer in verse.\nAlways.\n\nYou are a helpful assistant.",
        "You are a helpful assistant.",
        "You are a helpful assistant."
      ])
      assert.include(yield* run("personality"), "You have set no personality.")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("is refused beyond 2000 characters, and the old one stays", () =>
    Effect.gen(function*() {
      yield* run("personality short")
      yield* run(`personality ${"x".repeat(2000)}`)
      const failure = yield* Effect.flip(run(`personality ${"y".repeat(2001)}`))
      assert.strictEqual(failure._tag, "PromptTooLong")
      assert.include(yield* run("personality"), "x".repeat(2000))
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("needs a user", () =>
    Effect.gen(function*() {
      const text = yield* run("personality verse", {}, { origin: { ...origin, userId: undefined } })
      assert.include(text, "belongs to a user")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("auth export", () => {
  it.effect("deletes the file after a while", () =>
    Effect.gen(function*() {
      const desk = yield* AuthCommands.LoginTasks
      const outbox = Contexts.outbox()
      yield* run("auth export", { authAdminUserIds: [7] }, {}, outbox).pipe(
        Effect.provideService(AuthCommands.LoginTasks, desk)
      )
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["sendDocument"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["sendDocument", "deleteMessage"])
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("sends the file, protected, to the private chat that asked", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      assert.strictEqual(yield* run("auth export", { authAdminUserIds: [7] }, {}, outbox), "nothing")
      const [call] = outbox.calls
      assert.strictEqual(call?.method, "sendDocument")
      assert.deepInclude(call?.payload, { chat_id: 7, protect_content: true })
      const sent = call?.payload["document"]
      assert.deepInclude(sent, { filename: "auth.json" })
      assert.match(String(Reflect.get(Object(sent), "source")), /"refresh_token": "test-refresh-token"/)
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("is refused in a group, before anything is read", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const text = yield* run("auth export", { authAdminUserIds: [7] }, { origin: group }, outbox)
      assert.include(text, "private chat")
      assert.deepStrictEqual(outbox.calls, [])
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("says that Telegram refused it", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox(() => Promise.reject(Object.assign(new Error("403"), { error_code: 403 })))
      const failure = yield* Effect.flip(run("auth export", { authAdminUserIds: [7] }, {}, outbox))
      assert.strictEqual(failure._tag, "TelegramFailed")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("auth admins", () => {
  it.effect.each([
    { line: "auth export", options: { authAdminUserIds: [8] } },
    { line: "logout", options: { authAdminUserIds: [8], allowedUserIds: [7] } },
    { line: "auth export", options: { authAdminUserIds: [], allowedUserIds: [7] } },
    { line: "logout", options: {} }
  ])("$line is for them alone: $options", ({ line, options }) =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const failure = yield* Effect.flip(run(line, options, {}, outbox))
      assert.strictEqual(failure.message, "Only the auth admins of this bot may do this.")
      assert.deepStrictEqual(outbox.calls, [])
      const auth = yield* CodexAuth
      assert.isTrue((yield* auth.status).signedIn)
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("are the allowed users where no other list is given", () =>
    Effect.gen(function*() {
      assert.include(yield* run("logout", { allowedUserIds: [7] }), "Logged out")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("are not told in a group where the tokens were: others read along", () =>
    Effect.gen(function*() {
      const call = { origin: group }
      assert.strictEqual(yield* run("logout", undefined, call), "Logged out. The tokens are removed.")
      assert.strictEqual(yield* run("logout", undefined, call), "There are no tokens: already logged out.")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))

  it.effect("log out once", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* run("logout"), "Logged out. The tokens at memory:auth.json are removed.")
      assert.strictEqual(yield* run("logout"), "There are no tokens at memory:auth.json: already logged out.")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})

describe("ask", () => {
  it.effect("without a text it says how", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* run("ask", { commandPrefix: "ai" }), "Usage: /ai ask <text>")
    }).pipe(Effect.provide([codexWith(), AuthCommands.layer])))
})
