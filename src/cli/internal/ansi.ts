/**
 * Formatted text as rows of a terminal: wrapped between words, every row complete in itself.
 */
import { displayWidth } from "effect/cli/CliOutput"
import type { MessageEntity, Rich } from "../../telegram/richtext/RichText.ts"
import { printable } from "../Screen.ts"

const begins: Readonly<Record<MessageEntity["type"], string>> = {
  bold: "\u001b[1m",
  italic: "\u001b[3m",
  underline: "\u001b[4m",
  strikethrough: "\u001b[9m",
  spoiler: "\u001b[2m",
  code: "\u001b[36m",
  pre: "\u001b[36m",
  text_link: "\u001b[4m",
  blockquote: "\u001b[2m",
  expandable_blockquote: "\u001b[2m"
}

const reset = "\u001b[0m"

const isQuote = ({ type }: MessageEntity): boolean => type === "blockquote" || type === "expandable_blockquote"

const isAddress = (url: string): boolean => /^(https?|mailto|tg):/i.test(url)

const opened = (url: string): string => `\u001b]8;;${printable(url)}\u001b\\`

/** A piece of a line with one look. */
interface Run {
  readonly text: string
  readonly look: string
  readonly url: string | undefined
}

const covers = (from: number, to: number) => ({ length, offset }: MessageEntity): boolean =>
  offset < to && offset + length > from

/** The line between two places, in pieces of one look. */
const runsOf = ({ entities, text }: Rich, from: number, to: number, canStyle: boolean): ReadonlyArray<Run> => {
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
      look: canStyle ? over.map(({ type }) => begins[type]).join("") : "",
      url: canStyle ? link?.url : undefined
    }
  })
}

const shown = ({ look, text, url }: Run): string => {
  const looked = look === "" ? text : `${look}${text}${reset}`
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

/** A line as rows. The space at which a row was broken is left out. */
const wrap = (runs: ReadonlyArray<Run>, columns: number, margin: string): ReadonlyArray<string> => {
  const rows: Array<string> = []
  const most = Math.max(1, columns - widthOf(margin))
  let row = ""
  let width = 0
  const next = () => {
    rows.push(margin + row)
    row = ""
    width = 0
  }
  for (const run of runs) {
    // A tab is as wide as the terminal likes it.
    for (const word of run.text.replaceAll("\t", "    ").split(/(?<= )(?=\S)/)) {
      if (width > 0 && width + widthOf(word.trimEnd()) > most) next()
      for (const part of parts(word.trimEnd(), most).filter((part) => part !== "")) {
        if (width > 0 && width + widthOf(part) > most) next()
        row += shown({ ...run, text: part })
        width += widthOf(part)
      }
      const space = word.slice(word.trimEnd().length)
      const fitting = space.slice(0, Math.max(0, most - width))
      row += fitting === "" ? "" : shown({ ...run, text: fitting })
      width += fitting.length
    }
  }
  next()
  return rows
}

/** The rows of a text from a place on, which is the beginning of a line. */
export const rowsOf = (
  rich: Rich,
  options: { readonly columns: number; readonly canStyle: boolean; readonly from?: number }
): ReadonlyArray<string> => {
  const { canStyle, columns, from = 0 } = options
  const rows: Array<string> = []
  let begin = from
  for (const line of rich.text.slice(from).split("\n")) {
    const end = begin + line.length
    const isQuoted = rich.entities.some((entity) => isQuote(entity) && covers(begin, end + 1)(entity))
    rows.push(...wrap(runsOf(rich, begin, end, canStyle), columns, isQuoted ? "│ " : ""))
    begin = end + 1
  }
  return rows
}
