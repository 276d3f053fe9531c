/**
 * Updates as nobody should send them: what Telegram sends, with parts left out, put elsewhere, or of another kind.
 */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import * as Item from "../../src/backend/Item.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import * as Intake from "../../src/telegram/Intake.ts"
import * as Telegram from "../../src/telegram/TelegramApi.ts"
import { TelegramDoor } from "../../src/telegram/TelegramDoor.ts"
import * as Turns from "../../src/telegram/Turns.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as Contexts from "./contexts.ts"
import { makeDoor } from "./door.ts"
import { bot } from "./intake.ts"

/** Chance that can be had again: numbers from 0 to 1. */
const chance = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [field: string]: Json }

const isObject = (value: Json): value is { readonly [field: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const person = { id: 8, is_bot: false, first_name: "Bea", username: "bea" }

const oddities: ReadonlyArray<Json> = [
  null,
  true,
  0,
  -1,
  1e21,
  1.5,
  "",
  "x",
  "\u0000\ud800",
  "9".repeat(40),
  [],
  {},
  [[[]]],
  { text: { text: "x" } },
  "__proto__",
  Number.MAX_SAFE_INTEGER
]

/** What stands in a message beside who sent it and where; `words` is found again in what is asked. */
const contents = (words: string): ReadonlyArray<{ readonly [field: string]: Json }> => [
  { text: words },
  { text: words },
  { text: `/codex ask ${words}` },
  { text: `/codex ${words} and more` },
  {
    text: `@my_bot ${words}`,
    entities: [{ type: "mention", offset: 0, length: 7 }, {
      type: "text_link",
      offset: 8,
      length: 2,
      url: "https://e.com"
    }]
  },
  { text: words, reply_to_message: { message_id: 1, from: person, chat: { id: 7 }, text: "before" } },
  { text: words, external_reply: { origin: { type: "hidden_user", sender_user_name: "S" } }, quote: { text: "q" } },
  { text: words, forward_origin: { type: "user", sender_user: person, date: 1 } },
  { rich_message: { blocks: [{ type: "paragraph", text: [{ type: "bold", text: words }] }] } },
  { photo: [{ file_id: "f", width: 1, height: 1 }], caption: words, media_group_id: "9" },
  { document: { file_id: "f", file_name: "a.json", file_size: 9 }, caption: words },
  { voice: { file_id: "f" } },
  { sticker: { file_id: "f" } },
  { checklist: { title: words, tasks: [] } },
  { text: `/codex ${["status", "stop", "reset", "help", "models", "personality", "statsu"][words.length % 7] ?? ""}` },
  { text: words, direct_messages_topic: { topic_id: 3, user: person } },
  { text: words, business_connection_id: "b" },
  { text: `/codex ask ${words}`, ephemeral_message_id: 9, receiver_user: person },
  { new_chat_members: [person] },
  { migrate_to_chat_id: -1005 }
]

/** So many updates, of which the one with a number has its own words. */
const updatesOf = (count: number, seed: number): ReadonlyArray<Json> => {
  const next = chance(seed)
  const pick = <A>(list: ReadonlyArray<A>, otherwise: A): A => list[Math.floor(next() * list.length)] ?? otherwise
  const mutate = (value: Json, depth: number): Json => {
    if (depth > 6 || next() < 0.04) return pick(oddities, null)
    if (Array.isArray(value)) {
      return value.flatMap((part: Json) =>
        next() < 0.05 ? [] : next() < 0.05 ? [part, part] : [mutate(part, depth + 1)]
      )
    }
    if (!isObject(value)) return value
    const fields = Object.entries(value).flatMap(([field, part]): Array<[string, Json]> =>
      next() < 0.03 ? [] : [[field, mutate(part, depth + 1)]]
    )
    return Object.fromEntries(
      next() < 0.05 ? [...fields, [pick(["text", "from", "chat", "caption"], "x"), pick(oddities, null)]] : fields
    )
  }
  const sent: Array<{ readonly [field: string]: Json }> = []
  return Array.from({ length: count }, (_, index): Json => {
    const userId = 1 + Math.floor(next() * 40)
    const place = next()
    const chat = place < 0.7
      ? { id: userId, type: "private" }
      : { id: -100 - Math.floor(next() * 3), type: "supergroup", title: "G", is_forum: next() < 0.5 }
    const message = {
      message_id: 100 + index,
      date: 1_700_000_000 + Math.floor(index / 10),
      chat,
      from: { id: userId, is_bot: false, first_name: `User ${userId}` },
      ...(next() < 0.2 && { message_thread_id: 4, is_topic_message: true }),
      ...(next() < 0.05 && { media_group_id: `${Math.floor(index / 3)}` }),
      ...pick(contents(`word${index}word`), {})
    }
    const before = sent.at(-Math.ceil(next() * 5))
    if (before !== undefined && next() < 0.05) {
      // Somebody thinks better of what they asked a moment ago.
      return { update_id: index, edited_message: { ...before, text: `word${index}word`, edit_date: 1_700_000_001 } }
    }
    if (next() < 0.02) {
      const member = {
        user: { id: 1, is_bot: true, first_name: "Bot" },
        status: pick(["kicked", "member", "left"], null)
      }
      return { update_id: index, my_chat_member: { chat, from: message.from, date: 1, new_chat_member: member } }
    }
    sent.push(message)
    const field = next() < 0.9
      ? "message"
      : pick(["edited_message", "channel_post", "business_message", "guest_message", "poll"], "poll")
    if (next() < 0.05) {
      return mutate({ update_id: index, guest_message: { ...message, guest_query_id: `query ${index}` } }, 1)
    }
    if (next() < 0.03) {
      const data = `codex:stop:${chat.id}`
      return { update_id: index, callback_query: { id: "1", data, from: message.from, inline_message_id: "inline" } }
    }
    const update: Json = next() < 0.05
      ? { update_id: index, callback_query: { id: "1", data: "codex:stop", from: person, message } }
      : { update_id: index, [field]: message }
    return next() < 0.45 ? update : mutate(update, 0)
  })
}

/** The words of their own that are in a text, each once: a mutation may have doubled a part. */
const wordsIn = (text: string): ReadonlyArray<string> => [...new Set(text.match(/word\d+word/g) ?? [])]

/** Hands in so many of them, twice each now and then, and says how many were prompts. */
export const run = Effect.fnUntraced(function*(count: number, seed: number) {
  const next = chance(seed + 1)
  const outbox = Contexts.outbox(() => ({ message_id: 1, inline_message_id: "inline" }))
  const lanes = new Map<string, Turns.Lane>()
  let prompts = 0
  const recorded = Layer.effect(
    Turns.Turns,
    Effect.map(Turns.Turns, (turns) =>
      Turns.Turns.of({
        ...turns,
        accept: (entry) =>
          Effect.tap(turns.accept(entry), (taken) =>
            Effect.sync(() => {
              lanes.set(JSON.stringify(entry.lane), entry.lane)
              if (taken === "accepted" || taken === "full") prompts++
            }))
      }))
  )
  const api = Telegram.fromContext(Contexts.telegraf(outbox, {}))
  const services = yield* Layer.build(
    Intake.layer(bot).pipe(
      Layer.provideMerge(recorded),
      Layer.provide(Turns.layerLocal),
      Layer.provide([
        Layer.succeed(
          TelegramDoor,
          makeDoor({ streaming: "off", groupMentionOnly: false, guests: true, joinWindow: "50 millis" })
        ),
        Layer.succeed(Telegram.TelegramApi, api),
        Layer.succeed(Turns.Senders, { of: () => Effect.succeed(api) })
      ]),
      Layer.provideMerge(TestCodex.layer())
    )
  )
  const { handle, idle } = Context.get(services, Intake.Intake)
  for (const update of updatesOf(count, seed)) {
    const exit = yield* Effect.exit(handle(update))
    assert.isTrue(Exit.isSuccess(exit), `seed ${seed}: ${JSON.stringify(update)}`)
    // One that has lost its number is another one.
    if (next() < 0.1 && isObject(update) && Number.isInteger(update["update_id"])) yield* handle(update)
    if (next() < 0.2) yield* TestClock.adjust("60 millis")
  }
  for (let index = 0; index < 30; index++) yield* TestClock.adjust("1 second")
  yield* idle

  // Every prompt has words of its own: nobody is asked, and nobody answered, twice.
  const asked = (yield* Context.get(services, TestCodex.TestCodex).requests)
    .flatMap(({ input }) => wordsIn(Item.words(input.at(-1))))
  const answered = outbox.texts().filter((text) => text.startsWith("Echo: ")).flatMap(wordsIn)
  for (const all of [asked, answered]) {
    const twice = all.filter((word, index) => all.indexOf(word) !== index)
    assert.deepStrictEqual(twice, [], `seed ${seed}`)
  }
  // And nothing is left behind.
  assert.deepStrictEqual(yield* Context.get(services, Codex).busy, [])
  for (const lane of lanes.values()) {
    assert.deepStrictEqual(yield* Context.get(services, Turns.Turns).stop(lane), { running: false, dropped: 0 })
  }
  return { prompts, asked: asked.length, lanes: lanes.size }
})
