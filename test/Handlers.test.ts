import { type Conversation, type ConversationFlavor, conversations, createConversation } from "@grammyjs/conversations"
import { codex } from "effect-codex/telegram"
import { TelegramEmulator } from "effect-codex/testing/telegram"
import { Bot, type Context as GrammyContext } from "grammy"
import { type Context, Scenes, session, Telegraf } from "telegraf"
import { assert, onTestFinished, test } from "vitest"

/** Your bot's `codex`; here ChatGPT shouts, so that one sees who has answered. */
const shouting = () =>
  codex({
    provider: { name: "shout", ask: async ({ text }) => ({ text: `${text.toUpperCase()}!` }) },
    // What is not listed is left to the handlers behind.
    takes: ["text"],
    joinWindowMs: 0
  })

/** A script of what Ann says and what she reads. */
const talk = async (
  telegram: Awaited<ReturnType<typeof TelegramEmulator.start>>,
  lines: ReadonlyArray<readonly [said: string, read: string]>
) => {
  const ann = await telegram.user({ id: 7, firstName: "Ann" })
  for (const [said, read] of lines) {
    await ann.chat.send(said)
    await ann.chat.botText(read)
  }
  const texts = (await ann.chat.messages()).map(({ text }) => text)
  assert.deepStrictEqual(texts, lines.flat())
}

test("Telegraf: what comes before codex has the first word, what comes behind it gets the rest", async () => {
  const telegram = await TelegramEmulator.start()
  onTestFinished(() => telegram.close())
  const bot = new Telegraf(telegram.token, { handlerTimeout: Infinity, telegram: { apiRoot: telegram.apiRoot } })
  const chatgpt = shouting()

  bot.hears(/^ping$/i, (ctx) => ctx.reply("pong"))
  bot.use(chatgpt)
  bot.start((ctx) => ctx.reply("Welcome."))
  bot.command("shop", (ctx) => ctx.reply("Closed."))
  bot.on("sticker", (ctx) => ctx.reply("Nice."))
  // Never reached: a text that is no command is a prompt.
  bot.on("text", (ctx) => ctx.reply("Unreachable."))

  const running = bot.launch()
  await telegram.polled()
  await talk(telegram, [
    ["ping", "pong"],
    ["hello", "HELLO!"],
    ["/start", "Welcome."],
    ["/shop", "Closed."],
    ["/codex ask more", "MORE!"]
  ])
  bot.stop()
  await running
  await chatgpt.dispose()
})

test("Telegraf: scenes and sessions stand before codex, and keep what is said in them to themselves", async () => {
  const telegram = await TelegramEmulator.start()
  onTestFinished(() => telegram.close())
  const bot = new Telegraf<Scenes.SceneContext>(telegram.token, {
    handlerTimeout: Infinity,
    telegram: { apiRoot: telegram.apiRoot }
  })
  const chatgpt = shouting()

  const order = new Scenes.BaseScene<Scenes.SceneContext>("order")
  order.enter((ctx) => ctx.reply("What may it be?"))
  order.on("text", async (ctx) => {
    await ctx.reply(`One ${ctx.message.text}, thank you.`)
    await ctx.scene.leave()
  })

  bot.use(session())
  // A scene that somebody is in handles what they say, and does not call `next`.
  bot.use(new Scenes.Stage([order]).middleware())
  bot.command("order", (ctx) => ctx.scene.enter("order"))
  bot.use(chatgpt)

  const running = bot.launch()
  await telegram.polled()
  await talk(telegram, [
    ["hello", "HELLO!"],
    ["/order", "What may it be?"],
    ["tea", "One tea, thank you."],
    ["tea", "TEA!"]
  ])
  bot.stop()
  await running
  await chatgpt.dispose()
})

test("grammY: the conversations plugin stands before codex, and gets what a conversation waits for", async () => {
  const telegram = await TelegramEmulator.start()
  onTestFinished(() => telegram.close())
  const bot = new Bot<ConversationFlavor<GrammyContext>>(telegram.token, { client: { apiRoot: telegram.apiRoot } })
  const chatgpt = shouting()

  const greet = async (conversation: Conversation, ctx: GrammyContext) => {
    await ctx.reply("Your name?")
    const { message } = await conversation.waitFor("message:text")
    await ctx.reply(`Hello, ${message.text}.`)
  }
  bot.use(conversations())
  bot.use(createConversation(greet, "greet"))
  bot.command("name", (ctx) => ctx.conversation.enter("greet"))
  bot.use(chatgpt)
  bot.command("shop", (ctx) => ctx.reply("Closed."))

  const running = bot.start()
  await telegram.polled()
  await talk(telegram, [
    ["hello", "HELLO!"],
    ["/name", "Your name?"],
    ["Ann", "Hello, Ann."],
    ["Ann", "ANN!"],
    ["/shop", "Closed."]
  ])
  await bot.stop()
  await running
  await chatgpt.dispose()
})

test("VibeGram: a context with its client is enough, handlers before it have the first word", async () => {
  const telegram = await TelegramEmulator.start()
  onTestFinished(() => telegram.close())
  const chatgpt = shouting()
  const ann = await telegram.user({ id: 7, firstName: "Ann" })

  /** What VibeGram does with an update: its handlers in their order, each of which may call `next`. */
  const update = async (text: string) => {
    const callApi = async (method: string, payload: object) => {
      const response = await fetch(`${telegram.apiRoot}/bot${telegram.token}/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(payload)
      })
      return response.json()
    }
    const message = { message_id: 900, date: 1, chat: { id: 7, type: "private" }, from: { id: 7, is_bot: false }, text }
    const context: Pick<Context, "update"> & object = Object.assign(
      JSON.parse(JSON.stringify({ update: { update_id: text.length, message } })),
      { client: { token: telegram.token, callApi } }
    )
    if (text === "ping") return callApi("sendMessage", { chat_id: 7, text: "pong" })
    return chatgpt(context, () => callApi("sendMessage", { chat_id: 7, text: "Behind." }))
  }

  await ann.chat.send("/hi")
  for (const [text, read] of [["ping", "pong"], ["hello", "HELLO!"], ["/shop", "Behind."]] as const) {
    await update(text)
    await ann.chat.botText(read)
  }
  await chatgpt.dispose()
})
