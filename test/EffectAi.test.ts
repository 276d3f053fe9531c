/**
 * One example for each use of effect/ai over a ChatGPT login; docs/effect-ai.md prints them.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, ExecutionPlan, Fiber, Layer, LayerMap, Option, Redacted, Schema, Stream } from "effect"
import { CodexError, codexLive, RetryPolicy, type Services, type Values } from "effect-codex"
import { CodexAiError, CodexLanguageModel } from "effect-codex/ai"
import { CodexEmulator, TestCodex } from "effect-codex/testing"
import { Chat, LanguageModel, McpClient, McpProtocol, McpServer, Tool, Toolkit } from "effect/ai"
import { HttpClient, HttpRouter, HttpServerResponse } from "effect/http"
import { TestClock } from "effect/testing"

const { Reply } = CodexEmulator

const signedIn = Effect.fnUntraced(function*(server: CodexEmulator.Service) {
  return codexLive({
    authJson: Redacted.make(yield* server.signIn()),
    baseUrl: server.baseUrl,
    issuer: server.issuer,
    maxRetries: 0
  })
})

// #region agent
const Tools = Toolkit.make(
  Tool.make("Weather", {
    description: "The weather of a city, now",
    parameters: Schema.Struct({ city: Schema.String }),
    success: Schema.Struct({ celsius: Schema.Finite })
  })
)

const ToolsLive = Tools.toLayer({ Weather: ({ city }) => Effect.succeed({ celsius: city.length }) })

/** Asks until the model calls nothing more; one round is one call, so the limit of rounds is yours. */
const agent = Effect.fn("agent")(function*(prompt: string) {
  const chat = yield* Chat.empty
  let answer = yield* chat.generateText({ prompt, toolkit: Tools })
  for (let rounds = 1; answer.toolCalls.length > 0 && rounds < 8; rounds++) {
    answer = yield* chat.generateText({ prompt: [], toolkit: Tools })
  }
  return answer.text
})

const Agent = Layer.merge(CodexLanguageModel.model("gpt-5.6-sol"), ToolsLive)
// #endregion

it.live("an agent with tools", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make()
    yield* server.script(Reply.functionCall("Weather", { city: "Oslo" }))
    const text = yield* agent("Weather in Oslo?").pipe(
      Effect.provide(Layer.provide(Agent, yield* signedIn(server)))
    )
    assert.strictEqual(text, "The function gave: {\"celsius\":4}")
  }))

// #region extraction
const Invoice = Schema.Struct({
  number: Schema.String,
  total: Schema.Finite,
  due: Schema.optionalKey(Schema.String),
  items: Schema.Array(Schema.Struct({ name: Schema.String, amount: Schema.Finite }))
})

const extract = (letter: string) =>
  LanguageModel.generateObject({ prompt: letter, schema: Invoice, objectName: "invoice" }).pipe(
    Effect.map(({ value }) => value),
    CodexLanguageModel.withConfigOverride({ reasoningEffort: "low" })
  )
// #endregion

it.live("structured extraction", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make()
    yield* server.script(Reply.text(`{"number":"7","total":12,"due":null,"items":[{"name":"tea","amount":12}]}`))
    const invoice = yield* extract("Invoice 7: tea, 12.").pipe(
      Effect.provide(Layer.provide(CodexLanguageModel.model("gpt-5.6-sol"), yield* signedIn(server)))
    )
    assert.deepStrictEqual(invoice, { number: "7", total: 12, items: [{ name: "tea", amount: 12 }] })
  }))

// #region plan
/** The small model when the big one cannot; what nobody can cure is not tried again. */
const plan = ExecutionPlan.make(
  { provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 },
  { provide: CodexLanguageModel.model("gpt-5.6-luna"), attempts: 2 }
)

const planned = (prompt: string) =>
  LanguageModel.streamText({ prompt }).pipe(
    Stream.withExecutionPlan(plan, { preventFallbackOnPartialStream: true }),
    Stream.runFold(() => "", (text, part) => part.type === "text-delta" ? text + part.delta : text)
  )

// The plan tries again, so that nothing below it does: else each attempt of the plan would be several.
const once = (values: Values) => codexLive({ ...values, retryPolicy: RetryPolicy.layerNone })
// #endregion

it.live("a fallback by ExecutionPlan", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make()
    yield* server.script(Reply.usageLimit())
    const authJson = Redacted.make(yield* server.signIn())
    const house = once({ authJson, baseUrl: server.baseUrl, issuer: server.issuer })
    assert.strictEqual(yield* Effect.provide(planned("What is 1 + 1?"), house), "1 + 1 = 2.")
    const asked = (yield* server.requests).filter(({ path }) => path.endsWith("/responses"))
    assert.strictEqual(asked.length, 2)
  }))

// #region mcp
/** The tools of an MCP server, as it has them now, for one question. */
const withMcp = Effect.fn("withMcp")(function*(prompt: string) {
  const tools = yield* McpClient.toolkit(yield* McpClient.McpClient)
  const chat = yield* Chat.empty
  yield* chat.generateText({ prompt, toolkit: tools })
  return (yield* chat.generateText({ prompt: [], toolkit: tools })).text
})
// #endregion

it.live("tools of an MCP server", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make()
    yield* server.script(Reply.functionCall("Weather", { city: "Jakarta" }))
    const Served = HttpRouter.serve(
      McpServer.toolkit(Tools).pipe(
        Layer.provide(ToolsLive),
        Layer.provide(
          McpServer.layerHttp({
            name: "weather",
            version: "1.0.0",
            path: "/mcp",
            protocols: [McpProtocol.v2025_11_25]
          })
        )
      ),
      { disableListenLog: true, disableLogger: true }
    ).pipe(Layer.provideMerge(NodeHttpServer.layerTest))
    const Client = McpClient.layerHttp({
      name: "example",
      version: "1.0.0",
      protocol: McpProtocol.v2025_11_25,
      url: "/mcp"
    }).pipe(Layer.provide(Served))
    const text = yield* withMcp("Weather in Jakarta?").pipe(
      Effect.provide([
        Client,
        Layer.provide(CodexLanguageModel.model("gpt-5.6-sol"), yield* signedIn(server))
      ])
    )
    assert.include(text, "7")
  }))

// #region tenants
/** One login and one model for each tenant, made at the first need and closed when idle. */
const tenants = (loginOf: (tenant: string) => Layer.Layer<Services>) =>
  LayerMap.make(
    (tenant: string) => Layer.provide(CodexLanguageModel.layer({ model: "gpt-5.6-sol" }), loginOf(tenant)),
    { idleTimeToLive: "10 minutes" }
  )
// #endregion

it.live("many tenants", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make()
    const logins = new Map([["ann", yield* signedIn(server)], ["bob", yield* signedIn(server)]])
    const map = yield* tenants((tenant) => logins.get(tenant) ?? codexLive())
    const ask = (tenant: string) =>
      Effect.provide(LanguageModel.generateText({ prompt: "What is 1 + 1?" }), map.get(tenant))
    yield* Effect.forEach(["ann", "bob", "ann"], ask, { concurrency: "unbounded" })
    const accounts = (yield* server.requests).filter(({ path }) => path.endsWith("/responses")).map(({ headers }) =>
      headers["chatgpt-account-id"]
    )
    assert.strictEqual(accounts.length, 3)
    assert.strictEqual(new Set(accounts).size, 2)
  }))

it.effect("many tenants: one is closed when nobody has asked for a while, and made again when somebody does", () =>
  Effect.gen(function*() {
    const seen: Array<string> = []
    const note = (text: string) =>
      Effect.sync(() => {
        seen.push(text)
      })
    const map = yield* tenants((tenant) =>
      Layer.merge(
        TestCodex.layer(),
        Layer.effectDiscard(Effect.acquireRelease(note(`${tenant} opens`), () => note(`${tenant} closes`)))
      )
    )
    const ask = (tenant: string) => Effect.provide(LanguageModel.generateText({ prompt: "Hello" }), map.get(tenant))
    yield* ask("ann")
    yield* TestClock.adjust("6 minutes")
    yield* ask("ann")
    yield* ask("bob")
    yield* TestClock.adjust("9 minutes")
    assert.deepStrictEqual(seen, ["ann opens", "bob opens"])
    yield* TestClock.adjust("2 minutes")
    assert.sameMembers(seen.slice(2), ["ann closes", "bob closes"])
    yield* ask("ann")
    assert.strictEqual(seen.at(-1), "ann opens")
  }))

// #region http
/** `GET /ask?q=…`: the answer as it is written, and a last line in place of the rest when it fails. */
const Answers = HttpRouter.add("GET", "/ask", (request) =>
  Effect.map(LanguageModel.LanguageModel, (model) => {
    const prompt = new URL(request.url, "http://localhost").searchParams.get("q") ?? ""
    const text = model.streamText({ prompt }).pipe(
      Stream.filter((part) => part.type === "text-delta"),
      Stream.map(({ delta }) => delta),
      Stream.catchTag("AiError", (error) => Stream.succeed(`\n[${error.reason._tag}]\n`))
    )
    return HttpServerResponse.stream(Stream.encodeText(text), { contentType: "text/plain; charset=utf-8" })
  }))
// #endregion

it.live("an HTTP service that streams answers", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make({ tokenDelay: "5 millis" })
    const Served = HttpRouter.serve(Answers, { disableListenLog: true, disableLogger: true }).pipe(
      Layer.provide(Layer.provide(CodexLanguageModel.model("gpt-5.6-sol"), yield* signedIn(server))),
      Layer.provideMerge(NodeHttpServer.layerTest)
    )
    yield* Effect.gen(function*() {
      const answer = yield* HttpClient.get("/ask?q=What is 2 %2B 2?")
      assert.strictEqual(yield* answer.text, "2 + 2 = 4.")
      yield* server.script(Reply.usageLimit())
      const refused = yield* HttpClient.get("/ask?q=Hello")
      assert.strictEqual(yield* refused.text, "\n[QuotaExhaustedError]\n")
    }).pipe(Effect.provide(Served))
  }))

// #region testing
it.effect("waits for an answer without waiting: a test that is the same to the millisecond", () =>
  Effect.gen(function*() {
    const codex = yield* TestCodex.TestCodex
    yield* codex.script(TestCodex.deltas(["Good", " day"], { every: "10 seconds" }))
    const told: Array<string> = []
    const reading = yield* LanguageModel.streamText({ prompt: "Hello" }).pipe(
      Stream.filter((part) => part.type === "text-delta"),
      Stream.runForEach(({ delta }) => Effect.sync(() => told.push(delta))),
      Effect.forkChild
    )
    yield* TestClock.adjust("10 seconds")
    assert.deepStrictEqual(told, ["Good"])
    yield* TestClock.adjust("10 seconds")
    yield* Fiber.join(reading)
    assert.deepStrictEqual(told, ["Good", " day"])
  }).pipe(Effect.provide(Layer.provideMerge(CodexLanguageModel.layer(), TestCodex.layer()))))
// #endregion

// #region failures
/** What to tell a person, where effect/ai has no word for it: when the quota is whole again, which models there are. */
const told = (prompt: string) =>
  LanguageModel.generateText({ prompt }).pipe(
    Effect.map(({ text }) => text),
    Effect.catchTag("AiError", (error) =>
      Option.match(CodexAiError.toCodexError(error), {
        onNone: () => Effect.fail(error),
        onSome: (ours) => Effect.succeed(CodexError.explain(ours, "program"))
      }))
  )
// #endregion

it.live("a failure of ours behind that of effect/ai", () =>
  Effect.gen(function*() {
    const server = yield* CodexEmulator.make()
    yield* server.script(Reply.usageLimit())
    const text = yield* told("Hello").pipe(
      Effect.provide(Layer.provide(CodexLanguageModel.model("gpt-5.6-sol"), yield* signedIn(server)))
    )
    assert.include(text, "resets at")
  }))
