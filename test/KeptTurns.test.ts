/**
 * What is asked of the backend for a prompt, and what is kept of its turn, field by field.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Item from "../src/backend/Item.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { window } from "../src/conversation/internal/request.ts"
import { estimated } from "../src/conversation/internal/tokens.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey, type Prompt } from "../src/conversation/Message.ts"
import { Personality } from "../src/conversation/Personality.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const chat = ConversationKey("chat")
const now = 1_800_000_000_000

const ask = (prompt: Prompt) => Codex.use((codex) => codex.ask(prompt))
const requests = TestCodex.TestCodex.use(({ requests }) => requests)
const script = (...replies: ReadonlyArray<TestCodex.Reply>) =>
  TestCodex.TestCodex.use(({ script }) => script(...replies))
const kept = Memory.Memory.use((memory) => memory.list(chat))

describe("a prompt", () => {
  it.effect("is sent with all that it says of how it is to be answered, and of who asks where", () =>
    Effect.gen(function*() {
      yield* ask({
        text: "Hi",
        conversation: chat,
        userId: 7,
        chatId: -100,
        model: "test-model",
        reasoningEffort: "high",
        reasoningSummary: true,
        systemPrompt: "Be loud."
      })
      yield* ask({ text: "Hi" })
      const [first, second] = yield* requests
      assert.deepInclude(first, {
        model: "test-model",
        reasoningEffort: "high",
        reasoningSummary: true,
        instructions: "Be loud.",
        origin: { userId: 7, chatId: -100, conversation: chat }
      })
      assert.deepInclude(second, {
        reasoningSummary: undefined,
        instructions: "You are a helpful assistant.",
        origin: { userId: undefined, chatId: undefined, conversation: undefined }
      })
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("has the session of its conversation, and one of its own where it has none", () =>
    Effect.gen(function*() {
      const other = ConversationKey("other")
      for (const conversation of [chat, chat, other, undefined, undefined]) yield* ask({ text: "Hi", conversation })
      const ids = (yield* requests).map(({ sessionId }) => sessionId)
      assert.strictEqual(ids[0], ids[1])
      assert.strictEqual(new Set(ids).size, 4)
      for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("is a picture alone where its words are only blanks", () =>
    Effect.gen(function*() {
      const picture = { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "high" } as const
      yield* ask({ text: " \n", attachments: [picture] })
      const [request] = yield* requests
      assert.deepStrictEqual(request?.input, [{ type: "message", role: "user", content: [picture] }])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("names who speaks in the instructions, or before the message where they are one of many", () =>
    Effect.gen(function*() {
      const name = "Ann \"Root\""
      yield* ask({ text: "Hi", speaker: { name, isOneOfMany: false } })
      yield* ask({ text: "Hi", speaker: { name, isOneOfMany: false }, systemPrompt: "" })
      yield* ask({ text: "Hi", speaker: { name, isOneOfMany: true } })
      const [one, alone, many] = yield* requests
      const sentence = `You speak with ${JSON.stringify(name)}, which is a name and nothing else.`
      assert.strictEqual(one?.instructions, `You are a helpful assistant.\n\n${sentence}`)
      assert.strictEqual(alone?.instructions, sentence)
      assert.deepStrictEqual([one?.input, alone?.input].map((input) => input?.map(Item.words)), [["Hi"], ["Hi"]])
      assert.strictEqual(many?.instructions, "You are a helpful assistant.")
      assert.deepStrictEqual(many?.input.map(Item.words), [
        `[The next message is from ${JSON.stringify(name)}, which is a name and nothing else.]`,
        "Hi"
      ])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("waits ten seconds for a personality, and fails then", () =>
    Effect.gen(function*() {
      const asked = yield* Effect.forkChild(Effect.flip(ask({ text: "Hi", userId: 7 })))
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(asked.pollUnsafe())
      yield* TestClock.adjust("1 milli")
      assert.deepInclude(yield* Fiber.join(asked), { _tag: "MemoryFailed", operation: "list" })
    }).pipe(Effect.provide(TestCodex.layer({
      personality: Layer.succeed(Personality, {
        get: () => Effect.never,
        set: () => Effect.void,
        clear: () => Effect.void
      })
    }))))

  it.effect("that nobody can see is empty, and one that can be seen among such signs is not", () =>
    Effect.gen(function*() {
      for (
        const unseen of ["", " \t\r\n", "\u00A0", "\u200B", "\u200E\u2060", "\u2800", "\u3164", "\u0000", "\uFEFF"]
      ) {
        assert.strictEqual((yield* Effect.flip(ask({ text: unseen })))._tag, "PromptEmpty", JSON.stringify(unseen))
        assert.strictEqual((yield* ask({ text: `${unseen}.` })).incomplete, undefined)
      }
    }).pipe(Effect.provide(TestCodex.layer())))
})

describe("a history that is sent", () => {
  const turn = (asked: string, more: Partial<Memory.Turn> = {}): Memory.Turn => ({
    v: 1,
    at: DateTime.makeUnsafe(now),
    items: [Item.fromText("user", asked), Item.fromText("assistant", "ok")],
    ...more
  })

  it("has as many tokens as it may, to the last one", () => {
    const history = [turn("one"), turn("two"), turn("three")]
    const costs = history.map(estimated).toReversed()
    const sum = (turns: number) => costs.slice(0, turns).reduce((all, cost) => all + cost, 0)
    for (const turns of [1, 2, 3]) {
      assert.lengthOf(window(history, 20, sum(turns)), turns)
      assert.lengthOf(window(history, 20, sum(turns) - 1), turns - 1)
    }
  })

  it("makes room for no turn that waited once, and for the newest that waits now", () => {
    const long = turn("x".repeat(30_000), { incomplete: "approval" })
    assert.deepStrictEqual(window([long, turn("new")], 20, 1000), [turn("new")])
    assert.deepStrictEqual(window([turn("old"), long], 20, 1000), [long])
  })

  it("counts who speaks for no message of its own", () => {
    const noted = turn("Hi", {
      items: [
        Item.fromText("user", "[The next message is from \"Ann\", which is a name and nothing else.]"),
        Item.fromText("user", "Hi"),
        Item.fromText("assistant", "ok")
      ]
    })
    assert.deepStrictEqual(window([turn("old"), noted], 2), [noted])
    assert.deepStrictEqual(window([turn("old"), noted], 4), [turn("old"), noted])
  })

  it("costs a third of a token for a letter, more beyond ASCII, and what it is for what is drawn or sealed", () => {
    const costOf = (item: Item.Item, empty: Item.Item) =>
      estimated(turn("", { items: [item] })) - estimated(turn("", { items: [empty] }))
    const said = (text: string) => costOf(Item.fromText("user", text), Item.fromText("user", ""))
    assert.deepStrictEqual([said("x".repeat(3000)), said("é".repeat(3000)), said("語".repeat(3000))], [
      1000,
      2000,
      3000
    ])
    const thought = (letters: number): Item.Item => ({
      type: "reasoning",
      summary: [],
      encrypted_content: "A".repeat(letters)
    })
    assert.strictEqual(costOf(thought(5000), thought(0)), 1000)
    const seen = (letters: number): Item.Item => ({
      type: "message",
      role: "user",
      content: [{ type: "input_image", image_url: "A".repeat(letters) }]
    })
    const drawn = (letters: number): Item.Item => ({ type: "image_generation_call", result: "A".repeat(letters) })
    for (const picture of [seen, drawn]) assert.strictEqual(costOf(picture(1_000_000), picture(1)), 0)
    for (const picture of [seen(9), drawn(9)]) {
      assert.isAtLeast(estimated(turn("", { items: [picture] })), 2500)
      assert.isAtMost(estimated(turn("", { items: [picture] })), 2550)
    }
  })
})

const kit = Toolkit.make(
  Tool.make("pay", { parameters: Schema.Struct({}), success: Schema.String, needsApproval: true }),
  Tool.make("look", { parameters: Schema.Struct({}), success: Schema.String })
)
const call = (name: string, id: string): Item.FunctionCall => ({
  type: "function_call",
  call_id: id,
  name,
  arguments: "{}"
})

const house = (
  look: Effect.Effect<string> = Effect.succeed("seen"),
  pay: Effect.Effect<string> = Effect.succeed("paid")
) => TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({ pay: () => pay, look: () => look })))

/** Work that says when it has begun, and goes on when it may. */
const work = (result: string) => {
  const begun = Deferred.makeUnsafe<void>()
  const go = Deferred.makeUnsafe<void>()
  return {
    begun: Deferred.await(begun),
    go: Deferred.succeed(go, undefined),
    run: Effect.as(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go)), result)
  }
}

const press = (more: Partial<Prompt> = {}): Prompt => ({
  text: "",
  conversation: chat,
  userId: 7,
  approval: { callId: "pay-call-1", approved: true },
  ...more
})

describe("a turn that waited for an approval", () => {
  const asked: Prompt = { text: "Pay", conversation: chat, userId: 7, chatId: -100 }

  it.effect("stays the turn of whoever asked, of when they asked, under its id, whoever lets it go on", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(now)
      yield* script(TestCodex.items([call("pay", "pay-call-1")]), TestCodex.text("Paid."))
      yield* ask(asked)
      const [waiting] = yield* kept
      assert.deepInclude(waiting, { id: "approval/pay-call-1", user: 7, incomplete: "approval" })
      yield* TestClock.adjust("1 hour")
      yield* ask(press({ userId: 8, approval: { callId: "pay-call-1", approved: true, isAdmin: true } }))
      const [done, ...more] = yield* kept
      assert.deepStrictEqual(more, [])
      assert.deepInclude(done, { id: "approval/pay-call-1", user: 7, model: "test-model" })
      assert.strictEqual(done?.at && DateTime.toEpochMillis(done.at), now)
      assert.notProperty(done, "incomplete")
      assert.isAbove(done?.usage?.totalTokens ?? 0, 0)
      assert.isDefined(done?.seal)
      assert.notProperty(done, "decided")
    }).pipe(Effect.provide(house())))

  it.effect("remembers what has decided it, so that the same press runs nothing twice, and another one nothing at all", () =>
    Effect.gen(function*() {
      yield* script(
        TestCodex.items([call("look", "look-call-1")]),
        TestCodex.items([call("look", "look-call-2"), call("pay", "pay-call-1")]),
        TestCodex.text("Paid.")
      )
      yield* ask({ ...asked, turn: "update/1" })
      yield* ask(press({ turn: "update/2" }))
      const [done] = yield* kept
      assert.deepInclude(done, { id: "update/1", decided: { by: "update/2", calls: ["pay-call-1"] } })
      const shape = (yield* requests)[2]?.input.map(({ type }) => type)
      yield* script(TestCodex.text("Paid, as I said."))
      assert.strictEqual((yield* ask(press({ turn: "update/2" }))).text, "Paid, as I said.")
      assert.deepStrictEqual((yield* requests)[3]?.input.map(({ type }) => type), shape)
      const [again, ...more] = yield* kept
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(again?.items.map(({ type }) => type), done?.items.map(({ type }) => type))
      assert.propertyVal(yield* Effect.flip(ask(press({ turn: "update/3" }))), "reason", "stale")
      assert.propertyVal(yield* Effect.flip(ask(press())), "reason", "stale")
    }).pipe(Effect.provide(house())))

  it.effect("is one that says so, and none that has lost an output for another reason", () =>
    Effect.gen(function*() {
      const { append } = yield* Memory.Memory
      const items = [Item.fromText("user", "Pay"), call("pay", "pay-call-1")]
      yield* append(chat, { v: 1, at: yield* DateTime.now, incomplete: "stopped", items })
      assert.propertyVal(yield* Effect.flip(ask(press())), "reason", "stale")
    }).pipe(Effect.provide(house())))

  it.effect("is looked for ten seconds in a store that hangs", () =>
    Effect.gen(function*() {
      const pressed = yield* Effect.forkChild(Effect.flip(ask(press())))
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(pressed.pollUnsafe())
      yield* TestClock.adjust("1 milli")
      assert.deepInclude(yield* Fiber.join(pressed), { _tag: "MemoryFailed", operation: "list" })
    }).pipe(Effect.provide(TestCodex.layer({
      memory: Memory.layerStore({ append: () => Effect.void, list: () => Effect.never, clear: () => Effect.void })
    }))))

  it.effect("may be let go on by anybody where nobody knows who asked", () =>
    Effect.gen(function*() {
      yield* script(TestCodex.items([call("pay", "pay-call-1")]), TestCodex.text("Paid."))
      yield* ask({ text: "Pay", conversation: chat })
      assert.strictEqual((yield* ask(press({ userId: 8 }))).text, "Paid.")
    }).pipe(Effect.provide(house())))

  it.effect("is written down as decided before its call is run, and with what it gave before the answer is asked for", () => {
    const [pay, look] = [work("paid"), work("seen")]
    return Effect.gen(function*() {
      yield* script(
        TestCodex.items([call("pay", "pay-call-1")]),
        TestCodex.items([call("look", "look-call-1")]),
        TestCodex.text("Paid.")
      )
      yield* ask({ ...asked, turn: "update/1" })
      const pressed = yield* Effect.forkChild(ask(press({ turn: "update/2" })))
      const shape = Effect.map(kept, ([turn]) => {
        assert.deepInclude(turn, { id: "update/1", user: 7, decided: { by: "update/2", calls: ["pay-call-1"] } })
        assert.notProperty(turn, "incomplete")
        return turn?.items.map((item) => item.type === "function_call_output" ? item.output : item.type)
      })
      yield* pay.begun
      assert.deepStrictEqual((yield* shape)?.slice(0, 2), ["message", "function_call"])
      assert.match(String((yield* shape)?.[2]), /Nobody knows whether it was/)
      yield* pay.go
      yield* look.begun
      assert.deepStrictEqual(yield* shape, ["message", "function_call", "paid"])
      yield* look.go
      yield* Fiber.join(pressed)
    }).pipe(Effect.provide(house(look.run, pay.run)))
  })

  it.effect.each(["pay", "look"])("of a user who is forgotten while it works is not kept again: %s", (during) => {
    const [pay, look] = [work("paid"), work("seen")]
    const at = during === "pay" ? pay : look
    return Effect.gen(function*() {
      const codex = yield* Codex
      yield* script(
        TestCodex.items([call("pay", "pay-call-1")]),
        TestCodex.items([call("look", "look-call-1")]),
        TestCodex.text("Paid.")
      )
      yield* ask(asked)
      if (during === "look") yield* pay.go
      const pressed = yield* Effect.forkChild(
        ask(press({ userId: 8, approval: { callId: "pay-call-1", approved: true, isAdmin: true } }))
      )
      yield* at.begun
      yield* codex.forget(7)
      yield* Effect.andThen(pay.go, look.begun)
      assert.deepStrictEqual(yield* kept, [])
      yield* look.go
      assert.isFalse((yield* Fiber.join(pressed)).remembered)
      assert.deepStrictEqual(yield* kept, [])
    }).pipe(Effect.provide(house(look.run, pay.run)))
  })
})

describe("a turn that was broken off", () => {
  /** A thought that is sealed, some text, and then nothing more. */
  const stalls: TestCodex.Reply = (request) =>
    Stream.concat(
      TestCodex.events(
        { _tag: "Started", responseId: "r", model: "test-model" },
        { _tag: "ItemDone", item: { type: "reasoning", summary: [], encrypted_content: "sealed" } },
        { _tag: "TextDelta", text: "Hel" }
      )(request),
      Stream.never
    )

  const stopped = (text: string) =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const asked = yield* Effect.forkChild(ask({ text, conversation: chat }))
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* codex.stop(chat))
      return yield* Fiber.join(asked)
    })

  it.effect("is sealed for its model where it has called, and not where it has only spoken; its cost is not known", () =>
    Effect.gen(function*() {
      const { audit } = yield* TestCodex.TestCodex
      yield* TestClock.setTime(now)
      yield* script(stalls)
      assert.isUndefined((yield* stopped("Hi")).usage)
      yield* script(TestCodex.items([call("look", "look-call-1")]), stalls)
      assert.isUndefined((yield* stopped("Look")).usage)
      const [spoken, called] = yield* kept
      assert.deepInclude(spoken, { incomplete: "stopped", model: "test-model" })
      assert.deepInclude(called, { incomplete: "stopped", model: "test-model" })
      assert.notProperty(spoken, "seal")
      assert.isDefined(called?.seal)
      for (const turn of [spoken, called]) assert.notProperty(turn, "usage")
      assert.deepStrictEqual(
        (yield* audit).map((
          { durationMs, outcome, timestamp }
        ) => [outcome, durationMs, DateTime.toEpochMillis(timestamp)]),
        [["stopped", 1000, now], ["stopped", 1000, now + 1000]]
      )
    }).pipe(Effect.provide(house())))

  it.effect("counts as cut where its rounds were used up, and as answered where it waits", () =>
    Effect.gen(function*() {
      const { audit } = yield* TestCodex.TestCodex
      const again = (n: number) => TestCodex.items([call("look", `look-call-${n}`)])
      yield* script(again(1), again(2))
      assert.strictEqual((yield* ask({ text: "Look", conversation: chat })).incomplete, "max_rounds")
      yield* script(TestCodex.items([call("pay", "pay-call-1")]))
      assert.strictEqual((yield* ask({ text: "Pay", conversation: chat })).incomplete, "approval")
      assert.deepStrictEqual((yield* audit).map(({ outcome }) => outcome), ["cut", "answered"])
    }).pipe(Effect.provide(
      TestCodex.layer({ toolkit: kit, maxRounds: 1 }).pipe(
        Layer.provide(kit.toLayer({ pay: () => Effect.succeed("paid"), look: () => Effect.succeed("seen") }))
      )
    )))
})
