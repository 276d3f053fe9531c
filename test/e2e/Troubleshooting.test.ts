/**
 * Each row of the troubleshooting table, from the failure at its source, through Telegraf, to the sentence in the chat.
 */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as PlatformError from "effect/PlatformError"
import * as CodexError from "../../src/CodexError.ts"
import * as TelegramError from "../../src/telegram/TelegramError.ts"
import { Reply, type Service } from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import { type Setup, start } from "./stack.ts"

const failures = { ...CodexError, ...TelegramError }

type Started = Effect.Success<ReturnType<typeof start>>

interface Case {
  readonly tag: TelegramError.DoorError["_tag"]
  readonly when: string
  readonly setup?: Setup
  readonly given?: (stack: Started) => Effect.Effect<unknown, PlatformError.PlatformError>
  /** What is sent to the bot after that, if anything. Default: a question. */
  readonly says?: string | undefined
  /** What the message says; the fix of the row follows in its second line. */
  readonly reads: RegExp
  /** What to do, where that depends on the reason. Default: the fix of the row. */
  readonly fix?: RegExp
}

const scripted = (...replies: ReadonlyArray<Reply.Reply>) => ({ server }: Started) => server.script(...replies)

const expired = (server: Service) => server.signIn({ expiresIn: "-1 hour" })

const cases: ReadonlyArray<Case> = [
  {
    tag: "AuthFileNotFound",
    when: "there is no auth.json",
    setup: { authJson: undefined },
    reads: /^auth JSON not found\.$/
  },
  {
    tag: "AuthFileInvalid",
    when: "auth.json is cut short",
    setup: { authJson: (server) => Effect.map(server.signIn(), (text) => text.slice(0, 40)) },
    reads: /^The file is not JSON\.$/
  },
  {
    tag: "AuthStoreFailed",
    when: "the path of auth.json leads round in a circle",
    given: ({ authJsonPath, fs }) => Effect.andThen(fs.remove(authJsonPath), fs.symlink(authJsonPath, authJsonPath)),
    reads: /^Could not read the credentials \(\w+\)\.$/
  },
  {
    tag: "AccessTokenMissing",
    when: "auth.json holds an API key",
    setup: { authJson: () => Effect.succeed(`{"auth_mode":"apikey","OPENAI_API_KEY":"sk-secret"}`) },
    reads: /^No access_token found: it holds an API key, not a ChatGPT login\.$/
  },
  {
    tag: "AccessTokenExpired",
    when: "the token has expired and refreshing is off",
    setup: { authJson: expired, provider: { autoRefresh: false } },
    reads: /^The access_token has expired on .* UTC and cannot be refreshed \(refresh is off\)\.$/
  },
  {
    tag: "TokenRefreshFailed",
    when: "the refresh token was revoked",
    setup: { authJson: expired },
    given: ({ server }) => server.revoke,
    reads: /^Token refresh failed: the session was ended\.$/
  },
  {
    tag: "Unauthorized",
    when: "the backend refuses a fresh token again and again",
    given: scripted(Reply.times(Reply.unauthorized("token_revoked"), 3)),
    reads: /^ChatGPT refused the login \(401\) although the token is not expired/
  },
  {
    tag: "DeviceLoginFailed",
    when: "the login is denied at the issuer",
    setup: { emulator: { device: { interval: "1 second" } }, plugin: { authAdminUserIds: [7] } },
    given: ({ ada, server }) =>
      Effect.gen(function*() {
        yield* ada.chat.send("/codex login")
        yield* server.deny((yield* server.awaitLogin).userCode)
        yield* ada.chat.botText(/⚠️/)
      }).pipe(Effect.orDie),
    says: undefined,
    reads: /^The login did not succeed: the request was denied\.$/
  },
  {
    tag: "ModelForbidden",
    when: "the account does not have the model",
    setup: { provider: { model: "gpt-mine" } },
    reads: /^The model gpt-mine is not available to this account \(400\)/,
    fix: /^Try another model from `\/codex models`, such as gpt-6\.1-sol, .*`model` or CODEX_MODEL\.$/
  },
  {
    tag: "PicturesNotTaken",
    when: "a picture is sent to a model that reads text only",
    setup: {
      provider: { model: "gpt-text" },
      emulator: { models: [{ slug: "gpt-text", textOnly: true }, { slug: "gpt-eyes" }] }
    },
    given: ({ ada }) => Effect.asVoid(ada.chat.sendPhoto({ caption: "What is this?" })).pipe(Effect.orDie),
    says: undefined,
    reads: /^The model gpt-text does not look at pictures\.$/,
    fix: /^Ask in words, or choose a model that takes them, such as gpt-eyes: .*`model` or CODEX_MODEL\.$/
  },
  {
    tag: "WorkspaceRefused",
    when: "the workspace may not be used",
    given: scripted(Reply.modelForbidden()),
    reads: /^The ChatGPT workspace refused \(workspace_access_denied\)/
  },
  {
    tag: "BudgetExhausted",
    when: "the credits are used up",
    given: scripted(Reply.unavailable({ status: 429, code: "credit_balance_exhausted" })),
    reads: /^The budget of this account is used up \(credit_balance_exhausted\)/
  },
  {
    tag: "RateLimited",
    when: "the quota is used up",
    given: scripted(Reply.usageLimit({ resetsAt: DateTime.makeUnsafe("2031-05-06T07:08:00Z") })),
    reads: /Codex quota of this account is used up \(429\); it resets at 2031-05-06 07:08 UTC\.$/
  },
  {
    tag: "UsageNotIncluded",
    when: "the plan does not contain Codex",
    given: scripted(Reply.usageNotIncluded()),
    reads: /^The plan of this ChatGPT account does not cover this use \(usage_not_included\)/
  },
  {
    tag: "CloudflareBlocked",
    when: "Cloudflare answers for the backend",
    given: scripted(Reply.cloudflare({ status: 503 })),
    reads: /^Cloudflare blocked the request to 127\.0\.0\.1/
  },
  {
    tag: "EmptyResponse",
    when: "the stream has no text",
    given: scripted(Reply.empty()),
    reads: /^Empty response: gpt-6\.1-sol sent no text/
  },
  {
    tag: "BackendUnavailable",
    when: "the backend is overloaded",
    given: scripted(Reply.unavailable({ status: 503, code: "server_is_overloaded" })),
    reads: /^ChatGPT is not available right now \(503, server_is_overloaded\)/
  },
  {
    tag: "RequestRejected",
    when: "the backend does not take the request",
    given: scripted(Reply.rejected("Unsupported parameter: temperature")),
    reads: /^ChatGPT rejected the request \(400\): Unsupported parameter: temperature/
  },
  {
    tag: "ContextWindowExceeded",
    when: "the conversation is too long for the model",
    given: scripted(Reply.contextWindow()),
    reads: /^The conversation is too long for gpt-6\.1-sol/
  },
  {
    tag: "NetworkFailed",
    when: "nothing listens at the backend",
    setup: { provider: { baseUrl: "http://127.0.0.1:9/backend-api/codex" } },
    reads: /^Could not reach 127\.0\.0\.1:9\.$/
  },
  {
    tag: "RequestTimedOut",
    when: "the answer does not come in time",
    setup: { plugin: { timeoutMs: 50 } },
    given: ({ server }) => server.failNext("responses", FaultScript.stall()),
    reads: /^Request timed out: no answer began, with all attempts, within 50ms\.$/
  },
  {
    tag: "TurnTimedOut",
    when: "the whole turn may take no longer",
    setup: { plugin: { maxTurnMs: 50 } },
    given: ({ server }) => server.failNext("responses", FaultScript.stall()),
    reads: /^There was no answer within 50ms\.$/
  },
  {
    tag: "StreamInterrupted",
    when: "the connection is cut in the middle of the answer",
    given: ({ server }) => server.failNext("responses", FaultScript.cut({ pieces: 2 })),
    reads: /^The answer broke off \(closed early\)/
  },
  {
    tag: "PromptTooLong",
    when: "the prompt is longer than maxPromptLength",
    setup: { plugin: { maxPromptLength: 10 } },
    says: "eleven char",
    reads: /^The message is too long: 11 of at most 10 characters\.$/
  },
  {
    tag: "MemoryFailed",
    when: "the memory store is away",
    setup: {
      plugin: {
        memoryStore: {
          append: () => Promise.reject(new Error("secret detail of the database")),
          list: () => Promise.reject(new Error("secret detail of the database")),
          clear: () => Promise.resolve()
        }
      }
    },
    reads: /^The conversation memory failed \(list\)\.$/
  },
  {
    tag: "ProviderFailed",
    when: "a provider of the bot's own rejects",
    setup: {
      plugin: {
        provider: { name: "weather", ask: () => Promise.reject(new Error("secret detail of the provider")) }
      }
    },
    reads: /^The provider weather failed\.$/
  },
  {
    tag: "AccessDenied",
    when: "the user is not on the allow-list",
    setup: { plugin: { allowedUserIds: [1] } },
    reads: /^This user may not use this bot\.$/,
    fix: /^Ask the owner of the bot to add your user id, 7, to CODEX_ALLOWED_USER_IDS/
  },
  {
    tag: "TelegramFailed",
    when: "Telegram refuses the exported file",
    setup: { plugin: { authAdminUserIds: [7] } },
    given: ({ telegram }) =>
      telegram.failNext("sendDocument", FaultScript.answer({ status: 413, message: "Request Entity Too Large" })),
    says: "/codex auth export",
    reads: /^Telegram refused sendDocument \(rejected 413\)\.$/
  }
]

describe("the troubleshooting table", () => {
  for (const { given, reads, setup, tag, when, ...more } of cases) {
    const { fix: expected, says } = { says: "What is 2 + 2?", ...more }
    it.live(`${tag}: when ${when}, the chat says so and what to do`, () =>
      Effect.gen(function*() {
        const stack = yield* start(setup ?? {})
        if (given !== undefined) yield* given(stack)
        if (says !== undefined) yield* stack.ada.chat.send(says)
        const { text } = yield* stack.ada.chat.nextBotMessage
        // What could be read of an answer before it failed stays above.
        const [message, fix] = (text ?? "").slice((text ?? "").indexOf("⚠️ ")).split("\n")
        assert.match(message?.replace(/^⚠️ /, "") ?? "", reads)
        if (expected === undefined) assert.strictEqual(fix, failures[tag].row.fix)
        else assert.match(fix ?? "", expected)
        assert.include(text, "⚠️ ")
      }))
  }

  // The door takes no empty prompt, and bounds what waits itself; an audit that fails is the log's affair.
  const unmet = ["Empty prompt", "Conversation busy", "Audit failed"]

  it("has a case for each row", () => {
    assert.sameMembers(
      cases.map(({ tag }) => failures[tag].row.error),
      TelegramError.troubleshooting.map(({ error }) => error).filter((error) => !unmet.includes(error))
    )
  })
})
