/**
 * What a message holds, as parts of an entry: its words, and its files by their ids.
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Content, File, FileKind } from "../Entry.ts"
import type { Received } from "./Message.ts"
import * as References from "./References.ts"
import * as RichMessage from "./RichMessage.ts"

const FileFields = Schema.Struct({
  file_id: Schema.NonEmptyString,
  file_unique_id: Schema.optionalKey(Schema.String),
  file_name: Schema.optionalKey(Schema.String),
  mime_type: Schema.optionalKey(Schema.String),
  file_size: Schema.optionalKey(Schema.Int),
  width: Schema.optionalKey(Schema.Int),
  height: Schema.optionalKey(Schema.Int),
  length: Schema.optionalKey(Schema.Int),
  duration: Schema.optionalKey(Schema.Finite)
})

const decodeFile = Schema.decodeUnknownOption(FileFields)

const fileOf = (kind: FileKind, raw: unknown): Option.Option<File> =>
  Option.map(decodeFile(raw), (file): File => ({
    _tag: "File",
    kind,
    file: file.file_id,
    ...(file.file_unique_id !== undefined && { unique: file.file_unique_id }),
    ...(file.file_name !== undefined && { name: file.file_name }),
    ...(file.mime_type !== undefined && { mime: file.mime_type }),
    ...(file.file_size !== undefined && { size: file.file_size }),
    ...(file.width !== undefined && { width: file.width }),
    ...(file.height !== undefined && { height: file.height }),
    // A video note is round.
    ...(kind === "videoNote" && file.length !== undefined && { width: file.length, height: file.length }),
    ...(file.duration !== undefined && { duration: Math.round(file.duration) })
  }))

const area = ({ height = 0, width = 0 }: File): number => width * height

// What a model looks at: not too many bytes, and no more pixels on a side than it has patches for.
const mostBytes = 5 * 1024 * 1024
const longestSide = 5500

const isFit = ({ height = 0, size = 0, width = 0 }: File): boolean =>
  size <= mostBytes && Math.max(width, height) <= longestSide

/** The largest of the sizes that a model can look at; the largest of all when none is. */
const bestOf = (sizes: ReadonlyArray<File>): Option.Option<File> =>
  Option.orElse(Arr.findFirst(sizes, isFit), () => Arr.head(sizes))

/** All sizes that Telegram has of a photo, the largest first. */
const photoIn = (raw: unknown): ReadonlyArray<File> =>
  Arr.isArray(raw)
    ? raw.flatMap((size) => Option.toArray(fileOf("photo", size))).toSorted((a, b) => area(b) - area(a))
    : []

// The more specific first: a live photo has a photo as well, an animation a document.
const single: ReadonlyArray<readonly [field: string, kind: FileKind]> = [
  ["animation", "animation"],
  ["sticker", "sticker"],
  ["voice", "voice"],
  ["voice_note", "voice"],
  ["audio", "audio"],
  ["video_note", "videoNote"],
  ["video", "video"],
  ["document", "document"]
]

/** The file that a message carries. */
export const fileIn = (raw: object): Option.Option<File> => {
  for (const [field, kind] of single) {
    const file = Predicate.hasProperty(raw, field) ? fileOf(kind, raw[field]) : Option.none<File>()
    if (Option.isSome(file)) return file
  }
  return Predicate.hasProperty(raw, "photo") ? bestOf(photoIn(raw.photo)) : Option.none()
}

/** The files of a message: the one that it carries, or those that stand in a rich one, in their order. */
const filesIn = (raw: object): ReadonlyArray<File> => [
  ...Option.toArray(fileIn(raw)),
  ...Arr.getSomes(RichMessage.parts(raw).map((part) => fileIn(part)))
]

/** What of a message is told on. */
export interface Said {
  /** What it says to the bot. */
  readonly words: string
  /** How long that was when it was sent. */
  readonly sentLength: number
  readonly isRich: boolean
  /** Which kinds of files are read. */
  readonly takes: (kind: FileKind) => boolean
  /** The id of the bot itself. */
  readonly own: number | undefined
  /** What it is, where that is nothing that can be read. */
  readonly unread?: string | undefined
}

// Below it no client cuts a text, and no message is too long.
const shortest = 3_999

/** Whether it matters how long words were when they were sent. */
const isLong = (sentLength: number, words: string): boolean =>
  sentLength !== words.length && Math.max(sentLength, words.length) >= shortest

/** The parts of an entry: what it refers to, the files that it carries or replies to, and what it says. */
export const of = (
  { raw }: Received,
  { isRich, own: self, sentLength, takes, unread, words }: Said
): ReadonlyArray<Content> => {
  const reply = References.replyOf(raw, self)
  const own = filesIn(raw).filter(({ kind }) => takes(kind))
  const other = Option.match(reply, { onNone: () => [], onSome: ({ raw }) => filesIn(raw) })
    .filter(({ kind }) => takes(kind))
  const from = References.forwardedFrom(raw)
  const isSaid = words.trim() !== ""
  return [
    ...Option.match(reply, { onNone: () => [], onSome: ({ quotes }) => quotes }),
    ...other,
    ...own,
    ...(unread === undefined || !isSaid ? [] : [{ _tag: "Unread" as const, kind: unread }]),
    ...(isSaid
      ? Option.match(from, {
        onNone: (): ReadonlyArray<Content> => [{
          _tag: "Text",
          text: words,
          ...(!isRich && isLong(sentLength, words) && { sentLength }),
          ...(isRich && { isRich })
        }],
        onSome: (from): ReadonlyArray<Content> => [{ _tag: "Forward", from, text: words }]
      })
      : [])
  ]
}
