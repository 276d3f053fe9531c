/**
 * What somebody sends in a group behind what they asked, and does not name the bot again: which of it is for the bot.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConversationKey } from "../src/conversation/Message.ts"
import type { Asking, Incoming } from "../src/telegram/Incoming.ts"
import type { Origin } from "../src/telegram/incoming/Origin.ts"
import * as Following from "../src/telegram/internal/following.ts"

interface Where {
  readonly user?: number
  readonly chat?: number
  readonly thread?: number
  readonly isPrivate?: boolean
}

const originOf = ({ chat = -100, isPrivate = false, thread, user = 7 }: Where): Origin => ({
  messageId: 1,
  userId: user,
  chatId: chat,
  isPrivate,
  conversation: ConversationKey("c"),
  destination: { chatId: chat, threadId: thread, replyTo: undefined }
})

const asked = (more: Partial<Asking> = {}, where: Where = {}): Known => ({
  _tag: "Prompt",
  origin: originOf(where),
  asking: { sent: 100, content: [{ _tag: "Text", text: "hello" }], ...more }
})

const more = (said: Partial<Asking> & { readonly isForward?: boolean } = {}, where: Where = {}): Known => {
  const { isForward = false, ...asking } = said
  return {
    _tag: "More",
    origin: originOf(where),
    isForward,
    asking: { sent: 100, isMore: true, content: [{ _tag: "Text", text: "more" }], ...asking }
  }
}

const paste: Partial<Asking> = { content: [{ _tag: "Text", text: "x".repeat(4_000) }] }

type Known = Exclude<Incoming, { _tag: "Nothing" }>

/** Tells of one update after the other whether it is for the bot. */
const openEars = () => {
  const following = Following.make()
  let updates = 0
  return (incoming: Known): boolean => following.take(incoming, ++updates) !== undefined
}

/** Which of these are for the bot. */
const ours = (...all: ReadonlyArray<Known>): ReadonlyArray<boolean> => {
  const isOurs = openEars()
  return all.map(isOurs)
}

describe("what somebody sends behind what they asked", () => {
  it.each<readonly [what: string, before: Known, next: Known, isOurs: boolean]>([
    ["a text", asked(), more(), false],
    ["what is forwarded", asked(), more({ isForward: true }), true],
    ["what is forwarded two seconds later", asked(), more({ isForward: true, sent: 102 }), true],
    ["what is forwarded three seconds later", asked(), more({ isForward: true, sent: 103 }), false],
    ["what is forwarded in front of it", asked(), more({ isForward: true, sent: 98 }), true],
    ["the rest of a paste", asked(paste), more(), true],
    ["a text long behind a piece of a paste", asked(paste), more({ sent: 103 }), false],
    ["the rest of an album, whenever it comes", asked({ album: "9" }), more({ album: "9", sent: 111 }), true],
    ["another album at the same moment", asked({ album: "9" }), more({ album: "8" }), false],
    ["an album that is forwarded behind what is asked about it", asked(), more({ album: "8", isForward: true }), true],
    ["an album behind a text", asked(), more({ album: "8" }), false],
    ["what somebody else forwards", asked(), more({ isForward: true }, { user: 8 }), false],
    ["what is forwarded in another topic", asked(), more({ isForward: true }, { thread: 4 }), false],
    ["what is forwarded in another group", asked(), more({ isForward: true }, { chat: -200 }), false]
  ])("%s: whether it is for the bot", (_, before, next, isOurs) => {
    assert.deepStrictEqual(ours(before, next), [true, isOurs])
  })

  it("goes on as long as each piece is near the one before, and is over behind one that is short", () => {
    const piece = (sent: number) => more({ ...paste, sent })
    assert.deepStrictEqual(
      ours(asked(paste), piece(102), piece(104), more({ sent: 105 }), more({ sent: 105 })),
      [true, true, true, true, false]
    )
  })

  it("is nothing where nothing was asked; all else that is said to the bot is for it", () => {
    assert.deepStrictEqual(ours(more({ isForward: true })), [false])
    assert.deepStrictEqual(ours({ _tag: "Stop", origin: originOf({}), callbackId: "1" }), [true])
  })

  it("is known for the five hundred who asked last", () => {
    const forward = (user: number) => more({ isForward: true }, { user })
    const all = Array.from({ length: 500 }, (_, n) => asked({}, { user: n + 1 }))
    const isOurs = openEars()
    for (const one of all) isOurs(one)
    // Who asks again is no longer the oldest.
    isOurs(asked({}, { user: 1 }))
    isOurs(asked({}, { user: 501 }))
    assert.deepStrictEqual([1, 2, 3, 501].map((user) => isOurs(forward(user))), [true, false, true, true])
  })

  it("takes no place of it in private, where all is for the bot", () => {
    const isOurs = openEars()
    isOurs(asked({}, { user: 7 }))
    for (let user = 1; user <= 500; user++) isOurs(asked({}, { user, chat: user, isPrivate: true }))
    assert.isTrue(isOurs(more({ isForward: true }, { user: 7 })))
    assert.isTrue(isOurs(more({}, { user: 9, chat: 9, isPrivate: true })))
  })
})
