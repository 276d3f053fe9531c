/**
 * What is asked for through effect/ai: tools, their names and schemas, the form of an answer, and what stands before it.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexTool } from "effect-codex/ai"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Schemas from "../src/ai/internal/schemas.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import { completed, over } from "./support/saidModel.ts"

const said = [[{ _tag: "TextDelta" as const, text: "Hi" }, completed()]]

/** What the backend is asked for. */
const askedOf = <A, E>(ask: Effect.Effect<A, E, LanguageModel.LanguageModel>) =>
  Effect.gen(function*() {
    const asked: Array<CodexRequest> = []
    yield* Effect.exit(Effect.provide(ask, over(said, asked)))
    assert.lengthOf(asked, 1)
    return asked[0] ?? assert.fail("nothing was asked")
  })

const plain = { prompt: "Hi", disableToolCallResolution: true } as const

const functionsOf = ({ tools = [] }: CodexRequest) => tools.flatMap((tool) => tool.type === "function" ? [tool] : [])

const nothing = { parameters: { type: "object", properties: {} } } as const

describe("tools that are asked for", () => {
  it.effect("have names that the wire takes, each its own: plain ones keep theirs, whatever stands before them", () =>
    Effect.gen(function*() {
      const long = "l".repeat(80)
      const kit = Toolkit.make(
        Tool.dynamic("a.b", nothing),
        Tool.dynamic("a b", nothing),
        Tool.dynamic("a_b", nothing),
        Tool.dynamic(`${long}1`, nothing),
        Tool.dynamic(`${long}2`, nothing),
        Tool.dynamic("x".repeat(64), nothing),
        Tool.dynamic("y".repeat(65), nothing)
      )
      assert.deepStrictEqual(
        functionsOf(yield* askedOf(LanguageModel.generateText({ ...plain, toolkit: kit }))).map(({ name }) => name),
        [
          "a_b_2",
          "a_b_3",
          "a_b",
          "l".repeat(60),
          `${"l".repeat(60)}_2`,
          "x".repeat(64),
          "y".repeat(60)
        ]
      )
    }))

  it.effect("say what they are for, and are strict as they wish, else as they can be", () =>
    Effect.gen(function*() {
      const parameters = Schema.Struct({ city: Schema.String })
      const Loose = Schema.Struct({ city: Schema.optionalKey(Schema.String) })
      const kit = Toolkit.make(
        Tool.make("can", { description: "The weather", parameters }),
        Tool.make("cannot", { parameters: Loose }),
        Tool.make("wants", { parameters }).annotate(Tool.Strict, true),
        Tool.make("wantsNot", { parameters }).annotate(Tool.Strict, false),
        Tool.make("bare", {})
      )
      const functions = functionsOf(yield* askedOf(LanguageModel.generateText({ ...plain, toolkit: kit })))
      assert.deepStrictEqual(functions.map(({ description, strict }) => [description, strict]), [
        ["The weather", true],
        [undefined, false],
        [undefined, true],
        [undefined, false],
        [undefined, true]
      ])
    }))

  it.effect("take the definitions of their schemas along", () =>
    Effect.gen(function*() {
      interface Tree {
        readonly name: string
        readonly under: ReadonlyArray<Tree>
      }
      const Tree: Schema.Codec<Tree> = Schema.Struct({
        name: Schema.String,
        under: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
      }).annotate({ identifier: "Tree" })
      const kit = Toolkit.make(Tool.make("plant", { parameters: Schema.Struct({ tree: Tree }) }))
      const [tool] = functionsOf(yield* askedOf(LanguageModel.generateText({ ...plain, toolkit: kit })))
      assert.property(tool?.parameters, "$defs")
      assert.strictEqual(tool?.strict, true)
    }))

  it.effect("are, where the backend has them itself, asked for in its words, and forced where it can be", () =>
    Effect.gen(function*() {
      const kit = Toolkit.make(
        CodexTool.WebSearch({ search_context_size: "low" }),
        CodexTool.ImageGeneration({ output_format: "webp" }),
        Tool.dynamic("a.b", nothing)
      )
      const { tools = [] } = yield* askedOf(LanguageModel.generateText({ ...plain, toolkit: kit }))
      assert.deepStrictEqual(tools.slice(0, 2), [
        { type: "web_search", search_context_size: "low" },
        { type: "image_generation", output_format: "webp" }
      ])
      const table = [
        ["auto", "auto"],
        ["none", "none"],
        ["required", "required"],
        [{ tool: "a.b" }, { type: "function", name: "a_b" }],
        [{ tool: "CodexWebSearch" }, { type: "web_search" }],
        [{ tool: "CodexImageGeneration" }, "auto"],
        [{ oneOf: ["a.b"] }, "auto"],
        [{ oneOf: ["a.b"], mode: "required" }, "required"]
      ] as const
      for (const [choice, wire] of table) {
        const asked = yield* askedOf(LanguageModel.generateText({ ...plain, toolkit: kit, toolChoice: choice }))
        assert.deepStrictEqual(asked.toolChoice, wire, JSON.stringify(choice))
      }
    }))

  it.effect("are none, and no choice, where there are none", () =>
    Effect.gen(function*() {
      const asked = yield* askedOf(LanguageModel.generateText({ prompt: "Hi" }))
      assert.notProperty(asked, "tools")
      assert.notProperty(asked, "toolChoice")
      assert.notProperty(asked, "format")
    }))
})

describe("the form of an answer", () => {
  it.effect("has a name that the wire takes, and is strict where its schema can be", () =>
    Effect.gen(function*() {
      const formOf = (schema: Schema.Codec<unknown, Record<string, unknown>>, objectName?: string) =>
        Effect.map(
          askedOf(
            LanguageModel.generateObject({ prompt: "Hi", schema, ...objectName !== undefined && { objectName } })
          ),
          ({ format }) => format?.type === "json_schema" ? [format.name, format.strict] : format
        )
      const Person = Schema.Struct({ name: Schema.String })
      assert.deepStrictEqual(yield* formOf(Person, "a person!"), ["a_person_", true])
      assert.deepStrictEqual(yield* formOf(Person, "n".repeat(80)), ["n".repeat(64), true])
      assert.deepStrictEqual(yield* formOf(Schema.Struct({ any: Schema.Unknown }), "any"), ["any", false])
    }))
})

describe("whether a schema can be said strictly", () => {
  const text = { type: "string" }
  const object = (properties: object, more: object = {}) => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...more
  })
  const open = object({ a: text }, { additionalProperties: true })

  it.each<readonly [what: string, schema: unknown, isStrict: boolean]>([
    ["a closed object", object({ a: text, b: { type: ["string", "null"] } }), true],
    ["one of constants", object({ a: { enum: ["x"] }, b: { const: 1 } }), true],
    ["an open object", open, false],
    ["an object that does not say whether it is open", object({ a: text }, { additionalProperties: undefined }), false],
    ["an optional key", object({ a: text }, { required: [] }), false],
    ["an open object inside", object({ a: open }), false],
    ["a list", object({ a: { type: "array", items: text } }), true],
    ["a list of anything", object({ a: { type: "array" } }), false],
    ["a list of open objects", object({ a: { type: "array", items: open } }), false],
    ["a choice", object({ a: { anyOf: [text, { type: "null" }] } }), true],
    ["a choice with an open object", object({ a: { anyOf: [text, open] } }), false],
    ["several types of which one is open", { ...open, type: ["null", "object"] }, false],
    ["a reference", object({ a: { $ref: "#/$defs/A" } }, { $defs: { A: text } }), true],
    ["an open definition", object({ a: { $ref: "#/$defs/A" } }, { $defs: { A: open } }), false],
    ["a value of any kind", object({ a: {} }), false],
    ["what is no schema", object({ a: true }), false],
    ...["oneOf", "allOf", "not", "patternProperties", "prefixItems", "if", "dependentSchemas", "propertyNames"].map((
      word
    ) => [word, object({ a: { ...text, [word]: [text] } }), false] as const)
  ])("%s", (_, schema, isStrict) => {
    assert.strictEqual(Schemas.isStrict(schema), isStrict)
  })

  it("gives lists and tuples, however deep, the items that the backend asks for", () => {
    const pair = { type: "array", prefixItems: [text, { type: "number" }] }
    const whole = { type: "array", items: { anyOf: [text, { type: "number" }] } }
    const places: ReadonlyArray<(schema: object) => Record<string, unknown>> = [
      (schema) => ({ properties: { a: schema } }),
      (schema) => ({ properties: { a: { type: "array", items: schema } } }),
      (schema) => ({ properties: { a: { anyOf: [text, schema] } } }),
      (schema) => ({ properties: { a: { oneOf: [text, schema] } } }),
      (schema) => ({ properties: { a: { type: "object", additionalProperties: schema } } }),
      (schema) => ({ properties: { a: text }, $defs: { A: schema } })
    ]
    for (const place of places) {
      assert.deepStrictEqual(
        Schemas.ofObject({ type: "object", ...place(pair) }),
        { type: "object", ...place(whole) }
      )
      assert.deepStrictEqual(
        Schemas.ofObject({ type: "object", ...place({ type: "array", prefixItems: [] }) }),
        { type: "object", ...place({ type: "array", items: {} }) }
      )
    }
  })
})

describe("what stands before a question", () => {
  const system = (content: string) => ({ role: "system" as const, content })
  const user = (content: string) => ({ role: "user" as const, content })
  const ask = (...prompt: ReadonlyArray<Prompt.MessageEncoded>) =>
    askedOf(LanguageModel.generateText({ prompt: [...prompt] }))

  it.effect("is instructions at the head, a message of the developer behind it, and the question where it is alone", () =>
    Effect.gen(function*() {
      const asked = yield* ask(system("Be brief."), system("In English."), user("Hi"), system("Now loud."))
      assert.strictEqual(asked.instructions, "Be brief.\n\nIn English.")
      assert.deepStrictEqual(asked.input, [Item.fromText("user", "Hi"), Item.fromText("developer", "Now loud.")])
      const alone = yield* ask(system("Who are you?"))
      assert.strictEqual(alone.instructions, "")
      assert.deepStrictEqual(alone.input, [Item.fromText("developer", "Who are you?")])
    }))

  it.effect("names the conversation with its first message, and no other of the same words with it", () =>
    Effect.gen(function*() {
      const idOf = (...prompt: ReadonlyArray<Prompt.MessageEncoded>) =>
        Effect.map(ask(...prompt), ({ sessionId }) => sessionId)
      const first = yield* idOf(system("Be brief."), user("Hi"))
      assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.strictEqual(yield* idOf(system("Be brief."), user("Hi"), user("And now?")), first)
      assert.notStrictEqual(yield* idOf(system("Be loud."), user("Hi")), first)
      assert.notStrictEqual(yield* idOf(system("Be brief."), user("Hello")), first)
    }))

  it.effect("is refused where it holds a file that is no picture, wherever that stands", () =>
    Effect.gen(function*() {
      const pdf = Prompt.makeMessage("user", {
        content: [Prompt.filePart({ mediaType: "application/pdf", data: "JVBERi0=" })]
      })
      const asked: Array<CodexRequest> = []
      const error = yield* LanguageModel.generateText({
        prompt: Prompt.fromMessages([
          Prompt.makeMessage("user", { content: [Prompt.textPart({ text: "Hi" })] }),
          pdf
        ])
      }).pipe(Effect.provide(over(said, asked)), Effect.flip)
      assert.strictEqual(error.reason._tag, "InvalidUserInputError")
      assert.include(error.message, "application/pdf")
      assert.deepStrictEqual(asked, [])
    }))
})
