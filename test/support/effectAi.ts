/**
 * effect/ai over our provider, between an application and the double of the backend.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import type * as HttpServerError from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import * as CodexLanguageModel from "../../src/ai/CodexLanguageModel.ts"
import { codexLive } from "../../src/CodexLive.ts"
import type { Services, Values } from "../../src/CodexLive.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"

export const model = "gpt-5.6-sol"

export interface Setup {
  readonly emulator?: CodexEmulator.Options
  readonly values?: Values
  readonly config?: CodexLanguageModel.Options
}

export interface Stage {
  readonly server: CodexEmulator.Service
  /** Provides the model over a fresh login at the emulator. */
  readonly ai: Layer.Layer<LanguageModel.LanguageModel | Services>
  /** The bodies of the requests for answers, as they came. */
  readonly bodies: Effect.Effect<ReadonlyArray<ReturnType<typeof JSON.parse>>>
}

/** Starts an emulator, and the model over it. */
export const start = Effect.fnUntraced(function*(
  setup: Setup = {}
): Effect.fn.Return<Stage, HttpServerError.ServeError, Scope> {
  const server = yield* CodexEmulator.make(setup.emulator)
  const ai = yield* Layer.build(
    CodexLanguageModel.layer({ model, config: setup.config }).pipe(
      Layer.provideMerge(codexLive({
        authJson: Redacted.make(yield* server.signIn()),
        baseUrl: server.baseUrl,
        issuer: server.issuer,
        maxRetries: 0,
        ...setup.values
      }))
    )
  )
  return {
    server,
    ai: Layer.succeedContext(ai),
    bodies: Effect.map(
      server.requests,
      (all) => all.filter(({ path }) => path.endsWith("/responses")).map(({ body }) => JSON.parse(JSON.stringify(body)))
    )
  }
})
