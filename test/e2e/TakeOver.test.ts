/**
 * What waits when an instance is killed, and another one brings to its end: the yes to a tool, an answer that Telegram does
 * not take yet.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Databases from "../support/databases.ts"
import { freePort } from "../support/freePort.ts"
import * as Installed from "../support/installed.ts"
import * as Postgres from "../support/postgres.ts"
import * as Processes from "../support/processes.ts"

const { Reply } = CodexEmulator

// As in `npm run test:slow`.
const isSlow = Number(process.env["CODEX_TEST_KILLS"] ?? 1) > 1

/** A process, and all that it has said. */
interface Heard {
  readonly kill: Effect.Effect<void>
  readonly lines: ReadonlyArray<string>
}

const heard = Effect.fnUntraced(function*(running: Processes.Running) {
  const lines: Array<string> = []
  yield* running.line.pipe(
    Effect.tap((line) => Effect.sync(() => lines.push(line ?? ""))),
    Effect.repeat({ until: (line) => line === undefined }),
    Effect.forkScoped
  )
  return { kill: running.kill, lines } satisfies Heard
})

/** Waits until one of these has said something, and gives it. */
const says = (word: string, ...all: ReadonlyArray<Heard>) =>
  Effect.sync(() => all.find(({ lines }) => lines.some((line) => line.includes(word)))).pipe(
    Effect.repeat({ until: (one) => one !== undefined, schedule: Schedule.spaced("20 millis") }),
    Effect.timeout("60 seconds")
  )

/** Both servers, somebody, and two instances of which the first one polls. */
const setUp = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const home = yield* files.makeTempDirectoryScoped({ prefix: "codex-take-over-" })
  const codex = yield* CodexEmulator.make()
  const telegram = yield* TelegramEmulator.make({ username: "example_bot" })
  const authJsonPath = `${home}/auth.json`
  yield* files.writeFileString(authJsonPath, yield* codex.signIn(), { mode: 0o600 })
  const { chat } = yield* telegram.user({ id: 7, firstName: "Ann" })
  const url = yield* Databases.postgres
  const script = yield* Processes.bundle("instance.ts", home)
  const start = Effect.gen(function*() {
    const { baseUrl, issuer } = codex
    const { apiRoot, token } = telegram
    const port = yield* freePort
    const given = { apiRoot, authJsonPath, baseUrl, issuer, port, token, url }
    const running = yield* heard(yield* Processes.start(script, [JSON.stringify(given)]))
    yield* says("ready", running)
    return running
  })
  const first = yield* start
  yield* says("polling", first)
  return { chat, codex, first, second: yield* start, telegram }
})

const dataOf = (message: { readonly reply_markup?: unknown }): ReadonlyArray<string> =>
  [...JSON.stringify(message.reply_markup ?? {}).matchAll(/"callback_data":"([^"]+)"/g)].map(([, data = ""]) => data)

describe.skipIf(!Postgres.isInstalled)(Installed.named(Installed.postgres, "an instance that is killed"), () => {
  it.live(
    "leaves what waits for a yes to another one, which runs it once when the button is pressed there",
    () =>
      Effect.gen(function*() {
        const { chat, codex, first, second } = yield* setUp
        yield* codex.script(Reply.functionCall("pay", { amount: 5 }), Reply.text("It is paid."))
        yield* chat.send("Pay five")
        const question = yield* chat.botText(/🔐 May I\? pay/)
        yield* first.kill
        const press = yield* chat.press(question.message_id, dataOf(question)[0] ?? "")
        yield* says("paid 5", second)
        assert.strictEqual((yield* press.answer).text, "Approved.")
        yield* chat.botText("It is paid.")
        assert.lengthOf([...first.lines, ...second.lines].filter((line) => line.startsWith("paid")), 1)
        const pressed = (yield* chat.messages).find(({ message_id }) => message_id === question.message_id)
        assert.deepStrictEqual(dataOf(pressed ?? {}), [])
      }).pipe(Effect.provide(NodeServices.layer)),
    120_000
  )

  // Telegram names a time, and it is waited for: for as long only where there is time.
  it.live.skipIf(!isSlow)(
    "leaves an answer that Telegram did not take to another one, which brings it once, and says that it is late",
    () =>
      Effect.gen(function*() {
        const { chat, codex, first, second, telegram } = yield* setUp
        yield* codex.script(Reply.text("Here it is."), Reply.text("And more."))
        yield* telegram.failNext("sendMessage", FaultScript.answer({ status: 429, retryAfter: 62 }), Infinity)
        yield* chat.send("What is it?")
        // Whoever polls, either may answer.
        const answering = yield* says("An answer waits until Telegram takes it.", first, second)
        const refused = yield* Clock.currentTimeMillis
        yield* answering?.kill ?? Effect.void
        yield* telegram.setFaults(FaultScript.none)
        if (answering === first) yield* says("polling", second)
        // Before the time that Telegram has named nobody tries.
        yield* chat.send("/codex last")
        yield* chat.botText("An answer is waiting for Telegram. It is tried again now.")
        yield* chat.botText(/^Here it is\.\n\n⏳ This answer is late/).pipe(Effect.timeout("100 seconds"))
        assert.isAtLeast((yield* Clock.currentTimeMillis) - refused, 61_000)
        yield* chat.send("Is there more?")
        yield* chat.botText("And more.")
        const texts = (yield* chat.messages).flatMap(({ from, text }) => from?.is_bot === true ? [text ?? ""] : [])
        assert.lengthOf(texts.filter((text) => text.includes("Here it is.")), 1, JSON.stringify(texts))
      }).pipe(Effect.provide(NodeServices.layer)),
    150_000
  )
})
