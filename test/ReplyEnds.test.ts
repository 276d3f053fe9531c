/**
 * How an answer ends on screen, call by call: what is edited, sent anew and left alone, whoever leaves meanwhile.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { AuthFileNotFound } from "../src/auth/AuthError.ts"
import type { TurnError, TurnEvent } from "../src/conversation/Codex.ts"
import * as Departures from "../src/telegram/internal/departures.ts"
import * as LiveReply from "../src/telegram/reply/LiveReply.ts"
import * as ShownMessages from "../src/telegram/reply/ShownMessages.ts"
import { type Destination, TelegramApi } from "../src/telegram/TelegramApi.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import * as ScriptedApi from "./support/scriptedApi.ts"

const chat: Destination = { chatId: 7, threadId: undefined, replyTo: undefined }

const failed = (
  reason: TelegramFailed["reason"],
  more: Partial<Pick<TelegramFailed, "code" | "movedTo" | "retryAfter">> = {}
) => new TelegramFailed({ method: "x", reason, ...more })

const refused = failed("rejected", { code: 400 })

const parts = (...texts: ReadonlyArray<string>) => texts.map((text) => ({ text }))

/** What is on its way fails once for each of these, in their order. */
const failing = (...failures: ReadonlyArray<readonly [of: string, why: TelegramFailed]>) => {
  const left = [...failures]
  return ScriptedApi.make({
    refuses: ({ id, method, text }) => {
      const at = left.findIndex(([of]) => of === [method, ...(id === undefined ? [] : [id]), text].join(" ").trim())
      return at === -1 ? undefined : left.splice(at, 1)[0]?.[1]
    }
  })
}

describe("the messages of an answer", () => {
  it.effect("are counted as often as they were changed", () =>
    Effect.gen(function*() {
      const { api } = ScriptedApi.make()
      const shown = ShownMessages.make(api, chat)
      for (const text of ["a", "ab", "ab", "abc"]) yield* shown.preview(() => parts(text))
      assert.strictEqual(shown.edits(), 2)
    }))

  it.effect("rest where they are when they are several, also when the first is old; a single one rings again", () =>
    Effect.gen(function*() {
      const end = (...texts: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          const { api, told } = ScriptedApi.make()
          const shown = ShownMessages.make(api, chat)
          yield* shown.preview(() => parts("a"))
          yield* TestClock.adjust("61 seconds")
          yield* shown.finish(parts(...texts))
          return told().slice(1)
        })
      assert.deepStrictEqual(yield* end("A", "B"), ["edit 1 A", "send B"])
      assert.deepStrictEqual(yield* end("A"), ["send A", "delete 1"])
    }))

  it.effect("are new ones where the end shall ring, and what was shown before goes", () =>
    Effect.gen(function*() {
      const { api, told } = ScriptedApi.make()
      const shown = ShownMessages.make(api, chat)
      yield* shown.preview(() => parts("a", "b"))
      yield* shown.finish(parts("A", "B"), true)
      assert.deepStrictEqual(told().slice(2), ["send A", "delete 1", "send B", "delete 2"])
    }))

  it.effect("begin anew where their group is by now, in the middle of a preview and at the end", () =>
    Effect.gen(function*() {
      let now = 7
      const { api, calls } = ScriptedApi.make({
        whereabouts: (to) => ({ ...to, chatId: now }),
        refuses: ({ chat, method }) => {
          if (method !== "edit" || chat !== 7) return undefined
          now = -100
          return failed("chatMoved", { movedTo: -100 })
        }
      })
      const shown = ShownMessages.make(api, chat)
      yield* shown.preview(() => parts("a"))
      yield* shown.preview(() => parts("ab"))
      now = -200
      yield* shown.finish(parts("abc"))
      assert.deepStrictEqual(calls.map(({ chat, method, text }) => [method, chat, text]), [
        ["send", 7, "a"],
        ["edit", 7, "ab"],
        ["send", -100, "ab"],
        ["send", -200, "abc"]
      ])
    }))

  it.effect.each<readonly [why: TelegramFailed, told: ReadonlyArray<string>]>([
    [refused, ["send A", "send A", "document answer.txt"]],
    [failed("rejected", { code: 409 }), ["send A"]],
    [failed("tooLong", { code: 400 }), ["send A", "document answer.txt"]]
  ])("that are refused with %j are tried in another form, or are not", ([why, expected]) =>
    Effect.gen(function*() {
      const { api, told } = failing(["send A", why], ["send A", why])
      yield* Effect.ignore(ShownMessages.make(api, chat).finish(parts("A")))
      assert.deepStrictEqual(told(), expected)
    }))

  it.effect("that are refused in every form fail with why they were refused at first", () =>
    Effect.gen(function*() {
      const { api } = failing(["send A", refused], ["send A", refused], ["document answer.txt", failed("tooLong")])
      assert.strictEqual(yield* Effect.flip(ShownMessages.make(api, chat).finish(parts("A"))), refused)
    }))

  it.effect("are given up with the first where no other call would fare better, and else tried each", () =>
    Effect.gen(function*() {
      const end = (why: TelegramFailed) =>
        Effect.gen(function*() {
          const { api, told } = failing(["send A", why])
          assert.strictEqual(yield* Effect.flip(ShownMessages.make(api, chat).finish(parts("A", "B"))), why)
          return told()
        })
      assert.deepStrictEqual(yield* end(failed("blocked")), ["send A"])
      assert.deepStrictEqual(yield* end(failed("misused")), ["send A", "send B"])
    }))

  it.effect("are repaired when a preview comes through late, unless they are gone", () =>
    Effect.gen(function*() {
      const { api, calls, told } = failing(["edit 1 ab", failed("unreachable")], [
        "edit 1 A",
        failed("messageNotFound")
      ])
      const shown = ShownMessages.make(api, chat)
      yield* shown.preview(() => parts("a"))
      yield* Effect.ignore(shown.preview(() => parts("ab")))
      const { late } = calls[1] ?? {}
      yield* shown.finish(parts("A"))
      const before = told().length
      yield* late?.(Option.some(1)) ?? Effect.die("nothing is late")
      assert.deepStrictEqual(told().slice(before), [])
      assert.strictEqual(told()[before - 1], "delete 1")
    }))
})

const completed = (
  text: string,
  more: Partial<Extract<TurnEvent, { _tag: "Completed" }>["answer"]> = {}
): TurnEvent => ({
  _tag: "Completed",
  answer: { text, model: "m", usage: undefined, incomplete: undefined, remembered: true, ...more }
})

const delta = (text: string): TurnEvent => ({ _tag: "TextDelta", text })

const picture = { base64: "iVBORw0KGgo=", format: "png" }

const long = "word ".repeat(2_000)

/** Shows a turn to its end, or to where it is interrupted, within so many seconds. */
const show = (
  scripted: Pick<ReturnType<typeof ScriptedApi.make>, "api">,
  turn: Stream.Stream<TurnEvent, TurnError>,
  options: DoorOptions = {},
  place: Partial<LiveReply.Place> = {},
  seconds = 30
) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(
      LiveReply.show({ destination: chat, isPrivate: true, messageId: 5, door: makeDoor(options), ...place }, turn)
        .pipe(
          Effect.provideService(TelegramApi, scripted.api)
        )
    )
    for (let step = 0; step < seconds * 10; step++) yield* TestClock.adjust("100 millis")
    yield* Fiber.interrupt(fiber)
  })

describe("an answer", () => {
  it.effect("is drafted every 300 ms in a private chat, and never in a group", () =>
    Effect.gen(function*() {
      const growing = Stream.concat(
        Stream.tap(Stream.fromIterable(Array.from({ length: 20 }, () => delta("word "))), () =>
          Effect.sleep("100 millis")),
        Stream.succeed(completed("word ".repeat(20)))
      )
      const options = { streaming: "draft", firstTextLength: 1 } as const
      const inPrivate = ScriptedApi.make()
      yield* show(inPrivate, growing, options)
      const drafts = inPrivate.calls.filter(({ method }) =>
        method === "draft"
      )
      assert.isAtLeast(drafts.length, 6)
      assert.deepStrictEqual([...new Set(drafts.map(({ id }) => id))], [5])
      const inGroup = ScriptedApi.make()
      yield* show(inGroup, growing, options, { isPrivate: false })
      assert.notInclude(inGroup.calls.map(({ method }) => method), "draft")
    }))

  it.effect("shows the bot as typing until something can be seen, and no longer", () =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make()
      const slow = Stream.concat(
        Stream.fromEffect(Effect.as(Effect.sleep("9 seconds"), delta("Something to see. "))),
        Stream.fromEffect(Effect.as(Effect.sleep("20 seconds"), completed("Something to see.")))
      )
      yield* show(scripted, slow, { firstTextLength: 1 }, {}, 40)
      assert.deepStrictEqual(
        scripted.calls.filter(({ method }) => method === "action").map(({ at }) => at),
        [0, 4_000, 8_000]
      )
    }))

  it.effect("that is a picture alone is one", () =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make()
      yield* show(scripted, Stream.succeed(completed("", { pictures: [picture] })), { streaming: "off" })
      assert.deepStrictEqual(scripted.told().filter((what) => !what.startsWith("action")), ["document picture-1.png"])
    }))

  it.effect("has its pictures below its words, and the file of all of it last", () =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make()
      yield* show(scripted, Stream.succeed(completed(long, { pictures: [picture] })), {
        streaming: "off",
        documentAfter: 1
      })
      assert.deepStrictEqual(
        scripted.calls.filter(({ method }) => method === "document").map(({ text }) => text),
        ["picture-1.png", "answer.md"]
      )
    }))

  it.effect("that is interrupted at its end brings its words, and neither files nor anything later", () =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make({
        refuses: ({ method }) =>
          method === "send" ? failed("rateLimited", { retryAfter: Duration.minutes(5) }) : undefined
      })
      const turn = Stream.concat(Stream.succeed(completed(long, { pictures: [picture] })), Stream.never)
      let left = 0
      const later = () =>
        Effect.sync(() => {
          left++
          return true
        })
      yield* show(scripted, turn, { streaming: "off", documentAfter: 1 }, { later }, 1)
      assert.strictEqual(left, 0)
      assert.isAbove(scripted.calls.filter(({ method }) => method === "send").length, 0)
      assert.deepStrictEqual(scripted.calls.filter(({ method }) => method === "document"), [])
    }))

  it.effect("of which only the tools were shown comes as a message of its own, which rings", () =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make()
      const turn = Stream.concat(
        Stream.succeed<TurnEvent>({ _tag: "ToolStarted", callId: "1", name: "look" }),
        Stream.fromEffect(Effect.as(Effect.sleep("5 seconds"), completed("Found.")))
      )
      yield* show(scripted, turn, { streaming: "progress" })
      const told = scripted.told().filter((what) => !what.startsWith("action"))
      assert.match(told[0] ?? "", /^send 🔧 look/)
      assert.deepStrictEqual(told.slice(1), ["send Found.", "delete 1"])
    }))

  it.effect("that is complete when its reader leaves is not sent after them", () =>
    Effect.gen(function*() {
      const departures = Departures.make()
      const reader = { bot: "1", id: 7 }
      const scripted = ScriptedApi.make()
      const turn = Stream.fromEffect(Effect.sync(() => {
        departures.leave(reader)
        return completed("Too late.")
      }))
      yield* show(scripted, turn, { streaming: "off" }, { readers: departures.of(reader) })
      assert.notInclude(scripted.calls.map(({ method }) => method), "send")
    }))

  it.effect.each(
    [
      ["a person, is told to them alone, and without its words", 7],
      ["a channel, is told to nobody", -9]
    ] as const
  )("whose topic is gone, of %s", ([, userId]) =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make({
        refuses: ({ thread }) => thread === 4 ? failed("threadNotFound") : undefined
      })
      yield* show(scripted, Stream.succeed(completed("A secret.")), { streaming: "off" }, {
        destination: { chatId: -100, threadId: 4, replyTo: 5 },
        isPrivate: false,
        userId
      })
      const notice = scripted.calls.filter(({ method, thread }) => method === "send" && thread === undefined)
      assert.deepStrictEqual(notice.map(({ chat }) => chat), userId < 0 ? [] : [userId])
      assert.notInclude(notice.map(({ text }) => text).join(), "secret")
    }))

  it.effect.each(
    [
      ["threadClosed", undefined, /^⚠️ The topic that you asked in is closed.*\/codex last/s],
      ["blocked", 400, /^⚠️ I may not write in the group that you asked in/],
      ["blocked", 403, undefined]
    ] as const
  )(
    "that may not be shown where it was asked is told to whoever asked: %s %s",
    ([reason, code, words]) =>
      Effect.gen(function*() {
        const scripted = ScriptedApi.make({
          refuses: ({ chat }) =>
            chat === -100
              ? new TelegramFailed({ method: "sendMessage", reason, ...(code !== undefined && { code }) })
              : undefined
        })
        yield* show(scripted, Stream.succeed(completed("A secret.")), { streaming: "off" }, {
          destination: { chatId: -100, threadId: 4, replyTo: 5 },
          isPrivate: false,
          userId: 7
        })
        const notices = scripted.calls.filter(({ chat, method }) => method === "send" && chat === 7)
        assert.lengthOf(notices, words === undefined ? 0 : 1)
        if (words !== undefined) assert.match(notices[0]?.text ?? "", words)
      })
  )

  it.effect.each(["blocked", "unauthorized"] as const)(
    "is asked for again where the last call was %s and a sign of life gets through, and else not",
    (reason) =>
      Effect.gen(function*() {
        const asks = (isBack: boolean) =>
          Effect.gen(function*() {
            const scripted = ScriptedApi.make({
              closed: () => failed(reason),
              refuses: () => isBack ? undefined : failed(reason)
            })
            let isAsked = false
            const turn = Stream.suspend(() => {
              isAsked = true
              return Stream.succeed(completed("Here."))
            })
            yield* show(scripted, turn, { streaming: "off" }, {}, 3)
            return isAsked
          })
        assert.deepStrictEqual([yield* asks(true), yield* asks(false)], [true, false])
      })
  )

  it.effect("that is not asked for is told in the log when that is news", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const log = Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      for (const isNews of [false, true]) {
        const scripted = ScriptedApi.make({ closed: () => failed("chatNotFound"), isNews: () => isNews })
        yield* Effect.provide(show(scripted, Stream.die("asked"), { streaming: "off" }, {}, 1), log)
        assert.lengthOf(lines, isNews ? 1 : 0)
      }
    }))

  it.effect("that failed names the place of a file to those who may know it, and to nobody else", () =>
    Effect.gen(function*() {
      const told = (mayKnowPaths?: boolean) =>
        Effect.gen(function*() {
          const scripted = ScriptedApi.make()
          const why = new AuthFileNotFound({ path: "/srv/place/auth.json" })
          yield* show(scripted, Stream.fail(why), { streaming: "off" }, { mayKnowPaths }, 1)
          return scripted.calls.at(-1)?.text ?? ""
        })
      assert.include(yield* told(true), "/srv/place")
      assert.notInclude(yield* told(false), "/srv/place")
      assert.notInclude(yield* told(), "/srv/place")
    }))

  it.effect("is shown as soon as there is enough of it, and what there is of it after a second", () =>
    Effect.gen(function*() {
      const first = (text: string) =>
        Effect.gen(function*() {
          const scripted = ScriptedApi.make()
          const more = yield* Deferred.make<TurnEvent>()
          yield* show(
            scripted,
            Stream.concat(Stream.succeed(delta(text)), Stream.fromEffect(Deferred.await(more))),
            {
              firstTextLength: 5
            },
            {},
            2
          )
          return scripted.calls.find(({ method }) => method === "send")?.at
        })
      const start = yield* first("words")
      const waited = (yield* first("word")) ?? 0
      assert.isAtMost(start ?? Infinity, 100)
      assert.isAtLeast(waited - 2_000, 1_000)
    }))
})
