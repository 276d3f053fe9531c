/**
 * Proxies on the way out: used by the bot program for both halves, and hinted at where they are set for nothing.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import { createServer, request } from "node:http"
import { NetworkFailed } from "../src/backend/BackendError.ts"
import { codexLive } from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { unusedProxy } from "../src/internal/unusedProxy.ts"
import { BotClient } from "../src/telegram/BotClient.ts"
import * as Polling from "../src/telegram/Polling.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

const withEnv = (env: Record<string, string>) =>
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))

describe("a proxy that is set", () => {
  const cases: ReadonlyArray<readonly [Record<string, string>, string, string | undefined]> = [
    [{}, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128" }, "chatgpt.com", "HTTPS_PROXY"],
    [{ https_proxy: "http://proxy:3128" }, "chatgpt.com", "https_proxy"],
    [{ ALL_PROXY: "socks5://proxy" }, "chatgpt.com", "ALL_PROXY"],
    [{ HTTP_PROXY: "http://proxy:3128" }, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NODE_USE_ENV_PROXY: "1" }, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NODE_USE_ENV_PROXY: "0" }, "chatgpt.com", "HTTPS_PROXY"],
    [{ HTTPS_PROXY: "http://proxy:3128", NODE_OPTIONS: "--use-env-proxy" }, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "localhost, .chatgpt.com" }, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "gpt.com" }, "chatgpt.com", "HTTPS_PROXY"],
    [{ HTTPS_PROXY: "http://proxy:3128", no_proxy: "*" }, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "a.test,chatgpt.com:443" }, "chatgpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "a.test chatgpt.com" }, "chatgpt.com:8443", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "*.gpt.com" }, "chat.gpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "gpt.com" }, "chat.gpt.com", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "chat.gpt.com" }, "gpt.com", "HTTPS_PROXY"],
    [{ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "a.test", no_proxy: "*" }, "chatgpt.com", "HTTPS_PROXY"],
    [{ all_proxy: "socks5://proxy", https_proxy: "http://proxy:3128" }, "chatgpt.com", "https_proxy"],
    [{ all_proxy: "socks5://proxy" }, "localhost:8080", undefined],
    [{ all_proxy: "socks5://proxy" }, "[::1]:8080", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128" }, "127.0.0.1:8080", undefined]
  ]
  it.effect.each(cases)("%j is unused on the way to %s: %s", ([env, host, name]) =>
    Effect.gen(function*() {
      assert.strictEqual(Option.getOrUndefined(yield* unusedProxy(host)), name)
    }).pipe(withEnv(env)))

  it.effect("and not used is the hint of a backend that cannot be reached", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(Codex.use((codex) => Effect.asVoid(codex.ask({ text: "Hello" }))))
      assert.instanceOf(failure, NetworkFailed)
      assert.include(failure.fix("chat"), "HTTPS_PROXY is set, and Node goes through it only with NODE_USE_ENV_PROXY=1")
      assert.notInclude(failure.fix("chat"), "do-not-tell")
    }).pipe(
      Effect.provide(codexLive({
        accessToken: Redacted.make("a-token"),
        baseUrl: "https://nowhere.invalid/codex",
        model: "gpt-6.1-sol",
        maxRetries: 0
      })),
      withEnv({ HTTPS_PROXY: "http://do-not-tell:do-not-tell@proxy:3128" }),
      TestClock.withLive
    ))

  it.effect("and not used is in the line that says that Telegram cannot be reached", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualBotApi.make()
      const log = VirtualBotApi.log()
      yield* telegram.meets("refused")
      const polling = yield* Polling.make().pipe(Effect.provideService(BotClient, yield* telegram.client))
      yield* Effect.forkChild(Effect.provide(polling.run(() => Effect.void), log.layer))
      yield* TestClock.adjust("1 second")
      assert.match(
        log.lines[0] ?? "",
        /^Warn: Telegram cannot be reached at api\.telegram\.org\. The next try is in 1s\. HTTPS_PROXY is set, and Node /
      )
    }).pipe(withEnv({ HTTPS_PROXY: "http://proxy:3128" })))
})

describe("the bot program behind a proxy", () => {
  it.live("reaches Telegram and ChatGPT through it, on any Node", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const codex = yield* CodexEmulator.make()
      const telegram = yield* TelegramEmulator.make()
      const { chat } = yield* telegram.user({ id: 7, firstName: "Ann" })
      const home = yield* files.makeTempDirectoryScoped()
      yield* files.writeFileString(`${home}/auth.json`, yield* codex.signIn(), { mode: 0o600 })
      const hosts = new Set<string>()
      // No name server knows these hosts: only the proxy does.
      const proxy = createServer((asked, answer) => {
        const url = new URL(asked.url ?? "")
        hosts.add(url.hostname)
        const { headers, method } = asked
        asked.pipe(
          request(
            { host: "127.0.0.1", port: url.port, path: `${url.pathname}${url.search}`, method, headers },
            (got) => {
              answer.writeHead(got.statusCode ?? 502, got.headers)
              got.pipe(answer)
            }
          )
        )
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => proxy.close().closeAllConnections()))
      const port = yield* Effect.callback<number>((resume) => {
        proxy.listen(0, "127.0.0.1", () => {
          const address = proxy.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      })
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, ["--conditions=effect-codex-source", "src/cli/start.ts"], {
            stdio: "ignore",
            env: {
              HTTP_PROXY: `http://127.0.0.1:${port}`,
              HOME: home,
              CODEX_AUTH_JSON_PATH: `${home}/auth.json`,
              CODEX_BASE_URL: codex.baseUrl.replace("127.0.0.1", "chatgpt.invalid"),
              CODEX_ISSUER: codex.issuer.replace("127.0.0.1", "auth.invalid"),
              CODEX_ALLOWED_USER_IDS: "7",
              TELEGRAM_API_ROOT: telegram.apiRoot.replace("127.0.0.1", "telegram.invalid"),
              TELEGRAM_BOT_TOKEN: telegram.token
            }
          })
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      yield* chat.send("What is 6 x 7?")
      yield* chat.botText("6 x 7 = 42.")
      assert.deepStrictEqual([...hosts].toSorted(), ["chatgpt.invalid", "telegram.invalid"])
    }).pipe(Effect.provide(NodeServices.layer)))
})
