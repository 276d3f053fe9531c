import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { afterEach, vi } from "vitest"
import { CodexLive, codexLive } from "../src/CodexLive.ts"
import { codex, type CodexMiddleware, TelegramDoor } from "../src/telegram/index.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { privateText } from "./support/updates.ts"

const environment = ConfigProvider.layer(ConfigProvider.fromEnv({
  env: { CODEX_ALLOWED_USER_IDS: "1", CODEX_AUTH_JSON_PATH: "/nowhere/auth.json" }
}))

const from = (id: number) => privateText("/codex ask hi", id)

/** Hands an update over; gives what was said, and whether the update was left to the next handler. */
const handed = (bot: CodexMiddleware, update: object) =>
  Effect.promise(async () => {
    const outbox = Contexts.outbox()
    let isPassed = false
    await bot(Contexts.telegraf(outbox, update), () => {
      isPassed = true
    })
    return { texts: outbox.texts(), isPassed }
  })

const disposed = (bot: CodexMiddleware) => Effect.promise(() => bot.dispose())

const silenced = () => {
  const lines: Array<string> = []
  for (const method of ["log", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => void lines.push(parts.map(String).join(" ")))
  }
  return lines
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe("a bot over a layer that does not say who may use it", () => {
  const forgotten = [
    { name: "CodexLive with an allow-list in the environment", layer: Layer.provide(CodexLive, environment) },
    { name: "codexLive", layer: codexLive({ authJsonPath: "/nowhere/auth.json" }) },
    { name: "a scripted Codex", layer: TestCodex.layer() }
  ]

  it.live.each(forgotten)(
    "$name: answers nobody, rejects ready(), and leaves updates to other handlers",
    ({ layer }) =>
      Effect.gen(function*() {
        const lines = silenced()
        // What the compiler refuses: callers without types come as they are.
        const bot: CodexMiddleware = Reflect.apply(codex, undefined, [{ layer, background: false }])
        const failure = yield* Effect.promise(() => bot.ready().then(() => "ready", String))
        assert.match(failure, /does not know who may use the bot: give it allowedUserIds/)
        for (const id of [666, 1]) {
          assert.deepStrictEqual(yield* handed(bot, from(id)), { texts: [], isPassed: true })
        }
        assert.match(lines.join("\n"), /Nobody is answered/)
        yield* disposed(bot)
      })
  )
})

describe("a door in the layer", () => {
  it.live("is the one of the environment, where the layer reads it there", () =>
    Effect.gen(function*() {
      const layer = Layer.merge(TestCodex.layer(), TelegramDoor.layerConfig()).pipe(Layer.provide(environment))
      const bot = codex({ layer, background: false })
      const stranger = yield* handed(bot, from(666))
      assert.match(stranger.texts.join(), /may not use this bot/)
      assert.deepStrictEqual((yield* handed(bot, from(1))).texts, ["Echo: hi"])
      yield* disposed(bot)
    }))

  it.live("fails where nobody says who may, and says what to set", () =>
    Effect.gen(function*() {
      silenced()
      const layer = Layer.merge(TestCodex.layer(), TelegramDoor.layerConfig()).pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: {} })))
      )
      const bot = codex({ layer })
      const failure = yield* Effect.promise(() => bot.ready().then(() => "ready", String))
      assert.match(failure, /set CODEX_ALLOWED_USER_IDS/)
      assert.deepStrictEqual(yield* handed(bot, from(1)), { texts: [], isPassed: true })
      yield* disposed(bot)
    }))

  it.live("gives way to a door beside it", () =>
    Effect.gen(function*() {
      const layer = Layer.merge(TestCodex.layer(), TelegramDoor.layer({ allowedUserIds: [1] }))
      const bot = codex({ layer, allowedUserIds: [2], background: false })
      assert.match((yield* handed(bot, from(1))).texts.join(), /may not use this bot/)
      assert.deepStrictEqual((yield* handed(bot, from(2))).texts, ["Echo: hi"])
      yield* disposed(bot)
    }))

  it.live("may come from a Config of one's own", () =>
    Effect.gen(function*() {
      const layer = Layer.merge(
        TestCodex.layer(),
        TelegramDoor.layerConfig(Config.map(Config.Int("OWNER"), (id) => ({ allowedUserIds: [id] })))
      ).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { OWNER: "5" } }))))
      const bot = codex({ layer, background: false })
      assert.deepStrictEqual((yield* handed(bot, from(5))).texts, ["Echo: hi"])
      yield* disposed(bot)
    }))
})

describe("a door beside the layer", () => {
  it.live("with an empty list lets nobody in", () =>
    Effect.gen(function*() {
      const layer = TestCodex.layer()
      const bot = codex({ layer, allowedUserIds: [], background: false })
      assert.match((yield* handed(bot, from(1))).texts.join(), /may not use this bot/)
      yield* disposed(bot)
    }))

  it.live("lets everybody in only where that is said, and warns", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
      const layer = Layer.provideMerge(TestCodex.layer(), logger)
      const bot = codex({ layer, allowedUserIds: "everybody", background: false })
      silenced()
      assert.deepStrictEqual((yield* handed(bot, privateText("hi"))).texts, ["Echo: hi"])
      yield* disposed(bot)
    }))
})

describe("the form of vibegram/codex", () => {
  it.live("takes an empty list for everybody, as it always did, and warns in the log", () =>
    Effect.gen(function*() {
      const lines = silenced()
      const provider = { name: "own", ask: async () => ({ text: "The answer." }) }
      const bot = codex({ provider, allowedUserIds: [], background: false })
      assert.deepStrictEqual((yield* handed(bot, from(666))).texts, ["The answer."])
      assert.strictEqual(lines.filter((line) => line.includes("Everybody may use this bot")).length, 1)
      yield* disposed(bot)
    }))
})
