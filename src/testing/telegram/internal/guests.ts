/**
 * Guest mode: the bot is summoned by its name where it is no member, and answers once; that message has an inline id.
 *
 * What it is told of the chat is what the public server tells: the message, what it replies to, and a number of the chat
 * that another one may have as well.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { decodeAny, type Desk, markupIn, type Method, type Methods } from "./desk.ts"
import { limits } from "./limits.ts"
import { type Content, putMessage, wire } from "./messages.ts"
import { json, type Payload, text } from "./payload.ts"
import { refuse } from "./refusals.ts"
import { isEmpty } from "./text.ts"
import { type Chat, Entity, type Message, type User } from "./types.ts"
import { type Room, topicOf, type World } from "./world.ts"

/** Whether a message names the bot by its username. */
export const isMentioned = (bot: User, message: Message): boolean => {
  const text = message.text ?? message.caption ?? ""
  return (message.entities ?? message.caption_entities ?? []).some(({ length, offset, type }) =>
    type === "mention" && text.slice(offset, offset + length).toLowerCase() === `@${bot.username}`.toLowerCase()
  )
}

/** The chat as the bot is told of it: two people by themselves are the one who is written to. */
const chatFor = ({ between, chat }: Room, from: User): Chat => {
  const other = between?.find(({ id }) => id !== from.id)
  return other === undefined ? chat : {
    id: other.id,
    type: "private",
    first_name: other.first_name,
    ...(other.username !== undefined && { username: other.username })
  }
}

/** Hands a message on to a bot that is not there, if it names it. */
export const summon = (world: World, room: Room, at: number, message: Message): void => {
  if (!isMentioned(world.bot, message)) return
  const id = `${6_000_000_000 + world.nextId("guest")}`
  world.guestQueries.set(id, { room, message, at })
  world.updates.push(at, room.chat.id, "guest_message", {
    ...wire(message),
    chat: chatFor(room, message.from),
    guest_query_id: id
  })
}

/** The inline id of a message of the bot, where it has one. */
export const inlineIdOf = (world: World, room: Room, messageId: number): string | undefined =>
  [...world.guestAnswers].find(([, answer]) => answer.room === room && answer.messageId === messageId)?.[0]

/** A message that an edit is meant for. */
export interface Editable {
  readonly room: Room
  readonly message: Message
  readonly isInline: boolean
}

/** The message that a call names by its inline id. */
export const inlineOf = Effect.fnUntraced(function*(world: World, payload: Payload) {
  const id = text(payload, "inline_message_id") ?? ""
  if (id === "") return yield* refuse("messageIdMissing")
  const known = world.guestAnswers.get(id)
  if (known === undefined) return yield* refuse("inlineIdInvalid")
  const message = known.room.messages.get(known.messageId)
  if (message === undefined) return yield* refuse("inlineGone")
  const found: Editable = { room: known.room, message, isInline: true }
  return found
})

const open = [Schema.Record(Schema.String, Schema.Unknown)] as const
const decodeObject = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.Unknown))
const decodeWords = Schema.decodeUnknownOption(Schema.StructWithRest(
  Schema.Struct({
    message_text: Schema.NonEmptyString,
    parse_mode: Schema.optionalKey(Schema.String),
    entities: Schema.optionalKey(Schema.Array(Entity)),
    link_preview_options: Schema.optionalKey(Schema.Unknown)
  }),
  open
))

const encoder = new TextEncoder()

/** The methods at one desk. */
export const makeGuestMethods = ({ formatText, pace, world }: Desk): Methods => {
  /** What an article says. */
  const contentOf = Effect.fnUntraced(function*(payload: Payload) {
    const given = yield* json(payload, "result", decodeAny)
    if (given === undefined) return yield* refuse("resultMissing")
    const result = yield* Effect.mapError(Effect.fromOption(decodeObject(given)), () => refuse("resultInvalid"))
    for (const field of ["type", "id"] as const) {
      if (typeof result[field] !== "string") return yield* refuse("resultWithoutField", { field })
    }
    const { id, input_message_content, reply_markup, title, type } = result
    if (type !== "article") return yield* refuse("resultNotEmulated", { type: String(type) })
    if (input_message_content === undefined) return yield* refuse("resultWithoutField", { field: "message_text" })
    const words = yield* Effect.mapError(
      Effect.fromOption(decodeWords(input_message_content)),
      () => refuse("resultWithoutContent")
    )
    const formatted = yield* formatText(words.message_text, words.parse_mode, words.entities ?? [])
    if (isEmpty(formatted.text)) return yield* refuse("textEmpty")
    if (typeof title !== "string") return yield* refuse("resultWithoutField", { field: "title" })
    const markup = yield* markupIn(reply_markup)
    if (title === "") return yield* refuse("resultTitleEmpty")
    const size = encoder.encode(String(id)).length
    if (size < 1 || size > limits.resultId.most) return yield* refuse("resultIdInvalid")
    if (formatted.text.length > limits.text.most) return yield* refuse("inlineTooLong")
    const content: Content = {
      text: formatted.text,
      ...(formatted.entities.length > 0 && { entities: formatted.entities }),
      ...(words.link_preview_options !== undefined && { link_preview_options: words.link_preview_options }),
      ...(markup !== undefined && { reply_markup: markup })
    }
    return content
  })

  const answerGuestQuery: Method = Effect.fnUntraced(function*(payload) {
    const content = yield* contentOf(payload)
    const id = text(payload, "guest_query_id") ?? ""
    const query = world.guestQueries.get(id)
    const at = yield* Clock.currentTimeMillis
    if (query === undefined || at - query.at >= limits.guestSeconds.most * 1000) return yield* refuse("callbackUnknown")
    const { message, room } = query
    yield* pace(room)
    world.guestQueries.delete(id)
    const topic = topicOf(message)
    const { reply_to_message: _, ...summoned } = message
    const sent = yield* putMessage(world, room, world.bot, {
      ...(topic !== 0 && { message_thread_id: topic, is_topic_message: true }),
      reply_to_message: summoned,
      guest_bot_caller_user: message.from,
      ...content
    })
    const inline = `AAAAguest${id}`
    world.guestAnswers.set(inline, { room, messageId: sent.message_id })
    return { inline_message_id: inline }
  })

  return { answerGuestQuery }
}
