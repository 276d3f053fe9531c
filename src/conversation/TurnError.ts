/**
 * Failures of a conversation.
 */
import * as Schema from "effect/Schema"
import { type Reader, type Row } from "../Failure.ts"

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
  fix(_reader: Reader): string {
    return PromptTooLong.row.fix
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
  fix(_reader: Reader): string {
    return MemoryFailed.row.fix
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    return `The conversation memory failed (${this.operation}).`
  }
}

/** Every failure of a conversation's own. */
export const TurnErrors = [
  PromptTooLong,
  MemoryFailed
] as const

/** One of them, as a schema: to log it, store it, or send it to another process. */
export const TurnError = Schema.Union(TurnErrors)

/** One of them. */
export type TurnError = typeof TurnError.Type
