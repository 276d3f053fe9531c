/**
 * Somebody asks the process to end.
 */
import * as Effect from "effect/Effect"
import process from "node:process"

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Waits for the next signal to end. */
export const next: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const stop = () => resume(Effect.void)
  for (const signal of signals) process.once(signal, stop)
  return Effect.sync(() => {
    for (const signal of signals) process.off(signal, stop)
  })
})
