/**
 * An answer in rounds: an exchange, the calls that it wants, and again, until it wants none.
 *
 * A step is one round: what it begins with and what it leaves are data (`AnswerSoFar.rounds`), so that each can be made
 * by another process than the one before.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import { StreamInterrupted } from "../../backend/BackendError.ts"
import { CodexBackend, type ResponsesError } from "../../backend/CodexBackend.ts"
import type { CodexRequest, Tool } from "../../backend/CodexRequest.ts"
import type { FunctionCall, FunctionCallOutput } from "../../backend/Item.ts"
import type { ResponseEvent } from "../../backend/ResponseEvent.ts"
import { pullIn } from "../../internal/pullIn.ts"
import { Tools } from "../Tools.ts"
import type { TurnEvent } from "../Turn.ts"
import type { AnswerSoFar } from "./answer.ts"
import type { Ending } from "./order.ts"
import * as Within from "./within.ts"

/** Tells what happens in a turn. */
export interface Emit {
  readonly tell: (events: Arr.NonEmptyReadonlyArray<TurnEvent>) => Effect.Effect<unknown>
  /** Whether anybody listens: what nobody does is not put into words, for each delta. */
  readonly isHeard: () => boolean
}

/** One answer that is being given. */
export interface Round {
  readonly request: CodexRequest
  readonly answer: AnswerSoFar
  readonly ending: Ending
  readonly emit: Emit
}

const isLast = ({ _tag }: ResponseEvent): boolean => _tag === "Completed"

// A model that calls more at once waits for some of them.
const atOnce = 16

/** Rounds over the backend and the tools of the context, with what the backend may use besides. */
export const make = Effect.fnUntraced(function*(
  { besides, maxRounds }: { readonly maxRounds: number; readonly besides: ReadonlyArray<Tool> }
) {
  const backend = yield* CodexBackend
  const tools = yield* Tools
  const declared = [...tools.declared, ...besides]
  const mayCall = tools.declared.some(({ type }) => type === "function")

  /** What is asked next: the question, what was said since, and in the end no more calls. */
  const requestOf = ({ answer, request }: Round): CodexRequest => {
    const { count, items, seal } = answer.rounds()
    return {
      ...request,
      input: Arr.appendAll(request.input, items),
      ...declared.length > 0 && { tools: declared },
      ...mayCall && count >= maxRounds && { toolChoice: "none" as const },
      ...seal !== undefined &&
        { seals: new Map([...request.seals ?? [], ...items.map((item) => [item, seal] as const)]) }
    }
  }

  const call = ({ answer, emit }: Round, wanted: FunctionCall) => {
    const { call_id, name } = wanted
    return emit.tell([{ _tag: "ToolStarted", name, callId: call_id }]).pipe(
      Effect.andThen(Effect.suspend(() => {
        answer.runs(wanted)
        return tools.run(wanted)
      })),
      Effect.flatMap(({ failed, output }) => {
        answer.told({ type: "function_call_output", call_id, output })
        return Effect.as(emit.tell([{ _tag: "ToolDone", name, callId: call_id, failed }]), output)
      })
    )
  }

  const callAll = (round: Round, wanted: ReadonlyArray<FunctionCall>) =>
    Effect.forEach(wanted, (wanted) => call(round, wanted), { concurrency: atOnce, discard: true }).pipe(
      Within.run(round.request.origin?.conversation, round.ending)
    )

  /** Reads one exchange. Nothing of it comes behind its last event, also where a backend of somebody's goes on. */
  const read = (round: Round): Effect.Effect<void, ResponsesError> => {
    const { answer, emit, ending } = round
    const read = (pull: Pull.Pull<Arr.NonEmptyReadonlyArray<ResponseEvent>, ResponsesError>) => {
      const next: Pull.Pull<void, ResponsesError> = Effect.flatMap(pull, (all) => {
        const last = all.findIndex(isLast)
        const events = last === -1 ? all : all.slice(0, last + 1)
        const end = answer.read(events)
        const shown = emit.isHeard() ? answer.shown(events) : []
        const told = Arr.isReadonlyArrayNonEmpty(shown) ? emit.tell(shown) : undefined
        // What was told is told before it is decided that it was all.
        const on = Effect.suspend(() => {
          if (end !== undefined) ending.decide(end)
          return last === -1 ? next : Effect.void
        })
        return told === undefined ? on : Effect.andThen(told, on)
      })
      return Pull.catchDone(next, () => Effect.void)
    }
    return Effect.scopedWith((scope) => Effect.flatMap(pullIn(backend.responses(requestOf(round)), scope), read))
  }

  /** One round; says whether another one follows. */
  const step = Effect.fnUntraced(function*(round: Round): Effect.fn.Return<boolean, ResponsesError> {
    const { answer, ending } = round
    yield* read(round)
    if (answer.completed() === undefined) return yield* new StreamInterrupted({ problem: "closed early" })
    const wanted = mayCall ? answer.calls() : []
    if (wanted.length === 0) return false
    if (answer.rounds().count >= maxRounds) {
      ending.decide("rounds")
      return false
    }
    const [asking, free] = yield* Effect.partition(
      wanted,
      (wanted) =>
        Effect.flatMap(tools.needsApproval(wanted), (needs) => needs ? Effect.succeed(wanted) : Effect.fail(wanted))
    )
    yield* callAll(round, free)
    if (asking.length > 0) {
      ending.decide("approval")
      return false
    }
    answer.next()
    return true
  })

  const all = (round: Round): Effect.Effect<void, ResponsesError> =>
    Effect.flatMap(step(round), (hasMore) => hasMore ? all(round) : Effect.void)

  return {
    mayCall,
    /** Runs calls that somebody has approved of, or tells that they are not to be run; gives their outputs. */
    decided: (round: Round, wanted: ReadonlyArray<FunctionCall>, approved: boolean) =>
      Effect.forEach(wanted, (wanted) =>
        Effect.map(
          approved ? call(round, wanted) : Effect.succeed("The person has not allowed this call."),
          (output): FunctionCallOutput => ({ type: "function_call_output", call_id: wanted.call_id, output })
        ), { concurrency: atOnce }).pipe(Within.run(round.request.origin?.conversation, round.ending)),
    /** All rounds of an answer. It ends when it was decided that it is whole, and not before. */
    all
  }
})
