/**
 * What a supervisor asks of a bot: whether it lives (`/health`), and whether updates reach it (`/ready`).
 *
 * A bot that Telegram cannot be reached from lives: to start it anew helps nobody. So only `/ready` tells of it.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"

/**
 * Whether updates come, and why not.
 *
 * @since 0.2.0
 * @category models
 */
export interface Readiness {
  readonly isReady: boolean
  /** One word, without anything that was said: `polling`, `unreachable`, `otherPoller`, … */
  readonly is: string
}

const unkept = { "cache-control": "no-store" }

/**
 * The two routes for a server: `/health` is 200 as long as the process answers, `/ready` is 200 or 503 with a word why.
 *
 * @since 0.2.0
 * @category layers
 */
export const routes = (readiness: Effect.Effect<Readiness>): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  HttpRouter.use(Effect.fnUntraced(function*(router) {
    yield* router.add("GET", "/health", HttpServerResponse.jsonUnsafe({ ok: true }, { headers: unkept }))
    yield* router.add(
      "GET",
      "/ready",
      Effect.map(
        readiness,
        ({ is, isReady }) =>
          HttpServerResponse.jsonUnsafe({ ok: isReady, is }, { status: isReady ? 200 : 503, headers: unkept })
      )
    )
  }))
