/**
 * What callers without types write into `codex(...)`: nothing of it is passed over, and nothing of it breaks a bot.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Layer from "effect/Layer"
import { afterEach, vi } from "vitest"
import {
  codex,
  type CodexMiddleware,
  type CodexProvider,
  codexProvider,
  codexProviderFromJson,
  TelegramDoor
} from "../src/telegram/index.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { privateText } from "./support/updates.ts"

const untyped = (options: unknown): CodexMiddleware => Reflect.apply(codex, undefined, [options])

const provider = { name: "mine", ask: async () => ({ text: "an answer" }) }
const layer = TestCodex.layer()

const listen = () => {
  const lines: Array<string> = []
  for (const method of ["log", "error", "warn", "info"] as const) {
    vi.spyOn(console, method).mockImplementation((...values) => {
      lines.push(values.map(String).join(" "))
    })
  }
  return lines
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** What becomes of a bot with these options, and of a message to it. */
const tried = async (options: unknown) => {
  const lines = listen()
  const bot = untyped(options)
  const outbox = Contexts.outbox()
  let passed = 0
  for (const update of [privateText("hello", 7), privateText("again", 7)]) {
    await bot(Contexts.telegraf(outbox, update), () => {
      passed++
    })
  }
  const ready = await bot.ready().then(() => "ready", String)
  await bot.dispose()
  return { passed, ready, texts: outbox.texts(), said: lines.filter((line) => line.includes("Nobody is answered:")) }
}

const wrong: ReadonlyArray<readonly [options: unknown, problem: RegExp]> = [
  [undefined, /its options have to be an object/],
  [null, /its options have to be an object/],
  ["provider", /its options have to be an object/],
  [{}, /it needs a provider, as codexProvider\(\) makes one, or the layer/],
  [{ provider: null }, /it needs a provider/],
  [{ provider: {} }, /provider has to be codexProvider\(\), or an object with a name and a function ask\./],
  [{ provider: "codex" }, /provider has to be/],
  [{ provider: { ask: provider.ask } }, /provider has to be/],
  [{ provider, alowedUserIds: [1] }, /it has no option alowedUserIds\. Correct its name, or leave it out\./],
  [{ provider, toString: 5 }, /it has no option toString/],
  [{ provider, timeoutMs: "5000" }, /timeoutMs has to be a number of milliseconds, 0 or more\./],
  [{ provider, maxTurnMs: Number.NaN }, /maxTurnMs has to be a number of milliseconds/],
  [{ provider, firstTextDelayMs: "abc" }, /firstTextDelayMs has to be/],
  [{ provider, drainMs: "" }, /drainMs has to be/],
  [{ provider, joinWindowMs: Infinity }, /joinWindowMs has to be .* no infinity/],
  [{ provider, waitingNoticeMs: "on" }, /waitingNoticeMs has to be a number of milliseconds, 0 or more, or "off"\./],
  [{ provider, maxTurns: 0 }, /maxTurns has to be a number, 1 or more\./],
  [{ provider, maxTurns: "32" }, /maxTurns has to be/],
  [{ provider, maxHistory: -1 }, /maxHistory has to be a number, 0 or more\./],
  [{ provider, maxPromptLength: 0 }, /maxPromptLength has to be/],
  [{ provider, rateLimit: { prompts: "3", perMs: 1000 } }, /rateLimit has to be an object with the numbers/],
  [{ provider, rateLimit: 5 }, /rateLimit has to be/],
  [{ provider, streaming: true }, /streaming has to be "edit" or "draft" or "progress" or "off"\./],
  [{ provider, autoReply: "no" }, /autoReply has to be true or false\./],
  [{ provider, botUsername: 5 }, /botUsername has to be a text, or false\./],
  [{ provider, commandPrefix: 5 }, /commandPrefix has to be a text\./],
  [{ provider, takes: ["words"] }, /takes has to be a list of "text", /],
  [{ provider, webSearch: "live" }, /webSearch has to be true or false, or "cached", or an object\./],
  [{ provider, toolkit: {} }, /toolkit has to be a Toolkit of effect\/ai with its handlers\./],
  [{ provider, memoryStore: { append: provider.ask } }, /memoryStore has to be .* append, list and clear\./],
  [{ provider, onAudit: "log" }, /onAudit has to be a function\./],
  [{ provider, transcribe: {} }, /transcribe has to be an object with a command or a url\./],
  [{ provider, authJsonPath: 5 }, /authJsonPath has to be a text\./],
  [{ layer: {}, allowedUserIds: [7] }, /layer has to be a Layer of effect\./],
  [{ runtime: {}, allowedUserIds: [7] }, /runtime has to be a ManagedRuntime of effect\./],
  [{ layer, allowedUserIds: [7], systemPrompt: "Be brief." }, /systemPrompt has no effect beside a layer.*codexLive/],
  [
    { layer: Layer.merge(layer, TelegramDoor.layer({ allowedUserIds: [7] })), streaming: "off" },
    /streaming has no effect here\. Give it to TelegramDoor\.layer, or say allowedUserIds here too\./
  ]
]

describe("codex with an option that is wrong", () => {
  it.each(wrong.map(([options, problem]) => ({ options, problem, name: problem.source })))(
    "answers nobody, ready rejects and the log says once: $name",
    async ({ options, problem }) => {
      const { passed, ready, said, texts } = await tried(options)
      assert.match(ready, problem)
      assert.deepStrictEqual({ passed, texts }, { passed: 2, texts: [] })
      assert.strictEqual(said.length, 1)
      assert.match(said[0] ?? "", problem)
    }
  )

  it.each(
    [
      "allowedUserIds",
      "allowedChatIds",
      "authJsonPath",
      "botUsername",
      "layer",
      "maxPromptLength",
      "memoryStore",
      "onAudit",
      "rateLimit",
      "runtime",
      "toolkit",
      "transcribe",
      "waitingNoticeMs",
      "notAnOption"
    ]
  )("takes null for one that is left out: %s", async (name) => {
    const { ready, texts } = await tried({ provider, background: false, joinWindowMs: 0, [name]: null })
    assert.deepStrictEqual({ ready, texts }, { ready: "ready", texts: ["an answer", "an answer"] })
  })
})

/** As callers without types make it. */
const untypedProvider = (options: unknown): CodexProvider => Reflect.apply(codexProvider, undefined, [options])

const asked = async (made: CodexProvider) => {
  const failure = await made.ask({ text: "hello", userId: 7, chatId: 7, conversationKey: "a", messages: [] }).then(
    () => "answered",
    String
  )
  await made.close?.()
  return failure
}

describe("codexProvider with an option that is wrong", () => {
  it.each(
    [
      [{ timeoutMs: "5000" }, /timeoutMs has to be a number of milliseconds, 0 or more\./],
      [{ maxRetries: -1 }, /maxRetries has to be a number, 0 or more\./],
      [{ autoRefresh: "no" }, /autoRefresh has to be true or false\./],
      [{ accountId: 5 }, /accountId has to be a text\./],
      [{ accesToken: "a.b.c" }, /it has no option accesToken\. Correct its name, or leave it out\./]
    ] as const
  )("asks nobody, and names it: %j", async (options, problem) => {
    const made = untypedProvider({ accessToken: "a.b.c", baseUrl: "http://127.0.0.1:1", ...options })
    assert.match(await asked(made), problem)
    const { ready, texts } = await tried({ provider: untypedProvider({ accessToken: "a.b.c", ...options }) })
    assert.match(ready, problem)
    assert.deepStrictEqual(texts.filter((text) => !text.startsWith("⚠️")), [])
  })

  it.each(["", null, undefined])("takes %j for one that is left out", async (nothing) => {
    const without = await asked(untypedProvider({ authJsonPath: "/nowhere/auth.json" }))
    assert.match(without, /\/nowhere\/auth\.json/)
    const names = ["accessToken", "model", "reasoningEffort", "baseUrl", "issuer", "accountId", "deviceId", "timeoutMs"]
    const options = Object.fromEntries(names.map((name) => [name, nothing]))
    assert.strictEqual(await asked(untypedProvider({ authJsonPath: "/nowhere/auth.json", ...options })), without)
  })

  it("says of a login that is no object that it is none", async () => {
    const made: CodexProvider = Reflect.apply(codexProviderFromJson, undefined, [undefined])
    assert.match(await asked(made), /is not an auth\.json/)
  })
})
