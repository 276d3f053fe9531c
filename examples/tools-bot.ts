/**
 * A bot with tools: it keeps a shopping list, asks before it empties it, searches the web and draws.
 *
 * A tool is an Effect; `Effect.tryPromise` makes one of a function that returns a promise.
 */
import { Effect, Schema } from "effect"
import { codex, codexProvider } from "effect-codex/telegram"
import { Tool, Toolkit } from "effect/ai"
import { Telegraf } from "telegraf"

const {
  CODEX_ALLOWED_USER_IDS = "",
  CODEX_BASE_URL: baseUrl,
  TELEGRAM_API_ROOT: apiRoot = "https://api.telegram.org",
  TELEGRAM_BOT_TOKEN = ""
} = process.env

const Shopping = Toolkit.make(
  Tool.make("add_to_list", {
    description: "Adds something to the shopping list",
    parameters: Schema.Struct({ item: Schema.String.check(Schema.isMaxLength(100)) }),
    success: Schema.Array(Schema.String),
    // What fails so is told to the model, which tells the person.
    failure: Schema.String
  }),
  Tool.make("read_list", {
    description: "The shopping list as it is now",
    success: Schema.Array(Schema.String)
  }),
  Tool.make("empty_list", {
    description: "Takes everything off the shopping list",
    success: Schema.String,
    // The bot asks with two buttons, and nothing is done before one is pressed.
    needsApproval: true
  })
)

const list: Array<string> = []

const handlers = Shopping.toLayer({
  add_to_list: ({ item }) =>
    list.includes(item) ? Effect.fail(`${item} is on the list already.`) : Effect.sync(() => {
      list.push(item)
      return [...list]
    }),
  read_list: () => Effect.sync(() => [...list]),
  empty_list: () => Effect.sync(() => `${list.splice(0).length} things were taken off.`)
})

const chatgpt = codex({
  provider: codexProvider({ baseUrl }),
  allowedUserIds: CODEX_ALLOWED_USER_IDS.split(",").map(Number),
  toolkit: Effect.provide(Shopping, handlers),
  webSearch: true,
  imageGeneration: true,
  // One quiet status while tools work, and the answer as a message of its own.
  streaming: "progress"
})
const bot = new Telegraf(TELEGRAM_BOT_TOKEN, { handlerTimeout: Infinity, telegram: { apiRoot } })
bot.use(chatgpt)
process.once("SIGINT", () => bot.stop()).once("SIGTERM", () => bot.stop())
await bot.launch()
await chatgpt.dispose()
