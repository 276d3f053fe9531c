/**
 * Nothing is silence: every kind of message that the Bot API has, and one that it has not, as a real Telegraf bot gets it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { afterEach, vi } from "vitest"
import * as Kinds from "../../src/telegram/incoming/Kinds.ts"
import type * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Files from "../support/files.ts"
import * as PolledBot from "../support/polledBot.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

type Send = (
  chat: TelegramEmulator.Conversation,
  reply: TelegramEmulator.ReplyOptions
) => Effect.Effect<TelegramEmulator.Message, TelegramEmulator.ImpossibleAct>

const file = (kind: Parameters<TelegramEmulator.Conversation["sendFile"]>[0]): Send => (chat, reply) =>
  chat.sendFile(kind, reply)
const thing = (kind: TelegramEmulator.Thing): Send => (chat, reply) => chat.sendThing(kind, reply)

/** What people can send, by the field that it comes in; what comes of it where it is for the bot. */
const kinds: Readonly<Record<string, readonly [send: Send, outcome: RegExp]>> = {
  text: [
    (chat, reply) => Effect.map(chat.send("hello", reply), ([message]) => message ?? assert.fail("no message")),
    /^Echo: /
  ],
  rich_message: [thing("richMessage"), /^Echo: /],
  photo: [(chat, reply) => chat.sendPhoto({ bytes: Files.png(4, 4), ...reply }), /^Echo: /],
  live_photo: [(chat, reply) => chat.sendPhoto({ bytes: Files.png(4, 4), isLive: true, ...reply }), /^Echo: /],
  document: [(chat, reply) => chat.sendDocument({ fileName: "a.txt", text: "a text", ...reply }), /^Echo: /],
  voice: [(chat, reply) => chat.sendVoice(reply), /^⚠️ .*listen/],
  audio: [file("audio"), /^⚠️ .*listen/],
  video: [file("video"), /^⚠️ .*video/],
  video_note: [file("videoNote"), /^⚠️ .*listen/],
  animation: [file("animation"), /^⚠️ .*(moves|animation)/],
  sticker: [file("sticker"), /^⚠️ .*stickers/],
  contact: [thing("contact"), /^⚠️ .*contacts/],
  location: [thing("location"), /^⚠️ .*places/],
  venue: [thing("venue"), /^⚠️ .*places/],
  poll: [thing("poll"), /^⚠️ .*polls/],
  dice: [thing("dice"), /^⚠️ .*dice/],
  checklist: [thing("checklist"), /^⚠️ .*checklists/],
  paid_media: [thing("paidMedia"), /^⚠️ .*paid media/],
  story: [thing("story"), /^⚠️ .*stories/],
  game: [thing("game"), /^⚠️ .*games/],
  invoice: [thing("invoice"), /^⚠️ .*invoices/],
  giveaway: [thing("giveaway"), /^⚠️ .*giveaways/],
  giveaway_winners: [thing("giveawayWinners"), /^⚠️ .*giveaways/],
  hologram: [thing("unknown"), /^⚠️ .*messages of this kind/]
}

const manners: PolledBot.Options = { botUsername: undefined, joinWindowMs: 0 }

const source = readFileSync(
  createRequire(createRequire(import.meta.url).resolve("grammy")).resolve("@grammyjs/types/message.d.ts"),
  "utf8"
)

/** The fields that the Bot API's types tell messages of two families apart by. */
const fieldsOf = (family: RegExp): ReadonlyArray<string> =>
  [...source.matchAll(/^ {4}type \w+ = (\w+) & MsgWith<"(\w+)">/gm)].flatMap(([, base = "", field = ""]) =>
    family.test(base) ? [field] : []
  )

/** What the documentation calls a service message. */
const documented = [...source.matchAll(/\/\*\* Service message[^*]*\*\/\s+(\w+)\?:/g)].flatMap((
  [, field = ""]
) => [field])

/** Sent like what happens of itself, and yet something that somebody shows. */
const shown = ["invoice", "giveaway", "giveaway_winners"]

describe("whatever somebody sends", () => {
  it("stands in the table below, as far as the Bot API tells", () => {
    const known = [...fieldsOf(/^(?!ServiceMessage)/), ...shown, "hologram"]
    assert.sameMembers(Object.keys(kinds), known)
    assert.isAtLeast(known.length, 20)
  })

  it.live("to the bot alone ends in one answer or in one sentence", () =>
    Effect.gen(function*() {
      const { ada } = yield* PolledBot.start(manners)
      for (const [name, [send, outcome]] of Object.entries(kinds)) {
        assert.property(yield* send(ada.chat, {}), name)
        assert.match((yield* ada.chat.nextBotMessage).text ?? "", outcome, name)
      }
      yield* ada.chat.send("and now?")
      yield* ada.chat.botText("Echo: and now?")
      // Nothing came twice.
      assert.lengthOf(yield* PolledBot.textsOf(ada.chat), Object.keys(kinds).length + 1)
    }))

  it.live("in a group as a reply to the bot does so, too", () =>
    Effect.gen(function*() {
      const { ada, telegram } = yield* PolledBot.start(manners)
      const club = ada.in(yield* telegram.group({ title: "Club" }))
      yield* club.send(`@${telegram.bot.username} hello`)
      const { message_id: replyTo } = yield* club.nextBotMessage
      for (const [name, [send, outcome]] of Object.entries(kinds)) {
        const { message_id } = yield* send(club, { replyTo })
        const answer = yield* club.nextBotMessage
        assert.match(answer.text ?? "", outcome, name)
        assert.strictEqual(answer.reply_to_message?.message_id, message_id, name)
      }
      yield* club.send(`@${telegram.bot.username} and now?`)
      yield* club.botText("Echo: and now?")
      assert.lengthOf(yield* PolledBot.textsOf(club), Object.keys(kinds).length + 2)
    }))

  it.live("in a group to others is none of its business", () =>
    Effect.gen(function*() {
      const { ada, requests, telegram } = yield* PolledBot.start(manners)
      const club = ada.in(yield* telegram.group({ title: "Club" }))
      for (const [send] of Object.values(kinds)) yield* send(club, {})
      yield* club.send(`@${telegram.bot.username} and now?`)
      yield* club.botText("Echo: and now?")
      assert.lengthOf(yield* PolledBot.textsOf(club), 1)
      assert.lengthOf(yield* requests, 1)
    }))

  it.live("with words under something that no bot knows yet is asked in these words, and told the rest", () =>
    Effect.gen(function*() {
      const { ada, questions, telegram } = yield* PolledBot.start(manners)
      const club = ada.in(yield* telegram.group({ title: "Club" }))
      for (
        const [chat, caption] of [[ada.chat, "what is it?"], [club, `@${telegram.bot.username} what is it?`]] as const
      ) {
        yield* chat.sendThing("unknown", { caption })
        assert.match((yield* chat.nextBotMessage).text ?? "", /^⚠️ .*messages of this kind, only the words/)
        assert.match((yield* chat.nextBotMessage).text ?? "", /^Echo: what is it\?/)
      }
      assert.isTrue((yield* questions).every((asked) => asked.startsWith("what is it?\n[Not all of what was sent")))
    }))

  it.live("to a guest bot is answered or refused in the one message, too", () =>
    Effect.gen(function*() {
      const { ada, telegram } = yield* PolledBot.start({ ...manners, guests: true, emulator: { guestMode: true } })
      const there = ada.in(yield* telegram.group({ title: "There", bot: "absent" }))
      const caption = `@${telegram.bot.username} what is it?`
      const sent = [
        there.sendPhoto({ bytes: Files.png(4, 4), caption }),
        there.sendDocument({ fileName: "a.txt", text: "a text", caption }),
        there.sendVoice({ caption }),
        there.sendFile("video", { caption }),
        there.sendFile("animation", { caption }),
        there.sendThing("paidMedia", { caption }),
        there.sendThing("unknown", { caption })
      ]
      for (const send of sent) {
        const { message_id } = yield* send
        const answer = yield* there.waitFor(({ reply_to_message, text = "" }) =>
          reply_to_message?.message_id === message_id && text.includes("Echo: what is it?")
        )
        assert.strictEqual(answer.from.id, telegram.bot.id)
      }
      assert.lengthOf(yield* PolledBot.textsOf(there), sent.length)
    }))
})

describe("what only happens", () => {
  it.each([...new Set([...fieldsOf(/^ServiceMessage$/), ...documented])].filter((field) => !shown.includes(field)))(
    "is no message of anybody: %s",
    (field) => {
      for (const content of [{}, true, [{ id: 1 }], "words", 5]) {
        assert.isUndefined(Kinds.of({ message_id: 1, date: 1, chat: { id: 7 }, from: { id: 7 }, [field]: content }))
      }
    }
  )
})
