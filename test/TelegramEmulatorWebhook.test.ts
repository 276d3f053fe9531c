import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as TestClock from "effect/testing/TestClock"
import { Bot, webhookCallback } from "grammy"
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import { Telegraf } from "telegraf"
import { setUp, texts } from "./support/telegramWire.ts"

/** A server of a bot on a free port. */
const listen = Effect.fnUntraced(function*(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown
) {
  const server = createServer((request, response) => {
    void listener(request, response)
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
  const address = server.address()
  if (address === null || typeof address === "string") return yield* Effect.die("no port")
  return `http://127.0.0.1:${address.port}/hook`
})

interface Delivery {
  readonly headers: IncomingHttpHeaders
  readonly update: { readonly update_id: number; readonly message?: { readonly text?: string } }
}

/** A webhook that answers each update as it is told, with 200 when it is told no more. */
const hook = Effect.fnUntraced(function*(
  ...answers: ReadonlyArray<{
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: object
  }>
) {
  const deliveries = yield* Queue.unbounded<Delivery>()
  const left = [...answers]
  const url = yield* listen((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      const { body: reply, headers, status } = left.shift() ?? { status: 200 }
      Queue.offerUnsafe(deliveries, { headers: request.headers, update: JSON.parse(body) })
      response.writeHead(status, { "content-type": "application/json", ...headers })
      response.end(reply === undefined ? "" : JSON.stringify(reply))
    })
  })
  return { url, next: Queue.take(deliveries), size: Queue.size(deliveries) }
})

describe("webhooks", () => {
  it.live("an update is posted as JSON with the secret, and confirmed by a 2xx", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const { next, url } = yield* hook({ status: 204 })
      yield* ann.chat.send("before")
      yield* call("setWebhook", { url, secret_token: "s3cret_-", max_connections: 3, allowed_updates: ["message"] })
      const { headers, update } = yield* next
      assert.strictEqual(headers["x-telegram-bot-api-secret-token"], "s3cret_-")
      assert.strictEqual(headers["content-type"], "application/json")
      assert.isUndefined(headers["traceparent"])
      assert.strictEqual(update.message?.text, "before")
      yield* ann.chat.send("after")
      assert.strictEqual((yield* next).update.update_id, update.update_id + 1)
      const info = yield* call("getWebhookInfo")
      assert.deepInclude(info.result, { url, max_connections: 3, allowed_updates: ["message"] })
      assert.isUndefined(info.result.last_error_message)
      yield* call("deleteWebhook")
      assert.deepStrictEqual((yield* call("getUpdates")).result, [])
      assert.strictEqual(yield* telegram.pendingUpdates, 0)
    }))

  it.live("without a secret there is no header", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const { next, url } = yield* hook()
      yield* call("setWebhook", { url })
      yield* ann.chat.send("hi")
      assert.isUndefined((yield* next).headers["x-telegram-bot-api-secret-token"])
    }))

  it.live("what is refused comes again, before the next of that chat", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const { next, url } = yield* hook({ status: 503 }, { status: 503, headers: { "retry-after": "1" } })
      yield* call("setWebhook", { url })
      yield* ann.chat.send("one")
      yield* ann.chat.send("two")
      const seen = yield* Effect.replicateEffect(Effect.map(next, ({ update }) => update.message?.text), 3)
      assert.deepStrictEqual(seen, ["one", "one", "one"])
      assert.strictEqual((yield* next).update.message?.text, "two")
      const info = (yield* call("getWebhookInfo")).result
      assert.strictEqual(info.last_error_message, "Wrong response from the webhook: 503 Service Unavailable")
      assert.strictEqual(String(info.last_error_date).length, 10)
      const waits = (yield* telegram.calls).filter(({ method }) => method === "getUpdates")
      assert.deepStrictEqual(waits, [])
    }))

  it.effect("the pauses grow: none, then two seconds, then four", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const { next, size, url } = yield* hook(...Array.from({ length: 9 }, () => ({ status: 500 })))
      yield* call("setWebhook", { url })
      yield* ann.chat.send("hi")
      yield* next
      yield* next
      // Time goes on only while the webhook is left alone: the calls give the double its turn.
      const arrival = Effect.gen(function*() {
        while ((yield* size) === 0) {
          yield* Effect.replicateEffect(call("getMe"), 3)
          if ((yield* size) === 0) yield* TestClock.adjust("500 millis")
        }
        yield* next
        return yield* Clock.currentTimeMillis
      })
      const third = yield* arrival
      assert.isAtLeast(third, 2000)
      assert.isAtLeast((yield* arrival) - third, 4000)
    }))

  it.live("a redirect is no answer, and another webhook gets what the first did not take", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const first = yield* hook({ status: 302, headers: { location: "/" } }, {
        status: 500,
        headers: { "retry-after": "60" }
      })
      yield* call("setWebhook", { url: first.url })
      yield* ann.chat.send("hi")
      yield* first.next
      yield* first.next
      const second = yield* hook()
      yield* call("setWebhook", { url: second.url })
      assert.strictEqual((yield* second.next).update.message?.text, "hi")
      assert.strictEqual(yield* first.size, 0)
    }))

  it.live("the chats do not wait for each other", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const bob = yield* telegram.user({ id: 8, firstName: "Bob" })
      const heard = yield* Deferred.make<string>()
      const url = yield* listen((request, response) => {
        let body = ""
        request.on("data", (chunk) => {
          body += chunk
        })
        request.on("end", () => {
          if (!body.includes("slow")) {
            Deferred.doneUnsafe(heard, Effect.succeed(body))
            response.end()
          }
        })
      })
      yield* call("setWebhook", { url })
      yield* ann.chat.send("slow")
      yield* bob.chat.send("quick")
      assert.include(yield* Deferred.await(heard), "quick")
    }))

  it.live("a call may be the answer, but not one that reads or that concerns the webhook", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const { url } = yield* hook(
        { status: 200, body: { method: "deleteWebhook" } },
        { status: 200, body: { method: "sendMessage", chat_id: 7, text: "by reply" } }
      )
      yield* call("setWebhook", { url })
      yield* ann.chat.send("one")
      yield* ann.chat.send("two")
      yield* ann.chat.botText("by reply")
      assert.strictEqual((yield* call("getWebhookInfo")).result.url, url)
      const { answer } = yield* telegram.waitForCall(({ method }) => method === "sendMessage")
      assert.isTrue(answer?.ok)
    }))

  it.live("a webhook elsewhere is never called, and said to be out of reach", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      yield* call("setWebhook", { url: "https://bot.example/hook" })
      yield* ann.chat.send("hi")
      while ((yield* call("getWebhookInfo")).result.last_error_message !== "Connection timed out") {
        yield* Effect.yieldNow
      }
      assert.strictEqual(yield* telegram.pendingUpdates, 1)
    }))

  it.live("a webhook where nobody listens is said to refuse", () =>
    Effect.gen(function*() {
      const { ann, call } = yield* setUp()
      const url = yield* Effect.scoped(listen(() => {}))
      yield* call("setWebhook", { url })
      yield* ann.chat.send("hi")
      while ((yield* call("getWebhookInfo")).result.last_error_message !== "Connection refused") yield* Effect.yieldNow
    }))

  it.live("Telegraf answers by its webhook, and knows the secret", () =>
    Effect.gen(function*() {
      const { ann, call, telegram } = yield* setUp()
      const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot, webhookReply: true } })
      bot.on("message", async (ctx) => {
        await ctx.reply(`got ${ctx.text}`)
        await ctx.reply("and more")
      })
      const url = yield* listen(bot.webhookCallback("/hook", { secretToken: "right" }))
      yield* call("setWebhook", { url, secret_token: "wrong" })
      yield* ann.chat.send("one")
      while ((yield* call("getWebhookInfo")).result.last_error_message === undefined) yield* Effect.yieldNow
      yield* call("setWebhook", { url, secret_token: "right" })
      yield* ann.chat.botText("got one")
      yield* ann.chat.botText("and more")
      assert.strictEqual((yield* ann.chat.messages).length, 3)
    }))

  it.live("grammY answers by its webhook, and knows the secret", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const bot = new Bot(telegram.token, { client: { apiRoot: telegram.apiRoot, canUseWebhookReply: () => true } })
      bot.on("message:text", (ctx) => ctx.reply(`got ${ctx.message.text}`))
      const url = yield* listen(webhookCallback(bot, "http", { secretToken: "right" }))
      yield* Effect.promise(() => bot.api.setWebhook(url, { secret_token: "right" }))
      yield* ann.chat.send("one")
      yield* ann.chat.botText("got one")
      assert.deepStrictEqual(texts(yield* ann.chat.messages), ["one", "got one"])
    }))
})
