/**
 * A conversation whose model may call functions: rounds of calls, and what the model is told of each.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as Item from "../src/backend/Item.ts"
import { Codex, type Service, type TurnEvent } from "../src/conversation/Codex.ts"
import { Memory } from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const chat = ConversationKey("user:7")
const hello = { conversation: chat, userId: 7, text: "What is the weather?" }

class Unknown extends Schema.TaggedError<Unknown>()("Unknown", { city: Schema.String }) {}

const weather = Tool.make("weather", {
  description: "The weather of a city",
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.Struct({ sky: Schema.String }),
  failure: Unknown
})

const toolkit = Toolkit.make(weather)

const handlers = toolkit.toLayer({
  weather: ({ city }) => {
    switch (city) {
      case "Atlantis":
        return Effect.fail(new Unknown({ city }))
      case "Pompeii":
        return Effect.die(new TypeError("secret ashes"))
      case "Nowhere":
        return Effect.interrupt
      case "Slow":
        return Effect.as(Effect.sleep("5 seconds"), { sky: "slow" })
      default:
        return Effect.succeed({ sky: `clear over ${city}` })
    }
  }
})

const withTools = Effect.provide(TestCodex.layer({ toolkit }).pipe(Layer.provide(handlers)))

const call = (id: string, city: string, name = "weather"): Item.FunctionCall => ({
  type: "function_call",
  call_id: id,
  name,
  arguments: JSON.stringify({ city })
})

const outputsOf = (items: ReadonlyArray<Item.Item>) =>
  items.flatMap((item) => item.type === "function_call_output" ? [item.output] : [])

/** A second, and time for what is done meanwhile outside of it. */
const tick = Effect.andThen(
  Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void))),
  TestClock.adjust("1 second")
)

/** What the model is told of calls. */
const told = (...calls: ReadonlyArray<Item.Item>) =>
  Effect.gen(function*() {
    const codex = yield* Codex
    const test = yield* TestCodex.TestCodex
    yield* test.script(TestCodex.items(calls), TestCodex.text("Well."))
    const answer = yield* codex.ask(hello)
    assert.strictEqual(answer.text, "Well.")
    return outputsOf((yield* test.requests)[1]?.input ?? [])
  })

/** Everything that spans say. */
const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const text = () =>
    spans.map(({ attributes, events, name, status }) => inspect([name, [...attributes], events, status], { depth: 9 }))
  return { layer: Layer.succeed(Tracer.Tracer, tracer), text }
}

describe("a turn with tools", () => {
  it.effect("tells the model which tools there are, and with a result it answers", () =>
    Effect.gen(function*() {
      const test = yield* TestCodex.TestCodex
      assert.deepStrictEqual(yield* told(call("1", "Oslo")), [JSON.stringify({ sky: "clear over Oslo" })])
      const [first, second] = yield* test.requests
      assert.deepStrictEqual(first?.tools, [{
        type: "function",
        name: "weather",
        description: "The weather of a city",
        parameters: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false
        },
        strict: false
      }])
      assert.deepStrictEqual(second?.tools, first?.tools)
      assert.strictEqual(second?.sessionId, first?.sessionId)
    }).pipe(withTools))

  it.effect("runs the calls of one round side by side, and tells them in order", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(told(call("1", "Slow"), call("2", "Oslo"), call("3", "Slow")))
      for (let second = 0; second < 7; second++) yield* tick
      assert.deepStrictEqual(yield* Fiber.join(fiber), [
        JSON.stringify({ sky: "slow" }),
        JSON.stringify({ sky: "clear over Oslo" }),
        JSON.stringify({ sky: "slow" })
      ])
    }).pipe(withTools))

  const faults: ReadonlyArray<{ readonly of: string; readonly item: Item.FunctionCall; readonly says: RegExp }> = [
    { of: "a name that it made up", item: call("1", "Oslo", "wether"), says: /no tool of this name.*weather/ },
    { of: "a name that every object has", item: call("1", "Oslo", "constructor"), says: /no tool of this name/ },
    { of: "arguments that are no JSON", item: { ...call("1", ""), arguments: "{city" }, says: /not valid JSON/ },
    { of: "arguments that do not fit", item: { ...call("1", ""), arguments: "{\"town\":1}" }, says: /weather.*city/s },
    { of: "no arguments at all", item: { ...call("1", ""), arguments: "" }, says: /weather.*city/s },
    { of: "a typed failure", item: call("1", "Atlantis"), says: /Atlantis/ },
    { of: "a defect", item: call("1", "Pompeii"), says: /^The tool broke/ },
    { of: "a tool that stopped itself", item: call("1", "Nowhere"), says: /stopped before it was done/ }
  ]

  it.effect.each(faults)("goes on after $of, of which the model is told", ({ item, says }) =>
    Effect.gen(function*() {
      const [output] = yield* told(item)
      assert.match(String(output), says)
    }).pipe(withTools))

  it.effect("a broken tool is logged with its place, and without a word of what it says", () => {
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])
    return Effect.gen(function*() {
      yield* told(call("1", "Pompeii"))
      assert.match(lines.join("\n"), /weather broke\. TypeError\n\s+at .*Tools\.test/)
      assert.notMatch(lines.join("\n"), /secret|ashes|Pompeii/)
    }).pipe(withTools, Effect.provide(logger))
  })

  it.effect("tells its reader that a tool was called, and not with what", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const { script } = yield* TestCodex.TestCodex
      yield* script(TestCodex.items([call("1", "Oslo"), call("2", "Atlantis")]), TestCodex.text("Well."))
      const events = yield* Stream.runCollect(codex.stream(hello))
      const order = (event: TurnEvent) => event._tag === "ToolDone" ? event.callId : ""
      assert.deepStrictEqual(events.slice(0, -1).toSorted((one, other) => order(one).localeCompare(order(other))), [
        { _tag: "ToolStarted", name: "weather", callId: "1" },
        { _tag: "ToolStarted", name: "weather", callId: "2" },
        { _tag: "TextDelta", text: "Well." },
        { _tag: "ToolDone", name: "weather", callId: "1", failed: false },
        { _tag: "ToolDone", name: "weather", callId: "2", failed: true }
      ])
    }).pipe(withTools))

  it.effect("what was said before a call stays, with a blank line between", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const { script } = yield* TestCodex.TestCodex
      const before: Item.Said = {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "Let me see." }]
      }
      yield* script(TestCodex.items([before, call("1", "Oslo")]), TestCodex.text("Clear."))
      const events = yield* Stream.runCollect(codex.stream(hello))
      const text = events.map((event) => event._tag === "TextDelta" ? event.text : "").join("")
      assert.strictEqual(text, "Let me see.\n\nClear.")
      const last = events.at(-1)
      assert.strictEqual(last?._tag === "Completed" ? last.answer.text : "", text)
    }).pipe(withTools))

  it.effect("is remembered with its calls and their outputs, in order, and sums up its tokens", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      const memory = yield* Memory
      yield* test.script(
        TestCodex.items([call("1", "Oslo"), call("2", "Rome")]),
        TestCodex.items([call("3", "Bern")]),
        TestCodex.text("Clear everywhere.")
      )
      const answer = yield* codex.ask(hello)
      const [turn] = yield* memory.list(chat)
      assert.deepStrictEqual(
        turn?.items.map((item) =>
          item.type === "function_call" || item.type === "function_call_output" ? item.call_id : item.type
        ),
        ["message", "1", "2", "1", "2", "3", "3", "message"]
      )
      assert.deepStrictEqual(turn?.usage, answer.usage)
      // As the script counts them: a token for four characters.
      const asked = (yield* test.requests).map(({ input, instructions }) =>
        Math.ceil((instructions + input.map(Item.words).join("")).length / 4)
      )
      assert.lengthOf(asked, 3)
      assert.strictEqual(answer.usage?.inputTokens, asked.reduce((sum, tokens) => sum + tokens, 0))
      yield* codex.ask({ ...hello, text: "And now?" })
      assert.deepStrictEqual(outputsOf((yield* test.requests).at(-1)?.input ?? []).length, 3)
    }).pipe(withTools))

  it.effect("has to answer when its rounds are used up; who still calls then ends so", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(...Array.from({ length: 9 }, (_, n) => TestCodex.items([call(`${n}`, "Oslo")])))
      const answer = yield* codex.ask(hello)
      assert.strictEqual(answer.incomplete, "max_rounds")
      const asked = yield* test.requests
      assert.deepStrictEqual(asked.map(({ toolChoice }) => toolChoice), [...Array(8).fill(undefined), "none"])
      // The next turn finds a history that is whole.
      yield* test.script(TestCodex.text("Fine."))
      assert.strictEqual((yield* codex.ask({ ...hello, text: "Go on" })).text, "Fine.")
    }).pipe(withTools))

  it.effect("that is stopped while a tool works interrupts it, and remembers what was called", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      const memory = yield* Memory
      yield* test.script(TestCodex.items([call("1", "Oslo"), call("2", "Slow")]))
      const fiber = yield* Effect.forkChild(codex.ask(hello))
      for (let second = 0; second < 3; second++) yield* tick
      assert.isTrue(yield* codex.stop(chat))
      const answer = yield* Fiber.join(fiber)
      assert.strictEqual(answer.incomplete, "stopped")
      const [turn] = yield* memory.list(chat)
      assert.deepStrictEqual(outputsOf(turn?.items ?? []), [
        JSON.stringify({ sky: "clear over Oslo" }),
        "[Stopped before it was done.]"
      ])
    }).pipe(withTools))

  it.effect("that is out of time while a tool works names the tool, and not the effort of the model", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.items([call("1", "Oslo"), call("2", "Slow")]))
      const fiber = yield* Effect.forkChild(Effect.flip(codex.ask(hello)))
      for (let second = 0; second < 3; second++) yield* tick
      const failure = yield* Fiber.join(fiber)
      assert.strictEqual(failure.message, "There was no answer within 3s: the tool weather was still at work.")
      assert.include(failure.fix("program"), "Effect.timeout")
      assert.notInclude(failure.fix("chat"), "effort")
      // Whoever has thought too long is told so, also behind a tool.
      yield* test.script(TestCodex.items([call("3", "Oslo")]), TestCodex.never)
      const next = yield* Effect.forkChild(Effect.flip(codex.ask(hello)))
      for (let second = 0; second < 3; second++) yield* tick
      const slow = yield* Fiber.join(next)
      assert.strictEqual(slow.message, "There was no answer within 3s.")
      assert.include(slow.fix("chat"), "effort")
    }).pipe(Effect.provide(TestCodex.layer({ toolkit, maxTurn: "3 seconds" }).pipe(Layer.provide(handlers)))))

  it.effect("leaves no argument and no result in a span", () =>
    Effect.gen(function*() {
      const { layer, text } = recording()
      yield* told(call("1", "Oslo"), call("2", "Atlantis"), call("3", "Oslo", "mandalay")).pipe(
        withTools,
        Effect.provide(layer)
      )
      assert.isTrue(text().some((span) => span.includes("Codex.tool")))
      assert.deepStrictEqual(text().filter((span) => /Oslo|Atlantis|mandalay/.test(span)), [])
    }))
})

describe("a toolkit", () => {
  it.effect("with its handlers needs nothing more", () =>
    told(call("1", "Oslo")).pipe(
      Effect.tap((outputs) => Effect.sync(() => assert.lengthOf(outputs, 1))),
      Effect.provide(TestCodex.layer({ toolkit: Effect.provide(toolkit, handlers) }))
    ))

  it.effect("without a room there are no calls: what a backend calls all the same ends the answer as before", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.items([call("1", "Oslo")]))
      yield* codex.ask(hello)
      assert.lengthOf(yield* test.requests, 1)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("declares what each takes as one object, also a choice", () =>
    Effect.gen(function*() {
      const kit = Toolkit.make(
        Tool.make("choice", {
          parameters: Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.Boolean })]),
          success: Schema.String
        }),
        Tool.make("nothing", { parameters: Schema.Struct({}), success: Schema.String })
      )
      const layer = TestCodex.layer({ toolkit: kit }).pipe(
        Layer.provide(kit.toLayer({ choice: () => Effect.succeed(""), nothing: () => Effect.succeed("") }))
      )
      const tools = yield* Effect.gen(function*() {
        const codex = yield* Codex
        yield* codex.ask(hello)
        return (yield* (yield* TestCodex.TestCodex).requests)[0]?.tools ?? []
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(tools.map((tool) => tool.type === "function" ? tool.parameters : undefined), [
        { type: "object", properties: { a: { type: "string" }, b: { type: "boolean" } } },
        { type: "object", properties: {} }
      ])
    }))

  it.effect("calls a tool by the name that it has, whatever other name becomes the same on the wire", () =>
    Effect.gen(function*() {
      const kit = Toolkit.make(
        Tool.make("a.b", { success: Schema.String }),
        Tool.make("a_b", { success: Schema.String })
      )
      const layer = TestCodex.layer({ toolkit: kit }).pipe(
        Layer.provide(kit.toLayer({ "a.b": () => Effect.succeed("odd"), a_b: () => Effect.succeed("plain") }))
      )
      const outputs = yield* told(
        { ...call("1", "", "a_b"), arguments: "{}" },
        { ...call("2", "", "a_b_2"), arguments: "{}" }
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(outputs, ["plain", "odd"])
    }))

  it.effect("sees what whoever asks has brought, over what was there when it was made", () =>
    Effect.gen(function*() {
      class City extends Context.Service<City, string>()("test/City") {}
      const here = Toolkit.make(Tool.make("here", { success: Schema.String, dependencies: [City] }))
      const layer = TestCodex.layer({ toolkit: here }).pipe(
        Layer.provide([here.toLayer({ here: () => City }), Layer.succeed(City, "Lund")])
      )
      const outputs = yield* told({ ...call("1", ""), name: "here", arguments: "{}" }).pipe(
        Effect.provideService(City, "Oslo"),
        Effect.provide(layer)
      )
      assert.deepStrictEqual(outputs, ["Oslo"])
    }))

  it.effect("may hold what a request has to bring", () =>
    Effect.gen(function*() {
      class City extends Context.Service<City, string>()("test/City") {}
      const here = Toolkit.make(Tool.make("here", { success: Schema.String, dependencies: [City] }))
      const layer = TestCodex.layer({ toolkit: here }).pipe(
        Layer.provide([here.toLayer({ here: () => City }), Layer.succeed(City, "Lund")])
      )
      const outputs = yield* told({ ...call("1", ""), name: "here", arguments: "{}" }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(outputs, ["Lund"])
    }))
})

describe("a tool that asks Codex", () => {
  const asking = Tool.make("ask", { parameters: Schema.Struct({ city: Schema.String }), success: Schema.String })
  const kit = Toolkit.make(asking)

  /** What a tool gets that asks in conversations, one within the other. */
  const asks = (conversation: ConversationKey | undefined, how: (codex: Service) => Service["ask"]) =>
    Effect.gen(function*() {
      const door = yield* Deferred.make<Service>()
      const layer = TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({
        ask: () =>
          Effect.flatMap(Deferred.await(door), (codex) => how(codex)({ text: "inner", conversation })).pipe(
            Effect.match({
              onFailure: (error) => `${error._tag}: ${error.message}`,
              onSuccess: ({ text }) => text
            })
          )
      })))
      return yield* Effect.gen(function*() {
        const codex = yield* Codex
        yield* Deferred.succeed(door, codex)
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.items([call("1", "", "ask")]))
        yield* codex.ask(hello).pipe(Effect.timeout("1 minute"))
        return outputsOf((yield* test.requests).at(-1)?.input ?? [])[0]
      }).pipe(Effect.provide(layer))
    })

  const ways: ReadonlyArray<{ readonly way: string; readonly how: (codex: Service) => Service["ask"] }> = [
    { way: "ask", how: ({ ask }) => ask },
    {
      way: "stream",
      how: ({ stream }) => (prompt) =>
        Effect.flatMap(
          Stream.runLast(stream(prompt)),
          (last) =>
            Option.isSome(last) && last.value._tag === "Completed" ? Effect.succeed(last.value.answer) : Effect.never
        )
    }
  ]

  it.effect.each(ways)(
    "in its own conversation by $way fails, in place of a deadlock",
    ({ how }) =>
      Effect.gen(function*() {
        assert.match(String(yield* asks(chat, how)), /^ConversationBusy: A tool has asked the conversation/)
      })
  )

  it.effect.each(ways)("without a conversation by $way is answered", ({ how }) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* asks(undefined, how), "Echo: inner")
    }))

  it.effect("in its own conversation by way of another one fails as well", () =>
    Effect.gen(function*() {
      const door = yield* Deferred.make<Service>()
      const other = ConversationKey("other")
      const layer = TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({
        ask: ({ city }) =>
          Effect.flatMap(Deferred.await(door), ({ ask }) =>
            ask({ text: "inner", conversation: city === "out" ? other : chat })).pipe(
              Effect.match({
                onFailure: ({ _tag }) =>
                  _tag,
                onSuccess: ({ text }) => text
              })
            )
      })))
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        yield* Deferred.succeed(door, codex)
        const test = yield* TestCodex.TestCodex
        yield* test.script(
          TestCodex.items([call("1", "out", "ask")]),
          TestCodex.items([call("2", "back", "ask")]),
          TestCodex.text("It could not be asked."),
          TestCodex.text("Well.")
        )
        const asking = yield* Effect.forkChild(codex.ask(hello), { startImmediately: true })
        yield* tick
        assert.strictEqual((yield* Fiber.join(asking)).text, "Well.")
        assert.deepStrictEqual(outputsOf((yield* test.requests)[2]?.input ?? []), ["ConversationBusy"])
      }).pipe(Effect.provide(layer))
    }))

  it.effect("in another conversation is answered", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* asks(ConversationKey("other"), ({ ask }) => ask), "Echo: inner")
    }))
})
