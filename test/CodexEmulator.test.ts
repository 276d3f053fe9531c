import { assert, describe, it } from "@effect/vitest"
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
import * as CodexEmulator from "../src/testing/CodexEmulator.ts"

const { Reply } = CodexEmulator

const clientId = "app_EMoamEEZ73f0CkXaXp7hrann"

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
      yield* emulator.scriptAt(
        "token",
        Reply.unavailable({ status: 500 }),
        Reply.cloudflare(),
        Reply.refreshFailed("invalid_grant", { status: 400 })
      )
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
      yield* emulator.scriptAt("token", Reply.afterWork(Reply.dropConnection()))
      const lost = yield* Effect.flip(token({ refresh_token: tokens.refresh_token }))
      assert.strictEqual(lost.reason._tag, "TransportError")
      assert.include(yield* (yield* token({ refresh_token: tokens.refresh_token })).text, "refresh_token_reused")
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
          { type: "reasoning", summary: [], encrypted_content: "x" },
          message("assistant", "Hello"),
          {
            role: "user",
            content: [{ type: "input_text", text: "See" }, {
              type: "input_image",
              image_url: "data:image/png;base64,aaaa"
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
      yield* emulator.clearScripts
      assert.deepStrictEqual(yield* statuses(1), [200])
    }))

  it.effect("dropConnection closes before any byte", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.script(Reply.dropConnection())
      const failure = yield* Effect.flip(post(bodyOf("Hi")))
      assert.strictEqual(failure.reason._tag, "TransportError")
      yield* emulator.awaitOpenStreams(0)
    }))

  it.effect("cut sends its deltas whole, then breaks the connection", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.script(Reply.cut({ after: 3 }))
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

  it.effect("cut can also end the body as if all had been said", () =>
    Effect.gen(function*() {
      const { emulator, eventsOf, post } = yield* setup()
      yield* emulator.script(Reply.cut({ after: 1, how: "end" }))
      const events = yield* eventsOf(yield* post(bodyOf("Hi")))
      assert.strictEqual(events.at(-1)?.type, "response.output_text.delta")
    }))

  it.effect("delayed is silent before its head", () =>
    Effect.gen(function*() {
      const { emulator, post } = yield* setup()
      yield* emulator.script(Reply.delayed(Reply.rejected("late"), "1 minute"))
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
      yield* emulator.script(Reply.stall({ after: 2 }))
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
      yield* emulator.script(Reply.stall())
      const fiber = yield* Effect.forkChild(post(bodyOf("Hi")))
      yield* emulator.awaitOpenStreams(1)
      yield* Fiber.interrupt(fiber)
      yield* emulator.awaitOpenStreams(0)
    }))

  it.effect("does not keep the emulator from stopping", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.scoped(Effect.gen(function*() {
        const { emulator, post } = yield* setup()
        yield* emulator.script(Reply.stall())
        const fiber = yield* Effect.forkDetach(Effect.flip(post(bodyOf("Hi"))))
        yield* emulator.awaitOpenStreams(1)
        return fiber
      })).pipe(Effect.flatMap(Fiber.join))
      assert.strictEqual(failure.reason._tag, "TransportError")
    }))
})

describe("CodexEmulator: models, usage and the rest", () => {
  const slugs = Schema.Struct({
    models: Schema.Array(Schema.Struct({ slug: Schema.String, visibility: Schema.String }))
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
        "gpt-6-astra",
        "gpt-5.6-luna",
        "gpt-5.5",
        "gpt-5.3-codex",
        "codex-auto-review"
      ])
      assert.strictEqual(all.models.at(-1)?.visibility, "hide")
      assert.strictEqual((yield* list("0.145.0")).models[0]?.slug, "gpt-5.6-luna")
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
      yield* emulator.scriptAt("models", Reply.unavailable({ status: 500 }))
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
