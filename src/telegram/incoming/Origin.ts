/**
 * Who wrote, where, and where an answer goes.
 */
import * as Option from "effect/Option"
import type { ConversationKey } from "../../conversation/Message.ts"
import { conversationOf } from "../internal/conversationOf.ts"
import type { Destination } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import * as Message from "./Message.ts"

/** Who wrote, where, and where an answer goes. */
export interface Origin {
  readonly messageId: number
  readonly userId: number | undefined
  readonly chatId: number | string
  readonly isPrivate: boolean
  readonly conversation: ConversationKey
  readonly destination: Destination
  /** Set when another hand wrote it: it was forwarded, or came by way of another bot. */
  readonly isSecondHand?: boolean
}

/** The origin of a message. */
export const of = (message: Message.Message, { topics }: Pick<Door, "topics">): Origin => {
  const isPrivate = Message.isPrivateChat(message.chat)
  // A reply chain in a chat without topics carries a thread id as well, and sending to that one is refused.
  const threadId = message.is_topic_message === true ? message.message_thread_id : undefined
  const userId = message.from?.id
  return {
    messageId: message.message_id,
    userId,
    chatId: message.chat.id,
    isPrivate,
    conversation: conversationOf({
      chatId: message.chat.id,
      userId,
      threadId,
      isPrivate,
      isPerUser: topics === "perUser"
    }),
    destination: {
      chatId: message.chat.id,
      threadId,
      replyTo: isPrivate ? undefined : message.message_id
    },
    ...(Message.isSecondHand(message) && { isSecondHand: true })
  }
}

/** Where an update of any kind comes from, whether or not it says anything to us. */
export const inContext = (context: object, door: Pick<Door, "topics">): Option.Option<Origin> =>
  Option.map(
    Option.orElse(Option.map(Message.inContext(context), ({ message }) => message), () => Message.carriedBy(context)),
    (message) => of(message, door)
  )
