/**
 * The thread from an update to its answer: which trace a turn belongs to, and what it is called in the log.
 */
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
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

/** Remembers of entries where they came from, as long as they are there. */
export const make = () => {
  const origins = new WeakMap<Entry, AnySpan>()
  return {
    /** Takes down in which span an entry came in. */
    accepted: (entry: Entry): Effect.Effect<void> =>
      Effect.map(Effect.option(Effect.currentParentSpan), (span) => {
        if (Option.isSome(span)) origins.set(entry, span.value)
      }),
    /** A span for the turn of these entries: a child of where the first came in, with a link to each of the others. */
    turn: <A, E, R>(entries: Arr.NonEmptyReadonlyArray<Entry>, work: Effect.Effect<A, E, R>) => {
      const [first, ...more] = entries
      const parent = origins.get(first)
      const links = more.flatMap((entry): ReadonlyArray<SpanLink> => {
        const span = origins.get(entry)
        return span === undefined ? [] : [{ span, attributes: {} }]
      })
      return work.pipe(
        Effect.withSpan("Turns.turn", {
          parent,
          // What comes from a store has no trace to go on with.
          root: parent === undefined,
          links,
          attributes: { "codex.updates": entries.length }
        }, { captureStackTrace: false }),
        named(first)
      )
    }
  }
}
