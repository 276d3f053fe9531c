import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { refusals } from "../src/testing/telegram/internal/refusals.ts"
import { button, png, setUp } from "./support/telegramWire.ts"

/**
 * Ann (7) has sent a document (1); the bot has sent a text (2), a document (3) and a protected text (4). Bob (8) takes
 * no voice messages, Cyd (9) has blocked the bot. In -100 the bot is a member and Ann wrote message 1; in the forum
 * -200 it is a member too, with an open topic 1 and a closed topic 2; the forum -300 with its topic 1 it administrates;
 * out of -400 it was kicked; the group -500 became a supergroup. In -600 it never was, and there Ann has summoned it three
 * times: the query 6000000001 is answered, and what it said deleted; 6000000002 is answered; 6000000003 is open.
 */
const world = Effect.gen(function*() {
  const { ann, call, post, telegram } = yield* setUp({ guestMode: true })
  const { document } = yield* ann.chat.sendDocument({ fileName: "a.txt", text: "a", caption: "question" })
  yield* call("sendMessage", { chat_id: 7, text: "old" })
  yield* call("sendDocument", { chat_id: 7, document: document?.file_id })
  yield* call("sendMessage", { chat_id: 7, text: "secret", protect_content: true })
  yield* telegram.user({ id: 8, firstName: "Bob", takesVoice: false })
  yield* (yield* telegram.user({ id: 9, firstName: "Cyd" })).block
  yield* ann.in(yield* telegram.group({ title: "Team", id: -100 })).send("hi")
  const forum = yield* telegram.group({ title: "Forum", id: -200, kind: "forum" })
  yield* forum.topic("Open")
  yield* forum.closeTopic(yield* forum.topic("Closed"))
  yield* (yield* telegram.group({ title: "Ours", id: -300, kind: "forum", bot: "administrator" })).topic("Bugs")
  yield* (yield* telegram.group({ title: "Theirs", id: -400 })).setBot("kicked")
  yield* (yield* telegram.group({ title: "Old", id: -500, kind: "group" })).upgrade
  const there = ann.in(yield* telegram.group({ title: "There", id: -600, bot: "absent" }))
  for (const id of ["6000000001", "6000000002", "6000000003"]) {
    yield* there.send("@codex_test_bot and?")
    if (id !== "6000000003") yield* call("answerGuestQuery", { guest_query_id: id, result: article })
    if (id === "6000000001") yield* there.remove((yield* there.botText("old")).message_id)
  }
  return { ann, call, post, telegram, fileId: document?.file_id ?? "" }
})

const article = { type: "article", id: "1", title: "a", input_message_content: { message_text: "old" } }
const guest = (result: unknown, guest_query_id = "6000000003") => ({ guest_query_id, result })
const inline = (fields: object, id = "AAAAguest6000000002") => ({ inline_message_id: id, ...fields })
const saying = (message_text: string) => ({ ...article, input_message_content: { message_text } })

const notModified =
  "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a " +
  "current content and reply markup of the message"
const bold = (offset: number, length: number) => [{ type: "bold", offset, length }]
const thumb = { type: "emoji", emoji: "👍" }
const many = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

type Row = readonly [method: string, fields: object, description: string, code?: number]

const rows: ReadonlyArray<Row> = [
  ["sendMessage", { text: "a" }, "Bad Request: chat_id is empty"],
  ["sendMessage", { chat_id: 404, text: "a" }, "Bad Request: chat not found"],
  ["sendMessage", { chat_id: "@nobody", text: "a" }, "Bad Request: chat not found"],
  ["sendMessage", { chat_id: 7 }, "Bad Request: message text is empty"],
  ["sendMessage", { chat_id: 7, text: "\u200b \u2800\ufeff" }, "Bad Request: message text is empty"],
  ["sendMessage", { chat_id: 7, text: " \n " }, "Bad Request: message text is empty"],
  ["sendMessage", { chat_id: 7, text: "<b></b>", parse_mode: "HTML" }, "Bad Request: message text is empty"],
  ["sendMessage", { chat_id: 7, text: "x".repeat(4097) }, "Bad Request: message is too long"],
  ["sendMessage", { chat_id: 7, text: "😀".repeat(2049) }, "Bad Request: message is too long"],
  ["sendMessage", { chat_id: 7, text: "a", message_thread_id: 99 }, "Bad Request: message thread not found"],
  [
    "sendMessage",
    { chat_id: 7, text: "a", reply_parameters: { message_id: 99 } },
    "Bad Request: message to be replied not found"
  ],
  ["sendMessage", { chat_id: 7, text: "a", reply_to_message_id: 99 }, "Bad Request: message to be replied not found"],
  [
    "sendMessage",
    { chat_id: 7, text: "a", reply_parameters: { message_id: 1, quote: "no" } },
    "Bad Request: QUOTE_TEXT_INVALID"
  ],
  ["sendMessage", { chat_id: 7, text: "a", reply_markup: button("") }, "Bad Request: BUTTON_DATA_INVALID"],
  ["sendMessage", { chat_id: 7, text: "a", reply_markup: button("ä".repeat(33)) }, "Bad Request: BUTTON_DATA_INVALID"],
  [
    "sendMessage",
    { chat_id: 7, text: "a", reply_markup: { inline_keyboard: [[{ text: "b" }]] } },
    "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
  ],
  ["sendMessage", { chat_id: 7, text: "a", parse_mode: "RTF" }, "Bad Request: unsupported parse_mode"],
  [
    "sendMessage",
    { chat_id: 7, text: "abc", entities: bold(1, 5) },
    "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 6"
  ],
  ...[
    ["https://localhost:3000", "Wrong HTTP URL"],
    ["ftp://a.b", "Unsupported URL protocol"],
    ["https://", "URL host is empty"],
    ["https://{host}.a.b/c", "Wrong URL host"],
    ["https://a.b:99999", "Wrong port number specified in the URL"],
    ["tg://a.b", "Unallowed characters in URL host"]
  ].map(([url = "", problem = ""]): readonly [string, object, string] => [
    "sendMessage",
    { chat_id: 7, text: "a", entities: [{ type: "text_link", offset: 0, length: 1, url }] },
    `Bad Request: entity URL '${url}' is invalid: ${problem}`
  ]),
  [
    "sendMessage",
    { chat_id: 7, text: "a😀", entities: bold(0, 2) },
    "Bad Request: entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 1"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "abc", entities: bold(-1, 1) },
    "Bad Request: receive an entity with incorrect offset -1"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "abc", entities: bold(0, -1) },
    "Bad Request: receive an entity with incorrect length -1"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "ä <b>x", parse_mode: "HTML" },
    "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "ä <b>x</i>", parse_mode: "HTML" },
    "Bad Request: can't parse entities: Unmatched end tag at byte offset 7, expected \"</b>\", found \"</i>\""
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "x</b>", parse_mode: "HTML" },
    "Bad Request: can't parse entities: Unexpected end tag at byte offset 1"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "<h1>x</h1>", parse_mode: "HTML" },
    "Bad Request: can't parse entities: Unsupported start tag \"h1\" at byte offset 0"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "1 < 2", parse_mode: "HTML" },
    "Bad Request: can't parse entities: Unsupported start tag \"\" at byte offset 2"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "ä *x", parse_mode: "MarkdownV2" },
    "Bad Request: can't parse entities: Can't find end of Bold entity at byte offset 3"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "`x", parse_mode: "MarkdownV2" },
    "Bad Request: can't parse entities: Can't find end of Code entity at byte offset 0"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "done.", parse_mode: "MarkdownV2" },
    "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'"
  ],
  [
    "sendMessage",
    { chat_id: 7, text: "ä _x", parse_mode: "Markdown" },
    "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 3"
  ],
  ["editMessageText", { chat_id: 7, text: "a" }, "Bad Request: message identifier is not specified"],
  ["editMessageText", { chat_id: 7, message_id: 99, text: "a" }, "Bad Request: message to edit not found"],
  ["editMessageText", { chat_id: 7, message_id: 1, text: "a" }, "Bad Request: message can't be edited"],
  ["editMessageText", { chat_id: 7, message_id: 2, text: "old" }, notModified],
  ["editMessageText", { chat_id: 7, message_id: 2, text: "<i></i>old ", parse_mode: "HTML" }, notModified],
  ["editMessageText", { chat_id: 7, message_id: 2, text: "" }, "Bad Request: message text is empty"],
  ["editMessageText", { chat_id: 7, message_id: 2, text: "x".repeat(4097) }, "Bad Request: message is too long"],
  ["editMessageText", { chat_id: 7, message_id: 3, text: "a" }, "Bad Request: there is no text in the message to edit"],
  [
    "editMessageCaption",
    { chat_id: 7, message_id: 2, caption: "a" },
    "Bad Request: there is no caption in the message to edit"
  ],
  ["editMessageReplyMarkup", { chat_id: 7, message_id: 2 }, notModified],
  ["deleteMessage", { chat_id: 7, message_id: 99 }, "Bad Request: message to delete not found"],
  ["sendChatAction", { chat_id: 7, action: "dance" }, "Bad Request: wrong parameter action in request"],
  ["sendChatAction", { chat_id: 88, action: "typing" }, "Bad Request: chat not found"],
  ["sendDocument", { chat_id: 7 }, "Bad Request: there is no document in the request"],
  ["sendDocument", { chat_id: 7, document: "nonsense" }, "Bad Request: wrong file identifier/HTTP URL specified"],
  ["getFile", { file_id: "nonsense" }, "Bad Request: invalid file_id"],
  [
    "answerCallbackQuery",
    { callback_query_id: "1" },
    "Bad Request: query is too old and response timeout expired or query ID is invalid"
  ],
  ["setMyCommands", { commands: [{ command: "no-dash", description: "d" }] }, "Bad Request: BOT_COMMAND_INVALID"],
  ["sendMessage", { chat_id: 9, text: "a" }, "Forbidden: bot was blocked by the user", 403],
  ["sendMessage", { chat_id: -400, text: "a" }, "Forbidden: bot was kicked from the supergroup chat", 403],
  ["sendMessage", { chat_id: -500, text: "a" }, "Bad Request: group chat was upgraded to a supergroup chat"],
  ["sendMessage", { chat_id: 7, text: "a", reply_markup: button("") }, "Bad Request: BUTTON_DATA_INVALID"],
  [
    "sendMessage",
    { chat_id: 7, text: "a", reply_markup: { inline_keyboard: [[{ text: "", callback_data: "x" }]] } },
    "Bad Request: can't parse inline keyboard button: Field \"text\" must be non-empty"
  ],
  ["sendMessage", { chat_id: 7, text: "a", entities: "{" }, "Bad Request: can't parse entities JSON object"],
  ["sendMessage", { chat_id: -200, text: "a", message_thread_id: 2 }, "Bad Request: TOPIC_CLOSED"],
  ["sendMessage", { chat_id: -200, text: "a", message_thread_id: 99 }, "Bad Request: message thread not found"],
  [
    "sendMessage",
    { chat_id: 7, text: "a", reply_parameters: { message_id: 1, quote: "*" + "x", quote_parse_mode: "MarkdownV2" } },
    "Bad Request: can't parse entities: Can't find end of Bold entity at byte offset 0"
  ],
  ...[
    ["HTML", "x</b", "Unclosed end tag at byte offset 1"],
    ["HTML", "x<b y=", "Unclosed start tag at byte offset 1"],
    ["HTML", "<span class=\"x\">y</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"],
    ["MarkdownV2", "[x](https://e.org", "Can't find end of a URL at byte offset 4"],
    ["MarkdownV2", "![x](tg://emoji?id=1", "Can't find end of a custom emoji URL at byte offset 5"],
    ["MarkdownV2", "![x](https://e.org)", "Custom emoji entity must contain a tg://emoji URL"],
    ["MarkdownV2", ">*b\n>c\nd*", "Can't find end of Bold entity at byte offset 1"],
    ["MarkdownV2", ">a||b\n||c", "Can't find end of Spoiler entity at byte offset 2"],
    ["MarkdownV2", "a>b", "Character '>' is reserved and must be escaped with the preceding '\\'"],
    ["MarkdownV2", "a | b", "Character '|' is reserved and must be escaped with the preceding '\\'"]
  ].map(([parse_mode, text, words]): Row => [
    "sendMessage",
    { chat_id: 7, text, parse_mode },
    `Bad Request: can't parse entities: ${words}`
  ]),
  [
    "editMessageCaption",
    { chat_id: 7, message_id: 3, caption: "x".repeat(1025) },
    "Bad Request: message caption is too long"
  ],
  ["sendDocument", { chat_id: 7, document: "https://e.org/a.txt" }, "Bad Request: failed to get HTTP URL content"],
  ["sendPhoto", { chat_id: 7, photo: "BQACAgTEST1" }, "Bad Request: can't use file of type Document as Photo"],
  ["sendVoice", { chat_id: 7 }, "Bad Request: there is no voice in the request"],
  ["sendMediaGroup", { chat_id: 7 }, "Bad Request: there are no messages to send"],
  [
    "sendMediaGroup",
    { chat_id: 7, media: many(11).map(() => ({ type: "document", media: "BQACAgTEST1" })) },
    "Bad Request: too many messages to send as an album"
  ],
  [
    "sendMediaGroup",
    { chat_id: 7, media: [{ type: "animation", media: "BQACAgTEST1" }] },
    "Bad Request: can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup"
  ],
  [
    "sendMediaGroup",
    { chat_id: 7, media: [{ type: "document", media: "attach://nothing" }] },
    "Bad Request: can't parse InputMedia: media not found"
  ],
  ["deleteMessage", { chat_id: 7 }, "Bad Request: message identifier is not specified"],
  ["deleteMessage", { chat_id: -100, message_id: 1 }, "Bad Request: message can't be deleted"],
  ["deleteMessages", { chat_id: 7 }, "Bad Request: message identifiers are not specified"],
  ["deleteMessages", { chat_id: 7, message_ids: many(101) }, "Bad Request: too many message identifiers specified"],
  ["forwardMessage", { chat_id: 7, from_chat_id: 7, message_id: 99 }, "Bad Request: message to forward not found"],
  ["forwardMessage", { chat_id: 7, from_chat_id: 7, message_id: 4 }, "Bad Request: the message can't be forwarded"],
  [
    "forwardMessages",
    { chat_id: 7, from_chat_id: 7, message_ids: [4] },
    "Bad Request: there are no messages to forward"
  ],
  [
    "forwardMessages",
    { chat_id: 7, from_chat_id: 7, message_ids: [2, 1] },
    "Bad Request: message identifiers must be in a strictly increasing order"
  ],
  ["copyMessage", { chat_id: 7, from_chat_id: 7, message_id: 99 }, "Bad Request: message to copy not found"],
  ["copyMessage", { chat_id: 7, from_chat_id: -200, message_id: 1 }, "Bad Request: the message can't be copied"],
  ["copyMessages", { chat_id: 7, from_chat_id: 7, message_ids: [99] }, "Bad Request: there are no messages to copy"],
  ["pinChatMessage", { chat_id: 7, message_id: 99 }, "Bad Request: message to pin not found"],
  [
    "pinChatMessage",
    { chat_id: -100, message_id: 1 },
    "Bad Request: not enough rights to manage pinned messages in the chat"
  ],
  ["unpinChatMessage", { chat_id: 7 }, "Bad Request: message to unpin not found"],
  ["setMessageReaction", { chat_id: 7, message_id: 99, reaction: [thumb] }, "Bad Request: message to react not found"],
  [
    "setMessageReaction",
    { chat_id: 7, message_id: 1, reaction: [{ type: "emoji", emoji: "✅" }] },
    "Bad Request: REACTION_INVALID"
  ],
  ["setMessageReaction", { chat_id: -200, message_id: 1, reaction: [thumb] }, "Bad Request: REACTION_INVALID"],
  ["setMessageReaction", { chat_id: 7, message_id: 1, reaction: [thumb, thumb] }, "Bad Request: REACTIONS_TOO_MANY"],
  ["sendMessageDraft", { chat_id: -100, draft_id: 1, text: "a" }, "Bad Request: TEXTDRAFT_PEER_INVALID"],
  ["sendMessageDraft", { chat_id: 7, draft_id: 0, text: "a" }, "Bad Request: invalid draft identifier specified"],
  ["sendMessageDraft", { chat_id: 7, draft_id: 1, text: "x".repeat(4097) }, "Bad Request: message is too long"],
  ["createForumTopic", { chat_id: -100, name: "T" }, "Bad Request: the chat is not a forum"],
  ["createForumTopic", { chat_id: -200, name: "T" }, "Bad Request: not enough rights to create a topic"],
  ["createForumTopic", { chat_id: -300, name: " " }, "Bad Request: topic title must be non-empty"],
  ["editForumTopic", { chat_id: -300, name: "T" }, "Bad Request: invalid message thread identifier specified"],
  ["editForumTopic", { chat_id: -300, message_thread_id: 99, name: "T" }, "Bad Request: TOPIC_ID_INVALID"],
  ["editForumTopic", { chat_id: -300, message_thread_id: 1, name: "Bugs" }, "Bad Request: TOPIC_NOT_MODIFIED"],
  ["closeForumTopic", { chat_id: -200, message_thread_id: 1 }, "Bad Request: not enough rights"],
  ["reopenForumTopic", { chat_id: -300, message_thread_id: 1 }, "Bad Request: TOPIC_NOT_MODIFIED"],
  ["getChatMember", { chat_id: -100, user_id: 12345 }, "Bad Request: user not found"],
  ["getChatAdministrators", { chat_id: 7 }, "Bad Request: there are no administrators in the private chat"],
  ["answerCallbackQuery", { callback_query_id: "1", text: "x".repeat(201) }, "Bad Request: MESSAGE_TOO_LONG"],
  ["setWebhook", { url: "http://bot.example/" }, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"],
  ["setWebhook", { url: "nonsense" }, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"],
  [
    "setWebhook",
    { url: "https://bot.example", secret_token: "no spaces" },
    "Bad Request: secret token contains unallowed characters"
  ],
  [
    "setWebhook",
    { url: "https://bot.example", secret_token: "x".repeat(257) },
    "Bad Request: secret token is too long"
  ],
  [
    "setMyCommands",
    { commands: many(101).map((n) => ({ command: `c${n}`, description: "d" })) },
    "Bad Request: BOT_COMMANDS_TOO_MUCH"
  ],
  [
    "setMyCommands",
    { commands: [{ command: "help", description: "" }] },
    "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"
  ],
  [
    "answerInlineQuery",
    { inline_query_id: "1", results: many(51).map((n) => ({ type: "article", id: `${n}` })) },
    "Bad Request: RESULTS_TOO_MUCH"
  ],
  ["sendMessage", { chat_id: -600, text: "a" }, "Forbidden: bot is not a member of the supergroup chat", 403],
  ["answerGuestQuery", { guest_query_id: "6000000003" }, "Bad Request: result isn't specified"],
  ["answerGuestQuery", guest([]), "Bad Request: inline query result must be an object"],
  ["answerGuestQuery", guest({ id: "1" }), "Bad Request: can't find field \"type\""],
  ["answerGuestQuery", guest({ type: "article" }), "Bad Request: can't find field \"id\""],
  ["answerGuestQuery", guest({ type: "photo", id: "1" }), "Bad Request: results of type photo are not emulated"],
  ["answerGuestQuery", guest({ type: "article", id: "1" }), "Bad Request: can't find field \"message_text\""],
  [
    "answerGuestQuery",
    guest({ ...article, input_message_content: {} }),
    "Bad Request: input message content is not specified"
  ],
  ["answerGuestQuery", guest(saying(" \n ")), "Bad Request: message text is empty"],
  ["answerGuestQuery", guest({ ...article, title: undefined }), "Bad Request: can't find field \"title\""],
  ["answerGuestQuery", guest({ ...article, title: "" }), "Bad Request: ARTICLE_TITLE_EMPTY"],
  ["answerGuestQuery", guest({ ...article, id: "" }), "Bad Request: RESULT_ID_INVALID"],
  ["answerGuestQuery", guest({ ...article, id: "x".repeat(65) }), "Bad Request: RESULT_ID_INVALID"],
  ["answerGuestQuery", guest(saying("x".repeat(4097))), "Bad Request: MESSAGE_TOO_LONG"],
  ...["6000000001", "6000000002", "404", ""].map((id): Row => [
    "answerGuestQuery",
    guest(article, id),
    "Bad Request: query is too old and response timeout expired or query ID is invalid"
  ]),
  ["editMessageText", { text: "a" }, "Bad Request: message identifier is not specified"],
  ["editMessageText", inline({ text: "a" }, "wrong"), "Bad Request: invalid inline message identifier specified"],
  ["editMessageText", inline({ text: "a" }, "AAAAguest6000000001"), "Bad Request: MESSAGE_ID_INVALID"],
  ["editMessageText", inline({ text: "" }), "Bad Request: message text is empty"],
  ["editMessageText", inline({ text: "x".repeat(4097) }), "Bad Request: MESSAGE_TOO_LONG"],
  ["editMessageText", inline({ text: "old" }), notModified],
  ["editMessageText", inline({ text: "a", reply_markup: button("") }), "Bad Request: BUTTON_DATA_INVALID"],
  ["editMessageCaption", inline({ caption: "a" }), "Bad Request: there is no caption in the message to edit"],
  ["editMessageReplyMarkup", inline({}), notModified],
  ["makeCoffee", {}, "Not Found: method not found", 404]
]

/** Refusals of uploads, whose bodies are no JSON. */
const uploads: ReadonlyArray<
  readonly [method: string, fields: Readonly<Record<string, string | Blob>>, description: string, code?: number]
> = [
  ["sendDocument", { chat_id: "7", document: new Blob([]) }, "Bad Request: file must be non-empty"],
  ["sendPhoto", { chat_id: "7", photo: new Blob(["no picture"]) }, "Bad Request: IMAGE_PROCESS_FAILED"],
  ["sendPhoto", { chat_id: "7", photo: png(9000, 1001) }, "Bad Request: PHOTO_INVALID_DIMENSIONS"],
  ["sendPhoto", { chat_id: "7", photo: png(2100, 100) }, "Bad Request: PHOTO_INVALID_DIMENSIONS"],
  [
    "sendPhoto",
    { chat_id: "7", photo: png(1, 1, 10 * 1024 * 1024 + 1) },
    "Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"
  ],
  ["sendVoice", { chat_id: "8", voice: new Blob(["OggS"]) }, "Bad Request: VOICE_MESSAGES_FORBIDDEN"],
  [
    "sendMediaGroup",
    {
      chat_id: "7",
      media: `[{"type":"photo","media":"attach://a"},{"type":"document","media":"attach://b"}]`,
      a: png(1, 1),
      b: new Blob(["b"])
    },
    "Bad Request: document can't be mixed with other media types"
  ],
  [
    "sendDocument",
    { chat_id: "7", document: new Blob([new Uint8Array(50 * 1024 * 1024 + 1)]) },
    "Request Entity Too Large",
    413
  ]
]

/** Refusals that need more than one call, or no call at all; other tests provoke them. */
const elsewhere: ReadonlyArray<keyof typeof refusals> = [
  "unauthorized",
  "notFound",
  "tooManyRequests",
  "webhookIsActive",
  "otherPoll",
  "pollEndedByWebhook",
  "jsonInvalid",
  "multipartInvalid",
  "deleteTooOld",
  "fileTooBig"
]

describe("refusals", () => {
  it.live.each(rows)(
    "%s %j is refused with its exact words",
    ([method, fields, description, code = 400]) =>
      Effect.gen(function*() {
        const { ann, call } = yield* world
        const before = yield* ann.chat.messages
        const { parameters: _, ...answer } = yield* call(method, fields)
        assert.deepStrictEqual(answer, { status: code, ok: false, error_code: code, description })
        assert.deepStrictEqual(yield* ann.chat.messages, before)
      })
  )

  it.live.each(uploads)(
    "%s %# is refused with its exact words",
    ([method, fields, description, code = 400]) =>
      Effect.gen(function*() {
        const { ann, post } = yield* world
        const before = yield* ann.chat.messages
        const answer = yield* post(method, fields)
        assert.deepStrictEqual(answer, { status: code, ok: false, error_code: code, description })
        assert.deepStrictEqual(yield* ann.chat.messages, before)
      })
  )

  it("all refusals of the table are provoked by a test", () => {
    const provoked = [...rows, ...uploads].map(([, , description]) => description)
    const left = Object.entries(refusals).flatMap(([name, [, template]]) => {
      const words = new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "[^]*")}$`)
      return provoked.some((description) => words.test(description)) ? [] : [name]
    })
    assert.sameMembers(left, [...elsewhere])
  })
})
