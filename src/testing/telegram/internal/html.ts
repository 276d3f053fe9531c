/**
 * `parse_mode: "HTML"`: tags and references in, text and entities out, or Telegram's words for what is wrong.
 */
import * as Result from "effect/Result"
import { byteOffset, entity, finish, linked, type Opened, type Parsed } from "./parseMode.ts"
import { refuse } from "./refusals.ts"
import type { Entity } from "./types.ts"

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
const reference = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]+));?/y

const attribute = (source: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}(?:\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))|(?=\\s|$))`).exec(source)
  return found === null ? undefined : unescaped(found[1] ?? found[2] ?? found[3] ?? "")
}

const referred = ([, hex, decimal, name]: RegExpExecArray): string | undefined => {
  if (name !== undefined) return named[name]
  const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

const unescaped = (source: string): string =>
  source.replace(new RegExp(reference.source, "g"), (whole) => {
    reference.lastIndex = 0
    const match = reference.exec(whole)
    return (match === null ? undefined : referred(match)) ?? whole
  })

const openedAs = (name: string, attributes: string): Pick<Opened, "type" | "extra"> => {
  const type = tags[name] ?? ""
  if (name === "a") return { type, extra: { url: attribute(attributes, "href") ?? "" } }
  if (name === "tg-emoji") return { type, extra: { custom_emoji_id: attribute(attributes, "emoji-id") ?? "" } }
  if (name === "blockquote" && attribute(attributes, "expandable") !== undefined) {
    return { type: "expandable_blockquote", extra: {} }
  }
  const language = name === "code" ? attribute(attributes, "class")?.match(/^language-(.+)$/)?.[1] : undefined
  return { type, extra: language === undefined ? {} : { language } }
}

/** What an end tag leaves; the text is that between the tags. */
const closed = (top: Opened, text: string, end: number): ReadonlyArray<Entity> => {
  const { language: _, url, ...extra } = top.extra
  if (top.name === "a") {
    const link = linked(url === undefined || url === "" ? text : url)
    return link === undefined ? [] : [{ ...entity({ ...top, extra }, end), ...link }]
  }
  return [entity(top.type === "pre" ? top : { ...top, extra }, end)]
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
      if (end === -1) return Result.fail(refuse("parseEndTagUnclosed", { at: where }))
      const found = source.slice(at + 2, end).trim().toLowerCase()
      const top = open.pop()
      if (top === undefined) return Result.fail(refuse("parseEndTagUnexpected", { at: where }))
      if (found !== "" && found !== top.name) {
        return Result.fail(refuse("parseEndTagUnmatched", { at: where, expected: top.name, found }))
      }
      const parent = open.at(-1)
      // `<pre><code class="language-x">` is one entity, not two.
      if (top.name === "code" && parent?.name === "pre" && parent.offset === top.offset) {
        open[open.length - 1] = { ...parent, extra: top.extra }
      } else {
        entities.push(...closed(top, text.slice(top.offset), text.length))
      }
      at = end + 1
    } else {
      const where = byteOffset(source, at)
      const name = /^<([a-zA-Z][a-zA-Z0-9-]*)/.exec(source.slice(at, at + 40))?.[1]?.toLowerCase() ?? ""
      if (tags[name] === undefined) return Result.fail(refuse("parseStartTag", { tag: name, at: where }))
      startTag.lastIndex = at
      const match = startTag.exec(source)
      if (match === null) return Result.fail(refuse("parseStartTagUnclosed", { at: where }))
      const attributes = match[2] ?? ""
      if (name === "span" && attribute(attributes, "class") !== "tg-spoiler") {
        return Result.fail(refuse("parseSpan", { at: where }))
      }
      open.push({ name, offset: text.length, start: at, ...openedAs(name, attributes) })
      at += match[0].length
    }
  }
  const left = open.at(-1)
  return left === undefined ? finish(text, entities) : Result.fail(refuse("parseEndTagMissing", { tag: left.name }))
}
