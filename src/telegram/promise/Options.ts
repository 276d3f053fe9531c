/**
 * What the middleware is furnished with: the options of `vibegram/codex`, or the layer or runtime of an Effect
 * application, with its door in it or beside it.
 */
import type * as Layer from "effect/Layer"
import type * as ManagedRuntime from "effect/ManagedRuntime"
import type { CodexAuth } from "../../auth/CodexAuth.ts"
import type { DeviceLogin } from "../../auth/DeviceLogin.ts"
import type { Codex, Options } from "../../conversation/Codex.ts"
import type { Toolkit } from "../../conversation/Tools.ts"
import type * as Transcriber from "../media/Transcriber.ts"
import type * as TelegramDoor from "../TelegramDoor.ts"
import type * as Promises from "./Promises.ts"
import type { CodexProvider } from "./Provider.ts"

type Millis =
  | "firstTextDelay"
  | "editInterval"
  | "groupEditInterval"
  | "exportLifetime"
  | "joinWindow"
  | "waitingNotice"
  | "rateLimit"

/** How the middleware runs. */
export interface RunOptions {
  /** Whether answers are given in the background; `false` makes the middleware wait for each. Default: true. */
  readonly background?: boolean | undefined
  /** How long `dispose` waits for running answers, in milliseconds. Default: 15000. */
  readonly drainMs?: number | undefined
}

/** How the bot behaves; every one may be left out. Times are milliseconds. */
export interface DoorOptions extends Omit<TelegramDoor.Manners, Millis>, RunOptions {
  /** The first text is shown after this time, however short it is. Default: 1000. */
  readonly firstTextDelayMs?: number | undefined
  /** Pause between two edits in a private chat. Default: 1100. */
  readonly editIntervalMs?: number | undefined
  /** Pause between two edits in a group. Default: 3100. */
  readonly groupEditIntervalMs?: number | undefined
  /** How long an exported auth.json stays in the chat. Default: 60000. */
  readonly exportLifetimeMs?: number | undefined
  /** What listens to voice messages: a program of the machine, or a server. Default: nothing does. */
  readonly transcribe?: Transcriber.Options | undefined
  /**
   * How long a message waits for what belongs to it: the next of a burst, or what is forwarded behind a comment. With
   * `0` each is answered by itself; a paste that Telegram cut and an album are joined all the same. Default: 300.
   */
  readonly joinWindowMs?: number | undefined
  /** Whoever waits so long is told so. Default: 2000. */
  readonly waitingNoticeMs?: number | "off" | undefined
  /** How often one person may ask, over all chats; what is too much is refused, and that is said once. Default: none. */
  readonly rateLimit?: { readonly prompts: number; readonly perMs: number } | undefined
}

/**
 * The options of `vibegram/codex`: a provider and what is wrapped around it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexPluginOptions extends DoorOptions {
  /** `codexProvider()`, or an object of your own. */
  readonly provider: CodexProvider
  /** Who may use the bot. Default: empty, which means everybody, and is logged as a warning. */
  readonly allowedUserIds?: ReadonlyArray<number> | "everybody" | undefined
  /** Where the bot may be used. Default: empty, which means everywhere. */
  readonly allowedChatIds?: ReadonlyArray<number | string> | undefined
  /** The auth.json that the auth commands work on. Default: the provider's own. */
  readonly authJsonPath?: string | undefined
  /** Default: `You are a helpful assistant.` */
  readonly systemPrompt?: string | undefined
  /** Longest prompt. Default: 4000, and 50000 for what Telegram cut into several messages. */
  readonly maxPromptLength?: number | undefined
  /** How many messages of history are sent along. Default: 20. */
  readonly maxHistory?: number | undefined
  /** How many tokens of it, by an estimate on the large side. Default: 200000. */
  readonly maxHistoryTokens?: number | undefined
  /** How long an answer may take to begin, in milliseconds. Default: 30000. */
  readonly timeoutMs?: number | undefined
  /** How long a whole turn may take, in milliseconds. Default: 600000, ten minutes. */
  readonly maxTurnMs?: number | undefined
  /** What the model may call: a toolkit of `effect/ai` with its handlers. Default: nothing. */
  readonly toolkit?: Toolkit | undefined
  /** How often a turn may call tools, several at once counting once. Default: 8. */
  readonly maxRounds?: number | undefined
  /** Whether ChatGPT searches the web: live, only what it has in store (`cached`), or how. Default: false. */
  readonly webSearch?: Options["webSearch"]
  /** Whether ChatGPT draws pictures. Default: false. */
  readonly imageGeneration?: boolean | undefined
  /** Default: in this process. */
  readonly memoryStore?: Promises.CodexMemoryStore | undefined
  /** Called once for each turn, never with what was said. */
  readonly onAudit?: ((event: Promises.CodexAuditEvent) => unknown) | undefined
}

/** What the middleware stands on: the conversation, the login, and how to sign in. */
export type Services = Codex | CodexAuth | DeviceLogin

type NotOf<K extends PropertyKey, Message extends string> = { readonly [P in K]?: Message | undefined }
type CoreOption = Exclude<keyof CodexPluginOptions, keyof DoorOptions | "allowedUserIds" | "allowedChatIds">
type ToCore = NotOf<CoreOption, "has no effect here: give it to codexLive">
type ToDoor = NotOf<
  Exclude<keyof CodexPluginOptions, CoreOption | keyof RunOptions>,
  "has no effect here: give it to TelegramDoor.layer, or say allowedUserIds here too"
>

/** The services of an Effect application. */
export type House<A, E> =
  | { readonly layer: Layer.Layer<A, E>; readonly runtime?: never }
  | { readonly runtime: ManagedRuntime.ManagedRuntime<A, E>; readonly layer?: never }

/** The options of `vibegram/codex`, and no house. */
export interface WithProvider extends CodexPluginOptions {
  readonly layer?: never
  readonly runtime?: never
}

/**
 * A house with its door in it: who may use the bot is said in the layer. `dispose` leaves a runtime alone.
 *
 * @since 0.2.0
 * @category models
 */
export type WithDoor<E = unknown> = House<Services | TelegramDoor.TelegramDoor, E> & RunOptions & ToCore & ToDoor

/**
 * A house, and its door beside it. This is the door that counts, should the layer have one too.
 *
 * @since 0.2.0
 * @category models
 */
export type BesideDoor<E = unknown> = House<Services, E> & ToCore & DoorOptions & TelegramDoor.Access

/**
 * All ways to furnish the middleware.
 *
 * A union without overloads, and `BesideDoor` last: of a union the compiler explains the last member, so what is missing
 * is told as "Property 'allowedUserIds' is missing".
 *
 * @since 0.1.0
 * @category models
 */
export type CodexOptions<E = unknown> = WithProvider | WithDoor<E> | BesideDoor<E>

/** Whether they are the options of `vibegram/codex`. */
export const isWithProvider = <E>(options: CodexOptions<E>): options is WithProvider =>
  options.layer === undefined && options.runtime === undefined

/** Whether a house has its door beside it. */
export const isBeside = <E>(options: WithDoor<E> | BesideDoor<E>): options is BesideDoor<E> =>
  // Callers without types write null for what they do not have.
  (options.allowedUserIds ?? options.allowedChatIds ?? undefined) !== undefined

/** Who may use the bot; in the form of `vibegram/codex` an empty list means everybody. */
export const accessOf = ({ allowedChatIds, allowedUserIds = [] }: CodexPluginOptions): TelegramDoor.Access => ({
  allowedUserIds: allowedUserIds.length === 0 ? "everybody" : allowedUserIds,
  allowedChatIds: allowedChatIds?.length === 0 ? undefined : allowedChatIds
})

/** The same with times as Effect has them. */
export const withDurations = <O extends DoorOptions>(options: O) => ({
  ...options,
  exportLifetime: options.exportLifetimeMs,
  joinWindow: options.joinWindowMs,
  waitingNotice: options.waitingNoticeMs,
  rateLimit: options.rateLimit === undefined
    ? undefined
    : { prompts: options.rateLimit.prompts, per: options.rateLimit.perMs },
  firstTextDelay: options.firstTextDelayMs,
  editInterval: options.editIntervalMs,
  groupEditInterval: options.groupEditIntervalMs
})

/** The door that the options themselves describe; `undefined` where it is in the layer, or nowhere. */
export const doorOf = <E>(options: CodexOptions<E>): TelegramDoor.Options | undefined => {
  if (isWithProvider(options)) return { ...withDurations(options), ...accessOf(options) }
  return isBeside(options) ? withDurations(options) : undefined
}

/** The provider that ends with the middleware. */
export const providerOf = <E>(options: CodexOptions<E>): CodexProvider | undefined =>
  isWithProvider(options) ? options.provider : undefined
