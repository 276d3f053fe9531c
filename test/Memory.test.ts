import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Memory from "../src/conversation/Memory.ts"
import type { Message } from "../src/conversation/Message.ts"

const user = (content: string): Message => ({ role: "user", content })
const assistant = (content: string): Message => ({ role: "assistant", content })

/** A store as a bot author writes one: three functions over a map. */
const mapStore = (): Memory.Store => {
  const kept = new Map<string, Array<Message>>()
  return {
    append: (key, message) => Effect.sync(() => kept.set(key, [...(kept.get(key) ?? []), message])),
    list: (key) => Effect.sync(() => kept.get(key) ?? []),
    clear: (key) => Effect.sync(() => kept.delete(key))
  }
}

/** What every layer of Memory promises. */
const contract = (name: string, layer: () => Layer.Layer<Memory.Memory>) =>
  describe(name, () => {
    it.effect("lists what was appended, oldest first", () =>
      Effect.gen(function*() {
        const memory = yield* Memory.Memory
        yield* memory.append("a", [user("1"), assistant("2")])
        yield* memory.append("a", [user("3")])
        assert.deepStrictEqual(yield* memory.list("a"), [user("1"), assistant("2"), user("3")])
      }).pipe(Effect.provide(layer())))

    it.effect("knows nothing of a key that was never used", () =>
      Effect.gen(function*() {
        const memory = yield* Memory.Memory
        assert.deepStrictEqual(yield* memory.list("__proto__"), [])
      }).pipe(Effect.provide(layer())))

    it.effect("forgets one key and keeps the others", () =>
      Effect.gen(function*() {
        const memory = yield* Memory.Memory
        yield* memory.append("a", [user("1")])
        yield* memory.append("b", [user("2")])
        yield* memory.clear("a")
        yield* memory.clear("never used")
        assert.deepStrictEqual(yield* memory.list("a"), [])
        assert.deepStrictEqual(yield* memory.list("b"), [user("2")])
      }).pipe(Effect.provide(layer())))

    it.effect("moves a history behind what is there, and leaves nothing where it was", () =>
      Effect.gen(function*() {
        const memory = yield* Memory.Memory
        yield* memory.append("group", [user("1"), assistant("2")])
        yield* memory.append("supergroup", [user("0")])
        yield* memory.move("group", "supergroup")
        assert.deepStrictEqual(yield* memory.list("supergroup"), [user("0"), user("1"), assistant("2")])
        assert.deepStrictEqual(yield* memory.list("group"), [])
        yield* memory.move("group", "elsewhere")
        yield* memory.move("supergroup", "supergroup")
        assert.strictEqual((yield* memory.list("supergroup")).length, 3)
        assert.deepStrictEqual(yield* memory.list("elsewhere"), [])
      }).pipe(Effect.provide(layer())))

    it.effect("loses nothing when many append at once", () =>
      Effect.gen(function*() {
        const memory = yield* Memory.Memory
        yield* Effect.forEach(
          Array.from({ length: 50 }, (_, index) => index),
          (index) => memory.append("a", [user(`${index}`)]),
          { concurrency: "unbounded", discard: true }
        )
        assert.strictEqual((yield* memory.list("a")).length, 50)
      }).pipe(Effect.provide(layer())))
  })

contract("layerMemory", () => Memory.layerMemory)
contract("layerStore", () => Memory.layerStore(mapStore()))

describe("layerMemory", () => {
  it.effect("keeps the last 200 messages of a key", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      yield* memory.append("a", Array.from({ length: 201 }, (_, index) => user(`${index}`)))
      const kept = yield* memory.list("a")
      assert.strictEqual(kept.length, 200)
      assert.strictEqual(kept[0]?.content, "1")
    }).pipe(Effect.provide(Memory.layerMemory)))

  it.effect("keeps 64 MB in all: the conversation that rested longest is forgotten first, and never the newest", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      const megabytes = (count: number) => [user("x".repeat(count * 512 * 1024))]
      yield* memory.append("old", megabytes(20))
      yield* memory.append("not used again", megabytes(20))
      yield* memory.append("old", [user("again")])
      yield* memory.append("new", megabytes(30))
      assert.deepStrictEqual(yield* memory.list("not used again"), [])
      assert.strictEqual((yield* memory.list("old")).length, 2)
      yield* memory.append("huge", megabytes(70))
      assert.strictEqual((yield* memory.list("huge")).length, 1)
      assert.deepStrictEqual(yield* memory.list("new"), [])
      yield* memory.clear("huge")
      yield* memory.append("next", megabytes(60))
      yield* memory.append("small", [user("hi")])
      assert.strictEqual((yield* memory.list("next")).length, 1, "what was forgotten takes no room")
    }).pipe(Effect.provide(Memory.layerMemory)))
})

describe("layerStore", () => {
  it.effect("turns any failure of the store into MemoryFailed, whose message does not repeat it", () =>
    Effect.gen(function*() {
      const memory = yield* Memory.Memory
      for (
        const [operation, call] of [
          ["append", memory.append("a", [user("1")])],
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
})
