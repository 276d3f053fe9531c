import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Addressed } from "../src/backend/CodexRequest.ts"
import { encode } from "../src/backend/internal/requestBody.ts"

const request: Addressed = {
  model: "gpt-5.3-codex",
  instructions: "Be brief.",
  input: [
    { role: "developer", text: "Notes" },
    { role: "user", text: "Hi" },
    { role: "assistant", text: "Hello" },
    { role: "user", text: "How are you?" }
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
  "prompt_cache_key"
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

  it.effect.prop(
    "never leaves the allow-list, whatever is asked",
    [Schema.String, Schema.String, Schema.Array(Schema.String)],
    ([model, reasoningEffort, texts]) =>
      Effect.sync(() => {
        const body = encode({
          ...request,
          model,
          reasoningEffort,
          input: [{ role: "user", text: "x" }, ...texts.map((text) => ({ role: "assistant", text } as const))]
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
