/**
 * A bot that listens: voice messages become words by a program of this machine, here whisper.cpp. Telegram sends Opus,
 * which not every build of it reads, so ffmpeg turns it into WAV.
 */
import { codex, codexProvider } from "effect-codex/telegram"
import { Telegraf } from "telegraf"

const {
  CODEX_BASE_URL: baseUrl,
  CODEX_TRANSCRIBE_COMMAND = "ffmpeg -loglevel error -i {file} -ar 16000 -ac 1 -f wav - | " +
    "whisper-cli -m models/ggml-base.bin -l auto -nt -np -f -",
  TELEGRAM_API_ROOT: apiRoot = "https://api.telegram.org",
  TELEGRAM_BOT_TOKEN = ""
} = process.env

const chatgpt = codex({
  provider: codexProvider({ baseUrl }),
  // Your own Telegram user id goes here: an empty list lets everybody use up your quota.
  allowedUserIds: [789012],
  transcribe: { command: CODEX_TRANSCRIBE_COMMAND }
})
const bot = new Telegraf(TELEGRAM_BOT_TOKEN, { handlerTimeout: Infinity, telegram: { apiRoot } })
bot.use(chatgpt)
const stop = () => bot.stop()
await bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)).catch(({ message }) => {
  console.error(`The bot ended: ${message}`)
  process.exitCode = 1
})
await chatgpt.dispose()
