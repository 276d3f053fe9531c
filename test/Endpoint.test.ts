/**
 * Another server is one value: here one that is like OpenAI's own for open-source apps.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import { codexLive } from "../src/CodexLive.ts"
import type { Endpoint } from "../src/Endpoint.ts"
import { answer } from "./fixtures/streams.ts"

const elsewhere: Partial<Endpoint> = {
  issuer: "https://issuer.test/api",
  clientId: "app_issued",
  tokenFields: { resource: "https://api.test/v1" },
  baseUrl: "https://api.test/v1",
  usageUrl: () => undefined,
  headers: ({ accessToken }) => ({ authorization: `Bearer ${Redacted.value(accessToken)}` }),
  refused: new Set(["image_generation", "service_tier"]),
  meaningOf: (code) => code === "subscription_sharing_usage_limit_exceeded" ? "usage_limit_reached" : code
}

interface Asked {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: unknown
}

const login = () =>
  Redacted.make(JSON.stringify({
    auth_mode: "chatgpt",
    tokens: { id_token: "", access_token: "opaque", refresh_token: "rt-1" },
    last_refresh: new Date().toISOString()
  }))

/** Asks once at the other server, which says `status` and `body` first. */
const asking = (asked: CodexRequest, ...answers: ReadonlyArray<readonly [status: number, body: string]>) =>
  Effect.gen(function*() {
    const seen: Array<Asked> = []
    let next = 0
    const client = HttpClient.make((request, url) =>
      Effect.sync(() => {
        const body: unknown = request.body._tag === "Uint8Array"
          ? JSON.parse(new TextDecoder().decode(request.body.body))
          : undefined
        seen.push({ url: url.href, headers: { ...request.headers }, body })
        if (url.pathname.endsWith("/oauth/token")) {
          return HttpClientResponse.fromWeb(request, Response.json({ access_token: "fresh", refresh_token: "rt-2" }))
        }
        const [status = 200, text = ""] = answers[Math.min(next++, answers.length - 1)] ?? []
        return HttpClientResponse.fromWeb(request, new Response(text, { status }))
      })
    )
    const rooms = codexLive({
      endpoint: elsewhere,
      authJson: login(),
      httpClient: Layer.succeed(HttpClient.HttpClient, client),
      model: "gpt-6-luna",
      maxRetries: 0
    })
    return yield* Effect.gen(function*() {
      const backend = yield* CodexBackend
      const exit = yield* Effect.result(Stream.runDrain(backend.responses(asked)))
      const usage = yield* Effect.result(backend.usage)
      return { seen, end: exit._tag === "Success" ? "completed" : exit.failure, usage }
    }).pipe(Effect.provide(rooms))
  })

const request: CodexRequest = {
  instructions: "Be kind.",
  input: [Item.fromText("user", "Hi")],
  tools: [{ type: "image_generation" }, { type: "function", name: "f" }],
  serviceTier: "priority",
  sessionId: "0195d1c4-0000-7000-8000-000000000001"
}

const Body = Schema.Struct({ tools: Schema.Array(Schema.Struct({ type: Schema.String })) })

describe("another endpoint", () => {
  it.live("is asked in its own words: address, headers, and what it does not refuse", () =>
    Effect.gen(function*() {
      const { end, seen: [asked], usage } = yield* asking(request, [200, answer("Hello")])
      assert.strictEqual(end, "completed")
      assert.strictEqual(asked?.url, "https://api.test/v1/responses")
      assert.strictEqual(asked?.headers["authorization"], "Bearer opaque")
      for (const name of ["originator", "chatgpt-account-id", "oai-device-id"]) assert.notProperty(asked?.headers, name)
      const { tools } = yield* Schema.decodeUnknownEffect(Body)(asked?.body)
      assert.deepStrictEqual(tools.map(({ type }) => type), ["function"])
      assert.notProperty(asked?.body, "service_tier")
      assert.isTrue(usage._tag === "Failure" && usage.failure._tag === "RequestRejected")
    }))

  it.live("renews its logins at its own issuer, with its own client and what that wants to know besides", () =>
    Effect.gen(function*() {
      const { seen } = yield* asking(request, [401, "{}"], [200, answer("Hello")])
      const renewal = seen.find(({ url }) => url.endsWith("/oauth/token"))
      assert.strictEqual(renewal?.url, "https://issuer.test/api/oauth/token")
      assert.deepStrictEqual(renewal?.body, {
        resource: "https://api.test/v1",
        client_id: "app_issued",
        grant_type: "refresh_token",
        refresh_token: "rt-1"
      })
      assert.strictEqual(seen.at(-1)?.headers["authorization"], "Bearer fresh")
    }))

  it.live("has its failures read as what they are", () =>
    Effect.gen(function*() {
      const body = JSON.stringify({ error: { code: "subscription_sharing_usage_limit_exceeded", message: "Limit." } })
      const { end } = yield* asking(request, [429, body])
      assert.deepInclude(end, { _tag: "RateLimited", kind: "quota" })
    }))
})
