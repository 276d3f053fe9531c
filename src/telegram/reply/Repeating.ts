/**
 * Which failures of Telegram pass, and how often a call is made again for them.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { retried } from "../../internal/retrying.ts"
import type { TelegramFailed } from "../TelegramError.ts"

/** Whether it is a matter of time: where a group has moved to is told by an update, if not by the refusal. */
export const isPassing = ({ movedTo, reason }: TelegramFailed): boolean =>
  reason === "rateLimited" || reason === "unreachable" || (reason === "chatMoved" && movedTo === undefined)

/** Whether this was said of the chat or of the bot, so that no other call will fare better. */
export const isHopeless = ({ reason }: TelegramFailed): boolean =>
  reason === "blocked" || reason === "chatNotFound" || reason === "threadNotFound" || reason === "threadClosed" ||
  reason === "unauthorized" ||
  reason === "unsupported"

/** Whether a message was sent and may be there, although nobody said so. */
export const isUnsure = ({ neverArrived, reason }: TelegramFailed): boolean =>
  reason === "unreachable" && neverArrived !== true

// The longest pause that is waited for before a call is made again.
const longestPause = Duration.seconds(60)

const isWorthWaiting = ({ retryAfter }: TelegramFailed): boolean =>
  retryAfter === undefined || Duration.isLessThanOrEqualTo(retryAfter, longestPause)

// An edit may be repeated; a message that is sent again may be there twice.
const isWorthRepeating = (error: TelegramFailed, isRepeatable: boolean): boolean =>
  isPassing(error) && isWorthWaiting(error) && (isRepeatable || !isUnsure(error))

const again = (isRepeatable: boolean, outage: number) => <A>(call: Effect.Effect<A, TelegramFailed>) =>
  retried(
    call,
    Effect.retry(($) =>
      $(Schedule.recurs(Math.max(3, outage))).pipe(
        Schedule.while(({ input, output }) =>
          isWorthRepeating(input, isRepeatable) && output < (input.reason === "unreachable" ? outage : 3)
        ),
        Schedule.modifyDelay(({ input, output }) =>
          Effect.succeed(input.retryAfter ?? Duration.seconds(Math.min(3 ** output, 30)))
        )
      )
    )
  )

/** Makes a call again while its failure is one that passes: three times, after a pause that grows or was asked for. */
export const persistently = (isRepeatable: boolean) => again(isRepeatable, 3)

/** The same over an outage of a minute, for what cannot be said later. */
export const patiently = (isRepeatable: boolean) => again(isRepeatable, 5)

/** How calls are repeated. */
export interface Patience {
  readonly persistently: typeof persistently
  readonly patiently: typeof patiently
}

/** Not at all: there is another time. */
export const none: Patience = {
  persistently: () => (call) => call,
  patiently: () => (call) => call
}
