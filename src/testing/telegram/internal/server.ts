/**
 * The HTTP side of the double: `/bot<token>/<method>` and `/file/bot<token>/<path>` on a free port of loopback.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- NodeHttpServer takes a server of Node's own.
import { createServer } from "node:http"
import type * as FaultScript from "../../faults/FaultScript.ts"
import type { Faults } from "../../internal/faults.ts"
import * as FaultHttp from "../../internal/faultyHttp.ts"
import type { Method } from "./desk.ts"
import { type Payload, readPayload, recorded } from "./payload.ts"
import { refuse, Refused, tooManyRequests } from "./refusals.ts"
import type { Envelope } from "./types.ts"
import type { World } from "./world.ts"

const respond = (envelope: Envelope): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(envelope, { status: envelope.ok ? 200 : envelope.error_code })

const usual: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: refuse("unauthorized").description,
  403: refuse("blockedByUser").description,
  404: refuse("notFound").description,
  409: refuse("otherPoll").description,
  413: refuse("uploadTooLarge").description,
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout"
}

/** What Telegram says when a script makes it answer with a status. */
const scripted = (answer: Extract<FaultScript.Fault, { readonly _tag: "Answer" }>): Envelope => {
  const { message, status: code } = answer
  const retryAfter = answer.retryAfter ?? (code === 429 ? 1 : undefined)
  const words = code === 429 ? tooManyRequests(retryAfter ?? 1).description : usual[code] ?? "Error"
  return new Refused({ code, description: message ?? words, ...(retryAfter !== undefined && { retryAfter }) }).envelope
}

/** Runs a method; a refusal is an answer too. An unknown method is told so. */
export const answerOf = (method: Method | undefined, payload: Payload): Effect.Effect<Envelope> =>
  (method === undefined ? Effect.fail(refuse("methodNotFound")) : method(payload)).pipe(
    Effect.map((result): Envelope => ({ ok: true, result })),
    Effect.catch((refused) => Effect.succeed(refused.envelope))
  )

/** Puts a call on record, as it was answered now. */
export const recordCall = (
  world: World,
  method: string,
  payload: Payload,
  answer: Envelope | undefined
): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (at) => world.record({ at, method, payload: recorded(payload), answer }))

/** Serves methods and files of a world. */
export const serve = (options: {
  readonly world: World
  readonly token: string
  readonly methodOf: (name: string) => Method | undefined
  readonly faults: Faults
}) => {
  const { faults, methodOf, token, world } = options

  const checkToken = Effect.fnUntraced(function*(given: string | undefined) {
    if (given !== token) return yield* refuse(/^\d+:[\w-]+$/.test(given ?? "") ? "unauthorized" : "notFound")
  })

  const call = Effect.fnUntraced(function*(request: HttpServerRequest) {
    const { method: name = "", token } = yield* HttpRouter.params
    yield* checkToken(token)
    const payload = yield* readPayload(request)
    let answer: Envelope | undefined
    const answered = (envelope: Envelope) => {
      answer = envelope
      return respond(envelope)
    }
    return yield* FaultHttp.around({
      faults,
      call: name,
      request,
      work: Effect.map(answerOf(methodOf(name), payload), answered),
      words: (fault) => answered(scripted(fault))
    }).pipe(
      // An interruption is a client that went away, or a script that cut the line: nobody has heard the answer.
      Effect.onExit((exit) => recordCall(world, name, payload, Exit.isSuccess(exit) ? answer : undefined))
    )
  }, Effect.catch((refused) => Effect.succeed(respond(refused.envelope))))

  const download = Effect.fnUntraced(function*(request: HttpServerRequest) {
    const { "*": path, token } = yield* HttpRouter.params
    yield* checkToken(token)
    const file = world.files.at(path ?? "", yield* Clock.currentTimeMillis)
    return yield* FaultHttp.around({
      faults,
      call: "file",
      request,
      work: file === undefined
        ? Effect.fail(refuse("notFound"))
        : Effect.succeed(HttpServerResponse.uint8Array(file.upload.bytes, { contentType: file.upload.type })),
      words: (fault) => respond(scripted(fault))
    })
  }, Effect.catch((refused) => Effect.succeed(respond(refused.envelope))))

  const routes = HttpRouter.use(Effect.fnUntraced(function*(router) {
    yield* router.add("*", "/bot:token/:method", call)
    yield* router.add("GET", "/file/bot:token/*", download)
    yield* router.add("*", "/*", respond(refuse("notFound").envelope))
  }))

  return Layer.unwrap(Effect.sync(() => {
    const server = createServer()
    // A poll that waits would hold up the shutdown.
    const close = Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections())))
    return HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(close),
      Layer.provideMerge(
        NodeHttpServer.layer(() => server, { host: "127.0.0.1", port: 0, gracefulShutdownTimeout: 0 })
      ),
      // The path holds the token, and spans show paths.
      Layer.provide(Layer.succeed(HttpMiddleware.TracerDisabledWhen, () => true))
    )
  }))
}
