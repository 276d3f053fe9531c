/**
 * The live smoke test: your own login, your own bot, one question to the real backend before the bot listens.
 *
 * It is meant for your own machine. `TELEGRAM_BOT_TOKEN` is the bot's, `CODEX_ALLOWED_USER_IDS` says who may use it;
 * the login is the Codex CLI's own, or `CODEX_AUTH_JSON_PATH`.
 */
import { codex, codexProvider } from "effect-codex/telegram"
import { Telegraf } from "telegraf"

const {
  CODEX_ALLOWED_USER_IDS = "",
  CODEX_AUTH_JSON_PATH: authJsonPath,
  CODEX_BASE_URL: baseUrl,
  CODEX_ISSUER: issuer,
  CODEX_MODEL: model,
  TELEGRAM_API_ROOT: apiRoot = "https://api.telegram.org",
  TELEGRAM_BOT_TOKEN: token
} = process.env

const say = (text: string) => console.log(text)

/** Ends with one sentence. It is a person who reads it, so there is no stack. */
const giveUp = (sentence: string): never => {
  console.error(sentence)
  process.exit(1)
}

const allowedUserIds = CODEX_ALLOWED_USER_IDS.split(",").map(Number).filter((id) => Number.isSafeInteger(id) && id > 0)
if (!token) giveUp("Set TELEGRAM_BOT_TOKEN to the token of your test bot, from @BotFather.")
if (allowedUserIds.length === 0) {
  giveUp("Set CODEX_ALLOWED_USER_IDS to your own Telegram user id: this bot spends your quota.")
}

const reason = (error: unknown): string => error instanceof Error ? error.message : "unknown"

const provider = codexProvider({ authJsonPath, baseUrl, issuer, model, timeoutMs: 60_000 })
const { text } = await provider.ask({
  text: "Reply with the one word: ready",
  userId: 0,
  chatId: 0,
  conversationKey: "smoke-test",
  messages: [{ role: "user", content: "Reply with the one word: ready" }]
}).catch((error: unknown) => giveUp(`The backend did not answer: ${reason(error)}`))
say(`The backend answers (${text.length} characters).`)

const bot = new Telegraf(token ?? "", { handlerTimeout: Infinity, telegram: { apiRoot } })
const me = await bot.telegram.getMe().catch(() => giveUp("Telegram does not take TELEGRAM_BOT_TOKEN: copy it again."))
const chatgpt = codex({
  provider,
  allowedUserIds,
  botUsername: me.username,
  // Metadata only: never what was said.
  onAudit: ({ durationMs, error, model, success }) => console.log("[codex]", { model, success, durationMs, error })
})
bot.use(chatgpt)
say(`Write to @${me.username}. Stop with Ctrl-C.`)
const stop = () => bot.stop()
await bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)).catch(({ message }) => {
  console.error(`The bot ended: ${message}`)
  process.exitCode = 1
})
await chatgpt.dispose()
