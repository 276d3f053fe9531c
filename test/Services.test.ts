/**
 * One example for each service: what it is for, and how another takes its place. docs/services.md prints them.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import {
  type Config,
  Context,
  DateTime,
  Effect,
  Layer,
  LayerMap,
  Metric,
  Option,
  Redacted,
  Schedule,
  Stream
} from "effect"
import {
  Audit,
  AuthStore,
  ClientTransform,
  Codex,
  CodexAuth,
  CodexBackend,
  CodexError,
  codexLive,
  codexLiveConfig,
  DeviceLogin,
  Item,
  Memory,
  Message,
  Models,
  OAuth,
  Personality,
  ResponseStream,
  RetryPolicy,
  type Services,
  TokenRefresh,
  UsageMeter
} from "effect-codex"
import * as Sqlite from "effect-codex/sqlite"
import { codex, TelegramDoor, Turns } from "effect-codex/telegram"
import { CodexEmulator, TelegramEmulator, TestCodex } from "effect-codex/testing"
import { Base64Url } from "effect/encoding"
import { HttpClient, HttpClientRequest } from "effect/http"
import { SqlClient } from "effect/sql"
import { Telegraf } from "telegraf"

// #region shared
const conversation = Message.ConversationKey("ann")
const ask = (text: string) => Codex.Codex.use((codex) => codex.ask({ text, conversation, userId: 7 }))

/** The text of an auth.json whose access token ends at that second. */
const login = (exp: number) =>
  Redacted.make(JSON.stringify({
    tokens: { access_token: `e30.${Base64Url.encode(JSON.stringify({ exp }))}.s`, refresh_token: "refresh-1" }
  }))
const valid = login(2_000_000_000)
const expired = login(-60)

/** Where only the login matters: a backend that repeats the prompt, and a list with one model. */
const answering = {
  responseStream: ResponseStream.layerScripted(TestCodex.echo),
  models: Models.layerFixed(["my-model"])
}
// #endregion

// #region Codex
it.effect("Codex: a conversation has a history, and a stream tells the answer as it is written", () =>
  Effect.gen(function*() {
    const codex = yield* Codex.Codex
    yield* codex.ask({ text: "I am Ann.", conversation })
    const events = yield* Stream.runCollect(codex.stream({ text: "Who am I?", conversation }))
    assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["TextDelta", "Completed"])

    const { requests } = yield* TestCodex.TestCodex
    const sent = (yield* requests).map(({ input }) => input.map(Item.words))
    assert.deepStrictEqual(sent, [["I am Ann."], ["I am Ann.", "Echo: I am Ann.", "Who am I?"]])
  }).pipe(Effect.provide(TestCodex.layer())))
// #endregion

// #region Memory
class Redis extends Context.Service<Redis, {
  readonly push: (key: string, value: unknown) => Effect.Effect<void>
  readonly range: (key: string) => Effect.Effect<ReadonlyArray<unknown>>
  readonly delete: (key: string) => Effect.Effect<void>
}>()("app/Redis") {}

const memory: Layer.Layer<Memory.Memory, never, Redis> = Memory.layerStore({
  append: (key, turn) => Redis.use((redis) => redis.push(key, turn)),
  list: (key) => Redis.use((redis) => redis.range(key)),
  clear: (key) => Redis.use((redis) => redis.delete(key))
})

// The environment, and a room of your own: what it needs shows in the type of the whole.
export const live: Layer.Layer<Services, Config.ConfigError, Redis> = codexLiveConfig({ memory })

it.effect("Memory: three functions of yours keep the history", () => {
  const lists = new Map<string, ReadonlyArray<unknown>>()
  const redis = Layer.succeed(Redis, {
    push: (key, value) => Effect.sync(() => lists.set(key, [...lists.get(key) ?? [], value])),
    range: (key) => Effect.sync(() => lists.get(key) ?? []),
    delete: (key) => Effect.sync(() => lists.delete(key))
  })
  return Effect.gen(function*() {
    assert.isTrue((yield* ask("I am Ann.")).remembered)
    // A row is a turn, as plain JSON.
    assert.strictEqual(lists.get("ann")?.length, 1)
    yield* ask("Who am I?")
    const [, second] = yield* TestCodex.TestCodex.use(({ requests }) => requests)
    assert.strictEqual(second?.input.length, 3)
  }).pipe(Effect.provide(Layer.provide(TestCodex.layer({ memory }), redis)))
})
// #endregion

// #region Personality
const sameForAll = Layer.succeed(Personality.Personality, {
  get: () => Effect.succeedSome("Answer in Latin."),
  set: () => Effect.void,
  clear: () => Effect.void
})

it.effect("Personality: its words stand before the system prompt", () =>
  Effect.gen(function*() {
    yield* ask("Hello")
    const [request] = yield* TestCodex.TestCodex.use(({ requests }) => requests)
    assert.strictEqual(request?.instructions, "Answer in Latin.\n\nBe brief.")
  }).pipe(Effect.provide(TestCodex.layer({ systemPrompt: "Be brief.", personality: sameForAll }))))
// #endregion

// #region UsageMeter
const spent = Metric.counter("codex_tokens")

/** The meter of the house, which feeds a metric as well. */
const usageMeter = Layer.effect(
  UsageMeter.UsageMeter,
  Effect.map(UsageMeter.UsageMeter, (meter) => ({
    ...meter,
    record: (answer) => Effect.andThen(meter.record(answer), Metric.update(spent, answer.tokens?.totalTokens ?? 0))
  }))
).pipe(Layer.provide(UsageMeter.layerMemory))

it.effect("UsageMeter: counts requests and tokens, in total and for each user", () =>
  Effect.gen(function*() {
    yield* ask("Hello")
    yield* ask("Hello again")
    const { perUser, total } = yield* UsageMeter.UsageMeter.use(({ usage }) => usage)
    assert.strictEqual(total.requests, 2)
    assert.deepStrictEqual(perUser.get(7), total)
    assert.strictEqual((yield* Metric.value(spent)).count, total.totalTokens)
  }).pipe(Effect.provide(TestCodex.layer({ usageMeter }))))
// #endregion

// #region Audit
it.effect("Audit: a record for each turn, and nothing in it of what was said", () => {
  const records: Array<Audit.AuditEvent> = []
  const audit = Audit.layerCallback((event) => Effect.sync(() => records.push(event)))
  return Effect.gen(function*() {
    yield* ask("A secret plan.")
    assert.deepInclude(records[0], { userId: 7, model: "test-model", outcome: "answered" })
    assert.notInclude(JSON.stringify(records), "secret")
  }).pipe(Effect.provide(TestCodex.layer({ audit })))
})
// #endregion

// #region CodexBackend
it.effect("CodexBackend: something that is not ChatGPT answers", () => {
  const parrot = Layer.succeed(CodexBackend.CodexBackend, {
    name: "parrot",
    responses: ({ input }) =>
      Stream.make(
        { _tag: "TextDelta", text: `${Item.words(input.at(-1))}!` },
        { _tag: "Completed", responseId: undefined, model: "parrot-1", usage: undefined, incomplete: undefined }
      ),
    usage: Effect.succeed({ plan: undefined, limitReached: false, windows: [] }),
    status: Effect.succeed({
      connected: true,
      model: "parrot-1",
      modelNote: undefined,
      reasoningEffort: undefined,
      auth: Option.none(),
      quota: Option.none()
    })
  })
  // Composed by hand, because nothing of a login is needed below it.
  const live = Codex.layer({ systemPrompt: "Repeat." }).pipe(
    Layer.provide([
      parrot,
      Models.layerFixed(["parrot-1"]),
      Personality.layer,
      UsageMeter.layerMemory,
      Audit.layerNone
    ]),
    Layer.provide(Memory.layerMemory)
  )
  return Effect.gen(function*() {
    assert.strictEqual((yield* ask("Hello")).text, "Hello!")
  }).pipe(Effect.provide(live))
})
// #endregion

// #region items
it.effect("CodexRequest, Item, ResponseEvent: a call of a function, its output, and all of it sent back", () =>
  Effect.gen(function*() {
    const { script } = yield* TestCodex.TestCodex
    const { responses } = yield* CodexBackend.CodexBackend
    yield* script(
      TestCodex.items([
        { type: "reasoning", summary: [], encrypted_content: "for the backend only" },
        { type: "function_call", call_id: "call_1", name: "weather", arguments: `{"city":"Oslo"}` }
      ]),
      TestCodex.text("4 degrees.")
    )
    const question = Item.fromText("user", "How warm is it in Oslo?")
    const asked = {
      instructions: "",
      sessionId: "0195d1c4-0000-7000-8000-000000000001",
      tools: [{ type: "function", name: "weather", parameters: { type: "object", properties: {} } }]
    } as const
    const said: Array<Item.Item> = []
    const seals = new Map<Item.Item, string>()
    yield* responses({ ...asked, input: [question] }).pipe(
      Stream.runForEach((event) =>
        Effect.sync(() => {
          if (event._tag === "ToolCallDone") assert.strictEqual(event.arguments, `{"city":"Oslo"}`)
          if (event._tag !== "ItemDone") return
          said.push(event.item)
          // What only the backend can read is for this account and this family of models.
          if (event.seal !== undefined) seals.set(event.item, event.seal)
        })
      )
    )
    const output: Item.Item = { type: "function_call_output", call_id: "call_1", output: `{"celsius":4}` }
    const events = yield* Stream.runCollect(responses({ ...asked, input: [question, ...said, output], seals }))
    assert.deepInclude(events.find(({ _tag }) => _tag === "MessageDone"), { text: "4 degrees." })
  }).pipe(Effect.provide(TestCodex.layer())))
// #endregion

// #region Models
it.effect("Models: says which model is asked when nobody chose", () =>
  Effect.gen(function*() {
    const answer = yield* ask("Hello")
    assert.strictEqual(answer.model, "my-model")
    const { models } = yield* Codex.Codex.use((codex) => codex.models)
    assert.deepStrictEqual(models.map(({ id }) => id), ["my-model", "my-other-model"])
  }).pipe(Effect.provide(codexLive({
    authJson: valid,
    responseStream: ResponseStream.layerScripted(TestCodex.echo),
    models: Models.layerFixed(["my-model", "my-other-model"])
  }))))
// #endregion

// #region ResponseStream
it.effect("ResponseStream: one exchange, made up in place of a network", () => {
  const exchange: ResponseStream.Service["exchange"] = ({ input, model }) =>
    Stream.make(
      { _tag: "Opened" },
      { _tag: "TextDelta", text: `You wrote ${Item.words(input.at(-1)).length} characters.` },
      { _tag: "Completed", responseId: "r1", model, usage: undefined, incomplete: undefined }
    )
  return Effect.gen(function*() {
    assert.strictEqual((yield* ask("Hello")).text, "You wrote 5 characters.")
  }).pipe(Effect.provide(codexLive({
    authJson: valid,
    models: Models.layerFixed(["my-model"]),
    responseStream: ResponseStream.layerScripted(exchange)
  })))
})
// #endregion

// #region RetryPolicy
const busy = TestCodex.fails(new CodexError.BackendUnavailable({ status: 503 }))

it.effect("RetryPolicy: a schedule of yours, or none", () =>
  Effect.gen(function*() {
    const attempts = Effect.fnUntraced(function*() {
      const { requests, script } = yield* TestCodex.TestCodex
      yield* script(busy, busy, busy, busy)
      yield* Effect.exit(ask("Hello"))
      return (yield* requests).length
    })
    const retryPolicy = RetryPolicy.layerSchedule(Schedule.recurs(3), { idleTimeout: "30 seconds" })
    assert.strictEqual(yield* Effect.provide(attempts(), TestCodex.layer({ retryPolicy })), 4)
    assert.strictEqual(yield* Effect.provide(attempts(), TestCodex.layer({ retryPolicy: RetryPolicy.layerNone })), 1)
  }))
// #endregion

// #region ClientTransform
it.live("ClientTransform: one request through a client of its own", () =>
  Effect.gen(function*() {
    const emulator = yield* CodexEmulator.make()
    const { baseUrl, issuer } = emulator
    const authJson = Redacted.make(yield* emulator.signIn())
    yield* Effect.gen(function*() {
      const marked = HttpClient.mapRequest(HttpClientRequest.setHeader("x-experiment", "b"))
      yield* ClientTransform.withClientTransform(marked)(ask("Hello"))
      yield* ask("Hello again")
    }).pipe(Effect.provide(codexLive({ authJson, baseUrl, issuer, model: "gpt-5.5" })))
    const asked = (yield* emulator.requests).filter(({ path }) => path.endsWith("/responses"))
    assert.deepStrictEqual(asked.map(({ headers }) => headers["x-experiment"]), ["b", undefined])
  }))
// #endregion

// #region CodexAuth
it.effect("CodexAuth: says how the login stands, and refreshes nothing for that", () =>
  Effect.gen(function*() {
    const auth = yield* CodexAuth.CodexAuth
    const { canRefresh, expiresAt, signedIn } = yield* auth.status
    assert.deepStrictEqual([signedIn, canRefresh], [true, true])
    assert.strictEqual(expiresAt && DateTime.getPartUtc(expiresAt, "year"), 2033)
    yield* auth.signOut
    assert.strictEqual((yield* Effect.flip(ask("Hello")))._tag, "AuthFileNotFound")
  }).pipe(Effect.provide(codexLive({
    ...answering,
    authJson: valid,
    oauth: Layer.mock(OAuth.OAuth)({ revoke: () => Effect.succeed(true) })
  }))))
// #endregion

// #region TokenRefresh
it.effect("TokenRefresh: none, where another program renews the login", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(ask("Hello"))
    assert.strictEqual(error._tag, "AccessTokenExpired")
    assert.include(CodexError.explain(error, "program"), "codex login")
  }).pipe(
    // The same as `autoRefresh: false`.
    Effect.provide(codexLive({ ...answering, authJson: expired, tokenRefresh: TokenRefresh.layerNone }))
  ))
// #endregion

// #region OAuth
it.effect("OAuth: an issuer of yours is asked for new tokens", () => {
  const used: Array<string> = []
  const oauth = Layer.mock(OAuth.OAuth)({
    refresh: (refreshToken) =>
      Effect.sync(() => {
        used.push(Redacted.value(refreshToken))
        return { idToken: undefined, accessToken: Redacted.make("new"), refreshToken: Redacted.make("refresh-2") }
      })
  })
  return Effect.gen(function*() {
    assert.strictEqual((yield* ask("Hello")).text, "Echo: Hello")
    assert.deepStrictEqual(used, ["refresh-1"])
  }).pipe(Effect.provide(codexLive({ ...answering, authJson: expired, oauth })))
})
// #endregion

// #region AuthStore
it.effect("AuthStore: a database that several machines share holds the login", () => {
  // `PgClient.layer` of `@effect/sql-pg` in place of this one: a login for all machines, refreshed by one at a time.
  const database = Sqlite.layer({ path: ":memory:" })
  const authStore = AuthStore.layerSql({ name: "bot" })
  return Effect.gen(function*() {
    assert.strictEqual((yield* Effect.flip(ask("Hello")))._tag, "AuthFileNotFound")
    yield* CodexAuth.CodexAuth.use((auth) => auth.imported(valid))
    assert.strictEqual((yield* ask("Hello")).text, "Echo: Hello")
    const [kept] = yield* SqlClient.SqlClient.use((sql) => sql`select document from codex_auth`)
    assert.include(kept?.["document"], "refresh-1")
  }).pipe(
    Effect.provide(Layer.provideMerge(codexLive({ ...answering, authStore }), database)),
    Effect.provide(NodeServices.layer)
  )
})
// #endregion

// #region DeviceLogin
it.live("DeviceLogin: a code is shown, a person enters it, and the login is in use", () =>
  Effect.gen(function*() {
    const emulator = yield* CodexEmulator.make({ device: { interval: "1 second" } })
    const { baseUrl, issuer } = emulator
    yield* Effect.gen(function*() {
      const steps = DeviceLogin.DeviceLogin.use((login) => Effect.succeed(login.signIn({ timeout: "1 minute" })))
      yield* Stream.runForEach(Stream.unwrap(steps), (step) =>
        // A program shows `step.verificationUri` and `step.userCode`; here the person is quick.
        step._tag === "CodeIssued" ? emulator.approve(step.userCode) : Effect.void)
      assert.isTrue((yield* CodexAuth.CodexAuth.use(({ status }) => status)).signedIn)
    }).pipe(Effect.provide(codexLive({ ...answering, baseUrl, issuer, authJson: Redacted.make("{}") })))
  }))
// #endregion

// #region TelegramDoor
it.live("TelegramDoor: who may use the bot is a room of the application", () =>
  Effect.gen(function*() {
    const telegram = yield* TelegramEmulator.make()
    const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot } })
    const layer = Layer.merge(TestCodex.layer(), TelegramDoor.layer({ allowedUserIds: [7], commandPrefix: "ai" }))
    const chatgpt = codex({ layer })
    bot.use(chatgpt)
    const polling = bot.launch()
    yield* telegram.polled

    const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
    yield* ann.chat.send("/ai ask Hello")
    yield* ann.chat.botText("Echo: Hello")
    const eve = yield* telegram.user({ id: 8, firstName: "Eve" })
    yield* eve.chat.send("Hello")
    yield* eve.chat.botText(/may not use this bot/)

    bot.stop()
    yield* Effect.promise(() => Promise.all([polling, chatgpt.dispose()]))
  }))
// #endregion

// #region Turns
it.effect("Turns: a loop of your own hands over updates as data", () => {
  const said: Array<string> = []
  // The calls of the Bot API, by a client of yours.
  const senders = Layer.succeed(Turns.Senders, {
    of: () =>
      Effect.succeed({
        canEdit: false,
        whereabouts: (to) => to,
        isNews: () => true,
        closed: () => Effect.succeedNone,
        sendMessage: (_, { text }) => Effect.as(Effect.sync(() => said.push(text)), Option.some(1)),
        editMessage: () => Effect.void,
        deleteMessage: () => Effect.void,
        removeButtons: () => Effect.void,
        sendDraft: () => Effect.void,
        sendChatAction: () => Effect.void,
        sendDocument: () => Effect.succeedNone,
        download: () => Effect.succeed({ bytes: new Uint8Array(), isCut: false }),
        isChatAdmin: () => Effect.succeed(false),
        answerGuest: () => Effect.die("not here"),
        editInline: () => Effect.die("not here"),
        answerCallback: () => Effect.void
      })
  })
  const live = Turns.layerLocal.pipe(Layer.provide([
    TestCodex.layer(),
    TelegramDoor.layer({ allowedUserIds: [7], joinWindow: 0, maxWaiting: 20, maxTurns: 32 }),
    senders
  ]))
  return Effect.gen(function*() {
    const turns = yield* Turns.Turns
    const entry: Turns.Entry = {
      lane: { bot: "my_bot", conversation: "user:7" },
      update: 1,
      origin: { chat: 7, isPrivate: true, user: 7, message: 1 },
      content: [{ _tag: "Text", text: "Hello" }]
    }
    assert.strictEqual(yield* turns.accept(entry), "accepted")
    assert.strictEqual(yield* turns.accept(entry), "seen")
    yield* turns.drained
    assert.deepStrictEqual(said, ["Echo: Hello"])
  }).pipe(Effect.provide(live))
})
// #endregion

// #region accounts
it.effect("two accounts: one layer for each, kept by name", () => {
  const account = (authJson: Redacted.Redacted) => codexLive({ ...answering, authJson })
  class Accounts extends LayerMap.Service<Accounts>()("app/Accounts", {
    layers: { work: account(valid), home: account(valid) },
    idleTimeToLive: "1 hour"
  }) {}
  const requests = Effect.map(UsageMeter.UsageMeter.use(({ usage }) => usage), ({ total }) => total.requests)
  return Effect.gen(function*() {
    yield* Effect.provide(ask("Hello"), Accounts.get("work"))
    yield* Effect.provide(ask("Hello again"), Accounts.get("work"))
    yield* Effect.provide(ask("Hello"), Accounts.get("home"))
    assert.strictEqual(yield* Effect.provide(requests, Accounts.get("work")), 2)
    assert.strictEqual(yield* Effect.provide(requests, Accounts.get("home")), 1)
  }).pipe(Effect.provide(Accounts.layer))
})
// #endregion
