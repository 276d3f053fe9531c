/**
 * How a turn ends: once, whatever ends it, with memory, usage and audit written.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { CodexBackend, type Service as Backend } from "../src/backend/CodexBackend.ts"
import * as Models from "../src/backend/Models.ts"
import type { ExchangeEvent, ResponseEvent } from "../src/backend/ResponseEvent.ts"
import * as RetryPolicy from "../src/backend/RetryPolicy.ts"
import * as CodexError from "../src/CodexError.ts"
import type * as CodexLive from "../src/CodexLive.ts"
import * as Rooms from "../src/CodexRooms.ts"
import * as Audit from "../src/conversation/Audit.ts"
import { Codex, type Options, type TurnEvent } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey, type Message } from "../src/conversation/Message.ts"
import { UsageMeter } from "../src/conversation/UsageMeter.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const chat = ConversationKey("user:7")
const hello = { conversation: chat, userId: 7, chatId: 7, text: "hello" }

/** A memory whose store waits for a gate, an audit that remembers, and what both were told. */
const makeWorld = Effect.gen(function*() {
  const gate = yield* Deferred.make<void>()
  const storing = yield* Deferred.make<void>()
  const kept = yield* Ref.make<ReadonlyArray<Message>>([])
  const audited = yield* Ref.make<ReadonlyArray<Audit.AuditEvent>>([])
  const memory = Memory.layerMessages({
    list: () => Effect.succeed([]),
    append: (_, message) =>
      Deferred.succeed(storing, undefined).pipe(
        Effect.andThen(Deferred.await(gate)),
        Effect.andThen(Ref.update(kept, (before) => [...before, message]))
      ),
    clear: () => Effect.void
  })
  const audit = Audit.layerCallback((event) => Ref.update(audited, (before) => [...before, event]))
  return {
    open: Deferred.succeed(gate, undefined),
    storing: Deferred.await(storing),
    said: Effect.map(Ref.get(kept), (messages) => messages.map(({ content }) => content)),
    outcomes: Effect.map(Ref.get(audited), (events) => events.map(({ outcome }) => outcome)),
    memory,
    audit
  }
})

const layerOf = (
  { audit, memory }: { readonly audit: Layer.Layer<Audit.Audit>; readonly memory: Layer.Layer<Memory.Memory> },
  options: CodexLive.Values & { readonly retryPolicy?: Layer.Layer<RetryPolicy.RetryPolicy> } = {}
) => TestCodex.layer({ ...options, memory, audit })

const requests = UsageMeter.use(({ usage }) => Effect.map(usage, ({ total }) => total))

/** Some text, and then nothing more. */
const stalls = (...pieces: ReadonlyArray<string>): TestCodex.Reply => (request) =>
  Stream.concat(
    TestCodex.events(...pieces.map((text): ExchangeEvent => ({ _tag: "TextDelta", text })))(request),
    Stream.never
  )

const advance = (seconds: number) => Effect.forEach(Array.from({ length: seconds }), () => TestClock.adjust("1 second"))

/** Conversations over a backend of a test's own. */
const over = (responses: Backend["responses"], options: Options = {}) => {
  const backend = Layer.mock(CodexBackend)({ name: "own", responses })
  return Layer.provideMerge(
    Rooms.layerConversation({ ...options, audit: Audit.layerNone }),
    Layer.merge(backend, Models.layerFixed(["own-model"]))
  )
}

const completed: ResponseEvent = {
  _tag: "Completed",
  responseId: undefined,
  model: "own-model",
  usage: undefined,
  incomplete: undefined
}

describe("a conversation that is forgotten", () => {
  it.effect("while an answer is being given stays forgotten when the answer is there", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["one"], { every: "2 seconds" }))
      const asked = yield* Effect.forkChild(codex.ask(hello))
      yield* TestClock.adjust("1 second")
      yield* codex.reset(chat)
      yield* advance(1)
      const { memoryProblem, remembered } = yield* Fiber.join(asked)
      // It was wanted so: nothing went wrong.
      assert.deepStrictEqual({ memoryProblem, remembered }, { memoryProblem: undefined, remembered: false })
      const next = yield* Effect.forkChild(codex.ask(hello))
      yield* advance(1)
      assert.isTrue((yield* Fiber.join(next)).remembered)
      assert.deepStrictEqual((yield* test.requests).map(({ input }) => input.length), [1, 1])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("while a turn is being written down is forgotten after that, and before the next one reads", () =>
    Effect.gen(function*() {
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const slowly = (line: string) =>
        Effect.andThen(Effect.sleep("1 second"), Ref.update(log, (before) => [...before, line]))
      const memory = Memory.layerMessages({
        list: () => Effect.as(slowly("list"), []),
        append: (_, { role }) => slowly(role),
        clear: () => slowly("clear")
      })
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const asked = yield* Effect.forkChild(codex.ask({ conversation: chat, text: "hello" }))
        yield* TestClock.adjust("1500 millis")
        const reset = yield* Effect.forkChild(codex.reset(chat), { startImmediately: true })
        const next = yield* Effect.forkChild(codex.ask({ conversation: chat, text: "hello" }), {
          startImmediately: true
        })
        yield* advance(10)
        yield* Fiber.joinAll([asked, next])
        yield* Fiber.join(reset)
        assert.deepStrictEqual(yield* Ref.get(log), ["list", "user", "assistant", "clear", "list", "user", "assistant"])
      }).pipe(Effect.provide(layerOf({ memory, audit: Audit.layerNone })))
    }))

  it.effect("by a store that hangs is told so after ten seconds", () =>
    Effect.gen(function*() {
      const memory = Memory.layerMessages({
        list: () => Effect.succeed([]),
        append: () => Effect.void,
        clear: () => Effect.never
      })
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const reset = yield* Effect.forkChild(Effect.flip(codex.reset(chat)))
        yield* advance(10)
        assert.strictEqual((yield* Fiber.join(reset)).message, "The conversation memory failed (clear).")
      }).pipe(Effect.provide(layerOf({ memory, audit: Audit.layerNone })))
    }))
})

describe("while an answer is being kept", () => {
  it.effect("Stop comes too late: it says so, and the answer stays whole", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* world.storing
        assert.isFalse(yield* codex.stop(chat))
        yield* TestClock.adjust("5 seconds")
        yield* world.open
        const { incomplete, remembered, text } = yield* Fiber.join(asked)
        assert.deepStrictEqual({ text, incomplete, remembered }, {
          text: "Echo: hello",
          incomplete: undefined,
          remembered: true
        })
        assert.deepStrictEqual(yield* world.said, ["hello", "Echo: hello"])
        assert.deepStrictEqual(yield* world.outcomes, ["answered"])
        assert.strictEqual((yield* requests).requests, 1)
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("the limit of a turn comes too late, too", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* world.storing
        yield* TestClock.adjust("5 seconds")
        yield* world.open
        assert.strictEqual((yield* Fiber.join(asked)).incomplete, undefined)
        assert.deepStrictEqual(yield* world.outcomes, ["answered"])
      }).pipe(Effect.provide(layerOf(world, { maxTurn: "3 seconds", turnTimeout: "2 seconds" })))
    }))

  it.effect("a reader who leaves waits for it, and nothing is written twice", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const reading = yield* Effect.forkChild(Stream.runDrain(codex.stream(hello)))
        yield* world.storing
        const leaving = yield* Effect.forkChild(Fiber.interrupt(reading))
        yield* TestClock.adjust("1 second")
        assert.isUndefined(leaving.pollUnsafe(), "settling cannot be interrupted")
        assert.deepStrictEqual(yield* world.outcomes, [])
        yield* world.open
        yield* Fiber.join(leaving)
        assert.deepStrictEqual(yield* world.said, ["hello", "Echo: hello"])
        assert.deepStrictEqual(yield* world.outcomes, ["answered"])
        assert.strictEqual((yield* requests).requests, 1)
        assert.deepStrictEqual(yield* codex.busy, [])
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("who only asks and leaves changes nothing either", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const asking = yield* Effect.forkChild(codex.ask(hello))
        yield* world.storing
        const leaving = yield* Effect.forkChild(Fiber.interrupt(asking))
        yield* TestClock.adjust("1 second")
        yield* world.open
        yield* Fiber.join(leaving)
        assert.deepStrictEqual(yield* world.said, ["hello", "Echo: hello"])
        assert.deepStrictEqual(yield* world.outcomes, ["answered"])
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("a store that hangs costs the memory after ten seconds, and never the answer", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* world.storing
        yield* TestClock.adjust("9999 millis")
        assert.isUndefined(asked.pollUnsafe())
        yield* TestClock.adjust("1 milli")
        const answer = yield* Fiber.join(asked)
        assert.strictEqual(answer.text, "Echo: hello")
        assert.isFalse(answer.remembered)
        assert.strictEqual(answer.memoryProblem?.operation, "append")
        assert.deepStrictEqual(yield* world.outcomes, ["answered"])
        assert.strictEqual((yield* requests).requests, 1)
        assert.deepStrictEqual(yield* codex.busy, [])
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("a store that dies, and an audit that dies, cost what they keep and never the answer", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const answer = yield* codex.ask(hello)
      assert.strictEqual(answer.text, "Echo: hello")
      assert.isFalse(answer.remembered)
      assert.strictEqual(answer.memoryProblem?.operation, "append")
      assert.deepStrictEqual(yield* codex.busy, [])
    }).pipe(Effect.provide(TestCodex.layer({
      memory: Memory.layerMessages({
        list: () => Effect.succeed([]),
        append: () => Effect.die("the driver's bug"),
        clear: () => Effect.void
      }),
      audit: Audit.layerCallback(() => Effect.die("the sink's bug"))
    }))))
})

describe("turnTimeout", () => {
  it.effect("limits the beginning: without one, the turn fails and the request is aborted", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.never)
        const asked = yield* Effect.forkChild(Effect.flip(codex.ask(hello)))
        yield* TestClock.adjust("9 seconds")
        assert.strictEqual(yield* test.running, 1)
        yield* TestClock.adjust("1 second")
        const failure = yield* Fiber.join(asked)
        assert.strictEqual(failure._tag, "RequestTimedOut")
        assert.include(failure.message, "10s")
        assert.strictEqual(yield* test.running, 0)
        assert.deepStrictEqual(yield* world.outcomes, ["failed"])
        assert.deepStrictEqual(yield* world.said, [])
        assert.strictEqual((yield* requests).requests, 0)
      }).pipe(Effect.provide(layerOf(world, { turnTimeout: "10 seconds" })))
    }))

  it.effect("counts every attempt and every pause before the beginning", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      const late: TestCodex.Reply = (request) =>
        Stream.unwrap(
          Effect.as(Effect.sleep("4 seconds"), TestCodex.fails(new CodexError.NetworkFailed({ host: "h" }))(request))
        )
      yield* test.script(late, late, late)
      const asked = yield* Effect.forkChild(Effect.flip(codex.ask(hello)))
      yield* advance(10)
      assert.strictEqual((yield* Fiber.join(asked))._tag, "RequestTimedOut")
      assert.isAtMost((yield* test.requests).length, 3)
    }).pipe(Effect.provide(TestCodex.layer({ turnTimeout: "10 seconds" }))))

  it.effect("lets an answer pass that flows for longer", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        const pieces = Array.from({ length: 60 }, (_, index) => `${index} `)
        yield* test.script(TestCodex.deltas(pieces, { every: "1 second" }))
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* advance(60)
        const answer = yield* Fiber.join(asked)
        assert.strictEqual(answer.text, pieces.join(""))
        assert.strictEqual(answer.incomplete, undefined)
        assert.deepStrictEqual(yield* world.outcomes, ["answered"])
      }).pipe(Effect.provide(layerOf(world, { turnTimeout: "10 seconds" })))
    }))

  it.effect("is content with the head of an answer, before any text", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["thought for long"], { every: "100 seconds" }))
      const asked = yield* Effect.forkChild(codex.ask(hello))
      yield* TestClock.adjust("50 seconds")
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual((yield* Fiber.join(asked)).text, "thought for long")
    }).pipe(Effect.provide(TestCodex.layer({ turnTimeout: "10 seconds" }))))
})

describe("maxTurn", () => {
  it.effect("cuts an answer that goes on: shown, marked, counted without tokens, audited as cut", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.deltas(Array.from({ length: 600 }, () => "x"), { every: "1 second" }))
        const asked = yield* Effect.forkChild(Stream.runCollect(codex.stream(hello)))
        yield* advance(59)
        assert.strictEqual(yield* test.running, 1)
        yield* advance(1)
        const last = (yield* Fiber.join(asked)).at(-1)
        assert.strictEqual(last?._tag, "Completed")
        if (last?._tag !== "Completed") return
        assert.match(last.answer.text, /^x{59,60}$/)
        assert.strictEqual(last.answer.incomplete, "cut")
        assert.strictEqual(last.answer.usage, undefined)
        assert.isTrue(last.answer.remembered)
        assert.strictEqual(yield* test.running, 0)
        assert.deepStrictEqual(yield* world.said, ["hello", `${last.answer.text}\n\n[Cut off before it was complete.]`])
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
        assert.deepStrictEqual(yield* requests, { requests: 1, inputTokens: 0, outputTokens: 0, totalTokens: 0 })
      }).pipe(Effect.provide(layerOf(world, { maxTurn: "60 seconds" })))
    }))

  it.effect("fails a turn that has begun and said nothing", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(stalls())
        const asked = yield* Effect.forkChild(Effect.flip(codex.ask(hello)))
        yield* TestClock.adjust("60 seconds")
        const failure = yield* Fiber.join(asked)
        assert.strictEqual(failure._tag, "TurnTimedOut")
        assert.strictEqual(failure.message, "There was no answer within 1m.")
        assert.deepStrictEqual(yield* world.outcomes, ["failed"])
        assert.deepStrictEqual(yield* world.said, [])
        assert.strictEqual(yield* test.running, 0)
      }).pipe(Effect.provide(layerOf(world, { maxTurn: "60 seconds", turnTimeout: "30 seconds" })))
    }))

  it.effect("names itself when it is shorter than turnTimeout", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.never)
      const asked = yield* Effect.forkChild(Effect.flip(codex.ask(hello)))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(asked)).message, "There was no answer within 5s.")
    }).pipe(Effect.provide(TestCodex.layer({ maxTurn: "5 seconds", turnTimeout: "30 seconds" }))))

  it.effect("counts from the place in the order, not from the wait for it", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(
        TestCodex.deltas(["slow"], { every: "8 seconds" }),
        TestCodex.deltas(["slow, too"], { every: "8 seconds" })
      )
      const first = yield* Effect.forkChild(codex.ask(hello), { startImmediately: true })
      const second = yield* Effect.forkChild(codex.ask(hello), { startImmediately: true })
      yield* advance(16)
      assert.strictEqual((yield* Fiber.join(first)).text, "slow")
      assert.deepInclude(yield* Fiber.join(second), { text: "slow, too", incomplete: undefined })
    }).pipe(Effect.provide(TestCodex.layer({ maxTurn: "10 seconds" }))))
})

describe("a backend that fails", () => {
  const broken = new CodexError.StreamInterrupted({ problem: "closed early" })

  it.effect("after text, for good, leaves an answer that is cut", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.fails(broken, ["half", " an answer"]))
        const answer = yield* codex.ask(hello)
        assert.deepInclude(answer, { text: "half an answer", incomplete: "cut", usage: undefined, remembered: true })
        assert.deepStrictEqual(yield* world.said, ["hello", "half an answer\n\n[Cut off before it was complete.]"])
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
        assert.deepStrictEqual(yield* requests, { requests: 1, inputTokens: 0, outputTokens: 0, totalTokens: 0 })
      }).pipe(Effect.provide(layerOf(world, { retryPolicy: RetryPolicy.layerNone })))
    }))

  it.effect("after text, by silence, leaves an answer that is cut", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(stalls("half"))
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* advance(20)
        assert.deepInclude(yield* Fiber.join(asked), { text: "half", incomplete: "cut" })
        assert.strictEqual((yield* test.requests).length, 1, "silence is not asked for again")
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
      }).pipe(Effect.provide(layerOf(world, { idleTimeout: "20 seconds" })))
    }))

  it.effect("after text, and again before any when it is tried again, leaves what was seen, cut", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        const away = TestCodex.fails(new CodexError.NetworkFailed({ host: "chatgpt.com" }))
        yield* test.script(TestCodex.fails(broken, ["half"]), away, away)
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* advance(10)
        assert.deepInclude(yield* Fiber.join(asked), { text: "half", incomplete: "cut" })
        assert.strictEqual((yield* test.requests).length, 3)
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("after text, and is not heard of any more when it is tried again, leaves what was seen, cut", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.fails(broken, ["half"]), TestCodex.never)
        const asked = yield* Effect.forkChild(codex.ask(hello))
        yield* advance(12)
        assert.deepInclude(yield* Fiber.join(asked), { text: "half", incomplete: "cut" })
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
      }).pipe(Effect.provide(layerOf(world, { requestTimeout: "10 seconds" })))
    }))

  it.effect("before text fails the turn, and nothing is remembered or counted", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.fails(broken))
        assert.strictEqual((yield* Effect.flip(codex.ask(hello)))._tag, "StreamInterrupted")
        assert.deepStrictEqual(yield* world.said, [])
        assert.deepStrictEqual(yield* world.outcomes, ["failed"])
        assert.strictEqual((yield* requests).requests, 0)
      }).pipe(Effect.provide(layerOf(world, { retryPolicy: RetryPolicy.layerNone })))
    }))

  it.effect("after it had completed takes nothing away", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const answer = yield* codex.ask(hello)
      assert.deepInclude(answer, { text: "whole", incomplete: undefined, remembered: true })
    }).pipe(Effect.provide(over(() =>
      Stream.concat(
        Stream.make<Array<ResponseEvent>>({ _tag: "TextDelta", text: "whole" }, completed),
        Stream.fail(new CodexError.RequestRejected({ status: 400 }))
      )
    ))))

  it.effect("with a defect fails the turn, and its conversation goes on", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      assert.isTrue(Exit.hasDies(yield* Effect.exit(codex.ask(hello))))
      assert.deepStrictEqual(yield* codex.busy, [])
    }).pipe(Effect.provide(over(() => Stream.die("a bug")))))

  it.effect("that completes without a word of its own makes the turn end as broken", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      assert.strictEqual((yield* Effect.flip(codex.ask(hello)))._tag, "StreamInterrupted")
    }).pipe(Effect.provide(over(() => Stream.empty))))
})

describe("an answer beyond measure", () => {
  const big: ResponseEvent = { _tag: "MessageDone", text: "x".repeat(600_000), phase: "answer" }

  it.effect("ends as cut after a million characters, and its request is aborted", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        const piece: ExchangeEvent = { _tag: "TextDelta", text: "x".repeat(100_000) }
        yield* test.script((request) => Stream.concat(TestCodex.events()(request), Stream.forever(Stream.make(piece))))
        const answer = yield* codex.ask(hello)
        assert.strictEqual(answer.incomplete, "cut")
        assert.isAbove(answer.text.length, 1_000_000)
        assert.isBelow(answer.text.length, 3_000_000)
        assert.strictEqual(yield* test.running, 0)
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("is measured by its messages, too, where a server sends no deltas", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      assert.strictEqual((yield* codex.ask(hello)).incomplete, "cut")
    }).pipe(Effect.provide(over(() => Stream.concat(Stream.make(big, big), Stream.never)))))

  it.effect("is not one that has exactly a million", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.text("x".repeat(1_000_000)))
      assert.deepInclude(yield* codex.ask(hello), { incomplete: undefined })
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("a reader", () => {
  it.effect("slower than the answer keeps it from running more than 256 events ahead", () =>
    Effect.gen(function*() {
      let produced = 0
      const pieces = Stream.fromIterable(Array.from({ length: 5000 }, () => "x")).pipe(
        Stream.rechunk(1),
        Stream.map((text): ResponseEvent => {
          produced++
          return { _tag: "TextDelta", text }
        })
      )
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const taken = yield* Ref.make<ReadonlyArray<TurnEvent>>([])
        const reading = yield* codex.stream(hello).pipe(
          Stream.rechunk(1),
          Stream.runForEach((event) => Effect.andThen(Ref.update(taken, (all) => [...all, event]), Effect.never)),
          Effect.forkChild
        )
        // Until it stands still: who is only slow would go on.
        for (let before = -1; before < produced;) {
          before = produced
          yield* TestClock.adjust("1 second")
          yield* Effect.yieldNow
        }
        assert.strictEqual((yield* Ref.get(taken)).length, 1)
        assert.isAtMost(produced, 2 * 256 + 16)
        assert.isAtLeast(produced, 256)
        yield* Fiber.interrupt(reading)
      }).pipe(Effect.provide(over(() => Stream.concat(pieces, Stream.make(completed)))))
    }))

  it.effect("that takes nothing holds up the turn, and neither its limit nor its end", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.deltas(Array.from({ length: 5000 }, () => "x")))
        const reading = yield* Effect.forkChild(Stream.runForEach(codex.stream(hello), () => Effect.never))
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(yield* world.outcomes, [])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* world.outcomes, ["cut"], "nobody reads, and yet it is settled")
        assert.deepStrictEqual(yield* codex.busy, [])
        yield* Fiber.interrupt(reading)
        assert.deepStrictEqual(yield* world.outcomes, ["cut"])
      }).pipe(Effect.provide(layerOf(world, { maxTurn: "60 seconds" })))
    }))

  it.effect("that is slow spends none of the limits of the request", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(Array.from({ length: 600 }, () => "x")))
      const reading = yield* codex.stream(hello).pipe(
        Stream.rechunk(1),
        Stream.mapEffect((event) => Effect.as(Effect.sleep("1 second"), event)),
        Stream.runLast,
        Effect.forkChild
      )
      yield* advance(605)
      const last = Option.getOrUndefined(yield* Fiber.join(reading))
      assert.strictEqual(last?._tag === "Completed" ? last.answer.incomplete : "not completed", undefined)
      assert.strictEqual((yield* test.requests).length, 1)
    }).pipe(Effect.provide(
      TestCodex.layer({
        maxTurn: "1 hour",
        turnTimeout: "5 seconds",
        idleTimeout: "5 seconds",
        requestTimeout: "5 seconds"
      })
    )))

  it.effect("who leaves in the middle has stopped the turn: remembered so, once, and the request is aborted", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(stalls("so far"))
        const seen = yield* Stream.runCollect(Stream.take(codex.stream(hello), 1))
        assert.deepStrictEqual(seen, [{ _tag: "TextDelta", text: "so far" }])
        assert.strictEqual(yield* test.running, 0)
        assert.deepStrictEqual(yield* world.said, ["hello", "so far\n\n[Stopped by the user.]"])
        assert.deepStrictEqual(yield* world.outcomes, ["stopped"])
        assert.deepStrictEqual(yield* requests, { requests: 1, inputTokens: 0, outputTokens: 0, totalTokens: 0 })
      }).pipe(Effect.provide(layerOf(world)))
    }))

  it.effect("gets every event there was before a Stop, and Completed last", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(stalls("one ", "two"))
      const reading = yield* Effect.forkChild(Stream.runCollect(codex.stream(hello)))
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* codex.stop(chat))
      assert.isFalse(yield* codex.stop(chat), "it is stopped already")
      const events = yield* Fiber.join(reading)
      assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["TextDelta", "TextDelta", "Completed"])
      assert.deepInclude(events.at(-1), { _tag: "Completed" })
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("a layer that closes", () => {
  const build = (layer: Layer.Layer<CodexLive.Services | TestCodex.TestCodex>) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const services = yield* Layer.buildWithScope(layer, scope)
      return {
        codex: Context.get(services, Codex),
        test: Context.get(services, TestCodex.TestCodex),
        close: Scope.close(scope, Exit.void)
      }
    })

  it.effect("waits for a turn that is being kept", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      const { close, codex } = yield* build(layerOf(world))
      const asked = yield* Effect.forkChild(codex.ask(hello))
      yield* world.storing
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(closing.pollUnsafe(), "the layer waits")
      yield* world.open
      yield* Fiber.join(closing)
      assert.strictEqual((yield* Fiber.join(asked)).text, "Echo: hello")
      assert.deepStrictEqual(yield* world.said, ["hello", "Echo: hello"])
      assert.deepStrictEqual(yield* world.outcomes, ["answered"])
    }))

  it.effect("stops the turn that runs, keeps what it said, and lets nobody in who waits", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* world.open
      const { close, codex, test } = yield* build(layerOf(world))
      yield* test.script(stalls("half"))
      const running = yield* Effect.forkChild(codex.ask(hello), { startImmediately: true })
      const waiting = yield* Effect.forkChild(codex.ask(hello), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* close
      assert.deepInclude(yield* Fiber.join(running), { text: "half", incomplete: "stopped" })
      assert.isTrue(Exit.isFailure(yield* Fiber.await(waiting)))
      assert.deepStrictEqual(yield* world.said, ["hello", "half\n\n[Stopped by the user.]"])
      assert.deepStrictEqual(yield* world.outcomes, ["stopped"])
      assert.strictEqual((yield* test.requests).length, 1)
    }))
})

describe("an answer that starts over", () => {
  const said = (text: string, phase: "answer" | "commentary" = "answer"): ResponseEvent => ({
    _tag: "MessageDone",
    text,
    phase
  })
  const piece = (text: string): ResponseEvent => ({ _tag: "TextDelta", text })
  const restarted: ResponseEvent = { _tag: "Restarted" }
  const answerTo = (...events: ReadonlyArray<ResponseEvent>) =>
    Codex.use((codex) => codex.ask(hello)).pipe(
      Effect.provide(over(() => Stream.rechunk(Stream.fromIterable(events), 1)))
    )

  it.effect("is measured from there, by its letters and by its messages", () =>
    Effect.gen(function*() {
      const long = "x".repeat(600_000)
      for (const event of [piece(long), said(long)]) {
        const answer = yield* answerTo(event, restarted, event, completed)
        assert.deepStrictEqual([answer.incomplete, answer.text.length], [undefined, 600_000])
      }
    }))

  it.effect("holds nothing of what was said before, remarks included", () =>
    Effect.gen(function*() {
      const before = [piece("Old"), said("Old answer."), said("Old remark.", "commentary"), restarted]
      assert.strictEqual((yield* answerTo(...before, said("New."), completed)).text, "New.")
      assert.strictEqual((yield* answerTo(...before, said("Well.", "commentary"), completed)).text, "Well.")
      assert.strictEqual((yield* answerTo(...before, piece("New"), piece("er."), completed)).text, "Newer.")
    }))

  it.effect("twice without a word in between is what could be seen of it, when it is stopped", () =>
    Effect.gen(function*() {
      const events = Stream.concat(Stream.make(piece("First."), restarted, restarted), Stream.never)
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const asked = yield* Effect.forkChild(codex.ask(hello), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        assert.isTrue(yield* codex.stop(chat))
        assert.strictEqual((yield* Fiber.join(asked)).text, "First.")
      }).pipe(Effect.provide(over(() => events)))
    }))

  it.effect("is of the model that has ended it", () =>
    Effect.gen(function*() {
      const answer = yield* answerTo(
        { _tag: "Started", responseId: "r", model: "first-model" },
        piece("Hi."),
        completed
      )
      assert.strictEqual(answer.model, "own-model")
    }))
})
