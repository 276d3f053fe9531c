/**
 * The Bot API without a framework: any of its methods, over Effect's `HttpClient`.
 *
 * The token is part of every address, so no span, no header of a trace and no failure of these calls shows one; a
 * redirect is not followed. What is not Telegram's own answer (a proxy's page, a broken body) is `unreachable`.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isHttp } from "../internal/address.ts"
import { lazily } from "../internal/lazily.ts"
import type { TelegramFailed } from "./TelegramError.ts"

/**
 * Which bot, and where its Telegram is.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The bot's token from @BotFather. */
  readonly token: Redacted.Redacted
  /** Root of the Bot API: that of Telegram, or of a server of your own. Default: `https://api.telegram.org`. */
  readonly apiRoot?: string | undefined
}

/**
 * A file in memory, and the field of the method that takes it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Upload {
  readonly field: string
  readonly name: string
  readonly content: Uint8Array
}

/**
 * The methods of the Bot API for one bot.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** The public half of the token: the bot's id. */
  readonly id: string
  /** Where this Telegram is, without a path and without the token: for a log. */
  readonly host: string
  /** Calls a method and gives its result. It has no time limit of its own. */
  readonly call: (
    method: string,
    payload?: { readonly [field: string]: unknown }
  ) => Effect.Effect<unknown, TelegramFailed>
  /** Calls a method with a file. */
  readonly upload: (
    method: string,
    payload: { readonly [field: string]: unknown },
    file: Upload
  ) => Effect.Effect<unknown, TelegramFailed>
  /** Where the bytes of a file are that `getFile` has told a path of. The address holds the token. */
  readonly fileUrl: (filePath: string) => Redacted.Redacted
}

/**
 * The Bot API as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class BotClient extends Context.Service<BotClient, Service>()("effect-codex/BotClient") {}

const behind = lazily(() => import("./internal/botCalls.ts"))

const standardRoot = "https://api.telegram.org"

/**
 * The methods of one bot.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(options: Options) {
  const token = Redacted.value(options.token)
  const root = (options.apiRoot ?? standardRoot).replace(/\/+$/, "")
  const { calls } = yield* behind
  return BotClient.of({
    id: token.split(":")[0] ?? "",
    host: URL.parse(root)?.host ?? root,
    ...yield* calls(`${root}/bot${token}`),
    fileUrl: (filePath) => Redacted.make(`${root}/file/bot${token}/${filePath}`)
  })
})

/**
 * The client of one bot.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<BotClient, never, HttpClient.HttpClient> =>
  Layer.effect(BotClient, make(options))

/**
 * The bot as Telegram knows it.
 *
 * @since 0.2.0
 * @category models
 */
export const Me = Schema.Struct({
  id: Schema.Int,
  /** Without `@`. */
  username: Schema.String,
  /** What people call it. */
  first_name: Schema.optionalKey(Schema.String),
  /** Whether privacy mode is off: then the bot gets every message of a group. */
  can_read_all_group_messages: Schema.optionalKey(Schema.Boolean)
})

/**
 * The bot as Telegram knows it.
 *
 * @since 0.2.0
 * @category models
 */
export type Me = typeof Me.Type

const decodeMe = Schema.decodeUnknownOption(Me)

/**
 * Asks Telegram who the bot is, for as long as it takes to reach it: a machine that starts has no network yet.
 *
 * Fails when Telegram does not take the token, and as `unreachable` when what answers is no Bot API.
 *
 * @since 0.2.0
 * @category constructors
 */
export const me: Effect.Effect<Me, TelegramFailed, BotClient> = Effect.gen(function*() {
  const { call, host } = yield* BotClient
  const { insist, unreachable } = yield* behind
  const answer = decodeMe(yield* insist("getMe", host, call("getMe")))
  return yield* Effect.mapError(Effect.fromOption(answer), () => unreachable("getMe"))
})

const Token = Schema.Trim.check(
  Schema.makeFilter((written) =>
    /^\d+:[\w-]+$/.test(written) ? true : "it is no token of a bot (digits, a colon, letters); @BotFather gives you one"
  )
)

const Root = Schema.String.check(
  Schema.makeFilter((written) => isHttp(written) ? true : "it is no address that begins with http:// or https://")
)

/**
 * The environment's names: `TELEGRAM_BOT_TOKEN`, and `TELEGRAM_API_ROOT` for a Bot API server of your own.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  token: Config.schema(Schema.RedactedFromValue(Token, { label: "TELEGRAM_BOT_TOKEN" }), "TELEGRAM_BOT_TOKEN"),
  apiRoot: Config.schema(Root, "TELEGRAM_API_ROOT").pipe(Config.withDefault(undefined))
})

/**
 * The client of the bot that the environment describes, or a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<BotClient, Config.ConfigError, HttpClient.HttpClient> => Layer.unwrap(Effect.map(options, layer))
