/**
 * Every command, button, prompt, edit, kind of message and inline input, from everybody, everywhere: what becomes of it.
 *
 * The rows come from the code's own tables, so that what is added there is a row here.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Commands from "../src/telegram/Commands.ts"
import * as Approvals from "../src/telegram/incoming/Approvals.ts"
import { Kind } from "../src/telegram/incoming/Kinds.ts"
import { stopButton } from "../src/telegram/incoming/Stops.ts"
import * as CommandNames from "../src/telegram/internal/commandNames.ts"
import * as UpdateKinds from "../src/telegram/internal/updateKinds.ts"
import type { DoorOptions } from "./support/door.ts"
import { setUp } from "./support/intake.ts"
import { type Fields, update } from "./support/updates.ts"

interface Where {
  readonly name: string
  readonly isPrivate: boolean
  readonly message: Fields
}

const thread = { message_thread_id: 4, is_topic_message: true }
const bot = { id: 1, is_bot: true, first_name: "Bot", username: "my_bot" }

const places = (userId: number): ReadonlyArray<Where> => {
  const alone = { id: userId, type: "private" }
  const group = { id: -100, type: "supergroup", title: "G" }
  return [
    { name: "in private", isPrivate: true, message: { chat: alone } },
    { name: "in a private topic", isPrivate: true, message: { chat: alone, ...thread } },
    { name: "in a group", isPrivate: false, message: { chat: group } },
    { name: "in a forum topic", isPrivate: false, message: { chat: { ...group, is_forum: true }, ...thread } }
  ]
}

interface Who {
  readonly name: string
  readonly id: number
  readonly sender: Fields
  readonly door: DoorOptions
  readonly may: boolean
  readonly isAdmin?: boolean
  /** Other bots are not even told that they may not. */
  readonly isBot?: boolean
}

const from = (id: number, is_bot = false) => ({ from: { id, is_bot, first_name: "A" } })
const anonymous = { ...from(1087968824, true), sender_chat: { id: -100, type: "supergroup", title: "G" } }
const channel = { ...from(136817688, true), sender_chat: { id: -300, type: "channel", title: "C" } }
const listed = { allowedUserIds: [7], authAdminUserIds: [8] }

const people: ReadonlyArray<Who> = [
  { name: "a stranger", id: 9, sender: from(9), door: listed, may: false },
  { name: "an allowed user", id: 7, sender: from(7), door: listed, may: true },
  {
    name: "a user of an allowed chat",
    id: 9,
    sender: from(9),
    door: { allowedUserIds: undefined, allowedChatIds: [-100, 9], authAdminUserIds: [8] },
    may: true
  },
  {
    name: "an allowed user in a chat that is not",
    id: 7,
    sender: from(7),
    door: { ...listed, allowedChatIds: [-9] },
    may: false
  },
  {
    name: "an auth admin",
    id: 8,
    sender: from(8),
    door: { ...listed, allowedUserIds: [7, 8] },
    may: true,
    isAdmin: true
  },
  { name: "an auth admin who is not allowed", id: 8, sender: from(8), door: listed, may: false },
  { name: "an anonymous admin", id: 9, sender: anonymous, door: listed, may: false },
  {
    name: "an anonymous admin of a listed group",
    id: 9,
    sender: anonymous,
    door: { ...listed, allowedSenderChatIds: [-100] },
    may: true
  },
  {
    name: "a channel, where the account that Telegram shows for it is listed",
    id: 9,
    sender: channel,
    door: { ...listed, allowedUserIds: [7, 136817688] },
    may: false
  },
  { name: "a listed channel", id: 9, sender: channel, door: { ...listed, allowedSenderChatIds: [-300] }, may: true },
  { name: "another bot", id: 10, sender: from(10, true), door: listed, may: false, isBot: true },
  {
    name: "a listed bot",
    id: 10,
    sender: from(10, true),
    door: { ...listed, allowedBotIds: [10] },
    may: true
  }
]

type Outcome = "passed" | "nothing" | "asked" | "told" | "denied" | "admins only" | "not obeyed" | "noted"

interface Row {
  readonly name: string
  readonly kind:
    | "command"
    | "admin command"
    | "forwarded command"
    | "text"
    | "content"
    | "guest"
    | "guest refused"
    | "press"
    | "draft"
    | "passed"
  readonly content: (message: Fields, who: Who) => Fields
}

const inMessage = (fields: Fields) => (message: Fields) => ({ message: { ...message, ...fields } })

const forwarded = {
  forward_origin: { type: "user", date: 1, sender_user: { id: 11, is_bot: false, first_name: "Bea" } }
}

// What is addressed without a mention: a reply to the bot.
const toBot = { reply_to_message: { message_id: 1, from: bot } }

/** A message of each kind; one without an example does not compile. */
const examples: { readonly [kind in Kind]: Fields } = {
  text: { text: "hello" },
  photo: { photo: [{ file_id: "f" }] },
  document: { document: { file_id: "f", file_name: "a.bin" } },
  voice: { voice: { file_id: "f" } },
  audio: { audio: { file_id: "f" } },
  video: { video: { file_id: "f" } },
  videoNote: { video_note: { file_id: "f" } },
  animation: { animation: { file_id: "f" }, document: { file_id: "g" } },
  sticker: { sticker: { file_id: "f" } },
  contact: { contact: { phone_number: "1", first_name: "A" } },
  place: { location: { latitude: 1, longitude: 1 } },
  poll: { poll: { id: "1", question: "?" } },
  dice: { dice: { emoji: "🎲", value: 1 } },
  game: { game: { title: "G" } },
  story: { story: { id: 1 } },
  checklist: { checklist: { title: "T", tasks: [] } },
  paidMedia: { paid_media: { star_count: 1, paid_media: [] } },
  giveaway: { giveaway: { chats: [] } },
  invoice: { invoice: { title: "I" } },
  other: { hologram: { file_id: "f" } }
}

const unordered: ReadonlyArray<Row> = [
  ...CommandNames.all.map((name): Row => ({
    name: `/codex ${name}`,
    kind: Commands.table.find((command) => command.name === name)?.access === "auth admins"
      ? "admin command"
      : "command",
    content: inMessage({ text: `/codex@my_bot ${name}` })
  })),
  ...CommandNames.all.map((name): Row => ({
    name: `/codex ${name} that is forwarded`,
    kind: "forwarded command",
    content: inMessage({ ...forwarded, text: `/codex@my_bot ${name}` })
  })),
  {
    name: "/codex and a question that is forwarded",
    kind: "text",
    content: inMessage({ ...forwarded, text: "/codex@my_bot what is this?" })
  },
  { name: "/codex and a question", kind: "text", content: inMessage({ text: "/codex@my_bot what is this?" }) },
  { name: "/codex and nearly a command", kind: "command", content: inMessage({ text: "/codex@my_bot statsu" }) },
  {
    name: "a mention",
    kind: "text",
    content: inMessage({ text: "@my_bot hello", entities: [{ type: "mention", offset: 0, length: 7 }] })
  },
  ...Kind.literals.map((kind): Row => ({
    name: `a message of kind ${kind}`,
    kind: kind === "text" ? "text" : "content",
    content: inMessage({ ...toBot, ...examples[kind] })
  })),
  ...[stopButton("codex"), ...Approvals.buttons("codex", undefined, "call_1")].map(({ data, text }): Row => ({
    name: `the button ${text}`,
    kind: "press",
    content: (message, { sender }) => ({
      callback_query: { id: "1", data, from: sender["from"], message: { ...message, from: bot } }
    })
  })),
  ...[
    { name: "a question where the bot is a guest", kind: "guest" as const, fields: { text: "@my_bot hello" } },
    { name: "a place where the bot is a guest", kind: "guest refused" as const, fields: examples.place },
    ...CommandNames.all.filter((name) => name !== "ask").map((name) => ({
      name: `/codex ${name} where the bot is a guest`,
      kind: "guest refused" as const,
      fields: { text: `/codex ${name}` }
    }))
  ].map(({ fields, kind, name }): Row => ({
    name,
    kind,
    content: (message) => ({ guest_message: { ...message, ...fields, guest_query_id: "1" } })
  })),
  {
    name: "the button Stop where the bot is a guest",
    kind: "press",
    content: ({ chat }, { sender }) => ({
      callback_query: {
        id: "1",
        data: `${stopButton("codex").data}:${Predicate.hasProperty(chat, "id") ? String(chat.id) : ""}`,
        from: sender["from"],
        inline_message_id: "inline"
      }
    })
  },
  {
    name: "Telegram's Stop under a draft",
    kind: "draft",
    content: ({ chat, message_thread_id }) => ({ stopped_message_generation: { chat, message_thread_id, draft_id: 1 } })
  },
  ...["edited_message", "channel_post", "edited_channel_post", "business_message", "guest_message", "new_kind"].map((
    field
  ): Row => ({
    name: field,
    kind: "passed",
    content: (message) => ({ [field]: { ...message, text: "hello" } })
  })),
  ...["kicked", "member"].map((status): Row => ({
    name: `the bot is ${status}`,
    kind: "passed",
    content: ({ chat }, { sender }) => ({
      my_chat_member: { chat, from: sender["from"], date: 1, new_chat_member: { user: bot, status } }
    })
  })),
  ...["inline_query", "chosen_inline_result", "pre_checkout_query"].map((field): Row => ({
    name: field,
    kind: "passed",
    content: (_, { sender }) => ({ [field]: { id: "1", query: "hello", from: sender["from"] } })
  })),
  {
    name: "a button of somebody else",
    kind: "passed",
    content: (message, { sender }) => ({
      callback_query: { id: "1", data: "other", from: sender["from"], message: { ...message, from: bot } }
    })
  },
  { name: "a command of another bot", kind: "passed", content: inMessage({ text: "/codex@other_bot status" }) },
  { name: "a command of the bot's own", kind: "passed", content: inMessage({ text: "/start" }) }
]

// The last of them ends the login.
const rows = [
  ...unordered.filter(({ kind }) => kind !== "admin command"),
  ...unordered.filter(({ kind }) => kind === "admin command")
]

/** Who presses a button is who Telegram says it is, whatever they speak for elsewhere. */
const mayPress = ({ door, id, sender }: Who, where: Where): boolean => {
  const chats = door.allowedChatIds
  const isThere = chats === undefined || chats.includes(where.isPrivate ? id : -100)
  const users = door.allowedUserIds
  return isThere && (door.allowedBotIds?.includes(id) === true || users === undefined ||
    (users !== "everybody" && users.includes(id) && !("sender_chat" in sender)))
}

const expected = (row: Row, who: Who, where: Where): ReadonlyArray<Outcome> => {
  switch (row.kind) {
    case "passed":
      return ["passed"]
    case "press":
      return [mayPress(who, where) ? "noted" : "denied"]
    case "guest":
    case "guest refused":
      // A stranger is told nothing where others read along.
      return [!who.may ? "passed" : row.kind === "guest" ? "asked" : "told"]
    case "draft":
      return [where.isPrivate ? "nothing" : "passed"]
    default:
      if (who.isBot === true) return ["passed"]
      if (!who.may) return [where.isPrivate ? "denied" : "passed"]
      // A login goes on in the background.
      if (row.kind === "admin command") return who.isAdmin === true ? ["told", "nothing"] : ["admins only"]
      if (row.kind === "forwarded command") return ["not obeyed"]
      if (row.kind === "command") return ["told"]
      // A bot that replies to a bot is meant for nobody.
      if (who.door.allowedBotIds !== undefined && !where.isPrivate && row.name.startsWith("a message of")) {
        return ["passed"]
      }
      return row.kind === "text" ? ["asked"] : ["told"]
  }
}

describe.each(people)("$name", (who) => {
  describe.each(places(who.id))("$name", (where) => {
    it.effect("gets what is theirs for every row, and a stranger spends nothing and learns nothing", () =>
      Effect.gen(function*() {
        const { handle, idle, outbox, requests } = yield* setUp(
          { ...who.door, guests: true, waitingNotice: "off" },
          {},
          () => ({ message_id: 1, inline_message_id: "inline" })
        )
        const found: Array<readonly [string, Outcome]> = []
        for (const [index, row] of rows.entries()) {
          const before = outbox.calls.length
          const asked = (yield* requests).length
          const message = { message_id: 200 + index, date: 1, ...where.message, ...who.sender }
          const handled = yield* handle(update(row.content(message, who)))
          yield* idle
          const calls = outbox.calls.slice(before)
          const words = calls.map(({ payload }) => String(payload["text"] ?? JSON.stringify(payload["result"] ?? "")))
            .join("\n")
          found.push([
            row.name,
            (yield* requests).length > asked
              ? "asked"
              : /may not use this bot/.test(words)
              ? "denied"
              : /Only the auth admins/.test(words)
              ? "admins only"
              : /Type this command yourself/.test(words)
              ? "not obeyed"
              : calls.some(({ method }) => method === "answerCallbackQuery")
              ? "noted"
              : words !== ""
              ? "told"
              : handled === "taken"
              ? "nothing"
              : "passed"
          ])
          // Nobody learns a word of what the bot knows by being denied: only their own id, for its owner.
          const others = words.replaceAll(/\b(?:[0-9]|10|-?100|-?300|1087968824|136817688)\b/g, "")
          if (found.at(-1)?.[1] === "denied") assert.notMatch(others, /\d|model|quota|token/i)
        }
        const wrong = found.flatMap(([name, outcome], index) => {
          const row = rows[index]
          const wanted: ReadonlyArray<Outcome> = row === undefined ? [] : expected(row, who, where)
          return wanted.includes(outcome) ? [] : [`${name}: ${outcome} instead of ${wanted.join(" or ")}`]
        })
        assert.deepStrictEqual(wrong, [])
      }))
  })
})

describe("the rows", () => {
  it.effect("have every command that there is", () =>
    Effect.sync(() => {
      const known = rows.map(({ name }) => name)
      for (const { name } of Commands.table) assert.include(known, `/codex ${name}`)
      assert.isAbove(rows.length, 45)
    }))

  it.effect("have every kind of update that Telegram is asked for", () =>
    Effect.sync(() => {
      const [who] = people
      if (who === undefined) return assert.fail("nobody")
      const kinds = rows.flatMap(({ content }) => Object.keys(content({ chat: { id: 7 } }, who)))
      for (const kind of UpdateKinds.understood) assert.include(kinds, kind)
    }))
})
