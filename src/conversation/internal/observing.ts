/**
 * What logs, traces and metrics learn of a turn: names that tell nobody whose it is, numbers, and how it ended.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as References from "effect/References"
import type { TokenUsage } from "../../backend/ResponseEvent.ts"
import * as Metrics from "../../internal/metrics.ts"
import * as Pseudonym from "../../internal/pseudonym.ts"
import type { Prompt } from "../Message.ts"
import type { TurnEvent } from "../Turn.ts"

const attribute = (attributes: Readonly<Record<string, unknown>>) =>
  Effect.flatMap(Effect.option(Effect.currentSpan), (span) =>
    Effect.sync(() => {
      if (Option.isNone(span)) return
      for (const [key, value] of Object.entries(attributes)) {
        if (value !== undefined) span.value.attribute(key, value)
      }
    }))

/** Gives a turn its names, in every line that is logged on its way and on its span. */
export const named = (prompt: Prompt) => <A, E, R>(turn: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const outer = yield* References.CurrentLogAnnotations
    // Who brought the prompt may have named its turn.
    const known = outer[Pseudonym.keys.turn]
    const names = {
      ...prompt.conversation !== undefined && {
        [Pseudonym.keys.conversation]: Pseudonym.of("conversation", prompt.conversation)
      },
      [Pseudonym.keys.turn]: prompt.turn === undefined && typeof known === "string"
        ? known
        : Pseudonym.of("turn", prompt.turn ?? `once/${yield* Random.next}`)
    }
    yield* attribute({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.provider.name": "openai",
      "gen_ai.conversation.id": names[Pseudonym.keys.conversation],
      [Pseudonym.keys.turn]: names[Pseudonym.keys.turn]
    })
    return yield* Effect.annotateLogs(turn, names)
  })

const secondsSince = (began: DateTime.Utc) =>
  Effect.map(Clock.currentTimeMillis, (now) => (now - DateTime.toEpochMillis(began)) / 1_000)

/** Measures how long it takes until there is something to read. */
export const untilText = <A, E, R>(
  began: DateTime.Utc,
  emit: (events: readonly [TurnEvent, ...ReadonlyArray<TurnEvent>]) => Effect.Effect<A, E, R>
): typeof emit => {
  let hasText = false
  return (events) => {
    if (hasText || !events.some(({ _tag }) => _tag === "TextDelta")) return emit(events)
    hasText = true
    return Effect.andThen(
      Effect.flatMap(secondsSince(began), (seconds) => Metric.update(Metrics.firstText, seconds)),
      emit(events)
    )
  }
}

const counted = ({ cachedTokens, inputTokens, outputTokens, reasoningTokens }: TokenUsage, model: string | undefined) =>
  Effect.forEach(
    [["input", inputTokens], ["cached", cachedTokens], ["output", outputTokens], [
      "reasoning",
      reasoningTokens
    ]] as const,
    ([kind, tokens]) => Metrics.count(Metrics.tokens, { kind, model: Metrics.plainName(model) ?? "unknown" }, tokens),
    { discard: true }
  )

/** How a turn ended. */
export interface End {
  readonly outcome: "answered" | "stopped" | "cut" | "failed"
  /** The tag of the failure, where it is one of ours. */
  readonly failure?: string | undefined
  readonly model?: string | undefined
  readonly usage?: TokenUsage | undefined
  readonly began: DateTime.Utc
}

/** Counts a turn that ended, and says on its span how. */
export const ended = ({ began, failure, model, outcome, usage }: End): Effect.Effect<void> =>
  Effect.gen(function*() {
    const error = outcome === "failed" ? failure ?? "Defect" : undefined
    yield* Metrics.count(Metrics.turns, { outcome })
    if (error !== undefined) yield* Metrics.count(Metrics.failures, { class: error })
    if (usage !== undefined) yield* counted(usage, model)
    yield* Metric.update(Metrics.turnTime, yield* secondsSince(began))
    yield* attribute({
      "codex.outcome": outcome,
      "error.type": error,
      "gen_ai.response.model": Metrics.plainName(model)
    })
  })

/** Counts a prompt that never got a turn. */
export const refused = ({ _tag }: { readonly _tag: string }): Effect.Effect<void> =>
  Effect.all([
    Metrics.count(Metrics.turns, { outcome: "refused" }),
    Metrics.count(Metrics.failures, { class: _tag }),
    attribute({ "codex.outcome": "refused", "error.type": _tag })
  ], { discard: true })
