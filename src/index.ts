/**
 * effect-codex: ChatGPT through a Codex session token, as Effect services.
 *
 * From the outside in: a `Codex` holds conversations over a `CodexBackend`, which gets its tokens from
 * `CodexAuth`. `CodexLive` is all of it, configured from the environment.
 */

/** All live layers composed: from the environment (`CodexLive`) or from options (`codexLive`). */
export { CodexLive, codexLive, codexLiveConfig } from "./CodexLive.ts"
/** What these offer and take, for a function of yours that composes. */
export type {
  BackendRooms,
  BackendServices,
  ConversationRooms,
  LoginRooms,
  LoginServices,
  Services,
  Values
} from "./CodexLive.ts"

/** One turn of a conversation: ask, stream, reset, status, models, personality. */
export * as Codex from "./conversation/Codex.ts"
/** Messages, prompts, conversation keys. */
export * as Message from "./conversation/Message.ts"
/** The history of conversations: in this process, or in a store of yours. */
export * as Memory from "./conversation/Memory.ts"
/** Instructions that users set for themselves. */
export * as Personality from "./conversation/Personality.ts"
/** Requests and tokens since the start, in total and for each user. */
export * as UsageMeter from "./conversation/UsageMeter.ts"
/** One metadata-only record for each turn. */
export * as Audit from "./conversation/Audit.ts"

/** The models of the account, and which one is asked. */
export * as Models from "./backend/Models.ts"
/** One exchange with the backend. */
export * as ResponseStream from "./backend/ResponseStream.ts"
/** Retries, and every limit of time. */
export * as RetryPolicy from "./backend/RetryPolicy.ts"
/** A change to the HTTP client for the requests of one effect. */
export * as ClientTransform from "./backend/ClientTransform.ts"
/** The Codex backend: answers, usage, status. */
export * as CodexBackend from "./backend/CodexBackend.ts"
/** What is sent. */
export * as CodexRequest from "./backend/CodexRequest.ts"
/** What comes back. */
export * as ResponseEvent from "./backend/ResponseEvent.ts"
/** Quota windows. */
export * as RateLimits from "./backend/RateLimits.ts"

/** A valid token on demand. */
export * as CodexAuth from "./auth/CodexAuth.ts"
/** Sign-in by device code, as a stream of steps. */
export * as DeviceLogin from "./auth/DeviceLogin.ts"
/** Where auth.json lives. */
export * as AuthStore from "./auth/AuthStore.ts"
/** Leases, for a login that several machines share. */
export * as StoreLock from "./auth/StoreLock.ts"
/** What auth.json says. */
export * as AuthJson from "./auth/AuthJson.ts"
/** The issuer's endpoints. */
export * as OAuth from "./auth/OAuth.ts"
/** The renewal of tokens: when, and at whose cost. */
export * as TokenRefresh from "./auth/TokenRefresh.ts"

/** Every failure, and the troubleshooting table. */
export * as CodexError from "./CodexError.ts"
