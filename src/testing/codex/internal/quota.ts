/**
 * The quota of the emulated account: two windows that fill with use and empty when their time comes.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Used shares of the windows, in percent; what is left out stays as it is.
 *
 * @since 0.2.0
 * @category models
 */
export interface QuotaOptions {
  /** The five-hour window. */
  readonly primary?: number
  /** The weekly window. */
  readonly secondary?: number
  /**
   * What one answer costs in the five-hour window; the weekly one pays a fifth of it. Default: 1, and the windows stop at 99.
   * With a cost of your own use fills them, and the answer after the last one is a `usage_limit_reached`.
   */
  readonly cost?: number
}

interface Window {
  used: number
  /** Unix seconds. */
  resetAt: number
  readonly minutes: number
  /** The part that it pays of the cost of an answer. */
  readonly share: number
}

/** What the backend says about the quota at one moment. */
export interface View {
  readonly headers: Readonly<Record<string, string>>
  /** The body of `/wham/usage`. */
  readonly body: object
  /** The reset of the window that is full, in unix seconds; undefined when none is. */
  readonly fullUntil: number | undefined
  /** The reset of the five-hour window, in unix seconds. */
  readonly primaryResetAt: number
  readonly now: number
}

/** The quota of one emulator. */
export interface Quota {
  /** One more answer was given. */
  readonly count: Effect.Effect<void>
  readonly set: (options: QuotaOptions) => Effect.Effect<void>
  readonly view: (plan: string) => Effect.Effect<View>
}

const round = (n: number): number => Math.round(n * 100) / 100

/** Starts with a little use, so that a first look shows numbers. */
export const make: Effect.Effect<Quota> = Effect.gen(function*() {
  const seconds = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000))
  const start = yield* seconds
  const primary: Window = { used: 12, resetAt: start + 300 * 60, minutes: 300, share: 1 }
  const secondary: Window = { used: 30, resetAt: start + 10_080 * 60, minutes: 10_080, share: 0.2 }
  let cost = 1
  let most = 99
  const windows = [primary, secondary]

  const turnOver = (now: number) => {
    for (const window of windows) {
      const length = window.minutes * 60
      if (now < window.resetAt) continue
      window.used = 0
      window.resetAt += Math.ceil((now + 1 - window.resetAt) / length) * length
    }
  }

  const headersOf = (name: string, window: Window, now: number) => ({
    [`x-codex-${name}-used-percent`]: String(round(window.used)),
    [`x-codex-${name}-window-minutes`]: String(window.minutes),
    [`x-codex-${name}-reset-at`]: String(window.resetAt),
    [`x-codex-${name}-reset-after-seconds`]: String(window.resetAt - now)
  })

  const bodyOf = (window: Window, now: number) => ({
    used_percent: Math.round(window.used),
    limit_window_seconds: window.minutes * 60,
    reset_after_seconds: window.resetAt - now,
    reset_at: window.resetAt
  })

  return {
    count: Effect.map(seconds, (now) => {
      turnOver(now)
      for (const window of windows) {
        if (window.used < most) window.used = Math.min(most, window.used + cost * window.share)
      }
    }),
    set: (options) =>
      Effect.map(seconds, (now) => {
        turnOver(now)
        primary.used = options.primary ?? primary.used
        secondary.used = options.secondary ?? secondary.used
        if (options.cost !== undefined) {
          cost = options.cost
          most = 100
        }
      }),
    view: (plan) =>
      Effect.map(seconds, (now) => {
        turnOver(now)
        const full = windows.filter((window) => window.used >= 100)
        const fullUntil = full.length === 0 ? undefined : Math.max(...full.map((window) => window.resetAt))
        return {
          headers: {
            ...headersOf("primary", primary, now),
            ...headersOf("secondary", secondary, now),
            "x-codex-primary-over-secondary-limit-percent": "0",
            "x-codex-plan-type": plan,
            "x-codex-active-limit": "codex",
            "x-codex-credits-has-credits": "False",
            "x-codex-credits-unlimited": "False",
            "x-codex-credits-balance": ""
          },
          body: {
            plan_type: plan,
            rate_limit: {
              allowed: fullUntil === undefined,
              limit_reached: fullUntil !== undefined,
              primary_window: bodyOf(primary, now),
              secondary_window: bodyOf(secondary, now)
            },
            additional_rate_limits: [],
            credits: { has_credits: false, unlimited: false, balance: "0" },
            rate_limit_reached_type: fullUntil === undefined ? null : { kind: "rate_limit_reached" }
          },
          fullUntil,
          primaryResetAt: primary.resetAt,
          now
        }
      })
  }
})
