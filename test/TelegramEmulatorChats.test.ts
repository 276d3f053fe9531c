import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as TestClock from "effect/testing/TestClock"
import { png, setUp, texts } from "./support/telegramWire.ts"

describe("drafts", () => {
  it.effect("groups see none", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp()
      const { chat } = yield* telegram.group({ title: "Team" })
      const refused = yield* call("sendMessageDraft", { chat_id: chat.id, draft_id: 1, text: "Hel" })
      assert.strictEqual(refused.status, 400)
    }))

  it.effect("a draft animates under one id, is replaced under another, and vanishes after 30 seconds", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const draft = (draft_id: number, text: string) => call("sendMessageDraft", { chat_id: 7, draft_id, text })
      assert.strictEqual((yield* draft(1, "")).result, true)
      assert.strictEqual((yield* ann.chat.draft)?.text, "")
      yield* TestClock.adjust("20 seconds")
      yield* draft(1, "Hel")
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* ann.chat.draft)?.text, "Hel")
      yield* draft(2, "Other")
      yield* TestClock.adjust("29999 millis")
      assert.strictEqual((yield* ann.chat.draft)?.text, "Other")
      yield* TestClock.adjust("1 millis")
      assert.isUndefined(yield* ann.chat.draft)
      assert.deepStrictEqual(yield* ann.chat.messages, [])
      const seen = (yield* telegram.timeline).map(({ at, draftId, kind, text }) => [at, kind, draftId, text])
      assert.deepStrictEqual(seen, [
        [0, "drafted", 1, ""],
        [20_000, "drafted", 1, "Hel"],
        [49_000, "vanished", 1, "Hel"],
        [49_000, "drafted", 2, "Other"],
        [79_000, "vanished", 2, "Other"]
      ])
    }))

  it.effect("a message of the bot ends the draft, in its own topic only", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const topic = yield* ann.topic("Work")
      yield* call("sendMessageDraft", { chat_id: 7, draft_id: 1, text: "a" })
      yield* call("sendMessageDraft", { chat_id: 7, draft_id: 2, text: "b", message_thread_id: topic.threadId })
      yield* call("sendMessage", { chat_id: 7, text: "done" })
      assert.isUndefined(yield* ann.chat.draft)
      assert.strictEqual((yield* topic.draft)?.draftId, 2)
      yield* call("sendMessage", { chat_id: 7, text: "done", message_thread_id: topic.threadId })
      assert.isUndefined(yield* topic.draft)
    }))

  it.effect("the Stop button tells the bot which draft, and takes it away unless it is to be kept", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const draft = { chat_id: 7, draft_id: 5, text: "a" }
      yield* call("sendMessageDraft", draft)
      const error = yield* Effect.flip(ann.chat.stop)
      assert.strictEqual(error.message, "Nobody can stop this: there is no draft with a Stop button")
      const waiting = yield* Effect.forkChild(ann.chat.waitForDraft((draft) => draft.canStop))
      yield* call("sendMessageDraft", { ...draft, can_stop: true })
      yield* Fiber.join(waiting)
      yield* ann.chat.stop
      assert.isUndefined(yield* ann.chat.draft)
      yield* call("sendMessageDraft", { ...draft, draft_id: 6, can_stop: true, keep_on_stop: true })
      yield* ann.chat.stop
      assert.strictEqual((yield* ann.chat.draft)?.text, "a")
      assert.strictEqual((yield* Effect.flip(ann.chat.stop)).act, "stop")
      const updates = (yield* call("getUpdates")).result
      const chat = { id: 7, type: "private", first_name: "Ann", username: "ann" }
      assert.deepStrictEqual(
        updates.map((update: { readonly stopped_message_generation: unknown }) => update.stopped_message_generation),
        [{ chat, draft_id: 5 }, { chat, draft_id: 6 }]
      )
      yield* TestClock.adjust("30 seconds")
      assert.isUndefined(yield* ann.chat.draft)
    }))
})

describe("files", () => {
  it.live("a photo has two sizes that can be downloaded, and is sent again by the id of either", () =>
    Effect.gen(function*() {
      const { ann, call, post, telegram } = yield* setUp()
      const { result } = yield* post("sendPhoto", {
        chat_id: "7",
        photo: png(180, 90),
        caption: "*hi*",
        parse_mode: "MarkdownV2"
      })
      assert.deepStrictEqual(
        result.photo.map(({ height, width }: { readonly height: number; readonly width: number }) => [width, height]),
        [[90, 45], [180, 90]]
      )
      assert.deepStrictEqual(result.caption_entities, [{ type: "bold", offset: 0, length: 2 }])
      yield* call("sendPhoto", { chat_id: 7, photo: result.photo[0].file_id })
      assert.deepStrictEqual((yield* ann.chat.messages)[1]?.photo, result.photo)
      const { result: { file_path } } = yield* call("getFile", { file_id: result.photo[1].file_id })
      assert.match(file_path, /^photos\/file_\d+\.jpg$/)
      const bytes = yield* HttpClient.get(`${telegram.apiRoot}/file/bot${telegram.token}/${file_path}`).pipe(
        Effect.flatMap((response) => response.arrayBuffer),
        Effect.provide(FetchHttpClient.layer)
      )
      assert.deepStrictEqual([...new Uint8Array(bytes).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47])
    }))

  it.live("a voice message keeps its length and its caption", () =>
    Effect.gen(function*() {
      const { ann, post } = yield* setUp()
      yield* post("sendVoice", {
        chat_id: "7",
        voice: new File(["OggS"], "a.ogg", { type: "audio/ogg" }),
        duration: "3",
        caption: "listen"
      })
      const [message] = yield* ann.chat.messages
      assert.deepInclude(message, { caption: "listen" })
      assert.deepInclude(message?.voice, { duration: 3, mime_type: "audio/ogg", file_size: 4 })
    }))

  it.live("an album is several messages under one group, a single item is an ordinary message", () =>
    Effect.gen(function*() {
      const { ann, call, post } = yield* setUp()
      const { result } = yield* post("sendMediaGroup", {
        chat_id: "7",
        media: JSON.stringify([
          { type: "photo", media: "attach://one", caption: "<b>first</b>", parse_mode: "HTML" },
          { type: "photo", media: "attach://two" }
        ]),
        one: png(1, 1),
        two: png(2, 2)
      })
      assert.strictEqual(result.length, 2)
      assert.isString(result[0].media_group_id)
      assert.strictEqual(result[0].media_group_id, result[1].media_group_id)
      assert.deepInclude(result[0], { caption: "first", caption_entities: [{ type: "bold", offset: 0, length: 5 }] })
      const single = yield* call("sendMediaGroup", {
        chat_id: 7,
        media: [{ type: "photo", media: result[0].photo[0].file_id }]
      })
      assert.isUndefined(single.result[0].media_group_id)
      assert.strictEqual((yield* ann.chat.messages).length, 3)
    }))

  it.live("a file of more than 20 MB cannot be downloaded", () =>
    Effect.gen(function*() {
      const { call, post } = yield* setUp()
      const { result } = yield* post("sendDocument", {
        chat_id: "7",
        document: new Blob([new Uint8Array(20 * 1024 * 1024 + 1)])
      })
      const refused = yield* call("getFile", { file_id: result.document.file_id })
      assert.strictEqual(refused.description, "Bad Request: file is too big")
    }))
})

describe("forwards and copies", () => {
  it.live("a forward names where it comes from, a copy does not", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team" })
      const [asked] = yield* ann.in(group).send("/help me")
      const ids = { from_chat_id: group.chat.id, message_id: asked?.message_id }
      const forward = yield* call("forwardMessage", { chat_id: 7, ...ids })
      assert.deepInclude(forward.result, {
        text: "/help me",
        entities: [{ type: "bot_command", offset: 0, length: 5 }],
        forward_origin: { type: "user", date: asked?.date, sender_user: ann.user }
      })
      const copy = yield* call("copyMessage", { chat_id: 7, ...ids })
      assert.deepStrictEqual(copy.result, { message_id: 2 })
      assert.isUndefined((yield* ann.chat.messages)[1]?.forward_origin)
      const again = yield* call("forwardMessage", { chat_id: 7, from_chat_id: 7, message_id: 1 })
      assert.deepStrictEqual(again.result.forward_origin, forward.result.forward_origin)
      const edit = yield* call("editMessageText", { chat_id: 7, message_id: 1, text: "x" })
      assert.strictEqual(edit.description, "Bad Request: message can't be edited")
    }))

  it.live("a copy can have another caption", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const file = yield* ann.chat.sendDocument({ fileName: "a.txt", text: "a", caption: "old" })
      yield* call("copyMessage", { chat_id: 7, from_chat_id: 7, message_id: file.message_id, caption: "new" })
      yield* call("copyMessage", { chat_id: 7, from_chat_id: 7, message_id: file.message_id })
      assert.deepStrictEqual((yield* ann.chat.messages).map(({ caption }) => caption), ["old", "new", "old"])
    }))

  it.live("several are carried in order without those that are gone, and an album stays one", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const album = yield* ann.chat.sendAlbum([{ photo: {} }, { photo: { caption: "b" } }])
      const message_ids = [...album.map(({ message_id }) => message_id), 99]
      const { result } = yield* call("copyMessages", { chat_id: 7, from_chat_id: 7, message_ids })
      assert.deepStrictEqual(result, [{ message_id: 3 }, { message_id: 4 }])
      const groups = (yield* ann.chat.messages).map(({ media_group_id }) => media_group_id)
      assert.strictEqual(groups[2], groups[3])
      assert.notStrictEqual(groups[2], groups[0])
      yield* call("forwardMessages", { chat_id: 7, from_chat_id: 7, message_ids: [1] })
      assert.strictEqual((yield* ann.chat.messages)[4]?.forward_origin?.type, "user")
    }))

  it.live("several messages are deleted at once", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* Effect.forEach(["a", "b", "c"], (text) => call("sendMessage", { chat_id: 7, text }))
      assert.isTrue((yield* call("deleteMessages", { chat_id: 7, message_ids: [1, 3, 99] })).result)
      assert.deepStrictEqual(texts(yield* ann.chat.messages), ["b"])
    }))
})

describe("reactions and pins", () => {
  it.live("the bot has one reaction on a message, the new takes the place of the old", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const [message] = yield* ann.chat.send("hi")
      const message_id = message?.message_id ?? 0
      const set = (...emoji: ReadonlyArray<string>) =>
        call("setMessageReaction", {
          chat_id: 7,
          message_id,
          reaction: emoji.map((emoji) => ({ type: "emoji", emoji }))
        })
      assert.isTrue((yield* set("👀")).result)
      yield* set("👍")
      yield* set("👍")
      assert.deepStrictEqual(yield* ann.chat.botReactions(message_id), ["👍"])
      yield* set()
      assert.deepStrictEqual(yield* ann.chat.botReactions(message_id), [])
      const shown = (yield* telegram.timeline).filter(({ kind }) => kind === "reacted").map(({ text }) => text)
      assert.deepStrictEqual(shown, ["👀", "👍", ""])
    }))

  it.live("a person's reaction reaches a bot that asked for it, in a group only an administrator", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team" })
      const there = ann.in(group)
      const { result } = yield* call("sendMessage", { chat_id: group.chat.id, text: "answer" })
      yield* there.react(result.message_id, "👍")
      yield* call("sendMessage", { chat_id: 7, text: "in private" })
      yield* ann.chat.react(1, "🔥")
      assert.deepStrictEqual((yield* call("getUpdates")).result, [])
      yield* call("getUpdates", { allowed_updates: ["message_reaction"] })
      yield* there.react(result.message_id, "👎")
      yield* group.setBot("administrator")
      yield* there.react(result.message_id, undefined)
      const [update, ...more] = (yield* call("getUpdates")).result
      assert.deepStrictEqual(more, [])
      assert.deepInclude(update.message_reaction, {
        message_id: 1,
        user: ann.user,
        old_reaction: [{ type: "emoji", emoji: "👎" }],
        new_reaction: []
      })
    }))

  it.live("a pinned message is shown by the chat, and the pin is a message of its own", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      yield* call("sendMessage", { chat_id: 7, text: "rules" })
      assert.isTrue((yield* call("pinChatMessage", { chat_id: 7, message_id: 1 })).result)
      const chat = yield* call("getChat", { chat_id: 7 })
      assert.strictEqual(chat.result.pinned_message.text, "rules")
      assert.strictEqual((yield* ann.chat.messages)[1]?.pinned_message?.text, "rules")
      assert.deepInclude((yield* telegram.timeline).at(-1), { kind: "service", from: "bot", text: "pinned_message" })
      yield* call("unpinChatMessage", { chat_id: 7 })
      assert.isUndefined((yield* call("getChat", { chat_id: 7 })).result.pinned_message)
      yield* call("pinChatMessage", { chat_id: 7, message_id: 1 })
      assert.isTrue((yield* call("unpinAllChatMessages", { chat_id: 7 })).result)
      assert.strictEqual((yield* call("unpinChatMessage", { chat_id: 7 })).ok, false)
    }))
})

describe("topics", () => {
  it.live("a bot that administrates a forum opens, renames, closes, opens and deletes topics", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const forum = yield* telegram.group({ title: "Forum", kind: "forum", bot: "administrator" })
      const { result } = yield* call("createForumTopic", { chat_id: forum.chat.id, name: "Bugs", icon_color: 7322096 })
      assert.deepStrictEqual(result, { message_thread_id: 1, name: "Bugs", icon_color: 7322096 })
      const topic = { chat_id: forum.chat.id, message_thread_id: 1 }
      const there = ann.in({ chat: forum.chat, threadId: 1 })
      yield* there.send("hi")
      yield* call("editForumTopic", { ...topic, name: "Wishes" })
      yield* call("closeForumTopic", topic)
      assert.strictEqual((yield* Effect.flip(there.send("hello?"))).reason, "the topic is closed")
      assert.isTrue((yield* call("sendMessage", { ...topic, text: "closed for today" })).ok)
      yield* call("reopenForumTopic", topic)
      yield* there.send("again")
      const shown = (yield* there.messages).map((message) => message.text ?? Object.keys(message).at(-1))
      assert.deepStrictEqual(shown, [
        "forum_topic_created",
        "hi",
        "forum_topic_edited",
        "forum_topic_closed",
        "closed for today",
        "forum_topic_reopened",
        "again"
      ])
      yield* call("deleteForumTopic", topic)
      assert.deepStrictEqual(yield* there.messages, [])
      assert.strictEqual(
        (yield* call("sendMessage", { ...topic, text: "x" })).description,
        "Bad Request: message thread not found"
      )
    }))

  it.live("a bot may open topics in a private chat, and may change its own in a forum", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const { result } = yield* call("createForumTopic", { chat_id: 7, name: "Answer" })
      assert.isTrue((yield* call("editForumTopic", { chat_id: 7, ...result, name: "Better" })).ok)
      assert.strictEqual(
        (yield* call("closeForumTopic", { chat_id: 7, ...result })).description,
        "Bad Request: the chat is not a forum"
      )
      assert.isTrue((yield* call("deleteForumTopic", { chat_id: 7, ...result })).ok)
    }))
})

describe("members", () => {
  it.live("everybody is what they are in the chat", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const bob = yield* telegram.user({ id: 8, firstName: "Bob" })
      const helper = yield* telegram.user({ id: 9, firstName: "Helper", isBot: true })
      const group = yield* telegram.group({ title: "Team", owner: bob, bot: "administrator" })
      const chat = { chat_id: group.chat.id }
      const statusOf = (user_id: number) =>
        Effect.map(call("getChatMember", { ...chat, user_id }), ({ result }) => result.status)
      assert.strictEqual(yield* statusOf(7), "left")
      yield* ann.in(group).send("hi")
      yield* group.join(helper)
      assert.deepStrictEqual(
        yield* Effect.forEach([7, 8, 9, 123456], statusOf),
        ["member", "creator", "member", "administrator"]
      )
      const { result } = yield* call("getChatAdministrators", chat)
      assert.deepStrictEqual(
        result.map(({ status, user }: { readonly status: string; readonly user: { readonly id: number } }) => [
          user.id,
          status
        ]),
        [[123456, "administrator"], [8, "creator"]]
      )
      assert.strictEqual((yield* call("getChatMemberCount", chat)).result, 4)
      yield* group.leave(helper)
      assert.strictEqual(yield* statusOf(9), "left")
    }))
})
