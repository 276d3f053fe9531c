/**
 * Fifty chats that are answered at once, over real sockets on both sides, and one that stops.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import { start } from "./stack.ts"

const eventually = (holds: () => boolean) =>
  Effect.repeat(Effect.sync(holds), { until: (is) => is, schedule: Schedule.spaced("5 millis") })

/** A backend that begins every answer, and ends it when it is told; it knows whose connection is still there. */
const backend = Effect.gen(function*() {
  const open = new Map<string, ServerResponse>()
  const gone = new Map<string, number>()
  const server = createServer((request, response) => {
    if (!request.url?.endsWith("/responses")) return void response.writeHead(404).end()
    let body = ""
    request.setEncoding("utf8").on("data", (part) => {
      body += part
    }).on("end", () => {
      const who = /question of (\d+)/.exec(body)?.[1] ?? ""
      open.set(who, response)
      response.on("close", () => {
        open.delete(who)
        if (!response.writableEnded) gone.set(who, performance.now())
      })
      response.writeHead(200, { "content-type": "text/event-stream" })
      tell(response, { type: "response.created", response: { id: `r${who}`, model: "gpt-5.5" } })
      tell(response, { type: "response.output_text.delta", delta: `An answer to ${who}, which is long enough, ` })
    })
  })
  const tell = (response: ServerResponse, event: { readonly type: string; readonly [field: string]: unknown }) =>
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  yield* Effect.acquireRelease(
    Effect.promise(async () => {
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  const address = server.address()
  return {
    baseUrl: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    open,
    gone,
    finish: Effect.sync(() => {
      for (const [who, response] of open) {
        tell(response, { type: "response.output_text.delta", delta: "to its end." })
        tell(response, {
          type: "response.completed",
          response: { id: `r${who}`, usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }
        })
        response.end()
      }
    })
  }
})

describe("fifty chats are busy, and one stops", () => {
  it.live("its request is aborted at once, and the others are answered to their end", () =>
    Effect.gen(function*() {
      const { baseUrl, finish, gone, open } = yield* backend
      const { telegram } = yield* start({
        provider: { baseUrl },
        plugin: {
          paced: false,
          maxTurns: 50,
          joinWindowMs: 0,
          waitingNoticeMs: "off",
          firstTextDelayMs: 20,
          editIntervalMs: 60_000,
          allowedUserIds: "everybody"
        }
      })
      const people = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, index) => 100 + index),
        (id) => telegram.user({ id, firstName: `Person ${id}` })
      )
      for (const { chat, user } of people) yield* chat.send(`question of ${user.id}`)
      yield* eventually(() => open.size === 50)
      const stopper = people[23]
      if (stopper === undefined) return assert.fail("nobody")
      yield* stopper.chat.waitFor(({ text = "" }) => text.startsWith("An answer to 123"))
      const said = performance.now()
      yield* stopper.chat.send("/codex stop")
      yield* eventually(() => gone.size > 0)
      assert.deepStrictEqual([...gone.keys()], ["123"])
      assert.isBelow((gone.get("123") ?? Infinity) - said, 10_000)
      yield* stopper.chat.botText(/^An answer to 123[^]*Stopped\.$/)
      assert.strictEqual(open.size, 49)
      yield* finish
      for (const { chat, user } of people) {
        if (user.id !== 123) yield* chat.botText(`An answer to ${user.id}, which is long enough, to its end.`)
      }
      assert.deepStrictEqual([...gone.keys()], ["123"])
    }))
})
