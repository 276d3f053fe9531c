import { codex } from "effect-codex/telegram"
import { TelegramEmulator } from "effect-codex/testing/telegram"
import { Telegraf } from "telegraf"
import { assert, onTestFinished, test } from "vitest"

/** Your bot, as it runs in production: only the root of the API comes from outside. */
const makeBot = (token: string, apiRoot: string) => {
  const bot = new Telegraf(token, { handlerTimeout: Infinity, telegram: { apiRoot } })
  const shouting = codex({
    provider: { name: "shout", ask: async ({ text }) => ({ text: `${text.toUpperCase()}!` }) },
    botUsername: "shout_bot"
  })
  bot.use(shouting)
  return { bot, shouting }
}

test("Ann is answered in private, and in a group when she mentions the bot", async () => {
  const telegram = await TelegramEmulator.start({ username: "shout_bot" })
  onTestFinished(() => telegram.close())
  const { bot, shouting } = makeBot(telegram.token, telegram.apiRoot)
  const running = bot.launch()
  await telegram.polled()

  const ann = await telegram.user({ id: 7, firstName: "Ann" })
  await ann.chat.send("hello")
  await ann.chat.botText("HELLO!")

  const team = await telegram.group({ title: "Team", kind: "forum" })
  const bugs = ann.in(await team.topic("Bugs"))
  await bugs.send("lunch?")
  await bugs.send("@shout_bot good news")
  await bugs.botText("GOOD NEWS!")
  const texts = (await bugs.messages()).map(({ text }) => text)
  assert.deepStrictEqual(texts.slice(-3), ["lunch?", "@shout_bot good news", "GOOD NEWS!"])

  // Whatever was sent is written down, with the answer of the API.
  const sent = (await telegram.calls()).filter(({ method }) => method === "sendMessage")
  assert.strictEqual(sent.length, 2)

  bot.stop()
  await running
  await shouting.dispose()
})
