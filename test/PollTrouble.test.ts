/**
 * What it means when Telegram gives no updates, as a table: how long to wait, at each time, and when it is over.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Trouble from "../src/telegram/internal/pollTrouble.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"

const failed = (reason: TelegramFailed["reason"], code?: number, retryAfter?: Duration.Duration) =>
  new TelegramFailed({
    method: "getUpdates",
    reason,
    ...(code !== undefined && { code }),
    ...(retryAfter !== undefined && { retryAfter })
  })

const met = (failure: TelegramFailed, more: Partial<Trouble.Met> = {}): Trouble.Trouble =>
  Trouble.of({ failure, host: "api.telegram.org", webhook: undefined, silence: undefined, ...more })

describe("the pause before the next poll", () => {
  const pauses = (failure: TelegramFailed, chance: number, webhook?: string): ReadonlyArray<number> =>
    [1, 2, 3, 4, 5, 6].map((times) =>
      Trouble.pauseOf(met(failure, { webhook }), failure, { times, poll: Duration.seconds(30), chance })
    )

  it.each<
    readonly [
      what: string,
      failure: TelegramFailed,
      webhook: string | undefined,
      least: ReadonlyArray<number>,
      most: number
    ]
  >([
    ["an outage", failed("unreachable"), undefined, [800, 1_600, 3_200, 6_400, 12_000, 12_000], 1.5],
    ["a refusal", failed("rejected", 400), undefined, [800, 1_600, 3_200, 6_400, 12_000, 12_000], 1.5],
    ["another poller", failed("rejected", 409), undefined, [30_000, 60_000, 60_000, 60_000, 60_000, 60_000], 1.2],
    ["a webhook", failed("rejected", 409), "other.example", [30_000, 60_000, 60_000, 60_000, 60_000, 60_000], 1.2],
    [
      "a limit",
      failed("rateLimited", 429, Duration.seconds(7)),
      undefined,
      Array.from({ length: 6 }, () => 7_000),
      1.1
    ],
    ["a limit that names no time", failed("rateLimited", 429), undefined, Array.from({ length: 6 }, () => 5_000), 1.1],
    [
      "a limit that is not believed",
      failed("rateLimited", 429, Duration.hours(5)),
      undefined,
      Array.from({ length: 6 }, () => 3_600_000),
      1
    ]
  ])("of %s is this long, and by chance a little longer", (_, failure, webhook, least, most) => {
    const close = (found: ReadonlyArray<number>, expected: ReadonlyArray<number>) =>
      expected.forEach((millis, nth) => assert.closeTo(found[nth] ?? Number.NaN, millis, 0.01))
    close(pauses(failure, 0, webhook), least)
    close(pauses(failure, 1, webhook), least.map((millis) => millis * most))
  })
})

describe("a trouble", () => {
  it.each<readonly [met: Trouble.Trouble, kind: Trouble.Kind, words: RegExp, isProbed: boolean, quiet: number]>([
    [met(failed("unreachable")), "unreachable", /reached at api\.telegram\.org\.$/, true, 0],
    [met(failed("unreachable", 502)), "unreachable", /\(502\)\.$/, true, 0],
    [met(failed("unreachable"), { silence: Duration.seconds(40) }), "unreachable", /silent for 40s\.$/, true, 0],
    [met(failed("rejected", 409)), "otherPoller", /Another process/, false, 180_000],
    [met(failed("rejected", 409), { webhook: "w.example" }), "webhook", /webhook at w\.example/, false, 0],
    [met(failed("rateLimited", 429)), "rateLimited", /\(429\)/, false, 0],
    [met(failed("rejected", 400)), "refused", /gives no updates/, true, 0]
  ])("%j is known by its kind", (trouble, kind, words, isProbed, quiet) => {
    assert.strictEqual(trouble.kind, kind)
    assert.match(trouble.words, words)
    assert.strictEqual(Trouble.isProbed(kind), isProbed)
    assert.strictEqual(Trouble.quietOf(kind), quiet)
  })

  it("that is over has lasted a second at least", () => {
    for (const kind of ["unreachable", "otherPoller", "refused"] as const) {
      assert.match(Trouble.over(kind, Duration.millis(3)), /after 1s/)
      assert.match(Trouble.over(kind, Duration.seconds(75)), /after 1m 15s/)
    }
  })
})
