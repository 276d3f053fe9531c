/**
 * What answers: the provider of `vibegram/codex`, a Promise-style object, and ours, which asks ChatGPT.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as CodexBackend from "../../backend/CodexBackend.ts"
import type * as Models from "../../backend/Models.ts"
import type { BackendServices, Values } from "../../CodexRooms.ts"
import type * as Codex from "../../conversation/Codex.ts"
import * as Kinds from "../../internal/kinds.ts"
import { lazily } from "../../internal/lazily.ts"
import { Closed } from "./internal/closed.ts"

// ---------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------

/**
 * One message of a conversation.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexMessage {
  role: "system" | "user" | "assistant"
  content: string
}

/**
 * What a provider is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexAskInput {
  text: string
  userId: number
  chatId: number | string
  conversationKey: string
  model?: string | undefined
  systemPrompt?: string | undefined
  /** System prompt, history and the text itself, oldest first. */
  messages: Array<CodexMessage>
  metadata?: Record<string, unknown> | undefined
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined
}

/**
 * What a provider answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexAskResult {
  text: string
  model?: string | undefined
  usage?: {
    inputTokens?: number | undefined
    outputTokens?: number | undefined
    totalTokens?: number | undefined
  } | undefined
  raw?: unknown
}

/**
 * What a provider says of its connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexStatusResult {
  connected: boolean
  provider: string
  model?: string | undefined
  extra?: Record<string, unknown> | undefined
}

/**
 * A model a provider offers.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexModelInfo {
  id: string
  displayName?: string | undefined
}

/**
 * Something that can answer: ours (`codexProvider`) or an object of your own. Its rejections are failures of the turn.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexProvider {
  /** Shown in status and audit; no secret. */
  readonly name: string
  ask(input: CodexAskInput): Promise<CodexAskResult>
  status?(input: { userId: number; chatId: number | string }): Promise<CodexStatusResult>
  listModels?(): Promise<Array<CodexModelInfo>>
  /** Gives back what the provider holds; called when the middleware is disposed. */
  close?(): Promise<void>
}
/**
 * The parts of an auth.json that `codexProviderFromJson` needs; everything else is kept as it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexAuthJson {
  auth_mode?: string | undefined
  tokens?: {
    access_token?: string | undefined
    id_token?: string | undefined
    refresh_token?: string | undefined
    account_id?: string | undefined
  } | undefined
  last_refresh?: string | undefined
}

/**
 * The options of `codexProvider`; every one may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexProviderOptions {
  /** A bare bearer token: no auth.json is read, nothing is refreshed. */
  accessToken?: string | undefined
  /**
   * Default: what the environment says in `CODEX_AUTH_JSON_JSON` (the text of an auth.json) or `CODEX_AUTH_JSON_PATH`,
   * else `~/.codex/auth.json`.
   */
  authJsonPath?: string | undefined
  /** Default: the best of the account's list; `gpt-5.3-codex` counts as that where the list does not have it. */
  model?: string | undefined
  /** Default: left to the model. */
  reasoningEffort?: "low" | "medium" | "high" | "xhigh" | (string & {}) | undefined
  /** How long an answer may take to begin, with all attempts, in milliseconds. Default: 60000. */
  timeoutMs?: number | undefined
  /** Retries of passing failures. Default: 2. */
  maxRetries?: number | undefined
  /** Default: `https://chatgpt.com/backend-api/codex`. */
  baseUrl?: string | undefined
  /** OAuth issuer. Default: `https://auth.openai.com`. */
  issuer?: string | undefined
  /** Default: from the credentials. */
  accountId?: string | undefined
  /** The older name of `accountId` in `vibegram/codex`. */
  organizationId?: string | undefined
  /** Default: a random UUID. */
  deviceId?: string | undefined
  /** Default: true. */
  autoRefresh?: boolean | undefined
}
// ---------------------------------------------------------------------------------------------------------
// Ours
// ---------------------------------------------------------------------------------------------------------

/** What a provider of ours holds. */
export type Services = BackendServices

// Ours by identity: a copy with another `ask` is somebody else's provider and is taken at its word.
const runtimes = new WeakMap<CodexProvider, ManagedRuntime.ManagedRuntime<Services, never>>()

/** The form that an answer has in `vibegram/codex`. */
export const resultOf = (answer: Codex.Answer): CodexAskResult => ({
  text: answer.text,
  model: answer.model,
  usage: answer.usage === undefined ? undefined : {
    inputTokens: answer.usage.inputTokens,
    outputTokens: answer.usage.outputTokens,
    totalTokens: answer.usage.totalTokens
  }
})

/** The status of a backend of ours, as `vibegram/codex` tells it. */
export const statusOf = (provider: string, status: CodexBackend.BackendStatus): CodexStatusResult => ({
  connected: status.connected,
  provider,
  model: status.model,
  extra: Option.match(status.auth, {
    onNone: () => ({}),
    onSome: (auth) => ({
      expired: !auth.signedIn,
      expiresAt: auth.expiresAt === undefined ? undefined : DateTime.formatIso(auth.expiresAt),
      autoRefresh: auth.canRefresh,
      ...(auth.canRefresh && { hasRefreshToken: true }),
      planType: auth.plan,
      accountId: auth.accountId,
      problem: auth.problem?.message
    })
  })
})

/** The list of models, as `vibegram/codex` gives it. */
export const modelsOf = ({ models }: Models.List): Array<CodexModelInfo> =>
  models.map(({ displayName, id }) => ({ id, displayName }))

const kinds: { readonly [K in keyof Required<CodexProviderOptions>]: Kinds.Kindly } = {
  accessToken: Kinds.text,
  authJsonPath: Kinds.text,
  model: Kinds.text,
  reasoningEffort: Kinds.text,
  timeoutMs: Kinds.millis,
  maxRetries: Kinds.count,
  baseUrl: Kinds.text,
  issuer: Kinds.text,
  accountId: Kinds.text,
  organizationId: Kinds.text,
  deviceId: Kinds.text,
  autoRefresh: Kinds.flag
}
const known: Kinds.Kinds = kinds

const valuesOf = (options: CodexProviderOptions): Values => ({
  accessToken: options.accessToken === undefined ? undefined : Redacted.make(options.accessToken),
  authJsonPath: options.authJsonPath,
  model: options.model,
  reasoningEffort: options.reasoningEffort,
  requestTimeout: options.timeoutMs,
  maxRetries: options.maxRetries,
  baseUrl: options.baseUrl,
  issuer: options.issuer,
  accountId: options.accountId ?? options.organizationId,
  deviceId: options.deviceId,
  autoRefresh: options.autoRefresh
})

const behind = lazily(() => import("./internal/answering.ts"))

const providerWith = (written: CodexProviderOptions, login: Values = {}): CodexProvider => {
  const options = Kinds.given(written ?? {}, Kinds.isSet)
  const problem = Kinds.firstProblem(options, (name, value) => Kinds.problemOf(known, name, value))
  const values = { ...valuesOf(options), ...login }
  const runtime = ManagedRuntime.make(
    problem === undefined
      ? Layer.unwrap(Effect.map(behind, ({ layer }) => layer(values)))
      : Layer.effectContext(
        Effect.die(new Kinds.OptionInvalid({ of: "codexProvider", problem: `${problem} ${Kinds.unanswered}` }))
      )
  )
  let isClosed = false
  const run = <A, E>(effect: Effect.Effect<A, E, Services>, options?: { readonly signal?: AbortSignal | undefined }) =>
    isClosed
      ? Effect.runPromise(Effect.fail(new Closed({ of: "codexProvider" })))
      : runtime.runPromise(effect, options)
  const provider: CodexProvider = {
    name: "codex",
    ask: (input) =>
      run(
        Effect.flatMap(behind, ({ ask }) => Effect.map(ask(input), resultOf)),
        { signal: input.signal }
      ),
    status: () =>
      run(
        Effect.map(Effect.flatMap(behind, ({ status }) => status(values)), ({ backend, endpoint, name }) => {
          const told = statusOf(name, backend)
          return {
            ...told,
            extra: {
              ...told.extra,
              endpoint,
              ...(values.deviceId !== undefined && { deviceId: values.deviceId })
            }
          }
        })
      ),
    listModels: () => run(Effect.flatMap(behind, ({ models }) => Effect.map(models, modelsOf))),
    close: () => {
      isClosed = true
      return runtime.dispose()
    }
  }
  runtimes.set(provider, runtime)
  return provider
}

/**
 * Makes a provider that asks ChatGPT with the tokens of an auth.json (or a bare access token).
 *
 * Nothing is read before the first prompt: a missing or broken auth.json is told to the person who asks.
 *
 * @since 0.1.0
 * @category constructors
 */
export const codexProvider = (options: CodexProviderOptions = {}): CodexProvider => providerWith(options)

const encodeJson = Schema.encodeSync(Schema.fromJsonString(Schema.Unknown))

/**
 * Makes a provider of an auth.json that is an object already, from a secret manager for example.
 *
 * Refreshed tokens live in memory only: after a restart the object must still be good.
 *
 * @since 0.1.0
 * @category constructors
 */
export const codexProviderFromJson = (
  authJson: CodexAuthJson,
  options: Omit<CodexProviderOptions, "accessToken" | "authJsonPath"> = {}
): CodexProvider => providerWith(options, { authJson: Redacted.make(encodeJson(authJson ?? null)) })

/** The services inside a provider, when it is one of ours. */
export const servicesOf = (provider: CodexProvider): Option.Option<Layer.Layer<Services>> =>
  Option.map(Option.fromUndefinedOr(runtimes.get(provider)), (runtime) => Layer.effectContext(runtime.contextEffect))
