/**
 * The rooms: what can be furnished, and which stands on which. Nothing else is decided here.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as AuthStore from "./auth/AuthStore.ts"
import * as CodexAuth from "./auth/CodexAuth.ts"
import * as DeviceLogin from "./auth/DeviceLogin.ts"
import * as OAuth from "./auth/OAuth.ts"
import * as TokenRefresh from "./auth/TokenRefresh.ts"
import * as CodexBackend from "./backend/CodexBackend.ts"
import * as Models from "./backend/Models.ts"
import * as ResponseStream from "./backend/ResponseStream.ts"
import * as RetryPolicy from "./backend/RetryPolicy.ts"
import * as Audit from "./conversation/Audit.ts"
import * as Codex from "./conversation/Codex.ts"
import * as Memory from "./conversation/Memory.ts"
import * as Personality from "./conversation/Personality.ts"
import * as Tools from "./conversation/Tools.ts"
import * as UsageMeter from "./conversation/UsageMeter.ts"
import { lazily } from "./internal/lazily.ts"

/**
 * Every value of the core, flat.
 *
 * The compiler refuses two services that mean different things by one name.
 *
 * @since 0.2.0
 * @category models
 */
export interface Values
  extends
    AuthStore.Options,
    OAuth.Options,
    CodexAuth.Options,
    ResponseStream.Options,
    RetryPolicy.Options,
    Models.Options,
    CodexBackend.Options,
    Codex.Options
{
  /** Whether expired access tokens are refreshed; `false` is `TokenRefresh.layerNone`. Default: true. */
  readonly autoRefresh?: boolean | undefined
}

type Room<S, E, R> = Layer.Layer<S, E, R> | undefined

/**
 * What a login stands on.
 *
 * @since 0.2.0
 * @category models
 */
export interface LoginRooms<EH, RH, ES, RS, EO, RO, ET, RT, EC, RC> {
  /** Used by the backend and the issuer. Default: `FetchHttpClient.layer`. */
  readonly httpClient?: Room<HttpClient.HttpClient, EH, RH>
  /** Where the login lives. Default: the file, text or token that the values name. */
  readonly authStore?: Room<AuthStore.AuthStore, ES, RS>
  /** The issuer. Default: `OAuth.layer`. */
  readonly oauth?: Room<OAuth.OAuth, EO, RO>
  /** Default: `TokenRefresh.layer`, or `layerNone` with `autoRefresh: false`. */
  readonly tokenRefresh?: Room<TokenRefresh.TokenRefresh, ET, RT>
  /** Default: `CodexAuth.layer`. */
  readonly codexAuth?: Room<CodexAuth.CodexAuth, EC, RC>
}

/**
 * What answers stand on.
 *
 * @since 0.2.0
 * @category models
 */
export interface BackendRooms<EX, RX, EP, RP, EL, RL> {
  /** One exchange. Default: `ResponseStream.layer`. */
  readonly responseStream?: Room<ResponseStream.ResponseStream, EX, RX>
  /** Retries and limits. Default: `RetryPolicy.layer`. */
  readonly retryPolicy?: Room<RetryPolicy.RetryPolicy, EP, RP>
  /** Default: `Models.layer`. */
  readonly models?: Room<Models.Models, EL, RL>
}

/**
 * What conversations stand on.
 *
 * @since 0.2.0
 * @category models
 */
export interface ConversationRooms<EM, RM, EN, RN, EU, RU, EA, RA, EK = never, RK = never, RT = never> {
  /** Default: `Memory.layerBounded` with as many turns as `maxHistory` sends. */
  readonly memory?: Room<Memory.Memory, EM, RM>
  /** Default: `Personality.layer`, which keeps them in `memory`. */
  readonly personality?: Room<Personality.Personality, EN, RN>
  /** Default: `UsageMeter.layerMemory`. */
  readonly usageMeter?: Room<UsageMeter.UsageMeter, EU, RU>
  /** Default: `Audit.layerNone`. */
  readonly audit?: Room<Audit.Audit, EA, RA>
  /**
   * What the model may call: a `Toolkit`, whose handlers the result then needs, or an effect that gives one with its
   * handlers. Default: nothing.
   */
  readonly toolkit?: Tools.Toolkit<EK, RK, RT> | undefined
}

/**
 * What a login offers.
 *
 * @since 0.2.0
 * @category models
 */
export type LoginServices = CodexAuth.CodexAuth | DeviceLogin.DeviceLogin

/**
 * What answers.
 *
 * @since 0.2.0
 * @category models
 */
export type BackendServices = LoginServices | CodexBackend.CodexBackend | Models.Models

/**
 * What `codexLive` offers.
 *
 * @since 0.2.0
 * @category models
 */
export type Services =
  | BackendServices
  | Codex.Codex
  | Memory.Memory
  | Personality.Personality
  | UsageMeter.UsageMeter
  | Audit.Audit

/**
 * A layer is built once for each identity, whatever stands under it: two houses would share a room that is a constant.
 * Only rooms of the house are made anew, one by one, and never one that an application hands in.
 */
const own = Layer.fresh

// A tenth of an import, which only a login in a file needs.
const platform = Layer.unwrap(Effect.map(lazily(() => import("./internal/platform.ts")), ({ layer }) => layer))

const storeOf = (options: Values): Layer.Layer<AuthStore.AuthStore> =>
  options.accessToken !== undefined
    ? AuthStore.layerAccessToken(options.accessToken)
    : options.authJson !== undefined
    ? AuthStore.layerJson(options.authJson)
    : Layer.provide(AuthStore.layer(options), platform)

/**
 * The login of these values and rooms, and how to sign in.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerLogin = <
  EH = never,
  RH = never,
  ES = never,
  RS = never,
  EO = never,
  RO = never,
  ET = never,
  RT = never,
  EC = never,
  RC = never
>(
  options: Values & LoginRooms<EH, RH, ES, RS, EO, RO, ET, RT, EC, RC>
): Layer.Layer<LoginServices, EH | ES | EO | ET | EC, RH | RS | RO | RT | RC> => {
  const http: Layer.Layer<HttpClient.HttpClient, EH, RH> = options.httpClient ?? FetchHttpClient.layer
  const oauth: Layer.Layer<OAuth.OAuth, EO | EH, RO | RH> = options.oauth ?? Layer.provide(OAuth.layer(options), http)
  const store: Layer.Layer<AuthStore.AuthStore, ES, RS> = options.authStore ?? storeOf(options)
  const refresh: Layer.Layer<TokenRefresh.TokenRefresh, ET | ES | EO | EH, RT | RS | RO | RH> = options.tokenRefresh ??
    (options.autoRefresh === false
      ? TokenRefresh.layerNone
      : Layer.provide(own(TokenRefresh.layer), Layer.merge(store, oauth)))
  const auth: Layer.Layer<CodexAuth.CodexAuth, EC | ET | ES | EO | EH, RC | RT | RS | RO | RH> = options.codexAuth ??
    Layer.provide(CodexAuth.layer(options), Layer.mergeAll(store, refresh, oauth))
  return own(DeviceLogin.layer).pipe(Layer.provide(oauth), Layer.provideMerge(auth))
}

/**
 * The backend of these values and rooms, with its login.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerBackend = <
  EH = never,
  RH = never,
  ES = never,
  RS = never,
  EO = never,
  RO = never,
  ET = never,
  RT = never,
  EC = never,
  RC = never,
  EX = never,
  RX = never,
  EP = never,
  RP = never,
  EL = never,
  RL = never
>(
  options:
    & Values
    & LoginRooms<EH, RH, ES, RS, EO, RO, ET, RT, EC, RC>
    & BackendRooms<EX, RX, EP, RP, EL, RL>
): Layer.Layer<
  BackendServices,
  EH | ES | EO | ET | EC | EX | EP | EL,
  RH | RS | RO | RT | RC | RX | RP | RL
> => {
  const http: Layer.Layer<HttpClient.HttpClient, EH, RH> = options.httpClient ?? FetchHttpClient.layer
  const login = layerLogin(options)
  const models: Layer.Layer<Models.Models, EL | EC | ET | ES | EO | EH, RL | RC | RT | RS | RO | RH> = options.models ??
    Layer.provide(Models.layer(options), Layer.merge(login, http))
  return CodexBackend.layer(options).pipe(
    Layer.provide(Layer.mergeAll(
      options.responseStream ?? Layer.provide(ResponseStream.layer(options), http),
      options.retryPolicy ?? RetryPolicy.layer(options),
      http
    )),
    Layer.provideMerge(Layer.merge(models, login))
  )
}

/**
 * Conversations of these values and rooms, over any backend.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConversation = <
  EM = never,
  RM = never,
  EN = never,
  RN = never,
  EU = never,
  RU = never,
  EA = never,
  RA = never,
  EK = never,
  RK = never,
  RT = never
>(
  options: Codex.Options & ConversationRooms<EM, RM, EN, RN, EU, RU, EA, RA, EK, RK, RT>
) => {
  const tools: Layer.Layer<never, EK, RK | RT> = options.toolkit === undefined
    ? Layer.empty
    : Tools.layer(options.toolkit)
  const memory = options.memory ?? Memory.layerBounded({ turns: Math.ceil((options.maxHistory ?? 20) / 2) })
  return Codex.layer(options).pipe(
    Layer.provideMerge(Layer.mergeAll(
      options.personality ?? own(Personality.layer),
      options.usageMeter ?? own(UsageMeter.layerMemory),
      options.audit ?? Audit.layerNone
    )),
    // Conversations that stand on this house, over another backend, have its tools too.
    Layer.provideMerge(tools),
    Layer.provideMerge(memory)
  )
}
