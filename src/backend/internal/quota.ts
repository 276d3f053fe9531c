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
import { type Fields, fields, isFields, number, record, text } from "./json.ts"
import type { HeaderValues } from "./said.ts"
import { nameOf } from "./scrub.ts"

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

// The year 2100: what is beyond it is another unit, or no time at all.
const latest = 4_102_444_800

// A window that is longer than two years is none.
const longest = 2 * 366 * 86_400

/** A time from unix seconds; `undefined` when nobody can mean it. */
export const timeFromSeconds = (seconds: number): DateTime.Utc | undefined =>
  seconds >= 0 && seconds < latest ? Option.getOrUndefined(DateTime.make(seconds * 1000)) : undefined

interface WindowNumbers {
  readonly seconds: number | undefined
  readonly usedPercent: number | undefined
  readonly resetAt: number | undefined
  readonly resetAfter: number | undefined
}

const makeWindow = (numbers: WindowNumbers, now: number): ReadonlyArray<QuotaWindow> => {
  const { resetAfter, resetAt, seconds, usedPercent } = numbers
  if (seconds === undefined || seconds <= 0 || seconds > longest) return []
  const length = Duration.seconds(seconds)
  const resetsAt = resetAt !== undefined && resetAt > 0
    ? timeFromSeconds(resetAt)
    : resetAfter !== undefined && resetAfter > 0
    ? timeFromSeconds(now / 1000 + resetAfter)
    : undefined
  return [{ name: windowName(length), length, usedPercent: Math.min(100, Math.max(0, usedPercent ?? 0)), resetsAt }]
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

/** The number that a header is, when it is one. */
const written = (header: string | undefined): number | undefined => {
  const value = header === undefined || header.trim() === "" ? Number.NaN : Number(header)
  return Number.isFinite(value) ? value : undefined
}

const headerWindow = (headers: HeaderValues, prefix: string, now: number): ReadonlyArray<QuotaWindow> => {
  const minutes = written(headers[`${prefix}-window-minutes`])
  return makeWindow({
    seconds: minutes === undefined ? undefined : minutes * 60,
    usedPercent: written(headers[`${prefix}-used-percent`]),
    resetAt: written(headers[`${prefix}-reset-at`]),
    resetAfter: written(headers[`${prefix}-reset-after-seconds`])
  }, now)
}

const headerWindows = (headers: HeaderValues, prefix: string, now: number): ReadonlyArray<QuotaWindow> =>
  shortestFirst([
    ...headerWindow(headers, `${prefix}-primary`, now),
    ...headerWindow(headers, `${prefix}-secondary`, now)
  ])

// The plan's own limits, among those of single models, which the server calls by names of their own.
const isPlan = (limit: string): boolean => /^(?:|codex|default|primary)$/i.test(limit.trim())

/**
 * The limit that a refusal is about: the plan's, or that of another family, by its name.
 *
 * A family has headers of its own, which `x-codex-active-limit` points to.
 */
export const activeLimit = (
  headers: HeaderValues,
  now: number
): { readonly name: string | undefined; readonly windows: ReadonlyArray<QuotaWindow> } => {
  const active = headers["x-codex-active-limit"] ?? ""
  if (isPlan(active)) return { name: undefined, windows: headerWindows(headers, "x-codex", now) }
  const family = active.trim().toLowerCase().replaceAll("_", "-").replace(/^(?:x-)?(?:codex-)?/, "")
  const prefix =
    [`x-codex-${family}`, `x-${family}`].find((prefix) =>
      ["limit-name", "primary-window-minutes", "secondary-window-minutes"].some((name) =>
        headers[`${prefix}-${name}`] !== undefined
      )
    ) ?? `x-codex-${family}`
  return {
    name: nameOf(headers[`${prefix}-limit-name`]) ?? nameOf(active),
    windows: headerWindows(headers, prefix, now)
  }
}

/** Whether a kind of limit that was reached is named. */
const isReached = (kind: unknown): true | undefined => {
  const name = isFields(kind) ? text(kind["type"]) ?? text(kind["kind"]) : text(kind)
  return name === undefined || /^(?:|false|0|none|null)$/i.test(name.trim()) ? undefined : true
}

/**
 * The quota from the `x-codex-*` headers of any answer.
 *
 * A header may be empty, and a window of zero minutes is none. Further limit families (`x-codex-<name>-*`)
 * are left alone: they are not the plan's. `now` is in milliseconds since the Unix epoch.
 */
export const fromHeaders = (headers: HeaderValues, now: number): Option.Option<Quota> =>
  makeQuota(
    nameOf(headers["x-codex-plan-type"]),
    isPlan(headers["x-codex-active-limit"] ?? "") ? isReached(headers["x-codex-rate-limit-reached-type"]) : undefined,
    headerWindows(headers, "x-codex", now)
  )

const readEventWindow = record({
  window_minutes: number,
  used_percent: number,
  reset_at: number,
  reset_after_seconds: number
})

const eventWindow = (window: unknown, now: number): ReadonlyArray<QuotaWindow> => {
  const said = readEventWindow(window)
  return makeWindow({
    seconds: said.window_minutes === undefined ? undefined : said.window_minutes * 60,
    usedPercent: said.used_percent,
    resetAt: said.reset_at,
    resetAfter: said.reset_after_seconds
  }, now)
}

const flag = (value: unknown): boolean | undefined => typeof value === "boolean" ? value : undefined

/** `limit_reached`, or else the contrary of `allowed`; `undefined` where neither is said. */
const reachedIn = (limits: Fields): boolean | undefined =>
  flag(limits["limit_reached"]) ?? (limits["allowed"] === false ? true : undefined)

/** The quota from a `codex.rate_limits` event, unless it is about another limit than the plan's; `now` as above. */
export const fromEvent = (event: unknown, now: number): Option.Option<Quota> => {
  const body = fields(event)
  const limits = fields(body["rate_limits"])
  const names = ["metered_limit_name", "limit_name", "limit_id"].flatMap((name) => [body[name], limits[name]])
  if (names.some((name) => typeof name === "string" && !isPlan(name))) return Option.none()
  return makeQuota(nameOf(body["plan_type"]), reachedIn(limits), [
    ...eventWindow(limits["primary"], now),
    ...eventWindow(limits["secondary"], now)
  ])
}

const readUsageWindow = record({
  limit_window_seconds: number,
  used_percent: number,
  reset_at: number,
  reset_after_seconds: number
})

const usageWindow = (window: unknown, now: number): ReadonlyArray<QuotaWindow> => {
  const said = readUsageWindow(window)
  return makeWindow({
    seconds: said.limit_window_seconds,
    usedPercent: said.used_percent,
    resetAt: said.reset_at,
    resetAfter: said.reset_after_seconds
  }, now)
}

/** The quota from the body of `/wham/usage`. `now` is in milliseconds since the Unix epoch. */
export const fromUsage = (body: unknown, now: number): Option.Option<Quota> => {
  const usage = fields(body)
  const limits = fields(usage["rate_limit"])
  const reached = reachedIn(limits) ?? isReached(usage["rate_limit_reached_type"]) ??
    (fields(usage["spend_control"])["reached"] === true ? true : undefined)
  return makeQuota(nameOf(usage["plan_type"]), reached, [
    ...usageWindow(limits["primary_window"], now),
    ...usageWindow(limits["secondary_window"], now)
  ])
}
