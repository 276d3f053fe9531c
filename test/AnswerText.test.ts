import { assert, describe, it } from "@effect/vitest"
import * as AnswerText from "../src/telegram/reply/internal/answerText.ts"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"

describe("the text of an answer", () => {
  it("is rendered once for each look, until more of it has come", () => {
    const text = AnswerText.make(TelegramDoor.make({ allowedUserIds: [1] }))
    const read = (delta: string) => text.read({ _tag: "TextDelta", text: delta })
    read("**One** and")
    const parts = text.preview()
    assert.strictEqual(text.preview(), parts)
    read(" two")
    assert.deepStrictEqual(text.preview().map((part) => part.text), ["One and two ▍"])
    text.read({ _tag: "Restarted" })
    read("Three")
    assert.notInclude(text.preview().map((part) => part.text).join(), "One")
  })
})
