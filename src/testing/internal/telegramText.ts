/**
 * What Telegram does to a text before it becomes a message: parse, check, trim, find commands and mentions.
 */
import * as Result from "effect/Result"
import { byteOffset, type Formatted, html, markdown, markdownV2 } from "./telegramParseMode.ts"
import { badRequest, type Entity, type Refused } from "./telegramTypes.ts"

/** Longest text of a message, in UTF-16 units after parsing. */
export const maxText = 4096
/** Longest caption, in UTF-16 units after parsing. */
export const maxCaption = 1024

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
export const withFound = (text: string, given: ReadonlyArray<Entity>): ReadonlyArray<Entity> => {
  const entities = [...given]
  for (const [type, pattern] of found) {
    for (const match of text.matchAll(pattern)) {
      const entity: Entity = { type, offset: match.index, length: match[0].length }
      if (!entities.some((other) => opaque.has(other.type) && overlaps(entity, other))) entities.push(entity)
    }
  }
  return entities.sort((a, b) => a.offset - b.offset || b.length - a.length)
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
    if (offset < 0) return badRequest(`receive an entity with incorrect offset ${offset}`)
    if (length < 0) return badRequest(`receive an entity with incorrect length ${length}`)
    const end = offset + length
    if (end > text.length) {
      return badRequest(
        `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${end}`
      )
    }
    if (isSplit(text, offset) || isSplit(text, end)) {
      const at = byteOffset(text, isSplit(text, end) ? end - 1 : offset - 1)
      return badRequest(
        `entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol at byte offset ${at}`
      )
    }
  }
  return undefined
}

/** Control characters become spaces, outer white space goes, at most 100 entities stay. */
const clean = ({ entities, text }: Formatted): Formatted => {
  // One unit for one unit, so that entities stay where they are.
  const visible = text.replace(/[\x00-\x08\x0b-\x1f]/g, " ")
  const start = visible.length - visible.trimStart().length
  return slice(
    visible,
    entities.filter((entity) => entity.length > 0),
    start,
    Math.max(start, visible.trimEnd().length)
  )
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
  if (!["", "html", "markdownv2", "markdown"].includes(mode)) return Result.fail(badRequest("unsupported parse_mode"))
  const parsed = mode === "html" ?
    html(source) :
    mode === "markdownv2"
    ? markdownV2(source)
    : mode === "markdown"
    ? markdown(source)
    : Result.succeed({ text: source, entities: given })
  if (Result.isFailure(parsed)) return Result.fail(badRequest(`can't parse entities: ${parsed.failure}`))
  const refusal = checkBounds(parsed.success.text, parsed.success.entities)
  if (refusal !== undefined) return Result.fail(refusal)
  const { entities, text } = clean(parsed.success)
  return Result.succeed({ text, entities: withFound(text, entities).slice(0, 100) })
}

/** Cuts a long text as clients do: at a line end or a space among the last 300 units, never inside a symbol. */
export const split = (text: string, entities: ReadonlyArray<Entity>): ReadonlyArray<Formatted> => {
  const parts: Array<Formatted> = []
  let start = 0
  while (text.length - start > maxText) {
    const limit = start + maxText
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
