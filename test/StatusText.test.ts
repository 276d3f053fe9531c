/**
 * What somebody reads of how things stand: line by line, for each reader.
 */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { AuthFileNotFound, AuthStoreFailed } from "../src/auth/AuthError.ts"
import type * as CodexAuth from "../src/auth/CodexAuth.ts"
import type { Status } from "../src/conversation/Codex.ts"
import { MemoryFailed } from "../src/conversation/TurnError.ts"
import * as StatusText from "../src/telegram/internal/statusText.ts"

const time = DateTime.makeUnsafe("2026-11-27T10:30:00Z")

const login: CodexAuth.Status = {
  location: "/srv/place/auth.json",
  signedIn: true,
  problem: undefined,
  expiresAt: time,
  accountId: "acc",
  plan: "pro",
  canRefresh: true,
  unwritable: undefined
}

const totals = (requests: number) => ({ requests, inputTokens: 10, outputTokens: 20, totalTokens: 30 })

const status: Status = {
  provider: "codex",
  connected: true,
  model: "m",
  modelNote: "m stands in for n.",
  reasoningEffort: "low",
  auth: Option.some(login),
  quota: Option.some({
    plan: "pro",
    limitReached: false,
    windows: [
      { name: "5-hour", length: Duration.hours(5), usedPercent: 12.5, resetsAt: time },
      { name: "weekly", length: Duration.days(7), usedPercent: 101, resetsAt: undefined }
    ]
  }),
  usage: { total: totals(9), perUser: new Map([[8, totals(5)], [7, totals(4)]]), since: time }
}

const told = (changes: Partial<Status> = {}, asker: Partial<StatusText.Asker> = {}): ReadonlyArray<string> =>
  StatusText.make({ ...status, ...changes }, {
    userId: 7,
    personality: Option.some("Be brief."),
    mayKnowPaths: false,
    ...asker
  }).split("\n")

describe("how things stand", () => {
  it("is told whole, line by line", () => {
    assert.deepStrictEqual(told(), [
      "✅ codex: connected",
      "Model: m",
      "m stands in for n.",
      "Reasoning effort: low",
      "Token expires: 2026-11-27 10:30 UTC",
      "Refresh: automatic",
      "Plan: pro",
      "Quota, 5-hour: 88 % left, resets 2026-11-27 10:30 UTC",
      "Quota, weekly: 0 % left",
      "Since 2026-11-27 10:30 UTC: 9 requests, 30 tokens (10 in, 20 out)",
      "You: 4 requests, 30 tokens (10 in, 20 out)",
      "Personality: Be brief."
    ])
  })

  it("leaves out what is not known", () => {
    assert.deepStrictEqual(
      told({
        connected: false,
        model: undefined,
        modelNote: undefined,
        reasoningEffort: undefined,
        auth: Option.none(),
        quota: Option.none(),
        usage: { total: totals(9), perUser: status.usage.perUser }
      }, { userId: undefined, personality: Option.none() }),
      ["❌ codex: not connected", "Since the start: 9 requests, 30 tokens (10 in, 20 out)"]
    )
  })

  it("says what is wrong with the login, and where its file is to those alone who may know it", () => {
    const path = "/srv/place/auth.json"
    const wrong = {
      ...login,
      expiresAt: undefined,
      plan: undefined,
      canRefresh: false,
      problem: new AuthFileNotFound({ path }),
      unwritable: new AuthStoreFailed({ path, operation: "write", problem: "EACCES" })
    }
    for (const mayKnowPaths of [true, false]) {
      const text = told({ auth: Option.some(wrong) }, { mayKnowPaths }).join("\n")
      assert.match(text, /^Login: auth JSON not found/m)
      assert.match(text, /^⚠️ New tokens cannot be saved\. /m)
      assert.match(text, /^Refresh: off$/m)
      assert.strictEqual(text.includes(path), mayKnowPaths)
    }
  })

  it("says when what was used could not be read, in place of numbers", () => {
    const text = told({ usageProblem: new MemoryFailed({ operation: "list", cause: "away" }) }).join("\n")
    assert.include(text, "What was used is not known now: it could not be read.")
    assert.notMatch(text, /requests/)
  })

  it("shows the beginning of a long personality", () => {
    assert.strictEqual(told({}, { personality: Option.some("x".repeat(60)) }).at(-1), `Personality: ${"x".repeat(60)}`)
    assert.strictEqual(told({}, { personality: Option.some("x".repeat(61)) }).at(-1), `Personality: ${"x".repeat(60)}…`)
  })
})
