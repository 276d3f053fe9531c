/**
 * What the middleware does with many prompts, many bots, and its own end.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { afterEach, vi } from "vitest"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as AuthCommands from "../src/telegram/AuthCommands.ts"
import type { Origin } from "../src/telegram/incoming/Origin.ts"
import { codex, type CodexContext, type CodexMiddleware, type CodexPluginOptions } from "../src/telegram/index.ts"
import * as Errands from "../src/telegram/internal/errands.ts"
import * as Handling from "../src/telegram/internal/handling.ts"
import * as Overheard from "../src/telegram/internal/overheard.ts"
import type { DoorOptions } from "../src/telegram/promise/Options.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { makeDoor } from "./support/door.ts"
import { privateMessage, privateText } from "./support/updates.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const quiet = () => {
  for (const method of ["log", "error"] as const) vi.spyOn(console, method).mockImplementation(() => undefined)
}

/** A middleware over a scripted Codex, disposed when the test ends. */
const door = (options: DoorOptions & Pick<CodexPluginOptions, "allowedUserIds"> = {}) =>
  Effect.gen(function*() {
    quiet()
    const services = yield* Layer.build(TestCodex.layer())
    const { allowedUserIds = "everybody", ...manners } = options
    const make = () =>
      codex({
        drainMs: 0,
        joinWindowMs: 0,
        waitingNoticeMs: "off",
        paced: false,
        streaming: "off",
        ...manners,
        allowedUserIds,
        layer: Layer.succeedContext(services)
      })
    const bot = make()
    yield* Effect.addFinalizer(() => Effect.promise(() => bot.dispose()))
    return { bot, make, ...Context.get(services, TestCodex.TestCodex) }
  })

/** Hands an update over and says whether the middleware left it to the next one. */
const handled = (bot: CodexMiddleware, context: object) =>
  Effect.promise(async () => {
    let passed = false
    await bot(context, () => {
      passed = true
    })
    return passed
  })

/** An answer that says when it is asked for, and is given when it may be. */
const gate = Effect.gen(function*() {
  const started = yield* Deferred.make<void>()
  const open = yield* Deferred.make<void>()
  const reply: TestCodex.Reply = (request) =>
    Stream.unwrap(
      Deferred.succeed(started, undefined).pipe(
        Effect.andThen(Deferred.await(open)),
        Effect.as(TestCodex.echo(request))
      )
    )
  return { reply, started: Deferred.await(started), open: Deferred.succeed(open, undefined) }
})

const millis = <A>(work: Effect.Effect<A>) =>
  Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    yield* work
    return (yield* Clock.currentTimeMillis) - began
  })

describe("too many prompts", () => {
  it.live("of one chat are refused with one sentence until its mailbox is empty, and with another one after that", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ maxWaiting: 2 })
      const outbox = Contexts.outbox()
      const flood = Effect.gen(function*() {
        const { open, reply } = yield* gate
        yield* script(reply)
        for (let n = 0; n < 10; n++) yield* handled(bot, Contexts.telegraf(outbox, privateText(`${n}`)))
        yield* open
      })
      yield* flood
      assert.deepStrictEqual(yield* outbox.messages(4), [Handling.full, "Echo: 0", "Echo: 1", "Echo: 2"])
      yield* Effect.yieldNow
      yield* flood
      assert.deepStrictEqual((yield* outbox.messages(8)).slice(4), [Handling.full, "Echo: 0", "Echo: 1", "Echo: 2"])
    }))

  it.live("are refused once even while single ones are answered and make room", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ maxWaiting: 1 })
      const outbox = Contexts.outbox()
      const [first, second] = [yield* gate, yield* gate]
      yield* script(first.reply, second.reply)
      const ask = (text: string) => handled(bot, Contexts.telegraf(outbox, privateText(text)))
      for (const text of ["1", "2", "refused"]) yield* ask(text)
      yield* first.open
      yield* second.started
      for (const text of ["3", "refused"]) yield* ask(text)
      yield* second.open
      assert.deepStrictEqual(yield* outbox.messages(4), [Handling.full, "Echo: 1", "Echo: 2", "Echo: 3"])
    }))

  it.live(
    "of one person and of a hundred cost a bounded number of requests, and one notice each",
    () =>
      Effect.gen(function*() {
        const { bot, requests, script } = yield* door({ maxWaiting: 3, maxTurns: 2 })
        const { open, reply } = yield* gate
        yield* script(reply, reply)
        const outbox = Contexts.outbox()
        for (let n = 0; n < 3000; n++) yield* handled(bot, Contexts.telegraf(outbox, privateText("x", 7)))
        for (let n = 0; n < 3000; n++) yield* handled(bot, Contexts.telegraf(outbox, privateText("x", 1000 + n % 100)))
        assert.deepStrictEqual(outbox.texts(), Array.from({ length: 101 }, () => Handling.full))
        yield* open
        // Two have one more that is being answered already.
        const asked = 101 * 3 + 2
        assert.strictEqual((yield* outbox.messages(101 + asked)).filter((text) => text === "Echo: x").length, asked)
        assert.strictEqual((yield* requests).length, asked)
      })
  )

  it.live("of commands, and refusals of strangers, are under way twenty at a time, and hold up no prompt", () =>
    Effect.gen(function*() {
      const { bot } = yield* door({ allowedUserIds: [7] })
      let open: (message: object) => void = () => undefined
      const hanging = new Promise<object>((resolve) => {
        open = resolve
      })
      const hung = Contexts.outbox(() => hanging)
      for (let n = 0; n < 100; n++) yield* handled(bot, Contexts.telegraf(hung, privateText("/codex help")))
      assert.strictEqual(hung.texts().length, 20)
      for (let n = 0; n < 100; n++) yield* handled(bot, Contexts.telegraf(hung, privateText("hello", 666)))
      assert.strictEqual(hung.texts().length, 40)
      const outbox = Contexts.outbox()
      yield* handled(bot, Contexts.telegraf(outbox, privateText("hello")))
      assert.deepStrictEqual(yield* outbox.messages(1), ["Echo: hello"])
      open({ message_id: 1 })
      // A place is free again when an errand has ended, which is a little after its last word.
      while (outbox.texts().length < 2) yield* handled(bot, Contexts.telegraf(outbox, privateText("/codex help")))
      assert.match(outbox.texts()[1] ?? "", /codex status/)
    }))
})

describe("prompts in a chat where no answer would arrive", () => {
  const refused = (code: number, description: string, parameters: object = {}) => ({
    response: { error_code: code, description, parameters }
  })

  it.live.each([
    { name: "banned for hours", cause: refused(429, "Too Many Requests", { retry_after: 10_800 }) },
    { name: "banned for a year", cause: refused(429, "Too Many Requests", { retry_after: 31_536_000 }) },
    { name: "of a bot whose token is revoked", cause: refused(401, "Unauthorized") },
    {
      name: "of a person who blocked the bot",
      cause: refused(403, "Forbidden: bot was blocked by the user")
    },
    {
      name: "that the bot was kicked from",
      cause: refused(403, "Forbidden: bot was kicked from the group chat")
    },
    {
      name: "that the bot is no member of",
      cause: refused(403, "Forbidden: bot is not a member of the supergroup chat")
    },
    {
      name: "where the bot is muted",
      cause: refused(400, "Bad Request: not enough rights to send text messages to the chat")
    }
  ])("$name: are not asked once that is known, end, and are logged once", ({ cause }) =>
    Effect.gen(function*() {
      const { bot, requests, running } = yield* door({ paced: true, background: false })
      const logged: Array<string> = []
      vi.spyOn(console, "log").mockImplementation((...line) => {
        logged.push(line.join(" "))
      })
      const outbox = Contexts.outbox(() => Promise.reject(cause))
      const six = Effect.gen(function*() {
        for (let n = 0; n < 6; n++) yield* handled(bot, Contexts.telegraf(outbox, privateText(`${n}`)))
      })
      assert.isAtMost(yield* millis(six), 3000)
      assert.isAtMost((yield* requests).length, 1)
      assert.strictEqual(yield* running, 0)
      assert.strictEqual(logged.filter((line) => line.includes("is not asked for")).length, 1)
      // And the person's command, whose answer would not arrive either, hangs nowhere.
      assert.isAtMost(yield* millis(handled(bot, Contexts.telegraf(outbox, privateText("/codex status")))), 1000)
    }))
})

describe("the middleware", () => {
  it.live("returns before the answer, however long that takes", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door()
      yield* Effect.promise(() => bot.ready())
      yield* script(TestCodex.never)
      assert.isAtMost(yield* millis(handled(bot, Contexts.telegraf(Contexts.outbox(), privateText("hello")))), 200)
    }))

  it.live("with background: false waits for its own answer, and not for those of others", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ background: false })
      const { open, reply } = yield* gate
      yield* script(reply)
      const outbox = Contexts.outbox()
      const slow = bot(Contexts.telegraf(outbox, privateText("slow", 8)), () => undefined)
      yield* handled(bot, Contexts.telegraf(outbox, privateText("hello")))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello"])
      yield* open
      yield* Effect.promise(() => slow)
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello", "Echo: slow"])
    }))

  it.live("with background: false does not reject when its layer cannot be built", () =>
    Effect.gen(function*() {
      quiet()
      const broken: Layer.Layer<Layer.Success<ReturnType<typeof TestCodex.layer>>, Error> = Layer.unwrap(
        Effect.fail(new Error("no database"))
      )
      const bot = codex({ layer: broken, allowedUserIds: "everybody", background: false })
      const outbox = Contexts.outbox()
      assert.isFalse(yield* handled(bot, Contexts.telegraf(outbox, privateText("hello"))))
      assert.match(outbox.texts()[0] ?? "", /Something went wrong/)
    }))

  it.live("answers a chat that knows only shortcuts by its own way out, whoever comes in the meantime", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door({ maxTurns: 1 })
      const { open, reply } = yield* gate
      yield* script(reply)
      const outboxes = [Contexts.outbox(), Contexts.outbox()]
      for (const [index, outbox] of outboxes.entries()) {
        yield* handled(bot, Contexts.bare(outbox, privateMessage({ text: `${index}` }, index + 1)))
      }
      const others = Contexts.outbox()
      for (let user = 3; user < 1100; user++) {
        yield* handled(bot, Contexts.bare(others, privateMessage({ text: "/codex help" }, user)))
      }
      yield* open
      for (const [index, outbox] of outboxes.entries()) {
        assert.deepStrictEqual(yield* outbox.messages(1), [`Echo: ${index}`])
      }
    }))

  it.live("of a context that knows only shortcuts answers by the newest one, also after a command in between", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door()
      const { open, reply } = yield* gate
      yield* script(reply)
      const outbox = Contexts.outbox()
      const say = (text: string) => handled(bot, Contexts.bare(outbox, privateMessage({ text })))
      yield* say("one")
      yield* say("/codex models")
      yield* outbox.messages(1)
      yield* say("two")
      yield* open
      assert.deepStrictEqual((yield* outbox.messages(3)).slice(1), ["Echo: one", "Echo: two"])
    }))

  it.live("of two bots in one process keeps them apart, by one middleware each or by one for both", () =>
    Effect.gen(function*() {
      const { bot, make } = yield* door()
      const other = make()
      yield* Effect.addFinalizer(() => Effect.promise(() => other.dispose()))
      const sent = privateText("hello")
      const contextOf = (outbox: Contexts.Outbox, token: string) => {
        const context = Contexts.telegraf(outbox, sent)
        return { ...context, telegram: { ...context.telegram, token } }
      }
      const first = Contexts.outbox()
      const second = Contexts.outbox()
      yield* handled(bot, contextOf(first, "1:a"))
      yield* handled(other, contextOf(second, "2:b"))
      assert.deepStrictEqual([yield* first.messages(1), yield* second.messages(1)], [["Echo: hello"], ["Echo: hello"]])
      // The same number of an update is another one of another bot.
      const third = Contexts.outbox()
      yield* handled(bot, contextOf(third, "2:b"))
      yield* handled(bot, contextOf(first, "1:a"))
      assert.deepStrictEqual(yield* third.messages(1), ["Echo: hello"])
      assert.deepStrictEqual(first.texts(), ["Echo: hello"])
    }))

  it.live("takes an update that Telegram sends again for the same, and answers it once", () =>
    Effect.gen(function*() {
      const { bot, requests } = yield* door({ background: false })
      const outbox = Contexts.outbox()
      const sent = privateText("hello")
      for (let n = 0; n < 3; n++) yield* handled(bot, Contexts.telegraf(outbox, sent))
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello"])
      assert.strictEqual((yield* requests).length, 1)
    }))

  it.live("answers by the way that was taken first when Telegram sends an update again over another", () =>
    Effect.gen(function*() {
      const { bot, script } = yield* door()
      const { open, reply, started } = yield* gate
      yield* script(reply)
      const [first, again] = [Contexts.outbox(), Contexts.outbox()]
      yield* handled(bot, Contexts.vibegram(first, privateText("running")))
      yield* started
      const waiting = privateText("waiting")
      yield* handled(bot, Contexts.vibegram(first, waiting))
      yield* handled(bot, Contexts.vibegram(again, waiting))
      yield* open
      assert.deepStrictEqual(yield* first.messages(2), ["Echo: running", "Echo: waiting"])
      assert.deepStrictEqual(again.texts(), [])
    }))

  it.live("lets ctx.codex.reset stop, drop and forget as the command does", () =>
    Effect.gen(function*() {
      const { bot, requests, script } = yield* door()
      const { reply, started } = yield* gate
      yield* script(reply)
      const outbox = Contexts.outbox()
      for (const text of ["one", "two"]) yield* handled(bot, Contexts.telegraf(outbox, privateText(text)))
      yield* started
      const context = Contexts.telegraf(outbox, privateText("/start"))
      yield* handled(bot, context)
      const methods: CodexContext = Reflect.get(context, "codex")
      yield* Effect.promise(() => methods.reset())
      assert.deepStrictEqual(yield* outbox.messages(1), ["⏹ Stopped."])
      yield* handled(bot, Contexts.telegraf(outbox, privateText("three")))
      assert.deepStrictEqual((yield* outbox.messages(2)).at(-1), "Echo: three")
      assert.deepStrictEqual((yield* requests).map(({ input }) => input.length), [1, 1])
    }))
})

describe("turns that cannot be had", () => {
  const origin: Origin = {
    messageId: 1,
    userId: 7,
    chatId: 7,
    isPrivate: true,
    conversation: ConversationKey("user:7"),
    destination: { chatId: 7, threadId: undefined, replyTo: undefined }
  }
  const refusal = Effect.fail(new Turns.TurnsUnavailable({ reason: "moving" }))
  const unavailable = Turns.Turns.of({
    accept: () => refusal,
    stop: () => refusal,
    reset: () => refusal,
    once: (_, work) => Effect.asSome(work),
    leave: () => refusal,
    rests: () => Effect.void,
    drained: Effect.void
  })

  it.effect.each<{ readonly name: string; readonly incoming: Handling.Known; readonly method: string }>([
    {
      name: "a prompt",
      incoming: { _tag: "Prompt", origin, asking: { content: [{ _tag: "Text", text: "hello" }] } },
      method: "sendMessage"
    },
    {
      name: "/codex reset",
      incoming: { _tag: "Command", origin, name: "reset", arguments: "" },
      method: "sendMessage"
    },
    { name: "/codex stop", incoming: { _tag: "Command", origin, name: "stop", arguments: "" }, method: "sendMessage" },
    { name: "Stop", incoming: { _tag: "Stop", origin, callbackId: "1" }, method: "answerCallbackQuery" }
  ])("are told to whoever sends $name, and the client is not kept", ({ incoming, method }) =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      let held = 0
      const work = Handling.plan(incoming, {
        door: makeDoor(),
        lane: { bot: "1", conversation: origin.conversation },
        update: 1,
        earlier: [],
        overheard: Overheard.make(),
        hold: () => {
          held++
          return () => held--
        },
        done: Effect.void
      })
      const todo: Handling.Work = Option.getOrElse(work, () => Effect.die("nothing to do"))
      yield* todo.pipe(
        Effect.catch((error) => Handling.refused(incoming, error)),
        Effect.provide(Errands.layer),
        Effect.provideService(Turns.Turns, unavailable),
        Effect.provideService(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {})))
      )
      assert.deepStrictEqual(outbox.calls.map(({ method, payload }) => [method, payload["text"]]), [
        [method, "⚠️ Prompts cannot be accepted at the moment (moving)."]
      ])
      assert.strictEqual(held, 0)
    }).pipe(Effect.provide([TestCodex.layer(), AuthCommands.layer])))
})

describe("dispose", () => {
  const farewell = "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again."

  it.live(
    "ends within drainMs and five seconds with fifty hanging chats, and tells each of them once",
    () =>
      Effect.gen(function*() {
        const { bot, running, script } = yield* door({ paced: true, drainMs: 100 })
        yield* script(...Array.from({ length: 50 }, () => TestCodex.never))
        const outbox = Contexts.outbox()
        for (let user = 1; user <= 50; user++) {
          for (const text of ["1", "2", "3"]) yield* handled(bot, Contexts.telegraf(outbox, privateText(text, user)))
        }
        while ((yield* running) < 32) yield* Effect.sleep("1 millis")
        assert.isAtMost(yield* millis(Effect.promise(() => bot.dispose())), 5100)
        const told = outbox.calls.filter(({ method }) => method === "sendMessage")
        assert.deepStrictEqual([...new Set(told.map(({ payload }) => payload["text"]))], [farewell])
        assert.deepStrictEqual(
          told.map(({ payload }) => Number(payload["chat_id"])).sort((one, other) => one - other),
          Array.from({ length: 50 }, (_, index) => index + 1)
        )
        assert.strictEqual(yield* running, 0)
        assert.isTrue(yield* handled(bot, Contexts.telegraf(outbox, privateText("late"))))
      })
  )

  it.live(
    "ends in time while thousands of chats wait, and tells as many of them as Telegram takes, once",
    () =>
      Effect.gen(function*() {
        const { bot, running, script } = yield* door({ paced: true, drainMs: 50 })
        yield* script(...Array.from({ length: 32 }, () => TestCodex.never))
        const outbox = Contexts.outbox()
        for (let user = 1; user <= 4000; user++) {
          yield* handled(bot, Contexts.telegraf(outbox, privateText("hello", user)))
        }
        while ((yield* running) < 32) yield* Effect.sleep("1 millis")
        assert.isAtMost(yield* millis(Effect.promise(() => bot.dispose())), 5500)
        const told = outbox.calls.filter(({ method }) => method === "sendMessage").map(({ payload }) =>
          payload["chat_id"]
        )
        assert.strictEqual(new Set(told).size, told.length)
        assert.isAtLeast(told.length, 60)
      })
  )

  it.live(
    "ends in time when Telegram, the provider and its end hang, and once for all who call it",
    () =>
      Effect.gen(function*() {
        quiet()
        let closed = 0
        const bot = codex({
          provider: {
            name: "own",
            ask: () => new Promise(() => undefined),
            close: () => {
              closed++
              return new Promise(() => undefined)
            }
          },
          allowedUserIds: [7],
          drainMs: 50
        })
        const hung = Contexts.outbox(() => new Promise(() => undefined))
        yield* handled(bot, Contexts.telegraf(hung, privateText("hello")))
        yield* handled(bot, Contexts.telegraf(hung, privateText("/codex status")))
        const both = Effect.promise(() => Promise.all([bot.dispose(), bot.dispose()]))
        assert.isAtMost(yield* millis(both), 8000)
        assert.strictEqual(closed, 1)
      })
  )

  it.live("of a middleware that was never used builds nothing", () =>
    Effect.gen(function*() {
      let built = 0
      const layer = Layer.merge(TestCodex.layer(), Layer.effectDiscard(Effect.sync(() => built++)))
      const bot = codex({ layer, allowedUserIds: [1] })
      yield* Effect.promise(() => bot.dispose())
      assert.strictEqual(built, 0)
    }))

  it.live("leaves updates to the bot without a word when its door is in the layer", () =>
    Effect.gen(function*() {
      quiet()
      const layer = TestCodex.layer()
      const bot: CodexMiddleware = Reflect.apply(codex, undefined, [{ layer }])
      yield* Effect.promise(() => bot.dispose())
      const outbox = Contexts.outbox()
      assert.isTrue(yield* handled(bot, Contexts.telegraf(outbox, privateText("late"))))
      assert.deepStrictEqual(outbox.calls, [])
    }))
})
