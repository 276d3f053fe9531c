/**
 * effect-codex/telegram: a middleware that answers with ChatGPT, for Telegraf, VibeGram and grammY.
 *
 * A bot written for `vibegram/codex` changes its import and nothing else.
 */
export { codex } from "./Middleware.ts"
export type { CodexFlavor, CodexMiddleware, CodexPluginOptions, LayerOptions, RuntimeOptions } from "./Middleware.ts"
export { codexProvider, codexProviderFromJson } from "./Promises.ts"
export type {
  CodexAskInput,
  CodexAskResult,
  CodexAuditEvent,
  CodexAuthJson,
  CodexContext,
  CodexMemoryStore,
  CodexMessage,
  CodexModelInfo,
  CodexProvider,
  CodexProviderOptions,
  CodexStatusResult
} from "./Promises.ts"
