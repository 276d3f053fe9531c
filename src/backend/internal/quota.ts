/**
 * The quota, as headers, events and the usage endpoint tell it.
 *
 * Three dialects say the same thing. Each reader here takes what it understands and gives `None` when the
 * server said nothing about the quota; none of them can fail.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Quota, QuotaWindow } from "../RateLimits.ts"
import { fields, isFields, numbers, text, writtenNumbers } from "./json.ts"
import type { HeaderValues } from "./said.ts"

const fiveHours = 18_000
const week = 604_800
const units = [["day", 86_400], ["hour", 3_600], ["minute", 60]] as const

/**
 * Names a window by its length.
 *
 * The server rounds minutes now and then, so that a minute more or less still counts as `5-hour` or `weekly`.
 */
export const windowName = (length: Duration.Duration): string => {
  const seconds = Math.round(Duration.toSeconds(length))
  if (Math.abs(seconds - fiveHours) <= 60) return "5-hour"
  if (Math.abs(seconds - week) <= 60) return "weekly"
  for (const [unit, size] of units) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size}-${unit}`
  }
  return `${seconds}-second`
}

/** A time from unix seconds; `undefined` when it is out of range. */
export const timeFromSeconds = (seconds: number): DateTime.Utc | undefined =>
  Option.getOrUndefined(DateTime.make(seconds * 1000))

interface WindowNumbers {
  readonly seconds: number | undefined
  readonly usedPercent: number | undefined
  readonly resetAt: number | undefined
  readonly resetAfter: number | undefined
}

const makeWindow = (numbers: WindowNumbers, now: number): ReadonlyArray<QuotaWindow> => {
  const { resetAfter, resetAt, seconds, usedPercent } = numbers
  if (seconds === undefined || seconds <= 0) return []
  const length = Duration.seconds(seconds)
  const resetsAt = resetAt !== undefined && resetAt > 0
    ? timeFromSeconds(resetAt)
    : resetAfter !== undefined && resetAfter > 0
    ? timeFromSeconds(now / 1000 + resetAfter)
    : undefined
  return [{ name: windowName(length), length, usedPercent: usedPercent ?? 0, resetsAt }]
}

const shortestFirst = (windows: ReadonlyArray<QuotaWindow>): ReadonlyArray<QuotaWindow> =>
  [...windows].sort((a, b) => Duration.toMillis(a.length) - Duration.toMillis(b.length))

const makeQuota = (
  plan: string | undefined,
  limitReached: boolean | undefined,
  windows: ReadonlyArray<QuotaWindow>
): Option.Option<Quota> =>
  windows.length === 0 && plan === undefined && limitReached === undefined
    ? Option.none()
    : Option.some({
      plan,
      limitReached: limitReached ?? windows.some((window) => window.usedPercent >= 100),
      windows: shortestFirst(windows)
    })

const headerWindow = (headers: HeaderValues, prefix: string, now: number): ReadonlyArray<QuotaWindow> => {
  if (headers[`${prefix}-window-minutes`] === undefined) return []
  const names = ["window-minutes", "used-percent", "reset-at", "reset-after-seconds"].map((name) => `${prefix}-${name}`)
  const found = writtenNumbers(headers, ...names)
  const [minutes, usedPercent, resetAt, resetAfter] = names.map((name) => found[name])
  return makeWindow(
    { seconds: minutes === undefined ? undefined : minutes * 60, usedPercent, resetAt, resetAfter },
    now
  )
}

/**
 * The quota from the `x-codex-*` headers of any answer.
 *
 * A header may be empty, and a window of zero minutes is none. Further limit families (`x-codex-<name>-*`)
 * are left alone: they are not the plan's. `now` is in milliseconds since the Unix epoch.
 */
export const fromHeaders = (headers: HeaderValues, now: number): Option.Option<Quota> => {
  const kind = headers["x-codex-rate-limit-reached-type"]
  return makeQuota(
    headers["x-codex-plan-type"] || undefined,
    kind === undefined || /^(?:|false|0|none|null)$/i.test(kind.trim()) ? undefined : true,
    [...headerWindow(headers, "x-codex-primary", now), ...headerWindow(headers, "x-codex-secondary", now)]
  )
}

const eventWindow = (window: unknown, now: number): ReadonlyArray<QuotaWindow> => {
  const said = numbers(window, "window_minutes", "used_percent", "reset_at", "reset_after_seconds")
  const minutes = said["window_minutes"]
  return makeWindow({
    seconds: minutes === undefined ? undefined : minutes * 60,
    usedPercent: said["used_percent"],
    resetAt: said["reset_at"],
    resetAfter: said["reset_after_seconds"]
  }, now)
}

const flag = (value: unknown): boolean | undefined => typeof value === "boolean" ? value : undefined

/** The quota from a `codex.rate_limits` event. `now` is in milliseconds since the Unix epoch. */
export const fromEvent = (event: unknown, now: number): Option.Option<Quota> => {
  const body = fields(event)
  const limits = fields(body["rate_limits"])
  return makeQuota(text(body["plan_type"]), flag(limits["limit_reached"]), [
    ...eventWindow(limits["primary"], now),
    ...eventWindow(limits["secondary"], now)
  ])
}

const usageWindow = (window: unknown, now: number): ReadonlyArray<QuotaWindow> => {
  const said = numbers(window, "limit_window_seconds", "used_percent", "reset_at", "reset_after_seconds")
  return makeWindow({
    seconds: said["limit_window_seconds"],
    usedPercent: said["used_percent"],
    resetAt: said["reset_at"],
    resetAfter: said["reset_after_seconds"]
  }, now)
}

/** The quota from the body of `/wham/usage`. `now` is in milliseconds since the Unix epoch. */
export const fromUsage = (body: unknown, now: number): Option.Option<Quota> => {
  const usage = fields(body)
  const limits = fields(usage["rate_limit"])
  const reached = flag(limits["limit_reached"]) ?? (isFields(usage["rate_limit_reached_type"]) ? true : undefined)
  return makeQuota(text(usage["plan_type"]), reached, [
    ...usageWindow(limits["primary_window"], now),
    ...usageWindow(limits["secondary_window"], now)
  ])
}
