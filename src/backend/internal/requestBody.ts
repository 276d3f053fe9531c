/**
 * The body of a request, which cannot say what the backend refuses.
 *
 * The backend has an allow-list of body fields and answers any other with a 400. `Body` is that list as far
 * as we use it, and `encode` is the only way to make one.
 */
import type { Addressed, InputMessage } from "../CodexRequest.ts"

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
