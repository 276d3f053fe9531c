/**
 * What people send beside plain questions, as a real Telegraf bot gets it from the Telegram double.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Telegram } from "telegraf"
import { afterEach, vi } from "vitest"
import type * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Files from "../support/files.ts"
import * as PolledBot from "../support/polledBot.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

const { begun, gate, start } = PolledBot

const seen = ({ pendingUpdates }: TelegramEmulator.Service) =>
  Effect.repeat(pendingUpdates, { until: (left) => left === 0, schedule: Schedule.spaced("10 millis") })

const picturesIn = (request: unknown): number => JSON.stringify(request).split("data:image/").length - 1

describe("an album", () => {
  it.live(
    "whose caption comes on a late sibling is one question, while it waits behind another one",
    () =>
      Effect.gen(function*() {
        const { ada, questions, requests, script, telegram } = yield* start({ waitingNoticeMs: "off", joinWindowMs: 0 })
        const { open, reply } = yield* gate
        yield* script(reply)
        yield* ada.chat.send("first")
        yield* ada.chat.waitFor(begun)
        const photo = (width: number) => ({ bytes: Files.png(width, 4) })
        yield* ada.chat.sendAlbum([{ photo: photo(4) }, { photo: photo(5) }, {
          photo: { ...photo(6), caption: "which of them?" }
        }], { between: "700 millis" })
        yield* seen(telegram)
        yield* open
        yield* ada.chat.waitFor(({ text = "" }) => text.includes("which of them?"))
        const [, album, ...more] = yield* questions
        assert.match(album ?? "", /^which of them\?/)
        assert.deepStrictEqual(more, [])
        assert.strictEqual(picturesIn((yield* requests)[1]?.input.at(-1)), 3)
      })
  )
})

describe("in a group an album", () => {
  it.live("whose last item names the bot is one question with all of them", () =>
    Effect.gen(function*() {
      const { ada, questions, requests, telegram } = yield* start({ botUsername: undefined })
      const club = yield* telegram.group({ title: "Club" })
      const photo = (width: number) => ({ bytes: Files.png(width, 4) })
      yield* ada.in(club).sendAlbum([{ photo: photo(4) }, { photo: photo(5) }, {
        photo: { ...photo(6), caption: `@${telegram.bot.username} which of them?` }
      }])
      yield* ada.in(club).nextBotMessage
      const [album, ...more] = yield* questions
      assert.match(album ?? "", /^which of them\?/)
      assert.deepStrictEqual(more, [])
      assert.strictEqual(picturesIn((yield* requests)[0]?.input.at(-1)), 3)
    }))
})

describe("in a group a question about a picture", () => {
  it.live("of somebody else comes with the picture that it replies to", () =>
    Effect.gen(function*() {
      const { ada, bob, questions, requests, telegram } = yield* start({ botUsername: undefined })
      const club = yield* telegram.group({ title: "Club" })
      const photo = yield* bob.in(club).sendPhoto({ bytes: Files.png(4, 4), caption: "our cat" })
      yield* ada.in(club).send(`@${telegram.bot.username} what is it?`, { replyTo: photo.message_id })
      yield* ada.in(club).nextBotMessage
      assert.match((yield* questions)[0] ?? "", /^In reply to "Bob"[^]*> our cat\n\nwhat is it\?/)
      assert.strictEqual(picturesIn((yield* requests)[0]?.input.at(-1)), 1)
    }))

  it.live("of the bot comes with that picture, and is for the bot without a mention", () =>
    Effect.gen(function*() {
      const { ada, questions, requests, telegram } = yield* start({ botUsername: undefined })
      const club = yield* telegram.group({ title: "Club" })
      const chat = ada.in(club)
      const cat = Buffer.from(Files.painted(8, 8, () => [9, 9, 9, 255]))
      const { apiRoot, token } = telegram
      yield* Effect.promise(() =>
        new Telegram(token, { apiRoot }).sendPhoto(club.chat.id, { source: cat }, { caption: "A cat, as you asked." })
      )
      const picture = yield* chat.nextBotMessage
      yield* chat.send("with a hat, please", { replyTo: picture.message_id, quote: "A cat" })
      yield* chat.nextBotMessage
      assert.match(
        (yield* questions)[0] ?? "",
        /^In reply to "you, the assistant"[^]*> A cat, as you asked\.[^]*In reply to this part[^]*> A cat\n\nwith a hat, please/
      )
      assert.strictEqual(picturesIn((yield* requests)[0]?.input.at(-1)), 1)
    }))
})

describe("a text that only looks like a command", () => {
  it.live("is a question: in private as it is, in a group behind a mention", () =>
    Effect.gen(function*() {
      const { ada, questions, telegram } = yield* start({ botUsername: undefined, joinWindowMs: 0 })
      const club = ada.in(yield* telegram.group({ title: "Club" }))
      const texts = ["/etc/nginx/nginx.conf is empty, why?", "//cdn.example.com/a.js fails", "/ what"]
      for (const text of texts) {
        yield* ada.chat.send(text)
        yield* ada.chat.nextBotMessage
      }
      yield* club.send(texts[0] ?? "")
      yield* club.send(`@${telegram.bot.username} ${texts[0]}`)
      yield* club.nextBotMessage
      assert.deepStrictEqual(yield* questions, [...texts, texts[0]])
    }))
})
