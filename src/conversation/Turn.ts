/**
 * What a turn gives: its events, the answer at their end, or a failure; and how things stand between turns.
 */
import type { BackendStatus, ResponsesError } from "../backend/CodexBackend.ts"
import type { TokenUsage } from "../backend/ResponseEvent.ts"
import type { ConversationBusy, MemoryFailed, PromptEmpty, PromptTooLong, TurnTimedOut } from "./TurnError.ts"
import type { Usage } from "./UsageMeter.ts"

/**
 * A page that an answer refers to.
 *
 * @since 0.2.0
 * @category models
 */
export interface Source {
  readonly url: string
  readonly title: string
}

/**
 * A picture that was drawn for an answer.
 *
 * @since 0.2.0
 * @category models
 */
export interface Picture {
  readonly base64: string
  /** `png`, `jpeg` or `webp`. */
  readonly format: string
}

/**
 * The answer to a prompt.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly text: string
  /** The model that answered, as far as the backend says. */
  readonly model: string | undefined
  /** `undefined` where the backend had no chance to tell: of a stopped or cut answer. */
  readonly usage: TokenUsage | undefined
  /**
   * Why the text is not whole, when it is not: `stopped`; `cut` by a limit or a line that broke; `approval` when it
   * waits for one; `max_rounds` when it
   * wanted more tools than a turn may call; or the backend's `max_output_tokens`, `content_filter`.
   */
  readonly incomplete: string | undefined
  /** False when the store could not keep the turn, for a prompt without a conversation, and after a reset meanwhile. */
  readonly remembered: boolean
  /** Why the store could not keep the turn, when that is why it is not remembered. */
  readonly memoryProblem?: MemoryFailed | undefined
  /** The pages of the web that it refers to, each once, at most ten; absent where it looked nothing up. */
  readonly sources?: ReadonlyArray<Source>
  /**
   * The calls that somebody has to approve before the turn goes on (`Prompt.approval`), which it has ended for; absent
   * where there are none.
   */
  readonly approvals?: ReadonlyArray<{ readonly callId: string; readonly name: string; readonly arguments: string }>
  /** What was drawn for it; absent where nothing was. */
  readonly pictures?: ReadonlyArray<Picture>
}

/**
 * What happens in a turn; `Completed` comes last and once.
 *
 * @since 0.1.0
 * @category models
 */
export type TurnEvent =
  | { readonly _tag: "TextDelta"; readonly text: string }
  | { readonly _tag: "ReasoningDelta"; readonly text: string }
  /** The text so far is void; the answer starts over. */
  | { readonly _tag: "Restarted" }
  /** A tool is called; with what, nobody is told. */
  | { readonly _tag: "ToolStarted"; readonly name: string; readonly callId: string }
  /** It is done. A failure is told to the model, and the turn goes on. */
  | { readonly _tag: "ToolDone"; readonly name: string; readonly callId: string; readonly failed: boolean }
  /** The turn that waited for this approval is found, and what was said counts from now on (`Prompt.approval`). */
  | { readonly _tag: "Decided"; readonly approved: boolean }
  | { readonly _tag: "Completed"; readonly answer: Answer }

/**
 * What a turn can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type TurnError = ResponsesError | PromptEmpty | PromptTooLong | ConversationBusy | TurnTimedOut | MemoryFailed

/**
 * The connection and what was used so far.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status extends BackendStatus {
  readonly provider: string
  readonly usage: Usage
  /** Why `usage` is empty, when it could not be read. */
  readonly usageProblem?: MemoryFailed | undefined
}
