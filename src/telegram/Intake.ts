/**
 * The way in for raw updates: for bots that are written without a framework, and for whoever has them from a queue.
 *
 * It is the middleware without a context: the same reading, the same access, the same mailboxes. Answers go out by the
 * one client that it is given.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { CodexAuth } from "../auth/CodexAuth.ts"
import type { DeviceLogin } from "../auth/DeviceLogin.ts"
import type { Codex } from "../conversation/Codex.ts"
import { lazily } from "../internal/lazily.ts"
import type { BotClient } from "./BotClient.ts"
import type * as Handling from "./internal/handling.ts"
import type { TelegramApi } from "./TelegramApi.ts"
import { TelegramDoor } from "./TelegramDoor.ts"
import * as Turns from "./Turns.ts"

/**
 * The bot as Telegram knows it: what `getMe` answers.
 *
 * @since 0.2.0
 * @category models
 */
export interface Bot {
  readonly id: number
  /** Without `@`. */
  readonly username?: string | undefined
  /** What people call it: by it, too, a voice message in a group is meant for the bot. */
  readonly first_name?: string | undefined
}

/**
 * What became of an update: it was ours, or it says nothing to us and is for other handlers.
 *
 * @since 0.2.0
 * @category models
 */
export type Handled = "taken" | "passed"

/**
 * The way in.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /**
   * Takes an update as it comes from `getUpdates` or a webhook; anything may be handed in.
   *
   * It returns as soon as a prompt is in its mailbox, or what a command stops or forgets is, and never waits for an answer.
   * When it fails, nothing was kept:
   * the update should come again (a webhook answers 503). Whatever else goes wrong is told in the chat.
   */
  readonly handle: (update: unknown) => Effect.Effect<Handled, Turns.TurnsUnavailable>
  /** Waits until everything that was taken is done and answered. */
  readonly idle: Effect.Effect<void>
}

/**
 * The way in as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class Intake extends Context.Service<Intake, Service>()("effect-codex/Intake") {}

/** What stands behind a way in. */
type Needs = Codex | CodexAuth | DeviceLogin | TelegramDoor | TelegramApi

const behind = lazily(() => import("./internal/behindIntake.ts"))

const make = Effect.fnUntraced(function*(bot: Bot) {
  const { Access, Departures, Errands, Following, Handling, Incoming, MovedChats, Overheard, TelegramApi, Tracing } =
    yield* behind
  const services = yield* Effect.context<Exclude<Handling.Needs, TelegramApi>>()
  const api = yield* TelegramApi.TelegramApi
  const errands = yield* Errands.Errands
  const turns = yield* Turns.Turns
  const moved = yield* MovedChats.MovedChats
  let door = yield* TelegramDoor
  const overheard = Overheard.make()
  const following = Following.make()
  // Below nought, where Telegram numbers none; and no process numbers as another one did.
  let updates = -(yield* Clock.currentTimeMillis) * 1_000 - (yield* Random.nextIntBetween(0, 1_000))

  const handle: Service["handle"] = Effect.fnUntraced(function*(update) {
    const context = { update, botInfo: bot }
    const move = MovedChats.moveIn(context)
    if (Option.isSome(move)) {
      moved.learn(move.value.from, move.value.to)
      door = Access.following(door, move.value.from, move.value.to)
    }
    const standing = Departures.standingIn(context)
    if (Option.isSome(standing) && !standing.value.isIn) {
      yield* turns.leave({ bot: String(bot.id), id: standing.value.id })
    }
    const id = Incoming.updateId(context) ?? --updates
    const incoming = following.read(Incoming.read(context, door), id)
    const earlier = incoming._tag === "Nothing" ? undefined : following.take(incoming, id)
    if (incoming._tag === "Nothing" || earlier === undefined) {
      if (incoming._tag === "Nothing" && incoming.why !== undefined) yield* Effect.logInfo(incoming.why)
      overheard.hear(context, door)
      return "passed"
    }
    const conversation = moved.firstOf(incoming.origin.conversation)
    const lane: Turns.Lane = { bot: String(bot.id), conversation }
    const done = yield* Deferred.make<void>()
    const desk: Handling.Desk = {
      door,
      lane,
      update: id,
      earlier,
      overheard,
      hold: () => () => undefined,
      done: Deferred.succeed(done, undefined)
    }
    const work = Handling.plan(incoming, desk)
    if (Option.isNone(work)) return "passed"
    const begun = errands.begin(
      api,
      incoming.origin.destination,
      Errands.kindOf(incoming._tag, lane),
      work.value
    )
    yield* Effect.provideContext(begun, services).pipe(
      // Who brought it confirms it then: a kill before that brings it again.
      Effect.flatMap((fiber) =>
        fiber !== undefined && Handling.isAwaited(incoming)
          ? Effect.raceFirst(Fiber.join(fiber), Deferred.await(done))
          : Effect.void
      ),
      Tracing.update(incoming._tag, desk)
    )
    if (incoming._tag === "Spoken") overheard.hear(context, door)
    return Handling.isForOthers(incoming) ? "passed" : "taken"
  })

  return Intake.of({ handle, idle: Effect.andThen(errands.idle, turns.drained) })
})

/**
 * A way in over mailboxes that are there already; they send by `Turns.Senders`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (bot: Bot): Layer.Layer<Intake, never, Needs | Turns.Turns> =>
  Layer.unwrap(Effect.map(behind, ({ AuthCommands, Errands, MovedChats }) =>
    Layer.effect(Intake, make(bot)).pipe(
      Layer.provide(Errands.layer),
      Layer.provide(AuthCommands.layer),
      Layer.provide(MovedChats.layer)
    )))

/** One client for all mailboxes: this process runs one bot. */
const layerSenders = (bot: Bot): Layer.Layer<Turns.Senders, never, TelegramApi> =>
  Layer.effect(
    Turns.Senders,
    Effect.gen(function*() {
      const { TelegramApi } = yield* behind
      const api = yield* TelegramApi.TelegramApi
      return Turns.Senders.of({
        of: (asked) =>
          asked === String(bot.id) ? Effect.succeed(api) : Effect.fail(new Turns.UnknownBot({ bot: asked }))
      })
    })
  )

/**
 * A way in with mailboxes of your choice: they answer by the one client that it is given.
 *
 * `Turns.layerLocal` ends with the process; `layerSingle` of `effect-codex/telegram/durable` outlives it.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerTurns = <E, R>(
  bot: Bot,
  turns: Layer.Layer<Turns.Turns, E, R>
): Layer.Layer<Intake, E, Needs | Exclude<R, Turns.Senders>> =>
  Layer.unwrap(Effect.map(behind, ({ MovedChats, Undelivered }) =>
    layer(bot).pipe(
      Layer.provide(Layer.provide(turns, MovedChats.layer)),
      Layer.provide(layerSenders(bot)),
      Layer.provide(Undelivered.layer)
    )))

/**
 * A way in with mailboxes in this process: what is not answered when it ends is lost, and its chat is told so.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerLocal = (bot: Bot): Layer.Layer<Intake, never, Needs> => layerTurns(bot, Turns.layerLocal)

/**
 * The same, which answers by the client of a bot without a framework, at the pace of the door.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerClient = (
  bot: Bot
): Layer.Layer<Intake, never, Exclude<Needs, TelegramApi> | BotClient> =>
  Layer.provide(layerLocal(bot), Layer.unwrap(Effect.map(behind, ({ TelegramApi }) => TelegramApi.layerClient)))
