/**
 * A message of Telegram as rows of a terminal: every line says whose it is, and what goes on below stands under it.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Ansi from "../internal/ansi.ts"

export type { Entity } from "../internal/ansi.ts"

/** How many columns a text takes. */
export const widthOf = displayWidth

/** The rows of a message. */
export const rowsOf = (options: {
  readonly who: string
  readonly text: string
  readonly entities: ReadonlyArray<Ansi.Entity>
  readonly columns: number
  readonly isStyled: boolean
}): ReadonlyArray<string> => {
  const mark = `${options.who}> `
  const look = { columns: Math.max(10, options.columns - mark.length), canStyle: options.isStyled }
  return Ansi.linesOf(options, look).flatMap((rows) =>
    rows.map((row, index) => `${index === 0 ? mark : " ".repeat(mark.length)}${row}`.trimEnd())
  )
}
