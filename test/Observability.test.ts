/**
 * What whoever operates a bot sees of it: one trace from an update to its answer, metrics, and lines of a log that belong
 * together; and never what was said.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { RequestRejected } from "../src/backend/BackendError.ts"
import { codexLive } from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import { MemoryFailed } from "../src/conversation/TurnError.ts"
import { codex } from "../src/telegram/index.ts"
import * as Intake from "../src/telegram/Intake.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Server from "./fixtures/server.ts"
import * as Streams from "./fixtures/streams.ts"
import * as Contexts from "./support/contexts.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import * as BotInMemory from "./support/intake.ts"
import { stacksOf } from "./support/stacks.ts"
import { tracing, tree } from "./support/traces.ts"
import { groupText, privateText } from "./support/updates.ts"

const prompt = "my pin is 1234"

/** The whole way over an HTTP client that plays ChatGPT, for a login that is over. */
const kit = Toolkit.make(Tool.make("weather", {
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.String,
  failure: Schema.String
}))

const weather = kit.toLayer({
  weather: ({ city }) =>
    city === "Atlantis" ? Effect.fail("sunk") : Effect.delay(Effect.succeed(`clear over ${city}`), "2 seconds").pipe(
      Effect.withSpan("Weather.ask")
    )
})

const house = (
  server: ReturnType<typeof Server.make>,
  trace: ReturnType<typeof tracing>,
  door: DoorOptions = {},
  answer?: Parameters<typeof Contexts.outbox>[0]
) =>
  Effect.gen(function*() {
    const outbox = Contexts.outbox(answer)
    const services = yield* Layer.build(
      Intake.layerLocal(BotInMemory.bot).pipe(
        Layer.provide([
          Layer.succeed(TelegramDoor, makeDoor({ streaming: "off", ...door })),
          Layer.succeed(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {})))
        ]),
        Layer.provide(codexLive({
          authJson: Server.login("old", -1),
          model: "best-model",
          httpClient: server.layer,
          toolkit: Effect.provide(kit, weather)
        })),
        Layer.provideMerge(trace.layer)
      )
    )
    const intake = Context.get(services, Intake.Intake)
    return { outbox, handle: (update: unknown) => Effect.provide(intake.handle(update), services), idle: intake.idle }
  })

/** Waits for something while time passes. */
const advance = <A, E>(self: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self)
    for (let step = 0; step < 200 && fiber.pollUnsafe() === undefined; step++) yield* TestClock.adjust("100 millis")
    return yield* Fiber.join(fiber)
  })

/** Hashes, pauses and what chance adds to them are as they are. */
const readable = (text: string): string =>
  text.replaceAll(/pause_ms=\d+/g, "pause_ms=500").replaceAll(
    /\((\d+\.\d+) s/g,
    (_, seconds) => `(${Math.round(Number(seconds) * 2) / 2} s`
  ).replaceAll(/=[0-9a-f]{12}\b/g, "=<hash>").replaceAll(/ gen_ai\.usage\.\w+=\d+| codex\.\w+_tokens=\d+/g, "")

// #region tree
const expected = `
Telegram.update (0 s) codex.update.kind=Prompt
  Turns.turn (2.5 s) codex.updates=1
    Codex.stream (2.5 s) gen_ai.operation.name=invoke_agent gen_ai.provider.name=openai gen_ai.conversation.id=<hash> codex.turn=<hash> codex.outcome=answered gen_ai.response.model=gpt-5.3-codex
      CodexBackend.responses (0.5 s) gen_ai.provider.name=openai gen_ai.operation.name=chat gen_ai.request.model=best-model codex.tools=1 gen_ai.response.id=resp_1 gen_ai.response.model=gpt-5.3-codex gen_ai.response.finish_reasons=tool-calls
        * codex.retry error.type=BackendUnavailable codex.retry.attempt=1 codex.retry.pause_ms=500
        TokenRefresh.refresh (0 s)
          OAuth.refresh (0 s)
      Codex.tool (2 s) gen_ai.operation.name=execute_tool gen_ai.tool.type=function gen_ai.tool.name=weather gen_ai.tool.call.id=call_1
        Weather.ask (2 s)
      CodexBackend.responses (0 s) gen_ai.provider.name=openai gen_ai.operation.name=chat gen_ai.request.model=best-model codex.tools=1 gen_ai.response.id=resp_1 gen_ai.response.model=gpt-5.3-codex gen_ai.response.finish_reasons=stop
    TelegramApi.sendMessage (0 s)
`
// #endregion

describe("a trace of one Telegram turn", () => {
  it.effect("captures no stack, neither for its spans nor for the way out that each update has", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const { handle, idle, outbox } = yield* house(server, tracing(), { streaming: "edit" })
      yield* handle(privateText(prompt))
      yield* advance(idle)
      const turn = Effect.gen(function*() {
        const api = Telegram.fromContext(Contexts.telegraf(outbox, {}))
        const to = { chatId: 1, threadId: undefined, replyTo: undefined }
        yield* api.sendMessage(to, { text: "a" })
        yield* api.editMessage(to, 1, { text: "b" })
        yield* api.deleteMessage(to, 1)
        yield* handle(privateText(prompt))
        yield* advance(idle)
      })
      assert.strictEqual(yield* stacksOf(turn), 0)
    }))

  it.effect("is one tree from the update to what was sent, with a refresh, a retry and a tool, and no word of it", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      server.refuse(503)
      server.answer(Streams.calling("weather", { city: "Oslo" }))
      const trace = tracing()
      const { handle, idle, outbox } = yield* house(server, trace)
      yield* handle(privateText(prompt))
      yield* advance(idle)
      assert.deepStrictEqual(outbox.texts(), ["Hello from the server"])
      const seen = tree(trace.spans)
      assert.strictEqual(`\n${readable(seen)}\n`, expected)
      for (
        const secret of [
          prompt,
          "1234",
          "Hello",
          "Oslo",
          "clear",
          "refresh-",
          Server.jwt("fresh"),
          Server.jwt("old", -1)
        ]
      ) {
        assert.notInclude(seen, secret)
      }
      // A chat is a number of seven digits and more in real life, and never told.
      for (const { attributes } of trace.spans) assert.notInclude([...attributes.values()], 7)
    }))

  it.effect("says of each update that became part of it where it came in", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const trace = tracing()
      const { handle, idle } = yield* house(Server.make(), trace, { joinWindow: "300 millis" })
      yield* handle(privateText("one"))
      yield* handle(privateText("two"))
      yield* advance(idle)
      const updates = trace.spans.filter(({ name }) => name === "Telegram.update")
      const turns = trace.spans.filter(({ name }) => name === "Turns.turn")
      assert.strictEqual(turns.length, 1)
      assert.deepStrictEqual(turns[0]?.links.map(({ span }) => span.spanId), [updates[1]?.spanId])
      assert.strictEqual(turns[0]?.attributes.get("codex.updates"), 2)
    }))

  const calls: ReadonlyArray<{ readonly of: string; readonly stream: string; readonly says: object }> = [
    {
      of: "a name that it made up, which is not told",
      stream: Streams.calling("my-pin-is-1234", {}),
      says: { "error.type": "UnknownTool", "gen_ai.tool.name": undefined }
    },
    {
      of: "arguments that do not fit",
      stream: Streams.calling("weather", { pin: 1234 }),
      says: { "error.type": "ToolParameterValidationError", "gen_ai.tool.name": "weather" }
    },
    {
      of: "a typed failure without a class",
      stream: Streams.calling("weather", { city: "Atlantis" }),
      says: { "error.type": "ToolFailed" }
    }
  ]

  it.effect.each(calls)("tells of a call with $of", ({ says, stream }) =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      server.answer(stream)
      const trace = tracing()
      const { handle, idle } = yield* house(server, trace)
      yield* handle(privateText(prompt))
      yield* advance(idle)
      const tool = trace.spans.find(({ name }) => name === "Codex.tool")
      assert.include({
        "gen_ai.tool.name": tool?.attributes.get("gen_ai.tool.name"),
        ...Object.fromEntries(tool?.attributes ?? [])
      }, says)
      assert.notMatch(tree(trace.spans), /1234|Atlantis|sunk/)
    }))

  it.effect("tells how it failed by the class of the failure", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      server.refuse(400)
      const trace = tracing()
      const { handle, idle } = yield* house(server, trace)
      yield* handle(privateText(prompt))
      yield* advance(idle)
      const turn = trace.spans.find(({ name }) => name === "Codex.stream")
      assert.strictEqual(turn?.attributes.get("codex.outcome"), "failed")
      assert.strictEqual(turn?.attributes.get("error.type"), "RequestRejected")
    }))
})

/** A registry of its own, and the sums that are in it. */
const metrics = () => {
  const registry: Metric.MetricRegistry = new Map()
  const sums = Effect.map(
    Effect.provideService(Metric.snapshot, Metric.MetricRegistry, registry),
    (all) =>
      Object.fromEntries(all.flatMap((metric): ReadonlyArray<readonly [string, unknown]> => {
        const labels = Object.values(metric.attributes ?? {}).join()
        const name = labels === "" ? metric.id : `${metric.id}{${labels}}`
        switch (metric.type) {
          case "Histogram":
            return [[name, metric.state.count], [`${name} sum`, metric.state.sum]]
          case "Gauge":
            return [[name, metric.state.value]]
          case "Counter":
            return [[name, metric.state.count]]
          default:
            return []
        }
      }))
  )
  return { layer: Layer.succeed(Metric.MetricRegistry, registry), sums }
}

const conversation = ConversationKey("c")

describe("the metrics", () => {
  it.effect("count turns by outcome, failures by class, tokens by kind, and how long it takes to the first text", () =>
    Effect.gen(function*() {
      const { layer, sums } = metrics()
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const test = yield* TestCodex.TestCodex
        yield* test.script(
          TestCodex.deltas(["an ", "answer"]),
          TestCodex.fails(new RequestRejected({ status: 400 })),
          () => Stream.die("a bug"),
          TestCodex.never
        )
        yield* codex.ask({ text: prompt, conversation })
        yield* Effect.exit(codex.ask({ text: prompt, conversation }))
        yield* Effect.exit(codex.ask({ text: prompt, conversation }))
        const stopped = yield* Effect.forkChild(codex.ask({ text: prompt, conversation }), { startImmediately: true })
        const waiting = yield* Effect.forkChild(codex.ask({ text: prompt, conversation }), { startImmediately: true })
        const next = yield* Effect.forkChild(codex.ask({ text: prompt, conversation }), { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* sums)["codex_waiting{conversation}"], 2)
        yield* Fiber.interrupt(waiting)
        assert.strictEqual((yield* sums)["codex_waiting{conversation}"], 1)
        yield* codex.stop(conversation)
        yield* Fiber.joinAll([stopped, next])
        yield* Effect.exit(codex.ask({ text: " ", conversation }))
      }).pipe(Effect.provide(TestCodex.layer()), Effect.provide(layer))
      const counted = yield* sums
      assert.strictEqual(counted["codex_turns_total{answered}"], 2)
      assert.strictEqual(counted["codex_turns_total{failed}"], 2)
      assert.strictEqual(counted["codex_turns_total{stopped}"], 1)
      assert.strictEqual(counted["codex_turns_total{refused}"], 1)
      assert.strictEqual(counted["codex_failures_total{RequestRejected}"], 1)
      assert.strictEqual(counted["codex_failures_total{Defect}"], 1)
      assert.strictEqual(counted["codex_failures_total{PromptEmpty}"], 1)
      assert.strictEqual(counted["codex_first_text_seconds"], 2)
      assert.strictEqual(counted["codex_turn_seconds"], 5)
      assert.strictEqual(counted["codex_turn_seconds sum"], 2)
      assert.strictEqual(counted["codex_waiting{conversation}"], 0)
      const tokens = Object.entries(counted).filter(([name]) => name.startsWith("codex_tokens_total"))
      assert.strictEqual(tokens.length, 4)
      const ofKind = (kind: string) => Number(tokens.find(([name]) => name.includes(kind))?.[1])
      for (const kind of ["input", "output"]) assert.isAbove(ofKind(kind), 0)
      for (const kind of ["cached", "reasoning"]) assert.strictEqual(ofKind(kind), 0)
    }))

  it.effect("count refreshes and retries", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const { layer, sums } = metrics()
      const server = Server.make()
      server.refuse(503)
      yield* advance(Effect.scoped(
        Effect.gen(function*() {
          const ask = yield* Codex
          yield* ask.ask({ text: prompt })
        }).pipe(
          Effect.provide(codexLive({ authJson: Server.login("old", -1), model: "m", httpClient: server.layer })),
          Effect.provide(layer)
        )
      ))
      const counted = yield* sums
      assert.strictEqual(counted["codex_refreshes_total{refreshed}"], 1)
      assert.strictEqual(counted["codex_retries_total{BackendUnavailable}"], 1)
    }))

  it.effect("count edits of an answer, what waits in the mailboxes, and what Telegram refuses", () =>
    Effect.gen(function*() {
      const { layer, sums } = metrics()
      let refusals = 1
      yield* Effect.gen(function*() {
        const { handle, idle, script } = yield* BotInMemory.setUp({ streaming: "edit", joinWindow: 0 }, {}, (call) => {
          if (call.method !== "editMessageText" || refusals-- <= 0) return { message_id: 1 }
          throw Object.assign(new Error("Too Many Requests"), {
            response: { error_code: 429, description: "Too Many Requests", parameters: { retry_after: 1 } }
          })
        })
        yield* script(TestCodex.deltas(["One. ", "Two. ", "Three. ", "Four."], { every: "2 seconds" }))
        yield* handle(privateText("first"))
        yield* handle(privateText("second"))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* sums)["codex_waiting{mailbox}"], 1)
        yield* advance(idle)
      }).pipe(Effect.scoped, Effect.provide(layer))
      const counted = yield* sums
      assert.strictEqual(counted["codex_waiting{mailbox}"], 0)
      assert.strictEqual(counted["codex_telegram_failures_total{rateLimited}"], 1)
      assert.strictEqual(counted["codex_telegram_edits"], 2)
      assert.isAbove(Number(counted["codex_telegram_edits sum"]), 2)
    }))

  it.effect("count nobody as waiting when the bot has ended", () =>
    Effect.gen(function*() {
      const { layer, sums } = metrics()
      yield* Effect.gen(function*() {
        const scope = yield* Scope.make()
        const { handle, script } = yield* Scope.provide(BotInMemory.setUp({ joinWindow: 0, maxTurns: 1 }), scope)
        yield* script(TestCodex.never)
        for (const user of [7, 8, 9]) yield* handle(privateText("hello", user))
        assert.strictEqual((yield* sums)["codex_waiting{mailbox}"], 2)
        yield* advance(Scope.close(scope, Exit.void))
      }).pipe(Effect.provide(layer))
      assert.strictEqual((yield* sums)["codex_waiting{mailbox}"], 0)
    }))
})

interface Line {
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** The logger of an application. */
const logging = () => {
  const lines: Array<Line> = []
  const logger = Logger.make(({ fiber, message }) => {
    lines.push({
      message: String(Array.isArray(message) ? message[0] : message),
      annotations: fiber.getRef(References.CurrentLogAnnotations)
    })
  })
  return { lines, layer: Logger.layer([logger]) }
}

const forgetful = Memory.layerMemory.pipe(
  Layer.flatMap((services) =>
    Layer.succeed(Memory.Memory, {
      ...Context.get(services, Memory.Memory),
      append: () => Effect.fail(new MemoryFailed({ operation: "append" }))
    })
  )
)

const chat = -1_001_234_567_890

describe("the log", () => {
  it.effect("is the application's, and its lines name conversation and turn by hashes", () =>
    Effect.gen(function*() {
      const { layer, lines } = logging()
      const services = TestCodex.layer({ memory: forgetful }).pipe(Layer.provideMerge(layer))
      const house = ManagedRuntime.make(services)
      const outbox = Contexts.outbox()
      for (const furnished of [{ layer: services }, { runtime: house }]) {
        lines.length = 0
        const bot = codex({ ...furnished, allowedUserIds: [7], joinWindowMs: 0, streaming: "off", background: false })
        const update = groupText("@my_bot hello")
        update.message.chat.id = chat
        yield* Effect.promise(async () => {
          await bot(Contexts.telegraf(outbox, update), () => undefined)
          await bot.dispose()
        })
        const line = lines.find(({ message }) => message.includes("memory"))
        assert.match(String(line?.annotations["codex.conversation"]), /^[0-9a-f]{12}$/)
        assert.match(String(line?.annotations["codex.turn"]), /^[0-9a-f]{12}$/)
        assert.notInclude(JSON.stringify(lines), String(chat))
      }
      yield* Effect.promise(() => house.dispose())
    }))

  it.effect("has the same names for the same conversation, and a new one for each turn", () =>
    Effect.gen(function*() {
      const { layer, lines } = logging()
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        for (const turn of ["1", "2", undefined, undefined]) {
          yield* codex.ask({ text: prompt, conversation, ...turn !== undefined && { turn } })
        }
        yield* Effect.annotateLogs(
          Stream.runDrain(codex.stream({ text: prompt, conversation, turn: "1" })),
          "codex.turn",
          "somebody else's"
        )
      }).pipe(Effect.provide(TestCodex.layer({ memory: forgetful })), Effect.provide(layer))
      const names = lines.map(({ annotations }) => [annotations["codex.conversation"], annotations["codex.turn"]])
      assert.strictEqual(names.length, 5)
      assert.strictEqual(new Set(names.map(([name]) => name)).size, 1)
      assert.strictEqual(new Set(names.map(([, turn]) => turn)).size, 4)
      assert.deepStrictEqual(names[0], names[4])
    }))

  it.effect("is the application's also when nobody can be answered", () =>
    Effect.gen(function*() {
      const { layer, lines } = logging()
      // Callers without types forget the door.
      const options: object = { layer: Layer.provideMerge(TestCodex.layer(), layer) }
      const bot = Reflect.apply(codex, undefined, [options])
      yield* Effect.promise(async () => {
        await bot(Contexts.telegraf(Contexts.outbox(), privateText("hello")), () => undefined)
        await bot.dispose()
      })
      assert.deepStrictEqual(lines.map(({ message }) => message), [
        "Nobody is answered: the bot's layer could not be built."
      ])
    }))
})
