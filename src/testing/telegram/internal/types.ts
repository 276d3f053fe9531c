/**
 * The words of the Telegram double: what goes over the wire, and what a person sees.
 *
 * Field names are Telegram's own, because tests compare with what the Bot API documents.
 */
import * as Schema from "effect/Schema"
import type { MediaContent, ThingContent } from "./contents.ts"

const open = [Schema.Record(Schema.String, Schema.Unknown)] as const

/**
 * A person or a bot.
 *
 * @since 0.2.0
 * @category models
 */
export const User = Schema.Struct({
  id: Schema.Int,
  is_bot: Schema.Boolean,
  first_name: Schema.String,
  username: Schema.optionalKey(Schema.String),
  language_code: Schema.optionalKey(Schema.String)
})
/** A person or a bot. */
export type User = typeof User.Type

/**
 * A stretch of a text with a meaning; `offset` and `length` count UTF-16 units.
 *
 * @since 0.2.0
 * @category models
 */
export const Entity = Schema.Struct({
  type: Schema.String,
  offset: Schema.Int,
  length: Schema.Int,
  url: Schema.optionalKey(Schema.String),
  language: Schema.optionalKey(Schema.String),
  custom_emoji_id: Schema.optionalKey(Schema.String),
  user: Schema.optionalKey(Schema.StructWithRest(Schema.Struct({ id: Schema.Int }), open))
})
/** A stretch of a text with a meaning; `offset` and `length` count UTF-16 units. */
export type Entity = typeof Entity.Type

/**
 * Buttons below a message, or any other reply markup as it came.
 *
 * @since 0.2.0
 * @category models
 */
export const ReplyMarkup = Schema.StructWithRest(
  Schema.Struct({
    inline_keyboard: Schema.optionalKey(Schema.Array(Schema.Array(Schema.StructWithRest(
      Schema.Struct({ text: Schema.String, callback_data: Schema.optionalKey(Schema.String) }),
      open
    ))))
  }),
  open
)
/** Buttons below a message, or any other reply markup as it came. */
export type ReplyMarkup = typeof ReplyMarkup.Type

/** What a message answers to. */
export const ReplyParameters = Schema.StructWithRest(
  Schema.Struct({
    message_id: Schema.Int,
    allow_sending_without_reply: Schema.optionalKey(Schema.Boolean),
    quote: Schema.optionalKey(Schema.String),
    quote_parse_mode: Schema.optionalKey(Schema.String),
    quote_entities: Schema.optionalKey(Schema.Array(Entity)),
    quote_position: Schema.optionalKey(Schema.Int)
  }),
  open
)

/** One item of an album. */
export const InputMedia = Schema.StructWithRest(
  Schema.Struct({
    type: Schema.String,
    media: Schema.String,
    caption: Schema.optionalKey(Schema.String),
    parse_mode: Schema.optionalKey(Schema.String),
    caption_entities: Schema.optionalKey(Schema.Array(Entity))
  }),
  open
)

/** How somebody reacted to a message. */
export const Reaction = Schema.StructWithRest(
  Schema.Struct({ type: Schema.String, emoji: Schema.optionalKey(Schema.String) }),
  open
)
/** How somebody reacted to a message. */
export type Reaction = typeof Reaction.Type

/**
 * One answer to an inline query, as the bot gave it.
 *
 * @since 0.2.0
 * @category models
 */
export const InlineResult = Schema.StructWithRest(Schema.Struct({ type: Schema.String, id: Schema.String }), open)
/** One answer to an inline query, as the bot gave it. */
export type InlineResult = typeof InlineResult.Type

/** An entry of the command menu. */
export const BotCommand = Schema.Struct({ command: Schema.String, description: Schema.String })

/**
 * A chat as the Bot API shows it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Chat {
  readonly id: number
  readonly type: "private" | "group" | "supergroup"
  readonly title?: string
  readonly first_name?: string
  readonly username?: string
  readonly is_forum?: true
}

/**
 * Where a forwarded message comes from.
 *
 * @since 0.2.0
 * @category models
 */
export type ForwardOrigin =
  | { readonly type: "user"; readonly date: number; readonly sender_user: User }
  | { readonly type: "hidden_user"; readonly date: number; readonly sender_user_name: string }
  | { readonly type: "chat"; readonly date: number; readonly sender_chat: Chat }

/** What a service message tells; a message has at most one of these. */
export interface ServiceContent {
  readonly new_chat_members?: ReadonlyArray<User>
  readonly left_chat_member?: User
  readonly pinned_message?: Message
  readonly forum_topic_created?: { readonly name: string; readonly icon_color: number }
  readonly forum_topic_edited?: { readonly name?: string }
  readonly forum_topic_closed?: Readonly<Record<string, never>>
  readonly forum_topic_reopened?: Readonly<Record<string, never>>
  readonly migrate_to_chat_id?: number
  readonly migrate_from_chat_id?: number
}

/**
 * A message in its present state.
 *
 * @since 0.2.0
 * @category models
 */
export interface Message extends ServiceContent, MediaContent, ThingContent {
  readonly message_id: number
  /** The topic; without `is_topic_message` only the root of a chain of replies, which nobody may send to. */
  readonly message_thread_id?: number
  readonly is_topic_message?: true
  readonly from: User
  readonly chat: Chat
  /** Seconds since 1970. */
  readonly date: number
  readonly edit_date?: number
  readonly media_group_id?: string
  /** Of a message that summons the bot where it is no member. */
  readonly guest_query_id?: string
  /** Of a message of the bot where it is no member: who summoned it. */
  readonly guest_bot_caller_user?: User
  readonly forward_origin?: ForwardOrigin
  readonly text?: string
  readonly entities?: ReadonlyArray<Entity>
  readonly caption?: string
  readonly caption_entities?: ReadonlyArray<Entity>
  readonly reply_to_message?: Message
  readonly quote?: {
    readonly text: string
    readonly position: number
    readonly is_manual: true
    readonly entities?: ReadonlyArray<Entity>
  }
  readonly reply_markup?: ReplyMarkup
  readonly link_preview_options?: unknown
  readonly has_protected_content?: true
}

/**
 * What `getUpdates` hands out, and what a webhook is sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface Update {
  readonly update_id: number
  readonly message?: Message
  readonly edited_message?: Message
  readonly callback_query?: unknown
  readonly inline_query?: unknown
  readonly guest_message?: Message
  readonly my_chat_member?: unknown
  readonly chat_member?: unknown
  readonly message_reaction?: unknown
  readonly stopped_message_generation?: unknown
}

/** Kinds of update that the double produces. */
export const updateKinds = [
  "message",
  "edited_message",
  "callback_query",
  "inline_query",
  "guest_message",
  "my_chat_member",
  "chat_member",
  "message_reaction",
  "stopped_message_generation"
] as const satisfies ReadonlyArray<Exclude<keyof Update, "update_id">>
/** Kinds of update that the double produces. */
export type UpdateKind = (typeof updateKinds)[number]

/**
 * An answer that is being written, as the person sees it: not a message yet, and gone after 30 seconds.
 *
 * @since 0.2.0
 * @category models
 */
export interface MessageDraft {
  readonly draftId: number
  /** Empty while clients show their own placeholder. */
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
  /** Whether the person has a Stop button. */
  readonly canStop: boolean
  /** Whether the text stays for a while when the button was pressed. */
  readonly keepOnStop: boolean
  /** When it vanishes by itself, in milliseconds since 1970. */
  readonly until: number
}

/**
 * Something that could be seen in a chat, in the order in which it happened.
 *
 * @since 0.2.0
 * @category models
 */
export interface TimelineEntry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly chatId: number
  readonly threadId?: number
  /**
   * `service` is a message that tells of an event (a pin, a topic, somebody who joined); `drafted` shows or changes a
   * draft, `vanished` ends it, `stopped` is a press of its Stop button.
   */
  readonly kind:
    | "sent"
    | "edited"
    | "deleted"
    | "service"
    | "action"
    | "drafted"
    | "vanished"
    | "stopped"
    | "pressed"
    | "answered"
    | "reacted"
    | "blocked"
    | "unblocked"
  readonly from: "bot" | "user"
  /** The message concerned; 0 for entries that concern none. */
  readonly messageId: number
  /** Of `drafted`, `vanished` and `stopped`. */
  readonly draftId?: number
  /**
   * Text or caption as it stands then; the action, the button's data, the pop-up text, the emoji or the name of the
   * service field for the other kinds.
   */
  readonly text: string
}

/**
 * The Bot API's answer.
 *
 * @since 0.2.0
 * @category models
 */
export type Envelope =
  | { readonly ok: true; readonly result: unknown }
  | {
    readonly ok: false
    readonly error_code: number
    readonly description: string
    readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number }
  }

/**
 * A call of the Bot API, recorded when it was answered.
 *
 * @since 0.2.0
 * @category models
 */
export interface ApiCall {
  /** When it was answered, in milliseconds since 1970. */
  readonly at: number
  readonly method: string
  /** JSON fields are decoded, whatever the encoding of the body; a file is `{ fileName, size }`. */
  readonly payload: Readonly<Record<string, unknown>>
  /** `undefined` when the connection ended before the answer. */
  readonly answer: Envelope | undefined
}
