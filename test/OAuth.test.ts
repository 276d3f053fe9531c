import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { createServer, type RequestListener, type Server } from "node:http"
import { inspect } from "node:util"
import type { TokenRefreshFailed } from "../src/auth/AuthError.ts"
import * as OAuth from "../src/auth/OAuth.ts"

// The public client of the Codex CLI.
const clientId = "app_EMoamEEZ73f0CkXaXp7hrann"

interface Seen {
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): unknown =>
  request.body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(request.body.body)) : undefined

const scripted = (answer: () => Response | "never" | "broken", seen: Array<Seen> = []) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.suspend(() => {
        seen.push({ url: url.href, headers: request.headers, body: bodyOf(request) })
        const response = answer()
        return response === "never"
          ? Effect.never
          : response === "broken"
          ? Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, cause: new Error("SECRET-cause") })
            })
          )
          : Effect.succeed(HttpClientResponse.fromWeb(request, response))
      })
    )
  )

const withIssuer = (
  answer: () => Response | "never" | "broken",
  seen?: Array<Seen>,
  options: OAuth.Options = {}
) => OAuth.layer(options).pipe(Layer.provide(scripted(answer, seen)))

const token = Redacted.make("SECRET-refresh")

const refreshed = (answer: () => Response | "never" | "broken") =>
  OAuth.OAuth.use((oauth) => oauth.refresh(token)).pipe(Effect.provide(withIssuer(answer)))

const coded = (status: number, code: string) => () =>
  Response.json({ error: { message: "SECRET-message", type: "invalid_request_error", param: null, code } }, { status })

const failures: ReadonlyArray<readonly [string, () => Response, TokenRefreshFailed["reason"]]> = [
  ["401 refresh_token_expired", coded(401, "refresh_token_expired"), "expired"],
  ["500 refresh_token_expired", coded(500, "refresh_token_expired"), "expired"],
  ["400 Refresh_Token_Reused", coded(400, "Refresh_Token_Reused"), "reused"],
  ["401 refresh_token_invalidated", coded(401, "refresh_token_invalidated"), "revoked"],
  ["401 token_expired", coded(401, "token_expired"), "expired"],
  ["400 app_session_terminated", coded(400, "app_session_terminated"), "revoked"],
  ["400 app_session_expired", coded(400, "app_session_expired"), "expired"],
  ["400 invalid_refresh_token", coded(400, "invalid_refresh_token"), "rejected"],
  ["400 invalid_client", coded(400, "invalid_client"), "rejected"],
  ["400 unauthorized_client", coded(400, "unauthorized_client"), "rejected"],
  ["403 access_denied", coded(403, "access_denied"), "rejected"],
  ["400 invalid_grant as a string", () => Response.json({ error: "invalid_grant" }, { status: 400 }), "rejected"],
  ["a code at the top", () => Response.json({ code: "refresh_token_reused" }, { status: 400 }), "reused"],
  ["200 with a final code", () => Response.json({ error: "refresh_token_reused" }), "reused"],
  ["401 without a body", () => new Response(null, { status: 401 }), "rejected"],
  ["401 with an unknown code", coded(401, "whatever"), "rejected"],
  ["403 invalid_grant", coded(403, "invalid_grant"), "unreachable"],
  ["500 invalid_grant", coded(500, "invalid_grant"), "unreachable"],
  ["503 access_denied", coded(503, "access_denied"), "unreachable"],
  ["400 with an unknown code", coded(400, "whatever"), "unreachable"],
  ["408", () => new Response("", { status: 408 }), "unreachable"],
  ["429", coded(429, "rate_limit_exceeded"), "unreachable"],
  ["502", () => new Response("bad gateway", { status: 502 }), "unreachable"],
  ["200 that is not JSON", () => new Response("<html>SECRET</html>"), "unreachable"],
  ["200 without a token", () => Response.json({ expires_in: 1 }), "unreachable"],
  [
    "a Cloudflare page",
    () => new Response("<html>Just a moment...</html>", { status: 403, headers: { "content-type": "text/html" } }),
    "unreachable"
  ],
  ["403 about the place", coded(403, "unsupported_country_region_territory"), "place"],
  ["400 about the place, as a word", () => Response.json({ error: "UNSUPPORTED_COUNTRY" }, { status: 400 }), "place"],
  [
    "401 about the place, in detail",
    () => Response.json({ detail: { code: "region_not_allowed" } }, { status: 401 }),
    "place"
  ],
  [
    "403 about the place, in words",
    () => Response.json({ error: { message: "Country, region, or territory not supported" } }, { status: 403 }),
    "place"
  ],
  ["451", () => new Response("", { status: 451 }), "place"],
  ["503 about the place", coded(503, "unsupported_country_region_territory"), "unreachable"],
  ["429 with a page", () => new Response("<html>Slow down</html>", { status: 429 }), "unreachable"],
  ["520", () => new Response("error code: 520", { status: 520 }), "unreachable"],
  ["403 without a body", () => new Response(null, { status: 403 }), "unreachable"],
  ["a code in detail", () => Response.json({ detail: { code: "refresh_token_reused" } }, { status: 400 }), "reused"],
  [
    "a code beside an error without one",
    () => Response.json({ error: {}, code: "refresh_token_expired" }, { status: 400 }),
    "expired"
  ],
  ["401 with a page of a proxy", () => new Response("\n<!DOCTYPE html><p>Sign in</p>", { status: 401 }), "unreachable"],
  [
    "401 that is called HTML",
    () => new Response("no", { status: 401, headers: { "content-type": "text/html; charset=utf-8" } }),
    "unreachable"
  ],
  [
    "302 to another host",
    () => new Response("", { status: 302, headers: { location: "https://evil.test" } }),
    "unreachable"
  ],
  ["200 with more than 256 kB", () => Response.json({ access_token: "x".repeat(300_000) }), "unreachable"],
  [
    "a Cloudflare challenge at 401",
    () => new Response("<html></html>", { status: 401, headers: { "cf-mitigated": "challenge" } }),
    "unreachable"
  ]
]

describe("OAuth.refresh", () => {
  it.effect("posts the refresh token to the issuer and returns what came back", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const answer = () => Response.json({ access_token: "a", refresh_token: "r", id_token: null, expires_in: 864000 })
      const tokens = yield* OAuth.OAuth.use((oauth) => oauth.refresh(token)).pipe(
        Effect.provide(withIssuer(answer, seen))
      )
      assert.strictEqual(seen.length, 1)
      assert.strictEqual(seen[0]?.url, "https://auth.openai.com/oauth/token")
      assert.match(seen[0]?.headers["user-agent"] ?? "", /^effect-codex\/\d/)
      assert.deepStrictEqual(seen[0]?.body, {
        client_id: clientId,
        grant_type: "refresh_token",
        refresh_token: "SECRET-refresh"
      })
      assert.isUndefined(tokens.idToken)
      assert.strictEqual(tokens.accessToken && Redacted.value(tokens.accessToken), "a")
      assert.strictEqual(tokens.refreshToken && Redacted.value(tokens.refreshToken), "r")
    }))

  it.effect("asks the client and issuer that made the tokens, unless an issuer is configured", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const answer = () => Response.json({ access_token: "a" })
      const ask = OAuth.OAuth.use((oauth) => oauth.refresh(token, { issuer: "https://other.test/", clientId: "app_2" }))
      yield* Effect.provide(ask, withIssuer(answer, seen))
      yield* Effect.provide(ask, withIssuer(answer, seen, { issuer: "http://127.0.0.1:1" }))
      assert.deepStrictEqual(seen.map((call) => call.url), [
        "https://other.test/oauth/token",
        "http://127.0.0.1:1/oauth/token"
      ])
      assert.deepInclude(seen[0]?.body, { client_id: "app_2" })
    }))

  for (const [name, answer, reason] of failures) {
    it.effect(`calls ${name} ${reason}`, () =>
      Effect.gen(function*() {
        const failure = yield* Effect.flip(refreshed(answer))
        assert.strictEqual(failure._tag, "TokenRefreshFailed")
        assert.strictEqual(failure.reason, reason)
        assert.isTrue(failure.status === undefined || failure.status === answer().status)
      }))
  }

  it.effect("reads good tokens beside an odd one", () =>
    Effect.gen(function*() {
      const tokens = yield* refreshed(() =>
        Response.json({ id_token: { odd: true }, access_token: "a", refresh_token: 5, expires_in: "soon" })
      )
      assert.deepStrictEqual(tokens, {
        idToken: undefined,
        accessToken: Redacted.make("a"),
        refreshToken: undefined
      })
    }))

  it.live("sends no token to where a redirect points, and reads no answer without an end, at any endpoint", () =>
    Effect.gen(function*() {
      const reached: Array<string> = []
      let sent = 0
      const listening = (answer: RequestListener) =>
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
      const evil = yield* listening((request, response) => {
        reached.push(request.url ?? "")
        response.end("{\"access_token\":\"evil\"}")
      })
      const asked = (answer: RequestListener) =>
        Effect.gen(function*() {
          const issuer = yield* listening(answer)
          yield* Effect.gen(function*() {
            const oauth = yield* OAuth.OAuth
            assert.strictEqual((yield* Effect.flip(oauth.refresh(token))).reason, "unreachable")
            assert.isFalse(yield* oauth.revoke({ refreshToken: token, accessToken: undefined }))
            for (const flow of ["deviceauth", "rfc8628"] as const) {
              assert.strictEqual((yield* Effect.flip(oauth.deviceCode(flow))).reason, "unreachable")
            }
          }).pipe(Effect.provide(OAuth.layer({ issuer }).pipe(Layer.provide(FetchHttpClient.layer))))
        })
      for (const status of [301, 302, 303, 307, 308]) {
        yield* asked((_, response) => void response.writeHead(status, { location: evil }).end())
      }
      assert.deepStrictEqual(reached, [])
      yield* asked((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536
        }
        response.on("drain", more)
        more()
      })
      assert.isBelow(sent, 64 * 1024 * 1024)
    }))

  it.effect("calls a network failure unreachable", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(refreshed(() => "broken"))
      assert.strictEqual(failure.reason, "unreachable")
      assert.isTrue(failure.isRetryable)
    }))

  it.effect("sends a refresh token once, whatever becomes of it: it may have been used up", () =>
    Effect.gen(function*() {
      const cut = () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.error(new Error("cut"))
          })
        )
      for (const answer of [() => "broken" as const, cut, coded(503, "busy"), coded(429, "busy")]) {
        const seen: Array<Seen> = []
        yield* OAuth.OAuth.use((oauth) => Effect.flip(oauth.refresh(token))).pipe(
          Effect.provide(withIssuer(answer, seen))
        )
        assert.strictEqual(seen.length, 1)
      }
    }))

  it.effect("waits 30 seconds for an answer, and no longer", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(refreshed(() => "never")), { startImmediately: true })
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "unreachable")
    }))

  it.effect("gives up on a body that never ends", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(refreshed(() => new Response(new ReadableStream()))), {
        startImmediately: true
      })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "unreachable")
    }))

  it.effect("reads the body of a refusal to its end", () =>
    Effect.gen(function*() {
      let response = new Response()
      yield* Effect.flip(refreshed(() => (response = new Response("x".repeat(100), { status: 500 }))))
      assert.isTrue(response.bodyUsed)
    }))

  it.effect("lets no secret into failures or spans", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      for (const answer of [coded(400, "invalid_grant"), coded(500, "x"), () => "broken" as const]) {
        const exit = yield* Effect.exit(refreshed(answer)).pipe(Effect.provideService(Tracer.Tracer, tracer))
        assert.strictEqual(exit._tag, "Failure")
        const cause = exit._tag === "Failure" ? exit.cause : Cause.empty
        for (const shown of [Cause.pretty(cause), inspect(cause, { depth: 10 }), JSON.stringify(cause)]) {
          assert.notInclude(shown, "SECRET")
        }
      }
      assert.isTrue(spans.some((span) => span.name === "OAuth.refresh"))
      for (const span of spans) {
        const shown = inspect([span.name, [...span.attributes], span.status, span.events], { depth: 12 })
        assert.notInclude(shown, "SECRET")
        assert.notInclude(
          JSON.stringify(
            [...span.attributes, span.status],
            (_, value) => typeof value === "bigint" ? String(value) : value
          ),
          "SECRET"
        )
      }
    }))
})

describe("an issuer that is no address", () => {
  it.effect("is named, with the variable, and nothing is sent", () =>
    Effect.gen(function*() {
      for (const issuer of ["auth.openai.com", "localhost:8080", "ftp://auth.test", "https://", "/x"]) {
        const seen: Array<Seen> = []
        const failures = yield* OAuth.OAuth.use((oauth) =>
          Effect.all([
            Effect.flip(oauth.refresh(token)),
            Effect.flip(oauth.deviceCode("deviceauth")),
            Effect.flip(oauth.deviceCode("rfc8628"))
          ])
        ).pipe(Effect.provide(withIssuer(() => Response.json({}), seen, { issuer })))
        for (const failure of failures) {
          assert.include(failure.fix("program"), "issuer (CODEX_ISSUER)", issuer)
          assert.notInclude(failure.fix("chat"), "network")
        }
        assert.strictEqual(seen.length, 0)
      }
    }))
})

describe("OAuth.layerConfig", () => {
  it.effect("asks the issuer that CODEX_ISSUER names, and fails by name at one that is no URL", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const asked = (env: Record<string, string>) =>
        OAuth.OAuth.use((oauth) => oauth.refresh(token)).pipe(
          Effect.provide(
            OAuth.layerConfig().pipe(Layer.provide(scripted(() => Response.json({ access_token: "a" }), seen)))
          ),
          Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
        )
      yield* asked({ CODEX_ISSUER: "http://127.0.0.1:1/" })
      yield* asked({})
      assert.deepStrictEqual(seen.map(({ url }) => url), [
        "http://127.0.0.1:1/oauth/token",
        "https://auth.openai.com/oauth/token"
      ])
      assert.include((yield* Effect.flip(asked({ CODEX_ISSUER: "no url" }))).message, "CODEX_ISSUER")
    }))
})

describe("OAuth.revoke", () => {
  const access = Redacted.make("access")

  it.effect("gives the refresh token back, or the access token where there is no other", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const oauth = yield* OAuth.OAuth
        assert.isTrue(yield* oauth.revoke({ refreshToken: token, accessToken: access }))
        assert.isTrue(yield* oauth.revoke({ refreshToken: undefined, accessToken: access }))
        assert.isFalse(yield* oauth.revoke({ refreshToken: undefined, accessToken: undefined }))
      }).pipe(Effect.provide(withIssuer(() => new Response(), seen)))
      assert.deepStrictEqual(
        seen.map((call) => call.url),
        Array.from({ length: 2 }, () => "https://auth.openai.com/oauth/revoke")
      )
      assert.deepStrictEqual(seen.map((call) => call.body), [
        { token: "SECRET-refresh", token_type_hint: "refresh_token", client_id: clientId },
        { token: "access", token_type_hint: "access_token" }
      ])
    }))

  it.effect("says false when the issuer refuses, cannot be reached, or takes longer than 10 seconds", () =>
    Effect.gen(function*() {
      const revoke = (answer: () => Response | "never" | "broken") =>
        OAuth.OAuth.use((oauth) => oauth.revoke({ refreshToken: token, accessToken: undefined })).pipe(
          Effect.provide(withIssuer(answer))
        )
      assert.isFalse(yield* revoke(() => new Response("", { status: 500 })))
      assert.isFalse(yield* revoke(() => "broken"))
      const fiber = yield* Effect.forkChild(revoke(() => "never"), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.isFalse(yield* Fiber.join(fiber))
    }))
})
