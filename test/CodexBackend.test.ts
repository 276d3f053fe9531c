import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import pkg from "../package.json" with { type: "json" }
import { AccessTokenMissing, TokenRefreshFailed } from "../src/auth/AuthError.ts"
import type { Service as Login } from "../src/auth/CodexAuth.ts"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import type { ResponseEvent } from "../src/backend/ResponseEvent.ts"
import { CodexError } from "../src/CodexError.ts"
import { version } from "../src/internal/client.ts"
import {
  backend,
  backendOver,
  credentials,
  json,
  model,
  type Options,
  paced,
  respond,
  type Seen,
  steady,
  type Step,
  token,
  transport,
  unreachable
} from "./fixtures/backend.ts"
import { answer, block, completed, created, delta, failed, message } from "./fixtures/streams.ts"

const request: CodexRequest = {
  instructions: "You are the keeper of the blue notebook.",
  input: [Item.fromText("user", "my pin is 1234")],
  sessionId: "0195d1c4-0000-7000-8000-000000000001"
}

interface Run {
  readonly events: Array<ResponseEvent>
  readonly seen: Array<Seen>
  readonly at: ReadonlyArray<number>
  /** `completed`, or the failure. */
  readonly end: "completed" | CodexError
  readonly ms: number
}

/** Takes one answer, stepping the clock until it has ended. */
const run = (
  script: ReadonlyArray<Step>,
  options: Options = {},
  login: Partial<Login> = {},
  asked: CodexRequest = request
) =>
  Effect.gen(function*() {
    const seen: Array<Seen> = []
    const events: Array<ResponseEvent> = []
    const start = yield* Effect.clockWith((clock) => Effect.succeed(clock.currentTimeMillisUnsafe()))
    let ms = -1
    const fiber = yield* CodexBackend.use((service) =>
      service.responses(asked).pipe(
        Stream.runForEach((event) => Effect.sync(() => events.push(event))),
        Effect.result,
        Effect.tap(() => Effect.clockWith((clock) => Effect.sync(() => (ms = clock.currentTimeMillisUnsafe() - start))))
      )
    ).pipe(Effect.provide(backend(script, seen, options, login)), steady, Effect.forkChild)
    yield* elapse(() => ms >= 0)
    const result = yield* Fiber.join(fiber)
    const end = result._tag === "Success" ? "completed" : result.failure
    return { events, seen, at: seen.map((entry) => entry.at - start), end, ms } satisfies Run
  })

/** Lets real microtasks run and then moves the virtual clock in small steps, until something is so. */
const elapse = (isOver: () => boolean) =>
  Effect.gen(function*() {
    for (let i = 0; i < 4000 && !isOver(); i++) {
      yield* settle
      if (!isOver()) yield* TestClock.adjust("50 millis")
    }
  })

const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const tags = ({ events }: Run) => events.map((event) => event._tag)
const plain = (end: object | string): Record<string, unknown> =>
  typeof end === "string" ? {} : Object.fromEntries(Object.entries(end))

const tagOf = ({ end }: Run) => typeof end === "string" ? end : end._tag

describe("CodexBackend.responses", () => {
  it.effect("sends one honest request and streams the answer", () =>
    Effect.gen(function*() {
      const result = yield* run([respond(200, answer("Hello"))], { reasoningEffort: "high" })
      assert.strictEqual(result.end, "completed")
      assert.deepStrictEqual(tags(result), [
        "Opened",
        "Started",
        "TextDelta",
        "TextDelta",
        "MessageDone",
        "ItemDone",
        "Completed"
      ])
      assert.strictEqual(result.seen.length, 1)
      const [sent] = result.seen
      assert.strictEqual(sent?.method, "POST")
      assert.strictEqual(sent?.url, "https://chatgpt.com/backend-api/codex/responses")
      const { "content-length": _, "oai-device-id": device, ...headers } = sent?.headers ?? {}
      assert.deepStrictEqual(headers, {
        "accept": "text/event-stream",
        "authorization": `Bearer ${token}`,
        "chatgpt-account-id": "acc-1",
        "content-type": "application/json",
        "originator": "effect-codex",
        "session-id": request.sessionId,
        "user-agent": `effect-codex/${version} (TypeScript; Effect 4)`
      })
      assert.match(device ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.deepStrictEqual(JSON.parse(sent?.body ?? ""), {
        model,
        instructions: request.instructions,
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "my pin is 1234" }] }],
        store: false,
        stream: true,
        include: ["reasoning.encrypted_content"],
        reasoning: { effort: "high" },
        prompt_cache_key: request.sessionId
      })
    }))

  it.effect("tells of a backend that cannot be reached its host alone", () =>
    Effect.gen(function*() {
      const { end } = yield* run([unreachable], {
        maxRetries: 0,
        baseUrl: "https://me:pass@proxy.test:8443/secret/codex"
      })
      assert.deepInclude(plain(end), { _tag: "NetworkFailed", host: "proxy.test:8443" })
    }))

  it.effect("reads what was refused also through a client of your own that fails by status", () =>
    Effect.gen(function*() {
      const refusal = json(429, { error: { type: "usage_limit_reached", message: "Enough.", resets_in_seconds: 60 } })
      const ends = yield* Effect.forEach(
        [(client: HttpClient.HttpClient) => client, HttpClient.filterStatusOk],
        (own) =>
          CodexBackend.use((service) => Effect.flip(Stream.runDrain(service.responses(request)))).pipe(
            Effect.provide(
              backendOver(Layer.succeed(HttpClient.HttpClient, own(transport([refusal], []))), { maxRetries: 0 })
            )
          )
      )
      assert.strictEqual(ends[0]?._tag, "RateLimited")
      assert.deepStrictEqual(plain(ends[1] ?? ""), plain(ends[0] ?? ""))
    }))

  it.effect("waits five seconds for the page of a refusal, and then its status is enough", () =>
    Effect.gen(function*() {
      const open: Step = () => Effect.sync(() => new Response(new ReadableStream(), { status: 503 }))
      const { end, ms, seen } = yield* run([open], { maxRetries: 0 })
      assert.deepInclude(plain(end), { _tag: "BackendUnavailable", status: 503 })
      assert.strictEqual(seen.length, 1)
      assert.isAtLeast(ms, 5000)
      assert.isAtMost(ms, 5100)
    }))

  it("calls itself by the version of the package", () => {
    assert.strictEqual(version, pkg.version)
  })

  it.effect("sends what credentials and settings ask for, and nothing that is no header value", () =>
    Effect.gen(function*() {
      const login = {
        credentials: Effect.succeed({
          ...credentials,
          accessToken: Redacted.make("tok\r\nén"),
          accountId: "mine",
          isFedramp: true,
          residency: "eu"
        })
      }
      const [own] = (yield* run([respond(200, answer("Hi"))], { deviceId: "dev-1" }, login)).seen
      assert.deepInclude(own?.headers, {
        "authorization": "Bearer tokn",
        "chatgpt-account-id": "mine",
        "oai-device-id": "dev-1",
        "x-openai-fedramp": "true",
        "x-openai-internal-codex-residency": "eu"
      })
      const nobody = { credentials: Effect.succeed({ ...credentials, accountId: undefined }) }
      const [none] = (yield* run([respond(200, answer("Hi"))], {}, nobody)).seen
      assert.notProperty(none?.headers, "chatgpt-account-id")
      assert.notProperty(none?.headers, "version")
    }))

  it.effect("asks the login for better credentials after a 401, until it has none", () =>
    Effect.gen(function*() {
      const unauthorized = json(401, { error: { code: "token_expired", message: "x" } }, { "x-request-id": "req-9" })
      const good = yield* run([unauthorized, respond(200, answer("Hi"))])
      assert.strictEqual(good.end, "completed")
      assert.strictEqual(good.seen[1]?.headers["authorization"], "Bearer store-next")
      const bad = yield* run([unauthorized])
      assert.strictEqual(bad.seen.length, 3)
      assert.strictEqual(bad.ms, 0)
      assert.deepInclude(plain(bad.end), {
        _tag: "Unauthorized",
        code: "token_expired",
        requestId: "req-9"
      })
    }))

  it.effect("asks for no other login after a 401 that no login cures", () =>
    Effect.gen(function*() {
      const bodies = [
        json(401, { detail: "Workspace is not authorized in this region." }),
        json(401, { error: { code: "account_deactivated", message: "Your account was deactivated." } }),
        json(401, { detail: { code: "deactivated_workspace" } }),
        respond(200, block({ type: "error", status: 401, error: { code: "account_deactivated" } })),
        respond(200, block(failed({ code: "unsupported_country_region_territory" })))
      ]
      for (const step of bodies) {
        let recovered = 0
        const result = yield* run([step], {}, {
          recover: () => Effect.andThen(Effect.sync(() => recovered++), Effect.succeed(credentials))
        })
        assert.deepStrictEqual([result.seen.length, recovered], [1, 0])
        if (result.end === "completed") return assert.fail("it was answered")
        assert.notInclude(result.end.fix("chat"), "Sign in")
      }
    }))

  it.effect("tells why the login could not be repaired", () =>
    Effect.gen(function*() {
      const result = yield* run([json(401, {})], {}, {
        recover: () => Effect.fail(new TokenRefreshFailed({ reason: "reused" }))
      })
      assert.strictEqual(tagOf(result), "TokenRefreshFailed")
      assert.strictEqual(result.seen.length, 1)
    }))

  it.effect("sends nothing without credentials", () =>
    Effect.gen(function*() {
      const missing = new AccessTokenMissing({ path: "/a", reason: "no tokens" })
      const result = yield* run([respond(200, answer("Hi"))], {}, { credentials: Effect.fail(missing) })
      assert.strictEqual(result.end, missing)
      assert.strictEqual(result.seen.length, 0)
    }))

  it.effect("retries passing failures after 500 ms and 1 s, and no more", () =>
    Effect.gen(function*() {
      for (const step of [respond(500, ""), respond(503, ""), unreachable, respond(200, block(created))]) {
        const result = yield* run([step])
        assert.deepStrictEqual(result.at, [0, 500, 1500])
        assert.notStrictEqual(result.end, "completed")
      }
      const result = yield* run([respond(500, ""), respond(200, answer("Hi"))])
      assert.strictEqual(result.end, "completed")
      assert.deepStrictEqual(tags(result), ["Opened", "Started", "TextDelta", "MessageDone", "ItemDone", "Completed"])
    }))

  it.effect("keeps to maxRetries, none included", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* run([respond(500, "")], { maxRetries: 0 })).at, [0])
      assert.deepStrictEqual((yield* run([respond(500, "")], { maxRetries: 4 })).at, [0, 500, 1500, 3500, 7500])
    }))

  const final: ReadonlyArray<readonly [string, Step, string]> = [
    ["400", json(400, { detail: "Bad" }), "RequestRejected"],
    ["403", json(403, { detail: "Forbidden" }), "ModelForbidden"],
    ["404", json(404, { detail: "Not Found" }), "RequestRejected"],
    ["a used-up quota", json(429, { error: { type: "usage_limit_reached", resets_in_seconds: 5 } }), "RateLimited"],
    ["a 429 without a pause", json(429, { detail: "slow" }), "RateLimited"],
    ["Cloudflare", respond(503, "Just a moment..."), "CloudflareBlocked"],
    ["too long a context", json(400, { error: { code: "context_length_exceeded" } }), "ContextWindowExceeded"],
    ["a plan without Codex", json(429, { error: { type: "usage_not_included" } }), "UsageNotIncluded"],
    ["response.failed for good", respond(200, block(failed({ code: "invalid_prompt" }))), "RequestRejected"],
    ["an empty answer", respond(200, block(created) + block(completed)), "EmptyResponse"]
  ]
  it.effect.each(final)("does not repeat after %s", ([_, step, tag]) =>
    Effect.gen(function*() {
      const result = yield* run([step])
      assert.strictEqual(tagOf(result), tag)
      assert.strictEqual(result.seen.filter(({ method }) => method === "POST").length, 1)
      assert.notInclude(tags(result), "Completed")
    }))

  it.effect("waits as long as the server asks, when that is longer than its own pause", () =>
    Effect.gen(function*() {
      const limited = respond(429, "", { "retry-after": "7" })
      assert.deepStrictEqual((yield* run([limited, limited, respond(200, answer("Hi"))])).at, [0, 7000, 14_000])
      assert.deepStrictEqual(
        (yield* run([respond(503, "", { "retry-after-ms": "10" }), respond(200, answer("Hi"))])).at,
        [0, 500]
      )
    }))

  it.effect("fails at once when the pause is above a minute or does not fit into the time left", () =>
    Effect.gen(function*() {
      const asked = (seconds: number) => respond(429, "", { "retry-after": String(seconds) })
      const tooLong = yield* run([asked(61)], { requestTimeout: "10 minutes" })
      assert.deepStrictEqual([tagOf(tooLong), tooLong.at.length, tooLong.ms], ["RateLimited", 1, 0])
      const fits = yield* run([asked(60), respond(200, answer("Hi"))], { requestTimeout: "10 minutes" })
      assert.deepStrictEqual(fits.at, [0, 60_000])
      const noRoom = yield* run([asked(30)], { requestTimeout: "30 seconds" })
      assert.deepStrictEqual([tagOf(noRoom), noRoom.at.length, noRoom.ms], ["RateLimited", 1, 0])
    }))

  it.effect("retries silently before the first text and announces Restarted after it", () =>
    Effect.gen(function*() {
      const silent = yield* run([respond(200, block(created)), respond(200, answer("Hi"))])
      assert.deepStrictEqual(tags(silent), [
        "Opened",
        "Started",
        "Opened",
        "Started",
        "TextDelta",
        "MessageDone",
        "ItemDone",
        "Completed"
      ])
      const loud = yield* run([respond(200, block(created) + block(delta("Ha"))), respond(200, answer("Hi"))])
      assert.deepStrictEqual(tags(loud), [
        "Opened",
        "Started",
        "TextDelta",
        "Restarted",
        "Opened",
        "Started",
        "TextDelta",
        "MessageDone",
        "ItemDone",
        "Completed"
      ])
      const once = yield* run([respond(200, block(delta("Ha"))), respond(500, ""), respond(200, answer("Hi"))])
      assert.deepStrictEqual(tags(once).filter((tag) => tag === "Restarted").length, 1)
    }))

  it.effect("counts an answer as empty when it holds blanks or remarks only, and a fresh start as fresh", () =>
    Effect.gen(function*() {
      const remark = block(message("Looking", { phase: "commentary" })) + block(completed)
      assert.strictEqual(tagOf(yield* run([respond(200, remark)])), "EmptyResponse")
      assert.strictEqual(tagOf(yield* run([respond(200, block(delta(" \n")) + block(completed))])), "EmptyResponse")
      const afterText = yield* run([respond(200, block(delta("Ha"))), respond(200, block(completed))])
      assert.strictEqual(tagOf(afterText), "EmptyResponse")
    }))

  it.effect("gives up on an attempt that is not answered in time, and tries again", () =>
    Effect.gen(function*() {
      const result = yield* run([() => Effect.never], { connectTimeout: "5 seconds" })
      assert.deepStrictEqual(result.at, [0, 5500, 11_500])
      assert.deepInclude(plain(result.end), { phase: "connect", after: Duration.seconds(5) })
      assert.isTrue(result.seen.every((entry) => entry.signal.aborted))
    }))

  it.effect("gives up on an answer that stands still", () =>
    Effect.gen(function*() {
      let cancelled = 0
      const stalled = yield* run([paced([[0, block(created)]], () => cancelled++)], { idleTimeout: "3 seconds" })
      assert.deepInclude(plain(stalled.end), { phase: "idle", after: Duration.seconds(3) })
      assert.strictEqual(stalled.ms, 3000)
      assert.strictEqual(cancelled, 1)
    }))

  it.effect("keeps waiting while there are signs of life: events, known or not, and comments", () =>
    Effect.gen(function*() {
      const lives = [block({ type: "keepalive" }), ": ping\n\n", block(delta("Long")).slice(0, 20)]
      for (const life of lives) {
        const rest = life.startsWith("event: response") ? block(delta("Long")).slice(20) : block(delta("Hi"))
        const alive = yield* run([paced([[2000, life], [2000, rest], [2000, block(completed)]])], {
          idleTimeout: "3 seconds",
          maxRetries: 0
        })
        assert.strictEqual(alive.end, "completed")
        assert.strictEqual(alive.ms, 6000)
      }
    }))

  it.effect("does not take a slow reader for a silent server", () =>
    Effect.gen(function*() {
      const parts = Array.from({ length: 600 }, (_, n): readonly [number, string] => [0, block(delta(`${n} `))])
      const read: Array<string> = []
      let isOver = false
      const fiber = yield* CodexBackend.use((service) =>
        service.responses(request).pipe(
          Stream.rechunk(1),
          Stream.runForEach((event) =>
            Effect.sync(() => read.push(event._tag)).pipe(Effect.delay(read.length === 0 ? "10 seconds" : 0))
          )
        )
      ).pipe(
        Effect.provide(backend([paced([...parts, [0, block(completed)]])], [], { idleTimeout: "3 seconds" })),
        Effect.exit,
        Effect.tap(() => Effect.sync(() => (isOver = true))),
        Effect.forkChild
      )
      for (let i = 0; i < 700; i++) yield* settle
      yield* elapse(() => isOver)
      assert.isTrue(Exit.isSuccess(yield* Fiber.join(fiber)))
      assert.strictEqual(read.length, 602)
    }))

  it.effect("ends a request that is not answered at requestTimeout, all attempts and pauses included", () =>
    Effect.gen(function*() {
      const result = yield* run([respond(500, ""), () => Effect.never], { requestTimeout: "10 seconds" })
      assert.deepInclude(plain(result.end), { phase: "request", after: Duration.seconds(10) })
      assert.strictEqual(result.ms, 10_000)
      assert.isTrue(result.seen[1]?.signal.aborted)
    }))

  it.effect("never ends a flowing answer at requestTimeout", () =>
    Effect.gen(function*() {
      const slow = paced([
        ...Array.from({ length: 100 }, () => [1000, block(delta("x "))] as const),
        [0, block(completed)]
      ])
      const result = yield* run([slow], { requestTimeout: "10 seconds", connectTimeout: "5 seconds" })
      assert.strictEqual(result.end, "completed")
      assert.strictEqual(result.ms, 100_000)
    }))

  it.effect("aborts the request when the reader is interrupted, or has enough", () =>
    Effect.gen(function*() {
      for (const enough of [false, true]) {
        let cancelled = 0
        const seen: Array<Seen> = []
        const layer = backend([paced([[0, block(delta("Hi"))]], () => cancelled++)], seen)
        let read = 0
        const fiber = yield* CodexBackend.use((service) =>
          service.responses(request).pipe(
            enough ? Stream.take(2) : Stream.map((event) => event),
            Stream.runForEach(() => Effect.sync(() => read++))
          )
        ).pipe(Effect.provide(layer), Effect.forkChild)
        yield* elapse(() => read > 1)
        if (!enough) {
          assert.strictEqual(cancelled, 0)
          yield* Fiber.interrupt(fiber)
        }
        yield* Fiber.await(fiber)
        assert.strictEqual(seen.length, 1)
        assert.strictEqual(cancelled, 1)
      }
    }))

  it.effect("aborts a request that is not answered yet when the reader is interrupted", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const fiber = yield* CodexBackend.use((service) => Stream.runDrain(service.responses(request))).pipe(
        Effect.provide(backend([() => Effect.never], seen)),
        Effect.forkChild
      )
      yield* elapse(() => seen.length > 0)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(seen[0]?.signal.aborted)
    }))

  it.effect("streams 100,000 deltas to a slow reader in bounded memory", () =>
    Effect.gen(function*() {
      let produced = 0
      let consumed = 0
      let ahead = 0
      const chunk = Array.from({ length: 100 }, (_, n) => block(delta(`word ${n} `))).join("")
      const endless: Step = () =>
        Effect.sync(() =>
          new Response(
            new ReadableStream<Uint8Array>({
              pull: (controller) => {
                produced += 100
                controller.enqueue(new TextEncoder().encode(chunk))
                if (produced === 100_000) {
                  controller.enqueue(new TextEncoder().encode(block(completed)))
                  controller.close()
                }
              }
            }, { highWaterMark: 0 })
          )
        )
      const slowly = Effect.replicateEffect(settle, 5)
      yield* CodexBackend.use((service) =>
        Stream.runForEachArray(service.responses(request), (events) =>
          Effect.suspend(() => {
            consumed += events.length
            ahead = Math.max(ahead, produced - consumed)
            return consumed % 1000 < events.length ? slowly : Effect.void
          }))
      ).pipe(Effect.provide(backend([endless])))
      // The first event says only that the answer has begun.
      assert.strictEqual(consumed, 100_002)
      assert.isBelow(ahead, 500)
    }))

  it.effect("never shows token or prompt in errors and spans, even when the server echoes them", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const echo = `${token} ${request.instructions} ${Item.words(request.input[0])} Bearer ${token}`
      const steps = [
        json(400, { detail: echo }),
        json(401, { error: { message: echo, code: echo } }),
        json(403, { error: { message: echo, code: echo } }),
        json(429, { error: { message: echo, type: echo, plan_type: echo } }),
        respond(500, echo),
        respond(200, block(failed({ code: "invalid_prompt", message: echo }))),
        respond(200, echo),
        unreachable
      ]
      for (const step of steps) {
        const seen: Array<Seen> = []
        const fiber = yield* CodexBackend.use((service) => Stream.runDrain(service.responses(request))).pipe(
          Effect.provide(backend([step], seen, { maxRetries: 0 })),
          Effect.withTracer(tracer),
          Effect.exit,
          Effect.forkChild
        )
        const exit = yield* Fiber.join(fiber)
        if (Exit.isSuccess(exit)) return assert.fail("must not succeed")
        const error = Option.getOrThrow(Cause.findErrorOption(exit.cause))
        const shown = [
          Cause.pretty(exit.cause),
          JSON.stringify(error),
          inspect(error, { depth: 10 }),
          JSON.stringify(Schema.encodeSync(CodexError)(error)),
          ...spans.map((span) =>
            inspect([
              [...span.attributes],
              span.events,
              span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
                ? Cause.pretty(span.status.exit.cause)
                : ""
            ])
          )
        ].join("\n")
        for (const secret of [token, "store-next", "keeper of the blue", "my pin is 1234", request.sessionId]) {
          assert.notInclude(shown, secret)
        }
        assert.notProperty(seen[0]?.headers, "traceparent")
      }
      const own = spans.find((span) => span.name === "CodexBackend.responses")
      assert.deepStrictEqual(Object.fromEntries(own?.attributes ?? []), {
        "gen_ai.provider.name": "openai",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "codex.tools": 0
      })
    }))
})

const quotaHeaders = {
  "x-codex-plan-type": "plus",
  "x-codex-primary-used-percent": "30",
  "x-codex-primary-window-minutes": "300",
  "x-codex-primary-reset-after-seconds": "60"
}

describe("CodexBackend.status", () => {
  it.effect("remembers the quota from headers and events, and names model and login", () =>
    Effect.gen(function*() {
      const service = yield* CodexBackend
      assert.isTrue(Option.isNone((yield* service.status).quota))
      const events = yield* Stream.runCollect(service.responses(request))
      assert.deepStrictEqual(events.slice(0, 2).map(({ _tag }) => _tag), ["Opened", "QuotaSeen"])
      const status = yield* service.status
      assert.deepInclude(status, { connected: true, model: "gpt-5.5", reasoningEffort: "low" })
      assert.strictEqual(Option.getOrThrow(status.auth).plan, "plus")
      assert.deepStrictEqual(
        Option.getOrThrow(status.quota).windows.map((window) => [window.name, window.usedPercent]),
        [
          ["5-hour", 31]
        ]
      )
    }).pipe(Effect.provide(backend(
      [
        respond(
          200,
          block({ type: "codex.rate_limits", rate_limits: { primary: { used_percent: 31, window_minutes: 300 } } }) +
            answer("Hi"),
          quotaHeaders
        )
      ],
      [],
      { model: "gpt-5.5", reasoningEffort: "low" }
    ))))

  it.effect("learns the quota from a refusal too", () =>
    Effect.gen(function*() {
      const service = yield* CodexBackend
      yield* Effect.exit(Stream.runDrain(service.responses(request)))
      assert.strictEqual(Option.getOrThrow((yield* service.status).quota).windows[0]?.usedPercent, 30)
    }).pipe(Effect.provide(backend([json(429, { error: { type: "usage_limit_reached" } }, quotaHeaders)]))))
})

describe("the quota that is shown", () => {
  const usage = { plan_type: "pro", rate_limit: { limit_reached: true, allowed: false } }
  const login = (accountId: string | undefined, signedIn = true) => ({
    status: Effect.succeed({
      location: "memory",
      signedIn,
      problem: undefined,
      expiresAt: undefined,
      accountId,
      plan: undefined,
      canRefresh: true,
      unwritable: undefined
    })
  })

  it.effect("stays reached while answers tell the plan only, until one tells the windows", () =>
    Effect.gen(function*() {
      const script = [
        json(200, usage),
        respond(200, answer("Hi"), { "x-codex-plan-type": "pro" }),
        respond(200, block({ type: "codex.rate_limits", plan_type: "pro", rate_limits: {} }) + answer("Hi")),
        respond(
          200,
          block({
            type: "codex.rate_limits",
            limit_name: "another model",
            rate_limits: { limit_reached: false, primary: { used_percent: 1, window_minutes: 300 } }
          }) + answer("Hi")
        ),
        respond(200, answer("Hi"), quotaHeaders)
      ]
      const reached: Array<boolean> = []
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        for (const [index] of script.entries()) {
          yield* index === 0 ? service.usage : Stream.runDrain(service.responses(request))
          reached.push(Option.getOrThrow((yield* service.status).quota).limitReached)
        }
      }).pipe(Effect.provide(backend(script)))
      assert.deepStrictEqual(reached, [true, true, true, true, false])
    }))

  it.effect("of a refusal is known, and is no sign of an answer", () =>
    Effect.gen(function*() {
      const { end, events } = yield* run([respond(503, "", quotaHeaders), respond(200, answer("Hi"))])
      assert.strictEqual(end, "completed")
      assert.strictEqual(events[0]?._tag, "Opened")
      assert.isFalse(events.some(({ _tag }) => _tag === "QuotaSeen"))
    }))

  it.effect("keeps what an answer does not speak of: its windows, and its plan", () =>
    Effect.gen(function*() {
      const primary = { used_percent: 40, window_minutes: 300 }
      const script = [
        respond(200, answer("Hi"), { "x-codex-plan-type": "pro" }),
        respond(200, block({ type: "codex.rate_limits", rate_limits: { primary } }) + answer("Hi")),
        respond(200, answer("Hi"), { "x-codex-plan-type": "plus" })
      ]
      const told: Array<unknown> = []
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        for (const _ of script) {
          yield* Stream.runDrain(service.responses(request))
          const { plan, windows } = Option.getOrThrow((yield* service.status).quota)
          told.push([plan, windows.map(({ usedPercent }) => usedPercent)])
        }
      }).pipe(Effect.provide(backend(script)))
      assert.deepStrictEqual(told, [["pro", []], ["pro", [40]], ["plus", [40]]])
    }))

  it.effect("is that of the login, and of none that is signed out or of another account", () =>
    Effect.gen(function*() {
      let current: Partial<Login> = login("acc-1")
      const shown = Effect.map(CodexBackend.use((service) => service.status), ({ quota }) => Option.isSome(quota))
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        yield* service.usage
        assert.isTrue(yield* shown)
        for (const next of [login(undefined, false), login("acc-1", false), login("acc-2"), login(undefined)]) {
          current = next
          assert.isFalse(yield* shown)
        }
        current = login("acc-1")
        assert.isTrue(yield* shown)
      }).pipe(Effect.provide(backend([json(200, usage)], [], {}, {
        status: Effect.suspend(() => current.status ?? Effect.die("no status"))
      })))
    }))

  it.effect("of one account is not mixed into that of the next", () =>
    Effect.gen(function*() {
      let accountId = "acc-1"
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        yield* service.usage
        accountId = "acc-2"
        yield* Stream.runDrain(service.responses(request))
        const quota = Option.getOrThrow((yield* service.status).quota)
        assert.deepStrictEqual(quota, { plan: "plus", limitReached: false, windows: [] })
      }).pipe(Effect.provide(backend(
        [json(200, usage), respond(200, answer("Hi"), { "x-codex-plan-type": "plus" })],
        [],
        {},
        {
          credentials: Effect.sync(() => ({ ...credentials, accountId })),
          status: Effect.suspend(() => login(accountId).status)
        }
      )))
    }))
})

describe("an answer without text", () => {
  const ends = (response: object, type = "response.incomplete") =>
    Effect.map(run([respond(200, block({ type, response }))], { maxRetries: 0 }), ({ end }) => end)

  it.effect("says why there is none, as far as the backend does", () =>
    Effect.gen(function*() {
      const rows: ReadonlyArray<readonly [unknown, RegExp, RegExp]> = [
        ["max_output_tokens", /no text \(it reached the model's limit/, /Ask for less/],
        ["content_filter", /no text \(the content filter held it back\)/, /other words/],
        ["CONTENT_FILTER", /no text \(the content filter held it back\)/, /other words/],
        ["interrupted", /no text \(it was interrupted\)/, /Ask again/],
        ["new_reason", /no text \(reason: new_reason\)\.$/, /retry/],
        ["constructor", /no text \(reason: constructor\)\.$/, /retry/],
        ["x".repeat(20_000), /sent no text\.$/, /retry/],
        [undefined, /sent no text\.$/, /retry/]
      ]
      for (const [reason, message, fix] of rows) {
        const error = yield* ends({ incomplete_details: { reason } })
        if (error === "completed" || error._tag !== "EmptyResponse") return assert.fail(JSON.stringify(error))
        assert.match(error.message, message)
        assert.match(error.fix("chat"), fix)
      }
      const completedSo = yield* ends(
        { status: "incomplete", incomplete_details: { reason: "content_filter" } },
        "response.completed"
      )
      assert.match(typeof completedSo === "string" ? "" : completedSo.message, /content filter/)
    }))
})

describe("a base URL that is none", () => {
  it.effect("is named, with the variable, and nothing is sent or tried again", () =>
    Effect.gen(function*() {
      for (const baseUrl of ["chatgpt.com/backend-api", "localhost:8080", "ftp://h/x", "", "https://", "/codex"]) {
        const { end, seen } = yield* run([respond(200, answer("Hi"))], { baseUrl })
        assert.strictEqual(seen.length, 0, baseUrl)
        if (end === "completed") return assert.fail(`${baseUrl} was asked`)
        assert.strictEqual(end.message, "The setting baseUrl (CODEX_BASE_URL) is no http or https address.")
        assert.include(end.fix("chat"), "baseUrl (CODEX_BASE_URL)")
        assert.notInclude(end.fix("chat"), "network")
        const list = yield* CodexBackend.use((service) => Effect.flip(service.usage)).pipe(
          Effect.provide(backend([json(200, {})], [], { baseUrl }))
        )
        assert.strictEqual(list.message, end.message)
      }
      assert.strictEqual((yield* run([respond(200, answer("Hi"))], { baseUrl: "HTTPS://h.test/x/" })).end, "completed")
    }))
})

describe("CodexBackend.usage", () => {
  it.effect("asks beside the backend and remembers the answer", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const body = {
        plan_type: "pro",
        rate_limit: {
          limit_reached: false,
          primary_window: { used_percent: 5, limit_window_seconds: 18_000, reset_at: 1_700_000_000 }
        }
      }
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        const quota = yield* service.usage
        assert.strictEqual(quota.plan, "pro")
        assert.deepInclude(quota.windows[0], { name: "5-hour", resetsAt: DateTime.makeUnsafe(1_700_000_000_000) })
        assert.deepStrictEqual((yield* service.status).quota, Option.some(quota))
        assert.deepStrictEqual(seen.map((entry) => [entry.method, entry.url]), [
          ["GET", "http://127.0.0.1:9/backend-api/wham/usage"]
        ])
      }).pipe(Effect.provide(backend([json(200, body)], seen, { baseUrl: "http://127.0.0.1:9/backend-api/codex/" })))
    }))

  it.effect("tells what went wrong", () =>
    Effect.gen(function*() {
      const fails = (step: Step) =>
        CodexBackend.use((service) => Effect.flip(service.usage)).pipe(
          Effect.provide(backend([step], [], { maxRetries: 0 })),
          Effect.map((error) => error._tag)
        )
      assert.strictEqual(yield* fails(json(401, {})), "Unauthorized")
      assert.strictEqual(yield* fails(json(403, { detail: "no" })), "RequestRejected")
      assert.strictEqual(yield* fails(json(400, { error: { code: "context_length_exceeded" } })), "RequestRejected")
      assert.strictEqual(yield* fails(respond(200, "hello")), "RequestRejected")
      assert.strictEqual(yield* fails(respond(500, "")), "BackendUnavailable")
      assert.strictEqual(yield* fails(unreachable), "NetworkFailed")
    }))
})
