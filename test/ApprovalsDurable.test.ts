/**
 * Approvals that outlive a process: what waits is data, and a call that was approved is run once, whoever dies meanwhile.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"

const kit = Toolkit.make(
  Tool.make("pay", { parameters: Schema.Struct({}), success: Schema.String, needsApproval: true })
)

const call: Item.FunctionCall = { type: "function_call", call_id: "call-pay-1", name: "pay", arguments: "{}" }

const press = (approved = true) =>
  Contract.entry("", 7, {
    isCommand: true,
    content: [{ _tag: "Approval", call: call.call_id, approved, callback: "press-1" }]
  })

/** One process after the other over one store; `pay` does what it is told to. */
const setUp = Effect.gen(function*() {
  const { chats, kill, start } = yield* Restarts.setUp()
  const paid: Array<string> = []
  let pay: Effect.Effect<string> = Effect.succeed("paid")
  const handlers = kit.toLayer({
    pay: () =>
      Effect.suspend(() => {
        paid.push("pay")
        return pay
      })
  })
  const begin = Effect.suspend(() =>
    start({ drain: 0 }, (path) =>
      TestCodex.layer({
        memory: Memory.layerSql().pipe(Layer.provide(Restarts.sqlite(path)), Layer.orDie),
        toolkit: Effect.provide(kit, handlers)
      }))
  )
  const asked = Effect.gen(function*() {
    const world = yield* begin
    yield* world.test.script(TestCodex.items([call]))
    yield* world.turns.accept(Contract.entry("Pay the bill"))
    yield* world.turns.drained
    return world
  })
  return {
    asked,
    begin,
    chats,
    kill,
    paid,
    pays: (effect: Effect.Effect<string>) => {
      pay = effect
    }
  }
})

const outputsIn = (items: ReadonlyArray<Item.Item> = []) =>
  items.flatMap((item) => item.type === "function_call_output" ? [item.output] : [])

/** The next process does not run the call again, and tells the model that nobody knows. */
const nobodyKnows = Effect.fnUntraced(function*({ begin, chats, paid }: Effect.Success<typeof setUp>) {
  const after = yield* begin
  yield* after.test.script(TestCodex.text("Please look whether it is paid."))
  yield* Restarts.reads(chats, /^Please look/)
  yield* after.turns.drained
  assert.deepStrictEqual(paid, ["pay"])
  const [{ input } = { input: [] }] = yield* after.test.requests
  assert.lengthOf(outputsIn(input), 1)
  assert.match(String(outputsIn(input)[0]), /Nobody knows whether it was/)
})

const callsOf = (
  { line }: {
    readonly line: {
      readonly outbox: { readonly calls: ReadonlyArray<{ readonly method: string; readonly payload: object }> }
    }
  },
  method: string
) => line.outbox.calls.filter((call) => call.method === method).map(({ payload }) => payload)

describe("an approval that outlives its process", () => {
  it.live("is given after a restart: the call is run, its turn goes on, and the press is answered", () =>
    Effect.gen(function*() {
      const { asked, begin, chats, kill, paid } = yield* setUp
      yield* asked
      yield* kill
      const after = yield* begin
      yield* after.test.script(TestCodex.text("It is paid."))
      const pressed = press()
      yield* after.turns.accept(pressed)
      yield* Restarts.reads(chats, /^It is paid\.$/)
      yield* after.turns.drained
      assert.deepStrictEqual(paid, ["pay"])
      const [{ input } = { input: [] }] = yield* after.test.requests
      assert.deepStrictEqual(outputsIn(input), ["paid"])
      assert.deepInclude(callsOf(after, "answerCallbackQuery"), { callback_query_id: "press-1", text: "Approved." })
      assert.deepInclude(callsOf(after, "editMessageReplyMarkup"), {
        chat_id: 7,
        message_id: pressed.origin.message
      })
    }))

  it.live("is not run again when the process dies while it runs: the model is told that nobody knows", () =>
    Effect.gen(function*() {
      const bot = yield* setUp
      const { asked, kill, pays } = bot
      const world = yield* asked
      const running = yield* Deferred.make<void>()
      const dead = yield* Deferred.make<void>()
      pays(Deferred.succeed(running, undefined).pipe(Effect.andThen(Deferred.await(dead)), Effect.as("too late")))
      yield* world.turns.accept(press())
      yield* Deferred.await(running)
      yield* kill
      yield* Deferred.succeed(dead, undefined)
      yield* nobodyKnows(bot)
    }))

  it.live(
    "is not run again either when the process is asked to end while it runs, and does not get there in time",
    () =>
      Effect.gen(function*() {
        const bot = yield* setUp
        const { asked, chats, pays } = bot
        const scope = yield* Scope.make()
        const world = yield* Scope.provide(asked, scope)
        const running = yield* Deferred.make<void>()
        pays(Effect.andThen(Deferred.succeed(running, undefined), Effect.never))
        yield* world.turns.accept(press())
        yield* Deferred.await(running)
        yield* Scope.close(scope, Exit.void)
        yield* nobodyKnows(bot)
        assert.lengthOf(chats.posts().filter(({ text }) => text.includes("Stopped")), 0)
      })
  )

  it.live("goes on with what the call gave when the process dies while the answer is asked for", () =>
    Effect.gen(function*() {
      const { asked, begin, chats, kill, paid } = yield* setUp
      const world = yield* asked
      yield* world.test.script(TestCodex.deltas(["It ", "is ", "paid."], { every: "500 millis" }))
      yield* world.turns.accept(press())
      yield* Restarts.reads(chats, /^It/)
      yield* kill
      const after = yield* begin
      yield* after.test.script(TestCodex.text("It is paid."))
      yield* Restarts.reads(chats, /^It is paid\.\n\n↻/)
      yield* after.turns.drained
      assert.deepStrictEqual(paid, ["pay"])
      const [{ input } = { input: [] }] = yield* after.test.requests
      assert.deepStrictEqual(outputsIn(input), ["paid"])
      // What comes later knows all of it, once.
      yield* after.turns.accept(Contract.entry("And now?"))
      yield* after.turns.drained
      const later = (yield* after.test.requests)[1]?.input
      assert.deepStrictEqual(outputsIn(later), ["paid"])
      assert.lengthOf((later ?? []).filter((item) => item.type === "message" && item.role === "assistant"), 1)
    }))

  it.live("comes too late after something else was asked: nothing is run, and both the press and the chat say so", () =>
    Effect.gen(function*() {
      const { asked, begin, chats, kill, paid } = yield* setUp
      const world = yield* asked
      yield* world.turns.accept(Contract.entry("Never mind"))
      yield* world.turns.drained
      yield* kill
      const after = yield* begin
      yield* after.turns.accept(press())
      yield* Restarts.reads(chats, /Nothing waits for this approval any more/)
      yield* after.turns.drained
      assert.deepStrictEqual(paid, [])
      assert.deepInclude(callsOf(after, "answerCallbackQuery"), {
        callback_query_id: "press-1",
        text: "Nothing waits for this approval any more."
      })
      assert.lengthOf(callsOf(after, "editMessageReplyMarkup"), 1)
    }))
})
