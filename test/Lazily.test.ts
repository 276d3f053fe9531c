/**
 * What is loaded at the first need.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { lazily } from "../src/internal/lazily.ts"

describe("what is loaded at the first need", () => {
  it("is not loaded before, is loaded once, and is there without a wait from then on", async () => {
    let times = 0
    const modules = lazily(() => {
      times += 1
      return Promise.resolve({ name: "behind" })
    })
    assert.strictEqual(times, 0)
    assert.strictEqual((await Effect.runPromise(modules)).name, "behind")
    assert.strictEqual(Effect.runSync(modules).name, "behind")
    assert.strictEqual(times, 1)
  })

  it.effect("is tried again when it could not be loaded", () =>
    Effect.gen(function*() {
      let times = 0
      const modules = lazily(() => {
        times += 1
        return times === 1 ? Promise.reject(new Error("no such file")) : Promise.resolve({ name: "behind" })
      })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(modules)))
      assert.strictEqual((yield* modules).name, "behind")
    }))
})
