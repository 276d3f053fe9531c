/**
 * An answer that grows, cut into messages where it stays cut.
 *
 * What a person has seen in a message stays in that message, and where the cuts are must not depend on when somebody
 * looked. So a message that is almost full is shown line by line, and cut at the last line that fits.
 */
import * as RichText from "../../richtext/RichText.ts"
import { slice } from "./richParts.ts"

/** From this part of a message on only whole lines are shown, and here a cut is looked for. */
const almostFull = 0.88

export interface Pages {
  /** The messages of a text that still grows and stays as it is up to `settled`; each holds at most `limit` units. */
  readonly growing: (rich: RichText.Rich, settled: number, limit: number) => ReadonlyArray<RichText.Rich>
  /** The messages of a text that is complete. */
  readonly complete: (rich: RichText.Rich, limit: number) => ReadonlyArray<RichText.Rich>
  /** Forgets what was shown, because it is void. */
  readonly forget: () => void
}

/** What may still change is not cut until there is so much more of it. */
const longestUnsettled = 1500

/** Words that are longer than this are none: a script without spaces, or a link. */
const longestWord = 500

const inCode = ({ entities }: RichText.Rich, at: number): boolean =>
  entities.some(({ length, offset, type }) => type === "pre" && offset <= at && at < offset + length)

const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character)

/** Where a message is almost full, between two words. */
const endOfAlmost = (text: string, start: number, limit: number): number => {
  const room = RichText.cut(text.slice(start), Math.floor(limit * almostFull))
  const word = /\S*$/.exec(room)?.[0].length ?? 0
  return start + room.length - (word > Math.min(longestWord, limit / 2) ? 0 : word)
}

/** Pages of one answer. */
export const make = (): Pages => {
  /** All the text before each cut. */
  let heads: ReadonlyArray<string> = []
  /** How much of the text was shown. */
  let seen = 0
  let last: ReadonlyArray<RichText.Rich> = []

  const chunk = (rich: RichText.Rich, limit: number): ReadonlyArray<RichText.Rich> =>
    RichText.chunk(rich, { target: limit, hard: limit })

  /** Where the first message of a stretch ends, in the whole text; undefined when the stretch is one message. */
  const endOfFirst = (rich: RichText.Rich, start: number, limit: number): number | undefined => {
    const rest = slice(rich, start)
    const lead = rest.text.length - rest.text.trimStart().length
    const [first, next] = chunk(rest, limit - lead)
    return first === undefined || next === undefined
      ? undefined
      : start + Math.max(0, rest.text.indexOf(first.text)) + first.text.length
  }

  const isOverfull = (rich: RichText.Rich, start: number, end: number): boolean =>
    slice(rich, start, end).entities.length > RichText.maxMessageEntities

  /** The cut of a message that is too long: the same whatever comes after it, and behind all that was shown. */
  const cutOfLong = (rich: RichText.Rich, start: number, limit: number): number => {
    const almost = endOfAlmost(rich.text, start, limit)
    const line = rich.text.lastIndexOf("\n", start + limit)
    if (line > start + limit * almostFull) return line
    const end = endOfFirst(rich, almost, start + limit - almost) ?? almost
    // Rather a shorter message than a word in two.
    return isSpace(rich.text[end]) || !isSpace(rich.text[almost - 1]) ? end : almost
  }

  /** Where a message must end, for its length or for its formats; undefined when it need not. */
  const nextCut = (rich: RichText.Rich, start: number, limit: number): number | undefined => {
    const long = rich.text.length - start > limit ? cutOfLong(rich, start, limit) : undefined
    const end = long === undefined || isOverfull(rich, start, long) ? endOfFirst(rich, start, limit) : long
    if (end === undefined || seen - start > limit || isOverfull(rich, start, seen)) return end
    return Math.max(end, seen)
  }

  /** Makes the cuts that are missing, and says where the last message begins. */
  const paginate = (rich: RichText.Rich, settled: number, limit: number): number => {
    const changed = heads.findIndex((head) => !rich.text.startsWith(head))
    if (changed !== -1) {
      heads = heads.slice(0, changed)
      seen = heads.at(-1)?.length ?? 0
    }
    for (;;) {
      const start = heads.at(-1)?.length ?? 0
      const isEarly = settled < start + limit && rich.text.length < start + limit + longestUnsettled
      const cut = isEarly ? undefined : nextCut(rich, start, limit)
      if (cut === undefined || cut <= start) return start
      heads = [...heads, rich.text.slice(0, cut)]
    }
  }

  const page = (rich: RichText.Rich, start: number, end: number): RichText.Rich => {
    const text = rich.text.slice(start, end)
    const line = start + (/^(?:[^\S\n]*\n)*/.exec(text)?.[0].length ?? 0)
    // Indentation in code says something.
    const from = inCode(rich, line) ? line : start + text.length - text.trimStart().length
    return slice(rich, from, Math.max(from, start + text.trimEnd().length))
  }

  const pages = (rich: RichText.Rich, limit: number, end: number): ReadonlyArray<RichText.Rich> =>
    [...heads.map((head) => head.length), end].map((to, index) => page(rich, heads[index - 1]?.length ?? 0, to))
      .filter(({ text }) => text !== "")
      .flatMap((page) => page.entities.length > RichText.maxMessageEntities ? chunk(page, limit) : [page])

  /** How much of the last message is shown while more is to come. */
  const endOfShown = ({ text }: RichText.Rich, settled: number, start: number, limit: number): number => {
    const almost = start + limit * almostFull
    if (text.length <= almost) return text.length
    const line = text.lastIndexOf("\n", Math.min(settled - 1, start + limit))
    return Math.max(seen, line > almost ? line : endOfAlmost(text, start, limit))
  }

  return {
    growing: (rich, settled, limit) => {
      // A table or a link that is read as such only now may be shorter than what it looked like.
      if (rich.text.length < seen) return last
      const start = paginate(rich, settled, limit)
      seen = endOfShown(rich, settled, start, limit)
      last = pages(rich, limit, seen)
      return last
    },
    complete: (rich, limit) => {
      paginate(rich, Infinity, limit)
      return pages(rich, limit, rich.text.length)
    },
    forget: () => {
      heads = []
      seen = 0
      last = []
    }
  }
}
