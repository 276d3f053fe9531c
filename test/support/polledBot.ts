/**
 * A bot of a real framework that polls the Telegram emulator, over a scripted Codex.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Bot } from "grammy"
import { Telegraf } from "telegraf"
import type { Update as TelegrafUpdate } from "telegraf/types"
import { vi } from "vitest"
import { Bot as VibeGramBot } from "../../examples/support/vibegram.ts"
import * as Item from "../../src/backend/Item.ts"
import type * as CodexLive from "../../src/CodexLive.ts"
import * as Telegram from "../../src/telegram/index.ts"
import type { DoorOptions } from "../../src/telegram/promise/Options.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"

interface Running {
  readonly launch: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Hands in the last update once more. */
  readonly again?: () => Promise<void>
}

type Start = (telegram: TelegramEmulator.Service, middleware: Telegram.CodexMiddleware) => Running

export const frameworks: Readonly<Record<"Telegraf" | "grammY" | "VibeGram", Start>> = {
  Telegraf: (telegram, middleware) => {
    const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot } })
    const updates: Array<TelegrafUpdate> = []
    bot.use((context, next) => {
      updates.push(context.update)
      return next()
    }, middleware)
    return {
      launch: () => bot.launch(),
      stop: async () => bot.stop(),
      again: async (): Promise<void> => {
        const update = updates.at(-1)
        if (update !== undefined) await bot.handleUpdate(update)
      }
    }
  },
  grammY: (telegram, middleware) => {
    const bot = new Bot(telegram.token, { client: { apiRoot: telegram.apiRoot } })
    bot.use(middleware)
    return { launch: () => bot.start(), stop: () => bot.stop() }
  },
  // It does not tell where a group has moved to when a call is refused.
  VibeGram: (telegram, middleware) => {
    const bot = new VibeGramBot(telegram.token, {
      apiRoot: telegram.apiRoot,
      polling: { interval: 0, timeout: 1 }
    })
    bot.use(middleware)
    return { launch: () => bot.launch(), stop: () => bot.stop() }
  }
}

export type Options = DoorOptions & {
  readonly framework?: keyof typeof frameworks
  readonly allowedChatIds?: ReadonlyArray<number> | undefined
  readonly allowedUserIds?: ReadonlyArray<number> | "everybody"
  readonly codex?: CodexLive.Values
  readonly emulator?: TelegramEmulator.Options
}

/** Ada (7) and Bob (8), and a bot over a scripted Codex that answers everybody. */
export const start = Effect.fnUntraced(
  function*(
    { allowedChatIds, allowedUserIds = "everybody", codex, emulator, framework = "Telegraf", ...manners }: Options = {}
  ) {
    const logged: Array<string> = []
    for (const method of ["log", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((...line: ReadonlyArray<unknown>) => {
        logged.push(line.join(" "))
      })
    }
    // The bot lives in the time of its test.
    const services = yield* Layer.build(
      Layer.merge(TestCodex.layer(codex), Layer.succeed(Clock.Clock, yield* Clock.Clock))
    )
    const telegram = yield* TelegramEmulator.make(emulator)
    const middleware = Telegram.codex({
      drainMs: 0,
      paced: false,
      firstTextDelayMs: 20,
      editIntervalMs: 20,
      groupEditIntervalMs: 20,
      ...manners,
      allowedUserIds,
      allowedChatIds,
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
    const ada = yield* telegram.user({ id: 7, firstName: "Ada" })
    const bob = yield* telegram.user({ id: 8, firstName: "Bob" })
    const { requests, running, script } = Context.get(services, TestCodex.TestCodex)
    return {
      ada,
      bob,
      bot,
      logged,
      requests,
      running,
      script,
      telegram,
      /** The words of each item of each request. */
      asked: Effect.map(requests, (all) => all.map(({ input }) => input.map(Item.words))),
      /** The last message of each request: what was asked. */
      questions: Effect.map(requests, (all) => all.map(({ input }) => Item.words(input.at(-1))))
    }
  }
)

/** An answer that shows its beginning, and ends when it may. */
export const gate = Effect.gen(function*() {
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

export const begun = ({ text = "" }: TelegramEmulator.Message) => text.startsWith("The answer begins")

/** What the bot shows in a chat by now. */
export const textsOf = (chat: TelegramEmulator.Conversation) =>
  Effect.map(chat.messages, (messages) => messages.flatMap(({ from, text }) => from.is_bot && text ? [text] : []))
