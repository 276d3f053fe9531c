/**
 * What each public layer provides, requires and fails with, and what must not compile. The compiler is the test.
 */
import { expectTypeOf } from "@effect/vitest"
import {
  type Config,
  Context,
  Duration,
  Effect,
  type FileSystem,
  type Layer,
  type Path,
  Redacted,
  Schedule,
  Schema
} from "effect"
import {
  Audit,
  type AuthJson,
  AuthStore,
  Codex,
  CodexAuth,
  CodexBackend,
  CodexLive,
  codexLive,
  codexLiveConfig,
  DeviceLogin,
  Memory,
  type Message,
  Models,
  OAuth,
  Personality,
  ResponseStream,
  RetryPolicy,
  TokenRefresh,
  UsageMeter
} from "effect-codex"
import { TestCodex } from "effect-codex/testing"
import { Tool, Toolkit } from "effect/ai"
import { FetchHttpClient, type HttpClient } from "effect/http"
import type { SqlClient } from "effect/sql"
import type { Services } from "../../src/CodexLive.ts"
import type { AuditFailed, MemoryFailed } from "../../src/conversation/TurnError.ts"

type ConfigError = Config.ConfigError
type Client = HttpClient.HttpClient

// auth

expectTypeOf(AuthStore.layer()).toEqualTypeOf<
  Layer.Layer<AuthStore.AuthStore, never, FileSystem.FileSystem | Path.Path>
>()
expectTypeOf(AuthStore.layerFile("/auth.json")).toEqualTypeOf<
  Layer.Layer<AuthStore.AuthStore, never, FileSystem.FileSystem | Path.Path>
>()
expectTypeOf(AuthStore.layerJson(Redacted.make("{}"))).toEqualTypeOf<Layer.Layer<AuthStore.AuthStore>>()
expectTypeOf(AuthStore.layerJson({ tokens: {} } satisfies AuthJson.Document)).toEqualTypeOf<
  Layer.Layer<AuthStore.AuthStore>
>()
expectTypeOf(AuthStore.layerAccessToken(Redacted.make("token"))).toEqualTypeOf<Layer.Layer<AuthStore.AuthStore>>()
expectTypeOf(AuthStore.layerSql()).toEqualTypeOf<Layer.Layer<AuthStore.AuthStore, never, SqlClient.SqlClient>>()
expectTypeOf(AuthStore.layerConfig()).toEqualTypeOf<
  Layer.Layer<AuthStore.AuthStore, ConfigError, FileSystem.FileSystem | Path.Path>
>()
expectTypeOf(OAuth.layer()).toEqualTypeOf<Layer.Layer<OAuth.OAuth, never, Client>>()
expectTypeOf(OAuth.layerConfig()).toEqualTypeOf<Layer.Layer<OAuth.OAuth, ConfigError, Client>>()
expectTypeOf(TokenRefresh.layer).toEqualTypeOf<
  Layer.Layer<TokenRefresh.TokenRefresh, never, AuthStore.AuthStore | OAuth.OAuth>
>()
expectTypeOf(TokenRefresh.layerNone).toEqualTypeOf<Layer.Layer<TokenRefresh.TokenRefresh>>()
expectTypeOf(CodexAuth.layer()).toEqualTypeOf<
  Layer.Layer<CodexAuth.CodexAuth, never, AuthStore.AuthStore | TokenRefresh.TokenRefresh | OAuth.OAuth>
>()
expectTypeOf(CodexAuth.layerConfig()).toEqualTypeOf<
  Layer.Layer<CodexAuth.CodexAuth, ConfigError, AuthStore.AuthStore | TokenRefresh.TokenRefresh | OAuth.OAuth>
>()
expectTypeOf(DeviceLogin.layer).toEqualTypeOf<
  Layer.Layer<DeviceLogin.DeviceLogin, never, OAuth.OAuth | CodexAuth.CodexAuth>
>()

// backend

type BackendNeeds =
  | CodexAuth.CodexAuth
  | ResponseStream.ResponseStream
  | RetryPolicy.RetryPolicy
  | Models.Models
  | Client
expectTypeOf(ResponseStream.layer()).toEqualTypeOf<Layer.Layer<ResponseStream.ResponseStream, never, Client>>()
expectTypeOf(ResponseStream.layerConfig()).toEqualTypeOf<
  Layer.Layer<ResponseStream.ResponseStream, ConfigError, Client>
>()
expectTypeOf(ResponseStream.layerScripted(TestCodex.echo)).toEqualTypeOf<Layer.Layer<ResponseStream.ResponseStream>>()
expectTypeOf(RetryPolicy.layer()).toEqualTypeOf<Layer.Layer<RetryPolicy.RetryPolicy>>()
expectTypeOf(RetryPolicy.layerSchedule(Schedule.forever)).toEqualTypeOf<Layer.Layer<RetryPolicy.RetryPolicy>>()
expectTypeOf(RetryPolicy.layerNone).toEqualTypeOf<Layer.Layer<RetryPolicy.RetryPolicy>>()
expectTypeOf(RetryPolicy.layerConfig()).toEqualTypeOf<Layer.Layer<RetryPolicy.RetryPolicy, ConfigError>>()
expectTypeOf(Models.layer()).toEqualTypeOf<Layer.Layer<Models.Models, never, CodexAuth.CodexAuth | Client>>()
expectTypeOf(Models.layerConfig()).toEqualTypeOf<
  Layer.Layer<Models.Models, ConfigError, CodexAuth.CodexAuth | Client>
>()
expectTypeOf(Models.layerFixed(["m"])).toEqualTypeOf<Layer.Layer<Models.Models>>()
expectTypeOf(CodexBackend.layer()).toEqualTypeOf<Layer.Layer<CodexBackend.CodexBackend, never, BackendNeeds>>()
expectTypeOf(CodexBackend.layerConfig()).toEqualTypeOf<
  Layer.Layer<CodexBackend.CodexBackend, ConfigError, BackendNeeds>
>()

// conversation

type CodexNeeds =
  | CodexBackend.CodexBackend
  | Models.Models
  | Memory.Memory
  | Personality.Personality
  | UsageMeter.UsageMeter
  | Audit.Audit
expectTypeOf(Codex.layer()).toEqualTypeOf<Layer.Layer<Codex.Codex, never, CodexNeeds>>()
expectTypeOf(Codex.layerConfig()).toEqualTypeOf<Layer.Layer<Codex.Codex, ConfigError, CodexNeeds>>()
expectTypeOf(Memory.layerMemory).toEqualTypeOf<Layer.Layer<Memory.Memory>>()
expectTypeOf(Personality.layer).toEqualTypeOf<Layer.Layer<Personality.Personality, never, Memory.Memory>>()
expectTypeOf(UsageMeter.layerMemory).toEqualTypeOf<Layer.Layer<UsageMeter.UsageMeter>>()
expectTypeOf(Audit.layerNone).toEqualTypeOf<Layer.Layer<Audit.Audit>>()
expectTypeOf(Audit.layerLogger).toEqualTypeOf<Layer.Layer<Audit.Audit>>()
expectTypeOf<ReturnType<Audit.Service["record"]>>().toEqualTypeOf<Effect.Effect<void, AuditFailed>>()
expectTypeOf<ReturnType<Memory.Service["append"]>>().toEqualTypeOf<Effect.Effect<Memory.Appended, MemoryFailed>>()

// An application's own things.

class PgFailed extends Schema.TaggedError<PgFailed>()("PgFailed", {}) {}
class Pg extends Context.Service<Pg, { readonly put: (line: string) => Effect.Effect<void, PgFailed> }>()("test/Pg") {}

const put = (line: string) => Pg.use((pg) => pg.put(line))
const store = { append: put, list: () => Effect.as(Pg, []), clear: put }
expectTypeOf(Memory.layerMessages(store)).toEqualTypeOf<Layer.Layer<Memory.Memory, never, Pg>>()
expectTypeOf(Audit.layerCallback((event) => put(event.outcome))).toEqualTypeOf<Layer.Layer<Audit.Audit, never, Pg>>()

// Each room shows its own error and its own requirement in the result.

interface E<Room extends string> {
  readonly fails: Room
}
interface R<Room extends string> {
  readonly needs: Room
}
declare const rooms: {
  readonly httpClient: Layer.Layer<Client, E<"httpClient">, R<"httpClient">>
  readonly authStore: Layer.Layer<AuthStore.AuthStore, E<"authStore">, R<"authStore">>
  readonly oauth: Layer.Layer<OAuth.OAuth, E<"oauth">, R<"oauth">>
  readonly tokenRefresh: Layer.Layer<TokenRefresh.TokenRefresh, E<"tokenRefresh">, R<"tokenRefresh">>
  readonly codexAuth: Layer.Layer<CodexAuth.CodexAuth, E<"codexAuth">, R<"codexAuth">>
  readonly responseStream: Layer.Layer<ResponseStream.ResponseStream, E<"responseStream">, R<"responseStream">>
  readonly retryPolicy: Layer.Layer<RetryPolicy.RetryPolicy, E<"retryPolicy">, R<"retryPolicy">>
  readonly models: Layer.Layer<Models.Models, E<"models">, R<"models">>
  readonly memory: Layer.Layer<Memory.Memory, E<"memory">, R<"memory">>
  readonly personality: Layer.Layer<Personality.Personality, E<"personality">, R<"personality">>
  readonly usageMeter: Layer.Layer<UsageMeter.UsageMeter, E<"usageMeter">, R<"usageMeter">>
  readonly audit: Layer.Layer<Audit.Audit, E<"audit">, R<"audit">>
}
type Failures = { readonly [K in keyof typeof rooms]: E<K> }[keyof typeof rooms]
type Needs = { readonly [K in keyof typeof rooms]: R<K> }[keyof typeof rooms]

const toolkit = Toolkit.make(Tool.make("here", { success: Schema.String, dependencies: [Pg] }))
const handlers = toolkit.toLayer({ here: () => Effect.succeed("here") })

/** Never run. */
export const compositions = () => {
  expectTypeOf(codexLive()).toEqualTypeOf<Layer.Layer<Services>>()
  expectTypeOf(codexLiveConfig()).toEqualTypeOf<Layer.Layer<Services, ConfigError>>()
  expectTypeOf(CodexLive).toEqualTypeOf<Layer.Layer<Services, ConfigError>>()
  expectTypeOf(codexLive(rooms)).toEqualTypeOf<Layer.Layer<Services, Failures, Needs>>()
  expectTypeOf(codexLiveConfig({ ...rooms, model: "m" })).toEqualTypeOf<
    Layer.Layer<Services, Failures | ConfigError, Needs>
  >()
  expectTypeOf(codexLive({ memory: rooms.memory })).toEqualTypeOf<Layer.Layer<Services, E<"memory">, R<"memory">>>()
  expectTypeOf(codexLive({ httpClient: FetchHttpClient.layer })).toEqualTypeOf<Layer.Layer<Services>>()
  expectTypeOf(codexLive({ memory: Memory.layerMessages(store) })).toEqualTypeOf<Layer.Layer<Services, never, Pg>>()
  // What a room needs is still missing at the edge.
  expectTypeOf(Effect.provide(Codex.Codex, codexLive({ memory: Memory.layerMessages(store) }))).toEqualTypeOf<
    Effect.Effect<Codex.Service, never, Pg>
  >()
  // A personality in the memory of the house needs none of the application's.
  expectTypeOf(codexLive({ personality: Personality.layer })).toEqualTypeOf<Layer.Layer<Services>>()
  expectTypeOf(TestCodex.layer({ memory: rooms.memory, retryPolicy: rooms.retryPolicy })).toEqualTypeOf<
    Layer.Layer<Services | TestCodex.TestCodex, E<"memory"> | E<"retryPolicy">, R<"memory"> | R<"retryPolicy">>
  >()
  // A toolkit needs its handlers, and what a request has to bring; with them it needs nothing.
  expectTypeOf(codexLive({ toolkit })).toEqualTypeOf<Layer.Layer<Services, never, Tool.Handler<"here"> | Pg>>()
  expectTypeOf(codexLive({ toolkit: Effect.provide(toolkit, handlers) })).toEqualTypeOf<
    Layer.Layer<Services, never, Pg>
  >()
  expectTypeOf(TestCodex.layer({ toolkit: Toolkit.empty })).toEqualTypeOf<
    Layer.Layer<Services | TestCodex.TestCodex>
  >()
  // Durations as Effect takes them; undefined is "not given".
  codexLive({ turnTimeout: "5 seconds", maxTurn: Duration.minutes(1), idleTimeout: 5000, model: undefined })
  codexLive({ memory: undefined, audit: undefined })
}

declare const key: Message.ConversationKey

/** Never run, and must not compile: each line with an error that is expected. */
export const mistakes = () => {
  // @ts-expect-error a value that is misspelt
  codexLive({ modle: "x" })
  // @ts-expect-error a value that is misspelt, beside a room
  codexLive({ memory: Memory.layerMemory, modle: "x" })
  // @ts-expect-error a room that is misspelt
  codexLive({ memmory: Memory.layerMemory })
  // @ts-expect-error the wrong room
  codexLive({ memory: Audit.layerNone })
  // @ts-expect-error a tool is no toolkit
  codexLive({ toolkit: Tool.make("alone") })
  // @ts-expect-error a layer that is not built
  codexLive({ retryPolicy: RetryPolicy.layer })
  // @ts-expect-error who may use a bot is the door's
  codexLive({ allowedUserIds: [1] })
  // @ts-expect-error so are its manners
  codexLive({ commandPrefix: "ai" })
  // @ts-expect-error so is how an answer is shown
  codexLiveConfig({ streaming: "draft" })
  // @ts-expect-error milliseconds have no name of their own here
  codexLive({ timeoutMs: 5 })
  // @ts-expect-error a secret is Redacted from the moment it is read
  codexLive({ accessToken: "token" })
  // @ts-expect-error a test has its own exchanges
  TestCodex.layer({ responseStream: ResponseStream.layerScripted(TestCodex.echo) })
  // @ts-expect-error a prompt has a text
  void Codex.Codex.use((codex) => codex.ask({ conversation: key }))
  // @ts-expect-error a conversation is a key
  void Codex.Codex.use((codex) => codex.ask({ text: "hello", conversation: "a" }))
  // @ts-expect-error an empty list of models chooses nothing
  Models.layerFixed([])
}
