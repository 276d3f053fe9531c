/**
 * The mailboxes and turns of `Turns` on Effect's cluster and workflow engine: a kill loses nothing.
 *
 * Each update that is accepted is a row until its turn has ended; a turn is a workflow, and what it has done is not
 * done again. The engine is given: one process over a SQLite file (`layerSingle`), or several over Postgres. What is
 * asked lies in the store in clear until it is swept. It is a door of its own (`effect-codex/telegram/durable`), since
 * nobody else should load an engine.
 */
import type * as MessageStorage from "effect/cluster/MessageStorage"
import type * as Sharding from "effect/cluster/Sharding"
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
import * as Departures from "./internal/departures.ts"
import { Conversation, idOf } from "./internal/durable.ts"
import * as DurableMailbox from "./internal/durableMailbox.ts"
import { Here, layerControl, layerTurn } from "./internal/durableTurn.ts"
import * as Engine from "./internal/engine.ts"
import * as Late from "./internal/late.ts"
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

const bounded = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
  effect.pipe(
    Effect.mapError(DurableMailbox.unavailable),
    Effect.timeoutOrElse({
      duration: longest,
      orElse: () => Effect.fail(new TurnsUnavailable({ reason: "moving" }))
    })
  )

const make = Effect.fnUntraced(function*({ drain = "15 seconds" }: Options) {
  const client = yield* Conversation.client
  const late = yield* Late.Late
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
          Effect.ignore
        )
      )
    })
  )

  const stop = (lane: Lane) => bounded(client(idOf(lane)).Stop({ lane }))
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
    reset: Effect.fn("Turns.reset")((lane: Lane) =>
      client(idOf(lane)).Reset({ lane }).pipe(
        Effect.mapError((error): MemoryFailed | TurnsUnavailable =>
          error._tag === "MemoryFailed" ? error : DurableMailbox.unavailable(error)
        )
      )
    ),
    leave: Effect.fn("Turns.leave")(function*(chat: Chat) {
      turning.departures.leave(chat)
      yield* Effect.ensuring(
        Effect.forEach(Departures.lanesIn(chat, [...mailboxes.keys()]), stop, { discard: true }),
        Effect.sync(() => turning.departures.tell(chat))
      )
    }),
    hurry: late.hurry,
    keeps: Duration.fromInputUnsafe(Sweeping.kept.pieces),
    limited: turning.limited,
    rests: (lane) => Effect.suspend(() => mailboxes.get(idOf(lane))?.rests ?? Effect.void),
    drained: Effect.suspend(() => Effect.forEach([...mailboxes.values()], ({ drained }) => drained, { discard: true }))
  })
})

/**
 * Mailboxes and turns on an engine of yours: one runner, or several over one database.
 *
 * What was accepted is answered once, whoever goes down meanwhile; a turn that was cut short is asked again, and says so.
 * All runners of a database serve the same bots.
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
  | Sharding.Sharding
  | MessageStorage.MessageStorage
  | WorkflowEngine.WorkflowEngine
> =>
  Layer.effect(Turns, make(options)).pipe(
    Layer.provideMerge(
      Layer.mergeAll(layerTurn, layerControl, DurableMailbox.layer, Late.layerAttempt, Late.layerDeliveries)
    ),
    Layer.provide([Here.layer, Late.Late.layer])
  )

/**
 * Sweeps what is done, on an engine of yours, once an hour: steps after an hour, prompts after the day in which Telegram
 * may send them again. Prompts that this release cannot read are counted and logged before they are handed over.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSweep: Layer.Layer<
  never,
  never,
  SqlClient.SqlClient | Sharding.Sharding | MessageStorage.MessageStorage | WorkflowEngine.WorkflowEngine
> = Sweeping.layer

/**
 * The same in one process over one database, with the engine: for a bot on one machine, on the SQLite file that it
 * remembers in.
 *
 * What is done is swept once an hour: steps after an hour, prompts after the day that Telegram may send them again. No
 * two processes may use one database at the same time.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSingle = (
  options: Options = {}
): Layer.Layer<Turns, never, Codex | TelegramDoor | Senders | SqlClient.SqlClient> =>
  layer(options).pipe(
    Layer.provideMerge(layerSweep),
    Layer.provide(Engine.single)
  )
