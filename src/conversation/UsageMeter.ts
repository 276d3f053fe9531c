/**
 * Requests and tokens since the process began, in total and for each user.
 *
 * This is our own count. What is left of the plan is the backend's to tell (`CodexBackend.usage`).
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SqlClient } from "effect/sql/SqlClient"
import type { UserId } from "./Message.ts"
import type { MemoryFailed } from "./TurnError.ts"

/**
 * A sum of answers: how many there were, and their tokens as the backend counted them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Totals {
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
}

/**
 * Everything counted so far, in total and for each user that the meter still knows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Usage {
  readonly total: Totals
  readonly perUser: ReadonlyMap<UserId, Totals>
  /** Since when it is counted; without it, since the start of the process. */
  readonly since?: DateTime.Utc | undefined
}

/**
 * What a meter does. To count cannot fail: what an answer cost must not be a reason to lose it.
 *
 * A meter of yours fails with `CodexError.MemoryFailed({ operation, cause })`, where `operation` is `list` for `usage` and
 * `clear` for `forget`; it is plugged in by `codexLive({ usageMeter })`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Counts one answer; without `tokens`, only the request. */
  readonly record: (answer: {
    readonly userId: UserId | undefined
    readonly tokens: Omit<Totals, "requests"> | undefined
  }) => Effect.Effect<void>
  /** Forgets the sums of one user; the total, which names nobody, stays. */
  readonly forget: (userId: UserId) => Effect.Effect<void, MemoryFailed>
  /** The sums as they stand. */
  readonly usage: Effect.Effect<Usage, MemoryFailed>
}

/**
 * The meter as a service. Swap it to count beyond the process, or to send the numbers to your metrics.
 *
 * @since 0.1.0
 * @category services
 */
export class UsageMeter extends Context.Service<UsageMeter, Service>()("effect-codex/UsageMeter") {}

const none: Totals = { requests: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 }

const add = (totals: Totals, tokens: Omit<Totals, "requests"> | undefined): Totals => ({
  requests: totals.requests + 1,
  inputTokens: totals.inputTokens + (tokens?.inputTokens ?? 0),
  outputTokens: totals.outputTokens + (tokens?.outputTokens ?? 0),
  totalTokens: totals.totalTokens + (tokens?.totalTokens ?? 0)
})

// Of more users than this, those who asked longest ago lose their own line; the total keeps what they used.
const maxUsers = 10_000

/**
 * Counts in this process, for the last 10,000 users each; the sums are gone with a restart. The default.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<UsageMeter> = Layer.sync(UsageMeter, () => {
  let total = none
  // A map keeps the order of insertion: who is counted goes to its end, who is first there was counted longest ago.
  const perUser = new Map<UserId, Totals>()
  return UsageMeter.of({
    record: ({ tokens, userId }) =>
      Effect.sync(() => {
        total = add(total, tokens)
        if (userId === undefined) return
        const before = perUser.get(userId) ?? none
        perUser.delete(userId)
        perUser.set(userId, add(before, tokens))
        if (perUser.size <= maxUsers) return
        for (const oldest of perUser.keys()) {
          perUser.delete(oldest)
          return
        }
      }),
    forget: (userId) => Effect.sync(() => void perUser.delete(userId)),
    usage: Effect.sync(() => ({ total, perUser: new Map(perUser) }))
  })
})

/**
 * Counts in a SQL database, so that the sums outlive the process: the table `codex_usage`, which is made at the first use.
 *
 * Provide a `SqlClient`: `effect-codex/sqlite` for a file on this machine, `@effect/sql-pg` for Postgres. A turn that
 * cannot be counted is logged and goes on.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSql: Layer.Layer<UsageMeter, never, SqlClient> = Layer.effect(
  UsageMeter,
  // Loaded by those who use it: it brings Effect's SQL along.
  Effect.flatMap(Effect.promise(() => import("./internal/usageSql.ts")), ({ make }) => make)
)
