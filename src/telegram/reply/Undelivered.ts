/**
 * Answers that were written and never arrived: kept for a while, so that they need not be asked and paid for again.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ConversationKey } from "../../conversation/Message.ts"
import type { Content } from "../TelegramApi.ts"

/** How many conversations have one at most, of each the last; and how much of all of them there is. */
const most = 100
const mostBytes = 16 * 1024 * 1024

// Two bytes a character, and what a format costs.
const bytesOf = (parts: ReadonlyArray<Content>): number =>
  parts.reduce((sum, { entities = [], text }) => sum + 2 * text.length + 100 * entities.length, 0)

/** What can be done with the answers that did not arrive. */
export interface Service {
  /** Keeps the last answer of a conversation, in place of the one before. */
  readonly keep: (conversation: ConversationKey, parts: ReadonlyArray<Content>) => Effect.Effect<void>
  /** The answer that is kept for a conversation, if there is one. */
  readonly find: (conversation: ConversationKey) => Effect.Effect<Option.Option<ReadonlyArray<Content>>>
  /** Forgets it: it has arrived, or the conversation is forgotten. */
  readonly forget: (conversation: ConversationKey) => Effect.Effect<void>
}

/** The answers that did not arrive, as a service; where there is none, they are lost. */
export class Undelivered extends Context.Service<Undelivered, Service>()("effect-codex/Undelivered") {}

/** Keeps them in this process: the last answer of a hundred conversations, and 16 MB of them in all. */
export const layer: Layer.Layer<Undelivered> = Layer.sync(Undelivered, () => {
  const kept = new Map<ConversationKey, ReadonlyArray<Content>>()
  const isTooMuch = () =>
    kept.size > most || [...kept.values()].reduce((sum, parts) => sum + bytesOf(parts), 0) > mostBytes
  return {
    keep: (conversation, parts) =>
      Effect.sync(() => {
        kept.delete(conversation)
        kept.set(conversation, parts)
        for (const oldest of kept.keys()) {
          if (oldest === conversation || !isTooMuch()) return
          kept.delete(oldest)
        }
      }),
    find: (conversation) => Effect.sync(() => Option.fromUndefinedOr(kept.get(conversation))),
    forget: (conversation) =>
      Effect.sync(() => {
        kept.delete(conversation)
      })
  }
})

/** Does something with them where they are kept. */
export const use = <A>(work: (service: Service) => Effect.Effect<A>): Effect.Effect<Option.Option<A>> =>
  Effect.flatMap(
    Effect.serviceOption(Undelivered),
    Option.match({ onNone: () => Effect.succeedNone, onSome: (service) => Effect.asSome(work(service)) })
  )
