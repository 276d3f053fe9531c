import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Stream from "effect/Stream"
import { ClientTransform, type Transform, withClientTransform } from "../src/backend/ClientTransform.ts"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import { backend, json, respond, type Seen } from "./fixtures/backend.ts"
import { answer } from "./fixtures/streams.ts"

const prompt: CodexRequest = { instructions: "", input: [Item.fromText("user", "Hi")], sessionId: "s" }

const naming = (name: string) =>
  HttpClient.mapRequest((request) =>
    HttpClientRequest.setHeader(request, "x-names", [request.headers["x-names"] ?? "", name].join("+"))
  )

const named = (name: string) => withClientTransform(naming(name))

const namesOf = (seen: ReadonlyArray<Seen>) => seen.map(({ headers }) => headers["x-names"])

const good = respond(200, answer("Hi"))
const ask = CodexBackend.use((service) => Stream.runDrain(service.responses(prompt)))

describe("withClientTransform", () => {
  it.effect("reaches all requests of its effect, repeated ones too, and none outside of it", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        yield* ask
        yield* ask.pipe(named("in"))
        yield* Effect.exit(service.usage).pipe(named("usage"))
        yield* ask
      }).pipe(
        Effect.provide(
          backend([good, json(401, {}), json(401, {}), good, json(200, { plan_type: "plus" }), good], seen, {
            maxRetries: 2
          })
        )
      )
      assert.deepStrictEqual(namesOf(seen), [undefined, "+in", "+in", "+in", "+usage", undefined])
    }))

  it.effect("is one's own, whoever asks at the same time", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.all([ask.pipe(named("a")), ask, ask.pipe(named("b"))], { concurrency: 3 }).pipe(
        Effect.provide(backend([good], seen))
      )
      assert.sameMembers(namesOf(seen), ["+a", undefined, "+b"])
    }))

  it.effect("applies the inner one to the client itself, and the outer one to that", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* ask.pipe(named("inner"), named("outer"), Effect.provide(backend([good], seen)))
      assert.deepStrictEqual(namesOf(seen), ["+inner+outer"])
    }))

  it.effect("may put another client in the place of ours, and that one's failures are named as ours", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const broken = HttpClient.make((request) =>
        Effect.fail(new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request }) }))
      )
      const failure = yield* Effect.flip(ask).pipe(
        withClientTransform(() => broken),
        Effect.provide(backend([good], seen, { maxRetries: 0 }))
      )
      assert.strictEqual(failure._tag, "NetworkFailed")
      assert.deepStrictEqual(seen, [])
    }))

  it.effect("does not carry a redirect further, although its client would follow", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const away = respond(307, "", { location: "https://elsewhere.test/" })
      const failure = yield* Effect.flip(ask).pipe(
        withClientTransform((client) => client),
        Effect.provide(backend([away, good], seen))
      )
      assert.strictEqual(failure._tag, "RequestRejected")
      assert.strictEqual(seen.length, 1)
    }))
})

describe("ClientTransform, given to a stream", () => {
  it.effect("reaches an answer from its first request to its last, and leaves with it", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        const answer = service.responses(prompt).pipe(
          Stream.updateService(ClientTransform, (outer): Transform => (client) => outer(naming("inner")(client))),
          Stream.updateService(ClientTransform, (outer): Transform => (client) => outer(naming("outer")(client)))
        )
        yield* Stream.runDrain(answer)
        yield* Stream.runForEach(answer, () => Effect.exit(service.usage))
        yield* ask
      }).pipe(Effect.provide(backend([json(401, {}), good], seen)))
      const [before, rest, after] = [namesOf(seen).slice(0, 3), seen.slice(3, -1), seen.at(-1)]
      assert.deepStrictEqual(before, ["+inner+outer", "+inner+outer", "+inner+outer"])
      for (const { headers, method } of rest) assert.isTrue(headers["x-names"] === undefined || method === "POST")
      assert.isUndefined(after?.headers["x-names"])
    }))
})
