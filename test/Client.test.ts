/**
 * What no request of ours does, over the real fetch and real sockets: follow a redirect, read without an end.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { bytes } from "../src/internal/body.ts"
import { textUpTo, withoutRedirects } from "../src/internal/client.ts"

const serving = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer(answer).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => {
    const address = server.address()
    return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`
  }))

const clients = [
  ["fetch", FetchHttpClient.layer],
  [
    "fetch with options of its own",
    FetchHttpClient.layer.pipe(
      Layer.provideMerge(
        Layer.succeed(FetchHttpClient.RequestInit, { redirect: "follow", headers: { "x-own": "yes" } })
      )
    )
  ],
  ["undici", NodeHttpClient.layerUndici],
  ["node:http", NodeHttpClient.layerNodeHttp]
] as const

describe("a client without redirects", () => {
  for (const [name, layer] of clients) {
    it.live(`sends nothing to where a redirect points, over ${name}`, () =>
      Effect.gen(function*() {
        const elsewhere: Array<string> = []
        const own: Array<unknown> = []
        const other = yield* serving((request, response) => {
          elsewhere.push(request.method ?? "")
          response.end("{}")
        })
        const root = yield* serving((request, response) => {
          own.push(request.headers["x-own"])
          response.writeHead(Number((request.url ?? "").slice(1)), { location: other }).end("gone")
        })
        const client = withoutRedirects(yield* HttpClient.HttpClient)
        for (const status of [301, 302, 303, 307, 308]) {
          const failure = yield* HttpClientRequest.post(`${root}/${status}`).pipe(
            HttpClientRequest.bodyJsonUnsafe({ refresh_token: "SECRET" }),
            client.execute,
            Effect.flip
          )
          assert.strictEqual(failure.reason._tag, "StatusCodeError")
          assert.strictEqual(failure.response?.status, status)
        }
        assert.deepStrictEqual(elsewhere, [])
        assert.deepStrictEqual(own, Array.from({ length: 5 }, () => name.includes("own") ? "yes" : undefined))
      }).pipe(Effect.provide(layer)))
  }

  it.live("lets every other answer pass", () =>
    Effect.gen(function*() {
      const root = yield* serving((request, response) => {
        response.writeHead(Number((request.url ?? "").slice(1))).end()
      })
      const client = withoutRedirects(yield* HttpClient.HttpClient)
      for (const status of [200, 204, 304, 400, 401, 403, 500]) {
        assert.strictEqual((yield* client.get(`${root}/${status}`)).status, status)
      }
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})

describe("an answer that is read up to a bound", () => {
  it.live("is not aborted when it was read to its end, and is when it was not", () =>
    Effect.gen(function*() {
      const signals: Array<AbortSignal> = []
      const cancelled: Array<boolean> = []
      const watched: typeof globalThis.fetch = (_, init) => {
        if (init?.signal) signals.push(init.signal)
        const at = cancelled.push(false) - 1
        const pieces = ["one ", "two"]
        return Promise.resolve(
          new Response(
            new ReadableStream({
              pull: (body) => {
                const piece = pieces.shift()
                if (piece === undefined) body.close()
                else body.enqueue(new TextEncoder().encode(piece))
              },
              cancel: () => {
                cancelled[at] = true
              }
            }, { highWaterMark: 0 })
          )
        )
      }
      const read = (bytes: number) =>
        Effect.flatMap(HttpClient.get("http://127.0.0.1:9/"), textUpTo(bytes)).pipe(
          Effect.provideService(FetchHttpClient.Fetch, watched)
        )
      assert.strictEqual(yield* read(7), "one two")
      assert.strictEqual((yield* Effect.flip(read(6))).reason._tag, "DecodeError")
      yield* Effect.sleep("10 millis")
      assert.deepStrictEqual(signals.map(({ aborted }) => aborted), [false, false])
      assert.deepStrictEqual(cancelled, [false, true])
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.live("is text when it is within, and a failure before more than that is in memory", () =>
    Effect.gen(function*() {
      let sent = 0
      const root = yield* serving((request, response) => {
        if (request.url === "/none") return void response.writeHead(204).end()
        if (request.url === "/short") return void response.end("\uFEFFhéllo")
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536
        }
        response.on("drain", more)
        more()
      })
      const client = yield* HttpClient.HttpClient
      const read = (path: string) => Effect.flatMap(client.get(`${root}${path}`), textUpTo(262_144))
      assert.strictEqual(yield* read("/none"), "")
      assert.strictEqual(yield* read("/short"), "héllo")
      const failure = yield* Effect.flip(read("/endless"))
      assert.strictEqual(failure.reason._tag, "DecodeError")
      assert.isBelow(sent, 64 * 1024 * 1024)
      const before = sent
      yield* Effect.sleep("50 millis")
      assert.isBelow(sent - before, 8 * 1024 * 1024)
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})

describe("the bytes of an answer", () => {
  it.effect.each(
    [
      [2_000, [5], "are taken together when they are large and there already"],
      [5_000, [4, 1], "are taken together up to 16 KiB and what goes over it"],
      [100, [1, 1, 1, 1, 1], "are taken as they come when they are small: nobody waits for more"]
    ] as const
  )("of %i a chunk (%j at once) %s", ([size, taken]) =>
    Effect.gen(function*() {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (let chunk = 0; chunk < 5; chunk++) controller.enqueue(new Uint8Array(size))
          controller.close()
        }
      })
      const response = HttpClientResponse.fromWeb(HttpClientRequest.get("http://127.0.0.1"), new Response(body))
      const found: Array<number> = []
      yield* Stream.runForEachArray(bytes(response), (chunks) => Effect.sync(() => found.push(chunks.length)))
      assert.deepStrictEqual(found, [...taken])
    }))
})
