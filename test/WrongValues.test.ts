/**
 * What no compiler sees in an option of an Effect application, and what callers without one write: it is named, before
 * anything is made of it.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as DeviceLogin from "../src/auth/DeviceLogin.ts"
import * as RetryPolicy from "../src/backend/RetryPolicy.ts"
import { codexLive, codexLiveConfig, type Services } from "../src/CodexLive.ts"
import * as Codex from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import * as Sqlite from "../src/Sqlite.ts"
import * as Transcriber from "../src/telegram/media/Transcriber.ts"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"
import * as TurnsCluster from "../src/telegram/TurnsCluster.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const untyped = <A, E, R>(make: (options: never) => Layer.Layer<A, E, R>) => (options: unknown): Layer.Layer<A, E, R> =>
  Reflect.apply(make, undefined, [options])

/** What a layer says of itself when it is built, and what is in the log of that. */
const built = <A, E>(layer: Layer.Layer<A, E>) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    const exit = yield* Effect.exit(Effect.scoped(Effect.provide(Layer.build(layer), logger)))
    const defect: unknown = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    const said = defect instanceof Error ? defect.message : undefined
    return { lines, said: said ?? (Exit.isFailure(exit) ? "it failed otherwise" : undefined) }
  })
type Built = Effect.Success<ReturnType<typeof built>>

const live = untyped<Services, never, never>(codexLive)
const allowed = (options: unknown) => untyped(TelegramDoor.layer)({ allowedUserIds: [7], ...Object(options) })
const authJson = Redacted.make("{}")

describe("a value of codexLive that is wrong", () => {
  const span = /has to be a duration, such as "30 seconds" or a number of milliseconds, 0 or more\.$/
  const wrong: ReadonlyArray<readonly [name: string, value: unknown, problem: RegExp]> = [
    ["maxTurn", "soon", span],
    ["turnTimeout", "30s", span],
    ["turnTimeout", {}, span],
    ["turnTimeout", { second: 30 }, span],
    ["turnTimeout", [1], span],
    ["turnTimeout", [Number.NaN, 0], span],
    ["idleTimeout", Number.NaN, span],
    ["connectTimeout", true, span],
    ["requestTimeout", -1, span],
    ["requestTimeout", "-Infinity", span],
    ["maxHistory", Number.NaN, /has to be a number, 0 or more\.$/],
    ["maxHistory", "20", /has to be a number, 0 or more\.$/],
    ["maxRetries", -1, /has to be a number, 0 or more\.$/],
    ["maxWaiting", -1, /has to be a number, 0 or more\.$/],
    ["accessToken", "secret-token", /has to be a token, made with Redacted\.make\(\.\.\.\) of effect\.$/],
    ["authJson", "{}", /has to be the text of an auth\.json, made with Redacted\.make/],
    ["baseUrl", 5, /has to be a text\.$/],
    ["autoRefresh", "no", /has to be true or false\.$/],
    ["memory", {}, /has to be a Layer of effect\.$/],
    ["httpClient", fetch, /has to be a Layer of effect\.$/],
    ["toolkit", {}, /has to be a Toolkit of effect\/ai with its handlers\.$/]
  ]

  it.effect("is named, and is not told itself", () =>
    Effect.gen(function*() {
      for (const [name, value, problem] of wrong) {
        const { said } = yield* built(live({ authJson, [name]: value }))
        assert.match(String(said), new RegExp(`^codexLive\\(\\.\\.\\.\\) cannot begin: ${name} `))
        assert.match(String(said), problem)
        assert.notInclude(String(said), "secret-token")
      }
    }))

  it.effect("is named by codexLiveConfig as well", () =>
    Effect.gen(function*() {
      const layer = untyped<Services, Config.ConfigError, never>(codexLiveConfig)({ authJson, maxTurn: "soon" })
      const { said } = yield* built(layer).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: {} })))
      )
      assert.match(String(said), /cannot begin: maxTurn has to be a duration/)
    }))

  it.effect("is none where it is left out, or without an end, or as many ways as a duration has", () =>
    Effect.gen(function*() {
      const values = {
        maxTurn: "Infinity",
        turnTimeout: Number.POSITIVE_INFINITY,
        idleTimeout: { minutes: 1, seconds: 30 },
        connectTimeout: [1, 0],
        requestTimeout: 5_000_000n,
        memory: null,
        model: undefined
      }
      assert.deepStrictEqual(yield* built(live({ authJson, ...values })), { lines: [], said: undefined })
    }))

  it.effect("has no effect when nobody knows its name, and the log says so", () =>
    Effect.gen(function*() {
      const { lines, said } = yield* built(live({ authJson, modle: "gpt-5.5", toString: 5 }))
      assert.deepStrictEqual([lines, said], [
        ["codexLive(...) has no option modle, toString: it has no effect. Correct its name, or leave it out."],
        undefined
      ])
    }))
})

describe("a span of time that cannot be meant", () => {
  const wrong = [Number.NaN, -1, "soon", {}]

  it.effect("is named by each layer that takes one", () =>
    Effect.gen(function*() {
      const database = Layer.orDie(Layer.provide(Sqlite.layer({ path: ":memory:" }), NodeServices.layer))
      const policy = (options: unknown): Layer.Layer<RetryPolicy.RetryPolicy> =>
        Reflect.apply(RetryPolicy.layerSchedule, undefined, [Schedule.forever, options])
      const door = (name: string) => [name, (options: unknown) => built(allowed(options))] as const
      const layers: ReadonlyArray<readonly [name: string, said: (options: unknown) => Effect.Effect<Built>]> = [
        ["idleTimeout", (options) => built(untyped(RetryPolicy.layer)(options))],
        ["connectTimeout", (options) => built(policy(options))],
        ["maxTurn", (options) => built(Layer.provide(untyped(Codex.layer)(options), TestCodex.layer()))],
        ["retention", (options) => built(untyped(Memory.layerBounded)(options))],
        ["retention", (options) =>
          built(Layer.provide(untyped(Memory.layerKeyValueStore)(options), KeyValueStore.layerMemory))],
        ["retention", (options) =>
          built(Layer.provide(untyped(Memory.layerSql)(options), database))],
        ["timeout", (options) => built(untyped(Transcriber.layerCommand)({ command: "true", ...Object(options) }))],
        door("firstTextDelay"),
        door("editInterval"),
        door("groupEditInterval"),
        door("exportLifetime"),
        door("joinWindow"),
        door("waitingNotice")
      ]
      for (const [name, made] of layers) {
        for (const span of wrong) {
          const { said } = yield* made({ [name]: span })
          assert.match(String(said), new RegExp(`cannot begin: ${name} has to be .*a duration, such as "30 seconds"`))
        }
      }
    }))

  it.effect("is infinite where somebody waits for its end", () =>
    Effect.gen(function*() {
      const door = (options: unknown) => built(allowed(options))
      assert.match(
        String((yield* door({ joinWindow: "Infinity" })).said),
        /joinWindow has to be a duration, .*, 0 or more, and no infinity\.$/
      )
      const database = Layer.orDie(Layer.provide(Sqlite.layer({ path: ":memory:" }), NodeServices.layer))
      for (const takeOver of [Infinity, ...wrong]) {
        const { said } = yield* built(Layer.provide(untyped(TurnsCluster.layerEngine)({ takeOver }), database))
        assert.match(String(said), /TurnsCluster\.layer.*takeOver has to be a duration, .* and no infinity\.$/)
      }
      for (const per of [Infinity, ...wrong]) {
        assert.match(
          String((yield* door({ rateLimit: { prompts: 1, per } })).said),
          /rateLimit has to be an object with the number prompts and a duration, .* and no infinity as per\.$/
        )
      }
      assert.strictEqual((yield* door({ exportLifetime: Infinity, waitingNotice: "off" })).said, undefined)
    }))

  it.effect("is named by a login by code before anybody is asked", () =>
    Effect.gen(function*() {
      const { signIn } = yield* DeviceLogin.DeviceLogin
      const exit = yield* Effect.exit(Stream.runDrain(signIn({ timeout: Number.NaN })))
      assert.match(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), /timeout has to be a duration/)
    }).pipe(Effect.provide(TestCodex.layer())))
})
