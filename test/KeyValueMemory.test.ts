/**
 * Histories in a key-value store that others write to as well, or that is not what it was.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as TestClock from "effect/testing/TestClock"
import * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import * as Remembered from "../src/conversation/Remembered.ts"

const turn = (asked: string, more: Partial<Memory.Turn> = {}): Memory.Turn => ({
  v: 1,
  at: DateTime.makeUnsafe(1_800_000_000_000),
  items: [Item.fromText("user", asked), Item.fromText("assistant", "ok")],
  ...more
})

const rowsOf = (...turns: ReadonlyArray<Memory.Turn>): string =>
  JSON.stringify(turns.map((turn) => Remembered.toRow(turn)))

const askedIn = (turns: ReadonlyArray<Memory.Turn>) =>
  Remembered.messages(turns).flatMap(({ content, role }) => role === "user" ? [content] : [])

/** A map as the store, which counts what is written, and calls before each reading. */
const storeOf = (before: (key: string) => void = () => {}) => {
  const values = new Map<string, string>()
  const written: Array<string> = []
  const store = KeyValueStore.makeStringOnly({
    get: (key) =>
      Effect.sync(() => {
        before(key)
        return values.get(key)
      }),
    set: (key, value) =>
      Effect.sync(() => {
        written.push(key)
        values.set(key, value)
      }),
    remove: (key) => Effect.sync(() => void values.delete(key)),
    clear: Effect.sync(() => values.clear()),
    keys: Effect.sync(() => [...values.keys()]),
    size: Effect.sync(() => values.size)
  })
  return { values, written, layer: Layer.succeed(KeyValueStore.KeyValueStore, store) }
}

const away = new KeyValueStore.KeyValueStoreError({ method: "keys", message: "away" })

const over = (
  layer: Layer.Layer<KeyValueStore.KeyValueStore>,
  options: Parameters<typeof Memory.layerKeyValueStore>[0] = {}
) =>
  Effect.map(
    Layer.build(Layer.provide(Memory.layerKeyValueStore(options), layer)),
    (services) => Context.get(services, Memory.Memory)
  )

describe("a history in a KeyValueStore", () => {
  it.effect("is two hundred turns long unless told otherwise, and as many of messages of the first release", () =>
    Effect.gen(function*() {
      const { layer, values } = storeOf()
      const memory = yield* over(layer)
      values.set("codex/memory/a", rowsOf(...Array.from({ length: 200 }, (_, n) => turn(`${n}`))))
      yield* memory.append("a", turn("new"))
      const kept = askedIn(yield* memory.list("a"))
      assert.deepStrictEqual([kept.length, kept[0], kept.at(-1)], [200, "1", "new"])
      const few = yield* over(layer, { turns: 2, prefix: "few/" })
      const message = (role: string, content: string) => ({ role, content })
      values.set(
        "few/a",
        JSON.stringify([
          message("user", "1"),
          message("assistant", "ok"),
          message("user", "2"),
          message("assistant", "ok")
        ])
      )
      yield* few.append("a", turn("3"))
      assert.deepStrictEqual(yield* Effect.map(few.list("a"), askedIn), ["2", "3"])
    }))

  it.effect("is read from its end, and not at all where nothing is asked for", () =>
    Effect.gen(function*() {
      const memory = yield* over(storeOf().layer)
      for (const asked of ["1", "2", "3"]) yield* memory.append("a", turn(asked))
      for (const [last, asked] of [[0, []], [-1, []], [1, ["3"]], [2, ["2", "3"]], [9, ["1", "2", "3"]]] as const) {
        assert.deepStrictEqual(askedIn(yield* memory.list("a", { last })), [...asked])
      }
    }))

  it.effect("keeps a turn that is kept again in its place", () =>
    Effect.gen(function*() {
      const memory = yield* over(storeOf().layer)
      yield* memory.append("a", turn("1", { id: "first" }))
      yield* memory.append("a", turn("2"))
      yield* memory.append("a", turn("1, mended", { id: "first" }))
      assert.deepStrictEqual(askedIn(yield* memory.list("a")), ["1, mended", "2"])
    }))

  it.effect("is gone from the store with its last turn, and is not written where nothing changes", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_800_000_000_000)
      const { layer, values, written } = storeOf()
      values.set("codex/memory/a", rowsOf(turn("mine", { user: 7 })))
      values.set("codex/memory/b", rowsOf(turn("theirs", { user: 8 })))
      const memory = yield* over(layer)
      assert.isTrue(yield* memory.forget(7))
      assert.deepStrictEqual([...values.keys()], ["codex/memory/b"])
      assert.deepStrictEqual(written, [])
    }))
})

describe("a history that others change", () => {
  it.effect("is forgotten after what is being written in it, and not before", () =>
    Effect.gen(function*() {
      const { layer, values } = storeOf()
      const slow = Layer.effect(
        KeyValueStore.KeyValueStore,
        Effect.map(KeyValueStore.KeyValueStore, (store) => ({
          ...store,
          set: (key: string, value: string | Uint8Array) => Effect.andThen(Effect.yieldNow, store.set(key, value))
        }))
      ).pipe(Layer.provide(layer))
      const memory = yield* over(slow)
      yield* Effect.all([memory.append("a", turn("1")), memory.clear("a")], { concurrency: 2 })
      assert.deepStrictEqual([...values.keys()], [])
    }))

  it.effect("is tried again until it is written over what was read, and by its whole key; not for ever", () =>
    Effect.gen(function*() {
      const { layer, values } = storeOf()
      const seen: Array<string> = []
      let refusals = 3
      const memory = yield* over(layer, {
        prefix: "mine/",
        replace: (key, before, after) =>
          Effect.sync(() => {
            seen.push(key)
            if (refusals-- > 0 || values.get(key) !== before) return false
            if (after === undefined) values.delete(key)
            else values.set(key, after)
            return true
          })
      })
      yield* memory.append("a", turn("1"))
      assert.deepStrictEqual(seen, ["mine/a", "mine/a", "mine/a", "mine/a"])
      assert.deepStrictEqual(askedIn(yield* memory.list("a")), ["1"])
      refusals = Infinity
      const failure = yield* Effect.flip(memory.append("a", turn("2")))
      assert.deepInclude(failure, { _tag: "MemoryFailed", operation: "append" })
      assert.strictEqual(seen.length, 4 + 100)
    }))

  it.effect("moves whole, also what somebody else says there while it moves, behind what is there already", () =>
    Effect.gen(function*() {
      let late: (() => void) | undefined
      const { layer, values } = storeOf((key) => {
        if (key !== "codex/memory/to") return
        late?.()
        late = undefined
      })
      const memory = yield* over(layer)
      values.set("codex/memory/from", rowsOf(turn("1"), turn("2")))
      values.set("codex/memory/to", rowsOf(turn("0")))
      late = () => values.set("codex/memory/from", rowsOf(turn("1"), turn("2"), turn("3")))
      yield* memory.move("from", "to")
      assert.deepStrictEqual(askedIn(yield* memory.list("to")), ["0", "1", "2", "3"])
      assert.deepStrictEqual([...values.keys()], ["codex/memory/to"])
      yield* memory.move("to", "to")
      yield* memory.move("nowhere", "to")
      assert.deepStrictEqual(askedIn(yield* memory.list("to")), ["0", "1", "2", "3"])
    }))
})

describe("a history that is too old", () => {
  const stores = [
    { name: "in this process", layer: Memory.layerBounded({ retention: "1 hour" }) },
    {
      name: "in a KeyValueStore",
      layer: Layer.provide(Memory.layerKeyValueStore({ retention: "1 hour" }), KeyValueStore.layerMemory)
    }
  ]
  it.effect.each(stores)(
    "is not told any more, though it is not deleted yet, $name",
    ({ layer }) =>
      Effect.gen(function*() {
        const memory = yield* Memory.Memory
        yield* TestClock.adjust("10 minutes")
        yield* memory.append("a", turn("old", { at: yield* DateTime.now }))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(askedIn(yield* memory.list("a")), ["old"])
        yield* TestClock.adjust("1 milli")
        yield* memory.append("a", turn("new", { at: yield* DateTime.now }))
        assert.deepStrictEqual(askedIn(yield* memory.list("a")), ["new"])
        assert.deepStrictEqual(askedIn(yield* memory.list("a", { last: 2 })), ["new"])
      }).pipe(Effect.provide(layer))
  )
})

describe("a store with what nobody can read", () => {
  it.effect("forgets what it can, leaves the rest as it is, and says so without a word of it", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function*() {
      const { layer, values } = storeOf()
      const strange = JSON.stringify([{ v: 1, nothing: "SECRET" }, Remembered.toRow(turn("mine", { user: 7 }))])
      const before = [["a", "half a SECRET"], ["b", strange], ["c", rowsOf(turn("mine", { user: 7 }))]] as const
      for (const [key, value] of before) values.set(`codex/memory/${key}`, value)
      const memory = yield* over(layer)
      yield* memory.forget(7)
      assert.strictEqual(values.get("codex/memory/a"), "half a SECRET")
      assert.deepStrictEqual(JSON.parse(values.get("codex/memory/b") ?? ""), [{ v: 1, nothing: "SECRET" }])
      assert.isFalse(values.has("codex/memory/c"))
      assert.deepStrictEqual(lines, ["A conversation cannot be read, and stays as it is."])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })

  it.effect("has failed where it is away, by the name of what was wanted", () =>
    Effect.gen(function*() {
      const broken = Layer.succeed(
        KeyValueStore.KeyValueStore,
        KeyValueStore.makeStringOnly({
          get: () => Effect.fail(away),
          set: () => Effect.fail(away),
          remove: () => Effect.fail(away),
          clear: Effect.fail(away),
          keys: Effect.fail(away),
          size: Effect.fail(away)
        })
      )
      const memory = yield* over(broken)
      const failures = yield* Effect.forEach([
        memory.append("a", turn("1")),
        Effect.asVoid(memory.list("a")),
        memory.clear("a"),
        memory.move("a", "b"),
        Effect.asVoid(memory.forget(7))
      ], (asked) => Effect.flip(asked))
      assert.deepStrictEqual(failures.map(({ operation }) => operation), ["append", "list", "clear", "move", "clear"])
      const { layer, values } = storeOf()
      values.set("codex/memory/a", rowsOf(turn("mine", { user: 7 })))
      const halfway = Layer.effect(
        KeyValueStore.KeyValueStore,
        Effect.map(KeyValueStore.KeyValueStore, (store) => ({ ...store, remove: () => Effect.fail(away) }))
      ).pipe(Layer.provide(layer))
      const failure = yield* Effect.flip(Effect.flatMap(over(halfway), ({ forget }) => forget(7)))
      assert.strictEqual(failure._tag, "MemoryFailed")
    }))

  it.effect("goes on deleting what is too old an hour after it was away", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ cause, message }) => void lines.push(`${String(message)}${Cause.pretty(cause)}`))
    return Effect.gen(function*() {
      yield* TestClock.setTime(1_800_000_000_000)
      let isAway = true
      const { layer, values } = storeOf()
      const sometimes = Layer.effect(
        KeyValueStore.KeyValueStore,
        Effect.map(KeyValueStore.KeyValueStore, (store) => ({
          ...store,
          keys: Effect.suspend(() => isAway ? Effect.fail(away) : store.keys)
        }))
      ).pipe(Layer.provide(layer))
      yield* Effect.gen(function*() {
        values.set("codex/memory/a", rowsOf(turn("old")))
        yield* TestClock.adjust("2 hours")
        assert.isTrue(values.has("codex/memory/a"))
        isAway = false
        yield* TestClock.adjust("30 minutes")
        assert.isTrue(values.has("codex/memory/a"))
        yield* TestClock.adjust("30 minutes")
        assert.isFalse(values.has("codex/memory/a"))
        assert.include(lines, "History that is older than its time could not be deleted.")
      }).pipe(
        Effect.provide(Layer.provide(Memory.layerKeyValueStore({ retention: "1 hour" }), sometimes))
      )
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
