/**
 * The login under any `HttpClient`, against the double of the backend.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { CodexClient } from "effect-codex/ai"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { codexLive } from "../src/CodexLive.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { tracing, tree } from "./support/traces.ts"

const { Reply } = CodexEmulator

const body = {
  model: "gpt-5.6-sol",
  instructions: "",
  input: [{ role: "user", content: "What is 2 + 2?" }],
  store: false,
  stream: true
}

const question = (url = "/responses") => HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(url), body)

const start = (signIn?: CodexEmulator.SignInOptions, options: CodexClient.Options = {}) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const server = yield* CodexEmulator.make()
    const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
    yield* fs.writeFileString(authJsonPath, yield* server.signIn(signIn))
    const context = yield* Layer.build(
      CodexClient.layerHttpClient({ baseUrl: server.baseUrl, ...options }).pipe(Layer.provide([
        codexLive({ authJsonPath, baseUrl: server.baseUrl, issuer: server.issuer }),
        FetchHttpClient.layer
      ]))
    )
    const execute = (request: HttpClientRequest.HttpClientRequest) =>
      Effect.provide(
        Effect.flatMap(
          HttpClient.execute(request),
          (response) => Effect.map(response.text, (text) => ({ status: response.status, text }))
        ),
        context
      )
    const asked = Effect.map(server.requests, (all) => all.filter(({ path }) => path.endsWith("/responses")))
    return { server, execute, asked, authJsonPath, fs }
  }).pipe(Effect.provide(NodeFileSystem.layer))

describe("CodexClient.layerHttpClient", () => {
  it.live("signs a request in, by its path alone and by its whole address", () =>
    Effect.gen(function*() {
      const { asked, execute, server } = yield* start(undefined, { deviceId: "a-device" })
      for (const url of ["/responses", "responses", `${server.baseUrl}/responses`]) {
        const { status, text } = yield* execute(question(url))
        assert.strictEqual(status, 200)
        assert.include(text, "2 + 2 = 4.")
      }
      const [request] = yield* asked
      assert.strictEqual(request?.headers["originator"], "effect-codex")
      assert.strictEqual(request?.headers["oai-device-id"], "a-device")
      assert.isString(request?.headers["chatgpt-account-id"])
    }))

  it.live("refreshes an expired token before it asks", () =>
    Effect.gen(function*() {
      const { execute, server } = yield* start({ expiresIn: "-1 minute" })
      assert.strictEqual((yield* execute(question())).status, 200)
      assert.strictEqual(yield* server.refreshes, 1)
    }))

  it.live("answers a 401 with better credentials, with the same body", () =>
    Effect.gen(function*() {
      const { asked, execute, server } = yield* start()
      yield* server.expireAccessTokens
      const { status, text } = yield* execute(question())
      assert.strictEqual(status, 200)
      assert.include(text, "2 + 2 = 4.")
      assert.strictEqual(yield* server.refreshes, 1)
      const bodies = (yield* asked).map(({ body }) => JSON.stringify(body))
      assert.isAbove(bodies.length, 1)
      assert.strictEqual(new Set(bodies).size, 1)
    }))

  it.live("hands the 401 on when no better credentials help, after a few requests", () =>
    Effect.gen(function*() {
      const { asked, execute, server } = yield* start()
      yield* server.script(Reply.times(Reply.unauthorized(), Number.POSITIVE_INFINITY))
      const { status, text } = yield* execute(question())
      assert.strictEqual(status, 401)
      assert.include(text, "token_expired")
      assert.isAtMost((yield* asked).length, 3)
    }))

  it.live("sends a body that is a stream only once", () =>
    Effect.gen(function*() {
      const { asked, execute, server } = yield* start()
      yield* server.script(Reply.unauthorized())
      const { status } = yield* execute(
        HttpClientRequest.bodyStream(
          HttpClientRequest.post("/responses"),
          Stream.encodeText(Stream.make(JSON.stringify(body))),
          { contentType: "application/json" }
        )
      )
      assert.strictEqual(status, 401)
      assert.strictEqual((yield* asked).length, 1)
    }))

  for (
    const elsewhere of ["http://127.0.0.1:9/backend-api/codex/responses", "https://api.openai.com/v1/responses"]
  ) {
    it.live(`sends nothing to ${elsewhere}`, () =>
      Effect.gen(function*() {
        const { execute, server } = yield* start()
        const error = yield* Effect.flip(execute(question(elsewhere)))
        assert.strictEqual(error.reason._tag, "InvalidUrlError")
        assert.deepStrictEqual(yield* server.requests, [])
      }))
  }

  it.live("follows no redirect", () =>
    Effect.gen(function*() {
      const { execute, server } = yield* start()
      yield* server.script(Reply.redirect(`${server.issuer}/elsewhere`))
      const error = yield* Effect.flip(execute(question()))
      assert.strictEqual(error.reason._tag, "StatusCodeError")
      assert.isFalse((yield* server.requests).some(({ path }) => path === "/elsewhere"))
    }))

  it.live("fails with the reason when there is no login, and shows no token when it does", () =>
    Effect.gen(function*() {
      const { authJsonPath, execute, fs } = yield* start()
      yield* fs.remove(authJsonPath)
      const error = yield* Effect.flip(execute(question()))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.include(error.message, authJsonPath)
      assert.propertyVal(error.cause, "_tag", "AuthFileNotFound")
    }))

  it.live("is a span with its path and how it ended, without a token, a question or an answer", () =>
    Effect.gen(function*() {
      const { authJsonPath, execute, fs, server } = yield* start({ expiresIn: "-1 minute" })
      const { layer, spans } = tracing()
      const traced = (request: HttpClientRequest.HttpClientRequest) =>
        Effect.exit(execute(request)).pipe(Effect.withSpan("application"), Effect.provide(layer))
      yield* traced(question())
      yield* server.script(Reply.unavailable())
      yield* traced(question())
      yield* fs.remove(authJsonPath)
      yield* traced(question())
      assert.strictEqual(
        tree(spans).replaceAll(/ \([^)]*? s( failed)?\)/g, "$1"),
        `
application
  CodexClient.request gen_ai.provider.name=openai http.request.method=POST server.address=127.0.0.1 url.path=/backend-api/codex/responses http.response.status_code=200
    TokenRefresh.refresh
application
  CodexClient.request gen_ai.provider.name=openai http.request.method=POST server.address=127.0.0.1 url.path=/backend-api/codex/responses http.response.status_code=503
application
  CodexClient.request failed gen_ai.provider.name=openai http.request.method=POST server.address=127.0.0.1 url.path=/backend-api/codex/responses error.type=AuthFileNotFound
`.trim()
      )
      // The application's own span has what the application gave it.
      const ours = spans.flatMap(({ attributes, events, name, status }) =>
        name === "application" ? [] : [[...attributes], events, status]
      )
      assert.notMatch(inspect(ours, { depth: 12, maxStringLength: Infinity }), /2 \+ 2|eyJ/)
    }))

  it.live("shows no token in a failure that is printed", () =>
    Effect.gen(function*() {
      const login = codexLive({ accessToken: Redacted.make("a-token-do-not-tell"), baseUrl: "http://127.0.0.1:9" })
      const error = yield* Effect.flip(HttpClient.execute(question())).pipe(
        Effect.provide(
          CodexClient.layerHttpClient({ baseUrl: "http://127.0.0.1:9" }).pipe(
            Layer.provide([login, FetchHttpClient.layer])
          )
        )
      )
      assert.notInclude(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`, "do-not-tell")
    }))
})
