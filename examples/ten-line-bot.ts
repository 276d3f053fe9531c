/** The smallest bot: ChatGPT in Telegram, with your own login. Save it as `bot.ts`. */
import { codex, codexProvider } from "effect-codex/telegram"
import { Telegraf } from "telegraf"

const { CODEX_ALLOWED_USER_IDS = "", CODEX_BASE_URL, TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN = "" } = process.env
const telegram = { apiRoot: TELEGRAM_API_ROOT ?? "https://api.telegram.org" }
const bot = new Telegraf(TELEGRAM_BOT_TOKEN, { handlerTimeout: Infinity, telegram })
const allowedUserIds = CODEX_ALLOWED_USER_IDS.split(",").map(Number)
const chatgpt = codex({ provider: codexProvider({ baseUrl: CODEX_BASE_URL }), allowedUserIds, greet: true })
bot.use(chatgpt)
const stop = () => bot.stop()
await bot.telegram.setMyCommands(chatgpt.commands)
  .then(() => bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)))
  .catch(({ message }) => {
    console.error(`The bot ended: ${message}`)
    process.exitCode = 1
  })
await chatgpt.dispose()
