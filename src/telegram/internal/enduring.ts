/**
 * A store that is away for a while: whoever goes on with what was begun waits for it, and whoever takes something new is
 * told at once.
 *
 * The engine tries a few times within a second. Then a step is over whose end nobody knows, and its conversation stands
 * still until the process ends; or what broke there becomes the end of the turn.
 */
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlError from "effect/sql/SqlError"

const pause = "500 millis"

/** Whether to wait. Default: to. */
const Waits = Context.Reference<boolean>("effect-codex/internal/enduring/Waits", { defaultValue: () => true })

/** Does something whose failure is told to whoever can come again. */
export const atOnce: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.provideService(
  Waits,
  false
)

/** Whether it is no use to try again: the store is there, and does not want this. */
const isRefused = (cause: unknown): boolean =>
  SqlError.isSqlError(cause) && ["UniqueViolation", "ConstraintError", "SqlSyntaxError"].includes(cause.reason._tag)

const isAway = (error: { readonly _tag: string; readonly cause?: unknown }): boolean =>
  error._tag === "PersistenceError" && !isRefused(error.cause)

/** Tries again until the store is there. A process that ends, or loses the conversation, does not wait for it. */
export const enduring = <A, E extends { readonly _tag: string; readonly cause?: unknown }, R>(
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.catchIf(
    work,
    isAway,
    (error) =>
      Effect.flatMap(
        Waits,
        (waits) =>
          waits
            ? Effect.andThen(Effect.interruptible(Effect.sleep(pause)), enduring(work))
            : Effect.fail(error)
      )
  )

/** The same store, which is waited for. What is only looked for again and again is not. */
export const layer: Layer.Layer<MessageStorage.MessageStorage, never, MessageStorage.MessageStorage> = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.map(MessageStorage.MessageStorage, (storage) => {
    const waiting: MessageStorage.MessageStorage["Service"] = {
      ...storage,
      saveRequest: (message) => enduring(storage.saveRequest(message)),
      saveEnvelope: (envelope) => enduring(storage.saveEnvelope(envelope)),
      saveReply: (reply) => enduring(storage.saveReply(reply)),
      clearReplies: (request, options) => enduring(storage.clearReplies(request, options)),
      repliesForUnfiltered: (requests) => enduring(storage.repliesForUnfiltered(requests)),
      requestIdForPrimaryKey: (key) => enduring(storage.requestIdForPrimaryKey(key)),
      // What is read answers to the store that it was read from.
      unprocessedMessagesById: (ids) => enduring(storage.unprocessedMessagesById.call(waiting, ids))
    }
    return waiting
  })
)
