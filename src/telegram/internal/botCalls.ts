/**
 * The calls of a bot without a framework, over HTTP.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { textUpTo, userAgent, withoutRedirects } from "../../internal/client.ts"
import { TelegramFailed } from "../TelegramError.ts"
import { failureOf } from "./refusal.ts"

export { insist } from "./insisting.ts"

type Payload = { readonly [field: string]: unknown }

/** A file on its way to Telegram. */
interface Upload {
  readonly field: string
  readonly name: string
  readonly content: Uint8Array
}

// A batch of a hundred updates with the longest messages, their quotes and entities.
const longestAnswer = 32 * 1024 * 1024

const Answer = Schema.fromJsonString(Schema.Union([
  Schema.Struct({ ok: Schema.Literal(true), result: Schema.Unknown }),
  Schema.StructWithRest(Schema.Struct({ ok: Schema.Literal(false), error_code: Schema.Int }), [
    Schema.Record(Schema.String, Schema.Unknown)
  ])
]))

const decodeAnswer = Schema.decodeUnknownOption(Answer)

/** What was answered that says nothing to us. */
export const unreachable = (method: string): TelegramFailed => new TelegramFailed({ method, reason: "unreachable" })

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
    : unreachable(method)

const formOf = (payload: Payload, { content, field, name }: Upload): FormData => {
  const form = new FormData()
  for (const [key, value] of Object.entries(payload)) {
    if (value !== undefined) form.set(key, typeof value === "string" ? value : JSON.stringify(value))
  }
  form.set(field, new Blob([Uint8Array.from(content)]), name)
  return form
}

/** Its two kinds, to an address that holds the token. */
export const calls = Effect.fnUntraced(function*(address: string) {
  const client = withoutRedirects(yield* HttpClient.HttpClient)
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
  const post = (method: string) => HttpClientRequest.post(`${address}/${method}`)
  return {
    call: (method: string, payload: Payload = {}) =>
      send(method, HttpClientRequest.bodyJsonUnsafe(post(method), payload)),
    upload: (method: string, payload: Payload, file: Upload) =>
      send(method, HttpClientRequest.bodyFormData(post(method), formOf(payload, file)))
  }
})
