/**
 * Which conversation a message belongs to.
 */
import { ConversationKey } from "../../conversation/Message.ts"

/**
 * The key of a Telegram conversation, as `vibegram/codex` scopes it: by thread in topics, by chat and user in groups,
 * by user in private; there, too, a topic is a conversation of its own.
 */
export const conversationOf = (place: {
  readonly chatId: number | string
  readonly userId: number | undefined
  /** Only for messages that really are in a topic: a plain reply chain carries a thread id too. */
  readonly threadId: number | undefined
  /** A person's topic in the direct messages of a channel: those who answer there speak in the topics of all. */
  readonly directTopicId?: number | undefined
  readonly isPrivate: boolean
  /** Whether a topic is a conversation of its own for each user. Default: false. */
  readonly isPerUser?: boolean | undefined
}): ConversationKey =>
  ConversationKey(
    place.isPrivate
      ? `user:${place.userId ?? place.chatId}${place.threadId === undefined ? "" : `:thread:${place.threadId}`}`
      : place.threadId === undefined
      ? `chat:${place.chatId}${place.directTopicId === undefined ? "" : `:direct:${place.directTopicId}`}:user:${
        place.userId ?? "all"
      }`
      : `chat:${place.chatId}:thread:${place.threadId}${
        place.isPerUser === true ? `:user:${place.userId ?? "all"}` : ""
      }`
  )
