/**
 * The updates of a bot, by webhook: Telegram posts them to an address of ours.
 *
 * Whoever knows the address can post to it, so that the secret which only Telegram was told is no option. What is posted
 * is answered as soon as it was taken over; what cannot be taken now is answered with a 503, and comes again.
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpRouter } from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { lazily } from "../internal/lazily.ts"
import { BotClient } from "./BotClient.ts"
import * as HandingOver from "./internal/handingOver.ts"
import type { Reply } from "./internal/posting.ts"
import { understood } from "./internal/updateKinds.ts"
import type { TelegramFailed } from "./TelegramError.ts"

/**
 * Where Telegram posts, and how it is known.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The public address, `https://` and on port 443, 80, 88 or 8443. Its path is the one that is listened to. */
  readonly url: string
  /** What Telegram proves itself by: 16 to 256 letters, digits, `_` and `-`, made up by you. */
  readonly secret: Redacted.Redacted
  /** The path that is listened to, when a proxy in front changes it. Default: that of `url`. */
  readonly listenPath?: string | undefined
  /** The kinds of updates that are asked for. Default: those that the door understands. */
  readonly allowedUpdates?: ReadonlyArray<string> | undefined
  /** How many updates Telegram posts at once, 1 to 100. Default: 40. */
  readonly maxConnections?: number | undefined
}

/**
 * The webhook cannot be what it was described as; `message` says what to change, without repeating what was given.
 *
 * @since 0.2.0
 * @category errors
 */
export class BadWebhook extends Schema.TaggedError<BadWebhook>("effect-codex/BadWebhook")("BadWebhook", {
  /** Which of the options. */
  option: Schema.Literals(["url", "secret"]),
  /** What is wrong with it, in a sentence. */
  problem: Schema.String
}) {
  override get message(): string {
    return this.problem
  }
}

/**
 * How it goes.
 *
 * @since 0.2.0
 * @category models
 */
export interface State {
  /** `listening` since Telegram was told the address. */
  readonly is: "starting" | "listening" | "busy"
  /** When the last update was posted, in milliseconds of the clock. */
  readonly postedAt: number | undefined
}

/**
 * The webhook of a bot.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** The route that Telegram posts to, for a server; every update is handed over once it is known to be Telegram's. */
  readonly route: (handle: HandingOver.Handle<never>) => Layer.Layer<never, never, HttpRouter>
  /** Tells Telegram the address, for as long as it takes to reach it. What it refuses fails. */
  readonly set: Effect.Effect<void, TelegramFailed>
  /** Takes the address back: updates wait until somebody polls for them. */
  readonly delete: Effect.Effect<void, TelegramFailed>
  readonly state: Effect.Effect<State>
}

/**
 * The webhook of a bot as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class Webhook extends Context.Service<Webhook, Service>()("effect-codex/Webhook") {}

const ports: ReadonlySet<string> = new Set(["", "443", "80", "88", "8443"])

const bad = (option: BadWebhook["option"], problem: string): BadWebhook => new BadWebhook({ option, problem })

const problemOf = ({ secret, url }: Options, host: string): BadWebhook | undefined => {
  const address = URL.parse(url)
  if (address === null || !/^https?:$/.test(address.protocol)) {
    return bad("url", "The webhook's address is none: it begins with https://.")
  }
  // A Bot API server of one's own posts to whatever it can reach.
  if (host === "api.telegram.org") {
    if (address.protocol !== "https:") return bad("url", "The webhook's address must begin with https://.")
    if (!ports.has(address.port)) return bad("url", "Telegram posts to the ports 443, 80, 88 and 8443 only.")
  }
  return /^[\w-]{16,256}$/.test(Redacted.value(secret))
    ? undefined
    : bad("secret", "The webhook's secret must have 16 to 256 letters, digits, _ or -.")
}

/** Telegram waits for longer, and then sends the same again. */
const longestWait = Duration.seconds(5)

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/** A stranger at the door is said as seldom. */
const saidAgain = 600_000

const behind = lazily(() => import("./internal/insisting.ts"))

const busy: Reply = { status: 503, headers: { "retry-after": "1" } }

/**
 * The webhook of a bot.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(options: Options) {
  const bot = yield* BotClient
  const { insist } = yield* behind
  const problem = problemOf(options, bot.host)
  if (problem !== undefined) return yield* problem
  const path = options.listenPath ?? new URL(options.url).pathname
  let state: State = { is: "starting", postedAt: undefined }
  let strangerAt = Number.NEGATIVE_INFINITY

  const stranger = Effect.gen(function*(): Effect.fn.Return<Reply> {
    const now = yield* Clock.currentTimeMillis
    if (now - strangerAt >= saidAgain) {
      strangerAt = now
      yield* Effect.logWarning("Something was posted to the webhook without its secret: it was turned away.")
    }
    return { status: 401, headers: { connection: "close" } }
  })

  const posted = (handle: HandingOver.Handle<never>) =>
    Effect.fnUntraced(function*(request: HttpServerRequest, isTelegram: boolean): Effect.fn.Return<Reply> {
      if (!isTelegram) return yield* stranger
      const body = yield* Effect.result(request.text)
      if (Result.isFailure(body)) return { status: 413, headers: { connection: "close" } }
      const update = decodeJson(body.success)
      if (Result.isFailure(update)) return { status: 400 }
      state = { ...state, postedAt: yield* Clock.currentTimeMillis }
      const refusal = yield* Effect.timeoutOption(
        HandingOver.abandonable(HandingOver.offer(handle, update.success)),
        longestWait
      )
      if (Option.isNone(refusal) || Option.isSome(refusal.value)) {
        if (state.is !== "busy") {
          const why = Option.getOrUndefined(Option.flatten(refusal))?.message ?? "Taking them over takes too long."
          yield* Effect.logWarning(`Updates wait: ${why}`)
        }
        state = { ...state, is: "busy" }
        return busy
      }
      if (state.is === "busy") yield* Effect.logInfo("Updates are taken again.")
      state = { ...state, is: "listening" }
      return { status: 200 }
    })

  const set = insist(
    "setWebhook",
    bot.host,
    bot.call("setWebhook", {
      url: options.url,
      secret_token: Redacted.value(options.secret),
      allowed_updates: options.allowedUpdates ?? understood,
      max_connections: options.maxConnections ?? 40
    })
  ).pipe(Effect.andThen(Effect.sync(() => {
    state = { ...state, is: "listening" }
  })))

  return Webhook.of({
    // Whoever polls needs no server.
    route: (handle) =>
      Layer.unwrap(Effect.map(
        Effect.promise(() => import("./internal/posting.ts")),
        (Posting) => Posting.route(`/${path.replace(/^\/+/, "")}`, options.secret, posted(handle))
      )),
    set,
    delete: Effect.asVoid(bot.call("deleteWebhook")),
    state: Effect.sync(() => state)
  })
})

/**
 * The webhook of the bot of a `BotClient`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Webhook, BadWebhook, BotClient> =>
  Layer.effect(Webhook, make(options))

/**
 * The environment's names: `TELEGRAM_WEBHOOK_URL`, `TELEGRAM_WEBHOOK_SECRET`, `TELEGRAM_WEBHOOK_PATH`.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  url: Config.String("TELEGRAM_WEBHOOK_URL"),
  secret: Config.Redacted("TELEGRAM_WEBHOOK_SECRET"),
  listenPath: Config.String("TELEGRAM_WEBHOOK_PATH").pipe(Config.withDefault(undefined))
})

/**
 * The webhook that the environment describes, or a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<Webhook, BadWebhook | Config.ConfigError, BotClient> => Layer.unwrap(Effect.map(options, layer))
