/**
 * A turn that has ended for an approval, and goes on when it is there.
 *
 * What waits is in memory, as data: a turn whose last calls have no output. It goes on as the same turn, whose place in
 * memory it takes, so that the model reads call and output one after the other.
 */
import * as Effect from "effect/Effect"
import type { FunctionCall, Item } from "../../backend/Item.ts"
import { Memory } from "../Memory.ts"
import type { Approval, ConversationKey, Prompt } from "../Message.ts"
import type { Turn } from "../Remembered.ts"
import { MemoryFailed, PromptEmpty } from "../TurnError.ts"
import type { Ending, Order } from "./order.ts"

/** The calls of a turn that have no output. */
const waiting = (items: ReadonlyArray<Item>): ReadonlyArray<FunctionCall> => {
  const done = new Set(items.flatMap((item) => item.type === "function_call_output" ? [item.call_id] : []))
  return items.flatMap((item) => item.type === "function_call" && !done.has(item.call_id) ? [item] : [])
}

/** What a turn waits for, if its end says that it does. */
export const waitingIn = (turn: Turn | undefined): ReadonlyArray<FunctionCall> =>
  turn?.incomplete === "approval" ? waiting(turn.items) : []

/** Finds what waits, and keeps what became of it: a call is run once, however its turn goes on. */
export const make = Effect.fnUntraced(function*({ order }: { readonly order: Order }) {
  const memory = yield* Memory

  const patiently = Effect.timeoutOrElse({
    duration: "10 seconds",
    orElse: () => Effect.fail(new MemoryFailed({ operation: "list" }))
  })

  return {
    /** The turn that waits for this approval, and its calls. */
    find: Effect.fnUntraced(function*(prompt: Prompt, approval: Approval, ending: Ending) {
      const { conversation } = prompt
      const [turn] = conversation === undefined
        ? []
        : yield* patiently(order.alone(ending, memory.list(conversation, { last: 1 })))
      const calls = waitingIn(turn)
      if (
        turn === undefined ||
        !calls.some(({ call_id }) =>
          call_id === approval.callId || (approval.callId.length >= 8 && call_id.endsWith(approval.callId))
        )
      ) {
        return yield* new PromptEmpty({ reason: "stale" })
      }
      if (approval.isAdmin !== true && turn.user !== undefined && turn.user !== prompt.userId) {
        return yield* new PromptEmpty({ reason: "notYours" })
      }
      return { turn, calls }
    }),
    keep: (conversation: ConversationKey | undefined, ending: Ending, turn: Turn, outputs: ReadonlyArray<Item>) => {
      if (conversation === undefined) return Effect.void
      const { incomplete: _, ...decided } = turn
      return patiently(
        order.keep(ending, turn.user, memory.append(conversation, { ...decided, items: [...turn.items, ...outputs] }))
      )
    }
  }
})
