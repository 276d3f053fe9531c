/**
 * The bot as a process, killed without a warning while it answers, and started again on the same file.
 *
 * A few kills here; `npm run test:slow` does two hundred.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { DatabaseSync } from "node:sqlite"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Prompts from "../support/answeredPrompts.ts"
import * as Command from "../support/command.ts"

const kills = Number(process.env["CODEX_TEST_KILLS"] ?? 3)

const people = [7, 8, 9]

/** Both servers, which outlive every bot, three people, and what starts a bot. */
const setUp = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const home = yield* files.makeTempDirectoryScoped({ prefix: "codex-kills-" })
  const codex = yield* CodexEmulator.make()
  const telegram = yield* TelegramEmulator.make({ username: "example_bot" })
  yield* files.writeFileString(`${home}/auth.json`, yield* codex.signIn(), { mode: 0o600 })
  const chats = yield* Effect.forEach(
    people,
    (id) => Effect.map(telegram.user({ id, firstName: `Person${id}` }), ({ chat }) => chat)
  )
  const file = yield* Command.bundle(home)
  const store = `${home}/store.sqlite`
  const start = Command.start(file, ["bot"], {
    env: {
      HOME: home,
      CODEX_AUTH_JSON_PATH: `${home}/auth.json`,
      CODEX_BASE_URL: codex.baseUrl,
      CODEX_ISSUER: codex.issuer,
      CODEX_ALLOWED_USER_IDS: people.join(","),
      CODEX_STORE_PATH: store,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      TELEGRAM_BOT_TOKEN: telegram.token
    }
  })
  return { codex, telegram, chats, store, start }
})

const rows = (store: string, query: string): ReadonlyArray<Record<string, unknown>> => {
  const database = new DatabaseSync(store, { timeout: 1_000 })
  const found = database.prepare(query).all()
  database.close()
  return found
}

describe("a bot that is killed", () => {
  it.live(
    "answers every prompt once and in order, and leaves nothing behind but unfinished messages",
    () =>
      Effect.gen(function*() {
        const { chats, codex, start, store, telegram } = yield* setUp
        // An answer takes a while, so that it can be killed in the middle.
        yield* codex.failNext("responses", FaultScript.trickle(), Infinity)
        const sent = chats.map((): Array<string> => [])
        let number = 0
        let died = 0

        const isOpen = () => rows(store, "SELECT 1 FROM cluster_messages WHERE processed = 0").length > 0
        const rest = Effect.sync(isOpen).pipe(
          Effect.repeat({ while: (is) => is, schedule: Schedule.spaced("100 millis") }),
          Effect.timeoutOption("60 seconds")
        )

        for (const round of Array.from({ length: kills + 1 }, (_, index) => index)) {
          const bot = yield* start
          yield* bot.sees("is listening")
          // A turn that three processes do not survive is given up, and twenty prompts may wait.
          if (round > 0 && round % 2 === 0) yield* rest
          for (const [index, chat] of chats.entries()) {
            const word = `prompt${++number}.`
            sent[index]?.push(word)
            yield* chat.send(word)
          }
          if (round === kills) break
          const before = (yield* codex.requests).length
          yield* codex.requests.pipe(
            Effect.repeat({ until: (all) => all.length > before, schedule: Schedule.spaced("10 millis") }),
            Effect.timeoutOption("10 seconds")
          )
          yield* Effect.sleep(yield* Random.nextIntBetween(0, 800))
          yield* bot.signal("SIGKILL")
          yield* bot.ended
          died++
        }

        yield* Prompts.waited(chats, sent, 60_000)
        yield* rest

        let unfinished = 0
        for (const [index, all] of (yield* Prompts.texts(chats)).entries()) {
          const words = sent[index] ?? []
          Prompts.onceAndInOrder(all, words)
          unfinished += all.length - 2 * words.length
        }
        assert.isAtMost(unfinished, died * people.length)
        assert.isFalse(isOpen(), "something is left unanswered in the store")

        // Memory has each turn once, and whole.
        const kept = rows(store, "SELECT * FROM codex_memory").map((row) => JSON.stringify(row))
        for (const word of sent.flat()) assert.lengthOf(kept.filter((row) => row.includes(word)), 1, word)
        assert.isAbove((yield* telegram.calls).length, 0)
      }).pipe(Effect.provide(NodeServices.layer)),
    60_000 + kills * 15_000
  )

  it.live("ends at once when it is asked to twice, and the next one finishes the answer", () =>
    Effect.gen(function*() {
      const { chats: [ann], codex, start } = yield* setUp
      yield* codex.failNext("responses", FaultScript.stall())
      const bot = yield* start
      yield* bot.sees("is listening")
      yield* ann?.send("What is 6 x 7?") ?? Effect.die("nobody")
      yield* codex.awaitOpenStreams(1)
      yield* bot.signal("SIGTERM")
      yield* bot.sees("Stopping")
      yield* bot.signal("SIGTERM")
      yield* Effect.timeout(bot.ended, "10 seconds")
      yield* start
      yield* ann?.botText(/^6 x 7 = 42\./).pipe(Effect.timeout("30 seconds")) ?? Effect.void
    }).pipe(Effect.provide(NodeServices.layer)))
})
