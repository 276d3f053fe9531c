/**
 * The way from a request of ours to a backend of ours, past the words of effect/ai in between.
 *
 * Who has items and asks a model of ours would lose on the way through `Prompt` what has no word there: thoughts, searches,
 * pictures, the key of the backend's cache, an answer that starts over.
 */
import type { LanguageModel as Model } from "effect/ai/LanguageModel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ResponsesError } from "../../backend/CodexBackend.ts"
import type { CodexRequest } from "../../backend/CodexRequest.ts"
import type { ResponseEvent } from "../../backend/ResponseEvent.ts"

/** What answers a request, as the model that it belongs to would. */
export type Responses = (request: CodexRequest) => Stream.Stream<ResponseEvent, ResponsesError>

interface Way {
  readonly model: Model
  readonly responses: Responses
}

const Way = Context.Reference<Way | undefined>("effect-codex/ai/Straight", { defaultValue: () => undefined })

/** A model with its way, for a layer. */
export const add = (model: Model, responses: Responses) => Context.add(Way, { model, responses })

/** The way to this model; none to one of another provider, nor to one that somebody has changed. */
export const to = (model: Model): Effect.Effect<Responses | undefined> =>
  Effect.map(Way, (way) => way !== undefined && way.model === model ? way.responses : undefined)
