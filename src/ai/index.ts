/**
 * effect-codex/ai: a ChatGPT login for those who already have a client.
 *
 * @since 0.2.0
 */

/** The login under any `HttpClient`. */
export * as CodexClient from "../backend/CodexClient.ts"
/** The login under any `fetch`: the `openai` package, the AI SDK and others. */
export { codexFetch } from "./promise/CodexFetch.ts"
export type { CodexFetch, CodexFetchOptions } from "./promise/CodexFetch.ts"
