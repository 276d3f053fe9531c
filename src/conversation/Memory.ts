/**
 * The history of conversations.
 *
 * A store keeps what it is given, oldest first. How much of it is sent to the model is decided above
 * (`maxHistory`), so that a store that keeps everything behaves the same as one that forgets.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Message } from "./Message.ts"
import { MemoryFailed } from "./TurnError.ts"

/**
 * What a store of history can do. Write one where `Store` is not enough: for a store that moves or appends whole.
 *
 * Keys are any text: those of conversations, and those under which `Personality.layer` keeps personalities.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Adds messages at the end, all or none where the store can do that. */
  readonly append: (key: string, messages: ReadonlyArray<Message>) => Effect.Effect<void, MemoryFailed>
  /** Messages of a key, oldest first: all of them, or the `last` so many. An unknown key is empty. */
  readonly list: (
    key: string,
    options?: { readonly last?: number | undefined }
  ) => Effect.Effect<ReadonlyArray<Message>, MemoryFailed>
  /** Forgets a key. */
  readonly clear: (key: string) => Effect.Effect<void, MemoryFailed>
  /** Moves a history to another key, behind what is there: a group that became a supergroup. */
  readonly move: (from: string, to: string) => Effect.Effect<void, MemoryFailed>
}

/**
 * The history as a service. Swap it to keep conversations beyond the process; read it to show what was said.
 *
 * @since 0.1.0
 * @category services
 */
export class Memory extends Context.Service<Memory, Service>()("effect-codex/Memory") {}

/**
 * A store of yours: three functions, one message at a time, with any failure and any requirement.
 *
 * Use it with `layerStore` for whatever has a place for a list: a table, a Redis list, the store of `vibegram/codex`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Store<out E = never, out R = never> {
  readonly append: (key: string, message: Message) => Effect.Effect<unknown, E, R>
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<Message>, E, R>
  readonly clear: (key: string) => Effect.Effect<unknown, E, R>
}

/** One move for stores that know no better: copied, then forgotten, so that a failure loses nothing. */
const moving = (memory: Omit<Service, "move">): Service["move"] =>
  Effect.fn("Memory.move")(function*(from: string, to: string) {
    const messages = yield* memory.list(from)
    if (from === to || messages.length === 0) return
    yield* memory.append(to, messages)
    yield* memory.clear(from)
  })

/** The last so many of a list that is at hand. */
const latest = (messages: ReadonlyArray<Message>, last: number | undefined): ReadonlyArray<Message> =>
  last === undefined ? messages : last <= 0 ? [] : messages.slice(-last)

const keptPerKey = 200
const maxBytes = 64 * 1024 * 1024

// Two bytes a UTF-16 unit at the most, and what an entry costs besides.
const bytesOf = (messages: ReadonlyArray<Message>): number =>
  messages.reduce((sum, { content }) => sum + 2 * content.length + 64, 128)

/**
 * Keeps history in this process; it is gone with a restart. The default: for tests, and for bots that may forget.
 *
 * The last 200 messages of a key are kept, and 64 MB in all: beyond that, the conversation that rested longest is
 * forgotten. It never fails.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<Memory> = Layer.sync(Memory, () => {
  // A map keeps the order of insertion: what is written goes to its end, so what is first has rested longest.
  const histories = new Map<string, { readonly messages: ReadonlyArray<Message>; readonly bytes: number }>()
  let bytes = 0

  const forget = (key: string): void => {
    bytes -= histories.get(key)?.bytes ?? 0
    histories.delete(key)
  }

  const keep = (key: string, messages: ReadonlyArray<Message>): void => {
    const entry = { messages, bytes: bytesOf(messages) }
    forget(key)
    histories.set(key, entry)
    bytes += entry.bytes
    for (const oldest of histories.keys()) {
      if (bytes <= maxBytes || oldest === key) return
      forget(oldest)
    }
  }

  const list = (key: string) => histories.get(key)?.messages ?? []
  const memory = {
    append: (key: string, messages: ReadonlyArray<Message>) =>
      Effect.sync(() => keep(key, [...list(key), ...messages].slice(-keptPerKey))),
    list: (key: string, options?: { readonly last?: number | undefined }) =>
      Effect.sync(() => latest(list(key), options?.last)),
    clear: (key: string) => Effect.sync(() => forget(key))
  }
  return { ...memory, move: moving(memory) }
})

/**
 * Keeps history in a store of your own, with whatever it needs.
 *
 * What it fails with becomes `MemoryFailed` with its `cause`: a turn whose history cannot be read fails with it, and one
 * that cannot be kept is answered all the same, with `remembered: false`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerStore = <E, R = never>(store: Store<E, R>): Layer.Layer<Memory, never, R> =>
  Layer.effect(
    Memory,
    Effect.map(Effect.context<R>(), (context) => {
      const guarded =
        (operation: MemoryFailed["operation"]) => <A>(self: Effect.Effect<A, E, R>): Effect.Effect<A, MemoryFailed> =>
          self.pipe(
            Effect.mapError((cause) => new MemoryFailed({ operation, cause })),
            Effect.provideContext(context)
          )
      const memory = {
        append: (key: string, messages: ReadonlyArray<Message>) =>
          guarded("append")(Effect.forEach(messages, (message) => store.append(key, message), { discard: true })),
        list: (key: string, options?: { readonly last?: number | undefined }) =>
          Effect.map(guarded("list")(store.list(key)), (messages) => latest(messages, options?.last)),
        clear: (key: string) => Effect.asVoid(guarded("clear")(store.clear(key)))
      }
      return { ...memory, move: moving(memory) }
    })
  )

/**
 * Keeps history in a SQL database, so that it outlives the process.
 *
 * Provide a `SqlClient`: `effect-codex/sqlite` for a file on this machine, `@effect/sql-pg` for Postgres. The table,
 * `codex_memory`, is made at the first use; a database that is away fails the turn that needs it with `MemoryFailed`, and
 * is used again as soon as it is back. What is older than `retention` is no longer read, and deleted within the hour.
 * Default: it is kept for ever.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSql = (
  options: { readonly retention?: Duration.Input | undefined } = {}
): Layer.Layer<Memory, never, SqlClient> =>
  Layer.effect(
    Memory,
    // Loaded by those who use it: it brings Effect's SQL along.
    Effect.flatMap(Effect.promise(() => import("./internal/memorySql.ts")), ({ make }) => make(options))
  )
