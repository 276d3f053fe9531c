/**
 * Who wrote, where, and where an answer goes.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ConversationKey } from "../../conversation/Message.ts"
import { conversationOf } from "../internal/conversationOf.ts"
import type { Destination } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import * as Message from "./Message.ts"

/** Who wrote, where, and where an answer goes. */
export interface Origin {
  readonly messageId: number
  /** Who speaks: a person, or the chat that somebody speaks for (a channel, or a group for its anonymous admins). */
  readonly userId: number | undefined
  readonly chatId: number | string
  readonly isPrivate: boolean
  readonly conversation: ConversationKey
  readonly destination: Destination
  /** Set when another hand wrote it: it was forwarded, or came by way of another bot. */
  readonly isSecondHand?: boolean
  /** What it is that speaks, when it is no person. */
  readonly speaker?: "chat" | "bot"
}

/** What speaks in a message: the chat that somebody speaks for, else who sent it. */
const speakerOf = ({ from, sender_chat }: Message.Message) =>
  sender_chat !== undefined && typeof sender_chat.id === "number"
    ? { userId: sender_chat.id, speaker: "chat" as const }
    : { userId: from?.id, ...(from?.is_bot === true && { speaker: "bot" as const }) }

const decodeDirectTopic = Schema.decodeUnknownOption(Schema.Struct({ topic_id: Schema.Int }))

/** The origin of a message. */
export const of = (message: Message.Message, { topics }: Pick<Door, "topics">): Origin => {
  const isPrivate = Message.isPrivateChat(message.chat)
  // A reply chain in a chat without topics carries a thread id as well, and sending to that one is refused.
  // What stands in the General topic of a forum is in none, and Telegram would not find one of its number.
  const threadId = message.is_topic_message === true ? message.message_thread_id : undefined
  const directTopicId = Option.getOrUndefined(decodeDirectTopic(message.direct_messages_topic))?.topic_id
  const { speaker, userId } = { speaker: undefined, ...speakerOf(message) }
  return {
    messageId: message.message_id,
    userId,
    chatId: message.chat.id,
    isPrivate,
    conversation: typeof message.business_connection_id === "string"
      ? ConversationKey(`business:${message.business_connection_id}:chat:${message.chat.id}`)
      : conversationOf({
        chatId: message.chat.id,
        userId,
        threadId,
        directTopicId,
        isPrivate,
        isPerUser: topics === "perUser"
      }),
    destination: {
      chatId: message.chat.id,
      threadId,
      ...(directTopicId !== undefined && { directTopicId }),
      ...(message.chat.is_forum === true && !isPrivate && { isForum: true }),
      replyTo: isPrivate ? undefined : message.message_id,
      ...(!isPrivate && threadId === undefined && message.message_thread_id !== undefined && { isThread: true })
    },
    ...(Message.isSecondHand(message) && { isSecondHand: true }),
    ...(speaker !== undefined && { speaker })
  }
}

/** What a chat is called where the bot is a guest: its number may be that of another one. */
export const asGuest = (chatId: number | string): string => `guest:${chatId}`

/** The same, where the bot is a guest: others read along, and nothing is sent to the chat by its number. */
export const ofGuest = (message: Message.Message, door: Pick<Door, "topics">): Origin => {
  const { chatId, userId, ...origin } = of(message, door)
  return {
    ...origin,
    chatId,
    userId,
    isPrivate: false,
    conversation: ConversationKey(`${asGuest(chatId)}:user:${userId ?? "all"}`),
    destination: { chatId: asGuest(chatId), threadId: undefined, replyTo: undefined }
  }
}

/** Where an update of any kind comes from, whether or not it says anything to us. */
export const inContext = (context: object, door: Pick<Door, "topics">): Option.Option<Origin> =>
  Option.orElse(
    Option.map(Message.ofGuest(context), ({ message }) => ofGuest(message, door)),
    () =>
      Option.map(
        Option.orElse(
          Option.map(Message.inContext(context), ({ message }) => message),
          () => Message.carriedBy(context)
        ),
        (message) => of(message, door)
      )
  )
