/**
 * Failures of the Telegram door: who may not, and what Telegram refuses.
 */
import * as Schema from "effect/Schema"
import { CodexError } from "../CodexError.ts"
import { optional, type Reader, type Row } from "../Failure.ts"

const lists = {
  user: "CODEX_ALLOWED_USER_IDS (allowedUserIds)",
  chat: "CODEX_ALLOWED_CHAT_IDS (allowedChatIds)",
  "auth admin": "CODEX_AUTH_ADMIN_USER_IDS (authAdminUserIds)"
} as const

/** This user or chat may not do this; whoever is not let in learns the id that the owner of the bot has to add. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>("effect-codex/AccessDenied")("AccessDenied", {
  subject: Schema.Literals(["user", "chat", "auth admin"]),
  /** Of the user, or of the chat when it is the chat that is not let in. */
  id: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String]))
}) {
  static readonly row: Row = {
    error: "Access denied",
    cause: "The user or chat is not on the allow-list",
    fix: "Ask the owner of the bot to add you to allowedUserIds, allowedChatIds or authAdminUserIds."
  }
  fix(_reader: Reader): string {
    const { id, subject } = this
    if (id === undefined) return AccessDenied.row.fix
    const what = `${subject === "chat" ? "the id of this chat" : "your user id"}, ${id},`
    return `Ask the owner of the bot to add ${what} to ${lists[subject]}.`
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return this.subject === "auth admin"
      ? "Only the auth admins of this bot may do this."
      : `This ${this.subject} may not use this bot.`
  }
}

const telegramFixes: { readonly [reason: string]: string | { readonly [reader in Reader]: string } } = {
  blocked: "Unblock the bot, or let it into the group again, and write there.",
  threadNotFound: "The topic is gone: write in another one.",
  threadClosed: "The topic is closed: write in another one, or open it again.",
  chatMoved: "The group is a supergroup now: ask again there.",
  messageNotFound: "The message is gone.",
  tooLong: "Send less.",
  rateLimited: "Wait and retry.",
  unreachable: "Retry; if it goes on, check the bot's network.",
  unauthorized: "Replace the bot's token: @BotFather gives out a new one.",
  unsupported: { chat: "Ask the owner of the bot.", program: "Use Telegraf, grammY or VibeGram." },
  misused: { chat: "The bot's log says what.", program: "The cause is in the log: it is a bug in the bot or in ours." }
}

/**
 * Telegram did not do what it was asked for.
 *
 * `misused` is an error of a program on the way there: the framework, a transformer of the bot, or ours.
 *
 * Telegram's own description is read to find the reason and then dropped: it can quote the text of a message.
 */
export class TelegramFailed extends Schema.TaggedError<TelegramFailed>("effect-codex/TelegramFailed")(
  "TelegramFailed",
  {
    method: Schema.String,
    reason: Schema.Literals([
      "blocked",
      "chatNotFound",
      "chatMoved",
      "threadNotFound",
      "threadClosed",
      "messageNotFound",
      "notModified",
      "tooLong",
      "rateLimited",
      "unauthorized",
      "unreachable",
      "unsupported",
      "misused",
      "rejected"
    ]),
    code: Schema.optionalKey(Schema.Int),
    /** With `misused`: what was thrown, without the token of the bot. */
    cause: Schema.optionalKey(Schema.Defect()),
    /** With `unreachable`: true when the call surely never got there, so that it may be made again. */
    neverArrived: Schema.optionalKey(Schema.Boolean),
    /** With `chatMoved`: where the group goes on, as far as the framework tells. */
    movedTo: Schema.optionalKey(Schema.Int),
    retryAfter: optional.retryAfter
  }
) {
  static readonly row: Row = {
    error: "Telegram failed",
    cause: "The chat is gone, the bot was blocked, or Telegram is limiting it",
    fix: "Check that the bot may write in this chat."
  }
  fix(reader: Reader): string {
    const fix = telegramFixes[this.reason] ?? TelegramFailed.row.fix
    return typeof fix === "string" ? fix : fix[reader]
  }
  get isRetryable(): boolean {
    return this.reason === "rateLimited" || this.reason === "unreachable"
  }
  override get message(): string {
    switch (this.reason) {
      case "unreachable":
        return `Telegram could not be reached for ${this.method}.`
      case "unsupported":
        return `The bot's framework has no way to ${this.method}.`
      case "misused":
        return `The bot's framework broke at ${this.method}.`
      default:
        return `Telegram refused ${this.method} (${this.reason}${this.code === undefined ? "" : ` ${this.code}`}).`
    }
  }
}

/** One of them, as a schema: to log it, store it, or send it to another process. */
export const TelegramError = Schema.Union([
  AccessDenied,
  TelegramFailed
])

/** One of them. */
export type TelegramError = typeof TelegramError.Type

/** Any failure that the door has to put into words, as a schema. */
export const DoorError = Schema.Union([...CodexError.members, ...TelegramError.members])

/** Any failure that the door has to put into words. */
export type DoorError = typeof DoorError.Type

/** The whole troubleshooting table, one row for each class. */
export const troubleshooting: ReadonlyArray<Row> = DoorError.members.map((failure) => failure.row)
