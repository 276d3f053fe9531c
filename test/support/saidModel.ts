/**
 * The language model of effect/ai over a backend that says what a test wants it to, and remembers what it was asked.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as CodexLanguageModel from "../../src/ai/CodexLanguageModel.ts"
import { CodexBackend, type ResponsesError } from "../../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../../src/backend/CodexRequest.ts"
import type { Completed, ResponseEvent } from "../../src/backend/ResponseEvent.ts"

/** Events in the arrays in which they come. */
export type Chunks = ReadonlyArray<ReadonlyArray<ResponseEvent>>

/** The end of an answer. */
export const completed = (more: Partial<Completed> = {}): ResponseEvent => ({
  _tag: "Completed",
  responseId: "r1",
  model: "m",
  usage: undefined,
  incomplete: undefined,
  ...more
})

/** The model over a backend that says this, array by array, and remembers what it was asked. */
export const over = (
  chunks: Chunks | ResponsesError,
  asked: Array<CodexRequest> = [],
  config: CodexLanguageModel.Options = {}
) =>
  CodexLanguageModel.layer({ model: "m", config }).pipe(
    Layer.provide(Layer.succeed(CodexBackend, {
      name: "codex",
      responses: (request) => {
        asked.push(request)
        return "_tag" in chunks
          ? Stream.fail(chunks)
          : Stream.flatMap(Stream.rechunk(Stream.fromIterable(chunks), 1), (some) => Stream.fromIterable(some))
      },
      usage: Effect.succeed({ plan: undefined, limitReached: false, windows: [] }),
      status: Effect.succeed({
        connected: true,
        model: "m",
        modelNote: undefined,
        reasoningEffort: undefined,
        auth: Option.none(),
        quota: Option.none()
      })
    }))
  )
