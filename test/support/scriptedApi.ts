/**
 * Outgoing calls that are answered one by one as a test says, without a server, a pace or a clock of their own.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as TelegramApi from "../../src/telegram/TelegramApi.ts"
import type { TelegramFailed } from "../../src/telegram/TelegramError.ts"

/** A call as it was made. */
export interface Call {
  readonly method: "send" | "edit" | "delete" | "draft" | "action" | "document"
  readonly chat: number | string
  readonly thread: number | undefined
  readonly replyTo: number | undefined
  /** Of the message that is changed; of a draft its own. */
  readonly id?: number
  /** Its words, or the name of a file. */
  readonly text: string
  readonly at: number
  /** What to do when it comes through after it was given up. */
  readonly late?: TelegramApi.CallOptions["late"]
}

export interface Options {
  /** Why a call fails, if it does. Default: none does. */
  readonly refuses?: ((call: Call) => TelegramFailed | undefined) | undefined
  readonly canEdit?: boolean | undefined
  /** Where a chat is by now. */
  readonly whereabouts?: ((to: TelegramApi.Destination) => TelegramApi.Destination) | undefined
  readonly closed?: (() => TelegramFailed | undefined) | undefined
  readonly isNews?: (() => boolean) | undefined
}

/** Calls, and what they were; messages are numbered from 1. */
export const make = ({ canEdit = true, closed, isNews, refuses, whereabouts }: Options = {}) => {
  const calls: Array<Call> = []
  let sent = 0
  const call = (
    method: Call["method"],
    to: TelegramApi.Destination,
    text: string,
    { id, options }: { readonly id?: number; readonly options?: TelegramApi.CallOptions | undefined } = {}
  ) =>
    Effect.gen(function*() {
      const made: Call = {
        method,
        chat: to.chatId,
        thread: to.threadId,
        replyTo: to.replyTo,
        ...(id !== undefined && { id }),
        text,
        at: yield* Clock.currentTimeMillis,
        ...(options?.late !== undefined && { late: options.late })
      }
      calls.push(made)
      const failure = refuses?.(made)
      if (failure !== undefined) return yield* failure
      const message = method === "send" || method === "document" ? Option.some(++sent) : Option.fromUndefinedOr(id)
      options?.onSent?.(message)
      return message
    })
  const api: TelegramApi.Service = {
    canEdit,
    whereabouts: whereabouts ?? ((to) => to),
    closed: () => Effect.sync(() => Option.fromUndefinedOr(closed?.())),
    isNews: isNews ?? (() => true),
    sendMessage: (to, { text }, options) => call("send", to, text, { options }),
    editMessage: (to, id, { text }, options) => Effect.asVoid(call("edit", to, text, { id, options })),
    deleteMessage: (to, id) => Effect.asVoid(call("delete", to, "", { id })),
    removeButtons: () => Effect.void,
    sendDraft: (to, id, { text }, options) => Effect.asVoid(call("draft", to, text, { id, options })),
    sendChatAction: (to, action) => Effect.asVoid(call("action", to, action)),
    sendDocument: (to, { name }) => call("document", to, name),
    download: () => Effect.die("not here"),
    answerCallback: () => Effect.void,
    isChatAdmin: () => Effect.succeed(false),
    answerGuest: () => Effect.succeedNone,
    editInline: () => Effect.void
  }
  return {
    api,
    calls,
    /** What was done, in short. */
    told: () => calls.map(({ id, method, text }) => [method, ...(id === undefined ? [] : [id]), text].join(" ").trim())
  }
}
