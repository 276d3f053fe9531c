/**
 * Where a command writes: styled where styling is rendered, plain elsewhere, and nothing that moves a cursor unasked.
 */
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Terminal from "effect/Terminal"
import { minute } from "../Failure.ts"

/** A style of terminals: how it begins, and how it ends. */
export type Style = readonly [begin: number, end: number]

export const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39]
} as const satisfies Record<string, Style>

/** A text without what a terminal would take for an order: whoever wrote it is not the person at this one. */
export const printable = (text: string): string => text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "")

export interface Service {
  /** Whether somebody watches: then text may change in place. */
  readonly isWatched: boolean
  /** Whether styles are rendered. */
  readonly canStyle: boolean
  readonly columns: Effect.Effect<number>
  readonly rows: Effect.Effect<number>
  /** Writes as it stands. */
  readonly write: (text: string) => Effect.Effect<void>
  /** Writes a line. */
  readonly line: (text: string) => Effect.Effect<void>
  /** Writes a line of what may have come from elsewhere to stderr. */
  readonly warn: (text: string) => Effect.Effect<void>
  readonly style: (style: Style, text: string) => string
}

/** The place that a command writes to. */
export class Screen extends Context.Service<Screen, Service>()("effect-codex/Screen") {}

const make = Effect.gen(function*() {
  const terminal = yield* Terminal.Terminal
  const { canAnimate, canColor } = yield* TerminalCapabilities.TerminalCapabilities
  // Whoever reads no more needs no words about it.
  const write = (text: string) => Effect.ignore(terminal.display(text))
  return Screen.of({
    isWatched: canAnimate,
    canStyle: canColor,
    // A terminal that does not know its size says 0.
    columns: Effect.map(terminal.columns, (columns) => columns || 80),
    rows: Effect.map(terminal.rows, (rows) => rows || 24),
    write,
    line: (text) => write(`${text}\n`),
    warn: (text) => Console.error(printable(text)),
    style: ([begin, end], text) => canColor && text !== "" ? `\u001b[${begin}m${text}\u001b[${end}m` : text
  })
})

/** The screen of this process. */
export const layer: Layer.Layer<Screen, never, Terminal.Terminal> = Layer.effect(Screen, make)

/** Lines of a name and what there is to say of it, the names under each other. */
export const table = (rows: ReadonlyArray<readonly [name: string, text: string]>): string => {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd()).join("\n")
}

/** How much of something is left, as a bar of twenty cells. */
export const bar = (leftPercent: number): string => {
  const full = Math.round(Math.min(100, Math.max(0, leftPercent)) / 5)
  return "█".repeat(full) + "░".repeat(20 - full)
}

const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]] as const

const roughly = (duration: Duration.Duration): string => {
  const millis = Math.abs(Duration.toMillis(duration))
  const [unit, length] = units.find(([, length]) => millis >= length) ?? ["second", 1000]
  const count = Math.floor(millis / length)
  return `${count} ${unit}${count === 1 ? "" : "s"}`
}

/** A time, and how far away it is. */
export const when = (time: DateTime.Utc, now: DateTime.Utc): string =>
  `${minute(time)} (${
    DateTime.isGreaterThanOrEqualTo(time, now)
      ? `in ${roughly(DateTime.distance(now, time))}`
      : `${roughly(DateTime.distance(time, now))} ago`
  })`
