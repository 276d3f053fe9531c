import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Codex } from "effect-codex"
import { CodexEmulator, TestCodex } from "effect-codex/testing"
import { FetchHttpClient, HttpBody, HttpClient } from "effect/http"
import { TestClock } from "effect/testing"

const Reply = CodexEmulator.Reply

/** One turn through a client; `/responses` at the real backend takes the same. */
const take = Effect.fnUntraced(function*(client: HttpClient.HttpClient, emulator: CodexEmulator.Service) {
  const { tokens } = JSON.parse(yield* emulator.signIn())
  const response = yield* client.post(`${emulator.baseUrl}/responses`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
    body: HttpBody.jsonUnsafe({
      model: "gpt-5.5",
      instructions: "A secret plan.",
      input: [{ role: "user", content: "Where is the light?" }],
      store: false,
      stream: true
    })
  })
  return yield* response.text
})

it.effect("a turn is recorded once, kept as JSON, and told again", () =>
  Effect.gen(function*() {
    const emulator = yield* CodexEmulator.make()
    const client = yield* HttpClient.HttpClient

    // Record. What belongs to the account is left out, so the text can be a fixture in your repository.
    let fixture = ""
    const recording = client.pipe(
      CodexEmulator.recordTurns((turn) =>
        Effect.sync(() => {
          fixture = JSON.stringify(turn)
        })
      )
    )
    yield* emulator.script(Reply.text("At the end of the tunnel."))
    yield* take(recording, emulator)
    assert.notInclude(fixture, "secret plan")
    const turn: CodexEmulator.RecordedTurn = JSON.parse(fixture)

    // Replay over a socket. A body that you saved by other means is read by `readTurn`.
    yield* emulator.script(CodexEmulator.replay(turn))
    assert.deepStrictEqual(CodexEmulator.readTurn(yield* take(client, emulator)), turn)

    // Replay without one: six words, 20 ms each.
    const replayed = Effect.gen(function*() {
      const { script } = yield* TestCodex.TestCodex
      yield* script(TestCodex.recorded(turn, { every: "20 millis" }))
      const asking = yield* Effect.forkChild((yield* Codex.Codex).ask({ text: "Where is the light?" }))
      yield* TestClock.adjust("120 millis")
      return yield* Fiber.join(asking)
    })
    const answer = yield* Effect.provide(replayed, TestCodex.layer())
    assert.strictEqual(answer.text, "At the end of the tunnel.")
    assert.strictEqual(answer.model, "gpt-5.5")
  }).pipe(Effect.provide(FetchHttpClient.layer)))
