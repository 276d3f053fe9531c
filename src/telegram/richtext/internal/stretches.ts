/**
 * Stretches of a text, taken out of it from left to right.
 *
 * An entity is looked at for the stretches that it is in, and for no other: a hundred messages of one text cost a hundred
 * times what one costs.
 */
import type { MessageEntity, Rich } from "./output.ts"

/** Takes stretches out of one text. */
export interface Reader {
  /** Says that nothing before a place is asked for any more. */
  readonly pass: (to: number) => void
  /** The entities that have something between two places, where they are in the whole. */
  readonly entities: (start: number, end: number) => ReadonlyArray<MessageEntity>
  /** A stretch with what it has of the formats. */
  readonly slice: (start: number, end: number) => Rich
}

const reaches = (start: number, end: number) => ({ length, offset }: MessageEntity): boolean =>
  offset < end && offset + length > start

/** Reads a text whose entities are in their order. */
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
    })
  }
}
