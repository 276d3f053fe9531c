/**
 * What a span of `effect/ai` says of a call of ours: names and numbers by the conventions for generative AI, never content.
 *
 * The names are those that `effect/ai/Telemetry` makes. It makes them anew for each span, which was 30 of the 1,700 us of a
 * small turn.
 */
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

/** Writes what is known. */
const annotate = (span: Span, attributes: Readonly<Record<string, unknown>>): void => {
  for (const name in attributes) if (attributes[name] !== undefined) span.attribute(name, attributes[name])
}

/**
 * Writes what is asked on a span: `gen_ai.provider.name`, `gen_ai.operation.name`, `gen_ai.request.model`, and under `codex.`
 * the effort, the verbosity, the tier and the number of tools.
 *
 * @since 0.2.0
 * @category combinators
 */
export const annotateRequest = (span: Span, request: Request): void => {
  annotate(span, {
    "gen_ai.provider.name": "openai",
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": request.model,
    "codex.reasoning_effort": request.reasoningEffort,
    "codex.service_tier": request.serviceTier,
    "codex.tools": request.tools,
    "codex.verbosity": request.verbosity
  })
}

/**
 * Writes what came back on a span: `gen_ai.response.*` and `gen_ai.usage.*`, and under `codex.` the tokens that were cached
 * or thought.
 *
 * @since 0.2.0
 * @category combinators
 */
export const annotateResponse = (span: Span, { finishReason, id, model, usage }: Response): void => {
  annotate(span, {
    "gen_ai.response.id": id,
    "gen_ai.response.model": model,
    // Spans of ours and of effect/ai say it in the same words: those of effect/ai.
    "gen_ai.response.finish_reasons": [finishReason.replaceAll("_", "-")],
    "gen_ai.usage.input_tokens": usage?.inputTokens,
    "gen_ai.usage.output_tokens": usage?.outputTokens,
    "codex.cached_tokens": usage?.cachedTokens,
    "codex.reasoning_tokens": usage?.reasoningTokens
  })
}
