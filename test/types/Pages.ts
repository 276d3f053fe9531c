/**
 * The short programs of docs/migrating.md and docs/bots.md, which print them. The compiler is the test.
 */
// #region import
import { codex, codexProvider } from "effect-codex/telegram"
// #endregion
// #region context
// VibeGram: its Context gets the field
import type {} from "effect-codex/telegram/vibegram"
// Telegraf and grammY: the flavour
import type { CodexFlavor } from "effect-codex/telegram"
import { type Context, Telegraf } from "telegraf"

const bot = new Telegraf<Context & CodexFlavor>(process.env.TELEGRAM_BOT_TOKEN ?? "")
// #endregion
import { Bot } from "../../examples/support/vibegram.ts"

export const pages = () => {
  const token = ""
  const provider = codexProvider()
  bot.command("joke", async (ctx) => ctx.reply((await ctx.codex.ask("Tell me a joke.")).text))
  {
    // #region ending
    const chatgpt = codex({ provider })
    const bot = new Bot(token, { observability: { hooks: { onStop: () => chatgpt.dispose() } } })
    bot.use(chatgpt)
    // #endregion
  }
  {
    const chatgpt = codex({ provider })
    const bot = new Telegraf(token)
    // #region signals
    // Telegraf and grammY leave signals to you; grammY's `stop` takes none.
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        bot.stop(signal)
        void chatgpt.dispose()
      })
    }
    // #endregion
  }
}
