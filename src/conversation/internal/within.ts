/**
 * Which conversations wait for what runs here: a tool is run within a turn, which cannot go on before the tool is done.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Ending } from "./order.ts"

interface Waiting {
  readonly conversation: string
  readonly ending: Ending
}

const Within = Context.Reference<ReadonlyArray<Waiting>>("effect-codex/Codex/Within", { defaultValue: () => [] })

/** Runs something that a turn waits for. */
export const run = (conversation: string | undefined, ending: Ending) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  conversation === undefined
    ? effect
    : Effect.flatMap(
      Within,
      (outer) => Effect.provideService(effect, Within, [...outer, { conversation, ending }])
    )

/** Whether a turn of this conversation waits for what runs here: whoever asks in it would wait for ever. */
export const isWaiting = (conversation: string | undefined): Effect.Effect<boolean> =>
  Effect.map(
    Within,
    (outer) => outer.some((waiting) => waiting.conversation === conversation && waiting.ending.decided() === undefined)
  )
