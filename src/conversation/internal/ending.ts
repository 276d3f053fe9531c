/**
 * The one end of a turn, whatever brought it about: decided, kept, counted, recorded.
 *
 * A store or a sink that fails, breaks, hangs or interrupts itself changes nothing of the answer: it is logged.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { CodexBackend } from "../../backend/CodexBackend.ts"
import type { TokenUsage } from "../../backend/ResponseEvent.ts"
import type { Retryable } from "../../Failure.ts"
import { Audit, type AuditEvent } from "../Audit.ts"
import { Memory } from "../Memory.ts"
import type { ConversationKey, Prompt } from "../Message.ts"
import type { Turn } from "../Remembered.ts"
import type { Answer } from "../Turn.ts"
import { AuditFailed, MemoryFailed, TurnTimedOut } from "../TurnError.ts"
import { UsageMeter } from "../UsageMeter.ts"
import type { AnswerSoFar } from "./answer.ts"
import { picturesOf, sourcesOf } from "./besides.ts"
import * as Observing from "./observing.ts"
import type { Ending, Order } from "./order.ts"
import { askedOf } from "./request.ts"
import { waitingIn } from "./resuming.ts"

// How long a store or a sink may take to keep a turn.
const writing = Duration.seconds(10)

/** How an answer that was broken off is remembered. */
const marked = (end: "stopped" | "cut" | "rounds", hasBegun: boolean) => (text: string): string => {
  if (text === "" && !hasBegun) return "[Stopped by the user before it began.]"
  const mark = end === "stopped"
    ? "[Stopped by the user.]"
    : end === "cut"
    ? "[Cut off before it was complete.]"
    : "[Ended here: no more tools may be called in one turn.]"
  return text === "" ? mark : `${text}\n\n${mark}`
}

/** What a turn can end in, as far as it matters here. */
interface Failure extends Retryable {
  readonly _tag: string
  readonly message: string
}

interface Kept extends Pick<Answer, "remembered" | "memoryProblem"> {
  /** Whether whoever asked was forgotten since, by another process for example. */
  readonly isForgotten?: boolean
}

const unkept = (memoryProblem: MemoryFailed): Kept => ({ remembered: false, memoryProblem })
const outcomes = {
  answered: "answered",
  approval: "answered",
  stopped: "stopped",
  cut: "cut",
  rounds: "cut"
} as const

/** Ends turns; `maxTurn` is what one that was cut without a word is told it took longer than. */
export const make = Effect.fnUntraced(function*(
  { maxTurn, order }: { readonly maxTurn: Duration.Duration; readonly order: Order }
) {
  const backend = yield* CodexBackend
  const memory = yield* Memory
  const meter = yield* UsageMeter
  const audit = yield* Audit

  const keep = (conversation: ConversationKey, ending: Ending, turn: Turn) =>
    order.keep(ending, turn.user, Effect.suspend(() => memory.append(conversation, turn))).pipe(
      Effect.timeoutOrElse({ duration: writing, orElse: () => Effect.fail(new MemoryFailed({ operation: "append" })) }),
      Effect.map((kept): Kept => ({ remembered: kept === "kept", isForgotten: kept === "forgotten" })),
      Effect.catch((memoryProblem) => Effect.as(Effect.logWarning(memoryProblem.message), unkept(memoryProblem))),
      Effect.catchCause((why) => {
        const cause = Cause.squash(why)
        return Effect.as(
          Effect.logError("A turn is not remembered.", cause),
          unkept(new MemoryFailed({ operation: "append", cause }))
        )
      })
    )

  const count = (userId: Prompt["userId"], tokens: TokenUsage | undefined) =>
    Effect.suspend(() => meter.record({ userId, tokens })).pipe(
      Effect.timeoutOrElse({
        duration: writing,
        orElse: () => Effect.logWarning("The usage of a turn could not be counted.")
      }),
      Effect.catchCause((why) => Effect.logError("The meter broke; a turn is not counted.", Cause.squash(why)))
    )

  const record = (
    prompt: Prompt,
    began: DateTime.Utc,
    model: string | undefined,
    end: Pick<AuditEvent, "outcome" | "error">,
    usage?: TokenUsage
  ) =>
    Effect.flatMap(DateTime.now, (now) =>
      audit.record({
        timestamp: began,
        userId: prompt.userId,
        chatId: prompt.chatId,
        provider: backend.name,
        model,
        durationMs: DateTime.toEpochMillis(now) - DateTime.toEpochMillis(began),
        ...end
      })).pipe(
        Effect.timeoutOrElse({ duration: writing, orElse: () => Effect.fail(new AuditFailed({})) }),
        Effect.catch((failure) => Effect.logWarning(failure.message)),
        Effect.catchCause(() => Effect.logError("The audit broke; a record is lost.")),
        Effect.andThen(Observing.ended({ began, model, usage, outcome: end.outcome, failure: end.error?.tag }))
      )

  return Effect.fnUntraced(function*<E extends Failure>(
    prompt: Prompt,
    answer: AnswerSoFar,
    ending: Ending,
    began: DateTime.Utc,
    exit: Exit.Exit<unknown, E>
  ) {
    const model = answer.model() ?? prompt.model
    const failure = Exit.findErrorOption(exit)
    const mayPass = Option.isSome(failure) && (failure.value.isRetryable || failure.value._tag === "RequestTimedOut")
    const isCut = mayPass && answer.part() !== ""
    // What was decided stays so, whatever breaks behind it.
    const isDecided = ending.decided() !== undefined
    if (!isDecided && (Exit.hasDies(exit) || (Option.isSome(failure) && !isCut))) {
      const error = Option.map(failure, ({ _tag, message }) => ({ tag: _tag, message }))
      yield* record(prompt, began, model, { outcome: "failed", error: Option.getOrUndefined(error) })
      return yield* Exit.isFailure(exit) ? Effect.failCause(exit.cause) : Effect.never
    }
    // Who left without a word has stopped it.
    const last = isCut ? "cut" : "stopped"
    const end = ending.decide(last) ? last : ending.decided() ?? last
    const text = end === "answered" ? answer.whole() : answer.part()
    if (end === "cut" && text === "") {
      const tool = answer.working()
      const error = new TurnTimedOut({ after: maxTurn, ...tool !== undefined && { tool } })
      yield* record(prompt, began, model, {
        outcome: "failed",
        error: { tag: error._tag, message: error.message }
      })
      return yield* error
    }
    const told = end === "answered" ? answer.completed() : undefined
    const usage = end === "answered" || end === "approval" ? answer.usage() : undefined
    const before = answer.resumed()
    const incomplete = end === "answered" ? told?.incomplete : end === "rounds" ? "max_rounds" : end
    const hasCalled = answer.rounds().count > 0 || answer.calls().length > 0
    const seal = end === "answered" || hasCalled ? answer.seal() : undefined
    const said = end === "answered"
      ? answer.items()
      : end === "approval"
      ? answer.waiting()
      : answer.broken(marked(end, hasCalled || before !== undefined || text !== ""))
    const approvals = end === "approval" ? waitingIn({ v: 1, at: began, incomplete: end, items: said }) : []
    const id = before?.id ?? prompt.turn ?? approvals.map(({ call_id }) => `approval/${call_id}`)[0]
    const user = before === undefined ? prompt.userId : before.user
    // Who was told to do what somebody has approved, and left before that began, has said nothing: it waits as before.
    const isLeft = prompt.approval !== undefined && before === undefined && !isDecided
    const { isForgotten = false, ...kept }: Kept = prompt.conversation === undefined || isLeft ?
      { remembered: false } :
      yield* keep(prompt.conversation, ending, {
        v: 1,
        at: before?.at ?? prompt.askedAt ?? began,
        ...id !== undefined && { id },
        ...user !== undefined && { user },
        ...model !== undefined && { model },
        ...seal !== undefined && { seal },
        ...usage !== undefined && { usage },
        ...incomplete !== undefined && { incomplete },
        ...before?.decided !== undefined && { decided: before.decided },
        items: [...before?.items ?? askedOf(prompt), ...said]
      })
    yield* count(isForgotten || order.isUserForgotten(ending, prompt.userId) ? undefined : prompt.userId, usage)
    yield* record(prompt, began, model, { outcome: outcomes[end] }, usage)
    const sources = sourcesOf(said)
    const pictures = picturesOf(said)
    return {
      text,
      model,
      usage,
      incomplete,
      ...kept,
      ...approvals.length > 0 && {
        approvals: approvals.map(({ arguments: written, call_id, name }) => ({
          callId: call_id,
          name,
          arguments: written
        }))
      },
      ...sources.length > 0 && { sources },
      ...pictures.length > 0 && { pictures }
    }
  })
})
