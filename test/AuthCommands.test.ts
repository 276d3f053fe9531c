import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { CodexAuth } from "../src/auth/CodexAuth.ts"
import * as DeviceLogin from "../src/auth/DeviceLogin.ts"
import * as CodexError from "../src/CodexError.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as AuthCommands from "../src/telegram/AuthCommands.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import * as TelegramError from "../src/telegram/TelegramError.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { makeDoor } from "./support/door.ts"

const origin = {
  messageId: 1,
  userId: 7,
  chatId: 7,
  isPrivate: true,
  conversation: ConversationKey("user:7"),
  destination: { chatId: 7, threadId: undefined, replyTo: undefined }
}

const door = makeDoor({ authAdminUserIds: [7] })

const call: AuthCommands.Call = { origin, arguments: "", door }

/** Calls with the second they came at; what fails, fails as long as there are failures for it. */
const telegram = (
  failures: Partial<Record<"send" | "delete" | "file", Array<TelegramError.TelegramFailed>>> = {},
  canEdit = true
) => {
  const calls: Array<string> = []
  let sent = 100
  const note = (what: string) =>
    Effect.clockWith((clock) => Effect.sync(() => calls.push(`${clock.currentTimeMillisUnsafe() / 1000} ${what}`)))
  const mayFail = (what: "send" | "delete" | "file") =>
    Effect.suspend(() => {
      const failure = failures[what]?.shift()
      return failure === undefined ? Effect.void : Effect.fail(failure)
    })
  const id = () => canEdit ? Option.some(++sent) : Option.none()
  const api = TelegramApi.TelegramApi.of({
    canEdit,
    whereabouts: (to) => to,
    isNews: () => true,
    closed: () => Effect.succeedNone,
    sendMessage: Effect.fnUntraced(function*(_, { text }, options) {
      yield* note(text)
      yield* mayFail("send")
      const given = id()
      options?.onSent?.(given)
      return given
    }),
    editMessage: (_, id, { text }, options) =>
      Effect.map(note(`${id}: ${text}`), () => options?.onSent?.(Option.some(id))),
    deleteMessage: (_, id) => Effect.andThen(note(`${id}: deleted`), mayFail("delete")),
    removeButtons: () => Effect.die("not here"),
    sendDraft: () => Effect.die("not here"),
    sendChatAction: () => Effect.void,
    sendDocument: (_, { caption }) => Effect.map(Effect.andThen(note(caption), mayFail("file")), id),
    download: () => Effect.succeed(fileOf("{}")),
    isChatAdmin: () => Effect.succeed(false),
    answerGuest: () => Effect.die("not here"),
    editInline: () => Effect.die("not here"),
    answerCallback: () => Effect.die("not here")
  })
  return { calls, api }
}

const fileOf = (text: string) => ({ bytes: new TextEncoder().encode(text), isCut: false })

const pass = (seconds: number) => Effect.forEach(Array.from({ length: seconds }), () => TestClock.adjust("1 second"))

const issued: DeviceLogin.CodeIssued = {
  _tag: "CodeIssued",
  flow: "deviceauth",
  userCode: "ABCD-12345",
  verificationUri: "https://issuer.test/codex/device",
  verificationUriComplete: undefined,
  expiresIn: Duration.minutes(15),
  expiresAt: DateTime.makeUnsafe("2026-01-01T00:15:00Z")
}

const signedIn: DeviceLogin.SignedIn = {
  _tag: "SignedIn",
  location: "/home/bot/auth.json",
  signedIn: true,
  problem: undefined,
  expiresAt: DateTime.makeUnsafe("2026-01-11T00:00:00Z"),
  accountId: "acc-1",
  plan: "plus",
  canRefresh: true,
  unwritable: undefined,
  unsaved: undefined
}

type Step = DeviceLogin.CodeIssued | DeviceLogin.Waiting | DeviceLogin.SignedIn

const after = (seconds: number, step: Stream.Stream<Step, CodexError.DeviceLoginFailed>) =>
  Stream.unwrap(Effect.as(Effect.sleep(Duration.seconds(seconds)), step))

/** The code, a question every five seconds, and then the end. */
const waited = (seconds: number, end: Stream.Stream<Step, CodexError.DeviceLoginFailed>) =>
  Stream.concat(
    Stream.concat(
      Stream.succeed<Step>(issued),
      Stream.fromIterable(Array.from({ length: Math.floor(seconds / 5) }, (_, i) => i + 1)).pipe(
        Stream.mapEffect((attempt): Effect.Effect<Step> =>
          Effect.as(Effect.sleep("5 seconds"), {
            _tag: "Waiting",
            attempt,
            elapsed: Duration.seconds(5 * attempt)
          })
        )
      )
    ),
    end
  )

const failing = (reason: CodexError.DeviceLoginFailed["reason"]) =>
  Stream.fail(new CodexError.DeviceLoginFailed({ reason }))

/** A login by this script. */
const scripted = (steps: Stream.Stream<Step, CodexError.DeviceLoginFailed>) =>
  Layer.succeed(DeviceLogin.DeviceLogin, { signIn: () => steps, grant: () => Stream.die("not here") })

const begin = (steps: Stream.Stream<Step, CodexError.DeviceLoginFailed>, chat = telegram()) =>
  AuthCommands.login(call).pipe(
    Effect.provide(scripted(steps)),
    Effect.provideService(TelegramApi.TelegramApi, chat.api)
  )

const codeText = (left: string) =>
  "Sign in to ChatGPT:\n1. Open https://issuer.test/codex/device\n2. Enter this code: ABCD-12345\n\n" +
  `The code is good for ${left}. I am waiting; /codex login cancel ends it.`

const layer = Layer.merge(TestCodex.layer(), AuthCommands.layer)

describe("login", () => {
  it.effect("returns at once, shows the code, the time that is left, and the outcome as a new message", () =>
    Effect.gen(function*() {
      const chat = telegram()
      assert.isUndefined(yield* begin(waited(150, Stream.succeed(signedIn)), chat))
      yield* pass(150)
      assert.deepStrictEqual(chat.calls, [
        `0 ${codeText("15 minutes")}`,
        `60 101: ${codeText("14 minutes")}`,
        `120 101: ${codeText("13 minutes")}`,
        "150 ✅ Signed in.\nPlan: plus\nAccount: acc-1\nThe token is refreshed by itself.\n" +
        "Saved at /home/bot/auth.json; in use from now on.",
        "150 101: deleted"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect.each(["expired", "denied", "timedOut", "rejected", "unreachable"] as const)(
    "%s becomes the message, with what to do",
    (reason) =>
      Effect.gen(function*() {
        const chat = telegram()
        yield* begin(waited(10, failing(reason)), chat)
        yield* pass(10)
        const error = new CodexError.DeviceLoginFailed({ reason })
        assert.deepStrictEqual(chat.calls.slice(1), [`10 101: ⚠️ ${CodexError.explain(error)}`])
        assert.match(CodexError.explain(error), /^The login did not succeed: .*\.\n.+/)
      }).pipe(Effect.provide(layer))
  )

  it.effect("a failure before there is a code is told", () =>
    Effect.gen(function*() {
      const chat = telegram()
      yield* begin(failing("notEnabled"), chat)
      yield* pass(1)
      const error = new CodexError.DeviceLoginFailed({ reason: "notEnabled" })
      assert.deepStrictEqual(chat.calls, [`0 ⚠️ ${CodexError.explain(error)}`])
    }).pipe(Effect.provide(layer)))

  it.effect("tokens that could not be saved are told with the reason", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const unsaved = new CodexError.AuthStoreFailed({ path: "/run/auth.json", operation: "write", problem: "EROFS" })
      yield* begin(waited(0, Stream.succeed({ ...signedIn, unsaved })), chat)
      yield* pass(1)
      assert.match(chat.calls.at(-1) ?? "", /⚠️ In use, but not saved\. Could not write .*\(EROFS\)\.\nGive the bot's/)
    }).pipe(Effect.provide(layer)))

  it.effect("a second one is told and changes nothing; after the first there may be another", () =>
    Effect.gen(function*() {
      const chat = telegram()
      yield* begin(waited(20, Stream.succeed(signedIn)), chat)
      yield* pass(5)
      assert.strictEqual(
        yield* begin(Stream.die("never begun"), chat),
        "A login is going on already. End it with /codex login cancel."
      )
      yield* pass(20)
      assert.include(chat.calls.at(-1), "✅ Signed in.")
      assert.isUndefined(yield* begin(waited(0, Stream.succeed(signedIn)), chat))
    }).pipe(Effect.provide(layer)))

  it.effect("cancelling ends the questions and becomes the message", () =>
    Effect.gen(function*() {
      const chat = telegram()
      let asked = 0
      const counted = Stream.tap(waited(900, failing("timedOut")), () => Effect.sync(() => asked++))
      yield* begin(counted, chat)
      yield* pass(12)
      assert.isUndefined(yield* AuthCommands.cancelLogin(call))
      assert.strictEqual(
        chat.calls.at(-1),
        "12 101: The login was cancelled. /codex status shows what is in use; /codex login starts another one."
      )
      yield* pass(60)
      assert.strictEqual(asked, 3)
      assert.strictEqual(yield* AuthCommands.cancelLogin(call), "No login is going on.")
    }).pipe(Effect.provide(layer)))

  it.effect("ends with its layer, and waits three seconds at most for Telegram to say so", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const scope = yield* Scope.make()
      const desk = yield* Layer.buildWithScope(AuthCommands.layer, scope)
      const hanging = { ...chat, api: { ...chat.api, editMessage: () => Effect.uninterruptible(Effect.never) } }
      yield* begin(waited(900, failing("timedOut")), hanging).pipe(Effect.provideContext(
        Context.merge(yield* Effect.context<never>(), desk)
      ))
      yield* pass(12)
      const closed = yield* Deferred.make<void>()
      yield* Effect.forkChild(Effect.andThen(Scope.close(scope, Exit.void), Deferred.succeed(closed, undefined)))
      yield* pass(2)
      assert.isFalse(yield* Deferred.isDone(closed))
      yield* pass(2)
      assert.isTrue(yield* Deferred.isDone(closed))
    }))

  it.effect("a code that cannot be delivered is not waited for", () =>
    Effect.gen(function*() {
      const refused = new TelegramError.TelegramFailed({ method: "sendMessage", reason: "chatNotFound", code: 400 })
      const chat = telegram({ send: [refused] })
      yield* begin(waited(900, failing("timedOut")), chat)
      yield* pass(1)
      assert.strictEqual(chat.calls.length, 2)
      assert.match(chat.calls[1] ?? "", /^0 ⚠️ Telegram refused sendMessage \(chatNotFound 400\)/)
      assert.strictEqual(yield* AuthCommands.cancelLogin(call), "No login is going on.")
    }).pipe(Effect.provide(layer)))

  it.effect("a bug on the way is told without its words, and logged", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const lines: Array<string> = []
      yield* begin(waited(5, Stream.die(new Error("SECRET-defect"))), chat).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => lines.push(String(message)))]))
      )
      yield* pass(6)
      assert.match(chat.calls.at(-1) ?? "", /^5 101: ⚠️ The login broke off: something went wrong inside the bot\./)
      assert.notInclude(chat.calls.join("\n"), "SECRET")
      assert.strictEqual(lines.length, 1)
    }).pipe(Effect.provide(layer)))

  it.effect("where messages cannot be edited the code is sent once and the outcome after it", () =>
    Effect.gen(function*() {
      const chat = telegram({}, false)
      yield* begin(waited(150, Stream.succeed(signedIn)), chat)
      yield* pass(150)
      assert.strictEqual(chat.calls.length, 2)
    }).pipe(Effect.provide(layer)))

  it.effect("speaks of the commands by their prefix", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const ai = { ...call, door: makeDoor({ commandPrefix: "ai" }) }
      yield* AuthCommands.login(ai).pipe(
        Effect.provide(scripted(waited(900, after(1, failing("timedOut"))))),
        Effect.provideService(TelegramApi.TelegramApi, chat.api)
      )
      yield* pass(1)
      yield* AuthCommands.cancelLogin(ai)
      assert.include(chat.calls[0], "/ai login cancel ends it")
      assert.include(chat.calls[1], "/ai login starts another one")
    }).pipe(Effect.provide(layer)))
})

const limited = new TelegramError.TelegramFailed({
  method: "deleteMessage",
  reason: "rateLimited",
  code: 429,
  retryAfter: Duration.seconds(7)
})
const forbidden = new TelegramError.TelegramFailed({ method: "deleteMessage", reason: "rejected", code: 400 })
const gone = new TelegramError.TelegramFailed({ method: "deleteMessage", reason: "messageNotFound", code: 400 })

describe("auth export", () => {
  const exported = (chat: ReturnType<typeof telegram>) =>
    AuthCommands.exportLogin(call).pipe(Effect.provideService(TelegramApi.TelegramApi, chat.api))
  const caption = "⚠️ These are live tokens. Store the file safely. This message deletes itself after 1m."

  it.effect("meets a rate limit as a text does: it waits and is sent again", () =>
    Effect.gen(function*() {
      const chat = telegram({ file: [limited] })
      const fiber = yield* Effect.forkChild(exported(chat))
      yield* pass(10)
      assert.isUndefined(yield* Fiber.join(fiber))
      assert.deepStrictEqual(chat.calls, [`0 ${caption}`, `7 ${caption}`])
    }).pipe(Effect.provide(layer)))

  it.effect("a file that may have arrived is not sent twice", () =>
    Effect.gen(function*() {
      const cut = new TelegramError.TelegramFailed({ method: "sendDocument", reason: "unreachable" })
      const chat = telegram({ file: [cut] })
      assert.strictEqual(yield* Effect.flip(exported(chat)), cut)
      assert.strictEqual(chat.calls.length, 1)
    }).pipe(Effect.provide(layer)))

  it.effect("waits as long as Telegram asks before it deletes the file", () =>
    Effect.gen(function*() {
      const chat = telegram({ delete: [limited] })
      yield* exported(chat)
      yield* pass(80)
      assert.deepStrictEqual(chat.calls, [`0 ${caption}`, "60 101: deleted", "67 101: deleted"])
    }).pipe(Effect.provide(layer)))

  it.effect("tries to delete the file four times, a minute apart at most, and then asks for help", () =>
    Effect.gen(function*() {
      const banned = new TelegramError.TelegramFailed({
        method: "deleteMessage",
        reason: "rateLimited",
        code: 429,
        retryAfter: Duration.minutes(10)
      })
      const chat = telegram({ delete: Array.from({ length: 9 }, () => banned) })
      yield* exported(chat)
      yield* pass(300)
      assert.deepStrictEqual(chat.calls.slice(1, -1), [60, 120, 180, 240].map((at) => `${at} 101: deleted`))
      assert.match(chat.calls.at(-1) ?? "", /^240 ⚠️ I could not delete the file/)
    }).pipe(Effect.provide(layer)))

  it.effect("deletes the file at once when the bot is stopped before its time", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const scope = yield* Scope.make()
      const desk = yield* Layer.buildWithScope(AuthCommands.layer, scope)
      yield* exported(chat).pipe(Effect.provideContext(Context.merge(yield* Effect.context<never>(), desk)))
      yield* pass(10)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(chat.calls, [`0 ${caption}`, "10 101: deleted"])
    }).pipe(Effect.provide(TestCodex.layer())))

  it.effect("asks for help when the file cannot be deleted, and not when somebody was faster", () =>
    Effect.gen(function*() {
      const chat = telegram({ delete: [forbidden, gone] })
      yield* exported(chat)
      yield* pass(60)
      assert.strictEqual(
        chat.calls.at(-1),
        "60 ⚠️ I could not delete the file with your tokens: delete it yourself."
      )
      yield* exported(chat)
      yield* pass(60)
      assert.strictEqual(chat.calls.at(-1), "120 103: deleted")
    }).pipe(Effect.provide(layer, { local: true })))

  it.effect("says so where it cannot be deleted at all", () =>
    Effect.gen(function*() {
      const chat = telegram({}, false)
      assert.match((yield* exported(chat)) ?? "", /^⚠️ This message cannot delete itself here/)
      assert.match(chat.calls[0] ?? "", /Delete this message when you have the file\.$/)
    }).pipe(Effect.provide(layer)))
})

describe("auth import", () => {
  const source = {
    _tag: "Text",
    text: Redacted.make(JSON.stringify({ tokens: { access_token: "opaque", refresh_token: "rt" } }))
  } as const
  const file = { _tag: "File", isCertain: true, fileId: "f" } as const

  it.effect("waits as long as Telegram asks before it deletes the message, and says when it stays", () =>
    Effect.gen(function*() {
      const chat = telegram({ delete: [limited, forbidden] })
      const said = yield* Effect.forkChild(
        AuthCommands.importLogin(call, source).pipe(Effect.provideService(TelegramApi.TelegramApi, chat.api))
      )
      yield* pass(10)
      assert.deepStrictEqual(chat.calls, ["0 1: deleted", "7 1: deleted"])
      assert.match(String(said.pollUnsafe()), /✅ Signed in.*I could not delete your message: delete it yourself/s)
    }).pipe(Effect.provide(layer)))

  it.effect("does not wait for a file for ever, and deletes the message then", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const api = { ...chat.api, download: () => Effect.never }
      const said = yield* Effect.forkChild(
        AuthCommands.importLogin(call, file).pipe(Effect.provideService(TelegramApi.TelegramApi, api))
      )
      yield* pass(31)
      assert.match(String(said.pollUnsafe()), /Telegram could not be reached for getFile/)
      assert.deepStrictEqual(chat.calls, ["30 1: deleted"])
    }).pipe(Effect.provide(layer)))

  it.effect("interrupted, or broken by a bug, it deletes the message all the same", () =>
    Effect.gen(function*() {
      for (const download of [Effect.interrupt, Effect.die("bug")]) {
        const chat = telegram()
        const exit = yield* Effect.exit(
          AuthCommands.importLogin(call, file).pipe(
            Effect.provideService(TelegramApi.TelegramApi, { ...chat.api, download: () => download })
          )
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(chat.calls, ["0 1: deleted"])
      }
    }).pipe(Effect.provide(layer)))

  it.effect.each([
    { name: "others", call: { ...call, door: makeDoor({ authAdminUserIds: [8] }) }, says: /Only the auth/ },
    {
      name: "an admin who passes on what another wrote",
      call: { ...call, origin: { ...origin, isSecondHand: true } },
      says: /your own/
    },
    { name: "an admin in a group", call: { ...call, origin: { ...origin, isPrivate: false } }, says: /private chat/ }
  ])("by $name it is refused before it is read, and deleted", ({ call, says }) =>
    Effect.gen(function*() {
      const chat = telegram()
      const auth = yield* CodexAuth
      yield* auth.signOut
      const api = { ...chat.api, download: () => Effect.die("read") }
      const said = yield* AuthCommands.importLogin(call, file).pipe(
        Effect.provideService(TelegramApi.TelegramApi, api)
      )
      assert.match(said ?? "", says)
      assert.deepStrictEqual(chat.calls, ["0 1: deleted"])
      assert.isFalse((yield* auth.status).signedIn)
    }).pipe(Effect.provide(layer)))

  const maybe = { _tag: "File", isCertain: false, fileId: "f" } as const
  const looking = (text: string | ReturnType<typeof fileOf>) => {
    const chat = telegram()
    const api = { ...chat.api, download: () => Effect.succeed(typeof text === "string" ? fileOf(text) : text) }
    return AuthCommands.importLogin(call, maybe).pipe(
      Effect.provideService(TelegramApi.TelegramApi, api),
      Effect.map((said) => ({ said, calls: chat.calls }))
    )
  }

  it.effect("an exported file that comes back under another name is known by its content, and deleted", () =>
    Effect.gen(function*() {
      const { calls, said } = yield* looking(`{"tokens":{"access_token":"a"}}`)
      assert.match(said ?? "", /^✅ Signed in/)
      assert.deepStrictEqual(calls, ["0 1: deleted"])
    }).pipe(Effect.provide(layer)))

  it.effect("so is one that a console of Windows has written, in UTF-16", () =>
    Effect.gen(function*() {
      const bytes = new Uint8Array(Buffer.from(`\ufeff{"tokens":{"access_token":"a"}}`, "utf16le"))
      const { calls, said } = yield* looking({ bytes, isCut: false })
      assert.match(said ?? "", /^✅ Signed in/)
      assert.deepStrictEqual(calls, ["0 1: deleted"])
    }).pipe(Effect.provide(layer)))

  it.effect.each([
    `{"name":"effect-codex"}`,
    `{"tokens":[1,2]}`,
    `{"last_refresh":"2026-01-01"}`,
    `{"access_token":null}`,
    ""
  ])(
    "another file of an admin is left alone, without a word: %s",
    (text) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* looking(text), { said: undefined, calls: [] })
      }).pipe(Effect.provide(layer))
  )

  it.effect("a file that only might be one, and cannot be read, is left alone", () =>
    Effect.gen(function*() {
      const chat = telegram()
      const download = () => Effect.fail(new TelegramError.TelegramFailed({ method: "getFile", reason: "tooLong" }))
      const said = yield* AuthCommands.importLogin(call, maybe).pipe(
        Effect.provideService(TelegramApi.TelegramApi, { ...chat.api, download })
      )
      assert.deepStrictEqual([said, chat.calls], [undefined, []])
    }).pipe(Effect.provide(layer)))
})
