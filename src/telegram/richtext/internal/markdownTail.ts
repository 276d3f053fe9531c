/**
 * The end of a text that is still being written: what is open there is closed, what is not yet clear waits.
 *
 * Blocks are the parser's: it says which piece is the last one, and only that is mended.
 */
import type { Lexer, Token } from "marked"
import { formula, isMoney, type Links, maxFormula, type Node, nodesOf, readBlocks } from "./markdownSyntax.ts"
import { isPartialTag } from "./markdownTags.ts"

interface Opened {
  /** The marks, as far as they are still open. */
  mark: string
  readonly at: number
}

const plainText = /[^\\`$<![\]*_~|&h]+/y
const address = /https?:\/\/[^\s<>*`|[\]]*/y
const tag = /<\/?[a-zA-Z][^<>]*>|<!--[\s\S]*?-->|<[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]*>/y
const footnote = /\[\^[^\]\s]+\]/y
const target = /\((?:[^()\\\n]|\\.|\((?:[^()\\\n]|\\.)*\))*\)/y
const label = /\[[^[\]\n]*\]/y

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

const isSpace = (character: string | undefined): boolean => character === undefined || /\s/.test(character)
const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}_]/u.test(character)

/** Closes what is open at the end of a line of text, and leaves out what may become a mark. */
const closeInline = (source: string): string => {
  const opened: Array<Opened> = []
  let out = ""
  let at = 0

  const drop = (): void => {
    at = source.length
  }
  const copy = (text: string): void => {
    out += text
    at += text.length
  }
  const unwrap = (bracket: Opened): void => {
    out = out.slice(0, bracket.at) + out.slice(bracket.at + bracket.mark.length)
  }
  const finishWith = (text: string): void => {
    out += text
    drop()
  }

  const readEscape = (): void => {
    const next = source[at + 1]
    if (next === undefined) return drop()
    const found = next === "(" || next === "[" ? matchAt(formula, source, at) : undefined
    if (found !== undefined) return copy(found)
    if (next !== "(" && next !== "[") return copy(source.slice(at, at + 2))
    const rest = source.slice(at + 2).replace(/\\$/, "").trimEnd()
    finishWith(rest === "" ? "" : `\\${next}${rest.replace(/\n/g, " ")}\\${next === "(" ? ")" : "]"}`)
  }

  const readCode = (): void => {
    const run = matchAt(/`+/y, source, at) ?? "`"
    const close = new RegExp(`(?<!\`)${run}(?!\`)`, "g")
    close.lastIndex = at + run.length
    const found = close.exec(source)
    if (found !== null) return copy(source.slice(at, found.index + run.length))
    const rest = source.slice(at + run.length).replace(/`+$/, "")
    finishWith(rest.trim() === "" ? "" : run + rest + run)
  }

  const readDollar = (): void => {
    const found = matchAt(formula, source, at)
    if (found !== undefined) return copy(found)
    const rest = source.slice(at).replace(/^\$+/, "")
    if (rest === "") return drop()
    if (source.startsWith("$$", at)) {
      return rest.includes("\n") ? copy("$$") : finishWith(`$$${rest.replace(/\$$/, "").trimEnd()}$$`)
    }
    const body = rest.replace(/\\$/, "").trimEnd()
    if (
      /^[\s\d]/.test(rest) || /[\n`$]/.test(rest) || rest.length > maxFormula || isWord(source[at - 1]) || isMoney(body)
    ) {
      return copy("$")
    }
    finishWith(body === "" ? "" : `$${body}$`)
  }

  const readAngle = (): void => {
    const found = matchAt(tag, source, at)
    if (found !== undefined) copy(found)
    else if (isPartialTag(source.slice(at))) drop()
    else copy("<")
  }

  const readBracket = (): void => {
    if (source[at + 1] === "^") {
      const found = matchAt(footnote, source, at)
      if (found !== undefined) return copy(found)
      if (!/[\s\]]/.test(source.slice(at))) return drop()
    }
    opened.push({ mark: "[", at: out.length })
    copy("[")
  }

  const readBracketEnd = (): void => {
    const n = opened.findLastIndex(({ mark }) => mark === "[" || mark === "![")
    const bracket = opened[n]
    if (bracket === undefined) return copy("]")
    const next = source[at + 1]
    const rest = source.slice(at + 1)
    const found = next === "("
      ? matchAt(target, source, at + 1)
      : next === "["
      ? matchAt(label, source, at + 1)
      : undefined
    if (found !== undefined) {
      opened.splice(n)
      return copy(`]${found}`)
    }
    const waits = next === undefined || (next === "(" && !rest.includes("\n")) || (next === "[" && !/[\]\n]/.test(rest))
    opened.splice(n, 1)
    if (!waits) return copy("]")
    for (const other of opened.splice(n)) opened.push({ mark: other.mark, at: other.at - bracket.mark.length })
    unwrap(bracket)
    drop()
  }

  const closes = (mark: string): boolean => {
    const floor = opened.findLastIndex((one) => one.mark.endsWith("["))
    return opened.some((one, n) => n > floor && one.mark[0] === mark)
  }

  const readRun = (): void => {
    const mark = source[at] ?? ""
    const run = matchAt(mark === "*" ? /\*+/y : mark === "_" ? /_+/y : mark === "~" ? /~+/y : /\|+/y, source, at) ??
      mark
    const before = source[at - 1]
    const after = source[at + run.length]
    if (after === undefined) return drop()
    if ((mark === "~" || mark === "|") && run.length !== 2) return copy(run)
    const intraword = mark === "_" && isWord(before) && isWord(after)
    let left = run.length
    if (!isSpace(before) && !intraword && !(mark === "_" && isWord(after))) {
      while (left > 0 && closes(mark)) {
        const n = opened.findLastIndex((one) => one.mark[0] === mark)
        const one = opened[n]
        if (one === undefined) break
        const used = Math.min(left, one.mark.length)
        one.mark = one.mark.slice(used)
        opened.splice(one.mark === "" ? n : n + 1)
        left -= used
      }
    }
    const punctuated = run.length === 1 && /[\p{P}\p{S}]/u.test(after) && isWord(before)
    if (left > 0 && !isSpace(after) && !intraword && !(mark === "_" && isWord(before)) && !punctuated) {
      opened.push({ mark: mark.repeat(left), at: out.length + run.length - left })
    }
    copy(run)
  }

  while (at < source.length) {
    const character = source[at]
    switch (character) {
      case "\\":
        readEscape()
        break
      case "`":
        readCode()
        break
      case "$":
        readDollar()
        break
      case "<":
        readAngle()
        break
      case "!":
        if (source[at + 1] === "[") {
          opened.push({ mark: "![", at: out.length })
          copy("![")
        } else if (at === source.length - 1 && isSpace(source[at - 1])) drop()
        else copy("!")
        break
      case "[":
        readBracket()
        break
      case "]":
        readBracketEnd()
        break
      case "*":
      case "_":
      case "~":
      case "|":
        readRun()
        break
      case "&":
        if (/^&(?:#?[a-z0-9]{0,31})$/i.test(source.slice(at))) drop()
        else copy("&")
        break
      case "h":
        copy(matchAt(address, source, at) ?? "h")
        break
      default:
        copy(matchAt(plainText, source, at) ?? character ?? "")
    }
  }

  out = out.trimEnd()
  for (const one of opened.reverse()) {
    const inside = out.slice(one.at + one.mark.length)
    if (inside.trim() === "") out = out.slice(0, one.at).trimEnd()
    else if (one.mark.endsWith("[")) unwrap(one)
    else out += one.mark
  }
  return out
}

/** The last piece of a text, and the item that begins with it. */
const lastLeaf = (nodes: ReadonlyArray<Node>): Node | undefined => {
  const node = nodes.findLast(({ type }) => type !== "space" && type !== "checkbox")
  if (node === undefined) return undefined
  const inner: ReadonlyArray<Token> | undefined = node.type === "list" ?
    node.items
    : node.type === "list_item" || node.type === "blockquote" || node.type === "footnote" ?
    node.tokens
    : undefined
  return inner === undefined ? node : lastLeaf(nodesOf(inner)) ?? node
}

const fence = /^(?: {0,3})(`{3,}|~{3,})[^\n]*(?:\n|$)/

/** Whether nobody has closed a block of code yet. */
export const isOpenFence = (raw: string): boolean => {
  const opening = fence.exec(raw)
  if (opening === null) return false
  const last = raw.trimEnd().slice(opening[0].length).split("\n").at(-1) ?? ""
  const marks = opening[1] ?? ""
  return !new RegExp(`^\\s*${marks}[~\`]*$`).test(last)
}

// Marks of blocks, and then nothing that a person could read.
const onlyMarks =
  /^[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)]|#{1,6})[ \t]+|>)*(?:[-=*_#+>`~|:.$\\[\]()!<]+|\d{1,9}[.)]?|\[[ xX]\]?|(?:`{3,}|~{3,})[^`\s]*)?[ \t]*$/
const definition = /^[ \t]*\[(?:[^\]^][^\]]*\]:|[^\]^\s]*\]?$)/

const isRow = (line: string): boolean => /^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\|(?!\|[^\s|])/.test(line)

const openFormula = /(?:^|\n)[ \t]*(?:\$\$(?!\$)|\\\[)(?:(?!\n[ \t]*\n|\$\$|\\\])[\s\S])*$/

/** What closes a formula that fills the last lines. */
const formulaEnd = (raw: string): string | undefined => {
  const found = openFormula.exec(raw)?.[0].trimStart()
  return found === undefined ? undefined : found.startsWith("$") ? "\n$$" : "\n\\]"
}

const mendable = new Set(["paragraph", "text", "heading", "table", "markup"])

/** How many of the last lines cannot be shown yet. */
const waiting = (lines: ReadonlyArray<string>, leaf: Node | undefined): number => {
  const isComplete = lines.at(-1)?.trim() === ""
  const last = lines.at(isComplete ? -2 : -1) ?? ""
  const before = lines.at(isComplete ? -3 : -2) ?? ""
  const extra = isComplete ? 1 : 0
  if (!isComplete && onlyMarks.test(last)) return 1
  if (leaf?.type !== "paragraph" && leaf?.type !== "text") return 0
  if (!isComplete && definition.test(last)) return 1
  if (!isRow(last)) return 0
  if (!isRow(before)) return 1 + extra
  return !isComplete && /^[\s|:>-]*$/.test(last) ? 2 : 0
}

/** A parser that has read a text without its end, with the last piece mended. */
export const readOpenBlocks = (source: string, links: Links): Lexer => {
  let text = source
  for (;;) {
    const lexer = readBlocks(text, links)
    const leaf = lastLeaf(nodesOf(lexer.tokens))
    if (leaf?.type === "code" && isOpenFence(leaf.raw)) {
      // A line that may become the closing fence waits; one that is complete is code.
      if (!text.endsWith("\n")) leaf.text = leaf.text.replace(/(^|\n)[ \t]*(?:`+|~+)[ \t]*$/, "$1")
      return lexer
    }
    if (leaf === undefined || /\n[ \t]*\n\s*$/.test(text)) return lexer
    const lines = text.split("\n")
    const held = waiting(lines, leaf)
    if (held > 0) {
      const kept = lines.slice(0, -held)
      text = kept.length === 0 ? "" : `${kept.join("\n")}\n`
      continue
    }
    const end = leaf.type === "paragraph" || leaf.type === "text" ? formulaEnd(leaf.raw) : undefined
    if (end !== undefined) {
      const closed = readBlocks(text.replace(/[$\\\s]+$/, "") + end, links)
      if (lastLeaf(nodesOf(closed.tokens))?.type === "mathBlock") return closed
    }
    const isFinished = (leaf.type === "heading" || leaf.type === "table") && text.endsWith("\n")
    const last = lexer.inlineQueue.findLast(({ src }) => src !== "")
    if (!isFinished && last !== undefined && mendable.has(leaf.type)) last.src = closeInline(last.src)
    return lexer
  }
}
