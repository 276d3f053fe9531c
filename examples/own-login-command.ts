/**
 * A login command of your own, in place of `/codex login`.
 *
 * It takes minutes, so the handler starts it and returns: neither a webhook's answer nor polling waits for it.
 */
import { deviceLogin } from "effect-codex/telegram"
import { Telegraf } from "telegraf"

const {
  CODEX_AUTH_ADMIN_USER_IDS = "",
  CODEX_AUTH_JSON_PATH: authJsonPath,
  CODEX_ISSUER: issuer,
  TELEGRAM_API_ROOT: apiRoot = "https://api.telegram.org",
  TELEGRAM_BOT_TOKEN = ""
} = process.env
const admins = new Set(CODEX_AUTH_ADMIN_USER_IDS.split(",").map((id) => id.trim()))

const bot = new Telegraf(TELEGRAM_BOT_TOKEN, { telegram: { apiRoot } })

bot.command("signin", async (ctx) => {
  // A code that is shown in a group could be entered by anybody in it.
  if (ctx.chat.type !== "private" || !admins.has(String(ctx.from.id))) return
  await ctx.reply("Starting. Follow the link in the next message.")
  void deviceLogin(
    {
      onCode: ({ userCode, verificationUri, verificationUriComplete, expiresIn }) =>
        ctx.reply(
          `Open ${verificationUriComplete ?? verificationUri} and enter ${userCode} within ${
            Math.floor(expiresIn / 60)
          } minutes.`
        ),
      // `false` cancels.
      onPoll: () => true,
      onSuccess: () => ctx.reply("Signed in."),
      onError: (error) => ctx.reply(error.message)
    },
    // Also: clientId, scope, audience, flow, and skipSave, which hands the tokens out.
    { authJsonPath, issuer, timeoutMs: 300_000 }
  ).catch(() => undefined) // `onError` has told it.
})

const stop = () => bot.stop()
await bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)).catch(({ message }) => {
  console.error(`The bot ended: ${message}`)
  process.exitCode = 1
})
