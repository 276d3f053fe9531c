/**
 * `Memory.layerKeyValueStore`: the rows of a conversation as one value, changed by one turn at a time.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Predicate from "effect/Predicate"
import * as RcMap from "effect/RcMap"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import type { UserId } from "../Message.ts"
import { fromRows, isLater, isMessage, isOlder, oldest, sweeping, toRow, type Turn } from "../Remembered.ts"
import { MemoryFailed } from "../TurnError.ts"

export interface Options {
  readonly prefix?: string | undefined
  readonly turns?: number | undefined
  readonly retention?: Duration.Input | undefined
}

type Rows = ReadonlyArray<unknown>

const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Array(Schema.Unknown)))

const hasId = (row: unknown, id: string | undefined): boolean =>
  id !== undefined && Predicate.hasProperty(row, "id") && row.id === id

/** The history over the store of the context. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const { prefix = "codex/memory/", retention, turns: most = 200 } = options
  const values = KeyValueStore.prefix(yield* KeyValueStore.KeyValueStore, prefix)
  const locks = yield* RcMap.make({ lookup: (_: string) => Semaphore.make(1) })

  const alone = (key: string) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.scoped(Effect.flatMap(RcMap.get(locks, key), (lock) => lock.withPermit(self)))

  const guarded = (operation: MemoryFailed["operation"]) =>
    Effect.mapError((cause: KeyValueStore.KeyValueStoreError | MemoryFailed) =>
      cause._tag === "MemoryFailed" ? cause : new MemoryFailed({ operation, cause })
    )

  const read = (key: string): Effect.Effect<Rows, KeyValueStore.KeyValueStoreError | MemoryFailed> =>
    Effect.flatMap(values.get(key), (text) =>
      text === undefined ? Effect.succeed([]) : Effect.mapError(
        decode(text),
        () => new MemoryFailed({ operation: "list", reason: "unreadable" })
      ))

  const write = (key: string, rows: Rows) =>
    rows.length === 0 ? values.remove(key) : values.set(key, JSON.stringify(rows))

  /** The newest of the rows; those of a later version stay, whatever their age. */
  const bounded = (rows: Rows): Rows => {
    // A message of version 0 is half a turn.
    const room = most * (rows.some(isMessage) ? 2 : 1)
    return rows.filter((row, index) => index >= rows.length - room || isLater(row))
  }

  const append = (key: string, turn: Turn) =>
    read(key).pipe(
      Effect.flatMap((rows) => {
        const row = toRow(turn)
        const again = rows.some((known) => hasId(known, turn.id))
        return write(key, bounded(again ? rows.map((known) => hasId(known, turn.id) ? row : known) : [...rows, row]))
      }),
      guarded("append"),
      alone(key)
    )

  const list = (key: string, { last }: { readonly last?: number | undefined } = {}) =>
    Effect.gen(function*() {
      const since = yield* oldest(retention)
      const turns = (yield* Effect.flatMap(read(key), fromRows)).filter((turn) => !isOlder(turn, since))
      return last === undefined ? turns : last <= 0 ? [] : turns.slice(-last)
    }).pipe(guarded("list"))

  const clear = (key: string) => values.remove(key).pipe(guarded("clear"), alone(key))

  // Both are locked in one order, whoever moves where.
  const move = (from: string, to: string) => {
    if (from === to) return Effect.void
    const [first, second] = from < to ? [from, to] : [to, from]
    return Effect.gen(function*() {
      const rows = yield* read(from)
      if (rows.length === 0) return
      yield* write(to, bounded([...yield* read(to), ...rows]))
      yield* values.remove(from)
    }).pipe(guarded("move"), alone(second), alone(first))
  }

  /** Drops rows of a key; what cannot be read is not ours to delete. */
  const drop = (key: string, isOver: (turn: Turn) => boolean) =>
    Effect.gen(function*() {
      const rows = yield* read(key)
      const over = yield* Effect.forEach(rows, (row) =>
        Effect.match(fromRows([row]), { onFailure: () => false, onSuccess: (turns) => turns.every(isOver) }))
      if (over.includes(true)) {
        yield* write(
          key,
          rows.filter((_, index) =>
            over[index] !== true
          )
        )
      }
    }).pipe(guarded("clear"), alone(key))

  const dropAll = (isOver: (turn: Turn) => boolean) =>
    Effect.flatMap(
      Effect.mapError(values.keys, (cause) => new MemoryFailed({ operation: "clear", cause })),
      Effect.forEach((key) =>
        Effect.catchIf(drop(key, isOver), ({ reason }) =>
          reason === "unreadable", () =>
          Effect.logWarning("A conversation cannot be read, and stays as it is.")), { discard: true })
    )

  yield* sweeping(retention, (since) => dropAll((turn) => isOlder(turn, since)))

  return {
    append,
    list,
    clear,
    move,
    forget: (userId: UserId) => Effect.as(dropAll(({ user }) => user === userId), true)
  }
})
