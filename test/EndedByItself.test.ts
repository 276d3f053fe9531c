/**
 * Rooms that interrupt themselves, as one does whose pool or runtime was closed: nobody has stopped the turn.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as CodexLive from "../src/CodexLive.ts"
import * as Audit from "../src/conversation/Audit.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import { Personality } from "../src/conversation/Personality.ts"
import { UsageMeter } from "../src/conversation/UsageMeter.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const ended = Effect.interrupt

const memory = (
  { append = Effect.void, list = Effect.succeed([]) }: {
    readonly append?: Effect.Effect<void>
    readonly list?: Effect.Effect<ReadonlyArray<never>>
  }
): Layer.Layer<Memory.Memory> => Memory.layerStore({ append: () => append, list: () => list, clear: () => Effect.void })

const ask = Codex.use((codex) => codex.ask({ text: "hello", conversation: ConversationKey("a"), userId: 7 }))

/** What becomes of a turn, and what was recorded of it. */
const turn = (
  rooms: CodexLive.ConversationRooms<never, never, never, never, never, never, never, never>,
  reply: TestCodex.Reply = TestCodex.text("hi")
) =>
  Effect.gen(function*() {
    const test = yield* TestCodex.TestCodex
    yield* test.script(reply)
    const result = yield* Effect.result(ask)
    const outcomes = rooms.audit === undefined ? (yield* test.audit).map(({ outcome }) => outcome) : []
    return {
      outcomes,
      end: Result.isFailure(result)
        ? result.failure._tag
        : [result.success.text, result.success.remembered, result.success.memoryProblem?._tag]
    }
  }).pipe(Effect.provide(TestCodex.layer(rooms)))

describe("a store that interrupts itself", () => {
  it.effect("has failed where a history is read, and the turn was not stopped", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* turn({ memory: memory({ list: ended }) }), {
        outcomes: ["failed"],
        end: "MemoryFailed"
      })
    }))

  it.effect("takes no answer from anybody: it is told that the turn is not remembered", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* turn({ memory: memory({ append: ended }) }), {
        outcomes: ["answered"],
        end: ["hi", false, "MemoryFailed"]
      })
    }))

  it.effect("is a meter that has not counted, and an audit that has lost a record", () =>
    Effect.gen(function*() {
      const meter = Layer.succeed(UsageMeter, { record: () => ended, usage: ended, forget: () => ended })
      const answered = { end: ["hi", true, undefined] }
      assert.deepInclude(yield* turn({ usageMeter: meter }), answered)
      assert.deepInclude(yield* turn({ audit: Layer.succeed(Audit.Audit, { record: () => ended }) }), answered)
      const status = yield* Effect.provide(Codex.use(({ status }) => status), TestCodex.layer({ usageMeter: meter }))
      assert.strictEqual(status.usageProblem?._tag, "MemoryFailed")
    }))

  it.effect("has failed where a personality is read or set", () =>
    Effect.gen(function*() {
      const personality = Layer.succeed(Personality, { get: () => ended, set: () => ended, clear: () => ended })
      assert.deepInclude(yield* turn({ personality }), { end: "MemoryFailed" })
      const failure = yield* Effect.flip(Codex.use((codex) => codex.setPersonality(7, "short"))).pipe(
        Effect.provide(TestCodex.layer({ personality }))
      )
      assert.strictEqual(failure._tag, "MemoryFailed")
    }))
})

describe("a backend that interrupts itself", () => {
  it.effect("has broken off: nobody reads that they had stopped the answer", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* turn({}, () => Stream.fromEffect(ended)), {
        outcomes: ["failed"],
        end: "StreamInterrupted"
      })
    }))

  it.effect("leaves what it had said, cut", () =>
    Effect.gen(function*() {
      const reply: TestCodex.Reply = (request) =>
        Stream.concat(TestCodex.events({ _tag: "TextDelta", text: "half" })(request), Stream.fromEffect(ended))
      const test = yield* TestCodex.TestCodex
      yield* test.script(reply)
      assert.strictEqual((yield* ask).incomplete, "cut")
    }).pipe(Effect.provide(TestCodex.layer())))
})
