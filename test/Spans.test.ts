/**
 * What a trace of the core shows: how long things took and how they failed, never what was said or what opens a door.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as CodexAuth from "../src/auth/CodexAuth.ts"
import * as DeviceLogin from "../src/auth/DeviceLogin.ts"
import * as OAuth from "../src/auth/OAuth.ts"
import * as TokenRefresh from "../src/auth/TokenRefresh.ts"
import * as CodexBackend from "../src/backend/CodexBackend.ts"
import { Models } from "../src/backend/Models.ts"
import { codexLive } from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as TelegramApi from "../src/telegram/TelegramApi.ts"
import * as Server from "./fixtures/server.ts"
import * as Contexts from "./support/contexts.ts"
import { stacksOf } from "./support/stacks.ts"
import { privateText } from "./support/updates.ts"

const tracing = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

/** All that an exporter could see of a span, its exit included. */
const shown = (span: Tracer.NativeSpan): string =>
  inspect([span.name, [...span.attributes], span.events, span.links, span.status], {
    depth: 30,
    maxStringLength: null,
    maxArrayLength: null
  })

const conversation = ConversationKey("c")
const prompt = "my pin is 1234"
const instructions = "the keeper of the blue notebook"

const secrets = [
  prompt,
  instructions,
  "Hello from the server",
  Server.jwt("old", -1),
  Server.jwt("fresh"),
  "refresh-old",
  "refresh-fresh"
]

describe("a trace", () => {
  it.effect("holds no token, no prompt and no answer, however it ends", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const trace = tracing()
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const backend = yield* CodexBackend.CodexBackend
        yield* codex.ask({ text: prompt, conversation })
        yield* Stream.runDrain(codex.stream({ text: prompt, conversation }))
        yield* backend.usage
        yield* Models.use(({ list }) => list)
        for (const status of [400, 401, 401, 401, 403, 404, 429, 302]) {
          server.refuse(status, status, status)
          yield* Effect.exit(codex.ask({ text: prompt, conversation }))
        }
      }).pipe(
        Effect.provide(codexLive({
          authJson: Server.login("old", -1),
          systemPrompt: instructions,
          httpClient: server.layer,
          maxRetries: 0
        })),
        Effect.provide(trace.layer)
      )
      const asked = server.asked.flatMap(({ instructions = "", texts }) => [...texts, instructions]).join()
      assert.include(asked, prompt)
      assert.include(asked, instructions)
      assert.includeMembers(trace.spans.map(({ name }) => name), [
        "Codex.ask",
        "Codex.stream",
        "CodexBackend.responses"
      ])
      for (const span of trace.spans) {
        for (const secret of secrets) assert.notInclude(shown(span), secret, span.name)
      }
    }))

  it.effect("of a turn with a fresh login is two spans", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const trace = tracing()
      const login = Redacted.make(Server.jwt("bare"))
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        for (
          const turn of [codex.ask({ text: prompt, conversation }), Stream.runDrain(codex.stream({ text: prompt }))]
        ) {
          trace.spans.length = 0
          yield* turn
          assert.strictEqual(trace.spans.length, 2, trace.spans.map(({ name }) => name).join())
          assert.match(trace.spans[0]?.name ?? "", /^Codex\.(ask|stream)$/)
          assert.strictEqual(trace.spans[1]?.name, "CodexBackend.responses")
        }
      }).pipe(
        Effect.provide(codexLive({ accessToken: login, model: "m", httpClient: server.layer })),
        Effect.provide(trace.layer)
      )
    }))

  it.effect("captures no stack within a turn, which costs more than its span", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const login = Redacted.make(Server.jwt("bare"))
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const turns = [codex.ask({ text: prompt, conversation }), Stream.runDrain(codex.stream({ text: prompt }))]
        for (const turn of turns) yield* turn
        assert.strictEqual(yield* stacksOf(Effect.forEach(turns, (turn) => turn)), 0)
      }).pipe(Effect.provide(codexLive({ accessToken: login, model: "m", httpClient: server.layer })))
    }))
})

describe("a trace of the login", () => {
  const secret = (name: string) => `SECRET-${name}`
  const tokens = (name: string) => ({
    access_token: Server.jwt(secret(name)),
    refresh_token: secret(`refresh-${name}`),
    id_token: `e30.e30.${secret(`id-${name}`)}`
  })
  const file = (name: string, minutes?: number) =>
    JSON.stringify({ tokens: { ...tokens(name), access_token: Server.jwt(secret(name), minutes) } })

  /** An issuer and a backend, which answer as they are told, and break the line where they are told nothing. */
  const serverOf = (answers: Readonly<Record<string, ReadonlyArray<Response | "broken">>>) => {
    const left = new Map(Object.entries(answers).map(([path, list]) => [path, [...list]]))
    return Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request, url) =>
        Effect.suspend(() => {
          const answer = left.get(url.pathname.replace(/^.*\/(?=[^/]+$)/, ""))?.shift()
          return answer === undefined || answer === "broken"
            ? Effect.fail(
              new HttpClientError.HttpClientError({
                reason: new HttpClientError.TransportError({ request, cause: new Error(secret("cause")) })
              })
            )
            : Effect.succeed(HttpClientResponse.fromWeb(request, answer))
        })
      )
    )
  }
  const refusal = (status: number) =>
    Response.json(
      { error: { code: secret("code"), message: `${secret("message")} of ${Server.jwt(secret("old"))}` } },
      {
        status
      }
    )
  const approved = () => Response.json({ authorization_code: secret("grant"), code_verifier: secret("verifier") })

  const servers: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<Response | "broken">>>>> = {
    "that agrees": {
      token: ["a", "b", "c", "d", "e"].map((name) => Response.json(tokens(name))),
      usercode: [Response.json({ device_auth_id: secret("device"), user_code: "CODE-1", interval: 1 })],
      revoke: [new Response("")],
      models: [Response.json({ models: [] })],
      usage: [Response.json({ plan_type: "plus" })]
    },
    "that refuses": {
      token: [401, 400, 403, 500].map(refusal),
      usercode: [refusal(403)],
      revoke: [refusal(500)],
      models: [refusal(403)],
      usage: [refusal(401), refusal(401), refusal(401)]
    },
    "that breaks the line": {},
    "that says what it should not": {
      token: [
        Response.json({ access_token: { [secret("odd")]: 1 }, error: secret("error") }, { status: 200 }),
        new Response(secret("page"), { status: 502 }),
        new Response(`<html>${secret("page")}</html>`, { status: 403 })
      ],
      usercode: [Response.json({ device_auth_id: 7, user_code: `${secret("code")}\n`, error: secret("e") })],
      models: [new Response(secret("page"))],
      usage: [new Response(secret("page"))]
    }
  }

  it.effect.each(Object.keys(servers))(
    "holds nothing that opens a door, before a server %s",
    (name) =>
      Effect.gen(function*() {
        yield* Server.begin
        const trace = tracing()
        const answers = { ...servers[name] }
        if (name === "that agrees") Object.assign(answers, { token: [approved(), ...(answers["token"] ?? [])] })
        const http = serverOf(answers)
        const login = DeviceLogin.layer.pipe(
          Layer.provideMerge(CodexAuth.layer()),
          Layer.provideMerge(TokenRefresh.layer),
          Layer.provideMerge(OAuth.layer()),
          Layer.provideMerge(AuthStore.layerJson(Redacted.make(file("old", -1)))),
          Layer.provide(http)
        )
        const acts = yield* Effect.forkChild(
          Effect.gen(function*() {
            const auth = yield* CodexAuth.CodexAuth
            const device = yield* DeviceLogin.DeviceLogin
            for (const flow of ["deviceauth", "rfc8628"] as const) {
              yield* Effect.exit(Stream.runDrain(device.signIn({ flow, timeout: "9 seconds" })))
            }
            yield* Effect.exit(auth.credentials)
            for (const text of [file("old", -1), file("new", 600), secret("text"), "{}"]) {
              yield* Effect.exit(auth.imported(Redacted.make(text)))
              const held = yield* Effect.option(auth.credentials)
              if (held._tag === "Some") {
                yield* auth.recover(held.value).pipe(Effect.flatMap(auth.recover), Effect.exit)
              }
              yield* auth.status
            }
            yield* Effect.exit(auth.signOut)
          }).pipe(Effect.provide(login), Effect.provide(trace.layer))
        )
        for (let step = 0; step < 300 && acts.pollUnsafe() === undefined; step++) yield* TestClock.adjust("1 second")
        yield* Fiber.join(acts)
        yield* Effect.gen(function*() {
          const backend = yield* CodexBackend.CodexBackend
          yield* Effect.exit(backend.usage)
          yield* Models.use(({ list }) => list)
        }).pipe(
          Effect.provide(codexLive({ authJson: Redacted.make(file("old")), httpClient: http, maxRetries: 0 })),
          Effect.provide(trace.layer)
        )
        assert.includeMembers(trace.spans.map(({ name }) => name), [
          "OAuth.refresh",
          "OAuth.deviceCode",
          "CodexAuth.imported",
          "CodexAuth.recover",
          "CodexAuth.signOut",
          "CodexBackend.usage"
        ])
        for (const span of trace.spans) assert.notInclude(shown(span), "SECRET", span.name)
      })
  )
})

describe("a trace of a file that was sent to the bot", () => {
  it.effect.each([200, 404, 0])(
    "holds neither its address nor its text, when it is answered with %i",
    (status) =>
      Effect.gen(function*() {
        const trace = tracing()
        const outbox = Contexts.outbox(() => ({ file_id: "f", file_path: "documents/1", file_size: 10 }))
        const context = Contexts.vibegram(outbox, privateText("hi"))
        const api = TelegramApi.fromContext({ ...context, client: { ...context.client, token: "123:SECRET-token" } })
        const fetched = () =>
          status === 0
            ? Promise.reject(new Error("SECRET-cause"))
            : Promise.resolve(new Response("SECRET-content", { status }))
        const exit = yield* Effect.exit(
          api.download({ chatId: 7, threadId: undefined, replyTo: undefined }, "f", { most: 1000 })
        ).pipe(
          Effect.provideService(FetchHttpClient.Fetch, fetched),
          Effect.provide(trace.layer)
        )
        assert.strictEqual(exit._tag, status === 200 ? "Success" : "Failure")
        assert.include(trace.spans.map(({ name }) => name), "TelegramApi.download")
        for (const span of trace.spans) assert.notInclude(shown(span), "SECRET", span.name)
      })
  )
})
