/**
 * Targets of links: what stands in brackets behind their text.
 *
 * Brackets within a target may be nested 32 deep, as in CommonMark: this bounds how often a character is looked at.
 */
import type { Links } from "./nodes.ts"
import { webAddress } from "./url.ts"

const spaces = /[^\S\n]*\n?[^\S\n]*/y
const pointed = /<((?:\\.|[^<>\n\\])*)>/y
const title = /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|\((?:\\[\s\S]|[^()\\])*\)/y

const endOf = (pattern: RegExp, source: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(source) ? pattern.lastIndex : at
}

const unescaped = (text: string): string => text.replace(/\\([!-/:-@[-`{-~])/g, "$1")

/** Where an address without brackets around it ends; -1 when it is none. */
const endOfAddress = (source: string, from: number): number => {
  let depth = 0
  for (let at = from; at < source.length; at++) {
    const code = source.charCodeAt(at)
    if (code <= 32) return depth === 0 ? at : -1
    if (code === 92) at++
    else if (code === 40 && ++depth > 32) return -1
    else if (code === 41 && --depth < 0) return at
  }
  return source.length
}

/** A target and where it ends; "open" when the text ends within it. */
export type Target = { readonly url: string; readonly end: number } | "open" | undefined

/** The address that begins at a place, in brackets or not. */
const addressAt = (source: string, at: number): { readonly url: string; readonly end: number } | undefined => {
  if (source[at] === "<") {
    const end = endOf(pointed, source, at)
    return end === at ? undefined : { url: unescaped(source.slice(at + 1, end - 1)), end }
  }
  const end = endOfAddress(source, at)
  return end === -1 ? undefined : { url: unescaped(source.slice(at, end)), end }
}

/** The target whose round bracket stands at a place. */
export const targetAt = (source: string, at: number): Target => {
  const begin = endOf(spaces, source, at + 1)
  if (begin === source.length) return "open"
  const address = addressAt(source, begin)
  if (address === undefined) {
    return source[begin] === "<" && !/[<>\n]/.test(source.slice(begin + 1))
      ? "open"
      : undefined
  }
  let end = endOf(spaces, source, address.end)
  if (end > address.end) {
    const behind = endOf(title, source, end)
    if (behind === end && /["'(]/.test(source[end] ?? "") && !source.slice(end, end + 300).includes("\n")) {
      return source.length - end < 300 ? "open" : undefined
    }
    end = endOf(spaces, source, behind)
  }
  if (end >= source.length) return "open"
  return source[end] === ")" ? { url: address.url, end: end + 1 } : undefined
}

const definition = /[^\S\n]{0,3}\[((?!\^)(?:\\.|[^[\]\\]){1,999})\]:/y

/** A label as it is compared. */
export const labelOf = (text: string): string => text.trim().replace(/\s+/g, " ").toLowerCase()

/** Under which name a footnote is known among the targets; no label of a target has a line break. */
export const footnoteOf = (label: string): string => `\n${labelOf(label)}`

const footnote = /\[\^([^\]\s]{1,100})\]/y

/** The footnote that is named at a place. A class of characters that are not meant (`[^a-z]`) has no note. */
export const footnoteAt = (source: string, at: number, links: Links): string | undefined => {
  footnote.lastIndex = at
  const name = footnote.exec(source)?.[1]
  if (name === undefined) return undefined
  const end = at + name.length + 3
  const isNumber = /^\d+$/.test(name) && !/^(?:[+?{]|\*(?!\*))/.test(source.slice(end, end + 2))
  return isNumber || links.find(footnoteOf(name)) !== undefined ? name : undefined
}

// Else a word is what somebody says: "[Ann]: Hello".
const isTarget = (url: string): boolean =>
  webAddress(url) !== undefined || /^(?:[a-z][\w+.-]*:\S|\.{1,2}\/|#|[^\s@]+@)|\w\.[a-z]{1,5}(?:[?#]|$)/i.test(url)

/** The definition of a target that begins at a place: `[label]: address "title"`. */
export const definitionAt = (
  source: string,
  at: number
): { readonly label: string; readonly url: string; readonly end: number } | undefined => {
  definition.lastIndex = at
  const label = labelOf(definition.exec(source)?.[1] ?? "")
  if (label === "") return undefined
  const begin = endOf(spaces, source, definition.lastIndex)
  const address = begin < source.length ? addressAt(source, begin) : undefined
  if (address === undefined || address.end === begin) return undefined
  const restOfLine = /[^\S\n]*(?:\n|$)/y
  const untitled = endOf(spaces, source, address.end)
  const titled = endOf(title, source, untitled)
  if (source[begin] !== "<" && titled === untitled && !isTarget(address.url)) return undefined
  for (const end of [titled, address.end]) {
    restOfLine.lastIndex = end
    if (restOfLine.test(source)) return { label, url: address.url, end: restOfLine.lastIndex }
  }
  return undefined
}
