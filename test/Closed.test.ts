/**
 * What was closed says so, and takes nothing along that somebody else still has.
 */
import { assert, describe, it } from "@effect/vitest"
import { codex, type CodexContext, type CodexProvider, codexProvider } from "../src/telegram/index.ts"
import * as Contexts from "./support/contexts.ts"
import { privateText } from "./support/updates.ts"

const said = (work: Promise<unknown>): Promise<unknown> =>
  work.then(() => "fulfilled", (error: unknown) => error instanceof Error ? error.message : error)

const counted = () => {
  let closed = 0
  const provider: CodexProvider = {
    name: "mine",
    ask: async () => ({ text: "an answer" }),
    close: async () => {
      closed++
    }
  }
  return { provider, closed: () => closed }
}

const options = { allowedUserIds: [7], background: false, joinWindowMs: 0 }

describe("a bot that was disposed of", () => {
  const expected = "This codex(...) was disposed of and answers no more. Make a new one."

  it("rejects with one sentence, from ready and from a handler that still has its context", async () => {
    const bot = codex({ ...options, provider: counted().provider })
    const context: object & { codex?: CodexContext } = Contexts.telegraf(Contexts.outbox(), privateText("hello", 7))
    await bot(context, () => undefined)
    await bot.dispose()
    assert.strictEqual(await said(bot.ready()), expected)
    assert.strictEqual(await said(context.codex?.ask("more") ?? Promise.resolve()), expected)
    assert.strictEqual(await said(context.codex?.status() ?? Promise.resolve()), expected)
  })

  it("leaves a provider to the other bot that has it, and the last one closes it", async () => {
    const { closed, provider } = counted()
    const [one, other] = [codex({ ...options, provider }), codex({ ...options, provider })]
    await one.ready()
    await other.ready()
    await one.dispose()
    await one.dispose()
    assert.strictEqual(closed(), 0)
    const outbox = Contexts.outbox()
    await other(Contexts.telegraf(outbox, privateText("hello", 7)), () => undefined)
    assert.deepStrictEqual(outbox.texts(), ["an answer"])
    await other.dispose()
    assert.strictEqual(closed(), 1)
  })
})

describe("a provider that was closed", () => {
  it("rejects with one sentence, whatever it is asked", async () => {
    const provider = codexProvider({ accessToken: "a.b.c" })
    await provider.close?.()
    await provider.close?.()
    const expected = "This codexProvider(...) was closed and answers no more. Make a new one."
    const input = { text: "hello", userId: 7, chatId: 7, conversationKey: "a", messages: [] }
    assert.strictEqual(await said(provider.ask(input)), expected)
    assert.strictEqual(await said(provider.status?.({ userId: 7, chatId: 7 }) ?? Promise.resolve()), expected)
    assert.strictEqual(await said(provider.listModels?.() ?? Promise.resolve()), expected)
  })
})
