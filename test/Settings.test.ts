/**
 * Every setting of the core does what its line says, and every variable is read.
 *
 * Both tables are complete by type, or by what the configuration asks for: a setting that is added without a row does not
 * compile, a variable fails.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { ExchangeEvent } from "../src/backend/ResponseEvent.ts"
import { codexLive, config, type Values } from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Server from "./fixtures/server.ts"

const conversation = ConversationKey("a")
const prompt = { text: "hello", conversation }
const ask = Codex.use((codex) => codex.ask(prompt))

const tick = Effect.andThen(
  Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void))),
  TestClock.adjust("500 millis")
)

/** A question to the server of a test, with a valid login unless the values say otherwise. */
const served = (
  values: Values,
  options: { readonly expired?: boolean; readonly refusals?: ReadonlyArray<number> } = {}
) =>
  Effect.gen(function*() {
    yield* Server.begin
    const house = Server.make()
    house.refuse(...options.refusals ?? [])
    const login = Server.login("file", options.expired === true ? -10 : 600)
    const isNamed = values.accessToken !== undefined || values.authJson !== undefined ||
      values.authJsonPath !== undefined
    const live = codexLive({ ...values, ...(isNamed ? {} : { authJson: login }), httpClient: house.layer })
    const asked = yield* Effect.forkChild(Effect.result(Effect.provide(
      Effect.tap(ask, () => CodexBackend.use(({ usage }) => usage)),
      live
    )))
    for (let count = 0; count < 12 && asked.pollUnsafe() === undefined; count++) yield* tick
    const result = yield* Fiber.join(asked)
    return {
      house,
      request: house.prompts()[0],
      failure: Result.isFailure(result) ? result.failure : undefined
    }
  })

/** How many seconds a turn takes, and how it ends. */
const lasting = (reply: TestCodex.Reply, values: Values) =>
  Effect.gen(function*() {
    const test = yield* TestCodex.TestCodex
    yield* test.script(reply)
    const asked = yield* Effect.forkChild(Effect.result(ask))
    let seconds = 0
    for (; seconds < 2000 && asked.pollUnsafe() === undefined; seconds++) yield* TestClock.adjust("1 second")
    const result = yield* Fiber.join(asked)
    return [seconds, Result.isSuccess(result) ? result.success.incomplete : result.failure._tag] as const
  }).pipe(Effect.provide(TestCodex.layer(values)))

const hour = Duration.hours(1)
const unlimited = { connectTimeout: hour, idleTimeout: hour, requestTimeout: hour, turnTimeout: hour, maxTurn: hour }

const text = (piece: string): ExchangeEvent => ({ _tag: "TextDelta", text: piece })
const stalls: TestCodex.Reply = (request) => Stream.concat(TestCodex.events(text("half"))(request), Stream.never)
const goesOn = TestCodex.deltas(Array.from({ length: 1500 }, () => "x"), { every: "1 second" })

interface Row<A> {
  readonly value: A
  /** What shows the effect. */
  readonly observe: (values: Values) => Effect.Effect<unknown>
  readonly byDefault: unknown
  readonly expected: unknown
}

/** What the model is told that it may use. */
const toolsOf = (values: Values) =>
  Effect.gen(function*() {
    yield* Effect.orDie(ask)
    return (yield* (yield* TestCodex.TestCodex).requests)[0]?.tools
  }).pipe(Effect.provide(TestCodex.layer(values)))

const clock = Toolkit.make(Tool.make("clock", { success: Schema.String }))
const clockHandlers = clock.toLayer({ clock: () => Effect.succeed("noon") })

const options: { readonly [K in keyof Required<Values>]: Row<NonNullable<Values[K]>> } = {
  accessToken: {
    value: Redacted.make(Server.jwt("bare")),
    observe: (values) => Effect.map(served(values), ({ request }) => request?.token),
    byDefault: "file",
    expected: "bare"
  },
  authJson: {
    value: Server.login("of-a-secret-manager"),
    observe: (values) => Effect.map(served(values), ({ request }) => request?.token),
    byDefault: "file",
    expected: "of-a-secret-manager"
  },
  authJsonPath: {
    value: "/nowhere/mine/auth.json",
    observe: (values) =>
      ask.pipe(
        Effect.provide(codexLive({ ...values, httpClient: Server.make().layer })),
        Effect.flip,
        Effect.map((failure) => failure._tag === "AuthFileNotFound" ? failure.path : failure),
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { CODEX_HOME: "/nowhere/home" } }))),
        Effect.orDie
      ),
    byDefault: "/nowhere/home/auth.json",
    expected: "/nowhere/mine/auth.json"
  },
  issuer: {
    value: "https://issuer.test",
    observe: (values) =>
      Effect.map(
        served(values, { expired: true }),
        ({ house }) => house.asked.find(({ path }) => path === "/oauth/token")?.host
      ),
    byDefault: "auth.openai.com",
    expected: "issuer.test"
  },
  accountId: {
    value: "acc-option",
    observe: (values) =>
      Effect.map(served(values), ({ house }) => [...new Set(house.asked.map(({ account }) => account))]),
    byDefault: ["acc-file"],
    expected: ["acc-option"]
  },
  autoRefresh: {
    value: false,
    observe: (values) =>
      Effect.map(served(values, { expired: true }), ({ failure, house }) => [
        failure?._tag,
        house.paths().includes("/oauth/token")
      ]),
    byDefault: [undefined, true],
    expected: ["AccessTokenExpired", false]
  },
  baseUrl: {
    value: "https://proxy.test/api/codex/",
    observe: (values) => Effect.map(served(values), ({ house }) => house.asked.map(({ host, path }) => host + path)),
    byDefault: [
      "chatgpt.com/backend-api/codex/models",
      "chatgpt.com/backend-api/codex/responses",
      "chatgpt.com/backend-api/wham/usage"
    ],
    expected: ["proxy.test/api/codex/models", "proxy.test/api/codex/responses", "proxy.test/api/wham/usage"]
  },
  endpoint: {
    value: { baseUrl: "https://elsewhere.test/v1", usageUrl: (baseUrl: string) => `${baseUrl}/usage` },
    observe: (values) => Effect.map(served(values), ({ house }) => house.asked.map(({ host, path }) => host + path)),
    byDefault: [
      "chatgpt.com/backend-api/codex/models",
      "chatgpt.com/backend-api/codex/responses",
      "chatgpt.com/backend-api/wham/usage"
    ],
    expected: ["elsewhere.test/v1/models", "elsewhere.test/v1/responses", "elsewhere.test/v1/usage"]
  },
  deviceId: {
    value: "device-1",
    observe: (values) =>
      Effect.map(served(values), ({ request }) => request?.device?.replace(/^[0-9a-f-]{36}$/, "a UUID")),
    byDefault: "a UUID",
    expected: "device-1"
  },
  maxRetries: {
    value: 1,
    observe: (values) =>
      Effect.map(served(values, { refusals: [503, 503, 503, 503, 503] }), ({ failure, house }) => [
        failure?._tag,
        house.prompts().length
      ]),
    byDefault: ["BackendUnavailable", 3],
    expected: ["BackendUnavailable", 2]
  },
  connectTimeout: {
    value: "7 seconds",
    observe: (values) =>
      lasting(TestCodex.never, { ...unlimited, maxRetries: 0, connectTimeout: undefined, ...values }),
    byDefault: [20, "RequestTimedOut"],
    expected: [7, "RequestTimedOut"]
  },
  idleTimeout: {
    value: "9 seconds",
    observe: (values) => lasting(stalls, { ...unlimited, idleTimeout: undefined, ...values }),
    byDefault: [300, "cut"],
    expected: [9, "cut"]
  },
  requestTimeout: {
    value: Duration.seconds(11),
    observe: (values) => lasting(TestCodex.never, { ...unlimited, requestTimeout: undefined, ...values }),
    byDefault: [60, "RequestTimedOut"],
    expected: [11, "RequestTimedOut"]
  },
  turnTimeout: {
    value: 13_000,
    observe: (values) => lasting(TestCodex.never, { ...unlimited, turnTimeout: undefined, ...values }),
    byDefault: [30, "RequestTimedOut"],
    expected: [13, "RequestTimedOut"]
  },
  maxTurn: {
    value: "2 minutes",
    observe: (values) => lasting(goesOn, { ...unlimited, maxTurn: undefined, ...values }),
    byDefault: [600, "cut"],
    expected: [120, "cut"]
  },
  model: {
    value: "chosen-model",
    observe: (values) => Effect.map(served(values), ({ request }) => request?.model),
    byDefault: "best-model",
    expected: "chosen-model"
  },
  reasoningEffort: {
    value: "xhigh",
    observe: (values) => Effect.map(served(values), ({ request }) => request?.effort),
    byDefault: undefined,
    expected: "xhigh"
  },
  systemPrompt: {
    value: "Be brief.",
    observe: (values) => Effect.map(served(values), ({ request }) => request?.instructions),
    byDefault: "You are a helpful assistant.",
    expected: "Be brief."
  },
  maxPromptLength: {
    value: 10,
    observe: (values) =>
      Effect.forEach(
        [10, 11, 50_000, 50_001],
        (length) =>
          Codex.use((codex) => codex.ask({ text: "x".repeat(length) })).pipe(
            Effect.match({ onSuccess: () => length, onFailure: ({ _tag }) => _tag })
          )
      ).pipe(Effect.provide(TestCodex.layer(values))),
    byDefault: [10, 11, 50_000, "PromptTooLong"],
    expected: [10, "PromptTooLong", "PromptTooLong", "PromptTooLong"]
  },
  maxHistory: {
    value: 4,
    observe: (values) =>
      Effect.gen(function*() {
        const test = yield* TestCodex.TestCodex
        for (let count = 0; count < 13; count++) yield* Effect.orDie(ask)
        return (yield* test.requests).at(-1)?.input.length
      }).pipe(Effect.provide(TestCodex.layer(values))),
    byDefault: 21,
    expected: 5
  },
  maxHistoryTokens: {
    value: 5000,
    // Three turns of some 1,700 tokens and one of 170,000, each asked after the others.
    observe: (values) =>
      Effect.gen(function*() {
        const test = yield* TestCodex.TestCodex
        const codex = yield* Codex
        for (const length of [100_000, 2500, 2500, 2500, 2500]) {
          yield* Effect.orDie(codex.ask({ text: "x".repeat(length), conversation }))
        }
        return (yield* test.requests).map(({ input }) => input.length)
      }).pipe(Effect.provide(TestCodex.layer({ maxPromptLength: 100_000, ...values }))),
    byDefault: [1, 3, 5, 7, 9],
    expected: [1, 1, 3, 5, 5]
  },
  maxRounds: {
    value: 2,
    // A model that never stops calling: the last exchange is one without calls.
    observe: (values) =>
      Effect.gen(function*() {
        const test = yield* TestCodex.TestCodex
        yield* test.script(...Array.from({ length: 20 }, (_, n) =>
          TestCodex.items([{ type: "function_call", call_id: `c${n}`, name: "none_such", arguments: "{}" }])))
        yield* Effect.orDie(ask)
        return (yield* test.requests).filter(({ toolChoice }) =>
          toolChoice !== "none"
        ).length
      }).pipe(Effect.provide(TestCodex.layer({ ...values, toolkit: Effect.provide(clock, clockHandlers) }))),
    byDefault: 8,
    expected: 2
  },
  webSearch: {
    value: "cached" as const,
    observe: (values) => toolsOf(values),
    byDefault: undefined,
    expected: [{ type: "web_search", external_web_access: false }]
  },
  imageGeneration: {
    value: true,
    observe: (values) => toolsOf(values),
    byDefault: undefined,
    expected: [{ type: "image_generation" }]
  },
  maxWaiting: {
    value: 1,
    observe: (values) =>
      Effect.gen(function*() {
        const test = yield* TestCodex.TestCodex
        yield* test.script(TestCodex.never)
        const asked = yield* Effect.forEach(Array.from({ length: 30 }), () =>
          Effect.forkChild(Effect.flip(ask), { startImmediately: true }))
        const refused = asked.filter((fiber) =>
          fiber.pollUnsafe() !== undefined
        ).length
        yield* Fiber.interruptAll(asked)
        return 30 - refused
      }).pipe(Effect.provide(TestCodex.layer(values))),
    byDefault: 21,
    expected: 2
  }
}

describe("a setting in code", () => {
  for (const [name, row] of Object.entries<Row<unknown>>(options)) {
    it.effect(`${name} has its effect, and its default where it is not given`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* row.observe({ [name]: undefined }), row.byDefault)
        assert.deepStrictEqual(yield* row.observe({ [name]: row.value }), row.expected)
      }))
  }
})

const variables: Record<string, { readonly option: keyof Values; readonly text: string; readonly malformed?: string }> =
  {
    CODEX_AUTH_JSON_JSON: { option: "authJson", text: Redacted.value(options.authJson.value) },
    CODEX_AUTH_JSON_PATH: { option: "authJsonPath", text: "/nowhere/mine/auth.json" },
    CODEX_ISSUER: { option: "issuer", text: "https://issuer.test/", malformed: "not a url" },
    CODEX_ACCOUNT_ID: { option: "accountId", text: "acc-option" },
    CODEX_AUTO_REFRESH: { option: "autoRefresh", text: "false", malformed: "perhaps" },
    CODEX_BASE_URL: { option: "baseUrl", text: "https://proxy.test/api/codex/", malformed: "chatgpt" },
    CODEX_DEVICE_ID: { option: "deviceId", text: "device-1" },
    CODEX_MAX_RETRIES: { option: "maxRetries", text: "1", malformed: "a few" },
    CODEX_MODEL: { option: "model", text: "chosen-model" },
    CODEX_REASONING_EFFORT: { option: "reasoningEffort", text: "xhigh", malformed: "very high" },
    CODEX_SYSTEM_PROMPT: { option: "systemPrompt", text: "Be brief." },
    CODEX_WEB_SEARCH: { option: "webSearch", text: "cached", malformed: "perhaps" }
  }

const read = (env: Record<string, string>) => config.parse(ConfigProvider.fromEnv({ env }))

describe("a value in code", () => {
  it.effect("for the account and the device that is empty means the default, as an empty variable does", () =>
    Effect.gen(function*() {
      const seen = ({ house, request }: Effect.Success<ReturnType<typeof served>>) => [
        [...new Set(house.asked.map(({ account }) => account))],
        request?.device?.replace(/^[0-9a-f-]{36}$/, "a UUID")
      ]
      const empty = yield* served({ accountId: "", deviceId: "" })
      assert.deepStrictEqual(seen(empty), [["acc-file"], "a UUID"])
    }))
})

describe("a variable", () => {
  for (const [variable, { malformed, option, text }] of Object.entries(variables)) {
    it.effect(`${variable} is ${option}`, () =>
      Effect.gen(function*() {
        const row = options[option]
        assert.deepStrictEqual(yield* row.observe(yield* read({ [variable]: text })), row.expected)
        assert.deepStrictEqual(yield* row.observe(yield* read({})), row.byDefault)
      }))

    it.effect(`${variable} that is empty means the default`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* read({ [variable]: "" }), yield* read({}))
      }))

    if (malformed === undefined && option !== "authJson") {
      it.effect(`${variable} of white space alone means the default, and none around its words counts`, () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* read({ [variable]: " \t\r" }), yield* read({}))
          assert.deepStrictEqual(yield* read({ [variable]: ` ${text}\r\n` }), yield* read({ [variable]: text }))
        }))
    }

    if (malformed !== undefined) {
      it.effect(`${variable} that is malformed is named, and its value is not repeated`, () =>
        Effect.gen(function*() {
          const { message } = yield* Effect.flip(read({ [variable]: malformed }))
          assert.include(message, variable)
          assert.notInclude(message, malformed)
        }))
    }
  }

  it.effect("is in the table above when the core reads it", () =>
    Effect.gen(function*() {
      const asked = new Set<string>()
      const provider = ConfigProvider.make((path) => {
        asked.add(path.join("_"))
        return Effect.undefined
      })
      yield* config.parse(provider)
      assert.deepStrictEqual([...asked].sort(), Object.keys(variables).sort())
    }))

  for (
    const [variable, text] of [
      ["CODEX_BASE_URL", "ftp://files.test/api"],
      ["CODEX_ISSUER", "mailto:somebody@issuer.test"],
      ["CODEX_MAX_RETRIES", "-7"]
    ] as const
  ) {
    it.effect(`${variable} that nothing can be done with is malformed, too`, () =>
      Effect.gen(function*() {
        const { message } = yield* Effect.flip(read({ [variable]: text }))
        assert.include(message, variable)
        assert.notInclude(message, text)
      }))
  }

  it.effect("for the effort may be any one word, since the list of models may name new ones", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* read({ CODEX_REASONING_EFFORT: "max" })).reasoningEffort, "max")
    }))

  it.effect("with the text of an auth.json is a secret from the moment it is read", () =>
    Effect.gen(function*() {
      const { authJson } = yield* read({ CODEX_AUTH_JSON_JSON: "do-not-tell" })
      assert.notInclude(String(authJson), "do-not-tell")
    }))
})

describe("no setting at all", () => {
  it.effect("asks the environment for nothing but the home folder", () =>
    Effect.gen(function*() {
      const asked = new Set<string>()
      const provider = ConfigProvider.make((path) => {
        asked.add(path.join("_"))
        return path.join("_") === "HOME"
          ? Effect.succeed(ConfigProvider.makeValue("/nowhere"))
          : Effect.undefined
      })
      yield* Effect.flip(ask).pipe(
        Effect.provide(Layer.provide(codexLive({ httpClient: Server.make().layer }), ConfigProvider.layer(provider)))
      )
      assert.include([...asked], "CODEX_HOME")
      assert.isFalse([...asked].some((name) => name in variables))
    }))
})
