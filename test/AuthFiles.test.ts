import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { afterEach, vi } from "vitest"
import {
  codexProvider,
  MemoryCodexStore,
  readCodexAuthSummary,
  saveCodexAuthJson,
  saveDeviceTokens,
  validateCodexAuthJson
} from "../src/telegram/index.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"

const setUp = Effect.fnUntraced(function*() {
  const fs = yield* FileSystem.FileSystem
  const server = yield* CodexEmulator.make()
  const path = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
  return { fs, server, path }
}, Effect.provide(NodeFileSystem.layer))

const rejection = (promise: () => Promise<unknown>) =>
  Effect.promise(() => promise().then(() => "resolved", (error: unknown) => Reflect.get(Object(error), "_tag")))

describe("saveCodexAuthJson", () => {
  it.live("saves what the official CLI can read, and says where", () =>
    Effect.gen(function*() {
      const { fs, path, server } = yield* setUp()
      const login = JSON.parse(yield* server.signIn({ accountId: "acc-1" }))
      assert.strictEqual(yield* Effect.promise(() => saveCodexAuthJson(login, path)), path)
      const saved = JSON.parse(yield* fs.readFileString(path))
      assert.deepStrictEqual(saved.tokens.access_token, login.tokens.access_token)
      assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o600)
    }))

  it.live("refuses what is no login, and leaves the file alone", () =>
    Effect.gen(function*() {
      const { fs, path } = yield* setUp()
      assert.strictEqual(yield* rejection(() => saveCodexAuthJson({ tokens: {} }, path)), "AccessTokenMissing")
      assert.strictEqual(yield* rejection(() => saveCodexAuthJson("text", path)), "AuthFileInvalid")
      assert.strictEqual(yield* rejection(() => saveCodexAuthJson({ tokens: 7 }, path)), "AuthFileInvalid")
      assert.isFalse(yield* fs.exists(path))
    }))

  it.live("takes the tokens of a device login as well", () =>
    Effect.gen(function*() {
      const { path, server } = yield* setUp()
      const { tokens } = JSON.parse(yield* server.signIn())
      assert.strictEqual(yield* Effect.promise(() => saveDeviceTokens(tokens, path)), path)
      assert.isTrue((yield* Effect.promise(() => readCodexAuthSummary(path))).hasRefreshToken)
    }))
})

describe("readCodexAuthSummary", () => {
  it.live("tells what an auth.json is good for, without its tokens", () =>
    Effect.gen(function*() {
      const { fs, path, server } = yield* setUp()
      assert.deepStrictEqual(yield* Effect.promise(() => readCodexAuthSummary(path)), { exists: false })
      const text = yield* server.signIn({ expiresIn: "-1 hour" })
      yield* fs.writeFileString(path, text)
      const told = yield* Effect.promise(() => readCodexAuthSummary(path))
      assert.deepInclude(told, {
        exists: true,
        authMode: "chatgpt",
        expired: true,
        hasRefreshToken: true,
        planType: "plus",
        sizeBytes: text.length
      })
      assert.notInclude(JSON.stringify(told), JSON.parse(text).tokens.access_token.slice(-20))
      yield* fs.writeFileString(path, "{")
      assert.deepInclude(yield* Effect.promise(() => readCodexAuthSummary(path)), { exists: true, sizeBytes: 1 })
    }))
})

describe("validateCodexAuthJson", () => {
  it.live("gives the parts that count, and throws what is wrong", () =>
    Effect.gen(function*() {
      const { server } = yield* setUp()
      const login = JSON.parse(yield* server.signIn({ accountId: "acc-1" }))
      const valid = validateCodexAuthJson({ ...login, more: 1 })
      assert.deepInclude(valid, { auth_mode: "chatgpt" })
      assert.strictEqual(valid.tokens?.access_token, login.tokens.access_token)
      const old = JSON.parse(yield* server.signIn({ expiresIn: "-1 hour" }))
      assert.throws(() => validateCodexAuthJson(old), /expired/)
      assert.throws(() => validateCodexAuthJson(undefined), /not an auth\.json/)
      assert.throws(() => validateCodexAuthJson({ OPENAI_API_KEY: "sk-1" }), /holds an API key/)
    }))
})

describe("codexProvider", () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const connected = (provider: ReturnType<typeof codexProvider>) =>
    Effect.promise(async () => {
      const status = await provider.status?.({ userId: 0, chatId: 0 })
      await provider.close?.()
      return status
    })

  it.live("reads the login that its own failures tell people to set, options first", () =>
    Effect.gen(function*() {
      const { fs, path, server } = yield* setUp()
      yield* fs.writeFileString(path, yield* server.signIn({ accountId: "of-the-path" }))
      const text = yield* server.signIn({ accountId: "of-the-text" })
      const other = `${path}.other`
      yield* fs.writeFileString(other, yield* server.signIn({ accountId: "of-the-option" }))
      const account = (options?: Parameters<typeof codexProvider>[0]) =>
        Effect.map(connected(codexProvider(options)), (status) => status?.extra?.["accountId"])

      vi.stubEnv("CODEX_AUTH_JSON_PATH", path)
      vi.stubEnv("CODEX_AUTH_JSON_JSON", "")
      assert.strictEqual(yield* account(), "of-the-path")
      assert.strictEqual(yield* account({ authJsonPath: other }), "of-the-option")
      vi.stubEnv("CODEX_AUTH_JSON_JSON", text)
      assert.strictEqual(yield* account({}), "of-the-text")
      assert.strictEqual(yield* account({ authJsonPath: other }), "of-the-option")
      vi.stubEnv("CODEX_AUTH_JSON_JSON", " ")
      vi.stubEnv("CODEX_AUTH_JSON_PATH", "")
      vi.stubEnv("HOME", path)
      assert.isUndefined(yield* account())
    }))

  it.live("knows the old name of accountId, and tells what the status of vibegram/codex tells", () =>
    Effect.gen(function*() {
      const { fs, path, server } = yield* setUp()
      yield* fs.writeFileString(path, yield* server.signIn())
      const { baseUrl } = server
      const status = yield* connected(
        codexProvider({ authJsonPath: path, baseUrl, organizationId: "org", deviceId: "device-1" })
      )
      assert.deepInclude(status?.extra, {
        endpoint: baseUrl,
        deviceId: "device-1",
        hasRefreshToken: true,
        autoRefresh: true,
        planType: "plus",
        expired: false
      })
      yield* Effect.promise(async () => {
        const provider = codexProvider({ authJsonPath: path, baseUrl, organizationId: "org" })
        const input = { text: "hi", userId: 7, chatId: 7, conversationKey: "k" }
        // The emulator knows no such account; what counts is whom it was asked for.
        await provider.ask({ ...input, messages: [{ role: "user", content: "hi" }] }).catch(() => undefined)
        await provider.close?.()
      })
      const asked = (yield* server.requests).find(({ path }) => path.endsWith("/responses"))
      assert.strictEqual(asked?.headers["chatgpt-account-id"], "org")
    }))
})

describe("MemoryCodexStore", () => {
  it.live("keeps the last messages of a key, a system prompt at the front with them", () =>
    Effect.promise(async () => {
      const store = new MemoryCodexStore(3)
      await store.append("k", { role: "system", content: "s" })
      for (const content of ["1", "2", "3", "4"]) await store.append("k", { role: "user", content })
      assert.deepStrictEqual((await store.list("k")).map(({ content }) => content), ["s", "3", "4"])
      assert.deepStrictEqual(await store.list("other"), [])
      const list = await store.list("k")
      list.length = 0
      assert.strictEqual((await store.list("k")).length, 3)
      await store.clear("k")
      assert.deepStrictEqual(await store.list("k"), [])
    }))

  it.live("without a system prompt it keeps the newest, of each key its own", () =>
    Effect.promise(async () => {
      const store = new MemoryCodexStore(1)
      await store.append("a", { role: "system", content: "s" })
      await store.append("a", { role: "user", content: "1" })
      await store.append("b", { role: "user", content: "2" })
      assert.deepStrictEqual((await store.list("a")).map(({ content }) => content), ["s"])
      assert.deepStrictEqual((await store.list("b")).map(({ content }) => content), ["2"])
    }))
})
