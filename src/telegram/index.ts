/**
 * effect-codex/telegram: a middleware that answers with ChatGPT, for Telegraf, VibeGram and grammY.
 *
 * A bot written for `vibegram/codex` changes its import and nothing else.
 */
export { codex } from "./Middleware.ts"
export type { CodexFlavor, CodexMiddleware } from "./Middleware.ts"
export type { CodexPluginOptions, LayerOptions, RuntimeOptions } from "./Options.ts"
export type { CodexAuditEvent, CodexContext, CodexMemoryStore } from "./Promises.ts"
export { codexProvider, codexProviderFromJson } from "./Provider.ts"
export type {
  CodexAskInput,
  CodexAskResult,
  CodexAuthJson,
  CodexMessage,
  CodexModelInfo,
  CodexProvider,
  CodexProviderOptions,
  CodexStatusResult
} from "./Provider.ts"
export { deviceLogin } from "./SignIn.ts"
export type { DeviceLoginCallbacks, DeviceLoginCode, DeviceLoginOptions, DeviceLoginTokens } from "./SignIn.ts"
