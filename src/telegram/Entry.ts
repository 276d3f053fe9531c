/**
 * One update that asks something, as data: what crosses a mailbox, and may lie in a database.
 */
import * as Schema from "effect/Schema"

/**
 * A conversation of a bot: what is asked in it is answered one after the other.
 *
 * @since 0.2.0
 * @category models
 */
export const Lane = Schema.Struct({ bot: Schema.String, conversation: Schema.String })

/**
 * A conversation of a bot.
 *
 * @since 0.2.0
 * @category models
 */
export type Lane = typeof Lane.Type

/**
 * Who asked, where, and by which message.
 *
 * @since 0.2.0
 * @category models
 */
export const Origin = Schema.Struct({
  chat: Schema.Union([Schema.Int, Schema.String]),
  isPrivate: Schema.Boolean,
  thread: Schema.optionalKey(Schema.Int),
  /** The topic of one person in the direct messages of a channel. */
  directTopic: Schema.optionalKey(Schema.Int),
  /** Whether it was asked in a thread of comments or replies, which is no topic. */
  isThread: Schema.optionalKey(Schema.Boolean),
  /** Whether the chat has topics: without a thread it is General. */
  isForum: Schema.optionalKey(Schema.Boolean),
  user: Schema.optionalKey(Schema.Int),
  /** What the model calls them, where more than one speaks. */
  name: Schema.optionalKey(Schema.String),
  message: Schema.Int,
  /** The inline id of the message that the answer becomes, where the bot is a guest: the chat may be called as another one. */
  inline: Schema.optionalKey(Schema.String)
})

/**
 * Who asked, where, and by which message.
 *
 * @since 0.2.0
 * @category models
 */
export type Origin = typeof Origin.Type

/**
 * What a file is sent as.
 *
 * @since 0.2.0
 * @category models
 */
export const FileKind = Schema.Literals([
  "photo",
  "document",
  "voice",
  "audio",
  "video",
  "videoNote",
  "animation",
  "sticker"
])

/**
 * What a file is sent as.
 *
 * @since 0.2.0
 * @category models
 */
export type FileKind = typeof FileKind.Type

/**
 * A file by its id: it is downloaded within the turn, when what belongs together is together.
 *
 * @since 0.2.0
 * @category models
 */
export const File = Schema.TaggedStruct("File", {
  kind: FileKind,
  /** Telegram's `file_id`, good for this bot. */
  file: Schema.String,
  /** Telegram's `file_unique_id`: the same for every bot. */
  unique: Schema.optionalKey(Schema.String),
  name: Schema.optionalKey(Schema.String),
  mime: Schema.optionalKey(Schema.String),
  /** Bytes. */
  size: Schema.optionalKey(Schema.Int),
  width: Schema.optionalKey(Schema.Int),
  height: Schema.optionalKey(Schema.Int),
  /** Seconds. */
  duration: Schema.optionalKey(Schema.Int),
  /** Whether it may be a login under another name: who took it in sees to that, and it is asked of nobody. */
  mayBeLogin: Schema.optionalKey(Schema.Boolean)
})

/**
 * A file by its id.
 *
 * @since 0.2.0
 * @category models
 */
export type File = typeof File.Type

/**
 * A part of what was sent: words of whoever asks, words of others that they pass on or refer to, a file.
 *
 * @since 0.2.0
 * @category models
 */
export const Content = Schema.Union([
  Schema.TaggedStruct("Text", {
    text: Schema.String,
    /** How long it was when it was sent, where it is long, and has a command or a mention less, or the address of a link more. */
    sentLength: Schema.optionalKey(Schema.Int),
    /** Whether it was a rich message, which may be longer than others. */
    isRich: Schema.optionalKey(Schema.Boolean)
  }),
  /** Yes or no to what a tool is about to do; `call` is the end of the id of one of the calls. */
  Schema.TaggedStruct("Approval", {
    call: Schema.String,
    approved: Schema.Boolean,
    /** The chat that asked, as the button says: who is an admin there may decide. */
    askedAs: Schema.optionalKey(Schema.Int),
    /** The press of the button, which wants an answer. */
    callback: Schema.optionalKey(Schema.String)
  }),
  /** Something beside the words that cannot be read, by its kind. */
  Schema.TaggedStruct("Unread", { kind: Schema.String }),
  Schema.TaggedStruct("Forward", { from: Schema.String, text: Schema.String }),
  Schema.TaggedStruct("Quote", {
    from: Schema.String,
    text: Schema.String,
    /** Whether it is the part that was chosen of the quote before it. */
    isPart: Schema.optionalKey(Schema.Boolean),
    /** Whether it was said before in the same place, and not to the bot. */
    isHeard: Schema.optionalKey(Schema.Boolean)
  }),
  File
])

/**
 * A part of what was sent.
 *
 * @since 0.2.0
 * @category models
 */
export type Content = typeof Content.Type

/**
 * One update that asks something, as data. It only ever grows, by keys that may be left out.
 *
 * @since 0.2.0
 * @category models
 */
export const Entry = Schema.Struct({
  lane: Lane,
  /** Telegram's id of the update: one that comes again is dropped. */
  update: Schema.Int,
  origin: Origin,
  /** Telegram's `media_group_id`: what has the same one was sent together. */
  album: Schema.optionalKey(Schema.String),
  /** When it was sent, in seconds since 1970, as Telegram tells. */
  sent: Schema.optionalKey(Schema.Int),
  /** Asked by a command: it waits for nothing, and nothing joins it. */
  isCommand: Schema.optionalKey(Schema.Boolean),
  /** Whether its message has said something else before: it takes that one's place while it is not answered. */
  isEdit: Schema.optionalKey(Schema.Boolean),
  /** Not meant for the bot by itself: it joins what its sender has asked, or is nothing. */
  isMore: Schema.optionalKey(Schema.Boolean),
  /** Belongs to an album that was asked before it came. */
  isLate: Schema.optionalKey(Schema.Boolean),
  content: Schema.NonEmptyArray(Content)
})

/**
 * One update that asks something, as data.
 *
 * @since 0.2.0
 * @category models
 */
export type Entry = typeof Entry.Type
