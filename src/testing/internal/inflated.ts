/**
 * Bodies of requests as they were before a client compressed them.
 */
import * as Effect from "effect/Effect"
import type { HttpServerError } from "effect/http/HttpServerError"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Result from "effect/Result"
import * as Zlib from "node:zlib"

/** A content coding that a server may understand. */
export type Coding = "br" | "deflate" | "gzip" | "zstd"

// Servers take both kinds of deflate: as the standard has it, and without its frame.
const inflate = (bytes: Uint8Array): Uint8Array =>
  Result.getOrElse(Result.try((): Uint8Array => Zlib.inflateSync(bytes)), () => Zlib.inflateRawSync(bytes))

const decoders: Readonly<Record<Coding, (bytes: Uint8Array) => Uint8Array>> = {
  br: Zlib.brotliDecompressSync,
  deflate: inflate,
  gzip: Zlib.gunzipSync,
  zstd: Zlib.zstdDecompressSync
}

/** The whole body; undefined when it is compressed and broken. A coding that the server does not know is left alone. */
export const bodyOf = (
  request: HttpServerRequest.HttpServerRequest,
  codings: ReadonlyArray<Coding>
): Effect.Effect<Uint8Array | undefined, HttpServerError> =>
  Effect.map(request.arrayBuffer, (buffer) => {
    const bytes = new Uint8Array(buffer)
    const named = request.headers["content-encoding"]?.trim().toLowerCase()
    const coding = codings.find((coding) => coding === named || `x-${coding}` === named)
    return coding === undefined
      ? bytes
      : Result.getOrUndefined(Result.try(() => decoders[coding](bytes)))
  })
