import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Failure from "../src/Failure.ts"

/** The pauses in milliseconds before the retries of what always fails so. */
const pauses = (seed: string, failure: Failure.Retryable = { isRetryable: true }) =>
  Effect.gen(function*() {
    const step = yield* Schedule.toStep(Failure.backoff({ base: "1 second", times: 3, longest: "1 minute" }))
    const found: Array<number> = []
    while (true) {
      const [, pause] = yield* step(0, failure)
      found.push(Duration.toMillis(pause))
      if (found.length === 3) return found
    }
  }).pipe(Random.withSeed(seed))

describe("Failure.backoff", () => {
  it.effect("doubles its pauses, give or take a fifth, and not the same for everybody", () =>
    Effect.gen(function*() {
      const all = yield* Effect.forEach(Array.from({ length: 40 }, (_, one) => `seed ${one}`), (seed) => pauses(seed))
      for (const [retry, middle] of [1000, 2000, 4000].entries()) {
        const found = all.map((one) => one[retry] ?? 0)
        assert.isAtLeast(Math.min(...found), middle * 0.8)
        assert.isAtMost(Math.max(...found), middle * 1.2)
        assert.isAbove(Math.max(...found) - Math.min(...found), middle * 0.2)
      }
    }))

  it.effect("waits as long as the longest pause, and begins none that is longer", () =>
    Effect.gen(function*() {
      const failure = (seconds: number) => ({ isRetryable: true, retryAfter: Duration.seconds(seconds) })
      assert.deepStrictEqual(yield* pauses("seed", failure(60)), [60_000, 60_000, 60_000])
      const exit = yield* Effect.exit(pauses("seed", failure(60.001)))
      assert.strictEqual(exit._tag, "Failure")
    }))

  it.effect("is never shorter than the server asks, whatever chance says", () =>
    Effect.gen(function*() {
      const failure = { isRetryable: true, retryAfter: Duration.seconds(3) }
      for (let seed = 0; seed < 20; seed++) {
        const [first, second] = yield* pauses(`seed ${seed}`, failure)
        assert.deepStrictEqual([first, second], [3000, 3000])
      }
    }))
})
