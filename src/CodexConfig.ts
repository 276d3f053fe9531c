/**
 * Every setting with its default, and the `Config` that reads them from the environment.
 *
 * `CodexConfig` is a reference: a service with a default value. Layers read their settings from it when they
 * are built, so `Layer.provide(CodexConfig.layer({ model: "gpt-5.5" }))` is all it takes to change one.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/**
 * All settings, complete.
 *
 * Lengths are UTF-16 units, as Telegram counts them.
 */
export interface Settings {
  // Where the credentials come from: the first of these three that is set wins.

  /** A bare bearer token. It cannot be refreshed. Default: none. */
  readonly accessToken: Redacted.Redacted | undefined
  /** The text of an auth.json, from a secret manager. Refreshed tokens live in memory only. Default: none. */
  readonly authJson: Redacted.Redacted | undefined
  /** Path of auth.json. Default: where the Codex CLI keeps it (`AuthStore.defaultPath`). */
  readonly authJsonPath: string | undefined
  /** Whether expired access tokens are refreshed. Default: true. */
  readonly autoRefresh: boolean
  /** The OAuth issuer. Default: `https://auth.openai.com`. */
  readonly issuer: string

  // The backend.

  /** Root of the backend API. Default: `https://chatgpt.com/backend-api/codex`. */
  readonly baseUrl: string
  /** The model to ask. Default: `gpt-5.3-codex`. */
  readonly model: string
  /** `low`, `medium`, `high`, `xhigh`, or whatever else the list of models names. Default: left to the model. */
  readonly reasoningEffort: string | undefined
  /** ChatGPT account id, sent as a header. Default: from the credentials. */
  readonly accountId: string | undefined
  /** Device id, sent as a header. Default: a random UUID for each provider. */
  readonly deviceId: string | undefined
  /** Limit for one request with all its retries (the seed's provider `timeoutMs`). Default: 60 s. */
  readonly requestTimeout: Duration.Duration
  /** Limit until an attempt is answered at all. Default: 20 s. */
  readonly connectTimeout: Duration.Duration
  /** Limit of silence within an answer. Default: 45 s. */
  readonly idleTimeout: Duration.Duration
  /** How often a passing failure is retried. Default: 2. */
  readonly maxRetries: number

  // The conversation.

  /** Instructions of every conversation. Default: `You are a helpful assistant.` */
  readonly systemPrompt: string
  /** Longest prompt. Default: 4000. */
  readonly maxPromptLength: number
  /** How many messages of a conversation are sent along. Default: 20. */
  readonly maxHistory: number
  /** Limit for one turn, from prompt to answer (the seed's plugin `timeoutMs`). Default: 30 s. */
  readonly turnTimeout: Duration.Duration

  // The Telegram door.

  /** Longest message; a longer answer takes several. Default: 4096. */
  readonly maxResponseLength: number
  /** Whether a longer answer is split into messages, or cut and marked as in the seed. Default: `split`. */
  readonly longAnswers: "split" | "truncate"
  /** An answer of more messages than this is sent as a file as well. Default: 5. */
  readonly documentAfter: number
  /**
   * How an answer is shown while it is written: by editing its message, as a native draft (private chats, Bot API
   * 9.5), or not at all. Default: `edit`.
   */
  readonly streaming: "edit" | "draft" | "off"
  /** The first text is shown when it has this many characters, or after `firstTextDelay`. Default: 30. */
  readonly firstTextLength: number
  /** See `firstTextLength`. Default: 1 s. */
  readonly firstTextDelay: Duration.Duration
  /** Pause between two edits in a private chat. Default: 1.1 s. */
  readonly editInterval: Duration.Duration
  /** Pause between two edits in a group, where Telegram takes 20 calls a minute. Default: 3.1 s. */
  readonly groupEditInterval: Duration.Duration
  /** Whether the summary of the model's thinking is shown above the answer. Default: `hide`. */
  readonly reasoning: "hide" | "show"
  /** Whether a last line names the model and its tokens. Default: false. */
  readonly footer: boolean
  /** Whether calls are held back to what Telegram takes; a double of it needs no rest. Default: true. */
  readonly paced: boolean
  /** Who may use the bot. Default: empty, which means everybody. */
  readonly allowedUserIds: ReadonlyArray<number>
  /** Where the bot may be used. Default: empty, which means everywhere. */
  readonly allowedChatIds: ReadonlyArray<number | string>
  /** Who may manage the login. Default: `allowedUserIds`. An empty list switches these commands off. */
  readonly authAdminUserIds: ReadonlyArray<number> | undefined
  /** How long an exported auth.json stays in the chat. Default: 1 minute. */
  readonly exportLifetime: Duration.Duration
  /** Name of the command, without the slash. Default: `codex`. */
  readonly commandPrefix: string
  /** Whether plain text messages are prompts. Default: true. */
  readonly autoReply: boolean
  /** Whether the bot answers in groups only when it is mentioned. Default: true. */
  readonly groupMentionOnly: boolean
  /** The bot's own username, with or without `@`; without it, no mention can be recognised. Default: none. */
  readonly botUsername: string | undefined
}

/** What may be given in code: every setting is optional, durations in any form Effect understands. */
export type Options = {
  readonly [K in keyof Settings]?:
    | (Settings[K] extends Duration.Duration ? Duration.Input : Settings[K])
    | undefined
}

/** The defaults. Names and numbers are those of the seed where it has them. */
export const defaults: Settings = {
  accessToken: undefined,
  authJson: undefined,
  authJsonPath: undefined,
  autoRefresh: true,
  issuer: "https://auth.openai.com",
  baseUrl: "https://chatgpt.com/backend-api/codex",
  model: "gpt-5.3-codex",
  reasoningEffort: undefined,
  accountId: undefined,
  deviceId: undefined,
  requestTimeout: Duration.seconds(60),
  connectTimeout: Duration.seconds(20),
  idleTimeout: Duration.seconds(45),
  maxRetries: 2,
  systemPrompt: "You are a helpful assistant.",
  maxPromptLength: 4000,
  maxHistory: 20,
  turnTimeout: Duration.seconds(30),
  maxResponseLength: 4096,
  longAnswers: "split",
  documentAfter: 5,
  streaming: "edit",
  firstTextLength: 30,
  firstTextDelay: Duration.seconds(1),
  editInterval: Duration.millis(1100),
  groupEditInterval: Duration.millis(3100),
  reasoning: "hide",
  footer: false,
  paced: true,
  allowedUserIds: [],
  allowedChatIds: [],
  authAdminUserIds: undefined,
  exportLifetime: Duration.minutes(1),
  commandPrefix: "codex",
  autoReply: true,
  groupMentionOnly: true,
  botUsername: undefined
}

/** Fills options up with the defaults; `undefined` counts as not given. */
export const make = (options: Options = {}): Settings => ({
  accessToken: options.accessToken ?? defaults.accessToken,
  authJson: options.authJson ?? defaults.authJson,
  authJsonPath: options.authJsonPath ?? defaults.authJsonPath,
  autoRefresh: options.autoRefresh ?? defaults.autoRefresh,
  issuer: options.issuer ?? defaults.issuer,
  baseUrl: options.baseUrl ?? defaults.baseUrl,
  model: options.model ?? defaults.model,
  reasoningEffort: options.reasoningEffort ?? defaults.reasoningEffort,
  accountId: options.accountId ?? defaults.accountId,
  deviceId: options.deviceId ?? defaults.deviceId,
  requestTimeout: Duration.fromInputUnsafe(options.requestTimeout ?? defaults.requestTimeout),
  connectTimeout: Duration.fromInputUnsafe(options.connectTimeout ?? defaults.connectTimeout),
  idleTimeout: Duration.fromInputUnsafe(options.idleTimeout ?? defaults.idleTimeout),
  maxRetries: options.maxRetries ?? defaults.maxRetries,
  systemPrompt: options.systemPrompt ?? defaults.systemPrompt,
  maxPromptLength: options.maxPromptLength ?? defaults.maxPromptLength,
  maxHistory: options.maxHistory ?? defaults.maxHistory,
  turnTimeout: Duration.fromInputUnsafe(options.turnTimeout ?? defaults.turnTimeout),
  maxResponseLength: options.maxResponseLength ?? defaults.maxResponseLength,
  longAnswers: options.longAnswers ?? defaults.longAnswers,
  documentAfter: options.documentAfter ?? defaults.documentAfter,
  streaming: options.streaming ?? defaults.streaming,
  firstTextLength: options.firstTextLength ?? defaults.firstTextLength,
  firstTextDelay: Duration.fromInputUnsafe(options.firstTextDelay ?? defaults.firstTextDelay),
  editInterval: Duration.fromInputUnsafe(options.editInterval ?? defaults.editInterval),
  groupEditInterval: Duration.fromInputUnsafe(options.groupEditInterval ?? defaults.groupEditInterval),
  reasoning: options.reasoning ?? defaults.reasoning,
  footer: options.footer ?? defaults.footer,
  paced: options.paced ?? defaults.paced,
  allowedUserIds: options.allowedUserIds ?? defaults.allowedUserIds,
  allowedChatIds: options.allowedChatIds ?? defaults.allowedChatIds,
  authAdminUserIds: options.authAdminUserIds ?? defaults.authAdminUserIds,
  exportLifetime: Duration.fromInputUnsafe(options.exportLifetime ?? defaults.exportLifetime),
  commandPrefix: options.commandPrefix ?? defaults.commandPrefix,
  autoReply: options.autoReply ?? defaults.autoReply,
  groupMentionOnly: options.groupMentionOnly ?? defaults.groupMentionOnly,
  botUsername: options.botUsername ?? defaults.botUsername
})

/** The settings as a service; without a layer, the defaults. */
export const CodexConfig: Context.Reference<Settings> = Context.Reference("effect-codex/CodexConfig", {
  defaultValue: () => defaults
})

/** Provides settings from code. */
export const layer = (options: Options): Layer.Layer<never> => Layer.succeed(CodexConfig, make(options))

const Ids = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.String),
    SchemaTransformation.transform<ReadonlyArray<string>, string>({
      decode: (text) => text.split(",").map((part) => part.trim()).filter((part) => part !== ""),
      encode: (parts) => parts.join(",")
    })
  ),
  Schema.decodeTo(Schema.Array(Schema.FiniteFromString.check(Schema.isInt())))
)

const Effort = Schema.String.check(
  Schema.isPattern(/^[a-z]+$/, { message: "must be one lower-case word such as low, medium, high or xhigh" })
)

const optional = <A>(config: Config.Config<A>): Config.Config<A | undefined> => Config.withDefault(config, undefined)

/**
 * Reads the settings from the environment, under the seed's names.
 *
 * A variable that is missing or empty means its default. A malformed one fails with a `ConfigError` that
 * names it and does not repeat its value.
 */
export const config: Config.Config<Settings> = Config.all({
  authJson: optional(Config.Redacted("CODEX_AUTH_JSON_JSON")),
  authJsonPath: optional(Config.String("CODEX_AUTH_JSON_PATH")),
  issuer: optional(Config.URL("CODEX_ISSUER").pipe(Config.map((url) => url.href.replace(/\/$/, "")))),
  baseUrl: optional(Config.URL("CODEX_BASE_URL").pipe(Config.map((url) => url.href.replace(/\/$/, "")))),
  model: optional(Config.String("CODEX_MODEL")),
  reasoningEffort: optional(Config.schema(Effort, "CODEX_REASONING_EFFORT")),
  accountId: optional(Config.String("CODEX_ACCOUNT_ID")),
  deviceId: optional(Config.String("CODEX_DEVICE_ID")),
  systemPrompt: optional(Config.String("CODEX_SYSTEM_PROMPT")),
  allowedUserIds: optional(Config.schema(Ids, "CODEX_ALLOWED_USER_IDS")),
  allowedChatIds: optional(Config.schema(Ids, "CODEX_ALLOWED_CHAT_IDS")),
  authAdminUserIds: optional(Config.schema(Ids, "CODEX_AUTH_ADMIN_USER_IDS")),
  autoReply: optional(Config.Boolean("CODEX_AUTO_REPLY")),
  botUsername: optional(Config.String("TELEGRAM_BOT_USERNAME"))
}).pipe(Config.map(make))

/** Provides settings from the environment. */
export const layerConfig: Layer.Layer<never, Config.ConfigError> = Layer.effect(CodexConfig, config)
