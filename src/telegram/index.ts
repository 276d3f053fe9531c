/**
 * effect-codex/telegram: a middleware that answers with ChatGPT, for Telegraf, VibeGram and grammY.
 *
 * A bot written for `vibegram/codex` changes its import and nothing else.
 */
export {
  readCodexAuthSummary,
  saveCodexAuthJson,
  saveDeviceTokens,
  validateCodexAuthJson
} from "./promise/AuthFiles.ts"
export type { CodexAuthSummary } from "./promise/AuthFiles.ts"
export { codex, deviceLogin } from "./promise/Front.ts"
export { MemoryCodexStore } from "./promise/MemoryStore.ts"
export type { CodexFlavor, CodexMiddleware } from "./promise/Middleware.ts"
export type { BesideDoor, CodexOptions, CodexPluginOptions, WithDoor } from "./promise/Options.ts"
export type { CodexAuditEvent, CodexContext, CodexMemoryStore } from "./promise/Promises.ts"
export { codexProvider, codexProviderFromJson } from "./promise/Provider.ts"
export type {
  CodexAskInput,
  CodexAskResult,
  CodexAuthJson,
  CodexMessage,
  CodexModelInfo,
  CodexProvider,
  CodexProviderOptions,
  CodexStatusResult
} from "./promise/Provider.ts"
export type { DeviceLoginCallbacks, DeviceLoginCode, DeviceLoginOptions, DeviceLoginTokens } from "./promise/SignIn.ts"

/** The Bot API without a framework. */
export * as BotClient from "./BotClient.ts"
/** The updates of a bot, by long polling that lives on. */
export * as Polling from "./Polling.ts"
/** The way in for raw updates, without a framework. */
export * as Intake from "./Intake.ts"
/** Who may use the bot, and how it behaves: a room of an Effect application. */
export * as TelegramDoor from "./TelegramDoor.ts"
/** Speech to text: what listens to voice messages, none by default. */
export * as Transcriber from "./media/Transcriber.ts"
/** What was accepted is answered: the mailbox of every chat. */
export * as Turns from "./Turns.ts"
/** The updates of a bot, by webhook. */
export * as Webhook from "./Webhook.ts"
