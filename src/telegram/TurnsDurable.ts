/**
 * The mailboxes and turns of `Turns` on Effect's cluster and workflow engine: a kill loses nothing.
 *
 * Each update that is accepted is a row until its turn has ended; a turn is a workflow, and what it has done is not
 * done again. The engine is given: one process over a SQLite file (`layerSingle`), or several over Postgres. What is
 * asked lies in the store in clear until it is swept. It is a door of its own (`effect-codex/telegram/durable`), since
 * nobody else should load an engine.
 */
import * as Cause from "effect/Cause"
import type * as MessageStorage from "effect/cluster/MessageStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { Codex } from "../conversation/Codex.ts"
import type { MemoryFailed } from "../conversation/TurnError.ts"
import { ensure, span } from "../internal/kinds.ts"
import * as Departures from "./internal/departures.ts"
import { Conversation, idOf } from "./internal/durable.ts"
import * as DurableMailbox from "./internal/durableMailbox.ts"
import { Here, layerControl, layerTurn } from "./internal/durableTurn.ts"
import * as Engine from "./internal/engine.ts"
import { Grace } from "./internal/grace.ts"
import * as Late from "./internal/late.ts"
import * as MovedRows from "./internal/movedRows.ts"
import * as Sweeping from "./internal/sweeping.ts"
import * as Tracing from "./internal/tracing.ts"
import type { TelegramDoor } from "./TelegramDoor.ts"
import { type Chat, Entry, type Lane, type Senders, Turns, TurnsUnavailable } from "./Turns.ts"

/**
 * How turns end that are under way when the process does, and how long what is done is kept.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** How long turns that are under way have when the layer ends; then they are left to the next process. Default: 15 s. */
  readonly drain?: Duration.Input | undefined
}

/** Whoever hands something over does not wait longer for a store, or for a conversation that moves. */
const longest = Duration.seconds(5)

/** To forget a conversation may take longer, since its answer ends first; but no longer than its update is waited for. */
const longestReset = Duration.seconds(15)

const isMoving = Effect.fail(new TurnsUnavailable({ reason: "moving" }))

// The engine interrupts whoever waits for a conversation that is taken away from here.
const unlessMoved = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.catchCauseIf(effect, Cause.hasInterruptsOnly, () => isMoving)

const within = (duration: Duration.Duration) => <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.timeoutOrElse(unlessMoved(effect), { duration, orElse: () => isMoving })

const bounded = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
  within(longest)(Effect.mapError(effect, DurableMailbox.unavailable))

const make = Effect.fnUntraced(function*({ drain = "15 seconds" }: Options) {
  yield* ensure("TurnsDurable.layer", { drain: span }, { drain })
  const client = yield* Conversation.client
  const sharding = yield* Sharding.Sharding
  const late = yield* Late.Late
  const grace = yield* Grace
  const { mailboxes, open, turning, turns } = yield* Here
  let isClosing = false
  // Built last, so this runs first: once the engine is closing, a turn gets no further than the step it is in.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isClosing = true
      return Effect.andThen(
        open.close,
        Effect.sync(() => turns.size === 0).pipe(
          Effect.repeat({ until: (isDone) => isDone, schedule: Schedule.spaced("20 millis") }),
          Effect.timeoutOption(drain),
          Effect.andThen(Effect.sync(() => {
            grace.isOver = true
          }))
        )
      )
    })
  )

  const stop = (lane: Lane, update?: number) =>
    bounded(client(idOf(lane)).Stop({ lane, ...update !== undefined && { update } }))
  return Turns.of({
    accept: Effect.fn("Turns.accept")(function*(given) {
      const entry = yield* Effect.orDie(Schema.decodeEffect(Entry)(given))
      if (isClosing) return yield* new TurnsUnavailable({ reason: "closing" })
      turning.departures.back(Departures.chatOf(entry))
      const trace = yield* Tracing.within
      return yield* bounded(
        client(idOf(entry.lane)).Accept({ entry, ...Option.isSome(trace) && { trace: trace.value } })
      )
    }),
    stop: Effect.fn("Turns.stop")(stop),
    reset: Effect.fn("Turns.reset")((lane: Lane, update?: number) =>
      client(idOf(lane)).Reset({ lane, ...update !== undefined && { update } }).pipe(
        Effect.mapError((error): MemoryFailed | TurnsUnavailable =>
          error._tag === "MemoryFailed" ? error : DurableMailbox.unavailable(error)
        ),
        within(longestReset)
      )
    ),
    once: Effect.fnUntraced(function*({ lane, update }, work) {
      const conversation = client(idOf(lane))
      const id = String(update)
      if (yield* bounded(conversation.IsDone({ id }))) return Option.none()
      const done = yield* work
      // Of those that the update was delivered to at the same moment, one has the word.
      const by = String(yield* sharding.getSnowflake)
      return (yield* bounded(conversation.Once({ id, by }))) === by ? Option.some(done) : Option.none()
    }),
    leave: Effect.fn("Turns.leave")(function*(chat: Chat) {
      turning.departures.leave(chat)
      yield* Effect.ensuring(
        Effect.forEach(Departures.lanesIn(chat, [...mailboxes.keys()]), (lane) => stop(lane), { discard: true }),
        Effect.sync(() => turning.departures.tell(chat))
      )
    }),
    hurry: late.hurry,
    keeps: Duration.fromInputUnsafe(Sweeping.kept.pieces),
    rests: (lane) => Effect.suspend(() => mailboxes.get(idOf(lane))?.rests ?? Effect.void),
    drained: Effect.suspend(() => Effect.forEach([...mailboxes.values()], ({ drained }) => drained, { discard: true }))
  })
})

/**
 * Mailboxes and turns on an engine of yours: one runner, or several over one database.
 *
 * What was accepted is answered once, whoever goes down meanwhile; a turn that was cut short is asked again, and says so.
 * All runners of a database serve the same bots. What is done is swept once an hour: steps after an hour, prompts after the
 * day in which Telegram may send them again. Prompts that this release cannot read are counted and logged, once.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  Turns,
  never,
  | Codex
  | TelegramDoor
  | Senders
  | SqlClient.SqlClient
  | Sharding.Sharding
  | MessageStorage.MessageStorage
  | WorkflowEngine.WorkflowEngine
> =>
  Layer.effect(Turns, make(options)).pipe(
    Layer.provideMerge(
      Layer.mergeAll(layerTurn, layerControl, DurableMailbox.layer, Late.layerAttempt, Late.layerDeliveries)
    ),
    Layer.provide([Here.layer, Late.Late.layer]),
    // Before the engine hands anything over.
    Layer.provideMerge(Layer.merge(Sweeping.layer, MovedRows.layer))
  )

/**
 * The same in one process over one database, with the engine: for a bot on one machine, on the SQLite file that it
 * remembers in.
 *
 * No two processes may use one database at the same time.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSingle = (
  options: Options = {}
): Layer.Layer<Turns, never, Codex | TelegramDoor | Senders | SqlClient.SqlClient> =>
  Layer.provide(layer(options), Engine.single)
