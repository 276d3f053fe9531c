/**
 * How a message comes to be: its place, what it replies to, its number, its look on the wire.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { limits } from "./limits.ts"
import { flag, integer, json, type Payload } from "./payload.ts"
import { refuse } from "./refusals.ts"
import { format } from "./text.ts"
import { type Message, ReplyParameters, type User } from "./types.ts"
import { type Room, topicOf, type World } from "./world.ts"

/** What is particular to a message: all but its number, place in time and author. */
export type Content = Partial<Omit<Message, "message_id" | "from" | "chat" | "date">>

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

/** The topic that a call names; the General topic of a forum has no number of its own for messages. */
export const topicFor = Effect.fnUntraced(function*(world: World, room: Room, payload: Payload) {
  const topic = integer(payload, "message_thread_id") ?? 0
  if (topic === 0) return 0
  const state = room.topics.get(topic)
  if (state === undefined) return yield* refuse("threadNotFound")
  if (state.isClosed && !isManager(room, world.bot.id)) return yield* refuse("topicClosed")
  return topic
})

/** Whether somebody may do what administrators may. */
export const isManager = (room: Room, userId: number): boolean =>
  ["creator", "administrator"].includes(room.standings.get(userId) ?? "")

const quoteOf = Effect.fnUntraced(function*(target: Message, reply: typeof ReplyParameters.Type) {
  const { entities, text } = yield* Effect.fromResult(
    format(reply.quote ?? "", reply.quote_parse_mode, reply.quote_entities ?? [])
  )
  if (text === "") return undefined
  const whole = target.text ?? target.caption ?? ""
  const hint = reply.quote_position ?? 0
  const position = whole.startsWith(text, hint) ? hint : whole.indexOf(text)
  if (position === -1 || text.length > limits.quote.most) return yield* refuse("quoteInvalid")
  const formatting = entities.filter(({ type }) => !["url", "mention", "bot_command", "hashtag"].includes(type))
  return { text, position, is_manual: true as const, ...(formatting.length > 0 && { entities: formatting }) }
})

/** Place and reply of a message that the bot wants to send. */
export const placeOf = Effect.fnUntraced(function*(world: World, room: Room, payload: Payload) {
  const topic = yield* topicFor(world, room, payload)
  const reply = yield* json(payload, "reply_parameters", decodeReply)
  const replyId = reply?.message_id ?? integer(payload, "reply_to_message_id") ?? 0
  const target = room.messages.get(replyId)
  const isOptional = reply?.allow_sending_without_reply === true || flag(payload, "allow_sending_without_reply")
  if (replyId !== 0 && target === undefined && !isOptional) return yield* refuse("replyNotFound")
  const quote = target === undefined || reply === undefined ? undefined : yield* quoteOf(target, reply)
  const place: Content = {
    ...(topic !== 0 && { message_thread_id: topic, is_topic_message: true as const }),
    ...(target !== undefined && { reply_to_message: flat(target) }),
    ...(quote !== undefined && { quote }),
    ...(flag(payload, "protect_content") && { has_protected_content: true as const })
  }
  return place
})

/** Place and reply of a message that a person sends; a chain of replies carries its root as a thread. */
export const replyPlace = (room: Room, topic: number, replyTo?: number, quote?: string): Content => {
  const target = replyTo === undefined ? undefined : room.messages.get(replyTo)
  const place: Content = topic !== 0
    ? { message_thread_id: topic, is_topic_message: true }
    : target !== undefined && room.chat.type !== "group" && topicOf(target) === 0
    ? { message_thread_id: target.message_thread_id ?? target.message_id }
    : {}
  const position = quote === undefined ? -1 : (target?.text ?? target?.caption ?? "").indexOf(quote)
  return {
    ...place,
    ...(target !== undefined && { reply_to_message: flat(target) }),
    ...(quote !== undefined && position !== -1 && { quote: { text: quote, position, is_manual: true as const } })
  }
}

/** Gives a message its number and time, and puts it into its chat. */
export const putMessage = (
  world: World,
  room: Room,
  from: User,
  content: Content & { readonly message_id?: number }
) =>
  Effect.map(Clock.currentTimeMillis, (at): Message => {
    const message: Message = {
      message_id: content.message_id ?? room.nextMessageId(),
      from,
      chat: room.chat,
      date: Math.floor(at / 1000),
      ...content
    }
    world.put(at, message, "sent")
    return message
  })

const taken = [
  "text",
  "entities",
  "caption",
  "caption_entities",
  "document",
  "photo",
  "voice",
  "audio",
  "video",
  "video_note",
  "animation",
  "sticker",
  "location",
  "venue",
  "contact",
  "poll",
  "dice",
  "checklist",
  "paid_media",
  "live_photo",
  "story",
  "game",
  "invoice",
  "giveaway",
  "giveaway_winners",
  "rich_message",
  "hologram",
  "link_preview_options"
] as const satisfies ReadonlyArray<keyof Content>

/** What a forward or a copy takes over; buttons and replies stay behind. */
export const carried = (message: Message): Content => Struct.pick(message, taken)
