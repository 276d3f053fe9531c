/**
 * Every failure the core can hand us, one class for each row of the troubleshooting table.
 *
 * A class carries the data a program needs to react (a path, a status, a reset time), a `message` that is
 * safe to show to anybody (no token, no prompt, no answer, no page of HTML), whether the same request may
 * succeed later (`isRetryable`), and the row of the table that tells a person what to do. The classes are a
 * flat union, so that the error channel of a function names exactly what can go wrong there. Each lives in the
 * lowest wing that raises it.
 */
import * as Schema from "effect/Schema"
import { AuthErrors } from "./auth/AuthError.ts"
import { BackendErrors } from "./backend/BackendError.ts"
import { TurnErrors } from "./conversation/TurnError.ts"
import type { Row } from "./Failure.ts"

export * from "./auth/AuthError.ts"
export * from "./backend/BackendError.ts"
export * from "./conversation/TurnError.ts"
export { explain } from "./Failure.ts"
export type { Reader, Row } from "./Failure.ts"

/** Every class, in the order in which they are met. */
export const CodexErrors = [...AuthErrors, ...BackendErrors, ...TurnErrors] as const

/** All failures as one schema, so that a failure can be logged, stored or sent to another process. */
export const CodexError = Schema.Union(CodexErrors)

/** Any failure of the core. */
export type CodexError = typeof CodexError.Type

/** The core's rows of the troubleshooting table, one for each class. */
export const troubleshooting: ReadonlyArray<Row> = CodexErrors.map((failure) => failure.row)
