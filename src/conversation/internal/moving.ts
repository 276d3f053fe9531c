/**
 * One move for stores that know no better than to append, to list and to clear.
 */
import * as Effect from "effect/Effect"
import { toRow, type Turn } from "../Remembered.ts"
import type { MemoryFailed } from "../TurnError.ts"

/** What a store can do with the turns of a key. */
interface Turns {
  readonly append: (key: string, turn: Turn) => Effect.Effect<unknown, MemoryFailed>
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<Turn>, MemoryFailed>
  readonly clear: (key: string) => Effect.Effect<void, MemoryFailed>
}

const textOf = (turn: Turn): string => JSON.stringify(toRow(turn))

/**
 * Copies first and forgets then, so that a failure loses nothing; what a move that broke has copied already is not copied
 * again.
 */
export const moving = ({ append, clear, list }: Turns) =>
  Effect.fn("Memory.move")(function*(from: string, to: string) {
    const turns = yield* list(from)
    if (from === to || turns.length === 0) return
    const there = new Set((yield* list(to)).map(textOf))
    yield* Effect.forEach(turns.filter((turn) => !there.has(textOf(turn))), (turn) => append(to, turn), {
      discard: true
    })
    yield* clear(from)
  })
