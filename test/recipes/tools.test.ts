/**
 * The programs of docs/tools.md for an application: `codexLive({ toolkit })`, with a handler that needs a service.
 */
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schema, Stream } from "effect"
import { Codex, codexLive, type Item, Message } from "effect-codex"
import { TestCodex } from "effect-codex/testing"
import { Prompt, Tool, Toolkit } from "effect/ai"

// #region program
/** What the tools stand on: a service of the application. */
class Cameras extends Context.Service<Cameras, {
  readonly still: (room: string) => Effect.Effect<Option.Option<Uint8Array<ArrayBuffer>>>
  readonly unlock: (door: string) => Effect.Effect<void>
}>()("app/Cameras") {}

/** A typed failure: the model is told its message. */
class NoCamera extends Schema.TaggedError<NoCamera>()("NoCamera", { room: Schema.String }) {
  override get message() {
    return `There is no camera in ${this.room}. There is one in the hall.`
  }
}

const House = Toolkit.make(
  Tool.make("look", {
    description: "Looks into a room",
    parameters: Schema.Struct({ room: Schema.String }),
    success: Schema.Uint8Array,
    failure: NoCamera,
    // What the model sees of a result; without it, its JSON.
    toModelOutput: (data) => [
      Prompt.textPart({ text: "This is how it looks now." }),
      Prompt.filePart({ mediaType: "image/png", data })
    ]
  }),
  Tool.make("unlock", {
    description: "Unlocks a door",
    parameters: Schema.Struct({ door: Schema.String }),
    success: Schema.Void,
    // Only where it matters: `true` asks always.
    needsApproval: ({ door }) => door !== "garden"
  })
)

const HouseLive = House.toLayer(Effect.gen(function*() {
  const cameras = yield* Cameras
  return {
    look: ({ room }) =>
      Effect.flatMap(
        cameras.still(room),
        Option.match({
          onNone: () => Effect.fail(new NoCamera({ room })),
          onSome: (picture) => Effect.succeed(picture)
        })
      ),
    unlock: ({ door }) => cameras.unlock(door)
  }
}))

// A toolkit needs its handlers, and so does what it is given to.
export const App = codexLive({ toolkit: House, webSearch: true, maxRounds: 4 }).pipe(Layer.provide(HouseLive))
// #endregion

// #region seeing
/** What a reader sees of tools: which of them work, and never with what. */
const seen = (text: string) =>
  Codex.Codex.use((codex) =>
    codex.stream({ text }).pipe(
      Stream.map((event) => {
        switch (event._tag) {
          case "TextDelta":
            return event.text
          case "ToolStarted":
            return `[${event.name}…]`
          case "ToolDone":
            return event.failed ? `[${event.name} failed]` : `[${event.name}]`
          default:
            return ""
        }
      }),
      Stream.mkString
    )
  )
// #endregion

// #region approving
/** Asks, and lets somebody decide about each call that needs an approval before it is made. */
const ask = Effect.fn("ask")(function*(
  text: string,
  mayI: (name: string, written: string) => Effect.Effect<boolean>
) {
  const codex = yield* Codex.Codex
  const conversation = Message.ConversationKey("front door")
  let answer = yield* codex.ask({ text, conversation })
  while (answer.approvals !== undefined) {
    const decided = yield* Effect.forEach(answer.approvals, (call) => mayI(call.name, call.arguments))
    // One word for all that the turn waits for; it goes on where it has ended.
    const approval = { callId: answer.approvals[0]?.callId ?? "", approved: decided.every((yes) => yes) }
    answer = yield* codex.ask({ text: "", conversation, approval })
  }
  return answer.text
})
// #endregion

const call = (name: string, args: object): Item.FunctionCall => ({
  type: "function_call",
  call_id: `call_of_${name}`,
  name,
  arguments: JSON.stringify(args)
})

const setting = () => {
  const unlocked: Array<string> = []
  const cameras = Layer.succeed(Cameras, {
    still: (room) => Effect.succeed(room === "hall" ? Option.some(new Uint8Array([1, 2, 3])) : Option.none()),
    unlock: (door) =>
      Effect.sync(() => {
        unlocked.push(door)
      })
  })
  return { unlocked, layer: TestCodex.layer({ toolkit: House }).pipe(Layer.provide(HouseLive), Layer.provide(cameras)) }
}

it.effect("a tool shows the model a picture, and tells it why there is none", () =>
  Effect.gen(function*() {
    const { requests, script } = yield* TestCodex.TestCodex
    yield* script(
      TestCodex.items([call("look", { room: "hall" })]),
      TestCodex.items([call("look", { room: "cellar" })]),
      TestCodex.text("Nobody is in the hall.")
    )
    assert.strictEqual(
      yield* seen("Is somebody there?"),
      "[look…][look][look…][look failed]Nobody is in the hall."
    )
    const outputs = (yield* requests).at(-1)?.input.flatMap((item) =>
      item.type === "function_call_output" ? [item.output] : []
    )
    assert.deepStrictEqual(outputs, [
      [
        { type: "input_text", text: "This is how it looks now." },
        { type: "input_image", image_url: "data:image/png;base64,AQID", detail: "high" }
      ],
      "There is no camera in cellar. There is one in the hall."
    ])
  }).pipe(Effect.provide(setting().layer)))

it.effect("somebody decides about what needs an approval; what needs none is done at once", () => {
  const { layer, unlocked } = setting()
  return Effect.gen(function*() {
    const { script } = yield* TestCodex.TestCodex
    const asked: Array<string> = []
    for (const door of ["garden", "front"]) {
      yield* script(TestCodex.items([call("unlock", { door })]), TestCodex.text(`The ${door} door is open.`))
      const answer = yield* ask(`Unlock the ${door} door`, (name, written) =>
        Effect.sync(() => {
          asked.push(`${name} ${written}`)
          return true
        }))
      assert.strictEqual(answer, `The ${door} door is open.`)
    }
    yield* script(TestCodex.items([call("unlock", { door: "front" })]), TestCodex.text("It stays locked."))
    assert.strictEqual(yield* ask("Unlock the front door", () => Effect.succeed(false)), "It stays locked.")
    assert.deepStrictEqual(asked, [`unlock {"door":"front"}`])
    assert.deepStrictEqual(unlocked, ["garden", "front"])
  }).pipe(Effect.provide(layer))
})
