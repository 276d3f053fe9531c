/**
 * The Codex backend: responses, models, usage.
 *
 * One answer is one effect that sends, reads, and starts over when that may help; the stream that the caller
 * holds is the queue it fills. So every limit and every retry lies around plain effects, and closing the
 * stream interrupts the effect, which aborts the request.
 */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Unauthorized } from "../auth/AuthError.ts"
import { CodexAuth, type Credentials, type CredentialsError, type Status } from "../auth/CodexAuth.ts"
import { CodexConfig } from "../CodexConfig.ts"
import {
  type BackendUnavailable,
  type CloudflareBlocked,
  type ContextWindowExceeded,
  EmptyResponse,
  type ModelForbidden,
  NetworkFailed,
  type ProviderFailed,
  type RateLimited,
  RequestRejected,
  RequestTimedOut,
  type StreamInterrupted,
  type UsageNotIncluded
} from "./BackendError.ts"
import * as CodexRequest from "./CodexRequest.ts"
import * as HttpFailure from "./HttpFailure.ts"
import * as Exchange from "./internal/exchange.ts"
import * as Identity from "./internal/identity.ts"
import { parse } from "./internal/json.ts"
import * as ModelList from "./internal/models.ts"
import type { Model, Models } from "./internal/models.ts"
import * as Retries from "./internal/retries.ts"
import * as Silence from "./internal/silence.ts"
import { fromHeaders, fromUsage, type Quota } from "./RateLimits.ts"
import type { ResponseEvent } from "./ResponseEvent.ts"
import * as ResponseStream from "./ResponseStream.ts"

/** What a call of the backend can end in. */
export type BackendError =
  | CredentialsError
  | Unauthorized
  | ModelForbidden
  | RateLimited
  | UsageNotIncluded
  | CloudflareBlocked
  | BackendUnavailable
  | RequestRejected
  | NetworkFailed
  | RequestTimedOut
  | StreamInterrupted

/** What an answer can end in. */
export type ResponsesError = BackendError | ContextWindowExceeded | EmptyResponse | ProviderFailed

export type { Model, Models }

/** What can be told about the connection without a secret and without a request. */
export interface BackendStatus {
  readonly connected: boolean
  /** The model that is asked when a request names none. */
  readonly model: string | undefined
  readonly reasoningEffort: string | undefined
  /** The login, where the backend has one of ours. */
  readonly auth: Option.Option<Status>
  /** The quota as last heard, from any answer. */
  readonly quota: Option.Option<Quota>
}

export interface Service {
  /** Name of the provider for status and audit; ours is `codex`. */
  readonly name: string
  /**
   * One answer as a stream of events that ends with `Completed`, or fails.
   *
   * Passing failures are retried here and nowhere else: silently before the first text, announced by
   * `Restarted` after it. Closing the stream aborts the request.
   */
  readonly responses: (request: CodexRequest.CodexRequest) => Stream.Stream<ResponseEvent, ResponsesError>
  /**
   * The models of this account, best first, hidden ones left out.
   *
   * An answer counts for five minutes and is then revalidated by its ETag. On a failure the last answer stays,
   * or, when there is none, the built-in list; after a minute the backend is asked again.
   */
  readonly models: Effect.Effect<Models>
  /** The quota, asked now. */
  readonly usage: Effect.Effect<Quota, BackendError>
  /** What is known of the connection. */
  readonly status: Effect.Effect<BackendStatus>
}

/** The backend as a service. */
export class CodexBackend extends Context.Service<CodexBackend, Service>()("effect-codex/CodexBackend") {}

// How much of an answer waits for a slow reader before the connection is left to wait.
const bufferSize = 256

const maxModelsBody = 16 * 1024 * 1024
const maxUsageBody = 256 * 1024

const hostOf = (url: string): string => URL.canParse(url) ? new URL(url).host : "the backend (its URL is not valid)"

/** News of the quota on top of what was known: an answer may tell the plan without the windows. */
const mergeQuota = (known: Quota | undefined, news: Quota): Quota => ({
  plan: news.plan ?? known?.plan,
  limitReached: news.limitReached,
  windows: news.windows.length > 0 ? news.windows : known?.windows ?? []
})

const isUnauthorized = Schema.is(Unauthorized)

/** What the reader of an answer has been given so far. */
interface Progress {
  /** Text that `Restarted` would have to take back. */
  hasText: boolean
  /** Text of the answer proper, without which the answer is empty. */
  hasAnswer: boolean
}

const note = (progress: Progress, event: ResponseEvent): void => {
  if (event._tag !== "TextDelta" && event._tag !== "MessageDone") return
  progress.hasText = true
  progress.hasAnswer ||= event.text.trim() !== "" && (event._tag === "TextDelta" || event.phase === "answer")
}

/** Builds the backend from the login, an HTTP client and the settings of `CodexConfig`. */
export const make: Effect.Effect<Service, never, CodexAuth | HttpClient.HttpClient> = Effect.gen(function*() {
  const auth = yield* CodexAuth
  const settings = yield* CodexConfig
  const baseUrl = settings.baseUrl.replace(/\/+$/, "")
  const host = hostOf(baseUrl)
  let lastQuota: Quota | undefined

  const remember = (quota: Quota): void => {
    lastQuota = mergeQuota(lastQuota, quota)
  }

  const send = Exchange.make({
    client: yield* HttpClient.HttpClient,
    identity: {
      accountId: settings.accountId,
      deviceId: settings.deviceId ?? (yield* Effect.sync(() => SecureRandom.uuidV4Unsafe()))
    },
    host,
    connectTimeout: settings.connectTimeout,
    onHead: (exchange) =>
      Clock.clockWith((clock) =>
        Effect.sync(() => Option.map(fromHeaders(exchange.headers, clock.currentTimeMillisUnsafe()), remember))
      )
  })

  /** Lets the login answer a 401 with better credentials, as long as it has any. */
  const authorized = <A, E>(
    use: (credentials: Credentials) => Effect.Effect<A, E | Unauthorized>
  ): Effect.Effect<A, E | CredentialsError | Unauthorized> => {
    const attempt = (credentials: Credentials): Effect.Effect<A, E | CredentialsError | Unauthorized> =>
      Effect.catchIf(
        use(credentials),
        isUnauthorized,
        (refused) =>
          auth.recover(credentials).pipe(
            // The refusal of the backend knows code and request id.
            Effect.catchTag("Unauthorized", () => Effect.fail(refused)),
            Effect.flatMap(attempt)
          )
      )
    return Effect.flatMap(auth.credentials, attempt)
  }

  const attempt = Effect.fnUntraced(function*(
    request: CodexRequest.CodexRequest,
    queue: Queue.Queue<ResponseEvent, ResponsesError | Cause.Done>,
    progress: Progress,
    credentials: Credentials
  ): Effect.fn.Return<void, ResponsesError> {
    if (progress.hasText) yield* Queue.offer(queue, { _tag: "Restarted" })
    progress.hasText = false
    progress.hasAnswer = false

    const body = CodexRequest.encode(request, settings)
    const { exchange, response } = yield* send(
      HttpClientRequest.post(`${baseUrl}/responses`).pipe(
        HttpClientRequest.setHeaders(Identity.responsesHeaders(request.sessionId)),
        HttpClientRequest.bodyJsonUnsafe(body)
      ),
      {
        credentials,
        model: body.model,
        texts: [request.instructions, ...request.input.map((message) => message.text)]
      }
    )
    const now = yield* Clock.currentTimeMillis
    const quota = Option.getOrUndefined(fromHeaders(exchange.headers, now))
    if (quota !== undefined) yield* Queue.offer(queue, { _tag: "QuotaSeen", quota })

    const silence = yield* Silence.make(settings.idleTimeout)
    const deliver = (events: ReadonlyArray<ResponseEvent>): Effect.Effect<unknown, EmptyResponse> => {
      for (const event of events) {
        note(progress, event)
        if (event._tag === "QuotaSeen") remember(event.quota)
      }
      if (events.at(-1)?._tag !== "Completed" || progress.hasAnswer) return Queue.offerAll(queue, events)
      const requestId = HttpFailure.requestIdOf(exchange.headers)
      return Effect.andThen(
        Queue.offerAll(queue, events.slice(0, -1)),
        Effect.fail(new EmptyResponse({ model: body.model, ...(requestId !== undefined && { requestId }) }))
      )
    }
    yield* response.stream.pipe(
      ResponseStream.decode({ exchange, onActivity: silence.heard }),
      Stream.runForEachArray((events) => silence.during(deliver(events))),
      Effect.raceFirst(silence.watch)
    )
  })

  /** Fills the queue with one answer, whatever it takes. */
  const answer = (
    request: CodexRequest.CodexRequest,
    queue: Queue.Queue<ResponseEvent, ResponsesError | Cause.Done>
  ): Effect.Effect<unknown, ResponsesError> =>
    Clock.clockWith((clock) => {
      const progress: Progress = { hasText: false, hasAnswer: false }
      return Retries.retry<void, ResponsesError, never>(
        authorized((credentials) => attempt(request, queue, progress, credentials)),
        {
          times: settings.maxRetries,
          deadline: clock.currentTimeMillisUnsafe() + Duration.toMillis(settings.requestTimeout)
        }
      ).pipe(
        Effect.timeoutOrElse({
          duration: settings.requestTimeout,
          orElse: () => Effect.fail(new RequestTimedOut({ phase: "request", after: settings.requestTimeout }))
        }),
        Effect.andThen(Queue.end(queue)),
        Effect.withSpan("CodexBackend.responses", { attributes: { model: CodexRequest.modelOf(request, settings) } })
      )
    })

  const responses: Service["responses"] = (request) =>
    Stream.callback<ResponseEvent, ResponsesError>((queue) => answer(request, queue), {
      bufferSize,
      strategy: "suspend"
    })

  /** Reads a whole body of a small answer; a connection that breaks meanwhile is the network's failure. */
  const bodyOf = ({ response }: Exchange.Answer, limit: number) =>
    Exchange.readText(response, limit).pipe(
      Effect.mapError(() => new NetworkFailed({ host })),
      Effect.timeoutOrElse({
        duration: settings.idleTimeout,
        orElse: () => Effect.fail(new RequestTimedOut({ phase: "idle", after: settings.idleTimeout }))
      })
    )

  let known:
    | { readonly etag: string | undefined; readonly account: string | undefined; readonly models: Models }
    | undefined

  const askModels = Effect.fn("CodexBackend.models")(function*(credentials: Credentials) {
    const account = settings.accountId ?? credentials.accountId
    const previous = known?.account === account ? known : undefined
    const answer = yield* send(
      // `0.0.0` stands for the whole list; any other version that is too low hides models.
      HttpClientRequest.get(`${baseUrl}/models?client_version=0.0.0`).pipe(
        HttpClientRequest.acceptJson,
        HttpClientRequest.setHeaders(previous?.etag === undefined ? {} : { "if-none-match": previous.etag })
      ),
      { credentials, model: undefined, texts: [] }
    )
    if (answer.response.status === 304) return previous?.models
    const models = ModelList.read(yield* bodyOf(answer, maxModelsBody))
    if (models.length === 0) return undefined
    known = { etag: answer.response.headers["etag"], account, models: { source: "live", models } }
    return known.models
  })

  const freshModels = authorized(askModels).pipe(
    Effect.tapError((error) => Effect.logDebug("The list of models could not be asked.", error)),
    Effect.orElseSucceed(() => undefined),
    Effect.map((models) => ({ isFresh: models !== undefined, models: models ?? known?.models ?? ModelList.builtIn }))
  )

  const [models] = yield* Effect.cachedInvalidateWithTTL(
    freshModels,
    (exit) => Exit.isSuccess(exit) && exit.value.isFresh ? Duration.minutes(5) : Duration.minutes(1)
  )

  const askUsage = Effect.fn("CodexBackend.usage")(function*(
    credentials: Credentials
  ): Effect.fn.Return<Quota, BackendError> {
    const answer = yield* send(
      HttpClientRequest.get(`${baseUrl.replace(/\/codex$/, "")}/wham/usage`).pipe(HttpClientRequest.acceptJson),
      { credentials, model: undefined, texts: [] }
    ).pipe(
      // Said of a prompt; without one it is a refusal like any other.
      Effect.catchTag("ContextWindowExceeded", () => Effect.fail(new RequestRejected({})))
    )
    const body = yield* bodyOf(answer, maxUsageBody)
    const quota = fromUsage(parse(body), yield* Clock.currentTimeMillis)
    if (Option.isNone(quota)) return yield* new RequestRejected({ status: answer.response.status })
    remember(quota.value)
    return quota.value
  })

  return {
    name: "codex",
    responses,
    models: Effect.map(models, (answer) => answer.models),
    usage: authorized(askUsage),
    status: Effect.map(auth.status, (status) => ({
      connected: status.signedIn,
      model: settings.model,
      reasoningEffort: settings.reasoningEffort,
      auth: Option.some(status),
      quota: Option.fromUndefinedOr(lastQuota)
    }))
  }
})

/** Provides the Codex backend; settings come from `CodexConfig` when the layer is built. */
export const layer: Layer.Layer<CodexBackend, never, CodexAuth | HttpClient.HttpClient> = Layer.effect(
  CodexBackend,
  make
)
