/**
 * How a message comes to be: its place, what it replies to, its number, its look on the wire.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { flag, integer, json, type Payload } from "./telegramPayload.ts"
import { badRequest, type Message, ReplyParameters, type User } from "./telegramTypes.ts"
import { type Room, topicOf, type World } from "./telegramWorld.ts"

/** What a message says. */
export type MessageContent = Partial<
  Pick<
    Message,
    "text" | "entities" | "caption" | "caption_entities" | "document" | "reply_markup" | "link_preview_options"
  >
>

/** Where a message stands. */
export type Draft = Partial<
  Pick<
    Message,
    "message_thread_id" | "is_topic_message" | "reply_to_message" | "quote" | "has_protected_content"
  >
>

const decodeReply = Schema.decodeUnknownOption(ReplyParameters)

/** What an edit can change, to see whether it did. */
export const contentOf = (message: Message): ReadonlyArray<unknown> => [
  message.text,
  message.entities,
  message.caption,
  message.caption_entities,
  message.reply_markup,
  message.link_preview_options
]

/** A message as the Bot API returns it: one level of replies, and no keyboard but the inline one. */
export const wire = (message: Message): Message => {
  const { reply_markup, reply_to_message, ...rest } = message
  return {
    ...rest,
    ...(reply_to_message !== undefined && { reply_to_message: flat(reply_to_message) }),
    ...(reply_markup?.inline_keyboard !== undefined && { reply_markup })
  }
}

const flat = (message: Message): Message => {
  const { reply_to_message: _, ...rest } = message
  return rest
}

/** Place and reply of a message that the bot wants to send. */
export const draftOf = Effect.fnUntraced(function*(room: Room, payload: Payload) {
  const topic = integer(payload, "message_thread_id") ?? 0
  if (topic !== 0 && !room.topics.has(topic)) return yield* badRequest("message thread not found")
  const reply = yield* json(payload, "reply_parameters", decodeReply)
  const replyId = reply?.message_id ?? integer(payload, "reply_to_message_id") ?? 0
  const target = room.messages.get(replyId)
  const isOptional = reply?.allow_sending_without_reply === true || flag(payload, "allow_sending_without_reply")
  if (replyId !== 0 && target === undefined && !isOptional) {
    return yield* badRequest("message to be replied not found")
  }
  const position = reply?.quote === undefined ? -1 : (target?.text ?? target?.caption ?? "").indexOf(reply.quote)
  if (target !== undefined && reply?.quote !== undefined && position === -1) {
    return yield* badRequest("QUOTE_TEXT_INVALID")
  }
  const draft: Draft = {
    ...(topic !== 0 && { message_thread_id: topic, is_topic_message: true as const }),
    ...(target !== undefined && { reply_to_message: flat(target) }),
    ...(target !== undefined && reply?.quote !== undefined && {
      quote: { text: reply.quote, position, is_manual: true as const }
    }),
    ...(flag(payload, "protect_content") && { has_protected_content: true as const })
  }
  return draft
})

/** Place and reply of a message that a person sends; a chain of replies carries its root as a thread. */
export const replyDraft = (room: Room, topic: number, replyTo: number | undefined): Draft => {
  const target = replyTo === undefined ? undefined : room.messages.get(replyTo)
  const place: Draft = topic !== 0
    ? { message_thread_id: topic, is_topic_message: true }
    : target !== undefined && room.chat.type !== "group" && topicOf(target) === 0
    ? { message_thread_id: target.message_thread_id ?? target.message_id }
    : {}
  return { ...place, ...(target !== undefined && { reply_to_message: flat(target) }) }
}

/** Gives a message its number and time, and puts it into its chat. */
export const putMessage = (world: World, room: Room, from: User, content: Draft & MessageContent) =>
  Effect.map(Clock.currentTimeMillis, (at): Message => {
    const message: Message = {
      message_id: room.nextMessageId(),
      from,
      chat: room.chat,
      date: Math.floor(at / 1000),
      ...content
    }
    world.put(at, message, "sent")
    return message
  })
