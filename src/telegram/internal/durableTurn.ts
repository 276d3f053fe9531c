/**
 * A turn as a workflow of this process, its steps, and the way to stop it.
 */
import * as Arr from "effect/Array"
import * as Entity from "effect/cluster/Entity"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { Senders } from "../Turns.ts"
import { SoFar, StopSaid, Turn, TurnControl, turnOf } from "./durable.ts"
import { clientOf, stepsOf } from "./lasting.ts"
import { Late } from "./late.ts"
import * as Mailbox from "./mailbox.ts"
import * as Tracing from "./tracing.ts"
import * as Turning from "./turning.ts"

/** What this process is about. */
export class Here extends Context.Service<Here, {
  /** The turns that run here, by the id of their execution: how each is stopped, and how far it has come. */
  readonly turns: Map<string, { readonly stop: Effect.Effect<boolean>; readonly soFar: () => string }>
  /** The mailboxes that are open here. */
  readonly mailboxes: Map<string, { readonly rests: Effect.Effect<void>; readonly drained: Effect.Effect<void> }>
  /** Closed when this process goes down: nothing starts any more. */
  readonly open: Latch.Latch
  readonly permits: Mailbox.Permits
  readonly turning: Effect.Success<ReturnType<typeof Turning.make>>
}>()("effect-codex/internal/durableTurn/Here") {
  static readonly layer = Layer.effect(
    Here,
    Effect.gen(function*() {
      const senders = yield* Senders
      const turning = yield* Turning.make(senders.of)
      return {
        turns: new Map(),
        mailboxes: new Map(),
        open: yield* Latch.make(true),
        permits: yield* Mailbox.permitsFor(turning.mostTurns),
        turning
      }
    })
  )
}

/** Turns as workflows. */
export const layerTurn = Turn.toLayer(Effect.fnUntraced(function*({ pieces }, executionId) {
  const { open, turning, turns } = yield* Here
  const senders = yield* Senders
  const engine = yield* WorkflowEngine.WorkflowEngine
  const instance = yield* WorkflowEngine.WorkflowInstance
  const late = yield* Late
  const [{ entry: { lane, origin } }] = pieces
  const turn = turnOf(pieces)
  const place: Mailbox.Place = { hasBegun: false, isStopped: false, stopped: yield* Deferred.make<void>() }
  const stop = Effect.suspend(() => {
    const isSpared = !place.hasBegun
    place.isStopped = true
    Deferred.doneUnsafe(place.stopped, Exit.void)
    return Effect.map(turning.stop(lane), (isStopped) => isStopped || isSpared)
  })
  let soFar = () => ""
  yield* Effect.acquireRelease(
    Effect.sync(() => turns.set(executionId, { stop, soFar: () => soFar() })),
    () => Effect.sync(() => turns.delete(executionId))
  )
  const before = Option.flatMap(yield* engine.deferredResult(SoFar), Exit.getSuccess)
  // Said before this process began.
  if (Option.isSome(yield* engine.deferredResult(StopSaid))) yield* stop
  const api = yield* Effect.orDie(clientOf(senders, lane.bot))
  const answered = turning.answering.answer(Arr.map(pieces, ({ at, entry }) => ({ ...entry, at })), api, place, {
    turn,
    steps: stepsOf(engine, instance),
    isLeaving: () => !open.isOpen(),
    stoppedWith: Option.getOrUndefined(before),
    follow: (read) => {
      soFar = read
    },
    later: (rest, why) =>
      late.leave({
        turn,
        lane,
        chat: origin.chat,
        ...origin.thread !== undefined && { thread: origin.thread },
        ...origin.directTopic !== undefined && { directTopic: origin.directTopic },
        ...origin.isThread !== undefined && { isThread: origin.isThread },
        message: origin.message,
        ...origin.user !== undefined && { user: origin.user },
        rest
      }, why)
  })
  yield* Tracing.turnOfRows(pieces, answered)
  return pieces.map(({ entry }) => entry.update)
}, Effect.scoped))

/** Stop, where a turn runs. */
export const layerControl = TurnControl.toLayer(
  Effect.gen(function*() {
    const { turns } = yield* Here
    const { entityId } = yield* Entity.CurrentAddress
    return TurnControl.of({
      Stop: () => turns.get(entityId)?.stop ?? Effect.succeed(true),
      SoFar: () => Effect.sync(() => turns.get(entityId)?.soFar() ?? "")
    })
  }),
  { maxIdleTime: "10 seconds" }
)
