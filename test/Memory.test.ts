import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import type { Message } from "../src/conversation/Message.ts"
import * as Remembered from "../src/conversation/Remembered.ts"
import * as StoreContract from "../src/testing/StoreContract.ts"

const at = DateTime.makeUnsafe(1_800_000_000_000)

const turn = (asked: string, said = "ok"): Memory.Turn => ({
  v: 1,
  at,
  items: [Item.fromText("user", asked), Item.fromText("assistant", said)]
})

const wordsOf = (turns: ReadonlyArray<Memory.Turn>) => Remembered.messages(turns).map(({ content }) => content)

/** A store as a bot author writes one: three functions over a map. */
const listsOf = <A>() => {
  const kept = new Map<string, Array<A>>()
  return {
    append: (key: string, row: A) => Effect.sync(() => kept.set(key, [...(kept.get(key) ?? []), row])),
    list: (key: string) => Effect.sync(() => kept.get(key) ?? []),
    clear: (key: string) => Effect.sync(() => kept.delete(key))
  }
}

/** A store that is elsewhere: others have their turn while it is asked. */
const slow = Layer.effect(
  KeyValueStore.KeyValueStore,
  Effect.map(KeyValueStore.KeyValueStore, (store) => ({
    ...store,
    get: (key: string) => Effect.andThen(Effect.yieldNow, store.get(key))
  }))
).pipe(Layer.provide(KeyValueStore.layerMemory))

const contract = (
  name: string,
  checks: ReadonlyArray<StoreContract.Check<Memory.Memory>>,
  layer: () => Layer.Layer<Memory.Memory>
) =>
  describe(name, () => {
    for (const { check, name } of checks) it.effect(name, () => Effect.provide(check, layer()))
  })

contract("layerMemory", StoreContract.memory, () => Memory.layerMemory)
contract("layerStore", StoreContract.memory, () => Memory.layerStore(listsOf()))
contract("layerMessages", StoreContract.words, () => Memory.layerMessages(listsOf()))
contract(
  "layerKeyValueStore",
  StoreContract.memory,
  () => Layer.provide(Memory.layerKeyValueStore(), KeyValueStore.layerMemory)
)

describe("the contract", () => {
  const brokenBy = (store: ReturnType<typeof listsOf<unknown>>) =>
    Effect.map(
      Effect.forEach(StoreContract.memory, ({ check }) => Effect.result(check)).pipe(
        Effect.provide(Memory.layerStore(store))
      ),
      (results) => results.filter(Result.isFailure).length
    )

  it.effect("finds a store that knows no capital letters, and one that keeps seconds", () =>
    Effect.gen(function*() {
      const small = listsOf<unknown>()
      const lower = (key: string) => key.toLowerCase()
      const whole = listsOf<unknown>()
      assert.strictEqual(yield* brokenBy(listsOf()), 0)
      assert.isAbove(
        yield* brokenBy({
          append: (key, row) => small.append(lower(key), row),
          list: (key) => small.list(lower(key)),
          clear: (key) => small.clear(lower(key))
        }),
        0
      )
      assert.isAbove(
        yield* brokenBy({
          ...whole,
          append: (key, row) => whole.append(key, { ...Object(row), at: Math.floor(Object(row).at / 1000) * 1000 })
        }),
        0
      )
    }))
})

describe("layerBounded", () => {
  const list = (key: string) => Effect.map(Memory.Memory.use((memory) => memory.list(key)), wordsOf)
  const append = (key: string, turn: Memory.Turn) => Memory.Memory.use((memory) => memory.append(key, turn))
  const megabytes = (count: number) => turn("x".repeat(count * 512 * 1024), "")

  it.effect("keeps the last turns of a key, twenty unless told otherwise", () =>
    Effect.gen(function*() {
      for (let n = 0; n < 25; n++) yield* append("a", turn(`${n}`))
      const kept = yield* list("a")
      assert.strictEqual(kept.length, 40)
      assert.strictEqual(kept[0], "5")
    }).pipe(Effect.provide(Memory.layerMemory)))

  it.effect("keeps the bytes of a conversation within bounds, and its newest turn however large", () =>
    Effect.gen(function*() {
      yield* append("a", megabytes(2))
      yield* append("a", megabytes(2))
      yield* append("a", turn("small"))
      const lengths = (yield* list("a")).map(({ length }) => length)
      assert.deepStrictEqual(lengths, [2 * 512 * 1024, 0, 5, 2])
      yield* append("a", megabytes(10))
      assert.strictEqual((yield* list("a")).length, 2)
    }).pipe(Effect.provide(Memory.layerBounded({ conversationBytes: 3 * 1024 * 1024 }))))

  it.effect("keeps 64 MB in all: the conversation that rested longest is forgotten first, and never the newest", () =>
    Effect.gen(function*() {
      yield* append("old", megabytes(20))
      yield* append("not used again", megabytes(20))
      yield* append("old", turn("again"))
      yield* append("new", megabytes(30))
      assert.deepStrictEqual(yield* list("not used again"), [])
      assert.strictEqual((yield* list("old")).length, 4)
      yield* append("huge", megabytes(70))
      assert.strictEqual((yield* list("huge")).length, 2)
      assert.deepStrictEqual(yield* list("new"), [])
      yield* Memory.Memory.use((memory) => memory.clear("huge"))
      yield* append("next", megabytes(60))
      yield* append("small", turn("hi"))
      assert.strictEqual((yield* list("next")).length, 2, "what was forgotten takes no room")
    }).pipe(Effect.provide(Memory.layerBounded({ conversationBytes: Infinity }))))

  it.effect("keeps so many conversations; one that is read has not rested", () =>
    Effect.gen(function*() {
      for (const key of ["a", "b", "c"]) yield* append(key, turn(key))
      yield* list("a")
      yield* append("d", turn("d"))
      assert.deepStrictEqual(yield* Effect.forEach(["a", "b", "c", "d"], list), [
        ["a", "ok"],
        [],
        ["c", "ok"],
        ["d", "ok"]
      ])
    }).pipe(Effect.provide(Memory.layerBounded({ conversations: 3 }))))
})

describe("retention", () => {
  const day = 24 * 60 * 60 * 1000
  const old = (asked: string): Memory.Turn => ({ ...turn(asked), at: DateTime.makeUnsafe(1) })
  const setting: Memory.Turn = { v: 1, at: DateTime.makeUnsafe(1), items: [Item.fromText("developer", "Be brief.")] }

  const forgets = Effect.gen(function*() {
    yield* TestClock.setTime(day)
    const memory = yield* Memory.Memory
    yield* memory.append("c", old("old"))
    yield* memory.append("personality:7", setting)
    yield* TestClock.adjust("1 hour")
    yield* memory.append("c", { ...turn("young"), at: yield* DateTime.now })
    yield* TestClock.adjust("2 hours")
    assert.deepStrictEqual(wordsOf(yield* memory.list("c")), ["young", "ok"])
    assert.deepStrictEqual(wordsOf(yield* memory.list("personality:7")), ["Be brief."], "a setting does not grow old")
    yield* TestClock.adjust("1 day")
    assert.deepStrictEqual(yield* memory.list("c"), [])
  })

  it.effect("counts also for a turn of the first moment of 1970, where a clock of tests begins", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      yield* memory.append("c", { ...turn("old"), at: yield* DateTime.now, user: 7 })
      yield* TestClock.adjust("2 days")
      assert.deepStrictEqual(yield* memory.list("c"), [])
    }).pipe(Effect.provide(Memory.layerBounded({ retention: "1 day" }))))

  it.effect("in this process forgets what is older, and no settings", () =>
    Effect.provide(forgets, Memory.layerBounded({ retention: "1 day" })))

  it.effect("in a KeyValueStore deletes what is older, and no settings", () =>
    Effect.gen(function*() {
      yield* forgets
      const values = yield* KeyValueStore.KeyValueStore
      assert.deepStrictEqual(yield* values.keys, ["codex/memory/personality:7"])
    }).pipe(
      Effect.provide(Layer.provideMerge(Memory.layerKeyValueStore({ retention: "1 day" }), KeyValueStore.layerMemory))
    ))
})

describe("layerKeyValueStore", () => {
  it.effect("moves two conversations to each other without an end that waits for the other", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      yield* memory.append("a", turn("one"))
      yield* memory.append("b", turn("two"))
      // The first holds what both moves wait for.
      const all = [memory.append("a", turn("three")), memory.move("a", "b"), memory.move("b", "a")]
      yield* Effect.all(all, { concurrency: "unbounded" })
      const kept = [...yield* memory.list("a"), ...yield* memory.list("b")]
      assert.deepStrictEqual(wordsOf(kept).toSorted(), ["ok", "ok", "ok", "one", "three", "two"])
    }).pipe(
      Effect.provide(Layer.provide(Memory.layerKeyValueStore(), slow)),
      // By the clock on the wall: a store that others wait for has no other.
      Effect.timeout("5 seconds"),
      TestClock.withLive
    ))
})

describe("layerStore", () => {
  it.effect("turns any failure of the store into MemoryFailed, whose message does not repeat it", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      for (
        const [operation, call] of [
          ["append", Effect.asVoid(memory.append("a", turn("1")))],
          ["list", memory.list("a")],
          ["clear", memory.clear("a")]
        ] as const
      ) {
        const failure = yield* Effect.flip(Effect.asVoid(call))
        assert.strictEqual(failure.message, `The conversation memory failed (${operation}).`)
        assert.strictEqual(failure.cause, "secret detail")
      }
    }).pipe(Effect.provide(Memory.layerStore({
      append: () => Effect.fail("secret detail"),
      list: () => Effect.fail("secret detail"),
      clear: () => Effect.fail("secret detail")
    }))))

  it.effect("takes functions that throw or break for a store that failed, and what is no list for one that is damaged", () =>
    Effect.gen(function*() {
      const thrown = () => {
        throw new Error("boom")
      }
      const broken = () => Effect.die("boom")
      for (const asked of [thrown, broken]) {
        const memory = yield* Effect.provide(
          Memory.Memory,
          Memory.layerStore({ append: asked, list: asked, clear: asked })
        )
        for (
          const call of [memory.append("a", turn("1")), memory.list("a"), memory.clear("a"), memory.move("a", "b")]
        ) {
          const failure = yield* Effect.flip(Effect.asVoid(call))
          assert.strictEqual(failure._tag, "MemoryFailed")
          assert.isTrue(failure.isRetryable)
        }
      }
      const lying: () => Effect.Effect<ReadonlyArray<unknown>> = () => Effect.succeed(JSON.parse("{}"))
      const damaged = yield* Memory.Memory.use((memory) => Effect.flip(memory.list("a"))).pipe(
        Effect.provide(Memory.layerStore({ append: () => Effect.void, list: lying, clear: () => Effect.void }))
      )
      assert.strictEqual(damaged.reason, "unreadable")
    }))

  const over = (rows: ReadonlyArray<unknown>) =>
    Memory.layerStore({ append: () => Effect.void, list: () => Effect.succeed(rows), clear: () => Effect.void })

  it.effect("moves a history by copying it first: when that breaks half-way, it is still where it was", () => {
    const lists = listsOf<unknown>()
    let room = Infinity
    return Effect.gen(function*() {
      const memory = yield* Memory.Memory
      for (const asked of ["one", "two", "three"]) yield* memory.append("a", turn(asked))
      room = 1
      assert.strictEqual((yield* Effect.flip(memory.move("a", "b")))._tag, "MemoryFailed")
      assert.deepStrictEqual(wordsOf(yield* memory.list("a")), ["one", "ok", "two", "ok", "three", "ok"])
      room = Infinity
      yield* memory.move("a", "b")
      assert.deepStrictEqual(wordsOf(yield* memory.list("b")), ["one", "ok", "two", "ok", "three", "ok"])
      assert.deepStrictEqual(yield* memory.list("a"), [])
    }).pipe(Effect.provide(Memory.layerStore({
      ...lists,
      append: (key, row) => room-- > 0 ? lists.append(key, row) : Effect.fail("the disk is full")
    })))
  })

  it.effect("gives rows that JSON takes whole, with their version first", () =>
    Effect.gen(function*() {
      const given: Array<unknown> = []
      yield* Memory.Memory.use((memory) => memory.append("a", turn("1"))).pipe(
        Effect.provide(Memory.layerStore({
          append: (_, row) => Effect.sync(() => given.push(row)),
          list: () => Effect.succeed([]),
          clear: () => Effect.void
        }))
      )
      assert.deepStrictEqual(JSON.parse(JSON.stringify(given)), given)
      assert.deepStrictEqual(Object.entries(given[0] ?? {}).slice(0, 2), [["v", 1], ["at", 1_800_000_000_000]])
    }))

  it.effect("reads messages of the first release as turns, system prompts apart", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const turns = yield* memory.list("a")
      assert.deepStrictEqual(turns.map(({ items }) => items.map(Item.words)), [
        ["Be brief."],
        ["one", "two"],
        ["three", "four"],
        ["new", "ok"],
        ["five"]
      ])
      assert.deepStrictEqual(wordsOf(yield* memory.list("a", { last: 2 })), ["new", "ok", "five"])
    }).pipe(Effect.provide(over([
      { role: "system", content: "Be brief." },
      { role: "user", content: "one" },
      { role: "assistant", content: "two" },
      { role: "user", content: "three" },
      { role: "assistant", content: "four", extra: 1 },
      { v: 1, at: 1, items: turn("new").items },
      { role: "user", content: "five" }
    ]))))

  it.effect("reads a turn with what somebody has decided in it, and one of before that could be", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const turns = yield* memory.list("a")
      assert.deepStrictEqual(turns.map(({ decided, id }) => ({ decided, id })), [
        { decided: undefined, id: "1/user:7/1" },
        { decided: { by: "1/user:7/3", calls: ["call-1"] }, id: "1/user:7/2" }
      ])
    }).pipe(Effect.provide(over([
      { v: 1, at: 1, id: "1/user:7/1", items: turn("one").items },
      {
        v: 1,
        at: 2,
        id: "1/user:7/2",
        incomplete: "approval",
        decided: { by: "1/user:7/3", calls: ["call-1"] },
        items: turn("two").items
      }
    ]))))

  it.effect("fails with a reason at a row of a later version, or one that is none, and names no word of it", () =>
    Effect.gen(function*() {
      for (
        const [row, reason] of [
          [{ v: 2, items: ["SECRET"] }, "laterVersion"],
          [{ role: "poet", content: "SECRET" }, "unreadable"],
          [{ v: 1, at: 1, items: [{ text: "SECRET" }] }, "unreadable"],
          ["SECRET", "unreadable"],
          [null, "unreadable"]
        ] as const
      ) {
        const failure = yield* Effect.flip(Effect.provide(
          Memory.Memory.use((memory) => memory.list("a")),
          over([{ role: "user", content: "before" }, row])
        ))
        assert.strictEqual(failure.reason, reason)
        assert.isFalse(failure.isRetryable)
        assert.notInclude(JSON.stringify(failure), "SECRET")
      }
    }))
})

describe("layerMessages", () => {
  it.effect("keeps the person's text and the answer, without commentary, calls, thoughts and pictures' bytes", () =>
    Effect.gen(function*() {
      const store = listsOf<Message>()
      yield* Memory.Memory.use((memory) =>
        memory.append("a", {
          v: 1,
          at,
          items: [
            {
              type: "message",
              role: "user",
              content: [{ type: "input_text", text: "What is this?" }, { type: "input_image", image_url: "data:x" }]
            },
            { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
            {
              type: "message",
              role: "assistant",
              phase: "commentary",
              content: [{ type: "output_text", text: "Let me look." }]
            },
            { type: "function_call", call_id: "c", name: "look", arguments: "{}" },
            { type: "function_call_output", call_id: "c", output: "tool output" },
            Item.fromText("assistant", "A cat."),
            Item.fromText("assistant", "Or a dog.")
          ]
        })
      ).pipe(Effect.provide(Memory.layerMessages(store)))
      assert.deepStrictEqual(yield* store.list("a"), [
        { role: "user", content: "What is this?\n[picture]" },
        { role: "assistant", content: "A cat.\n\nOr a dog." }
      ])
    }))
})

describe("layerKeyValueStore", () => {
  const kept = Effect.flatMap(KeyValueStore.KeyValueStore, (values) => values.get("codex/memory/a"))
  const layer = Layer.provideMerge(Memory.layerKeyValueStore({ turns: 2 }), KeyValueStore.layerMemory)

  it.effect("keeps the last turns of a conversation, and rows of a later version whatever their age", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const values = yield* KeyValueStore.KeyValueStore
      yield* values.set("codex/memory/a", JSON.stringify([{ v: 7, items: [] }]))
      for (const asked of ["1", "2", "3"]) yield* memory.append("a", turn(asked))
      assert.strictEqual((yield* Effect.flip(memory.list("a"))).reason, "laterVersion")
      const rows: ReadonlyArray<{ v: number }> = JSON.parse((yield* kept) ?? "")
      assert.deepStrictEqual(rows.map(({ v }) => v), [7, 1, 1])
    }).pipe(Effect.provide(layer)))

  it.effect("writes over nothing that it cannot read", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const values = yield* KeyValueStore.KeyValueStore
      yield* values.set("codex/memory/a", "half a va")
      const failure = yield* Effect.flip(memory.append("a", turn("1")))
      assert.strictEqual(failure.reason, "unreadable")
      assert.strictEqual(yield* kept, "half a va")
      yield* memory.clear("a")
      yield* memory.append("a", turn("1"))
      assert.deepStrictEqual(wordsOf(yield* memory.list("a")), ["1", "ok"])
    }).pipe(Effect.provide(layer)))

  it.effect("loses no turn of those that are written at once, however long the store takes", () => {
    const values = new Map<string, string>()
    const slow = <A>(run: () => A) => Effect.andThen(Effect.yieldNow, Effect.sync(run))
    const store = KeyValueStore.makeStringOnly({
      get: (key) => slow(() => values.get(key)),
      set: (key, value) => slow(() => void values.set(key, value)),
      remove: (key) => slow(() => void values.delete(key)),
      clear: slow(() => values.clear()),
      keys: slow(() => [...values.keys()]),
      size: slow(() => values.size)
    })
    return Effect.gen(function*() {
      const { append, list } = yield* Memory.Memory
      yield* Effect.forEach(["1", "2", "3"], (asked) => append("a", turn(asked)), { concurrency: "unbounded" })
      assert.strictEqual((yield* list("a")).length, 3)
    }).pipe(
      Effect.provide(Layer.provide(Memory.layerKeyValueStore(), Layer.succeed(KeyValueStore.KeyValueStore, store)))
    )
  })

  it.effect("moves a history once, also when it broke between the copy and the end of what was copied", () => {
    const values = new Map<string, string>()
    let room = Infinity
    const written = (run: () => void) =>
      Effect.suspend(() =>
        room-- > 0
          ? Effect.sync(run)
          : Effect.fail(new KeyValueStore.KeyValueStoreError({ method: "set", key: "a", message: "full" }))
      )
    const store = KeyValueStore.makeStringOnly({
      get: (key) => Effect.sync(() => values.get(key)),
      set: (key, value) => written(() => void values.set(key, value)),
      remove: (key) => written(() => void values.delete(key)),
      clear: Effect.sync(() => values.clear()),
      keys: Effect.sync(() => [...values.keys()]),
      size: Effect.sync(() => values.size)
    })
    return Effect.gen(function*() {
      const { append, list, move } = yield* Memory.Memory
      yield* Effect.forEach(["1", "2"], (asked) => append("a", turn(asked)))
      room = 1
      assert.strictEqual((yield* Effect.flip(move("a", "b"))).operation, "move")
      assert.deepStrictEqual(wordsOf(yield* list("a")), ["1", "ok", "2", "ok"])
      room = Infinity
      yield* move("a", "b")
      assert.deepStrictEqual(wordsOf(yield* list("b")), ["1", "ok", "2", "ok"])
      assert.deepStrictEqual(yield* list("a"), [])
    }).pipe(
      Effect.provide(Layer.provide(Memory.layerKeyValueStore(), Layer.succeed(KeyValueStore.KeyValueStore, store)))
    )
  })

  it.effect("moves two histories into each other's place at once without standing still", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      yield* memory.append("a", turn("1"))
      yield* memory.append("b", turn("2"))
      yield* Effect.all([memory.move("a", "b"), memory.move("b", "a")], { concurrency: 2 })
      const all = [...wordsOf(yield* memory.list("a")), ...wordsOf(yield* memory.list("b"))]
      assert.sameMembers(all, ["1", "ok", "2", "ok"])
    }).pipe(Effect.provide(layer)))
})
