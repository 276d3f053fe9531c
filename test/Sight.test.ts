import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Sight from "../src/backend/internal/sight.ts"
import * as Item from "../src/backend/Item.ts"
import type { List, Model } from "../src/backend/Models.ts"

const model = (id: string, inputModalities?: ReadonlyArray<string>): Model => ({
  id,
  displayName: undefined,
  description: undefined,
  reasoningEfforts: [],
  ...(inputModalities !== undefined && { inputModalities })
})

const list: List = {
  source: "live",
  models: [model("blind", ["text"]), model("seeing", ["text", "image"]), model("unknown")]
}

const picture: Item.Item = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "Look" }, { type: "input_image", image_url: "data:image/png;base64,AA==" }]
}

const request = (...input: CodexRequest["input"]): CodexRequest => ({
  model: undefined,
  reasoningEffort: undefined,
  instructions: "",
  input,
  sessionId: "s",
  origin: undefined
})

const fitted = (id: string, ...input: CodexRequest["input"]) =>
  Sight.fitted(request(...input), id, Effect.succeed(list)).pipe(
    Effect.map(({ input }) => JSON.stringify(input).includes("input_image") ? "seen" : "left out"),
    Effect.catchTag("PicturesNotTaken", ({ available }) => Effect.succeed(`refused ${available.join()}`))
  )

const answered = [picture, Item.fromText("assistant", "A cat"), Item.fromText("user", "And now?")] as const

describe("pictures in a request", () => {
  it.effect.each(["seeing", "unknown", "unlisted"])(
    "go along to a model that is not known to be blind: %s",
    (id) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* fitted(id, picture), "seen")
        assert.strictEqual(yield* fitted(id, ...answered), "seen")
      })
  )

  it.effect("are refused for a model that takes none, which names others that do", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* fitted("blind", picture), "refused seeing,unknown")
    }))

  it.effect("are left out of what was said before, so that a conversation goes on after a change of model", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* fitted("blind", ...answered), "left out")
    }))

  it.effect("go along when the list of models does not come in time, which without pictures nobody waits for", () =>
    Effect.gen(function*() {
      const hanging = (input: Item.Item) => Sight.fitted(request(input), "blind", Effect.never)
      const fiber = yield* Effect.forkChild(hanging(picture))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).input, [picture])
      yield* hanging(Item.fromText("user", "Hi"))
    }))
})
