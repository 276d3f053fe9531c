/**
 * The "Minimal Server Bot" of `vibegram/codex`, with its import changed to `effect-codex/telegram`.
 *
 * In your own bot `Bot` comes from `vibegram`; `support/vibegram.ts` stands in for it here.
 */
import { codex, codexProvider } from "effect-codex/telegram"
import { Bot } from "./support/vibegram.ts"

function parseNumberList(value: string | undefined): Array<number> {
  if (!value) return []
  return value
    .split(",")
    .map((item) => Number(item.trim()))
    .filter(Number.isFinite)
}

const telegramToken = process.env.TELEGRAM_BOT_TOKEN
const authJsonPath = process.env.CODEX_AUTH_JSON_PATH

if (!telegramToken) {
  throw new Error("TELEGRAM_BOT_TOKEN is required")
}

if (!authJsonPath) {
  throw new Error("CODEX_AUTH_JSON_PATH is required")
}

const bot = new Bot(telegramToken)

bot.use(
  codex({
    provider: codexProvider({
      authJsonPath,
      accountId: process.env.CODEX_ACCOUNT_ID,
      deviceId: process.env.CODEX_DEVICE_ID,
      model: process.env.CODEX_MODEL ?? "gpt-5.3-codex",
      reasoningEffort: process.env.CODEX_REASONING_EFFORT,
      // Not in the original: another backend and issuer, for tests.
      baseUrl: process.env.CODEX_BASE_URL,
      issuer: process.env.CODEX_ISSUER
    }),
    authJsonPath,
    authAdminUserIds: parseNumberList(process.env.CODEX_AUTH_ADMIN_USER_IDS),
    systemPrompt: process.env.CODEX_SYSTEM_PROMPT ?? "You are a concise Telegram assistant.",
    allowedUserIds: parseNumberList(process.env.CODEX_ALLOWED_USER_IDS),
    allowedChatIds: parseNumberList(process.env.CODEX_ALLOWED_CHAT_IDS),
    botUsername: process.env.TELEGRAM_BOT_USERNAME,
    autoReply: process.env.CODEX_AUTO_REPLY !== "false",
    groupMentionOnly: true,
    maxHistory: 20,
    timeoutMs: 60_000,
    onAudit: (event) => {
      console.log("[codex]", {
        userId: event.userId,
        chatId: event.chatId,
        provider: event.provider,
        model: event.model,
        success: event.success,
        durationMs: event.durationMs,
        error: event.error
      })
    }
  })
)

bot.start((ctx) => ctx.reply("Send a message or use /codex ask <text>."))

await bot.launch()
