/**
 * Formatted text as rows of a terminal: wrapped between words, every row complete in itself.
 */
import { displayWidth } from "effect/cli/CliOutput"
import { printable } from "../Screen.ts"

/** A format of the Bot API: a stretch of a text in UTF-16 units. */
export interface Entity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string | undefined
}

/** A text with its formats. */
export interface Formatted {
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
}

// How a terminal begins a format; 0 ends all of them.
const codes: ReadonlyMap<string, number> = new Map([
  ["bold", 1],
  ["blockquote", 2],
  ["expandable_blockquote", 2],
  ["italic", 3],
  ["underline", 4],
  ["text_link", 4],
  ["url", 4],
  ["spoiler", 7],
  ["strikethrough", 9],
  ["code", 36],
  ["pre", 36]
])

const reset = "\u001b[0m"

const isQuote = ({ type }: Entity): boolean => type === "blockquote" || type === "expandable_blockquote"

const isAddress = (url: string): boolean => /^(https?|mailto|tg):/i.test(url)

const opened = (url: string): string => `\u001b]8;;${printable(url)}\u001b\\`

/** A piece of a line with one look. */
interface Run {
  readonly text: string
  readonly look: string
  readonly url: string | undefined
}

const covers = (from: number, to: number) => ({ length, offset }: Entity): boolean =>
  offset < to && offset + length > from

/** The line between two places, in pieces of one look. */
const runsOf = ({ entities, text }: Formatted, from: number, to: number, canStyle: boolean): ReadonlyArray<Run> => {
  const inside = entities.filter(covers(from, to))
  const places = new Set([from, to])
  for (const { length, offset } of inside) {
    if (offset > from) places.add(offset)
    if (offset + length < to) places.add(offset + length)
  }
  const sorted = [...places].sort((a, b) => a - b)
  return sorted.slice(1).map((end, index): Run => {
    const begin = sorted[index] ?? from
    const over = inside.filter(covers(begin, end))
    const link = over.find(({ url }) => url !== undefined && isAddress(url))
    const words = printable(text.slice(begin, end))
    // Where nothing can be clicked, an address is read.
    const isLast = link !== undefined && link.offset + link.length === end
    const shown = !canStyle && isLast && link.url !== undefined && link.url !== words
      ? `${words} (${printable(link.url)})`
      : words
    return {
      text: shown,
      look: canStyle ? [...new Set(over.flatMap(({ type }) => codes.get(type) ?? []))].join(";") : "",
      url: canStyle ? link?.url : undefined
    }
  })
}

const shown = ({ look, text, url }: Run): string => {
  const looked = look === "" ? text : `\u001b[${look}m${text}${reset}`
  return url === undefined ? looked : `${opened(url)}${looked}${opened("")}`
}

const segmenter = new Intl.Segmenter()

const isPlain = /^[\x20-\x7e]*$/

const widthOf = (text: string): number => isPlain.test(text) ? text.length : displayWidth(text)

/** A word that is longer than a row, in parts. */
const parts = (word: string, columns: number): ReadonlyArray<string> => {
  if (widthOf(word) <= columns) return [word]
  const found: Array<string> = []
  let part = ""
  let width = 0
  for (const { segment } of segmenter.segment(word)) {
    const needed = widthOf(segment)
    if (width + needed > columns && part !== "") {
      found.push(part)
      part = ""
      width = 0
    }
    part += segment
    width += needed
  }
  return [...found, part]
}

/** A line as rows. The blanks at which a row was broken, and those at its end, are left out. */
const wrap = (runs: ReadonlyArray<Run>, columns: number, margin: string): ReadonlyArray<string> => {
  const rows: Array<string> = []
  const most = Math.max(1, columns - widthOf(margin))
  let row = ""
  let width = 0
  // Blanks wait for the word behind them.
  let gap = ""
  let gapWidth = 0
  const next = () => {
    rows.push(margin + row)
    row = ""
    width = 0
    gap = ""
    gapWidth = 0
  }
  const put = (run: Run, text: string) => {
    const needed = widthOf(text)
    if (width > 0 && width + gapWidth + needed > most) next()
    if (width + gapWidth + needed <= most) {
      row += gap
      width += gapWidth
    }
    row += shown({ ...run, text })
    width += needed
    gap = ""
    gapWidth = 0
  }
  for (const run of runs) {
    // A tab is as wide as the terminal likes it.
    for (const piece of run.text.replaceAll("\t", "    ").split(/( +)/)) {
      if (piece === "") continue
      if (piece.startsWith(" ")) {
        gap += shown({ ...run, text: piece })
        gapWidth += piece.length
      } else {
        for (const part of parts(piece, most)) put(run, part)
      }
    }
  }
  next()
  return rows
}

interface Look {
  readonly columns: number
  readonly canStyle: boolean
}

/** The rows of each line. */
export const linesOf = (
  formatted: Formatted,
  { canStyle, columns }: Look
): ReadonlyArray<ReadonlyArray<string>> => {
  let begin = 0
  return formatted.text.split("\n").map((line) => {
    const end = begin + line.length
    const isQuoted = formatted.entities.some((entity) => isQuote(entity) && covers(begin, end + 1)(entity))
    const rows = wrap(runsOf(formatted, begin, end, canStyle), columns, isQuoted ? "│ " : "")
    begin = end + 1
    return rows
  })
}

/** All rows. */
export const rowsOf = (formatted: Formatted, look: Look): ReadonlyArray<string> => linesOf(formatted, look).flat()
