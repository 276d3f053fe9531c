/**
 * How often one person may ask.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import type { Entry } from "../Entry.ts"
import type { RateLimit } from "../TelegramDoor.ts"

/**
 * Who asks has asked too often: there is room for the next prompt later.
 *
 * @since 0.2.0
 * @category models
 */
export interface Limited {
  readonly _tag: "Limited"
  readonly retryAfter: Duration.Duration
}

/** Counts a prompt; says when there is room again where it is one too many. */
export type Limit = (entry: Pick<Entry, "lane" | "origin">) => Effect.Effect<Option.Option<Limited>>

/** A limit for each person over all chats of a bot. */
export const make = Effect.fnUntraced(function*(limit: RateLimit): Effect.fn.Return<Limit, never, Scope> {
  // Few bots limit anybody.
  const RateLimiter = yield* Effect.promise(() => import("effect/persistence/RateLimiter"))
  const limiter = yield* Effect.provideContext(RateLimiter.make, yield* Layer.build(RateLimiter.layerStoreMemory))
  return ({ lane, origin }) =>
    limiter.consume({
      key: `${lane.bot}/${origin.user ?? origin.chat}`,
      limit: limit.prompts,
      window: limit.per,
      onExceeded: "fail"
    }).pipe(
      Effect.as(Option.none<Limited>()),
      Effect.catch(({ reason }) =>
        Effect.succeedSome<Limited>({
          _tag: "Limited",
          retryAfter: reason._tag === "RateLimitExceeded" ? reason.retryAfter : Duration.zero
        })
      )
    )
})
