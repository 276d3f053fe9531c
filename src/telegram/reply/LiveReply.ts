/**
 * One answer on screen, from the first sign of life to its end.
 *
 * A turn is read on one fiber and shown on another, at a pace that Telegram takes and a person likes. Whatever
 * ends the turn, the screen ends in exactly one of three ways: the answer, the failure and its fix, or the word
 * that it was stopped. What could be seen of the answer stays.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { EmptyResponse } from "../../backend/BackendError.ts"
import type { TurnError, TurnEvent } from "../../conversation/Codex.ts"
import type { ConversationKey } from "../../conversation/Message.ts"
import { explain, explainWithoutPath } from "../../Failure.ts"
import * as Metrics from "../../internal/metrics.ts"
import * as Departures from "../internal/departures.ts"
import * as RichText from "../richtext/RichText.ts"
import { type Destination, TelegramApi } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import type { DoorError, TelegramFailed } from "../TelegramError.ts"
import * as Delivering from "./Delivering.ts"
import * as AnswerText from "./internal/answerText.ts"
import { Ended } from "./internal/ended.ts"
import * as Growing from "./internal/growing.ts"
import * as Watching from "./internal/watching.ts"
import * as Nowhere from "./Nowhere.ts"
import * as Repeating from "./Repeating.ts"
import * as ShownMessages from "./ShownMessages.ts"
import * as Steps from "./Steps.ts"
import * as Undelivered from "./Undelivered.ts"

/** Where a turn is shown, and how. */
export interface Place {
  readonly destination: Destination
  readonly isPrivate: boolean
  /** Id of the asking message; a draft is named after it. */
  readonly messageId: number
  /** Who asked: they are told where their topic is gone. */
  readonly userId?: number | undefined
  /** What is answered in: an answer that does not arrive is kept for it. */
  readonly conversation?: ConversationKey | undefined
  readonly door: Door
  /** Whether somebody is there who could read it; where nobody is any more, nothing is said. Default: somebody is. */
  readonly readers?: Departures.Watch | undefined
  /** How what was done of the answer is written down, and who is told how to read its words. Default: not at all, nobody. */
  readonly steps?: Steps.Steps | undefined
  readonly follow?: ((read: () => string) => void) | undefined
  /** Takes over what Telegram does not take now. Default: it is tried for a minute. */
  readonly later?: Delivering.Later | undefined
  /** Where nobody does: brings it when a longer pause of Telegram's is over. Default: it is given up. */
  readonly afterwards?: Delivering.Afterwards | undefined
  /** Whether failures may name the places of files on the server. Default: false. */
  readonly mayKnowPaths?: boolean | undefined
}

/** A turn that asks nothing ends so, with what is said in place of an answer; nothing is, when somebody else says it. */
export interface Unasked {
  readonly _tag: "Unasked"
  readonly text: string
}

/** What a person reads when we broke in the middle of an answer. */
export const broken = "⚠️ Something went wrong inside the bot.\nIts log says what."

/** How a failure reads in a chat, with the place of the file that it is about for those who may know it. */
export const failureText = (error: DoorError, mayKnowPaths: boolean): string =>
  `⚠️ ${mayKnowPaths ? explain(error) : explainWithoutPath(error)}`

/**
 * Sends a text of our own, in as many messages as it takes, waiting out Telegram's rate limit up to a minute.
 *
 * When this fails it goes to the log; whoever asked, if that is said, is told in private where the place is the reason.
 */
export const say = Effect.fn("LiveReply.say")(function*(to: Destination, text: string, asker?: number) {
  const api = yield* TelegramApi
  yield* Effect.catch(
    ShownMessages.make(api, to).finish(RichText.chunk({ text, entities: [] })),
    (error) =>
      Effect.andThen(
        Delivering.undelivered(error),
        Delivering.tellAsker(api, error, Nowhere.word, { chat: to.chatId, user: asker })
      )
  )
})

/** Shows the last answer of a conversation that did not arrive; false when there is none. */
export const again = Effect.fn("LiveReply.again")(function*(to: Destination, conversation: ConversationKey) {
  const api = yield* TelegramApi
  const parts = Option.flatten(yield* Undelivered.use(({ find }) => find(conversation)))
  if (Option.isNone(parts)) return false
  yield* ShownMessages.make(api, to).finish(parts.value)
  yield* Undelivered.use(({ forget }) => forget(conversation))
  return true
})

/**
 * Does something that a bot that is being stopped still owes, and goes on after three seconds.
 *
 * A call that is under way cannot be interrupted, so it is left to itself.
 */
export const briefly = <R>(work: Effect.Effect<void, never, R>): Effect.Effect<void, never, R> =>
  Effect.forkDetach(work, { startImmediately: true }).pipe(
    Effect.flatMap((fiber) => Effect.timeoutOption(Fiber.await(fiber), "3 seconds")),
    Effect.asVoid
  )

/** What a person reads when the bot is stopped before it has answered. */
export const stopping = AnswerText.shutDown

/** What a person reads where an answer was stopped. */
export const stopped = AnswerText.stopped

/** Tells that an answer, begun or still waiting for its turn, will not come. */
export const sayStopped = (to: Destination): Effect.Effect<void, never, TelegramApi> =>
  briefly(say(to, AnswerText.shutDown))

// An answer that is there at once is sent once, and not shown growing.
const settle = Duration.millis(50)

// Drafts are made for it: Telegram's clients animate between two states.
const draftInterval = Duration.millis(300)

/** Why an answer would not arrive. Who has blocked the bot, or refused its token, may have thought better of it. */
const closed = Effect.fnUntraced(function*(api: TelegramApi["Service"], to: Destination) {
  const why = yield* api.closed(to)
  return Option.isSome(why) && (why.value.reason === "blocked" || why.value.reason === "unauthorized")
    ? yield* Effect.option(Effect.flip(api.sendChatAction(to, "typing")))
    : why
})

/** Says in the log that nothing is asked, or asked on, for a chat that no answer would reach; once, until one does. */
const unasked = (api: TelegramApi["Service"], to: Destination, error: TelegramFailed): Effect.Effect<void> =>
  Effect.suspend(() =>
    api.isNews(to)
      ? Effect.logWarning(`An answer is not asked for, since it would not arrive. ${error.message}`)
      : Effect.void
  )

// A turn that so many processes did not survive would end the next one, too.
const mostLost = 3

/** What a person reads when that has happened. */
const poisoned = "⚠️ The bot went away three times while it answered this, and does not try again.\nAsk in other words."

const nowhere: Ended = { parts: [], isInterrupted: false }

/**
 * Shows a turn.
 *
 * When it is interrupted, the part that can be seen stays and says that the bot is being stopped; where its steps last,
 * it is left as it is, for whoever goes on with it.
 */
export const show = Effect.fnUntraced(function*(
  {
    afterwards,
    conversation,
    destination,
    door,
    follow,
    isPrivate,
    later,
    mayKnowPaths = false,
    messageId,
    readers = Departures.anybody,
    steps = Steps.fleeting,
    userId
  }: Place,
  turn: Stream.Stream<TurnEvent, TurnError | Unasked>
): Effect.fn.Return<void, never, TelegramApi> {
  const api = yield* TelegramApi
  const streaming = api.canEdit ? door.streaming : "off"
  const draftId = streaming === "draft" && isPrivate ? messageId : undefined
  const shown = ShownMessages.make(api, destination, draftId, steps, { canWait: later !== undefined })
  let times = 1
  const text = AnswerText.make(door, () => times > 1, userId)
  follow?.(text.soFar)
  const watching = Watching.make(readers)
  const failed = (error: TelegramFailed) =>
    error.reason === "blocked" ? Effect.sync(() => watching.leave(error)) : Effect.void
  const enough = Deferred.makeUnsafe<void>()

  const showing = Effect.gen(function*() {
    yield* Effect.timeoutOption(Deferred.await(enough), door.firstTextDelay)
    yield* Effect.sleep(settle)
    return yield* Growing.previews(
      shown,
      text,
      () => shown.isDrafting() ? draftInterval : isPrivate ? door.editInterval : door.groupEditInterval,
      failed
    )
  })

  let isShown = streaming === "off"
  const collecting = Stream.runForEachArray(turn, (events) => {
    for (const event of events) text.read(event)
    if (text.length() >= door.firstTextLength) Deferred.doneUnsafe(enough, Exit.void)
    if (isShown || text.length() === 0) return Effect.void
    isShown = true
    return watching.beside(showing)
  })

  /** What a turn that ended so leaves on screen. An answer that is complete is shown, even if we are being stopped. */
  const lastParts = Effect.fnUntraced(function*(exit: Exit.Exit<unknown, TurnError | Unasked>) {
    const final = yield* text.final
    if (Exit.isSuccess(exit)) {
      return final.length > 0 || text.pictures().length > 0
        ? final
        : yield* text.failed(failureText(new EmptyResponse({ model: "the model" }), false))
    }
    const failure = Cause.findErrorOption(exit.cause)
    if (Option.isSome(failure)) {
      const why = failure.value
      if (why._tag === "Unasked" && why.text === "") return []
      return yield* text.failed(why._tag === "Unasked" ? why.text : failureText(why, mayKnowPaths))
    }
    if (!Cause.hasInterrupts(exit.cause)) return yield* text.failed(broken)
    return final.length > 0 ? final : yield* text.failed(AnswerText.shutDown)
  })

  // Nobody should wait for a part that Telegram has lost.
  const unfinished = (error: TelegramFailed) =>
    Effect.andThen(
      Delivering.undelivered(error),
      Repeating.isUnsure(error)
        ? Effect.catch(
          // Better twice than not at all.
          Repeating.patiently(true)(
            api.sendMessage(destination, { text: AnswerText.unconfirmed(door.commandPrefix) })
          ),
          Delivering.undelivered
        )
        : Delivering.tellAsker(api, error, Nowhere.answer(door.commandPrefix), {
          chat: destination.chatId,
          user: userId
        })
    )

  const ended = Effect.fnUntraced(function*(exit: Exit.Exit<unknown, TurnError | Unasked>) {
    const isInterrupted = Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
    if (isInterrupted && steps.isLasting) return yield* Effect.interrupt
    const parts = yield* lastParts(exit)
    if (Exit.isFailure(exit) && !isInterrupted && Option.isNone(Cause.findErrorOption(exit.cause))) {
      yield* Effect.logError("An answer could not be shown.", exit.cause)
    }
    const document = isInterrupted ? undefined : documentOf(parts.length)
    const pictures = isInterrupted ? [] : text.pictures()
    return {
      isInterrupted,
      parts,
      ...document !== undefined && { document },
      ...pictures.length > 0 && { pictures }
    }
  })

  const documentOf = (parts: number) => parts > door.documentAfter ? text.document() : undefined

  /** Asks, and shows the answer while it is written. Gives what there is to be seen at its end. */
  const ask = (restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>) =>
    Effect.fnUntraced(function*(attempt: Steps.Attempt): Effect.fn.Return<Ended> {
      times = attempt.times
      if (attempt.lost >= mostLost) {
        yield* Metric.update(Metrics.givenUp, 1)
        yield* Effect.logError("A turn is given up: the bot went away three times while it was answered.")
        return yield* Effect.map(text.failed(poisoned), (parts) => ({ isInterrupted: false, parts }))
      }
      const shut = readers.isGone() ? Option.some(Departures.left) : yield* closed(api, destination)
      const canWait = later !== undefined && Option.exists(shut, Repeating.isPassing)
      if (Option.isSome(shut) && !canWait) return yield* Effect.as(unasked(api, destination, shut.value), nowhere)
      const exit = yield* Effect.exit(restore(
        watching.read(Effect.andThen(watching.beside(Growing.typing(api, destination, shown, failed)), collecting))
      ))
      const over = readers.isGone() ? Departures.left : Exit.isSuccess(exit) ? exit.value : undefined
      return over === undefined ? yield* ended(exit) : yield* Effect.as(unasked(api, destination, over), nowhere)
    })

  const end = Effect.fnUntraced(function*({ document, isInterrupted, parts, pictures = [] }: Ended) {
    if (parts.length === 0 && pictures.length === 0) return
    const files = [...pictures, ...document === undefined ? [] : [document]]
    const brought = Delivering.bring(
      {
        api,
        to: destination,
        conversation,
        shown,
        steps,
        later: isInterrupted ? undefined : later,
        afterwards: isInterrupted ? undefined : afterwards,
        unfinished
      },
      { parts, files },
      streaming === "progress"
    )
    // A bot that is being stopped does not wait for Telegram's limits.
    if (isInterrupted) return yield* Effect.andThen(briefly(brought), Effect.interrupt)
    yield* brought
    yield* Metric.update(Metrics.edits, shown.edits())
  })

  yield* shown.restore
  // What is left to others is not held up: it ends where it is.
  if (steps.isLasting) return yield* Effect.flatMap(Steps.attempt(steps, "Ask", Ended, ask((effect) => effect)), end)
  yield* Effect.uninterruptibleMask((restore) => Effect.flatMap(ask(restore)(Steps.only), end))
})
