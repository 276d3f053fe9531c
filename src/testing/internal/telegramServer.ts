/**
 * The HTTP side of the double: `/bot<token>/<method>` and `/file/bot<token>/<path>` on a free port of loopback.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- NodeHttpServer takes a server of Node's own.
import { createServer } from "node:http"
import { type Faults, refusalOf } from "./telegramLimits.ts"
import type { Method } from "./telegramMethods.ts"
import { readPayload, recorded } from "./telegramPayload.ts"
import { type Envelope, Refused } from "./telegramTypes.ts"
import type { World } from "./telegramWorld.ts"

const respond = (envelope: Envelope): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(envelope, { status: envelope.ok ? 200 : envelope.error_code })

const unauthorized = new Refused({ code: 401, description: "Unauthorized" })
const notFound = new Refused({ code: 404, description: "Not Found" })
const unknownMethod = new Refused({ code: 404, description: "Not Found: method not found" })

/** Cuts the connection; the fiber of the request is interrupted by that. */
const hangUp = (request: HttpServerRequest): Effect.Effect<never> =>
  Effect.andThen(
    Effect.sync(() => NodeHttpServerRequest.toIncomingMessage(request).socket.destroy()),
    Effect.never
  )

/** Serves methods and files of a world. */
export const serve = (options: {
  readonly world: World
  readonly token: string
  readonly methods: Readonly<Record<string, Method>>
  readonly faults: Faults
}) => {
  const { faults, methods, token, world } = options

  const checkToken = Effect.fnUntraced(function*(given: string | undefined) {
    if (given !== token) return yield* /^\d+:[\w-]+$/.test(given ?? "") ? unauthorized : notFound
  })

  const call = Effect.fnUntraced(function*(request: HttpServerRequest) {
    const { method: name = "", token } = yield* HttpRouter.params
    yield* checkToken(token)
    const method = Object.hasOwn(methods, name.toLowerCase()) ? methods[name.toLowerCase()] : undefined
    const payload = yield* readPayload(request)
    const fault = faults.take(name)
    const run: Effect.Effect<unknown, Refused> = method === undefined
      ? Effect.fail(unknownMethod)
      : fault !== undefined && "code" in fault
      ? Effect.fail(refusalOf(fault))
      : method(payload)
    const record = (answer: Envelope | undefined): Effect.Effect<void> =>
      Effect.map(
        Clock.currentTimeMillis,
        (at) => world.record({ at, method: name, payload: recorded(payload), answer })
      )
    if (fault !== undefined && "drop" in fault) {
      if (fault.drop === "after") yield* Effect.ignore(run)
      yield* record(undefined)
      return yield* hangUp(request)
    }
    const envelope = yield* run.pipe(
      Effect.map((result): Envelope => ({ ok: true, result })),
      Effect.catch((refused) => Effect.succeed(refused.envelope)),
      Effect.onInterrupt(() => record(undefined))
    )
    yield* record(envelope)
    return respond(envelope)
  }, Effect.catch((refused) => Effect.succeed(respond(refused.envelope))))

  const download = Effect.gen(function*() {
    const { "*": path, token } = yield* HttpRouter.params
    yield* checkToken(token)
    const file = [...world.files.values()].find((file) => file.path === path)
    if (file === undefined) return yield* notFound
    return HttpServerResponse.uint8Array(file.upload.bytes, { contentType: file.document.mime_type })
  }).pipe(Effect.catch((refused) => Effect.succeed(respond(refused.envelope))))

  const routes = HttpRouter.use(Effect.fnUntraced(function*(router) {
    yield* router.add("*", "/bot:token/:method", call)
    yield* router.add("GET", "/file/bot:token/*", download)
    yield* router.add("*", "/*", respond(notFound.envelope))
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
