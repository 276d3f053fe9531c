import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Result, Schema } from "effect"
import { Codex, codexLive } from "effect-codex"
import { CodexEmulator, FaultScript } from "effect-codex/testing"
import { TestClock } from "effect/testing"

const whole = "one two three four"

/** Where the stream of an answer breaks, and how. `FaultScript.Fault` would be anything at all. */
const Trouble = Schema.Struct({
  kind: Schema.Literals(["cut", "half", "garbage", "stall"]),
  pieces: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))
})

// The first request has the first trouble, the second the second; then all goes well.
const scriptOf = (troubles: ReadonlyArray<typeof Trouble.Type>) =>
  FaultScript.make({
    rules: troubles.map(({ kind, pieces }, i) => ({
      on: "responses",
      nth: i + 1,
      fault: FaultScript[kind]({ pieces })
    }))
  })

/** A client of a fresh emulator that follows the script: this is where your own code goes. */
const makeClient = Effect.fnUntraced(function*(faults: FaultScript.FaultScript, maxRetries: number) {
  const emulator = yield* CodexEmulator.make({ faults })
  yield* emulator.respondWith(() => CodexEmulator.Reply.text(whole))
  const authJson = Redacted.make(yield* emulator.signIn())
  const { baseUrl, issuer } = emulator
  const context = yield* Layer.build(codexLive({ authJson, baseUrl, issuer, maxRetries, model: "gpt-6-luna" }))
  return Context.get(context, Codex.Codex)
})

/** A second for each millisecond: under the test's clock no stall, delay or timeout takes long. */
const timePasses = Effect.andThen(TestClock.withLive(Effect.sleep("1 millis")), TestClock.adjust("1 second"))

it.effect.prop(
  "whatever goes wrong, an answer is whole, or it says that it is not",
  [Schema.Array(Trouble)],
  ([troubles]) => {
    const script = scriptOf(troubles)
    return Effect.gen(function*() {
      const { ask } = yield* makeClient(script, 2)
      const asking = Effect.result(ask({ text: "Count." }))
      const result = yield* Effect.raceFirst(asking, Effect.forever(timePasses))
      if (Result.isFailure(result)) return
      const { incomplete, text } = result.success
      assert.strictEqual(text, incomplete === undefined ? whole : whole.slice(0, text.length))
    }).pipe(Effect.scoped, FaultScript.explained(script))
  },
  { arbitrary: { runs: 30 } }
)

it.effect("a script that was found is pasted as it was printed, and does the same again", () =>
  Effect.gen(function*() {
    const script = FaultScript.make({
      "seed": 0,
      "rules": [
        {
          "on": "responses",
          "nth": 1,
          "fault": {
            "_tag": "Cut",
            "at": {
              "pieces": 5
            }
          }
        }
      ]
    })
    const { ask } = yield* makeClient(script, 0)
    const half = yield* ask({ text: "Count." })
    assert.deepInclude(half, { text: "one ", incomplete: "cut" })
    assert.strictEqual((yield* ask({ text: "Again." })).text, whole)
  }))
