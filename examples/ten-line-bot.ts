/** The smallest bot: ChatGPT in Telegram, with the login that `codex login` left in `~/.codex/auth.json`. */
import { codex, codexProvider } from "effect-codex/telegram"
import { Telegraf } from "telegraf"

const { CODEX_BASE_URL: baseUrl, TELEGRAM_API_ROOT: apiRoot = "https://api.telegram.org" } = process.env
const bot = new Telegraf(process.env.TELEGRAM_BOT_TOKEN ?? "", { handlerTimeout: Infinity, telegram: { apiRoot } })
// Your own Telegram user id goes here: an empty list lets everybody use up your quota.
const chatgpt = codex({ provider: codexProvider({ baseUrl }), allowedUserIds: [789012], greet: true })
bot.use(chatgpt)
process.once("SIGINT", () => bot.stop()).once("SIGTERM", () => bot.stop())
await bot.launch()
await chatgpt.dispose()
