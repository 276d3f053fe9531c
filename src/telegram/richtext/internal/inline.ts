/**
 * What a stretch of Markdown says: CommonMark and GFM with formulas, spoilers and footnotes.
 *
 * It is read once from left to right, and each thing that is looked for further down is looked for once: twice the text
 * takes twice the time, whatever is in it (100,000 characters of anything at most 30 ms).
 *
 * At the end of a text that is still being written, what is open is closed, and what may become a mark waits.
 */
import { decodeHTMLStrict } from "entities/decode"
import { addressAt, addressStart } from "./address.ts"
import { after, before, isSign, isSpace, isWord, matchAt, seeker } from "./characters.ts"
import { citationAt } from "./citation.ts"
import { type Mark, pair } from "./emphasis.ts"
import { formulaReader } from "./formula.ts"
import { withLonelyTags } from "./lonely.ts"
import type { Inline, Links } from "./nodes.ts"
import {
  dunder,
  endsWord,
  folder,
  followsWord,
  glob,
  isAlternative,
  isNoBeginning,
  isOnlyOperator,
  isOperator,
  isQuoted,
  pathReader
} from "./signs.ts"
import { isPartialTag } from "./tags.ts"
import { footnoteAt, labelOf, targetAt } from "./target.ts"
import { isShown } from "./url.ts"

interface Bracket {
  /** Its place among the parts. */
  readonly part: number
  /** Where its text begins in the source. */
  readonly at: number
  readonly isImage: boolean
  /** Whether there are brackets in its text. */
  isNested: boolean
}

const special = /[\\`$<![\]*_~|&\ue200]/g
const angled = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[\w.!#$%&'*+/=?^{|}~-]+@[\w.-]+)>/iy
const tag = /<\/?[a-zA-Z][\w-]*(?:\s[^<>]*)?\/?>/y
const runs: Readonly<Record<string, RegExp>> = { "*": /\*+/y, _: /_+/y, "~": /~+/y, "|": /\|+/y }
const entity = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iy
const openFootnote = /\[\^[^\]\s]{0,100}/y
const label = /\[((?:\\.|[^[\]\\]){0,999})\]/y
const openLabel = /\[[^[\]\n]*/y
const escaped = /[!-/:-@[-`{-~]/

/** Reads a text; in HTML as a block, tags need no other half. */
export const readInline = (
  source: string,
  links: Links,
  isOpen: boolean,
  isMarkup = false
): ReadonlyArray<Inline> => {
  const parts: Array<Inline | Mark> = []
  const brackets: Array<Bracket> = []
  /** So many brackets at the bottom cannot become links, since a link follows them. */
  let closed = 0
  let at = 0
  let plain = ""

  const next = seeker(source)
  const formulaAt = formulaReader(source, next)
  const isInPath = pathReader(source)

  const flush = (): void => {
    if (plain !== "") parts.push({ type: "text", text: plain })
    plain = ""
  }
  const copy = (length: number): void => {
    plain += source.slice(at, at + length)
    at += length
  }
  const add = (node: Inline | Mark, end: number): void => {
    flush()
    parts.push(node)
    at = end
  }
  const drop = (): void => {
    at = source.length
  }

  let codeEnds: Map<number, { readonly places: Array<number>; next: number }> | undefined
  /** Where a run of so many backticks comes next, or -1. */
  const codeEnd = (length: number, from: number): number => {
    if (codeEnds === undefined) {
      codeEnds = new Map()
      for (const { 0: run, index } of source.matchAll(/`+/g)) {
        const known = codeEnds.get(run.length)
        if (known === undefined) codeEnds.set(run.length, { places: [index], next: 0 })
        else known.places.push(index)
      }
    }
    const known = codeEnds.get(length)
    if (known === undefined) return -1
    while ((known.places[known.next] ?? Infinity) < from) known.next++
    return known.places[known.next] ?? -1
  }

  const readCode = (): void => {
    const length = matchAt(/`+/y, source, at)?.length ?? 1
    const end = codeEnd(length, at + length)
    if (end !== -1) {
      const text = source.slice(at + length, end).replace(/\n/g, " ")
      const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== ""
      return add({ type: "code", text: isPadded ? text.slice(1, -1) : text }, end + length)
    }
    if (!isOpen) return copy(length)
    const rest = source.slice(at + length).replace(/`{1,99}$/, "").replace(/\n/g, " ").trimEnd()
    if (rest.trim() === "") drop()
    else add({ type: "code", text: rest }, source.length)
  }

  const readFormula = (): boolean => {
    const found = formulaAt(at)
    if (found === undefined) return false
    if (found !== "open") {
      add({ type: "code", text: found.text }, found.end)
      return true
    }
    if (!isOpen) return false
    const rest = source.slice(at).replace(/^(?:\$+|\\[([])/, "").replace(/[\\$]$/, "").trim()
    if (rest === "") drop()
    else add({ type: "code", text: rest.replace(/\n/g, " ") }, source.length)
    return true
  }

  const readEscape = (): void => {
    const next = source[at + 1]
    if (next === undefined) return isOpen ? drop() : copy(1)
    if (isInPath(at)) return copy(escaped.test(next) ? 2 : 1)
    if ((next === "(" || next === "[") && readFormula()) return
    if (next === "\n") at++
    else if (escaped.test(next)) {
      at++
      copy(1)
    } else copy(1)
  }

  const readAngle = (): void => {
    const link = matchAt(angled, source, at)
    if (link !== undefined) {
      return add({ type: "address", text: link.slice(1, -1).replace(/^(?:mailto|tel):/i, "") }, at + link.length)
    }
    if (source.startsWith("<!--", at)) {
      const end = next("-->", at + 4)
      if (end < source.length) return add({ type: "tag", raw: "<!---->" }, end + 3)
      return isOpen ? drop() : copy(4)
    }
    const found = matchAt(tag, source, at)
    if (found !== undefined) add({ type: "tag", raw: found }, at + found.length)
    else if (isOpen && isPartialTag(source.slice(at))) drop()
    else copy(1)
  }

  const readBracket = (): void => {
    if (source[at + 1] === "^") {
      const name = footnoteAt(source, at, links)
      if (name !== undefined) return add({ type: "text", text: `[${name}]` }, at + name.length + 3)
      if (isOpen && at + (matchAt(openFootnote, source, at)?.length ?? 0) === source.length) return drop()
    }
    const isImage = source[at] === "!"
    const outer = brackets.at(-1)
    if (outer !== undefined) outer.isNested = true
    const length = isImage ? 2 : 1
    flush()
    brackets.push({ part: parts.length, at: at + length, isImage, isNested: false })
    add({ type: "text", text: isImage ? "![" : "[" }, at + length)
  }

  /** The target of a text in brackets that end here, and where it ends. */
  const targetOf = (bracket: Bracket) => {
    if (source[at + 1] === "(") {
      const target = targetAt(source, at + 1)
      if (target !== undefined) return target
    }
    const text = bracket.isNested || at - bracket.at > 999 ? "" : source.slice(bracket.at, at)
    // "[text][^1]" is followed by a footnote.
    const isNamed = source[at + 1] === "[" && source[at + 2] !== "^"
    const named = isNamed ? matchAt(label, source, at + 1) : undefined
    if (named === undefined && isNamed && isOpen) {
      if (at + 1 + (matchAt(openLabel, source, at + 1)?.length ?? 0) === source.length) return "open"
    }
    const asked = labelOf(named === undefined || named === "[]" ? text : named.slice(1, -1))
    const url = asked === "" ? undefined : links.find(asked)
    const end = at + 1 + (named?.length ?? 0)
    if (url !== undefined) return { url, end }
    // A link whose target comes later, or never, reads as its text; "[1][2]" and "rows[i][j]" are no links.
    const isText = named !== undefined && /\p{L}.*\p{L}/su.test(text) &&
      !/[\p{L}\p{N}_\])]/u.test(before(source, bracket.at - 1) ?? "")
    return isText ? { url: undefined, end } : undefined
  }

  const readBracketEnd = (): void => {
    const bracket = brackets.pop()
    if (bracket === undefined) return copy(1)
    const isDead = brackets.length < closed && !bracket.isImage
    closed = Math.min(closed, brackets.length)
    if (isDead) return copy(1)
    if (isOpen && at + 1 === source.length) {
      parts[bracket.part] = { type: "text", text: "" }
      return drop()
    }
    const target = targetOf(bracket)
    if (target === undefined) return copy(1)
    if (target === "open") {
      if (!isOpen) return copy(1)
      parts[bracket.part] = { type: "text", text: "" }
      return drop()
    }
    const { end, url } = target
    const first = before(source, bracket.at - 1)
    // `rows[i](x)` calls a function.
    if (url !== undefined && !bracket.isImage && !isShown(url) && /[\w\])]/.test(first ?? "")) return copy(1)
    flush()
    const nodes = pair(parts.splice(bracket.part).slice(1), false)
    if (bracket.isImage) add({ type: "image", url: url ?? "", text: source.slice(bracket.at, at) }, end)
    else if (url === undefined) add({ type: "plain", nodes }, end)
    else {
      add({ type: "link", url, nodes }, end)
      closed = brackets.length
    }
  }

  const readRun = (sign: string): void => {
    const name = sign === "_" ? dunder(source, at) ?? folder(source, at) : sign === "*" ? glob(source, at) : undefined
    if (name !== undefined) {
      if (!isOpen || sign !== "*" || at + name.length < source.length) return copy(name.length)
      // What ends with the text may go on: `*.git` and `*.gitignore*`.
      plain += name.replace(/\*/g, "")
      return drop()
    }
    const length = matchAt(runs[sign] ?? /./y, source, at)?.length ?? 1
    const left = before(source, at)
    const right = after(source, at + length)
    if (isOpen && right === undefined) return drop()
    if (((sign === "~" || sign === "|") && length !== 2) || isQuoted(left, right)) return copy(length)
    const leftFlanking = !isSpace(right) && (!isSign(right) || isSpace(left) || isSign(left))
    const rightFlanking = !isSpace(left) && (!isSign(left) || isSpace(right) || isSign(right))
    let opens = leftFlanking
    // Nothing ends behind an opening bracket: `f(*[1])`.
    let closes = rightFlanking && !/[([{]/.test(left ?? "")
    let isLoose = false
    if (sign === "_") {
      // `_.map` is a name, `'_%'` a pattern of SQL.
      const isName = right === "%" || (right === "." && isWord(source[at + length + 1]))
      opens = leftFlanking && (!rightFlanking || isSign(left)) && !isName
      closes &&= !leftFlanking || isSign(right)
    } else if (sign === "*") {
      const multiplies = isOperator(length, left, right) && !(closes && endsWord(source, at, length, right)) &&
        !(length === 1 && opens && followsWord(source, at))
      if (multiplies) {
        opens = false
        // `*un*likely` is stressed in part: there is as much to close as there is to close it with.
        isLoose = closes && !isOnlyOperator(left, right)
        closes = false
      } else if (length === 2) {
        // CommonMark finds no end in **「重要」**は, because no space follows; models write that every day.
        isLoose = !closes && !isSpace(left)
        opens ||= !isSpace(right) && !isWord(right) && isSign(right) && /[\u2e80-\u{3ffff}]/u.test(left ?? "")
      } else if (length === 1 && isNoBeginning(left, right)) opens = false
    } else {
      const isInner = sign === "|" && isAlternative(source, at)
      opens = !isSpace(right) && !isInner
      closes = !isSpace(left) && !isInner
    }
    if (!opens && !closes && !isLoose) return copy(length)
    add({ type: "mark", sign, length, opens, closes, isLoose }, at + length)
  }

  const readEntity = (): void => {
    const found = matchAt(entity, source, at)
    if (found !== undefined) {
      plain += decodeHTMLStrict(found)
      at += found.length
    } else if (isOpen && source.length - at < 34 && /^&#?[a-z0-9]*$/i.test(source.slice(at))) drop()
    else copy(1)
  }

  const readCitation = (): void => {
    const found = citationAt(source, at)
    if (found === undefined) return copy(1)
    if (found === "open") return isOpen ? drop() : copy(1)
    at += found.length
    // The space before it belongs to it: "text [source]."
    if (found.text === "" && /^(?:$|[\s.,;:!?)])/.test(source.slice(at, at + 1))) plain = plain.replace(/ $/, "")
    plain += found.text
    // What follows does not look through it again.
    flush()
  }

  while (at < source.length) {
    const link = next(addressStart, at)
    const end = Math.min(next(special, at), link)
    if (end > at) {
      copy(end - at)
      continue
    }
    if (link === at) {
      const found = addressAt(source, at)
      if (found.length === 0) copy(1)
      else add({ type: "address", text: found.text }, at + found.length)
      continue
    }
    const character = source[at] ?? ""
    switch (character) {
      case "\\":
        readEscape()
        break
      case "`":
        readCode()
        break
      case "$":
        if (!readFormula()) copy(source[at + 1] === "$" ? 2 : 1)
        break
      case "<":
        readAngle()
        break
      case "!":
        if (source[at + 1] === "[") readBracket()
        else if (isOpen && at === source.length - 1 && isSpace(source[at - 1])) drop()
        else copy(1)
        break
      case "[":
        readBracket()
        break
      case "]":
        readBracketEnd()
        break
      case "&":
        readEntity()
        break
      case "\ue200":
        readCitation()
        break
      default:
        readRun(character)
    }
  }
  flush()
  if (isOpen) { for (const { part } of brackets) parts[part] = { type: "text", text: "" } }
  return pair(isMarkup ? parts : withLonelyTags(parts, isOpen), isOpen)
}
