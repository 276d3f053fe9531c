/**
 * The text of a PDF, by a program in a thread of its own: it is ended when it takes too long or too much memory.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Worker } from "node:worker_threads"
import * as TextBytes from "./textBytes.ts"

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

/** What became of a PDF. */
export type Outcome = Answer | { readonly _tag: "TooMuch" }

const megabyte = 1024 * 1024

// Megabytes. A PDF of 20 MB takes about a third of that.
const mostMemory = 256
const longest = "20 seconds"

const program = new URL(import.meta.url.replace(/pdf(\.[jt]s)$/, "pdfWorker$1"))

const started = (): Worker =>
  new Worker(program, {
    env: {},
    // What its libraries write is for nobody.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: mostMemory }
  })

const tooMuch: Outcome = { _tag: "TooMuch" }
const broken: Outcome = { _tag: "Broken" }

// The limits of a thread do not count its buffers, in which a small file may unfold to many gigabytes.
const overflowing = Effect.suspend(() => {
  const before = process.memoryUsage.rss()
  return Effect.sync(() => process.memoryUsage.rss() - before > 2 * mostMemory * megabyte).pipe(
    Effect.repeat({ until: (isOver) => isOver, schedule: Schedule.spaced("100 millis") }),
    Effect.as(tooMuch)
  )
})

/** Reads a PDF. */
export const read = Effect.fnUntraced(function*(task: Task) {
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => started()),
    (worker) => Effect.promise(() => worker.terminate())
  )
  const answer = Effect.callback<Outcome>((resume) => {
    worker.once("message", (answer: Answer) => resume(Effect.succeed(answer)))
    worker.once("error", (error: unknown) => {
      const isFull = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
      resume(Effect.succeed(isFull ? tooMuch : broken))
    })
    worker.once("exit", () => resume(Effect.succeed(broken)))
    worker.postMessage(task)
  })
  const outcome = yield* Effect.raceFirst(answer, overflowing).pipe(
    Effect.timeoutOrElse({ duration: longest, orElse: () => Effect.succeed(tooMuch) })
  )
  return outcome._tag === "Read" ? { ...outcome, text: TextBytes.cleaned(outcome.text) } : outcome
}, Effect.scoped)
