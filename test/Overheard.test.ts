/**
 * What a bot hears in groups and is not asked: what is kept of it, for whom, and how often it is told.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Message from "../src/telegram/incoming/Message.ts"
import * as Origin from "../src/telegram/incoming/Origin.ts"
import * as Overheard from "../src/telegram/internal/overheard.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import type { Fields } from "./support/updates.ts"

const group = { id: -100, type: "supergroup", title: "G" }
const inTopic = (thread: number) => ({ message_thread_id: thread, is_topic_message: true })

const setUp = (options: DoorOptions = {}) => {
  const overheard = Overheard.make()
  const door = makeDoor({ groupContext: 3, ...options })
  const messageOf = (message_id: number, content: Fields, chat: Fields): Fields => ({
    message_id,
    date: 1,
    chat,
    from: { id: 7, is_bot: false, first_name: "Ann" },
    ...content
  })
  const hear = (id: number, content: Fields | string, chat: Fields = group): void =>
    overheard.hear(
      { update: { message: messageOf(id, typeof content === "string" ? { text: content } : content, chat) } },
      door
    )
  /** What a conversation is told before a message of this number. */
  const before = (id: number, conversation = "one", content: Fields = {}, chat: Fields = group) => {
    const message = Option.getOrThrow(Message.decode(messageOf(id, content, chat)))
    return overheard.before(Origin.of(message, door), conversation, [])
      .map((part) => part._tag === "Quote" ? part.text : part._tag)
  }
  return { hear, before }
}

describe("what is said in a group", () => {
  it("is told to each conversation once, the last of it, and nothing that came after the question", () => {
    const { before, hear } = setUp()
    for (const id of [1, 2, 3, 4, 6]) hear(id, `${id}`)
    assert.deepStrictEqual(before(5), ["3", "4"])
    assert.deepStrictEqual(before(7), ["6"])
    assert.deepStrictEqual(before(8), [])
    assert.deepStrictEqual(before(8, "another"), ["3", "4", "6"])
  })

  it("is of one topic of one group", () => {
    const { before, hear } = setUp()
    hear(1, "in general")
    hear(2, { text: "in a topic", ...inTopic(4) })
    hear(3, "elsewhere", { ...group, id: -200 })
    assert.deepStrictEqual(before(9), ["in general"])
    assert.deepStrictEqual(before(9, "two", inTopic(4)), ["in a topic"])
    assert.deepStrictEqual(before(9, "three", inTopic(5)), [])
  })

  it("is cut where it is long, and is by somebody", () => {
    const { before, hear } = setUp()
    hear(1, "x".repeat(500))
    hear(2, "y".repeat(501))
    assert.deepStrictEqual(before(9), ["x".repeat(500), `${"y".repeat(500)}…`])
  })

  it("is not cut in the middle of a character", () => {
    const { before, hear } = setUp()
    hear(1, `x${"😀".repeat(250)}`)
    assert.deepStrictEqual(before(9), [`x${"😀".repeat(249)}…`])
  })

  it.each<readonly [what: string, content: Fields | string, chat: Fields, door: DoorOptions]>([
    ["a command", "/start", group, {}],
    ["nothing in words", "   ", group, {}],
    ["a login", "{\"access_token\": \"abc\"}", group, {}],
    ["said in private", "hello", { id: 7, type: "private" }, {}],
    ["said where the bot may not be used", "hello", group, { allowedChatIds: [-5] }],
    ["said where nobody wants it", "hello", group, { groupContext: 0 }]
  ])("is not kept when it is %s", (_, content, chat, door) => {
    const { before, hear } = setUp(door)
    hear(1, content, chat)
    assert.deepStrictEqual(before(9, "one", {}, chat), [])
  })

  it("is kept where the bot may be used, also when the owner has written the group's id in words", () => {
    const { before, hear } = setUp({ allowedChatIds: ["-100"] })
    hear(1, "hello")
    assert.deepStrictEqual(before(9), ["hello"])
  })

  it("is kept of the five hundred groups in which somebody spoke last", () => {
    const { before, hear } = setUp()
    const at = (n: number) => ({ ...group, id: -n })
    for (let n = 1; n <= 500; n++) hear(n, `${n}`, at(n))
    // Where somebody speaks again is no longer the oldest.
    hear(501, "again", at(1))
    hear(502, "one more", at(501))
    assert.deepStrictEqual(before(999, "one", {}, at(1)), ["1", "again"])
    assert.deepStrictEqual(before(999, "one", {}, at(2)), [])
    assert.deepStrictEqual(before(999, "three", {}, at(3)), ["3"])
  })

  it("is known to be told to the five hundred conversations that asked last", () => {
    const { before, hear } = setUp()
    hear(1, "heard")
    for (let n = 1; n <= 500; n++) assert.deepStrictEqual(before(2, `c${n}`), ["heard"])
    assert.deepStrictEqual(before(3, "c1"), [])
    before(4, "one more")
    assert.deepStrictEqual(before(5, "c1"), [])
    assert.deepStrictEqual(before(5, "c2"), ["heard"])
  })
})
