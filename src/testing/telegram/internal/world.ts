/**
 * The state of the double: chats and their messages, files, the timeline, and whoever waits for a change.
 *
 * Changes are plain synchronous steps, so that a message, its timeline entry and its update appear together.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import { type Files, makeFiles } from "./files.ts"
import type {
  ApiCall,
  Chat,
  InlineResult,
  Message,
  MessageDraft,
  Reaction,
  ServiceContent,
  TimelineEntry,
  User
} from "./types.ts"
import { makeUpdates, type Updates } from "./updates.ts"

/** A topic of a forum or of a private chat. */
export interface TopicState {
  readonly name: string
  readonly iconColor: number
  readonly creatorId: number
  readonly isClosed: boolean
}

/** What somebody is in a chat. */
export type Standing = "creator" | "administrator" | "member" | "left" | "kicked"

/** A chat with everything in it. */
export interface Room {
  readonly chat: Chat
  /** The two of a private chat that the bot is not in. */
  readonly between?: readonly [User, User]
  /** In the order in which they were sent. */
  readonly messages: Map<number, Message>
  readonly topics: Map<number, TopicState>
  /** By user id, the bot included. */
  readonly standings: Map<number, Standing>
  /** By message, then by user. */
  readonly reactions: Map<number, Map<number, ReadonlyArray<Reaction>>>
  /** The message that was pinned last comes last. */
  readonly pinned: Set<number>
  /** Until when the bot is shown as typing, by topic; 0 stands for none. */
  readonly typingUntil: Map<number, number>
  /** What the bot is writing, by topic; 0 stands for none. */
  readonly drafts: Map<number, MessageDraft>
  readonly nextMessageId: () => number
  /** Where the chat lives on. */
  upgradedTo: Chat | undefined
}

/**
 * What a callback query was answered with.
 *
 * @since 0.2.0
 * @category models
 */
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

/** A message that summons the bot where it is no member; it is answered once. */
export interface GuestQuery {
  readonly room: Room
  readonly message: Message
  readonly at: number
}

/** The state and the ways to change it. */
export interface World {
  readonly bot: User
  readonly updates: Updates
  readonly rooms: Map<number, Room>
  /** Everybody who was ever seen. */
  readonly users: Map<number, User>
  /** Ids of people who take no voice messages. */
  readonly voiceless: Set<number>
  readonly files: Files
  readonly callbacks: Map<string, Callback>
  /** Inline queries that wait for their answer. */
  readonly inline: Map<string, Deferred.Deferred<ReadonlyArray<InlineResult>>>
  /** Guest queries that are not answered yet. */
  readonly guestQueries: Map<string, GuestQuery>
  /** Messages of the bot where it is no member, by their inline ids. */
  readonly guestAnswers: Map<string, { readonly room: Room; readonly messageId: number }>
  readonly timeline: Array<TimelineEntry>
  readonly events: PubSub.PubSub<TimelineEntry>
  readonly calls: Array<ApiCall>
  readonly nextId: (of: "callback" | "chat" | "album" | "guest") => number
  readonly addRoom: (chat: Chat, between?: readonly [User, User]) => Room
  /** Puts a message into its chat and shows it, new or changed. */
  readonly put: (at: number, message: Message, kind: "sent" | "edited") => void
  readonly remove: (at: number, message: Message) => void
  /** Ends the draft of a topic, if there is one. */
  readonly endDraft: (at: number, room: Room, topic: number) => void
  readonly note: (entry: TimelineEntry) => void
  readonly record: (call: ApiCall) => void
  /** Suspends until the check finds something; it looks now and after each change. */
  readonly until: <A>(check: () => Option.Option<A>) => Effect.Effect<A>
}

/** Whether the bot is in a chat; where it is not it may be summoned. */
export const isIn = (room: Room, userId: number): boolean =>
  !["left", "kicked"].includes(room.standings.get(userId) ?? "left")

/** The topic of a message; 0 when it is in none. */
export const topicOf = (message: Message): number =>
  message.is_topic_message === true ? message.message_thread_id ?? 0 : 0

const serviceFields: Readonly<Record<keyof ServiceContent, true>> = {
  new_chat_members: true,
  left_chat_member: true,
  pinned_message: true,
  forum_topic_created: true,
  forum_topic_edited: true,
  forum_topic_closed: true,
  forum_topic_reopened: true,
  migrate_to_chat_id: true,
  migrate_from_chat_id: true
}

/** The name of what a service message tells; `undefined` for an ordinary message. */
export const serviceOf = (message: Message): string | undefined =>
  Object.keys(message).find((field) => Object.hasOwn(serviceFields, field))

/** An empty world with a bot. */
export const makeWorld = Effect.fnUntraced(function*(bot: User) {
  const events = yield* PubSub.unbounded<TimelineEntry>({ replay: Number.MAX_SAFE_INTEGER })
  const waiting = new Set<() => void>()
  const rooms = new Map<number, Room>()
  const timeline: Array<TimelineEntry> = []
  const calls: Array<ApiCall> = []
  const counters = { callback: 0, chat: 0, album: 0, guest: 0, message: 0 }

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
    text: serviceOf(message) ?? message.text ?? message.caption ?? ""
  })
  const endDraft: World["endDraft"] = (at, room, topic) => {
    const draft = room.drafts.get(topic)
    if (draft === undefined) return
    room.drafts.delete(topic)
    note({
      at,
      chatId: room.chat.id,
      ...(topic !== 0 && { threadId: topic }),
      kind: "vanished",
      from: "bot",
      messageId: 0,
      draftId: draft.draftId,
      text: draft.text
    })
  }

  const world: World = {
    bot,
    updates: makeUpdates(wake),
    rooms,
    users: new Map([[bot.id, bot]]),
    voiceless: new Set(),
    files: makeFiles(),
    callbacks: new Map(),
    inline: new Map(),
    guestQueries: new Map(),
    guestAnswers: new Map(),
    timeline,
    events,
    calls,
    note,
    endDraft,
    nextId: (of) => ++counters[of],
    addRoom: (chat, between) => {
      // Supergroups count for themselves; all other chats of a bot share one count.
      let own = 0
      const room: Room = {
        chat,
        ...(between !== undefined && { between }),
        messages: new Map(),
        topics: new Map(),
        standings: new Map([[bot.id, "member"]]),
        reactions: new Map(),
        pinned: new Set(),
        typingUntil: new Map(),
        drafts: new Map(),
        nextMessageId: chat.type === "supergroup" ? () => ++own : () => ++counters.message,
        upgradedTo: undefined
      }
      rooms.set(chat.id, room)
      return room
    },
    put: (at, message, kind) => {
      const room = rooms.get(message.chat.id)
      if (room === undefined) return
      room.messages.set(message.message_id, message)
      if (message.from.id === bot.id && kind === "sent") {
        room.typingUntil.delete(topicOf(message))
        endDraft(at, room, topicOf(message))
      }
      note(entryOf(at, message, kind === "sent" && serviceOf(message) !== undefined ? "service" : kind))
    },
    remove: (at, message) => {
      const room = rooms.get(message.chat.id)
      room?.messages.delete(message.message_id)
      room?.pinned.delete(message.message_id)
      room?.reactions.delete(message.message_id)
      note(entryOf(at, message, "deleted"))
    },
    record: (call) => {
      calls.push(call)
      wake()
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
