/**
 * One exchange: a request goes out, the events of its answer come in.
 *
 * It knows no login, no retry and no limit: those are `CodexAuth`'s and `RetryPolicy`'s. So that they can judge, it also
 * tells when the head is there (`Opened`) and every sign of life (`Alive`).
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Credentials } from "../auth/CodexAuth.ts"
import type { Endpoint } from "../Endpoint.ts"
import * as Body from "../internal/body.ts"
import { address, optional, present, words } from "../internal/settings.ts"
import { ContextWindowExceeded, type NetworkFailed } from "./BackendError.ts"
import type { Addressed } from "./CodexRequest.ts"
import * as Decoder from "./internal/decoder.ts"
import * as Identity from "./internal/identity.ts"
import { lighter, mended, textsOf } from "./internal/input.ts"
import { fromHeaders } from "./internal/quota.ts"
import { encode, json } from "./internal/requestBody.ts"
import * as Wire from "./internal/wire.ts"
import type { ExchangeEvent } from "./ResponseEvent.ts"

/**
 * Where the backend is, and which device we are.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Root of the backend API. Default: `https://chatgpt.com/backend-api/codex`. */
  readonly baseUrl?: string | undefined
  /** Device id, sent as a header. Default: a random UUID for each layer. */
  readonly deviceId?: string | undefined
  /** What is different where we ask. Default: nothing, it is the backend of the official Codex CLI. */
  readonly endpoint?: Partial<Endpoint> | undefined
}

/**
 * What one exchange can end in.
 *
 * @since 0.2.0
 * @category errors
 */
export type ResponseStreamError = Decoder.BodyError | NetworkFailed

/**
 * One exchange.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /**
   * Sends a request and reads its answer: `Opened` first, `Completed` last, or a failure that takes nothing with it
   * that came before. Closing the stream aborts the request.
   */
  readonly exchange: (
    request: Addressed,
    credentials: Credentials
  ) => Stream.Stream<ExchangeEvent, ResponseStreamError>
}

/**
 * The exchange as a service. Swap it to answer without a network, or over another wire.
 *
 * @since 0.2.0
 * @category services
 */
export class ResponseStream extends Context.Service<ResponseStream, Service>()("effect-codex/ResponseStream") {}

// A message of 16 MiB is refused by the other wire of the backend, and 22 MB went through by this one: half is safe.
const maxBodyBytes = 10 * 1024 * 1024

/** What is sent: whole, or with a note in place of the oldest pictures, or nothing. */
const bodyOf = (request: Addressed, refused: ReadonlySet<string>): HttpBody.Uint8Array | ContextWindowExceeded => {
  const { maxBodyBytes: maximum = maxBodyBytes, model } = request
  const whole = HttpBody.text(json(encode(request, refused)), "application/json")
  const bytes = whole.contentLength
  if (bytes <= maximum) return whole
  const input = lighter(mended(request.input), bytes - maximum)
  return input === undefined
    ? new ContextWindowExceeded({ model, bytes, maximum })
    : HttpBody.text(json(encode(request, refused, input)), "application/json")
}

const isTooLarge = Schema.is(ContextWindowExceeded)

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, HttpClient.HttpClient> {
  const deviceId = options.deviceId || (yield* Effect.sync(() => SecureRandom.uuidV4Unsafe()))
  const wire = yield* Wire.make({ ...options, deviceId })

  const open = Effect.fnUntraced(function*(
    request: Addressed,
    credentials: Credentials
  ): Effect.fn.Return<Stream.Stream<ExchangeEvent, ResponseStreamError>> {
    const now = yield* Clock.currentTimeMillis
    const body = bodyOf(request, wire.endpoint.refused)
    if (isTooLarge(body)) return Stream.fail(body)
    let news: ReadonlyArray<ExchangeEvent> = []
    const head = yield* Effect.result(wire.send(
      HttpClientRequest.post(`${wire.baseUrl}/responses`).pipe(
        HttpClientRequest.setHeaders(Identity.responsesHeaders(request.sessionId)),
        HttpClientRequest.setBody(body)
      ),
      {
        credentials,
        model: request.model,
        texts: () => [request.instructions, ...request.input.flatMap(textsOf)],
        onHead: (headers) => {
          const quota = Option.getOrUndefined(fromHeaders(headers, now))
          news = quota === undefined ? [] : [{ _tag: "QuotaSeen", quota }]
        }
      }
    ))
    // A refusal tells the quota, too.
    if (Result.isFailure(head)) return Stream.concat(Stream.fromIterable(news), Stream.fail(head.failure))
    const { exchange, response } = head.success
    const answer = { isComplete: false }
    return Decoder.decode({ exchange, answer, opening: [{ _tag: "Opened" }, ...news] })(Body.bytes(response, answer))
  })

  return { exchange: (request, credentials) => Stream.unwrap(open(request, credentials)) }
})

/**
 * The exchange over HTTP.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<ResponseStream, never, HttpClient.HttpClient> =>
  Layer.effect(ResponseStream, make(options))

/**
 * Answers that a function makes up, in place of a network: for tests, and for recordings.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerScripted = (exchange: Service["exchange"]): Layer.Layer<ResponseStream> =>
  Layer.succeed(ResponseStream, { exchange })

/**
 * `CODEX_BASE_URL` and `CODEX_DEVICE_ID`.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  baseUrl: optional(address("CODEX_BASE_URL")),
  deviceId: words("CODEX_DEVICE_ID")
})

/**
 * `layer` with each option from the environment, or from a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<ResponseStream, Config.ConfigError, HttpClient.HttpClient> =>
  Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))

/**
 * Reads the bytes of an answer that was recorded, or that came over another wire.
 *
 * @since 0.2.0
 * @category combinators
 */
export const decode = Decoder.decode
