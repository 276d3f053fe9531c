/**
 * The playground: an emulated Telegram, an emulated ChatGPT, and between them the real bot.
 *
 * Everything listens on loopback. The login is written to a file and read from there, as in a deployment.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem } from "effect"
import { codex, codexProvider } from "effect-codex/telegram"
import { CodexEmulator, TelegramEmulator } from "effect-codex/testing"
import { Telegraf } from "telegraf"

/** Who and what there is. */
export interface World {
  readonly chatgpt: CodexEmulator.Service
  readonly telegram: TelegramEmulator.Service
  /** The private chat of the one person with the bot. */
  readonly chat: TelegramEmulator.Conversation
}

const startBot = Effect.fnUntraced(function*(chatgpt: CodexEmulator.Service, telegram: TelegramEmulator.Service) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "effect-codex-playground-" })
  const authJsonPath = `${folder}/auth.json`
  yield* files.writeFileString(authJsonPath, yield* chatgpt.signIn(), { mode: 0o600 })

  const middleware = codex({
    provider: codexProvider({ authJsonPath, baseUrl: chatgpt.baseUrl, issuer: chatgpt.issuer }),
    systemPrompt: "You are a concise Telegram assistant.",
    allowedUserIds: [7],
    paced: false,
    drainMs: 0
  })
  yield* Effect.addFinalizer(() => Effect.promise(() => middleware.dispose()))

  const bot = new Telegraf(telegram.token, { handlerTimeout: Infinity, telegram: { apiRoot: telegram.apiRoot } })
  bot.use(middleware)
  bot.start((ctx) => ctx.reply("Send a message, or see /codex help."))
  const polling = bot.launch()
  yield* telegram.polled
  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      bot.stop()
      await polling
    })
  )
}, Effect.provide(NodeFileSystem.layer))

/** Starts everything; it stops with the scope. `tokenDelay` is the pause before each word of an answer. */
export const make = Effect.fnUntraced(function*(tokenDelay: number) {
  const chatgpt = yield* CodexEmulator.make({ tokenDelay })
  const telegram = yield* TelegramEmulator.make({ username: "codex_playground_bot" })
  const { chat } = yield* telegram.user({ id: 7, firstName: "You" })
  yield* startBot(chatgpt, telegram)
  const world: World = { chatgpt, telegram, chat }
  return world
})
