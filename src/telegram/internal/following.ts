/**
 * What people in groups send behind what they ask: the rest of a paste or of an album, and what they have commented on,
 * do not name the bot again. Of an album any item may name it, and of a paste any piece: those before that one come along.
 */
import type { Asking, Incoming } from "../Incoming.ts"
import type { Origin } from "../incoming/Origin.ts"
import * as Joining from "./joining.ts"

/** An item of an album, or a piece of a paste, that did not name the bot. */
export interface Item {
  readonly update: number
  readonly origin: Origin
  readonly asking: Asking
}

/** What was asked last by each voice in groups, in this process. */
export interface Following {
  /** What an update is, given what came before: an edit that is the first to name the bot asks, like any message. */
  readonly read: (incoming: Incoming, update: number) => Incoming
  /**
   * Whether an update is for the bot, and with what that came before of its album or paste: what is only more of something
   * is, when its sender has just asked that. Nothing where it is for others.
   */
  readonly take: (incoming: Known, update: number) => ReadonlyArray<Item> | undefined
}

type Known = Exclude<Incoming, { _tag: "Nothing" }>

interface Asked {
  readonly sent: number
  readonly isPaste: boolean
}

/** An album: it was asked, or this of it was not. */
type Album = "asked" | ReadonlyArray<Item>

// Groups come and go, and people.
const mostVoices = 500

// Telegram takes ten; who sends more under one id is up to something.
const mostItems = 10

// More than fit into a prompt.
const mostPieces = 13

// In seconds, and cut off ones: as long as the mailbox waits for the rest of a paste; and how long an upload takes.
const [window, longestUpload] = [2, 30]

const messageOf = ({ chatId, messageId }: Origin): string => JSON.stringify([chatId, messageId])

const voiceOf = ({ chatId, destination, userId }: Origin): string =>
  JSON.stringify([chatId, destination.threadId, destination.directTopicId, userId])

/** Puts something behind all others, and forgets the oldest of too many. */
const put = <A>(kept: Map<string, A>, name: string, value: A): void => {
  kept.delete(name)
  kept.set(name, value)
  for (const oldest of kept.keys()) {
    if (kept.size <= mostVoices) return
    kept.delete(oldest)
  }
}

/** Nothing was asked yet. */
export const make = (): Following => {
  const voices = new Map<string, Asked>()
  const albums = new Map<string, Album>()
  const pastes = new Map<string, ReadonlyArray<Item>>()
  /** Messages that were not for the bot, and by which update they are, if they are by now. */
  const unasked = new Map<string, number | undefined>()

  const isMore = (asking: Asking, isForward: boolean, voice: string): boolean => {
    const asked = voices.get(voice)
    return asked !== undefined && Math.abs((asking.sent ?? 0) - asked.sent) <= window &&
      (asked.isPaste || isForward)
  }

  /** Whether something was sent behind a piece of a paste. */
  const isBehind = (asking: Asking, pieces: ReadonlyArray<Item>): boolean => {
    const last = pieces.at(-1)
    return last !== undefined && Math.abs((asking.sent ?? 0) - (last.asking.sent ?? 0)) <= window
  }

  /** The pieces before this one, which is not for the bot by itself, and this one, if it may be one. */
  const keep = (item: Item, isForward: boolean, voice: string): void => {
    const before = pastes.get(voice) ?? []
    pastes.delete(voice)
    if (isForward || !Joining.isPaste(item.asking)) return
    put(pastes, voice, [...isBehind(item.asking, before) ? before : [], item].slice(-mostPieces))
  }

  /** The pieces before this one, which is for the bot. A command begins what is asked. */
  const before = (incoming: Known, asking: Asking, voice: string): ReadonlyArray<Item> => {
    const pieces = pastes.get(voice) ?? []
    pastes.delete(voice)
    return incoming._tag === "Prompt" && asking.isCommand !== true && asking.album === undefined &&
        isBehind(asking, pieces)
      ? pieces
      : []
  }

  return {
    read: (incoming, update) => {
      if (incoming._tag !== "Edit") return incoming
      const name = messageOf(incoming.origin)
      if (!unasked.has(name) || (unasked.get(name) ?? update) !== update) return incoming
      unasked.set(name, update)
      const { isEdit: _, ...asking } = incoming.asking
      return { _tag: "Prompt", origin: incoming.origin, asking }
    },
    take: (incoming, update) => {
      const asking = incoming._tag === "Prompt" || incoming._tag === "More" || incoming._tag === "Command"
        ? incoming.asking
        : undefined
      const { origin } = incoming
      if (asking === undefined || origin.isPrivate) return []
      const voice = voiceOf(origin)
      const name = asking.album === undefined ? undefined : JSON.stringify([voice, asking.album])
      const album = name === undefined ? [] : albums.get(name) ?? []
      if (incoming._tag === "More" && album !== "asked" && !isMore(asking, incoming.isForward, voice)) {
        const item = { update, origin, asking }
        put(unasked, messageOf(origin), undefined)
        if (name === undefined) keep(item, incoming.isForward, voice)
        else put(albums, name, [...album, item].slice(-mostItems))
        return undefined
      }
      if (name !== undefined) put(albums, name, "asked")
      put(voices, voice, { sent: asking.sent ?? 0, isPaste: Joining.isPaste(asking) })
      const earlier = [
        ...before(incoming, asking, voice),
        ...album === "asked"
          ? []
          : album.filter((item) => Math.abs((item.asking.sent ?? 0) - (asking.sent ?? 0)) <= longestUpload)
      ]
      for (const item of earlier) unasked.delete(messageOf(item.origin))
      return earlier
    }
  }
}
