/**
 * Turns of several instances that share a database: whichever takes an update, its conversation is answered once and in
 * order, and what an instance leaves behind when it goes down, the others take over.
 *
 * Which instance has which conversation, who polls, and when somebody counts as gone is the engine's: Effect's cluster
 * over sockets and a Postgres. Instances speak to each other without a password, so their port belongs into a private
 * network. It is a door of its own (`effect-codex/telegram/cluster`), since nobody else should load sockets.
 */
import type * as MessageStorage from "effect/cluster/MessageStorage"
import type * as Sharding from "effect/cluster/Sharding"
import * as Singleton from "effect/cluster/Singleton"
import * as Config from "effect/Config"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SocketServerError } from "effect/socket/SocketServer"
import type { SqlClient } from "effect/sql/SqlClient"
import type { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import type { Codex } from "../conversation/Codex.ts"
import { ensure, finiteSpan } from "../internal/kinds.ts"
import { optional, present, words } from "../internal/settings.ts"
import * as SharedEngine from "./internal/sharedEngine.ts"
import type { TelegramDoor } from "./TelegramDoor.ts"
import type { Senders, Turns } from "./Turns.ts"
import * as TurnsDurable from "./TurnsDurable.ts"

/**
 * Where an instance is reached, and how long it may be silent.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The name or address at which the other instances reach this one. Default: `localhost`. */
  readonly host?: string | undefined
  /** The port of it; each instance on a machine has its own. Default: 34431. */
  readonly port?: number | undefined
  /** The address that it listens on, where that is another one: `0.0.0.0` in a container. Default: `host`. */
  readonly listenHost?: string | undefined
  /**
   * How long an instance may be silent before the others take its conversations over: one that was killed is noticed
   * sooner, as its database connection breaks. The same for all instances. Default: 10 s.
   */
  readonly takeOver?: Duration.Input | undefined
}

/**
 * Where an instance is reached that says nothing else.
 *
 * @since 0.2.0
 * @category models
 */
export const defaults = { host: "localhost", port: 34_431 } as const

/**
 * What mailboxes stand on: `TurnsDurable.layer` and `alone` need it.
 *
 * Use it where more than the turns is shared; `layer` has it inside. The tables are made at the first start. Fails when
 * the port is taken.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerEngine = (
  { host = defaults.host, listenHost = host, port = defaults.port, takeOver = "10 seconds" }: Options = {}
): Layer.Layer<
  Sharding.Sharding | MessageStorage.MessageStorage | WorkflowEngine,
  SocketServerError,
  SqlClient
> =>
  Layer.unwrap(Effect.map(
    ensure("TurnsCluster.layer", { takeOver: finiteSpan }, { takeOver }),
    () => SharedEngine.shared({ host, listenHost, port, takeOver: Duration.fromInputUnsafe(takeOver) })
  ))

/**
 * The mailboxes and turns of one of several instances over one Postgres, with the engine, and swept once an hour.
 *
 * All instances serve the same bots with the same settings. While a conversation moves from one to another, `accept`
 * fails with `TurnsUnavailable`, and Telegram sends the update again. Use `layerSingle` of `effect-codex/telegram/durable`
 * for one process.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: Options & TurnsDurable.Options = {}
): Layer.Layer<
  Turns | Sharding.Sharding,
  SocketServerError,
  Codex | TelegramDoor | Senders | SqlClient
> => Layer.provideMerge(TurnsDurable.layer(options), layerEngine(options))

/**
 * `CODEX_CLUSTER_HOST`, `CODEX_CLUSTER_PORT`, `CODEX_CLUSTER_LISTEN_HOST` and `CODEX_CLUSTER_TAKE_OVER`.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  host: words("CODEX_CLUSTER_HOST"),
  port: optional(Config.Port("CODEX_CLUSTER_PORT")),
  listenHost: words("CODEX_CLUSTER_LISTEN_HOST"),
  takeOver: optional(Config.Duration("CODEX_CLUSTER_TAKE_OVER"))
})

/**
 * `layer` with each option from the environment, or from a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<
  Turns | Sharding.Sharding,
  SocketServerError | Config.ConfigError,
  Codex | TelegramDoor | Senders | SqlClient
> => Layer.unwrap(Effect.map(Config.unwrap(present(options)), (options) => layer(options)))

/**
 * Runs an effect in one instance at a time: where that one goes down, another one begins it anew. For polling, of which
 * Telegram takes one a bot.
 *
 * Every instance runs this, and waits. A failure or a defect ends the waiting of the instance that it happened in.
 *
 * @since 0.2.0
 * @category combinators
 */
export const alone = <E, R>(
  name: string,
  run: Effect.Effect<never, E, R>
): Effect.Effect<never, E, R | Sharding.Sharding> =>
  Effect.scoped(Effect.gen(function*() {
    const ended = yield* Deferred.make<never, E>()
    yield* Layer.build(Singleton.make(
      name,
      run.pipe(
        Effect.catch((error) => Deferred.fail(ended, error)),
        Effect.catchDefect((defect) => Deferred.die(ended, defect)),
        Effect.asVoid
      )
    ))
    return yield* Deferred.await(ended)
  }))
