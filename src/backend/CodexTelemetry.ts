/**
 * What a span of `effect/ai` says of a call of ours: names and numbers by the conventions for generative AI, never content.
 */
import * as Telemetry from "effect/ai/Telemetry"
import type { Span } from "effect/Tracer"
import type { TokenUsage } from "./ResponseEvent.ts"

/**
 * What was asked.
 *
 * @since 0.2.0
 * @category models
 */
export interface Request {
  /** Default: what `Models` chooses; `annotateResponse` says which it was. */
  readonly model?: string | undefined
  readonly reasoningEffort?: string | undefined
  readonly verbosity?: string | undefined
  readonly serviceTier?: string | undefined
  /** How many tools the model could use. */
  readonly tools: number
}

/**
 * What came back.
 *
 * @since 0.2.0
 * @category models
 */
export interface Response {
  readonly id?: string | undefined
  readonly model?: string | undefined
  readonly finishReason: string
  readonly usage?: TokenUsage | undefined
}

const codex = Telemetry.addSpanAttributes(
  "codex",
  (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
)

/**
 * Writes what is asked on a span: `gen_ai.provider.name`, `gen_ai.operation.name`, `gen_ai.request.model`, and under `codex.`
 * the effort, the verbosity, the tier and the number of tools.
 *
 * @since 0.2.0
 * @category combinators
 */
export const annotateRequest = (span: Span, request: Request): void => {
  Telemetry.addGenAIAnnotations(span, {
    provider: { name: "openai" },
    operation: { name: "chat" },
    request: { model: request.model }
  })
  const { reasoningEffort, serviceTier, tools, verbosity } = request
  codex(span, { reasoningEffort, serviceTier, tools, verbosity })
}

/**
 * Writes what came back on a span: `gen_ai.response.*` and `gen_ai.usage.*`, and under `codex.` the tokens that were cached
 * or thought.
 *
 * @since 0.2.0
 * @category combinators
 */
export const annotateResponse = (span: Span, { finishReason, id, model, usage }: Response): void => {
  Telemetry.addGenAIAnnotations(span, {
    // Spans of ours and of effect/ai say it in the same words: those of effect/ai.
    response: { id, model, finishReasons: [finishReason.replaceAll("_", "-")] },
    usage: { inputTokens: usage?.inputTokens, outputTokens: usage?.outputTokens }
  })
  codex(span, { cachedTokens: usage?.cachedTokens, reasoningTokens: usage?.reasoningTokens })
}
