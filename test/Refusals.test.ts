/**
 * What a refusal of Telegram means by its number, and the store of bots that keep their own: value by value.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { failureOf } from "../src/telegram/internal/refusal.ts"
import { MemoryCodexStore } from "../src/telegram/promise/MemoryStore.ts"

describe("a refusal", () => {
  it.each(
    [
      [400, "rejected"],
      [401, "unauthorized"],
      [403, "blocked"],
      [429, "rateLimited"],
      [499, "rejected"],
      [500, "unreachable"],
      [502, "unreachable"]
    ] as const
  )("with %i is %s, whatever it says", (error_code, reason) => {
    const failure = failureOf("sendMessage", { response: { error_code, description: "Something else" } })
    assert.deepStrictEqual([failure.reason, failure.code], [reason, error_code])
  })
})

describe("a store that forgets with the process", () => {
  const kept = (most: number | undefined, count: number, hasSystem: boolean) =>
    Effect.promise(async () => {
      const store = new MemoryCodexStore(most)
      if (hasSystem) await store.append("a", { role: "system", content: "system" })
      for (let n = 0; n < count; n++) await store.append("a", { role: "user", content: `${n}` })
      return (await store.list("a")).map(({ content }) => content)
    })

  it.effect("keeps the last messages of each conversation, twenty unless told otherwise", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* kept(undefined, 20, false), 20)
      assert.strictEqual((yield* kept(undefined, 21, false))[0], "1")
      assert.deepStrictEqual(yield* kept(2, 5, false), ["3", "4"])
    }))

  it.effect("keeps what the system said in front of them, as one of them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* kept(3, 5, true), ["system", "3", "4"])
      assert.deepStrictEqual(yield* kept(3, 2, true), ["system", "0", "1"])
      assert.deepStrictEqual(yield* kept(1, 2, true), ["system"])
    }))

  it.effect("gives out a list of one's own, and clears one conversation", () =>
    Effect.promise(async () => {
      const store = new MemoryCodexStore()
      await store.append("a", { role: "user", content: "one" })
      await store.append("b", { role: "user", content: "other" })
      const list = await store.list("a")
      list.push({ role: "user", content: "two" })
      assert.lengthOf(await store.list("a"), 1)
      await store.clear("a")
      assert.lengthOf(await store.list("a"), 0)
      assert.lengthOf(await store.list("b"), 1)
    }))
})
