import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Stream } from "effect"
import { Codex, Item, Message } from "effect-codex"
import { TestCodex } from "effect-codex/testing"
import { TestClock } from "effect/testing"

it.effect("a conversation is the same to the millisecond", () =>
  Effect.gen(function*() {
    const codex = yield* Codex.Codex
    const { requests, script } = yield* TestCodex.TestCodex
    const conversation = Message.ConversationKey("ann")
    yield* script(
      TestCodex.deltas(["Hello", " Ann", "."], { every: "100 millis" }),
      TestCodex.text("Your name is Ann.")
    )

    // The clock stands still until the test moves it.
    const heard: Array<string> = []
    const turn = yield* codex.stream({ text: "I am Ann.", conversation }).pipe(
      Stream.runForEach((event) =>
        Effect.map(Clock.currentTimeMillis, (now) => heard.push(`${now} ${"text" in event ? event.text : event._tag}`))
      ),
      Effect.forkChild
    )
    yield* TestClock.adjust("250 millis")
    assert.deepStrictEqual(heard, ["100 Hello", "200  Ann"])
    yield* TestClock.adjust("50 millis")
    yield* Fiber.join(turn)
    assert.deepStrictEqual(heard.slice(2), ["300 .", "300 Completed"])

    // What was remembered is what the next request says.
    const answer = yield* codex.ask({ text: "What is my name?", conversation })
    assert.strictEqual(answer.text, "Your name is Ann.")
    const [, second] = yield* requests
    assert.deepStrictEqual(second?.input.map(Item.words), ["I am Ann.", "Hello Ann.", "What is my name?"])
  }).pipe(Effect.provide(TestCodex.layer())))
