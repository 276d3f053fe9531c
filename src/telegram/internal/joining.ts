/**
 * What belongs together: a paste that Telegram cut, an album, a burst, what is forwarded and the comment on it.
 *
 * That is decided by the times written on the pieces, never by the time it is now, so that a mailbox that is filled
 * again from a store joins what it joined before. Telegram documents no mark for a cut paste, and none that ties a
 * comment to what it is about: the comment comes first, so it is the ordinary text that has to wait.
 */
import type * as Arr from "effect/Array"
import type { Entry } from "../Entry.ts"

/** An entry, and when it was taken, in milliseconds. */
export interface Piece<A> {
  readonly entry: A
  readonly at: number
}

/** A prompt in the making; it can be joined until it starts. */
export interface Group<A> {
  readonly pieces: Arr.NonEmptyReadonlyArray<Piece<A>>
  /** Until when it is waited for a next piece. */
  readonly closesAt: number
  /** The same for pieces that are new, where this was found again in a store. Default: `closesAt`. */
  readonly startsAt?: number
}

/** When a group may start. */
export const startOf = <A>({ closesAt, startsAt = closesAt }: Group<A>): number => Math.max(closesAt, startsAt)

/** How entries are joined. */
export interface Rules<A> {
  /** Whose words these are, and where: only what one person sends in one place belongs together. */
  readonly voice: (entry: A) => string
  /** Whether a piece belongs to a group. */
  readonly joins: (group: Group<A>, piece: Piece<A>) => boolean
  /** What a piece was sent together with, where that is known. Default: nothing. */
  readonly album?: (entry: A) => string | undefined
  /** Whether a piece says what one of these has become, and otherwise than before. Default: none does. */
  readonly replaces?: ((entry: A, pieces: ReadonlyArray<Piece<A>>) => boolean) | undefined
  /** Until when a group of these pieces waits for more. */
  readonly closesAt: (pieces: Arr.NonEmptyReadonlyArray<Piece<A>>) => number
}

/** Each entry is asked by itself, and at once. */
export const apart = <A>(): Rules<A> => ({ voice: () => "", joins: () => false, closesAt: () => 0 })

/**
 * Where a piece goes: to the last group that it belongs to, or behind all that came before it.
 *
 * Whoever begins something new has said all of what was before. What is older than `since` was found again in a store:
 * it is waited for once more, since what belongs to it may still come.
 */
export const join = <A>(
  waiting: ReadonlyArray<Group<A>>,
  piece: Piece<A>,
  { closesAt, joins, replaces = () => false, voice }: Rules<A>,
  since = -Infinity
): { readonly isNew: boolean; readonly waiting: ReadonlyArray<Group<A>> } => {
  const groupOf = (pieces: Group<A>["pieces"]): Group<A> => {
    const group = { pieces, closesAt: closesAt(pieces) }
    const last = pieces.at(-1) ?? pieces[0]
    return pieces[0].at < since
      ? { ...group, startsAt: Math.max(since, last.at) + Math.max(0, group.closesAt - last.at) }
      : group
  }
  const edited = waiting.findLastIndex(({ pieces }) => replaces(piece.entry, pieces))
  const before = waiting[edited]
  // What has become of a piece does not make the others wait.
  if (before !== undefined) {
    return { isNew: false, waiting: waiting.with(edited, { ...before, pieces: [...before.pieces, piece] }) }
  }
  const at = waiting.findLastIndex((group) =>
    joins(piece.at < since ? group : { ...group, closesAt: startOf(group) }, piece)
  )
  const target = waiting[at]
  if (target !== undefined) {
    return { isNew: false, waiting: waiting.with(at, groupOf([...target.pieces, piece])) }
  }
  const said = voice(piece.entry)
  const ended = waiting.map((group) =>
    startOf(group) > piece.at && voice(group.pieces[0].entry) === said
      ? { pieces: group.pieces, closesAt: Math.min(group.closesAt, piece.at) }
      : group
  )
  // What was found again comes before what has come since.
  const place = ended.findIndex(({ pieces: [first] }) => first.at > piece.at)
  return { isNew: true, waiting: ended.toSpliced(place === -1 ? ended.length : place, 0, groupOf([piece])) }
}

/** How long a piece waits for the next one, in milliseconds. */
export interface Windows {
  readonly text: number
  /** Behind a picture without words: what is asked about it is still being written. */
  readonly picture: number
  readonly paste: number
  readonly album: number
  /** A group that is joined again and again starts after so long. */
  readonly longest: number
}

/** A text of this length may be a piece of a longer one: Telegram's clients cut at 4096, or before. */
const almostCut = 4_000

const mostPieces = 12
const mostText = 50_000

// A paste is one, however long: what of it is too much for Codex is told of all of it, and nothing of it is asked. So is
// what is forwarded together, at most as much as Telegram forwards at once: where it is too much, each of it is cut.
const mostOfPaste = 100

const lengthOf = ({ content }: Pick<Entry, "content">): number =>
  content.reduce((sum, part) => part._tag === "Text" ? sum + part.text.length : sum, 0)

/** How long the last words of an entry were when they were sent: a client has cut what it then sent. */
const sentLengthOf = ({ content }: Pick<Entry, "content">): number =>
  content.reduce((length, part) =>
    part._tag === "Text"
      ? part.isRich === true ? 0 : part.sentLength ?? part.text.length
      : part._tag === "Forward"
      ? part.text.length
      : length, 0)

/** Whether this may be a piece of a longer text. A rich message is not cut: Telegram takes eight times as much in one. */
export const isPaste = (entry: Pick<Entry, "content">): boolean => sentLengthOf(entry) >= almostCut

const isForward = ({ content }: Entry): boolean => content.some(({ _tag }) => _tag === "Forward")

const isBarePicture = ({ content: [first, ...more] }: Entry): boolean =>
  first._tag === "File" && first.kind === "photo" && more.length === 0

/** Whether all that was asked is there: what a command asks is, unless a client has cut it. A guest is only told what names it. */
const isWhole = (entry: Entry): boolean =>
  entry.isEdit === true || (entry.isCommand === true && (entry.origin.inline !== undefined || !isPaste(entry)))

// What does not tell when it was sent cannot be compared, and is on its own.
const windowOf = (entry: Entry, windows: Windows): number => {
  if (isWhole(entry)) return 0
  if (entry.album !== undefined) return windows.album
  if (entry.sent === undefined) return 0
  return isPaste(entry) ? windows.paste : isBarePicture(entry) ? windows.picture : windows.text
}

/** Seconds, and cut off ones: two pieces that were sent in the same moment may be one apart. */
const isNear = (one: Entry, other: Entry, window: number): boolean =>
  one.sent !== undefined && other.sent !== undefined && Math.abs(one.sent - other.sent) * 1000 <= window + 1000

/** The rules for what people send. */
export const rules = (windows: Windows): Rules<Entry> => {
  const voice = ({ origin: { chat, thread, user } }: Entry): string => JSON.stringify([chat, thread, user])
  return {
    voice,
    album: (entry) =>
      entry.album === undefined || entry.isEdit === true ? undefined : JSON.stringify([voice(entry), entry.album]),
    replaces: (entry, pieces) => {
      const last = pieces.findLast((piece) => piece.entry.origin.message === entry.origin.message)?.entry
      return entry.isEdit === true && last !== undefined && voice(last) === voice(entry) &&
        JSON.stringify(last.content) !== JSON.stringify(entry.content)
    },
    joins: ({ closesAt, pieces }, { at, entry }) => {
      const [first] = pieces
      const last = pieces.at(-1) ?? first
      if (
        entry.isEdit === true || entry.isCommand === true || voice(first.entry) !== voice(entry) ||
        // Behind a command comes the rest of what was cut, and nothing else.
        (first.entry.isCommand === true && (isWhole(first.entry) || !isPaste(last.entry)))
      ) {
        return false
      }
      // Siblings of an album arrive up to eleven seconds apart: while it waits, it is not complete.
      if (entry.album !== undefined && pieces.some((piece) => piece.entry.album === entry.album)) return true
      if (at >= closesAt || !isNear(last.entry, entry, windowOf(last.entry, windows))) return false
      if (pieces.length >= mostOfPaste) return false
      if (isPaste(last.entry) || isForward(entry)) return true
      const written = pieces.filter((piece) => !isForward(piece.entry))
      return written.length < mostPieces &&
        written.reduce((sum, piece) => sum + lengthOf(piece.entry), lengthOf(entry)) <= mostText
    },
    closesAt: (pieces) => {
      const newest = Math.max(...pieces.map(({ entry }) => entry.origin.message))
      const until = pieces.map(({ at, entry }) =>
        // What comes behind a piece of a paste, or a picture without words, has ended the wait for it.
        at + ((isPaste(entry) || isBarePicture(entry)) && entry.origin.message !== newest
          ? Math.min(windows.text, windowOf(entry, windows))
          : windowOf(entry, windows))
      )
      return Math.min(pieces[0].at + windows.longest, Math.max(...until))
    }
  }
}

/** Puts what has become another question than the one that is answered before all others. */
export const ahead = <A>(groups: ReadonlyArray<Group<A>>, piece: Piece<A>): ReturnType<typeof join<A>> => ({
  isNew: true,
  waiting: [{ pieces: [piece], closesAt: piece.at }, ...groups]
})

/** Drops what waits, but for what is spared: what is left, the pieces that are gone, and how many prompts lost one. */
export const dropped = <A>(groups: ReadonlyArray<Group<A>>, spares: (entry: A) => boolean) => {
  const gone: Array<Piece<A>> = []
  let dropped = 0
  const left = groups.flatMap((group): ReadonlyArray<Group<A>> => {
    const [first, ...more] = group.pieces.filter(({ entry }) => spares(entry))
    if (first !== undefined && more.length + 1 === group.pieces.length) return [group]
    dropped++
    gone.push(...group.pieces.filter(({ entry }) => !spares(entry)))
    return first === undefined ? [] : [{ ...group, pieces: [first, ...more] }]
  })
  return { left, gone, dropped }
}
