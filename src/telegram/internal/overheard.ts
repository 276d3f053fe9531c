/**
 * The last messages of groups that were not for the bot: what a question there may be about.
 */
import * as Option from "effect/Option"
import { clipped } from "../../internal/clipped.ts"
import type { Content } from "../Entry.ts"
import { holdsTokens } from "../incoming/Logins.ts"
import * as Message from "../incoming/Message.ts"
import * as Origin from "../incoming/Origin.ts"
import * as References from "../incoming/References.ts"
import * as Words from "../incoming/Words.ts"
import type { Service as Door } from "../TelegramDoor.ts"

interface Heard {
  readonly message: number
  readonly from: string
  readonly text: string
}

/** What was heard, in this process. */
export interface Overheard {
  /** Keeps what is said in a group where the bot may be used. */
  readonly hear: (context: object, door: Door) => void
  /** What was said before a message, and a conversation has not been told yet, without these messages. */
  readonly before: (
    origin: Origin.Origin,
    conversation: string,
    without: ReadonlyArray<number>
  ) => ReadonlyArray<Content>
}

// Groups come and go; a bot may be in any number of them.
const mostPlaces = 500
const longest = 500

const placeOf = ({ chatId, destination }: Origin.Origin): string =>
  JSON.stringify([chatId, destination.threadId, destination.directTopicId])

/** Forgets the oldest of too many. */
const bound = (kept: Map<string, unknown>): void => {
  for (const oldest of kept.keys()) {
    if (kept.size <= mostPlaces) return
    kept.delete(oldest)
  }
}

/** Nothing was heard yet. */
export const make = (): Overheard => {
  const places = new Map<string, ReadonlyArray<Heard>>()
  const told = new Map<string, number>()

  return {
    hear: (context, door) => {
      if (door.groupContext <= 0) return
      const received = Option.getOrUndefined(Message.inContext(context))
      if (received === undefined || Message.isPrivateChat(received.message.chat)) return
      const origin = Origin.of(received.message, door)
      const isHere = door.allowedChatIds === "everywhere" ||
        door.allowedChatIds.some((id) => String(id) === String(origin.chatId))
      const { text } = Words.of(received.raw)
      if (!isHere || text.trim() === "" || text.startsWith("/") || holdsTokens(text)) return
      const place = placeOf(origin)
      const heard: Heard = {
        message: origin.messageId,
        from: Option.getOrElse(References.speakerOf(received.raw), () => "somebody"),
        text: text.length > longest ? `${clipped(text, longest)}…` : text
      }
      const kept = [...places.get(place) ?? [], heard].slice(-door.groupContext)
      places.delete(place)
      places.set(place, kept)
      bound(places)
    },
    before: (origin, conversation, without) => {
      const since = told.get(conversation) ?? 0
      const heard = (places.get(placeOf(origin)) ?? []).filter(({ message }) =>
        message > since && message < origin.messageId && !without.includes(message)
      )
      told.delete(conversation)
      told.set(conversation, origin.messageId)
      bound(told)
      return heard.map(({ from, text }) => ({ _tag: "Quote", from, text, isHeard: true }))
    }
  }
}
