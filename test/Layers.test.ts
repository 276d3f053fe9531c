/**
 * Every room can be furnished, through the public door, by a layer that needs and fails as it likes.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  type Config,
  ConfigProvider,
  Context,
  Effect,
  Fiber,
  Layer,
  LayerMap,
  Redacted,
  Ref,
  Result,
  Schedule,
  Schema,
  Stream
} from "effect"
import {
  Audit,
  type AuthJson,
  AuthStore,
  ClientTransform,
  Codex,
  CodexAuth,
  CodexBackend,
  CodexError,
  CodexLive,
  codexLive,
  codexLiveConfig,
  DeviceLogin,
  Memory,
  Message,
  Models,
  OAuth,
  Personality,
  ResponseStream,
  RetryPolicy,
  TokenRefresh,
  UsageMeter
} from "effect-codex"
import { TestCodex } from "effect-codex/testing"
import { HttpClient, HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import type { Services, Values } from "../src/CodexLive.ts"
import * as Server from "./fixtures/server.ts"

/** What the application's own layers need, and fail with. */
class App extends Context.Service<App, {
  readonly isOpen: boolean
  readonly notes: Ref.Ref<ReadonlyArray<string>>
}>()("test/App") {}

class Closed extends Schema.TaggedError<Closed>()("Closed", { room: Schema.String }) {}

type Note = (line: string) => Effect.Effect<void>

/** A room that needs the application, and does not open when that is closed. */
const own = <S, R = never>(
  room: string,
  layer: (note: Note) => Layer.Layer<S, never, R>
): Layer.Layer<S, Closed, App | R> =>
  Layer.unwrap(Effect.flatMap(App, ({ isOpen, notes }) =>
    isOpen
      ? Effect.succeed(layer((line) => Ref.update(notes, (before) => [...before, line])))
      : Effect.fail(new Closed({ room }))))

const env = (values: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env: values }))

const conversation = Message.ConversationKey("a")
const ask = Codex.Codex.use((codex) => codex.ask({ text: "hello", conversation, userId: 7 }))

const tokens: AuthJson.Tokens = {
  idToken: undefined,
  accessToken: Redacted.make(Server.jwt("own")),
  refreshToken: Redacted.make("refresh-own")
}

const credentials: CodexAuth.Credentials = {
  accessToken: Redacted.make(Server.jwt("own")),
  accountId: "acc-own",
  plan: undefined,
  residency: undefined,
  isFedramp: false,
  expiresAt: undefined,
  origin: "store"
}

type House = ReturnType<typeof Server.make>

interface Base extends Values {
  readonly httpClient: Layer.Layer<HttpClient.HttpClient>
}

interface Row {
  readonly code: (base: Base) => Layer.Layer<Services, Closed, App>
  readonly environment: (base: Base) => Layer.Layer<Services, Closed | Config.ConfigError, App>
  /** Values beside the room. Default: a login that is valid. */
  readonly values?: Values
  /** Statuses that the server refuses with first. */
  readonly refusals?: ReadonlyArray<number>
  /** What is done after a question. */
  readonly after?: Effect.Effect<unknown, CodexError.CodexError, Services>
  /** The effect of the room, as it was seen. */
  readonly seen: (house: House, answer: Codex.Answer, notes: ReadonlyArray<string>, after: unknown) => unknown
  readonly expected: unknown
}

const httpClient = own("httpClient", (note) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.tapRequest(Server.make("my own client").client, ({ url }) => note(new URL(url).pathname))
  ))
const authStore = own("authStore", () => AuthStore.layerJson(Server.login("own")))
const oauth = own("oauth", (note) =>
  Layer.mock(OAuth.OAuth)({
    refresh: (refreshToken) => Effect.as(note(`refresh ${Redacted.value(refreshToken)}`), tokens)
  }))
const tokenRefresh = own("tokenRefresh", (note) =>
  Layer.succeed(TokenRefresh.TokenRefresh, {
    refresh: (held) => Effect.as(note("refresh"), { json: { ...held, tokens }, origin: "refresh" }),
    refusal: () => Effect.succeedNone,
    forget: Effect.void
  }))
const codexAuth = own("codexAuth", () =>
  Layer.mock(CodexAuth.CodexAuth)({
    credentials: Effect.succeed(credentials),
    account: Effect.succeed("acc-own"),
    status: Effect.succeed({
      location: "own",
      signedIn: true,
      problem: undefined,
      expiresAt: undefined,
      accountId: "acc-own",
      plan: undefined,
      canRefresh: false,
      unwritable: undefined
    })
  }))
const responseStream = own(
  "responseStream",
  (note) =>
    ResponseStream.layerScripted((request) =>
      Stream.unwrap(Effect.as(note(request.model), TestCodex.text("an answer of my own")(request)))
    )
)
const retryPolicy = own("retryPolicy", () => RetryPolicy.layerSchedule(Schedule.recurs(4)))
const models = own("models", () => Models.layerFixed(["my-model"]))
const memory = own("memory", (note) =>
  Memory.layerMessages({
    append: (key, message) => note(`${key}: ${message.content}`),
    list: () => Effect.succeed([{ role: "user", content: "earlier" }, { role: "assistant", content: "I know" }]),
    clear: () => Effect.void
  }))
const personality = own(
  "personality",
  () => Layer.mock(Personality.Personality)({ get: (userId) => Effect.succeedSome(`You know ${userId}.`) })
)
const usageMeter = own(
  "usageMeter",
  (note) =>
    Layer.mock(UsageMeter.UsageMeter)({ record: ({ tokens, userId }) => note(`${userId}: ${tokens?.totalTokens}`) })
)
const audit = own("audit", (note) => Audit.layerCallback((event) => note(`${event.userId}: ${event.outcome}`)))

const unavailable = new CodexError.BackendUnavailable({ status: 503 })
const unauthorized = new CodexError.Unauthorized({})

const expired: Values = { authJson: Server.login("old", -10) }

const rows: Record<string, Row> = {
  httpClient: {
    code: (base) => codexLive({ ...base, httpClient }),
    environment: (base) => codexLiveConfig({ ...base, httpClient }),
    values: expired,
    after: CodexBackend.CodexBackend.use(({ usage }) => usage),
    seen: (house, { text }, notes) => [house.asked.length, text, notes],
    expected: [0, "Hello from my own client", [
      "/oauth/token",
      "/backend-api/codex/models",
      "/backend-api/codex/responses",
      "/backend-api/wham/usage"
    ]]
  },
  authStore: {
    code: (base) => codexLive({ ...base, authStore }),
    environment: (base) => codexLiveConfig({ ...base, authStore }),
    seen: (house) => house.prompts().map(({ token }) => token),
    expected: ["own"]
  },
  oauth: {
    code: (base) => codexLive({ ...base, oauth }),
    environment: (base) => codexLiveConfig({ ...base, oauth }),
    values: expired,
    seen: (
      house,
      _,
      notes
    ) => [notes, house.prompts().map(({ token }) => token), house.paths().includes("/oauth/token")],
    expected: [["refresh refresh-old"], ["own"], false]
  },
  tokenRefresh: {
    code: (base) => codexLive({ ...base, tokenRefresh }),
    environment: (base) => codexLiveConfig({ ...base, tokenRefresh }),
    values: expired,
    seen: (
      house,
      _,
      notes
    ) => [notes[0], house.prompts().map(({ token }) => token), house.paths().includes("/oauth/token")],
    expected: ["refresh", ["own"], false]
  },
  codexAuth: {
    code: (base) => codexLive({ ...base, codexAuth }),
    environment: (base) => codexLiveConfig({ ...base, codexAuth }),
    seen: (house) => house.prompts().map(({ account, token }) => [account, token]),
    expected: [["acc-own", "own"]]
  },
  responseStream: {
    code: (base) => codexLive({ ...base, responseStream }),
    environment: (base) => codexLiveConfig({ ...base, responseStream }),
    seen: (house, { text }, notes) => [house.prompts().length, text, notes],
    expected: [0, "an answer of my own", ["best-model"]]
  },
  retryPolicy: {
    code: (base) => codexLive({ ...base, retryPolicy }),
    environment: (base) => codexLiveConfig({ ...base, retryPolicy }),
    refusals: [503, 503, 503, 503],
    seen: (house) => house.prompts().length,
    expected: 5
  },
  models: {
    code: (base) => codexLive({ ...base, models }),
    environment: (base) => codexLiveConfig({ ...base, models }),
    after: Codex.Codex.use((codex) => codex.models),
    seen: (house, _, __, list) => [
      house.prompts().map(({ model }) => model),
      house.paths().includes("/backend-api/codex/models"),
      list
    ],
    expected: [["my-model"], false, {
      source: "built-in",
      models: [{ id: "my-model", displayName: undefined, description: undefined, reasoningEfforts: [] }]
    }]
  },
  memory: {
    code: (base) => codexLive({ ...base, memory }),
    environment: (base) => codexLiveConfig({ ...base, memory }),
    after: Codex.Codex.use((codex) => codex.setPersonality(7, "kept in the same store")),
    seen: (house, _, notes) => [house.prompts()[0]?.texts, notes],
    expected: [
      ["earlier", "I know", "hello"],
      ["a: hello", "a: Hello from the server", "personality:7: kept in the same store"]
    ]
  },
  personality: {
    code: (base) => codexLive({ ...base, personality }),
    environment: (base) => codexLiveConfig({ ...base, personality }),
    seen: (house) => house.prompts()[0]?.instructions,
    expected: "You know 7.\n\nYou are a helpful assistant."
  },
  usageMeter: {
    code: (base) => codexLive({ ...base, usageMeter }),
    environment: (base) => codexLiveConfig({ ...base, usageMeter }),
    seen: (_, __, notes) => notes,
    expected: ["7: 15"]
  },
  audit: {
    code: (base) => codexLive({ ...base, audit }),
    environment: (base) => codexLiveConfig({ ...base, audit }),
    seen: (_, __, notes) => notes,
    expected: ["7: answered"]
  }
}

/** Half a second after the other; what is read from a web stream in between takes its turns of the real loop. */
const ticks = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }),
    () =>
      Effect.andThen(
        Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void))),
        TestClock.adjust("500 millis")
      ),
    { discard: true }
  )

const app = (isOpen: boolean, notes: Ref.Ref<ReadonlyArray<string>>) => Layer.succeed(App, { isOpen, notes })

const forms = {
  codexLive: (row: Row, base: Base) => row.code(base),
  codexLiveConfig: (row: Row, base: Base) => Layer.provide(row.environment(base), env({}))
}

for (const [form, live] of Object.entries(forms)) {
  describe(`${form}, furnished`, () => {
    for (const [room, row] of Object.entries(rows)) {
      const layerOf = (house: House) =>
        live(row, { authJson: Server.login("server"), ...row.values, httpClient: house.layer })

      it.effect(`with an own ${room} has its effect`, () =>
        Effect.gen(function*() {
          yield* Server.begin
          const house = Server.make()
          house.refuse(...row.refusals ?? [])
          const notes = yield* Ref.make<ReadonlyArray<string>>([])
          const [answer, after] = yield* Effect.all([ask, row.after ?? Effect.void]).pipe(
            Effect.provide(Layer.provide(layerOf(house), app(true, notes)))
          )
          assert.deepStrictEqual(row.seen(house, answer, yield* Ref.get(notes), after), row.expected)
        }))

      it.effect(`with an own ${room} fails as that fails`, () =>
        Effect.gen(function*() {
          yield* Server.begin
          const house = Server.make()
          const notes = yield* Ref.make<ReadonlyArray<string>>([])
          const failure = yield* Effect.flip(
            Effect.provide(ask, Layer.provide(layerOf(house), app(false, notes)))
          )
          assert.deepStrictEqual(failure, new Closed({ room }))
          assert.deepStrictEqual(house.asked, [])
        }))
    }
  })
}

describe("functions of an application", () => {
  class Pg
    extends Context.Service<Pg, { readonly put: (line: string) => Effect.Effect<void, PgFailed> }>()("test/Pg")
  {}
  class PgFailed extends Schema.TaggedError<PgFailed>()("PgFailed", {}) {}

  const rooms = {
    memory: Memory.layerMessages({
      append: (key, message) => Pg.use((pg) => pg.put(`${key} ${message.role}`)),
      list: () => Effect.as(Pg, []),
      clear: (key) => Pg.use((pg) => pg.put(`clear ${key}`))
    }),
    audit: Audit.layerCallback((event) => Pg.use((pg) => pg.put(event.outcome)))
  }

  it.effect("as memory and audit may need a service, and are run with it", () =>
    Effect.gen(function*() {
      const lines = yield* Ref.make<ReadonlyArray<string>>([])
      const pg = Layer.succeed(Pg, { put: (line) => Ref.update(lines, (before) => [...before, line]) })
      yield* Effect.provide(ask, Layer.provide(TestCodex.layer(rooms), pg))
      assert.deepStrictEqual(yield* Ref.get(lines), ["a user", "a assistant", "answered"])
    }))

  it.effect("as memory and audit may fail, and cost what they keep but not the answer", () =>
    Effect.gen(function*() {
      const pg = Layer.succeed(Pg, { put: () => Effect.fail(new PgFailed()) })
      const answer = yield* Effect.provide(ask, Layer.provide(TestCodex.layer(rooms), pg))
      assert.strictEqual(answer.text, "Echo: hello")
      assert.isFalse(answer.remembered)
    }))
})

describe("TestCodex", () => {
  it.effect("takes an own audit, and then records none itself", () =>
    Effect.gen(function*() {
      const seen = yield* Ref.make<ReadonlyArray<string>>([])
      yield* Effect.gen(function*() {
        yield* ask
        assert.deepStrictEqual(yield* Ref.get(seen), ["answered"])
        assert.deepStrictEqual(yield* Effect.flatMap(TestCodex.TestCodex, (test) => test.audit), [])
      }).pipe(Effect.provide(TestCodex.layer({
        audit: Audit.layerCallback((event) => Ref.update(seen, (before) => [...before, event.outcome]))
      })))
    }))

  it.effect("tries again what may pass, with the pauses of the policy", () =>
    Effect.gen(function*() {
      const test = yield* TestCodex.TestCodex
      const away: TestCodex.Reply = TestCodex.fails(unavailable)
      yield* test.script(away, away, TestCodex.text("at last"))
      const asked = yield* Effect.forkChild(ask)
      yield* TestClock.adjust("300 millis")
      assert.strictEqual((yield* test.requests).length, 1, "it rests before the second attempt")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(asked)).text, "at last")
      assert.strictEqual((yield* test.requests).length, 3)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("answers a 401 by a refreshed token, once", () =>
    Effect.gen(function*() {
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.fails(unauthorized))
      assert.strictEqual((yield* ask).text, "Echo: hello")
      assert.deepStrictEqual((yield* test.exchanges).map(({ accessToken }) => accessToken), ["token-1", "token-2"])
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("a policy of retries", () => {
  const exchanges = (layer: Layer.Layer<RetryPolicy.RetryPolicy> | undefined, refusals: ReadonlyArray<number>) =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      house.refuse(...refusals)
      const asked = yield* Effect.forkChild(Effect.exit(Effect.provide(
        ask,
        codexLive({ authJson: Server.login("server"), httpClient: house.layer, retryPolicy: layer })
      )))
      yield* ticks(8)
      return [(yield* Fiber.join(asked))._tag, house.prompts().length]
    })

  it.effect("of none takes one exchange for a 503, and the house's takes three", () =>
    Effect.gen(function*() {
      const always = [503, 503, 503, 503, 503]
      assert.deepStrictEqual(yield* exchanges(RetryPolicy.layerNone, always), ["Failure", 1])
      assert.deepStrictEqual(yield* exchanges(undefined, always), ["Failure", 3])
    }))

  it.effect("of none still answers a 401 by better credentials", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* exchanges(RetryPolicy.layerNone, [401]), ["Success", 2])
    }))
})

describe("renewal of tokens", () => {
  const expiredLogin = (more: Values & { readonly tokenRefresh?: Layer.Layer<TokenRefresh.TokenRefresh> }) =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      const asked = yield* Effect.result(
        Effect.provide(ask, codexLive({ ...expired, ...more, httpClient: house.layer }))
      )
      return [Result.isFailure(asked) ? asked.failure._tag : "answered", house.paths()] as const
    })

  it.effect("is off with autoRefresh: false: the token is AccessTokenExpired, and the issuer is not called", () =>
    Effect.gen(function*() {
      const [end, paths] = yield* expiredLogin({ autoRefresh: false })
      assert.strictEqual(end, "AccessTokenExpired")
      assert.notInclude(paths, "/oauth/token")
      assert.notInclude(paths, "/backend-api/codex/responses")
    }))

  it.effect("is off with TokenRefresh.layerNone in its room", () =>
    Effect.gen(function*() {
      const [end, paths] = yield* expiredLogin({ tokenRefresh: TokenRefresh.layerNone })
      assert.strictEqual(end, "AccessTokenExpired")
      assert.notInclude(paths, "/oauth/token")
    }))

  it.effect("is on otherwise", () =>
    Effect.gen(function*() {
      const [end, paths] = yield* expiredLogin({ autoRefresh: undefined })
      assert.strictEqual(end, "answered")
      assert.include(paths, "/oauth/token")
    }))

  it.effect("counts in the environment as in code", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      const live = codexLiveConfig({ ...expired, httpClient: house.layer }).pipe(
        Layer.provide(env({ CODEX_AUTO_REFRESH: "false" }))
      )
      assert.strictEqual((yield* Effect.flip(Effect.provide(ask, live)))._tag, "AccessTokenExpired")
    }))
})

describe("two accounts in one application", () => {
  const makeTwo = () => {
    const server = Server.make()
    const of = (name: string) =>
      codexLive({
        authJson: Server.login(name),
        accountId: `acc-${name}`,
        model: `model-${name}`,
        httpClient: server.layer
      })
    return { server, work: of("work"), home: of("home") }
  }
  const seen = (server: House) =>
    server.prompts().map(({ account, model, texts, token }) => [token, account, model, texts.length])
  const expectedRequests = [
    ["work", "acc-work", "model-work", 1],
    ["home", "acc-home", "model-home", 1],
    ["work", "acc-work", "model-work", 3]
  ]

  it.effect("as two services: each its own login, model and memory", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const { home, server, work } = makeTwo()
      class Work extends Context.Service<Work, Codex.Service>()("test/Work") {}
      class Home extends Context.Service<Home, Codex.Service>()("test/Home") {}
      const both = Layer.merge(
        Layer.provide(Layer.effect(Work, Codex.Codex), work),
        Layer.provide(Layer.effect(Home, Codex.Codex), home)
      )
      yield* Effect.gen(function*() {
        const prompt = { text: "hello", conversation, userId: 7 }
        yield* Work.use((codex) => codex.ask(prompt))
        yield* Home.use((codex) => codex.ask(prompt))
        yield* Work.use((codex) => codex.ask(prompt))
        const usages = [
          (yield* Work.use((codex) => codex.status)).usage.total.requests,
          (yield* Home.use((codex) => codex.status)).usage.total.requests
        ]
        assert.deepStrictEqual(usages, [2, 1], "nor do they share a meter")
        yield* Work.use((codex) => codex.setPersonality(7, "Only at work."))
        assert.isTrue((yield* Home.use((codex) => codex.personality(7)))._tag === "None")
      }).pipe(Effect.provide(both))
      assert.deepStrictEqual(seen(server), expectedRequests)
      assert.strictEqual(server.built(), 1, "what is handed to both is shared")
    }))

  it.effect("by key, with LayerMap", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const { home, server, work } = makeTwo()
      class Accounts extends LayerMap.Service<Accounts>()("test/Accounts", {
        layers: { work, home },
        idleTimeToLive: "1 hour"
      }) {}
      yield* Effect.gen(function*() {
        yield* Effect.provide(ask, Accounts.get("work"))
        yield* Effect.provide(ask, Accounts.get("home"))
        yield* Effect.provide(ask, Accounts.get("work"))
      }).pipe(Effect.provide(Accounts.layer))
      assert.deepStrictEqual(seen(server), expectedRequests)
    }))

  it.effect("share a memory that is handed to both, and nothing else", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const shared = Memory.layerMemory
      const of = (name: string) => codexLive({ authJson: Server.login(name), memory: shared, httpClient: server.layer })
      class Work extends Context.Service<Work, Codex.Service>()("test/Work") {}
      class Home extends Context.Service<Home, Codex.Service>()("test/Home") {}
      yield* Effect.gen(function*() {
        yield* Work.use((codex) => codex.ask({ text: "hello", conversation }))
        yield* Home.use((codex) => codex.ask({ text: "what did I say?", conversation }))
      }).pipe(Effect.provide(Layer.merge(
        Layer.provide(Layer.effect(Work, Codex.Codex), of("work")),
        Layer.provide(Layer.effect(Home, Codex.Codex), of("home"))
      )))
      assert.deepStrictEqual(server.prompts().map(({ texts, token }) => [token, texts.length]), [["work", 1], [
        "home",
        3
      ]])
    }))

  it.effect("sign in apart: a login of one is not the other's", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const { home, work } = makeTwo()
      class Work extends Context.Service<Work, CodexAuth.Service>()("test/WorkAuth") {}
      class Home extends Context.Service<Home, CodexAuth.Service>()("test/HomeAuth") {}
      yield* Effect.gen(function*() {
        yield* Work.use((auth) => auth.signOut)
        assert.isFalse((yield* Work.use((auth) => auth.status)).signedIn)
        assert.isTrue((yield* Home.use((auth) => auth.status)).signedIn)
      }).pipe(Effect.provide(Layer.merge(
        Layer.provide(Layer.effect(Work, CodexAuth.CodexAuth), work),
        Layer.provide(Layer.effect(Home, CodexAuth.CodexAuth), home)
      )))
    }))
})

describe("one HTTP client", () => {
  const extra = (value: string) =>
    ClientTransform.withClientTransform(HttpClient.mapRequest((request) => {
      const before = request.headers["x-extra"]
      return HttpClientRequest.setHeader(request, "x-extra", before === undefined ? value : `${value}, after ${before}`)
    }))

  it.effect("is built once for backend, issuer, models, usage and sign-in", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      yield* Effect.gen(function*() {
        yield* ask
        yield* CodexBackend.CodexBackend.use(({ usage }) => usage)
        yield* DeviceLogin.DeviceLogin.use((login) => Effect.exit(Stream.runHead(login.grant({ flow: "deviceauth" }))))
      }).pipe(Effect.provide(codexLive({ ...expired, httpClient: house.layer })))
      assert.deepStrictEqual([...new Set(house.paths())].sort(), [
        "/api/accounts/deviceauth/usercode",
        "/backend-api/codex/models",
        "/backend-api/codex/responses",
        "/backend-api/wham/usage",
        "/oauth/token"
      ])
      assert.strictEqual(house.built(), 1)
    }))

  it.effect("is transformed for one effect, and not for a refresh that others share", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      yield* Effect.gen(function*() {
        yield* ask.pipe(extra("inner"), extra("outer"))
        yield* ask
      }).pipe(Effect.provide(codexLive({ ...expired, model: "m", httpClient: house.layer })))
      assert.deepStrictEqual(house.asked.map(({ extra, path }) => [path, extra]), [
        ["/oauth/token", undefined],
        ["/backend-api/codex/responses", "outer, after inner"],
        ["/backend-api/codex/responses", undefined]
      ])
    }))
})

describe("the source of a login", () => {
  const fromEnv = {
    CODEX_AUTH_JSON_JSON: Redacted.value(Server.login("from the environment")),
    CODEX_AUTH_JSON_PATH: "/nowhere/env/auth.json"
  }
  const sourceOf = (values: Values, variables: Record<string, string> = fromEnv) =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      const live = codexLiveConfig({ ...values, httpClient: house.layer }).pipe(Layer.provide(env(variables)))
      const asked = yield* Effect.result(Effect.provide(ask, live))
      return Result.isSuccess(asked) ? house.prompts()[0]?.token : asked.failure.message
    })

  it.effect("is the environment's when code names none", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sourceOf({}), "from the environment")
    }))

  it.effect("is code's alone when code names one, whichever the environment names", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sourceOf({ authJson: Server.login("from code") }), "from code")
      assert.strictEqual(yield* sourceOf({ accessToken: Redacted.make(Server.jwt("a bare token")) }), "a bare token")
      assert.include(yield* sourceOf({ authJsonPath: "/nowhere/code/auth.json" }), "/nowhere/code/auth.json")
    }))

  it.effect("is not replaced by an undefined in code", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sourceOf({ authJson: undefined, authJsonPath: undefined }), "from the environment")
    }))

  it.effect("is a room of one's own before anything else", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const house = Server.make()
      const live = codexLiveConfig({ authStore: AuthStore.layerJson(Server.login("own")), httpClient: house.layer })
        .pipe(
          Layer.provide(env(fromEnv))
        )
      yield* Effect.provide(ask, live)
      assert.strictEqual(house.prompts()[0]?.token, "own")
    }))
})

describe("CodexLive", () => {
  it.effect("fails by the name of a malformed variable, and without its value", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(
        Effect.provide(ask, Layer.provide(CodexLive, env({ CODEX_BASE_URL: "no url at all" })))
      )
      assert.include(failure.message, "CODEX_BASE_URL")
      assert.notInclude(failure.message, "no url at all")
    }))
})
