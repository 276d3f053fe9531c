/**
 * Chats that are closed to the bot: when they are, whose they are, and who hears of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Departures from "../src/telegram/internal/departures.ts"
import type { Fields } from "./support/updates.ts"

const chat: Departures.Chat = { bot: "1", id: 7 }

describe("the bot's standing in a chat", () => {
  it.each<readonly [standing: Fields, isIn: boolean]>([
    [{ status: "member" }, true],
    [{ status: "administrator" }, true],
    [{ status: "creator" }, true],
    [{ status: "left" }, false],
    [{ status: "kicked" }, false],
    [{ status: "restricted", is_member: true, can_send_messages: true }, true],
    [{ status: "restricted", is_member: true, can_send_messages: false }, false],
    [{ status: "restricted", is_member: false, can_send_messages: true }, false],
    [{ status: "restricted" }, true]
  ])("%j lets it write there, or does not", (standing, isIn) => {
    const update = { my_chat_member: { chat: { id: -5, type: "supergroup" }, new_chat_member: standing } }
    assert.deepStrictEqual(Departures.standingIn({ update }), Option.some({ id: -5, isIn }))
  })
})

describe("who has left", () => {
  it("has left one bot, and is there again when they write", () => {
    const departures = Departures.make()
    departures.leave(chat)
    const isGone = (one: Departures.Chat) => departures.of(one).isGone()
    assert.deepStrictEqual(
      [chat, { ...chat, id: "7" }, { ...chat, bot: "2" }, { ...chat, id: 8 }].map(isGone),
      [true, true, false, false]
    )
    departures.back(chat)
    assert.isFalse(isGone(chat))
  })

  it("is one of the last thousand", () => {
    const departures = Departures.make()
    for (let id = 0; id <= 1_000; id++) departures.leave({ bot: "1", id })
    assert.deepStrictEqual([0, 1, 1_000].map((id) => departures.of({ bot: "1", id }).isGone()), [false, true, true])
  })

  it("is heard of by all who watch, at that moment or before, and by nobody else", () => {
    const departures = Departures.make()
    const heard: Array<string> = []
    const watch = (name: string, one: Departures.Chat = chat) =>
      departures.of(one).watch(() => {
        heard.push(name)
      })
    const leaving = watch("leaving")
    const others = [watch("first"), watch("second"), watch("other", { ...chat, id: 8 })]
    // Who leaves takes nobody along.
    leaving()
    departures.leave(chat)
    assert.deepStrictEqual(heard, [])
    departures.tell(chat)
    assert.deepStrictEqual(heard, ["first", "second"])
    const late = watch("late")
    assert.deepStrictEqual(heard, ["first", "second", "late"])
    late()
    departures.back(chat)
    const again = watch("again")
    assert.lengthOf(heard, 3)
    again()
    assert.strictEqual(departures.watched(), 2)
    for (const stop of others) stop()
    assert.strictEqual(departures.watched(), 0)
  })
})

describe("the lanes of a chat", () => {
  it("are those of its people and topics with this bot, and of no chat whose number begins like it", () => {
    const names = [
      "1/user:7",
      "1/user:7:thread:3",
      "1/chat:7:user:9",
      "1/chat:7:thread:3",
      "1/user:71",
      "1/chat:71:user:7",
      "1/chat:-7:user:7",
      "12/user:7",
      "2/user:7"
    ]
    assert.deepStrictEqual(
      Departures.lanesIn(chat, names).map(({ bot, conversation }) => `${bot}/${conversation}`),
      names.slice(0, 4)
    )
  })
})
