/**
 * The short programs of docs/from-your-own.md, which prints them. The compiler is the test.
 */
import { codex, type CodexFlavor, codexProvider } from "effect-codex/telegram"
import { Bot, type Context as GrammyContext } from "grammy"
import { type Context, Telegraf } from "telegraf"

type Message = { readonly role: "user" | "assistant"; readonly content: string }

export const before = (token: string, complete: (messages: ReadonlyArray<Message>) => Promise<string>) => {
  // #region before
  const bot = new Telegraf(token)
  const history = new Map<number, Array<Message>>()

  bot.on("text", async (ctx) => {
    const messages = history.get(ctx.chat.id) ?? []
    messages.push({ role: "user", content: ctx.message.text })
    await ctx.sendChatAction("typing")
    const answer = await complete(messages)
    messages.push({ role: "assistant", content: answer })
    history.set(ctx.chat.id, messages)
    await ctx.reply(answer)
  })
  // #endregion
  return bot
}

export const telegraf = (token: string) => {
  // #region telegraf
  const bot = new Telegraf<Context & CodexFlavor>(token)
  const chatgpt = codex({ provider: codexProvider(), allowedUserIds: [123456789] })

  bot.command("weather", (ctx) => ctx.reply("It rains.")) // Yours stand where they stood.
  bot.use(chatgpt) // In place of bot.on("text", …).
  // #endregion
  return bot
}

export const grammy = (token: string) => {
  // #region grammy
  const bot = new Bot<GrammyContext & CodexFlavor>(token)
  const chatgpt = codex({ provider: codexProvider(), allowedUserIds: [123456789] })

  bot.command("weather", (ctx) => ctx.reply("It rains."))
  bot.use(chatgpt) // In place of bot.on("message:text", …).
  // #endregion
  return bot
}

export const own = (bot: Telegraf<Context & CodexFlavor>) => {
  // #region own
  bot.command("summary", async (ctx) => {
    const { text } = await ctx.codex.ask("Sum up what we talked about, in three sentences.")
    await ctx.reply(text)
  })
  // #endregion
}
