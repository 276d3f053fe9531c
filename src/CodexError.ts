/**
 * Every failure the world can hand us, one class for each row of the troubleshooting table.
 *
 * A class carries the data a program needs to react (a path, a status, a reset time), a `message` that is
 * safe to show to anybody (no token, no prompt, no answer, no page of HTML), whether the same request may
 * succeed later (`isRetryable`), and the row of the table that tells a person what to do. The classes are a
 * flat union, so that the error channel of a function names exactly what can go wrong there.
 */
import * as Schema from "effect/Schema"
import * as Auth from "./internal/authFailures.ts"
import * as Backend from "./internal/backendFailures.ts"
import type { Row } from "./internal/failure.ts"
import * as Turn from "./internal/turnFailures.ts"

export * from "./internal/authFailures.ts"
export * from "./internal/backendFailures.ts"
export type { Row } from "./internal/failure.ts"
export * from "./internal/turnFailures.ts"

const rows = {
  AuthFileNotFound: Auth.AuthFileNotFound.row,
  AuthFileInvalid: Auth.AuthFileInvalid.row,
  AuthStoreFailed: Auth.AuthStoreFailed.row,
  AccessTokenMissing: Auth.AccessTokenMissing.row,
  AccessTokenExpired: Auth.AccessTokenExpired.row,
  TokenRefreshFailed: Auth.TokenRefreshFailed.row,
  Unauthorized: Auth.Unauthorized.row,
  DeviceLoginFailed: Auth.DeviceLoginFailed.row,
  ModelForbidden: Backend.ModelForbidden.row,
  RateLimited: Backend.RateLimited.row,
  UsageNotIncluded: Backend.UsageNotIncluded.row,
  CloudflareBlocked: Backend.CloudflareBlocked.row,
  EmptyResponse: Backend.EmptyResponse.row,
  BackendUnavailable: Backend.BackendUnavailable.row,
  RequestRejected: Backend.RequestRejected.row,
  ContextWindowExceeded: Backend.ContextWindowExceeded.row,
  NetworkFailed: Backend.NetworkFailed.row,
  RequestTimedOut: Backend.RequestTimedOut.row,
  StreamInterrupted: Backend.StreamInterrupted.row,
  PromptTooLong: Turn.PromptTooLong.row,
  MemoryFailed: Turn.MemoryFailed.row,
  AccessDenied: Turn.AccessDenied.row,
  TelegramFailed: Turn.TelegramFailed.row
} satisfies Record<CodexError["_tag"], Row>

/** All failures as one schema, so that a failure can be logged, stored or sent to another process. */
export const CodexError = Schema.Union([
  Auth.AuthFileNotFound,
  Auth.AuthFileInvalid,
  Auth.AuthStoreFailed,
  Auth.AccessTokenMissing,
  Auth.AccessTokenExpired,
  Auth.TokenRefreshFailed,
  Auth.Unauthorized,
  Auth.DeviceLoginFailed,
  Backend.ModelForbidden,
  Backend.RateLimited,
  Backend.UsageNotIncluded,
  Backend.CloudflareBlocked,
  Backend.EmptyResponse,
  Backend.BackendUnavailable,
  Backend.RequestRejected,
  Backend.ContextWindowExceeded,
  Backend.NetworkFailed,
  Backend.RequestTimedOut,
  Backend.StreamInterrupted,
  Turn.PromptTooLong,
  Turn.MemoryFailed,
  Turn.AccessDenied,
  Turn.TelegramFailed
])

/** Any failure of this library. */
export type CodexError = typeof CodexError.Type

/** The row of the troubleshooting table that a failure answers to. */
export const rowOf = (error: CodexError): Row => rows[error._tag]

/** What a person reads: what happened, and what to do. */
export const explain = (error: CodexError): string => `${error.message}\n${rowOf(error).fix}`

/** The troubleshooting table, one row for each class, in the order in which they are met. */
export const troubleshooting: ReadonlyArray<Row> = Object.values(rows)
