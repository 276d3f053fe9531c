/**
 * Failures of the backend: what a request for an answer can end in.
 *
 * Those by which it refuses stand in `internal/refusals`, those that leave a request without an answer in
 * `internal/outages`; each is exported here, and its place in the union is its place in the troubleshooting table.
 */
import * as Schema from "effect/Schema"
import {
  BackendUnavailable,
  CloudflareBlocked,
  EmptyResponse,
  NetworkFailed,
  ProviderFailed,
  RequestTimedOut,
  StreamInterrupted
} from "./internal/outages.ts"
import {
  BudgetExhausted,
  ContextWindowExceeded,
  ModelForbidden,
  PicturesNotTaken,
  RateLimited,
  RequestRejected,
  UsageNotIncluded,
  WorkspaceRefused
} from "./internal/refusals.ts"

export * from "./internal/outages.ts"
export * from "./internal/refusals.ts"

/**
 * One of them, as a schema: to log it, store it, or send it to another process.
 *
 * @since 0.2.0
 * @category errors
 */
export const BackendError = Schema.Union([
  ModelForbidden,
  PicturesNotTaken,
  RateLimited,
  UsageNotIncluded,
  BudgetExhausted,
  WorkspaceRefused,
  CloudflareBlocked,
  EmptyResponse,
  BackendUnavailable,
  RequestRejected,
  ContextWindowExceeded,
  NetworkFailed,
  RequestTimedOut,
  StreamInterrupted,
  ProviderFailed
])

/**
 * One of them.
 *
 * @since 0.2.0
 * @category errors
 */
export type BackendError = typeof BackendError.Type
