/**
 * The same middleware in a grammY bot.
 *
 * The middleware gives answers in the background, so grammY's own loop of updates never waits for one.
 */
import { codex, type CodexFlavor, codexProvider } from "effect-codex/telegram"
import { Bot, type Context } from "grammy"

const { CODEX_AUTH_JSON_PATH, CODEX_BASE_URL, CODEX_ISSUER, TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN } = process.env
if (TELEGRAM_BOT_TOKEN === undefined) throw new Error("TELEGRAM_BOT_TOKEN is required")

const chatgpt = codex({
  provider: codexProvider({ authJsonPath: CODEX_AUTH_JSON_PATH, baseUrl: CODEX_BASE_URL, issuer: CODEX_ISSUER }),
  systemPrompt: "You are a concise Telegram assistant."
})

const bot = new Bot<Context & CodexFlavor>(TELEGRAM_BOT_TOKEN, {
  client: { apiRoot: TELEGRAM_API_ROOT ?? "https://api.telegram.org" }
})
bot.use(chatgpt)
bot.command("start", (ctx) => ctx.reply("Send a message or use /codex ask <text>."))
// A handler of your own has `ctx.codex`, with the history of the chat it is in.
bot.command("joke", async (ctx) => {
  const { text } = await ctx.codex.ask("Tell me a joke in one sentence.")
  await ctx.reply(text)
})
bot.catch(({ ctx }) => console.error(`Update ${ctx.update.update_id} could not be handled.`))

process.once("SIGINT", () => void bot.stop()).once("SIGTERM", () => void bot.stop())
await bot.api.setMyCommands(chatgpt.commands).then(() => bot.start()).catch(({ message }) => {
  console.error(`The bot ended: ${message}`)
  process.exitCode = 1
})
await chatgpt.dispose()
