/**
 * A Telegram that only remembers: which messages there are, and how they read by now.
 */
import * as TelegramApi from "../../src/telegram/TelegramApi.ts"
import * as Contexts from "./contexts.ts"
import type { Call } from "./contexts.ts"
import type { Fields } from "./updates.ts"

export interface Post {
  readonly id: number
  readonly chat: unknown
  readonly text: string
  readonly isFinal: boolean
  /** How often it became final: once is right. */
  readonly finals: number
  /** The message that it replies to. */
  readonly replyTo?: unknown
}

const isGrowing = (text: string, hasButton: boolean): boolean => text === "…" || hasButton

/** Remembers messages over the restarts of whoever sends them. */
export const make = () => {
  const posts = new Map<number, Post>()
  const order: Array<string> = []
  let next = 100
  const make = () => {
    let most = Infinity
    let refusal: ((call: Call) => unknown) | undefined
    let bury = (): void => undefined
    const buried = new Promise((resolve) => {
      bury = () => resolve({ message_id: 1 })
    })
    const outbox = Contexts.outbox((call) => {
      const refused = refusal?.(call)
      return refused !== undefined
        ? Promise.reject(refused)
        : order.length >= most
        ? buried
        : receive(call.method, call.payload)
    })
    return {
      outbox,
      api: TelegramApi.fromContext(Contexts.telegraf(outbox, {})),
      /** Whatever is sent from now on, or after so many finals, arrives nowhere, and nobody hears what became of it. */
      cut: (finals = 0) => {
        most = finals
      },
      /** Calls are rejected with what this gives, from now on; those for which it gives nothing come through. */
      refuses: (refuse?: (call: Call) => unknown) => {
        refusal = refuse
      },
      /** Lets go of what waits for a line that was cut, when nothing that comes of it counts any more. */
      bury
    }
  }
  const receive = (method: string, payload: Fields) => {
    const text = String(payload["text"])
    const isFinal = !isGrowing(text, payload["reply_markup"] !== undefined)
    const put = (id: number, finals: number) => {
      const replyTo = posts.get(id)?.replyTo ?? payload["reply_parameters"]
      posts.set(id, {
        id,
        chat: payload["chat_id"] ?? payload["inline_message_id"],
        text,
        isFinal,
        finals: finals + (isFinal ? 1 : 0),
        ...replyTo !== undefined && { replyTo }
      })
      if (isFinal) order.push(text)
      return { message_id: id }
    }
    if (method === "sendMessage") return put(next++, 0)
    const inline = payload["inline_message_id"]
    if (typeof inline === "string") {
      // An inline id of ours ends in a number.
      const id = Number(inline.replace(/\D/g, ""))
      put(id, posts.get(id)?.finals ?? 0)
      return true
    }
    const id = Number(payload["message_id"])
    if (method === "editMessageText") return put(id, posts.get(id)?.finals ?? 0)
    if (method === "deleteMessage") posts.delete(id)
    return true
  }
  return {
    /** A line to it. */
    line: make,
    /** All messages that are there. */
    posts: () => [...posts.values()],
    /** What was said for good, in the order in which it was. */
    finals: () => order
  }
}
