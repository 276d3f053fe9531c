/**
 * What makes a good call fail: scripted faults, and Telegram's flood limits as token buckets.
 */
import { blockedByUser, type Chat, type Fault, Refused, tooManyRequests } from "./telegramTypes.ts"

/** How much a bot may send. */
export interface RateLimits {
  /** Messages a second in one private chat. Default: 1. */
  readonly privatePerSecond?: number
  /** Messages a minute in one group. Default: 20. */
  readonly groupPerMinute?: number
  /** Messages a second over all chats. Default: 30. */
  readonly overallPerSecond?: number
}

/** Takes a token for a message or an edit; refuses with the seconds until there is one. */
export type Limiter = (at: number, chat: Chat) => Refused | undefined

/** Buckets that start full and fill up evenly. */
export const makeLimiter = (limits: RateLimits): Limiter => {
  const buckets = new Map<string, { readonly at: number; readonly tokens: number }>()
  const level = (key: string, at: number, capacity: number, window: number): number => {
    const bucket = buckets.get(key)
    return bucket === undefined ? capacity : Math.min(capacity, bucket.tokens + (at - bucket.at) * capacity / window)
  }
  return (at, chat) => {
    const wanted = [
      chat.type === "private"
        ? { key: `chat:${chat.id}`, capacity: limits.privatePerSecond ?? 1, window: 1_000 }
        : { key: `chat:${chat.id}`, capacity: limits.groupPerMinute ?? 20, window: 60_000 },
      { key: "overall", capacity: limits.overallPerSecond ?? 30, window: 1_000 }
    ].map((bucket) => ({ ...bucket, tokens: level(bucket.key, at, bucket.capacity, bucket.window) }))
    const wait = Math.max(...wanted.map(({ capacity, tokens, window }) => (1 - tokens) * window / capacity))
    if (wait > 0) return tooManyRequests(Math.ceil(wait / 1000))
    for (const { key, tokens } of wanted) buckets.set(key, { at, tokens: tokens - 1 })
    return undefined
  }
}

/** Faults that wait for their method to be called. */
export interface Faults {
  readonly add: (method: string, fault: Fault, times: number) => void
  readonly take: (method: string) => Fault | undefined
}

/** An empty script; `*` stands for every method but `getUpdates`. */
export const makeFaults = (): Faults => {
  const script: Array<{ readonly method: string; readonly fault: Fault; left: number }> = []
  return {
    add: (method, fault, times) => {
      script.push({ method: method.toLowerCase(), fault, left: times })
    },
    take: (method) => {
      const name = method.toLowerCase()
      const entry = script.find(({ left, method }) =>
        left > 0 && (method === name || (method === "*" && name !== "getupdates"))
      )
      if (entry === undefined) return undefined
      entry.left--
      return entry.fault
    }
  }
}

const usual: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: blockedByUser.description,
  404: "Not Found",
  409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout"
}

/** The answer that a fault with a code stands for. */
export const refusalOf = (fault: Extract<Fault, { readonly code: number }>): Refused => {
  const retryAfter = fault.retryAfter ?? (fault.code === 429 ? 1 : undefined)
  const description = fault.description ??
    (fault.code === 429 ? tooManyRequests(retryAfter ?? 1).description : usual[fault.code] ?? "Error")
  return new Refused({ code: fault.code, description, ...(retryAfter !== undefined && { retryAfter }) })
}
