/**
 * What is known of groups that became supergroups.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Access from "../src/telegram/Access.ts"
import * as MovedChats from "../src/telegram/internal/movedChats.ts"
import { makeDoor } from "./support/door.ts"
import { groupMessage, groupText, privateMessage, update } from "./support/updates.ts"

const key = ConversationKey

describe("groups that moved", () => {
  it("name a conversation by the first id and by the last, whoever's and whichever topic's it is", () => {
    const moved = MovedChats.make()
    moved.learn(-5, -1005)
    assert.strictEqual(moved.places.get("-5"), -1005)
    assert.strictEqual(moved.nowOf("chat:-5:user:7"), key("chat:-1005:user:7"))
    assert.strictEqual(moved.firstOf("chat:-1005:user:7"), key("chat:-5:user:7"))
    assert.strictEqual(moved.firstOf("chat:-1005:thread:3"), key("chat:-5:thread:3"))
    for (const other of ["chat:-55:user:7", "chat:7:user:-5", "user:-5", "user:-5:thread:3", "default", "chat:-5"]) {
      assert.strictEqual(moved.nowOf(other), key(other))
      assert.strictEqual(moved.firstOf(other), key(other))
    }
  })

  it("go on elsewhere, and not where they are", () => {
    const heard: Array<unknown> = []
    const moved = MovedChats.make((from) => heard.push(from))
    moved.learn("-5", -5)
    assert.deepStrictEqual([moved.places.size, heard], [0, []])
  })

  it("are heard of once, from either of the two service messages, and never from what a person writes", () => {
    const heard: Array<ReadonlyArray<unknown>> = []
    const moved = MovedChats.make((from, to) => heard.push([from, to]))
    const chats = [{ id: -5, type: "group" }, { id: -1005, type: "supergroup" }] as const
    const tell = (message: object) => MovedChats.read({ update: update({ message }) }, moved)
    tell(groupMessage({ migrate_to_chat_id: -1005 }, 7, chats[0]))
    tell(groupMessage({ migrate_from_chat_id: -5 }, 7, chats[1]))
    tell(groupMessage({ migrate_from_chat_id: -6 }, 7, { id: -1006, type: "supergroup" }))
    tell(groupMessage({ migrate_to_chat_id: "-7" }, 7, chats[0]))
    tell(groupMessage({ migrate_to_chat_id: -5 }, 7, chats[0]))
    tell(privateMessage({ text: "migrate_to_chat_id: -1007" }))
    for (const context of [{}, { update: null }, { update: { message: 1 } }, { update: groupText("hi") }]) {
      MovedChats.read(context, moved)
    }
    assert.deepStrictEqual(heard, [[-5, -1005], [-6, -1006]])
  })

  it("are remembered up to a thousand, the latest ones", () => {
    const moved = MovedChats.make()
    for (let group = 1; group <= 5000; group++) moved.learn(-group, -1_000_000 - group)
    assert.isFalse(moved.places.has("-4000"))
    assert.strictEqual(moved.places.get("-4001"), -1_004_001)
    assert.strictEqual(moved.firstOf("chat:-1004000:user:7"), key("chat:-1004000:user:7"))
  })

  it("are let in where they were let in before, and nowhere else", () => {
    const door = makeDoor({ allowedChatIds: ["-5", 9] })
    assert.deepStrictEqual(Access.following(door, -5, -1005).allowedChatIds, ["-5", 9, -1005])
    assert.strictEqual(Access.following(door, -6, -1006), door)
    const open = makeDoor({})
    assert.strictEqual(Access.following(open, -5, -1005), open)
  })
})
