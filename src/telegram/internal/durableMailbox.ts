/**
 * The mailbox of one conversation, which outlives its process: pieces in the store until their turn has ended.
 *
 * What it knows besides is made anew from those rows: what waits, what is answered, what was seen.
 */
import * as Entity from "effect/cluster/Entity"
import * as EntityAddress from "effect/cluster/EntityAddress"
import * as EntityId from "effect/cluster/EntityId"
import * as EntityType from "effect/cluster/EntityType"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { type Entry, type Lane, Senders, TurnsUnavailable } from "../Turns.ts"
import * as Backlog from "./backlog.ts"
import { Conversation, Piece, SoFar, type Stopped, StopSaid, Turn, TurnControl } from "./durable.ts"
import { Here } from "./durableTurn.ts"
import * as Ends from "./ends.ts"
import * as Enduring from "./enduring.ts"
import { clientOf } from "./lasting.ts"
import * as Late from "./late.ts"
import * as Mailbox from "./mailbox.ts"
import { make as makeSeen } from "./seen.ts"
import * as Turning from "./turning.ts"

/** How many of a conversation that have ended are known again by its mailbox; the store knows all of them. */
const remembered = 200

/** An answer that is being stopped has so long before its conversation is forgotten. */
const ending = Duration.seconds(3)

/** Whoever runs a turn says at once how far it has come. */
const reading = Duration.seconds(1)

type Pieces = readonly [Piece, ...ReadonlyArray<Piece>]

const conversation = Effect.gen(function*() {
  const { mailboxes, open, permits, turning } = yield* Here
  const senders = yield* Senders
  const engine = yield* WorkflowEngine.WorkflowEngine
  const sharding = yield* Sharding.Sharding
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
  const ends = Ends.make<number>(remembered)
  let current: { readonly pieces: Pieces; readonly over: Deferred.Deferred<void> } | undefined
  /** Those that have been counted: one that the store did not take comes again, and is not asked twice. */
  const counted = makeSeen()
  /** Those that were found again, and wait. */
  const found = new Map<number, Piece>()
  let dropped: ReadonlyArray<Entry> = []

  const end = (updates: ReadonlyArray<number>): void => {
    // The first one last: it is what brings the turn back.
    for (const update of updates.toReversed()) {
      ends.end(update)
      found.delete(update)
    }
  }

  const requestOf = (update: number) => storage.requestIdForPrimaryKey({ address, tag: "Piece", id: String(update) })

  let answered: ReadonlyArray<number> = []
  const turn = (pieces: Pieces) => {
    const all = pieces.map(({ entry }) => entry.update)
    const over = Deferred.makeUnsafe<void>()
    // In the step that begins it: a stop finds it from here on.
    current = { pieces, over }
    for (const update of all) found.delete(update)
    return Effect.gen(function*() {
      answered = yield* Turn.execute({ pieces }).pipe(
        Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
        Effect.catchDefect((defect) =>
          Effect.as(Effect.logError("A prompt could not be answered; its conversation goes on.", defect), all)
        )
      )
      end(answered)
      yield* late.hurryHere(pieces[0].entry.lane)
    }).pipe(
      Effect.ensuring(Effect.sync(() => {
        Deferred.doneUnsafe(over, Exit.void)
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
      Effect.ignore(clientOf(senders, bot))
    ),
    turn: (_entries, _place, pieces) => turn(pieces),
    isAnswered: ({ update }) => answered.includes(update),
    unanswered: (pieces) => pieces.filter(({ entry }) => !answered.includes(entry.update)),
    dropped: (pieces) => {
      dropped = pieces.map(({ entry }) => entry)
    },
    // It is answered by whoever opens the mailbox next.
    forsaken: () => Effect.void,
    rested: senders.rested === undefined ? undefined : ({ lane }) => senders.rested?.(lane)
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => mailboxes.set(key, { rests: mailbox.rests(key), drained: mailbox.drained })),
    () => Effect.sync(() => mailboxes.delete(key))
  )

  const take = (piece: Piece, { hasBegun = false, isNew = false } = {}) =>
    Effect.gen(function*() {
      const { update } = piece.entry
      const known = ends.of(update)
      if (known !== undefined) return known
      const told = ends.begin(update)
      if (!isNew) found.set(update, piece)
      yield* mailbox.put(key, String(update), piece, hasBegun)
      return told
    })

  /** Whether a turn of it had begun before it was found again: the engine goes on with that by itself. */
  const hasBegun = Effect.fnUntraced(function*(piece: Piece) {
    const entityId = EntityId.make(yield* Turn.executionId({ pieces: [piece] }))
    const address = EntityAddress.make({
      entityType: EntityType.make(`Workflow/${Turn._tag}`),
      entityId,
      shardId: sharding.getShardId(entityId, "default")
    })
    return Option.isSome(yield* storage.requestIdForPrimaryKey({ address, tag: "run", id: "" }))
  })

  let isComplete = false
  /** Everything is here that was accepted before; what had begun first, since the engine goes on with it by itself. */
  const complete = Effect.gen(function*() {
    if (isComplete) return
    const pieces = yield* Enduring.enduring(Backlog.read(address, "Piece", Piece))
    const begun = yield* Effect.filter(pieces, hasBegun)
    yield* Effect.forEach(begun.toReversed(), (piece) => take(piece, { hasBegun: true }), { discard: true })
    yield* Effect.forEach(pieces, (piece) => take(piece), { discard: true })
    isComplete = true
  })

  /** Stops what was sent before an update; gives what was said of it, and the turns that the engine goes on with by itself. */
  const halt = Effect.fnUntraced(function*(update: number | undefined) {
    yield* one.withPermit(Effect.ignore(complete))
    const isBehind = Turning.behind(update)
    const begun = yield* Effect.filter(
      [...found.values()].filter(({ entry }) => !isBehind(entry)),
      hasBegun
    ).pipe(Effect.orElseSucceed((): ReadonlyArray<Piece> => []))
    // One that has begun meanwhile is the one that runs.
    const resumed = begun.filter(({ entry }) => found.has(entry.update))
    dropped = []
    const { dropped: count, goesOn } = yield* mailbox.stop(
      key,
      (entry) => isBehind(entry) || resumed.some((piece) => piece.entry.update === entry.update)
    )
    const forsaken = dropped
    const gone = forsaken.map(({ update }) => update)
    const elsewhere = resumed.map((piece): Pieces => [piece])
    const running = yield* Effect.forEach([
      ...current === undefined || goesOn ? [] : [current.pieces],
      ...elsewhere
    ], stopTurn)
    end(gone)
    if (gone.length > 0) yield* Backlog.processed(address, "Piece", gone.map(String))
    yield* Turning.tellDropped(forsaken, turning.answering, senders.of)
    return { elsewhere, stopped: { running: running.includes(true), dropped: count } }
  })

  /** Waits until a turn is over that is none of those that run here. */
  const isOver = (pieces: Pieces) =>
    Effect.flatMap(Turn.executionId({ pieces }), (id) => Turn.poll(id)).pipe(
      Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
      Effect.repeat({
        until: (ended) => Option.isSome(ended) && ended.value._tag === "Complete",
        schedule: Schedule.spaced("50 millis")
      })
    )

  const stopTurn = (pieces: Pieces) =>
    Effect.gen(function*() {
      const executionId = yield* Turn.executionId({ pieces })
      const control = controls(executionId)
      // First, so that a kill in between leaves an answer that goes on, and not one without its text.
      const text = yield* Effect.exit(Effect.timeout(control.SoFar(), reading))
      if (Exit.isSuccess(text) && text.value !== "") {
        yield* DurableDeferred.succeed(SoFar, {
          token: DurableDeferred.tokenFromExecutionId(SoFar, { workflow: Turn, executionId }),
          value: text.value
        })
      }
      yield* DurableDeferred.succeed(StopSaid, {
        token: DurableDeferred.tokenFromExecutionId(StopSaid, { workflow: Turn, executionId }),
        value: undefined
      })
      return yield* control.Stop()
    }).pipe(
      Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
      // Whoever goes on with the turn finds it written down.
      Effect.orElseSucceed(() => true)
    )

  const resetting = yield* Semaphore.make(1)
  let lastReset: { readonly update: number; readonly stopped: typeof Stopped.Type } | undefined

  const reset = Effect.fnUntraced(function*(lane: Lane, update: number | undefined) {
    if (lastReset !== undefined && lastReset.update === update) return lastReset.stopped
    yield* gate.close
    const running = current
    const { elsewhere, stopped } = yield* halt(update)
    const overs = [...running === undefined ? [] : [Deferred.await(running.over)], ...elsewhere.map(isOver)]
    yield* Effect.timeoutOption(Effect.all(overs, { concurrency: "unbounded", discard: true }), ending)
    yield* late.forget(lane)
    yield* turning.forget(lane)
    if (update !== undefined) lastReset = { update, stopped }
    return stopped
  })

  return Conversation.of({
    Accept: ({ payload: { entry: given, trace } }) =>
      one.withPermit(Effect.gen(function*() {
        yield* complete
        const entry = Turning.besideSiblings(given, mailbox.siblings)
        if (entry === undefined) return "seen" as const
        if (Option.isSome(yield* requestOf(entry.update))) return "seen" as const
        const piece: Piece = { entry, at: yield* mailbox.now, ...trace !== undefined && { trace } }
        const place = yield* mailbox.placeOf(key, entry)
        if (place === "nowhere") return "seen" as const
        const running = place === "running" ? current : undefined
        const isNew = yield* mailbox.isNew(key, String(entry.update), entry)
        if (isNew && entry.isMore === true && entry.isLate !== true) return "seen" as const
        // What is refused anyway is no question that was asked.
        if (running === undefined && !(yield* mailbox.hasRoom(key, piece))) return "full" as const
        if (isNew) {
          const id = String(entry.update)
          const limited = turning.limit === undefined || counted.has(id) ? Option.none() : yield* turning.limit(entry)
          if (Option.isSome(limited)) return limited.value
          counted.add(id)
        }
        yield* self.Piece(piece, { discard: true })
        yield* take(piece, { isNew: true })
        if (running !== undefined) yield* stopTurn(running.pieces)
        return "accepted" as const
      })).pipe(Enduring.atOnce, Effect.mapError(unavailable)),
    // What was accepted before it comes before it, also where the engine hands this one over first.
    Piece: ({ payload: piece }) =>
      Effect.flatMap(Effect.andThen(one.withPermit(Effect.ignore(complete)), take(piece)), Deferred.await),
    Stop: ({ payload: { update } }) => Effect.map(halt(update), ({ stopped }) => stopped),
    // One that is delivered twice, to two instances for example, must not forget what was said since.
    Reset: ({ payload: { lane, update } }) => resetting.withPermit(Effect.ensuring(reset(lane, update), gate.open)),
    Once: ({ payload: { by } }) => Effect.succeed(by),
    IsDone: ({ payload: { id } }) =>
      Effect.mapBoth(Enduring.atOnce(storage.requestIdForPrimaryKey({ address, tag: "Once", id })), {
        onFailure: unavailable,
        onSuccess: Option.isSome
      })
  })
})

/** The mailboxes of this process. */
export const layer = Conversation.toLayer(conversation, { concurrency: "unbounded", maxIdleTime: "1 minute" })

const isUnavailable = Schema.is(TurnsUnavailable)

/** Why something was not taken. */
export const unavailable = (error: { readonly _tag: string }): TurnsUnavailable =>
  isUnavailable(error)
    ? error
    : new TurnsUnavailable({ reason: error._tag === "PersistenceError" ? "store" : "moving" })
