/**
 * An answer that grows, cut into messages where it stays cut.
 *
 * What a person has seen in a message stays in that message, and where the cuts are must not depend on when somebody
 * looked. So a message that is almost full is shown line by line, and cut at the last line that fits.
 *
 * A message that is full and settled is made once. What is done for each look at all the text before it is to compare
 * letters and to walk by entities (1,000,000 characters: 0.3 ms).
 */
import * as RichText from "../../richtext/RichText.ts"

/** From this part of a message on only whole lines are shown, and here a cut is looked for. */
const almostFull = 0.88

/** A text, up to where it stays as it is, and which revision of that it is. */
export interface Growing extends RichText.Rich {
  readonly settled: number
  readonly revision: number
}

export interface Pages {
  /**
   * The messages of a text that still grows; each holds at most `limit` units. What is not more than `most` in the end is not
   * cut: while it grows a message has something else below.
   */
  readonly growing: (rich: Growing, limit: number, most?: number) => ReadonlyArray<RichText.Rich>
  /** The messages of a text that is complete, one after the other; the last holds at most `most` units. */
  readonly complete: (rich: RichText.Rich, limit: number, most?: number) => Generator<RichText.Rich, void>
  /** Forgets what was shown, because it is void. */
  readonly forget: () => void
}

/** What may still change is not cut until there is so much more of it. */
const longestUnsettled = 1500

/** Words that are longer than this are none: a script without spaces, or a link. */
const longestWord = 500

const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character)

/** A place, or the one before it in the middle of a character of two units: a text that changes moves under its places. */
const between = (text: string, at: number): number => {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd800 && code < 0xdc00 ? at - 1 : at
}

/** Where a message is almost full, between two words. */
const endOfAlmost = (text: string, start: number, limit: number): number => {
  const room = RichText.cut(text.slice(start, start + limit), Math.floor(limit * almostFull))
  const word = /\S*$/.exec(room.slice(-longestWord - 1))?.[0].length ?? 0
  return start + room.length - (word > Math.min(longestWord, limit / 2) ? 0 : word)
}

const chunk = (rich: RichText.Rich, limit: number): ReadonlyArray<RichText.Rich> =>
  RichText.chunk(rich, { target: limit, hard: limit })

/** The cuts of one look at a text, from left to right. */
const makeCutter = (rich: RichText.Rich, limit: number, most: number, seen: number) => {
  const { text } = rich
  const reader = RichText.makeReader(rich)
  const length = text.trimEnd().length

  /** Where the first message of a stretch ends, in the whole text; undefined when the stretch is one message. */
  const endOfFirst = (start: number, room: number): number | undefined => {
    const end = between(text, reader.endOf(start, room))
    return end < length ? end : undefined
  }

  const isOverfull = (start: number, end: number): boolean =>
    reader.entities(start, end).length > RichText.maxMessageEntities

  /** The cut of a message that is too long: the same whatever comes after it, and behind all that was shown. */
  const cutOfLong = (start: number): number => {
    const almost = endOfAlmost(text, start, limit)
    const line = text.lastIndexOf("\n", start + limit)
    if (line > start + limit * almostFull) return line
    const end = endOfFirst(almost, start + limit - almost) ?? almost
    // Rather a shorter message than a word in two.
    return isSpace(text[end]) || !isSpace(text[almost - 1]) ? end : almost
  }

  return {
    /** Where the message must end that begins at a place, for its length or for its formats; undefined when it need not. */
    next: (start: number): number | undefined => {
      reader.pass(start)
      const isLong = text.length - start > most
      const long = isLong ? cutOfLong(start) : undefined
      const end = long === undefined || isOverfull(start, long) ? endOfFirst(start, isLong ? limit : most) : long
      if (end === undefined || seen - start > limit || isOverfull(start, seen)) return end
      return Math.max(end, between(text, seen))
    },
    /** The messages of a stretch, mostly one. */
    page: (start: number, end: number): ReadonlyArray<RichText.Rich> => {
      reader.pass(start)
      const content = text.slice(start, end)
      const line = start + (/^(?:[^\S\n]*\n)*/.exec(content)?.[0].length ?? 0)
      // Indentation in code says something.
      const from = reader.isIn("pre", line) ? line : start + content.length - content.trimStart().length
      const page = reader.slice(from, Math.max(from, start + content.trimEnd().length))
      if (RichText.isBlank(page.text)) return []
      return page.entities.length > RichText.maxMessageEntities ? chunk(page, limit) : [page]
    }
  }
}

/** Pages of one answer. */
export const make = (): Pages => {
  /** The text up to the last cut, and where the cuts are. */
  let head = ""
  let cuts: ReadonlyArray<number> = []
  /** How much of the text was shown. */
  let seen = 0
  let last: ReadonlyArray<RichText.Rich> = []
  /** The messages before so many cuts, which were settled, and of which revision. */
  let done:
    | { readonly revision: number; readonly cuts: number; readonly pages: ReadonlyArray<RichText.Rich> }
    | undefined

  const lastCut = (): number => cuts.at(-1) ?? 0

  /** Takes back the cuts of a text that has become another. */
  const compare = (text: string): void => {
    if (text.startsWith(head)) return
    const changed = cuts.findIndex((cut, n) => !text.startsWith(head.slice(cuts[n - 1] ?? 0, cut), cuts[n - 1] ?? 0))
    cuts = cuts.slice(0, changed)
    head = head.slice(0, lastCut())
    seen = lastCut()
    done = undefined
  }

  const addCut = (text: string, cut: number): void => {
    cuts = [...cuts, cut]
    head = text.slice(0, cut)
  }

  /** How much of the last message is shown while more is to come. */
  const endOfShown = ({ settled, text }: Growing, start: number, limit: number): number => {
    const almost = start + limit * almostFull
    if (text.length <= almost) return text.length
    const line = text.lastIndexOf("\n", Math.min(settled - 1, start + limit))
    return Math.max(between(text, seen), line > almost ? line : endOfAlmost(text, start, limit))
  }

  return {
    growing: (rich, limit, most = limit) => {
      // A table or a link that is read as such only now may be shorter than what it looked like.
      if (rich.text.length < seen) return last
      compare(rich.text)
      if (done?.revision !== rich.revision) done = undefined
      const cutter = makeCutter(rich, limit, most, seen)
      const pages = [...done?.pages ?? []]
      const page = (n: number, end: number): void => void pages.push(...cutter.page(cuts[n - 1] ?? 0, end))
      for (let n = done?.cuts ?? 0;; n++) {
        const start = cuts[n - 1] ?? 0
        let cut = cuts[n]
        if (cut === undefined) {
          const isEarly = rich.settled < start + limit && rich.text.length < start + limit + longestUnsettled
          const next = isEarly ? undefined : cutter.next(start)
          if (next === undefined || next <= start) break
          addCut(rich.text, next)
          cut = next
        }
        page(n, cut)
        if (cut <= rich.settled) done = { revision: rich.revision, cuts: n + 1, pages: [...pages] }
      }
      seen = endOfShown(rich, lastCut(), limit)
      page(cuts.length, seen)
      last = pages
      return last
    },
    complete: function*(rich, limit, most = limit) {
      compare(rich.text)
      const cutter = makeCutter(rich, limit, most, seen)
      for (let n = 0;; n++) {
        const start = cuts[n - 1] ?? 0
        const cut = cuts[n] ?? cutter.next(start)
        if (cut === undefined || cut <= start) break
        if (n === cuts.length) addCut(rich.text, cut)
        yield* cutter.page(start, cut)
      }
      yield* cutter.page(lastCut(), rich.text.length)
    },
    forget: () => {
      head = ""
      cuts = []
      seen = 0
      last = []
      done = undefined
    }
  }
}
