/**
 * The thread from an update to its answer: which trace a turn belongs to, and what it is called in the log.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import type { AnySpan, SpanLink } from "effect/Tracer"
import * as Pseudonym from "../../internal/pseudonym.ts"
import type { Entry } from "../Entry.ts"

/** Names what is done for an update in every line of the log: hashes, which tell nobody which chat it is. */
export const named = ({ lane, update }: Pick<Entry, "lane" | "update">) =>
  Effect.annotateLogs({
    [Pseudonym.keys.conversation]: Pseudonym.of("conversation", lane.conversation),
    [Pseudonym.keys.turn]: Pseudonym.of("turn", `${lane.bot}/${update}`)
  })

/** The span of one update, from its way in until it is in a mailbox or done with. */
export const update = (kind: string, from: Pick<Entry, "lane" | "update">) => <A, E, R>(work: Effect.Effect<A, E, R>) =>
  work.pipe(
    Effect.withSpan("Telegram.update", { kind: "consumer", attributes: { "codex.update.kind": kind } }, {
      captureStackTrace: false
    }),
    named(from)
  )

/** Where something came in, as data: a trace that goes on in another process. */
export const Trace = Schema.Struct({ traceId: Schema.String, spanId: Schema.String, sampled: Schema.Boolean })

/** Where something came in, as data. */
export type Trace = typeof Trace.Type

const here = Effect.option(Effect.currentParentSpan)

/** Where what is under way came in, as data. */
export const within: Effect.Effect<Option.Option<Trace>> = Effect.map(
  here,
  Option.map((span) => {
    const { sampled, spanId, traceId } = span._tag === "Span" ? Option.getOrElse(span.parent, () => span) : span
    return { traceId, spanId, sampled }
  })
)

/** A span for the turn of these entries: a child of where the first came in, with a link to each of the others. */
export const turn = <A, E, R>(
  entries: Arr.NonEmptyReadonlyArray<Entry>,
  [parent, ...more]: ReadonlyArray<AnySpan | undefined>,
  work: Effect.Effect<A, E, R>
) =>
  work.pipe(
    Effect.withSpan("Turns.turn", {
      parent,
      // What comes from a store may have no trace to go on with.
      root: parent === undefined,
      links: more.flatMap((span): ReadonlyArray<SpanLink> => span === undefined ? [] : [{ span, attributes: {} }]),
      attributes: { "codex.updates": entries.length }
    }, { captureStackTrace: false }),
    named(entries[0])
  )

/** The same for what was written down of where they came in. */
export const turnOfRows = <A, E, R>(
  pieces: Arr.NonEmptyReadonlyArray<{ readonly entry: Entry; readonly trace?: Trace }>,
  work: Effect.Effect<A, E, R>
) =>
  turn(
    Arr.map(pieces, ({ entry }) => entry),
    pieces.map(({ trace }) => trace === undefined ? undefined : Tracer.externalSpan(trace)),
    work
  )

/** Remembers of entries where they came from, as long as they are there. */
export const make = () => {
  const origins = new WeakMap<Entry, AnySpan>()
  return {
    /** Takes down in which span an entry came in. */
    accepted: (entry: Entry): Effect.Effect<void> =>
      Effect.map(here, (span) => {
        if (Option.isSome(span)) origins.set(entry, span.value)
      }),
    turn: <A, E, R>(entries: Arr.NonEmptyReadonlyArray<Entry>, work: Effect.Effect<A, E, R>) =>
      turn(entries, entries.map((entry) => origins.get(entry)), work)
  }
}
