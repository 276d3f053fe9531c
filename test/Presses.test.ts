/**
 * The press of a button that approves: whose question it is about, who has pressed, and what they read.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import type * as Item from "../src/backend/Item.ts"
import type { TurnError, TurnEvent } from "../src/conversation/Codex.ts"
import { PromptEmpty } from "../src/conversation/TurnError.ts"
import * as Access from "../src/telegram/Access.ts"
import * as Approvals from "../src/telegram/incoming/Approvals.ts"
import * as Pressed from "../src/telegram/internal/pressed.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { makeDoor } from "./support/door.ts"
import { setUp } from "./support/intake.ts"
import * as ScriptedApi from "./support/scriptedApi.ts"
import { type Fields, groupMessage, privateMessage, privateText, update } from "./support/updates.ts"

const group = { id: -100, type: "supergroup", title: "G" }

const press = (data: string, chat: Fields = group, from = 8, topic: Fields = {}) =>
  Approvals.inContext({
    update: {
      callback_query: {
        id: "press",
        from: { id: from, is_bot: false, first_name: "Bob" },
        data,
        message: {
          message_id: 55,
          date: 1,
          chat,
          from: { id: 1, is_bot: true, first_name: "Bot" },
          sender_chat: { id: -300, type: "channel" },
          reply_to_message: { message_id: 5, chat, date: 1 },
          ...topic
        }
      }
    }
  }, makeDoor({ commandPrefix: "codex" }))

describe("a button", () => {
  it("fits into what Telegram takes of one, and tells its call by the end of its id", () => {
    const [yes, no] = Approvals.buttons("codex", 7_000_000_001, `call_${"a".repeat(80)}_end`)
    assert.deepStrictEqual([yes?.text, no?.text], ["✅ Approve", "🚫 Deny"])
    for (const { data } of [yes, no].filter((button) => button !== undefined)) {
      assert.isAtMost(new TextEncoder().encode(data).length, 64)
      assert.match(data, /_end$/)
    }
    assert.strictEqual(Approvals.callOf("call:1/2 é-x"), "call12-x")
    assert.strictEqual(Approvals.callOf("x".repeat(30)).length, 24)
  })
})

describe("a press", () => {
  it.each([[true, "yes"], [false, "no"]] as const)(
    "says yes or no (%s), by who has pressed, where somebody asked",
    (approved, word) => {
      const found = Option.getOrThrow(press(`codex:${word}:7:call-1`))
      assert.deepStrictEqual(found, {
        _tag: "Approval",
        callbackId: "press",
        call: "call-1",
        approved,
        origin: {
          messageId: 55,
          // Who pressed; whose question it is, its conversation says.
          userId: 8,
          chatId: -100,
          isPrivate: false,
          conversation: found.origin.conversation,
          destination: { chatId: -100, threadId: undefined, replyTo: undefined }
        }
      })
      assert.strictEqual(String(found.origin.conversation), "chat:-100:user:7")
    }
  )

  it("is about the conversation of a topic, or of who has pressed where nobody is named", () => {
    const conversationOf = (found: ReturnType<typeof press>) => String(Option.getOrThrow(found).origin.conversation)
    const topic = { message_thread_id: 4, is_topic_message: true }
    assert.strictEqual(conversationOf(press("codex:yes:7:c", group, 8, topic)), "chat:-100:thread:4")
    assert.strictEqual(conversationOf(press("codex:yes::c")), "chat:-100:user:8")
    assert.strictEqual(conversationOf(press("codex:yes:7:c", { id: 7, type: "private" }, 7)), "user:7")
  })

  it.each(["codex:stop", "codex:maybe:7:c", "other:yes:7:c", "codex:yes:7", "codex:yes", "yes:7:c", ""])(
    "of %j is none",
    (data) => {
      assert.isTrue(Option.isNone(press(data)))
    }
  )
})

/** What becomes of a press whose turn ends so: what is told, and whether the buttons go. */
const told = (answer: Stream.Stream<TurnEvent, TurnError>, approved = true) =>
  Effect.gen(function*() {
    const { api } = ScriptedApi.make()
    const did: Array<ReadonlyArray<unknown>> = []
    yield* Pressed.told(
      answer,
      { origin: { chat: -100, isPrivate: false, thread: 4, message: 55, user: 8 } },
      { _tag: "Approval", call: "c", approved, callback: "press" },
      {
        ...api,
        answerCallback: (to, id, text) => Effect.sync(() => void did.push([to.chatId, id, text])),
        removeButtons: (to, id) => Effect.sync(() => void did.push([to.chatId, id]))
      }
    ).pipe(Stream.runDrain, Effect.ignore)
    return did
  })

const decided = (approved: boolean): TurnEvent => ({ _tag: "Decided", approved })

describe("who has pressed", () => {
  it.effect("reads what their word came to, and the buttons go", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* told(Stream.succeed(decided(true))), [[-100, "press", "Approved."], [-100, 55]])
      assert.deepStrictEqual(yield* told(Stream.succeed(decided(false)), false), [
        [-100, "press", "Denied."],
        [-100, 55]
      ])
    }))

  it.effect("reads why it came to nothing, and the buttons stay for those whose they are", () =>
    Effect.gen(function*() {
      for (const reason of ["notYours", "stale"] as const) {
        const error = new PromptEmpty({ reason })
        const did = yield* told(Stream.fail(error))
        assert.deepStrictEqual(did, [[-100, "press", error.message], ...(reason === "notYours" ? [] : [[-100, 55]])])
      }
    }))
})

describe("what an anonymous admin has asked, or a channel", () => {
  const careful = Toolkit.make(Tool.make("pay", {
    parameters: Schema.Struct({ amount: Schema.Finite }),
    success: Schema.String,
    needsApproval: true
  }))

  /** Somebody asks as the group, or as a channel; gives how to press, and what was read and done then. */
  const asked = Effect.fnUntraced(function*(
    askedAs: number,
    admins: ReadonlyArray<readonly [number, number]>,
    topic: Fields = {}
  ) {
    const paid: Array<number> = []
    const handlers = careful.toLayer({ pay: ({ amount }) => Effect.sync(() => `paid ${paid.push(amount)}`) })
    const { handle, idle, outbox, script } = yield* setUp(
      { streaming: "off" },
      { toolkit: Effect.provide(careful, handlers) },
      ({ method, payload }) => {
        if (method !== "getChatMember") return { message_id: 1 }
        if (payload["chat_id"] === -400) throw Object.assign(new Error("refused"), { response: { error_code: 400 } })
        const isAdmin = admins.some(([chat, user]) => chat === payload["chat_id"] && user === payload["user_id"])
        return { status: isAdmin ? "administrator" : "member", user: { id: payload["user_id"], is_bot: false } }
      }
    )
    yield* script(
      TestCodex.items([{ type: "function_call", call_id: "call-12345678", name: "pay", arguments: "{\"amount\":5}" }])
    )
    const question = { text: "@my_bot pay", entities: [{ type: "mention", offset: 0, length: 7 }] }
    yield* handle(update({
      message: {
        ...groupMessage({ ...question, ...topic }),
        sender_chat: { id: askedAs, type: "supergroup", title: "G" },
        from: { id: 1087968824, is_bot: true, first_name: "Group" }
      }
    }))
    yield* idle
    return (from: number, as = askedAs) =>
      Effect.gen(function*() {
        yield* handle(update({
          callback_query: {
            id: "1",
            data: `codex:yes:${as}:call-12345678`,
            from: { id: from, is_bot: false, first_name: "Bob" },
            message: { ...groupMessage({ text: "May I?", ...topic }), from: { id: 1, is_bot: true, first_name: "Bot" } }
          }
        }))
        yield* idle
        const notes = outbox.calls.filter(({ method }) => method === "answerCallbackQuery")
        return [notes.at(-1)?.payload["text"], paid.length]
      })
  })

  it.effect.each([-100, -300])(
    "(%i) is for those to approve who are admins there, as Telegram says",
    (chat) =>
      Effect.gen(function*() {
        const press = yield* asked(chat, [[chat, 8]])
        assert.deepStrictEqual(yield* press(9), ["Only whoever asked may approve of this.", 0])
        assert.deepStrictEqual(yield* press(8), ["Approved.", 1])
      })
  )

  it.effect("is nobody's where Telegram does not say who they are", () =>
    Effect.gen(function*() {
      const press = yield* asked(-400, [[-400, 8]])
      assert.deepStrictEqual(yield* press(8), ["Only whoever asked may approve of this.", 0])
    }))

  it.effect("is not theirs who are admins elsewhere, whatever their press says", () =>
    Effect.gen(function*() {
      const press = yield* asked(-100, [[-300, 8]], { message_thread_id: 4, is_topic_message: true })
      assert.deepStrictEqual(yield* press(8, -300), ["Only whoever asked may approve of this.", 0])
    }))
})

describe("an answer that ends while something is done that was approved", () => {
  const steps = Toolkit.make(
    Tool.make("pay", { parameters: Schema.Struct({}), success: Schema.String, needsApproval: true }),
    Tool.make("look", { parameters: Schema.Struct({}), success: Schema.String })
  )
  const [pay, look] = (["pay", "look"] as const).map((name): Item.FunctionCall => ({
    type: "function_call",
    call_id: `call-12345678-${name}`,
    name,
    arguments: "{}"
  }))

  /** Stops an answer at a time, and gives what is left to be read. */
  const stopped = Effect.fnUntraced(function*(
    calls: ReadonlyArray<Item.FunctionCall | undefined>,
    isApproved: boolean,
    streaming: "edit" | "off"
  ) {
    const slow = () => Effect.as(Effect.sleep("5 minutes"), "done")
    const { handle, idle, outbox, script } = yield* setUp(
      { streaming },
      { toolkit: Effect.provide(steps, steps.toLayer({ pay: slow, look: slow })) }
    )
    yield* script(TestCodex.items(calls.filter((call) => call !== undefined)))
    yield* handle(privateText("do it"))
    yield* TestClock.adjust("5 seconds")
    if (isApproved) {
      yield* handle(update({
        callback_query: {
          id: "1",
          data: "codex:yes:7:call-12345678-pay",
          from: { id: 7, is_bot: false, first_name: "Ann" },
          message: { ...privateMessage({ text: "May I?" }), from: { id: 1, is_bot: true, first_name: "Bot" } }
        }
      }))
      yield* TestClock.adjust("5 seconds")
    }
    yield* handle(privateText("/codex stop"))
    yield* TestClock.adjust("5 seconds")
    yield* idle
    return outbox.calls.findLast(({ payload }) => String(payload["text"]).startsWith("⏹"))?.payload["text"]
  })

  it.effect.each(["edit", "off"] as const)(
    "says that nobody knows whether it is (streaming %s)",
    (streaming) =>
      Effect.gen(function*() {
        assert.strictEqual(
          yield* stopped([pay], true, streaming),
          "⏹ Stopped.\n\n⚠️ pay was broken off: it may have been done."
        )
      })
  )

  it.effect("says nothing of what nobody had to approve", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* stopped([look], false, "off"), "⏹ Stopped.")
    }))
})

describe("who may", () => {
  const door = makeDoor({ allowedUserIds: [7], allowedChatIds: [-100], authAdminUserIds: [7] })

  it("know where files are, are auth admins in private", () => {
    const may = (userId: number | undefined, isPrivate: boolean) => Access.mayKnowPaths({ userId, isPrivate }, door)
    assert.deepStrictEqual([may(7, true), may(7, false), may(8, true), may(undefined, true)], [
      true,
      false,
      false,
      false
    ])
    assert.isFalse(Access.mayKnowPaths({ userId: undefined, isPrivate: true }, { authAdminUserIds: [0] }))
  })

  it("is told the id that has to be let in, of a person or of a chat, and none of what is no person", () => {
    const denied = (asker: Access.Asker) => {
      const result = Access.check(asker, { ...door, allowedSenderChatIds: [], allowedBotIds: [] })
      return result._tag === "Failure" ? [result.failure.subject, result.failure.id] : []
    }
    assert.deepStrictEqual(denied({ userId: 8, chatId: -100 }), ["user", 8])
    assert.deepStrictEqual(denied({ userId: 7, chatId: -5 }), ["chat", -5])
    assert.deepStrictEqual(denied({ userId: -300, chatId: -100, speaker: "chat" }), ["user", undefined])
    assert.deepStrictEqual(denied({ userId: 7, chatId: -100 }), [])
  })

  it("goes on in a group that has moved, under both of its ids", () => {
    assert.deepStrictEqual(Access.following(door, -100, -1005).allowedChatIds, [-100, -1005])
    assert.deepStrictEqual(Access.following(door, -5, -1005).allowedChatIds, [-100])
  })
})
