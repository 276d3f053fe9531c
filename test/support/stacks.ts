import * as Effect from "effect/Effect"

/**
 * How many stacks something captures for spans.
 *
 * Whoever captures the stack of a span says before how deep; who shows an error wants none.
 */
export const stacksOf = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const depth = Error.stackTraceLimit
    let captured = 0
    const watched = {
      configurable: true,
      get: () => depth,
      set: (depth: number) => {
        if (depth > 1 && depth < 10) captured++
      }
    }
    return Effect.acquireUseRelease(
      Effect.sync(() => Object.defineProperty(Error, "stackTraceLimit", watched)),
      () => Effect.map(work, () => captured),
      () =>
        Effect.sync(() =>
          Object.defineProperty(Error, "stackTraceLimit", { configurable: true, writable: true, value: depth })
        )
    )
  })
