/**
 * Several instances of the bot, each a process, over one Postgres: behind a balancer that delivers each update twice, with
 * a kill in the middle; and polling, which the next one takes over.
 *
 * A few prompts here; `npm run test:slow` has three instances and a thousand prompts.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { createServer, request } from "node:http"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"
import * as Prompts from "../support/answeredPrompts.ts"
import * as Command from "../support/command.ts"
import * as Databases from "../support/databases.ts"
import { freePort } from "../support/freePort.ts"
import * as Installed from "../support/installed.ts"
import * as Postgres from "../support/postgres.ts"

const prompts = Number(process.env["CODEX_TEST_PROMPTS"] ?? 24)
const kills = Number(process.env["CODEX_TEST_KILLS"] ?? 1)
const instances = prompts > 100 ? 3 : 2
const secret = "a-secret-of-the-webhook"

/** Delivers what is posted to it to two of its targets, and answers as the first one does. */
const balancer = Effect.fnUntraced(function*(
  targets: ReadonlySet<number>,
  heard: (status: number, body: string) => void = () => undefined
) {
  const port = yield* freePort
  const forward = (target: number, headers: Record<string, unknown>, body: Buffer): Promise<number> =>
    new Promise((resolve) => {
      const sent = request({ host: "127.0.0.1", port: target, path: "/hook", method: "POST" }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 502)
      })
      for (const [name, value] of Object.entries(headers)) {
        if (name !== "host" && name !== "connection" && typeof value === "string") sent.setHeader(name, value)
      }
      sent.on("error", () => resolve(502))
      sent.end(body)
    })
  const server = createServer((asked, answer) => {
    const chunks: Array<Buffer> = []
    asked.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
      const body = Buffer.concat(chunks)
      const all = [...targets].toSorted(() => Math.random() - 0.5)
      const [first, second = first] = all
      if (first === undefined || second === undefined) {
        answer.writeHead(502).end()
        return
      }
      void Promise.all([forward(first, asked.headers, body), forward(second, asked.headers, body)]).then((both) => {
        for (const status of both) heard(status, body.toString())
        answer.writeHead(both[0]).end()
      })
    })
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))),
    () => Effect.sync(() => server.closeAllConnections())
  )
  return port
})

/** Both servers, a database, and what starts an instance. */
const setUp = Effect.fnUntraced(function*(people: ReadonlyArray<number>, place?: string) {
  const files = yield* FileSystem.FileSystem
  const home = yield* files.makeTempDirectoryScoped({ prefix: "codex-instances-" })
  const codex = yield* CodexEmulator.make()
  const telegram = yield* TelegramEmulator.make({ username: "example_bot" })
  yield* files.writeFileString(`${home}/auth.json`, yield* codex.signIn({ expiresIn: "-1 minute" }), { mode: 0o600 })
  const chats = yield* Effect.forEach(
    people,
    (id) => Effect.map(telegram.user({ id, firstName: `Person${id}` }), ({ chat }) => chat)
  )
  const url = place ?? (yield* Databases.postgres)
  const file = yield* Command.bundle(home)
  const start = (env: Readonly<Record<string, string>> = {}) =>
    Effect.flatMap(freePort, (port) =>
      Command.start(file, ["bot"], {
        env: {
          HOME: home,
          CODEX_AUTH_JSON_PATH: `${home}/auth.json`,
          CODEX_BASE_URL: codex.baseUrl,
          CODEX_ISSUER: codex.issuer,
          CODEX_ALLOWED_USER_IDS: people.join(","),
          CODEX_STORE_URL: url,
          CODEX_CLUSTER_HOST: "127.0.0.1",
          CODEX_CLUSTER_PORT: String(port),
          // A few prompts should not take long; with many, a machine is busy.
          ...prompts > 100 ? {} : { CODEX_CLUSTER_TAKE_OVER: "6 seconds" },
          TELEGRAM_API_ROOT: telegram.apiRoot,
          TELEGRAM_BOT_TOKEN: telegram.token,
          ...env
        }
      }))
  return { codex, telegram, chats, start, database: Postgres.client(url) }
})

describe.skipIf(!Postgres.isInstalled)(Installed.named(Installed.postgres, "several instances"), () => {
  it.live(
    "answer each prompt once and in order, whoever gets it, and whoever dies",
    () =>
      Effect.gen(function*() {
        const people = Array.from({ length: prompts > 100 ? 50 : 8 }, (_, index) => 100 + index)
        const { chats, codex, database, start, telegram } = yield* setUp(people)
        const targets = new Set<number>()
        const front = yield* balancer(targets)
        const begin = Effect.gen(function*() {
          const port = yield* freePort
          const bot = yield* start({
            TELEGRAM_WEBHOOK_URL: `http://127.0.0.1:${front}/hook`,
            TELEGRAM_WEBHOOK_SECRET: secret,
            CODEX_BOT_PORT: String(port)
          })
          yield* bot.sees("Telegram sends updates to")
          targets.add(port)
          return { bot, port }
        })
        const running = yield* Effect.all(Array.from({ length: instances }, () => begin), { concurrency: 1 })
        const [victim] = running
        const words = chats.map((): Array<string> => [])
        let number = 0
        const say = Effect.gen(function*() {
          const index = number % chats.length
          const word = `prompt${++number}.`
          words[index]?.push(word)
          // A command is never joined with what comes right behind it.
          yield* chats[index]?.send(`/codex ${word}`) ?? Effect.die("nobody")
          yield* Effect.sleep(yield* Random.nextIntBetween(5, 60))
        })
        yield* say
        // Its answer has the new login saved: a kill between the issuer's answer and that costs the session.
        yield* Prompts.waited(chats.slice(0, 1), words.slice(0, 1), 60_000)
        yield* Effect.repeat(say, { times: Math.floor(prompts / 2) - 2 })
        // One is killed without a warning, and another one is started meanwhile.
        targets.delete(victim?.port ?? 0)
        yield* victim?.bot.signal("SIGKILL") ?? Effect.void
        yield* Effect.all([Effect.repeat(say, { times: prompts - number - 1 }), begin], { concurrency: 2 })

        yield* Prompts.waited(chats, words, 60_000 + prompts * 200)
        for (const [index, all] of (yield* Prompts.texts(chats)).entries()) {
          Prompts.onceAndInOrder(all, words[index] ?? [])
        }
        yield* SqlClient.SqlClient.use((sql) => sql`select 1 from cluster_messages where processed = false`).pipe(
          Effect.repeat({ until: (rows) => rows.length === 0, schedule: Schedule.spaced("200 millis") }),
          Effect.timeout("30 seconds"),
          Effect.provide(database)
        )
        const kept = yield* Effect.provide(
          SqlClient.SqlClient.use((sql) => sql`select turn from codex_memory`),
          database
        )
        for (const word of words.flat()) {
          assert.lengthOf(kept.filter((row) => JSON.stringify(row).includes(word)), 1, word)
        }
        // By these another bot would know that the database is theirs.
        assert.deepStrictEqual(
          yield* Effect.provide(
            SqlClient.SqlClient.use((sql) => sql`select distinct bot from codex_instances`),
            database
          ),
          [{ bot: String(telegram.bot.id) }]
        )
        // Their login had expired when the first of them brought it along.
        assert.strictEqual(yield* codex.refreshes, 1)
      }).pipe(Effect.provide(NodeServices.layer)),
    90_000 + prompts * 400
  )

  it.live(
    "wait for their database, answer with 503 while it is away, and answer once what comes again",
    () =>
      Effect.gen(function*() {
        const { start: startStore, stop: stopStore, url } = yield* Postgres.server
        yield* stopStore
        const { chats, start } = yield* setUp([7, 8], url)
        const posted: Array<{ readonly status: number; readonly body: string }> = []
        const targets = new Set([yield* freePort, yield* freePort])
        const front = yield* balancer(targets, (status, body) => posted.push({ status, body }))
        const bots = yield* Effect.forEach(targets, (target) =>
          start({
            TELEGRAM_WEBHOOK_URL: `http://127.0.0.1:${front}/hook`,
            TELEGRAM_WEBHOOK_SECRET: secret,
            CODEX_BOT_PORT: String(target)
          }))
        yield* Effect.forEach(bots, (bot) => bot.sees("does not answer yet: it is waited for"))
        yield* startStore
        yield* Effect.forEach(bots, (bot) => bot.sees("Telegram sends updates to"))
        const words = [["prompt1.", "prompt2.", "prompt3."], ["prompt4."]]
        yield* Effect.forEach(chats, (chat) => chat.send("/codex prompt1."))
        const answered = (word: RegExp) => posted.filter(({ body }) => word.test(body))
        const areAnswered = (word: RegExp, count: number) =>
          Effect.sync(() => answered(word).length >= count).pipe(
            Effect.repeat({ until: (are) => are, schedule: Schedule.spaced("100 millis") }),
            Effect.timeout("60 seconds")
          )
        yield* Prompts.waited(chats, [["prompt1."], ["prompt1."]], 20_000)
        // By both instances: what one of them has not taken yet comes again, and nothing of its chat before it.
        yield* areAnswered(/prompt1/, 4)
        yield* stopStore
        yield* Effect.forEach(chats, (chat, index) =>
          Effect.forEach(
            words[index]?.filter((word) => word !== "prompt1.") ?? [],
            (word) => chat.send(`/codex ${word}`)
          ))
        yield* areAnswered(/prompt[234]/, 4)
        assert.deepStrictEqual([...new Set(answered(/prompt[234]/).map(({ status }) => status))], [503])
        yield* startStore
        yield* Prompts.waited(chats, words, 60_000)
        for (const [index, all] of (yield* Prompts.texts(chats)).entries()) {
          Prompts.onceAndInOrder(all, [...new Set(["prompt1.", ...words[index] ?? []])])
        }
      }).pipe(Effect.provide(NodeServices.layer)),
    120_000
  )

  it.live(
    "of which one polls answer each prompt once and in order, however often one is killed",
    () =>
      Effect.gen(function*() {
        const { chats, start } = yield* setUp([7, 8])
        const words = chats.map((): Array<string> => [])
        let number = 0
        const say = Effect.forEach(chats, (chat, index) => {
          const word = `prompt${++number}.`
          words[index]?.push(word)
          return chat.send(`/codex ${word}`)
        })
        const bots = [yield* start(), yield* start()]
        yield* Effect.forEach(bots, (bot) => bot.sees("is listening"))
        yield* say
        // By then the new login is saved: a kill between the issuer's answer and that costs the session.
        yield* Prompts.waited(chats, words, 60_000)
        for (const _ of Array.from({ length: kills })) {
          yield* say
          yield* Effect.sleep(yield* Random.nextIntBetween(0, 1_500))
          yield* bots.shift()?.signal("SIGKILL") ?? Effect.void
          yield* say
          const next = yield* start()
          yield* next.sees("is listening")
          bots.push(next)
          // A turn that three instances do not survive is given up.
          yield* Prompts.waited(chats, words, 60_000)
        }
        for (const [index, all] of (yield* Prompts.texts(chats)).entries()) {
          Prompts.onceAndInOrder(all, words[index] ?? [])
        }
      }).pipe(Effect.provide(NodeServices.layer)),
    90_000 + kills * 60_000
  )
})
