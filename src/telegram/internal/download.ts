/**
 * The bytes of a file that somebody sent.
 *
 * Its address holds the token of the bot: no span, no failure and no other host gets to see it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { bytes } from "../../internal/body.ts"
import { withoutRedirects } from "../../internal/client.ts"
import { TelegramFailed } from "../TelegramError.ts"

/** How much of a file is read. */
export interface Bounds {
  /** A file of more bytes fails as `tooLong`. */
  readonly most: number
  /**
   * How many bytes there need be, by the first ones, which are there in any case; a file that goes on is cut there.
   * Default: all.
   */
  readonly wanted?: ((head: Uint8Array) => number) | undefined
}

/** A file, or its beginning. */
export interface Download {
  readonly bytes: Uint8Array
  /** Whether the file goes on. */
  readonly isCut: boolean
}

const failed = (reason: TelegramFailed["reason"], code?: number) =>
  new TelegramFailed({ method: "getFile", reason, ...(code !== undefined && { code }) })

/** As much as it takes to tell what a file is. */
export const headLength = 4096

/** Collects parts until it is enough. */
const collector = ({ most, wanted = () => most }: Bounds) => {
  const parts: Array<Uint8Array> = []
  let size = 0
  let enough: number | undefined
  const enoughOf = (head: Uint8Array): number => Math.min(most, Math.max(headLength, wanted(head)))
  const whole = (): Uint8Array => {
    const joined = new Uint8Array(size)
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }
  return {
    /** Takes a part; gives the file when the rest is not wanted. */
    take: (part: Uint8Array): "more" | "enough" => {
      parts.push(part)
      size += part.length
      if (enough === undefined && size >= headLength) enough = enoughOf(whole())
      return size > (enough ?? most) ? "enough" : "more"
    },
    result: (): Download | undefined => {
      const all = whole()
      const limit = enough ?? enoughOf(all)
      if (size <= limit) return { bytes: all, isCut: false }
      return limit < most ? { bytes: all.slice(0, limit), isCut: true } : undefined
    }
  }
}

/** Reads a file, up to its bounds. */
export const read = Effect.fnUntraced(
  function*(url: Redacted.Redacted, bounds: Bounds) {
    const client = Context.get(yield* Layer.build(FetchHttpClient.layer), HttpClient.HttpClient)
    const response = yield* withoutRedirects(client).get(Redacted.value(url))
    if (response.status !== 200) return response.status
    const { result, take } = collector(bounds)
    yield* bytes(response).pipe(
      Stream.takeUntil((part) => take(part) === "enough"),
      Stream.runDrain,
      Effect.catchReason("HttpClientError", "EmptyBodyError", () => Effect.void)
    )
    return result()
  },
  Effect.scoped,
  Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
  Effect.mapError(() => failed("unreachable")),
  Effect.flatMap((read) =>
    read === undefined
      ? Effect.fail(failed("tooLong"))
      : typeof read !== "number"
      ? Effect.succeed(read)
      : Effect.fail(failed(read === 429 ? "rateLimited" : read >= 500 ? "unreachable" : "rejected", read))
  )
)
