/**
 * A group that becomes a supergroup: Telegram goes on with it under another id and refuses the one before.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Bot } from "grammy"
import { Telegraf } from "telegraf"
import { afterEach, vi } from "vitest"
import { Bot as VibeGramBot } from "../../examples/support/vibegram.ts"
import * as Item from "../../src/backend/Item.ts"
import * as Telegram from "../../src/telegram/index.ts"
import type { DoorOptions } from "../../src/telegram/promise/Options.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const frameworks = {
  Telegraf: (telegram: TelegramEmulator.Service, middleware: Telegram.CodexMiddleware) => {
    const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot } })
    bot.use(middleware)
    return { launch: () => bot.launch(), stop: async () => bot.stop() }
  },
  grammY: (telegram: TelegramEmulator.Service, middleware: Telegram.CodexMiddleware) => {
    const bot = new Bot(telegram.token, { client: { apiRoot: telegram.apiRoot } })
    bot.use(middleware)
    return { launch: () => bot.start(), stop: () => bot.stop() }
  },
  // It does not tell where a group has moved to when a call is refused.
  VibeGram: (telegram: TelegramEmulator.Service, middleware: Telegram.CodexMiddleware) => {
    const bot = new VibeGramBot(telegram.token, {
      apiRoot: telegram.apiRoot,
      polling: { interval: 0, timeout: 1 }
    })
    bot.use(middleware)
    return { launch: () => bot.launch(), stop: () => bot.stop() }
  }
}

type Options = DoorOptions & {
  readonly framework?: keyof typeof frameworks
  readonly allowed?: (group: TelegramEmulator.Group) => ReadonlyArray<number>
}

/** Ada and Bob in a small group with a bot over a scripted Codex. */
const start = Effect.fnUntraced(function*({ allowed, framework = "Telegraf", ...manners }: Options = {}) {
  const logged: Array<string> = []
  for (const method of ["log", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((...line: ReadonlyArray<unknown>) => {
      logged.push(line.join(" "))
    })
  }
  const services = yield* Layer.build(TestCodex.layer())
  const telegram = yield* TelegramEmulator.make()
  const group = yield* telegram.group({ title: "G", kind: "group", id: -55 })
  const middleware = Telegram.codex({
    drainMs: 0,
    paced: false,
    firstTextDelayMs: 20,
    groupEditIntervalMs: 20,
    ...manners,
    allowedUserIds: "everybody",
    allowedChatIds: allowed?.(group),
    layer: Layer.succeedContext(services)
  })
  const bot = frameworks[framework](telegram, middleware)
  yield* Effect.acquireRelease(
    Effect.forkDetach(Effect.exit(Effect.tryPromise(async () => bot.launch()))),
    (running) =>
      Effect.promise(() => bot.stop()).pipe(
        Effect.andThen(Effect.promise(() => middleware.dispose())),
        Effect.andThen(Fiber.join(running))
      )
  )
  yield* telegram.polled
  const people = [
    yield* telegram.user({ id: 7, firstName: "Ada" }),
    yield* telegram.user({ id: 8, firstName: "Bob" })
  ] as const
  for (const person of people) yield* group.join(person)
  const [ada, bob] = people
  const { requests, running, script } = Context.get(services, TestCodex.TestCodex)
  const asked = Effect.map(requests, (all) => all.map(({ input }) => input.map(Item.words)))
  return { ada, asked, bob, group, logged, running, script, telegram }
})

/** An answer that shows its beginning, and ends when it may. */
const gate = Effect.gen(function*() {
  const open = yield* Deferred.make<void>()
  const whole = TestCodex.deltas(["The answer begins, and its beginning is long enough to be shown. ", "The end."])
  const reply: TestCodex.Reply = (request) =>
    Stream.mapEffect(
      whole(request),
      (event) =>
        event._tag === "TextDelta" && event.text === "The end."
          ? Effect.as(Deferred.await(open), event)
          : Effect.succeed(event)
    )
  return { reply, open: Deferred.succeed(open, undefined) }
})

const ended = ({ text = "" }: TelegramEmulator.Message) => text.endsWith("The end.")
const begun = ({ text = "" }: TelegramEmulator.Message) => text.startsWith("The answer begins")

const textsOf = (chat: TelegramEmulator.Conversation) =>
  Effect.map(chat.messages, (messages) => messages.flatMap(({ from, text }) => from.is_bot && text ? [text] : []))

describe("a group that becomes a supergroup", () => {
  for (const framework of ["Telegraf", "grammY", "VibeGram"] as const) {
    it.live(`${framework}: has its running answer to the end there, and the next prompt knows what was said before`, () =>
      Effect.gen(function*() {
        const { ada, asked, group, script } = yield* start({ framework })
        const { open, reply } = yield* gate
        yield* script(TestCodex.text("Hello, Ada."), reply)
        yield* ada.in(group).send("/codex I am Ada")
        yield* ada.in(group).waitFor(({ text }) => text === "Hello, Ada.")
        yield* ada.in(group).send("/codex go on")
        yield* ada.in(group).waitFor(begun)
        const next = ada.in(yield* group.upgrade)
        yield* open
        yield* next.waitFor(ended)
        yield* next.send("/codex what was said?")
        yield* next.waitFor(({ text }) => text === "Echo: what was said?")
        const whole = "The answer begins, and its beginning is long enough to be shown. The end."
        assert.deepStrictEqual((yield* asked)[2], ["I am Ada", "Hello, Ada.", "go on", whole, "what was said?"])
        assert.deepStrictEqual(yield* textsOf(next), [whole, "Echo: what was said?"])
      }))
  }

  it.live("sees the running answer grow there, and stops it by the command", () =>
    Effect.gen(function*() {
      const { ada, group, running, script } = yield* start()
      const { reply } = yield* gate
      const grows: TestCodex.Reply = TestCodex.deltas(Array.from({ length: 500 }, (_, n) => `word ${n} `), {
        every: "10 millis"
      })
      yield* script(grows, reply)
      yield* ada.in(group).send("/codex write")
      yield* ada.in(group).waitFor(({ text = "" }) => text.startsWith("word 0"))
      const next = ada.in(yield* group.upgrade)
      yield* next.waitFor(({ text = "" }) => text.endsWith("▍"))
      yield* next.send("/codex stop")
      yield* next.waitFor(({ text = "" }) => text.endsWith("⏹ Stopped."))
      assert.strictEqual(yield* running, 0)
      assert.strictEqual((yield* textsOf(next)).length, 1)
    }))

  it.live("has what waited answered there, in order and with the same history, each person's own", () =>
    Effect.gen(function*() {
      const { ada, asked, bob, group, script } = yield* start({ streaming: "off", maxTurns: 1 })
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* ada.in(group).send("/codex one")
      yield* ada.in(group).send("/codex two")
      yield* bob.in(group).send("/codex I am Bob")
      while ((yield* asked).length === 0) yield* Effect.sleep("5 millis")
      const supergroup = yield* group.upgrade
      yield* ada.in(supergroup).send("/codex three")
      yield* open
      yield* ada.in(supergroup).waitFor(({ text }) => text === "Echo: three")
      yield* bob.in(supergroup).send("/codex who am I?")
      yield* bob.in(supergroup).waitFor(({ text }) => text === "Echo: who am I?")
      const all = yield* asked
      const whole = "The answer begins, and its beginning is long enough to be shown. The end."
      assert.deepStrictEqual(
        all.find((input) => input.at(-1) === "three"),
        ["one", whole, "two", "Echo: two", "three"]
      )
      assert.deepStrictEqual(all.at(-1), ["I am Bob", "Echo: I am Bob", "who am I?"])
    }))

  it.live("drops there by stop and reset what waits from before, and forgets what was said before", () =>
    Effect.gen(function*() {
      const { ada, asked, group, script } = yield* start({ streaming: "off" })
      const { reply } = yield* gate
      yield* script(TestCodex.text("Hello, Ada."), reply)
      yield* ada.in(group).send("/codex I am Ada")
      yield* ada.in(group).waitFor(({ text }) => text === "Hello, Ada.")
      for (const text of ["one", "two", "three"]) yield* ada.in(group).send(`/codex ${text}`)
      while ((yield* asked).length < 2) yield* Effect.sleep("5 millis")
      const next = ada.in(yield* group.upgrade)
      yield* next.send("/codex reset")
      yield* next.waitFor(({ text = "" }) => text.startsWith("The conversation is forgotten. 2 waiting"))
      yield* next.send("/codex who am I?")
      yield* next.waitFor(({ text }) => text === "Echo: who am I?")
      assert.deepStrictEqual((yield* asked).at(-1), ["who am I?"])
    }))

  it.live("has an answer that did not arrive before shown there by last", () =>
    Effect.gen(function*() {
      const { ada, group, telegram } = yield* start({ streaming: "off" })
      yield* telegram.failNext("sendMessage", FaultScript.cut())
      yield* ada.in(group).send("/codex hello")
      yield* ada.in(group).waitFor(({ text = "" }) => text.includes("/codex last"))
      const next = ada.in(yield* group.upgrade)
      yield* next.send("/codex last")
      yield* next.waitFor(({ text }) => text === "Echo: hello")
    }))

  it.live("that was let in by its id is let in under the new one, and the log tells both", () =>
    Effect.gen(function*() {
      const { ada, group, logged } = yield* start({ streaming: "off", allowed: ({ chat }) => [chat.id] })
      yield* ada.in(group).send("/codex before")
      yield* ada.in(group).waitFor(({ text }) => text === "Echo: before")
      const supergroup = yield* group.upgrade
      yield* ada.in(supergroup).send("/codex after")
      yield* ada.in(supergroup).waitFor(({ text }) => text === "Echo: after")
      const told = logged.filter((line) => line.includes(`The group -55 is the supergroup ${supergroup.chat.id} now`))
      assert.strictEqual(told.length, 1)
    }))
})
