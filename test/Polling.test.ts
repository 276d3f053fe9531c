import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { BotClient } from "../src/telegram/BotClient.ts"
import { understood } from "../src/telegram/internal/updateKinds.ts"
import * as Polling from "../src/telegram/Polling.ts"
import { TurnsUnavailable } from "../src/telegram/Turns.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

const decodeText = Schema.decodeUnknownSync(Schema.Struct({ message: Schema.Struct({ text: Schema.String }) }))
const textOf = (update: unknown) => decodeText(update).message.text

/** A bot that polls, writes down what it is handed, and what it logs. */
const setUp = Effect.fnUntraced(function*(options?: Polling.Options) {
  const telegram = yield* VirtualBotApi.make()
  const log = VirtualBotApi.log()
  const taken: Array<string> = []
  const take = (update: unknown) =>
    Effect.sync(() => {
      taken.push(textOf(update))
    })
  const make = Effect.fnUntraced(function*() {
    return yield* Polling.make(options).pipe(Effect.provideService(BotClient, yield* telegram.client))
  })
  const start = Effect.fnUntraced(
    function*(handle: (update: unknown) => Effect.Effect<unknown, TurnsUnavailable> = take) {
      const polling = yield* make()
      const fiber = yield* Effect.forkChild(Effect.provide(polling.run(handle), log.layer))
      yield* pass(1_000)
      return { polling, fiber }
    }
  )
  return { ...telegram, log, taken, take, make, start }
})

/** Lets time pass, in steps: one large step would jump over timers. */
const pass = (millis: number, step = 500) => Effect.repeat(TestClock.adjust(step), { times: millis / step - 1 })

describe("updates", () => {
  it.effect("are asked for as long as Telegram holds a poll, with the kinds that the door understands", () =>
    Effect.gen(function*() {
      const { polls, start } = yield* setUp()
      const { polling } = yield* start()
      yield* pass(500)
      // The first one is not held: whether there is a Telegram is known at once.
      assert.strictEqual((yield* polling.state).is, "polling")
      yield* pass(31_000)
      assert.deepStrictEqual(polls().map(({ fields }) => fields), [
        { limit: 100, timeout: 0, allowed_updates: understood },
        { limit: 100, timeout: 30, allowed_updates: understood },
        { limit: 100, timeout: 30, allowed_updates: understood }
      ])
    }))

  it.effect("are never asked for longer than Telegram holds a poll, and how long it goes well is known", () =>
    Effect.gen(function*() {
      const { polls, start } = yield* setUp({ pollTimeout: "2 minutes" })
      const { polling } = yield* start()
      yield* pass(120_000)
      assert.deepStrictEqual([...new Set(polls().map(({ fields }) => fields["timeout"]))], [0, 50])
      const { answeredAt = 0, since } = yield* polling.state
      assert.isBelow(since, 1_000)
      assert.isAbove(answeredAt, 50_000)
    }))

  it.effect("are handed over once each, in their order, and confirmed", () =>
    Effect.gen(function*() {
      const { ann, polls, start, taken, world } = yield* setUp()
      yield* ann.chat.send("one")
      yield* ann.chat.send("two")
      yield* start()
      yield* ann.chat.send("three")
      yield* pass(1_000)
      assert.deepStrictEqual(taken, ["one", "two", "three"])
      assert.strictEqual(world.updates.size(), 0)
      assert.lengthOf(polls(), 3)
    }))

  it.effect("are confirmed by the next pull of a stream, and come again when there is none", () =>
    Effect.gen(function*() {
      const { ann, make, world } = yield* setUp()
      for (const text of ["one", "two", "three"]) yield* ann.chat.send(text)
      const polling = yield* make()
      const first = yield* Stream.runCollect(Stream.take(polling.updates, 2))
      assert.deepStrictEqual(first.map(textOf), ["one", "two"])
      // The first one was: the end of the stream told Telegram of it.
      assert.strictEqual(world.updates.size(), 2)
      const second = yield* Stream.runCollect(Stream.take(polling.updates, 2))
      assert.deepStrictEqual(second.map(textOf), ["two", "three"])
    }))

  it.effect("have one reader at a time: a second one waits for the end of the first", () =>
    Effect.gen(function*() {
      const { polls, start } = yield* setUp()
      const { fiber, polling } = yield* start()
      const other = yield* Effect.forkChild(Stream.runDrain(polling.updates))
      yield* pass(1_000)
      assert.lengthOf(polls(), 2)
      yield* Fiber.interrupt(fiber)
      yield* pass(1_000)
      assert.lengthOf(polls(), 3)
      yield* Fiber.interrupt(other)
    }))

  it.effect("that break are logged and left, and the next ones are handed over", () =>
    Effect.gen(function*() {
      const { ann, log, start, take, taken, world } = yield* setUp()
      yield* ann.chat.send("bad")
      yield* ann.chat.send("good")
      yield* start((update) => textOf(update) === "bad" ? Effect.die(new Error("broken")) : take(update))
      assert.deepStrictEqual(taken, ["good"])
      assert.deepStrictEqual(log.lines, ["Error: An update could not be handled."])
      assert.strictEqual(world.updates.size(), 0)
    }))

  it.effect("whose handling hangs are given up after a while", () =>
    Effect.gen(function*() {
      const { ann, start, take, taken } = yield* setUp()
      yield* ann.chat.send("bad")
      yield* ann.chat.send("good")
      yield* start((update) => textOf(update) === "bad" ? Effect.never : take(update))
      yield* pass(20_000)
      assert.deepStrictEqual(taken, ["good"])
    }))

  it.effect("whose handling is interrupted from below were not taken, and wait", () =>
    Effect.gen(function*() {
      const { ann, log, start, take, taken, world } = yield* setUp()
      let isMoving = true
      yield* ann.chat.send("one")
      yield* start((update) => isMoving ? Effect.interrupt : take(update))
      yield* pass(10_000)
      assert.strictEqual(world.updates.size(), 1)
      assert.notInclude(log.lines.join("\n"), "could not be handled")
      isMoving = false
      yield* pass(31_000)
      assert.deepStrictEqual(taken, ["one"])
    }))

  it.effect("that cannot be accepted wait at Telegram until they can, and the log says both", () =>
    Effect.gen(function*() {
      const { ann, log, start, take, taken, world } = yield* setUp()
      let isClosed = true
      yield* ann.chat.send("one")
      const { polling } = yield* start((update) =>
        isClosed ? Effect.fail(new TurnsUnavailable({ reason: "store" })) : take(update)
      )
      yield* pass(200_000)
      assert.deepStrictEqual(taken, [])
      assert.strictEqual(world.updates.size(), 1)
      assert.strictEqual((yield* polling.state).is, "busy")
      isClosed = false
      yield* pass(31_000)
      assert.deepStrictEqual(taken, ["one"])
      assert.strictEqual(world.updates.size(), 0)
      assert.strictEqual((yield* polling.state).is, "polling")
      assert.lengthOf(log.lines, 2)
      assert.strictEqual(log.lines[0], "Warn: Updates wait: Prompts cannot be accepted at the moment (store).")
      assert.match(log.lines[1] ?? "", /^Info: Updates are taken again, after 3m \d+s\.$/)
    }))

  it.effect("that are being handed over when it ends are so to their end, and are confirmed", () =>
    Effect.gen(function*() {
      const { ann, start, take, taken, world } = yield* setUp()
      yield* ann.chat.send("one")
      const { fiber } = yield* start((update) => Effect.andThen(Effect.sleep("5 seconds"), take(update)))
      const ending = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* pass(5_000)
      yield* Fiber.join(ending)
      assert.deepStrictEqual(taken, ["one"])
      assert.strictEqual(world.updates.size(), 0)
    }))

  it.effect("of the last batch are confirmed when it ends, so that they do not come again", () =>
    Effect.gen(function*() {
      const { ann, start, take, taken, world } = yield* setUp()
      yield* ann.chat.send("one")
      yield* ann.chat.send("two")
      const { fiber } = yield* start((update) =>
        textOf(update) === "two" ? Effect.fail(new TurnsUnavailable({ reason: "closing" })) : take(update)
      )
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(taken, ["one"])
      assert.strictEqual(world.updates.size(), 1)
    }))
})

describe("an outage", () => {
  const outages: ReadonlyArray<{ readonly name: string; readonly line: VirtualBotApi.Line; readonly said: string }> = [
    { name: "silence", line: "silent", said: "cannot be reached at api.telegram.org: it was silent for 40s." },
    { name: "a lost answer", line: "deaf", said: "cannot be reached at api.telegram.org: it was silent for 40s." },
    { name: "a reset", line: "reset", said: "cannot be reached at api.telegram.org." },
    { name: "a refusal", line: "refused", said: "cannot be reached at api.telegram.org." },
    {
      name: "a page of a server before it",
      line: new Response("<html>Bad Gateway</html>", { status: 502 }),
      said: "cannot be reached at api.telegram.org (502)."
    },
    {
      name: "a page that wants a log-in",
      line: new Response("Log in to this network", { status: 200 }),
      said: "cannot be reached at api.telegram.org."
    },
    {
      name: "an answer of another shape",
      line: Response.json({ ok: true, result: { no: "list" } }),
      said: "cannot be reached at api.telegram.org."
    },
    {
      name: "a refusal that nobody knows",
      line: Response.json({ ok: false, error_code: 400, description: "Bad Request" }, { status: 400 }),
      said: "gives no updates: Telegram refused getUpdates (rejected 400)."
    }
  ]
  it.effect.each(outages)(
    "by $name is said once, and over within 90 s of its end",
    ({ line, said }) =>
      Effect.gen(function*() {
        const { ann, log, meets, start, taken } = yield* setUp()
        const { polling } = yield* start()
        yield* pass(10_000)
        yield* meets(line)
        yield* ann.chat.send("Are you there?")
        yield* pass(240_000)
        assert.notStrictEqual((yield* polling.state).is, "polling")
        yield* meets("up")
        const since = yield* Clock.currentTimeMillis
        while (!taken.includes("Are you there?")) yield* TestClock.adjust(500)
        assert.isAtMost((yield* Clock.currentTimeMillis) - since, 30_000)
        assert.strictEqual((yield* polling.state).is, "polling")
        assert.lengthOf(log.lines, 2)
        assert.strictEqual(log.lines[0], `Warn: Telegram ${said} The next try is in 1s.`)
        assert.match(log.lines[1] ?? "", /^Info: (Telegram is back after [\dms ]+: u|U)pdates are read again/)
        assert.deepStrictEqual(taken, ["Are you there?"])
      })
  )

  it.effect("of a moment is over at the next try", () =>
    Effect.gen(function*() {
      const { ann, log, meets, start, taken } = yield* setUp()
      let times = 0
      yield* meets(() => times++ === 1 ? "reset" : "up")
      yield* start()
      yield* ann.chat.send("one")
      yield* pass(3_000)
      yield* ann.chat.send("two")
      yield* pass(1_000)
      assert.deepStrictEqual(taken, ["one", "two"])
      assert.lengthOf(log.lines, 2)
    }))

  it.effect("that goes on is said again every ten minutes", () =>
    Effect.gen(function*() {
      const { log, meets, start } = yield* setUp()
      yield* meets("refused")
      yield* start()
      yield* pass(1_900_000, 1_000)
      assert.lengthOf(log.lines, 4)
    }))

  it.effect("waits longer from try to try, and no longer than eighteen seconds", () =>
    Effect.gen(function*() {
      const { meets, polls, start } = yield* setUp()
      yield* meets("refused")
      yield* start()
      yield* pass(300_000)
      const at = polls().map((call) => call.at)
      const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
      assert.isBelow(pauses[0] ?? 0, 1_300)
      for (const pause of pauses.slice(5)) assert.isTrue(pause >= 12_000 && pause <= 18_000, `${pause}`)
    }))

  it.effect("of a connection that dies while a poll is held is noticed when the poll should have ended", () =>
    Effect.gen(function*() {
      const { ann, meets, start, taken } = yield* setUp()
      let times = 0
      // Only this one connection is dead; the next one is not.
      yield* meets(() => times++ === 0 ? "silent" : "up")
      yield* start()
      yield* ann.chat.send("one")
      yield* pass(42_000)
      assert.deepStrictEqual(taken, ["one"])
    }))
})

describe("a second poller", () => {
  it.effect("and the first one both live on, take turns, and lose and double no update", () =>
    Effect.gen(function*() {
      const { ann, log, polls, start, taken, world } = yield* setUp()
      const one = yield* start()
      const other = yield* start()
      for (let minute = 0; minute < 60; minute++) {
        yield* ann.chat.send(`minute ${minute}`)
        yield* pass(60_000, 1_000)
      }
      assert.strictEqual(one.fiber.pollUnsafe(), undefined)
      assert.strictEqual(other.fiber.pollUnsafe(), undefined)
      assert.deepStrictEqual(taken, Array.from({ length: 60 }, (_, minute) => `minute ${minute}`))
      assert.strictEqual(world.updates.size(), 0)
      // Not a storm: in an hour each of them polls about as often as when it is alone.
      assert.isBelow(polls().length, 400)
      const said = log.lines.filter((line) =>
        line.startsWith(
          "Warn: Another process reads this bot's updates with the same token (409): stop it, or give it a bot of its own. "
        )
      )
      assert.isTrue(said.length >= 2 && said.length <= 14, `${said.length}`)
    }))

  it.effect("that ends leaves the first one to read on, which says so", () =>
    Effect.gen(function*() {
      const { ann, log, start, taken } = yield* setUp()
      const { polling } = yield* start()
      const other = yield* start()
      assert.strictEqual((yield* polling.state).is, "otherPoller")
      yield* Fiber.interrupt(other.fiber)
      yield* ann.chat.send("one")
      yield* pass(75_000)
      assert.deepStrictEqual(taken, ["one"])
      assert.strictEqual((yield* polling.state).is, "polling")
      yield* pass(240_000)
      assert.match(log.lines.at(-1) ?? "", /^Info: No other process has read this bot's updates for a while: /)
      assert.lengthOf(log.lines, 2)
    }))
})

describe("a webhook that is set", () => {
  it.effect("is named in the log, and polling goes on when it is deleted", () =>
    Effect.gen(function*() {
      const { ann, client, log, start, taken } = yield* setUp()
      const bot = yield* client
      yield* bot.call("setWebhook", { url: "https://bot.example.com/secret-path" })
      yield* start()
      assert.lengthOf(log.lines, 1)
      assert.match(
        log.lines[0] ?? "",
        /^Warn: Telegram sends this bot's updates to a webhook at bot\.example\.com, so that none are left to poll for \(409\): /
      )
      yield* bot.call("deleteWebhook")
      yield* ann.chat.send("one")
      yield* pass(75_000)
      assert.deepStrictEqual(taken, ["one"])
      assert.match(log.lines[1] ?? "", /^Info: Updates are read again, after \d+s\.$/)
    }))

  it.effect("is deleted before the first poll on request, however long that takes", () =>
    Effect.gen(function*() {
      const { ann, calls, client, meets, start, taken } = yield* setUp({ deleteWebhook: true })
      yield* (yield* client).call("setWebhook", { url: "https://bot.example.com/hook" })
      yield* meets("refused")
      yield* start()
      yield* meets("up")
      yield* ann.chat.send("one")
      yield* pass(5_000)
      assert.deepStrictEqual(taken, ["one"])
      yield* pass(60_000)
      // What has come through is not done again.
      const deleted = calls.filter(({ method }) => method === "deleteWebhook").map(({ at }) => at)
      assert.isBelow(Math.max(...deleted), 10_000)
    }))
})

describe("a limit", () => {
  it.effect("is kept to, for as long as Telegram says", () =>
    Effect.gen(function*() {
      const { log, meets, polls, start } = yield* setUp()
      const refusal = {
        ok: false,
        error_code: 429,
        description: "Too Many Requests: retry after 100",
        parameters: { retry_after: 100 }
      }
      let times = 0
      yield* meets(() => times++ === 0 ? Response.json(refusal, { status: 429 }) : "up")
      const { polling } = yield* start()
      assert.strictEqual((yield* polling.state).is, "rateLimited")
      yield* pass(98_000)
      assert.lengthOf(polls(), 1)
      yield* pass(12_000)
      assert.lengthOf(polls(), 2)
      assert.match(
        log.lines[0] ?? "",
        /^Warn: Telegram limits this bot \(429\)\. The next try is in 1m (?:4\ds|50s)\.$/
      )
    }))
})

describe("a token that Telegram does not take", () => {
  const refusal = (code: number, description: string) =>
    Response.json({ ok: false, error_code: code, description }, { status: code })

  it.effect("ends the polling, with a sentence", () =>
    Effect.gen(function*() {
      const { meets, start } = yield* setUp()
      const { fiber, polling } = yield* start()
      yield* meets(refusal(401, "Unauthorized"))
      yield* pass(31_000)
      const failure = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(failure.message, "Telegram refused getUpdates (unauthorized 401).")
      assert.strictEqual(failure.fix("program"), "Replace the bot's token: @BotFather gives out a new one.")
      assert.strictEqual((yield* polling.state).is, "ended")
    }))

  it.effect("ends it with a 404 only when it never was any good", () =>
    Effect.gen(function*() {
      const { meets, start } = yield* setUp()
      const once = yield* start()
      yield* pass(31_000)
      yield* meets(refusal(404, "Not Found"))
      yield* pass(60_000)
      assert.strictEqual(once.fiber.pollUnsafe(), undefined)
      const { fiber } = yield* start()
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
    }))

  it.effect("is none because a proxy on the way says 401 in words of its own", () =>
    Effect.gen(function*() {
      const { meets, start } = yield* setUp()
      yield* meets(new Response("Proxy: log in first", { status: 401 }))
      const { fiber, polling } = yield* start()
      yield* pass(60_000)
      assert.strictEqual(fiber.pollUnsafe(), undefined)
      assert.strictEqual((yield* polling.state).is, "unreachable")
    }))
})
