import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as RichText from "../src/telegram/richtext/RichText.ts"

const mark = "\n\n[Response truncated]"

// A pair that was cut in half leaves a text that is not well formed.
const isWhole = (text: string): boolean => new TextDecoder().decode(new TextEncoder().encode(text)) === text

const Pieces = Schema.Array(Schema.Literals(["a", "é", "🙂", "👩‍🚀", "\n", "word "])).check(Schema.isMaxLength(60))

describe("truncate", () => {
  it.effect("leaves a text of exactly the limit alone", () =>
    Effect.sync(() => {
      assert.strictEqual(RichText.truncate("x".repeat(100), 100), "x".repeat(100))
      assert.strictEqual(RichText.truncate("x".repeat(4096), 4096), "x".repeat(4096))
    }))

  it.effect("says at the end that something is missing", () =>
    Effect.sync(() => {
      assert.strictEqual(RichText.truncate("x".repeat(101), 100), "x".repeat(100 - mark.length) + mark)
    }))

  it.effect("never gives more than Telegram takes, whatever the setting", () =>
    Effect.sync(() => {
      assert.strictEqual(RichText.truncate("x".repeat(5000), 100_000).length, 4096)
      assert.strictEqual(RichText.truncate("x".repeat(5000), Infinity).length, 4096)
    }))

  it.effect("drops the mark where the limit has no room for it", () =>
    Effect.sync(() => {
      assert.strictEqual(RichText.truncate("abcdefgh", 5), "abcde")
    }))

  it.effect.prop(
    "stays within the limit, keeps the beginning, and splits no character of two units",
    [Pieces, Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 120 }))],
    ([pieces, limit]) =>
      Effect.sync(() => {
        const text = pieces.join("")
        const shown = RichText.truncate(text, limit)
        assert.isAtMost(shown.length, limit)
        assert.isTrue(isWhole(shown))
        if (text.length <= limit) {
          assert.strictEqual(shown, text)
        } else {
          const kept = shown.endsWith(mark) ? shown.slice(0, -mark.length) : shown
          assert.isTrue(text.startsWith(kept))
          assert.strictEqual(shown.endsWith(mark), limit > mark.length)
          assert.isAtLeast(shown.length, limit - 1)
        }
      }),
    { arbitrary: { runs: 500, seed: 1 } }
  )
})
