/**
 * What is counted, and what it is called. Whoever exports Effect's metrics sees these; without one they cost a sum each.
 *
 * Nothing here tells what was said, or by whom: attributes are classes of failures, outcomes, kinds and models.
 *
 * Each set of attributes has a metric of its own, made once: Effect keeps the key of a series with its metric, and one that is
 * made for a single update writes that key anew. A turn has nine of them, and updates those of its end in one step.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

type Attributes = Readonly<Record<string, string>>

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

/** Turns that ended: `outcome` is `answered`, `stopped`, `cut`, `failed`, or `refused` before it began. */
export const turns = counter("codex_turns_total", "Turns that ended, by outcome")

/** Turns that a bot with durable turns did not survive three times. */
export const givenUp = counter(
  "codex_turns_given_up_total",
  "Turns that a bot went down with three times, and that are not tried again"
)

/** Prompts of another release, in the store of durable turns. */
export const unreadable = counter(
  "codex_prompts_unreadable_total",
  "Prompts that wait in the store, and that this release cannot read"
)

/** Failed and refused turns: `class` is the tag of the failure, and `Defect` for what nobody expected. */
export const failures = counter("codex_failures_total", "Turns that failed, by the class of the failure")

/** Tokens as the backend counted them: `kind` is `input`, of which `cached`, and `output`, of which `reasoning`. */
export const tokens = counter("codex_tokens_total", "Tokens of complete answers, by kind and model")

/** Second and later attempts of requests: `class` is the tag of what failed before. */
export const retries = counter("codex_retries_total", "Requests that were made again, by the class of the failure")

/** Refresh tokens that were spent: `outcome` is `refreshed`, or the reason of the failure. */
export const refreshes = counter("codex_refreshes_total", "Refreshes of the login, by outcome")

/** How long people look at nothing. */
export const firstText = Metric.histogram("codex_first_text_seconds", {
  description: "From the place of a turn in the order to the first text of its answer",
  boundaries: [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64]
})

/** How long a turn takes, pauses and retries included. */
export const turnTime = Metric.histogram("codex_turn_seconds", {
  description: "From the place of a turn in the order to its end",
  boundaries: [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
})

/** Prompts that wait: `queue` is `conversation` behind a turn of the same one, `mailbox` in front of the bot's turns. */
export const waiting = Metric.gauge("codex_waiting", { description: "Prompts that wait for their turn, by queue" })

const waitingIn = (queue: string) =>
  Metric.gauge(waiting.id, { description: waiting.description, attributes: { queue } })

const queues = { conversation: waitingIn("conversation"), mailbox: waitingIn("mailbox") }

/** How often the messages of an answer were changed while it was written, and to complete it. */
export const edits = Metric.histogram("codex_telegram_edits", {
  description: "Edits of the messages of one answer",
  boundaries: [0, 1, 2, 4, 8, 16, 32, 64, 128]
})

/** Calls that failed: `reason` is that of `TelegramFailed`; `rateLimited` are Telegram's 429. */
export const telegramFailures = counter("codex_telegram_failures_total", "Calls of Telegram that failed, by reason")

/** A name that a server told, if it looks like one: nothing that it throws back at us is passed on. */
export const plainName = (name: string | undefined): string | undefined =>
  name !== undefined && /^[\w.:/-]{1,64}$/.test(name) ? name : undefined

const series = new WeakMap<Metric.Counter<number>, Map<string, Metric.Counter<number>>>()

const seriesOf = (metric: Metric.Counter<number>, attributes: Attributes): Metric.Counter<number> => {
  const known = series.get(metric) ?? new Map<string, Metric.Counter<number>>()
  series.set(metric, known)
  const name = Object.values(attributes).join(" ")
  const one = known.get(name) ??
    Metric.counter(metric.id, { description: metric.description, incremental: true, attributes })
  known.set(name, one)
  return one
}

/** One more of a number, by so much. */
type Update = readonly [Metric.Metric<number, unknown>, number]

const updated = (updates: (now: number) => ReadonlyArray<Update>): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.map(Effect.context<never>(), (context) => {
      for (const [metric, by] of updates(now)) metric.updateUnsafe(by, context)
    }))

/** One more, with what it was. */
export const count = (metric: Metric.Counter<number>, attributes: Attributes, by = 1) =>
  Metric.update(seriesOf(metric, attributes), by)

/** How long something took that began then, in seconds. */
export const took = (metric: Metric.Histogram<number>, began: DateTime.Utc): Effect.Effect<void> =>
  updated((now) => [[metric, (now - DateTime.toEpochMillis(began)) / 1_000]])

/** The tokens of an answer, as its model counted them. */
type Used = Readonly<Record<"inputTokens" | "cachedTokens" | "outputTokens" | "reasoningTokens", number>>

const spent = (used: Used, model = "unknown"): ReadonlyArray<Update> => {
  const of = (kind: string) => seriesOf(tokens, { kind, model })
  return [
    [of("input"), used.inputTokens],
    [of("cached"), used.cachedTokens],
    [of("output"), used.outputTokens],
    [of("reasoning"), used.reasoningTokens]
  ]
}

/** A turn that ended: how, what its answer cost, and how long it took. */
export const ended = (turn: {
  readonly outcome: string
  readonly failure: string | undefined
  readonly used: Used | undefined
  readonly model: string | undefined
  readonly began: DateTime.Utc
}): Effect.Effect<void> =>
  updated((now) => [
    [seriesOf(turns, { outcome: turn.outcome }), 1],
    ...turn.failure === undefined ? [] : [[seriesOf(failures, { class: turn.failure }), 1] as const],
    ...turn.used === undefined ? [] : spent(turn.used, turn.model),
    [turnTime, (now - DateTime.toEpochMillis(turn.began)) / 1_000]
  ])

/** So many more in a queue, or less. */
export const queued = (queue: "conversation" | "mailbox", change: number): Effect.Effect<void> =>
  change === 0 ? Effect.void : Metric.modify(queues[queue], change)

/** All of them, for the docs. */
export const all = [
  turns,
  givenUp,
  unreadable,
  failures,
  tokens,
  retries,
  refreshes,
  firstText,
  turnTime,
  waiting,
  edits,
  telegramFailures
] as const
