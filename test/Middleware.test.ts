import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { Bot } from "grammy"
import { type Context as TelegrafContext, Telegraf, Telegram } from "telegraf"
import { afterEach, vi } from "vitest"
import * as Item from "../src/backend/Item.ts"
import * as CodexError from "../src/CodexError.ts"
import type * as CodexLive from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import {
  codex,
  type CodexContext,
  type CodexFlavor,
  type CodexMiddleware,
  type CodexPluginOptions,
  codexProvider
} from "../src/telegram/index.ts"
import type * as Options from "../src/telegram/promise/Options.ts"
import * as TelegramError from "../src/telegram/TelegramError.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { groupMessage, groupText, privateMessage, privateText, update } from "./support/updates.ts"

type DoorOptions =
  & Pick<CodexPluginOptions, "allowedUserIds" | "allowedChatIds">
  & Options.DoorOptions

/** A middleware over a scripted Codex, disposed when the test ends. */
const door = (options: DoorOptions = {}, settings: CodexLive.Values = {}) =>
  Effect.gen(function*() {
    const services = yield* Layer.build(TestCodex.layer(settings))
    const bot = codex({
      drainMs: 0,
      joinWindowMs: 0,
      waitingNoticeMs: "off",
      ...options,
      allowedUserIds: options.allowedUserIds ?? "everybody",
      layer: Layer.succeedContext(services)
    })
    yield* Effect.addFinalizer(() => Effect.promise(() => bot.dispose()))
    return { bot, ...Context.get(services, TestCodex.TestCodex) }
  })

/** Hands an update over and says whether the middleware left it to the next one. */
const passedOn = (bot: CodexMiddleware, context: object) =>
  Effect.promise(async () => {
    let passed = false
    await bot(context, () => {
      passed = true
    })
    return passed
  })

const codexOf = (bot: CodexMiddleware, context: object) =>
  Effect.promise(async () => {
    await bot(context, () => undefined)
    const found: CodexContext = Reflect.get(context, "codex")
    return found
  })

/** What a promise is rejected with. */
const rejection = (promise: () => Promise<unknown>) =>
  Effect.promise(() => promise().then(() => "resolved", (cause: unknown) => cause))

/** An answer that says when it is asked for and waits until it may be given. */
const gated = (name: string) =>
  Effect.gen(function*() {
    const started = yield* Deferred.make<void>()
    const open = yield* Deferred.make<void>()
    const reply: TestCodex.Reply = (request) =>
      Stream.unwrap(
        Effect.gen(function*() {
          yield* Deferred.succeed(started, undefined)
          yield* Deferred.await(open)
          return TestCodex.text(name)(request)
        })
      )
    return { reply, started: Deferred.await(started), open: Deferred.succeed(open, undefined) }
  })

afterEach(() => {
  vi.restoreAllMocks()
})

describe("a prompt", () => {
  const frameworks = [
    { name: "Telegraf", make: Contexts.telegraf },
    { name: "VibeGram", make: Contexts.vibegram },
    { name: "grammY", make: Contexts.grammy }
  ]

  it.live.each(frameworks)("$name: is answered in its chat, with typing before", ({ make }) =>
    Effect.gen(function*() {
      const { bot } = yield* door()
      const outbox = Contexts.outbox()
      assert.isFalse(yield* passedOn(bot, make(outbox, privateText("hello"))))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: hello"])
      assert.deepStrictEqual(outbox.calls.map(({ method, payload }) => [method, payload["chat_id"]]), [
        ["sendChatAction", 7],
        ["sendMessage", 7]
      ])
    }))

  it.live("a bare context is answered by its reply", () =>
    Effect.gen(function*() {
      const { bot } = yield* door()
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.bare(outbox, privateMessage({ text: "hello" })))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: hello"])
    }))

  it.live("comes from a mention in a group, and the mention is cut", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ botUsername: "my_bot" })
      const outbox = Contexts.outbox()
      const message = { ...groupMessage({}), message_id: 55, text: "hello @my_bot" }
      const entities = [{ type: "mention", offset: 6, length: 7 }]
      yield* passedOn(bot, Contexts.telegraf(outbox, update({ message: { ...message, entities } })))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: hello"])
      assert.deepInclude(outbox.calls.at(-1)?.payload, {
        chat_id: -100,
        reply_parameters: { message_id: 55, allow_sending_without_reply: true }
      })
    }))

  it.live("comes from /codex ask, line breaks and all", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ autoReply: false })
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/codex ask one\n\ntwo")))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: one\n\ntwo"])
    }))

  it.live("is split at maxResponseLength", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ maxResponseLength: 50 })
      const outbox = Contexts.outbox()
      yield* script(TestCodex.text(`${"x".repeat(30)} ${"y".repeat(30)}`))
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("hello")))
      assert.deepStrictEqual(yield* outbox.messages(2), ["x".repeat(30), "y".repeat(30)])
    }))

  it.live("is cut there with longAnswers: truncate, as in vibegram/codex", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ maxResponseLength: 50, longAnswers: "truncate" })
      const outbox = Contexts.outbox()
      yield* script(TestCodex.text("x".repeat(51)))
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("hello")))
      assert.deepStrictEqual(yield* outbox.messages(1), [`${"x".repeat(28)}\n\n[Response truncated]`])
    }))

  it.live("that fails is answered with one sentence and the fix", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({}, { maxPromptLength: 10 })
      const outbox = Contexts.outbox()
      yield* script(TestCodex.fails(new CodexError.ModelForbidden({ model: "gpt-x", status: 403 }), ["half"]))
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("hello")))
      yield* outbox.messages(1)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("hello again")))
      assert.deepStrictEqual(yield* outbox.messages(2), [
        "half\n\n⚠️ The model gpt-x is not available to this account (403).\n" +
        "Try another model from `/codex models`, such as test-model: the bot's owner sets `model` or CODEX_MODEL.",
        "⚠️ The message is too long: 11 of at most 10 characters.\nSend a shorter text."
      ])
    }))

  it.live("does not make the middleware wait; with background: false it does", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const { bot, script } = yield* door()
      const answer = yield* gated("later")
      yield* script(answer.reply)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("hello")))
      yield* answer.started
      assert.deepStrictEqual(outbox.texts(), [])
      yield* answer.open
      yield* outbox.messages(1)

      const waiting = yield* door({ background: false })
      yield* passedOn(waiting.bot, Contexts.telegraf(outbox, privateText("hello")))
      assert.deepStrictEqual(outbox.texts(), ["later", "Echo: hello"])
    }))
})

describe("other updates", () => {
  it.live.each([
    { name: "/start", content: { message: privateMessage({ text: "/start" }) } },
    { name: "/codexfoo", content: { message: privateMessage({ text: "/codexfoo" }) } },
    { name: "a command for another bot", content: { message: groupMessage({ text: "/codex@other_bot help" }) } },
    { name: "talk in a group", content: { message: groupMessage({ text: "hello" }) } },
    { name: "an edit", content: { edited_message: privateMessage({ text: "hello" }) } },
    { name: "a channel post", content: { channel_post: { ...privateMessage({ text: "hi" }), from: undefined } } },
    { name: "a service message", content: { message: groupMessage({ new_chat_members: [] }) } },
    {
      name: "a message of a bot",
      content: { message: { ...privateMessage({ text: "hello" }), from: { id: 3, is_bot: true } } }
    },
    { name: "a press of a button", content: { callback_query: { id: "1", from: { id: 7 }, data: "x" } } }
  ])("$name goes on to the bot's own handlers", ({ content }) =>
    Effect.gen(function*() {
      const { bot, requests } = yield* door({ botUsername: "my_bot", background: false })
      const outbox = Contexts.outbox()
      assert.isTrue(yield* passedOn(bot, Contexts.telegraf(outbox, update(content))))
      assert.deepStrictEqual(outbox.calls, [])
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.live("what a handler behind fails with is the bot's own business", () =>
    Effect.gen(function*() {
      const { bot } = yield* door()
      const failure = yield* rejection(() =>
        bot(Contexts.telegraf(Contexts.outbox(), privateText("/start")), () => Promise.reject("mine"))
      )
      assert.strictEqual(failure, "mine")
    }))
})

describe("commands", () => {
  it.live.each([
    { text: "/codex help", says: "/codex status: " },
    { text: "/codex", says: "/codex status: " },
    { text: "/codex auth", says: "/codex status: " },
    { text: "/codex status", says: "codex: connected" },
    { text: "/codex models", says: "test-model" },
    { text: "/codex ask", says: "Usage: /codex ask <text>" },
    { text: "/codex personality", says: "You have set no personality." },
    { text: "/codex@my_bot reset", says: "The conversation is forgotten." },
    { text: "/codex logout", says: "⚠️ Only the auth admins of this bot may do this." },
    { text: "/codex auth export", says: "⚠️ Only the auth admins of this bot may do this." }
  ])("$text: $says", ({ says, text }) =>
    Effect.gen(function*() {
      const { bot, requests } = yield* door({ background: false })
      const outbox = Contexts.outbox()
      assert.isFalse(yield* passedOn(bot, Contexts.telegraf(outbox, privateText(text))))
      assert.strictEqual(outbox.texts().length, 1)
      assert.include(outbox.texts()[0] ?? "", says)
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.live("auth export in a group sends no file, not even to an admin", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ background: false, authAdminUserIds: [7] })
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, groupText("/codex auth export")))
      assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["sendMessage"])
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/codex auth export")))
      assert.deepStrictEqual(outbox.calls.map(({ method }) => method), ["sendMessage", "sendDocument"])
      assert.strictEqual(outbox.calls[1]?.payload["protect_content"], true)
    }))

  it.live("the prefix and the username may be written as people see them", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ background: false, commandPrefix: "/ai", botUsername: "@my_bot" })
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/ai@my_bot ask hi")))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hi"])
      assert.strictEqual(bot.commands[0]?.command, "ai")
      assert.isTrue(yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/codex ask hi"))))
    }))

  it.live("a variable that is set to nothing is no username", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ background: false, commandPrefix: "", botUsername: "" })
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, groupText("/codex@my_bot ask hi")))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hi"])
    }))
})

describe("allow-lists", () => {
  const denied = "⚠️ This user may not use this bot.\n" +
    "Ask the owner of the bot to add your user id, 7, to CODEX_ALLOWED_USER_IDS (allowedUserIds)."

  it.live.each([
    { name: "a prompt", text: "hello" },
    { name: "/codex ask", text: "/codex ask hello" },
    { name: "/codex help", text: "/codex help" },
    { name: "/codex personality", text: "/codex personality Be rude" },
    { name: "/codex logout", text: "/codex logout" }
  ])("$name of somebody else is refused in private, and unheard in a group", ({ text }) =>
    Effect.gen(function*() {
      const { bot, requests } = yield* door({
        background: false,
        allowedUserIds: [1],
        authAdminUserIds: [7],
        botUsername: "my_bot"
      })
      const outbox = Contexts.outbox()
      assert.isFalse(yield* passedOn(bot, Contexts.telegraf(outbox, privateText(text))))
      assert.deepStrictEqual(outbox.texts(), [denied])
      const inGroup = text.startsWith("/") ? text : `@my_bot ${text}`
      assert.isTrue(yield* passedOn(bot, Contexts.telegraf(outbox, groupText(inGroup))))
      assert.strictEqual(outbox.calls.length, 1)
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.live("hold for ctx.codex too", () =>
    Effect.gen(function*() {
      const { bot, requests } = yield* door({ allowedUserIds: [1] })
      const ctx = yield* codexOf(bot, Contexts.telegraf(Contexts.outbox(), privateText("/start")))
      const calls = [
        () => ctx.ask("hello"),
        () => ctx.status(),
        () => ctx.reset(),
        () => ctx.listModels(),
        () => ctx.setPersonality("x"),
        () => ctx.getPersonality(),
        () => ctx.clearPersonality()
      ]
      for (const call of calls) {
        const failure = yield* rejection(call)
        assert.instanceOf(failure, TelegramError.AccessDenied)
      }
      assert.deepStrictEqual(yield* requests, [])
    }))
})

describe("ctx.codex", () => {
  it.live("asks in the person's conversation, with the person's personality", () =>
    Effect.gen(function*() {
      const { bot, requests } = yield* door()
      const outbox = Contexts.outbox()
      const ctx = yield* codexOf(bot, Contexts.telegraf(outbox, privateText("/start")))
      assert.strictEqual(ctx.conversationKey, "user:7")
      yield* Effect.promise(() => ctx.setPersonality("Verse."))
      assert.strictEqual(yield* Effect.promise(() => ctx.getPersonality()), "Verse.")
      const answer = yield* Effect.promise(() => ctx.ask("one"))
      assert.strictEqual(answer.text, "Echo: one")
      assert.strictEqual(answer.model, "test-model")
      assert.isAbove(answer.usage?.totalTokens ?? 0, 0)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("two")))
      yield* outbox.messages(1)
      yield* Effect.promise(() => ctx.reset())
      yield* Effect.promise(() => ctx.clearPersonality())
      assert.isNull(yield* Effect.promise(() => ctx.getPersonality()))
      yield* Effect.promise(() => ctx.ask("three", { model: "gpt-x", systemPrompt: "Be brief." }))
      const [one, two, three] = yield* requests
      assert.strictEqual(one?.instructions, "Verse.\n\nYou are a helpful assistant.")
      assert.deepStrictEqual(two?.input.map(Item.words), ["one", "Echo: one", "two"])
      assert.deepStrictEqual(three?.input.map(Item.words), ["three"])
      assert.deepInclude({ ...three }, { model: "gpt-x", instructions: "Be brief." })
    }))

  it.live("tells status and models", () =>
    Effect.gen(function*() {
      const { bot } = yield* door()
      const ctx = yield* codexOf(bot, Contexts.telegraf(Contexts.outbox(), privateText("/start")))
      const status = yield* Effect.promise(() => ctx.status())
      assert.deepInclude({ ...status }, { connected: true, provider: "codex" })
      const models = yield* Effect.promise(() => ctx.listModels())
      assert.deepStrictEqual(models.map(({ id }) => id), ["test-model"])
    }))

  it.live("is there for buttons as well, for who pressed them", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ allowedUserIds: [8] })
      const message = { ...groupMessage({ text: "choose" }), from: { id: 1, is_bot: true } }
      const press = (id: number) => update({ callback_query: { id: "1", from: { id, is_bot: false }, message } })
      const ctx = yield* codexOf(bot, Contexts.telegraf(Contexts.outbox(), press(8)))
      assert.strictEqual(ctx.conversationKey, "chat:-100:user:8")
      assert.strictEqual((yield* Effect.promise(() => ctx.ask("hi"))).text, "Echo: hi")
      const other = yield* codexOf(bot, Contexts.telegraf(Contexts.outbox(), press(7)))
      const failure = yield* rejection(() => other.ask("hi"))
      assert.instanceOf(failure, TelegramError.AccessDenied)
    }))

  it.live("rejects with the failure itself", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door()
      yield* script(TestCodex.fails(new CodexError.UsageNotIncluded({ code: "x" })))
      const ctx = yield* codexOf(bot, Contexts.telegraf(Contexts.outbox(), privateText("/start")))
      const failure = yield* rejection(() => ctx.ask("hi"))
      assert.instanceOf(failure, CodexError.UsageNotIncluded)
    }))

  it.live("cuts its answers as the chat does", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ maxResponseLength: 50 })
      yield* script(TestCodex.text("x".repeat(51)))
      const ctx = yield* codexOf(bot, Contexts.telegraf(Contexts.outbox(), privateText("/start")))
      const { text } = yield* Effect.promise(() => ctx.ask("hi"))
      assert.strictEqual(text, `${"x".repeat(28)}\n\n[Response truncated]`)
    }))
})

describe("lanes", () => {
  /** Answers of any number of prompts, each waiting for its own gate, and the order in which they were begun. */
  const stage = (prompts: ReadonlyArray<string>) =>
    Effect.gen(function*() {
      const begun: Array<string> = []
      const gates = new Map<
        string,
        { readonly started: Deferred.Deferred<void>; readonly open: Deferred.Deferred<void> }
      >()
      for (const prompt of prompts) {
        gates.set(prompt, { started: yield* Deferred.make<void>(), open: yield* Deferred.make<void>() })
      }
      const reply: TestCodex.Reply = (request) =>
        Stream.unwrap(Effect.gen(function*() {
          const prompt = Item.words(request.input.at(-1))
          begun.push(prompt)
          const gate = gates.get(prompt)
          if (gate !== undefined) {
            yield* Deferred.succeed(gate.started, undefined)
            yield* Deferred.await(gate.open)
          }
          return TestCodex.text(`answer to ${prompt}`)(request)
        }))
      const gate = (prompt: string) => Effect.fromNullishOr(gates.get(prompt)).pipe(Effect.orDie)
      return {
        begun,
        replies: prompts.map(() => reply),
        started: (prompt: string) => Effect.flatMap(gate(prompt), (found) => Deferred.await(found.started)),
        open: (prompt: string) => Effect.flatMap(gate(prompt), (found) => Deferred.succeed(found.open, undefined))
      }
    })

  it.live("prompts of one conversation keep their order, others do not wait for them", () =>
    Effect.gen(function*() {
      const prompts = ["1a", "2a", "3a", "1b", "2b", "3b", "1c"]
      const { begun, open, replies, started } = yield* stage(prompts)
      const { bot, script } = yield* door()
      yield* script(...replies)
      const outbox = Contexts.outbox()
      for (const prompt of prompts) {
        yield* passedOn(bot, Contexts.telegraf(outbox, privateText(prompt, Number(prompt[0]))))
      }
      for (const first of ["1a", "2a", "3a"]) yield* started(first)
      yield* open("2a")
      yield* started("2b")
      assert.deepStrictEqual([...begun].sort(), ["1a", "2a", "2b", "3a"])
      yield* open("3a")
      yield* open("3b")
      yield* outbox.messages(3)
      assert.deepStrictEqual(outbox.texts(), ["answer to 2a", "answer to 3a", "answer to 3b"])
      // 1c may answer before 1b does, if it ever got to run.
      yield* open("1c")
      yield* open("1a")
      yield* started("1b")
      assert.notInclude(begun, "1c")
      yield* open("1b")
      yield* open("2b")
      yield* outbox.messages(7)
      const ofOne = outbox.texts().filter((text) => text.startsWith("answer to 1"))
      assert.deepStrictEqual(ofOne, ["answer to 1a", "answer to 1b", "answer to 1c"])
      assert.strictEqual(outbox.texts().length, 7)
    }))

  it.live("a turn that fails or dies lets the next one in", () =>
    Effect.gen(function*() {
      vi.spyOn(console, "log").mockImplementation(() => undefined)
      vi.spyOn(console, "error").mockImplementation(() => undefined)
      const { bot, script } = yield* door({}, { maxRetries: 0 })
      const outbox = Contexts.outbox()
      yield* script(
        TestCodex.fails(new CodexError.BackendUnavailable({})),
        () => Stream.die(new Error("a bug")),
        TestCodex.text("third")
      )
      for (const text of ["one", "two", "three"]) yield* passedOn(bot, Contexts.telegraf(outbox, privateText(text)))
      const [first, second, third] = yield* outbox.messages(3)
      assert.include(first ?? "", "not available")
      assert.strictEqual(second, "⚠️ Something went wrong inside the bot.\nIts log says what.")
      assert.strictEqual(third, "third")
    }))

  it.live("a question under the prefix is asked as one", () =>
    Effect.gen(function*() {
      const { bot } = yield* door()
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/codex fly to the moon")))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: fly to the moon"])
    }))

  it.live("reset overtakes: it stops the answer, drops what waits, says how much, and then forgets", () =>
    Effect.gen(function*() {
      const { bot, requests, script } = yield* door()
      const outbox = Contexts.outbox()
      const answer = yield* gated("first")
      yield* script(answer.reply)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("one")))
      yield* answer.started
      for (const text of ["waits", "waits as well", "/codex status", "/codex reset"]) {
        yield* passedOn(bot, Contexts.telegraf(outbox, privateText(text)))
      }
      const texts = yield* outbox.messages(3)
      assert.sameMembers(texts.map((text) => text.split("\n")[0]), [
        "✅ codex: connected",
        "⏹ Stopped.",
        "The conversation is forgotten. 2 waiting prompts are dropped."
      ])
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("two")))
      assert.strictEqual((yield* outbox.messages(4)).at(-1), "Echo: two")
      assert.deepStrictEqual((yield* requests).map(({ input }) => input.length), [1, 1])
    }))
})

describe("an answer that does not arrive", () => {
  it.live.each([
    { name: "a 403", cause: { response: { error_code: 403, description: "Forbidden: bot can't write" } } },
    { name: "a 5xx", cause: { response: { error_code: 502, description: "Bad Gateway" } } },
    { name: "a cut", cause: new Error("socket hang up") }
  ])("for $name is offered by /codex last", ({ cause }) =>
    Effect.gen(function*() {
      vi.spyOn(console, "log").mockImplementation(() => undefined)
      vi.spyOn(console, "error").mockImplementation(() => undefined)
      const { bot, requests } = yield* door({ background: false })
      let isAway = true
      const away = Contexts.outbox(({ method }) => {
        if (method !== "sendMessage" || !isAway) return { message_id: 1 }
        isAway = false
        return Promise.reject(cause)
      })
      yield* passedOn(bot, Contexts.telegraf(away, privateText("one")))
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/codex last")))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: one"])
      assert.strictEqual((yield* requests).length, 1)
    }))
})

describe("words of our own", () => {
  it.live.each([
    { name: "six hundred", models: Array.from({ length: 600 }, (_, n) => ({ id: `model-${n}-of-a-long-list` })) },
    {
      name: "one with a name without end",
      models: [{ id: "model-0", displayName: "x".repeat(20_000) }, { id: "last" }]
    },
    { name: "some with marks in their names", models: [{ id: "a_b*c`<d>&", displayName: "[x](https://example.com)" }] }
  ])(
    "list the models, $name: all of them in messages that Telegram takes, in order",
    ({ models }) =>
      Effect.gen(function*() {
        const services = yield* Layer.build(TestCodex.layer())
        const list = models.map((model) => ({
          displayName: undefined,
          description: undefined,
          reasoningEfforts: [],
          ...model
        }))
        const own = {
          ...Context.get(services, Codex),
          models: Effect.succeed({ source: "live" as const, models: list })
        }
        const telegram = yield* TelegramEmulator.make()
        const bot = codex({
          layer: Layer.succeedContext(Context.add(services, Codex, own)),
          allowedUserIds: [7],
          paced: false,
          background: false
        })
        yield* Effect.addFinalizer(() => Effect.promise(() => bot.dispose()))
        const ada = yield* telegram.user({ id: 7, firstName: "Ada" })
        const client = new Telegram(telegram.token, { apiRoot: telegram.apiRoot })
        yield* passedOn(bot, { update: privateText("/codex models"), telegram: client })
        const texts = (yield* ada.chat.messages).map(({ text = "" }) => text)
        for (const text of texts) assert.isAtMost(text.length, 4096)
        const words = texts.join("").replaceAll(/\s/g, "")
        for (const { id } of models) assert.include(words, `•${id}`)
        assert.isTrue(words.startsWith("Modelsofthisaccount:"))
      })
  )

  it.live("are split as answers are, when they are long", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ commandPrefix: `c${"o".repeat(600)}` })
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText(`/c${"o".repeat(600)} help`)))
      const texts = yield* outbox.messages(3)
      assert.include(texts.at(-1) ?? "", "Or just write")
      for (const text of texts) assert.isAtMost(text.length, 4096)
    }))
})

describe("Telegram's own Stop", () => {
  const press = (chat: object) => update({ stopped_message_generation: { chat, draft_id: 5 } })

  it.live("stops the answer of its private chat, also where only some people may use the bot", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ allowedUserIds: [7] })
      const outbox = Contexts.outbox()
      const answer = yield* gated("never")
      yield* script(answer.reply)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("one")))
      yield* answer.started
      yield* passedOn(bot, Contexts.telegraf(outbox, press({ id: 7, type: "private" })))
      assert.deepStrictEqual(yield* outbox.messages(1), ["⏹ Stopped."])
    }))

  it.live("is passed on elsewhere, where it does not tell who pressed it", () =>
    Effect.gen(function*() {
      vi.spyOn(console, "log").mockImplementation(() => undefined)
      const { bot } = yield* door()
      const outbox = Contexts.outbox()
      assert.isTrue(yield* passedOn(bot, Contexts.telegraf(outbox, press({ id: -100, type: "supergroup" }))))
      assert.deepStrictEqual(outbox.calls, [])
    }))
})

describe("dispose", () => {
  const stopped = "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again."

  it.live("waits for running answers, and takes no more updates", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ drainMs: 60_000 })
      const outbox = Contexts.outbox()
      const answer = yield* gated("finished")
      yield* script(answer.reply)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("one")))
      yield* answer.started
      const disposed = bot.dispose()
      assert.isTrue(yield* passedOn(bot, Contexts.telegraf(outbox, privateText("two"))))
      yield* answer.open
      yield* Effect.promise(() => disposed)
      assert.deepStrictEqual(outbox.texts(), ["finished"])
    }))

  it.live("stops what hangs after drainMs, and tells each conversation so once", () =>
    Effect.gen(function*() {
      const { audit, bot, requests, running, script } = yield* door({ drainMs: 1 })
      const outbox = Contexts.outbox()
      const answer = yield* gated("never")
      yield* script(answer.reply)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("one")))
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("two")))
      yield* answer.started
      yield* Effect.promise(() => bot.dispose())
      assert.deepStrictEqual(outbox.texts(), [stopped])
      assert.strictEqual(yield* running, 0)
      assert.strictEqual((yield* requests).length, 1)
      assert.deepStrictEqual((yield* audit).map(({ outcome }) => outcome), ["stopped"])
    }))

  it.live("closes a provider after the answers that it was giving, of which each chat is told", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const started = yield* Deferred.make<void>()
      const outbox = Contexts.outbox(({ method }) => {
        if (method === "sendMessage") order.push("told")
        return { message_id: 1 }
      })
      const bot = codex({
        provider: {
          name: "own",
          ask: ({ signal }) =>
            new Promise((_, reject) => {
              signal?.addEventListener("abort", () => {
                order.push("aborted")
                reject(new Error("aborted"))
              })
              Deferred.doneUnsafe(started, Exit.void)
            }),
          close: async () => {
            order.push("closed")
          }
        },
        drainMs: 0
      })
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("one")))
      yield* Deferred.await(started)
      yield* Effect.promise(() => bot.dispose())
      assert.deepStrictEqual(order.toSorted(), ["aborted", "closed", "told"])
      assert.strictEqual(order.at(-1), "closed")
    }))

  it.live("can be called twice", () =>
    Effect.gen(function*() {
      const { bot } = yield* door()
      yield* Effect.promise(() => bot.dispose())
      yield* Effect.promise(() => bot.dispose())
    }))

  it.live("releases a layer of its own, and leaves a runtime alone", () =>
    Effect.gen(function*() {
      let released = 0
      const layer = Layer.merge(
        TestCodex.layer(),
        Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => released++)))
      )
      const own = codex({ layer, allowedUserIds: "everybody" })
      yield* Effect.promise(() => own.ready())
      yield* Effect.promise(() => own.dispose())
      assert.strictEqual(released, 1)

      const runtime = ManagedRuntime.make(layer)
      const borrowed = codex({ runtime, background: false, allowedUserIds: "everybody" })
      const outbox = Contexts.outbox()
      yield* passedOn(borrowed, Contexts.telegraf(outbox, privateText("hi")))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hi"])
      yield* Effect.promise(() => borrowed.dispose())
      assert.strictEqual(released, 1)
      yield* Effect.promise(() => runtime.runPromise(Effect.void))
      yield* Effect.promise(() => runtime.dispose())
      assert.strictEqual(released, 2)
    }))
})

describe("a layer that cannot be built", () => {
  const brokenLayer: Layer.Layer<Layer.Success<ReturnType<typeof TestCodex.layer>>, Error> = Layer.unwrap(
    Effect.fail(new Error("no database"))
  )

  it.live("is told to the person, and said in the log", () =>
    Effect.gen(function*() {
      const log = vi.spyOn(console, "log").mockImplementation(() => undefined)
      const error = vi.spyOn(console, "error").mockImplementation(() => undefined)
      const bot = codex({ layer: brokenLayer, allowedUserIds: "everybody" })
      const outbox = Contexts.outbox()
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("one")))
      yield* outbox.messages(1)
      yield* passedOn(bot, Contexts.telegraf(outbox, privateText("/codex status")))
      const broken = "⚠️ Something went wrong inside the bot.\nIts log says what."
      assert.deepStrictEqual(yield* outbox.messages(2), [broken, broken])
      const lines = [...log.mock.calls, ...error.mock.calls].flat().join("\n")
      assert.include(lines, "no database")
      yield* Effect.promise(() => bot.dispose())
    }))

  it.live("rejects ready", () =>
    Effect.gen(function*() {
      const failure = yield* rejection(() => codex({ layer: brokenLayer, allowedUserIds: "everybody" }).ready())
      assert.include(String(failure), "no database")
    }))
})

describe("real frameworks", () => {
  it.live("Telegraf's handleUpdate, with ctx.codex typed in its handlers", () =>
    Effect.gen(function*() {
      const { bot: middleware } = yield* door({ background: false })
      const outbox = Contexts.outbox()
      const bot = new Telegraf<TelegrafContext & CodexFlavor>("123:token")
      bot.botInfo = yield* Effect.succeed(JSON.parse("{\"id\":1,\"is_bot\":true,\"username\":\"my_bot\"}"))
      vi.spyOn(Telegram.prototype, "callApi").mockImplementation(async (method, payload) =>
        JSON.parse(JSON.stringify(await outbox.receive({ method, payload })))
      )
      bot.use(middleware)
      bot.start(async (ctx) => {
        const { text } = await ctx.codex.ask("from a handler")
        await ctx.reply(text)
      })
      yield* Effect.promise(() => bot.handleUpdate(privateText("hello")))
      const start = privateMessage({ text: "/start", entities: [{ type: "bot_command", offset: 0, length: 6 }] })
      yield* Effect.promise(() => bot.handleUpdate(update({ message: start })))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello", "Echo: from a handler"])
    }))

  it.live("grammY's handleUpdate, through its own API object", () =>
    Effect.gen(function*() {
      const { bot: middleware } = yield* door({ background: false })
      const outbox = Contexts.outbox()
      const bot = new Bot("123:token", {
        botInfo: JSON.parse("{\"id\":1,\"is_bot\":true,\"first_name\":\"Bot\",\"username\":\"my_bot\"}")
      })
      bot.api.config.use(async (_previous, method, payload) =>
        JSON.parse(JSON.stringify({ ok: true, result: await outbox.receive({ method, payload: { ...payload } }) }))
      )
      bot.use(middleware)
      yield* Effect.promise(() => bot.handleUpdate(groupText("/codex@my_bot ask hello")))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello"])
    }))

  it.live("the server bot of vibegram/codex type-checks as it stands", () =>
    Effect.gen(function*() {
      const environment: Record<string, string | undefined> = {}
      const numbers = (value: string | undefined): Array<number> =>
        (value ?? "").split(",").map(Number).filter(Number.isFinite)
      const effort = (value: string | undefined): "low" | "medium" | "high" | "xhigh" | undefined =>
        value === "low" || value === "medium" || value === "high" || value === "xhigh" ? value : undefined
      const middleware = codex({
        provider: codexProvider({
          authJsonPath: environment["CODEX_AUTH_JSON_PATH"],
          accountId: environment["CODEX_ACCOUNT_ID"],
          deviceId: environment["CODEX_DEVICE_ID"],
          model: environment["CODEX_MODEL"] ?? "gpt-5.3-codex",
          reasoningEffort: effort(environment["CODEX_REASONING_EFFORT"])
        }),
        authJsonPath: environment["CODEX_AUTH_JSON_PATH"],
        authAdminUserIds: numbers(environment["CODEX_AUTH_ADMIN_USER_IDS"]),
        systemPrompt: environment["CODEX_SYSTEM_PROMPT"] ?? "You are a concise Telegram assistant.",
        allowedUserIds: numbers(environment["CODEX_ALLOWED_USER_IDS"]),
        allowedChatIds: numbers(environment["CODEX_ALLOWED_CHAT_IDS"]),
        botUsername: environment["TELEGRAM_BOT_USERNAME"],
        autoReply: environment["CODEX_AUTO_REPLY"] !== "false",
        groupMentionOnly: true,
        maxHistory: 20,
        timeoutMs: 60_000,
        onAudit: (
          event
        ) => [event.userId, event.chatId, event.provider, event.model, event.success, event.durationMs, event.error]
      })
      new Telegraf("123:token").use(middleware)
      new Telegraf("123:token").use(codex({ provider: codexProvider() }))
      new Bot("123:token").use(middleware)
      new Bot("123:token").use(codex({ provider: codexProvider() }))
      // Building a provider reads nothing: there is no auth.json here, and it is told to who asks.
      yield* Effect.promise(() => middleware.dispose())
    }))
})
