/**
 * One program, other rooms: no account, no socket, no waiting.
 *
 * `TestCodex` scripts the backend and `TestClock` is the time, so the run is the same to the millisecond. The second
 * run swaps the memory for one that forgets; the third lets the quota run out in the middle of an answer.
 */
import { Clock, Console, DateTime, Effect, Fiber, type Layer, Stream } from "effect"
import { Codex, CodexError, Item, Memory, Message } from "effect-codex"
import { TestCodex } from "effect-codex/testing"
import { TestClock } from "effect/testing"

/** What an application does with a conversation; it does not know which layers it will get. */
const tell = Effect.fnUntraced(function*(text: string) {
  const codex = yield* Codex.Codex
  yield* Console.log(`         > ${text}`)
  yield* codex.stream({ text, conversation: Message.ConversationKey("ann") }).pipe(
    Stream.runForEach(Effect.fnUntraced(function*(event) {
      const now = yield* Clock.currentTimeMillis
      const shown = event._tag === "Completed"
        ? `done, ${event.answer.usage?.totalTokens} tokens`
        : "text" in event
        ? JSON.stringify(event.text)
        : event._tag
      yield* Console.log(`${String(now).padStart(5)} ms ${shown}`)
    })),
    Effect.catch((error) => Console.log(CodexError.explain(error).replace(/^/gm, "       ! ")))
  )
})

const program = Effect.andThen(tell("My name is Ann."), tell("What is my name?"))

/** Answers from what it is sent and nothing else, a piece every 100 ms. */
const attentive: TestCodex.Reply = (request) => {
  const name = request.input.map((item) => /name is (\w+)/.exec(Item.words(item))?.[1]).find((name) =>
    name !== undefined
  )
  const pieces = name === undefined ? ["I do", " not know."] : ["You are", ` ${name}.`]
  return TestCodex.deltas(pieces, { every: "100 millis" })(request)
}

const quotaIsUsedUp: TestCodex.Reply = TestCodex.fails(
  new CodexError.RateLimited({
    kind: "quota",
    window: "5-hour",
    resetsAt: DateTime.makeUnsafe("1970-01-01T05:00:00Z")
  }),
  ["You"]
)

const forgetful: Layer.Layer<Memory.Memory> = Memory.layerMessages({
  append: () => Effect.void,
  list: () => Effect.succeed([]),
  clear: () => Effect.void
})

const run = (
  title: string,
  replies: ReadonlyArray<TestCodex.Reply>,
  memory: Layer.Layer<Memory.Memory> = Memory.layerMemory
) =>
  Effect.gen(function*() {
    const { script } = yield* TestCodex.TestCodex
    yield* script(...replies)
    yield* Console.log(`\n${title}`)
    const running = yield* Effect.forkChild(program)
    for (let i = 0; i < 10; i++) yield* TestClock.adjust("100 millis")
    yield* Fiber.join(running)
  }).pipe(Effect.provide([TestCodex.layer({ memory }), TestClock.layer()]))

await Effect.runPromise(
  Effect.gen(function*() {
    yield* run("A conversation", [attentive, attentive])
    yield* run("The same with a memory that forgets", [attentive, attentive], forgetful)
    yield* run("The same with a quota that runs out", [attentive, quotaIsUsedUp])
  })
)
