/**
 * The blocks of a Markdown text.
 *
 * The parser is our own, since this text is written by a model, perhaps on the wish of somebody who means harm, and read by
 * the one thread that serves everybody. `marked`, which was here before, is quadratic where marks stay open: 12,500
 * characters of `_a ` did not end in 2 s (now 32 ms), 50,000 of lists in each other took 1,495 ms (now 24), of `[a ` 893
 * (now 28), of spaces 609 (now 17), and it cannot stop in the middle: 100,000 characters of prose kept all others waiting for
 * 93 ms. It also reads what is no Markdown to a person: `2*3*4`, `C:\.git`, `__init__`.
 *
 * It understands CommonMark and GFM: paragraphs, headings of both kinds, rules, quotations, lists, tasks, code by fences
 * and by indentation, tables, definitions, HTML. Then what answers also have: formulas (`$$`, `\[`), footnotes, Telegram's
 * quotations that can be expanded (`**>`). Where it differs, it is for whoever reads: a fence may hold another of the same
 * length; a sentence right below a table is none of its rows; numbers stay as they are written; a paragraph is not
 * interrupted by HTML without a block; of HTML that means nothing to Telegram the tags are shown.
 *
 * A text is read line by line, and each line is looked at once for each container that it is in; these are at most
 * `maxDepth` deep. So twice the text takes twice the time (100,000 characters: 5 ms).
 */
import { makeContainers, maxDepth } from "./containers.ts"
import { closes, openingFence } from "./fence.ts"
import { htmlOf, rawEnd } from "./html.ts"
import { indentOf, without } from "./indent.ts"
import { blockOf, formula, type Leaf, type Lines, withoutDefinitions } from "./leaf.ts"
import type { Block, Kind, Links, Placed } from "./nodes.ts"
import { alignsOf, isHeadOf, isPiped, isRowOf } from "./rows.ts"
import { footnoteOf } from "./target.ts"

/** What was read. */
export interface Document {
  readonly blocks: ReadonlyArray<Block>
  /** The last piece, when more lines of it may come. */
  readonly open:
    | {
      readonly type: Leaf["type"] | "heading"
      readonly block: Block | undefined
      /** Whether the last line has not ended. */
      readonly isMidLine: boolean
    }
    | undefined
}

const rule = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/
// Not of `* * * * * /bin/backup`.
const bullet = /^(?!(?:\* ){3,})([-+*]|\d{1,9}[.)])(?=[ \t]|$)/

/** The heading that a line is. */
const headingOf = (text: string): Kind | undefined => {
  const marks = /^#{1,6}(?=[ \t]|$)/.exec(text)?.[0]
  if (marks === undefined) return undefined
  let source = text.slice(marks.length).trim()
  const closing = /#+$/.exec(source.slice(-99))?.[0].length ?? 0
  if (closing > 0 && /^$|[ \t]$/.test(source.slice(0, -closing).slice(-1))) source = source.slice(0, -closing).trimEnd()
  return { type: "heading", depth: marks.length, source }
}

/** What ends the formula that a line begins. */
const endOfFormula = (text: string): string | undefined => {
  if (text.startsWith("$$")) return text[2] === "$" ? undefined : "$$"
  if (text.startsWith("\\[")) return "\\]"
  const name = /^\\begin\{([a-z]{1,20}\*?)\}/i.exec(text)?.[1]
  return name === undefined ? undefined : `\\end{${name}}`
}

/** Reads a text; of one that is still being written, a formula at the end is one. */
export const readBlocks = (source: string, links: Links, isOpen: boolean): Document => {
  const containers = makeContainers()
  let leaf: Leaf | undefined
  /** Whether the last line was empty. */
  let isSpaced = false
  let start = 0
  /** Where the line before began. */
  let headStart = 0
  /** What stands in a line behind the end of a block. */
  let behind = ""
  let lastBlock: Block | undefined

  const put = (kind: Kind, place: Placed): void => {
    lastBlock = containers.put(kind, place)
  }

  const closeLeaf = (): void => {
    const piece = leaf
    if (piece === undefined) return
    leaf = undefined
    const block = blockOf(piece, links.define, isOpen)
    if (block === undefined) isSpaced ||= piece.isSpaced
    else put(block, piece)
  }

  const closeFormula = (piece: Lines): void => {
    leaf = undefined
    put(formula(piece.lines.join("\n")), piece)
  }

  const closeTo = (depth: number): void => {
    closeLeaf()
    containers.closeTo(depth)
  }

  const here = (): Lines => ({ lines: [], start, isSpaced })

  /** Gives a line to the piece that is open, if it takes any line. */
  const isTaken = (line: string): boolean => {
    switch (leaf?.type) {
      case "fence":
        if (closes(leaf.fence, line)) closeLeaf()
        else leaf.lines.push(without(line, Math.min(leaf.fence.indent, indentOf(line))))
        return true
      case "formula": {
        if (line.trim() === "") {
          closeFormula(leaf)
          return false
        }
        leaf.lines.push(line)
        const end = line.indexOf(leaf.end)
        if (end === -1) return true
        if (line.slice(end + leaf.end.length).trim() === "") closeFormula(leaf)
        // It was none.
        else leaf = { type: "paragraph", lines: leaf.lines, start: leaf.start, isSpaced: leaf.isSpaced }
        return true
      }
      case "raw":
        return takeRaw(leaf, line)
      case "markup":
        // Code right below a summary is code.
        if (leaf.end === undefined && (line.trim() === "" || openingFence(line) !== undefined)) return false
        leaf.lines.push(line)
        if (leaf.end?.test(line) === true) closeLeaf()
        return true
      default:
        return false
    }
  }

  const takeRaw = (piece: Lines, line: string): boolean => {
    const found = rawEnd.exec(line)
    if (found === null) {
      piece.lines.push(line)
      return true
    }
    const end = found.index + found[0].length
    piece.lines.push(line.slice(0, end))
    closeLeaf()
    behind = line.slice(end)
    return true
  }

  const openFormula = (text: string, depth: number): boolean => {
    const end = endOfFormula(text)
    if (end === undefined) return false
    const at = text.indexOf(end, 2)
    if (at !== -1 && text.slice(at + end.length).trim() !== "") return false
    closeTo(depth)
    const piece = { ...here(), lines: [text] }
    if (at !== -1) closeFormula(piece)
    else leaf = { ...piece, type: "formula", end }
    return true
  }

  const openHtml = (text: string, depth: number, isInParagraph: boolean): boolean => {
    const kind = htmlOf(text, isInParagraph)
    if (kind === undefined) return false
    closeTo(depth)
    if (kind === "raw") {
      leaf = { ...here(), type: "raw" }
      return takeRaw(leaf, text)
    }
    leaf = { ...here(), type: "markup", lines: [text], end: kind === "comment" ? /-->/ : undefined }
    if (leaf.end?.test(text) === true) closeLeaf()
    return true
  }

  /** Whether a line is the second of a table, whose head is the last line of a paragraph. */
  const openTable = (piece: Lines, text: string): boolean => {
    const head = piece.lines.at(-1) ?? ""
    const aligns = head.includes("|") ? alignsOf(text) : undefined
    if (aligns === undefined || !isHeadOf(head, aligns.length)) return false
    piece.lines.pop()
    const isFirst = piece.lines.length === 0
    const place = { start: isFirst ? piece.start : headStart, isSpaced: isFirst && piece.isSpaced }
    closeLeaf()
    leaf = { type: "table", lines: [head], aligns, isPiped: isPiped(head), ...place }
    return true
  }

  /** Begins an item; gives what follows its mark. */
  const openItem = (text: string, indent: number, depth: number, isInParagraph: boolean): string | undefined => {
    const mark = bullet.exec(text)?.[1]
    if (mark === undefined) return undefined
    const after = text.slice(mark.length)
    const isEmpty = after.trim() === ""
    if (isInParagraph && (isEmpty || (mark.length > 1 && Number(mark.slice(0, -1)) !== 1))) return undefined
    const column = indent + mark.length
    const room = indentOf(after, column)
    const within = column + (isEmpty || room > 4 ? 1 : room)
    const content = isEmpty ? "" : without(after, within - column, column)
    const box = /^\[([ xX])\][ \t]+(?=\S)/.exec(content)
    closeTo(depth)
    const least = mark.length > 1 ? Math.min(within, indent + 3) : within
    containers.openItem(here(), mark, { indent: within, least }, box === null ? undefined : box[1] !== " ")
    return box === null ? content : content.slice(box[0].length)
  }

  /** Begins a container; gives what follows its mark. */
  const openContainer = (
    text: string,
    indent: number,
    depth: number,
    isInParagraph: boolean
  ): string | undefined => {
    const quote = /^(?:\*\*)?>/.exec(text)?.[0]
    if (quote !== undefined) {
      closeTo(depth)
      containers.openQuote(here(), quote.length > 1)
      return without(text.slice(quote.length), 1, indent + quote.length)
    }
    if (rule.test(text)) return undefined
    const item = openItem(text, indent, depth, isInParagraph)
    if (item !== undefined) return item
    const footnote = /^\[\^([^\]\s]+)\]:[ \t]*/.exec(text)
    if (footnote === null) return undefined
    closeTo(depth)
    const label = footnote[1] ?? ""
    links.define(footnoteOf(label), "")
    lastBlock = containers.openFootnote(here(), label)
    return text.slice(footnote[0].length)
  }

  /** Reads a line that begins a piece, or ends one. */
  const readLeaf = (line: string, depth: number, isInParagraph: boolean): boolean => {
    const text = line.trim()
    const paragraph = isInParagraph && leaf?.type === "paragraph" ? leaf : undefined
    if (paragraph !== undefined) {
      if (openTable(paragraph, text)) return true
      const underline = /^(?:=+|-+)[ \t]*$/.test(text) ? text[0] : undefined
      const content = underline === undefined
        ? ""
        : withoutDefinitions(paragraph.lines.join("\n"), links.define).trim()
      if (content !== "") {
        leaf = undefined
        put({ type: "heading", depth: underline === "=" ? 1 : 2, source: content }, paragraph)
        return true
      }
    }
    if (rule.test(text)) {
      closeTo(depth)
      put({ type: "rule" }, here())
      return true
    }
    const fence = openingFence(line)
    if (fence !== undefined) {
      closeTo(depth)
      leaf = { ...here(), type: "fence", fence }
      return true
    }
    const heading = headingOf(text)
    if (heading !== undefined) {
      closeTo(depth)
      put(heading, here())
      return true
    }
    return text.startsWith("<") ? openHtml(text, depth, isInParagraph) : openFormula(text, depth)
  }

  /** Reads a line that is empty within so many containers. */
  const readEmpty = (rest: string, depth: number): void => {
    if (leaf?.type === "indented" && depth === containers.depth()) leaf.lines.push(without(rest, 4))
    else closeTo(depth)
    isSpaced = true
  }

  const readIndented = (rest: string, depth: number): void => {
    if (leaf?.type !== "indented" || depth !== containers.depth()) {
      closeTo(depth)
      leaf = { ...here(), type: "indented" }
    }
    leaf.lines.push(without(rest, 4))
  }

  const readText = (text: string, depth: number, isInside: boolean): void => {
    if (leaf?.type === "table" && isInside && isRowOf(leaf, text)) leaf.lines.push(text)
    else {
      closeTo(depth)
      leaf = { ...here(), type: "paragraph", lines: [text] }
    }
  }

  const readLine = (line: string): void => {
    let rest = line
    let depth = 1
    for (; depth < containers.depth(); depth++) {
      const content = containers.contentOf(depth, rest, leaf !== undefined)
      if (content === undefined) break
      rest = content
    }
    const isInside = depth === containers.depth()
    if (isInside && isTaken(rest)) return
    if (rest.trim() === "") return readEmpty(rest, depth)
    /** The paragraph that this line may go on with, also from outside of its containers. */
    let paragraph = leaf?.type === "paragraph" && !containers.hasEnded(depth, leaf.lines.at(-1) ?? "", rest)
      ? leaf
      : undefined
    for (;;) {
      const isInParagraph = paragraph !== undefined && isInside
      const indent = indentOf(rest)
      const isIndented = indent > 3
      if (isIndented && paragraph === undefined) {
        readIndented(rest, depth)
        break
      }
      const content = isIndented || depth >= maxDepth
        ? undefined
        : openContainer(rest.trimStart(), indent, depth, isInParagraph)
      if (content !== undefined) {
        depth = containers.depth()
        paragraph = undefined
        isSpaced = false
        rest = content
        if (rest.trim() === "") return
        continue
      }
      if (!isIndented && readLeaf(rest, depth, isInParagraph)) break
      if (paragraph !== undefined) paragraph.lines.push(rest.trim())
      else readText(rest.trim(), depth, isInside)
      break
    }
    isSpaced = false
  }

  for (let at = 0; at < source.length;) {
    const next = source.indexOf("\n", at)
    const end = next === -1 ? source.length : next
    headStart = start
    start = at
    lastBlock = undefined
    readLine(source.slice(at, end))
    while (behind.trim() !== "") {
      const rest = behind
      behind = ""
      readLine(rest)
    }
    at = end + 1
  }
  const isMidLine = !source.endsWith("\n")
  const type = leaf?.type ?? (isMidLine && lastBlock?.type === "heading" ? lastBlock.type : undefined)
  if (leaf !== undefined) lastBlock = undefined
  closeTo(1)
  return { blocks: containers.blocks, open: type === undefined ? undefined : { type, block: lastBlock, isMidLine } }
}
