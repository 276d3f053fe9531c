/**
 * The words of a conversation: messages, prompts, and the key that tells conversations apart.
 */
import * as Brand from "effect/Brand"

/**
 * One remembered message.
 *
 * `system` is there for stores that keep personalities under it; a conversation holds `user` and `assistant`.
 */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/** Who asks: Telegram's users are numbers, those of an application what it says. */
export type UserId = number | string

/** Where it was asked. */
export type ChatId = number | string

/** What tells one conversation from another. */
export type ConversationKey = string & Brand.Brand<"ConversationKey">

/** Makes a key of any text; equal texts are the same conversation. */
export const ConversationKey = Brand.nominal<ConversationKey>()

/**
 * The key of a Telegram conversation, as `vibegram/codex` scopes it: by thread in topics, by chat and user in groups,
 * by user in private.
 */
export const telegramConversation = (place: {
  readonly chatId: number | string
  readonly userId: number | undefined
  /** Only for messages that really are in a topic: a plain reply chain carries a thread id too. */
  readonly threadId: number | undefined
  readonly isPrivate: boolean
  /** Whether a topic is a conversation of its own for each user. Default: false. */
  readonly isPerUser?: boolean | undefined
}): ConversationKey =>
  ConversationKey(
    place.isPrivate
      ? `user:${place.userId ?? place.chatId}`
      : place.threadId === undefined
      ? `chat:${place.chatId}:user:${place.userId ?? "all"}`
      : `chat:${place.chatId}:thread:${place.threadId}${
        place.isPerUser === true ? `:user:${place.userId ?? "all"}` : ""
      }`
  )

/** What somebody wants to know. */
export interface Prompt {
  /** At most `maxPromptLength` UTF-16 units. */
  readonly text: string
  /** Which conversation it belongs to. Without one there is no history, no order, and nothing is remembered. */
  readonly conversation?: ConversationKey | undefined
  /** Whose personality applies and whose usage grows. Default: nobody's. */
  readonly userId?: UserId | undefined
  /** Where it was asked; for the audit only. */
  readonly chatId?: ChatId | undefined
  /** Default: what `Models` chooses. */
  readonly model?: string | undefined
  /** Default: the model's own, or the one of `CodexBackend`. */
  readonly reasoningEffort?: string | undefined
  /** Whether the model tells in summary what it thinks (`ReasoningDelta`). Default: false. */
  readonly reasoningSummary?: boolean | undefined
  /** Default: the system prompt of `Codex`. A personality is added to either. */
  readonly systemPrompt?: string | undefined
}

/**
 * The last `maximum` messages of a history that may be sent along.
 *
 * It starts with a user message, since an answer without its question misleads the model.
 */
export const window = (history: ReadonlyArray<Message>, maximum: number): ReadonlyArray<Message> => {
  const spoken = history.filter((message) => message.role !== "system")
  const last = maximum <= 0 ? [] : spoken.slice(-maximum)
  const start = last.findIndex((message) => message.role === "user")
  return start === -1 ? [] : last.slice(start)
}
