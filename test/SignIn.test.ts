import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import { Bot } from "../examples/support/vibegram.ts"
import { DeviceLoginFailed } from "../src/auth/AuthError.ts"
import { deviceLogin, type DeviceLoginCode, type DeviceLoginOptions } from "../src/telegram/index.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"

const setUp = Effect.fnUntraced(function*(flow: "deviceauth" | "rfc8628") {
  const fs = yield* FileSystem.FileSystem
  const server = yield* CodexEmulator.make({ device: { flows: [flow], interval: "1 second" } })
  const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/deep/auth.json`
  return { fs, server, authJsonPath, options: { authJsonPath, issuer: server.issuer } }
}, Effect.provide(NodeFileSystem.layer))

/** Runs the helper with callbacks that write down what they are told; `more` takes their places. */
const run = Effect.fnUntraced(function*(
  options: DeviceLoginOptions,
  more: Partial<Parameters<typeof deviceLogin>[0]> = {}
) {
  const told: Array<string> = []
  const code = yield* Deferred.make<DeviceLoginCode>()
  const ended = yield* Effect.forkChild(Effect.promise(() =>
    deviceLogin({
      onCode: (issued) => {
        told.push("code")
        Deferred.doneUnsafe(code, Effect.succeed(issued))
      },
      onPoll: async (attempt, elapsedMs) => {
        told.push(`poll ${attempt} ${elapsedMs >= attempt * 1000}`)
        return true
      },
      onSuccess: (tokens) => void told.push(`success ${Object.keys(tokens).toSorted().join(" ")}`),
      onError: (error) => void told.push(`error ${error.message}`),
      ...more
    }, options).then(
      (tokens) => ({ tokens, failure: undefined }),
      (failure: unknown) => ({ tokens: undefined, failure })
    )
  ))
  return { told, code: Deferred.await(code), ended: Fiber.join(ended) }
})

describe("deviceLogin", () => {
  for (const flow of ["deviceauth", "rfc8628"] as const) {
    it.live(`${flow}: gives the code, then the questions, then the tokens, and saves them`, () =>
      Effect.gen(function*() {
        const { authJsonPath, fs, options, server } = yield* setUp(flow)
        const login = yield* run(options)
        const code = yield* login.code
        assert.strictEqual(code.verificationUri, `${server.issuer}/codex/device`)
        assert.strictEqual(
          code.verificationUriComplete,
          flow === "deviceauth" ? undefined : `${server.issuer}/codex/device?user_code=${code.userCode}`
        )
        assert.strictEqual(code.expiresIn, 300)
        yield* server.approve(code.userCode, { accountId: "acc-new" })
        const ended = yield* login.ended
        assert(ended.tokens !== undefined)
        assert.deepStrictEqual(login.told, ["code", "poll 1 true", "success access_token id_token refresh_token"])
        const saved = JSON.parse(yield* fs.readFileString(authJsonPath))
        assert.deepInclude(saved, { auth_mode: "chatgpt", OPENAI_API_KEY: null })
        assert.deepStrictEqual(saved.tokens, { ...ended.tokens, account_id: "acc-new", ...provenanceIn(saved) })
        assert.isNotNaN(Date.parse(saved.last_refresh))
        assert.strictEqual((yield* fs.stat(authJsonPath)).mode & 0o777, 0o600)
      }))
  }

  it.live("with skipSave only hands the tokens out", () =>
    Effect.gen(function*() {
      const { authJsonPath, fs, options, server } = yield* setUp("deviceauth")
      const login = yield* run({ ...options, skipSave: true })
      yield* server.approve((yield* login.code).userCode)
      const ended = yield* login.ended
      assert(ended.tokens !== undefined)
      assert.isNotEmpty(ended.tokens.access_token)
      assert.isFalse(yield* fs.exists(authJsonPath))
    }))

  it.live("onPoll ends it with false, before the issuer is asked", () =>
    Effect.gen(function*() {
      const { authJsonPath, fs, options, server } = yield* setUp("deviceauth")
      const login = yield* run(options, { onPoll: async () => false })
      const ended = yield* login.ended
      assert(ended.failure instanceof DeviceLoginFailed)
      assert.strictEqual(ended.failure.reason, "cancelled")
      assert.deepStrictEqual(login.told, ["code", `error ${ended.failure.message}`])
      assert.strictEqual((yield* server.pendingLogins)[0]?.polls, 0)
      assert.isFalse(yield* fs.exists(authJsonPath))
    }))

  it.live("onError is told before the promise rejects with the same error", () =>
    Effect.gen(function*() {
      const { options, server } = yield* setUp("deviceauth")
      const errors: Array<unknown> = []
      const login = yield* run(options, { onError: async (error) => errors.push(error) })
      yield* server.deny((yield* login.code).userCode)
      const ended = yield* login.ended
      assert(ended.failure instanceof DeviceLoginFailed)
      assert.strictEqual(ended.failure.reason, "denied")
      assert.deepStrictEqual(errors, [ended.failure])
    }))

  it.live("what a callback throws is what it rejects with, and onError hears of it", () =>
    Effect.gen(function*() {
      const { options } = yield* setUp("deviceauth")
      const mine = new Error("The chat is gone")
      const login = yield* run(options, { onCode: () => Promise.reject(mine) })
      const ended = yield* login.ended
      assert.strictEqual(ended.failure, mine)
      assert.deepStrictEqual(login.told, ["error The chat is gone"])
    }))

  it.live("ends after timeoutMs, and says so", () =>
    Effect.gen(function*() {
      const { options } = yield* setUp("deviceauth")
      const login = yield* run({ ...options, timeoutMs: 200 })
      assert.strictEqual((yield* login.code).expiresIn, 0)
      const ended = yield* login.ended
      assert(ended.failure instanceof DeviceLoginFailed)
      assert.strictEqual(ended.failure.reason, "timedOut")
    }))

  it.live("sends clientId, scope and audience as they are given", () =>
    Effect.gen(function*() {
      const { options, server } = yield* setUp("rfc8628")
      const login = yield* run({ ...options, flow: "rfc8628", clientId: "app_mine", scope: "openid", audience: "me" })
      const ended = yield* login.ended
      assert(ended.failure instanceof DeviceLoginFailed)
      const [request] = yield* server.requests
      assert.deepInclude(request?.body, { client_id: "app_mine", scope: "openid", audience: "me" })
    }))
})

const provenanceIn = (saved: { readonly tokens: { readonly oauth_provenance?: unknown } }) =>
  saved.tokens.oauth_provenance === undefined ? {} : { oauth_provenance: saved.tokens.oauth_provenance }

describe("the custom command of vibegram/codex", () => {
  it.live("runs with its import changed", () =>
    Effect.gen(function*() {
      const { fs, server, ...rest } = yield* setUp("rfc8628")
      const telegram = yield* TelegramEmulator.make()
      const ada = yield* telegram.user({ id: 1234567, firstName: "Ada" })
      const env: Record<string, string | undefined> = {
        TELEGRAM_BOT_TOKEN: telegram.token,
        CODEX_AUTH_ADMIN_USER_IDS: "1234567",
        CODEX_AUTH_JSON_PATH: rest.authJsonPath
      }

      const bot = new Bot(env["TELEGRAM_BOT_TOKEN"] ?? "", { apiRoot: telegram.apiRoot, polling: { timeout: 1 } })
      const adminUserIds = new Set(
        (env["CODEX_AUTH_ADMIN_USER_IDS"] ?? "").split(",").map((value) => Number(value.trim())).filter(Number.isFinite)
      )
      bot.command("codex-login", async (ctx) => {
        const userId = ctx.from?.id
        if (!userId || !adminUserIds.has(userId)) {
          await ctx.reply("This command is only available to bot admins.")
          return
        }
        await ctx.reply("Starting Codex login. Follow the link in the next message.")
        try {
          await deviceLogin(
            {
              async onCode({ expiresIn, userCode, verificationUri, verificationUriComplete }) {
                const url = verificationUriComplete ?? verificationUri
                await ctx.reply(
                  [
                    "Open this URL to authorize Codex:",
                    url,
                    "",
                    `Code: ${userCode}`,
                    `Expires in: ${Math.floor(expiresIn / 60)} minutes`
                  ].join("\n")
                )
              },
              async onPoll(attempt) {
                if (attempt % 4 === 0) {
                  await ctx.reply("Still waiting for authorization...")
                }
                return true
              },
              async onSuccess() {
                await ctx.reply("Codex login complete. Restart the bot if the provider was already initialized.")
              }
            },
            {
              authJsonPath: env["CODEX_AUTH_JSON_PATH"],
              timeoutMs: 300_000,
              // Not in the original: another issuer.
              issuer: server.issuer
            }
          )
        } catch (error) {
          await ctx.reply(`Codex login failed: ${error instanceof Error ? error.message : ""}`)
        }
      })

      yield* Effect.acquireRelease(
        Effect.forkDetach(Effect.exit(Effect.tryPromise(() => bot.launch()))),
        (running) => Effect.andThen(Effect.promise(() => bot.stop()), Fiber.join(running))
      )
      yield* ada.chat.send("/codex-login")
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /^Starting Codex login/)
      const { text = "" } = yield* ada.chat.nextBotMessage
      assert.match(text, /^Open this URL .*\n.*\/codex\/device\?user_code=\S+\n\nCode: \S+\nExpires in: 5 minutes$/)
      const { userCode } = yield* server.awaitLogin
      assert.include(text, `Code: ${userCode}`)
      yield* server.approve(userCode)
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /^Codex login complete\./)
      assert.isTrue(yield* fs.exists(rest.authJsonPath))

      yield* ada.chat.send("/codex-login")
      yield* ada.chat.nextBotMessage
      yield* server.deny((yield* server.awaitLogin).userCode)
      yield* ada.chat.botText(/^Codex login failed: The login did not succeed: the request was denied\.$/)
    }))
})
