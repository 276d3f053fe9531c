/**
 * The mailbox of one conversation, which outlives its process: pieces in the store until their turn has ended.
 *
 * What it knows besides is made anew from those rows: what waits, what is answered, what was seen.
 */
import * as Clock from "effect/Clock"
import * as Entity from "effect/cluster/Entity"
import * as MessageStorage from "effect/cluster/MessageStorage"
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
import { type Entry, Senders, TurnsUnavailable } from "../Turns.ts"
import * as Backlog from "./backlog.ts"
import { Conversation, type Piece, StopSaid, Turn, TurnControl } from "./durable.ts"
import { Here } from "./durableTurn.ts"
import { clientOf } from "./lasting.ts"
import * as Late from "./late.ts"
import * as Mailbox from "./mailbox.ts"

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

  let answered: ReadonlyArray<number> = []
  const turn = (pieces: readonly [Piece, ...ReadonlyArray<Piece>]) => {
    const all = pieces.map(({ entry }) => entry.update)
    return Effect.gen(function*() {
      const over = yield* Deferred.make<void>()
      current = { executionId: yield* Turn.executionId({ pieces }), over }
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
      Effect.ignore(clientOf(senders, bot))
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

/** The mailboxes of this process. */
export const layer = Conversation.toLayer(conversation, { concurrency: "unbounded", maxIdleTime: "1 minute" })

const isUnavailable = Schema.is(TurnsUnavailable)

/** Why something was not taken. */
export const unavailable = (error: { readonly _tag: string }): TurnsUnavailable =>
  isUnavailable(error)
    ? error
    : new TurnsUnavailable({ reason: error._tag === "PersistenceError" ? "store" : "moving" })
