import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import { stripVTControlCharacters } from "node:util"
import * as Ansi from "../src/cli/internal/ansi.ts"
import * as RichText from "../src/telegram/richtext/RichText.ts"

const rows = (markdown: string, columns = 40, canStyle = false) =>
  Ansi.rowsOf(RichText.render(markdown), { columns, canStyle })

describe("text as rows of a terminal", () => {
  it("is wrapped between words, and a word that is too long wherever the row ends", () => {
    assert.deepStrictEqual(rows("one two three four", 9), ["one two", "three", "four"])
    assert.deepStrictEqual(rows("abcdefghijkl mn", 5), ["abcde", "fghij", "kl mn"])
    assert.deepStrictEqual(rows("日本語のテキスト", 7), ["日本語", "のテキ", "スト"])
  })

  it("keeps empty lines and indentation, and no blanks at the end of a row", () => {
    assert.deepStrictEqual(rows("a\n\n```\nif x:\n    y\n```"), ["a", "", "if x:", "    y"])
    for (const row of rows("one two three four five six", 8)) assert.notMatch(row, /\s$/)
  })

  it("begins and ends formats in each row", () => {
    assert.deepStrictEqual(rows("**one two** `three`", 8, true), [
      "\u001b[1mone\u001b[0m\u001b[1m \u001b[0m\u001b[1mtwo\u001b[0m",
      "\u001b[36mthree\u001b[0m"
    ])
    assert.deepStrictEqual(rows("**one two** `three`", 8), ["one two", "three"])
  })

  it("marks each row of a quotation", () => {
    assert.deepStrictEqual(rows("> one two three", 9), ["│ one two", "│ three"])
  })

  it("makes a link of a link, or tells where it leads", () => {
    const link = "see [here](https://example.org/a)"
    assert.include(rows(link, 60, true)[0], "\u001b]8;;https://example.org/a\u001b\\")
    assert.deepStrictEqual(rows(link, 60), ["see here (https://example.org/a)"])
  })

  it("gives no order to the terminal, whoever wrote it", () => {
    const evil = { text: "a\u001b[2Jb\u009b2Jc\u0007", entities: [] }
    assert.deepStrictEqual(Ansi.rowsOf(evil, { columns: 40, canStyle: true }), ["a[2Jb2Jc"])
    const entities = [{ type: "text_link", offset: 0, length: 1, url: "https://x/\u001b]0;y\u0007" }]
    assert.notInclude(Ansi.rowsOf({ text: "a", entities }, { columns: 40, canStyle: true }).join(), "\u001b]0;")
  })

  it.each([1, 3, 10, 27, 80])("is never wider than %i columns, and loses nothing but blanks", (columns) => {
    const text = "Some *emphasis*, `code`, ~~old~~ words — and 日本語, 👩‍👩‍👧, a-very-long-word-indeed " + "x".repeat(90)
    for (const canStyle of [true, false]) {
      const found = rows(text, columns, canStyle)
      for (const row of found) assert.isAtMost(displayWidth(row), Math.max(2, columns))
      const words = (said: string) => said.replaceAll(/\s/g, "")
      assert.strictEqual(words(stripVTControlCharacters(found.join(""))), words(RichText.render(text).text))
    }
  })
})
