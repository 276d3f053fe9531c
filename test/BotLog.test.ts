/**
 * The log of the bot program: what passes is said once, and again when it is over.
 */
import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as BotLog from "../src/cli/internal/botLog.ts"

for (const format of ["plain", "json"] as const) {
  it.effect(`a database that is away is told once, and again when it is back: ${format}`, () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const keep = (...words: ReadonlyArray<unknown>) => void lines.push(words.join(" "))
      const cause = Cause.fail(new Error("connect ECONNREFUSED"))
      yield* Effect.gen(function*() {
        yield* Effect.logWarning("Could not read messages from storage", cause)
        yield* Effect.logError("Shard lock storage is unhealthy", cause)
        for (let second = 0; second < 60; second++) {
          yield* Effect.logWarning("Shard lock storage is still unhealthy", cause)
        }
        yield* Effect.logInfo("Shard lock storage has recovered")
        yield* Effect.logWarning("Something else", cause)
      }).pipe(
        Effect.provide(BotLog.layer(format)),
        Effect.provideService(
          Console.Console,
          Console.Console.of({ ...globalThis.console, log: keep, error: keep })
        )
      )
      assert.strictEqual(lines.length, 3, lines.join("\n"))
      assert.match(lines[0] ?? "", /does not answer: what comes stays with Telegram/)
      assert.notInclude(lines[0] ?? "", "ECONNREFUSED")
      assert.match(lines[1] ?? "", /answers again/)
      assert.match(lines[2] ?? "", /Something else[^]*ECONNREFUSED/)
    }))
}

it("what the engine says of its database is still said in these words", () => {
  const engine = readFileSync(fileURLToPath(import.meta.resolve("effect/cluster/Sharding")), "utf8")
  for (const words of Object.keys(BotLog.aboutDatabase)) assert.include(engine, `"${words}"`)
})
