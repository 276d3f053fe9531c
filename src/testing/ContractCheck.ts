/**
 * What a check of a store is, and how one fails.
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { AuthFileInvalid, AuthFileNotFound, AuthStoreFailed } from "../auth/AuthError.ts"
import type { AuditFailed, MemoryFailed, PromptTooLong } from "../conversation/TurnError.ts"

/**
 * A store does not do what the check is named after.
 *
 * @since 0.2.0
 * @category errors
 */
export class ContractBroken extends Schema.TaggedError<ContractBroken>("effect-codex/ContractBroken")(
  "ContractBroken",
  { expected: Schema.String, found: Schema.String }
) {
  override get message(): string {
    return `Expected ${this.expected}, and found ${this.found}.`
  }
}

/**
 * One thing that a store does, and the effect that fails when it does not, or with what the store fails with.
 *
 * @since 0.2.0
 * @category models
 */
export interface Check<out S, out E = never> {
  readonly name: string
  readonly check: Effect.Effect<
    void,
    | ContractBroken
    | MemoryFailed
    | PromptTooLong
    | AuditFailed
    | AuthFileNotFound
    | AuthFileInvalid
    | AuthStoreFailed
    | E,
    S
  >
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value)

/** Fails when two values are not the same. */
export const equal = (found: unknown, expected: unknown): Effect.Effect<void, ContractBroken> =>
  Equal.equals(found, expected)
    ? Effect.void
    : Effect.fail(new ContractBroken({ expected: shown(expected), found: shown(found) }))

/** A name that nobody had before: a store may be a real one, with the rows of earlier runs. */
export const fresh = Effect.map(Random.next, (random) => `contract/${random}`)
