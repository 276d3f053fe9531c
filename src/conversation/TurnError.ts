/**
 * Failures of a conversation.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { type Reader, type Row } from "../Failure.ts"

/**
 * A prompt or a personality is longer than the settings allow: ask for a shorter one. Lengths are UTF-16 units.
 *
 * @since 0.1.0
 * @category errors
 */
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

const memoryFixes = {
  unavailable: "Check the memoryStore of the bot and retry.",
  unreadable: "Begin anew with `/codex reset`, or look at the rows of this conversation in the store.",
  laterVersion: "Update this program: it was older than the one that wrote the history. Nothing was deleted."
}

/**
 * The memory store did not do what it was asked for; `cause` is what it failed with, and is for programs only.
 *
 * `reason` tells a store that is away (`unavailable`) from one with rows that nobody can read, or that only a later
 * version of this library can. Such rows are never deleted.
 *
 * @since 0.1.0
 * @category errors
 */
export class MemoryFailed extends Schema.TaggedError<MemoryFailed>("effect-codex/MemoryFailed")("MemoryFailed", {
  operation: Schema.Literals(["append", "list", "clear", "move"]),
  /** Default: `unavailable`. */
  reason: Schema.optionalKey(Schema.Literals(["unavailable", "unreadable", "laterVersion"])),
  /** What the store threw; for programs and logs, never for the chat. */
  cause: Schema.optionalKey(Schema.Defect())
}) {
  static readonly row: Row = {
    error: "Memory failed",
    cause: "The memory store (database, cache) refused or is away, or holds rows that this version cannot read",
    fix: memoryFixes.unavailable
  }
  fix(_reader: Reader): string {
    return memoryFixes[this.reason ?? "unavailable"]
  }
  get isRetryable(): boolean {
    return this.reason === undefined || this.reason === "unavailable"
  }
  override get message(): string {
    switch (this.reason) {
      case "laterVersion":
        return "The conversation was written by a later version of effect-codex, and cannot be read."
      case "unreadable":
        return "The conversation cannot be read: what is stored of it is damaged."
      default:
        return `The conversation memory failed (${this.operation}).`
    }
  }
}

/**
 * There is nothing to ask: the prompt is empty, or white space. Nothing was sent.
 *
 * @since 0.2.0
 * @category errors
 */
export class PromptEmpty extends Schema.TaggedError<PromptEmpty>("effect-codex/PromptEmpty")("PromptEmpty", {
  /** Default: `text`. `stale`: it approves of what nobody waits for. `notYours`: of what somebody else has asked. */
  reason: Schema.optionalKey(Schema.Literals(["text", "stale", "notYours"]))
}) {
  static readonly row: Row = {
    error: "Empty prompt",
    cause: "Nothing was asked, or only white space",
    fix: "Send a question."
  }
  fix(_reader: Reader): string {
    return this.reason === "notYours" ? "Leave it to them." : PromptEmpty.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    switch (this.reason) {
      case "stale":
        return "Nothing waits for this approval any more."
      case "notYours":
        return "Only whoever asked may approve of this."
      default:
        return "The prompt is empty."
    }
  }
}

const busyFixes = {
  waiting: "Wait for the answers that are due, or stop them.",
  withinTool: "Let the tool ask without a conversation, or in another one."
}

/**
 * More prompts of one conversation wait than `maxWaiting` lets in: ask again when an answer is there.
 *
 * With the reason `withinTool` it was a tool that asked the conversation whose turn waits for it: neither would ever end.
 *
 * @since 0.2.0
 * @category errors
 */
export class ConversationBusy extends Schema.TaggedError<ConversationBusy>("effect-codex/ConversationBusy")(
  "ConversationBusy",
  {
    waiting: Schema.Int,
    /** Default: `waiting`. */
    reason: Schema.optionalKey(Schema.Literals(["waiting", "withinTool"]))
  }
) {
  static readonly row: Row = {
    error: "Conversation busy",
    cause: "More prompts of one conversation wait for their turn than maxWaiting allows",
    fix: busyFixes.waiting
  }
  fix(_reader: Reader): string {
    return busyFixes[this.reason ?? "waiting"]
  }
  get isRetryable(): boolean {
    return this.reason !== "withinTool"
  }
  override get message(): string {
    return this.reason === "withinTool"
      ? "A tool has asked the conversation that waits for it."
      : `This conversation is busy: ${this.waiting} prompts are waiting already.`
  }
}

/**
 * A turn took longer than `maxTurn`, and nothing of its answer was there. With text, it ends as `cut` instead.
 *
 * @since 0.2.0
 * @category errors
 */
export class TurnTimedOut extends Schema.TaggedError<TurnTimedOut>("effect-codex/TurnTimedOut")("TurnTimedOut", {
  after: Schema.Duration,
  /** The tool that worked when the time was over. */
  tool: Schema.optionalKey(Schema.String)
}) {
  static readonly row: Row = {
    error: "Turn timed out",
    cause:
      "The model thought longer than maxTurn (maxTurnMs) allows, or a tool worked longer that has no Effect.timeout",
    fix: "Ask for less at once, lower the reasoning effort, or raise maxTurnMs."
  }
  fix(reader: Reader): string {
    if (this.tool === undefined) return "Ask for less at once, lower the reasoning effort, or raise maxTurnMs."
    return reader === "program"
      ? "Give the handler of the tool an Effect.timeout, or raise maxTurnMs."
      : "Ask again; the bot's owner may give the tool less time, or raise maxTurnMs."
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    const within = `There was no answer within ${Duration.format(this.after)}`
    return this.tool === undefined ? `${within}.` : `${within}: the tool ${this.tool} was still at work.`
  }
}

/**
 * The audit did not take a record. A turn logs it and goes on: it is never what a turn fails with.
 *
 * @since 0.2.0
 * @category errors
 */
export class AuditFailed extends Schema.TaggedError<AuditFailed>("effect-codex/AuditFailed")("AuditFailed", {
  /** What the sink threw; for programs and logs, never for the chat. */
  cause: Schema.optionalKey(Schema.Defect())
}) {
  static readonly row: Row = {
    error: "Audit failed",
    cause: "The audit sink (onAudit, a database) refused, is away, or takes longer than ten seconds",
    fix: "Check the audit sink; turns go on without it, and their records are lost."
  }
  fix(_reader: Reader): string {
    return AuditFailed.row.fix
  }
  get isRetryable(): boolean {
    return true
  }
  override get message(): string {
    return "The audit did not take a record."
  }
}

/**
 * One of them, as a schema: to log it, store it, or send it to another process.
 *
 * @since 0.2.0
 * @category errors
 */
export const TurnError = Schema.Union([
  PromptEmpty,
  PromptTooLong,
  ConversationBusy,
  TurnTimedOut,
  MemoryFailed,
  AuditFailed
])

/**
 * One of them.
 *
 * @since 0.2.0
 * @category errors
 */
export type TurnError = typeof TurnError.Type
