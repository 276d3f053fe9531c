/**
 * What the middleware is furnished with: the seed's options, or the layer or runtime of an Effect application.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as ManagedRuntime from "effect/ManagedRuntime"
import { CodexAuth } from "../../auth/CodexAuth.ts"
import type { DeviceLogin } from "../../auth/DeviceLogin.ts"
import * as CodexConfig from "../../CodexConfig.ts"
import type { Settings } from "../../CodexConfig.ts"
import * as CodexRooms from "../../CodexRooms.ts"
import type { Codex } from "../../conversation/Codex.ts"
import * as Promises from "./Promises.ts"
import type { CodexProvider } from "./Provider.ts"

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
  /** How long an answer may take to begin, in milliseconds. Default: 30000. */
  readonly timeoutMs?: number | undefined
  /** How long a whole turn may take, in milliseconds. Default: 600000, ten minutes. */
  readonly maxTurnMs?: number | undefined
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

/** The settings of the door. */
export const settingsOf = (options: DoorOptions): Settings =>
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
      CodexRooms.layerLogin({ authJsonPath })
    )
    const locationOf = (services: Context.Context<CodexAuth>) =>
      Effect.map(Context.get(services, CodexAuth).status, ({ location }) => location)
    return (yield* locationOf(own)) === (yield* locationOf(other)) ? own : other
  }))

/** The services of the middleware, however it is furnished. */
export const layerOf = <E>(options: CodexOptions<E>): Layer.Layer<Services, E> => {
  if ("layer" in options) return options.layer
  if ("runtime" in options) return Layer.effectContext(options.runtime.contextEffect)
  const conversation = CodexRooms.layerConversation({
    memory: options.memoryStore === undefined ? undefined : Promises.layerMemoryStore(options.memoryStore),
    audit: options.onAudit === undefined ? undefined : Promises.layerOnAudit(options.onAudit),
    systemPrompt: options.systemPrompt,
    maxPromptLength: options.maxPromptLength,
    maxHistory: options.maxHistory,
    turnTimeout: options.timeoutMs,
    maxTurn: options.maxTurnMs
  }).pipe(Layer.provideMerge(Promises.layerProvider(options.provider)))
  return options.authJsonPath === undefined
    ? conversation
    : Layer.provideMerge(layerLogin(options.authJsonPath), conversation)
}
