/**
 * The login managed from the chat, from the command through Telegraf to the issuer and the file, and back.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Bot as GrammyBot } from "grammy"
import { Bot as VibeGramBot } from "../../examples/support/vibegram.ts"
import { codex, type CodexMiddleware, codexProvider } from "../../src/telegram/index.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import { check, recorder, secretsOf } from "../support/recorder.ts"
import { type Setup, start } from "./stack.ts"

type Started = Effect.Success<ReturnType<typeof start>>

const admin = { authAdminUserIds: [7], paced: false }

/** The stack with Ada as an auth admin, and an issuer that may be asked every second. */
const startWith = (setup: Setup = {}, flow: "deviceauth" | "rfc8628" = "deviceauth") =>
  start({
    ...setup,
    plugin: { ...admin, ...setup.plugin },
    emulator: { device: { flows: [flow], interval: "1 second" } }
  })

const flows = ["deviceauth", "rfc8628"] as const

const paths = ({ server }: Started) =>
  Effect.map(server.requests, (requests) => requests.map(({ path }) => path.split("/").at(-1)))

/** Begins a login, as soon as the one before is over; the message with the code and the code at the issuer. */
const begin = Effect.fnUntraced(function*({ ada, server }: Pick<Started, "ada" | "server">) {
  const message = yield* Effect.andThen(ada.chat.send("/codex login"), ada.chat.nextBotMessage).pipe(
    Effect.repeat({ while: ({ text }) => text?.startsWith("A login is going on already") === true })
  )
  const logins = yield* server.pendingLogins
  const login = logins.find(({ userCode }) => message.text?.includes(userCode))
  return { message, userCode: login?.userCode ?? "none" }
})

const visible = ({ ada }: Started) =>
  Effect.map(ada.chat.messages, (messages) => messages.map(({ caption, text }) => text ?? caption ?? ""))

/** Asks something; the account that the backend was asked for, and the answer. */
const accountInUse = Effect.fnUntraced(function*({ ada, server }: Pick<Started, "ada" | "server">) {
  const [question] = yield* ada.chat.send("What is 6 x 7?")
  const since = question?.message_id ?? 0
  yield* ada.chat.waitFor(({ message_id, text = "" }) => message_id > since && text.includes("= 42"))
  const requests = yield* server.requests
  return requests.findLast(({ path }) => path.endsWith("/responses"))?.headers["chatgpt-account-id"]
})

const AuthFile = Schema.fromJsonString(Schema.Struct({
  auth_mode: Schema.Literal("chatgpt"),
  OPENAI_API_KEY: Schema.Null,
  tokens: Schema.Struct({
    id_token: Schema.String,
    access_token: Schema.String,
    refresh_token: Schema.String,
    account_id: Schema.String
  }),
  last_refresh: Schema.DateTimeUtcFromString
}))

const savedIn = ({ authJsonPath, fs }: Started) =>
  Effect.flatMap(fs.readFileString(authJsonPath), Schema.decodeEffect(AuthFile))

const modeOf = ({ authJsonPath, fs }: Started) => Effect.map(fs.stat(authJsonPath), ({ mode }) => mode & 0o777)

describe("/codex login", () => {
  const before = [
    { name: "with a good login", authJson: (server) => server.signIn({ accountId: "acc-old" }) },
    { name: "without an auth.json", authJson: undefined },
    {
      name: "with a login that was revoked",
      authJson: (server) => Effect.tap(server.signIn({ accountId: "acc-old" }), () => server.revoke)
    },
    { name: "with a file that is none", authJson: () => Effect.succeed("not JSON") }
  ] satisfies ReadonlyArray<Setup & { readonly name: string }>

  for (const { authJson, name } of before) {
    it.live(`${name}: shows link, code and expiry, and the next prompt uses the new tokens`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ authJson })
        const { ada, server } = stack
        const { message, userCode } = yield* begin(stack)
        const { entities, text = "" } = message
        assert.include(text, `${server.issuer}/codex/device`)
        assert.include(text, "The code is good for 15 minutes.")
        const code = entities?.find(({ type }) => type === "code")
        assert.strictEqual(text.slice(code?.offset, (code?.offset ?? 0) + (code?.length ?? 0)), userCode)
        yield* server.approve(userCode, { accountId: "acc-new", plan: "pro" })
        const outcome = yield* ada.chat.botText(/^✅ Signed in\./)
        assert.strictEqual(outcome.message_id, message.message_id)
        assert.include(outcome.text, "Plan: pro\nAccount: acc-new")
        assert.include(outcome.text, `Saved at ${stack.authJsonPath}; in use from now on.`)
        assert.strictEqual(yield* accountInUse(stack), "acc-new")
        assert.strictEqual((yield* savedIn(stack)).tokens.account_id, "acc-new")
        assert.strictEqual(yield* modeOf(stack), 0o600)
      }))
  }

  it.live("moves on to RFC 8628 where the issuer has only that, with the code in the link", () =>
    Effect.gen(function*() {
      const stack = yield* startWith({ authJson: undefined }, "rfc8628")
      const { message, userCode } = yield* begin(stack)
      assert.include(message.text, `/codex/device?user_code=${userCode}`)
      yield* stack.server.approve(userCode, { accountId: "acc-new" })
      yield* stack.ada.chat.botText(/^✅ Signed in\./)
      assert.strictEqual(yield* accountInUse(stack), "acc-new")
      assert.strictEqual((yield* savedIn(stack)).tokens.account_id, "acc-new")
    }))

  it.live("the login before is used until then, and prompts are answered meanwhile", () =>
    Effect.gen(function*() {
      const stack = yield* startWith({ authJson: (server) => server.signIn({ accountId: "acc-old" }) })
      yield* begin(stack)
      assert.strictEqual(yield* accountInUse(stack), "acc-old")
    }))

  for (const flow of flows) {
    it.live(`${flow}: denied at the issuer, it says so and what to do, and nothing has changed`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ authJson: (server) => server.signIn({ accountId: "acc-old" }) }, flow)
        const { message, userCode } = yield* begin(stack)
        yield* stack.server.deny(userCode)
        const { message_id, text } = yield* stack.ada.chat.botText(/^⚠️ The login did not succeed/)
        assert.strictEqual(message_id, message.message_id)
        assert.match(text ?? "", /the request was denied\.\nStart again/)
        assert.strictEqual(yield* accountInUse(stack), "acc-old")
      }))

    it.live(`${flow}: a code that expires at the issuer is told`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({}, flow)
        const { message, userCode } = yield* begin(stack)
        yield* stack.server.expire(userCode)
        const { message_id, text } = yield* stack.ada.chat.botText(/^⚠️ The login did not succeed/)
        assert.strictEqual(message_id, message.message_id)
        assert.match(text ?? "", /the code has expired\.\nStart again/)
      }))

    it.live(`${flow}: cancelled, it says so, and another one can begin`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ authJson: (server) => server.signIn({ accountId: "acc-old" }) }, flow)
        const { ada, server } = stack
        yield* ada.chat.send("/codex login cancel")
        assert.strictEqual((yield* ada.chat.nextBotMessage).text, "No login is going on.")
        const first = yield* begin(stack)
        yield* ada.chat.send("/codex login cancel")
        const { message_id } = yield* ada.chat.botText(/^The login was cancelled\. .*\/codex login starts another/)
        assert.strictEqual(message_id, first.message.message_id)
        const second = yield* begin(stack)
        yield* server.approve(second.userCode, { accountId: "acc-new" })
        yield* ada.chat.botText(/^✅ Signed in\./)
        assert.strictEqual(yield* accountInUse(stack), "acc-new")
      }))

    it.live(`${flow}: that nobody enters the code is told after fifteen minutes, with the setting to look at`, () =>
      Effect.gen(function*() {
        const clock = yield* TestClock.make()
        const stack = yield* startWith({ layers: Layer.succeed(Clock.Clock, clock) }, flow)
        const { message } = yield* begin(stack)
        // The issuer is a real server with a clock of its own: each question takes some real time.
        const passing = Effect.forever(Effect.andThen(clock.adjust("30 seconds"), Effect.sleep("5 millis")))
        const outcome = yield* Effect.raceFirst(stack.ada.chat.botText(/^⚠️ The login did not succeed/), passing)
        assert.match(outcome.text ?? "", /nobody entered the code in time, or device code login is switched off/)
        assert.match(outcome.text ?? "", /enable device code login in ChatGPT's security settings/)
        // So late, an edit would go unnoticed: the code is gone, and the outcome is news.
        assert.notStrictEqual(outcome.message_id, message.message_id)
        yield* stack.telegram.waitForCall(({ method }) => method === "deleteMessage")
        assert.notInclude((yield* visible(stack)).join("\n"), "Enter this code")
        const states = yield* stack.ada.chat.statesOf(message.message_id)
        const left = states.flatMap(({ text }) => /good for (\d+) minute/.exec(text)?.[1] ?? [])
        assert.strictEqual(left[0], "15")
        assert.isAbove(left.length, 5)
        assert.deepStrictEqual(left, left.toSorted((one, other) => Number(other) - Number(one)))
      }))
  }

  it.live("a second one is told, and the first goes on", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      const { userCode } = yield* begin(stack)
      yield* stack.ada.chat.send("/codex login")
      assert.strictEqual(
        (yield* stack.ada.chat.nextBotMessage).text,
        "A login is going on already. End it with /codex login cancel."
      )
      yield* stack.server.approve(userCode)
      yield* stack.ada.chat.botText(/^✅ Signed in\./)
      assert.strictEqual((yield* paths(stack)).filter((path) => path === "usercode").length, 1)
    }))

  it.live("in a group it says so and asks the issuer nothing", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      const group = yield* stack.telegram.group({ title: "G" })
      yield* group.join(stack.ada)
      const ada = stack.ada.in(group)
      yield* ada.send("/codex login")
      assert.match((yield* ada.nextBotMessage).text ?? "", /^⚠️ Sign in from a private chat with the bot/)
      assert.deepStrictEqual(yield* paths(stack), [])
    }))

  it.live("an issuer that cannot be reached is told, and the next login can begin", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      yield* stack.server.failNext("usercode", FaultScript.cut())
      yield* stack.ada.chat.send("/codex login")
      const { text = "" } = yield* stack.ada.chat.nextBotMessage
      assert.match(text, /^⚠️ The login did not succeed: the issuer could not be reached\.\nStart again/)
      yield* begin(stack)
    }))

  it.live("a code that cannot be delivered is not waited for", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      yield* stack.telegram.failNext(
        "sendMessage",
        FaultScript.answer({ status: 400, message: "Bad Request: chat not found" })
      )
      yield* stack.ada.chat.send("/codex login")
      assert.match((yield* stack.ada.chat.nextBotMessage).text ?? "", /^⚠️ Telegram refused sendMessage/)
      assert.notInclude((yield* visible(stack)).join("\n"), "Enter this code")
      const [pending] = yield* stack.server.pendingLogins
      assert.strictEqual(pending?.polls, 0)
      yield* begin(stack)
    }))

  it.live("ends with the bot, which says so first", () =>
    Effect.gen(function*() {
      const stack = yield* startWith({ plugin: { paced: true } })
      const { message } = yield* begin(stack)
      yield* Effect.promise(() => stack.middleware.dispose())
      const [state] = (yield* stack.ada.chat.messages).filter(({ message_id }) => message_id === message.message_id)
      assert.match(state?.text ?? "", /^The login was cancelled\./)
      const [pending] = yield* stack.server.pendingLogins
      yield* Effect.sleep("1200 millis")
      assert.strictEqual((yield* stack.server.pendingLogins)[0]?.polls, pending?.polls)
    }))

  it.live("does not keep the bot from stopping when Telegram hangs", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      yield* begin(stack)
      yield* stack.telegram.failNext("editMessageText", FaultScript.stall())
      yield* Effect.promise(() => stack.middleware.dispose()).pipe(Effect.timeout("20 seconds"))
    }))
})

describe("the auth commands", () => {
  const commands = ["login", "login cancel", "auth export", "auth import", "logout"]

  for (
    const { name, plugin } of [
      { name: "are refused to those who are no auth admins", plugin: { authAdminUserIds: [8] } },
      { name: "are off with an empty list", plugin: { authAdminUserIds: [], allowedUserIds: [7] } },
      { name: "are off where nobody is named", plugin: { authAdminUserIds: undefined } }
    ]
  ) {
    it.live(name, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ plugin })
        for (const command of commands) {
          yield* stack.ada.chat.send(`/codex ${command}`)
          const { text = "" } = yield* stack.ada.chat.nextBotMessage
          assert.match(text, /^⚠️ Only the auth admins of this bot may do this\./, command)
        }
        assert.deepStrictEqual(yield* paths(stack), [])
        assert.isTrue(yield* stack.fs.exists(stack.authJsonPath))
      }))
  }
})

describe("/codex logout", () => {
  it.live("ends the session at the issuer, removes the file, and the next prompt says that it is not there", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      const { ada, authJsonPath, fs, server } = stack
      const { tokens } = yield* savedIn(stack)
      assert.isTrue(yield* server.holds(tokens.refresh_token))
      yield* ada.chat.send("/codex logout")
      assert.strictEqual(
        (yield* ada.chat.nextBotMessage).text,
        `Logged out. The tokens at ${authJsonPath} are removed.`
      )
      assert.isFalse(yield* server.holds(tokens.refresh_token))
      assert.isFalse(yield* fs.exists(authJsonPath))
      yield* ada.chat.send("hello")
      assert.include((yield* ada.chat.nextBotMessage).text, `⚠️ auth JSON not found at ${authJsonPath}.`)
    }))

  it.live("removes the file also when the issuer is away", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      yield* stack.server.failNext("revoke", FaultScript.cut())
      yield* stack.ada.chat.send("/codex logout")
      assert.match((yield* stack.ada.chat.nextBotMessage).text ?? "", /^Logged out\./)
      assert.isFalse(yield* stack.fs.exists(stack.authJsonPath))
    }))
})

describe("/codex auth export", () => {
  const file = ({ ada }: Started) => Effect.map(ada.chat.messages, (all) => all.filter(({ document }) => document))

  it.live("sends a protected file with a warning, and deletes it after a while", () =>
    Effect.gen(function*() {
      const stack = yield* startWith({ plugin: { exportLifetimeMs: 300 } })
      yield* stack.ada.chat.send("/codex auth export")
      const { caption, document, message_id } = yield* stack.ada.chat.nextBotMessage
      assert.strictEqual(document?.file_name, "auth.json")
      assert.include(caption, "⚠️ These are live tokens.")
      assert.include(caption, "deletes itself after 300ms")
      const sent = yield* stack.telegram.waitForCall(({ method }) => method === "sendDocument")
      assert.strictEqual(String(sent.payload["protect_content"]), "true")
      yield* stack.telegram.waitForCall(({ method }) => method === "deleteMessage")
      assert.deepStrictEqual(yield* file(stack), [])
      const [state] = yield* stack.ada.chat.statesOf(message_id)
      assert.isDefined(state)
    }))

  it.live("deletes it when the bot is stopped before", () =>
    Effect.gen(function*() {
      const stack = yield* startWith({ plugin: { exportLifetimeMs: 3_600_000, paced: true } })
      yield* stack.ada.chat.send("/codex auth export")
      yield* stack.ada.chat.nextBotMessage
      assert.strictEqual((yield* file(stack)).length, 1)
      yield* Effect.promise(() => stack.middleware.dispose())
      assert.deepStrictEqual(yield* file(stack), [])
    }))

  it.live("tries again when Telegram is limiting, and asks for help when it may not", () =>
    Effect.gen(function*() {
      const stack = yield* startWith({ plugin: { exportLifetimeMs: 50 } })
      yield* stack.telegram.failNext(
        "deleteMessage",
        FaultScript.answer({ status: 429, message: "Too Many Requests", retryAfter: 1 })
      )
      yield* stack.ada.chat.send("/codex auth export")
      yield* stack.ada.chat.nextBotMessage
      yield* stack.telegram.waitForCall(({ answer, method }) => method === "deleteMessage" && answer?.ok === true)
      assert.deepStrictEqual(yield* file(stack), [])
      yield* stack.telegram.failNext(
        "deleteMessage",
        FaultScript.answer({ status: 400, message: "Bad Request: message can't be deleted for everyone" })
      )
      yield* stack.ada.chat.send("/codex auth export")
      yield* stack.ada.chat.botText(/^⚠️ I could not delete the file with your tokens/)
    }))
})

describe("/codex auth import", () => {
  const other = ({ server }: Started, options: CodexEmulator.SignInOptions = {}) =>
    server.signIn({ accountId: "acc-imported", ...options })

  const ways: ReadonlyArray<{
    readonly name: string
    readonly send: (stack: Started, json: string) => Effect.Effect<unknown, TelegramEmulator.ImpossibleAct>
    readonly plugin?: Setup["plugin"]
  }> = [
    { name: "a document", send: ({ ada }, text) => ada.chat.sendDocument({ fileName: "auth.json", text }) },
    {
      name: "a document with the command under it",
      send: ({ ada }, text) => ada.chat.sendDocument({ fileName: "a.txt", text, caption: "/codex auth import" })
    },
    { name: "pasted text", send: ({ ada }, text) => ada.chat.send(text) },
    { name: "pasted text with words around it", send: ({ ada }, text) => ada.chat.send(`Here it is: ${text}, bye`) },
    {
      name: "pasted text where plain messages are no prompts",
      send: ({ ada }, text) => ada.chat.send(text),
      plugin: { autoReply: false }
    },
    { name: "the command with it", send: ({ ada }, text) => ada.chat.send(`/codex auth import ${text}`) },
    { name: "a question with it", send: ({ ada }, text) => ada.chat.send(`/codex ask ${text}`) }
  ]

  for (const { name, plugin, send } of ways) {
    it.live(`takes ${name}, uses it at once and deletes the message`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ authJson: undefined, plugin: { ...plugin } })
        const json = yield* other(stack)
        yield* send(stack, json)
        const { message_id, text } = yield* stack.ada.chat.nextBotMessage
        assert.match(text ?? "", /^✅ Signed in\.\nPlan: plus\nAccount: acc-imported\n/)
        assert.deepStrictEqual((yield* stack.ada.chat.messages).map(({ message_id }) => message_id), [message_id])
        assert.strictEqual((yield* savedIn(stack)).tokens.account_id, "acc-imported")
        assert.strictEqual(yield* modeOf(stack), 0o600)
        if (plugin === undefined) assert.strictEqual(yield* accountInUse(stack), "acc-imported")
      }))
  }

  it.live("says how, and only in private", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      yield* stack.ada.chat.send("/codex auth import")
      assert.match((yield* stack.ada.chat.nextBotMessage).text ?? "", /^Send me the auth\.json now, best as a file/)
      const group = yield* stack.telegram.group({ title: "G" })
      const ada = stack.ada.in(group)
      yield* ada.send("/codex auth import")
      assert.match((yield* ada.nextBotMessage).text ?? "", /^⚠️ Send an auth\.json in a private chat/)
    }))

  const document = (text: string) => ({ ada }: Started) => ada.chat.sendDocument({ fileName: "auth.json", text })

  const refused: ReadonlyArray<{
    readonly name: string
    readonly send: (stack: Started) => Effect.Effect<unknown, TelegramEmulator.ImpossibleAct>
    readonly says: RegExp
  }> = [
    { name: "no JSON", send: document("SECRET-content"), says: /^⚠️ The file at import:auth\.json is not JSON\.\n/ },
    { name: "an empty file", send: document(" "), says: /^⚠️ The file at import:auth\.json is not JSON\.\n/ },
    {
      name: "other JSON",
      send: document(`["SECRET-content"]`),
      says: /^⚠️ The file at import:auth\.json is not an auth\.json\.\n/
    },
    {
      name: "an API key",
      send: document(`{"auth_mode":"apikey","OPENAI_API_KEY":"SECRET-content"}`),
      says: /^⚠️ No access_token found in import:auth\.json: it holds an API key, not a ChatGPT login\.\n/
    },
    {
      name: "a file that is too large",
      send: document(`{"tokens":{"access_token":"SECRET-content"},"x":"${"x".repeat(70_000)}"}`),
      says: /^⚠️ That file is too large for an auth\.json\.\n/
    },
    {
      name: "pasted text that is cut short",
      send: ({ ada }) => ada.chat.send(`{"tokens":{"access_token":"SECRET-content`),
      says: /^⚠️ That text is not a whole auth\.json: Telegram cuts long texts into pieces\.\nSend it as a file\.$/
    },
    {
      name: "a file that Telegram does not give",
      send: (stack) =>
        Effect.andThen(
          stack.telegram.failNext("getFile", FaultScript.answer({ status: 400, message: "Bad Request: SECRET" })),
          document("{}")(stack)
        ),
      says: /^⚠️ Telegram refused getFile \(rejected 400\)\.\n/
    }
  ]

  for (const { name, says, send } of refused) {
    it.live(`${name} is refused without a word of its content, and the message is deleted`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ authJson: (server) => server.signIn({ accountId: "acc-old" }) })
        yield* send(stack)
        const { message_id, text = "" } = yield* stack.ada.chat.nextBotMessage
        assert.match(text, says)
        assert.notInclude(text, "SECRET")
        assert.deepStrictEqual((yield* stack.ada.chat.messages).map(({ message_id }) => message_id), [message_id])
        assert.strictEqual((yield* savedIn(stack)).tokens.account_id, "acc-old")
      }))
  }

  it.live("no piece of a text that Telegram has cut is asked of the model, and none stays", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      const json = yield* other(stack, { claims: { padding: "x".repeat(2000) } })
      const pieces = yield* stack.ada.chat.send(json)
      assert.isAbove(pieces.length, 1)
      for (const _ of pieces) {
        assert.match((yield* stack.ada.chat.nextBotMessage).text ?? "", /^⚠️ That text is not a whole auth\.json/)
      }
      const ids = pieces.map(({ message_id }) => message_id)
      assert.isFalse((yield* stack.ada.chat.messages).some(({ message_id }) => ids.includes(message_id)))
      assert.deepStrictEqual(yield* paths(stack), [])
    }))

  for (const plugin of [{ authAdminUserIds: [8] }, { authAdminUserIds: [] }]) {
    it.live(`is refused to others, deleted, and not asked of the model: ${JSON.stringify(plugin)}`, () =>
      Effect.gen(function*() {
        const stack = yield* startWith({ plugin })
        const json = yield* other(stack)
        yield* stack.ada.chat.send(json)
        const first = yield* stack.ada.chat.nextBotMessage
        assert.match(first.text ?? "", /^⚠️ Only the auth admins of this bot may do this\./)
        yield* document(json)(stack)
        const second = yield* stack.ada.chat.nextBotMessage
        assert.match(second.text ?? "", /^⚠️ Only the auth admins of this bot may do this\./)
        assert.deepStrictEqual(
          (yield* stack.ada.chat.messages).map(({ message_id }) => message_id),
          [first.message_id, second.message_id]
        )
        assert.deepStrictEqual(yield* paths(stack), [])
        assert.notStrictEqual((yield* savedIn(stack)).tokens.account_id, "acc-imported")
      }))
  }

  it.live("in a group it is refused, and deleted where the bot may", () =>
    Effect.gen(function*() {
      const stack = yield* startWith()
      const json = yield* other(stack)
      const group = yield* stack.telegram.group({ title: "G", bot: "administrator" })
      yield* group.join(stack.ada)
      const ada = stack.ada.in(group)
      const refused = (text = "") => {
        assert.match(text, /^⚠️ That message held tokens\. Send an auth\.json in a private chat with the bot only\.$/)
      }
      const sent = [
        ...yield* ada.send(`@${stack.telegram.bot.username} ${json}`),
        ...yield* ada.send(`/codex auth import ${json}`),
        yield* ada.sendDocument({ fileName: "auth.json", text: json, caption: "/codex auth import" })
      ]
      for (const _ of sent) refused((yield* ada.nextBotMessage).text)
      const left = (yield* ada.messages).map(({ message_id }) => message_id)
      for (const { message_id } of sent) assert.notInclude(left, message_id)
      yield* group.setBot("member")
      const [last] = yield* ada.send(`/codex auth import ${json}`)
      const { text = "" } = yield* ada.nextBotMessage
      assert.match(
        text,
        /private chat with the bot only\.\n\n⚠️ I could not delete your message: delete it yourself\.$/
      )
      assert.isTrue((yield* ada.messages).some(({ message_id }) => message_id === last?.message_id))
      assert.deepStrictEqual(yield* paths(stack), [])
    }))
})

describe("what is said and written of a login", () => {
  /** A fetch that keeps what the issuer answered. */
  const listening = () => {
    const answers: Array<string> = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init)
      const url = String(input instanceof Request ? input.url : input)
      if (/\/(oauth|deviceauth)\//.test(url)) answers.push(await response.clone().text())
      return response
    }
    const values = (name: string) =>
      answers.flatMap((answer) => new RegExp(`"${name}":"([^"]+)"`).exec(answer)?.[1] ?? [])
    return { layer: Layer.succeed(FetchHttpClient.Fetch, fetch), values }
  }

  for (const flow of flows) {
    it.live(`${flow}: no token, verifier, authorization code or device id`, () =>
      Effect.gen(function*() {
        const record = recorder()
        const issuer = listening()
        const stack = yield* startWith({ layers: Layer.merge(record.layer, issuer.layer), audit: record.audit }, flow)
        const { ada, authJsonPath, fs, server, telegram } = stack
        const old = yield* secretsOf(yield* fs.readFileString(authJsonPath))

        const refused = yield* begin(stack)
        yield* server.deny(refused.userCode)
        yield* ada.chat.botText(/denied/)
        yield* begin(stack)
        yield* ada.chat.send("/codex login cancel")
        yield* ada.chat.botText(/cancelled/)
        const approved = yield* begin(stack)
        yield* server.approve(approved.userCode)
        yield* ada.chat.botText(/^✅ Signed in\./)
        const signedIn = yield* secretsOf(yield* fs.readFileString(authJsonPath))

        const other = yield* server.signIn()
        const imported = yield* secretsOf(other)
        yield* ada.chat.sendDocument({ fileName: "auth.json", text: other })
        yield* ada.chat.nextBotMessage
        yield* ada.chat.send(other.slice(0, -30))
        yield* ada.chat.nextBotMessage
        yield* ada.chat.send("/codex logout")
        yield* ada.chat.botText(/^Logged out/)

        const devices = issuer.values(flow === "deviceauth" ? "device_auth_id" : "device_code")
        const codes = [...issuer.values("authorization_code"), ...issuer.values("code_verifier")]
        assert.strictEqual(devices.length, 3)
        assert.strictEqual(codes.length, flow === "deviceauth" ? 2 : 0)
        assert.strictEqual(issuer.values("access_token").length, 1)
        assert.isTrue(record.spans.some(({ name }) => name === "AuthCommands.importLogin"))
        const secrets = [...old, ...signedIn, ...imported, ...devices, ...codes]
        check([...yield* record.all], [...secrets, telegram.token])
        const told = (yield* telegram.calls).filter(({ method }) => method !== "getUpdates")
        check(told.map((call) => JSON.stringify(call)), secrets)
      }))
  }
})

describe("in other frameworks", () => {
  /** The stack with a bot of a framework, which names the file of its login twice, as the bot of vibegram/codex does. */
  const startBot = Effect.fnUntraced(function*(
    run: (telegram: TelegramEmulator.Service, codex: CodexMiddleware) => {
      readonly launch: () => Promise<void>
      readonly stop: () => unknown
    }
  ) {
    const fs = yield* FileSystem.FileSystem
    const server = yield* CodexEmulator.make({ device: { interval: "1 second" } })
    const telegram = yield* TelegramEmulator.make()
    const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
    const { baseUrl, issuer } = server
    const middleware = codex({ ...admin, authJsonPath, provider: codexProvider({ authJsonPath, baseUrl, issuer }) })
    const bot = run(telegram, middleware)
    yield* Effect.acquireRelease(
      Effect.forkDetach(Effect.exit(Effect.tryPromise(bot.launch))),
      (running) =>
        Effect.promise(async () => bot.stop()).pipe(
          Effect.andThen(Fiber.join(running)),
          Effect.andThen(Effect.promise(() => middleware.dispose()))
        )
    )
    yield* telegram.polled
    return { server, telegram, fs, authJsonPath, ada: yield* telegram.user({ id: 7, firstName: "Ada" }) }
  }, Effect.provide(NodeFileSystem.layer))

  const bots: ReadonlyArray<{ readonly name: string; readonly run: Parameters<typeof startBot>[0] }> = [
    {
      name: "grammY",
      run: ({ apiRoot, token }, codex) => {
        const bot = new GrammyBot(token, { client: { apiRoot } })
        bot.use(codex)
        return { launch: () => bot.start(), stop: () => bot.stop() }
      }
    },
    ...(["2.2.1", "2.4.0"] as const).map((version) => ({
      name: `VibeGram ${version}`,
      run: ({ apiRoot, token }: TelegramEmulator.Service, codex: CodexMiddleware) => {
        const bot = new VibeGramBot(token, { apiRoot, version, polling: { interval: 0, timeout: 1 } })
        bot.use(codex)
        return { launch: () => bot.launch(), stop: () => bot.stop() }
      }
    }))
  ]

  for (const { name, run } of bots) {
    it.live(`${name}: login, export, logout and import of a file, all of them of the provider's login`, () =>
      Effect.gen(function*() {
        const stack = yield* startBot(run)
        const { ada, server, telegram } = stack
        const { userCode } = yield* begin(stack)
        yield* server.approve(userCode, { accountId: "acc-new" })
        yield* ada.chat.botText(/^✅ Signed in\.\nPlan: plus\nAccount: acc-new\n/)
        assert.strictEqual(yield* accountInUse(stack), "acc-new")

        yield* ada.chat.send("/codex auth export")
        yield* ada.chat.waitFor(({ document }) => document?.file_name === "auth.json")
        yield* ada.chat.send("/codex logout")
        yield* ada.chat.botText(/^Logged out/)
        assert.isFalse(yield* stack.fs.exists(stack.authJsonPath))

        const text = yield* server.signIn({ accountId: "acc-imported" })
        const { message_id } = yield* ada.chat.sendDocument({ fileName: "codex-auth.json", text })
        yield* ada.chat.botText(/^✅ Signed in\.\nPlan: plus\nAccount: acc-imported\n/)
        yield* telegram.waitForCall(({ method, payload }) =>
          method === "deleteMessage" && Number(payload["message_id"]) === message_id
        )
        assert.strictEqual(yield* accountInUse(stack), "acc-imported")
      }))
  }
})
