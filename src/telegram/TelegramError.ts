/**
 * Failures of the Telegram door: who may not, and what Telegram refuses.
 */
import * as Schema from "effect/Schema"
import { CodexErrors } from "../CodexError.ts"
import { optional, type Reader, type Row } from "../Failure.ts"

/** This user or chat may not do this. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>("effect-codex/AccessDenied")("AccessDenied", {
  subject: Schema.Literals(["user", "chat", "auth admin"])
}) {
  static readonly row: Row = {
    error: "Access denied",
    cause: "The user or chat is not on the allow-list",
    fix: "Ask the owner of the bot to add you to allowedUserIds, allowedChatIds or authAdminUserIds."
  }
  fix(_reader: Reader): string {
    return AccessDenied.row.fix
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

/**
 * Telegram did not do what it was asked for.
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
      "threadNotFound",
      "messageNotFound",
      "notModified",
      "tooLong",
      "rateLimited",
      "unauthorized",
      "unreachable",
      "unsupported",
      "rejected"
    ]),
    code: Schema.optionalKey(Schema.Int),
    /** With `unreachable`: true when the call surely never got there, so that it may be made again. */
    neverArrived: Schema.optionalKey(Schema.Boolean),
    retryAfter: optional.retryAfter
  }
) {
  static readonly row: Row = {
    error: "Telegram failed",
    cause: "The chat is gone, the bot was blocked, or Telegram is limiting it",
    fix: "Check that the bot may write in this chat."
  }
  fix(_reader: Reader): string {
    return TelegramFailed.row.fix
  }
  get isRetryable(): boolean {
    return this.reason === "rateLimited" || this.reason === "unreachable"
  }
  override get message(): string {
    const code = this.code === undefined ? "" : ` ${this.code}`
    return `Telegram refused ${this.method} (${this.reason}${code}).`
  }
}

/** Every failure of the door's own. */
export const TelegramErrors = [
  AccessDenied,
  TelegramFailed
] as const

/** One of them, as a schema: to log it, store it, or send it to another process. */
export const TelegramError = Schema.Union(TelegramErrors)

/** One of them. */
export type TelegramError = typeof TelegramError.Type

/** Every class that a person in a chat can meet: the core's and the door's. */
export const DoorErrors = [...CodexErrors, ...TelegramErrors] as const

/** Any failure that the door has to put into words, as a schema. */
export const DoorError = Schema.Union(DoorErrors)

/** Any failure that the door has to put into words. */
export type DoorError = typeof DoorError.Type

/** The whole troubleshooting table, one row for each class. */
export const troubleshooting: ReadonlyArray<Row> = DoorErrors.map((failure) => failure.row)
