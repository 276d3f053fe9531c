/**
 * What a person sees of a chat: messages above the line that is typed, each where it was first shown, also when it grows.
 */
import { clearScreenDown, cursorTo, type Interface, moveCursor } from "node:readline"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- readline writes to streams of Node.
import type { Writable } from "node:stream"
import { type Entity, rowsOf, widthOf } from "./styled.ts"

/** Where a person reads; the sizes are known when it is a terminal. */
export interface Screen extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** A message of the bot as it stands. */
export interface Shown {
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
  /** What a row below it says in small. */
  readonly note?: string | undefined
}

/** What is on the screen, from top to bottom. */
interface Item {
  /** Of a message of the bot; `typing` for the sign that it writes one. */
  readonly id: number | "typing" | undefined
  rows: ReadonlyArray<string>
  /** How many rows of the terminal it takes: what a person typed was laid out by the terminal. */
  height: number
}

/** So many things are remembered; what is older has left the screen. */
const remembered = 200

/** The view of a chat above the line of a readline interface, whose prompt is `user> `. */
export const make = (rl: Interface, screen: Screen, isStyled: boolean) => {
  const items: Array<Item> = []
  // A terminal that does not know its size says 0.
  const columns = () => screen.columns || 80
  const isTerminal = screen.isTTY === true

  const laidOut = (who: string, { entities, note, text }: Shown): ReadonlyArray<string> => {
    const width = isTerminal ? columns() - 1 : Number.POSITIVE_INFINITY
    const rows = rowsOf({ who, text, entities, columns: width, isStyled })
    if (note === undefined) return rows
    return [...rows, isStyled ? `     \u001b[2m${note}\u001b[0m` : `     ${note}`]
  }

  /** Shows everything from a place on anew, in which so many rows stood until now. */
  const redraw = (from: number, before: number): void => {
    if (!isTerminal) return
    const rows = items.slice(from).flatMap((item) => item.rows)
    // What has left the screen at its top cannot be changed any more; an edit seldom wants to.
    const reachable = Math.min(before, Math.max(0, (screen.rows || 24) - 2))
    cursorTo(screen, 0)
    moveCursor(screen, 0, -(rl.getCursorPos().rows + reachable))
    clearScreenDown(screen)
    screen.write(rows.slice(before - reachable).map((row) => `${row}\n`).join(""))
    for (const item of items.slice(from)) item.height = item.rows.length
    rl.prompt(true)
  }

  const heightFrom = (from: number): number => items.slice(from).reduce((sum, { height }) => sum + height, 0)

  const add = (id: Item["id"], rows: ReadonlyArray<string>): void => {
    if (!isTerminal) {
      screen.write(rows.map((row) => `${row}\n`).join(""))
    }
    items.push({ id, rows, height: 0 })
    redraw(items.length - 1, 0)
    if (items.length > remembered) items.shift()
  }

  const remove = (at: number): void => {
    const before = heightFrom(at)
    items.splice(at, 1)
    redraw(at, before)
  }

  const notTyping = (): void => {
    const at = items.findIndex(({ id }) => id === "typing")
    if (at >= 0) remove(at)
  }

  return {
    /** A line was typed, which stands where it was typed; one that is blank leaves no trace. */
    typed: (line: string): void => {
      const mark = "user> "
      const height = Math.floor(widthOf(mark + line) / columns()) + 1
      if (line.trim() === "") {
        if (isTerminal) {
          moveCursor(screen, 0, -height)
          cursorTo(screen, 0)
          clearScreenDown(screen)
        }
        rl.prompt()
        return
      }
      items.push({ id: undefined, rows: laidOut("user", { text: line, entities: [] }), height })
      rl.prompt()
    },
    /** The bot sent a message, or changed one: it changes where it stands. */
    message: (id: number, shown: Shown, isNew: boolean): void => {
      notTyping()
      const at = items.findIndex((item) => item.id === id)
      const item = items[at]
      if (item === undefined) {
        return add(id, laidOut("bot", isNew ? shown : { ...shown, text: `(edited) ${shown.text}`, entities: [] }))
      }
      const rows = laidOut("bot", shown)
      if (rows.join("\n") === item.rows.join("\n")) return
      const before = heightFrom(at)
      item.rows = rows
      if (isTerminal) redraw(at, before)
      else screen.write(rows.map((row) => `${row}\n`).join(""))
    },
    deleted: (id: number): void => {
      const at = items.findIndex((item) => item.id === id)
      if (at >= 0 && isTerminal) remove(at)
      else add(undefined, ["bot> (deleted a message)"])
    },
    typing: (): void => {
      // Below an answer that is still growing it would only be in the way.
      const last = items.at(-1)
      if (isTerminal && typeof last?.id !== "number" && last?.id !== "typing") add("typing", ["bot> (typing)"])
    },
    /** Says something that nobody in the chat says. */
    say: (text: string): void => {
      notTyping()
      add(undefined, text.split("\n"))
    }
  }
}

/** The view of a chat. */
export type View = ReturnType<typeof make>
