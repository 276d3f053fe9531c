/**
 * What people send, on the whole way: a real Telegraf bot between both emulators.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import { start } from "./stack.ts"

const plugin = { paced: false }

/** The texts of the last message of each request. */
const asked = (server: CodexEmulator.Service) =>
  Effect.map(
    server.requests,
    (requests) =>
      requests.filter(({ path }) => path.endsWith("/responses")).map(({ body }) => {
        const input = Predicate.hasProperty(body, "input") && Array.isArray(body.input) ? body.input : []
        const message: unknown = input.at(-1)
        const content = Predicate.hasProperty(message, "content") && Array.isArray(message.content)
          ? message.content
          : []
        return content.map((part: unknown) => Predicate.hasProperty(part, "text") ? String(part.text) : "").join("\n")
      })
  )

describe("one thing sent is one prompt", () => {
  it.live("a long paste gives one answer, and all of it is asked", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      const paste = Array.from({ length: 1500 }, (_, index) => `line ${index}`).join("\n")
      const pieces = yield* ada.chat.send(paste)
      assert.isAbove(pieces.length, 2)
      yield* ada.chat.nextBotMessage
      const [text = "", ...more] = yield* asked(server)
      assert.deepStrictEqual(more, [])
      assert.strictEqual(text.replace(/\s/g, ""), paste.replace(/\s/g, ""))
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("a forward with its comment gives one answer, and is quoted before the comment", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin })
      const bea = yield* telegram.user({ id: 8, firstName: "Bea" })
      const [message] = yield* bea.chat.send("the earth is flat")
      yield* bea.chat.nextBotMessage
      if (message === undefined) return assert.fail("nothing was sent")
      yield* ada.chat.forward([message], { comment: "is this true?" })
      yield* ada.chat.nextBotMessage
      const texts = yield* asked(server)
      assert.strictEqual(texts.length, 2)
      assert.match(texts[1] ?? "", /^Forwarded from "Bea" .*\n> the earth is flat\n\nis this true\?$/)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("an edit of a question that is answered is not asked again", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin })
      const [question] = yield* ada.chat.send("one")
      yield* ada.chat.nextBotMessage
      // When the next answer has begun, the first one is over.
      yield* ada.chat.send("two")
      yield* ada.chat.nextBotMessage
      yield* ada.chat.edit(question?.message_id ?? 0, "another")
      yield* ada.chat.send("three")
      yield* ada.chat.nextBotMessage
      assert.deepStrictEqual(yield* asked(server), ["one", "two", "three"])
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("in a group", () => {
  it.live("talk is left alone; a mention and a reply to the bot are answered, and the name of who speaks is told", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin: { ...plugin, botUsername: undefined } })
      const group = ada.in(yield* telegram.group({ title: "Club" }))
      yield* group.send("good morning")
      yield* group.send(`@${telegram.bot.username} hello`)
      const answer = yield* group.nextBotMessage
      yield* group.send("and you?", { replyTo: answer.message_id })
      yield* group.nextBotMessage
      const texts = yield* asked(server)
      assert.strictEqual(texts.length, 2)
      assert.strictEqual(texts[0], "hello")
      assert.match(texts[1] ?? "", /^In reply to "you, the assistant" [^]*and you\?$/)
      const sent = JSON.stringify((yield* server.requests).map(({ body }) => body))
      assert.include(sent, JSON.stringify("You speak with \"Ada\", which is a name").slice(1, -1))
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("is told of what was said before, and cut, without half a character that no server reads", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin: { ...plugin, groupContext: 5 } })
      const group = ada.in(yield* telegram.group({ title: "Club" }))
      yield* group.send(`x${"😀".repeat(300)}`)
      yield* group.send(`@${telegram.bot.username} What is 6 x 7?`)
      assert.match((yield* group.nextBotMessage).text ?? "", /42|6 x 7/)
      assert.match((yield* asked(server))[0] ?? "", /😀…\n\nWhat is 6 x 7\?$/)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("a topic that is gone while its answer is written is told to whoever asked, and nobody else", () =>
    Effect.gen(function*() {
      const { ada, telegram } = yield* start({ plugin: { ...plugin, joinWindowMs: 500 } })
      yield* ada.chat.send("/codex help")
      yield* ada.chat.nextBotMessage
      const club = yield* telegram.group({ title: "Club", kind: "forum" })
      const topic = yield* club.topic("Secrets")
      yield* ada.in(topic).send(`@${telegram.bot.username} what is the secret?`)
      yield* club.deleteTopic(topic)
      yield* ada.chat.botText(/^⚠️ The topic that you asked in is gone/)
      const inGeneral = yield* ada.in(club).messages
      assert.deepStrictEqual(inGeneral.filter(({ from }) => from.is_bot), [])
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("a topic that is closed", () => {
  it.live("while its answer is written is told to whoever asked, and the answer is there when it is opened again", () =>
    Effect.gen(function*() {
      const { ada, telegram } = yield* start({ plugin: { ...plugin, joinWindowMs: 500 } })
      yield* ada.chat.send("/codex help")
      yield* ada.chat.nextBotMessage
      const club = yield* telegram.group({ title: "Club", kind: "forum" })
      const topic = yield* club.topic("Plans")
      yield* ada.in(topic).send(`@${telegram.bot.username} what is the plan?`)
      yield* club.closeTopic(topic)
      yield* ada.chat.botText(/^⚠️ The topic that you asked in is closed/)
      yield* club.reopenTopic(topic)
      yield* ada.in(topic).send(`/codex@${telegram.bot.username} last`)
      yield* ada.in(topic).botText(/what is the plan/)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("nothing that a person can send is met with silence", () => {
  const files = ["audio", "video", "videoNote", "animation", "sticker"] as const
  const things = ["location", "venue", "contact", "poll", "dice", "checklist", "paidMedia"] as const

  it.live("each kind gets one sentence, and asks nothing", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      const said: Array<readonly [string, string]> = []
      for (const kind of files) {
        yield* ada.chat.sendFile(kind)
        said.push([kind, (yield* ada.chat.nextBotMessage).text ?? ""])
      }
      for (const kind of things) {
        yield* ada.chat.sendThing(kind)
        said.push([kind, (yield* ada.chat.nextBotMessage).text ?? ""])
      }
      const words: Readonly<Record<(typeof said)[number][0], RegExp>> = {
        audio: /CODEX_TRANSCRIBE_COMMAND/,
        videoNote: /CODEX_TRANSCRIBE_COMMAND/,
        video: /video/,
        animation: /animation|GIF|moving/i,
        sticker: /sticker/,
        location: /places/,
        venue: /places/,
        contact: /contacts/,
        poll: /polls/,
        dice: /dice/,
        checklist: /checklists/,
        paidMedia: /paid media/
      }
      for (const [kind, text] of said) assert.match(text, words[kind] ?? /^$/, kind)
      assert.deepStrictEqual(yield* asked(server), [])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("a caption is answered beside the sentence about its file", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendFile("video", { caption: "What is 6 x 7?" })
      yield* ada.chat.botText(/video/)
      yield* ada.chat.botText(/6 x 7 = 42/)
      assert.strictEqual((yield* asked(server)).length, 1)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("but in a group where it is for others", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin })
      const group = ada.in(yield* telegram.group({ title: "Club" }))
      for (const kind of files) yield* group.sendFile(kind)
      for (const kind of things) yield* group.sendThing(kind)
      yield* group.send(`@${telegram.bot.username} 1 + 1`)
      yield* group.botText(/1 \+ 1 = 2/)
      assert.strictEqual((yield* group.messages).filter(({ from }) => from.is_bot).length, 1)
      assert.strictEqual((yield* asked(server)).length, 1)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
