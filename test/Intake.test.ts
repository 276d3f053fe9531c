/**
 * The way in for raw updates: the middleware without a context.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import * as Item from "../src/backend/Item.ts"
import { BotClient } from "../src/telegram/BotClient.ts"
import * as Intake from "../src/telegram/Intake.ts"
import * as Media from "../src/telegram/media/Media.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { makeDoor } from "./support/door.ts"
import { bot, setUp } from "./support/intake.ts"
import { type Fields, groupMessage, groupText, privateMessage, privateText, update } from "./support/updates.ts"

const photo = { file_id: "p", file_unique_id: "p", width: 90, height: 60 }

describe("handle", () => {
  it.effect("takes a prompt and answers it in its chat, and the same update once", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp()
      const hello = privateText("hello")
      assert.strictEqual(yield* handle(hello), "taken")
      assert.strictEqual(yield* handle(hello), "taken")
      yield* idle
      assert.deepStrictEqual(outbox.texts(), ["Echo: hello"])
      assert.strictEqual(outbox.calls.at(-1)?.payload["chat_id"], 7)
    }))

  it.effect("does not wait for the answer", () =>
    Effect.gen(function*() {
      const { handle, outbox, script } = yield* setUp()
      yield* script(TestCodex.never)
      assert.strictEqual(yield* handle(privateText("hello")), "taken")
      assert.deepStrictEqual(outbox.texts(), [])
      assert.strictEqual(yield* handle(privateText("/codex stop")), "taken")
    }))

  it.effect("of Stop ends what is still being read or listened to: nothing is asked, and the next question is", () =>
    Effect.gen(function*() {
      let isEnded = false
      const reading = Effect.onInterrupt(Effect.never, () =>
        Effect.sync(() => {
          isEnded = true
        }))
      const { asked, handle, idle, outbox } = yield* Effect.provideService(
        setUp(),
        Media.Media,
        Media.Media.of({ read: () => reading })
      )
      yield* handle(update({ message: privateMessage({ caption: "what is it?", photo: [photo] }) }))
      yield* TestClock.adjust("1 second")
      yield* handle(privateText("/codex stop"))
      const done = yield* Effect.forkChild(idle)
      yield* TestClock.adjust("1 second")
      assert.isDefined(done.pollUnsafe(), "nobody waits for the file any more")
      assert.isTrue(isEnded)
      assert.deepStrictEqual(yield* asked, [])
      assert.deepStrictEqual(outbox.texts(), ["⏹ Stopped."])
      yield* handle(privateText("hello"))
      yield* idle
      assert.deepStrictEqual(yield* asked, ["hello"])
    }))

  it.effect("passes what the middleware calls `next` for: a file that only might be a login, where files are for others", () =>
    Effect.gen(function*() {
      const { handle, idle } = yield* setUp({ takes: ["text"], authAdminUserIds: [7] })
      const document = { file_id: "d", file_name: "orders.json", file_size: 9 }
      assert.strictEqual(yield* handle(update({ message: privateMessage({ document }) })), "passed")
      assert.strictEqual(
        yield* handle(update({ message: privateMessage({ document: { ...document, file_name: "auth.json" } }) })),
        "taken"
      )
      yield* idle
    }))

  it.effect("of Stop ends the answer to an anonymous admin, or to a channel, which a person presses", () =>
    Effect.gen(function*() {
      for (const [id, message_thread_id] of [[-100, undefined], [-300, undefined], [-100, 4]] as const) {
        const { handle, idle, outbox, script } = yield* setUp({ streaming: "edit", topics: "perUser" })
        yield* script(TestCodex.deltas(Array.from({ length: 30 }, () => "word after word "), { every: "1 second" }))
        const topic = message_thread_id === undefined ? {} : { message_thread_id, is_topic_message: true }
        const asked = {
          ...groupMessage({ text: "@my_bot hello", entities: [{ type: "mention", offset: 0, length: 7 }], ...topic }),
          sender_chat: { id, type: "channel", title: "G" },
          from: { id: 1087968824, is_bot: true, first_name: "Group" }
        }
        yield* handle(update({ message: asked }))
        yield* TestClock.adjust("4 seconds")
        const shown = JSON.stringify(outbox.calls.map(({ payload }) => payload))
        const [, data = ""] = /"callback_data":"([^"]*)"/.exec(shown.replaceAll("\\", "")) ?? []
        const press = (data: string, from: number) =>
          handle(update({
            callback_query: {
              id: "1",
              data,
              from: { id: from, is_bot: false, first_name: "Ada" },
              message: { ...groupMessage({ text: "…", ...topic }), from: { id: 1, is_bot: true, first_name: "Bot" } }
            }
          }))
        // Nobody stops what a person has asked by saying that they are that person.
        assert.strictEqual(yield* press("codex:stop:as:7", 9), "passed")
        yield* press("codex:stop", 9)
        yield* press(data, 9)
        yield* TestClock.adjust("1 second")
        yield* idle
        const notes = outbox.calls.filter(({ method }) => method === "answerCallbackQuery").map(({ payload }) =>
          payload["text"]
        )
        assert.deepStrictEqual(notes, ["Nothing of yours is being answered here.", "Stopped."])
      }
    }))

  it.effect("does commands, which are for this bot by its name", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp()
      assert.strictEqual(yield* handle(privateText("/codex@my_bot help")), "taken")
      assert.strictEqual(yield* handle(privateText("/codex@other_bot help")), "passed")
      yield* idle
      assert.strictEqual(outbox.texts().length, 1)
      assert.include(outbox.texts()[0], "/codex status")
    }))

  it.effect("asks nothing for a stranger, who is told so in private and not in a group", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp({ allowedUserIds: [8], botUsername: "my_bot" })
      assert.strictEqual(yield* handle(privateText("hello")), "taken")
      assert.strictEqual(yield* handle(groupText("@my_bot hello")), "passed")
      yield* idle
      assert.strictEqual(outbox.texts().length, 1)
      assert.include(outbox.texts()[0], "may not use this bot")
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.effect.each([
    undefined,
    null,
    7,
    "text",
    [],
    {},
    { update_id: 1 },
    { update_id: 1, message: null },
    { update_id: 1, message: { message_id: "x" } },
    update({ edited_message: privateMessage({ text: "hi" }) }),
    update({ message: privateMessage({ text: "/start" }) })
  ])("passes what says nothing to it: %j", (raw) =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp()
      assert.strictEqual(yield* handle(raw), "passed")
      assert.deepStrictEqual(outbox.calls, [])
    }))

  it.effect("says of a sticker in one sentence that it cannot be read, and asks nothing", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp()
      const sticker = { file_id: "f", file_unique_id: "u", width: 90, height: 60 }
      assert.strictEqual(yield* handle(update({ message: privateMessage({ sticker }) })), "taken")
      yield* idle
      assert.deepStrictEqual(outbox.texts(), ["⚠️ I cannot read stickers: tell me in words."])
      assert.deepStrictEqual(yield* requests, [])
    }))

  it.effect("fails when nothing can be accepted, so that the update comes again, and says nothing in the chat", () =>
    Effect.gen(function*() {
      const outbox = Contexts.outbox()
      const refusal = Effect.fail(new Turns.TurnsUnavailable({ reason: "moving" }))
      const services = yield* Layer.build(
        Intake.layer(bot).pipe(
          Layer.provide([
            Layer.succeed(TelegramDoor, makeDoor()),
            Layer.succeed(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {}))),
            Layer.succeed(Turns.Turns, {
              accept: () => refusal,
              stop: () => refusal,
              reset: () => refusal,
              once: (_, work) => Effect.asSome(work),
              leave: () => Effect.void,
              rests: () => Effect.void,
              drained: Effect.void
            })
          ]),
          Layer.provide(TestCodex.layer())
        )
      )
      const { handle } = Context.get(services, Intake.Intake)
      // Also when that goes on: none of them is under way any more.
      for (let nth = 0; nth < 30; nth++) {
        assert.strictEqual((yield* Effect.flip(handle(privateText("hello")))).reason, "moving")
      }
      assert.strictEqual((yield* Effect.flip(handle(privateText("/codex ask hello")))).reason, "moving")
      assert.strictEqual((yield* Effect.flip(handle(privateText("/codex stop")))).reason, "moving")
      assert.strictEqual((yield* Effect.flip(handle(privateText("/codex reset")))).reason, "moving")
      assert.deepStrictEqual(outbox.calls, [])
    }))

  it.effect("answers who blocked the bot and writes again", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp()
      const { chat, date, from } = privateMessage({})
      const standing = (status: string) => ({ user: { id: 1, is_bot: true, first_name: "Codex" }, status })
      yield* handle(update({
        my_chat_member: { chat, from, date, old_chat_member: standing("member"), new_chat_member: standing("kicked") }
      }))
      yield* handle(privateText("hi"))
      yield* idle
      assert.deepStrictEqual(outbox.texts(), ["Echo: hi"])
    }))
  const ordered = update({
    callback_query: {
      id: "1",
      from: { id: 7, is_bot: false, first_name: "A" },
      data: "codex:stop",
      message: privateMessage({ text: "…" })
    }
  })

  it.effect.each(
    [
      { name: "/codex stop", raw: privateText("/codex stop") },
      { name: "Stop", raw: ordered },
      { name: "/codex reset", raw: privateText("/codex reset") },
      { name: "/codex forget", raw: privateText("/codex forget") }
    ]
  )(
    "of $name returns when it is done, so that a kill before that brings it again, and not for the word about it",
    ({ raw }) =>
      Effect.gen(function*() {
        let hear = (_: unknown): void => undefined
        const heard = new Promise((resolve) => {
          hear = resolve
        })
        const outbox = Contexts.outbox(() => heard)
        const written = yield* Deferred.make<void>()
        const work = Effect.as(Deferred.await(written), { running: true, dropped: 1 })
        const services = yield* Layer.build(
          Intake.layer(bot).pipe(
            Layer.provide([
              Layer.succeed(TelegramDoor, makeDoor()),
              Layer.succeed(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {}))),
              Layer.succeed(Turns.Turns, {
                accept: () => Effect.succeed("accepted" as const),
                stop: () => work,
                reset: () => work,
                once: (_, work) => Effect.asSome(work),
                leave: () => Effect.void,
                rests: () => Effect.void,
                drained: Effect.void
              })
            ]),
            Layer.provide(TestCodex.layer())
          )
        )
        const handed = yield* Effect.forkChild(Context.get(services, Intake.Intake).handle(raw), {
          startImmediately: true
        })
        yield* TestClock.adjust("1 second")
        assert.isUndefined(handed.pollUnsafe(), "it was confirmed before it was done")
        yield* Deferred.succeed(written, undefined)
        yield* TestClock.adjust("1 second")
        assert.isDefined(handed.pollUnsafe(), "it waits for Telegram")
        assert.lengthOf(outbox.calls, 1)
        hear({ message_id: 1 })
      })
  )

  it.effect("follows a group that moved: who let it in has let it in under its next id", () =>
    Effect.gen(function*() {
      const { handle, idle, outbox } = yield* setUp({ allowedChatIds: [-5], groupMentionOnly: false })
      const chat = { id: -5, type: "group", title: "G" }
      yield* handle(update({ message: { ...privateMessage({}), chat, migrate_to_chat_id: -1005 } }))
      const after = { id: -1005, type: "supergroup", title: "G" }
      assert.strictEqual(
        yield* handle(update({ message: { ...privateMessage({ text: "hi" }), chat: after } })),
        "taken"
      )
      yield* idle
      assert.deepStrictEqual(outbox.texts(), ["Echo: hi"])
    }))

  const group = { id: -5, type: "group", title: "G" }
  const supergroup = { id: -1005, type: "supergroup", title: "G" }
  const inChat = (chat: typeof group, content: Fields) => update({ message: { ...privateMessage(content), chat } })
  const upgrade = [
    inChat(group, { migrate_to_chat_id: -1005 }),
    inChat(supergroup, { migrate_from_chat_id: -5 })
  ]

  it.effect("goes on with what was said in a group that has moved, and says once in the log that it has", () => {
    const logged: Array<unknown> = []
    return Effect.gen(function*() {
      const { handle, idle, outbox, requests } = yield* setUp({ groupMentionOnly: false })
      yield* handle(inChat(group, { text: "I am Ada" }))
      yield* idle
      for (const service of upgrade) yield* handle(service)
      yield* handle(inChat(supergroup, { text: "who am I?" }))
      yield* idle
      assert.deepStrictEqual((yield* requests)[1]?.input.map(Item.words), ["I am Ada", "Echo: I am Ada", "who am I?"])
      assert.strictEqual(outbox.calls.at(-1)?.payload["chat_id"], -1005)
      assert.deepStrictEqual(logged, [
        "The group -5 is the supergroup -1005 now: where settings name -5, put the new id."
      ])
    }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => {
      logged.push(...Array.isArray(message) ? message : [message])
    })])))
  })

  it.effect("tells its own client where a group has moved, so that no call goes where it was", () =>
    Effect.gen(function*() {
      const services = yield* Layer.build(
        Layer.provideMerge(Intake.layerLocal(bot), Telegram.layerClient).pipe(
          Layer.provide([
            Layer.succeed(TelegramDoor, makeDoor({})),
            Layer.succeed(BotClient, {
              id: "1",
              host: "api.telegram.org",
              call: () => Effect.succeed(true),
              upload: () => Effect.succeed(true),
              fileUrl: () => Redacted.make("https://api.telegram.org")
            })
          ]),
          Layer.provide(TestCodex.layer())
        )
      )
      for (const service of upgrade) yield* Context.get(services, Intake.Intake).handle(service)
      const { whereabouts } = Context.get(services, Telegram.TelegramApi)
      assert.strictEqual(whereabouts({ chatId: -5, threadId: undefined, replyTo: undefined }).chatId, -1005)
    }))

  it.effect("stops in a group that has moved what was asked there before", () =>
    Effect.gen(function*() {
      const { asked, handle, idle, script } = yield* setUp({ groupMentionOnly: false })
      yield* script(TestCodex.never)
      yield* handle(inChat(group, { text: "one" }))
      yield* handle(inChat(group, { text: "two" }))
      yield* TestClock.adjust("1 second")
      for (const service of upgrade) yield* handle(service)
      yield* handle(inChat(supergroup, { text: "/codex stop" }))
      const done = yield* Effect.forkChild(idle)
      yield* TestClock.adjust("1 second")
      assert.isDefined(done.pollUnsafe())
      assert.deepStrictEqual(yield* asked, ["one"], "what waited is not asked any more")
    }))
})
