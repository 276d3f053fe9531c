/**
 * Answers that did not arrive: how many are kept, how much of them, and which go first.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Undelivered from "../src/telegram/reply/Undelivered.ts"
import type { Content } from "../src/telegram/TelegramApi.ts"

const key = (n: number) => ConversationKey(`user:${n}`)

/** An answer of so many bytes: two for each letter. */
const text = (bytes: number): ReadonlyArray<Content> => [{ text: "x".repeat(bytes / 2) }]

const megabyte = 1024 * 1024

/** Keeps answers for one conversation after the other; says for which there still is one. */
const kept = (answers: ReadonlyArray<readonly [conversation: number, parts: ReadonlyArray<Content>]>) =>
  Effect.gen(function*() {
    const { find, keep } = yield* Undelivered.Undelivered
    yield* Effect.forEach(answers, ([n, parts]) => keep(key(n), parts))
    const found = yield* Effect.forEach(
      [...new Set(answers.map(([n]) => n))],
      (n) => Effect.map(find(key(n)), (parts) => Option.isSome(parts) ? [n] : [])
    )
    return found.flat().toSorted((one, other) => one - other)
  }).pipe(Effect.provide(Undelivered.layer))

describe("answers that did not arrive", () => {
  it.effect("are kept for the hundred conversations that came last", () =>
    Effect.gen(function*() {
      const all = Array.from({ length: 101 }, (_, n) => [n, text(2)] as const)
      assert.lengthOf(yield* kept(all.slice(0, 100)), 100)
      assert.deepStrictEqual((yield* kept(all))[0], 1)
      // What is kept again is the newest.
      assert.deepStrictEqual((yield* kept([...all.slice(0, 100), [0, text(2)], [100, text(2)]])).slice(0, 2), [0, 2])
    }))

  it.effect("are sixteen megabytes in all, and the oldest go", () =>
    Effect.gen(function*() {
      const half = text(8 * megabyte)
      assert.deepStrictEqual(yield* kept([[1, half], [2, half]]), [1, 2])
      assert.deepStrictEqual(yield* kept([[1, half], [2, half], [3, text(2)]]), [2, 3])
      assert.deepStrictEqual(yield* kept([[1, text(2)], [2, text(2)], [3, text(16 * megabyte)]]), [3])
    }))

  it.effect("are kept also where one alone is more than that", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* kept([[1, text(2)], [2, text(17 * megabyte)]]), [2])
    }))

  it.effect("weigh what their formats do, a hundred bytes each", () =>
    Effect.gen(function*() {
      const bold = { type: "bold", offset: 0, length: 1 } as const
      const many: ReadonlyArray<Content> = [{
        text: "x",
        entities: Array.from({ length: Math.ceil(16 * megabyte / 100) }, () => bold)
      }]
      assert.deepStrictEqual(yield* kept([[1, text(2)], [2, many]]), [2])
    }))

  it.effect("are the last of each conversation, until they are forgotten", () =>
    Effect.gen(function*() {
      const { find, forget, keep } = yield* Undelivered.Undelivered
      yield* keep(key(1), [{ text: "one" }])
      yield* keep(key(1), [{ text: "two" }])
      assert.deepStrictEqual(yield* find(key(1)), Option.some([{ text: "two" }]))
      assert.isTrue(Option.isNone(yield* find(key(2))))
      yield* forget(key(2))
      assert.isTrue(Option.isSome(yield* find(key(1))))
      yield* forget(key(1))
      assert.isTrue(Option.isNone(yield* find(key(1))))
    }).pipe(Effect.provide(Undelivered.layer)))
})
