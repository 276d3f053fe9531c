/**
 * The updates of a bot, by long polling: one poll after the other, for as long as the bot runs.
 *
 * An update is confirmed when it was handed over, so that one that nobody took comes again. Nothing that passes ends the
 * polling: an outage, a connection that goes silent, a second poller, a limit. Each is said once in the log, and so is its
 * end. What does not pass, a token that Telegram does not take, ends it.
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { ensure, span } from "../internal/kinds.ts"
import { lazily } from "../internal/lazily.ts"
import { howToUse, unusedProxy } from "../internal/unusedProxy.ts"
import { BotClient } from "./BotClient.ts"
import * as HandingOver from "./internal/handingOver.ts"
import * as Trouble from "./internal/pollTrouble.ts"
import { understood } from "./internal/updateKinds.ts"
import type { TelegramFailed } from "./TelegramError.ts"

/**
 * How to poll; every one may be left out.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** How long Telegram may hold a poll open when there is nothing new; at most 50 s. Default: 30 s. */
  readonly pollTimeout?: Duration.Input | undefined
  /**
   * How long after that a poll is given up, because its connection has died without a word: it is polled again over
   * another one. Default: 10 s.
   */
  readonly silence?: Duration.Input | undefined
  /** The kinds of updates that are asked for. Default: those that the door understands. */
  readonly allowedUpdates?: ReadonlyArray<string> | undefined
  /** Whether a webhook that is set for the bot is deleted before the first poll. Default: false. */
  readonly deleteWebhook?: boolean | undefined
}

/**
 * How the polling goes.
 *
 * @since 0.2.0
 * @category models
 */
export interface State {
  /** `polling`, or why there are no updates at the moment. */
  readonly is: "starting" | "polling" | "ended" | "busy" | Trouble.Kind
  /** Since when, in milliseconds of the clock. */
  readonly since: number
  /** When Telegram last answered a poll. */
  readonly answeredAt: number | undefined
}

/**
 * Takes an update over, and returns as soon as it is sure to be answered.
 *
 * @since 0.2.0
 * @category models
 */
export type Handle<R> = HandingOver.Handle<R>

/**
 * The updates of a bot.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /**
   * The updates, one by one, each as Telegram sends it; one is confirmed when the next is asked for.
   *
   * Only one reader has them at a time; another one waits. Fails when Telegram does not take the token.
   */
  readonly updates: Stream.Stream<unknown, TelegramFailed>
  /**
   * Hands every update over, in their order, and confirms it.
   *
   * What cannot be accepted at the moment is offered again until it is; what breaks is logged and left. An update that is
   * being handed over when this is interrupted is handed over to its end.
   */
  readonly run: <R>(handle: Handle<R>) => Effect.Effect<never, TelegramFailed, R>
  /** How it goes. */
  readonly state: Effect.Effect<State>
}

/**
 * The updates of a bot as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class Polling extends Context.Service<Polling, Service>()("effect-codex/Polling") {}

const decodeBatch = Schema.decodeUnknownOption(Schema.Array(Schema.Unknown))
const decodeId = Schema.decodeUnknownOption(Schema.Struct({ update_id: Schema.Int }))
const decodeWebhook = Schema.decodeUnknownOption(Schema.Struct({ url: Schema.NonEmptyString }))

interface Update {
  readonly id: number
  readonly update: unknown
}

interface Outage {
  readonly kind: Trouble.Kind
  readonly since: number
  /** How many polls have met it. */
  readonly times: number
  readonly lastAt: number
  readonly saidAt: number
}

interface Failed {
  readonly failure: TelegramFailed
  /** How long nothing was heard, when that is why. */
  readonly silence: Duration.Duration | undefined
}

const behind = lazily(() => import("./TelegramError.ts"))

const longestPoll = Duration.seconds(50)

/** What goes on for so long is said again. */
const saidAgain = 600_000

/** What is asked beside the polls may take so long. */
const errand = Duration.seconds(5)

const longestWait = 30_000

const seconds = (from: number, to: number): string => Duration.format(Duration.seconds(Math.round((to - from) / 1000)))

/**
 * The polling of a bot.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(options: Options = {}) {
  yield* ensure("Polling.make", { pollTimeout: span, silence: span }, options)
  const bot = yield* BotClient
  const { TelegramFailed } = yield* behind
  const noAnswer = new TelegramFailed({ method: "getUpdates", reason: "unreachable" })
  const oneReader = yield* Semaphore.make(1)
  const poll = Duration.min(Duration.fromInputUnsafe(options.pollTimeout ?? "30 seconds"), longestPoll)
  const silence = Duration.fromInputUnsafe(options.silence ?? "10 seconds")
  const allowed = options.allowedUpdates ?? understood

  let state: State = { is: "starting", since: yield* Clock.currentTimeMillis, answeredAt: undefined }
  let fetched: ReadonlyArray<Update> = []
  /** Up to where updates are handed over, and what Telegram knows of that. */
  let confirmed = 0
  let told = 0
  let isWebhookLeft = options.deleteWebhook === true
  let outage: Outage | undefined

  const become = (is: State["is"], now: number): void => {
    if (state.is !== is) state = { ...state, is, since: now }
  }

  const aside = (method: string, payload: { readonly [field: string]: unknown } = {}) =>
    Effect.option(Effect.timeout(bot.call(method, payload), errand))

  const deleteWebhook = Effect.suspend(() =>
    isWebhookLeft
      ? Effect.map(bot.call("deleteWebhook"), () => {
        isWebhookLeft = false
      })
      : Effect.void
  )

  const getUpdates = Effect.suspend(() => {
    // Whether Telegram is there is known at once, not when a poll that it holds has ended.
    const isProbe = outage === undefined ? state.answeredAt === undefined : Trouble.isProbed(outage.kind)
    const held = isProbe ? Duration.zero : poll
    const limit = Duration.sum(held, silence)
    told = confirmed
    const asked = Effect.andThen(
      deleteWebhook,
      bot.call("getUpdates", {
        ...(confirmed > 0 && { offset: confirmed }),
        limit: 100,
        timeout: Math.round(Duration.toSeconds(held)),
        allowed_updates: allowed
      })
    )
    return HandingOver.abandonable(asked).pipe(
      Effect.flatMap((result) => Effect.mapError(Effect.fromOption(decodeBatch(result)), () => noAnswer)),
      Effect.mapError((failure): Failed => ({ failure, silence: undefined })),
      Effect.timeoutOrElse({
        duration: limit,
        orElse: () => Effect.fail<Failed>({ failure: noAnswer, silence: limit })
      })
    )
  })

  const answered = Effect.fnUntraced(function*(batch: ReadonlyArray<unknown>) {
    const now = yield* Clock.currentTimeMillis
    state = { ...state, answeredAt: now }
    become("polling", now)
    fetched = batch.flatMap((update) =>
      Option.match(decodeId(update), { onNone: () => [], onSome: ({ update_id: id }) => [{ id, update }] })
    )
    if (outage === undefined || now - outage.lastAt < Trouble.quietOf(outage.kind)) return
    const { kind, since } = outage
    outage = undefined
    yield* Effect.logInfo(Trouble.over(kind, Duration.millis(now - since)))
  })

  /** Whether waiting changes anything: a token, or an address, that was never right stays wrong. */
  const isFinal = ({ code, reason }: TelegramFailed): boolean =>
    reason === "unauthorized" || (code === 404 && state.answeredAt === undefined)

  /** Tells what is new about a failed poll, and waits for as long as it asks for. */
  const endure = Effect.fnUntraced(function*(failure: TelegramFailed, silence: Duration.Duration | undefined) {
    const webhook = failure.code === 409 ? Option.flatMap(yield* aside("getWebhookInfo"), decodeWebhook) : Option.none()
    const trouble = Trouble.of({
      failure,
      silence,
      host: bot.host,
      webhook: Option.getOrUndefined(Option.map(webhook, ({ url }) => URL.parse(url)?.host ?? "an unknown place"))
    })
    const now = yield* Clock.currentTimeMillis
    const before = outage?.kind === trouble.kind ? outage : undefined
    const isSaid = before === undefined || now - before.saidAt >= saidAgain
    outage = {
      kind: trouble.kind,
      since: before?.since ?? now,
      times: (before?.times ?? 0) + 1,
      lastAt: now,
      saidAt: isSaid ? now : before.saidAt
    }
    become(trouble.kind, now)
    const pause = Trouble.pauseOf(trouble, failure, { times: outage.times, poll, chance: yield* Random.next })
    if (isSaid) {
      const proxy = trouble.kind === "unreachable" ? yield* unusedProxy(bot.host) : Option.none()
      const hint = Option.match(proxy, { onNone: () => "", onSome: (name) => ` ${howToUse(name)}` })
      yield* Effect.logWarning(`${trouble.words} The next try is in ${seconds(0, pause)}.${hint}`)
    }
    yield* Effect.sleep(pause)
  })

  /** The next update that was not handed over. */
  const next: Effect.Effect<Update, TelegramFailed> = Effect.gen(function*() {
    while (true) {
      const [update, ...rest] = fetched
      if (update !== undefined) {
        fetched = rest
        return update
      }
      const polled = yield* Effect.result(getUpdates)
      if (Result.isSuccess(polled)) {
        yield* answered(polled.success)
        continue
      }
      const { failure, silence } = polled.failure
      if (isFinal(failure)) {
        become("ended", yield* Clock.currentTimeMillis)
        return yield* failure
      }
      yield* endure(failure, silence)
    }
  })

  const confirm = ({ id }: Update): void => {
    confirmed = id + 1
  }

  const begin = Effect.andThen(
    oneReader.take(1),
    Effect.sync(() => {
      fetched = []
    })
  )

  /** Telegram learns by the next poll what was handed over; there is none any more. */
  const end = Effect.suspend(() =>
    told === confirmed || outage !== undefined
      ? Effect.void
      : Effect.asVoid(aside("getUpdates", { offset: confirmed, limit: 1, timeout: 0, allowed_updates: allowed }))
  ).pipe(Effect.andThen(oneReader.release(1)))

  const handOver = <R>(update: Update, handle: HandingOver.Handle<R>): Effect.Effect<void, never, R> =>
    Effect.uninterruptibleMask((restore) => {
      let since: number | undefined
      const offer = (wait: number): Effect.Effect<void, never, R> =>
        Effect.gen(function*() {
          const refusal = yield* HandingOver.offer(handle, update.update)
          const now = yield* Clock.currentTimeMillis
          if (Option.isSome(refusal)) {
            if (since === undefined) yield* Effect.logWarning(`Updates wait: ${refusal.value.message}`)
            since ??= now
            become("busy", now)
            yield* restore(Effect.sleep(wait))
            return yield* offer(Math.min(wait * 2, longestWait))
          }
          if (since !== undefined) yield* Effect.logInfo(`Updates are taken again, after ${seconds(since, now)}.`)
          become("polling", now)
          confirm(update)
        })
      return offer(1000)
    })

  return Polling.of({
    updates: Stream.unwrap(
      Effect.map(Effect.acquireRelease(begin, () => end), () => {
        let given: Update | undefined
        return Stream.fromPull(Effect.succeed(Effect.suspend(() => {
          if (given !== undefined) confirm(given)
          return Effect.map(next, (update) => {
            given = update
            return Arr.of(update.update)
          })
        })))
      })
    ),
    run: (handle) =>
      Effect.acquireUseRelease(
        begin,
        () => Effect.forever(Effect.flatMap(next, (update) => handOver(update, handle))),
        () => end
      ),
    state: Effect.sync(() => state)
  })
})

/**
 * The polling of the bot of a `BotClient`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Polling, never, BotClient> => Layer.effect(Polling, make(options))
