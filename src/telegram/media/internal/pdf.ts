/**
 * The text of a PDF, by a program in a thread of its own.
 */
import * as Effect from "effect/Effect"
import * as TextBytes from "../../internal/textBytes.ts"
import * as Thread from "./thread.ts"

/** What the program is given. */
export interface Task {
  readonly bytes: Uint8Array
  readonly mostPages: number
  /** After so many characters no further page is begun. */
  readonly mostText: number
}

/** What it says. */
export type Answer =
  | { readonly _tag: "Read"; readonly text: string; readonly read: number; readonly pages: number }
  | { readonly _tag: "Locked" }
  | { readonly _tag: "Broken" }

/** Reads a PDF. */
export const read = (task: Task): Effect.Effect<Answer | Thread.Failed> =>
  Effect.map(
    Thread.run<Answer>(Thread.beside(import.meta.url), task),
    (outcome) => outcome._tag === "Read" ? { ...outcome, text: TextBytes.cleaned(outcome.text) } : outcome
  )
