/**
 * Whom the middleware answers, however it was told who may use the bot.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { afterEach, vi } from "vitest"
import { CodexLive } from "../src/CodexLive.ts"
import { codex, type CodexMiddleware, type CodexProvider, TelegramDoor } from "../src/telegram/index.ts"
import * as Options from "../src/telegram/promise/Options.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { groupMessage, privateText, update } from "./support/updates.ts"

/** As callers without types make it. */
const untyped = (options: object): CodexMiddleware => Reflect.apply(codex, undefined, [options])

const disposed = (bot: CodexMiddleware) => Effect.addFinalizer(() => Effect.promise(() => bot.dispose()))

/** What somebody is told, and whether the update was left to the bot's own handlers. */
const told = Effect.fnUntraced(function*(bot: CodexMiddleware, user: number, text = "hello") {
  const outbox = Contexts.outbox()
  let passed = false
  yield* Effect.promise(() =>
    bot(Contexts.telegraf(outbox, privateText(text, user)), () => {
      passed = true
    })
  )
  return { passed, texts: outbox.texts() }
})

const refused = ["⚠️ This user may not use this bot."]

const firstLines = ({ texts }: { readonly texts: ReadonlyArray<string> }) => texts.map((text) => text.split("\n")[0])

/** A scripted Codex as a layer that is built already, so that a test sees what reached it. */
const scripted = Effect.gen(function*() {
  const services = yield* Layer.build(TestCodex.layer())
  return {
    layer: Layer.succeedContext(services),
    ...Context.get(services, TestCodex.TestCodex)
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** What the default logger says meanwhile. */
const listen = () => {
  const lines: Array<string> = []
  const note = (...values: ReadonlyArray<unknown>) => {
    lines.push(values.map(String).join(" "))
  }
  for (const method of ["log", "error", "warn", "info"] as const) vi.spyOn(console, method).mockImplementation(note)
  return lines
}

describe("whoever is not let in", () => {
  it.live("learns their id, and so does the log; what they said is nowhere", () =>
    Effect.gen(function*() {
      const lines = listen()
      const { layer } = yield* scripted
      const bot = codex({ layer, allowedUserIds: [1], authAdminUserIds: [2] })
      yield* disposed(bot)
      const { texts } = yield* told(bot, 666, "do-not-tell")
      assert.deepStrictEqual(texts, [
        "⚠️ This user may not use this bot.\n" +
        "Ask the owner of the bot to add your user id, 666, to CODEX_ALLOWED_USER_IDS (allowedUserIds)."
      ])
      assert.match(lines.join("\n"), /The user 666 is not on the allow-list, and was not answered\./)
      const admin = yield* told(bot, 1, "/codex logout")
      assert.match(admin.texts.join(), /your user id, 1, to CODEX_AUTH_ADMIN_USER_IDS/)
    }))

  it.live("in a chat that is not allowed learns the id of the chat", () =>
    Effect.gen(function*() {
      const { layer } = yield* scripted
      const bot = codex({ layer, allowedChatIds: [-100] })
      yield* disposed(bot)
      assert.match((yield* told(bot, 666)).texts.join(), /the id of this chat, 666, to CODEX_ALLOWED_CHAT_IDS/)
    }))
})

describe("a layer without a door", () => {
  it.live("answers nobody: ready rejects, updates go on to the bot, and the log says it once", () =>
    Effect.gen(function*() {
      const lines = listen()
      const layer = CodexLive.pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { CODEX_ALLOWED_USER_IDS: "1" } })))
      )
      const bot = untyped({ layer })
      yield* disposed(bot)
      for (const user of [666, 1]) {
        assert.deepStrictEqual(yield* told(bot, user), { passed: true, texts: [] })
        assert.deepStrictEqual(yield* told(bot, user, "/codex status"), { passed: true, texts: [] })
      }
      const failure = yield* Effect.promise(() => bot.ready().then(() => "ready", String))
      assert.include(failure, "does not know who may use the bot")
      const said = lines.filter((line) => line.includes("Nobody is answered"))
      assert.strictEqual(said.length, 1)
      assert.include(said[0] ?? "", "NoDoor")
    }))

  it.live.each([
    { name: "null", door: { allowedUserIds: null } },
    { name: "null for users and chats", door: { allowedUserIds: null, allowedChatIds: null } },
    { name: "manners alone", door: { streaming: "off" } }
  ])("is not opened by $name", ({ door }) =>
    Effect.gen(function*() {
      listen()
      const { layer, requests } = yield* scripted
      const bot = untyped({ layer, background: false, ...door })
      yield* disposed(bot)
      assert.deepStrictEqual(yield* told(bot, 666), { passed: true, texts: [] })
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.live.each([
    { name: "a text where a list belongs", door: { allowedUserIds: "6661" } },
    { name: "an empty list", door: { allowedUserIds: [] } },
    { name: "null chats beside a text", door: { allowedUserIds: "666", allowedChatIds: null } },
    { name: "a chat's name where a list belongs", door: { allowedUserIds: "everybody", allowedChatIds: "666" } }
  ])("lets nobody in by $name", ({ door }) =>
    Effect.gen(function*() {
      listen()
      const { layer, requests } = yield* scripted
      const bot = untyped({ layer, background: false, ...door })
      yield* disposed(bot)
      const { passed, texts } = yield* told(bot, 666)
      assert.isFalse(passed)
      assert.match(texts[0] ?? "", /^⚠️ This (user|chat) may not/)
      assert.deepStrictEqual(yield* requests, [])
    }))
})

describe("a door", () => {
  it.live("in the layer counts, its prefix in the command menu too", () =>
    Effect.gen(function*() {
      const layer = Layer.merge(TestCodex.layer(), TelegramDoor.layer({ allowedUserIds: [1], commandPrefix: "ai" }))
      const bot = codex({ background: false, layer })
      yield* disposed(bot)
      const { commands } = bot
      yield* Effect.promise(() => bot.ready())
      assert.deepStrictEqual(firstLines(yield* told(bot, 666)), refused)
      assert.deepStrictEqual((yield* told(bot, 1)).texts, ["Echo: hello"])
      assert.deepStrictEqual(yield* told(bot, 1, "/codex help"), { passed: true, texts: [] })
      assert.deepStrictEqual(commands.map(({ command }) => command), ["ai"])
    }))

  it.live("from the environment counts", () =>
    Effect.gen(function*() {
      const door = TelegramDoor.layerConfig().pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { CODEX_ALLOWED_USER_IDS: "1" } })))
      )
      const layer = Layer.merge(TestCodex.layer(), door)
      const bot = codex({ background: false, layer })
      yield* disposed(bot)
      assert.deepStrictEqual(firstLines(yield* told(bot, 666)), refused)
      assert.deepStrictEqual((yield* told(bot, 1)).texts, ["Echo: hello"])
    }))

  it.live("beside the layer counts over one in it", () =>
    Effect.gen(function*() {
      const layer = Layer.merge(TestCodex.layer(), TelegramDoor.layer({ allowedUserIds: [666] }))
      const bot = codex({ background: false, layer, allowedUserIds: [1] })
      yield* disposed(bot)
      yield* Effect.promise(() => bot.ready())
      assert.deepStrictEqual(firstLines(yield* told(bot, 666)), refused)
      assert.deepStrictEqual((yield* told(bot, 1)).texts, ["Echo: hello"])
    }))

  it.live("for everybody is told by the application's own logger, once", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const layer = Layer.provideMerge(
        TestCodex.layer(),
        Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])
      )
      const bot = codex({ background: false, layer, allowedUserIds: "everybody" })
      yield* disposed(bot)
      for (const user of [1, 666]) assert.deepStrictEqual((yield* told(bot, user)).texts, ["Echo: hello"])
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Everybody may use this bot")).length, 1)
    }))
})

describe("the options of vibegram/codex", () => {
  const provider: CodexProvider = { name: "own", ask: async ({ text }) => ({ text: `Own: ${text}` }) }

  it.live.each([{}, { allowedUserIds: [] }, { allowedUserIds: [], allowedChatIds: [] }])(
    "let everybody in by an empty list, and warn once: %o",
    (door) =>
      Effect.gen(function*() {
        const lines = listen()
        const bot = codex({ provider, background: false, ...door })
        yield* disposed(bot)
        for (const user of [1, 666]) assert.deepStrictEqual((yield* told(bot, user)).texts, ["Own: hello"])
        assert.strictEqual(lines.filter((line) => line.includes("Everybody may use this bot")).length, 1)
        // To use it is not to manage its login.
        assert.match((yield* told(bot, 1, "/codex logout")).texts[0] ?? "", /Only the auth admins/)
      })
  )

  it.live("let in who is named", () =>
    Effect.gen(function*() {
      const bot = codex({ provider, background: false, allowedUserIds: [1] })
      yield* disposed(bot)
      assert.deepStrictEqual(firstLines(yield* told(bot, 666)), refused)
      assert.deepStrictEqual((yield* told(bot, 1)).texts, ["Own: hello"])
    }))
})

describe("durations of the middleware's options", () => {
  const provider: CodexProvider = { name: "own", ask: async ({ text }) => ({ text }) }
  const given = { firstTextDelayMs: 1500, editIntervalMs: 2500, groupEditIntervalMs: 3500, exportLifetimeMs: 4500 }
  const durations = (options: Options.CodexOptions) => {
    const door = TelegramDoor.make(Options.doorOf(options) ?? { allowedUserIds: [] })
    return [door.firstTextDelay, door.editInterval, door.groupEditInterval, door.exportLifetime].map(Duration.toMillis)
  }

  it("are those of its door, in both forms, and the door's own defaults where they are not given", () => {
    const layer = TestCodex.layer()
    const { editInterval, exportLifetime, firstTextDelay, groupEditInterval } = TelegramDoor.make({
      allowedUserIds: []
    })
    const defaults = [firstTextDelay, editInterval, groupEditInterval, exportLifetime].map(Duration.toMillis)
    assert.deepStrictEqual(durations({ layer, allowedUserIds: [1], ...given }), [1500, 2500, 3500, 4500])
    assert.deepStrictEqual(durations({ provider, ...given }), [1500, 2500, 3500, 4500])
    assert.deepStrictEqual(durations({ layer, allowedUserIds: [1] }), defaults)
    assert.deepStrictEqual(durations({ provider }), defaults)
  })
})

describe("the conversation of a topic", () => {
  const inTopic = (text: string, user: number) =>
    update({
      message: {
        ...groupMessage({ text }, user, { id: -100, type: "supergroup", is_forum: true }),
        message_thread_id: 3,
        is_topic_message: true
      }
    })

  /** How many messages the model was sent for the second of two people who write in one topic. */
  const second = Effect.fnUntraced(function*(topics: "shared" | "perUser" | undefined) {
    const { layer, requests } = yield* scripted
    const bot = codex({ layer, background: false, allowedUserIds: "everybody", topics, paced: false })
    yield* disposed(bot)
    const outbox = Contexts.outbox()
    for (const user of [1, 2]) {
      yield* Effect.promise(() =>
        bot(Contexts.telegraf(outbox, inTopic(`/codex ask of ${user}`, user)), () => undefined)
      )
    }
    assert.deepStrictEqual(outbox.texts(), ["Echo: of 1", "Echo: of 2"])
    yield* Effect.promise(() => bot(Contexts.telegraf(outbox, inTopic("/codex reset", 2)), () => undefined))
    yield* Effect.promise(() => bot(Contexts.telegraf(outbox, inTopic("/codex ask again", 1)), () => undefined))
    return (yield* requests).map(({ input }) => input.length)
  })

  it.live("is shared by all who may use the bot, who reset it for each other", () =>
    Effect.gen(function*() {
      listen()
      // Each question has a word before it on who speaks.
      assert.deepStrictEqual(yield* second(undefined), [2, 5, 2])
      assert.deepStrictEqual(yield* second("shared"), [2, 5, 2])
    }))

  it.live("is each person's own with topics: perUser", () =>
    Effect.gen(function*() {
      listen()
      assert.deepStrictEqual(yield* second("perUser"), [1, 1, 3])
    }))

  const press = (user: number) =>
    update({
      callback_query: {
        id: "1",
        from: { id: user, is_bot: false, first_name: "A" },
        data: "codex:stop",
        message: {
          ...groupMessage({ text: "…" }, 1, { id: -100, type: "supergroup", is_forum: true }),
          message_thread_id: 3,
          is_topic_message: true
        }
      }
    })

  it.live.each(
    [
      { topics: "shared", by: "command", stops: true },
      { topics: "shared", by: "button", stops: true },
      { topics: "perUser", by: "command", stops: false },
      { topics: "perUser", by: "button", stops: false }
    ] as const
  )(
    "$topics: somebody else's stop by $by stops the answer there: $stops",
    ({ by, stops, topics }) =>
      Effect.gen(function*() {
        listen()
        const { layer, running, script } = yield* scripted
        yield* script(TestCodex.never)
        const bot = codex({ layer, allowedUserIds: "everybody", topics, paced: false, drainMs: 0, streaming: "off" })
        yield* disposed(bot)
        const outbox = Contexts.outbox()
        const give = (what: object) => Effect.promise(() => bot(Contexts.telegraf(outbox, what), () => undefined))
        yield* give(inTopic("/codex ask for long", 1))
        while ((yield* running) < 1) yield* Effect.sleep("1 millis")
        yield* give(by === "command" ? inTopic("/codex stop", 2) : press(2))
        const notes = () =>
          outbox.calls.flatMap(({ method, payload }) => method === "answerCallbackQuery" ? [payload["text"]] : [])
        while (outbox.texts().length + notes().length === 0) yield* Effect.sleep("1 millis")
        if (!stops) {
          assert.deepStrictEqual([...outbox.texts(), ...notes()], ["Nothing of yours is being answered here."])
          assert.strictEqual(yield* running, 1)
          yield* give(by === "command" ? inTopic("/codex stop", 1) : press(1))
        }
        while ((yield* running) > 0) yield* Effect.sleep("1 millis")
        const told = () => outbox.texts().filter((text) => text === "⏹ Stopped.").length
        while (told() < 1) yield* Effect.sleep("1 millis")
        assert.deepStrictEqual(notes().filter((note) => note === "Stopped."), by === "button" ? ["Stopped."] : [])
      })
  )
})
