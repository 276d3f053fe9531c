/**
 * Answers that Telegram does not take now wait in the store: for each lane in order, for a day, over every restart.
 *
 * What waits is a row that is not processed until it has arrived, or is given up. Each try is a workflow of its own, which
 * writes down every message that it sends; the pauses between are times that are written down with it.
 */
import * as Clock from "effect/Clock"
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import type * as Sharding from "effect/cluster/Sharding"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Rpc from "effect/rpc/Rpc"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { ConversationKey } from "../../conversation/Message.ts"
import { Lane } from "../Entry.ts"
import * as Delivering from "../reply/Delivering.ts"
import * as Nowhere from "../reply/Nowhere.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import { TelegramDoor } from "../TelegramDoor.ts"
import type { TelegramFailed } from "../TelegramError.ts"
import { Senders } from "../Turns.ts"
import * as Backlog from "./backlog.ts"
import { idOf } from "./durable.ts"
import * as Ends from "./ends.ts"
import * as Enduring from "./enduring.ts"
import { clientOf, stepsOf } from "./lasting.ts"

/** An answer that waits. It lies in a database and is read by the next release: it only ever grows. */
export const Delivery = Schema.Struct({
  /** The name of the turn that it is the end of. */
  turn: Schema.String,
  lane: Lane,
  chat: Schema.Union([Schema.Int, Schema.String]),
  thread: Schema.optionalKey(Schema.Int),
  directTopic: Schema.optionalKey(Schema.Int),
  isThread: Schema.optionalKey(Schema.Boolean),
  /** The message that asked, and who did. */
  message: Schema.Int,
  user: Schema.optionalKey(Schema.Int),
  rest: Delivering.Rest,
  /** When it was ready, in milliseconds, and before when Telegram wants to hear nothing. */
  at: Schema.Int,
  notBefore: Schema.Int
})

/** An answer that waits. */
export type Delivery = typeof Delivery.Type

/** The answers of a lane that wait. */
export const Deliveries = Entity.make("effect-codex/Deliveries", [
  Rpc.make("Deliver", { payload: Delivery.fields, primaryKey: ({ turn }) => turn })
    .annotate(ClusterSchema.Persisted, true)
    .annotate(ClusterSchema.InterruptOnTermination, true),
  /** Tries at once, unless Telegram has forbidden it; gives how many wait. */
  Rpc.make("Hurry", { payload: { lane: Lane }, success: Schema.Int }),
  /** Drops what waits. */
  Rpc.make("Forget", { payload: { lane: Lane }, success: Schema.Int })
])

/** One try. */
export const Attempt = Workflow.make("effect-codex/Attempt", {
  payload: { delivery: Delivery, nth: Schema.Int },
  success: Delivering.Tried,
  idempotencyKey: ({ delivery, nth }) => `${delivery.turn}/${nth}`
})

/** What waits longer than this is not worth to be read any more. */
const longest = Duration.days(1)

const pauses = [1, 2, 5, 10, 20, 30].map((minutes) => minutes * 60_000)

/** How many of a lane that have ended are known again here. */
const remembered = 100

const pauseAfter = (nth: number): number => pauses[nth] ?? 3_600_000

/** Before when Telegram wants to hear nothing. */
const notBefore = ({ retryAfter }: TelegramFailed, at: number): number =>
  at + (retryAfter === undefined ? 0 : Duration.toMillis(retryAfter))

/** When something is tried: once it is due, or before on somebody's word, but not earlier; as seen when it was tried last. */
interface When {
  readonly at: number
  readonly due: number
  readonly earliest: number
}

/** The answers that wait here. */
export class Late extends Context.Service<Late, {
  /** Leaves an answer here; false when the store does not take it. */
  readonly leave: (
    delivery: Omit<Delivery, "at" | "notBefore">,
    why: TelegramFailed
  ) => Effect.Effect<boolean>
  /** Tries those of a lane again, whose line seems to work. */
  readonly hurryHere: (lane: Lane) => Effect.Effect<void>
  readonly hurry: (lane: Lane) => Effect.Effect<number>
  readonly forget: (lane: Lane) => Effect.Effect<number>
  /** The bells of the lanes where something waits in this process. */
  readonly bells: Map<string, Effect.Effect<void>>
}>()("effect-codex/internal/late") {
  static readonly layer: Layer.Layer<Late, never, Sharding.Sharding> = Layer.effect(
    Late,
    Effect.gen(function*() {
      const client = yield* Deliveries.client
      const bells = new Map<string, Effect.Effect<void>>()
      return {
        leave: (delivery, why) =>
          Effect.gen(function*() {
            const at = yield* Clock.currentTimeMillis
            const waiting = { ...delivery, at, notBefore: Math.ceil(notBefore(why, at)) }
            yield* Effect.retry(client(idOf(delivery.lane)).Deliver(waiting, { discard: true }), {
              times: 3,
              schedule: Schedule.spaced("1 second")
            })
            yield* Effect.logWarning(`An answer waits until Telegram takes it. ${why.message}`)
            return true
          }).pipe(Effect.orElseSucceed(() => false)),
        hurryHere: (lane) => Effect.suspend(() => bells.get(idOf(lane)) ?? Effect.void),
        hurry: (lane) => Effect.orElseSucceed(client(idOf(lane)).Hurry({ lane }), () => 0),
        // What is not forgotten would come afterwards: whoever cannot wait for it forgets once more.
        forget: (lane) =>
          Effect.orDie(Effect.retry(client(idOf(lane)).Forget({ lane }), Schedule.spaced("500 millis"))),
        bells
      }
    })
  )
}

/** Each try as a workflow of this process. */
export const layerAttempt = Attempt.toLayer(Effect.fnUntraced(function*({ delivery }) {
  const { chat, directTopic, isThread, lane, message, rest, thread, user } = delivery
  const { commandPrefix } = yield* TelegramDoor
  const senders = yield* Senders
  const steps = stepsOf(yield* WorkflowEngine.WorkflowEngine, yield* WorkflowEngine.WorkflowInstance)
  const api = yield* Effect.orDie(clientOf(senders, lane.bot))
  const tried = yield* Delivering.bringLate(
    api,
    // The conversation has gone on: it says what it answers.
    { chatId: chat, threadId: thread, directTopicId: directTopic, replyTo: message, isThread },
    steps,
    rest,
    delivery.at
  )
  const { failure } = tried
  if (failure !== undefined && !Delivering.isWaiting(tried)) {
    yield* steps.once(
      "Nowhere",
      Schema.Void,
      Delivering.tellAsker(api, failure, Nowhere.answer(commandPrefix), { chat, user })
    )
  }
  return tried
}))

const deliveries = Effect.gen(function*() {
  const { bells } = yield* Late
  const engine = yield* WorkflowEngine.WorkflowEngine
  const undelivered = yield* Effect.serviceOption(Undelivered.Undelivered)
  const address = yield* Entity.CurrentAddress
  const key = String(address.entityId)
  const one = yield* Semaphore.make(1)
  const reading = yield* Semaphore.make(1)
  const run = yield* FiberSet.runtime(yield* FiberSet.make<void>())()
  /** Those that are here, and the end of each. */
  const ends = Ends.make<string>(remembered)
  /** How many wait, and what ends their waiting. */
  let waiting = 0
  let bell = Deferred.makeUnsafe<void>()
  let gone = Deferred.makeUnsafe<void>()
  yield* Effect.addFinalizer(() => Effect.sync(() => bells.delete(key)))

  const ring = Effect.sync(() => {
    Deferred.doneUnsafe(bell, Exit.void)
    bell = Deferred.makeUnsafe()
  })

  /** Waits until it is time, or somebody rings and Telegram has not forbidden it; or until it is not wanted any more. */
  const ripe = (when: When, dropped: Deferred.Deferred<void>): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      now >= when.due ? Effect.void : Effect.raceAllFirst([
        // A clock that was put back is no reason to wait for as long.
        Effect.as(Effect.sleep(when.due - Math.max(now, when.at)), false),
        Effect.as(Deferred.await(dropped), false),
        Effect.as(Deferred.await(bell), true)
      ]).pipe(
        Effect.flatMap((rung) =>
          !rung
            ? Effect.void
            : Effect.flatMap(Clock.currentTimeMillis, (now) => now >= when.earliest ? Effect.void : ripe(when, dropped))
        )
      ))

  const attempt = Effect.fnUntraced(function*(
    payload: typeof Attempt.payloadSchema.Type,
    when: When,
    dropped: Deferred.Deferred<void>
  ) {
    const known = yield* Attempt.poll(yield* Attempt.executionId(payload))
    // One that was made before need not be waited for.
    if (Option.isNone(known)) yield* ripe(when, dropped)
    return (yield* Deferred.isDone(dropped)) ? undefined : yield* Attempt.execute(payload)
  }, Effect.provideService(WorkflowEngine.WorkflowEngine, engine))

  /** Whoever asks for the last answer still gets one that does not come by itself. */
  const keep = ({ lane, rest }: Delivery) =>
    Option.match(undelivered, {
      onNone: () => Effect.void,
      onSome: ({ keep }) => keep(ConversationKey(lane.conversation), rest.parts)
    })

  const lost = (delivery: Delivery, failure: TelegramFailed) =>
    Effect.andThen(Delivering.undelivered(failure), keep(delivery))

  const deliver = Effect.fnUntraced(function*(delivery: Delivery, dropped: Deferred.Deferred<void>) {
    const end = delivery.at + Duration.toMillis(longest)
    let { at, notBefore: earliest, rest: { begun } } = delivery
    let due = Math.max(earliest, delivery.at + pauseAfter(0))
    for (let nth = 0;; nth++) {
      const payload = { delivery: { ...delivery, rest: { ...delivery.rest, begun } }, nth }
      const tried = yield* attempt(payload, { at, due: Math.min(due, end), earliest }, dropped)
      if (tried?.failure === undefined) return
      if (!Delivering.isWaiting(tried) || tried.at >= end) return yield* lost(delivery, tried.failure)
      ;({ at, begun } = tried)
      earliest = notBefore(tried.failure, at)
      due = Math.max(earliest, at + pauseAfter(nth + 1))
    }
  })

  const end = (turn: string): void => {
    ends.end(turn)
    waiting--
    if (waiting === 0) bells.delete(key)
  }

  /** Takes one that waits, behind those that came before it. Who is interrupted leaves it to whoever has it next. */
  const take = (delivery: Delivery): Deferred.Deferred<void> => {
    const { turn } = delivery
    const known = ends.of(turn)
    if (known !== undefined) return known
    const told = ends.begin(turn)
    const dropped = gone
    waiting++
    bells.set(key, ring)
    run(
      one.withPermit(deliver(delivery, dropped)).pipe(
        Effect.catchDefect((defect) =>
          Effect.andThen(Effect.logError("An answer that waited could not be delivered.", defect), keep(delivery))
        ),
        Effect.andThen(Effect.sync(() => end(turn)))
      )
    )
    return told
  }

  let isComplete = false
  /** All are here that waited before: the engine may hand them over only later. */
  const complete = reading.withPermit(Effect.suspend(() =>
    isComplete
      ? Effect.void
      : Effect.map(Enduring.enduring(Backlog.read(address, "Deliver", Delivery)), (found) => {
        for (const delivery of found) take(delivery)
        isComplete = true
      })
  )).pipe(Effect.ignore)

  return Deliveries.of({
    Deliver: ({ payload: delivery }) => Effect.andThen(complete, Effect.suspend(() => Deferred.await(take(delivery)))),
    Hurry: () => Effect.andThen(complete, Effect.suspend(() => Effect.as(ring, waiting))),
    Forget: () =>
      Effect.gen(function*() {
        yield* complete
        const count = waiting
        const turns = ends.keys()
        Deferred.doneUnsafe(gone, Exit.void)
        gone = Deferred.makeUnsafe()
        if (count > 0) yield* Backlog.processed(address, "Deliver", turns)
        return count
      })
  })
})

/** The answers that wait, in this process. */
export const layerDeliveries = Deliveries.toLayer(deliveries, { concurrency: "unbounded", maxIdleTime: "1 minute" })
