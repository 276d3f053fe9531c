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
import { AuthError } from "./auth/AuthError.ts"
import { BackendError } from "./backend/BackendError.ts"
import { TurnError } from "./conversation/TurnError.ts"

export * from "./auth/AuthError.ts"
export * from "./backend/BackendError.ts"
export * from "./conversation/TurnError.ts"
export { explain } from "./Failure.ts"
/**
 * Who reads the fix of a failure, and its row of the troubleshooting table.
 *
 * @since 0.2.0
 * @category models
 */
export type { Reader, Row } from "./Failure.ts"

/**
 * All failures as one schema, so that one can be logged, stored or sent to another process.
 *
 * Its `members` are the classes, in the order in which they are met.
 *
 * @since 0.1.0
 * @category errors
 */
export const CodexError = Schema.Union([...AuthError.members, ...BackendError.members, ...TurnError.members])

/**
 * Any failure of the core.
 *
 * @since 0.1.0
 * @category errors
 */
export type CodexError = typeof CodexError.Type
