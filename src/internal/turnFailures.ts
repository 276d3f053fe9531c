/**
 * Failures above the backend: the conversation, access, Telegram.
 */
import * as Schema from "effect/Schema"
import { optional, type Row } from "./failure.ts"

/** A prompt or a personality is longer than the settings allow; lengths are UTF-16 units. */
export class PromptTooLong extends Schema.TaggedError<PromptTooLong>("effect-codex/PromptTooLong")("PromptTooLong", {
  what: Schema.Literals(["message", "personality"]),
  length: Schema.Int,
  maximum: Schema.Int
}) {
  static readonly row: Row = {
    error: "Message too long",
    cause: "The text is longer than maxPromptLength (a personality: 2000)",
    fix: "Send a shorter text."
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `The ${this.what} is too long: ${this.length} of at most ${this.maximum} characters.`
  }
}

/** The memory store did not do what it was asked for. */
export class MemoryFailed extends Schema.TaggedError<MemoryFailed>("effect-codex/MemoryFailed")("MemoryFailed", {
  operation: Schema.Literals(["append", "list", "clear"]),
  /** What the store threw; for programs and logs, never for the chat. */
  cause: Schema.optionalKey(Schema.Defect())
}) {
  static readonly row: Row = {
    error: "Memory failed",
    cause: "The memory store (database, cache) refused or is away",
    fix: "Check the memoryStore of the bot and retry."
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    return `The conversation memory failed (${this.operation}).`
  }
}

/** This user or chat may not do this. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>("effect-codex/AccessDenied")("AccessDenied", {
  subject: Schema.Literals(["user", "chat", "auth admin"])
}) {
  static readonly row: Row = {
    error: "Access denied",
    cause: "The user or chat is not on the allow-list",
    fix: "Ask the owner of the bot to add you to allowedUserIds, allowedChatIds or authAdminUserIds."
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
  get isRetryable(): boolean {
    return this.reason === "rateLimited" || this.reason === "unreachable"
  }
  override get message(): string {
    const code = this.code === undefined ? "" : ` ${this.code}`
    return `Telegram refused ${this.method} (${this.reason}${code}).`
  }
}
