/**
 * What every layer of `Turns` keeps.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Item from "../../src/backend/Item.ts"
import type { Codex } from "../../src/conversation/Codex.ts"
import * as Memory from "../../src/conversation/Memory.ts"
import type { MemoryFailed } from "../../src/conversation/TurnError.ts"
import { TelegramDoor } from "../../src/telegram/TelegramDoor.ts"
import * as Turns from "../../src/telegram/Turns.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as ChatLog from "./chatLog.ts"
import { type DoorOptions, makeDoor } from "./door.ts"

export type Subject = Layer.Layer<Turns.Turns, never, Codex | TelegramDoor | Turns.Senders>

const kit = Toolkit.make(
  Tool.make("pay", { parameters: Schema.Struct({}), success: Schema.String, needsApproval: true })
)

let updates = 0

export const laneOf = (user: number): Turns.Lane => ({ bot: "1", conversation: `user:${user}` })

export const entry = (text: string, user = 7, more: Partial<Turns.Entry> = {}): Turns.Entry => ({
  lane: laneOf(user),
  update: ++updates,
  origin: { chat: user, isPrivate: true, user, message: updates },
  content: [{ _tag: "Text", text }],
  ...more
})

/** A question where the bot is a guest: its message is there already. */
export const guestEntry = (text: string, message: number): Turns.Entry =>
  entry(text, 7, {
    lane: { bot: "1", conversation: "guest:-600:user:7" },
    origin: { chat: -600, isPrivate: false, user: 7, message, inline: `inline ${message}` },
    isCommand: true
  })

/** An answer that never comes to its end: who stops it is not late on a machine that has much to do. */
const halfOf = (text: string): TestCodex.Reply => (request) =>
  Stream.concat(Stream.takeUntil(TestCodex.text(text)(request), ({ _tag }) => _tag === "TextDelta"), Stream.never)

/** An answer that begins when it is let go. */
const held = (text: string) => {
  const gate = Deferred.makeUnsafe<void>()
  const reply: TestCodex.Reply = (request) =>
    Stream.concat(Stream.fromEffectDrain(Deferred.await(gate)), TestCodex.text(text)(request))
  return { reply, goOn: Deferred.succeed(gate, undefined) }
}

/** Turns over a scripted Codex, and the chats that they write to. */
export const setUp = (
  subject: Subject,
  door: DoorOptions = {},
  chats = ChatLog.make(),
  codex: Layer.Layer<Codex | TestCodex.TestCodex> = TestCodex.layer()
): Effect.Effect<
  {
    readonly chats: ReturnType<typeof ChatLog.make>
    readonly line: ReturnType<ReturnType<typeof ChatLog.make>["line"]>
    readonly turns: Turns.Service
    readonly test: TestCodex.Service
  },
  never,
  Scope
> =>
  Effect.gen(function*() {
    const line = chats.line()
    const services = yield* Layer.build(
      subject.pipe(
        Layer.provide([
          Layer.succeed(TelegramDoor, makeDoor({ editInterval: "50 millis", firstTextDelay: "10 millis", ...door })),
          Layer.succeed(Turns.Senders, { of: () => Effect.succeed(line.api) })
        ]),
        Layer.provideMerge(codex)
      )
    )
    return { chats, line, turns: Context.get(services, Turns.Turns), test: Context.get(services, TestCodex.TestCodex) }
  })

/** Waits until something holds. */
export const until = (holds: () => boolean) =>
  Effect.sync(holds).pipe(
    Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("10 millis") }),
    Effect.timeout("50 seconds"),
    Effect.orDie
  )

const asked = (test: TestCodex.Service) =>
  Effect.map(test.requests, (requests) => requests.map(({ input }) => Item.words(input.at(-1) ?? input[0])))

/** The tests, for a layer that begins with nothing. */
export const contract = (name: string, subject: Effect.Effect<Subject, never, Scope>) =>
  describe(`turns, ${name},`, () => {
    const check = (
      title: string,
      test: (
        world: Effect.Success<ReturnType<typeof setUp>>
      ) => Effect.Effect<void, Turns.TurnsUnavailable | MemoryFailed, Scope>,
      door: DoorOptions = {}
    ) => it.live(title, () => Effect.flatMap(Effect.flatMap(subject, (subject) => setUp(subject, door)), test), 30_000)

    check("answer a prompt once, however often its update comes", ({ chats, test, turns }) =>
      Effect.gen(function*() {
        const one = entry("hello")
        assert.strictEqual(yield* turns.accept(one), "accepted")
        assert.strictEqual(yield* turns.accept(one), "seen")
        yield* turns.drained
        assert.strictEqual(yield* turns.accept(one), "seen")
        yield* turns.drained
        assert.deepStrictEqual(chats.posts().map(({ finals, text }) => [text, finals]), [["Echo: hello", 1]])
        assert.lengthOf(yield* test.requests, 1)
      }))

    check("show what was drawn as a photo below its words, or alone, and what was looked up as links", (
      { chats, line, test, turns }
    ) =>
      Effect.gen(function*() {
        const drawn: Item.Item = { type: "image_generation_call", status: "completed", result: "iVBORw0KGgo=" }
        const searched: Item.Item = {
          type: "web_search_call",
          status: "completed",
          action: { type: "open_page", url: "https://page.example/" }
        }
        yield* test.script(
          TestCodex.items([drawn, searched, Item.fromText("assistant", "Here it is.")]),
          TestCodex.items([drawn])
        )
        yield* turns.accept(entry("draw"))
        yield* turns.accept(entry("once more"))
        yield* turns.drained
        assert.deepStrictEqual(chats.posts().map(({ text }) => text), ["Here it is.\n\n🔗 Sources\n1. page.example"])
        const photos = line.outbox.calls.filter(({ method }) => method === "sendPhoto")
        assert.deepStrictEqual(photos.map(({ payload }) => payload["chat_id"]), [7, 7])
      }))

    check("answer a conversation in order, and others meanwhile", ({ chats, test, turns }) =>
      Effect.gen(function*() {
        yield* test.script(TestCodex.deltas(["slow"], { every: "300 millis" }))
        yield* turns.accept(entry("slow", 1))
        yield* Effect.repeat(test.requests, { until: (all) => all.length > 0, schedule: Schedule.spaced("10 millis") })
        const names = ["1", "2", "3", "4"]
        for (const name of names) {
          yield* turns.accept(entry(`a${name}`, 2))
          yield* turns.accept(entry(`b${name}`, 3))
        }
        yield* turns.drained
        const finals = chats.finals()
        assert.deepStrictEqual(finals.filter((text) => text.includes("a")), names.map((name) => `Echo: a${name}`))
        assert.deepStrictEqual(finals.filter((text) => text.includes("b")), names.map((name) => `Echo: b${name}`))
        assert.lengthOf(finals, 9)
      }))

    check("join a paste that was cut, without a seam", ({ chats, test, turns }) =>
      Effect.gen(function*() {
        yield* turns.accept(entry("x".repeat(4096), 7, { sent: 100 }))
        yield* turns.accept(entry("yes", 7, { sent: 100 }))
        yield* turns.drained
        assert.deepStrictEqual(yield* asked(test), [`${"x".repeat(4096)}yes`])
        assert.lengthOf(chats.posts().filter(({ isFinal }) => isFinal), 2)
      }), { joinWindow: "100 millis" })

    check(
      "keep nothing that is only more of something where there is nothing that it belongs to",
      ({ test, turns }) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* turns.accept(entry("before", 7, { sent: 100, isMore: true })), "seen")
          yield* turns.accept(entry("one", 7, { sent: 100 }))
          assert.strictEqual(yield* turns.accept(entry("two", 7, { sent: 100, isMore: true })), "accepted")
          yield* turns.drained
          assert.strictEqual(yield* turns.accept(entry("after", 7, { sent: 100, isMore: true })), "seen")
          yield* turns.drained
          assert.deepStrictEqual(yield* asked(test), ["one\ntwo"])
        }),
      // A store on a machine that has much to do takes its time.
      { joinWindow: "1 second" }
    )

    check(
      "take no more than may wait, and keep nothing of the rest",
      ({ chats, line, test, turns }) =>
        Effect.gen(function*() {
          const slow = held("slow")
          yield* test.script(slow.reply)
          yield* turns.accept(entry("first"))
          yield* until(() => line.outbox.calls.length > 0)
          const taken = yield* Effect.forEach(["2", "3", "4"], (text) => turns.accept(entry(text)))
          assert.deepStrictEqual(taken, ["accepted", "accepted", "full"])
          yield* slow.goOn
          yield* turns.drained
          assert.deepStrictEqual(chats.finals(), ["slow", "Echo: 2", "Echo: 3"])
        }),
      { maxWaiting: 2 }
    )

    check("take no more of one person than the limit says", ({ turns }) =>
      Effect.gen(function*() {
        yield* turns.accept(entry("one"))
        const second = yield* turns.accept(entry("two"))
        assert.isObject(second)
        assert.strictEqual(yield* turns.accept(entry("of another", 8)), "accepted")
        yield* turns.drained
      }), { rateLimit: { prompts: 1, per: "1 minute" } })

    check("do not count towards it what finds no room", ({ test, turns }) =>
      Effect.gen(function*() {
        const long = held("Long.")
        yield* test.script(long.reply)
        assert.strictEqual(yield* turns.accept(entry("one")), "accepted")
        for (const text of ["two", "three", "four"]) assert.strictEqual(yield* turns.accept(entry(text)), "full")
        yield* long.goOn
        yield* turns.drained
        assert.strictEqual(yield* turns.accept(entry("five")), "accepted")
        yield* turns.drained
      }), { rateLimit: { prompts: 2, per: "1 minute" }, whenBusy: "reject" })

    check(
      "stop an answer, which keeps what there is of it, and drop what waits",
      ({ chats, test, turns }) =>
        Effect.gen(function*() {
          yield* test.script(halfOf("Half "))
          const waiting = entry("waiting")
          yield* turns.accept(entry("long"))
          yield* until(() => chats.posts().some(({ text }) => text.startsWith("Half")))
          yield* turns.accept(waiting)
          assert.deepStrictEqual(yield* turns.stop(laneOf(7)), { running: true, dropped: 1 })
          yield* turns.drained
          const [post, ...more] = chats.posts()
          assert.match(post?.text ?? "", /^Half[^.]*\n\n⏹ Stopped\.$/)
          assert.deepStrictEqual(more, [])
          assert.strictEqual(yield* turns.accept(waiting), "seen")
          assert.deepStrictEqual(yield* turns.stop(laneOf(7)), { running: false, dropped: 0 })
          yield* turns.accept(entry("next"))
          yield* turns.drained
          assert.deepStrictEqual(chats.finals().at(-1), "Echo: next")
        })
    )

    check("stop what was sent before the update that says so, and nothing that was sent behind it", (
      { chats, test, turns }
    ) =>
      Effect.gen(function*() {
        yield* test.script(halfOf("Half "), TestCodex.deltas(["Half ", "an ", "answer."], { every: "400 millis" }))
        const shows = (count: number) =>
          until(() => chats.posts().filter(({ text }) => text.startsWith("Half")).length === count)
        yield* turns.accept(entry("before"))
        yield* shows(1)
        yield* turns.accept(entry("waiting"))
        const { update } = entry("stop")
        yield* turns.accept(entry("behind"))
        assert.deepStrictEqual(yield* turns.stop(laneOf(7), update), { running: true, dropped: 1 })
        yield* shows(2)
        yield* turns.accept(entry("last"))
        // It comes once more, and means what it meant.
        assert.deepStrictEqual(yield* turns.stop(laneOf(7), update), { running: false, dropped: 0 })
        yield* turns.drained
        const [stopped, ...more] = chats.finals()
        assert.match(stopped ?? "", /^Half[^.]*\n\n⏹ Stopped\.$/)
        assert.deepStrictEqual(more, ["Half an answer.", "Echo: last"])
      }))

    check("do once what an update asks for, and again what has failed", ({ turns }) =>
      Effect.gen(function*() {
        let times = 0
        const work = Effect.sync(() => ++times)
        const one = entry("/codex reset")
        assert.strictEqual(yield* Effect.flip(turns.once(one, Effect.fail("gone" as const))), "gone")
        assert.deepStrictEqual(yield* turns.once(one, work), Option.some(1))
        assert.deepStrictEqual(yield* turns.once(one, work), Option.none())
        assert.deepStrictEqual(yield* turns.once(entry("/codex reset"), work), Option.some(2))
      }).pipe(Effect.orDie))

    check(
      "ask what an edited question says by now: one that waits in its place, one that is answered next",
      ({ chats, test, turns }) =>
        Effect.gen(function*() {
          const edited = (text: string, { origin }: Turns.Entry) => entry(text, 7, { origin, isEdit: true })
          yield* test.script(halfOf("Half "))
          const [first, second, third] = [entry("one"), entry("two"), entry("three")]
          yield* turns.accept(first)
          yield* until(() => chats.posts().some(({ text }) => text.startsWith("Half")))
          yield* turns.accept(second)
          yield* turns.accept(third)
          assert.strictEqual(yield* turns.accept(edited("zwei", second)), "accepted")
          assert.strictEqual(yield* turns.accept(edited("zwo", second)), "accepted")
          assert.strictEqual(yield* turns.accept(edited("one", first)), "seen")
          assert.strictEqual(yield* turns.accept(edited("eins", first)), "accepted")
          yield* turns.drained
          assert.deepStrictEqual(yield* asked(test), ["one", "eins", "zwo", "three"])
          assert.match(chats.finals()[0] ?? "", /^Half[^.]*Stopped\.$/)
          assert.deepStrictEqual(chats.finals().slice(1), ["Echo: eins", "Echo: zwo", "Echo: three"])
          assert.strictEqual(yield* turns.accept(edited("drei", third)), "seen")
          yield* turns.drained
          assert.lengthOf(yield* test.requests, 4)
        })
    )

    check(
      "end the answer of a chat that is closed to the bot, drop what waits there, and say nothing more",
      ({ chats, line, test, turns }) =>
        Effect.gen(function*() {
          yield* test.script(halfOf("Half "))
          yield* turns.accept(entry("long"))
          yield* until(() => chats.posts().some(({ text }) => text.startsWith("Half")))
          yield* turns.accept(entry("waiting"))
          const calls = line.outbox.calls.length
          yield* turns.leave({ bot: "1", id: 7 })
          assert.deepStrictEqual(line.outbox.calls.slice(calls).map(({ method }) => method), [])
          // What was dropped is not asked by coming back.
          yield* turns.accept(entry("I am back"))
          yield* turns.drained
          assert.deepStrictEqual(yield* asked(test), ["long", "I am back"])
          assert.strictEqual(chats.finals().at(-1), "Echo: I am back")
        }),
      // Nothing is on its way at the moment when the chat is closed.
      { editInterval: "1 minute" }
    )

    check(
      "forget a conversation, and what is being answered in it",
      ({ chats, test, turns }) =>
        Effect.gen(function*() {
          yield* turns.accept(entry("My name is Ann."))
          yield* turns.drained
          yield* test.script(halfOf("So "))
          yield* turns.accept(entry("long"))
          yield* until(() => chats.posts().some(({ text }) => text.startsWith("So")))
          assert.deepStrictEqual(yield* turns.reset(laneOf(7)), { running: true, dropped: 0 })
          yield* turns.drained
          yield* turns.accept(entry("Who am I?"))
          yield* turns.drained
          assert.lengthOf((yield* test.requests).at(-1)?.input ?? [], 1)
        })
    )

    it.live("answer on when what was said could not be forgotten", () =>
      Effect.gen(function*() {
        const unforgetting = Memory.layerStore({
          append: () => Effect.void,
          list: () => Effect.succeed([]),
          clear: () => Effect.fail("the store is away")
        })
        const codex = TestCodex.layer({ memory: unforgetting })
        const { chats, turns } = yield* setUp(yield* subject, {}, ChatLog.make(), codex)
        assert.strictEqual((yield* Effect.flip(turns.reset(laneOf(7))))._tag, "MemoryFailed")
        yield* turns.accept(entry("Still there?"))
        yield* until(() => chats.finals().includes("Echo: Still there?"))
      }))

    it.live(
      "go on with a call that somebody has said yes to, run it once, and answer the press",
      () =>
        Effect.gen(function*() {
          const paid: Array<string> = []
          const handlers = kit.toLayer({ pay: () => Effect.sync(() => `paid ${paid.push("pay")}`) })
          const codex = TestCodex.layer({ toolkit: Effect.provide(kit, handlers) })
          const { chats, line, test, turns } = yield* setUp(yield* subject, {}, ChatLog.make(), codex)
          const call = { type: "function_call", call_id: "call-pay-1", name: "pay", arguments: "{}" } as const
          yield* test.script(TestCodex.items([call]), TestCodex.text("It is paid."))
          yield* turns.accept(entry("Pay the bill"))
          yield* turns.drained
          assert.deepStrictEqual(paid, [])
          const press = (callback: string) =>
            entry("", 7, {
              isCommand: true,
              content: [{ _tag: "Approval", call: call.call_id, approved: true, callback }]
            })
          yield* turns.accept(press("press-1"))
          yield* turns.drained
          yield* turns.accept(press("press-2"))
          yield* turns.drained
          assert.deepStrictEqual(paid, ["pay"])
          assert.include(chats.finals(), "It is paid.")
          assert.deepStrictEqual(
            line.outbox.calls.flatMap(({ method, payload }) =>
              method === "answerCallbackQuery" ? [[payload["callback_query_id"], payload["text"]]] : []
            ),
            [["press-1", "Approved."], ["press-2", "Nothing waits for this approval any more."]]
          )
        }),
      30_000
    )

    check("bring an answer later that Telegram could not be told, when they keep it, and once", (
      { chats, line, turns }
    ) =>
      Effect.gen(function*() {
        const { hurry } = turns
        if (hurry === undefined) return
        line.refuses(() => new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }))
        yield* turns.accept(entry("first"))
        yield* turns.drained
        assert.deepStrictEqual(chats.finals(), [])
        line.refuses()
        // It is handed over a moment after it was written down, and waits a moment after that.
        yield* Effect.repeat(hurry(laneOf(7)), {
          until: () => chats.finals().length === 1,
          schedule: Schedule.spaced("50 millis")
        })
        assert.match(chats.finals()[0] ?? "", /^Echo: first\n\n⏳ This answer is late/)
        yield* Effect.repeat(hurry(laneOf(7)), { until: (left) => left === 0, schedule: Schedule.spaced("10 millis") })
        yield* turns.accept(entry("second"))
        yield* turns.drained
        assert.strictEqual(chats.finals()[1], "Echo: second")
        assert.lengthOf(chats.finals(), 2)
      }), { streaming: "off" })

    check("take an item of an album that is late as an addition, also where it is not meant for the bot by itself", (
      { test, turns }
    ) =>
      Effect.gen(function*() {
        const item = (text: string, more: Partial<Turns.Entry> = {}) =>
          entry(text, 7, { album: "9", sent: 100, ...more })
        yield* turns.accept(item("what are these?"))
        yield* turns.drained
        const late = item("and this", { isMore: true })
        assert.strictEqual(yield* turns.accept(late), "accepted")
        yield* turns.drained
        assert.strictEqual(yield* turns.accept(late), "seen")
        assert.strictEqual(yield* turns.accept({ ...item("other"), album: "10", isMore: true }), "seen")
        yield* turns.drained
        const [question, addition, ...more] = yield* asked(test)
        assert.strictEqual(question, "what are these?")
        assert.match(addition ?? "", /^\[This was sent together[^\n]*\]\n\nand this$/)
        assert.deepStrictEqual(more, [])
      }))

    check("answer a guest in the message that is there, without a history, and say there what was dropped", (
      { chats, line, test, turns }
    ) =>
      Effect.gen(function*() {
        yield* turns.accept(guestEntry("hello", 1))
        yield* turns.accept(guestEntry("and?", 2))
        yield* turns.drained
        yield* test.script(halfOf("Half of it, which is long enough. "))
        yield* turns.accept(guestEntry("slowly", 3))
        yield* turns.accept(guestEntry("and then?", 4))
        yield* until(() => chats.posts().some(({ text }) => text.startsWith("Half")))
        assert.deepStrictEqual(yield* turns.stop(guestEntry("", 0).lane), { running: true, dropped: 1 })
        yield* turns.drained
        assert.deepStrictEqual(chats.posts().map(({ chat, text }) => [chat, text]), [
          ["inline 1", "Echo: hello"],
          ["inline 2", "Echo: and?"],
          ["inline 3", "Half of it, which is long enough.\n\n⏹ Stopped."],
          ["inline 4", "⏹ Stopped."]
        ])
        assert.deepStrictEqual(new Set(line.outbox.calls.map(({ method }) => method)), new Set(["editMessageText"]))
        assert.deepStrictEqual((yield* test.requests).map(({ input }) => input.length), [1, 1, 1])
      }))

    check(
      "show a long answer in as many messages as it takes, each final once",
      ({ chats, test, turns }) =>
        Effect.gen(function*() {
          yield* test.script(TestCodex.deltas(["word ".repeat(2000)]))
          yield* turns.accept(entry("long"))
          yield* turns.drained
          const posts = chats.posts()
          assert.isAtLeast(posts.length, 3)
          assert.deepStrictEqual(posts.filter(({ finals }) => finals !== 1), [])
        })
    )

    check(
      "take an entry as data: more than it should hold is left out, less is a bug",
      ({ turns }) =>
        Effect.gen(function*() {
          const more = { ...entry("hello"), ctx: { reply: () => assert.fail("a context") } }
          assert.strictEqual(yield* turns.accept(more), "accepted")
          const less = JSON.parse(JSON.stringify({ ...entry("hello"), origin: { chat: 7 } }))
          assert.isTrue(Exit.hasDies(yield* Effect.exit(turns.accept(less))))
          yield* turns.drained
        })
    )
  })
