/**
 * Lets the calls of a bot go out no faster than Telegram takes them, the important ones first.
 *
 * Telegram counts per chat and overall, and tells its limits only by refusing. So we count as well, keep some of
 * a chat's budget free for what matters, and leave a chat alone for as long as a refusal says.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { TelegramFailed } from "../TelegramError.ts"

/** What goes first when not everything can go at once. `unseen` shows nothing in a chat: a file is asked for, a press answered. */
export type Priority = "final" | "unseen" | "first" | "edit" | "typing"

const rank: Record<Priority, number> = { final: 0, unseen: 1, first: 2, edit: 3, typing: 4 }

/** At most `calls` within any `period`. */
interface Window {
  readonly calls: number
  readonly period: number
}

/** One call every `interval`, and up to `burst` at once after a rest. */
interface Bucket {
  readonly interval: number
  readonly burst: number
}

// The numbers of Telegram's FAQ: about one message a second in a chat, short bursts pass; 20 a minute in a group; 30 a
// second overall.
const overall: Window = { calls: 30, period: 1_000 }
const privateBucket: Bucket = { interval: 1_000, burst: 3 }
const groupBucket: Bucket = { interval: 1_000, burst: 2 }
const groupWindow: Window = { calls: 20, period: 60_000 }

// How much of a chat's budget is kept free for what is more important: of the bucket in private, of the window in groups.
// What is less important keeps as much free or more, so that it never may go where another one of its chat may not.
const privateReserve: Record<Priority, number> = { final: 0, unseen: 0, first: 0, edit: 0, typing: 1 }
const groupReserve: Record<Priority, number> = { final: 0, unseen: 0, first: 3, edit: 4, typing: 14 }

/** How long a call waits for its turn before it fails as `rateLimited`: a minute, and what is added to a refusal's pause. */
const longestWait = 66_000

/** Two refusals in different chats within this time mean the bot as a whole. */
const together = 1_000

/** Longer than this Telegram is not believed. */
const longestPause = 3_600_000

const never = Number.NEGATIVE_INFINITY

const breakerFirst = 1_000
const breakerLongest = 300_000

/** What Telegram counts apart: a pause of files or of typing is none for messages. */
type Kind = "shown" | "fleeting" | "unseen"

const fleeting: ReadonlySet<string> = new Set(["sendChatAction", "sendMessageDraft"])

const kindOf = (method: string, priority: Priority): Kind =>
  priority === "unseen" ? "unseen" : fleeting.has(method) ? "fleeting" : "shown"

/** Until when Telegram wants to hear nothing of a kind. */
type Pause = Record<Kind, number>

const noPause = (): Pause => ({ shown: 0, fleeting: 0, unseen: 0 })

interface Waiter {
  readonly chatId: string
  readonly priority: Priority
  readonly kind: Kind
  readonly go: Deferred.Deferred<void>
}

interface Chat {
  /** When calls went out, oldest first; those of the window in groups, the last one in private. */
  sent: ReadonlyArray<number>
  /** When the bucket is full again. */
  fullAt: number
  readonly pause: Pause
  /** When the last call met a person who has blocked the bot, or a group that it may not write in. */
  blockedAt: number
  /** Whether somebody has said that nothing arrives here. */
  isTold: boolean
}

export interface Service {
  /**
   * Makes a call when its turn has come.
   *
   * A call that would wait more than a minute fails as `rateLimited`, and one that shows typing fails at once
   * when there is no room. After a 401 all calls fail for a while, since Telegram removes bots that go on.
   */
  readonly run: <A, R>(
    slot: { readonly chatId: number | string; readonly priority: Priority; readonly method: string },
    call: Effect.Effect<A, TelegramFailed, R>
  ) => Effect.Effect<A, TelegramFailed, R>
  /** Why nothing that is said in a chat would arrive soon, as far as the last calls tell; the call that fails next. */
  readonly closed: (chatId: number | string, method: string) => Effect.Effect<Option.Option<TelegramFailed>>
  /** Whether nobody has asked this of a chat since something arrived there: that nothing does is said once. */
  readonly isNews: (chatId: number | string) => boolean
}

/** The pace of one bot as a service. */
export class Pacer extends Context.Service<Pacer, Service>()("effect-codex/internal/pacer") {}

/** Makes every call at once. */
export const unpaced: Service = { run: (_, call) => call, closed: () => Effect.succeedNone, isNews: () => true }

// Where the bot is a guest, others read along: it keeps the pace of groups.
const isGroup = (chatId: string): boolean => /^(-|@|guest:)/.test(chatId)

/** When there is room for one more call in a window of which `reserve` calls are kept free. */
const roomInWindow = (sent: ReadonlyArray<number>, { calls, period }: Window, reserve: number): number => {
  const oldest = sent.at(-Math.max(1, calls - reserve))
  return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + period
}

/** When there is a call in a bucket of which `reserve` calls are kept free. */
const roomInBucket = (fullAt: number, { burst, interval }: Bucket, reserve: number): number =>
  fullAt - (burst - 1 - reserve) * interval

export const make: Effect.Effect<Service, never, Scope.Scope> = Effect.gen(function*() {
  const chats = new Map<string, Chat>()
  /** Who came first is first. */
  const waiting = new Set<Waiter>()
  const timer = yield* FiberHandle.make()
  let sentOverall: ReadonlyArray<number> = []
  const pause = noPause()
  const lastRefusals = new Map<Kind, { readonly chatId: string; readonly at: number }>()
  /** When the timer lets the next ones go. */
  let wakesAt = Number.POSITIVE_INFINITY
  let breaker = { openUntil: 0, pause: breakerFirst }

  const chatOf = (chatId: string): Chat => {
    const known = chats.get(chatId)
    if (known !== undefined) return known
    const chat: Chat = { sent: [], fullAt: 0, pause: noPause(), blockedAt: never, isTold: false }
    chats.set(chatId, chat)
    return chat
  }

  const dueAt = ({ chatId, kind, priority }: Omit<Waiter, "go">): number => {
    const chat = chatOf(chatId)
    const sooner = Math.max(pause.shown, pause[kind], chat.pause[kind], roomInWindow(sentOverall, overall, 0))
    // Telegram counts for a chat what is sent and edited there.
    if (kind === "unseen") return sooner
    return Math.max(
      sooner,
      chat.pause.shown,
      isGroup(chatId)
        ? Math.max(
          roomInBucket(chat.fullAt, groupBucket, 0),
          roomInWindow(chat.sent, groupWindow, groupReserve[priority])
        )
        : roomInBucket(chat.fullAt, privateBucket, privateReserve[priority])
    )
  }

  const book = ({ chatId, priority }: Waiter, now: number): void => {
    sentOverall = [...sentOverall.filter((at) => at > now - overall.period), now]
    if (priority === "unseen") return
    const chat = chatOf(chatId)
    // In private, showing to be typing takes nothing away from the messages that follow at once.
    if (priority === "typing" && !isGroup(chatId)) return
    const { interval } = isGroup(chatId) ? groupBucket : privateBucket
    chat.fullAt = Math.max(now, chat.fullAt) + interval
    chat.sent = isGroup(chatId) ? [...chat.sent.filter((at) => at > now - groupWindow.period), now] : [now]
  }

  const forgetIdle = (now: number): void => {
    for (const [chatId, chat] of chats) {
      const isIdle = (chat.sent.at(-1) ?? 0) <= now - groupWindow.period
      if (isIdle && Math.max(...Object.values(chat.pause)) <= now && chat.blockedAt <= now - longestPause) {
        chats.delete(chatId)
      }
    }
  }

  /** Lets everybody go whose turn has come, and comes back when the next one's has. */
  const pump: Effect.Effect<void> = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const inOrder = [...waiting].sort((one, other) => rank[one.priority] - rank[other.priority])
    let next = Number.POSITIVE_INFINITY
    for (const waiter of inOrder) {
      const due = dueAt(waiter)
      if (due <= now) {
        waiting.delete(waiter)
        book(waiter, now)
        yield* Deferred.succeed(waiter.go, undefined)
      } else {
        // A part of a millisecond would be slept through in no time, again and again.
        next = Math.min(next, Math.max(due, now + 1))
      }
    }
    wakesAt = next
    // The last step: when the timer itself got us here, this replaces the fiber that is running.
    if (waiting.size > 0) return yield* wakeUp(now)
    forgetIdle(now)
  })

  const wakeUp = (now: number): Effect.Effect<void> =>
    Effect.asVoid(FiberHandle.run(timer, Effect.andThen(Effect.sleep(wakesAt - now), pump)))

  const turn = Effect.fnUntraced(function*(chatId: string, priority: Priority, method: string) {
    const now = yield* Clock.currentTimeMillis
    if (breaker.openUntil > now) return yield* new TelegramFailed({ method, reason: "unauthorized", code: 401 })
    const slot = { chatId, priority, kind: kindOf(method, priority) }
    const due = dueAt(slot)
    // What is slept through in no time would look for its turn before anybody knows of it.
    const wakes = Math.max(due, now + 1)
    const wait = due - now
    if (wait > (priority === "typing" ? 0 : longestWait)) {
      return yield* new TelegramFailed({ method, reason: "rateLimited", retryAfter: Duration.millis(wait) })
    }
    const waiter: Waiter = { ...slot, go: yield* Deferred.make<void>() }
    waiting.add(waiter)
    // Who cannot go yet changes nothing for the others: ten thousand that come at once are not looked through each time.
    if (due <= now) {
      yield* pump
    } else if (wakes < wakesAt) {
      wakesAt = wakes
      yield* wakeUp(now)
    }
    yield* Deferred.await(waiter.go).pipe(
      Effect.onInterrupt(() => Effect.sync(() => waiting.delete(waiter)))
    )
  })

  const learn = Effect.fnUntraced(function*(chatId: string, kind: Kind, error: TelegramFailed) {
    const now = yield* Clock.currentTimeMillis
    if (error.reason === "unauthorized") {
      breaker = { openUntil: now + breaker.pause, pause: Math.min(breaker.pause * 2, breakerLongest) }
    }
    if (error.reason === "blocked") chatOf(chatId).blockedAt = now
    if (error.reason !== "rateLimited" || error.retryAfter === undefined) return
    const until = now +
      Math.min(Duration.toMillis(error.retryAfter) * (1 + 0.1 * (yield* Random.next)), longestPause)
    const last = lastRefusals.get(kind)
    chatOf(chatId).pause[kind] = until
    if (last !== undefined && last.chatId !== chatId && now - last.at < together) pause[kind] = until
    lastRefusals.set(kind, { chatId, at: now })
  })

  return {
    run: ({ chatId, method, priority }, call) =>
      Effect.andThen(
        turn(String(chatId), priority, method),
        call.pipe(
          Effect.tap(() =>
            Effect.sync(() => {
              breaker = { openUntil: 0, pause: breakerFirst }
              // It says nothing of whether anything arrives.
              if (priority === "unseen") return
              chatOf(String(chatId)).blockedAt = never
              chatOf(String(chatId)).isTold = false
            })
          ),
          Effect.tapError((error) => learn(String(chatId), kindOf(method, priority), error))
        )
      ),
    closed: (chatId, method) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const known = chats.get(String(chatId))
        const wait = Math.max(pause.shown, known?.pause.shown ?? 0) - now
        // Until a call succeeds, the token is refused.
        return breaker.openUntil > 0
          ? Option.some(new TelegramFailed({ method, reason: "unauthorized", code: 401 }))
          : wait > longestWait
          ? Option.some(new TelegramFailed({ method, reason: "rateLimited", retryAfter: Duration.millis(wait) }))
          : known !== undefined && known.blockedAt !== never
          ? Option.some(new TelegramFailed({ method, reason: "blocked", code: 403 }))
          : Option.none()
      }),
    isNews: (chatId) => {
      const chat = chatOf(String(chatId))
      const isFirst = !chat.isTold
      chat.isTold = true
      return isFirst
    }
  }
})

/** A pace for one bot. */
export const layer: Layer.Layer<Pacer> = Layer.effect(Pacer, make)

/** No pace at all. */
export const layerUnpaced: Layer.Layer<Pacer> = Layer.succeed(Pacer, unpaced)
