/**
 * Answers that Telegram does not take wait in the store, and the conversation goes on.
 */
import { assert, describe, it, vi } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { DatabaseSync } from "node:sqlite"
import * as Late from "../src/telegram/internal/late.ts"
import * as Sweeping from "../src/telegram/internal/sweeping.ts"
import * as Delivering from "../src/telegram/reply/Delivering.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import type * as ChatLog from "./support/chatLog.ts"
import type { Call } from "./support/contexts.ts"
import type { DoorOptions } from "./support/door.ts"
import * as Hashes from "./support/hashes.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

// Days pass here in virtual time; how long that takes says nothing but how busy the machine is.
vi.setConfig({ testTimeout: 60_000 })

Hashes.atOnce()

/** Lets promises have their turn. */
const others = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Lets time pass until something holds, a step after the other: promises have their turn in between. */
const passes = (holds: () => boolean, step: Duration.Input = "1 second", steps = 200) =>
  Effect.gen(function*() {
    for (let n = 0; n < steps && !holds(); n++) {
      yield* TestClock.adjust(step)
      yield* others
    }
    assert.isTrue(holds(), "it did not happen in time")
  })

/** Lets time pass while something is done. */
const meanwhile = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkScoped(work, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("100 millis")
      yield* others
    }
    return yield* Fiber.join(fiber)
  })

/** What has begun comes to where it waits for time. */
const calm = meanwhile(Effect.sleep("5 seconds"))

const limited = (seconds: number) => () => ({ response: { error_code: 429, parameters: { retry_after: seconds } } })

const broken = () => new TypeError("fetch failed", { cause: { code: "ECONNRESET" } })

const said = (chats: ReturnType<typeof ChatLog.make>, pattern: RegExp) => () =>
  chats.posts().some(({ isFinal, text }) => isFinal && pattern.test(text))

const until = (text: string) => (call: Call) => String(call.payload["text"]).includes(text) ? broken() : undefined

const late = "\n\n⏳ This answer is late: it was ready"

const world = Effect.fnUntraced(function*(door?: DoorOptions) {
  const { chats, kill, path, start } = yield* Restarts.setUp(door, Restarts.onSlow)
  const log = VirtualBotApi.log()
  let scope = yield* Scope.make()
  const begin = Effect.suspend(() => meanwhile(Scope.provide(Effect.provide(start(), log.layer), scope)))
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  return {
    begin,
    chats,
    kill: Effect.gen(function*() {
      yield* kill
      // What it does from now on counts nowhere.
      yield* meanwhile(Scope.close(scope, Exit.void))
      scope = yield* Scope.make()
    }),
    log,
    path,
    waits: (count = 1) => () => log.lines.filter((line) => line.includes("An answer waits")).length === count
  }
})

describe("an answer that Telegram does not take now", () => {
  it.effect("leaves its turn, goes out once when it may, and says that it is late", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(limited(1800))
      const one = Contract.entry("hello")
      yield* meanwhile(turns.accept(one))
      yield* passes(waits())
      yield* meanwhile(turns.drained)
      const { length } = line.outbox.calls
      yield* TestClock.adjust("20 minutes")
      assert.lengthOf(line.outbox.calls, length, "it was tried before it may be")
      line.refuses()
      yield* passes(said(chats, /hello/), "1 minute")
      assert.deepStrictEqual(
        chats.posts().map(({ finals, replyTo, text }) => ({ finals, replyTo, text })),
        [{
          finals: 1,
          replyTo: { message_id: one.origin.message, allow_sending_without_reply: true },
          text: `Echo: hello${late} 30 minutes ago, and could not be delivered before.`
        }]
      )
      yield* TestClock.adjust("1 day")
      assert.lengthOf(chats.finals(), 1)
    }))

  it.effect("lets the conversation go on, and comes when the line works again", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(until("first"))
      yield* meanwhile(turns.accept(Contract.entry("first")))
      yield* passes(waits())
      yield* meanwhile(turns.accept(Contract.entry("second")))
      yield* passes(said(chats, /second/))
      assert.deepStrictEqual(chats.finals(), ["Echo: second"])
      yield* TestClock.adjust("1 hour")
      yield* calm
      line.refuses()
      yield* meanwhile(turns.accept(Contract.entry("third")))
      yield* passes(said(chats, /first/), "1 second", 10)
      assert.deepStrictEqual(chats.finals().map((text) => text.split("\n")[0]), [
        "Echo: second",
        "Echo: third",
        "Echo: first"
      ])
    }))

  it.effect("waits over a kill, each with its place in the order", () =>
    Effect.gen(function*() {
      const { begin, chats, kill, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("first")))
      yield* meanwhile(turns.accept(Contract.entry("second")))
      yield* passes(waits(2))
      yield* TestClock.adjust("30 minutes")
      yield* calm
      yield* kill
      const after = yield* begin
      after.line.refuses(until("first"))
      yield* TestClock.adjust("3 hours")
      yield* calm
      assert.deepStrictEqual(chats.finals(), [])
      after.line.refuses()
      yield* passes(said(chats, /second/), "1 minute")
      assert.deepStrictEqual(yield* after.test.requests, [])
      assert.deepStrictEqual(chats.finals().map((text) => text.split("\n")[0]), ["Echo: first", "Echo: second"])
      assert.deepStrictEqual(chats.posts().map(({ finals }) => finals), [1, 1])
    }))

  it.effect("takes the place of what was shown of it, as a new message that rings", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world()
      const { line, test, turns } = yield* begin
      yield* test.script(TestCodex.deltas(["Half ", "an ", "answer."], { every: "2 seconds" }))
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* passes(() => chats.posts().some(({ text }) => text.startsWith("Half")))
      const [shown] = chats.posts()
      line.refuses(until("Half an answer."))
      yield* passes(waits(), "1 second", 300)
      yield* meanwhile(turns.accept(Contract.entry("next")))
      yield* passes(said(chats, /next/))
      line.refuses()
      yield* passes(said(chats, /Half an answer/), "1 minute")
      yield* passes(() => chats.posts().length === 2)
      assert.deepStrictEqual(chats.posts().map(({ text }) => text.split("\n")[0]), ["Echo: next", "Half an answer."])
      assert.notStrictEqual(chats.posts()[1]?.id, shown?.id)
    }))

  it.effect("sends nothing that stands behind a part that has to wait", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world()
      const { line, test, turns } = yield* begin
      yield* test.script(TestCodex.deltas([`${"one ".repeat(1000)}\n\n${"two ".repeat(500)}`]))
      line.refuses((call) => until("one")(call) === undefined ? undefined : limited(1800)())
      yield* meanwhile(turns.accept(Contract.entry("long")))
      yield* passes(waits())
      assert.deepStrictEqual(chats.finals(), [])
      line.refuses()
      yield* passes(said(chats, /two/), "1 minute")
      assert.deepStrictEqual(chats.posts().map(({ finals, text }) => [finals, text.slice(0, 3)]), [[1, "one"], [
        1,
        "two"
      ]])
    }))

  it.effect("is no second message when the process dies in the middle of a try", () =>
    Effect.gen(function*() {
      const { begin, chats, kill, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* passes(waits())
      // Its place is there, and its words are not.
      line.refuses((call) => call.method === "editMessageText" ? broken() : undefined)
      yield* passes(() => chats.posts().length === 1)
      yield* calm
      yield* kill
      yield* begin
      yield* passes(said(chats, /hello/), "1 minute")
      assert.lengthOf(chats.posts(), 1)
    }))

  it.effect("goes on behind the parts that have arrived", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world()
      const { line, test, turns } = yield* begin
      yield* test.script(TestCodex.deltas([`${"one ".repeat(1000)}\n\n${"two ".repeat(500)}\n\n${"end ".repeat(10)}`]))
      line.refuses(until("two"))
      yield* meanwhile(turns.accept(Contract.entry("long")))
      yield* passes(waits())
      assert.lengthOf(chats.finals(), 1)
      line.refuses()
      yield* passes(said(chats, /end/), "1 minute")
      const posts = chats.posts()
      assert.deepStrictEqual(posts.map(({ finals }) => finals), posts.map(() => 1))
      assert.lengthOf(posts.filter(({ text }) => text.includes("late")), 1)
      assert.match(posts.at(-1)?.text ?? "", /end.*\n\n⏳ This answer is late/)
    }))

  it.effect("has its file wait as well", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world({ documentAfter: 1 })
      const { line, test, turns } = yield* begin
      yield* test.script(TestCodex.deltas(["word ".repeat(2000)]))
      line.refuses(({ method }) => method === "sendDocument" ? limited(600)() : undefined)
      yield* meanwhile(turns.accept(Contract.entry("long")))
      yield* passes(waits())
      const before = chats.posts().length
      line.refuses()
      const files = () => line.outbox.calls.filter(({ method }) => method === "sendDocument").length
      const tried = files()
      yield* passes(() => files() > tried, "1 minute")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(files(), tried + 1)
      assert.lengthOf(chats.posts(), before)
    }))

  it.effect("sends each of its pictures once", () =>
    Effect.gen(function*() {
      const { begin, waits } = yield* world()
      const { line, test, turns } = yield* begin
      const picture = { type: "image_generation_call", id: "ig", status: "completed", result: "aGVsbG8=" } as const
      yield* test.script(TestCodex.items([picture, { ...picture, id: "ig2" }]))
      const sent: Array<string> = []
      const nameOf = ({ payload }: Call) => /picture-\d/.exec(JSON.stringify(payload))?.[0] ?? ""
      const follow = (call: Call, isRefused: boolean) => {
        if (call.method !== "sendPhoto") return undefined
        if (isRefused) return limited(600)()
        sent.push(nameOf(call))
        return undefined
      }
      line.refuses((call) => follow(call, nameOf(call) === "picture-2"))
      yield* meanwhile(turns.accept(Contract.entry("draw")))
      yield* passes(waits())
      line.refuses((call) => follow(call, false))
      yield* passes(() => sent.length > 1, "1 minute")
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(sent, ["picture-1", "picture-2"])
    }))

  it.effect("is given up after a day, and told in the log", () =>
    Effect.gen(function*() {
      const { begin, chats, log, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* passes(waits())
      yield* passes(() => log.lines.some((line) => line.includes("could not be delivered")), "20 minutes", 80)
      line.refuses()
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(chats.finals(), [])
      assert.strictEqual(yield* meanwhile(turns.hurry?.(Contract.laneOf(7)) ?? Effect.succeed(-1)), 0)
      assert.notInclude(log.lines.join("\n"), "hello")
    }))

  it.effect("comes at once when somebody asks for it, and not before Telegram allows it", () =>
    Effect.gen(function*() {
      const { begin, chats, waits } = yield* world()
      const { line, turns } = yield* begin
      const hurry = meanwhile(turns.hurry?.(Contract.laneOf(7)) ?? Effect.succeed(-1))
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* passes(waits())
      yield* TestClock.adjust("2 hours")
      yield* calm
      line.refuses(limited(900))
      const { length } = line.outbox.calls
      assert.strictEqual(yield* hurry, 1)
      yield* passes(() => line.outbox.calls.length > length)
      yield* calm
      line.refuses()
      assert.strictEqual(yield* hurry, 1)
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(chats.finals(), [])
      yield* passes(said(chats, /hello/), "1 minute")
      assert.strictEqual(yield* hurry, 0)
    }))

  it.effect("is dropped with its conversation", () =>
    Effect.gen(function*() {
      const { begin, chats, kill, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* passes(waits())
      line.refuses()
      yield* meanwhile(turns.reset(Contract.laneOf(7)))
      yield* calm
      yield* kill
      yield* begin
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(chats.finals(), [])
    }))

  it.effect("is swept from the store when it is done with, and not before", () =>
    Effect.gen(function*() {
      const { begin, chats, kill, path, waits } = yield* world()
      const { line, turns } = yield* begin
      const rows = () => {
        const database = new DatabaseSync(path(), { readOnly: true })
        const all = database.prepare("SELECT payload FROM cluster_messages").all()
        database.close()
        return JSON.stringify(all)
      }
      const sweep = Effect.suspend(() =>
        meanwhile(
          Effect.scoped(
            Effect.flatMap(
              Layer.build(Restarts.engine(path())),
              (services) => Effect.provideContext(Sweeping.sweep({ steps: 0, pieces: 0 }), services)
            )
          )
        )
      )
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("hello")))
      yield* passes(waits())
      yield* kill
      yield* sweep
      assert.include(rows(), "Echo: hello")
      yield* begin
      yield* passes(said(chats, /hello/), "1 minute")
      yield* calm
      yield* kill
      yield* sweep
      assert.notInclude(rows(), "Echo: hello")
    }))
})

describe("an answer that waits, as it lies in the store", () => {
  // Written by the first release that had it. A row that cannot be read any more is an answer that is lost.
  const delivery = {
    turn: "1/user:7/1001",
    lane: { bot: "1", conversation: "user:7" },
    chat: 7,
    thread: 3,
    message: 55,
    rest: {
      parts: [{ text: "An answer", entities: [{ type: "bold", offset: 0, length: 2 }] }, { text: "and more" }],
      files: [{ name: "answer.md", content: "QW4gYW5zd2Vy", caption: "The whole answer as a file.", protect: false }],
      begun: { messages: [{ part: 0, id: 101 }], settled: 1, files: 0 }
    },
    at: 1_780_000_000_123,
    notBefore: 1_780_000_060_123
  }
  const tried = {
    at: 1_780_000_060_200,
    begun: { messages: [{ part: 0, id: 101 }, { part: 1, id: 102 }], settled: 1, files: 0 },
    failure: {
      _tag: "TelegramFailed",
      method: "sendMessage",
      reason: "rateLimited",
      code: 429,
      retryAfter: { _tag: "Millis", value: 5000 }
    }
  }

  const read = <A, I>(schema: Schema.Codec<A, I>, row: unknown) =>
    Schema.decodeUnknownSync(Schema.toCodecJson(schema))(JSON.parse(JSON.stringify(row)))

  it("is read by this release: itself, and how a try ended", () => {
    assert.strictEqual(read(Late.Delivery, delivery).rest.files.length, 1)
    assert.strictEqual(read(Delivering.Tried, tried).failure?.reason, "rateLimited")
  })

  it.effect("and cannot be read is told, with how much of it there is and without its words", () =>
    Effect.gen(function*() {
      const { begin, kill, log, path, waits } = yield* world()
      const { line, turns } = yield* begin
      line.refuses(broken)
      yield* meanwhile(turns.accept(Contract.entry("secret")))
      yield* passes(waits())
      yield* kill
      const database = new DatabaseSync(path())
      database.exec(`UPDATE cluster_messages SET payload = replace(payload, '"rest"', '"left"') WHERE tag = 'Deliver'`)
      database.close()
      yield* meanwhile(Effect.scoped(
        Effect.flatMap(
          Layer.build(Restarts.engine(path())),
          (services) =>
            Effect.provideContext(
              Effect.provide(Effect.flatMap(Sweeping.unreadable, Sweeping.tell), log.layer),
              services
            )
        )
      ))
      assert.include(log.lines.join("\n"), "1 answers that wait in the store cannot be read")
      assert.notInclude(log.lines.join("\n"), "secret")
    }))
})
