/**
 * What every store of ours keeps to, as checks that run on yours: plain effects, for whatever test runner you have.
 *
 * ```ts
 * for (const { check, name } of StoreContract.memory) {
 *   it.effect(name, () => Effect.provide(check, myMemory))
 * }
 * ```
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Item from "../backend/Item.ts"
import { Audit, type AuditEvent } from "../conversation/Audit.ts"
import { Memory, type Turn } from "../conversation/Memory.ts"
import { Personality } from "../conversation/Personality.ts"
import { messages } from "../conversation/Remembered.ts"
import { UsageMeter } from "../conversation/UsageMeter.ts"
import { type Check, ContractBroken, equal, fresh } from "./ContractCheck.ts"

export { authStore, sharedAuthStore } from "./AuthStoreContract.ts"
export { type Check, ContractBroken } from "./ContractCheck.ts"

/** A turn of the test: what was asked, and what was answered. */
const turn = (asked: string, said: string = "ok", more: Partial<Turn> = {}): Turn => ({
  v: 1,
  at: DateTime.makeUnsafe(1_800_000_000_000),
  items: [Item.fromText("user", asked), Item.fromText("assistant", said)],
  ...more
})

const wordsOf = (key: string, options?: { readonly last?: number }) =>
  Effect.map(
    Memory.use(({ list }) => list(key, options)),
    (turns) => messages(turns).map(({ content }) => content)
  )

/**
 * What a `Memory` does that keeps the words of turns and nothing else, as `Memory.layerMessages` does.
 *
 * @since 0.2.0
 * @category guards
 */
export const words: ReadonlyArray<Check<Memory>> = [
  {
    name: "a conversation that nobody had is empty",
    check: Effect.gen(function*() {
      const { list } = yield* Memory
      yield* equal(yield* list(yield* fresh), [])
    })
  },
  {
    name: "words come back whole and in order",
    check: Effect.gen(function*() {
      const { append } = yield* Memory
      const key = yield* fresh
      const odd = "line\nline\r\n\ttab \u0000 'quoted' \"twice\" \\ 👩‍👩‍👧 ﷽ \ud800 " + "x".repeat(100_000)
      yield* append(key, turn("one", "two"))
      yield* append(key, turn(odd, "four"))
      yield* equal(yield* wordsOf(key), ["one", "two", odd, "four"])
    })
  },
  {
    name: "the last so many are the newest, oldest first",
    check: Effect.gen(function*() {
      const { append, list } = yield* Memory
      const key = yield* fresh
      for (const asked of ["1", "2", "3"]) yield* append(key, turn(asked))
      yield* equal(yield* wordsOf(key, { last: 2 }), ["2", "ok", "3", "ok"])
      yield* equal(yield* wordsOf(key, { last: 0 }), [])
      for (const last of [100, Number.POSITIVE_INFINITY]) yield* equal((yield* list(key, { last })).length, 3)
    })
  },
  {
    name: "conversations are kept apart, also when one is forgotten",
    check: Effect.gen(function*() {
      const { append, clear, list } = yield* Memory
      const key = yield* fresh
      const other = `${key}/other`
      // A database may take them for one, as MySQL does.
      const capital = `${key}/Other`
      yield* append(key, turn("mine"))
      yield* append(other, turn("yours"))
      yield* append(capital, turn("hers"))
      yield* clear(key)
      yield* clear(key)
      yield* equal(yield* list(key), [])
      yield* equal(yield* wordsOf(other), ["yours", "ok"])
      yield* equal(yield* wordsOf(capital), ["hers", "ok"])
    })
  },
  {
    name: "a history that moves stands behind what was there, and is gone where it was",
    check: Effect.gen(function*() {
      const { append, list, move } = yield* Memory
      const from = yield* fresh
      const to = `${from}/to`
      yield* append(from, turn("group", "answer"))
      yield* append(to, turn("supergroup"))
      yield* move(from, to)
      yield* move(from, to)
      yield* equal(yield* wordsOf(to), ["supergroup", "ok", "group", "answer"])
      yield* equal(yield* list(from), [])
      yield* move(to, to)
      yield* equal((yield* list(to)).length, 2)
    })
  },
  {
    name: "what is written at once in many conversations is kept",
    check: Effect.gen(function*() {
      const { append } = yield* Memory
      const key = yield* fresh
      const keys = Array.from({ length: 50 }, (_, n) => `${key}/${n}`)
      yield* Effect.forEach(keys, (key) => append(key, turn(key)), { concurrency: "unbounded" })
      for (const key of keys) yield* equal(yield* wordsOf(key), [key, "ok"])
    })
  }
]

/** A turn with whatever there is: parts, calls, thoughts, and things of a later day. */
const rich: Turn = turn("", "", {
  id: "update/1",
  user: "ada",
  at: DateTime.makeUnsafe(1_800_000_000_123),
  model: "my-model",
  seal: "account/family",
  usage: { inputTokens: 1, cachedTokens: 0, outputTokens: 2, reasoningTokens: 1, totalTokens: 3 },
  incomplete: "stopped",
  decided: { by: "update/2", calls: ["call_1"] },
  items: [
    {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "What is this?" }, {
        type: "input_image",
        image_url: "data:image/png;base64,AAAA",
        detail: "high"
      }]
    },
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }], encrypted_content: "sealed" },
    {
      type: "message",
      role: "assistant",
      phase: "commentary",
      content: [{ type: "output_text", text: "Let me look." }]
    },
    { type: "function_call", id: "fc_1", call_id: "call_1", name: "look", arguments: "{ \"n\": 9007199254740993 }" },
    { type: "function_call_output", call_id: "call_1", output: [{ type: "input_text", text: "a cat" }] },
    { type: "other", raw: { type: "hologram", depth: [1, { deep: null }] } },
    {
      type: "message",
      role: "assistant",
      id: "msg_1",
      content: [{ type: "output_text", text: "A cat.", annotations: [{ type: "url_citation", url: "https://a.b" }] }]
    }
  ]
})

/**
 * What a `Memory` does: `words`, and whole turns.
 *
 * @since 0.2.0
 * @category guards
 */
export const memory: ReadonlyArray<Check<Memory>> = [
  ...words,
  {
    name: "turns come back whole: parts, calls, thoughts, and items that nobody here knows",
    check: Effect.gen(function*() {
      const { append, list } = yield* Memory
      const key = yield* fresh
      yield* append(key, turn("first"))
      yield* append(key, rich)
      yield* equal(yield* list(key), [turn("first"), rich])
    })
  },
  {
    name: "a turn that is kept again under its id takes the place of the first",
    check: Effect.gen(function*() {
      const { append, list } = yield* Memory
      const key = yield* fresh
      yield* append(key, turn("one", "half", { id: "a" }))
      yield* append(key, turn("two"))
      yield* append(`${key}/other`, turn("theirs", "ok", { id: "a" }))
      yield* append(key, turn("one", "whole", { id: "a" }))
      yield* equal(yield* list(key), [turn("one", "whole", { id: "a" }), turn("two")])
      yield* equal(yield* list(`${key}/other`), [turn("theirs", "ok", { id: "a" })])
    })
  },
  {
    name: "what a user asked is forgotten in all conversations, or the store says that it cannot; 7 and \"7\" are two",
    check: Effect.gen(function*() {
      const { append, forget, list, move } = yield* Memory
      const key = yield* fresh
      const number = yield* Random.nextIntBetween(1, 2 ** 40)
      const [hers, theirs] = [turn("hers", "ok", { user: number }), turn("theirs", "ok", { user: `${number}` })]
      for (const place of ["here", "there"]) {
        yield* append(`${key}/${place}`, hers)
        yield* append(`${key}/${place}`, theirs)
      }
      yield* move(`${key}/there`, `${key}/moved`)
      const left = (yield* forget(number)) ? [theirs] : [hers, theirs]
      yield* equal(yield* list(`${key}/here`), left)
      yield* equal(yield* list(`${key}/moved`), left)
    })
  },
  {
    name: "turns that are written at once in one conversation are all kept",
    check: Effect.gen(function*() {
      const { append } = yield* Memory
      const key = yield* fresh
      const asked = Array.from({ length: 15 }, (_, n) => `${n}`)
      yield* Effect.forEach(asked, (asked) => append(key, turn(asked)), { concurrency: "unbounded" })
      yield* equal((yield* wordsOf(key)).filter((text) => text !== "ok").toSorted(), asked.toSorted())
    })
  }
]

/**
 * What a `Personality` does.
 *
 * @since 0.2.0
 * @category guards
 */
export const personality: ReadonlyArray<Check<Personality>> = [
  {
    name: "a user has none, sets one, changes it, and goes back to none",
    check: Effect.gen(function*() {
      const { clear, get, set } = yield* Personality
      const ada = yield* fresh
      yield* equal(yield* get(ada), Option.none())
      yield* set(ada, "Be brief.")
      yield* set(ada, "Be \"very\" brief.\n👍")
      yield* equal(yield* get(ada), Option.some("Be \"very\" brief.\n👍"))
      yield* equal(yield* get(`${ada}/other`), Option.none())
      yield* clear(ada)
      yield* clear(ada)
      yield* equal(yield* get(ada), Option.none())
    })
  },
  {
    name: "one that is too long is refused, and the old one stays",
    check: Effect.gen(function*() {
      const { get, set } = yield* Personality
      const ada = yield* fresh
      yield* set(ada, "short")
      const refused = yield* Effect.flip(set(ada, "x".repeat(2001))).pipe(
        Effect.mapError(() => new ContractBroken({ expected: "PromptTooLong", found: "success" }))
      )
      yield* equal(refused._tag, "PromptTooLong")
      yield* equal(yield* get(ada), Option.some("short"))
    })
  }
]

/**
 * What a `UsageMeter` does.
 *
 * @since 0.2.0
 * @category guards
 */
export const usageMeter: ReadonlyArray<Check<UsageMeter>> = [
  {
    name: "answers are summed in total and for each user; 7 and \"7\" are two",
    check: Effect.gen(function*() {
      const meter = yield* UsageMeter
      const ada = yield* fresh
      const before = (yield* meter.usage).total
      const number = yield* Random.nextIntBetween(1, 2 ** 40)
      const tokens = { inputTokens: 5, outputTokens: 2, totalTokens: 7 }
      yield* meter.record({ userId: ada, tokens })
      yield* meter.record({ userId: ada, tokens: undefined })
      yield* meter.record({ userId: number, tokens })
      yield* meter.record({ userId: `${number}`, tokens: undefined })
      yield* meter.record({ userId: undefined, tokens })
      const { perUser, total } = yield* meter.usage
      yield* equal(perUser.get(ada), { requests: 2, ...tokens })
      yield* equal(perUser.get(number)?.totalTokens, 7)
      yield* equal(perUser.get(`${number}`)?.totalTokens, 0)
      yield* equal(total.requests - before.requests, 5)
      yield* equal(total.totalTokens - before.totalTokens, 21)
      yield* equal(total.inputTokens - before.inputTokens, 15)
      yield* equal(total.outputTokens - before.outputTokens, 6)
      yield* meter.forget(ada)
      const after = yield* meter.usage
      yield* equal(after.perUser.get(ada), undefined)
      yield* equal(after.perUser.get(number)?.totalTokens, 7)
      yield* equal(after.total.requests - before.requests, 5)
    })
  }
]

/**
 * What an `Audit` does; what it kept is for its author to look at.
 *
 * @since 0.2.0
 * @category guards
 */
export const audit: ReadonlyArray<Check<Audit>> = [
  {
    name: "a record is taken of whatever a turn was: with all there is to tell, with the least, and many at once",
    check: Effect.gen(function*() {
      const { record } = yield* Audit
      const least: AuditEvent = {
        timestamp: DateTime.makeUnsafe(1_800_000_000_000),
        provider: yield* fresh,
        outcome: "answered",
        durationMs: 0
      }
      yield* record(least)
      yield* record({
        ...least,
        userId: 7,
        chatId: "-100\u0000'\"\\ 👍",
        model: "my-model",
        outcome: "failed",
        durationMs: 1234.5,
        error: { tag: "NetworkFailed", message: "It's \"away\"." }
      })
      const many = (["answered", "stopped", "cut", "failed"] as const).flatMap((outcome) =>
        Array.from({ length: 10 }, (_, userId) => ({ ...least, outcome, userId }))
      )
      yield* Effect.forEach(many, record, { concurrency: "unbounded", discard: true })
    })
  }
]
