import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { TestClock } from "effect/testing"
import * as MovedChats from "../src/telegram/internal/movedChats.ts"
import * as Pacer from "../src/telegram/internal/pacer.ts"
import * as ShownMessages from "../src/telegram/reply/ShownMessages.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as VirtualTelegram from "./support/virtualTelegram.ts"

const { pass } = VirtualTelegram

const chat = { chatId: 7, threadId: undefined, replyTo: undefined }

const parts = (...texts: ReadonlyArray<string>): ReadonlyArray<TelegramApi.Content> => texts.map((text) => ({ text }))

const refusal = (status: number, message?: string) =>
  FaultScript.answer({ status, ...(message !== undefined && { message }) })

const messagesWith = Effect.fnUntraced(function*(...rules: ReadonlyArray<FaultScript.Rule>) {
  const telegram = yield* VirtualTelegram.make({ faults: FaultScript.make({ rules }), latency: 10 })
  const shown = ShownMessages.make(telegram.api, chat)
  /** Runs it to its end, and gives how it ended. */
  const done = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.exit(effect))
      yield* pass(30_000, 100)
      return yield* Fiber.join(fiber)
    })
  const methods = () => telegram.world.calls.map((call) => call.method)
  return { telegram, shown, done, methods }
})

describe("the messages of an answer", () => {
  it.effect("edits what is there, sends what is missing and deletes what is too much", () =>
    Effect.gen(function*() {
      const { done, methods, shown, telegram } = yield* messagesWith()
      yield* done(shown.preview(() => parts("one", "tw")))
      yield* done(shown.preview(() => parts("one", "two", "th")))
      yield* done(shown.finish(parts("one", "two")))
      assert.deepStrictEqual(telegram.texts(7), ["one", "two"])
      assert.deepStrictEqual(methods(), [
        "sendMessage",
        "sendMessage",
        "editMessageText",
        "sendMessage",
        "deleteMessage"
      ])
    }))

  it.effect("answers the message that asked with the first part only", () =>
    Effect.gen(function*() {
      const { done, telegram } = yield* messagesWith()
      const [asked] = yield* telegram.ann.chat.send("Question")
      const to = { ...chat, replyTo: asked?.message_id }
      yield* done(ShownMessages.make(telegram.api, to).finish(parts("one", "two")))
      const replies = telegram.visible(7).map((message) => message.reply_to_message?.message_id)
      assert.deepStrictEqual(replies, [asked?.message_id, undefined])
    }))

  it.effect("shows a draft that rests again before Telegram lets it vanish, and not sooner", () =>
    Effect.gen(function*() {
      const telegram = yield* VirtualTelegram.make({ paced: false, latency: 0 })
      const shown = ShownMessages.make(telegram.api, chat, 5)
      const preview = Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(shown.preview(() => parts("thinking")))
        yield* pass(500, 100)
        yield* Fiber.join(fiber)
      })
      for (let count = 0; count < 50; count++) {
        yield* preview
        yield* pass(500, 100)
      }
      assert.deepStrictEqual(
        telegram.world.calls.map(({ at, method }) => [method, Math.floor(at / 1000)]),
        [["sendMessageDraft", 0], ["sendMessageDraft", 20], ["sendMessageDraft", 40]]
      )
    }))

  /** A framework that cannot abort a call: the second one hangs until it is let through. */
  const hanging = (method: string) => {
    let isHung = false
    let release = (): void => undefined
    const calls: Array<string> = []
    let id = 100
    const callApi = async (
      called: string,
      { message_id, text = "" }: { readonly message_id?: number; readonly text?: string }
    ) => {
      const answer = () => {
        calls.push(`${called} ${called === "sendMessage" ? ++id : message_id ?? 0} ${text}`.trim())
        return { message_id: id }
      }
      if (called !== method || isHung) return answer()
      isHung = true
      return new Promise((resolve) => {
        release = () => resolve(answer())
      })
    }
    const api = TelegramApi.fromContext({ client: { callApi } })
    return { calls, release: () => release(), shown: ShownMessages.make(api, chat) }
  }

  it.effect("a preview that comes through after its final is repaired", () =>
    Effect.gen(function*() {
      const { calls, release, shown } = hanging("editMessageText")
      yield* shown.preview(() => parts("on"))
      const preview = yield* Effect.forkChild(Effect.exit(shown.preview(() => parts("one tw"))))
      yield* pass(20_100, 100)
      assert.strictEqual((yield* Fiber.join(preview))._tag, "Failure")
      yield* shown.finish(parts("one two"))
      release()
      yield* pass(1000, 100)
      assert.deepStrictEqual(calls, [
        "sendMessage 101 on",
        "editMessageText 101 one two",
        "editMessageText 101 one tw",
        "editMessageText 101 one two"
      ])
    }))

  it.effect("a preview that comes through before its final is overwritten by it", () =>
    Effect.gen(function*() {
      const { calls, release, shown } = hanging("editMessageText")
      yield* shown.preview(() => parts("on"))
      yield* Effect.forkChild(Effect.exit(shown.preview(() => parts("one tw"))))
      yield* pass(20_100, 100)
      release()
      yield* pass(1000, 100)
      yield* shown.finish(parts("on"))
      assert.strictEqual(calls.at(-1), "editMessageText 101 on")
    }))

  it.effect("a first preview that comes through after the final is deleted", () =>
    Effect.gen(function*() {
      const { calls, release, shown } = hanging("sendMessage")
      yield* Effect.forkChild(Effect.exit(shown.preview(() => parts("on"))))
      yield* pass(20_100, 100)
      yield* shown.finish(parts("one"))
      release()
      yield* pass(1000, 100)
      assert.deepStrictEqual(calls, ["sendMessage 101 one", "sendMessage 102 on", "deleteMessage 102"])
    }))

  it.effect("a final with formats that Telegram refuses is sent without them", () =>
    Effect.gen(function*() {
      const { done, shown, telegram } = yield* messagesWith({ on: "sendMessage", nth: 1, fault: refusal(400) })
      const content = { text: "one", entities: [{ type: "bold", offset: 0, length: 3 }] } as const
      assert.strictEqual((yield* done(shown.finish([content])))._tag, "Success")
      assert.deepStrictEqual(telegram.texts(7), ["one"])
      assert.isUndefined(telegram.visible(7)[0]?.entities)
    }))

  it.effect("and as a file where every text is refused, in place of what was shown of it", () =>
    Effect.gen(function*() {
      const { done, shown, telegram } = yield* messagesWith(
        { on: "editMessageText", fault: refusal(400) },
        { on: "sendMessage", between: [2, 99], fault: refusal(400) }
      )
      yield* done(shown.preview(() => parts("on")))
      assert.strictEqual((yield* done(shown.finish(parts("one < two"))))._tag, "Success")
      assert.deepStrictEqual(telegram.visible(7).map(({ document }) => document?.file_name), ["answer.txt"])
    }))

  it.effect("and as a file where a transformer of the bot has made every text too long", () =>
    Effect.gen(function*() {
      const tooLong = refusal(400, "Bad Request: message is too long")
      const { done, shown, telegram } = yield* messagesWith(
        { on: "editMessageText", fault: tooLong },
        { on: "sendMessage", between: [2, 99], fault: tooLong }
      )
      yield* done(shown.preview(() => parts("on")))
      assert.strictEqual((yield* done(shown.finish(parts("one < two"))))._tag, "Success")
      assert.deepStrictEqual(telegram.visible(7).map(({ document }) => document?.file_name), ["answer.txt"])
    }))

  it.effect("but a chat that is gone is not tried again", () =>
    Effect.gen(function*() {
      const { done, methods, shown } = yield* messagesWith({
        on: "sendMessage",
        fault: refusal(400, "Bad Request: chat not found")
      })
      assert.strictEqual((yield* done(shown.finish(parts("one"))))._tag, "Failure")
      assert.deepStrictEqual(methods(), ["sendMessage"])
    }))

  it.effect("of a group that has moved goes on where it is, and leaves alone what bears the same number there", () =>
    Effect.gen(function*() {
      const { done, telegram } = yield* messagesWith()
      const small = yield* telegram.smallGroup
      const shown = ShownMessages.make(telegram.api, { ...chat, chatId: small.chat.id, replyTo: 1 })
      yield* done(shown.preview(() => parts("one", "tw")))
      const { chat: { id } } = yield* small.upgrade
      const api = TelegramApi.fromContext(telegram.context)
      for (const text of ["not", "of", "this", "answer"]) {
        yield* done(api.sendMessage({ ...chat, chatId: id }, { text }))
      }
      yield* done(shown.preview(() => parts("one", "two", "thr")))
      assert.strictEqual((yield* done(shown.finish(parts("one", "two", "three"))))._tag, "Success")
      assert.deepStrictEqual(telegram.texts(id), ["not", "of", "this", "answer", "one", "two", "three"])
    }))

  it.effect("waits to be told where its group has moved, when the refusal does not say it", () =>
    Effect.gen(function*() {
      const { done, telegram } = yield* messagesWith()
      const small = yield* telegram.smallGroup
      const next = yield* small.upgrade
      const moved = MovedChats.make()
      const { callApi } = telegram.context.telegram
      // VibeGram tells the number and the words of a refusal, and no parameters.
      const client = {
        callApi: (method: string, payload: { readonly [field: string]: unknown }) =>
          callApi(method, payload).catch(({ response }) =>
            Promise.reject({ errorCode: response.error_code, description: response.description })
          )
      }
      const api = TelegramApi.fromContext({ client }, undefined, moved)
      const shown = ShownMessages.make(api, { ...chat, chatId: small.chat.id })
      const finished = yield* Effect.forkChild(done(shown.finish(parts("one"))))
      yield* pass(500, 100)
      assert.deepStrictEqual(telegram.texts(next.chat.id), [])
      MovedChats.read({ update: { message: { chat: next.chat, migrate_from_chat_id: small.chat.id } } }, moved)
      yield* Fiber.join(finished)
      assert.deepStrictEqual(telegram.texts(next.chat.id), ["one"])
    }))

  it.effect("takes a message that is like this already for done", () =>
    Effect.gen(function*() {
      const { done, methods, shown, telegram } = yield* messagesWith({
        on: "editMessageText",
        nth: 1,
        fault: FaultScript.answer({ status: 502, at: "after" })
      })
      yield* done(shown.preview(() => parts("on")))
      const exit = yield* done(shown.finish(parts("one")))
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(telegram.texts(7), ["one"])
      assert.deepStrictEqual(methods(), ["sendMessage", "editMessageText", "editMessageText"])
      assert.include(JSON.stringify(telegram.world.calls.at(-1)?.answer), "not modified")
    }))

  it.effect("replaces a preview that is older than a minute by a message that rings", () =>
    Effect.gen(function*() {
      const { done, methods, shown, telegram } = yield* messagesWith()
      yield* done(shown.preview(() => parts("on")))
      yield* TestClock.adjust("31 seconds")
      yield* done(shown.finish(parts("one")))
      assert.deepStrictEqual(telegram.texts(7), ["one"])
      assert.deepStrictEqual(methods(), ["sendMessage", "sendMessage", "deleteMessage"])
    }))

  it.effect("keeps the order when a message in the middle was deleted", () =>
    Effect.gen(function*() {
      const { done, shown, telegram } = yield* messagesWith()
      yield* done(shown.preview(() => parts("one", "two", "thr")))
      const [first] = telegram.visible(7)
      if (first !== undefined) telegram.world.remove(0, first)
      yield* done(shown.finish(parts("one!", "two!", "three")))
      assert.deepStrictEqual(telegram.texts(7), ["one!", "two!", "three"])
    }))

  it.effect("tries to delete again, so that nothing stale stays beside the answer", () =>
    Effect.gen(function*() {
      const { done, shown, telegram } = yield* messagesWith(
        { on: "editMessageText", fault: refusal(400, "Bad Request: message can't be edited") },
        { on: "deleteMessage", between: [1, 2], fault: refusal(502) }
      )
      yield* done(shown.preview(() => parts("on")))
      yield* done(shown.finish(parts("one")))
      assert.deepStrictEqual(telegram.texts(7), ["one"])
    }))

  it.effect("leaves nothing that seems to grow, or could be stopped, where Telegram lets nothing be deleted", () =>
    Effect.gen(function*() {
      const { done, shown, telegram } = yield* messagesWith({
        on: "deleteMessage",
        fault: refusal(400, "Bad Request: message can't be deleted")
      })
      yield* done(shown.preview(() => [{ text: "on ▍", button: { text: "Stop", data: "stop" } }]))
      yield* TestClock.adjust("2 minutes")
      yield* done(shown.finish(parts("one")))
      assert.deepStrictEqual(telegram.texts(7), ["↻ What stood here was replaced.", "one"])
      assert.deepStrictEqual(telegram.visible(7).map((message) => message.reply_markup), [undefined, undefined])
    }))

  it.effect("never sends twice what may have arrived, and goes on with the rest", () =>
    Effect.gen(function*() {
      const { done, shown, telegram } = yield* messagesWith({
        on: "sendMessage",
        nth: 2,
        fault: FaultScript.cut("after")
      })
      const exit = yield* done(shown.finish(parts("one", "two", "three")))
      assert.deepStrictEqual(telegram.texts(7), ["one", "two", "three"])
      assert.strictEqual(exit._tag, "Failure")
    }))

  it.effect("does not begin a second preview where the first may be", () =>
    Effect.gen(function*() {
      const { done, methods, shown } = yield* messagesWith({
        on: "sendMessage",
        nth: 1,
        fault: FaultScript.cut("after")
      })
      yield* done(shown.preview(() => parts("o")))
      yield* done(shown.preview(() => parts("on")))
      assert.deepStrictEqual(methods(), ["sendMessage"])
      yield* done(shown.finish(parts("one")))
      assert.deepStrictEqual(methods(), ["sendMessage", "sendMessage"])
    }))

  it.effect("gives up at once where the user has blocked the bot", () =>
    Effect.gen(function*() {
      const { done, methods, shown, telegram } = yield* messagesWith()
      yield* done(shown.preview(() => parts("one", "tw")))
      yield* telegram.ann.block
      yield* done(shown.finish(parts("one!", "two!", "three")))
      assert.deepStrictEqual(methods(), ["sendMessage", "sendMessage", "editMessageText"])
    }))

  it.effect("an edit that waited for its turn shows what there is by then, and is not made again for it", () =>
    Effect.gen(function*() {
      const { done, telegram } = yield* messagesWith()
      const pacer = yield* Pacer.make
      const shown = ShownMessages.make(TelegramApi.fromContext(telegram.context, pacer), chat)
      let text = "one"
      const current = () => [{ text }]
      yield* done(shown.preview(current))
      for (let i = 0; i < 3; i++) yield* pacer.run({ chatId: 7, priority: "final", method: "x" }, Effect.void)
      text = "one two"
      const waiting = yield* Effect.forkChild(shown.preview(current))
      yield* TestClock.adjust("100 millis")
      text = "one two three"
      yield* pass(5000, 100)
      yield* Fiber.join(waiting)
      yield* done(shown.preview(current))
      assert.deepStrictEqual(
        telegram.world.calls.map(({ method, payload }) => [method, payload["text"]]),
        [["sendMessage", "one"], ["editMessageText", "one two three"]]
      )
    }))
})

describe("the messages of an answer, call by call", () => {
  type Answer = (method: string, nth: number) => TelegramFailed | undefined

  const failed = (reason: TelegramFailed["reason"], retryAfter?: Duration.Duration) =>
    new TelegramFailed({ method: "x", reason, ...(retryAfter !== undefined && { retryAfter }) })

  /** An API that fails by script; it writes down each call with its second. */
  const scripted = (answer: Answer = () => undefined, draftId?: number) => {
    const calls: Array<string> = []
    const counts = new Map<string, number>()
    let ids = 100
    const made = Effect.fnUntraced(function*(method: string, what: string) {
      calls.push(`${(yield* Clock.currentTimeMillis) / 1000} ${method} ${what}`.trim())
      const nth = (counts.get(method) ?? 0) + 1
      counts.set(method, nth)
      const failure = answer(method, nth)
      if (failure !== undefined) return yield* failure
    })
    const shown = ShownMessages.make(
      {
        canEdit: true,
        whereabouts: (to) => to,
        isNews: () => true,
        closed: () => Effect.succeedNone,
        sendMessage: (_, { text }, options) =>
          Effect.map(made("send", text), () => {
            const id = Option.some(++ids)
            options?.onSent?.(id)
            return id
          }),
        editMessage: (_, id, content, options) =>
          Effect.suspend(() => made("edit", `${id} ${(options?.newest?.() ?? content).text}`)).pipe(
            Effect.map(() => options?.onSent?.(Option.some(id)))
          ),
        deleteMessage: (_, id) => made("delete", `${id}`),
        removeButtons: () => Effect.die("not here"),
        sendDraft: (_, __, { text }, options) =>
          Effect.map(made("draft", text), () => options?.onSent?.(Option.none())),
        sendChatAction: () => Effect.void,
        sendDocument: (_, { name }) => Effect.as(made("document", name), Option.none()),
        download: () => Effect.die("not here"),
        answerCallback: () => Effect.void,
        isChatAdmin: () => Effect.succeed(false),
        answerGuest: () => Effect.die("not here"),
        editInline: () => Effect.die("not here")
      },
      chat,
      draftId
    )
    /** Runs it to its end, second by second, and gives how it ended. */
    const done = <A, E>(effect: Effect.Effect<A, E>) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Effect.exit(effect), { startImmediately: true })
        while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
        return yield* Fiber.join(fiber)
      })
    return { calls, done, shown }
  }

  const button = { text: "Stop", data: "stop" }

  it.effect("what is there already is not shown again, the third time as well as the second", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted()
      for (const text of ["one", "two", "two", "two"]) yield* shown.preview(() => parts(text))
      yield* shown.finish(parts("two"))
      assert.deepStrictEqual(calls, ["0 send one", "0 edit 101 two"])
    }))

  it.effect("a button that goes is worth an edit of its own", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted()
      yield* shown.preview(() => [{ text: "one", button }])
      yield* shown.finish(parts("one"))
      assert.deepStrictEqual(calls, ["0 send one", "0 edit 101 one"])
    }))

  it.effect.each([[60_000, "60 edit 101 one"], [60_001, "60.001 send one"]] as const)(
    "a preview that is %i ms old ends as: %s",
    ([age, call]) =>
      Effect.gen(function*() {
        const { calls, shown } = scripted()
        yield* shown.preview(() => parts("on"))
        yield* TestClock.adjust(age)
        yield* shown.finish(parts("one"))
        assert.strictEqual(calls[1], call)
      })
  )

  it.effect("what nobody hears is said again after 1, 3, 9, 27 and 30 seconds, and then no more", () =>
    Effect.gen(function*() {
      const { calls, done, shown } = scripted((method) => method === "edit" ? failed("unreachable") : undefined)
      yield* shown.preview(() => parts("on"))
      yield* done(shown.finish(parts("one")))
      assert.deepStrictEqual(calls.slice(1), [0, 1, 4, 13, 40, 70].map((at) => `${at} edit 101 one`))
    }))

  it.effect("what is refused for its pace is said again three times", () =>
    Effect.gen(function*() {
      const { calls, done, shown } = scripted((method) => method === "edit" ? failed("rateLimited") : undefined)
      yield* shown.preview(() => parts("on"))
      yield* done(shown.finish(parts("one")))
      assert.deepStrictEqual(calls.slice(1), [0, 1, 4, 13].map((at) => `${at} edit 101 one`))
    }))

  it.effect("what is too much is deleted at the fourth time at the latest, or says that it is void", () =>
    Effect.gen(function*() {
      const { calls, done, shown } = scripted((method) => method === "delete" ? failed("unreachable") : undefined)
      yield* shown.preview(() => parts("one", "two"))
      const exit = yield* done(shown.finish(parts("one")))
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(calls.slice(2), [
        ...[0, 1, 4, 13].map((at) => `${at} delete 102`),
        "13 edit 102 ↻ What stood here was replaced."
      ])
    }))

  it.effect.each([[60, 2], [61, 1]] as const)(
    "a refusal for %i seconds makes %i calls",
    ([seconds, times]) =>
      Effect.gen(function*() {
        const { calls, done, shown } = scripted((_, nth) =>
          nth === 1 ? failed("rateLimited", Duration.seconds(seconds)) : undefined
        )
        yield* done(shown.finish(parts("one")))
        assert.strictEqual(calls.length, times)
      })
  )

  it.effect("a first preview that was refused is begun again, and so is one after that", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted((_, nth) => nth < 3 ? failed("rateLimited") : undefined)
      for (const text of ["o", "on", "one"]) yield* Effect.exit(shown.preview(() => parts(text)))
      assert.deepStrictEqual(calls, ["0 send o", "0 send on", "0 send one"])
    }))

  it.effect("a draft that was refused once is not tried again, and what grows is a message from then on", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted((method) => method === "draft" ? failed("rejected") : undefined, 5)
      assert.isTrue(shown.isDrafting())
      for (const text of ["o", "on"]) yield* shown.preview(() => parts(text))
      yield* shown.preview(() => parts("on", "e"))
      assert.isFalse(shown.isDrafting())
      assert.deepStrictEqual(calls, ["0 draft o", "0 send o", "0 edit 101 on", "0 send e"])
    }))

  it.effect("a draft is gone with the message that takes its place: the same words are drafted once more", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted(undefined, 5)
      yield* shown.preview(() => parts("on"))
      yield* shown.preview(() => parts("on", "e"))
      assert.isFalse(shown.isEmpty())
      yield* shown.finish(parts("one", "two"))
      yield* shown.preview(() => parts("one", "two", "e"))
      assert.deepStrictEqual(calls, [
        "0 draft on",
        "0 send on",
        "0 draft e",
        "0 edit 101 one",
        "0 send two",
        "0 draft e"
      ])
    }))

  it.effect("an answer that starts over takes back the messages that it does not need", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted()
      yield* shown.preview(() => parts("one", "two", "three"))
      yield* shown.preview(() => parts("on"))
      yield* shown.preview(() => parts("on", "tw"))
      assert.deepStrictEqual(calls.slice(3), ["0 edit 101 on", "0 delete 102", "0 delete 103", "0 send tw"])
    }))

  it.effect("a part that is refused costs the others nothing, and the first refusal is told", () =>
    Effect.gen(function*() {
      const refusals = [failed("rateLimited"), failed("misused")]
      const { calls, done, shown } = scripted((_, nth) => nth <= 4 ? refusals[0] : nth === 5 ? refusals[1] : undefined)
      const exit = yield* done(Effect.flip(shown.finish(parts("one", "two", "three"))))
      assert.deepStrictEqual(exit._tag === "Success" ? exit.value : undefined, refusals[0])
      assert.deepStrictEqual(calls.slice(4), ["13 send two", "13 send three"])
    }))

  it.effect("the messages below one that is new are new as well, and those before them go", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted((method, nth) =>
        method === "edit" && nth === 2 ? failed("messageNotFound") : undefined
      )
      yield* shown.preview(() => parts("one", "two", "three"))
      yield* shown.finish(parts("one!", "two!", "three"))
      assert.deepStrictEqual(calls.slice(3), [
        "0 edit 101 one!",
        "0 edit 102 two!",
        "0 send two!",
        "0 delete 102",
        "0 send three",
        "0 delete 103"
      ])
    }))

  it.effect("an edit shows its own part, where there are more parts when its turn has come", () =>
    Effect.gen(function*() {
      const { calls, shown } = scripted()
      yield* shown.preview(() => parts("one"))
      let looks = 0
      yield* shown.preview(() => looks++ === 0 ? parts("one t") : parts("one", "two"))
      assert.deepStrictEqual(calls.slice(1), ["0 edit 101 one t"])
    }))
})
