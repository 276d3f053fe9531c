/**
 * Tools on the whole way: a real Telegraf bot between both emulators.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Reply } from "../../src/testing/codex/CodexEmulator.ts"
import { start } from "./stack.ts"

const plain = Toolkit.make(Tool.make("weather", {
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.String
}))

const toolkit = Effect.provide(
  plain,
  plain.toLayer({
    weather: ({ city }) => Effect.as(Effect.sleep(city === "Oslo" ? "2 seconds" : "0 seconds"), `clear over ${city}`)
  })
)

const plugin = { paced: false, toolkit }

describe("a bot with tools", () => {
  it.live("shows that one works, answers with what it gave, and knows of it afterwards", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* server.script(
        Reply.functionCall("weather", { city: "Oslo" }),
        Reply.text("It is clear."),
        Reply.text("Yes.")
      )
      yield* ada.chat.send("How is the weather in Oslo?")
      yield* ada.chat.botText("🔧 weather…")
      const answer = yield* ada.chat.botText("It is clear.")
      const [first, ...more] = yield* ada.chat.statesOf(answer.message_id)
      assert.strictEqual(first?.text, "🔧 weather…")
      // A bot that is slow may show that it is done, before the answer is there.
      assert.include([1, 2], more.length)
      assert.strictEqual(more.at(-1)?.text, "It is clear.")
      yield* ada.chat.send("Sure?")
      yield* ada.chat.botText("Yes.")
      const bodies = (yield* server.requests).filter(({ path }) => path.endsWith("/responses")).map(({ body }) =>
        JSON.stringify(body)
      )
      assert.lengthOf(bodies, 3)
      assert.include(bodies[0], "\"name\":\"weather\"")
      assert.include(bodies[1], "clear over Oslo")
      assert.include(bodies[2], "clear over Oslo")
    }))

  it.live("may call several at once", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* server.script(
        Reply.parallel(Reply.functionCall("weather", { city: "Rome" }), Reply.functionCall("nonsense", "{")),
        Reply.text("It is clear.")
      )
      yield* ada.chat.send("How is the weather?")
      yield* ada.chat.botText("It is clear.")
      const body = JSON.stringify((yield* server.requests).at(-1)?.body)
      assert.include(body, "clear over Rome")
      assert.include(body, "no tool of this name")
    }))
})

describe("a tool that needs approval", () => {
  const careful = Toolkit.make(Tool.make("pay", {
    parameters: Schema.Struct({ amount: Schema.Finite }),
    success: Schema.String,
    needsApproval: true
  }))

  const setting = Effect.fnUntraced(function*() {
    const paid: Array<number> = []
    const handlers = careful.toLayer({
      pay: ({ amount }) =>
        Effect.sync(() => {
          paid.push(amount)
          return "paid"
        })
    })
    const stack = yield* start({
      plugin: { paced: false, toolkit: Effect.provide(careful, handlers), authAdminUserIds: [9] }
    })
    yield* stack.server.script(Reply.functionCall("pay", { amount: 5 }), Reply.text("As you wish."))
    return { ...stack, paid }
  })

  const dataOf = (message: { readonly reply_markup?: unknown }): ReadonlyArray<string> =>
    [...JSON.stringify(message.reply_markup ?? {}).matchAll(/"callback_data":"([^"]+)"/g)].map(([, data = ""]) => data)

  it.live("is asked for with two buttons; approved, it is run and the answer comes, once", () =>
    Effect.gen(function*() {
      const { ada, paid } = yield* setting()
      yield* ada.chat.send("Pay five")
      const question = yield* ada.chat.botText(/🔐 May I\? pay \{"amount":5\}/)
      const [yes = "", no = ""] = dataOf(question)
      assert.include(yes, ":yes:")
      assert.include(no, ":no:")
      assert.deepStrictEqual(paid, [])
      const press = yield* ada.chat.press(question.message_id, yes)
      assert.strictEqual((yield* press.answer).text, "Approved.")
      yield* ada.chat.botText("As you wish.")
      assert.deepStrictEqual(paid, [5])
      const pressed = (yield* ada.chat.messages).find(({ message_id }) => message_id === question.message_id)
      assert.deepStrictEqual(dataOf(pressed ?? {}), [])
    }))

  it.live("that comes too late is not said to be given: the press is told why, and its buttons go", () =>
    Effect.gen(function*() {
      const { ada, paid } = yield* setting()
      yield* ada.chat.send("Pay five")
      const question = yield* ada.chat.botText(/🔐/)
      yield* ada.chat.send("Never mind")
      yield* ada.chat.botText("As you wish.")
      const press = yield* ada.chat.press(question.message_id, dataOf(question)[0] ?? "")
      assert.strictEqual((yield* press.answer).text, "Nothing waits for this approval any more.")
      yield* ada.chat.botText(/Nothing waits for this approval any more/)
      assert.deepStrictEqual(paid, [])
      const pressed = (yield* ada.chat.messages).find(({ message_id }) => message_id === question.message_id)
      assert.deepStrictEqual(dataOf(pressed ?? {}), [])
    }))

  it.live("that is denied is not run", () =>
    Effect.gen(function*() {
      const { ada, paid } = yield* setting()
      yield* ada.chat.send("Pay five")
      const question = yield* ada.chat.botText(/🔐/)
      yield* ada.chat.press(question.message_id, dataOf(question)[1] ?? "")
      yield* ada.chat.botText("As you wish.")
      assert.deepStrictEqual(paid, [])
    }))

  it.live("in a group is whoever's who asked, or an admin's", () =>
    Effect.gen(function*() {
      const { ada, paid, telegram } = yield* setting()
      const bob = yield* telegram.user({ id: 8, firstName: "Bob" })
      const eve = yield* telegram.user({ id: 9, firstName: "Eve" })
      const group = yield* telegram.group({ title: "Club" })
      yield* ada.in(group).send(`@${telegram.bot.username} pay five`)
      const question = yield* ada.in(group).botText(/🔐/)
      const [yes = ""] = dataOf(question)
      const press = yield* bob.in(group).press(question.message_id, yes)
      assert.strictEqual((yield* press.answer).text, "Only whoever asked may approve of this.")
      yield* ada.in(group).botText(/Only whoever asked may approve/)
      assert.deepStrictEqual(paid, [])
      yield* eve.in(group).press(question.message_id, yes)
      yield* ada.in(group).botText("As you wish.")
      assert.deepStrictEqual(paid, [5])
    }))
})

describe("a bot that may search and draw", () => {
  const looking = { paced: false, webSearch: true, imageGeneration: true }

  it.live("puts its sources under the answer, as links", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin: looking })
      yield* server.script(Reply.text("It is clear.", {
        searches: ["weather"],
        citations: [{ url: "https://weather.example/", title: "Weather" }]
      }))
      yield* ada.chat.send("How is the weather?")
      const answer = yield* ada.chat.botText("It is clear.\n\n🔗 Sources\n1. Weather")
      assert.deepInclude(answer.entities?.[0], { type: "text_link", url: "https://weather.example/" })
    }))

  it.live("sends what it has drawn as a photo, below its words or alone", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin: looking })
      yield* server.script(Reply.image(), Reply.image({ text: "Here it is." }))
      yield* ada.chat.send("Draw a dot")
      const first = yield* ada.chat.waitFor((message) => message.photo !== undefined)
      yield* ada.chat.send("Once more, with words")
      yield* ada.chat.botText("Here it is.")
      yield* ada.chat.waitFor((message) => message.photo !== undefined && message.message_id > first.message_id)
      const shown = (yield* ada.chat.messages).filter(({ from }) => from?.is_bot === true)
      assert.deepStrictEqual(shown.map(({ text }) => text ?? "photo"), ["photo", "Here it is.", "photo"])
    }))
})
