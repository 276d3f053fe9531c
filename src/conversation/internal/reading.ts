/**
 * The reading of one answer, whole: what is asked, or what goes on, and its rounds.
 */
import * as Effect from "effect/Effect"
import type { Tool } from "../../backend/CodexRequest.ts"
import type { Prompt } from "../Message.ts"
import type { AnswerSoFar } from "./answer.ts"
import type { Ending, Order } from "./order.ts"
import * as Request from "./request.ts"
import * as Resuming from "./resuming.ts"
import * as Rounds from "./rounds.ts"

/** Tells what happens in a turn. */
export type Emit = Rounds.Emit

/** Reads answers over the rooms of the context. */
export const make = Effect.fnUntraced(function*(options: {
  readonly order: Order
  readonly maxHistory: number
  readonly maxHistoryTokens: number
  readonly systemPrompt: string
  readonly maxRounds: number
  readonly besides: ReadonlyArray<Tool>
}) {
  const requestOf = yield* Request.make(options)
  const rounds = yield* Rounds.make(options)
  const resuming = yield* Resuming.make(options)

  return {
    mayCall: rounds.mayCall,
    /** Reads an answer. It ends when it was decided that it is whole, and not before. */
    read: Effect.fnUntraced(
      function*(prompt: Prompt, answer: AnswerSoFar, ending: Ending, emit: Rounds.Emit) {
        const { approval, conversation } = prompt
        const waiting = approval === undefined ? undefined : yield* resuming.find(prompt, approval, ending)
        const round = { request: yield* requestOf(prompt, ending), answer, ending, emit }
        if (approval !== undefined && waiting !== undefined) {
          const outputs = yield* rounds.decided(round, waiting.calls, approval.approved)
          yield* resuming.keep(conversation, ending, waiting.turn, outputs)
          answer.resume(waiting.turn, outputs)
        }
        yield* rounds.all(round)
      }
    )
  }
})
