import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Item from "../src/backend/Item.ts"
import { window } from "../src/conversation/internal/request.ts"
import type { Message } from "../src/conversation/Message.ts"
import { fromMessages, messages, type Turn } from "../src/conversation/Remembered.ts"
import { conversationOf } from "../src/telegram/internal/conversationOf.ts"

describe("the key of a Telegram conversation", () => {
  const place = { chatId: -100, userId: 7, threadId: undefined, isPrivate: false }

  it("is the user in private, chat and user in groups, the thread in topics, as in vibegram/codex", () => {
    assert.strictEqual(conversationOf({ ...place, chatId: 7, isPrivate: true }), "user:7")
    assert.strictEqual(conversationOf(place), "chat:-100:user:7")
    assert.strictEqual(conversationOf({ ...place, threadId: 3 }), "chat:-100:thread:3")
  })

  it("is still there for messages without a sender", () => {
    assert.strictEqual(conversationOf({ ...place, userId: undefined }), "chat:-100:user:all")
    assert.strictEqual(conversationOf({ ...place, chatId: 9, userId: undefined, isPrivate: true }), "user:9")
  })
})

const Messages = Schema.Array(Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant"]),
  content: Schema.String
}))

describe("the window over a history", () => {
  const sent = (history: ReadonlyArray<Message>, maximum: number) => messages(window(fromMessages(history), maximum))

  it("leaves out what stores of vibegram/codex keep under system", () => {
    assert.deepStrictEqual(sent([{ role: "system", content: "s" }, { role: "user", content: "u" }], 20), [
      { role: "user", content: "u" }
    ])
  })

  it("is empty for a maximum of nothing", () => {
    assert.deepStrictEqual(sent([{ role: "user", content: "u" }], 0), [])
    assert.deepStrictEqual(sent([{ role: "user", content: "u" }], -1), [])
  })

  it("ends where more questions stand in a row than there is room", () => {
    const asked = (content: string): Message => ({ role: "user", content })
    const answered: Message = { role: "assistant", content: "ok" }
    const history = [asked("older"), asked("old"), answered, asked("1"), asked("2"), asked("3")]
    assert.deepStrictEqual(sent(history, 2).map(({ content }) => content), ["2", "3"])
  })

  it("counts a turn for a question and an answer, whatever the answer consists of", () => {
    const turn = (asked: string): Turn => ({
      v: 1,
      at: DateTime.makeUnsafe(1_800_000_000_000),
      items: [
        Item.fromText("user", asked),
        {
          type: "message",
          role: "assistant",
          phase: "commentary",
          content: [{ type: "output_text", text: "Let me look." }]
        },
        { type: "function_call", call_id: "c", name: "look", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "a cat" },
        Item.fromText("assistant", "A cat.")
      ]
    })
    const history = [turn("one"), turn("two"), turn("three")]
    assert.deepStrictEqual(window(history, 4), history.slice(1))
    assert.deepStrictEqual(window(history, 5), history.slice(1))
    assert.deepStrictEqual(window(history, 6), history)
  })

  describe("has no more tokens than it may", () => {
    const turn = (said: ReadonlyArray<Item.Item>, more: Partial<Turn> = {}): Turn => ({
      v: 1,
      at: DateTime.makeUnsafe(1_800_000_000_000),
      items: [Item.fromText("user", "?"), ...said],
      ...more
    })
    const long = (characters: number) => turn([Item.fromText("assistant", "x".repeat(characters))])
    const picture = turn([{
      type: "message",
      role: "user",
      content: [{ type: "input_image", image_url: `data:image/png;base64,${"A".repeat(1_000_000)}` }]
    }])

    it("of the newest turns, and leaves none out between two that it has", () => {
      const history = [long(30), long(30_000), long(30)]
      assert.deepStrictEqual(window(history, 20, 5000), history.slice(2))
      assert.deepStrictEqual(window(history, 20, 12_000), history)
      assert.deepStrictEqual(window([long(30_000)], 20, 5000), [])
    })

    it("where a picture counts as one, and not by its bytes, and a thought that is sealed by less than its letters", () => {
      assert.deepStrictEqual(window([picture], 20, 3000), [picture])
      assert.deepStrictEqual(window([picture, picture], 20, 3000), [picture])
      const drawn = turn([{ type: "image_generation_call", id: "ig_1", result: "A".repeat(1_000_000) }])
      assert.deepStrictEqual(window([drawn], 20, 3000), [drawn])
      const thought = turn([{ type: "reasoning", summary: [], encrypted_content: "A".repeat(10_000) }])
      assert.deepStrictEqual(window([thought], 20, 2100), [thought])
    })

    it("where the output of a tool counts, and a character beyond ASCII for more than a letter", () => {
      const output = turn([{ type: "function_call_output", call_id: "c", output: "x".repeat(9000) }])
      assert.deepStrictEqual(window([output], 20, 2900), [])
      const written = turn([Item.fromText("assistant", "語".repeat(3000))])
      assert.deepStrictEqual(window([written], 20, 2900), [])
      assert.deepStrictEqual(window([written], 20, 3100), [written])
    })

    it("but for a turn that waits for an approval, which cannot go on without itself", () => {
      const waiting = { ...long(30_000), incomplete: "approval" }
      assert.deepStrictEqual(window([long(30), waiting], 20, 5000), [waiting])
    })
  })

  it.prop("starts with a question, ends with the newest message and is never too long", [Messages], ([history]) => {
    const turns = fromMessages(history)
    const shown = window(turns, 3).flatMap(({ items }) => items)
    const spoken = turns.flatMap(({ items }) => items).filter((item) =>
      item.type === "message" && item.role !== "developer"
    )
    assert.isAtMost(shown.length, 3)
    if (shown.length > 0) {
      const [first] = shown
      assert(first?.type === "message")
      assert.strictEqual(first.role, "user")
      assert.strictEqual(shown.at(-1), spoken.at(-1))
    } else {
      assert.isFalse(spoken.slice(-3).some((item) => item.type === "message" && item.role === "user"))
    }
  })
})
