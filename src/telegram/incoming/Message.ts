/**
 * A message as it stands in an update: who wrote it and where, and what it holds, which is read part by part.
 *
 * Only what every message has must be there; a part that Telegram sends in another form than we know is no reason not
 * to read the others.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** A mark on a part of a text; places are UTF-16 units. */
export const Entity = Schema.Struct({
  type: Schema.String,
  offset: Schema.Int,
  length: Schema.Int,
  url: Schema.optionalKey(Schema.String),
  user: Schema.optionalKey(Schema.Struct({ id: Schema.Int }))
})

/** A mark on a part of a text. */
export type Entity = typeof Entity.Type

/** A person or a bot. */
export const User = Schema.Struct({
  id: Schema.Int,
  is_bot: Schema.optionalKey(Schema.Boolean),
  first_name: Schema.optionalKey(Schema.String),
  last_name: Schema.optionalKey(Schema.String),
  username: Schema.optionalKey(Schema.String)
})

/** A chat. */
export const Chat = Schema.Struct({
  id: Schema.Union([Schema.Int, Schema.String]),
  type: Schema.optionalKey(Schema.String),
  title: Schema.optionalKey(Schema.String),
  is_forum: Schema.optionalKey(Schema.Boolean),
  username: Schema.optionalKey(Schema.String)
})

const unread = Schema.optionalKey(Schema.Unknown)

/** A message; what is `Unknown` is read where it is used. */
export const Message = Schema.Struct({
  message_id: Schema.Int,
  date: Schema.optionalKey(Schema.Int),
  chat: Chat,
  from: Schema.optionalKey(User),
  sender_chat: Schema.optionalKey(Chat),
  text: Schema.optionalKey(Schema.String),
  caption: Schema.optionalKey(Schema.String),
  document: Schema.optionalKey(
    Schema.Struct({
      file_id: Schema.String,
      file_name: Schema.optionalKey(Schema.String),
      mime_type: Schema.optionalKey(Schema.String),
      file_size: Schema.optionalKey(Schema.Int)
    })
  ),
  media_group_id: Schema.optionalKey(Schema.String),
  forward_origin: unread,
  forward_date: unread,
  via_bot: unread,
  sender_business_bot: unread,
  business_connection_id: unread,
  ephemeral_message_id: unread,
  is_automatic_forward: Schema.optionalKey(Schema.Boolean),
  message_thread_id: Schema.optionalKey(Schema.Int),
  direct_messages_topic: unread,
  is_topic_message: Schema.optionalKey(Schema.Boolean)
})

/** A message. */
export type Message = typeof Message.Type

/** Reads a message. */
export const decode = Schema.decodeUnknownOption(Message)

/** A message, and all of it as it came. */
export interface Received {
  readonly message: Message
  readonly raw: object
}

const received = (raw: unknown): Option.Option<Received> =>
  Predicate.isObject(raw) ? Option.map(decode(raw), (message) => ({ message, raw })) : Option.none()

/**
 * The new message of a context.
 *
 * `ctx.message` may be an edited message or a channel post in some frameworks: the raw update is told from it.
 */
export const inContext = (context: object): Option.Option<Received> =>
  received(
    Predicate.hasProperty(context, "update") && Predicate.isObject(context.update)
      ? Predicate.hasProperty(context.update, "message") ? context.update.message : undefined
      : Predicate.hasProperty(context, "message")
      ? context.message
      : undefined
  )

/** The message of a context that says something else than it did. */
export const ofEdit = (context: object): Option.Option<Received> =>
  Predicate.hasProperty(context, "update") && Predicate.hasProperty(context.update, "edited_message")
    ? received(context.update.edited_message)
    : Option.none()

/** The message of a context from a chat where the bot is a guest. */
export const ofGuest = (context: object): Option.Option<Received> =>
  Predicate.hasProperty(context, "update") && Predicate.hasProperty(context.update, "guest_message")
    ? received(context.update.guest_message)
    : Option.none()

// What stands in an update: a message of any kind, a button under one, or a person alone (an inline query).
const decodeCarrier = Schema.decodeUnknownOption(Schema.Union([
  Message,
  Schema.Struct({ from: User, message: Message }),
  Schema.Struct({ from: User })
]))

/** A message as it counts for a button under it: whoever it speaks for, a person has pressed it. */
export const pressedBy = (message: Message, from: typeof User.Type): Message => {
  const { sender_chat: _, ...rest } = message
  return { ...rest, from }
}

/** The message that an update of any kind is about, or one that stands for it. */
export const carriedBy = (context: object): Option.Option<Message> =>
  Predicate.hasProperty(context, "update") && Predicate.isObject(context.update)
    ? Option.map(
      Option.firstSomeOf(Object.values(context.update).map((value) => decodeCarrier(value))),
      (found) =>
        "chat" in found
          ? found
          : "message" in found
          ? pressedBy(found.message, found.from)
          : { message_id: 0, chat: { id: found.from.id, type: "private" }, from: found.from }
    )
    : Option.none()

/** Whether nobody but a person and the bot is there. */
export const isPrivateChat = (chat: Message["chat"]): boolean =>
  chat.type === undefined ? typeof chat.id === "number" && chat.id > 0 : chat.type === "private"

/** Whether another hand wrote it: it was forwarded, or came by way of another bot. */
export const isSecondHand = (message: Message): boolean =>
  message.forward_origin !== undefined || message.forward_date !== undefined || message.via_bot !== undefined ||
  message.sender_business_bot !== undefined

/** Whether it is of a chat with the bot: those of a business account are others, under the same numbers. */
export const isWithBot = ({ business_connection_id, chat }: Message): boolean =>
  business_connection_id === undefined && chat.type !== "channel"

const decodeForwarded = Schema.decodeUnknownOption(
  Schema.Struct({ type: Schema.Literal("user"), sender_user: Schema.Struct({ id: Schema.Int }) })
)

/** A file that somebody forwards from among their own is theirs. */
export const isOwn = ({ forward_origin, from, via_bot }: Message): boolean =>
  via_bot === undefined &&
  Option.exists(decodeForwarded(forward_origin), ({ sender_user }) => sender_user.id === from?.id)

const decodeUpdateId = Schema.decodeUnknownOption(Schema.Struct({
  update: Schema.Struct({ update_id: Schema.Int })
}))

/** Telegram's id of the update, where the framework shows it. */
export const updateId = (context: object): number | undefined =>
  Option.getOrUndefined(Option.map(decodeUpdateId(context), ({ update }) => update.update_id))
