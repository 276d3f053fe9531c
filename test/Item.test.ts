import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Item from "../src/backend/Item.ts"
import { kinds } from "./fixtures/items.ts"

const decode = Schema.decodeUnknownSync(Schema.Array(Item.Item))
const encode = Schema.encodeSync(Schema.Array(Item.Item))
const Row = Schema.fromJsonString(Schema.Array(Item.Item))

/** Wire -> items -> the text of a row -> items -> wire. */
const thereAndBack = (wire: unknown): unknown => encode(Schema.decodeSync(Row)(Schema.encodeSync(Row)(decode(wire))))

/** The kinds of items that a fixture is read as. */
const typesOf = (wire: unknown) => decode(wire).map(({ type }) => type)

describe("items", () => {
  for (const [kind, wire] of kinds) {
    it(`come back as they were, through a row of a store: ${kind}`, () => {
      assert.deepStrictEqual(thereAndBack(wire), wire)
    })
  }

  it("are read as what they are, and only what nobody knows as `other`", () => {
    const known = new Set(kinds.flatMap(([, wire]) => typesOf(wire)))
    assert.deepStrictEqual(
      [...known].sort(),
      [
        "compaction",
        "function_call",
        "function_call_output",
        "image_generation_call",
        "message",
        "other",
        "reasoning",
        "web_search_call"
      ]
    )
    const others = kinds.filter(([, wire]) => typesOf(wire).includes("other")).map(([kind]) => kind)
    assert.deepStrictEqual(others, ["custom tool call", "unknown item"])
  })

  it("that hold a part or a value of a later day are kept whole", () => {
    const later = [
      { type: "message", role: "user", content: [{ type: "input_audio", data: "AAAA" }] },
      { type: "message", role: "assistant", content: [{ type: "output_audio", data: "AAAA" }] },
      { type: "message", role: "user", content: "Hi" },
      { type: "message", role: "critic", content: [{ type: "input_text", text: "No." }] },
      { type: "function_call", call_id: 7, name: "f", arguments: {} },
      { type: "reasoning", summary: null },
      { type: "other", raw: { type: "message" }, more: 1 }
    ]
    assert.deepStrictEqual(typesOf(later), later.map(() => "other"))
    assert.deepStrictEqual(thereAndBack(later), later)
  })

  it("without a type are refused", () => {
    for (const wrong of [{}, { type: 1 }, null, "message", [], [{ type: "message" }], undefined]) {
      assert.isTrue(Schema.decodeResult(Item.Item)(wrong)._tag === "Failure", JSON.stringify(wrong))
    }
  })

  it("of ours are what the wire wants: the model's text is output, everybody else's is input", () => {
    assert.deepStrictEqual(
      encode([
        Item.fromText("user", "Hi"),
        Item.fromText("developer", "Be brief."),
        Item.fromText("assistant", "Hello")
      ]),
      [
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
        { type: "message", role: "developer", content: [{ type: "input_text", text: "Be brief." }] },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] }
      ]
    )
  })

  it("have the words that a person would read", () => {
    const words = (...wire: ReadonlyArray<unknown>) => decode(wire).map(Item.words)
    assert.deepStrictEqual(
      words(
        {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: "What?" }, { type: "input_image", image_url: "data:," }]
        },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "a" }, { type: "output_text", text: "b" }, {
            type: "refusal",
            refusal: "No."
          }]
        },
        { type: "function_call_output", call_id: "c", output: "4" },
        {
          type: "function_call_output",
          call_id: "c",
          output: [{ type: "input_text", text: "here" }, { type: "input_image", image_url: "data:," }]
        }
      ),
      ["What?\n[picture]", "abNo.", "4", "here\n[picture]"]
    )
    assert.deepStrictEqual(
      words(
        { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
        { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
        { type: "compaction", encrypted_content: "x" },
        { type: "web_search_call" },
        { type: "image_generation_call", result: "x" },
        { type: "news", text: "x" }
      ),
      ["", "", "", "", "", ""]
    )
  })
})
