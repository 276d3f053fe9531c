import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import * as Audit from "../src/conversation/Audit.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const event: Audit.AuditEvent = {
  timestamp: DateTime.makeUnsafe("2026-11-22T10:00:00Z"),
  userId: 7,
  chatId: -100,
  provider: "codex",
  model: "gpt-5.3-codex",
  outcome: "failed",
  durationMs: 1500,
  error: { tag: "Unauthorized", message: "ChatGPT refused the login." }
}

const logged = () => {
  const lines: Array<readonly [unknown, unknown]> = []
  const layer = Logger.layer([
    Logger.make(({ fiber, message }) => {
      lines.push([message, fiber.getRef(References.CurrentLogAnnotations)])
    })
  ])
  return { lines, layer }
}

describe("the audit", () => {
  it.effect("hands each record to a callback", () =>
    Effect.gen(function*() {
      const seen: Array<Audit.AuditEvent> = []
      const layer = Audit.layerCallback((event) => Effect.sync(() => seen.push(event)))
      yield* Audit.Audit.use((audit) => audit.record(event)).pipe(Effect.provide(layer))
      assert.deepStrictEqual(seen, [event])
    }))

  it.effect("says AuditFailed for whatever its sink fails with", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(Audit.Audit.use((audit) => audit.record(event)))
      assert.strictEqual(failure._tag, "AuditFailed")
      assert.strictEqual(failure.cause, "disk full of secrets")
      assert.notInclude(failure.message, "secrets")
    }).pipe(Effect.provide(Audit.layerCallback(() => Effect.fail("disk full of secrets")))))

  const sinks: Record<string, () => Effect.Effect<unknown, string>> = {
    fails: () => Effect.fail("disk full of secrets"),
    dies: () => Effect.die("a bug full of secrets"),
    throws: () => {
      throw new Error("thrown with secrets")
    },
    hangs: () => Effect.never
  }
  for (const [does, sink] of Object.entries(sinks)) {
    it.effect(`does not fail a turn when its sink ${does}, and logs that a record is lost without what was in it`, () =>
      Effect.gen(function*() {
        const { layer, lines } = logged()
        const asked = yield* Effect.forkChild(
          Codex.use((codex) => codex.ask({ text: "secrets" })).pipe(
            Effect.provide(Layer.merge(TestCodex.layer({ audit: Audit.layerCallback(sink) }), layer))
          )
        )
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual((yield* Fiber.join(asked)).text, "Echo: secrets")
        assert.strictEqual(lines.length, 1)
        assert.match(String([lines[0]?.[0]].flat()[0]), /audit/)
        assert.notInclude(JSON.stringify(lines), "secrets")
      }))
  }

  it.effect("has records that are plain JSON, and come back whole", () =>
    Effect.gen(function*() {
      const text = yield* Schema.encodeEffect(Schema.fromJsonString(Audit.AuditEvent))({ ...event, userId: "user_2x" })
      assert.deepStrictEqual(JSON.parse(text), {
        timestamp: "2026-11-22T10:00:00.000Z",
        userId: "user_2x",
        chatId: -100,
        provider: "codex",
        model: "gpt-5.3-codex",
        outcome: "failed",
        durationMs: 1500,
        error: { tag: "Unauthorized", message: "ChatGPT refused the login." }
      })
      const back = yield* Schema.decodeEffect(Schema.fromJsonString(Audit.AuditEvent))(text)
      assert.deepStrictEqual(back, { ...event, userId: "user_2x" })
    }))

  it.effect("writes metadata to the log", () =>
    Effect.gen(function*() {
      const { layer, lines } = logged()
      yield* Audit.Audit.use((audit) => audit.record(event)).pipe(
        Effect.provide(Layer.merge(Audit.layerLogger, layer))
      )
      assert.deepStrictEqual(lines[0]?.[1], {
        userId: 7,
        chatId: -100,
        provider: "codex",
        model: "gpt-5.3-codex",
        outcome: "failed",
        durationMs: 1500,
        error: "Unauthorized"
      })
    }))

  it.effect("may write nothing", () =>
    Effect.gen(function*() {
      const { layer, lines } = logged()
      yield* Audit.Audit.use((audit) => audit.record(event)).pipe(
        Effect.provide(Layer.merge(Audit.layerNone, layer))
      )
      assert.deepStrictEqual(lines, [])
    }))
})
