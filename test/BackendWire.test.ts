/**
 * What the backend does over real sockets: it follows nobody, fills no memory, and uses its connections again.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import { Models } from "../src/backend/Models.ts"
import { backendOver } from "./fixtures/backend.ts"
import { answer, block, completed, delta } from "./fixtures/streams.ts"

const clients = [
  ["fetch", FetchHttpClient.layer],
  [
    "fetch that is told to follow",
    FetchHttpClient.layer.pipe(
      Layer.provideMerge(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "follow" }))
    )
  ],
  ["undici", NodeHttpClient.layerUndici],
  ["node:http", NodeHttpClient.layerNodeHttp]
] as const

interface Place {
  readonly url: string
  readonly server: Server
  /** Connections that were opened. */
  readonly opened: () => number
  /** Connections that are open. */
  readonly open: () => number
}

const serving = (reply: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<Place>((resume) => {
      let opened = 0
      let open = 0
      const server = createServer((request, response) => {
        request.resume()
        request.on("end", () => reply(request, response))
      })
      server.on("connection", (socket) => {
        opened++
        open++
        socket.on("close", () => open--)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = address !== null && typeof address === "object" ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, server, opened: () => opened, open: () => open }))
      })
    }),
    ({ server }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

const prompt: CodexRequest = { instructions: "Be brief.", input: [Item.fromText("user", "Hi")], sessionId: "s" }

/** How each of the three kinds of request ends. */
const everything = Effect.gen(function*() {
  const backend = yield* CodexBackend
  const models = yield* Models
  const said = yield* Effect.result(Stream.runCollect(backend.responses(prompt)))
  const usage = yield* Effect.result(backend.usage)
  return {
    prompt: said._tag === "Failure" ? said.failure : undefined,
    usage: usage._tag === "Failure" ? usage.failure : undefined,
    models: (yield* models.list).source
  }
})

/** Until it is so, or 3 s are over. */
const until = (isSo: () => boolean) =>
  Effect.gen(function*() {
    for (let i = 0; i < 3000 && !isSo(); i++) yield* Effect.sleep("10 millis")
    assert.isTrue(isSo())
  })

describe.each(clients)("a redirect, over %s", (_, client) => {
  it.live("is followed by no prompt, no list of models and no usage, and is told as what it is", () =>
    Effect.gen(function*() {
      const elsewhere: Array<string> = []
      const other = yield* serving((request, response) => {
        elsewhere.push(request.url ?? "")
        response.end("{}")
      })
      for (const status of [300, 301, 302, 303, 305, 307, 308]) {
        let asked = 0
        const place = yield* serving((_, response) => {
          asked++
          response.writeHead(status, { location: other.url }).end("gone")
        })
        const { models, prompt, usage } = yield* Effect.provide(everything, backendOver(client, { baseUrl: place.url }))
        for (const failure of [prompt, usage]) {
          if (failure?._tag !== "RequestRejected") return assert.fail(failure?._tag)
          assert.strictEqual(failure.status, status)
          assert.include(failure.message, "redirected")
          assert.include(failure.fix("program"), "CODEX_BASE_URL")
          assert.notInclude(failure.message, other.url)
        }
        assert.strictEqual(models, "built-in")
        assert.strictEqual(asked, 3)
      }
      assert.deepStrictEqual(elsewhere, [])
    }))

  it.live("leads nowhere within one host either, and not without an address", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      for (const headers of [{ location: "/elsewhere" }, {}]) {
        const place = yield* serving((request, response) => {
          asked.push(request.url ?? "")
          response.writeHead(307, headers).end()
        })
        const { prompt } = yield* Effect.provide(everything, backendOver(client, { baseUrl: place.url }))
        assert.strictEqual(prompt?._tag, "RequestRejected")
      }
      assert.notInclude(asked, "/elsewhere")
    }))
})

const endless = (response: ServerResponse, piece: string, onSent: (bytes: number) => void): void => {
  const more = () => {
    while (!response.destroyed && response.write(piece)) onSent(piece.length)
    onSent(piece.length)
  }
  response.on("drain", more)
  more()
}

const kB = 1024
const filler = "x".repeat(64 * kB)

/** What a server might never stop to say, and what the prompt ends in then. */
const floods: ReadonlyArray<readonly [string, number, Record<string, string>, string, string, string]> = [
  ["white space before a stream", 200, {}, " \n".repeat(32 * kB), "", "StreamInterrupted"],
  ["an event without an end", 200, {}, filler, "data: ", "StreamInterrupted"],
  ["a document", 200, { "content-type": "application/json" }, filler, "{\"a\":\"", "StreamInterrupted"],
  ["a page", 200, {}, filler, "<html>", "StreamInterrupted"],
  ["a refusal", 400, { "content-type": "application/json" }, filler, "{\"detail\":\"", "RequestRejected"],
  ["a 429", 429, {}, filler, "", "RateLimited"],
  ["a 500", 500, {}, filler, "", "BackendUnavailable"],
  ["a redirect", 302, { location: "http://127.0.0.1:1/" }, filler, "", "RequestRejected"]
]

describe.each([clients[0], clients[2], clients[3]])("an answer without an end, over %s", (_, client) => {
  it.live.each(floods)("that is %s fills no memory, and its connection is closed", ([
    _,
    status,
    headers,
    piece,
    start,
    tag
  ]) =>
    Effect.gen(function*() {
      let sent = 0
      const place = yield* serving((_, response) => {
        response.writeHead(status, headers)
        response.write(start)
        endless(response, piece, (bytes) => {
          sent += bytes
        })
      })
      yield* Effect.gen(function*() {
        const ended = yield* everything
        assert.strictEqual(ended.prompt?._tag, tag)
        assert.isDefined(ended.usage)
        assert.strictEqual(ended.models, "built-in")
        yield* until(() => place.open() === 0)
      }).pipe(Effect.provide(backendOver(client, { baseUrl: place.url, maxRetries: 0 })))
      // The list of models may have 16 MB, an event as much; the rest is what sockets hold.
      assert.isBelow(sent, 60 * kB * kB)
    }))
})

// The default agent of node:http closes each connection by itself.
describe.each([clients[0], clients[2]])("the connections of answers, over %s", (_, client) => {
  const turn = CodexBackend.use((backend) => Stream.runDrain(backend.responses(prompt)))

  it.live("are used again, although a body ends a moment after its answer", () =>
    Effect.gen(function*() {
      const place = yield* serving((request, response) => {
        if (request.method === "GET") return void response.end("{}")
        response.write(answer("Hello"))
        setTimeout(() => response.end(), 30)
      })
      yield* Effect.gen(function*() {
        for (let i = 0; i < 10; i++) {
          yield* turn
          yield* Effect.sleep("60 millis")
        }
        yield* Effect.exit(CodexBackend.use(({ usage }) => usage))
        yield* Models.use(({ list }) => list)
        yield* turn
        // Who asks in the very moment when an answer ends is sometimes too early for its connection.
        assert.isAtMost(place.opened(), 2)
      }).pipe(Effect.provide(backendOver(client, { baseUrl: place.url })))
    }))

  it.live("are used again after a refusal", () =>
    Effect.gen(function*() {
      const place = yield* serving((_, response) => response.writeHead(400).end("{\"detail\":\"No\"}"))
      yield* Effect.gen(function*() {
        for (let i = 0; i < 10; i++) yield* Effect.exit(turn)
        assert.isAtMost(place.opened(), 2)
      }).pipe(Effect.provide(backendOver(client, { baseUrl: place.url })))
    }))

  it.live("are closed when a body does not end after its answer, which nobody waits for", () =>
    Effect.gen(function*() {
      const place = yield* serving((_, response) => response.write(answer("Hello")))
      yield* Effect.gen(function*() {
        const start = performance.now()
        yield* turn
        assert.isBelow(performance.now() - start, 700)
        yield* until(() => place.open() === 0)
        assert.isAbove(performance.now() - start, 900)
      }).pipe(Effect.provide(backendOver(client, { baseUrl: place.url })))
    }))

  it.live("are closed when the reader leaves, before a head, within an answer, and with enough of it", () =>
    Effect.gen(function*() {
      let part = ""
      let asked = 0
      const place = yield* serving((_, response) => {
        asked++
        if (part !== "") response.write(part)
      })
      yield* Effect.gen(function*() {
        for (part of ["", block(delta("Hi")), block({ type: "keepalive" })]) {
          const before = asked
          const reading = yield* Effect.forkChild(turn)
          yield* until(() => asked > before)
          yield* Effect.sleep("30 millis")
          yield* Fiber.interrupt(reading)
          yield* until(() => place.open() === 0)
        }
        part = block(delta("Hi")) + block(delta("Ho"))
        yield* CodexBackend.use((backend) => Stream.runDrain(Stream.take(backend.responses(prompt), 2)))
        yield* until(() => place.open() === 0)
      }).pipe(Effect.provide(backendOver(client, { baseUrl: place.url })))
    }))

  it.live("are not waited for longer than a moment by whoever ends, as their answer is whole", () =>
    Effect.gen(function*() {
      const place = yield* serving((_, response) => {
        response.write(block(delta("Hi")) + block(completed))
        setTimeout(() => response.write(": and so on\n\n"), 50)
      })
      yield* turn.pipe(Effect.provide(backendOver(client, { baseUrl: place.url })))
      yield* until(() => place.open() === 0)
    }))
})
