/**
 * Parsed Markdown on a sheet: what each piece looks like in Telegram.
 */
import { decodeHTMLStrict } from "entities/decode"
import type { Document } from "./blocks.ts"
import { languageOf } from "./fence.ts"
import { fileNames } from "./files.ts"
import { readInline } from "./inline.ts"
import type { Block, Inline, Item, Kind, Links } from "./nodes.ts"
import { type Format, makeOutput, type Output } from "./output.ts"
import { drawTable } from "./table.ts"
import { readTag, shiftText } from "./tags.ts"
import { readable, webAddress } from "./url.ts"

/** Where a text stands that is rendered in pieces. */
export interface Place {
  /** Whether nothing stands before it. */
  readonly isFirst: boolean
  /** Whether an empty line stands before it. */
  readonly isSpaced: boolean
  /** Number of the last item, when the last piece was the first part of a list. */
  readonly number: ListNumber | undefined
  /** Line breaks that wait for the next text. */
  readonly pending: number
}

/** A number as it is written and as it is shown. */
interface ListNumber {
  readonly written: number
  readonly shown: number
}

export const start: Place = { isFirst: true, isSpaced: false, number: undefined, pending: 0 }

const rule = "──────────"

const writeText = (out: Output, text: string): void => {
  if (out.isInside("text_link") || out.isInside("code")) return out.write(text)
  let at = 0
  for (const { end, start } of fileNames(text)) {
    out.write(text.slice(at, start))
    out.span({ type: "code" }, () => out.write(text.slice(start, end)))
    at = end
  }
  out.write(at === 0 ? text : text.slice(at))
}

/** All letters of a text, without formats. */
const lettersOf = (nodes: ReadonlyArray<Inline>): string =>
  nodes.map((node) => "nodes" in node ? lettersOf(node.nodes) : "text" in node ? node.text : "").join("")

/** A target that is no link for Telegram, unless the text names it already. */
const shownTarget = (url: string, text: string): string => {
  const target = readable(url)
  return target === undefined || text.includes(target) ? "" : text.trim() === "" ? target : ` (${target})`
}

const writeLink = (out: Output, href: string, nodes: ReadonlyArray<Inline>): void => {
  const url = webAddress(href)
  if (url !== undefined) return out.span({ type: "text_link", url }, () => writeInline(out, nodes))
  writeInline(out, nodes)
  out.write(shownTarget(href, lettersOf(nodes)))
}

const writeImage = (out: Output, text: string, href: string): void => {
  const url = webAddress(href)
  const name = decodeHTMLStrict(text).trim() || (url?.split(/[?#]/)[0]?.split("/").at(-1) ?? "")
  const body = () => out.write(name === "" ? "image" : name)
  if (url === undefined) body()
  else out.span({ type: "text_link", url }, body)
}

/** Whether a tag has already broken the line; the line break that follows it in the source says the same. */
const breaksLine = (node: Inline | undefined): boolean =>
  node?.type === "tag" && (readTag(node.raw)?.kind === "line" || /^<\/summary/i.test(node.raw))

// So many tags may be open in each other; more say nothing that could be seen.
const maxTags = 32

interface OpenTag {
  readonly name: string
  readonly frame: ReturnType<Output["open"]>
  /** What is written where it closes. */
  readonly target: string
}

/** Tags of blocks count where HTML is a block; in a sentence they are what the sentence is about. */
const writeInline = (out: Output, nodes: ReadonlyArray<Inline>, isMarkup = false): void => {
  const opened: Array<OpenTag> = []
  const openTag = (name: string, format: Format): void => {
    if (opened.length >= maxTags) return
    if (name === "blockquote") out.gap(1)
    const url = format.url === undefined ? undefined : webAddress(format.url)
    const usable = format.type !== "text_link" || url !== undefined
    opened.push({
      name,
      frame: usable ? out.open(url === undefined ? format : { ...format, url }) : undefined,
      target: usable || format.url === undefined ? "" : shownTarget(format.url, "…")
    })
  }
  const closeTag = (name: string): void => {
    const at = opened.findLastIndex((one) => one.name === name)
    if (at === -1) return
    for (const { frame, target } of opened.splice(at).reverse()) {
      out.close(frame)
      out.write(target)
    }
    if (name === "blockquote" || name === "summary") out.gap(1)
  }
  const writeTag = (raw: string, n: number): boolean => {
    const tag = readTag(raw)
    if (tag === undefined || (tag.kind === "line" && !isMarkup && !/^<br/i.test(raw))) {
      out.write(raw)
      return false
    }
    switch (tag.kind) {
      case "open":
        openTag(tag.name, tag.format)
        break
      case "close":
        closeTag(tag.name)
        break
      case "line":
        if (/^<br/i.test(raw)) out.breakLine()
        else out.gap(1)
        break
      case "rule":
        out.gap(1)
        out.write(rule)
        out.gap(1)
        break
      case "image":
        writeImage(out, tag.text, tag.url)
        break
      case "raised":
      case "lowered": {
        const text = nodes[n + 1]
        if (text?.type !== "text" || nodes[n + 2]?.type !== "tag") break
        out.write(shiftText(text.text, tag.kind))
        return true
      }
      case "nothing":
        break
    }
    return false
  }
  let isSkipped = false
  for (const [n, node] of nodes.entries()) {
    if (isSkipped) {
      isSkipped = false
      continue
    }
    switch (node.type) {
      case "bold":
      case "italic":
      case "strikethrough":
      case "spoiler":
        out.span({ type: node.type }, () => writeInline(out, node.nodes))
        break
      case "code":
        out.span({ type: "code" }, () => out.write(node.text))
        break
      case "link":
        writeLink(out, node.url, node.nodes)
        break
      case "image":
        writeImage(out, node.text, node.url)
        break
      case "plain":
        writeInline(out, node.nodes)
        break
      case "address":
        out.write(node.text)
        break
      case "tag":
        isSkipped = writeTag(node.raw, n)
        break
      case "text":
        writeText(out, breaksLine(nodes[n - 1]) ? node.text.replace(/^[^\S\n]*\n/, "") : node.text)
        break
    }
  }
  for (const { frame, target } of opened.reverse()) {
    out.close(frame)
    out.write(target)
  }
}

// A cell that has nothing to be read but its letters.
const bare = /^[^\\`*_~|$<>[\]!&\n:.]*$/

const isLinked = (nodes: ReadonlyArray<Inline>): boolean =>
  nodes.some((node) => node.type === "link" || node.type === "image" || ("nodes" in node && isLinked(node.nodes)))

// A head that is longer is not repeated for each row.
const longestHead = 400

/** Writes a table; `read` reads a cell. */
const writeTable = (
  out: Output,
  { aligns, rows }: Extract<Kind, { readonly type: "table" }>,
  read: (row: number, column: number, cell: string) => ReadonlyArray<Inline>
): void => {
  // Many rows are wider than the screen of a telephone: then nothing is read twice.
  const cells = rows.map((row, y) => row.map((cell, x) => bare.test(cell) ? cell : read(y, x, cell)))
  const write = (cell: string | ReadonlyArray<Inline>) =>
    typeof cell === "string" ? out.write(cell) : writeInline(out, cell)
  const plain = (cell: string | ReadonlyArray<Inline>): string => {
    if (typeof cell === "string") return cell.replace(/\s+/g, " ")
    const sheet = makeOutput()
    writeInline(sheet, cell)
    return sheet.take().text.replace(/\s+/g, " ")
  }
  // A column cannot hold a link, and a link must not be lost.
  const drawn = cells.some((row) => row.some((cell) => typeof cell !== "string" && isLinked(cell)))
    ? undefined
    : drawTable(cells.map((row) => row.map(plain)), aligns)
  if (drawn !== undefined) {
    out.gap(1)
    out.span({ type: "pre" }, () => out.writeRaw(drawn))
    return
  }
  const [head = [], ...body] = cells
  const keys = rows[0] === undefined || rows[0].join("").length > longestHead ? [] : head
  if (body.length === 0 || keys.length === 0) {
    out.gap(1)
    for (const [column, cell] of head.entries()) {
      if (column > 0) out.write(" · ")
      out.span({ type: "bold" }, () => write(cell))
    }
  }
  for (const row of body) {
    out.gap(1)
    out.lead("• ")
    out.indent("    ", () => {
      for (let column = 0; column < Math.max(row.length, keys.length); column++) {
        // An empty cell keeps its key: in a row that is being written it is only not there yet.
        const key = keys[column] ?? ""
        out.gap(1)
        if (key.length > 0) {
          out.span({ type: "bold" }, () => write(key))
          out.write(": ")
        }
        write(row[column] ?? "")
      }
    })
    out.flushLead(false)
  }
}

const writeCode = (out: Output, code: string, info: string): void => {
  const text = code.replace(/^(?:[ \t]*\n)+/, "").trimEnd()
  if (text === "") return
  out.flushLead(true)
  out.gap(1)
  out.span(codeFormat(info), () => out.writeRaw(text))
}

/** A block of code in the language that a fence names with its first word. */
export const codeFormat = (info: string): Format => {
  const word = languageOf(decodeHTMLStrict(info)).replace(/^\{?\.?/, "")
  const language = /^[\w+#.-]+/.exec(word.slice(0, 64))?.[0].toLowerCase()
  return { type: "pre", ...(language !== undefined && { language }) }
}

const bullets = ["• ", "◦ ", "▪ "]

// Deeper items are not indented any further: there is no room for it on a telephone.
const deepest = 6

/** A number as it was written; one that repeats the number before counts on, which is how Markdown numbers by itself. */
const numberOf = (value: number, last: ListNumber | undefined): ListNumber => ({
  written: value,
  shown: last?.written === value ? last.shown + 1 : value
})

/** What writes the blocks of one text. */
interface Writer {
  readonly out: Output
  readonly links: Links
  readonly open: Document["open"]
  readonly isOpen: boolean
}

const markOf = ({ isDone, number }: Item, shown: number | undefined, depth: number): string => {
  const box = isDone === undefined ? "" : isDone ? "☑ " : "☐ "
  return number === undefined ? box || (bullets[Math.min(depth, 2)] ?? "") : `${shown}${number.sign} ${box}`
}

const writeList = (
  writer: Writer,
  items: ReadonlyArray<Item>,
  depth: number,
  isOpen: boolean,
  before: ListNumber | undefined
): ListNumber | undefined => {
  const { out } = writer
  let number = before
  for (const [n, item] of items.entries()) {
    if (n > 0) out.gap(item.isSpaced ? 2 : 1)
    number = item.number === undefined ? undefined : numberOf(item.number.value, number)
    out.lead(markOf(item, number?.shown, depth))
    const isLast = isOpen && n === items.length - 1
    out.indent(depth < deepest ? "    " : "", () => void writeAll(writer, item.blocks, depth + 1, isLast, start))
    out.flushLead(!isLast)
  }
  return number
}

const writeBlock = (writer: Writer, block: Block, depth: number, isLast: boolean): void => {
  const { links, open, out } = writer
  const isOpen = open?.block === block
  const read = (source: string) => readInline(source, links, isOpen)
  switch (block.type) {
    case "heading":
      return out.span({ type: "bold" }, () => {
        if (block.depth > 1) writeInline(out, read(block.source))
        else out.span({ type: "underline" }, () => writeInline(out, read(block.source)))
      })
    case "code": {
      // A line that may become the closing fence waits.
      const lastLine = isOpen && open?.isMidLine === true ? block.text.lastIndexOf("\n") + 1 : block.text.length
      const end = open?.type === "raw" ? /<\/?[a-z]{0,8}$/i : /^[ \t]*(?:`+|~+)[ \t]*$/
      const held = end.exec(block.text.slice(lastLine).slice(-99))?.[0].length ?? 0
      return writeCode(out, block.text.slice(0, block.text.length - held), block.info)
    }
    case "quote":
      return out.span({ type: block.isExpandable ? "expandable_blockquote" : "blockquote" }, () => {
        writeAll(writer, block.blocks, depth, isLast, start)
      })
    case "table":
      return writeTable(
        out,
        block,
        (y, x, cell) =>
          readInline(cell, links, isOpen && y === block.rows.length - 1 && x === (block.rows[y]?.length ?? 0) - 1)
      )
    case "rule":
      return out.write(rule)
    case "footnote":
      out.write(`[${block.label}] `)
      return void writeAll(writer, block.blocks, depth, isLast, start)
    case "paragraph":
      return writeInline(out, read(block.source))
    case "markup":
      return writeInline(out, read(block.source), true)
    case "list":
      return void writeList(writer, block.items, depth, isLast, undefined)
  }
}

/** A heading or a rule keeps its distance from what stands before it. */
const isBlockOfItsOwn = ({ type }: Block): boolean => type === "heading" || type === "rule"

/** Writes blocks one below the other, and says where the next may follow. */
const writeAll = (
  writer: Writer,
  blocks: ReadonlyArray<Block>,
  depth: number,
  isOpen: boolean,
  place: Place
): Place => {
  const { out } = writer
  let isFirst = place.isFirst
  let isSpaced = place.isSpaced
  let number = place.number
  for (const [n, block] of blocks.entries()) {
    isSpaced ||= block.isSpaced
    if (!isFirst) out.gap(isSpaced || isBlockOfItsOwn(block) ? 2 : 1)
    const isLast = isOpen && n === blocks.length - 1
    if (block.type === "list") number = writeList(writer, block.items, depth, isLast, n === 0 ? number : undefined)
    else {
      number = undefined
      writeBlock(writer, block, depth, isLast)
    }
    isFirst = false
    isSpaced = false
  }
  return { isFirst, isSpaced, number, pending: out.pending() }
}

/** Writes the blocks of a text; `open` is the piece that is still being written, if `isOpen`. */
export const writeBlocks = (
  out: Output,
  blocks: ReadonlyArray<Block>,
  links: Links,
  open: Document["open"],
  isOpen: boolean,
  place: Place
): Place => writeAll({ out, links, open, isOpen }, blocks, 0, isOpen, place)
