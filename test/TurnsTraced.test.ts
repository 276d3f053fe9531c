/**
 * The trace of a turn that outlives its process: from where its update came in to its answer, also over a kill.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AnySpan } from "effect/Tracer"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Restarts from "./support/restarts.ts"
import * as Traces from "./support/traces.ts"
import * as Contract from "./support/turnsContract.ts"

const namesAbove = (span: AnySpan): ReadonlyArray<string> =>
  span._tag === "Span"
    ? [span.name, ...Option.match(span.parent, { onNone: () => [], onSome: namesAbove })]
    : [span.spanId]

describe("a turn that outlives its process", () => {
  it.live("is one span, below the update that it came with and above all that is done for it", () =>
    Effect.gen(function*() {
      const trace = Traces.tracing()
      const { chats, start } = yield* Restarts.setUp({ joinWindow: "1 second" })
      const { turns } = yield* Effect.provide(start(), trace.layer)
      const accept = (text: string) =>
        turns.accept(Contract.entry(text, 7, { sent: 100 })).pipe(
          Effect.withSpan("Telegram.update"),
          Effect.provide(trace.layer)
        )
      yield* accept("one")
      yield* accept("two")
      yield* Restarts.reads(chats, /two/)
      yield* turns.drained
      const updates = trace.spans.filter(({ name }) => name === "Telegram.update")
      const [turn, ...more] = trace.spans.filter(({ name }) => name === "Turns.turn")
      assert.deepStrictEqual(more, [])
      assert.strictEqual(Option.getOrUndefined(turn?.parent ?? Option.none())?.spanId, updates[0]?.spanId)
      assert.strictEqual(turn?.traceId, updates[0]?.traceId)
      assert.deepStrictEqual(turn?.links.map(({ span }) => span.spanId), [updates[1]?.spanId])
      assert.strictEqual(turn?.attributes.get("codex.updates"), 2)
      const stream = trace.spans.find(({ name }) => name === "Codex.stream")
      assert.include(stream === undefined ? [] : namesAbove(stream), "Turns.turn")
    }))

  it.live("goes on in the same trace after a kill", () =>
    Effect.gen(function*() {
      const before = Traces.tracing()
      const after = Traces.tracing()
      const { chats, kill, start } = yield* Restarts.setUp()
      const { test, turns } = yield* Effect.provide(start(), before.layer)
      yield* test.script(TestCodex.deltas(["Half ", "an ", "answer."], { every: "500 millis" }))
      yield* turns.accept(Contract.entry("hello")).pipe(
        Effect.withSpan("Telegram.update"),
        Effect.provide(before.layer)
      )
      yield* Restarts.reads(chats, /^Half/)
      yield* kill
      const next = yield* Effect.provide(start(), after.layer)
      yield* Restarts.reads(chats, /^Echo: hello/)
      yield* next.turns.drained
      const update = before.spans.find(({ name }) => name === "Telegram.update")
      const turn = after.spans.find(({ name }) => name === "Turns.turn")
      assert.strictEqual(turn?.traceId, update?.traceId)
      assert.strictEqual(Option.getOrUndefined(turn?.parent ?? Option.none())?.spanId, update?.spanId)
    }))
})
