/**
 * What it means when Telegram gives no updates: how long to wait, and what to tell of it.
 */
import * as Duration from "effect/Duration"
import type { TelegramFailed } from "../TelegramError.ts"

/** Why there are no updates. */
export type Kind = "unreachable" | "otherPoller" | "webhook" | "rateLimited" | "refused"

/** A trouble as it is met. */
export interface Trouble {
  readonly kind: Kind
  /** What a line of the log says of it. */
  readonly words: string
}

/** Whether it matters first that Telegram is there again: then a poll is not held open. */
export const isProbed = (kind: Kind): boolean => kind === "unreachable" || kind === "refused"

/** What is known when a poll has failed. */
export interface Met {
  readonly failure: TelegramFailed
  readonly host: string
  /** Where the webhook is that is set for this bot. */
  readonly webhook: string | undefined
  /** How long nothing was heard, when that is why it failed. */
  readonly silence: Duration.Duration | undefined
}

const codeOf = ({ code }: TelegramFailed): string => code === undefined ? "" : ` (${code})`

/** Says what a failed poll means. */
export const of = ({ failure, host, silence, webhook }: Met): Trouble => {
  if (failure.code === 409) {
    return webhook === undefined
      ? {
        kind: "otherPoller",
        words:
          "Another process reads this bot's updates with the same token (409): stop it, or give it a bot of its own."
      }
      : {
        kind: "webhook",
        words:
          `Telegram sends this bot's updates to a webhook at ${webhook}, so that none are left to poll for (409): delete the webhook, or run as one.`
      }
  }
  switch (failure.reason) {
    case "rateLimited":
      return { kind: "rateLimited", words: "Telegram limits this bot (429)." }
    case "unreachable":
      return {
        kind: "unreachable",
        words: silence === undefined
          ? `Telegram cannot be reached at ${host}${codeOf(failure)}.`
          : `Telegram cannot be reached at ${host}: it was silent for ${Duration.format(silence)}.`
      }
    default:
      return { kind: "refused", words: `Telegram gives no updates: ${failure.message}` }
  }
}

const longestOutage = 15_000
const longestConflict = 60_000
const longestLimit = 3_600_000

/** What a line of the log says when it is over. */
export const over = (kind: Kind, lasted: Duration.Duration): string => {
  const after = Duration.format(Duration.seconds(Math.max(1, Math.round(Duration.toSeconds(lasted)))))
  switch (kind) {
    case "unreachable":
      return `Telegram is back after ${after}: updates are read again.`
    case "otherPoller":
      return `No other process has read this bot's updates for a while: it has them alone again, after ${after}.`
    default:
      return `Updates are read again, after ${after}.`
  }
}

/**
 * For how long polls must go well before it is over: another poller is not gone because it waits for its turn, as we did
 * before.
 */
export const quietOf = (kind: Kind): number => kind === "otherPoller" ? 3 * longestConflict : 0

/**
 * How long to wait before the next poll, in milliseconds; `chance` is below 1.
 *
 * Who was thrown out by another poller stays away for longer than a poll lasts, or the two would throw each other out in
 * turn without ever waiting for an update.
 */
export const pauseOf = (
  { kind }: Trouble,
  { retryAfter }: TelegramFailed,
  options: { readonly times: number; readonly poll: Duration.Duration; readonly chance: number }
): number => {
  const { chance, poll, times } = options
  const jitter = 0.8 + 0.4 * chance
  switch (kind) {
    case "rateLimited":
      return Math.min(Duration.toMillis(retryAfter ?? Duration.seconds(5)) * (1 + 0.1 * chance), longestLimit)
    case "otherPoller":
    case "webhook":
      return Math.min(Duration.toMillis(poll) * 2 ** (times - 1), longestConflict) * (1 + 0.2 * chance)
    case "unreachable":
    case "refused":
      return Math.min(1000 * 2 ** (times - 1), longestOutage) * jitter
  }
}
