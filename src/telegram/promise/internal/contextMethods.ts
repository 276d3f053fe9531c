/**
 * `ctx.codex`: what a handler of the bot's own can ask, for the person and the chat of its update.
 */
import * as Effect from "effect/Effect"
import type * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { Codex, type Service } from "../../../conversation/Codex.ts"
import { ConversationKey } from "../../../conversation/Message.ts"
import * as Access from "../../Access.ts"
import type { Origin } from "../../incoming/Origin.ts"
import * as RichText from "../../richtext/RichText.ts"
import type { Service as Door } from "../../TelegramDoor.ts"
import { type Lane, Turns } from "../../Turns.ts"
import type { CodexContext } from "../Promises.ts"
import { modelsOf, resultOf, statusOf } from "../Provider.ts"
import { Closed } from "./closed.ts"

// Updates that belong to no chat share a conversation.
const nowhere = ConversationKey("default")

/** Makes the methods for one update. All of them reject with a `DoorError`, first of all `AccessDenied`. */
export const make = <R, E>(
  found: Option.Option<Origin>,
  laneOf: (conversation: string) => Lane,
  door: Door,
  runtime: ManagedRuntime.ManagedRuntime<R | Codex | Turns, E>,
  isClosed: () => boolean
): CodexContext => {
  const origin = Option.getOrUndefined(found)
  const conversation = origin?.conversation ?? nowhere
  const asker = { userId: origin?.userId, chatId: origin?.chatId }
  // Updates without a sender share user 0, as in `vibegram/codex`.
  const userId = asker.userId ?? 0

  const allowed = <A, E2>(work: Effect.Effect<A, E2, Codex | Turns>): Promise<A> =>
    isClosed()
      ? Effect.runPromise(Effect.fail(new Closed({ of: "codex" })))
      : runtime.runPromise(Effect.andThen(Effect.fromResult(Access.check(asker, door)), work))
  const call = <A, E2>(use: (codex: Service) => Effect.Effect<A, E2>): Promise<A> => allowed(Codex.use(use))

  return {
    conversationKey: conversation,
    ask: (text, overrides = {}) =>
      call((codex) =>
        codex.move(ConversationKey(laneOf(conversation).conversation), conversation).pipe(
          Effect.andThen(codex.ask({ ...asker, ...overrides, text, conversation })),
          Effect.map((answer) => resultOf({ ...answer, text: RichText.truncate(answer.text, door.maxResponseLength) }))
        )
      ),
    status: () => call((codex) => Effect.map(codex.status, (status) => statusOf(status.provider, status))),
    // What waits was asked before, and would come back.
    reset: () => allowed(Effect.asVoid(Turns.use((turns) => turns.reset(laneOf(conversation))))),
    listModels: () => call((codex) => Effect.map(codex.models, modelsOf)),
    setPersonality: (text) => call((codex) => codex.setPersonality(userId, text)),
    getPersonality: () => call((codex) => Effect.map(codex.personality(userId), Option.getOrNull)),
    clearPersonality: () => call((codex) => codex.clearPersonality(userId))
  }
}
