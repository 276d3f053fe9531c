/**
 * What Telegram does to a text before it becomes a message: parse, check, trim, find commands and mentions.
 */
import * as Result from "effect/Result"
import { html } from "./html.ts"
import { limits } from "./limits.ts"
import { linkProblem } from "./links.ts"
import { byPosition, byteOffset, type Formatted, markdown, markdownV2 } from "./parseMode.ts"
import { refuse, type Refused } from "./refusals.ts"
import type { Entity } from "./types.ts"

const found: ReadonlyArray<readonly [type: string, pattern: RegExp]> = [
  ["bot_command", /(?<![\p{L}\p{N}_/<>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\p{L}\p{N}_/<>])/gu],
  ["url", /(?<![\p{L}\p{N}_])https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]]/gu],
  ["mention", /(?<![\p{L}\p{N}_/])@[a-zA-Z0-9_]{4,32}(?![\p{L}\p{N}_])/gu],
  ["hashtag", /(?<![\p{L}\p{N}_/#])#[\p{L}_][\p{L}\p{N}_]{0,255}/gu]
]

const overlaps = (a: Entity, b: Entity): boolean => a.offset < b.offset + b.length && b.offset < a.offset + a.length

/** Inside of these nothing is found; any other entity may hold a command or a mention. */
const opaque = new Set(["code", "pre", "text_link", "text_mention", "bot_command", "mention", "url", "hashtag"])

/** Adds the entities that Telegram finds by itself to those that were given. */
const withFound = (text: string, given: ReadonlyArray<Entity>): ReadonlyArray<Entity> => {
  const entities = [...given]
  for (const [type, pattern] of found) {
    for (const match of text.matchAll(pattern)) {
      const entity: Entity = { type, offset: match.index, length: match[0].length }
      if (!entities.some((other) => opaque.has(other.type) && overlaps(entity, other))) entities.push(entity)
    }
  }
  return entities.sort(byPosition)
}

/** Cuts a stretch out of a text with its entities. */
export const slice = (text: string, entities: ReadonlyArray<Entity>, start: number, end: number): Formatted => ({
  text: text.slice(start, end),
  entities: entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start)
    const to = Math.min(entity.offset + entity.length, end)
    return to > from ? [{ ...entity, offset: from - start, length: to - from }] : []
  })
})

const isSplit = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1)
  const after = text.charCodeAt(at)
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000
}

const checkBounds = (text: string, entities: ReadonlyArray<Entity>): Refused | undefined => {
  for (const { length, offset } of entities) {
    if (offset < 0) return refuse("entityOffset", { offset })
    if (length < 0) return refuse("entityLength", { length })
    const end = offset + length
    if (end > text.length) return refuse("entityBeyondText", { offset, end })
    if (isSplit(text, offset) || isSplit(text, end)) {
      const at = byteOffset(text, isSplit(text, end) ? end - 1 : offset - 1)
      return refuse("entitySplitsSymbol", { offset, at })
    }
  }
  return undefined
}

const isPerson = /^tg:(?:\/\/)?user\/?\?(?:.*&)?id=\d+/i

/** A link that Telegram cannot open gets the whole message refused; a parse mode only forgets it. */
const checkLinks = (entities: ReadonlyArray<Entity>): Refused | undefined => {
  for (const { type, url = "" } of entities) {
    const problem = type === "text_link" && !isPerson.test(url) ? linkProblem(url) : undefined
    if (problem !== undefined) return refuse("entityUrl", { url, problem })
  }
  return undefined
}

const isCode = ({ type }: Entity): boolean => type === "code" || type === "pre"
const splittable = new Set(["bold", "italic", "underline", "strikethrough", "spoiler"])

/** The pieces of an entity that are left when a stretch is cut out of it. */
const without = (entity: Entity, hole: Entity): ReadonlyArray<Entity> => {
  if (!overlaps(entity, hole)) return [entity]
  const end = entity.offset + entity.length
  const holeEnd = hole.offset + hole.length
  return [
    { ...entity, length: Math.max(0, hole.offset - entity.offset) },
    { ...entity, offset: holeEnd, length: Math.max(0, end - holeEnd) }
  ].filter(({ length }) => length > 0)
}

/** Cuts a splittable entity at the borders of another that it crosses, so that all are nested. */
const cutAt = (entity: Entity, other: Entity): ReadonlyArray<Entity> => {
  const end = entity.offset + entity.length
  const border = [other.offset, other.offset + other.length].find((at) => at > entity.offset && at < end)
  const crosses = border !== undefined && overlaps(entity, other) &&
    (other.offset < entity.offset || other.offset + other.length > end)
  return crosses
    ? [
      { ...entity, length: border - entity.offset },
      { ...entity, offset: border, length: end - border }
    ]
    : [entity]
}

/** Entities as Telegram keeps them: nothing formatted inside of code, and nothing half inside of something else. */
const nested = (given: ReadonlyArray<Entity>): ReadonlyArray<Entity> => {
  const whole = given.filter((entity) => entity.length > 0)
  const code = whole.filter(isCode)
  const kept = whole.flatMap((entity) =>
    isCode(entity) || !splittable.has(entity.type)
      ? [entity]
      : code.reduce<ReadonlyArray<Entity>>((parts, hole) => parts.flatMap((part) => without(part, hole)), [entity])
  ).sort(byPosition)
  return kept.flatMap((entity, index) =>
    splittable.has(entity.type)
      ? kept.slice(0, index).reduce<ReadonlyArray<Entity>>(
        (parts, other) => parts.flatMap((part) => cutAt(part, other)),
        [entity]
      )
      : [entity]
  ).sort(byPosition)
}

// Spaces of all kinds, marks without width, tags; what has nothing else is no text to Telegram.
const empty = /^[\s\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2800\u3000\ufeff\ufffc\u{e0000}-\u{e007f}]*$/u

/** Whether a text has nothing that could be seen. */
export const isEmpty = (text: string): boolean => empty.test(text)

/** Control characters become spaces, outer white space goes. */
const clean = ({ entities, text }: Formatted): Formatted => {
  // One unit for one unit, so that entities stay where they are.
  const visible = text.replace(/[\x00-\x08\x0b-\x1f]/g, " ")
  const start = visible.length - visible.trimStart().length
  return slice(visible, nested(entities), start, Math.max(start, visible.trimEnd().length))
}

/**
 * A text as Telegram stores it, from `text`, `parse_mode` and `entities`; refused where Telegram refuses it.
 *
 * Lengths are left to the caller, who knows whether this is a text or a caption.
 */
export const format = (
  source: string,
  parseMode: string | undefined,
  given: ReadonlyArray<Entity>
): Result.Result<Formatted, Refused> => {
  const mode = parseMode?.toLowerCase() ?? ""
  if (!["", "none", "html", "markdownv2", "markdown"].includes(mode)) return Result.fail(refuse("parseModeUnknown"))
  const parsed = mode === "html" ?
    html(source) :
    mode === "markdownv2"
    ? markdownV2(source)
    : mode === "markdown"
    ? markdown(source)
    : Result.succeed({ text: source, entities: given })
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const refusal = checkLinks(parsed.success.entities) ??
    checkBounds(parsed.success.text, parsed.success.entities)
  if (refusal !== undefined) return Result.fail(refusal)
  const { entities, text } = clean(parsed.success)
  return Result.succeed({ text, entities: withFound(text, entities).slice(0, limits.entities.most) })
}

/** Cuts a long text as clients do: at a line end or a space among the last 300 units, never inside a symbol. */
export const split = (text: string, entities: ReadonlyArray<Entity>): ReadonlyArray<Formatted> => {
  const parts: Array<Formatted> = []
  let start = 0
  while (text.length - start > limits.text.most) {
    const limit = start + limits.text.most
    const soft = [text.lastIndexOf("\n", limit), text.lastIndexOf(" ", limit)].find((at) => at > limit - 300)
    const end = soft ?? (isSplit(text, limit) ? limit - 1 : limit)
    parts.push(slice(text, entities, start, end))
    start = end
  }
  parts.push(slice(text, entities, start, text.length))
  return parts.map(clean).filter((part) => part.text !== "").map((part) => ({
    text: part.text,
    entities: withFound(part.text, part.entities)
  }))
}
