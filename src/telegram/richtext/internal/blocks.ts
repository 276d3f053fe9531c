/**
 * The blocks of a Markdown text: CommonMark and GFM with formulas and footnotes.
 *
 * It is read line by line, and each line is looked at once for each quotation and item that it is in; these are at most
 * `maxDepth` deep, and what is deeper is text. So twice the text takes twice the time (100,000 characters: 5 ms).
 */
import { closes, type Fence, openingFence } from "./fence.ts"
import type { Align, Block, Item, Kind, Links } from "./nodes.ts"
import { definitionAt } from "./target.ts"

/** So many quotations, items and footnotes may be in each other. */
export const maxDepth = 16

// What has more columns is no table.
const maxColumns = 100

interface List {
  readonly type: "list"
  readonly items: Array<Item>
  readonly sign: string
  readonly start: number
  readonly isSpaced: boolean
}

/** What holds blocks. */
interface Frame {
  readonly type: "root" | "quote" | "item" | "footnote"
  readonly blocks: Array<Block>
  /** So far the content of an item is indented. */
  readonly indent: number
  /** The list that the next item belongs to. */
  list: List | undefined
  readonly close: () => void
}

interface Lines {
  readonly lines: Array<string>
  readonly start: number
  readonly isSpaced: boolean
}

/** The piece that the next line may belong to. */
type Leaf =
  & Lines
  & (
    | { readonly type: "paragraph" | "indented" }
    | { readonly type: "fence"; readonly fence: Fence }
    | { readonly type: "formula"; readonly end: "$$" | "\\]" }
    | { readonly type: "markup"; readonly end: RegExp | undefined }
    | { readonly type: "raw" }
    | { readonly type: "table"; readonly isPiped: boolean; readonly aligns: ReadonlyArray<Align> }
  )

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
const bullet = /^([-+*]|\d{1,9}[.)])(?=[ \t]|$)/
const raw = /^<(?:pre|script|style|textarea)(?=[\s>]|$)/i
const rawEnd = /<\/(?:pre|script|style|textarea)>/i
const htmlBlock = new RegExp(
  "^</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|" +
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|" +
    "nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?=[\\s/>]|$)",
  "i"
)
const lonelyTag =
  /^<(?:[a-z][\w-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+))?)*\s*\/?|\/[a-z][\w-]*\s*)>\s*$/i

/** Columns of white space at the beginning of a line. */
const indentOf = (line: string): number => {
  let columns = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === " ") columns++
    else if (line[at] === "\t") columns += 4 - columns % 4
    else break
  }
  return columns
}

/** A line without so many columns of white space. */
const without = (line: string, columns: number): string => {
  let passed = 0
  let at = 0
  while (passed < columns) {
    if (line[at] === " ") passed++
    else if (line[at] === "\t") passed += 4 - passed % 4
    else break
    at++
  }
  return " ".repeat(Math.max(0, passed - columns)) + line.slice(at)
}

/** The cells of a row. */
export const cellsOf = (line: string): ReadonlyArray<string> => {
  const row = line.trim()
  const cells: Array<string> = []
  let from = row.startsWith("|") ? 1 : 0
  for (let at = from; at < row.length; at++) {
    if (row[at] === "\\") at++
    else if (row[at] === "|") {
      cells.push(row.slice(from, at))
      from = at + 1
    }
  }
  if (from < row.length) cells.push(row.slice(from))
  return cells.map((cell) => cell.trim().replace(/\\\|/g, "|"))
}

const alignOf = (cell: string): Align =>
  cell.startsWith(":") ? cell.endsWith(":") && cell.length > 1 ? "center" : "left" : cell.endsWith(":") ? "right" : null

/** How the columns are set that a line under the head of a table names. */
const alignsOf = (line: string): ReadonlyArray<Align> | undefined => {
  if (!/^[\s|:-]+$/.test(line) || !line.includes("-")) return undefined
  const cells = cellsOf(line)
  return cells.every((cell) => /^:?-+:?$/.test(cell)) ? cells.map(alignOf) : undefined
}

const isPiped = (line: string): boolean => line.trimStart().startsWith("|")

/** Reads a text; of one that is still being written, a formula at the end is one. */
export const readBlocks = (source: string, links: Links, isOpen: boolean): Document => {
  const root: Array<Block> = []
  const frames: Array<Frame> = [{ type: "root", blocks: root, indent: 0, list: undefined, close: () => {} }]
  let leaf: Leaf | undefined
  /** Whether the last line was empty. */
  let isSpaced = false
  let start = 0
  /** Where the line before began. */
  let headStart = 0
  let lastBlock: Block | undefined

  const top = (): Frame | undefined => frames.at(-1)

  const put = (kind: Kind, place: { readonly start: number; readonly isSpaced: boolean }): void => {
    lastBlock = { ...kind, start: place.start, isSpaced: place.isSpaced }
    const frame = top()
    frame?.blocks.push(lastBlock)
    if (frame !== undefined) frame.list = undefined
  }

  /** Takes the definitions off the beginning of a paragraph. */
  const withoutDefinitions = (text: string): string => {
    let at = 0
    while (text[at] === "[" || text[at] === " ") {
      const found = definitionAt(text, at)
      if (found === undefined) break
      links.define(found.label, found.url)
      at = found.end
    }
    return text.slice(at)
  }

  const closeParagraph = (piece: Lines): void => {
    const text = withoutDefinitions(piece.lines.join("\n")).trim()
    if (text !== "") put({ type: "paragraph", source: text }, piece)
    else isSpaced ||= piece.isSpaced
  }

  const closeRaw = (piece: Lines): void => {
    const text = piece.lines.join("\n")
    const language = /^<pre[^>]*>\s*<code[^>]*\sclass\s*=\s*["']?(?:language-|lang-)([\w+#.-]+)/i.exec(text)?.[1] ??
      /^<pre[^>]*\s(?:class|lang|language)\s*=\s*["']?(?:language-|lang-)?([\w+#.-]+)/i.exec(text)?.[1]
    const isCode = /^<pre/i.test(text)
    put({
      type: "code",
      text: isCode
        ? text.replace(/^<pre[^>]*>(?:\s{0,9}<code[^>]*>)?/i, "").replace(/(?:<\/code>\s{0,9})?<\/pre>$/i, "")
        : text,
      info: isCode ? language ?? "html" : "",
      isClosed: rawEnd.test(text)
    }, piece)
  }

  const closeLeaf = (): void => {
    const piece = leaf
    if (piece === undefined) return
    leaf = undefined
    switch (piece.type) {
      case "paragraph":
        return closeParagraph(piece)
      case "indented":
        return put({ type: "code", text: piece.lines.join("\n"), info: "", isClosed: true }, piece)
      case "fence":
        return put({
          type: "code",
          text: piece.lines.join("\n"),
          info: piece.fence.info,
          isClosed: piece.fence.lengths.length === 0
        }, piece)
      case "formula":
        return isOpen
          ? closeFormula(piece, piece.lines.join("\n").replace(/[$\\]{1,9}$/, ""))
          : closeParagraph(piece)
      case "markup":
        return put({ type: "markup", source: piece.lines.join("\n").trim() }, piece)
      case "raw":
        return closeRaw(piece)
      case "table":
        return put({ type: "table", rows: piece.lines.map(cellsOf), aligns: piece.aligns }, piece)
    }
  }

  const closeFormula = (piece: Lines, text: string): void => {
    leaf = undefined
    const inside = text.trim().replace(/^(?:\$\$|\\\[)/, "").replace(/(?:\$\$|\\\])$/, "").trim()
    put({ type: "code", text: inside, info: "latex", isClosed: true }, piece)
  }

  const closeTo = (depth: number): void => {
    closeLeaf()
    while (frames.length > depth) {
      top()?.close()
      frames.pop()
    }
  }

  const here = (): Lines => ({ lines: [], start, isSpaced })

  const pushQuote = (isExpandable: boolean): void => {
    const blocks: Array<Block> = []
    const quote = { type: "quote" as const, isExpandable, blocks, start, isSpaced }
    const parent = top()
    parent?.blocks.push(quote)
    if (parent !== undefined) parent.list = undefined
    frames.push({
      type: "quote",
      blocks,
      indent: 0,
      list: undefined,
      // Telegram's own Markdown ends a quotation that can be expanded with two bars.
      close: () => {
        const last = blocks.at(-1)
        if (last?.type !== "paragraph" || !/\|\|$/.test(last.source) || last.source.split("||").length % 2 !== 0) return
        blocks[blocks.length - 1] = { ...last, source: last.source.slice(0, -2) }
        quote.isExpandable = true
      }
    })
  }

  const pushItem = (mark: string, indent: number, isDone: boolean | undefined): void => {
    const parent = top()
    if (parent === undefined) return
    const sign = mark.slice(-1)
    if (parent.list?.sign !== sign) {
      parent.list = { type: "list", items: [], sign, start, isSpaced }
      parent.blocks.push(parent.list)
    }
    const blocks: Array<Block> = []
    const number = mark.length === 1 ? undefined : { value: Number(mark.slice(0, -1)), sign }
    parent.list.items.push({ number, isDone, blocks, start, isSpaced })
    frames.push({ type: "item", blocks, indent, list: undefined, close: () => {} })
  }

  const pushFootnote = (label: string): void => {
    const blocks: Array<Block> = []
    put({ type: "footnote", label, blocks }, { start, isSpaced })
    frames.push({ type: "footnote", blocks, indent: 2, list: undefined, close: () => {} })
  }

  /** What a line says inside of a frame; `undefined` when it is not inside. */
  const inside = (frame: Frame, line: string): string | undefined => {
    const indent = indentOf(line)
    switch (frame.type) {
      case "quote": {
        if (indent > 3) return undefined
        const content = line.trimStart()
        return content.startsWith(">") ? content.slice(content[1] === " " ? 2 : 1) : undefined
      }
      case "item":
        if (line.trim() === "") return frame.blocks.length === 0 && leaf === undefined ? undefined : ""
        return indent >= frame.indent ? without(line, frame.indent) : undefined
      case "footnote":
        return line.trim() === "" ? "" : indent >= 2 ? without(line, Math.min(4, indent)) : undefined
      default:
        return line
    }
  }

  /** Gives a line to the piece that is open, if it takes any line. */
  const isTaken = (line: string): boolean => {
    if (leaf === undefined) return false
    switch (leaf.type) {
      case "fence":
        if (closes(leaf.fence, line)) closeLeaf()
        else leaf.lines.push(without(line, Math.min(leaf.fence.indent, indentOf(line))))
        return true
      case "formula": {
        if (line.trim() === "") {
          closeFormula(leaf, leaf.lines.join("\n"))
          return false
        }
        leaf.lines.push(line)
        const end = line.indexOf(leaf.end)
        if (end === -1) return true
        if (line.slice(end + 2).trim() === "") closeFormula(leaf, leaf.lines.join("\n"))
        // It was none.
        else leaf = { type: "paragraph", lines: leaf.lines, start: leaf.start, isSpaced: leaf.isSpaced }
        return true
      }
      case "raw":
        return takeRaw(leaf, line)
      case "markup":
        if (leaf.end === undefined) {
          if (line.trim() === "") return false
          leaf.lines.push(line)
          return true
        }
        leaf.lines.push(line)
        if (leaf.end.test(line)) closeLeaf()
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
    const rest = line.slice(end)
    if (rest.trim() !== "") readLine(rest)
    return true
  }

  const openFormula = (text: string, depth: number): boolean => {
    const end = text.startsWith("$$") && text[2] !== "$" ? "$$" : text.startsWith("\\[") ? "\\]" : undefined
    if (end === undefined) return false
    const at = text.indexOf(end, 2)
    if (at !== -1 && text.slice(at + 2).trim() !== "") return false
    closeTo(depth)
    if (at !== -1) closeFormula(here(), text)
    else leaf = { ...here(), type: "formula", lines: [text], end }
    return true
  }

  const openHtml = (text: string, depth: number, isInParagraph: boolean): boolean => {
    if (raw.test(text)) {
      closeTo(depth)
      leaf = { ...here(), type: "raw" }
      return takeRaw(leaf, text)
    }
    const isComment = text.startsWith("<!--")
    if (!isComment && !htmlBlock.test(text) && (isInParagraph || !lonelyTag.test(text))) return false
    closeTo(depth)
    leaf = { ...here(), type: "markup", lines: [text], end: isComment ? /-->/ : undefined }
    if (isComment && text.includes("-->")) closeLeaf()
    return true
  }

  /** Whether a line is the second of a table, whose head is the last line of a paragraph. */
  const openTable = (piece: Lines, text: string): boolean => {
    const head = piece.lines.at(-1) ?? ""
    const aligns = head.includes("|") ? alignsOf(text) : undefined
    if (aligns === undefined || aligns.length > maxColumns || cellsOf(head).length !== aligns.length) return false
    piece.lines.pop()
    const isFirst = piece.lines.length === 0
    const place = { start: isFirst ? piece.start : headStart, isSpaced: isFirst && piece.isSpaced }
    closeLeaf()
    leaf = { type: "table", lines: [head], aligns, isPiped: isPiped(head), ...place }
    return true
  }

  const openHeading = (text: string, depth: number): boolean => {
    const marks = /^#{1,6}(?=[ \t]|$)/.exec(text)?.[0]
    if (marks === undefined) return false
    closeTo(depth)
    let content = text.slice(marks.length).trim()
    const closing = /#+$/.exec(content.slice(-99))?.[0].length ?? 0
    if (closing > 0 && /^$|[ \t]$/.test(content.slice(0, -closing).slice(-1))) {
      content = content.slice(0, -closing).trimEnd()
    }
    put({ type: "heading", depth: marks.length, source: content }, here())
    return true
  }

  /** Begins an item; gives what follows its mark. */
  const openItem = (text: string, indent: number, depth: number, isInParagraph: boolean): string | undefined => {
    const mark = bullet.exec(text)?.[1]
    if (mark === undefined) return undefined
    let content = text.slice(mark.length)
    const isEmpty = content.trim() === ""
    if (isInParagraph && (isEmpty || (mark.length > 1 && Number(mark.slice(0, -1)) !== 1))) return undefined
    const room = indentOf(content)
    const distance = isEmpty || room > 4 ? 1 : room
    content = isEmpty ? "" : without(content, distance)
    const box = /^\[([ xX])\][ \t]+(?=\S)/.exec(content)
    closeTo(depth)
    pushItem(mark, indent + mark.length + distance, box === null ? undefined : box[1] !== " ")
    return box === null ? content : content.slice(box[0].length)
  }

  const readLine = (line: string): void => {
    let rest = line
    let depth = 1
    for (; depth < frames.length; depth++) {
      const frame = frames[depth]
      const content = frame === undefined ? undefined : inside(frame, rest)
      if (content === undefined) break
      rest = content
    }
    const isInside = depth === frames.length
    if (isInside && isTaken(rest)) return
    if (rest.trim() === "") {
      if (leaf?.type === "indented" && isInside) leaf.lines.push(without(rest, 4))
      else closeTo(depth)
      isSpaced = true
      return
    }
    let paragraph = leaf?.type === "paragraph" ? leaf : undefined
    let isInParagraph = paragraph !== undefined && isInside
    for (;;) {
      const indent = indentOf(rest)
      if (indent > 3) {
        if (paragraph !== undefined) break
        if (leaf?.type !== "indented" || !isInside) {
          closeTo(depth)
          leaf = { ...here(), type: "indented" }
        }
        leaf.lines.push(without(rest, 4))
        isSpaced = false
        return
      }
      const text = rest.trimStart()
      let content: string | undefined
      if (depth < maxDepth) {
        const quote = /^(?:\*\*)?>/.exec(text)?.[0]
        if (quote !== undefined) {
          closeTo(depth)
          pushQuote(quote.length > 1)
          content = text.slice(quote.length + (text[quote.length] === " " ? 1 : 0))
        } else if (!rule.test(text)) {
          content = openItem(text, indent, depth, isInParagraph)
          const footnote = content === undefined ? /^\[\^([^\]\s]+)\]:[ \t]*/.exec(text) : null
          if (footnote !== null) {
            closeTo(depth)
            pushFootnote(footnote[1] ?? "")
            content = text.slice(footnote[0].length)
          }
        }
      }
      if (content !== undefined) {
        depth = frames.length
        paragraph = undefined
        isInParagraph = false
        isSpaced = false
        rest = content
        if (rest.trim() === "") return
        continue
      }
      if (readLeaf(rest, depth, isInParagraph)) {
        isSpaced = false
        return
      }
      break
    }
    const text = rest.trim()
    if (paragraph !== undefined) paragraph.lines.push(text)
    else if (leaf?.type === "table" && isInside && isRow(leaf, text)) leaf.lines.push(text)
    else {
      closeTo(depth)
      leaf = { ...here(), type: "paragraph", lines: [text] }
    }
    isSpaced = false
  }

  // What stands right under a table without a bar is a sentence, though GFM makes it a cell.
  const isRow = (table: { readonly isPiped: boolean }, text: string): boolean =>
    table.isPiped ? text.startsWith("|") : /(?<!\\)\|/.test(text)

  /** Reads a line that begins a piece, or ends one. */
  const readLeaf = (line: string, depth: number, isInParagraph: boolean): boolean => {
    const text = line.trim()
    const paragraph = isInParagraph && leaf?.type === "paragraph" ? leaf : undefined
    if (paragraph !== undefined) {
      if (openTable(paragraph, text)) return true
      const underline = /^(?:=+|-+)[ \t]*$/.test(text) ? text[0] : undefined
      const content = underline === undefined ? "" : withoutDefinitions(paragraph.lines.join("\n")).trim()
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
    if (text.startsWith("#")) return openHeading(text, depth)
    if (text.startsWith("<")) return openHtml(text, depth, isInParagraph)
    return openFormula(text, depth)
  }

  for (let at = 0; at < source.length;) {
    const next = source.indexOf("\n", at)
    const end = next === -1 ? source.length : next
    headStart = start
    start = at
    lastBlock = undefined
    readLine(source.slice(at, end))
    at = end + 1
  }
  const isMidLine = !source.endsWith("\n")
  const type = leaf?.type ?? (isMidLine && lastBlock?.type === "heading" ? lastBlock.type : undefined)
  if (leaf !== undefined) lastBlock = undefined
  closeTo(1)
  return { blocks: root, open: type === undefined ? undefined : { type, block: lastBlock, isMidLine } }
}
