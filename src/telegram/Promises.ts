/**
 * The Promise side of the door: the seed's types, and the way between them and our services.
 */
import type * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as CodexAuth from "../auth/CodexAuth.ts"
import * as CodexBackend from "../backend/CodexBackend.ts"
import type { CodexRequest } from "../backend/CodexRequest.ts"
import type { ResponseEvent } from "../backend/ResponseEvent.ts"
import * as CodexConfig from "../CodexConfig.ts"
import { BackendUnavailable, CodexError } from "../CodexError.ts"
import * as CodexLive from "../CodexLive.ts"
import * as Audit from "../conversation/Audit.ts"
import * as Codex from "../conversation/Codex.ts"
import * as Memory from "../conversation/Memory.ts"
import { ConversationKey, type Message } from "../conversation/Message.ts"

// ---------------------------------------------------------------------------------------------------------
// The seed's types
// ---------------------------------------------------------------------------------------------------------

/** One message of a conversation. */
export interface CodexMessage {
  role: "system" | "user" | "assistant"
  content: string
}

/** What a provider is asked. */
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

/** What a provider answers. */
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

/** What a provider says of its connection. */
export interface CodexStatusResult {
  connected: boolean
  provider: string
  model?: string | undefined
  extra?: Record<string, unknown> | undefined
}

/** A model a provider offers. */
export interface CodexModelInfo {
  id: string
  displayName?: string | undefined
}

/** Something that can answer: ours (`codexProvider`) or an object of your own. */
export interface CodexProvider {
  /** Shown in status and audit; no secret. */
  readonly name: string
  ask(input: CodexAskInput): Promise<CodexAskResult>
  status?(input: { userId: number; chatId: number | string }): Promise<CodexStatusResult>
  listModels?(): Promise<Array<CodexModelInfo>>
  /** Gives back what the provider holds; called when the middleware is disposed. */
  close?(): Promise<void>
}

/** A store of your own for history and personalities: three functions, oldest message first. */
export interface CodexMemoryStore {
  append(key: string, message: CodexMessage): Promise<void>
  list(key: string): Promise<Array<CodexMessage>>
  clear(key: string): Promise<void>
}

/** The record of a turn, without what was said. */
export interface CodexAuditEvent {
  /** ISO 8601. */
  timestamp: string
  /** 0 when nobody is known. */
  userId: number
  chatId: number | string
  provider: string
  model?: string
  success: boolean
  durationMs: number
  error?: string
}

/** What `ctx.codex` can do in a handler of your own. */
export interface CodexContext {
  /** Asks with the history of this conversation; rejects with a `CodexError`. */
  ask(
    text: string,
    options?: { model?: string | undefined; systemPrompt?: string | undefined }
  ): Promise<CodexAskResult>
  status(): Promise<CodexStatusResult>
  /** Forgets this conversation. */
  reset(): Promise<void>
  listModels(): Promise<Array<CodexModelInfo>>
  /** At most 2000 characters. */
  setPersonality(text: string): Promise<void>
  getPersonality(): Promise<string | null>
  clearPersonality(): Promise<void>
  readonly conversationKey: string
}

/** The parts of an auth.json that `codexProviderFromJson` needs; everything else is kept as it is. */
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

/** The options of `codexProvider`; every one may be left out. */
export interface CodexProviderOptions {
  /** A bare bearer token: no auth.json is read, nothing is refreshed. */
  accessToken?: string | undefined
  /** Default: `~/.codex/auth.json`. */
  authJsonPath?: string | undefined
  /** Default: `gpt-5.3-codex`. */
  model?: string | undefined
  /** Default: left to the model. */
  reasoningEffort?: "low" | "medium" | "high" | "xhigh" | (string & {}) | undefined
  /** Limit of a request in milliseconds. Default: 60000. */
  timeoutMs?: number | undefined
  /** Retries of passing failures. Default: 2. */
  maxRetries?: number | undefined
  /** Default: `https://chatgpt.com/backend-api/codex`. */
  baseUrl?: string | undefined
  /** OAuth issuer. Default: `https://auth.openai.com`. */
  issuer?: string | undefined
  /** Default: from the credentials. */
  accountId?: string | undefined
  /** Default: a random UUID. */
  deviceId?: string | undefined
  /** Default: true. */
  autoRefresh?: boolean | undefined
}

// ---------------------------------------------------------------------------------------------------------
// Our provider
// ---------------------------------------------------------------------------------------------------------

type ProviderServices = CodexBackend.CodexBackend | CodexAuth.CodexAuth

// Ours by identity: a copy with another `ask` is somebody else's provider and is taken at its word.
const runtimes = new WeakMap<CodexProvider, ManagedRuntime.ManagedRuntime<ProviderServices, Config.ConfigError>>()

/** The seed's form of an answer. */
export const resultOf = (answer: Codex.Answer): CodexAskResult => ({
  text: answer.text,
  model: answer.model,
  usage: answer.usage === undefined ? undefined : {
    inputTokens: answer.usage.inputTokens,
    outputTokens: answer.usage.outputTokens,
    totalTokens: answer.usage.totalTokens
  }
})

/** The seed's status of a backend of ours. */
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
      planType: auth.plan,
      accountId: auth.accountId,
      problem: auth.problem?.message
    })
  })
})

/** The seed's list of models. */
export const modelsOf = ({ models }: CodexBackend.Models): Array<CodexModelInfo> =>
  models.map(({ displayName, id }) => ({ id, displayName }))

const promptOf = (input: CodexAskInput) => ({
  text: input.text,
  conversation: ConversationKey(input.conversationKey),
  model: input.model,
  systemPrompt: input.systemPrompt ?? input.messages.find((message) => message.role === "system")?.content ?? ""
})

// A provider is given its history; a turn over a memory that holds just that is the same turn as any other.
const conversationOver = (messages: ReadonlyArray<CodexMessage>) =>
  CodexLive.layerConversation.pipe(
    Layer.provide([
      Memory.layerStore({
        append: () => Effect.void,
        list: () => Effect.succeed(messages.at(-1)?.role === "user" ? messages.slice(0, -1) : messages),
        clear: () => Effect.void
      }),
      Audit.layerNone,
      CodexConfig.layer({
        maxHistory: messages.length,
        maxPromptLength: Number.MAX_SAFE_INTEGER,
        turnTimeout: Duration.infinity
      })
    ])
  )

const providerWith = (settings: CodexConfig.Options): CodexProvider => {
  const runtime = ManagedRuntime.make(CodexLive.layerBackend.pipe(Layer.provide(CodexConfig.layer(settings))))
  const provider: CodexProvider = {
    name: "codex",
    ask: (input) =>
      runtime.runPromise(
        Codex.Codex.use((codex) => codex.ask(promptOf(input))).pipe(
          Effect.map(resultOf),
          // The door is the entry point, and each call brings a history of its own.
          // @effect-diagnostics-next-line strictEffectProvide:off
          Effect.provide(conversationOver(input.messages), { local: true })
        ),
        { signal: input.signal }
      ),
    status: () =>
      runtime.runPromise(
        CodexBackend.CodexBackend.use((backend) =>
          Effect.map(backend.status, (status) => statusOf(backend.name, status))
        )
      ),
    listModels: () =>
      runtime.runPromise(CodexBackend.CodexBackend.use((backend) => Effect.map(backend.models, modelsOf))),
    close: () => runtime.dispose()
  }
  runtimes.set(provider, runtime)
  return provider
}

const settingsOf = (options: CodexProviderOptions): CodexConfig.Options => ({
  accessToken: options.accessToken === undefined ? undefined : Redacted.make(options.accessToken),
  authJsonPath: options.authJsonPath,
  model: options.model,
  reasoningEffort: options.reasoningEffort,
  requestTimeout: options.timeoutMs,
  maxRetries: options.maxRetries,
  baseUrl: options.baseUrl,
  issuer: options.issuer,
  accountId: options.accountId,
  deviceId: options.deviceId,
  autoRefresh: options.autoRefresh
})

/**
 * Makes a provider that asks ChatGPT with the tokens of an auth.json (or a bare access token).
 *
 * Nothing is read before the first prompt: a missing or broken auth.json is told to the person who asks.
 */
export const codexProvider = (options: CodexProviderOptions = {}): CodexProvider => providerWith(settingsOf(options))

const encodeJson = Schema.encodeSync(Schema.fromJsonString(Schema.Unknown))

/**
 * Makes a provider of an auth.json that is an object already, from a secret manager for example.
 *
 * Refreshed tokens live in memory only: after a restart the object must still be good.
 */
export const codexProviderFromJson = (
  authJson: CodexAuthJson,
  options: Omit<CodexProviderOptions, "accessToken" | "authJsonPath"> = {}
): CodexProvider => providerWith({ ...settingsOf(options), authJson: Redacted.make(encodeJson(authJson)) })

// ---------------------------------------------------------------------------------------------------------
// Anybody's provider, store and audit as layers
// ---------------------------------------------------------------------------------------------------------

const messagesOf = (request: CodexRequest): Array<CodexMessage> => [
  { role: "system", content: request.instructions },
  ...request.input.map(({ role, text }): CodexMessage => ({
    role: role === "developer" ? "system" : role,
    content: text
  }))
]

const eventsOf = (result: CodexAskResult): ReadonlyArray<ResponseEvent> => [
  { _tag: "MessageDone", text: result.text, phase: "answer" },
  {
    _tag: "Completed",
    responseId: undefined,
    model: result.model,
    usage: result.usage === undefined ? undefined : {
      inputTokens: result.usage.inputTokens ?? 0,
      cachedTokens: 0,
      outputTokens: result.usage.outputTokens ?? 0,
      reasoningTokens: 0,
      totalTokens: result.usage.totalTokens ?? (result.usage.inputTokens ?? 0) + (result.usage.outputTokens ?? 0)
    },
    incomplete: undefined
  }
]

const isCodexError = Schema.is(CodexError)

// What a stranger's provider rejects with may say anything, so it is carried as the cause and not shown. Failures
// of our own come out of a provider that is wrapped around one of ours, and keep their words.
const failureOf = (cause: unknown): CodexBackend.ResponsesError => {
  if (!isCodexError(cause)) return new BackendUnavailable({ cause })
  switch (cause._tag) {
    case "PromptTooLong":
    case "MemoryFailed":
    case "AccessDenied":
    case "TelegramFailed":
    case "DeviceLoginFailed":
      return new BackendUnavailable({ cause })
    default:
      return cause
  }
}

const layerForeign = (provider: CodexProvider): Layer.Layer<CodexBackend.CodexBackend> =>
  Layer.succeed(CodexBackend.CodexBackend, {
    name: provider.name,
    responses: (request) =>
      Effect.tryPromise({
        try: async (signal) =>
          provider.ask({
            text: request.input.at(-1)?.text ?? "",
            userId: request.origin?.userId ?? 0,
            chatId: request.origin?.chatId ?? 0,
            conversationKey: request.origin?.conversation ?? request.sessionId,
            model: request.model,
            systemPrompt: request.instructions,
            messages: messagesOf(request),
            signal
          }),
        catch: failureOf
      }).pipe(
        Effect.map((result) => Stream.fromIterable(eventsOf(result))),
        Stream.unwrap
      ),
    models: Effect.tryPromise(async () => await provider.listModels?.() ?? []).pipe(
      Effect.orElseSucceed((): Array<CodexModelInfo> => []),
      Effect.map((models) => ({
        source: "live" as const,
        models: models.map(({ displayName, id }) => ({
          id,
          displayName,
          description: undefined,
          reasoningEfforts: []
        }))
      }))
    ),
    usage: Effect.fail(new BackendUnavailable({})),
    status: Effect.tryPromise(async () => provider.status?.({ userId: 0, chatId: 0 })).pipe(
      Effect.orElseSucceed(() => ({ connected: false, model: undefined })),
      Effect.map((status) => ({
        connected: status?.connected ?? true,
        model: status?.model,
        reasoningEffort: undefined,
        auth: Option.none(),
        quota: Option.none()
      }))
    )
  })

/** The services of a provider: of ours with its login, of anybody's with the login of the default file. */
export const layerProvider = (provider: CodexProvider): Layer.Layer<ProviderServices, Config.ConfigError> => {
  const own = runtimes.get(provider)
  return own === undefined
    ? Layer.merge(layerForeign(provider), CodexLive.layerAuth)
    : Layer.effectContext(own.contextEffect)
}

/** Keeps history in a Promise-style store; the functions may be synchronous as well. */
export const layerMemoryStore = (store: CodexMemoryStore): Layer.Layer<Memory.Memory> =>
  Memory.layerStore({
    append: (key, { content, role }) => Effect.tryPromise(async () => store.append(key, { role, content })),
    list: (key) => Effect.tryPromise(async (): Promise<ReadonlyArray<Message>> => store.list(key)),
    clear: (key) => Effect.tryPromise(async () => store.clear(key))
  })

/** Hands the audit to a callback. */
export const layerOnAudit = (onAudit: (event: CodexAuditEvent) => unknown): Layer.Layer<Audit.Audit> =>
  Audit.layerCallback((event) =>
    Effect.tryPromise(async () =>
      onAudit({
        timestamp: DateTime.formatIso(event.timestamp),
        userId: event.userId ?? 0,
        chatId: event.chatId ?? 0,
        provider: event.provider,
        ...(event.model !== undefined && { model: event.model }),
        success: event.outcome === "answered" || event.outcome === "stopped",
        durationMs: Duration.toMillis(event.duration),
        ...(event.outcome !== "answered" && { error: event.error?.message ?? event.outcome })
      })
    )
  )
