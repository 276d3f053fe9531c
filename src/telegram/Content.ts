/**
 * What is sent, and where to: messages with their formats, files, the button below.
 */
import type { MessageEntity } from "./richtext/RichText.ts"

/** Where an answer goes: always taken from the message that asked. */
export interface Destination {
  readonly chatId: number | string
  readonly threadId: number | undefined
  /** The topic of one person in the direct messages of a channel, which take nothing without it. */
  readonly directTopicId?: number | undefined
  /** Whether the chat has topics: what is in none of them is in General, which is one for actions and none for messages. */
  readonly isForum?: boolean | undefined
  /** Only this person can see it, as an answer to what only they and the bot can see. */
  readonly onlyFor?: { readonly user: number; readonly message: number } | undefined
  /** The message to reply to, where a reply helps (groups). */
  readonly replyTo: number | undefined
  /** Whether it is a thread that is no topic, of comments or of replies: nothing but a reply is in it. */
  readonly isThread?: boolean | undefined
}

/** Where something goes that comes behind the first message. */
export const behind = (to: Destination): Destination => to.isThread === true ? to : { ...to, replyTo: undefined }

/** A file in memory. */
export interface Document {
  readonly name: string
  readonly content: Uint8Array
  readonly caption: string
  /** Whether forwarding and saving are refused by Telegram's clients. */
  readonly protect: boolean
  /** A picture is sent as one, unless Telegram does not take it for one. Default: `document`. */
  readonly as?: "document" | "photo" | undefined
}

/** A button under a message. */
export interface Button {
  readonly text: string
  /** What comes back when it is pressed, at most 64 bytes. */
  readonly data: string
}

/** What a message shows. */
export interface Content {
  /** 1 to 4096 UTF-16 units. */
  readonly text: string
  readonly entities?: ReadonlyArray<MessageEntity> | undefined
  readonly button?: Button | undefined
  /** Several, side by side, in place of one. */
  readonly buttons?: ReadonlyArray<Button> | undefined
}

/** Whether two look the same. */
export const same = (one: Content, other: Content): boolean =>
  one.text === other.text && one.button?.data === other.button?.data &&
  (one.buttons ?? []).length === (other.buttons ?? []).length &&
  JSON.stringify(one.entities ?? []) === JSON.stringify(other.entities ?? [])
