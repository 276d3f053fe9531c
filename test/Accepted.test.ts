import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chunk, isBlank, render } from "../src/telegram/richtext/RichText.ts"
import { problemOf, problemOfSource } from "./support/telegramRules.ts"

// A hundred thousand of them: npm run fuzz.
const cases = 2000

describe("what becomes of any text", () => {
  it("is nothing that Telegram would refuse, in whole, in pieces and in every preview", { timeout: 120_000 }, () => {
    for (let seed = 0; seed < cases; seed++) {
      const { problem, source } = problemOf(seed)
      assert.isUndefined(problem, `seed ${seed}: ${JSON.stringify(source)}`)
    }
  })

  it("is so for what chance seldom finds", () => {
    for (
      const [source, cuts] of [
        // Code that is indented, in a quotation that begins with it.
        ["1. >\t n", {}],
        ["[^1]:- **>\t h", {}],
        ["> ```\n> one\n>     two\n>     three\n> ```", { limit: 8 }],
        // Formats around a quotation, cut in two by code within it.
        ["*<blockquote>`a` b</blockquote> c*", {}],
        ["<u>`a` b<blockquote>c `d` e", {}],
        // A preview that changes before a character of two units that was shown.
        ["__== ¯\\_(ツ)_/¯ __``@name 𝒳 ~5``\\.g</s長長](mailto:a@b.cd)*_*\\[y\\]<", { limit: 24, step: 64 }]
      ] as const
    ) {
      for (const step of [1, 3, 64, 65, 4096]) {
        assert.isUndefined(problemOfSource(source, { limit: 4096, step, ...cuts }), source)
      }
    }
  })

  it.effect("is no message where nothing could be seen", () =>
    Effect.sync(() => {
      for (
        const source of [
          "\u200b",
          "&nbsp;&#8203;",
          "\u2800\n\n\ufeff",
          "**\u200d**",
          "`\u200b`",
          "[\u200b](https://x.y)"
        ]
      ) {
        assert.isTrue(isBlank(render(source).text))
        assert.deepStrictEqual(chunk(render(source)), [])
      }
      assert.deepStrictEqual(
        chunk({ text: `${"\u200b".repeat(9000)}a`, entities: [] }).map(({ text }) => text.at(-1)),
        [
          "a"
        ]
      )
    }))
})
