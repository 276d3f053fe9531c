/**
 * What is posted to a webhook, as a route of a server. Loaded by whoever has one: it takes a tenth of what a bot imports.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"

/** What Telegram is answered; it reads the status alone. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A route that what is posted goes to. */
export const route = (
  path: HttpRouter.PathInput,
  replyTo: (request: HttpServerRequest) => Effect.Effect<Reply>
): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  HttpRouter.add("POST", path, (request) => Effect.map(replyTo(request), HttpServerResponse.empty))
