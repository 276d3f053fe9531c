/**
 * The reading of one answer, whole: what is asked, or what goes on, and its rounds.
 */
import * as Effect from "effect/Effect"
import type { Tool } from "../../backend/CodexRequest.ts"
import type { Approval, Prompt } from "../Message.ts"
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

  /** What is left of calls that are broken off: they wait as before where none had begun. */
  const breakOff = ({ answer, ending }: Rounds.Round, prompt: Prompt, waiting: Resuming.Waiting) =>
    Effect.suspend(() => {
      const outputs = Resuming.became(waiting.calls, answer.became)
      if (outputs === undefined) return resuming.putBack(prompt, ending, waiting)
      answer.resume(Resuming.decidedBy(prompt, waiting), outputs)
      return Effect.void
    })

  /** Runs what somebody has allowed, and keeps what became of it. */
  const decide = (round: Rounds.Round, prompt: Prompt, { approved }: Approval, waiting: Resuming.Waiting) =>
    Effect.gen(function*() {
      const { calls } = waiting
      // A process that dies in the middle must not let the next one do it again.
      if (prompt.turn !== undefined) {
        yield* resuming.keep(prompt, round.ending, waiting, calls.map(Resuming.unknown))
      }
      const outputs = yield* rounds.decided(round, calls, approved)
      yield* resuming.keep(prompt, round.ending, waiting, outputs)
      return outputs
    }).pipe(Effect.onInterrupt(() => breakOff(round, prompt, waiting)))

  return {
    mayCall: rounds.mayCall,
    /** Reads an answer. It ends when it was decided that it is whole, and not before. */
    read: Effect.fnUntraced(
      function*(prompt: Prompt, answer: AnswerSoFar, ending: Ending, emit: Rounds.Emit) {
        const { approval } = prompt
        const waiting = approval === undefined ? undefined : yield* resuming.find(prompt, approval, ending)
        const round = { request: yield* requestOf(prompt, ending, waiting?.turn), answer, ending, emit }
        if (approval !== undefined && waiting !== undefined) {
          yield* emit.tell([{ _tag: "Decided", approved: approval.approved }])
          const outputs = waiting.outputs ?? (yield* decide(round, prompt, approval, waiting))
          answer.resume(Resuming.decidedBy(prompt, waiting), outputs)
        }
        yield* rounds.all(round)
      }
    )
  }
})
