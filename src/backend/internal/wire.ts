/**
 * One request, one answer: identity in, named failures out.
 *
 * It has no limit and tries nothing twice. No span is opened for it, as a failed one would hold the whole request:
 * token, prompt and all.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../../auth/CodexAuth.ts"
import * as Endpoint from "../../Endpoint.ts"
import { isHttp } from "../../internal/address.ts"
import { isRedirect, textUpTo, withoutRedirects } from "../../internal/client.ts"
import { unusedProxy } from "../../internal/unusedProxy.ts"
import { NetworkFailed } from "../BackendError.ts"
import { ClientTransform } from "../ClientTransform.ts"
import * as HttpFailure from "../HttpFailure.ts"
import type { HeaderValues } from "./said.ts"

/** Where the backend is, and who we say we are. */
export interface Options {
  readonly baseUrl?: string | undefined
  readonly deviceId?: string | undefined
  /** What is different where we ask. Default: nothing, it is the backend of the official Codex CLI. */
  readonly endpoint?: Partial<Endpoint.Endpoint> | undefined
}

/** What a request has beyond its HTTP form. */
export interface Purpose {
  readonly credentials: Credentials
  /** The model that is asked; `undefined` where no model is involved. */
  readonly model: string | undefined
  /** The texts that are sent, so that the server's own sentences can be freed of them. Asked for when something has failed. */
  readonly texts: () => ReadonlyArray<string>
  /** Sees the head of the answer, whatever its status. */
  readonly onHead?: ((headers: HeaderValues) => void) | undefined
}

/** An answer whose status is a success, or 304. */
export interface Answer {
  readonly response: HttpClientResponse.HttpClientResponse
  readonly exchange: HttpFailure.Exchange
}

/** What a request can end in before its body is read. */
export type WireError = HttpFailure.HttpFailure | NetworkFailed

/** Whose setting it is that names no server. */
const setting = "baseUrl (CODEX_BASE_URL)"

// An error page has said what it has to say within this many bytes, and this time.
const maxErrorBody = 64 * 1024
const errorBodyTimeout = "5 seconds"

const isAnswer = (status: number): boolean => (status >= 200 && status < 300) || status === 304

/** Sends requests and names their failures. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const client = yield* HttpClient.HttpClient
  const endpoint = Endpoint.of(options.endpoint)
  const baseUrl = (options.baseUrl ?? endpoint.baseUrl).replace(/\/+$/, "")
  const isNowhere = !isHttp(baseUrl)
  const host = isNowhere ? "the backend" : new URL(baseUrl).host
  const direct = withoutRedirects(client)

  const head = (request: HttpClientRequest.HttpClientRequest) =>
    Effect.flatMap(ClientTransform, (transform) => {
      const transformed = transform(client)
      return (transformed === client ? direct : withoutRedirects(transformed)).execute(request)
    }).pipe(
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      // A client that fails by status has the answer in its error.
      Effect.catchTag(
        "HttpClientError",
        (error) =>
          error.response === undefined
            ? Effect.flatMap(unusedProxy(host), (proxy) =>
              Effect.fail(
                new NetworkFailed({ host, ...(Option.isSome(proxy) && { unusedProxy: proxy.value }) })
              ))
            : Effect.succeed(error.response)
      )
    )

  // The status alone tells enough when the body cannot be read.
  const errorBody = (response: HttpClientResponse.HttpClientResponse) =>
    isRedirect(response.status) ? Effect.succeed("") : textUpTo(maxErrorBody)(response).pipe(
      Effect.timeoutOrElse({ duration: errorBodyTimeout, orElse: () => Effect.succeed("") }),
      Effect.orElseSucceed(() => "")
    )

  const send = Effect.fnUntraced(function*(
    request: HttpClientRequest.HttpClientRequest,
    { credentials, model, onHead, texts }: Purpose
  ): Effect.fn.Return<Answer, WireError> {
    if (isNowhere) return yield* new NetworkFailed({ host, setting })
    const response = yield* head(
      HttpClientRequest.setHeaders(request, endpoint.headers({ ...credentials, deviceId: options.deviceId }))
    )
    const exchange: HttpFailure.Exchange = {
      model,
      host,
      status: response.status,
      headers: response.headers,
      meaningOf: endpoint.meaningOf,
      // A long history is not walked through for an answer.
      get sent() {
        return Redacted.make([...texts(), Redacted.value(credentials.accessToken)])
      }
    }
    onHead?.(response.headers)
    if (isAnswer(response.status)) return { response, exchange }
    const body = yield* errorBody(response)
    return yield* HttpFailure.fromResponse(exchange, body, yield* Clock.currentTimeMillis)
  })

  /** The whole body of a small answer; a connection that breaks meanwhile is the network's failure. */
  const bodyOf = ({ response }: Answer, limit: number): Effect.Effect<string, NetworkFailed> =>
    Effect.mapError(textUpTo(limit)(response), () => new NetworkFailed({ host }))

  return { baseUrl, endpoint, host, send, bodyOf }
})
