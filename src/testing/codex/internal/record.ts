/**
 * What came in: a request read once, and written down without its tokens.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { bodyOf } from "../../internal/inflated.ts"
import type { Bearer, Issuer, Standing } from "./issuer.ts"

/** The calls of both servers, by a name of their own. */
export type Endpoint =
  | "usercode"
  | "deviceToken"
  | "deviceCode"
  | "token"
  | "revoke"
  | "responses"
  | "websocket"
  | "models"
  | "usage"
  | "accounts"

/**
 * A request as it is remembered; tokens are replaced by what they were worth, e.g. `<valid>` or `<used>`.
 *
 * @since 0.2.0
 * @category models
 */
export interface RecordedRequest {
  /** Milliseconds of the clock. */
  readonly at: number
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** JSON and forms are decoded, other text is kept as it is, nothing is undefined. */
  readonly body: unknown
}

/** A request as it is answered. */
export interface Incoming {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** How large the body is, uncompressed. */
  readonly bytes: number
  /** The body when it is an object, else no fields. */
  readonly fields: Readonly<Record<string, unknown>>
  /** What the bearer token is worth; undefined without one. */
  readonly standing: Standing | undefined
  readonly bearer: Bearer | undefined
}

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

// The official CLI compresses its bodies with zstd.
const codings = ["br", "deflate", "gzip", "zstd"] as const

const decoder = new TextDecoder()

/** Whether no text in it has half a character: the parsers of servers are stricter than `JSON.parse`. */
const isWellFormed = (value: unknown): boolean =>
  typeof value === "string"
    ? !/\p{Surrogate}/u.test(value)
    : !Predicate.isObjectOrArray(value) || Object.entries(value).every((entry) => entry.every(isWellFormed))

const decodeBody = (contentType: string, text: string): unknown => {
  if (text === "") return undefined
  if (contentType.includes("x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text))
  return Option.getOrElse(
    Option.filter(parseJson(text), (value) => !/\\u[dD]/.test(text) || isWellFormed(value)),
    () => text
  )
}

const hideTokens = (issuer: Issuer, body: unknown): unknown => {
  if (!Predicate.isObject(body)) return body
  const hidden: Record<string, unknown> = { ...body }
  for (const field of ["refresh_token", "token"]) {
    const token = hidden[field]
    if (typeof token === "string") hidden[field] = `<${issuer.refreshStanding(token)}>`
  }
  for (const field of ["code", "code_verifier", "device_code"]) {
    if (typeof hidden[field] === "string") hidden[field] = "<given>"
  }
  return hidden
}

/** Reads a request to its end; what it says and what is remembered of it. */
export const read = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest, issuer: Issuer) {
  const at = yield* Clock.currentTimeMillis
  const headers: Readonly<Record<string, string>> = { ...request.headers }
  const bytes = yield* bodyOf(request, codings)
  const text = decoder.decode(bytes)
  const [path = "", search = ""] = request.url.split("?", 2)
  const query = Object.fromEntries(new URLSearchParams(search))
  const body = decodeBody(headers["content-type"] ?? "", text)
  const token = /^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1]
  const access = token === undefined ? undefined : yield* issuer.access(token)
  const incoming: Incoming = {
    request,
    path,
    query,
    headers,
    body,
    bytes: bytes?.byteLength ?? 0,
    fields: Predicate.isObject(body) ? body : {},
    standing: access?.standing,
    bearer: access?.bearer
  }
  const recorded: RecordedRequest = {
    at,
    method: request.method,
    path,
    query,
    headers: headers["authorization"] === undefined
      ? headers
      : { ...headers, authorization: access === undefined ? "<not a bearer>" : `Bearer <${access.standing}>` },
    body: path.startsWith("/oauth/") ? hideTokens(issuer, body) : body
  }
  return { incoming, recorded }
})
