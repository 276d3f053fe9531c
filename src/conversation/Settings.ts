/**
 * What a user has set for themselves: the personality.
 *
 * It lives in the same store as the history, under the seed's key, so that one durable store keeps both.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Memory } from "./Memory.ts"
import { type MemoryFailed, PromptTooLong } from "./TurnError.ts"

export interface Service {
  /** The user's own instructions, if any. */
  readonly personality: (userId: number) => Effect.Effect<Option.Option<string>, MemoryFailed>
  /** Sets them; at most 2000 UTF-16 units. */
  readonly setPersonality: (userId: number, text: string) => Effect.Effect<void, MemoryFailed | PromptTooLong>
  /** Goes back to none. */
  readonly clearPersonality: (userId: number) => Effect.Effect<void, MemoryFailed>
}

/** The settings of users as a service. */
export class Settings extends Context.Service<Settings, Service>()("effect-codex/Settings") {}

/** Longest personality, in UTF-16 units. The number is the seed's. */
export const maxPersonalityLength = 2000

const keyOf = (userId: number): string => `personality:${userId}`

export const make: Effect.Effect<Service, never, Memory> = Effect.gen(function*() {
  const memory = yield* Memory
  const personality = Effect.fn("Settings.personality")(function*(userId: number) {
    const messages = yield* memory.list(keyOf(userId))
    return Option.fromNullishOr(messages.at(-1)?.content)
  })
  const setPersonality = Effect.fn("Settings.setPersonality")(function*(userId: number, text: string) {
    if (text.length > maxPersonalityLength) {
      return yield* new PromptTooLong({ what: "personality", length: text.length, maximum: maxPersonalityLength })
    }
    yield* memory.clear(keyOf(userId))
    yield* memory.append(keyOf(userId), [{ role: "system", content: text }])
  })
  const clearPersonality = Effect.fn("Settings.clearPersonality")((userId: number) => memory.clear(keyOf(userId)))
  return Settings.of({ personality, setPersonality, clearPersonality })
})

/** Keeps settings in `Memory`. */
export const layer: Layer.Layer<Settings, never, Memory> = Layer.effect(Settings, make)
