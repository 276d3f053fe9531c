/**
 * What a provider of ours stands on: the backend with its login, and a conversation over the history that it is given.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AuthStore from "../../../auth/AuthStore.ts"
import { CodexBackend } from "../../../backend/CodexBackend.ts"
import { Models } from "../../../backend/Models.ts"
import * as CodexRooms from "../../../CodexRooms.ts"
import { Codex } from "../../../conversation/Codex.ts"
import * as Memory from "../../../conversation/Memory.ts"
import { ConversationKey, type Message } from "../../../conversation/Message.ts"
import * as Endpoint from "../../../Endpoint.ts"

/** Values with the login that the environment names, as the texts of our failures tell people to do, unless code does. */
export const layer = (values: CodexRooms.Values): Layer.Layer<CodexRooms.BackendServices> =>
  values.accessToken !== undefined || values.authJson !== undefined || values.authJsonPath !== undefined
    ? CodexRooms.layerBackend(values)
    : Layer.unwrap(
      Effect.suspend(() => AuthStore.config.parse(ConfigProvider.fromEnv())).pipe(
        Effect.orDie,
        Effect.map((login) => CodexRooms.layerBackend({ ...values, ...login }))
      )
    )

/** What is asked, and what was said before it; the last message is the question itself. */
interface Asked {
  readonly text: string
  readonly conversationKey: string
  readonly model?: string | undefined
  readonly systemPrompt?: string | undefined
  readonly messages: ReadonlyArray<Message>
}

// A provider is given its history; a turn over a memory that holds just that is the same turn as any other.
const conversationOver = (messages: ReadonlyArray<Message>) =>
  CodexRooms.layerConversation({
    memory: Memory.layerMessages({
      append: () => Effect.void,
      list: () => Effect.succeed(messages.at(-1)?.role === "user" ? messages.slice(0, -1) : messages),
      clear: () => Effect.void
    }),
    maxHistory: messages.length,
    maxHistoryTokens: Number.POSITIVE_INFINITY,
    maxPromptLength: Number.MAX_SAFE_INTEGER,
    turnTimeout: Duration.infinity
  })

/** Asks with the history that is given. */
export const ask = ({ conversationKey, messages, model, systemPrompt, text }: Asked) =>
  Codex.use((codex) =>
    codex.ask({
      text,
      conversation: ConversationKey(conversationKey),
      model,
      systemPrompt: systemPrompt ?? messages.find((message) => message.role === "system")?.content ?? ""
    })
  ).pipe(
    // The door is the entry point, and each call brings a history of its own.
    // @effect-diagnostics-next-line strictEffectProvide:off
    Effect.provide(conversationOver(messages), { local: true })
  )

/** How it is, and where it is asked. */
export const status = ({ baseUrl }: CodexRooms.Values) =>
  Effect.gen(function*() {
    const { name, status } = yield* CodexBackend
    return { name, backend: yield* status, endpoint: baseUrl ?? Endpoint.codex.baseUrl }
  })

/** What there is to choose from. */
export const models = Models.use((models) => models.list)
