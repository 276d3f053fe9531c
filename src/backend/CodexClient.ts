/**
 * The login for any client: an `HttpClient` that says who asks, and answers a 401 with better credentials.
 *
 * It is for clients that speak the wire themselves. What they send and what comes back is theirs: nothing is retried,
 * nothing is read. The login goes to the backend and nowhere else, whatever address a request names.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { CodexAuth, type Credentials, type CredentialsError } from "../auth/CodexAuth.ts"
import * as Endpoint from "../Endpoint.ts"
import { textUpTo, withoutRedirects } from "../internal/client.ts"

/**
 * Where the backend is, and which device we are.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Root of the backend API; addresses without a host are below it. Default: `https://chatgpt.com/backend-api/codex`. */
  readonly baseUrl?: string | undefined
  /** Device id, sent as a header. Default: none. */
  readonly deviceId?: string | undefined
  /** What is different where we ask. Default: nothing, it is the backend of the official Codex CLI. */
  readonly endpoint?: Partial<Endpoint.Endpoint> | undefined
}

type Request = HttpClientRequest.HttpClientRequest
type Answer = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

const elsewhere = (request: Request) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.InvalidUrlError({
      request,
      description: "the login is for the backend only, and the request is for another address"
    })
  })

const noLogin = (request: Request) => (cause: CredentialsError) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause, description: cause.message })
  })

// A refusal that nobody reads would hold its connection.
const passedOver = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.ignore(Effect.timeoutOption(textUpTo(64 * 1024)(response), "1 second"))

/**
 * A request in a trace, up to the head of its answer: its path and status, or the class of its failure. The failure itself
 * has the body of the request, and is no part of the span.
 */
const traced = (request: Request) => (answer: Answer): Answer =>
  Effect.flatMap(
    Deferred.make<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>(),
    (told) =>
      Effect.exit(answer).pipe(
        Effect.tap((exit) => Deferred.done(told, exit)),
        Effect.flatMap(Exit.match({
          onSuccess: ({ status }) => Effect.annotateCurrentSpan({ "http.response.status_code": status }),
          onFailure: (cause) => {
            const type = Option.match(Cause.findErrorOption(cause), {
              onNone: () => "Defect",
              // No login is no fault of the network.
              onSome: ({ cause, reason }) =>
                Predicate.hasProperty(cause, "_tag") && typeof cause._tag === "string" ? cause._tag : reason._tag
            })
            return Effect.andThen(Effect.annotateCurrentSpan({ "error.type": type }), Effect.fail(type))
          }
        })),
        Effect.withSpan("CodexClient.request", {
          kind: "client",
          attributes: {
            "gen_ai.provider.name": "openai",
            "http.request.method": request.method,
            "server.address": URL.parse(request.url)?.hostname,
            "url.path": URL.parse(request.url)?.pathname
          }
        }, { captureStackTrace: false }),
        Effect.ignore,
        Effect.andThen(Deferred.await(told))
      )
  )

/** The client over the login and the client of the context. */
const make = Effect.fnUntraced(function*(
  options: Options = {}
): Effect.fn.Return<HttpClient.HttpClient, never, CodexAuth | HttpClient.HttpClient> {
  const auth = yield* CodexAuth
  const client = withoutRedirects(yield* HttpClient.HttpClient)
  const endpoint = Endpoint.of(options.endpoint)
  const baseUrl = (options.baseUrl ?? endpoint.baseUrl).replace(/\/+$/, "")
  const origin = URL.parse(baseUrl)?.origin

  const attempt = (request: Request, credentials: Credentials): Answer =>
    client.execute(
      HttpClientRequest.setHeaders(request, endpoint.headers({ ...credentials, deviceId: options.deviceId }))
    ).pipe(
      // The span of a request that failed would hold the token.
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      Effect.filterOrElse(
        // A body that can be sent only once has been sent.
        (response) => response.status !== 401 || request.body._tag === "Stream",
        (response) =>
          auth.recover(credentials).pipe(
            Effect.matchEffect({
              onFailure: (error) =>
                error._tag === "Unauthorized" ? Effect.succeed(response) : Effect.fail(noLogin(request)(error)),
              onSuccess: (better) => Effect.andThen(passedOver(response), attempt(request, better))
            })
          )
      )
    )

  const send = (asked: Request): Answer => {
    const request = URL.canParse(asked.url) ? asked : HttpClientRequest.prependUrl(asked, baseUrl)
    if (origin === undefined || URL.parse(request.url)?.origin !== origin) return Effect.fail(elsewhere(asked))
    return Effect.flatMap(
      Effect.mapError(auth.credentials, noLogin(asked)),
      (credentials) => attempt(request, credentials)
    ).pipe(traced(request))
  }

  return HttpClient.makeWith(
    (request: Effect.Effect<Request>) => Effect.flatMap(request, send),
    (request) => Effect.succeed(request)
  )
})

/**
 * An `HttpClient` that is signed in: it adds the headers of the login, refreshes, and answers a 401 with better
 * credentials, at most twice.
 *
 * Use it under a client that speaks the Responses API itself. A request to another origin than that of the backend fails
 * with `InvalidUrlError`, one without a login with a `TransportError` whose cause is our failure, a redirect is not
 * followed.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerHttpClient = (
  options: Options = {}
): Layer.Layer<HttpClient.HttpClient, never, CodexAuth | HttpClient.HttpClient> =>
  Layer.effect(HttpClient.HttpClient, make(options))
