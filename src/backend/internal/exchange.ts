/**
 * One request, one answer: identity in, named failures out.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Credentials } from "../../auth/CodexAuth.ts"
import { NetworkFailed, RequestTimedOut } from "../BackendError.ts"
import * as HttpFailure from "../HttpFailure.ts"
import * as Identity from "./identity.ts"

/** What a request has beyond its HTTP form. */
export interface Purpose {
  readonly credentials: Credentials
  /** The model that is asked; `undefined` where no model is involved. */
  readonly model: string | undefined
  /** The texts that are sent, so that the server's own sentences can be freed of them. */
  readonly texts: ReadonlyArray<string>
}

/** An answer whose status is a success, or 304. */
export interface Answer {
  readonly response: HttpClientResponse.HttpClientResponse
  readonly exchange: HttpFailure.Exchange
}

export type ExchangeError = HttpFailure.HttpFailure | NetworkFailed | RequestTimedOut

export interface Options {
  readonly client: HttpClient.HttpClient
  readonly identity: Identity.Identity
  readonly host: string
  readonly connectTimeout: Duration.Duration
  /** Sees the head of every answer, whatever its status. */
  readonly onHead: (exchange: HttpFailure.Exchange) => Effect.Effect<void>
}

/**
 * The body as text, read no further than `limit` bytes; what comes after that is not waited for.
 */
export const readText = (response: HttpClientResponse.HttpClientResponse, limit: number) =>
  Effect.suspend(() => {
    let size = 0
    return response.stream.pipe(
      Stream.takeUntil((chunk) => (size += chunk.length) >= limit),
      Stream.decodeText(),
      Stream.mkString
    )
  })

// An error page has said what it has to say within this many bytes.
const maxErrorBody = 64 * 1024

const isAnswer = (status: number): boolean => (status >= 200 && status < 300) || status === 304

/** Sends one request and names its failure; the limit counts until the head of the answer is there. */
export const make = (options: Options) => {
  const { client, connectTimeout, host, identity, onHead } = options

  const timedOut = Effect.suspend(() => Effect.fail(new RequestTimedOut({ phase: "connect", after: connectTimeout })))

  const head = (request: HttpClientRequest.HttpClientRequest) =>
    client.execute(request).pipe(
      // Our trace ids are nobody else's business.
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      // A client that fails by status has the answer in its error.
      Effect.catchTag(
        "HttpClientError",
        (error) =>
          error.response === undefined ? Effect.fail(new NetworkFailed({ host })) : Effect.succeed(error.response)
      ),
      Effect.timeoutOrElse({ duration: connectTimeout, orElse: () => timedOut })
    )

  // The status alone tells enough when the body cannot be read.
  const errorBody = (response: HttpClientResponse.HttpClientResponse) =>
    readText(response, maxErrorBody).pipe(
      Effect.timeoutOrElse({ duration: connectTimeout, orElse: () => Effect.succeed("") }),
      Effect.orElseSucceed(() => "")
    )

  return Effect.fnUntraced(function*(
    request: HttpClientRequest.HttpClientRequest,
    { credentials, model, texts }: Purpose
  ): Effect.fn.Return<Answer, ExchangeError> {
    const response = yield* head(
      HttpClientRequest.setHeaders(request, Identity.headers(identity, credentials))
    )
    const exchange: HttpFailure.Exchange = {
      model,
      host,
      status: response.status,
      headers: response.headers,
      sent: Redacted.make([...texts, Redacted.value(credentials.accessToken)])
    }
    yield* onHead(exchange)
    if (isAnswer(response.status)) return { response, exchange }
    const body = yield* errorBody(response)
    return yield* HttpFailure.fromResponse(exchange, body, yield* Clock.currentTimeMillis)
  })
}
