/**
 * What is asked in a message, as it goes into a mailbox.
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Entry, FileKind } from "../Entry.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import type * as Addressed from "./Addressed.ts"
import * as Contents from "./Contents.ts"
import type * as Kinds from "./Kinds.ts"
import type * as Message from "./Message.ts"
import type * as Origin from "./Origin.ts"
import * as References from "./References.ts"
import * as Things from "./Things.ts"
import type * as Words from "./Words.ts"

/** What is asked, as it goes into a mailbox. */
export interface Asking extends Pick<Entry, "album" | "sent" | "isCommand" | "isEdit" | "isMore" | "content"> {
  /** Who speaks, where there are others. */
  readonly name?: string
}

/** A message, as far as it is read. */
export interface Reading {
  readonly received: Message.Received
  readonly said: Words.Words
  readonly kind: Kinds.Kind
  readonly origin: Origin.Origin
  readonly door: Door
  readonly self: Addressed.Self
}

const isFile = Schema.is(FileKind)

/** Whether the bot reads things of this kind; of others it only reads the words that come with them. */
export const isRead = (kind: Kinds.Kind): boolean => kind === "text" || isFile(kind)

/** What is asked of the bot in these words; nothing when they and all else in it come to nothing. */
export const askingOf = ({ door, kind, origin, received, said, self }: Reading, words: string, isCommand: boolean) => {
  const { date, media_group_id } = received.message
  const content = Contents.of(received, {
    words,
    // What is neither words nor a file has none of its own.
    sentLength: said.text === "" ? words.length : said.sentLength,
    isRich: said.isRich,
    takes: (kind) => door.takes.includes(kind),
    own: self.id,
    unread: isRead(kind) || !door.takes.includes(kind) ? undefined : kind
  })
  const name = origin.isPrivate ? Option.none() : References.speakerOf(received.raw)
  return Arr.isReadonlyArrayNonEmpty(content)
    ? Option.some<Asking>({
      ...(media_group_id !== undefined && { album: media_group_id }),
      ...(date !== undefined && { sent: date }),
      ...(Option.isSome(name) && { name: name.value }),
      // An album is one thing, whatever is asked under it: its other items are still coming.
      ...(isCommand && media_group_id === undefined && { isCommand }),
      content
    })
    : Option.none()
}

/** What is neither words nor a file, in words: it belongs to the comment that came before it, or is nothing. */
export const inWords = (reading: Reading): Option.Option<Asking> => {
  const words = Things.of(reading.received.raw)
  return words === "" || !reading.door.takes.includes(reading.kind)
    ? Option.none()
    : askingOf({ ...reading, kind: "text" }, words, false)
}
