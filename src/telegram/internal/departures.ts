/**
 * Chats that are closed to the bot: a person who has blocked it, a group that it was thrown out of.
 *
 * What is answered there ends, since nobody will read it, and nothing is said: each call would be refused.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Entry, Lane } from "../Entry.ts"
import * as Message from "../incoming/Message.ts"
import { asGuest } from "../incoming/Origin.ts"
import { TelegramFailed } from "../TelegramError.ts"

/** A chat of a bot. */
export interface Chat {
  readonly bot: string
  readonly id: number | string
}

/** Who has left, as far as this process was told. */
export interface Departures {
  readonly leave: (chat: Chat) => void
  /** Tells whoever watches. What waits there is dropped before that: an answer that ends makes room for the next. */
  readonly tell: (chat: Chat) => void
  /** Whoever writes is there again. */
  readonly back: (chat: Chat) => void
  /** What a turn in a chat has to know. */
  readonly of: (chat: Chat) => Watch
  /** In how many chats turns wait to hear of it. */
  readonly watched: () => number
}

/** Whether somebody is still there to read an answer. */
export interface Watch {
  readonly isGone: () => boolean
  /** Tells when nobody is, at once if that is so; gives the way to stop watching. */
  readonly watch: (told: () => void) => () => void
}

/** Somebody is. */
export const anybody: Watch = { isGone: () => false, watch: () => () => {} }

/** Why nothing is said where nobody is. */
export const left = new TelegramFailed({ method: "sendMessage", reason: "blocked", code: 403 })

// Anybody can block a bot; whoever comes back is heard of.
const remembered = 1_000

const nameOf = ({ bot, id }: Chat): string => JSON.stringify([bot, String(id)])

/** The chat that an entry is from. Where the bot is a guest, nobody tells it that it may not write any more. */
export const chatOf = ({ lane, origin }: Pick<Entry, "lane" | "origin">): Chat => ({
  bot: lane.bot,
  id: origin.inline === undefined ? origin.chat : asGuest(origin.chat)
})

/** Whether an entry is from a chat. */
export const isFrom = ({ bot, id }: Chat, entry: Pick<Entry, "lane" | "origin">): boolean =>
  entry.lane.bot === bot && String(chatOf(entry).id) === String(id)

/** Nobody has left yet. */
export const make = (): Departures => {
  const left = new Set<string>()
  const watching = new Map<string, Set<() => void>>()

  const unwatch = (name: string, told: () => void): void => {
    const others = watching.get(name)
    others?.delete(told)
    if (others?.size === 0) watching.delete(name)
  }

  return {
    leave: (chat) => {
      const name = nameOf(chat)
      left.add(name)
      for (const oldest of [...left].slice(0, Math.max(0, left.size - remembered))) left.delete(oldest)
    },
    tell: (chat) => {
      for (const told of watching.get(nameOf(chat)) ?? []) told()
    },
    back: (chat) => left.delete(nameOf(chat)),
    of: (chat) => {
      const name = nameOf(chat)
      return {
        isGone: () => left.has(name),
        watch: (told) => {
          watching.set(name, (watching.get(name) ?? new Set()).add(told))
          if (left.has(name)) told()
          return () => unwatch(name, told)
        }
      }
    },
    watched: () => watching.size
  }
}

/**
 * Those of the lanes that are held in a chat; they are named by bot and conversation, with a slash between.
 *
 * Where another process answers, it finds out by itself: the first call is refused.
 */
export const lanesIn = ({ bot, id }: Chat, names: ReadonlyArray<string>): ReadonlyArray<Lane> =>
  names.flatMap((name) => {
    const conversation = name.startsWith(`${bot}/`) ? name.slice(bot.length + 1) : ""
    return conversation.startsWith(`chat:${id}:`) || `${conversation}:`.startsWith(`user:${id}:`)
      ? [{ bot, conversation }]
      : []
  })

const decodeStanding = Schema.decodeUnknownOption(Schema.Struct({
  update: Schema.Struct({
    my_chat_member: Schema.Struct({
      chat: Message.Chat,
      new_chat_member: Schema.Struct({
        status: Schema.String,
        is_member: Schema.optionalKey(Schema.Boolean),
        can_send_messages: Schema.optionalKey(Schema.Boolean)
      })
    })
  })
}))

/** What an update tells of the bot's standing in a chat: whether it may write there. */
export const standingIn = (context: object): Option.Option<{ readonly id: number | string; readonly isIn: boolean }> =>
  Option.map(decodeStanding(context), ({ update: { my_chat_member: { chat, new_chat_member } } }) => {
    const { can_send_messages: mayWrite, is_member: isMember, status } = new_chat_member
    const isShut = status === "left" || status === "kicked" ||
      (status === "restricted" && (isMember === false || mayWrite === false))
    return { id: chat.id, isIn: !isShut }
  })
