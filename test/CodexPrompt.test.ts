/**
 * Between items and `Prompt`: nothing is lost, and nothing of ours is said to others.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Prompt from "effect/ai/Prompt"
import * as Schema from "effect/Schema"
import * as CodexPrompt from "../src/ai/CodexPrompt.ts"
import * as Item from "../src/backend/Item.ts"
import { call, kinds, output, png, reasoning, user } from "./fixtures/items.ts"

const read = Schema.decodeUnknownSync(Schema.Array(Item.Item))
const write = Schema.encodeSync(Schema.Array(Item.Item))
const Text = Schema.fromJsonString(Prompt.Prompt)

const throughText = (prompt: Prompt.Prompt) => Schema.decodeSync(Text)(Schema.encodeSync(Text)(prompt))

describe("CodexPrompt", () => {
  it.each(kinds.map(([kind, items]) => ({ kind, items })))(
    "keeps a conversation with $kind to the letter, and through JSON",
    ({ items }) => {
      const prompt = CodexPrompt.fromItems(read(items))
      assert.deepStrictEqual(write(CodexPrompt.toItems(prompt)), items)
      assert.deepStrictEqual(write(CodexPrompt.toItems(throughText(prompt))), items)
    }
  )

  it("keeps what is sealed under a key that no other provider reads", () => {
    const prompt = CodexPrompt.fromItems(read([user("Hi"), reasoning(1)]))
    for (const message of prompt.content) {
      assert.includeMembers(["codex"], Object.keys(message.options))
      if (typeof message.content === "string") continue
      for (const part of message.content) assert.includeMembers(["codex"], Object.keys(part.options))
    }
  })

  it("takes the words of people as they write them", () => {
    assert.deepStrictEqual(CodexPrompt.toItems("Hi"), [Item.fromText("user", "Hi")])
    assert.deepStrictEqual(
      CodexPrompt.toItems([{ role: "system", content: "Be brief." }, { role: "user", content: "Hi" }]),
      [Item.fromText("developer", "Be brief."), Item.fromText("user", "Hi")]
    )
  })

  it("makes pictures of base64, bytes, data URLs and addresses", () => {
    const bytes = Uint8Array.from(Buffer.from(png, "base64"))
    const file = (mediaType: string, data: string | Uint8Array | URL) => Prompt.filePart({ mediaType, data })
    const items = CodexPrompt.toItems([{
      role: "user",
      content: [
        file("image/png", png),
        file("image/*", bytes),
        file("image/png", `data:image/png;base64,${png}`),
        file("image/jpeg", new URL("https://example.com/a.jpg")),
        file("image/*", "https://example.com/b.jpg")
      ]
    }])
    const [message] = items
    assert.isTrue(message?.type === "message")
    if (message?.type !== "message") return
    assert.deepStrictEqual(message.content.map((part) => part.type === "input_image" ? part.image_url : ""), [
      `data:image/png;base64,${png}`,
      `data:image/png;base64,${png}`,
      `data:image/png;base64,${png}`,
      "https://example.com/a.jpg",
      "https://example.com/b.jpg"
    ])
  })

  it("takes what another provider said as plain items, and leaves its thoughts and searches out", () => {
    const items = CodexPrompt.toItems([
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        content: [
          Prompt.reasoningPart({ text: "Hm.", options: { other: { signature: "s" } } }),
          Prompt.toolCallPart({ id: "s1", name: "search", params: {}, providerExecuted: true }),
          Prompt.textPart({ text: "One moment." }),
          Prompt.toolCallPart({ id: "c1", name: "weather", params: { city: "Oslo" }, providerExecuted: false })
        ]
      },
      {
        role: "tool",
        content: [Prompt.toolResultPart({
          id: "c1",
          name: "weather",
          isFailure: false,
          result: { celsius: 4 },
          providerExecuted: false
        })]
      }
    ])
    assert.deepStrictEqual(write(items), [
      Item.fromText("user", "Weather?"),
      Item.fromText("assistant", "One moment."),
      { type: "function_call", call_id: "c1", name: "weather", arguments: "{\"city\":\"Oslo\"}" },
      { type: "function_call_output", call_id: "c1", output: "{\"celsius\":4}" }
    ])
  })

  it("shows a picture of another provider, and names a file that the backend cannot take", () => {
    const items = CodexPrompt.toItems([
      {
        role: "user",
        content: [Prompt.filePart({ mediaType: "application/pdf", fileName: "a.pdf", data: "JVBERi0=" })]
      },
      { role: "assistant", content: [Prompt.filePart({ mediaType: "image/png", data: png })] }
    ])
    assert.deepStrictEqual(items.map(Item.words), ["[application/pdf a.pdf omitted]", "[picture]"])
  })

  it("takes a remark on the way as a thought, not as an answer", () => {
    const [, remarks] = kinds.find(([kind]) => kind === "commentary then answer") ?? []
    const answers = CodexPrompt.fromItems(read(remarks)).content.flatMap(({ content }) =>
      typeof content === "string" ? [] : content.map((part) => [part.type, "text" in part ? part.text : ""])
    )
    assert.deepStrictEqual(answers, [["text", "Hi"], ["reasoning", "Looking."], ["text", "Done."]])
  })

  it("names the tool of an output by its call", () => {
    const prompt = CodexPrompt.fromItems(read([user("Hi"), call(1, "weather", "{}"), output(1, "4")]))
    const last = prompt.content.at(-1)
    assert.isTrue(
      last?.role === "tool" && last.content[0]?.type === "tool-result" && last.content[0].name === "weather"
    )
  })

  it("sends options that nobody can read as they are, in place of failing", () => {
    const items = CodexPrompt.toItems([{
      role: "assistant",
      content: [Prompt.textPart({ text: "x", options: { codex: { raw: { nothing: 1 } } } })]
    }])
    assert.strictEqual(items[0]?.type, "other")
  })
})
