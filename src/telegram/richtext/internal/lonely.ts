/**
 * Tags without their other half: what a sentence is about, as in "The <b> tag", and not what it is written with.
 */
import type { Mark } from "./emphasis.ts"
import type { Inline } from "./nodes.ts"
import { readTag } from "./tags.ts"

/** The name of a tag that opens or closes something, and which of both it does. */
const halfOf = (raw: string): { readonly name: string; readonly closes: boolean } | undefined => {
  const [, slash, name] = /^<(\/?)([a-z][\w-]*)[^>]*>$/i.exec(raw) ?? []
  if (name === undefined || raw.endsWith("/>")) return undefined
  const kind = readTag(raw)?.kind
  return kind === undefined || kind === "line" || kind === "rule" || kind === "image"
    ? undefined
    : { name: name.toLowerCase(), closes: slash === "/" }
}

/**
 * Shows tags as they are written that have no other half in their paragraph.
 *
 * One at its beginning that touches a word is meant, since models forget to close it; so is one at its end. Of a text that is still
 * being written, the other half may come.
 */
export const withLonelyTags = (parts: ReadonlyArray<Inline | Mark>, isOpen: boolean): ReadonlyArray<Inline | Mark> => {
  const opened = new Map<string, Array<number>>()
  const lonely = new Set<number>()
  for (const [n, part] of parts.entries()) {
    const half = part.type === "tag" ? halfOf(part.raw) : undefined
    if (half === undefined) continue
    const before = opened.get(half.name) ?? []
    if (half.closes) {
      if (before.pop() === undefined && n < parts.length - 1) lonely.add(n)
      continue
    }
    before.push(n)
    opened.set(half.name, before)
  }
  for (const n of Array.from(opened.values()).flat()) {
    const next = parts[n + 1]
    const touches = next === undefined ? isOpen : next.type !== "text" || !/^[\s.,:;!?)]/.test(next.text)
    if (!touches || (n > 0 && !isOpen)) lonely.add(n)
  }
  return lonely.size === 0
    ? parts
    : parts.map((part, n) => part.type === "tag" && lonely.has(n) ? { type: "text", text: part.raw } : part)
}
