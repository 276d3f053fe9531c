/**
 * What of the words of a server may be shown: nothing that we sent, nothing that opens a door, and no page.
 */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Quota from "../src/backend/internal/quota.ts"
import * as Scrub from "../src/backend/internal/scrub.ts"
import * as Metrics from "../src/internal/metrics.ts"

const jwt = `eyJ${"a".repeat(20)}.${"b".repeat(10)}.sig`

describe("a sentence of a server", () => {
  it.each<readonly [what: string, sentence: string, sent: ReadonlyArray<string>, shown: string | undefined]>([
    [
      "has nothing of what we sent, wherever and how often it stands",
      "pin 1234, not 1234.",
      ["1234"],
      "pin [...], not [...]"
    ],
    ["loses no part of a word that is another", "The category of cat: cats", ["cat"], "The category of [...]: cats"],
    ["loses no sign that is no word", "Why?! (really)", ["?!", " "], "Why?! (really)"],
    [
      "has no part of twenty signs of it, each time",
      "First: brown fox jumps over the. Then: brown fox jumps over the!",
      ["The quick brown fox jumps over the lazy dog."],
      "First:[...]. Then:[...]!"
    ],
    [
      "is read as it was meant, escapes and lines too",
      "It said \\\"my\\nsecret\\\" \\u0041",
      ["my\nsecret"],
      "It said \"[...]\" A"
    ],
    ["has no bearer", "Wrong Bearer abc.def given", [], "Wrong [...] given"],
    ["has no token", `Wrong ${jwt} given`, [], "Wrong [...] given"],
    ["has no refresh token", "Wrong rt_abc.d-e given", [], "Wrong [...] given"],
    ["has no key", "Wrong sk-abcdefgh1 given", [], "Wrong [...] given"],
    ["is no page", "<html>No</html>", [], undefined],
    ["is none where nothing is left of it", "My whole prompt.", ["My whole prompt."], undefined],
    ["is none where it is empty", " \n ", [], undefined],
    ["is looked at no further than two thousand signs", `${"\n".repeat(2000)}words`, [], undefined],
    ["is two hundred signs long", "x".repeat(300), [], `${"x".repeat(197)}...`],
    ["is cut between signs", `${"x".repeat(196)}👍${"y".repeat(100)}`, [], `${"x".repeat(196)}...`]
  ])("%s", (_, sentence, sent, shown) => {
    assert.strictEqual(Scrub.scrub(sentence, sent), shown)
  })
})

describe("a word of a server", () => {
  it("is an id, a code, a field or a name by its form, and never a secret", () => {
    const table: ReadonlyArray<readonly [unknown, id: boolean, code: boolean, param: boolean, name: boolean]> = [
      ["req_1-a.b:c", true, false, false, true],
      ["token_revoked", true, true, true, true],
      ["Workspace_Limit_Reached", true, true, false, true],
      ["input[0].content[1].image_url", false, false, true, false],
      ["gpt-5.6 (preview)", false, false, false, true],
      ["a".repeat(129), false, false, true, false],
      ["a sentence, with a comma", false, false, false, false],
      ["", false, false, false, false],
      [jwt, false, false, false, false],
      [`name ${jwt}`, false, false, false, false],
      ["rt_abcdef", false, false, true, false],
      ["sk-abcdefgh1", false, false, false, false],
      [7, false, false, false, false]
    ]
    for (const [value, ...is] of table) {
      const read = [Scrub.identifier, Scrub.codeWord, Scrub.paramOf, Scrub.nameOf].map((of) => of(value) !== undefined)
      assert.deepStrictEqual(read, is, String(value))
    }
    assert.strictEqual(Scrub.codeWord("Workspace_Limit_Reached"), "workspace_limit_reached")
  })
})

describe("the windows of a quota", () => {
  it("stand with the shortest first, wherever they were told and in whatever order", () => {
    const window = (seconds: number) => ({ limit_window_seconds: seconds, used_percent: 1 })
    const usage = { rate_limit: { primary_window: window(604_800), secondary_window: window(18_000) } }
    const minutes = (minutes: number) => ({ window_minutes: minutes, used_percent: 1 })
    const event = { rate_limits: { primary: minutes(10_080), secondary: minutes(300) } }
    for (const told of [Quota.fromUsage(usage, 0), Quota.fromEvent(event, 0)]) {
      assert.deepStrictEqual(Option.getOrThrow(told).windows.map(({ name }) => name), ["5-hour", "weekly"])
    }
  })
})

describe("a name in a metric", () => {
  it("is plain and short, as nobody counts by what somebody made up", () => {
    assert.deepStrictEqual(
      ["gpt-5.6-sol", "x".repeat(64), "x".repeat(65), "a name", "", undefined].map((name) =>
        Metrics.plainName(name) !== undefined
      ),
      [true, true, false, false, false, false]
    )
  })

  it.effect("of a model that nobody knows is unknown", () =>
    Effect.gen(function*() {
      yield* Metrics.ended({
        outcome: "answered",
        failure: undefined,
        used: { inputTokens: 7, cachedTokens: 3, outputTokens: 5, reasoningTokens: 2 },
        model: undefined,
        began: yield* DateTime.now
      })
      const counted = (yield* Metric.snapshot).flatMap((metric) =>
        metric.id === Metrics.tokens.id && metric.attributes?.["model"] === "unknown" && metric.type === "Counter"
          ? [[metric.attributes["kind"], Number(metric.state.count)]]
          : []
      )
      assert.sameDeepMembers(counted, [["input", 7], ["cached", 3], ["output", 5], ["reasoning", 2]])
    }))
})
