/**
 * The history of conversations.
 *
 * A store keeps what it is given, oldest first. How much of it is sent to the model is decided above
 * (`maxHistory`), so that a store that keeps everything behaves the same as one that forgets.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Message } from "./Message.ts"
import { MemoryFailed } from "./TurnError.ts"

export interface Service {
  /** Adds messages at the end, all or none where the store can do that. */
  readonly append: (key: string, messages: ReadonlyArray<Message>) => Effect.Effect<void, MemoryFailed>
  /** All messages of a key, oldest first; an unknown key is empty. */
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<Message>, MemoryFailed>
  /** Forgets a key. */
  readonly clear: (key: string) => Effect.Effect<void, MemoryFailed>
}

/** The history as a service. */
export class Memory extends Context.Service<Memory, Service>()("effect-codex/Memory") {}

/** The seed's store: three functions, one message at a time, any failure. */
export interface Store<out E = never> {
  readonly append: (key: string, message: Message) => Effect.Effect<unknown, E>
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<Message>, E>
  readonly clear: (key: string) => Effect.Effect<unknown, E>
}

const keptPerKey = 200

/**
 * Keeps history in this process: the default of the seed, gone with a restart.
 *
 * The last 200 messages of a key are kept, so that an endless chat does not grow without end.
 */
export const layerMemory: Layer.Layer<Memory> = Layer.sync(Memory, () => {
  const histories = new Map<string, ReadonlyArray<Message>>()
  return {
    append: (key, messages) =>
      Effect.sync(() => {
        histories.set(key, [...(histories.get(key) ?? []), ...messages].slice(-keptPerKey))
      }),
    list: (key) => Effect.sync(() => histories.get(key) ?? []),
    clear: (key) =>
      Effect.sync(() => {
        histories.delete(key)
      })
  }
})

/** Keeps history in a store of the user's own. Whatever it fails with becomes `MemoryFailed`. */
export const layerStore = <E>(store: Store<E>): Layer.Layer<Memory> => {
  const guarded = (operation: MemoryFailed["operation"]) =>
    Effect.mapError((cause: E) => new MemoryFailed({ operation, cause }))
  return Layer.succeed(Memory, {
    append: Effect.fn("Memory.append")((key: string, messages: ReadonlyArray<Message>) =>
      Effect.forEach(messages, (message) => store.append(key, message), { discard: true }).pipe(guarded("append"))
    ),
    list: Effect.fn("Memory.list")((key: string) => store.list(key).pipe(guarded("list"))),
    clear: Effect.fn("Memory.clear")((key: string) => store.clear(key).pipe(guarded("clear"), Effect.asVoid))
  })
}
