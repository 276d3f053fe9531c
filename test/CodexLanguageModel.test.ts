/**
 * effect/ai over our provider, against the double of the backend.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexLanguageModel, CodexPrompt, CodexTool } from "effect-codex/ai"
import type * as AiError from "effect/ai/AiError"
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Persistence from "effect/persistence/Persistence"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { png } from "./fixtures/items.ts"
import { start } from "./support/effectAi.ts"

const { Reply } = CodexEmulator

const Weather = Tool.make("Weather", {
  description: "The weather of a city",
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.Struct({ celsius: Schema.Finite })
})
const Weathers = Toolkit.make(Weather)
const handlers = Weathers.toLayer({ Weather: ({ city }) => Effect.succeed({ celsius: city.length }) })

const typesOf = (parts: ReadonlyArray<{ readonly type: string }>) => parts.map(({ type }) => type)

describe("CodexLanguageModel: text", () => {
  it.live("generates text, with usage, model and the reason of its end", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const answer = yield* LanguageModel.generateText({ prompt: "What is 2 + 2?" }).pipe(Effect.provide(ai))
      assert.strictEqual(answer.text, "2 + 2 = 4.")
      assert.strictEqual(answer.finishReason, "stop")
      assert.isAbove(answer.usage.inputTokens.total ?? 0, 0)
      assert.isAbove(answer.usage.outputTokens.total ?? 0, 0)
      assert.deepStrictEqual(typesOf(answer.content), ["response-metadata", "text", "finish"])
      const [body] = yield* bodies
      assert.strictEqual(body.model, "gpt-5.6-sol")
      assert.strictEqual(body.instructions, "")
    }))

  it.live("streams text in order, in one block", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const parts = yield* LanguageModel.streamText({ prompt: "What is 2 + 2?" }).pipe(
        Stream.runCollect,
        Effect.provide(ai)
      )
      assert.strictEqual(parts.map((part) => part.type === "text-delta" ? part.delta : "").join(""), "2 + 2 = 4.")
      assert.strictEqual(parts[0]?.type, "response-metadata")
      assert.strictEqual(parts[1]?.type, "text-start")
      assert.strictEqual(parts.at(-2)?.type, "text-end")
      assert.strictEqual(parts.at(-1)?.type, "finish")
    }))

  it.live("says system messages at the head as instructions, and later ones in their place", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      yield* LanguageModel.generateText({
        prompt: [
          { role: "system", content: "You are a pirate." },
          { role: "user", content: "Hello" },
          { role: "assistant", content: [Prompt.textPart({ text: "Ahoy" })] },
          { role: "system", content: "Use CAPITALS." },
          { role: "user", content: "What is 1 + 1?" }
        ]
      }).pipe(Effect.provide(ai))
      const [body] = yield* bodies
      assert.strictEqual(body.instructions, "You are a pirate.")
      assert.deepStrictEqual(body.input.map(({ role }: { role: string }) => role), [
        "user",
        "assistant",
        "developer",
        "user"
      ])
    }))

  it.live("asks for what the options say, and what an override says over them", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start({
        config: { reasoningEffort: "low", verbosity: "low", serviceTier: "priority", reasoningSummary: true }
      })
      const ask = LanguageModel.generateText({ prompt: "What is 1 + 1?" })
      const answer = yield* Effect.provide(ask, ai)
      assert.include(answer.reasoningText, "Reading the question")
      yield* ask.pipe(
        CodexLanguageModel.withConfigOverride({ reasoningEffort: "high", model: "gpt-5.6-luna" }),
        CodexLanguageModel.withConfigOverride({ reasoningEffort: "medium", verbosity: "high" }),
        Effect.provide(ai)
      )
      yield* LanguageModel.streamText({ prompt: "What is 1 + 1?" }).pipe(
        CodexLanguageModel.streamWithConfigOverride({ sessionId: "00000000-0000-4000-8000-000000000000" }),
        Stream.runDrain,
        Effect.provide(ai)
      )
      const [first, second, third] = yield* bodies
      assert.deepStrictEqual(first.reasoning, { effort: "low", summary: "auto" })
      assert.strictEqual(first.text.verbosity, "low")
      assert.strictEqual(first.service_tier, "priority")
      assert.strictEqual(second.model, "gpt-5.6-luna")
      assert.deepStrictEqual(second.reasoning, { effort: "high", summary: "auto" })
      assert.strictEqual(second.text.verbosity, "high")
      assert.strictEqual(third.prompt_cache_key, "00000000-0000-4000-8000-000000000000")
    }))

  it.live("keeps the id of a conversation from call to call, and shares it with no other", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const talk = (opening: string) =>
        Effect.gen(function*() {
          const chat = yield* Chat.fromPrompt([{ role: "system", content: "Be brief." }])
          yield* chat.generateText({ prompt: opening })
          yield* chat.generateText({ prompt: "What is my name?" })
        })
      yield* Effect.provide(Effect.andThen(talk("My name is Ada."), talk("My name is Bob.")), ai)
      const [a, b, c, d] = (yield* bodies).map((body) => body.prompt_cache_key)
      assert.strictEqual(a, b)
      assert.strictEqual(c, d)
      assert.notStrictEqual(a, c)
    }))

  it.live("shows pictures, and refuses a file that the backend cannot take before anything is sent", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const show = (mediaType: string) =>
        LanguageModel.generateText({
          prompt: [{
            role: "user",
            content: [
              Prompt.textPart({ text: "Look." }),
              Prompt.filePart({ mediaType, data: Uint8Array.from(Buffer.from(png, "base64")) })
            ]
          }]
        }).pipe(Effect.provide(ai))
      assert.strictEqual((yield* show("image/png")).text, "I can see 1 picture.")
      const error = yield* Effect.flip(show("application/pdf"))
      assert.strictEqual(error.reason._tag, "InvalidUserInputError")
      assert.strictEqual((yield* bodies).length, 1)
      const empty = yield* Effect.flip(Effect.provide(LanguageModel.generateText({ prompt: [] }), ai))
      assert.strictEqual(empty.reason._tag, "InvalidUserInputError")
    }))

  it.live("answers to instructions alone", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const { text } = yield* LanguageModel.generateText({ prompt: [{ role: "system", content: "Who are you?" }] })
        .pipe(
          Effect.provide(ai)
        )
      assert.isAbove(text.length, 0)
    }))

  it.live("says why an answer was cut", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(
        Reply.incomplete({ reason: "max_output_tokens", text: "Half" }),
        Reply.incomplete({ reason: "content_filter", text: "Half" })
      )
      const ask = Effect.map(
        LanguageModel.generateText({ prompt: "Hi" }),
        ({ finishReason, text }) => [finishReason, text]
      )
      assert.deepStrictEqual(yield* Effect.provide(ask, ai), ["length", "Half"])
      assert.deepStrictEqual(yield* Effect.provide(ask, ai), ["content-filter", "Half"])
    }))

  it.live("keeps remarks on the way out of the answer, and out of an object", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(
        Reply.text("Done.", { commentary: "I am looking." }),
        Reply.text("{\"name\":\"Ada\"}", { commentary: "I am looking." })
      )
      const answer = yield* Effect.provide(LanguageModel.generateText({ prompt: "Hi" }), ai)
      assert.strictEqual(answer.text, "Done.")
      assert.include(answer.reasoningText, "I am looking.")
      const object = yield* LanguageModel.generateObject({
        prompt: "Hi",
        schema: Schema.Struct({ name: Schema.String })
      }).pipe(Effect.provide(ai))
      assert.deepStrictEqual(object.value, { name: "Ada" })
    }))

  it.live("tells the words of a refusal as text", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(Reply.refusal("I cannot help with that."))
      const { text } = yield* Effect.provide(LanguageModel.generateText({ prompt: "Hi" }), ai)
      assert.strictEqual(text, "I cannot help with that.")
    }))

  it.live("aborts the request when its reader leaves", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start({ emulator: { tokenDelay: "20 millis" } })
      const seen = yield* LanguageModel.streamText({ prompt: "Tell a long story" }).pipe(
        Stream.filter((part) => part.type === "text-delta"),
        Stream.take(3),
        Stream.runCount,
        Effect.provide(ai)
      )
      assert.strictEqual(seen, 3)
      yield* server.awaitOpenStreams(0)
      yield* Effect.timeoutOption(
        Effect.provide(LanguageModel.generateText({ prompt: "Tell a long story" }), ai),
        "200 millis"
      )
      yield* server.awaitOpenStreams(0)
    }))
})

describe("CodexLanguageModel: objects", () => {
  const Person = Schema.Struct({ name: Schema.String, age: Schema.Finite })

  it.live("generates an object that satisfies its schema, in strict mode", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const { value } = yield* LanguageModel.generateObject({ prompt: "Who?", schema: Person, objectName: "a person" })
        .pipe(Effect.provide(ai))
      assert.isString(value.name)
      const [body] = yield* bodies
      assert.strictEqual(body.text.format.type, "json_schema")
      assert.strictEqual(body.text.format.strict, true)
      assert.strictEqual(body.text.format.name, "a_person")
    }))

  const asked: ReadonlyArray<readonly [string, Effect.Effect<unknown, AiError.AiError, LanguageModel.LanguageModel>]> =
    [
      [
        "optional keys",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ name: Schema.String, nick: Schema.optionalKey(Schema.String) })
        })
      ],
      [
        "a map",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ ages: Schema.Record(Schema.String, Schema.Finite) })
        })
      ],
      [
        "a tuple",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ pair: Schema.Tuple([Schema.String, Schema.Finite]) })
        })
      ],
      [
        "a value of any kind",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ anything: Schema.Unknown })
        })
      ],
      [
        "a union",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ either: Schema.Union([Schema.String, Schema.Finite]) })
        })
      ],
      [
        "a date",
        LanguageModel.generateObject({ prompt: "Who?", schema: Schema.Struct({ at: Schema.DateFromString }) })
      ],
      [
        "nested lists",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ all: Schema.Array(Schema.Struct({ tags: Schema.Array(Schema.String) })) })
        })
      ],
      [
        "an enum",
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ kind: Schema.Literals(["a", "b"]) })
        })
      ]
    ]

  for (const [name, ask] of asked) {
    it.live(`asks for ${name} in a schema that the backend takes`, () =>
      Effect.gen(function*() {
        const { ai, bodies } = yield* start()
        const result = yield* Effect.result(Effect.provide(ask, ai))
        // What the emulator makes up may not satisfy a date; a refusal would be no output at all.
        if (result._tag === "Failure") assert.strictEqual(result.failure.reason._tag, "StructuredOutputError")
        assert.strictEqual((yield* bodies).length, 1)
      }))
  }

  it.live("says that a schema cannot be asked for, before anything is sent", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const error = yield* Effect.flip(
        LanguageModel.generateObject({
          prompt: "Who?",
          schema: Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })])
        }).pipe(Effect.provide(ai))
      )
      assert.strictEqual(error.reason._tag, "UnsupportedSchemaError")
      assert.deepStrictEqual(yield* bodies, [])
    }))

  it.live("fails with what was said when it is no object", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(Reply.text("Ada, 36"))
      const error = yield* Effect.flip(
        Effect.provide(LanguageModel.generateObject({ prompt: "Who?", schema: Person }), ai)
      )
      assert.strictEqual(error.reason._tag, "StructuredOutputError")
    }))
})

describe("CodexLanguageModel: tools", () => {
  it.live("runs a tool, and goes on with what it gave", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      yield* server.script(Reply.functionCall("Weather", { city: "Oslo" }))
      const text = yield* Effect.gen(function*() {
        const chat = yield* Chat.fromPrompt([{ role: "user", content: "Weather in Oslo?" }])
        const first = yield* chat.generateText({ prompt: [], toolkit: Weathers })
        assert.strictEqual(first.finishReason, "tool-calls")
        assert.deepStrictEqual(first.toolResults.map(({ result }) => result), [{ celsius: 4 }])
        return (yield* chat.generateText({ prompt: [], toolkit: Weathers })).text
      }).pipe(Effect.provide([ai, handlers]))
      assert.strictEqual(text, "The function gave: {\"celsius\":4}")
      const [first, second] = yield* bodies
      assert.deepStrictEqual(first.tools, [{
        type: "function",
        name: "Weather",
        description: "The weather of a city",
        parameters: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false
        },
        strict: true
      }])
      assert.deepStrictEqual(second.input.map(({ type }: { type: string }) => type), [
        "message",
        "function_call",
        "function_call_output"
      ])
    }))

  it.live("runs tools while it streams, several at once", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(
        Reply.parallel(
          Reply.functionCall("Weather", { city: "Oslo" }),
          Reply.functionCall("Weather", { city: "Jakarta" })
        )
      )
      const parts = yield* LanguageModel.streamText({ prompt: "Weather?", toolkit: Weathers }).pipe(
        Stream.runCollect,
        Effect.provide([ai, handlers])
      )
      const types = typesOf(parts)
      assert.includeMembers(types, ["tool-params-start", "tool-params-delta", "tool-params-end", "tool-call"])
      assert.deepStrictEqual(
        parts.flatMap((part) => part.type === "tool-result" ? [part.result] : []),
        [{ celsius: 4 }, { celsius: 7 }]
      )
      assert.strictEqual(types.at(-1), "finish")
    }))

  it.live("streams what a tool gave into the next answer, through Chat", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(Reply.functionCall("Weather", { city: "Oslo" }))
      const said = yield* Effect.gen(function*() {
        const chat = yield* Chat.fromPrompt([{ role: "user", content: "Weather in Oslo?" }])
        const round = chat.streamText({ prompt: [], toolkit: Weathers }).pipe(
          Stream.runFold(() => "", (text, part) => part.type === "text-delta" ? text + part.delta : text)
        )
        return [yield* round, yield* round]
      }).pipe(Effect.provide([ai, handlers]))
      assert.deepStrictEqual(said, ["", "The function gave: {\"celsius\":4}"])
    }))

  it.live("asks for tools as the choice says", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const Time = Tool.make("Time", { success: Schema.String })
      const kit = Toolkit.make(Weather, Time)
      const run = (toolChoice: LanguageModel.ToolChoice<"Weather" | "Time">) =>
        LanguageModel.generateText({ prompt: "What is 1 + 1?", toolkit: kit, toolChoice }).pipe(
          Effect.provide(kit.toLayer({
            Weather: () => Effect.succeed({ celsius: 1 }),
            Time: () => Effect.succeed("noon")
          }))
        )
      yield* Effect.forEach(
        ["auto", "none", "required", { tool: "Time" }, { oneOf: ["Time"] }, {
          mode: "required",
          oneOf: ["Time"]
        }] as const,
        run,
        { discard: true }
      ).pipe(Effect.provide(ai))
      const all = yield* bodies
      assert.deepStrictEqual(all.map((body) => body.tool_choice), [
        "auto",
        "none",
        "required",
        { type: "function", name: "Time" },
        "auto",
        "required"
      ])
      assert.deepStrictEqual(all.map((body) => body.tools.length), [2, 2, 2, 2, 1, 1])
      assert.deepStrictEqual(all[0].tools[1].parameters, {
        type: "object",
        properties: {},
        required: [],
        additionalProperties: false
      })
    }))

  it.live("asks for parameters that cannot be strict without it, and says so when they must be", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      const parameters = Schema.Struct({
        tags: Schema.Record(Schema.String, Schema.String),
        anything: Schema.Unknown,
        maybe: Schema.optionalKey(Schema.String)
      })
      const Loose = Tool.make("Loose", { parameters, success: Schema.String })
      const kit = Toolkit.make(Loose)
      const layer = kit.toLayer({ Loose: ({ maybe, tags }) => Effect.succeed(`${tags["a"]} ${maybe}`) })
      yield* server.script(Reply.functionCall("Loose", { tags: { a: "b" }, anything: [1] }))
      const { toolResults } = yield* LanguageModel.generateText({ prompt: "Go", toolkit: kit }).pipe(
        Effect.provide([ai, layer])
      )
      assert.deepStrictEqual(toolResults.map(({ result }) => result), ["b undefined"])
      assert.strictEqual((yield* bodies)[0].tools[0].strict, false)
      const strict = Toolkit.make(Loose.annotate(Tool.Strict, true))
      const error = yield* Effect.flip(
        LanguageModel.generateText({ prompt: "Go", toolkit: strict }).pipe(Effect.provide([ai, layer]))
      )
      assert.isTrue(error._tag === "AiError" && error.reason._tag === "UnsupportedSchemaError")
      assert.strictEqual((yield* bodies).length, 1)
    }))

  const offences: ReadonlyArray<readonly [string, Schema.Codec<unknown, unknown>]> = [
    ["a map", Schema.Struct({ m: Schema.Record(Schema.String, Schema.String) })],
    ["a value of any kind", Schema.Struct({ a: Schema.Unknown })],
    ["an optional key", Schema.Struct({ a: Schema.optionalKey(Schema.String) })],
    ["a tuple", Schema.Struct({ a: Schema.Tuple([Schema.String, Schema.Finite]) })],
    ["no item in its list", Schema.Struct({ a: Schema.Tuple([]) })],
    [
      "rest beside its keys",
      Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.String)])
    ],
    ["a union at its root", Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })])]
  ]
  for (const [name, parameters] of offences) {
    it.live(`asks for parameters with ${name} without strictness, in a schema that the backend takes`, () =>
      Effect.gen(function*() {
        const { ai, bodies } = yield* start()
        yield* LanguageModel.generateText({
          prompt: "What is 1 + 1?",
          toolkit: Toolkit.make(Tool.make("T", { parameters })),
          disableToolCallResolution: true
        }).pipe(Effect.provide(ai))
        assert.strictEqual((yield* bodies)[0].tools[0].strict, false)
      }))
  }

  it.live("gives names to the wire that it takes, and finds the tool again", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      const Dotted = Tool.dynamic("files/read.text", {
        parameters: { type: "object", properties: {} },
        success: Schema.String
      })
      const Other = Tool.dynamic("files.read/text", {
        parameters: { type: "object", properties: {} },
        success: Schema.String
      })
      const kit = Toolkit.make(Dotted, Other)
      yield* server.script(Reply.functionCall("files_read_text_2", {}))
      const { toolResults } = yield* LanguageModel.generateText({ prompt: "Go", toolkit: kit }).pipe(
        Effect.provide([
          ai,
          kit.toLayer({
            "files/read.text": () => Effect.succeed("first"),
            "files.read/text": () => Effect.succeed("second")
          })
        ])
      )
      assert.deepStrictEqual(toolResults.map(({ name, result }) => [name, result]), [["files.read/text", "second"]])
    }))

  it.live("declares parameters that are a choice, or nothing at all, as one object, which is all that the wire takes", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      const Side = Schema.Struct({ kind: Schema.Literal("a"), at: Schema.String })
      const Other = Schema.Struct({
        kind: Schema.Literal("b"),
        at: Schema.String,
        size: Schema.optionalKey(Schema.String)
      })
      const kit = Toolkit.make(
        Tool.make("choice", { parameters: Schema.Union([Side, Other]), success: Schema.String }),
        Tool.make("nothing", { parameters: Schema.Struct({}), success: Schema.String })
      )
      yield* server.script(Reply.parallel(
        Reply.functionCall("choice", { kind: "b", at: "x" }),
        Reply.functionCall("nothing", {})
      ))
      const { toolResults } = yield* LanguageModel.generateText({ prompt: "Go", toolkit: kit }).pipe(Effect.provide([
        ai,
        kit.toLayer({ choice: ({ kind }) => Effect.succeed(kind), nothing: () => Effect.succeed("done") })
      ]))
      assert.deepStrictEqual(toolResults.map(({ result }) => result), ["b", "done"])
      const [choice, nothing] = (yield* bodies)[0].tools
      assert.deepInclude(choice.parameters, {
        type: "object",
        properties: {
          kind: { anyOf: [{ type: "string", enum: ["a"] }, { type: "string", enum: ["b"] }] },
          at: { type: "string" },
          size: { type: "string" }
        },
        required: ["kind", "at"]
      })
      assert.strictEqual(choice.strict, false)
      assert.strictEqual(nothing.parameters.type, "object")
    }))

  it.live("speaks of a call that was made by the name that its tool has on the wire, also without the tool", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      const parameters = { type: "object", properties: {} } as const
      const kit = Toolkit.make(
        Tool.dynamic("files.read", { parameters, success: Schema.String }),
        Tool.dynamic("files_read", { parameters, success: Schema.String })
      )
      const handlers = kit.toLayer({
        "files.read": () => Effect.succeed("odd"),
        files_read: () => Effect.succeed("plain")
      })
      yield* server.script(
        Reply.parallel(Reply.functionCall("files_read", {}), Reply.functionCall("files_read_2", {})),
        Reply.times(Reply.text("Read."), 2)
      )
      const chat = yield* Chat.empty
      const first = yield* chat.generateText({ prompt: "Go", toolkit: kit }).pipe(Effect.provide([ai, handlers]))
      assert.deepStrictEqual(first.toolResults.map(({ name, result }) => [name, result]), [
        ["files_read", "plain"],
        ["files.read", "odd"]
      ])
      yield* chat.generateText({ prompt: [], toolkit: kit }).pipe(Effect.provide([ai, handlers]))
      yield* chat.generateText({ prompt: "And?" }).pipe(Effect.provide(ai))
      const called = (yield* bodies).slice(1).map(({ input }) =>
        input.flatMap((item: { readonly name?: string }) => item.name ?? [])
      )
      assert.deepStrictEqual(called, [["files_read", "files_read_2"], ["files_read", "files_read"]])
    }))

  it.live("fails with the failure of a tool, or tells it to the model, as the tool says", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      const run = (failureMode: "error" | "return") => {
        const Broken = Tool.make("Broken", { failureMode, failure: Schema.String, success: Schema.String })
        const kit = Toolkit.make(Broken)
        return Effect.andThen(
          server.script(Reply.functionCall("Broken", {})),
          LanguageModel.generateText({ prompt: "Go", toolkit: kit }).pipe(
            Effect.provide([ai, kit.toLayer({ Broken: () => Effect.fail("no paper") })])
          )
        )
      }
      const failure: unknown = yield* Effect.flip(run("error"))
      assert.strictEqual(failure, "no paper")
      const { toolResults } = yield* run("return")
      assert.deepStrictEqual(toolResults.map(({ isFailure, result }) => [isFailure, result]), [[true, "no paper"]])
    }))

  it.live("says which tool does not exist, and which arguments are wrong", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(
        Reply.functionCall("Nothing", {}),
        Reply.functionCall("Weather", { city: 1 }),
        Reply.functionCall("Weather", "{\"city\": \"Os")
      )
      const ask = LanguageModel.generateText({ prompt: "Go", toolkit: Weathers }).pipe(
        Effect.provide([ai, handlers]),
        Effect.flip,
        Effect.map((error) => error._tag === "AiError" ? error.reason._tag : error)
      )
      assert.strictEqual(yield* ask, "InvalidOutputError")
      assert.strictEqual(yield* ask, "ToolParameterValidationError")
      assert.strictEqual(yield* ask, "ToolParameterValidationError")
    }))

  it.live("waits for an approval, and goes on after it or without it", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      const Pay = Tool.make("Pay", { success: Schema.String, needsApproval: true })
      const kit = Toolkit.make(Pay)
      const decide = (approved: boolean) =>
        Effect.gen(function*() {
          yield* server.script(Reply.functionCall("Pay", {}))
          const chat = yield* Chat.fromPrompt([{ role: "user", content: "Pay." }])
          const first = yield* chat.generateText({ prompt: [], toolkit: kit })
          const request = first.content.find((part) => part.type === "tool-approval-request")
          assert.isDefined(request)
          const second = yield* chat.generateText({
            prompt: [{
              role: "tool",
              content: [Prompt.toolApprovalResponsePart({ approvalId: request?.approvalId ?? "", approved })]
            }],
            toolkit: kit
          })
          return second.text
        }).pipe(Effect.provide([ai, kit.toLayer({ Pay: () => Effect.succeed("paid") })]))
      assert.strictEqual(yield* decide(true), "The function gave: paid")
      assert.include(yield* decide(false), "execution-denied")
    }))

  it.live("shows the model what a tool has to show", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      const Shot = Tool.make("Shot", {
        success: Schema.String,
        toModelOutput: (data) => [Prompt.textPart({ text: "here" }), Prompt.filePart({ mediaType: "image/png", data })]
      })
      const kit = Toolkit.make(Shot)
      yield* server.script(Reply.functionCall("Shot", {}))
      yield* Effect.gen(function*() {
        const chat = yield* Chat.fromPrompt([{ role: "user", content: "Look." }])
        yield* chat.generateText({ prompt: [], toolkit: kit })
        yield* chat.generateText({ prompt: [], toolkit: kit })
      }).pipe(Effect.provide([ai, kit.toLayer({ Shot: () => Effect.succeed(png) })]))
      const [, second] = yield* bodies
      assert.deepStrictEqual(second.input.at(-1).output.map(({ type }: { type: string }) => type), [
        "input_text",
        "input_image"
      ])
    }))

  it.live("searches the web when it may, and names the sources", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const kit = Toolkit.make(CodexTool.WebSearch({ search_context_size: "low" }))
      const answer = yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        const answer = yield* chat.generateText({ prompt: "Search for example domains", toolkit: kit })
        yield* chat.generateText({ prompt: "What is 1 + 1?", toolkit: kit })
        return answer
      }).pipe(Effect.provide(ai))
      assert.include(answer.text, "Example Domain")
      assert.deepStrictEqual(typesOf(answer.content).filter((type) => type !== "reasoning"), [
        "response-metadata",
        "tool-call",
        "tool-result",
        "text",
        "source",
        "finish"
      ])
      const source = answer.content.find((part) => part.type === "source")
      assert.isTrue(source?.sourceType === "url" && source.url.href === "https://example.com/")
      const [first, second] = yield* bodies
      assert.deepStrictEqual(first.tools, [{ type: "web_search", search_context_size: "low" }])
      assert.isTrue(second.input.some(({ type }: { type: string }) => type === "web_search_call"))
    }))

  it.live("takes a search that nobody declared along without a word", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      yield* server.script(Reply.text("Found.", { searches: ["news"] }))
      yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        assert.strictEqual((yield* chat.generateText({ prompt: "News?" })).text, "Found.")
        yield* chat.generateText({ prompt: "What is 1 + 1?" })
      }).pipe(Effect.provide(ai))
      const [, second] = yield* bodies
      assert.isTrue(second.input.some(({ type }: { type: string }) => type === "web_search_call"))
    }))

  it.live("draws a picture as a file of the answer, which the next call sends back", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      yield* server.script(Reply.image({ result: png }))
      const kit = Toolkit.make(CodexTool.ImageGeneration({ output_format: "png" }))
      const files = yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        const answer = yield* chat.generateText({ prompt: "Draw a dot", toolkit: kit })
        yield* chat.generateText({ prompt: "Thanks", toolkit: kit })
        return answer.content.filter((part) => part.type === "file")
      }).pipe(Effect.provide(ai))
      assert.deepStrictEqual(files.map(({ data, mediaType }) => [mediaType, Buffer.from(data).toString("base64")]), [
        ["image/png", png]
      ])
      const [, second] = yield* bodies
      assert.strictEqual(
        second.input.find(({ type }: { type: string }) => type === "image_generation_call")?.result,
        png
      )
    }))

  it.live("refuses a tool of another provider by name", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const Foreign = Tool.providerDefined({ id: "other.search", customName: "Foreign", providerName: "search" })
      const error = yield* Effect.flip(
        LanguageModel.generateText({ prompt: "Go", toolkit: Toolkit.make(Foreign(undefined)) }).pipe(Effect.provide(ai))
      )
      assert.isTrue(error.reason._tag === "ToolConfigurationError" && error.reason.toolName === "Foreign")
    }))
})

describe("CodexLanguageModel: history", () => {
  it.live("sends thoughts back to the backend, through a chat that was kept as JSON", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start({ config: { reasoningSummary: true } })
      yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        yield* Stream.runDrain(chat.streamText({ prompt: "My name is Ada." }))
        const again = yield* Chat.fromJson(yield* chat.exportJson)
        const { text } = yield* again.generateText({ prompt: "What is my name?" })
        assert.strictEqual(text, "Your name is Ada.")
        assert.isAbove((yield* Ref.get(again.history)).content.length, 3)
      }).pipe(Effect.provide(ai))
      const [, second] = yield* bodies
      assert.deepStrictEqual(second.input.map(({ type }: { type: string }) => type), [
        "message",
        "reasoning",
        "message",
        "message"
      ])
      assert.match(second.input[1].id, /^rs_/)
      assert.match(second.input[2].id, /^msg_/)
    }))
})

const delta = (text: string) => ({
  type: "response.output_text.delta",
  item_id: "msg_1",
  output_index: 0,
  content_index: 0,
  delta: text
})

/** An answer whose connection ends in the middle. */
const broken = (text: string) =>
  Reply.events([{ type: "response.created", response: { id: "r1", model: "m" } }, delta(text)])

const item = (item: object) => ({ type: "response.output_item.done", output_index: 0, item })

const completed = { type: "response.completed", response: { id: "r1", status: "completed", output: [] } }

const message = (text: string) =>
  item({ id: "msg_1", type: "message", role: "assistant", content: [{ type: "output_text", text, annotations: [] }] })

describe("CodexLanguageModel: items", () => {
  it.live("tells a message once that ends late, behind a call", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(Reply.events([
        delta("Looking."),
        item({ id: "fc_1", type: "function_call", call_id: "c1", name: "Weather", arguments: "{\"city\":\"Oslo\"}" }),
        message("Looking."),
        completed
      ]))
      const { content } = yield* LanguageModel.generateText({ prompt: "Hi", toolkit: Weathers }).pipe(
        Effect.provide([ai, handlers])
      )
      assert.deepStrictEqual(content.flatMap((part) => part.type === "text" ? [part.text] : []), ["Looking."])
    }))

  it.live("leaves what the developer said in a conversation of ours where it was", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const prompt = CodexPrompt.fromItems([
        {
          type: "message",
          role: "developer",
          content: [{ type: "input_text", text: "Be brief." }, { type: "input_text", text: "In English." }]
        },
        { type: "message", role: "user", content: [{ type: "input_text", text: "What is 1 + 1?" }] }
      ])
      yield* Effect.provide(LanguageModel.generateText({ prompt }), ai)
      const [body] = yield* bodies
      assert.strictEqual(body.instructions, "")
      assert.deepStrictEqual(body.input.map(({ role }: { role: string }) => role), ["developer", "user"])
    }))

  it.live("tells a message that came whole, without a delta", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(Reply.events([message("Good day."), completed]))
      const { text } = yield* Effect.provide(LanguageModel.generateText({ prompt: "Hi" }), ai)
      assert.strictEqual(text, "Good day.")
    }))

  it.live("sends what is sealed to the family of models that it is sealed for, and to no other", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      yield* server.script(
        Reply.events([
          item({ id: "rs_1", type: "reasoning", summary: [], encrypted_content: "gAAAAABsealed" }),
          message("Good day."),
          completed
        ]),
        Reply.text("Again."),
        Reply.text("Elsewhere.")
      )
      yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        yield* chat.generateText({ prompt: "Hi" })
        const other = yield* Chat.fromJson(yield* chat.exportJson)
        yield* chat.generateText({ prompt: "And now?" })
        yield* CodexLanguageModel.withConfigOverride(other.generateText({ prompt: "And now?" }), { model: "gpt-5.5" })
      }).pipe(Effect.provide(ai))
      const isSealed = (body: { input: unknown }) => JSON.stringify(body.input).includes("gAAAAABsealed")
      const all = yield* bodies
      assert.isTrue(isSealed(all[1]))
      const elsewhere = all.filter((body) => body.model === "gpt-5.5")
      assert.deepStrictEqual(elsewhere.map(isSealed), [false])
    }))
})

describe("CodexLanguageModel: an answer that breaks", () => {
  it.live("is a failure of a stream that has told something, and never told twice", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start({ values: { maxRetries: 2 } })
      yield* server.script(broken("Hel"))
      const told: Array<string> = []
      const error = yield* LanguageModel.streamText({ prompt: "What is 1 + 1?" }).pipe(
        Stream.runForEach((part) =>
          Effect.sync(() => {
            if (part.type === "text-delta") told.push(part.delta)
          })
        ),
        Effect.flip,
        Effect.provide(ai)
      )
      assert.strictEqual(error.reason._tag, "InternalProviderError")
      assert.deepStrictEqual(told, ["Hel"])
      assert.isAtMost((yield* bodies).length, 2)
    }))

  it.live("starts over unseen where the whole of it is waited for", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start({ values: { maxRetries: 2 } })
      yield* server.script(broken("Hel"))
      const answer = yield* Effect.provide(LanguageModel.generateText({ prompt: "What is 1 + 1?" }), ai)
      assert.strictEqual(answer.text, "1 + 1 = 2.")
      assert.strictEqual(answer.content.filter(({ type }) => type === "text").length, 1)
    }))
})

describe("CodexLanguageModel: a chat that is kept", () => {
  it.live("goes on after it was built again over the same store", () =>
    Effect.gen(function*() {
      const { ai } = yield* start({ config: { reasoningSummary: true } })
      const store = yield* Layer.build(KeyValueStore.layerMemory)
      const said = (prompt: string) =>
        Effect.gen(function*() {
          const chats = yield* Chat.Persistence
          const chat = yield* chats.getOrCreate("ann")
          return (yield* chat.generateText({ prompt })).text
        }).pipe(
          Effect.provide(Layer.merge(
            ai,
            Chat.layerPersisted({ storeId: "chats" }).pipe(
              Layer.provide(Persistence.layerBackingKvs),
              Layer.provide(Layer.succeedContext(store))
            )
          ))
        )
      yield* said("My name is Ada.")
      assert.strictEqual(yield* said("What is my name?"), "Your name is Ada.")
    }))
})

describe("CodexLanguageModel: other models beside it", () => {
  it.live("is a step of an ExecutionPlan for a stream, which goes on to the next as long as nothing was said", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start({ values: { maxRetries: 0 } })
      const plan = ExecutionPlan.make(
        { provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 },
        { provide: CodexLanguageModel.model("gpt-5.6-luna"), attempts: 1 }
      )
      const told: Array<string | undefined> = []
      const ask = LanguageModel.streamText({ prompt: "What is 1 + 1?" }).pipe(
        Stream.withExecutionPlan(plan, { preventFallbackOnPartialStream: true }),
        Stream.runForEach((part) =>
          Effect.sync(() => {
            if (part.type === "response-metadata") told.push(part.modelId)
            if (part.type === "text-delta") told.push(part.delta)
          })
        ),
        Effect.provide(ai)
      )
      yield* server.script(Reply.failed("server_is_overloaded"))
      yield* ask
      assert.deepStrictEqual([told[0], told.slice(1).join("")], ["gpt-5.6-luna", "1 + 1 = 2."])
      yield* server.script(Reply.failed("server_is_overloaded", { after: 3 }))
      assert.strictEqual((yield* Effect.flip(ask))._tag, "AiError")
    }))

  it.live("is a step of an ExecutionPlan, which goes on to the next when the quota is used up", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      yield* server.script(Reply.usageLimit())
      const plan = ExecutionPlan.make(
        { provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 },
        { provide: CodexLanguageModel.model("gpt-5.6-luna"), attempts: 1 }
      )
      const [text, provider] = yield* Effect.all([
        Effect.map(LanguageModel.generateText({ prompt: "What is 1 + 1?" }), ({ text }) => text),
        Effect.all([Model.ProviderName, Model.ModelName])
      ]).pipe(Effect.withExecutionPlan(plan), Effect.provide(ai))
      assert.strictEqual(text, "1 + 1 = 2.")
      assert.deepStrictEqual(provider, ["codex", "gpt-5.6-luna"])
    }))
})

describe("CodexLanguageModel: spans", () => {
  it.live("stand above those of the backend, whatever is asked for", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(
        Effect.andThen(Stream.runDrain(LanguageModel.streamText({ prompt: "Hello" }))),
        Effect.andThen(LanguageModel.generateObject({ prompt: "Hello", schema: Schema.Struct({ a: Schema.String }) })),
        Effect.provide(ai),
        Effect.withTracer(tracer)
      )
      const above = spans.filter(({ name }) => name === "CodexBackend.responses").map(({ parent }) =>
        Option.match(parent, {
          onNone: () => "nothing",
          onSome: (parent) => parent._tag === "Span" ? parent.name : parent._tag
        })
      )
      assert.deepStrictEqual(above, [
        "LanguageModel.generateText",
        "LanguageModel.streamText",
        "LanguageModel.generateObject"
      ])
    }))

  it.live("tell model, tokens and end by the names of the conventions, and nothing that was said", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start({ config: { reasoningEffort: "low" } })
      yield* server.script(Reply.functionCall("Weather", { city: "Oslo" }))
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* LanguageModel.generateText({ prompt: "A secret: do-not-tell", toolkit: Weathers }).pipe(
        Effect.provide([ai, handlers]),
        Effect.withTracer(tracer)
      )
      const span = spans.find(({ name }) => name === "LanguageModel.generateText")
      const attributes = Object.fromEntries(span?.attributes ?? [])
      assert.deepInclude(attributes, {
        "gen_ai.provider.name": "openai",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-5.6-sol",
        "gen_ai.response.model": "gpt-5.6-sol",
        "gen_ai.response.finish_reasons": ["tool-calls"],
        "gen_ai.output.type": "text",
        "codex.reasoning_effort": "low",
        "codex.tools": 1
      })
      assert.isNumber(attributes["gen_ai.usage.input_tokens"])
      assert.isNumber(attributes["gen_ai.usage.output_tokens"])
      assert.notInclude(
        JSON.stringify(spans.map(({ attributes, events, name }) => [name, [...attributes], events.map(String)])),
        "do-not-tell"
      )
    }))
})
