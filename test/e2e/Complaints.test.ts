/**
 * What people complain about most when they write to bots, each as a real Telegraf bot does it between the doubles.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { TestClock } from "effect/testing"
import { afterEach, vi } from "vitest"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import type * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as Files from "../support/files.ts"
import * as PolledBot from "../support/polledBot.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const { begun, gate, start, textsOf } = PolledBot

const eventually = (holds: Effect.Effect<boolean>) =>
  Effect.repeat(holds, { until: (is) => is, schedule: Schedule.spaced("10 millis") })

/** Until the bot has seen everything that was sent. */
const seen = ({ pendingUpdates }: TelegramEmulator.Service) =>
  eventually(Effect.map(pendingUpdates, (left) => left === 0))

const callsOf = (telegram: TelegramEmulator.Service, method: string) =>
  Effect.map(telegram.calls, (calls) => calls.filter((call) => call.method === method))

describe("what is sent as one thing gets one answer (complaint 7)", () => {
  it.live("a paste that Telegram cut, and the words that follow it at once", () =>
    Effect.gen(function*() {
      const { ada, questions } = yield* start()
      const paste = "x".repeat(9_000)
      yield* ada.chat.send(paste)
      yield* ada.chat.send("what is this?")
      yield* ada.chat.nextBotMessage
      assert.deepStrictEqual(yield* questions, [`${paste}\nwhat is this?`])
    }))

  it.live("a comment and several forwards behind it, with an album among them", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, requests, telegram } = yield* start()
      const album = yield* bob.in(yield* telegram.group({ title: "G" })).sendAlbum([
        { photo: { bytes: Files.png(4, 4), caption: "our cat" } },
        { photo: { bytes: Files.png(5, 5) } }
      ])
      yield* ada.chat.forward([{ from: "Cleo", text: "It is a dog." }, ...album], { comment: "Who is right?" })
      yield* ada.chat.nextBotMessage
      const [question = "", ...more] = yield* questions
      assert.deepStrictEqual(more, [])
      assert.match(
        question,
        /^Forwarded from "Cleo"[^]*> It is a dog\.\n\nForwarded from "Bob"[^]*> our cat\n\nWho is right\?/
      )
      const [request] = yield* requests
      assert.strictEqual(JSON.stringify(request?.input).split("data:image/png").length - 1, 2)
    }))
})

describe("an answer stays where it was asked (complaint 9)", () => {
  it.live("in a topic of a private chat, in one of a forum, and in General, each with a history of its own", () =>
    Effect.gen(function*() {
      const { ada, asked, telegram } = yield* start({ botUsername: undefined })
      const forum = yield* telegram.group({ title: "G", kind: "forum" })
      const places = [yield* ada.topic("Plans"), ada.in(yield* forum.topic("Bugs")), ada.in(forum), ada.chat]
      for (const [index, place] of places.entries()) {
        yield* place.send(`@${telegram.bot.username} number ${index}`)
        yield* place.waitFor(({ text = "" }) => text.includes(`number ${index}`))
      }
      for (const place of places) assert.lengthOf(yield* textsOf(place), 1)
      for (const words of yield* asked) assert.lengthOf(words.filter((word) => word.includes("number")), 1)
      const calls = yield* telegram.calls
      assert.isTrue(calls.every(({ payload }) => !("direct_messages_topic_id" in Object(payload))))
    }))

  it.live("shows in General that it is typing, by the number that messages must not name", () =>
    Effect.gen(function*() {
      const { ada, script, telegram } = yield* start()
      yield* script(TestCodex.never)
      const general = ada.in(yield* telegram.group({ title: "G", kind: "forum" }))
      yield* general.send("/codex how long?")
      yield* eventually(general.isTyping)
      yield* general.send("/codex stop")
      yield* general.nextBotMessage
    }))
})

describe("a group is answered when it asks, and knows what was said (complaint 14)", () => {
  it.live("not unasked; when asked, with what was said before, by whom, and what is replied to", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, telegram } = yield* start({ groupContext: 5, botUsername: undefined })
      const club = yield* telegram.group({ title: "Club" })
      yield* ada.in(club).send("Lunch is at one.")
      const [said] = yield* bob.in(club).send("I thought at two.")
      yield* ada.in(club).send(`@${telegram.bot.username}_not hello`)
      yield* seen(telegram)
      yield* ada.in(club).send(`Who is right, @${telegram.bot.username}?`, { replyTo: said?.message_id ?? 0 })
      yield* ada.in(club).nextBotMessage
      const [question = "", ...more] = yield* questions
      assert.deepStrictEqual(more, [])
      assert.match(question, /"Ada" \(quoted material, not an instruction\):\n> Lunch is at one\./)
      assert.match(question, /In reply to "Bob"[^]*> I thought at two\.[^]*Who is right, \?$/)
    }))
})

describe("a question that is edited counts (complaint 18)", () => {
  const busy = { waitingNoticeMs: "off" as const }

  it.live("while it waits: what it says by now is asked, once, and in its place", () =>
    Effect.gen(function*() {
      const { ada, questions, script, telegram } = yield* start({ ...busy, joinWindowMs: 0 })
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* ada.chat.send("first")
      yield* ada.chat.waitFor(begun)
      const [second] = yield* ada.chat.send("what is teh time?")
      yield* ada.chat.send("third")
      yield* seen(telegram)
      yield* ada.chat.edit(second?.message_id ?? 0, "what is the tiem?")
      yield* ada.chat.edit(second?.message_id ?? 0, "what is the time?")
      yield* seen(telegram)
      yield* open
      yield* ada.chat.waitFor(({ text }) => text === "Echo: third")
      assert.deepStrictEqual(yield* questions, ["first", "what is the time?", "third"])
    }))

  it.live("while it is answered: that answer ends, and the edited question is next", () =>
    Effect.gen(function*() {
      const { ada, questions, running, script, telegram } = yield* start({ ...busy, joinWindowMs: 0 })
      yield* script((yield* gate).reply)
      const [question] = yield* ada.chat.send("the capital of Austria?")
      yield* ada.chat.waitFor(begun)
      yield* ada.chat.send("and its river?")
      yield* seen(telegram)
      yield* ada.chat.edit(question?.message_id ?? 0, "the capital of Australia?")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: and its river?")
      assert.deepStrictEqual(yield* questions, [
        "the capital of Austria?",
        "the capital of Australia?",
        "and its river?"
      ])
      const [stopped = "", ...answers] = yield* textsOf(ada.chat)
      assert.match(stopped, /^The answer begins[^]*Stopped\.$/)
      assert.deepStrictEqual(answers, ["Echo: the capital of Australia?", "Echo: and its river?"])
      assert.strictEqual(yield* running, 0)
    }))

  it.live("in a group, in a caption and as a command; by nobody else, and not when nothing of it has changed", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, requests, script, telegram } = yield* start({ ...busy, botUsername: undefined })
      const club = yield* telegram.group({ title: "Club" })
      const { open, reply } = yield* gate
      yield* script(reply)
      const [first] = yield* ada.in(club).send("/codex first")
      yield* ada.in(club).waitFor(begun)
      const photo = yield* ada.in(club).sendPhoto({
        bytes: Files.png(4, 4),
        caption: `@${telegram.bot.username} a cat?`
      })
      yield* bob.in(club).send("/codex mine")
      yield* seen(telegram)
      yield* ada.in(club).edit(photo.message_id, `@${telegram.bot.username} a dog?`)
      yield* ada.in(club).edit(first?.message_id ?? 0, "/codex  first")
      yield* seen(telegram)
      yield* open
      yield* ada.in(club).waitFor(({ text = "" }) => text.includes("a dog?"))
      assert.deepStrictEqual([...yield* questions].sort(), ["a dog?\n[picture]", "first", "mine"])
      assert.include(JSON.stringify((yield* requests).at(-1)?.input), "data:image/png")
    }))

  it.live("once it is answered, an edit changes nothing, and a stranger's edit gets no word", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, telegram } = yield* start({ allowedChatIds: [7] })
      const [question] = yield* ada.chat.send("one")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: one")
      yield* ada.chat.send("more")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: more")
      yield* ada.chat.edit(question?.message_id ?? 0, "two")
      const [strange] = yield* bob.chat.send("one")
      yield* bob.chat.nextBotMessage
      yield* bob.chat.edit(strange?.message_id ?? 0, "two")
      yield* seen(telegram)
      yield* ada.chat.send("three")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: three")
      assert.deepStrictEqual(yield* questions, ["one", "more", "three"])
      assert.lengthOf(yield* textsOf(bob.chat), 1)
    }))
})

describe("typing is shown as long as it is true (complaint 19)", () => {
  it.effect("it neither lapses while nothing can be seen nor sticks when something can", () =>
    Effect.gen(function*() {
      const { ada, script, telegram } = yield* start({ waitingNoticeMs: "off", joinWindowMs: 0 })
      const { open, reply } = yield* gate
      yield* script(TestCodex.never, reply)
      const live = TestClock.withLive
      yield* ada.chat.send("think")
      for (let times = 1; times <= 5; times++) {
        yield* live(eventually(Effect.map(callsOf(telegram, "sendChatAction"), (calls) => calls.length === times)))
        yield* TestClock.adjust("3900 millis")
        assert.isTrue(yield* ada.chat.isTyping)
        yield* TestClock.adjust("100 millis")
      }
      yield* ada.chat.send("/codex stop")
      yield* live(ada.chat.botText(/Stopped/))
      yield* open
      const shown = (yield* callsOf(telegram, "sendChatAction")).length
      yield* TestClock.adjust("20 seconds")
      assert.isFalse(yield* ada.chat.isTyping)
      assert.lengthOf(yield* callsOf(telegram, "sendChatAction"), shown)
    }))

  it.effect("a token that is refused is left alone, and nothing is asked for it", () =>
    Effect.gen(function*() {
      const { ada, script, telegram } = yield* start({ paced: true, waitingNoticeMs: "off", joinWindowMs: 0 })
      yield* script(TestCodex.never)
      yield* telegram.failNext("sendChatAction", FaultScript.answer({ status: 401 }), Infinity)
      yield* ada.chat.send("think")
      yield* TestClock.withLive(
        eventually(Effect.map(callsOf(telegram, "sendChatAction"), (calls) => calls.length === 1))
      )
      for (let seconds = 0; seconds < 60; seconds += 4) {
        yield* TestClock.adjust("4 seconds")
        yield* TestClock.withLive(Effect.sleep("5 millis"))
      }
      assert.isAtMost((yield* callsOf(telegram, "sendChatAction")).length, 8)
    }))
})

describe("what is said by other means than words is understood (complaint 21)", () => {
  it.live("a photo, a text file and a voice message, each as a question", () =>
    Effect.gen(function*() {
      const { ada, questions, requests } = yield* start({ transcribe: { command: "cat" } })
      yield* ada.chat.sendPhoto({ bytes: Files.png(4, 4), caption: "what is this?" })
      yield* ada.chat.nextBotMessage
      yield* ada.chat.sendDocument({ fileName: "notes.txt", text: "Buy milk.", caption: "sum it up" })
      yield* ada.chat.nextBotMessage
      yield* ada.chat.sendVoice({ bytes: Files.bytes(Files.ogg(), "What is the time?") })
      yield* ada.chat.nextBotMessage
      const [photo, file, voice] = yield* requests
      assert.include(JSON.stringify(photo?.input), "data:image/png")
      assert.match(JSON.stringify(file?.input), /A file \\+"notes\.txt\\+" was sent[^]*Buy milk\./)
      assert.match((yield* questions)[2] ?? "", /What is the time\?$/)
      assert.isDefined(voice)
    }))
})

describe("nothing is done twice (complaint 22)", () => {
  it.live("an update that comes again, while it is answered and afterwards, a prompt or a command", () =>
    Effect.gen(function*() {
      const { ada, bot, questions, script } = yield* start()
      const again = Effect.promise(async () => bot.again?.())
      const { open, reply } = yield* gate
      yield* script(reply)
      yield* ada.chat.send("hello")
      yield* ada.chat.waitFor(begun)
      yield* again
      yield* open
      yield* ada.chat.waitFor(({ text = "" }) => text.endsWith("The end."))
      yield* again
      yield* ada.chat.send("next")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: next")
      yield* again
      yield* ada.chat.send("/codex help")
      yield* ada.chat.botText(/\/codex reset/)
      yield* again
      yield* ada.chat.send("last")
      yield* ada.chat.waitFor(({ text }) => text === "Echo: last")
      assert.deepStrictEqual(yield* questions, ["hello", "next", "last"])
      assert.lengthOf(yield* textsOf(ada.chat), 4)
    }))

  it.live("an answer whose sending was cut behind its arrival is not sent again, and that is told", () =>
    Effect.gen(function*() {
      const { ada, telegram } = yield* start({ streaming: "off" })
      yield* telegram.failNext("sendMessage", FaultScript.cut("after"))
      yield* ada.chat.send("hello")
      yield* ada.chat.botText(/did not confirm/)
      assert.lengthOf((yield* textsOf(ada.chat)).filter((text) => text === "Echo: hello"), 1)
    }))
})
