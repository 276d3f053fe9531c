/**
 * Contexts shaped like those of the frameworks. What a bot sends ends in an `Outbox`.
 */
import * as Effect from "effect/Effect"
import { Api } from "grammy"
import type { Fields } from "./updates.ts"

/** A call of the Bot API as it left the framework. */
export interface Call {
  readonly method: string
  readonly payload: Fields
  readonly signal?: unknown
  /** VibeGram's own retries, which wait out a rate limit within the call. */
  readonly retries?: number
}

/** Everything that was sent, and a way to wait for it. */
export interface Outbox {
  readonly calls: ReadonlyArray<Call>
  /** Takes a call and answers it as Telegram would. */
  readonly receive: (call: Call) => Promise<unknown>
  /** The texts of all messages so far. */
  readonly texts: () => ReadonlyArray<string>
  /** Waits until so many messages were sent, and gives their texts. */
  readonly messages: (count: number) => Effect.Effect<ReadonlyArray<string>>
}

/** Makes an outbox; `answer` may reject in Telegram's place, or never answer. */
export const outbox = (answer: (call: Call) => unknown = () => ({ message_id: 1 })): Outbox => {
  const calls: Array<Call> = []
  const listeners = new Set<() => void>()
  const texts = () => calls.filter((call) => call.method === "sendMessage").map((call) => String(call.payload["text"]))
  return {
    calls,
    texts,
    receive: async (call) => {
      calls.push(call)
      for (const listener of listeners) listener()
      return answer(call)
    },
    messages: (count) =>
      Effect.callback((resume) => {
        const listener = () => {
          if (texts().length < count) return
          listeners.delete(listener)
          resume(Effect.succeed(texts()))
        }
        listeners.add(listener)
        listener()
      })
  }
}

/** Telegraf's. */
export const telegraf = (outbox: Outbox, update: unknown) => ({
  update,
  botInfo: { id: 1, is_bot: true, first_name: "Bot", username: "my_bot" },
  telegram: {
    callApi: (method: string, payload: Fields, options?: { readonly signal?: AbortSignal }) =>
      outbox.receive({ method, payload, signal: options?.signal })
  }
})

/** VibeGram's: `client` and `telegram` are one object, and a call takes a number of retries of its own. */
export const vibegram = (outbox: Outbox, update: unknown) => {
  const client = {
    token: "123:token",
    callApi: async (method: string, payload: Fields, retries: unknown = 3) => {
      if (typeof retries !== "number" || !Number.isInteger(retries) || retries < 0) {
        throw new TypeError("retries must be a non-negative integer.")
      }
      return outbox.receive({ method, payload, retries })
    }
  }
  return { update, client, telegram: client }
}

/** grammY's own API object, with the network taken out from under it. */
export const grammyApi = (outbox: Outbox, options: ConstructorParameters<typeof Api>[1] = {}): Api => {
  const api = new Api("123:token", options)
  api.config.use(async (_previous, method, payload, signal) =>
    JSON.parse(JSON.stringify({ ok: true, result: await outbox.receive({ method, payload: { ...payload }, signal }) }))
  )
  return api
}

/** grammY's. */
export const grammy = (outbox: Outbox, update: unknown) => ({ update, api: grammyApi(outbox) })

/** A context of no framework we know. */
export const bare = (outbox: Outbox, message: unknown) => ({
  message,
  reply: (text: string, extra: Fields) => outbox.receive({ method: "sendMessage", payload: { ...extra, text } }),
  sendChatAction: (action: string, extra: Fields) =>
    outbox.receive({ method: "sendChatAction", payload: { ...extra, action } }),
  replyWithDocument: (document: unknown, extra: Fields) =>
    outbox.receive({ method: "sendDocument", payload: { ...extra, document } })
})
