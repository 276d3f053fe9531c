import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as WildUpdates from "./support/wildUpdates.ts"

const count = 700

// `npm run fuzz:updates` hands in ten thousand.
const seed = 20_261_126

describe("mutated updates", () => {
  it.effect(
    `never crash the way in, are answered once at most and leave nothing behind (seed ${seed})`,
    () =>
      Effect.gen(function*() {
        const { asked, prompts } = yield* WildUpdates.run(count, seed)
        assert.isAtLeast(prompts, count * 0.3)
        assert.isAbove(asked, 100)
      })
  )
})
