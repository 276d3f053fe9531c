/**
 * What makes an answer one: without any of it, it is empty, and with it, nothing is asked in another way any more.
 */
import type { ExchangeEvent, Restarted } from "../ResponseEvent.ts"

/** Whether an event is of the answer proper, without which the answer is empty: words, a call, a picture. */
export const isAnswer = (event: ExchangeEvent | Restarted): boolean => {
  switch (event._tag) {
    case "TextDelta":
      return event.phase !== "commentary" && event.text.trim() !== ""
    case "RefusalDelta":
      return event.text.trim() !== ""
    case "MessageDone":
      return event.phase === "answer" && event.text.trim() !== ""
    case "ToolCallDone":
    case "ImageDone":
      return true
    case "ItemDone":
      return event.item.type === "compaction"
    default:
      return false
  }
}
