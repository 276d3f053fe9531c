/**
 * All methods of the Bot API that the double has, over one world.
 */
import * as Effect from "effect/Effect"
import { makeBotMethods } from "./telegramBot.ts"
import { makeChatMethods } from "./telegramChats.ts"
import { makeCopyMethods } from "./telegramCopies.ts"
import { makeDesk, type Method, type Methods } from "./telegramDesk.ts"
import { makeDraftMethods } from "./telegramDrafts.ts"
import { makeLimiter, type RateLimits } from "./telegramFlood.ts"
import { makeMediaMethods } from "./telegramMedia.ts"
import type { Payload } from "./telegramPayload.ts"
import { makeTextMethods } from "./telegramTexts.ts"
import { makeTopicMethods } from "./telegramTopics.ts"
import { makeDelivery } from "./telegramWebhook.ts"
import type { World } from "./telegramWorld.ts"

/** The methods by the names that the Bot API documents; drafts and webhooks live in the scope. */
export const makeMethods = Effect.fnUntraced(function*(options: {
  readonly world: World
  readonly rateLimits: RateLimits | undefined
  readonly readsAllGroupMessages: boolean
  /** Carries out a method that the bot answers a webhook with. */
  readonly perform: (method: string, payload: Payload) => Effect.Effect<unknown>
}) {
  const { perform, rateLimits, readsAllGroupMessages, world } = options
  const desk = makeDesk(world, rateLimits === undefined ? undefined : makeLimiter(rateLimits))
  const methods: Methods = {
    ...(yield* makeDelivery(world.updates, perform)),
    ...makeBotMethods(world, readsAllGroupMessages),
    ...makeTextMethods(desk),
    ...makeMediaMethods(desk),
    ...makeCopyMethods(desk),
    ...makeDraftMethods(desk, yield* Effect.scope),
    ...makeTopicMethods(desk),
    ...makeChatMethods(desk)
  }
  return methods
})

/** Finds methods as the server does, by their names in any case. */
export const byName = (methods: Methods): (name: string) => Method | undefined => {
  const found = new Map(Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method]))
  return (name) => found.get(name.toLowerCase())
}
