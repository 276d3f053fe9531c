/**
 * The words behind the prefix, one by one: which are a command, which are nearly one, and which are a question.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as CommandNames from "../src/telegram/internal/commandNames.ts"

const found = (text: string): string =>
  Option.match(CommandNames.find(text), {
    onNone: () => "a question",
    onSome: ({ arguments: rest, name }) => `${name}(${rest})`
  })

const near = (text: string): string => Option.getOrElse(CommandNames.near(text), () => "a question")

describe("what stands behind the prefix", () => {
  it.each([
    ["status", "status()"],
    ["  STATUS  ", "status()"],
    ["status of the union", "a question"],
    ["login", "login()"],
    ["login cancel", "login cancel()"],
    ["Login \n cancel", "login cancel()"],
    ["cancel", "login cancel()"],
    ["cancel my order, how?", "a question"],
    ["auth", "help()"],
    ["auth export", "auth export()"],
    ["auth  import", "auth import()"],
    ["importjson", "auth import()"],
    ["", "help()"],
    ["ask", "ask()"],
    ["ask why\n\nthough", "ask(why\n\nthough)"],
    ["asking", "a question"],
    ["personality Answer in verse", "personality(Answer in verse)"],
    ["personality", "personality()"],
    ["reset", "reset()"],
    ["reset my router", "a question"]
  ])("%j is %s", (text, expected) => {
    assert.strictEqual(found(text), expected)
  })
})

describe("a lone word", () => {
  it.each([
    ["statos", "status"],
    ["stauts", "status"],
    ["sttus", "status"],
    ["statusss", "status"],
    ["statussss", "a question"],
    ["Modles", "models"],
    ["logut", "logout"],
    ["hello", "a question"],
    ["hallo", "a question"],
    ["hey", "a question"],
    ["test", "a question"],
    ["tests", "a question"],
    ["x", "a question"],
    ["stat us", "a question"],
    ["st4tus", "a question"],
    ["personalitey", "personality"],
    ["personalityyyyy", "a question"],
    ["photosynthesis", "a question"],
    ["stop!", "stop"],
    ["Stop.", "stop"],
    ["stop 🛑", "stop"],
    ["“reset”", "reset"],
    ["status??", "status"],
    ["C++", "a question"],
    ["!!!", "a question"]
  ])("%j is nearly %s", (word, expected) => {
    assert.strictEqual(near(word), expected)
  })
})
