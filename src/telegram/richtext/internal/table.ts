/**
 * Tables as aligned text, counted in the columns of a terminal.
 */
import type { Align } from "./nodes.ts"

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
export const drawTable = (
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
