/**
 * What `npm start` runs: your bot when `TELEGRAM_BOT_TOKEN` is set, else the playground, which needs nothing.
 */
export {}

if (process.env.TELEGRAM_BOT_TOKEN) {
  await import("./telegraf-bot.ts")
} else {
  await import("./playground/main.ts")
}
