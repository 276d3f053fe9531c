/**
 * The Codex backend: answers, usage, and what is known of the connection.
 *
 * It only composes: credentials -> one exchange (`ResponseStream`) -> `RetryPolicy`. A 401 is answered by better
 * credentials inside the policy, without a pause and without costing an attempt; what changes the *request*, a model
 * that is gone or items that are refused, is repaired outside of it, before any text.
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Unauthorized } from "../auth/AuthError.ts"
import { CodexAuth, type Credentials, type CredentialsError, type Status } from "../auth/CodexAuth.ts"
import { optional, present, words } from "../internal/settings.ts"
import {
  type EmptyResponse,
  type PicturesNotTaken,
  type ProviderFailed,
  RequestRejected,
  type RequestTimedOut
} from "./BackendError.ts"
import type { CodexRequest } from "./CodexRequest.ts"
import * as Answers from "./internal/answers.ts"
import * as Authorized from "./internal/authorized.ts"
import { parse } from "./internal/json.ts"
import type * as KnownQuota from "./internal/knownQuota.ts"
import { fromUsage } from "./internal/quota.ts"
import * as Wire from "./internal/wire.ts"
import { Models } from "./Models.ts"
import type { Quota } from "./RateLimits.ts"
import type { ResponseEvent } from "./ResponseEvent.ts"
import type { ResponseStream, ResponseStreamError } from "./ResponseStream.ts"
import { RetryPolicy } from "./RetryPolicy.ts"

/**
 * Where the usage is asked, and how hard a model thinks.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options extends Wire.Options {
  /**
   * `low`, `medium`, `high`, `xhigh`, or whatever else the list of models names. Default: left to the model.
   */
  readonly reasoningEffort?: string | undefined
}

/**
 * What a call of the backend can end in.
 *
 * @since 0.2.0
 * @category errors
 */
export type RequestError = CredentialsError | Unauthorized | ResponseStreamError | RequestTimedOut

/**
 * What an answer can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type ResponsesError = RequestError | EmptyResponse | PicturesNotTaken | ProviderFailed

/**
 * What can be told about the connection without a secret and without a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface BackendStatus {
  readonly connected: boolean
  /** The model that is asked when a request names none, as far as it is known. */
  readonly model: string | undefined
  /** What is asked in place of the model that was wanted, and why; `undefined` when nothing is replaced. */
  readonly modelNote: string | undefined
  readonly reasoningEffort: string | undefined
  /** The login, where the backend has one of ours. */
  readonly auth: Option.Option<Status>
  /** The quota as last heard, from any answer. */
  readonly quota: Option.Option<Quota>
}

/**
 * The backend.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Name of the provider for status and audit; ours is `codex`. */
  readonly name: string
  /**
   * One answer as a stream of events that ends with `Completed`, or fails. Its first event says that it has begun.
   *
   * Passing failures are retried by `RetryPolicy` and nowhere else. Closing the stream aborts the request.
   */
  readonly responses: (request: CodexRequest) => Stream.Stream<ResponseEvent, ResponsesError>
  /** The quota, asked now. */
  readonly usage: Effect.Effect<Quota, RequestError>
  /** What is known of the connection. */
  readonly status: Effect.Effect<BackendStatus>
}

/**
 * The backend as a service. Swap it to answer with something that is not ChatGPT.
 *
 * @since 0.1.0
 * @category services
 */
export class CodexBackend extends Context.Service<CodexBackend, Service>()("effect-codex/CodexBackend") {}

const maxUsageBody = 256 * 1024

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<
  Service,
  never,
  CodexAuth | ResponseStream | RetryPolicy | Models | HttpClient.HttpClient | Digest.Digest
> {
  const auth = yield* CodexAuth
  const policy = yield* RetryPolicy
  const models = yield* Models
  const wire = yield* Wire.make(options)
  const quota = yield* Ref.make<KnownQuota.Known | undefined>(undefined)
  const answers = yield* Answers.make({ reasoningEffort: options.reasoningEffort, quota })

  const responses: Service["responses"] = (request) =>
    Stream.withSpan(answers(request), "CodexBackend.responses", { captureStackTrace: false, kind: "client" })

  const askUsage = Effect.fn("CodexBackend.usage")(function*(
    credentials: Credentials
  ): Effect.fn.Return<Quota, RequestError> {
    const url = wire.endpoint.usageUrl(wire.baseUrl)
    if (url === undefined) return yield* new RequestRejected({ detail: "nobody tells the usage there" })
    const answer = yield* wire.send(
      HttpClientRequest.get(url).pipe(HttpClientRequest.acceptJson),
      { credentials, model: undefined, texts: () => [] }
    )
    const body = yield* wire.bodyOf(answer, maxUsageBody)
    const told = fromUsage(parse(body), yield* Clock.currentTimeMillis)
    if (Option.isNone(told)) return yield* new RequestRejected({ status: answer.response.status })
    // Whoever is asked for all of it, tells all of it.
    yield* Ref.set(quota, { account: credentials.accountId, quota: told.value })
    return told.value
  })

  return CodexBackend.of({
    name: "codex",
    responses,
    usage: policy.effect(Authorized.effect(auth)(askUsage)),
    status: Effect.gen(function*() {
      const login = yield* auth.status
      const chosen = yield* models.chosen
      const known = yield* Ref.get(quota)
      return {
        connected: login.signedIn,
        model: chosen.model,
        modelNote: chosen.note,
        reasoningEffort: options.reasoningEffort,
        auth: Option.some(login),
        // The quota of whoever was signed in before is nobody's business.
        quota: login.signedIn && known?.account === login.accountId
          ? Option.fromUndefinedOr(known?.quota)
          : Option.none()
      }
    })
  })
})

/**
 * The backend over its parts.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  CodexBackend,
  never,
  CodexAuth | ResponseStream | RetryPolicy | Models | HttpClient.HttpClient
> => Layer.provide(Layer.effect(CodexBackend, make(options)), Digest.layerWebCrypto)

const Effort = Schema.String.check(
  Schema.isPattern(/^[a-z]+$/, { message: "must be one lower-case word such as low, medium, high or xhigh" })
)

/**
 * `CODEX_REASONING_EFFORT`, and where the usage is asked (`CODEX_BASE_URL`).
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  reasoningEffort: optional(Config.schema(Effort, "CODEX_REASONING_EFFORT")),
  baseUrl: optional(Config.map(Config.URL("CODEX_BASE_URL"), ({ href }) => href.replace(/\/$/, ""))),
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
): Layer.Layer<
  CodexBackend,
  Config.ConfigError,
  CodexAuth | ResponseStream | RetryPolicy | Models | HttpClient.HttpClient
> => Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
