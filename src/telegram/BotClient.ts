/**
 * The Bot API without a framework: any of its methods, over Effect's `HttpClient`.
 *
 * The token is part of every address, so no span, no header of a trace and no failure of these calls shows one; a
 * redirect is not followed. What is not Telegram's own answer (a proxy's page, a broken body) is `unreachable`.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isHttp, textUpTo, userAgent, withoutRedirects } from "../internal/client.ts"
import * as Insisting from "./internal/insisting.ts"
import { failureOf } from "./internal/refusal.ts"
import { TelegramFailed } from "./TelegramError.ts"

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

// A batch of a hundred updates with the longest messages, their quotes and entities.
const longestAnswer = 32 * 1024 * 1024

const Answer = Schema.fromJsonString(Schema.Union([
  Schema.Struct({ ok: Schema.Literal(true), result: Schema.Unknown }),
  Schema.StructWithRest(Schema.Struct({ ok: Schema.Literal(false), error_code: Schema.Int }), [
    Schema.Record(Schema.String, Schema.Unknown)
  ])
]))

const decodeAnswer = Schema.decodeUnknownOption(Answer)

/** What was answered that is no answer of Telegram's: two of its own refusals come from the server before it. */
const strange = (method: string, status: number): TelegramFailed =>
  status === 413 || status === 429
    ? failureOf(method, { error_code: status })
    : new TelegramFailed({ method, reason: "unreachable", ...(status !== 200 && { code: status }) })

const broken = (method: string) => ({ reason }: HttpClientError.HttpClientError): TelegramFailed =>
  reason._tag === "TransportError"
    ? failureOf(method, reason.cause)
    : reason._tag === "StatusCodeError"
    ? strange(method, reason.response.status)
    : new TelegramFailed({ method, reason: "unreachable" })

const formOf = (payload: { readonly [field: string]: unknown }, { content, field, name }: Upload): FormData => {
  const form = new FormData()
  for (const [key, value] of Object.entries(payload)) {
    if (value !== undefined) form.set(key, typeof value === "string" ? value : JSON.stringify(value))
  }
  form.set(field, new Blob([Uint8Array.from(content)]), name)
  return form
}

const standardRoot = "https://api.telegram.org"

/**
 * The methods of one bot.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(options: Options) {
  const client = withoutRedirects(yield* HttpClient.HttpClient)
  const token = Redacted.value(options.token)
  const root = (options.apiRoot ?? standardRoot).replace(/\/+$/, "")

  const send = Effect.fnUntraced(
    function*(method: string, request: HttpClientRequest.HttpClientRequest) {
      const response = yield* client.execute(HttpClientRequest.setHeader(request, "user-agent", userAgent))
      const text = yield* textUpTo(longestAnswer)(response)
      const answer = decodeAnswer(text)
      if (Option.isNone(answer)) return yield* strange(method, response.status)
      return answer.value.ok ? answer.value.result : yield* failureOf(method, answer.value)
    },
    (effect, method) =>
      effect.pipe(
        Effect.catchTag("HttpClientError", (error) => Effect.fail(broken(method)(error))),
        // A request without a span takes no trace along either.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
      )
  )
  const post = (method: string) => HttpClientRequest.post(`${root}/bot${token}/${method}`)

  return BotClient.of({
    id: token.split(":")[0] ?? "",
    host: URL.parse(root)?.host ?? root,
    call: (method, payload = {}) => send(method, HttpClientRequest.bodyJsonUnsafe(post(method), payload)),
    upload: (method, payload, file) =>
      send(method, HttpClientRequest.bodyFormData(post(method), formOf(payload, file))),
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
  const answer = decodeMe(yield* Insisting.insist("getMe", host, call("getMe")))
  return yield* Effect.mapError(
    Effect.fromOption(answer),
    () => new TelegramFailed({ method: "getMe", reason: "unreachable" })
  )
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
