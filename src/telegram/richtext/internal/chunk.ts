/**
 * A long text cut into messages.
 */
import { byPlace, type MessageEntity, type Rich } from "./output.ts"

/** How long a message may be. */
export interface ChunkOptions {
  /** Up to here a cut is looked for, in UTF-16 units. Default: 4,000. */
  readonly target?: number
  /** Never more than this, in UTF-16 units. Default: 4,096, which is also the most. */
  readonly hard?: number
  /** Never more formats than this in one message, the links that Telegram finds by itself included. Default: 100. */
  readonly maxEntities?: number
}

interface Stretch {
  readonly start: number
  readonly end: number
}

/** Longest text of a message, in UTF-16 units (Bot API, `sendMessage`). */
export const maxMessageLength = 4096

/** Most formats of a message; Telegram drops what is beyond. */
export const maxMessageEntities = 100

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const bareLink = /https?:\/\/[^\s<>"]+/g
const found = /https?:\/\/[^\s<>"]+|(?<![\p{L}\p{N}_])[@#/$][\p{L}_][\p{L}\p{N}_]*/gu
const joiner = /^[\p{Mark}\u200d]/u

const matches = (text: string, pattern: RegExp): ReadonlyArray<Stretch> =>
  Array.from(text.matchAll(pattern), (match) => ({ start: match.index, end: match.index + match[0].length }))

const stretches = (entities: ReadonlyArray<MessageEntity>, types: ReadonlyArray<string>): ReadonlyArray<Stretch> =>
  entities.filter(({ type }) => types.includes(type)).map(({ length, offset }) => ({
    start: offset,
    end: offset + length
  }))

const around = (all: ReadonlyArray<Stretch>, at: number): Stretch | undefined =>
  all.find(({ end, start }) => start < at && at < end)

/** The last border of a grapheme in a text up to `limit`; a grapheme that is longer is cut between two pairs. */
const graphemeBorder = (text: string, limit: number): number => {
  let border = 0
  for (const { index } of graphemes.segment(text)) {
    if (index > limit) break
    border = index
  }
  if (border > 0) return border
  const code = text.charCodeAt(limit - 1)
  return limit > 1 && code >= 0xd800 && code < 0xdc00 ? limit - 1 : limit
}

const clipped = ({ entities, text }: Rich, start: number, end: number, maximum: number): Rich => {
  const visible = text.slice(start, end).trimEnd()
  const inside = entities.flatMap((entity) => {
    const from = Math.max(entity.offset - start, 0)
    const stretch = visible.slice(from, Math.max(from, entity.offset + entity.length - start)).trimEnd()
    const skipped = entity.type === "pre" ? 0 : stretch.length - stretch.trimStart().length
    return stretch.trim() === "" ? [] : [{ ...entity, offset: from + skipped, length: stretch.length - skipped }]
  })
  return { text: visible, entities: inside.sort(byPlace).slice(0, maximum) }
}

/** Cuts a text into messages that Telegram takes; white space at the borders is left out. */
export const chunkAll = (rich: Rich, options: ChunkOptions): ReadonlyArray<Rich> => {
  const hard = Math.max(2, Math.min(options.hard ?? maxMessageLength, maxMessageLength))
  const target = Math.max(2, Math.min(options.target ?? 4000, hard))
  const maxEntities = options.maxEntities ?? maxMessageEntities
  const { entities, text } = rich
  const links = [...stretches(entities, ["text_link"]), ...matches(text, bareLink)]
  const codes = stretches(entities, ["code"])
  const blocks = stretches(entities, ["pre"])
  const quotes = stretches(entities, ["blockquote", "expandable_blockquote"])
  const counted = [
    ...entities.map(({ length, offset }) => ({ start: offset, end: offset + length })),
    ...matches(text, found)
  ].sort((a, b) => a.start - b.start)

  /** The kinds of places for a cut, the best first, and where they do not count. */
  const kinds: ReadonlyArray<readonly [pattern: RegExp, outside: ReadonlyArray<Stretch>]> = [
    [/\n[^\S\n]*\n/g, [...blocks, ...quotes]],
    [/\n/g, blocks],
    [/\n[^\S\n]*\n/g, []],
    [/\n/g, []],
    [/(?<=[.!?…]["'”’»)\]]*)\s|(?<=[。！？])/g, [...codes, ...blocks]],
    [/\s/g, [...codes, ...blocks]],
    [/\s/g, []]
  ]

  const findCut = (start: number, limit: number): number => {
    const window = text.slice(start, limit + 1)
    for (const least of [(limit - start) / 2, 0]) {
      for (const [pattern, outside] of kinds) {
        const cut = matches(window, pattern).findLast((place) => {
          const at = start + place.start
          return place.start > least && at <= limit && around(links, at) === undefined &&
            around(outside, at) === undefined && !joiner.test(text.slice(start + place.end, start + place.end + 2))
        })
        if (cut !== undefined) return start + cut.start
      }
    }
    const border = start + graphemeBorder(text.slice(start, start + hard + 64), limit - start)
    const link = around(links, border)
    if (link === undefined) return border
    if (link.start > start) return link.start
    return link.end <= start + hard ? link.end : border
  }

  /** Where a message must end for its formats alone. */
  const entityLimit = (start: number): number => {
    const inside = counted.filter(({ end }) => end > start)
    const next = inside[maxEntities]
    return next === undefined || next.start <= start ? Infinity : next.start
  }

  const chunks: Array<Rich> = []
  let start = 0
  for (;;) {
    // Indentation in code says something; Telegram keeps it where the format begins with the text.
    const skipped = around(blocks, start) === undefined ? /\s*/y : /(?:[^\S\n]*\n)*/y
    skipped.lastIndex = start
    start += skipped.exec(text)?.[0].length ?? 0
    if (text.slice(start).trim() === "") return chunks
    const limit = entityLimit(start)
    const end = text.length - start <= hard && limit >= text.length
      ? text.length
      : findCut(start, Math.min(start + target, limit, text.length))
    chunks.push(clipped(rich, start, end, maxEntities))
    start = end
  }
}
