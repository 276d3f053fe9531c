/**
 * Groups that became supergroups, as far as the process before was told, or another instance.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { IsShared } from "../src/telegram/internal/grace.ts"
import * as MovedChats from "../src/telegram/internal/movedChats.ts"
import * as MovedRows from "../src/telegram/internal/movedRows.ts"
import type * as TurnsDurable from "../src/telegram/TurnsDurable.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"

/** A process that knows of none, or these, and what it tells. */
const process = Effect.fnUntraced(function*(known: ReadonlyArray<readonly [number, number]> = []) {
  const told: Array<number | string> = []
  const moved = MovedChats.make((from) => told.push(from))
  for (const [from, to] of known) moved.learn(from, to)
  yield* Layer.build(Layer.provide(Layer.fresh(MovedRows.layer), [
    Layer.succeed(MovedChats.MovedChats, moved),
    Layer.succeed(IsShared, true)
  ]))
  return { moved, told }
})

const rows = SqlClient.SqlClient.use((sql) => sql`select first, later from codex_moved_chats order by first`)

describe("groups that moved", () => {
  it.effect("are known to the next process, which does not tell the owner again", () =>
    Effect.gen(function*() {
      const before = yield* process([[-5, -1005]])
      before.moved.learn(-6, -1006)
      yield* Effect.repeat(rows, { until: ({ length }) => length === 2 })
      const { moved, told } = yield* process()
      assert.deepStrictEqual([...moved.places], [["-5", -1005], ["-6", -1006]])
      assert.strictEqual(moved.firstOf("chat:-1006:user:7"), moved.firstOf("chat:-6:user:7"))
      assert.deepStrictEqual(told, [])
    }).pipe(Effect.provide(Restarts.sqlite(":memory:"))))

  it.effect("are known to the other instances within a minute, and those of a store that was away as well", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const one = yield* process()
      const other = yield* process()
      yield* sql`alter table codex_moved_chats rename to away`
      one.moved.learn(-5, -1005)
      yield* TestClock.adjust("3 seconds")
      yield* sql`alter table away rename to codex_moved_chats`
      assert.isFalse(other.moved.places.has("-5"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(other.moved.places.get("-5"), -1005)
    }).pipe(Effect.provide(Restarts.sqlite(":memory:"))))

  it.live("are known over a kill where turns are", () =>
    Effect.gen(function*() {
      let moved = MovedChats.make()
      const { kill, start } = yield* Restarts.setUp({}, (path: string, options?: TurnsDurable.Options) =>
        Layer.provide(
          Restarts.on(path, options),
          Layer.sync(MovedChats.MovedChats, () => {
            moved = MovedChats.make()
            return moved
          })
        ))
      const { turns } = yield* start()
      moved.learn(-5, -1005)
      yield* turns.accept(Contract.entry("hello"))
      yield* turns.drained
      yield* kill
      yield* start()
      assert.strictEqual(moved.places.get("-5"), -1005)
    }))
})
