/**
 * Rows at the end of a terminal that change while they grow: only what differs is written again.
 */
import * as Effect from "effect/Effect"
import type * as Screen from "../Screen.ts"

export interface LiveText {
  /** Shows these rows in the place of those that were shown before. */
  readonly show: (rows: ReadonlyArray<string>) => Effect.Effect<void>
  /** What is shown stays; the next rows come below. */
  readonly settle: Effect.Effect<void>
}

const sameUntil = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): number => {
  const first = before.findIndex((row, index) => row !== after[index])
  return first === -1 ? before.length : first
}

/** Shows text above the line of the cursor, which must be empty. */
export const make = (screen: Screen.Service): LiveText => {
  let shown: ReadonlyArray<string> = []
  return {
    show: Effect.fnUntraced(function*(rows) {
      // What has left the screen at its top cannot be changed any more.
      const reachable = Math.max(0, (yield* screen.rows) - 1)
      const first = Math.max(sameUntil(shown, rows), shown.length - reachable)
      const up = shown.length - first
      const text = rows.slice(first).map((row) => `${row}\n`).join("")
      shown = rows
      if (up === 0 && text === "") return
      yield* screen.write(`${up > 0 ? `\u001b[${up}A\r\u001b[0J` : ""}${text}`)
    }),
    settle: Effect.sync(() => {
      shown = []
    })
  }
}
