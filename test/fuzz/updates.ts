/**
 * Ten thousand mutated updates: `npm run fuzz:updates [-- updates [seed]]`.
 *
 * None crashes the way in, none is answered twice, nothing is left behind. What fails is told with its seed.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import * as WildUpdates from "../support/wildUpdates.ts"

const [updates = 10_000, seed = Math.floor(performance.timeOrigin) % 1_000_000_000] = process.argv.slice(2).map(Number)

// A bot of its own for each thousand: what one has remembered does not hide what the next would do.
const most = 1_000

const program = Effect.gen(function*() {
  yield* Console.log(`${updates} updates, seed ${seed}`)
  let prompts = 0
  for (let done = 0; done < updates; done += most) {
    const found = yield* Effect.scoped(WildUpdates.run(Math.min(most, updates - done), seed + done))
    prompts += found.prompts
  }
  yield* Console.log(`None failed; ${prompts} were prompts.`)
  if (prompts < updates * 0.3) return yield* Effect.die(new Error(`seed ${seed}: too few prompts`))
})

await Effect.runPromise(program.pipe(Effect.provide([TestClock.layer(), Logger.layer([])])))
