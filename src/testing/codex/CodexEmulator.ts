/**
 * A double of the Codex backend and of its issuer, as a server on loopback.
 *
 * Real clients talk to it over real sockets: it gives out tokens, rotates them, checks requests as the backend does
 * and streams answers event by event. It knows nothing of this library, so that it cannot share a mistake with it.
 * Time comes from `Clock` and chance from `Random`: under a test clock tokens expire when the test says so.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type * as HttpServerError from "effect/http/HttpServerError"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
// @effect-diagnostics-next-line nodeBuiltinImport:off
import { createServer } from "node:http"
import type * as FaultScript from "../faults/FaultScript.ts"
import * as Faults from "../internal/faults.ts"
import * as FaultHttp from "../internal/faultyHttp.ts"
import * as Promised from "../internal/promised.ts"
import * as Backend from "./internal/backend.ts"
import * as Device from "./internal/device.ts"
import * as Wire from "./internal/http.ts"
import * as Issuer from "./internal/issuer.ts"
import * as Recorded from "./internal/record.ts"
import * as Reply from "./internal/reply.ts"

export {
  /** Constructors of what can be answered: `Reply.text("Hello")`, `Reply.usageLimit()`, `Reply.functionCall("f")`. */
  Reply
}
export type { Asked, Message, ToolOutput } from "./internal/asked.ts"
export type { BackendControls, BackendOptions } from "./internal/backend.ts"
export { NoSuchLogin } from "./internal/device.ts"
export type { DeviceOptions, PendingLogin } from "./internal/device.ts"
export type { SignInOptions } from "./internal/issuer.ts"
export { models } from "./internal/models.ts"
export type { Model } from "./internal/models.ts"
export type { QuotaOptions } from "./internal/quota.ts"
export type { RecordedRequest } from "./internal/record.ts"
export { readTurn, recordTurns, replay } from "./internal/recording.ts"
export type { RecordedTurn } from "./internal/recording.ts"

/**
 * How the emulator behaves when nothing is scripted.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options extends Backend.BackendOptions {
  /** Default: 0, any free port. */
  readonly port?: number
  /** Sign-in by device code. Default: the flow that the real issuer has. */
  readonly device?: Device.DeviceOptions
  /** What goes wrong from the start. Default: nothing. */
  readonly faults?: FaultScript.FaultScript
}

/**
 * The calls that a fault script can name.
 *
 * @since 0.2.0
 * @category models
 */
export type Endpoint = Recorded.Endpoint

/**
 * The emulator: its addresses, what it will say, what people do, what goes wrong, and what it has seen.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service extends Device.DeviceControls, Backend.BackendControls, FaultScript.Controls<Endpoint> {
  /** Root of the issuer, e.g. `http://127.0.0.1:40123`. */
  readonly issuer: string
  /**
   * Root of the backend API: the issuer's address and `/backend-api/codex`.
   *
   * The official CLI takes it as `openai_base_url`; from 0.156 on that wants a workspace whose origin is https, so give it
   * as the `base_url` of a model provider with `requires_openai_auth` instead.
   */
  readonly baseUrl: string

  /** Signs in a fresh account; the text of its auth.json, as the official CLI would have written it. */
  readonly signIn: (options?: Issuer.SignInOptions) => Effect.Effect<string>

  /** The access tokens given out so far count as expired at the backend, whatever they say themselves. */
  readonly expireAccessTokens: Effect.Effect<void>
  /** Ends every session: access tokens are invalidated, refresh tokens refused. */
  readonly revoke: Effect.Effect<void>
  /** The requests so far (the last ten thousand), oldest first, without their tokens. */
  readonly requests: Effect.Effect<ReadonlyArray<Recorded.RecordedRequest>>
  /** Whether a refresh token would be accepted now. */
  readonly holds: (refreshToken: string) => Effect.Effect<boolean>
  /** How many times tokens were renewed. */
  readonly refreshes: Effect.Effect<number>
}

/**
 * The emulator as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class CodexEmulator extends Context.Service<CodexEmulator, Service>()("effect-codex/CodexEmulator") {}

const unknownClient = Reply.refreshFailed("invalid_client")

const unknownGrant = Reply.http({
  status: 400,
  body: { error: "unsupported_grant_type", error_description: "The grant is not known here." }
})

/**
 * Starts the emulator; it stops with the scope, together with every connection.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options = {}
): Effect.fn.Return<Service, HttpServerError.ServeError, Scope.Scope> {
  const server = createServer()
  const listening = yield* NodeHttpServer.make(() => server, {
    host: "127.0.0.1",
    port: options.port ?? 0,
    disablePreemptiveShutdown: true
  })
  // Before the server waits for its connections, and again before it answers what is open with a 503.
  const hangUp = Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  yield* hangUp

  const root = HttpServer.formatAddress(listening.address)
  const issuer = Issuer.make(root)
  const device = yield* Device.make(root, issuer, options.device)
  const faults = Faults.make(options.faults)
  const requests: Array<Recorded.RecordedRequest> = []
  const backend = yield* Backend.make(root, options)

  const grants: typeof device.grants = new Map([["refresh_token", issuer.refresh], ...device.grants])
  const token = (fields: Recorded.Incoming["fields"]) =>
    fields["client_id"] === Issuer.clientId
      ? grants.get(String(fields["grant_type"]))?.(fields) ?? Effect.succeed(unknownGrant)
      : Effect.succeed(unknownClient)

  const handle = <R>(
    endpoint: Endpoint | "unknown",
    respond: (incoming: Recorded.Incoming) => Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>
  ) =>
    Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest) {
      const { incoming, recorded } = yield* Recorded.read(request, issuer)
      requests.push(recorded)
      if (requests.length > 10_000) requests.shift()
      if (endpoint === "responses") yield* backend.counted
      const head = { "x-request-id": yield* Issuer.uuid }
      return yield* FaultHttp.around({
        faults,
        call: endpoint,
        request,
        work: respond(incoming),
        words: (answer) => Wire.whole(Wire.words(answer), head)
      })
    })

  const issuing = (endpoint: Endpoint, work: (fields: Recorded.Incoming["fields"]) => Effect.Effect<Reply.Http>) =>
    handle(
      endpoint,
      (incoming) =>
        Effect.flatMap(
          work(incoming.fields),
          (reply) => Effect.map(Issuer.uuid, (id) => Wire.whole(reply, { "x-request-id": id }))
        )
    )

  const onUnknown = (incoming: Recorded.Incoming) =>
    Effect.succeed(Wire.whole(
      incoming.path.startsWith("/backend-api/")
        ? Reply.http({ status: 404, body: { detail: "Not Found" } })
        : Reply.invalidUrl(incoming.request.method, incoming.path)
    ))

  const routes = HttpRouter.use(Effect.fnUntraced(function*(router) {
    yield* router.add("POST", "/api/accounts/deviceauth/usercode", issuing("usercode", device.usercode))
    yield* router.add("POST", "/api/accounts/deviceauth/token", issuing("deviceToken", device.deviceToken))
    yield* router.add("POST", "/oauth/device/code", issuing("deviceCode", device.deviceCode))
    yield* router.add("POST", "/oauth/token", issuing("token", token))
    yield* router.add("POST", "/oauth/revoke", issuing("revoke", issuer.revoke))
    yield* router.add("POST", "/backend-api/codex/responses", handle("responses", backend.responses))
    yield* router.add("GET", "/backend-api/codex/responses", handle("websocket", backend.websocket))
    yield* router.add("GET", "/backend-api/codex/models", handle("models", backend.models))
    yield* router.add("GET", "/backend-api/wham/usage", handle("usage", backend.usage))
    // Where clients look whose base URL has no /backend-api.
    yield* router.add("GET", "/api/codex/usage", handle("usage", backend.usage))
    yield* router.add("GET", "/backend-api/wham/accounts/check", handle("accounts", backend.accounts))
    yield* router.add("*", "*", handle("unknown", onUnknown))
  }))
  yield* listening.serve(yield* HttpRouter.toHttpEffect(routes))
  yield* hangUp

  return {
    issuer: root,
    baseUrl: `${root}/backend-api/codex`,
    signIn: issuer.signIn,
    pendingLogins: device.pendingLogins,
    awaitLogin: device.awaitLogin,
    approve: device.approve,
    deny: device.deny,
    expire: device.expire,
    ...faults.controls,
    ...backend.controls,
    expireAccessTokens: issuer.expireAccessTokens,
    revoke: issuer.revokeAll,
    requests: Effect.sync(() => requests.slice()),
    holds: (refreshToken) => Effect.sync(() => issuer.refreshStanding(refreshToken) === "valid"),
    refreshes: issuer.refreshes
  }
})

/**
 * Provides an emulator that lives as long as the layer.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<CodexEmulator, HttpServerError.ServeError> =>
  Layer.effect(CodexEmulator, make(options))

/**
 * Starts the emulator for a test without Effect: every effect of `Service` is a function that gives a promise, every
 * failure a rejection, and `close` stops it.
 *
 * @since 0.2.0
 * @category constructors
 */
export const start = (options?: Options): Promise<Started> => Promised.start(make(options))

/**
 * The emulator for a test without Effect.
 *
 * @since 0.2.0
 * @category models
 */
export type Started = Promised.Promised<Service> & Promised.Closing
