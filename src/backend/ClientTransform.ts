/**
 * A change to the HTTP client for the requests of one effect: a proxy, a header, a recorder.
 *
 * It is read at each request of the backend, so it reaches all that runs within, and nothing else: a refresh, or a list
 * of models, that several callers share belongs to none of them and does not see it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"

/**
 * What a client becomes.
 *
 * @since 0.2.0
 * @category models
 */
export type Transform = (client: HttpClient.HttpClient) => HttpClient.HttpClient

/**
 * The transform of the running effect; without one, the client stays as it is.
 *
 * @since 0.2.0
 * @category services
 */
export const ClientTransform: Context.Reference<Transform> = Context.Reference("effect-codex/ClientTransform", {
  defaultValue: (): Transform => (client) => client
})

/**
 * Adds a transform for one effect; an inner one is applied first, to the client itself.
 *
 * Use it where one request needs what others do not; a client for all of them is a room of `codexLive`. For a stream,
 * `Stream.updateService(ClientTransform, ...)` does the same.
 *
 * @since 0.2.0
 * @category combinators
 */
export const withClientTransform = (transform: Transform) => <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.updateService(self, ClientTransform, (outer): Transform => (client) => outer(transform(client)))
