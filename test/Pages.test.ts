import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Pages from "../src/telegram/reply/internal/pages.ts"
import * as RichText from "../src/telegram/richtext/RichText.ts"
import { longAnswer } from "./fixtures/longAnswer.ts"

const bare = (text: string): string => text.replace(/\s/g, "")

const Sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 15, maximum: 900 }))).check(
  Schema.isMinLength(1)
)

/** The states that somebody sees who looks after pieces of these sizes, and the messages at the end. */
const watched = (source: string, sizes: ReadonlyArray<number>, limit: number, most = limit) => {
  const pages = Pages.make()
  const renderer = RichText.makeRenderer()
  const states: Array<ReadonlyArray<RichText.Rich>> = []
  for (let at = 0, n = 0; at < source.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    renderer.append(source.slice(at, at + size))
    at += size
    const preview = renderer.preview()
    states.push(pages.growing(preview, limit, most))
  }
  return { states, final: Array.from(pages.complete(RichText.render(source), limit, most)) }
}

describe("pages", () => {
  it.effect.prop(
    "are the same at the end however an answer came, and what was seen in a message stays there",
    [Sizes, Schema.Int.check(Schema.isBetween({ minimum: 300, maximum: 4094 }))],
    ([sizes, limit]) =>
      Effect.sync(() => {
        const { final, states } = watched(longAnswer, sizes, limit, limit + 2)
        assert.deepStrictEqual(final, Array.from(Pages.make().complete(RichText.render(longAnswer), limit, limit + 2)))
        assert.strictEqual(
          bare(final.map(({ text }) => text).join("")),
          bare(RichText.render(longAnswer).text)
        )
        for (const [n, page] of final.entries()) {
          assert.isAtMost(page.text.length, n === final.length - 1 ? limit + 2 : limit)
          for (const { length, offset } of page.entities) assert.isAtMost(offset + length, page.text.length)
        }
        for (const [n, state] of [...states, final].entries()) {
          const before = states[n - 1] ?? []
          for (const [index, page] of before.entries()) {
            // The last may end in a table that turns out too wide, and is a list from then on.
            const least = page.text.length - (index === before.length - 1 ? 16 : 0)
            assert.isAtLeast(state[index]?.text.length ?? 0, least)
          }
        }
      }),
    { arbitrary: { runs: 10 }, timeout: 60_000 }
  )

  it.effect("end in one that holds what fits without a cursor, whoever looked at it while it grew", () =>
    Effect.sync(() => {
      for (const word of ["a", "word "]) {
        for (const [length, messages] of [[94, 1], [95, 1], [96, 1], [97, 2]] as const) {
          const source = `${word.repeat(length).slice(0, length - 1)}z`
          const unseen = Array.from(Pages.make().complete(RichText.render(source), 94, 96))
          assert.lengthOf(unseen, messages, String(length))
          for (const size of [1, 2, 95, 96]) {
            const { final, states } = watched(source, [size], 94, 96)
            assert.deepStrictEqual(final, unseen)
            for (const { text } of states.flat()) assert.isAtMost(text.length, 94)
          }
        }
      }
    }))

  it.effect("cut a text without spaces between two characters", () =>
    Effect.sync(() => {
      const { final } = watched("漢字🙂".repeat(400), [7], 100)
      for (const { text } of final) {
        assert.isAtMost(text.length, 100)
        assert.notMatch(text, /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/)
      }
      assert.strictEqual(final.map(({ text }) => text).join(""), "漢字🙂".repeat(400))
    }))

  it.effect("cut no word and no link that fits into a message", () =>
    Effect.sync(() => {
      const link = `https://example.com/${"path/".repeat(30)}`
      const words = Array.from({ length: 60 }, (_, n) => n % 7 === 3 ? link : `word${n}`)
      const { final } = watched(words.join(" "), [40], 400)
      assert.isAbove(final.length, 3)
      assert.deepStrictEqual(final.flatMap(({ text }) => text.split(" ")), words)
    }))

  it.effect("keep the indentation of code that goes on in the next message", () =>
    Effect.sync(() => {
      const code = Array.from({ length: 40 }, (_, n) => `    line ${n}`).join("\n")
      const { final } = watched(`\`\`\`ts\n${code}\n\`\`\``, [11], 200)
      assert.isAbove(final.length, 2)
      for (const { entities, text } of final) {
        assert.match(text, /^ {4}line/)
        assert.deepStrictEqual(entities, [{ type: "pre", language: "ts", offset: 0, length: text.length }])
      }
    }))

  it.effect("hold at most a hundred formats, and still take nothing back", () =>
    Effect.sync(() => {
      const source = Array.from({ length: 260 }, (_, n) => `**b${n}** word`).join(" ")
      const { final, states } = watched(source, [5], 4094)
      assert.isAtLeast(final.length, 3)
      for (const { entities } of final) assert.isAtMost(entities.length, 100)
      assert.strictEqual(final.flatMap(({ entities }) => entities).length, 260)
      for (const [n, state] of [...states, final].entries()) {
        for (const [index, page] of (states[n - 1] ?? []).entries()) {
          assert.isAtLeast(state[index]?.text.length ?? 0, page.text.length)
        }
      }
    }))

  it.effect("begin anew when what was shown is void", () =>
    Effect.sync(() => {
      const pages = Pages.make()
      const plain = (text: string): RichText.Rich => ({ text, entities: [] })
      const growing = (text: string) => ({ ...plain(text), settled: 0, revision: 0 })
      assert.strictEqual(pages.growing(growing("one two three"), 100).length, 1)
      assert.deepStrictEqual(pages.growing(growing("one"), 100), [plain("one two three")])
      pages.forget()
      assert.deepStrictEqual(pages.growing(growing("one"), 100), [plain("one")])
    }))

  const words = (name: string, count: number): string =>
    Array.from({ length: count }, (_, n) => `${name}${n}`).join(" ")
  const settled = (text: string, revision = 0, entities: RichText.Rich["entities"] = []): Pages.Growing => ({
    text,
    entities,
    settled: text.length,
    revision
  })

  it.effect("of a text that has become another are those of the other, from where it is one", () =>
    Effect.sync(() => {
      const pages = Pages.make()
      const [before, rest] = [words("before", 40), words("rest", 40)]
      const first = pages.growing(settled(`${before} ${words("old", 10)}`), 100)
      assert.isAbove(first.length, 4)
      // Thinking that stands above grows, too.
      for (const next of [`${before} ${words("another", 12)} ${rest}`, `${words("thought", 50)} ${before} ${rest}`]) {
        assert.deepStrictEqual(pages.growing(settled(next), 100), Pages.make().growing(settled(next), 100))
      }
    }))

  it.effect("have the formats of the latest revision, also those that were full before", () =>
    Effect.sync(() => {
      const pages = Pages.make()
      const text = words("word", 60)
      pages.growing(settled(text), 100)
      const bold = { type: "bold", offset: 0, length: 5 } as const
      assert.deepStrictEqual(pages.growing(settled(text, 1, [bold]), 100)[0]?.entities, [bold])
      assert.deepStrictEqual(pages.growing(settled(text, 1, [bold]), 100)[0]?.entities, [bold])
    }))

  it.effect("of a text that is void leave nothing: no cut, no message, no length", () =>
    Effect.sync(() => {
      const pages = Pages.make()
      pages.growing(settled(words("void", 90)), 100)
      pages.forget()
      for (const text of [words("other", 50), words("other", 70)]) {
        assert.deepStrictEqual(pages.growing(settled(text), 100), Pages.make().growing(settled(text), 100))
      }
    }))
})
