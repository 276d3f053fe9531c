import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import * as Pacer from "../src/telegram/internal/pacer.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"

/** A pacer, and calls that write down when they went out. */
const setUp = Effect.gen(function*() {
  const pacer = yield* Pacer.make
  const sent: Array<readonly [number, string]> = []
  const call = (chatId: number | string, priority: Pacer.Priority, name = "x") =>
    pacer.run(
      { chatId, priority, method: "sendMessage" },
      Effect.map(Clock.currentTimeMillis, (now) => {
        sent.push([now, name])
      })
    )
  const refuse = (chatId: number, error: TelegramFailed) =>
    Effect.flip(pacer.run({ chatId, priority: "edit", method: error.method }, Effect.fail(error)))
  return { pacer, sent, call, refuse }
})

/** Small steps: a single large one would jump over the pacer's timers. */
const pass = (seconds: number) => Effect.repeat(TestClock.adjust("100 millis"), { times: seconds * 10 - 1 })

const limited = (seconds: number, method = "editMessageText") =>
  new TelegramFailed({
    method,
    reason: "rateLimited",
    code: 429,
    retryAfter: Duration.seconds(seconds)
  })

describe("the pacer", () => {
  it.effect("lets a burst of three go to a private chat, and then one a second", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      const all = yield* Effect.forkChild(Effect.all(Array.from({ length: 6 }, () => call(7, "final")), {
        concurrency: "unbounded"
      }))
      yield* pass(6)
      yield* Fiber.join(all)
      assert.deepStrictEqual(sent.map(([at]) => at), [0, 0, 0, 1000, 2000, 3000])
    }))

  it.effect("takes nothing from the messages of a private chat for showing to be typing there", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      yield* call(7, "typing")
      const all = yield* Effect.forkChild(Effect.all(Array.from({ length: 4 }, () => call(7, "first")), {
        concurrency: "unbounded"
      }))
      yield* pass(2)
      yield* Fiber.join(all)
      assert.deepStrictEqual(sent.map(([at]) => at), [0, 0, 0, 0, 1000])
    }))

  it.effect.each([7, -1])(
    "counts nothing for chat %i that nobody sees there: ten files are asked for at once",
    (chat) =>
      Effect.gen(function*() {
        const { call, sent } = yield* setUp
        const unseen = Effect.all(Array.from({ length: 10 }, () => call(chat, "unseen")), { concurrency: "unbounded" })
        const all = yield* Effect.forkChild(
          Effect.andThen(unseen, Effect.andThen(call(chat, "final"), call(chat, "final")))
        )
        yield* pass(1)
        yield* Fiber.join(all)
        assert.deepStrictEqual(sent.map(([at]) => at), Array.from({ length: 12 }, () => 0))
      })
  )

  it.effect("lets thirty calls a second go overall, seen or unseen", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 31 }, (_, n) => n), (n) => call(n, n % 2 === 0 ? "unseen" : "final"), {
          concurrency: "unbounded"
        })
      )
      yield* pass(2)
      yield* Fiber.join(all)
      assert.deepStrictEqual(sent.map(([at]) => at), [...Array.from({ length: 30 }, () => 0), 1000])
    }))

  it.effect("lets thirty calls a second go overall, and the next thirty a second later", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 61 }, (_, n) => n + 1), (chat) => call(chat, "final"), {
          concurrency: "unbounded"
        })
      )
      yield* pass(3)
      yield* Fiber.join(all)
      assert.deepStrictEqual(
        [0, 1000, 2000].map((time) => sent.filter(([at]) => at === time).length),
        [30, 30, 1]
      )
    }))

  it.effect("lets two calls at once go to a group, and then one a second", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      const all = yield* Effect.forkChild(Effect.all(Array.from({ length: 4 }, () => call(-1, "final")), {
        concurrency: "unbounded"
      }))
      yield* pass(3)
      yield* Fiber.join(all)
      assert.deepStrictEqual(sent.map(([at]) => at), [0, 0, 1000, 2000])
    }))

  it.effect.each(
    [
      ["final", 20],
      ["first", 17],
      ["edit", 16],
      ["typing", 6]
    ] as const
  )(
    "leaves of a group's minute what is more important than %s: %i of 20 calls are its own",
    ([priority, own]) =>
      Effect.gen(function*() {
        const { call, sent } = yield* setUp
        for (let second = 0; second < 30; second++) {
          yield* Effect.forkChild(Effect.ignore(call(-1, priority)), { startImmediately: true })
          yield* pass(1)
        }
        assert.strictEqual(sent.length, own)
      })
  )

  it.effect("lets two calls at once go to a channel by its name, as to a group", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      const all = yield* Effect.forkChild(Effect.all(Array.from({ length: 3 }, () => call("@news", "final")), {
        concurrency: "unbounded"
      }))
      yield* pass(2)
      yield* Fiber.join(all)
      assert.deepStrictEqual(sent.map(([at]) => at), [0, 0, 1000])
    }))

  it.effect("lets go first what matters most, whoever has waited longer", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      for (let chat = 1; chat <= 30; chat++) yield* call(chat, "final")
      const order = ["final", "unseen", "first", "edit"] as const
      const all = yield* Effect.forkChild(
        Effect.forEach(order.toReversed(), (priority) => call(-1, priority, priority), { concurrency: "unbounded" })
      )
      yield* pass(4)
      yield* Fiber.join(all)
      assert.deepStrictEqual(sent.slice(30).map(([, name]) => name), [...order])
    }))

  it.effect("shows typing in a private chat only where a message more could go at once", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp
      yield* call(7, "final")
      yield* call(7, "typing")
      yield* call(7, "final")
      assert.strictEqual((yield* Effect.flip(call(7, "typing"))).reason, "rateLimited")
    }))

  it.effect("never sends more than 20 calls a minute to a group, and keeps some for finals", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      const edits = yield* Effect.forkChild(
        Effect.all(Array.from({ length: 30 }, () => Effect.ignore(call(-1, "edit", "edit"))), {
          concurrency: "unbounded"
        })
      )
      yield* pass(30)
      assert.strictEqual(sent.length, 16)
      const finals = yield* Effect.forkChild(
        Effect.all(Array.from({ length: 4 }, () => call(-1, "final", "final")), { concurrency: "unbounded" })
      )
      yield* pass(20)
      yield* Fiber.join(finals)
      assert.strictEqual(sent.filter(([, name]) => name === "final").length, 4)
      yield* pass(130)
      yield* Fiber.join(edits)
      for (const [at] of sent) {
        assert.isAtMost(sent.filter(([other]) => other >= at && other < at + 60_000).length, 20)
      }
    }))

  it.effect("believes a pause for one hour at most", () =>
    Effect.gen(function*() {
      const { call, pacer, refuse } = yield* setUp
      yield* refuse(7, limited(36_000))
      const closed = yield* pacer.closed(7, "sendMessage")
      assert.strictEqual(Duration.toMillis(Option.getOrUndefined(closed)?.retryAfter ?? Duration.zero), 3_600_000)
      assert.isTrue(Option.isNone(yield* pacer.closed(8, "sendMessage")))
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Option.isNone(yield* pacer.closed(7, "sendMessage")))
      yield* call(7, "final")
    }))

  it.effect("knows what would not arrive: a short pause would, a refused token and a blocked chat would not", () =>
    Effect.gen(function*() {
      const { call, pacer, refuse } = yield* setUp
      const reason = (chatId: number) =>
        Effect.map(pacer.closed(chatId, "sendMessage"), (why) => Option.getOrUndefined(why)?.reason)
      yield* refuse(7, limited(30))
      assert.isUndefined(yield* reason(7))
      yield* refuse(8, new TelegramFailed({ method: "sendMessage", reason: "blocked", code: 403 }))
      assert.deepStrictEqual([yield* reason(8), yield* reason(9)], ["blocked", undefined])
      yield* call(8, "final")
      assert.isUndefined(yield* reason(8))
      yield* refuse(9, new TelegramFailed({ method: "sendMessage", reason: "unauthorized", code: 401 }))
      assert.deepStrictEqual([yield* reason(7), yield* reason(9)], ["unauthorized", "unauthorized"])
    }))

  it.effect("remembers a chat that may not be written in for an hour, and a refused token until a call succeeds", () =>
    Effect.gen(function*() {
      const { call, pacer, refuse } = yield* setUp
      const reason = (chatId: number) =>
        Effect.map(pacer.closed(chatId, "sendMessage"), (why) => Option.getOrUndefined(why)?.reason)
      yield* refuse(7, new TelegramFailed({ method: "sendMessage", reason: "blocked", code: 403 }))
      yield* TestClock.adjust("10 minutes")
      yield* call(8, "final")
      assert.strictEqual(yield* reason(7), "blocked")
      yield* TestClock.adjust("51 minutes")
      yield* call(8, "final")
      assert.isUndefined(yield* reason(7))
      yield* refuse(7, new TelegramFailed({ method: "sendMessage", reason: "unauthorized", code: 401 }))
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* reason(8), "unauthorized")
      yield* call(8, "final")
      assert.isUndefined(yield* reason(8))
    }))

  it.effect("says once of a chat that nothing arrives there, and again when something had", () =>
    Effect.gen(function*() {
      const { call, pacer } = yield* setUp
      assert.deepStrictEqual([pacer.isNews(7), pacer.isNews(7), pacer.isNews(8)], [true, false, true])
      yield* call(7, "final")
      assert.isTrue(pacer.isNews(7))
    }))

  it.effect("lets finals pass before edits, and edits before typing", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      yield* call(7, "final")
      yield* call(7, "final")
      yield* call(7, "final")
      const later = yield* Effect.forkChild(
        Effect.all([call(7, "edit", "edit"), call(7, "first", "first"), call(7, "final", "final")], {
          concurrency: "unbounded"
        })
      )
      yield* pass(10)
      yield* Fiber.join(later)
      assert.deepStrictEqual(sent.slice(3).map(([, name]) => name), ["final", "first", "edit"])
      yield* call(7, "final")
      yield* call(7, "final")
      yield* call(7, "final")
      const failure = yield* Effect.flip(call(7, "typing"))
      assert.strictEqual(failure.reason, "rateLimited")
    }))

  it.effect("leaves a chat alone for as long as Telegram says, and no other", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      yield* refuse(7, limited(30))
      const waiting = yield* Effect.forkChild(call(7, "final", "seven"))
      const other = yield* Effect.forkChild(call(8, "final", "eight"))
      yield* pass(1)
      yield* Fiber.join(other)
      assert.deepStrictEqual(sent, [[0, "eight"]])
      yield* pass(33)
      yield* Fiber.join(waiting)
      const [, [at] = [0]] = sent
      assert.isAtLeast(at, 30_000)
      assert.isAtMost(at, 33_100)
    }))

  it.effect.each([["sendChatAction", "typing"], ["sendMessageDraft", "edit"], ["getFile", "unseen"]] as const)(
    "lets messages go when it is %s that Telegram does not want, which is left alone for as long",
    ([method, priority]) =>
      Effect.gen(function*() {
        const { call, pacer, sent } = yield* setUp
        const passing = (chatId: number, result: Effect.Effect<void, TelegramFailed>) =>
          pacer.run({ chatId, priority, method }, result)
        const refused = (chatId: number) => Effect.flip(passing(chatId, Effect.fail(limited(300, method))))
        yield* refused(7)
        yield* call(7, "final", "seven")
        assert.deepStrictEqual(sent, [[0, "seven"]])
        assert.deepStrictEqual(yield* pacer.closed(7, "sendMessage"), Option.none())
        const again = yield* Effect.flip(passing(7, Effect.void))
        assert.strictEqual(again.reason, "rateLimited")
        assert.isAtLeast(Duration.toSeconds(again.retryAfter ?? Duration.zero), 300)
        yield* passing(8, Effect.void)
        // Two chats that are refused at once mean the bot, and still no message of it.
        yield* refused(8)
        assert.strictEqual((yield* Effect.flip(passing(9, Effect.void))).reason, "rateLimited")
        yield* call(9, "final", "nine")
        assert.lengthOf(sent, 2)
        yield* pass(331)
        yield* passing(7, Effect.void)
      })
  )

  it.effect("lets no typing be shown either where Telegram does not want messages", () =>
    Effect.gen(function*() {
      const { call, refuse } = yield* setUp
      yield* refuse(7, limited(30))
      assert.strictEqual((yield* Effect.flip(call(7, "typing"))).reason, "rateLimited")
    }))

  it.effect("adds up to a tenth to what Telegram says, by chance: bots must not all come back at once", () =>
    Effect.gen(function*() {
      const pauseWith = (chance: number) =>
        Effect.gen(function*() {
          const { pacer, refuse } = yield* setUp
          yield* refuse(7, limited(100))
          const failure = Option.getOrUndefined(yield* pacer.closed(7, "sendMessage"))
          return Duration.toSeconds(failure?.retryAfter ?? Duration.zero)
        }).pipe(
          Effect.provideService(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => chance })
        )
      assert.deepStrictEqual(yield* Effect.forEach([0, 0.5, 1], pauseWith), [100, 105, 110])
    }))

  it.effect("does not stop for all when one chat is refused twice within a second", () =>
    Effect.gen(function*() {
      const { call, pacer } = yield* setUp
      const late = Effect.andThen(Effect.sleep("500 millis"), Effect.fail(limited(20)))
      const both = yield* Effect.forkChild(
        Effect.forEach([1, 2], () => Effect.flip(pacer.run({ chatId: 7, priority: "edit", method: "x" }, late)), {
          concurrency: "unbounded"
        })
      )
      yield* pass(1)
      yield* Fiber.join(both)
      const other = yield* Effect.forkChild(call(8, "final"))
      yield* pass(1)
      assert.isDefined(other.pollUnsafe())
    }))

  it.effect("keeps nothing of a chat that has rested for a minute", () =>
    Effect.gen(function*() {
      const { call, pacer } = yield* setUp
      yield* call(7, "final")
      assert.isTrue(pacer.isNews(7))
      yield* pass(59)
      yield* call(8, "final")
      assert.isFalse(pacer.isNews(7))
      yield* pass(2)
      yield* call(8, "final")
      assert.isTrue(pacer.isNews(7))
    }))

  it.effect("stops for all when two chats are refused within a second", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      yield* refuse(7, limited(5))
      yield* refuse(8, limited(5))
      const other = yield* Effect.forkChild(call(9, "final"))
      yield* pass(4)
      assert.deepStrictEqual(sent, [])
      yield* pass(2)
      yield* Fiber.join(other)
    }))

  it.effect.each([[999, true], [1000, false]] as const)(
    "takes two refusals %i ms after each other for a word to the whole bot: %s",
    ([apart, isWhole]) =>
      Effect.gen(function*() {
        const { call, refuse } = yield* setUp
        // An earlier one elsewhere is not what counts.
        yield* refuse(6, limited(5))
        yield* pass(10)
        yield* refuse(7, limited(5))
        yield* TestClock.adjust(apart)
        yield* refuse(8, limited(5))
        const other = yield* Effect.forkChild(call(9, "final"), { startImmediately: true })
        assert.strictEqual(other.pollUnsafe() === undefined, isWhole)
        yield* pass(6)
        yield* Fiber.join(other)
      })
  )

  it.effect("knows of every chat that nothing would arrive while the whole bot is left alone for long", () =>
    Effect.gen(function*() {
      const { pacer, refuse } = yield* setUp
      yield* refuse(7, limited(600))
      assert.isTrue(Option.isNone(yield* pacer.closed(9, "sendMessage")))
      yield* refuse(8, limited(600))
      assert.strictEqual(Option.getOrUndefined(yield* pacer.closed(9, "sendMessage"))?.reason, "rateLimited")
    }))

  it.effect("remembers a pause however long others are served meanwhile", () =>
    Effect.gen(function*() {
      const { call, pacer, refuse } = yield* setUp
      yield* refuse(7, limited(600))
      yield* TestClock.adjust("2 minutes")
      yield* call(8, "final")
      assert.strictEqual(Option.getOrUndefined(yield* pacer.closed(7, "sendMessage"))?.reason, "rateLimited")
    }))

  it.effect("leaves a chat alone for as long as the second refusal says, not the first", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      yield* refuse(7, limited(2))
      yield* pass(3)
      yield* refuse(7, limited(10))
      const waiting = yield* Effect.forkChild(call(7, "final"))
      yield* pass(9)
      assert.deepStrictEqual(sent, [])
      yield* pass(3)
      yield* Fiber.join(waiting)
    }))

  it.effect("says how long a call that it does not make would have to wait", () =>
    Effect.gen(function*() {
      const { call, refuse } = yield* setUp
      yield* refuse(7, limited(600))
      yield* TestClock.adjust("1 minute")
      const { retryAfter = Duration.zero } = yield* Effect.flip(call(7, "final"))
      assert.isAtLeast(Duration.toSeconds(retryAfter), 540)
      assert.isAtMost(Duration.toSeconds(retryAfter), 600)
    }))

  it.effect("lets a call go that comes back just when it was told to", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      for (let n = 1; n <= 10; n++) {
        yield* refuse(7, limited(100))
        const { retryAfter = Duration.zero } = yield* Effect.flip(call(7, "final"))
        const waiting = yield* Effect.forkChild(Effect.andThen(Effect.sleep(retryAfter), call(7, "final")))
        yield* Effect.repeat(TestClock.adjust("1 second"), { times: 120 })
        yield* Fiber.interrupt(waiting)
        assert.lengthOf(sent, n)
      }
    }))

  it.effect("waits no time after a refusal that names none", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      yield* refuse(7, new TelegramFailed({ method: "x", reason: "rateLimited", code: 429 }))
      yield* call(7, "final")
      yield* call(8, "final")
      assert.strictEqual(sent.length, 2)
    }))

  it.effect("fails a call that would have to wait more than a minute, and does not take that for a refusal", () =>
    Effect.gen(function*() {
      const { call, refuse } = yield* setUp
      yield* refuse(7, limited(100))
      const first = yield* Effect.flip(call(7, "final"))
      const second = yield* Effect.flip(call(7, "final"))
      assert.strictEqual(first.reason, "rateLimited")
      assert.deepStrictEqual(first.retryAfter, second.retryAfter)
    }))

  it.effect("goes easy on Telegram after a 401, longer each time, until a call succeeds", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      const refused = new TelegramFailed({ method: "sendChatAction", reason: "unauthorized", code: 401 })
      yield* refuse(7, refused)
      assert.strictEqual((yield* Effect.flip(call(8, "final"))).reason, "unauthorized")
      yield* pass(1)
      yield* refuse(7, refused)
      yield* pass(1)
      assert.strictEqual((yield* Effect.flip(call(8, "final"))).reason, "unauthorized")
      yield* pass(1)
      yield* call(8, "final")
      assert.strictEqual(sent.length, 1)
      yield* refuse(7, refused)
      yield* pass(1)
      yield* call(8, "final")
      assert.strictEqual(sent.length, 2, "the next one begins with a second again")
    }))

  it.effect("tries a token that is refused again and again every five minutes at least", () =>
    Effect.gen(function*() {
      const { call, refuse } = yield* setUp
      const refused = new TelegramFailed({ method: "sendChatAction", reason: "unauthorized", code: 401 })
      for (let second = 1; second <= 512; second *= 2) {
        yield* refuse(7, refused)
        yield* TestClock.adjust(`${Math.min(second, 300)} seconds`)
      }
      yield* call(8, "final")
    }))

  it.effect("leaves a token that is refused again and again alone for five minutes", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      const refused = new TelegramFailed({ method: "sendMessage", reason: "unauthorized", code: 401 })
      for (let second = 1; second <= 512; second *= 2) {
        yield* refuse(7, refused)
        yield* TestClock.adjust(`${Math.min(second, 300)} seconds`)
      }
      yield* refuse(7, refused)
      yield* TestClock.adjust("299 seconds")
      yield* Effect.flip(call(8, "final"))
      yield* TestClock.adjust("1 second")
      yield* call(8, "final")
      assert.lengthOf(sent, 1)
    }))

  it.effect("asks for no file either while the whole bot is left alone", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      yield* refuse(7, limited(10))
      yield* refuse(8, limited(10))
      const asked = yield* Effect.forkChild(call(9, "unseen"))
      yield* pass(9)
      assert.lengthOf(sent, 0)
      yield* pass(3)
      yield* Fiber.join(asked)
      assert.lengthOf(sent, 1)
    }))

  it.effect("is not told by the answer to a press that a chat can be written in again", () =>
    Effect.gen(function*() {
      const { call, pacer, refuse } = yield* setUp
      yield* refuse(7, new TelegramFailed({ method: "sendMessage", reason: "blocked", code: 403 }))
      assert.isTrue(pacer.isNews(7))
      yield* call(7, "unseen")
      assert.isTrue(Option.isSome(yield* pacer.closed(7, "sendMessage")))
      assert.isFalse(pacer.isNews(7))
      yield* call(7, "final")
      assert.isTrue(Option.isNone(yield* pacer.closed(7, "sendMessage")))
      assert.isTrue(pacer.isNews(7))
    }))

  it.effect("waits out a refusal of a whole minute, with what it adds to it", () =>
    Effect.gen(function*() {
      const { call, refuse, sent } = yield* setUp
      yield* refuse(7, limited(60))
      const waiting = yield* Effect.forkChild(call(7, "final"))
      yield* pass(67)
      yield* Fiber.join(waiting)
      assert.strictEqual(sent.length, 1)
    }))

  const Calls = Schema.Array(Schema.Struct({
    chatId: Schema.Literals([7, 8, -1]),
    priority: Schema.Literals(["final", "unseen", "first", "edit", "typing"]),
    after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 }))
  })).check(Schema.isMaxLength(60))

  it.effect.prop(
    "never exceeds what a chat may have, whatever is asked of it, and fails nothing but typing for that",
    [Calls],
    ([calls]) =>
      Effect.gen(function*() {
        const pacer = yield* Pacer.make
        const sent: Array<{ readonly at: number; readonly chatId: number; readonly priority: Pacer.Priority }> = []
        const failed: Array<Pacer.Priority> = []
        const fibers: Array<Fiber.Fiber<unknown>> = []
        for (const { after, chatId, priority } of calls) {
          yield* Effect.repeat(TestClock.adjust("100 millis"), { times: after })
          const call = pacer.run(
            { chatId, priority, method: "x" },
            Effect.map(Clock.currentTimeMillis, (at) => {
              sent.push({ at, chatId, priority })
            })
          ).pipe(Effect.catch(() => Effect.sync(() => failed.push(priority))))
          fibers.push(yield* Effect.forkChild(call, { startImmediately: true }))
        }
        yield* Effect.repeat(TestClock.adjust("500 millis"), { times: 500 })
        yield* Fiber.joinAll(fibers)
        assert.strictEqual(sent.length + failed.length, calls.length)
        // A group's window may be full of finals for more than a minute.
        if (calls.filter(({ chatId }) => chatId === -1).length <= 14) {
          assert.deepStrictEqual(failed.filter((priority) => priority !== "typing"), [])
        }
        const seen = sent.filter(({ priority }) => priority !== "unseen")
        for (const { at, chatId } of seen) {
          const within = (millis: number) =>
            seen.filter((other) =>
              other.chatId === chatId && other.at >= at && other.at < at + millis &&
              (chatId === -1 || other.priority !== "typing")
            ).length
          if (chatId === -1) {
            assert.isAtMost(within(60_000), 20)
            assert.isAtMost(within(5_000), 7)
          } else {
            assert.isAtMost(within(5_000), 8)
          }
        }
      }),
    { arbitrary: { runs: 25 }, timeout: 60_000 }
  )

  it.effect("forgets a caller that has left", () =>
    Effect.gen(function*() {
      const { call, sent } = yield* setUp
      for (let i = 0; i < 3; i++) yield* call(7, "final")
      const left = yield* Effect.forkChild(call(7, "final", "left"))
      const stays = yield* Effect.forkChild(call(7, "final", "stays"))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(left)
      yield* pass(3)
      yield* Fiber.join(stays)
      // It takes no turn either: who waits behind it is next.
      assert.deepStrictEqual(sent.slice(3), [[1000, "stays"]])
    }))
})
