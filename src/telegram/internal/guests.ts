/**
 * A question from a chat where the bot is no member: answered at once with a sign of life, which then becomes the answer.
 *
 * A query is answered within half a minute or not at all, whatever else is to be answered first; edits are taken for
 * longer. So the message is there before the question is in its mailbox, and goes with it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Incoming } from "../Incoming.ts"
import type { Origin } from "../incoming/Origin.ts"
import * as Delivering from "../reply/Delivering.ts"
import * as Repeating from "../reply/Repeating.ts"
import { TelegramApi } from "../TelegramApi.ts"
import { type Accepted, type Lane, Turns, type TurnsUnavailable } from "../Turns.ts"

const working = "…"

/** Answers a query; gives the inline id of the message, unless nobody can read it. */
const answer = (origin: Origin, queryId: string, text: string) =>
  Effect.flatMap(
    TelegramApi,
    (api) =>
      Effect.catch(
        // A query is answered once, however often it is tried.
        Repeating.persistently(true)(api.answerGuest(origin.destination, queryId, text)),
        (error) => Effect.as(Delivering.undelivered(error), Option.none<string>())
      )
  )

/** Says something in place of an answer. */
export const say = (origin: Origin, queryId: string, text: string): Effect.Effect<void, never, TelegramApi> =>
  Effect.asVoid(answer(origin, queryId, text))

/** Where a question goes, and what is said when it does not. */
export interface Way {
  readonly lane: Lane
  readonly update: number
  /** Keeps the way out for the answer; gives the way back. */
  readonly hold: (lane: Lane, api: typeof TelegramApi.Service) => () => void
  readonly whyNot: (taken: Accepted | TurnsUnavailable) => string | undefined
}

/** Takes a guest's question. */
export const take = Effect.fn("Guests.take")(function*(
  origin: Origin,
  { hold, lane, update, whyNot }: Way,
  { asking: { content, isCommand, name }, queryId }: Extract<Incoming, { _tag: "Guest" }>
) {
  const inline = yield* answer(origin, queryId, working)
  // What nobody can read is not asked.
  if (Option.isNone(inline)) return
  const api = yield* TelegramApi
  const turns = yield* Turns
  const release = hold(lane, api)
  const taken = yield* turns.accept({
    lane,
    update,
    origin: {
      chat: origin.chatId,
      isPrivate: false,
      message: origin.messageId,
      inline: inline.value,
      ...(origin.userId !== undefined && { user: origin.userId }),
      ...(name !== undefined && { name })
    },
    ...(isCommand !== undefined && { isCommand }),
    content
  }).pipe(
    Effect.catch((error) => Effect.succeed(error)),
    Effect.onError(() => Effect.sync(release))
  )
  if (taken !== "accepted") release()
  const why = whyNot(taken)
  if (why === undefined) return
  yield* Effect.catch(
    Repeating.persistently(true)(api.editInline(origin.destination, inline.value, { text: why })),
    Delivering.undelivered
  )
})
