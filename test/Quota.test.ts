import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Quota from "../src/backend/internal/quota.ts"

const now = 1_700_000_000_000

describe("quota", () => {
  it("names a window by its length", () => {
    const name = (seconds: number) => Quota.windowName(Duration.seconds(seconds))
    assert.strictEqual(name(18_000), "5-hour")
    assert.strictEqual(name(17_940), "5-hour")
    assert.strictEqual(name(604_800), "weekly")
    assert.strictEqual(name(86_400), "1-day")
    assert.strictEqual(name(2_592_000), "30-day")
    assert.strictEqual(name(10_800), "3-hour")
    assert.strictEqual(name(5_400), "90-minute")
    assert.strictEqual(name(45), "45-second")
  })

  it("names a window that is a minute off, and not one that is a second more", () => {
    const name = (seconds: number) => Quota.windowName(Duration.seconds(seconds))
    for (const [length, known] of [[18_000, "5-hour"], [604_800, "weekly"]] as const) {
      for (const off of [-60, 60]) assert.strictEqual(name(length + off), known)
      for (const off of [-61, 61]) assert.notStrictEqual(name(length + off), known)
    }
  })

  it("knows a window of two years and a time up to the year 2100, and nothing beyond", () => {
    const window = (minutes: number, more: object = {}) =>
      Option.getOrUndefined(Quota.fromHeaders({ "x-codex-primary-window-minutes": String(minutes), ...more }, now))
        ?.windows[0]
    assert.isDefined(window(2 * 366 * 1440))
    assert.isUndefined(window(2 * 366 * 1440 + 1))
    const [last, beyond] = [4_102_444_799, 4_102_444_800].map((at) =>
      window(300, { "x-codex-primary-reset-at": String(at) })?.resetsAt
    )
    assert.strictEqual(last && DateTime.formatIso(last), "2099-12-31T23:59:59.000Z")
    assert.isUndefined(beyond)
    // No time is told by a zero: then the time that is left counts.
    const { resetsAt } = window(300, {
      "x-codex-primary-reset-at": "0",
      "x-codex-primary-reset-after-seconds": "60"
    }) ?? {}
    assert.strictEqual(resetsAt && DateTime.toEpochMillis(resetsAt), now + 60_000)
  })

  it("reads both windows from headers, by duration and not by position", () => {
    const quota = Quota.fromHeaders({
      "x-codex-primary-used-percent": "12.5",
      "x-codex-primary-window-minutes": "10080",
      "x-codex-primary-reset-at": "1700100000",
      "x-codex-secondary-used-percent": "100",
      "x-codex-secondary-window-minutes": "300",
      "x-codex-secondary-reset-at": "",
      "x-codex-secondary-reset-after-seconds": "60",
      "x-codex-plan-type": "plus",
      "x-codex-credits-has-credits": "False",
      "x-codex-credits-balance": ""
    }, now)
    assert.deepStrictEqual(Option.getOrUndefined(quota), {
      plan: "plus",
      limitReached: true,
      windows: [
        {
          name: "5-hour",
          length: Duration.seconds(18_000),
          usedPercent: 100,
          resetsAt: DateTime.makeUnsafe(now + 60_000)
        },
        {
          name: "weekly",
          length: Duration.seconds(604_800),
          usedPercent: 12.5,
          resetsAt: DateTime.makeUnsafe(1_700_100_000_000)
        }
      ]
    })
  })

  it("ignores windows without a length, and headers that say nothing", () => {
    assert.isTrue(Option.isNone(Quota.fromHeaders({}, now)))
    assert.isTrue(Option.isNone(Quota.fromHeaders({
      "x-codex-primary-used-percent": "0",
      "x-codex-primary-window-minutes": "0",
      "x-codex-primary-reset-after-seconds": "0",
      "x-codex-secondary-window-minutes": "",
      "x-codex-plan-type": "",
      "x-codex-rate-limit-reached-type": "False"
    }, now)))
  })

  it("reads that a limit is reached from its header, without any window", () => {
    const quota = Quota.fromHeaders({ "x-codex-rate-limit-reached-type": "rate_limit_reached" }, now)
    assert.deepStrictEqual(Option.getOrUndefined(quota), { plan: undefined, limitReached: true, windows: [] })
  })

  it("reads events", () => {
    const quota = Option.getOrThrow(Quota.fromEvent({
      type: "codex.rate_limits",
      plan_type: "pro",
      rate_limits: {
        allowed: true,
        limit_reached: false,
        primary: { used_percent: 3, window_minutes: 300, reset_after_seconds: 10 },
        secondary: null
      }
    }, now))
    assert.deepInclude(quota, { plan: "pro", limitReached: false })
    assert.strictEqual(quota.windows.length, 1)
    assert.deepInclude(quota.windows[0], {
      name: "5-hour",
      usedPercent: 3,
      resetsAt: DateTime.makeUnsafe(now + 10_000)
    })
  })

  it("reads the usage endpoint, with and without limits", () => {
    const quota = Option.getOrThrow(Quota.fromUsage({
      plan_type: "team",
      rate_limit: {
        allowed: false,
        limit_reached: true,
        primary_window: {
          used_percent: 100,
          limit_window_seconds: 604_800,
          reset_after_seconds: 5,
          reset_at: 1_700_000_005
        },
        secondary_window: null
      },
      credits: { has_credits: false, unlimited: false, balance: "0" }
    }, now))
    assert.deepInclude(quota, { plan: "team", limitReached: true })
    assert.deepInclude(quota.windows[0], { name: "weekly", resetsAt: DateTime.makeUnsafe(1_700_000_005_000) })
    assert.deepStrictEqual(Option.getOrUndefined(Quota.fromUsage({ plan_type: "free", rate_limit: null }, now)), {
      plan: "free",
      limitReached: false,
      windows: []
    })
    assert.isTrue(Option.isNone(Quota.fromUsage("no", now)))
  })

  it("leaves another model's limit out of the plan's quota", () => {
    const limits = { limit_reached: true, primary: { used_percent: 100, window_minutes: 300 } }
    const event = { type: "codex.rate_limits", plan_type: "pro", rate_limits: limits }
    for (
      const other of [
        { ...event, metered_limit_name: "codex_bengalfox" },
        { ...event, limit_name: "GPT-6.1 Sol" },
        { ...event, limit_id: "x" },
        { ...event, rate_limits: { ...limits, limit_name: "GPT-6.1 Sol" } }
      ]
    ) {
      assert.isTrue(Option.isNone(Quota.fromEvent(other, now)), JSON.stringify(other))
    }
    for (
      const own of [event, { ...event, metered_limit_name: "codex" }, { ...event, limit_name: "Codex" }, {
        ...event,
        limit_name: null
      }]
    ) {
      assert.isTrue(Option.getOrThrow(Quota.fromEvent(own, now)).limitReached)
    }
    const reached = { "x-codex-rate-limit-reached-type": "rate_limit_reached", "x-codex-plan-type": "pro" }
    const flag = (active: string) =>
      Option.getOrThrow(Quota.fromHeaders({ ...reached, "x-codex-active-limit": active }, now)).limitReached
    assert.deepStrictEqual(["codex", "", "codex_bengalfox"].map(flag), [true, true, false])
  })

  it("reads that a limit is reached in every way that it is told", () => {
    const usage = (body: object) => Option.getOrThrow(Quota.fromUsage({ plan_type: "team", ...body }, now)).limitReached
    const primary_window = { used_percent: 40, limit_window_seconds: 18_000 }
    for (
      const body of [
        { rate_limit: { limit_reached: true, primary_window } },
        { rate_limit: { allowed: false, primary_window } },
        { rate_limit: { primary_window: { ...primary_window, used_percent: 100 } } },
        { rate_limit_reached_type: { type: "rate_limit_reached" } },
        { rate_limit_reached_type: { kind: "workspace_member_usage_limit_reached" } },
        { rate_limit_reached_type: "rate_limit_reached" },
        { rate_limit: null, spend_control: { reached: true } }
      ]
    ) {
      assert.isTrue(usage(body), JSON.stringify(body))
    }
    for (
      const body of [
        { rate_limit: { allowed: true, primary_window } },
        { rate_limit: null, rate_limit_reached_type: null, spend_control: { reached: false } },
        { rate_limit_reached_type: { type: "none" } },
        { rate_limit_reached_type: {} }
      ]
    ) {
      assert.isFalse(usage(body), JSON.stringify(body))
    }
  })

  it("tells no number and no name that nobody can mean", () => {
    const header = (name: string, value: string) => ({
      "x-codex-primary-used-percent": "40",
      "x-codex-primary-window-minutes": "300",
      [`x-codex-${name}`]: value
    })
    const first = (name: string, value: string) =>
      Option.getOrThrow(Quota.fromHeaders(header(name, value), now)).windows[0]
    assert.strictEqual(first("primary-used-percent", "1e30")?.usedPercent, 100)
    assert.strictEqual(first("primary-used-percent", "-5")?.usedPercent, 0)
    for (const at of ["8640000000000", "1700000000000", "1e300", "-7"]) {
      assert.isUndefined(first("primary-reset-at", at)?.resetsAt)
      assert.isUndefined(first("primary-reset-after-seconds", at === "-7" ? at : `${at}00`)?.resetsAt)
    }
    for (const minutes of ["1e9", "9".repeat(40), "-300"]) {
      assert.isTrue(Option.isNone(Quota.fromHeaders(header("primary-window-minutes", minutes), now)))
    }
    for (const plan of ["p".repeat(20_000), "<b>pro</b>", "pro\nplus"]) {
      assert.isUndefined(Option.getOrThrow(Quota.fromHeaders(header("plan-type", plan), now)).plan)
      assert.isTrue(Option.isNone(Quota.fromUsage({ plan_type: plan }, now)))
    }
  })

  it.effect.prop(
    "never fails, whatever a header says",
    [Schema.String, Schema.Finite, Schema.Finite],
    ([word, a, b]) =>
      Effect.sync(() => {
        for (const value of [word, String(a), String(b)]) {
          Quota.fromHeaders({
            "x-codex-primary-used-percent": value,
            "x-codex-primary-window-minutes": value,
            "x-codex-primary-reset-at": value,
            "x-codex-secondary-window-minutes": "300",
            "x-codex-secondary-reset-after-seconds": value
          }, now)
        }
        Quota.fromUsage({ rate_limit: { primary_window: { limit_window_seconds: a, reset_at: b } } }, now)
      })
  )
})
