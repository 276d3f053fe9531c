/**
 * What stands in the rows of a database: order, time and owner, also after a move, a change, or an old release.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import * as Personality from "../src/conversation/Personality.ts"
import * as Remembered from "../src/conversation/Remembered.ts"
import * as UsageMeter from "../src/conversation/UsageMeter.ts"
import * as Sqlite from "../src/Sqlite.ts"

const sqlite = Layer.orDie(
  Layer.provide(Sqlite.layer({ path: ":memory:" }), [NodeFileSystem.layer, NodePath.layer])
)

const turn = (asked: string, at: DateTime.Utc): Memory.Turn => ({ v: 1, at, items: [Item.fromText("user", asked)] })

const askedIn = (turns: ReadonlyArray<Memory.Turn>) => Remembered.messages(turns).map(({ content }) => content)

describe("a history in a database", () => {
  it.effect("moves in its order, and grows no younger and no older by it", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("2 days")
      const memory = yield* Memory.Memory
      yield* memory.append("to", turn("0", yield* DateTime.now))
      for (const asked of ["1", "2", "3"]) {
        yield* TestClock.adjust("1 minute")
        yield* memory.append("from", turn(asked, yield* DateTime.now))
      }
      yield* TestClock.adjust("12 hours")
      yield* memory.move("from", "to")
      assert.deepStrictEqual(askedIn(yield* memory.list("to")), ["0", "1", "2", "3"])
      yield* TestClock.adjust("12 hours")
      assert.deepStrictEqual(askedIn(yield* memory.list("to")), ["3"])
    }).pipe(Effect.provide(Layer.provideMerge(Memory.layerSql({ retention: "1 day" }), sqlite))))

  it.effect("of the first release is as young as when it was written down here, and is read by turns", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("2 days")
      const memory = yield* Memory.Memory
      const sql = yield* SqlClient.SqlClient
      const [first] = Remembered.fromMessages([{ role: "user", content: "1" }, { role: "assistant", content: "ok" }])
      if (first !== undefined) yield* memory.append("c", first)
      yield* TestClock.adjust("12 hours")
      assert.deepStrictEqual(askedIn(yield* memory.list("c")), ["1", "ok"])
      yield* TestClock.adjust("13 hours")
      assert.deepStrictEqual(yield* memory.list("c"), [])
      for (const content of ["2", "ok", "3", "ok", "4"]) {
        yield* sql`insert into codex_memory ${
          sql.insert({
            conversation: "d",
            written_at: 1_900_000_000,
            turn: JSON.stringify({ role: content === "ok" ? "assistant" : "user", content })
          })
        }`
      }
      const all = ["2", "ok", "3", "ok", "4"]
      for (const [last, asked] of [[1, all.slice(4)], [2, all.slice(2)], [0, []], [9, all]] as const) {
        assert.deepStrictEqual(askedIn(yield* memory.list("d", { last })), [...asked])
      }
    }).pipe(Effect.provide(Layer.provideMerge(Memory.layerSql({ retention: "1 day" }), sqlite))))
})

describe("a personality in a database", () => {
  it.effect("is of one person, and knows when it was changed", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_800_000_000_000)
      const { clear, get, set } = yield* Personality.Personality
      const sql = yield* SqlClient.SqlClient
      for (const userId of [7, "7", 8]) yield* set(userId, `I am ${userId}`)
      yield* TestClock.adjust("1 hour")
      yield* set(8, "I am another")
      yield* clear(7)
      assert.deepStrictEqual(yield* Effect.forEach([7, "7", 8], get), [
        Option.none(),
        Option.some("I am 7"),
        Option.some("I am another")
      ])
      const rows = yield* sql`select owner, changed_at from codex_settings order by owner`
      assert.deepStrictEqual(rows.map(({ changed_at }) => changed_at), [1_800_000_000_000, 1_800_003_600_000])
    }).pipe(Effect.provide(Layer.provideMerge(Personality.layerSql, sqlite))))
})

describe("a sum in a database", () => {
  it.effect("that cannot be written fails nobody, and is missed by name", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function*() {
      const { record, usage } = yield* UsageMeter.UsageMeter
      const sql = yield* SqlClient.SqlClient
      const tokens = { inputTokens: 1, outputTokens: 2, totalTokens: 3 }
      yield* record({ userId: 7, tokens })
      yield* record({ userId: undefined, tokens })
      const { perUser, total } = yield* usage
      assert.deepStrictEqual([total, [...perUser]], [
        { requests: 2, inputTokens: 2, outputTokens: 4, totalTokens: 6 },
        [[7, { requests: 1, ...tokens }]]
      ])
      yield* sql`drop table codex_usage`
      yield* record({ userId: 7, tokens })
      assert.deepStrictEqual(lines, ["The usage of a turn could not be counted."])
      assert.strictEqual((yield* Effect.flip(usage))._tag, "MemoryFailed")
    }).pipe(Effect.provide(Layer.provideMerge(UsageMeter.layerSql, sqlite)), Effect.provide(Logger.layer([logger])))
  })
})
