/**
 * What a trace of the core shows: how long things took and how they failed, never what was said or what opens a door.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as CodexBackend from "../src/backend/CodexBackend.ts"
import { Models } from "../src/backend/Models.ts"
import { codexLive } from "../src/CodexLive.ts"
import { Codex } from "../src/conversation/Codex.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Server from "./fixtures/server.ts"

const tracing = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

/** All that an exporter could see of a span, its exit included. */
const shown = (span: Tracer.NativeSpan): string =>
  inspect([span.name, [...span.attributes], span.events, span.links, span.status], {
    depth: 30,
    maxStringLength: null,
    maxArrayLength: null
  })

const conversation = ConversationKey("c")
const prompt = "my pin is 1234"
const instructions = "the keeper of the blue notebook"

const secrets = [
  prompt,
  instructions,
  "Hello from the server",
  Server.jwt("old", -1),
  Server.jwt("fresh"),
  "refresh-old",
  "refresh-fresh"
]

describe("a trace", () => {
  it.effect("holds no token, no prompt and no answer, however it ends", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const trace = tracing()
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const backend = yield* CodexBackend.CodexBackend
        yield* codex.ask({ text: prompt, conversation })
        yield* Stream.runDrain(codex.stream({ text: prompt, conversation }))
        yield* backend.usage
        yield* Models.use(({ list }) => list)
        for (const status of [400, 401, 401, 401, 403, 404, 429, 302]) {
          server.refuse(status, status, status)
          yield* Effect.exit(codex.ask({ text: prompt, conversation }))
        }
      }).pipe(
        Effect.provide(codexLive({
          authJson: Server.login("old", -1),
          systemPrompt: instructions,
          httpClient: server.layer,
          maxRetries: 0
        })),
        Effect.provide(trace.layer)
      )
      const asked = server.asked.flatMap(({ instructions = "", texts }) => [...texts, instructions]).join()
      assert.include(asked, prompt)
      assert.include(asked, instructions)
      assert.includeMembers(trace.spans.map(({ name }) => name), [
        "Codex.ask",
        "Codex.stream",
        "CodexBackend.responses"
      ])
      for (const span of trace.spans) {
        for (const secret of secrets) assert.notInclude(shown(span), secret, span.name)
      }
    }))

  it.effect("of a turn with a fresh login is two spans", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const trace = tracing()
      const login = Redacted.make(Server.jwt("bare"))
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        for (
          const turn of [codex.ask({ text: prompt, conversation }), Stream.runDrain(codex.stream({ text: prompt }))]
        ) {
          trace.spans.length = 0
          yield* turn
          assert.strictEqual(trace.spans.length, 2, trace.spans.map(({ name }) => name).join())
          assert.match(trace.spans[0]?.name ?? "", /^Codex\.(ask|stream)$/)
          assert.strictEqual(trace.spans[1]?.name, "CodexBackend.responses")
        }
      }).pipe(
        Effect.provide(codexLive({ accessToken: login, model: "m", httpClient: server.layer })),
        Effect.provide(trace.layer)
      )
    }))

  it.effect("captures no stack within a turn, which costs more than its span", () =>
    Effect.gen(function*() {
      yield* Server.begin
      const server = Server.make()
      const login = Redacted.make(Server.jwt("bare"))
      yield* Effect.gen(function*() {
        const codex = yield* Codex
        const turns = [codex.ask({ text: prompt, conversation }), Stream.runDrain(codex.stream({ text: prompt }))]
        for (const turn of turns) yield* turn
        // Whoever captures the stack of a span says before how deep; who shows an error wants none.
        const depth = Error.stackTraceLimit
        let captured = 0
        yield* Effect.acquireUseRelease(
          Effect.sync(() =>
            Object.defineProperty(Error, "stackTraceLimit", {
              configurable: true,
              get: () => depth,
              set: (depth: number) => {
                if (depth > 1 && depth < 10) captured++
              }
            })
          ),
          () => Effect.forEach(turns, (turn) => turn),
          () =>
            Effect.sync(() =>
              Object.defineProperty(Error, "stackTraceLimit", { configurable: true, writable: true, value: depth })
            )
        )
        assert.strictEqual(captured, 0)
      }).pipe(Effect.provide(codexLive({ accessToken: login, model: "m", httpClient: server.layer })))
    }))
})
