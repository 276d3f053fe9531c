/**
 * effect-codex: ChatGPT through a Codex session token, as Effect services.
 *
 * The way of a prompt, down: `Codex` gives it its place in the conversation, puts `Personality` and `Memory` before it,
 * and asks `CodexBackend`; that chooses a model (`Models`), takes a token from `CodexAuth` (`TokenRefresh`, `OAuth`,
 * `AuthStore`), and lets `RetryPolicy` run exchanges of `ResponseStream`. Up: `ResponseEvent`s become the events of the
 * turn, and its one end is written to `Memory`, `UsageMeter` and `Audit`.
 *
 * Each of these is a room of the house: `codexLive({ memory: Memory.layerSql() })` furnishes one with a layer of yours,
 * and what that layer still needs, the result needs.
 *
 * To change something: the words of a failure stand in its class (`*Error.ts` of the wing that raises it), a setting in
 * `Options` and `config` of its service, a room in `CodexRooms.ts`.
 *
 * Other doors: `effect-codex/telegram` (bots), `effect-codex/telegram/durable` (bots that survive a kill),
 * `effect-codex/ai` (a provider for `effect/ai`, the login for any client), `effect-codex/sqlite` (a database without a
 * server), `effect-codex/testing` (doubles of ChatGPT and Telegram).
 */

// --- the house

/** Where we ask, for `codexLive({ endpoint })`: what is different at another server. */
export type { Caller, Endpoint } from "./Endpoint.ts"
/** All live layers composed: from the environment (`CodexLive`) or from options (`codexLive`). */
export { CodexLive, codexLive, codexLiveConfig } from "./CodexLive.ts"
/** The types of their options and of what they provide, for a function of yours that passes them on. */
export type {
  BackendRooms,
  BackendServices,
  ConversationRooms,
  LoginRooms,
  LoginServices,
  Services,
  Values
} from "./CodexLive.ts"
/** Every failure by name, the groups that a program asks for, and the troubleshooting table. */
export * as CodexError from "./CodexError.ts"

// --- conversation: fails with the members of conversation/TurnError.ts

/** One turn of a conversation: ask, stream, stop, reset, status, models, personality. */
export * as Codex from "./conversation/Codex.ts"
/** Messages, prompts, the ids of users and conversations. */
export * as Message from "./conversation/Message.ts"
/** The history of conversations: in this process, in SQL, or in a store of yours. */
export * as Memory from "./conversation/Memory.ts"
/** Instructions that users set for themselves. */
export * as Personality from "./conversation/Personality.ts"
/** Requests and tokens, in total and for each user. */
export * as UsageMeter from "./conversation/UsageMeter.ts"
/** One metadata-only record for each turn. */
export * as Audit from "./conversation/Audit.ts"

// --- backend: fails with the members of backend/BackendError.ts

/** Answers: a request becomes the events of an answer, whatever it takes. */
export * as CodexBackend from "./backend/CodexBackend.ts"
/** What a conversation is made of. */
export * as Item from "./backend/Item.ts"
/** What is asked. */
export * as CodexRequest from "./backend/CodexRequest.ts"
/** What comes back. */
export * as ResponseEvent from "./backend/ResponseEvent.ts"
/** The models of the account, and which one is asked. */
export * as Models from "./backend/Models.ts"
/** Retries, and every limit of time. */
export * as RetryPolicy from "./backend/RetryPolicy.ts"
/** The wire: one request, one stream of events, no second try. */
export * as ResponseStream from "./backend/ResponseStream.ts"
/** A change to the HTTP client for the requests of one effect. */
export * as ClientTransform from "./backend/ClientTransform.ts"
/** Quota windows. */
export * as RateLimits from "./backend/RateLimits.ts"

// --- auth: fails with the members of auth/AuthError.ts

/** A valid token on demand. */
export * as CodexAuth from "./auth/CodexAuth.ts"
/** The renewal of tokens: when, and at whose cost. */
export * as TokenRefresh from "./auth/TokenRefresh.ts"
/** Sign-in by device code, as a stream of steps. */
export * as DeviceLogin from "./auth/DeviceLogin.ts"
/** The issuer's endpoints. */
export * as OAuth from "./auth/OAuth.ts"
/** Where auth.json lives: a file, a text, a database that several machines share. */
export * as AuthStore from "./auth/AuthStore.ts"
/** What auth.json says. */
export * as AuthJson from "./auth/AuthJson.ts"
