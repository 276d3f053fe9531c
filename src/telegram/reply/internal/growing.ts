/**
 * What is done beside the reading of an answer: it is shown while it grows, and until then the bot types.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Destination, TelegramApi } from "../../TelegramApi.ts"
import type { TelegramFailed } from "../../TelegramError.ts"
import * as Repeating from "../Repeating.ts"
import type * as ShownMessages from "../ShownMessages.ts"
import type * as AnswerText from "./answerText.ts"

// After so many failures in a row an answer is no longer shown while it is written, only when it is complete.
const strikes = 3

const [longestInterval, longestWait] = [Duration.seconds(10), Duration.minutes(1)]

/** Previews, slower after each refusal that passes, until nothing is gained by them. */
export const previews = Effect.fnUntraced(function*(
  shown: ShownMessages.ShownMessages,
  text: AnswerText.AnswerText,
  pause: () => Duration.Duration,
  failed: (error: TelegramFailed) => Effect.Effect<unknown>
) {
  let slowness = 1
  let failures = 0
  while (failures < strikes) {
    yield* text.settle
    const failure = yield* Effect.option(Effect.flip(shown.preview(text.preview)))
    let wait = Duration.min(Duration.times(pause(), slowness), longestInterval)
    if (Option.isNone(failure)) {
      failures = 0
    } else {
      const { reason, retryAfter = wait } = failure.value
      yield* failed(failure.value)
      failures++
      slowness *= 2
      wait = Duration.max(wait, retryAfter)
      // What was deleted was not wanted, and beyond a minute there is no point in waiting.
      if (
        Repeating.isHopeless(failure.value) || reason === "messageNotFound" ||
        Duration.isGreaterThan(wait, longestWait)
      ) {
        break
      }
    }
    yield* Effect.sleep(wait)
  }
  return yield* Effect.never
})

// In milliseconds, with one to spare.
const forgets = 4_000

/** Shows the bot as typing until something of the answer can be seen. Telegram forgets it after five seconds. */
export const typing = (
  api: TelegramApi["Service"],
  to: Destination,
  shown: ShownMessages.ShownMessages,
  failed: (error: TelegramFailed) => Effect.Effect<unknown>
): Effect.Effect<unknown> => {
  const type = Effect.suspend(() =>
    shown.isEmpty() ? Effect.catch(api.sendChatAction(to, "typing"), failed) : Effect.void
  )
  const again = (at: number): Effect.Effect<unknown> =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => Effect.andThen(Effect.andThen(Effect.sleep(at - now), type), Effect.suspend(() => again(at + forgets)))
    )
  return Effect.andThen(type, Effect.flatMap(Clock.currentTimeMillis, (now) => again(now + forgets)))
}
