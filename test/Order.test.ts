/**
 * The order of a conversation's turns: one at a time, first in, first out.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { StreamInterrupted } from "../src/backend/BackendError.ts"
import * as Item from "../src/backend/Item.ts"
import * as CodexModule from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import { Personality } from "../src/conversation/Personality.ts"
import * as Remembered from "../src/conversation/Remembered.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const { Codex } = CodexModule

const a = ConversationKey("a")
const b = ConversationKey("b")

/** Takes a second for each prompt, and tells when it began and ended. */
const makeSlow = Effect.gen(function*() {
  const log = yield* Ref.make<ReadonlyArray<string>>([])
  const note = (line: string) => Ref.update(log, (before) => [...before, line])
  const slow: TestCodex.Reply = (request) => {
    const name = Item.words(request.input.at(-1))
    return Stream.unwrap(
      note(`+${name}`).pipe(
        Effect.andThen(Effect.sleep("1 second")),
        Effect.andThen(note(`-${name}`)),
        Effect.as(TestCodex.text(`answer to ${name}`)(request))
      )
    )
  }
  const test = yield* TestCodex.TestCodex
  yield* test.script(...Array.from({ length: 30 }, () => slow))
  const codex = yield* Codex
  /** Asks at once: whoever is asked first is first in the order. */
  const ask = (text: string, conversation: ConversationKey | "none" = a) =>
    Effect.forkChild(codex.ask({ text, conversation: conversation === "none" ? undefined : conversation }), {
      startImmediately: true
    })
  return { ask, codex, log: Ref.get(log), test }
})

const advance = (steps: number) => Effect.forEach(Array.from({ length: steps }), () => TestClock.adjust("500 millis"))

describe("the turns of one conversation", () => {
  it.effect("run one at a time, in the order of their prompts, the third as well", () =>
    Effect.gen(function*() {
      const { ask, codex, log } = yield* makeSlow
      const turns = [yield* ask("1"), yield* ask("2"), yield* ask("3"), yield* ask("4")]
      assert.deepStrictEqual(yield* codex.busy, ["a"])
      yield* advance(8)
      yield* Fiber.joinAll(turns)
      assert.deepStrictEqual(yield* log, ["+1", "-1", "+2", "-2", "+3", "-3", "+4", "-4"])
      const memory = yield* Memory.Memory
      assert.deepStrictEqual(
        Remembered.messages(yield* memory.list(a)).map(({ content }) => content),
        ["1", "answer to 1", "2", "answer to 2", "3", "answer to 3", "4", "answer to 4"]
      )
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("each see what the ones before them said", () =>
    Effect.gen(function*() {
      const { ask, test } = yield* makeSlow
      const turns = [yield* ask("slow first"), yield* ask("quick second")]
      yield* advance(4)
      yield* Fiber.joinAll(turns)
      assert.deepStrictEqual((yield* test.requests)[1]?.input.map(Item.words), [
        "slow first",
        "answer to slow first",
        "quick second"
      ])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("do not wait for other conversations, nor hold them up", () =>
    Effect.gen(function*() {
      const { ask, codex, log } = yield* makeSlow
      const turns = [yield* ask("1"), yield* ask("2"), yield* ask("x", b)]
      assert.deepStrictEqual([...(yield* codex.busy)].sort(), ["a", "b"])
      yield* advance(2)
      assert.deepStrictEqual([...(yield* log)].sort(), ["+1", "+2", "+x", "-1", "-x"])
      assert.deepStrictEqual(yield* codex.busy, ["a"])
      yield* advance(2)
      yield* Fiber.joinAll(turns)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("let nobody overtake when somebody who waits leaves", () =>
    Effect.gen(function*() {
      const { ask, codex, log } = yield* makeSlow
      const first = yield* ask("1")
      const second = yield* ask("2")
      const third = yield* ask("3")
      const fourth = yield* ask("4")
      yield* advance(1)
      yield* Fiber.interrupt(second)
      yield* Fiber.interrupt(third)
      assert.deepStrictEqual(yield* log, ["+1"], "nobody is let in beside the first")
      yield* advance(3)
      yield* Fiber.joinAll([first, fourth])
      assert.deepStrictEqual(yield* log, ["+1", "-1", "+4", "-4"])
      assert.deepStrictEqual(yield* codex.busy, [])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("let no newcomer overtake, not even at the moment when one ends", () =>
    Effect.gen(function*() {
      const { ask, codex, log } = yield* makeSlow
      const first = yield* ask("1")
      const second = yield* ask("2")
      yield* advance(1)
      assert.isTrue(yield* codex.stop(a))
      const third = yield* ask("3")
      yield* advance(5)
      yield* Fiber.joinAll([first, second, third])
      assert.deepStrictEqual((yield* log).filter((line) => line.startsWith("+")), ["+1", "+2", "+3"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("stop one by one: Stop is for the turn that runs, and those who wait get theirs", () =>
    Effect.gen(function*() {
      const { ask, codex } = yield* makeSlow
      const first = yield* ask("1")
      const second = yield* ask("2")
      yield* advance(1)
      assert.isTrue(yield* codex.stop(a))
      assert.strictEqual((yield* Fiber.join(first)).incomplete, "stopped")
      yield* advance(2)
      assert.deepInclude(yield* Fiber.join(second), { text: "answer to 2", incomplete: undefined })
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("that runs while its conversation is forgotten goes on, and is not remembered; the next one is", () =>
    Effect.gen(function*() {
      const { ask, codex, test } = yield* makeSlow
      const memory = yield* Memory.Memory
      const running = yield* ask("1")
      yield* advance(1)
      yield* codex.reset(a)
      const next = yield* ask("2")
      yield* advance(4)
      assert.deepInclude(yield* Fiber.join(running), { text: "answer to 1", incomplete: undefined, remembered: false })
      assert.deepInclude(yield* Fiber.join(next), { text: "answer to 2", remembered: true })
      assert.deepStrictEqual((yield* test.requests)[1]?.input.map(Item.words), ["2"], "it knows nothing of the first")
      assert.deepStrictEqual(
        Remembered.messages(yield* memory.list(a)).map(({ content }) => content),
        ["2", "answer to 2"]
      )
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("of a user who is forgotten go on, the one that runs and the one that waits, and neither is remembered", () =>
    Effect.gen(function*() {
      const { codex } = yield* makeSlow
      const memory = yield* Memory.Memory
      const elsewhere = ConversationKey("elsewhere")
      const ask = (text: string, userId: number) =>
        Effect.forkChild(codex.ask({ text, conversation: elsewhere, userId }), { startImmediately: true })
      const asked = [yield* ask("running", 7), yield* ask("waiting", 7), yield* ask("of somebody else", 8)]
      yield* advance(1)
      assert.isTrue(yield* codex.forget(7))
      yield* advance(9)
      const answers = yield* Fiber.joinAll(asked)
      assert.deepStrictEqual(answers.map(({ remembered, text }) => [text, remembered]), [
        ["answer to running", false],
        ["answer to waiting", false],
        ["answer to of somebody else", true]
      ])
      assert.deepStrictEqual(Remembered.messages(yield* memory.list(elsewhere)).map(({ content }) => content), [
        "of somebody else",
        "answer to of somebody else"
      ])
      const { usage } = yield* codex.status
      assert.deepStrictEqual([[...usage.perUser.keys()], usage.total.requests], [[8], 3])
      const after = yield* ask("after", 7)
      yield* advance(4)
      assert.isTrue((yield* Fiber.join(after)).remembered)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("of a user who is forgotten while one of them is being written leave nothing", () => {
    const kept = new Map<string, ReadonlyArray<Memory.Turn>>()
    const memory = Layer.succeed(Memory.Memory, {
      append: (key, turn) =>
        Effect.andThen(
          Effect.sleep("2 seconds"),
          Effect.sync(() => void kept.set(key, [...kept.get(key) ?? [], turn]))
        ),
      list: (key) => Effect.sync(() => kept.get(key) ?? []),
      clear: (key) => Effect.sync(() => void kept.delete(key)),
      move: () => Effect.void,
      forget: (user) =>
        Effect.sync(() => {
          for (const [key, turns] of kept) kept.set(key, turns.filter((turn) => turn.user !== user))
          return true
        })
    })
    return Effect.gen(function*() {
      const codex = yield* Codex
      const running = yield* Effect.forkChild(codex.ask({ text: "1", conversation: a, userId: 7 }), {
        startImmediately: true
      })
      yield* advance(1)
      const forgotten = yield* Effect.forkChild(codex.forget(7), { startImmediately: true })
      yield* advance(4)
      yield* Fiber.join(running)
      assert.isTrue(yield* Fiber.join(forgotten))
      assert.deepStrictEqual(kept.get(a), [])
    }).pipe(Effect.provide(TestCodex.layer({
      memory,
      personality: Layer.mock(Personality)({
        get: () => Effect.succeedNone,
        clear: () => Effect.void
      })
    })))
  })

  it.effect("follow a turn that failed", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.never)
      const first = yield* Effect.forkChild(Effect.flip(codex.ask({ text: "1", conversation: a })), {
        startImmediately: true
      })
      const second = yield* Effect.forkChild(codex.ask({ text: "2", conversation: a }), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(first))._tag, "RequestTimedOut")
      assert.strictEqual((yield* Fiber.join(second)).text, "Echo: 2")
      assert.deepStrictEqual(yield* codex.busy, [])
    }).pipe(Effect.provide(TestCodex.layer({ turnTimeout: "5 seconds" }))))

  it("come in the order of the calls, also while the layer is still being built", async () => {
    const log: Array<string> = []
    const slowToBuild = Layer.effectDiscard(Effect.sleep("20 millis"))
    const runtime = ManagedRuntime.make(Layer.merge(TestCodex.layer(), slowToBuild))
    const ask = (text: string) =>
      runtime.runPromise(
        Codex.use((codex) => codex.ask({ text, conversation: a })).pipe(
          Effect.tap(() => Effect.sync(() => log.push(text)))
        )
      )
    await Promise.all(["1", "2", "3", "4", "5"].map(ask))
    assert.deepStrictEqual(log, ["1", "2", "3", "4", "5"])
    await runtime.dispose()
  })
})

describe("the wait for a turn", () => {
  it.effect("is bounded: more than maxWaiting are told that the conversation is busy", () =>
    Effect.gen(function*() {
      const { ask, codex, log } = yield* makeSlow
      const turns = [yield* ask("1"), yield* ask("2"), yield* ask("3")]
      const refused = yield* Effect.flip(codex.ask({ text: "4", conversation: a }))
      assert.strictEqual(refused._tag, "ConversationBusy")
      assert.strictEqual(refused.message, "This conversation is busy: 2 prompts are waiting already.")
      yield* advance(6)
      yield* Fiber.joinAll(turns)
      assert.notInclude(yield* log, "+4")
      const later = yield* ask("5")
      yield* advance(2)
      assert.strictEqual((yield* Fiber.join(later)).text, "answer to 5")
    }).pipe(Effect.provide(TestCodex.layer({ maxWaiting: 2 }))))

  it.effect("has room for twenty when nothing is said", () =>
    Effect.gen(function*() {
      const { ask, codex } = yield* makeSlow
      const turns = yield* Effect.forEach(Array.from({ length: 21 }, (_, index) => `${index}`), (text) => ask(text))
      assert.strictEqual(
        (yield* Effect.flip(codex.ask({ text: "one too many", conversation: a })))._tag,
        "ConversationBusy"
      )
      yield* Fiber.interruptAll(turns)
      assert.deepStrictEqual(yield* codex.busy, [])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("gives a seat back when somebody who waits leaves", () =>
    Effect.gen(function*() {
      const { ask } = yield* makeSlow
      const first = yield* ask("1")
      const second = yield* ask("2")
      yield* Fiber.interrupt(second)
      const third = yield* ask("3")
      yield* advance(4)
      yield* Fiber.join(first)
      assert.strictEqual((yield* Fiber.join(third)).text, "answer to 3")
    }).pipe(Effect.provide(TestCodex.layer({ maxWaiting: 1 }))))

  it.effect("does not begin before a stream is run: one that is made and never run blocks nobody", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const neverRun = codex.stream({ text: "never run", conversation: a })
      const notEither = codex.ask({ text: "not either", conversation: a })
      assert.isDefined(neverRun)
      assert.isDefined(notEither)
      assert.deepStrictEqual(yield* codex.busy, [])
      assert.strictEqual((yield* codex.ask({ text: "run", conversation: a })).text, "Echo: run")
      // The same stream is a turn of its own each time it is run.
      yield* Stream.runDrain(neverRun)
      yield* Stream.runDrain(neverRun)
      const test = yield* TestCodex.TestCodex
      assert.deepStrictEqual((yield* test.requests).map(({ input }) => Item.words(input.at(-1))), [
        "run",
        "never run",
        "never run"
      ])
    }).pipe(Effect.provide(TestCodex.layer({ maxWaiting: 0 }))))

  it.effect("is one that can be asked in, also where fewer than none may wait", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      assert.strictEqual((yield* codex.ask({ text: "hello", conversation: a })).text, "Echo: hello")
    }).pipe(Effect.provide(Layer.provideMerge(CodexModule.layer({ maxWaiting: -1 }), TestCodex.layer()))))

  it.effect("is not entered by a prompt that is refused", () =>
    Effect.gen(function*() {
      const { ask, codex } = yield* makeSlow
      const first = yield* ask("1")
      assert.strictEqual((yield* Effect.flip(codex.ask({ text: " \n", conversation: a })))._tag, "PromptEmpty")
      assert.strictEqual(
        (yield* Effect.flip(codex.ask({ text: "x".repeat(50_001), conversation: a })))._tag,
        "PromptTooLong"
      )
      yield* Fiber.interrupt(first)
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("a conversation that rests", () => {
  it.effect("leaves nothing behind, however its turns ended", () =>
    Effect.gen(function*() {
      const { ask, codex } = yield* makeSlow
      const answered = yield* ask("1")
      const stopped = yield* ask("2", b)
      const left = yield* ask("3", ConversationKey("c"))
      yield* advance(1)
      assert.strictEqual((yield* codex.busy).length, 3)
      yield* codex.stop(b)
      yield* Fiber.join(stopped)
      yield* Fiber.interrupt(left)
      yield* advance(1)
      yield* Fiber.join(answered)
      assert.deepStrictEqual(yield* codex.busy, [])
      assert.isFalse(yield* codex.stop(a))
      assert.deepStrictEqual(yield* codex.busy, [], "nor does Stop where nothing runs")
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("a prompt without a conversation", () => {
  it.effect("has no history and leaves none", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      assert.isFalse((yield* codex.ask({ text: "I am the first visitor" })).remembered)
      yield* codex.ask({ text: "I am the second", userId: 7 })
      assert.deepStrictEqual((yield* test.requests).map(({ input }) => input.map(Item.words)), [
        ["I am the first visitor"],
        ["I am the second"]
      ])
      const [first, second] = yield* test.requests
      assert.notStrictEqual(first?.sessionId, second?.sessionId, "the backend's cache is not shared either")
    }).pipe(Effect.provide(TestCodex.layer({
      memory: Memory.layerMessages({
        list: () => Effect.die("nothing is read"),
        append: () => Effect.die("nothing is written"),
        clear: () => Effect.die("nothing is forgotten")
      }),
      personality: Layer.mock(Personality)({ get: () => Effect.succeedNone })
    }))))

  it.effect("waits for nobody: two at once run beside each other and see nothing of each other's words", () =>
    Effect.gen(function*() {
      const { ask, codex, log, test } = yield* makeSlow
      const one = yield* ask("one", "none")
      const two = yield* ask("two", "none")
      yield* advance(1)
      assert.deepStrictEqual(yield* log, ["+one", "+two"])
      assert.deepStrictEqual(yield* codex.busy, [])
      yield* advance(1)
      assert.strictEqual((yield* Fiber.join(one)).text, "answer to one")
      assert.strictEqual((yield* Fiber.join(two)).text, "answer to two")
      assert.deepStrictEqual((yield* test.requests).map(({ input }) => input.length), [1, 1])
    }).pipe(Effect.provide(TestCodex.layer({ maxWaiting: 0 }))))
})

describe("a turn that has failed", () => {
  const forgetsSlowly = Memory.layerStore({
    append: () => Effect.void,
    list: () => Effect.succeed([]),
    clear: () => Effect.sleep("5 seconds")
  })

  it.effect("cannot be stopped any more, also while its conversation is being forgotten", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const { script } = yield* TestCodex.TestCodex
      const broken = TestCodex.fails(new StreamInterrupted({ problem: "closed early" }))
      yield* script((request) => Stream.unwrap(Effect.as(Effect.sleep("1 second"), broken(request))))
      const asking = yield* Effect.forkChild(Effect.flip(codex.ask({ text: "hello", conversation: a })), {
        startImmediately: true
      })
      const forgetting = yield* Effect.forkChild(codex.reset(a), { startImmediately: true })
      yield* advance(3)
      yield* Fiber.join(asking)
      assert.deepStrictEqual(yield* codex.busy, [a])
      assert.isFalse(yield* codex.stop(a))
      yield* advance(10)
      yield* Fiber.join(forgetting)
    }).pipe(Effect.provide(TestCodex.layer({ memory: forgetsSlowly, maxRetries: 0 }))))
})

describe("ids", () => {
  it.effect("of an application are texts: personality, usage and audit know them", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* codex.setPersonality("user_2x", "Talk like a pirate.")
      yield* codex.ask({ text: "hello", userId: "user_2x", chatId: "web", conversation: a })
      assert.include((yield* test.requests)[0]?.instructions, "pirate")
      assert.strictEqual((yield* codex.status).usage.perUser.get("user_2x")?.requests, 1)
      assert.deepInclude((yield* test.audit)[0], { userId: "user_2x", chatId: "web", outcome: "answered" })
    }).pipe(Effect.provide(TestCodex.layer())))
})
