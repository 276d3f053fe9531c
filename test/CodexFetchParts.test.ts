/**
 * The pieces of codexFetch: what is sent for what a client asks, what becomes of an answer, and how a failure is told.
 */
import { assert, describe, it, vi } from "@effect/vitest"
import { codexFetch, type CodexFetchOptions } from "effect-codex/ai"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Asked from "../src/ai/promise/internal/asked.ts"
import * as Events from "../src/ai/promise/internal/events.ts"
import * as Items from "../src/ai/promise/internal/items.ts"
import * as Refusal from "../src/ai/promise/internal/refusal.ts"
import * as CodexError from "../src/CodexError.ts"

const read = (body: Record<string, unknown>, items = Items.make()) =>
  Asked.read({ model: "m", input: "Hi", ...body }, items)

const sent = (body: Record<string, unknown>) => Result.getOrThrow(read(body))

describe("what a client asks", () => {
  it("goes on as it is, with what the backend wants of each request", () => {
    const fields = {
      stream_options: { include_obfuscation: false },
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
      reasoning: { effort: "low" },
      text: { verbosity: "low" },
      prompt_cache_key: "key",
      client_metadata: { a: "b" }
    }
    const asked = sent({ ...fields, instructions: "Be brief.", store: true, stream: true, temperature: null })
    assert.deepStrictEqual(asked, {
      body: {
        model: "m",
        ...fields,
        instructions: "Be brief.",
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] }],
        include: ["reasoning.encrypted_content"],
        store: false,
        stream: true
      },
      isStream: true,
      session: "key"
    })
    assert.deepInclude(sent({}), { isStream: false, session: undefined })
    assert.deepInclude(sent({ stream: null }), { isStream: false })
    assert.strictEqual(sent({}).body["instructions"], "")
  })

  it("includes what thinking goes on with, once, beside what the client wants", () => {
    const encrypted = "reasoning.encrypted_content"
    assert.deepStrictEqual(
      [[], ["a"], [encrypted], ["a", encrypted], "a"].map((include) => sent({ include }).body["include"]),
      [[encrypted], ["a", encrypted], [encrypted], ["a", encrypted], [encrypted]]
    )
  })

  it("is of a tier that a login has, or of none where it leaves that to the server", () => {
    assert.deepStrictEqual(
      [undefined, null, "auto", "default", "priority"].map((service_tier) =>
        sent({ service_tier }).body["service_tier"]
      ),
      [undefined, undefined, undefined, "default", "priority"]
    )
    assert.isFalse("service_tier" in sent({ service_tier: "auto" }).body)
    assert.deepInclude(Result.getOrThrow(Result.flip(read({ service_tier: "flex" }))), { field: "service_tier" })
  })

  it("is refused by the field that the backend does not know, with what to do instead", () => {
    const refusalOf = (body: Record<string, unknown>) => Result.getOrThrow(Result.flip(read(body)))
    const table: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
      [{ previous_response_id: "r" }, "send the whole conversation as `input`"],
      [{ conversation: "c" }, "send the whole conversation as `input`"],
      [{ prompt: { id: "p" } }, "what the stored prompt says"],
      [{ background: true }, "read while it is written"],
      [{ max_output_tokens: 9 }, "ask for a short answer"],
      [{ messages: [] }, "the conversation is `input`"],
      [{ temperature: 1 }, "leave it out."]
    ]
    for (const [body, advice] of table) {
      const [field] = Object.keys(body)
      const refusal = refusalOf(body)
      assert.strictEqual(refusal.field, field)
      assert.include(refusal.message, advice)
    }
  })

  it("names items of earlier answers by their ids, as long as they are among the last thousand", () => {
    const items = Items.make()
    for (let n = 0; n < 1000; n++) items.keep({ id: `i${n}`, n })
    items.keep({ id: "i0", again: true })
    assert.deepStrictEqual(items.get("i1"), { id: "i1", n: 1 })
    items.keep({ id: "new" })
    items.keep({ type: "without an id" })
    assert.isUndefined(items.get("i1"))
    assert.deepStrictEqual(items.get("i0"), { id: "i0", again: true })
    assert.isDefined(items.get("i2"))
    const input = [{ role: "system", content: "s" }, { type: "item_reference", id: "i2" }, "odd"]
    assert.deepStrictEqual(Result.getOrThrow(read({ input }, items)).body["input"], [
      { role: "developer", content: "s" },
      { id: "i2", n: 2 },
      "odd"
    ])
    const lost = read({ input: [{ role: "user", content: "u" }, { type: "item_reference", id: "i1" }] }, items)
    assert.deepInclude(Result.getOrThrow(Result.flip(lost)), { field: "input[1]" })
  })

  it("holds texts by which an answer is freed of them, and no picture", () => {
    assert.deepStrictEqual(
      Asked.textsOf({ a: "one", b: [{ c: "two" }, 3, null], d: "data:image/png;base64,AAAA" }),
      ["one", "two"]
    )
  })
})

describe("the events of an answer", () => {
  const told = (chunks: ReadonlyArray<string>, items = Items.make()) =>
    // Whoever answers may leave the line open.
    Stream.runCollect(Events.read(items)(Stream.concat(Stream.fromIterable(chunks), Stream.never)))
  const block = (event: object, head = "") => `${head}data: ${JSON.stringify(event)}\n\n`
  const item = (id: string) => ({ id, type: "message", role: "assistant", content: [] })
  const done = (id: string) => ({ type: "response.output_item.done", output_index: 0, item: item(id) })
  const end = (type: string, response?: object) => ({ type, ...response !== undefined && { response } })

  it.effect.each([
    "response.completed",
    "response.done",
    "response.incomplete",
    "response.failed",
    "response.cancelled",
    "error"
  ])("end with %s, and hold the whole output then; nothing behind it counts", (type) =>
    Effect.gen(function*() {
      const items = Items.make()
      const all = yield* told([
        block(done("a")),
        block(done("b")),
        block(end(type, { id: "r", output: [] }), "id: 7\nevent: last\n"),
        block(done("c"))
      ], items)
      assert.lengthOf(all, 3)
      assert.deepStrictEqual(all.map(({ end }) => end === undefined), [true, true, false])
      const last = all.at(-1)
      assert.deepStrictEqual(last?.end, {
        type,
        response: { object: "response", id: "r", output: [item("a"), item("b")] }
      })
      assert.match(last?.text ?? "", /id: 7\n/)
      assert.match(last?.text ?? "", /event: last\n/)
      assert.deepStrictEqual(JSON.parse(/data: (.*)/.exec(last?.text ?? "")?.[1] ?? ""), last?.end)
      assert.deepStrictEqual([items.get("a"), items.get("c")], [item("a"), undefined])
    }))

  it.effect("are read however they are written and cut, and one answer after the other", () =>
    Effect.gen(function*() {
      const items = Items.make()
      const text = `data: {"item": ${JSON.stringify(item("a"))}, "type" : "response.output_item.done"}\n\n` +
        `data: {"type" :"response.completed", "response": {"id": "r"}}\n\n`
      for (const chunks of [[text], text.split(""), [text.slice(0, 40), text.slice(40)]]) {
        const last = (yield* told(chunks, items)).at(-1)
        assert.deepStrictEqual(last?.end?.["response"], { object: "response", id: "r", output: [item("a")] })
      }
    }))

  it.effect("keep an output that the server tells itself, and make one of texts where there are no items", () =>
    Effect.gen(function*() {
      const own = yield* told([block(done("a")), block(end("response.completed", { output: [item("own")] }))])
      assert.deepStrictEqual(own.at(-1)?.end, { type: "response.completed", response: { output: [item("own")] } })
      const say = (text: string) => block({ type: "response.output_text.done", text })
      const spoken = yield* told([say("One."), say("Two."), block(end("response.completed", {}))])
      assert.deepInclude(JSON.parse(JSON.stringify(spoken.at(-1)?.end)).response.output[0], {
        type: "message",
        content: ["One.", "Two."].map((text) => ({ type: "output_text", text, annotations: [] }))
      })
      const nothing = yield* told([block(end("response.failed"))])
      assert.deepStrictEqual(nothing.at(-1)?.end, { type: "response.failed" })
    }))

  it.effect("may hold a picture of many megabytes", () =>
    Effect.gen(function*() {
      const drawn = { ...done("a"), item: { ...item("a"), result: "A".repeat(5_000_000) } }
      const whole = block(drawn)
      const cut = [whole.slice(0, 3_000_000), whole.slice(3_000_000)]
      const [first] = yield* told([...cut, block(end("response.completed", {}))])
      assert.isAbove(first?.text.length ?? 0, 5_000_000)
    }))
})

describe("a failure, as a client knows it", () => {
  const at = DateTime.makeUnsafe("2026-11-26T20:00:00Z")
  const {
    AccessTokenExpired,
    AccessTokenMissing,
    AuthFileInvalid,
    AuthFileNotFound,
    BackendUnavailable,
    BudgetExhausted,
    ContextWindowExceeded,
    ModelForbidden,
    RateLimited,
    RequestRejected,
    TokenRefreshFailed,
    Unauthorized,
    UsageNotIncluded,
    WorkspaceRefused
  } = CodexError
  const table: ReadonlyArray<readonly [CodexError.CodexError, status: number, code: string, mayPass: boolean]> = [
    [new Unauthorized({}), 401, "Unauthorized", false],
    [new Unauthorized({ code: "token_revoked" }), 401, "token_revoked", false],
    [new AuthFileNotFound({ path: "p" }), 401, "AuthFileNotFound", false],
    [new AuthFileInvalid({ path: "p", problem: "not JSON" }), 401, "AuthFileInvalid", false],
    [new AccessTokenMissing({ path: "p", reason: "API key" }), 401, "AccessTokenMissing", false],
    [new AccessTokenExpired({ reason: "refresh is off" }), 401, "AccessTokenExpired", false],
    [new TokenRefreshFailed({ reason: "revoked" }), 401, "TokenRefreshFailed", false],
    [new TokenRefreshFailed({ reason: "unreachable" }), 503, "TokenRefreshFailed", true],
    [new RateLimited({ kind: "quota", resetsAt: at }), 429, "usage_limit_reached", false],
    [new RateLimited({ kind: "rate", retryAfter: Duration.millis(1500) }), 429, "rate_limit_exceeded", true],
    [new UsageNotIncluded({ code: "usage_not_included" }), 429, "usage_not_included", false],
    [new BudgetExhausted({ code: "billing_hard_limit_reached" }), 429, "billing_hard_limit_reached", false],
    [new WorkspaceRefused({ reason: "access" }), 403, "WorkspaceRefused", false],
    [new ModelForbidden({ model: "m", status: 404 }), 404, "model_not_found", false],
    [new ModelForbidden({ model: "m", status: 404, code: "no_model" }), 404, "no_model", false],
    [new RequestRejected({ status: 400 }), 400, "RequestRejected", false],
    [new RequestRejected({ code: "invalid_value" }), 400, "invalid_value", false],
    [new ContextWindowExceeded({ model: "m" }), 400, "context_length_exceeded", false],
    [new BackendUnavailable({ status: 500, code: "slow_down" }), 503, "slow_down", true]
  ]

  it.effect.each(
    table.map(([failure, status, code, mayPass]) => ({ name: failure._tag, failure, status, code, mayPass }))
  )(
    "$name is $status, $code",
    ({ code, failure, mayPass, status }) =>
      Effect.gen(function*() {
        const answer = Refusal.ofFailure(failure)
        assert.strictEqual(answer.status, status)
        assert.strictEqual(answer.headers.get("x-should-retry"), String(mayPass))
        assert.strictEqual(answer.headers.get("content-type"), "application/json")
        const { error } = yield* Effect.promise(() => answer.json())
        assert.deepStrictEqual(error, { message: failure.message, type: failure._tag, param: null, code })
        const paused = "retryAfter" in failure && failure.retryAfter !== undefined
        assert.strictEqual(answer.headers.get("retry-after"), paused ? "2" : null)
      })
  )

  it.effect("has the status and the field of the server where it came from there, and no field that is none", () =>
    Effect.gen(function*() {
      const paramOf = (body: object | string) =>
        Effect.promise(() =>
          Refusal.ofFailure(new RequestRejected({ status: 400 }), {
            status: 422,
            body: typeof body === "string" ? body : JSON.stringify(body)
          }).json()
        ).pipe(Effect.map(({ error }) => error.param))
      assert.strictEqual(yield* paramOf({ error: { param: "input[0].content[1]" } }), "input[0].content[1]")
      assert.strictEqual(yield* paramOf({ detail: "Unsupported parameter: top_p" }), "top_p")
      assert.strictEqual(yield* paramOf({ error: { param: "a sentence that somebody said" } }), null)
      assert.strictEqual(yield* paramOf({ error: { param: "x".repeat(65) } }), null)
      assert.strictEqual(yield* paramOf("no JSON"), null)
      assert.strictEqual(
        Refusal.ofFailure(new RequestRejected({ status: 400 }), { status: 422, body: "" }).status,
        422
      )
    }))
})

describe("a request of codexFetch", () => {
  /** What was sent, and what came of it. */
  const sending = (
    options: CodexFetchOptions,
    body: object = { model: "m", input: "Hi" },
    answer: () => Response = () =>
      new Response(`data: {"type":"response.completed","response":{"id":"r","output":[]}}\n\n`, {
        headers: { "openai-processing-ms": "7", "x-request-id": "q", "retry-after": "3", "cf-ray": "no" }
      })
  ) =>
    Effect.gen(function*() {
      const seen: Array<Request> = []
      const fetch = codexFetch({
        accessToken: "token",
        baseUrl: "https://backend.test/codex///",
        ...options,
        fetch: (input, init) => {
          seen.push(new Request(input, init))
          return Promise.resolve(answer())
        }
      })
      const told = yield* Effect.promise(() =>
        fetch("https://api.openai.com/v1/responses", { method: "POST", body: JSON.stringify(body) })
      )
      yield* Effect.promise(() => fetch.close())
      const [request] = seen
      return { told, request, of: (name: string) => request?.headers.get(name) ?? null }
    })

  it.live("goes to the backend alone, signed in, and says of itself what the options say", () =>
    Effect.gen(function*() {
      const { of, request } = yield* sending(
        { accountId: "account", deviceId: "device" },
        { model: "m", input: "Hi", prompt_cache_key: "key\u0000é\nof mine" }
      )
      assert.strictEqual(request?.url, "https://backend.test/codex/responses")
      assert.strictEqual(of("authorization"), "Bearer token")
      assert.strictEqual(of("accept"), "text/event-stream")
      assert.strictEqual(of("session-id"), "keyof mine")
      assert.strictEqual(of("chatgpt-account-id"), "account")
      assert.strictEqual(of("oai-device-id"), "device")
      const bare = yield* sending({})
      assert.deepStrictEqual(["session-id", "chatgpt-account-id"].map(bare.of), [null, null])
    }))

  it.live("is answered with the headers that clients read, as events or as one object", () =>
    Effect.gen(function*() {
      for (const stream of [true, false]) {
        const { told } = yield* sending({}, { model: "m", input: "Hi", stream })
        assert.deepStrictEqual(
          ["openai-processing-ms", "x-request-id", "retry-after", "cf-ray"].map((name) => told.headers.get(name)),
          ["7", "q", "3", null]
        )
        assert.strictEqual(
          told.headers.get("content-type"),
          stream ? "text/event-stream; charset=utf-8" : "application/json"
        )
        yield* Effect.promise(() => told.text())
      }
    }))

  it.live("is refused where a page or a document comes in place of an answer", () =>
    Effect.gen(function*() {
      const documents = [
        ["text/html", "<html>Log in to this network</html>", 503],
        ["application/json", "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"Too long\"}}", 400]
      ] as const
      for (const [type, body, status] of documents) {
        for (const stream of [true, false]) {
          const { told } = yield* sending(
            {},
            { model: "m", input: "Hi", stream },
            () => new Response(body, { headers: { "content-type": type } })
          )
          assert.strictEqual(told.status, status, type)
          assert.notInclude(yield* Effect.promise(() => told.text()), "<html>")
        }
      }
    }))

  it.live("repeats nothing of what was asked when it is refused, and says which model or field it was, in a long answer too", () =>
    Effect.gen(function*() {
      const secret = "My secret is written down in a long sentence."
      const refusals = [
        [400, `Strange words: ${secret}`, "Strange words"],
        [404, `The model does not exist. ${secret}`, "my-model"],
        [400, "Unsupported parameter: top_p", "\"param\":\"top_p\""]
      ] as const
      for (const [status, detail, words] of refusals) {
        const { told } = yield* sending(
          {},
          { model: "my-model", input: secret },
          () => Response.json({ padding: "x".repeat(10_000), detail }, { status })
        )
        const text = yield* Effect.promise(() => told.text())
        assert.strictEqual(told.status, status)
        assert.notInclude(text, "My secret")
        assert.include(text, words)
      }
    }))

  it.live("is not made with a login that is over and may not be renewed, and its own login is the one that is named", () =>
    Effect.gen(function*() {
      const payload = Buffer.from(JSON.stringify({ exp: 1 })).toString("base64url")
      const authJson = JSON.stringify({ tokens: { access_token: `a.${payload}.c`, refresh_token: "r" } })
      const { request, told } = yield* sending({ accessToken: undefined, authJson, autoRefresh: false })
      assert.isUndefined(request)
      assert.strictEqual(told.status, 401)
      assert.include(yield* Effect.promise(() => told.text()), "refresh is off")
    }))

  it.live("is made with the login that the environment names, where no option names one", () =>
    Effect.gen(function*() {
      vi.stubEnv("CODEX_AUTH_JSON_PATH", "/nowhere/of-the-environment.json")
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
      const { request, told } = yield* sending({ accessToken: undefined })
      assert.isUndefined(request)
      assert.strictEqual(told.status, 401)
      assert.include(yield* Effect.promise(() => told.text()), "/nowhere/of-the-environment.json")
    }))
})
