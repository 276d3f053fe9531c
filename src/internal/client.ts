/**
 * How we speak HTTP, to the backend and to the issuer: honestly as ourselves, with no version of the official CLI;
 * never on to where a redirect points; and never with a longer answer than we asked for.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Body from "./body.ts"

/** The version of this package; a test holds it against package.json. */
export const version = "0.1.0"

export const originator = "effect-codex"

export const userAgent = `${originator}/${version} (TypeScript; Effect 4)`

/** Whether an answer sends us somewhere else. A browser hides such a one, when it does not follow, behind the status 0. */
export const isRedirect = (status: number): boolean => status === 0 || (status >= 300 && status < 400 && status !== 304)

const refuse = (response: HttpClientResponse.HttpClientResponse) =>
  // An unread body would hold its connection.
  response.stream.pipe(
    Stream.runHead,
    Effect.timeoutOption("1 second"),
    Effect.ignore,
    Effect.andThen(Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.StatusCodeError({
          request: response.request,
          response,
          description: "a redirect, which is not followed"
        })
      })
    ))
  )

/**
 * Fails with `StatusCodeError` at a redirect instead of following it: what opens a door is only for whom it was meant.
 *
 * Fetch clients are told so at each request, by `RequestInit`, which takes the place of one that was given to the
 * client's own layer: fetch options of an application belong into `FetchHttpClient.Fetch`. The clients of Node do not
 * follow by themselves. A client that follows all the same cannot be kept from it.
 */
export const withoutRedirects = <E, R>(
  client: HttpClient.HttpClient.With<E, R>
): HttpClient.HttpClient.With<E | HttpClientError.HttpClientError, R> =>
  HttpClient.transform(client, (response) =>
    Effect.serviceOption(FetchHttpClient.RequestInit).pipe(
      Effect.flatMap((init) =>
        Effect.provideService(response, FetchHttpClient.RequestInit, {
          ...Option.getOrUndefined(init),
          redirect: "manual"
        })
      ),
      Effect.tap((response) => isRedirect(response.status) ? refuse(response) : Effect.void)
    ))

const tooLong = (response: HttpClientResponse.HttpClientResponse, bytes: number) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.DecodeError({
      request: response.request,
      response,
      description: `the answer is longer than ${bytes} bytes`
    })
  })

/**
 * Reads the body of an answer as text, and gives up on one that is longer than so many bytes. One that is read to its end
 * is not aborted.
 *
 * `MaxBodySize` of Effect bounds the clients of Node only, not those of fetch.
 */
export const textUpTo = (
  bytes: number
) =>
(response: HttpClientResponse.HttpClientResponse): Effect.Effect<string, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let size = 0
    return Body.bytes(response).pipe(
      Stream.mapEffect((part) => {
        size += part.byteLength
        return size > bytes ? Effect.fail(tooLong(response, bytes)) : Effect.succeed(part)
      }),
      Stream.runFold(() => "", (text, part) => text + decoder.decode(part, { stream: true })),
      // An answer without a body is an empty one.
      Effect.catchReason("HttpClientError", "EmptyBodyError", () => Effect.succeed("")),
      Effect.map((text) => text + decoder.decode())
    )
  })
