/**
 * A home of the login of somebody's own that breaks or hangs: refresh tokens work once, so what they brought is not lost.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import * as AuthStore from "../src/auth/AuthStore.ts"
import { codexLive } from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as Server from "./fixtures/server.ts"

const ask = Codex.use((codex) => codex.ask({ text: "hello" }))

/** Asks twice over such a home, with a login that has to be renewed first. */
const asked = (part: Partial<AuthStore.Service>) =>
  Effect.gen(function*() {
    yield* Server.begin
    const house = Server.make()
    const authStore = Layer.effect(
      AuthStore.AuthStore,
      Effect.map(AuthStore.AuthStore, (inner) => ({ ...inner, ...part }))
    ).pipe(Layer.provide(AuthStore.layerJson(Server.login("file", -10))))
    const twice = Effect.result(Effect.andThen(ask, ask)).pipe(
      Effect.provide(codexLive({ authStore, httpClient: house.layer, turnTimeout: "1 hour", maxTurn: "1 hour" }))
    )
    const running = yield* Effect.forkChild(twice)
    let seconds = 0
    for (; seconds < 300 && running.pollUnsafe() === undefined; seconds++) yield* TestClock.adjust("1 second")
    if (running.pollUnsafe() === undefined) return { end: "never", seconds }
    const result = yield* Fiber.join(running)
    return {
      seconds,
      end: result._tag === "Success" ? result.success.text : result.failure.message,
      tokens: house.prompts().map(({ token }) => token),
      refreshes: house.paths().filter((path) => path.endsWith("/oauth/token")).length
    }
  })

const broken = Effect.die(new TypeError("eyJ.what.it.could.not.write"))
const kept = { end: "Hello from the server", tokens: ["fresh", "fresh"], refreshes: 1 }

describe("a home of the login that cannot be written", () => {
  it.effect("because it breaks leaves the new tokens in memory, and they are used", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* asked({ write: () => broken }), kept)
    }))

  it.effect("because it interrupts itself does, too", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* asked({ write: () => Effect.interrupt }), kept)
    }))

  it.effect("because it hangs does after fifteen seconds, and holds up no end", () =>
    Effect.gen(function*() {
      const { seconds, ...outcome } = yield* asked({ write: () => Effect.never })
      assert.deepStrictEqual(outcome, kept)
      // Once for the turn, and as the layer closes once more by each that knows of it.
      assert.isAtMost(seconds, 50)
    }))
})

describe("a home of the login that cannot be read", () => {
  it.effect("because it breaks is told by its kind, and not in its words", () =>
    Effect.gen(function*() {
      const { end } = yield* asked({ read: broken })
      assert.strictEqual(end, "Could not read the credentials at memory:auth.json (TypeError).")
    }))

  it.effect("because it hangs holds up no end for more than two minutes", () =>
    Effect.gen(function*() {
      let reads = 0
      const inner = yield* Effect.provide(AuthStore.AuthStore, AuthStore.layerJson(Server.login("file", -10)))
      const read = Effect.suspend(() => reads++ < 2 ? inner.read : Effect.never)
      const { end, seconds } = yield* asked({ read })
      assert.notStrictEqual(end, "never")
      assert.isAtMost(seconds, 130)
    }))

  it.effect("because nobody is let in by it holds up no end either", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const authStore = Layer.effect(
        AuthStore.AuthStore,
        Effect.map(AuthStore.AuthStore, (inner) => ({ ...inner, exclusive: () => Effect.never }))
      ).pipe(Layer.provide(AuthStore.layerJson(Server.login("file", -10))))
      const left = yield* Effect.forkChild(
        Effect.timeoutOption(ask, "1 second").pipe(
          Effect.provide(codexLive({ authStore, httpClient: Server.make().layer }))
        )
      )
      for (let seconds = 0; seconds < 130; seconds++) yield* TestClock.adjust("1 second")
      assert.isDefined(left.pollUnsafe())
    }))
})
