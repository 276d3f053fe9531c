import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Incoming from "../src/telegram/Incoming.ts"
import type * as Turns from "../src/telegram/Turns.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import {
  type Fields,
  groupMessage,
  groupText,
  mentionsIn,
  privateMessage,
  privateText,
  update
} from "./support/updates.ts"

const bot = { botUsername: "my_bot" }

const read = (update: unknown, options: DoorOptions = bot) => Incoming.read({ update }, makeDoor(options))

const partSummary = (part: Turns.Content): string => {
  switch (part._tag) {
    case "Text":
      return JSON.stringify(part.text)
    case "File":
      return `${part.kind} ${part.file}`
    case "Unread":
      return `unread ${part.kind}`
    case "Approval":
      return `${part.approved ? "yes" : "no"} to ${part.call}`
    default:
      return `${part._tag} of ${part.from}: ${JSON.stringify(part.text)}`
  }
}

/** What was made of an update, in one line. */
const summary = (incoming: Incoming.Incoming): string => {
  switch (incoming._tag) {
    // What is more of something is nothing by itself; what it belongs to is told with what is joined.
    case "Nothing":
    case "More":
      return "nothing"
    case "Prompt":
      return `prompt ${incoming.asking.content.map(partSummary).join(" + ")}`
    case "Edit":
      return `edit ${incoming.asking.content.map(partSummary).join(" + ")}`
    case "Command":
      return `command ${incoming.name} ${JSON.stringify(incoming.arguments)}`
    case "Approval":
      return `${incoming.approved ? "yes" : "no"} to ${incoming.call}`
    case "Import":
      return `import ${incoming.source._tag}`
    case "Unsure":
      return `unsure ${incoming.near}`
    case "Refused":
      return `refused ${incoming.kind}`
    case "GuestRefused":
      return `guest ${incoming.queryId} refused ${incoming.kind}`
    case "Guest":
      return `guest ${incoming.queryId}`
    case "Greeting":
      return incoming.isHelp ? "help" : "greeting"
    case "Spoken":
      return `spoken ${incoming.voice.file} to ${incoming.names.join(" or ")}`
    case "Stop":
      return `stop ${incoming.origin.conversation} ${incoming.callbackId}`
  }
}

describe("private messages", () => {
  it.effect.each([
    { text: "Hello", says: "prompt \"Hello\"" },
    { text: "/codex", says: "command help \"\"" },
    { text: "/codex help", says: "command help \"\"" },
    { text: "/CODEX Status", says: "command status \"\"" },
    { text: "/codex ask What is 2+2?", says: "command ask \"What is 2+2?\"" },
    { text: "/codex ask one\ntwo\n  three", says: "command ask \"one\\ntwo\\n  three\"" },
    { text: "/codex ask\nfirst\n\nthird", says: "command ask \"first\\n\\nthird\"" },
    { text: "/codex\nask hi", says: "command ask \"hi\"" },
    { text: "/codex@my_bot ask hi", says: "command ask \"hi\"" },
    { text: "/codex@MY_BOT ask hi", says: "command ask \"hi\"" },
    { text: "/codex What is 6 x 7?", says: "prompt \"What is 6 x 7?\"" },
    { text: "/codex reset my router password, how?", says: "prompt \"reset my router password, how?\"" },
    { text: "/codex@my_bot  two\n lines", says: "prompt \"two\\n lines\"" },
    { text: "/codex@other_bot ask hi", says: "nothing" },
    { text: "/codex@my_bot_dev ask hi", says: "nothing" },
    { text: "/codexfoo bar", says: "nothing" },
    { text: "/codex_ask bar", says: "nothing" },
    { text: "/start", says: "nothing" },
    { text: "/", says: "prompt \"/\"" },
    { text: "/ what", says: "prompt \"/ what\"" },
    { text: "//cdn.example.com/x.js is slow", says: "prompt \"//cdn.example.com/x.js is slow\"" },
    { text: "/etc/nginx/nginx.conf has an error", says: "prompt \"/etc/nginx/nginx.conf has an error\"" },
    { text: "/start-up costs?", says: "prompt \"/start-up costs?\"" },
    { text: "/codex/x", says: "prompt \"/codex/x\"" },
    { text: "/help", says: "nothing" },
    { text: "/codex statsu", says: "unsure status" },
    { text: "/codex Resett", says: "unsure reset" },
    ...["hi", "no", "ok", "yo", "ja"].map((text) => ({ text: `/codex ${text}`, says: `prompt "${text}"` })),
    { text: "/codex hello", says: "prompt \"hello\"" },
    { text: "/codex statsu now", says: "prompt \"statsu now\"" },
    { text: "/codex photosynthesis", says: "prompt \"photosynthesis\"" },
    { text: "/codex why?", says: "prompt \"why?\"" },
    { text: "   ", says: "refused text" },
    { text: "and/or /codex", says: "prompt \"and/or /codex\"" }
  ])("$text: $says", ({ says, text }) =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(privateText(text))), says)
    }))

  it.effect("takes another prefix, and then not its own", () =>
    Effect.sync(() => {
      const options = { ...bot, commandPrefix: "ai" }
      assert.strictEqual(summary(read(privateText("/ai ask hi"), options)), "command ask \"hi\"")
      assert.strictEqual(summary(read(privateText("/codex ask hi"), options)), "nothing")
    }))

  it.effect("without autoReply only commands count", () =>
    Effect.sync(() => {
      const options = { ...bot, autoReply: false }
      assert.strictEqual(summary(read(privateText("Hello"), options)), "nothing")
      assert.strictEqual(summary(read(groupText("@my_bot hello"), options)), "nothing")
      assert.strictEqual(summary(read(privateText("/codex ask hi"), options)), "command ask \"hi\"")
    }))

  it.effect("knows its name from the framework where the options do not say it", () =>
    Effect.sync(() => {
      const door = makeDoor()
      for (const known of [{ botInfo: { username: "my_bot" } }, { me: { username: "My_Bot" } }]) {
        const at = (name: string) =>
          summary(Incoming.read({ ...known, update: privateText(`/codex@${name} help`) }, door))
        assert.strictEqual(at("my_bot"), "command help \"\"")
        assert.strictEqual(at("other_bot"), "nothing")
      }
      // Telegraf's `ctx.me` is the username itself, and nobody knows the name of a bare context.
      const named = { me: "my_bot", update: privateText("/codex@my_bot help") }
      assert.strictEqual(summary(Incoming.read(named, door)), "command help \"\"")
    }))
})

describe("groups", () => {
  it.effect.each([
    { text: "@my_bot hello", says: "prompt \"hello\"" },
    { text: "hello @my_bot", says: "prompt \"hello\"" },
    { text: "hello @My_Bot how are you?", says: "prompt \"hello how are you?\"" },
    { text: "👩‍🚀🙂 @my_bot what is this?", says: "prompt \"👩‍🚀🙂 what is this?\"" },
    { text: "@my_bot @my_bot hi @my_bot", says: "prompt \"hi\"" },
    { text: "@other_bot @my_bot hi", says: "prompt \"@other_bot hi\"" },
    { text: "@other_bot hi", says: "nothing" },
    { text: "@my_bot_dev hi", says: "nothing" },
    { text: "@my_bot", says: "refused text" },
    { text: "hello", says: "nothing" },
    { text: "Review @my_bot\n\nif x:\n    y", says: "prompt \"Review\\n\\nif x:\\n    y\"" },
    { text: "first\n@my_bot second", says: "prompt \"first\\nsecond\"" },
    { text: "/start @my_bot", says: "nothing" },
    { text: "/codex@my_bot reset", says: "command reset \"\"" },
    { text: "/codex status", says: "command status \"\"" }
  ])("$text: $says", ({ says, text }) =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(groupText(text))), says)
    }))

  it.effect("a name that only looks like a mention is none", () =>
    Effect.sync(() => {
      const text = "mail me@my_bot.org or @my_bot"
      assert.strictEqual(summary(read(update({ message: groupMessage({ text }) }))), "nothing")
      const entities = [{ type: "code", offset: text.indexOf(" @") + 1, length: 7 }]
      assert.strictEqual(summary(read(update({ message: groupMessage({ text, entities }) }))), "nothing")
    }))

  it.effect("captions count where they mention the bot", () =>
    Effect.sync(() => {
      const caption = "🙂 @my_bot what is this?"
      const message = groupMessage({ photo: [], caption, caption_entities: mentionsIn(caption) })
      assert.strictEqual(summary(read(update({ message }))), "prompt \"🙂 what is this?\"")
    }))

  it.effect("the name may be given with its @", () =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(groupText("@my_bot hi"), { botUsername: "@My_Bot" })), "prompt \"hi\"")
    }))

  it.effect("the name is what the framework knows, where the options do not say it", () =>
    Effect.sync(() => {
      for (const known of [{ botInfo: { id: 1, username: "my_bot" } }, { me: { username: "My_Bot" } }]) {
        const context = { ...known, update: groupText("@my_bot hi") }
        assert.strictEqual(summary(Incoming.read(context, makeDoor())), "prompt \"hi\"")
        assert.strictEqual(summary(Incoming.read(context, makeDoor({ botUsername: "other_bot" }))), "nothing")
      }
      assert.strictEqual(summary(Incoming.read({ update: groupText("@my_bot hi") }, makeDoor())), "nothing")
    }))

  it.effect("botUsername: false keeps them silent but for commands, as leaving it out did in vibegram/codex", () =>
    Effect.sync(() => {
      const silent = (update: unknown) =>
        summary(Incoming.read({ botInfo: { id: 1, username: "my_bot" }, update }, makeDoor({ botUsername: false })))
      const reply = { reply_to_message: { message_id: 1, from: { id: 1, is_bot: true }, text: "an answer" } }
      assert.strictEqual(silent(groupText("@my_bot hi")), "nothing")
      assert.strictEqual(silent(update({ message: groupMessage({ text: "and?", ...reply }) })), "nothing")
      assert.strictEqual(silent(groupText("/codex@my_bot hi there")), "prompt \"hi there\"")
      assert.strictEqual(silent(groupText("/codex@other_bot hi there")), "nothing")
    }))

  it.effect("groupMentionOnly: false makes every text a prompt, but no command of others", () =>
    Effect.sync(() => {
      const options = { groupMentionOnly: false }
      assert.strictEqual(summary(read(groupText("hello"), options)), "prompt \"hello\"")
      assert.strictEqual(summary(read(groupText("/start"), options)), "nothing")
    }))

  const Word = Schema.Literals(["a", "🙂", "👩‍🚀", "@other_bot", "@my_bot_dev", "me@my", "日本"])
  it.effect.prop(
    "cuts out the mention and nothing else, wherever it stands",
    [Schema.Array(Word).check(Schema.isMaxLength(6)), Schema.Array(Word).check(Schema.isMaxLength(6))],
    ([before, after]) =>
      Effect.sync(() => {
        const text = [...before, "@my_bot", ...after].join(" ")
        const rest = [...before, ...after].join(" ")
        assert.strictEqual(
          summary(read(groupText(text))),
          rest === "" ? "refused text" : `prompt ${JSON.stringify(rest)}`
        )
      }),
    { arbitrary: { runs: 200, seed: 1 } }
  )
})

describe("what is nothing", () => {
  it.effect.each([
    { name: "an edit of a command", content: { edited_message: privateMessage({ text: "/codex status" }) } },
    { name: "an edit of what is no question", content: { edited_message: privateMessage({ dice: { value: 1 } }) } },
    { name: "a channel post", content: { channel_post: { ...privateMessage({ text: "hi" }), from: undefined } } },
    { name: "an edited channel post", content: { edited_channel_post: privateMessage({ text: "hi" }) } },
    { name: "a service message", content: { message: groupMessage({ new_chat_members: [] }) } },
    {
      name: "a channel's post in its discussion group",
      content: { message: { ...privateMessage({ text: "hi" }), is_automatic_forward: true } }
    },
    { name: "what has nothing in it", content: { message: privateMessage({}) } },
    { name: "a pinned message", content: { message: privateMessage({ pinned_message: { message_id: 1 } }) } },
    { name: "a new topic", content: { message: groupMessage({ forum_topic_created: { name: "T" } }) } },
    {
      name: "an upgrade of a gift",
      content: { message: privateMessage({ gift_upgrade_sent: { gift: { id: "1" } } }) }
    },
    {
      name: "an owner who leaves",
      content: { message: privateMessage({ chat_owner_left: { new_owner: { id: 8 } } }) }
    },
    { name: "a payment", content: { message: privateMessage({ successful_payment: { currency: "XTR" } }) } },
    {
      name: "a message of another bot",
      content: { message: { ...privateMessage({ text: "/codex help" }), from: { id: 3, is_bot: true } } }
    },
    { name: "a press of a button", content: { callback_query: { id: "1", data: "/codex help" } } },
    { name: "an update of a kind not known yet", content: { new_thing: { text: "hi" } } },
    { name: "a message that is none", content: { message: "hi" } }
  ])("$name", ({ content }) =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(update(content))), "nothing")
    }))

  it.effect("an edit is no new question, also where the framework shows it as ctx.message", () =>
    Effect.sync(() => {
      const message = privateMessage({ text: "hi" })
      const context = { update: update({ edited_message: message }), message }
      assert.strictEqual(summary(Incoming.read(context, makeDoor(bot))), "edit \"hi\"")
      assert.strictEqual(summary(Incoming.read({ message }, makeDoor(bot))), "prompt \"hi\"")
      assert.strictEqual(summary(Incoming.read({}, makeDoor(bot))), "nothing")
    }))
})

describe("a stop", () => {
  const pressed = (data: string) => ({
    update_id: 1,
    callback_query: {
      id: "9",
      from: { id: 7, is_bot: false, first_name: "Ada" },
      data,
      message: {
        ...groupMessage({ text: "…", message_thread_id: 4, is_topic_message: true }),
        from: { id: 1, is_bot: true }
      }
    }
  })

  it.effect("is the press of our button, by the one who pressed it and where it was pressed", () =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(pressed("codex:stop"))), "stop chat:-100:thread:4 9")
      assert.strictEqual(
        summary(read(pressed("ai:stop"), { ...bot, commandPrefix: "ai" })),
        "stop chat:-100:thread:4 9"
      )
    }))

  it.effect("is no other button", () =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(pressed("codex:stopit"))), "nothing")
      assert.strictEqual(summary(read(pressed("stop"))), "nothing")
    }))

  const stopped = (chat: object, more: object = {}) =>
    read({ update_id: 1, stopped_message_generation: { chat, draft_id: 5, ...more } })

  it.effect("is the stop of a native draft as well: it tells no person, in private that is the chat", () =>
    Effect.sync(() => {
      const incoming = stopped({ id: 7, type: "private" })
      assert.strictEqual(summary(incoming), "stop user:7 undefined")
      assert.deepInclude(incoming, { origin: { ...privateOrigin, messageId: 0 } })
      // Another person in it is not believed: Telegram does not tell one.
      assert.strictEqual(summary(stopped({ id: 7, type: "private" }, { from: { id: 8 } })), "stop user:7 undefined")
    }))

  it.effect("the topic of a native stop is the update's", () =>
    Effect.sync(() => {
      const incoming = stopped({ id: 7, type: "private" }, { message_thread_id: 4 })
      assert.deepNestedInclude(incoming, { "origin.destination.threadId": 4, "origin.userId": 7 })
    }))

  it.effect.each([
    { id: -100, type: "supergroup" },
    { id: -5, type: "group" },
    { id: -1, type: "channel" },
    { id: 7, type: "supergroup" },
    { id: "@channel" }
  ])("a native stop in %o is ignored, and says why", (chat) =>
    Effect.sync(() => {
      const incoming = stopped(chat)
      assert.strictEqual(incoming._tag, "Nothing")
      assert.match(incoming._tag === "Nothing" ? incoming.why ?? "" : "", /outside of a private chat/)
    }))
})

const privateOrigin = {
  userId: 7,
  chatId: 7,
  isPrivate: true,
  conversation: ConversationKey("user:7"),
  destination: { chatId: 7, threadId: undefined, replyTo: undefined }
}

describe("origin", () => {
  const origin = (content: Parameters<typeof update>[0]) =>
    Option.getOrUndefined(Incoming.origin({ update: update(content) }, { topics: "shared" }))

  it.effect("in private it is the user's conversation, and nothing is replied to", () =>
    Effect.sync(() => {
      assert.deepStrictEqual(origin({ message: { ...privateMessage({ text: "hi" }), message_id: 3 } }), {
        messageId: 3,
        userId: 7,
        chatId: 7,
        isPrivate: true,
        conversation: ConversationKey("user:7"),
        destination: { chatId: 7, threadId: undefined, replyTo: undefined }
      })
    }))

  it.effect("in a group it is the user's conversation in that chat, and the message is replied to", () =>
    Effect.sync(() => {
      const found = origin({ message: { ...groupMessage({ text: "hi" }), message_id: 55 } })
      assert.strictEqual(found?.conversation, "chat:-100:user:7")
      assert.deepStrictEqual(found?.destination, { chatId: -100, threadId: undefined, replyTo: 55 })
    }))

  it.effect("in a topic it is the topic's, and answers go there; a chain of replies is no topic", () =>
    Effect.sync(() => {
      const topic = origin({ message: groupMessage({ text: "hi", message_thread_id: 9, is_topic_message: true }) })
      assert.strictEqual(topic?.conversation, "chat:-100:thread:9")
      assert.strictEqual(topic?.destination.threadId, 9)
      const chain = origin({ message: groupMessage({ text: "hi", message_thread_id: 9 }) })
      assert.strictEqual(chain?.conversation, "chat:-100:user:7")
      assert.strictEqual(chain?.destination.threadId, undefined)
    }))

  it.effect("a button belongs to who pressed it, not to the bot that wrote the message", () =>
    Effect.sync(() => {
      const message = { ...groupMessage({ text: "choose" }), from: { id: 1, is_bot: true } }
      const found = origin({ callback_query: { id: "1", from: { id: 8, is_bot: false }, message, data: "x" } })
      assert.strictEqual(found?.userId, 8)
      assert.strictEqual(found?.conversation, "chat:-100:user:8")
    }))

  it.effect("edits and channel posts have a place, inline queries a person, polls neither", () =>
    Effect.sync(() => {
      assert.strictEqual(origin({ edited_message: privateMessage({ text: "hi" }) })?.conversation, "user:7")
      const post = { ...groupMessage({ text: "hi" }, 7, { id: -200, type: "channel" }), from: undefined }
      assert.strictEqual(origin({ channel_post: post })?.conversation, "chat:-200:user:all")
      assert.strictEqual(origin({ inline_query: { id: "1", from: { id: 8 }, query: "x" } })?.conversation, "user:8")
      assert.strictEqual(origin({ poll: { id: "1" } }), undefined)
    }))
})

describe("an auth.json", () => {
  const json = `{"tokens":{"access_token":"aaa"}}`
  const long = "x".repeat(30)

  it.effect.each([
    { text: json, says: "import Text" },
    { text: `  \n{ "tokens": { "refresh_token": "r" } }`, says: "import Text" },
    { text: `Here: {"access_token":"${long}"}`, says: "import Text" },
    { text: `/codex auth import ${json}`, says: "import Text" },
    { text: `/codex auth import\n${json}`, says: "import Text" },
    { text: `/codex ask ${json}`, says: "import Text" },
    { text: `/codex personality {"id_token":"${long}"}`, says: "import Text" },
    { text: `${long}",\n"refresh_token": "${long}", "account_id"`, says: "import Text" },
    { text: `${long}", "account_id": "a" },\n"last_refresh": "2026-01-01T00:00:00Z"\n}`, says: "import Text" },
    { text: `/codex@other_bot auth import ${json}`, says: "nothing" },
    { text: `/start ${json}`, says: "nothing" },
    { text: `{"tokens":{}}`, says: `prompt "{\\"tokens\\":{}}"` },
    { text: `What is an access_token?`, says: `prompt "What is an access_token?"` },
    { text: `Why "access_token": "..." twice?`, says: `prompt "Why \\"access_token\\": \\"...\\" twice?"` }
  ])("in a text: $text: $says", ({ says, text }) =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(privateText(text))), says)
    }))

  it.effect("in a text it is known also where plain messages are no prompts, and in a group where it is for the bot", () =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(privateText(json), { ...bot, autoReply: false })), "import Text")
      assert.strictEqual(summary(read(groupText(`@my_bot ${json}`))), "import Text")
      assert.strictEqual(summary(read(groupText(json))), "nothing")
      assert.strictEqual(summary(read(groupText(json), { groupMentionOnly: false })), "import Text")
    }))

  it.effect("what is written around it is left out", () =>
    Effect.sync(() => {
      const incoming = read(privateText(`Here: {"access_token":"${long}"} ok?`))
      assert(incoming._tag === "Import" && incoming.source._tag === "Text")
      assert.strictEqual(Redacted.value(incoming.source.text), `{"access_token":"${long}"}`)
    }))

  const document = (file_name: string, caption?: string) => ({
    document: { file_id: "f", file_unique_id: "u", file_name },
    ...(caption !== undefined && { caption })
  })

  it.effect.each([
    { name: "auth.json", says: "import File" },
    { name: "AUTH (1).JSON", says: "import File" },
    { name: "codex-auth.json", says: "import File" },
    { name: "auth_backup.json", says: "import File" },
    { name: "author.json", says: "prompt document f" },
    { name: "auth.json.txt", says: "prompt document f" },
    { name: "notes.txt", caption: "/codex auth import", says: "import File" },
    { name: "notes.txt", caption: "/codex@my_bot auth import please", says: "import File" },
    { name: "notes.txt", caption: "/codex@other_bot auth import", says: "nothing" },
    { name: "notes.txt", caption: "/codex what is this?", says: "prompt document f + \"what is this?\"" },
    { name: "notes.txt", caption: "/codex ask what is this?", says: "command ask \"what is this?\"" }
  ])("in a file: $name $caption: $says", ({ caption, name, says }) =>
    Effect.sync(() => {
      assert.strictEqual(summary(read(update({ message: privateMessage(document(name, caption)) }))), says)
    }))

  it.effect("in a file in a group it is known by the command alone", () =>
    Effect.sync(() => {
      const inGroup = (caption?: string) =>
        summary(read(update({ message: groupMessage(document("auth.json", caption)) })))
      assert.strictEqual(inGroup(), "nothing")
      assert.strictEqual(inGroup("/codex auth import"), "import File")
    }))

  it.effect.each([
    { file: { file_name: "document", file_size: 900 }, says: "import File" },
    { file: { file_name: "login.json", file_size: 900 }, says: "import File" },
    { file: { file_name: "backup.json.txt", file_size: 900 }, says: "import File" },
    { file: { file_name: "x.bin", mime_type: "application/json", file_size: 65_536 }, says: "import File" },
    { file: { file_size: 900 }, says: "import File" },
    { file: { file_name: "document", file_size: 65_537 }, says: "prompt document f" },
    { file: { file_name: "document" }, says: "import File" },
    { file: { file_name: "auth.txt", mime_type: "text/plain", file_size: 900 }, says: "import File" },
    { file: { file_name: "photo.png", mime_type: "image/png", file_size: 900 }, says: "prompt document f" }
  ])(
    "an auth admin's small JSON is looked into, whatever its name: $file: $says",
    ({ file, says }) =>
      Effect.sync(() => {
        const sent = update({ message: privateMessage({ document: { file_id: "f", ...file } }) })
        const incoming = read(sent, { ...bot, authAdminUserIds: [7] })
        assert.strictEqual(summary(incoming), says)
        if (incoming._tag === "Import") {
          assert.deepInclude(incoming.source, { isCertain: false })
          assert.strictEqual(incoming.otherwise?.content[0]._tag, "File")
        }
        assert.strictEqual(summary(read(sent, { ...bot, authAdminUserIds: [8] })), "prompt document f")
      })
  )

  it.effect.each([
    { caption: "what is it?", says: "import File", asks: "what is it?" },
    { caption: "/codex what is it?", says: "import File", asks: "what is it?" },
    { caption: "/codex ask what is it?", says: "import File", asks: "what is it?" },
    { caption: "/codex ask", says: "import File", asks: "" },
    { caption: "/codex status", says: "command status \"\"", asks: undefined },
    { caption: "/other", says: "import File", asks: undefined }
  ])("and asked about by whatever stands under it: $caption", ({ asks, caption, says }) =>
    Effect.sync(() => {
      const message = privateMessage({ document: { file_id: "f", file_name: "notes.txt", file_size: 9 }, caption })
      const door = { ...bot, authAdminUserIds: [7] }
      const incoming = read(update({ message }), door)
      assert.strictEqual(summary(incoming), says)
      const asking = incoming._tag === "Import" ? incoming.otherwise : undefined
      assert.deepStrictEqual(
        asking?.content.map((part) => part._tag === "Text" ? part.text : part._tag === "File" ? part.mayBeLogin : part),
        asks === undefined ? undefined : asks === "" ? [true] : [true, asks]
      )
      const edited = read(update({ edited_message: message }), door)
      assert.strictEqual(edited._tag, asks === undefined ? "Nothing" : "Edit")
    }))

  it.effect("nobody's small JSON is looked into in a group", () =>
    Effect.sync(() => {
      const sent = update({
        message: groupMessage({ document: { file_id: "f", file_name: "document", file_size: 9 } })
      })
      assert.strictEqual(summary(read(sent, { ...bot, authAdminUserIds: [7] })), "nothing")
    }))
})

describe("a message of another hand", () => {
  it.effect.each([
    { forward_origin: { type: "user", date: 1, sender_user: { id: 8, is_bot: false, first_name: "B" } } },
    { forward_origin: { type: "hidden_user", date: 1, sender_user_name: "B" } },
    { forward_date: 1 },
    { via_bot: { id: 9, is_bot: true, first_name: "Inline" } },
    { sender_business_bot: { id: 9, is_bot: true, first_name: "Business" } }
  ])("is known as such: %o", (mark) =>
    Effect.sync(() => {
      const incoming = read(update({ message: privateMessage({ text: "/codex logout", ...mark }) }))
      assert.strictEqual(
        summary(incoming),
        "forward_date" in mark || "forward_origin" in mark ? "refused forwarded command" : "command logout \"\""
      )
      assert.deepNestedInclude(incoming, { "origin.isSecondHand": true })
    }))

  it.effect.each([
    { mark: { forward_origin: { type: "user", date: 1, sender_user: { id: 7 } } }, isSecondHand: false },
    { mark: { forward_origin: { type: "user", date: 1, sender_user: { id: 8 } } }, isSecondHand: true },
    { mark: { forward_origin: { type: "hidden_user", date: 1, sender_user_name: "User 7" } }, isSecondHand: true },
    { mark: { forward_origin: { type: "user", sender_user: { id: 7 } }, via_bot: { id: 9 } }, isSecondHand: true }
  ])(
    "of files counts what people forward from among their own as their own: %o",
    ({ isSecondHand, mark }) =>
      Effect.sync(() => {
        const text = `{"tokens":{"access_token":"${"a".repeat(40)}"}}`
        for (const content of [{ document: { file_id: "f", file_name: "auth.json" } }, { text }]) {
          const incoming = read(update({ message: privateMessage({ ...content, ...mark }) }))
          assert.strictEqual(incoming._tag, "Import")
          assert.deepNestedInclude(incoming, { "origin.isSecondHand": isSecondHand })
        }
      })
  )

  it.effect("is not one that was typed, as a reply, in a topic or ahead of time", () =>
    Effect.sync(() => {
      for (const mark of [{}, { reply_to_message: { forward_date: 1 } }, { is_from_offline: true }, { quote: {} }]) {
        const incoming = read(update({ message: privateMessage({ text: "/codex logout", ...mark }) }))
        assert(incoming._tag === "Command")
        assert.isUndefined(incoming.origin.isSecondHand)
      }
    }))
})

describe("files", () => {
  const contents = (content: Parameters<typeof privateMessage>[0]) => {
    const incoming = read(update({ message: privateMessage(content) }))
    return incoming._tag === "Prompt" ? incoming.asking.content : incoming
  }
  const size = (file_id: string, width: number) => ({
    file_id,
    file_unique_id: `u${file_id}`,
    width,
    height: width / 2
  })

  it.effect("a photo is its largest size, with its caption behind it", () =>
    Effect.sync(() => {
      const photo = [size("s", 90), size("l", 1280), size("m", 320)]
      assert.deepStrictEqual(contents({ photo, caption: "what is this?" }), [
        { _tag: "File", kind: "photo", file: "l", unique: "ul", width: 1280, height: 640 },
        { _tag: "Text", text: "what is this?" }
      ])
    }))

  it.effect.each<{ readonly content: Fields; readonly kind: Turns.FileKind }>([
    { content: { voice: { file_id: "f", duration: 3, mime_type: "audio/ogg" } }, kind: "voice" },
    { content: { audio: { file_id: "f", duration: 3 } }, kind: "audio" },
    { content: { video: { file_id: "f", width: 1, height: 1, duration: 3 } }, kind: "video" },
    { content: { video_note: { file_id: "f", length: 240, duration: 3 } }, kind: "videoNote" },
    { content: { sticker: { file_id: "f", width: 512, height: 512 } }, kind: "sticker" },
    // The more specific field counts: these two come twice.
    { content: { animation: { file_id: "f" }, document: { file_id: "g" } }, kind: "animation" },
    { content: { document: { file_id: "f", file_name: "a.pdf", file_size: 9 } }, kind: "document" }
  ])("$kind", ({ content, kind }) =>
    Effect.sync(() => {
      const [file, ...more] = [contents(content)].flat()
      assert.deepInclude(file, { _tag: "File", kind, file: "f" })
      assert.deepStrictEqual(more, [])
    }))

  it.effect("what is sent together is known by its album, and when it was sent is told", () =>
    Effect.sync(() => {
      const incoming = read(update({ message: privateMessage({ photo: [size("l", 90)], media_group_id: "9" }) }))
      assert.deepNestedInclude(incoming, { "asking.album": "9", "asking.sent": 1_700_000_000 })
    }))
})
