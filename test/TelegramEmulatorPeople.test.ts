import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as TestClock from "effect/testing/TestClock"
import { received, setUp } from "./support/telegramWire.ts"

const things = [
  "location",
  "venue",
  "contact",
  "poll",
  "dice",
  "checklist",
  "story",
  "game",
  "invoice",
  "giveaway",
  "giveawayWinners",
  "richMessage",
  "unknown"
] as const

/** What the service messages among the updates tell. */
const told = (updates: ReadonlyArray<{ readonly message?: object }>) =>
  updates.flatMap(({ message = {} }) => "text" in message ? [] : [Object.keys(message).at(-1)])

const statusOf = (url: string) =>
  HttpClient.get(url).pipe(Effect.map(({ status }) => status), Effect.provide(FetchHttpClient.layer))

describe("albums", () => {
  it.live("each item is a message and an update of its own", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const sent = yield* ann.chat.sendAlbum([
        { photo: { caption: "look" } },
        { photo: {} },
        { document: { fileName: "a.txt", text: "a" } }
      ])
      const updates = (yield* call("getUpdates")).result
      assert.strictEqual(updates.length, 3)
      assert.strictEqual(new Set(sent.map(({ media_group_id }) => media_group_id)).size, 1)
      assert.isString(updates[0].message.media_group_id)
      assert.deepStrictEqual(
        updates.map(({ message }: { readonly message: { readonly caption?: string } }) => message.caption),
        ["look", undefined, undefined]
      )
      const error = yield* Effect.flip(ann.chat.sendAlbum([{ photo: {} }]))
      assert.strictEqual(error.reason, "an album has two to ten items")
    }))

  it.effect("items can come with time between them", () =>
    Effect.gen(function*() {
      const { ann } = yield* setUp()
      const sending = yield* Effect.forkChild(
        ann.chat.sendAlbum([{ photo: {} }, { photo: {} }], { between: "400 millis" })
      )
      yield* TestClock.adjust("399 millis")
      assert.strictEqual((yield* ann.chat.messages).length, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(sending)).length, 2)
    }))
})

describe("messages of people", () => {
  it.live("photos, voice messages and captions", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* ann.chat.sendPhoto({ caption: "/see this" })
      const voice = yield* ann.chat.sendVoice({ duration: 4 })
      const [photo, spoken] = (yield* call("getUpdates")).result
      assert.deepInclude(photo.message, {
        caption: "/see this",
        caption_entities: [{ type: "bot_command", offset: 0, length: 4 }]
      })
      assert.strictEqual(photo.message.photo.length, 2)
      assert.strictEqual(spoken.message.voice.duration, 4)
      const { result } = yield* call("getFile", { file_id: voice.voice?.file_id })
      assert.strictEqual(result.file_path, "voice/file_3.ogg")
      const error = yield* Effect.flip(ann.chat.sendPhoto({ text: "no picture" }))
      assert.strictEqual(error.reason, "it is no picture")
    }))

  it.live("files and things of every kind come as the Bot API shows them", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      for (const kind of ["audio", "video", "videoNote", "animation", "sticker"] as const) {
        yield* ann.chat.sendFile(kind)
      }
      for (const kind of [...things, "paidMedia"] as const) {
        yield* ann.chat.sendThing(kind)
      }
      const contents = (yield* call("getUpdates")).result.map(({ message }: { readonly message: object }) =>
        Object.keys(message).filter((field) => !["message_id", "from", "chat", "date"].includes(field)).join()
      )
      assert.deepStrictEqual(contents, [
        "audio",
        "video",
        "video_note",
        "animation,document",
        "sticker",
        "location",
        "location,venue",
        "contact",
        "poll",
        "dice",
        "checklist",
        "story",
        "game",
        "invoice",
        "giveaway",
        "giveaway_winners",
        "rich_message",
        "hologram",
        "paid_media"
      ])
      yield* ann.chat.sendPhoto({ isLive: true })
      const { message: live } = (yield* call("getUpdates")).result.at(-1)
      assert.containsAllKeys(live, ["photo", "live_photo"])
      const none = yield* Effect.flip(ann.chat.sendThing("dice", { caption: "hi" }))
      assert.strictEqual(none.reason, "this kind has no caption")
      const error = yield* Effect.flip(ann.chat.sendFile("sticker", { caption: "hi" }))
      assert.strictEqual(error.reason, "this kind has no caption")
    }))

  it.effect("the path of a file is good for an hour, and is given out again by another call", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const { voice } = yield* ann.chat.sendVoice()
      const path = (yield* call("getFile", { file_id: voice?.file_id })).result.file_path
      const status = statusOf(`${telegram.apiRoot}/file/bot${telegram.token}/${path}`)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* status, 200)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* status, 404)
      yield* call("getFile", { file_id: voice?.file_id })
      assert.strictEqual(yield* status, 200)
    }))

  it.live("an edited caption is an edited message", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const { message_id } = yield* ann.chat.sendPhoto({ caption: "one" })
      yield* ann.chat.edit(message_id, "two")
      const [, update] = (yield* call("getUpdates")).result
      assert.strictEqual(update.edited_message.caption, "two")
      assert.deepStrictEqual((yield* ann.chat.statesOf(message_id)).map(({ text }) => text), ["one", "two"])
    }))

  it.live("a reply can quote a part of the message, to the letter", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* call("sendMessage", { chat_id: 7, text: "one two three" })
      yield* ann.chat.send("what?", { replyTo: 1, quote: "two" })
      const [{ message }] = (yield* call("getUpdates")).result
      assert.deepStrictEqual(message.quote, { text: "two", position: 4, is_manual: true })
      const error = yield* Effect.flip(ann.chat.send("what?", { replyTo: 1, quote: "four" }))
      assert.strictEqual(error.reason, "message 1 does not contain the quote")
      const bots = yield* call("sendMessage", {
        chat_id: 7,
        text: "this",
        reply_parameters: { message_id: 1, quote: "<b>three</b>", quote_parse_mode: "HTML", quote_position: 8 }
      })
      assert.deepStrictEqual(bots.result.quote, {
        text: "three",
        position: 8,
        is_manual: true,
        entities: [{ type: "bold", offset: 0, length: 5 }]
      })
    }))

  it.live("a comment goes before what is forwarded, and each forward names its origin", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team" })
      const [message] = yield* ann.in(group).send("from the group")
      const stranger = { id: 55, is_bot: false, first_name: "Eve" }
      yield* call("getUpdates", { offset: -1 })
      const sent = yield* ann.chat.forward([
        ...(message === undefined ? [] : [message]),
        { from: stranger, text: "from Eve" },
        { from: "Hidden", text: "from nobody" },
        { from: group.chat, text: "from all" }
      ], { comment: "read these" })
      assert.deepStrictEqual(received(yield* call("getUpdates")).slice(1), [
        "read these",
        "from the group",
        "from Eve",
        "from nobody",
        "from all"
      ])
      assert.deepStrictEqual(sent.map((message) => message.forward_origin?.type), [
        undefined,
        "user",
        "user",
        "hidden_user",
        "chat"
      ])
      assert.strictEqual((yield* Effect.flip(ann.chat.edit(sent[2]?.message_id ?? 0, "x"))).act, "edit")
    }))

  it.live("what was sent together is forwarded together, under an id of its own", () =>
    Effect.gen(function*() {
      const { ann } = yield* setUp()
      const album = yield* ann.chat.sendAlbum([{ photo: {} }, { photo: {} }])
      const [one, two, alone] = yield* ann.chat.forward([...album, { from: "Bea", text: "hi @bea_the_first" }])
      assert.isString(one?.media_group_id)
      assert.strictEqual(one?.media_group_id, two?.media_group_id)
      assert.notStrictEqual(one?.media_group_id, album[0]?.media_group_id)
      assert.isUndefined(alone?.media_group_id)
      assert.deepStrictEqual(alone?.entities, [{ type: "mention", offset: 3, length: 14 }])
    }))

  it.live("another bot is heard in a group, and is known as a bot", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp()
      const helper = yield* telegram.user({ id: 9, firstName: "Helper", isBot: true })
      const group = yield* telegram.group({ title: "Team" })
      yield* helper.in(group).send("@codex_test_bot what do you think?")
      const [{ message }] = (yield* call("getUpdates")).result
      assert.isTrue(message.from.is_bot)
    }))
})

describe("service messages", () => {
  it.live("joins, leaves, pins and topics are told, in privacy mode too", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp({ readsAllGroupMessages: false })
      const forum = yield* telegram.group({ title: "Forum", kind: "forum" })
      yield* forum.join(ann)
      const [message] = yield* ann.in(forum).send("unheard")
      yield* ann.in(forum).pin(message?.message_id ?? 0)
      const topic = yield* forum.topic("Bugs")
      yield* forum.renameTopic(topic, "Wishes")
      yield* forum.closeTopic(topic)
      yield* forum.reopenTopic(topic)
      yield* forum.leave(ann)
      yield* ann.topic("Private")
      assert.deepStrictEqual(told((yield* call("getUpdates")).result), [
        "new_chat_members",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "left_chat_member",
        "forum_topic_created"
      ])
    }))

  it.live("a bot that is thrown out hears no more, may do nothing, and is told when it is back", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team", kind: "group" })
      yield* group.setBot("kicked")
      yield* ann.in(group).send("are you there?")
      const refused = yield* call("sendMessage", { chat_id: group.chat.id, text: "yes" })
      assert.strictEqual(refused.description, "Forbidden: bot was kicked from the group chat")
      yield* group.setBot("member")
      const updates: ReadonlyArray<
        { readonly my_chat_member?: { readonly new_chat_member: { readonly status: string } } }
      > = (yield* call("getUpdates")).result
      assert.deepStrictEqual(
        updates.flatMap(({ my_chat_member }) =>
          my_chat_member === undefined ? [] : [my_chat_member.new_chat_member.status]
        ),
        ["kicked", "member"]
      )
      assert.strictEqual(updates.length, 3)
    }))

  it.live("changes of members reach an administrator that asked for them", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team", bot: "administrator" })
      yield* call("getUpdates", { allowed_updates: ["chat_member"] })
      yield* group.join(ann)
      const [{ chat_member }] = (yield* call("getUpdates")).result
      assert.deepInclude(chat_member, {
        old_chat_member: { user: ann.user, status: "left" },
        new_chat_member: { user: ann.user, status: "member" }
      })
    }))

  it.live("a group that becomes a supergroup goes on under another id, and the old one says which", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team", kind: "group" })
      const next = yield* group.upgrade
      const [old, fresh] = (yield* call("getUpdates")).result
      assert.deepInclude(old.message, { migrate_to_chat_id: next.chat.id })
      assert.strictEqual(old.message.chat.id, group.chat.id)
      assert.deepInclude(fresh.message, { migrate_from_chat_id: group.chat.id })
      assert.strictEqual(next.chat.type, "supergroup")
      const refused = yield* call("sendMessage", { chat_id: group.chat.id, text: "a" })
      assert.deepStrictEqual(refused.parameters, { migrate_to_chat_id: next.chat.id })
      assert.isTrue((yield* call("sendMessage", { chat_id: next.chat.id, text: "a" })).ok)
      assert.strictEqual((yield* Effect.flip(ann.in(group).send("x"))).reason, "the group is a supergroup now")
      assert.strictEqual((yield* Effect.flip(next.upgrade)).reason, "it is no group")
    }))
})

describe("the records", () => {
  it.effect("every state of a message with its time, and how often a chat was called", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const edit = (text: string) => call("editMessageText", { chat_id: 7, message_id: 1, text })
      yield* call("sendMessage", { chat_id: 7, text: "a" })
      yield* TestClock.adjust("1 second")
      yield* edit("ab")
      yield* edit("ab")
      yield* TestClock.adjust("2 seconds")
      yield* call("deleteMessage", { chat_id: 7, message_id: 1 })
      assert.deepStrictEqual(yield* ann.chat.statesOf(1), [
        { text: "a", from: 0, until: 1000 },
        { text: "ab", from: 1000, until: 3000 }
      ])
      yield* call("sendMessage", { chat_id: 7, text: "b" })
      assert.deepStrictEqual(yield* ann.chat.statesOf(2), [{ text: "b", from: 3000, until: undefined }])
      const counts = Object.entries(yield* telegram.callsPerChat(1000, 3000)).map((
        [chat, calls]
      ) => [chat, calls.length])
      assert.deepStrictEqual(counts, [["7", 2]])
      assert.strictEqual(yield* telegram.peak(7, "1 second"), 2)
      assert.strictEqual(yield* telegram.peak(7, "2001 millis"), 4)
      assert.strictEqual(yield* telegram.peak(8, "1 second"), 0)
    }))
})
