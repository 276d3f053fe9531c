/**
 * Answers that were written and never arrived: kept for a while, so that they need not be asked and paid for again.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ConversationKey } from "../../conversation/Message.ts"
import type { Content } from "../TelegramApi.ts"

/** How many conversations have one at most; of each it is the last. */
const most = 100

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

/** Keeps them in this process: the last answer of a hundred conversations. */
export const layer: Layer.Layer<Undelivered> = Layer.sync(Undelivered, () => {
  const kept = new Map<ConversationKey, ReadonlyArray<Content>>()
  return {
    keep: (conversation, parts) =>
      Effect.sync(() => {
        kept.delete(conversation)
        kept.set(conversation, parts)
        for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - most))) kept.delete(oldest)
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
