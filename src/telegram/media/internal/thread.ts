/**
 * Something that a file of a stranger may make long or heavy, in a thread of its own: it is ended when it is.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import { Worker } from "node:worker_threads"

/** How a program ends that has not answered. */
export type Failed = { readonly _tag: "TooMuch" } | { readonly _tag: "Broken" }

const megabyte = 1024 * 1024

// Megabytes. A PDF of 20 MB takes about a third of that.
const mostMemory = 256
const longest = "20 seconds"

const started = (program: URL): Worker =>
  new Worker(program, {
    env: {},
    // What its libraries write is for nobody.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: mostMemory }
  })

const tooMuch: Failed = { _tag: "TooMuch" }
const broken: Failed = { _tag: "Broken" }

// The limits of a thread do not count its buffers, in which a small file may unfold to many gigabytes.
const overflowing = Effect.suspend(() => {
  const before = process.memoryUsage.rss()
  return Effect.sync(() => process.memoryUsage.rss() - before > 2 * mostMemory * megabyte).pipe(
    Effect.repeat({ until: (isOver) => isOver, schedule: Schedule.spaced("100 millis") }),
    Effect.as(tooMuch)
  )
})

/** The program that stands beside a module, under its name and `Worker`. */
export const beside = (module: string): URL => new URL(module.replace(/(\.[jt]s)$/, "Worker$1"))

/** Gives a task to a program, which says one thing and ends. */
export const run = Effect.fnUntraced(function*<Answer>(
  program: URL,
  task: unknown
): Effect.fn.Return<Answer | Failed, never, Scope> {
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => started(program)),
    (worker) => Effect.promise(() => worker.terminate())
  )
  const answer = Effect.callback<Answer | Failed>((resume) => {
    worker.once("message", (answer: Answer) => resume(Effect.succeed(answer)))
    worker.once("error", (error: unknown) => {
      const isFull = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
      resume(Effect.succeed(isFull ? tooMuch : broken))
    })
    worker.once("exit", () => resume(Effect.succeed(broken)))
    worker.postMessage(task)
  })
  return yield* Effect.raceFirst(answer, overflowing).pipe(
    Effect.timeoutOrElse({ duration: longest, orElse: () => Effect.succeed(tooMuch) })
  )
}, Effect.scoped)
