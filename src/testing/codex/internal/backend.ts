/**
 * The emulated backend: answers, models, quota and workspaces, for whoever holds a good token.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Asked from "./asked.ts"
import * as Echo from "./echo.ts"
import * as Events from "./events.ts"
import * as Wire from "./http.ts"
import * as Issuer from "./issuer.ts"
import * as Models from "./models.ts"
import * as Queue from "./queue.ts"
import * as Quota from "./quota.ts"
import type { Incoming } from "./record.ts"
import * as Reply from "./reply.ts"
import { check, ImpossibleReply } from "./replyTypes.ts"
import { seal, unseal } from "./sealed.ts"

/**
 * How the backend behaves when nothing is scripted.
 *
 * @since 0.2.0
 * @category models
 */
export interface BackendOptions {
  /** Silence before each delta. Default: none. */
  readonly tokenDelay?: Duration.Input
  /** The `content-type` of a stream that succeeds. Default: none at all, like the real backend. */
  readonly contentType?: string
  /** Whether a body without `instructions` is refused. Default: true; the official CLI of today needs false. */
  readonly requireInstructions?: boolean
  /** The models of every account. Default: `CodexEmulator.models`, those of November 2026. */
  readonly models?: ReadonlyArray<Models.Model>
  /** Models that are listed and refused all the same, as `gpt-5.5` is for some. Default: none. */
  readonly retired?: ReadonlyArray<string>
  /**
   * How a model is refused that is not in the list, or `retired`. Default: `notSupported`, a 400; the others are the 404s
   * that were seen: `notFound`, `noAccess`, and `noAccessDetail` as a bare `detail`.
   */
  readonly modelRefusal?: Asked.ModelRefusal
}

/**
 * What a test tells the backend, and what it learns from it.
 *
 * @since 0.2.0
 * @category models
 */
export interface BackendControls {
  /**
   * Queues replies for the next requests to `/responses` that pass token and body checks.
   *
   * A scripted reply goes before the responder and before the quota. A request that is refused by the checks
   * leaves the queue as it is.
   */
  readonly script: (...replies: ReadonlyArray<Reply.Reply>) => Effect.Effect<void>
  /** Forgets all queued replies. */
  readonly clearScript: Effect.Effect<void>
  /** Replaces the responder that answers when nothing is scripted. */
  readonly respondWith: (responder: (asked: Asked.Asked) => Reply.Reply) => Effect.Effect<void>
  /** Replaces the models of every account, e.g. `[...CodexEmulator.models, { slug: "gpt-7" }]`. */
  readonly setModels: (models: ReadonlyArray<Models.Model>) => Effect.Effect<void>
  /** Sets how full the windows are, in percent; from 100 on every answer is a `usage_limit_reached`. */
  readonly setQuota: (options: Quota.QuotaOptions) => Effect.Effect<void>
  /** How many requests to `/responses` are being answered right now. */
  readonly openStreams: Effect.Effect<number>
  /** Waits until exactly so many requests to `/responses` are being answered; 0 waits for silence. */
  readonly awaitOpenStreams: (count: number) => Effect.Effect<void>
}

type Handler = (incoming: Incoming) => Effect.Effect<HttpServerResponse.HttpServerResponse>

/** The backend of one emulator. */
export interface Backend {
  readonly controls: BackendControls
  /** Counts a request to `/responses` as open until its scope closes. */
  readonly counted: Effect.Effect<void, never, Scope.Scope>
  readonly responses: Handler
  readonly websocket: Handler
  readonly models: Handler
  readonly usage: Handler
  readonly accounts: Handler
}

const planOf = (incoming: Incoming): string => incoming.bearer?.plan ?? "plus"

const unauthorizedBy = (incoming: Incoming): Reply.Http | undefined => {
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

// What the other wire of the backend refuses for certain; what this one bears is not known.
const maxBody = 16 * 1024 * 1024
const tooLarge = Reply.http({ status: 413, body: { detail: "Request body too large" } })

const upgradeRequired = Reply.http({ status: 426, body: { detail: "Upgrade Required" } })

/**
 * The one workspace of the bearer, which is served from here and may be used from everywhere.
 *
 * Its origin is told as https, though nothing here speaks it: the official CLI takes no other, and does not go there when
 * it has a model provider of its own.
 */
const workspaces = (root: string, incoming: Incoming): object => {
  const id = incoming.bearer?.accountId ?? ""
  return {
    accounts: [{
      id,
      account_user_id: `${incoming.bearer?.userId ?? ""}__${id}`,
      structure: "personal",
      plan_type: planOf(incoming),
      name: null,
      profile_picture_url: null,
      workspace_backend_origin: root.replace(/^http:/, "https:"),
      account_routing_override: "NO_CONSTRAINT"
    }],
    account_ordering: [id],
    default_account_id: id
  }
}

// What an async function gives is a promise, and that is no reply.
const isAsync = (f: unknown): boolean => Object.prototype.toString.call(f) === "[object AsyncFunction]"

/** A backend at this address, with a fresh quota and an empty script. */
export const make = Effect.fnUntraced(function*(root: string, options: BackendOptions): Effect.fn.Return<Backend> {
  const quota = yield* Quota.make
  let models = options.models ?? Models.models
  const tokenDelay = Duration.fromInputUnsafe(options.tokenDelay ?? 0)
  const open = yield* SubscriptionRef.make(0)
  const cached = new Map<string, number>()
  const replies = Queue.make()
  let responder: (asked: Asked.Asked) => Reply.Reply = Echo.respond

  const familyOf = (slug: string): string => Models.familyOf(models, slug)

  const whole = (reply: Reply.Http) => Effect.map(Issuer.uuid, (id) => Wire.whole(reply, { "x-request-id": id }))

  const answer = Effect.fnUntraced(function*(
    incoming: Incoming,
    asked: Asked.Asked,
    reply: Reply.Answer | Reply.Events | Reply.Bytes
  ) {
    yield* quota.count
    const id = yield* Issuer.uuid
    const createdAt = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const view = yield* quota.view(planOf(incoming))
    const steps = reply._tag === "Answer"
      ? Events.ofAnswer(reply, asked, {
        id: id.replaceAll("-", ""),
        createdAt,
        cachedTokens: cached.get(asked.sessionId ?? "") ?? 0,
        tokenDelay,
        seal: (messages) => seal({ account: incoming.bearer?.accountId ?? "", family: familyOf(asked.model), messages })
      })
      : reply._tag === "Events"
      ? Events.ofEvents(reply.events)
      : reply.chunks.map(Events.write)
    if (asked.sessionId !== undefined) cached.set(asked.sessionId, Events.inputTokens(asked))
    const headers = {
      ...view.headers,
      "x-request-id": id,
      "x-models-etag": Models.etag(models),
      "openai-model": asked.model,
      "server": "cloudflare",
      "cf-ray": `${id.slice(0, 8)}-CGK`
    }
    return Wire.stream(steps, headers, options.contentType)
  })

  const responses = Effect.fnUntraced(function*(incoming: Incoming) {
    const unauthorized = unauthorizedBy(incoming)
    if (unauthorized !== undefined) return yield* whole(unauthorized)
    if (incoming.bytes >= maxBody) return yield* whole(tooLarge)
    const asked = Asked.read(incoming.body, {
      models,
      retired: options.retired ?? [],
      modelRefusal: options.modelRefusal ?? "notSupported",
      unseal: (model) => unseal(incoming.bearer?.accountId ?? "", familyOf(model)),
      requireInstructions: options.requireInstructions ?? true,
      headers: incoming.headers
    })
    if (Result.isFailure(asked)) return yield* whole(asked.failure)
    const view = yield* quota.view(planOf(incoming))
    const reply = replies.take() ?? (view.fullUntil === undefined ? responder(asked.success) : Reply.usageLimit())
    const checked = check(reply)
    if (Result.isFailure(checked)) {
      // The client hears it as a failure of the server, and whoever reads the log sees which one.
      yield* Effect.logError(checked.failure.message)
      return yield* whole(Reply.refused(500, "impossible_reply", checked.failure.message))
    }
    switch (reply._tag) {
      case "Answer":
      case "Events":
      case "Bytes":
        return yield* answer(incoming, asked.success, reply)
      case "UsageLimit":
        return yield* whole(Wire.usageLimit(reply, view, planOf(incoming)))
      case "Http":
        return yield* whole(reply)
    }
  })

  return {
    controls: {
      script: (...scripted) =>
        Effect.andThen(
          Effect.orDie(Effect.forEach(scripted, (reply) => Effect.fromResult(check(reply)))),
          Effect.sync(() => replies.push(scripted))
        ),
      clearScript: Effect.sync(() => replies.clear()),
      respondWith: (next) =>
        Effect.suspend(() => {
          if (isAsync(next)) {
            return Effect.die(new ImpossibleReply({ reason: "a promise; a responder answers at once" }))
          }
          responder = next
          return Effect.void
        }),
      setModels: (next) =>
        Effect.sync(() => {
          models = next
        }),
      setQuota: quota.set,
      openStreams: SubscriptionRef.get(open),
      awaitOpenStreams: (count) =>
        SubscriptionRef.changes(open).pipe(
          Stream.filter((now) => now === count),
          Stream.take(1),
          Stream.runDrain
        )
    },
    // The scope of a request outlives its body, and closes when the client hangs up.
    counted: Effect.acquireRelease(
      SubscriptionRef.update(open, (count) => count + 1),
      () => SubscriptionRef.update(open, (count) => count - 1)
    ),
    responses,
    websocket: (incoming) => whole(unauthorizedBy(incoming) ?? upgradeRequired),
    models: (incoming) => {
      const version = incoming.query["client_version"]
      const etag = Models.etag(models)
      return whole(
        unauthorizedBy(incoming) ??
          (version === undefined
            ? clientVersionMissing
            : incoming.headers["if-none-match"] === etag
            ? Reply.http({ status: 304, headers: { etag } })
            : Reply.http({ status: 200, headers: { etag }, body: Models.toBody(models, version) }))
      )
    },
    usage: (incoming) =>
      Effect.flatMap(
        quota.view(planOf(incoming)),
        ({ body }) => whole(unauthorizedBy(incoming) ?? Reply.json(body))
      ),
    accounts: (incoming) => whole(unauthorizedBy(incoming) ?? Reply.json(workspaces(root, incoming)))
  }
})
