/**
 * Parsed Markdown on a sheet: what each piece looks like in Telegram.
 */
import { decodeHTMLStrict } from "entities/decode"
import type { Document } from "./blocks.ts"
import { languageOf } from "./fence.ts"
import { readInline } from "./inline.ts"
import type { Block, Item, Links } from "./nodes.ts"
import type { Format, Output } from "./output.ts"
import { writeTable } from "./table.ts"
import { rule, writeInline } from "./words.ts"

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
  readonly written: string
  readonly shown: string
  /** Whether all before it were written like it. */
  readonly isRepeated: boolean
}

export const start: Place = { isFirst: true, isSpaced: false, number: undefined, pending: 0 }

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

/** A number as it was written; where all are the same they count on, which is how Markdown numbers by itself. */
const numberOf = (written: string, last: ListNumber | undefined): ListNumber => {
  const isRepeated = last === undefined || (last.isRepeated && last.written === written)
  return { written, shown: last !== undefined && isRepeated ? String(Number(last.shown) + 1) : written, isRepeated }
}

/** What writes the blocks of one text. */
interface Writer {
  readonly out: Output
  readonly links: Links
  readonly open: Document["open"]
  readonly isOpen: boolean
}

const markOf = ({ isDone, number }: Item, shown: string | undefined, depth: number): string => {
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
    number = item.number === undefined ? undefined : numberOf(item.number.written, number)
    out.lead(markOf(item, number?.shown, depth))
    const isLast = isOpen && n === items.length - 1
    out.indent(depth < deepest ? "    " : "", () => void writeAll(writer, item.blocks, depth + 1, isLast, start))
    // A number is seen before its words are.
    out.flushLead(!isLast || item.number !== undefined)
  }
  return number
}

const alert = /^\[!(note|tip|important|warning|caution)\][ \t]*(?=\n|$)/i

/** A quotation that GitHub makes an alert begins with its kind. */
const writeQuoted = (writer: Writer, blocks: ReadonlyArray<Block>, depth: number, isLast: boolean): void => {
  const [first, ...rest] = blocks
  const kind = first?.type === "paragraph" ? alert.exec(first.source)?.[1] : undefined
  if (first?.type !== "paragraph" || kind === undefined) return void writeAll(writer, blocks, depth, isLast, start)
  const name = `${kind[0]?.toUpperCase()}${kind.slice(1).toLowerCase()}`
  const block = { ...first, source: first.source.replace(alert, `**${name}**`) }
  const { open } = writer
  writeAll(
    open?.block === first ? { ...writer, open: { ...open, block } } : writer,
    [block, ...rest],
    depth,
    isLast,
    start
  )
}

const writeBlock = (writer: Writer, block: Block, depth: number, isLast: boolean): void => {
  const { links, open, out } = writer
  const isOpen = open?.block === block
  const read = (source: string, isMarkup = false) => readInline(source, links, isOpen, isMarkup)
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
        writeQuoted(writer, block.blocks, depth, isLast)
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
      return writeInline(out, read(block.source, true), true)
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
