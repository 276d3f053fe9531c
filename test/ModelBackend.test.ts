/**
 * Conversations of ours that another provider of effect/ai answers.
 */
import { assert, describe, it } from "@effect/vitest"
import { CodexLanguageModel, ModelBackend } from "effect-codex/ai"
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import type * as Response from "effect/ai/Response"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import type { Models } from "../src/backend/Models.ts"
import * as RetryPolicy from "../src/backend/RetryPolicy.ts"
import * as CodexError from "../src/CodexError.ts"
import { codexLive } from "../src/CodexLive.ts"
import * as Codex from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { call, kinds, output, reasoning, secret, user } from "./fixtures/items.ts"

const { Reply } = CodexEmulator

type Part = Response.StreamPartEncoded

const finish = (reason: Response.FinishReason = "stop"): Part => ({
  type: "finish",
  reason,
  usage: { inputTokens: { total: 3, cacheRead: 1 }, outputTokens: { total: 5, reasoning: 2 } }
})

const says = (text: string): ReadonlyArray<Part> => [
  { type: "response-metadata", id: "r1", modelId: "other-1" },
  { type: "text-start", id: "0" },
  ...text.split(/(?<= )/).map((delta): Part => ({ type: "text-delta", id: "0", delta })),
  { type: "text-end", id: "0" },
  finish()
]

type Turn = (options: LanguageModel.ProviderOptions) => ReadonlyArray<Part> | AiError.AiErrorReason

/** Another provider, which answers as it is told and remembers what it was asked. */
const other = (turn: Turn, asked: Array<LanguageModel.ProviderOptions> = []) =>
  Model.make(
    "other",
    "other-1",
    Layer.effect(
      LanguageModel.LanguageModel,
      LanguageModel.make({
        generateText: () => Effect.succeed([]),
        streamText: (options) => {
          asked.push(options)
          const said = turn(options)
          return AiError.isAiErrorReason(said)
            ? Stream.fail(AiError.make({ module: "Other", method: "streamText", reason: said }))
            : Stream.fromIterable(said)
        }
      })
    )
  )

const items = Schema.decodeUnknownSync(Schema.NonEmptyArray(Item.Item))

const request = (input: CodexRequest["input"], more: Partial<CodexRequest> = {}): CodexRequest => ({
  instructions: "Be brief.",
  sessionId: "s",
  input,
  ...more
})

const events = (request: CodexRequest, model: ReturnType<typeof other>) =>
  CodexBackend.use((backend) => Stream.runCollect(backend.responses(request))).pipe(
    Effect.provide(Layer.provide(ModelBackend.layer(), model))
  )

const hello = request([Item.fromText("user", "Hello")])

describe("ModelBackend", () => {
  it.effect("answers a conversation with its history, usage and name, in all other rooms of the house", () =>
    Effect.gen(function*() {
      const asked: Array<LanguageModel.ProviderOptions> = []
      const house = Codex.layer().pipe(
        Layer.provideMerge(ModelBackend.layer()),
        Layer.provideMerge(codexLive({ accessToken: Redacted.make("t") })),
        Layer.provide(other(({ prompt }) => says(`message ${prompt.content.length}`), asked))
      )
      const answers = yield* Effect.gen(function*() {
        const codex = yield* Codex.Codex
        const conversation = ConversationKey("ann")
        const first = yield* codex.ask({ text: "One", conversation })
        const second = yield* codex.ask({ text: "Two", conversation, systemPrompt: "Be brief." })
        return [first, second] as const
      }).pipe(Effect.provide(house))
      assert.deepStrictEqual(answers.map(({ text }) => text), ["message 2", "message 4"])
      assert.strictEqual(answers[0].model, "other-1")
      assert.deepStrictEqual(answers[0].usage, {
        inputTokens: 3,
        cachedTokens: 1,
        outputTokens: 5,
        reasoningTokens: 2,
        totalTokens: 8
      })
      const roles = asked[1]?.prompt.content.map(({ role }) => role)
      assert.deepStrictEqual(roles, ["system", "user", "assistant", "user"])
    }))

  it.effect("tells an answer as our own backend does", () =>
    Effect.gen(function*() {
      const told = yield* events(hello, other(() => says("Good day")))
      assert.deepStrictEqual(told.map(({ _tag }) => _tag), [
        "Opened",
        "Started",
        "TextDelta",
        "TextDelta",
        "MessageDone",
        "ItemDone",
        "Completed"
      ])
    }))

  it.effect("sends no byte that is sealed for ours, and no option of ours, whatever the history holds", () =>
    Effect.gen(function*() {
      const asked: Array<LanguageModel.ProviderOptions> = []
      for (const [, some] of kinds) {
        yield* events(request(items([...some, user("And now?")])), other(() => says("ok"), asked))
      }
      yield* events(request(items([reasoning(1), user("Hi")])), other(() => says("ok"), asked))
      const told = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi", encrypted: "x" }] }
      yield* events(request(items([told])), other(() => says("ok"), asked))
      assert.strictEqual(asked.length, kinds.length + 2)
      for (const { prompt } of asked) {
        const text = JSON.stringify(prompt)
        assert.notInclude(text, secret(100))
        assert.notInclude(text, "codex")
        assert.notInclude(text, "encrypted")
      }
    }))

  it.effect("takes calls along in whole pairs only", () =>
    Effect.gen(function*() {
      const asked: Array<LanguageModel.ProviderOptions> = []
      yield* events(
        request(
          items([user("w?"), call(1, "weather", "{}"), output(1, "4"), call(2, "weather", "{}"), output(3, "x")])
        ),
        other(() => says("ok"), asked)
      )
      const ids = asked[0]?.prompt.content.flatMap(({ content }) =>
        typeof content === "string" ? [] : content.flatMap((part) => "id" in part ? [part.id] : [])
      )
      assert.deepStrictEqual(ids, ["call_1", "call_1"])
    }))

  it.effect("hands calls of functions on, made-up ones too, and says which tools there are", () =>
    Effect.gen(function*() {
      const asked: Array<LanguageModel.ProviderOptions> = []
      const told = yield* events(
        request([Item.fromText("user", "w?")], {
          tools: [{
            type: "function",
            name: "weather",
            description: "The weather",
            parameters: { type: "object", properties: { city: { type: "string" } } }
          }, { type: "web_search" }],
          toolChoice: { type: "function", name: "weather" }
        }),
        other(() => [
          { type: "tool-call", id: "c1", name: "weather", params: { city: "Oslo" } },
          { type: "tool-call", id: "c2", name: "nothing", params: {} },
          finish("tool-calls")
        ], asked)
      )
      const items = told.flatMap((event) => event._tag === "ItemDone" ? [event.item] : [])
      assert.deepStrictEqual(items, [
        { type: "function_call", call_id: "c1", name: "weather", arguments: "{\"city\":\"Oslo\"}" },
        { type: "function_call", call_id: "c2", name: "nothing", arguments: "{}" }
      ])
      const last = told.at(-1)
      assert.isTrue(last?._tag === "Completed" && last.finishReason === "tool_calls")
      assert.deepStrictEqual(asked[0]?.tools.map(({ name }) => String(name)), ["weather"])
      assert.deepStrictEqual(asked[0]?.toolChoice, { tool: "weather" })
    }))

  it.effect("hands nobody a call that the provider has run itself", () =>
    Effect.gen(function*() {
      const own = { id: "s1", name: "weather", providerExecuted: true } as const
      const told = yield* events(
        request([Item.fromText("user", "w?")], {
          tools: [{ type: "function", name: "weather", parameters: { type: "object" } }]
        }),
        other(() => [
          { type: "tool-params-start", ...own },
          { type: "tool-params-end", id: own.id },
          { type: "tool-call", ...own, params: {} },
          { type: "tool-result", ...own, isFailure: false, result: "sunny" },
          ...says("sunny")
        ])
      )
      assert.deepStrictEqual(told.filter(({ _tag }) => _tag.startsWith("ToolCall")), [])
      assert.deepStrictEqual(
        told.flatMap((event) => event._tag === "ItemDone" ? [event.item] : []),
        [Item.fromText("assistant", "sunny")]
      )
    }))

  it.effect("says developer messages at the head where a provider takes no other, and the wanted form", () =>
    Effect.gen(function*() {
      const asked: Array<LanguageModel.ProviderOptions> = []
      yield* events(
        request(
          [Item.fromText("user", "Hi"), Item.fromText("developer", "Use capitals."), Item.fromText("user", "x")],
          {
            format: { type: "json_schema", name: "n", schema: { type: "object" } }
          }
        ),
        other(() => says("ok"), asked)
      )
      const [system] = asked[0]?.prompt.content ?? []
      assert.match(
        String(system?.content),
        /^Be brief\.\n\nUse capitals\.\n\nAnswer with one JSON value .*\{"type":"object"\}$/
      )
    }))

  it.effect("fails where nothing was said", () =>
    Effect.gen(function*() {
      for (
        const parts of [[finish()], [{ type: "file" as const, mediaType: "audio/wav", data: "UklGRg==" }, finish()]]
      ) {
        const error = yield* Effect.flip(events(hello, other(() => parts)))
        assert.strictEqual(error._tag, "EmptyResponse")
      }
    }))

  it.effect("fails as ours does where it means the same, and shows nothing of a stranger's words", () =>
    Effect.gen(function*() {
      const resetAt = DateTime.makeUnsafe("2026-11-26T20:00:00Z")
      const failing = (reason: AiError.AiErrorReason) => Effect.flip(events(hello, other(() => reason)))
      const rate = yield* failing(new AiError.RateLimitError({ retryAfter: Duration.seconds(3) }))
      assert.isTrue(rate._tag === "RateLimited" && rate.kind === "rate" && rate.isRetryable)
      const quota = yield* failing(new AiError.QuotaExhaustedError({ resetAt }))
      assert.isTrue(quota._tag === "RateLimited" && quota.kind === "quota" && !quota.isRetryable)
      assert.strictEqual(
        (yield* failing(new AiError.InternalProviderError({ description: "x" })))._tag,
        "BackendUnavailable"
      )
      assert.strictEqual((yield* failing(new AiError.ContentPolicyError({ description: "x" })))._tag, "RequestRejected")
      const strange = yield* failing(
        new AiError.AuthenticationError({ kind: "InvalidKey", description: "key sk-secret" })
      )
      assert.strictEqual(strange._tag, "ProviderFailed")
      assert.notInclude(strange.message, "sk-secret")
    }))

  it.live("falls back to another provider when our quota is used up, and asks us only once", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      const live = codexLive({
        authJson: Redacted.make(yield* server.signIn()),
        baseUrl: server.baseUrl,
        issuer: server.issuer,
        maxRetries: 0
      })
      const plan = ExecutionPlan.make(
        { provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 },
        { provide: other(() => says("Good day from next door")), attempts: 1 }
      )
      const house = Codex.layer().pipe(
        Layer.provideMerge(ModelBackend.layerExecutionPlan(plan)),
        Layer.provideMerge(live)
      )
      const ask = (text: string) => Codex.Codex.use((codex) => Effect.map(codex.ask({ text }), ({ text }) => text))
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* ask("What is 1 + 1?"), "1 + 1 = 2.")
        yield* server.setQuota({ primary: 100 })
        assert.strictEqual(yield* ask("What is 1 + 1?"), "Good day from next door")
      }).pipe(Effect.provide(house))
      const asked = (yield* server.requests).filter(({ path }) => path.endsWith("/responses"))
      assert.strictEqual(asked.length, 2)
    }))

  /** A house of ours below a plan, and what was asked of the double. */
  const below = Effect.fnUntraced(function*(
    plan: Layer.Layer<CodexBackend | Models, never, CodexBackend>,
    options: Codex.Options = {}
  ) {
    const server = yield* CodexEmulator.make()
    const live = codexLive({
      authJson: Redacted.make(yield* server.signIn()),
      baseUrl: server.baseUrl,
      issuer: server.issuer,
      retryPolicy: RetryPolicy.layerNone
    })
    const house = yield* Layer.build(Codex.layer(options).pipe(Layer.provideMerge(plan), Layer.provideMerge(live)))
    const ask = (text: string, model?: string) =>
      Effect.provide(Codex.Codex.use((codex) => codex.ask({ text, model, conversation: ConversationKey("c") })), house)
    const bodies = Effect.map(
      server.requests,
      (all) => all.filter(({ path }) => path.endsWith("/responses")).map(({ body }) => JSON.stringify(body))
    )
    return { ask, bodies, server }
  })

  const ours = CodexLanguageModel.model("gpt-5.6-sol", { verbosity: "low" })
  const neighbour = other(() => says("Good day from next door"))

  it.live("asks a model of ours in our own words: searches, pictures, thoughts and the key of the cache stay", () =>
    Effect.gen(function*() {
      const { ask, bodies, server } = yield* below(
        ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: ours }, { provide: neighbour })),
        { webSearch: true, imageGeneration: true }
      )
      yield* server.script(
        Reply.text("It is clear.", {
          reasoning: "Let me think.",
          searches: ["weather"],
          citations: [{ url: "https://weather.example/", title: "Weather" }]
        }),
        Reply.image({ text: "Here it is." })
      )
      assert.deepStrictEqual((yield* ask("How is the weather?")).sources, [
        { url: "https://weather.example/", title: "Weather" }
      ])
      assert.lengthOf((yield* ask("Draw it")).pictures ?? [], 1)
      const [first = "", second = ""] = yield* bodies
      assert.include(first, "\"type\":\"web_search\"")
      assert.include(first, "\"verbosity\":\"low\"")
      assert.include(second, "encrypted_content")
      const key = /"prompt_cache_key":"[^"]+"/
      assert.deepStrictEqual(key.exec(first)?.[0], key.exec(second)?.[0])
      // The next one reads the same history, and nothing that is sealed.
      yield* server.setQuota({ primary: 100 })
      assert.strictEqual((yield* ask("And now?")).text, "Good day from next door")
    }))

  it.live("lets the models of a plan call the tools of the house that it stands on", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      const kit = Toolkit.make(Tool.make("weather", { success: Schema.String }))
      const plan = ExecutionPlan.make({ provide: ours }, {
        provide: other(({ prompt, tools }) =>
          prompt.content.at(-1)?.role === "tool"
            ? says(`clear, by ${tools.length} tool`)
            : [{ type: "tool-call", id: "c1", name: "weather", params: {} }, finish("tool-calls")]
        )
      })
      const house = Codex.layer().pipe(
        Layer.provideMerge(ModelBackend.layerExecutionPlan(plan)),
        Layer.provideMerge(codexLive({
          authJson: Redacted.make(yield* server.signIn()),
          baseUrl: server.baseUrl,
          issuer: server.issuer,
          retryPolicy: RetryPolicy.layerNone,
          toolkit: kit
        })),
        Layer.provide(kit.toLayer({ weather: () => Effect.succeed("clear") }))
      )
      yield* server.script(Reply.functionCall("weather", {}))
      const answers = yield* Effect.gen(function*() {
        const codex = yield* Codex.Codex
        const first = yield* codex.ask({ text: "One" })
        yield* server.setQuota({ primary: 100 })
        return [first.text, (yield* codex.ask({ text: "Two" })).text]
      }).pipe(Effect.provide(house))
      assert.deepStrictEqual(answers, ["The function gave: clear", "clear, by 1 tool"])
    }))

  it.live("asks the model that a person has chosen first, and then those of the plan behind it", () =>
    Effect.gen(function*() {
      const { ask, bodies, server } = yield* below(
        ModelBackend.layerExecutionPlan(
          ExecutionPlan.make({ provide: ours }, { provide: CodexLanguageModel.model("gpt-5.6-terra") })
        )
      )
      yield* ask("One")
      yield* ask("Two", "gpt-5.6-luna")
      yield* server.script(Reply.failed("server_is_overloaded"))
      yield* ask("Three", "gpt-5.6-luna")
      const asked = (yield* bodies).map((body) => /"model":"([^"]+)"/.exec(body)?.[1])
      assert.deepStrictEqual(asked, ["gpt-5.6-sol", "gpt-5.6-luna", "gpt-5.6-luna", "gpt-5.6-terra"])
    }))

  it.live("turns to the next provider when ours fails before it has told anything, and not after", () =>
    Effect.gen(function*() {
      const { ask, server } = yield* below(
        ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: ours }, { provide: neighbour }))
      )
      yield* server.script(Reply.failed("server_is_overloaded"))
      assert.strictEqual((yield* ask("One")).text, "Good day from next door")
      yield* server.script(Reply.empty())
      assert.strictEqual((yield* ask("Two")).text, "Good day from next door")
      yield* server.script(Reply.failed("server_is_overloaded", { after: 40 }))
      const answer = yield* Effect.exit(ask("Three"))
      assert.notInclude(JSON.stringify(answer), "next door")
    }))

  it.live("takes any plan of models: plain layers, ones that cannot be built, a look at the failure", () =>
    Effect.gen(function*() {
      const plain: Layer.Layer<LanguageModel.LanguageModel> = Layer.effect(
        LanguageModel.LanguageModel,
        LanguageModel.LanguageModel
      ).pipe(Layer.provide(neighbour))
      const broken = Layer.effect(LanguageModel.LanguageModel, Effect.fail("no key" as const))
      const seen: Array<string> = []
      const plan = ExecutionPlan.make(
        { provide: broken },
        {
          provide: ours,
          attempts: 2,
          while: (error: AiError.AiError | string) => {
            seen.push(AiError.isAiError(error) ? error.reason._tag : error)
            return !AiError.isAiError(error) || error.isRetryable
          }
        },
        { provide: plain }
      )
      const { ask, bodies, server } = yield* below(ModelBackend.layerExecutionPlan(plan))
      yield* server.script(Reply.unavailable(), Reply.text("Good day from home"))
      assert.strictEqual((yield* ask("One")).text, "Good day from home")
      yield* server.setQuota({ primary: 100 })
      assert.strictEqual((yield* ask("Two")).text, "Good day from next door")
      assert.lengthOf(yield* bodies, 3)
      const alone = yield* below(ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: broken })))
      assert.strictEqual((yield* Effect.flip(alone.ask("Three")))._tag, "ProviderFailed")
      assert.includeMembers(seen, ["no key", "InternalProviderError", "QuotaExhaustedError"])
    }))

  it.live("a model of ours elsewhere in the application answers for no other", () =>
    Effect.gen(function*() {
      const plan = ModelBackend.layerExecutionPlan(ExecutionPlan.make({ provide: neighbour }))
      const { ask, bodies } = yield* below(Layer.provide(plan, ours))
      assert.strictEqual((yield* ask("One")).text, "Good day from next door")
      assert.deepStrictEqual(yield* bodies, [])
    }))

  it.effect("shows pictures and pages of another provider as those of ours", () =>
    Effect.gen(function*() {
      const drawing = other(() => [
        { type: "text-start", id: "0" },
        { type: "text-delta", id: "0", delta: "Here." },
        { type: "source", sourceType: "url", id: "s", url: "https://page.example/", title: "A page" },
        { type: "text-end", id: "0" },
        { type: "file", mediaType: "image/png", data: "iVBORw0KGgo=" },
        finish()
      ])
      const answer = yield* Codex.Codex.use((codex) => codex.ask({ text: "Draw" })).pipe(
        Effect.provide(
          Codex.layer().pipe(
            Layer.provideMerge(ModelBackend.layer()),
            Layer.provideMerge(codexLive()),
            Layer.provide(drawing)
          )
        )
      )
      assert.deepStrictEqual(answer.sources, [{ url: "https://page.example/", title: "A page" }])
      assert.deepStrictEqual(answer.pictures, [{ base64: "iVBORw0KGgo=", format: "png" }])
    }))

  it.live("fails with our own failure when the last provider of a plan is ours", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      yield* server.script(Reply.usageLimit())
      const live = codexLive({
        authJson: Redacted.make(yield* server.signIn()),
        baseUrl: server.baseUrl,
        issuer: server.issuer
      })
      const over = Layer.provide(ModelBackend.layer(), CodexLanguageModel.model("gpt-5.6-sol"))
      const error = yield* Effect.flip(
        CodexBackend.use((backend) => Stream.runDrain(backend.responses(hello))).pipe(
          Effect.provide(Layer.provide(over, live))
        )
      )
      assert.isTrue(error instanceof CodexError.RateLimited && error.resetsAt !== undefined)
    }))
})
