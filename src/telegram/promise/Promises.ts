/**
 * Between Promises and services: anybody's provider, store and audit callback as layers.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { BackendUnavailable, ProviderFailed } from "../../backend/BackendError.ts"
import * as CodexBackend from "../../backend/CodexBackend.ts"
import type { CodexRequest } from "../../backend/CodexRequest.ts"
import * as Item from "../../backend/Item.ts"
import * as Models from "../../backend/Models.ts"
import type { ResponseEvent } from "../../backend/ResponseEvent.ts"
import { CodexError } from "../../CodexError.ts"
import * as CodexRooms from "../../CodexRooms.ts"
import * as Audit from "../../conversation/Audit.ts"
import * as Memory from "../../conversation/Memory.ts"
import type { Message, UserId } from "../../conversation/Message.ts"
import {
  type CodexAskResult,
  type CodexMessage,
  type CodexModelInfo,
  type CodexProvider,
  type CodexStatusResult,
  type Services,
  servicesOf
} from "./Provider.ts"

/**
 * A store of your own for history and personalities: three functions, oldest message first.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexMemoryStore {
  append(key: string, message: CodexMessage): Promise<void>
  list(key: string): Promise<Array<CodexMessage>>
  clear(key: string): Promise<void>
}

/**
 * The record of a turn, without what was said.
 *
 * @since 0.1.0
 * @category models
 */
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

/**
 * What `ctx.codex` can do in a handler of your own.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexContext {
  /** Asks with the history of this conversation; rejects with a `CodexError`. */
  ask(
    text: string,
    options?: { model?: string | undefined; systemPrompt?: string | undefined }
  ): Promise<CodexAskResult>
  status(): Promise<CodexStatusResult>
  /** Forgets this conversation; an answer that is being given is stopped, and what waits is dropped. */
  reset(): Promise<void>
  listModels(): Promise<Array<CodexModelInfo>>
  /** At most 2000 characters. */
  setPersonality(text: string): Promise<void>
  getPersonality(): Promise<string | null>
  clearPersonality(): Promise<void>
  readonly conversationKey: string
}
const messagesOf = (request: CodexRequest): Array<CodexMessage> => [
  { role: "system", content: request.instructions },
  ...request.input.flatMap((item): ReadonlyArray<CodexMessage> =>
    item.type === "message"
      ? [{ role: item.role === "developer" ? "system" : item.role, content: Item.words(item) }]
      : []
  )
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
const failureOf = (provider: string) => (cause: unknown): CodexBackend.ResponsesError => {
  if (!isCodexError(cause)) return new ProviderFailed({ provider, cause })
  switch (cause._tag) {
    case "PromptEmpty":
    case "PromptTooLong":
    case "ConversationBusy":
    case "TurnTimedOut":
    case "MemoryFailed":
    case "AuditFailed":
    case "DeviceLoginFailed":
      return new ProviderFailed({ provider, cause })
    default:
      return cause
  }
}

const secrets = /\bBearer\s+\S+|\beyJ[\w-]{8,}[\w.-]*|\b(?:rt_|sk-)[\w.-]+/gi

/** What a stranger's error says, for the log: without what was sent to it, and without what looks like a secret. */
const tellable = (cause: unknown, request: CodexRequest): string => {
  const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  const sent = messagesOf(request).map(({ content }) => content).filter((text) => text.trim() !== "")
  const without = sent.reduce((text, part) => text.replaceAll(part, "[...]"), words).replace(secrets, "[...]")
  const frames = cause instanceof Error ? /(?:\n {4}at .*)+$/.exec(cause.stack ?? "")?.[0] ?? "" : ""
  return without.slice(0, 1000) + frames
}

// `vibegram/codex` knows numbers only, and 0 for nobody.
const numberOf = (userId: UserId | undefined): number => typeof userId === "number" ? userId : 0

const layerAnswers = (provider: CodexProvider): Layer.Layer<CodexBackend.CodexBackend> =>
  Layer.succeed(CodexBackend.CodexBackend, {
    name: provider.name,
    responses: (request) =>
      Effect.tryPromise({
        try: async (signal) =>
          provider.ask({
            text: Item.words(request.input.at(-1)),
            userId: numberOf(request.origin?.userId),
            chatId: request.origin?.chatId ?? 0,
            conversationKey: request.origin?.conversation ?? request.sessionId,
            model: request.model,
            systemPrompt: request.instructions,
            messages: messagesOf(request),
            signal
          }),
        catch: failureOf(provider.name)
      }).pipe(
        Effect.tapErrorTag("ProviderFailed", (error) => Effect.logError(error.message, tellable(error.cause, request))),
        Effect.map((result) => Stream.fromIterable(eventsOf(result))),
        Stream.unwrap
      ),
    usage: Effect.fail(new BackendUnavailable({})),
    status: Effect.tryPromise(async () => provider.status?.({ userId: 0, chatId: 0 })).pipe(
      Effect.orElseSucceed(() => ({ connected: false, model: undefined })),
      Effect.map((status) => ({
        connected: status?.connected ?? true,
        model: status?.model,
        modelNote: undefined,
        reasoningEffort: undefined,
        auth: Option.none(),
        quota: Option.none()
      }))
    )
  })

// A foreign provider chooses for itself; what a person names is passed on.
const layerModels = (provider: CodexProvider): Layer.Layer<Models.Models> =>
  Layer.succeed(Models.Models, {
    list: Effect.tryPromise(async () => await provider.listModels?.() ?? []).pipe(
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
    choose: (wanted = "") => Effect.succeed({ model: wanted, isExplicit: true }),
    after: () => Effect.undefined,
    found: () => Effect.void,
    chosen: Effect.succeed({ model: undefined, note: undefined })
  })

/** The services of a provider: of ours with its login, of anybody's with the login of the default file. */
export const layerProvider = (provider: CodexProvider): Layer.Layer<Services> =>
  Option.getOrElse(
    servicesOf(provider),
    () => Layer.mergeAll(layerAnswers(provider), layerModels(provider), CodexRooms.layerLogin({}))
  )

/** Keeps history in a Promise-style store; the functions may be synchronous as well. */
export const layerMemoryStore = (store: CodexMemoryStore): Layer.Layer<Memory.Memory> =>
  Memory.layerMessages({
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
        userId: numberOf(event.userId),
        chatId: event.chatId ?? 0,
        provider: event.provider,
        ...(event.model !== undefined && { model: event.model }),
        success: event.outcome === "answered" || event.outcome === "stopped",
        durationMs: event.durationMs,
        ...(event.outcome !== "answered" && { error: event.error?.message ?? event.outcome })
      })
    )
  )
