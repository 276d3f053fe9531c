/**
 * A picture that is too large for a model, made smaller, by a program in a thread of its own.
 */
import type * as Effect from "effect/Effect"
import * as Thread from "./thread.ts"

/** What the program is given. */
export interface Task {
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  /** How the camera was held, as EXIF numbers it: 1 is upright. */
  readonly orientation: number
}

/** What it says: a JPEG. */
export interface Answer {
  readonly _tag: "Shrunk"
  readonly bytes: Uint8Array
}

// In memory a pixel takes four bytes, several times over: this comes to 400 MB for some seconds.
const mostPixels = 25_000_000

/** Whether a picture of these sides can be made smaller. */
export const canShrink = (width: number, height: number): boolean => width * height <= mostPixels

/** Makes a picture smaller. */
export const shrink = (task: Task): Effect.Effect<Answer | Thread.Failed> =>
  Thread.run<Answer>(Thread.beside(import.meta.url), task)
