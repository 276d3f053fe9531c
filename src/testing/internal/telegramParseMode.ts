/**
 * The three parse modes: markup in, text and entities out, or Telegram's words for what is wrong.
 *
 * Offsets in failures count bytes of the source, offsets of entities count UTF-16 units of the text.
 */
import * as Result from "effect/Result"
import type { Entity } from "./telegramTypes.ts"

/** A text and its entities. */
export interface Formatted {
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
}

type Parsed = Result.Result<Formatted, string>

interface Opened {
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

const byPosition = (a: Entity, b: Entity): number => a.offset - b.offset || b.length - a.length

const finish = (text: string, entities: ReadonlyArray<Entity>): Parsed =>
  Result.succeed({ text, entities: entities.filter((entity) => entity.length > 0).sort(byPosition) })

const entity = (opened: Opened, end: number): Entity => ({
  type: opened.type,
  offset: opened.offset,
  length: end - opened.offset,
  ...opened.extra
})

// ---------------------------------------------------------------------------------------------------------
// HTML
// ---------------------------------------------------------------------------------------------------------

const tags: Readonly<Record<string, string>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  "tg-spoiler": "spoiler",
  span: "spoiler",
  a: "text_link",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  "tg-emoji": "custom_emoji"
}
const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: "\"" }
const startTag = /<([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^\s=>]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?)*)\s*>/y
const reference = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]+));/y

const attribute = (source: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`).exec(source)
  return found?.[1] ?? found?.[2] ?? found?.[3]
}

const referred = (match: RegExpExecArray): string | undefined => {
  const [, hex, decimal, name] = match
  if (name !== undefined) return named[name]
  const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

const extraOf = (name: string, attributes: string): Partial<Entity> => {
  if (name === "a") return { url: attribute(attributes, "href") ?? "" }
  if (name === "tg-emoji") return { custom_emoji_id: attribute(attributes, "emoji-id") ?? "" }
  const language = name === "code" ? attribute(attributes, "class")?.match(/^language-(.+)$/)?.[1] : undefined
  return language === undefined ? {} : { language }
}

/** `parse_mode: "HTML"`. */
export const html = (source: string): Parsed => {
  const open: Array<Opened> = []
  const entities: Array<Entity> = []
  let text = ""
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === "&") {
      reference.lastIndex = at
      const match = reference.exec(source)
      const value = match === null ? undefined : referred(match)
      text += value ?? char
      at += match !== null && value !== undefined ? match[0].length : 1
    } else if (char !== "<") {
      text += char
      at++
    } else if (source.startsWith("</", at)) {
      const end = source.indexOf(">", at)
      const where = byteOffset(source, at)
      if (end === -1) return Result.fail(`Unclosed end tag at byte offset ${where}`)
      const name = source.slice(at + 2, end).trim().toLowerCase()
      const top = open.pop()
      if (top === undefined) return Result.fail(`Unexpected end tag at byte offset ${where}`)
      if (name !== "" && name !== top.name) {
        return Result.fail(`Unmatched end tag at byte offset ${where}, expected "</${top.name}>", found "</${name}>"`)
      }
      const parent = open.at(-1)
      // `<pre><code class="language-x">` is one entity, not two.
      if (top.name === "code" && parent?.name === "pre" && parent.offset === top.offset) {
        open[open.length - 1] = { ...parent, extra: top.extra }
      } else if (top.type !== "text_link" || top.extra.url !== "") {
        const { language: _, ...extra } = top.extra
        entities.push(entity(top.type === "pre" ? top : { ...top, extra }, text.length))
      }
      at = end + 1
    } else {
      const where = byteOffset(source, at)
      const name = /^<([a-zA-Z][a-zA-Z0-9-]*)/.exec(source.slice(at, at + 40))?.[1]?.toLowerCase() ?? ""
      const type = tags[name]
      startTag.lastIndex = at
      const match = startTag.exec(source)
      const attributes = match?.[2] ?? ""
      if (
        type === undefined || (name === "span" && match !== null && attribute(attributes, "class") !== "tg-spoiler")
      ) {
        return Result.fail(`Unsupported start tag "${name}" at byte offset ${where}`)
      }
      if (match === null) return Result.fail(`Unclosed start tag at byte offset ${where}`)
      open.push({ name, type, offset: text.length, start: at, extra: extraOf(name, attributes) })
      at += match[0].length
    }
  }
  const left = open.at(-1)
  return left === undefined
    ? finish(text, entities)
    : Result.fail(`Can't find end tag corresponding to start tag "${left.name}"`)
}

// ---------------------------------------------------------------------------------------------------------
// MarkdownV2
// ---------------------------------------------------------------------------------------------------------

const marks: ReadonlyArray<readonly [mark: string, type: string, label: string]> = [
  ["||", "spoiler", "Spoiler"],
  ["__", "underline", "Underline"],
  ["*", "bold", "Bold"],
  ["_", "italic", "Italic"],
  ["~", "strikethrough", "Strikethrough"],
  ["![", "custom_emoji", "CustomEmoji"],
  ["[", "text_link", "TextUrl"]
]
const reserved = new Set("_*[]()~`>#+-=|{}.!")
const labels: Readonly<Record<string, string>> = {
  ...Object.fromEntries(marks.map(([, type, label]) => [type, label])),
  blockquote: "BlockQuote"
}

/** The end of a stretch whose only escapes are backslashes; `undefined` when it does not end. */
const until = (source: string, from: number, mark: string): { text: string; end: number } | undefined => {
  let text = ""
  let at = from
  while (at < source.length) {
    if (source.startsWith(mark, at)) return { text, end: at + mark.length }
    if (source.charAt(at) === "\\" && at + 1 < source.length) at++
    text += source.charAt(at)
    at++
  }
  return undefined
}

/** Takes the language off the first line of a fenced block. */
const fenced = (body: string): { readonly code: string; readonly extra: Partial<Entity> } => {
  const language = /^([^\s`]+)\n/.exec(body)?.[1]
  if (language !== undefined) return { code: body.slice(language.length + 1), extra: { language } }
  return { code: body.startsWith("\n") ? body.slice(1) : body, extra: {} }
}

/** `parse_mode: "MarkdownV2"`. */
export const markdownV2 = (source: string): Parsed => {
  const open: Array<Opened> = []
  const entities: Array<Entity> = []
  let text = ""
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    const top = open.at(-1)
    const isLineStart = at === 0 || source.charAt(at - 1) === "\n"
    const quote = open.find((opened) => opened.type === "blockquote")
    const mark = marks.find(([mark]) => source.startsWith(mark, at))
    if (char === "\\" && /^[\x01-\x7e]$/.test(source.charAt(at + 1))) {
      text += source.charAt(at + 1)
      at += 2
    } else if (isLineStart && char === ">") {
      if (quote === undefined) {
        open.push({ name: ">", type: "blockquote", offset: text.length, start: at, extra: {} })
      }
      at++
    } else if (char === "\n" && quote !== undefined && quote === top && source.charAt(at + 1) !== ">") {
      open.pop()
      entities.push(entity(quote, text.length))
      text += char
      at++
    } else if (char === "`") {
      const isFence = source.startsWith("```", at)
      const found = until(source, at + (isFence ? 3 : 1), isFence ? "```" : "`")
      if (found === undefined) {
        return Result.fail(
          `Can't find end of ${isFence ? "Pre" : "Code"} entity at byte offset ${byteOffset(source, at)}`
        )
      }
      const { code, extra } = isFence ? fenced(found.text) : { code: found.text, extra: {} }
      entities.push({ type: isFence ? "pre" : "code", offset: text.length, length: code.length, ...extra })
      text += code
      at = found.end
    } else if (char === "]" && top !== undefined && (top.name === "[" || top.name === "![")) {
      open.pop()
      const target = source.charAt(at + 1) === "(" ? until(source, at + 2, ")") : undefined
      if (target === undefined && source.charAt(at + 1) === "(") {
        return Result.fail(`Can't find end of a URL at byte offset ${byteOffset(source, at + 1)}`)
      }
      if (target !== undefined) {
        const emoji = top.name === "![" ? { custom_emoji_id: target.text.replace("tg://emoji?id=", "") } : undefined
        entities.push(entity({ ...top, extra: emoji ?? { url: target.text } }, text.length))
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
      return Result.fail(`Character '${char}' is reserved and must be escaped with the preceding '\\'`)
    } else {
      text += char
      at++
    }
  }
  const left = open.at(-1)
  if (left?.type === "blockquote") {
    open.pop()
    entities.push(entity(left, text.length))
  }
  const unclosed = open.at(-1)
  return unclosed === undefined
    ? finish(text, entities)
    : Result.fail(
      `Can't find end of ${labels[unclosed.type]} entity at byte offset ${byteOffset(source, unclosed.start)}`
    )
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
    if (end === -1) {
      return Result.fail(`Can't find end of the entity starting at byte offset ${byteOffset(source, at)}`)
    }
    const body = source.slice(from, end)
    at = end + mark.length
    const offset = text.length
    if (mark === "]") {
      const close = source.charAt(at) === "(" ? source.indexOf(")", at) : -1
      text += body
      if (close !== -1) {
        entities.push({ type: "text_link", offset, length: body.length, url: source.slice(at + 1, close) })
        at = close + 1
      }
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
