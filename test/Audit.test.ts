import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { TestClock } from "effect/testing"
import * as Audit from "../src/conversation/Audit.ts"

const event: Audit.AuditEvent = {
  timestamp: DateTime.makeUnsafe("2026-11-22T10:00:00Z"),
  userId: 7,
  chatId: -100,
  provider: "codex",
  model: "gpt-5.3-codex",
  outcome: "failed",
  duration: Duration.millis(1500),
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

  it.effect("does not fail a turn with its sink, and says that a record is lost without what was in it", () =>
    Effect.gen(function*() {
      const { layer, lines } = logged()
      for (
        const sink of [
          () => Effect.fail("disk full"),
          () => Effect.die("bug"),
          (): Effect.Effect<void> => {
            throw new Error("thrown")
          }
        ]
      ) {
        yield* Audit.Audit.use((audit) => audit.record(event)).pipe(
          Effect.provide(Layer.merge(Audit.layerCallback(sink), layer))
        )
      }
      assert.deepStrictEqual(
        lines.map(([message]) => [message].flat()[0]),
        Array.from({ length: 3 }, () => "The audit sink failed; a record is lost.")
      )
    }))

  it.effect("does not wait for a sink that hangs", () =>
    Effect.gen(function*() {
      const recorded = yield* Effect.forkChild(
        Audit.Audit.use((audit) => audit.record(event)).pipe(
          Effect.provide(Audit.layerCallback(() => Effect.never))
        )
      )
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(recorded)
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
