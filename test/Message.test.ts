import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { window } from "../src/conversation/internal/request.ts"
import type { Message } from "../src/conversation/Message.ts"
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
  it("leaves out what stores of vibegram/codex keep under system", () => {
    const history: ReadonlyArray<Message> = [{ role: "system", content: "s" }, { role: "user", content: "u" }]
    assert.deepStrictEqual(window(history, 20), [{ role: "user", content: "u" }])
  })

  it("is empty for a maximum of nothing", () => {
    assert.deepStrictEqual(window([{ role: "user", content: "u" }], 0), [])
    assert.deepStrictEqual(window([{ role: "user", content: "u" }], -1), [])
  })

  it.prop("starts with a question, ends with the newest message and is never too long", [Messages], ([history]) => {
    const shown = window(history, 3)
    const spoken = history.filter((message) => message.role !== "system")
    assert.isAtMost(shown.length, 3)
    if (shown.length > 0) {
      assert.strictEqual(shown[0]?.role, "user")
      assert.strictEqual(shown.at(-1), spoken.at(-1))
    } else {
      assert.isFalse(spoken.slice(-3).some((message) => message.role === "user"))
    }
  })
})
