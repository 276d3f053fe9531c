/**
 * Tables on a sheet: as aligned text, counted in the columns of a terminal, or as a list where the screen is too narrow.
 */
import type { Align, Inline, Kind } from "./nodes.ts"
import { makeOutput, type Output } from "./output.ts"
import { writeInline } from "./words.ts"

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

// East Asian wide and full-width characters, and what is drawn as a picture.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const invisible = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u

/** Columns that a text takes in a monospace font. */
const widthOf = (text: string): number => {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += invisible.test(segment) ? 0 : wide.test(segment) ? 2 : 1
  return width
}

/** Widest table that is shown as columns: the line of a telephone has 35 to 40. */
const maxTableWidth = 38

const padded = (text: string, width: number, align: Align): string => {
  const room = width - widthOf(text)
  const left = align === "right" ? room : align === "center" ? Math.floor(room / 2) : 0
  return " ".repeat(left) + text + " ".repeat(room - left)
}

/** Lines of a table with its head, or `undefined` when it is too wide. */
const drawTable = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  aligns: ReadonlyArray<Align>
): string | undefined => {
  if (3 * (aligns.length - 1) >= maxTableWidth) return undefined
  const widths = aligns.map((_, column) => rows.reduce((most, row) => Math.max(most, widthOf(row[column] ?? "")), 1))
  if (widths.reduce((sum, width) => sum + width, 3 * (widths.length - 1)) > maxTableWidth) return undefined
  const lines = rows.map((row) =>
    widths.map((width, column) => padded(row[column] ?? "", width, aligns[column] ?? null)).join(" │ ").trimEnd()
  )
  const rule = widths.map((width) => "─".repeat(width)).join("─┼─")
  return [lines[0] ?? "", rule, ...lines.slice(1)].join("\n")
}

// A cell that has nothing to be read but its letters.
const bare = /^[^\\`*_~|$<>[\]!&\n:.\ue200]*$/

const isLinked = (nodes: ReadonlyArray<Inline>): boolean =>
  nodes.some((node) => node.type === "link" || node.type === "image" || ("nodes" in node && isLinked(node.nodes)))

// A head that is longer is not repeated for each row.
const longestHead = 400

/** Writes a table; `read` reads a cell. */
export const writeTable = (
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
