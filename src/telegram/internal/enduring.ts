/**
 * A store that is away for a while: whoever goes on with what was begun waits for it, and whoever takes something new is
 * told at once.
 *
 * The engine tries a few times within a second. Then a step is over whose end nobody knows, and its conversation stands
 * still until the process ends; or what broke there becomes the end of the turn.
 */
import * as Clock from "effect/Clock"
import type * as ClusterError from "effect/cluster/ClusterError"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlError from "effect/sql/SqlError"
import { problemOf } from "../../internal/tables.ts"

const pause = "500 millis"

/** Whether to wait. Default: to. */
const Waits = Context.Reference<boolean>("effect-codex/internal/enduring/Waits", { defaultValue: () => true })

/** Does something whose failure is told to whoever can come again. */
export const atOnce: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.provideService(
  Waits,
  false
)

interface Fault {
  readonly _tag: string
  readonly cause?: unknown
}

/** Whether it is no use to try again: the store is there, and does not want this. */
const isRefused = (cause: unknown): boolean =>
  SqlError.isSqlError(cause) && ["UniqueViolation", "ConstraintError", "SqlSyntaxError"].includes(cause.reason._tag)

const isAway = (error: Fault): boolean => error._tag === "PersistenceError" && !isRefused(error.cause)

const until = <A, E extends Fault, R>(
  work: Effect.Effect<A, E, R>,
  told: (error: Fault) => Effect.Effect<void>
): Effect.Effect<A, E, R> =>
  Effect.catchIf(work, isAway, (error) =>
    Effect.flatMap(
      Waits,
      (waits) =>
        waits
          ? told(error).pipe(
            Effect.andThen(Effect.interruptible(Effect.sleep(pause))),
            Effect.andThen(until(work, told))
          )
          : Effect.fail(error)
    ))

/** Tries again until the store is there. A process that ends, or loses the conversation, does not wait for it. */
export const enduring = <A, E extends Fault, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  until(work, () => Effect.void)

/** How long a store may be away before anybody is told. */
const patience = Duration.toMillis("2 seconds")

interface Watch {
  readonly isAway: (fault: Fault) => Effect.Effect<void>
  readonly isThere: Effect.Effect<void>
}

/** Lets the log know once that something waits for the store, and once that it is there again. */
const watch = (): Watch => {
  let since: number | undefined
  let isSaid = false
  return {
    isAway: ({ cause }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        since ??= now
        if (isSaid || now - since < patience) return Effect.void
        isSaid = true
        return Effect.logWarning(
          `Answers wait for their store, and go on when it takes them again: ${problemOf(cause)}.`
        )
      }),
    isThere: Effect.suspend(() => {
      const wasSaid = isSaid
      since = undefined
      isSaid = false
      return wasSaid ? Effect.logInfo("The store of the answers takes them again.") : Effect.void
    })
  }
}

/** Whether a row was there already. */
const isKept = (error: ClusterError.PersistenceError): boolean =>
  SqlError.isSqlError(error.cause) && ["UniqueViolation", "ConstraintError"].includes(error.cause.reason._tag)

/** The same rows. One whose commit was lost on the way is there when it is written again, and that is no failure. */
export const rows = (encoded: MessageStorage.Encoded): MessageStorage.Encoded => ({
  ...encoded,
  saveReply: (reply) =>
    Effect.catchIf(encoded.saveReply(reply), isKept, (error) =>
      Effect.flatMap(
        encoded.repliesForUnfiltered([reply.requestId]),
        (kept) => kept.some(({ id }) => id === reply.id) ? Effect.void : Effect.fail(error)
      ))
})

const layerWith = ({ isAway, isThere }: Watch) =>
  Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(MessageStorage.MessageStorage, (storage) => {
      const waits = <A, E extends Fault, R>(work: Effect.Effect<A, E, R>) => Effect.tap(until(work, isAway), isThere)
      const waiting: MessageStorage.MessageStorage["Service"] = {
        ...storage,
        saveRequest: (message) => waits(storage.saveRequest(message)),
        saveEnvelope: (envelope) => waits(storage.saveEnvelope(envelope)),
        saveReply: (reply) => waits(storage.saveReply(reply)),
        clearReplies: (request, options) => waits(storage.clearReplies(request, options)),
        repliesForUnfiltered: (requests) => waits(storage.repliesForUnfiltered(requests)),
        requestIdForPrimaryKey: (key) => waits(storage.requestIdForPrimaryKey(key)),
        // What is read answers to the store that it was read from.
        unprocessedMessagesById: (ids) => waits(storage.unprocessedMessagesById.call(waiting, ids))
      }
      return waiting
    })
  )

/** The same store, which is waited for. What is only looked for again and again is not. */
export const layer = Layer.unwrap(Effect.sync(() => layerWith(watch())))

/** The same, where somebody else says that the store is away. */
export const layerSilent = layerWith({ isAway: () => Effect.void, isThere: Effect.void })
