/**
 * The bot as a program: polling or a webhook in front, everything else of this library behind, settings from the
 * environment.
 *
 * It ends when it is interrupted, or when the process is asked to end: no more updates are taken, running answers have
 * fifteen seconds, and whoever gets none is told. A second signal does not wait.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- NodeHttpServer takes a server of Node's own.
import { createServer } from "node:http"
import { CodexAuth } from "../auth/CodexAuth.ts"
import { Codex } from "../conversation/Codex.ts"
import * as BotClient from "../telegram/BotClient.ts"
import * as Commands from "../telegram/Commands.ts"
import * as Health from "../telegram/Health.ts"
import * as Intake from "../telegram/Intake.ts"
import * as Transcriber from "../telegram/media/Transcriber.ts"
import * as Polling from "../telegram/Polling.ts"
import * as TelegramApi from "../telegram/TelegramApi.ts"
import * as TelegramDoor from "../telegram/TelegramDoor.ts"
import type { TelegramFailed } from "../telegram/TelegramError.ts"
import * as Webhook from "../telegram/Webhook.ts"
import * as BotLog from "./internal/botLog.ts"
import * as BotSettings from "./internal/botSettings.ts"
import * as Holding from "./internal/holding.ts"
import * as Introduction from "./internal/introduction.ts"
import * as Keeping from "./internal/keeping.ts"
import * as OutboundProxy from "./internal/outboundProxy.ts"
import * as Serving from "./internal/serving.ts"
import * as StopSignal from "./internal/stopSignal.ts"

/** How the program runs; what is not said here is in the environment. */
export interface Options {
  /** A file of settings, behind the environment. Default: none. */
  readonly envFile?: string | undefined
  /** Lines for a person, JSON, or nothing. Default: `CODEX_LOG_FORMAT`, else `plain`. */
  readonly log?: BotLog.Format | undefined
  /** How the bot behaves in a chat, over what the environment says. Default: nothing else. */
  readonly manners?: TelegramDoor.Manners | undefined
  /** How long running answers have when it ends. Default: 15 s. */
  readonly drain?: Duration.Input | undefined
  /** The port of `/health`, `/ready` and the webhook. Default: `CODEX_BOT_PORT`, else 8080 for a webhook, else none. */
  readonly port?: number | undefined
  /** Whether a webhook that is set for the bot is deleted before it polls. Default: false. */
  readonly deleteWebhook?: boolean | undefined
  /** Done when the program shall end; done again when it shall not wait. Default: SIGINT, SIGTERM or SIGHUP. */
  readonly stop?: Effect.Effect<void> | undefined
}

export { NotRunning } from "./internal/serving.ts"

/** What ends may hang: a store that is being written to, a chat that does not answer. */
const farewell = Duration.seconds(4)

/** Runs something in a fiber of its own: what is interrupted already has no time-outs any more. */
const apart = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flatMap(Effect.forkDetach(self), Fiber.await)

const notRunning = (client: BotClient.Service) => (failure: TelegramFailed): Serving.NotRunning => {
  const { code = "no answer", method } = failure
  return Serving.failed(
    failure.reason === "unauthorized" || code === 404
      ? `Telegram does not know this bot (${code}): copy TELEGRAM_BOT_TOKEN again from @BotFather.`
      : failure.reason === "unreachable"
      ? `What answers at ${client.host} is no Bot API: check TELEGRAM_API_ROOT.`
      : method === "setWebhook"
      ? `Telegram does not take the webhook (${code}): its address must be reachable from the internet, with a certificate that is trusted there.`
      : `Telegram at ${client.host} refused to run the bot (${code}): try again in a minute.`
  )
}

/** A server for the routes of a bot, as long as the scope. */
const serve = Effect.fnUntraced(function*(
  routes: Layer.Layer<never, never, HttpRouter.HttpRouter>,
  at: { readonly port: number; readonly host: string }
) {
  // Nobody who is slow on purpose keeps a connection.
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  yield* Layer.build(
    HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provide(NodeHttpServer.layer(() => server, { ...at, gracefulShutdownTimeout: "2 seconds" })),
      // Headers hold the secret of the webhook, and spans show headers.
      Layer.provide(Layer.succeed(HttpMiddleware.TracerDisabledWhen, () => true))
    )
  ).pipe(
    Effect.mapError(() => Serving.failed(`Nothing can listen on ${at.host}:${at.port}: set CODEX_BOT_PORT.`))
  )
  yield* Effect.logInfo(`Listening on ${at.host}:${at.port}.`)
})

/** Takes updates until it fails or is interrupted. */
type Intaking = (
  handle: Intake.Service["handle"],
  alone: Keeping.Alone
) => Effect.Effect<never, Serving.NotRunning>

/**
 * The way that updates come, by webhook or by polling. Its server listens from here on, as long as the scope: a supervisor
 * is answered also while Telegram is away, and what is posted before anybody takes it is posted again.
 */
const front = Effect.fnUntraced(function*(
  settings: BotSettings.Settings,
  options: Options,
  client: BotClient.Service
): Effect.fn.Return<Intaking, Serving.NotRunning, BotClient.BotClient | Scope.Scope> {
  const { host, webhook: hook } = settings
  const port = options.port ?? settings.port
  if (hook !== undefined) {
    const webhook = yield* Effect.mapError(Webhook.make(hook), Serving.badWebhook)
    const taker = yield* Deferred.make<Intake.Service["handle"]>()
    const route = webhook.route((update) => Effect.flatMap(Deferred.await(taker), (handle) => handle(update)))
    const readiness = Effect.map(webhook.state, ({ is }) => ({ is, isReady: is === "listening" }))
    yield* serve(Layer.merge(route, Health.routes(readiness)), { host, port: port ?? 8080 })
    return Effect.fnUntraced(function*(handle) {
      yield* Deferred.succeed(taker, handle)
      yield* Effect.mapError(webhook.set, notRunning(client))
      yield* Effect.logInfo(`Telegram sends updates to ${new URL(hook.url).host}.`)
      return yield* Effect.never
    })
  }
  const polling = yield* Polling.make({ deleteWebhook: options.deleteWebhook })
  if (port !== undefined) {
    // Of several instances one polls, and all answer.
    const readiness = Effect.map(
      polling.state,
      ({ is }) =>
        settings.store._tag === "Postgres" && is === "starting"
          ? { is: "standby", isReady: true }
          : { is, isReady: is === "polling" }
    )
    yield* serve(Health.routes(readiness), { host, port })
  }
  return (handle, alone) => Effect.mapError(alone("effect-codex/polling", polling.run(handle)), notRunning(client))
})

const program = Effect.fnUntraced(function*(settings: BotSettings.Settings, options: Options) {
  const { client: bot, store } = settings
  const client = yield* BotClient.make(bot)
  const open = yield* Scope.make()
  yield* Effect.addFinalizer((exit) => Scope.close(open, exit))
  const intake = yield* front(settings, options, client).pipe(
    Effect.provideService(BotClient.BotClient, client),
    Effect.provideService(Scope.Scope, open)
  )
  const house = yield* Keeping.house(store)
  const me = yield* BotClient.me.pipe(
    Effect.provideService(BotClient.BotClient, client),
    Effect.mapError(notRunning(client))
  )
  yield* Effect.provideContext(Holding.hold(store, String(me.id)), house)
  const door = TelegramDoor.make({
    greet: true,
    ...settings.door,
    ...options.manners,
    botUsername: settings.door.botUsername ?? me.username
  })

  // Answers that are under way come to their end before all that they stand on is closed; what waits is for the next
  // process. A second signal does not wait.
  const drain = Duration.fromInputUnsafe(options.drain ?? "15 seconds")
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer((exit) =>
    Effect.logInfo("Stopping: running answers are finished first.").pipe(
      Effect.andThen(Effect.forkDetach(Scope.close(scope, exit))),
      Effect.flatMap((closing) =>
        apart(Effect.raceFirst(
          Effect.asVoid(Effect.timeoutOption(Fiber.await(closing), Duration.sum(drain, farewell))),
          options.stop ?? StopSignal.next
        ))
      )
    )
  )
  const kept = yield* Effect.provideContext(Keeping.turns(store, drain, scope), house)
  const services = yield* Layer.provideMerge(Intake.layerTurns(me, kept.layer), TelegramApi.layerClient).pipe(
    Layer.provide(Transcriber.layerConfig()),
    Layer.provide(Layer.mergeAll(
      Layer.succeed(TelegramDoor.TelegramDoor, door),
      Layer.succeed(BotClient.BotClient, client),
      Layer.succeedContext(house)
    )),
    Layer.buildWithScope(scope),
    Effect.mapError(Serving.misconfigured),
    Keeping.begun(store)
  )
  const { handle } = Context.get(services, Intake.Intake)

  yield* client.call("setMyCommands", { commands: Commands.menu(door) }).pipe(
    Effect.timeout("20 seconds"),
    Effect.catch(() => Effect.logWarning("Telegram did not take the command menu; everything else works."))
  )
  yield* Introduction.say({
    me,
    door,
    store: Keeping.placeOf(store),
    login: yield* Context.get(house, CodexAuth).status,
    model: (yield* Context.get(house, Codex).status).model
  })

  // Nothing is taken any more when the running answers come to their end.
  return yield* Effect.ensuring(intake(handle, kept.alone), Scope.close(open, Exit.void))
})

/** Runs the bot of the environment until it is to stop; fails with what is wrong, in one line. */
export const bot = Effect.fnUntraced(function*(options: Options = {}) {
  const environment = options.envFile === undefined
    ? yield* ConfigProvider.ConfigProvider
    : yield* BotSettings.withEnvFile(options.envFile)
  yield* Effect.gen(function*() {
    const settings = yield* BotSettings.read
    yield* Effect.andThen(
      OutboundProxy.use,
      Effect.raceFirst(Effect.scoped(program(settings, options)), options.stop ?? StopSignal.next)
    ).pipe(
      Effect.andThen(Effect.logInfo("Stopped.")),
      Effect.provide(BotLog.layer(options.log ?? settings.format))
    )
  }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, environment),
    Effect.provide(FetchHttpClient.layer)
  )
})
