/**
 * A voice message in a group is for the bot when what is said names it, and otherwise nobody hears of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { isNamed } from "../src/telegram/incoming/Addressed.ts"
import * as Media from "../src/telegram/media/Media.ts"
import * as Transcriber from "../src/telegram/media/Transcriber.ts"
import { bot, setUp } from "./support/intake.ts"
import { type Fields, groupMessage, groupText, privateMessage, update } from "./support/updates.ts"

const voice = { voice: { file_id: "v", duration: 3 } }

const inGroup = (content: Fields, from: Fields = {}) => update({ message: { ...groupMessage(content), ...from } })

/** What becomes of an update where this is heard in every file. */
const outcome = Effect.fnUntraced(function*(
  said: string,
  raw: unknown,
  options: Parameters<typeof setUp>[0] = {},
  isAvailable = true
) {
  const listened: Array<string> = []
  const layer = Layer.merge(
    Layer.succeed(Media.Media, {
      read: (files) =>
        Effect.sync(() => {
          listened.push(...files.map(({ file }) => file))
          return said === ""
            ? { attachments: [], spoken: [], refusals: ["I heard no words in the recording."] }
            : { attachments: [], spoken: [said], refusals: [] }
        })
    }),
    Layer.succeed(Transcriber.Transcriber, { ...Transcriber.none, isAvailable })
  )
  const { asked, handle, idle, outbox } = yield* setUp(options).pipe(Effect.provide(layer))
  const handled = yield* handle(raw)
  yield* idle
  return { handled, listened, asked: yield* asked, texts: outbox.texts() }
})

const silence = { handled: "passed" as const, asked: [], texts: [] }

describe("a voice message in a group", () => {
  it.effect("that names the bot is asked in its words, and listened to once", () =>
    Effect.gen(function*() {
      const { asked, listened, texts } = yield* outcome("Hey my bot, what time is it?", inGroup(voice))
      assert.deepStrictEqual([asked, listened], [["Hey my bot, what time is it?"], ["v"]])
      assert.strictEqual(texts.length, 1)
    }))

  it.effect("goes to the handlers behind as well, whoever it is for", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* outcome("my bot, hello", inGroup(voice))).handled, "passed")
    }))

  it.effect("keeps its caption and what it replies to", () =>
    Effect.gen(function*() {
      const person = { id: 8, is_bot: false, first_name: "Bea" }
      const { asked } = yield* outcome(
        "my bot, is that so?",
        inGroup({ ...voice, caption: "hm", reply_to_message: { message_id: 1, from: person, text: "it rains" } })
      )
      assert.match(asked.join(), /^In reply to "Bea" .*\n> it rains\n\nmy bot, is that so\?\nhm$/)
    }))

  it.effect("that does not name it is met with silence", () =>
    Effect.gen(function*() {
      const { listened, ...rest } = yield* outcome("What time is it?", inGroup(voice))
      assert.deepStrictEqual([listened, rest], [["v"], silence])
    }))

  it.effect("in which no word is heard is met with silence", () =>
    Effect.gen(function*() {
      const { listened, ...rest } = yield* outcome("", inGroup(voice))
      assert.deepStrictEqual([listened, rest], [["v"], silence])
    }))

  it.effect("that is not for the bot takes nothing of what a person may ask", () =>
    Effect.gen(function*() {
      const { asked, handle, idle } = yield* setUp({ rateLimit: { prompts: 1, per: "1 hour" } }).pipe(
        Effect.provide(Layer.merge(
          Layer.succeed(Media.Media, {
            read: () => Effect.succeed({ attachments: [], spoken: ["for others"], refusals: [] })
          }),
          Layer.succeed(Transcriber.Transcriber, { ...Transcriber.none, isAvailable: true })
        ))
      )
      yield* handle({ ...inGroup(voice), update_id: 1 })
      yield* idle
      yield* handle({ ...groupText("@my_bot hi"), update_id: 2 })
      yield* idle
      assert.deepStrictEqual(yield* asked, ["hi"])
    }))

  it.effect("is met with silence when listening breaks down, and what broke is not logged", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const { handle, idle, outbox } = yield* setUp().pipe(
        Effect.provide(Layer.mergeAll(
          Layer.succeed(Media.Media, { read: () => Effect.die(new Error("https://host/file/bot1:TOKEN/voice")) }),
          Layer.succeed(Transcriber.Transcriber, { ...Transcriber.none, isAvailable: true })
        ))
      )
      yield* handle(inGroup(voice)).pipe(
        Effect.andThen(idle),
        Effect.provide(
          Logger.layer([Logger.make(({ cause, message }) => lines.push(`${String(message)} ${Cause.pretty(cause)}`))])
        )
      )
      assert.deepStrictEqual(outbox.texts(), [])
      assert.match(lines.join(), /could not be heard/)
      assert.notInclude(lines.join(), "TOKEN")
    }))

  const unheard: ReadonlyArray<readonly [string, unknown, Parameters<typeof setUp>[0], boolean?]> = [
    ["where there is no transcriber", inGroup(voice), {}, false],
    ["of a stranger", inGroup(voice, { from: { id: 99, is_bot: false, first_name: "X" } }), { allowedUserIds: [7] }],
    ["in a chat that may not use the bot", inGroup(voice), { allowedChatIds: [-9] }],
    ["of another bot", inGroup(voice, { from: { id: 9, is_bot: true, first_name: "B" } }), { allowedBotIds: [9] }],
    ["where plain messages are not answered", inGroup(voice), { autoReply: false }],
    ["where groups are kept silent", inGroup(voice), { botUsername: false }],
    ["where voice is not taken", inGroup(voice), { takes: ["text"] }],
    ["that was forwarded", inGroup({ ...voice, forward_origin: { type: "hidden_user", sender_user_name: "A" } }), {}],
    ["that is longer than five minutes", inGroup({ voice: { file_id: "v", duration: 301 } }), {}],
    ["that is music", inGroup({ audio: { file_id: "v", duration: 3 } }), {}]
  ]
  it.effect.each(unheard)("is not even listened to: %s", ([, raw, options, isAvailable]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* outcome("my bot, hello", raw, options, isAvailable), { ...silence, listened: [] })
    }))

  it.effect("that comes again is listened to once", () =>
    Effect.gen(function*() {
      const listened: Array<string> = []
      const { handle, idle } = yield* setUp().pipe(
        Effect.provide(Layer.merge(
          Layer.succeed(Media.Media, {
            read: () =>
              Effect.sync(() => {
                listened.push("once")
                return { attachments: [], spoken: [], refusals: [] }
              })
          }),
          Layer.succeed(Transcriber.Transcriber, { ...Transcriber.none, isAvailable: true })
        ))
      )
      const raw = { ...inGroup(voice), update_id: 5 }
      yield* handle(raw)
      yield* handle(raw)
      yield* idle
      assert.deepStrictEqual(listened, ["once"])
    }))

  it.effect("is no mention in private: there every voice message is asked", () =>
    Effect.gen(function*() {
      const { asked, handled } = yield* outcome("What time is it?", update({ message: privateMessage(voice) }))
      assert.deepStrictEqual([asked, handled], [["What time is it?"], "taken"])
    }))
})

describe("a name in speech", () => {
  const names = ["codex_test_bot", "Ada Böt"]
  it.each([
    ["Codex test bot, hello", true],
    ["hello CodexTestBot!", true],
    ["Ada Bot: go", true],
    ["and so, AdaBöt?", true],
    ["codex test bots", false],
    ["Canada bot", false],
    ["Ada. It is a bot", false],
    ["", false]
  ])("is found as whole words: %j", (said, is) => {
    assert.strictEqual(isNamed(said, names), is)
  })

  it("is data, and one without letters is never said", () => {
    assert.isFalse(isNamed("anything", ["🤖", "", ".*", "(a+)+$"]))
    assert.isTrue(isNamed("a, please", ["(a+)+$"]))
  })

  it("stands without blanks in scripts that have none", () => {
    assert.isTrue(isNamed("小助手你好", ["小助手"]))
    assert.isFalse(isNamed("你好", ["小助手"]))
  })

  it("is found in a speech of an hour in no time", () => {
    assert.isFalse(isNamed("codex test ".repeat(50_000), [bot.username ?? "", ...names]))
  })
})
