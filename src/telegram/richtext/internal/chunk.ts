/**
 * A long text cut into messages, from left to right.
 *
 * For each message only the text and the formats are looked at that may be in it, so that the work is linear in the text
 * (100,000 characters of prose: 15 ms), and whoever asks for one after the other can do something else in between.
 */
import { isBlank, matchAt } from "./characters.ts"
import { type MessageEntity, type Rich, trimmed } from "./output.ts"

/** How long a message may be. */
export interface ChunkOptions {
  /** Up to here a cut is looked for, in UTF-16 units. Default: 4,000. */
  readonly target?: number
  /** Never more than this, in UTF-16 units. Default: 4,096, which is also the most. */
  readonly hard?: number
  /** Never more formats than this in one message, the links that Telegram finds by itself included. Default: 100. */
  readonly maxEntities?: number
}

/** Takes stretches out of one text. */
export interface Reader {
  /** Says that nothing before a place is asked for any more. */
  readonly pass: (to: number) => void
  /** The entities that have something between two places, where they are in the whole. */
  readonly entities: (start: number, end: number) => ReadonlyArray<MessageEntity>
  /** A stretch with what it has of the formats. */
  readonly slice: (start: number, end: number) => Rich
  /** Whether a place is inside of a format. */
  readonly isIn: (type: MessageEntity["type"], at: number) => boolean
  /** Where a message of at most `room` units must end that begins at a place; white space at its edges is left out. */
  readonly endOf: (start: number, room: number) => number
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

// A grapheme that is longer may be cut.
const longestGrapheme = 64

const matches = (text: string, pattern: RegExp, from: number): ReadonlyArray<Stretch> =>
  Array.from(text.matchAll(pattern), (match) => ({
    start: from + match.index,
    end: from + match.index + match[0].length
  }))

const stretchOf = ({ length, offset }: MessageEntity): Stretch => ({ start: offset, end: offset + length })

const stretchesOf = (entities: ReadonlyArray<MessageEntity>, types: ReadonlyArray<string>): ReadonlyArray<Stretch> =>
  entities.filter(({ type }) => types.includes(type)).map(stretchOf)

const around = (all: ReadonlyArray<Stretch>, at: number): Stretch | undefined =>
  all.find(({ end, start }) => start < at && at < end)

/** The last border of a grapheme in a text up to `limit`; a grapheme that is longer is cut between two pairs. */
const graphemeBorder = (text: string, limit: number): number => {
  const border = graphemes.segment(text).containing(limit)?.index ?? limit
  if (border > 0) return border
  const code = text.charCodeAt(limit - 1)
  return limit > 1 && code >= 0xd800 && code < 0xdc00 ? limit - 1 : limit
}

/** A message; white space at its end is left out. */
const clipped = (visible: string, near: ReadonlyArray<MessageEntity>, start: number, maximum: number): Rich => {
  const inside = near.map((entity) => {
    const from = Math.max(entity.offset - start, 0)
    return { ...entity, offset: from, length: Math.max(0, entity.offset + entity.length - start - from) }
  })
  return { text: visible, entities: trimmed(visible, inside).slice(0, maximum) }
}

/** The kinds of places for a cut, the best first, and the formats in which they do not count. */
const kinds: ReadonlyArray<readonly [pattern: RegExp, outside: ReadonlyArray<MessageEntity["type"]>]> = [
  [/\n[^\S\n]*\n/g, ["pre", "blockquote", "expandable_blockquote"]],
  [/\n/g, ["pre"]],
  [/\n[^\S\n]*\n/g, []],
  [/\n/g, []],
  [/(?<=[.!?…]["'”’»)\]]{0,9})\s|(?<=[。！？])/g, ["code", "pre"]],
  [/\s/g, ["code", "pre"]],
  [/\s/g, []]
]

/** The best place for a cut in the second half of a window, else in all of it. */
const placeIn = (
  window: string,
  start: number,
  limit: number,
  near: ReadonlyArray<MessageEntity>,
  links: ReadonlyArray<Stretch>
): number | undefined => {
  const text = window.slice(0, limit + 1 - start)
  for (const least of [(limit + start) / 2, start]) {
    for (const [pattern, types] of kinds) {
      const outside = stretchesOf(near, types)
      const cut = matches(text, pattern, start).findLast((place) =>
        place.start > least && place.start <= limit && around(links, place.start) === undefined &&
        around(outside, place.start) === undefined &&
        !joiner.test(window.slice(place.end - start, place.end - start + 2))
      )
      if (cut !== undefined) return cut.start
    }
  }
  return undefined
}

/** A message that is to be found. */
interface Bounds {
  readonly target: number
  readonly hard: number
  readonly maxEntities: number
}

const boundsOf = (options: ChunkOptions): Bounds => {
  const hard = Math.max(2, Math.min(options.hard ?? maxMessageLength, maxMessageLength))
  const target = Math.max(2, Math.min(options.target ?? 4000, hard))
  return { hard, target, maxEntities: options.maxEntities ?? maxMessageEntities }
}

/** Where a message is cut for its length. */
const cutIn = (
  window: string,
  near: ReadonlyArray<MessageEntity>,
  start: number,
  limit: number,
  hard: number
): number => {
  const links = [...stretchesOf(near, ["text_link"]), ...matches(window, bareLink, start)]
  const place = placeIn(window, start, limit, near, links)
  if (place !== undefined) return place
  const border = start + graphemeBorder(window, limit - start)
  const link = around(links, border)
  if (link === undefined) return border
  if (link.start > start) return link.start
  return link.end <= start + hard ? link.end : border
}

/** Where a message must end for its formats alone. */
const entityLimit = (
  window: string,
  near: ReadonlyArray<MessageEntity>,
  start: number,
  maxEntities: number
): number => {
  const counted = [...near.map(stretchOf), ...matches(window, found, start)].sort((a, b) => a.start - b.start)
  const next = counted[maxEntities]
  return next === undefined || next.start <= start ? Infinity : next.start
}

/** Where the message must end that begins at a place with a sign that can be seen. */
const endOfNext = (
  text: string,
  entities: Reader["entities"],
  start: number,
  { hard, maxEntities, target }: Bounds
): number => {
  // Where formats are dense a message is short, and what comes after it is not looked at.
  const dense = entities(start, start + hard + longestGrapheme)[maxEntities]?.offset ?? Infinity
  const window = text.slice(start, Math.min(start + hard, Math.max(start + 1, dense)) + longestGrapheme)
  const near = entities(start, start + window.length)
  const limit = entityLimit(window, near, start, maxEntities)
  return text.length - start <= hard && limit >= text.length
    ? text.length
    : cutIn(window, near, start, Math.min(start + target, limit, text.length), hard)
}

const reaches = (start: number, end: number) => ({ length, offset }: MessageEntity): boolean =>
  offset < end && offset + length > start

/**
 * Reads a text whose entities are in their order.
 *
 * An entity is looked at for the stretches that it is in, and for no other: a hundred messages of one text cost a hundred
 * times what one costs.
 */
export const makeReader = ({ entities: all, text }: Rich): Reader => {
  let next = 0
  /** Those that begin before `next` and have not been passed. */
  let near: Array<MessageEntity> = []

  const entities = (start: number, end: number): ReadonlyArray<MessageEntity> => {
    for (let entity = all[next]; entity !== undefined && entity.offset < end; entity = all[++next]) near.push(entity)
    return near.filter(reaches(start, end))
  }

  return {
    pass: (to) => {
      const isAhead = reaches(to, Infinity)
      near = near.filter(isAhead)
      for (let entity = all[next]; entity !== undefined && entity.offset < to; entity = all[++next]) {
        if (isAhead(entity)) near.push(entity)
      }
    },
    entities,
    slice: (start, end) => ({
      text: text.slice(start, end),
      entities: entities(start, end).map((entity) => {
        const from = Math.max(entity.offset, start)
        return { ...entity, offset: from - start, length: Math.min(entity.offset + entity.length, end) - from }
      })
    }),
    isIn: (type, at) => entities(at, at + 1).some((entity) => entity.type === type),
    endOf: (start, room) => {
      const lead = /\s*/y
      lead.lastIndex = start
      const from = start + (lead.exec(text)?.[0].length ?? 0)
      const space = Math.max(2, room - (from - start))
      const end = endOfNext(text, entities, from, boundsOf({ target: space, hard: space }))
      return from + text.slice(from, end).trimEnd().length
    }
  }
}

/** Cuts a text into messages that Telegram takes, one after the other; white space at the borders is left out. */
export function* chunks(rich: Rich, options: ChunkOptions): Generator<Rich, void> {
  const bounds = boundsOf(options)
  const { text } = rich
  const reader = makeReader(rich)
  const length = text.trimEnd().length

  for (let start = 0;;) {
    start += matchAt(/(?:[^\S\n]*\n)*/y, text, start)?.length ?? 0
    // Indentation in code says something; Telegram keeps it where the format begins with the text.
    if (!reader.isIn("pre", start)) start += matchAt(/\s*/y, text, start)?.length ?? 0
    if (start >= length) return
    reader.pass(start)
    const end = endOfNext(text, reader.entities, start, bounds)
    const visible = text.slice(start, end).trimEnd()
    if (!isBlank(visible)) yield clipped(visible, reader.entities(start, end), start, bounds.maxEntities)
    start = end
  }
}
