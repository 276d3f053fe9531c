import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Bot, InputFile } from "grammy"
import { Telegraf } from "telegraf"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import { button, callOf, decodeUpdates, offsetAfter, received, send, setUp, texts } from "./support/telegramWire.ts"

describe("the wire", () => {
  it.live("getMe names a bot with the username that was asked for", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp({ username: "other_bot" })
      const answer = yield* call("getMe")
      assert.deepInclude(answer.result, { id: 123456, is_bot: true, username: "other_bot" })
      assert.strictEqual(telegram.bot.username, "other_bot")
      assert.isTrue(telegram.apiRoot.startsWith("http://127.0.0.1:"))
    }))

  it.live("the layer gives the same server for its life", () =>
    Effect.gen(function*() {
      const telegram = yield* TelegramEmulator.TelegramEmulator
      assert.isTrue((yield* callOf(telegram)("getMe")).ok)
      return telegram
    }).pipe(
      Effect.provide(TelegramEmulator.layer()),
      Effect.flatMap((telegram) => Effect.flip(callOf(telegram)("getMe"))),
      Effect.map((error) => assert.strictEqual(error._tag, "HttpClientError"))
    ))

  it.live("a wrong token is unauthorized, and a method nobody knows is not found", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp()
      const wrong = yield* send(HttpClientRequest.get(`${telegram.apiRoot}/bot1:wrong/getMe`))
      assert.deepStrictEqual(wrong, { status: 401, ok: false, error_code: 401, description: "Unauthorized" })
      const malformed = yield* send(HttpClientRequest.get(`${telegram.apiRoot}/botnonsense/getMe`))
      assert.deepStrictEqual(malformed, { status: 404, ok: false, error_code: 404, description: "Not Found" })
      const unknown = yield* call("makeCoffee")
      assert.deepStrictEqual(unknown, {
        status: 404,
        ok: false,
        error_code: 404,
        description: "Not Found: method not found"
      })
      assert.strictEqual((yield* call("constructor")).status, 404)
    }))

  it.live("JSON, form, query and multipart say the same", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const url = `${telegram.apiRoot}/bot${telegram.token}/SENDMESSAGE`
      const fields = {
        chat_id: "7",
        text: "hi",
        protect_content: "true",
        entities: `[{"type":"bold","offset":0,"length":2}]`
      }
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.set(name, value)
      yield* call("sendMessage", {
        chat_id: 7,
        text: "hi",
        protect_content: true,
        entities: [{ type: "bold", offset: 0, length: 2 }]
      })
      yield* send(HttpClientRequest.get(url).pipe(HttpClientRequest.setUrlParams(fields)))
      yield* send(HttpClientRequest.post(url).pipe(HttpClientRequest.bodyUrlParams(fields)))
      yield* send(HttpClientRequest.post(url).pipe(HttpClientRequest.bodyFormData(form)))
      const messages = yield* ann.chat.messages
      assert.strictEqual(messages.length, 4)
      for (const message of messages) {
        assert.deepInclude(message, {
          text: "hi",
          entities: [{ type: "bold", offset: 0, length: 2 }],
          has_protected_content: true
        })
      }
      const payloads = (yield* telegram.calls).map((call) => call.payload["entities"])
      assert.deepStrictEqual(payloads, payloads.map(() => [{ type: "bold", offset: 0, length: 2 }]))
    }))

  it.live("a broken body is a bad request", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp()
      const request = HttpClientRequest.post(`${telegram.apiRoot}/bot${telegram.token}/sendMessage`)
      const broken = yield* send(HttpClientRequest.bodyText(request, "{", "application/json"))
      assert.strictEqual(broken.description, "Bad Request: can't parse JSON object")
      const markup = yield* call("sendMessage", { chat_id: 7, text: "hi", reply_markup: "{" })
      assert.strictEqual(markup.description, "Bad Request: can't parse reply markup JSON object")
    }))

  it.live("a message keeps what was sent with it, and returns it as Telegram does", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const [asked] = yield* ann.chat.send("question")
      const { result } = yield* call("sendMessage", {
        chat_id: 7,
        text: "see https://example.org and /help",
        reply_parameters: { message_id: asked?.message_id, quote: "quest" },
        link_preview_options: { is_disabled: true },
        reply_markup: { inline_keyboard: [[{ text: "Stop", callback_data: "stop" }]] }
      })
      assert.deepInclude(result, {
        message_id: 2,
        from: telegram.bot,
        chat: { id: 7, type: "private", first_name: "Ann", username: "ann" },
        entities: [{ type: "url", offset: 4, length: 19 }, { type: "bot_command", offset: 28, length: 5 }],
        quote: { text: "quest", position: 0, is_manual: true },
        link_preview_options: { is_disabled: true },
        reply_markup: { inline_keyboard: [[{ text: "Stop", callback_data: "stop" }]] }
      })
      assert.strictEqual(result.reply_to_message.text, "question")
      assert.strictEqual(String(result.date).length, 10)
    }))
})

describe("refusals", () => {
  it.live("a blocked bot is forbidden everything until it is unblocked", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* ann.block
      for (
        const [method, fields] of [["sendMessage", { text: "a" }], ["sendChatAction", { action: "typing" }]] as const
      ) {
        const answer = yield* call(method, { chat_id: 7, ...fields })
        assert.strictEqual(answer.status, 403)
        assert.strictEqual(answer.description, "Forbidden: bot was blocked by the user")
      }
      assert.strictEqual((yield* Effect.flip(ann.chat.send("hi"))).reason, "the bot is blocked")
      yield* ann.unblock
      const statuses = (yield* call("getUpdates")).result.map(
        (update: { readonly my_chat_member?: { readonly new_chat_member: { readonly status: string } } }) =>
          update.my_chat_member?.new_chat_member.status
      )
      assert.deepStrictEqual(statuses, ["kicked", "member"])
      assert.isTrue((yield* call("sendMessage", { chat_id: 7, text: "a" })).ok)
    }))

  it.live("a reply to a message that is gone can be sent without it", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const { result } = yield* call("sendMessage", {
        chat_id: 7,
        text: "a",
        reply_parameters: { message_id: 99, allow_sending_without_reply: true }
      })
      assert.isUndefined(result.reply_to_message)
    }))

  it.live("the longest text counts after parsing", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const answer = yield* call("sendMessage", { chat_id: 7, text: `<b>${"x".repeat(4096)}</b>`, parse_mode: "HTML" })
      assert.strictEqual(answer.result.text.length, 4096)
    }))
})

const marked: ReadonlyArray<readonly [mode: string, source: string, text: string, entities: ReadonlyArray<object>]> = [
  ["HTML", "<b>a<i>b</i></b> &lt;&#65;", "ab <A", [
    { type: "bold", offset: 0, length: 2 },
    { type: "italic", offset: 1, length: 1 }
  ]],
  ["HTML", "<pre><code class=\"language-ts\">let a</code></pre>", "let a", [
    { type: "pre", offset: 0, length: 5, language: "ts" }
  ]],
  ["HTML", "😀<a href=\"https://e.org/?a=1\">x</a>", "😀x", [
    { type: "text_link", offset: 2, length: 1, url: "https://e.org/?a=1" }
  ]],
  ["HTML", "<code>/help</code>", "/help", [{ type: "code", offset: 0, length: 5 }]],
  ["MarkdownV2", "*b _i_* __u__ ~s~ ||p|| \\.", "b i u s p .", [
    { type: "bold", offset: 0, length: 3 },
    { type: "italic", offset: 2, length: 1 },
    { type: "underline", offset: 4, length: 1 },
    { type: "strikethrough", offset: 6, length: 1 },
    { type: "spoiler", offset: 8, length: 1 }
  ]],
  ["MarkdownV2", "```ts\nlet a = `b`\n``` `c`", "let a = `b`\n c", [
    { type: "pre", offset: 0, length: 12, language: "ts" },
    { type: "code", offset: 13, length: 1 }
  ]],
  ["MarkdownV2", "[x](https://e.org/a\\)b)", "x", [{
    type: "text_link",
    offset: 0,
    length: 1,
    url: "https://e.org/a)b"
  }]],
  [
    "HTML",
    "<blockquote expandable>a</blockquote><tg-spoiler>b</tg-spoiler><span class=\"tg-spoiler\">c</span>",
    "abc",
    [
      { type: "expandable_blockquote", offset: 0, length: 1 },
      { type: "spoiler", offset: 1, length: 1 },
      { type: "spoiler", offset: 2, length: 1 }
    ]
  ],
  ["HTML", "<b>a<code>b</code>c</b>", "abc", [
    { type: "bold", offset: 0, length: 1 },
    { type: "code", offset: 1, length: 1 },
    { type: "bold", offset: 2, length: 1 }
  ]],
  [
    "HTML",
    "<a href=\"tg://user?id=7\">Ann</a> <a href=\"tg://user?id=99\">Nobody</a> <a href=\"x\">y</a>",
    "Ann Nobody y",
    [
      { type: "text_mention", offset: 0, length: 3, user: { id: 7, is_bot: false, first_name: "Ann", username: "ann" } }
    ]
  ],
  ["HTML", "<tg-emoji emoji-id=\"5368324170671202286\">👍</tg-emoji>", "👍", [
    { type: "custom_emoji", offset: 0, length: 2, custom_emoji_id: "5368324170671202286" }
  ]],
  ["MarkdownV2", "||s||", "s", [{ type: "spoiler", offset: 0, length: 1 }]],
  ["MarkdownV2", "_a __b___", "a b", [
    { type: "italic", offset: 0, length: 3 },
    { type: "underline", offset: 2, length: 1 }
  ]],
  ["MarkdownV2", "![👍](tg://emoji?id=25) [e\\.org]", "👍 e.org", [
    { type: "custom_emoji", offset: 0, length: 2, custom_emoji_id: "25" },
    { type: "text_link", offset: 3, length: 5, url: "http://e.org/" }
  ]],
  ["MarkdownV2", ">a\n>b||\nc", "a\nb\nc", [{ type: "expandable_blockquote", offset: 0, length: 4 }]],
  ["MarkdownV2", ">a ||b||||", "a b", [
    { type: "expandable_blockquote", offset: 0, length: 3 },
    { type: "spoiler", offset: 2, length: 1 }
  ]],
  ["MarkdownV2", ">a\n**>b", "a\nb", [
    { type: "blockquote", offset: 0, length: 2 },
    { type: "blockquote", offset: 2, length: 1 }
  ]],
  ["MarkdownV2", ">a\n>b\nc", "a\nb\nc", [{ type: "blockquote", offset: 0, length: 4 }]],
  ["Markdown", "*b* _i_ `c` [x](https://e.org) 1.", "b i c x 1.", [
    { type: "bold", offset: 0, length: 1 },
    { type: "italic", offset: 2, length: 1 },
    { type: "code", offset: 4, length: 1 },
    { type: "text_link", offset: 6, length: 1, url: "https://e.org/" }
  ]]
]

describe("formatting", () => {
  it.live("entities that cross are cut, and nothing is formatted inside of code", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const entities = [
        { type: "bold", offset: 0, length: 4 },
        { type: "italic", offset: 2, length: 4 },
        { type: "pre", offset: 8, length: 2 },
        { type: "underline", offset: 7, length: 4 }
      ]
      const { result } = yield* call("sendMessage", { chat_id: 7, text: "abcdefghijkl", entities })
      assert.deepStrictEqual(result.entities, [
        { type: "bold", offset: 0, length: 4 },
        { type: "italic", offset: 2, length: 2 },
        { type: "italic", offset: 4, length: 2 },
        { type: "underline", offset: 7, length: 1 },
        { type: "pre", offset: 8, length: 2 },
        { type: "underline", offset: 10, length: 1 }
      ])
    }))

  it.live("a hundred entities stay", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const entities = Array.from({ length: 101 }, (_, n) => ({ type: "bold", offset: 2 * n, length: 1 }))
      const { result } = yield* call("sendMessage", { chat_id: 7, text: "ab".repeat(101), entities })
      assert.strictEqual(result.entities.length, 100)
    }))

  it.live.each(marked)("%s %j becomes text and entities", ([mode, source, text, entities]) =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const { result } = yield* call("sendMessage", { chat_id: 7, text: source, parse_mode: mode })
      assert.strictEqual(result.text, text)
      assert.deepStrictEqual(result.entities, entities)
    }))
})

describe("updates", () => {
  it.live("an update that is not confirmed comes again, a confirmed one never", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      yield* ann.chat.send("one")
      yield* ann.chat.send("two")
      const first = yield* call("getUpdates", { limit: 1 })
      const again = yield* call("getUpdates")
      assert.deepStrictEqual(received(first), ["one"])
      assert.deepStrictEqual(received(again), ["one", "two"])
      assert.strictEqual(yield* telegram.pendingUpdates, 2)
      const rest = yield* call("getUpdates", { offset: offsetAfter(first) })
      assert.deepStrictEqual(received(rest), ["two"])
      assert.deepStrictEqual((yield* call("getUpdates", { offset: offsetAfter(rest) })).result, [])
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
    }))

  it.live("a negative offset forgets all but the last", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      yield* Effect.forEach(["a", "b", "c"], (text) => ann.chat.send(text))
      const last = yield* call("getUpdates", { offset: -1 })
      assert.deepStrictEqual(received(last), ["c"])
      assert.strictEqual(yield* telegram.pendingUpdates, 1)
    }))

  it.effect("a poll is held until there is an update, or until its time is over", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const idle = yield* Effect.forkChild(call("getUpdates", { timeout: 30 }))
      yield* telegram.polled
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(idle.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(idle)).result, [])
      const woken = yield* Effect.forkChild(call("getUpdates", { timeout: 30 }))
      yield* telegram.polled
      yield* ann.chat.send("hi")
      assert.strictEqual((yield* Fiber.join(woken)).result[0].message.text, "hi")
    }))

  it.effect("updates are kept for a day", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* ann.chat.send("old")
      yield* TestClock.adjust("23 hours")
      yield* ann.chat.send("new")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(received(yield* call("getUpdates")), ["new"])
    }))

  it.live("a second poll ends the first with a conflict", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const older = yield* Effect.forkChild(call("getUpdates", { timeout: 30 }))
      yield* telegram.polled
      const newer = yield* Effect.forkChild(call("getUpdates", { timeout: 30 }))
      assert.deepStrictEqual(yield* Fiber.join(older), {
        status: 409,
        ok: false,
        error_code: 409,
        description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
      })
      yield* ann.chat.send("hi")
      assert.strictEqual((yield* Fiber.join(newer)).result.length, 1)
    }))

  it.live("a poller that hangs up loses nothing", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const gone = yield* Effect.forkChild(call("getUpdates", { timeout: 30 }))
      yield* telegram.polled
      yield* Fiber.interrupt(gone)
      assert.isUndefined((yield* telegram.waitForCall((call) => call.method === "getUpdates")).answer)
      const polled = yield* Effect.forkChild(telegram.polled)
      yield* call("getMe")
      assert.isUndefined(polled.pollUnsafe())
      yield* ann.chat.send("hi")
      assert.strictEqual((yield* call("getUpdates", { timeout: 30 })).result.length, 1)
    }))

  it.live("the end of the server ends the poll that waits", () =>
    Effect.gen(function*() {
      const poll = yield* Effect.scoped(Effect.gen(function*() {
        const { call, telegram } = yield* setUp()
        const poll = yield* Effect.forkDetach(call("getUpdates", { timeout: 50 }))
        yield* telegram.polled
        return poll
      }))
      assert.isTrue(Exit.isFailure(yield* Fiber.await(poll)))
    }))

  it.live("only allowed kinds are kept, and the choice lasts", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* call("getUpdates", { allowed_updates: ["edited_message"] })
      const [message] = yield* ann.chat.send("one")
      yield* ann.chat.edit(message?.message_id ?? 0, "two")
      const edits = yield* call("getUpdates")
      assert.deepStrictEqual(decodeUpdates(edits.result).map((update) => update.edited_message?.text), ["two"])
      yield* call("getUpdates", { offset: offsetAfter(edits), allowed_updates: "[]" })
      yield* ann.chat.send("three")
      assert.strictEqual((yield* call("getUpdates")).result[0].message.text, "three")
    }))

  it.live("a webhook and polling exclude each other", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const poll = yield* Effect.forkChild(call("getUpdates", { timeout: 30 }))
      yield* telegram.polled
      yield* call("setWebhook", { url: "https://bot.example/hook" })
      assert.strictEqual((yield* Fiber.join(poll)).description, "Conflict: terminated by setWebhook request")
      yield* ann.chat.send("hi")
      assert.deepInclude((yield* call("getWebhookInfo")).result, {
        url: "https://bot.example/hook",
        pending_update_count: 1
      })
      assert.strictEqual(
        (yield* call("getUpdates")).description,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
      )
      yield* call("deleteWebhook", { drop_pending_updates: true })
      assert.deepStrictEqual((yield* call("getUpdates")).result, [])
    }))
})

describe("messages", () => {
  it.live("an edit changes text and drops the buttons that it does not repeat", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* call("sendMessage", { chat_id: 7, text: "a", reply_markup: button("x") })
      const { result } = yield* call("editMessageText", { chat_id: 7, message_id: 1, text: "b" })
      assert.strictEqual(result.text, "b")
      assert.isNumber(result.edit_date)
      assert.isUndefined(result.reply_markup)
      yield* call("editMessageReplyMarkup", { chat_id: 7, message_id: 1, reply_markup: button("y") })
      const [message] = yield* ann.chat.messages
      assert.deepStrictEqual(message?.reply_markup, button("y"))
      assert.strictEqual(message?.text, "b")
    }))

  it.live("a deleted message is gone for the person, and deleting it again is refused", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* call("sendMessage", { chat_id: 7, text: "a" })
      yield* call("sendMessage", { chat_id: 7, text: "b" })
      assert.strictEqual((yield* call("deleteMessage", { chat_id: 7, message_id: 1 })).result, true)
      assert.deepStrictEqual(texts(yield* ann.chat.messages), ["b"])
      assert.strictEqual(
        (yield* call("deleteMessage", { chat_id: 7, message_id: 1 })).description,
        "Bad Request: message to delete not found"
      )
    }))

  it.effect("own messages can be deleted for two days", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      yield* call("sendMessage", { chat_id: 7, text: "a" })
      yield* TestClock.adjust("49 hours")
      assert.strictEqual(
        (yield* call("deleteMessage", { chat_id: 7, message_id: 1 })).description,
        "Bad Request: message can't be deleted for everyone"
      )
    }))

  it.live("other people's messages can be deleted in a private chat, not in a group", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const group = yield* telegram.group({ title: "Team" })
      yield* ann.chat.send("a")
      const [there] = yield* ann.in(group).send("b")
      // A supergroup counts its messages for itself.
      assert.strictEqual(there?.message_id, 1)
      assert.isTrue((yield* call("deleteMessage", { chat_id: 7, message_id: 1 })).ok)
      assert.strictEqual(
        (yield* call("deleteMessage", { chat_id: group.chat.id, message_id: 1 })).description,
        "Bad Request: message can't be deleted"
      )
    }))

  it.effect("typing lasts five seconds, or until a message comes", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* call("sendChatAction", { chat_id: 7, action: "typing" })
      yield* TestClock.adjust("4999 millis")
      assert.isTrue(yield* ann.chat.isTyping)
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* ann.chat.isTyping)
      yield* call("sendChatAction", { chat_id: 7, action: "typing" })
      yield* call("sendMessage", { chat_id: 7, text: "done" })
      assert.isFalse(yield* ann.chat.isTyping)
    }))

  it.live("an uploaded document can be downloaded and sent again by its id", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const form = new FormData()
      form.set("chat_id", "7")
      form.set("caption", "<b>see</b>")
      form.set("parse_mode", "HTML")
      form.set("reply_parameters", `{"message_id":99,"allow_sending_without_reply":true}`)
      form.set("document", new Blob(["# Answer"], { type: "text/markdown" }), "answer.md")
      const { result } = yield* send(
        HttpClientRequest.post(`${telegram.apiRoot}/bot${telegram.token}/sendDocument`).pipe(
          HttpClientRequest.bodyFormData(form)
        )
      )
      assert.deepInclude(result.document, { file_name: "answer.md", mime_type: "text/markdown", file_size: 8 })
      assert.deepStrictEqual(result.caption_entities, [{ type: "bold", offset: 0, length: 3 }])
      const { file_id } = result.document
      yield* call("sendDocument", { chat_id: 7, document: file_id })
      assert.deepStrictEqual((yield* ann.chat.messages).map((message) => message.document?.file_id), [file_id, file_id])
      const { result: { file_path } } = yield* call("getFile", { file_id })
      const body = yield* HttpClient.get(`${telegram.apiRoot}/file/bot${telegram.token}/${file_path}`).pipe(
        Effect.flatMap((response) => response.text),
        Effect.provide(FetchHttpClient.layer)
      )
      assert.strictEqual(body, "# Answer")
      const [upload] = yield* telegram.calls
      assert.deepInclude(upload?.payload, { document: { fileName: "answer.md", size: 8 }, caption: "<b>see</b>" })
    }))

  it.live("the command menu is kept by scope and language", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp()
      const commands = [{ command: "help", description: "Help" }]
      yield* call("setMyCommands", { commands, language_code: "de" })
      assert.deepStrictEqual((yield* call("getMyCommands", { language_code: "de" })).result, commands)
      assert.deepStrictEqual((yield* call("getMyCommands")).result, [])
    }))
})

describe("faults and limits", () => {
  it.live("scripted failures come as often as asked, then the method works again", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      yield* telegram.failNext("sendMessage", FaultScript.answer({ status: 429, retryAfter: 3 }), 2)
      yield* telegram.failNext("sendMessage", FaultScript.answer({ status: 502 }))
      const answers = yield* Effect.replicateEffect(call("sendMessage", { chat_id: 7, text: "a" }), 4)
      assert.deepStrictEqual(answers.map((answer) => answer.status), [429, 429, 502, 200])
      assert.deepInclude(answers[0], {
        description: "Too Many Requests: retry after 3",
        parameters: { retry_after: 3 }
      })
      assert.strictEqual(answers[2]?.description, "Bad Gateway")
      assert.strictEqual((yield* ann.chat.messages).length, 1)
    }))

  it.live("a cut connection fails the call, before or after it took effect", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      yield* telegram.failNext("sendMessage", FaultScript.cut("before"))
      yield* telegram.failNext("sendMessage", FaultScript.cut("after"))
      assert.isTrue((yield* call("getUpdates")).ok)
      const before = yield* Effect.flip(call("sendMessage", { chat_id: 7, text: "never" }))
      const after = yield* Effect.flip(call("sendMessage", { chat_id: 7, text: "ambiguous" }))
      assert.deepStrictEqual([before._tag, after._tag], ["HttpClientError", "HttpClientError"])
      assert.deepStrictEqual(texts(yield* ann.chat.messages), ["ambiguous"])
      const answers = (yield* telegram.calls).slice(1).map((call) => call.answer)
      assert.deepStrictEqual(answers, [undefined, undefined])
    }))

  it.effect("a private chat takes one message a second, and other chats do not suffer", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp({ rateLimits: true })
      yield* telegram.user({ id: 8, firstName: "Bob" })
      const to = (chat_id: number) => call("sendMessage", { chat_id, text: "a" })
      assert.deepStrictEqual([(yield* to(7)).status, (yield* to(7)).status, (yield* to(8)).status], [200, 429, 200])
      assert.strictEqual((yield* to(7)).parameters?.retry_after, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* to(7)).status, 200)
    }))

  it.effect("a group takes twenty a minute, edits included", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp({ rateLimits: true })
      const group = yield* telegram.group({ title: "Team" })
      yield* call("sendMessage", { chat_id: group.chat.id, text: "0" })
      const answers = yield* Effect.forEach(Array.from({ length: 20 }, (_, i) => `${i + 1}`), (text) =>
        call("editMessageText", { chat_id: group.chat.id, message_id: 1, text }))
      assert.deepStrictEqual(
        answers.map((answer) =>
          answer.status
        ),
        [...Array.from({ length: 19 }, () => 200), 429]
      )
      assert.strictEqual(answers[19]?.parameters?.retry_after, 3)
    }))

  it.effect("thirty a second over all chats", () =>
    Effect.gen(function*() {
      const { call } = yield* setUp({ rateLimits: { privatePerSecond: 1000 } })
      const answers = yield* Effect.replicateEffect(call("sendMessage", { chat_id: 7, text: "a" }), 31)
      assert.deepStrictEqual(answers.filter((answer) => !answer.ok).length, 1)
    }))

  it.effect("what goes to one chat counts for all of them", () =>
    Effect.gen(function*() {
      const { call, telegram } = yield* setUp({ rateLimits: { overallPerSecond: 2 } })
      for (const id of [8, 9]) yield* telegram.user({ id, firstName: `P${id}` })
      const answers = yield* Effect.forEach([7, 8, 9], (chat_id) => call("sendMessage", { chat_id, text: "a" }))
      assert.deepStrictEqual(answers.map(({ status }) => status), [200, 200, 429])
    }))
})

describe("people", () => {
  it.live("commands and mentions get the entities that Telegram computes", () =>
    Effect.gen(function*() {
      const { ann } = yield* setUp()
      const [message] = yield* ann.chat.send(
        "/codex@Codex_Test_Bot stop @CODEX_test_bot a/b me@host.org /codexй #tag https://e.org/a."
      )
      assert.deepStrictEqual(
        message?.entities?.map(({ length, offset, type }) => [type, message.text?.slice(offset, offset + length)]),
        [
          ["bot_command", "/codex@Codex_Test_Bot"],
          ["mention", "@CODEX_test_bot"],
          ["hashtag", "#tag"],
          ["url", "https://e.org/a"]
        ]
      )
    }))

  it.live("a long paste arrives in parts", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const parts = yield* ann.chat.send("word ".repeat(2000))
      assert.strictEqual(parts.length, 3)
      assert.deepStrictEqual(received(yield* call("getUpdates")), texts(parts))
      assert.isTrue(parts.slice(0, -1).every(({ text = "" }) => text.length > 3796 && text.length <= 4096))
    }))

  it.effect.prop("splitting loses nothing but outer white space", [
    Schema.Array(Schema.Literals(["😀", "ab", " ", "\n"]))
  ], ([bits]) =>
    Effect.gen(function*() {
      const { ann } = yield* Effect.scoped(setUp())
      const text = `${"x".repeat(1 + bits.length % 2)}${Array.from({ length: 200 }, () => bits.join("")).join("-")}${
        "😀".repeat(2100)
      }`
      const parts = texts(yield* ann.chat.send(text))
      assert.strictEqual(parts.join("").replace(/\s/g, ""), text.replace(/\s/g, ""))
      assert.isTrue(parts.every((part = "") => part.length <= 4096 && encodeURIComponent(part) !== ""))
    }), { arbitrary: { runs: 20, seed: 7 } })

  it.live("what no client offers fails with its reason", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      yield* call("sendMessage", { chat_id: 7, text: "a", reply_markup: button("x") })
      assert.strictEqual(
        (yield* Effect.flip(ann.chat.press(1, "y"))).message,
        "Nobody can press this: message 1 has no such button"
      )
      assert.strictEqual((yield* Effect.flip(ann.chat.edit(1, "b"))).reason, "it is not a text of this person")
      assert.strictEqual((yield* Effect.flip(ann.chat.send("   "))).reason, "the text is empty")
      assert.strictEqual(
        (yield* Effect.flip(ann.chat.send("a", { replyTo: 99 }))).reason,
        "there is no message 99 to reply to"
      )
    }))

  it.live("waiting for a message takes an edit too, and each new message is given out once", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const final = yield* Effect.forkChild(ann.chat.botText("final"))
      const first = yield* Effect.forkChild(ann.chat.nextBotMessage)
      yield* call("sendMessage", { chat_id: 7, text: "dra" })
      assert.strictEqual((yield* Fiber.join(first)).text, "dra")
      yield* call("editMessageText", { chat_id: 7, message_id: 1, text: "final" })
      assert.strictEqual((yield* Fiber.join(final)).message_id, 1)
      yield* call("sendMessage", { chat_id: 7, text: "more" })
      assert.strictEqual((yield* ann.chat.nextBotMessage).text, "more")
    }))

  it.live("topics are places of their own, and a deleted one is not found", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const forum = yield* telegram.group({ title: "Team", kind: "forum" })
      const topic = yield* forum.topic("Bugs")
      const inTopic = ann.in(topic)
      const [asked] = yield* inTopic.send("hi")
      assert.deepInclude(asked, { message_thread_id: topic.threadId, is_topic_message: true })
      const reply = { chat_id: forum.chat.id, message_thread_id: topic.threadId, text: "here" }
      yield* call("sendMessage", reply)
      assert.deepStrictEqual(texts(yield* inTopic.messages), [undefined, "hi", "here"])
      assert.deepStrictEqual(texts(yield* ann.in(forum).messages), [])
      yield* forum.deleteTopic(topic)
      assert.strictEqual((yield* call("sendMessage", reply)).description, "Bad Request: message thread not found")
      assert.strictEqual((yield* Effect.flip(inTopic.send("still?"))).reason, "the topic is gone")
      assert.isTrue((yield* call("sendChatAction", { chat_id: forum.chat.id, action: "typing" })).ok)
      assert.isFalse(yield* ann.in(forum).isTyping)
      assert.isTrue(
        (yield* call("sendChatAction", { chat_id: forum.chat.id, message_thread_id: 1, action: "typing" })).ok
      )
      assert.isTrue(yield* ann.in(forum).isTyping)
    }))

  it.live("a chain of replies carries a thread id that cannot be sent to", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const { result } = yield* call("sendMessage", { chat_id: 7, text: "a" })
      const [reply] = yield* ann.chat.send("b", { replyTo: result.message_id })
      assert.strictEqual(reply?.message_thread_id, result.message_id)
      assert.isUndefined(reply?.is_topic_message)
      const refused = yield* call("sendMessage", { chat_id: 7, text: "c", message_thread_id: reply?.message_thread_id })
      assert.strictEqual(refused.description, "Bad Request: message thread not found")
    }))

  it.live.each(
    [
      [true, ["chatter", "/other@other_bot", "@codex_test_bott no", "/codex hi", "hey @Codex_Test_Bot", "a reply"]],
      [false, ["/codex hi", "hey @Codex_Test_Bot", "a reply"]]
    ] as const
  )(
    "with readsAllGroupMessages %s the bot gets %j of a group",
    ([readsAllGroupMessages, expected]) =>
      Effect.gen(function*() {
        const { ann, call, telegram } = yield* setUp({ readsAllGroupMessages })
        const group = yield* telegram.group({ title: "Team", kind: "group" })
        const there = ann.in(group)
        const { result } = yield* call("sendMessage", { chat_id: group.chat.id, text: "hello all" })
        yield* there.send("chatter")
        yield* there.send("/other@other_bot")
        yield* there.send("@codex_test_bott no")
        yield* there.send("/codex hi")
        yield* there.send("hey @Codex_Test_Bot")
        yield* there.send("a reply", { replyTo: result.message_id })
        assert.deepStrictEqual(received(yield* call("getUpdates")), [...expected])
        assert.strictEqual((yield* call("getMe")).result.can_read_all_group_messages, readsAllGroupMessages)
      })
  )

  it.live("the timeline has every visible state in order, live and afterwards", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const live = yield* Effect.forkChild(telegram.events.pipe(Stream.take(5), Stream.runCollect))
      yield* ann.chat.send("question")
      yield* call("sendChatAction", { chat_id: 7, action: "typing" })
      yield* call("sendMessage", { chat_id: 7, text: "dra" })
      yield* call("editMessageText", { chat_id: 7, message_id: 2, text: "draft" })
      yield* call("editMessageText", { chat_id: 7, message_id: 2, text: "draft" })
      yield* call("deleteMessage", { chat_id: 7, message_id: 2 })
      const timeline = yield* telegram.timeline
      assert.deepStrictEqual(timeline.map(({ from, kind, messageId, text }) => [kind, from, messageId, text]), [
        ["sent", "user", 1, "question"],
        ["action", "bot", 0, "typing"],
        ["sent", "bot", 2, "dra"],
        ["edited", "bot", 2, "draft"],
        ["deleted", "bot", 2, "draft"]
      ])
      assert.deepStrictEqual(yield* Fiber.join(live), [...timeline])
      assert.deepStrictEqual(yield* telegram.events.pipe(Stream.take(5), Stream.runCollect), [...timeline])
    }))
})

/** Runs a framework's bot until the scope closes; `stop` ends the poll as the framework does. */
const telegraf = Effect.fnUntraced(function*(telegram: TelegramEmulator.Service, define: (bot: Telegraf) => void) {
  const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot } })
  define(bot)
  const running = yield* Effect.forkChild(Effect.exit(Effect.tryPromise(() => bot.launch())))
  yield* telegram.polled
  const stop = Effect.andThen(Effect.sync(() => bot.stop()), Fiber.join(running))
  return { bot, running, stop }
})

describe("Telegraf", () => {
  it.live("answers, edits, deletes, uploads, takes presses", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const { stop } = yield* telegraf(telegram, (bot) => {
        bot.command("file", async (ctx) => {
          await ctx.sendChatAction("upload_document")
          await ctx.replyWithDocument({ source: Buffer.from("body"), filename: "a.txt" }, { caption: "cap" })
        })
        bot.action("go", async (ctx) => {
          await ctx.answerCbQuery("went")
          await ctx.deleteMessage()
        })
        bot.on("message", async (ctx) => {
          const sent = await ctx.reply("thinking", { reply_parameters: { message_id: ctx.message.message_id } })
          await ctx.telegram.editMessageText(ctx.chat.id, sent.message_id, undefined, "answer", {
            reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] }
          })
        })
      })
      yield* ann.chat.send("hello")
      const answer = yield* ann.chat.botText("answer")
      assert.strictEqual(answer.reply_to_message?.text, "hello")
      const press = yield* ann.chat.press(answer.message_id, "go")
      assert.deepStrictEqual(yield* press.answer, { text: "went" })
      yield* telegram.waitForCall((call) => call.method === "deleteMessage")
      yield* ann.chat.send("/file")
      const file = yield* ann.chat.waitFor((message) => message.document !== undefined)
      assert.deepInclude(file, { caption: "cap" })
      assert.deepInclude(file.document, { file_name: "a.txt", file_size: 4 })
      assert.deepStrictEqual(texts(yield* ann.chat.messages), ["hello", "/file", undefined])
      yield* stop
    }))

  it.live("loses no update while it is stopped, and sees none twice", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const seen: Array<string> = []
      const listen = (bot: Telegraf) => {
        bot.on("message", (ctx) => {
          seen.push(ctx.text ?? "")
          return ctx.reply(`got ${ctx.text}`)
        })
      }
      const first = yield* telegraf(telegram, listen)
      yield* ann.chat.send("one")
      yield* ann.chat.botText("got one")
      yield* first.stop
      yield* ann.chat.send("two")
      const second = yield* telegraf(telegram, listen)
      yield* ann.chat.botText("got two")
      yield* second.stop
      assert.deepStrictEqual(seen, ["one", "two"])
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
    }))

  it.live("ends with a conflict when another instance polls", () =>
    Effect.gen(function*() {
      const { telegram } = yield* setUp()
      const first = yield* telegraf(telegram, () => {})
      const second = yield* Effect.forkChild(callOf(telegram)("getUpdates", { timeout: 30 }))
      const exit = yield* Fiber.join(first.running)
      assert.include(String(exit), "409: Conflict: terminated by other getUpdates request")
      yield* Fiber.interrupt(second)
    }))
})

describe("grammY", () => {
  it.live("answers, uploads, takes presses and edits, and stops", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const bot = new Bot(telegram.token, { client: { apiRoot: telegram.apiRoot } })
      bot.command("start", (ctx) =>
        ctx.reply("<b>welcome</b>", {
          parse_mode: "HTML",
          reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] }
        }))
      bot.callbackQuery("go", async (ctx) => {
        await ctx.editMessageText("went")
        await ctx.answerCallbackQuery()
      })
      bot.on("edited_message", (ctx) => ctx.reply(`edited ${ctx.editedMessage.text}`))
      bot.on("message:document", async (ctx) => {
        const file = await ctx.getFile()
        await ctx.replyWithDocument(new InputFile(Buffer.from("copy"), "copy.txt"), { caption: file.file_path ?? "" })
      })
      const running = yield* Effect.forkChild(Effect.promise(() => bot.start()))
      const [asked] = yield* ann.chat.send("/start")
      const welcome = yield* ann.chat.botText("welcome")
      assert.deepStrictEqual(welcome.entities, [{ type: "bold", offset: 0, length: 7 }])
      const press = yield* ann.chat.press(welcome.message_id, "go")
      assert.deepStrictEqual(yield* press.answer, {})
      yield* ann.chat.botText("went")
      yield* ann.chat.edit(asked?.message_id ?? 0, "/start again")
      yield* ann.chat.botText("edited /start again")
      yield* ann.chat.sendDocument({ fileName: "notes.txt", text: "notes" })
      const copy = yield* ann.chat.waitFor((message) => message.document?.file_name === "copy.txt")
      assert.strictEqual(copy.caption, "documents/file_1.txt")
      yield* Effect.promise(() => bot.stop())
      yield* Fiber.join(running)
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
    }))
})
