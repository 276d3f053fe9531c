import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Exchange } from "../src/backend/HttpFailure.ts"
import type { ExchangeEvent } from "../src/backend/ResponseEvent.ts"
import * as ResponseStream from "../src/backend/ResponseStream.ts"
import { all, answer, block, completed, created, delta, failed, message } from "./fixtures/streams.ts"

const exchange: Exchange = {
  model: "gpt-5.3-codex",
  host: "chatgpt.com",
  status: 200,
  headers: { "x-request-id": "req_1" },
  sent: Redacted.make(["The prompt that we sent to the server."])
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const plain = (error: object): Record<string, unknown> => Object.fromEntries(Object.entries(error))

/** Everything that a stream says: its events and how it ends; signs of life depend on how the bytes are cut. */
const outcome = (
  body: Stream.Stream<Uint8Array, HttpClientError.HttpClientError>,
  own: Partial<Exchange> = {}
) =>
  Effect.gen(function*() {
    const events: Array<ExchangeEvent> = []
    const exit = yield* body.pipe(
      ResponseStream.decode({ exchange: { ...exchange, ...own } }),
      Stream.filter(({ _tag }) => _tag !== "Alive"),
      Stream.runForEachArray((some) => Effect.sync(() => events.push(...some))),
      Effect.result
    )
    const end: Record<string, unknown> = exit._tag === "Success"
      ? { _tag: "completed" }
      : { ...plain(exit.failure), message: exit.failure.message }
    return { events, end }
  })

const of = (...parts: ReadonlyArray<string>) =>
  outcome(Stream.fromIterable(parts).pipe(Stream.map(bytes), Stream.rechunk(1)))

const endOf = (...parts: ReadonlyArray<string>) => Effect.map(of(...parts), ({ end }) => end["_tag"])

/** What was said; whole items repeat it, and have tests of their own. */
const texts = (events: ReadonlyArray<ExchangeEvent>) =>
  events.filter(({ _tag }) => _tag !== "ItemDone").map((event) =>
    "text" in event ? `${event._tag}:${event.text}` : event._tag
  )

describe("ResponseStream", () => {
  it.effect("turns an ordinary answer into its events", () =>
    Effect.gen(function*() {
      const { end, events } = yield* of(answer("Hello"))
      assert.strictEqual(end["_tag"], "completed")
      assert.deepStrictEqual(events, [
        { _tag: "Started", responseId: "resp_1", model: "gpt-5.3-codex" },
        { _tag: "TextDelta", text: "He", itemId: "msg_1", phase: "answer" },
        { _tag: "TextDelta", text: "llo", itemId: "msg_1", phase: "answer" },
        { _tag: "MessageDone", text: "Hello", phase: "answer" },
        {
          _tag: "ItemDone",
          item: {
            type: "message",
            role: "assistant",
            content: [{ type: "output_text", text: "Hello", annotations: [] }]
          }
        },
        {
          _tag: "Completed",
          responseId: "resp_1",
          model: "gpt-5.3-codex",
          usage: { inputTokens: 10, cachedTokens: 4, outputTokens: 5, reasoningTokens: 2, totalTokens: 15 },
          incomplete: undefined,
          finishReason: "stop"
        }
      ])
    }))

  const names = Object.keys(all)
  it.effect.prop(
    "gives the same events however the bytes are cut",
    [Schema.Literals(names), Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })))],
    ([name, sizes]) =>
      Effect.gen(function*() {
        const whole = bytes(all[name] ?? "")
        const parts: Array<Uint8Array> = []
        let at = 0
        // Whatever the sizes leave over is cut into single bytes, which splits every character and line end.
        for (let i = 0; at < whole.length; i++) {
          const size = sizes[i] ?? 1
          parts.push(whole.slice(at, at + size))
          at += size
        }
        const cut = yield* outcome(Stream.fromIterable(parts).pipe(Stream.rechunk(1)))
        assert.deepStrictEqual(cut, yield* outcome(whole.length === 0 ? Stream.empty : Stream.make(whole)))
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.each(names)("gives the same events when %s is cut once, anywhere", (name) =>
    Effect.gen(function*() {
      const whole = bytes(all[name] ?? "")
      const expected = yield* outcome(Stream.make(whole))
      for (let at = 1; at < whole.length; at++) {
        assert.deepStrictEqual(
          yield* outcome(Stream.make(whole.slice(0, at), whole.slice(at)).pipe(Stream.rechunk(1))),
          expected
        )
      }
    }))

  it.effect("reads LF, CRLF, CR, comments, byte order marks and several data lines", () =>
    Effect.gen(function*() {
      const hello = texts((yield* of(all["plain"] ?? "")).events)
      assert.deepStrictEqual(hello, [
        "Started",
        "TextDelta:He",
        "TextDelta:llo, world",
        "MessageDone:Hello, world",
        "Completed"
      ])
      assert.deepStrictEqual(texts((yield* of(all["crlf"] ?? "")).events), hello)
      assert.deepStrictEqual(texts((yield* of(all["cr"] ?? "")).events), hello)
      assert.deepStrictEqual(texts((yield* of(all["mixed"] ?? "")).events), [
        "Started",
        "TextDelta:a",
        "MessageDone:a",
        "Completed"
      ])
      assert.deepStrictEqual(texts((yield* of(all["byteOrderMark"] ?? "")).events).at(0), "Started")
      assert.deepStrictEqual(texts((yield* of(all["comments"] ?? "")).events), [
        "Started",
        "TextDelta:Hi",
        "MessageDone:Hi",
        "Completed"
      ])
      assert.deepStrictEqual(texts((yield* of(all["severalDataLines"] ?? "")).events), [
        "TextDelta:two lines",
        "Completed"
      ])
    }))

  it.effect("joins the data lines of one event over CRLF too, cut between its two characters", () =>
    Effect.gen(function*() {
      const [first, ...rest] = (all["severalDataLinesCrlf"] ?? "").split("\n")
      const { events } = yield* of(first ?? "", `\n${rest.join("\n")}`)
      assert.deepStrictEqual(texts(events), ["TextDelta:two lines", "Completed"])
    }))

  it.effect("ignores what it does not know: [DONE], text that is not JSON, new events, other fields", () =>
    Effect.gen(function*() {
      const { end, events } = yield* of(all["noise"] ?? "")
      assert.strictEqual(end["_tag"], "completed")
      assert.deepStrictEqual(texts(events), ["Started", "TextDelta:Hi", "MessageDone:Hi", "Completed"])
    }))

  it.effect("reads the type inside the data, and the event line only where there is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(texts((yield* of(all["typeInsideOnly"] ?? "")).events), ["TextDelta:Hi", "Completed"])
    }))

  it.effect("takes a last event that no blank line closes, and refuses half of one", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* endOf(all["lastBlockOpen"] ?? ""), "completed")
      assert.strictEqual(yield* endOf(all["cutInBlock"] ?? ""), "StreamInterrupted")
    }))

  it.effect("fails as closed early when the connection ends without a terminal event, after all events", () =>
    Effect.gen(function*() {
      const { end, events } = yield* of(all["closedEarly"] ?? "")
      assert.deepStrictEqual(texts(events), ["Started", "TextDelta:Hi"])
      assert.include(end, { _tag: "StreamInterrupted", problem: "closed early", requestId: "req_1" })
    }))

  it.effect("fails as closed early when the connection breaks", () =>
    Effect.gen(function*() {
      const broken = new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({ request: HttpClientRequest.get("http://x.test") })
      })
      const { end, events } = yield* outcome(Stream.concat(Stream.make(bytes(block(delta("Hi")))), Stream.fail(broken)))
      assert.deepStrictEqual(texts(events), ["TextDelta:Hi"])
      assert.include(end, { _tag: "StreamInterrupted", problem: "closed early" })
    }))

  it.effect("ends at the terminal event although the connection stays open", () =>
    Effect.gen(function*() {
      const open = Stream.concat(Stream.make(bytes(all["afterTheEnd"] ?? "")), Stream.never)
      const { end, events } = yield* outcome(open)
      assert.strictEqual(end["_tag"], "completed")
      assert.strictEqual(events.at(-1)?._tag, "Completed")
    }))

  it.effect("tells thinking, remarks and refusals apart from the answer", () =>
    Effect.gen(function*() {
      const { events } = yield* of(
        block({ type: "response.reasoning_summary_part.added", summary_index: 0 }),
        block({ type: "response.reasoning_summary_text.delta", delta: "First" }),
        block({ type: "response.reasoning_summary_part.added", summary_index: 1 }),
        block({ type: "response.reasoning_summary_text.delta", delta: "Second" }),
        block({ type: "response.output_item.added", item: { type: "message", id: "msg_0", phase: "commentary" } }),
        block({ type: "response.output_text.delta", item_id: "msg_0", delta: "Looking" }),
        block(message("Looking", { id: "msg_0", phase: "commentary" })),
        block({ type: "response.refusal.delta", delta: "No" }),
        block({
          type: "response.output_item.done",
          item: { type: "message", phase: "final_answer", content: [{ type: "refusal", refusal: "No, sorry" }] }
        }),
        block({ type: "response.output_item.done", item: { type: "reasoning", summary: [] } }),
        block({ type: "response.output_item.done", item: { type: "message", content: [] } }),
        block(completed)
      )
      assert.deepStrictEqual(texts(events), [
        "ReasoningDelta:First",
        "ReasoningDelta:\n\n",
        "ReasoningDelta:Second",
        "TextDelta:Looking",
        "MessageDone:Looking",
        "RefusalDelta:No",
        "MessageDone:No, sorry",
        "Completed"
      ])
      assert.deepInclude(events[3], { phase: "commentary" })
      assert.deepInclude(events[4], { phase: "commentary" })
      assert.deepInclude(events.findLast(({ _tag }) => _tag === "MessageDone"), { phase: "answer" })
    }))

  it.effect("takes the answer from the output of the last event when no item came", () =>
    Effect.gen(function*() {
      const output = [{ type: "message", content: [{ type: "output_text", text: "Whole" }] }]
      const withOutput = block({ type: "response.completed", response: { output } })
      assert.deepStrictEqual(texts((yield* of(withOutput)).events), ["MessageDone:Whole", "Completed"])
      assert.deepStrictEqual(texts((yield* of(block(message("Item")), withOutput)).events), [
        "MessageDone:Item",
        "Completed"
      ])
    }))

  it.effect("keeps the partial text of an incomplete answer and says why it is cut short", () =>
    Effect.gen(function*() {
      const { end, events } = yield* of(all["incomplete"] ?? "")
      assert.strictEqual(end["_tag"], "completed")
      assert.deepStrictEqual(texts(events), ["TextDelta:Half", "Completed"])
      assert.deepInclude(events[1], { incomplete: "max_output_tokens", usage: undefined })
    }))

  it.effect("takes response.done as the end and response.cancelled as an interruption", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* endOf(block({ type: "response.done", response: { id: "r" } })), "completed")
      const { end } = yield* of(block({ type: "response.cancelled", response: {} }))
      assert.include(end, { _tag: "StreamInterrupted", problem: "failed by the server" })
      assert.strictEqual(
        yield* endOf(
          block({ type: "response.done", response: { status: "failed", error: { code: "usage_not_included" } } })
        ),
        "UsageNotIncluded"
      )
    }))

  const table: ReadonlyArray<readonly [string, string, boolean]> = [
    ["context_length_exceeded", "ContextWindowExceeded", false],
    ["insufficient_quota", "UsageNotIncluded", false],
    ["organization_spend_limit_exceeded", "BudgetExhausted", false],
    ["usage_not_included", "UsageNotIncluded", false],
    ["usage_limit_reached", "RateLimited", false],
    ["invalid_prompt", "RequestRejected", false],
    ["cyber_policy", "RequestRejected", false],
    ["misalignment_policy_violation", "RequestRejected", false],
    ["model_not_found", "ModelForbidden", false],
    ["policy_capacity_unavailable", "BackendUnavailable", true],
    ["server_is_overloaded", "BackendUnavailable", true],
    ["slow_down", "BackendUnavailable", true],
    ["server_error", "StreamInterrupted", true],
    ["never_heard_of", "StreamInterrupted", true],
    ["token_revoked", "Unauthorized", false]
  ]
  it.effect.each(table)("response.failed with %s is %s", ([code, tag, isRetryable]) =>
    Effect.gen(function*() {
      const failures = [
        block(failed({ code, message: "Something" })),
        block({ type: "error", code, message: "Something", param: null, sequence_number: 3 }),
        block({ type: "error", error: { type: "some_type", code, message: "Something", param: null } })
      ]
      for (const failure of failures) {
        const error = yield* Stream.make(bytes(failure)).pipe(
          ResponseStream.decode({ exchange }),
          Stream.runDrain,
          Effect.flip
        )
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(error.isRetryable, isRetryable)
      }
    }))

  it.effect("reads the pause of rate_limit_exceeded from its sentence", () =>
    Effect.gen(function*() {
      const { end } = yield* of(block(failed({ code: "rate_limit_exceeded", message: "Please try again in 2.5s." })))
      assert.include(end, { _tag: "RateLimited", kind: "rate" })
      assert.include(end, { message: "ChatGPT asks us to slow down for 2s 500ms (429). (request req_1)" })
    }))

  it.effect("reads an error event with a status as the answer of that status, with its headers", () =>
    Effect.gen(function*() {
      const { end } = yield* of(block({
        type: "error",
        status_code: 429,
        error: { type: "usage_limit_reached", message: "x", plan_type: "plus", resets_at: 1_700_000_000 },
        headers: { "X-Codex-Primary-Used-Percent": "100", "X-Codex-Primary-Window-Minutes": 300 }
      }))
      assert.deepInclude(end, {
        _tag: "RateLimited",
        kind: "quota",
        window: "5-hour",
        plan: "plus",
        resetsAt: DateTime.makeUnsafe(1_700_000_000_000)
      })
    }))

  it.effect("tells the news of the quota", () =>
    Effect.gen(function*() {
      const { events } = yield* of(
        block({
          type: "codex.rate_limits",
          plan_type: "pro",
          rate_limits: {
            limit_reached: true,
            primary: { used_percent: 40, window_minutes: 10_080, reset_at: 1_700_000_000 }
          }
        }),
        block(completed)
      )
      const [seen] = events
      assert.strictEqual(seen?._tag, "QuotaSeen")
      if (seen?._tag !== "QuotaSeen") return
      assert.deepInclude(seen.quota, { plan: "pro", limitReached: true })
      assert.deepInclude(seen.quota.windows[0], { name: "weekly", usedPercent: 40 })
    }))

  it.effect("maps a document in place of a stream, known by its first bytes or by its header", () =>
    Effect.gen(function*() {
      assert.deepInclude((yield* of(all["jsonDocument"] ?? "")).end, { _tag: "RateLimited", kind: "quota" })
      assert.deepInclude((yield* of(all["html"] ?? "")).end, { _tag: "CloudflareBlocked", status: 200 })
      assert.deepInclude((yield* of(`{"ok":true}`)).end, { _tag: "StreamInterrupted", problem: "not an event stream" })
      assert.deepInclude((yield* of("<p>hi</p>")).end, { _tag: "StreamInterrupted", problem: "not an event stream" })
      const byHeader = yield* outcome(Stream.make(bytes("5")), {
        headers: { "content-type": "application/json; charset=utf-8" }
      })
      assert.deepInclude(byHeader.end, { _tag: "StreamInterrupted", problem: "not an event stream" })
    }))

  it.effect("reads a stream of events that is called JSON or HTML, and a document that is called a stream", () =>
    Effect.gen(function*() {
      const said = answer("Hello, world")
      const labels = ["application/json", "text/html; charset=utf-8", "Application/JSON", "application/problem+json"]
      for (const label of labels) {
        for (const start of ["", ": hi\n\n", "\n\n  \r\n", "\uFEFF", "id: 7\n", "retry: 5\n\n"]) {
          for (const size of [1, 3, 10_000]) {
            const body = bytes(`${start}${said}`)
            const chunks: Array<Uint8Array> = []
            for (let at = 0; at < body.length; at += size) chunks.push(body.slice(at, at + size))
            const { end, events } = yield* outcome(Stream.fromIterable(chunks), { headers: { "content-type": label } })
            assert.strictEqual(end["_tag"], "completed", `${label} ${JSON.stringify(start)} ${size}`)
            assert.include(texts(events), "MessageDone:Hello, world")
          }
        }
        for (const body of ["da", "ev", "", "5", "null", "[1]", "database: x"]) {
          const { end } = yield* outcome(Stream.make(bytes(body)), { headers: { "content-type": label } })
          assert.include(end, { _tag: "StreamInterrupted", problem: "not an event stream" }, `${label} ${body}`)
        }
      }
      const wrong = yield* outcome(Stream.make(bytes(all["jsonDocument"] ?? "")), {
        headers: { "content-type": "text/event-stream" }
      })
      assert.include(wrong.end, { _tag: "RateLimited", kind: "quota" })
    }))

  it.effect("takes the name of an event from its event line where the data has none", () =>
    Effect.gen(function*() {
      const nameless = ({ type, ...rest }: { readonly type: string }, line = `event: ${type}`) =>
        `${line}\ndata: ${JSON.stringify(rest)}\n\n`
      for (const line of [(type: string) => `event: ${type}`, (type: string) => `event:${type} `]) {
        const { end, events } = yield* of(
          ...[created, delta("Hi"), message("Hi"), completed].map((event) => nameless(event, line(event.type)))
        )
        assert.strictEqual(end["_tag"], "completed")
        assert.deepStrictEqual(texts(events), ["Started", "TextDelta:Hi", "MessageDone:Hi", "Completed"])
      }
      // The line may stand behind the data; a type in the data wins; an item's type is none of the event's.
      const { type: _, ...item } = message("Hi")
      const behind = yield* of(
        `data: ${JSON.stringify(item)}\nevent: response.output_item.done\n\n`,
        `event: response.failed\ndata: ${JSON.stringify(completed)}\n\n`
      )
      assert.deepStrictEqual(texts(behind.events), ["MessageDone:Hi", "Completed"])
      assert.strictEqual(behind.end["_tag"], "completed")
      const failing = yield* of(nameless(failed({ code: "usage_not_included" })))
      assert.strictEqual(failing.end["_tag"], "UsageNotIncluded")
    }))

  it.effect("reads text that comes only in the events that close it, once", () =>
    Effect.gen(function*() {
      const at = { item_id: "msg_1", content_index: 0 }
      const text = { type: "response.output_text.done", ...at, text: "All at once" }
      const part = { type: "response.content_part.done", ...at, part: { type: "output_text", text: "All at once" } }
      const refusal = { type: "response.refusal.done", ...at, refusal: "No, sorry" }
      const refusalPart = { type: "response.content_part.done", ...at, part: { type: "refusal", refusal: "No, sorry" } }
      const second = { ...text, content_index: 1, text: " and more" }
      const remark = { type: "response.output_item.added", item: { id: "msg_1", phase: "commentary" } }
      const nothing = { type: "response.output_text.done", text: 5 }
      const empty = { ...text, text: "" }
      const said = (...events: ReadonlyArray<{ readonly type: string }>) =>
        Effect.map(of(...[...events, completed].map((event) => block(event))), ({ events }) => texts(events))
      assert.deepStrictEqual(yield* said(text), ["TextDelta:All at once", "Completed"])
      assert.deepStrictEqual(yield* said(text, part), ["TextDelta:All at once", "Completed"])
      assert.deepStrictEqual(yield* said(part), ["TextDelta:All at once", "Completed"])
      assert.deepStrictEqual(yield* said(refusal, refusalPart), ["RefusalDelta:No, sorry", "Completed"])
      assert.deepStrictEqual(yield* said(delta("All "), delta("at once"), text, part), [
        "TextDelta:All ",
        "TextDelta:at once",
        "Completed"
      ])
      assert.deepStrictEqual(yield* said(text, second), [
        "TextDelta:All at once",
        "TextDelta: and more",
        "Completed"
      ])
      assert.deepStrictEqual(
        yield* said(
          remark,
          text,
          message("The answer", { id: "msg_2" })
        ),
        ["TextDelta:All at once", "MessageDone:The answer", "Completed"]
      )
      const [first] = (yield* of(block(remark), block(text), block(completed))).events
      assert.deepInclude(first, { phase: "commentary" })
      assert.deepStrictEqual(yield* said(nothing), ["Completed"])
      assert.deepStrictEqual(yield* said(empty, part), ["TextDelta:All at once", "Completed"])
    }))

  it.effect("repeats no reason and no model that are no such words", () =>
    Effect.gen(function*() {
      const told = (reason: unknown, model: unknown = "m") =>
        Effect.map(
          of(block({ type: "response.incomplete", response: { model, incomplete_details: { reason } } })),
          ({ events }) => {
            const last = events.at(-1)
            return last?._tag === "Completed" ? [last.incomplete, last.model] : []
          }
        )
      assert.deepStrictEqual(yield* told("MAX_OUTPUT_TOKENS"), ["max_output_tokens", "m"])
      for (const reason of ["function Object() { [native code] }", "x".repeat(20_000), 5, { a: 1 }, ["x"]]) {
        assert.deepStrictEqual(yield* told(reason), ["unknown", "m"])
      }
      for (const model of ["m".repeat(20_000), "a\nb", { a: 1 }, ""]) {
        assert.deepStrictEqual(yield* told("content_filter", model), ["content_filter", undefined])
      }
    }))

  it.effect("reads the pause inside an event wherever it stands, and a refusal without a status by its words", () =>
    Effect.gen(function*() {
      const code = "rate_limit_exceeded"
      const headers = { "Retry-After": 7 }
      for (
        const event of [
          failed({ code, headers }),
          failed({ code, headers: { "retry-after-ms": "7000" } }),
          { type: "response.failed", response: { error: { code }, headers } },
          { type: "response.failed", response: { error: { code } }, headers },
          { type: "error", code, headers },
          { type: "error", error: { code, headers } },
          { type: "error", status: 429, error: { headers } },
          { type: "error", status_code: 503, error: { code: "slow_down" }, headers }
        ]
      ) {
        const error = yield* Stream.make(bytes(block(event))).pipe(
          ResponseStream.decode({ exchange }),
          Stream.runDrain,
          Effect.flip
        )
        assert.deepInclude(plain(error), { retryAfter: Duration.seconds(7) }, JSON.stringify(event))
        assert.isTrue(error.isRetryable)
      }
      const words: ReadonlyArray<readonly [object, string]> = [
        [{ message: "The model x does not exist or you do not have access to it." }, "ModelForbidden"],
        [{ type: "invalid_request_error", message: "Model not found x" }, "ModelForbidden"],
        [{ code: "account_deactivated", message: "Gone" }, "RequestRejected"],
        [{ code: "unsupported_country_region_territory" }, "RequestRejected"],
        [{ code: "credit_balance_exhausted" }, "BudgetExhausted"],
        [{ code: "deactivated_workspace" }, "WorkspaceRefused"],
        [{ code: "workspace_member_credits_depleted" }, "WorkspaceRefused"],
        [{ code: "new_policy_violation", message: "No" }, "RequestRejected"]
      ]
      for (const [error, tag] of words) {
        for (const event of [failed({ ...error }), { type: "error", error }, { type: "error", status: 400, error }]) {
          const { end } = yield* of(block(event))
          assert.strictEqual(end["_tag"], tag, JSON.stringify(event))
          assert.notInclude(end["message"], "broke off")
        }
      }
    }))

  it.effect("is not filled by white space without end, before a stream or in place of one", () =>
    Effect.gen(function*() {
      for (const blank of [" ", "\n", "\r\n\t ", "\u00a0"]) {
        for (const start of ["", "{", "<"]) {
          for (const label of ["", "application/json", "text/event-stream"]) {
            let sent = 0
            const endless = Stream.concat(
              Stream.make(bytes(start)),
              Stream.forever(Stream.sync(() => {
                sent += 1000
                return bytes(blank.repeat(1000))
              }))
            )
            const { end } = yield* outcome(endless, { headers: label === "" ? {} : { "content-type": label } })
            assert.include(end, { _tag: "StreamInterrupted", problem: "not an event stream" })
            assert.isAtMost(sent, 70_000)
          }
        }
      }
    }))

  it.effect("does not read a document without end", () =>
    Effect.gen(function*() {
      const endless = Stream.concat(Stream.make(bytes("<html>")), Stream.forever(Stream.make(bytes("x".repeat(1000)))))
      assert.include((yield* outcome(endless)).end, { _tag: "StreamInterrupted", problem: "not an event stream" })
    }))

  it.effect("refuses an event that grows beyond all measure", () =>
    Effect.gen(function*() {
      const endless = Stream.concat(
        Stream.make(bytes("data: ")),
        Stream.forever(Stream.make(bytes("x".repeat(100_000))))
      )
      assert.include((yield* outcome(endless)).end, { _tag: "StreamInterrupted", problem: "unreadable" })
    }))

  it.effect("tells every sign of life: comments, unknown events, part of a long event", () =>
    Effect.gen(function*() {
      const parts = [
        ": ping\n\n",
        block({ type: "keepalive", sequence_number: 1 }),
        block(created).slice(0, 20),
        block(created).slice(20),
        block(completed)
      ]
      const seen = yield* Stream.fromIterable(parts).pipe(
        Stream.map(bytes),
        Stream.rechunk(1),
        ResponseStream.decode({ exchange }),
        Stream.runCollect
      )
      assert.deepStrictEqual(seen.map(({ _tag }) => _tag), ["Alive", "Alive", "Alive", "Started", "Completed"])
    }))

  it.effect("hands out events before the producer is exhausted, and holds none of them", () =>
    Effect.gen(function*() {
      let produced = 0
      let consumed = 0
      let ahead = 0
      const source = Stream.range(1, 100_000).pipe(
        Stream.rechunk(100),
        Stream.map((n) => {
          produced = n
          return bytes(block(delta(`word ${n} `)))
        }),
        Stream.concat(Stream.make(bytes(block(completed))))
      )
      yield* source.pipe(
        ResponseStream.decode({ exchange }),
        Stream.runForEachArray((events) =>
          Effect.sync(() => {
            consumed += events.length
            ahead = Math.max(ahead, produced - consumed)
          })
        )
      )
      assert.strictEqual(consumed, 100_001)
      assert.isBelow(ahead, 201)
    }))

  it.effect("gives what arrived at once, not when the next chunk comes", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const slow = Stream.make(block(delta("a"), "\r"), block(delta("b"), "\r\n"), block(completed)).pipe(
        Stream.map(bytes),
        Stream.rechunk(1),
        Stream.mapEffect((part) => Effect.delay(Effect.succeed(part), "1 second"))
      )
      const fiber = yield* slow.pipe(
        ResponseStream.decode({ exchange }),
        Stream.runForEach((event) => Effect.sync(() => seen.push(event._tag))),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen, ["TextDelta"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen, ["TextDelta", "TextDelta"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    }))
})
