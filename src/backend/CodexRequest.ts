/**
 * What is sent: a type that cannot say what the backend refuses.
 *
 * The backend has an allow-list of body fields and answers any other with a 400. `Body` is that list as far
 * as we use it, and `encode` is the only way to make one.
 */

/**
 * One message of the conversation, as the model reads it. What is to count as an instruction is a `developer`'s.
 *
 * @since 0.1.0
 * @category models
 */
export interface InputMessage {
  readonly role: "user" | "assistant" | "developer"
  readonly text: string
}

/**
 * Who asks, and in which conversation: for a backend of your own that needs to know. Ours sends none of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Origin {
  readonly userId: number | string | undefined
  readonly chatId: number | string | undefined
  readonly conversation: string | undefined
}

/**
 * One request for an answer: what `CodexBackend.responses` takes.
 *
 * It cannot say what the backend refuses: fields it does not know, an empty list, a temperature.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexRequest {
  /** Default: what `Models` chooses. */
  readonly model?: string | undefined
  /** The system prompt; always sent, even when empty. */
  readonly instructions: string
  /** History and prompt, oldest first; the backend refuses an empty list. */
  readonly input: readonly [InputMessage, ...ReadonlyArray<InputMessage>]
  /** Default: `CodexBackend`'s, else the model's own. */
  readonly reasoningEffort?: string | undefined
  /** Whether a summary of the model's thinking is wanted. Default: false. */
  readonly reasoningSummary?: boolean | undefined
  /** Stable for a conversation and shared with no other: the backend's prompt cache hangs on it. A UUID. */
  readonly sessionId: string
  /** Who asks, for providers of the user's own. Ours sends none of it. */
  readonly origin?: Origin | undefined
}

/**
 * A request that says which model it is for: what `ResponseStream` takes, once a model was chosen.
 *
 * @since 0.2.0
 * @category models
 */
export interface Addressed extends CodexRequest {
  readonly model: string
}
