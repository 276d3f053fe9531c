/**
 * effect-codex/ai: a ChatGPT login for those who already have a client: effect/ai, an `HttpClient`, or a `fetch`.
 *
 * @since 0.2.0
 */

/** The language model of effect/ai: `CodexLanguageModel.model("gpt-5.6-sol")`. */
export * as CodexLanguageModel from "./CodexLanguageModel.ts"
/** What the backend does by itself: web search, pictures. */
export * as CodexTool from "./CodexTool.ts"
/** The other way round: conversations and bots that another provider answers. */
export * as ModelBackend from "./ModelBackend.ts"
/** Our items and `Prompt`, without loss, both ways. */
export * as CodexPrompt from "./CodexPrompt.ts"
/** Our failures as those of effect/ai. */
export * as CodexAiError from "./CodexAiError.ts"
/** What the spans of effect/ai say of a call. */
export * as CodexTelemetry from "../backend/CodexTelemetry.ts"

/** The login under any `HttpClient`. */
export * as CodexClient from "../backend/CodexClient.ts"
/** The login under any `fetch`: the `openai` package, the AI SDK and others. */
export { codexFetch } from "./promise/CodexFetch.ts"
export type { CodexFetch, CodexFetchOptions } from "./promise/CodexFetch.ts"
