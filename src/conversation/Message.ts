/**
 * The words of a conversation: messages, prompts, and the key that tells conversations apart.
 */
import * as Brand from "effect/Brand"
import type * as DateTime from "effect/DateTime"
import type { InputImage, InputText } from "../backend/Item.ts"

/**
 * One message, as stores of `vibegram/codex` keep it: text and who said it.
 *
 * `system` is there for stores that keep personalities under it; a conversation holds `user` and `assistant`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/**
 * Who asks: Telegram's users are numbers, those of an application numbers or strings, as it says.
 *
 * @since 0.2.0
 * @category models
 */
export type UserId = number | string

/**
 * Where it was asked, as the application names its places.
 *
 * @since 0.2.0
 * @category models
 */
export type ChatId = number | string

/**
 * What tells one conversation from another.
 *
 * @since 0.1.0
 * @category models
 */
export type ConversationKey = string & Brand.Brand<"ConversationKey">

/**
 * Makes a key of any text; equal texts are the same conversation, with one history and one order.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ConversationKey = Brand.nominal<ConversationKey>()

/**
 * What whoever asks is called.
 *
 * @since 0.2.0
 * @category models
 */
export interface Speaker {
  readonly name: string
  /** Whether several speak in the conversation: it is said before each message then, and else in the instructions. */
  readonly isOneOfMany: boolean
}

/**
 * What somebody says to a call of a tool that needs approval.
 *
 * @since 0.2.0
 * @category models
 */
export interface Approval {
  /** One of the calls that wait, or the end of its id; what is said counts for all of them. */
  readonly callId: string
  readonly approved: boolean
  /** As whom it may be said besides: who asked as a group or a channel decides as the person that they are. Default: as nobody. */
  readonly speaksFor?: number | undefined
  /** Whether it may be said for whoever asked. Default: false. */
  readonly isAdmin?: boolean | undefined
}

/**
 * What somebody wants to know: the one argument of `Codex.ask` and `Codex.stream`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prompt {
  /** At most `maxPromptLength` UTF-16 units; may be empty beside attachments. */
  readonly text: string
  /** What goes along with the text, in the same message: pictures, and texts that were taken out of files. */
  readonly attachments?: ReadonlyArray<InputText | InputImage> | undefined
  /** In place of a text: the turn that waits for it goes on. Fails with `PromptEmpty` when none does. */
  readonly approval?: Approval | undefined
  /**
   * Names the turn. One that is asked again under the same name, after a restart, takes the place of what was remembered
   * of it. Default: each turn is a new one.
   */
  readonly turn?: string | undefined
  /** When it was asked: what is forgotten of a user later, is forgotten of this, too. Default: when its turn begins. */
  readonly askedAt?: DateTime.Utc | undefined
  /** Who asks, where there are others: the model is told, and takes it for a name. */
  readonly speaker?: Speaker | undefined
  /** Which conversation it belongs to. Without one there is no history, no order, and nothing is remembered. */
  readonly conversation?: ConversationKey | undefined
  /** Whose personality applies and whose usage grows. Default: nobody's. */
  readonly userId?: UserId | undefined
  /** Where it was asked; for the audit only. */
  readonly chatId?: ChatId | undefined
  /** Default: what `Models` chooses. */
  readonly model?: string | undefined
  /** Default: the model's own, or the one of `CodexBackend`. */
  readonly reasoningEffort?: string | undefined
  /** Whether the model tells in summary what it thinks (`ReasoningDelta`). Default: false. */
  readonly reasoningSummary?: boolean | undefined
  /** Default: the system prompt of `Codex`. A personality is added to either. */
  readonly systemPrompt?: string | undefined
}
