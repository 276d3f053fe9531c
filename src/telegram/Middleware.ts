/**
 * The middleware: context in, fiber out.
 *
 * An update is read, its sender checked, its prompt handed to the lane of its conversation; then the
 * middleware returns, so that polling never waits for an answer.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { CodexAuth } from "../auth/CodexAuth.ts"
import type { DeviceLogin } from "../auth/DeviceLogin.ts"
import * as CodexConfig from "../CodexConfig.ts"
import type { Settings } from "../CodexConfig.ts"
import type { AccessDenied, CodexError } from "../CodexError.ts"
import * as CodexLive from "../CodexLive.ts"
import * as Audit from "../conversation/Audit.ts"
import { Codex } from "../conversation/Codex.ts"
import * as Memory from "../conversation/Memory.ts"
import * as Access from "./Access.ts"
import * as AuthCommands from "./AuthCommands.ts"
import * as Commands from "./Commands.ts"
import * as Incoming from "./Incoming.ts"
import * as AnswerText from "./internal/answerText.ts"
import * as ContextMethods from "./internal/contextMethods.ts"
import * as Lanes from "./internal/lanes.ts"
import * as Pacer from "./internal/pacer.ts"
import * as LiveReply from "./LiveReply.ts"
import * as Promises from "./Promises.ts"
import type { CodexProvider } from "./Provider.ts"
import * as TelegramApi from "./TelegramApi.ts"

// ---------------------------------------------------------------------------------------------------------
// Options
// ---------------------------------------------------------------------------------------------------------

/** Options of the door itself; every one may be left out. */
export interface DoorOptions {
  /** Longest message in UTF-16 units; a longer answer takes several. Default: 4096. */
  readonly maxResponseLength?: number | undefined
  /** `truncate` cuts and marks a longer answer, as the seed does. Default: `split`. */
  readonly longAnswers?: "split" | "truncate" | undefined
  /** An answer of more messages than this is sent as a file as well. Default: 5. */
  readonly documentAfter?: number | undefined
  /** How an answer is shown while it is written. Default: `edit`. */
  readonly streaming?: "edit" | "draft" | "off" | undefined
  /** The first text is shown when it has this many characters. Default: 30. */
  readonly firstTextLength?: number | undefined
  /** Or after this time, in milliseconds. Default: 1000. */
  readonly firstTextDelayMs?: number | undefined
  /** Pause between two edits in a private chat, in milliseconds. Default: 1100. */
  readonly editIntervalMs?: number | undefined
  /** Pause between two edits in a group, in milliseconds. Default: 3100. */
  readonly groupEditIntervalMs?: number | undefined
  /** Whether a summary of the model's thinking is shown above the answer. Default: `hide`. */
  readonly reasoning?: "hide" | "show" | undefined
  /** Whether a last line names the model and its tokens. Default: false. */
  readonly footer?: boolean | undefined
  /** Whether calls are held back to what Telegram takes; a double of it needs no rest. Default: true. */
  readonly paced?: boolean | undefined
  /** Who may use the bot. Default: empty, which means everybody. */
  readonly allowedUserIds?: ReadonlyArray<number> | undefined
  /** Where the bot may be used. Default: empty, which means everywhere. */
  readonly allowedChatIds?: ReadonlyArray<number | string> | undefined
  /** Who may manage the login. Default: `allowedUserIds`; an empty list switches these commands off. */
  readonly authAdminUserIds?: ReadonlyArray<number> | undefined
  /** How long an exported auth.json stays in the chat, in milliseconds. Default: 60000. */
  readonly exportLifetimeMs?: number | undefined
  /** Name of the command. Default: `codex`. */
  readonly commandPrefix?: string | undefined
  /** Whether plain messages are prompts. Default: true. */
  readonly autoReply?: boolean | undefined
  /** Whether groups must mention the bot. Default: true. */
  readonly groupMentionOnly?: boolean | undefined
  /** The bot's username; without it no mention is recognised in groups. Default: none. */
  readonly botUsername?: string | undefined
  /** Whether answers are given in the background; `false` makes the middleware wait for each. Default: true. */
  readonly background?: boolean | undefined
  /** How long `dispose` waits for running answers, in milliseconds. Default: 15000. */
  readonly drainMs?: number | undefined
}

/** The seed's options: a provider and what is wrapped around it. */
export interface CodexPluginOptions extends DoorOptions {
  /** `codexProvider()`, or an object of your own. */
  readonly provider: CodexProvider
  /** The auth.json that the auth commands work on. Default: the provider's own. */
  readonly authJsonPath?: string | undefined
  /** Default: `You are a helpful assistant.` */
  readonly systemPrompt?: string | undefined
  /** Longest prompt. Default: 4000. */
  readonly maxPromptLength?: number | undefined
  /** How many messages of history are sent along. Default: 20. */
  readonly maxHistory?: number | undefined
  /** Limit of a turn in milliseconds. Default: 30000. */
  readonly timeoutMs?: number | undefined
  /** Default: in this process. */
  readonly memoryStore?: Promises.CodexMemoryStore | undefined
  /** Called once for each turn, never with what was said. */
  readonly onAudit?: ((event: Promises.CodexAuditEvent) => unknown) | undefined
}

/** What the middleware stands on: the conversation, the login, and how to sign in. */
export type Services = Codex | CodexAuth | DeviceLogin

/** For Effect applications: the conversation as a layer. It is built when the first update arrives. */
export interface LayerOptions<E = never> extends DoorOptions {
  readonly layer: Layer.Layer<Services, E>
}

/** For Effect applications: the conversation in a runtime that lives elsewhere; `dispose` leaves it alone. */
export interface RuntimeOptions<E = never> extends DoorOptions {
  readonly runtime: ManagedRuntime.ManagedRuntime<Services, E>
}

/** All ways to furnish the middleware. */
export type CodexOptions<E = never> = CodexPluginOptions | LayerOptions<E> | RuntimeOptions<E>

// A variable of the environment that is set to nothing is no name, and people write names as they see them.
const nameOf = (written: string | undefined): string | undefined => written?.replace(/^[@/]/, "") || undefined

const settingsOf = (options: DoorOptions): Settings =>
  CodexConfig.make({
    ...options,
    exportLifetime: options.exportLifetimeMs,
    firstTextDelay: options.firstTextDelayMs,
    editInterval: options.editIntervalMs,
    groupEditInterval: options.groupEditIntervalMs,
    commandPrefix: nameOf(options.commandPrefix),
    botUsername: nameOf(options.botUsername)
  })

/** The login of a file: the provider's own, with its issuer and what it has in memory, when it is of that file. */
const layerLogin = (authJsonPath: string) =>
  Layer.effectContext(Effect.gen(function*() {
    const own = yield* Effect.context<CodexAuth | DeviceLogin>()
    // Fresh, or the login of the default file, when the provider has built it, would be taken for this one.
    const other = yield* Layer.build(
      Layer.fresh(CodexLive.layerAuth).pipe(Layer.provide(CodexConfig.layer({ authJsonPath })))
    )
    const locationOf = (services: Context.Context<CodexAuth>) =>
      Effect.map(Context.get(services, CodexAuth).status, ({ location }) => location)
    return (yield* locationOf(own)) === (yield* locationOf(other)) ? own : other
  }))

const layerOf = <E>(options: CodexOptions<E>): Layer.Layer<Services, E> => {
  if ("layer" in options) return options.layer
  if ("runtime" in options) return Layer.effectContext(options.runtime.contextEffect)
  const conversation = CodexLive.layerConversation.pipe(
    Layer.provide([
      options.memoryStore === undefined ? Memory.layerMemory : Promises.layerMemoryStore(options.memoryStore),
      options.onAudit === undefined ? Audit.layerNone : Promises.layerOnAudit(options.onAudit),
      CodexConfig.layer({
        systemPrompt: options.systemPrompt,
        maxPromptLength: options.maxPromptLength,
        maxHistory: options.maxHistory,
        turnTimeout: options.timeoutMs
      })
    ]),
    Layer.provideMerge(Promises.layerProvider(options.provider))
  )
  return options.authJsonPath === undefined
    ? conversation
    // Fresh, or the login of the default file, when the provider has built it, would be taken for this one.
    : Layer.provideMerge(layerLogin(options.authJsonPath), conversation)
}

// ---------------------------------------------------------------------------------------------------------
// The middleware
// ---------------------------------------------------------------------------------------------------------

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
  work: Effect.Effect<string | undefined, CodexError, Commands.Needs>
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
export const codex = <E = never>(options: CodexOptions<E>): CodexMiddleware => {
  const settings = settingsOf(options)
  const runtime = ManagedRuntime.make(layerOf(options))
  const enter = Lanes.make()
  const drainMs = options.drainMs ?? 15_000
  const door = ManagedRuntime.make(
    // What ends with the desk still has a word to say, at the same pace.
    Layer.provideMerge(AuthCommands.layer, settings.paced ? Pacer.layer : Pacer.layerUnpaced)
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
    Object.defineProperty(context, "codex", {
      value: ContextMethods.make(Incoming.origin(context), settings, runtime, enter),
      configurable: true
    })
    const incoming = Incoming.read(context, settings)
    const work = open && incoming._tag !== "Nothing" ? plan(incoming, settings, enter) : Option.none()
    if (incoming._tag === "Nothing" || Option.isNone(work)) {
      await next()
      return
    }
    const fiber = start(context, incoming.origin, work.value)
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
