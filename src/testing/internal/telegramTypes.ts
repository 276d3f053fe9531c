/**
 * The words of the Telegram double: what goes over the wire, what a person sees, what can be refused.
 *
 * Field names are Telegram's own, because tests compare with what the Bot API documents.
 */
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"

const open = [Schema.Record(Schema.String, Schema.Unknown)] as const

/** A person or a bot. */
export const User = Schema.Struct({
  id: Schema.Int,
  is_bot: Schema.Boolean,
  first_name: Schema.String,
  username: Schema.optionalKey(Schema.String),
  language_code: Schema.optionalKey(Schema.String)
})
/** A person or a bot. */
export type User = typeof User.Type

/** A stretch of a text with a meaning; `offset` and `length` count UTF-16 units. */
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

/** Buttons below a message, or any other reply markup as it came. */
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
    quote: Schema.optionalKey(Schema.String)
  }),
  open
)

/** An entry of the command menu. */
export const BotCommand = Schema.Struct({ command: Schema.String, description: Schema.String })

/** A chat as the Bot API shows it. */
export interface Chat {
  readonly id: number
  readonly type: "private" | "group" | "supergroup"
  readonly title?: string
  readonly first_name?: string
  readonly username?: string
  readonly is_forum?: true
}

/** A file attached to a message. */
export interface Document {
  readonly file_id: string
  readonly file_unique_id: string
  readonly file_name: string
  readonly mime_type: string
  readonly file_size: number
}

/** A message in its present state. */
export interface Message {
  readonly message_id: number
  /** The topic; without `is_topic_message` only the root of a chain of replies, which nobody may send to. */
  readonly message_thread_id?: number
  readonly is_topic_message?: true
  readonly from: User
  readonly chat: Chat
  /** Seconds since 1970. */
  readonly date: number
  readonly edit_date?: number
  readonly text?: string
  readonly entities?: ReadonlyArray<Entity>
  readonly caption?: string
  readonly caption_entities?: ReadonlyArray<Entity>
  readonly document?: Document
  readonly reply_to_message?: Message
  readonly quote?: { readonly text: string; readonly position: number; readonly is_manual: true }
  readonly reply_markup?: ReplyMarkup
  readonly link_preview_options?: unknown
  readonly has_protected_content?: true
}

/** What `getUpdates` hands out. */
export interface Update {
  readonly update_id: number
  readonly message?: Message
  readonly edited_message?: Message
  readonly callback_query?: unknown
  readonly my_chat_member?: unknown
}

/** Kinds of update that the double produces. */
export type UpdateKind = Exclude<keyof Update, "update_id">

/** Something that could be seen in a chat, in the order in which it happened. */
export interface TimelineEntry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly chatId: number
  readonly threadId?: number
  readonly kind: "sent" | "edited" | "deleted" | "action" | "pressed" | "answered" | "blocked" | "unblocked"
  readonly from: "bot" | "user"
  /** The message concerned; 0 for entries that concern none. */
  readonly messageId: number
  /** Text or caption as it stands then; the action, the button's data or the pop-up text for the other kinds. */
  readonly text: string
}

/** The Bot API's answer. */
export type Envelope =
  | { readonly ok: true; readonly result: unknown }
  | {
    readonly ok: false
    readonly error_code: number
    readonly description: string
    readonly parameters?: { readonly retry_after?: number }
  }

/** A call of the Bot API, recorded when it was answered. */
export interface ApiCall {
  /** When it was answered, in milliseconds since 1970. */
  readonly at: number
  readonly method: string
  /** JSON fields are decoded, whatever the encoding of the body; a file is `{ fileName, size }`. */
  readonly payload: Readonly<Record<string, unknown>>
  /** `undefined` when the connection ended before the answer. */
  readonly answer: Envelope | undefined
}

/** A scripted failure of a method. */
export type Fault =
  | {
    /** 400, 401, 403, 409, 429, 5xx. */
    readonly code: number
    /** Default: what Telegram says for the code. */
    readonly description?: string
    /** Seconds, for a 429. Default: 1. */
    readonly retryAfter?: number
  }
  /** The connection is cut `before` the call has an effect, or `after` it: the ambiguous send. */
  | { readonly drop: "before" | "after" }

/** The Bot API said no. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly code: number
  readonly description: string
  readonly retryAfter?: number
}> {
  get envelope(): Envelope {
    return {
      ok: false,
      error_code: this.code,
      description: this.description,
      ...(this.retryAfter !== undefined && { parameters: { retry_after: this.retryAfter } })
    }
  }
}

/** A 400 with Telegram's prefix. */
export const badRequest = (what: string): Refused => new Refused({ code: 400, description: `Bad Request: ${what}` })

/** A 429. */
export const tooManyRequests = (retryAfter: number): Refused =>
  new Refused({ code: 429, description: `Too Many Requests: retry after ${retryAfter}`, retryAfter })

/** A 403: the person does not want this bot any more. */
export const blockedByUser = new Refused({ code: 403, description: "Forbidden: bot was blocked by the user" })

/** A 409 with Telegram's prefix. */
export const conflict = (what: string): Refused => new Refused({ code: 409, description: `Conflict: ${what}` })

/** A person tried what no client offers: press a button that is not there, edit somebody else's message. */
export class ImpossibleAct extends Schema.TaggedError<ImpossibleAct>("effect-codex/ImpossibleAct")("ImpossibleAct", {
  act: Schema.Literals(["send", "edit", "remove", "press"]),
  reason: Schema.String
}) {
  override get message(): string {
    return `Nobody can ${this.act} this: ${this.reason}`
  }
}
