import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Models } from "../src/backend/Models.ts"
import { backend, json, respond, type Seen, unreachable } from "./fixtures/backend.ts"

// Gone since June 2026, and in many a recipe still.
const retired = ["gpt-5.3-codex", "gpt-5.3-codex-spark", "gpt-5.4", "gpt-5.4-mini", "gpt-5.3"]

describe("Models.list", () => {
  const models = json(200, {
    models: [
      { slug: "b", priority: 2, visibility: "list", display_name: "B", description: "Second" },
      { slug: "hidden", priority: 0, visibility: "hide" },
      {
        slug: "a",
        priority: 1,
        supported_reasoning_levels: [{ effort: "high" }, { effort: "new" }, { effort: "low" }, { effort: "high" }]
      },
      { slug: "z" },
      { priority: 1 }
    ]
  }, { etag: "\"v1\"" })

  it.effect("lists what is meant to be listed, best first, and asks again only after five minutes", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* Models
        const first = yield* service.list
        assert.strictEqual(first.source, "live")
        assert.deepStrictEqual(first.models, [
          { id: "a", displayName: undefined, description: undefined, reasoningEfforts: ["low", "high", "new"] },
          { id: "b", displayName: "B", description: "Second", reasoningEfforts: [] },
          { id: "z", displayName: undefined, description: undefined, reasoningEfforts: [] }
        ])
        yield* TestClock.adjust("4 minutes")
        yield* service.list
        assert.strictEqual(seen.length, 1)
        assert.strictEqual(seen[0]?.url, "https://chatgpt.com/backend-api/codex/models?client_version=0.0.0")
        assert.notProperty(seen[0]?.headers, "if-none-match")
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* service.list, first)
        assert.strictEqual(seen.length, 2)
        assert.strictEqual(seen[1]?.headers["if-none-match"], "\"v1\"")
        yield* TestClock.adjust("6 minutes")
        assert.deepStrictEqual(yield* service.list, first)
      }).pipe(Effect.provide(backend([models, respond(304, ""), respond(500, "")], seen)))
    }))

  it.effect("falls back to the built-in list and asks again after a minute", () =>
    Effect.gen(function*() {
      for (
        const step of [respond(500, ""), unreachable, json(200, { models: [] }), json(401, {}), respond(200, "<html>")]
      ) {
        const seen: Array<Seen> = []
        yield* Effect.gen(function*() {
          const service = yield* Models
          const list = yield* service.list
          assert.strictEqual(list.source, "built-in")
          assert.deepStrictEqual(list.models.map(({ id }) => id).slice(0, 3), [
            "gpt-6.1-sol",
            "gpt-6-astra",
            "gpt-6-sol"
          ])
          assert.isFalse(list.models.some(({ id }) => retired.includes(id)))
          const asked = seen.length
          yield* TestClock.adjust("59 seconds")
          yield* service.list
          assert.strictEqual(seen.length, asked)
          yield* TestClock.adjust("2 seconds")
          yield* service.list
          assert.isAbove(seen.length, asked)
        }).pipe(Effect.provide(backend([step], seen)))
      }
    }))
})
