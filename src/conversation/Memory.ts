/**
 * The history of conversations: turns, whole, in the words of the wire.
 *
 * A store keeps what it is given, oldest first. How much of it is sent to the model is decided above
 * (`maxHistory`), so that a store that keeps everything behaves the same as one that forgets.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { KeyValueStore, KeyValueStoreError } from "effect/persistence/KeyValueStore"
import type { SqlClient } from "effect/sql/SqlClient"
import { moving } from "./internal/moving.ts"
import type { Message, UserId } from "./Message.ts"
import {
  type Appended,
  fromMessages,
  fromRows,
  isMemoryFailed,
  isOlder,
  makeForgotten,
  messages,
  oldest,
  sweeping,
  toRow,
  type Turn,
  type TurnRow
} from "./Remembered.ts"
import { MemoryFailed } from "./TurnError.ts"

export type { Appended, Turn, TurnRow } from "./Remembered.ts"

/**
 * What a store of history can do. Write one where `Store` is not enough: for a store that moves or appends whole.
 *
 * Keys are any text: those of conversations, and those under which `Personality.layer` keeps personalities.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Adds a turn at the end, or in place of one with its id; says so where whoever asked was forgotten since. */
  readonly append: (key: string, turn: Turn) => Effect.Effect<Appended, MemoryFailed>
  /** Turns of a key, oldest first: all of them, or the `last` so many. An unknown key is empty. */
  readonly list: (
    key: string,
    options?: { readonly last?: number | undefined }
  ) => Effect.Effect<ReadonlyArray<Turn>, MemoryFailed>
  /** Forgets a key. */
  readonly clear: (key: string) => Effect.Effect<void, MemoryFailed>
  /** Moves a history to another key, behind what is there: a group that became a supergroup. */
  readonly move: (from: string, to: string) => Effect.Effect<void, MemoryFailed>
  /**
   * Forgets every turn that a user asked, in whatever conversation; false where a store cannot look through them all, and
   * nothing was forgotten.
   */
  readonly forget: (userId: UserId) => Effect.Effect<boolean, MemoryFailed>
}

/**
 * The history as a service. Swap it to keep conversations beyond the process; read it to show what was said.
 *
 * @since 0.1.0
 * @category services
 */
export class Memory extends Context.Service<Memory, Service>()("effect-codex/Memory") {}

/**
 * A store of yours: three functions, one turn at a time, with any failure and any requirement.
 *
 * Use it with `layerStore` for whatever has a place for a list of JSON: a table, a Redis list, a file.
 *
 * @since 0.1.0
 * @category models
 */
export interface Store<out E = never, out R = never> {
  /** Puts a row at the end; `JSON.stringify` may have it. */
  readonly append: (key: string, turn: TurnRow) => Effect.Effect<unknown, E, R>
  /** All rows of a key, oldest first: also those of older versions, and whatever else is there. */
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<unknown>, E, R>
  readonly clear: (key: string) => Effect.Effect<unknown, E, R>
}

/**
 * A store of yours that keeps text and nothing else, one message at a time: as in `vibegram/codex`.
 *
 * @since 0.2.0
 * @category models
 */
export interface MessageStore<out E = never, out R = never> {
  readonly append: (key: string, message: Message) => Effect.Effect<unknown, E, R>
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<Message>, E, R>
  readonly clear: (key: string) => Effect.Effect<unknown, E, R>
}

/** How long history is kept. */
interface Retention {
  /** What is older is no longer read, and deleted within the hour. Default: history is kept for ever. */
  readonly retention?: Duration.Input | undefined
}

/**
 * How much `layerBounded` keeps. Bytes are about those of JSON in UTF-16, a picture counts whole.
 *
 * @since 0.2.0
 * @category models
 */
export interface Bounds extends Retention {
  /** Turns of a conversation. Default: 20. */
  readonly turns?: number | undefined
  /** Bytes of a conversation; its newest turn is kept, however large. Default: 8 MB. */
  readonly conversationBytes?: number | undefined
  /** Conversations and personalities, of which those that rested longest are forgotten. Default: 10,000. */
  readonly conversations?: number | undefined
  /** Bytes of all of them together. Default: 64 MB. */
  readonly bytes?: number | undefined
}

/** The last so many of a list that is at hand. */
const latest = (turns: ReadonlyArray<Turn>, last: number | undefined): ReadonlyArray<Turn> =>
  last === undefined ? turns : last <= 0 ? [] : turns.slice(-last)

const megabyte = 1024 * 1024

// What a value has as JSON, without writing it, which took 2 % of a small turn.
const lengthOf = (value: unknown): number =>
  typeof value === "string"
    ? value.length + 2
    : typeof value === "object" && value !== null
    ? Object.entries(value).reduce((sum, [key, inner]) => sum + key.length + 4 + lengthOf(inner), 2)
    : 5

// Two bytes a UTF-16 unit at the most, and what an entry costs besides.
const bytesOf = (turn: Turn): number => 2 * lengthOf(turn) + 128

interface Kept {
  readonly turn: Turn
  readonly bytes: number
}

/**
 * Keeps history in this process, as much as the bounds allow; it is gone with a restart. It never fails.
 *
 * `codexLive` uses it with as many turns as `maxHistory` sends.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerBounded = (bounds: Bounds = {}): Layer.Layer<Memory> =>
  Layer.effect(
    Memory,
    Effect.gen(function*() {
      const { bytes: mostBytes = 64 * megabyte, conversationBytes = 8 * megabyte, conversations = 10_000, turns = 20 } =
        bounds
      // A map keeps the order of insertion: what is used goes to its end, so what is first has rested longest.
      const histories = new Map<string, ReadonlyArray<Kept>>()
      let bytes = 0
      const sizeOf = (history: ReadonlyArray<Kept>) => history.reduce((sum, kept) => sum + kept.bytes, 0)

      const forget = (key: string): void => {
        bytes -= sizeOf(histories.get(key) ?? [])
        histories.delete(key)
      }

      const put = (key: string, history: ReadonlyArray<Kept>): void => {
        forget(key)
        if (history.length === 0) return
        histories.set(key, history)
        bytes += sizeOf(history)
      }

      const bounded = (history: ReadonlyArray<Kept>): ReadonlyArray<Kept> => {
        let from = Math.max(0, history.length - Math.max(1, turns))
        let size = sizeOf(history.slice(from))
        while (size > conversationBytes && from < history.length - 1) size -= history[from++]?.bytes ?? 0
        return history.slice(from)
      }

      const forgotten = makeForgotten()
      const append = (key: string, turn: Turn): Appended => {
        if (forgotten.has(turn)) return "forgotten"
        const before = histories.get(key) ?? []
        const kept = { turn, bytes: bytesOf(turn) }
        const again = turn.id !== undefined && before.some((known) => known.turn.id === turn.id)
        put(
          key,
          bounded(again ? before.map((known) => known.turn.id === turn.id ? kept : known) : [...before, kept])
        )
        for (const rested of histories.keys()) {
          if ((bytes <= mostBytes && histories.size <= conversations) || rested === key) return
          forget(rested)
        }
      }

      const list = (key: string, since: number): ReadonlyArray<Turn> => {
        const history = histories.get(key)
        if (history === undefined) return []
        histories.delete(key)
        histories.set(key, history)
        return history.flatMap(({ turn }) => isOlder(turn, since) ? [] : [turn])
      }

      const drop = (isOver: (turn: Turn) => boolean) =>
        Effect.sync(() => {
          for (const [key, history] of histories) {
            if (history.some(({ turn }) => isOver(turn))) put(key, history.filter(({ turn }) => !isOver(turn)))
          }
        })
      yield* sweeping(bounds.retention, (since) => drop((turn) => isOlder(turn, since)))
      const tooOld = oldest(bounds.retention)
      const memory: Pick<Service, "append" | "list" | "clear"> = {
        append: (key, turn) => Effect.sync(() => append(key, turn)),
        list: (key, options) => Effect.map(tooOld, (since) => latest(list(key, since), options?.last)),
        clear: (key) => Effect.sync(() => forget(key))
      }
      return {
        ...memory,
        move: moving(memory),
        forget: (userId) => Effect.as(Effect.andThen(forgotten.add(userId), drop(({ user }) => user === userId)), true)
      }
    })
  )

/**
 * `layerBounded` with its defaults: for tests, and for bots that may forget.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<Memory> = layerBounded()

interface Rows<E, R> {
  readonly append: (key: string, turn: Turn) => Effect.Effect<unknown, E, R>
  readonly list: (key: string) => Effect.Effect<ReadonlyArray<Turn>, E, R>
  readonly clear: (key: string) => Effect.Effect<unknown, E, R>
}

/** A memory of three functions, with whatever they need and fail with. */
const layerRows = <E, R>(rows: Rows<E, R>): Layer.Layer<Memory, never, R> =>
  Layer.effect(
    Memory,
    Effect.map(Effect.context<R>(), (context) => {
      const guarded = <A>(operation: MemoryFailed["operation"], run: () => Effect.Effect<A, E, R>) =>
        Effect.suspend(run).pipe(
          Effect.mapError((cause) => isMemoryFailed(cause) ? cause : new MemoryFailed({ operation, cause })),
          // A function of somebody else may throw, or break: that is a store that failed.
          Effect.catchDefect((cause) => Effect.fail(new MemoryFailed({ operation, cause }))),
          Effect.provideContext(context)
        )
      const memory: Pick<Service, "append" | "list" | "clear"> = {
        append: (key, turn) => Effect.asVoid(guarded("append", () => rows.append(key, turn))),
        list: (key, options) =>
          Effect.map(guarded("list", () => rows.list(key)), (turns) => latest(turns, options?.last)),
        clear: (key) => Effect.asVoid(guarded("clear", () => rows.clear(key)))
      }
      // Three functions know no conversation but the one that they are asked about.
      return { ...memory, move: moving(memory), forget: () => Effect.succeed(false) }
    })
  )

/**
 * Keeps history in a store of your own, with whatever it needs: turns as plain JSON, whole.
 *
 * What it fails with becomes `MemoryFailed` with its `cause`: a turn whose history cannot be read fails with it, and one
 * that cannot be kept is answered all the same, with `remembered: false`. Rows `{ role, content }` of older stores are
 * read as well; one that cannot be read, or that a later version wrote, fails with its `reason`, and stays.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerStore = <E, R = never>(store: Store<E, R>): Layer.Layer<Memory, never, R> =>
  layerRows<E | MemoryFailed, R>({
    append: (key, turn) => store.append(key, toRow(turn)),
    list: (key) => Effect.flatMap(store.list(key), fromRows),
    clear: store.clear
  })

/**
 * Keeps the words of a history in a store of your own, as `vibegram/codex` does: the person's text and the answer.
 *
 * Commentary, calls and their outputs, thoughts and pictures are not kept, and a turn that is kept again is there twice:
 * use `layerStore` where you can. Failures are those of `layerStore`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerMessages = <E, R = never>(store: MessageStore<E, R>): Layer.Layer<Memory, never, R> =>
  layerRows({
    append: (key, turn) => Effect.forEach(messages([turn]), (message) => store.append(key, message), { discard: true }),
    list: (key) => Effect.map(store.list(key), fromMessages),
    clear: store.clear
  })

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
export const layerSql = (options: Retention = {}): Layer.Layer<Memory, never, SqlClient> =>
  Layer.effect(
    Memory,
    // Loaded by those who use it: it brings Effect's SQL along.
    Effect.flatMap(Effect.promise(() => import("./internal/memorySql.ts")), ({ make }) => make(options))
  )

/**
 * Keeps history in any `KeyValueStore` of Effect, as Redis can be: one value for each conversation.
 *
 * The keys begin with `prefix` (default: `codex/memory/`), and a conversation keeps its last `turns` (default: 200).
 * Turns of one process never lose each other. Of two processes that write to one conversation in the same moment one turn
 * can be lost, unless the store can `replace`: put a value in the place of another (`undefined`: of none, or by none) only
 * if that is still there, and say whether it was. docs/stores.md has it for Redis. A value that cannot be read fails with
 * its `reason`, and is not written over.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerKeyValueStore = (
  options: Retention & {
    readonly prefix?: string | undefined
    readonly turns?: number | undefined
    readonly replace?:
      | ((
        key: string,
        before: string | undefined,
        after: string | undefined
      ) => Effect.Effect<boolean, KeyValueStoreError>)
      | undefined
  } = {}
): Layer.Layer<Memory, never, KeyValueStore> =>
  Layer.effect(
    Memory,
    // Loaded by those who use it: it brings Effect's SQL along.
    Effect.flatMap(Effect.promise(() => import("./internal/memoryKeyValue.ts")), ({ make }) => make(options))
  )
