import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as Item from "../src/backend/Item.ts"
import type { ExchangeEvent } from "../src/backend/ResponseEvent.ts"
import * as CodexError from "../src/CodexError.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey, type Message } from "../src/conversation/Message.ts"
import { Personality } from "../src/conversation/Personality.ts"
import * as Remembered from "../src/conversation/Remembered.ts"
import * as UsageMeter from "../src/conversation/UsageMeter.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const chat = ConversationKey("user:7")
const seven = { conversation: chat, userId: 7, chatId: 7 }

describe("a turn", () => {
  it.effect("answers, and sends the history along the next time", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["Hello ", "Ada"]), TestCodex.text("You are Ada."))
      const first = yield* codex.ask({ ...seven, text: "I am Ada" })
      const second = yield* codex.ask({ ...seven, text: "Who am I?" })
      assert.strictEqual(first.text, "Hello Ada")
      assert.strictEqual(second.text, "You are Ada.")
      const requests = yield* test.requests
      assert.deepStrictEqual(requests[1]?.input, [
        Item.fromText("user", "I am Ada"),
        Item.fromText("assistant", "Hello Ada"),
        Item.fromText("user", "Who am I?")
      ])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("sends what goes along with a text behind it, in the same message", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const picture: Item.InputImage = { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" }
      yield* codex.ask({ text: "What is it?", attachments: [{ type: "input_text", text: "notes.txt: Hi" }, picture] })
      const test = yield* TestCodex.TestCodex
      assert.deepStrictEqual((yield* test.requests)[0]?.input, [{
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "What is it?" },
          { type: "input_text", text: "notes.txt: Hi" },
          picture
        ]
      }])
      // A picture may come without a word.
      yield* codex.ask({ text: "", attachments: [picture] })
      assert.deepStrictEqual((yield* test.requests)[1]?.input, [{ type: "message", role: "user", content: [picture] }])
      assert.strictEqual((yield* Effect.flip(codex.ask({ text: "", attachments: [] })))._tag, "PromptEmpty")
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("streams every delta and completes once, last", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["a", "b", "c"]))
      const events = yield* Stream.runCollect(codex.stream({ text: "go" }))
      assert.deepStrictEqual(events.map((event) => event._tag), ["TextDelta", "TextDelta", "TextDelta", "Completed"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("keeps conversations apart, in memory and in the session id", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* codex.ask({ text: "one", conversation: ConversationKey("user:1") })
      yield* codex.ask({ text: "two", conversation: ConversationKey("user:2") })
      yield* codex.ask({ text: "three", conversation: ConversationKey("user:1") })
      const [one, two, three] = yield* test.requests
      assert.strictEqual(two?.input.length, 1)
      assert.strictEqual(three?.input.length, 3)
      assert.strictEqual(one?.sessionId, three?.sessionId)
      assert.notStrictEqual(one?.sessionId, two?.sessionId)
      assert.match(one?.sessionId ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("sends no more history than maxHistory, and never an answer without its question", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      for (const text of ["one", "two", "three"]) yield* codex.ask({ ...seven, text })
      const last = (yield* test.requests).at(-1)
      assert.deepStrictEqual(last?.input.map(Item.words), ["two", "Echo: two", "three"])
    }).pipe(Effect.provide(TestCodex.layer({ maxHistory: 3 }))))

  it.effect("remembers a turn with its time, model and tokens, and what went along with the text", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_800_000_000_000)
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      const picture = { type: "input_image", image_url: "data:image/png;base64,AAAA" } as const
      yield* codex.ask({ ...seven, text: "What is this?", attachments: [picture] })
      yield* codex.ask({ ...seven, text: "", attachments: [picture] })
      const [turn, wordless] = yield* memory.list(chat)
      assert.deepStrictEqual(turn?.items[0], {
        type: "message",
        role: "user",
        content: [{ type: "input_text", text: "What is this?" }, picture]
      })
      assert.deepStrictEqual(wordless?.items[0], { type: "message", role: "user", content: [picture] })
      assert.strictEqual(turn?.at && DateTime.toEpochMillis(turn.at), 1_800_000_000_000)
      assert.isDefined(turn?.model)
      assert.isAbove(turn?.usage?.totalTokens ?? 0, 0)
      assert.strictEqual((yield* Effect.flip(codex.ask({ ...seven, text: "", attachments: [] })))._tag, "PromptEmpty")
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("remembers an answer whole, commentary, thoughts and searches included, and sends it back under its seal", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      const test = yield* TestCodex.TestCodex
      const items: ReadonlyArray<Item.Item> = [
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "sealed" },
        {
          type: "message",
          role: "assistant",
          phase: "commentary",
          content: [{ type: "output_text", text: "Let me look." }]
        },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        Item.fromText("assistant", "It rains.")
      ]
      yield* test.script(() =>
        Stream.fromIterable<ExchangeEvent>([
          { _tag: "Opened" },
          ...items.slice(0, 2).map((item) => ({ _tag: "ItemDone", item, seal: "mine" } as const)),
          { _tag: "MessageDone", phase: "commentary", text: "Let me look." },
          ...items.slice(2).map((item) => ({ _tag: "ItemDone", item, seal: "mine" } as const)),
          { _tag: "MessageDone", phase: "answer", text: "It rains." },
          { _tag: "Completed", responseId: "r", model: "m", usage: undefined, incomplete: undefined }
        ])
      )
      assert.strictEqual((yield* codex.ask({ ...seven, text: "Weather?" })).text, "It rains.")
      const [turn] = yield* memory.list(chat)
      assert.deepStrictEqual(turn?.items.slice(1), items)
      yield* codex.ask({ ...seven, text: "And tomorrow?" })
      const sent = (yield* test.requests).at(-1)
      assert.deepStrictEqual(sent?.input.slice(1, -1), items)
      assert.strictEqual(sent?.input[1] && sent.seals?.get(sent.input[1]), turn?.seal)
      assert.isDefined(turn?.seal)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("replaces what it remembers of a turn that is asked again under its id, and does not send it along", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      const test = yield* TestCodex.TestCodex
      yield* codex.ask({ ...seven, text: "one" })
      yield* codex.ask({ ...seven, text: "two", turn: "update/2" })
      yield* codex.ask({ ...seven, text: "two", turn: "update/2" })
      assert.deepStrictEqual((yield* test.requests).at(-1)?.input.map(Item.words), ["one", "Echo: one", "two"])
      assert.deepStrictEqual(Remembered.messages(yield* memory.list(chat)).map(({ content }) => content), [
        "one",
        "Echo: one",
        "two",
        "Echo: two"
      ])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("remembers nothing of a turn that failed", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.fails(new CodexError.RequestRejected({ status: 400 }), ["half an ans"]))
      const failure = yield* Effect.flip(codex.ask({ ...seven, text: "hello" }))
      assert.strictEqual(failure._tag, "RequestRejected")
      assert.deepStrictEqual(yield* memory.list(chat), [])
      assert.strictEqual((yield* codex.status).usage.total.requests, 0)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("takes a turn whose reader left for a stopped one, and aborts the request", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["a", "b"], { every: "1 second" }))
      const reader = yield* Effect.forkChild(codex.ask({ ...seven, text: "hello" }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* test.running, 1)
      yield* Fiber.interrupt(reader)
      assert.strictEqual(yield* test.running, 0)
      assert.deepStrictEqual(Remembered.messages(yield* memory.list(chat)).map(({ content }) => content), [
        "hello",
        "a\n\n[Stopped by the user.]"
      ])
      assert.deepStrictEqual((yield* test.audit).map((event) => event.outcome), ["stopped"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("refuses a prompt in which nothing is to be seen, before anything is asked", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      for (const text of ["", " \n\t", "\u00a0\u3000", "\u200b\u2060\ufeff", "\u0000", "\u2800", "\u202e \u00ad"]) {
        assert.strictEqual(
          (yield* Effect.flip(codex.ask({ ...seven, text })))._tag,
          "PromptEmpty",
          JSON.stringify(text)
        )
        assert.strictEqual(
          (yield* Effect.flip(Stream.runDrain(codex.stream({ ...seven, text }))))._tag,
          "PromptEmpty"
        )
      }
      assert.deepStrictEqual(yield* test.requests, [])
      for (const text of [".", "👍🏽", "\u200b?", "é"]) yield* codex.ask({ text })
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("refuses a prompt that is too long before anything is asked", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      const failure = yield* Effect.flip(codex.ask({ text: "x".repeat(50_001) }))
      assert.strictEqual(failure.message, "The message is too long: 50001 of at most 50000 characters.")
      assert.deepStrictEqual(yield* test.requests, [])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("takes an answer of blanks for an empty one", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.text(" \n "))
      const failure = yield* Effect.flip(codex.ask({ text: "hello" }))
      assert.strictEqual(failure.message, "Empty response: test-model sent no text.")
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("starts over after Restarted, as if the first text had never been", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(
        TestCodex.fails(new CodexError.StreamInterrupted({ problem: "closed early" }), ["wrong"]),
        TestCodex.text("right")
      )
      const reading = yield* Effect.forkChild(Stream.runCollect(codex.stream({ text: "hello" })))
      yield* TestClock.adjust("1 second")
      const events = yield* Fiber.join(reading)
      assert.deepStrictEqual(events.map((event) => event._tag === "TextDelta" ? event.text : event._tag), [
        "wrong",
        "Restarted",
        "right",
        "Completed"
      ])
      const last = events.at(-1)
      assert.deepInclude(last?._tag === "Completed" ? last.answer : undefined, { text: "right", incomplete: undefined })
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("answers with the messages and leaves the commentary out", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.events(
        { _tag: "MessageDone", text: "Let me see.", phase: "commentary" },
        { _tag: "MessageDone", text: "One.", phase: "answer" },
        { _tag: "MessageDone", text: "Two.", phase: "answer" },
        { _tag: "Completed", responseId: undefined, model: "m", usage: undefined, incomplete: "max_output_tokens" }
      ))
      const answer = yield* codex.ask({ text: "hello" })
      assert.strictEqual(answer.text, "One.\n\nTwo.")
      assert.strictEqual(answer.model, "m")
      assert.strictEqual(answer.incomplete, "max_output_tokens")
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("ends as cut when a backend stops without saying so", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.events({ _tag: "TextDelta", text: "half" }))
      assert.deepInclude(yield* codex.ask({ text: "hello" }), { text: "half", incomplete: "cut" })
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("stop", () => {
  it.effect("aborts the request, keeps the text so far and remembers the turn as stopped", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["one ", "two ", "three"], { every: "1 second" }))
      const turn = yield* Effect.forkChild(codex.ask({ ...seven, text: "count" }))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* codex.stop(chat))
      const answer = yield* Fiber.join(turn)
      assert.strictEqual(answer.text, "one two ")
      assert.strictEqual(answer.incomplete, "stopped")
      assert.strictEqual(yield* test.running, 0)
      assert.deepStrictEqual(Remembered.messages(yield* memory.list(chat)).map((message) => message.content), [
        "count",
        "one two \n\n[Stopped by the user.]"
      ])
      assert.deepStrictEqual((yield* test.audit).map((event) => event.outcome), ["stopped"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("completes a turn that has no text yet", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.never)
      const turn = yield* Effect.forkChild(codex.ask({ ...seven, text: "hello" }))
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* codex.stop(chat))
      assert.strictEqual((yield* Fiber.join(turn)).text, "")
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("says when there is nothing to stop, and leaves other conversations alone", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(TestCodex.deltas(["fine"], { every: "2 seconds" }))
      const turn = yield* Effect.forkChild(codex.ask({ ...seven, text: "hello" }))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* codex.stop(ConversationKey("user:8")))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(turn)).text, "fine")
      assert.isFalse(yield* codex.stop(chat))
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("stores of somebody else", () => {
  const thrown = (): never => {
    throw new Error("boom")
  }
  const good = {
    append: () => Effect.void,
    list: () => Effect.succeed([]),
    clear: () => Effect.void,
    move: () => Effect.void,
    forget: () => Effect.succeed(true)
  }
  const over = (broken: Partial<typeof Memory.Memory.Service>) =>
    TestCodex.layer({ memory: Layer.succeed(Memory.Memory, { ...good, ...broken }) })

  it.effect("that throw when a turn is to be kept cost its memory, not its answer", () =>
    Effect.gen(function*() {
      const { memoryProblem, remembered, text } = yield* Codex.use((codex) => codex.ask({ ...seven, text: "Hi" }))
      assert.deepStrictEqual([text, remembered, memoryProblem?.operation], ["Echo: Hi", false, "append"])
    }).pipe(Effect.provide(over({ append: thrown }))))

  const asked = Effect.gen(function*() {
    const codex = yield* Codex
    const calls: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
      codex.ask({ ...seven, text: "Hi" }),
      codex.reset(chat),
      codex.move(chat, ConversationKey("there")),
      codex.forget(7),
      codex.personality(7),
      codex.setPersonality(7, "Be brief.")
    ]
    const failures = yield* Effect.forEach(calls, (call) => Effect.flip(Effect.asVoid(call)))
    assert.deepStrictEqual(failures.map(({ _tag }) => _tag), calls.map(() => "MemoryFailed"))
  })

  it.effect("that throw when they are asked have failed", () =>
    Effect.provide(asked, over({ list: thrown, clear: thrown, move: thrown, forget: thrown })))

  it.effect("that break when they are asked have failed", () => {
    const broken = () => Effect.die("boom")
    return Effect.provide(asked, over({ list: broken, clear: broken, move: broken, forget: broken }))
  })

  it.effect("that count and throw, break or hang cost nothing but the count", () =>
    Effect.gen(function*() {
      for (const record of [thrown, () => Effect.die("boom"), () => Effect.never]) {
        const usageMeter = Layer.effect(
          UsageMeter.UsageMeter,
          Effect.map(UsageMeter.UsageMeter, (meter) => ({ ...meter, record }))
        ).pipe(Layer.provide(UsageMeter.layerMemory))
        const asked = yield* Effect.forkChild(
          Effect.provide(Codex.use((codex) => codex.ask({ ...seven, text: "Hi" })), TestCodex.layer({ usageMeter })),
          { startImmediately: true }
        )
        yield* TestClock.adjust("10 seconds")
        assert.isTrue((yield* Fiber.join(asked)).remembered)
      }
    }))
})

describe("the store", () => {
  const broken = (operation: "append" | "list") =>
    Memory.layerMessages({
      append: () => operation === "append" ? Effect.fail("disk full") : Effect.void,
      list: () => operation === "list" ? Effect.fail("away") : Effect.succeed([]),
      clear: () => Effect.void
    })

  it.effect("fails the turn when the history cannot be read", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const failure = yield* Effect.flip(codex.ask({ ...seven, text: "hello" }))
      assert.strictEqual(failure.message, "The conversation memory failed (list).")
    }).pipe(Effect.provide(TestCodex.layer({ memory: broken("list") }))))

  it.effect("that does not answer is waited for ten seconds, and then the turn says so", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const asking = yield* Effect.forkChild(Effect.flip(codex.ask({ ...seven, text: "hello" })), {
        startImmediately: true
      })
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(asking.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(asking)).message, "The conversation memory failed (list).")
    }).pipe(Effect.provide(TestCodex.layer({
      memory: Memory.layerStore({ append: () => Effect.void, list: () => Effect.never, clear: () => Effect.void })
    }))))

  it.effect("that does not answer is waited for ten seconds by whoever sets, reads or clears a personality, or asks how things stand", () => {
    const hangs = {
      personality: Layer.succeed(Personality, {
        get: () => Effect.never,
        set: () => Effect.never,
        clear: () => Effect.never
      }),
      usageMeter: Layer.succeed(UsageMeter.UsageMeter, {
        record: () => Effect.void,
        forget: () => Effect.never,
        usage: Effect.never
      })
    }
    return Effect.gen(function*() {
      const codex = yield* Codex
      const calls = yield* Effect.forkChild(
        Effect.all([
          Effect.flip(codex.personality(7)),
          Effect.flip(codex.setPersonality(7, "Be brief.")),
          Effect.flip(codex.clearPersonality(7)),
          Effect.map(codex.status, ({ usageProblem }) => usageProblem)
        ], { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(calls.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(calls)).map((failure) => failure?.message), [
        "The conversation memory failed (list).",
        "The conversation memory failed (append).",
        "The conversation memory failed (clear).",
        "The conversation memory failed (list)."
      ])
    }).pipe(Effect.provide(TestCodex.layer(hangs)))
  })

  it.effect("does not take an answer away that it cannot keep", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const answer = yield* codex.ask({ ...seven, text: "hello" })
      assert.strictEqual(answer.text, "Echo: hello")
      assert.isFalse(answer.remembered)
    }).pipe(Effect.provide(TestCodex.layer({ memory: broken("append") }))))
})

describe("a personality", () => {
  it.effect("stands before the system prompt of its user, and of nobody else", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* codex.setPersonality(7, "Talk like a pirate.")
      yield* codex.ask({ ...seven, text: "hello" })
      yield* codex.ask({ text: "hello", userId: 8 })
      yield* codex.clearPersonality(7)
      yield* codex.ask({ ...seven, text: "hello" })
      assert.deepStrictEqual((yield* test.requests).map((request) => request.instructions), [
        "Talk like a pirate.\n\nYou are a helpful assistant.",
        "You are a helpful assistant.",
        "You are a helpful assistant."
      ])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("lives in the store of the history, under the key of vibegram/codex", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const memory = yield* Memory.Memory
      yield* codex.setPersonality(7, "one")
      yield* codex.setPersonality(7, "two")
      assert.deepStrictEqual(Remembered.messages(yield* memory.list("personality:7")), [{
        role: "system",
        content: "two"
      }])
      assert.deepStrictEqual(yield* codex.personality(7), Option.some("two"))
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("may have 2000 characters and not one more", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      yield* codex.setPersonality(7, "x".repeat(2000))
      const failure = yield* Effect.flip(codex.setPersonality(7, "x".repeat(2001)))
      assert.strictEqual(failure.message, "The personality is too long: 2001 of at most 2000 characters.")
      assert.strictEqual(Option.getOrUndefined(yield* codex.personality(7))?.length, 2000)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("that cannot be changed stays as it was", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      yield* codex.setPersonality(7, "Be brief.")
      const failure = yield* Effect.flip(codex.setPersonality(7, "Be loud."))
      assert.strictEqual(failure._tag, "MemoryFailed")
      assert.deepStrictEqual(yield* codex.personality(7), Option.some("Be brief."))
    }).pipe(Effect.provide(Layer.unwrap(Effect.sync(() => {
      let rows: ReadonlyArray<unknown> = []
      return TestCodex.layer({
        memory: Memory.layerStore({
          append: (_, row) =>
            JSON.stringify(row).includes("loud") ? Effect.fail("full") : Effect.sync(() => rows = [...rows, row]),
          list: () => Effect.sync(() => rows),
          clear: () => Effect.sync(() => rows = [])
        })
      })
    })))))
})

describe("usage and audit", () => {
  it.effect("count tokens in total and for each user", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      yield* codex.ask({ ...seven, text: "hello" })
      yield* codex.ask({ text: "hello", userId: 8 })
      yield* codex.ask({ text: "hello" })
      const { perUser, total } = (yield* codex.status).usage
      assert.strictEqual(total.requests, 3)
      assert.strictEqual(perUser.get(7)?.requests, 1)
      assert.isAbove(perUser.get(8)?.totalTokens ?? 0, 0)
      assert.strictEqual(perUser.size, 2)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("record who, where, how long and how it ended, and not what was said", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* test.script(
        TestCodex.deltas(["secret answer"], { every: "250 millis" }),
        TestCodex.fails(new CodexError.RequestRejected({ status: 400 }))
      )
      const turn = yield* Effect.forkChild(codex.ask({ ...seven, text: "secret prompt" }))
      yield* TestClock.adjust("250 millis")
      yield* Fiber.join(turn)
      yield* Effect.flip(codex.ask({ ...seven, model: "asked-model", text: "secret prompt" }))
      const [answered, failed] = yield* test.audit
      assert.strictEqual(answered?.outcome, "answered")
      assert.strictEqual(answered?.userId, 7)
      assert.strictEqual(answered?.chatId, 7)
      assert.strictEqual(answered?.provider, "codex")
      assert.strictEqual(answered?.model, "test-model")
      assert.strictEqual(answered?.durationMs, 250)
      assert.strictEqual(
        answered === undefined ? "" : DateTime.formatIso(answered.timestamp),
        "1970-01-01T00:00:00.000Z"
      )
      assert.strictEqual(failed?.outcome, "failed")
      assert.strictEqual(failed?.model, "asked-model")
      assert.strictEqual(failed?.error?.tag, "RequestRejected")
      assert.notInclude(JSON.stringify(yield* test.audit), "secret")
    }).pipe(Effect.provide(TestCodex.layer())))
})

/** A store in which each message takes a second to be kept. */
const slowlyKept = (kept: Map<string, ReadonlyArray<Message>>) =>
  Memory.layerMessages({
    append: (key, message) =>
      Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => kept.set(key, [...kept.get(key) ?? [], message]))),
    list: (key) => Effect.sync(() => kept.get(key) ?? []),
    clear: (key) => Effect.sync(() => kept.delete(key))
  })

describe("move", () => {
  const elsewhere = ConversationKey("elsewhere")

  it.effect("takes what was said along, behind what was said there", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* codex.ask({ ...seven, text: "one" })
      yield* codex.ask({ ...seven, conversation: elsewhere, text: "there" })
      yield* codex.move(chat, elsewhere)
      yield* codex.move(elsewhere, elsewhere)
      yield* codex.ask({ ...seven, conversation: elsewhere, text: "two" })
      yield* codex.ask({ ...seven, text: "three" })
      const [known, unknown] = (yield* test.requests).slice(-2).map(({ input }) => input.map(Item.words))
      assert.deepStrictEqual(known, ["there", "Echo: there", "one", "Echo: one", "two"])
      assert.deepStrictEqual(unknown, ["three"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("waits until a turn has kept its words, and takes all of them along", () => {
    const kept = new Map<string, ReadonlyArray<Message>>()
    const slow = slowlyKept(kept)
    return Effect.gen(function*() {
      const codex = yield* Codex
      const asked = yield* Effect.forkChild(codex.ask({ ...seven, text: "one" }), { startImmediately: true })
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(kept.get(chat)?.map(({ content }) => content), ["one"])
      const moved = yield* Effect.forkChild(codex.move(chat, elsewhere), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.joinAll([asked, moved])
      assert.deepStrictEqual(kept.get(elsewhere)?.map(({ content }) => content), ["one", "Echo: one"])
      assert.isFalse(kept.has(chat))
    }).pipe(Effect.provide(TestCodex.layer({ memory: slow })))
  })

  it.effect("waits until a turn where it goes has kept its words, and comes behind all of them", () => {
    const kept = new Map<string, ReadonlyArray<Message>>([[chat, [{ role: "user", content: "old" }]]])
    const slow = slowlyKept(kept)
    return Effect.gen(function*() {
      const codex = yield* Codex
      const asked = yield* Effect.forkChild(codex.ask({ ...seven, conversation: elsewhere, text: "one" }), {
        startImmediately: true
      })
      yield* TestClock.adjust("500 millis")
      const moved = yield* Effect.forkChild(codex.move(chat, elsewhere), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.joinAll([asked, moved])
      assert.deepStrictEqual(kept.get(elsewhere)?.map(({ content }) => content), ["one", "Echo: one", "old"])
    }).pipe(Effect.provide(TestCodex.layer({ memory: slow })))
  })

  it.effect("by a store that hangs is told so after ten seconds, and one that refuses has refused", () =>
    Effect.gen(function*() {
      const memory = (list: Effect.Effect<ReadonlyArray<Message>, string>) =>
        TestCodex.layer({
          memory: Memory.layerMessages({ append: () => Effect.void, list: () => list, clear: () => list })
        })
      const moved = Effect.flip(Codex.use((codex) => codex.move(chat, elsewhere)))
      const hanging = yield* Effect.forkChild(Effect.provide(moved, memory(Effect.never)))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(hanging)).operation, "move")
      assert.strictEqual((yield* Effect.provide(moved, memory(Effect.fail("no")))).cause, "no")
    }))
})

describe("reset", () => {
  it.effect("forgets one conversation", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const test = yield* TestCodex.TestCodex
      yield* codex.ask({ ...seven, text: "one" })
      yield* codex.reset(chat)
      yield* codex.ask({ ...seven, text: "two" })
      assert.strictEqual((yield* test.requests).at(-1)?.input.length, 1)
    }).pipe(Effect.provide(TestCodex.layer())))
})
