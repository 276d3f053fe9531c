import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as UsageMeter from "../src/conversation/UsageMeter.ts"

const tokens = { inputTokens: 2, outputTokens: 1, totalTokens: 3 }

describe("layerMemory", () => {
  it.effect("counts an answer without tokens as a request, and one of nobody in the total only", () =>
    Effect.gen(function*() {
      const meter = yield* UsageMeter.UsageMeter
      yield* meter.record({ userId: "ann", tokens })
      yield* meter.record({ userId: "ann", tokens: undefined })
      yield* meter.record({ userId: undefined, tokens })
      const { perUser, total } = yield* meter.usage
      assert.deepStrictEqual(total, { requests: 3, inputTokens: 4, outputTokens: 2, totalTokens: 6 })
      assert.deepStrictEqual([...perUser], [["ann", { requests: 2, ...tokens }]])
    }).pipe(Effect.provide(UsageMeter.layerMemory)))

  it.effect("keeps a line for the last 10,000 users, and the total of all", () =>
    Effect.gen(function*() {
      const meter = yield* UsageMeter.UsageMeter
      for (let userId = 0; userId < 10_000; userId++) yield* meter.record({ userId, tokens })
      yield* meter.record({ userId: 0, tokens })
      yield* meter.record({ userId: 10_000, tokens })
      const { perUser, total } = yield* meter.usage
      assert.strictEqual(perUser.size, 10_000)
      assert.strictEqual(perUser.get(0)?.requests, 2, "who asked again was not the one who asked longest ago")
      assert.isFalse(perUser.has(1))
      assert.strictEqual(total.requests, 10_002)
    }).pipe(Effect.provide(UsageMeter.layerMemory)))

  it.effect("hands out sums that do not change behind the reader's back", () =>
    Effect.gen(function*() {
      const meter = yield* UsageMeter.UsageMeter
      yield* meter.record({ userId: 7, tokens })
      const before = yield* meter.usage
      yield* meter.record({ userId: 7, tokens })
      assert.strictEqual(before.perUser.get(7)?.requests, 1)
    }).pipe(Effect.provide(UsageMeter.layerMemory)))
})
