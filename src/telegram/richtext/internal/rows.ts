/**
 * Rows of a table as they are written: bars between cells, and the line that says how columns are set.
 */
import type { Align } from "./nodes.ts"

/** What has more columns is no table. */
export const maxColumns = 100

const split = (line: string, isCodeWhole: boolean): ReadonlyArray<string> => {
  const row = line.trim()
  const cells: Array<string> = []
  let from = row.startsWith("|") ? 1 : 0
  let isCode = false
  for (let at = from; at < row.length; at++) {
    if (row[at] === "\\") at++
    else if (row[at] === "`") isCode = isCodeWhole && !isCode
    else if (row[at] === "|" && !isCode) {
      cells.push(row.slice(from, at))
      from = at + 1
    }
  }
  if (from < row.length) cells.push(row.slice(from))
  return cells.map((cell) => cell.trim().replace(/\\\|/g, "|"))
}

/** The cells of a row, as GFM has them. */
export const cellsOf = (line: string): ReadonlyArray<string> => split(line, false)

/**
 * The cells of a row below a head of so many columns.
 *
 * GFM forgets what is too much. Mostly that was a bar in code; if not, it stays in the last cell.
 */
export const cellsBelow = (line: string, columns: number): ReadonlyArray<string> => {
  const cells = cellsOf(line)
  if (cells.length <= columns) return cells
  const whole = split(line, true)
  return whole.length <= columns
    ? whole
    : [...whole.slice(0, columns - 1), whole.slice(columns - 1).filter((cell) => cell !== "").join(" | ")]
}

/** Whether a head has so many columns, if need be with the bars that stand in code. */
export const isHeadOf = (line: string, columns: number): boolean =>
  cellsOf(line).length === columns || split(line, true).length === columns

const alignOf = (cell: string): Align =>
  cell.startsWith(":") ? cell.endsWith(":") && cell.length > 1 ? "center" : "left" : cell.endsWith(":") ? "right" : null

/** How the columns are set that a line names under the head of a table; `undefined` when it is no such line. */
export const alignsOf = (line: string): ReadonlyArray<Align> | undefined => {
  if (!/^[\s|:-]+$/.test(line) || !line.includes("-")) return undefined
  const cells = cellsOf(line)
  return cells.length <= maxColumns && cells.every((cell) => /^:?-+:?$/.test(cell)) ? cells.map(alignOf) : undefined
}

/** Whether a row begins with a bar. */
export const isPiped = (line: string): boolean => line.trimStart().startsWith("|")

/** Whether a line goes on with a table; a sentence right under it does not, though GFM makes it a cell. */
export const isRowOf = (table: { readonly isPiped: boolean }, text: string): boolean =>
  table.isPiped ? text.startsWith("|") : /(?<!\\)\|/.test(text)
