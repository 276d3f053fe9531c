/**
 * One person in one place: what can be done there, and what can be seen.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { ImpossibleAct } from "./impossible.ts"
import type { Thing } from "./things.ts"
import type { MessageState } from "./timeline.ts"
import type { Chat, Entity, Message, MessageDraft, User } from "./types.ts"
import type { CallbackAnswer } from "./world.ts"

/**
 * A chat, or one topic of it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Place {
  readonly chat: Chat
  readonly threadId?: number
}

/**
 * What a message answers to.
 *
 * @since 0.2.0
 * @category models
 */
export interface ReplyOptions {
  /** Id of the message that is answered to. */
  readonly replyTo?: number
  /** The part of it that is quoted, to the letter. */
  readonly quote?: string
}

/**
 * How a text is sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface SendOptions extends ReplyOptions {
  /** Formatting made in the client; commands, mentions, hashtags and links are found without it. */
  readonly entities?: ReadonlyArray<Entity>
}

/**
 * A file that is sent; without `bytes` and `text` it has a few bytes of its kind.
 *
 * @since 0.2.0
 * @category models
 */
export interface FileToSend extends ReplyOptions {
  readonly bytes?: Uint8Array
  readonly text?: string
  readonly fileName?: string
  readonly mimeType?: string
  readonly caption?: string
}

/**
 * A document that is sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface DocumentToSend extends FileToSend {
  readonly fileName: string
}

/**
 * A voice message that is sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface VoiceToSend extends FileToSend {
  /** Seconds. Default: 1. */
  readonly duration?: number
}

/**
 * One item of an album.
 *
 * @since 0.2.0
 * @category models
 */
export type AlbumItem =
  | { readonly photo: Omit<FileToSend, keyof ReplyOptions> }
  | { readonly document: Omit<DocumentToSend, keyof ReplyOptions> }

/**
 * A message to forward: one that is there, or the text of somebody who is not.
 *
 * @since 0.2.0
 * @category models
 */
export type ToForward = Message | {
  /** A user or a chat; a name for somebody whose account is hidden. */
  readonly from: User | Chat | string
  readonly text: string
}

/**
 * A button was pressed.
 *
 * @since 0.2.0
 * @category models
 */
export interface Press {
  /** Id of the callback query. */
  readonly id: string
  /** Suspends until the bot answers the query. */
  readonly answer: Effect.Effect<CallbackAnswer>
}

/**
 * One person in one place.
 *
 * @since 0.2.0
 * @category models
 */
export interface Conversation extends Place {
  /** Sends a text, cut into several messages as clients do when it is longer than 4096 UTF-16 units. */
  readonly send: (text: string, options?: SendOptions) => Effect.Effect<ReadonlyArray<Message>, ImpossibleAct>
  readonly sendDocument: (file: DocumentToSend) => Effect.Effect<Message, ImpossibleAct>
  readonly sendPhoto: (
    file?: FileToSend & {
      /** Whether a part of it moves. Default: false. */
      readonly isLive?: boolean
    }
  ) => Effect.Effect<Message, ImpossibleAct>
  readonly sendVoice: (file?: VoiceToSend) => Effect.Effect<Message, ImpossibleAct>
  /** Sends a file of another kind; round videos and stickers have no caption. */
  readonly sendFile: (
    kind: "audio" | "video" | "videoNote" | "animation" | "sticker",
    file?: VoiceToSend
  ) => Effect.Effect<Message, ImpossibleAct>
  /** Sends an example of what is neither words nor a file; few of them have a caption. */
  readonly sendThing: (
    kind: Thing,
    options?: ReplyOptions & { readonly caption?: string }
  ) => Effect.Effect<Message, ImpossibleAct>
  /** Sends up to ten files together: each is a message and an update of its own. */
  readonly sendAlbum: (
    items: ReadonlyArray<AlbumItem>,
    options?: ReplyOptions & {
      /** Time between two of them. Default: none. */
      readonly between?: Duration.Input
    }
  ) => Effect.Effect<ReadonlyArray<Message>, ImpossibleAct>
  /** Forwards messages to here; a comment goes before them as a message of its own. */
  readonly forward: (
    messages: ReadonlyArray<ToForward>,
    options?: { readonly comment?: string }
  ) => Effect.Effect<ReadonlyArray<Message>, ImpossibleAct>
  /** Edits an own text or caption. */
  readonly edit: (messageId: number, text: string) => Effect.Effect<Message, ImpossibleAct>
  /** Deletes a message for everybody; bots are not told. */
  readonly remove: (messageId: number) => Effect.Effect<void, ImpossibleAct>
  /** Presses the inline button that carries the data. */
  readonly press: (messageId: number, data: string) => Effect.Effect<Press, ImpossibleAct>
  /** Presses the Stop button of the draft that is shown. */
  readonly stop: Effect.Effect<MessageDraft, ImpossibleAct>
  /** Reacts to a message; `undefined` takes the reaction back. The bot is told if it asked for it. */
  readonly react: (messageId: number, emoji: string | undefined) => Effect.Effect<void, ImpossibleAct>
  readonly pin: (messageId: number) => Effect.Effect<void, ImpossibleAct>
  /** Everything that is visible here now, oldest first. */
  readonly messages: Effect.Effect<ReadonlyArray<Message>>
  /** Suspends until a visible message of the bot satisfies the predicate, by sending or by an edit; the newest wins. */
  readonly waitFor: (predicate: (message: Message) => boolean) => Effect.Effect<Message>
  /** As `waitFor`, for a text or caption: equal to a string, or matching an expression. */
  readonly botText: (match: string | RegExp) => Effect.Effect<Message>
  /** Suspends until the bot has sent one more message; each is given out once, as it looks then. */
  readonly nextBotMessage: Effect.Effect<Message>
  /** The draft that is shown now, if any. */
  readonly draft: Effect.Effect<MessageDraft | undefined>
  /** Suspends until a draft is shown that satisfies the predicate. */
  readonly waitForDraft: (predicate: (draft: MessageDraft) => boolean) => Effect.Effect<MessageDraft>
  /** Whether the bot is shown as typing (or uploading) now. */
  readonly isTyping: Effect.Effect<boolean>
  /** The emoji that the bot has put on a message. */
  readonly botReactions: (messageId: number) => Effect.Effect<ReadonlyArray<string>>
  /** Every text that a message has shown, and from when until when. */
  readonly statesOf: (messageId: number) => Effect.Effect<ReadonlyArray<MessageState>>
}
