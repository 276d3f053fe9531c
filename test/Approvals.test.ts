/**
 * Tools that somebody has to approve: the turn ends, and goes on when they have.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Item from "../src/backend/Item.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { layerMemory, Memory } from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const chat = ConversationKey("chat")
const asked = { conversation: chat, userId: 7, text: "Pay the bill" }

const parameters = Schema.Struct({ amount: Schema.FiniteFromString })
const kit = Toolkit.make(
  Tool.make("pay", { parameters, success: Schema.String, needsApproval: true }),
  Tool.make("lend", { parameters, success: Schema.String, needsApproval: ({ amount }) => amount > 10 }),
  Tool.make("look", { parameters, success: Schema.String })
)

const call = (name: string, amount = 5): Item.FunctionCall => ({
  type: "function_call",
  call_id: `${name}-${amount}`,
  name,
  arguments: JSON.stringify({ amount: `${amount}` })
})

const press = (name: string, approved = true, userId = 7) => ({
  conversation: chat,
  userId,
  text: "",
  approval: { callId: name, approved }
})

/** Runs a test with the list of what was really done. */
const world = <A, E>(
  test: (done: Array<string>) => Effect.Effect<A, E, Codex | Memory | TestCodex.TestCodex>
) =>
  Effect.suspend(() => {
    const done: Array<string> = []
    const does = (name: string) => ({ amount }: { readonly amount: number }) =>
      Effect.sync(() => {
        done.push(`${name} ${amount}`)
        return `${name} done`
      })
    const handlers = kit.toLayer({ pay: does("pay"), lend: does("lend"), look: does("look") })
    return Effect.provide(test(done), Layer.provide(TestCodex.layer({ toolkit: kit }), handlers))
  })

const script = (...replies: ReadonlyArray<TestCodex.Reply>) =>
  TestCodex.TestCodex.use(({ script }) => script(...replies))

const ask = (prompt: Parameters<Codex["Service"]["ask"]>[0]) => Codex.use((codex) => codex.ask(prompt))

const shapeOf = (items: ReadonlyArray<Item.Item> = []) =>
  items.map((item) =>
    item.type === "function_call" || item.type === "function_call_output" ? `${item.type}:${item.call_id}` : item.type
  )

describe("a tool that needs approval", () => {
  it.effect("ends the turn, which says what it waits for; nothing was done", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay"), call("look")]))
        const answer = yield* ask(asked)
        assert.strictEqual(answer.incomplete, "approval")
        assert.isAbove(answer.usage?.totalTokens ?? 0, 0)
        assert.deepStrictEqual(answer.approvals, [{ callId: "pay-5", name: "pay", arguments: "{\"amount\":\"5\"}" }])
        assert.deepStrictEqual(done, ["look 5"])
      })
    ))

  it.effect("is run once somebody has approved, and the turn goes on as one", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay")]), TestCodex.text("Paid."))
        yield* ask(asked)
        assert.strictEqual((yield* ask(press("pay-5"))).text, "Paid.")
        assert.deepStrictEqual(done, ["pay 5"])
        const shape = ["message", "function_call:pay-5", "function_call_output:pay-5"]
        const { requests } = yield* TestCodex.TestCodex
        assert.deepStrictEqual(shapeOf((yield* requests)[1]?.input), shape)
        const turns = yield* Memory.use((memory) => memory.list(chat))
        assert.deepStrictEqual(turns.map(({ items }) => shapeOf(items)), [[...shape, "message"]])
        assert.strictEqual(turns[0]?.user, 7)
      })
    ))

  it.effect("is not run when somebody has denied it, and the model is told so", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay")]), TestCodex.text("Then not."))
        yield* ask(asked)
        assert.strictEqual((yield* ask(press("pay-5", false))).text, "Then not.")
        assert.deepStrictEqual(done, [])
        const { requests } = yield* TestCodex.TestCodex
        assert.deepInclude((yield* requests)[1]?.input.at(-1), { output: "The person has not allowed this call." })
      })
    ))

  it.effect("is run once, however often it is approved", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay")]))
        yield* ask(asked)
        yield* ask(press("pay-5"))
        const again = yield* Effect.flip(ask(press("pay-5")))
        assert.strictEqual(again.message, "Nothing waits for this approval any more.")
        assert.deepStrictEqual(done, ["pay 5"])
      })
    ))

  const stale = [
    { how: "something else was asked meanwhile", meanwhile: Effect.asVoid(ask({ ...asked, text: "Never mind" })) },
    { how: "the conversation was forgotten", meanwhile: Codex.use(({ reset }) => reset(chat)) }
  ]

  it.effect.each(stale)("is not run any more when $how", ({ meanwhile }) =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay")]))
        yield* ask(asked)
        yield* meanwhile
        assert.propertyVal(yield* Effect.flip(ask(press("pay-5"))), "reason", "stale")
        assert.deepStrictEqual(done, [])
      })
    ))

  it.effect("is approved by whoever asked, or an admin, and nobody else", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay")]))
        yield* ask(asked)
        assert.propertyVal(yield* Effect.flip(ask(press("pay-5", true, 8))), "reason", "notYours")
        assert.deepStrictEqual(done, [])
        yield* ask({ ...press("pay-5", true, 8), approval: { callId: "pay-5", approved: true, isAdmin: true } })
        assert.deepStrictEqual(done, ["pay 5"])
      })
    ))

  it.effect.each(["pay", "lend"])(
    "asks nobody to approve of arguments that it cannot use: %s",
    (name) =>
      world((done) =>
        Effect.gen(function*() {
          for (const written of ["{\"amount", "{\"amount\":\"much\"}"]) {
            yield* script(TestCodex.items([{ ...call(name), arguments: written }]), TestCodex.text("I see."))
            const answer = yield* ask(asked)
            assert.strictEqual(answer.text, "I see.")
            assert.notProperty(answer, "approvals")
          }
          assert.deepStrictEqual(done, [])
        })
      )
  )

  it.effect("may decide by its arguments", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([call("lend", 5)]), TestCodex.items([call("lend", 50)]))
        assert.strictEqual((yield* ask(asked)).incomplete, "approval")
        assert.deepStrictEqual(done, ["lend 5"])
        yield* ask(press("lend-50"))
        assert.deepStrictEqual(done, ["lend 5", "lend 50"])
      })
    ))

  it.effect("may be named by the end of its call, as much of it as a button holds, and not by a letter", () =>
    world((done) =>
      Effect.gen(function*() {
        yield* script(TestCodex.items([{ ...call("pay"), call_id: "call_0123456789" }]), TestCodex.text("Paid."))
        yield* ask(asked)
        for (const end of ["", "9", "3456789"]) {
          assert.propertyVal(yield* Effect.flip(ask(press(end))), "reason", "stale")
        }
        assert.deepStrictEqual(done, [])
        assert.strictEqual((yield* ask(press("23456789"))).text, "Paid.")
        assert.deepStrictEqual(done, ["pay 5"])
      })
    ))
})

describe("an approved call whose turn is given over to another process", () => {
  /** Where the press is when its process has to let go of it. */
  type Moment = "finds" | "marks" | "has marked" | "runs" | "has run"

  const isOutput = (item: Item.Item) => item.type === "function_call_output"

  /** Presses, lets go at that moment, and presses as whoever goes on with it. */
  const givenOver = (moment: Moment) =>
    Effect.gen(function*() {
      const reached = yield* Deferred.make<void>()
      const done: Array<string> = []
      let isOver = true
      const waitsAt = (now: Moment) =>
        Effect.suspend(() =>
          isOver || now !== moment ? Effect.void : Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
        )
      const memory = Layer.effect(
        Memory,
        Effect.map(Memory, (kept): Memory["Service"] => ({
          ...kept,
          list: (...asked) => Effect.andThen(waitsAt("finds"), kept.list(...asked)),
          append: (key, turn) => {
            const isMark = JSON.stringify(turn.items.findLast(isOutput) ?? "").includes("Nobody knows")
            return Effect.andThen(waitsAt(isMark ? "marks" : "has run"), kept.append(key, turn)).pipe(
              Effect.tap(isMark ? waitsAt("has marked") : Effect.void)
            )
          }
        }))
      ).pipe(Layer.provide(layerMemory))
      const pays = Effect.suspend(() => {
        done.push("pay")
        return Effect.as(waitsAt("runs"), "paid")
      })
      const handlers = kit.toLayer({ pay: () => pays, lend: () => pays, look: () => pays })
      return yield* Effect.gen(function*() {
        yield* script(TestCodex.items([call("pay")]), TestCodex.text("Paid."))
        yield* ask(asked)
        isOver = false
        const pressed = { ...press("pay-5"), turn: "press" }
        const first = yield* Effect.forkChild(ask(pressed), { startImmediately: true })
        yield* Deferred.await(reached)
        isOver = true
        yield* Fiber.interrupt(first)
        const { text } = yield* ask(pressed)
        const turns = yield* Memory.use(({ list }) => list(chat))
        return { done, text, outputs: turns.flatMap(({ items }) => items.filter(isOutput)), turns: turns.length }
      }).pipe(Effect.provide(Layer.provide(TestCodex.layer({ memory, toolkit: kit }), handlers)))
    })

  it.effect.each<Moment>(["finds", "marks", "has marked"])(
    "is run there, once, where this one %s",
    (moment) =>
      Effect.gen(function*() {
        const { done, outputs, text, turns } = yield* givenOver(moment)
        assert.deepStrictEqual(done, ["pay"])
        assert.strictEqual(text, "Paid.")
        assert.deepStrictEqual(outputs.map((item) => item.type === "function_call_output" && item.output), ["paid"])
        assert.strictEqual(turns, 1)
      })
  )

  it.effect("is not run again where it had begun, and nobody knows how it ended", () =>
    Effect.gen(function*() {
      const { done, outputs, text, turns } = yield* givenOver("runs")
      assert.deepStrictEqual(done, ["pay"])
      assert.strictEqual(text, "Paid.")
      assert.lengthOf(outputs, 1)
      assert.match(JSON.stringify(outputs), /Nobody knows/)
      assert.strictEqual(turns, 1)
    }))

  it.effect("is not run again where it had ended, and what it gave is known", () =>
    Effect.gen(function*() {
      const { done, outputs, turns } = yield* givenOver("has run")
      assert.deepStrictEqual(done, ["pay"])
      assert.deepStrictEqual(outputs.map((item) => item.type === "function_call_output" && item.output), ["paid"])
      assert.strictEqual(turns, 1)
    }))
})
