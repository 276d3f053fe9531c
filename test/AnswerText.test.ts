import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AnswerText from "../src/telegram/reply/internal/answerText.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"

const textOf = (options: DoorOptions = {}) => {
  const text = AnswerText.make(makeDoor(options))
  return {
    ...text,
    say: (delta: string) => text.read({ _tag: "TextDelta", text: delta }),
    think: (delta: string) => text.read({ _tag: "ReasoningDelta", text: delta }),
    startOver: () => text.read({ _tag: "Restarted" }),
    complete: (whole: string) =>
      text.read({
        _tag: "Completed",
        answer: { text: whole, model: "m", usage: undefined, incomplete: undefined, remembered: true }
      }),
    shown: () => text.preview().map((part) => part.text)
  }
}

describe("an answer that starts over", () => {
  it("says so until there is as much as there ever was, however often it does", () => {
    const { say, shown, startOver } = textOf()
    const isSaid = () => shown().join().includes("Starting over")
    say("x".repeat(20))
    assert.isFalse(isSaid())
    startOver()
    say("x".repeat(5))
    assert.isTrue(isSaid())
    startOver()
    say("x".repeat(19))
    assert.isTrue(isSaid())
    // What is shown does not get shorter: the sentence goes when the text has grown over it.
    say("x".repeat(60))
    assert.isFalse(isSaid())
  })

  it("shows nothing of what is void, whether or not somebody had seen it, and nothing twice", () => {
    for (const isSeen of [true, false]) {
      const { length, say, shown, startOver, think } = textOf({ reasoning: "show" })
      think("An old thought.")
      say("Old words. ".repeat(900))
      if (isSeen) assert.isAbove(shown().length, 2)
      startOver()
      assert.strictEqual(length(), 0)
      assert.notInclude(shown().join(), "ld")
      say("New")
      say("er")
      assert.match(shown().join(), /Starting over\.\n\nNewer ▍$/)
    }
  })

  it("thinks anew as well, and that is something to see", () => {
    const { length, shown, startOver, think } = textOf({ reasoning: "show" })
    think("Old.")
    startOver()
    think("New.")
    assert.strictEqual(length(), 4)
    assert.deepStrictEqual(shown().map((text) => text.replace(/ ▍$/, "")), ["New."])
  })
})

describe("the text of an answer", () => {
  it.effect("is what completes it, also where that says more than was written", () =>
    Effect.gen(function*() {
      const { complete, final, say } = textOf()
      say("Hello, wor")
      complete("Hello, world!")
      assert.deepStrictEqual((yield* final).map(({ text }) => text), ["Hello, world!"])
    }))

  it.effect("is one message as long as Telegram takes it as one", () =>
    Effect.gen(function*() {
      for (const [length, messages] of [[4095, 1], [4096, 1], [4097, 2]] as const) {
        const { complete, final, say, shown } = textOf()
        say("x".repeat(length))
        for (const text of shown()) assert.isAtMost(text.length, 4096)
        complete("x".repeat(length))
        assert.lengthOf(yield* final, messages)
      }
    }))

  it.effect("that says nothing is none, also where a footer would stand below it", () =>
    Effect.gen(function*() {
      const { complete, final } = textOf({ footer: true, reasoning: "show" })
      complete(" \n ")
      assert.deepStrictEqual(yield* final, [])
    }))

  it.effect("is not truncated when it is just as long as it may be", () =>
    Effect.gen(function*() {
      for (const [length, isWhole] of [[100, true], [101, false]] as const) {
        const { complete, final } = textOf({ longAnswers: "truncate", maxResponseLength: 100 })
        complete("x".repeat(length))
        const [message, ...more] = yield* final
        assert.deepStrictEqual(more, [])
        const text = message?.text ?? ""
        assert.strictEqual(text === "x".repeat(length), isWhole)
        assert.isAtMost(text.length, 100)
      }
    }))

  it("is rendered once for each look, until more of it has come", () => {
    const text = AnswerText.make(makeDoor({}))
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
