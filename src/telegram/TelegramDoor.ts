/**
 * The door: who may use the bot, and how it behaves in a chat.
 *
 * It has no default for who may: whoever reaches a bot spends the quota of its owner, so a layer that does not say is no
 * layer. An empty list lets nobody in; `"everybody"` is a word that has to be said.
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { optional } from "../internal/settings.ts"
import { Kind } from "./incoming/Kinds.ts"
import * as DoorSpans from "./internal/doorSpans.ts"
import { chats, named, nameOf, users, usersOrEverybody } from "./internal/idLists.ts"

/**
 * So many prompts in so much time.
 *
 * @since 0.2.0
 * @category models
 */
export interface RateLimit {
  readonly prompts: number
  readonly per: Duration.Input
}

/**
 * How the bot behaves; every one may be left out. Lengths are UTF-16 units.
 *
 * @since 0.2.0
 * @category models
 */
export interface Manners {
  /** Longest message; a longer answer takes several. Default: 4096. */
  readonly maxResponseLength?: number | undefined
  /** Whether a longer answer is split into messages, or cut and marked as in `vibegram/codex`. Default: `split`. */
  readonly longAnswers?: "split" | "truncate" | undefined
  /** An answer of more messages than this is sent as a file as well. Default: 5. */
  readonly documentAfter?: number | undefined
  /**
   * How an answer is shown while it is written: by editing its message, as a native draft (private chats, Bot API
   * 9.5), not at all, or only which tools work (`progress`): then the answer comes as a fresh message. Default: `edit`.
   */
  readonly streaming?: "edit" | "draft" | "progress" | "off" | undefined
  /** The first text is shown when it has this many characters, or after `firstTextDelay`. Default: 30. */
  readonly firstTextLength?: number | undefined
  /** See `firstTextLength`. Default: 1 s. */
  readonly firstTextDelay?: Duration.Input | undefined
  /** Pause between two edits in a private chat. Default: 1.1 s. */
  readonly editInterval?: Duration.Input | undefined
  /** Pause between two edits in a group, where Telegram takes 20 calls a minute. Default: 3.1 s. */
  readonly groupEditInterval?: Duration.Input | undefined
  /** Whether the summary of the model's thinking is shown above the answer. Default: `hide`. */
  readonly reasoning?: "hide" | "show" | undefined
  /** Whether a last line names the model and its tokens. Default: false. */
  readonly footer?: boolean | undefined
  /** Whether calls are held back to what Telegram takes; a double of it needs no rest. Default: true. */
  readonly paced?: boolean | undefined
  /** Who may manage the login. Default: `allowedUserIds`. An empty list switches these commands off. */
  readonly authAdminUserIds?: ReadonlyArray<number> | undefined
  /** How long an exported auth.json stays in the chat. Default: 1 minute. */
  readonly exportLifetime?: Duration.Input | undefined
  /** Name of the command, with or without the slash. Default: `codex`. */
  readonly commandPrefix?: string | undefined
  /** Whether plain text messages are prompts. Default: true. */
  readonly autoReply?: boolean | undefined
  /** Whether the bot answers in groups only when it is mentioned. Default: true. */
  readonly groupMentionOnly?: boolean | undefined
  /**
   * The bot's own username, with or without `@`, by which it is mentioned; `false` keeps groups silent but for commands,
   * as leaving it out did in `vibegram/codex`. Default: what the framework knows.
   */
  readonly botUsername?: string | false | undefined
  /** What is taken on: answered, or refused in one sentence. All else is left to the handlers behind. Default: all. */
  readonly takes?: ReadonlyArray<Kind> | undefined
  /**
   * How many of the last messages of a group or topic that were not for the bot are told to the model, as quoted
   * material; at most 50. The bot only gets them with its privacy mode off (@BotFather, `/setprivacy`). Default: 0.
   */
  readonly groupContext?: number | undefined
  /**
   * Whether the bot answers in chats where it is no member (guest mode, to be switched on at @BotFather): without a
   * history, and in one message. Default: false.
   */
  readonly guests?: boolean | undefined
  /** Whether `/start` and `/help` are answered. Default: false. */
  readonly greet?: boolean | undefined
  /**
   * Channels that may use the bot, and groups whose anonymous admins may. Default: all where `allowedUserIds` is
   * `"everybody"`, else none.
   */
  readonly allowedSenderChatIds?: ReadonlyArray<number> | undefined
  /** Other bots that may use it; they have to mention it each time, or give it a command. Default: none. */
  readonly allowedBotIds?: ReadonlyArray<number> | undefined
  /**
   * Whose the conversation of a forum topic is: of all who may use the bot, who then read, stop and reset each other's
   * answers as in `vibegram/codex`, or each person's own. Default: `shared`.
   */
  readonly topics?: "shared" | "perUser" | undefined
  /**
   * How long a message waits for what belongs to it: the next of a burst, or what is forwarded behind a comment. With
   * `0` each is answered by itself; a paste that Telegram cut and an album are joined all the same. Default: 300 ms.
   */
  readonly joinWindow?: Duration.Input | undefined
  /** What becomes of a prompt while another one is answered: it waits, or is refused. Default: `queue`. */
  readonly whenBusy?: "queue" | "reject" | undefined
  /** How many prompts of one conversation may wait for the one that runs. Default: 20. */
  readonly maxWaiting?: number | undefined
  /** Whoever waits so long is told so. Default: 2 s. */
  readonly waitingNotice?: Duration.Input | "off" | undefined
  /** How often one person may ask, over all chats; what is too much is refused, and that is said once. Default: none. */
  readonly rateLimit?: RateLimit | undefined
  /** How many answers are given at once, over all chats. Default: 32. */
  readonly maxTurns?: number | undefined
  /** How much of the files of one prompt is read as text, in UTF-16 units. Default: 100000. */
  readonly maxFileLength?: number | undefined
  /** How many pages of a PDF are read. Default: 100. */
  readonly maxPdfPages?: number | undefined
  /** Largest picture that the model is shown, in bytes (5 MB); those of one prompt may have 10 MB. Default: 5242880. */
  readonly maxPictureSize?: number | undefined
}

/**
 * Who may use the bot, and where. One of the two must be said; a list that is empty lets nobody in.
 *
 * `"everybody"` is logged as a warning.
 *
 * @since 0.2.0
 * @category models
 */
export type Access =
  | {
    readonly allowedUserIds?: undefined
    readonly allowedChatIds: ReadonlyArray<number | string>
  }
  // Last, because it is the one that the compiler explains.
  | {
    readonly allowedUserIds: ReadonlyArray<number> | "everybody"
    readonly allowedChatIds?: ReadonlyArray<number | string> | undefined
  }

/**
 * Who may, and how the bot behaves.
 *
 * @since 0.2.0
 * @category models
 */
export type Options = Manners & Access

/**
 * The door with every default filled in.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  readonly allowedUserIds: ReadonlyArray<number> | "everybody"
  readonly allowedChatIds: ReadonlyArray<number | string> | "everywhere"
  readonly authAdminUserIds: ReadonlyArray<number>
  readonly maxResponseLength: number
  readonly longAnswers: "split" | "truncate"
  readonly documentAfter: number
  readonly streaming: "edit" | "draft" | "progress" | "off"
  readonly firstTextLength: number
  readonly firstTextDelay: Duration.Duration
  readonly editInterval: Duration.Duration
  readonly groupEditInterval: Duration.Duration
  readonly reasoning: "hide" | "show"
  readonly footer: boolean
  readonly paced: boolean
  readonly exportLifetime: Duration.Duration
  readonly commandPrefix: string
  readonly autoReply: boolean
  readonly groupMentionOnly: boolean
  readonly botUsername: string | false | undefined
  readonly takes: ReadonlyArray<Kind>
  readonly groupContext: number
  readonly guests: boolean
  readonly greet: boolean
  readonly allowedSenderChatIds: ReadonlyArray<number> | "everybody"
  readonly allowedBotIds: ReadonlyArray<number>
  readonly topics: "shared" | "perUser"
  readonly joinWindow: Duration.Duration
  readonly whenBusy: "queue" | "reject"
  readonly waitingNotice: Duration.Duration | "off"
  readonly rateLimit: RateLimit | undefined
  readonly maxWaiting: number
  readonly maxTurns: number
  readonly maxFileLength: number
  readonly maxPdfPages: number
  readonly maxPictureSize: number
}

/**
 * The door as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class TelegramDoor extends Context.Service<TelegramDoor, Service>()("effect-codex/TelegramDoor") {}

// Callers without types: what is no list lets nobody in, and `null` is not given.
const isGiven = <A>(value: A | null | undefined): value is A => value !== undefined && value !== null

const isList = (value: unknown): boolean => Array.isArray(value)

const listOf = <A>(value: ReadonlyArray<A>): ReadonlyArray<A> => isList(value) ? value : []

// Who is let in by their chat alone is let in whoever they are.
const usersOf = ({ allowedChatIds, allowedUserIds }: Access): ReadonlyArray<number> | "everybody" =>
  isGiven(allowedUserIds)
    ? allowedUserIds === "everybody" ? allowedUserIds : listOf(allowedUserIds)
    : isGiven(allowedChatIds)
    ? "everybody"
    : []

/**
 * Fills options up with the defaults; `undefined` counts as not given. Where nobody is named, nobody is let in.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (options: Options): Service => {
  const allowedUserIds = usersOf(options)
  return {
    allowedUserIds,
    allowedChatIds: isGiven(options.allowedChatIds) ? listOf(options.allowedChatIds) : "everywhere",
    authAdminUserIds: isGiven(options.authAdminUserIds)
      ? listOf(options.authAdminUserIds)
      : allowedUserIds === "everybody"
      ? []
      : allowedUserIds,
    maxResponseLength: options.maxResponseLength ?? 4096,
    longAnswers: options.longAnswers ?? "split",
    documentAfter: options.documentAfter ?? 5,
    streaming: options.streaming ?? "edit",
    firstTextLength: options.firstTextLength ?? 30,
    firstTextDelay: Duration.fromInputUnsafe(options.firstTextDelay ?? "1 second"),
    editInterval: Duration.fromInputUnsafe(options.editInterval ?? "1100 millis"),
    groupEditInterval: Duration.fromInputUnsafe(options.groupEditInterval ?? "3100 millis"),
    reasoning: options.reasoning ?? "hide",
    footer: options.footer ?? false,
    paced: options.paced ?? true,
    exportLifetime: Duration.fromInputUnsafe(options.exportLifetime ?? "1 minute"),
    commandPrefix: nameOf(options.commandPrefix) ?? "codex",
    autoReply: options.autoReply ?? true,
    groupMentionOnly: options.groupMentionOnly ?? true,
    botUsername: options.botUsername === false ? false : nameOf(options.botUsername),
    takes: isGiven(options.takes) ? listOf(options.takes) : Kind.literals,
    groupContext: Math.min(50, Math.max(0, Math.trunc(options.groupContext ?? 0))),
    guests: options.guests ?? false,
    greet: options.greet ?? false,
    allowedSenderChatIds: isGiven(options.allowedSenderChatIds)
      ? listOf(options.allowedSenderChatIds)
      : allowedUserIds === "everybody"
      ? "everybody"
      : [],
    allowedBotIds: listOf(options.allowedBotIds ?? []),
    topics: options.topics ?? "shared",
    joinWindow: Duration.fromInputUnsafe(options.joinWindow ?? "300 millis"),
    whenBusy: options.whenBusy ?? "queue",
    waitingNotice: options.waitingNotice === "off"
      ? "off"
      : Duration.fromInputUnsafe(options.waitingNotice ?? "2 seconds"),
    rateLimit: options.rateLimit,
    maxWaiting: Math.max(0, options.maxWaiting ?? 20),
    maxTurns: Math.max(1, options.maxTurns || 32),
    maxFileLength: options.maxFileLength ?? 100_000,
    maxPdfPages: options.maxPdfPages ?? 100,
    maxPictureSize: options.maxPictureSize ?? 5 * 1024 * 1024
  }
}

/** Says in the log that the whole world may come in, and what the owner has to switch. */
const warned = (door: Service): Effect.Effect<Service> =>
  Effect.gen(function*() {
    if (door.allowedUserIds === "everybody" && door.allowedChatIds === "everywhere") {
      yield* Effect.logWarning("Everybody may use this bot: whoever reaches it spends the quota of its account.")
    }
    if (door.groupContext > 0) {
      yield* Effect.logInfo(
        "groupContext is on: Telegram only tells a bot what is not for it when its privacy mode is off. Switch it off " +
          "(@BotFather, /setprivacy), then remove the bot from its groups and add it again."
      )
    }
    return door
  })

/**
 * The door of these options.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<TelegramDoor> =>
  Layer.effect(TelegramDoor, Effect.flatMap(DoorSpans.checked(options), () => warned(make(options))))

const nobody = new ConfigProvider.SourceError({
  message:
    "nobody may use the bot: set CODEX_ALLOWED_USER_IDS (user ids between commas, or everybody) or CODEX_ALLOWED_CHAT_IDS"
})

/**
 * As `config`, but nobody may use the bot where nobody is named: for a bot that first tells people their ids.
 *
 * @since 0.2.0
 * @category config
 */
export const configOrNobody: Config.Config<Options> = Config.all({
  allowedUserIds: usersOrEverybody("CODEX_ALLOWED_USER_IDS"),
  allowedChatIds: chats("CODEX_ALLOWED_CHAT_IDS"),
  authAdminUserIds: users("CODEX_AUTH_ADMIN_USER_IDS"),
  autoReply: optional(Config.Boolean("CODEX_AUTO_REPLY")),
  commandPrefix: optional(named("CODEX_COMMAND_PREFIX")),
  botUsername: optional(named("TELEGRAM_BOT_USERNAME"))
}).pipe(
  Config.map(({ allowedChatIds, allowedUserIds, ...manners }): Options =>
    allowedUserIds === undefined && allowedChatIds !== undefined
      ? { ...manners, allowedChatIds }
      : { ...manners, allowedUserIds: allowedUserIds ?? [], allowedChatIds }
  )
)

/**
 * The environment's names for the door: `CODEX_ALLOWED_USER_IDS`, `CODEX_ALLOWED_CHAT_IDS`,
 * `CODEX_AUTH_ADMIN_USER_IDS`, `CODEX_AUTO_REPLY`, `CODEX_COMMAND_PREFIX`, `TELEGRAM_BOT_USERNAME`.
 * Without a word on who may use the bot it fails, and says what to set.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.flatMap(
  configOrNobody,
  (options) => options.allowedUserIds?.length === 0 ? Config.fail(nobody) : Config.succeed(options)
)

/**
 * The door that the environment describes, or a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<TelegramDoor, Config.ConfigError> => Layer.unwrap(Effect.map(options, layer))
