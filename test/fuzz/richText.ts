/**
 * A hundred thousand wild texts, and whether Telegram would take what becomes of each: `npm run fuzz [-- cases [seed]]`.
 *
 * A text that fails is printed with its seed; `npm run fuzz -- 1 <seed>` tries it again.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { problemOf } from "../support/telegramRules.ts"

const [cases = 100_000, seed = Math.floor(performance.timeOrigin) % 1_000_000_000] = process.argv.slice(2).map(Number)

const program = Effect.gen(function*() {
  yield* Console.log(`${cases} texts from seed ${seed} on`)
  for (let n = 0; n < cases; n++) {
    const { problem, source } = problemOf(seed + n)
    if (problem !== undefined) {
      yield* Console.error(`seed ${seed + n}: ${problem}\n${JSON.stringify(source)}`)
      return yield* Effect.sync(() => process.exitCode = 1)
    }
    if (n % 10_000 === 9999) yield* Console.log(`${n + 1} taken`)
  }
  yield* Console.log("All are taken.")
})

await Effect.runPromise(program)
