/**
 * Every export of effect/ai's `LanguageModel`, `Chat` and `Toolkit`, and the test that runs it through our provider.
 *
 * A release of effect/ai that adds one fails here until it has a test.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexLanguageModel } from "effect-codex/ai"
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Persistence from "effect/persistence/Persistence"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { start } from "./support/effectAi.ts"

const { Reply } = CodexEmulator

const here = "EffectAiTable"
const model = "CodexLanguageModel"

/** Export, file of the test, words of its name. `-` is what nothing runs through a provider: names of types, constants. */
const table: Readonly<Record<string, readonly [file: string, name: string] | "-">> = {
  "LanguageModel.LanguageModel": [here, "the service itself"],
  "LanguageModel.TypeId": "-",
  "LanguageModel.defaultCodecTransformer": "-",
  "LanguageModel.GenerateTextResponse": [here, "answers of its own classes"],
  "LanguageModel.GenerateObjectResponse": [here, "answers of its own classes"],
  "LanguageModel.make": "-",
  "LanguageModel.generateText": [model, "generates text, with usage"],
  "LanguageModel.generateObject": [model, "generates an object that satisfies its schema"],
  "LanguageModel.streamText": [model, "streams text in order"],
  "LanguageModel.getObjectName": [model, "generates an object that satisfies its schema"],
  "Chat.Chat": [here, "the service of a chat"],
  "Chat.TypeId": "-",
  "Chat.empty": [model, "sends thoughts back to the backend"],
  "Chat.fromPrompt": [model, "runs a tool, and goes on"],
  "Chat.fromExport": [here, "carries a chat on from its export"],
  "Chat.fromJson": [model, "sends thoughts back to the backend"],
  "Chat.ChatNotFoundError": [here, "says that a chat is not there"],
  "Chat.Persistence": [model, "goes on after it was built again"],
  "Chat.makePersisted": [here, "says that a chat is not there"],
  "Chat.layerPersisted": [model, "goes on after it was built again"],
  "Toolkit.FailureOrigin": [here, "says where a failure came from"],
  "Toolkit.PreliminaryBuffer": [here, "tells what a tool says on the way"],
  "Toolkit.empty": [here, "asks with an empty toolkit"],
  "Toolkit.make": [model, "runs a tool, and goes on"],
  "Toolkit.merge": [here, "asks with toolkits that were merged"]
}

const textOf = (file: string): string => readFileSync(new URL(`./${file}.test.ts`, import.meta.url), "utf8")

describe("effect/ai over our provider", () => {
  it("has a test for every export", () => {
    const exports = Object.entries({ LanguageModel, Chat, Toolkit }).flatMap(([module, names]) =>
      Object.keys(names).map((name) => `${module}.${name}`)
    )
    assert.deepStrictEqual(Object.keys(table).sort(), exports.sort())
    for (const row of Object.values(table)) if (row !== "-") assert.include(textOf(row[0]), row[1])
  })

  it.live("is the service itself, with each of its methods", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const said = yield* Effect.gen(function*() {
        const model = yield* LanguageModel.LanguageModel
        const { text } = yield* model.generateText({ prompt: "What is 1 + 1?" })
        const { value } = yield* model.generateObject({
          prompt: "Who?",
          schema: Schema.Struct({ name: Schema.String })
        })
        const parts = yield* Stream.runCount(model.streamText({ prompt: "What is 1 + 1?" }))
        return [
          text,
          typeof value.name,
          parts > 3,
          yield* model.supportsSystemMessagesInHistory ?? Effect.succeed(false)
        ]
      }).pipe(Effect.provide(ai))
      assert.deepStrictEqual(said, ["1 + 1 = 2.", "string", true, true])
    }))

  it.live("gives answers of its own classes", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const text = yield* Effect.provide(LanguageModel.generateText({ prompt: "Hi" }), ai)
      const object = yield* LanguageModel.generateObject({ prompt: "Hi", schema: Schema.Struct({ a: Schema.String }) })
        .pipe(
          Effect.provide(ai)
        )
      assert.instanceOf(text, LanguageModel.GenerateTextResponse)
      assert.instanceOf(object, LanguageModel.GenerateObjectResponse)
      assert.deepStrictEqual(text.toolCalls, [])
      assert.deepStrictEqual(text.reasoning, [])
    }))

  it.live("answers through the service of a chat, in text, parts and objects", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      yield* Effect.gen(function*() {
        const chat = yield* Chat.Chat
        yield* chat.generateText({ prompt: "My name is Ada." })
        assert.isAbove(yield* Stream.runCount(chat.streamText({ prompt: "What is my name?" })), 3)
        const { value } = yield* chat.generateObject({ prompt: "Who?", schema: Schema.Struct({ name: Schema.String }) })
        assert.isString(value.name)
      }).pipe(Effect.provide(Layer.provideMerge(Layer.effect(Chat.Chat, Chat.empty), ai)))
    }))

  it.live("carries a chat on from its export", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const text = yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        yield* chat.generateText({ prompt: "My name is Ada." })
        const again = yield* Chat.fromExport(yield* chat.export)
        return (yield* again.generateText({ prompt: "What is my name?" })).text
      }).pipe(Effect.provide(ai))
      assert.strictEqual(text, "Your name is Ada.")
    }))

  it.live("says that a chat is not there, and keeps one under its name", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      yield* Effect.gen(function*() {
        const chats = yield* Chat.makePersisted({ storeId: "chats" })
        const error = yield* Effect.flip(chats.get("nobody"))
        assert.instanceOf(error, Chat.ChatNotFoundError)
        const chat = yield* chats.getOrCreate("ann")
        yield* chat.generateText({ prompt: "My name is Ada." })
        const again = yield* chats.get("ann")
        assert.strictEqual((yield* again.generateText({ prompt: "What is my name?" })).text, "Your name is Ada.")
      }).pipe(Effect.provide(Layer.merge(
        ai,
        Layer.provide(Persistence.layerBackingKvs, KeyValueStore.layerMemory)
      )))
    }))

  it.live("asks with an empty toolkit as without one", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      yield* Effect.provide(LanguageModel.generateText({ prompt: "Hi", toolkit: Toolkit.empty }), ai)
      assert.isFalse("tools" in (yield* bodies)[0])
    }))

  it.live("asks with toolkits that were merged", () =>
    Effect.gen(function*() {
      const { ai, bodies } = yield* start()
      const A = Toolkit.make(Tool.make("A", { success: Schema.String }))
      const B = Toolkit.make(Tool.make("B", { success: Schema.String }))
      yield* LanguageModel.generateText({ prompt: "Hi", toolkit: Toolkit.merge(A, B) }).pipe(
        Effect.provide([ai, A.toLayer({ A: () => Effect.succeed("a") }), B.toLayer({ B: () => Effect.succeed("b") })])
      )
      assert.deepStrictEqual((yield* bodies)[0].tools.map(({ name }: { name: string }) => name), ["A", "B"])
    }))

  it.live("tells what a tool says on the way, and only its last word to the model", () =>
    Effect.gen(function*() {
      const { ai, bodies, server } = yield* start()
      const kit = Toolkit.make(Tool.make("Slow", { success: Schema.String }))
      yield* server.script(Reply.functionCall("Slow", {}))
      const results = yield* Effect.gen(function*() {
        const chat = yield* Chat.fromPrompt([{ role: "user", content: "Go" }])
        const parts = yield* Stream.runCollect(chat.streamText({ prompt: [], toolkit: kit }))
        yield* chat.generateText({ prompt: [], toolkit: kit })
        return parts.flatMap((part) => part.type === "tool-result" ? [part.result] : [])
      }).pipe(
        Effect.provide([ai, kit.toLayer({ Slow: (_, { preliminary }) => Effect.as(preliminary("half"), "whole") })]),
        Effect.provideService(Toolkit.PreliminaryBuffer, 1)
      )
      assert.deepStrictEqual(results, ["half", "whole"])
      assert.strictEqual((yield* bodies)[1].input.at(-1).output, "whole")
    }))

  it.live("says where a failure came from, to the tool that looks", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      const kit = Toolkit.make(
        Tool.make("Broken", { success: Schema.String, failure: Schema.String, failureMode: "return" })
      )
      yield* server.script(Reply.functionCall("Broken", {}))
      const { toolResults } = yield* LanguageModel.generateText({ prompt: "Go", toolkit: kit }).pipe(
        Effect.provide([ai, kit.toLayer({ Broken: () => Effect.fail("no paper") })]),
        Effect.provideService(Toolkit.FailureOrigin, "handler")
      )
      assert.deepStrictEqual(toolResults.map(({ isFailure }) => isFailure), [true])
    }))

  it.live("hands calls out when resolution is off, made-up ones too", () =>
    Effect.gen(function*() {
      const { ai, server } = yield* start()
      const kit = Toolkit.make(Tool.make("A", { success: Schema.String }))
      yield* server.script(Reply.parallel(Reply.functionCall("A", {}), Reply.functionCall("Nothing", {})))
      const { toolCalls } = yield* LanguageModel.generateText({
        prompt: "Go",
        toolkit: kit,
        disableToolCallResolution: true,
        toolCallValidation: "deferred"
      }).pipe(Effect.provide(ai))
      assert.deepStrictEqual(toolCalls.map(({ name }) => String(name)), ["A", "Nothing"])
    }))

  it.live("takes a prompt of parts as it takes a text", () =>
    Effect.gen(function*() {
      const { ai } = yield* start()
      const prompt = Prompt.setSystem(Prompt.make("What is 1 + 1?"), "You are a pirate.")
      const { text } = yield* LanguageModel.generateText({ prompt }).pipe(
        CodexLanguageModel.withConfigOverride({ reasoningEffort: "low" }),
        Effect.provide(ai)
      )
      assert.strictEqual(text, "Arr! 1 + 1 = 2. Yo ho ho!")
    }))
})
