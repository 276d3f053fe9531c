/**
 * The answer of one turn while it is being read: what was said, by which model, and whether it has begun and ended.
 *
 * Plain variables, since one fiber writes them, for each delta: pieces are kept as they come and joined once.
 */
import type { ResponseEvent, TokenUsage } from "../../backend/ResponseEvent.ts"

/** Longest text that is taken in, in UTF-16 units. What goes on beyond it ends as cut. */
export const maxLength = 1_000_000

/** What is known of an answer so far. */
export interface Answer {
  readonly read: (event: ResponseEvent) => void
  readonly hasBegun: () => boolean
  /** Its terminal event, once it is there. */
  readonly completed: () =>
    | { readonly usage: TokenUsage | undefined; readonly incomplete: string | undefined }
    | undefined
  readonly isTooLong: () => boolean
  readonly model: () => string | undefined
  /** The text of a whole answer: its messages count; deltas stand in for servers that send none. */
  readonly whole: () => string
  /** The text of an answer that was broken off: what its reader has seen. */
  readonly part: () => string
}

/** Nothing has been said yet. */
export const make = (): Answer => {
  let deltas: Array<string> = []
  let answers: Array<string> = []
  let commentary: Array<string> = []
  let length = 0
  let model: string | undefined
  let hasBegun = false
  let completed: ReturnType<Answer["completed"]>

  return {
    read: (event) => {
      hasBegun = true
      switch (event._tag) {
        case "TextDelta":
          deltas.push(event.text)
          length += event.text.length
          return
        case "MessageDone":
          ;(event.phase === "answer" ? answers : commentary).push(event.text)
          return
        case "Restarted":
          deltas = []
          answers = []
          commentary = []
          length = 0
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
    },
    hasBegun: () => hasBegun,
    completed: () => completed,
    isTooLong: () => length > maxLength,
    model: () => model,
    whole: () =>
      answers.length > 0 ? answers.join("\n\n") : commentary.length > 0 ? commentary.join("\n\n") : deltas.join(""),
    part: () => deltas.length === 0 ? answers.join("\n\n") : deltas.join("")
  }
}
