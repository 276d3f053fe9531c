/**
 * What is posted to a webhook, as a route of a server. Loaded by whoever has one: it takes a tenth of what a bot imports.
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- nothing else compares in constant time.
import { createHash, timingSafeEqual } from "node:crypto"

/** What Telegram is answered; it reads the status alone. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest()

/** An update is a few kilobytes; a message with all its quotes and entities some hundred. */
const longestBody = ByteSize.fromInputUnsafe("1 MiB")

/** A route that what is posted goes to, with whether it came with the secret that only Telegram was told. */
export const route = (
  path: HttpRouter.PathInput,
  secret: Redacted.Redacted,
  replyTo: (request: HttpServerRequest, isTelegram: boolean) => Effect.Effect<Reply>
): Layer.Layer<never, never, HttpRouter.HttpRouter> => {
  const expected = digest(Redacted.value(secret))
  const isTelegram = (given: string | undefined): boolean =>
    given !== undefined && timingSafeEqual(digest(given), expected)
  return HttpRouter.add(
    "POST",
    path,
    (request) =>
      replyTo(request, isTelegram(request.headers["x-telegram-bot-api-secret-token"])).pipe(
        Effect.provideService(HttpIncomingMessage.MaxBodySize, longestBody),
        Effect.map(HttpServerResponse.empty)
      )
  )
}
