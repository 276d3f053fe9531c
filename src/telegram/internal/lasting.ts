/**
 * Steps that are written down on an execution of a workflow.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Activity from "effect/workflow/Activity"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { Steps } from "../reply/Steps.ts"
import type { Senders } from "../Turns.ts"
import { markOf } from "./durable.ts"

/** Steps that are written down on an execution. */
export const stepsOf = (
  engine: WorkflowEngine.WorkflowEngine["Service"],
  instance: WorkflowEngine.WorkflowInstance["Service"]
): Steps => {
  const within = <A, E>(
    effect: Effect.Effect<A, E, WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance>
  ): Effect.Effect<A, E> =>
    effect.pipe(
      Effect.provideService(WorkflowEngine.WorkflowInstance, instance),
      Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
    )
  return {
    isLasting: true,
    once: (name, success, effect) => within(Activity.make({ name, success, execute: effect })),
    mark: (name, value) => {
      const mark = markOf(name)
      return within(
        Effect.flatMap(DurableDeferred.token(mark), (token) => DurableDeferred.succeed(mark, { token, value }))
      )
    },
    marked: (name) => within(Effect.map(engine.deferredResult(markOf(name)), Option.flatMap(Exit.getSuccess)))
  }
}

const elsewhere = Schedule.spaced("5 seconds")

/** Of which bots it was said that they are not here, by whoever knows those that are. */
const missed = new WeakMap<Senders["Service"], Set<string>>()

const missing = (senders: Senders["Service"], bot: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const bots = missed.get(senders) ?? new Set()
    missed.set(senders, bots)
    if (bots.has(bot)) return Effect.void
    bots.add(bot)
    return Effect.logWarning(
      `The store has prompts of a bot that does not run here (${bot}). They wait until it does.`
    )
  })

/** The client of a bot. Without one here, its turns wait until they are where it has one; whoever is asked is asked anew. */
export const clientOf = (senders: Senders["Service"], bot: string): ReturnType<Senders["Service"]["of"]> =>
  Effect.suspend(() => senders.of(bot)).pipe(
    Effect.tapError(() => missing(senders, bot)),
    Effect.retry(elsewhere)
  )
