/**
 * What logs, traces and metrics learn of a turn: names that tell nobody whose it is, numbers, and how it ended.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Record from "effect/Record"
import * as References from "effect/References"
import type { TokenUsage } from "../../backend/ResponseEvent.ts"
import * as Metrics from "../../internal/metrics.ts"
import * as Pseudonym from "../../internal/pseudonym.ts"
import type { Prompt } from "../Message.ts"
import type { TurnEvent } from "../Turn.ts"

/** Says on the current span what is known. */
const attribute = (attributes: Readonly<Record<string, string | undefined>>): Effect.Effect<void> =>
  Effect.annotateCurrentSpan(Record.filter(attributes, Predicate.isNotUndefined))

/** Gives a turn its names, in every line that is logged on its way and on its span. */
export const named = (prompt: Prompt) => <A, E, R>(turn: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.zip(References.CurrentLogAnnotations, Random.next), ([outer, chance]) => {
    // Who brought the prompt may have named its turn.
    const known = outer[Pseudonym.keys.turn]
    const names = {
      ...prompt.conversation !== undefined && {
        [Pseudonym.keys.conversation]: Pseudonym.of("conversation", prompt.conversation)
      },
      [Pseudonym.keys.turn]: prompt.turn !== undefined
        ? Pseudonym.of("turn", prompt.turn)
        : typeof known === "string"
        ? known
        : Pseudonym.ofChance(chance)
    }
    return Effect.andThen(
      attribute({
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "openai",
        "gen_ai.conversation.id": names[Pseudonym.keys.conversation],
        [Pseudonym.keys.turn]: names[Pseudonym.keys.turn]
      }),
      Effect.annotateLogs(turn, names)
    )
  })

type Tell = (events: readonly [TurnEvent, ...ReadonlyArray<TurnEvent>]) => Effect.Effect<unknown>

/** Measures how long it takes until there is something to read. Where nobody reads, that is all that is to be told. */
export const untilText = (
  began: DateTime.Utc,
  tell: Tell | undefined
): { readonly tell: Tell; readonly isHeard: () => boolean } => {
  let hasText = false
  return {
    isHeard: () => tell !== undefined || !hasText,
    tell: (events) => {
      const shown = tell?.(events) ?? Effect.void
      if (hasText || !events.some(({ _tag }) => _tag === "TextDelta")) return shown
      hasText = true
      // Measured before it is shown: whoever reads may be slow.
      return Effect.andThen(Metrics.took(Metrics.firstText, began), shown)
    }
  }
}

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
export const ended = ({ began, failure, model, outcome, usage }: End): Effect.Effect<void> => {
  const error = outcome === "failed" ? failure ?? "Defect" : undefined
  const name = Metrics.plainName(model)
  return Effect.andThen(
    Metrics.ended({ outcome, failure: error, used: usage, model: name, began }),
    attribute({ "codex.outcome": outcome, "error.type": error, "gen_ai.response.model": name })
  )
}

/** Counts a prompt that never got a turn. */
export const refused = ({ _tag }: { readonly _tag: string }): Effect.Effect<void> =>
  Effect.all([
    Metrics.count(Metrics.turns, { outcome: "refused" }),
    Metrics.count(Metrics.failures, { class: _tag }),
    attribute({ "codex.outcome": "refused", "error.type": _tag })
  ], { discard: true })
