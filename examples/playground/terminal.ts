/**
 * The conversation with a person at the terminal: a typed line is a Telegram message, and what the bot does is shown
 * as it happens. A message that is edited, or the sign that the bot is typing, changes in place while it is the last
 * thing on the screen.
 */
import { Effect, Queue, Stream } from "effect"
import type { TelegramEmulator } from "effect-codex/testing"
import { clearScreenDown, createInterface, type Interface, moveCursor } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { lines } from "./script.ts"
import type { World } from "./world.ts"

/** Where a person reads; the sizes are known when it is a terminal. */
export interface Screen extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

const isWide = /[\p{Extended_Pictographic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u

/** Cuts a text into rows that fit, so that it is known how many there are. */
const wrap = (text: string, columns: number): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => {
    const rows: Array<string> = []
    let row = ""
    let width = 0
    for (const { segment } of new Intl.Segmenter().segment(line)) {
      const needed = isWide.test(segment) ? 2 : 1
      if (width + needed > columns) {
        rows.push(row)
        row = ""
        width = 0
      }
      row += segment
      width += needed
    }
    return [...rows, row]
  })

/** What the bot did last, as long as nothing is written below it. */
interface Block {
  /** `undefined` for the sign that it is typing. */
  readonly messageId: number | undefined
  readonly rows: number
}

/** Shows the bot's side above the line that is being typed. */
const makeView = (rl: Interface, screen: Screen) => {
  let last: Block | undefined

  const show = (messageId: number | undefined, text: string, replaces: boolean): void => {
    if (screen.isTTY !== true) {
      screen.write(`${text}\n`)
      return
    }
    // A terminal that does not know its size says 0.
    const rows = wrap(text, (screen.columns || 80) - 1)
    const before = replaces ? last?.rows ?? 0 : 0
    // What has left the screen at its top cannot be changed any more; an edit seldom wants to.
    const reachable = Math.min(before, Math.max(0, (screen.rows || 24) - 2))
    moveCursor(screen, -10_000, -(rl.getCursorPos().rows + reachable))
    clearScreenDown(screen)
    screen.write(rows.slice(before - reachable).map((row) => `${row}\n`).join(""))
    last = { messageId, rows: rows.length }
    rl.prompt(true)
  }

  return {
    /** The person sent a line: what stands above it stays. */
    settle: () => {
      last = undefined
    },
    see: ({ from, kind, messageId, text }: TelegramEmulator.TimelineEntry): void => {
      if (from !== "bot") return
      const isTyping = last !== undefined && last.messageId === undefined
      switch (kind) {
        case "action":
          // Below an answer that is still growing it would only be in the way.
          if (screen.isTTY === true && last === undefined) show(undefined, "bot> (typing)", false)
          return
        case "sent":
          return show(messageId, lines("bot", text), isTyping)
        case "edited":
          return last?.messageId === messageId
            ? show(messageId, lines("bot", text), true)
            : show(messageId, lines("bot", `(edited) ${text}`), isTyping)
        case "deleted":
          return show(undefined, "bot> (deleted a message)", last?.messageId === messageId)
        default:
          return
      }
    }
  }
}

/** Lets a person chat until `/quit`, Ctrl-C or Ctrl-D. */
export const converse = Effect.fnUntraced(function*({ chat, telegram }: World, input: Readable, screen: Screen) {
  const typed = yield* Queue.unbounded<string>()
  const rl = yield* Effect.acquireRelease(
    Effect.sync(() => createInterface({ input, output: screen, prompt: "user> " })),
    (rl) => Effect.sync(() => rl.close())
  )
  const view = makeView(rl, screen)
  const leave = Effect.callback<void>((resume) => {
    rl.on("line", (line) => {
      view.settle()
      rl.prompt()
      if (line.trim() === "/quit") resume(Effect.void)
      else if (line.trim() !== "") Queue.offerUnsafe(typed, line)
    })
    rl.on("SIGINT", () => resume(Effect.void))
    rl.on("close", () => resume(Effect.void))
  })
  const send = Stream.fromQueue(typed).pipe(Stream.runForEach((text) => chat.send(text)))
  const watch = Stream.runForEach(telegram.events, (entry) => Effect.sync(() => view.see(entry)))
  yield* Effect.sync(() => rl.prompt())
  yield* Effect.raceFirst(leave, Effect.all([send, watch], { concurrency: "unbounded" }))
  yield* Effect.sync(() => screen.write("\n"))
})
