/**
 * One answer on screen, from the first sign of life to its end.
 *
 * Every turn ends in one message: the answer, the failure and its fix, or the word that it was stopped.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type CodexError, EmptyResponse, explain, type TelegramFailed } from "../CodexError.ts"
import type { TurnError, TurnEvent } from "../conversation/Codex.ts"
import * as RichText from "./RichText.ts"
import { type Destination, TelegramApi } from "./TelegramApi.ts"

/** How a failure reads in a chat. */
export const failureText = (error: CodexError): string => `⚠️ ${explain(error)}`

const patience = Duration.seconds(60)

// A send that got no answer may have arrived: only a refusal is tried again.
const isWorthWaiting = (error: TelegramFailed): boolean =>
  error.reason === "rateLimited" && error.retryAfter !== undefined &&
  Duration.isLessThanOrEqualTo(error.retryAfter, patience)

/**
 * Sends a text, waiting out Telegram's rate limit up to a minute.
 *
 * There is nobody left to tell when this fails, so the failure goes to the log.
 */
export const say = Effect.fn("LiveReply.say")(function*(to: Destination, text: string) {
  const api = yield* TelegramApi
  yield* api.sendMessage(to, text).pipe(
    Effect.retry(($) =>
      $(Schedule.recurs(3)).pipe(
        Schedule.while(({ input }) => isWorthWaiting(input)),
        Schedule.modifyDelay(({ input }) => Effect.succeed(input.retryAfter ?? Duration.zero))
      )
    ),
    Effect.catch((error) => Effect.logError(`A message could not be delivered. ${error.message}`))
  )
})

/** Shows the bot as typing until interrupted. Telegram forgets it after five seconds. */
const typing = (to: Destination): Effect.Effect<never, never, TelegramApi> =>
  Effect.flatMap(TelegramApi, (api) =>
    Effect.ignore(api.sendChatAction(to, "typing")).pipe(
      Effect.repeat(Schedule.spaced("4 seconds")),
      Effect.andThen(Effect.never)
    ))

/**
 * Shows a turn: typing while it runs, then its answer, cut to `maxResponseLength`, or its failure.
 */
export const show = Effect.fn("LiveReply.show")(function*(
  to: Destination,
  turn: Stream.Stream<TurnEvent, TurnError>,
  maxResponseLength: number
) {
  const last = yield* Effect.raceFirst(Effect.result(Stream.runLast(turn)), typing(to))
  yield* say(
    to,
    Result.match(last, {
      onFailure: failureText,
      onSuccess: Option.match({
        onNone: () => failureText(new EmptyResponse({ model: "the model" })),
        onSome: (event) =>
          event._tag === "Completed"
            ? RichText.truncate(event.answer.text, maxResponseLength)
            : failureText(new EmptyResponse({ model: "the model" }))
      })
    })
  )
})

/** Tells that an answer, begun or still waiting for its turn, will not come. Gives up after three seconds. */
export const sayStopped = (to: Destination): Effect.Effect<void, never, TelegramApi> =>
  Effect.ignore(Effect.timeout(
    say(to, "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again."),
    "3 seconds"
  ))
