/**
 * What has been read of an answer so far.
 */
import type { ResponseEvent } from "../../backend/ResponseEvent.ts"

export interface Reading {
  readonly deltas: string
  readonly answers: ReadonlyArray<string>
  readonly commentary: ReadonlyArray<string>
  readonly model: string | undefined
}

export const nothing: Reading = { deltas: "", answers: [], commentary: [], model: undefined }

/** Reads one more event. */
export const read = (reading: Reading, event: ResponseEvent): Reading => {
  switch (event._tag) {
    case "Started":
      return { ...reading, model: event.model ?? reading.model }
    case "TextDelta":
      return { ...reading, deltas: reading.deltas + event.text }
    case "MessageDone":
      return event.phase === "answer"
        ? { ...reading, answers: [...reading.answers, event.text] }
        : { ...reading, commentary: [...reading.commentary, event.text] }
    case "Restarted":
      return nothing
    case "Completed":
      return { ...reading, model: event.model ?? reading.model }
    case "ReasoningDelta":
    case "QuotaSeen":
      return reading
  }
}

/** The text of a whole answer: its messages count; deltas stand in for servers that send none. */
export const answerOf = ({ answers, commentary, deltas }: Reading): string =>
  answers.length > 0 ? answers.join("\n\n") : commentary.length > 0 ? commentary.join("\n\n") : deltas

/** The text of an answer that was broken off: what its reader has seen. */
export const partOf = ({ answers, deltas }: Reading): string => deltas === "" ? answers.join("\n\n") : deltas
