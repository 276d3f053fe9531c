/**
 * `Memory.layerKeyValueStore`: the rows of a conversation as one value, changed by one turn at a time.
 *
 * Within a process a lock for each conversation sees to it; between processes the store does, where it can put a value in
 * the place of another only if that is still there.
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

/** Puts a value in the place of another, where none is `undefined`; false when that was no longer there. */
export type Replace = (
  key: string,
  before: string | undefined,
  after: string | undefined
) => Effect.Effect<boolean, KeyValueStore.KeyValueStoreError>

export interface Options {
  readonly replace?: Replace | undefined
  readonly prefix?: string | undefined
  readonly turns?: number | undefined
  readonly retention?: Duration.Input | undefined
}

type Rows = ReadonlyArray<unknown>

/** How often another process may have been quicker. */
const attempts = 100

const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Array(Schema.Unknown)))

const hasId = (row: unknown, id: string | undefined): boolean =>
  id !== undefined && Predicate.hasProperty(row, "id") && row.id === id

/** The history over the store of the context. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const { prefix = "codex/memory/", replace, retention, turns: most = 200 } = options
  const values = KeyValueStore.prefix(yield* KeyValueStore.KeyValueStore, prefix)
  const locks = yield* RcMap.make({ lookup: (_: string) => Semaphore.make(1) })

  const alone = (key: string) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.scoped(Effect.flatMap(RcMap.get(locks, key), (lock) => lock.withPermit(self)))

  const guarded = (operation: MemoryFailed["operation"]) =>
    Effect.mapError((cause: KeyValueStore.KeyValueStoreError | MemoryFailed) =>
      cause._tag === "MemoryFailed" ? cause : new MemoryFailed({ operation, cause })
    )

  const rowsOf = (text: string | undefined): Effect.Effect<Rows, MemoryFailed> =>
    text === undefined ? Effect.succeed([]) : Effect.mapError(
      decode(text),
      () => new MemoryFailed({ operation: "list", reason: "unreadable" })
    )

  const read = (key: string) => Effect.flatMap(values.get(key), rowsOf)

  const put: Replace = replace === undefined
    ? (key, _, after) => Effect.as(after === undefined ? values.remove(key) : values.set(key, after), true)
    : (key, before, after) => replace(`${prefix}${key}`, before, after)

  /** Changes the rows of a key as they are, until nobody else has changed them meanwhile. */
  const change = Effect.fnUntraced(function*(key: string, to: (rows: Rows) => Effect.Effect<Rows>) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = yield* values.get(key)
      const rows = yield* to(yield* rowsOf(before))
      const after = rows.length === 0 ? undefined : JSON.stringify(rows)
      if (after === before || (yield* put(key, before, after))) return
    }
    return yield* new KeyValueStore.KeyValueStoreError({
      method: "replace",
      key,
      message: "Others have changed the conversation again and again"
    })
  })

  /** The newest of the rows; those of a later version stay, whatever their age. */
  const bounded = (rows: Rows): Rows => {
    // A message of version 0 is half a turn.
    const room = most * (rows.some(isMessage) ? 2 : 1)
    return rows.filter((row, index) => index >= rows.length - room || isLater(row))
  }

  const append = (key: string, turn: Turn) => {
    const row = toRow(turn)
    return change(key, (rows) => {
      const again = rows.some((known) => hasId(known, turn.id))
      return Effect.succeed(bounded(again ? rows.map((known) => hasId(known, turn.id) ? row : known) : [...rows, row]))
    }).pipe(guarded("append"), alone(key))
  }

  const list = (key: string, { last }: { readonly last?: number | undefined } = {}) =>
    Effect.gen(function*() {
      const since = yield* oldest(retention)
      const turns = (yield* Effect.flatMap(read(key), fromRows)).filter((turn) => !isOlder(turn, since))
      return last === undefined ? turns : last <= 0 ? [] : turns.slice(-last)
    }).pipe(guarded("list"))

  const clear = (key: string) => values.remove(key).pipe(guarded("clear"), alone(key))

  /** Copies first, so that a failure loses nothing, nor doubles it when tried again; what comes meanwhile comes along. */
  const moved = (from: string, to: string): Effect.Effect<void, KeyValueStore.KeyValueStoreError | MemoryFailed> =>
    Effect.gen(function*() {
      const rows = yield* read(from)
      if (rows.length === 0) return
      const texts = new Set(rows.map((row) => JSON.stringify(row)))
      yield* change(to, (known) => {
        const there = new Set(known.map((row) => JSON.stringify(row)))
        return Effect.succeed(bounded([...known, ...rows.filter((row) => !there.has(JSON.stringify(row)))]))
      })
      yield* change(from, (known) => Effect.succeed(known.filter((row) => !texts.has(JSON.stringify(row)))))
      yield* moved(from, to)
    })

  // Both are locked in one order, whoever moves where.
  const move = (from: string, to: string) => {
    if (from === to) return Effect.void
    const [first, second] = from < to ? [from, to] : [to, from]
    return moved(from, to).pipe(guarded("move"), alone(second), alone(first))
  }

  /** Drops rows of a key; what cannot be read is not ours to delete. */
  const drop = (key: string, isOver: (turn: Turn) => boolean) =>
    change(
      key,
      (rows) =>
        Effect.filter(rows, (row) =>
          Effect.match(fromRows([row]), { onFailure: () => true, onSuccess: (turns) => !turns.every(isOver) }))
    ).pipe(
      guarded("clear"),
      alone(key)
    )

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
