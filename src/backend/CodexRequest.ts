/**
 * What is sent: a type that cannot say what the backend refuses.
 *
 * The backend has an allow-list of body fields and answers any other with a 400. `Body` is that list as far
 * as we use it, and `encode` is the only way to make one.
 */

/** One message of the conversation, as the model reads it. */
export interface InputMessage {
  readonly role: "user" | "assistant" | "developer"
  readonly text: string
}

/** Who asks, and in which conversation. */
export interface Origin {
  readonly userId: number | string | undefined
  readonly chatId: number | string | undefined
  readonly conversation: string | undefined
}

/** One request for an answer. */
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

/** A request that says which model it is for. */
export interface Addressed extends CodexRequest {
  readonly model: string
}

/** A message on the wire; assistant parts must be `output_text`, all others `input_text`. */
export interface BodyMessage {
  readonly type: "message"
  readonly role: InputMessage["role"]
  readonly content: readonly [{ readonly type: "input_text" | "output_text"; readonly text: string }]
}

/**
 * The body of `POST /responses`, in the classic shape, which every model takes.
 *
 * `include` is left out: encrypted reasoning is of use only to those who send it back.
 */
export interface Body {
  readonly model: string
  readonly instructions: string
  readonly input: ReadonlyArray<BodyMessage>
  readonly store: false
  readonly stream: true
  readonly reasoning?: { readonly effort?: string; readonly summary?: "auto" }
  readonly prompt_cache_key: string
}

/** Efforts that the list of models may name and the wire refuses. */
const wireEfforts: ReadonlyMap<string, string> = new Map([["ultra", "max"], ["minimal", "low"]])

const encodeMessage = (message: InputMessage): BodyMessage => ({
  type: "message",
  role: message.role,
  content: [{ type: message.role === "assistant" ? "output_text" : "input_text", text: message.text }]
})

/** The body of a request; `ultra` becomes `max` and `minimal` becomes `low`, as the backend wants it. */
export const encode = (request: Addressed): Body => {
  const effort = request.reasoningEffort ?? ""
  const reasoning = {
    ...(effort !== "" && { effort: wireEfforts.get(effort) ?? effort }),
    ...(request.reasoningSummary === true && { summary: "auto" as const })
  }
  return {
    model: request.model,
    instructions: request.instructions,
    input: request.input.map(encodeMessage),
    store: false,
    stream: true,
    ...(Object.keys(reasoning).length > 0 && { reasoning }),
    prompt_cache_key: request.sessionId
  }
}
