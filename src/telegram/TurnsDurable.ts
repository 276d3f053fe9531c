/**
 * The mailboxes and turns of `Turns` on Effect's cluster and workflow engine: a kill loses nothing.
 *
 * Each update that is accepted is a row until its turn has ended; a turn is a workflow, and what it has done is not
 * done again. The engine is given: one process over a SQLite file (`layerSingle`), or several over Postgres. What is
 * asked lies in the store in clear until it is swept. It is a door of its own (`effect-codex/telegram/durable`), since
 * nobody else should load an engine.
 */
import * as Clock from "effect/Clock"
import * as Entity from "effect/cluster/Entity"
import * as MessageStorage from "effect/cluster/MessageStorage"
import type * as Sharding from "effect/cluster/Sharding"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import type * as SqlClient from "effect/sql/SqlClient"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { Codex } from "../conversation/Codex.ts"
import type { MemoryFailed } from "../conversation/TurnError.ts"
import * as Backlog from "./internal/backlog.ts"
import * as Departures from "./internal/departures.ts"
import { Conversation, idOf, type Piece, StopSaid, Turn, TurnControl } from "./internal/durable.ts"
import { Here, layerControl, layerTurn } from "./internal/durableTurn.ts"
import * as Engine from "./internal/engine.ts"
import { elsewhere } from "./internal/lasting.ts"
import * as Late from "./internal/late.ts"
import * as Mailbox from "./internal/mailbox.ts"
import * as Sweeping from "./internal/sweeping.ts"
import * as Tracing from "./internal/tracing.ts"
import type { TelegramDoor } from "./TelegramDoor.ts"
import { type Chat, Entry, type Lane, Senders, Turns, TurnsUnavailable } from "./Turns.ts"

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

/** What is found in the store is waited for so long before it is said that it will not come back. */
const patience = Duration.seconds(2)

/** How many of a conversation that have ended are known again by its mailbox; the store knows all of them. */
const remembered = 200

/** An answer that is being stopped has so long before its conversation is forgotten. */
const ending = Duration.seconds(3)

const conversation = Effect.gen(function*() {
  const { mailboxes, open, permits, turning } = yield* Here
  const senders = yield* Senders
  const engine = yield* WorkflowEngine.WorkflowEngine
  const storage = yield* MessageStorage.MessageStorage
  const address = yield* Entity.CurrentAddress
  const self = (yield* Conversation.client)(address.entityId)
  const controls = yield* TurnControl.client
  const late = yield* Late.Late
  const one = yield* Semaphore.make(1)
  const gate = yield* Latch.make(true)
  const key = String(address.entityId)
  const bot = key.slice(0, key.indexOf("/"))
  /** The pieces that are here, and the end of each. */
  const ends = new Map<number, Deferred.Deferred<void>>()
  let current: { readonly executionId: string; readonly over: Deferred.Deferred<void> } | undefined
  let dropped: ReadonlyArray<number> = []

  /** Those that have ended: their row may be handed over only now. */
  const over: Array<number> = []

  const end = (updates: ReadonlyArray<number>): void => {
    // The first one last: it is what brings the turn back.
    for (const update of updates.toReversed()) {
      const told = ends.get(update)
      if (told !== undefined) Deferred.doneUnsafe(told, Exit.void)
      over.push(update)
    }
    for (const update of over.splice(0, Math.max(0, over.length - remembered))) ends.delete(update)
  }

  const requestOf = (update: number) => storage.requestIdForPrimaryKey({ address, tag: "Piece", id: String(update) })

  /** Returns when these will not come back. */
  const processed = (updates: ReadonlyArray<number>) =>
    Effect.gen(function*() {
      const requests = yield* Effect.forEach(updates, requestOf)
      return (yield* storage.unprocessedMessagesById(requests.flatMap(Option.toArray))).length === 0
    }).pipe(
      Effect.repeat({ until: (isDone) => isDone, schedule: Schedule.spaced("10 millis") }),
      Effect.timeoutOption(patience),
      Effect.ignore
    )

  // What the last turn has answered.
  let answered: ReadonlyArray<number> = []
  const turn = (pieces: readonly [Piece, ...ReadonlyArray<Piece>]) => {
    const all = pieces.map(({ entry }) => entry.update)
    return Effect.gen(function*() {
      const over = yield* Deferred.make<void>()
      current = { executionId: yield* Turn.executionId({ pieces }), over }
      const updates = yield* Turn.execute({ pieces }).pipe(
        Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
        Effect.catchDefect((defect) =>
          Effect.as(Effect.logError("A prompt could not be answered; its conversation goes on.", defect), all)
        )
      )
      answered = updates
      end(updates)
      yield* late.hurryHere(pieces[0].entry.lane)
    }).pipe(
      Effect.ensuring(Effect.sync(() => {
        if (current !== undefined) Deferred.doneUnsafe(current.over, Exit.void)
        current = undefined
      }))
    )
  }

  const { patience: notice, rules, waiting } = turning
  const mailbox = yield* Mailbox.make<Entry>({
    waiting,
    concurrency: permits,
    rules,
    patience: notice,
    isEdit: ({ isEdit }) => isEdit === true,
    open: Effect.andThen(
      Effect.andThen(open.await, gate.await),
      Effect.ignore(Effect.retry(senders.of(bot), elsewhere))
    ),
    turn: (_entries, _place, pieces) => turn(pieces),
    unanswered: (pieces) => pieces.filter(({ entry }) => !answered.includes(entry.update)),
    dropped: (pieces) => {
      dropped = pieces.map(({ entry }) => entry.update)
    },
    // It is answered by whoever opens the mailbox next.
    forsaken: () => Effect.void,
    rested: senders.rested === undefined ? undefined : ({ lane }) => senders.rested?.(lane)
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => mailboxes.set(key, { rests: mailbox.rests(key), drained: mailbox.drained })),
    () => Effect.sync(() => mailboxes.delete(key))
  )

  const take = (piece: Piece) =>
    Effect.gen(function*() {
      const { update } = piece.entry
      const known = ends.get(update)
      if (known !== undefined) return known
      const told = Deferred.makeUnsafe<void>()
      ends.set(update, told)
      yield* mailbox.put(key, String(update), piece)
      return told
    })

  let isComplete = false
  /** Everything is here that was accepted before. */
  const complete = Effect.suspend(() =>
    isComplete ? Effect.void : Backlog.read(storage, address).pipe(
      Effect.flatMap(Effect.forEach(take, { discard: true })),
      Effect.andThen(Effect.sync(() => isComplete = true))
    )
  )

  const stop = Effect.gen(function*() {
    yield* one.withPermit(Effect.ignore(complete))
    dropped = []
    const { dropped: count } = yield* mailbox.stop(key)
    const gone = dropped
    const running = current === undefined ? false : yield* stopTurn(current.executionId)
    end(gone)
    if (gone.length > 0) yield* processed(gone)
    return { running, dropped: count }
  })

  const stopTurn = (executionId: string) =>
    DurableDeferred.succeed(StopSaid, {
      token: DurableDeferred.tokenFromExecutionId(StopSaid, { workflow: Turn, executionId }),
      value: undefined
    }).pipe(
      Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
      Effect.andThen(controls(executionId).Stop()),
      // Whoever goes on with the turn finds it written down.
      Effect.orElseSucceed(() => true)
    )

  return Conversation.of({
    Accept: ({ payload: { entry, trace } }) =>
      one.withPermit(Effect.gen(function*() {
        yield* complete
        if (Option.isSome(yield* requestOf(entry.update))) return "seen" as const
        const piece: Piece = { entry, at: yield* Clock.currentTimeMillis, ...trace !== undefined && { trace } }
        const place = yield* mailbox.placeOf(key, entry)
        if (place === "nowhere") return "seen" as const
        const running = place === "running" ? current : undefined
        if (yield* mailbox.isNew(key, String(entry.update), entry)) {
          if (entry.isMore === true) return "seen" as const
          const limited = turning.limit === undefined ? Option.none() : yield* turning.limit(entry)
          if (Option.isSome(limited)) return limited.value
        }
        if (running === undefined && !(yield* mailbox.hasRoom(key, piece))) return "full" as const
        yield* self.Piece(piece, { discard: true })
        yield* take(piece)
        if (running !== undefined) yield* stopTurn(running.executionId)
        return "accepted" as const
      })).pipe(Effect.mapError(unavailable)),
    Piece: ({ payload: piece }) => Effect.flatMap(take(piece), Deferred.await),
    Stop: () => stop,
    Reset: ({ payload: { lane } }) =>
      Effect.gen(function*() {
        yield* gate.close
        const running = current
        const stopped = yield* stop
        if (running !== undefined) yield* Effect.timeoutOption(Deferred.await(running.over), ending)
        yield* late.forget(lane)
        yield* turning.forget(lane)
        return stopped
      }).pipe(Effect.ensuring(gate.open))
  })
})

const layerConversations = Conversation.toLayer(conversation, { concurrency: "unbounded", maxIdleTime: "1 minute" })

const isUnavailable = Schema.is(TurnsUnavailable)

const unavailable = (error: { readonly _tag: string }): TurnsUnavailable =>
  isUnavailable(error)
    ? error
    : new TurnsUnavailable({ reason: error._tag === "PersistenceError" ? "store" : "moving" })

/** Whoever hands something over does not wait longer for a store, or for a conversation that moves. */
const longest = Duration.seconds(5)

const bounded = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
  effect.pipe(
    Effect.mapError(unavailable),
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
          error._tag === "MemoryFailed" ? error : unavailable(error)
        )
      )
    ),
    leave: Effect.fn("Turns.leave")(function*(chat: Chat) {
      turning.departures.leave(chat)
      yield* Effect.forEach(Departures.lanesIn(chat, [...mailboxes.keys()]), stop, { discard: true })
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
      Layer.mergeAll(layerTurn, layerControl, layerConversations, Late.layerAttempt, Late.layerDeliveries)
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
