/**
 * A turn that has ended for an approval, and goes on when it is there.
 *
 * What waits is in memory, as data: a turn whose last calls have no output. It goes on as the same turn, whose place in
 * memory it takes, so that the model reads call and output one after the other.
 */
import * as Effect from "effect/Effect"
import type { FunctionCall, FunctionCallOutput, Item } from "../../backend/Item.ts"
import type { Approval, Prompt } from "../Message.ts"
import type { Turn } from "../Remembered.ts"
import { MemoryFailed, PromptEmpty } from "../TurnError.ts"
import type { AnswerSoFar } from "./answer.ts"
import type { Ending, Order } from "./order.ts"
import * as Stores from "./stores.ts"

/** The calls of a turn that have no output. */
const waiting = (items: ReadonlyArray<Item>): ReadonlyArray<FunctionCall> => {
  const done = new Set(items.flatMap((item) => item.type === "function_call_output" ? [item.call_id] : []))
  return items.flatMap((item) => item.type === "function_call" && !done.has(item.call_id) ? [item] : [])
}

/** What a turn waits for, if its end says that it does. */
export const waitingIn = (turn: Turn | undefined): ReadonlyArray<FunctionCall> =>
  turn?.incomplete === "approval" ? waiting(turn.items) : []

/** A turn that waits, or waited for the word that it is asked on with. */
export interface Waiting {
  readonly turn: Turn
  readonly calls: ReadonlyArray<FunctionCall>
  /** What became of the calls, where this word was given before: a process was killed meanwhile. */
  readonly outputs?: ReadonlyArray<FunctionCallOutput>
}

const outputOf = ({ call_id }: FunctionCall, output: string): FunctionCallOutput => ({
  type: "function_call_output",
  call_id,
  output
})

/** What is told of a call of which nobody knows whether it was run. */
export const unknown = (call: FunctionCall): FunctionCallOutput =>
  outputOf(
    call,
    "This was broken off while it was being done. Nobody knows whether it was: do not do it again unasked."
  )

/** What became of calls that were broken off; nothing where none had begun. */
export const became = (calls: ReadonlyArray<FunctionCall>, of: AnswerSoFar["became"]) =>
  calls.every((call) => of(call) === undefined) ? undefined : calls.map((call): FunctionCallOutput => {
    const known = of(call)
    if (known === undefined) return outputOf(call, "This was broken off before it began: it was not done.")
    return known === "running" ? unknown(call) : known
  })

/** The turn with the name of the one that has decided it: over a kill it knows its own work again. */
export const decidedBy = ({ turn: by }: Prompt, { calls, turn }: Waiting): Turn =>
  by === undefined ? turn : { ...turn, decided: { by, calls: calls.map(({ call_id }) => call_id) } }

/** What a turn was before this word was given, if it was given before. */
const again = (turn: Turn | undefined, prompt: Prompt): Waiting | undefined => {
  const { decided } = turn ?? {}
  if (turn === undefined || decided === undefined || decided.by !== prompt.turn) return undefined
  const isOfIt = (item: Item): item is FunctionCallOutput =>
    item.type === "function_call_output" && decided.calls.includes(item.call_id)
  return {
    turn: { ...turn, items: turn.items.slice(0, turn.items.findIndex(isOfIt)) },
    calls: turn.items.flatMap((item) =>
      item.type === "function_call" && decided.calls.includes(item.call_id) ? [item] : []
    ),
    outputs: turn.items.filter(isOfIt)
  }
}

/** Finds what waits, and keeps what became of it: a call is run once, however its turn goes on. */
export const make = Effect.fnUntraced(function*({ order }: { readonly order: Order }) {
  const memory = yield* Stores.memory

  const patiently = Effect.timeoutOrElse({
    duration: "10 seconds",
    orElse: () => Effect.fail(new MemoryFailed({ operation: "list" }))
  })

  const write = (prompt: Prompt, ending: Ending, turn: Turn): Effect.Effect<void, MemoryFailed> =>
    prompt.conversation === undefined
      ? Effect.void
      : Effect.asVoid(patiently(order.keep(ending, turn.user, memory.append(prompt.conversation, turn))))

  return {
    /** The turn that waits for this approval, and its calls. */
    find: Effect.fnUntraced(
      function*(
        prompt: Prompt,
        approval: Approval,
        ending: Ending
      ): Effect.fn.Return<Waiting, MemoryFailed | PromptEmpty> {
        const { conversation } = prompt
        const [turn] = conversation === undefined
          ? []
          : yield* patiently(order.alone(ending, memory.list(conversation, { last: 1 })))
        const before = again(turn, prompt)
        if (before !== undefined) return before
        const calls = waitingIn(turn)
        if (
          turn === undefined ||
          !calls.some(({ call_id }) =>
            call_id === approval.callId || (approval.callId.length >= 8 && call_id.endsWith(approval.callId))
          )
        ) {
          return yield* new PromptEmpty({ reason: "stale" })
        }
        const { user } = turn
        const isTheirs = user === undefined || user === prompt.userId || user === approval.speaksFor
        if (approval.isAdmin !== true && !isTheirs) {
          return yield* new PromptEmpty({ reason: "notYours" })
        }
        return { turn, calls }
      }
    ),
    /** Leaves a turn waiting as it was found, where it was kept as one that nobody knows of. */
    putBack: (prompt: Prompt, ending: Ending, waiting: Waiting) =>
      prompt.turn === undefined ? Effect.void : write(prompt, ending, waiting.turn).pipe(
        Effect.catch((failure) => Effect.logWarning(failure.message))
      ),
    keep: (prompt: Prompt, ending: Ending, waiting: Waiting, outputs: ReadonlyArray<Item>) => {
      const { incomplete: _, ...decided } = decidedBy(prompt, waiting)
      return write(prompt, ending, { ...decided, items: [...decided.items, ...outputs] })
    }
  }
})
