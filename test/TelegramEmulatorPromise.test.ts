/**
 * The door for tests without Effect: plain promises, as any test runner has them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Bot } from "grammy"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"

describe("TelegramEmulator.start", () => {
  it("a bot is tested with promises from beginning to end", async () => {
    const telegram = await TelegramEmulator.start({ username: "echo_bot" })
    const bot = new Bot(telegram.token, { client: { apiRoot: telegram.apiRoot } })
    bot.on("message:text", (ctx) => ctx.reply(`echo ${ctx.message.text}`))
    const running = bot.start()
    const ann = await telegram.user({ id: 7, firstName: "Ann" })
    await ann.chat.send("hello")
    assert.strictEqual((await ann.chat.botText("echo hello")).chat.id, 7)
    const group = await telegram.group({ title: "Team", kind: "forum" })
    const topic = await group.topic("Bugs")
    await ann.in(topic).send("in here")
    assert.deepInclude(await ann.in(topic).botText(/in here/), { text: "echo in here" })
    assert.strictEqual((await telegram.timeline())[0]?.text, "hello")
    await bot.stop()
    await running
    await telegram.close()
    await telegram.close()
    assert.strictEqual(await fetch(telegram.apiRoot).then(() => "open", () => "closed"), "closed")
  })

  it("faults and refusals come through, and what nobody can do rejects", async () => {
    const telegram = await TelegramEmulator.start()
    const ann = await telegram.user({ id: 7, firstName: "Ann" })
    await telegram.failNext("getMe", FaultScript.answer({ status: 502 }))
    const url = `${telegram.apiRoot}/bot${telegram.token}/getMe`
    assert.deepStrictEqual([(await fetch(url)).status, (await fetch(url)).status], [502, 200])
    assert.deepStrictEqual((await telegram.calls()).map(({ method }) => method), ["getMe", "getMe"])
    const error = await ann.chat.press(1, "x").then(() => undefined, (error: unknown) => error)
    assert.instanceOf(error, TelegramEmulator.ImpossibleAct)
    assert.strictEqual(error.message, "Nobody can press this: there is no message 1 here")
    await telegram.close()
  })
})
