/**
 * The stores of the context, which may be those of somebody else: one that throws, breaks or interrupts itself has failed.
 *
 * A turn then ends as it does where a store is away, and a person reads the sentence that is there for it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { Memory } from "../Memory.ts"
import { Personality } from "../Personality.ts"
import { MemoryFailed } from "../TurnError.ts"
import { UsageMeter } from "../UsageMeter.ts"

const sound = <A, E>(
  operation: MemoryFailed["operation"],
  run: () => Effect.Effect<A, E>
): Effect.Effect<A, E | MemoryFailed> =>
  Effect.catchCause(Effect.suspend(run), (why): Effect.Effect<never, E | MemoryFailed> => {
    if (Cause.hasFails(why)) return Effect.failCause(why)
    const cause = Cause.squash(why)
    return Effect.andThen(
      Effect.logError("A store broke.", cause),
      Effect.fail(new MemoryFailed({ operation, cause }))
    )
  })

/** The history. */
export const memory = Effect.map(Memory, (store) =>
  Memory.of({
    append: (key, turn) => sound("append", () => store.append(key, turn)),
    list: (key, options) => sound("list", () => store.list(key, options)),
    clear: (key) => sound("clear", () => store.clear(key)),
    move: (from, to) => sound("move", () => store.move(from, to)),
    forget: (userId) => sound("clear", () => store.forget(userId))
  }))

/** The personalities. */
export const personality = Effect.map(Personality, (store) =>
  Personality.of({
    get: (userId) => sound("list", () => store.get(userId)),
    set: (userId, text) => sound("append", () => store.set(userId, text)),
    clear: (userId) => sound("clear", () => store.clear(userId))
  }))

/** The sums of the usage; to count them cannot fail. */
export const meter = Effect.map(UsageMeter, (store) =>
  UsageMeter.of({
    record: (answer) => store.record(answer),
    forget: (userId) => sound("clear", () => store.forget(userId)),
    usage: sound("list", () => store.usage)
  }))
