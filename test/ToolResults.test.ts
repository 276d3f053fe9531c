/**
 * Tools that are not as simple as most: what they are called, what they give, and what they cannot say.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import type * as Item from "../src/backend/Item.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"

const call = (name: string, args: object = {}): Item.FunctionCall => ({
  type: "function_call",
  call_id: `call of ${name}`,
  name,
  arguments: JSON.stringify(args)
})

/** Declares the tools, lets the model call some, and gives what it was told. */
const told = (...calls: ReadonlyArray<Item.FunctionCall>) =>
  Effect.gen(function*() {
    const { requests, script } = yield* TestCodex.TestCodex
    yield* script(TestCodex.items(calls), TestCodex.text("Well."))
    const answer = yield* Codex.use((codex) => codex.ask({ text: "Go" }))
    const [first, second] = yield* requests
    return {
      answer,
      declared: first?.tools ?? [],
      outputs: (second?.input ?? []).flatMap((item) => item.type === "function_call_output" ? [item.output] : [])
    }
  })

describe("the names of tools", () => {
  const long = "long".repeat(20)
  const odd = Toolkit.make(
    Tool.make("my.tool", { success: Schema.String }),
    Tool.make("my tool", { success: Schema.String }),
    Tool.make(long, { success: Schema.String })
  )
  const handlers = odd.toLayer({
    "my.tool": () => Effect.succeed("the one with a dot"),
    "my tool": () => Effect.succeed("the one with a space"),
    [long]: () => Effect.succeed("the long one")
  })

  it.effect("are made such as the wire takes, each its own, and lead back to the tool", () =>
    Effect.gen(function*() {
      const names = ["my_tool", "my_tool_2", long.slice(0, 60)]
      const { declared, outputs } = yield* told(...names.map((name) => call(name)))
      assert.deepStrictEqual(declared.map((tool) => tool.type === "function" ? tool.name : tool.type), names)
      assert.deepStrictEqual(outputs, ["the one with a dot", "the one with a space", "the long one"])
      const none = { type: "object", properties: {}, required: [], additionalProperties: false }
      for (const tool of declared) assert.deepInclude(tool, { parameters: none })
    }).pipe(Effect.provide(TestCodex.layer({ toolkit: odd }).pipe(Layer.provide(handlers)))))

  it.effect("of other providers' own tools are logged, and nobody is told of them", () => {
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])
    const foreign = Tool.providerDefined({ id: "other.shell", customName: "Shell", providerName: "shell" })
    const kit = Toolkit.make(foreign(undefined), Tool.make("here", { success: Schema.String }))
    return Effect.gen(function*() {
      const { declared } = yield* told(call("here"))
      assert.lengthOf(declared, 1)
      assert.match(lines.join("\n"), /another provider's, and are left out: Shell\./)
    }).pipe(
      Effect.provide(
        TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({ here: () => Effect.succeed("x") })))
      ),
      Effect.provide(logger)
    )
  })
})

describe("what a tool gives", () => {
  const kit = Toolkit.make(
    Tool.make("long", { success: Schema.String }),
    Tool.make("nothing", { success: Schema.Void }),
    Tool.make("words", { success: Schema.String, failure: Schema.String }),
    Tool.make("returned", { success: Schema.String, failure: Schema.String, failureMode: "return" }),
    Tool.make("slowly", { success: Schema.String }),
    Tool.make("paper", {
      success: Schema.String,
      toModelOutput: () => [
        Prompt.filePart({ mediaType: "application/pdf", data: "JVBERi0=" }),
        Prompt.filePart({ mediaType: "image/png", data: new URL("https://example.com/a.png") }),
        Prompt.filePart({ mediaType: "image/png", data: "iVBORw0KGgo=" })
      ]
    })
  )
  const layer = TestCodex.layer({ toolkit: kit }).pipe(Layer.provide(kit.toLayer({
    long: () => Effect.succeed("x".repeat(300_000)),
    nothing: () => Effect.void,
    words: () => Effect.fail("It is \"closed\"."),
    returned: () => Effect.fail("It is closed too."),
    slowly: (_, { preliminary }) => Effect.as(preliminary("half of it"), "all of it"),
    paper: () => Effect.succeed("")
  })))

  it.effect("is told up to a bound, and that there was more", () =>
    Effect.gen(function*() {
      const [output = ""] = (yield* told(call("long"))).outputs
      assert.isBelow(output.length, 200_100)
      assert.match(String(output), /^x+\n\[The rest is left out: it is too long\.\]$/)
    }).pipe(Effect.provide(layer)))

  it.effect("is told to be done where it is nothing, and a failure in its own words, however it is handed over", () =>
    Effect.gen(function*() {
      const { outputs } = yield* told(call("nothing"), call("words"), call("returned"))
      assert.deepStrictEqual(outputs, ["Done.", "It is \"closed\".", "It is closed too."])
    }).pipe(Effect.provide(layer)))

  it.effect("is its last word, not what it said on the way", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* told(call("slowly"))).outputs, ["all of it"])
    }).pipe(Effect.provide(layer)))

  it.effect("is shown where it is a picture, by its bytes or its address, and named where it cannot be shown", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* told(call("paper"))).outputs, [[
        { type: "input_text", text: "[A file of type application/pdf cannot be shown.]" },
        { type: "input_image", image_url: "https://example.com/a.png", detail: "high" },
        { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "high" }
      ]])
    }).pipe(Effect.provide(layer)))
})

it.effect("a tool that cannot say whether it needs an approval needs one", () => {
  const kit = Toolkit.make(
    Tool.make("unsure", { success: Schema.String, needsApproval: () => Effect.die("no idea") }),
    Tool.make("throws", {
      success: Schema.String,
      needsApproval: () => {
        throw new Error("no idea")
      }
    })
  )
  const done: Array<string> = []
  const does = (name: string) => () =>
    Effect.sync(() => {
      done.push(name)
      return name
    })
  return Effect.gen(function*() {
    const { answer } = yield* told(call("unsure"), call("throws"))
    assert.deepStrictEqual(answer.approvals?.map(({ name }) => name), ["unsure", "throws"])
    assert.deepStrictEqual(done, [])
  }).pipe(Effect.provide(
    TestCodex.layer({ toolkit: kit }).pipe(
      Layer.provide(kit.toLayer({ unsure: does("unsure"), throws: does("throws") }))
    )
  ))
})
