/**
 * Everything composed: from options (`codexLive`), from the environment (`CodexLive`), or both (`codexLiveConfig`).
 *
 * An application says values, and furnishes any room with a layer of its own; what that needs and how it may fail shows
 * in the type of the result. Two calls are two accounts: they share nothing but the layers that are handed to both.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AuthStore from "./auth/AuthStore.ts"
import * as CodexAuth from "./auth/CodexAuth.ts"
import * as OAuth from "./auth/OAuth.ts"
import * as CodexBackend from "./backend/CodexBackend.ts"
import * as Models from "./backend/Models.ts"
import * as ResponseStream from "./backend/ResponseStream.ts"
import * as RetryPolicy from "./backend/RetryPolicy.ts"
import {
  type BackendRooms,
  type ConversationRooms,
  layerBackend,
  layerConversation,
  type LoginRooms,
  type Services,
  type Values
} from "./CodexRooms.ts"
import * as Codex from "./conversation/Codex.ts"
import type * as Memory from "./conversation/Memory.ts"
import * as Kinds from "./internal/kinds.ts"
import { optional } from "./internal/settings.ts"

/**
 * What `codexLive` takes and gives, for a function of yours that passes it on.
 *
 * @since 0.2.0
 * @category models
 */
export type {
  BackendRooms,
  BackendServices,
  ConversationRooms,
  LoginRooms,
  LoginServices,
  Services,
  Values
} from "./CodexRooms.ts"

const redacted = (what: string, isElse: (value: unknown) => boolean = () => false): Kinds.Kindly => ({
  what: `${what}, made with Redacted.make(...) of effect`,
  is: (value) => Redacted.isRedacted(value) || isElse(value)
})
const room: Kinds.Kindly = { what: "a Layer of effect", is: Layer.isLayer }

type Option =
  | keyof Values
  | keyof LoginRooms<never, never, never, never, never, never, never, never, never, never>
  | keyof BackendRooms<never, never, never, never, never, never>
  | keyof ConversationRooms<never, never, never, never, never, never, never, never>

/** What may stand there, which the compiler tells others. */
const kinds: { readonly [K in Option]: Kinds.Kindly } = {
  accessToken: redacted("a token"),
  authJson: redacted("the text of an auth.json"),
  authJsonPath: Kinds.text,
  issuer: Kinds.text,
  endpoint: Kinds.object("an object"),
  accountId: Kinds.text,
  baseUrl: Kinds.text,
  deviceId: Kinds.text,
  connectTimeout: Kinds.span,
  idleTimeout: Kinds.span,
  requestTimeout: Kinds.span,
  maxRetries: Kinds.count,
  model: Kinds.text,
  reasoningEffort: Kinds.text,
  systemPrompt: Kinds.text,
  maxPromptLength: Kinds.count,
  maxHistory: Kinds.count,
  maxHistoryTokens: Kinds.count,
  maxWaiting: Kinds.count,
  turnTimeout: Kinds.span,
  maxTurn: Kinds.span,
  maxRounds: Kinds.count,
  webSearch: Kinds.either(Kinds.either(Kinds.flag, Kinds.oneOf("cached")), Kinds.object("an object")),
  imageGeneration: Kinds.flag,
  autoRefresh: Kinds.flag,
  httpClient: room,
  authStore: room,
  oauth: room,
  tokenRefresh: room,
  codexAuth: room,
  responseStream: room,
  retryPolicy: room,
  models: room,
  memory: room,
  personality: room,
  usageMeter: room,
  audit: room,
  toolkit: { what: "a Toolkit of effect/ai with its handlers", is: Effect.isEffect }
}

/** What is not known has no effect, and what is handed on with more than this is nobody's mistake. */
const toldUnknown = (names: ReadonlyArray<string>): Effect.Effect<void> =>
  names.length === 0
    ? Effect.void
    : Effect.logWarning(
      `codexLive(...) has no option ${names.join(", ")}: it has no effect. Correct its name, or leave it out.`
    )

/** The house of these options, or in place of wrong ones a house that cannot be built and says why. */
const checked = <A, E, R>(options: object, house: () => Layer.Layer<A, E, R>): Layer.Layer<A, E, R> =>
  Layer.unwrap(
    Kinds.ensure("codexLive", kinds, options).pipe(
      Effect.andThen(toldUnknown(Object.keys(options).filter((name) => !Object.hasOwn(kinds, name)))),
      Effect.map(house)
    )
  )

/**
 * Everything, with values and rooms from code. The environment is asked only for the home folder, and only when no
 * value says where the login is.
 *
 * @since 0.1.0
 * @category layers
 */
export const codexLive = <
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
  RL = never,
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
  RW = never
>(
  options:
    & Values
    & LoginRooms<EH, RH, ES, RS, EO, RO, ET, RT, EC, RC>
    & BackendRooms<EX, RX, EP, RP, EL, RL>
    & ConversationRooms<EM, RM, EN, RN, EU, RU, EA, RA, EK, RK, RW> = {}
): Layer.Layer<
  Services,
  EH | ES | EO | ET | EC | EX | EP | EL | EM | EN | EU | EA | EK,
  RH | RS | RO | RT | RC | RX | RP | RL | RM | RK | RW | Exclude<RN | RU | RA, Memory.Memory>
> => checked(options, () => Layer.provideMerge(layerConversation(options), layerBackend(options)))

/**
 * The environment's names for the values of the core.
 *
 * A variable that is missing or empty, or words of white space alone, mean the default. A malformed one fails with a `ConfigError` that names it.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Values> = Config.all({
  store: AuthStore.config,
  oauth: OAuth.config,
  auth: CodexAuth.config,
  exchange: ResponseStream.config,
  policy: RetryPolicy.config,
  models: Models.config,
  backend: CodexBackend.config,
  conversation: Codex.config,
  autoRefresh: optional(Config.Boolean("CODEX_AUTO_REFRESH"))
}).pipe(Config.map(({ auth, autoRefresh, backend, conversation, exchange, models, oauth, policy, store }): Values => ({
  ...store,
  ...oauth,
  ...auth,
  ...exchange,
  ...policy,
  ...models,
  ...backend,
  ...conversation,
  autoRefresh
})))

// What is `undefined` in code leaves the environment's word.
const defined = <V extends object>(values: V): Partial<V> => {
  const out: Partial<V> = {}
  for (const name in values) if (values[name] !== undefined) out[name] = values[name]
  return out
}

/** The environment, and code over it: who names one source of the login in code has not named another elsewhere. */
const over = (environment: Values, code: Values): Values => {
  const { accessToken, authJson, authJsonPath, ...rest } = environment
  const isNamed = code.accessToken !== undefined || code.authJson !== undefined || code.authJsonPath !== undefined
  return { ...rest, ...(isNamed ? {} : { accessToken, authJson, authJsonPath }), ...defined(code) }
}

/**
 * Everything, with values from the environment, and values and rooms of your own over them.
 *
 * @since 0.2.0
 * @category layers
 */
export const codexLiveConfig = <
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
  RL = never,
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
  RW = never
>(
  options:
    & Values
    & LoginRooms<EH, RH, ES, RS, EO, RO, ET, RT, EC, RC>
    & BackendRooms<EX, RX, EP, RP, EL, RL>
    & ConversationRooms<EM, RM, EN, RN, EU, RU, EA, RA, EK, RK, RW> = {}
): Layer.Layer<
  Services,
  Config.ConfigError | EH | ES | EO | ET | EC | EX | EP | EL | EM | EN | EU | EA | EK,
  RH | RS | RO | RT | RC | RX | RP | RL | RM | RK | RW | Exclude<RN | RU | RA, Memory.Memory>
> => Layer.unwrap(Effect.map(config, (environment) => codexLive({ ...options, ...over(environment, options) })))

/**
 * Everything from the environment; a malformed variable fails with a `ConfigError` that names it.
 *
 * @since 0.1.0
 * @category layers
 */
export const CodexLive: Layer.Layer<Services, Config.ConfigError> = codexLiveConfig()
