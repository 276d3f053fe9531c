/**
 * Speech to text by a server that speaks OpenAI's `/audio/transcriptions`: the request, and what comes back of it.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Redacted from "effect/Redacted"
import { textUpTo, withoutRedirects } from "../../../internal/client.ts"

/** The client where nobody has given one. */
export const overFetch = FetchHttpClient.layer

/** Which server, what it is told, and how much of its answer is read. */
interface Server {
  readonly url: string
  readonly key: Redacted.Redacted | undefined
  readonly model: string
  readonly language: string | undefined
  readonly most: number
}

/** Sends recordings to a server. */
export const asking = Effect.fnUntraced(function*({ key, language, model, most, url }: Server) {
  const client = withoutRedirects(yield* HttpClient.HttpClient)
  const address = `${url.replace(/\/+$/, "").replace(/\/audio\/transcriptions$/, "")}/audio/transcriptions`
  return Effect.fnUntraced(function*({ bytes, name }: { readonly bytes: Uint8Array; readonly name: string }) {
    const form = new FormData()
    form.set("model", model)
    form.set("response_format", "json")
    if (language !== undefined) form.set("language", language)
    form.set("file", new Blob([Uint8Array.from(bytes)]), name)
    const response = yield* HttpClientRequest.post(address).pipe(
      HttpClientRequest.acceptJson,
      HttpClientRequest.bodyFormData(form),
      key === undefined ? (request) => request : HttpClientRequest.bearerToken(key),
      client.execute
    )
    return { status: response.status, body: yield* textUpTo(most)(response) }
  })
})
