/**
 * Instructions that a user has set for themselves.
 *
 * They live in the same store as the history, under the key of `vibegram/codex`, so that one durable store keeps both.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Memory } from "./Memory.ts"
import type { UserId } from "./Message.ts"
import { type MemoryFailed, PromptTooLong } from "./TurnError.ts"

/**
 * What can be done with the instructions that a user has set. Failures of the store are `MemoryFailed`.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** The user's own instructions, if any. */
  readonly get: (userId: UserId) => Effect.Effect<Option.Option<string>, MemoryFailed>
  /** Sets them; at most 2000 UTF-16 units. */
  readonly set: (userId: UserId, text: string) => Effect.Effect<void, MemoryFailed | PromptTooLong>
  /** Goes back to none. */
  readonly clear: (userId: UserId) => Effect.Effect<void, MemoryFailed>
}

/**
 * The personalities as a service. Swap it to keep them elsewhere than the history, or to give everybody the same.
 *
 * @since 0.2.0
 * @category services
 */
export class Personality extends Context.Service<Personality, Service>()("effect-codex/Personality") {}

/**
 * Longest personality, in UTF-16 units: 2000, as in `vibegram/codex`. A service of your own refuses what is longer.
 *
 * @since 0.2.0
 * @category models
 */
export const maxPersonalityLength = 2000

const keyOf = (userId: UserId): string => `personality:${userId}`

const make: Effect.Effect<Service, never, Memory> = Effect.gen(function*() {
  const memory = yield* Memory
  const get = Effect.fnUntraced(function*(userId: UserId) {
    const messages = yield* memory.list(keyOf(userId))
    return Option.fromNullishOr(messages.at(-1)?.content)
  })
  const set = Effect.fn("Personality.set")(function*(userId: UserId, text: string) {
    if (text.length > maxPersonalityLength) {
      return yield* new PromptTooLong({ what: "personality", length: text.length, maximum: maxPersonalityLength })
    }
    yield* memory.clear(keyOf(userId))
    yield* memory.append(keyOf(userId), [{ role: "system", content: text }])
  })
  const clear = Effect.fn("Personality.clear")((userId: UserId) => memory.clear(keyOf(userId)))
  return Personality.of({ get, set, clear })
})

/**
 * Keeps personalities in `Memory`, one message for each user, under the key of `vibegram/codex`. The default: one durable
 * store keeps history and personalities.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<Personality, never, Memory> = Layer.effect(Personality, make)
