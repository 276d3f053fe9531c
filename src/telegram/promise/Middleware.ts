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
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Access from "../Access.ts"
import * as AuthCommands from "../AuthCommands.ts"
import * as Commands from "../Commands.ts"
import * as Incoming from "../Incoming.ts"
import * as Pacer from "../internal/pacer.ts"
import * as Transport from "../internal/transport.ts"
import * as AnswerText from "../reply/internal/answerText.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import * as TelegramApi from "../TelegramApi.ts"
import * as TelegramDoor from "../TelegramDoor.ts"
import type { AccessDenied, DoorError } from "../TelegramError.ts"
import * as Turns from "../Turns.ts"
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
  /** The command menu, for `setMyCommands`. */
  readonly commands: Array<Commands.MenuEntry>
  /** Builds everything now, so that a broken configuration rejects here and not at the first message. */
  readonly ready: () => Promise<void>
  /** Takes no more updates, waits for running answers up to `drainMs`, then stops them and closes the provider. */
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

type Work = Effect.Effect<void, never, Commands.Needs>
type Door = TelegramDoor.Service
type Known = Exclude<Incoming.Incoming, { _tag: "Nothing" }>

/** Does something that has a word to say at its end, and says it. */
const told = (
  { destination }: Incoming.Origin,
  work: Effect.Effect<string | undefined, DoorError | Turns.TurnsUnavailable, Commands.Needs>
): Work =>
  work.pipe(
    Effect.catch((error) =>
      Effect.succeed(error._tag === "TurnsUnavailable" ? `⚠️ ${error.message}` : LiveReply.failureText(error))
    ),
    Effect.flatMap((text) => text === undefined ? Effect.void : LiveReply.say(destination, text)),
    Effect.onInterrupt(() => LiveReply.sayStopped(destination))
  )

const full = "⚠️ Too many messages are waiting here. Wait for their answers, or stop them, and ask again."

/** Hands a prompt over. A mailbox that is full says so once, until it takes something again. */
const accept = (
  { chatId, destination, isPrivate, messageId, userId }: Incoming.Origin,
  lane: Turns.Lane,
  update: number,
  text: string,
  notices: Set<string>
): Work =>
  Turns.Turns.use((turns) =>
    turns.accept({
      lane,
      update,
      origin: {
        chat: chatId,
        isPrivate,
        message: messageId,
        ...(destination.threadId !== undefined && { thread: destination.threadId }),
        ...(userId !== undefined && { user: userId })
      },
      content: [{ _tag: "Text", text }]
    })
  ).pipe(
    Effect.flatMap((taken) => {
      if (taken !== "full") {
        notices.delete(lane.conversation)
        return Effect.void
      }
      if (notices.has(lane.conversation)) return Effect.void
      notices.add(lane.conversation)
      return LiveReply.say(destination, full)
    }),
    Effect.catch((unavailable) => LiveReply.say(destination, `⚠️ ${unavailable.message}`))
  )

/** Answers the press of a button; a press that is not answered keeps turning. */
const note = (origin: Incoming.Origin, callbackId: string | undefined, text: string): Work =>
  callbackId === undefined
    ? Effect.void
    : Effect.ignore(TelegramApi.TelegramApi.use((api) => api.answerCallback(origin.destination, callbackId, text)))

const stop = (origin: Incoming.Origin, lane: Turns.Lane, callbackId: string | undefined): Work =>
  Turns.Turns.use((turns) => turns.stop(lane)).pipe(
    Effect.map(({ dropped, running }) =>
      dropped > 0 ? `Stopped. ${Commands.dropped(dropped)}` : running ? "Stopped." : Commands.nothingToStop
    ),
    Effect.catch((unavailable) => Effect.succeed(unavailable.message)),
    Effect.flatMap((text) => note(origin, callbackId, text))
  )

const deny = (incoming: Known, denied: AccessDenied): Option.Option<Work> => {
  const { origin } = incoming
  if (incoming._tag === "Stop") return Option.some(note(origin, incoming.callbackId, denied.message))
  // A group need not read that somebody in it may not use the bot.
  return origin.isPrivate
    ? Option.some(LiveReply.say(origin.destination, LiveReply.failureText(denied)))
    : Option.none()
}

interface Desk {
  readonly door: Door
  readonly lane: Turns.Lane
  readonly update: number
  /** The conversations that were told that they are full. */
  readonly notices: Set<string>
}

/** What is to be done about an update; nothing when it is none of our business. */
const plan = (incoming: Known, { door, lane, notices, update }: Desk): Option.Option<Work> => {
  const { origin } = incoming
  const access = Access.check(origin, door)
  if (Result.isFailure(access)) return deny(incoming, access.failure)
  switch (incoming._tag) {
    case "Stop":
      return Option.some(stop(origin, lane, incoming.callbackId))
    case "Import":
      return Option.some(told(origin, AuthCommands.importLogin({ origin, door }, incoming.source)))
    case "Prompt":
      return Option.some(accept(origin, lane, update, incoming.text, notices))
    case "Command": {
      const words = incoming.arguments
      if (incoming.name === "ask" && words !== "") return Option.some(accept(origin, lane, update, words, notices))
      return Option.some(Option.match(Commands.find(incoming.name, words), {
        onNone: () => LiveReply.say(origin.destination, Commands.help(door)),
        onSome: ([command, rest]) => told(origin, Commands.run(command, { origin, arguments: rest, door, lane }))
      }))
    }
  }
}

/** What runs for single updates: commands, notices. */
class Errands extends Context.Service<Errands, FiberSet.FiberSet<void>>()(
  "effect-codex/Middleware/Errands"
) {}

/** How long a stage of closing may take that is not a running answer. */
const closing = Duration.seconds(5)

/**
 * Makes the middleware.
 *
 * It never rejects: the person who asked reads what happened and what to do. Without a word on who may use the bot it
 * answers nobody, and `ready()` rejects.
 *
 * @since 0.1.0
 * @category constructors
 */
export function codex(options: Options.CodexOptions): CodexMiddleware
/**
 * @since 0.1.0
 * @category constructors
 */
export function codex<E>(options: Options.CodexOptions<E>): CodexMiddleware {
  const beside = Options.doorOf(options)
  let door = beside === undefined ? undefined : TelegramDoor.make(beside)
  const drainMs = options.drainMs ?? 15_000
  const notices = new Set<string>()
  const clients = new Map<string, TelegramApi.Service>()
  let open = true
  let updates = 0

  const layerPacer = Layer.unwrap(
    Effect.map(TelegramDoor.TelegramDoor, ({ paced }) => paced ? Pacer.layer : Pacer.layerUnpaced)
  )
  const layerSenders = Layer.succeed(Turns.Senders, {
    of: (bot) =>
      Effect.suspend(() => {
        const client = clients.get(bot)
        return client === undefined ? Effect.fail(new Turns.UnknownBot({ bot })) : Effect.succeed(client)
      })
  })
  // What ends with it still has a word to say, at the same pace: so the pacer ends last.
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(Turns.layerLocal, AuthCommands.layer, Layer.effect(Errands, FiberSet.make<void>())).pipe(
      Layer.provide(layerSenders),
      Layer.provideMerge(Layer.merge(layerPacer, Undelivered.layer)),
      Layer.provideMerge(Options.layerOf(options))
    )
  )

  const doorOf = async (): Promise<Door | undefined> => {
    const exit = await runtime.runPromiseExit(TelegramDoor.TelegramDoor)
    if (Exit.isSuccess(exit)) return exit.value
    Effect.runFork(Effect.logError("Nobody is answered: the bot's layer could not be built.", exit.cause))
    return undefined
  }

  const start = async (context: object, { destination }: Incoming.Origin, bot: string, work: Work) => {
    const errand = Effect.gen(function*() {
      const api = TelegramApi.fromContext(context, yield* Pacer.Pacer)
      // What has only shortcuts knows no chat but its own: the newest context of each is kept, and of so many chats.
      clients.delete(bot)
      clients.set(bot, api)
      if (clients.size > 1000) {
        for (const oldest of clients.keys()) {
          clients.delete(oldest)
          break
        }
      }
      const fibers = yield* Errands
      return yield* FiberSet.run(
        fibers,
        work.pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.void
              : Effect.andThen(
                Effect.logError("An update could not be handled.", cause),
                LiveReply.say(destination, AnswerText.broken)
              )
          ),
          Effect.provideService(TelegramApi.TelegramApi, api)
        ),
        { startImmediately: true }
      )
    })
    const exit = await runtime.runPromiseExit(errand)
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return
    // A layer that could not be built: the person who asked may know why, and has no log to look into.
    await Effect.runPromise(
      Effect.andThen(
        Effect.logError("An update could not be handled.", exit.cause),
        LiveReply.say(destination, AnswerText.broken)
      ).pipe(Effect.provideService(TelegramApi.TelegramApi, TelegramApi.fromContext(context)))
    )
  }

  const middleware = async (context: object, next: () => unknown): Promise<void> => {
    door ??= await doorOf()
    const known = door
    if (known === undefined || !open) {
      await next()
      return
    }
    let methods: Promises.CodexContext | undefined
    Object.defineProperty(context, "codex", {
      get: () => methods ??= ContextMethods.make(Incoming.origin(context), known, runtime),
      configurable: true
    })
    const incoming = Incoming.read(context, known)
    if (incoming._tag === "Nothing") {
      if (incoming.why !== undefined) runtime.runFork(Effect.logInfo(incoming.why))
      await next()
      return
    }
    const bot = Transport.botOf(context) ?? `chat ${incoming.origin.chatId}`
    const lane = { bot, conversation: incoming.origin.conversation }
    const work = plan(incoming, { door: known, lane, update: Incoming.updateId(context) ?? --updates, notices })
    if (Option.isNone(work)) {
      await next()
      return
    }
    const started = start(context, incoming.origin, bot, work.value)
    // What only might be a login may be a file for a handler of the bot.
    if (incoming._tag === "Import" && incoming.source._tag === "File" && !incoming.source.isCertain) await next()
    await started
    if (options.background === false) await runtime.runPromise(idle)
  }

  const idle = Effect.gen(function*() {
    yield* FiberSet.awaitEmpty(yield* Errands)
    yield* Turns.Turns.use((turns) => turns.drained)
  })

  return Object.assign(middleware, {
    commands: Commands.menu(door ?? TelegramDoor.make({ allowedUserIds: [] })),
    ready: () => runtime.runPromise(Effect.void),
    dispose: async () => {
      open = false
      const built = Effect.timeoutOption(Effect.ignore(idle), Duration.millis(drainMs))
      await Effect.runPromise(Effect.timeoutOption(Effect.promise(() => runtime.runPromiseExit(built)), drainMs + 1000))
      // Not for ever: a store that hangs while it is being written to cannot be interrupted.
      await Effect.runPromise(Effect.timeoutOption(Effect.promise(() => runtime.dispose()), closing))
      const provider = Options.providerOf(options)
      await Effect.runPromise(Effect.timeoutOption(Effect.promise(async () => provider?.close?.()), closing))
    }
  })
}
