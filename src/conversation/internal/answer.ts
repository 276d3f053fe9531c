/**
 * The answer of one turn while it is being read: what was said, by which model, and whether it has begun and ended.
 *
 * Plain variables, since one fiber writes them, for each delta: pieces are kept as they come and joined once.
 */
import * as Item from "../../backend/Item.ts"
import type { ResponseEvent, TokenUsage } from "../../backend/ResponseEvent.ts"
import type { TurnEvent } from "../Turn.ts"

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
  /** What a whole answer consists of, commentary included, in the order in which it came. */
  readonly items: () => ReadonlyArray<Item.Item>
  /** For whom its sealed items are sealed. */
  readonly seal: () => string | undefined
}

/** Whether nothing of an answer comes behind it. */
export const isLast = ({ _tag }: ResponseEvent): boolean => _tag === "Completed"

/** What a turn tells of events: a remark on the way to the answer is shown as thinking, a refusal as the answer. */
export const shown = (events: ReadonlyArray<ResponseEvent>): ReadonlyArray<TurnEvent> => {
  const told: Array<TurnEvent> = []
  for (const event of events) {
    switch (event._tag) {
      case "TextDelta":
        told.push({ _tag: event.phase === "commentary" ? "ReasoningDelta" : "TextDelta", text: event.text })
        break
      case "RefusalDelta":
        told.push({ _tag: "TextDelta", text: event.text })
        break
      case "ReasoningDelta":
        told.push({ _tag: "ReasoningDelta", text: event.text })
        break
      case "Restarted":
        told.push(event)
        break
      default:
    }
  }
  return told
}

/** Nothing has been said yet. */
export const make = (): AnswerSoFar => {
  let deltas: Array<string> = []
  let answers: Array<string> = []
  let commentary: Array<string> = []
  let messages: Array<Item.Item> = []
  let items: Array<Item.Item> = []
  let seal: string | undefined
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
      case "RefusalDelta":
        if (event._tag === "TextDelta" && event.phase === "commentary") return
        deltas.push(event.text)
        written += event.text.length
        return
      case "MessageDone":
        repeated += event.text.length
        ;(event.phase === "answer" ? answers : commentary).push(event.text)
        messages.push({
          ...Item.fromText("assistant", event.text),
          ...event.phase === "commentary" && { phase: "commentary" }
        })
        return
      case "ItemDone":
        items.push(event.item)
        seal = event.seal ?? seal
        return
      case "Restarted":
        voided = part()
        deltas = []
        answers = []
        commentary = []
        messages = []
        items = []
        seal = undefined
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
      default:
    }
  }

  const whole = () =>
    answers.length > 0 ? answers.join("\n\n") : commentary.length > 0 ? commentary.join("\n\n") : deltas.join("")

  // A backend of one's own may tell messages, or deltas, and no items.
  const said = (): ReadonlyArray<Item.Item> => {
    if (items.some((item) => item.type === "message")) return items
    if (messages.length > 0) return [...items, ...messages]
    const text = whole()
    return text === "" && items.length > 0 ? items : [...items, Item.fromText("assistant", text)]
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
    whole,
    part,
    items: said,
    seal: () => seal
  }
}
