/**
 * The words of a message, whatever it is sent as, with the links that stand behind them.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Entity } from "./Message.ts"
import * as RichMessage from "./RichMessage.ts"

/** Words and the marks on them; places are UTF-16 units. */
export interface Words {
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
  /** How long they were when they were sent. */
  readonly sentLength: number
  /** Whether they were a rich message. */
  readonly isRich: boolean
}

const decodeEntities = Schema.decodeUnknownOption(Schema.Array(Schema.Unknown))
const decodeEntity = Schema.decodeUnknownOption(Entity)

const marksOf = (raw: unknown, length: number): ReadonlyArray<Entity> =>
  Option.getOrElse(decodeEntities(raw), () => [])
    .flatMap((entity) => Option.toArray(decodeEntity(entity)))
    .filter((entity) => entity.offset >= 0 && entity.length > 0 && entity.offset + entity.length <= length)
    .toSorted((one, other) => one.offset - other.offset)

/** Puts the address of each link behind its words, and moves the marks along. */
const withLinks = (text: string, entities: ReadonlyArray<Entity>): Pick<Words, "text" | "entities"> => {
  const links = entities.filter(({ type, url }) => type === "text_link" && url !== undefined)
  if (links.length === 0) return { text, entities }
  const insertions = links.flatMap(({ length, offset, url = "" }) => {
    const words = text.slice(offset, offset + length)
    // A link whose words are its address says it already.
    return words === url || `${words}/` === url
      ? []
      : [{ at: offset, put: "[" }, { at: offset + length, put: `](${url})` }]
  }).toSorted((one, other) => one.at - other.at)
  const before = (place: number, isEnd: boolean): number =>
    insertions.reduce((sum, { at, put }) => at < place || (at === place && !isEnd) ? sum + put.length : sum, 0)
  return {
    text: insertions.reduceRight((rest, { at, put }) => rest.slice(0, at) + put + rest.slice(at), text),
    entities: entities.map((entity) => {
      const start = entity.offset + before(entity.offset, false)
      const end = entity.offset + entity.length + before(entity.offset + entity.length, true)
      return { ...entity, offset: start, length: end - start }
    })
  }
}

const fields = [["text", "entities"], ["caption", "caption_entities"]] as const

/** The words of a message: its text, its caption, or its rich blocks as Markdown. */
export const of = (raw: object): Words => {
  for (const [field, marks] of fields) {
    const text: unknown = Predicate.hasProperty(raw, field) ? raw[field] : undefined
    if (typeof text === "string") {
      const entities: unknown = Predicate.hasProperty(raw, marks) ? raw[marks] : undefined
      return { ...withLinks(text, marksOf(entities, text.length)), sentLength: text.length, isRich: false }
    }
  }
  const rich = Predicate.hasProperty(raw, "rich_message") ? RichMessage.read(raw.rich_message) : undefined
  return rich === undefined
    ? { text: "", entities: [], sentLength: 0, isRich: false }
    : { ...rich, sentLength: rich.text.length, isRich: true }
}
