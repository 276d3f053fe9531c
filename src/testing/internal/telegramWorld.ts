/**
 * The state of the double: chats and their messages, files, the timeline, and whoever waits for a change.
 *
 * Changes are plain synchronous steps, so that a message, its timeline entry and its update appear together.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import type { Upload } from "./telegramPayload.ts"
import type { ApiCall, Chat, Document, Message, TimelineEntry, User } from "./telegramTypes.ts"
import { makeUpdates, type Updates } from "./telegramUpdates.ts"

/** A chat with everything in it. */
export interface Room {
  readonly chat: Chat
  /** In the order in which they were sent. */
  readonly messages: Map<number, Message>
  readonly topics: Map<number, string>
  /** Until when the bot is shown as typing, by topic; 0 stands for none. */
  readonly typingUntil: Map<number, number>
  readonly nextMessageId: () => number
  isBlocked: boolean
}

/** What a callback query was answered with. */
export interface CallbackAnswer {
  readonly text?: string
  readonly show_alert?: true
  readonly url?: string
}

/** A press of a button that waits for its answer. */
export interface Callback {
  readonly chatId: number
  readonly messageId: number
  readonly answer: Deferred.Deferred<CallbackAnswer>
}

/** The state and the ways to change it. */
export interface World {
  readonly bot: User
  readonly updates: Updates
  readonly rooms: Map<number, Room>
  readonly files: Map<string, { readonly document: Document; readonly path: string; readonly upload: Upload }>
  readonly callbacks: Map<string, Callback>
  readonly timeline: Array<TimelineEntry>
  readonly events: PubSub.PubSub<TimelineEntry>
  readonly calls: Array<ApiCall>
  readonly nextId: (of: "file" | "callback" | "chat") => number
  readonly addRoom: (chat: Chat) => Room
  /** Puts a message into its chat and shows it, new or changed. */
  readonly put: (at: number, message: Message, kind: "sent" | "edited") => void
  readonly remove: (at: number, message: Message) => void
  readonly note: (entry: TimelineEntry) => void
  readonly record: (call: ApiCall) => void
  readonly store: (upload: Upload) => Document
  /** Suspends until the check finds something; it looks now and after each change. */
  readonly until: <A>(check: () => Option.Option<A>) => Effect.Effect<A>
}

/** The topic of a message; 0 when it is in none. */
export const topicOf = (message: Message): number =>
  message.is_topic_message === true ? message.message_thread_id ?? 0 : 0

/** An empty world with a bot. */
export const makeWorld = Effect.fnUntraced(function*(bot: User) {
  const events = yield* PubSub.unbounded<TimelineEntry>({ replay: Number.MAX_SAFE_INTEGER })
  const waiting = new Set<() => void>()
  const rooms = new Map<number, Room>()
  const files: World["files"] = new Map()
  const timeline: Array<TimelineEntry> = []
  const calls: Array<ApiCall> = []
  const counters = { file: 0, callback: 0, chat: 0, message: 0 }

  const wake = (): void => {
    for (const look of waiting) look()
  }
  const note: World["note"] = (entry) => {
    timeline.push(entry)
    PubSub.publishUnsafe(events, entry)
    wake()
  }
  const entryOf = (at: number, message: Message, kind: TimelineEntry["kind"]): TimelineEntry => ({
    at,
    chatId: message.chat.id,
    ...(topicOf(message) !== 0 && { threadId: topicOf(message) }),
    kind,
    from: message.from.id === bot.id ? "bot" : "user",
    messageId: message.message_id,
    text: message.text ?? message.caption ?? ""
  })

  const world: World = {
    bot,
    updates: makeUpdates(wake),
    rooms,
    files,
    callbacks: new Map(),
    timeline,
    events,
    calls,
    note,
    nextId: (of) => ++counters[of],
    addRoom: (chat) => {
      // Supergroups count for themselves; all other chats of a bot share one count.
      let own = 0
      const room: Room = {
        chat,
        messages: new Map(),
        topics: new Map(),
        typingUntil: new Map(),
        nextMessageId: chat.type === "supergroup" ? () => ++own : () => ++counters.message,
        isBlocked: false
      }
      rooms.set(chat.id, room)
      return room
    },
    put: (at, message, kind) => {
      const room = rooms.get(message.chat.id)
      if (room === undefined) return
      room.messages.set(message.message_id, message)
      if (message.from.id === bot.id && kind === "sent") room.typingUntil.delete(topicOf(message))
      note(entryOf(at, message, kind))
    },
    remove: (at, message) => {
      rooms.get(message.chat.id)?.messages.delete(message.message_id)
      note(entryOf(at, message, "deleted"))
    },
    record: (call) => {
      calls.push(call)
      wake()
    },
    store: (upload) => {
      const n = ++counters.file
      const document: Document = {
        file_id: `BQACAgTEST${n}`,
        file_unique_id: `AgTEST${n}`,
        file_name: upload.name,
        mime_type: upload.type,
        file_size: upload.bytes.length
      }
      const extension = /\.[a-zA-Z0-9]+$/.exec(upload.name)?.[0] ?? ""
      files.set(document.file_id, { document, path: `documents/file_${n}${extension}`, upload })
      return document
    },
    until: <A>(check: () => Option.Option<A>) =>
      Effect.suspend(() => {
        const now = check()
        if (Option.isSome(now)) return Effect.succeed(now.value)
        const found = Deferred.makeUnsafe<A>()
        const look = (): void => {
          const result = check()
          if (Option.isSome(result)) Deferred.doneUnsafe(found, Effect.succeed(result.value))
        }
        waiting.add(look)
        return Effect.ensuring(Deferred.await(found), Effect.sync(() => waiting.delete(look)))
      })
  }
  return world
})
