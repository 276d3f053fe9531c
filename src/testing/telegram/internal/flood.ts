/**
 * Telegram's flood limits, as token buckets for messages and edits.
 */
import { limits } from "./limits.ts"
import { type Refused, tooManyRequests } from "./refusals.ts"
import type { Chat } from "./types.ts"

/**
 * How much a bot may send.
 *
 * @since 0.2.0
 * @category models
 */
export interface RateLimits {
  /** Messages a second in one private chat. Default: 1. */
  readonly privatePerSecond?: number
  /** Messages a minute in one group. Default: 20. */
  readonly groupPerMinute?: number
  /** Messages a second over all chats. Default: 30. */
  readonly overallPerSecond?: number
}

/** Takes a token for each message or edit; refuses with the seconds until there are enough. */
export type Limiter = (at: number, chat: Chat, count: number) => Refused | undefined

/** Buckets that start full and fill up evenly. */
export const makeLimiter = (rates: RateLimits): Limiter => {
  const buckets = new Map<string, { readonly at: number; readonly tokens: number }>()
  const level = (key: string, at: number, capacity: number, window: number): number => {
    const bucket = buckets.get(key)
    return bucket === undefined ? capacity : Math.min(capacity, bucket.tokens + (at - bucket.at) * capacity / window)
  }
  return (at, chat, count) => {
    const wanted = [
      chat.type === "private"
        ? {
          key: `chat:${chat.id}`,
          capacity: rates.privatePerSecond ?? limits.privatePerSecond.most,
          window: 1_000
        }
        : { key: `chat:${chat.id}`, capacity: rates.groupPerMinute ?? limits.groupPerMinute.most, window: 60_000 },
      { key: "overall", capacity: rates.overallPerSecond ?? limits.overallPerSecond.most, window: 1_000 }
    ].map((bucket) => ({ ...bucket, tokens: level(bucket.key, at, bucket.capacity, bucket.window) }))
    // An album larger than a bucket passes when the bucket is full.
    const wait = Math.max(
      ...wanted.map(({ capacity, tokens, window }) => (Math.min(count, capacity) - tokens) * window / capacity)
    )
    if (wait > 0) return tooManyRequests(Math.ceil(wait / 1000))
    for (const { key, tokens } of wanted) buckets.set(key, { at, tokens: tokens - count })
    return undefined
  }
}
