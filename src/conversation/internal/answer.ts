/**
 * The answer of one turn while it is being read: what was said, by which model, and whether it has begun and ended.
 *
 * Plain variables, since one fiber writes them, for each delta: pieces are kept as they come and joined once.
 */
import type { ResponseEvent, TokenUsage } from "../../backend/ResponseEvent.ts"

/** Longest text that is taken in, in UTF-16 units. What goes on beyond it ends as cut. */
export const maxLength = 1_000_000

/** What is known of an answer so far. */
export interface AnswerSoFar {
  /** Takes what has come; says how the answer ended by it, if it did. */
  readonly read: (events: ReadonlyArray<ResponseEvent>) => "answered" | "cut" | undefined
  readonly hasBegun: () => boolean
  /** Its terminal event, once it is there. */
  readonly completed: () =>
    | { readonly usage: TokenUsage | undefined; readonly incomplete: string | undefined }
    | undefined
  readonly model: () => string | undefined
  /** The text of a whole answer: its messages count; deltas stand in for servers that send none. */
  readonly whole: () => string
  /** The text of an answer that was broken off: what its reader has seen. */
  readonly part: () => string
}

/** Nothing has been said yet. */
export const make = (): AnswerSoFar => {
  let deltas: Array<string> = []
  let answers: Array<string> = []
  let commentary: Array<string> = []
  let written = 0
  let repeated = 0
  let voided = ""
  let model: string | undefined
  let hasBegun = false
  let completed: ReturnType<AnswerSoFar["completed"]>

  const current = () => deltas.length === 0 ? answers.join("\n\n") : deltas.join("")
  // Until something takes its place, text that was started over is all there is.
  const part = () => {
    const text = current()
    return text === "" ? voided : text
  }

  const readOne = (event: ResponseEvent): void => {
    switch (event._tag) {
      case "TextDelta":
        deltas.push(event.text)
        written += event.text.length
        return
      case "MessageDone":
        repeated += event.text.length
        ;(event.phase === "answer" ? answers : commentary).push(event.text)
        return
      case "Restarted":
        voided = part()
        deltas = []
        answers = []
        commentary = []
        written = 0
        repeated = 0
        return
      case "Started":
        model = event.model ?? model
        return
      case "Completed":
        model = event.model ?? model
        completed = { usage: event.usage, incomplete: event.incomplete }
        return
      case "Opened":
      case "ReasoningDelta":
      case "QuotaSeen":
    }
  }

  return {
    read: (events) => {
      hasBegun = true
      for (const event of events) readOne(event)
      return completed !== undefined ? "answered" : Math.max(written, repeated) > maxLength ? "cut" : undefined
    },
    hasBegun: () => hasBegun,
    completed: () => completed,
    model: () => model,
    whole: () =>
      answers.length > 0 ? answers.join("\n\n") : commentary.length > 0 ? commentary.join("\n\n") : deltas.join(""),
    part
  }
}
