/**
 * The spans of time of a door, looked at before one is made of them: a message that waits for ever is never answered.
 */
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { count, either, ensure, finiteSpan, type Kinds, oneOf, span } from "../../internal/kinds.ts"

const kinds: Kinds = {
  firstTextDelay: span,
  editInterval: span,
  groupEditInterval: span,
  exportLifetime: span,
  joinWindow: finiteSpan,
  waitingNotice: either(span, oneOf("off")),
  rateLimit: {
    what: `an object with the number prompts and ${finiteSpan.what} as per`,
    is: (value) => Predicate.isObject(value) && count.is(value["prompts"]) && finiteSpan.is(value["per"])
  }
}

/** Stops a door with the name of the first that is wrong. */
export const checked = (options: object): Effect.Effect<void> => ensure("TelegramDoor.layer", kinds, options)
