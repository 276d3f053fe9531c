/**
 * The middleware: context in, fiber out.
 *
 * An update is read, its sender checked, its prompt handed to the lane of its conversation; then the
 * middleware returns, so that polling never waits for an answer.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Settings } from "../../CodexConfig.ts"
import { Codex } from "../../conversation/Codex.ts"
import * as Access from "../Access.ts"
import * as AuthCommands from "../AuthCommands.ts"
import * as Commands from "../Commands.ts"
import * as Incoming from "../Incoming.ts"
import * as Lanes from "../internal/lanes.ts"
import * as Pacer from "../internal/pacer.ts"
import * as AnswerText from "../reply/internal/answerText.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import * as TelegramApi from "../TelegramApi.ts"
import type { AccessDenied, DoorError } from "../TelegramError.ts"
import * as ContextMethods from "./internal/contextMethods.ts"
import * as Options from "./Options.ts"
import type * as Promises from "./Promises.ts"

/** What `bot.use` takes, in Telegraf, VibeGram and grammY alike. */
export interface CodexMiddleware {
  (context: object, next: () => unknown): Promise<void>
  /** The command menu, for `setMyCommands`. */
  readonly commands: Array<Commands.MenuEntry>
  /** Builds everything now, so that a broken configuration rejects here and not at the first message. */
  readonly ready: () => Promise<void>
  /** Takes no more updates, waits for running answers up to `drainMs`, then stops them and closes the provider. */
  readonly dispose: () => Promise<void>
}

/** What the middleware adds to a context: `Telegraf<Context & CodexFlavor>`. */
export interface CodexFlavor {
  codex: Promises.CodexContext
}

type Work = Effect.Effect<void, never, Commands.Needs>

const answer = (origin: Incoming.Origin, text: string, settings: Settings, inOrder: (work: Work) => Work): Work => {
  const { chatId, conversation, destination, userId } = origin
  let isShown = false
  return inOrder(Codex.use((codex) => {
    isShown = true
    return LiveReply.show(
      { ...origin, settings },
      codex.stream({ text, conversation, userId, chatId, reasoningSummary: settings.reasoning === "show" })
    )
  })).pipe(
    // Once it is shown, an answer tells its end itself.
    Effect.onInterrupt(() => isShown ? Effect.void : LiveReply.sayStopped(destination))
  )
}

/** Does something that has a word to say at its end, and says it. */
const told = (
  { destination }: Incoming.Origin,
  work: Effect.Effect<string | undefined, DoorError, Commands.Needs>
): Work =>
  work.pipe(
    Effect.catch((error) => Effect.succeed(LiveReply.failureText(error))),
    Effect.flatMap((text) => text === undefined ? Effect.void : LiveReply.say(destination, text)),
    Effect.onInterrupt(() => LiveReply.sayStopped(destination))
  )

const takeLogin = (origin: Incoming.Origin, source: Incoming.Source, settings: Settings): Work =>
  told(origin, AuthCommands.importLogin({ origin, settings }, source))

/** Answers the press of a button; a press that is not answered keeps turning. */
const note = (origin: Incoming.Origin, callbackId: string | undefined, text: string): Work =>
  callbackId === undefined
    ? Effect.void
    : Effect.ignore(TelegramApi.TelegramApi.use((api) => api.answerCallback(origin.destination, callbackId, text)))

const stop = (origin: Incoming.Origin, callbackId: string | undefined): Work =>
  Codex.use((codex) => codex.stop(origin.conversation)).pipe(
    Effect.flatMap((stopped) => note(origin, callbackId, stopped ? "Stopped." : Commands.nothingToStop))
  )

const deny = (incoming: Exclude<Incoming.Incoming, { _tag: "Nothing" }>, denied: AccessDenied): Option.Option<Work> => {
  const { origin } = incoming
  if (incoming._tag === "Stop") return Option.some(note(origin, incoming.callbackId, denied.message))
  // A group need not read that somebody in it may not use the bot.
  return origin.isPrivate
    ? Option.some(LiveReply.say(origin.destination, LiveReply.failureText(denied)))
    : Option.none()
}

/** What is to be done about an update, its place in the lane taken; nothing when it is none of our business. */
const plan = (
  incoming: Exclude<Incoming.Incoming, { _tag: "Nothing" }>,
  settings: Settings,
  enter: Lanes.Enter
): Option.Option<Work> => {
  const { origin } = incoming
  const access = Access.check(origin, settings)
  if (Result.isFailure(access)) return deny(incoming, access.failure)
  const inOrder = (work: Work) => enter(origin.conversation)(work)
  if (incoming._tag === "Stop") return Option.some(stop(origin, incoming.callbackId))
  if (incoming._tag === "Import") return Option.some(takeLogin(origin, incoming.source, settings))
  if (incoming._tag === "Prompt") return Option.some(answer(origin, incoming.text, settings, inOrder))
  const words = incoming.arguments
  if (incoming.name === "ask" && words !== "") return Option.some(answer(origin, words, settings, inOrder))
  return Option.some(Option.match(Commands.find(incoming.name, words), {
    onNone: () => LiveReply.say(origin.destination, Commands.help(settings)),
    onSome: ([command, rest]) => {
      const obeyed = told(origin, Commands.run(command, { origin, arguments: rest, settings }))
      return command.inOrder ? inOrder(obeyed) : obeyed
    }
  }))
}

/**
 * Makes the middleware.
 *
 * It never rejects: the person who asked reads what happened and what to do.
 */
export const codex = <E = never>(options: Options.CodexOptions<E>): CodexMiddleware => {
  const settings = Options.settingsOf(options)
  const runtime = ManagedRuntime.make(Options.layerOf(options))
  const enter = Lanes.make()
  const drainMs = options.drainMs ?? 15_000
  const door = ManagedRuntime.make(
    // What ends with the desk still has a word to say, at the same pace.
    Layer.provideMerge(
      Layer.merge(AuthCommands.layer, Undelivered.layer),
      settings.paced ? Pacer.layer : Pacer.layerUnpaced
    )
  )
  const running = new Set<Fiber.Fiber<void>>()
  let open = true

  const start = (context: object, { destination }: Incoming.Origin, work: Work): Fiber.Fiber<void> => {
    const fiber = door.runFork(
      Effect.flatMap(runtime.contextEffect, (services) => Effect.provideContext(work, services)).pipe(
        // What is left here is a bug of ours or a layer that could not be built.
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.andThen(
              Effect.logError("An update could not be handled.", cause),
              LiveReply.say(destination, AnswerText.broken)
            )
        ),
        Effect.provideServiceEffect(
          TelegramApi.TelegramApi,
          Pacer.Pacer.use((pacer) => Effect.succeed(TelegramApi.fromContext(context, pacer)))
        )
      )
    )
    running.add(fiber)
    fiber.addObserver(() => running.delete(fiber))
    return fiber
  }

  const middleware = async (context: object, next: () => unknown): Promise<void> => {
    let methods: Promises.CodexContext | undefined
    Object.defineProperty(context, "codex", {
      get: () => methods ??= ContextMethods.make(Incoming.origin(context), settings, runtime, enter),
      configurable: true
    })
    const incoming = Incoming.read(context, settings)
    const work = open && incoming._tag !== "Nothing" ? plan(incoming, settings, enter) : Option.none()
    if (incoming._tag === "Nothing" || Option.isNone(work)) {
      if (incoming._tag === "Nothing" && incoming.why !== undefined) door.runFork(Effect.logInfo(incoming.why))
      await next()
      return
    }
    const fiber = start(context, incoming.origin, work.value)
    // What only might be a login may be a file for a handler of the bot.
    if (incoming._tag === "Import" && incoming.source._tag === "File" && !incoming.source.isCertain) await next()
    if (options.background === false) await Effect.runPromise(Effect.asVoid(Fiber.await(fiber)))
  }

  return Object.assign(middleware, {
    commands: Commands.menu(settings),
    ready: () => runtime.runPromise(Effect.void),
    dispose: async () => {
      open = false
      await Effect.runPromise(
        Effect.timeoutOption(Fiber.awaitAll(running), Duration.millis(drainMs)).pipe(
          // The last first, or each would let the next one of its lane in. And not for ever: a store that
          // hangs while it is being written to cannot be interrupted.
          Effect.andThen(Effect.suspend(() => Fiber.interruptAll([...running].reverse()))),
          Effect.timeoutOption(Duration.millis(drainMs + 5000))
        )
      )
      await door.dispose()
      await runtime.dispose()
      if ("provider" in options) await options.provider.close?.()
    }
  })
}
