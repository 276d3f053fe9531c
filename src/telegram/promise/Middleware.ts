/**
 * The middleware: context in, work out.
 *
 * An update is read, its sender checked, its prompt handed to `Turns` as data; then the middleware returns, so that
 * polling never waits for an answer.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Access from "../Access.ts"
import * as AuthCommands from "../AuthCommands.ts"
import * as Incoming from "../Incoming.ts"
import { menu, type MenuEntry } from "../internal/commandMenu.ts"
import * as Departures from "../internal/departures.ts"
import * as Errands from "../internal/errands.ts"
import * as Following from "../internal/following.ts"
import * as Handling from "../internal/handling.ts"
import * as MovedChats from "../internal/movedChats.ts"
import * as Overheard from "../internal/overheard.ts"
import * as Pacer from "../internal/pacer.ts"
import * as Tracing from "../internal/tracing.ts"
import * as Transport from "../internal/transport.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import * as TelegramApi from "../TelegramApi.ts"
import * as TelegramDoor from "../TelegramDoor.ts"
import * as Turns from "../Turns.ts"
import * as Furniture from "./Furniture.ts"
import { Closed } from "./internal/closed.ts"
import * as ContextMethods from "./internal/contextMethods.ts"
import * as Options from "./Options.ts"
import type * as Promises from "./Promises.ts"

/**
 * What `bot.use` takes, in Telegraf, VibeGram and grammY alike. It never rejects.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexMiddleware {
  (context: object, next: () => unknown): Promise<void>
  /** The command menu, for `setMyCommands`; the one of a door in a layer is there after `ready()`. */
  readonly commands: Array<MenuEntry>
  /** Builds everything now, so that a broken configuration rejects here and not at the first message. */
  readonly ready: () => Promise<void>
  /**
   * Takes no more updates, waits for running answers up to `drainMs`, then stops them and closes the provider, if no other
   * bot has it: within five seconds more, whatever hangs.
   */
  readonly dispose: () => Promise<void>
}

/**
 * What the middleware adds to a context: `Telegraf<Context & CodexFlavor>`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexFlavor {
  codex: Promises.CodexContext
}

// Bots may share a provider: the last of them that ends closes it.
const bots = new WeakMap<object, number>()

const joins = (provider: object, by: 1 | -1): number => {
  const count = (bots.get(provider) ?? 0) + by
  bots.set(provider, count)
  return count
}

type Door = TelegramDoor.Service
type Work = Handling.Work

/** How long closing takes that is not waiting for running answers: all of it, and the words that are still owed. */
const closing = Duration.seconds(5)
const farewell = Duration.seconds(4)

/** Waits for something no longer than that. */
const within = (limit: Duration.Input, work: () => Promise<unknown>): Effect.Effect<void> =>
  Effect.asVoid(Effect.timeoutOption(Effect.promise(work), limit))

/** Makes the middleware. `commands` is the menu that its author has in hand: it says what the door of a layer says. */
export const make = <E>(
  options: Options.CodexOptions<E>,
  commands: Array<MenuEntry>
): CodexMiddleware => {
  const beside = Options.doorOf(options)
  const drainMs = options.drainMs ?? 15_000
  const provider = Options.providerOf(options)
  if (provider !== undefined) joins(provider, 1)
  const overheard = Overheard.make()
  const following = Following.make()
  const clients = new Map<string, TelegramApi.Service>()
  let door = beside === undefined ? undefined : TelegramDoor.make(beside)
  // Where it logs to, also when the rest of the layer cannot be built.
  let application = Context.empty()
  let isUsed = false
  let isDoorMissed = false
  let closed: Promise<void> | undefined
  let updates = 0

  // Who let a group in has let it in under its next id as well, until the bot is started again.
  const moved = MovedChats.make((from, to) => {
    if (door !== undefined) door = Access.following(door, from, to)
    if (closed !== undefined) return
    runtime.runFork(MovedChats.tell(from, to))
  })

  // A bot whose token is not known has a client for each conversation, which ends with it.
  const alone = "alone "

  const layerPacer = Layer.unwrap(
    Effect.map(TelegramDoor.TelegramDoor, ({ paced }) => paced ? Pacer.layer : Pacer.layerUnpaced)
  )
  const layerSenders = Layer.succeed(Turns.Senders, {
    of: (bot) =>
      Effect.suspend(() => {
        const client = clients.get(bot)
        return client === undefined ? Effect.fail(new Turns.UnknownBot({ bot })) : Effect.succeed(client)
      }),
    rested: (lane) => {
      if (lane.bot.startsWith(alone)) clients.delete(lane.bot)
    }
  })
  // What ends with it still has a word to say, at the same pace: so the pacer ends last.
  const runtime = ManagedRuntime.make(
    // Who disposes of it has waited already.
    Layer.merge(Layer.provideMerge(Errands.layer, Turns.layerLocalWith({ drain: 0 })), AuthCommands.layer).pipe(
      Layer.provide(layerSenders),
      Layer.provideMerge(Layer.mergeAll(layerPacer, Undelivered.layer, Layer.succeed(MovedChats.MovedChats, moved))),
      Layer.provideMerge(Furniture.layerOf(options, (found) => {
        application = found
      }))
    )
  )

  const knows = (found: Door): Door => {
    door ??= found
    commands.splice(0, commands.length, ...menu(found))
    return found
  }

  const doorOf = async (): Promise<Door | undefined> => {
    isUsed = true
    const exit = await runtime.runPromiseExit(TelegramDoor.TelegramDoor)
    if (Exit.isSuccess(exit)) return knows(exit.value)
    if (closed === undefined && !isDoorMissed) {
      isDoorMissed = true
      Effect.runForkWith(application)(
        Effect.logError("Nobody is answered: the bot's layer could not be built.", exit.cause)
      )
    }
    return undefined
  }

  const hold: Handling.Desk["hold"] = ({ bot }, api) => {
    const before = clients.get(bot)
    clients.set(bot, api)
    return () => before === undefined ? clients.delete(bot) : clients.set(bot, before)
  }

  const start = async (context: object, incoming: Handling.Known, desk: Handling.Desk, work: Work) => {
    const { lane } = desk
    const { destination } = incoming.origin
    const errand = Effect.gen(function*() {
      const api = TelegramApi.fromContext(context, yield* Pacer.Pacer, moved)
      const told = Effect.catch(work, (error) => Handling.refused(incoming, error))
      const errands = yield* Errands.Errands
      const fiber = yield* errands.begin(api, destination, Errands.kindOf(incoming._tag, lane), told)
      if (options.background !== false || fiber === undefined) return
      yield* Fiber.await(fiber)
      yield* Turns.Turns.use((turns) => turns.rests(lane))
    }).pipe(Tracing.update(incoming._tag, desk))
    isUsed = true
    const exit = await runtime.runPromiseExit(errand)
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) || closed !== undefined) return
    // A layer that could not be built: the person who asked may know why, and has no log to look into.
    await Effect.runPromiseWith(application)(
      Effect.andThen(
        Effect.logError("An update could not be handled.", exit.cause),
        LiveReply.say(destination, LiveReply.broken)
      ).pipe(Effect.provideService(TelegramApi.TelegramApi, TelegramApi.fromContext(context)))
    )
  }

  const middleware = async (context: object, next: () => unknown): Promise<void> => {
    const known = door ?? (closed === undefined ? await doorOf() : undefined)
    if (known === undefined || closed !== undefined) {
      await next()
      return
    }
    const bot = Transport.botOf(context)
    const standing = Departures.standingIn(context)
    MovedChats.read(context, moved)
    if (Option.isSome(standing) && !standing.value.isIn && bot !== undefined) {
      await runtime.runPromiseExit(Turns.Turns.use((turns) => turns.leave({ bot, id: standing.value.id })))
    }
    const laneOf = (named: string): Turns.Lane => {
      const conversation = moved.firstOf(named)
      return { bot: bot ?? alone + conversation, conversation }
    }
    let methods: Promises.CodexContext | undefined
    Object.defineProperty(context, "codex", {
      get: () =>
        methods ??= ContextMethods.make(
          Incoming.origin(context, known),
          laneOf,
          known,
          runtime,
          () => closed !== undefined
        ),
      configurable: true
    })
    const update = Incoming.updateId(context) ?? --updates
    const incoming = following.read(Incoming.read(context, known), update)
    const earlier = incoming._tag === "Nothing" ? undefined : following.take(incoming, update)
    if (incoming._tag === "Nothing" || earlier === undefined) {
      if (incoming._tag === "Nothing" && incoming.why !== undefined) runtime.runFork(Effect.logInfo(incoming.why))
      overheard.hear(context, known)
      await next()
      return
    }
    const lane = laneOf(incoming.origin.conversation)
    const desk = { door: known, lane, update, earlier, overheard, hold, done: Effect.void }
    const work = Handling.plan(incoming, desk)
    if (Option.isNone(work)) {
      await next()
      return
    }
    const started = start(context, incoming, desk, work.value)
    if (incoming._tag === "Spoken") overheard.hear(context, known)
    if (Handling.isForOthers(incoming)) await next()
    await started
  }

  const idle = Effect.gen(function*() {
    yield* Errands.Errands.use((errands) => errands.idle)
    yield* Turns.Turns.use((turns) => turns.drained)
  })

  const close = async (): Promise<void> => {
    if (isUsed) await Effect.runPromise(within(drainMs, () => runtime.runPromiseExit(idle)))
    // Not for ever: a store that hangs while it is being written to cannot be interrupted.
    const ends = Effect.andThen(
      within(farewell, () => runtime.dispose()),
      Effect.promise(async () => provider !== undefined && joins(provider, -1) === 0 ? provider.close?.() : undefined)
    )
    await Effect.runPromise(Effect.timeoutOption(ends, closing))
  }

  return Object.assign(middleware, {
    commands,
    ready: async () => {
      if (closed !== undefined) return Effect.runPromise(Effect.fail(new Closed({ of: "codex" })))
      isUsed = true
      knows(await runtime.runPromise(TelegramDoor.TelegramDoor))
    },
    dispose: () => closed ??= close()
  })
}
