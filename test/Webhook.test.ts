import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
import * as BotClient from "../src/telegram/BotClient.ts"
import * as Health from "../src/telegram/Health.ts"
import { understood } from "../src/telegram/internal/updateKinds.ts"
import { TurnsUnavailable } from "../src/telegram/Turns.ts"
import * as Webhook from "../src/telegram/Webhook.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

const secret = "do-not-tell_this-secret"

/** A bot with a webhook on a free port, and a Telegram that can reach it. */
const setUp = (handle?: (update: unknown) => Effect.Effect<unknown, TurnsUnavailable>) =>
  Effect.gen(function*() {
    const telegram = yield* TelegramEmulator.make()
    const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
    const log = VirtualBotApi.log()
    const taken = yield* Queue.unbounded<unknown>()
    const server = createServer()
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    const port = yield* Effect.callback<number>((resume) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const address = probe.address()
        probe.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
      })
    })
    const url = `http://127.0.0.1:${port}/telegram/hook`
    const bot = yield* BotClient.make({ token: Redacted.make(telegram.token), apiRoot: telegram.apiRoot })
    const webhook = yield* Webhook.make({ url, secret: Redacted.make(secret) }).pipe(
      Effect.provideService(BotClient.BotClient, bot)
    )
    const take = (update: unknown) => Queue.offer(taken, update)
    const readiness = Effect.map(webhook.state, ({ is }) => ({ is, isReady: is === "listening" }))
    const app = HttpRouter.serve(Layer.merge(webhook.route(handle ?? take), Health.routes(readiness)), {
      disableLogger: true,
      disableListenLog: true
    }).pipe(
      Layer.provideMerge(NodeHttpServer.layer(() => server, { host: "127.0.0.1", port, gracefulShutdownTimeout: 0 })),
      Layer.provide(log.layer)
    )
    Context.get(yield* Layer.build(app), HttpServer.HttpServer)
    const client = yield* HttpClient.HttpClient
    const post = (body: string, headers: Record<string, string> = { "x-telegram-bot-api-secret-token": secret }) =>
      HttpClientRequest.post(url).pipe(
        HttpClientRequest.setHeaders(headers),
        HttpClientRequest.bodyText(body, "application/json"),
        client.execute
      )
    const get = (path: string) => client.get(new URL(path, url))
    return { telegram, ann, bot, log, taken, take, url, webhook, post, get }
  }).pipe(Effect.provide(FetchHttpClient.layer))

describe("a webhook", () => {
  it.live("is told to Telegram with its secret and the kinds of updates, and gets them", () =>
    Effect.gen(function*() {
      const { ann, bot, taken, telegram, url, webhook } = yield* setUp()
      yield* webhook.set
      yield* ann.chat.send("Hello")
      assert.deepNestedInclude(yield* Queue.take(taken), { "message.text": "Hello" })
      const call = yield* telegram.waitForCall(({ method }) => method === "setWebhook")
      assert.deepInclude(call.payload, { url, secret_token: secret, allowed_updates: understood, max_connections: 40 })
      assert.deepInclude(yield* bot.call("getWebhookInfo"), { url })
      assert.strictEqual((yield* webhook.state).is, "listening")
    }))

  it.live("is taken back on request", () =>
    Effect.gen(function*() {
      const { bot, webhook } = yield* setUp()
      yield* webhook.set
      yield* webhook.delete
      assert.deepInclude(yield* bot.call("getWebhookInfo"), { url: "" })
    }))

  it.live("is told again until Telegram is there, and not when it refuses", () =>
    Effect.gen(function*() {
      const { log, telegram, webhook } = yield* setUp()
      yield* telegram.failNext("setWebhook", FaultScript.answer({ status: 502 }))
      yield* Effect.provide(webhook.set, log.layer)
      assert.match(log.lines[0] ?? "", /^Warn: Telegram cannot be reached at 127\.0\.0\.1:\d+ \(502\)/)
      assert.strictEqual(log.lines[1], "Info: Telegram is there now.")
      yield* telegram.failNext("setWebhook", FaultScript.answer({ status: 400 }))
      assert.deepInclude(yield* Effect.flip(webhook.set), { reason: "rejected", code: 400 })
    }))

  it.live("answers before the update is answered, and takes the next one meanwhile", () =>
    Effect.gen(function*() {
      const { post, taken } = yield* setUp()
      const answers = yield* Effect.all([post(`{"update_id":1}`), post(`{"update_id":2}`)], { concurrency: 2 })
      assert.deepStrictEqual(answers.map(({ status }) => status), [200, 200])
      assert.strictEqual(yield* Queue.size(taken), 2)
    }))

  it.live("turns away who does not know the secret, and says so once", () =>
    Effect.gen(function*() {
      const { log, post, taken } = yield* setUp()
      for (const given of [undefined, "", "wrong", secret.slice(1), `${secret}x`, secret.toUpperCase()]) {
        const headers = given === undefined ? {} : { "x-telegram-bot-api-secret-token": given }
        assert.strictEqual((yield* post(`{"update_id":1}`, headers)).status, 401)
      }
      assert.strictEqual(yield* Queue.size(taken), 0)
      assert.deepStrictEqual(log.lines, [
        "Warn: Something was posted to the webhook without its secret: it was turned away."
      ])
    }))

  it.live("answers a 400 to what is no JSON, a 413 to what is too long, a 404 elsewhere", () =>
    Effect.gen(function*() {
      const { get, post, taken, url } = yield* setUp()
      assert.strictEqual((yield* post("{")).status, 400)
      assert.strictEqual((yield* post(`{"text":"${"x".repeat(2 * 1024 * 1024)}"}`)).status, 413)
      assert.strictEqual((yield* get("/")).status, 404)
      assert.strictEqual((yield* get(url)).status, 404)
      assert.strictEqual(yield* Queue.size(taken), 0)
    }))

  it.live("answers a 503 when nothing can be taken, and Telegram sends the update again", () =>
    Effect.gen(function*() {
      let isClosed = true
      const taken: Array<unknown> = []
      const { ann, get, log, webhook } = yield* setUp((update) =>
        isClosed
          ? Effect.fail(new TurnsUnavailable({ reason: "store" }))
          : Effect.sync(() => taken.push(update))
      )
      yield* webhook.set
      assert.strictEqual((yield* get("/ready")).status, 200)
      assert.isUndefined((yield* webhook.state).postedAt)
      yield* ann.chat.send("Hello")
      while ((yield* webhook.state).is !== "busy") yield* Effect.sleep("10 millis")
      const ready = yield* get("/ready")
      assert.strictEqual(ready.status, 503)
      assert.deepStrictEqual(yield* ready.json, { ok: false, is: "busy" })
      assert.isNumber((yield* webhook.state).postedAt)
      assert.strictEqual((yield* get("/health")).status, 200)
      isClosed = false
      while (taken.length === 0) yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(log.lines, [
        "Warn: Updates wait: Prompts cannot be accepted at the moment (store).",
        "Info: Updates are taken again."
      ])
    }))

  it.effect("answers a 503 when taking over takes longer than five seconds", () =>
    Effect.gen(function*() {
      const arrived = yield* Deferred.make<void>()
      const { post } = yield* setUp(() => Effect.andThen(Deferred.succeed(arrived, undefined), Effect.never))
      const answer = yield* Effect.forkChild(post(`{"update_id":1}`))
      yield* Deferred.await(arrived)
      yield* TestClock.adjust("5 seconds")
      const { headers, status } = yield* Fiber.join(answer)
      assert.deepStrictEqual([status, headers["retry-after"]], [503, "1"])
    }))

  it.live("leaves an update that breaks, and says so", () =>
    Effect.gen(function*() {
      const { log, post } = yield* setUp(() => Effect.die(new Error("broken")))
      assert.strictEqual((yield* post(`{"update_id":1}`)).status, 200)
      assert.deepStrictEqual(log.lines, ["Error: An update could not be handled."])
    }))
})

describe("a webhook that cannot be", () => {
  const problem = (options: Partial<Webhook.Options>) =>
    Webhook.make({ url: "https://bot.example.com/hook", secret: Redacted.make(secret), ...options }).pipe(
      Effect.as("no problem"),
      Effect.catch((bad) => Effect.succeed(bad.message)),
      Effect.provide(
        BotClient.layer({ token: Redacted.make("1:a") }).pipe(Layer.provide(FetchHttpClient.layer))
      )
    )

  it.effect("is refused with what to change", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* problem({}), "no problem")
      for (const port of [80, 88, 443, 8443]) {
        assert.strictEqual(yield* problem({ url: `https://bot.example.com:${port}` }), "no problem")
      }
      assert.include(yield* problem({ url: "bot.example.com" }), "begins with https://")
      assert.include(yield* problem({ url: "http://bot.example.com" }), "must begin with https://")
      assert.include(yield* problem({ url: "https://bot.example.com:3000" }), "443, 80, 88 and 8443")
      for (const bad of ["", "short", "with spaces in between", "x".repeat(257), "umlaut-äöü-äöü-äöü"]) {
        const said = yield* problem({ secret: Redacted.make(bad) })
        assert.include(said, "16 to 256 letters, digits, _ or -")
        if (bad !== "") assert.notInclude(said, bad)
      }
    }))
})
