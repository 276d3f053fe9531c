/**
 * The body of a Bot API call in any of its encodings, and typed looks at its fields.
 */
import * as NodeMultipart from "@effect/platform-node/NodeMultipart"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Multipart from "effect/http/Multipart"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- The parser of multipart bodies reads streams of Node.
import { Readable } from "node:stream"
import { bodyOf } from "../../internal/inflated.ts"
import { limits } from "./limits.ts"
import { refuse, type Refused } from "./refusals.ts"

/** An uploaded file. */
export interface Upload {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** The fields of a call. */
export interface Payload {
  readonly fields: Readonly<Record<string, unknown>>
  /** By the name of the part. */
  readonly uploads: ReadonlyMap<string, Upload>
}

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const parseObject = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const fromParams = (params: URLSearchParams): Record<string, unknown> => Object.fromEntries(params)

/** The fields of a JSON or form body; `undefined` when it is none. */
export const fromText = (body: string, type: string): Record<string, unknown> | undefined =>
  body.trim() === ""
    ? {}
    : type.startsWith("application/json")
    ? Option.getOrUndefined(parseObject(body))
    : fromParams(new URLSearchParams(body))

const codings = ["gzip", "deflate"] as const
const decoder = new TextDecoder()

const readParts = Effect.fnUntraced(function*(request: HttpServerRequest, body: Uint8Array) {
  const fields: Record<string, unknown> = {}
  const uploads = new Map<string, Upload>()
  yield* Stream.runForEach(
    NodeMultipart.stream(Readable.from([body]), request.headers),
    Effect.fnUntraced(function*(part) {
      if (part._tag === "Field") {
        fields[part.key] = part.value
      } else {
        uploads.set(part.key, { name: part.name, type: part.contentType, bytes: yield* part.contentEffect })
      }
    })
  )
  return { fields, uploads }
  // A part with a file name is a file, whatever its type: clients send a file of JSON as what it is.
}, Effect.provideService(Multipart.FieldMimeTypes, []))

/** Reads query and body; JSON, form and multipart. */
export const readPayload = Effect.fnUntraced(
  function*(request: HttpServerRequest) {
    const at = request.url.indexOf("?")
    const query = fromParams(new URLSearchParams(at === -1 ? "" : request.url.slice(at)))
    const type = request.headers["content-type"] ?? ""
    if (request.method === "GET") return { fields: query, uploads: new Map<string, Upload>() }
    const bytes = yield* bodyOf(request, codings)
    if (bytes === undefined) return yield* refuse("jsonInvalid")
    if (type.startsWith("multipart/form-data")) {
      const { fields, uploads } = yield* readParts(request, bytes)
      for (const { bytes } of uploads.values()) {
        if (bytes.length > limits.upload.most) return yield* refuse("uploadTooLarge")
      }
      return { fields: { ...query, ...fields }, uploads }
    }
    const body = fromText(decoder.decode(bytes), type)
    if (body === undefined) return yield* refuse("jsonInvalid")
    return { fields: { ...query, ...body }, uploads: new Map<string, Upload>() }
  },
  Effect.catchTags({
    // The line broke: nobody hears this.
    HttpServerError: () => Effect.fail(refuse("jsonInvalid")),
    MultipartError: () => Effect.fail(refuse("multipartInvalid"))
  })
)

/** What the record of calls shows: objects that came as text are decoded, files are named and measured. */
export const recorded = (payload: Payload): Readonly<Record<string, unknown>> => {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(payload.fields)) {
    const isJson = typeof value === "string" && /^\s*[[{]/.test(value) && !isText(name)
    shown[name] = isJson ? Option.getOrElse(parseJson(value), () => value) : value
  }
  for (const [name, upload] of payload.uploads) {
    shown[name] = { fileName: upload.name, size: upload.bytes.length }
  }
  return shown
}

const isText = (name: string): boolean => name === "text" || name === "caption"

/** A field as text; numbers and booleans too. */
export const text = (payload: Payload, name: string): string | undefined => {
  const value = payload.fields[name]
  if (typeof value === "string") return value
  return value === undefined || value === null ? undefined : JSON.stringify(value)
}

/** The parse mode of a call, as the server reads it: here null is a word, and one that it does not know. */
export const parseMode = (payload: Payload): string | undefined =>
  payload.fields["parse_mode"] === null ? "null" : text(payload, "parse_mode")

/** A field as a whole number; `undefined` when absent or none. */
export const integer = (payload: Payload, name: string): number | undefined => {
  const value = text(payload, name)?.trim()
  return value !== undefined && /^-?\d+$/.test(value) ? Number(value) : undefined
}

/** A field as a yes or no. */
export const flag = (payload: Payload, name: string): boolean =>
  ["true", "1", "yes"].includes(text(payload, name)?.toLowerCase() ?? "")

/** A field that holds JSON, in an object or in a text; refused when it does not fit. */
export const json = <A>(
  payload: Payload,
  name: string,
  decode: (value: unknown) => Option.Option<A>
): Effect.Effect<A | undefined, Refused> => {
  const value = payload.fields[name]
  if (value === undefined || value === null || value === "") return Effect.undefined
  const parsed = typeof value === "string" ? parseJson(value) : Option.some(value)
  return Effect.mapError(
    Effect.fromOption(Option.flatMap(parsed, decode)),
    () => refuse("fieldInvalid", { field: name.replaceAll("_", " ") })
  )
}
