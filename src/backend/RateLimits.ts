/**
 * Quota windows: how much of the plan is used, and when it is whole again.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"

/**
 * One window of the plan's quota, such as five hours or a week.
 *
 * @since 0.1.0
 * @category models
 */
export interface QuotaWindow {
  /** `5-hour`, `weekly`, or the length in words for any other. Told by duration, never by position. */
  readonly name: string
  readonly length: Duration.Duration
  /** 0 to 100, maybe with a fraction. */
  readonly usedPercent: number
  readonly resetsAt: DateTime.Utc | undefined
}

/**
 * All that was last heard of the quota: `CodexBackend.usage` asks for it, and every answer brings news of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quota {
  readonly plan: string | undefined
  readonly limitReached: boolean
  readonly windows: ReadonlyArray<QuotaWindow>
}
