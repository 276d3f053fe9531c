/**
 * Rounds of tools at their bounds: how many at once, within which conversation, under whose seal, and how they are told.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexTool } from "effect-codex/ai"
import * as AiError from "effect/ai/AiError"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Addressed } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import { Codex, type TurnEvent } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey, type Prompt } from "../src/conversation/Message.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { tracing } from "./support/traces.ts"

const chat = ConversationKey("chat")
const ask = (prompt: Prompt) => Codex.use((codex) => codex.ask(prompt))
const script = (...replies: ReadonlyArray<TestCodex.Reply>) =>
  TestCodex.TestCodex.use(({ script }) => script(...replies))
const requests = TestCodex.TestCodex.use(({ requests }) => requests)

const call = (name: string, id = name): Item.FunctionCall => ({
  type: "function_call",
  call_id: id,
  name,
  arguments: "{}"
})

const calls = (name: string, count: number) => Array.from({ length: count }, (_, n) => call(name, `${name}-call-${n}`))

/** Time for what is done outside of the clock of tests. */
const settled = Effect.forEach(Array.from({ length: 5 }), () =>
  Effect.andThen(
    Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void))),
    TestClock.adjust(0)
  ), { discard: true })

describe("the calls of a round", () => {
  const tools = (needsApproval: boolean) => Toolkit.make(Tool.make("work", { success: Schema.String, needsApproval }))

  it.effect.each([false, true])("are run sixteen at a time, all of them in the end; after an approval: %s", (needs) => {
    const kit = tools(needs)
    let working = 0
    let most = 0
    let all = 0
    const work = Effect.acquireUseRelease(
      Effect.sync(() => {
        all++
        most = Math.max(most, ++working)
      }),
      () => Effect.as(Effect.sleep("1 second"), "done"),
      () => Effect.sync(() => working--)
    )
    return Effect.gen(function*() {
      yield* script(TestCodex.items(calls("work", 40)), TestCodex.text("Well."))
      if (needs) yield* ask({ text: "Go", conversation: chat })
      const asked = yield* Effect.forkChild(
        ask({
          text: "Go",
          conversation: chat,
          ...needs && { text: "", approval: { callId: "work-call-7", approved: true } }
        })
      )
      for (let seconds = 0; seconds < 4; seconds++) {
        yield* settled
        yield* TestClock.adjust("1 second")
      }
      yield* settled
      assert.strictEqual((yield* Fiber.join(asked)).text, "Well.")
      assert.deepStrictEqual([all, most], [40, 16])
    }).pipe(
      Effect.provide(TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({ work: () => work }))))
    )
  })

  it.effect("are sent on under the seals of their turn and of the turns before it", () => {
    const kit = tools(false)
    return Effect.gen(function*() {
      const sealed: Item.Item = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "sealed" }
      const again: Item.Item = { ...sealed, id: "rs_2" }
      yield* script(TestCodex.items([sealed, Item.fromText("assistant", "Hello.")]))
      yield* ask({ text: "Hi", conversation: chat })
      yield* script(TestCodex.items([again, call("work")]), TestCodex.text("Well."))
      yield* ask({ text: "Go", conversation: chat })
      const last = (yield* requests).at(-1)
      const thoughts = last?.input.filter(({ type }) => type === "reasoning") ?? []
      assert.deepStrictEqual(thoughts, [sealed, again])
      for (const thought of thoughts) assert.isDefined(last?.seals?.get(thought))
    }).pipe(
      Effect.provide(
        TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({ work: () => Effect.succeed("done") })))
      )
    )
  })

  it.effect("are offered beside what the backend does itself, in each round", () => {
    const kit = tools(false)
    const typesOf = ({ tools = [] }: Addressed) => tools.map(({ type }) => type)
    return Effect.gen(function*() {
      yield* script(TestCodex.items([call("work")]), TestCodex.text("Well."))
      yield* ask({ text: "Go" })
      const all = ["function", "web_search", "image_generation"]
      assert.deepStrictEqual((yield* requests).map(typesOf), [all, all])
    }).pipe(
      Effect.provide(
        TestCodex.layer({ toolkit: kit, webSearch: true, imageGeneration: true }).pipe(
          Layer.provide(kit.toLayer({ work: () => Effect.succeed("done") }))
        )
      )
    )
  })
})

describe("an answer", () => {
  it.effect("is over with its last event, though its stream is not", () =>
    Effect.gen(function*() {
      const { running } = yield* TestCodex.TestCodex
      yield* script((request) => Stream.concat(TestCodex.text("Hello.")(request), Stream.never))
      assert.strictEqual((yield* ask({ text: "Hi", conversation: chat })).text, "Hello.")
      assert.strictEqual(yield* running, 0)
      const kit = Toolkit.make(Tool.make("work", { success: Schema.String }))
      const house = TestCodex.layer({ toolkit: kit }).pipe(
        Layer.provide(kit.toLayer({ work: () => Effect.succeed("done") }))
      )
      yield* Effect.gen(function*() {
        yield* script(
          (request) => Stream.concat(TestCodex.items([call("work")])(request), Stream.never),
          TestCodex.text("Well.")
        )
        assert.strictEqual((yield* ask({ text: "Go" })).text, "Well.")
      }).pipe(Effect.provide(house))
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("that becomes too long is cut, and its reader has seen all that is left of it, however slowly they read", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const pieces = [...Array.from({ length: 400 }, (_, n) => `${n} `), "x".repeat(1_000_001)]
      yield* script(TestCodex.deltas(pieces))
      let read = ""
      let answer: string | undefined
      const reading = yield* Effect.forkChild(
        Stream.runForEach(Stream.rechunk(codex.stream({ text: "Hi" }), 1), (event) =>
          Effect.delay(
            Effect.sync(() => {
              if (event._tag === "TextDelta") read += event.text
              if (event._tag === "Completed") answer = event.answer.text
            }),
            "1 milli"
          ))
      )
      for (let n = 0; n < 410; n++) yield* TestClock.adjust("1 milli")
      yield* Fiber.join(reading)
      assert.isTrue(read === answer && read.endsWith("x"))
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("calls nothing where there is no function to call, only what the backend does itself", () => {
    const kit = Toolkit.make(CodexTool.WebSearch({}))
    return Effect.gen(function*() {
      yield* script(TestCodex.items([Item.fromText("assistant", "Hello."), call("work")]))
      assert.strictEqual((yield* ask({ text: "Hi" })).text, "Hello.")
      assert.lengthOf(yield* requests, 1)
    }).pipe(Effect.provide(TestCodex.layer({ toolkit: kit })))
  })
})

describe("a tool that asks the conversation that waits for it", () => {
  it.effect.each([false, true])("is told so at once; after an approval: %s", (needsApproval) => {
    const kit = Toolkit.make(
      Tool.make("again", { success: Schema.String, failure: Schema.String, needsApproval })
    )
    // The house that the tool is in, from inside of it.
    const inside = Context.Reference<{ codex: Codex["Service"] | undefined }>("test/Inside", {
      defaultValue: () => ({ codex: undefined })
    })
    const house = kit.toLayer({
      again: () =>
        Effect.flatMap(inside, ({ codex }) =>
          codex === undefined
            ? Effect.fail("no house")
            : Effect.match(codex.ask({ text: "Once more", conversation: chat }), {
              onSuccess: ({ text }) => text,
              onFailure: (failure) => failure.message
            }))
    })
    return Effect.gen(function*() {
      const codex = yield* Codex
      yield* script(TestCodex.items([call("again", "again-call")]), TestCodex.text("Well."))
      const asking = (prompt: Prompt) => Effect.provideService(codex.ask(prompt), inside, { codex })
      if (needsApproval) yield* asking({ text: "Go", conversation: chat })
      yield* asking({
        text: "Go",
        conversation: chat,
        ...needsApproval && { text: "", approval: { callId: "again-call", approved: true } }
      })
      assert.deepInclude((yield* requests).at(-1)?.input.at(-1), {
        type: "function_call_output",
        output: "A tool has asked the conversation that waits for it."
      })
    }).pipe(Effect.provide(TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(house))))
  })
})

describe("a call", () => {
  const kit = Toolkit.make(
    Tool.make("good", { success: Schema.String }),
    Tool.make("bad", { success: Schema.String, failure: Schema.String }),
    Tool.make("told", { success: Schema.String, failure: Schema.String, failureMode: "return" }),
    Tool.make("asks", { success: Schema.String })
  )
  const overloaded = AiError.make({
    module: "Other",
    method: "generateText",
    reason: new AiError.InternalProviderError({ description: "secret" })
  })
  const layer = TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({
    good: () => Effect.succeed("good"),
    bad: () => Effect.fail("bad"),
    told: () => Effect.fail("told"),
    asks: () => Effect.fail(overloaded)
  })))

  const names = ["good", "bad", "told", "asks", "none"]

  it.effect("is shown to have failed where it has, however the failure was handed over", () =>
    Effect.gen(function*() {
      yield* script(TestCodex.items(names.map((name) => call(name))), TestCodex.text("Well."))
      const events = yield* Codex.use((codex) => Stream.runCollect(codex.stream({ text: "Go" })))
      const done = events.flatMap((event: TurnEvent) => event._tag === "ToolDone" ? [[event.name, event.failed]] : [])
      assert.sameDeepMembers(done, names.map((name) => [name, name !== "good"]))
    }).pipe(Effect.provide(layer)))

  it.effect("has a span with the class of its failure, by which calls can be counted, and its id", () => {
    const { layer: traced, spans } = tracing()
    return Effect.gen(function*() {
      yield* script(TestCodex.items(names.map((name) => call(name, `call-of-${name}`))), TestCodex.text("Well."))
      yield* ask({ text: "Go" })
      const said = spans.filter(({ name }) => name === "Codex.tool").map(({ attributes }) => [
        attributes.get("gen_ai.tool.call.id"),
        attributes.get("gen_ai.tool.name"),
        attributes.get("error.type")
      ])
      assert.sameDeepMembers(said, [
        ["call-of-good", "good", undefined],
        ["call-of-bad", "bad", "ToolFailed"],
        ["call-of-told", "told", "ToolFailed"],
        ["call-of-asks", "asks", "InternalProviderError"],
        ["call-of-none", undefined, "UnknownTool"]
      ])
    }).pipe(Effect.provide(layer), Effect.provide(traced))
  })
})

describe("whether a call needs an approval", () => {
  it.effect("may hang on which call it is, which whoever runs it is told as well", () => {
    const kit = Toolkit.make(
      Tool.make("work", { success: Schema.String, needsApproval: (_, { toolCallId }) => toolCallId === "second-call" })
    )
    return Effect.gen(function*() {
      yield* script(TestCodex.items([call("work", "first-call"), call("work", "second-call")]))
      const { approvals = [] } = yield* ask({ text: "Go", conversation: chat })
      assert.deepStrictEqual(approvals.map(({ callId }) => callId), ["second-call"])
      const [turn] = yield* Memory.Memory.use((memory) => memory.list(chat))
      assert.deepInclude(turn?.items.at(-1), { type: "function_call_output", output: "first-call" })
    }).pipe(
      Effect.provide(
        TestCodex.layer({ toolkit: kit }).pipe(
          Layer.provide(kit.toLayer({ work: (_, { toolCallId }) => Effect.succeed(toolCallId ?? "none") }))
        )
      )
    )
  })
})

describe("whoever is forgotten", () => {
  const kept = (gate: Deferred.Deferred<void>, writing: Deferred.Deferred<void>, forget: Effect.Effect<boolean>) =>
    Layer.succeed(Memory.Memory, {
      append: () => Effect.andThen(Deferred.succeed(writing, undefined), Deferred.await(gate)),
      list: () => Effect.succeed([]),
      clear: () => Effect.void,
      move: () => Effect.void,
      forget: () => forget
    })

  it.effect("does not wait for what is being written of somebody else", () => {
    const gate = Deferred.makeUnsafe<void>()
    const writing = Deferred.makeUnsafe<void>()
    return Effect.gen(function*() {
      const codex = yield* Codex
      const asked = yield* Effect.forkChild(codex.ask({ text: "Hi", conversation: chat, userId: 7 }))
      yield* Deferred.await(writing)
      assert.isTrue(yield* codex.forget(8))
      const own = yield* Effect.forkChild(codex.forget(7), { startImmediately: true })
      assert.isUndefined(own.pollUnsafe())
      yield* Deferred.succeed(gate, undefined)
      assert.isTrue((yield* Fiber.join(asked)).remembered)
      assert.isTrue(yield* Fiber.join(own))
    }).pipe(Effect.provide(TestCodex.layer({ memory: kept(gate, writing, Effect.succeed(true)) })))
  })

  it.effect("is told after ten seconds that a store hangs", () => {
    const never = Deferred.makeUnsafe<void>()
    return Effect.gen(function*() {
      const forgetting = yield* Effect.forkChild(Effect.flip(Codex.use((codex) => codex.forget(7))))
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(forgetting.pollUnsafe())
      yield* TestClock.adjust("1 milli")
      assert.deepInclude(yield* Fiber.join(forgetting), { _tag: "MemoryFailed", operation: "clear" })
    }).pipe(Effect.provide(TestCodex.layer({ memory: kept(never, never, Effect.never) })))
  })
})
