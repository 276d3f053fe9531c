/**
 * All methods of the Bot API that the double has, over one world.
 */
import * as Effect from "effect/Effect"
import { makeBotMethods, type Modes } from "./bot.ts"
import { makeChatMethods } from "./chats.ts"
import { makeCopyMethods } from "./copies.ts"
import { makeDesk, type Method, type Methods } from "./desk.ts"
import { makeDraftMethods } from "./drafts.ts"
import { makeLimiter, type RateLimits } from "./flood.ts"
import { makeGuestMethods } from "./guests.ts"
import { makeMediaMethods } from "./media.ts"
import type { Payload } from "./payload.ts"
import { makeTextMethods } from "./texts.ts"
import { makeTopicMethods } from "./topics.ts"
import { makeDelivery } from "./webhook.ts"
import type { World } from "./world.ts"

/** The methods by the names that the Bot API documents; drafts and webhooks live in the scope. */
export const makeMethods = Effect.fnUntraced(function*(options: {
  readonly world: World
  readonly rateLimits: RateLimits | undefined
  readonly modes: Modes
  /** Carries out a method that the bot answers a webhook with. */
  readonly perform: (method: string, payload: Payload) => Effect.Effect<unknown>
}) {
  const { modes, perform, rateLimits, world } = options
  const desk = makeDesk(world, rateLimits === undefined ? undefined : makeLimiter(rateLimits))
  const methods: Methods = {
    ...(yield* makeDelivery(world.updates, perform)),
    ...makeBotMethods(world, modes),
    ...makeTextMethods(desk),
    ...makeGuestMethods(desk),
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
