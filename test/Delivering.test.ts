/**
 * The end of an answer, call by call: its parts, its files, and what is said of one that is late.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { TestClock } from "effect/testing"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Delivering from "../src/telegram/reply/Delivering.ts"
import * as ShownMessages from "../src/telegram/reply/ShownMessages.ts"
import * as Steps from "../src/telegram/reply/Steps.ts"
import type * as TelegramApi from "../src/telegram/TelegramApi.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import * as ScriptedApi from "./support/scriptedApi.ts"

const to: TelegramApi.Destination = { chatId: 7, threadId: undefined, replyTo: undefined }

const file = (name: string): TelegramApi.Document => ({ name, content: new Uint8Array(), caption: "", protect: false })
const files = ["a", "b", "c"].map(file)
const picture: TelegramApi.Document = { ...file("picture"), as: "photo" }

const failed = (
  reason: TelegramFailed["reason"],
  more: Partial<Pick<TelegramFailed, "neverArrived" | "retryAfter">> = {}
) => new TelegramFailed({ method: "sendDocument", reason, ...more })

const forbidden = failed("rateLimited", { retryAfter: Duration.minutes(5) })
const unsure = failed("unreachable")

const logged = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => lines.push(String(message)))]) }
}

/** Refuses a file by its name, each time. */
const refusing = (reasons: Readonly<Record<string, TelegramFailed>>) =>
  ScriptedApi.make({ refuses: ({ text }) => reasons[text] })

const bring = (
  { api }: Pick<ReturnType<typeof ScriptedApi.make>, "api">,
  later?: Delivering.Later
) =>
  Delivering.bring(
    {
      api,
      to,
      conversation: ConversationKey("user:7"),
      shown: ShownMessages.make(api, to, undefined, Steps.fleeting, { canWait: later !== undefined }),
      steps: Steps.fleeting,
      later,
      unfinished: () => Effect.void
    },
    { parts: [{ text: "Here." }], files },
    false
  )

describe("the files of an answer", () => {
  it.effect("are sent behind its words, and one that is refused holds up no other, and is told there and in the log", () =>
    Effect.gen(function*() {
      const scripted = refusing({ b: failed("tooLong") })
      const log = logged()
      yield* Effect.provide(bring(scripted), log.layer)
      assert.deepStrictEqual(scripted.told(), [
        "send Here.",
        "document a",
        "document b",
        "document c",
        "send ⚠️ Telegram did not take the file of this answer.\nAsk again, or in a private chat with me."
      ])
      assert.deepStrictEqual(log.lines, ["A message could not be delivered. Telegram refused sendDocument (tooLong)."])
    }))

  it.effect("wait where they can, from the first that has to", () =>
    Effect.gen(function*() {
      const scripted = refusing({ b: forbidden })
      const left: Array<number> = []
      yield* bring(scripted, ({ begun, files, parts }) =>
        Effect.sync(() => {
          left.push(begun.settled, begun.files, files.length, parts.length)
          return true
        }))
      assert.deepStrictEqual(scripted.told(), ["send Here.", "document a", "document b"])
      assert.deepStrictEqual(left, [1, 1, 3, 1])
    }))

  it.effect("that may be there already do not wait, and are not sent twice", () =>
    Effect.gen(function*() {
      const scripted = refusing({ b: unsure })
      const log = logged()
      yield* Effect.provide(bring(scripted, () => Effect.die("left for later")), log.layer)
      assert.deepStrictEqual(scripted.told(), [
        "send Here.",
        "document a",
        "document b",
        "document c",
        "send ⚠️ Telegram did not confirm the file of this answer.\nAsk again if that is missing."
      ])
      assert.lengthOf(log.lines, 1)
    }))

  it.effect.each<readonly [named: string, of: ReadonlyArray<TelegramApi.Document>]>([
    ["a picture", [picture]],
    ["2 pictures", [picture, picture]],
    ["2 pictures and the file", [picture, picture, file("b")]]
  ])("that are lost are told once, as %s", ([named, lost]) =>
    Effect.sync(() => {
      const sure = lost.map((file) => ({ file, why: failed("rejected") }))
      assert.include(Delivering.lostWord(sure), ` did not take ${named} of this answer.`)
      // One that is surely missing is worth to be asked for.
      const last = lost.map((file) => ({ file, why: unsure }))
      assert.include(Delivering.lostWord([...last, ...sure]), " did not take ")
      assert.include(Delivering.lostWord(last), ` did not confirm ${named} of this answer.`)
    }))

  it.effect("are told before others of them wait", () =>
    Effect.gen(function*() {
      const scripted = refusing({ a: failed("rejected"), b: forbidden })
      yield* Effect.provide(bring(scripted, () => Effect.succeed(true)), logged().layer)
      assert.match(scripted.told().at(-1) ?? "", /^send ⚠️ Telegram did not take the file/)
    }))

  it.effect("are told to nobody where nothing arrives", () =>
    Effect.gen(function*() {
      const scripted = refusing({ b: failed("blocked") })
      yield* Effect.provide(bring(scripted), logged().layer)
      assert.deepStrictEqual(scripted.told(), ["send Here.", "document a", "document b", "document c"])
    }))

  it.effect("that nobody takes for later are told in the log", () =>
    Effect.gen(function*() {
      const scripted = refusing({ b: forbidden })
      const log = logged()
      yield* Effect.provide(bring(scripted, () => Effect.succeed(false)), log.layer)
      assert.lengthOf(log.lines, 1)
    }))
})

/** An answer that was ready so long ago, of which so much has arrived. */
const late = (
  scripted: Pick<ReturnType<typeof ScriptedApi.make>, "api">,
  age: Duration.Input,
  text: string,
  begun: Partial<Delivering.Begun> = {}
) =>
  Effect.gen(function*() {
    yield* TestClock.adjust(age)
    return yield* Delivering.bringLate(
      scripted.api,
      to,
      Steps.fleeting,
      { parts: [{ text }], files, begun: { messages: [], settled: 0, files: 0, ...begun } },
      0
    )
  })

describe("an answer that is late", () => {
  it.each<readonly [age: Duration.Input, says: string]>([
    ["1 second", "1 minute"],
    ["89 seconds", "1 minute"],
    ["90 seconds", "2 minutes"],
    ["89 minutes", "89 minutes"],
    ["90 minutes", "2 hours"],
    ["89.4 minutes", "89 minutes"],
    ["23 hours", "23 hours"]
  ])("says of %s that it was ready %s ago", (age, says) => {
    assert.include(Delivering.lateWord(Duration.fromInputUnsafe(age)), ` ready ${says} ago,`)
  })

  it.effect("says so below its last part where there is room, else behind it", () =>
    Effect.gen(function*() {
      const word = Delivering.lateWord(Duration.minutes(1))
      const most = 4_096 - word.length - 2
      const messages = (length: number) =>
        Effect.gen(function*() {
          const scripted = ScriptedApi.make()
          yield* Effect.provide(late(scripted, 0, "x".repeat(length)), TestClock.layer())
          return scripted.calls.filter(({ method }) => method === "send").map(({ text }) => text.length)
        })
      assert.deepStrictEqual(yield* messages(most), [4_096])
      assert.deepStrictEqual(yield* messages(most + 1), [most + 1, word.length])
    }))

  it.effect("sends no file again, and no part that is there", () =>
    Effect.gen(function*() {
      const scripted = refusing({ c: forbidden })
      const tried = yield* late(scripted, "1 minute", "Here.", { settled: 1, files: 1 })
      assert.deepStrictEqual(scripted.told(), ["document b", "document c"])
      assert.deepStrictEqual([tried.begun.settled, tried.begun.files], [1, 2])
      assert.isTrue(Delivering.isWaiting(tried))
    }))

  it.effect("has arrived when all of it has, and is given up when no call fares better", () =>
    Effect.gen(function*() {
      const arrived = yield* late(ScriptedApi.make(), "1 minute", "Here.")
      assert.deepStrictEqual([arrived.begun.files, arrived.failure], [3, undefined])
      const blocked = yield* late(ScriptedApi.make({ refuses: () => failed("blocked") }), "1 minute", "Here.")
      assert.isFalse(Delivering.isWaiting(blocked))
      assert.strictEqual(Option.fromUndefinedOr(blocked.failure).pipe(Option.getOrThrow).reason, "blocked")
    }))

  it.effect("is tried once each time: there is another", () =>
    Effect.gen(function*() {
      const scripted = ScriptedApi.make({ refuses: () => failed("rateLimited", { retryAfter: Duration.seconds(1) }) })
      const tried = yield* late(scripted, "1 minute", "Here.")
      assert.lengthOf(scripted.calls, 1)
      assert.isTrue(Delivering.isWaiting(tried))
    }))
})

describe("an answer that meets a pause where the bot is a guest", () => {
  it.effect("comes behind it as it is: a word below it would stand in its place", () =>
    Effect.gen(function*() {
      let isRefused = true
      const scripted = ScriptedApi.make({ refuses: () => isRefused ? forbidden : undefined })
      const scope = yield* Effect.scope
      const text = "x".repeat(4_090)
      yield* Effect.provide(
        Delivering.bring(
          {
            api: scripted.api,
            to,
            conversation: undefined,
            shown: ShownMessages.make(scripted.api, to),
            steps: Steps.fleeting,
            later: undefined,
            afterwards: (work) => Effect.asVoid(Effect.forkIn(work, scope)),
            unfinished: () => Effect.void
          },
          { parts: [{ text }], files: [] },
          false
        ),
        logged().layer
      )
      isRefused = false
      yield* TestClock.adjust("4 minutes")
      assert.lengthOf(scripted.calls, 1)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(scripted.told(), [`send ${text}`, `send ${text}`])
    }))
})
