/**
 * What calls say, and what comes back, in Telegram's words.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Content, Destination } from "../Content.ts"

const decodeSent = Schema.decodeUnknownOption(Schema.Struct({ message_id: Schema.Int }))

/** The inline id of what was sent where the bot is no member. */
export const decodeInline = Schema.decodeUnknownOption(Schema.Struct({ inline_message_id: Schema.String }))

/** The id of what was sent, where the framework tells it. */
export const idOf = (sent: unknown): Option.Option<number> =>
  Option.map(decodeSent(sent), (message) => message.message_id)

/** Whether a member of a chat is one of its admins. */
export const isAdmin = Schema.is(Schema.Struct({ status: Schema.Literals(["creator", "administrator"]) }))

/** Where a file lies. */
export const decodeFile = Schema.decodeUnknownOption(
  Schema.Struct({ file_path: Schema.String, file_size: Schema.optionalKey(Schema.Int) })
)

/** Whether that is on the disk of a Bot API server of one's own, which hands out no file then. */
export const isOnDisk = (path: string): boolean => /^([/\\]|[a-z]:)/i.test(path)

/** Where a message goes. */
export const place = (to: Destination) => ({
  chat_id: to.chatId,
  ...(to.threadId !== undefined && { message_thread_id: to.threadId }),
  ...(to.directTopicId !== undefined && { direct_messages_topic_id: to.directTopicId }),
  ...(to.onlyFor !== undefined && { ephemeral_message_parameters: { receiver_user_id: to.onlyFor.user } })
})

const general = 1

/** Where an action is shown: in General only by its number, which messages must not name. */
export const actionPlace = (to: Destination) => ({
  ...place(to),
  ...(to.isForum === true && to.threadId === undefined && { message_thread_id: general })
})

/** What a message replies to. */
export const reply = (to: Destination) =>
  to.onlyFor !== undefined
    ? { reply_parameters: { ephemeral_message_id: to.onlyFor.message } }
    : to.replyTo === undefined
    ? {}
    : { reply_parameters: { message_id: to.replyTo, allow_sending_without_reply: true } }

/** The same of a file, where it needs be. Not every framework puts an object into a form. */
export const replyInForm = (to: Destination) =>
  to.isThread !== true
    ? {}
    : Object.fromEntries(Object.entries(reply(to)).map(([field, value]) => [field, JSON.stringify(value)]))

// Plugins and transformers of a bot put their own parse mode where there is none, and then any `<` or `.` gets a text
// refused. Telegram takes the empty one as none.
export const unparsed = { parse_mode: "" }

/** What a message shows. */
export const body = ({ button, buttons = button === undefined ? [] : [button], entities, text }: Content) => ({
  text,
  ...unparsed,
  ...(entities !== undefined && entities.length > 0 && { entities }),
  ...(buttons.length > 0 && {
    reply_markup: { inline_keyboard: [buttons.map(({ data, text }) => ({ text, callback_data: data }))] }
  })
})

/** Nobody asked for a preview of links. */
export const plain = { link_preview_options: { is_disabled: true } }
