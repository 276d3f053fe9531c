/**
 * Requests and tokens since the process began, in total and for each user.
 *
 * This is our own count. What is left of the plan is the backend's to tell (`CodexBackend.usage`).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"

/** A sum of answers. */
export interface Totals {
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
}

/** Everything counted so far. */
export interface Usage {
  readonly total: Totals
  readonly perUser: ReadonlyMap<number, Totals>
}

export interface Service {
  /** Counts one answer; without `tokens`, only the request. */
  readonly record: (answer: {
    readonly userId: number | undefined
    readonly tokens: Omit<Totals, "requests"> | undefined
  }) => Effect.Effect<void>
  /** The sums as they stand. */
  readonly usage: Effect.Effect<Usage>
}

/** The meter as a service. */
export class UsageMeter extends Context.Service<UsageMeter, Service>()("effect-codex/UsageMeter") {}

const none: Totals = { requests: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 }

const add = (totals: Totals, tokens: Omit<Totals, "requests"> | undefined): Totals => ({
  requests: totals.requests + 1,
  inputTokens: totals.inputTokens + (tokens?.inputTokens ?? 0),
  outputTokens: totals.outputTokens + (tokens?.outputTokens ?? 0),
  totalTokens: totals.totalTokens + (tokens?.totalTokens ?? 0)
})

/** Counts in this process; the sums are gone with a restart. */
export const layerMemory: Layer.Layer<UsageMeter> = Layer.effect(
  UsageMeter,
  Effect.gen(function*() {
    const usage = yield* Ref.make<Usage>({ total: none, perUser: new Map() })
    return UsageMeter.of({
      record: ({ tokens, userId }) =>
        Ref.update(usage, ({ perUser, total }) => ({
          total: add(total, tokens),
          perUser: userId === undefined
            ? perUser
            : new Map(perUser).set(userId, add(perUser.get(userId) ?? none, tokens))
        })),
      usage: Ref.get(usage)
    })
  })
)
