/**
 * A double of the Codex backend and of its issuer, as a server on loopback.
 *
 * Real clients talk to it over real sockets: it gives out tokens, rotates them, checks requests as the backend does
 * and streams answers event by event. It knows nothing of this library, so that it cannot share a mistake with it.
 * Time comes from `Clock` and chance from `Random`: under a test clock tokens expire when the test says so.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type * as HttpServerError from "effect/http/HttpServerError"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
// @effect-diagnostics-next-line nodeBuiltinImport:off
import { createServer } from "node:http"
import * as CodexAsked from "./internal/codexAsked.ts"
import * as CodexEcho from "./internal/codexEcho.ts"
import * as CodexEvents from "./internal/codexEvents.ts"
import * as CodexHttp from "./internal/codexHttp.ts"
import * as CodexIssuer from "./internal/codexIssuer.ts"
import * as CodexModels from "./internal/codexModels.ts"
import * as CodexQueue from "./internal/codexQueue.ts"
import * as CodexQuota from "./internal/codexQuota.ts"
import * as CodexRecord from "./internal/codexRecord.ts"
import * as Reply from "./internal/codexReply.ts"

export {
  /** Constructors of what can be answered: `Reply.text("Hello")`, `Reply.usageLimit()`, `Reply.cut({ after: 3 })`. */
  Reply
}
export type { Asked, Message } from "./internal/codexAsked.ts"
export type { SignInOptions } from "./internal/codexIssuer.ts"
export type { Model } from "./internal/codexModels.ts"
export type { QuotaOptions } from "./internal/codexQuota.ts"
export type { RecordedRequest } from "./internal/codexRecord.ts"

/** How the emulator behaves when nothing is scripted. */
export interface Options {
  /** Default: 0, any free port. */
  readonly port?: number
  /** Silence before each delta. Default: none. */
  readonly tokenDelay?: Duration.Input
  /** The `content-type` of a stream that succeeds. Default: none at all, like the real backend. */
  readonly contentType?: string
  /** Whether a body without `instructions` is refused. Default: true; the official CLI of today needs false. */
  readonly requireInstructions?: boolean
  /** The models of every account. Default: a handful, one of them hidden. */
  readonly models?: ReadonlyArray<CodexModels.Model>
}

/** The endpoints that can be told to refuse; every other path is a 404. */
export type Endpoint = "token" | "revoke" | "models" | "usage"

export interface Service {
  /** Root of the issuer, e.g. `http://127.0.0.1:40123`. */
  readonly issuer: string
  /** Root of the backend API: the issuer's address and `/backend-api/codex`. */
  readonly baseUrl: string

  /** Signs in a fresh account; the text of its auth.json, as the official CLI would have written it. */
  readonly signIn: (options?: CodexIssuer.SignInOptions) => Effect.Effect<string>

  /**
   * Queues replies for the next requests to `/responses` that pass token and body checks.
   *
   * A scripted reply goes before the responder and before the quota. A request that is refused by the checks
   * leaves the queue as it is.
   */
  readonly script: (...replies: ReadonlyArray<Reply.Reply>) => Effect.Effect<void>
  /**
   * Queues refusals for the next requests to another endpoint.
   *
   * At `token` and `revoke` they stand in for the work, so that no token is used up, unless they come `afterWork`;
   * at `models` and `usage` they go after the check of the bearer.
   */
  readonly scriptAt: (endpoint: Endpoint, ...refusals: ReadonlyArray<Reply.Refusal>) => Effect.Effect<void>
  /** Forgets all queued replies of all endpoints. */
  readonly clearScripts: Effect.Effect<void>
  /** Replaces the responder that answers when nothing is scripted. */
  readonly respondWith: (responder: (asked: CodexAsked.Asked) => Reply.Reply) => Effect.Effect<void>

  /** The access tokens given out so far count as expired at the backend, whatever they say themselves. */
  readonly expireAccessTokens: Effect.Effect<void>
  /** Ends every session: access tokens are invalidated, refresh tokens refused. */
  readonly revoke: Effect.Effect<void>
  /** Sets how full the windows are, in percent; from 100 on every answer is a `usage_limit_reached`. */
  readonly setQuota: (options: CodexQuota.QuotaOptions) => Effect.Effect<void>

  /** The requests so far (the last ten thousand), oldest first, without their tokens. */
  readonly requests: Effect.Effect<ReadonlyArray<CodexRecord.RecordedRequest>>
  /** How many times tokens were renewed. */
  readonly refreshes: Effect.Effect<number>
  /** How many requests to `/responses` are being answered right now. */
  readonly openStreams: Effect.Effect<number>
  /** Waits until exactly so many requests to `/responses` are being answered; 0 waits for silence. */
  readonly awaitOpenStreams: (count: number) => Effect.Effect<void>
}

/** The emulator as a service. */
export class CodexEmulator extends Context.Service<CodexEmulator, Service>()("effect-codex/CodexEmulator") {}

const unauthorizedBy = (incoming: CodexRecord.Incoming): Reply.Http | undefined => {
  switch (incoming.standing) {
    case "valid": {
      const account = incoming.headers["chatgpt-account-id"]
      return account === undefined || account === incoming.bearer?.accountId
        ? undefined
        : Reply.modelForbidden("invalid_workspace_selected")
    }
    case "expired":
      return Reply.unauthorized("token_expired")
    case "revoked":
      return Reply.unauthorized("token_invalidated")
    default:
      return Reply.http({ status: 401, body: { detail: "Unauthorized" } })
  }
}

const clientVersionMissing = Reply.http({
  status: 400,
  body: {
    error: {
      message: "[{'type': 'missing', 'loc': ('query', 'client_version'), 'msg': 'Field required', 'input': None}]",
      type: "invalid_request_error",
      param: null,
      code: null
    }
  }
})

/** Starts the emulator; it stops with the scope, together with every connection. */
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
  const issuer = CodexIssuer.make(root)
  const quota = yield* CodexQuota.make
  const models = options.models ?? CodexModels.defaultModels
  const etag = CodexModels.etag(models)
  const tokenDelay = Duration.fromInputUnsafe(options.tokenDelay ?? 0)
  const open = yield* SubscriptionRef.make(0)
  const requests: Array<CodexRecord.RecordedRequest> = []
  const cached = new Map<string, number>()
  const replies = CodexQueue.make<Reply.Reply>()
  const refusals = {
    token: CodexQueue.make<Reply.Refusal>(),
    revoke: CodexQueue.make<Reply.Refusal>(),
    models: CodexQueue.make<Reply.Refusal>(),
    usage: CodexQueue.make<Reply.Refusal>()
  }
  let responder: (asked: CodexAsked.Asked) => Reply.Reply = CodexEcho.respond

  const planOf = (incoming: CodexRecord.Incoming) => incoming.bearer?.plan ?? "plus"

  const refuse = Effect.fnUntraced(function*(incoming: CodexRecord.Incoming, reply: Reply.Refusal) {
    yield* CodexHttp.pause(reply.delay)
    const view = yield* quota.view(planOf(incoming))
    const head = { "x-request-id": yield* CodexIssuer.uuid }
    return yield* CodexHttp.refuse(incoming.request, reply, view, head, planOf(incoming))
  })

  const answer = Effect.fnUntraced(function*(
    incoming: CodexRecord.Incoming,
    asked: CodexAsked.Asked,
    reply: Reply.Answer | Reply.Events | Reply.Bytes
  ) {
    yield* CodexHttp.pause(reply.delay)
    yield* quota.count
    const id = yield* CodexIssuer.uuid
    const createdAt = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const view = yield* quota.view(planOf(incoming))
    const steps = reply._tag === "Answer"
      ? CodexEvents.ofAnswer(reply, asked, {
        id: id.replaceAll("-", ""),
        createdAt,
        cachedTokens: cached.get(asked.sessionId ?? "") ?? 0,
        tokenDelay
      })
      : reply._tag === "Events"
      ? CodexEvents.ofEvents(reply.events)
      : reply.chunks.map(CodexEvents.write)
    if (asked.sessionId !== undefined) cached.set(asked.sessionId, CodexEvents.inputTokens(asked))
    const headers = {
      ...view.headers,
      "x-request-id": id,
      "x-models-etag": etag,
      "openai-model": asked.model,
      "server": "cloudflare",
      "cf-ray": `${id.slice(0, 8)}-CGK`
    }
    return CodexHttp.stream(incoming.request, steps, headers, options.contentType)
  })

  // The scope of a request outlives its body, and closes when the client hangs up.
  const counted = Effect.acquireRelease(
    SubscriptionRef.update(open, (count) => count + 1),
    () => SubscriptionRef.update(open, (count) => count - 1)
  )

  const onResponses = Effect.fnUntraced(function*(incoming: CodexRecord.Incoming) {
    yield* counted
    const unauthorized = unauthorizedBy(incoming)
    if (unauthorized !== undefined) return yield* refuse(incoming, unauthorized)
    const asked = CodexAsked.read(incoming.body, {
      models,
      requireInstructions: options.requireInstructions ?? true,
      headers: incoming.headers
    })
    if (Result.isFailure(asked)) return yield* refuse(incoming, asked.failure)
    const { fullUntil } = yield* quota.view(planOf(incoming))
    const reply = replies.take() ?? (fullUntil === undefined ? responder(asked.success) : Reply.usageLimit())
    switch (reply._tag) {
      case "Answer":
      case "Events":
      case "Bytes":
        return yield* answer(incoming, asked.success, reply)
      default:
        return yield* refuse(incoming, reply)
    }
  })

  const onIssuer = (endpoint: "token" | "revoke") => (incoming: CodexRecord.Incoming) => {
    const work = Effect.suspend(() => issuer[endpoint](incoming.fields))
    const scripted = refusals[endpoint].take()
    return scripted === undefined
      ? Effect.flatMap(work, (reply) => refuse(incoming, reply))
      : Effect.andThen(scripted.afterWork ? work : Effect.void, refuse(incoming, scripted))
  }

  const onModels = (incoming: CodexRecord.Incoming) => {
    const version = incoming.query["client_version"]
    return refuse(
      incoming,
      unauthorizedBy(incoming) ?? refusals.models.take() ??
        (version === undefined
          ? clientVersionMissing
          : incoming.headers["if-none-match"] === etag
          ? Reply.http({ status: 304, headers: { etag } })
          : Reply.http({ status: 200, headers: { etag }, body: CodexModels.toBody(models, version) }))
    )
  }

  const onUsage = Effect.fnUntraced(function*(incoming: CodexRecord.Incoming) {
    const { body } = yield* quota.view(planOf(incoming))
    return yield* refuse(incoming, unauthorizedBy(incoming) ?? refusals.usage.take() ?? Reply.json(body))
  })

  const onUnknown = (incoming: CodexRecord.Incoming) =>
    refuse(
      incoming,
      incoming.path.startsWith("/backend-api/")
        ? Reply.http({ status: 404, body: { detail: "Not Found" } })
        : Reply.http({
          status: 404,
          body: {
            error: {
              message: `Invalid URL (${incoming.request.method} ${incoming.path})`,
              type: "invalid_request_error",
              param: null,
              code: null
            }
          }
        })
    )

  const handle = <R>(
    respond: (incoming: CodexRecord.Incoming) => Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>
  ) =>
    Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest) {
      const { incoming, recorded } = yield* CodexRecord.read(request, issuer)
      requests.push(recorded)
      if (requests.length > 10_000) requests.shift()
      return yield* respond(incoming)
    })

  const routes = HttpRouter.use(Effect.fnUntraced(function*(router) {
    yield* router.add("POST", "/oauth/token", handle(onIssuer("token")))
    yield* router.add("POST", "/oauth/revoke", handle(onIssuer("revoke")))
    yield* router.add("POST", "/backend-api/codex/responses", handle(onResponses))
    yield* router.add("GET", "/backend-api/codex/models", handle(onModels))
    yield* router.add("GET", "/backend-api/wham/usage", handle(onUsage))
    yield* router.add("*", "*", handle(onUnknown))
  }))
  yield* listening.serve(yield* HttpRouter.toHttpEffect(routes))
  yield* hangUp

  return {
    issuer: root,
    baseUrl: `${root}/backend-api/codex`,
    signIn: issuer.signIn,
    script: (...scripted) => Effect.sync(() => replies.push(scripted)),
    scriptAt: (endpoint, ...scripted) => Effect.sync(() => refusals[endpoint].push(scripted)),
    clearScripts: Effect.sync(() => {
      for (const queue of [replies, ...Object.values(refusals)]) queue.clear()
    }),
    respondWith: (next) =>
      Effect.sync(() => {
        responder = next
      }),
    expireAccessTokens: issuer.expireAccessTokens,
    revoke: issuer.revokeAll,
    setQuota: quota.set,
    requests: Effect.sync(() => requests.slice()),
    refreshes: issuer.refreshes,
    openStreams: SubscriptionRef.get(open),
    awaitOpenStreams: (count) =>
      SubscriptionRef.changes(open).pipe(
        Stream.filter((now) => now === count),
        Stream.take(1),
        Stream.runDrain
      )
  }
})

/** Provides an emulator that lives as long as the layer. */
export const layer = (options?: Options): Layer.Layer<CodexEmulator, HttpServerError.ServeError> =>
  Layer.effect(CodexEmulator, make(options))
