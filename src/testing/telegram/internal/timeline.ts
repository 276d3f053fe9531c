/**
 * Questions to the records of the double: what a message has shown, and how fast the bot was.
 */
import type { ApiCall, TimelineEntry } from "./types.ts"

/**
 * What a message showed for a while. Times are milliseconds since 1970.
 *
 * @since 0.2.0
 * @category models
 */
export interface MessageState {
  readonly text: string
  readonly from: number
  /** `undefined` while it is visible. */
  readonly until: number | undefined
}

/** Every state of a message, in order; the last has an end when the message was deleted. */
export const statesOf = (
  timeline: ReadonlyArray<TimelineEntry>,
  chatId: number,
  messageId: number
): ReadonlyArray<MessageState> => {
  const own = timeline.filter((entry) =>
    entry.chatId === chatId && entry.messageId === messageId &&
    ["sent", "service", "edited", "deleted"].includes(entry.kind)
  )
  return own.flatMap(({ at, kind, text }, index) =>
    kind === "deleted" ? [] : [{ text, from: at, until: own[index + 1]?.at }]
  )
}

const chatOf = (call: ApiCall): string => {
  const id = call.payload["chat_id"]
  return typeof id === "string" || typeof id === "number" ? `${id}` : ""
}

/** The calls that name a chat and were answered from a time on and before another, by the chat as it was named. */
export const callsPerChat = (
  calls: ReadonlyArray<ApiCall>,
  from: number,
  to: number
): Readonly<Record<string, ReadonlyArray<ApiCall>>> => {
  const byChat: Record<string, Array<ApiCall>> = {}
  for (const call of calls) {
    if (call.at >= from && call.at < to && chatOf(call) !== "") (byChat[chatOf(call)] ??= []).push(call)
  }
  return byChat
}

/** The most calls to a chat in any stretch of time of that length, in milliseconds. */
export const peakOf = (calls: ReadonlyArray<ApiCall>, chatId: number, window: number): number => {
  const times = calls.filter((call) => chatOf(call) === `${chatId}`).map(({ at }) => at).sort((a, b) => a - b)
  let first = 0
  let most = 0
  times.forEach((at, index) => {
    while (at - (times[first] ?? at) >= window) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}
