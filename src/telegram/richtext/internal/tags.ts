/**
 * The HTML tags that mean something in an answer; all others are shown as they are written.
 */
import { decodeHTMLAttribute } from "entities/decode"
import type { Format } from "./output.ts"

/** What a tag does. */
export type Tag =
  | { readonly kind: "open" | "close"; readonly name: string; readonly format: Format }
  | { readonly kind: "line" | "rule" | "nothing" }
  | { readonly kind: "image"; readonly url: string; readonly text: string }
  | { readonly kind: "raised" | "lowered"; readonly name: string; readonly isOpening: boolean }

const formats: Readonly<Record<string, Format["type"]>> = {
  b: "bold",
  strong: "bold",
  summary: "bold",
  i: "italic",
  em: "italic",
  cite: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  del: "strikethrough",
  strike: "strikethrough",
  code: "code",
  kbd: "code",
  samp: "code",
  tt: "code",
  pre: "code",
  "tg-spoiler": "spoiler",
  spoiler: "spoiler",
  blockquote: "blockquote",
  h1: "bold",
  h2: "bold",
  h3: "bold",
  h4: "bold",
  h5: "bold",
  h6: "bold"
}

const lines = new Set(["br", "p", "div", "details", "center", "ul", "ol", "li"])
const silent = new Set(["span", "font", "small", "big", "mark", "tg-emoji", "tg-time"])
const known = new Set([...Object.keys(formats), ...lines, ...silent, "a", "hr", "img", "sub", "sup"])

const attribute = (tag: string, name: string): string => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(tag)
  return decodeHTMLAttribute(found?.[1] ?? found?.[2] ?? found?.[3] ?? "")
}

// "a<b and c>d" compares.
const wellFormed =
  /^<\/?[a-z][\w-]*(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+)|\s+(?:expandable|open|hidden|disabled|checked))*\s*\/?>$/i

/** What a tag means; `undefined` for one that is shown. */
export const readTag = (raw: string): Tag | undefined => {
  if (raw.startsWith("<!--")) return { kind: "nothing" }
  if (!wellFormed.test(raw)) return undefined
  const found = /^<(\/?)([a-z][\w-]*)/i.exec(raw)
  const name = found?.[2]?.toLowerCase() ?? ""
  const kind = found?.[1] === "/" ? "close" : "open"
  const type = formats[name]
  if (type === "blockquote" && /\sexpandable\b/i.test(raw)) {
    return { kind, name, format: { type: "expandable_blockquote" } }
  }
  if (type !== undefined) return { kind, name, format: { type } }
  if (name === "a") return { kind, name, format: { type: "text_link", url: attribute(raw, "href") } }
  if (name === "hr") return { kind: "rule" }
  if (name === "img") return { kind: "image", url: attribute(raw, "src"), text: attribute(raw, "alt") }
  if (name === "sup" || name === "sub") {
    return { kind: name === "sup" ? "raised" : "lowered", name, isOpening: kind === "open" }
  }
  if (lines.has(name)) return { kind: "line" }
  if (name === "span" && (kind === "close" || attribute(raw, "class").split(/\s+/).includes("tg-spoiler"))) {
    return { kind, name, format: { type: "spoiler" } }
  }
  return silent.has(name) ? { kind: "nothing" } : undefined
}

/** Whether the end of a text may become a tag, a comment or a link in angle brackets that is not shown as written. */
export const isPartialTag = (rest: string): boolean => {
  if (/^<(?:!-?)?$/.test(rest) || /^<(?:https?|mailto|ftp|tel|sms):[^\s<>]*$/i.test(rest)) return true
  if (/^<[\w.+/-]*(?:@[\w.-]*)?$/.test(rest)) return true
  const name = /^<\/?([a-z][\w-]*)[^<>]*$/i.exec(rest)?.[1]
  return name !== undefined && known.has(name.toLowerCase())
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ"
const lowered = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢ"
const level = "0123456789+-=()ni"

/** What stands before characters that cannot be small. */
export const signOf = { raised: "^", lowered: "_" } as const

/** Small characters where there are such, else a sign before the text; "4th" and a number in brackets need neither. */
export const shiftText = (text: string, kind: "raised" | "lowered"): string => {
  const alphabet = kind === "raised" ? raised : lowered
  if (/^[\d+=()ni-]*$/.test(text)) return text.replace(/./g, (one) => alphabet[level.indexOf(one)] ?? one)
  if (kind === "raised" && /^(?:st|nd|rd|th|\[[^\]]+\])$/.test(text)) return text
  return `${signOf[kind]}${text.length === 1 ? text : `(${text})`}`
}
