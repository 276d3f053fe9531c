import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { afterEach, beforeAll, vi } from "vitest"
import * as CodexError from "../src/CodexError.ts"
import {
  codex,
  type CodexAskInput,
  type CodexAskResult,
  type CodexAuditEvent,
  type CodexContext,
  type CodexMemoryStore,
  type CodexMessage,
  type CodexPluginOptions,
  type CodexProvider,
  codexProvider,
  codexProviderFromJson
} from "../src/telegram/index.ts"
import { answer as streamed } from "./fixtures/streams.ts"
import * as Contexts from "./support/contexts.ts"
import { privateText } from "./support/updates.ts"

/** Answers of a bot to a few texts, one after another. */
const talk = (options: CodexPluginOptions, texts: ReadonlyArray<string>, userId = 7) =>
  Effect.gen(function*() {
    const bot = codex({ background: false, drainMs: 0, ...options })
    const outbox = Contexts.outbox()
    for (const text of texts) {
      yield* Effect.promise(() => bot(Contexts.telegraf(outbox, privateText(text, userId)), () => undefined))
    }
    yield* Effect.promise(() => bot.dispose())
    return outbox.texts()
  })

/** A value as JavaScript hands it over: not checked by a compiler. */
const untyped = (value: unknown) => {
  const box: object = { value }
  return Reflect.get(box, "value")
}

/** A person's own provider that keeps what it was asked. */
const own = (ask: (input: CodexAskInput) => unknown = ({ text }) => ({ text: `You said ${text}`, model: "own-1" })) => {
  const asked: Array<CodexAskInput> = []
  const provider: CodexProvider = {
    name: "own",
    ask: (input) => {
      asked.push(input)
      return untyped(ask(input))
    }
  }
  return { asked, provider }
}

const rejection = (promise: () => Promise<unknown>) =>
  Effect.promise(() => promise().then(() => "resolved", (cause: unknown) => cause))

/** Everything that was written to the console meanwhile. */
const recorded = () => {
  const lines: Array<string> = []
  for (const method of ["log", "error", "warn", "info", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => void lines.push(parts.map(String).join(" ")))
  }
  return lines
}

/** What was sent to ChatGPT. Effect looks the default fetch up once, so one stand-in serves the whole file. */
let requests: Array<{ readonly url: string; readonly headers: Headers; readonly body: string }> = []
beforeAll(() => {
  vi.stubGlobal("fetch", async (url: URL | string, init: RequestInit) => {
    const body = await new Response(init.body ?? null).text()
    requests.push({ url: String(url), headers: new Headers(init.headers), body })
    return new Response(streamed("Hello there"), { headers: { "content-type": "text/event-stream" } })
  })
  return () => {
    vi.unstubAllGlobals()
  }
})
afterEach(() => {
  requests = []
  vi.restoreAllMocks()
})

describe("a provider of a person's own", () => {
  it.live("is asked with the input of vibegram/codex", () =>
    Effect.gen(function*() {
      const { asked, provider } = own()
      assert.deepStrictEqual(
        yield* talk({ provider, systemPrompt: "Be brief." }, ["one", "/codex personality Verse.", "two"]),
        ["You said one", "Your personality is set. It applies to all your messages from now on.", "You said two"]
      )
      const [first, second] = asked
      assert.deepInclude({ ...first }, { text: "one", userId: 7, chatId: 7, conversationKey: "user:7" })
      assert.strictEqual(first?.systemPrompt, "Be brief.")
      assert.instanceOf(first?.signal, AbortSignal)
      assert.deepStrictEqual(first?.messages, [
        { role: "system", content: "Be brief." },
        { role: "user", content: "one" }
      ])
      assert.strictEqual(second?.systemPrompt, "Verse.\n\nBe brief.")
      assert.deepStrictEqual(second?.messages, [
        { role: "system", content: "Verse.\n\nBe brief." },
        { role: "user", content: "one" },
        { role: "assistant", content: "You said one" },
        { role: "user", content: "two" }
      ])
    }))

  it.live("keeps its this, may be a class, and is closed at the end", () =>
    Effect.gen(function*() {
      class Provider implements CodexProvider {
        readonly name = "class"
        closed = 0
        ask(input: CodexAskInput): Promise<CodexAskResult> {
          return Promise.resolve({ text: `${this.name}: ${input.text}` })
        }
        close(): Promise<void> {
          this.closed++
          return Promise.resolve()
        }
      }
      const provider = new Provider()
      assert.deepStrictEqual(yield* talk({ provider }, ["hi"]), ["class: hi"])
      assert.strictEqual(provider.closed, 1)
    }))

  it.live("may answer without a promise", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* talk({ provider: own(() => ({ text: "at once" })).provider }, ["hi"]), ["at once"])
    }))

  it.live.each([
    { name: "rejects", ask: () => Promise.reject(new Error("token sk-secret of hello-prompt")) },
    { name: "rejects with something that is no error", ask: () => Promise.reject("sk-secret hello-prompt") },
    {
      name: "throws",
      ask: () => {
        throw new Error("token sk-secret of hello-prompt")
      }
    }
  ])(
    "that $name is told as what it is; what it said is in the log alone, without prompt and secrets",
    ({ ask }) =>
      Effect.gen(function*() {
        const lines = recorded()
        const events: Array<CodexAuditEvent> = []
        const texts = yield* talk({ provider: own(ask).provider, onAudit: (event) => events.push(event) }, [
          "hello-prompt"
        ])
        assert.deepStrictEqual(texts, [
          "⚠️ The provider own failed.\nTry again; the bot's log says what the provider reported."
        ])
        assert.strictEqual(events.length, 1)
        assert.strictEqual(events[0]?.error, "The provider own failed.")
        assert.include(JSON.stringify(lines), "[...]")
        const told = JSON.stringify([texts, lines, events])
        assert.notInclude(told, "sk-secret")
        assert.notInclude(told, "hello-prompt")
      })
  )

  it.live("wrapped around one of ours keeps the failure and its fix", () =>
    Effect.gen(function*() {
      const inner = codexProvider({ authJsonPath: "/nowhere/auth.json" })
      const provider: CodexProvider = { name: "wrapped", ask: (input) => inner.ask(input) }
      const [text] = yield* talk({ provider }, ["hi"])
      assert.strictEqual(
        text,
        `⚠️ auth JSON not found.\n${CodexError.AuthFileNotFound.row.fix}`
      )
    }))

  it.live("that does not answer in time is stopped, and the person told", () =>
    Effect.gen(function*() {
      const { asked, provider } = own(() => new Promise(() => undefined))
      const [text] = yield* talk({ provider, timeoutMs: 5 }, ["hi"])
      assert.match(text ?? "", /^⚠️ .*5 ?ms/)
      assert.isTrue(asked[0]?.signal?.aborted)
    }))

  it.live("that answers nothing at all leaves a word in the chat, and lets the next prompt in", () =>
    Effect.gen(function*() {
      recorded()
      let times = 0
      const { provider } = own(() => times++ === 0 ? undefined : { text: "better" })
      assert.deepStrictEqual(yield* talk({ provider }, ["one", "two"]), [
        "⚠️ Something went wrong inside the bot.\nIts log says what.",
        "better"
      ])
    }))

  it.live("that answers an empty text is an empty response", () =>
    Effect.gen(function*() {
      const [text] = yield* talk({ provider: own(() => ({ text: " \n" })).provider }, ["one"])
      assert.include(text ?? "", "Empty response")
    }))

  it.live("has its tokens counted, as far as it tells them", () =>
    Effect.gen(function*() {
      const usages = [undefined, { inputTokens: 3, outputTokens: 4 }, { totalTokens: 10 }]
      const { provider } = own(() => ({ text: "x", usage: usages.shift() }))
      const texts = yield* talk({ provider }, ["a", "b", "c", "/codex status"])
      assert.include(texts[3] ?? "", "Since the start: 3 requests, 17 tokens (3 in, 4 out)")
      assert.include(texts[3] ?? "", "own: connected")
    }))

  it.live("may have status and models, and may fail at them", () =>
    Effect.gen(function*() {
      const asks = ["/codex status", "/codex models"]
      const { provider } = own()
      const without = yield* talk({ provider }, asks)
      assert.include(without[0] ?? "", "own: connected")
      assert.strictEqual(without[1], "No models available.")
      const telling = yield* talk({
        provider: {
          ...provider,
          status: () => Promise.resolve({ connected: true, provider: "own", model: "own-1" }),
          listModels: () => Promise.resolve([{ id: "own-1", displayName: "One" }, { id: "own-2" }])
        }
      }, asks)
      assert.include(telling[0] ?? "", "Model: own-1")
      assert.strictEqual(telling[1], "Models of this account:\n• own-1 (One)\n• own-2")
      const failing = yield* talk({
        provider: {
          ...provider,
          status: () => Promise.reject(new Error("sk-secret")),
          listModels: () => {
            throw new Error("sk-secret")
          }
        }
      }, asks)
      assert.include(failing[0] ?? "", "own: not connected")
      assert.strictEqual(failing[1], "No models available.")
    }))

  it.live("leaves the login to authJsonPath", () =>
    Effect.gen(function*() {
      const [text] = yield* talk(
        { provider: own().provider, authJsonPath: "/nowhere/auth.json", allowedUserIds: [7] },
        ["/codex logout"]
      )
      assert.strictEqual(text, "There are no tokens at /nowhere/auth.json: already logged out.")
    }))
})

describe("a memory store", () => {
  const inMemory = () => {
    const kept = new Map<string, Array<CodexMessage>>()
    return {
      kept,
      append: (key: string, message: CodexMessage) => void kept.set(key, [...(kept.get(key) ?? []), message]),
      list: (key: string) => kept.get(key) ?? [],
      clear: (key: string) => void kept.delete(key)
    }
  }

  const asynchronous = (store: ReturnType<typeof inMemory>): CodexMemoryStore => ({
    append: async (key, message) => store.append(key, message),
    list: async (key) => store.list(key),
    clear: async (key) => store.clear(key)
  })

  it.live.each([{ name: "asynchronous", wrap: asynchronous }, { name: "synchronous", wrap: untyped }])(
    "that is $name gets whole turns and personalities under the keys of vibegram/codex",
    ({ wrap }) =>
      Effect.gen(function*() {
        const store = inMemory()
        const { asked, provider } = own()
        yield* talk({ provider, memoryStore: wrap(store) }, ["one", "two", "/codex personality Verse."])
        assert.deepStrictEqual(Object.fromEntries(store.kept), {
          "user:7": [
            { role: "user", content: "one" },
            { role: "assistant", content: "You said one" },
            { role: "user", content: "two" },
            { role: "assistant", content: "You said two" }
          ],
          "personality:7": [{ role: "system", content: "Verse." }]
        })
        assert.strictEqual(asked[1]?.messages.length, 4)
        yield* talk({ provider, memoryStore: wrap(store) }, ["/codex reset", "/codex personality reset"])
        assert.strictEqual(store.kept.size, 0)
      })
  )

  it.live("that keeps everything is cut to maxHistory when the model is asked", () =>
    Effect.gen(function*() {
      const { asked, provider } = own()
      yield* talk({ provider, memoryStore: asynchronous(inMemory()), maxHistory: 2 }, ["one", "two", "three"])
      assert.deepStrictEqual(asked[2]?.messages.map(({ content }) => content), [
        "You are a helpful assistant.",
        "two",
        "You said two",
        "three"
      ])
    }))

  it.live("that cannot be read is told, and the provider is not asked", () =>
    Effect.gen(function*() {
      const { asked, provider } = own()
      const memoryStore = {
        ...asynchronous(inMemory()),
        list: () => Promise.reject(new Error("postgres://user:sk-secret@db"))
      }
      const texts = yield* talk({ provider, memoryStore }, ["hi"])
      assert.deepStrictEqual(texts, [
        `⚠️ The conversation memory failed (list).\n${CodexError.MemoryFailed.row.fix}`
      ])
      assert.deepStrictEqual(asked, [])
    }))

  it.live("that cannot be written still lets the answer through", () =>
    Effect.gen(function*() {
      const lines = recorded()
      const memoryStore = {
        ...asynchronous(inMemory()),
        append: () => {
          throw new Error("postgres://user:sk-secret@db")
        }
      }
      assert.deepStrictEqual(yield* talk({ provider: own().provider, memoryStore }, ["hi"]), [
        "You said hi\n\n⚠️ The conversation memory failed: I will not remember this question and its answer."
      ])
      assert.notInclude(lines.join("\n"), "sk-secret")
    }))
})

describe("onAudit", () => {
  it.live("gets one record for each turn, without what was said", () =>
    Effect.gen(function*() {
      const events: Array<CodexAuditEvent> = []
      let times = 0
      const { provider } = own(({ text }) =>
        times++ === 0 ? { text: `answer-text to ${text}`, model: "own-1" } : Promise.reject(new Error("no"))
      )
      yield* talk({ provider, onAudit: (event) => events.push(event) }, ["prompt-text", "/codex status", "prompt-text"])
      const [answered, failed, ...more] = events
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(Object.keys(answered ?? {}).sort(), [
        "chatId",
        "durationMs",
        "model",
        "provider",
        "success",
        "timestamp",
        "userId"
      ])
      assert.deepInclude({ ...answered }, { userId: 7, chatId: 7, provider: "own", model: "own-1", success: true })
      assert.match(answered?.timestamp ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.isAtLeast(answered?.durationMs ?? -1, 0)
      assert.deepInclude({ ...failed }, { success: false, error: "The provider own failed." })
      assert.notMatch(JSON.stringify(events), /prompt-text|answer-text/)
    }))

  it.live.each([
    { name: "throws", onAudit: () => Reflect.apply(JSON.parse, undefined, ["no JSON"]) },
    { name: "rejects", onAudit: () => Promise.reject(new Error("sk-secret")) }
  ])("that $name costs nobody an answer", ({ onAudit }) =>
    Effect.gen(function*() {
      const lines = recorded()
      assert.deepStrictEqual(yield* talk({ provider: own().provider, onAudit }, ["hi"]), ["You said hi"])
      assert.strictEqual(lines.filter((line) => line.includes("audit")).length, 1)
      assert.notInclude(lines.join("\n"), "sk-secret")
    }))
})

describe("codexProvider", () => {
  const input = (text: string, messages: Array<CodexMessage> = [{ role: "user", content: text }]): CodexAskInput => ({
    text,
    userId: 7,
    chatId: 7,
    conversationKey: "user:7",
    messages
  })

  it.live("asks with an accessToken of one's own, the account and the device", () =>
    Effect.gen(function*() {
      const provider = codexProvider({
        accessToken: "sk-secret",
        accountId: "acc-1",
        deviceId: "dev-1",
        model: "gpt-5.5",
        reasoningEffort: "high",
        baseUrl: "https://codex.test/api"
      })
      assert.strictEqual(provider.name, "codex")
      const answer = yield* Effect.promise(() =>
        provider.ask(input("two", [
          { role: "system", content: "Be brief." },
          { role: "user", content: "one" },
          { role: "assistant", content: "1" },
          { role: "user", content: "two" }
        ]))
      )
      assert.strictEqual(answer.text, "Hello there")
      assert.deepStrictEqual(answer.usage, { inputTokens: 10, outputTokens: 5, totalTokens: 15 })
      const [request, ...more] = requests
      assert.deepStrictEqual(more, [])
      assert.strictEqual(request?.url, "https://codex.test/api/responses")
      assert.strictEqual(request?.headers.get("authorization"), "Bearer sk-secret")
      assert.strictEqual(request?.headers.get("chatgpt-account-id"), "acc-1")
      assert.strictEqual(request?.headers.get("oai-device-id"), "dev-1")
      const body = JSON.parse(request?.body ?? "{}")
      assert.strictEqual(body.model, "gpt-5.5")
      assert.strictEqual(body.reasoning.effort, "high")
      assert.strictEqual(body.instructions, "Be brief.")
      assert.strictEqual(body.input.length, 3)
      const text = JSON.stringify(body.input)
      assert.isTrue(text.indexOf("one") < text.indexOf("two"))
      yield* Effect.promise(async () => provider.close?.())
    }))

  it.live("under the middleware it is the same turn, counted once", () =>
    Effect.gen(function*() {
      const provider = codexProvider({ accessToken: "sk-secret" })
      const texts = yield* talk({ provider, systemPrompt: "Be brief." }, ["hi", "/codex status"])
      assert.strictEqual(texts[0], "Hello there")
      assert.include(texts[1] ?? "", "Since the start: 1 requests, 15 tokens (10 in, 5 out)")
      assert.notInclude(texts.join("\n"), "sk-secret")
      const asked = requests.filter(({ url }) => url.endsWith("/responses"))
      assert.strictEqual(asked.length, 1)
      assert.strictEqual(JSON.parse(asked[0]?.body ?? "{}").instructions, "Be brief.")
    }))

  it.live("without an auth.json the person reads so, and not where the server looked; nothing is sent", () =>
    Effect.gen(function*() {
      const provider = codexProvider({ authJsonPath: "/nowhere/auth.json" })
      const texts = yield* talk({ provider }, ["hi", "/codex status"])
      const missing = `auth JSON not found.\n${CodexError.AuthFileNotFound.row.fix}`
      assert.strictEqual(texts[0], `⚠️ ${missing}`)
      assert.include(texts[1] ?? "", `Login: ${missing}`)
      assert.deepStrictEqual(requests, [])
    }))

  it.live("rejects with the failure where it is asked directly", () =>
    Effect.gen(function*() {
      const provider = codexProvider({ authJsonPath: "/nowhere/auth.json" })
      const failure = yield* rejection(() => provider.ask(input("hi")))
      assert.instanceOf(failure, CodexError.AuthFileNotFound)
      const status = yield* Effect.promise(async () => provider.status?.({ userId: 7, chatId: 7 }))
      assert.deepInclude({ ...status }, { connected: false, provider: "codex" })
      yield* Effect.promise(async () => provider.close?.())
    }))

  it.live("a copy with another ask is taken at its word", () =>
    Effect.gen(function*() {
      const provider: CodexProvider = {
        ...codexProvider({ accessToken: "sk-secret" }),
        ask: ({ text }) => Promise.resolve({ text: `copy of ${text}` })
      }
      assert.deepStrictEqual(yield* talk({ provider }, ["hi"]), ["copy of hi"])
      assert.deepStrictEqual(requests, [])
    }))

  describe("codexProviderFromJson", () => {
    it.live("takes the tokens and the account of the object", () =>
      Effect.gen(function*() {
        const provider = codexProviderFromJson(
          { auth_mode: "chatgpt", tokens: { access_token: "sk-secret", account_id: "acc-9" } },
          { model: "gpt-5.5", accountId: undefined, deviceId: undefined }
        )
        assert.deepStrictEqual(yield* talk({ provider }, ["hi"]), ["Hello there"])
        assert.strictEqual(requests[0]?.headers.get("authorization"), "Bearer sk-secret")
        assert.strictEqual(requests[0]?.headers.get("chatgpt-account-id"), "acc-9")
        assert.strictEqual(JSON.parse(requests[0]?.body ?? "{}").model, "gpt-5.5")
      }))

    it.live("says that an empty object holds no token", () =>
      Effect.gen(function*() {
        const [text] = yield* talk({ provider: codexProviderFromJson(JSON.parse("{}")) }, ["hi"])
        assert.match(text ?? "", /^⚠️ No access_token found/)
        assert.deepStrictEqual(requests, [])
      }))
  })
})

describe("ctx.codex over a provider of a person's own", () => {
  it.live("gives the answers of vibegram/codex", () =>
    Effect.gen(function*() {
      const bot = codex({ provider: own().provider })
      const context = Contexts.telegraf(Contexts.outbox(), privateText("/start"))
      yield* Effect.promise(() => bot(context, () => undefined))
      const ctx: CodexContext = Reflect.get(context, "codex")
      const answer = yield* Effect.promise(() => ctx.ask("hi", { model: "own-2" }))
      assert.deepInclude({ ...answer }, { text: "You said hi", model: "own-1" })
      const status = yield* Effect.promise(() => ctx.status())
      assert.deepInclude({ ...status }, { connected: true, provider: "own" })
      assert.deepStrictEqual(yield* Effect.promise(() => ctx.listModels()), [])
      yield* Effect.promise(() => bot.dispose())
    }))
})
