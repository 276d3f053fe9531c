/**
 * What an answer is made of besides text: calls, searches, sources, pictures, thoughts, and items of a later day.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Item } from "../src/backend/Item.ts"
import type { ExchangeEvent } from "../src/backend/ResponseEvent.ts"
import * as ResponseStream from "../src/backend/ResponseStream.ts"
import { assistant, call, kinds, png, reasoning } from "./fixtures/items.ts"
import { block, completed } from "./fixtures/streams.ts"

type Wire = { readonly type: string; readonly [name: string]: unknown }

/** The events of an answer, without its end. */
const told = (...events: ReadonlyArray<Wire>) =>
  Stream.make(new TextEncoder().encode([...events, completed].map((event) => block(event)).join(""))).pipe(
    ResponseStream.decode({ exchange: { model: "m", host: "h", status: 200, headers: {}, sent: Redacted.make([]) } }),
    Stream.filter(({ _tag }) => _tag !== "Alive"),
    Stream.runCollect
  )

const done = (item: object, output_index = 0): Wire => ({ type: "response.output_item.done", output_index, item })
const added = (item: object): Wire => ({ type: "response.output_item.added", output_index: 0, item })
const itemsOf = (events: ReadonlyArray<ExchangeEvent>) =>
  events.flatMap((event) => event._tag === "ItemDone" ? [event.item] : [])
const endOf = (events: ReadonlyArray<ExchangeEvent>) => {
  const end = events.at(-1)
  return end?._tag === "Completed" ? [end.finishReason, end.incomplete] : undefined
}

const encode = Schema.encodeSync(Schema.Array(Item))

describe("the items of an answer", () => {
  for (const [kind, wire] of kinds) {
    it.effect(`are given whole, as they are to be sent back: ${kind}`, () =>
      Effect.gen(function*() {
        const events = yield* told(...wire.map((item) => done(item)))
        assert.deepStrictEqual(encode(itemsOf(events)), wire)
      }))
  }

  it.effect("that are none of the things known so far are kept, and events of a later day say nothing", () =>
    Effect.gen(function*() {
      const events = yield* told(
        { type: "response.hologram.delta", delta: "x" },
        added({ type: "hologram", id: "ho_1" }),
        done({ type: "hologram", id: "ho_1", rays: [1, 2] }),
        done({ id: "x" }),
        done({ type: "message", role: "assistant", content: [{ type: "output_smell", smell: "rose" }] }),
        done({ type: "message", content: [{ type: "output_text", text: "Hi" }] })
      )
      assert.deepStrictEqual(itemsOf(events), [
        { type: "other", raw: { type: "hologram", id: "ho_1", rays: [1, 2] } },
        {
          type: "other",
          raw: { type: "message", role: "assistant", content: [{ type: "output_smell", smell: "rose" }] }
        },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi" }] }
      ])
    }))

  it.effect("that call a function are told from their start to their end, and the answer waits for them", () =>
    Effect.gen(function*() {
      const item = call(1, "weather", `{"city":"Oslo"}`, { namespace: "app" })
      const events = yield* told(
        added({ ...item, arguments: "" }),
        { type: "response.function_call_arguments.delta", item_id: item["id"], delta: `{"city":` },
        { type: "response.function_call_arguments.delta", item_id: item["id"], delta: `"Oslo"}` },
        { type: "response.function_call_arguments.delta", item_id: "fc_of_nobody", delta: "{" },
        { type: "response.function_call_arguments.done", item_id: item["id"], arguments: `{"city":"Oslo"}` },
        done(item)
      )
      assert.deepStrictEqual(events.slice(0, 4), [
        { _tag: "ToolCallStarted", callId: "call_1", name: "weather", namespace: "app" },
        { _tag: "ToolCallDelta", callId: "call_1", arguments: `{"city":` },
        { _tag: "ToolCallDelta", callId: "call_1", arguments: `"Oslo"}` },
        {
          _tag: "ToolCallDone",
          kind: "function",
          callId: "call_1",
          name: "weather",
          namespace: "app",
          arguments: `{"city":"Oslo"}`
        }
      ])
      assert.deepStrictEqual(events.map(({ _tag }) => _tag).slice(4), ["ItemDone", "Completed"])
      assert.deepStrictEqual(endOf(events), ["tool_calls", undefined])
    }))

  it.effect("that call a custom tool hand out its text", () =>
    Effect.gen(function*() {
      const item = { type: "custom_tool_call", id: "ctc_1", call_id: "c", name: "patch", input: "*** Begin" }
      const events = yield* told(
        added({ ...item, input: "" }),
        { type: "response.custom_tool_call_input.delta", item_id: "ctc_1", delta: "*** Begin" },
        done(item)
      )
      assert.deepStrictEqual(events.slice(0, 3), [
        { _tag: "ToolCallStarted", callId: "c", name: "patch" },
        { _tag: "ToolCallDelta", callId: "c", arguments: "*** Begin" },
        { _tag: "ToolCallDone", kind: "custom", callId: "c", name: "patch", arguments: "*** Begin" }
      ])
    }))

  it.effect("that search tell what was looked for and which pages were seen, whatever they did", () =>
    Effect.gen(function*() {
      const search = (action: unknown) => done({ type: "web_search_call", id: "ws_1", status: "completed", action })
      const events = yield* told(
        added({ type: "web_search_call", id: "ws_1", status: "in_progress" }),
        { type: "response.web_search_call.searching", item_id: "ws_1" },
        search({ type: "search", query: "news", queries: ["news", "more news"], sources: [{ type: "url", url: "u" }] }),
        search({ type: "open_page", url: "https://example.com/" }),
        search(null)
      )
      assert.deepStrictEqual(events.filter(({ _tag }) => _tag.startsWith("Search")), [
        { _tag: "SearchStarted", itemId: "ws_1" },
        { _tag: "SearchDone", itemId: "ws_1", queries: ["news", "more news"], urls: ["u"] },
        { _tag: "SearchDone", itemId: "ws_1", queries: [], urls: ["https://example.com/"] },
        { _tag: "SearchDone", itemId: "ws_1", queries: [], urls: [] }
      ])
    }))

  it.effect("tell each source once, whether it came before the message was whole or not", () =>
    Effect.gen(function*() {
      const annotation = (n: number) => ({
        type: "url_citation",
        url: `https://example.com/${n}`,
        title: `Page ${n}`,
        start_index: n,
        end_index: n + 4
      })
      const message = assistant("See one, two.", 1, {})
      const events = yield* told(
        {
          type: "response.output_text.annotation.added",
          item_id: message["id"],
          content_index: 0,
          annotation_index: 0,
          annotation: annotation(0)
        },
        done({
          ...message,
          content: [{ type: "output_text", text: "See one, two.", annotations: [annotation(0), annotation(9)] }]
        })
      )
      const sourceOf = (n: number) => ({
        _tag: "AnnotationAdded",
        itemId: message["id"],
        type: "url_citation",
        url: `https://example.com/${n}`,
        title: `Page ${n}`,
        start: n,
        end: n + 4
      })
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events.filter(({ _tag }) => _tag === "AnnotationAdded"), [
        sourceOf(0),
        sourceOf(9)
      ])
    }))

  it.effect("that are pictures come half done and whole", () =>
    Effect.gen(function*() {
      const events = yield* told(
        added({ type: "image_generation_call", id: "ig_1" }),
        {
          type: "response.image_generation_call.partial_image",
          item_id: "ig_1",
          partial_image_index: 1,
          partial_image_b64: "AAAA"
        },
        { type: "response.image_generation_call.partial_image", item_id: "ig_1", partial_image_index: 2 },
        done({
          type: "image_generation_call",
          id: "ig_1",
          result: png,
          output_format: "png",
          revised_prompt: "A dot."
        }),
        done({ type: "image_generation_call", id: "ig_2", status: "failed", result: null })
      )
      assert.deepStrictEqual(events.filter(({ _tag }) => _tag.startsWith("Image")), [
        { _tag: "ImagePartial", itemId: "ig_1", index: 1, base64: "AAAA" },
        { _tag: "ImageDone", itemId: "ig_1", base64: png, format: "png", revisedPrompt: "A dot." }
      ])
      assert.strictEqual(itemsOf(events).length, 2)
    }))

  it.effect("that are thoughts have the id under which their summary came", () =>
    Effect.gen(function*() {
      const thought = reasoning(1, ["One.", "Two."])
      const events = yield* told(
        { type: "response.reasoning_summary_part.added", item_id: thought["id"], summary_index: 1 },
        { type: "response.reasoning_summary_text.delta", item_id: thought["id"], summary_index: 1, delta: "Two." },
        done(thought)
      )
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events.slice(0, 2), [
        { _tag: "ReasoningDelta", text: "\n\n", itemId: thought["id"], part: 1 },
        { _tag: "ReasoningDelta", text: "Two.", itemId: thought["id"], part: 1 }
      ])
    }))

  it.effect("end with a reason", () =>
    Effect.gen(function*() {
      const cut = (reason: string): Wire => ({
        type: "response.incomplete",
        response: { incomplete_details: { reason } }
      })
      assert.deepStrictEqual(endOf(yield* told(done(assistant("Hi")))), ["stop", undefined])
      assert.deepStrictEqual(endOf(yield* told(cut("max_output_tokens"))), ["length", "max_output_tokens"])
      assert.deepStrictEqual(endOf(yield* told(cut("content_filter"))), ["content_filter", "content_filter"])
      assert.deepStrictEqual(endOf(yield* told(cut("interrupted"))), ["other", "interrupted"])
    }))
})
