import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Addressed } from "../src/backend/CodexRequest.ts"
import { encode, json } from "../src/backend/internal/requestBody.ts"
import { kinds } from "./fixtures/items.ts"

const decode = Schema.decodeUnknownSync(Schema.Array(Item.Item))
import * as Item from "../src/backend/Item.ts"

const request: Addressed = {
  model: "gpt-5.3-codex",
  instructions: "Be brief.",
  input: [
    Item.fromText("developer", "Notes"),
    Item.fromText("user", "Hi"),
    Item.fromText("assistant", "Hello"),
    Item.fromText("user", "How are you?")
  ],
  sessionId: "0195d1c4-0000-7000-8000-000000000001"
}

// What the backend is known to accept; any other field is a 400.
const allowed = [
  "model",
  "input",
  "instructions",
  "stream",
  "stream_options",
  "store",
  "include",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "prompt_cache_key",
  "service_tier"
]

describe("the body of a request", () => {
  it("encodes the classic body", () => {
    assert.deepStrictEqual(encode(request), {
      model: "gpt-5.3-codex",
      instructions: "Be brief.",
      input: [
        { type: "message", role: "developer", content: [{ type: "input_text", text: "Notes" }] },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] },
        { type: "message", role: "user", content: [{ type: "input_text", text: "How are you?" }] }
      ],
      store: false,
      stream: true,
      include: ["reasoning.encrypted_content"],
      prompt_cache_key: "0195d1c4-0000-7000-8000-000000000001"
    })
  })

  it("sends instructions even when they are empty", () => {
    assert.strictEqual(encode({ ...request, instructions: "" }).instructions, "")
  })

  it("asks for a model, and for thinking only where that was wanted", () => {
    const body = encode({ ...request, model: "gpt-5.5", reasoningEffort: "low" })
    assert.strictEqual(body.model, "gpt-5.5")
    assert.deepStrictEqual(body.reasoning, { effort: "low" })
    assert.deepStrictEqual(
      encode({ ...request, reasoningSummary: true, reasoningEffort: "high" }).reasoning,
      { effort: "high", summary: "auto" }
    )
    assert.deepStrictEqual(encode({ ...request, reasoningSummary: true }).reasoning, { summary: "auto" })
    assert.isUndefined(encode(request).reasoning)
  })

  it("turns the efforts that the wire refuses into the nearest ones", () => {
    const effort = (reasoningEffort: string) => encode({ ...request, reasoningEffort }).reasoning?.effort
    assert.strictEqual(effort("ultra"), "max")
    assert.strictEqual(effort("minimal"), "low")
    assert.strictEqual(effort("xhigh"), "xhigh")
    assert.strictEqual(effort(""), undefined)
  })

  it("encodes tools and how they are chosen, flat and by name", () => {
    const parameters = { type: "object", properties: { city: { type: "string" } } }
    const body = encode({
      ...request,
      tools: [
        { type: "function", name: "weather", description: "Weather.", parameters, strict: undefined },
        { type: "function", name: "now" },
        { type: "custom", name: "patch" },
        { type: "namespace", name: "app", tools: [{ type: "function", name: "open", parameters, strict: true }] },
        { type: "web_search", search_context_size: "low", filters: { allowed_domains: ["example.com"] } },
        { type: "image_generation", output_format: "png", partial_images: 1 }
      ],
      toolChoice: { type: "function", name: "weather" },
      parallelToolCalls: false
    })
    assert.deepStrictEqual(body.tools, [
      { type: "function", name: "weather", description: "Weather.", parameters, strict: false },
      {
        type: "function",
        name: "now",
        parameters: { type: "object", properties: {}, additionalProperties: false },
        strict: false
      },
      { type: "custom", name: "patch" },
      {
        type: "namespace",
        name: "app",
        tools: [{ type: "function", name: "open", parameters, strict: true }]
      },
      { type: "web_search", search_context_size: "low", filters: { allowed_domains: ["example.com"] } },
      { type: "image_generation", output_format: "png", partial_images: 1 }
    ])
    assert.deepStrictEqual(body.tool_choice, { type: "function", name: "weather" })
    assert.strictEqual(body.parallel_tool_calls, false)
  })

  it("encodes format, verbosity, tier and what items are to tell", () => {
    const schema = { type: "object", properties: {}, required: [], additionalProperties: false }
    const body = encode({
      ...request,
      format: { type: "json_schema", name: "it", schema },
      verbosity: "low",
      serviceTier: "priority",
      include: ["web_search_call.action.sources"]
    })
    assert.deepStrictEqual(body.text, {
      format: { type: "json_schema", name: "it", schema, strict: true },
      verbosity: "low"
    })
    assert.strictEqual(body.service_tier, "priority")
    assert.deepStrictEqual(body.include, ["web_search_call.action.sources"])
    assert.notProperty(encode({ ...request, include: [] }), "include")
  })

  it("does not say what the backend refuses, whoever asks without types", () => {
    const untyped: object = {
      temperature: 1,
      max_output_tokens: 5,
      store: true,
      stream: false,
      previous_response_id: "resp_1",
      serviceTier: "flex",
      verbosity: "loud",
      tools: [{ type: "function", name: "f", temperature: 1 }, { type: "file_search" }],
      toolChoice: { type: "image_generation" }
    }
    const body = encode({ ...request, ...untyped })
    for (const field of Object.keys(body)) assert.include(allowed, field)
    assert.deepStrictEqual(body.tools, [{
      type: "function",
      name: "f",
      parameters: { type: "object", properties: {}, additionalProperties: false },
      strict: false
    }])
    for (const field of ["tool_choice", "service_tier", "text"]) assert.notProperty(body, field)
    // A choice without anything to choose from is refused.
    assert.notProperty(encode({ ...request, toolChoice: "required", parallelToolCalls: true }), "tool_choice")
    const nested: object = { toolChoice: { type: "function", function: { name: "f" }, name: "f" } }
    assert.deepStrictEqual(encode({ ...request, ...untyped, ...nested }).tool_choice, { type: "function", name: "f" })
  })

  it("sends items as they came, pictures in bounded detail, and no id that is not the backend's", () => {
    for (const [kind, wire] of kinds) {
      const [first, ...rest] = decode(wire)
      assert.isDefined(first)
      if (first !== undefined) assert.deepStrictEqual(encode({ ...request, input: [first, ...rest] }).input, wire, kind)
    }
    const input: Addressed["input"] = [
      { type: "message", role: "user", content: [{ type: "input_image", image_url: "data:," }] },
      { type: "function_call", id: "msg_1", call_id: "c", name: "f", arguments: "{}" },
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_image", image_url: "data:,", detail: "low" }]
      },
      { type: "other", raw: { type: "message", role: "system", content: "Be brief." } },
      { type: "other", raw: { type: "item_reference", id: "msg_1" } }
    ]
    assert.deepStrictEqual(encode({ ...request, input }).input, [
      { type: "message", role: "user", content: [{ type: "input_image", image_url: "data:,", detail: "high" }] },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_image", image_url: "data:,", detail: "low" }]
      },
      { type: "message", role: "developer", content: "Be brief." }
    ])
  })

  it("never breaks a pair of call and output, and sends no thought without its end", () => {
    const user = Item.fromText("user", "Hi")
    const call = (call_id: string): Item.Item => ({ type: "function_call", call_id, name: "f", arguments: "{}" })
    const output = (call_id: string, output = "ok"): Item.Item => ({ type: "function_call_output", call_id, output })
    const thought: Item.Item = { type: "reasoning", summary: [], encrypted_content: "x" }
    const custom = (type: string): Item.Item => ({ type: "other", raw: { type, call_id: "a", input: "x" } })
    const sent = (...input: ReadonlyArray<Item.Item>) => encode({ ...request, input: [user, ...input] }).input.slice(1)
    assert.deepStrictEqual(sent(call("a"), call("b"), output("b")), [
      { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "a", output: "aborted" },
      { type: "function_call", call_id: "b", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "b", output: "ok" }
    ])
    assert.deepStrictEqual(sent(output("a"), call("b"), output("b"), output("b", "twice")).length, 2)
    // An output that comes before its call is none.
    assert.deepStrictEqual(sent(output("a"), call("a")).map(({ output }) => output), [undefined, "aborted"])
    assert.deepStrictEqual(sent(custom("custom_tool_call"), output("a")).map(({ type }) => type), [
      "custom_tool_call",
      "custom_tool_call_output"
    ])
    assert.deepStrictEqual(sent(custom("custom_tool_call_output")), [])
    assert.deepStrictEqual(sent(thought, user, thought, call("a"), output("a"), thought).map(({ type }) => type), [
      "message",
      "reasoning",
      "function_call",
      "function_call_output"
    ])
  })

  it.each<readonly [what: string, said: string, sent: string]>([
    ["the first half of a character", "cut \ud83d", "cut \ufffd"],
    ["the second one", "\ude00 cut", "\ufffd cut"],
    ["a whole one", "\ud83d\ude00", "\ud83d\ude00"],
    [
      "words about one",
      "JSON writes \\ud83d for it, \\\\ud83d in JSON",
      "JSON writes \\ud83d for it, \\\\ud83d in JSON"
    ],
    ["one behind a backslash", "\\\ud83d", "\\\ufffd"]
  ])("holds no half of a character, for which a strict reader refuses all of it: %s", (_, said, sent) => {
    const body = encode({ ...request, instructions: said, input: [Item.fromText("user", said)] })
    const expected = encode({ ...request, instructions: sent, input: [Item.fromText("user", sent)] })
    assert.deepStrictEqual(JSON.parse(json(body)), JSON.parse(JSON.stringify(expected)))
  })

  it.effect.prop(
    "never leaves the allow-list, whatever is asked",
    [Schema.String, Schema.String, Schema.Array(Schema.String)],
    ([model, reasoningEffort, texts]) =>
      Effect.sync(() => {
        const body = encode({
          ...request,
          model,
          reasoningEffort,
          input: [Item.fromText("user", "x"), ...texts.map((text) => Item.fromText("assistant", text))]
        })
        for (const field of Object.keys(body)) assert.include(allowed, field)
        assert.strictEqual(body.store, false)
        assert.strictEqual(body.stream, true)
        assert.isString(body.instructions)
        assert.isAbove(body.input.length, 0)
        assert.strictEqual(body.model, model)
      })
  )
})
