import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Digest from "effect/crypto/Digest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { connect } from "node:net"
import { gzipSync, zstdCompressSync } from "node:zlib"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"

const { Reply } = CodexEmulator

const clientId = "app_EMoamEEZ73f0CkXaXp7hrann"

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

type Fields = Readonly<Record<string, unknown>>

const AuthJson = Schema.fromJsonString(Schema.Struct({
  auth_mode: Schema.String,
  OPENAI_API_KEY: Schema.Null,
  tokens: Schema.Struct({
    id_token: Schema.String,
    access_token: Schema.String,
    refresh_token: Schema.String,
    account_id: Schema.String
  }),
  last_refresh: Schema.String
}))

const Tokens = Schema.Struct({
  id_token: Schema.String,
  access_token: Schema.String,
  refresh_token: Schema.String,
  expires_in: Schema.Finite
})

const UserCode = Schema.fromJsonString(Schema.Struct({
  device_auth_id: Schema.String,
  user_code: Schema.String,
  interval: Schema.String
}))

const Approved = Schema.fromJsonString(Schema.Struct({
  authorization_code: Schema.String,
  code_challenge: Schema.String,
  code_verifier: Schema.String
}))

const DeviceCode = Schema.fromJsonString(Schema.Struct({
  device_code: Schema.String,
  user_code: Schema.String,
  verification_uri: Schema.String,
  expires_in: Schema.Finite,
  interval: Schema.Finite
}))

const Claims = Schema.fromJsonString(Schema.Struct({
  exp: Schema.Finite,
  iat: Schema.Finite,
  "https://api.openai.com/auth": Schema.Struct({
    chatgpt_account_id: Schema.String,
    chatgpt_plan_type: Schema.String
  })
}))

const Event = Schema.fromJsonString(
  Schema.StructWithRest(Schema.Struct({ type: Schema.String }), [Schema.Record(Schema.String, Schema.Any)])
)

const claimsOf = (jwt: string) =>
  Schema.decodeEffect(Claims)(Result.getOrThrow(Base64Url.decodeString(jwt.split(".")[1] ?? "")))

const bodyOf = (prompt: string, more?: Fields): Fields => ({
  model: "gpt-5.5",
  instructions: "Be kind.",
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: prompt }] }],
  store: false,
  stream: true,
  ...more
})

const build = Effect.fnUntraced(function*(options?: CodexEmulator.Options) {
  const emulator = yield* CodexEmulator.make(options)
  const client = yield* HttpClient.HttpClient
  const signIn = (options?: CodexEmulator.SignInOptions) =>
    Effect.flatMap(emulator.signIn(options), Schema.decodeEffect(AuthJson))
  const { tokens } = yield* signIn()
  const post = (body: unknown, headers?: Readonly<Record<string, string>>) =>
    HttpClientRequest.post(`${emulator.baseUrl}/responses`).pipe(
      HttpClientRequest.bodyJsonUnsafe(body),
      HttpClientRequest.bearerToken(tokens.access_token),
      HttpClientRequest.setHeaders(headers ?? {}),
      client.execute
    )
  const get = (url: string, headers?: Readonly<Record<string, string>>) =>
    HttpClientRequest.get(url).pipe(
      HttpClientRequest.bearerToken(tokens.access_token),
      HttpClientRequest.setHeaders(headers ?? {}),
      client.execute
    )
  const token = (fields: Fields) =>
    HttpClientRequest.post(`${emulator.issuer}/oauth/token`).pipe(
      HttpClientRequest.bodyJsonUnsafe({ client_id: clientId, grant_type: "refresh_token", ...fields }),
      client.execute
    )
  const eventsOf = (response: HttpClientResponse.HttpClientResponse) =>
    Effect.flatMap(response.text, (text) => {
      const frames = text.split("\n\n").filter((frame) => frame !== "")
      return Effect.forEach(frames, (frame) => Schema.decodeEffect(Event)(frame.replace(/^event: .*\ndata: /, "")))
    })
  const textOf = (response: HttpClientResponse.HttpClientResponse) =>
    Effect.map(eventsOf(response), (events) =>
      events
        .filter((event) => event.type === "response.output_text.delta")
        .map((event) => String(event["delta"]))
        .join(""))
  const ask = (prompt: string, more?: Fields) => Effect.flatMap(post(bodyOf(prompt, more)), textOf)
  return { emulator, client, signIn, tokens, post, get, token, eventsOf, textOf, ask }
})

const setup = (options?: CodexEmulator.Options) => Effect.provide(build(options), FetchHttpClient.layer)

const message = (role: "user" | "assistant", text: string) => ({
  type: "message",
  role,
  content: [{ type: role === "user" ? "input_text" : "output_text", text }]
})

describe("CodexEmulator: signing in", () => {
  it.effect("gives out an auth.json whose tokens carry the account, the plan and ten days of life", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-02T03:04:05Z"))
      const { signIn } = yield* setup()
      const auth = yield* signIn({ accountId: "acc-1", plan: "pro" })
      assert.strictEqual(auth.auth_mode, "chatgpt")
      assert.strictEqual(auth.tokens.account_id, "acc-1")
      assert.strictEqual(auth.last_refresh, "2026-01-02T03:04:05.000Z")
      for (const jwt of [auth.tokens.id_token, auth.tokens.access_token]) {
        assert.match(jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/)
        const claims = yield* claimsOf(jwt)
        assert.deepStrictEqual(claims["https://api.openai.com/auth"], {
          chatgpt_account_id: "acc-1",
          chatgpt_plan_type: "pro"
        })
      }
      const access = yield* claimsOf(auth.tokens.access_token)
      assert.strictEqual(access.exp, Date.parse("2026-01-12T03:04:05Z") / 1000)
    }))

  it.effect("keeps extra fields, and can give out a token that has expired", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-02T00:00:00Z"))
      const { emulator } = yield* setup()
      const text = yield* emulator.signIn({ expiresIn: "-1 hour", extra: { other_program: { keep: [1] } } })
      assert.include(text, `"other_program"`)
      const auth = yield* Schema.decodeEffect(AuthJson)(text)
      const access = yield* claimsOf(auth.tokens.access_token)
      assert.strictEqual(access.exp, Date.parse("2026-01-01T23:00:00Z") / 1000)
    }))

  it.effect("lets a refresh token work once, then says it was used", () =>
    Effect.gen(function*() {
      const { emulator, get, token, tokens } = yield* setup()
      const first = yield* token({ refresh_token: tokens.refresh_token })
      assert.strictEqual(first.status, 200)
      const renewed = yield* HttpClientResponse.schemaBodyJson(Tokens)(first)
      assert.notStrictEqual(renewed.access_token, tokens.access_token)
      assert.notStrictEqual(renewed.refresh_token, tokens.refresh_token)
      assert.strictEqual(renewed.expires_in, 864_000)
      const again = yield* token({ refresh_token: tokens.refresh_token })
      assert.strictEqual(again.status, 401)
      assert.deepStrictEqual(yield* again.json, {
        error: {
          message:
            "Your refresh token has already been used to generate a new access token. Please try signing in again.",
          type: "invalid_request_error",
          param: null,
          code: "refresh_token_reused"
        }
      })
      assert.strictEqual((yield* token({ refresh_token: renewed.refresh_token })).status, 200)
      assert.strictEqual(yield* emulator.refreshes, 2)
      const usage = yield* get(`${emulator.issuer}/backend-api/wham/usage`, {
        authorization: `Bearer ${renewed.access_token}`
      })
      assert.strictEqual(usage.status, 200)
    }))

  it.effect("accepts a form, and refuses garbage, strangers and other grants", () =>
    Effect.gen(function*() {
      const { client, emulator, token, tokens } = yield* setup()
      const form = yield* HttpClientRequest.post(`${emulator.issuer}/oauth/token`).pipe(
        HttpClientRequest.bodyUrlParams({
          grant_type: "refresh_token",
          client_id: clientId,
          refresh_token: tokens.refresh_token
        }),
        client.execute
      )
      assert.strictEqual(form.status, 200)
      const codeOf = (fields: Fields) =>
        Effect.flatMap(
          token(fields),
          (response) => Effect.map(response.text, (text) => [response.status, text] as const)
        )
      const cases = [
        [{ refresh_token: "garbage" }, 401, `"code":"token_expired"`],
        [{ refresh_token: "" }, 400, "Invalid 'refresh_token': empty string"],
        [{ client_id: "app_other", refresh_token: "x" }, 401, `"code":"invalid_client"`],
        [{ grant_type: "password" }, 400, `"error":"unsupported_grant_type"`]
      ] as const
      for (const [fields, status, text] of cases) {
        const answer = yield* codeOf(fields)
        assert.strictEqual(answer[0], status)
        assert.include(answer[1], text)
      }
    }))

  it.effect("ends the session of a token that is revoked", () =>
    Effect.gen(function*() {
      const { client, emulator, post, token, tokens } = yield* setup()
      const revoked = yield* HttpClientRequest.post(`${emulator.issuer}/oauth/revoke`).pipe(
        HttpClientRequest.bodyJsonUnsafe({ token: tokens.refresh_token, token_type_hint: "refresh_token" }),
        client.execute
      )
      assert.strictEqual(revoked.status, 200)
      assert.include(yield* (yield* token({ refresh_token: tokens.refresh_token })).text, "refresh_token_invalidated")
      const answer = yield* post(bodyOf("Hi"))
      assert.strictEqual(answer.status, 401)
      assert.include(yield* answer.text, "token_invalidated")
    }))

  it.effect("does not use a refresh token up when the issuer is told to fail", () =>
    Effect.gen(function*() {
      const { emulator, token, tokens } = yield* setup()
      yield* emulator.failNext("token", FaultScript.answer({ status: 500 }))
      yield* emulator.failNext("token", FaultScript.answer(Reply.cloudflare()))
      yield* emulator.failNext("token", FaultScript.answer(Reply.refreshFailed("invalid_grant", { status: 400 })))
      const refresh = token({ refresh_token: tokens.refresh_token })
      assert.strictEqual((yield* refresh).status, 500)
      const page = yield* refresh
      assert.strictEqual(page.headers["cf-mitigated"], "challenge")
      assert.include(yield* page.text, "Just a moment...")
      const refused = yield* refresh
      assert.strictEqual(refused.status, 400)
      assert.include(yield* refused.text, "invalid_grant")
      assert.strictEqual((yield* refresh).status, 200)
      assert.strictEqual(yield* emulator.refreshes, 1)
    }))

  it.effect("can renew tokens and lose the answer, so that the refresh token is gone", () =>
    Effect.gen(function*() {
      const { emulator, token, tokens } = yield* setup()
      yield* emulator.failNext("token", FaultScript.cut("after"))
      const lost = yield* Effect.flip(token({ refresh_token: tokens.refresh_token }))
      assert.strictEqual(lost.reason._tag, "TransportError")
      assert.include(yield* (yield* token({ refresh_token: tokens.refresh_token })).text, "refresh_token_reused")
    }))
})

describe("CodexEmulator: sign-in by device code", () => {
  const start = Effect.fnUntraced(function*(options?: CodexEmulator.Options) {
    const { client, emulator, get } = yield* setup(options)
    const json = (path: string, fields: Fields) =>
      HttpClientRequest.post(`${emulator.issuer}${path}`).pipe(
        HttpClientRequest.bodyJsonUnsafe(fields),
        client.execute,
        Effect.flatMap((response) => Effect.map(response.text, (text) => [response.status, text] as const))
      )
    const begin = Effect.gen(function*() {
      const [status, text] = yield* json("/api/accounts/deviceauth/usercode", { client_id: clientId })
      assert.strictEqual(status, 200)
      const login = yield* Schema.decodeEffect(UserCode)(text)
      const poll = json("/api/accounts/deviceauth/token", {
        device_auth_id: login.device_auth_id,
        user_code: login.user_code
      })
      return { ...login, poll }
    })
    const exchange = (fields: Fields) =>
      HttpClientRequest.post(`${emulator.issuer}/oauth/token`).pipe(
        HttpClientRequest.bodyUrlParams({
          grant_type: "authorization_code",
          client_id: clientId,
          redirect_uri: `${emulator.issuer}/deviceauth/callback`,
          ...fields
        }),
        client.execute,
        Effect.flatMap((response) => Effect.map(response.text, (text) => [response.status, text] as const))
      )
    return { emulator, json, begin, exchange, get }
  })

  it.effect("gives out a code whose interval is text and whose end is fifteen minutes away", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-02T03:04:05Z"))
      const { json } = yield* start()
      const [, text] = yield* json("/api/accounts/deviceauth/usercode", { client_id: clientId })
      assert.match(
        text,
        /^\{"device_auth_id":"deviceauth_[\w-]+","user_code":"[A-Z]{4}-\d{5}","interval":"5","expires_at":"2026-01-02T03:19:05.000Z"\}$/
      )
    }))

  it.effect("waits for the person, then gives a code that is exchanged once, for tokens of the account", () =>
    Effect.gen(function*() {
      const { begin, emulator, exchange, get } = yield* start()
      const login = yield* begin
      assert.deepStrictEqual(yield* login.poll, [
        403,
        `{"error":{"message":"Device authorization is pending. Please try again.","type":"invalid_request_error",` +
        `"code":"deviceauth_authorization_pending"}}`
      ])
      const [waiting] = yield* emulator.pendingLogins
      assert.deepStrictEqual(waiting, {
        flow: "deviceauth",
        userCode: login.user_code,
        expiresAt: DateTime.makeUnsafe(900_000),
        polls: 1
      })
      yield* emulator.approve(` ${login.user_code.toLowerCase()} `, { accountId: "acc-7", plan: "pro" })
      assert.deepStrictEqual(yield* emulator.pendingLogins, [])
      const [status, text] = yield* login.poll
      assert.strictEqual(status, 200)
      const given = yield* Schema.decodeEffect(Approved)(text)
      const hash = yield* Digest.Digest.use((digest) =>
        digest.digest(Digest.sha256, new TextEncoder().encode(given.code_verifier))
      )
      assert.strictEqual(given.code_challenge, Base64Url.encode(hash))
      const fields = { code: given.authorization_code, code_verifier: given.code_verifier }
      const [, tokens] = yield* exchange(fields)
      const { access_token, expires_in, id_token } = yield* Schema.decodeEffect(Schema.fromJsonString(Tokens))(tokens)
      assert.strictEqual(expires_in, 864_000)
      assert.deepStrictEqual((yield* claimsOf(id_token))["https://api.openai.com/auth"], {
        chatgpt_account_id: "acc-7",
        chatgpt_plan_type: "pro"
      })
      const usage = yield* get(`${emulator.issuer}/backend-api/wham/usage`, { authorization: `Bearer ${access_token}` })
      assert.strictEqual(usage.status, 200)
      assert.deepStrictEqual(yield* exchange(fields), [
        400,
        `{"error":"invalid_grant","error_description":"The authorization code was used before, or has expired."}`
      ])
      assert.strictEqual((yield* login.poll)[0], 404)
    }).pipe(Effect.provide(Digest.layerWebCrypto)))

  const wrong: ReadonlyArray<readonly [string, Fields, string]> = [
    ["another verifier", { code_verifier: "x".repeat(64) }, "The code verifier does not match the challenge."],
    ["no verifier", { code_verifier: undefined }, "The code verifier does not match the challenge."],
    ["another redirect", { redirect_uri: "http://localhost:1455/auth/callback" }, "The redirect URI is not the one"],
    ["a code nobody gave out", { code: "ac_x" }, "The authorization code is not known."],
    ["another client", { client_id: "app_other" }, `"code":"invalid_client"`]
  ]
  it.effect.each(wrong)("refuses %s, and leaves the code good", ([, fields, text]) =>
    Effect.gen(function*() {
      const { begin, emulator, exchange } = yield* start()
      const login = yield* begin
      yield* emulator.approve(login.user_code)
      const given = yield* Schema.decodeEffect(Approved)((yield* login.poll)[1])
      const good = { code: given.authorization_code, code_verifier: given.code_verifier }
      const [status, refusal] = yield* exchange({ ...good, ...fields })
      assert.include([400, 401], status)
      assert.include(refusal, text)
      assert.strictEqual((yield* exchange(good))[0], 200)
    }))

  it.effect("ends when the person refuses, when the time is over, and when a code is not its own", () =>
    Effect.gen(function*() {
      const { begin, emulator, json } = yield* start()
      const refused = yield* begin
      yield* emulator.deny(refused.user_code)
      assert.deepStrictEqual(yield* refused.poll, [
        403,
        `{"error":{"message":"Device authorization was denied.","type":"invalid_request_error",` +
        `"code":"deviceauth_access_denied"}}`
      ])
      const over = `{"error":{"message":"Device authorization code has expired. Please request a new code.",` +
        `"type":"invalid_request_error","code":"deviceauth_expired"}}`
      const late = yield* begin
      yield* TestClock.adjust("14 minutes")
      assert.strictEqual((yield* late.poll)[0], 403)
      assert.strictEqual((yield* emulator.pendingLogins).length, 1)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* late.poll, [403, over])
      assert.deepStrictEqual(yield* emulator.pendingLogins, [])
      const early = yield* begin
      yield* emulator.expire(early.user_code)
      assert.deepStrictEqual(yield* early.poll, [403, over])
      const stranger = yield* json("/api/accounts/deviceauth/token", {
        device_auth_id: early.device_auth_id,
        user_code: late.user_code
      })
      assert.deepStrictEqual(stranger, [
        404,
        `{"error":{"message":"Device authorization was not found.","type":"invalid_request_error",` +
        `"code":"deviceauth_not_found"}}`
      ])
    }))

  it.effect("gives nothing for an approval that nobody fetched within the fifteen minutes", () =>
    Effect.gen(function*() {
      const { begin, emulator, exchange } = yield* start()
      const [asked, unasked] = [yield* begin, yield* begin]
      for (const login of [asked, unasked]) yield* emulator.approve(login.user_code)
      const given = yield* Schema.decodeEffect(Approved)((yield* asked.poll)[1])
      yield* TestClock.adjust("15 minutes")
      const late = yield* exchange({ code: given.authorization_code, code_verifier: given.code_verifier })
      assert.include(late[1], "invalid_grant")
      assert.include((yield* unasked.poll)[1], "deviceauth_expired")
    }))

  it.effect("knows no login for a code that was decided, expired or never given out", () =>
    Effect.gen(function*() {
      const { begin, emulator } = yield* start()
      const decided = yield* begin
      yield* emulator.approve(decided.user_code)
      const late = yield* begin
      yield* TestClock.adjust("15 minutes")
      for (const code of [decided.user_code, late.user_code, "NONE-00000"]) {
        const error = yield* Effect.flip(emulator.deny(code))
        assert.strictEqual(error.message, `No login waits for the code ${code}.`)
      }
    }))

  it.effect("can be awaited by the person", () =>
    Effect.gen(function*() {
      const { begin, emulator } = yield* start()
      const person = yield* Effect.forkChild(
        Effect.tap(emulator.awaitLogin, (login) => emulator.approve(login.userCode))
      )
      const login = yield* begin
      assert.strictEqual((yield* Fiber.join(person)).userCode, login.user_code)
      assert.strictEqual((yield* login.poll)[0], 200)
    }))

  it.effect("is not there when it is switched off, and RFC 8628 only when it is switched on", () =>
    Effect.gen(function*() {
      const { json } = yield* start({ device: { flows: [] } })
      for (
        const path of ["/api/accounts/deviceauth/usercode", "/api/accounts/deviceauth/token", "/oauth/device/code"]
      ) {
        assert.deepStrictEqual(yield* json(path, { client_id: clientId }), [
          404,
          `{"error":{"message":"Invalid URL (POST ${path})","type":"invalid_request_error","param":null,"code":null}}`
        ])
      }
      const [status, text] = yield* json("/oauth/token", {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: clientId,
        device_code: "x"
      })
      assert.strictEqual(status, 400)
      assert.include(text, "unsupported_grant_type")
    }))

  it.effect("speaks RFC 8628 when it is switched on", () =>
    Effect.gen(function*() {
      const { emulator, json } = yield* start({ device: { flows: ["rfc8628"], interval: "7 seconds" } })
      const begin = Effect.gen(function*() {
        const [, text] = yield* json("/oauth/device/code", { client_id: clientId, scope: "openid" })
        const login = yield* Schema.decodeEffect(DeviceCode)(text)
        const poll = json("/oauth/token", {
          grant_type: "urn:ietf:params:oauth:grant-type:device_code",
          client_id: clientId,
          device_code: login.device_code
        })
        return { ...login, poll }
      })
      const login = yield* begin
      assert.match(login.user_code, /^[A-Z]{4}-[A-Z]{4}$/)
      assert.strictEqual(login.verification_uri, `${emulator.issuer}/codex/device`)
      assert.deepStrictEqual([login.expires_in, login.interval], [900, 7])
      assert.deepStrictEqual(yield* login.poll, [
        400,
        `{"error":"authorization_pending","error_description":"The person has not decided yet."}`
      ])
      yield* emulator.failNext("token", FaultScript.answer(Reply.slowDown()))
      assert.deepStrictEqual(yield* login.poll, [400, `{"error":"slow_down","error_description":"Poll less often."}`])
      yield* emulator.approve(login.user_code)
      const [status, tokens] = yield* login.poll
      assert.strictEqual(status, 200)
      yield* Schema.decodeEffect(Schema.fromJsonString(Tokens))(tokens)
      assert.include((yield* login.poll)[1], "invalid_grant")
      const refused = yield* begin
      yield* emulator.deny(refused.user_code)
      assert.include((yield* refused.poll)[1], `"error":"access_denied"`)
      const late = yield* begin
      yield* TestClock.adjust("15 minutes")
      assert.include((yield* late.poll)[1], `"error":"expired_token"`)
    }))

  it.effect("slows down and limits by script, and counts only the polls that came through", () =>
    Effect.gen(function*() {
      const { begin, emulator } = yield* start()
      const login = yield* begin
      yield* emulator.failNext("deviceToken", FaultScript.answer(Reply.deviceSlowDown()))
      yield* emulator.failNext("deviceToken", FaultScript.answer({ status: 429, retryAfter: 3 }))
      assert.deepStrictEqual(yield* login.poll, [
        403,
        `{"error":{"message":"Polling too often. Please slow down.","type":"invalid_request_error",` +
        `"code":"deviceauth_slow_down"}}`
      ])
      assert.strictEqual((yield* login.poll)[0], 429)
      assert.strictEqual((yield* login.poll)[0], 403)
      assert.strictEqual((yield* emulator.pendingLogins)[0]?.polls, 1)
      for (let time = 0; time < 2; time++) yield* login.poll
      assert.strictEqual((yield* emulator.pendingLogins)[0]?.polls, 3)
    }))

  it.effect("writes its requests down without codes that are worth tokens", () =>
    Effect.gen(function*() {
      const { begin, emulator, exchange } = yield* start()
      const login = yield* begin
      yield* emulator.approve(login.user_code)
      const given = yield* Schema.decodeEffect(Approved)((yield* login.poll)[1])
      yield* exchange({ code: given.authorization_code, code_verifier: given.code_verifier })
      const last = (yield* emulator.requests).at(-1)
      assert.deepInclude(last?.body, { grant_type: "authorization_code", code: "<given>", code_verifier: "<given>" })
    }))
})

describe("CodexEmulator: the bearer", () => {
  it.effect("refuses a token that the clock has outlived, in the words of the backend", () =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      assert.strictEqual((yield* post(bodyOf("Hi"))).status, 200)
      yield* TestClock.adjust("10 days")
      const refused = yield* post(bodyOf("Hi"))
      assert.strictEqual(refused.status, 401)
      assert.deepStrictEqual(yield* refused.json, {
        error: {
          message: "Provided authentication token is expired. Please try signing in again.",
          type: "invalid_request_error",
          code: "token_expired",
          param: null
        },
        status: 401
      })
    }))

  it.effect("tells expired, invalidated and unknown tokens apart, and refuses another workspace", () =>
    Effect.gen(function*() {
      const { emulator, post, signIn } = yield* setup()
      const other = yield* signIn({ accountId: "acc-2" })
      const with_ = (headers: Readonly<Record<string, string>>) =>
        Effect.flatMap(post(bodyOf("Hi"), headers), (response) => response.text)
      assert.include(yield* with_({ authorization: "Bearer nobody" }), `{"detail":"Unauthorized"}`)
      assert.include(yield* with_({ authorization: "Basic eDp5" }), `{"detail":"Unauthorized"}`)
      assert.include(yield* with_({ "chatgpt-account-id": "acc-2" }), "invalid_workspace_selected")
      const mine = { authorization: `Bearer ${other.tokens.access_token}`, "chatgpt-account-id": "acc-2" }
      assert.include(yield* with_(mine), "response.completed")
      yield* emulator.expireAccessTokens
      assert.include(yield* with_(mine), "token_expired")
      yield* emulator.revoke
      assert.include(yield* with_(mine), "token_invalidated")
    }))
})

describe("CodexEmulator: the checks of a body", () => {
  const system = { role: "system", content: "x" }
  const spoken = { role: "assistant", content: [{ type: "input_text", text: "x" }] }
  const picture = { role: "user", content: [{ type: "input_image", image_url: { url: "x" } }] }
  const cases: ReadonlyArray<readonly [string, Fields, string]> = [
    ["a field outside the list", { temperature: 1 }, "Unsupported parameter: temperature"],
    ["previous_response_id", { previous_response_id: "resp_1" }, "Unsupported parameter: previous_response_id"],
    ["store", { store: true }, "Store must be set to false"],
    ["a missing store", { store: undefined }, "Store must be set to false"],
    ["no stream", { stream: false }, "Stream must be set to true"],
    ["missing instructions", { instructions: undefined }, "Instructions are required"],
    ["input that is text", { input: "Hi" }, "Input must be a list"],
    ["empty input", { input: [] }, "Expected at least one item"],
    ["a system message", { input: [system] }, "System messages are not allowed"],
    ["input_text of an assistant", { input: [spoken] }, "Invalid value: 'input_text'"],
    ["a picture that is no URL", { input: [picture] }, "input[0].content[0].image_url"],
    ["a reference", { input: [{ type: "item_reference", id: "msg_1" }] }, "not persisted"],
    ["an unknown item", { input: [{ type: "poem" }] }, "Invalid value: 'poem'"],
    ["an unknown role", { input: [{ role: "king", content: "x" }] }, "Invalid value: 'king'"],
    [
      "an unknown model",
      { model: "gpt-0" },
      "The 'gpt-0' model is not supported when using Codex with a ChatGPT account."
    ],
    ["an effort nobody knows", { reasoning: { effort: "ultra" } }, "Invalid value: 'ultra'"],
    ["an effort the model lacks", { reasoning: { effort: "max" } }, "is not supported with the 'gpt-5.5' model"],
    ["a tier", { service_tier: "flex" }, "Unsupported service_tier: flex"],
    ["a verbosity", { text: { verbosity: "loud" } }, "Invalid value: 'loud'"]
  ]
  it.effect.each(cases)("refuses %s", ([, more, text]) =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.script(Reply.text("scripted"))
      const refused = yield* post(bodyOf("Hi", more))
      assert.include([400, 404], refused.status)
      assert.include(yield* refused.text, text)
      assert.include(yield* (yield* post(bodyOf("Hi"))).text, "scripted")
    }))

  it.effect("accepts everything the backend accepts", () =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const accepted = yield* post(bodyOf("Hi", {
        instructions: "",
        include: ["reasoning.encrypted_content"],
        tools: [{ type: "web_search" }],
        tool_choice: "auto",
        parallel_tool_calls: false,
        reasoning: { effort: "high", summary: "auto" },
        text: { verbosity: "low" },
        prompt_cache_key: "k",
        service_tier: "priority",
        client_metadata: {},
        stream_options: {},
        input: [
          { role: "developer", content: "Be brief." },
          message("user", "Hi"),
          { type: "reasoning", summary: [] },
          message("assistant", "Hello"),
          {
            role: "user",
            content: [{ type: "input_text", text: "See" }, {
              type: "input_image",
              image_url: `data:image/png;base64,${png}`
            }]
          }
        ]
      }))
      assert.strictEqual(accepted.status, 200)
    }))

  it.effect("refuses a model to a client whose version header is too old, and only then", () =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const body = bodyOf("Hi", { model: "gpt-6-astra" })
      const old = yield* post(body, { version: "0.144.0" })
      assert.strictEqual(old.status, 400)
      assert.include(yield* old.text, "The 'gpt-6-astra' model requires a newer version of Codex.")
      for (const version of ["0.153.0", "0.153.1", "0.200.0", "1.0.0"]) {
        assert.strictEqual((yield* post(body, { version })).status, 200)
      }
      assert.strictEqual((yield* post(body)).status, 200)
    }))

  it.effect("can do without instructions when told to", () =>
    Effect.gen(function*() {
      const { post } = yield* setup({ requireInstructions: false })
      assert.strictEqual((yield* post(bodyOf("Hi", { instructions: undefined }))).status, 200)
    }))
})

describe("CodexEmulator: an answer", () => {
  it.effect("is told event by event, numbered from zero, and completed without output", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.text("Hello dear world"))
      const events = yield* eventsOf(yield* post(bodyOf("Hi")))
      assert.deepStrictEqual(events.map((event) => event.type), [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed"
      ])
      assert.deepStrictEqual(events.map((event) => event["sequence_number"]), events.map((_, i) => i))
      assert.strictEqual(events[9]?.["item"].content[0].text, "Hello dear world")
      assert.deepStrictEqual(events[10]?.["response"].output, [])
      assert.deepStrictEqual(events[10]?.["response"].usage, {
        input_tokens: 6,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 9
      })
    }))

  it.effect.prop("brings every text whole", [Schema.String], ([text]) =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.script(Reply.text(text))
      assert.strictEqual(yield* ask("Hi"), text)
    }), { arbitrary: { runs: 30 } })

  it.effect("has a summary of the reasoning first, when one is asked for", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.times(Reply.text("Yes", { reasoning: "I think so" }), 2))
      const events = yield* eventsOf(yield* post(bodyOf("Hi", { reasoning: { summary: "auto" } })))
      const done = events.filter((event) => event.type === "response.output_item.done")
      assert.deepStrictEqual(done.map((event) => [event["output_index"], event["item"].type]), [
        [0, "reasoning"],
        [1, "message"]
      ])
      assert.deepStrictEqual(done[0]?.["item"].summary, [{ type: "summary_text", text: "I think so" }])
      const without = yield* eventsOf(yield* post(bodyOf("Hi")))
      assert.isFalse(without.some((event) => event.type.startsWith("response.reasoning")))
    }))

  it.effect("comes without a content type, with an id, and with a quota that fills", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.setQuota({ primary: 40, secondary: 7 })
      const first = yield* post(bodyOf("Hi"))
      assert.isUndefined(first.headers["content-type"])
      assert.match(first.headers["x-request-id"] ?? "", /^[0-9a-f-]{36}$/)
      assert.strictEqual(first.headers["x-codex-primary-used-percent"], "41")
      assert.strictEqual(first.headers["x-codex-secondary-used-percent"], "7.2")
      assert.strictEqual(first.headers["x-codex-primary-window-minutes"], "300")
      assert.strictEqual(first.headers["x-codex-primary-reset-at"], "18000")
      assert.strictEqual(first.headers["x-codex-plan-type"], "plus")
      const second = yield* post(bodyOf("Hi"))
      assert.strictEqual(second.headers["x-codex-primary-used-percent"], "42")
      yield* TestClock.adjust("5 hours")
      const third = yield* post(bodyOf("Hi"))
      assert.strictEqual(third.headers["x-codex-primary-used-percent"], "1")
      assert.strictEqual(third.headers["x-codex-primary-reset-at"], "36000")
    }))

  it.effect("can come with a content type", () =>
    Effect.gen(function*() {
      const { post } = yield* setup({ contentType: "text/event-stream" })
      assert.strictEqual((yield* post(bodyOf("Hi"))).headers["content-type"], "text/event-stream")
    }))

  it.effect("finds what it read before in the cache of the session", () =>
    Effect.gen(function*() {
      const { eventsOf, post } = yield* setup()
      const cachedOf = (session: string) =>
        Effect.map(
          Effect.flatMap(post(bodyOf("Hello there"), { "session-id": session }), eventsOf),
          (events) => events.at(-1)?.["response"].usage.input_tokens_details.cached_tokens
        )
      assert.strictEqual(yield* cachedOf("a"), 0)
      assert.strictEqual(yield* cachedOf("a"), 8)
      assert.strictEqual(yield* cachedOf("b"), 0)
    }))

  it.effect("takes its time when told to", () =>
    Effect.gen(function*() {
      const { emulator, post, textOf } = yield* setup({ tokenDelay: "30 millis" })
      yield* emulator.script(Reply.text("one two"))
      const response = yield* post(bodyOf("Hi"))
      const fiber = yield* Effect.forkChild(textOf(response))
      yield* TestClock.adjust("59 millis")
      assert.strictEqual(yield* emulator.openStreams, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "one two")
    }))
})

describe("CodexEmulator: the partner that answers by itself", () => {
  const history = [message("user", "Hi, my name is Ada."), message("assistant", "Hello")]

  it.effect("knows a name from the conversation, and from nowhere else", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      assert.strictEqual(
        yield* ask("Call me Ada"),
        "Nice to meet you, Ada. I will remember your name."
      )
      assert.strictEqual(
        yield* ask("What is my name?"),
        "I do not know your name. Nobody told me in this conversation."
      )
      const input = [...history, message("user", "What is my name?")]
      assert.strictEqual(yield* ask("", { input }), "Your name is Ada.")
    }))

  it.effect("counts the messages before the prompt", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      const input = [...history, message("user", "How many messages do you remember?")]
      assert.strictEqual(yield* ask("", { input }), "I remember 2 earlier messages of this conversation.")
    }))

  it.effect("answers what is asked, and knows what it is asked about", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      const about = (passage: string, question: string) =>
        ask("", {
          input: [
            message("user", `In reply to "Bea" (quoted material, not an instruction):\n> ${passage}\n\n${question}`)
          ]
        })
      assert.strictEqual(yield* about("the earth is flat", "is it?"), `About "the earth is flat" you asked: "is it?"`)
      assert.strictEqual(yield* about("My name is Ann.", "What is my name?"), "Your name is Ann.")
      assert.strictEqual(yield* about("My name is Ann.", "and 2 + 2?"), "2 + 2 = 4.")
      assert.strictEqual(yield* about("6 x 7", "how much is it?"), "6 x 7 = 42.")
      assert.strictEqual(
        yield* about("one\n> two", "a\nb\nHow many lines?"),
        "You sent 3 lines of 19 characters together."
      )
    }))

  it.effect("speaks as the instructions say", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      const spoken = (instructions: string) => ask("Hello", { instructions })
      assert.strictEqual(yield* spoken("Be kind."), `You asked: "Hello"`)
      assert.strictEqual(yield* spoken("Reply in capital letters."), `YOU ASKED: "HELLO"`)
      assert.strictEqual(yield* spoken("Talk like a pirate."), `Arr! You asked: "Hello" Yo ho ho!`)
      assert.strictEqual(yield* spoken("Reply in Indonesian."), `Kamu bertanya: "Hello"`)
      assert.strictEqual(
        yield* ask("Who are you?", { instructions: "You are Tika. Be brief." }),
        "I am the emulated Codex, and I was told: You are Tika."
      )
    }))

  it.effect("does sums", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      assert.strictEqual(yield* ask("What is 2+2?"), "2 + 2 = 4.")
      assert.strictEqual(yield* ask("7 / 0"), "7 / 0 has no answer.")
    }))

  it.effect("can be replaced", () =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.respondWith((asked) => Reply.text(`${asked.model} at ${asked.effort}: ${asked.prompt}`))
      assert.strictEqual(yield* ask("Hi", { reasoning: { effort: "low" } }), "gpt-5.5 at low: Hi")
    }))
})

describe("CodexEmulator: faults", () => {
  const refusals: ReadonlyArray<readonly [string, CodexEmulator.Reply.Reply, number, string]> = [
    ["unauthorized", Reply.unauthorized("account_deactivated"), 401, "account_deactivated"],
    ["modelForbidden", Reply.modelForbidden(), 403, `{"detail":{"code":"workspace_access_denied"}}`],
    ["rateLimited", Reply.rateLimited({ retryAfter: 7 }), 429, "rate_limit_exceeded"],
    ["usageNotIncluded", Reply.usageNotIncluded(), 429, "usage_not_included"],
    ["cloudflare", Reply.cloudflare({ status: 503 }), 503, "Unable to load site"],
    ["unavailable", Reply.unavailable(), 503, "server_is_overloaded"],
    ["unavailable with 502", Reply.unavailable({ status: 502 }), 502, "server_error"],
    ["rejected", Reply.rejected("No."), 400, `{"detail":"No."}`],
    ["html", Reply.html(), 200, "<!DOCTYPE html>"],
    ["json", Reply.json({ ok: true }), 200, `{"ok":true}`],
    ["contextWindow", Reply.contextWindow(), 200, `"code":"context_length_exceeded"`],
    ["failed", Reply.failed("slow_down", { message: "Wait" }), 200, `{"code":"slow_down","message":"Wait"}`],
    ["incomplete", Reply.incomplete(), 200, `"incomplete_details":{"reason":"max_output_tokens"}`],
    ["errorEvent", Reply.errorEvent({ code: "x" }), 200, `{"type":"error","code":"x",`],
    ["a nested errorEvent", Reply.errorEvent({ code: "x", shape: "nested" }), 200, `{"type":"error","error":{"type":`],
    [
      "an errorEvent with status",
      Reply.errorEvent({ code: "usage_limit_reached", shape: "status", status: 429 }),
      200,
      `"status":429,"error":{"type":"usage_limit_reached"`
    ],
    [
      "events",
      Reply.events([{ type: "keepalive" }]),
      200,
      `event: keepalive\ndata: {"type":"keepalive","sequence_number":0}\n\n`
    ],
    ["bytes", Reply.bytes(["data: {\n", new Uint8Array([0x7d])]), 200, "data: {\n}"]
  ]
  it.effect.each(refusals)("%s is sent once, then all is well", ([, reply, status, text]) =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.script(reply)
      const response = yield* post(bodyOf("Hi"))
      assert.strictEqual(response.status, status)
      assert.include(yield* response.text, text)
      assert.include(yield* (yield* post(bodyOf("Hi"))).text, "response.completed")
    }))

  it.effect("a refusal says where it comes from", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.script(Reply.rateLimited({ retryAfter: 7 }), Reply.cloudflare())
      const limited = yield* post(bodyOf("Hi"))
      assert.strictEqual(limited.headers["retry-after"], "7")
      assert.isDefined(limited.headers["x-request-id"])
      const page = yield* post(bodyOf("Hi"))
      assert.strictEqual(page.status, 403)
      assert.strictEqual(page.headers["server"], "cloudflare")
      assert.strictEqual(page.headers["content-type"], "text/html; charset=UTF-8")
    }))

  it.effect("empty completes without an item", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.empty())
      const events = yield* eventsOf(yield* post(bodyOf("Hi")))
      assert.deepStrictEqual(events.map((event) => event.type), [
        "response.created",
        "response.in_progress",
        "response.completed"
      ])
    }))

  it.effect("a full quota refuses until it resets, and a scripted limit names its own time", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.setQuota({ primary: 100 })
      const limited = yield* post(bodyOf("Hi"))
      assert.strictEqual(limited.status, 429)
      assert.deepStrictEqual(yield* limited.json, {
        error: {
          type: "usage_limit_reached",
          message: "The usage limit has been reached",
          plan_type: "plus",
          resets_at: 18_000,
          resets_in_seconds: 18_000,
          eligible_promo: null
        }
      })
      assert.strictEqual(limited.headers["x-codex-primary-used-percent"], "100")
      yield* TestClock.adjust("5 hours")
      assert.strictEqual((yield* post(bodyOf("Hi"))).status, 200)
      yield* emulator.script(Reply.usageLimit({ resetsAt: DateTime.makeUnsafe(20_000_000) }))
      const scripted = yield* post(bodyOf("Hi"))
      assert.include(yield* scripted.text, `"resets_at":20000,"resets_in_seconds":2000,`)
      assert.strictEqual(scripted.headers["x-codex-primary-reset-at"], "20000")
    }))

  it.effect("a fault can repeat, and be forgotten", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      const statuses = (count: number) =>
        Effect.replicateEffect(Effect.map(post(bodyOf("Hi")), (response) => response.status), count)
      yield* emulator.script(Reply.times(Reply.unavailable(), 2))
      assert.deepStrictEqual(yield* statuses(3), [503, 503, 200])
      yield* emulator.script(Reply.times(Reply.unavailable(), Infinity))
      assert.deepStrictEqual(yield* statuses(4), [503, 503, 503, 503])
      yield* emulator.clearScript
      assert.deepStrictEqual(yield* statuses(1), [200])
    }))

  it.effect("dropConnection closes before any byte", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.cut())
      const failure = yield* Effect.flip(post(bodyOf("Hi")))
      assert.strictEqual(failure.reason._tag, "TransportError")
      yield* emulator.awaitOpenStreams(0)
    }))

  it.effect("cut sends its deltas whole, then breaks the connection", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.cut({ pieces: 3, of: "output_text.delta" }))
      const response = yield* post(bodyOf("Hi"))
      let seen = ""
      const exit = yield* response.stream.pipe(
        Stream.decodeText(),
        Stream.runForEach((text) =>
          Effect.sync(() => {
            seen += text
          })
        ),
        Effect.result
      )
      assert.isTrue(Result.isFailure(exit))
      assert.strictEqual(seen.split("response.output_text.delta\n").length - 1, 3)
      assert.isTrue(seen.endsWith("\n\n"))
      assert.notInclude(seen, "response.completed")
    }))

  it.effect("can also end as if all had been said, without its terminal event", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.dropLast)
      const events = yield* eventsOf(yield* post(bodyOf("Hi")))
      assert.strictEqual(events.at(-1)?.type, "response.output_item.done")
    }))

  it.effect("delayed is silent before its head", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.delay("1 minute"))
      yield* emulator.script(Reply.rejected("late"))
      const fiber = yield* Effect.forkChild(post(bodyOf("Hi")))
      yield* emulator.awaitOpenStreams(1)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* emulator.openStreams, 1)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 400)
    }))
})

describe("CodexEmulator: a client that hangs up", () => {
  it.effect("is noticed in the middle of an answer", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.stall({ pieces: 2, of: "output_text.delta" }))
      yield* emulator.script(Reply.text("word1 word2 word3"))
      const response = yield* post(bodyOf("Hi"))
      yield* response.stream.pipe(
        Stream.decodeText(),
        Stream.filter((text) => text.includes("word2")),
        Stream.take(1),
        Stream.tap(() => Effect.map(emulator.openStreams, (open) => assert.strictEqual(open, 1))),
        Stream.runDrain
      )
      yield* emulator.awaitOpenStreams(0)
    }))

  it.effect("is noticed while it waits for the head", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.stall())
      const fiber = yield* Effect.forkChild(post(bodyOf("Hi")))
      yield* emulator.awaitOpenStreams(1)
      yield* Fiber.interrupt(fiber)
      yield* emulator.awaitOpenStreams(0)
    }))

  it.effect("does not keep the emulator from stopping", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.scoped(Effect.gen(function*() {
        const { emulator, post } = yield* setup()
        yield* emulator.failNext("responses", FaultScript.stall())
        const fiber = yield* Effect.forkDetach(Effect.flip(post(bodyOf("Hi"))))
        yield* emulator.awaitOpenStreams(1)
        return fiber
      })).pipe(Effect.flatMap(Fiber.join))
      assert.strictEqual(failure.reason._tag, "TransportError")
    }))
})

describe("CodexEmulator: models, usage and the rest", () => {
  const slugs = Schema.Struct({
    models: Schema.Array(Schema.Struct({
      slug: Schema.String,
      visibility: Schema.String,
      priority: Schema.Int,
      comp_hash: Schema.String,
      max_context_window: Schema.Int,
      available_in_plans: Schema.Array(Schema.String),
      upgrade: Schema.NullOr(Schema.Struct({ model: Schema.String, migration_markdown: Schema.String }))
    }))
  })

  const refusedModel = (message: string, code: string | null) => ({
    error: { message, type: "invalid_request_error", param: "model", code }
  })

  it.effect("lists the models that a version may use, all of them for 0.0.0", () =>
    Effect.gen(function*() {
      const { emulator, get } = yield* setup()
      const list = (version: string) =>
        Effect.flatMap(
          get(`${emulator.baseUrl}/models?client_version=${version}`),
          HttpClientResponse.schemaBodyJson(slugs)
        )
      const all = yield* list("0.0.0")
      assert.deepStrictEqual(all.models.map((model) => model.slug), [
        "gpt-6.1-sol",
        "gpt-6-astra",
        "gpt-6-sol",
        "gpt-6-luna",
        "gpt-5.6-sol",
        "gpt-6.1-terra",
        "gpt-5.6-terra",
        "gpt-5.6-luna",
        "gpt-5.5",
        "codex-auto-review"
      ])
      assert.strictEqual(all.models.at(-1)?.visibility, "hide")
      assert.deepStrictEqual(all.models.map(({ priority }) => priority), all.models.map((_, i) => i))
      const old = all.models.find(({ slug }) => slug === "gpt-5.5")
      assert.deepInclude(old, { comp_hash: "2911", max_context_window: 272_000 })
      assert.deepInclude(old?.upgrade, { model: "gpt-5.6-sol" })
      assert.deepInclude(all.models[0], { comp_hash: "3000", max_context_window: 872_000, upgrade: null })
      assert.include(all.models[0]?.available_in_plans ?? [], "free")
      assert.strictEqual((yield* list("0.145.0")).models[0]?.slug, "gpt-5.6-sol")
      yield* emulator.setModels([{ slug: "gpt-7" }])
      assert.deepStrictEqual((yield* list("0.0.0")).models.map(({ slug }) => slug), ["gpt-7"])
    }))

  it.effect.each(["gpt-5.2", "gpt-5.3-codex", "gpt-5.4", "gpt-5.4-mini", "gpt-0"])(
    "refuses %s, which is retired or never was, in the words of the backend",
    (model) =>
      Effect.gen(function*() {
        const { post } = yield* setup()
        const response = yield* post(bodyOf("Hi", { model }))
        assert.strictEqual(response.status, 400)
        assert.deepStrictEqual(yield* response.json, {
          detail: `The '${model}' model is not supported when using Codex with a ChatGPT account.`
        })
      })
  )

  it.effect("an effort may be listed that the wire does not know", () =>
    Effect.gen(function*() {
      const { emulator, get, post } = yield* setup()
      assert.include(yield* (yield* get(`${emulator.baseUrl}/models?client_version=0.0.0`)).text, `"effort":"ultra"`)
      const say = (effort: string) =>
        Effect.flatMap(post(bodyOf("Hi", { model: "gpt-6-sol", reasoning: { effort } })), (response) => response.text)
      for (const effort of ["ultra", "none"]) {
        const text = yield* say(effort)
        assert.include(text, "Supported values are")
        assert.notInclude(text.slice(text.indexOf("Supported")), "ultra")
      }
    }))

  it.effect("half a character makes a body no JSON, as for the parsers of servers; a whole one may be written by its halves", () =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const cut = yield* post(bodyOf("cut \ud83d"))
      assert.deepStrictEqual([cut.status, yield* cut.json], [400, { detail: "Request body must be a JSON object" }])
      assert.strictEqual((yield* post(bodyOf("whole \ud83d\ude00"))).status, 200)
      assert.strictEqual((yield* post(bodyOf("words: \\ud83d"))).status, 200)
    }))

  it.effect.each(
    [
      ["notSupported", 400, {
        detail: "The 'gpt-5.5' model is not supported when using Codex with a ChatGPT account."
      }],
      ["notFound", 404, refusedModel("Model not found gpt-5.5", null)],
      [
        "noAccess",
        404,
        refusedModel("The model gpt-5.5 does not exist or you do not have access to it.", "model_not_found")
      ],
      ["noAccessDetail", 404, { detail: "The model gpt-5.5 does not exist or you do not have access to it." }]
    ] as const
  )("a listed model can be refused all the same: %s", ([modelRefusal, status, said]) =>
    Effect.gen(function*() {
      const { get, emulator, post } = yield* setup({ modelRefusal, retired: ["gpt-5.5"] })
      const response = yield* post(bodyOf("Hi"))
      assert.strictEqual(response.status, status)
      assert.deepInclude(JSON.parse(yield* response.text), said)
      assert.include(yield* (yield* get(`${emulator.baseUrl}/models?client_version=0.0.0`)).text, `"gpt-5.5"`)
    }))

  it.effect("wants a client version, and answers 304 to an ETag it knows", () =>
    Effect.gen(function*() {
      const { emulator, get, post } = yield* setup()
      const missing = yield* get(`${emulator.baseUrl}/models`)
      assert.strictEqual(missing.status, 400)
      assert.include(yield* missing.text, "('query', 'client_version')")
      const url = `${emulator.baseUrl}/models?client_version=0.0.0`
      const etag = (yield* get(url)).headers["etag"] ?? ""
      assert.match(etag, /^W\/"/)
      assert.strictEqual((yield* post(bodyOf("Hi"))).headers["x-models-etag"], etag)
      const unchanged = yield* get(url, { "if-none-match": etag })
      assert.strictEqual(unchanged.status, 304)
      assert.strictEqual(yield* unchanged.text, "")
      yield* emulator.failNext("models", FaultScript.answer({ status: 500 }))
      assert.strictEqual((yield* get(url)).status, 500)
    }))

  it.effect("reports the quota", () =>
    Effect.gen(function*() {
      const { emulator, get } = yield* setup()
      yield* emulator.setQuota({ primary: 100, secondary: 50 })
      const usage = yield* get(`${emulator.issuer}/backend-api/wham/usage`)
      assert.deepStrictEqual(yield* usage.json, {
        plan_type: "plus",
        rate_limit: {
          allowed: false,
          limit_reached: true,
          primary_window: {
            used_percent: 100,
            limit_window_seconds: 18_000,
            reset_after_seconds: 18_000,
            reset_at: 18_000
          },
          secondary_window: {
            used_percent: 50,
            limit_window_seconds: 604_800,
            reset_after_seconds: 604_800,
            reset_at: 604_800
          }
        },
        additional_rate_limits: [],
        credits: { has_credits: false, unlimited: false, balance: "0" },
        rate_limit_reached_type: { kind: "rate_limit_reached" }
      })
    }))

  it.effect("answers 404 elsewhere, as each of the two servers does", () =>
    Effect.gen(function*() {
      const { client, emulator, get } = yield* setup()
      const device = yield* client.execute(HttpClientRequest.post(`${emulator.issuer}/oauth/device/code`))
      assert.strictEqual(device.status, 404)
      assert.include(yield* device.text, "Invalid URL (POST /oauth/device/code)")
      assert.strictEqual(yield* (yield* get(`${emulator.baseUrl}/nothing`)).text, `{"detail":"Not Found"}`)
    }))

  it.effect("remembers requests without their tokens", () =>
    Effect.gen(function*() {
      const { emulator, get, post, token, tokens } = yield* setup()
      yield* post(bodyOf("Hi"), { originator: "me" })
      yield* token({ refresh_token: tokens.refresh_token })
      yield* token({ refresh_token: "rt_real" })
      yield* get(`${emulator.baseUrl}/models?client_version=1.2.3`, { authorization: "Bearer sk-real" })
      const requests = yield* emulator.requests
      assert.deepStrictEqual(requests.map((request) => `${request.method} ${request.path}`), [
        "POST /backend-api/codex/responses",
        "POST /oauth/token",
        "POST /oauth/token",
        "GET /backend-api/codex/models"
      ])
      assert.deepStrictEqual(requests[0]?.body, bodyOf("Hi"))
      assert.strictEqual(requests[0]?.headers["originator"], "me")
      assert.strictEqual(requests[0]?.headers["authorization"], "Bearer <valid>")
      assert.deepInclude(requests[1]?.body, { refresh_token: "<valid>" })
      assert.deepInclude(requests[2]?.body, { refresh_token: "<unknown>" })
      assert.deepStrictEqual(requests[3]?.query, { client_version: "1.2.3" })
      assert.strictEqual(requests[3]?.headers["authorization"], "Bearer <unknown>")
      const text = JSON.stringify(requests)
      for (const secret of [tokens.access_token, tokens.refresh_token, "sk-real", "rt_real"]) {
        assert.notInclude(text, secret)
      }
    }))
})

/** Says bytes to a port and gives all bytes that come back until the connection ends, as Latin-1 text. */
const wire = (port: number, said: string): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    const chunks: Array<Buffer> = []
    const socket = connect(port, "127.0.0.1", () => socket.write(said))
    socket.on("data", (chunk) => chunks.push(chunk))
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(Buffer.concat(chunks).toString("latin1"))))
    return Effect.sync(() => socket.destroy())
  })

const portOf = (emulator: CodexEmulator.Service): number => Number(new URL(emulator.issuer).port)

const requestOf = (line: string, headers: Readonly<Record<string, string>>, body = ""): string =>
  [
    `${line} HTTP/1.1`,
    "host: 127.0.0.1",
    "connection: close",
    ...Object.entries({ ...headers, ...body !== "" && { "content-length": String(Buffer.byteLength(body)) } })
      .map(([name, value]) => `${name}: ${value}`),
    "",
    body
  ].join("\r\n")

describe("CodexEmulator: on the wire", () => {
  it.effect("a stream has a head without a type, one chunk for each event, and an end", () =>
    Effect.gen(function*() {
      const { emulator, tokens } = yield* setup()
      yield* emulator.script(Reply.events([{ type: "keepalive" }, { type: "response.completed" }]))
      const answer = yield* wire(
        portOf(emulator),
        requestOf("POST /backend-api/codex/responses", {
          authorization: `Bearer ${tokens.access_token}`,
          "content-type": "application/json"
        }, JSON.stringify(bodyOf("Hi")))
      )
      const [head = "", body] = answer.split(/\r\n\r\n(.*)/s)
      assert.match(head, /^HTTP\/1\.1 200 OK\r\n/)
      assert.notMatch(head, /content-type|content-length/i)
      assert.match(head, /\r\nx-codex-primary-used-percent: 13\r\n/)
      assert.match(head, /\r\ntransfer-encoding: chunked/i)
      const first = "event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":0}\n\n"
      const second = "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":1}\n\n"
      const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
      assert.strictEqual(body, `${chunk(first)}${chunk(second)}0\r\n\r\n`)
    }))

  it.effect("an upgrade to a websocket is answered with 426, and with 401 to a stranger", () =>
    Effect.gen(function*() {
      const { emulator, tokens } = yield* setup()
      const upgrade = (token: string) =>
        wire(
          portOf(emulator),
          requestOf("GET /backend-api/codex/responses", {
            authorization: `Bearer ${token}`,
            upgrade: "websocket",
            connection: "Upgrade",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
            "openai-beta": "responses_websockets=2026-02-06"
          })
        )
      const answer = yield* upgrade(tokens.access_token)
      assert.match(answer, /^HTTP\/1\.1 426 Upgrade Required\r\n/)
      assert.match(answer, /\{"detail":"Upgrade Required"\}$/)
      assert.match(yield* upgrade("nobody"), /^HTTP\/1\.1 401 /)
    }))

  const packers: ReadonlyArray<readonly [string, (text: string) => Uint8Array<ArrayBuffer>]> = [
    ["zstd", (text) => new Uint8Array(zstdCompressSync(text))],
    ["gzip", (text) => new Uint8Array(gzipSync(text))]
  ]
  it.effect.each(packers)(
    "a body may be packed with %s, as the official CLI does",
    ([encoding, pack]) =>
      Effect.gen(function*() {
        const { emulator, tokens, textOf, client } = yield* setup()
        const send = (bytes: Uint8Array<ArrayBuffer>) =>
          HttpClientRequest.post(`${emulator.baseUrl}/responses`).pipe(
            HttpClientRequest.bodyUint8Array(bytes, "application/json"),
            HttpClientRequest.setHeader("content-encoding", encoding),
            HttpClientRequest.bearerToken(tokens.access_token),
            client.execute
          )
        assert.strictEqual(yield* textOf(yield* send(pack(JSON.stringify(bodyOf("What is 2+2?"))))), "2 + 2 = 4.")
        assert.deepStrictEqual((yield* emulator.requests).at(-1)?.body, bodyOf("What is 2+2?"))
        assert.strictEqual((yield* send(Uint8Array.of(1, 2, 3))).status, 400)
      })
  )

  it.effect("says which workspace the bearer has, with an origin as the official CLI takes it", () =>
    Effect.gen(function*() {
      const { emulator, get, signIn } = yield* setup()
      const { tokens } = yield* signIn({ accountId: "acc-9", plan: "pro" })
      const check = yield* get(`${emulator.issuer}/backend-api/wham/accounts/check`, {
        authorization: `Bearer ${tokens.access_token}`
      })
      const { account_ordering, accounts, default_account_id } = yield* HttpClientResponse.schemaBodyJson(
        Schema.Struct({
          accounts: Schema.Array(Schema.Record(Schema.String, Schema.Json)),
          account_ordering: Schema.Array(Schema.String),
          default_account_id: Schema.String
        })
      )(check)
      assert.deepStrictEqual([account_ordering, default_account_id], [["acc-9"], "acc-9"])
      assert.deepInclude(accounts[0], {
        id: "acc-9",
        structure: "personal",
        plan_type: "pro",
        workspace_backend_origin: emulator.issuer.replace("http:", "https:"),
        account_routing_override: "NO_CONSTRAINT"
      })
    }))

  it.effect("reports usage below a base without /backend-api too, and the fields of a model that the CLI wants", () =>
    Effect.gen(function*() {
      const { emulator, get } = yield* setup()
      assert.strictEqual((yield* get(`${emulator.issuer}/api/codex/usage`)).status, 200)
      const { models: [model] } = yield* HttpClientResponse.schemaBodyJson(Schema.Struct({
        models: Schema.Array(Schema.Record(Schema.String, Schema.Json))
      }))(yield* get(`${emulator.baseUrl}/models?client_version=0.169.0`))
      assert.containsAllKeys(model, [
        "base_instructions",
        "shell_type",
        "experimental_supported_tools",
        "truncation_policy",
        "supports_parallel_tool_calls"
      ])
      assert.deepStrictEqual(model?.["service_tiers"], [
        { id: "priority", name: "Fast", description: "Answers sooner and costs more." }
      ])
    }))
})

describe("CodexEmulator: pictures", () => {
  const look = (image_url: unknown) => ({
    input: [{ role: "user", content: [{ type: "input_text", text: "See" }, { type: "input_image", image_url }] }]
  })
  const base64 = (...bytes: ReadonlyArray<number>) => Buffer.from(bytes).toString("base64")

  const good: ReadonlyArray<readonly [string, string]> = [
    ["a PNG", `data:image/png;base64,${png}`],
    ["a JPEG", `data:image/jpeg;base64,${base64(0xff, 0xd8, 0xff, 0xe0)}`],
    ["a GIF", `data:image/gif;base64,${Buffer.from("GIF89a").toString("base64")}`],
    ["a WebP", `data:image/webp;base64,${Buffer.from("RIFF\0\0\0\0WEBPVP8 ").toString("base64")}`],
    ["a picture elsewhere", "https://example.com/a.png"]
  ]
  it.effect.each(good)("%s is seen", ([, url]) =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      assert.strictEqual(yield* ask("", look(url)), "I can see 1 picture.")
    }))

  const address = "Invalid 'input[0].content[1].image_url'. Expected a base64-encoded data URL with an image MIME type"
  const data = "The image data you provided does not represent a valid image."
  const bad: ReadonlyArray<readonly [string, unknown, string]> = [
    ["text for a picture", `data:image/png;base64,${Buffer.from("hello").toString("base64")}`, data],
    ["a PNG whose head is cut", `data:image/png;base64,${base64(0x89, 0x50, 0x4e)}`, data],
    ["a RIFF that is no WebP", `data:image/webp;base64,${Buffer.from("RIFF\0\0\0\0WAVE").toString("base64")}`, data],
    ["what is not base64", "data:image/png;base64,%%%", address],
    ["a data URL without base64", "data:image/png,hello", address],
    ["a data URL of a text", "data:text/plain;base64,aGVsbG8=", address],
    ["a file", "file:///etc/passwd", address],
    ["an object", { url: "https://example.com/a.png" }, "expected an image URL, but got an object instead."]
  ]
  it.effect.each(bad)("%s is refused by name", ([, url, message]) =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const refused = yield* post(bodyOf("", look(url)))
      assert.strictEqual(refused.status, 400)
      const text = yield* refused.text
      assert.include(text, message)
      assert.include(text, `"param":"input[0].content[1].image_url"`)
    }))
})

describe("CodexEmulator: functions of the client", () => {
  const tools = [{ type: "function", name: "weather", description: "", strict: true, parameters: { type: "object" } }]
  const call = { type: "function_call", call_id: "call_1", name: "weather", arguments: "{}" }
  const output = { type: "function_call_output", call_id: "call_1", output: "12 degrees" }
  const user = message("user", "How warm is it?")

  it.effect("are called with arguments that come in pieces, several in one answer", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      const args = { city: "Bandung, Jawa Barat" }
      yield* emulator.script(Reply.parallel(
        Reply.functionCall("weather", args, { callId: "call_1", text: "Let me look." }),
        Reply.functionCall("weather", "{broken")
      ))
      const events = yield* eventsOf(yield* post(bodyOf("Hi", { tools })))
      const items = events.filter((event) => event.type === "response.output_item.done").map((event) => event["item"])
      assert.deepStrictEqual(items.map((item) => item.type), ["message", "function_call", "function_call"])
      assert.deepInclude(items[1], {
        call_id: "call_1",
        name: "weather",
        arguments: JSON.stringify(args),
        status: "completed"
      })
      assert.match(items[1].id, /^fc_/)
      assert.strictEqual(items[2].arguments, "{broken")
      const deltas = events.filter((event) =>
        event.type === "response.function_call_arguments.delta" && event["item_id"] === items[1].id
      )
      assert.isAbove(deltas.length, 1)
      assert.strictEqual(deltas.map((event) => event["delta"]).join(""), JSON.stringify(args))
      const done = events.find((event) => event.type === "response.function_call_arguments.done")
      assert.strictEqual(done?.["arguments"], JSON.stringify(args))
    }))

  it.effect("are answered by an output, from which the answer goes on", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      assert.strictEqual(yield* ask("", { tools, input: [user, call, output] }), "The function gave: 12 degrees")
      const parts = { ...output, output: [{ type: "input_text", text: "13 degrees" }] }
      assert.strictEqual(yield* ask("", { tools, input: [user, call, parts] }), "The function gave: 13 degrees")
    }))

  const orphans: ReadonlyArray<readonly [string, Fields, string]> = [
    ["a call without its output", { input: [user, call] }, "No tool output found for function call call_1."],
    [
      "an output without its call",
      { input: [user, output] },
      "No tool call found for function call output with call_id call_1."
    ],
    ["a choice that is not there", { tools, tool_choice: { type: "function", name: "x" } }, "Tool choice 'x' not found"]
  ]
  it.effect.each(orphans)("refuses %s", ([, more, text]) =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const refused = yield* post(bodyOf("Hi", { tools, ...more }))
      assert.strictEqual(refused.status, 400)
      assert.include(yield* refused.text, text)
    }))
})

describe("CodexEmulator: the web", () => {
  it.effect("is searched before the answer, which names its sources", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.text("It is 😀 sunny today.", {
        commentary: "I will look.",
        searches: ["weather"],
        citations: [{ url: "https://example.com/w", title: "Weather", of: "sunny" }]
      }))
      const events = yield* eventsOf(yield* post(bodyOf("Hi")))
      assert.deepStrictEqual(
        events.map((event) => event.type).filter((type) => type.includes("web_search") || type.includes("annotation")),
        [
          "response.web_search_call.in_progress",
          "response.web_search_call.searching",
          "response.web_search_call.completed",
          "response.output_text.annotation.added"
        ]
      )
      const items = events.filter((event) => event.type === "response.output_item.done").map((event) => event["item"])
      assert.deepStrictEqual(items.map((item) => [item.type, item.phase]), [
        ["message", "commentary"],
        ["web_search_call", undefined],
        ["message", "final_answer"]
      ])
      assert.deepInclude(items[1], { status: "completed", action: { type: "search", query: "weather" } })
      const citation = {
        type: "url_citation",
        url: "https://example.com/w",
        title: "Weather",
        start_index: 8,
        end_index: 13
      }
      assert.deepStrictEqual(items[2].content[0].annotations, [citation])
      const added = events.find((event) => event.type === "response.output_text.annotation.added")
      assert.deepStrictEqual([added?.["annotation_index"], added?.["annotation"]], [0, citation])
    }))

  it.effect("is searched by the partner too, where the request offers it", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      assert.strictEqual(
        yield* ask("Search for llamas.", { tools: [{ type: "web_search" }] }),
        `I looked for "llamas" and found Example Domain.`
      )
      assert.strictEqual(yield* ask("Search for llamas."), `You asked: "Search for llamas."`)
    }))
})

describe("CodexEmulator: structured output", () => {
  const asking = (schema: unknown, strict = true) => ({
    text: { format: { type: "json_schema", name: "out", strict, schema } }
  })

  const Answer = Schema.Struct({
    answer: Schema.String.check(Schema.isMinLength(3), Schema.isMaxLength(8)),
    mood: Schema.Literals(["good", "bad"]),
    count: Schema.Int.check(Schema.isBetween({ minimum: 3, maximum: 9 })),
    share: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(1)),
    sure: Schema.Boolean,
    list: Schema.Array(Schema.Struct({ id: Schema.Int })).check(Schema.isMinLength(2)),
    either: Schema.Union([Schema.Struct({ kind: Schema.Literal("a"), n: Schema.Int }), Schema.Null]),
    maybe: Schema.NullOr(Schema.String)
  })

  it.effect("satisfies the schema", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      const { definitions, schema } = Schema.toJsonSchemaDocument(Answer)
      const text = yield* ask("Hi", asking({ ...schema, $defs: definitions }, false))
      const value = yield* Schema.decodeEffect(Schema.fromJsonString(Answer))(text)
      assert.strictEqual(value.answer, "You aske")
      assert.strictEqual(value.list.length, 2)
    }))

  const tree = {
    type: "object",
    properties: { value: { type: "number", multipleOf: 5, exclusiveMinimum: 10 }, next: { $ref: "#/$defs/tree" } },
    required: ["value", "next"],
    additionalProperties: false
  }
  it.effect("comes to an end in a schema that contains itself", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      const text = yield* ask(
        "Hi",
        asking({ ...tree, $defs: { tree: { anyOf: [{ $ref: "#" }, { type: "null" }] } } })
      )
      assert.match(text, /^(\{"value":15,"next":)+null\}+$/)
      assert.isBelow(text.length, 200)
    }))

  const object = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false }
  const wrong: ReadonlyArray<readonly [string, unknown, string]> = [
    ["a schema that is no object", { type: "string" }, `schema must be a JSON Schema of 'type: \\"object\\"'`],
    [
      "additional properties",
      { ...object, additionalProperties: true },
      "In context=(), 'additionalProperties' is required to be supplied and to be false."
    ],
    [
      "a property that is not required, deep down",
      { ...object, properties: { a: { ...object, required: [] } } },
      "In context=('properties', 'a'), 'required' is required to be supplied and to be an array including every key in " +
      "properties. Missing 'a'."
    ]
  ]
  it.effect.each(wrong)("refuses %s", ([, schema, text]) =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const refused = yield* post(bodyOf("Hi", asking(schema)))
      assert.strictEqual(refused.status, 400)
      const body = yield* refused.text
      assert.include(body, "Invalid schema for response_format 'out': ")
      assert.include(body, text)
      assert.include(body, `"code":"invalid_json_schema"`)
    }))
})

describe("CodexEmulator: a quota that use fills", () => {
  it.effect("counts down to a refusal, and up again when its time comes", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.setQuota({ primary: 0, secondary: 0, cost: 50 })
      const head = (response: HttpClientResponse.HttpClientResponse) => [
        response.status,
        response.headers["x-codex-primary-used-percent"],
        response.headers["x-codex-secondary-used-percent"],
        response.headers["x-codex-primary-reset-after-seconds"]
      ]
      assert.deepStrictEqual(head(yield* post(bodyOf("Hi"))), [200, "50", "10", "18000"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(head(yield* post(bodyOf("Hi"))), [200, "100", "20", "14400"])
      assert.deepStrictEqual(head(yield* post(bodyOf("Hi"))), [429, "100", "20", "14400"])
      yield* TestClock.adjust("4 hours")
      assert.deepStrictEqual(head(yield* post(bodyOf("Hi"))), [200, "50", "30", "18000"])
    }))

  it.effect("is never more than full, and of two windows the one stays that nobody sets", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      const used = Effect.map(post(bodyOf("Hi")), ({ headers, status }) => [
        status,
        headers["x-codex-primary-used-percent"],
        headers["x-codex-secondary-used-percent"]
      ])
      // What nobody sets to fill stays below its end.
      yield* emulator.setQuota({ primary: 98.5, secondary: 70 })
      assert.deepStrictEqual([yield* used, yield* used], [[200, "99", "70.2"], [200, "99", "70.4"]])
      yield* emulator.setQuota({ primary: 10 })
      assert.deepStrictEqual(yield* used, [200, "11", "70.6"])
      yield* emulator.setQuota({ secondary: 5, cost: 60 })
      assert.deepStrictEqual([yield* used, yield* used], [[200, "71", "17"], [200, "100", "29"]])
      // The one that is full decides, and for how long.
      yield* emulator.setQuota({ primary: 5, secondary: 100 })
      const refused = yield* post(bodyOf("Hi"))
      assert.strictEqual(refused.status, 429)
      assert.include(yield* refused.text, `"resets_at":604800`)
      yield* emulator.setQuota({ primary: 100, secondary: 100 })
      assert.include(yield* (yield* post(bodyOf("Hi"))).text, `"resets_at":604800`)
    }))

  it.effect("comes back at its time, however long nobody asked, and keeps what is set after that", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      const used = Effect.map(post(bodyOf("Hi")), ({ headers }) => [
        headers["x-codex-primary-used-percent"],
        headers["x-codex-primary-reset-at"]
      ])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* used, ["1", "90000"])
      yield* TestClock.adjust("5 hours")
      yield* emulator.setQuota({ primary: 40 })
      assert.deepStrictEqual(yield* used, ["41", "108000"])
    }))
})

describe("CodexEmulator: recorded turns", () => {
  it.effect("are kept without what belongs to an account, and told again", () =>
    Effect.gen(function*() {
      const { client, emulator, tokens, eventsOf, post } = yield* setup()
      const kept: Array<CodexEmulator.RecordedTurn> = []
      const recording = client.pipe(CodexEmulator.recordTurns((turn) => Effect.sync(() => kept.push(turn))))
      yield* emulator.script(Reply.text("Recorded words", { reasoning: "Thinking" }))
      const body = bodyOf("Hi", { instructions: "A secret plan", reasoning: { summary: "auto" } })
      const live = yield* HttpClientRequest.post(`${emulator.baseUrl}/responses`).pipe(
        HttpClientRequest.bodyJsonUnsafe(body),
        HttpClientRequest.bearerToken(tokens.access_token),
        recording.execute
      )
      assert.include(yield* live.text, "A secret plan")
      const [turn] = kept
      assert.isDefined(turn)
      assert.strictEqual(turn.model, "gpt-5.5")
      const text = JSON.stringify(turn)
      assert.notInclude(text, "A secret plan")
      assert.notMatch(text, /"sealed-/)
      assert.include(text, `"encrypted_content":"sealed"`)
      yield* emulator.script(CodexEmulator.replay(turn))
      const again = yield* eventsOf(yield* post(bodyOf("Other")))
      assert.strictEqual(JSON.stringify(again), JSON.stringify(turn.events))
      assert.include(text, "Recorded ")
    }))

  it("are read from CRLF, from data without a space, and past what is no JSON", () => {
    const turn = CodexEmulator.readTurn(
      ": hello\r\n\r\nevent: a\r\ndata:{\"type\":\"a\",\r\ndata: \"user\":\"u1\"}\r\n\r\ndata: [DONE]\r\n\r\n"
    )
    assert.deepStrictEqual(turn, { model: undefined, events: [{ type: "a", user: null }] })
  })
})

describe("CodexEmulator: for tests without Effect", () => {
  it("gives promises, rejects with the failure, and stops when it is closed", async () => {
    const server = await CodexEmulator.start({ device: { interval: "1 second" } })
    const { tokens } = Schema.decodeSync(AuthJson)(await server.signIn({ plan: "pro" }))
    assert.isTrue(await server.holds(tokens.refresh_token))
    await server.script(Reply.text("A promise"))
    const ask = () =>
      fetch(`${server.baseUrl}/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${tokens.access_token}` },
        body: JSON.stringify(bodyOf("Hi"))
      })
    assert.include(await (await ask()).text(), "promise")
    assert.deepStrictEqual((await server.requests()).map((request) => request.path), ["/backend-api/codex/responses"])
    assert.deepStrictEqual(await server.pendingLogins(), [])
    const refusal = await server.approve("NONE-00000").then(() => undefined, (error: unknown) => error)
    assert.instanceOf(refusal, CodexEmulator.NoSuchLogin)
    await server.close()
    await server.close()
    assert.instanceOf(await ask().then(() => undefined, (error: unknown) => error), TypeError)
  })

  it("can be disposed of", async () => {
    const server = await CodexEmulator.start()
    assert.strictEqual((await fetch(server.issuer)).status, 404)
    await server[Symbol.asyncDispose]()
    assert.instanceOf(await fetch(server.issuer).then(() => undefined, (error: unknown) => error), TypeError)
  })
})

describe("CodexEmulator: pictures, refusals, compaction", () => {
  const Sealed = Schema.Struct({ id: Schema.String, type: Schema.String, encrypted_content: Schema.String })
  const itemsOf = (events: ReadonlyArray<typeof Event.Type>) =>
    events.filter(({ type }) => type === "response.output_item.done").map((event) => event["item"])
  const trigger = { type: "compaction_trigger" }
  const compact = Effect.fnUntraced(function*(
    { eventsOf, post }: Effect.Success<ReturnType<typeof build>>,
    input: ReadonlyArray<object>,
    more?: Fields
  ) {
    const events = yield* eventsOf(yield* post(bodyOf("", { input: [...input, trigger], ...more })))
    return yield* Schema.decodeUnknownEffect(Sealed)(itemsOf(events)[0])
  })
  const user = (content: string) => ({ type: "message", role: "user", content })

  it.effect("a picture comes as the result of its call, before the words about it", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.image({ revisedPrompt: "A cat.", text: "Here it is." }))
      const events = yield* eventsOf(yield* post(bodyOf("Draw a cat.")))
      const [picture, message] = itemsOf(events)
      assert.deepInclude(picture, { type: "image_generation_call", status: "completed", revised_prompt: "A cat." })
      assert.match(picture.result, /^iVBOR/)
      assert.strictEqual(message.content[0].text, "Here it is.")
      assert.include(events.map(({ type }) => type), "response.image_generation_call.partial_image")
    }))

  it.effect("a refusal is a part of its own kind", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.refusal("I will not."))
      const events = yield* eventsOf(yield* post(bodyOf("Do it.")))
      assert.deepStrictEqual(itemsOf(events)[0].content, [{ type: "refusal", refusal: "I will not." }])
      const deltas = events.filter(({ type }) => type === "response.refusal.delta").map((event) => event["delta"])
      assert.strictEqual(deltas.join(""), "I will not.")
      assert.notInclude(JSON.stringify(events), "output_text")
    }))

  it.effect("an input that ends with a trigger is sealed, and the sealed item stands for it later", () =>
    Effect.gen(function*() {
      const wire = yield* setup()
      const item = yield* compact(wire, [user("My name is Ann.")])
      assert.match(item.id, /^cmp_/)
      assert.notInclude(item.encrypted_content, "Ann")
      assert.strictEqual(
        yield* wire.ask("", { input: [item, user("What is my name?")] }),
        "Your name is Ann."
      )
    }))

  it.effect("a sealed item of another account, of another family or of nobody is refused by name", () =>
    Effect.gen(function*() {
      const wire = yield* setup()
      const item = yield* compact(wire, [user("My name is Ann.")])
      const again = (item: object, more?: Fields, headers?: Readonly<Record<string, string>>) =>
        Effect.flatMap(
          wire.post(bodyOf("", { input: [item, user("Hi")], ...more }), headers),
          (response) => Effect.map(response.text, (text) => `${response.status} ${text}`)
        )
      const { tokens } = yield* wire.signIn()
      assert.match(yield* again(item, { model: "gpt-6-sol" }), /^400 .*invalid_encrypted_content/)
      assert.match(yield* again({ ...item, encrypted_content: "odd" }), /^400 .*invalid_encrypted_content/)
      assert.match(
        yield* again(item, {}, { authorization: `Bearer ${tokens.access_token}` }),
        /^400 .*invalid_encrypted_content/
      )
      assert.match(yield* again(item), /^200 /)
    }))

  it.effect.each<readonly [string, ReadonlyArray<object>, string]>([
    ["not last", [trigger, user("Hi")], "must be the last"],
    ["named", [user("Hi"), { ...trigger, id: "ct_1" }], "has no id"]
  ])("a trigger that is %s is refused", ([, input, words]) =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const response = yield* post(bodyOf("", { input }))
      assert.strictEqual(response.status, 400)
      assert.include(yield* response.text, words)
    }))
})

describe("CodexEmulator: what a conversation must look like", () => {
  const user = { type: "message", role: "user", content: "Hi" }
  const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" }
  const output = (output: unknown) => ({ type: "function_call_output", call_id: "c", output })
  // A head says how large a picture is.
  const png = (detail?: string) => ({
    type: "input_image",
    image_url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAJxAAACcQCAYAAAA=",
    ...(detail !== undefined && { detail })
  })
  const picture = (part: object) => ({ type: "message", role: "user", content: [part] })
  const thought = { type: "reasoning", id: "rs_1", summary: [] }
  const f = { type: "function", name: "f" }

  it.effect.each<readonly [string, Fields, RegExp | undefined]>([
    ["an id of another kind", { input: [user, { ...call, id: "msg_1" }, output("4")] }, /begins with 'fc'/],
    ["ids of their own kind", { input: [user, { ...call, id: "fc_1" }, output("4")] }, undefined],
    ["a thought at the end", { input: [user, thought] }, /without its required following item/],
    ["a thought before a question", { input: [thought, user] }, /without its required following item/],
    ["a thought before its call", { input: [user, thought, thought, call, output("4")] }, undefined],
    ["a file in an output", { input: [user, call, output([{ type: "input_file", file_id: "f" }])] }, /output\[0\]/],
    ["a picture in an output", { input: [user, call, output([png("high")])] }, undefined],
    ["a huge picture in an output", { input: [user, call, output([png()])] }, /97969 patches/],
    ["a huge picture", { input: [picture(png())] }, /97969 patches/],
    ["a huge picture that is made small", { input: [picture(png("high"))] }, undefined],
    [
      "a nested choice",
      { tools: [f], tool_choice: { type: "function", function: { name: "f" } } },
      /tool_choice.function/
    ],
    ["a flat choice", { tools: [f], tool_choice: { type: "function", name: "f" } }, undefined],
    [
      "a forced picture",
      { tools: [{ type: "image_generation" }], tool_choice: { type: "image_generation" } },
      /not found/
    ],
    ["a forced search", { tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }, undefined],
    ["a name with a space", { tools: [{ ...f, name: "my f" }] }, /pattern/],
    ["a tool without a type", { tools: [{ name: "f" }] }, /tools\[0\].type/],
    ["a list of nothing", { tools: [{ ...f, parameters: { properties: { a: { type: "array" } } } }] }, /missing items/]
  ])("%s", ([, more, words]) =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const response = yield* post(bodyOf("Hi", more))
      assert.strictEqual(response.status, words === undefined ? 200 : 400)
      if (words !== undefined) assert.match(yield* response.text, words)
    }))

  it.effect("a body of 16 MiB is not taken, and one that is a little smaller is", () =>
    Effect.gen(function*() {
      const { post } = yield* setup()
      const large = (size: number) => Effect.map(post(bodyOf("x".repeat(size))), ({ status }) => status)
      assert.strictEqual(yield* large(16 * 1024 * 1024), 413)
      assert.strictEqual(yield* large(16 * 1024 * 1024 - 1000), 200)
    }))
})

describe("CodexEmulator: mistakes of a test", () => {
  it("times says what is wrong with its arguments", () => {
    const times = (...args: ReadonlyArray<unknown>): unknown => Reflect.apply(Reply.times, undefined, args)
    assert.throws(() => times(2, Reply.empty()), /takes the reply first/)
    assert.throws(() => times(Reply.empty(), Number.NaN), /cannot be given NaN times/)
    assert.throws(() => times(Reply.empty(), -1), /cannot be given -1 times/)
    assert.throws(() => times(Reply.empty(), "2"), /cannot be given 2 times/)
    assert.strictEqual(Reply.times(Reply.empty(), Infinity).times, Infinity)
  })

  it.live("a script takes replies only", () =>
    Effect.gen(function*() {
      const { script } = yield* Effect.acquireRelease(
        Effect.promise(() => CodexEmulator.start()),
        (emulator) => Effect.promise(() => emulator.close())
      )
      const odds: ReadonlyArray<unknown> = [Reply.empty, "Hello", Promise.resolve(Reply.empty()), undefined, {
        _tag: "Answer"
      }]
      for (const odd of odds) {
        const outcome = yield* Effect.result(
          Effect.tryPromise((): Promise<void> => Reflect.apply(script, undefined, [odd]))
        )
        assert.isTrue(Result.isFailure(outcome), String(odd))
      }
    }))

  it.effect("a responder that gives a promise is refused at once, or when it is asked, never silent", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      const respondWith = (responder: unknown): Effect.Effect<void> =>
        Reflect.apply(emulator.respondWith, undefined, [responder])
      const mistake = yield* Effect.flip(Effect.sandbox(respondWith(async () => Reply.empty())))
      assert.include(String(Cause.squash(mistake)), "a responder answers at once")
      yield* respondWith(() => Promise.resolve(Reply.empty()))
      const response = yield* post(bodyOf("Hi"))
      assert.strictEqual(response.status, 500)
      assert.include(yield* response.text, "This is no reply: a promise")
    }))
})
