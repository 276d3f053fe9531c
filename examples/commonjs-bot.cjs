/** The smallest bot as a CommonJS module. Save it as `bot.cjs`. */
const { codex, codexProvider } = require("effect-codex/telegram")
const { Telegraf } = require("telegraf")

const { CODEX_ALLOWED_USER_IDS = "", CODEX_BASE_URL, TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN = "" } = process.env
const telegram = { apiRoot: TELEGRAM_API_ROOT ?? "https://api.telegram.org" }
const bot = new Telegraf(TELEGRAM_BOT_TOKEN, { handlerTimeout: Infinity, telegram })
const allowedUserIds = CODEX_ALLOWED_USER_IDS.split(",").map(Number)
const chatgpt = codex({ provider: codexProvider({ baseUrl: CODEX_BASE_URL }), allowedUserIds, greet: true })
bot.use(chatgpt)
const stop = () => bot.stop()
void bot.telegram.setMyCommands(chatgpt.commands)
  .then(() => bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)))
  .catch(({ message }) => {
    console.error(`The bot ended: ${message}`)
    process.exitCode = 1
  })
  .then(() => chatgpt.dispose())
