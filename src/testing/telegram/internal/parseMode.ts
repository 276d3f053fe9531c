/**
 * The three parse modes: markup in, text and entities out, or Telegram's words for what is wrong.
 *
 * Offsets in failures count bytes of the source, offsets of entities count UTF-16 units of the text. Behaviour follows
 * the parser of the public Bot API server; HTML has a file of its own.
 */
import * as Result from "effect/Result"
import { linkProblem } from "./links.ts"
import { refuse, type Refused } from "./refusals.ts"
import type { Entity } from "./types.ts"

/** A text and its entities. */
export interface Formatted {
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
}

/** What a parser gives. */
export type Parsed = Result.Result<Formatted, Refused>

/** An entity whose end is not seen yet. */
export interface Opened {
  readonly name: string
  readonly type: string
  /** Offset in the text. */
  readonly offset: number
  /** Offset in the source. */
  readonly start: number
  readonly extra: Partial<Entity>
}

const encoder = new TextEncoder()

/** How many bytes the source has before an index. */
export const byteOffset = (source: string, index: number): number => encoder.encode(source.slice(0, index)).length

/** From first to last; what begins together goes from outside to inside. */
export const byPosition = (a: Entity, b: Entity): number => a.offset - b.offset || b.length - a.length

/** The end of parsing: in order, and without what is empty. */
export const finish = (text: string, entities: ReadonlyArray<Entity>): Parsed =>
  Result.succeed({ text, entities: entities.filter((entity) => entity.length > 0).sort(byPosition) })

/** An entity that ends here. */
export const entity = (opened: Opened, end: number): Entity => ({
  type: opened.type,
  offset: opened.offset,
  length: end - opened.offset,
  ...opened.extra
})

/** What a link's target makes of a stretch: a link, a mention of a person, or nothing. */
export const linked = (target: string): Pick<Entity, "type" | "url" | "user"> | undefined => {
  const user = /^tg:(?:\/\/)?user\/?\?(?:.*&)?id=(\d+)/i.exec(target)?.[1]
  if (user !== undefined) return { type: "text_mention", user: { id: Number(user) } }
  if (linkProblem(target) !== undefined) return undefined
  if (/^(?:tg|ton|tonsite):/i.test(target)) return { type: "text_link", url: target }
  const [, scheme = "http", host = "", rest = ""] = /^(?:(https?):\/\/)?([^/?#]*)(.*)$/is.exec(target) ?? []
  return { type: "text_link", url: `${scheme.toLowerCase()}://${host}${rest.startsWith("/") ? "" : "/"}${rest}` }
}

// ---------------------------------------------------------------------------------------------------------
// MarkdownV2
// ---------------------------------------------------------------------------------------------------------

const marks: ReadonlyArray<readonly [mark: string, type: string]> = [
  ["||", "spoiler"],
  ["__", "underline"],
  ["*", "bold"],
  ["_", "italic"],
  ["~", "strikethrough"],
  ["![", "custom_emoji"],
  ["[", "text_link"]
]
const labels: Readonly<Record<string, string>> = {
  spoiler: "Spoiler",
  underline: "Underline",
  bold: "Bold",
  italic: "Italic",
  strikethrough: "Strikethrough",
  custom_emoji: "CustomEmoji",
  text_link: "TextUrl"
}
const reserved = new Set("_*[]()~`>#+-=|{}.!")

/** The end of a stretch whose only escapes are backslashes; `undefined` when it does not end. */
const until = (source: string, from: number, mark: string): { text: string; end: number } | undefined => {
  let text = ""
  let at = from
  while (at < source.length) {
    if (source.startsWith(mark, at)) return { text, end: at + mark.length }
    if (/^\\[\x01-\x7e]/.test(source.slice(at, at + 2))) at++
    text += source.charAt(at)
    at++
  }
  return undefined
}

/** Takes the language off the first line of a fenced block, and one line break. */
const fenced = (body: string): { readonly code: string; readonly extra: Partial<Entity> } => {
  const language = /^[^\s`]+(?=\s)/.exec(body)?.[0]
  const code = body.slice(language?.length ?? 0).replace(/^(?:\r\n|\n\r|\n|\r)/, "")
  return { code, extra: language === undefined ? {} : { language } }
}

const unclosed = (source: string, opened: Opened): Parsed =>
  Result.fail(refuse("parseUnclosed", { type: labels[opened.type] ?? "", at: byteOffset(source, opened.start) }))

/** `parse_mode: "MarkdownV2"`. */
export const markdownV2 = (source: string): Parsed => {
  const open: Array<Opened> = []
  const entities: Array<Entity> = []
  let text = ""
  let at = 0
  // A carriage return or an empty pair of marks before it does no harm: the line has no text yet.
  let isLineStart = true
  while (at < source.length) {
    const char = source.charAt(at)
    const top = open.at(-1)
    const quote = open.find((opened) => opened.type === "blockquote")
    const mark = marks.find(([mark]) => source.startsWith(mark, at))
    if (char === "\\" && /^[\x01-\x7e]$/.test(source.charAt(at + 1))) {
      text += source.charAt(at + 1)
      isLineStart = false
      at += 2
    } else if (char === "\n" && quote !== undefined && source.charAt(at + 1) !== ">") {
      // Two bars at the very end of a quotation are no spoiler: they make it expandable.
      const isExpandable = top?.type === "spoiler" && text.slice(top.offset).trim() === "" && open.at(-2) === quote
      if (top !== quote && !isExpandable && top !== undefined) return unclosed(source, top)
      open.splice(open.indexOf(quote))
      text += char
      entities.push(entity(isExpandable ? { ...quote, type: "expandable_blockquote" } : quote, text.length))
      isLineStart = true
      at++
    } else if (char === "\n") {
      text += char
      isLineStart = true
      at++
    } else if (isLineStart && char === ">") {
      if (quote === undefined) open.push({ name: ">", type: "blockquote", offset: text.length, start: at, extra: {} })
      isLineStart = false
      at++
    } else if (char === "`") {
      const isFence = source.startsWith("```", at)
      const found = until(source, at + (isFence ? 3 : 1), isFence ? "```" : "`")
      if (found === undefined) {
        const type = isFence ? fenced(source.slice(at + 3)).extra.language === undefined ? "Pre" : "PreCode" : "Code"
        return Result.fail(refuse("parseUnclosed", { type, at: byteOffset(source, at) }))
      }
      const { code, extra } = isFence ? fenced(found.text) : { code: found.text, extra: {} }
      entities.push({ type: isFence ? "pre" : "code", offset: text.length, length: code.length, ...extra })
      text += code
      isLineStart = false
      at = found.end
    } else if (char === "]" && top !== undefined && (top.name === "[" || top.name === "![")) {
      open.pop()
      const hasUrl = source.charAt(at + 1) === "("
      const target = hasUrl ? until(source, at + 2, ")") : undefined
      if (hasUrl && target === undefined) {
        const where = { at: byteOffset(source, at + 2) }
        return Result.fail(
          top.name === "![" ? refuse("parseEmojiUnclosed", where) : refuse("parseUrlUnclosed", where)
        )
      }
      if (top.name === "![") {
        const emoji = /^tg:(?:\/\/)?emoji\/?\?(?:.*&)?id=(\d+)/i.exec(target?.text ?? "")?.[1]
        if (emoji === undefined) return Result.fail(refuse("parseEmojiWithoutUrl"))
        entities.push(entity({ ...top, extra: { custom_emoji_id: emoji } }, text.length))
      } else {
        const link = linked(target?.text ?? text.slice(top.offset))
        if (link !== undefined) entities.push({ ...entity(top, text.length), ...link })
      }
      at = target?.end ?? at + 1
    } else if (mark !== undefined) {
      const [name, type] = mark
      if (top?.name === name && name !== "[" && name !== "![") {
        open.pop()
        entities.push(entity(top, text.length))
      } else {
        open.push({ name, type, offset: text.length, start: at, extra: {} })
      }
      at += name.length
    } else if (reserved.has(char)) {
      return Result.fail(refuse("parseReserved", { character: char }))
    } else {
      text += char
      if (char !== "\r") isLineStart = false
      at++
    }
  }
  const last = open.at(-1)
  const isExpandable = last?.type === "spoiler" && last.start === source.length - 2 && open.at(-2)?.name === ">"
  const left = isExpandable ? open.at(-2) : last
  if (left?.name === ">") {
    open.splice(open.indexOf(left))
    entities.push(entity(isExpandable ? { ...left, type: "expandable_blockquote" } : left, text.length))
  }
  const unfinished = open.at(-1)
  return unfinished === undefined ? finish(text, entities) : unclosed(source, unfinished)
}

// ---------------------------------------------------------------------------------------------------------
// Markdown
// ---------------------------------------------------------------------------------------------------------

/** `parse_mode: "Markdown"`, the old one: no nesting, escapes only outside of entities. */
export const markdown = (source: string): Parsed => {
  const entities: Array<Entity> = []
  let text = ""
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === "\\" && "_*`[".includes(source.charAt(at + 1) || " ")) {
      text += source.charAt(at + 1)
      at += 2
      continue
    }
    if (!"_*`[".includes(char)) {
      text += char
      at++
      continue
    }
    const mark = source.startsWith("```", at) ? "```" : char === "[" ? "]" : char
    const from = at + (mark === "```" ? 3 : 1)
    const end = source.indexOf(mark, from)
    if (end === -1) return Result.fail(refuse("parseOldUnclosed", { at: byteOffset(source, at) }))
    const body = source.slice(from, end)
    at = end + mark.length
    const offset = text.length
    if (mark === "]") {
      const close = source.charAt(at) === "(" ? source.indexOf(")", at) : -1
      const link = close === -1 ? undefined : linked(source.slice(at + 1, close))
      text += body
      if (link !== undefined) entities.push({ offset, length: body.length, ...link })
      if (close !== -1) at = close + 1
    } else if (mark === "```") {
      const { code, extra } = fenced(body)
      text += code
      entities.push({ type: "pre", offset, length: code.length, ...extra })
    } else {
      text += body
      entities.push({ type: mark === "*" ? "bold" : mark === "_" ? "italic" : "code", offset, length: body.length })
    }
  }
  return finish(text, entities)
}
